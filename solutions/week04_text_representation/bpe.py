"""Week 04, bpe: a tokenizer of bytes that learns from text which of them belong together.

Ids 0 to 255 are the bytes. Merge number i makes the id 256 + i. Special tokens come last: the one at place j of
`special` has the id 256 + len(merges) + j.
"""

import heapq
import re
from collections import Counter, defaultdict
from itertools import pairwise

WORDS = re.compile(r" ?[^\W\d_]+| ?\d{1,3}| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+")
"""The pre-tokenizer: letters, up to three digits, or signs, each with one space before them; then white space."""


def split_words(text: str) -> list[str]:
    """Cut a text into the pieces that no merge may cross. Joined, they are the text again. (Given.)"""
    return WORDS.findall(text)


# BEGIN SOLUTION
def _cut_at_special(text: str, special: tuple[str, ...]) -> list[str]:
    """Cut out the special tokens: they stand at the odd places of the list, ordinary text at the even ones."""
    if not special:
        return [text]
    longest_first = sorted(special, key=len, reverse=True)  # the first alternative that fits is taken
    return re.split("(" + "|".join(map(re.escape, longest_first)) + ")", text)


def _count_words(texts: list[str], special: tuple[str, ...]) -> Counter[str]:
    frequency = Counter[str]()
    for text in texts:
        for part in _cut_at_special(text, special)[::2]:
            frequency.update(split_words(part))
    return frequency


def _check_special(special: tuple[str, ...]) -> None:
    if "" in special or len(set(special)) < len(special):
        raise ValueError("special tokens are different texts, none of them empty")


def _check_merges(merges: list[tuple[int, int]]) -> None:
    if any(not 0 <= part < 256 + place for place, pair in enumerate(merges) for part in pair):
        raise ValueError("a merge joins two ids that are bytes or made by an earlier merge")


def _join(ids: list[int], pair: tuple[int, int], new: int) -> list[int]:
    """Put the id `new` for each occurrence of the pair, from the left."""
    joined, place = [], 0
    while place < len(ids):
        if (ids[place], ids[place + 1] if place + 1 < len(ids) else None) == pair:
            joined.append(new)
            place += 2
        else:
            joined.append(ids[place])
            place += 1
    return joined


# END SOLUTION


def train_bpe(texts: list[str], size: int, special: tuple[str, ...] = ()) -> list[tuple[int, int]]:
    """Learn the merges of a vocabulary of `size` tokens: 256 bytes, the merges, and the special tokens.

    Each text is cut at the special tokens, which are not counted (where several begin at one place, at the longest),
    then into words by `split_words`; a word is a list of UTF-8 bytes at first, and nothing is normalised. A step joins
    the pair of neighbouring ids that is most frequent: every place where two neighbours stand counts, in every
    occurrence of every word, so "aaa" has the pair (a, a) twice. Of several pairs equally frequent, the smallest tuple
    of ids is taken, so (97, 300) before (98, 97). Joining goes from left to right: "aaa" becomes the new id and an a.
    Pairs never cross the border of a word, a text or a special token.

    Returns:
        The merges in the order in which they were learned, as tuples of two ids. There are
        size - 256 - len(special) of them, or fewer when no two neighbours are left.

    Raises:
        ValueError: `size` is below 256 + len(special), or a special token is empty or given twice.

    Source: Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units", section 3.2.
    Source: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", section 2.2 (bytes).
    """
    # BEGIN SOLUTION
    special = tuple(special)
    _check_special(special)
    if size < 256 + len(special):
        raise ValueError(f"{size} tokens are too few for 256 bytes and {len(special)} special tokens")
    frequency = _count_words(texts, special)
    words = [list(word.encode()) for word in frequency]
    times = list(frequency.values())

    counts, where = Counter[tuple[int, int]](), defaultdict(set)
    for index, word in enumerate(words):
        for pair in pairwise(word):
            counts[pair] += times[index]
            where[pair].add(index)
    queue = [(-count, pair) for pair, count in counts.items()]
    heapq.heapify(queue)
    merges: list[tuple[int, int]] = []
    while queue and len(merges) < size - 256 - len(special):
        count, pair = heapq.heappop(queue)
        if not count or counts[pair] != -count:  # out of date: a newer entry is in the queue, or none of it is left
            continue
        change = Counter[tuple[int, int]]()
        for index in where.pop(pair):  # only the words that have the pair, or had it once
            joined = _join(words[index], pair, 256 + len(merges))
            for old in pairwise(words[index]):
                change[old] -= times[index]
            for fresh in pairwise(joined):
                change[fresh] += times[index]
                where[fresh].add(index)
            words[index] = joined
        merges.append(pair)
        for each in (each for each, difference in change.items() if difference):
            counts[each] += change[each]
            heapq.heappush(queue, (-counts[each], each))
    return merges
    # END SOLUTION


# BEGIN SOLUTION
def _merge_word(ids: list[int], rank: dict[tuple[int, int], int]) -> list[int]:
    """Join the pair of lowest rank, again and again, in a chain whose links are arrays: n log n steps."""
    end = len(ids)
    before, after = list(range(-1, end - 1)), list(range(1, end + 1))
    queue = [(rank[pair], place) for place, pair in enumerate(pairwise(ids)) if pair in rank]
    heapq.heapify(queue)
    while queue:
        lowest, place = heapq.heappop(queue)
        other = after[place]
        if other == end or ids[place] < 0 or rank.get((ids[place], ids[other])) != lowest:
            continue  # one of the two was joined with another neighbour meanwhile
        ids[place], ids[other] = 256 + lowest, -1
        after[place] = after[other]
        if after[place] < end:
            before[after[place]] = place
        for left in (before[place], place):
            if left >= 0 and after[left] < end:
                found = rank.get((ids[left], ids[after[left]]))
                if found is not None:
                    heapq.heappush(queue, (found, left))
    return [each for each in ids if each >= 0]


# END SOLUTION


def encode(text: str, merges: list[tuple[int, int]], special: tuple[str, ...] = ()) -> list[int]:
    """Turn a text into ids.

    A special token in the text becomes its own id; where several begin at one place, the longest is taken. The rest is
    cut by `split_words`. In each word, of all pairs of neighbours that have a merge, the one learned first is joined
    (the leftmost, if it occurs several times), until none is left. A pair that stands in `merges` twice becomes the id
    of the first. Any text can be encoded, as it is: nothing is normalised. An empty one gives [].

    Raises:
        ValueError: a merge joins an id that is neither a byte nor made by an earlier merge, or a special token is empty
            or given twice.
    """
    # BEGIN SOLUTION
    special = tuple(special)
    _check_special(special)
    _check_merges(merges)
    rank = {tuple(pair): place for place, pair in reversed(list(enumerate(merges)))}  # of equal pairs the first stays
    first_special = 256 + len(merges)
    known: dict[str, list[int]] = {}  # frequent words are merged once
    ids: list[int] = []
    for place, part in enumerate(_cut_at_special(text, special)):
        if place % 2:
            ids.append(first_special + special.index(part))
            continue
        for word in split_words(part):
            if word not in known:
                known[word] = _merge_word(list(word.encode()), rank)
            ids.extend(known[word])
    return ids
    # END SOLUTION


def decode(ids: list[int], merges: list[tuple[int, int]], special: tuple[str, ...] = ()) -> str:
    """Turn ids into the text again: decode(encode(text, …), …) is the text.

    A character may be spread over several tokens, so the bytes of all ids are joined before they are read as UTF-8.
    Bytes that are not UTF-8 become U+FFFD, as `bytes.decode(errors="replace")` has it. Special tokens appear as they
    are written.

    Raises:
        ValueError: an id is negative or not below 256 + len(merges) + len(special), or what `encode` refuses.
    """
    # BEGIN SOLUTION
    special = tuple(special)
    _check_special(special)
    _check_merges(merges)
    pieces = [bytes([byte]) for byte in range(256)]
    for left, right in merges:
        pieces.append(pieces[left] + pieces[right])
    pieces.extend(token.encode() for token in special)
    if any(not 0 <= each < len(pieces) for each in ids):
        raise ValueError(f"an id lies between 0 and {len(pieces) - 1}")
    return b"".join(pieces[each] for each in ids).decode(errors="replace")
    # END SOLUTION
