"""Windows as a table of distances, losses as binary cross-entropy, GloVe through a mask, subwords by a Counter."""

from collections import Counter

import torch


def skip_gram_pairs(sentences, window):
    if window < 1:
        raise ValueError("window")
    parts = [torch.empty(0, 2, dtype=torch.int64)]
    for sentence in sentences:
        ids, places = torch.tensor(sentence, dtype=torch.int64), torch.arange(len(sentence))
        apart = (places[:, None] - places).abs()
        centre, context = ((apart > 0) & (apart <= window)).nonzero(as_tuple=True)
        parts.append(torch.stack((ids[centre], ids[context]), dim=1))
    return torch.cat(parts)


def noise_distribution(counts, power=0.75):
    if counts.min() < 0 or counts.max() <= 0:
        raise ValueError("counts")
    logarithms = power * counts.log()
    logarithms = torch.where(counts > 0, logarithms, torch.full_like(counts, -torch.inf))
    return torch.softmax(logarithms, dim=0)


def negative_sampling_loss(words, contexts, pairs, negatives):
    if not len(pairs) or len(pairs) != len(negatives):
        raise ValueError("rows")
    everyone = torch.cat((pairs[:, 1:2], negatives), dim=1)
    scores = (words[pairs[:, 0], None, :] * contexts[everyone]).sum(dim=2)
    labels = torch.zeros_like(scores)
    labels[:, 0] = 1
    loss = torch.nn.functional.binary_cross_entropy_with_logits(scores, labels, reduction="sum")
    return loss / len(pairs)


def glove_loss(weights, counts, words, contexts, word_biases, context_biases):
    targets = counts.masked_fill(counts == 0, 1.0).log()
    errors = torch.addmm(word_biases[:, None] + context_biases[None], words, contexts.T) - targets
    return (weights.masked_fill(counts == 0, 0.0) * errors * errors).sum()


def subword_vector(word, table, shortest=3, longest=6):
    if shortest < 1 or shortest > longest or len(table) == 0:
        raise ValueError("arguments")
    marked = f"<{word}>"
    lengths = range(shortest, longest + 1)
    found = Counter(marked[i : i + n] for n in lengths for i in range(len(marked)) if i + n <= len(marked))
    if len(marked) not in lengths:
        found[marked] += 1
    kept = {piece: times for piece, times in found.items() if piece in table}
    some = next(iter(table.values()))
    if not kept:
        return some.new_zeros(some.shape)
    rows = torch.stack([table[piece] for piece in kept])
    times = torch.tensor(list(kept.values()), dtype=rows.dtype, device=rows.device)
    return times @ rows / times.sum()
