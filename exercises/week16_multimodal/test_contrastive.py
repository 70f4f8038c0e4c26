"""Visible examples of week 16, contrastive: the worked example of the handout."""

import math

import torch

from grader.suite import assert_same

IMAGES = torch.tensor([[3.0, 4.0], [1.0, 0.0]])
TEXTS = torch.tensor([[0.0, 2.0], [5.0, 0.0]])
LOG_FIVE = torch.tensor(math.log(5.0))


def test_cosines(student):
    """(3, 4) has the length 5, so its cosines with (0, 2) and (5, 0) are 4/5 and 3/5; (1, 0) lies on the second text.

    (3, 4) 的长度是 5，与 (0, 2)、(5, 0) 的余弦是 4/5 和 3/5；(1, 0) 与第二句文本方向相同。
    """
    assert_same(student.similarities(IMAGES, TEXTS), torch.tensor([[0.8, 0.6], [0.0, 1.0]]))


def test_clip(student):
    """Logits 4, 3, 0 and 5: the rows cost 0.1600, the columns 0.0725, and the mean of these is 0.1163.

    logit 为 4、3、0、5：各行平均花费 0.1600，各列平均花费 0.0725，两者的平均是 0.1163。
    """
    rows = (math.log(1 + math.exp(-1)) + math.log(1 + math.exp(-5))) / 2
    columns = (math.log(1 + math.exp(-4)) + math.log(1 + math.exp(-2))) / 2

    assert_same(student.clip_loss(IMAGES, TEXTS, LOG_FIVE), torch.tensor((rows + columns) / 2))


def test_siglip(student):
    """With a bias of -2 the logits are 2, 1, -2 and 3: two that should be a yes and two that should be a no.

    偏置为 -2 时，logit 为 2、1、-2、3：两个应当是“是”，两个应当是“否”。
    """
    yes = math.log(1 + math.exp(-2)) + math.log(1 + math.exp(-3))
    no = math.log(1 + math.exp(1)) + math.log(1 + math.exp(-2))

    loss = student.siglip_loss(IMAGES, TEXTS, LOG_FIVE, torch.tensor(-2.0))
    assert_same(loss, torch.tensor((yes + no) / 2))
