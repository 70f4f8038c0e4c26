"""As public code for DeepSeek's models does it: whole keys from joined parts, rotation by complex numbers, einsum."""

import torch
import torch.nn.functional as F
from torch import nn


def rotate(x, where):
    dim = x.size(-1)
    freqs = 1.0 / (10000.0 ** (torch.arange(0, dim, 2, device=x.device).to(x.dtype) / dim))
    angles = torch.outer(where.to(x.dtype), freqs)
    turned = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous()) * torch.polar(torch.ones_like(angles), angles)
    return torch.view_as_real(turned).flatten(-2)


class LatentAttention(nn.Module):
    def __init__(self, d_model, num_heads, head_dim, latent_dim, rotary_dim):
        super().__init__()
        if d_model < 1 or num_heads < 1 or head_dim < 1 or latent_dim < 1 or rotary_dim < 2 or rotary_dim % 2 == 1:
            raise ValueError("sizes")
        self.n_heads, self.nope, self.rope, self.rank = num_heads, head_dim, rotary_dim, latent_dim
        self.W_q = nn.Linear(d_model, num_heads * head_dim, bias=False)
        self.W_qr = nn.Linear(d_model, num_heads * rotary_dim, bias=False)
        self.W_dkv = nn.Linear(d_model, latent_dim, bias=False)
        self.W_kr = nn.Linear(d_model, rotary_dim, bias=False)
        self.W_uk = nn.Linear(latent_dim, num_heads * head_dim, bias=False)
        self.W_uv = nn.Linear(latent_dim, num_heads * head_dim, bias=False)
        self.W_o = nn.Linear(num_heads * head_dim, d_model, bias=False)
        self.softmax_scale = (head_dim + rotary_dim) ** -0.5

    def project(self, x, cache):
        batch, new, _ = x.shape
        start = cache[0].size(1) if cache is not None else 0
        where = torch.arange(start, start + new, device=x.device)
        q = self.W_q(x).view(batch, new, self.n_heads, self.nope)
        q_pe = rotate(self.W_qr(x).view(batch, new, self.n_heads, self.rope).permute(0, 2, 1, 3), where)
        joined = torch.cat([self.W_dkv(x), rotate(self.W_kr(x), where)], dim=-1)
        if cache is not None:
            joined = torch.cat([torch.cat(cache, dim=-1), joined], dim=1)
        kv, k_pe = torch.split(joined, [self.rank, self.rope], dim=-1)
        bias = x.new_full((new, start + new), float("-inf")).triu(start + 1)
        return q.permute(0, 2, 1, 3), q_pe, kv, k_pe, bias

    def forward(self, x, cache=None):
        q_nope, q_pe, kv, k_pe, bias = self.project(x, cache)
        up = torch.cat(
            [self.W_uk(kv).unflatten(-1, (self.n_heads, -1)), self.W_uv(kv).unflatten(-1, (self.n_heads, -1))], -1
        )
        k_nope, v = up.permute(0, 2, 1, 3).split([self.nope, self.nope], dim=-1)
        keys = torch.cat([k_nope, k_pe[:, None].expand(-1, self.n_heads, -1, -1)], dim=-1)
        scores = torch.cat([q_nope, q_pe], dim=-1) @ keys.transpose(2, 3) * self.softmax_scale + bias
        out = F.softmax(scores, dim=-1) @ v
        return self.W_o(out.permute(0, 2, 1, 3).reshape(*x.shape[:2], -1)), (kv, k_pe)

    def absorbed(self, x, cache=None):
        q_nope, q_pe, kv, k_pe, bias = self.project(x, cache)
        w_k = self.W_uk.weight.view(self.n_heads, self.nope, self.rank)
        w_v = self.W_uv.weight.view(self.n_heads, self.nope, self.rank)
        q_c = torch.einsum("bhsd,hdc->bhsc", q_nope, w_k)
        scores = torch.einsum("bhsc,btc->bhst", q_c, kv) + torch.einsum("bhsr,btr->bhst", q_pe, k_pe)
        probs = (scores * self.softmax_scale + bias).softmax(dim=-1)
        out = torch.einsum("bhst,btc->bhsc", probs, kv)
        out = torch.einsum("bhsc,hdc->bshd", out, w_v)
        return self.W_o(out.flatten(2)), (kv, k_pe)
