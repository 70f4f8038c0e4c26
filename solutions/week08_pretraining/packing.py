"""Week 08, packing: documents of any length become rows of one length, and still do not see each other.

A row full of tokens wastes nothing on padding. What it costs is care at the seams: positions, mask and labels.
"""

import torch
from jaxtyping import Bool, Int
from torch import Tensor

IGNORE = -100  # a label that nobody has to predict


def pack(
    documents: list[list[int]], length: int, end: int
) -> tuple[Int[Tensor, "rows length"], Int[Tensor, "rows length"]]:
    """Lay all documents end to end and cut them into rows of `length` tokens.

    Behind each document comes the token `end`, which belongs to it; a document without tokens is left out, its `end`
    too. A document that does not fit goes on in the next row. What remains behind the last full row is dropped.
    Tokens of a document are kept as they are, also one that equals `end`. `documents` is not changed.

    Returns:
        The tuple (ids, numbers), both int64: numbers[row, t] is the place in `documents` of the document to which the
        token at t belongs. Without a full row both have the shape (0, length).

    Raises:
        ValueError: `length` is below 1.

    Source: Brown et al. 2020, "Language Models are Few-Shot Learners", appendix B.
    """
    # BEGIN SOLUTION
    if length < 1:
        raise ValueError(f"length must be at least 1, not {length}")
    ids, numbers = [], []
    for number, document in enumerate(documents):
        if document:
            ids += [*document, end]
            numbers += [number] * (len(document) + 1)
    full = len(ids) // length * length
    return tuple(torch.tensor(tokens[:full], dtype=torch.int64).view(-1, length) for tokens in (ids, numbers))
    # END SOLUTION


# BEGIN SOLUTION
def _begins(numbers: Int[Tensor, "rows length"]) -> Bool[Tensor, "rows length"]:
    """Say where a document begins, as far as the row shows it: the first token of a row always does."""
    begins = torch.ones_like(numbers, dtype=torch.bool)
    begins[:, 1:] = numbers[:, 1:] != numbers[:, :-1]
    return begins


# END SOLUTION


def packed_positions(numbers: Int[Tensor, "rows length"]) -> Int[Tensor, "rows length"]:
    """Return each token's position in its own document, as far as the row shows it.

    Positions begin at 0 with each row and with each new document in it. So a document that was cut by the end of a row
    begins again at 0 in the next one, which does not see its beginning.
    The result is int64 and on the device of `numbers`.
    """
    # BEGIN SOLUTION
    places = torch.arange(numbers.shape[1], device=numbers.device).expand_as(numbers)
    # The place of the latest beginning: 0 where nothing begins, so the running maximum carries it on.
    return places - (places * _begins(numbers)).cummax(dim=1).values
    # END SOLUTION


def packed_mask(numbers: Int[Tensor, "rows length"]) -> Bool[Tensor, "rows length length"]:
    """Let each token see the tokens of its own document up to itself, and nothing of any other document.

    Returns:
        A Boolean tensor on the device of `numbers`: [row, query, key], True: may attend.

    Source: Llama Team 2024, "The Llama 3 Herd of Models", section 3.2.
    """
    # BEGIN SOLUTION
    same = numbers[:, :, None] == numbers[:, None, :]  # (rows, query, key)
    return same.tril()
    # END SOLUTION


def packed_labels(ids: Int[Tensor, "rows length"], numbers: Int[Tensor, "rows length"]) -> Int[Tensor, "rows length"]:
    """Return the labels of a causal loss: the ids, but -100 wherever a document begins.

    Labels are not shifted here: the loss does that. A first token cannot be predicted from the document before it, so
    it is no target. That holds for the first token of every row too, whatever it is.
    `ids` is not changed.

    Raises:
        ValueError: `ids` and `numbers` differ in shape.
    """
    # BEGIN SOLUTION
    if ids.shape != numbers.shape:
        raise ValueError(f"ids {tuple(ids.shape)} and numbers {tuple(numbers.shape)} must have one shape")
    return ids.masked_fill(_begins(numbers), IGNORE)
    # END SOLUTION
