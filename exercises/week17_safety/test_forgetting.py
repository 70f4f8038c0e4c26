"""Visible examples of week 17, forgetting: every number can be checked by hand."""

import torch

from grader.suite import assert_same, attribute, expect


def test_fisher_without_choice(student):
    """With one class the probability is always 1: nothing can change it, so no parameter matters.

    只有一个类别时概率恒为 1：什么都改变不了它，所以没有参数是重要的。
    """
    model = student.given("tiny_classifier").TinyClassifier(features=2, hidden=3, classes=1)

    fisher = student.fisher_diagonal(model, torch.tensor([[1.0, -2.0]], dtype=torch.float64))

    assert_same(fisher["outer.weight"], torch.zeros(1, 3, dtype=torch.float64))


def test_penalty(student):
    """Moved by 3 with importance 2, and strength 0.5: 0.25 * 2 * 9 = 4.5.

    移动 3，重要性为 2，强度为 0.5：0.25 * 2 * 9 = 4.5。
    """
    now, anchor, fisher = ({"w": torch.tensor([value])} for value in (4.0, 1.0, 2.0))

    assert_same(student.ewc_penalty(now, anchor, fisher, 0.5), torch.tensor(4.5))


def test_buffer(student):
    """Three of ten items are kept; while there is room, all are.

    十个条目保留三个；还有空位时全部保留。
    """
    buffer = student.ReservoirBuffer(3)
    buffer.extend(["a", "b"])
    assert_same(sorted(attribute(buffer, "items")), ["a", "b"])
    buffer.extend(list("cdefghij"))

    kept = attribute(buffer, "items")
    expect(len(set(kept)) == 3, "The buffer holds {kept}.", "缓冲区中是 {kept}。", kept=kept)
