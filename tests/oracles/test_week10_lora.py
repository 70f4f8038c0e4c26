"""Week 10, LoRA: held against peft, layer by layer and on a tiny transformers model, merge_and_unload included."""

import copy

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM

CASES = 200
CHUNK = 20
TOLERANCE = {torch.float64: {"rtol": 1e-10, "atol": 1e-11}, torch.float32: {"rtol": 2e-5, "atol": 2e-6}}


@pytest.fixture
def lora(solution):
    return solution("week10_finetuning", "lora")


def draw(source, *shape, dtype):
    return torch.randn(*shape, generator=source, dtype=torch.float64).to(dtype)


def layer_pair(lora, seed, times=1):
    """One layer of ours and one of peft's with the same weights, and an input; `times` as wide."""
    source = torch.Generator().manual_seed(seed)
    dtype = (torch.float32, torch.float64)[seed % 2]
    d_in, d_out, rank = times * (1 + seed % 7), times * (1 + seed % 11), 1 + seed % 5
    alpha, bias = 0.5 + seed % 13, bool(seed // 2 % 2)
    base = nn.Linear(d_in, d_out, bias=bias, dtype=dtype)
    with torch.no_grad():
        for parameter in base.parameters():
            parameter.copy_(draw(source, *parameter.shape, dtype=dtype))
    config = LoraConfig(r=rank, lora_alpha=alpha, target_modules=["0"])
    theirs = get_peft_model(nn.Sequential(copy.deepcopy(base)), config).base_model.model[0]
    ours = lora.LoRALinear(base, rank, alpha)
    with torch.no_grad():
        for mine, other in ((ours.lora_A, theirs.lora_A), (ours.lora_B, theirs.lora_B)):
            mine.copy_(draw(source, *mine.shape, dtype=dtype))
            other["default"].weight.copy_(mine)
    return ours, theirs, draw(source, 2, 3, d_in, dtype=dtype), dtype


def answer_and_gradients(layer, x, *parameters):
    own = x.clone().requires_grad_()
    y = layer(own)
    weights = torch.linspace(-1, 2, y.numel(), dtype=y.dtype).view(y.shape)
    return (y, *torch.autograd.grad((y * weights).sum(), [own, *parameters]))


@pytest.mark.parametrize("chunk", range(CASES // CHUNK))
def test_layer_is_that_of_peft(lora, chunk):
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        ours, theirs, x, dtype = layer_pair(lora, seed)
        assert ours.scaling == theirs.scaling["default"]
        torch.testing.assert_close(
            answer_and_gradients(ours, x, ours.lora_A, ours.lora_B),
            answer_and_gradients(theirs, x, theirs.lora_A["default"].weight, theirs.lora_B["default"].weight),
            **TOLERANCE[dtype],
        )
        before = ours.base.weight.clone()
        ours.merge()
        theirs.merge()
        torch.testing.assert_close(ours.base.weight, theirs.get_base_layer().weight, **TOLERANCE[dtype])
        torch.testing.assert_close(ours(x), theirs(x), **TOLERANCE[dtype])
        ours.unmerge()
        assert torch.equal(ours.base.weight, before)


def test_initial_values_have_the_spread_of_peft(lora):
    base = nn.Linear(100, 50)
    theirs = get_peft_model(nn.Sequential(copy.deepcopy(base)), LoraConfig(r=40, target_modules=["0"]))
    theirs = theirs.base_model.model[0].lora_A["default"].weight
    ours = lora.LoRALinear(base, 40, 8).lora_A
    assert ours.abs().max() <= 0.1 and theirs.abs().max() <= 0.1
    # 4,000 uniform values: the relative standard error of the spread is 0.7 %; 10 % is 14 of them.
    assert ours.std().item() == pytest.approx(theirs.std().item(), rel=0.1)


def tiny_llama():
    config = LlamaConfig(
        vocab_size=31,
        hidden_size=12,
        intermediate_size=20,
        num_hidden_layers=2,
        num_attention_heads=3,
        num_key_value_heads=1,
        max_position_embeddings=32,
    )
    return LlamaForCausalLM(config).double().eval()


TARGETS = [
    ["q_proj"],
    ["q_proj", "v_proj"],
    ["self_attn.k_proj", "down_proj"],
    ["layers.1.self_attn.o_proj"],
    ["lm_head", "up_proj"],
    ["model.layers.0.mlp.gate_proj"],
]


def peft_model(model, targets):
    config = LoraConfig(r=3, lora_alpha=7, target_modules=targets)
    return get_peft_model(copy.deepcopy(model), config, autocast_adapter_dtype=False).eval()


def same_values(lora, ours, theirs, source):
    """Give the adapters of both models the same random values."""
    with torch.no_grad():
        for name, module in ours.named_modules():
            if isinstance(module, lora.LoRALinear):
                other = theirs.base_model.model.get_submodule(name)
                for mine, his in ((module.lora_A, other.lora_A), (module.lora_B, other.lora_B)):
                    mine.copy_(draw(source, *mine.shape, dtype=mine.dtype))
                    his["default"].weight.copy_(mine)


@pytest.mark.parametrize("targets", TARGETS, ids=" ".join)
def test_model_is_that_of_peft(lora, targets):
    source = torch.Generator().manual_seed(len(" ".join(targets)))
    model = tiny_llama()
    tokens = torch.randint(0, 31, (2, 7), generator=source)
    theirs = peft_model(model, targets)
    before = model(tokens).logits

    ours = lora.inject_lora(model, targets, 3, 7)
    assert ours is model
    assert torch.equal(ours(tokens).logits, before)
    assert lora.trainable_parameters(ours) == theirs.get_nb_trainable_parameters()

    same_values(lora, ours, theirs, source)
    logits = ours(tokens).logits
    assert not torch.allclose(logits, before)
    torch.testing.assert_close(logits, theirs(tokens).logits, rtol=1e-9, atol=1e-10)

    merged, unloaded = lora.merge_lora(ours), theirs.merge_and_unload()
    assert {name: type(module) for name, module in merged.named_modules()} == {
        name: type(module) for name, module in unloaded.named_modules()
    }
    torch.testing.assert_close(merged.state_dict(), unloaded.state_dict(), rtol=1e-9, atol=1e-11)
    torch.testing.assert_close(merged(tokens).logits, logits, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("seed", range(10))
def test_merge_rounds_once(lora, seed):
    source = torch.Generator().manual_seed(seed)
    base = nn.Linear(17, 13, dtype=torch.bfloat16)
    layer = lora.LoRALinear(base, 5, 3)
    with torch.no_grad():
        layer.lora_B.copy_(draw(source, 13, 5, dtype=torch.bfloat16) * 0.01)
    exact = base.weight.double() + 0.6 * layer.lora_B.double() @ layer.lora_A.double()
    layer.merge()
    # Half a step of bfloat16 is at most 2^-8 of the value; a little more for ties that float32 decides otherwise.
    torch.testing.assert_close(base.weight.double(), exact.detach(), rtol=2**-8 * 1.001, atol=1e-9)
