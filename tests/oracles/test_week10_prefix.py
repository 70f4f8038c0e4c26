"""Week 10, prefix tuning: held against peft's encoder and model, and torch's attention."""

import copy

import pytest
import torch
from peft import PrefixTuningConfig, get_peft_model
from peft.tuners.prefix_tuning import PrefixEncoder
from torch.nn import functional as F
from transformers import DynamicCache, LlamaConfig, LlamaForCausalLM

CASES = 200


@pytest.fixture
def prefix(solution):
    return solution("week10_finetuning", "prefix")


def encoder_pair(prefix, length, layers, heads, head_dim, hidden):
    """An encoder of ours and one of peft's with the same weights."""
    config = PrefixTuningConfig(
        num_virtual_tokens=length,
        token_dim=heads * head_dim,
        num_layers=layers,
        num_attention_heads=heads,
        encoder_hidden_size=hidden or 1,
        prefix_projection=hidden is not None,
        num_transformer_submodules=1,
    )
    ours, theirs = prefix.PrefixEncoder(length, layers, heads, head_dim, hidden), PrefixEncoder(config)
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


def by_peft(theirs, batch, length, layers, heads, head_dim):
    """peft's prefix in our order of axes, as peft's own model puts it in order."""
    flat = theirs(torch.arange(length).expand(batch, -1))
    split = flat.view(batch, length, layers * 2, heads, head_dim).permute(2, 0, 3, 1, 4).split(2)
    return torch.stack(split)


def attention_by_torch(query, key, value, made, mask):
    """The prefix as further keys and values, which no mask hides."""
    visible = None if mask is None else F.pad(mask, (made.shape[-2], 0), value=True)
    return F.scaled_dot_product_attention(query, torch.cat([made[0], key], 2), torch.cat([made[1], value], 2), visible)


def test_encoder_is_that_of_peft(prefix):
    for seed in range(CASES):
        length, layers, heads, head_dim = 1 + seed % 3, 1 + seed % 4, 1 + seed % 5, 1 + seed % 7
        hidden = (None, 1 + seed % 6)[seed % 2]
        batch, shape = 1 + seed % 3, (length, layers, heads, head_dim)
        ours, theirs = encoder_pair(prefix, *shape, hidden)
        expected = by_peft(theirs, batch, *shape)
        torch.testing.assert_close(ours(batch), expected)
        torch.testing.assert_close(prefix.drop_transform(ours)(batch), expected)


def test_attention_is_that_of_torch(prefix):
    for seed in range(CASES):
        source = torch.Generator().manual_seed(seed)
        batch, heads, queries, keys, length, dim = (
            1 + seed % 2,
            1 + seed % 3,
            1 + seed % 5,
            1 + seed % 7,
            1 + seed % 4,
            1 + seed % 6,
        )

        def draw(*shape, source=source):
            return torch.randn(*shape, generator=source, dtype=torch.float64, requires_grad=True)

        query, key, value = (
            draw(batch, heads, queries, dim),
            draw(batch, heads, keys, dim),
            draw(batch, heads, keys, dim),
        )
        made = draw(2, batch, heads, length, dim)
        mask = torch.rand(batch, 1, queries, keys, generator=source) < 0.6 if seed % 3 else None
        answers = (
            prefix.prefix_attention(query, key, value, made, mask),
            attention_by_torch(query, key, value, made, mask),
        )
        weights = torch.linspace(-1, 2, answers[0].numel(), dtype=torch.float64).view(answers[0].shape)
        leaves = [query, key, value, made]
        both = [(answer, *torch.autograd.grad((answer * weights).sum(), leaves)) for answer in answers]
        torch.testing.assert_close(both[0], both[1], rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("hidden", [None, 5])
def test_prefix_steers_a_model_as_with_peft(prefix, hidden):
    config = LlamaConfig(
        vocab_size=31, hidden_size=12, intermediate_size=20, num_hidden_layers=2, num_attention_heads=3
    )
    model = LlamaForCausalLM(config).eval()
    tokens = torch.arange(14).view(2, 7)
    settings = PrefixTuningConfig(
        task_type="CAUSAL_LM", num_virtual_tokens=4, prefix_projection=hidden is not None, encoder_hidden_size=hidden
    )
    theirs = get_peft_model(copy.deepcopy(model), settings).eval()
    ours = prefix.PrefixEncoder(4, 2, 3, 4, hidden)
    ours.load_state_dict(theirs.prompt_encoder["default"].state_dict())

    cache = DynamicCache([(layer[0], layer[1]) for layer in ours(2)])
    logits = model(tokens, past_key_values=cache, attention_mask=torch.ones(2, 4 + 7)).logits
    torch.testing.assert_close(logits, theirs(tokens, attention_mask=torch.ones(2, 7)).logits)
    assert not torch.allclose(logits, model(tokens).logits, atol=1e-3)
