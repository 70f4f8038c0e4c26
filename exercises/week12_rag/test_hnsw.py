"""Visible examples of week 12, hnsw: every number can be checked by hand."""

import torch

from grader.suite import assert_same


def test_places_on_a_line(student):
    """Four vectors on a line: from 2.2 the nearest two are 2 and 3, at the squared distances 0.04 and 0.64.

    直线上的四个向量：离 2.2 最近的两个是 2 和 3，距离的平方是 0.04 和 0.64。
    """
    index = student.HNSWIndex(torch.Generator().manual_seed(0), 2, 4)
    index.add(torch.tensor([[0.0], [2.0]]))
    index.add(torch.tensor([[9.0], [3.0]]))

    distances, places = index.search(torch.tensor([[2.2]]), 2, 4)

    assert_same(distances, torch.tensor([[0.04, 0.64]]))
    assert_same(places, torch.tensor([[1, 3]]))


def test_who_is_linked(student):
    """The worked example of the handout: D takes B and not C, which is nearer to B than to D; A is on the other side.

    讲义中的手算例题：D 选 B，不选 C，因为 C 离 B 比离 D 近；A 在另一侧，也被选中。
    """
    index = student.HNSWIndex(torch.Generator().manual_seed(0), 3, 4)
    a, b, c, d = [-3.0, 0.0], [1.0, 0.0], [2.0, 0.0], [0.0, 0.0]
    index.add(torch.tensor([a, b, c, d]))

    found = {place: sorted(others) for place, others in index.links(0).items()}

    assert_same(found, {0: [1, 3], 1: [0, 2, 3], 2: [1], 3: [0, 1]})


def test_more_than_there_are(student):
    """Two vectors and k = 5: two columns. An empty index: none.

    两个向量、k = 5：结果有两列。空索引：没有列。
    """
    index = student.HNSWIndex(torch.Generator().manual_seed(0), 2, 4)

    assert_same(list(index.search(torch.zeros(1, 2), 5)[0].shape), [1, 0])
    index.add(torch.tensor([[1.0, 0.0], [0.0, 2.0]]))
    assert_same(index.search(torch.zeros(1, 2), 5), (torch.tensor([[1.0, 4.0]]), torch.tensor([[0, 1]])))
