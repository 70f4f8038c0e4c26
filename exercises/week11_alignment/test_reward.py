"""Visible examples of week 11, reward: numbers that can be checked by hand."""

import math

import torch

from grader.suite import assert_same


def test_the_last_real_token(student):
    """States 1, 2 and 6 and a padding: with the head 10 the score is 60, and 60 too with the padding in front.

    状态为 1、2、6，另有一个填充：head 为 10 时分数是 60；填充在前面时也是 60。
    """
    model = student.RewardModel(student.given("small_policies").Numbers(), 1)
    model.load_state_dict({"head.weight": torch.tensor([[10.0]])})
    ids = torch.tensor([[1, 2, 6, 9], [9, 1, 2, 6]])
    mask = torch.tensor([[1, 1, 1, 0], [0, 1, 1, 1]])

    assert_same(model(ids, mask), torch.tensor([60.0, 60.0]))


def test_loss_of_equal_scores(student):
    """Equal scores: both answers are equally likely to be preferred, and the loss is log 2.

    分数相等：两个回答同样可能被偏好，损失为 log 2。
    """
    scores = torch.tensor([3.0, -1.0])

    assert_same(student.pairwise_loss(scores, scores), torch.tensor(math.log(2)))


def test_a_lead_of_log_3(student):
    """A lead of log 3 means a probability of 3/4; with a margin of log 3 as well it is 1/2 again.

    领先 log 3 对应的概率是 3/4；若间隔（margin）也是 log 3，概率又变回 1/2。
    """
    chosen, rejected = torch.tensor([math.log(3)]), torch.tensor([0.0])

    assert_same(student.pairwise_loss(chosen, rejected), torch.tensor(math.log(4 / 3)))
    assert_same(student.pairwise_loss(chosen, rejected, chosen), torch.tensor(math.log(2)))
