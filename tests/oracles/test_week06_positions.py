"""Week 06, positions: held against transformers' T5 and BLOOM, exact integer arithmetic, and the math module."""

import math
import random

import torch
from transformers.models.bloom.modeling_bloom import build_alibi_tensor
from transformers.models.t5.modeling_t5 import T5Attention

CASES = 200


def positions(solution):
    return solution("week06_position_and_norm", "positions")


def sinusoid(position, column, dim):
    """One entry of the table."""
    angle = position / 10000 ** (2 * (column // 2) / dim)
    return math.cos(angle) if column % 2 else math.sin(angle)


def test_sinusoids_are_those_of_the_math_module(solution):
    sinusoidal_positions = positions(solution).sinusoidal_positions
    draw = random.Random(6)
    for _ in range(CASES):
        length, dim = draw.randrange(1, 3000), 2 * draw.randrange(1, 40)
        table = sinusoidal_positions(length, dim)
        assert table.shape == (length, dim)
        for position, column in ((draw.randrange(length), draw.randrange(dim)) for _ in range(20)):
            assert abs(table[position, column].item() - sinusoid(position, column, dim)) < 1e-6


def exact_bucket(relative, bidirectional, buckets, max_distance):
    """T5's rule in whole numbers: floor(log(n/E) / log(M/E) * L) is the last k with (n/E)^L >= (M/E)^k."""
    start, distance = 0, max(-relative, 0)
    if bidirectional:
        buckets //= 2
        start, distance = (buckets if relative > 0 else 0), abs(relative)
    exact = buckets // 2
    if distance < exact:
        return start + distance
    wide, step = buckets - exact, 0
    while step < wide - 1 and distance**wide * exact ** (step + 1) >= max_distance ** (step + 1) * exact**wide:
        step += 1
    return start + exact + step


def on_an_edge(distance, bidirectional, buckets, max_distance):
    """True where the exact logarithm is a whole number, so that float32 may fall on either side."""
    buckets = buckets // 2 if bidirectional else buckets
    exact, wide = buckets // 2, buckets - buckets // 2
    return any(distance**wide * exact**step == max_distance**step * exact**wide for step in range(wide + 1))


def test_buckets_are_those_of_t5(solution):
    relative_position_bucket = positions(solution).relative_position_bucket
    draw = random.Random(6)
    for case in range(CASES):
        bidirectional = bool(case % 2)
        buckets = 32 if case < 2 else draw.randrange(8, 80)
        max_distance = 128 if case < 2 else draw.randrange(buckets + 1, 500)
        relative = torch.arange(-600, 601)
        ours = relative_position_bucket(relative, bidirectional, buckets, max_distance)
        theirs = T5Attention._relative_position_bucket(relative, bidirectional, buckets, max_distance)

        assert ours.dtype == torch.int64
        for place in (ours != theirs).nonzero().flatten().tolist():
            assert case >= 2, "with T5's own numbers there is no difference at all"
            assert on_an_edge(abs(place - 600), bidirectional, buckets, max_distance)
        for place in draw.sample(range(1201), 30):
            assert ours[place] == exact_bucket(place - 600, bidirectional, buckets, max_distance)


def by_bloom(heads, keys):
    return build_alibi_tensor(torch.ones(1, keys), heads, torch.float32)


def once_masked(bias, queries, keys):
    """BLOOM adds slope * position of the key: another constant a row, which softmax does not see."""
    hidden = torch.ones(queries, keys, dtype=torch.bool).triu(keys - queries + 1)
    return bias.masked_fill(hidden, -math.inf).softmax(-1)


def test_alibi_is_that_of_bloom_once_the_mask_is_on(solution):
    alibi_bias = positions(solution).alibi_bias
    for case in range(CASES):
        heads, keys = 1 + case % 40, 1 + case % 23
        queries = 1 + case % keys
        ours, theirs = (
            once_masked(bias, queries, keys) for bias in (alibi_bias(heads, queries, keys), by_bloom(heads, keys))
        )
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)
