"""Hidden suite of week 04, tagger.

Small sentences are compared with all sequences of tags, one by one. Sizes are distinct primes.
Not covered: half precision, equally good sequences.
"""

import itertools

import torch

from grader.suite import (
    after,
    assert_raises,
    assert_same,
    attribute,
    claims,
    expect,
    gradients,
    points,
    set_attribute,
    unchanged,
)

BATCH, LENGTH, TAGS, DIM, HIDDEN, VOCABULARY = 5, 7, 3, 2, 11, 13
LENGTHS = [7, 1, 4, 2, 6]


def scores(rng, *batch, dtype=torch.float64):
    """Emissions (a view that is not contiguous), transitions, start and end."""
    emissions = rng.normal(*batch[:-1], TAGS, batch[-1], dtype=dtype).mT
    return emissions, rng.normal(TAGS, TAGS, dtype=dtype), rng.normal(TAGS, dtype=dtype), rng.normal(TAGS, dtype=dtype)


def every(emissions, transitions, start, end):
    """The score of every sequence of tags."""
    found = {}
    for tags in itertools.product(range(emissions.shape[1]), repeat=len(emissions)):
        steps = sum(transitions[a, b] for a, b in itertools.pairwise(tags))
        found[tags] = (
            sum(row[tag] for row, tag in zip(emissions, tags, strict=True)) + steps + start[tags[0]] + end[tags[-1]]
        )
    return found


def batch_of(rng, dtype=torch.float64):
    emissions, transitions, start, end = scores(rng, BATCH, LENGTH, dtype=dtype)
    targets = rng.integers(0, TAGS, BATCH, LENGTH)
    return emissions, targets, torch.tensor(LENGTHS, device=targets.device), transitions, start, end


def tagger_of(student, reference, device, tags=TAGS):
    """A tagger of each, with the same numbers."""
    sizes = (VOCABULARY, tags, DIM, HIDDEN)
    mine, ours = student.BiLSTMTagger(*sizes), reference.BiLSTMTagger(*sizes)
    state = ours.state_dict()
    source = torch.Generator().manual_seed(20)
    for name, value in state.items():
        state[name] = torch.randn(value.shape, generator=source).to(device)
    for each in (mine, ours):
        each.to(device)
        each.load_state_dict(state)
    return mine, ours


@claims(
    "is the sum of all emissions[i, y_i] and all transitions[y_(i-1), y_i]", "Of equally good sequences any may come"
)
@points(1)
def test_best_of_all(student, rng):
    """The path is the best of all sequences, and the score is its own; arguments stay as they are.

    路径是所有标签序列中最好的一条，得分是它自己的得分；参数不被修改。
    """
    for length in (1, 2, 5):
        for dtype in (torch.float64, torch.float32):
            args = scores(rng, length, dtype=dtype)
            found = every(*args)
            best = max(found, key=found.get)
            path, score = unchanged(student.viterbi, *args)
            assert_same(path, torch.tensor(best, device=path.device))
            assert_same(score, found[best])


@points(1)
def test_without_start_and_end(student, rng):
    """start and end are left out, or given alone.

    start 和 end 可以都不给，也可以只给一个。
    """
    emissions, transitions, start, end = scores(rng, 4)
    zeros = torch.zeros_like(start)
    for given in ({}, {"start": 3 * start}, {"end": 3 * end}):
        found = every(emissions, transitions, given.get("start", zeros), given.get("end", zeros))
        best = max(found, key=found.get)
        path, score = student.viterbi(emissions, transitions, **given)
        assert_same((path.tolist(), score), (list(best), found[best]))


@points(1)
def test_forbidden_steps(student, device):
    """A step of -inf, a forbidden start or end is avoided; the row is the tag before, the column the tag after.

    -inf 的转移、禁止的开头或结尾会被避开；行是前一个标签，列是后一个标签。
    """
    emissions = torch.tensor([[0.0, 2.0], [3.0, 0.0], [0.0, 4.0]], device=device)
    transitions = torch.tensor([[0.0, -torch.inf], [0.0, 0.0]], device=device)  # never 1 after 0
    none, closed = torch.zeros(2, device=device), torch.tensor([0.0, -torch.inf], device=device)

    assert_same(student.viterbi(emissions, transitions)[0].tolist(), [1, 1, 1])
    assert_same(student.viterbi(emissions, transitions, none, closed)[0].tolist(), [1, 0, 0])
    assert_same(student.viterbi(emissions, transitions, closed, none)[0].tolist(), [0, 0, 0])


@claims("Scores are any numbers, also -inf, which forbids")
@points(1)
def test_all_ways_forbidden(student, device):
    """-inf stays -inf, however large the other scores: where every sequence is forbidden, that is the best score.

    -inf 始终是 -inf，无论其他得分多大：所有序列都被禁止时，最高得分就是 -inf。
    """
    words = torch.full((3, 2), 1e12, dtype=torch.float64, device=device)
    steps, closed = torch.zeros(2, 2, dtype=torch.float64, device=device), torch.full((2,), -torch.inf, device=device)
    nowhere = torch.tensor(-torch.inf, dtype=torch.float64, device=device)
    shut = words.clone()
    shut[1] = -torch.inf

    assert_same(student.viterbi(words, steps - torch.inf)[1], nowhere)
    assert_same(student.viterbi(shut, steps)[1], nowhere)
    assert_same(student.viterbi(words, steps, closed.double())[1], nowhere)
    assert_same(student.viterbi(words, steps, None, closed.double())[1], nowhere)
    free = torch.tensor([[0.0, -torch.inf], [-torch.inf, 0.0]], dtype=torch.float64, device=device)
    path, score = student.viterbi(words * torch.tensor([[1.0, 0.0]] * 2 + [[0.0, 1.5]], device=device), free)
    assert_same((path.tolist(), float(score)), ([0, 0, 0], 2e12))


@claims("No words give an empty sequence (int64) and the score 0")
@points(1)
def test_no_words(student, device):
    """No words: an empty path of int64, and the score 0.

    没有词时，路径是空的 int64 张量，得分为 0。
    """
    path, score = student.viterbi(torch.zeros(0, 3, device=device), torch.ones(3, 3, device=device))

    nothing = torch.empty(0, dtype=torch.int64, device=device), torch.zeros((), device=device)
    assert_same((path, score), nothing)
    borders = torch.ones(3, device=device), torch.ones(3, device=device)
    assert_same(student.viterbi(torch.zeros(0, 3, device=device), torch.ones(3, 3, device=device), *borders), nothing)


@claims("The score is that of `viterbi`")
@points(1)
def test_probabilities_of_all(student, rng):
    """The probabilities of all sequences of tags sum to 1, each in proportion to the exponential of its score.

    所有标签序列的概率之和为 1，各与其得分的指数成正比。
    """
    for length in (1, 2, 3):
        emissions, transitions, start, end = scores(rng, length)
        found = every(emissions, transitions, start, end)
        targets = torch.tensor(list(found), device=emissions.device)
        rows = len(found)
        lengths = torch.full((rows,), length, device=emissions.device)
        args = (emissions.expand(rows, -1, -1), targets, lengths, transitions, start, end)
        assert_same(student.crf_log_likelihood(*args), torch.stack(list(found.values())).log_softmax(0))


@claims("Gradients flow to all scores", "Nothing is changed")
@points(2)
def test_likelihood_agrees_with_the_reference(student, reference, rng):
    """Sentences of different lengths, both dtypes: values and all gradients are the reference's.

    长度不同的句子、两种 dtype：值和所有梯度都与参考答案一致。
    """
    for dtype in (torch.float64, torch.float32):
        args = batch_of(rng, dtype)
        assert_same(unchanged(student.crf_log_likelihood, *args), reference.crf_log_likelihood(*args))
        mine, ours = (gradients(each.crf_log_likelihood, *args, wrt=(0, 3, 4, 5)) for each in (student, reference))
        assert_same(mine, ours)


@claims(
    "Only the first `lengths[b]` words of sentence b count", "A sentence of length 0 has probability 1, so 0 comes out"
)
@points(1)
def test_what_stands_behind(student, reference, rng):
    """What stands behind a sentence, NaN or a target of -100, changes nothing; without words, the answer is 0.

    句子之后的内容（NaN 或目标 -100）没有影响；没有词时结果为 0。
    """
    emissions, targets, lengths, *rest = batch_of(rng)
    words_everywhere = reference.crf_log_likelihood(emissions, targets, lengths, *rest)
    without = lengths.clone()
    without[1] = 0
    clean = reference.crf_log_likelihood(emissions, targets, without, *rest)
    behind = torch.arange(LENGTH, device=lengths.device) >= lengths[:, None]
    emissions[behind], targets[behind] = torch.nan, -100

    # One thing at a time: NaN behind words, no words before zeros, and then both.
    assert_same(student.crf_log_likelihood(emissions, targets, lengths, *rest), words_everywhere)
    zeros = torch.zeros(2, 1, TAGS, dtype=emissions.dtype, device=emissions.device)
    nothing = (zeros, torch.zeros_like(targets[:2, :1]), torch.arange(2, device=lengths.device), *rest)
    assert_same(student.crf_log_likelihood(*nothing), reference.crf_log_likelihood(*nothing))
    lengths = without
    emissions[1], targets[1] = torch.nan, TAGS + 2  # no tag at all, in a sentence without words
    got = student.crf_log_likelihood(emissions, targets, lengths, *rest)
    assert_same(got, clean)
    assert_same(got[1], torch.zeros((), dtype=torch.float64, device=got.device))
    slopes = gradients(student.crf_log_likelihood, emissions, targets, lengths, *rest, wrt=(3, 4, 5))
    expect(
        all(bool(slope.isfinite().all()) for slope in slopes),
        "A gradient is not a finite number.",
        "有梯度不是有限的数。",
    )


@claims("Scores of 1e4 do not overflow; -inf does not occur here")
@points(1)
def test_large_scores(student, reference, rng):
    """Scores of 10,000 do not overflow.

    得分为 10,000 时不溢出。
    """
    emissions, targets, lengths, *rest = batch_of(rng)
    args = (1e4 * emissions, targets, lengths, *rest)

    assert_same(student.crf_log_likelihood(*args), reference.crf_log_likelihood(*args))


@claims("Its layers: `embedding` (nn.Embedding, vocabulary to dim)")
@points(1)
def test_names_of_the_parameters(student, reference, device):
    """The tagger has the layers and parameters that its docstring names; transitions, start and end are zeros at first.

    模型有文档字符串中列出的层和参数；transitions、start、end 初始为 0。
    """
    sizes = (VOCABULARY, TAGS, DIM, HIDDEN)
    mine, ours = student.BiLSTMTagger(*sizes).state_dict(), reference.BiLSTMTagger(*sizes).state_dict()

    shapes = [{name: tuple(value.shape) for name, value in sorted(each.items())} for each in (mine, ours)]
    expect(
        shapes[0] == shapes[1],
        "The parameters should be {expected}; yours are {got}.",
        "参数应为 {expected}；你的是 {got}。",
        expected=shapes[1],
        got=shapes[0],
    )
    for name in ("transitions", "start", "end"):
        assert_same(mine[name].cpu(), torch.zeros_like(ours[name]).cpu())


@claims(
    "The backward direction begins at the last real word",
    "The emissions behind a sentence may be anything",
    "Lengths are at least 1",
)
@points(1)
@after("test_names_of_the_parameters")
def test_emissions_of_words(student, reference, rng, device):
    """With the same parameters, the emissions of all real words are the reference's, whatever stands behind a sentence.

    参数相同时，所有真实词的发射得分与参考答案一致，与句子之后的内容无关。
    """
    mine, ours = tagger_of(student, reference, device)
    ids, lengths = rng.integers(0, VOCABULARY, BATCH, LENGTH), torch.tensor(LENGTHS, device=device)
    real = torch.arange(LENGTH, device=device) < lengths[:, None]
    for length in (LENGTH, LENGTH + 3):
        wide = torch.cat([ids, rng.integers(0, VOCABULARY, BATCH, length - LENGTH)], dim=1)
        got = mine(wide, lengths).detach()
        assert_same(tuple(got.shape), (BATCH, length, TAGS))
        assert_same(got[:, :LENGTH][real], ours(ids, lengths).detach()[real])


@points(1)
@after("test_names_of_the_parameters")
def test_loss_trains(student, reference, rng, device):
    """The loss is the sum over sentences divided by the number of words, and training by it changes every parameter as
    the reference's does.

    损失是各句之和除以词数；用它训练时，每个参数的变化都与参考答案一致。
    """
    mine, ours = tagger_of(student, reference, device)
    ids, lengths = rng.integers(0, VOCABULARY, BATCH, LENGTH), torch.tensor(LENGTHS, device=device)
    targets = rng.integers(0, TAGS, BATCH, LENGTH)

    assert_same(mine.loss(ids, targets, lengths).detach(), ours.loss(ids, targets, lengths).detach())
    one = ids[:1, :1], targets[:1, :1], torch.ones_like(lengths[:1])
    assert_same(mine.loss(*one).detach(), ours.loss(*one).detach())
    for each, module in ((mine, student), (ours, reference)):
        module.given("tagging").train(each, ids, targets, lengths, 3, 0.5)
    assert_same(dict(mine.state_dict()), dict(ours.state_dict()))


@points(1)
@after("test_emissions_of_words")
def test_decoding(student, reference, rng, device):
    """decode gives each sentence as many tags as it has words, the best ones with transitions, start and end.

    decode 给每个句子与词数一样多的标签，并考虑 transitions、start 和 end。
    """
    mine, ours = tagger_of(student, reference, device)
    for _ in range(3):
        ids, lengths = rng.integers(0, VOCABULARY, BATCH, LENGTH), torch.tensor(LENGTHS, device=device)
        assert_same(mine.decode(ids, lengths), ours.decode(ids, lengths))
    # Tag 0 is best for one word; through a step into the padding, tag 1 would be.
    state = {name: torch.zeros_like(value) for name, value in ours.state_dict().items()}
    state["linear.bias"][0], state["transitions"][1, 1] = 1, 5
    mine.load_state_dict(state)
    assert_same(mine.decode(ids[:2], lengths[:2]), [[1] * LENGTH, [0]])


@claims("No gradients are recorded, and the model stays in the mode that it is in")
@points(1)
@after("test_decoding")
def test_decoding_records_nothing(student, reference, rng, device):
    """While decode works, no gradients are recorded; afterwards the model is in the mode that it was in.

    decode 运行时不记录梯度；之后模型仍处于原来的模式。
    """
    mine, ours = tagger_of(student, reference, device)
    watched = student.given("tagging").Watched(2 * HIDDEN, TAGS)
    watched.to(str(device))
    watched.load_state_dict({name: ours.state_dict()[f"linear.{name}"] for name in ("weight", "bias")})
    set_attribute(mine, "linear", watched)
    ids, lengths = rng.integers(0, VOCABULARY, BATCH, LENGTH), torch.tensor(LENGTHS, device=device)
    for training in (True, False):
        mine.train(training)
        mine.decode(ids, lengths)
        assert_same(attribute(mine, "training"), training)
    recorded = attribute(watched, "recorded")
    assert_same(recorded, [False] * len(recorded))


@claims('"B-PER" begins a span with the label PER')
@points(1)
def test_spans(student):
    """Spans carry label, begin and end (not included); neighbours with B are two spans; the last word may end one.

    片段含标签、起点和终点（不含）；相邻的两个 B 是两个片段；最后一个词也可以结束片段。
    """
    tags = "B-PER I-PER O B-LOC B-LOC I-LOC I-LOC O O B-X-Y".split()

    assert_same(unchanged(student.bio_spans, tags), [("PER", 0, 2), ("LOC", 3, 4), ("LOC", 4, 7), ("X-Y", 9, 10)])
    assert_same(student.bio_spans([]), [])
    assert_same(student.bio_spans(["O", "O"]), [])
    assert_same(student.bio_spans(["B-人", "I-人"]), [("人", 0, 2)])


@claims(
    "Broken sequences are read as conlleval and seqeval read them by default",
    'a tag is none of "O", "B-label" and "I-label"',
)
@points(1)
def test_broken_sequences(student):
    """An I at the beginning, after O or after another label begins a span, as seqeval reads it; other tags are refused.

    I 出现在开头、O 之后或别的标签之后时，开始一个新片段（与 seqeval 一致）；其他标签抛出 ValueError。
    """
    tags = "I-PER I-PER O I-LOC I-PER B-PER I-LOC I-LOC".split()

    assert_same(student.bio_spans(tags), [("PER", 0, 2), ("LOC", 3, 4), ("PER", 4, 5), ("PER", 5, 6), ("LOC", 6, 8)])
    again = "B-PER O I-PER I-PER O O I-PER".split()  # what ended goes on in nothing, though its label is the same
    assert_same(student.bio_spans(again), [("PER", 0, 1), ("PER", 2, 4), ("PER", 6, 7)])
    for bad in ("", "B", "I-", "E-PER", "PER", "o", "O-PER", "b-PER"):
        assert_raises(ValueError, student.bio_spans, ["O", bad])


@claims("The number of sequences is tags ** length: time grows with length * tags ** 2")
@points(1)
@after("test_likelihood_agrees_with_the_reference")
def test_speed(student, reference, speed):
    """61 sentences of 41 words are computed together, without a loop over sentences.

    61 个句子、每句 41 个词一起计算，不逐句循环。
    """
    speed(student, reference).call(
        "crf_log_likelihood",
        lambda rng: rng.normal(61, 41, 7),
        lambda rng: rng.integers(0, 7, 61, 41),
        lambda rng: rng.integers(31, 42, 61),
        lambda rng: rng.normal(7, 7),
        lambda rng: rng.normal(7),
        lambda rng: rng.normal(7),
        at_most=8.0,
    )
