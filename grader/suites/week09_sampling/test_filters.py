"""Hidden suite of week 09, filters.

Sizes are distinct primes, so that a swapped axis cannot go unnoticed.
Comparisons that turn on a cumulative sum use float64 and random logits, where no sum lies within rounding of p,
or probabilities that are powers of two, where every way of summing gives the same number.
Not covered: gradients (a filter stands after the model at inference), rows without any finite logit.
"""

import math

import torch

from grader.suite import assert_raises, assert_same, claims, expect, follows_device, points, unchanged

BATCH, ROWS, VOCAB, LENGTH = 3, 5, 11, 7
INF = math.inf


def logits_of(probs, device, dtype=torch.float64):
    """Logits whose softmax is `probs`; a constant is added, for logits are free up to one."""
    return torch.tensor(probs, dtype=torch.float64, device=device).log().add(3.0).to(dtype)


def tensor(values, device, dtype=torch.float64):
    return torch.tensor(values, dtype=dtype, device=device)


def keeping(logits, *kept):
    """The logits with minus infinity everywhere but at the ids `kept`."""
    expected = torch.full_like(logits, -INF)
    expected[..., list(kept)] = logits[..., list(kept)]
    return expected


# ---- apply_temperature


@points(1)
@claims("Divides the logits by the temperature", "Nothing is ruled out")
def test_temperature_divides(student, device):
    """Temperature 2 halves the logits, 0.5 doubles them, and a thousandth makes them a thousand times as large.

    温度为 2 时 logits 减半，为 0.5 时加倍，为千分之一时变为一千倍。
    """
    logits = tensor([[2.0, -4.0, -INF], [0.0, 1.0, 6.0]], device)

    assert_same(student.apply_temperature(logits, 2.0), tensor([[1.0, -2.0, -INF], [0.0, 0.5, 3.0]], device))
    assert_same(student.apply_temperature(logits, 0.5), tensor([[4.0, -8.0, -INF], [0.0, 2.0, 12.0]], device))
    assert_same(student.apply_temperature(logits, 0.001), logits * 1000)


# ---- top_k_filter


@points(1)
def test_top_k_keeps_the_k_largest_of_each_row(student, device):
    """With k = 2 the two largest logits of each row stay as they are, the others become minus infinity.

    k = 2 时，每一行最大的两个 logits 原样保留，其余变成负无穷。
    """
    logits = tensor([[1.0, 5.0, 3.0, 2.0], [-7.0, -9.0, -8.0, -6.0]], device)

    assert_same(student.top_k_filter(logits, 2), tensor([[-INF, 5.0, 3.0, -INF], [-7.0, -INF, -INF, -6.0]], device))


@points(1)
@claims("every token whose logit equals the k-th largest stays, so more than k may stay")
def test_top_k_keeps_ties(student, device):
    """Every token that ties with the k-th largest logit stays: [3, 2, 2, 1] with k = 2 keeps three.

    与第 k 大的 logit 并列的词元全部保留：[3, 2, 2, 1] 在 k = 2 时保留三个。
    """
    logits = tensor([3.0, 2.0, 2.0, 1.0], device)

    assert_same(student.top_k_filter(logits, 2), tensor([3.0, 2.0, 2.0, -INF], device))


@points(1)
@claims("A k beyond the size of the vocabulary keeps everything")
def test_top_k_beyond_the_vocabulary_keeps_everything(student, rng):
    """A k that is as large as the vocabulary, or larger, keeps every token; one less drops one.

    k 等于或大于词表大小时，所有词元都保留；少 1 就去掉一个。
    """
    logits = rng.normal(BATCH, VOCAB)

    assert_same(student.top_k_filter(logits, VOCAB), logits)
    assert_same(student.top_k_filter(logits, VOCAB + 6), logits)
    dropped = logits.masked_fill(logits == logits.amin(-1, keepdim=True), -INF)
    assert_same(student.top_k_filter(logits, VOCAB - 1), dropped)


@points(1)
def test_top_k_agrees_with_the_reference(student, reference, rng):
    """The answer agrees with the reference for two batch axes and a non-contiguous view, k = 1 included.

    有两个批次轴、输入是非连续视图时，结果与参考答案一致，k = 1 也不例外。
    """
    logits = rng.normal(ROWS, BATCH, VOCAB, dtype=torch.float64).transpose(0, 1)

    for k in (1, 5):
        assert_same(student.top_k_filter(logits, k), reference.top_k_filter(logits, k))


# ---- top_p_filter


@points(2)
@claims("the token with which the sum crosses p stays")
def test_top_p_keeps_the_token_that_crosses(student, device):
    """Of 0.5, 0.3, 0.15, 0.05 in any order, p = 0.75 keeps two tokens, p = 0.9 three, p = 0.4 one.

    概率为 0.5、0.3、0.15、0.05（顺序任意）时，p = 0.75 保留两个词元，p = 0.9 保留三个，p = 0.4 保留一个。
    """
    logits = logits_of([0.15, 0.5, 0.05, 0.3], device)

    assert_same(student.top_p_filter(logits, 0.75), keeping(logits, 1, 3))
    assert_same(student.top_p_filter(logits, 0.9), keeping(logits, 0, 1, 3))
    assert_same(student.top_p_filter(logits, 0.4), keeping(logits, 1))


@points(1)
@claims("At least one token stays, even at p = 0")
def test_top_p_never_drops_everything(student, rng):
    """At p = 0 and at a tiny p exactly the most probable token of each row stays.

    p = 0 或 p 极小时，每一行恰好保留概率最大的那个词元。
    """
    logits = rng.normal(BATCH, VOCAB)
    best = logits.masked_fill(logits < logits.amax(-1, keepdim=True), -INF)

    assert_same(student.top_p_filter(logits, 0.0), best)
    assert_same(student.top_p_filter(logits, 1e-9), best)


@points(1)
@claims("and a sum of exactly p is enough", "Ties: of equal logits the lower token id comes first")
def test_top_p_stops_when_the_sum_reaches_p(student, device):
    """A sum of exactly p is enough, and of equal logits the lower id comes first: four equal tokens at p = 0.5 leave
    ids 0 and 1.

    累计概率恰好等于 p 就够了，logits 相等时编号小的词元在前：四个相等的词元在 p = 0.5 时剩下编号 0 和 1。
    """
    equal = torch.full((2, 4), 1.5, device=device)
    mixed = logits_of([0.125, 0.25, 0.125, 0.25, 0.25], device)

    assert_same(student.top_p_filter(equal, 0.5), keeping(equal, 0, 1))
    assert_same(student.top_p_filter(mixed, 0.45), keeping(mixed, 1, 3))
    assert_same(student.top_p_filter(mixed, 0.8), keeping(mixed, 0, 1, 3, 4))


@points(1)
@claims("p = 1 keeps everything")
def test_top_p_of_one_keeps_everything(student, rng):
    """p = 1 keeps every token, also those so improbable that the rounded sum reaches 1 before them.

    p = 1 保留所有词元，包括那些概率极小、舍入后的累计和在它们之前就已到 1 的词元。
    """
    logits = rng.normal(BATCH, VOCAB)
    logits[:, ::2] -= 60.0

    assert_same(student.top_p_filter(logits, 1.0), logits)


@points(1)
@claims("Probabilities are computed and summed in float32")
def test_top_p_sums_in_float32_at_least(student, device):
    """2048 equal tokens in bfloat16 leave 1024 at p = 0.5: the probabilities are summed in float32 or wider.

    bfloat16 下 2048 个相等的词元在 p = 0.5 时剩下 1024 个：概率要用 float32 或更高精度累加。
    """
    logits = torch.full((2048,), 0.5, dtype=torch.bfloat16, device=device)

    assert_same(student.top_p_filter(logits, 0.5), keeping(logits, *range(1024)))


@points(1)
@claims("or in the dtype of the logits if that is wider")
def test_top_p_of_float64_sums_in_float64(student, rng, device):
    """float64 logits are summed in float64: a sum that is 1e-10 above p = 0.75 reaches it, one that is 1e-10 below does
    not.

    float64 的 logits 用 float64 累加：比 p = 0.75 多 1e-10 的和达到了它，少 1e-10 的则没有。
    """
    first = rng.uniform(101, 1, low=0.4, high=0.49, dtype=torch.float64)
    third = torch.full_like(first, 0.25)
    above = torch.cat([first, 0.75 + 1e-10 - first, third - 1e-10], dim=-1).log()
    below = torch.cat([first, 0.75 - 1e-10 - first, third + 1e-10], dim=-1).log()

    assert_same(student.top_p_filter(above, 0.75), keeping(above, 0, 1))
    assert_same(student.top_p_filter(below, 0.75), below)


@points(1)
def test_top_p_agrees_with_the_reference(student, reference, rng):
    """The answer agrees with the reference for two batch axes, with large logits and a non-contiguous view.

    有两个批次轴、logits 很大、输入是非连续视图时，结果与参考答案一致。
    """
    logits = rng.normal(ROWS, BATCH, VOCAB, dtype=torch.float64).transpose(0, 1)

    for p in (0.3, 0.62, 0.95):
        assert_same(student.top_p_filter(logits * 2 + 500, p), reference.top_p_filter(logits * 2 + 500, p))


# ---- min_p_filter


@points(1)
@claims("The bar is min_p times the largest probability of the row")
def test_min_p_is_relative_to_the_best_token(student, device):
    """min_p = 0.4 keeps what has at least 0.4 times the probability of the best: a sure row keeps less than an unsure
    one.

    min_p = 0.4 保留概率至少为最大概率 0.4 倍的词元：把握大的行留得少，把握小的行留得多。
    """
    sure, unsure = logits_of([0.08, 0.8, 0.12], device), logits_of([0.25, 0.2, 0.1, 0.1, 0.05, 0.3], device)

    assert_same(student.min_p_filter(sure, 0.4), keeping(sure, 1))
    assert_same(student.min_p_filter(unsure, 0.4), keeping(unsure, 0, 1, 5))
    assert_same(student.min_p_filter(unsure, 0.25), keeping(unsure, 0, 1, 2, 3, 5))


@points(1)
@claims("min_p = 1 keeps the best token and its ties, min_p = 0 keeps everything")
def test_min_p_at_its_ends(student, device):
    """min_p = 0 keeps everything, min_p = 1 keeps the best token and its ties.

    min_p = 0 全部保留，min_p = 1 保留最好的词元以及与它并列的。
    """
    logits = tensor([[0.0, 2.0, 2.0, -200.0], [1.0, -900.0, -3.0, 0.5]], device)

    assert_same(student.min_p_filter(logits, 0.0), logits)
    assert_same(student.min_p_filter(logits, 1.0), tensor([[-INF, 2.0, 2.0, -INF], [1.0, -INF, -INF, -INF]], device))


@points(1)
def test_min_p_agrees_with_the_reference(student, reference, rng):
    """The answer agrees with the reference for two batch axes, with negative logits and a non-contiguous view.

    有两个批次轴、logits 为负、输入是非连续视图时，结果与参考答案一致。
    """
    logits = rng.normal(ROWS, BATCH, VOCAB, dtype=torch.float64).transpose(0, 1) - 40

    for min_p in (0.05, 0.3, 0.9):
        assert_same(student.min_p_filter(logits, min_p), reference.min_p_filter(logits, min_p))


# ---- repetition_penalty


@points(1)
@claims(
    "A positive logit of a used token is divided by the penalty, any other is multiplied by it",
    "Nothing is ruled out",
)
def test_penalty_lowers_both_signs(student, device):
    """Penalty 2 turns the logits [2, -2] of used tokens into [1, -4] and leaves unused tokens alone.

    惩罚系数为 2 时，已用过的词元的 logits [2, -2] 变成 [1, -4]，没用过的不变。
    """
    logits = tensor([[2.0, -2.0, 3.0, -3.0, 0.0, -INF]], device)

    used_all = student.repetition_penalty(logits, torch.tensor([[1, 0, 4, 5]], device=device), 2.0)

    assert_same(used_all, tensor([[1.0, -4.0, 3.0, -3.0, 0.0, -INF]], device))


@points(1)
@claims("The penalty counts once, however often the token was used")
def test_penalty_counts_once(student, device):
    """A token that was used three times is penalised once.

    用过三次的词元只惩罚一次。
    """
    logits = tensor([[8.0, -1.0, 8.0, -1.0]], device)

    got = student.repetition_penalty(logits, torch.tensor([[0, 1, 0, 1, 0]], device=device), 2.0)

    assert_same(got, tensor([[4.0, -2.0, 8.0, -1.0]], device))


@points(1)
@claims("-1 (PADDING) fills up shorter rows, it is no token")
def test_penalty_skips_padding(student, device):
    """-1 in `previous` stands for no token: not for the last one, not for token 0.

    `previous` 中的 -1 不代表任何词元：既不是最后一个，也不是 0 号。
    """
    logits = tensor([[4.0, 4.0, 4.0, 4.0], [6.0, 6.0, 6.0, 6.0]], device)
    previous = torch.tensor([[-1, -1, 2], [1, -1, -1]], device=device)

    got = student.repetition_penalty(logits, previous, 2.0)

    assert_same(got, tensor([[4.0, 4.0, 2.0, 4.0], [6.0, 3.0, 6.0, 6.0]], device))


@points(1)
def test_penalty_agrees_with_the_reference(student, reference, rng):
    """The answer agrees with the reference for two batch axes, each row with its own history; also for a penalty below
    1 and no history.

    有两个批次轴、每一行各有自己的历史时，结果与参考答案一致；惩罚系数小于 1、没有历史时也一样。
    """
    logits = rng.normal(ROWS, BATCH, VOCAB, dtype=torch.float64).transpose(0, 1)
    previous = rng.integers(-1, VOCAB, BATCH, ROWS, LENGTH)

    for penalty in (1.3, 0.7):
        expected = reference.repetition_penalty(logits, previous, penalty)
        assert_same(student.repetition_penalty(logits, previous, penalty), expected)
    assert_same(student.repetition_penalty(logits, previous[..., :0], 1.3), logits)


# ---- block_repeated_ngrams


@points(1)
@claims("A token is ruled out when the last n - 1 tokens of `previous`, followed by it, stand somewhere")
def test_ngram_blocks_what_followed_before(student, device):
    """After 4 2 6 4 2 no 3-gram may repeat: 6 is ruled out. For 2-grams 6 is too; after 4 2 6 4 it is 2.

    在 4 2 6 4 2 之后不允许 3-gram 重复：6 被排除。对 2-gram 也是 6；在 4 2 6 4 之后则是 2。
    """
    logits = torch.arange(8.0, dtype=torch.float64, device=device)
    previous = torch.tensor([4, 2, 6, 4, 2], device=device)

    assert_same(student.block_repeated_ngrams(logits, previous, 3), keeping(logits, 0, 1, 2, 3, 4, 5, 7))
    assert_same(student.block_repeated_ngrams(logits, previous, 2), keeping(logits, 0, 1, 2, 3, 4, 5, 7))
    assert_same(student.block_repeated_ngrams(logits, previous[:4], 2), keeping(logits, 0, 1, 3, 4, 5, 6, 7))


@points(1)
@claims("(the places may overlap)")
def test_ngram_finds_every_place_and_overlaps(student, device):
    """All continuations are ruled out, not only the first, and an n-gram may overlap the end: after 5 5 5 no third 5 5.

    排除所有出现过的后继，而不只是第一个；n-gram 可以与末尾重叠：在 5 5 5 之后不允许再出现 5 5。
    """
    logits = torch.arange(7.0, dtype=torch.float64, device=device)

    several = student.block_repeated_ngrams(logits, torch.tensor([3, 1, 3, 4, 0, 3], device=device), 2)
    overlapping = student.block_repeated_ngrams(logits, torch.tensor([5, 5, 5], device=device), 3)

    assert_same(several, keeping(logits, 0, 2, 3, 5, 6))
    assert_same(overlapping, keeping(logits, 0, 1, 2, 3, 4, 6))


@points(1)
@claims("With n = 1 this is every token used so far")
def test_ngram_of_one_blocks_every_used_token(student, device):
    """With n = 1 every token used so far is ruled out.

    n = 1 时，所有用过的词元都被排除。
    """
    logits = torch.arange(6.0, dtype=torch.float64, device=device)
    previous = torch.tensor([4, 1, 4], device=device)

    assert_same(student.block_repeated_ngrams(logits, previous, 1), keeping(logits, 0, 2, 3, 5))


@points(1)
@claims("Fewer than n tokens rule out nothing")
def test_ngram_needs_enough_history(student, device):
    """Fewer than n tokens rule out nothing, be it n - 1 of them or none; n tokens can.

    历史少于 n 个词元时什么也不排除，无论是 n - 1 个还是一个都没有；有 n 个就可能排除。
    """
    logits = torch.arange(5.0, dtype=torch.float64, device=device)
    previous = torch.tensor([2, 2, 2], device=device)

    assert_same(student.block_repeated_ngrams(logits, previous, 3), keeping(logits, 0, 1, 3, 4))
    assert_same(student.block_repeated_ngrams(logits, previous, 4), logits)
    assert_same(student.block_repeated_ngrams(logits, previous[:0], 1), logits)
    assert_same(student.block_repeated_ngrams(logits, previous[:1], 4), logits)


@points(1)
@claims("A row that would be left without a finite logit comes back as it was")
def test_ngram_never_blocks_everything(student, device):
    """A row that would lose its last finite logit comes back as it was; its neighbour is filtered all the same.

    如果某一行会失去最后一个有限的 logit，该行原样返回；相邻的行照常过滤。
    """
    logits = tensor([[1.0, -INF, 3.0], [4.0, 5.0, 6.0]], device)
    previous = torch.tensor([[0, 2, 0], [1, 0, 1]], device=device)

    got = student.block_repeated_ngrams(logits, previous, 1)

    assert_same(got, tensor([[1.0, -INF, 3.0], [-INF, -INF, 6.0]], device))
    other_way = student.block_repeated_ngrams(logits.flip(0), previous.flip(0), 1)
    assert_same(other_way, tensor([[-INF, -INF, 6.0], [1.0, -INF, 3.0]], device))


@points(1)
@claims("-1 (PADDING) fills up shorter rows on either side: skip it")
def test_ngram_skips_padding_on_either_side(student, device):
    """-1 is skipped wherever it stands, so a padded row gives what the row alone gives, and a row of padding stops no
    other.

    -1 无论在哪一侧都会跳过，所以填充过的行与单独的那一行结果相同；全是填充的行不影响其他行。
    """
    logits = torch.arange(10.0, dtype=torch.float64, device=device).view(2, 5)
    previous = torch.tensor([[-1, -1, 3, 1, 3], [0, 2, 0, -1, -1]], device=device)

    got = student.block_repeated_ngrams(logits, previous, 2)

    assert_same(got, torch.stack([keeping(logits[0], 0, 2, 3, 4), keeping(logits[1], 0, 1, 3, 4)]))
    previous[0] = -1
    got = student.block_repeated_ngrams(logits, previous, 2)
    assert_same(got, torch.stack([logits[0], keeping(logits[1], 0, 1, 3, 4)]))


@points(1)
def test_ngram_agrees_with_the_reference(student, reference, rng):
    """The answer agrees with the reference for two batch axes, each row with its own history.

    有两个批次轴、每一行各有自己的历史时，结果与参考答案一致。
    """
    logits = rng.normal(ROWS, BATCH, VOCAB, dtype=torch.float64).transpose(0, 1)
    previous = rng.integers(0, 3, BATCH, ROWS, 4 * LENGTH)

    for n in (2, 3, 4):
        expected = reference.block_repeated_ngrams(logits, previous, n)
        assert_same(student.block_repeated_ngrams(logits, previous, n), expected)


# ---- all six


def answers(module, logits, previous):
    """One answer of each function."""
    return [
        module.apply_temperature(logits, 0.7),
        module.top_k_filter(logits, 2),
        module.top_p_filter(logits, 0.8),
        module.min_p_filter(logits, 0.2),
        module.repetition_penalty(logits, previous, 1.5),
        module.block_repeated_ngrams(logits, previous, 2),
    ]


@points(1)
@claims(
    "ValueError unless temperature > 0",
    "Temperature 0 means greedy, which is no division",
    "ValueError unless k >= 1",
    "ValueError unless 0 <= p <= 1",
    "ValueError unless 0 <= min_p <= 1",
    "ValueError unless penalty > 0",
    "ValueError unless n >= 1",
)
def test_arguments_out_of_range_are_refused(student, device):
    """The smallest value that the docstring allows works, the next one beyond raises ValueError.

    文档字符串允许的最小值可以使用，再超出就抛出 ValueError。
    """
    logits, previous = tensor([3.0, -8.0], device), torch.tensor([0, 1], device=device)

    assert_same(student.apply_temperature(logits, 0.125), tensor([24.0, -64.0], device))
    assert_same(student.repetition_penalty(logits, previous, 0.125), tensor([24.0, -1.0], device))
    for refused in (0.0, -0.5):
        assert_raises(ValueError, student.apply_temperature, logits, refused)
        assert_raises(ValueError, student.repetition_penalty, logits, previous, refused)
    for refused in (0, -1):
        assert_raises(ValueError, student.top_k_filter, logits, refused)
        assert_raises(ValueError, student.block_repeated_ngrams, logits, previous, refused)
    for refused in (-0.01, 1.01):
        assert_raises(ValueError, student.top_p_filter, logits, refused)
        assert_raises(ValueError, student.min_p_filter, logits, refused)


@points(1)
def test_arguments_stay_as_they_were(student, rng):
    """No function modifies the logits or the history that it gets.

    任何函数都不修改传入的 logits 和历史。
    """
    logits, previous = rng.normal(BATCH, VOCAB), rng.integers(0, 2, BATCH, LENGTH)

    unchanged(student.apply_temperature, logits, 0.5)
    unchanged(student.top_k_filter, logits, 2)
    unchanged(student.top_p_filter, logits, 0.5)
    unchanged(student.min_p_filter, logits, 0.5)
    for history in (previous, previous - 1):  # without and with padding
        unchanged(student.repetition_penalty, logits, history, 1.5)
        unchanged(student.block_repeated_ngrams, logits, history, 1)


@points(1)
def test_ruled_out_stays_ruled_out(student, device):
    """A token that is minus infinity already stays so and takes no probability from the others.

    已经是负无穷的词元保持负无穷，也不占用其他词元的概率。
    """
    logits = torch.cat([logits_of([0.5, 0.25, 0.25], device), tensor([-INF, -INF], device)])
    previous = torch.tensor([3, 1, 3], device=device)

    got = answers(student, logits, previous)

    penalised = logits * tensor([1.0, 1 / 1.5, 1.0, 1.0, 1.0], device)
    assert_same(got, [logits / 0.7, logits, logits, logits, penalised, keeping(logits, 0, 2)])


@points(1)
def test_dtype_stays(student, reference, rng):
    """Answers have the dtype of the logits: float16, bfloat16, float32, float64.

    结果的 dtype 与 logits 相同：float16、bfloat16、float32、float64。
    """
    previous = rng.integers(0, 5, LENGTH)
    logits = rng.permutation(VOCAB) / 2 - 1  # multiples of a half, all different: exact in every dtype, no ties

    for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        assert_same(answers(student, logits.to(dtype), previous), answers(reference, logits.to(dtype), previous))


@points(1)
def test_answers_where_the_logits_are(student, reference, rng):
    """All six answers lie on the device of the logits: on a GPU, masks and every other new tensor are made there.

    六个函数的结果都与 logits 在同一设备上：在 GPU 上，掩码和其他新建的张量也要在那里。
    """
    logits, previous = rng.normal(BATCH, VOCAB), rng.integers(-1, VOCAB, BATCH, LENGTH)

    for name, *rest in (
        ("apply_temperature", 0.7),
        ("top_k_filter", 2),
        ("top_p_filter", 0.8),
        ("min_p_filter", 0.2),
        ("repetition_penalty", previous, 1.5),
        ("block_repeated_ngrams", previous, 2),
    ):
        answer = follows_device(getattr(student, name), logits, *rest)
        assert_same(answer, getattr(reference, name)(logits, *rest))


@points(1)
def test_smallest_inputs(student, device):
    """One row, one token in the vocabulary: it stays, whatever the filter.

    只有一行、词表中只有一个词元：无论哪种过滤，它都保留。
    """
    logits = tensor([[1.5]], device)
    previous = torch.tensor([[0, 0, 0]], device=device)

    got = answers(student, logits, previous)

    expect(len(got) == 6, en="A function gave no answer.", zh="有的函数没有返回结果。")
    assert_same(got, [logits / 0.7, logits, logits, logits, logits / 1.5, logits])


# ---- speed


@points(1)
def test_top_p_is_fast(student, reference, speed):
    """top_p_filter works on all rows and tokens at once: 16 rows of 4,001 tokens take at most 5 times the reference's
    time.

    top_p_filter 要同时处理所有的行和词元：16 行、每行 4001 个词元，用时不超过参考答案的 5 倍。
    """
    speed(student, reference).call(
        "top_p_filter", lambda rng: rng.normal(16, 4001, dtype=torch.float64), 0.9, at_most=5.0
    )


@points(1)
def test_penalty_is_fast(student, reference, speed):
    """repetition_penalty needs no loop over tokens: 16 rows with 1,009 used tokens take at most 8 times the reference's
    time.

    repetition_penalty 不需要逐个词元循环：16 行、每行用过 1009 个词元，用时不超过参考答案的 8 倍。
    """
    speed(student, reference).call(
        "repetition_penalty",
        lambda rng: rng.normal(16, 4001),
        lambda rng: rng.integers(0, 4001, 16, 1009),
        1.3,
        at_most=8.0,
    )
