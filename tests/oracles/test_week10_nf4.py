"""Week 10, NF4: no library for it is installed here, so the levels are made anew and the codes are searched for.

The levels come from scipy's quantiles of the normal distribution; the codes from a search through all levels in exact
fractions, and the bytes from text.
"""

import random
from fractions import Fraction

import numpy as np
import pytest
import torch
from scipy.stats import norm

CASES = 200
CHUNK = 20


@pytest.fixture
def nf4(solution):
    return solution("week10_finetuning", "nf4")


def test_levels_are_quantiles_of_the_normal_distribution(nf4):
    """Eight quantiles above the middle, seven below it, zero, and the outermost probability of the paper's code."""
    outermost = (1 - 1 / 32 + 1 - 1 / 30) / 2
    above = norm.ppf(np.linspace(0.5, outermost, 9))[1:]
    below = -norm.ppf(np.linspace(0.5, outermost, 8))[1:]
    made = np.array(sorted([*below, 0.0, *above])) / above[-1]
    np.testing.assert_allclose(nf4.NF4_LEVELS, made, rtol=0, atol=3e-7)
    assert all(torch.tensor(level).item() == level for level in nf4.NF4_LEVELS)  # all of them are float32 numbers


def searched(numbers, block, levels):
    """Codes and absmax by comparing exact fractions; the lower of two equally near levels."""
    exact = [Fraction(level) for level in levels]
    codes, largest = [], []
    for start in range(0, len(numbers), block):
        part = [Fraction(number) for number in numbers[start : start + block]]
        top = max(map(abs, part))
        largest.append(float(top))
        for number in part:
            distances = [abs(number - level * top) for level in exact] if top else [1] * 7 + [0] + [1] * 8
            codes.append(min(range(16), key=distances.__getitem__))
    return codes, largest


@pytest.mark.parametrize("chunk", range(CASES // CHUNK))
def test_codes_are_those_of_a_search(nf4, chunk):
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        choice = random.Random(seed)
        shape = [choice.randint(1, 5) for _ in range(choice.randint(1, 3))]
        block = choice.choice([1, 2, 3, 4, 7, 64])
        source = torch.Generator().manual_seed(seed)
        weight = torch.randn(shape, generator=source, dtype=torch.float64) * choice.choice([1e-20, 0.02, 1.0, 1e20])
        if seed % 5 == 0:
            weight[0] = 0
        if seed % 4 == 0:
            weight = weight.transpose(0, -1)
        codes, largest = searched(weight.flatten().tolist(), block, nf4.NF4_LEVELS)
        packed, absmax = nf4.quantise_nf4(weight, block)
        text = "".join(f"{code:x}" for code in codes) + "7" * (len(codes) % 2)
        assert bytes(packed.tolist()) == bytes.fromhex(text)
        assert absmax.tolist() == largest
        back = nf4.dequantise_nf4(packed, absmax, weight.shape, block, torch.float64).flatten().tolist()
        assert back == [nf4.NF4_LEVELS[code] * largest[i // block] for i, code in enumerate(codes)]


@pytest.mark.parametrize("seed", range(20))
def test_forward_is_that_of_plain_layers(nf4, seed):
    """A plain linear layer with the weight that came back, and autograd through it."""
    source = torch.Generator().manual_seed(seed)
    d_in, d_out, rank = 2 + seed % 7, 3 + seed % 5, 1 + seed % 4
    draw = lambda *shape: torch.randn(shape, generator=source, dtype=torch.float64).requires_grad_()  # noqa: E731
    x, a, b, bias, weight = draw(4, d_in), draw(rank, d_in), draw(d_out, rank), draw(d_out), draw(d_out, d_in)
    packed, absmax = nf4.quantise_nf4(weight, 8)
    kept = nf4.dequantise_nf4(packed, absmax, weight.shape, 8, torch.float64)
    ours = nf4.qlora_forward(x, packed, absmax, a, b, 0.7, bias, 8, torch.float64)
    right = torch.nn.functional.linear(x, kept + 0.7 * b @ a, bias)
    torch.testing.assert_close(ours, right, rtol=1e-10, atol=1e-11)
    found, expected = (torch.autograd.grad(y.square().sum(), [x, a, b, bias]) for y in (ours, right))
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-10)
