# Week 04, exercise bpe: A tokenizer that learns: byte-level BPE
# Difficulty 3 of 5 · importance 5 of 5 · about 55 minutes
# It builds on: Dictionaries, regular expressions, what UTF-8 is.
# Write it by hand: tokenizers, tiktoken, sentencepiece, transformers may not be used.
# Nothing from peft, sklearn may be used either.
# What counts as fast: Training on 1 MB of text with 2,000 tokens takes at most 13 times the reference's time (counting
# everything anew for each merge takes about 36 times), and the time of encode grows with the length of a word, not
# with its square.
# Arguments stay as they are, unless a docstring says otherwise.
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
    raise NotImplementedError("week 04, bpe: write train_bpe")


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
    raise NotImplementedError("week 04, bpe: write encode")


def decode(ids: list[int], merges: list[tuple[int, int]], special: tuple[str, ...] = ()) -> str:
    """Turn ids into the text again: decode(encode(text, …), …) is the text.

    A character may be spread over several tokens, so the bytes of all ids are joined before they are read as UTF-8.
    Bytes that are not UTF-8 become U+FFFD, as `bytes.decode(errors="replace")` has it. Special tokens appear as they
    are written.

    Raises:
        ValueError: an id is negative or not below 256 + len(merges) + len(special), or what `encode` refuses.
    """
    raise NotImplementedError("week 04, bpe: write decode")
