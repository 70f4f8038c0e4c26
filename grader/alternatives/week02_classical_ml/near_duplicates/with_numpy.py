"""Exact arithmetic in numpy, buckets by sorting, groups by walking through neighbours."""

from collections import defaultdict

import numpy as np
import torch
from near_duplicates import PRIME


def jaccard(a, b):
    both = np.intersect1d(a, b).size
    all_of_them = np.union1d(a, b).size
    return both / all_of_them if all_of_them else 1.0


def minhash(shingles, permutations):
    x = np.array(shingles, dtype=np.int64)
    if x.size and (x.min() < 0 or x.max() >= PRIME):
        raise ValueError("elements")
    table = permutations.cpu().numpy().astype(np.uint64)
    hashes = (table[:, :1] * x.astype(np.uint64)[None] + table[:, 1:]) % np.uint64(PRIME)
    least = hashes.min(axis=1, initial=np.uint64(PRIME))
    return torch.from_numpy(least.astype(np.int64)).to(permutations.device)


def lsh_buckets(signatures, bands):
    rows, count = signatures.shape
    if bands <= 0 or count % bands != 0:
        raise ValueError("bands")
    width = count // bands
    table = signatures.cpu().numpy()
    answer = []
    for band in range(bands):
        _, where = np.unique(table[:, band * width : (band + 1) * width], axis=0, return_inverse=True)
        members = defaultdict(list)
        for row, bucket in enumerate(where.reshape(-1).tolist()):
            members[bucket].append(row)
        answer.extend((band, found) for found in sorted(members.values()) if len(found) >= 2)
    return answer


def near_duplicates(documents, permutations, bands, threshold):
    if not documents:
        return []
    neighbours = defaultdict(set)
    for _, rows in lsh_buckets(torch.stack([minhash(one, permutations) for one in documents]), bands):
        for one in rows:
            for other in rows:
                if one < other and jaccard(documents[one], documents[other]) >= threshold:
                    neighbours[one].add(other)
                    neighbours[other].add(one)
    seen, groups = set(), []
    for start in range(len(documents)):
        if start in seen or not neighbours[start]:
            continue
        waiting, group = [start], set()
        while waiting:
            one = waiting.pop()
            if one not in group:
                group.add(one)
                waiting.extend(neighbours[one])
        seen |= group
        groups.append(sorted(group))
    return groups
