"""Visible examples of week 09, filters: every number can be checked by hand."""

import math

import torch

from grader.suite import assert_same

INF = math.inf


def test_temperature(student):
    """Temperature 2 halves the logits.

    温度为 2 时 logits 减半。
    """
    assert_same(student.apply_temperature(torch.tensor([[4.0, -2.0]]), 2.0), torch.tensor([[2.0, -1.0]]))


def test_top_k(student):
    """The two best of each row stay; in the second row two tokens tie for the second place, and both stay.

    每一行保留最好的两个；第二行有两个词元并列第二，都保留。
    """
    logits = torch.tensor([[1.0, 4.0, 3.0, 2.0], [3.0, 2.0, 2.0, 1.0]])

    assert_same(student.top_k_filter(logits, 2), torch.tensor([[-INF, 4.0, 3.0, -INF], [3.0, 2.0, 2.0, -INF]]))


def test_top_p(student):
    """Probabilities 0.5, 0.3, 0.15, 0.05 sum up to 0.5, 0.8, 0.95, 1: the second token crosses p = 0.75 and stays.

    概率 0.5、0.3、0.15、0.05 的累计和为 0.5、0.8、0.95、1：p = 0.75 由第二个词元跨过，它保留。
    """
    logits = torch.tensor([[0.5, 0.3, 0.15, 0.05]]).log()

    got = student.top_p_filter(logits, 0.75)

    assert_same(got, torch.tensor([[math.log(0.5), math.log(0.3), -INF, -INF]]))


def test_top_p_of_an_unsorted_row(student):
    """The same probabilities in another order: 0.3 and 0.5 stay where they stand. At p = 1 everything stays.

    同样的概率换一种顺序：0.3 和 0.5 留在原来的位置。p = 1 时全部保留。
    """
    logits = torch.tensor([[0.05, 0.3, 0.15, 0.5]]).log()

    assert_same(student.top_p_filter(logits, 0.75), torch.tensor([[-INF, math.log(0.3), -INF, math.log(0.5)]]))
    assert_same(student.top_p_filter(logits, 1.0), logits)


def test_top_p_at_its_edge(student):
    """Four equal tokens have 0.25 each: at p = 0.5 two are enough, and the lower ids come first.

    四个相等的词元各占 0.25：p = 0.5 时两个就够了，编号小的在前。
    """
    assert_same(student.top_p_filter(torch.zeros(1, 4), 0.5), torch.tensor([[0.0, 0.0, -INF, -INF]]))


def test_min_p(student):
    """The bar is 0.5 times the largest probability, 0.4: what has less than 0.2 goes.

    阈值是最大概率 0.4 的 0.5 倍：小于 0.2 的去掉。
    """
    logits = torch.tensor([[0.1, 0.25, 0.4, 0.25]]).log()

    got = student.min_p_filter(logits, 0.5)

    assert_same(got, torch.tensor([[-INF, math.log(0.25), math.log(0.4), math.log(0.25)]]))


def test_repetition_penalty(student):
    """Tokens 0 and 1 were used: with penalty 2 the logit 2 becomes 1, and -2 becomes -4. The padding -1 is no token.

    词元 0 和 1 用过：惩罚系数为 2 时，logit 2 变成 1，-2 变成 -4。填充 -1 不是词元。
    """
    got = student.repetition_penalty(torch.tensor([[2.0, -2.0, 3.0]]), torch.tensor([[-1, 0, 1]]), 2.0)

    assert_same(got, torch.tensor([[1.0, -4.0, 3.0]]))


def test_repetition_penalty_of_two_rows(student):
    """Each row has its own history, and a token that was used twice is penalised once.

    每一行有自己的历史；用过两次的词元只惩罚一次。
    """
    logits, previous = torch.tensor([[4.0, 4.0], [4.0, 4.0]]), torch.tensor([[-1, 1], [0, 0]])

    assert_same(student.repetition_penalty(logits, previous, 2.0), torch.tensor([[4.0, 2.0], [2.0, 4.0]]))


def test_repeated_ngrams(student):
    """The text 3 1 2 3 1 ends in 3 1, which was followed by 2 before: no 3-gram repeats when 2 is ruled out.

    文本 3 1 2 3 1 以 3 1 结尾，之前 3 1 后面是 2：排除 2 就不会有 3-gram 重复。
    """
    got = student.block_repeated_ngrams(torch.tensor([0.0, 1.0, 2.0, 3.0]), torch.tensor([3, 1, 2, 3, 1]), 3)

    assert_same(got, torch.tensor([0.0, 1.0, -INF, 3.0]))


def test_repeated_ngrams_of_padded_rows(student):
    """n = 2: after 2 0 2 1 2 both 0 and 1 are ruled out; after 1 1, padded on the right, it is 1.

    n = 2：在 2 0 2 1 2 之后，0 和 1 都被排除；在右侧有填充的 1 1 之后，排除 1。
    """
    previous = torch.tensor([[2, 0, 2, 1, 2], [1, 1, -1, -1, -1]])

    got = student.block_repeated_ngrams(torch.ones(2, 3), previous, 2)

    assert_same(got, torch.tensor([[-INF, -INF, 1.0], [1.0, -INF, 1.0]]))


def test_repeated_tokens(student):
    """n = 1 rules out every token used so far; a row that would lose its last finite logit comes back as it was.

    n = 1 时排除所有用过的词元；会失去最后一个有限 logit 的行原样返回。
    """
    got = student.block_repeated_ngrams(torch.ones(2, 2), torch.tensor([[0, 0], [0, 1]]), 1)

    assert_same(got, torch.tensor([[-INF, 1.0], [1.0, 1.0]]))
