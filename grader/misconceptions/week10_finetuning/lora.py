"""Known mistakes of week 10, LoRA."""

import copy
import math

import torch
from lora import LoRALinear, inject_lora, trainable_parameters
from torch import nn
from torch.nn import functional as F

from grader.mistakes import mistake


@mistake(
    of="LoRALinear",
    en="It looks like you forgot the scale: multiply the branch by alpha / rank.",
    zh="看起来忘了缩放：低秩支路要乘以 alpha / rank。",
)
class ForgetsToScale(LoRALinear):
    def forward(self, x):
        answer = self.base(x)
        return answer if self.merged else answer + self.dropout(x) @ self.lora_A.T @ self.lora_B.T

    def merge(self):
        scaling, self.scaling = self.scaling, 1.0
        super().merge()
        self.scaling = scaling


@mistake(
    of="LoRALinear",
    en="It looks like you multiplied by alpha and did not divide by the rank.",
    zh="看起来你只乘了 alpha，没有除以秩。",
)
class ScalesByAlpha(LoRALinear):
    def __init__(self, base, rank, alpha, dropout=0.0):
        super().__init__(base, rank, alpha, dropout)
        self.scaling = float(alpha)


@mistake(
    of="LoRALinear",
    en="It looks like you scaled by alpha / sqrt(rank). That is rsLoRA; here the scale is alpha / rank.",
    zh="看起来你用 alpha / sqrt(rank) 来缩放。那是 rsLoRA，这里的缩放是 alpha / rank。",
)
class ScalesByTheRoot(LoRALinear):
    def __init__(self, base, rank, alpha, dropout=0.0):
        super().__init__(base, rank, alpha, dropout)
        self.scaling = alpha / math.sqrt(rank)


@mistake(
    of="LoRALinear",
    en="Your layer leaves the base trainable. The base is frozen: only A and B require a gradient.",
    zh="你的层没有冻结 base。base 应当冻结：只有 A 和 B 需要梯度。",
)
class LeavesTheBaseTrainable(LoRALinear):
    def __init__(self, base, rank, alpha, dropout=0.0):
        learns = [parameter.requires_grad for parameter in base.parameters()]
        super().__init__(base, rank, alpha, dropout)
        for parameter, flag in zip(base.parameters(), learns, strict=True):
            parameter.requires_grad_(flag)


@mistake(
    of="LoRALinear",
    en="Your layer freezes the weight of the base but not its bias.",
    zh="你的层冻结了 base 的权重，却没有冻结它的偏置。",
)
class LeavesTheBiasTrainable(LoRALinear):
    def __init__(self, base, rank, alpha, dropout=0.0):
        learns = base.bias is not None and base.bias.requires_grad
        super().__init__(base, rank, alpha, dropout)
        if learns:
            self.base.bias.requires_grad_(True)


@mistake(
    of="LoRALinear",
    en="Your B starts at random, so the model changes before it has learned anything. B starts at zero.",
    zh="你的 B 随机初始化，模型还没学就先变了。B 应当从零开始。",
)
class StartsBAtRandom(LoRALinear):
    def __init__(self, base, rank, alpha, dropout=0.0):
        super().__init__(base, rank, alpha, dropout)
        nn.init.normal_(self.lora_B, std=0.02)


@mistake(
    of="LoRALinear",
    en="Your A and B both start at zero. Then neither ever gets a gradient through the other: it never learns.",
    zh="你的 A 和 B 都从零开始。这样两者经由对方得到的梯度都是零，这一层永远学不到东西。",
)
class StartsBothAtZero(LoRALinear):
    def __init__(self, base, rank, alpha, dropout=0.0):
        super().__init__(base, rank, alpha, dropout)
        nn.init.zeros_(self.lora_A)


@mistake(
    of="LoRALinear",
    en="It looks like the starts of A and B are swapped: A should be drawn, and B should start at zero.",
    zh="看起来 A 和 B 的初值弄反了：应当随机抽取 A，而让 B 从零开始。",
    breaks="`lora_B` starts at zero",
)
class SwapsTheStarts(LoRALinear):
    def __init__(self, base, rank, alpha, dropout=0.0):
        with torch.random.fork_rng():
            super().__init__(base, rank, alpha, dropout)
        nn.init.zeros_(self.lora_A)
        nn.init.kaiming_uniform_(self.lora_B, a=math.sqrt(5))


@mistake(
    of="LoRALinear",
    en="Your A equals one drawn from a normal distribution; it is drawn uniformly from ±1 / sqrt(d_in).",
    zh="你的 A 等于从正态分布抽取的值；它应当在 ±1 / sqrt(d_in) 内均匀抽取。",
)
class StartsANormal(LoRALinear):
    def __init__(self, base, rank, alpha, dropout=0.0):
        super().__init__(base, rank, alpha, dropout)
        nn.init.normal_(self.lora_A, std=1 / math.sqrt(rank))


@mistake(
    of="LoRALinear",
    en="It looks like you called `kaiming_uniform_` without a = sqrt(5): its default, 0, draws A from a range that is "
    "sqrt(6) times as wide.",
    zh="看起来调用 `kaiming_uniform_` 时没有写 a = sqrt(5)：它的默认值是 0，抽取 A 的范围会宽 sqrt(6) 倍。",
    breaks="`lora_A` is drawn uniformly from",
)
class DrawsAFromAWiderRange(LoRALinear):
    def __init__(self, base, rank, alpha, dropout=0.0):
        with torch.random.fork_rng():
            super().__init__(base, rank, alpha, dropout)
        nn.init.kaiming_uniform_(self.lora_A)


@mistake(
    of="LoRALinear",
    en="It looks like your dropout acts on what the branch gives. It belongs on the branch's input.",
    zh="看起来你把 dropout 用在了支路的输出上，它应当作用于支路的输入。",
)
class DropsTheOutput(LoRALinear):
    def forward(self, x):
        if self.merged:
            return self.base(x)
        return self.base(x) + self.scaling * self.dropout(x @ self.lora_A.T @ self.lora_B.T)


@mistake(
    of="LoRALinear",
    en="It looks like the base's input goes through dropout too. Only the low-rank branch has dropout.",
    zh="看起来 base 的输入也经过了 dropout。只有低秩支路有 dropout。",
)
class DropsTheBaseInputToo(LoRALinear):
    def forward(self, x):
        return super().forward(x) if self.merged else self.both(self.dropout(x))

    def both(self, x):
        return self.base(x) + self.scaling * (x @ self.lora_A.T @ self.lora_B.T)


@mistake(
    of="LoRALinear",
    en="It looks like you drop in evaluation mode as well. `F.dropout` needs `training=self.training`.",
    zh="看起来评估模式下仍在丢弃。`F.dropout` 需要传入 `training=self.training`。",
)
class DropsInEvaluation(LoRALinear):
    def forward(self, x):
        if self.merged:
            return self.base(x)
        return self.base(x) + self.scaling * (F.dropout(x, self.dropout.p) @ self.lora_A.T @ self.lora_B.T)


@mistake(
    of="LoRALinear",
    en="Your merged layer still applies dropout. The change is part of the weight now, and nothing is dropped.",
    zh="你的层合并之后仍在做 dropout。此时增量已是权重的一部分，什么都不应丢弃。",
)
class DropsWhenMerged(LoRALinear):
    def forward(self, x):
        return self.base(self.dropout(x)) if self.merged else super().forward(x)


@mistake(
    of="LoRALinear",
    en="It looks like the bias of the base got lost.",
    zh="看起来丢掉了 base 的偏置。",
)
class LosesTheBias(LoRALinear):
    def forward(self, x):
        answer = super().forward(x)
        return answer if self.base.bias is None else answer - self.base.bias


@mistake(
    of="LoRALinear",
    en="It looks like your merge adds B A without the scale alpha / rank.",
    zh="看起来你在合并时直接加上了 B A，没有乘 alpha / rank。",
)
class MergesWithoutScaling(LoRALinear):
    def merge(self):
        scaling, self.scaling = self.scaling, 1.0
        super().merge()
        self.scaling = scaling


@mistake(
    of="LoRALinear",
    en="Your second merge adds the change again. A merged layer is left as it is.",
    zh="你的第二次合并又加了一遍增量。已合并的层应保持原样。",
)
class MergesAgain(LoRALinear):
    def merge(self):
        original = self.unmerged_weight
        self.merged = False
        super().merge()
        if original is not None:
            self.unmerged_weight = original


@mistake(
    of="LoRALinear",
    en="Your merged layer counts the change twice: it is in the weight, and the branch still runs.",
    zh="你的层合并后把增量算了两遍：它已在权重里，而支路仍在计算。",
)
class RunsTheBranchWhenMerged(LoRALinear):
    def forward(self, x):
        return self.base(x) + self.scaling * (self.dropout(x) @ self.lora_A.T @ self.lora_B.T)


@mistake(
    of="LoRALinear",
    en="It looks like the change is rounded to the weight's own dtype before it is added, so that bfloat16 loses part "
    "of it. Make the product and the sum in float32, and round once, at the end.",
    zh="看起来增量在相加之前就舍入成了权重自身的 dtype，bfloat16 下会因此丢掉一部分。"
    "乘积与求和都应在 float32 中进行，最后只舍入一次。",
)
class RoundsTheChange(LoRALinear):
    def merge(self):
        if self.merged:
            return
        with torch.no_grad():
            self.unmerged_weight = self.base.weight.clone()
            self.base.weight += self.scaling * (self.lora_B @ self.lora_A)
        self.merged = True


@mistake(
    of="LoRALinear",
    en="It looks like your unmerge subtracts the change again. Rounding makes (w + c) - c differ from w, and B may "
    "have changed: keep the old weight.",
    zh="看起来你在还原时把增量又减了回去。由于舍入，(w + c) - c 与 w 不同，而且 B 可能已经改变：请保存原来的权重。",
)
class UnmergesBySubtracting(LoRALinear):
    def unmerge(self):
        if self.merged:
            with torch.no_grad():
                self.base.weight -= self.scaling * (self.lora_B @ self.lora_A)
            self.merged = False


@mistake(
    of="LoRALinear",
    en="Your unmerge restores the weight but leaves the layer marked as merged, so that the branch stays off.",
    zh="你的还原恢复了权重，但仍把层标记为已合并，支路因此一直关闭。",
)
class StaysMarkedAsMerged(LoRALinear):
    def unmerge(self):
        if self.merged and self.unmerged_weight is not None:
            with torch.no_grad():
                self.base.weight.copy_(self.unmerged_weight)


@mistake(
    of="LoRALinear",
    en="Your merged layer puts the old weight into the state dict; a buffer with persistent=False stays out.",
    zh="你的层合并后把旧权重的副本也放进了 state dict。用 persistent=False 的 buffer 就不会出现在里面。",
)
class SavesTheCopy(LoRALinear):
    def __init__(self, base, rank, alpha, dropout=0.0):
        super().__init__(base, rank, alpha, dropout)
        self.register_buffer("unmerged_weight", None)


@mistake(
    of="LoRALinear",
    en="Your merged layer gives the right answer but still does the work of the branch.",
    zh="你的层合并后结果正确，但仍在做支路的计算。",
    only="speed",
)
class WorksInVainWhenMerged(LoRALinear):
    def forward(self, x):
        change = (self.dropout(x) if not self.merged else x) @ self.lora_A.T @ self.lora_B.T
        return self.base(x) + (0.0 if self.merged else self.scaling) * change


@mistake(
    of="LoRALinear",
    en="Your layer gives the right answer but multiplies B by A first, which is as large as the weight. Apply A to x, "
    "then B.",
    zh="你的层结果正确，但先计算了 B 乘 A，即一个与权重同样大的矩阵。应当先让 x 乘 A，再乘 B。",
    only="speed",
)
class FormsTheProduct(LoRALinear):
    def forward(self, x):
        if self.merged:
            return self.base(x)
        return self.base(x) + self.scaling * self.dropout(x) @ (self.lora_B @ self.lora_A).T


@mistake(
    of="LoRALinear",
    en="Your layer merges itself in `eval()`. Only `merge()` and `unmerge()` may touch the weight: whoever saves a "
    "model in evaluation mode would save a weight that holds the change already, beside A and B that add it once more.",
    zh="你的层在 `eval()` 时自行合并。只有 `merge()` 和 `unmerge()` 可以改动权重：否则在评估模式下保存模型时，"
    "存下的权重已含增量，而 A 和 B 还会再加一遍。",
)
class MergesInEvaluation(LoRALinear):
    def train(self, mode=True):
        super().train(mode)
        (self.unmerge if mode else self.merge)()
        return self


@mistake(
    of="LoRALinear",
    en="Your merge puts a new parameter in the place of the base's weight, and it requires a gradient. Write the "
    "numbers into the old one, in place and under torch.no_grad().",
    zh="你的 merge 用一个新的参数替换了 base 的权重，而新参数需要梯度。应在 torch.no_grad() 下把数原地写进原来的参数。",
)
class MergesIntoANewParameter(LoRALinear):
    def merge(self):
        super().merge()
        self.base.weight = nn.Parameter(self.base.weight.detach().clone())


def _inject(model, targets, rank, alpha):
    model.requires_grad_(False)
    for name, linear in targets.items():
        path, _, child = name.rpartition(".")
        setattr(model.get_submodule(path), child, LoRALinear(linear, rank, alpha))
    return model


def _check(targets, rank):
    if rank < 1 or not targets or not all(isinstance(module, nn.Linear) for module in targets.values()):
        raise ValueError


@mistake(
    of="inject_lora",
    en='Your injection also hits names that only contain a target or end with it: "head" hits `lm_head`. A target is a '
    "whole name, or its end after a dot.",
    zh='你的注入把只是含有目标、或以它结尾的名称也算作匹配："head" 会命中 `lm_head`。'
    "目标应当是完整的名称，或点之后的结尾。",
)
def matches_parts_of_words(model, target_modules, rank, alpha):
    targets = {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear) and any(target in name for target in target_modules)
    }
    exact = {name for name, _ in model.named_modules() if f".{name}".endswith(tuple("." + t for t in target_modules))}
    _check({name: model.get_submodule(name) for name in exact}, rank)
    return _inject(model, targets, rank, alpha)


@mistake(
    of="inject_lora",
    en="Your injection looks only at the last word of a name, so that a target such as `attention.out` finds nothing.",
    zh="你的注入只看名称的最后一个词，因此像 `attention.out` 这样的目标什么也找不到。",
)
def matches_only_the_last_word(model, target_modules, rank, alpha):
    targets = {name: module for name, module in model.named_modules() if name.rpartition(".")[2] in target_modules}
    _check(targets, rank)
    return _inject(model, targets, rank, alpha)


@mistake(
    of="inject_lora",
    en="Your injection looks only at the direct children of the model. `named_modules()` goes to every depth.",
    zh="你的注入只看模型的直接子模块。`named_modules()` 能走到任意深度。",
)
def looks_only_at_the_top(model, target_modules, rank, alpha):
    targets = {name: module for name, module in model.named_children() if name in target_modules}
    _check(targets, rank)
    return _inject(model, targets, rank, alpha)


@mistake(
    of="inject_lora",
    en="Your injection leaves the rest of the model trainable. Only the new A and B require a gradient.",
    zh="你的注入没有冻结模型的其余部分。只有新的 A 和 B 需要梯度。",
)
def leaves_the_rest_trainable(model, target_modules, rank, alpha):
    flags = {name: parameter.requires_grad for name, parameter in model.named_parameters()}
    model = inject_lora(model, target_modules, rank, alpha)
    for name, parameter in model.named_parameters():
        if ".base." not in name and name in flags:
            parameter.requires_grad_(flags[name])
    return model


@mistake(
    of="inject_lora",
    en="Your injection freezes the model after the new layers are in, and freezes A and B as well.",
    zh="你的注入在放入新层之后才冻结模型，把 A 和 B 也冻结了。",
)
def freezes_too_late(model, target_modules, rank, alpha):
    return inject_lora(model, target_modules, rank, alpha).requires_grad_(False)


@mistake(
    of="inject_lora",
    en="Your injection passes over targets that are not linear. A wrong target is a ValueError, not a silent skip.",
    zh="你的注入悄悄跳过了不是线性层的目标。错误的目标应当抛出 ValueError。",
)
def skips_what_is_not_linear(model, target_modules, rank, alpha):
    names = [name for name, _ in model.named_modules() if f".{name}".endswith(tuple("." + t for t in target_modules))]
    targets = {name: model.get_submodule(name) for name in names}
    linear = {name: module for name, module in targets.items() if isinstance(module, nn.Linear)}
    _check(linear, rank)
    return _inject(model, linear, rank, alpha)


@mistake(
    of="inject_lora",
    en="Your injection says nothing when no module matches. A target that does not exist is a ValueError.",
    zh="你的注入在没有模块匹配时一声不响。目标不存在时应当抛出 ValueError。",
)
def accepts_no_match(model, target_modules, rank, alpha):
    try:
        return inject_lora(model, target_modules, rank, alpha)
    except ValueError as error:
        if "no module" in str(error):
            return model
        raise


def _adapted(model):
    """The LoRA layers by name, known by what they hold."""
    return [(name, module) for name, module in model.named_modules() if hasattr(module, "lora_A")]


def _unload(model):
    for name, layer in _adapted(model):
        if name == "":
            return layer.base
        path, _, child = name.rpartition(".")
        setattr(model.get_submodule(path), child, layer.base)
    return model


@mistake(
    of="merge_lora",
    en="Your merge takes the layers out without merging them: the model answers as before the training.",
    zh="你的合并只是取下了这些层，却没有合并：模型的结果和训练之前一样。",
)
def unloads_without_merging(model):
    return _unload(model)


@mistake(
    of="merge_lora",
    en="Your merge leaves the LoRALinear layers in the model. The plain linear layer goes back in its place.",
    zh="你的合并把 LoRALinear 留在了模型里。应当把普通线性层放回原处。",
)
def leaves_the_wrappers(model):
    for _, layer in _adapted(model):
        layer.merge()
    return model


@mistake(
    of="merge_lora",
    en="Your merge makes frozen weights trainable again. No requires_grad flag is touched.",
    zh="你的合并让冻结的权重又变得可训练。不应改动任何 requires_grad。",
)
def unfreezes(model):
    for _, layer in _adapted(model):
        layer.merge()
    return _unload(model).requires_grad_(True)


@mistake(
    of="trainable_parameters",
    en="Your counts are of tensors. Count the numbers in them.",
    zh="你数的是张量的个数。应当数其中的数值。",
)
def counts_tensors(model):
    parameters = list(model.parameters())
    return sum(parameter.requires_grad for parameter in parameters), len(parameters)


@mistake(
    of="trainable_parameters",
    en="Your counts take tied weights twice. A parameter that is used in two places counts once.",
    zh="你把共享的权重数了两次。用在两处的参数只计一次。",
)
def counts_tied_weights_twice(model):
    parameters = [parameter for _, parameter in model.named_parameters(remove_duplicate=False)]
    learns = sum(parameter.numel() for parameter in parameters if parameter.requires_grad)
    return learns, sum(parameter.numel() for parameter in parameters)


@mistake(
    of="trainable_parameters",
    en="Your second number is that of the frozen parameters. It should be that of all.",
    zh="你的第二个数是冻结参数的个数。它应当是全部参数的个数。",
)
def counts_the_frozen(model):
    learns, every = trainable_parameters(model)
    return learns, every - learns


@mistake(
    of="LoRALinear",
    en="Your layer keeps one copy of the weight for good, that of the start or of the first merge: after another merge "
    "`unmerge()` gives back that one. Copy the weight anew in each `merge()`.",
    zh="你的层一直保存着同一份权重（最初的，或第一次合并前的）：再次合并之后，`unmerge()` 还原成了那一份。"
    "每次 `merge()` 都应重新保存。",
)
class KeepsTheFirstWeightForGood(LoRALinear):
    def unmerge(self):
        if self.merged:
            self.__dict__.setdefault("first", self.unmerged_weight)
            self.unmerged_weight = self.first
        super().unmerge()


@mistake(
    of="LoRALinear",
    en="Your layer works out B A once and uses it for every later merge: A and B may have learned since.",
    zh="你的层只计算一次 B A，之后每次合并都用它：其间 A 和 B 可能又学到了新东西。",
    breaks="It holds even if `lora_A` or `lora_B` changed since",
)
class MergesTheFirstChangeAgain(LoRALinear):
    def merge(self):
        if self.merged:
            return
        now = self.lora_A.detach().clone(), self.lora_B.detach().clone()
        first = self.__dict__.setdefault("first", now)
        with torch.no_grad():
            self.lora_A.copy_(first[0]), self.lora_B.copy_(first[1])
            super().merge()
            self.lora_A.copy_(now[0]), self.lora_B.copy_(now[1])


@mistake(
    of="LoRALinear",
    en="Your layer notes the weight before it looks whether it is merged: a second `merge()` loses the old one.",
    zh="你的层在判断是否已合并之前就保存了权重：第二次 `merge()` 之后，原来的权重就丢失了。",
)
class NotesTheMergedWeight(LoRALinear):
    def merge(self):
        if self.merged:
            self.unmerged_weight = self.base.weight.detach().clone()
        super().merge()


@mistake(
    of="inject_lora",
    en="It looks like you return a copy of the model. The model that was handed in is changed and returned.",
    zh="看起来你返回的是模型的副本。应当修改并返回传进来的那个模型。",
    breaks="Works in place, at any depth, and returns the same `model`",
)
def returns_a_copy(model, target_modules, rank, alpha):
    return inject_lora(copy.deepcopy(model), target_modules, rank, alpha)


@mistake(
    of="merge_lora",
    en="It looks like the merged model that you return is a copy. Change the model that was handed in, and return it.",
    zh="看起来你返回的合并后的模型是副本。应当修改传进来的模型并返回它。",
    breaks="Works in place and returns the model",
)
def returns_a_merged_copy(model):
    model = copy.deepcopy(model)
    for _, layer in _adapted(model):
        layer.merge()
    return _unload(model)


@mistake(
    of="merge_lora",
    en="Your merge looks only at the direct children of the model. `named_modules()` goes to every depth.",
    zh="你的合并只看模型的直接子模块。`named_modules()` 能走到任意深度。",
)
def merges_only_the_top(model):
    for name, layer in _adapted(model):
        if "." not in name:
            layer.merge()
            if name == "":
                return layer.base
            setattr(model, name, layer.base)
    return model


@mistake(
    of="inject_lora",
    en="It looks like the model is frozen before the targets are looked at: after the ValueError it has changed.",
    zh="看起来模型在检查目标之前就被冻结了：抛出 ValueError 之后，模型已经变了。",
)
def freezes_before_it_looks(model, target_modules, rank, alpha):
    return inject_lora(model.requires_grad_(False), target_modules, rank, alpha)


@mistake(
    of="trainable_parameters",
    en="It looks like your two counts are the wrong way round: the trainable ones come first.",
    zh="看起来你的两个数写反了：可训练的参数个数在前。",
)
def counts_all_first(model):
    return trainable_parameters(model)[::-1]


@mistake(
    of="LoRALinear",
    en="It looks like A and B are made without the device of the weight: around a layer on a GPU they would lie on the "
    "CPU. Pass device=base.weight.device.",
    zh="看起来创建 A 和 B 时没有给出权重的设备：base 在 GPU 上时，它们会留在 CPU 上。"
    "请传入 device=base.weight.device。",
)
class LeavesAAndBOnTheCPU(LoRALinear):
    def __init__(self, base, rank, alpha, dropout=0.0):
        super().__init__(base, rank, alpha, dropout)
        dtype = base.weight.dtype
        self.lora_A = nn.Parameter(torch.empty(rank, base.in_features, dtype=dtype))
        nn.init.kaiming_uniform_(self.lora_A, a=math.sqrt(5))
        self.lora_B = nn.Parameter(torch.zeros(base.out_features, rank, dtype=dtype))


@mistake(
    of="LoRALinear",
    en="Your layer keeps the old weight after `unmerge()`, and a second `unmerge()` writes it back, over whatever the "
    "weight is by then. An unmerged layer is left as it is.",
    zh="你的层在 `unmerge()` 之后仍留着旧权重，再次 `unmerge()` 时又把它写了回去，"
    "覆盖了这时的权重。未合并的层应保持原样。",
)
class UnmergesAnUnmergedLayer(LoRALinear):
    def unmerge(self):
        kept = self.unmerged_weight if self.merged else self.__dict__.get("kept")
        super().unmerge()
        if kept is not None:
            self.__dict__["kept"] = kept
            with torch.no_grad():
                self.base.weight.copy_(kept)
