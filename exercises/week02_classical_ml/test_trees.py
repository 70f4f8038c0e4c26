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
    """A forest of one tree is that tree, grown on the rows that were drawn.

    只有一棵树的森林就是那棵树，它长在抽到的行上。
    """
    X, y = torch.tensor([[1.0], [2.0], [4.0], [9.0]]), torch.tensor([0, 1, 0, 1])
    rows = torch.randint(4, (4,), generator=torch.Generator().manual_seed(5))
    tree = student.DecisionTree().fit(X[rows], y[rows], classes=2)

    forest = student.BaggedForest(count=1).fit(X, y, torch.Generator().manual_seed(5))

    assert_same(forest.predict_proba(X), tree.predict_proba(X))
