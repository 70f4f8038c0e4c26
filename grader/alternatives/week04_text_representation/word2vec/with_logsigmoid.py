"""As gensim and the GloVe code do it: logsigmoid, batched products, sparse sums over the pairs that were seen."""

import torch
import torch.nn.functional as F


def skip_gram_pairs(sentences, window):
    if window <= 0:
        raise ValueError(window)
    centres, contexts = [], []
    for sentence in sentences:
        for place, word in enumerate(sentence):
            around = sentence[max(place - window, 0) : place] + sentence[place + 1 : place + 1 + window]
            centres += [word] * len(around)
            contexts += around
    return torch.stack([torch.tensor(centres, dtype=torch.long), torch.tensor(contexts, dtype=torch.long)], dim=1)


def noise_distribution(counts, power=0.75):
    if bool((counts < 0).any()) or float(counts.sum()) <= 0:
        raise ValueError("counts")
    weights = torch.zeros_like(counts)
    weights[counts > 0] = torch.pow(counts[counts > 0], power)
    return weights / weights.sum()


def negative_sampling_loss(words, contexts, pairs, negatives):
    if pairs.size(0) == 0 or pairs.size(0) != negatives.size(0):
        raise ValueError("pairs")
    centre = F.embedding(pairs[:, 0], words)
    targets = torch.cat([pairs[:, 1:], negatives], dim=1)
    scores = torch.bmm(F.embedding(targets, contexts), centre.unsqueeze(2)).squeeze(2)
    signs = torch.ones_like(scores)
    signs[:, 1:] = -1
    return -F.logsigmoid(signs * scores).sum(dim=1).mean()


def glove_loss(weights, counts, words, contexts, word_biases, context_biases):
    i, j = torch.nonzero(counts, as_tuple=True)
    predicted = (words[i] * contexts[j]).sum(-1) + word_biases[i] + context_biases[j]
    return (weights[i, j] * (predicted - counts[i, j].log()).square()).sum()


def subword_vector(word, table, shortest=3, longest=6):
    if not table or shortest < 1 or longest < shortest:
        raise ValueError("lengths or table")
    marked = "<" + word + ">"
    total, number = torch.zeros_like(next(iter(table.values()))), 0
    for begin in range(len(marked)):
        for end in range(begin + shortest, min(begin + longest, len(marked)) + 1):
            if end - begin < len(marked) and marked[begin:end] in table:
                total, number = total + table[marked[begin:end]], number + 1
    if marked in table:
        total, number = total + table[marked], number + 1
    return total / max(number, 1)
