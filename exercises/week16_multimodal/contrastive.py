# Week 16, exercise contrastive: The losses of CLIP and SigLIP
# Difficulty 2 of 5 · importance 5 of 5 · about 40 minutes
# It builds on: Cosines, cross-entropy, the logistic function.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 16, contrastive: pictures and sentences find their partners in a batch.

Row i of `images` and row i of `texts` are the embeddings of a picture and of its caption; every other pair in the batch
is taken for a wrong one.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def similarities(images: Float[Tensor, "m d"], texts: Float[Tensor, "n d"]) -> Float[Tensor, "m n"]:
    """Return the cosine of every picture (row) with every text (column).

    The embeddings may have any length from 1e-6 to 1e6. A vector of zeros has the cosine 0 with every vector.

    Raises:
        ValueError: `images` and `texts` have not the same width d.
    """
    raise NotImplementedError("week 16, contrastive: write similarities")


def clip_loss(
    images: Float[Tensor, "pairs d"], texts: Float[Tensor, "pairs d"], logit_scale: Float[Tensor, ""]
) -> Float[Tensor, ""]:
    """Return CLIP's loss of a batch of pairs: each picture picks its text among all, each text its picture.

    The logits are exp(logit_scale) times the cosines of `similarities`: `logit_scale` is the logarithm of a factor,
    that is of one over the temperature, and is not clamped here. Two cross-entropies, each in nats and the mean over
    the batch, are averaged: over the texts for every picture, and over the pictures for every text.
    With one pair the loss is 0. What is made anew, such as the targets, is on the device of the embeddings.

    Raises:
        ValueError: there is no pair, or `images` and `texts` differ in shape.

    Source: Radford et al. 2021, "Learning Transferable Visual Models From Natural Language Supervision", figure 3.
    """
    raise NotImplementedError("week 16, contrastive: write clip_loss")


def siglip_loss(
    images: Float[Tensor, "pairs d"],
    texts: Float[Tensor, "pairs d"],
    logit_scale: Float[Tensor, ""],
    logit_bias: Float[Tensor, ""],
) -> Float[Tensor, ""]:
    """Return SigLIP's loss of a batch of pairs: for each picture with each text one question, do they belong together?

    The logits are exp(logit_scale) times the cosines of `similarities`, plus `logit_bias`. The answer is yes for row i
    with row i and no for every other pair, and each of the n * n answers costs -log sigmoid(logit), or for a no
    -log sigmoid(-logit). Their sum is divided by n, the number of pairs in the batch, not by n * n.
    It stays finite, and right, for logits of any size, such as 1000 or -1000. What is made anew, such as the signs, is
    on the device of the embeddings.

    Raises:
        ValueError: there is no pair, or `images` and `texts` differ in shape.

    Source: Zhai et al. 2023, "Sigmoid Loss for Language Image Pre-Training", equation in section 3.2 and algorithm 1.
    """
    raise NotImplementedError("week 16, contrastive: write siglip_loss")
