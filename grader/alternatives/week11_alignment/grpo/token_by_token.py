"""Loops over groups, answers and tokens; the clipped cost by cases; braces matched by cutting the innermost away."""

import math
import re
from fractions import Fraction

import torch


def _up(x):
    return x if x.dtype == torch.float64 else x.to(torch.float32)


def group_advantages(rewards, group_size, *, scale=True, eps=1e-4):
    if len(rewards.shape) != 1:
        raise ValueError("axes")
    if group_size <= 1 or len(rewards) // group_size * group_size != len(rewards):
        raise ValueError("group_size")
    if math.isnan(eps) or eps <= 0:
        raise ValueError("eps")
    answer = torch.empty_like(_up(rewards.detach()))
    for start in range(0, len(rewards), group_size):
        group = _up(rewards.detach())[start : start + group_size]
        centred = group - group.sum() / group_size
        spread = (centred.square().sum() / (group_size - 1)).sqrt()
        answer[start : start + group_size] = centred / (spread + eps) if scale else centred
    return answer


def grpo_loss(logps, old_logps, advantages, mask, *, kind="grpo", clip=(0.2, 0.2), **options):
    reference, beta, limit = (options.get(key) for key in ("reference_logps", "beta", "max_length"))
    beta = 0.0 if beta is None else beta
    if kind not in {"grpo", "dapo", "dr_grpo"}:
        raise ValueError(kind)
    shapes = {tuple(x.shape) for x in (logps, old_logps, mask, reference) if x is not None}
    if len(shapes) > 1 or tuple(advantages.shape) != tuple(logps.shape[:1]):
        raise ValueError(shapes)
    if not all(bound >= 0 for bound in (*clip, beta)):
        raise ValueError("negative")
    if (beta > 0 and reference is None) or (kind == "dr_grpo" and not (limit and limit > 0)):
        raise ValueError("missing")
    sums = []
    for row in range(len(logps)):
        total = _up(logps.new_zeros(()))
        for place in mask[row].nonzero().flatten().tolist():
            now = _up(logps[row, place])
            then = now.detach() if old_logps is None else _up(old_logps[row, place]).detach()
            a = _up(advantages[row]).detach()
            ratio = torch.exp(now - then)
            if a >= 0:  # a gain ends at the upper border, a loss at the lower one
                total = total - a * torch.clamp(ratio, max=1 + clip[1])
            else:
                total = total - a * torch.clamp(ratio, min=1 - clip[0])
            if beta > 0:
                d = _up(reference[row, place]).detach() - now
                total = total + beta * (torch.expm1(d) - d)
        sums.append(total)
    zero = _up(logps[:0]).sum()  # part of the graph, and 0 whatever the padding holds
    counts = mask.sum(dim=1).tolist()
    if kind == "grpo":
        return zero + sum(total / max(count, 1) for total, count in zip(sums, counts, strict=True)) / len(sums)
    return zero + sum(sums) / (max(sum(counts), 1) if kind == "dapo" else len(sums) * limit)


PLAIN = re.compile(r"(?:(?<![\w)])[-−])?(?:\d+(?:,\d{3}(?!\d))*(?:\.\d+)?|\.\d+)", re.ASCII)


def math_reward(text, gold):
    def values(part):
        return [Fraction(one.replace("−", "-").replace(",", "")) for one in PLAIN.findall(part)]

    if not values(gold):
        raise ValueError("no number in gold")
    if "\\boxed{" not in text:
        found = values(text)[-1:]
    else:
        inside, depth = "", 0
        for letter in text.split("\\boxed{")[-1]:
            depth += letter == "{"
            depth -= letter == "}"
            if depth < 0:
                break
            inside += letter
        found = values(inside) if depth < 0 else []
    return 1.0 if found == values(gold)[-1:] else 0.0
