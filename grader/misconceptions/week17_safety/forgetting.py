"""Known mistakes of week 17, forgetting."""

import random

import forgetting as solution
import torch

from grader.mistakes import mistake

# ---- fisher_diagonal


def information(model, x, weigh, square=True):
    """Sum of weigh(p)[y] times the (squared) gradient of log p(y | x), for each example and class."""
    parameters = {name: p for name, p in model.named_parameters() if p.requires_grad}
    fisher = {name: torch.zeros_like(p) for name, p in parameters.items()}
    for example in x.split(1):
        log_p = model(example).log_softmax(dim=-1)[0]
        for weight, value in zip(weigh(log_p.detach().exp()), log_p, strict=True):
            gradients = torch.autograd.grad(value, list(parameters.values()), retain_graph=True, allow_unused=True)
            for name, gradient in zip(fisher, gradients, strict=True):
                if gradient is not None:
                    fisher[name] += weight * (gradient**2 if square else gradient)
    return fisher


def divided(fisher, number):
    return {name: value / number for name, value in fisher.items()}


@mistake(
    of="fisher_diagonal",
    en="It looks like the squares are summed over the examples and never divided by their number: that gives exactly "
    "your numbers.",
    zh="看起来平方对样本求了和，却没有除以样本数：这样恰好得到你的结果。",
)
def sums_over_examples(model, x):
    return information(model, x, lambda p: p)


@mistake(
    of="fisher_diagonal",
    en="It looks like every class counts the same. Each one should count with the probability that the model gives it.",
    zh="看起来每个类别的权重都相同。应按模型给出的概率为每个类别加权。",
)
def classes_count_the_same(model, x):
    return divided(information(model, x, lambda p: torch.full_like(p, 1 / len(p))), len(x))


@mistake(
    of="fisher_diagonal",
    en="It looks like only the most likely class was used; the sum runs over all classes.",
    zh="看起来只用了最可能的那个类别；求和应包括所有类别。",
)
def most_likely_class_only(model, x):
    return divided(information(model, x, lambda p: torch.nn.functional.one_hot(p.argmax(), len(p)).to(p)), len(x))


@mistake(
    of="fisher_diagonal",
    en="It looks like you squared the gradient of the whole batch, in which gradients of opposite sign cancel. "
    "Square example by example, then average.",
    zh="看起来你是对整个批次的梯度求平方，其中符号相反的梯度会互相抵消。应先对单个样本求平方，再取平均。",
)
def squares_the_batch(model, x):
    parameters = {name: p for name, p in model.named_parameters() if p.requires_grad}
    fisher = {name: torch.zeros_like(p) for name, p in parameters.items()}
    log_p = model(x).log_softmax(dim=-1)
    for y in range(log_p.shape[-1]):
        gradients = torch.autograd.grad(
            log_p[:, y].mean(), list(parameters.values()), retain_graph=True, allow_unused=True
        )
        for name, gradient in zip(fisher, gradients, strict=True):
            if gradient is not None:
                fisher[name] += log_p[:, y].detach().exp().mean() * gradient**2
    return fisher


@mistake(
    of="fisher_diagonal",
    en="It looks like absolute values of the gradients stand where their squares should: with them we get exactly "
    "your numbers.",
    zh="看起来该用梯度平方的地方用了绝对值：这样恰好得到你的结果。",
)
def absolute_gradients(model, x):
    parameters = {name: p for name, p in model.named_parameters() if p.requires_grad}
    fisher = {name: torch.zeros_like(p) for name, p in parameters.items()}
    for example in x.split(1):
        for value in model(example).log_softmax(dim=-1)[0]:
            gradients = torch.autograd.grad(value, list(parameters.values()), retain_graph=True, allow_unused=True)
            for name, gradient in zip(fisher, gradients, strict=True):
                if gradient is not None:
                    fisher[name] += value.detach().exp() * gradient.abs() / len(x)
    return fisher


@mistake(
    of="fisher_diagonal",
    en="Your answer is right, but it changes the `.grad` of the model's parameters, as `backward` and `zero_grad` do.",
    zh="你的结果正确，但改动了模型参数的 `.grad`，`backward` 和 `zero_grad` 都会这样。",
)
def leaves_gradients_behind(model, x):
    fisher = solution.fisher_diagonal(model, x)
    model.zero_grad()
    model(x).log_softmax(dim=-1).sum().backward()
    return fisher


@mistake(
    of="fisher_diagonal",
    en="Your code puts the model into evaluation. It is used in the mode that it is in, and stays in it.",
    zh="你的代码把模型切换到了评估模式。应当按模型当前的模式使用它，并保持该模式不变。",
)
def evaluates(model, x):
    model.eval()
    return solution.fisher_diagonal(model, x)


@mistake(
    of="fisher_diagonal",
    en="It looks like you switched the model to evaluation while you worked with it. Use it in the mode that it is in.",
    zh="看起来计算时把模型切换到了评估模式。应当按模型当前的模式使用它。",
)
def evaluates_and_goes_back(model, x):
    mode = model.training
    fisher = solution.fisher_diagonal(model.eval(), x)
    model.train(mode)
    return fisher


@mistake(
    of="fisher_diagonal",
    en="Your numbers are right, but they are part of a graph: detach the probabilities, or compute them without "
    "gradients, so that nobody keeps the model's activations alive.",
    zh="数值正确，但结果仍属于计算图：请对概率调用 detach，或在不记录梯度的情况下计算，"
    "否则模型的中间结果会一直留在内存中。",
    breaks="No entry is part of a graph",
)
def keeps_the_graph(model, x):
    fisher = solution.fisher_diagonal(model, x)
    p = model(x).softmax(dim=-1)
    return {name: value + 0 * p.sum() for name, value in fisher.items()}


# ---- ewc_penalty


def penalty_of(parameters, anchor, fisher, cost, detach=True):
    total = torch.zeros(())
    for name, importance in fisher.items():
        there = anchor[name].detach() if detach else anchor[name]
        value = cost(importance.detach(), parameters[name] - there)
        total = total.to(value) + value.sum()
    return total


@mistake(
    of="ewc_penalty",
    en="It looks like the factor one half is missing: your penalty is twice as large as it should be.",
    zh="看起来漏掉了系数 1/2：你的惩罚项恰好是应有的两倍。",
)
def without_the_half(parameters, anchor, fisher, strength):
    return 2 * solution.ewc_penalty(parameters, anchor, fisher, strength)


@mistake(
    of="ewc_penalty",
    en="It looks like the Fisher information plays no part: plain squared differences from the anchor give exactly "
    "your numbers.",
    zh="看起来费舍尔信息没有起作用：只用与锚点之差的平方，恰好得到你的结果。",
)
def every_parameter_counts_the_same(parameters, anchor, fisher, strength):
    return strength / 2 * penalty_of(parameters, anchor, fisher, lambda f, moved: moved**2)


@mistake(
    of="ewc_penalty",
    en="It looks like you squared fisher * difference as a whole. Only the difference is squared.",
    zh="看起来你把 fisher * 差 整体求了平方。只应对差求平方。",
)
def squares_the_fisher(parameters, anchor, fisher, strength):
    return strength / 2 * penalty_of(parameters, anchor, fisher, lambda f, moved: (f * moved) ** 2)


@mistake(
    of="ewc_penalty",
    en="It looks like you took absolute differences. The penalty is quadratic: square them.",
    zh="看起来用的是差的绝对值。惩罚项是二次的，应对差求平方。",
)
def absolute_differences(parameters, anchor, fisher, strength):
    return strength / 2 * penalty_of(parameters, anchor, fisher, lambda f, moved: f * moved.abs())


@mistake(
    of="ewc_penalty",
    en="It looks like you averaged over the entries of each parameter; the penalty is a sum over all of them.",
    zh="看起来对每个参数的元素取了平均；惩罚项应对所有元素求和。",
)
def averages_entries(parameters, anchor, fisher, strength):
    return strength / 2 * penalty_of(parameters, anchor, fisher, lambda f, moved: (f * moved**2).mean())


@mistake(
    of="ewc_penalty",
    en="It looks like your penalty pulls the parameters towards zero: the anchor was never subtracted.",
    zh="看起来你的惩罚项把参数拉向零：没有减去锚点。",
)
def pulls_towards_zero(parameters, anchor, fisher, strength):
    values = {name: parameters[name] + 0 * anchor[name].detach() for name in fisher}
    nowhere = {name: torch.zeros_like(value) for name, value in values.items()}
    return strength / 2 * penalty_of(values, nowhere, fisher, lambda f, moved: f * moved**2)


@mistake(
    of="ewc_penalty",
    en="Your answer is right, but gradients flow to the anchor as well: it would move along.",
    zh="你的结果正确，但梯度也流向了锚点：锚点会跟着移动。",
)
def anchor_moves_along(parameters, anchor, fisher, strength):
    return strength / 2 * penalty_of(parameters, anchor, fisher, lambda f, moved: f * moved**2, detach=False)


@mistake(
    of="ewc_penalty",
    en="It looks like you go through all `parameters` and look each of them up in `fisher`. Those not named there, "
    "such as a new output layer, are free: go through `fisher`.",
    zh="看起来你遍历了全部 `parameters`，并逐个到 `fisher` 里去找。没有在那里列出的参数（例如新的输出层）不受约束："
    "应遍历 `fisher`。",
    breaks="Parameters not named in `fisher`, such as a new output layer, are free",
)
def looks_up_every_parameter(parameters, anchor, fisher, strength):
    total = torch.zeros(())
    for name, value in parameters.items():
        moved = value - anchor[name].detach()
        total = total.to(moved) + (fisher[name].detach() * moved**2).sum()
    return strength / 2 * total


@mistake(
    of="ewc_penalty",
    en="It looks like names that are missing in `parameters` or `anchor` are passed over. A missing name is a "
    "KeyError: the old task would go unprotected, and nobody would notice.",
    zh="看起来 `parameters` 或 `anchor` 中缺少的名字被跳过了。缺少名字应抛出 KeyError："
    "否则旧任务失去保护，也没有人发现。",
    breaks="if a name in `fisher` is missing in `parameters` or `anchor`",
)
def passes_over_missing_names(parameters, anchor, fisher, strength):
    known = {name: value for name, value in fisher.items() if name in parameters and name in anchor}
    return solution.ewc_penalty(parameters, anchor, known, strength)


# ---- ReservoirBuffer


class _Rule(solution.ReservoirBuffer):
    """The solution with its rule as a method: where the new item goes, None for nowhere."""

    def place(self):
        slot = self._random.randrange(self.seen)
        return slot if slot < self.capacity else None

    def extend(self, stream):
        for item in stream:
            self.seen += 1
            if len(self.items) < self.capacity:
                self.items.append(item)
            elif (slot := self.place()) is not None:
                self.items[slot] = item


@mistake(
    of="ReservoirBuffer",
    en="It looks like your buffer lets every new item in, so that old ones die out.",
    zh="看起来你的缓冲区让每个新条目都进来，旧条目会逐渐消失。",
)
class LetsEverythingIn(_Rule):
    def place(self):
        return self._random.randrange(self.capacity)


@mistake(
    of="ReservoirBuffer",
    en="It looks like your buffer is closed once it is full: it keeps the first items of the stream and no other.",
    zh="看起来缓冲区装满之后就不再变化：只留下了流中最前面的条目。",
)
class KeepsTheFirst(_Rule):
    def place(self):
        return None


@mistake(
    of="ReservoirBuffer",
    en="It looks like your buffer works as a ring: it keeps the last items of the stream and no other.",
    zh="看起来你的缓冲区像一个环形队列：只留下了流中最后的条目。",
)
class KeepsTheLast(_Rule):
    def place(self):
        return (self.seen - 1) % self.capacity


@mistake(
    of="ReservoirBuffer",
    en="It looks like you draw among the items before the new one, which is one too few: the n-th item draws a "
    "number below n.",
    zh="看起来抽取的范围只包括新条目之前的条目，少算了一个：第 n 个条目应抽取一个小于 n 的数。",
)
class CountsOneTooFew(_Rule):
    def place(self):
        slot = self._random.randrange(self.seen - 1)
        return slot if slot < self.capacity else None


@mistake(
    of="ReservoirBuffer",
    en="It looks like each call of `extend` begins to count anew. The stream goes on: count all items so far.",
    zh="看起来每次调用 `extend` 都从头计数。流是连续的：应累计迄今为止的全部条目。",
)
class StartsCountingAgain(_Rule):
    def extend(self, stream):
        before = self.seen
        if len(self.items) == self.capacity:
            self.seen = self.capacity
        super().extend(stream)
        self.seen = before + len(stream)


@mistake(
    of="ReservoirBuffer",
    en="It looks like n is the place of an item in the call, not in the whole stream: at the beginning of a call "
    "nearly every item is let in. Count all items so far.",
    zh="看起来 n 是条目在这次调用中的序号，而不是在整个流中的序号："
    "每次调用开头的条目几乎都会进来。应累计迄今为止的全部条目。",
    breaks="the n-th item of all",
)
class CountsWithinTheCall(solution.ReservoirBuffer):
    def extend(self, stream):
        for number, item in enumerate(stream, start=1):
            self.seen += 1
            if len(self.items) < self.capacity:
                self.items.append(item)
            elif (slot := self._random.randrange(number)) < self.capacity:
                self.items[slot] = item


@mistake(
    of="ReservoirBuffer",
    en="Your samples are drawn with replacement: the same item can be in one sample twice.",
    zh="你的抽样是有放回的：同一条目可能在一次抽样中出现两次。",
)
class SamplesWithReplacement(solution.ReservoirBuffer):
    def sample(self, count):
        if count > len(self.items):
            raise ValueError
        return self._random.choices(self.items, k=count)


@mistake(
    of="ReservoirBuffer",
    en="Your samples are taken out of the buffer; it must keep them.",
    zh="你的抽样把条目从缓冲区中取走了；缓冲区应当保留它们。",
)
class TakesSamplesOut(solution.ReservoirBuffer):
    def sample(self, count):
        if count > len(self.items):
            raise ValueError(count)
        self._random.shuffle(self.items)
        drawn, self.items = self.items[:count], self.items[count:]
        return drawn


@mistake(
    of="ReservoirBuffer",
    en="Your buffer draws from Python's global generator, which all buffers share. Draw from a generator of its own.",
    zh="你的缓冲区使用 Python 的全局生成器，所有缓冲区共用它。应当使用自己的生成器。",
)
class SeedsTheGlobalGenerator(solution.ReservoirBuffer):
    def __init__(self, capacity, seed=0):
        super().__init__(capacity, seed)
        random.seed(seed)
        self._random = random


@mistake(
    of="ReservoirBuffer",
    en="It looks like your buffer stops filling one item too early: while there is room, every item is kept.",
    zh="看起来你的缓冲区少装了一个条目：在装满 `capacity` 个之前，每个条目都应保留。",
)
class LeavesOneSlotEmpty(_Rule):
    def extend(self, stream):
        for item in stream:
            self.seen += 1
            if len(self.items) < self.capacity - 1:
                self.items.append(item)
            elif self.items and (slot := self.place()) is not None:
                self.items[slot % len(self.items)] = item


@mistake(
    of="ReservoirBuffer",
    en="It looks like your buffer leaves out an item that equals one it holds. Equal items are different items.",
    zh="看起来你的缓冲区会跳过与已有条目相等的条目。相等的条目是不同的条目。",
)
class LooksForEqualItems(_Rule):
    def extend(self, stream):
        for item in stream:
            self.seen += 1
            if item in self.items:
                continue
            if len(self.items) < self.capacity:
                self.items.append(item)
            elif (slot := self.place()) is not None:
                self.items[slot] = item


@mistake(
    of="ewc_penalty",
    en="Your answer is right, but gradients flow to the anchor and to the Fisher information as well. Both are "
    "constants: detach them.",
    zh="你的结果正确，但梯度也流向了锚点和费舍尔信息。两者都是常量：应对它们调用 detach。",
    breaks="`anchor` (the parameters after the old task) and `fisher` are constants",
)
def constants_move_along(parameters, anchor, fisher, strength):
    total = torch.zeros(())
    for name, importance in fisher.items():
        value = (importance * (parameters[name] - anchor[name]) ** 2).sum()
        total = total.to(value) + value
    return strength / 2 * total


@mistake(
    of="fisher_diagonal",
    en="Your answer is right, but the last `backward` leaves its gradients in the `.grad` of the model's parameters. "
    "Use `torch.autograd.grad`, which leaves them alone.",
    zh="你的结果正确，但最后一次 `backward` 的梯度留在了模型参数的 `.grad` 里。请用 `torch.autograd.grad`，"
    "它不会改动 `.grad`。",
    breaks="its parameters and their `.grad` stay as they are",
)
def leaves_the_last_gradient(model, x):
    fisher = solution.fisher_diagonal(model, x)
    model.zero_grad()
    model(x).log_softmax(dim=-1)[-1, -1].backward()
    return fisher
