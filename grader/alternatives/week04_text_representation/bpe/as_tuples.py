"""Words as tuples in a dictionary, as in many course solutions: a merge rewrites the words that have the pair."""

import re
from bisect import insort
from collections import Counter
from itertools import pairwise

from bpe import split_words


def check(special, merges=()):
    if any(token == "" for token in special) or len(special) != len({*special}):
        raise ValueError("special")
    vocabulary = {number: bytes([number]) for number in range(256)}
    for left, right in merges:
        if left not in vocabulary or right not in vocabulary:
            raise ValueError("merges")
        vocabulary[len(vocabulary)] = vocabulary[left] + vocabulary[right]
    return vocabulary


def cut(text, special):
    pattern = "|".join(re.escape(token) for token in sorted(special, key=len, reverse=True))
    return re.split(f"({pattern})", text) if special else [text]


def merged(word, pair, new):
    out, skip = [], False
    for here, there in zip(word, (*word[1:], None), strict=True):
        if skip:
            skip = False
        elif (here, there) == pair:
            out.append(new)
            skip = True
        else:
            out.append(here)
    return tuple(out)


def train_bpe(texts, size, special=()):
    check(special)
    if size < 256 + len(special):
        raise ValueError("size")
    words = Counter(
        tuple(word.encode("utf-8"))
        for text in texts
        for part in cut(text, special)
        if part not in special
        for word in split_words(part)
    )
    pairs, having = Counter(), {}
    for word, number in words.items():
        for pair in pairwise(word):
            pairs[pair] += number
            having.setdefault(pair, set()).add(word)
    merges = []
    for new in range(256, size - len(special)):
        if not pairs:
            break
        best = min(pairs.items(), key=lambda item: (-item[1], item[0]))[0]
        merges.append(best)
        for word in list(having[best]):
            after, number = merged(word, best, new), words.pop(word)
            for pair in pairwise(word):
                pairs[pair] -= number
                having[pair].discard(word)
                if not pairs[pair]:
                    del pairs[pair]
            words[after] += number
            for pair in pairwise(after):
                pairs[pair] += number
                having.setdefault(pair, set()).add(after)
    return merges


def encode(text, merges, special=()):
    check(special, merges)
    order = {}
    for place, pair in enumerate(merges):
        order.setdefault(tuple(pair), place)
    out = []
    for part in cut(text, special):
        if part in special:
            out.append(256 + len(merges) + list(special).index(part))
            continue
        for word in split_words(part):
            ids = tuple(word.encode("utf-8"))
            waiting = sorted({order[pair] for pair in pairwise(ids) if pair in order})
            while waiting:  # all places of the merge learned first at once
                rank = waiting.pop(0)
                ids = merged(ids, tuple(merges[rank]), 256 + rank)
                for pair in pairwise(ids):
                    if 256 + rank in pair and pair in order and order[pair] not in waiting:
                        insort(waiting, order[pair])
            out.extend(ids)
    return out


def decode(ids, merges, special=()):
    vocabulary = check(special, merges)
    for token in special:
        vocabulary[len(vocabulary)] = token.encode("utf-8")
    if not all(number in vocabulary for number in ids):
        raise ValueError("id")
    return b"".join(map(vocabulary.__getitem__, ids)).decode("utf-8", "replace")
