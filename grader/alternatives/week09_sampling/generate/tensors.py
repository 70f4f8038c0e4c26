"""All answers in one tensor, filled column by column and cut after the first stop token at the very end."""

import torch
import torch.nn.functional as F
from tiny_lm import pick_next


@torch.inference_mode()
def generate(model, prompt, max_new_tokens, stop_token=None, **sampling):
    if min(len(row) for row in prompt) == 0 or max_new_tokens < 0:
        raise ValueError("prompt or max_new_tokens")
    if max_new_tokens == 0:
        return [[] for _ in prompt]
    batch, longest = len(prompt), max(len(row) for row in prompt)
    padded = [F.pad(torch.tensor(row), (longest - len(row), 0), value=-1) for row in prompt]
    text = torch.stack(padded).to(model.device)
    mask = F.pad(text >= 0, (0, max_new_tokens), value=True)
    positions = mask.long().cumsum(1).sub(1).clamp(0)
    logits, cache = model(text.clamp(0), positions[:, :longest], mask[:, :longest])
    out = torch.empty(batch, max_new_tokens, dtype=torch.int64, device=model.device)
    ended = torch.zeros(batch, dtype=torch.bool, device=model.device)
    made = 0
    while True:
        out[:, made] = pick_next(logits[:, -1], **sampling)
        if stop_token is not None:
            ended |= out[:, made] == stop_token
        made += 1
        if made == max_new_tokens or bool(ended.all()):
            break
        now = longest + made
        logits, cache = model(out[:, made - 1 : made], positions[:, now - 1 : now], mask[:, :now], cache)
    rows = out[:, :made].tolist()
    return [row[: row.index(stop_token) + 1] if stop_token in row else row for row in rows]
