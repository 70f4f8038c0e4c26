"""As transformers writes it: modules for every part, repeat_kv, rotate_half, a mask that is added, torch's
attention."""

import torch
import torch.nn.functional as F
from parts import KeyValueCache
from torch import nn


class RMSNorm(nn.Module):
    def __init__(self, size, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.variance_epsilon = eps

    def forward(self, hidden_states):
        variance = hidden_states.pow(2).mean(-1, keepdim=True)
        return self.weight * (hidden_states * torch.rsqrt(variance + self.variance_epsilon))


def rotate_half(x):
    x1, x2 = x[..., : x.shape[-1] // 2], x[..., x.shape[-1] // 2 :]
    return torch.cat((-x2, x1), dim=-1)


def repeat_kv(x, n):
    batch, heads, length, width = x.shape
    return x[:, :, None].expand(batch, heads, n, length, width).reshape(batch, heads * n, length, width)


class LlamaAttention(nn.Module):
    def __init__(self, config, layer):
        super().__init__()
        self.layer_idx = layer
        heads, kv = config["num_attention_heads"], config["num_key_value_heads"]
        if heads % kv != 0:
            raise ValueError("num_key_value_heads must divide num_attention_heads")
        self.head_dim = config.get("head_dim") or config["hidden_size"] // heads
        self.groups = heads // kv
        theta = config["rope_parameters"]["rope_theta"]
        steps = torch.arange(0, self.head_dim, 2, dtype=torch.float64) / self.head_dim
        self.register_buffer("inv_freq", 1.0 / (theta**steps), persistent=False)
        self.q_proj = nn.Linear(config["hidden_size"], heads * self.head_dim, bias=False)
        self.k_proj = nn.Linear(config["hidden_size"], kv * self.head_dim, bias=False)
        self.v_proj = nn.Linear(config["hidden_size"], kv * self.head_dim, bias=False)
        self.o_proj = nn.Linear(heads * self.head_dim, config["hidden_size"], bias=False)
        if config.get("qk_norm"):
            self.q_norm = RMSNorm(self.head_dim, config["rms_norm_eps"])
            self.k_norm = RMSNorm(self.head_dim, config["rms_norm_eps"])

    def forward(self, x, cache=None):
        batch, new, _ = x.shape
        q = self.q_proj(x).view(batch, new, -1, self.head_dim)
        k = self.k_proj(x).view(batch, new, -1, self.head_dim)
        v = self.v_proj(x).view(batch, new, -1, self.head_dim).transpose(1, 2)
        if hasattr(self, "q_norm"):
            q, k = self.q_norm(q), self.k_norm(k)
        q, k = q.transpose(1, 2), k.transpose(1, 2)
        past = cache.length(self.layer_idx) if cache is not None else 0
        position_ids = torch.arange(past, past + new, device=x.device)
        freqs = torch.outer(position_ids.to(self.inv_freq.dtype), self.inv_freq)
        emb = torch.cat((freqs, freqs), dim=-1)
        cos, sin = emb.cos().to(x.dtype), emb.sin().to(x.dtype)
        q, k = q * cos + rotate_half(q) * sin, k * cos + rotate_half(k) * sin
        if cache is not None:
            k, v = cache.append(self.layer_idx, k, v)
        k, v = repeat_kv(k, self.groups), repeat_kv(v, self.groups)
        mask = torch.full((new, past + new), torch.finfo(x.dtype).min, dtype=x.dtype, device=x.device)
        mask = torch.triu(mask, diagonal=past + 1)
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return self.o_proj(out.transpose(1, 2).reshape(batch, new, -1))


class LlamaMLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.gate_proj = nn.Linear(config["hidden_size"], config["intermediate_size"], bias=False)
        self.up_proj = nn.Linear(config["hidden_size"], config["intermediate_size"], bias=False)
        self.down_proj = nn.Linear(config["intermediate_size"], config["hidden_size"], bias=False)
        self.act_fn = nn.SiLU()

    def forward(self, x):
        return self.down_proj(self.act_fn(self.gate_proj(x)) * self.up_proj(x))


class LlamaLayer(nn.Module):
    def __init__(self, config, layer):
        super().__init__()
        self.self_attn = LlamaAttention(config, layer)
        self.mlp = LlamaMLP(config)
        self.input_layernorm = RMSNorm(config["hidden_size"], config["rms_norm_eps"])
        self.post_attention_layernorm = RMSNorm(config["hidden_size"], config["rms_norm_eps"])

    def forward(self, hidden_states, cache=None):
        residual = hidden_states
        hidden_states = self.input_layernorm(hidden_states)
        hidden_states = residual + self.self_attn(hidden_states, cache)
        residual = hidden_states
        hidden_states = self.mlp(self.post_attention_layernorm(hidden_states))
        return residual + hidden_states


class Backbone(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.embed_tokens = nn.Embedding(config["vocab_size"], config["hidden_size"])
        self.layers = nn.ModuleList([LlamaLayer(config, i) for i in range(config["num_hidden_layers"])])
        self.norm = RMSNorm(config["hidden_size"], config["rms_norm_eps"])

    def forward(self, ids, cache):
        x = self.embed_tokens(ids)
        for layer in self.layers:
            x = layer(x, cache)
        return self.norm(x)


class Llama(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.model = Backbone(config)
        self.tied = bool(config.get("tie_word_embeddings"))
        if not self.tied:
            self.lm_head = nn.Linear(config["hidden_size"], config["vocab_size"], bias=False)

    def forward(self, ids, cache=None):
        x = self.model(ids, cache)
        return x @ self.model.embed_tokens.weight.T if self.tied else self.lm_head(x)

    def generate(self, ids, steps):
        if steps < 0:
            raise ValueError("steps must not be negative")
        if ids.numel() == 0:
            raise ValueError("empty prompt")
        out = ids.new_empty(ids.shape[0], ids.shape[1] + steps)
        out[:, : ids.shape[1]] = ids
        cache = KeyValueCache(len(self.model.layers))
        with torch.inference_mode():
            read = 0
            for end in range(ids.shape[1], out.shape[1]):
                logits = self(out[:, read:end], cache)
                out[:, end] = torch.max(logits[:, -1], dim=-1).indices
                read = end
        return out
