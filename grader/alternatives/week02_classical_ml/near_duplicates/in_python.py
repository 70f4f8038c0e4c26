"""Plain integers and dictionaries, as datasketch stores its bands; groups by a matrix of what is connected."""

import torch
from near_duplicates import PRIME


def jaccard(a, b):
    a, b = frozenset(a), frozenset(b)
    union = len(a) + len(b) - len(a & b)
    return 1.0 if union == 0 else len(a & b) / union


def minhash(shingles, permutations):
    unique = set(shingles)
    for x in unique:
        if x < 0 or x >= PRIME:
            raise ValueError(x)
    least = [min(((a * x + b) % PRIME for x in unique), default=PRIME) for a, b in permutations.tolist()]
    return torch.tensor(least, dtype=torch.int64, device=permutations.device)


def lsh_buckets(signatures, bands):
    count = signatures.shape[1]
    if bands < 1 or count % bands:
        raise ValueError("bands")
    tables = [{} for _ in range(bands)]
    size = count // bands
    for row, signature in enumerate(signatures.tolist()):
        for band, table in enumerate(tables):
            key = b"".join(x.to_bytes(8, "big") for x in signature[band * size : band * size + size])
            table.setdefault(key, []).append(row)
    return [(band, rows) for band, table in enumerate(tables) for rows in table.values() if len(rows) > 1]


def near_duplicates(documents, permutations, bands, threshold):
    n = len(documents)
    linked = torch.eye(n, dtype=torch.bool)
    signatures = torch.stack([minhash(one, permutations) for one in documents]) if n else permutations.new_zeros(0, 1)
    for _, rows in lsh_buckets(signatures, bands) if n else []:
        for place, one in enumerate(rows):
            for other in rows[:place]:
                if jaccard(documents[one], documents[other]) >= threshold:
                    linked[one, other] = linked[other, one] = True
    for middle in range(n):  # Warshall's closure
        linked |= linked[:, middle, None] & linked[None, middle]
    groups = [row.nonzero()[:, 0].tolist() for row in linked]
    return [group for place, group in enumerate(groups) if len(group) > 1 and group[0] == place]
