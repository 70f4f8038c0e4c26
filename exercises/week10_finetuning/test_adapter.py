"""Examples of week 10, adapters."""

import torch

from grader.suite import assert_same, trainable


def test_a_fresh_adapter_changes_nothing(student):
    """A fresh adapter gives back what it gets.

    新建的适配器原样返回输入。
    """
    x = torch.tensor([[1.0, -2.0, 3.0]])

    assert_same(student.Adapter(3, 2)(x), x)


def test_worked_numbers(student):
    """down = [1 1] and x = (1, -1) give gelu(0) = 0; only the bias of up, (5, 0), is added.

    down = [1 1] 且 x = (1, -1) 时 gelu(0) = 0；只加上 up 的偏置 (5, 0)。
    """
    adapter = student.Adapter(2, 1)
    adapter.load_state_dict(
        {
            "down.weight": torch.tensor([[1.0, 1.0]]),
            "down.bias": torch.tensor([0.0]),
            "up.weight": torch.tensor([[2.0], [3.0]]),
            "up.bias": torch.tensor([5.0, 0.0]),
        }
    )

    assert_same(adapter(torch.tensor([[1.0, -1.0]])), torch.tensor([[6.0, -1.0]]))


def test_what_learns_in_a_model(student):
    """Behind both feed-forward layers stands an adapter, and its four tensors are all that learns.

    两个前馈层后面各有一个适配器，可学习的只有它们的四个张量。
    """
    model = student.insert_adapters(student.given("tiny_models").tiny_lm(seed=0), ["feed_forward"], 6, 2)

    learning = sorted(name for name, learns in trainable(model).items() if learns)
    parts = ("down.bias", "down.weight", "up.bias", "up.weight")
    assert_same(learning, [f"blocks.{i}.feed_forward.adapter.{part}" for i in (0, 1) for part in parts])
