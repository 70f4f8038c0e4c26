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
    """1 and 5 have the mean 3 and the deviation 2, so a test value of 9 becomes 3; a column of 4s is only shifted.

    1 和 5 的均值是 3、标准差是 2，于是测试值 9 变成 3；全是 4 的列只做平移。
    """
    train, test = student.standardise(torch.tensor([[1.0, 4.0], [5.0, 4.0]]), torch.tensor([[9.0, 6.0], [3.0, 4.0]]))

    assert_same(train, torch.tensor([[-1.0, 0.0], [1.0, 0.0]]))
    assert_same(test, torch.tensor([[3.0, 2.0], [0.0, 0.0]]))


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


def test_example_eight_rows_of_two_classes(student):
    """Eight rows in three folds: 2, 3 and 3 rows for testing; of each class, which has four, 1 or 2.

    八行分三折：各测试 2、3、3 行；两个类各有四行，每折测试每个类的 1 或 2 行。
    """
    labels = torch.tensor([0, 0, 0, 0, 1, 1, 1, 1])
    for more in ((), (labels,)):
        folds = student.k_folds(8, 3, torch.Generator().manual_seed(3), *more)
        assert_same(sorted(len(test) for _, test in folds), [2, 3, 3])
        for known, held_out in folds:
            assert_same(torch.cat([known, held_out]).sort().values, torch.arange(8))
    assert_same(sorted(int(labels[test].sum()) for _, test in folds), [1, 1, 2])


def test_example_each_fold_has_its_own_scale(student):
    """Scaled as 1 and 3 are, 11 becomes 9; scaled as 7 and 11 are, 3 becomes -3. Two names make four combinations.

    按 1 和 3 缩放，11 变成 9；按 7 和 11 缩放，3 变成 -3。两个名字一共四种组合。
    """
    X, y = torch.tensor([[1.0], [3.0], [7.0], [11.0]]), torch.zeros(4)
    folds = [(torch.tensor([0, 1]), torch.tensor([3, 2])), (torch.tensor([2, 3]), torch.tensor([1, 0]))]

    def fit(train_X, train_y, settings):
        return settings["factor"] * settings["sign"]

    def score(model, test_X, test_y):
        return model * float(test_X[0, 0])

    _, results = student.grid_search(fit, score, X, y, {"factor": [1.0, 2.0], "sign": [1.0, -1.0]}, folds)

    mean = (9.0 - 3.0) / 2
    assert_same([settings["factor"] * settings["sign"] for settings, _ in results], [1.0, -1.0, 2.0, -2.0])
    assert_same([score for _, score in results], [mean, -mean, 2 * mean, -2 * mean])
