"""Visible examples of week 03, mlp: every number can be checked by hand."""

import math

import torch

from grader.suite import assert_same, attribute


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


def test_tanh(student):
    """Two layers of one number, weights 1, with tanh: the network computes tanh, and its second layer nothing more.

    两层、每层一个数、权重为 1、激活函数是 tanh：网络计算的就是 tanh，第二层不再改变什么。
    """
    model = student.MLP([1, 1, 1], "tanh")
    one, zero = torch.ones(1, 1), torch.zeros(1)
    model.load_state_dict(
        {"layers.0.weight": one, "layers.0.bias": zero, "layers.1.weight": one, "layers.1.bias": zero}
    )

    assert_same(model(torch.tensor([[0.5], [-2.0]])).detach(), torch.tensor([[math.tanh(0.5)], [math.tanh(-2)]]))


def test_simple_network(student):
    """SimpleNN with hidden numbers x and -x, which the last layer takes away: it computes -|x|.

    SimpleNN 的隐藏值是 x 和 -x，最后一层把它们减掉：它计算的是 -|x|。
    """
    model = student.SimpleNN(1, 2, 1)
    model.load_state_dict(
        {
            "layers.0.weight": torch.tensor([[1.0], [-1.0]]),
            "layers.0.bias": torch.zeros(2),
            "layers.1.weight": -torch.ones(1, 2),
            "layers.1.bias": torch.zeros(1),
        }
    )

    assert_same(model(torch.tensor([[3.0], [-4.0]])).detach(), torch.tensor([[-3.0], [-4.0]]))


def test_first_weights(student):
    """With 200 inputs the first weights have the deviation sqrt(2 / 200) = 0.1, and the biases are 0.

    有 200 个输入时，初始权重的标准差是 sqrt(2 / 200) = 0.1，偏置为 0。
    """
    first = student.MLP([200, 300], generator=torch.Generator().manual_seed(1)).state_dict()

    assert_same(first["layers.0.weight"].std(), torch.tensor(0.1), rtol=0.02)  # 60,000 numbers: 0.3 % by chance
    assert_same(first["layers.0.bias"], torch.zeros(300))


def test_mean_loss_of_two_batches(student):
    """Classes 0 and 1 have the probabilities 3/4 and 1/4; one example is of class 0, three of class 1. No step is made.

    类别 0 和 1 的概率是 3/4 和 1/4；一个样本属于类别 0，三个属于类别 1。学习率为 0，什么也不动。
    """
    model = student.MLP([1, 2])
    model.load_state_dict({"layers.0.weight": torch.zeros(2, 1), "layers.0.bias": torch.tensor([math.log(3), 0.0])})
    batches = [(torch.zeros(1, 1), torch.tensor([0])), (torch.zeros(3, 1), torch.tensor([1, 1, 1]))]

    loss = student.train(model, batches, student.given("small_weights").sgd(model, 0.0))

    assert_same(loss, (math.log(4 / 3) + 3 * math.log(4)) / 4)


def test_two_steps_of_training(student):
    """After the first step the biases are 1/2 and -1/2; class 0 then lacks 1 / (1 + e) of its probability.

    第一步之后偏置是 1/2 和 -1/2；这时类别 0 的概率还差 1 / (1 + e)，第二步就沿着它走。
    """
    model = student.MLP([1, 2])
    model.load_state_dict({"layers.0.weight": torch.zeros(2, 1), "layers.0.bias": torch.zeros(2)})
    batch = (torch.zeros(2, 1), torch.tensor([0, 0]))
    lacks = 1 / (1 + math.e)

    student.train(model, [batch, batch], student.given("small_weights").sgd(model, 1.0))

    assert_same(model.state_dict()["layers.0.bias"], torch.tensor([0.5 + lacks, -0.5 - lacks]))


def test_mode_of_training(student):
    """A model in evaluation mode trains in training mode, and is in evaluation mode again afterwards.

    处于评估模式的模型在训练期间切到训练模式，之后又回到评估模式。
    """
    model = student.given("small_weights").Watched(1, 2)
    model.eval()
    student.train(model, [(torch.zeros(1, 1), torch.tensor([0]))], student.given("small_weights").sgd(model, 0.1))

    assert_same((attribute(model, "modes"), model.is_training()), ([True], False))


def test_accuracy_of_two_batches(student):
    """All answers are class 0. Of one example one is right, of four one: 2 of 5. The mode is evaluation meanwhile.

    所有答案都是类别 0。一个样本中对了一个，四个样本中对了一个：5 个中对了 2 个。期间处于评估模式，不建计算图。
    """
    model = student.given("small_weights").Watched(1, 2)
    model.load_state_dict({"linear.weight": torch.zeros(2, 1), "linear.bias": torch.tensor([1.0, 0.0])})
    batches = [(torch.zeros(1, 1), torch.tensor([0])), (torch.zeros(4, 1), torch.tensor([0, 1, 1, 1]))]

    assert_same(student.accuracy(model, batches), 0.4)
    assert_same((attribute(model, "modes"), model.is_training()), ([False, False], True))
    assert_same(attribute(model, "graphs"), [False, False])
