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


def test_words_places_and_types(student):
    """Word (1, 0) at place (0, 0) of type (0, 0) is normed to (1, -1); of type (0, 5) it is (1, 5), normed to (-1, 1).

    词 (1, 0)、位置 (0, 0)、类型 (0, 0) 归一化为 (1, -1)；类型为 (0, 5) 时是 (1, 5)，归一化为 (-1, 1)。
    """
    made = student.BertEncoder(CONFIG)
    state = {name: torch.zeros_like(p) for name, p in made.state_dict().items()}
    state |= {name: torch.ones_like(p) for name, p in state.items() if name.endswith("LayerNorm.weight")}
    state["embeddings.word_embeddings.weight"][3] = torch.tensor([1.0, 0.0])
    state["embeddings.token_type_embeddings.weight"][1] = torch.tensor([0.0, 5.0])
    state["pooler.dense.weight"] = torch.eye(2)
    made.load_state_dict(state)

    hidden, pooled = made(torch.tensor([[3, 3]]), torch.tensor([[0, 1]]))

    assert_same(hidden, torch.tensor([[[1.0, -1.0], [-1.0, 1.0]]]))
    assert_same(pooled, torch.tensor([[0.7616, -0.7616]]), atol=1e-3)  # tanh(1)
