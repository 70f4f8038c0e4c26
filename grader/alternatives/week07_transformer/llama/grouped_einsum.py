"""Grouped queries by einsum, without repeating a head; complex numbers turn the pairs; the mask is a lower triangle."""

import torch
import torch.nn.functional as F
from parts import KeyValueCache
from torch import nn


def turn(x, positions, base):
    half = x.shape[-1] // 2
    angles = positions[:, None].double() / base ** (torch.arange(half, device=x.device).double() / half)
    points = torch.complex(x[..., :half].double(), x[..., half:].double()) * torch.polar(
        torch.ones_like(angles), angles
    )
    return torch.cat([points.real, points.imag], dim=-1).to(x.dtype)


class LlamaAttention(nn.Module):
    def __init__(self, config, layer):
        super().__init__()
        self.layer, self.c = layer, config
        self.h, self.g = config["num_attention_heads"], config["num_key_value_heads"]
        if self.h // self.g * self.g != self.h:
            raise ValueError("groups must be whole")
        width, self.d = config["hidden_size"], config.get("head_dim") or config["hidden_size"] // self.h
        self.q_proj = nn.Linear(width, self.h * self.d, bias=False)
        self.k_proj, self.v_proj = (nn.Linear(width, self.g * self.d, bias=False) for _ in range(2))
        self.o_proj = nn.Linear(self.h * self.d, width, bias=False)
        if config.get("qk_norm", False):
            self.q_norm = nn.RMSNorm(self.d, config["rms_norm_eps"])
            self.k_norm = nn.RMSNorm(self.d, config["rms_norm_eps"])
        else:
            self.q_norm = self.k_norm = nn.Identity()

    def forward(self, x, cache=None):
        b, n, _ = x.shape
        past = cache.length(self.layer) if cache else 0
        where = past + torch.arange(n, device=x.device)
        base = self.c["rope_parameters"]["rope_theta"]
        q = self.q_norm(self.q_proj(x).view(b, n, self.g, self.h // self.g, self.d)).permute(0, 2, 3, 1, 4)
        k = self.k_norm(self.k_proj(x).view(b, n, self.g, self.d)).transpose(1, 2)
        v = self.v_proj(x).view(b, n, self.g, self.d).transpose(1, 2)
        q, k = turn(q, where, base), turn(k, where, base)
        if cache:
            k, v = cache.append(self.layer, k, v)
        scores = torch.einsum("bghqd,bgkd->bghqk", q, k) * self.d**-0.5
        seen = torch.ones(n, past + n, dtype=torch.bool, device=x.device).tril(past)
        weights = F.softmax(torch.where(seen, scores, torch.finfo(scores.dtype).min), dim=-1)
        heads = torch.einsum("bghqk,bgkd->bqghd", weights, v)
        return self.o_proj(heads.reshape(b, n, -1))


class LlamaLayer(nn.Module):
    def __init__(self, config, layer):
        super().__init__()
        d, h = config["hidden_size"], config["intermediate_size"]
        self.input_layernorm, self.post_attention_layernorm = (nn.RMSNorm(d, config["rms_norm_eps"]) for _ in range(2))
        self.self_attn = LlamaAttention(config, layer)
        sizes = {"gate_proj": (d, h), "up_proj": (d, h), "down_proj": (h, d)}
        self.mlp = nn.ModuleDict({name: nn.Linear(*size, bias=False) for name, size in sizes.items()})

    def forward(self, x, cache=None):
        x = self.self_attn(self.input_layernorm(x), cache) + x
        y = self.post_attention_layernorm(x)
        gate = self.mlp.gate_proj(y)
        return self.mlp.down_proj(gate * torch.sigmoid(gate) * self.mlp.up_proj(y)) + x


class Llama(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.model = nn.Module()
        self.model.embed_tokens = nn.Embedding(config["vocab_size"], config["hidden_size"])
        self.model.layers = nn.ModuleList()
        for number in range(config["num_hidden_layers"]):
            self.model.layers.append(LlamaLayer(config, number))
        self.model.norm = nn.RMSNorm(config["hidden_size"], config["rms_norm_eps"])
        if not config.get("tie_word_embeddings"):
            self.lm_head = nn.Linear(config["hidden_size"], config["vocab_size"], bias=False)

    def forward(self, ids, cache=None):
        x = self.model.embed_tokens(ids)
        for layer in self.model.layers:
            x = layer(x, cache)
        weight = self.lm_head.weight if hasattr(self, "lm_head") else self.model.embed_tokens.weight
        return torch.einsum("bnd,vd->bnv", self.model.norm(x), weight)

    @torch.no_grad()
    def generate(self, ids, steps):
        if steps < 0 or not ids.shape[1]:
            raise ValueError("nothing to read, or fewer than no steps")
        texts, cache = [ids], KeyValueCache(len(self.model.layers))
        while len(texts) <= steps:
            texts.append(self(texts[-1], cache)[:, -1].argmax(dim=-1, keepdim=True))
        return torch.cat(texts, dim=1)
