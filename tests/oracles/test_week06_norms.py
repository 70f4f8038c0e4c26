"""Week 06, norms: held against torch.nn, values, gradients and running statistics."""

import pytest
import torch
from torch import nn

CASES = 200
CHUNK = 20


@pytest.fixture
def norms(solution):
    return solution("week06_position_and_norm", "norms")


def draw(source, *shape, dtype):
    return torch.randn(*shape, generator=source, dtype=torch.float64).to(dtype)


def pair(ours, theirs, source, dtype):
    """Both layers, with the same random parameters; the state dict fits, so the names are torch's."""
    ours, theirs = ours.to(dtype), theirs.to(dtype)
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.copy_(1 + draw(source, *parameter.shape, dtype=dtype))
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


def agree(ours, theirs, x, dtype):
    tolerance = {"rtol": 1e-10, "atol": 1e-10} if dtype == torch.float64 else {"rtol": 1e-4, "atol": 1e-4}
    answers = []
    for layer in (ours, theirs):
        own = x.clone().requires_grad_()
        y = layer(own)
        weights = torch.linspace(-1, 1, y.numel(), dtype=dtype).view(y.shape)
        answers.append((y, *torch.autograd.grad((y * weights).sum(), [own, *layer.parameters()])))
    torch.testing.assert_close(answers[0], answers[1], **tolerance)


@pytest.mark.parametrize("chunk", range(CASES // CHUNK))
@pytest.mark.parametrize("name", ["LayerNorm", "RMSNorm"])
def test_token_norms_are_those_of_torch(norms, name, chunk):
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        source = torch.Generator().manual_seed(seed)
        dtype = (torch.float32, torch.float64)[seed % 2]
        dim, eps = 2 + seed % 31, 10.0 ** -(1 + seed % 8)
        layers = getattr(norms, name)(dim, eps), getattr(nn, name)(dim, eps)
        x = draw(source, 1 + seed % 3, 1 + seed % 5, dim, dtype=dtype) * 10.0 ** (seed % 5 - 2)
        agree(*pair(*layers, source, dtype), x, dtype)


@pytest.mark.parametrize("name", ["LayerNorm", "RMSNorm"])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_that_of_torch(norms, name, dtype):
    source = torch.Generator().manual_seed(6)
    for dim in range(2, 52):
        ours, theirs = pair(getattr(norms, name)(dim), getattr(nn, name)(dim, 1e-6), source, dtype)
        x = draw(source, 3, dim, dtype=dtype) * 300
        # One rounding at the end on either side, of numbers of size 10: an ulp of float16 is 0.008, of bfloat16 0.06.
        torch.testing.assert_close(ours(x), theirs(x), rtol=2e-2, atol=2e-2)


@pytest.mark.parametrize("chunk", range(CASES // CHUNK))
def test_batch_norm_is_that_of_torch(norms, chunk):
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        source = torch.Generator().manual_seed(seed)
        dtype = (torch.float32, torch.float64)[seed % 2]
        features, eps, momentum = 1 + seed % 13, 10.0 ** -(1 + seed % 6), (0.05, 0.1, 0.5, 1.0)[seed % 4]
        layers = norms.BatchNorm1d(features, eps, momentum), nn.BatchNorm1d(features, eps, momentum)
        ours, theirs = pair(*layers, source, dtype)
        shape = (2 + seed % 5, features, 1 + seed % 7)[: 2 + seed // 2 % 2]
        for _ in range(3):
            agree(ours, theirs, 3 + draw(source, *shape, dtype=dtype), dtype)
        torch.testing.assert_close(ours.state_dict(), theirs.state_dict())
        agree(ours.eval(), theirs.eval(), draw(source, *shape, dtype=dtype), dtype)
        torch.testing.assert_close(ours.state_dict(), theirs.state_dict())


def test_influence_is_the_difference_of_two_runs(norms):
    for seed in range(CASES):
        source = torch.Generator().manual_seed(seed)
        batch, length, dim = 2 + seed % 3, 1 + seed % 5, 2 + seed % 7
        x, token = draw(source, batch, length, dim, dtype=torch.float64), draw(source, dim, dtype=torch.float64)
        row, position = seed % batch, seed % length
        mixing = draw(source, batch * length, batch * length, dtype=torch.float64)

        def mix(x, mixing=mixing):
            return (mixing @ x.flatten(0, 1)).view(x.shape)

        # A linear mixture moves by its own entry times the change of the token.
        moved = (token - x[row, position]).abs().max()
        expected = (mixing[:, row * length + position].abs() * moved).view(batch, length)
        torch.testing.assert_close(norms.influence(mix, x, row, position, token), expected)
