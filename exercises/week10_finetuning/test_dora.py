"""Examples of week 10, DoRA: numbers that you can check by hand."""

import torch

from grader.suite import assert_same, attribute, expect, parameter_gradients


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
