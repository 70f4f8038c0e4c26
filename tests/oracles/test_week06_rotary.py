"""Week 06, rotary: held against transformers' LLaMA, complex multiplication, and the relative-position property."""

import pytest
import torch
from transformers import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding, apply_rotary_pos_emb

CASES = 200
CHUNK = 20  # cases a test item


@pytest.fixture
def rotary(solution):
    return solution("week06_position_and_norm", "rotary")


def case(seed, dtype):
    """Random sizes, base, positions (a slice of a long text, one for each sequence) and vectors."""
    source = torch.Generator().manual_seed(seed)
    batch, heads, length, pairs = (int(torch.randint(1, high, (), generator=source)) for high in (4, 4, 14, 17))
    base = float(10 ** (2 + 4 * torch.rand((), generator=source)))
    start = torch.randint(0, 1000, (batch, 1), generator=source)
    positions = start + torch.randperm(length, generator=source)
    x = torch.randn(batch, heads, length, 2 * pairs, generator=source, dtype=dtype)
    return x, positions, base, source


def llama_tables(dim, base):
    """What makes transformers' cos and sin; they are float32 whatever the dtype of the vectors."""
    config = LlamaConfig(head_dim=dim, rope_parameters={"rope_type": "default", "rope_theta": base})
    return LlamaRotaryEmbedding(config)


def by_llama(tables, query, key, positions):
    """transformers' rotation, which turns queries and keys in one call."""
    return apply_rotary_pos_emb(query, key, *tables(query, positions))


def by_complex_numbers(x, positions, base):
    """The interleaved rotation as one multiplication by exp(i angle), in float64."""
    pairs = x.shape[-1] // 2
    frequencies = torch.exp(-torch.arange(pairs, dtype=torch.float64) * torch.log(torch.tensor(base).double()) / pairs)
    angles = positions.double()[:, None, :, None] * frequencies
    points = torch.view_as_complex(x.unflatten(-1, (pairs, 2)).contiguous())
    return torch.view_as_real(points * torch.polar(torch.ones_like(angles), angles)).flatten(-2)


@pytest.mark.parametrize("chunk", range(CASES // CHUNK))
def test_half_pairing_is_that_of_llama(rotary, chunk):
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        x, positions, base, _ = case(seed, torch.float32)
        x.requires_grad_()
        weights = torch.linspace(-1, 1, x.numel()).view(x.shape)
        ours = rotary.apply_rotary(x, positions[:, None], base)
        theirs, _ = by_llama(llama_tables(x.shape[-1], base), x, x, positions)

        # Both hold angles up to 1000 in float32, which leaves an error of 3e-5 to 1e-4 in the angle.
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-3)
        torch.testing.assert_close(
            torch.autograd.grad((ours * weights).sum(), x), torch.autograd.grad((theirs * weights).sum(), x),
            rtol=0, atol=1e-3,
        )  # fmt: skip


@pytest.mark.parametrize("chunk", range(CASES // CHUNK))
def test_interleaved_pairing_is_complex_multiplication(rotary, chunk):
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        x, positions, base, _ = case(seed, torch.float64)
        x.requires_grad_()
        weights = torch.linspace(-1, 1, x.numel(), dtype=torch.float64).view(x.shape)
        ours = rotary.apply_rotary(x, positions[:, None], base, "interleaved")
        theirs = by_complex_numbers(x, positions, base)

        torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)
        torch.testing.assert_close(
            torch.autograd.grad((ours * weights).sum(), x), torch.autograd.grad((theirs * weights).sum(), x),
            rtol=1e-10, atol=1e-10,
        )  # fmt: skip


@pytest.mark.parametrize("pairing", ["half", "interleaved"])
def test_scores_depend_on_the_distance_alone(rotary, pairing):
    for seed in range(CASES // 2):
        query, positions, base, source = case(seed, torch.float64)
        key = torch.randn(query.shape, generator=source, dtype=torch.float64)
        shift = int(torch.randint(-5000, 5000, (), generator=source))

        def scores(by, positions=positions, query=query, key=key, base=base):
            there = positions[:, None] + by
            turned = [rotary.apply_rotary(x, there, base, pairing) for x in (query, key)]
            return turned[0] @ turned[1].mT

        torch.testing.assert_close(scores(0), scores(shift), rtol=1e-9, atol=1e-9)


def test_conversion_keeps_every_score(rotary):
    for seed in range(CASES):
        source = torch.Generator().manual_seed(seed)
        heads, pairs, width, length = (int(torch.randint(1, high, (), generator=source)) for high in (5, 9, 9, 9))
        x = torch.randn(length, width, generator=source, dtype=torch.float64)
        weights = torch.randn(2, heads * 2 * pairs, width, generator=source, dtype=torch.float64)

        def scores(weights, pairing, x=x, heads=heads):
            projected = [(x @ w.mT).unflatten(-1, (heads, -1)).transpose(0, 1) for w in weights]
            query, key = (rotary.apply_rotary(p, torch.arange(len(x)), pairing=pairing) for p in projected)
            return query @ key.mT

        converted = [rotary.interleaved_to_half(w, heads) for w in weights]
        torch.testing.assert_close(scores(weights, "interleaved"), scores(converted, "half"), rtol=1e-10, atol=1e-10)
