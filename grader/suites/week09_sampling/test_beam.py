"""Hidden suite of week 09, beam.

next_logits is a plain function, so it runs in the judge, which sees every call.
Random language models are tables of float64 logits, in which no two candidates tie.
Not covered: which of several equal final scores comes first, beyond the order of the last ranking.
"""

import math

import torch

from grader.suite import after, assert_raises, assert_same, claims, expect, points, unchanged

VOCAB = 7


class Model:
    """A language model that is a table: the next token depends on the last two tokens and on how many there are."""

    def __init__(self, table):
        self.table = table  # [kinds, vocab, vocab, vocab]
        self.calls = []

    def __call__(self, tokens):
        before = tokens[:, -2] if tokens.shape[1] > 1 else tokens[:, -1]
        self.calls.append(tokens.tolist())
        return self.table[tokens.shape[1] % len(self.table), before, tokens[:, -1]]

    @classmethod
    def random(cls, rng, vocab=VOCAB, spread=1.5):
        return cls(spread * rng.normal(3, vocab, vocab, vocab, dtype=torch.float64))

    def plain(self):
        """The model as a plain function, which becomes a callback."""
        return lambda tokens: self(tokens)

    def log_probs(self, text):
        device = self.table.device
        return self(torch.tensor([text], device=device))[0].log_softmax(-1).tolist()


def tree(branches, device, vocab=3):
    """A model given by hand: `branches` maps the new tokens so far to probabilities of the next; the prompt is [0]."""

    def next_logits(tokens):
        expect(len(tokens) > 0, en="next_logits was called without rows.", zh="调用 next_logits 时一行也没有传入。")
        rows = [branches.get(tuple(row[1:]), [1 / vocab] * vocab) for row in tokens.tolist()]
        return torch.tensor(rows, dtype=torch.float64, device=device).log() + 4.0

    return next_logits


def ids(*tokens, device):
    return torch.tensor(tokens, dtype=torch.int64, device=device)


def hypotheses(got, at_most):
    """The answer as a list of (list of int, float)."""
    well_formed = isinstance(got, list) and all(
        isinstance(pair, tuple | list)
        and len(pair) == 2
        and isinstance(pair[0], list)
        and isinstance(pair[1], int | float)
        for pair in got
    )
    expect(
        well_formed and 0 < len(got) <= at_most,
        en="beam_search has to return a list of at most {at_most} pairs (list of new tokens, score as a float).",
        zh="beam_search 应返回最多 {at_most} 个二元组的列表：（新词元的列表，float 类型的分数）。",
        at_most=at_most,
    )
    expect(
        all(type(token) is int and 0 <= token < VOCAB for tokens, _ in got for token in tokens),
        en="The new tokens have to be plain int, ids of the vocabulary.",
        zh="新词元应为普通的 int，并且是词表中的编号。",
    )
    return [(tokens, score) for tokens, score in got]


@points(2)
@claims(
    "The search begins with the prompt alone",
    "ranked by their total, the sum of the log-probabilities of their new tokens",
)
def test_two_beams_find_what_greedy_misses(student, device):
    """The best first token, 0.6, leads to at most 0.6 * 0.4 = 0.24; the second best, 0.4, leads to 0.4 * 0.9 = 0.36,
    and two beams find it.

    第一步最好的词元之后最多得到 0.6 * 0.4 = 0.24，次好的之后得到 0.4 * 0.9 = 0.36，束宽（beams）为 2 就能找到。
    """
    model = tree({(): [0.6, 0.4, 0.0], (0,): [0.35, 0.25, 0.4], (1,): [0.05, 0.9, 0.05]}, device)

    got = hypotheses(student.beam_search(model, ids(0, device=device), 2, 2, 0.0), at_most=2)

    assert_same(got, [([1, 1], math.log(0.36)), ([0, 2], math.log(0.24))])


@points(1)
def test_one_beam_is_greedy(student, rng, device):
    """One beam takes the best token at every step; its score is the mean log-probability of the new tokens.

    只有一个束时，每一步取最好的词元；分数是新词元的对数概率的平均值。
    """
    model = Model.random(rng)
    text, total = [3, 5], 0.0
    for _ in range(6):
        log_probs = model.log_probs(text)
        text.append(log_probs.index(max(log_probs)))
        total += max(log_probs)

    got = hypotheses(student.beam_search(model.plain(), ids(3, 5, device=device), 1, 6), at_most=1)

    assert_same(got, [(text[2:], total / 6)])


def exhaustive(model, prompt, new_tokens, length_penalty, stop_token):
    """All continuations that end in the stop token or have full length, with scores, best first."""
    found, open_ = [], [([], 0.0)]
    for length in range(1, new_tokens + 1):
        longer = [
            ([*tokens, token], total + log_prob)
            for tokens, total in open_
            for token, log_prob in enumerate(model.log_probs([*prompt, *tokens]))
        ]
        done = [pair for pair in longer if pair[0][-1] == stop_token or length == new_tokens]
        open_ = [pair for pair in longer if pair[0][-1] != stop_token]
        found += [(tokens, total / length**length_penalty) for tokens, total in done]
    return sorted(found, key=lambda pair: -pair[1])


@points(2)
def test_wide_beam_is_exhaustive(student, rng, device):
    """A beam as wide as there are texts finds every text of up to 4 tokens, in the order of their scores.

    束宽不小于文本总数时，会找到所有长度不超过 4 的文本，并按分数排序。
    """
    model = Model.random(rng, vocab=3)
    expected = exhaustive(model, [2, 0], 4, 1.0, stop_token=1)

    got = student.beam_search(model.plain(), ids(2, 0, device=device), 81, 4, 1.0, 1)

    assert_same(hypotheses(got, at_most=81), expected)


@points(1)
@claims("Then:")
def test_finished_hypotheses_wait(student, device):
    """A hypothesis that ends in the stop token is kept as it is, is never extended, and does not end the search for the
    others.

    以停止词元结尾的假设（hypothesis）原样保留，不再扩展，也不会让其他假设的搜索提前结束。
    """
    first, then = {(): [0.3, 0.5, 0.2]}, {(0,): [0.3, 0.3, 0.4], (2,): [0.97, 0.02, 0.01], (2, 0): [0.01, 0.98, 0.01]}
    model = tree(first | then, device)

    got = hypotheses(student.beam_search(model, ids(0, device=device), 2, 3, 0.0, stop_token=1), at_most=2)

    assert_same(got, [([1], math.log(0.5)), ([2, 0, 1], math.log(0.2 * 0.97 * 0.98))])


@points(1)
@after("test_finished_hypotheses_wait")
@claims("Ending earlier is fine where it cannot change the answer")
def test_the_search_does_not_end_too_early(student, device):
    """A finished hypothesis ends no search that can still find a better one: a live text that scores less now may score
    more once it is longer.

    只要还可能找到更好的，就不能因为已有完成的假设而结束搜索：存活的文本现在分数较低，变长之后可能更高。
    """
    then = {(2,): [0.03, 0.95, 0.02], (0,): [0.5, 0.01, 0.49], (0, 0): [0.98, 0.01, 0.01]}
    later = {(0, 0, 0): [0.98, 0.01, 0.01], (0, 0, 0, 0): [0.01, 0.98, 0.01]}
    model = tree({(): [0.3, 0.5, 0.2]} | then | later, device)

    # After two steps 1 and 2 1 have finished, with -0.69 and -0.83; 0 0 lives, with log(0.15) / 2 = -0.95.
    got = hypotheses(student.beam_search(model, ids(0, device=device), 2, 5, 1.0, stop_token=1), at_most=2)

    assert_same(got, [([0, 0, 0, 0, 1], math.log(0.15 * 0.98**3) / 5), ([1], math.log(0.5))])


@points(1)
@after("test_finished_hypotheses_wait")
@claims("the live hypotheses join the finished ones", "highest scores are the answer")
def test_the_living_join_in_the_end(student, device):
    """Live hypotheses join in the end although `beams` have finished: one that scores higher takes the place of a
    finished one.

    即使完成的假设已有 `beams` 个，最后仍要加入存活的假设：分数更高的会取代已完成的。
    """
    then = {(2,): [0.03, 0.95, 0.02], (0,): [0.5, 0.01, 0.49], (0, 0): [0.98, 0.01, 0.01]}
    model = tree({(): [0.3, 0.5, 0.2]} | then | {(0, 0, 0): [0.98, 0.01, 0.01]}, device)

    # After two steps 1 and 2 1 have finished, with -0.69 and -0.83; 0 0 0 0 still lives after four, with -0.48.
    got = hypotheses(student.beam_search(model, ids(0, device=device), 2, 4, 1.0, stop_token=1), at_most=2)

    assert_same(got, [([0, 0, 0, 0], math.log(0.15 * 0.98**2) / 4), ([1], math.log(0.5))])


@points(1)
@claims(
    "is finished if it is among the `beams` best of all, else it is dropped",
    "the `beams` best candidates that do not end in it live on",
)
def test_stop_candidates_compete(student, device):
    """A candidate that ends in the stop token is finished only if it is among the `beams` best; the live places are
    refilled with others.

    以停止词元结尾的候选，只有排在前 `beams` 名之内才算完成；空出的位置由其他候选补上。
    """
    model = tree({(): [0.5, 0.2, 0.3], (0,): [0.4, 0.35, 0.25], (2,): [0.05, 0.9, 0.05]}, device)

    unlucky = student.beam_search(model, ids(0, device=device), 2, 1, 0.0, stop_token=1)
    refilled = student.beam_search(model, ids(0, device=device), 2, 2, 0.0, stop_token=1)
    # The third best candidate of the second step, (2, 0), ends: it is dropped, though one of the two before it ended.
    then = {(1,): [0.6, 0.4, 0.0], (2,): [0.45, 0.25, 0.3]}
    third = tree({(): [0.1, 0.5, 0.4]} | then, device)
    dropped = student.beam_search(third, ids(0, device=device), 2, 3, 0.0, stop_token=0)

    assert_same(hypotheses(unlucky, at_most=2), [([0], math.log(0.5)), ([2], math.log(0.3))])
    assert_same(hypotheses(refilled, at_most=2), [([2, 1], math.log(0.27)), ([0, 0], math.log(0.2))])
    assert_same(hypotheses(dropped, at_most=2)[0], ([1, 0], math.log(0.3)))
    assert_same(hypotheses(dropped, at_most=2)[1][1], math.log(0.2 / 3))


@points(2)
@claims("score = total / length ** length_penalty")
def test_length_penalty(student, device):
    """score = total / length ** length_penalty: 0 prefers the short text, 1 the long one; the stop token counts, the
    prompt does not.

    score = total / length ** length_penalty：取 0 时偏向短文本，取 1 时偏向长文本；停止词元计入长度，提示不计入。
    """
    model = tree({(): [0.49, 0.5, 0.01], (0,): [0.97, 0.01, 0.02], (0, 0): [0.01, 0.98, 0.01]}, device)
    short, long = math.log(0.5), math.log(0.49 * 0.97 * 0.98)

    for penalty, expected in {
        0.0: [([1], short), ([0, 0, 1], long)],
        1.0: [([0, 0, 1], long / 3), ([1], short)],
        1.5: [([0, 0, 1], long / 3**1.5), ([1], short)],
        -1.0: [([1], short), ([0, 0, 1], long * 3)],
    }.items():
        got = student.beam_search(model, ids(0, device=device), 2, 3, penalty, 1)

        assert_same(hypotheses(got, at_most=2), expected)


@points(1)
@claims(
    "It is called once a step, with all live hypotheses and nothing else",
    "takes token ids (prompt and new tokens, all rows of one length)",
)
def test_one_call_a_step(student, rng, device):
    """next_logits is called once a step, with the live hypotheses alone: prompt first, no row twice, at most `beams`
    rows.

    每一步只调用 next_logits 一次，只传入存活的假设：以提示开头，没有重复的行，最多 `beams` 行。
    """
    model = Model.random(rng)
    prompt, beams, steps = [4, 1, 6], 5, 4

    hypotheses(student.beam_search(model.plain(), ids(*prompt, device=device), beams, steps, 1.0, 2), at_most=beams)

    expect(
        0 < len(model.calls) <= steps,
        en="next_logits was called {calls} times in {steps} steps.",
        zh="{steps} 步中调用了 next_logits {calls} 次。",
        calls=len(model.calls),
        steps=steps,
    )
    for step, rows in enumerate(model.calls):
        expect(
            all(row[:3] == prompt and len(row) == 3 + step for row in rows),
            en="In step {step} a row is not the prompt followed by {step} new tokens.",
            zh="第 {step} 步（从 0 数起）中，有的行不是提示加上 {step} 个新词元。",
            step=step,
        )
        expect(
            len({tuple(row) for row in rows}) == len(rows) <= beams and (step > 0 or len(rows) == 1),
            en="In step {step} next_logits got {rows} rows; equal rows, or more than {beams}, are wasted work (the "
            "first step needs one).",
            zh="第 {step} 步（从 0 数起）向 next_logits 传入了 {rows} 行；"
            "重复的行或超过 {beams} 行都是浪费（第一步只需一行）。",
            step=step,
            rows=len(rows),
            beams=beams,
        )
        expect(
            all(2 not in row[3:] for row in rows),
            en="In step {step} a finished hypothesis was extended.",
            zh="第 {step} 步（从 0 数起）中，有已完成的假设仍在扩展。",
            step=step,
        )


@points(1)
def test_scores_are_log_probabilities(student, rng, device):
    """A constant added to the logits of a row changes nothing, however large, in float32 too.

    给某一行的 logits 加上任意大的常数，结果都不变，float32 也一样。
    """
    model = Model.random(rng)
    model.table = (64 * model.table).round() / 64 + rng.integers(-99, 100, 3, VOCAB, VOCAB, 1)  # exact in float32

    def single(tokens):
        return model(tokens).float()

    prompt = ids(5, 2, device=device)
    tokens, score = hypotheses(student.beam_search(model.plain(), prompt, 3, 5, 0.7), at_most=3)[0]
    greedy = hypotheses(student.beam_search(model.plain(), prompt, 1, 5, 0.7), at_most=1)
    rounded = hypotheses(student.beam_search(single, prompt, 1, 5, 0.7), at_most=1)

    total = 0.0
    for place, token in enumerate(tokens):
        total += sum(model.log_probs([5, 2, *tokens[:place]])[token : token + 1])
    assert_same(score, total / 5**0.7)
    # a log-sum-exp near 100 is rounded in float32 by up to 4e-6, and five of them are summed
    assert_same(rounded, greedy, rtol=1e-5, atol=4e-5)


@points(1)
@claims("a candidate of probability 0 is dropped", "fewer if there are fewer")
def test_impossible_candidates_are_dropped(student, device):
    """A token of probability 0 is in no hypothesis, even if fewer than `beams` hypotheses remain, and the search ends
    when none is alive.

    概率为 0 的词元不会出现在任何假设中，哪怕假设不足 `beams` 个；没有存活的假设时搜索结束。
    """
    certain = {(0,): [0.0, 1.0, 0.0], (2,): [0.0, 1.0, 0.0], (2, 1): [1.0, 0.0, 0.0]}
    model = tree({(): [0.75, 0.0, 0.25]} | certain, device)

    got = hypotheses(student.beam_search(model, ids(0, device=device), 5, 4, 0.0, 1), at_most=5)

    assert_same(got, [([0, 1], math.log(0.75)), ([2, 1], math.log(0.25))])


@points(1)
@claims(
    "the candidate of the better-placed hypothesis comes first, then the lower token id",
    "Hypotheses of equal score that live to the end stay in that order",
)
def test_ties(student, device):
    """Of equal candidates the one of the better-placed hypothesis comes first, then the lower token id.

    候选并列时，排名靠前的假设的候选优先，其次是编号小的词元优先。
    """
    # Of 25 candidates: an unstable sort keeps the order of up to 16.
    got = student.beam_search(tree({}, device, vocab=5), ids(0, device=device), 18, 2, 0.0)

    tokens = [pair[0] for pair in hypotheses(got, at_most=18)]
    assert_same(tokens, [[first, second] for first in range(5) for second in range(5)][:18])
    # 2 1 and 0 1 have the same total, 0.7 * 0.3: there is place for one, and 2 stood before 0.
    model = tree({(): [0.3, 0.0, 0.7], (2,): [0.7, 0.3, 0.0], (0,): [0.0, 0.7, 0.3]}, device)
    got = student.beam_search(model, ids(0, device=device), 2, 2, 0.0)
    assert_same([pair[0] for pair in hypotheses(got, at_most=2)], [[2, 0], [2, 1]])


@points(2)
@claims("a list of int without the prompt, with the stop token if there is one; a float")
def test_agrees_with_the_reference(student, reference, rng, device):
    """All hypotheses and scores agree with the reference, for several widths, lengths, penalties and stop tokens.

    在不同的束宽、长度、惩罚和停止词元下，所有假设和分数都与参考答案一致。
    """
    for beams, new_tokens, penalty, stop_token in [(3, 5, 1.0, 0), (2, 7, 0.5, 4), (5, 4, -0.5, None), (11, 3, 2.0, 6)]:
        model, prompt = Model.random(rng).plain(), rng.integers(0, VOCAB, beams)

        got = student.beam_search(model, prompt, beams, new_tokens, penalty, stop_token)

        expected = reference.beam_search(model, prompt, beams, new_tokens, penalty, stop_token)
        assert_same(hypotheses(got, at_most=beams), expected)


@points(1)
@claims("ValueError unless beams >= 1 and max_new_tokens >= 1", "prompt: token ids; not modified")
def test_arguments(student, device):
    """One beam and one new token are fine; fewer raise ValueError. The prompt stays as it was.

    束宽为 1、新词元数为 1 没有问题，更小则抛出 ValueError。传入的提示保持不变。
    """
    model, prompt = tree({(): [0.2, 0.7, 0.1]}, device), ids(0, device=device)

    got = unchanged(student.beam_search, model, prompt, 1, 1)

    assert_same(hypotheses(got, at_most=1), [([1], math.log(0.7))])
    assert_raises(ValueError, student.beam_search, model, prompt, 0, 3)
    assert_raises(ValueError, student.beam_search, model, prompt, 2, 0)
