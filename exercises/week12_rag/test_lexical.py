"""Visible examples of week 12, lexical: every number can be checked by hand."""

import math

import torch

from grader.suite import assert_same

PETS = [["cat", "dog"], ["dog", "dog"]]


def test_scores(student):
    """The worked example of the handout: once counts ln 1.2, twice counts 10/7 of it.

    讲义中的手算例题：出现一次计 ln 1.2，出现两次计它的 10/7。
    """
    idf = math.log(1.2)

    assert_same(student.BM25(PETS).scores(["dog"]), torch.tensor([idf, idf * 10 / 7], dtype=torch.float64))


def test_search(student):
    """Only the first document holds "cat", and its score is ln 2.

    只有第一篇文档含有 "cat"，得分为 ln 2。
    """
    assert_same(student.BM25(PETS).search(["cat"], 5), [(0, math.log(2))])
