"""Visible examples of week 09, debug_beams: a model of two tokens that remembers what it began with."""

import torch

from grader.suite import assert_same

AFTER = {(0,): (0.6, 0.4), (0, 0): (0.45, 0.55), (0, 1): (0.1, 0.9), (0, 0, 1): (0.7, 0.3), (0, 1, 1): (1.0, 0.0)}
"""The probabilities of 0 and 1 after what was read. After anything else both are as probable."""


def step(tokens, cache):
    """Read one token a row; the cache holds what was read."""
    read = torch.cat([cache.to(tokens), tokens[:, None]], dim=1)
    chances = [AFTER.get(tuple(row), (0.5, 0.5)) for row in read.tolist()]
    return torch.tensor(chances, dtype=torch.float64).log(), read


def probabilities(found):
    """The same hypotheses with probabilities in place of their logarithms."""
    return [(tokens, torch.tensor(total, dtype=torch.float64).exp()) for tokens, total in found]


def double(value):
    return torch.tensor(value, dtype=torch.float64)


def test_greedy(student):
    """One beam after the prompt 0: token 0 (0.6), then 1 (0.55): 0.33.

    提示为 0、只有一束：先是词元 0（0.6），再是 1（0.55）：概率 0.33。
    """
    found = probabilities(student.search(step, torch.tensor([0]), 1, 2))

    assert_same(found, [([0, 1], double(0.33))])


def test_two_steps(student):
    """Two beams: 1 1 with 0.4 · 0.9 = 0.36 is the best text of two tokens, 0 1 with 0.6 · 0.55 = 0.33 the next.

    两束：两个词元的文本中，1 1 的概率最大，0.4 · 0.9 = 0.36；其次是 0 1，0.6 · 0.55 = 0.33。
    """
    found = probabilities(student.search(step, torch.tensor([0]), 2, 2))

    assert_same(found, [([1, 1], double(0.36)), ([0, 1], double(0.33))])


def test_three_steps(student):
    """A step later 1 1 must be followed by 0, so 1 1 0 has 0.36; 0 1 is followed by 0 with 0.7, so 0 1 0 has 0.231.

    再走一步，1 1 之后必定是 0，所以 1 1 0 的概率是 0.36；0 1 之后是 0 的概率为 0.7，所以 0 1 0 的概率是 0.231。
    """
    found = probabilities(student.search(step, torch.tensor([0]), 2, 3))

    assert_same(found, [([1, 1, 0], double(0.36)), ([0, 1, 0], double(0.231))])
