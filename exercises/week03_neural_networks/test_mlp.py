"""Visible examples of week 03, mlp: every number can be checked by hand."""

import math

import torch

from grader.suite import assert_same


def test_two_layers(student):
    """One input, two hidden numbers x and -x, and their sum after ReLU: the network computes |x|.

    一个输入，两个隐藏值 x 和 -x，经过 ReLU 后相加：这个网络计算的是 |x|。
    """
    model = student.MLP([1, 2, 1])
    model.load_state_dict(
        {
            "layers.0.weight": torch.tensor([[1.0], [-1.0]]),
            "layers.0.bias": torch.zeros(2),
            "layers.1.weight": torch.ones(1, 2),
            "layers.1.bias": torch.zeros(1),
        }
    )

    assert_same(model(torch.tensor([[3.0], [-4.0], [0.0]])).detach(), torch.tensor([[3.0], [4.0], [0.0]]))


def test_one_step_of_training(student):
    """Weights 0, two classes, one example of class 0: the loss is ln 2, and the biases move by 1/2 and -1/2.

    权重全为 0，两个类别，一个属于类别 0 的样本：损失是 ln 2，偏置分别变化 1/2 和 -1/2。
    """
    model = student.MLP([1, 2])
    model.load_state_dict({"layers.0.weight": torch.zeros(2, 1), "layers.0.bias": torch.zeros(2)})
    optimizer = student.given("small_weights").sgd(model, 1.0)

    loss = student.train(model, [(torch.tensor([[0.0]]), torch.tensor([0]))], optimizer)

    assert_same(loss, math.log(2))
    assert_same(model.state_dict()["layers.0.bias"], torch.tensor([0.5, -0.5]))
    assert_same(student.accuracy(model, [(torch.zeros(4, 1), torch.tensor([0, 0, 0, 1]))]), 0.75)
