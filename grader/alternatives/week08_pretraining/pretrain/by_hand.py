"""A shuffled stack of row numbers, log-softmax and gather, clipping written out."""

import math
import random

import torch


def cost(model, batch):
    log_p = torch.log_softmax(model(batch), dim=-1)[:, :-1]
    return -log_p.gather(-1, batch[:, 1:, None]).squeeze(-1)


def rate_at(step, steps, peak):
    warm_up = max(1, steps // 10)
    if step < warm_up:
        return peak * (step + 1) / warm_up
    return peak * math.cos(math.pi / 2 * (step - warm_up) / (steps - warm_up)) ** 2


def held_out_loss(model, rows, batch_size):
    if not len(rows) or rows.shape[1] < 2 or batch_size < 1:
        raise ValueError("rows")
    mode = model.training
    model.train(False)
    with torch.no_grad():
        costs = torch.cat([cost(model, batch) for batch in torch.split(rows, batch_size)])
    model.train(mode)
    return costs.mean().item()


def pretrain(model, rows, *, steps, batch_size, peak, generator):
    if not len(rows) or rows.shape[1] < 2 or steps < 1 or batch_size < 1:
        raise ValueError("rows")
    source = random.Random(int(torch.randint(2**62, (), generator=generator)))
    mode, stack, losses = model.training, [], []
    model.train()
    for parameter in model.parameters():
        parameter.grad = None
    optimizer = torch.optim.AdamW(model.parameters(), betas=(0.9, 0.95))
    for step in range(steps):
        chosen = []
        while len(chosen) < batch_size:
            if not stack:
                stack = list(range(len(rows)))
                source.shuffle(stack)
            chosen.append(stack.pop())
        loss = cost(model, rows[torch.tensor(chosen, device=rows.device)]).mean()
        loss.backward()
        norm = math.sqrt(sum(float(p.grad.pow(2).sum()) for p in model.parameters() if p.grad is not None))
        for parameter in model.parameters():
            if norm > 1 and parameter.grad is not None:
                parameter.grad /= norm
        for group in optimizer.param_groups:
            group["lr"] = rate_at(step, steps, peak)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(loss.detach()))
    model.train(mode)
    return losses
