"""Weeks 10 and 11 beside peft, transformers, torch, SciPy and numpy."""

import random
from collections.abc import Iterator
from functools import partial

import numpy as np
import torch
from scipy.signal import lfilter
from scipy.special import log_expit
from torch.nn import functional as F

from tests.bench.comparisons import FEW, Comparison, Load, same
from tests.oracles import test_week10_adapter as adapter
from tests.oracles import test_week10_classifier as classifier
from tests.oracles import test_week10_dora as dora
from tests.oracles import test_week10_lora as lora
from tests.oracles import test_week10_nf4 as nf4
from tests.oracles import test_week10_prefix as prefix
from tests.oracles import test_week10_sft as sft


def week10(load: Load, seed: int) -> Iterator[Comparison]:
    source, dice = torch.Generator().manual_seed(seed), random.Random(seed)
    ours, theirs, x, _ = lora.layer_pair(load("lora"), 2 * seed + 1, times=32)  # an odd seed: float64
    yield "lora.LoRALinear", "peft", partial(ours, x), partial(theirs, x)
    if seed < FEW:
        model, targets, tokens = lora.tiny_llama(), lora.TARGETS[seed % 6], torch.arange(14).view(2, 7)
        whole = lora.peft_model(model, targets)  # a copy
        lora.same_values(load("lora"), load("lora").inject_lora(model, targets, 3, 7), whole, source)
        merged = load("lora").merge_lora(model), whole.merge_and_unload()
        yield "lora.merge_lora, logits", "peft", *(lambda m=m: m(tokens).logits for m in merged)
        pair, batch = classifier.classifier_pair(load("classifier")), classifier.labelled_batch(seed)
        calls = (partial(one, input_ids=batch[0], attention_mask=batch[1]) for one in pair)
        yield "classifier.ReviewClassifier, float32", "transformers", *calls, lambda answer: answer["logits"]
    rest = sft.conversation(dice), bool(seed % 2)
    yield same(load, "sft.render_chat", "transformers", partial(sft.text_by_transformers, sft.characters()), *rest)
    logits, labels = 5 * torch.randn(4, 16, 100, generator=source), torch.randint(0, 100, (4, 16), generator=source)
    labels[torch.rand(4, 16, generator=source) < 0.4] = -100
    yield same(load, "sft.sft_loss, float32", "transformers", sft.loss_by_transformers, logits, labels)
    parts = [torch.randn(2, 2, length, 16, generator=source, dtype=torch.float64) for length in (32, 48, 48)]
    parts.append(torch.randn(2, 2, 2, 8, 16, generator=source, dtype=torch.float64))
    parts.append(torch.rand(2, 1, 32, 48, generator=source) < 0.6 if seed % 3 else None)
    yield same(load, "prefix.prefix_attention", "torch", prefix.attention_by_torch, *parts)
    mine, other = adapter.adapter_pair(load("adapter"), 16, 4, source, torch.float64)
    y = torch.randn(2, 32, 64, generator=source, dtype=torch.float64)
    yield "adapter.Adapter", "X-MOD", partial(mine, y), lambda: y + other(y)
    layer, twin, _ = dora.layer_pair(load("dora"), 2 * seed + 1)
    inputs = torch.randn(64, layer.base.in_features, generator=source, dtype=torch.float64)
    yield "dora.DoRALinear", "peft", partial(layer, inputs), partial(twin, inputs)
    weight = torch.randn(8, 64, generator=source, dtype=torch.float64)
    if seed < FEW:
        calls = partial(load("nf4").quantise_nf4, weight, 64), partial(_searched, weight, load("nf4").NF4_LEVELS)
        yield "nf4.quantise_nf4", "a search", *calls


def _searched(weight: torch.Tensor, levels: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The bytes and the largest numbers, by exact fractions."""
    codes, largest = nf4.searched(weight.flatten().tolist(), 64, levels)
    return np.array([16 * high + low for high, low in zip(codes[::2], codes[1::2], strict=True)]), np.array(largest)


def week11(load: Load, seed: int) -> Iterator[Comparison]:
    rng = np.random.default_rng(seed)
    chosen, rejected = (torch.from_numpy(4 * rng.normal(size=500)) for _ in range(2))
    theirs = lambda chosen, rejected: -log_expit((chosen - rejected).numpy()).mean()  # noqa: E731
    yield same(load, "reward.pairwise_loss", "scipy", theirs, chosen, rejected)
    rewards, dones = rng.normal(size=200), np.zeros(200, dtype=bool)
    ours = partial(load("advantages").discounted_returns, *map(torch.from_numpy, (rewards, dones)), 0.9)
    theirs = lambda: lfilter([1], [1, -0.9], rewards[::-1])[::-1].copy()  # noqa: E731
    yield "advantages.discounted_returns", "scipy", ours, theirs
    logits = torch.from_numpy(rng.normal(size=(8, 32, 100)))
    labels = torch.from_numpy(rng.integers(0, 100, (8, 32)))
    labels[torch.from_numpy(rng.random((8, 32)) < 0.4)] = -100
    losses = lambda: -F.cross_entropy(logits[:, :-1].mT, labels[:, 1:], reduction="none").sum(1)  # noqa: E731
    yield "dpo.answer_logps", "torch", lambda: load("dpo").answer_logps(logits, labels)[0], losses
    given = rng.normal(-6, 3, (4, 500))
    theirs = lambda: -log_expit(0.1 * ((given[0] - given[1]) - (given[2] - given[3]))).mean()  # noqa: E731
    yield "dpo.dpo_loss", "numpy", lambda: load("dpo").dpo_loss(*map(torch.from_numpy, given), 0.1)[0], theirs
    scores = rng.normal(size=(64, 8))
    theirs = lambda: ((scores - scores.mean(1, keepdims=True)) / (scores.std(1, ddof=1, keepdims=True) + 1e-4)).ravel()  # noqa: E731
    ours = lambda: load("grpo").group_advantages(torch.from_numpy(scores.ravel()), 8, eps=1e-4)  # noqa: E731
    yield "grpo.group_advantages", "numpy", ours, theirs


WEEKS = {"10": week10, "11": week11}
