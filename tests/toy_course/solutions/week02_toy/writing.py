"""Writing: texts from a model, in lines, with chance."""

import torch
from torch import Generator, Tensor


def write(model, texts: list[list[int]], steps: int) -> list[list[int]]:
    """Return each text with `steps` more tokens; the model is called once a step, with the last token of every text."""
    # BEGIN SOLUTION
    texts = [list(text) for text in texts]
    for _ in range(steps):
        for text, token in zip(texts, model([text[-1] for text in texts]), strict=True):
            text.append(token)
    return texts
    # END SOLUTION


def wrapped(text: str, width: int) -> list[str]:
    """Return the words of a text in lines of at most `width` characters, as many words in each as it holds."""
    # BEGIN SOLUTION
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines
    # END SOLUTION


def draw(logits: Tensor, generator: Generator) -> Tensor:
    """Return one token of each row, drawn with its probability."""
    # BEGIN SOLUTION
    return torch.multinomial((logits - logits.logsumexp(-1, keepdim=True)).exp(), 1, generator=generator).squeeze(-1)
    # END SOLUTION
