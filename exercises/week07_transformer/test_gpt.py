"""Visible examples of week 07, gpt: a block that adds 2 to one feature, and a state dict of transformers."""

import torch

from grader.suite import assert_raises, assert_same

CONFIG = {"vocab_size": 3, "n_positions": 4, "n_embd": 2, "n_layer": 1, "n_head": 1, "layer_norm_epsilon": 0.0}


def checkpoint():
    """The weights of transformers' GPT2LMHeadModel for CONFIG: [in, out], a mask that is called a bias, a tied head."""
    shapes = {
        "h.0.ln_1.weight": (2,),
        "h.0.ln_1.bias": (2,),
        "h.0.attn.bias": (1, 1, 4, 4),
        "h.0.attn.c_attn.weight": (2, 6),
        "h.0.attn.c_attn.bias": (6,),
        "h.0.attn.c_proj.weight": (2, 2),
        "h.0.attn.c_proj.bias": (2,),
        "h.0.ln_2.weight": (2,),
        "h.0.ln_2.bias": (2,),
        "h.0.mlp.c_fc.weight": (2, 8),
        "h.0.mlp.c_fc.bias": (8,),
        "h.0.mlp.c_proj.weight": (8, 2),
        "h.0.mlp.c_proj.bias": (2,),
        "ln_f.bias": (2,),
    }
    state = {f"transformer.{name}": torch.zeros(shape) for name, shape in shapes.items()}
    state["transformer.wte.weight"] = state["lm_head.weight"] = torch.tensor([[1.0, 0.0], [0.0, 1.0], [2.0, 5.0]])
    state["transformer.wpe.weight"] = torch.tensor([[0.0, 0.0], [0.0, 3.0], [0.0, 0.0], [0.0, 0.0]])
    state["transformer.h.0.attn.c_attn.bias"] = torch.tensor([0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
    state["transformer.h.0.attn.c_proj.weight"] = torch.tensor([[0.0, 0.0], [2.0, 0.0]])
    state["transformer.ln_f.weight"] = torch.ones(2)
    return state


def test_a_checkpoint_of_transformers(student):
    """Token 1 is (0, 1) at position 0 and (0, 4) at position 1. Every value is (0, 1), and c_proj, stored as [in, out],
    makes (2, 0) of it: (2, 1) and (2, 4). The last norm gives (1, -1) and (-1, 1).

    词元 1 在位置 0 是 (0, 1)，在位置 1 是 (0, 4)。每个 value 都是 (0, 1)，按 [in, out] 保存的 c_proj 把它变成 (2, 0)：
    得到 (2, 1) 和 (2, 4)。最后的归一化给出 (1, -1) 和 (-1, 1)。
    """
    gpt = student.GPT(CONFIG)
    gpt.load_gpt2(checkpoint())

    assert_same(gpt(torch.tensor([[1, 1]])), torch.tensor([[[1.0, -1.0, -3.0], [-1.0, 1.0, 3.0]]]))


def test_no_token_sees_a_later_one(student):
    """Changing the last of three tokens changes no logit of the first two.

    改动三个词元中的最后一个，前两个的 logits 不变。
    """
    gpt = student.GPT(CONFIG | {"n_embd": 6, "n_head": 2, "layer_norm_epsilon": 1e-5})

    assert_same(gpt(torch.tensor([[0, 2, 1]]))[:, :2].detach(), gpt(torch.tensor([[0, 2, 2]]))[:, :2].detach())


def test_a_weight_that_is_missing(student):
    """Without ln_f.bias load_gpt2 raises ValueError, and the token table is what it was before.

    缺少 ln_f.bias 时 load_gpt2 抛出 ValueError，词元表仍是原来的样子。
    """
    gpt, state = student.GPT(CONFIG), checkpoint()
    before = gpt.state_dict()["wte.weight"].clone()
    del state["transformer.ln_f.bias"]

    assert_raises(ValueError, gpt.load_gpt2, state)
    assert_same(gpt.state_dict()["wte.weight"], before)


def test_what_is_too_long(student):
    """Four tokens have positions, five do not; 4 heads do not divide a width of 2.

    四个词元有位置可用，五个则没有；4 个头不能整除宽度 2。
    """
    gpt = student.GPT(CONFIG)

    assert list(gpt(torch.tensor([[1, 1, 1, 1]])).shape) == [1, 4, 3]
    assert_raises(ValueError, gpt.forward, torch.tensor([[1, 1, 1, 1, 1]]))
    assert_raises(ValueError, student.GPTBlock, CONFIG | {"n_head": 4})
