"""Words joined by a space into strings; numpy for means; a dictionary of groups of samples."""

import itertools
from collections import defaultdict

import numpy as np
from trust import sentences, words


def bias_probe(template, groups, score):
    parts = template.split("[X]")
    if len(parts) == 1 or len(groups) <= 1 or any(len(terms) == 0 for terms in groups.values()):
        raise ValueError("template or groups")
    scores = {
        name: np.array([score(term.join(parts)) for term in terms], dtype=float) for name, terms in groups.items()
    }
    means = {name: float(found.mean()) for name, found in scores.items()}
    return {
        "means": means,
        "gap": float(np.ptp(list(means.values()))),
        "spread": float(max(np.ptp(found) for found in scores.values())),
    }


def groundedness(answer, passages, share=0.75):
    if not (share > 0 and share <= 1):
        raise ValueError("share")
    sources = [frozenset(words(passage)) for passage in passages]
    said = sentences(answer)
    missing = []
    for sentence in said:
        mine = frozenset(words(sentence))
        for source in sources:
            lacking = mine - source
            if (len(mine) - len(lacking)) / len(mine) >= share and not any(map(str.isdigit, "".join(lacking))):
                break
        else:
            missing.append(sentence)
    if not said:
        return float("nan"), []
    return (len(said) - len(missing)) / len(said), missing


def self_agreement(samples):
    if len(samples) <= 1:
        raise ValueError("samples")
    same = defaultdict(list)
    for sample in samples:
        same[" ".join(words(sample))].append(sample)
    best = max(same.values(), key=len)  # the first of several
    pairs = list(itertools.combinations([" ".join(words(sample)) for sample in samples], 2))
    return best[0], sum(one == other for one, other in pairs) / len(pairs)


def contamination(texts, corpus, n=13):
    if n <= 0:
        raise ValueError("n")
    known = {}
    split = [words(document) for document in corpus]

    def of_length(length):
        if length not in known:
            known[length] = {" ".join(d[i : i + length]) for d in split for i in range(len(d) - length + 1)}
        return known[length]

    out = []
    for text in texts:
        found = words(text)
        length = min(n, len(found))
        if length == 0:
            out.append(0.0)
            continue
        hits = [" ".join(found[i : i + length]) in of_length(length) for i in range(len(found) - length + 1)]
        out.append(sum(hits) / len(hits))
    return out
