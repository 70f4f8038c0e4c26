"""One number at a time where speed is not judged; T5's buckets by counting the edges that a distance has passed."""

import math

import torch


def sinusoidal_positions(length, dim):
    if dim % 2:
        raise ValueError("odd")
    rows = []
    for position in range(length):
        row = []
        for pair in range(dim // 2):
            angle = position / 10000 ** (2 * pair / dim)
            row += [math.sin(angle), math.cos(angle)]
        rows.append(row)
    return torch.tensor(rows)


def relative_position_bucket(relative, bidirectional=True, buckets=32, max_distance=128):
    one_side = buckets // 2 if bidirectional else buckets
    exact = one_side // 2
    wide = one_side - exact
    # Bucket exact + k begins at the first whole number that is at least exact * (max_distance / exact)^(k / wide).
    edges = list(range(1, exact + 1))
    for step in range(1, wide):
        edge = exact
        while edge**wide * exact**step < max_distance**step * exact**wide:
            edge += 1
        edges.append(edge)
    edges = torch.tensor(edges, device=relative.device)
    relative = relative.long()
    distance = relative.abs() if bidirectional else (-relative).clamp(min=0)
    answer = torch.searchsorted(edges, distance.contiguous(), right=True)
    return answer + one_side * (relative > 0).long() if bidirectional else answer


def alibi_slopes(num_heads):
    if math.log2(num_heads).is_integer():
        start = 2 ** (-(2 ** -(math.log2(num_heads) - 3)))
        return torch.tensor([start * start**head for head in range(num_heads)])
    lower = 2 ** math.floor(math.log2(num_heads))
    return torch.cat([alibi_slopes(lower), alibi_slopes(2 * lower)[::2][: num_heads - lower]])


def alibi_bias(num_heads, queries, keys):
    bias = torch.zeros(num_heads, queries, keys)
    for head, slope in enumerate(alibi_slopes(num_heads).tolist()):
        for query in range(queries):
            for key in range(keys):
                bias[head, query, key] = -slope * abs(keys - queries + query - key)
    return bias
