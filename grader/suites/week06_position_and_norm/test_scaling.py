"""Hidden suite of week 06, scaling.

Worked numbers first, then what each kind promises, then the reference. Sizes are distinct primes or twice a prime.
Not covered: "dynamic" and "longrope", which choose the frequencies by the length of the text that is read.
"""

import math

import torch

from grader.suite import assert_raises, assert_same, claims, expect, gradients, unchanged

KINDS = ("linear", "ntk", "yarn", "llama3")
FLOAT64 = {"rtol": 1e-11, "atol": 1e-14}  # where the contract promises float64: float32 on the way is seen
BATCH, HEADS, KEY_HEADS, LENGTH, KEYS, HEAD_DIM = 2, 7, 3, 5, 11, 13


def plain(dim, base=10000.0):
    return base ** -(torch.arange(0, dim, 2, dtype=torch.float64) / dim)


def frequencies(module, *args, **options):
    return module.scaled_frequencies(*args, **options)[0]


@claims('"linear" f / factor', "In training, pair j = 0, 1, ..., dim/2 - 1 turned by f = base^(-2j/dim)")
def test_linear_by_hand(student):
    """With base 64, the 6 numbers of a head turn by 1, 1/4 and 1/16; "linear" with factor 4 makes that 1/4, 1/16, 1/64.

    base 为 64 时，6 个数的频率是 1、1/4、1/16；"linear"、factor 为 4 时变成 1/4、1/16、1/64。
    """
    answer = frequencies(student, 6, "linear", 4.0, base=64.0)

    assert_same(answer, torch.tensor([1 / 4, 1 / 16, 1 / 64], dtype=torch.float64), **FLOAT64)


@claims('"ntk" what f is with the base base * factor^(dim / (dim - 2))')
def test_ntk_by_hand(student):
    """With dim 4, base 100 and factor 9, "ntk" takes the base 8100: the two pairs turn by 1 and by 1/90.

    dim 为 4、base 为 100、factor 为 9 时，"ntk" 的 base 变成 8100：两对的频率是 1 和 1/90。
    """
    answer = frequencies(student, 4, "ntk", 9.0, base=100.0)

    assert_same(answer, torch.tensor([1.0, 1 / 90], dtype=torch.float64), **FLOAT64)


def test_ntk_slows_the_last_pair_by_the_factor(student):
    """With "ntk" the first pair stays as it is, and the last one is slowed by exactly the factor.

    用 "ntk" 时，第一对保持不变，最后一对恰好慢 factor 倍。
    """
    for dim, factor, base in ((4, 2.0, 10000.0), (22, 3.0, 500.0), (26, 7.5, 1e6)):
        answer = frequencies(student, dim, "ntk", factor, base=base)

        assert_same(answer[0].item(), 1.0)
        assert_same(answer[-1].item(), plain(dim, base)[-1].item() / factor, **FLOAT64)


@claims(
    'For "yarn", lower is place(fast) and upper is place(slow)',
    '"yarn" f * (keep + (1 - keep) / factor) with keep = (upper - j) / (upper - lower)',
    "A keep below 0 counts as 0, one above 1 as 1",
    "place(turns) = dim * ln(original_length / (2 pi turns)) / (2 ln base)",
    "lower is rounded down and upper is rounded up",
)
def test_yarn_by_hand(student):
    """With dim 8 and base 10000, place is log10(1303.8 / turns): "yarn" keeps 1, 1, 2/3 and 1/3 of the four pairs.

    dim 为 8、base 为 10000 时，place 是 log10(1303.8 / turns)："yarn" 对四对数的保留比例是 1、1、2/3、1/3。
    """
    answer = frequencies(student, 8, "yarn", 4.0, original_length=8192)

    assert_same(answer, torch.tensor([1.0, 0.1, 0.0075, 0.0005], dtype=torch.float64), **FLOAT64)


@claims("without it, neither is")
def test_yarn_without_rounding(student):
    """Without `truncate` the ramp of "yarn" runs from 1.610 to 3.115 in the same example.

    不取整（`truncate` 为 False）时，同一个例子中 "yarn" 的斜坡从 1.610 到 3.115。
    """
    lower, upper = math.log10(8192 / (2 * math.pi * 32)), math.log10(8192 / (2 * math.pi))
    keep = torch.tensor([1.0, 1.0, (upper - 2) / (upper - lower), (upper - 3) / (upper - lower)], dtype=torch.float64)

    answer = frequencies(student, 8, "yarn", 4.0, original_length=8192, truncate=False)

    assert_same(answer, plain(8) * (keep + (1 - keep) / 4), **FLOAT64)


@claims("lower is raised to 0 if it is less, and upper cut to dim - 1 if it is more")
def test_yarn_cuts_its_ramp(student):
    """A ramp of "yarn" that would begin before pair 0 begins there, and one that would end after dim - 1 ends there.

    "yarn" 的斜坡若会从第 0 对之前开始，就从 0 开始；若会在 dim - 1 之后结束，就在 dim - 1 结束。
    """
    short = frequencies(student, 8, "yarn", 4.0, original_length=100)  # place(32) is -0.3, place(1) is 1.2
    keep = torch.tensor([1.0, 0.5, 0.0, 0.0], dtype=torch.float64)
    assert_same(short, plain(8) * (keep + (1 - keep) / 4), **FLOAT64)

    long = frequencies(student, 6, "yarn", 4.0, original_length=10**6, base=1000.0, fast=1e5)  # 0.2 and 5.2
    keep = torch.tensor([1.0, 0.8, 0.6], dtype=torch.float64)
    assert_same(long, plain(6, 1000.0) * (keep + (1 - keep) / 4), **FLOAT64)

    single = frequencies(student, 2, "yarn", 4.0, original_length=10**4, base=100.0)  # 0.8 and 1.6
    assert_same(single, torch.tensor([1.0], dtype=torch.float64), **FLOAT64)


@claims(
    '"llama3" f * (keep + (1 - keep) / factor) with keep = (turns - slow) / (fast - slow)',
    "turns = original_length * f / (2 pi)",
)
def test_llama3_by_hand(student):
    """With length 6283 and base 10000, four pairs make 1000, 100, 10 and 1 turns, nearly; "llama3" with `slow` 4 and
    `fast` 19 keeps 1, 1, 2/5 and 0 of them.

    长度为 6283、base 为 10000 时，四对大约转 1000、100、10、1 圈；`slow` 为 4、`fast` 为 19 时，
    "llama3" 的保留比例是 1、1、2/5、0。
    """
    answer = frequencies(student, 8, "llama3", 5.0, original_length=6283, slow=4.0, fast=19.0)

    keep = torch.tensor([1.0, 1.0, (62.83 / (2 * math.pi) - 4) / 15, 0.0], dtype=torch.float64)
    assert_same(answer, plain(8) * (keep + (1 - keep) / 5), **FLOAT64)


@claims(
    'The ramp of "yarn" is a straight line in j, that of "llama3" one in turns', "at which a pair makes that many turns"
)
def test_the_two_ramps_differ(student):
    """With the same `slow` and `fast`, "yarn" goes down evenly from pair to pair, and "llama3" evenly with the turns.

    `slow` 和 `fast` 相同时，"yarn" 逐对均匀下降，"llama3" 随圈数均匀下降。
    """
    dim, factor, options = 62, 4.0, {"original_length": 4099, "slow": 2.0, "fast": 31.0}
    turns = 4099 * plain(dim) / (2 * math.pi)
    inside = (turns > 2.5) & (turns < 30.0)

    for kind, steps in (("yarn", torch.arange(dim // 2, dtype=torch.float64)), ("llama3", turns)):
        share = frequencies(student, dim, kind, factor, truncate=False, **options) / plain(dim)
        slopes = share[inside].diff() / steps[inside].diff()

        assert_same(slopes, slopes[:1].expand_as(slopes), rtol=1e-9, atol=1e-12)
        expect(
            abs(slopes[0].item()) > 1e-3,
            "The pairs between `slow` and `fast` turns are all slowed alike.",
            "圈数在 `slow` 与 `fast` 之间的各对被放慢得一样多。",
        )


@claims(
    "a pair with fewer than `slow` is slowed by the whole factor, one with more than `fast` not at all",
    "how often the pair goes round in the longest text of the training",
)
def test_fast_pairs_stay_and_slow_pairs_are_slowed(student):
    """Pairs with more than `fast` turns stay as they are, and those with fewer than `slow` are slowed by the factor.

    圈数多于 `fast` 的各对保持不变，少于 `slow` 的各对慢 factor 倍。
    """
    dim = 94
    for slow, fast, length in ((1.0, 32.0, 8191), (0.5, 3.0, 509), (5.0, 61.0, 32749)):
        turns = length * plain(dim) / (2 * math.pi)
        for kind in ("yarn", "llama3"):
            for truncate in (True, False):
                options = {"original_length": length, "slow": slow, "fast": fast, "truncate": truncate}
                slowed = plain(dim) / frequencies(student, dim, kind, 3.5, **options)

                few, many = slowed[turns < slow], slowed[turns > fast]
                assert_same(few, torch.full_like(few, 3.5), **FLOAT64)
                assert_same(many, torch.ones_like(many), **FLOAT64)


@claims('If `fast` is not given, it is 32 for "yarn" and 4 for "llama3"')
def test_defaults(student, reference):
    """Without options the base is 10000, the old length 8192, `slow` 1, `fast` 32 for "yarn" and 4 for "llama3".

    不给选项时，base 为 10000，原长度为 8192，`slow` 为 1，`fast` 在 "yarn" 中为 32，在 "llama3" 中为 4。
    """
    for kind, fast in (("yarn", 32.0), ("llama3", 4.0)):
        named = {"original_length": 8192, "base": 10000.0, "slow": 1.0, "fast": fast, "truncate": True}

        assert_same(frequencies(student, 106, kind, 8.0), frequencies(reference, 106, kind, 8.0, **named), **FLOAT64)


@claims(
    'It is 0.1 * ln(factor) + 1 for "yarn" and 1.0 for the others, a Python float',
    "Returns the new frequencies, in radians a position, and the attention factor",
    "Cosines and sines are meant to be multiplied by the attention factor, so scores are multiplied by its square",
)
def test_attention_factor(student):
    """The second result is a Python float: 0.1 ln(factor) + 1 for "yarn", 1.0 for the others.

    第二个结果是 Python 浮点数："yarn" 为 0.1 ln(factor) + 1，其他为 1.0。
    """
    for factor in (2.0, 4.0, 40.0):
        for kind in KINDS:
            _, attention = student.scaled_frequencies(22, kind, factor)

            assert_same(attention, 0.1 * math.log(factor) + 1.0 if kind == "yarn" else 1.0, **FLOAT64)
            expect(
                isinstance(attention, float),
                "The attention factor of {kind} is no Python float, but {type}.",
                "{kind} 的注意力系数不是 Python 浮点数，而是 {type}。",
                kind=kind,
                type=type(attention).__name__,
            )


def test_factor_one_changes_nothing(student):
    """With the factor 1 every kind gives the plain frequencies, and the attention factor 1.0.

    factor 为 1 时，每种方法都给出原来的频率，注意力系数为 1.0。
    """
    for kind in KINDS:
        answer, attention = student.scaled_frequencies(34, kind, 1.0, original_length=1021)

        assert_same(answer, plain(34), **FLOAT64)
        assert_same(attention, 1.0)


@claims('"linear" and "ntk" do not use it')
def test_linear_and_ntk_know_no_length(student):
    """ "linear" and "ntk" give the same whatever `original_length`, `slow`, `fast` and `truncate` are.

    不论 `original_length`、`slow`、`fast`、`truncate` 是什么，"linear" 和 "ntk" 的结果都一样。
    """
    for kind in ("linear", "ntk"):
        usual = student.scaled_frequencies(14, kind, 3.0)

        other = {"original_length": 3, "slow": 5.0, "fast": 2.0, "truncate": False}
        assert_same(student.scaled_frequencies(14, kind, 3.0, **other), usual, **FLOAT64)
    assert_same(frequencies(student, 2, "linear", 3.0), torch.tensor([1 / 3], dtype=torch.float64), **FLOAT64)


@claims("The frequencies are float64, on torch's default device", "the new length divided by the old one")
def test_real_models_agree_with_the_reference(student, reference):
    """Frequencies of Llama 3.1 and 3.2, Qwen2.5, DeepSeek-V3 and a few others agree with the reference, in float64.

    Llama 3.1 与 3.2、Qwen2.5、DeepSeek-V3 等模型的频率与参考答案一致，精确到 float64。
    """
    models = (
        (128, "llama3", 8.0, {"base": 500000.0}),
        (64, "llama3", 32.0, {"base": 500000.0}),
        (128, "yarn", 4.0, {"original_length": 32768, "base": 1000000.0}),
        (64, "yarn", 40.0, {"original_length": 4096}),
        (64, "yarn", 32.0, {"original_length": 4096, "base": 150000.0, "truncate": False}),
        (38, "yarn", 2.5, {"original_length": 509, "slow": 0.7, "fast": 11.0}),
        (46, "llama3", 2.5, {"original_length": 509, "base": 777.0, "slow": 0.7, "fast": 11.0}),
        (128, "linear", 8.0, {"base": 1000000.0}),
        (128, "ntk", 4.0, {"base": 1000000.0}),
    )
    for *arguments, options in models:
        assert_same(
            student.scaled_frequencies(*arguments, **options),
            reference.scaled_frequencies(*arguments, **options),
            **FLOAT64,
        )


@claims(
    'if `kind` is none of the four words; if `dim` is odd or below 2, with "ntk" below 4; if `factor` is below 1',
    'with "yarn" and "llama3" unless 0 < slow < fast',
    'with "yarn" unless lower < upper',
)
def test_refuses_what_makes_no_sense(student):
    """A ValueError for an unknown kind, an odd or too small dim, a factor below 1, `slow` not between 0 and `fast`, and
    a ramp without length.

    kind 未知、dim 为奇数或太小、factor 小于 1、`slow` 不在 0 与 `fast` 之间、斜坡没有长度：都抛出 ValueError。
    """
    assert_raises(ValueError, student.scaled_frequencies, 8, "dynamic", 2.0)
    for kind in KINDS:
        assert_raises(ValueError, student.scaled_frequencies, 7, kind, 2.0)
        assert_raises(ValueError, student.scaled_frequencies, 0, kind, 2.0)
        assert_raises(ValueError, student.scaled_frequencies, 8, kind, 0.5)
    assert_raises(ValueError, student.scaled_frequencies, 2, "ntk", 2.0)
    for kind in ("yarn", "llama3"):
        for slow, fast in ((0.0, 4.0), (-1.0, 4.0), (4.0, 4.0), (5.0, 4.0), (40.0, None), (1.0, 0.0)):
            assert_raises(ValueError, student.scaled_frequencies, 8, kind, 2.0, slow=slow, fast=fast)
    assert_raises(ValueError, student.scaled_frequencies, 8, "yarn", 2.0, original_length=3)  # upper is 0
    assert_raises(ValueError, student.scaled_frequencies, 8, "yarn", 2.0, original_length=10**12)  # lower is 9


def heads(rng, dtype=torch.float64):
    query = rng.normal(BATCH, HEADS, LENGTH, HEAD_DIM, dtype=dtype)
    key = rng.normal(BATCH, KEY_HEADS, KEYS, HEAD_DIM, dtype=dtype) * 3
    return query, key


@claims("x / sqrt(mean(x^2) + eps) * weight", "[head_dim] the numbers of one head; all heads use the same weight")
def test_each_head_by_hand(student, device):
    """With a weight of [head_dim], the heads (3, 4) and (0, 10) of a token are divided by 3.5355 and by 7.0711.

    权重为 [head_dim] 时，一个词元的两个头 (3, 4) 和 (0, 10) 分别除以 3.5355 和 7.0711。
    """
    x = torch.tensor([[[3.0, 4.0]], [[0.0, 10.0]]], dtype=torch.float64, device=device)
    weight = torch.tensor([1.0, 2.0], dtype=torch.float64, device=device)

    query, key = student.qk_norm(x, 2 * x, weight, 3 * weight, eps=0.0)

    expected = x / torch.tensor([12.5, 50.0], dtype=torch.float64, device=device).sqrt()[:, None, None] * weight
    assert_same(query, expected)
    assert_same(key, 3 * expected)


@claims("[heads * head_dim] the numbers of all heads together, weights head after head")
def test_all_heads_by_hand(student, device):
    """With a weight of [heads * head_dim], all four numbers (3, 4, 0, 10) of a token are divided by 5.5902.

    权重为 [heads * head_dim] 时，一个词元的四个数 (3, 4, 0, 10) 都除以 5.5902。
    """
    x = torch.tensor([[[3.0, 4.0]], [[0.0, 10.0]]], dtype=torch.float64, device=device)
    weight = torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=torch.float64, device=device)

    query, key = student.qk_norm(x, 2 * x, weight, 3 * weight, eps=0.0)

    expected = x / math.sqrt(31.25) * weight.view(2, 1, 2)
    assert_same(query, expected)
    assert_same(key, 3 * expected)


@claims(
    "Query and key are looked at separately: there may be fewer key heads (grouped queries), "
    "and each has its own weight"
)
def test_each_has_its_own_weight(student, reference, rng):
    """With fewer key heads and another length, each of query and key follows the size of its own weight.

    键的头数更少、长度不同时，查询和键各自按自己权重的长度处理。
    """
    for dtype in (torch.float64, torch.float32):
        query, key = heads(rng, dtype)
        for query_width in (HEAD_DIM, HEADS * HEAD_DIM):
            for key_width in (HEAD_DIM, KEY_HEADS * HEAD_DIM):
                weights = rng.normal(query_width, dtype=dtype), rng.normal(key_width, dtype=dtype)

                answer = unchanged(student.qk_norm, query, key, *weights)

                assert_same(answer, reference.qk_norm(query, key, *weights))


@claims("Which numbers of a token share one mean is told by the size of the weight")
def test_tokens_keep_to_themselves(student, rng):
    """A token is scaled by its own numbers alone: the last token of a text comes out as it does by itself.

    每个词元只按自己的数缩放：一段文本的最后一个词元，与单独处理时结果相同。
    """
    query, key = heads(rng)
    for wide in (1, HEADS):
        weights = rng.normal(wide * HEAD_DIM), rng.normal(HEAD_DIM)
        whole, _ = student.qk_norm(query, key, *weights)

        alone, _ = student.qk_norm(query[:, :, -1:], key[:, :, -1:], *weights)

        assert_same(whole[:, :, -1:], alone)


@claims("With one head, both say the same")
def test_size_one_and_other_layouts(student, reference, rng):
    """No batch, several batch axes, one head, one token, and views that are not contiguous agree with the reference.

    没有批次、有多个批次轴、只有一个头、只有一个词元，以及不连续的视图，都与参考答案一致。
    """
    weight, wide = rng.normal(HEAD_DIM), rng.normal(HEADS * HEAD_DIM)
    for shape in ((HEADS, LENGTH), (1, HEADS, 1), (2, 3, HEADS, LENGTH)):
        x = rng.normal(*shape, HEAD_DIM)
        assert_same(student.qk_norm(x, x, weight, wide), reference.qk_norm(x, x, weight, wide))

    one = rng.normal(BATCH, 1, LENGTH, HEAD_DIM)
    assert_same(student.qk_norm(one, one, weight, weight), reference.qk_norm(one, one, weight, weight))

    view = rng.normal(BATCH, LENGTH, HEADS, HEAD_DIM).transpose(1, 2)
    assert_same(student.qk_norm(view, view, weight, wide), reference.qk_norm(view, view, weight, wide))


def test_eps_stands_under_the_root(student, reference, rng):
    """Tokens of size 0.001 and 0 agree with the reference, for the default eps and for another.

    各数约为 0.001 或全为 0 的词元，结果与参考答案一致，默认的 eps 和其他 eps 都是如此。
    """
    query, key = (0.001 * x for x in heads(rng))
    query[0] = 0
    weights = rng.normal(HEAD_DIM), rng.normal(KEY_HEADS * HEAD_DIM)

    assert_same(student.qk_norm(query, key, *weights), reference.qk_norm(query, key, *weights, eps=1e-6))
    assert_same(student.qk_norm(query, key, *weights, eps=0.01), reference.qk_norm(query, key, *weights, eps=0.01))


def in_float32(x, weight, axes):
    x = x.float()
    return x * torch.rsqrt(x.square().mean(dim=axes, keepdim=True) + 1e-6) * weight


@claims("each answer has the dtype of its own x")
def test_query_and_key_of_two_dtypes(student, reference, rng):
    """A query in float32 and a key in bfloat16, and the other way round: each answer has the dtype of its own x.

    查询为 float32、键为 bfloat16，以及反过来：两个结果各自保持自己输入的 dtype。
    """
    weights = rng.normal(HEAD_DIM), rng.normal(KEY_HEADS * HEAD_DIM)
    query, key = heads(rng, torch.float32)
    for first, second in ((torch.float32, torch.bfloat16), (torch.bfloat16, torch.float32)):
        mixed = query.to(first), key.to(second)

        assert_same(student.qk_norm(*mixed, *weights), reference.qk_norm(*mixed, *weights))


@claims("Squares and weight are computed in float32 at least, and rounded once, at the end")
def test_half_precision(student, rng):
    """Numbers around 300 in float16, and bfloat16, are computed in float32, rounded once, and keep their dtype.

    float16 中 300 左右的数以及 bfloat16，都用 float32 计算，只舍入一次，dtype 不变。
    """
    weights = rng.normal(HEAD_DIM, dtype=torch.float32), rng.normal(KEY_HEADS * HEAD_DIM, dtype=torch.float32)
    query, key = heads(rng, torch.float32)
    for dtype in (torch.float16, torch.bfloat16):
        half = (300 * query).to(dtype), key.to(dtype)
        small = tuple(weight.to(dtype) for weight in weights)

        answers = student.qk_norm(*half, *small)

        wide = small[1].float().unflatten(0, (KEY_HEADS, 1, HEAD_DIM))
        expected = in_float32(half[0], small[0].float(), (-1,)), in_float32(half[1], wide, (-3, -1))
        for answer, right in zip(answers, expected, strict=True):
            # A single rounding: at most one number in a hundred may fall on the other side.
            assert_same(answer, right.to(dtype))
            off = (answer != right.to(dtype)).double().mean().item()
            expect(
                off < 0.01,
                "{share} of the numbers are not the nearest ones in half precision: they were rounded on the way, "
                "perhaps before the weight came in, as in transformers' norm of Llama.",
                "有 {share} 的数不是半精度中最接近的数：它们在计算途中被舍入过，也许是在乘权重之前，"
                "就像 transformers 里 Llama 的归一化那样。",
                share=f"{off:.0%}",
            )


def test_gradients_of_the_norm(student, reference, rng):
    """Gradients reach queries, keys and both weights.

    梯度能传到查询、键和两个权重。
    """
    query, key = heads(rng)
    wide, weight = rng.normal(HEADS * HEAD_DIM), rng.normal(HEAD_DIM)

    # gradients() looks at the first answer, so each of the two has its turn in the first place.
    for arguments in ((query, key, wide, weight), (key, query, weight, wide)):
        got = gradients(student.qk_norm, *arguments, wrt=(0, 2))

        assert_same(got, gradients(reference.qk_norm, *arguments, wrt=(0, 2)))


@claims("if a weight has neither of the two sizes")
def test_refuses_a_weight_of_another_size(student, rng):
    """A ValueError if one of the weights fits neither a head nor all heads, even if it would broadcast.

    两个权重之一既不合一个头、也不合全部的头时抛出 ValueError，即使它可以广播。
    """
    query, key = heads(rng)
    good, wide = rng.normal(HEAD_DIM), rng.normal(HEADS * HEAD_DIM)

    for bad in (rng.normal(1), rng.normal(2 * HEAD_DIM), rng.normal(HEADS)):
        assert_raises(ValueError, student.qk_norm, query, key, bad, good)
        assert_raises(ValueError, student.qk_norm, query, key, good, bad)
    assert_raises(ValueError, student.qk_norm, query, key, good, wide)  # there are only three key heads
