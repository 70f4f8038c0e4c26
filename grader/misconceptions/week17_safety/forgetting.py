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
    en="Your answer equals the one that sums over the examples instead of averaging.",
    zh="你的结果等于对样本求和而不是取平均时的结果。",
)
def sums_over_examples(model, x):
    return information(model, x, lambda p: p)


@mistake(
    of="fisher_diagonal",
    en="Your answer equals the one with every class counting the same; each counts with the model's probability.",
    zh="你的结果等于每个类别权重相同时的结果；应按模型给出的概率加权。",
)
def classes_count_the_same(model, x):
    return divided(information(model, x, lambda p: torch.full_like(p, 1 / len(p))), len(x))


@mistake(
    of="fisher_diagonal",
    en="Your answer equals the one with the most likely class only; all classes count.",
    zh="你的结果等于只用最可能的类别时的结果；所有类别都要计入。",
)
def most_likely_class_only(model, x):
    return divided(information(model, x, lambda p: torch.nn.functional.one_hot(p.argmax(), len(p)).to(p)), len(x))


@mistake(
    of="fisher_diagonal",
    en="Your answer equals the one that squares the gradient of a whole batch; square those of single examples.",
    zh="你的结果等于对整个批次的梯度求平方时的结果；应对单个样本求平方。",
)
def squares_the_batch(model, x):
    total = None
    for y in range(model(x[:1]).shape[-1]):
        mean = divided(
            information(model, x, lambda p, y=y: p.sqrt() * (torch.arange(len(p), device=p.device) == y), False), len(x)
        )
        squared = {name: value**2 for name, value in mean.items()}
        total = squared if total is None else {name: total[name] + squared[name] for name in total}
    return total


@mistake(
    of="fisher_diagonal",
    en="Your answer equals the one with absolute gradients in the place of their squares.",
    zh="你的结果等于用梯度的绝对值代替平方时的结果。",
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
    en="Your answer is right, but it leaves gradients in the model's parameters.",
    zh="你的结果正确，但在模型参数的 .grad 中留下了梯度。",
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
    en="Your answer equals the one in evaluation mode. The model is used in the mode that it is in.",
    zh="你的结果等于在评估模式下的结果。应当按模型当前的模式使用它。",
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
    en="Your answer equals the one without the factor one half.",
    zh="你的结果等于漏掉系数 1/2 时的结果。",
)
def without_the_half(parameters, anchor, fisher, strength):
    return 2 * solution.ewc_penalty(parameters, anchor, fisher, strength)


@mistake(
    of="ewc_penalty",
    en="Your answer equals the one with plain squared differences from the anchor: the Fisher information does not "
    "count.",
    zh="你的结果等于只用与锚点之差的平方、没有用费舍尔信息加权时的结果。",
)
def every_parameter_counts_the_same(parameters, anchor, fisher, strength):
    return strength / 2 * penalty_of(parameters, anchor, fisher, lambda f, moved: moved**2)


@mistake(
    of="ewc_penalty",
    en="Your answer equals the one with (fisher * difference) squared; only the difference is squared.",
    zh="你的结果等于对 (fisher * 差) 整体求平方时的结果；只应对差求平方。",
)
def squares_the_fisher(parameters, anchor, fisher, strength):
    return strength / 2 * penalty_of(parameters, anchor, fisher, lambda f, moved: (f * moved) ** 2)


@mistake(
    of="ewc_penalty",
    en="Your answer equals the one with absolute differences instead of squares.",
    zh="你的结果等于用差的绝对值代替平方时的结果。",
)
def absolute_differences(parameters, anchor, fisher, strength):
    return strength / 2 * penalty_of(parameters, anchor, fisher, lambda f, moved: f * moved.abs())


@mistake(
    of="ewc_penalty",
    en="Your answer equals the one averaged over the entries of each parameter instead of summed.",
    zh="你的结果等于对每个参数的元素取平均而不是求和时的结果。",
)
def averages_entries(parameters, anchor, fisher, strength):
    return strength / 2 * penalty_of(parameters, anchor, fisher, lambda f, moved: (f * moved**2).mean())


@mistake(
    of="ewc_penalty",
    en="Your answer equals the one that pulls towards zero, not towards the anchor.",
    zh="你的结果等于拉向零而不是拉向锚点时的结果。",
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
    en="Your buffer keeps what the one does that lets every new item in: old items die out.",
    zh="你的缓冲区等于让每个新条目都进入时的结果：旧条目会逐渐消失。",
)
class LetsEverythingIn(_Rule):
    def place(self):
        return self._random.randrange(self.capacity)


@mistake(
    of="ReservoirBuffer",
    en="Your buffer keeps what the one does that keeps the first items only.",
    zh="你的缓冲区等于只保留最前面条目时的结果。",
)
class KeepsTheFirst(_Rule):
    def place(self):
        return None


@mistake(
    of="ReservoirBuffer",
    en="Your buffer keeps what the one does that keeps the last items only, like a ring.",
    zh="你的缓冲区等于像环形队列一样只保留最后条目时的结果。",
)
class KeepsTheLast(_Rule):
    def place(self):
        return (self.seen - 1) % self.capacity


@mistake(
    of="ReservoirBuffer",
    en="Your buffer keeps what the one does that draws among the items before the new one: it counts one too few.",
    zh="你的缓冲区等于在新条目之前的条目数中抽取时的结果：少数了一个。",
)
class CountsOneTooFew(_Rule):
    def place(self):
        slot = self._random.randrange(self.seen - 1)
        return slot if slot < self.capacity else None


@mistake(
    of="ReservoirBuffer",
    en="Your buffer keeps what the one does that counts each call's items from the beginning.",
    zh="你的缓冲区等于每次调用都从头计数时的结果。",
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
        drawn = super().sample(count)
        for item in drawn:
            self.items.remove(item)
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
