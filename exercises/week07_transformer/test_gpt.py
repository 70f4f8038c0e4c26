"""Visible examples of week 07, gpt: a model of one block that adds nothing, and a state dict of transformers."""

import torch

from grader.suite import assert_same

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
    state["transformer.wpe.weight"] = torch.tensor([[0.0, 0.0], [3.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    state["transformer.ln_f.weight"] = torch.ones(2)
    return state


def test_a_checkpoint_of_transformers(student):
    """Token 1 is (0, 1) at position 0 and (3, 1) at position 1; the last norm gives (-1, 1) and (1, -1).

    词元 1 在位置 0 是 (0, 1)，在位置 1 是 (3, 1)；最后的归一化给出 (-1, 1) 和 (1, -1)。
    """
    gpt = student.GPT(CONFIG)
    gpt.load_gpt2(checkpoint())

    assert_same(gpt(torch.tensor([[1, 1]])), torch.tensor([[[-1.0, 1.0, 3.0], [1.0, -1.0, -3.0]]]))
