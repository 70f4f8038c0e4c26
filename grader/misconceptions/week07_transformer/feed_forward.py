"""Known mistakes of week 07, feed_forward."""

import feed_forward as solution
import torch
import torch.nn.functional as F
from torch import nn

from grader.mistakes import mistake


@mistake(
    of="gated_width",
    en="It looks like your hidden width is 4 * d_model. A gated layer has three matrices, so it gets two thirds of "
    "that.",
    zh="看起来你的隐藏宽度是 4 * d_model。带门的层有三个矩阵，所以只取它的三分之二。",
)
def keeps_the_plain_width(d_model, multiple_of=256):
    solution.gated_width(d_model, multiple_of)
    return -(-4 * d_model // multiple_of) * multiple_of


@mistake(
    of="gated_width",
    en="It looks like you round down to a multiple. The width is rounded up.",
    zh="看起来你向下取到了倍数。宽度应当向上取。",
)
def rounds_down_to_a_multiple(d_model, multiple_of=256):
    solution.gated_width(d_model, multiple_of)
    return 8 * d_model // 3 // multiple_of * multiple_of


@mistake(
    of="gated_width",
    en="It looks like you round to the nearest multiple. The width is always rounded up to the next one.",
    zh="看起来你取了最近的倍数。宽度总是向上取到下一个倍数。",
    breaks="that rounded up to the next",
)
def rounds_to_the_nearest_multiple(d_model, multiple_of=256):
    solution.gated_width(d_model, multiple_of)
    return round(8 * d_model // 3 / multiple_of) * multiple_of


@mistake(
    of="gated_width",
    en="It looks like you always go to the next multiple, even from a number that is one already.",
    zh="看起来你总是取下一个倍数，即使原来的数已经是倍数。",
)
def always_adds_a_multiple(d_model, multiple_of=256):
    solution.gated_width(d_model, multiple_of)
    return (8 * d_model // 3 // multiple_of + 1) * multiple_of


@mistake(
    of="gated_width",
    en="It looks like 8 * d_model / 3 is rounded up before the multiple is taken; it is rounded down.",
    zh="看起来在取倍数之前，8 * d_model / 3 被向上取整了；应当向下取整。",
)
def rounds_up_twice(d_model, multiple_of=256):
    solution.gated_width(d_model, multiple_of)
    return -(-(-(-8 * d_model // 3)) // multiple_of) * multiple_of


@mistake(
    of="gated_width",
    en="It looks like 8 * d_model / 3 is rounded to the nearest whole number before the multiple is taken; it is "
    "rounded down.",
    zh="看起来在取倍数之前，8 * d_model / 3 被四舍五入到最近的整数；应当向下取整。",
    breaks="rounded down to an integer",
)
def rounds_to_the_nearest_number(d_model, multiple_of=256):
    solution.gated_width(d_model, multiple_of)
    return -(-round(8 * d_model / 3) // multiple_of) * multiple_of


class Bent(solution.FeedForward):
    """The solution with an activation of its own."""

    def bend(self, x):
        if self.activation == "relu":
            return F.relu(x)
        return F.gelu(x, approximate="tanh" if self.activation == "gelu_tanh" else "none")

    def forward(self, x):
        return self.W_out(self.bend(self.W_in(x)))


@mistake(
    of="FeedForward",
    en='It looks like "gelu" is the approximation by tanh. That one is "gelu_tanh"; "gelu" is exact.',
    zh='看起来你的 "gelu" 是用 tanh 的近似。那是 "gelu_tanh"；"gelu" 是精确的。',
)
class takes_tanh_for_exact(Bent):
    def bend(self, x):
        return F.relu(x) if self.activation == "relu" else F.gelu(x, approximate="tanh")


@mistake(
    of="FeedForward",
    en='It looks like "gelu_tanh" is the exact gelu. Checkpoints of GPT-2 want the approximation by tanh.',
    zh='看起来你的 "gelu_tanh" 用了精确的 gelu。GPT-2 的检查点要用 tanh 近似。',
)
class takes_exact_for_tanh(Bent):
    def bend(self, x):
        return F.relu(x) if self.activation == "relu" else F.gelu(x)


@mistake(
    of="FeedForward",
    en="It looks like gelu is computed as x * sigmoid(1.702 x). That is a coarser approximation than either of the "
    "two.",
    zh="看起来你用 x * sigmoid(1.702 x) 来算 gelu。这个近似比两种要求的都粗糙。",
)
class approximates_by_a_sigmoid(Bent):
    def bend(self, x):
        return F.relu(x) if self.activation == "relu" else x * torch.sigmoid(1.702 * x)


@mistake(
    of="FeedForward",
    en="It looks like every activation is relu, whatever was asked for.",
    zh="看起来无论要求哪种激活函数，你用的都是 relu。",
)
class always_uses_relu(Bent):
    def bend(self, x):
        return F.relu(x)


@mistake(
    of="FeedForward",
    en="It looks like there is no activation: two linear layers in a row are one linear layer.",
    zh="看起来没有激活函数：两个线性层接在一起仍是一个线性层。",
)
class forgets_the_activation(Bent):
    def bend(self, x):
        return x


@mistake(
    of="FeedForward",
    en="It looks like the activation comes after W_out as well. It stands between the two layers alone.",
    zh="看起来 W_out 之后又用了一次激活函数。它只在两层之间。",
)
class bends_twice(Bent):
    def forward(self, x):
        return self.bend(super().forward(x))


@mistake(
    of="FeedForward",
    en="It looks like the residual connection is inside the layer. The block adds it; the layer does not.",
    zh="看起来残差连接写进了这一层。它由块来加，不由这一层加。",
)
class adds_the_residual_itself(Bent):
    def forward(self, x):
        return x + super().forward(x)


@mistake(
    of="FeedForward",
    en="It looks like the hidden width is d_model when none is given; it is 4 * d_model.",
    zh="看起来不指定时隐藏宽度是 d_model；应当是 4 * d_model。",
)
class does_not_widen(solution.FeedForward):
    def __init__(self, d_model, hidden=None, activation="gelu", bias=True):
        super().__init__(d_model, hidden or d_model, activation, bias)


@mistake(
    of="FeedForward",
    en="It looks like W_out has a bias even with bias=False. The argument is about both layers.",
    zh="看起来 bias=False 时 W_out 仍有偏置。这个参数管的是两层。",
)
class keeps_one_bias(solution.FeedForward):
    def __init__(self, d_model, hidden=None, activation="gelu", bias=True):
        super().__init__(d_model, hidden, activation, bias)
        self.W_out = nn.Linear(self.W_in.out_features, d_model)


@mistake(
    of="FeedForward",
    en="It looks like a FeedForward can be made with an activation that it does not know. The word is checked when the "
    "layer is made: any but the three is a ValueError.",
    zh="看起来用不认识的激活函数也能建立 FeedForward。建立这一层时就要检查：三个词以外的都应抛出 ValueError。",
)
class accepts_any_activation(solution.FeedForward):
    def __init__(self, d_model, hidden=None, activation="gelu", bias=True):
        known = activation in ("relu", "gelu", "gelu_tanh")
        super().__init__(d_model, hidden, activation if known else "gelu", bias)


@mistake(
    of="SwiGLU",
    en="It looks like gate and up are swapped: silu goes over W_gate(x), not over W_up(x).",
    zh="看起来门和另一支对调了：silu 应作用于 W_gate(x)，而不是 W_up(x)。",
)
class swaps_gate_and_up(solution.SwiGLU):
    def forward(self, x):
        return self.W_down(self.W_gate(x) * F.silu(self.W_up(x)))


@mistake(
    of="SwiGLU",
    en="It looks like the gate is a sigmoid. silu(z) is z * sigmoid(z).",
    zh="看起来门用的是 sigmoid。silu(z) 是 z * sigmoid(z)。",
)
class gates_with_a_sigmoid(solution.SwiGLU):
    def forward(self, x):
        return self.W_down(torch.sigmoid(self.W_gate(x)) * self.W_up(x))


@mistake(
    of="SwiGLU",
    en="It looks like the gate is a gelu: that layer is called GEGLU. SwiGLU has silu.",
    zh="看起来门用的是 gelu：那一层叫 GEGLU。SwiGLU 用 silu。",
)
class gates_with_gelu(solution.SwiGLU):
    def forward(self, x):
        return self.W_down(F.gelu(self.W_gate(x)) * self.W_up(x))


@mistake(
    of="SwiGLU",
    en="It looks like silu goes over both branches. The branch of W_up stays linear.",
    zh="看起来两支都用了 silu。W_up 那一支应保持线性。",
)
class bends_both_branches(solution.SwiGLU):
    def forward(self, x):
        return self.W_down(F.silu(self.W_gate(x)) * F.silu(self.W_up(x)))


@mistake(
    of="SwiGLU",
    en="It looks like silu goes over the product. It goes over the gate, before the product.",
    zh="看起来 silu 作用在乘积上。它应在相乘之前作用于门。",
)
class bends_the_product(solution.SwiGLU):
    def forward(self, x):
        return self.W_down(F.silu(self.W_gate(x) * self.W_up(x)))


@mistake(
    of="SwiGLU",
    en="It looks like W_up is not used: the layer must multiply by it.",
    zh="看起来没有用到 W_up：这一层必须乘上它。",
)
class forgets_the_other_branch(solution.SwiGLU):
    def forward(self, x):
        return self.W_down(F.silu(self.W_gate(x)))


@mistake(
    of="SwiGLU",
    en="It looks like the two branches are added. The gate multiplies.",
    zh="看起来两支是相加的。门应当相乘。",
)
class adds_the_branches(solution.SwiGLU):
    def forward(self, x):
        return self.W_down(F.silu(self.W_gate(x)) + self.W_up(x))


@mistake(
    of="SwiGLU",
    en="It looks like the layers of SwiGLU have biases. Llama's have none, and its checkpoints bring none.",
    zh="看起来 SwiGLU 的各层带有偏置。Llama 没有偏置，它的检查点里也没有。",
)
class has_biases(solution.SwiGLU):
    def __init__(self, d_model, hidden):
        super().__init__(d_model, hidden)
        self.W_down = nn.Linear(hidden, d_model)


@mistake(
    of="FeedForward",
    en="It looks like the default activation is relu. Without a word it is the exact gelu.",
    zh="看起来默认的激活函数是 relu。不指定时应为精确的 gelu。",
)
class bends_by_relu_unless_told(solution.FeedForward):
    def __init__(self, d_model, hidden=None, activation="relu", bias=True):
        super().__init__(d_model, hidden, activation, bias)


@mistake(
    of="FeedForward",
    en="It looks like all layers share one activation: the layer that was made last decides for the others. Keep it in "
    "self, not in the class.",
    zh="看起来所有层共用一个激活函数：最后建立的那一层替其他层做了决定。应当存在 self 里，而不是类里。",
)
class keeps_the_activation_in_the_class(solution.FeedForward):
    last = "gelu"

    def __init__(self, d_model, hidden=None, activation="gelu", bias=True):
        super().__init__(d_model, hidden, activation, bias)
        keeps_the_activation_in_the_class.last = activation

    def forward(self, x):
        self.activation = keeps_the_activation_in_the_class.last
        return super().forward(x)
