"""Known mistakes of week 03, mlp."""

import mlp as solution
import torch
import torch.nn.functional as F

from grader.mistakes import mistake


@mistake(
    of="MLP",
    en="It looks like the activation stands after the last layer too: logits may be negative.",
    zh="看起来最后一层之后也加了激活函数：logits 可以是负数。",
    breaks="An activation follows every layer but the last",
)
class activation_at_the_end(solution.MLP):
    def forward(self, x):
        return solution.ACTIVATIONS[self.activation](super().forward(x))


@mistake(
    of="MLP",
    en="It looks like there is no activation: layers without one between them are a single layer.",
    zh="看起来没有激活函数：中间没有激活的若干层等于一层。",
)
class no_activation(solution.MLP):
    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


@mistake(
    of="MLP",
    en="It looks like ReLU is used whatever activation was asked for.",
    zh="看起来无论要求哪种激活函数，用的都是 ReLU。",
)
class always_relu(solution.MLP):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.activation = "relu"


@mistake(
    of="MLP",
    en="It looks like the first weights are those of nn.Linear: normal ones with variance 2 / inputs are asked for.",
    zh="看起来初始权重用的是 nn.Linear 的默认值：要求的是方差为 2 / inputs 的正态分布。",
    breaks="The weights begin as normal numbers with mean 0 and variance 2 / inputs of their layer, the biases as 0",
)
class weights_of_torch(solution.MLP):
    def __init__(self, sizes, activation="relu", generator=None):
        super().__init__(sizes, activation)
        for layer in self.layers:
            torch.nn.init.kaiming_uniform_(layer.weight, a=5**0.5, generator=generator)
            torch.nn.init.uniform_(layer.bias, -(layer.in_features**-0.5), layer.in_features**-0.5, generator)


@mistake(
    of="MLP",
    en="It looks like the network ends in a softmax: cross-entropy expects logits and takes its own.",
    zh="看起来网络的末尾加了 softmax：交叉熵需要的是 logits，它自己会做 softmax。",
)
class softmax_at_the_end(solution.MLP):
    def forward(self, x):
        return super().forward(x).softmax(dim=-1)


@mistake(
    of="MLP",
    en="It looks like an unknown activation is not refused when the network is made: that is a ValueError.",
    zh="看起来创建网络时没有拒绝未知的激活函数：应抛出 ValueError。",
    breaks="or the activation is not in `ACTIVATIONS`",
)
class any_activation(solution.MLP):
    def __init__(self, sizes, activation="relu", generator=None):
        super().__init__(sizes, activation if activation in solution.ACTIVATIONS else "relu", generator)
        self.activation = activation


@mistake(
    of="MLP",
    en="It looks like the first weights are evenly spread (kaiming_uniform_): normal ones are asked for.",
    zh="看起来初始权重是均匀分布的（kaiming_uniform_）：要求的是正态分布。",
)
class evenly_spread(solution.MLP):
    def __init__(self, sizes, activation="relu", generator=None):
        made = None if generator is None else generator.get_state()
        super().__init__(sizes, activation, generator)
        if made is not None:
            generator.set_state(made)
        for layer in self.layers:
            torch.nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu", generator=generator)


class Spread(solution.MLP):
    """The solution with another spread of its first weights."""

    def deviation(self, layer):
        raise NotImplementedError

    def __init__(self, sizes, activation="relu", generator=None):
        super().__init__(sizes, activation, generator)
        for layer in self.layers:
            layer.weight.data *= self.deviation(layer) / (2 / layer.in_features) ** 0.5


@mistake(
    of="MLP",
    en="It looks like 2 / inputs is taken for the standard deviation: it is the variance.",
    zh="看起来把 2 / inputs 当成了标准差：它是方差。",
)
class variance_for_deviation(Spread):
    def deviation(self, layer):
        return 2 / layer.in_features


@mistake(
    of="MLP",
    en="It looks like the spread of the weights follows the number of outputs: it is the number of inputs that counts.",
    zh="看起来权重的方差按输出数来定：应按输入数。",
)
class counts_the_outputs(Spread):
    def deviation(self, layer):
        return (2 / layer.out_features) ** 0.5


@mistake(
    of="MLP",
    en="It looks like the variance is 2 / (inputs + outputs), that of Xavier and Glorot: it is 2 / inputs, that of He.",
    zh="看起来方差用了 2 / (inputs + outputs)，那是 Xavier（Glorot）初始化：这里应为 2 / inputs，即 He 初始化。",
)
class as_xavier(Spread):
    def deviation(self, layer):
        return (2 / (layer.in_features + layer.out_features)) ** 0.5


@mistake(
    of="MLP",
    en="It looks like the variance is 1 / inputs: ReLU lets only half pass, so it takes 2 / inputs.",
    zh="看起来方差用了 1 / inputs：ReLU 只让一半通过，所以要 2 / inputs。",
)
class without_the_two(Spread):
    def deviation(self, layer):
        return layer.in_features**-0.5


@mistake(
    of="MLP",
    en="It looks like a seed of your own stands in the place of the generator: every generator gives the same weights.",
    zh="看起来用自己的种子代替了 generator：无论给哪个 generator，权重都一样。",
    breaks="If a generator is given, the first weights depend on it alone",
)
class ignores_the_generator(solution.MLP):
    def __init__(self, sizes, activation="relu", generator=None):
        fixed = None if generator is None else torch.Generator(device=generator.device).manual_seed(0)
        super().__init__(sizes, activation, fixed)


@mistake(
    of="MLP",
    en="It looks like there is a layer too many at the end: three sizes make two layers.",
    zh="看起来末尾多了一层：三个大小只对应两层。",
    breaks="one for each pair of neighbouring sizes",
)
class one_layer_too_many(solution.MLP):
    def __init__(self, sizes, activation="relu", generator=None):
        super().__init__([*sizes, sizes[-1]] if len(sizes) > 1 else sizes, activation, generator)


@mistake(
    of="MLP",
    en="It looks like every layer begins with the numbers of the first: draw each layer's own.",
    zh="看起来每一层都用了与第一层相同的随机数：每层应各自抽取。",
)
class layers_alike(solution.MLP):
    def __init__(self, sizes, activation="relu", generator=None):
        super().__init__(sizes, activation, generator)
        state = None if generator is None else generator.get_state()
        seed = torch.Generator() if generator is None else generator
        for layer in self.layers:
            seed = seed if state is None else seed.set_state(state)
            start = torch.Generator(device=layer.weight.device).manual_seed(int(torch.initial_seed()) % 2**31)
            source = start if generator is None else seed
            layer.weight.data.normal_(0, (2 / layer.in_features) ** 0.5, generator=source)


@mistake(
    of="SimpleNN",
    en="It looks like SimpleNN has no activation between its two layers.",
    zh="看起来 SimpleNN 的两层之间没有激活函数。",
)
class simple_without_activation(solution.SimpleNN):
    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


@mistake(
    of="SimpleNN",
    en="It looks like SimpleNN ends in a softmax: cross-entropy expects logits and takes its own.",
    zh="看起来 SimpleNN 的末尾加了 softmax：交叉熵需要的是 logits，它自己会做 softmax。",
)
class simple_with_softmax(solution.SimpleNN):
    def forward(self, x):
        return super().forward(x).softmax(dim=-1)


def loop(model, batches, optimizer, mode=True, clear=True, after=False, mean=True):
    """The loop of the solution with switches; return the pairs (loss, number of examples)."""
    was_training, pairs = model.training, []
    if mode:
        model.train()
    for x, y in batches:
        loss = F.cross_entropy(model(x), y)
        if clear:
            optimizer.zero_grad()
        (loss if mean else loss * len(y)).backward()
        optimizer.step()
        if after:
            loss = F.cross_entropy(model(x), y)
        pairs.append((loss.item(), len(y)))
    model.train(was_training)
    if not pairs:
        raise ValueError("there are no batches to train on")
    return pairs


def mean(pairs):
    return sum(loss * n for loss, n in pairs) / sum(n for _, n in pairs)


@mistake(
    of="train",
    en="It looks like the gradients are never cleared: each step then follows the sum of all before.",
    zh="看起来梯度从未清零：每一步走的都是之前所有梯度之和。",
    breaks="takes one step along the gradients of this batch alone, whatever was in them before",
)
def gradients_pile_up(model, batches, optimizer):
    return mean(loop(model, batches, optimizer, clear=False))


@mistake(
    of="train",
    en="It looks like gradients are cleared only after each step: what was in them before the first one counts.",
    zh="看起来梯度只在每一步之后清零：第一步之前留在里面的也算了进去。",
)
def clears_afterwards(model, batches, optimizer):
    pairs, mode = [], model.training
    model.train()
    for x, y in batches:
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        pairs.append((loss.item(), len(y)))
    model.train(mode)
    if not pairs:
        raise ValueError("no batches")
    return mean(pairs)


@mistake(
    of="train",
    en="It looks like every batch counts the same in the mean loss, also a small last one: weigh by examples.",
    zh="看起来平均损失中每个批次权重相同，最后的小批次也一样：应按样本数加权。",
    breaks="A larger batch weighs more in their mean: every example counts the same",
)
def mean_of_means(model, batches, optimizer):
    pairs = loop(model, batches, optimizer)
    return sum(loss for loss, _ in pairs) / len(pairs)


@mistake(
    of="train",
    en="It looks like the loss is measured after the step: the one before it is asked for.",
    zh="看起来损失是在更新之后测的：要的是更新之前的。",
    breaks="The losses are those before each step",
)
def loss_after_the_step(model, batches, optimizer):
    return mean(loop(model, batches, optimizer, after=True))


@mistake(
    of="train",
    en="It looks like each step follows the sum of a batch's losses: take the mean, or steps grow with the batch.",
    zh="看起来每一步沿的是这一批损失之和的梯度：应取平均，否则批次越大步子越大。",
    breaks="For each one the loss is the mean cross-entropy of its examples",
)
def steps_along_the_sum(model, batches, optimizer):
    return mean(loop(model, batches, optimizer, mean=False))


@mistake(
    of="train",
    en="It looks like the optimizer takes one step for all batches together: it takes one after each.",
    zh="看起来所有批次合起来只更新了一步：每个批次之后都应更新一步。",
    breaks="the optimizer takes one step along the gradients of this batch alone",
)
def one_step_for_all(model, batches, optimizer):
    was_training, pairs = model.training, []
    model.train()
    optimizer.zero_grad()
    for x, y in batches:
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        pairs.append((loss.item(), len(y)))
    optimizer.step()
    model.train(was_training)
    if not pairs:
        raise ValueError("there are no batches to train on")
    return mean(pairs)


@mistake(
    of="train",
    en="It looks like only the last batch's loss is returned.",
    zh="看起来只返回了最后一个批次的损失。",
)
def last_loss_only(model, batches, optimizer):
    return loop(model, batches, optimizer)[-1][0]


@mistake(
    of="train",
    en="It looks like the losses are added up and not divided by the number of examples.",
    zh="看起来损失只求了和，没有除以样本数。",
)
def sum_of_losses(model, batches, optimizer):
    return sum(loss * n for loss, n in loop(model, batches, optimizer))


@mistake(
    of="train",
    en="It looks like the model trains in whatever mode it is in: dropout is then off. Call model.train() first.",
    zh="看起来模型在原有的模式下训练：dropout 可能是关着的。应先调用 model.train()。",
    breaks="The model is in training mode meanwhile, and then in the mode that it was in",
)
def trains_in_any_mode(model, batches, optimizer):
    return mean(loop(model, batches, optimizer, mode=False))


@mistake(
    of="train",
    en="It looks like the model stays in training mode after train.",
    zh="看起来 train 之后模型停留在训练模式。",
)
def stays_in_training(model, batches, optimizer):
    try:
        return mean(loop(model, batches, optimizer))
    finally:
        model.train()


@mistake(
    of="train",
    en="It looks like the error for no batches comes before the mode is put back: the model then stays in training "
    "mode.",
    zh="看起来没有批次时，在恢复模式之前就抛出了错误：模型于是停留在训练模式。",
    breaks="and then in the mode that it was in, even if there were no batches",
)
def mode_lost_without_batches(model, batches, optimizer):
    batches = list(batches)
    if not batches:
        model.train()
        raise ValueError("there are no batches to train on")
    return solution.train(model, batches, optimizer)


@mistake(
    of="accuracy",
    en="It looks like the error for no batches comes before the mode is put back: the model then stays in evaluation "
    "mode.",
    zh="看起来没有批次时，在恢复模式之前就抛出了错误：模型于是停留在评估模式。",
    breaks="and then in the mode that it was in, even if there were no batches",
)
def mode_of_accuracy_lost_without_batches(model, batches):
    batches = list(batches)
    if not batches:
        model.eval()
        raise ValueError("there are no batches to measure on")
    return solution.accuracy(model, batches)


@mistake(
    of="train",
    en="It looks like a softmax comes before the cross-entropy, which takes one itself: learning becomes very slow.",
    zh="看起来在交叉熵之前多做了一次 softmax，而交叉熵自己会做：学习会变得很慢。",
)
def softmax_twice(model, batches, optimizer):
    return solution.train(Softened(model), batches, optimizer)


class Softened(torch.nn.Module):
    """A model behind a softmax."""

    def __init__(self, model):
        super().__init__()
        self.model = model
        self.train(model.training)

    def forward(self, x):
        return self.model(x).softmax(dim=-1)


@mistake(
    of="accuracy",
    en="It looks like every batch counts the same in the accuracy: weigh by examples.",
    zh="看起来准确率中每个批次权重相同：应按样本数加权。",
)
def mean_of_shares(model, batches):
    shares = [solution.accuracy(model, [batch]) for batch in batches]
    if not shares:
        raise ValueError("there are no batches to measure on")
    return sum(shares) / len(shares)


@mistake(
    of="accuracy",
    en="It looks like the number of right answers is returned, not their share.",
    zh="看起来返回的是答对的个数，而不是比例。",
)
def number_of_right_ones(model, batches):
    kept = list(batches)
    return solution.accuracy(model, kept) * sum(len(y) for _, y in kept)


@mistake(
    of="accuracy",
    en="It looks like the model is measured in training mode: dropout then spoils its answers. Call model.eval().",
    zh="看起来测量时模型处于训练模式：dropout 会干扰结果。应调用 model.eval()。",
    breaks="The model is in evaluation mode meanwhile, and then in the mode that it was in",
)
def measures_in_any_mode(model, batches):
    right = count = 0
    with torch.no_grad():
        for x, y in batches:
            right, count = right + int((model(x).argmax(-1) == y).sum()), count + len(y)
    if not count:
        raise ValueError("there are no batches to measure on")
    return right / count


@mistake(
    of="accuracy",
    en="It looks like the model stays in evaluation mode after accuracy: training goes on without dropout then.",
    zh="看起来 accuracy 之后模型停留在评估模式：后面的训练就没有 dropout 了。",
)
def stays_in_evaluation(model, batches):
    share = solution.accuracy(model, batches)
    model.eval()
    return share


@mistake(
    of="accuracy",
    en="It looks like accuracy always ends in training mode: the model goes back to the mode that it was in.",
    zh="看起来 accuracy 结束时总是切到训练模式：模型应回到原来的模式。",
)
def ends_in_training(model, batches):
    share = solution.accuracy(model, batches)
    model.train()
    return share


@mistake(
    of="accuracy",
    en="It looks like a graph is built while measuring: that costs memory. Use torch.no_grad().",
    zh="看起来测量时也建了计算图：白白占用内存。应使用 torch.no_grad()。",
    breaks="No graph is built, and no gradient changes",
)
def builds_a_graph(model, batches):
    was_training, right, count = model.training, 0, 0
    model.eval()
    for x, y in batches:
        right, count = right + int((model(x).argmax(-1) == y).sum()), count + len(y)
    model.train(was_training)
    if not count:
        raise ValueError("there are no batches to measure on")
    return right / count
