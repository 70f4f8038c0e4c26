# Week 08, exercise objectives: Training objectives
# Difficulty 2 of 5 · importance 5 of 5 · about 50 minutes
# It builds on: Cross-entropy, Boolean masks, torch.Generator.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 08, objectives: what a language model is trained to predict, as GPT, BERT and T5 do it.

The causal loss turns logits into one number; the three others turn plain text into questions with known answers.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Generator, Tensor

IGNORE = -100  # a label that nobody has to predict, as in torch and transformers


def causal_loss(
    logits: Float[Tensor, "batch length vocabulary"], labels: Int[Tensor, "batch length"]
) -> Float[Tensor, ""]:
    """Return the mean cross-entropy of predicting each token from those before it.

    `labels` are the ids themselves, not shifted: the logits at position t are scored against the label at t + 1 of
    the same row. The first label of a row is never a target, and the last logits of a row are not used.
    A target of -100 counts neither in the sum nor in the number that it is divided by.
    The mean is taken over all targets of the batch at once, in nats. Without any target the loss is 0, and so are its
    gradients.
    float16 and bfloat16 logits are computed in float32, and the loss is float32; float64 stays float64.

    Raises:
        ValueError: `labels` and `logits` differ in batch or length.

    Source: Radford et al. 2018, "Improving Language Understanding by Generative Pre-Training", equation 1.
    """
    raise NotImplementedError("week 08, objectives: write causal_loss")


def mask_tokens(
    ids: Int[Tensor, "*shape"],
    generator: Generator,
    *,
    mask_id: int,
    vocabulary: int,
    special: list[int],
    share: float = 0.15,
) -> tuple[Int[Tensor, "*shape"], Int[Tensor, "*shape"]]:
    """Hide some tokens, as BERT does, and keep what stood there as labels.

    Each token that is not special is chosen with probability `share`, independently of the others; special tokens
    (padding among them) never are.
    Of the chosen tokens 80 % become `mask_id`, 10 % become a random token and 10 % stay as they are. A random token is
    any id below `vocabulary` that is not special, all equally likely; it may happen to be the token that stood there.
    The label of a chosen token is its id, also where it stays as it is; every other label is -100.
    `ids` is not changed. All randomness comes from `generator`: the same state gives the same answer, and each call
    moves the generator on, so that the next one gives another answer.

    Args:
        special: ids that are neither chosen nor drawn; `mask_id` is one of them.

    Returns:
        The tuple (inputs, labels), both of the dtype of `ids`.

    Raises:
        ValueError: `share` is below 0 or above 1, or `mask_id` is not in `special`.

    Source: Devlin et al. 2019, "BERT", section 3.1 and appendix A.1.
    """
    raise NotImplementedError("week 08, objectives: write mask_tokens")


def sentence_pairs(documents: list[list[str]], generator: Generator) -> list[tuple[str, str, int]]:
    """Make the pairs of next-sentence prediction: does the second sentence follow the first?

    There is one pair for every two neighbouring sentences of a document, in the order of the text. With probability
    1/2 it is (sentence, the next one, 0). Otherwise it is (sentence, another one, 1), where the other one is drawn from
    the sentences of all other documents, each of them equally likely. Documents are told apart by their place: two of
    them, or two sentences, may read the same.
    The labels are BERT's: 0 means that the second sentence follows, 1 that it was drawn.
    Each pair is decided by itself, whatever the others are. `documents` is not changed. All randomness comes from
    `generator`: the same state gives the same answer, and each call moves the generator on.

    Raises:
        ValueError: fewer than two documents have a sentence.

    Source: Devlin et al. 2019, "BERT", section 3.1; the labels as in its published code.
    """
    raise NotImplementedError("week 08, objectives: write sentence_pairs")


def corrupt_spans(
    ids: Int[Tensor, " length"], spans: list[tuple[int, int]], sentinel: int
) -> tuple[Int[Tensor, " kept"], Int[Tensor, " hidden"]]:
    """Cut spans out of a text, as T5 does; the targets say what stood there.

    A span (start, stop) covers the positions start to stop - 1. In the inputs, the whole of span k becomes the one
    token sentinel - k: sentinels count downwards, as in T5's vocabulary, where they stand at the end.
    The targets are, for each span, its sentinel and then its tokens, and in the end the sentinel that no span has
    used. Without spans the inputs are the text and the targets are `sentinel` alone.
    Both results have the dtype and the device of `ids`, which is not changed.

    Args:
        spans: in the order of the text, with at least one token between two of them.
        sentinel: the sentinel of the first span, span 0.

    Raises:
        ValueError: a span is empty, reaches beyond the text, or is not behind the one before it with a token between.

    Source: Raffel et al. 2020, "Exploring the Limits of Transfer Learning", section 3.1.4 and figure 2.
    """
    raise NotImplementedError("week 08, objectives: write corrupt_spans")
