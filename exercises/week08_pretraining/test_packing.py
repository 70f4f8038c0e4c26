"""Visible examples of week 08, packing: the worked example of the handout."""

import torch

from grader.suite import assert_same

NUMBERS = torch.tensor([[0, 0, 0, 1, 1], [1, 1, 2, 2, 2]])


def test_pack(student):
    """Documents 5 6, then 7 8 9, then 4 3 with end 0 in rows of 5: the tenth token is the last.

    文档 5 6、7 8 9、4 3，end 为 0，行长为 5：恰好十个词元。
    """
    ids, numbers = student.pack([[5, 6], [7, 8, 9], [4, 3]], 5, 0)

    assert_same(ids, torch.tensor([[5, 6, 0, 7, 8], [9, 0, 4, 3, 0]]))
    assert_same(numbers, NUMBERS)


def test_positions(student):
    """Positions begin again with each document and with each row.

    每篇文档、每一行的位置都重新从 0 数起。
    """
    assert_same(student.packed_positions(NUMBERS), torch.tensor([[0, 1, 2, 0, 1], [0, 1, 0, 1, 2]]))


def test_mask(student):
    """In row 0, the token at place 3 begins document 1: it sees itself alone.

    第 0 行位置 3 的词元是文档 1 的开头：只能看到自己。
    """
    mask = student.packed_mask(NUMBERS)

    assert_same(mask[0, 3], torch.tensor([False, False, False, True, False]))
    assert_same(mask[0, 4], torch.tensor([False, False, False, True, True]))


def test_labels(student):
    """Nothing predicts the first token of a document or of a row.

    文档或行的第一个词元没有谁来预测。
    """
    ids = torch.tensor([[5, 6, 0, 7, 8], [9, 0, 4, 3, 0]])

    assert_same(student.packed_labels(ids, NUMBERS), torch.tensor([[-100, 6, 0, -100, 8], [-100, 0, -100, 3, 0]]))
