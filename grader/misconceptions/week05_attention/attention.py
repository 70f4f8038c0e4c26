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
    en="It looks like you forgot to divide the scores by sqrt(d_k): leaving that out gives exactly your numbers.",
    zh="看起来忘了把分数除以 sqrt(d_k)：漏掉这一步，恰好得到你的结果。",
)
def forgets_to_scale(query, key, value, mask=None):
    return finish(query, scores_of(query, key) * math.sqrt(query.shape[-1]), value, mask)


@mistake(
    of="scaled_dot_product_attention",
    en="It looks like you divided the scores by d_k itself, or twice by its root; the formula divides by the root "
    "once.",
    zh="看起来你把分数除以了 d_k 本身，或者除了两次平方根；公式里只除一次它的平方根。",
)
def divides_by_d_k(query, key, value, mask=None):
    return finish(query, scores_of(query, key) / math.sqrt(query.shape[-1]), value, mask)


@mistake(
    of="scaled_dot_product_attention",
    en="It looks like d_k came from the wrong axis: you divided by the root of the number of keys, and d_k is how "
    "wide each key is.",
    zh="看起来 d_k 取自了错误的轴：你除的是 key 个数的平方根，而 d_k 是每个 key 的宽度。",
)
def scales_by_number_of_keys(query, key, value, mask=None):
    return finish(query, scores_of(query, key) * math.sqrt(query.shape[-1] / key.shape[-2]), value, mask)


@mistake(
    of="scaled_dot_product_attention",
    en="It looks like the softmax ran over the queries: the weights of each key add up to 1, and those of each query "
    "should.",
    zh="看起来 softmax 沿 query 轴做了：现在是每个 key 的权重之和为 1，而应当是每个 query 的权重之和为 1。",
)
def softmax_over_queries(query, key, value, mask=None):
    return finish(query, scores_of(query, key), value, mask, dim=-2)


@mistake(
    of="scaled_dot_product_attention",
    en="It looks like you read the mask the other way round: you hid exactly what may be seen. Here True means that "
    "the query may attend.",
    zh="看起来你把掩码读反了：遮住的恰好是可以看的。这里 True 表示允许关注。",
)
def hides_where_the_mask_is_true(query, key, value, mask=None):
    return finish(query, scores_of(query, key), value, None if mask is None else ~mask)


@mistake(
    of="scaled_dot_product_attention",
    en="It looks like the mask was never used: without it, one gets your numbers.",
    zh="看起来掩码没有用上：不用掩码，得到的正是你的结果。",
)
def ignores_the_mask(query, key, value, mask=None):
    return finish(query, scores_of(query, key), value, None)


@mistake(
    of="scaled_dot_product_attention",
    en="It looks like you applied the mask after the softmax: hidden keys had taken their share by then, so the "
    "visible weights no longer add up to 1.",
    zh="看起来你在 softmax 之后才应用掩码：被遮住的 key 那时已经分走了一部分，所以可见权重之和不再是 1。",
)
def masks_after_the_softmax(query, key, value, mask=None):
    dtype = torch.promote_types(query.dtype, torch.float32)
    weights = torch.softmax(scores_of(query, key), dim=-1)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0.0)
    return (weights @ value.to(dtype)).to(query.dtype), weights.to(query.dtype)


@mistake(
    of="scaled_dot_product_attention",
    en="It looks like you set hidden scores to 0, or next to it, as finfo.tiny is. To the softmax 0 is a score like "
    "any other, and e^0 = 1 still gets a share.",
    zh="看起来你把被遮住的分数设成了 0，或几乎是 0 的数（如 finfo.tiny）。对 softmax 来说，0 和别的分数没有区别，"
    "e^0 = 1 照样分到权重。",
)
def sets_hidden_scores_to_zero(query, key, value, mask=None):
    scores = scores_of(query, key)
    return finish(query, scores if mask is None else scores * mask, value, None)


@mistake(
    of="scaled_dot_product_attention",
    en="It looks like you filled hidden scores with -10,000. That is not low enough: here a visible score is lower "
    "still.",
    zh="看起来你用 -10,000 填充了被遮住的分数。这还不够低：这里有可见的分数比它更低。",
)
def fills_with_ten_thousand(query, key, value, mask=None):
    return filled_with(-1e4, query, key, value, mask)


@mistake(
    of="scaled_dot_product_attention",
    en="It looks like you filled hidden scores with -1e9, and a visible score can be lower than that. Take -inf, or "
    "the lowest number of the dtype.",
    zh="看起来你用 -1e9 填充了被遮住的分数，而可见的分数有可能比它还低。请用 -inf 或该 dtype 的最小值。",
)
def fills_with_a_billion(query, key, value, mask=None):
    return filled_with(-1e9, query, key, value, mask)


@mistake(
    of="scaled_dot_product_attention",
    en="It looks like you filled hidden scores with -1e9, and set the hidden weights to 0 after the softmax: where "
    "every visible score is lower than -1e9, nothing is left. Take -inf, or the lowest number of the dtype.",
    zh="看起来你用 -1e9 填充了被遮住的分数，又在 softmax 之后把它们的权重设为 0：如果可见的分数都比 -1e9 低，"
    "就什么都不剩了。请用 -inf 或该 dtype 的最小值。",
    breaks="the weights of the others sum to 1",
)
def fills_with_a_billion_and_clears_up(query, key, value, mask=None):
    scores = scores_of(query, key)
    if mask is None:
        return finish(query, scores, value, None)
    weights = torch.softmax(scores.masked_fill(~mask, -1e9), dim=-1).masked_fill(~mask, 0.0)
    return (weights @ value.to(weights.dtype)).to(query.dtype), weights.to(query.dtype)


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
    en="It looks like a query without visible keys came out as NaN: its row is 0/0, in a softmax over nothing but -inf "
    "as well as in a division by a sum of 0.",
    zh="看起来没有可见 key 的 query 成了 NaN：它那一行是 0/0，对全是 -inf 的一行做 softmax 是这样，"
    "除以等于 0 的和也是这样。",
)
def rows_without_keys_become_nan(query, key, value, mask=None):
    scores = scores_of(query, key)
    return finish(query, scores if mask is None else scores.masked_fill(~mask, -math.inf), value, None)


@mistake(
    of="scaled_dot_product_attention",
    en="It looks like a query that may see nothing spread its weight evenly over the hidden keys: after the fill, "
    "all its scores are equal. Its weights should be 0.",
    zh="看起来什么都不许看的 query 把权重平均分给了被遮住的 key：填充之后，它的分数全都相等。它的权重应当是 0。",
)
def rows_without_keys_attend_equally(query, key, value, mask=None):
    scores = scores_of(query, key)
    lowest = torch.finfo(scores.dtype).min
    return finish(query, scores if mask is None else scores.masked_fill(~mask, lowest), value, None)


@mistake(
    of="scaled_dot_product_attention",
    en="It looks like your softmax did not subtract the largest score first, and exp overflowed.",
    zh="看起来你的 softmax 没有先减去最大的分数，exp 溢出了。",
)
def softmax_without_the_maximum(query, key, value, mask=None):
    scores = scores_of(query, key)
    exponentials = scores.exp() if mask is None else scores.exp().masked_fill(~mask, 0.0)
    total = exponentials.sum(-1, keepdim=True)
    weights = torch.where(total == 0, 0.0, exponentials / total)
    return (weights @ value.to(weights.dtype)).to(query.dtype), weights.to(query.dtype)


@mistake(
    of="scaled_dot_product_attention",
    en="It looks like the scores were computed in half precision. Widen the inputs to float32 before the first "
    "product.",
    zh="看起来分数是用半精度算的。请在第一次乘法之前把输入转换成 float32。",
)
def computes_in_half_precision(query, key, value, mask=None):
    return finish(query, query @ key.mT / math.sqrt(query.shape[-1]), value, mask)


@mistake(
    of="scaled_dot_product_attention",
    en="It looks like you rounded the weights to half precision before you multiplied them by the values. Round "
    "once, at the very end.",
    zh="看起来你在权重与 value 相乘之前就把它舍入到了半精度。舍入只做一次，放在最后。",
)
def rounds_the_weights_too_early(query, key, value, mask=None):
    _, weights = solution.scaled_dot_product_attention(query, key, value, mask)
    return weights @ value, weights


@mistake(
    of="scaled_dot_product_attention",
    en="It looks like the two results stayed in float32 when the inputs were half precision. Convert both back.",
    zh="看起来输入为半精度时，两个结果都停留在 float32。请把两个都转换回去。",
)
def forgets_to_convert_back(query, key, value, mask=None):
    dtype = torch.promote_types(query.dtype, torch.float32)
    return solution.scaled_dot_product_attention(query.to(dtype), key.to(dtype), value.to(dtype), mask)


@mistake(
    of="scaled_dot_product_attention",
    en="It looks like you returned the scores where the weights belong; the output itself is right.",
    zh="看起来你在该返回权重的地方返回了分数；输出本身没有错。",
)
def returns_the_scores(query, key, value, mask=None):
    output, _ = solution.scaled_dot_product_attention(query, key, value, mask)
    return output, scores_of(query, key).to(query.dtype)


@mistake(
    of="causal_mask",
    en="It looks like each token is hidden from itself: the diagonal belongs to what may be seen.",
    zh="看起来每个词元都看不到自己：对角线也属于可见的部分。",
)
def hides_each_token_from_itself(queries, keys=None, device=None):
    keys = queries if keys is None else keys
    return torch.ones(queries, keys, dtype=torch.bool, device=device).tril(keys - queries - 1)


@mistake(
    of="causal_mask",
    en="It looks like you took keys = 0 for None, as `keys or queries` does. 0 is a number of keys too.",
    zh="看起来你把 keys = 0 当成了 None（`keys or queries` 就会这样）。0 也是一个合法的 key 数。",
)
def takes_no_keys_for_none(queries, keys=None, device=None):
    return solution.causal_mask(queries, keys or queries, device)


@mistake(
    of="causal_mask",
    en="It looks like each query sees one token too far: the one after its own is visible.",
    zh="看起来每个 query 都多看了一步：它后面的那个词元也看得见。",
)
def shows_the_next_token(queries, keys=None, device=None):
    keys = queries if keys is None else keys
    return torch.ones(queries, keys, dtype=torch.bool, device=device).tril(keys - queries + 1)


@mistake(
    of="causal_mask",
    en="It looks like your mask starts counting at the first key. With a cache there are more keys than queries, and "
    "the last query stands at the last key.",
    zh="看起来你的掩码是从第一个 key 开始对齐的。有缓存时 key 比 query 多，应当让最后一个 query 对着最后一个 key。",
)
def aligned_at_the_beginning(queries, keys=None, device=None):
    return torch.ones(queries, queries if keys is None else keys, dtype=torch.bool, device=device).tril()


@mistake(
    of="causal_mask",
    en="It looks like you took the upper triangle: the future is shown and the past is hidden.",
    zh="看起来你取了上三角：未来看得见，过去反而被遮住了。",
)
def takes_the_upper_triangle(queries, keys=None, device=None):
    keys = queries if keys is None else keys
    return torch.ones(queries, keys, dtype=torch.bool, device=device).triu(keys - queries)


@mistake(
    of="causal_mask",
    en="It looks like True stands for hidden in your mask. The triangle is right; here True means that the query may "
    "attend.",
    zh="看起来你的掩码用 True 表示遮住。三角形没有错，只是这里 True 表示允许关注。",
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
    en="It looks like your mask is True on the padding. Turn it round: here True means that the query may attend.",
    zh="看起来你的掩码在填充处为 True。请反过来：这里 True 表示允许关注。",
)
def true_on_the_padding(lengths, max_length):
    return ~solution.padding_mask(lengths, max_length)


@mistake(
    of="padding_mask",
    en="It looks like one position too many is visible, as with <= in place of <: position `length` is already "
    "padding.",
    zh="看起来多显示了一个位置，就像把 < 写成了 <=：位置 `length` 已经是填充。",
)
def shows_one_position_too_many(lengths, max_length):
    return torch.arange(max_length, device=lengths.device) <= lengths[..., None, None]


@mistake(
    of="padding_mask",
    en="It looks like the positions are made without a device: for lengths on a GPU they would lie on the CPU, and the "
    "comparison fails. Pass device=lengths.device.",
    zh="看起来创建位置时没有给出设备：lengths 在 GPU 上时，这些位置会在 CPU 上，比较就会报错。"
    "请传入 device=lengths.device。",
)
def positions_without_a_device(lengths, max_length):
    return torch.arange(max_length) < lengths[..., None, None]


@mistake(
    of="padding_mask",
    en="It looks like you expect the padding at the beginning, on the left. Here it stands at the end.",
    zh="看起来你以为填充在开头（左侧）。这里填充在末尾。",
)
def pads_on_the_left(lengths, max_length):
    return solution.padding_mask(lengths, max_length).flip(-1)


@mistake(
    of="padding_mask",
    en="It looks like the last two axes are swapped: you hid padded queries, and it is the padded keys that nobody "
    "may see.",
    zh="看起来最后两个轴交换了：你遮住了填充的 query，而不许被看到的是填充的 key。",
)
def hides_queries(lengths, max_length):
    return solution.padding_mask(lengths, max_length).mT


@mistake(
    of="padding_mask",
    en="It looks like the axis of size 1 for the queries is missing; without it the mask does not broadcast over them.",
    zh="看起来少了那个大小为 1 的 query 轴；没有它，掩码就无法沿 query 广播。",
)
def lacks_the_query_axis(lengths, max_length):
    return solution.padding_mask(lengths, max_length).squeeze(-2)


@mistake(
    of="scaled_dot_product_attention",
    en="It looks like you divided by the root of d_v. It is the width of the keys that counts, for the scores are "
    "products with them.",
    zh="看起来你除的是 d_v 的平方根。要用 key 的宽度，因为分数是与 key 的点积。",
    breaks="/ sqrt(d_k)",
)
def scales_by_the_width_of_the_values(query, key, value, mask=None):
    return finish(query, scores_of(query, key) * math.sqrt(query.shape[-1] / value.shape[-1]), value, mask)


@mistake(
    of="scaled_dot_product_attention",
    en="It looks like the mask was added to the scores as it is: True adds 1, and nothing is hidden. An additive mask "
    "would hold 0 and -inf.",
    zh="看起来你把掩码原样加到了分数上：True 只是加了 1，什么都没有遮住。用加法的掩码里应当是 0 和 -inf。",
)
def adds_the_mask_as_it_is(query, key, value, mask=None):
    scores = scores_of(query, key)
    return finish(query, scores if mask is None else scores + mask, value, None)


@mistake(
    of="scaled_dot_product_attention",
    en="It looks like you added a large negative number, such as -1e9, to hidden scores. A hidden score that is large "
    "enough outweighs it, and a query that may see nothing goes on as if there were no mask. Replace the score.",
    zh="看起来你给被遮住的分数加上了 -1e9 之类的大负数。被遮住的分数足够大时会抵消它；"
    "什么都不许看的 query 则像没有掩码一样。应当把分数整个替换掉。",
)
def adds_minus_a_billion(query, key, value, mask=None):
    scores = scores_of(query, key)
    return finish(query, scores if mask is None else scores + (~mask) * -1e9, value, None)


@mistake(
    of="scaled_dot_product_attention",
    en="It looks like the mask was multiplied by -inf: for visible keys that is 0 times infinity, and so NaN. Use "
    "masked_fill or where.",
    zh="看起来你把掩码乘以了 -inf：对可见的 key，这是 0 乘无穷大，结果是 NaN。请用 masked_fill 或 where。",
)
def multiplies_the_mask_by_infinity(query, key, value, mask=None):
    scores = scores_of(query, key)
    return finish(query, scores if mask is None else scores + (~mask) * -math.inf, value, None)


@mistake(
    of="scaled_dot_product_attention",
    en="It looks like softmax was called without dim: torch then takes the first axis of three, and the second of "
    "four. The keys are the last axis, dim=-1.",
    zh="看起来调用 softmax 时没有写 dim：这样 torch 对三个轴取第一个，对四个轴取第二个。"
    "key 是最后一个轴，应写 dim=-1。",
)
def leaves_the_axis_to_torch(query, key, value, mask=None):
    axes = max(query.ndim, key.ndim)
    return finish(query, scores_of(query, key), value, mask, dim=0 if axes in (0, 1, 3) else 1)
