"""Hidden suite of week 09, sampling.

sample_next is judged by what it draws, never by which random numbers it uses: one call on thousands of equal rows
gives thousands of independent draws; their counts are held against the exact probabilities by Pearson's chi-square.
A right answer fails such a test with probability 1e-7 (the limits are quantiles of the chi-square distribution).
Not covered: top_p = 1 over tokens so improbable that nobody would draw them.
"""

import math

import torch

from grader.suite import (
    after,
    assert_raises,
    assert_same,
    call_and_keep,
    claims,
    expect,
    follows_device,
    points,
    unchanged,
)

DRAWS = 4_001
INF = math.inf
# By degrees of freedom: scipy.stats.chi2.isf(1e-7, df).
CHI_SQUARE_LIMIT = {1: 28.37, 2: 32.24, 3: 35.41, 4: 38.24, 24: 78.64}


def logits_of(probs, device, dtype=torch.float64):
    """Logits whose softmax is `probs`; a constant is added, for logits are free up to one."""
    return torch.tensor(probs, dtype=torch.float64, device=device).log().sub(2.0).to(dtype)


def check_tokens(got, batch, vocab):
    """The answer is int64, of the shape `batch`, and holds ids of the vocabulary."""
    right = isinstance(got, torch.Tensor) and got.dtype == torch.int64 and got.shape == torch.Size(batch)
    expect(
        right and bool(((got >= 0) & (got < vocab)).all()),
        en="sample_next has to return int64 token ids from 0 to {last} in a tensor of shape {batch}.",
        zh="sample_next 应返回形状为 {batch} 的 int64 张量，内容是 0 到 {last} 的词元编号。",
        last=vocab - 1,
        batch=list(batch),
    )


def draw(student, logits, rng, draws=DRAWS, **settings):
    """Independent draws from one row of logits."""
    drawn = student.sample_next(logits.expand(draws, -1), generator=rng.generator(), **settings)
    check_tokens(drawn, (draws,), len(logits))
    return drawn


def check_distribution(drawn, probs):
    """The counts of the drawn ids fit the probabilities; an id of probability 0 never comes."""
    probs = torch.tensor(probs, dtype=torch.float64)
    counts = torch.bincount(drawn.cpu(), minlength=len(probs)).double()
    impossible = int(counts[probs == 0].sum())
    never = ((counts == 0) & (probs > 0)).nonzero().flatten().tolist()
    expect(
        impossible == 0,
        en="{times} of {draws} draws are tokens that should have probability 0.",
        zh="{draws} 次抽样中有 {times} 次抽到了概率应为 0 的词元。",
        times=impossible,
        draws=len(drawn),
    )
    # Every possible token is expected 36 times or more: a right answer misses one with probability 1e-15.
    expect(
        not never,
        en="In {draws} draws these tokens never came: {never}. The settings leave them in, and each should come often.",
        zh="{draws} 次抽样中从未抽到这些词元：{never}。按这些设置它们都应保留，而且都应时常抽到。",
        draws=len(drawn),
        never=never,
    )
    possible = probs > 0
    expected = len(drawn) * probs[possible] / probs.sum()
    statistic = ((counts[possible] - expected) ** 2 / expected).sum().item()
    seen, wanted = (counts / len(drawn)).tolist(), (probs / probs.sum()).tolist()
    expect(
        statistic < CHI_SQUARE_LIMIT[int(possible.sum()) - 1],
        en="Over {draws} draws the tokens come with frequencies {seen}, but their probabilities are {wanted}.",
        zh="在 {draws} 次抽样中，各词元的频率为 {seen}，而它们的概率应为 {wanted}。",
        draws=len(drawn),
        seen=[round(x, 3) for x in seen],
        wanted=[round(x, 3) for x in wanted],
    )


@points(1)
@claims("Temperature 0 is greedy: the most probable token, the lowest id among equals")
def test_temperature_zero_is_greedy(student, rng):
    """At temperature 0 each row gives its most probable token, the lowest id among equals, whatever the filters are.

    温度为 0 时，每一行给出概率最大的词元，并列时取编号最小的，与其他过滤设置无关。
    """
    logits = rng.normal(3, 5, 11)
    logits[0, 0] = 0.25
    logits[1, 2, 3:8] = logits.max() + 1
    best = [[row.index(max(row)) for row in matrix] for matrix in logits.tolist()]

    got = student.sample_next(logits, temperature=0.0, top_k=3, top_p=0.9, generator=rng.generator())
    equal = student.sample_next(torch.zeros_like(logits), temperature=0, generator=rng.generator())

    assert_same(got, torch.tensor(best, device=logits.device))
    assert_same(equal, torch.zeros_like(got))


@points(1)
@claims("nothing is drawn then")
def test_nothing_is_drawn_that_is_not_needed(student, rng):
    """Temperature 0 draws nothing, so the generator stays where it is.

    温度为 0 时不进行抽取，因此 generator 的状态不变。
    """
    generator = rng.generator()
    before = generator.get_state().tolist()

    _, _, kept = call_and_keep(student.sample_next, rng.normal(3, 11), temperature=0.0, generator=generator)

    assert_same(kept["generator"].get_state().tolist(), before)


@points(1)
@claims("None: torch's global generator")
def test_without_a_generator_the_global_one_is_used(student, rng):
    """Without a generator, torch's global one is used as it is: seeded alike it gives the same tokens, and others in
    the next call.

    不传 generator 时，直接使用 torch 的全局生成器：种子相同则词元相同，下一次调用则得到别的词元。
    """
    logits = rng.normal(199, 11)
    theirs = student.given("torch" if logits.device.type == "cpu" else "torch.cuda")  # inside the student's process
    state = rng.generator().get_state()

    theirs.set_rng_state(state)
    first, second = student.sample_next(logits), student.sample_next(logits)
    theirs.set_rng_state(state)
    again = student.sample_next(logits)

    check_tokens(first, (199,), 11)
    expect(
        not torch.equal(first, second),
        en="Two calls without a generator gave the same 199 tokens.",
        zh="两次不传 generator 的调用给出了完全相同的 199 个词元。",
    )
    assert_same(again, first)


@points(1)
@claims("draw from it in proportion", "None leaves a filter out")
def test_draws_in_proportion(student, device, rng):
    """Without filters at temperature 1 every token comes as often as softmax says.

    不加过滤、温度为 1 时，每个词元出现的频率与 softmax 给出的概率一致。
    """
    probs = [0.1, 0.4, 0.05, 0.25, 0.2]

    drawn = draw(student, logits_of(probs, device), rng)

    check_distribution(drawn, probs)


@points(1)
def test_temperature_changes_the_proportions(student, device, rng):
    """At temperature 0.5 the probabilities are squared and renormalised, at 2 their roots are taken; 0.01 and a
    millionth are not yet 0.

    温度为 0.5 时，概率取平方后重新归一化；温度为 2 时取平方根后重新归一化；0.01 和百万分之一的温度也不等于 0。
    """
    probs = [0.1, 0.4, 0.05, 0.25, 0.2]

    sharp = draw(student, logits_of(probs, device), rng, temperature=0.5)
    flat = draw(student, logits_of(probs, device, torch.float32), rng, temperature=2.0)

    check_distribution(sharp, [p**2 for p in probs])
    check_distribution(flat, [p**0.5 for p in probs])
    close = torch.tensor([0.0, 0.01], device=device)  # at temperature 0.01 the odds are 1 to e
    check_distribution(draw(student, close, rng, temperature=0.01), [1.0, math.e])
    closer = torch.tensor([0.0, 1e-6], dtype=torch.float64, device=device)
    check_distribution(draw(student, closer, rng, temperature=1e-6), [1.0, math.e])


@points(1)
@claims("ties with the k-th best stay")
def test_top_k_draws_from_the_k_best(student, device, rng):
    """top_k = 3 draws from the three best in proportion, ties with the third included; a k beyond the vocabulary
    changes nothing.

    top_k = 3 时按比例从最好的三个词元中抽取，与第三名并列的也算在内；k 超过词表大小时不起作用。
    """
    distinct, tied = [0.1, 0.4, 0.05, 0.25, 0.2], [0.2, 0.1, 0.3, 0.2, 0.2]

    check_distribution(draw(student, logits_of(distinct, device), rng, top_k=3), [0, 0.4, 0, 0.25, 0.2])
    check_distribution(draw(student, logits_of(tied, device), rng, top_k=3), [0.2, 0, 0.3, 0.2, 0.2])
    check_distribution(draw(student, logits_of(distinct, device), rng, top_k=7), distinct)


@points(1)
@claims("the token that crosses top_p stays")
def test_top_p_draws_from_the_nucleus(student, device, rng):
    """top_p = 0.75 of 0.5, 0.3, 0.15, 0.05 draws from the first two in proportion: the token that crosses p stays.

    概率为 0.5、0.3、0.15、0.05 时，top_p = 0.75 按比例从前两个中抽取：跨过 p 的词元保留。
    """
    probs = [0.15, 0.5, 0.05, 0.3]

    check_distribution(draw(student, logits_of(probs, device), rng, top_p=0.75), [0, 0.5, 0, 0.3])
    check_distribution(draw(student, logits_of(probs, device), rng, top_p=0.9), [0.15, 0.5, 0, 0.3])
    check_distribution(draw(student, logits_of(probs, device), rng, top_p=1.0), probs)


@points(1)
@claims("a sum of exactly top_p is enough, of equal logits the lower id comes first, one token always stays")
def test_top_p_at_its_edge(student, device, rng):
    """top_p = 0 leaves the best token; a sum of exactly top_p is enough, and of equal logits the lower id comes first;
    float64 logits are summed in float64.

    top_p = 0 只剩最好的词元；累计概率恰好等于 top_p 就够了，logits 相等时编号小的在前；
    float64 的 logits 用 float64 累加。
    """
    equal = torch.zeros(32, device=device)  # an unstable sort keeps the order of up to 16
    probs = [0.15, 0.5, 0.05, 0.3]

    best = draw(student, logits_of(probs, device), rng, draws=101, top_p=0.0)
    an_eighth = draw(student, equal, rng, top_p=0.125)

    assert_same(best, torch.ones_like(best))
    check_distribution(an_eighth, [0.25] * 4 + [0.0] * 28)
    # In each row the first two sum to 0.75 + 1e-10, which float32 takes for 0.75, or for less.
    first = rng.uniform(499, low=0.4, high=0.49, dtype=torch.float64)
    rows = torch.stack([first, 0.75 + 1e-10 - first, torch.full_like(first, 0.25 - 1e-10)], dim=-1).log()
    nucleus = student.sample_next(rows, top_p=0.75, generator=rng.generator())
    check_tokens(nucleus, (499,), 3)
    assert_same(int((nucleus == 2).sum()), 0)


@points(1)
@claims("The order is fixed: divide by the temperature")
def test_temperature_comes_before_top_p(student, device, rng):
    """The nucleus is measured after the temperature: a flatter distribution needs more tokens to reach top_p.

    核（nucleus）在应用温度之后计算：分布越平，需要越多的词元才能达到 top_p。
    """
    probs = [0.04, 0.64, 0.16, 0.16]  # roots: 0.2, 0.8, 0.4, 0.4, that is 1/9, 4/9, 2/9, 2/9

    flat = draw(student, logits_of(probs, device), rng, temperature=2.0, top_p=0.75)
    sharp = draw(student, logits_of(probs, device), rng, temperature=0.5, top_p=0.75)

    check_distribution(flat, [0, 0.8, 0.4, 0.4])
    assert_same(sharp, torch.ones_like(sharp))


@points(1)
@claims("renormalised to sum to 1")
def test_top_p_is_measured_after_top_k(student, device, rng):
    """top_p is measured on the renormalised k best: of 0.4, 0.3, 0.2, 0.1 top_k = 2 with top_p = 0.43 leaves one token.

    top_p 在重新归一化后的前 k 个词元上计算：概率为 0.4、0.3、0.2、0.1 时，top_k = 2 且 top_p = 0.43 只剩一个词元。
    """
    probs = [0.1, 0.3, 0.4, 0.2]

    one = draw(student, logits_of(probs, device), rng, top_k=2, top_p=0.43)
    two = draw(student, logits_of(probs, device), rng, top_k=3, top_p=0.75)

    assert_same(one, torch.full_like(one, 2))
    check_distribution(two, [0, 0.3, 0.4, 0])


@points(1)
@claims("A token whose logit is minus infinity is never drawn")
def test_every_row_has_its_own_distribution(student, rng):
    """Each row of a batch with two axes draws from its own logits, and a token of minus infinity is never drawn.

    在有两个批次轴的批次中，每一行从自己的 logits 中抽取，负无穷的词元永远不会被抽到。
    """
    wanted = rng.integers(0, 11, 7, 53)
    one_hot = torch.zeros(7, 53, 11, device=wanted.device).scatter(-1, wanted.unsqueeze(-1), 1.0)
    only = one_hot.log()  # 0 at one id, else -inf

    plain = student.sample_next(only, generator=rng.generator())
    filtered = student.sample_next(only.transpose(0, 1), 1.7, 5, 0.9, rng.generator())

    assert_same(plain, wanted)
    assert_same(filtered, wanted.T)


@points(1)
@after("test_every_row_has_its_own_distribution")
def test_axes_of_size_one_stay(student, rng):
    """A batch of one row gives a batch of one token: axes of size 1 stay in the answer.

    只有一行的批次得到只有一个词元的批次：大小为 1 的轴保留在结果中。
    """
    for batch in ((1,), (1, 1), (1, 7), (7, 1)):
        wanted = rng.integers(0, 11, *batch)
        logits = torch.zeros(*batch, 11, device=wanted.device).scatter(-1, wanted.unsqueeze(-1), 1.0).log()

        assert_same(student.sample_next(logits, 1.3, 5, 0.9, rng.generator()), wanted)


@points(1)
def test_rows_are_drawn_independently(student, device, rng):
    """What one row draws says nothing about its neighbour: all 25 pairs of tokens come as often as the product of their
    probabilities.

    一行抽到什么与相邻的行无关：25 种词元组合出现的频率等于各自概率的乘积。
    """
    probs = [0.1, 0.3, 0.15, 0.25, 0.2]
    drawn = draw(student, logits_of(probs, device), rng, draws=2 * DRAWS)
    expect(
        len(set(drawn.tolist())) > 1,
        en="{rows} rows with the same five probabilities all gave token {token}. Each row has to draw for itself.",
        zh="{rows} 行的五个概率都相同，却全都得到词元 {token}。每一行都应各自抽取。",
        rows=len(drawn),
        token=int(drawn[0]),
    )

    pairs = 5 * drawn[0::2] + drawn[1::2]

    check_distribution(pairs, [p * q for p in probs for q in probs])


@points(1)
@claims("generator: the only source of randomness: the same state gives the same tokens")
def test_the_generator_decides(student, rng):
    """Two generators in the same state give the same tokens, a generator in another state gives others.

    状态相同的两个生成器得到相同的词元，状态不同的生成器得到不同的词元。
    """
    logits = rng.normal(199, 11)
    seeds = rng.permutation(1000)[:2].tolist()

    def drawn(seed):
        return student.sample_next(logits, 1.3, 9, 0.95, torch.Generator(device=logits.device).manual_seed(seed))

    first, again, other = drawn(seeds[0]), drawn(seeds[0]), drawn(seeds[1])

    check_tokens(first, (199,), 11)
    assert_same(again, first)
    expect(
        not torch.equal(first, other),
        en="Generators in different states gave the same 199 tokens.",
        zh="状态不同的生成器给出了完全相同的 199 个词元。",
    )


@points(1)
@claims("Drawing moves it on, so the next call gives others")
def test_a_generator_moves_on(student, device, rng):
    """Drawing moves the generator on: one that has been drawn from gives other tokens than a fresh one, and other ones
    each time.

    抽样会推进生成器的状态：已经用过的生成器给出的词元与同一种子的新生成器不同，而且每次都不同。
    """
    # Two rows of independent draws agree with probability 1/11, all 199 of them by chance with 11^-199.
    logits = torch.zeros(199, 11, device=device)
    seed = rng.integer(0, 2**62)
    used = torch.Generator(device=device).manual_seed(seed)
    torch.rand(7, generator=used, device=device)

    def check_others(got, other):
        check_tokens(got, (199,), 11)
        expect(
            not torch.equal(got, other),
            en="A generator that has been drawn from gave the same 199 tokens as before.",
            zh="已经抽取过的生成器又给出了与之前完全相同的 199 个词元。",
        )

    fresh = torch.Generator(device=device).manual_seed(seed)
    first = student.sample_next(logits, generator=fresh)
    check_others(student.sample_next(logits, generator=used), first)
    # The generator crosses by its state, so what the draw did to it is seen in the one that comes back.
    same, _, kept = call_and_keep(student.sample_next, logits, generator=fresh)
    assert_same(same, first)
    check_others(student.sample_next(logits, generator=kept["generator"]), first)


@points(1)
@claims("torch's global state is left alone")
def test_the_global_state_is_left_alone(student, rng):
    """With a generator of its own, sample_next neither uses nor changes torch's global random state.

    传入 generator 时，sample_next 既不使用也不改变 torch 的全局随机状态。
    """
    logits = rng.normal(199, 11)
    state = torch.Generator().manual_seed(rng.integer(0, 2**62)).get_state()
    seed = rng.integer(0, 2**62)
    theirs = student.given("torch")  # any module inside the student's process

    def sampled():
        generator = torch.Generator(device=logits.device).manual_seed(seed)
        return student.sample_next(logits, 1.3, 9, 0.95, generator)

    theirs.set_rng_state(state)
    untouched = theirs.rand(5)  # what comes next where nobody draws in between
    theirs.set_rng_state(state)
    first = sampled()
    after = theirs.rand(5)
    again = sampled()  # the global state is another one by now

    check_tokens(first, (199,), 11)
    assert_same(again, first)
    assert_same(after, untouched)


@points(1)
@claims("The computation runs in float32")
def test_extreme_temperatures_stay_finite(student, device, rng):
    """A temperature of 1e-4 gives the best token and one of 1e4 an even choice, for float16 logits too; minus infinity
    stays impossible however hot it is.

    温度为 1e-4 时给出最好的词元，为 1e4 时接近均匀抽取，float16 的 logits 也一样；负无穷的词元在任何温度下都抽不到。
    """
    logits = torch.tensor([-30.0, 20.0, 25.0, 10.0], dtype=torch.float16, device=device)

    cold = draw(student, logits, rng, draws=499, temperature=1e-4)
    hot = draw(student, logits, rng, temperature=1e4)

    assert_same(cold, torch.full_like(cold, 2))
    check_distribution(hot, [math.exp(x / 1e4) for x in logits.tolist()])
    impossible = torch.tensor([1.0, -INF, 2.0], device=device)
    check_distribution(draw(student, impossible, rng, temperature=1e4), [1.0, 0.0, math.exp(1e-4)])


@points(1)
@claims(
    "a 0-dimensional tensor when there is no batch axis",
    "The logits are not modified",
    "ValueError unless temperature >= 0, top_k >= 1 and 0 <= top_p <= 1",
)
def test_one_row_and_bad_arguments(student, device):
    """A single row gives a 0-dimensional answer and its logits stay as they were; arguments out of range raise
    ValueError.

    单独一行得到 0 维结果，传入的 logits 保持不变；超出范围的参数抛出 ValueError。
    """
    logits = torch.tensor([1.0, -INF, -INF], device=device)

    got = unchanged(student.sample_next, logits, 0.5, 1, 0.1)

    assert_same(got, torch.tensor(0, device=device))
    for wrong in ({"temperature": -0.1}, {"top_k": 0}, {"top_k": -1}, {"top_p": -0.1}, {"top_p": 1.1}):
        assert_raises(ValueError, student.sample_next, logits, **wrong)
        assert_raises(ValueError, student.sample_next, logits, **{"temperature": 0.0, **wrong})


def kept(logits, temperature, top_k, top_p):
    """The probabilities of all tokens after the filters, in float64."""
    ordered, ids = (logits.double() / temperature).sort(dim=-1, descending=True)
    probs = ordered[..., :top_k].softmax(-1)
    probs = probs.masked_fill(probs.cumsum(-1) - probs >= top_p, 0)
    probs = probs / probs.sum(-1, keepdim=True)
    return torch.zeros_like(ordered).scatter(-1, ids[..., :top_k], probs)


@points(1)
@claims("int64 token ids on the device of the logits")
def test_tokens_are_where_the_logits_are(student, rng):
    """The ids lie on the device of the logits, with filters and without: on a GPU, every new tensor is made there.

    无论有没有过滤，结果都与 logits 在同一设备上：在 GPU 上，新建的张量也要在那里。
    """
    logits = rng.normal(3, 7)
    best = logits.argmax(-1)

    for settings in (
        {"temperature": 0.0},
        {"top_k": 1},
        {"top_p": 0.0},
        {"temperature": 0.5, "top_k": 1, "top_p": 0.9},
    ):
        assert_same(follows_device(student.sample_next, logits, generator=rng.generator(), **settings), best)


@points(1)
def test_sampling_is_fast(student, reference, speed):
    """sample_next works on all rows at once: 2,039 rows of 101 tokens take at most 5 times the reference's time.

    sample_next 要同时处理所有的行：2039 行、每行 101 个词元，用时不超过参考答案的 5 倍。
    """

    def drawn_as_they_should(got, expected, logits, temperature, top_k, top_p):
        check_tokens(got, (2039,), 101)
        probs = kept(logits, temperature, top_k, top_p)
        drawn = probs.gather(-1, got[:, None]).squeeze(-1)
        mean, square = (probs**2).sum(-1), (probs**3).sum(-1)
        distance = (drawn - mean).sum() / (square - mean**2).sum().sqrt()
        # Rounding may decide about the last token of a nucleus; 7 standard deviations: probability 3e-12.
        expect(
            int((drawn == 0).sum()) <= 5 and abs(distance) < 7,
            en="While the clock ran, the tokens were not drawn with the probabilities of the filtered logits.",
            zh="计时期间，词元不是按过滤后的概率抽取的。",
        )

    speed(student, reference).call(
        "sample_next",
        lambda rng: rng.normal(2039, 101),
        *(0.8, 50, 0.95),
        lambda rng: rng.generator(),
        at_most=5.0,
        check=drawn_as_they_should,
    )
