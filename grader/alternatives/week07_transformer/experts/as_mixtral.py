"""As transformers' Mixtral block: flattened tokens, a mask of experts, index_add_."""

import torch
import torch.nn.functional as F
from torch import nn


class MixtureOfExperts(nn.Module):
    def __init__(self, d_model, hidden, experts, top_k):
        super().__init__()
        if top_k not in range(1, experts + 1):
            raise ValueError("top_k must be in 1..experts")
        self.num_experts, self.top_k = experts, top_k
        self.router = nn.Linear(d_model, experts, bias=False)
        self.W_gate = nn.Parameter(torch.empty(experts, hidden, d_model).normal_(0, 0.02))
        self.W_up = nn.Parameter(torch.empty(experts, hidden, d_model).normal_(0, 0.02))
        self.W_down = nn.Parameter(torch.empty(experts, d_model, hidden).normal_(0, 0.02))

    def forward(self, x):
        hidden_states = x.reshape(-1, x.shape[-1])
        router_logits = self.router(hidden_states)
        routing_weights = F.softmax(router_logits, dim=1)
        routing_weights, selected = torch.topk(routing_weights, self.top_k, dim=-1)
        routing_weights = routing_weights / routing_weights.sum(dim=-1, keepdim=True)
        final = torch.zeros_like(hidden_states)
        expert_mask = F.one_hot(selected, num_classes=self.num_experts).permute(2, 1, 0)
        for e in range(self.num_experts):
            idx, top_x = torch.where(expert_mask[e])
            current = hidden_states[top_x]
            current = F.silu(F.linear(current, self.W_gate[e])) * F.linear(current, self.W_up[e])
            current = F.linear(current, self.W_down[e]) * routing_weights[top_x, idx, None]
            final = final.index_add(0, top_x, current)
        return final.reshape(x.shape), router_logits.reshape(*x.shape[:-1], -1)


def balance_loss(logits, top_k):
    num_experts = logits.shape[-1]
    if top_k not in range(1, num_experts + 1):
        raise ValueError("top_k must be in 1..experts")
    weights = F.softmax(logits.reshape(-1, num_experts), dim=-1)
    mask = F.one_hot(torch.topk(weights, top_k, dim=-1).indices, num_experts)
    per_expert = torch.mean(mask.to(weights.dtype), dim=0)  # (top_k, experts)
    return torch.sum(per_expert * weights.mean(dim=0).unsqueeze(0)) * num_experts / top_k
