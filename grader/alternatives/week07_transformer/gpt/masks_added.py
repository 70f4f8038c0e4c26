"""A mask that is added to the scores, the gelu from its formula, the state dict rewritten key by key."""

import math

import torch
from torch import nn


class GPTBlock(nn.Module):
    def __init__(self, config):
        super().__init__()
        d, self.n = config["n_embd"], config["n_head"]
        if d // self.n * self.n != d:
            raise ValueError("heads")
        for name in ("ln_1", "ln_2"):
            setattr(self, name, nn.LayerNorm(d, config["layer_norm_epsilon"]))
        self.attn, self.mlp = nn.Module(), nn.Module()
        self.attn.c_attn, self.attn.c_proj = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.mlp.c_fc, self.mlp.c_proj = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def forward(self, x):
        b, t, d = x.shape
        qkv = self.attn.c_attn(self.ln_1(x)).view(b, t, 3, self.n, d // self.n)
        scores = torch.einsum("bqhd,bkhd->bhqk", qkv[:, :, 0], qkv[:, :, 1]) * (d // self.n) ** -0.5
        scores = scores + torch.full((t, t), -torch.inf, dtype=x.dtype, device=x.device).triu(1)
        y = torch.einsum("bhqk,bkhd->bqhd", scores.softmax(-1), qkv[:, :, 2]).reshape(b, t, d)
        x = x + self.attn.c_proj(y)
        z = self.mlp.c_fc(self.ln_2(x))
        z = z / 2 * (1 + torch.tanh((2 / math.pi) ** 0.5 * (z + 0.044715 * z.pow(3))))
        return x + self.mlp.c_proj(z)


class GPT(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.wte = nn.Embedding(config["vocab_size"], config["n_embd"])
        self.wpe = nn.Embedding(config["n_positions"], config["n_embd"])
        self.h = nn.ModuleList(GPTBlock(config) for _ in range(config["n_layer"]))
        self.ln_f = nn.LayerNorm(config["n_embd"], config["layer_norm_epsilon"])

    def forward(self, ids):
        if ids.shape[-1] > len(self.wpe.weight):
            raise ValueError("too many tokens")
        x = self.wte(ids) + self.wpe.weight[: ids.shape[-1]]
        for block in self.h:
            x = block(x)
        return self.ln_f(x) @ self.wte.weight.T

    def load_gpt2(self, state):
        state = {key.replace("transformer.", ""): value for key, value in state.items()}
        wanted = self.state_dict()
        for key in wanted:
            if key not in state:
                raise ValueError(f"{key} is missing")
        for key in state:
            if key not in wanted and not (key == "lm_head.weight" or key.endswith((".attn.bias", "masked_bias"))):
                raise ValueError(f"{key} is unknown")
        turned = {key: state[key].T if ".c_" in key and key.endswith("weight") else state[key] for key in wanted}
        if any(turned[key].shape != wanted[key].shape for key in wanted):
            raise ValueError("a shape differs")
        self.load_state_dict(turned)
