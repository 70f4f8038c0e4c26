"""Visible examples of week 17, memorisation: every number can be checked by hand."""

import torch

from grader.suite import assert_same


def test_exposure_in_bits(student, device):
    """Seven others: the first canary is before all of them (rank 1, 3 bits), the second behind one (rank 2, 2 bits),
    the third behind three, one of which is equal (rank 4, 1 bit).

    另有七段文本：第一个金丝雀排在它们前面（名次 1，3 比特），第二个排在一段之后（名次 2，2 比特），
    第三个排在三段之后，其中一段与它相等（名次 4，1 比特）。
    """
    others = torch.tensor([5.0, 2.0, 9.0, 4.0, 8.0, 7.0, 6.0], device=device)
    canaries = torch.tensor([1.0, 3.0, 5.0], device=device)
    assert_same(student.exposure(canaries, others), torch.tensor([3.0, 2.0, 1.0], dtype=torch.float64, device=device))


def test_three_scores(student, device):
    """The second text is easy for anybody: its low loss alone would give it away wrongly.

    第二段文本对谁都容易：只看它的低损失会冤枉它。
    """
    losses, reference = torch.tensor([2.0, 1.0], device=device), torch.tensor([4.0, 1.0], device=device)
    assert_same(student.membership_scores(losses), torch.tensor([-2.0, -1.0], device=device))
    assert_same(student.membership_scores(losses, reference, "difference"), torch.tensor([2.0, 0.0], device=device))
    assert_same(student.membership_scores(losses, reference, "ratio"), torch.tensor([-0.5, -1.0], device=device))


def test_auc_and_true_positives(student, device):
    """Of six pairs, four are ordered rightly and one is equal. Without a false accusation one member of two is named.
    With one of three it stays at one, for 0.4 names two non-members; with two of three, both members are named.

    六对之中四对次序正确，一对相等。一个都不冤枉时，两个成员中能指认一个。
    允许冤枉三分之一时仍是一个，因为阈值 0.4 会连累两个非成员；允许三分之二时，两个成员都能指认。
    """
    scores = torch.tensor([0.9, 0.4, 0.1, 0.4, 0.6], device=device)
    members = torch.tensor([True, True, False, False, False], device=device)
    assert_same(student.attack_auc(scores, members), 4.5 / 6)
    assert_same(student.tpr_at_fpr(scores, members, 0.0), 0.5)
    assert_same(student.tpr_at_fpr(scores, members, 0.34), 0.5)
    assert_same(student.tpr_at_fpr(scores, members, 0.67), 1.0)
