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
    # BEGIN SOLUTION
    length, tags = emissions.shape
    if not length:
        return torch.empty(0, dtype=torch.int64, device=emissions.device), emissions.new_zeros(())
    scores = emissions[0] if start is None else emissions[0] + start
    pointers = []
    for emission in emissions[1:]:
        # (from, to): the best way to be at `to` now, having been at `from` a word ago
        best, origin = (scores[:, None] + transitions).max(dim=0)
        scores = best + emission
        pointers.append(origin)
    if end is not None:
        scores = scores + end
    score, tag = scores.max(dim=0)
    path = [tag]
    for origin in reversed(pointers):
        path.append(origin[path[-1]])
    return torch.stack(path[::-1]), score
    # END SOLUTION


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
    # BEGIN SOLUTION
    batch, length, tags = emissions.shape
    positions = torch.arange(length, device=emissions.device)
    real = positions < lengths[:, None]  # (batch, length)
    emissions = torch.where(real[..., None], emissions, 0)
    targets = torch.where(real, targets, 0)
    rows, filled = torch.arange(batch, device=emissions.device), lengths > 0

    own = torch.where(real, emissions.gather(-1, targets[..., None])[..., 0], 0).sum(dim=1)
    if length > 1:
        steps = transitions[targets[:, :-1], targets[:, 1:]]
        own = own + torch.where(real[:, 1:], steps, 0).sum(dim=1)
    if length == 0:
        return own
    last = targets[rows, (lengths - 1).clamp(min=0)]
    own = own + start[targets[:, 0]] + end[last]

    alpha = start + emissions[:, 0]  # (batch, tags): ln of the sum over all beginnings that end in this tag
    for place in range(1, length):
        longer = (alpha[:, :, None] + transitions).logsumexp(dim=1) + emissions[:, place]
        alpha = torch.where(real[:, place, None], longer, alpha)  # a sentence that is over keeps what it has
    return torch.where(filled, own - (alpha + end).logsumexp(dim=-1), 0)
    # END SOLUTION


class BiLSTMTagger(nn.Module):
    """Reads a sentence in both directions, scores every tag of every word, and lets neighbours decide together.

    Its layers: `embedding` (nn.Embedding, vocabulary to dim), `lstm` (nn.LSTM, one layer, bidirectional, batch first,
    dim to `hidden` in each direction), `linear` (nn.Linear, 2 * hidden to tags), and the parameters `transitions`
    (tags, tags), `start` (tags) and `end` (tags), which are zeros at first.
    """

    def __init__(self, vocabulary: int, tags: int, dim: int, hidden: int) -> None:
        """Make the layers and parameters."""
        super().__init__()
        # BEGIN SOLUTION
        self.embedding = nn.Embedding(vocabulary, dim)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True, bidirectional=True)
        self.linear = nn.Linear(2 * hidden, tags)
        self.transitions = nn.Parameter(torch.zeros(tags, tags))
        self.start = nn.Parameter(torch.zeros(tags))
        self.end = nn.Parameter(torch.zeros(tags))
        # END SOLUTION

    def forward(self, ids: Int[Tensor, "batch length"], lengths: Int[Tensor, " batch"]) -> Float[Tensor, "..."]:
        """Return the emissions, (batch, length, tags).

        The backward direction begins at the last real word: what stands behind a sentence changes none of its scores.
        The emissions behind a sentence may be anything. Lengths are at least 1.
        """
        # BEGIN SOLUTION
        packed = nn.utils.rnn.pack_padded_sequence(
            self.embedding(ids), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        states, _ = nn.utils.rnn.pad_packed_sequence(self.lstm(packed)[0], batch_first=True, total_length=ids.shape[1])
        return self.linear(states)
        # END SOLUTION

    def loss(
        self, ids: Int[Tensor, "batch length"], targets: Int[Tensor, "batch length"], lengths: Int[Tensor, " batch"]
    ) -> Float[Tensor, ""]:
        """Return minus the log-likelihood of the tags, summed over the sentences, divided by the number of words."""
        # BEGIN SOLUTION
        likelihood = crf_log_likelihood(self(ids, lengths), targets, lengths, self.transitions, self.start, self.end)
        return -likelihood.sum() / lengths.sum()
        # END SOLUTION

    def decode(self, ids: Int[Tensor, "batch length"], lengths: Int[Tensor, " batch"]) -> list[list[int]]:
        """Return the best tags of each sentence, as many as it has words.

        No gradients are recorded, and the model stays in the mode that it is in.
        """
        # BEGIN SOLUTION
        with torch.no_grad():
            emissions = self(ids, lengths)
            return [
                viterbi(each[:length], self.transitions, self.start, self.end)[0].tolist()
                for each, length in zip(emissions, lengths.tolist(), strict=True)
            ]
        # END SOLUTION


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
    # BEGIN SOLUTION
    spans: list[tuple[str, int, int]] = []
    label, begin = "", 0  # the open span; "" is none
    for place, tag in enumerate([*tags, "O"]):
        kind, _, name = tag.partition("-")
        if tag != "O" and (kind not in ("B", "I") or not name):
            raise ValueError(f'"O", "B-label" or "I-label", not {tag!r}')
        if label and (kind != "I" or name != label):
            spans.append((label, begin, place))
            label = ""
        if name and not label:
            label, begin = name, place
    return spans
    # END SOLUTION
