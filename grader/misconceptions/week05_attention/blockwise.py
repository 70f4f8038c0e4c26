"""Known mistakes of week 05, blockwise.

`online` is the solution with its steps as arguments, so that a mistake changes the one that it gets wrong.
"""

import math

import blockwise as solution
import torch

from grader.mistakes import mistake


def rescale_both(total, output, factor):
    """Move both running sums from the old maximum to the new one."""
    return total * factor, output * factor


def hide(key_positions, query_positions, start):
    """Hide the keys that stand behind the query."""
    return key_positions > query_positions


def online(
    query,
    key,
    value,
    block_size,
    causal,
    rescale=rescale_both,
    hidden_pairs=hide,
    first=None,
    scale=None,
    lowest=None,
    keys_seen=None,
    mask_scores=True,
):
    """Do what the solution does, one step exchanged."""
    if block_size < 1:
        raise ValueError(f"block_size must be at least 1, got {block_size}")
    dtype = torch.promote_types(query.dtype, torch.float32)
    queries, keys = query.shape[-2], key.shape[-2]
    lowest = torch.finfo(dtype).min if lowest is None else lowest
    query_positions = torch.arange(keys - queries, keys, device=query.device).unsqueeze(-1)
    q = query.to(dtype) / (math.sqrt(query.shape[-1]) if scale is None else scale)
    maximum = torch.full_like(q[..., :1], lowest if first is None else first)
    total, output = torch.zeros_like(maximum), q.new_zeros(*query.shape[:-1], value.shape[-1])
    for start in range(0, keys if keys_seen is None else keys_seen, block_size):
        stop = min(start + block_size, keys)
        scores = q @ key[..., start:stop, :].to(dtype).mT
        hidden = hidden_pairs(torch.arange(start, stop, device=query.device), query_positions, start)
        if causal and mask_scores:
            scores = scores.masked_fill(hidden, lowest)
        new_maximum = torch.maximum(maximum, scores.amax(-1, keepdim=True))
        weights = torch.exp(scores - new_maximum)
        if causal and not math.isinf(lowest):
            weights = weights.masked_fill(hidden, 0.0)
        total, output = rescale(total, output, torch.exp(maximum - new_maximum))
        total = total + weights.sum(-1, keepdim=True)
        output = output + weights @ value[..., start:stop, :].to(dtype)
        maximum = new_maximum
    if math.isinf(lowest):
        return (output / total).to(query.dtype)
    return (output / total.where(total > 0, 1.0)).to(query.dtype)


@mistake(
    of="blockwise_attention",
    en="It looks like the sums are never rescaled: when a later block has a larger maximum, what was summed so far "
    "must shrink by exp(old maximum - new maximum).",
    zh="看起来累加的和从未重新缩放：后面的块出现更大的最大值时，已有的和要乘以 exp(旧最大值 - 新最大值)。",
)
def never_rescales(query, key, value, block_size, causal=False):
    return online(query, key, value, block_size, causal, rescale=lambda total, output, factor: (total, output))


@mistake(
    of="blockwise_attention",
    en="It looks like you rescaled the sum of weights and forgot the output: both were summed against the old maximum.",
    zh="看起来你缩放了权重之和，却忘了输出：两者都是以旧的最大值为基准累加的。",
)
def rescales_only_the_total(query, key, value, block_size, causal=False):
    return online(query, key, value, block_size, causal, rescale=lambda total, output, factor: (total * factor, output))


@mistake(
    of="blockwise_attention",
    en="It looks like you rescaled the output and forgot the sum of weights: both were summed against the old maximum.",
    zh="看起来你缩放了输出，却忘了权重之和：两者都是以旧的最大值为基准累加的。",
)
def rescales_only_the_output(query, key, value, block_size, causal=False):
    return online(query, key, value, block_size, causal, rescale=lambda total, output, factor: (total, output * factor))


@mistake(
    of="blockwise_attention",
    en="It looks like the factor is upside down: you multiplied by exp(new maximum - old maximum), and the old sums "
    "grow where they should shrink.",
    zh="看起来因子颠倒了：你乘的是 exp(新最大值 - 旧最大值)，已有的和本该缩小，却变大了。",
)
def rescales_upwards(query, key, value, block_size, causal=False):
    def upwards(total, output, factor):
        # In the first block the sums are 0, and stay 0.
        factor = torch.where(factor == 0, 0.0, 1 / factor)
        return total * factor, output * factor

    return online(query, key, value, block_size, causal, rescale=upwards)


@mistake(
    of="blockwise_attention",
    en="It looks like the running maximum starts at 0: scores far below 0 then vanish.",
    zh="看起来最大值的初值是 0：这样一来，远低于 0 的分数就消失了。",
)
def starts_the_maximum_at_zero(query, key, value, block_size, causal=False):
    return online(query, key, value, block_size, causal, first=0.0)


@mistake(
    of="blockwise_attention",
    en="It looks like no maximum is subtracted before the exp, and large scores overflow.",
    zh="看起来取 exp 之前没有减去最大值，分数一大就溢出。",
)
def subtracts_no_maximum(query, key, value, block_size, causal=False):
    if block_size < 1:
        raise ValueError("block_size must be at least 1")
    dtype = torch.promote_types(query.dtype, torch.float32)
    queries, keys = query.shape[-2], key.shape[-2]
    positions = torch.arange(keys - queries, keys, device=query.device).unsqueeze(-1)
    total, output = 0.0, 0.0
    for start in range(0, keys, block_size):
        block = slice(start, min(start + block_size, keys))
        scores = query.to(dtype) @ key[..., block, :].to(dtype).mT / math.sqrt(query.shape[-1])
        weights = torch.exp(scores)
        if causal:
            weights = weights.masked_fill(torch.arange(block.start, block.stop, device=query.device) > positions, 0.0)
        total = total + weights.sum(-1, keepdim=True)
        output = output + weights @ value[..., block, :].to(dtype)
    return (output / total.where(total != 0, 1.0)).to(query.dtype)


@mistake(
    of="blockwise_attention",
    en="It looks like each block got a softmax of its own and the blocks were averaged. A block with larger scores "
    "must count for more.",
    zh="看起来每一块各做了一次 softmax，再对各块取平均。分数更大的块应当占更大的比重。",
)
def averages_the_blocks(query, key, value, block_size, causal=False):
    if causal or block_size < 1:
        return solution.blockwise_attention(query, key, value, block_size, causal)
    parts = [
        solution.blockwise_attention(query, k, v, block_size)
        for k, v in zip(key.split(block_size, -2), value.split(block_size, -2), strict=True)
    ]
    return torch.stack(parts).mean(0)


@mistake(
    of="blockwise_attention",
    en="It looks like the last block is dropped when it is shorter than block_size. Its keys count too.",
    zh="看起来最后一块不足 block_size 时被丢掉了。那里的 key 也要算进去。",
)
def drops_the_last_short_block(query, key, value, block_size, causal=False):
    whole = key.shape[-2] // max(block_size, 1) * block_size
    return online(query, key, value, block_size, causal, keys_seen=whole)


@mistake(
    of="blockwise_attention",
    en="It looks like you forgot to divide the scores by sqrt(d_k): that alone gives exactly your numbers.",
    zh="看起来忘了把分数除以 sqrt(d_k)：只漏这一步，就恰好得到你的结果。",
)
def forgets_to_scale(query, key, value, block_size, causal=False):
    return online(query, key, value, block_size, causal, scale=1)


@mistake(
    of="blockwise_attention",
    en="It looks like `causal` was never used: every query sees all keys.",
    zh="看起来没有用到 `causal`：每个 query 都看到了全部 key。",
)
def ignores_causal(query, key, value, block_size, causal=False):
    return solution.blockwise_attention(query, key, value, block_size)


@mistake(
    of="blockwise_attention",
    en="It looks like the causal mask counts the keys from the start of the block. Positions count from the start of "
    "the sequence; in the first block the two agree.",
    zh="看起来因果掩码是从块的开头数 key 的。位置要从序列的开头数起；只有在第一块里两者一致。",
)
def counts_keys_from_the_block(query, key, value, block_size, causal=False):
    def pairs(keys, queries, start):
        return keys - start > queries

    return online(query, key, value, block_size, causal, hidden_pairs=pairs)


@mistake(
    of="blockwise_attention",
    en="It looks like the causal mask puts the first query at the first key. The last query stands at the last key.",
    zh="看起来因果掩码让第一个 query 对着第一个 key。应当让最后一个 query 对着最后一个 key。",
)
def aligned_at_the_beginning(query, key, value, block_size, causal=False):
    shift = key.shape[-2] - query.shape[-2]

    def pairs(keys, queries, start):
        return keys > queries - shift

    return online(query, key, value, block_size, causal, hidden_pairs=pairs)


@mistake(
    of="blockwise_attention",
    en="It looks like the causal mask hides each token from itself: compare with > where you hide, not with >=.",
    zh="看起来因果掩码让每个词元看不到自己：判断要遮住哪些位置时用 >，而不是 >=。",
)
def hides_each_token_from_itself(query, key, value, block_size, causal=False):
    def pairs(keys, queries, start):
        return keys >= queries

    return online(query, key, value, block_size, causal, hidden_pairs=pairs)


@mistake(
    of="blockwise_attention",
    en="It looks like hidden scores took part in the maximum: one large score in the future, and all visible weights "
    "vanish.",
    zh="看起来求最大值时算上了被遮住的分数：未来只要有一个大分数，所有可见权重就消失了。",
)
def lets_hidden_scores_set_the_maximum(query, key, value, block_size, causal=False):
    return online(query, key, value, block_size, causal, mask_scores=False)


@mistake(
    of="blockwise_attention",
    en="It looks like -inf - (-inf) turned up, which has no value: a query that sees nothing became NaN.",
    zh="看起来出现了 -inf - (-inf)，它没有定义：什么也看不到的 query 成了 NaN。",
)
def rows_without_keys_become_nan(query, key, value, block_size, causal=False):
    answer = solution.blockwise_attention(query, key, value, block_size, causal)
    blind = query.shape[-2] - key.shape[-2]
    if causal and blind > 0:
        answer[..., :blind, :] = math.nan
    return answer


@mistake(
    of="blockwise_attention",
    en="It looks like the running sums are kept in half precision. Keep them in float32, and round the result once.",
    zh="看起来累加的和是用半精度保存的。请用 float32 保存，结果只舍入一次。",
)
def sums_in_half_precision(query, key, value, block_size, causal=False):
    if query.dtype in (torch.float32, torch.float64):
        return solution.blockwise_attention(query, key, value, block_size, causal)
    q = query / math.sqrt(query.shape[-1])
    maximum = torch.full_like(q[..., :1], torch.finfo(q.dtype).min)
    total, output = torch.zeros_like(maximum), q.new_zeros(*query.shape[:-1], value.shape[-1])
    for k, v in zip(key.split(block_size, -2), value.split(block_size, -2), strict=True):
        scores = q @ k.mT
        new_maximum = torch.maximum(maximum, scores.amax(-1, keepdim=True))
        weights, factor = torch.exp(scores - new_maximum), torch.exp(maximum - new_maximum)
        total, output = total * factor + weights.sum(-1, keepdim=True), output * factor + weights @ v
        maximum = new_maximum
    return output / total


@mistake(
    of="blockwise_attention",
    en="It looks like the running output goes back to half precision after each block. Keep it in float32, and round "
    "the result once.",
    zh="看起来每处理完一块，累加的输出就被舍入回半精度。请一直用 float32 保存，结果只舍入一次。",
    breaks="float16 and bfloat16 inputs are computed in float32 throughout, and the result is rounded once",
)
def rounds_the_output_after_each_block(query, key, value, block_size, causal=False):
    def rounded(total, output, factor):
        return total * factor, output.to(query.dtype).to(output.dtype) * factor

    return online(query, key, value, block_size, causal, rescale=rounded)


@mistake(
    of="blockwise_attention",
    en="Your answer is right, but it goes through the keys one by one and not in blocks of block_size.",
    zh="结果正确，但你逐个处理 key，没有按 block_size 分块。",
    only="speed",
)
def takes_one_key_at_a_time(query, key, value, block_size, causal=False):
    return solution.blockwise_attention(query, key, value, min(block_size, 1), causal)


@mistake(
    of="blockwise_attention",
    en="Your answer is right, but all scores are in memory at once.",
    zh="结果正确，但全部分数同时保存在内存里。",
    only="speed",
)
def holds_all_scores(query, key, value, block_size, causal=False):
    return solution.blockwise_attention(query, key, value, key.shape[-2] if block_size > 0 else 0, causal)


@mistake(
    of="blockwise_attention",
    en="It looks like block_size is not checked: `range` refuses 0 by itself, but with a negative one the loop never "
    "runs, and the answer is made of nothing.",
    zh="看起来没有检查 block_size：等于 0 时 `range` 自己会拒绝，为负时循环却一次也不执行，结果就是凭空来的。",
    breaks="block_size is below 1",
)
def lets_negative_blocks_through(query, key, value, block_size, causal=False):
    if block_size < 0:
        return query.new_zeros(*query.shape[:-1], value.shape[-1])
    return solution.blockwise_attention(query, key, value, block_size, causal)


@mistake(
    of="blockwise_attention",
    en="It looks like block_size is not checked: with a negative one the loop never runs, and nothing is divided by "
    "nothing, which is NaN.",
    zh="看起来没有检查 block_size：为负时循环一次也不执行，最后是 0/0，得到 NaN。",
    breaks="block_size is below 1",
)
def divides_nothing_by_nothing(query, key, value, block_size, causal=False):
    return lets_negative_blocks_through(query, key, value, block_size, causal) / (block_size > 0)


@mistake(
    of="blockwise_attention",
    en="It looks like you stopped at the first block behind as many keys as there are queries. With a cache there "
    "are more keys than queries, and the last query sees them all.",
    zh="看起来处理的 key 一超过 query 的个数，你就停下了。有缓存时 key 比 query 多，最后一个 query 能看到全部 key。",
    breaks="so query i stands at position keys - queries + i",
)
def breaks_off_behind_the_queries(query, key, value, block_size, causal=False):
    if not causal or block_size < 1:
        return solution.blockwise_attention(query, key, value, block_size, causal)
    seen = -(-(query.shape[-2] + 1) // block_size) * block_size
    return online(query, key, value, block_size, causal, keys_seen=min(seen, key.shape[-2]))
