"""Visible examples of week 02, clusters: numbers that you can check by hand. They give no points."""

import torch

from grader.suite import assert_same


def test_example_two_groups_on_a_line(student):
    """0, 1, 9 and 11 from the centres 0 and 1: first 1 leaves with 9 and 11, then it comes back to 0.

    0、1、9、11，中心从 0 和 1 出发：第一步 1 与 9、11 一组，之后又回到 0 那一组。
    """
    X = torch.tensor([[0.0], [1.0], [9.0], [11.0]])

    centres, assignment, inertia = student.kmeans(X, 2, torch.Generator(), init=torch.tensor([[0.0], [1.0]]))

    assert_same(centres, torch.tensor([[0.5], [10.0]]))
    assert_same(assignment, torch.tensor([0, 0, 1, 1]))
    assert_same(inertia, torch.tensor(2.5))  # 2 * 0.5 ** 2 + 2 * 1 ** 2


def test_example_purity(student):
    """Of five rows, four belong to the commonest topic of their cluster.

    五行中有四行属于其所在簇最常见的主题。
    """
    assert_same(student.purity(torch.tensor([1, 1, 1, 0, 0]), torch.tensor([0, 0, 2, 1, 1])), 0.8)


def test_example_one_step(student):
    """The same start after a single step: the centres 0 and 7, and by these, 1 belongs to 0 already.

    同样的出发点，只走一步：中心是 0 和 7；按这两个中心，1 已经属于 0 那一组。
    """
    X = torch.tensor([[0.0], [1.0], [9.0], [11.0]])

    got = student.kmeans(X, 2, torch.Generator(), torch.tensor([[0.0], [1.0]]), steps=1)

    assert_same(tuple(got), (torch.tensor([[0.0], [7.0]]), torch.tensor([0, 0, 1, 1]), torch.tensor(21.0)))


def test_example_an_empty_centre(student):
    """All rows are nearer to 4 than to 100: the second centre takes over the farthest of them, 30.

    所有行离 4 都比离 100 近：第二个中心接管其中最远的一行，30。
    """
    X = torch.tensor([[2.0], [30.0], [4.0], [6.0]])

    centres, _, _ = student.kmeans(X, 2, torch.Generator(), torch.tensor([[4.0], [100.0]]), steps=1)

    assert_same(centres, torch.tensor([[4.0], [30.0]]))


def test_example_a_tie(student):
    """2 is as near to 0 as to 4, and joins the first: its mean with 0 is 1.

    2 离 0 和 4 一样近，加入前一个：它与 0 的均值是 1。
    """
    X, init = torch.tensor([[0.0], [4.0], [2.0]]), torch.tensor([[0.0], [4.0]])

    assert_same(student.kmeans(X, 2, torch.Generator(), init, steps=1)[0], torch.tensor([[1.0], [4.0]]))


def test_example_a_start_that_is_drawn(student):
    """Without a start, the generator draws it: here rows 3 and 0, that is 11 and 0, to which 9 and 1 belong.

    不给出发点时由 generator 抽取：这里抽到第 3、0 行，即 11 和 0，9 和 1 分别属于它们。
    """
    X = torch.tensor([[0.0], [1.0], [9.0], [11.0]])

    centres, _, _ = student.kmeans(X, 2, torch.Generator().manual_seed(32), steps=1)

    assert_same(centres, torch.tensor([[10.0], [0.5]]))
