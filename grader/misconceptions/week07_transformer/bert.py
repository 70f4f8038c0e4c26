"""Known mistakes of week 07, bert.

`Layer` and `Model` are the solution cut into steps, so that a mistake overrides the one that it gets wrong.
"""

import math

import bert as solution
import torch
import torch.nn.functional as F

from grader.mistakes import mistake


class Layer(solution.BertLayer):
    """The solution, step by step."""

    def bend(self, x):
        return F.gelu(x)

    def scale(self, width):
        return math.sqrt(width)

    def hide(self, scores, real):
        return scores if real is None else scores.masked_fill(~real[:, None, None, :], -math.inf)

    def heads_of(self, x):
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def together(self, x):
        return x.transpose(1, 2).flatten(-2)

    def attend(self, x, real):
        q, k, v = (self.heads_of(self.attention["self"][name](x)) for name in ("query", "key", "value"))
        weights = torch.softmax(self.hide(q @ k.mT / self.scale(q.shape[-1]), real), dim=-1)
        return self.attention["output"]["dense"](self.together(weights @ v))

    def feed(self, x):
        return self.output["dense"](self.bend(self.intermediate["dense"](x)))

    def forward(self, x, real=None):
        x = self.attention["output"]["LayerNorm"](x + self.attend(x, real))
        return self.output["LayerNorm"](x + self.feed(x))


class Model(solution.BertEncoder):
    """The solution, step by step."""

    def check(self, ids):
        if ids.shape[1] > self.embeddings["position_embeddings"].num_embeddings:
            raise ValueError("too long")

    def places(self, ids, real):
        return torch.arange(ids.shape[1], device=ids.device)

    def words(self, ids):
        return self.embeddings["word_embeddings"](ids)

    def kinds(self, ids, token_types):
        return self.embeddings["token_type_embeddings"](torch.zeros_like(ids) if token_types is None else token_types)

    def norm(self, x):
        return self.embeddings["LayerNorm"](x)

    def see(self, real):
        return real

    def pool(self, x):
        return torch.tanh(self.pooler["dense"](x[:, 0]))

    def forward(self, ids, token_types=None, real=None):
        self.check(ids)
        places = self.embeddings["position_embeddings"](self.places(ids, real))
        x = self.norm(self.words(ids) + places + self.kinds(ids, token_types))
        for layer in self.encoder["layer"]:
            x = layer(x, self.see(real))
        return x, self.pool(x)


# ------------------------------------------------------------------------------------------------------ read_pairs


def laid_out(pairs, cls, sep, pad, second_begins=0, behind=lambda second, sep: [*second, sep]):
    """The solution, with the place where the second part begins and what stands there."""
    if not pairs:
        raise ValueError("no pairs")
    rows, types = [], []
    for first, second in pairs:
        more = [] if second is None else behind(second, sep)
        rows.append([cls, *first, sep, *more])
        types.append([0] * (len(first) + 2 + second_begins) + [1] * (len(more) - second_begins))
    longest = max(len(row) for row in rows)
    real = torch.tensor([[place < len(row) for place in range(longest)] for row in rows])
    ids = torch.tensor([row + [pad] * (longest - len(row)) for row in rows])
    return ids, torch.tensor([row + [0] * (longest - len(row)) for row in types]), real


@mistake(
    of="read_pairs",
    en="It looks like the first [SEP] already has type 1. It belongs to the first text.",
    zh="看起来第一个 [SEP] 的类型已经是 1。它属于第一段文本。",
)
def counts_the_first_separator_as_second(pairs, cls, sep, pad):
    ids, _, real = solution.read_pairs(pairs, cls, sep, pad)
    types = [[0] * (len(a) + 1) + [1] * (1 + (0 if b is None else len(b) + 1)) for a, b in pairs]
    return ids, torch.tensor([row + [0] * (ids.shape[1] - len(row)) for row in types]), real


@mistake(
    of="read_pairs",
    en="It looks like the first [SEP] of a pair has type 1. The type is 0 up to and including the first [SEP].",
    zh="看起来文本对中第一个 [SEP] 的类型是 1。直到第一个 [SEP]（含）为止，类型都是 0。",
    breaks="The token type is 0 up to and including the first [SEP]",
)
def counts_the_separator_of_a_pair_as_second(pairs, cls, sep, pad):
    ids, types, real = solution.read_pairs(pairs, cls, sep, pad)
    for row, (first, second) in zip(types, pairs, strict=True):
        row[len(first) + 1] = int(second is not None)
    return ids, types, real


@mistake(
    of="read_pairs",
    en="It looks like padding has the type of the last text. Its token type is 0.",
    zh="看起来填充的类型跟随最后一段文本。填充的词元类型是 0。",
)
def gives_padding_type_one(pairs, cls, sep, pad):
    ids, types, real = solution.read_pairs(pairs, cls, sep, pad)
    pair = torch.tensor([[second is not None] for _, second in pairs])
    return ids, torch.where(~real & pair, 1, types), real


@mistake(
    of="read_pairs",
    en="It looks like an empty second text is taken for none (`if second:`). Only None means that there is none.",
    zh="看起来空的第二段文本被当成了没有（`if second:`）。只有 None 才表示没有。",
)
def drops_an_empty_second(pairs, cls, sep, pad):
    return solution.read_pairs([(first, second or None) for first, second in pairs], cls, sep, pad)


@mistake(
    of="read_pairs",
    en="It looks like a text by itself is read as a pair with an empty second text: there is one [SEP] too many.",
    zh="看起来单独的文本被当成了第二段为空的文本对：多了一个 [SEP]。",
)
def reads_a_text_as_a_pair(pairs, cls, sep, pad):
    return solution.read_pairs([(first, second or []) for first, second in pairs], cls, sep, pad)


@mistake(
    of="read_pairs",
    en="It looks like the last [SEP] of a pair is missing.",
    zh="看起来文本对末尾的 [SEP] 漏掉了。",
)
def forgets_the_last_separator(pairs, cls, sep, pad):
    return laid_out(pairs, cls, sep, pad, behind=lambda second, _: second)


@mistake(
    of="read_pairs",
    en="It looks like the second text begins with a [CLS] of its own. A pair has one.",
    zh="看起来第二段文本前面又加了一个 [CLS]。一个文本对只有一个。",
)
def begins_both_texts(pairs, cls, sep, pad):
    return laid_out(pairs, cls, sep, pad, behind=lambda second, last: [cls, *second, last])


@mistake(
    of="read_pairs",
    en="It looks like `real` is `ids != pad`. A text may contain that number, and is real all the same.",
    zh="看起来 `real` 就是 `ids != pad`。文本中可能有这个编号，它同样是真实词元。",
)
def knows_padding_by_its_number(pairs, cls, sep, pad):
    ids, types, _ = solution.read_pairs(pairs, cls, sep, pad)
    return ids, types, ids != pad


@mistake(
    of="read_pairs",
    en="It looks like padding stands in front of the texts. It stands behind them.",
    zh="看起来填充放在了文本前面。应当放在后面。",
)
def pads_in_front(pairs, cls, sep, pad):
    parts = solution.read_pairs(pairs, cls, sep, pad)
    lengths = parts[2].sum(1)
    return tuple(
        torch.stack([row.roll(int(len(row) - n)) for row, n in zip(part, lengths, strict=True)]) for part in parts
    )


@mistake(
    of="read_pairs",
    en="It looks like no pairs at all give an empty answer. They are a ValueError.",
    zh="看起来一个文本也没有时返回了空的结果。应当抛出 ValueError。",
)
def accepts_no_pairs(pairs, cls, sep, pad):
    if not pairs:
        return torch.zeros(0, 0, dtype=torch.long), torch.zeros(0, 0, dtype=torch.long), torch.zeros(0, 0) > 0
    return solution.read_pairs(pairs, cls, sep, pad)


@mistake(
    of="read_pairs",
    en="It looks like `real` holds the numbers 1 and 0. It is Boolean here; transformers' "
    "attention_mask holds numbers.",
    zh="看起来 `real` 里是数字 1 和 0。这里要用布尔型；transformers 的 attention_mask 才是数字。",
)
def answers_in_numbers(pairs, cls, sep, pad):
    ids, types, real = solution.read_pairs(pairs, cls, sep, pad)
    return ids, types, real.long()


@mistake(
    of="read_pairs",
    en="It looks like separators are appended to the caller's own lists. They must stay as they are: make new ones.",
    zh="看起来分隔符加进了调用者自己的列表。传入的列表必须保持原样：应建立新的列表。",
)
def writes_into_the_texts(pairs, cls, sep, pad):
    answer = solution.read_pairs(pairs, cls, sep, pad)
    for first, _ in pairs:
        first.append(sep)
    return answer


# ------------------------------------------------------------------------------------------------------- BertLayer


@mistake(
    of="BertLayer",
    en="It looks like the norms stand before the branches. That came later; BERT norms after each addition.",
    zh="看起来归一化放在了分支之前。那是后来的做法；BERT 在每次相加之后归一化。",
)
class norms_before(Layer):
    def forward(self, x, real=None):
        x = x + self.attend(self.attention["output"]["LayerNorm"](x), real)
        return x + self.feed(self.output["LayerNorm"](x))


@mistake(
    of="BertLayer",
    en="It looks like the norm is applied to the branch alone, and x is added afterwards.",
    zh="看起来只对分支做了归一化，之后才加上 x。",
)
class norms_the_branch(Layer):
    def forward(self, x, real=None):
        x = x + self.attention["output"]["LayerNorm"](self.attend(x, real))
        return x + self.output["LayerNorm"](self.feed(x))


@mistake(
    of="BertLayer",
    en="It looks like the second branch is added to the x from before attention.",
    zh="看起来第二个分支加到了注意力之前的 x 上。",
)
class adds_to_the_old_x(Layer):
    def forward(self, x, real=None):
        attended = self.attention["output"]["LayerNorm"](x + self.attend(x, real))
        return self.output["LayerNorm"](x + self.feed(attended))


@mistake(
    of="BertLayer",
    en="It looks like the gelu is the approximation by a tanh, which is GPT-2's. BERT's is the exact one.",
    zh="看起来 gelu 用了 tanh 近似，那是 GPT-2 的做法。BERT 用精确的 gelu。",
)
class bends_like_gpt(Layer):
    def bend(self, x):
        return F.gelu(x, approximate="tanh")


@mistake(
    of="BertLayer",
    en="It looks like scores are not divided by the root of the head width.",
    zh="看起来分数没有除以头宽度的平方根。",
    breaks="Scores are divided by the root of the width of a head",
)
class forgets_to_scale(Layer):
    def scale(self, width):
        return 1.0


@mistake(
    of="BertLayer",
    en="It looks like scores are divided by sqrt(hidden_size), not by the root of the head width.",
    zh="看起来分数除以了 sqrt(hidden_size)，而不是头宽度的平方根。",
)
class divides_by_the_whole_width(Layer):
    def scale(self, width):
        return math.sqrt(width * self.heads)


@mistake(
    of="BertLayer",
    en="It looks like tokens see only those before them. BERT reads in both directions.",
    zh="看起来词元只能看到前面的词元。BERT 是双向读取的。",
)
class reads_forwards_only(Layer):
    def hide(self, scores, real):
        later = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
        return super().hide(scores, real).masked_fill(later, torch.finfo(scores.dtype).min)


@mistake(
    of="BertLayer",
    en="It looks like real tokens read the padding: `real` is not used, or the wrong way round in effect.",
    zh="看起来真实词元读到了填充：`real` 没有起作用。",
)
class reads_padding(Layer):
    def hide(self, scores, real):
        return scores


@mistake(
    of="BertLayer",
    en="It looks like `real` hides the real tokens and shows the padding: True means that a token may be read.",
    zh="看起来 `real` 遮住了真实词元，反而露出填充：True 表示可以读取该词元。",
)
class hides_real_tokens(Layer):
    def hide(self, scores, real):
        return scores if real is None else scores.masked_fill(real[:, None, None, :], torch.finfo(scores.dtype).min)


@mistake(
    of="BertLayer",
    en="It looks like `real` is applied to the queries, the rows of the table of scores. Hide the keys, its columns.",
    zh="看起来 `real` 用在了 query（分数表的行）上。应当遮住 key，也就是列。",
)
class hides_queries(Layer):
    def hide(self, scores, real):
        return scores if real is None else scores.masked_fill(~real[:, None, :, None], torch.finfo(scores.dtype).min)


@mistake(
    of="BertLayer",
    en="It looks like hidden scores are set to 0. That is a score like any other: set them to minus infinity.",
    zh="看起来被遮住的分数设成了 0。0 也是普通的分数：应设为负无穷。",
)
class sets_hidden_scores_to_zero(Layer):
    def hide(self, scores, real):
        return scores if real is None else scores.masked_fill(~real[:, None, None, :], 0.0)


@mistake(
    of="BertLayer",
    en="It looks like the heads are put together without the transpose back: features of different tokens are mixed.",
    zh="看起来合并各个头时没有先转置回来：不同词元的特征混在了一起。",
)
class forgets_to_transpose_back(Layer):
    def together(self, x):
        return x.reshape(x.shape[0], x.shape[2], -1)


@mistake(
    of="BertLayer",
    en="It looks like the heads are interleaved (feature j belongs to head j % num_attention_heads). Each head has "
    "consecutive features.",
    zh="看起来各个头是交错的（特征 j 属于第 j % num_attention_heads 个头）。每个头的特征是连续的。",
)
class interleaves_heads(Layer):
    def heads_of(self, x):
        return x.unflatten(-1, (-1, self.heads)).permute(0, 3, 1, 2)

    def together(self, x):
        return x.permute(0, 2, 3, 1).flatten(-2)


@mistake(
    of="BertLayer",
    en="It looks like `real` hides queries, the rows of the table of scores: a row of minus infinity alone "
    "becomes NaN. "
    "Hide the keys, its columns.",
    zh="看起来 `real` 遮住的是 query（分数表的行）：整行负无穷会变成 NaN。应当遮住 key，也就是列。",
)
class hides_queries_for_good(Layer):
    def hide(self, scores, real):
        return scores if real is None else scores.masked_fill(~real[:, None, :, None], -math.inf)


@mistake(
    of="BertLayer",
    en="It looks like padding is hidden after the softmax: the weights of a row no longer sum to 1. Hide the scores "
    "before it.",
    zh="看起来在 softmax 之后才遮住填充：一行的权重之和不再是 1。应在 softmax 之前遮住分数。",
)
class hides_after_the_softmax(Layer):
    def attend(self, x, real):
        q, k, v = (self.heads_of(self.attention["self"][name](x)) for name in ("query", "key", "value"))
        weights = torch.softmax(q @ k.mT / self.scale(q.shape[-1]), dim=-1)
        weights = weights if real is None else weights * real[:, None, None, :]
        return self.attention["output"]["dense"](self.together(weights @ v))


@mistake(
    of="BertLayer",
    en="It looks like `+=` adds the branch into the caller's x. Write x + …, which makes a new tensor.",
    zh="看起来 `+=` 把分支加进了调用者的 x。应写成 x + …，得到新的张量。",
)
class adds_in_place(Layer):
    def forward(self, x, real=None):
        x += self.attend(x, real)
        x = self.attention["output"]["LayerNorm"](x)
        return self.output["LayerNorm"](x + self.feed(x))


# ----------------------------------------------------------------------------------------------------- BertEncoder


@mistake(
    of="BertEncoder",
    en="It looks like the sum of the embeddings is not normed before the first layer.",
    zh="看起来各嵌入之和在进入第一层之前没有归一化。",
)
class forgets_the_first_norm(Model):
    def norm(self, x):
        return x


@mistake(
    of="BertEncoder",
    en="It looks like token types are not used: both texts of a pair look the same.",
    zh="看起来没有用词元类型：文本对的两段看上去一样。",
)
class ignores_token_types(Model):
    def kinds(self, ids, token_types):
        return super().kinds(ids, None)


@mistake(
    of="BertEncoder",
    en="It looks like nothing is added when token_types is None. It means type 0, which has an embedding.",
    zh="看起来 token_types 为 None 时什么也没加。它表示类型 0，而类型 0 也有嵌入。",
)
class adds_no_type_by_default(Model):
    def kinds(self, ids, token_types):
        return 0.0 if token_types is None else super().kinds(ids, token_types)


@mistake(
    of="BertEncoder",
    en="It looks like positions are not added: the model knows nothing of the order of words.",
    zh="看起来没有加上位置：模型对词序一无所知。",
)
class forgets_positions(Model):
    def norm(self, x):
        return super().norm(x - self.embeddings["position_embeddings"].weight[: x.shape[1]])


@mistake(
    of="BertEncoder",
    en="It looks like the first token stands at position 1. It stands at 0.",
    zh="看起来第一个词元的位置是 1。应当是 0。",
)
class counts_positions_from_one(Model):
    def places(self, ids, real):
        return (super().places(ids, real) + 1).clamp(max=self.embeddings["position_embeddings"].num_embeddings - 1)


@mistake(
    of="BertEncoder",
    en="It looks like positions count the real tokens only. In BERT they count the columns from 0.",
    zh="看起来位置只数真实词元。BERT 的位置从第 0 列数起，不管是否真实。",
)
class counts_real_tokens(Model):
    def places(self, ids, real):
        return super().places(ids, real) if real is None else (real.long().cumsum(1) - 1).clamp(min=0)


@mistake(
    of="BertEncoder",
    en="It looks like the layers never hear of `real`.",
    zh="看起来没有把 `real` 传给各层。",
)
class forgets_to_pass_real(Model):
    def see(self, real):
        return None


@mistake(
    of="BertEncoder",
    en="It looks like the vector of a text lacks the tanh.",
    zh="看起来文本的向量少了 tanh。",
)
class forgets_the_tanh(Model):
    def pool(self, x):
        return self.pooler["dense"](x[:, 0])


@mistake(
    of="BertEncoder",
    en="It looks like the vector of a text is the first token's, without the pooler's dense layer.",
    zh="看起来文本的向量直接取了第一个词元，没有经过 pooler 的 dense 层。",
)
class skips_the_pooler(Model):
    def pool(self, x):
        return torch.tanh(x[:, 0])


@mistake(
    of="BertEncoder",
    en="It looks like the mean of all tokens is pooled. BERT's pooler reads the first token.",
    zh="看起来池化用了所有词元的平均。BERT 的 pooler 读第一个词元。",
)
class pools_the_mean(Model):
    def pool(self, x):
        return torch.tanh(self.pooler["dense"](x.mean(1)))


@mistake(
    of="BertEncoder",
    en="It looks like the last token is pooled. BERT's pooler reads the first one, [CLS].",
    zh="看起来池化用了最后一个词元。BERT 的 pooler 读第一个，即 [CLS]。",
)
class pools_the_last(Model):
    def pool(self, x):
        return torch.tanh(self.pooler["dense"](x[:, -1]))


@mistake(
    of="BertEncoder",
    en="It looks like a text that is too long is cut. It is a ValueError.",
    zh="看起来过长的文本被截断了。应当抛出 ValueError。",
)
class cuts_long_texts(Model):
    def forward(self, ids, token_types=None, real=None):
        most = self.embeddings["position_embeddings"].num_embeddings
        return super().forward(*(None if x is None else x[:, :most] for x in (ids, token_types, real)))


@mistake(
    of="BertEncoder",
    en="It looks like the length is not checked: the table of positions ends, and that is an IndexError. A text that "
    "is too long is a ValueError.",
    zh="看起来没有检查长度：超出位置表时会引发 IndexError。文本过长时应当抛出 ValueError。",
    breaks="the text is longer than max_position_embeddings",
)
class runs_off_the_positions(Model):
    def check(self, ids):
        """Nothing is checked."""


@mistake(
    of="BertEncoder",
    en="It looks like a text of exactly max_position_embeddings tokens is refused. It has a position for each.",
    zh="看起来恰好有 max_position_embeddings 个词元的文本被拒绝了。每个词元都有位置可用。",
)
class refuses_the_longest_text(Model):
    def check(self, ids):
        if ids.shape[1] >= self.embeddings["position_embeddings"].num_embeddings:
            raise ValueError("too long")
