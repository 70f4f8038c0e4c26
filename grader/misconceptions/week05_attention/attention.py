"""Known mistakes of week 05, attention."""

import math

import attention as solution
import torch

from grader.mistakes import mistake


def scores_of(query, key):
    """Return the scaled scores in float32 or better, as the solution computes them."""
    dtype = torch.promote_types(query.dtype, torch.float32)
    return query.to(dtype) @ key.to(dtype).mT / math.sqrt(query.shape[-1])


def finish(query, scores, value, mask, dim=-1):
    """Go on from the scores as the solution does: mask, softmax, weighted sum, back to the dtype of the query."""
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = torch.softmax(scores, dim=dim)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0.0)
    return (weights @ value.to(weights.dtype)).to(query.dtype), weights.to(query.dtype)


@mistake(
    of="scaled_dot_product_attention",
    en="Your answer equals the one without dividing the scores by sqrt(d_k).",
    zh="你的结果等于没有把分数除以 sqrt(d_k) 时的结果。",
)
def forgets_to_scale(query, key, value, mask=None):
    return finish(query, scores_of(query, key) * math.sqrt(query.shape[-1]), value, mask)


@mistake(
    of="scaled_dot_product_attention",
    en="Your answer equals the one that divides the scores by d_k instead of its square root.",
    zh="你的结果等于把分数除以 d_k 而不是 sqrt(d_k) 时的结果。",
)
def divides_by_d_k(query, key, value, mask=None):
    return finish(query, scores_of(query, key) / math.sqrt(query.shape[-1]), value, mask)


@mistake(
    of="scaled_dot_product_attention",
    en="Your answer equals the one that takes d_k from the wrong axis: the number of keys instead of their width.",
    zh="你的结果等于从错误的轴取 d_k 时的结果：用了 key 的个数，而不是 key 的宽度。",
)
def scales_by_number_of_keys(query, key, value, mask=None):
    return finish(query, scores_of(query, key) * math.sqrt(query.shape[-1] / key.shape[-2]), value, mask)


@mistake(
    of="scaled_dot_product_attention",
    en="Your answer equals the one whose softmax runs over the queries: the weights of each key sum to 1, not those of "
    "each query.",
    zh="你的结果等于沿 query 轴做 softmax 时的结果：每个 key 的权重之和为 1，而不是每个 query 的。",
)
def softmax_over_queries(query, key, value, mask=None):
    return finish(query, scores_of(query, key), value, mask, dim=-2)


@mistake(
    of="scaled_dot_product_attention",
    en="Your answer equals the one that reads the mask the other way round: here True means that the query may attend.",
    zh="你的结果等于把掩码读反时的结果：这里 True 表示允许关注。",
)
def hides_where_the_mask_is_true(query, key, value, mask=None):
    return finish(query, scores_of(query, key), value, None if mask is None else ~mask)


@mistake(
    of="scaled_dot_product_attention",
    en="Your answer equals the one that ignores the mask.",
    zh="你的结果等于忽略掩码时的结果。",
)
def ignores_the_mask(query, key, value, mask=None):
    return finish(query, scores_of(query, key), value, None)


@mistake(
    of="scaled_dot_product_attention",
    en="Your answer equals the one that masks after the softmax, so that the visible weights no longer sum to 1.",
    zh="你的结果等于在 softmax 之后才应用掩码时的结果，可见权重之和不再是 1。",
)
def masks_after_the_softmax(query, key, value, mask=None):
    dtype = torch.promote_types(query.dtype, torch.float32)
    weights = torch.softmax(scores_of(query, key), dim=-1)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0.0)
    return (weights @ value.to(dtype)).to(query.dtype), weights.to(query.dtype)


@mistake(
    of="scaled_dot_product_attention",
    en="Your answer equals the one that sets hidden scores to 0: softmax still gives e^0 = 1 to a score of 0.",
    zh="你的结果等于把被遮住的分数设为 0 时的结果：softmax 仍会给分数 0 分配 e^0 = 1。",
)
def sets_hidden_scores_to_zero(query, key, value, mask=None):
    scores = scores_of(query, key)
    return finish(query, scores if mask is None else scores * mask, value, None)


@mistake(
    of="scaled_dot_product_attention",
    en="Your answer equals the one that fills hidden scores with -10,000: a visible score can be lower than that.",
    zh="你的结果等于用 -10,000 填充被遮住的分数时的结果：可见的分数有可能比它还低。",
)
def fills_with_ten_thousand(query, key, value, mask=None):
    return filled_with(-1e4, query, key, value, mask)


@mistake(
    of="scaled_dot_product_attention",
    en="Your answer equals the one that fills hidden scores with -1e9: a visible score can be lower than that. "
    "Take -inf, or the lowest number of the dtype.",
    zh="你的结果等于用 -1e9 填充被遮住的分数时的结果：可见的分数有可能比它还低。请用 -inf 或该 dtype 的最小值。",
)
def fills_with_a_billion(query, key, value, mask=None):
    return filled_with(-1e9, query, key, value, mask)


def filled_with(number, query, key, value, mask):
    scores = scores_of(query, key)
    if mask is not None:
        scores = scores.masked_fill(~mask, number)
        # Rows that see nothing are treated rightly: this mistake is about the number alone.
        scores = torch.where(mask.any(-1, keepdim=True), scores, -math.inf)
    weights = torch.softmax(scores, dim=-1).nan_to_num(0.0)
    return (weights @ value.to(weights.dtype)).to(query.dtype), weights.to(query.dtype)


@mistake(
    of="scaled_dot_product_attention",
    en="Your answer equals the one in which a query without visible keys becomes NaN: softmax over -inf alone is 0/0.",
    zh="你的结果等于没有可见 key 的 query 变成 NaN 时的结果：整行都是 -inf 时，softmax 是 0/0。",
)
def rows_without_keys_become_nan(query, key, value, mask=None):
    scores = scores_of(query, key)
    return finish(query, scores if mask is None else scores.masked_fill(~mask, -math.inf), value, None)


@mistake(
    of="scaled_dot_product_attention",
    en="Your answer equals the one in which a query without visible keys attends to all keys equally, not to none.",
    zh="你的结果等于没有可见 key 的 query 平均关注所有 key 时的结果，而它本应什么都不关注。",
)
def rows_without_keys_attend_equally(query, key, value, mask=None):
    scores = scores_of(query, key)
    lowest = torch.finfo(scores.dtype).min
    return finish(query, scores if mask is None else scores.masked_fill(~mask, lowest), value, None)


@mistake(
    of="scaled_dot_product_attention",
    en="Your answer equals the one whose softmax does not subtract the largest score first: exp overflows.",
    zh="你的结果等于 softmax 没有先减去最大分数时的结果：exp 溢出了。",
)
def softmax_without_the_maximum(query, key, value, mask=None):
    scores = scores_of(query, key)
    exponentials = scores.exp() if mask is None else scores.exp().masked_fill(~mask, 0.0)
    total = exponentials.sum(-1, keepdim=True)
    weights = torch.where(total == 0, 0.0, exponentials / total)
    return (weights @ value.to(weights.dtype)).to(query.dtype), weights.to(query.dtype)


@mistake(
    of="scaled_dot_product_attention",
    en="Your answer equals the one that computes in half precision throughout instead of in float32.",
    zh="你的结果等于全程用半精度计算时的结果，这里应当用 float32 计算。",
)
def computes_in_half_precision(query, key, value, mask=None):
    return finish(query, query @ key.mT / math.sqrt(query.shape[-1]), value, mask)


@mistake(
    of="scaled_dot_product_attention",
    en="Your answer equals the one that rounds the weights to half precision before it multiplies them by the values.",
    zh="你的结果等于在权重与 value 相乘之前就把权重舍入到半精度时的结果。",
)
def rounds_the_weights_too_early(query, key, value, mask=None):
    _, weights = solution.scaled_dot_product_attention(query, key, value, mask)
    return weights @ value, weights


@mistake(
    of="scaled_dot_product_attention",
    en="Your answer equals the one that stays in float32 for half-precision inputs: convert both results back.",
    zh="你的结果等于输入为半精度时停留在 float32 的结果：两个结果都要转换回去。",
)
def forgets_to_convert_back(query, key, value, mask=None):
    dtype = torch.promote_types(query.dtype, torch.float32)
    return solution.scaled_dot_product_attention(query.to(dtype), key.to(dtype), value.to(dtype), mask)


@mistake(
    of="scaled_dot_product_attention",
    en="Your answer equals the one that returns the scores in place of the weights.",
    zh="你的结果等于把分数当作权重返回时的结果。",
)
def returns_the_scores(query, key, value, mask=None):
    output, _ = solution.scaled_dot_product_attention(query, key, value, mask)
    return output, scores_of(query, key).to(query.dtype)


@mistake(
    of="causal_mask",
    en="Your mask equals the one that hides each token from itself.",
    zh="你的掩码等于每个词元看不到自己时的掩码。",
)
def hides_each_token_from_itself(queries, keys=None, device=None):
    keys = queries if keys is None else keys
    return torch.ones(queries, keys, dtype=torch.bool, device=device).tril(keys - queries - 1)


@mistake(
    of="causal_mask",
    en="Your mask equals the one that takes keys = 0 for None, as `keys or queries` does: 0 is a number of keys too.",
    zh="你的掩码等于把 keys = 0 当作 None 的掩码（`keys or queries` 就会这样）：0 也是一个合法的 key 数。",
)
def takes_no_keys_for_none(queries, keys=None, device=None):
    return solution.causal_mask(queries, keys or queries, device)


@mistake(
    of="causal_mask",
    en="Your mask equals the one that shows each query the token after its own.",
    zh="你的掩码等于每个 query 还能看到下一个词元时的掩码。",
)
def shows_the_next_token(queries, keys=None, device=None):
    keys = queries if keys is None else keys
    return torch.ones(queries, keys, dtype=torch.bool, device=device).tril(keys - queries + 1)


@mistake(
    of="causal_mask",
    en="Your mask equals the one that is aligned at the beginning: the first query stands at the first key. With a "
    "cache, the last query must stand at the last key.",
    zh="你的掩码等于按开头对齐时的掩码：第一个 query 对着第一个 key。有缓存时，应当让最后一个 query 对着最后一个 key。",
)
def aligned_at_the_beginning(queries, keys=None, device=None):
    return torch.ones(queries, queries if keys is None else keys, dtype=torch.bool, device=device).tril()


@mistake(
    of="causal_mask",
    en="Your mask equals the one that shows the future and hides the past: the triangle is the upper one.",
    zh="你的掩码等于显示未来、遮住过去时的掩码：用成了上三角。",
)
def takes_the_upper_triangle(queries, keys=None, device=None):
    keys = queries if keys is None else keys
    return torch.ones(queries, keys, dtype=torch.bool, device=device).triu(keys - queries)


@mistake(
    of="causal_mask",
    en="Your mask equals the one in which True means hidden; here True means that the query may attend.",
    zh="你的掩码等于用 True 表示遮住时的掩码；这里 True 表示允许关注。",
)
def true_means_hidden(queries, keys=None, device=None):
    return ~solution.causal_mask(queries, keys, device)


@mistake(
    of="causal_mask",
    en="Your mask has the right entries but is not Boolean.",
    zh="你的掩码数值正确，但类型不是布尔型。",
)
def returns_numbers(queries, keys=None, device=None):
    return solution.causal_mask(queries, keys, device).float()


@mistake(
    of="padding_mask",
    en="Your mask equals the one that is True on the padding; here True means that the query may attend.",
    zh="你的掩码等于在填充处为 True 时的掩码；这里 True 表示允许关注。",
)
def true_on_the_padding(lengths, max_length):
    return ~solution.padding_mask(lengths, max_length)


@mistake(
    of="padding_mask",
    en="Your mask equals the one that shows one position too many: position `length` is already padding.",
    zh="你的掩码等于多显示一个位置时的掩码：位置 `length` 已经是填充。",
)
def shows_one_position_too_many(lengths, max_length):
    return torch.arange(max_length, device=lengths.device) <= lengths[..., None, None]


@mistake(
    of="padding_mask",
    en="Your mask equals the one for padding at the beginning (on the left); here it stands at the end.",
    zh="你的掩码等于填充在开头（左侧）时的掩码；这里填充在末尾。",
)
def pads_on_the_left(lengths, max_length):
    return solution.padding_mask(lengths, max_length).flip(-1)


@mistake(
    of="padding_mask",
    en="Your mask equals the one that hides padded queries instead of padded keys: its last two axes are swapped.",
    zh="你的掩码等于遮住填充的 query 而不是填充的 key 时的掩码：最后两个轴交换了。",
)
def hides_queries(lengths, max_length):
    return solution.padding_mask(lengths, max_length).mT


@mistake(
    of="padding_mask",
    en="Your mask equals the one without the axis of size 1 for the queries.",
    zh="你的掩码等于缺少那个大小为 1 的 query 轴时的掩码。",
)
def lacks_the_query_axis(lengths, max_length):
    return solution.padding_mask(lengths, max_length).squeeze(-2)


@mistake(
    of="scaled_dot_product_attention",
    en="Your answer equals the one that divides the scores by sqrt(d_v): the width of the keys counts.",
    zh="你的结果等于把分数除以 sqrt(d_v) 时的结果：应当用 key 的宽度，而不是 value 的宽度。",
    breaks="/ sqrt(d_k)",
)
def scales_by_the_width_of_the_values(query, key, value, mask=None):
    return finish(query, scores_of(query, key) * math.sqrt(query.shape[-1] / value.shape[-1]), value, mask)
