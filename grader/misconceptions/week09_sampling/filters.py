"""Known mistakes of week 09, filters."""

import filters as solution
import torch

from grader.mistakes import mistake

RULED_OUT = solution.RULED_OUT
A_BILLION = -1e9  # what stands for minus infinity in much code


def restore(sorted_keep, token_ids):
    """Bring a mask in sorted order back to the order of the token ids."""
    return torch.zeros_like(sorted_keep).scatter(-1, token_ids, sorted_keep)


def nucleus(logits, p, keep_sorted, stable=True):
    """top_p_filter with another rule for what stays; the rule sees the sorted probabilities."""
    if not 0 <= p <= 1:
        raise ValueError
    if p == 1:
        return logits.clone()
    sorted_logits, token_ids = logits.sort(dim=-1, descending=True, stable=stable)
    probs = sorted_logits.softmax(dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    return logits.masked_fill(~restore(keep_sorted(probs), token_ids), RULED_OUT)


# ---- apply_temperature


@mistake(
    of="apply_temperature",
    en="It looks like you multiply the logits by the temperature: that gives exactly your numbers. Above 1 it has to "
    "flatten: divide.",
    zh="看起来你把 logits 乘以了温度，这样恰好得到你的结果。温度大于 1 应使分布变平：要用除法。",
)
def multiplies_by_the_temperature(logits, temperature):
    if temperature <= 0:
        raise ValueError
    return logits * temperature


@mistake(
    of="apply_temperature",
    en="It looks like you divide the probabilities. The temperature belongs to the logits, before softmax.",
    zh="看起来你用概率去除以温度。温度作用于 softmax 之前的 logits。",
)
def divides_the_probabilities(logits, temperature):
    if temperature <= 0:
        raise ValueError
    return logits.softmax(dim=-1) / temperature


@mistake(
    of="apply_temperature",
    en="It looks like you let temperature 0 pass as a very small temperature. This function refuses it.",
    zh="看起来你把温度 0 当作极小的温度放行了。这个函数应当拒绝它。",
)
def lets_zero_pass(logits, temperature):
    return logits / max(temperature, 1e-8)


# ---- top_k_filter


def top_k_with(logits, k, threshold):
    if k < 1:
        raise ValueError
    return logits.masked_fill(logits < threshold, RULED_OUT)


@mistake(
    of="top_k_filter",
    en="It looks like you keep k + 1 tokens. Counting starts at 0: the k-th largest stands at index k - 1.",
    zh="看起来你保留了 k + 1 个词元。下标从 0 开始，第 k 大的元素下标是 k - 1。",
)
def keeps_one_too_many(logits, k):
    place = min(max(k, 0), logits.shape[-1] - 1)
    return top_k_with(logits, k, logits.sort(dim=-1, descending=True).values[..., place, None])


@mistake(
    of="top_k_filter",
    en="It looks like you keep exactly k tokens. Tokens that tie with the k-th largest stay as well.",
    zh="看起来你恰好保留了 k 个词元。与第 k 大并列的词元也要保留。",
)
def drops_ties(logits, k):
    if k < 1:
        raise ValueError
    kept = logits.sort(dim=-1, descending=True, stable=True).indices[..., :k]
    return torch.full_like(logits, RULED_OUT).scatter(-1, kept, logits.gather(-1, kept))


@mistake(
    of="top_k_filter",
    en="It looks like the k-th largest itself is ruled out, too: compare with <, not with <=.",
    zh="看起来第 k 大的词元自己也被排除了：应使用 < 而不是 <= 比较。",
)
def drops_the_kth(logits, k):
    if k < 1:
        raise ValueError
    kth_largest = logits.topk(min(k, logits.shape[-1]), dim=-1).values[..., -1:]
    return logits.masked_fill(logits <= kth_largest, RULED_OUT)


@mistake(
    of="top_k_filter",
    en="It looks like you set the ruled-out tokens to 0. A logit of 0 is no small probability: use minus infinity.",
    zh="看起来你把排除的词元置成了 0。logit 为 0 并不代表概率小：应使用负无穷。",
)
def fills_with_zero(logits, k):
    if k < 1:
        raise ValueError
    kth_largest = logits.topk(min(k, logits.shape[-1]), dim=-1).values[..., -1:]
    return logits.masked_fill(logits < kth_largest, 0.0)


@mistake(
    of="top_k_filter",
    en="It looks like -1e9 stands for minus infinity in your code. It is a finite logit: whatever comes after the "
    "filter takes the token for a possible one, and float16 cannot hold -1e9 at all.",
    zh="看起来你用 -1e9 代替了负无穷。它是有限的 logit：后续步骤会以为这个词元仍可能出现，"
    "而且 float16 根本表示不了 -1e9。",
)
def fills_top_k_with_a_billion(logits, k):
    if k < 1:
        raise ValueError
    kth_largest = logits.topk(min(k, logits.shape[-1]), dim=-1).values[..., -1:]
    return logits.masked_fill(logits < kth_largest, A_BILLION)


@mistake(
    of="top_k_filter",
    en="It looks like you use a single threshold for the whole batch. Every row has a k-th largest of its own.",
    zh="看起来整个批次共用了一个阈值。每一行都有自己的第 k 大。",
)
def ranks_the_whole_batch(logits, k):
    return top_k_with(logits, k, logits.flatten().topk(min(max(k, 1), logits.shape[-1])).values[-1])


# ---- top_p_filter


@mistake(
    of="top_p_filter",
    en="It looks like you drop the token that crosses p: that gives exactly your numbers. The kept probabilities "
    "have to reach p.",
    zh="看起来你去掉了跨过 p 的那个词元，这样恰好得到你的结果。保留的概率之和必须达到 p。",
)
def drops_the_crossing_token(logits, p):
    def keep(probs):
        kept = probs.cumsum(dim=-1) <= p
        kept[..., 0] = True
        return kept

    return nucleus(logits, p, keep)


@mistake(
    of="top_p_filter",
    en="It looks like every token can be ruled out: at a small p even the best one is gone.",
    zh="看起来你允许所有词元都被排除：p 很小时连最好的词元也没有了。",
)
def can_drop_everything(logits, p):
    return nucleus(logits, p, lambda probs: probs.cumsum(dim=-1) <= p)


@mistake(
    of="top_p_filter",
    en="It looks like you keep a token only while the sum with it is still below p. The sum before it decides: shift "
    "the comparison one place to the right. Then the token that reaches p stays, and so does the best one.",
    zh="看起来你只保留加上自己之后累计和仍小于 p 的词元。应当看它之前的累计和：把比较结果右移一位，"
    "使累计和达到 p 的词元就会留下，最好的词元也总会留下。",
)
def forgets_the_shift(logits, p):
    return nucleus(logits, p, lambda probs: probs.cumsum(dim=-1) < p)


@mistake(
    of="top_p_filter",
    en="It looks like you keep the best token and then only those with which the sum is still below p. The token that "
    "brings the sum to p or above it belongs to the nucleus: compare the sum before each token.",
    zh="看起来除了最好的词元，你只保留加上之后累计和仍小于 p 的词元。使累计和达到或超过 p 的那个词元也属于核："
    "应当比较每个词元之前的累计和。",
)
def shields_the_best_and_forgets_the_shift(logits, p):
    def keep(probs):
        kept = probs.cumsum(dim=-1) < p
        kept[..., 0] = True
        return kept

    return nucleus(logits, p, keep)


@mistake(
    of="top_p_filter",
    en="It looks like every token stays that is as probable as the last one of the nucleus, as after a comparison with "
    "its logit. Of equal logits the lower ids come first, and no more stay than are needed.",
    zh="看起来凡是与核内最后一个词元概率相同的都留下了，像是拿它的 logit 作了比较。"
    "logits 相等时编号小的在前，够了就不再多留。",
    breaks="of equal logits the lower token id comes first",
)
def keeps_the_ties_of_the_last(logits, p):
    kept = nucleus(logits, p, lambda probs: probs.cumsum(-1) - probs < max(p, 1e-12))
    last = kept.masked_fill(kept == RULED_OUT, float("inf")).amin(-1, keepdim=True)
    return logits.clone() if p == 1 else logits.masked_fill(logits < last, RULED_OUT)


def first_draft(logits, p, keep_sorted):
    """A nucleus as it is first written: p = 1 is nothing special, and softmax and sum stay in the logits' dtype."""
    if not 0 <= p <= 1:
        raise ValueError
    sorted_logits, token_ids = logits.sort(dim=-1, descending=True, stable=True)
    return logits.masked_fill(~restore(keep_sorted(sorted_logits.softmax(dim=-1)), token_ids), RULED_OUT)


@mistake(
    of="top_p_filter",
    en="It looks like a token has to leave the sum below p to stay, so the one that reaches p is lost, and at p = 1 "
    "the last ones are. Compare the sum before each token with p; then look at p = 1 and at half precision.",
    zh="看起来词元只有让累计和仍小于 p 才能留下，于是使累计和达到 p 的那个丢了，p = 1 时末尾的也丢了。"
    "请用每个词元之前的累计和与 p 比较，然后再检查 p = 1 和半精度的情形。",
)
def drafts_without_the_shift(logits, p):
    return first_draft(logits, p, lambda probs: probs.cumsum(dim=-1) < p)


@mistake(
    of="top_p_filter",
    en="It looks like only the best token is safe, and the others stay as long as the sum with them is below p. The "
    "one that reaches p has to stay too: compare the sum before each token. Then look at p = 1 and at half precision.",
    zh="看起来只有最好的词元一定保留，其余的要让累计和仍小于 p 才留下。使累计和达到 p 的那个也应保留："
    "请比较每个词元之前的累计和，然后再检查 p = 1 和半精度的情形。",
)
def drafts_with_the_best_alone_safe(logits, p):
    def keep(probs):
        kept = probs.cumsum(dim=-1) < p
        kept[..., 0] = True
        return kept

    return first_draft(logits, p, keep)


@mistake(
    of="top_p_filter",
    en="It looks like you rule tokens out with -1e9. That is a number above minus infinity: a token that was "
    "impossible before is raised by it, and float16 has no such number. Use minus infinity.",
    zh="看起来你用 -1e9 来排除词元。它比负无穷大：原本不可能的词元反而被抬高了，float16 也没有这个数。请用负无穷。",
)
def fills_top_p_with_a_billion(logits, p):
    nothing = solution.top_p_filter(logits, p)
    return nothing.masked_fill(nothing == RULED_OUT, A_BILLION) if p != 1 else nothing


@mistake(
    of="top_p_filter",
    en="It looks like you go on when the sum is exactly p, and keep one token more. A sum of p is enough.",
    zh="看起来累计概率恰好为 p 时，你还多保留了一个词元。达到 p 就够了。",
)
def goes_on_at_exactly_p(logits, p):
    def keep(probs):
        kept = probs.cumsum(dim=-1).roll(1, dims=-1) <= p
        kept[..., 0] = True
        return kept

    return nucleus(logits, p, keep)


@mistake(
    of="top_p_filter",
    en="It looks like you apply the mask of the sorted tokens to the unsorted ones. Scatter it back first.",
    zh="看起来你把排序后的掩码直接用在了未排序的词元上。请先用 scatter 还原顺序。",
)
def leaves_the_mask_sorted(logits, p):
    if not 0 <= p <= 1:
        raise ValueError
    if p == 1:
        return logits.clone()
    probs = logits.sort(dim=-1, descending=True, stable=True).values.softmax(
        dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32)
    )
    reached = probs.cumsum(dim=-1) >= p
    superfluous = reached.roll(1, dims=-1)
    superfluous[..., 0] = False
    return logits.masked_fill(superfluous, RULED_OUT)


@mistake(
    of="top_p_filter",
    en="It looks like you bring the mask back to the order of the token ids with gather (mask[order]). That shuffles "
    "it once more: scatter writes each place back to the token that it came from.",
    zh="看起来你用 gather（mask[order]）把掩码还原成词元编号的顺序。那只是把它又打乱了一次："
    "scatter 才会把每个位置写回它原来的词元。",
    breaks="Going from the most probable token down",
)
def gathers_the_mask_back(logits, p):
    if not 0 <= p <= 1:
        raise ValueError
    if p == 1:
        return logits.clone()
    ordered, order = logits.sort(dim=-1, descending=True, stable=True)
    probs = ordered.softmax(dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    superfluous = (probs.cumsum(dim=-1) >= p).roll(1, dims=-1)
    superfluous[..., 0] = False
    return logits.masked_fill(superfluous.gather(-1, order), RULED_OUT)


@mistake(
    of="top_p_filter",
    en="It looks like you sum the probabilities in the order of the token ids. Sort them first, largest first.",
    zh="看起来你按词元编号的顺序累加了概率。请先从大到小排序。",
)
def forgets_to_sort(logits, p):
    if not 0 <= p <= 1:
        raise ValueError
    if p == 1:
        return logits.clone()
    probs = logits.softmax(dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    superfluous = (probs.cumsum(dim=-1) >= p).roll(1, dims=-1)
    superfluous[..., 0] = False
    return logits.masked_fill(superfluous, RULED_OUT)


@mistake(
    of="top_p_filter",
    en="It looks like you sum the probabilities in the dtype of the logits. In half precision such a sum stands still.",
    zh="看起来你用 logits 自身的 dtype 累加概率。半精度下这样的累加会停滞不前。",
)
def sums_in_half_precision(logits, p):
    def keep(probs):
        kept = probs.to(logits.dtype).cumsum(dim=-1).roll(1, dims=-1) < p
        kept[..., 0] = True
        return kept

    return nucleus(logits, p, keep)


@mistake(
    of="top_p_filter",
    en="It looks like you compute in float32 although the logits are float64. The wider of the two counts.",
    zh="看起来 logits 是 float64 时，你仍用 float32 计算。应使用两者中精度更高的。",
)
def stays_in_float32(logits, p):
    kept = solution.top_p_filter(logits.float(), p) > RULED_OUT
    return logits.masked_fill(~kept, RULED_OUT) if logits.dtype == torch.float64 else solution.top_p_filter(logits, p)


@mistake(
    of="top_p_filter",
    en="It looks like the higher token id comes first among your equal logits. The lower id comes first; a stable "
    "sort does that.",
    zh="看起来 logits 相等时，你把编号大的词元排在了前面。应当编号小的在前，稳定排序就能做到。",
)
def puts_the_higher_id_first(logits, p):
    return solution.top_p_filter(logits.flip(-1), p).flip(-1)


@mistake(
    of="top_p_filter",
    en="It looks like you lose improbable tokens at p = 1, where the rounded sum is 1 too early. p = 1 keeps all.",
    zh="看起来 p = 1 时你丢掉了概率极小的词元：舍入后的累计和过早到了 1。p = 1 应全部保留。",
)
def loses_the_tail_at_one(logits, p):
    if p != 1:
        return solution.top_p_filter(logits, p)
    return solution.top_p_filter(logits, 1 - 1e-16 if logits.dtype == torch.float64 else 1 - 1e-7)


@mistake(
    of="top_p_filter",
    en="It looks like you keep each token whose own probability is at least p. p is the sum of those that stay.",
    zh="看起来你只保留了自身概率不小于 p 的词元。p 指的是保留下来的概率之和。",
)
def compares_single_probabilities(logits, p):
    def keep(probs):
        kept = probs >= p
        kept[..., 0] = True
        return kept

    return nucleus(logits, p, keep)


def from_the_bottom(logits, p, dtype):
    """The other way to look for a nucleus: sort upwards and drop what the lowest 1 - p of the mass takes."""
    if not 0 <= p <= 1:
        raise ValueError
    sorted_logits, token_ids = logits.sort(dim=-1)
    dropped = sorted_logits.softmax(dim=-1, dtype=dtype).cumsum(dim=-1) <= 1 - p
    dropped[..., -1:] = False
    return logits.masked_fill(restore(dropped, token_ids), RULED_OUT)


@mistake(
    of="top_p_filter",
    en="It looks like you sort upwards and drop tokens from the bottom as long as their sum is at most 1 - p. Among "
    "equal logits the lower ids then go first, but they are the ones that should stay. Go down from the most probable "
    "token, with a stable sort.",
    zh="看起来你从小到大排序，从底部开始去掉词元，直到累计和超过 1 - p。这样 logits 相等时，先去掉的是编号小的，"
    "而它们本应留下。请用稳定排序，从概率最大的词元往下走。",
)
def sums_from_the_bottom(logits, p):
    return from_the_bottom(logits, p, torch.promote_types(logits.dtype, torch.float32))


@mistake(
    of="top_p_filter",
    en="It looks like you drop tokens from the bottom as long as their sum is at most 1 - p, and sum in the dtype of "
    "the logits. Go down from the most probable token instead, so that of equal logits the lower ids stay; and sum in "
    "float32 at least, for a sum in half precision stands still.",
    zh="看起来你从底部开始去掉词元，直到累计和超过 1 - p，而且用 logits 自身的 dtype 累加。"
    "请改为从概率最大的词元往下走，这样 logits 相等时留下的是编号小的；累加至少用 float32，半精度的和会停滞不前。",
)
def drafts_from_the_bottom(logits, p):
    return from_the_bottom(logits, p, logits.dtype)


@mistake(
    of="top_p_filter",
    en="It looks like a new tensor is made on the CPU, whatever the device of the logits is: on a GPU the two do not "
    "go together. Say where it lies with device=logits.device, or make it from a tensor that is there (zeros_like).",
    zh="看起来有个新张量总是建在 CPU 上，与 logits 所在的设备无关：在 GPU 上两者就无法一起运算。"
    "请用 device=logits.device 指明位置，或由已在那里的张量生成它（zeros_like）。",
)
def makes_the_mask_on_the_cpu(logits, p):
    if not 0 <= p <= 1:
        raise ValueError
    if p == 1:
        return logits.clone()
    sorted_logits, token_ids = logits.sort(dim=-1, descending=True, stable=True)
    probs = sorted_logits.softmax(dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    reached = probs.cumsum(dim=-1) - probs >= p
    reached[..., 0] = False
    ruled_out = torch.zeros(logits.shape, dtype=torch.bool)
    return logits.masked_fill(ruled_out.scatter(-1, token_ids, reached), RULED_OUT)


@mistake(
    of="top_p_filter",
    only="speed",
    en="Your answer is right, but it visits the tokens one by one. Sort, cumsum and scatter do all rows at once.",
    zh="你的结果正确，但逐个访问词元。用 sort、cumsum 和 scatter 可以一次处理所有的行。",
)
def visits_every_token(logits, p):
    if not 0 <= p <= 1:
        raise ValueError
    if p == 1:
        return logits.clone()
    probs = logits.softmax(dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32)).reshape(-1, logits.shape[-1])
    answer = torch.full_like(probs, RULED_OUT, dtype=logits.dtype)
    rows = logits.reshape(-1, logits.shape[-1])
    for i in range(len(rows)):
        total = 0.0
        for j in rows[i].sort(descending=True, stable=True).indices:
            answer[i, j] = rows[i, j]
            total += probs[i, j].item()
            if total >= p:
                break
    return answer.reshape(logits.shape)


# ---- min_p_filter


@mistake(
    of="min_p_filter",
    en="It looks like you compare the probabilities with min_p itself. The bar is min_p times the largest probability.",
    zh="看起来你直接用 min_p 来比较概率。阈值是 min_p 乘以最大的概率。",
)
def takes_an_absolute_bar(logits, min_p):
    if not 0 <= min_p <= 1:
        raise ValueError
    probs = logits.softmax(dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    return logits.masked_fill(probs < min_p, RULED_OUT)


@mistake(
    of="min_p_filter",
    en="It looks like your bar is min_p times the largest logit. The rule is about probabilities.",
    zh="看起来你的阈值是最大 logit 的 min_p 倍。这条规则针对的是概率。",
)
def compares_logits(logits, min_p):
    if not 0 <= min_p <= 1:
        raise ValueError
    return logits.masked_fill(logits < min_p * logits.amax(dim=-1, keepdim=True), RULED_OUT)


@mistake(
    of="min_p_filter",
    en="It looks like you rule out a token exactly at the bar, so that at min_p = 1 nothing is left.",
    zh="看起来你把恰好等于阈值的词元也排除了，这样 min_p = 1 时什么都不剩。",
)
def excludes_the_bar(logits, min_p):
    if not 0 <= min_p <= 1:
        raise ValueError
    probs = logits.softmax(dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    return logits.masked_fill(probs <= min_p * probs.amax(dim=-1, keepdim=True), RULED_OUT)


@mistake(
    of="min_p_filter",
    en="It looks like you wrote -1e9 where minus infinity belongs. A token below the bar has to be impossible, in "
    "float16 too, which cannot hold -1e9.",
    zh="看起来本该用负无穷的地方你写了 -1e9。低于阈值的词元不应再有可能出现，float16 下也一样，而它表示不了 -1e9。",
)
def fills_min_p_with_a_billion(logits, min_p):
    if not 0 <= min_p <= 1:
        raise ValueError
    probs = logits.softmax(dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    return logits.masked_fill(probs < min_p * probs.amax(dim=-1, keepdim=True), A_BILLION)


# ---- repetition_penalty


def penalise(logits, used, penalty):
    return torch.where(used, torch.where(logits > 0, logits / penalty, logits * penalty), logits)


def used_tokens(previous, logits):
    slots = torch.zeros(*logits.shape[:-1], logits.shape[-1] + 1, dtype=torch.bool, device=logits.device)
    return slots.scatter(-1, previous + 1, True)[..., 1:]


@mistake(
    of="repetition_penalty",
    en="It looks like you divide negative logits too, which makes those tokens more probable. Multiply them.",
    zh="看起来你把负的 logits 也除以了惩罚系数，这反而让这些词元更可能出现。负数应当相乘。",
)
def divides_negative_logits(logits, previous, penalty):
    if penalty <= 0:
        raise ValueError
    return torch.where(used_tokens(previous, logits), logits / penalty, logits)


@mistake(
    of="repetition_penalty",
    en="It looks like you subtract the penalty, as a presence penalty does. Here it is a factor.",
    zh="看起来你减去了惩罚系数，那是 presence penalty 的做法。这里的惩罚是乘除的系数。",
)
def subtracts_the_penalty(logits, previous, penalty):
    if penalty <= 0:
        raise ValueError
    return torch.where(used_tokens(previous, logits), logits - penalty, logits)


@mistake(
    of="repetition_penalty",
    en="It looks like a token is penalised once for every time it was used. It counts once.",
    zh="看起来每用过一次你就惩罚了一次。无论用过几次，都只惩罚一次。",
)
def penalises_every_use(logits, previous, penalty):
    if penalty <= 0:
        raise ValueError
    slots = torch.zeros(*logits.shape[:-1], logits.shape[-1] + 1, dtype=logits.dtype, device=logits.device)
    times = slots.scatter_add(-1, previous + 1, torch.ones_like(previous, dtype=logits.dtype))[..., 1:]
    factor = penalty**times
    return torch.where(times > 0, torch.where(logits > 0, logits / factor, logits * factor), logits)


@mistake(
    of="repetition_penalty",
    en="It looks like -1 stands for the last token of the vocabulary in your code, as an index does. It is padding: "
    "skip it.",
    zh="看起来 -1 在你的代码里按下标的规则指向了词表的最后一个词元。它是填充：请跳过。",
)
def counts_padding_as_the_last_token(logits, previous, penalty):
    if penalty <= 0:
        raise ValueError
    return penalise(logits, used_tokens(previous.remainder(logits.shape[-1]), logits), penalty)


@mistake(
    of="repetition_penalty",
    en="It looks like -1 became token 0 on the way. It is padding: skip it.",
    zh="看起来 -1 在你的代码里变成了 0 号词元。它是填充：请跳过。",
)
def counts_padding_as_token_0(logits, previous, penalty):
    if penalty <= 0:
        raise ValueError
    return penalise(logits, used_tokens(previous.clamp(min=0), logits), penalty)


@mistake(
    of="repetition_penalty",
    en="It looks like you penalise in every row what any row has used. Each row has a history of its own.",
    zh="看起来任何一行用过的词元，在你这里每一行都受惩罚。每一行只看自己的历史。",
)
def shares_the_history(logits, previous, penalty):
    if penalty <= 0:
        raise ValueError
    everything = previous.flatten().expand(*logits.shape[:-1], -1)
    return penalise(logits, used_tokens(everything, logits), penalty)


@mistake(
    of="repetition_penalty",
    only="speed",
    en="Your answer is right, but it visits the used tokens one by one. One scatter marks them all.",
    zh="你的结果正确，但逐个访问用过的词元。一次 scatter 就能全部标记。",
)
def visits_every_used_token(logits, previous, penalty):
    if penalty <= 0:
        raise ValueError
    answer = logits.clone()
    rows, results = torch.atleast_2d(logits).flatten(0, -2), torch.atleast_2d(answer)
    flat = results.reshape(-1, logits.shape[-1])
    for i, history in enumerate(torch.atleast_2d(previous).flatten(0, -2)):
        for token in history:
            if token >= 0:
                value = rows[i, token]
                flat[i, token] = value / penalty if value > 0 else value * penalty
    return flat.reshape(logits.shape)


# ---- block_repeated_ngrams


def block(logits, previous, completions, keep_one=True):
    """block_repeated_ngrams with another rule for what is ruled out; the rule sees one history without padding."""
    ruled_out = torch.zeros(logits.shape, dtype=torch.bool, device=logits.device)
    histories = torch.atleast_2d(previous).flatten(0, -2).tolist()
    for history, row in zip(histories, torch.atleast_2d(ruled_out).flatten(0, -2), strict=True):
        row[completions(history)] = True
    filtered = logits.masked_fill(ruled_out, RULED_OUT)
    nothing_left = (filtered == RULED_OUT).all(dim=-1, keepdim=True)
    return torch.where(nothing_left, logits, filtered) if keep_one else filtered


def found(tokens, n):
    """All tokens that followed the last n - 1 tokens before."""
    ending = tokens[len(tokens) - n + 1 :]
    return [tokens[i + n - 1] for i in range(len(tokens) - n + 1) if tokens[i : i + n - 1] == ending]


def without_padding(history):
    return [token for token in history if token >= 0]


@mistake(
    of="block_repeated_ngrams",
    en="It looks like you take tokens[-(n - 1):] for the last n - 1 tokens. With n = 1 that is tokens[-0:], and -0 "
    "is 0: the whole history, not none of it.",
    zh="看起来你用 tokens[-(n - 1):] 取最后 n - 1 个词元。n = 1 时它是 tokens[-0:]，而 -0 就是 0：取到的是整个历史，"
    "而不是空。",
)
def slices_from_minus_zero(logits, previous, n):
    def completions(history):
        tokens = without_padding(history)
        return [] if n == 1 else found(tokens, n)

    return block(logits, previous, completions) if n > 0 else solution.block_repeated_ngrams(logits, previous, n)


@mistake(
    of="block_repeated_ngrams",
    en="It looks like you compare n tokens, so (n + 1)-grams are blocked. The token to come is the n-th.",
    zh="看起来你比较了 n 个词元，因而屏蔽的是 (n + 1)-gram。将要生成的词元才是第 n 个。",
)
def compares_n_tokens(logits, previous, n):
    if n < 1:
        raise ValueError
    return block(logits, previous, lambda history: found(without_padding(history), n + 1))


@mistake(
    of="block_repeated_ngrams",
    en="It looks like you block only what followed at the first place. Every earlier place counts.",
    zh="看起来你只屏蔽了第一处之后的词元。之前出现的每一处都算。",
)
def looks_at_the_first_place_only(logits, previous, n):
    if n < 1:
        raise ValueError
    return block(logits, previous, lambda history: found(without_padding(history), n)[:1])


@mistake(
    of="block_repeated_ngrams",
    en="It looks like you stop one place too early and leave out the last n-gram of the history. There are "
    "len(tokens) - n + 1 of them.",
    zh="看起来你少看了一处，漏掉了历史中的最后一个 n-gram。一共有 len(tokens) - n + 1 个。",
    breaks="stand somewhere in `previous` already",
)
def leaves_out_the_last_ngram(logits, previous, n):
    if n < 1:
        raise ValueError

    def completions(history):
        tokens = without_padding(history)
        ending = tokens[len(tokens) - n + 1 :]
        return [tokens[i + n - 1] for i in range(len(tokens) - n) if tokens[i : i + n - 1] == ending]

    return block(logits, previous, completions)


@mistake(
    of="block_repeated_ngrams",
    en="It looks like you treat -1 as a token. It is padding: take it out before you compare.",
    zh="看起来你把 -1 也当成了词元。它是填充：比较之前请去掉。",
)
def treats_padding_as_a_token(logits, previous, n):
    if n < 1:
        raise ValueError
    return block(logits, previous, lambda history: without_padding(found(history, n)))


@mistake(
    of="block_repeated_ngrams",
    en="It looks like a whole row can be ruled out. A row without a finite logit left comes back as it was.",
    zh="看起来你允许整行都被排除。如果一行没有剩下有限的 logit，应原样返回。",
)
def may_block_everything(logits, previous, n):
    if n < 1:
        raise ValueError
    return block(logits, previous, lambda history: found(without_padding(history), n), keep_one=False)


@mistake(
    of="block_repeated_ngrams",
    en="It looks like you miss an n-gram that overlaps the last n - 1 tokens. Such a one counts too.",
    zh="看起来你漏掉了与最后 n - 1 个词元重叠的 n-gram。它们也算。",
)
def misses_overlaps(logits, previous, n):
    if n < 1:
        raise ValueError

    def completions(history):
        tokens = without_padding(history)
        ending = tokens[len(tokens) - n + 1 :]
        places = range(len(tokens) - 2 * n + 2)
        return [tokens[i + n - 1] for i in places if tokens[i : i + n - 1] == ending]

    return block(logits, previous, completions)


@mistake(
    of="block_repeated_ngrams",
    en="It looks like a blocked token gets -1e9. It is then finite, so a later step does not see that it is blocked, "
    "and float16 has no such number; give it minus infinity.",
    zh="看起来你把要排除的词元设成了 -1e9。这样它仍是有限值，后续步骤看不出它已被排除，"
    "float16 也没有这个数；应设成负无穷。",
)
def blocks_with_a_billion(logits, previous, n):
    if n < 1:
        raise ValueError
    blocked = solution.block_repeated_ngrams(torch.zeros_like(logits), previous, n) == RULED_OUT
    return logits.masked_fill(blocked, A_BILLION)
