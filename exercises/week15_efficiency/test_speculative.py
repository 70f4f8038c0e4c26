"""Visible examples of week 15, speculative: every number can be checked by hand."""

import torch

from grader.suite import assert_same


def test_an_agreement_and_a_refusal(student):
    """The target is at least as sure of token 1 as the draft was, so it is kept. It holds token 0 impossible, so 2 is
    drawn in its place: the only token that it expects more often than the draft.

    目标模型对词元 1 至少和草稿一样肯定，所以保留它。它认为词元 0 不可能，所以改为抽 2：只有 2 的概率比草稿给的高。
    """
    p = torch.tensor([[0.0, 0.75, 0.25], [0.0, 0.5, 0.5], [1.0, 0.0, 0.0]])
    q = torch.tensor([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0]])

    tokens, accepted = student.rejection_sample(p, q, torch.tensor([1, 0]), torch.Generator().manual_seed(15))

    assert_same([tokens, accepted], [torch.tensor([1, 2]), 1])


def test_counting_up(student):
    """After a number the target says the next one. The draft does, too, but says 0 after 2: two of its three tokens are
    kept, and the target adds the third.

    目标模型在一个数之后总是说下一个数。草稿也是，只是在 2 之后说 0：它的三个词元保留两个，第三个由目标模型补上。
    """

    def target(ids, rows):
        return torch.eye(9)[ids[-rows:] + 1]

    def draft(ids, rows):
        return torch.eye(9)[torch.where(ids[-rows:] == 2, 0, ids[-rows:] + 1)]

    tokens, accepted = student.speculative_step(draft, target, torch.tensor([5, 0]), 3, torch.Generator())

    assert_same([tokens, accepted], [torch.tensor([1, 2, 3]), 2])
