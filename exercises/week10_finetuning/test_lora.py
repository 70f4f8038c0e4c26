"""Examples of week 10, LoRA: numbers that you can check by hand."""

import torch

from grader.suite import assert_raises, assert_same, attribute, expect, set_attribute, trainable


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


def test_a_new_layer(student):
    """W = [1 2] with the bias 5 answers 21 + 5 = 26, and so does the layer around it: B is zero, and A is not.

    W = [1 2]、偏置 5 的线性层得 21 + 5 = 26，刚包上的层也一样：B 是零，A 不是。
    """
    base = student.given("tiny_models").linear(torch.tensor([[1.0, 2.0]]), torch.tensor([5.0]))
    layer = student.LoRALinear(base, 2, 6.0)

    assert_same(layer(torch.tensor([[1.0, 10.0]])), torch.tensor([[26.0]]))
    assert_same(attribute(layer, "lora_B"), torch.zeros(1, 2))
    expect(
        attribute(layer, "lora_A").any(),
        "A is zero as well: then neither A nor B ever gets a gradient.",
        "A 也是零：这样 A 和 B 都永远得不到梯度。",
    )


def test_merged_or_not_the_answer_is_the_same(student):
    """Merged, merged once more and unmerged, the layer answers 150; its state dict has the same three names all the
    time, and at the end W is [1 2] and only A and B learn.

    合并、再合并一次、还原：每次结果都是 150；state dict 里始终是同样的三个名字；最后 W 仍是 [1 2]，
    可学习的只有 A 和 B。
    """
    layer, x = worked_layer(student), torch.tensor([[1.0, 10.0]])

    for step in (layer.merge, layer.merge, layer.unmerge):
        step()
        assert_same(layer(x), torch.tensor([[150.0]]))
        assert_same(sorted(layer.state_dict()), ["base.weight", "lora_A", "lora_B"])
    assert_same(attribute(layer, "base.weight"), torch.tensor([[1.0, 2.0]]))
    assert_same(trainable(layer), {"base.weight": False, "lora_A": True, "lora_B": True})


def test_dropout_is_for_the_branch(student):
    """With dropout 0.5 the branch gets 0 or 2 for the 1 and 0 or 20 for the 10, the base both as they are: 21 + 3 times
    0, 6, 80 or 86. In evaluation mode, and when merged, nothing is dropped.

    dropout 为 0.5 时，分支收到的 1 变成 0 或 2，10 变成 0 或 20，base 的输入不变：
    结果是 21 加上 3 乘以 0、6、80 或 86。评估模式下和合并之后，什么都不丢。
    """
    layer = student.LoRALinear(student.given("tiny_models").linear(torch.tensor([[1.0, 2.0]])), 2, 6.0, 0.5)
    layer.load_state_dict(dict(worked_layer(student).state_dict()))
    many = torch.tensor([[1.0, 10.0]]).expand(200, 2)

    found = sorted({round(float(y), 2) for y in layer(many).flatten()})
    assert_same(found, [21.0, 39.0, 261.0, 279.0])
    layer.eval()
    assert_same(layer(many), torch.full((200, 1), 150.0))
    layer.train()
    layer.merge()
    assert_same(layer(many), torch.full((200, 1), 150.0))


def test_what_a_target_is(student):
    """A name that no module has and one that is no linear layer are refused, and the model stays as it is. Then "head"
    is `scorer.head` and not `lm_head`, and "attention.out" is found in both blocks.

    没有模块叫这个名字，或它不是线性层时，抛出 ValueError，模型保持原样。之后，
    "head" 指 `scorer.head` 而不是 `lm_head`，"attention.out" 在两个块里都找得到。
    """
    model = student.given("tiny_models").tiny_lm(seed=0)

    for wrong in ("query", "attention"):
        assert_raises(ValueError, student.inject_lora, model, [wrong], 2, 4.0)
        expect(
            all(trainable(model).values()),
            "The target {wrong} was refused, and the model is frozen.",
            "目标 {wrong} 被拒绝了，模型却已被冻结。",
            wrong=wrong,
        )
    student.inject_lora(model, ["head", "attention.out"], 2, 4.0)
    wrapped = {name.rpartition(".")[0] for name, learns in trainable(model).items() if learns}
    assert_same(sorted(wrapped), ["blocks.0.attention.out", "blocks.1.attention.out", "scorer.head"])


def test_a_model_without_wrappers(student):
    """Merged, a model with A and B of ones answers as it did, has the names of a plain model, and is still frozen.

    A、B 全为 1 的模型合并之后，结果与之前相同，名字与普通模型一样，而且仍是冻结的。
    """
    model, plain = (student.given("tiny_models").tiny_lm(seed=0) for _ in range(2))
    for name in ("blocks.0.attention.v", "blocks.1.feed_forward.up"):
        set_attribute(model, name, student.LoRALinear(attribute(model, name), 2, 4.0))
    for name in trainable(model):
        set_attribute(model, f"{name}.requires_grad", False)
    state = {name: torch.ones_like(x) if "lora_" in name else x for name, x in model.state_dict().items()}
    model.load_state_dict(state)
    tokens = torch.tensor([[3, 1, 4]])
    before = model(tokens)

    student.merge_lora(model)
    assert_same(model(tokens), before, rtol=1e-3, atol=1e-3)
    assert_same(trainable(model), dict.fromkeys(trainable(plain), False))
