"""Parameters counted on modules that exist on torch's meta device; the rest is taken from the solution."""

import torch
from torch import nn


def size(*modules):
    return sum(p.numel() for module in modules for p in module.parameters())


def count_parameters(config):
    with torch.device("meta"):
        return _count(config)


def _count(config):
    kind, out = config.get("model_type"), {}
    if kind in ("gpt2", "openai-gpt"):
        d, n = config["n_embd"], config["n_layer"]
        h = config.get("n_inner") or 4 * d
        out["embeddings"] = size(nn.Embedding(config["vocab_size"], d), nn.Embedding(config["n_positions"], d))
        out["attention"] = n * size(nn.Linear(d, 3 * d), nn.Linear(d, d))
        out["feed_forward"] = n * size(nn.Linear(d, h), nn.Linear(h, d))
        out["norms"] = (2 * n + (1 if kind == "gpt2" else 0)) * size(nn.LayerNorm(d))
        out["head"] = 0 if config.get("tie_word_embeddings", True) else config["vocab_size"] * d
    elif kind in ("bert", "albert"):
        d, n, h = config["hidden_size"], config["num_hidden_layers"], config["intermediate_size"]
        e = config["embedding_size"] if kind == "albert" else d
        n = 1 if kind == "albert" else n
        tables = ("vocab_size", "max_position_embeddings", "type_vocab_size")
        out["embeddings"] = size(*(nn.Embedding(config[t], e) for t in tables))
        out["embeddings"] += size(nn.Linear(e, d)) if kind == "albert" else 0
        out["attention"] = n * size(nn.MultiheadAttention(d, 1))
        out["feed_forward"] = n * size(nn.Linear(d, h), nn.Linear(h, d))
        out["norms"] = size(nn.LayerNorm(e)) + 2 * n * size(nn.LayerNorm(d))
        out["head"] = size(nn.Linear(d, d))
    elif kind == "t5":
        d, h, i = config["d_model"], config["d_ff"], config["num_heads"] * config["d_kv"]
        n, m = config["num_layers"], config.get("num_decoder_layers") or config["num_layers"]
        bias = nn.Embedding(config["relative_attention_num_buckets"], config["num_heads"])
        out["embeddings"] = size(nn.Embedding(config["vocab_size"], d))
        out["attention"] = (n + 2 * m) * 4 * size(nn.Linear(d, i, bias=False)) + 2 * size(bias)
        matrices = 3 if config["feed_forward_proj"].startswith("gated") else 2
        out["feed_forward"] = (n + m) * matrices * size(nn.Linear(d, h, bias=False))
        out["norms"] = (2 * n + 3 * m + 2) * size(nn.RMSNorm(d))
        out["head"] = 0 if config.get("tie_word_embeddings", True) else config["vocab_size"] * d
    elif kind == "llama":
        d, h, n = config["hidden_size"], config["intermediate_size"], config["num_hidden_layers"]
        dim = config.get("head_dim") or d // config["num_attention_heads"]
        q, kv = config["num_attention_heads"] * dim, config["num_key_value_heads"] * dim
        out["embeddings"] = config["vocab_size"] * d
        weights = [nn.Linear(d, q, bias=False), nn.Linear(d, 2 * kv, bias=False), nn.Linear(q, d, bias=False)]
        out["attention"] = n * size(*weights)
        out["feed_forward"] = n * 3 * size(nn.Linear(d, h, bias=False))
        out["norms"] = (2 * n + 1) * size(nn.RMSNorm(d))
        out["head"] = 0 if config.get("tie_word_embeddings") else config["vocab_size"] * d
    else:
        raise ValueError(kind)
    return out | {"total": sum(out.values())}
