"""Week 10, DoRA: held against peft's use_dora=True, values, gradients and the merged weight."""

import copy

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch import nn

CASES = 200
CHUNK = 20
TOLERANCE = {torch.float64: {"rtol": 1e-9, "atol": 1e-10}, torch.float32: {"rtol": 1e-4, "atol": 1e-5}}


@pytest.fixture
def dora(solution):
    return solution("week10_finetuning", "dora")


def draw(source, *shape, dtype):
    return torch.randn(*shape, generator=source, dtype=torch.float64).to(dtype)


def layer_pair(dora, seed):
    """One layer of ours and one of peft's with the same weights."""
    source = torch.Generator().manual_seed(seed)
    dtype = (torch.float32, torch.float64)[seed % 2]
    d_in, d_out, rank = 1 + seed % 7, 1 + seed % 11, 1 + seed % 5
    alpha, bias = 0.5 + seed % 13, bool(seed // 2 % 2)
    base = nn.Linear(d_in, d_out, bias=bias, dtype=dtype)
    with torch.no_grad():
        for parameter in base.parameters():
            parameter.copy_(draw(source, *parameter.shape, dtype=dtype))
    config = LoraConfig(r=rank, lora_alpha=alpha, target_modules=["0"], use_dora=True)
    theirs = get_peft_model(nn.Sequential(copy.deepcopy(base)), config).base_model.model[0]
    ours = dora.DoRALinear(base, rank, alpha)
    return ours, theirs, source


def parts(theirs):
    return [(theirs.lora_A["default"], theirs.lora_B["default"]), theirs.lora_magnitude_vector["default"].weight]


def answer_and_gradients(layer, x, *parameters):
    own = x.clone().requires_grad_()
    y = layer(own)
    weights = torch.linspace(-1, 2, y.numel(), dtype=y.dtype).view(y.shape)
    return (y, *torch.autograd.grad((y * weights).sum(), [own, *parameters]))


@pytest.mark.parametrize("chunk", range(CASES // CHUNK))
def test_layer_is_that_of_peft(dora, chunk):
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        ours, theirs, source = layer_pair(dora, seed)
        dtype = ours.base.weight.dtype
        (theirs_a, theirs_b), theirs_magnitude = parts(theirs)
        torch.testing.assert_close(ours.magnitude, theirs_magnitude, **TOLERANCE[dtype])
        x = draw(source, 2, 3, ours.base.in_features, dtype=dtype)
        with torch.no_grad():
            pairs = (ours.lora_A, theirs_a.weight), (ours.lora_B, theirs_b.weight), (ours.magnitude, theirs_magnitude)
            for mine, other in pairs:
                mine.copy_(draw(source, *mine.shape, dtype=dtype))
                other.copy_(mine)
        mine, other = zip(*pairs, strict=True)
        right = answer_and_gradients(theirs, x, *other)
        torch.testing.assert_close(answer_and_gradients(ours, x, *mine), right, **TOLERANCE[dtype])
        before = ours.base.weight.clone()
        ours.merge()
        theirs.merge()
        torch.testing.assert_close(ours.base.weight, theirs.get_base_layer().weight, **TOLERANCE[dtype])
        torch.testing.assert_close(ours(x), right[0], **TOLERANCE[dtype])
        ours.unmerge()
        assert torch.equal(ours.base.weight, before)


def test_zero_rows_give_no_nan(dora):
    base = nn.Linear(5, 3)
    base.weight.data[1] = 0
    layer = dora.DoRALinear(base, 2, 4)
    layer.magnitude.data.fill_(2)
    layer(torch.ones(1, 5)).sum().backward()
    assert all(parameter.grad.isfinite().all() for parameter in (layer.lora_A, layer.lora_B, layer.magnitude))
    torch.testing.assert_close(layer(torch.ones(1, 5))[0, 1], base.bias[1])
