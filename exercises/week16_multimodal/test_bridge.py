"""Visible examples of week 16, bridge: worked numbers that you can check by hand."""

import torch

from grader.suite import assert_same


def test_a_layer_of_silent_branches(student):
    """All branches give 0 when all weights are 0, and the norms make 1 and -1 of each row.

    所有权重为 0 时各分支都输出 0，归一化把每行变成 1 和 -1。
    """
    layer = student.QueryFormerLayer(2, 1, 3, 4)
    names = layer.state_dict()
    ones = [name for name in names if name.startswith("norm") and name.endswith("weight")]
    layer.load_state_dict({name: torch.full(p.shape, float(name in ones)) for name, p in names.items()})
    rows = torch.tensor([[[5.0, 3.0], [0.0, 8.0]]])  # one query, one word

    assert_same(layer(rows, torch.zeros(1, 6, 4), 1), torch.tensor([[[1.0, -1.0], [-1.0, 1.0]]]))


def test_one_query_and_two_words(student):
    """When the text is written, the query sees itself; a word sees the query, itself and the words before it.

    写文本时，查询只看自己；词看得到查询、自己和自己之前的词。
    """
    got = student.query_mask(1, torch.tensor([[1, 1]]), "generation")

    assert_same(got[0].tolist(), [[True, False, False], [True, True, False], [True, True, True]])


def test_a_picture_of_two_features(student):
    """Token 9 is the picture: its two features take its place, and the label of the last word moves to place 3.

    词元 9 代表图片：两个特征取代它，最后一个词的标签移到位置 3。
    """
    table = torch.tensor([[0.0], [10.0], [20.0]])
    features = torch.tensor([[[7.0], [8.0]]])
    ids = torch.tensor([[1, 9, 2], [2, 1, 0]])
    embeddings, labels, mask = student.splice_image_tokens(
        ids,
        features,
        9,
        table,
        labels=torch.tensor([[-100, 9, 2], [-100, 1, 0]]),
        mask=torch.tensor([[1, 1, 1], [1, 1, 0]]),
    )

    assert_same(embeddings[..., 0].tolist(), [[10.0, 7.0, 8.0, 20.0], [20.0, 10.0, 0.0, 0.0]])
    assert_same(labels.tolist(), [[-100, -100, -100, 2], [-100, 1, -100, -100]])
    assert_same(mask.tolist(), [[True, True, True, True], [True, True, False, False]])
