"""Weeks 15 and 16 beside torch, torch.ao and transformers."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import torch
from sklearn.metrics import top_k_accuracy_score
from torch.nn import functional as F
from torch.nn.utils import prune
from transformers import DynamicCache, LlamaConfig

from tests.bench.comparisons import FEW, Comparison, Load, same


def week15(load: Load, seed: int) -> Iterator[Comparison]:
    source = torch.Generator().manual_seed(seed)
    weight = torch.randn(64, 64, generator=source)
    module = load("quantise")
    codes, scale, point = module.quantise(weight, 0)
    rest = weight, scale.flatten().double(), point.flatten().long(), 0, torch.qint8
    theirs = lambda: torch.quantize_per_channel(*rest).dequantize()  # noqa: E731
    ours = lambda: module.dequantise(*module.quantise(weight, 0))  # noqa: E731
    # torch multiplies by the reciprocal of the scale: near a half a code may differ by one, which is one step of error.
    yield "quantise.quantise and dequantise, float32", "torch", ours, theirs
    layer = torch.nn.Linear(64, 64)
    layer.weight.data.copy_(weight)
    theirs = lambda: prune.L1Unstructured(0.5).compute_mask(layer.weight, torch.ones(64, 64)).bool()  # noqa: E731
    yield "prune.prune_magnitude", "torch", lambda: load("prune").prune_magnitude([weight], 0.5)[0], theirs
    mine, other = (3 * torch.randn(4, 16, 100, generator=source, dtype=torch.float64) for _ in range(2))
    targets = torch.randint(100, (4, 16), generator=source)
    yield same(load, "distil.distillation_loss", "torch", _distilled, mine, other, targets, 2.0, 0.5)
    if seed < FEW:
        calls = partial(_paged, load("paged_cache").PagedCache, source), partial(_contiguous, source)
        yield "paged_cache.PagedCache, 32 appends", "transformers", *calls


def _distilled(mine, other, targets, temperature, alpha):
    soft = F.kl_div(
        (mine / temperature).log_softmax(-1).flatten(0, 1),
        (other / temperature).log_softmax(-1).flatten(0, 1),
        reduction="batchmean",
        log_target=True,
    )
    return alpha * temperature**2 * soft + (1 - alpha) * F.cross_entropy(mine.flatten(0, 1), targets.flatten())


def _pieces(source):
    again = torch.Generator().manual_seed(source.initial_seed())
    return torch.randn(32, 2, 4, 3, 16, generator=again)  # appends, keys and values, heads, tokens, width


def _paged(make, source):
    cache = make(16, 8, 4, 16)
    for keys, values in _pieces(source):
        cache.append("one", keys, values)
    return cache.gather("one")


def _contiguous(source):
    cache = DynamicCache(config=LlamaConfig(num_hidden_layers=1))
    for keys, values in _pieces(source):
        found = cache.update(keys[None], values[None], 0)
    return [part[0] for part in found]


def week16(load: Load, seed: int) -> Iterator[Comparison]:
    source, rng = torch.Generator().manual_seed(seed), np.random.default_rng(seed)
    draw = partial(torch.randn, generator=source, dtype=torch.float64)
    images = draw(4, 3, 32, 32)
    theirs = lambda images, size: F.unfold(images, size, stride=size).transpose(1, 2)  # noqa: E731
    yield same(load, "patches.patchify", "torch", theirs, images, 8)
    left, right, scale = draw(64, 32), draw(64, 32), torch.tensor(2.0, dtype=torch.float64)
    yield same(load, "contrastive.clip_loss", "torch", _clip, left, right, scale)
    scores = rng.normal(size=(50, 50))
    numbers = np.arange(50)
    theirs = lambda: [top_k_accuracy_score(numbers, table, k=3, labels=numbers) for table in (scores, scores.T)]  # noqa: E731
    ours = partial(load("zero_shot").recall_at_k, torch.from_numpy(scores), torch.arange(50), 3)
    yield "zero_shot.recall_at_k", "scikit-learn", ours, theirs
    logits, labels = draw(4, 16, 100), torch.randint(0, 100, (4, 16), generator=source)
    theirs = lambda logits, labels: F.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten())  # noqa: E731
    yield same(load, "caption.caption_loss", "torch", theirs, logits, labels)


def _clip(left, right, scale):
    logits = scale.exp() * F.normalize(left, dim=-1) @ F.normalize(right, dim=-1).mT
    numbers = torch.arange(len(left))
    return (F.cross_entropy(logits, numbers) + F.cross_entropy(logits.mT, numbers)) / 2


WEEKS = {"15": week15, "16": week16}
