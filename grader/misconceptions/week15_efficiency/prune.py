"""Known mistakes of week 15, prune."""

import prune as solution
import torch

from grader.mistakes import mistake


def magnitudes_of(weights):
    return torch.cat([weight.abs().double().flatten() for weight in weights])


def with_count(weights, share, count):
    """Masks with another number of pruned weights."""
    solution.prune_magnitude(weights, share)
    magnitudes = magnitudes_of(weights)
    kept = torch.ones_like(magnitudes, dtype=torch.bool)
    kept[magnitudes.argsort(stable=True)[: count(share, len(magnitudes))]] = False
    parts = kept.split([weight.numel() for weight in weights])
    return [part.reshape(weight.shape) for part, weight in zip(parts, weights, strict=True)]


@mistake(
    of="prune_magnitude",
    en="It looks like each tensor loses the same share: here all of them are looked at together.",
    zh="看起来每个张量剪去同样的比例：这里是所有张量放在一起比较。",
    breaks="All tensors are looked at together",
)
def each_by_itself(weights, share):
    solution.prune_magnitude(weights, share)
    return [solution.prune_magnitude([weight], share)[0] for weight in weights]


@mistake(
    of="prune_magnitude",
    en="It looks like everything up to a threshold is pruned: where many magnitudes are equal, that is more than k.",
    zh="看起来剪去了不超过某个阈值的全部权重：有许多绝对值相等时，就多于 k 个。",
    breaks="exactly k = round(share * n) are pruned",
)
def up_to_a_threshold(weights, share):
    solution.prune_magnitude(weights, share)
    magnitudes = magnitudes_of(weights)
    count = round(share * len(magnitudes))
    if count == 0:
        return [torch.ones_like(weight, dtype=torch.bool) for weight in weights]
    threshold = magnitudes.sort().values[count - 1]
    return [weight.abs().double() > threshold for weight in weights]


@mistake(
    of="prune_magnitude",
    en="It looks like everything below a threshold is pruned: where many magnitudes are equal, that is fewer than k.",
    zh="看起来只剪去小于某个阈值的权重：有许多绝对值相等时，就少于 k 个。",
    breaks="exactly k = round(share * n) are pruned",
)
def below_a_threshold(weights, share):
    solution.prune_magnitude(weights, share)
    magnitudes = magnitudes_of(weights)
    count = round(share * len(magnitudes))
    if count == len(magnitudes):
        return [torch.zeros_like(weight, dtype=torch.bool) for weight in weights]
    threshold = magnitudes.sort().values[count]
    return [weight.abs().double() >= threshold for weight in weights]


@mistake(
    of="prune_magnitude",
    en="It looks like the threshold is a quantile between two magnitudes: the number that it prunes need not be k.",
    zh="看起来阈值是两个绝对值之间插值得到的分位数：这样剪去的个数不一定是 k。",
)
def by_a_quantile(weights, share):
    solution.prune_magnitude(weights, share)
    magnitudes = magnitudes_of(weights)
    threshold = torch.quantile(magnitudes.nan_to_num(posinf=1e300), share)
    return [weight.abs().double() > threshold for weight in weights]


@mistake(
    of="prune_magnitude",
    en="It looks like the number of pruned weights is cut off: int(0.29 * 100) is 28.",
    zh="看起来剪去的个数是截断得到的：int(0.29 * 100) 等于 28。",
    breaks="exactly k = round(share * n) are pruned, as Python rounds",
)
def cuts_the_number_off(weights, share):
    return with_count(weights, share, lambda share, n: int(share * n))


@mistake(
    of="prune_magnitude",
    en="It looks like a number of pruned weights that lies halfway is rounded up, as in school: Python rounds to the "
    "even number.",
    zh="看起来剪去的个数正好一半时总是向上取整（“四舍五入”）：Python 的 round 取偶数。",
    breaks="as Python rounds",
)
def rounds_halves_up(weights, share):
    return with_count(weights, share, lambda share, n: int(share * n + 0.5))


@mistake(
    of="prune_magnitude",
    en="It looks like `share` is the share that is kept: it is the share that is pruned.",
    zh="看起来把 `share` 当成保留的比例：它是剪去的比例。",
)
def keeps_the_share(weights, share):
    return with_count(weights, share, lambda share, n: n - round(share * n))


@mistake(
    of="prune_magnitude",
    en="It looks like weights are compared with their sign: -4 is large in magnitude.",
    zh="看起来比较权重时带着符号：-4 的绝对值是很大的。",
)
def forgets_the_magnitude(weights, share):
    solution.prune_magnitude(weights, share)
    moved = [weight.double() - min(float(other.min()) for other in weights) for weight in weights]
    return solution.prune_magnitude(moved, share)


@mistake(
    of="prune_magnitude",
    en="It looks like the largest weights are pruned: the smallest should be.",
    zh="看起来剪去了最大的权重：应当剪去最小的。",
)
def prunes_the_largest(weights, share):
    solution.prune_magnitude(weights, share)
    largest = float(magnitudes_of(weights).nan_to_num(posinf=0).max()) + 1
    return solution.prune_magnitude([largest - weight.abs().double() for weight in weights], share)


@mistake(
    of="prune_magnitude",
    en="It looks like the mask is True where a weight is pruned: True means kept.",
    zh="看起来掩码在被剪去的位置为 True：True 表示保留。",
    breaks="True means kept",
)
def mask_turned_round(weights, share):
    return [~mask for mask in solution.prune_magnitude(weights, share)]


@mistake(
    of="prune_magnitude",
    en="It looks like the answers are weights with zeros: masks are asked for.",
    zh="看起来返回的是带零的权重：要求的是掩码。",
)
def gives_weights(weights, share):
    return [weight * mask for weight, mask in zip(weights, solution.prune_magnitude(weights, share), strict=True)]


@mistake(
    of="prune_magnitude",
    en="It looks like of equal magnitudes the later ones are pruned first.",
    zh="看起来绝对值相等时先剪靠后的。",
    breaks="Where magnitudes are equal, earlier tensors are pruned first",
)
def later_ones_first(weights, share):
    masks = solution.prune_magnitude([weight.flatten().flip(0) for weight in reversed(weights)], share)
    return [mask.flip(0).reshape(weight.shape) for mask, weight in zip(reversed(masks), weights, strict=True)]


@mistake(
    of="prune_magnitude",
    en="It looks like NaN among the weights gets through: it counts as the largest of all.",
    zh="看起来放过了权重中的 NaN：排序时它被当成最大的。",
)
def lets_nan_through(weights, share):
    return solution.prune_magnitude([weight.nan_to_num(float("inf"), float("inf")) for weight in weights], share)


@mistake(
    of="prune_magnitude",
    en="It looks like magnitudes are compared in float32: float64 weights that differ in later digits are equal there.",
    zh="看起来用 float32 比较绝对值：靠后的数位才不同的 float64 权重，在那里就相等了。",
    breaks="The tensors are on one device and may differ in shape and dtype",
)
def compares_in_float32(weights, share):
    solution.prune_magnitude(weights, share)
    return solution.prune_magnitude([weight.float() for weight in weights], share)


@mistake(
    of="prune_magnitude",
    en="It looks like infinities are refused: only NaN is. An infinite weight is larger than all others.",
    zh="看起来拒绝了无穷：只应拒绝 NaN。无穷的权重比其他的都大。",
    breaks="a weight is NaN",
)
def refuses_infinities(weights, share):
    if any(weight.isinf().any() for weight in weights):
        raise ValueError("a weight is infinite")
    return solution.prune_magnitude(weights, share)


def two_four(weight, pick):
    solution.prune_two_four(weight)
    groups = weight.abs().unflatten(-1, (-1, 4))
    return pick(groups).flatten(-2)


@mistake(
    of="prune_magnitude",
    en="It looks like squares stand in for magnitudes: those of small numbers are all 0, and so equal.",
    zh="看起来用平方代替了绝对值：很小的数平方后都是 0，就分不出大小了。",
)
def compares_squares(weights, share):
    solution.prune_magnitude(weights, share)
    return solution.prune_magnitude([weight.double().square() for weight in weights], share)


@mistake(
    of="prune_two_four",
    en="It looks like squares stand in for magnitudes: those of small numbers are all 0, and so equal.",
    zh="看起来用平方代替了绝对值：很小的数平方后都是 0，就分不出大小了。",
    breaks="Large means large in magnitude",
)
def squares_of_the_four(weight):
    return solution.prune_two_four(weight.square()) if weight.ndim else solution.prune_two_four(weight)


@mistake(
    of="prune_two_four",
    en="It looks like the four are compared in float32: float64 weights that differ in later digits are equal there.",
    zh="看起来用 float32 比较每四个权重：靠后的数位才不同的 float64 权重，在那里就相等了。",
    breaks="Large means large in magnitude",
)
def compares_the_four_in_float32(weight):
    return solution.prune_two_four(weight.float())


@mistake(
    of="prune_two_four",
    en="It looks like infinities are refused: only NaN is. An infinite weight is larger than all others of its four.",
    zh="看起来拒绝了无穷：只应拒绝 NaN。无穷的权重比同组的其他权重都大。",
    breaks="or a weight is NaN",
)
def refuses_infinities_among_the_four(weight):
    if weight.isinf().any():
        raise ValueError("a weight is infinite")
    return solution.prune_two_four(weight)


@mistake(
    of="prune_two_four",
    en="It looks like the mask is made without a device: for a weight on a GPU it would lie on the CPU. Use "
    "torch.ones_like, or pass device=weight.device.",
    zh="看起来创建掩码时没有给出设备：权重在 GPU 上时，它会在 CPU 上。"
    "请用 torch.ones_like，或传入 device=weight.device。",
    breaks="on the device of `weight`",
)
def mask_without_a_device(weight):
    solution.prune_two_four(weight)
    groups = weight.abs().unflatten(-1, (-1, 4))
    mask = torch.ones(groups.shape, dtype=torch.bool)
    return mask.scatter(-1, groups.argsort(dim=-1, stable=True)[..., :2], False).flatten(-2)


@mistake(
    of="prune_two_four",
    en="It looks like half of all weights are pruned, wherever they are: each group of four should keep two.",
    zh="看起来在整个张量中剪去一半，不管位置：应当每四个保留两个。",
)
def half_of_all(weight):
    solution.prune_two_four(weight)
    return solution.prune_magnitude([weight], 0.5)[0]


@mistake(
    of="prune_two_four",
    en="It looks like groups go down the columns: they go along the last axis.",
    zh="看起来按列分组：应沿最后一个轴分组。",
)
def down_the_columns(weight):
    solution.prune_two_four(weight)
    if weight.ndim < 2:
        return solution.prune_two_four(weight)
    turned = weight.transpose(-1, -2)
    flat = turned.reshape(-1)  # where the rows are no multiple of four, groups go on in the next column
    return solution.prune_two_four(flat).reshape(turned.shape).transpose(-1, -2)


@mistake(
    of="prune_two_four",
    en="It looks like a group keeps all that is at least as large as its second largest: with ties that is too much.",
    zh="看起来每组保留了不小于第二大者的全部：有相等的时，就多于两个。",
)
def second_as_threshold(weight):
    return two_four(weight, lambda groups: groups >= groups.sort(dim=-1).values[..., 2:3])


@mistake(
    of="prune_two_four",
    en="It looks like of equal magnitudes the earlier ones are kept: they are pruned first.",
    zh="看起来绝对值相等时保留了靠前的：应当先剪靠前的。",
    breaks="where magnitudes are equal, the earlier places are pruned first",
)
def earlier_ones_stay(weight):
    return solution.prune_two_four(weight.flip(-1)).flip(-1)


@mistake(
    of="prune_two_four",
    en="It looks like the two largest numbers are kept, with their sign: -5 is large in magnitude.",
    zh="看起来按带符号的数保留两个最大的：-5 的绝对值是很大的。",
    breaks="Large means large in magnitude",
)
def with_the_sign(weight):
    solution.prune_two_four(weight)
    return solution.prune_two_four(weight.double() - weight.double().min())


@mistake(
    of="prune_two_four",
    en="It looks like the two smallest of each four are kept.",
    zh="看起来每四个里保留了最小的两个。",
)
def keeps_the_smallest(weight):
    return ~solution.prune_two_four(weight)


@mistake(
    of="prune_two_four",
    en="It looks like a last axis that is no multiple of 4 is let through: fours then reach into the next row, or the "
    "rest is kept.",
    zh="看起来放过了不是 4 的倍数的最后一个轴：要么跨行分组，要么保留了余下的部分。",
)
def lets_a_rest_through(weight):
    if weight.ndim and weight.shape[-1] % 4 and not weight.isnan().any():
        return torch.ones_like(weight, dtype=torch.bool)
    return solution.prune_two_four(weight)


@mistake(
    of="prune_two_four",
    en="It looks like an empty weight is refused: 0 is a multiple of 4, and the mask is empty, too.",
    zh="看起来拒绝了空的权重：0 也是 4 的倍数，掩码同样是空的。",
    breaks="An empty weight has an empty mask",
)
def refuses_the_empty(weight):
    if weight.numel() == 0:
        raise ValueError("no weight")
    return solution.prune_two_four(weight)


def checked(query, key, value, output, size, drop):
    solution.prune_heads(query, key, value, output, size, drop)
    heads = query.shape[0] // size
    return heads, [head for head in range(heads) if head not in drop]


@mistake(
    of="prune_heads",
    en="It looks like heads alternate in the rows (row % heads): the rows of a head stand together.",
    zh="看起来各头的行是交错的（row % heads）：同一个头的行应当连在一起。",
    breaks="rows h * size to (h + 1) * size - 1 of `query`, `key` and `value` belong to head h",
)
def heads_alternate(query, key, value, output, size, drop):
    heads, kept = checked(query, key, value, output, size, drop)
    rows = [row for row in range(heads * size) if row % heads in kept]
    return query[rows], key[rows], value[rows], output[:, rows]


@mistake(
    of="prune_heads",
    en="It looks like the output weight keeps all its columns: those of a dropped head have to go as well.",
    zh="看起来输出权重保留了全部的列：被删的头的列也要去掉。",
    breaks="and the same columns of `output`",
)
def output_left_alone(query, key, value, output, size, drop):
    return *solution.prune_heads(query, key, value, output, size, drop)[:3], output


@mistake(
    of="prune_heads",
    en="It looks like rows of the output weight are taken away: a head is a group of its columns.",
    zh="看起来去掉的是输出权重的行：一个头对应它的若干列。",
    breaks="and the same columns of `output`",
)
def rows_of_the_output(query, key, value, output, size, drop):
    heads, kept = checked(query, key, value, output, size, drop)
    rows = [row for row in range(len(output)) if row // size in kept]
    return *solution.prune_heads(query, key, value, output, size, drop)[:3], output[rows]


@mistake(
    of="prune_heads",
    en="It looks like the heads in `drop` are the ones that stay.",
    zh="看起来留下的是 `drop` 中的头。",
)
def keeps_what_is_dropped(query, key, value, output, size, drop):
    heads, kept = checked(query, key, value, output, size, drop)
    if len(kept) == heads:
        return tuple(weight[:0] for weight in (query, key, value)) + (output[:, :0],)
    return solution.prune_heads(query, key, value, output, size, kept)


@mistake(
    of="prune_heads",
    en="It looks like heads are taken away one after the other: after the first, the numbers of the others have moved.",
    zh="看起来逐个删头：删掉第一个之后，其余头的编号就变了。",
    breaks="The answers hold the other heads, in their order",
)
def one_after_the_other(query, key, value, output, size, drop):
    checked(query, key, value, output, size, drop)
    weights = [query, key, value, output.T]
    for head in drop:
        weights = [torch.cat((weight[: head * size], weight[(head + 1) * size :])) for weight in weights]
    return *weights[:3], weights[3].T


@mistake(
    of="prune_heads",
    en="It looks like dropped heads are set to 0 and stay in place: that saves no work at all.",
    zh="看起来被删的头只是置零，仍留在原处：这样一点计算也没省。",
)
def sets_to_zero(query, key, value, output, size, drop):
    heads, kept = checked(query, key, value, output, size, drop)
    rows = torch.tensor([row // size in kept for row in range(heads * size)], device=query.device)
    masked = [weight * rows[:, None] for weight in (query, key, value)]
    return *masked, output * rows


@mistake(
    of="prune_heads",
    en="It looks like a negative number counts heads from the end: it should be refused.",
    zh="看起来负的编号从末尾数头：应当拒绝。",
)
def counts_from_the_end(query, key, value, output, size, drop):
    if query.ndim == 2 and size >= 1:
        drop = [head % max(1, len(query) // size) if head < 0 else head for head in drop]
    return solution.prune_heads(query, key, value, output, size, drop)


@mistake(
    of="prune_heads",
    en="It looks like a head that `drop` names twice is counted twice: so too few heads seem to be left.",
    zh="看起来 `drop` 中写了两次的头被算了两次：于是剩下的头显得太少。",
    breaks="`drop` may name a head twice, and may be empty",
)
def counts_a_head_twice(query, key, value, output, size, drop):
    if query.ndim == 2 and size >= 1 and len(drop) >= len(query) // size:
        raise ValueError("no head is left")
    return solution.prune_heads(query, key, value, output, size, drop)


@mistake(
    of="prune_heads",
    en="It looks like all heads may be dropped: a layer without heads should be refused.",
    zh="看起来可以删掉所有的头：没有头的层应当拒绝。",
)
def drops_all_heads(query, key, value, output, size, drop):
    if query.ndim == 2 and size >= 1 and sorted(set(drop)) == list(range(len(query) // size)):
        return query[:0], key[:0], value[:0], output[..., :0]
    return solution.prune_heads(query, key, value, output, size, drop)


@mistake(
    of="prune_heads",
    en="It looks like an `output` that is wider than `query` is high gets through, and loses the columns that belong "
    "to no head: it should be refused.",
    zh="看起来放过了列数多于 `query` 行数的 `output`，不属于任何头的列就被切掉了：应当拒绝。",
    breaks="`output` is not as wide as they are high",
)
def cuts_a_wide_output(query, key, value, output, size, drop):
    if query.ndim == output.ndim == 2:
        output = output[:, : len(query)]
    return solution.prune_heads(query, key, value, output, size, drop)


@mistake(
    of="prune_heads",
    en="It looks like only the rows of query, key and value are compared: their widths have to be equal as well.",
    zh="看起来只比较了 query、key、value 的行数：它们的宽度也必须相同。",
    breaks="or differ in shape",
)
def compares_the_rows_alone(query, key, value, output, size, drop):
    if query.ndim == key.ndim == value.ndim == 2 and len(query) == len(key) == len(value):
        cut, _, _, smaller = solution.prune_heads(query, query, query, output, size, drop)
        widened = [torch.arange(len(query), device=query.device)[:, None].expand_as(query)] * 3
        rows = solution.prune_heads(*widened, output, size, drop)[0][:, 0]
        return cut, key[rows], value[rows], smaller
    return solution.prune_heads(query, key, value, output, size, drop)


@mistake(
    of="prune_heads",
    en="It looks like value is compared with query by its rows alone: all three have to be equal in both axes.",
    zh="看起来 value 与 query 只比较了行数：三者的两个轴都必须相同。",
    breaks="or differ in shape",
)
def compares_the_rows_of_value_alone(query, key, value, output, size, drop):
    if query.shape == key.shape:
        return compares_the_rows_alone(query, key, value, output, size, drop)
    return solution.prune_heads(query, key, value, output, size, drop)
