# Week 04, exercise word2vec: Words as vectors: word2vec, GloVe, fastText
# Difficulty 2 of 5 · importance 4 of 5 · about 40 minutes
# It builds on: Embeddings as a table, sigmoid, gradients.
# Write it by hand: gensim may not be used.
# Nothing from transformers, peft, sklearn may be used either.
# What counts as fast: The loss of 2,003 pairs with 7 negatives each takes at most 8 times the reference's time: no
# Python loop over pairs.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 04, word2vec: a word is known by its neighbours; vectors that are learned from them."""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def skip_gram_pairs(sentences: list[list[int]], window: int) -> Int[Tensor, "pairs 2"]:
    """List the pairs (centre, context) of ids at most `window` places apart, in one sentence.

    Every word is a centre once for each neighbour, on both sides; a place is no neighbour of itself, but two places
    with the same id are. Sentences do not touch, and a window does not wrap around at the ends. The order: sentence by
    sentence, centre by centre, contexts from left to right. The ids are int64; without a pair, the shape is (0, 2).

    Raises:
        ValueError: `window` is below 1.

    Source: Mikolov et al. 2013, "Efficient Estimation of Word Representations in Vector Space", section 3.2. (There,
        each centre draws a window of its own, of at most this size.)
    """
    raise NotImplementedError("week 04, word2vec: write skip_gram_pairs")


def noise_distribution(counts: Float[Tensor, " vocabulary"], power: float = 0.75) -> Float[Tensor, " vocabulary"]:
    """Return the probabilities with which wrong contexts are drawn: counts ** power, divided by their sum.

    A word that never occurs is never drawn, whatever the power: also for power 0, which draws all others alike.

    Raises:
        ValueError: a count is negative, or none is above 0.

    Source: Mikolov et al. 2013, "Distributed Representations of Words and Phrases and their Compositionality",
        section 2.2.
    """
    raise NotImplementedError("week 04, word2vec: write noise_distribution")


def negative_sampling_loss(
    words: Float[Tensor, "vocabulary dim"],
    contexts: Float[Tensor, "vocabulary dim"],
    pairs: Int[Tensor, "pairs 2"],
    negatives: Int[Tensor, "pairs k"],
) -> Float[Tensor, ""]:
    """Return the mean over the pairs of what it costs to take real contexts for noise, and noise for contexts.

    For the pair (c, o) and its negatives n_1 … n_k the loss is
    -ln sigmoid(words[c] · contexts[o]) - sum over j of ln sigmoid(-words[c] · contexts[n_j]).
    A negative drawn twice counts twice, also one that equals o. Products of 1,000 give finite losses and gradients.
    Gradients flow to `words` and `contexts`.

    Raises:
        ValueError: `pairs` and `negatives` have different numbers of rows, or there is no pair.

    Source: Mikolov et al. 2013, "Distributed Representations of Words and Phrases and their Compositionality",
        equation 4.
    """
    raise NotImplementedError("week 04, word2vec: write negative_sampling_loss")


def glove_loss(
    weights: Float[Tensor, "n m"],
    counts: Float[Tensor, "n m"],
    words: Float[Tensor, "n dim"],
    contexts: Float[Tensor, "m dim"],
    word_biases: Float[Tensor, " n"],
    context_biases: Float[Tensor, " m"],
) -> Float[Tensor, ""]:
    """Return the weighted sum of squared errors of the logarithms of counts that the vectors predict.

    The sum of weights[i, j] * (words[i] · contexts[j] + word_biases[i] + context_biases[j] - ln counts[i, j]) ** 2
    over all i and j that were seen together: a pair with the count 0 is left out, whatever its weight, be it NaN, and
    neither its value nor its gradient is NaN. The paper's weights are min(1, count / 100) ** 0.75. It is a sum, not a
    mean.

    Source: Pennington et al. 2014, "GloVe: Global Vectors for Word Representation", equation 8.
    """
    raise NotImplementedError("week 04, word2vec: write glove_loss")


def subword_vector(
    word: str, table: dict[str, Float[Tensor, " dim"]], shortest: int = 3, longest: int = 6
) -> Float[Tensor, " dim"]:
    """Return the mean of the vectors of a word's pieces, so that a word never seen has a vector too.

    The word is put between "<" and ">". Its pieces are all runs of `shortest` to `longest` characters of that, each as
    often as it occurs, and the whole "<word>" once more if it is longer than `longest` or shorter than `shortest`.
    Pieces that are not in `table` are left out; if none is in it, the vector is zeros, of the dtype of the table.

    Raises:
        ValueError: `shortest` is below 1 or above `longest`, or the table is empty.

    Source: Bojanowski et al. 2017, "Enriching Word Vectors with Subword Information", section 3.2 (there the sum).
    """
    raise NotImplementedError("week 04, word2vec: write subword_vector")
