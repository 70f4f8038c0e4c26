# Week 08, exercise packing: Packing documents
# Difficulty 2 of 5 · importance 4 of 5 · about 35 minutes
# It builds on: Attention masks, positions, how the causal loss shifts its labels.
# Arguments stay as they are, unless a docstring says otherwise.
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
    raise NotImplementedError("week 08, packing: write pack")


def packed_positions(numbers: Int[Tensor, "rows length"]) -> Int[Tensor, "rows length"]:
    """Return each token's position in its own document, as far as the row shows it.

    Positions begin at 0 with each row and with each new document in it. So a document that was cut by the end of a row
    begins again at 0 in the next one, which does not see its beginning.
    The result is int64 and on the device of `numbers`.
    """
    raise NotImplementedError("week 08, packing: write packed_positions")


def packed_mask(numbers: Int[Tensor, "rows length"]) -> Bool[Tensor, "rows length length"]:
    """Let each token see the tokens of its own document up to itself, and nothing of any other document.

    Returns:
        A Boolean tensor on the device of `numbers`: [row, query, key], True: may attend.

    Source: Llama Team 2024, "The Llama 3 Herd of Models", section 3.2.
    """
    raise NotImplementedError("week 08, packing: write packed_mask")


def packed_labels(ids: Int[Tensor, "rows length"], numbers: Int[Tensor, "rows length"]) -> Int[Tensor, "rows length"]:
    """Return the labels of a causal loss: the ids, but -100 wherever a document begins.

    Labels are not shifted here: the loss does that. A first token cannot be predicted from the document before it, so
    it is no target. That holds for the first token of every row too, whatever it is.
    `ids` is not changed.

    Raises:
        ValueError: `ids` and `numbers` differ in shape.
    """
    raise NotImplementedError("week 08, packing: write packed_labels")
