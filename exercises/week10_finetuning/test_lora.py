"""Examples of week 10, LoRA: numbers that you can check by hand."""

import torch

from grader.suite import assert_same, attribute, trainable


def worked_layer(student):
    """W = [1 2], A = [[1 1] [0 1]], B = [3 1], alpha = 6: the scale is 6 / 2 = 3."""
    base = student.given("tiny_models").linear(torch.tensor([[1.0, 2.0]]))
    layer = student.LoRALinear(base, 2, 6.0)
    layer.load_state_dict(
        {
            "base.weight": torch.tensor([[1.0, 2.0]]),
            "lora_A": torch.tensor([[1.0, 1.0], [0.0, 1.0]]),
            "lora_B": torch.tensor([[3.0, 1.0]]),
        }
    )
    return layer


def test_worked_answer(student):
    """x = (1, 10): the base gives 21, A gives (11, 10), B gives 43, and 21 + 3 · 43 = 150.

    x = (1, 10)：base 得 21，A 得 (11, 10)，B 得 43，21 + 3 · 43 = 150。
    """
    assert_same(worked_layer(student)(torch.tensor([[1.0, 10.0]])), torch.tensor([[150.0]]))


def test_worked_merge(student):
    """B A = [3 4], so the merged weight is [1 + 9, 2 + 12] = [10 14]; unmerging gives [1 2] back.

    B A = [3 4]，因此合并后的权重是 [1 + 9, 2 + 12] = [10 14]；还原后又得到 [1 2]。
    """
    layer = worked_layer(student)

    layer.merge()
    assert_same(attribute(layer, "base.weight"), torch.tensor([[10.0, 14.0]]))
    layer.unmerge()
    assert_same(attribute(layer, "base.weight"), torch.tensor([[1.0, 2.0]]))


def test_what_learns_in_a_model(student):
    """With "out" as the target, the A and B of both attention layers learn, and nothing else does.

    以 "out" 为目标时，两个注意力层的 A 和 B 可以学习，其余都不行。
    """
    model = student.inject_lora(student.given("tiny_models").tiny_lm(seed=0), ["out"], 2, 4.0)

    learning = sorted(name for name, learns in trainable(model).items() if learns)
    assert_same(learning, [f"blocks.{i}.attention.out.lora_{x}" for i in (0, 1) for x in "AB"])


def test_counts(student):
    """A linear layer of 6 inputs and 10 outputs has 70 numbers; with LoRA of rank 2, 2 · (6 + 10) = 32 of 102 learn.

    6 个输入、10 个输出的线性层有 70 个数；加上秩为 2 的 LoRA,102 个数中有 2 · (6 + 10) = 32 个可学习。
    """
    linear = student.given("tiny_models").random_linear(6, 10, seed=0)

    assert_same(student.trainable_parameters(linear), (70, 70))
    assert_same(student.trainable_parameters(student.LoRALinear(linear, 2, 4.0)), (32, 102))
