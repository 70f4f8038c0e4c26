# Week 02, exercise near_duplicates: Near duplicates: clean the training data
# Difficulty 3 of 5 · importance 4 of 5 · about 40 minutes
# It builds on: Sets, dictionaries, remainders.
# Write it by hand: datasketch may not be used.
# Nothing from transformers, peft, sklearn may be used either.
# What counts as fast: 5,000 rows in at most 30 times the reference's time: buckets, not pairs.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 02: find texts that are nearly the same, without comparing every pair.

The web repeats itself. Before a language model is trained, near duplicates are found like this and dropped.
"""

import zlib

import torch
from jaxtyping import Int
from torch import Tensor

PRIME = 2**31 - 1


def hash_shingles(text: str, size: int) -> list[int]:
    """Return a number below PRIME for every run of `size` characters, spaces made single. (Given.)

    Python's own `hash` of a string changes from one process to the next; zlib.crc32 does not.
    """
    plain = " ".join(text.lower().split())
    runs = (plain[place : place + size] for place in range(max(1, len(plain) - size + 1)))
    return sorted({zlib.crc32(run.encode()) % PRIME for run in runs})


def random_permutations(count: int, generator: torch.Generator) -> Int[Tensor, "count 2"]:
    """Draw the numbers (a, b) of `count` hash functions x -> (a x + b) mod PRIME; a is not 0. (Given.)"""
    return torch.stack(
        [
            torch.randint(1, PRIME, (count,), generator=generator),
            torch.randint(0, PRIME, (count,), generator=generator),
        ],
        1,
    )


def jaccard(a: list[int], b: list[int]) -> float:
    """Return the share of elements that two sets have in common.

    It is the number of elements in both, divided by the number in one or both. A set is given as a list, in any order;
    an element that stands in it several times counts once. Two empty sets are equal: 1.
    """
    raise NotImplementedError("week 02, near_duplicates: write jaccard")


def minhash(shingles: list[int], permutations: Int[Tensor, "count 2"]) -> Int[Tensor, " count"]:
    """Return the signature of a set: the smallest hash of its elements, for each hash function.

    The hash of an element x by (a, b) is (a x + b) mod PRIME. Two sets agree in an entry with a chance of about their
    `jaccard`. The result is int64. The signature of an empty set is PRIME everywhere, which no hash reaches.

    Raises:
        ValueError: an element is below 0 or not below PRIME.

    Source: Broder 1997, "On the resemblance and containment of documents", section 2.
    """
    raise NotImplementedError("week 02, near_duplicates: write minhash")


def lsh_buckets(signatures: Int[Tensor, "n count"], bands: int) -> list[tuple[int, list[int]]]:
    """Put signatures that agree in a whole band into one bucket, and return (band, rows) of every shared bucket.

    Band i is the i-th piece of count / bands neighbouring entries. A bucket is shared if two rows or more are in it.
    The rows of a bucket are ascending; buckets are sorted by band, and then by their first row. Rows that agree in
    another band only share no bucket of this one.

    Raises:
        ValueError: `bands` is below 1 or does not divide count.

    Source: Leskovec, Rajaraman and Ullman 2020, "Mining of Massive Datasets", section 3.4.
    """
    raise NotImplementedError("week 02, near_duplicates: write lsh_buckets")


def near_duplicates(
    documents: list[list[int]], permutations: Int[Tensor, "count 2"], bands: int, threshold: float
) -> list[list[int]]:
    """Group documents that are nearly the same.

    Two documents that share a bucket are joined if their exact `jaccard` is at least `threshold`: a bucket is only a
    hint. Joining is transitive: if 0 joins 3 and 3 joins 5, all three are one group. A group has two documents or more;
    its documents are ascending, and groups are sorted by their first. Without documents there are no groups.

    Source: Lee et al. 2022, "Deduplicating Training Data Makes Language Models Better", section 4.2.
    """
    raise NotImplementedError("week 02, near_duplicates: write near_duplicates")
