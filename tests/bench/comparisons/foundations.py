"""Weeks 01 to 04 beside torch, SciPy, scikit-learn and tokenizers."""

import random
from collections.abc import Iterator
from functools import partial

import numpy as np
import torch
from scipy import stats
from scipy.special import rel_entr
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import mutual_info_score, roc_auc_score
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.naive_bayes import MultinomialNB
from sklearn.tree import DecisionTreeClassifier
from torch import nn
from torch.nn import functional as F

from tests.bench.comparisons import FEW, Comparison, Load, same
from tests.oracles import test_week03_neural_networks as networks
from tests.oracles import test_week04_text_representation as text


def week01(load: Load, seed: int) -> Iterator[Comparison]:
    source = torch.Generator().manual_seed(seed)
    draw = partial(torch.randn, generator=source, dtype=torch.float64)
    ids, table = torch.randint(0, 100, (8, 32), generator=source), draw(100, 64)
    yield same(load, "tensors.embed", "torch", lambda table, ids: F.embedding(ids, table), table, ids)
    yield same(load, "tensors.contract", "torch", torch.matmul, draw(8, 32, 64), draw(64, 48))
    yield same(load, "tensors.strided_windows", "torch", lambda x, n, step: x.unfold(-1, n, step), draw(8, 500), 16, 4)
    x, targets = 9 * draw(64, 100), torch.randint(0, 100, (64,), generator=source)
    for name in ("softmax", "logsumexp"):
        yield same(load, f"stable.{name}", "torch", getattr(torch, name), x, -1)
    yield same(load, "stable.cross_entropy", "torch", F.cross_entropy, x, targets)
    p, q = x.softmax(-1), draw(64, 100).softmax(-1)
    theirs = lambda p, q: torch.from_numpy(rel_entr(p.numpy(), q.numpy()).sum(-1))  # noqa: E731
    yield same(load, "stable.kl_divergence", "scipy", theirs, p, q)
    rows = draw(200, 16)
    calls = partial(load("probability").fit_gaussian, rows), partial(stats.multivariate_normal.fit, rows.numpy())
    yield "probability.fit_gaussian", "scipy", *calls
    counts = torch.randint(1, 9, (12, 12), generator=source)
    theirs = partial(mutual_info_score, None, None, contingency=counts.numpy())
    calls = partial(load("probability").mutual_information, counts.double() / counts.sum()), theirs
    yield "probability.mutual_information", "scikit-learn", *calls
    leaves = draw(64, 32).requires_grad_(), draw(100, 32).requires_grad_()

    def by_autograd(x, W, targets):
        loss = F.cross_entropy(x @ W.mT, targets)
        return (loss, *torch.autograd.grad(loss, (x, W)))

    yield same(load, "gradients.linear_softmax_backward", "autograd", by_autograd, *leaves, targets)
    calls = partial(load("low_rank").pca, rows, 4), partial(PCA(4, svd_solver="full").fit, rows.numpy())
    alike = lambda answer: answer.explained_variance_ if isinstance(answer, PCA) else answer[1]  # noqa: E731
    yield "low_rank.pca, variances", "scikit-learn", *calls, alike
    slope, start = draw(16, 16), draw(16).requires_grad_()
    calls = partial(load("optimise").descend, lambda v: slope.mT @ torch.tanh(slope @ v), start, 0.01, 20)
    yield "optimise.descend", "torch.optim", calls, partial(_by_sgd, slope, start)


def _by_sgd(slope: torch.Tensor, start: torch.Tensor) -> torch.Tensor:
    x = start.detach().clone().requires_grad_()
    optimizer, path = torch.optim.SGD([x], lr=0.01), [x.detach().clone()]
    for _ in range(20):
        optimizer.zero_grad()
        torch.log(torch.cosh(slope @ x)).sum().backward()
        optimizer.step()
        path.append(x.detach().clone())
    return torch.stack(path)


def week02(load: Load, seed: int) -> Iterator[Comparison]:
    rng = np.random.default_rng(seed)
    X, drawn = rng.normal(size=(200, 8)), rng.integers(0, 2, 200)
    rows, labels = torch.from_numpy(X), torch.from_numpy(drawn)
    calls = lambda: load("scores").roc_auc(rows[:, 0], labels), partial(roc_auc_score, drawn, X[:, 0])
    yield "scores.roc_auc", "scikit-learn", *calls
    R, factors = rng.normal(3, 1, size=(40, 60)), rng.normal(size=(60, 8))
    R[rng.uniform(size=R.shape) < 0.4] = np.nan
    counts, classes = rng.integers(0, 5, (200, 100)), rng.integers(0, 3, 200)
    made, given = load("debug_bayes").NaiveBayes, (torch.from_numpy(counts).double(), torch.from_numpy(classes))
    both = lambda: made().fit(*given).predict_proba(given[0])  # noqa: E731
    theirs = lambda: MultinomialNB().fit(counts, classes).predict_proba(counts)  # noqa: E731
    yield "debug_bayes.NaiveBayes, fit and predict", "scikit-learn", both, theirs
    if seed >= FEW:
        return
    ours = lambda: load("logistic").LogisticRegression(0.1).fit(rows, labels, 1e-6).weight  # noqa: E731
    theirs = lambda: LogisticRegression(C=1 / 20, tol=1e-8, max_iter=10_000).fit(X, drawn).coef_[0]  # noqa: E731
    yield "logistic.LogisticRegression, fit", "scikit-learn", ours, theirs
    ours = lambda: load("recommender").solve_rows(torch.from_numpy(R), torch.from_numpy(factors), 0.5)  # noqa: E731
    yield "recommender.solve_rows", "scikit-learn", ours, partial(_by_ridge, R, factors)
    init = X[:5].copy()
    ours = lambda: load("clusters").kmeans(rows, 5, torch.Generator(), torch.from_numpy(init), 50)[0]  # noqa: E731
    theirs = lambda: KMeans(5, init=init, n_init=1, max_iter=50, tol=0.0, algorithm="lloyd").fit(X).cluster_centers_  # noqa: E731
    yield "clusters.kmeans", "scikit-learn", ours, theirs
    # scikit-learn takes one of equally good splits at random: on labels that depend on the rows there are hardly any.
    y = (X[:, 0] * X[:, 1] + 0.1 * X[:, 2] > 0).astype(int)
    marks = torch.from_numpy(y)
    ours = lambda: load("trees").DecisionTree(3).fit(rows, marks).predict_proba(rows)  # noqa: E731
    theirs = lambda: DecisionTreeClassifier(max_depth=3, random_state=0).fit(X, y).predict_proba(X)  # noqa: E731
    yield "trees.DecisionTree, fit and predict", "scikit-learn", ours, theirs


def _by_ridge(R: np.ndarray, factors: np.ndarray) -> np.ndarray:
    known = ~np.isnan(R)
    fit = Ridge(0.5, fit_intercept=False, solver="cholesky").fit
    return np.stack([fit(factors[one], row[one]).coef_ for row, one in zip(R, known, strict=True)])


def week03(load: Load, seed: int) -> Iterator[Comparison]:
    source = torch.Generator().manual_seed(seed)
    draw = partial(torch.randn, generator=source, dtype=torch.float64)
    start, steps = [draw(64, 32), draw(64)], [[draw(64, 32), draw(64)] for _ in range(4)]
    for name, options in (("Adam", {}), ("AdamW", {"weight_decay": 0.1})):
        makes = (partial(getattr(one, name), lr=0.01, **options) for one in (load("optimizers"), torch.optim))
        yield f"optimizers.{name}", "torch.optim", *(partial(networks.trained, make, start, steps) for make in makes)
    x, weight, bias = draw(4, 3, 16, 16), draw(8, 3, 3, 3), draw(8)
    yield same(load, "convolution.conv2d", "torch", F.conv2d, x, weight, bias, (1, 1), (1, 1))
    mine = load("mlp").MLP([32, 64, 10], "gelu", source).double()
    first, second = mine.layers
    rows = draw(64, 32)
    yield "mlp.MLP", "torch.nn", partial(mine, rows), partial(nn.Sequential(first, nn.GELU(), second), rows)
    cell, whole = load("recurrent").LSTMCell(16, 32).double(), nn.LSTM(16, 32).double()
    whole.load_state_dict({f"{key}_l0": value for key, value in cell.state_dict().items()})
    texts, lengths = draw(8, 20, 16), torch.full((8,), 20)
    calls = partial(load("recurrent").unroll, cell, texts, lengths), partial(whole, texts.transpose(0, 1))
    alike = lambda answer: answer[0] if len(answer[0]) == 8 else answer[0].transpose(0, 1)  # noqa: E731
    yield "recurrent.unroll, LSTM", "torch.nn", *calls, alike
    parameters = [nn.Parameter(table) for table in start]
    clips = load("regularise").clip_gradients, nn.utils.clip_grad_norm_
    yield "regularise.clip_gradients, norm", "torch", *(partial(_clipped, clip, parameters, steps[0]) for clip in clips)
    numbers = [float(one) for one in torch.rand(8, generator=source) + 0.5]
    calls = (partial(_slopes, make, numbers) for make in (load("autograd").Value, _leaf))
    yield "autograd.Value, an expression of 40 steps", "autograd", *calls


def _clipped(clip, parameters, gradients):
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient.clone()
    return float(clip(parameters, 1.0))


def _leaf(number: float) -> torch.Tensor:
    return torch.tensor(number, dtype=torch.float64, requires_grad=True)


def _slopes(make, numbers):
    leaves = [make(number) for number in numbers]
    total = leaves[0]
    for one in leaves:
        total = (total * one + one.tanh()).tanh() + one.exp().log()
    total.backward()
    return [float(one.grad) for one in leaves]


def week04(load: Load, seed: int) -> Iterator[Comparison]:
    source, dice = torch.Generator().manual_seed(seed), random.Random(seed)
    draw = partial(torch.randn, generator=source, dtype=torch.float64)
    counts = torch.randint(0, 3, (100, 200), generator=source).double()
    theirs = lambda counts: TfidfTransformer().fit_transform(counts.numpy()).toarray()  # noqa: E731
    yield same(load, "vectors.tf_idf", "scikit-learn", theirs, counts)
    theirs = lambda a, b: cosine_similarity(a.numpy(), b.numpy())  # noqa: E731
    yield same(load, "vectors.cosine_similarity", "scikit-learn", theirs, counts + 1, counts[:50] + 1)
    words, contexts = draw(200, 32), draw(200, 32)
    pairs, negatives = (torch.randint(0, 200, (64, columns), generator=source) for columns in (2, 5))
    yield same(load, "word2vec.negative_sampling_loss", "torch", _by_bce, words, contexts, pairs, negatives)
    if seed >= FEW:
        return
    texts, bpe = [line for _ in range(50) for line in text.random_texts(dice)], load("bpe")
    library, merges = text.learned_by_tokenizers(bpe, texts, 400)
    theirs = lambda: text.learned_by_tokenizers(bpe, texts, 400)[1]  # noqa: E731
    yield "bpe.train_bpe", "tokenizers", partial(bpe.train_bpe, texts, 400), theirs
    whole = "".join(texts)
    parts = ["".join(chr(256 + byte) for byte in word.encode()) for word in bpe.split_words(whole)]
    theirs = lambda: [each for part in parts for each in library.encode(part).ids]  # noqa: E731
    yield "bpe.encode", "tokenizers", partial(bpe.encode, whole, merges), theirs


def _by_bce(words, contexts, pairs, negatives):
    others = contexts[torch.cat([pairs[:, 1:], negatives], 1)]
    scores = torch.einsum("pd,pkd->pk", words[pairs[:, 0]], others)
    labels = torch.zeros_like(scores)
    labels[:, 0] = 1
    return F.binary_cross_entropy_with_logits(scores, labels, reduction="sum") / len(pairs)


WEEKS = {"01": week01, "02": week02, "03": week03, "04": week04}
