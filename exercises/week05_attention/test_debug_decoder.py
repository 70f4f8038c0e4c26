"""Visible examples of week 05, debug_decoder: the same tokens in one call and in several."""

import torch

from grader.suite import assert_same


def one_hot_decoder(student):
    """A decoder of one layer whose tokens are unit vectors and whose attention is a plain mean of what a token sees."""
    decoder = student.Decoder(3, 3, 1)
    zero, one = torch.zeros(3, 3), torch.eye(3)
    weights = {"W_q": zero, "W_k": zero, "W_v": one, "W_o": one}
    decoder.load_state_dict(
        {"embedding.weight": one} | {f"layers.0.{name}.weight": table for name, table in weights.items()}
    )
    return decoder


def test_all_at_once(student):
    """Tokens 0, 1, 2 in one call: the last one is itself plus the mean of all three, so (1/3, 1/3, 4/3).

    一次读入词元 0、1、2：最后一个的结果是它自己加上三者的平均，即 (1/3, 1/3, 4/3)。
    """
    logits = one_hot_decoder(student)(torch.tensor([0, 1, 2]))

    assert_same(logits[-1], torch.tensor([1 / 3, 1 / 3, 4 / 3]))


def test_one_token_at_a_time(student):
    """The same tokens in three calls with a cache: the same (1/3, 1/3, 4/3).

    同样的词元分三次读入并使用缓存：结果同样是 (1/3, 1/3, 4/3)。
    """
    decoder = one_hot_decoder(student)
    cache = decoder.new_cache()
    for token in (0, 1, 2):
        logits = decoder(torch.tensor([token]), cache)

    assert_same(logits[-1], torch.tensor([1 / 3, 1 / 3, 4 / 3]))


def test_the_rest_together(student):
    """Token 0 first, then 1 and 2 together: still (1/3, 1/3, 4/3).

    先读词元 0，再同时读入 1 和 2：结果仍然是 (1/3, 1/3, 4/3)。
    """
    decoder = one_hot_decoder(student)
    cache = decoder.new_cache()
    decoder(torch.tensor([0]), cache)

    assert_same(decoder(torch.tensor([1, 2]), cache)[-1], torch.tensor([1 / 3, 1 / 3, 4 / 3]))
