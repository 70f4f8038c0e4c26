"""Hidden suite of week 15, speculative.

Where chance decides, many steps are drawn and their distribution is compared by chi-square, with limits that a right
answer passes but once in 1e7; seven such limits are below one failure in 1e6. How the generator is used is free.
An answer that stopped early is completed from the target's own probabilities: then k + 1 tokens in a row must have
exactly their distribution.
Models run in the judge, where their calls are noted.
"""

import torch

from grader.suite import after, assert_raises, assert_same, call_and_keep, claims, expect, follows_device, points

DRAWS = 1_503
LIMITS = {2: 32.24, 3: 35.41, 4: 38.24, 15: 62.33}  # scipy.stats.chi2.isf(1e-7, degrees of freedom)
VOCABULARY = 4

P = [[0.5, 0.375, 0.125, 0.0], [0.0, 0.625, 0.25, 0.125], [0.125, 0.25, 0.5, 0.125], [0.25, 0.25, 0.0, 0.5]]
Q = [[0.125, 0.625, 0.0, 0.25], [0.25, 0.25, 0.25, 0.25], [0.5, 0.125, 0.125, 0.25]]


def chi_square(counts, expected, en, zh):
    """Counts of drawn answers agree with what is expected of each; impossible ones never come."""
    counts, expected = counts.double().flatten(), expected.double().flatten()
    possible = expected > 0
    statistic = float(((counts - expected)[possible] ** 2 / expected[possible]).sum())
    freedom = int(possible.sum()) - 1
    limit = next(limit for degrees, limit in sorted(LIMITS.items()) if degrees >= freedom)
    expect(not bool(counts[~possible].any()) and statistic < limit, en, zh, statistic=f"{statistic:.0f}", limit=limit)


NOT_THE_TARGETS = (
    "The tokens do not have the distribution of the target: chi-square {statistic}, at most {limit}.",
    "词元的分布不是目标模型的分布：卡方为 {statistic}，最多应为 {limit}。",
)
NOT_ENOUGH = (
    "Drafted tokens are not accepted as often as the rule says: chi-square {statistic}, at most {limit}.",
    "草稿词元被接受的频率与规则不符：卡方为 {statistic}，最多应为 {limit}。",
)


def shares(rows, device):
    return torch.tensor(rows, dtype=torch.float64, device=device)


def seeded(rng, draws):
    """So many generators, one after another: what a call takes from its generator is not seen here."""
    for seed in rng.integers(0, 2**62, draws).tolist():
        source = rng.generator()
        source.manual_seed(seed)
        yield source


def sources_of_zero(device, count):
    """Generators whose first number in bfloat16, one of 256, is 0: not a smaller one, but one that is as small as p."""
    found, seed = [], 0
    while len(found) < count:
        source = torch.Generator(device=device).manual_seed(seed)
        if torch.rand((), generator=source, dtype=torch.bfloat16, device=device) == 0:
            found.append(source.manual_seed(seed))
        seed += 1
    return found


def drawn(student, rng, device, draws=DRAWS, k=3):
    """Many answers of rejection_sample to tokens that were drawn from q: completed rows of tokens, and what is kept."""
    p, q = shares(P[: k + 1], device), shares(Q[:k], device)
    mine = rng.generator()
    drafted = torch.multinomial(q, draws, replacement=True, generator=mine).T  # (draws, k)
    rest = torch.multinomial(p, draws, replacement=True, generator=mine).T  # (draws, k + 1)
    kept = torch.zeros(draws, dtype=torch.long)
    for number, source in enumerate(seeded(rng, draws)):
        tokens, accepted = student.rejection_sample(p, q, drafted[number], source)
        well_formed(tokens, accepted, k, drafted[number])
        rest[number, : len(tokens)] = tokens
        kept[number] = accepted
    return rest.cpu(), kept


def well_formed(tokens, accepted, k, drafted):
    """The accepted tokens, and one more."""
    expect(
        isinstance(accepted, int) and 0 <= accepted <= k and tokens.ndim == 1 and len(tokens) == accepted + 1,
        "{accepted} accepted tokens of {k} and one more are not {count}.",
        "接受了 {k} 个中的 {accepted} 个再加一个，不会是 {count} 个。",
        accepted=accepted,
        k=k,
        count=len(tokens) if hasattr(tokens, "__len__") else 0,
    )
    assert_same(tokens[:accepted], drafted[:accepted].long())


def table(*cells):
    """How often each combination of tokens came."""
    index = torch.zeros_like(cells[0])
    for cell in cells:
        index = index * VOCABULARY + cell
    return torch.bincount(index, minlength=VOCABULARY ** len(cells))


# rejection_sample


@points(1)
@claims(
    "At the first place where it is not, x and all that follows are dropped",
    "one token is drawn from max(0, p - q), normalised",
    "If all k are accepted, one more is drawn from target_probs[k]: the bonus token",
    "The accepted tokens and the one that was added",
    "how many were accepted, from 0 to k",
    "or from p if rounding leaves nothing of that",
)
def test_where_chance_has_no_say(student, rng, device):
    """Where the target is as sure as the draft, tokens are kept; where it holds one impossible, that one and all behind
    it go, and the only token left comes in its place, even if the target likes what follows.

    目标模型至少同样肯定时保留；它认为某个词元不可能时，那个词元及其后的都去掉，换上唯一可能的词元，哪怕目标模型喜欢后面的。
    """
    # Both like 0 equally; the target likes 1 a little more, and the draft 2. Token 3 is refused, and only 1 is missing.
    p = shares([[1 - 2**-20, 2**-20, 0, 0], [0, 0, 0, 1]], device)
    q = shares([[1 - 2**-20, 0, 2**-20 - 2**-45, 2**-45]], device)
    got = student.rejection_sample(p, q, torch.tensor([3], device=device), rng.generator())
    assert_same(got, (torch.tensor([1], device=device), 0))
    q = shares([[0.5, 0.5, 0, 0]] * 5, device)
    p = shares([[0.75, 0, 0.25, 0]] * 5 + [[0, 0, 0, 1]], device)
    for drafted, expected in (
        ([0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 3]),
        ([1, 0, 0, 0, 0], None),
        ([0, 0, 1, 0, 0], None),
        ([0, 0, 0, 0, 1], None),
    ):
        for _ in range(5):
            given = torch.tensor(drafted, device=device)
            tokens, accepted = student.rejection_sample(p, q, given, rng.generator())
            if expected is None:
                place = drafted.index(1)
                assert_same([tokens[:-1], accepted], [given[:place], place])
                expect(int(tokens[-1]) in (0, 2), "max(0, p - q) allows 0 and 2.", "max(0, p - q) 只允许 0 和 2。")
            else:
                assert_same([tokens, accepted], [torch.tensor(expected, device=device), 5])

    p = shares([[0.25, 0.25, 0.5], [0.5, 0.5, 0]], device)
    q = shares([[0.25, 0.75, 0]], device)
    for _ in range(20):  # 1 is kept with probability 1/3; otherwise only 2 is left
        tokens, accepted = student.rejection_sample(p, q, torch.tensor([1], device=device), rng.generator())
        expect(int(tokens[0]) == (1 if accepted else 2), "max(0, p - q) allows 2 alone.", "max(0, p - q) 只允许 2。")

    # In float32 the row sums to 1 with 1e-9 or without it: token 2 is refused, and max(0, p - q) is 0 everywhere.
    p = torch.tensor([[0.0, 1, 0, 0], [0, 0, 0, 1]], dtype=torch.float32, device=device)
    q = torch.tensor([[0.0, 1, 1e-9, 0]], dtype=torch.float32, device=device)
    for _ in range(20):
        got = student.rejection_sample(p, q, torch.tensor([2], device=device), rng.generator())
        assert_same(got, (torch.tensor([1], device=device), 0))


@points(1)
@claims(
    "Then the tokens have the distribution of the target",
    "Token x at place i was drawn from q = draft_probs[i]; the target would have drawn it from p = target_probs[i]",
)
def test_the_first_token(student, rng, device):
    """The first token has the distribution of the target, and no other, though it was drafted with quite another one.

    第一个词元的分布正是目标模型的分布，尽管起草时用的是完全不同的分布。
    """
    tokens, _ = drawn(student, rng, device, draws=701, k=1)
    chi_square(table(tokens[:, 0]), 701 * shares(P[0], "cpu"), *NOT_THE_TARGETS)


@points(2)
@after("test_the_first_token")
@claims(
    "Then the tokens have the distribution of the target",
    "Place by place, x is accepted with probability min(1, p(x) / q(x)), each time with a new random number",
    "with probability 1 - TV, where TV is half the sum of |p - q|",
    "accepts less often: that is not asked for",
)
def test_three_drafted_tokens(student, rng, device):
    """With three drafted tokens, those in a row have the distribution of the target, two by two, and each place accepts
    with probability 1 - TV: here 0.5, 0.625 and 0.5.

    起草三个词元时，相邻词元两两的分布都是目标模型的；每个位置的接受概率为 1 - TV，这里是 0.5、0.625 和 0.5。
    """
    tokens, kept = drawn(student, rng, device)
    p, q = shares(P, "cpu"), shares(Q, "cpu")
    agree = torch.minimum(p[:3], q).sum(1)
    reach = torch.cat([torch.ones(1, dtype=torch.float64), agree.cumprod(0)])  # at least so many are accepted
    expected = DRAWS * torch.cat([reach[:-1] * (1 - agree), reach[-1:]])
    chi_square(torch.bincount(kept, minlength=4), expected, *NOT_ENOUGH)

    for first in (0, 1, 2):
        pairs = table(tokens[:, first], tokens[:, first + 1])
        chi_square(pairs, DRAWS * p[first][:, None] * p[first + 1], *NOT_THE_TARGETS)


@points(1)
@after("test_where_chance_has_no_say")
@claims("If all k are accepted, one more is drawn from target_probs[k]: the bonus token")
def test_the_bonus_token(student, rng, device):
    """Where all drafted tokens are accepted for sure, the next one has the distribution of the target's last row.

    草稿词元必定全部被接受时，后面那个词元的分布就是目标模型最后一行的分布。
    """
    last = [0.6875, 0.25, 0.0625, 0.0]
    p = shares([[0.0, 0, 0.25, 0.75], [0.5, 0, 0, 0.5], last], device)
    q = p[:2].clone()
    found = []
    for source in seeded(rng, 701):
        tokens, accepted = student.rejection_sample(p, q, torch.tensor([3, 0], device=device), source)
        well_formed(tokens, accepted, 2, torch.tensor([3, 0], device=device))
        expect(accepted == 2, "Both tokens agree for sure.", "两个词元都必定一致。")
        found.append(int(tokens[-1]))
    chi_square(torch.bincount(torch.tensor(found), minlength=4), 701 * shares(last, "cpu"), *NOT_THE_TARGETS)


@points(1)
@claims(
    "a drafted token is accepted as often as that allows",
    "(To draw from p and accept x if it is equal gives the same distribution",
)
def test_equal_models_always_agree(student, rng, device):
    """Where draft and target are the same, every drafted token is kept, however improbable it was; where they have no
    token in common, none is.

    草稿与目标完全相同时，每个草稿词元都保留，不论它多么不可能；两者没有共同的词元时，一个也不保留。
    """
    for k in (1, 2, 5, 11):
        for dtype in (torch.float32, torch.float64):
            p = rng.normal(k + 1, 7, dtype=dtype).mul(3).softmax(1)
            drafted = rng.integers(0, 7, k)
            tokens, accepted = student.rejection_sample(p, p[:k].clone(), drafted, rng.generator())
            assert_same([tokens[:k], accepted, len(tokens)], [drafted, k, k + 1])
    p = torch.tensor([[1 - 1e-9, 1e-9, 0], [0, 1, 0]], dtype=torch.float64, device=device)
    got = student.rejection_sample(p, p[:1].clone(), torch.tensor([1], device=device), rng.generator())
    assert_same(got, (torch.tensor([1, 1], device=device), 1))
    p, q = torch.zeros(4, 7, device=device), torch.zeros(3, 7, device=device)
    p[:, :4], q[:, 4:] = 0.25, 1 / 3
    for _ in range(20):
        tokens, accepted = student.rejection_sample(p, q, torch.tensor([4, 5, 6], device=device), rng.generator())
        expect(accepted == 0 and len(tokens) == 1 and int(tokens[0]) < 4, "Nothing agrees.", "没有任何一致的词元。")


@points(1)
@after("test_where_chance_has_no_say")
@claims(
    "Rows are probabilities of any floating dtype, and sum to 1 up to rounding; k is 1 or more",
    "as int64 on the device of the probabilities",
)
def test_kinds_of_probabilities(student, device):
    """float16, bfloat16, float32 and float64, int32 tokens, views that are not contiguous, and a vocabulary of one
    token give int64 tokens; no argument is changed. A token that the target holds impossible is not kept, however few
    digits the rows have.

    float16、bfloat16、float32、float64、int32 的词元、不连续的视图、只有一个词元的词表：结果都是 int64，且参数不变。
    目标模型认为不可能的词元，无论各行的精度多低，都不会保留。
    """
    for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        p = torch.tensor([[0.0, 0, 0], [0.5, 0.25, 0], [0, 0.75, 0], [0.5, 0, 1]], dtype=dtype, device=device).T
        q = torch.tensor([[0.0, 0.25], [0.25, 0.75], [0, 0], [0.75, 0]], dtype=dtype, device=device).T
        drafted = torch.tensor([1, 1], dtype=torch.int32, device=device)
        source = torch.Generator(device=device)
        (tokens, accepted), (p_after, q_after, drafted_after, _), _ = call_and_keep(
            student.rejection_sample, p, q, drafted, source
        )
        expect(accepted in (1, 2), "The first token agrees for sure.", "第一个词元一定一致。")
        expect(
            tokens.tolist() in ([1, 1, 3], [1, 2]) and tokens.dtype == torch.int64,
            "The tokens are [1, 1, 3] or [1, 2], as int64.",
            "词元应为 int64 的 [1, 1, 3] 或 [1, 2]。",
        )
        assert_same([p_after, q_after, drafted_after], [p, q, drafted], rtol=0.0, atol=0.0)
    one = torch.ones(3, 1, device=device)
    zeros = torch.zeros(3, dtype=torch.long, device=device)
    assert_same(student.rejection_sample(one, one[:2], zeros[:2], torch.Generator(device=device)), (zeros, 2))
    p = torch.tensor([[0.0, 1.0], [0.0, 1.0]], dtype=torch.bfloat16, device=device)
    for source in sources_of_zero(device, 5):
        got = student.rejection_sample(p, p[:1].flip(1), zeros[:1], source)
        assert_same(got, (zeros[:1] + 1, 0))


@points(1)
@after("test_where_chance_has_no_say")
@claims("as int64 on the device of the probabilities")
def test_tokens_are_where_the_probabilities_are(student, device):
    """The tokens lie on the device of the probabilities: on a GPU, every new tensor is made there.

    词元与概率在同一设备上：在 GPU 上，新建的张量也要在那里。
    """
    p = torch.eye(3, device=device)
    for drafted, tokens, accepted in (([0, 1], [0, 1, 2], 2), ([0, 2], [0, 1], 1), ([2, 1], [0], 0)):
        drafted = torch.tensor(drafted, device=device)
        source = torch.Generator(device=device)
        answer = follows_device(student.rejection_sample, p, p[drafted], drafted, source)
        assert_same(answer, (torch.tensor(tokens, device=device), accepted))


@points(1)
@claims("k is 0, or the shapes do not fit")
def test_shapes_that_are_refused(student, rng, device):
    """No drafted token, as many rows of the target as of the draft, rows too many, and vocabularies that differ.

    没有草稿词元、目标与草稿行数相同、行数过多、词表大小不同，都应拒绝。
    """
    p, q, drafted = shares(P, device), shares(Q, device), torch.tensor([1, 0, 2], device=device)
    for bad in ((p[:3], q, drafted), (p, q[:2], drafted), (p, q, drafted[:2]), (p[:1], q[:0], drafted[:0])):
        assert_raises(ValueError, student.rejection_sample, *bad, rng.generator())
    for bad in (
        (p, q[:2], drafted[:2]),
        (p[:, :3], q, drafted),
        (p, q[:, :3], drafted),
        (p, p, drafted),
        (p[:2], q, drafted),
    ):
        assert_raises(ValueError, student.rejection_sample, *bad, rng.generator())


# speculative_step


class Model:
    """A model of the judge's: the next token depends on the last two and on their place. It notes its calls."""

    def __init__(self, device, seed, sharpness=1.5, vocabulary=VOCABULARY, dtype=torch.float32):
        source = torch.Generator().manual_seed(seed)
        numbers = torch.randn(3, vocabulary, vocabulary, vocabulary, generator=source) * sharpness
        self.table = numbers.softmax(-1).to(device, dtype)
        self.calls = []

    def __call__(self, ids, rows):
        self.calls.append((ids.clone(), rows))
        return torch.stack([self.after(ids[: len(ids) - rows + 1 + row].tolist()) for row in range(rows)])

    def after(self, text):
        """What comes after a text."""
        return self.table[len(text) % 3, text[-2] if len(text) > 1 else 0, text[-1]]


class Greedy(Model):
    """The same, as 0 and 1."""

    def after(self, text):
        row = super().after(text)
        return torch.nn.functional.one_hot(row.argmax(), len(row)).to(row.dtype)


class Wrong(Greedy):
    """Says what another greedy model says, but for the token at one place of the text."""

    def __init__(self, right, place):
        self.right, self.place, self.calls = right, place, []

    def after(self, text):
        row = self.right.after(text)
        return row.roll(1) if len(text) == self.place else row


@points(1)
@claims(
    "`draft(ids, rows)` and `target(ids, rows)` return probabilities of the shape (rows, vocabulary)",
    "what they expect after each of the last `rows` tokens of `ids`, which is int64 and has one axis",
    "k tokens are drawn from the draft, each given the text and those drawn before",
    "for that the draft is called k times, with rows = 1",
    "Then the target is called once, with all of them and rows = k + 1",
    "`ids` is of any integer dtype",
    "the new tokens, without those of `ids`, and how many were accepted",
)
def test_what_the_models_are_asked(student, rng, device):
    """The draft is asked k times, each time with what it drew before; the target once, with all of it. What is accepted
    is the beginning of what was drafted.

    草稿模型被问 k 次，每次都带上之前抽到的词元；目标模型只问一次，带上全部。被接受的是草稿的开头部分。
    """
    for k, length, dtype in ((1, 3, torch.int64), (3, 1, torch.int32), (5, 7, torch.int64), (2, 2, torch.int16)):
        draft, target = Model(device, 1), Model(device, 2)
        ids = rng.integers(0, VOCABULARY, length).to(dtype)
        (tokens, accepted), (_, _, kept, *_), _ = call_and_keep(
            student.speculative_step, draft, target, ids, k, rng.generator()
        )

        assert_same(kept, ids)
        expect(
            len(target.calls) == 1 and len(draft.calls) == k,
            "For k = {k} the draft was called {drafts} times and the target {targets} times; {k} and 1 are right.",
            "k = {k} 时草稿模型被调用 {drafts} 次，目标模型 {targets} 次；应为 {k} 次和 1 次。",
            k=k,
            drafts=len(draft.calls),
            targets=len(target.calls),
        )
        text, rows = target.calls[0]
        assert_same([text[:length], len(text), rows], [ids.long(), length + k, k + 1])
        assert_same([list(call) for call in draft.calls], [[text[: length + place], 1] for place in range(k)])
        well_formed(tokens, accepted, k, text[length:])
        expect(tokens.dtype == torch.int64, "Tokens are int64.", "词元应为 int64。")


@points(1)
@after("test_what_the_models_are_asked")
@claims("Temperature and filters are in them already; for greedy decoding they are 0 and 1")
def test_greedy_models(student, rng, device):
    """Of greedy models that differ first at one place, all tokens before it are kept, and the target's own token comes
    there; if they never differ, k + 1 tokens come.

    两个贪心模型在某处首次不同：之前的词元全部保留，该处用目标模型的词元；若始终相同，则得到 k + 1 个词元。
    """
    for k in (1, 2, 5):
        for place in range(k + 1):
            target = Greedy(device, 3 + place, vocabulary=7)
            ids = rng.integers(0, 7, 3)
            text = ids.tolist()
            for _ in range(k + 1):
                text.append(int(target.after(text).argmax()))
            got = student.speculative_step(Wrong(target, 3 + place), target, ids, k, rng.generator())
            assert_same(got, (torch.tensor(text[3 : 3 + place + 1], device=device), place))


@points(2)
@after("test_what_the_models_are_asked")
@claims(
    "`rejection_sample` decides what is kept",
    "k tokens are drawn from the draft, each given the text and those drawn before",
    "What `rejection_sample` returns",
)
def test_a_step_of_two_models(student, rng, device):
    """Two models that depend on the text: pairs of tokens come as the target says, and the first drafted token is
    accepted as often as it should be.

    两个依赖上文的模型：成对的词元按目标模型的概率出现，第一个草稿词元的接受频率也符合规则。
    """
    draws = 601
    draft, target = Model(device, 4), Model(device, 5)
    ids, mine = torch.tensor([1, 3, 0], device=device), rng.generator()
    pairs, first = torch.zeros(draws, 2, dtype=torch.long), 0
    for number, source in enumerate(seeded(rng, draws)):
        draft.calls.clear()
        target.calls.clear()
        tokens, accepted = student.speculative_step(draft, target, ids, 2, source)
        well_formed(tokens, accepted, 2, target.calls[0][0][3:])
        text = tokens.tolist()
        if len(text) < 2:
            text.append(int(torch.multinomial(target.after([*ids.tolist(), *text]), 1, generator=mine)))
        pairs[number] = torch.tensor(text[:2])
        first += accepted > 0
    p = target.after(ids.tolist()).double().cpu()
    then = torch.stack([target.after([*ids.tolist(), token]).double().cpu() for token in range(VOCABULARY)])
    chi_square(table(pairs[:, 0], pairs[:, 1]), draws * p[:, None] * then, *NOT_THE_TARGETS)
    share = float(torch.minimum(p, draft.after(ids.tolist()).double().cpu()).sum())
    counts = torch.tensor([first, draws - first])
    chi_square(counts, draws * torch.tensor([share, 1 - share]), *NOT_ENOUGH)


@points(1)
@after("test_what_the_models_are_asked")
@claims("All chance comes from the generator", "which is on their device")
def test_the_generator(student, rng, device):
    """The same state of the generator gives the same tokens, whatever else is drawn in between; other states give
    others. Both functions draw from the generator that they are given.

    generator 的状态相同，得到的词元就相同，不论其间还抽取了什么；状态不同则不同。两个函数都从传入的 generator 抽取。
    """
    draft, target = Model(device, 6, vocabulary=23), Model(device, 7, vocabulary=23)
    ids = rng.integers(0, 23, 5)
    p, q = rng.normal(6, 23).softmax(1), rng.normal(5, 23).softmax(1)
    drafted = torch.multinomial(q, 1, generator=rng.generator()).flatten()
    for name, arguments in (("rejection_sample", (p, q, drafted)), ("speculative_step", (draft, target, ids, 3))):
        function, found = getattr(student, name), []
        for source in seeded(rng, 20):
            before = source.get_state().clone()
            first, (*_, used), _ = call_and_keep(function, *arguments, source.clone_state())
            again = function(*arguments, source)
            expect(
                again[1] == first[1] and again[0].tolist() == first[0].tolist(),
                "{name} gave two answers for one state of its generator: something is drawn from another one, such as "
                "torch's global generator. Each call that draws needs generator=generator.",
                "generator 的状态相同，{name} 却给出了两个不同的结果：有的数是从别的生成器抽的，"
                "比如 torch 的全局生成器。每次抽取都要写 generator=generator。",
                name=name,
            )
            found.append(first[0].tolist())
            expect(
                not torch.equal(used.get_state(), before),
                "{name} took nothing from its generator.",
                "{name} 没有从 generator 抽取任何数。",
                name=name,
            )
        expect(
            len(set(map(tuple, found))) > 1,
            "Twenty generators gave the same tokens.",
            "二十个 generator 给出了相同的词元。",
        )


@points(1)
@after("test_what_the_models_are_asked")
@claims("What `rejection_sample` returns")
def test_a_text_grows_by_steps(student, rng, device):
    """With the same model as draft and target every step gives k + 1 tokens; from step to step, the models see the text
    as it has grown, dropped tokens not among it.

    草稿与目标是同一个模型时，每一步得到 k + 1 个词元；一步一步下去，模型看到的是增长后的文本，不含被丢弃的词元。
    """
    same, text = Model(device, 8, vocabulary=11), torch.tensor([2], device=device)
    for k in (1, 4, 2):
        tokens, accepted = student.speculative_step(same, same, text, k, rng.generator())
        assert_same([len(tokens), accepted], [k + 1, k])
        text = torch.cat([text, tokens])
    draft, target = Model(device, 9), Model(device, 10, dtype=torch.float64)
    text = torch.tensor([0, 1], device=device)
    for source in seeded(rng, 6):
        draft.calls.clear()
        tokens, accepted = student.speculative_step(draft, target, text, 3, source)
        well_formed(tokens, accepted, 3, target.calls[-1][0][len(text) :])
        assert_same(draft.calls[0][0], text)
        text = torch.cat([text, tokens])


@points(1)
@claims("k is below 1, or `ids` is empty or has not exactly one axis")
def test_steps_that_are_refused(student, rng, device):
    """No tokens to draft, an empty text, and a batch of texts.

    草稿长度为 0、空文本、一批文本，都应拒绝。
    """
    draft, target, ids = Model(device, 1), Model(device, 2), torch.tensor([1, 2], device=device)
    for bad_ids, k in ((ids, 0), (ids, -1), (ids[:0], 2), (ids[None], 2), (ids[0], 2)):
        assert_raises(ValueError, student.speculative_step, draft, target, bad_ids, k, rng.generator())
    tokens, accepted = student.speculative_step(draft, target, ids[:1], 1, rng.generator())
    well_formed(tokens, accepted, 1, target.calls[-1][0][1:])
