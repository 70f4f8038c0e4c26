"""As small training scripts do it: all orders beforehand, LambdaLR for the rate, losses by transposed logits."""

import pretrain as given
import torch
from torch.nn import functional as F


def held_out_loss(model, rows, batch_size):
    if len(rows) == 0 or rows.shape[1] < 2 or batch_size < 1:
        raise ValueError("nothing to measure")
    was_training, total, count = model.training, 0.0, 0
    model.eval()
    for start in range(0, len(rows), batch_size):
        batch = rows[start : start + batch_size]
        with torch.inference_mode():
            logits = model(batch)
        loss = F.cross_entropy(logits[:, :-1].transpose(1, 2), batch[:, 1:])
        total, count = total + loss.item() * batch[:, 1:].numel(), count + batch[:, 1:].numel()
    model.train(was_training)
    return total / count


def pretrain(model, rows, *, steps, batch_size, peak, generator):
    if len(rows) == 0 or rows.shape[1] < 2 or steps < 1 or batch_size < 1:
        raise ValueError("nothing to learn")
    was_training = model.training
    optimizer = torch.optim.AdamW(model.parameters(), lr=peak, betas=(0.9, 0.95))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: given.rate(step, steps, 1.0) if step < steps else 0
    )
    rounds = -(-steps * batch_size // len(rows))
    order = torch.cat([torch.rand(len(rows), generator=generator).argsort() for _ in range(rounds)]).to(rows.device)
    losses = []
    model.train()
    for chosen in order.split(batch_size)[:steps]:
        batch = rows[chosen]
        loss = F.cross_entropy(model(batch)[:, :-1].transpose(1, 2), batch[:, 1:])
        losses.append(loss.item())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    model.train(was_training)
    return losses
