# Week 04, exercise tagger: Names and parts of speech: BiLSTM and CRF
# Difficulty 4 of 5 · importance 3 of 5 · about 50 minutes
# It builds on: LSTM, logsumexp, padding and lengths.
# Write it by hand: torchcrf, seqeval may not be used.
# Nothing from transformers, peft, sklearn may be used either.
# What counts as fast: The likelihood of 61 sentences of 41 words takes at most 8 times the reference's time: no loop
# over sentences.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 04, tagger: a label for each word, where the labels of neighbours must fit together.

The same tagger finds names of people and places (tags such as B-PER, I-PER, O) and parts of speech.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


def viterbi(
    emissions: Float[Tensor, "length tags"],
    transitions: Float[Tensor, "tags tags"],
    start: Float[Tensor, " tags"] | None = None,
    end: Float[Tensor, " tags"] | None = None,
) -> tuple[Int[Tensor, " length"], Float[Tensor, ""]]:
    """Return the sequence of tags with the largest score, and the score.

    The score of tags y_0 … y_(n-1) is the sum of all emissions[i, y_i] and all transitions[y_(i-1), y_i] (from row, to
    column), and start[y_0] and end[y_(n-1)] where they are given. Scores are any numbers, also -inf, which forbids.
    Of equally good sequences any may come. No words give an empty sequence (int64) and the score 0. Nothing is changed.

    Source: Forney 1973, "The Viterbi algorithm"; Lample et al. 2016, "Neural Architectures for Named Entity
        Recognition", section 2.2.
    """
    raise NotImplementedError("week 04, tagger: write viterbi")


def crf_log_likelihood(
    emissions: Float[Tensor, "batch length tags"],
    targets: Int[Tensor, "batch length"],
    lengths: Int[Tensor, " batch"],
    transitions: Float[Tensor, "tags tags"],
    start: Float[Tensor, " tags"],
    end: Float[Tensor, " tags"],
) -> Float[Tensor, " batch"]:
    """Return the log-probability of each sentence's tags: their score minus logsumexp of the scores of all sequences.

    The score is that of `viterbi`. Only the first `lengths[b]` words of sentence b count; what stands behind them, in
    emissions or targets, makes no difference, be it NaN or a target of -100. A sentence of length 0 has probability 1,
    so 0 comes out. The number of sequences is tags ** length: time grows with length * tags ** 2. Scores of 1e4 do not
    overflow; -inf does not occur here. Gradients flow to all scores. Nothing is changed.

    Source: Lafferty et al. 2001, "Conditional Random Fields"; Lample et al. 2016, section 2.2.
    """
    raise NotImplementedError("week 04, tagger: write crf_log_likelihood")


class BiLSTMTagger(nn.Module):
    """Reads a sentence in both directions, scores every tag of every word, and lets neighbours decide together.

    Its layers: `embedding` (nn.Embedding, vocabulary to dim), `lstm` (nn.LSTM, one layer, bidirectional, batch first,
    dim to `hidden` in each direction), `linear` (nn.Linear, 2 * hidden to tags), and the parameters `transitions`
    (tags, tags), `start` (tags) and `end` (tags), which are zeros at first.
    """

    def __init__(self, vocabulary: int, tags: int, dim: int, hidden: int) -> None:
        """Make the layers and parameters."""
        super().__init__()
        raise NotImplementedError("week 04, tagger: write BiLSTMTagger.__init__")

    def forward(self, ids: Int[Tensor, "batch length"], lengths: Int[Tensor, " batch"]) -> Float[Tensor, "..."]:
        """Return the emissions, (batch, length, tags).

        The backward direction begins at the last real word: what stands behind a sentence changes none of its scores.
        The emissions behind a sentence may be anything. Lengths are at least 1.
        """
        raise NotImplementedError("week 04, tagger: write BiLSTMTagger.forward")

    def loss(
        self, ids: Int[Tensor, "batch length"], targets: Int[Tensor, "batch length"], lengths: Int[Tensor, " batch"]
    ) -> Float[Tensor, ""]:
        """Return minus the log-likelihood of the tags, summed over the sentences, divided by the number of words."""
        raise NotImplementedError("week 04, tagger: write BiLSTMTagger.loss")

    def decode(self, ids: Int[Tensor, "batch length"], lengths: Int[Tensor, " batch"]) -> list[list[int]]:
        """Return the best tags of each sentence, as many as it has words.

        No gradients are recorded, and the model stays in the mode that it is in.
        """
        raise NotImplementedError("week 04, tagger: write BiLSTMTagger.decode")


def bio_spans(tags: list[str]) -> list[tuple[str, int, int]]:
    """Return what the tags mark: (label, begin, end), in the order of the text, `end` not included.

    "B-PER" begins a span with the label PER, "I-PER" continues it, "O" stands outside. Broken sequences are read as
    conlleval and seqeval read them by default: an "I-…" after "O", at the beginning, or after a span of another label
    begins a span.

    Raises:
        ValueError: a tag is none of "O", "B-label" and "I-label", with a label that is not empty.

    Source: Ramshaw and Marcus 1995, "Text Chunking using Transformation-Based Learning"; Tjong Kim Sang and Buchholz
        2000, "Introduction to the CoNLL-2000 Shared Task: Chunking".
    """
    raise NotImplementedError("week 04, tagger: write bio_spans")
