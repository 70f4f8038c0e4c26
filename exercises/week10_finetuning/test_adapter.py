"""Examples of week 10, adapters."""

import torch

from grader.suite import assert_raises, assert_same, attribute, expect, gradients, trainable


def test_a_fresh_adapter_changes_nothing(student):
    """A fresh adapter gives back what it gets: up is zero, and down is not.

    新建的适配器原样返回输入：up 是零，down 不是。
    """
    x = torch.tensor([[1.0, -2.0, 3.0]])
    adapter = student.Adapter(3, 2)

    assert_same(adapter(x), x)
    expect(
        attribute(adapter, "down.weight").any(),
        "down is zero as well: then neither of the two maps ever gets a gradient through the other.",
        "down 也是零：这样两个映射都得不到经过对方的梯度。",
    )


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


def test_the_gelu_between(student):
    """x = (1, 0) gives gelu(1) = 0.84134, the share of a bell curve below 1: (1 + 2 · 0.84134, 3 · 0.84134).

    x = (1, 0) 得 gelu(1) = 0.84134，即钟形曲线在 1 以下的面积：结果是 (1 + 2 · 0.84134, 3 · 0.84134)。
    """
    adapter = student.Adapter(2, 1)
    numbers = {"down.weight": [[1.0, 1.0]], "down.bias": [0.0], "up.weight": [[2.0], [3.0]], "up.bias": [0.0, 0.0]}
    adapter.load_state_dict({name: torch.tensor(rows) for name, rows in numbers.items()})

    assert_same(adapter(torch.tensor([[1.0, 0.0]])), torch.tensor([[2.6826895, 2.5240343]]), rtol=1e-6, atol=0.0)


def test_behind_an_attention_layer(student):
    """An adapter that adds 1 behind an attention layer: what it mixed is 1 more, its weights come back as they are.

    在注意力层后面放一个只加 1 的适配器：混合的结果多 1，注意力权重原样返回。
    """
    attention = student.given("tiny_models").tiny_attention(2, seed=0)
    adapter = student.Adapter(2, 1)
    adapter.load_state_dict({**adapter.state_dict(), "up.bias": torch.ones(2)})
    x = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]])
    mixed, weights = attention(x)

    assert_same(student.Adapted(attention, adapter)(x), (mixed + 1, weights))


def test_what_stands_in_front_learns(student):
    """Behind a frozen map of weight 3, a fresh adapter lets the gradient through: it is 3, as without the adapter. And
    when the map's weight becomes 7, the answer is 7.

    在权重为 3 的冻结映射后面，新建的适配器让梯度通过：梯度是 3，与没有适配器时一样。映射的权重变成 7 时，结果是 7。
    """
    frozen = student.given("tiny_models").linear(torch.tensor([[3.0]])).requires_grad_(False)
    x = torch.tensor([[1.0]])
    adapted = student.Adapted(frozen, student.Adapter(1, 1))

    assert_same(gradients(adapted, x), gradients(lambda x: 3 * x, x))
    frozen.load_state_dict({"weight": torch.tensor([[7.0]])})
    assert_same(adapted(x), torch.tensor([[7.0]]))


def test_what_a_target_is(student):
    """A name that no module has is refused. Then "norm" is the last norm alone, not `attention_norm`, and in a model of
    float64 numbers its adapter is float64.

    没有模块叫这个名字时，抛出 ValueError。之后，"norm" 只指最后的归一化层，不是 `attention_norm`；模型是 float64 时，
    适配器也是 float64。
    """
    model = student.given("tiny_models").tiny_lm(seed=0).double()

    assert_raises(ValueError, student.insert_adapters, model, ["query"], 6, 2)
    student.insert_adapters(model, ["norm"], 6, 2)
    learning = [name for name, learns in trainable(model).items() if learns]
    assert_same(
        sorted(learning), [f"norm.adapter.{part}" for part in ("down.bias", "down.weight", "up.bias", "up.weight")]
    )
    assert_same(attribute(model, "norm.adapter.up.bias"), torch.zeros(6, dtype=torch.float64))
