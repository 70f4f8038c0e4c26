"""Known mistakes of week 12, embedding."""

import torch

from grader.mistakes import mistake


def wide(tensor):
    """The dtype to compute in."""
    return torch.promote_types(tensor.dtype, torch.float32)


@mistake(
    of="mean_pool",
    en="It looks like padding was averaged along: the mean over all positions gives exactly your numbers.",
    zh="看起来填充也参与了平均：对所有位置取平均，恰好得到你的结果。",
)
def averages_padding_too(token_embeddings, attention_mask):
    return token_embeddings.mean(dim=1, dtype=wide(token_embeddings)).to(token_embeddings.dtype)


@mistake(
    of="mean_pool",
    en="It looks like padding is left out of the sum but not of the count. Divide by the number of real tokens.",
    zh="看起来求和时排除了填充，计数时却没有。应除以真实词元的个数。",
)
def divides_by_the_length(token_embeddings, attention_mask):
    real = attention_mask.bool().unsqueeze(-1)
    total = token_embeddings.masked_fill(~real, 0).sum(dim=1, dtype=wide(token_embeddings))
    return (total / token_embeddings.shape[1]).to(token_embeddings.dtype)


@mistake(
    of="mean_pool",
    en="It looks like a text without any token was divided by 0, which gives NaN. Its vector is zeros: let the "
    "count be at least 1.",
    zh="看起来没有词元的文本除以了 0，得到 NaN。它的向量应是零：让计数至少为 1。",
)
def divides_by_zero(token_embeddings, attention_mask):
    real = attention_mask.bool().unsqueeze(-1)
    total = token_embeddings.masked_fill(~real, 0).sum(dim=1, dtype=wide(token_embeddings))
    return (total / real.sum(dim=1)).to(token_embeddings.dtype)


@mistake(
    of="mean_pool",
    en="It looks like you multiplied by the mask. NaN times 0 is NaN, so padding still gets in: `masked_fill` "
    "keeps it out.",
    zh="看起来你用掩码去乘。NaN 乘以 0 仍是 NaN，填充还是混了进来：`masked_fill` 才能把它挡在外面。",
)
def multiplies_by_the_mask(token_embeddings, attention_mask):
    mask = attention_mask.bool().unsqueeze(-1).to(wide(token_embeddings))
    total = (token_embeddings * mask).sum(dim=1)
    return (total / mask.sum(dim=1).clamp(min=1)).to(token_embeddings.dtype)


@mistake(
    of="mean_pool",
    en="It looks like you took the vector of the first position alone, as one does with [CLS] in BERT. Here the "
    "mean is asked for.",
    zh="看起来你只取了第一个位置的向量，用 BERT 的 [CLS] 时会这样做。这里要的是平均。",
)
def takes_the_first_token(token_embeddings, attention_mask):
    return token_embeddings[:, 0]


@mistake(
    of="mean_pool",
    en="It looks like the sum is made in float16, or turned into it before the division: float16 ends at 65504, and a "
    "long text overflows. Sum and divide in float32.",
    zh="看起来求和用的是 float16，或者在除法之前就转成了 float16：它最大只到 65504，长文本会溢出。"
    "求和与除法都应当用 float32。",
)
def sums_in_half_precision(token_embeddings, attention_mask):
    real = attention_mask.bool().unsqueeze(-1)
    count = real.sum(dim=1).clamp(min=1)
    return token_embeddings.masked_fill(~real, 0).sum(dim=1) / count.to(token_embeddings.dtype)


@mistake(
    of="normalise",
    en="It looks like you added eps to the length. It is a lower bound: max(length, eps).",
    zh="看起来你把 eps 加到了长度上。它是下限：max(长度, eps)。",
)
def adds_eps(vectors, eps=1e-12):
    exact = vectors.to(wide(vectors))
    return (exact / (exact.norm(dim=-1, keepdim=True) + eps)).to(vectors.dtype)


@mistake(
    of="normalise",
    en="It looks like eps is not used, so a vector of zeros is divided by 0 and becomes NaN.",
    zh="看起来没有用到 eps，零向量除以 0 就成了 NaN。",
)
def forgets_eps(vectors, eps=1e-12):
    exact = vectors.to(wide(vectors))
    return (exact / exact.norm(dim=-1, keepdim=True)).to(vectors.dtype)


@mistake(
    of="normalise",
    en="It looks like everything was divided by one length, that of the whole tensor. Every vector has a length "
    "of its own: dim=-1, keepdim=True.",
    zh="看起来所有向量都除以了同一个长度，即整个张量的长度。每个向量有自己的长度：dim=-1, keepdim=True。",
)
def normalises_everything_together(vectors, eps=1e-12):
    exact = vectors.to(wide(vectors))
    return (exact / exact.norm().clamp(min=eps)).to(vectors.dtype)


@mistake(
    of="normalise",
    en="It looks like your entries' absolute values sum to 1. That is another length, the L1 norm: take the root "
    "of the sum of squares.",
    zh="看起来你让各分量的绝对值之和为 1。那是另一种长度，即 L1 范数：应取平方和的平方根。",
)
def uses_the_l1_norm(vectors, eps=1e-12):
    exact = vectors.to(wide(vectors))
    return (exact / exact.abs().sum(dim=-1, keepdim=True).clamp(min=eps)).to(vectors.dtype)


@mistake(
    of="normalise",
    en="It looks like everything was computed in float16: squares overflow there, and eps rounds to 0. Compute "
    "the length in float32.",
    zh="看起来全程都用 float16 计算：平方会溢出，eps 会舍入为 0。长度要用 float32 计算。",
)
def computes_in_half_precision(vectors, eps=1e-12):
    length = vectors.square().sum(dim=-1, keepdim=True).sqrt()
    return vectors / torch.maximum(length, torch.tensor(eps, dtype=vectors.dtype, device=vectors.device))


@mistake(
    of="normalise",
    en="It looks like eps went under the root. Lengths near eps are then wrong, and zeros are divided by its root.",
    zh="看起来 eps 被加到了根号里。长度接近 eps 时就不对了，零向量会除以 eps 的平方根。",
    breaks="A length below `eps` is replaced by `eps`",
)
def puts_eps_under_the_root(vectors, eps=1e-12):
    exact = vectors.to(wide(vectors))
    return (exact / (exact.square().sum(dim=-1, keepdim=True) + eps).sqrt()).to(vectors.dtype)


@mistake(
    of="normalise",
    en="It looks like 1e-12 is written into the code, and the eps that is given has no effect.",
    zh="看起来代码里写死了 1e-12，传入的 eps 没有起作用。",
    breaks="A length below `eps` is replaced by `eps`",
)
def ignores_the_eps_given(vectors, eps=1e-12):
    exact = vectors.to(wide(vectors))
    return (exact / exact.norm(dim=-1, keepdim=True).clamp(min=1e-12)).to(vectors.dtype)


@mistake(
    of="mean_pool",
    en="Your numbers are right, but float16 and bfloat16 come back as float32: the answer has the dtype of the input.",
    zh="数值正确，但 float16 和 bfloat16 的结果变成了 float32：结果应保持输入的 dtype。",
    breaks="the answer has the dtype of `token_embeddings`",
)
def forgets_to_convert_back(token_embeddings, attention_mask):
    real = attention_mask.bool().unsqueeze(-1)
    total = token_embeddings.masked_fill(~real, 0).sum(dim=1, dtype=wide(token_embeddings))
    return total / real.sum(dim=1).clamp(min=1)


@mistake(
    of="mean_pool",
    en="It looks like NaN and infinity were replaced wherever they stand, as `nan_to_num` does. At padding that is "
    "right; at a real token they have to show, or nobody learns that the encoder is broken.",
    zh="看起来无论在哪里，NaN 和无穷大都被换掉了，`nan_to_num` 就会这样。填充处应该如此；真实词元上的却必须显露出来，"
    "否则没人知道编码器出了毛病。",
)
def replaces_nan_everywhere(token_embeddings, attention_mask):
    real = attention_mask.bool().unsqueeze(-1)
    total = (torch.nan_to_num(token_embeddings, posinf=0.0, neginf=0.0) * real).sum(dim=1, dtype=wide(token_embeddings))
    return (total / real.sum(dim=1).clamp(min=1)).to(token_embeddings.dtype)


@mistake(
    of="mean_pool",
    en="It looks like you counted the real tokens and took that many from the left. Padding may stand on the left: "
    "ask the mask about every position.",
    zh="看起来你数出真实词元的个数，再从左边取这么多个。填充也可能在左边：每个位置都要看掩码。",
    breaks="padding, which may stand on either side",
)
def takes_the_first_ones(token_embeddings, attention_mask):
    count = attention_mask.bool().sum(dim=1)
    first = torch.arange(attention_mask.shape[1], device=count.device) < count.unsqueeze(1)
    total = token_embeddings.masked_fill(~first.unsqueeze(-1), 0).sum(dim=1, dtype=wide(token_embeddings))
    return (total / count.clamp(min=1).unsqueeze(1)).to(token_embeddings.dtype)


@mistake(
    of="normalise",
    en="It looks like you took the lengths along axis 1. With more than two axes that is not the last one: dim=-1.",
    zh="看起来你是沿第 1 轴求的长度。轴多于两个时，它不是最后一轴：应当用 dim=-1。",
)
def takes_axis_1_for_the_last(vectors, eps=1e-12):
    exact = vectors.to(wide(vectors))
    axis = 1 if vectors.ndim > 1 else -1
    return (exact / exact.norm(dim=axis, keepdim=True).clamp(min=eps)).to(vectors.dtype)


@mistake(
    of="normalise",
    en="It looks like you took the lengths along the first axis, over the texts: each vector has a length of its own, "
    "along dim=-1.",
    zh="看起来你是沿第一轴、跨各个文本求的长度。每个向量各有自己的长度：应当用 dim=-1。",
)
def takes_the_first_axis(vectors, eps=1e-12):
    exact = vectors.to(wide(vectors))
    return (exact / exact.norm(dim=0, keepdim=True).clamp(min=eps)).to(vectors.dtype)


@mistake(
    of="normalise",
    en="It looks like the square of the length is compared with eps. Take the root first: eps is the least length.",
    zh="看起来你拿长度的平方与 eps 比较了。应先开方：eps 是长度的下限。",
    breaks="A length below `eps` is replaced by `eps`",
)
def compares_the_square_with_eps(vectors, eps=1e-12):
    exact = vectors.to(wide(vectors))
    return (exact / exact.square().sum(dim=-1, keepdim=True).clamp(min=eps).sqrt()).to(vectors.dtype)


@mistake(
    of="normalise",
    en="It looks like vectors shorter than eps became zeros. They are divided by eps: only zeros stay zeros.",
    zh="看起来比 eps 短的向量都变成了零。它们应除以 eps：只有零向量才仍是零。",
    breaks="A length below `eps` is replaced by `eps`",
)
def gives_zeros_below_eps(vectors, eps=1e-12):
    exact = vectors.to(wide(vectors))
    length = exact.square().sum(dim=-1, keepdim=True).sqrt()
    return torch.where(length < eps, torch.zeros_like(exact), exact / length).to(vectors.dtype)


@mistake(
    of="normalise",
    en="It looks like the length is the root of a sum of squares. At a vector of zeros the slope of the root is "
    "infinite, and the gradient becomes NaN, also behind `clamp`. `norm` has the slope 0 there, or raise the squares "
    "to eps ** 2 before the root.",
    zh="看起来长度是对平方和开方得到的。在零向量处，开方的斜率是无穷大，梯度会成为 NaN，后面有 `clamp` 也一样。"
    "`norm` 在那里的斜率是 0；也可以在开方之前让平方和不小于 eps ** 2。",
    breaks="nothing becomes NaN, its gradient included",
)
def takes_the_root_of_zero(vectors, eps=1e-12):
    exact = vectors.to(wide(vectors))
    length = exact.square().sum(dim=-1, keepdim=True).sqrt()
    return (exact / length.clamp(min=eps)).to(vectors.dtype)


@mistake(
    of="mean_pool",
    en="It looks like everything goes through float32, as with `.float()`: float64 loses half of its digits there. "
    "float32 is the least; float64 stays float64.",
    zh="看起来所有数都经过了 float32，写 `.float()` 就会这样：float64 会丢掉一半的位数。float32 是下限；float64 仍用 "
    "float64。",
    breaks="Sums are made in float32 at least, in float64 for float64 embeddings",
)
def sums_in_float32_always(token_embeddings, attention_mask):
    real = attention_mask.bool().unsqueeze(-1)
    total = token_embeddings.float().masked_fill(~real, 0).sum(dim=1)
    return (total / real.sum(dim=1).clamp(min=1)).to(token_embeddings.dtype)


@mistake(
    of="normalise",
    en="It looks like everything goes through float32, as with `.float()`: float64 loses half of its digits there. "
    "float32 is the least; float64 stays float64.",
    zh="看起来所有数都经过了 float32，写 `.float()` 就会这样：float64 会丢掉一半的位数。float32 是下限；float64 仍用 "
    "float64。",
    breaks="Lengths are computed in float32 at least, in float64 for float64 vectors",
)
def computes_in_float32_always(vectors, eps=1e-12):
    exact = vectors.float()
    return (exact / exact.norm(dim=-1, keepdim=True).clamp(min=eps)).to(vectors.dtype)
