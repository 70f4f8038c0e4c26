"""Known mistakes of week 07, blocks.

`Encoder` and `Decoder` are the solution cut into steps, so that a mistake overrides the one that it gets wrong.
"""

import blocks as solution
import torch
import torch.nn.functional as F
from torch import nn

from grader.mistakes import mistake


class Encoder(solution.EncoderLayer):
    """The solution, step by step."""

    def bend(self, x):
        return F.gelu(x)

    def attend(self, x, mask):
        return self.attention(x, x, mask)

    def feed(self, x):
        return self.W_out(self.bend(self.W_in(x)))

    def pre(self, x, mask):
        x = x + self.attend(self.norm1(x), mask)
        return x + self.feed(self.norm2(x))

    def post(self, x, mask):
        x = self.norm1(x + self.attend(x, mask))
        return self.norm2(x + self.feed(x))

    def forward(self, x, mask=None):
        return self.pre(x, mask) if self.norm == "pre" else self.post(x, mask)


class Decoder(solution.DecoderLayer):
    """The solution, step by step."""

    def visible(self, x, mask):
        causal = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool, device=x.device).tril()
        return causal if mask is None else causal & mask

    def read(self, x, mask):
        return self.self_attention(x, x, self.visible(x, mask))

    def ask(self, x, memory, mask):
        return self.cross_attention(x, memory, mask)

    def feed(self, x):
        return self.W_out(F.gelu(self.W_in(x)))

    def pre(self, x, memory, mask, memory_mask):
        x = x + self.read(self.norm1(x), mask)
        x = x + self.ask(self.norm2(x), memory, memory_mask)
        return x + self.feed(self.norm3(x))

    def post(self, x, memory, mask, memory_mask):
        x = self.norm1(x + self.read(x, mask))
        x = self.norm2(x + self.ask(x, memory, memory_mask))
        return self.norm3(x + self.feed(x))

    def forward(self, x, memory, mask=None, memory_mask=None):
        return (self.pre if self.norm == "pre" else self.post)(x, memory, mask, memory_mask)


@mistake(
    of="EncoderLayer",
    en='It looks like "pre" and "post" are swapped: "post" is the figure of the first paper, with the norm after each '
    "addition.",
    zh='看起来 "pre" 和 "post" 对调了："post" 是第一篇论文的图，归一化在每次相加之后。',
)
class swaps_pre_and_post(Encoder):
    def forward(self, x, mask=None):
        return self.post(x, mask) if self.norm == "pre" else self.pre(x, mask)


@mistake(
    of="EncoderLayer",
    en="It looks like pre-norm adds the branch to the normed x. The path carries x itself; the branch alone reads "
    "norm(x).",
    zh="看起来 pre-norm 把分支加到了归一化后的 x 上。通路上是 x 本身；只有分支读取 norm(x)。",
)
class adds_to_the_normed(Encoder):
    def pre(self, x, mask):
        normed = self.norm1(x)
        x = normed + self.attend(normed, mask)
        normed = self.norm2(x)
        return normed + self.feed(normed)


@mistake(
    of="EncoderLayer",
    en="It looks like attention has no residual connection: its output replaces x and is not added to it.",
    zh="看起来注意力没有残差连接：它的输出替换了 x，而不是加到 x 上。",
)
class forgets_the_first_residual(Encoder):
    def pre(self, x, mask):
        x = self.attend(self.norm1(x), mask)
        return x + self.feed(self.norm2(x))

    def post(self, x, mask):
        x = self.norm1(self.attend(x, mask))
        return self.norm2(x + self.feed(x))


@mistake(
    of="EncoderLayer",
    en="It looks like the feed-forward layer has no residual connection: its output is not added to x.",
    zh="看起来前馈层没有残差连接：它的输出没有加到 x 上。",
)
class forgets_the_second_residual(Encoder):
    def pre(self, x, mask):
        x = x + self.attend(self.norm1(x), mask)
        return self.feed(self.norm2(x))

    def post(self, x, mask):
        x = self.norm1(x + self.attend(x, mask))
        return self.norm2(self.feed(x))


@mistake(
    of="EncoderLayer",
    en="It looks like only the queries of pre-norm are normed: keys and values are read from x as it came. All three "
    "are read from norm1(x).",
    zh="看起来 pre-norm 只归一化了 query：key 和 value 读的是未归一化的 x。三者都应读 norm1(x)。",
)
class norms_only_the_queries(Encoder):
    def pre(self, x, mask):
        x = x + self.attention(self.norm1(x), x, mask)
        return x + self.feed(self.norm2(x))


@mistake(
    of="EncoderLayer",
    en="It looks like norm1 serves both branches. Each branch has a norm of its own.",
    zh="看起来两个分支都用了 norm1。每个分支有自己的归一化。",
)
class uses_one_norm_twice(Encoder):
    def pre(self, x, mask):
        x = x + self.attend(self.norm1(x), mask)
        return x + self.feed(self.norm1(x))

    def post(self, x, mask):
        x = self.norm1(x + self.attend(x, mask))
        return self.norm1(x + self.feed(x))


@mistake(
    of="EncoderLayer",
    en="It looks like both branches read the same x, side by side. The feed-forward layer reads what attention has "
    "already changed.",
    zh="看起来两个分支并列读取同一个 x。前馈层应当读取注意力已经改过的结果。",
)
class runs_the_branches_in_parallel(Encoder):
    def pre(self, x, mask):
        return x + self.attend(self.norm1(x), mask) + self.feed(self.norm2(x))

    def post(self, x, mask):
        return self.norm2(self.norm1(x + self.attend(x, mask)) + self.feed(x))


@mistake(
    of="EncoderLayer",
    en="It looks like post-norm norms the branch before it is added. The norm comes after the addition, on the sum.",
    zh="看起来 post-norm 在相加之前归一化了分支。归一化应在相加之后，作用于和。",
)
class norms_the_branch(Encoder):
    def post(self, x, mask):
        x = x + self.norm1(self.attend(x, mask))
        return x + self.norm2(self.feed(x))


@mistake(
    of="EncoderLayer",
    en="It looks like pre-norm ends with one more norm. A pre-norm model has it once, after its last layer, not in "
    "each.",
    zh="看起来 pre-norm 末尾多了一次归一化。pre-norm 模型只在最后一层之后做一次，而不是每层都做。",
)
class norms_at_the_end_too(Encoder):
    def pre(self, x, mask):
        return self.norm2(super().pre(x, mask))


@mistake(
    of="EncoderLayer",
    en="It looks like the mask is not passed on to attention.",
    zh="看起来没有把掩码传给注意力。",
)
class ignores_the_mask(Encoder):
    def attend(self, x, mask):
        return self.attention(x, x)


@mistake(
    of="EncoderLayer",
    en="It looks like the encoder hides later tokens. An encoder reads in both directions; a decoder is causal.",
    zh="看起来编码器遮住了后面的词元。编码器双向读取；解码器才是因果的。",
)
class makes_the_encoder_causal(Encoder):
    def attend(self, x, mask):
        causal = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool, device=x.device).tril()
        return self.attention(x, x, causal if mask is None else causal & mask)


@mistake(
    of="EncoderLayer",
    en="It looks like the feed-forward layer uses relu, the default of torch's own layer. Here it is the exact gelu.",
    zh="看起来前馈层用了 relu，也就是 torch 自带的层的默认值。这里要用精确的 gelu。",
)
class uses_relu(Encoder):
    def bend(self, x):
        return F.relu(x)


@mistake(
    of="EncoderLayer",
    en="It looks like any word for the norm is taken, and means one of the two. Other words are a ValueError.",
    zh="看起来任何表示归一化位置的词都被接受了。其他词应当抛出 ValueError。",
)
class accepts_any_word(Encoder):
    def __init__(self, d_model, num_heads, hidden, norm="pre"):
        super().__init__(d_model, num_heads, hidden, norm if norm == "pre" else "post")


@mistake(
    of="DecoderLayer",
    en='It looks like "pre" and "post" are swapped in the decoder.',
    zh='看起来解码器的 "pre" 和 "post" 对调了。',
)
class swaps_pre_and_post_in_the_decoder(Decoder):
    def forward(self, x, memory, mask=None, memory_mask=None):
        return (self.post if self.norm == "pre" else self.pre)(x, memory, mask, memory_mask)


@mistake(
    of="DecoderLayer",
    en="It looks like the decoder has no causal mask: its tokens see those that come after them. Training would look "
    "wonderful, and the model could not write.",
    zh="看起来解码器没有因果掩码：词元能看到后面的词元。训练时看上去效果极好，模型却无法生成。",
)
class forgets_causality(Decoder):
    def visible(self, x, mask):
        return mask


@mistake(
    of="DecoderLayer",
    en="It looks like a mask takes the place of causality: with a mask, tokens see those that come after them.",
    zh="看起来传入的掩码替换了因果掩码：有掩码时，词元能看到后面的词元。",
)
class replaces_causality_by_the_mask(Decoder):
    def visible(self, x, mask):
        return super().visible(x, None) if mask is None else mask


@mistake(
    of="DecoderLayer",
    en="It looks like the two masks are joined with `|`. What may be seen must be allowed by both: `&`.",
    zh="看起来两个掩码是用 `|` 合并的。可见的位置必须两者都允许：用 `&`。",
)
class joins_masks_with_or(Decoder):
    def visible(self, x, mask):
        causal = super().visible(x, None)
        return causal if mask is None else causal | mask


@mistake(
    of="DecoderLayer",
    en="It looks like the decoder's own mask is not used: padding stays visible to self-attention.",
    zh="看起来没有用到解码器的 mask：自注意力仍能看到填充。",
)
class ignores_the_decoder_mask(Decoder):
    def visible(self, x, mask):
        return super().visible(x, None)


@mistake(
    of="DecoderLayer",
    en="It looks like memory_mask is not passed on to cross-attention.",
    zh="看起来没有把 memory_mask 传给交叉注意力。",
)
class ignores_the_memory_mask(Decoder):
    def ask(self, x, memory, mask):
        return self.cross_attention(x, memory)


@mistake(
    of="DecoderLayer",
    en="It looks like the causal mask is used in cross-attention too. All of the source is there before the decoder "
    "begins; nothing in it is later.",
    zh="看起来交叉注意力里也用了因果掩码。解码开始之前源文本已经全部在那里，不存在“后面”。",
)
class makes_cross_attention_causal(Decoder):
    def ask(self, x, memory, mask):
        causal = torch.ones(x.shape[1], memory.shape[1], dtype=torch.bool, device=x.device).tril()
        return self.cross_attention(x, memory, causal if mask is None else causal & mask)


@mistake(
    of="DecoderLayer",
    en="It looks like cross-attention reads the decoder's own tokens, not memory.",
    zh="看起来交叉注意力读的是解码器自己的词元，而不是 memory。",
)
class attends_to_itself_twice(Decoder):
    def ask(self, x, memory, mask):
        return self.cross_attention(x, x) + 0 * memory.sum()


@mistake(
    of="DecoderLayer",
    en="It looks like post-norm asks the source with the raw output of self-attention: the first addition and norm1 "
    "are "
    "skipped.",
    zh="看起来 post-norm 直接用自注意力的原始输出去查询源文本：跳过了第一次相加和 norm1。",
)
class asks_with_the_raw_output(Decoder):
    def post(self, x, memory, mask, memory_mask):
        read = self.read(x, mask)
        x = self.norm2(self.norm1(x + read) + self.ask(read, memory, memory_mask))
        return self.norm3(x + self.feed(x))


@mistake(
    of="DecoderLayer",
    en="It looks like memory goes through norm2 as well. The encoder has normed it already; the layer norms its own x.",
    zh="看起来 memory 也经过了 norm2。编码器已经归一化过它；这一层只归一化自己的 x。",
)
class norms_the_memory(Decoder):
    def pre(self, x, memory, mask, memory_mask):
        return super().pre(x, self.norm2(memory), mask, memory_mask)  # post-norm has no norm before a branch to repeat


@mistake(
    of="DecoderLayer",
    en="It looks like cross-attention has no residual connection: its answer replaces what the decoder has read.",
    zh="看起来交叉注意力没有残差连接：它的结果替换了解码器读到的内容。",
)
class forgets_the_residual_of_cross_attention(Decoder):
    def pre(self, x, memory, mask, memory_mask):
        x = x + self.read(self.norm1(x), mask)
        x = self.ask(self.norm2(x), memory, memory_mask)
        return x + self.feed(self.norm3(x))

    def post(self, x, memory, mask, memory_mask):
        x = self.norm1(x + self.read(x, mask))
        x = self.norm2(self.ask(x, memory, memory_mask))
        return self.norm3(x + self.feed(x))


@mistake(
    of="DecoderLayer",
    en="It looks like post-norm has lost x in the feed-forward branch of the decoder: norm3 stands on the sum "
    "x + feed_forward(x), not on the branch alone.",
    zh="看起来解码器的 post-norm 在前馈分支丢掉了 x：norm3 作用于和 x + feed_forward(x)，而不是只作用于分支。",
)
class loses_the_last_residual_of_post_norm(Decoder):
    def post(self, x, memory, mask, memory_mask):
        x = self.norm1(x + self.read(x, mask))
        x = self.norm2(x + self.ask(x, memory, memory_mask))
        return self.norm3(self.feed(x))


@mistake(
    of="DecoderLayer",
    en="It looks like the decoder asks the source before it reads its own text. Self-attention comes first.",
    zh="看起来解码器先查询源文本，再读自己的文本。自注意力应当在前。",
)
class asks_before_reading(Decoder):
    def pre(self, x, memory, mask, memory_mask):
        x = x + self.ask(self.norm2(x), memory, memory_mask)
        x = x + self.read(self.norm1(x), mask)
        return x + self.feed(self.norm3(x))

    def post(self, x, memory, mask, memory_mask):
        x = self.norm2(x + self.ask(x, memory, memory_mask))
        x = self.norm1(x + self.read(x, mask))
        return self.norm3(x + self.feed(x))


@mistake(
    of="DecoderLayer",
    en="It looks like norm2 and norm3 are swapped: norm2 belongs to cross-attention, norm3 to the feed-forward layer.",
    zh="看起来 norm2 和 norm3 对调了：norm2 属于交叉注意力，norm3 属于前馈层。",
)
class swaps_two_norms(Decoder):
    def forward(self, x, memory, mask=None, memory_mask=None):
        kept = self.norm2, self.norm3
        self.norm2, self.norm3 = kept[1], kept[0]
        answer = super().forward(x, memory, mask, memory_mask)
        self.norm2, self.norm3 = kept
        return answer


@mistake(
    of="DecoderLayer",
    en="It looks like one attention serves as self- and as cross-attention. They have weights of their own.",
    zh="看起来自注意力和交叉注意力共用了一个模块。两者各有自己的权重。",
)
class shares_one_attention(Decoder):
    def ask(self, x, memory, mask):
        return self.self_attention(x, memory, mask)


@mistake(
    of="DecoderLayer",
    en="It looks like the decoder takes any word for the norm. Words other than the two are a ValueError.",
    zh="看起来解码器接受任何表示归一化位置的词。这两个词以外的都应抛出 ValueError。",
)
class decoder_accepts_any_word(Decoder):
    def __init__(self, d_model, num_heads, hidden, norm="pre"):
        super().__init__(d_model, num_heads, hidden, norm if norm == "pre" else "post")


@mistake(
    of="DecoderLayer",
    en="It looks like x is changed in place by `+=`: whoever passed it finds other numbers in it.",
    zh="看起来 `+=` 原地修改了 x：传入它的人会发现里面的数变了。",
)
class changes_x_in_place(Decoder):
    def pre(self, x, memory, mask, memory_mask):
        begun = x.detach().clone() if x.requires_grad else x
        x = super().pre(x, memory, mask, memory_mask)
        begun += 1e-3
        return x


@mistake(
    of="DecoderLayer",
    en="It looks like the norms have no weights of their own (elementwise_affine=False).",
    zh="看起来归一化层没有自己的权重（elementwise_affine=False）。",
)
class has_norms_without_weights(Decoder):
    def __init__(self, d_model, num_heads, hidden, norm="pre"):
        super().__init__(d_model, num_heads, hidden, norm)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model, elementwise_affine=False) for _ in range(3))


@mistake(
    of="DecoderLayer",
    en="It looks like causality is written into the mask that was passed, by `mask &= …`. The caller's mask must stay.",
    zh="看起来用 `mask &= …` 把因果性写进了传入的掩码。调用者的掩码不应被修改。",
)
class changes_the_mask(Decoder):
    def visible(self, x, mask):
        visible = super().visible(x, mask)
        if mask is not None and mask.shape == visible.shape:
            mask.copy_(visible)
        return visible


@mistake(
    of="EncoderLayer",
    en="It looks like the gelu of the feed-forward layer is the approximation by a tanh. Here it is the exact one.",
    zh="看起来前馈层的 gelu 用了 tanh 近似。这里要用精确的 gelu。",
)
class bends_by_a_tanh(Encoder):
    def bend(self, x):
        return F.gelu(x, approximate="tanh")


@mistake(
    of="DecoderLayer",
    en="It looks like the decoder's feed-forward layer uses another activation than the exact gelu: the approximation "
    "by a tanh.",
    zh="看起来解码器的前馈层没有用精确的 gelu，而是用了 tanh 近似。",
)
class bends_the_decoder_by_a_tanh(Decoder):
    def feed(self, x):
        return self.W_out(F.gelu(self.W_in(x), approximate="tanh"))


@mistake(
    of="DecoderLayer",
    en="It looks like the decoder's feed-forward layer uses relu. Here it is the exact gelu.",
    zh="看起来解码器的前馈层用了 relu。这里要用精确的 gelu。",
)
class uses_relu_in_the_decoder(Decoder):
    def feed(self, x):
        return self.W_out(F.relu(self.W_in(x)))


@mistake(
    of="DecoderLayer",
    en="It looks like the decoder's pre-norm adds its branches to the normed x. The path carries x itself.",
    zh="看起来解码器的 pre-norm 把分支加到了归一化后的 x 上。通路上应是 x 本身。",
)
class adds_to_the_normed_in_the_decoder(Decoder):
    def pre(self, x, memory, mask, memory_mask):
        x = self.norm1(x)
        x = self.norm2(x + self.read(x, mask))
        x = self.norm3(x + self.ask(x, memory, memory_mask))
        return x + self.feed(x)


@mistake(
    of="DecoderLayer",
    en="It looks like the decoder's feed-forward layer has no residual connection: its output is not added to x.",
    zh="看起来解码器的前馈层没有残差连接：它的输出没有加到 x 上。",
)
class forgets_the_last_residual(Decoder):
    def pre(self, x, memory, mask, memory_mask):
        x = x + self.read(self.norm1(x), mask)
        x = x + self.ask(self.norm2(x), memory, memory_mask)
        return self.feed(self.norm3(x))

    def post(self, x, memory, mask, memory_mask):
        x = self.norm1(x + self.read(x, mask))
        x = self.norm2(x + self.ask(x, memory, memory_mask))
        return self.norm3(self.feed(x))


@mistake(
    of="EncoderLayer",
    en="It looks like the mask is turned around: here True means that a token may be seen. Some of torch's own masks "
    "mean the opposite.",
    zh="看起来掩码的含义反了：这里 True 表示可以看到。torch 自带的一些掩码含义相反。",
)
class inverts_the_mask(Encoder):
    def attend(self, x, mask):
        return self.attention(x, x, None if mask is None else ~mask)


@mistake(
    of="DecoderLayer",
    en="It looks like the causal mask is turned around: it shows the later tokens and hides the earlier ones. True "
    "means that a token may be seen.",
    zh="看起来因果掩码反了：它露出后面的词元，遮住前面的词元。True 表示可以看到。",
)
class inverts_the_causal_mask(Decoder):
    def visible(self, x, mask):
        later = ~super().visible(x, None)
        return later if mask is None else later & mask


@mistake(
    of="EncoderLayer",
    en="It looks like `+=` adds the branches into the caller's x. Write x = x + …, which makes a new tensor.",
    zh="看起来 `+=` 把分支加进了调用者的 x。应写成 x = x + …，得到新的张量。",
)
class adds_in_place(Encoder):
    def pre(self, x, mask):
        x += self.attend(self.norm1(x), mask)
        return x + self.feed(self.norm2(x))

    def post(self, x, mask):
        x += self.attend(x, mask)
        x = self.norm1(x)
        return self.norm2(x + self.feed(x))


@mistake(
    of="DecoderLayer",
    en="It looks like cross-attention asks the wrong way round: queries come from the decoder, keys and values from "
    "memory. The first argument of parts.Attention asks.",
    zh="看起来交叉注意力的方向反了：query 来自解码器，key 和 value 来自 memory。"
    "parts.Attention 的第一个参数是提问的一方。",
)
class asks_the_wrong_way_round(Decoder):
    def ask(self, x, memory, mask):
        return self.cross_attention(memory, x, mask)
