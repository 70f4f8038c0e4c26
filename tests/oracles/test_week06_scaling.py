"""Week 06, scaling: held against transformers' rope initialisers, and the query and key norms of Qwen3 and OLMo 2."""

import pytest
import torch
from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.models.olmo2.modeling_olmo2 import Olmo2RMSNorm
from transformers.models.qwen3.modeling_qwen3 import Qwen3RMSNorm

CASES = 100  # for each kind


@pytest.fixture
def scaling(solution):
    return solution("week06_position_and_norm", "scaling")


def uniform(source, low, high):
    return low + (high - low) * float(torch.rand((), generator=source, dtype=torch.float64))


def config(seed):
    """Random width, factor and options, such that YaRN's ramp lies among the pairs."""
    source = torch.Generator().manual_seed(seed)
    dim = 2 * int(torch.randint(2, 80, (), generator=source))
    factor = uniform(source, 1.0, 40.0)
    options = {
        "original_length": int(torch.randint(256, 40000, (), generator=source)),
        "base": 10 ** uniform(source, 3.5, 6.5),
        "slow": uniform(source, 0.5, 3.0),
        "fast": uniform(source, 4.0, 40.0),
        "truncate": bool(torch.rand((), generator=source) < 0.5),
    }
    return dim, factor, options


def by_transformers(kind, dim, factor, o):
    """transformers' frequencies; "dynamic" with the factor 1 is "ntk" by the ratio of the two lengths."""
    rope = {"rope_theta": o["base"], "factor": factor}
    length = o["original_length"]
    if kind in ("yarn", "llama3"):
        rope["original_max_position_embeddings"] = length
    if kind == "yarn":
        rope |= {"beta_slow": o["slow"], "beta_fast": o["fast"], "truncate": o["truncate"]}
    if kind == "llama3":
        rope |= {"low_freq_factor": o["slow"], "high_freq_factor": o["fast"]}
    if kind == "ntk":
        rope["factor"] = 1.0
    name = "dynamic" if kind == "ntk" else kind
    made = LlamaConfig(
        head_dim=dim, max_position_embeddings=length, rope_parameters={"rope_type": "default", "rope_theta": o["base"]}
    )
    made.rope_parameters = {"rope_type": name} | rope
    seq_len = factor * length if kind == "ntk" else None
    return ROPE_INIT_FUNCTIONS[name](made, seq_len=seq_len)


@pytest.mark.parametrize("kind", ["linear", "ntk", "yarn", "llama3"])
def test_frequencies_are_those_of_transformers(scaling, kind):
    for seed in range(CASES):
        dim, factor, options = config(seed)

        ours, attention = scaling.scaled_frequencies(dim, kind, factor, **options)
        theirs, expected = by_transformers(kind, dim, factor, options)

        # theirs are float32 and divide numbers of either size, which leaves a relative error of about 1e-5.
        torch.testing.assert_close(ours.float(), theirs, rtol=3e-5, atol=0)
        assert attention == pytest.approx(expected)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_norm_is_that_of_qwen3_and_of_olmo2(scaling, dtype):
    for seed in range(CASES):
        source = torch.Generator().manual_seed(seed)
        batch, heads, key_heads, length, head_dim = (
            int(torch.randint(1, high, (), generator=source)) for high in (4, 7, 4, 9, 17)
        )
        query = torch.randn(batch, length, heads * head_dim, generator=source, dtype=dtype)
        key = torch.randn(batch, length, key_heads * head_dim, generator=source, dtype=dtype)

        def split(x, count, width=head_dim):
            return x.unflatten(-1, (count, width)).transpose(1, 2)

        for whole, make in ((False, Qwen3RMSNorm), (True, Olmo2RMSNorm)):
            norms = [make(count * head_dim if whole else head_dim, eps=1e-5).to(dtype) for count in (heads, key_heads)]
            for norm in norms:
                norm.weight.data.normal_(generator=source)
            ours = scaling.qk_norm(split(query, heads), split(key, key_heads), *(n.weight for n in norms), eps=1e-5)
            if whole:  # OLMo 2 normalises what the projections give, before it is cut into heads
                theirs = split(norms[0](query), heads), split(norms[1](key), key_heads)
            else:
                theirs = norms[0](split(query, heads)), norms[1](split(key, key_heads))

            # theirs compute float64 in float32
            torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)
