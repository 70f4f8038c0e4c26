"""Week 17 beside scikit-learn, torch.func and numerical integration.

Week 18 puts together what other weeks computed; tests/oracles holds what it says.
"""

import random
from collections.abc import Iterator
from functools import partial

import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score

from tests.bench.comparisons import FEW, Comparison, Load, same
from tests.oracles import test_week17_accountant as accounting
from tests.oracles import test_week17_safety as safety


def week17(load: Load, seed: int) -> Iterator[Comparison]:
    source, rng, dice = torch.Generator().manual_seed(seed), np.random.default_rng(seed), random.Random(seed)
    draw = partial(torch.randn, generator=source, dtype=torch.float64)
    x, points = (rng.normal(size=(rows, 16)) for rows in (200, 100))
    if seed < FEW:
        yield from week17_filters(load, seed, x, points)
        rest = safety.small_net(source, 16, 32, 10), draw(8, 16)
        yield same(load, "forgetting.fisher_diagonal", "torch.func", safety.fisher_by_torch_func, *rest)
    detector = load("isolation_forest").AdversarialDetector(0.1, 3, trees=1, sample_size=8).train(torch.from_numpy(x))
    theirs = partial(safety.energies_by_pca, PCA(whiten=True).fit(x), 200, points, 3)
    yield "isolation_forest.AdversarialDetector", "PCA", partial(detector.energies, torch.from_numpy(points)), theirs
    gradients = {"weight": draw(16, 32, 16), "bias": draw(16, 32), "scale": draw(16)}
    call = partial(load("privacy").private_gradient, gradients, 20.0, 0.0)
    yield "privacy.private_gradient", "torch", call, partial(safety.clipped_by_torch, gradients, 20.0)
    examples, gone = [dice.random() for _ in range(200)], dice.sample(range(200), 5)
    shape = 8, 4, lambda state, seen: hash((state, *seen)), 17
    learner, theirs = load("unlearning").ShardedLearner(*shape), partial(safety.trained_without, gone, examples, *shape)
    calls = (lambda: (learner.fit(examples), learner.forget(gone), learner.states())[-1]), theirs
    yield "unlearning.ShardedLearner, fit and forget", "training again", *calls
    scores, members = torch.from_numpy(rng.normal(size=500)), torch.from_numpy(rng.random(500) < 0.5)
    theirs = lambda scores, members: roc_auc_score(members, scores)  # noqa: E731
    yield same(load, "memorisation.attack_auc", "scikit-learn", theirs, scores, members)
    noise, rate, order = accounting.random_step(rng)
    ours = lambda: load("accountant").rdp_sampled_gaussian(noise, rate, [order])[0]  # noqa: E731
    theirs = partial(accounting.divergence_by_integration, noise, rate, order)
    yield "accountant.rdp_sampled_gaussian", "integration", ours, theirs


def week17_filters(load: Load, seed: int, x: np.ndarray, points: np.ndarray) -> Iterator[Comparison]:
    module, rows = load("toxicity"), safety.part(safety.read_texts(), split="train")
    train, labels = safety.columns(random.Random(seed).sample(rows, 60))
    fit = partial(safety.sklearn_filter, module, train, labels)
    calls = (lambda: module.ToxicFilter().fit(train, labels).score(train)), (lambda: fit().predict_proba(train)[:, 1])
    yield "toxicity.ToxicFilter, fit and score", "scikit-learn", *calls
    forest, grow = load("isolation_forest").IsolationForest(25, 64, seed=seed), safety.sklearn_forest
    fits = partial(forest.fit, x), partial(grow, x, 25, 64, seed), partial(grow, x, 25, 64, seed + 1000)
    ours, theirs, other = (lambda fit=fit: fit().score_samples(points) for fit in fits)
    oddest = lambda scores: scores < np.quantile(scores, 0.1)  # noqa: E731
    yield "isolation_forest.IsolationForest, oddest 10%", "scikit-learn", ours, theirs, oddest
    # A forest is a sample: how much scikit-learn differs from itself is what the line above is to be held against.
    yield "(scikit-learn, another seed, oddest 10%)", "scikit-learn", other, theirs, oddest


WEEKS = {"17": week17}
