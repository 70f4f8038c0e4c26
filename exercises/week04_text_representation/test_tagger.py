"""Visible examples of week 04, tagger: every number can be checked by hand."""

import math

import torch

from grader.suite import assert_same

EMISSIONS = torch.tensor([[2.0, 0.0], [0.0, 1.0]])
TRANSITIONS = torch.tensor([[0.0, -2.0], [0.0, 0.0]])


def test_viterbi(student):
    """0 0 scores 2, 0 1 scores 2 - 2 + 1 = 1, 1 0 scores 0, 1 1 scores 1: staying with 0 is best. If
    beginning with 0 adds 1 and ending with 0 costs 3, 0 1 is best, with 2. No words give no tags.

    0 0 得 2，0 1 得 2 - 2 + 1 = 1，1 0 得 0，1 1 得 1：一直是 0 最好。
    若以 0 开头加 1 分、以 0 结尾减 3 分，则 0 1 最好，得 2。没有词就没有标签。
    """
    path, score = student.viterbi(EMISSIONS, TRANSITIONS)

    assert_same((path.tolist(), score), ([0, 0], torch.tensor(2.0)))
    path, score = student.viterbi(EMISSIONS, TRANSITIONS, torch.tensor([1.0, 0.0]), torch.tensor([-3.0, 0.0]))
    assert_same((path.tolist(), score), ([0, 1], torch.tensor(2.0)))
    assert_same(student.viterbi(EMISSIONS[:0], TRANSITIONS)[0].tolist(), [])


def test_likelihood(student):
    """The probability of 0 0 is e^2 of e^2 + e + 1 + e. Of the first word alone, it is e^2 of e^2 + 1, whatever stands
    behind it.

    0 0 的概率是 e^2 / (e^2 + e + 1 + e)。只看第一个词时是 e^2 / (e^2 + 1)，与后面的内容无关。
    """
    targets, lengths = torch.tensor([[0, 0]]), torch.tensor([2])

    got = student.crf_log_likelihood(EMISSIONS[None], targets, lengths, TRANSITIONS, torch.zeros(2), torch.zeros(2))

    assert_same(got, torch.tensor([math.log(math.e**2 / (math.e**2 + 2 * math.e + 1))]))
    one = student.crf_log_likelihood(
        EMISSIONS[None], torch.tensor([[0, -100]]), torch.tensor([1]), TRANSITIONS, torch.zeros(2), torch.zeros(2)
    )
    assert_same(one, torch.tensor([math.log(math.e**2 / (math.e**2 + 1))]))


def test_tagger(student):
    """The tagger scores 3 tags for each of 2 words, and decodes as many tags as a sentence has words.

    模型为 2 个词各给出 3 个标签的得分；解码得到的标签数与词数相同。
    """
    tagger = student.BiLSTMTagger(5, 3, 4, 2)

    assert_same(tuple(tagger(torch.tensor([[1, 4]]), torch.tensor([2])).shape), (1, 2, 3))
    assert_same([len(tags) for tags in tagger.decode(torch.tensor([[1, 4], [2, 0]]), torch.tensor([2, 1]))], [2, 1])


def test_spans(student):
    """Anna Lee lives in Berlin: a person of two words and a place. B begins a new span beside another; an I after O
    begins one, too.

    Anna Lee lives in Berlin：一个两个词的人名和一个地名。紧接着的 B 开始新的片段；O 之后的 I 也开始一个片段。
    """
    assert_same(student.bio_spans(["B-PER", "I-PER", "O", "O", "B-LOC"]), [("PER", 0, 2), ("LOC", 4, 5)])
    assert_same(student.bio_spans(["B-PER", "B-PER", "O", "I-LOC"]), [("PER", 0, 1), ("PER", 1, 2), ("LOC", 3, 4)])
