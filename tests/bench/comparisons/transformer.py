"""Weeks 05 to 09 beside torch and transformers."""

import json
import random
from collections.abc import Iterator
from functools import cache, partial

import torch
from safetensors.torch import load_file
from torch import nn
from transformers import AutoModelForCausalLM, get_cosine_schedule_with_warmup
from transformers.loss.loss_utils import ForCausalLMLoss
from transformers.models.t5.modeling_t5 import T5Attention

from grader.course.weeks import default_root
from tests.bench.comparisons import FEW, Comparison, Load, same
from tests.oracles import test_week05_attention as attention
from tests.oracles import test_week06_norms as norms
from tests.oracles import test_week06_positions as positions
from tests.oracles import test_week06_rotary as rotary
from tests.oracles import test_week06_scaling as scaling
from tests.oracles import test_week07_transformer as transformer
from tests.oracles import test_week09_sampling as sampling


def week05(load: Load, seed: int) -> Iterator[Comparison]:
    source, draw = torch.Generator().manual_seed(seed), attention.draw
    queries, keys = (attention.size(source, 64) for _ in range(2))
    x = [*(draw(source, 2, 2, n, 32) for n in (queries, keys, keys)), attention.some_mask(source, queries, keys)]
    ours, theirs = load("attention").scaled_dot_product_attention, nn.functional.scaled_dot_product_attention
    yield "attention.scaled_dot_product_attention", "torch", lambda: ours(*x)[0], partial(theirs, *x)
    group, mask = (1, 2, 4)[seed % 3], torch.rand(2, 32, 48, generator=source) < 0.6
    mask[..., 0] = True  # torch's layer gives NaN where a query sees nothing
    y = [*(draw(source, 2, length, 64) for length in (32, 48, 48)), mask]
    layer = load("multi_head").MultiHeadAttention(64, 4, 4 // group).double()
    torch_layer = partial(attention.call_torch_layer, attention.torch_layer(layer, 4, group, bias=True), *y)
    yield "multi_head.MultiHeadAttention", "torch.nn", partial(layer, *y), torch_layer
    z, causal = [draw(source, 1, 2, 128, 32) for _ in range(3)], bool(seed % 2)
    z_mask = torch.ones(128, 128, dtype=torch.bool).tril() if causal else None
    calls = partial(load("blockwise").blockwise_attention, *z, 32, causal), partial(theirs, *z, z_mask)
    yield "blockwise.blockwise_attention", "torch", *calls
    rest = 64, 300, 128, 4
    yield same(load, "windows.sliding_window_mask", "transformers", _by_overlay, *rest)
    if seed < FEW:
        layer, other, d_model, angles = attention.deepseek(load("latent"), source, "v3")
        text = draw(source, 2, 8, d_model)
        places, mask = torch.arange(8).expand(2, -1), torch.full((8, 8), -torch.inf, dtype=text.dtype).triu(1)
        call = partial(other, text, angles(text, places), mask.expand(2, 1, -1, -1))
        yield "latent.LatentAttention", "DeepSeek-V3", lambda: layer(text)[0], lambda: call()[0]


def _by_overlay(queries: int, keys: int, window: int, sinks: int) -> torch.Tensor:
    from transformers import masking_utils as masks

    first = lambda b, h, q, k: k < sinks  # noqa: E731
    near = masks.or_masks(masks.sliding_window_overlay(window), first)
    rows = torch.arange(keys - queries, keys).unsqueeze(-1)
    return masks.and_masks(near, masks.causal_mask_function)(0, 0, rows, torch.arange(keys).unsqueeze(0))


def week06(load: Load, seed: int) -> Iterator[Comparison]:
    source, base = torch.Generator().manual_seed(seed), 10.0 ** (3 + seed % 4)
    turn, tables = load("rotary").apply_rotary, rotary.llama_tables(32, base)
    x, y = torch.randn(2, 2, 2, 64, 32, generator=source)
    at = torch.randint(0, 1000, (2, 64), generator=source)
    calls = (lambda: [turn(z, at[:, None], base) for z in (x, y)]), partial(rotary.by_llama, tables, x, y, at)
    yield "rotary.apply_rotary, half, float32", "LLaMA", *calls
    call, theirs = partial(turn, x.double(), at[:, None], base, "interleaved"), rotary.by_complex_numbers
    yield "rotary.apply_rotary, interleaved", "complex numbers", call, partial(theirs, x.double(), at, base)
    # With T5's own numbers; with others a bucket may begin where float32 can decide either way.
    rest = torch.randint(-600, 600, (64, 64), generator=source), bool(seed % 2), 32, 128
    yield same(load, "positions.relative_position_bucket", "T5", T5Attention._relative_position_bucket, *rest)
    heads, length = 1 + seed % 40, 1 + seed % 64
    calls = partial(load("positions").alibi_bias, heads, length, length), partial(positions.by_bloom, heads, length)
    yield "positions.alibi_bias, float32", "BLOOM", *calls, partial(positions.once_masked, queries=length, keys=length)
    w = 3 + torch.randn(8, 32, 32, generator=source, dtype=torch.float64)  # batch norm's features: the middle axis
    for name in ("LayerNorm", "RMSNorm", "BatchNorm1d"):
        pair = getattr(load("norms"), name)(32, 1e-5), getattr(nn, name)(32, 1e-5)
        yield f"norms.{name}", "torch.nn", *(partial(layer, w) for layer in norms.pair(*pair, source, w.dtype))
    kind = ("linear", "ntk", "yarn", "llama3")[seed % 4]
    dim, factor, options = scaling.config(seed)
    ours = partial(load("scaling").scaled_frequencies, dim, kind, factor, **options)
    yield (
        "scaling.scaled_frequencies",
        "transformers",
        ours,
        partial(scaling.by_transformers, kind, dim, factor, options),
    )


def week07(load: Load, seed: int) -> Iterator[Comparison]:
    source = torch.Generator().manual_seed(seed)
    x = torch.randn(4, 32, 64, generator=source, dtype=torch.float64)
    layer = transformer.shake(load("feed_forward").FeedForward(64, 256, "gelu").double(), source)
    theirs = nn.Sequential(layer.W_in, nn.GELU(), layer.W_out)
    yield "feed_forward.FeedForward", "torch.nn", partial(layer, x), partial(theirs, x)
    if seed >= FEW:
        return
    block = transformer.shake(load("blocks").EncoderLayer(64, 4, 256, "pre").double(), source)
    options = dict(dim_feedforward=256, dropout=0.0, activation="gelu", batch_first=True, norm_first=True)
    other, state = nn.TransformerEncoderLayer(64, 4, **options).double(), block.state_dict()
    inner = {"linear1": "W_in", "linear2": "W_out", "norm1": "norm1", "norm2": "norm2"}
    copied = {f"{to}.{kind}": state[f"{name}.{kind}"] for to, name in inner.items() for kind in ("weight", "bias")}
    copied |= {f"self_attn.{key}": value for key, value in transformer.torch_attention(state, "attention").items()}
    other.load_state_dict(copied)
    yield "blocks.EncoderLayer", "torch.nn", partial(block, x), partial(other, x)
    ours, theirs = _wren(load("llama"))
    ids = torch.randint(0, 1000, (1, 64), generator=source)
    yield "llama.Llama, wren, float32", "transformers", partial(ours, ids), lambda: theirs(input_ids=ids).logits
    prompt, once = ids[:, :8] + 20, dict(do_sample=False, max_new_tokens=64, min_new_tokens=64, eos_token_id=None)
    once["attention_mask"] = torch.ones_like(prompt)
    calls = partial(ours.generate, prompt, 64), partial(theirs.generate, input_ids=prompt, **once)
    yield "llama.Llama.generate, wren, float32", "transformers", *calls


@cache
def _wren(llama):
    """Our Llama and transformers' with the weights of wren."""
    folder = default_root() / "datasets" / "wren"
    ours = llama.Llama(json.loads((folder / "config.json").read_text()))
    ours.load_state_dict({key: x.float() for key, x in load_file(folder / "model.safetensors").items()})
    return ours, AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


def week08(load: Load, seed: int) -> Iterator[Comparison]:
    source = torch.Generator().manual_seed(seed)
    logits = torch.randn(4, 32, 100, generator=source)
    labels = torch.randint(0, 100, (4, 32), generator=source)
    labels[torch.rand(4, 32, generator=source) < 0.3] = -100
    theirs = lambda logits, labels: ForCausalLMLoss(logits, labels, 100)  # noqa: E731
    yield same(load, "objectives.causal_loss, float32", "transformers", theirs, logits, labels)
    warm, steps = 1 + seed % 9, 20 + seed % 50
    ours = lambda: [load("schedule").warm_up_cosine(step, 0.3, warm, steps) for step in range(steps)]  # noqa: E731
    yield "schedule.warm_up_cosine", "transformers", ours, partial(_rates, warm, steps)


def _rates(warm: int, steps: int) -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.3)
    schedule, rates = get_cosine_schedule_with_warmup(optimizer, warm, steps), []
    for _ in range(steps):
        rates.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    return rates


def week09(load: Load, seed: int) -> Iterator[Comparison]:
    source, dice = torch.Generator().manual_seed(seed), random.Random(seed)
    logits = 4 * torch.randn(8, 1000, generator=source, dtype=torch.float64)
    previous = torch.randint(0, 5, (8, 60), generator=source)
    share, k, n, heat = dice.random(), dice.randrange(1, 1100), dice.randrange(1, 5), dice.uniform(0.3, 3)
    plain = {"apply_temperature": heat, "top_k_filter": k, "top_p_filter": share, "min_p_filter": share**3}
    for name, argument in (plain | {"repetition_penalty": heat, "block_repeated_ngrams": n}).items():
        rest = (argument,) if name in plain else (previous, argument)
        theirs = partial(sampling.by_transformers, name, argument, logits, previous)
        yield f"filters.{name}", "transformers", partial(getattr(load("filters"), name), logits, *rest), theirs
    if seed < FEW:
        row, how = sampling.random_logits(seed, rows=1).expand(4000, -1), (heat, 2 + k % 10, 1 - share / 2)
        exact = partial(sampling.probabilities_by_transformers, row, *how)
        calls = partial(load("sampling").sample_next, row, *how, source), lambda: exact().multinomial(1)
        # Its draws are as random as ours, so ours are held against the probabilities that it draws from.
        alike = lambda drawn: drawn.bincount(minlength=11) / 4000 if drawn.ndim == 1 else exact()[0]  # noqa: E731
        yield "sampling.sample_next, frequencies", "transformers", *calls, alike
        gpt2, *rest = sampling.ragged_prompts(seed)
        call = partial(load("generate").generate, sampling.Gpt2AsTinyLM(gpt2), *rest, temperature=0)
        yield "generate.generate", "transformers", call, partial(sampling.continued_by_transformers, gpt2, *rest)
        gpt2, prompt, *rest = sampling.search_of_beams(seed)
        call = partial(load("beam").beam_search, sampling.next_logits_of(gpt2), prompt[0], *rest)
        yield "beam.beam_search", "transformers", call, partial(sampling.beams_by_transformers, gpt2, prompt, *rest)
    chosen = torch.randint(0, 1000, (1, 8), generator=source)
    yield same(load, "stopping.token_logprobs", "torch", _logprobs, logits[None], chosen, 5)


def _logprobs(logits: torch.Tensor, chosen: torch.Tensor, k: int) -> tuple[torch.Tensor, ...]:
    log_p = logits.log_softmax(-1)
    return log_p.gather(-1, chosen[..., None])[..., 0], *log_p.topk(k)


WEEKS = {"05": week05, "06": week06, "07": week07, "08": week08, "09": week09}
