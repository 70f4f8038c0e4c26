"""Generate text token by token, with a key-value cache, for prompts of different lengths at once."""

import torch
from jaxtyping import Bool, Int
from tiny_lm import TinyLM, pick_next
from torch import Tensor


def generate(
    model: TinyLM, prompt: list[list[int]], max_new_tokens: int, stop_token: int | None = None, **sampling
) -> list[list[int]]:
    """Continue every prompt, and return for each the list of its new tokens.

    Each prompt is continued as if it were alone: the others, and the padding, change nothing. (What is drawn at
    random is another matter: all rows draw from one generator.)
    A row ends with the first stop token that it produces, which belongs to the answer, or after max_new_tokens.
    The work is done once: the first call takes all prompts together, padded on the left, and each later call one new
    token a row. When all rows have ended the model is not called again, so there are at most max_new_tokens calls.

    Args:
        model: gives logits and a cache; its protocol is TinyLM.__call__ in tiny_lm.py.
        prompt: the token ids of each prompt, at least one prompt; not modified.
        sampling: goes to pick_next of tiny_lm.py as it is: temperature, top_k, top_p, generator.

    Raises: ValueError for a prompt without tokens, or for max_new_tokens below 0.
    """
    # BEGIN SOLUTION
    if not all(prompt):
        raise ValueError("every prompt needs at least one token")
    if max_new_tokens < 0:
        raise ValueError(f"max_new_tokens must not be negative, not {max_new_tokens}")
    tokens, mask = _pad_left(prompt, model.device)  # [batch, longest]
    positions = (mask.cumsum(dim=-1) - 1).clamp(min=0)  # the first real token of every row stands at position 0
    cache = None
    answers: list[list[int]] = [[] for _ in prompt]
    for _ in range(max_new_tokens):
        logits, cache = model(tokens, positions=positions, mask=mask, cache=cache)
        chosen = pick_next(logits[:, -1], **sampling)  # [batch]
        for answer, token in zip(answers, chosen.tolist(), strict=True):
            if stop_token not in answer:
                answer.append(token)
        if all(stop_token in answer for answer in answers):
            break
        # A row that has ended stays in the batch and goes on, but nobody listens: simpler than taking it out.
        tokens = chosen.unsqueeze(-1)  # [batch, 1]: only what the cache does not hold yet
        positions = positions[:, -1:] + 1
        mask = torch.cat([mask, torch.ones_like(mask[:, :1])], dim=-1)
    return answers
    # END SOLUTION


# BEGIN SOLUTION
def _pad_left(
    prompt: list[list[int]], device: torch.device
) -> tuple[Int[Tensor, "batch longest"], Bool[Tensor, "batch longest"]]:
    """Return the prompts as one tensor, flush right, and where in it their tokens are."""
    longest = max(map(len, prompt))
    tokens = [[0] * (longest - len(row)) + row for row in prompt]
    mask = [[False] * (longest - len(row)) + [True] * len(row) for row in prompt]
    return torch.tensor(tokens, device=device), torch.tensor(mask, device=device)


# END SOLUTION
