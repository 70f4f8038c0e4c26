"""Visible examples of week 07, bert: a pair of texts laid out, and a model whose layers add nothing."""

import torch

from grader.suite import assert_same

CONFIG = {
    "vocab_size": 4,
    "max_position_embeddings": 6,
    "type_vocab_size": 2,
    "hidden_size": 2,
    "intermediate_size": 3,
    "num_hidden_layers": 1,
    "num_attention_heads": 1,
    "layer_norm_eps": 0.0,
}


def test_a_pair_and_a_text(student):
    """[CLS] is 1, [SEP] is 2, padding 0: (7, 8) with (9) takes six places, (5) by itself three and three of padding.

    [CLS] 是 1，[SEP] 是 2，填充是 0：(7, 8) 与 (9) 占六个位置，单独的 (5) 占三个，再加三个填充。
    """
    ids, token_types, real = student.read_pairs([([7, 8], [9]), ([5], None)], 1, 2, 0)

    assert_same(ids, torch.tensor([[1, 7, 8, 2, 9, 2], [1, 5, 2, 0, 0, 0]]))
    assert_same(token_types, torch.tensor([[0, 0, 0, 0, 1, 1], [0, 0, 0, 0, 0, 0]]))
    assert_same(real, torch.tensor([[True] * 6, [True] * 3 + [False] * 3]))


def test_an_empty_second_text(student):
    """(0) with an empty second text has two [SEP]; the 0 in it is a token, although padding has the same number.

    (0) 与空的第二段文本有两个 [SEP]；其中的 0 是词元，尽管填充也用这个编号。
    """
    ids, token_types, real = student.read_pairs([([7, 8], [9]), ([0], [])], 1, 2, 0)

    assert_same(ids, torch.tensor([[1, 7, 8, 2, 9, 2], [1, 0, 2, 2, 0, 0]]))
    assert_same(token_types, torch.tensor([[0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 0, 0]]))
    assert_same(real, torch.tensor([[True] * 6, [True] * 4 + [False] * 2]))


def test_words_places_and_types(student):
    """A word (3, 0), of type (0, 1) or (0, 5), at a place (0, 0) or, in the second column, (9, 0): the sums (3, 1),
    (12, 5) and (3, 5) are normed to (1, -1), (1, -1) and (-1, 1). The layer's last norm doubles them; the pooler swaps
    the two features of the first.

    词 (3, 0)，类型 (0, 1) 或 (0, 5)，位置 (0, 0)，第二列的位置是 (9, 0)：三个和 (3, 1)、(12, 5)、(3, 5) 归一化为
    (1, -1)、(1, -1)、(-1, 1)。该层最后的归一化把它们乘以 2；pooler 交换第一个词元的两个特征。
    """
    made = student.BertEncoder(CONFIG)
    state = {name: torch.zeros_like(p) for name, p in made.state_dict().items()}
    state |= {name: torch.ones_like(p) for name, p in state.items() if name.endswith("LayerNorm.weight")}
    state["embeddings.word_embeddings.weight"][3] = torch.tensor([3.0, 0.0])
    state["embeddings.position_embeddings.weight"][1] = torch.tensor([9.0, 0.0])
    state["embeddings.token_type_embeddings.weight"] = torch.tensor([[0.0, 1.0], [0.0, 5.0]])
    state["encoder.layer.0.output.LayerNorm.weight"] = torch.tensor([2.0, 2.0])
    state["pooler.dense.weight"] = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    made.load_state_dict(state)

    hidden, pooled = made(torch.tensor([[3, 3, 3]]), torch.tensor([[0, 1, 1]]))

    assert_same(hidden, torch.tensor([[[2.0, -2.0], [2.0, -2.0], [-2.0, 2.0]]]))
    assert_same(pooled, torch.tensor([[-0.9640, 0.9640]]), atol=1e-3)  # tanh(2)


def test_a_text_in_a_longer_batch(student):
    """Two tokens by themselves, and the same two with padding behind them: the same vectors.

    单独的两个词元，与后面加上填充的同样两个词元：向量相同。
    """
    made = student.BertEncoder(CONFIG | {"hidden_size": 8, "num_attention_heads": 2, "layer_norm_eps": 1e-5})
    real = torch.tensor([[True, True, False, False]])

    hidden, pooled = made(torch.tensor([[1, 3, 0, 0]]), None, real)
    alone, text = made(torch.tensor([[1, 3]]))

    assert_same(hidden[:, :2].detach(), alone.detach())
    assert_same(pooled.detach(), text.detach())


def test_both_directions(student):
    """Changing the last token changes what comes out at the first.

    改动最后一个词元，第一个词元的结果也会变。
    """
    made = student.BertEncoder(CONFIG | {"hidden_size": 8, "num_attention_heads": 2, "layer_norm_eps": 1e-5})

    first, other = (made(torch.tensor([[1, 3, last]]))[0][0, 0] for last in (2, 0))

    assert_same(torch.equal(first, other), False)
