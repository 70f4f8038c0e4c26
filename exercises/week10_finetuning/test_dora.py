"""Examples of week 10, DoRA: numbers that you can check by hand."""

import torch

from grader.suite import assert_raises, assert_same, attribute, expect, parameter_gradients, set_attribute, trainable


def worked_layer(student):
    """W = (3 4), A = (5 2), B = (0.5), alpha 2: V = (3 + 5, 4 + 2) = (8 6), of length 10. Magnitude 20, bias 1."""
    numbers = {"base.weight": [[3, 4]], "base.bias": [1], "lora_A": [[5, 2]], "lora_B": [[0.5]], "magnitude": [20]}
    state = {name: torch.tensor(rows, dtype=torch.float32) for name, rows in numbers.items()}
    base = student.given("tiny_models").linear(state["base.weight"], state["base.bias"])
    layer = student.DoRALinear(base, 1, 2.0)
    layer.load_state_dict(state)
    return layer


def test_a_new_layer(student):
    """The rows (3 4) and (6 8) have the lengths 5 and 10: these are the first magnitudes, and nothing has changed yet.

    两行 (3 4) 和 (6 8) 的长度是 5 和 10：这就是 magnitude 的初值，此时什么也没有改变。
    """
    base = student.given("tiny_models").linear(torch.tensor([[3.0, 4.0], [6.0, 8.0]]))
    layer = student.DoRALinear(base, 1, 2.0)

    assert_same(attribute(layer, "magnitude"), torch.tensor([5.0, 10.0]))
    assert_same(layer(torch.tensor([[1.0, 10.0]])), torch.tensor([[43.0, 86.0]]))


def test_worked_answer(student):
    """x = (1, 10): V gives 8 + 60 = 68; from the length 10 to the magnitude 20 it doubles: 136, and the bias makes 137.

    x = (1, 10)：V 得 8 + 60 = 68；长度从 10 变到 magnitude 20，加倍得 136，再加偏置得 137。
    """
    assert_same(worked_layer(student)(torch.tensor([[1.0, 10.0]])), torch.tensor([[137.0]]))


def test_worked_gradients(student):
    """With the norm 10 as a constant the magnitude has the gradient 68 / 10 = 6.8, and B, by way of A x = 25, the scale
    2 and the stretch 2, the gradient 100.

    把范数 10 看作常数：magnitude 的梯度是 68 / 10 = 6.8；B 的梯度是拉伸 2 乘以缩放 2 再乘以 A x = 25，即 100。
    """
    found = parameter_gradients(worked_layer(student), torch.tensor([[1.0, 10.0]]))

    for_b, for_magnitude = found.get("lora_B"), found.get("magnitude")
    expect(
        for_b is not None and for_magnitude is not None,
        "lora_B or the magnitude gets no gradient.",
        "lora_B 或 magnitude 没有得到梯度。",
    )
    ratio = for_b / for_magnitude  # whatever the answer is multiplied by cancels
    assert_same(ratio, torch.tensor([[100 / 6.8]]), rtol=1e-4, atol=0.0)


def test_worked_merge(student):
    """The merged weight is 20 / 10 · (8 6) = (16 12); unmerging gives (3 4) back.

    合并后的权重是 20 / 10 · (8 6) = (16 12)；还原后又得到 (3 4)。
    """
    layer = worked_layer(student)

    layer.merge()
    assert_same(attribute(layer, "base.weight"), torch.tensor([[16.0, 12.0]]))
    layer.unmerge()
    assert_same(attribute(layer, "base.weight"), torch.tensor([[3.0, 4.0]]))


def test_merged_or_not_the_answer_is_the_same(student):
    """In evaluation mode, merged, merged once more and unmerged, the layer answers 137 and its state dict has the same
    five names. The weight is (3 4) at the end, though the magnitude was changed meanwhile, and it never learns.

    在评估模式下、合并、再合并一次、还原：每次结果都是 137，state dict 里始终是同样的五个名字。其间 magnitude 变了，
    最后的权重仍是 (3 4)，而且它从不学习。
    """
    layer, x = worked_layer(student), torch.tensor([[1.0, 10.0]])
    names = sorted(layer.state_dict())

    for step in (layer.eval, layer.merge, layer.merge):
        step()
        assert_same(layer(x), torch.tensor([[137.0]]))
        assert_same(sorted(layer.state_dict()), names)
        assert_same([name for name, learns in trainable(layer).items() if learns], ["lora_A", "lora_B", "magnitude"])
    set_attribute(layer, "magnitude.data", torch.tensor([7.0]))
    layer.unmerge()
    assert_same(attribute(layer, "base.weight"), torch.tensor([[3.0, 4.0]]))


def test_a_row_of_zeros(student):
    """A row (0 0) has no direction: whatever its magnitude is, the answer is the bias 1, and B gets the gradient 0.

    一行 (0 0) 没有方向：无论 magnitude 是多少，结果都是偏置 1，B 的梯度是 0。
    """
    layer = worked_layer(student)
    state = {**layer.state_dict(), "base.weight": torch.zeros(1, 2), "lora_B": torch.zeros(1, 1)}
    layer.load_state_dict(state)
    x = torch.tensor([[1.0, 10.0]])

    assert_same(layer(x), torch.tensor([[1.0]]))
    found = parameter_gradients(layer, x)
    assert_same((found["lora_B"], found["magnitude"]), (torch.zeros(1, 1), torch.zeros(1)))


def test_the_length_follows(student):
    """After the answer 137, in evaluation mode, B becomes 0: V is then (3 4), of length 5, and the answer
    20 / 5 · 43 + 1 = 173.

    在评估模式下先得到 137，再把 B 变成 0：此时 V 是 (3 4)，长度 5，结果是 20 / 5 · 43 + 1 = 173。
    """
    layer, x = worked_layer(student), torch.tensor([[1.0, 10.0]])
    layer.eval()

    assert_same(layer(x), torch.tensor([[137.0]]))
    layer.load_state_dict({**layer.state_dict(), "lora_B": torch.zeros(1, 1)})
    assert_same(layer(x), torch.tensor([[173.0]]))


def test_rank_two(student):
    """With rank 2 and alpha 2 the scale is 1. A has the rows (5 2) and (0 3), B = (1 2), so that V = (3 + 5, 4 + 8);
    with the length of V as the magnitude, x = (0, 13) gives 12 · 13 = 156. A rank of 0 is refused.

    秩为 2、alpha 为 2 时缩放是 1。A 的两行是 (5 2) 和 (0 3)，B = (1 2)，所以 V = (3 + 5, 4 + 8)；
    magnitude 等于 V 的长度时，x = (0, 13) 得 12 · 13 = 156。秩为 0 时抛出 ValueError。
    """
    base = student.given("tiny_models").linear(torch.tensor([[3.0, 4.0]]))
    layer = student.DoRALinear(base, 2, 2.0)
    numbers = {"base.weight": [[3.0, 4.0]], "lora_A": [[5.0, 2.0], [0.0, 3.0]], "lora_B": [[1.0, 2.0]]}
    state = {name: torch.tensor(rows) for name, rows in numbers.items()}
    layer.load_state_dict({**state, "magnitude": torch.tensor([8.0, 12.0]).norm().view(1)})

    assert_same(layer(torch.tensor([[0.0, 13.0]])), torch.tensor([[156.0]]))
    assert_raises(ValueError, student.DoRALinear, base, 0, 2.0)
