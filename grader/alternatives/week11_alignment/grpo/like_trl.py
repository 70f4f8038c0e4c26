"""In the style of trl: repeated means, coef_1 and coef_2, padding filled in before anything is computed."""

import re
from decimal import Decimal

import torch

NUMBER = re.compile(r"(?:(?<![\w)])[-−])?(?:\d+(?:,\d{3}(?!\d))*(?:\.\d+)?|\.\d+)", re.ASCII)


def group_advantages(rewards, group_size, *, scale=True, eps=1e-4):
    if rewards.dim() != 1 or group_size < 2 or rewards.numel() % group_size != 0 or not eps > 0:
        raise ValueError("rewards, group_size or eps")
    with torch.no_grad():
        rewards = rewards if rewards.dtype == torch.float64 else rewards.float()
        mean_grouped_rewards = rewards.view(-1, group_size).mean(dim=1).repeat_interleave(group_size, dim=0)
        std_grouped_rewards = rewards.view(-1, group_size).std(dim=1).repeat_interleave(group_size, dim=0)
        advantages = rewards - mean_grouped_rewards
        return advantages / (std_grouped_rewards + eps) if scale else advantages


def grpo_loss(
    logps,
    old_logps,
    advantages,
    mask,
    *,
    kind="grpo",
    clip=(0.2, 0.2),
    reference_logps=None,
    beta=0.0,
    max_length=None,
):
    tables = [logps] + [table for table in (old_logps, reference_logps) if table is not None]
    if any(table.shape != mask.shape for table in tables) or list(advantages.shape) != [len(logps)]:
        raise ValueError("shapes")
    epsilon_low, epsilon_high = clip
    if not epsilon_low >= 0 or not epsilon_high >= 0 or not beta >= 0 or (beta and reference_logps is None):
        raise ValueError("clip or beta")

    def filled(table):
        table = table if table.dtype == torch.float64 else table.float()
        return table.masked_fill(~mask, 0.0)

    per_token_logps = filled(logps)
    old_per_token_logps = per_token_logps.detach() if old_logps is None else filled(old_logps).detach()
    advantages = advantages.detach().to(per_token_logps.dtype).unsqueeze(1)
    coef_1 = torch.exp(per_token_logps - old_per_token_logps)
    coef_2 = torch.clamp(coef_1, 1 - epsilon_low, 1 + epsilon_high)
    per_token_loss = -torch.min(coef_1 * advantages, coef_2 * advantages)
    if beta != 0.0:
        ref = filled(reference_logps).detach()
        per_token_kl = torch.exp(ref - per_token_logps) - (ref - per_token_logps) - 1
        per_token_loss = per_token_loss + beta * per_token_kl
    mask = mask.to(per_token_loss.dtype)
    if kind == "grpo":
        return ((per_token_loss * mask).sum(-1) / mask.sum(-1).clamp(min=1.0)).mean()
    if kind == "dapo":
        return (per_token_loss * mask).sum() / mask.sum().clamp(min=1.0)
    if kind == "dr_grpo":
        if max_length is None or max_length < 1:
            raise ValueError("max_length")
        return (per_token_loss * mask).sum() / (per_token_loss.size(0) * max_length)
    raise ValueError(f"Unknown loss type: {kind}")


def _values(text):
    return [Decimal(match.group().replace(",", "").replace("−", "-")) for match in NUMBER.finditer(text)]


def math_reward(text, gold):
    target = _values(gold)
    if not target:
        raise ValueError(gold)
    start = text.rfind("\\boxed{")
    if start < 0:
        numbers = _values(text)
        return 1.0 if numbers and numbers[-1] == target[-1] else 0.0
    start += len("\\boxed{")
    depth, end = 1, start
    while end < len(text) and depth:
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        end += 1
    if depth:
        return 0.0
    numbers = _values(text[start : end - 1])
    return 1.0 if numbers == [target[-1]] else 0.0
