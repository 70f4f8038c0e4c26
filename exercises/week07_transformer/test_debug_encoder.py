"""Visible examples of week 07, debug_encoder: the same text by itself and in company."""

import torch

from grader.suite import assert_same


def encoder(student):
    """An encoder whose layers add nothing, so that a vector is the normed embedding of one token."""
    made = student.Encoder(3, 3, 1, 1)
    state = {name: torch.zeros_like(p) for name, p in made.state_dict().items()}
    state["embedding.weight"] = torch.tensor(
        [[5.0, -5.0, 0.0], [1.0, 2.0, 3.0], [9.0, 0.0, 0.0]]
    )  # padding, [CLS], a word
    state["norm.weight"] = torch.ones(3)
    made.load_state_dict(state)
    return made


def test_by_itself(student):
    """One text: its [CLS] is (1, 2, 3), normed (-1.2247, 0, 1.2247).

    单独一段文本：它的 [CLS] 是 (1, 2, 3)，归一化后是 (-1.2247, 0, 1.2247)。
    """
    assert_same(encoder(student).encode([[2]]), torch.tensor([[-1.2247, 0.0, 1.2247]]), atol=1e-3)


def test_in_company(student):
    """A short and a long text together: both [CLS] are the same token, so both vectors are (-1.2247, 0, 1.2247).

    短文本和长文本一起：两个 [CLS] 是同一个词元，所以两个向量都是 (-1.2247, 0, 1.2247)。
    """
    assert_same(
        encoder(student).encode([[2], [2, 2, 2]]), torch.tensor([[-1.2247, 0.0, 1.2247]]).repeat(2, 1), atol=1e-3
    )
