"""Visible examples of week 02, validation: things that you can check by hand. They give no points."""

import torch

from grader.suite import assert_same


def test_example_three_folds_of_six_rows(student):
    """Six rows in three folds: each fold tests two rows, and together they test all six.

    六行分三折：每折测试两行，合起来恰好测试全部六行。
    """
    folds = student.k_folds(6, 3, torch.Generator().manual_seed(1))

    assert_same([len(test) for _, test in folds], [2, 2, 2])
    assert_same(torch.cat([test for _, test in folds]).sort().values, torch.arange(6))


def test_example_the_training_mean(student):
    """1 and 3 have the mean 2 and the deviation 1; so a test value of 7 becomes 5.

    1 和 3 的均值是 2、标准差是 1；于是测试值 7 变成 5。
    """
    train, test = student.standardise(torch.tensor([[1.0], [3.0]]), torch.tensor([[7.0]]))

    assert_same(train, torch.tensor([[-1.0], [1.0]]))
    assert_same(test, torch.tensor([[5.0]]))


def test_example_a_grid_of_two(student):
    """A model that always answers its setting: for targets of 3, the setting 3 is best.

    一个总是回答其设定值的模型：目标为 3 时，设定 3 最好。
    """
    X, y = torch.zeros(4, 1), torch.full((4,), 3.0)
    folds = [(torch.tensor([0, 1]), torch.tensor([2, 3])), (torch.tensor([2, 3]), torch.tensor([0, 1]))]

    def fit(train_X, train_y, settings):
        return settings["answer"]

    def score(model, test_X, test_y):
        return -float((test_y - model).abs().mean())

    best, results = student.grid_search(fit, score, X, y, {"answer": [1.0, 3.0]}, folds)

    assert_same(best, {"answer": 3.0})
    assert_same([mean for _, mean in results], [-2.0, 0.0])
