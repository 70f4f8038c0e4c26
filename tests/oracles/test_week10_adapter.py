"""Week 10, adapters: held against the adapter of transformers' X-MOD, and against forward hooks on whole models."""

import copy

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM, XmodConfig
from transformers.models.xmod.modeling_xmod import XmodAdapter

CASES = 200


@pytest.fixture
def adapter(solution):
    return solution("week10_finetuning", "adapter")


def adapter_pair(adapter, bottleneck, factor, source, dtype):
    """An adapter of ours and one of X-MOD's with the same weights."""
    width = bottleneck * factor
    config = XmodConfig(hidden_size=width, adapter_reduction_factor=factor, hidden_act="gelu")
    ours, theirs = adapter.Adapter(width, bottleneck).to(dtype), XmodAdapter(config).to(dtype)
    with torch.no_grad():
        for mine, other in ((ours.down, theirs.dense1), (ours.up, theirs.dense2)):
            mine.weight.copy_(torch.randn(mine.weight.shape, generator=source))
            mine.bias.copy_(torch.randn(mine.bias.shape, generator=source))
            other.load_state_dict(mine.state_dict())
    return ours, theirs


def test_adapter_is_that_of_xmod(adapter):
    for seed in range(CASES):
        source = torch.Generator().manual_seed(seed)
        dtype = (torch.float32, torch.float64)[seed % 2]
        bottleneck, factor = 1 + seed % 5, 1 + seed % 3
        ours, theirs = adapter_pair(adapter, bottleneck, factor, source, dtype)
        x = torch.randn(2, 3, bottleneck * factor, generator=source, dtype=dtype)
        torch.testing.assert_close(ours(x), x + theirs(x))


@pytest.mark.parametrize("targets", [["mlp"], ["self_attn"], ["layers.1.mlp", "self_attn"], ["o_proj", "self_attn"]])
def test_model_is_that_with_hooks(adapter, targets):
    config = LlamaConfig(
        vocab_size=31, hidden_size=12, intermediate_size=20, num_hidden_layers=2, num_attention_heads=3
    )
    model = LlamaForCausalLM(config).eval()
    hooked = copy.deepcopy(model)
    names = [
        name for name, _ in model.named_modules() if f".{name}".endswith(tuple("." + target for target in targets))
    ]
    tokens = torch.arange(14).view(2, 7)
    before = model(tokens).logits

    ours = adapter.insert_adapters(model, targets, 12, 5)
    torch.testing.assert_close(ours(tokens).logits, before)
    inserted = {name: module for name, module in ours.named_modules() if isinstance(module, adapter.Adapted)}
    assert len(inserted) == len(names)
    with torch.no_grad():
        for name, wrapper in inserted.items():
            wrapper.adapter.up.weight.normal_()

            def hook(module, inputs, answer, through=wrapper.adapter):
                return (through(answer[0]), *answer[1:]) if isinstance(answer, tuple) else through(answer)

            hooked.get_submodule(name.replace(".module", "")).register_forward_hook(hook)
    torch.testing.assert_close(ours(tokens).logits, hooked(tokens).logits)
    assert not torch.allclose(ours(tokens).logits, before, atol=1e-3)
    learns = {name for name, parameter in ours.named_parameters() if parameter.requires_grad}
    assert learns == {name for name, _ in ours.named_parameters() if ".adapter." in name}
