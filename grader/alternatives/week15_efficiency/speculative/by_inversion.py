"""Plain Python, place by place; a token is drawn by walking along its cumulative probabilities."""

import torch


def number(generator):
    return torch.rand((), generator=generator, device=generator.device, dtype=torch.float64).item()


def pick(weights, generator):
    total = sum(weights)
    goal, last = number(generator) * total, 0
    for token, weight in enumerate(weights):
        if weight > 0:
            last = token
            goal -= weight
            if goal < 0:
                break
    return last


def rejection_sample(target_probs, draft_probs, drafted, generator):
    if len(drafted) < 1 or len(target_probs) - 1 != len(drafted) or len(draft_probs) != len(drafted):
        raise ValueError("rows")
    if target_probs.shape[1] != draft_probs.shape[1]:
        raise ValueError("columns")
    p, q = target_probs.tolist(), draft_probs.tolist()
    new = []
    for place, token in enumerate(drafted.tolist()):
        if p[place][token] < q[place][token] and number(generator) >= p[place][token] / q[place][token]:
            rest = [max(0.0, mine - other) for mine, other in zip(p[place], q[place], strict=True)]
            new.append(pick(rest if any(rest) else p[place], generator))
            break
        new.append(token)
    else:
        new.append(pick(p[-1], generator))
    return torch.tensor(new, device=target_probs.device), len(new) - 1


def speculative_step(draft, target, ids, k, generator):
    if k < 1 or ids.ndim != 1 or not len(ids):
        raise ValueError("step")
    text, q = ids.long().clone(), []
    while len(q) < k:
        q.append(draft(text, 1)[0])
        text = torch.cat([text, torch.tensor([pick(q[-1].tolist(), generator)], device=text.device)])
    return rejection_sample(target(text, k + 1), torch.stack(q), text[len(ids) :], generator)
