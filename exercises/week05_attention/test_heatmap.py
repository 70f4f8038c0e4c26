"""Visible examples of week 05, heatmap: a figure small enough to imagine."""

import torch

from grader.suite import assert_raises, assert_same


def test_two_tokens(student):
    """One head, two tokens: the second token looks at the first with 1/4 and at itself with 3/4.

    一个头、两个词元：第二个词元以 1/4 看第一个，以 3/4 看自己。
    """
    weights = torch.tensor([[[1.0, 0.0], [0.25, 0.75]]])

    seen = student.given("figure_reader").describe(student.attention_heatmap(weights, ["a", "b"]))

    (panel,) = seen["panels"]
    assert_same(panel["cells"].tolist(), [[1.0, 0.0], [0.25, 0.75]])
    assert_same((panel["title"], panel["x_label"], panel["y_label"]), ("head 0", "key", "query"))
    assert_same((panel["x_ticks"], panel["y_ticks"]), (["a", "b"], ["a", "b"]))
    assert_same(seen["colour_bars"], ["weight"])


def test_two_heads_with_a_cache(student):
    """Two heads, one new token after two cached ones: two panels with one row, and one colour scale from 0 to 0.5.

    两个头，两个已缓存的词元之后来了一个新词元：两个面板，各一行，颜色刻度都从 0 到 0.5。
    """
    weights = torch.tensor([[[0.5, 0.25, 0.25]], [[0.375, 0.375, 0.25]]])

    seen = student.given("figure_reader").describe(student.attention_heatmap(weights, ["a", "b", "c"]))

    assert_same([panel["title"] for panel in seen["panels"]], ["head 0", "head 1"])
    assert_same([panel["y_ticks"] for panel in seen["panels"]], [["c"], ["c"]])
    assert_same([panel["limits"] for panel in seen["panels"]], [(0.0, 0.5), (0.0, 0.5)])


def test_tokens_that_do_not_fit(student):
    """Three keys and two tokens are a ValueError.

    三个 key 却只有两个词元时，抛出 ValueError。
    """
    assert_raises(ValueError, student.attention_heatmap, torch.ones(1, 3, 3) / 3, ["a", "b"])
