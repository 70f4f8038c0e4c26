"""Visible examples of week 07, llama: models so small that one can follow them by hand."""

import torch

from grader.suite import assert_same

CONFIG = {
    "vocab_size": 3,
    "hidden_size": 2,
    "intermediate_size": 1,
    "num_hidden_layers": 1,
    "num_attention_heads": 1,
    "num_key_value_heads": 1,
    "rms_norm_eps": 0.0,
    "rope_parameters": {"rope_theta": 10000.0},
    "tie_word_embeddings": True,
}


def quiet(student, **changes):
    """A model whose layer adds nothing: tokens (3, 4), (0, 2) and (1, 0) go straight to the last norm."""
    llama = student.Llama(CONFIG | changes)
    state = {
        name: torch.zeros_like(p) if "proj" in name else torch.ones_like(p) for name, p in llama.state_dict().items()
    }
    state["model.embed_tokens.weight"] = torch.tensor([[3.0, 4.0], [0.0, 2.0], [1.0, 0.0]])
    llama.load_state_dict(state)
    return llama


def test_the_last_norm_and_the_tied_head(student):
    """(3, 4) has root mean square 3.5355; normed it is (0.8485, 1.1314), and its products with the table are the
    logits.

    (3, 4) 的均方根是 3.5355；归一化后是 (0.8485, 1.1314)，它与词表各行的点积就是 logits。
    """
    logits = quiet(student)(torch.tensor([[0]]))

    assert_same(logits, torch.tensor([[[7.0711, 2.2627, 0.8485]]]), rtol=1e-4)


def test_writing(student):
    """Token 2 is (1.4142, 0) after the norm: it scores 4.24 for token 0, which then chooses itself.

    词元 2 归一化后是 (1.4142, 0)：它给词元 0 打 4.24 分；词元 0 接着选中自己。
    """
    assert_same(quiet(student).generate(torch.tensor([[2]]), 3), torch.tensor([[2, 0, 0, 0]]))


def test_in_pieces(student):
    """Five tokens in one call, and with a cache in calls of 2, 1 and 2 tokens: the same logits.

    五个词元一次读入，或用缓存分成 2、1、2 个读入：logits 相同。
    """
    llama = student.Llama(CONFIG | {"hidden_size": 8, "num_attention_heads": 2, "rms_norm_eps": 1e-5})
    ids, cache = torch.tensor([[0, 2, 1, 1, 0]]), student.given("parts").KeyValueCache(1)

    pieces = [llama(ids[:, begin:end], cache) for begin, end in ((0, 2), (2, 3), (3, 5))]

    assert_same(torch.cat(pieces, dim=1).detach(), llama(ids).detach())
