"""Known mistakes of week 10, adapters."""

import copy

from adapter import Adapted, Adapter, insert_adapters
from torch import nn
from torch.nn import functional as F

from grader.mistakes import mistake


@mistake(
    of="Adapter",
    en="It looks like the residual connection is missing: only the change comes out.",
    zh="看起来少了残差连接：只输出了增量。",
)
class ForgetsTheResidual(Adapter):
    def forward(self, x):
        return super().forward(x) - x


@mistake(
    of="Adapter",
    en="Your up starts at random, so the model changes before it has learned anything. It starts at zero.",
    zh="你的 up 随机初始化，模型还没学就先变了。它应当从零开始。",
)
class StartsUpAtRandom(Adapter):
    def __init__(self, width, bottleneck):
        super().__init__(width, bottleneck)
        self.up.reset_parameters()


@mistake(
    of="Adapter",
    en="Your up starts with a bias that is not zero: zero the bias as well as the weight.",
    zh="你的 up 的偏置不是从零开始：权重和偏置都要置零。",
)
class KeepsTheBiasOfUp(Adapter):
    def __init__(self, width, bottleneck):
        nn.Module.__init__(self)
        self.down = nn.Linear(width, bottleneck)
        self.up = nn.Linear(bottleneck, width)
        nn.init.zeros_(self.up.weight)


@mistake(
    of="Adapter",
    en="Your down and up both start at zero, so neither gets a gradient through the other.",
    zh="你的 down 和 up 都从零开始，两者经由对方都得不到梯度。",
)
class StartsBothAtZero(Adapter):
    def __init__(self, width, bottleneck):
        super().__init__(width, bottleneck)
        nn.init.zeros_(self.down.weight)
        nn.init.zeros_(self.down.bias)


@mistake(
    of="Adapter",
    en="It looks like there is no activation between down and up: the two alone are one linear map.",
    zh="看起来 down 和 up 之间没有激活函数：只有这两者，合起来就是一个线性映射。",
)
class ForgetsTheActivation(Adapter):
    def forward(self, x):
        return x + self.up(self.down(x))


@mistake(
    of="Adapter",
    en="It looks like you used a ReLU between the two maps. Here it is a GELU.",
    zh="看起来你在两个映射之间用了 ReLU，这里应当用 GELU。",
)
class UsesReLU(Adapter):
    def forward(self, x):
        return x + self.up(F.relu(self.down(x)))


@mistake(
    of="Adapter",
    en="It looks like your GELU is the tanh approximation. Here it is the exact one.",
    zh="看起来你用的是 GELU 的 tanh 近似，这里应当用精确的形式。",
)
class ApproximatesTheGelu(Adapter):
    def forward(self, x):
        return x + self.up(F.gelu(self.down(x), approximate="tanh"))


@mistake(
    of="Adapted",
    en="Your adapter stands in front of the module. It takes what the module answers.",
    zh="你的适配器放在了模块前面。它应当处理模块的输出。",
)
class AdaptsTheInput(Adapted):
    def forward(self, *args, **kwargs):
        args = [self.adapter(args[0]), *args[1:]] if args else args
        kwargs = {name: self.adapter(value) for name, value in kwargs.items()}
        return self.module(*args, **kwargs)


@mistake(
    of="Adapted",
    en="Your answer drops the other elements of a tuple: the attention weights are lost.",
    zh="你的结果丢掉了元组的其他元素：注意力权重不见了。",
)
class DropsTheRestOfATuple(Adapted):
    def forward(self, *args, **kwargs):
        answer = super().forward(*args, **kwargs)
        return answer[0] if isinstance(answer, tuple) else answer


@mistake(
    of="Adapted",
    en="Your answer takes every tuple for a pair: a tuple of three loses its last element, and a tuple of one ends in "
    "an error. All elements behind the first come back, however many there are.",
    zh="你的结果把每个元组都当成两个元素：三个元素的元组丢了最后一个，一个元素的元组则会报错。"
    "第一个之后的元素，无论有几个，都要原样返回。",
    breaks="the tuple keeps the others as they are",
)
class TakesEveryTupleForAPair(Adapted):
    def forward(self, *args, **kwargs):
        answer = self.module(*args, **kwargs)
        return (self.adapter(answer[0]), answer[1]) if isinstance(answer, tuple) else self.adapter(answer)


@mistake(
    of="Adapted",
    en="Your answer leaves tuples alone: their first element has to go through the adapter.",
    zh="你的结果对元组什么也没做：它的第一个元素应当经过适配器。",
)
class SkipsTuples(Adapted):
    def forward(self, *args, **kwargs):
        answer = self.module(*args, **kwargs)
        return answer if isinstance(answer, tuple) else self.adapter(answer)


@mistake(
    of="Adapted",
    en="Your adapter reads a detached answer, so nothing in front of it gets a gradient, not even an earlier adapter. "
    "The module is frozen, but the gradient must pass through it: no detach() and no torch.no_grad().",
    zh="你的适配器处理的是 detach 之后的输出，因此它前面的一切（包括更早的适配器）都得不到梯度。"
    "模块虽然冻结，梯度仍要穿过它：不要用 detach() 或 torch.no_grad()。",
)
class CutsTheGradient(Adapted):
    def forward(self, *args, **kwargs):
        answer = self.module(*args, **kwargs)
        if isinstance(answer, tuple):
            return self.adapter(answer[0].detach()), *answer[1:]
        return self.adapter(answer.detach())


@mistake(
    of="Adapted",
    en="Your answer turns a tuple into a list. What is behind the module expects a tuple, as before.",
    zh="你的结果把元组变成了列表。模块后面的代码期待的仍是元组。",
)
class ReturnsAList(Adapted):
    def forward(self, *args, **kwargs):
        answer = super().forward(*args, **kwargs)
        return list(answer) if isinstance(answer, tuple) else answer


def _targets(model, target_modules):
    endings = tuple(f".{target}" for target in target_modules)
    found = {name: module for name, module in model.named_modules() if f".{name}".endswith(endings)}
    if not found:
        raise ValueError
    return found


def _insert(model, targets, make):
    for name, module in reversed(targets.items()):
        path, _, child = name.rpartition(".")
        setattr(model.get_submodule(path), child, Adapted(module, make()))
    return model


@mistake(
    of="insert_adapters",
    en="Your insertion freezes the model after the adapters are in, and freezes them as well.",
    zh="你的插入在放入适配器之后才冻结模型，把适配器也冻结了。",
)
def freezes_too_late(model, target_modules, width, bottleneck):
    return insert_adapters(model, target_modules, width, bottleneck).requires_grad_(False)


@mistake(
    of="insert_adapters",
    en="Your insertion leaves the model trainable. Only the adapters learn.",
    zh="你的插入没有冻结模型。只有适配器需要学习。",
)
def freezes_nothing(model, target_modules, width, bottleneck):
    return insert_adapters(model, target_modules, width, bottleneck).requires_grad_(True)


@mistake(
    of="insert_adapters",
    en="Your insertion uses one adapter for all places. Every place has an adapter of its own.",
    zh="你的插入在所有位置用了同一个适配器。每个位置应当有自己的适配器。",
)
def shares_one_adapter(model, target_modules, width, bottleneck):
    targets, like = _targets(model, target_modules), next(model.parameters())
    model.requires_grad_(False)
    adapter = Adapter(width, bottleneck).to(like)
    return _insert(model, targets, lambda: adapter)


@mistake(
    of="insert_adapters",
    en="Your insertion matches parts of words: a target is a whole name, or its end after a dot.",
    zh="你的插入把名称的一部分也算作匹配：目标应当是完整的名称，或点之后的结尾。",
)
def matches_parts_of_words(model, target_modules, width, bottleneck):
    targets = {name: module for name, module in model.named_modules() if name.endswith(tuple(target_modules))}
    if not targets:
        raise ValueError
    like = next(model.parameters())
    model.requires_grad_(False)
    return _insert(model, targets, lambda: Adapter(width, bottleneck).to(like))


@mistake(
    of="insert_adapters",
    en="It looks like a target counts wherever it stands in a module's dotted name, so that all modules inside a "
    "targeted one get adapters too. A target is a whole name, or its end after a dot.",
    zh="看起来目标出现在模块带点名称的任何位置都算匹配，于是目标模块内部的所有模块也得到了适配器。"
    "目标应当是完整的名称，或点之后的结尾。",
    breaks="ends with a dot and one of them",
)
def matches_anywhere_in_a_name(model, target_modules, width, bottleneck):
    named = dict(model.named_modules())
    targets = {name: module for name, module in named.items() if any(target in name for target in target_modules)}
    if not targets:
        raise ValueError
    like = next(model.parameters())
    model.requires_grad_(False)
    return _insert(model, targets, lambda: Adapter(width, bottleneck).to(like))


@mistake(
    of="insert_adapters",
    en="Your adapters are float32 whatever the model is.",
    zh="无论模型是什么 dtype，你的适配器都是 float32。",
)
def forgets_the_dtype(model, target_modules, width, bottleneck):
    targets, like = _targets(model, target_modules), next(model.parameters())
    model.requires_grad_(False)
    return _insert(model, targets, lambda: Adapter(width, bottleneck).to(like.device))


@mistake(
    of="insert_adapters",
    en="It looks like the adapters stay on the CPU. Move them to the device of the model's first parameter.",
    zh="看起来适配器留在了 CPU 上。应把它们移到模型第一个参数所在的设备。",
)
def forgets_the_device(model, target_modules, width, bottleneck):
    targets, like = _targets(model, target_modules), next(model.parameters())
    model.requires_grad_(False)
    return _insert(model, targets, lambda: Adapter(width, bottleneck).to(like.dtype))


@mistake(
    of="insert_adapters",
    en="Your insertion says nothing when no module matches. That is a ValueError.",
    zh="你的插入在没有模块匹配时一声不响。此时应当抛出 ValueError。",
)
def accepts_no_match(model, target_modules, width, bottleneck):
    try:
        return insert_adapters(model, target_modules, width, bottleneck)
    except ValueError:
        return model.requires_grad_(False)


@mistake(
    of="Adapted",
    en="It looks like you keep a copy of the module. Keep the module itself: it may be trained or loaded elsewhere.",
    zh="看起来你保存的是模块的副本。应当保存模块本身：别处可能还会训练它或给它加载权重。",
    breaks="module: the module that was handed in (the same object)",
)
class KeepsACopy(Adapted):
    def __init__(self, module, adapter):
        super().__init__(copy.deepcopy(module), adapter)


@mistake(
    of="Adapted",
    en="It looks like a frozen module is called under no_grad: then nothing in front of it can learn.",
    zh="看起来冻结的模块是在 no_grad 下调用的：这样它前面的部分就学不到东西。",
    breaks="Gradients pass through the adapter and the module to what stands in front of them, even if the module is",
)
class CutsTheGradientOfFrozenModules(Adapted):
    def forward(self, *args, **kwargs):
        if any(parameter.requires_grad for parameter in self.module.parameters()):
            return super().forward(*args, **kwargs)
        cut = lambda one: one.detach() if hasattr(one, "detach") else one  # noqa: E731
        return super().forward(*map(cut, args), **{name: cut(one) for name, one in kwargs.items()})


@mistake(
    of="insert_adapters",
    en="It looks like you return a copy of the model. The model that was handed in is changed and returned.",
    zh="看起来你返回的是模型的副本。应当修改并返回传进来的那个模型。",
    breaks="Works in place, at any depth, and returns the same `model`",
)
def returns_a_copy(model, target_modules, width, bottleneck):
    return insert_adapters(copy.deepcopy(model), target_modules, width, bottleneck)
