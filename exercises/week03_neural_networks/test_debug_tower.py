"""Visible examples of week 03, debug_tower."""

import math

import torch

from grader.suite import assert_same


def test_nothing_learned_yet(student):
    """A new tower gives all four classes the score 0: the loss before the first step is ln 4.

    新建的塔给四个类别的得分都是 0：第一步之前的损失是 ln 4。
    """
    tower = student.Tower(3, 2, 4)
    x, y = torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([1])

    assert_same(tower(x).detach(), torch.zeros(1, 4))
    assert_same(tower.fit(x, y, 0.1, 1), [math.log(4)])


def test_loading_what_was_saved(student):
    """A trained tower is saved, and loaded into a new one: both then give the same scores.

    把训练好的塔保存下来，再加载到新建的塔中：两者的得分应当相同。
    """
    x, y = torch.tensor([[1.0, 2.0], [2.0, -1.0]]), torch.tensor([0, 1])
    trained, fresh = (student.Tower(2, 3, 2, seed) for seed in (1, 2))
    trained.fit(x, y, 0.5, 5)
    fresh.load_state_dict(trained.state_dict())

    assert_same(fresh(x).detach(), trained(x).detach())
