"""Visible examples of week 17, forgetting: every number can be checked by hand."""

import torch

from grader.suite import assert_raises, assert_same, attribute, expect, set_attribute


def test_fisher_without_choice(student):
    """With one class the probability is always 1: nothing can change it, so no parameter matters.

    只有一个类别时概率恒为 1：什么都改变不了它，所以没有参数是重要的。
    """
    model = student.given("tiny_classifier").TinyClassifier(features=2, hidden=3, classes=1)

    fisher = student.fisher_diagonal(model, torch.tensor([[1.0, -2.0]], dtype=torch.float64))

    assert_same(fisher["outer.weight"], torch.zeros(1, 3, dtype=torch.float64))


def test_fisher_of_two_classes(student):
    """Without weights both classes have probability 1/2, and a bias has p (1 - p) = 1/4, however many examples there
    are; the model stays as it was.

    权重为零时，两个类别的概率都是 1/2，偏置的信息为 p (1 - p) = 1/4，与样本数无关；模型保持原样。
    """
    model = student.given("tiny_classifier").TinyClassifier(features=2, hidden=3, classes=2)
    for name, shape in (("weight", (2, 3)), ("bias", (2,))):
        set_attribute(model, f"outer.{name}.data", torch.zeros(*shape, dtype=torch.float64))

    fisher = student.fisher_diagonal(model, torch.tensor([[1.0, -2.0], [0.5, 0.0]], dtype=torch.float64))

    assert_same(fisher["outer.bias"], torch.tensor([0.25, 0.25], dtype=torch.float64))
    assert_same(attribute(model, "training"), True)
    assert_same(attribute(model, "outer.bias.grad"), None)


def test_penalty(student):
    """Moved by 3 with importance 2, and strength 0.5: 0.25 * 2 * 9 = 4.5. What has not moved costs nothing, nor does
    what is not in `fisher`.

    移动 3，重要性为 2，强度为 0.5：0.25 * 2 * 9 = 4.5。没有移动的不产生代价，不在 `fisher` 中的也不产生。
    """
    now, anchor, fisher = ({"w": torch.tensor([value, 1.0])} for value in (4.0, 1.0, 2.0))
    now["new"] = torch.tensor([7.0])

    assert_same(student.ewc_penalty(now, anchor, fisher, 0.5), torch.tensor(4.5))
    assert_raises(KeyError, student.ewc_penalty, now, {}, fisher, 0.5)


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
    assert_same(sorted(buffer.sample(3)), sorted(kept))
    assert_same(sorted(attribute(buffer, "items")), sorted(kept))


def test_buffer_of_one(student):
    """With room for one of two items, some seeds keep the first and others the second; equal items are two.

    两个条目只能容纳一个时，有的种子留下第一个，有的留下第二个；相等的条目算两个。
    """
    kept = set()
    for seed in range(40):
        buffer = student.ReservoirBuffer(1, seed)
        buffer.extend(["a", "b"])
        kept |= set(attribute(buffer, "items"))
    alike = student.ReservoirBuffer(2)
    alike.extend(["a", "a"])

    assert_same(sorted(kept), ["a", "b"])
    assert_same(attribute(alike, "items"), ["a", "a"])
