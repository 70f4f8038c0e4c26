# Week 16, exercise zero_shot: Zero-shot classification and retrieval
# Difficulty 2 of 5 · importance 4 of 5 · about 40 minutes
# It builds on: Cosines, softmax, functions as arguments, masks.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 16, zero_shot: use a model of pictures and sentences for a task that it was not trained for.

Embeddings come from two encoders that were trained together: those of pictures are given, those of sentences come from
the function `encode_text`, which takes a list of strings and returns a tensor (strings, d). Neither needs to be
normalised.
"""

import math
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor


def label_embeddings(
    labels: Sequence[str], templates: Sequence[str], encode_text: Callable[[list[str]], Float[Tensor, "texts d"]]
) -> Float[Tensor, "labels d"]:
    """Return one embedding of length 1 for each label: the mean direction of the sentences that name it.

    A template has one place {} for the label, such as "a photo of a {}". Every label is put into every template, each
    sentence is embedded by `encode_text` and normalised, a label's sentences are averaged, and the mean is normalised
    again. `encode_text` may be called as often as you like; a text's embedding does not depend on the others.

    Raises:
        ValueError: there is no label, there is no template, or a template has no {}.

    Source: Radford et al. 2021, section 3.1.4.
    """
    raise NotImplementedError("week 16, zero_shot: write label_embeddings")


def zero_shot(
    image: Float[Tensor, "*batch d"],
    labels: Sequence[str],
    templates: Sequence[str],
    encode_text: Callable[[list[str]], Float[Tensor, "texts d"]],
    logit_scale: float = 0.0,
) -> Float[Tensor, "*batch labels"]:
    """Return how likely each label is for a picture, or for each of a batch of pictures, given by their embeddings.

    It is the softmax over the labels of exp(logit_scale) times the cosine of the picture with the label's embedding, as
    `label_embeddings` makes it. Labels, templates and errors are as there.
    """
    raise NotImplementedError("week 16, zero_shot: write zero_shot")


def recall_at_k(
    similarity: Float[Tensor, "pictures texts"], owners: Int[Tensor, " texts"], k: int
) -> tuple[float, float]:
    """Return the recall at k of retrieval both ways: (texts found for pictures, pictures found for texts).

    Row i of `similarity` scores picture i with every text; text j is a caption of picture `owners[j]`. A picture may
    have several captions.
    A picture is a hit if at least one of its captions is among the k texts with the highest scores; a text is a hit if
    its own picture is among the k pictures with the highest scores. Recall is the share of hits, among the pictures and
    among the texts.
    Ties count against the model: what scores as high as the right one and is wrong comes before it.
    `k` may be larger than the number of candidates.

    Raises:
        ValueError: `k` is below 1, there is no picture, `owners` has not one number for each text, a number in it names
            no picture, or a picture has no caption.

    Source: Karpathy and Fei-Fei 2015, "Deep Visual-Semantic Alignments", section 4.1 (recall at K).
    """
    raise NotImplementedError("week 16, zero_shot: write recall_at_k")
