"""Visible examples of week 07, feed_forward: every number can be checked by hand."""

import torch

from grader.suite import assert_same


def test_the_width_of_llama_7b(student):
    """Llama 7B has d_model 4,096: two thirds of 4 * 4,096 is 10,922, and 43 * 256 = 11,008 is the next multiple.

    Llama 7B 的 d_model 为 4,096：4 * 4,096 的三分之二是 10,922，下一个 256 的倍数是 43 * 256 = 11,008。
    """
    assert student.gated_width(4096) == 11008


def test_relu_cuts_the_negative_half(student):
    """W_in copies x twice, once with a minus sign; relu keeps the positive one, and W_out adds 10 times the second.

    W_in 把 x 复制两份，其中一份取负；relu 只留下正的那份，W_out 再把第二份乘以 10 加上。
    """
    layer = student.FeedForward(1, 2, "relu", bias=False)
    layer.load_state_dict({"W_in.weight": torch.tensor([[1.0], [-1.0]]), "W_out.weight": torch.tensor([[1.0, 10.0]])})

    assert_same(layer(torch.tensor([[3.0], [-2.0]])), torch.tensor([[3.0], [20.0]]))


def test_the_gate_is_bent_and_the_other_branch_is_not(student):
    """The gate sees -1 and lets silu(-1) = -0.2689 pass; the other branch says -20; the answer is 5.379.

    门看到 -1，放行 silu(-1) = -0.2689；另一支是 -20；结果是 5.379。
    """
    layer = student.SwiGLU(1, 1)
    weights = {"W_gate.weight": -1.0, "W_up.weight": -20.0, "W_down.weight": 1.0}
    layer.load_state_dict({name: torch.tensor([[number]]) for name, number in weights.items()})

    assert_same(layer(torch.tensor([[1.0]])), torch.tensor([[5.3788]]), rtol=1e-4)


def test_a_multiple_stays(student):
    """Two thirds of 4 * 96 is 256, a multiple already; two thirds of 4 * 100 is 266, and 512 is the next one.

    4 * 96 的三分之二是 256，已经是倍数；4 * 100 的三分之二是 266，下一个倍数是 512。
    """
    assert student.gated_width(96) == 256
    assert student.gated_width(100) == 512


def test_two_gelus(student):
    """At -3, x times the normal distribution function is -0.00405; its approximation by a tanh gives -0.00364.

    在 -3 处，x 乘以正态分布函数是 -0.00405；用 tanh 的近似给出 -0.00364。
    """
    for activation, value in (("gelu", -0.0040497), ("gelu_tanh", -0.0036374)):
        layer = student.FeedForward(1, 1, activation, bias=False)
        layer.load_state_dict({"W_in.weight": torch.ones(1, 1), "W_out.weight": torch.ones(1, 1)})

        assert_same(layer(torch.tensor([[-3.0]])), torch.tensor([[value]]), rtol=1e-3)
