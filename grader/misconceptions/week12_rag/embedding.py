"""Known mistakes of week 12, embedding."""

import torch

from grader.mistakes import mistake


def wide(tensor):
    """The dtype to compute in."""
    return torch.promote_types(tensor.dtype, torch.float32)


@mistake(
    of="mean_pool",
    en="Your answer equals the mean over all positions, padding included.",
    zh="你的结果等于对所有位置（包括填充）取平均的结果。",
)
def averages_padding_too(token_embeddings, attention_mask):
    return token_embeddings.mean(dim=1, dtype=wide(token_embeddings)).to(token_embeddings.dtype)


@mistake(
    of="mean_pool",
    en="Your answer equals the one where padding is left out of the sum but not out of the count.",
    zh="你的结果等于求和时排除了填充、计数时却没有排除的结果。",
)
def divides_by_the_length(token_embeddings, attention_mask):
    real = attention_mask.bool().unsqueeze(-1)
    total = token_embeddings.masked_fill(~real, 0).sum(dim=1, dtype=wide(token_embeddings))
    return (total / token_embeddings.shape[1]).to(token_embeddings.dtype)


@mistake(
    of="mean_pool",
    en="Your answer equals the one where a text without tokens is divided by 0 and becomes NaN.",
    zh="你的结果等于没有词元的文本除以 0 得到 NaN 时的结果。",
)
def divides_by_zero(token_embeddings, attention_mask):
    real = attention_mask.bool().unsqueeze(-1)
    total = token_embeddings.masked_fill(~real, 0).sum(dim=1, dtype=wide(token_embeddings))
    return (total / real.sum(dim=1)).to(token_embeddings.dtype)


@mistake(
    of="mean_pool",
    en="Your answer equals the one that multiplies by the mask: NaN at a padded position stays NaN.",
    zh="你的结果等于把词元向量与掩码相乘的结果：填充位置上的 NaN 乘以 0 仍是 NaN。",
)
def multiplies_by_the_mask(token_embeddings, attention_mask):
    mask = attention_mask.bool().unsqueeze(-1).to(wide(token_embeddings))
    total = (token_embeddings * mask).sum(dim=1)
    return (total / mask.sum(dim=1).clamp(min=1)).to(token_embeddings.dtype)


@mistake(
    of="mean_pool",
    en="Your answer equals the embedding of the first position alone, the one of [CLS] in BERT.",
    zh="你的结果等于只取第一个位置（BERT 中的 [CLS]）的向量时的结果。",
)
def takes_the_first_token(token_embeddings, attention_mask):
    return token_embeddings[:, 0]


@mistake(
    of="mean_pool",
    en="Your answer equals the one summed in the input's own float16, which overflows above 65504.",
    zh="你的结果等于直接用输入的 float16 求和的结果，超过 65504 就会溢出。",
)
def sums_in_half_precision(token_embeddings, attention_mask):
    real = attention_mask.bool().unsqueeze(-1)
    count = real.sum(dim=1).clamp(min=1)
    return token_embeddings.masked_fill(~real, 0).sum(dim=1) / count.to(token_embeddings.dtype)


@mistake(
    of="normalise",
    en="Your answer equals the one where eps is added to the length instead of being its lower bound.",
    zh="你的结果等于把 eps 加到长度上、而不是作为长度下限时的结果。",
)
def adds_eps(vectors, eps=1e-12):
    exact = vectors.to(wide(vectors))
    return (exact / (exact.norm(dim=-1, keepdim=True) + eps)).to(vectors.dtype)


@mistake(
    of="normalise",
    en="Your answer equals the one without a lower bound for the length: zeros become NaN.",
    zh="你的结果等于没有给长度设下限时的结果：零向量变成了 NaN。",
)
def forgets_eps(vectors, eps=1e-12):
    exact = vectors.to(wide(vectors))
    return (exact / exact.norm(dim=-1, keepdim=True)).to(vectors.dtype)


@mistake(
    of="normalise",
    en="Your answer equals the one that divides by the length of the whole tensor instead of each vector's own.",
    zh="你的结果等于除以整个张量的长度、而不是每个向量自己的长度时的结果。",
)
def normalises_everything_together(vectors, eps=1e-12):
    exact = vectors.to(wide(vectors))
    return (exact / exact.norm().clamp(min=eps)).to(vectors.dtype)


@mistake(
    of="normalise",
    en="Your answer equals the one where the entries' absolute values sum to 1: that is another length, the L1 norm.",
    zh="你的结果等于让各分量绝对值之和为 1 的结果：那是另一种长度，即 L1 范数。",
)
def uses_the_l1_norm(vectors, eps=1e-12):
    exact = vectors.to(wide(vectors))
    return (exact / exact.abs().sum(dim=-1, keepdim=True).clamp(min=eps)).to(vectors.dtype)


@mistake(
    of="normalise",
    en="Your answer equals the one computed in float16 throughout: squares overflow, and eps rounds to 0.",
    zh="你的结果等于全程用 float16 计算的结果：平方会溢出，eps 会舍入为 0。",
)
def computes_in_half_precision(vectors, eps=1e-12):
    length = vectors.square().sum(dim=-1, keepdim=True).sqrt()
    return vectors / torch.maximum(length, torch.tensor(eps, dtype=vectors.dtype, device=vectors.device))


@mistake(
    of="normalise",
    en="Your answer equals the one with eps under the root: lengths near eps are then wrong, and zeros are divided by "
    "its root.",
    zh="你的结果等于把 eps 加在根号里的结果：长度接近 eps 时就不对了，零向量会除以 eps 的平方根。",
    breaks="A length below `eps` is replaced by `eps`",
)
def puts_eps_under_the_root(vectors, eps=1e-12):
    exact = vectors.to(wide(vectors))
    return (exact / (exact.square().sum(dim=-1, keepdim=True) + eps).sqrt()).to(vectors.dtype)


@mistake(
    of="normalise",
    en="Your answer equals the one with 1e-12 in the place of the eps that is given.",
    zh="你的结果等于用 1e-12 代替所给 eps 时的结果。",
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
