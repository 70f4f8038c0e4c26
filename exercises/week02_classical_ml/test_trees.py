"""Visible examples of week 02, trees: numbers that you can check by hand. They give no points."""

import torch

from grader.suite import assert_same


def test_example_best_split(student):
    """Heights 1, 2, 4 and 9 with classes 0, 0, 1, 1: the question is whether a row is at most 3.

    高度为 1、2、4、9，类别为 0、0、1、1：最好的问题是“是否不超过 3”。
    """
    X = torch.tensor([[1.0], [2.0], [4.0], [9.0]])

    assert_same(tuple(student.best_split(X, torch.tensor([0, 0, 1, 1]))), (0, 3.0))  # both sides have impurity 0
    assert_same(student.best_split(X, torch.tensor([0, 0, 1, 1]), min_samples=3), None)


def test_example_tree(student):
    """With one question, rows above 3 are in a leaf of two classes; with two questions, every row is right.

    只问一个问题时，大于 3 的行在一个含两类的叶子里；问两个问题，每一行都分对。
    """
    X, y = torch.tensor([[1.0], [2.0], [4.0], [9.0]]), torch.tensor([0, 0, 1, 0])

    stump = student.DecisionTree(max_depth=1).fit(X, y)
    assert_same(stump.predict_proba(torch.tensor([[3.0], [3.5]])), torch.tensor([[1.0, 0.0], [0.5, 0.5]]))
    assert_same(student.DecisionTree().fit(X, y).predict(X), y)


def test_example_forest(student):
    """A forest of two trees is the mean of these, each grown on rows of its own, and with one question each.

    两棵树的森林就是这两棵树的均值：各自长在自己抽到的行上，各自只问一个问题。
    """
    X, y = torch.tensor([[1.0], [2.0], [4.0], [9.0]]), torch.tensor([0, 1, 0, 1])
    source, shares = torch.Generator().manual_seed(4), []
    for _ in range(2):
        rows = torch.randint(4, (4,), generator=source)
        shares.append(student.DecisionTree(max_depth=1).fit(X[rows], y[rows], classes=2).predict_proba(X))

    forest = student.BaggedForest(count=2, max_depth=1).fit(X, y, torch.Generator().manual_seed(4))

    assert_same(forest.predict_proba(X), (shares[0] + shares[1]) / 2)


def test_example_exclusive_or(student):
    """Class 1 if exactly one of two numbers is 1: no first question makes anything purer, and the second answers it.

    两个数中恰有一个是 1 时属于类别 1：第一个问题不会让任何一侧更纯，第二个问题就能答对。
    """
    X, y = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), torch.tensor([0, 1, 1, 0])

    assert_same(tuple(student.best_split(X, y)), (0, 0.5))  # of equally good questions the first
    assert_same(student.DecisionTree().fit(X, y).predict(X), y)
