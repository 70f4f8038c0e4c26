"""An oracle in float64, and sums of weights for scores from 10 to 1e30."""

import math

import torch
import torch.nn.functional as F


def oracle(q, k, v, mask):
    q, k, v = q.double(), k.double(), v.double()
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.size(-1))
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    w = torch.nan_to_num(F.softmax(scores, -1), nan=0.0)
    return w @ v, w


def check_attention(scaled_dot_product_attention):
    gen = torch.Generator().manual_seed(1234)
    for dtype, tol in [(torch.float64, 1e-5), (torch.float32, 1e-5), (torch.bfloat16, 2e-2), (torch.float16, 2e-3)]:
        for scale in (0.1, 1.0, 3.0):
            for lead in [(), (2,), (2, 3)]:
                q = (torch.randn(*lead, 3, 8, generator=gen) * scale).to(dtype)
                k = (torch.randn(*lead, 6, 8, generator=gen) * scale).to(dtype)
                v = torch.randn(*lead, 6, 5, generator=gen).to(dtype)
                masks = [None, torch.rand(*lead, 3, 6, generator=gen) > 0.4, torch.tensor([True] * 4 + [False] * 2)]
                masks.append(torch.zeros(3, 6, dtype=torch.bool))
                for mask in masks:
                    old = q.clone(), k.clone(), v.clone()
                    args = (q, k, v) if mask is None else (q, k, v, mask)
                    out, w = scaled_dot_product_attention(*args)
                    assert all(torch.equal(a, b) for a, b in zip(old, (q, k, v), strict=True))
                    eo, ew = oracle(q, k, v, mask)
                    assert out.dtype == w.dtype == dtype
                    assert out.shape == eo.shape and w.shape == ew.shape
                    assert torch.allclose(w.double(), ew, rtol=tol * 3, atol=tol), (dtype, scale)
                    assert torch.allclose(out.double(), eo, rtol=tol * 3, atol=tol * 5)
    # any finite size: sums are 1, nothing is NaN, hidden keys stay at 0
    for dtype in (torch.float32, torch.float64):
        for scale in (10, 1e3, 1e5, 1e8, 1e15):
            q = torch.randn(4, 8, generator=gen, dtype=dtype) * scale
            k = torch.randn(7, 8, generator=gen, dtype=dtype) * scale
            v = torch.randn(7, 2, generator=gen, dtype=dtype)
            for mask in (None, torch.rand(4, 7, generator=gen) > 0.5, torch.ones(4, 7).tril().bool()):
                args = (q, k, v) if mask is None else (q, k, v, mask)
                out, w = scaled_dot_product_attention(*args)
                assert torch.isfinite(w).all() and torch.isfinite(out).all()
                seen = torch.ones(4, 7, dtype=torch.bool) if mask is None else mask
                assert torch.allclose(w.sum(-1), seen.any(-1).to(dtype)), (scale, w.sum(-1))
                assert (w[~seen] == 0).all()
    q = torch.full((1, 64), 60.0, dtype=torch.float16)
    k = torch.stack([q[0], -q[0]])
    out, w = scaled_dot_product_attention(q, k, torch.tensor([[1.0], [2.0]], dtype=torch.float16))
    assert torch.isfinite(w).all() and torch.equal(w, torch.tensor([[1.0, 0.0]], dtype=torch.float16))
