"""Visible examples of week 16, bridge: worked numbers that you can check by hand."""

import torch

from grader.suite import assert_raises, assert_same, expect


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


def test_who_sees_whom_with_padding(student):
    """Two queries, and two words behind a word of padding, which nobody sees. When picture and text are compared,
    queries see queries and words see words; when the text is written, queries see each other, and words what is before
    them.

    两个查询，以及一个填充和它后面的两个词；填充谁也看不到。比较图文时，查询看查询，词看词；写文本时，查询互相看得到，
    词看得到自己和之前的。
    """
    word_mask = torch.tensor([[0, 1, 1]])
    queries = [True, True, False, False, False]
    compared = [queries, queries, *[[False, False, False, True, True]] * 3]
    written = [queries, queries, queries, [True, True, False, True, False], [True, True, False, True, True]]

    assert_same(student.query_mask(2, word_mask, "contrastive")[0].tolist(), compared)
    assert_same(student.query_mask(2, word_mask, "generation")[0].tolist(), written)


def test_pictures_go_on_from_row_to_row(student):
    """The first row has no picture, the second two, of one feature each: 0 and 70. The 9 in the first row's padding is
    none, and a feature of 0 is no padding. Without labels all are -100. A picture too many is refused, and so is token
    -1.

    第一行没有图片，第二行有两张，各一个特征：0 和 70。第一行填充处的 9 不是图片，为 0 的特征也不是填充。
    不给标签时全是 -100。多一张图片、词元为 -1 时都会被拒绝。
    """
    table, ids = torch.tensor([[0.0], [10.0], [20.0]]), torch.tensor([[9, 1, 2], [9, 1, 9]])
    features, mask = torch.tensor([[[0.0]], [[70.0]]]), torch.tensor([[0, 1, 1], [1, 1, 1]])

    embeddings, labels, seen = student.splice_image_tokens(ids, features, 9, table, mask=mask)
    assert_same(embeddings[..., 0].tolist(), [[10.0, 20.0, 0.0], [0.0, 10.0, 70.0]])
    assert_same((labels.unique().tolist(), seen.tolist()), ([-100], [[True, True, False], [True, True, True]]))
    three = torch.cat([features, features[:1]])
    assert_raises(ValueError, student.splice_image_tokens, ids, three, 9, table, mask=mask)
    assert_raises(ValueError, student.splice_image_tokens, ids - 3, features, 6, table, mask=mask)


def test_words_have_a_branch_of_their_own(student):
    """As above, but the last branch of the words adds (4, 0): their (-1, 1) becomes (3, 1), and the norm makes (1, -1)
    of that. The query keeps its own.

    与上面相同，但词的最后一个分支加上 (4, 0)：(-1, 1) 变成 (3, 1)，归一化后是 (1, -1)。查询不受影响。
    """
    layer = student.QueryFormerLayer(2, 1, 3, 4)
    state = {
        name: torch.full(p.shape, float("norm" in name and "weight" in name)) for name, p in layer.state_dict().items()
    }
    layer.load_state_dict({**state, "word_out.bias": torch.tensor([4.0, 0.0])})
    rows = torch.tensor([[[5.0, 3.0], [0.0, 8.0]]])  # one query, one word

    assert_same(layer(rows, torch.zeros(1, 6, 4), 1), torch.tensor([[[1.0, -1.0], [1.0, -1.0]]]))


def test_what_reaches_whom(student):
    """Each sees only itself: then another picture moves the query, which stands first, and not the word, and another
    word does not move the query. Without a mask it does.

    各自只看得到自己时：换一张图片，变的是排在前面的查询，不是词；换一个词，查询不变。没有掩码时，查询会变。
    """
    layer = student.QueryFormerLayer(4, 1, 3, 4)
    rows, other = torch.tensor([[[5.0, 3.0, 0.0, 1.0], [0.0, 8.0, 2.0, 5.0]]]), torch.tensor([[[3.0, 1.0, 9.0, 0.0]]])
    other = torch.cat([rows[:, :1], other], dim=1)
    alone = torch.eye(2, dtype=torch.bool)
    picture, night = torch.tensor([[[1.0, 5.0, 2.0, 7.0]]]), torch.zeros(1, 1, 4)

    seen, dark = layer(rows, picture, 1, alone), layer(rows, night, 1, alone)
    assert_same(seen[:, 1], dark[:, 1])
    assert_same(layer(other, picture, 1, alone)[:, 0], seen[:, 0])
    free = [layer(words, picture, 1)[:, 0] for words in (rows, other)]
    for one, two, en, zh in (
        (seen[:, 0], dark[:, 0], "The picture does not reach the query.", "图片到不了查询。"),
        (*free, "Without a mask, the word does not reach the query.", "没有掩码时，词到不了查询。"),
    ):
        expect(not torch.allclose(one, two, atol=1e-6), en, zh)
