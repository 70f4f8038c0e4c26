"""Visible examples of week 12, debug_batches: an encoder that counts letters."""

import torch

from grader.suite import assert_same


def encode(texts):
    """The length of each text, and how many times it has an a."""
    return torch.tensor([[float(len(text)), float(text.count("a"))] for text in texts])


def test_two_texts(student):
    """The texts aaa and b get (3, 3) and (1, 0).

    文本 aaa 和 b 分别得到 (3, 3) 和 (1, 0)。
    """
    assert_same(student.embed_all(encode, ["aaa", "b"], 2), torch.tensor([[3.0, 3.0], [1.0, 0.0]]))


def test_three_texts(student):
    """The texts bb, aaa and b get (2, 0), (3, 3) and (1, 0).

    文本 bb、aaa 和 b 分别得到 (2, 0)、(3, 3) 和 (1, 0)。
    """
    expected = torch.tensor([[2.0, 0.0], [3.0, 3.0], [1.0, 0.0]])

    assert_same(student.embed_all(encode, ["bb", "aaa", "b"], 2), expected)
