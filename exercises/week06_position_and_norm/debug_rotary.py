# Week 06, exercise debug_rotary: Find the bug: long texts in half precision
# Find the bug · difficulty 3 of 5 · importance 4 of 5 · about 25 minutes
# It builds on: Rotary positions, what a buffer of nn.Module is, how many digits bfloat16 has.
# What a user reports: Moved to bfloat16, the layer still reads short texts as before; in long ones it looks at the
# wrong places. In float32 it reads both well.
"""Week 06, debug_rotary: an attention layer with rotary positions, which may be moved to another dtype.

Positions are given with every call: a text may begin at any place, and two tokens may stand as far apart as they like.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn


class RotaryAttention(nn.Module):
    """Causal self-attention with one head, whose queries and keys are turned by their positions.

    Attributes:
        W_q, W_k, W_v, W_o: nn.Linear from d_model to d_model, without bias; a checkpoint holds their weights alone.
    """

    def __init__(self, d_model: int, base: float = 10000.0):
        """Make the projections, and the angle by which each pair turns per position."""
        super().__init__()
        self.W_q, self.W_k, self.W_v, self.W_o = (nn.Linear(d_model, d_model, bias=False) for _ in range(4))
        frequencies = torch.pow(base, torch.arange(0, d_model, 2) / -d_model)  # (pairs,)
        self.register_buffer("frequencies", frequencies, persistent=False)

    def turned(self, x: Float[Tensor, "length d_model"], positions: Int[Tensor, " length"]) -> Tensor:
        """Turn the pairs of each row, which stand half a row apart; angles are float32, the answer is as `x`."""
        angles = torch.outer(positions.float(), self.frequencies.to(x.device).float())  # (length, pairs)
        left, right = x.float().chunk(2, dim=-1)
        points = torch.polar(torch.ones_like(angles), angles) * torch.complex(left, right)
        return torch.cat([points.real, points.imag], dim=-1).to(x.dtype)

    def forward(
        self, x: Float[Tensor, "length d_model"], positions: Int[Tensor, " length"]
    ) -> Float[Tensor, "length d_model"]:
        """Let each token attend to itself and to the tokens in the rows before it, in the dtype of the layer."""
        query, key = self.turned(self.W_q(x), positions), self.turned(self.W_k(x), positions)
        mixed = F.scaled_dot_product_attention(
            query[None], key[None], self.W_v(x)[None], is_causal=True
        )  # a batch of 1
        return self.W_o(mixed[0])
