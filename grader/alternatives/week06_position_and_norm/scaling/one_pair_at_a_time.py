"""In the manner of a tutorial: plain Python, one pair after another, and einsum for the norm."""

import math

import torch


def check(dim, kind, factor, slow, fast):
    if kind not in ("linear", "ntk", "yarn", "llama3"):
        raise ValueError("kind")
    if dim % 2 != 0 or dim <= 0 or (kind == "ntk" and dim == 2):
        raise ValueError("dim")
    if factor < 1:
        raise ValueError("factor")
    if kind in ("yarn", "llama3") and (slow <= 0 or fast <= slow):
        raise ValueError("slow and fast")


def ramp_of_yarn(dim, length, base, slow, fast, truncate):
    # dim / 2 times the logarithm to the base, written as a difference of logarithms
    lower, upper = (
        (math.log(length) - math.log(2 * math.pi) - math.log(turns)) * dim / 2 / math.log(base)
        for turns in (fast, slow)
    )
    if truncate:
        lower, upper = math.floor(lower), math.ceil(upper)
    lower, upper = max(lower, 0), min(upper, dim - 1)
    if not lower < upper:
        raise ValueError("ramp")
    return lower, upper


def scaled_frequencies(dim, kind, factor, original_length=8192, base=10000.0, slow=1.0, fast=None, truncate=True):
    if fast is None:
        fast = {"yarn": 32, "llama3": 4}.get(kind)
    check(dim, kind, factor, slow, fast)
    if kind == "yarn":
        lower, upper = ramp_of_yarn(dim, original_length, base, slow, fast, truncate)

    answer = []
    for j in range(dim // 2):
        angle = math.exp(-2 * j / dim * math.log(base))
        if kind == "linear":
            slowed = factor
        elif kind == "ntk":
            slowed = factor ** (2 * j / (dim - 2))
        else:
            if kind == "yarn":
                share = (j - lower) / (upper - lower)
            else:
                share = 1 - (original_length * angle / (2 * math.pi) - slow) / (fast - slow)
            share = min(1.0, max(0.0, share))
            slowed = 1 / (1 - share + share / factor)
        answer.append(angle / slowed)
    attention = 1 + math.log(factor) / 10 if kind == "yarn" else 1.0
    return torch.tensor(answer, dtype=torch.float64), attention


def one(x, weight, eps):
    heads, _, head_dim = x.shape[-3:]
    wide = x if x.dtype == torch.float64 else x.float()
    squares = torch.einsum("...hld,...hld->...hl", wide, wide)
    if weight.shape == (head_dim,):
        table, count = weight.expand(heads, head_dim), head_dim
    elif weight.shape == (heads * head_dim,):
        table, count = weight.reshape(heads, head_dim), heads * head_dim
        squares = squares.sum(dim=-2, keepdim=True)
    else:
        raise ValueError("weight")
    scaled = wide / torch.sqrt(squares / count + eps).unsqueeze(-1)
    return torch.einsum("...hld,hd->...hld", scaled, table.to(wide.dtype)).to(x.dtype)


def qk_norm(query, key, query_weight, key_weight, eps=1e-6):
    return one(query, query_weight, eps), one(key, key_weight, eps)
