"""Visible examples of week 17, isolation_forest: every number can be checked by hand."""

import numpy as np
import torch

from grader.suite import assert_same, attribute


def test_average_path_length(student):
    """One value needs no cut, two need one; for three the formula gives 2 (ln 2 + 0.5772) - 4/3 = 1.2074.

    一个值不用切，两个值切一刀；三个值时公式给出 2 (ln 2 + 0.5772) - 4/3 = 1.2074。
    """
    assert_same(student.average_path_length(1), 0.0)
    assert_same(student.average_path_length(2), 1.0)
    assert_same(student.average_path_length(3), 1.2074, atol=5e-5)  # four digits
    assert_same(student.average_path_length(np.array([1, 2])), np.array([0.0, 1.0]))


def test_two_values(student):
    """0 and 1 are always parted by one cut: every path is 1 = c(2), so every score is -1/2.

    0 和 1 总是一刀分开：每条路径长度为 1 = c(2)，所以每个分数都是 -1/2。
    """
    x = np.array([[0.0], [1.0]])

    assert_same(student.IsolationForest(trees=3).fit(x).score_samples(x), np.array([-0.5, -0.5]))


def test_one_odd_value(student):
    """Of 0, 0 and 1 the 1 is alone after one cut; the zeros stay together, and c(2) = 1 is added: paths 1 and 2.

    在 0、0、1 中，1 一刀后就单独出来；两个 0 留在一起，要加上 c(2) = 1：路径长度为 1 和 2。
    """
    x = np.array([[0.0], [0.0], [1.0]])
    forest = student.IsolationForest(trees=3).fit(x)

    assert_same(
        forest.score_samples(x), -(2.0 ** (np.array([-2.0, -2.0, -1.0]) / (2 * np.log(2) + 2 * np.euler_gamma - 4 / 3)))
    )
    assert_same(forest.predict(x), np.array([1, 1, -1]))
    assert_same(attribute(forest, "offset_"), -0.5)


def test_energies(student):
    """The clean embeddings vary by 4 in one direction and by 1 in the other; a step of 2 is half a deviation or two.

    干净嵌入在一个方向上的标准差为 4，另一个方向上为 1；长度为 2 的一步分别是半个和两个标准差。
    """
    clean = torch.tensor([[4.0, 1.0], [4.0, -1.0], [-4.0, 1.0], [-4.0, -1.0]], dtype=torch.float64)
    detector = student.AdversarialDetector(trees=3).train(clean)

    energies = detector.energies(torch.tensor([[2.0, 0.0], [0.0, 2.0]], dtype=torch.float64))

    assert_same(energies, torch.tensor([[0.25, 0.0], [0.0, 4.0]], dtype=torch.float64))
