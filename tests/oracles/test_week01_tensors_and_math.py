"""Week 01: held against torch, scipy and scikit-learn, on 240 random cases each."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

CASES = 240
WEEK = "week01_tensors_and_math"
TIGHT = {"rtol": 1e-10, "atol": 1e-11}


def sources():
    """A seeded generator for each case."""
    return (torch.Generator().manual_seed(seed) for seed in range(CASES))


def size(source, most):
    return int(torch.randint(1, most + 1, (1,), generator=source))


def draw(source, *shape):
    return torch.randn(*shape, generator=source, dtype=torch.float64)


def distribution(source, *shape):
    """Random distributions along the last axis, with some exact zeros."""
    p = torch.rand(*shape, generator=source, dtype=torch.float64)
    p = p * (torch.rand(*shape, generator=source) < 0.8)
    p[..., 0] += 0.1
    return p / p.sum(-1, keepdim=True)


@pytest.fixture
def module(solution):
    return lambda name: solution(WEEK, name)


def test_tensors_agree_with_torch(module):
    """one_hot, embed, contract and strided_windows do what torch's own functions do, gradients of contract included."""
    ours = module("tensors")
    for source in sources():
        batch = [size(source, 4) for _ in range(size(source, 3) - 1)]
        vocabulary, n, k, m = (size(source, 7) for _ in range(4))
        ids = torch.randint(0, vocabulary, batch, generator=source)
        table = draw(source, vocabulary, n)
        torch.testing.assert_close(ours.one_hot(ids, vocabulary), F.one_hot(ids, vocabulary).float())
        torch.testing.assert_close(ours.embed(table, ids), F.embedding(ids, table))
        a, b = draw(source, *batch, n, k).requires_grad_(), draw(source, k, m).requires_grad_()
        torch.testing.assert_close(ours.contract(a, b), a @ b, **TIGHT)
        ones, others = (torch.autograd.grad(f(a, b).sin().sum(), (a, b)) for f in (ours.contract, torch.matmul))
        torch.testing.assert_close(ones, others, **TIGHT)
        x, width, step = draw(source, *batch, 11), size(source, 11), size(source, 5)
        torch.testing.assert_close(ours.strided_windows(x, width, step), x.unfold(-1, width, step))


def test_stable_agrees_with_torch(module):
    """softmax, logsumexp and cross_entropy agree with torch, values and gradients, for logits of any size."""
    ours = module("stable")
    for source in sources():
        shape = [size(source, 5) for _ in range(size(source, 3))]
        x = (10.0 ** size(source, 4) * draw(source, *shape)).requires_grad_()
        dim = size(source, len(shape)) - 1
        for mine, theirs in ((ours.softmax, torch.softmax), (ours.logsumexp, torch.logsumexp)):
            torch.testing.assert_close(mine(x, dim), theirs(x, dim), **TIGHT)
            one, other = (torch.autograd.grad(f(x, dim).cos().sum(), x)[0] for f in (mine, theirs))
            torch.testing.assert_close(one, other, rtol=1e-8, atol=1e-9)
        targets = torch.randint(0, shape[-1], shape[:-1], generator=source)
        targets[torch.rand(targets.shape, generator=source) < 0.3] = -100
        if (targets == -100).all():
            assert ours.cross_entropy(x, targets) == 0  # torch gives NaN
            continue
        mine = ours.cross_entropy(x, targets)
        theirs = F.cross_entropy(x.reshape(-1, shape[-1]), targets.reshape(-1))
        torch.testing.assert_close(mine, theirs, **TIGHT)
        one, other = (torch.autograd.grad(loss, x)[0] for loss in (mine, theirs))
        torch.testing.assert_close(one, other, **TIGHT)


def test_entropy_and_divergence_agree_with_scipy(module):
    """entropy and kl_divergence are scipy's, with zeros and infinities; F.kl_div is not asked: it takes negative targets."""
    from scipy.stats import entropy

    ours = module("stable")
    for source in sources():
        p, q = (distribution(source, size(source, 3), 5) for _ in range(2))
        p = p[: min(len(p), len(q))]
        q = q[: len(p)]
        np.testing.assert_allclose(ours.entropy(p), entropy(p.numpy(), axis=-1), rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(
            ours.kl_divergence(p, q), entropy(p.numpy(), q.numpy(), axis=-1), rtol=1e-9, atol=1e-12
        )


def test_probability_agrees_with_scipy_and_sklearn(module):
    """Gaussians, counts and information agree with scipy and scikit-learn; Bayes with its definition in fractions."""
    from fractions import Fraction

    from scipy import stats
    from sklearn.metrics import mutual_info_score

    ours = module("probability")
    for source in sources():
        n, dim, k = size(source, 20), size(source, 5), 1 + size(source, 5)
        x = 3 * draw(source, n, dim)
        mean, covariance = ours.fit_gaussian(x)
        if n > dim:  # scipy's fit wants a covariance of full rank; numpy's does for the rest
            their_mean, their_covariance = stats.multivariate_normal.fit(x.numpy())
            np.testing.assert_allclose(mean, their_mean, rtol=1e-9, atol=1e-10)
            np.testing.assert_allclose(covariance, their_covariance, rtol=1e-9, atol=1e-10)
        np.testing.assert_allclose(covariance, np.cov(x.numpy().T, bias=True).reshape(dim, dim), rtol=1e-9, atol=1e-10)

        counts, alpha = torch.randint(0, 9, (k,), generator=source), size(source, 4) / 2
        np.testing.assert_allclose(
            ours.fit_categorical(counts.double(), alpha), stats.dirichlet.mean(counts.numpy() + alpha), rtol=1e-12
        )
        table = torch.randint(0, 6, (k, dim), generator=source)
        table[0, 0] += 1
        theirs = mutual_info_score(None, None, contingency=table.numpy())
        joint = table.double() / table.sum()
        np.testing.assert_allclose(ours.mutual_information(joint), theirs, rtol=1e-9, atol=1e-12)

        weights = [[size(source, 9) for _ in range(k)] for _ in range(2)]
        products = [Fraction(a, sum(weights[0])) * b for a, b in zip(*weights, strict=True)]
        exact = [float(product / sum(products)) for product in products]
        prior, likelihood = (torch.tensor(w, dtype=torch.float64) for w in weights)
        np.testing.assert_allclose(ours.posterior(prior / prior.sum(), likelihood), exact, rtol=1e-12)


def test_gradients_agree_with_autograd(module):
    """Measured gradients, gradients by hand and chains of Jacobians agree with autograd."""
    ours = module("gradients")
    for source in sources():
        n, features, classes = (size(source, 6) for _ in range(3))
        x, W = draw(source, n, features).requires_grad_(), (3 * draw(source, classes, features)).requires_grad_()
        targets = torch.randint(0, classes, (n,), generator=source)
        loss = F.cross_entropy(x @ W.mT, targets)
        theirs = (loss.detach(), *torch.autograd.grad(loss, (x, W)))
        torch.testing.assert_close(ours.linear_softmax_backward(x, W, targets), theirs, **TIGHT)

        def loss_of(w, x=x, targets=targets):
            return F.cross_entropy(x.detach() @ w.mT, targets)

        measured = ours.numerical_gradient(loss_of, W)
        torch.testing.assert_close(measured, theirs[2], rtol=1e-5, atol=1e-7)

        tables = [draw(source, *shape) for shape in ((4, features), (n, 4), (classes, n))]
        start, jacobians = draw(source, features), []

        def through(v, tables=tables):
            for table in tables:
                v = torch.tanh(table @ v)
            return v

        v = start
        for table in tables:
            v = torch.tanh(table @ v)
            jacobians.append((1 - v.square())[:, None] * table)
        whole = torch.autograd.functional.jacobian(through, start)
        torch.testing.assert_close(ours.chain(jacobians), whole, **TIGHT)


def test_low_rank_agrees_with_numpy_and_sklearn(module):
    """Eigenvalues agree with numpy, components with scikit-learn up to the sign, low rank with its truncated SVD."""
    from sklearn.decomposition import PCA

    ours = module("low_rank")
    for source in sources():
        n, dim = 2 + size(source, 9), size(source, 6)
        k = size(source, min(n, dim))
        X = draw(source, n, dim) * (1 + torch.arange(dim)) + 5
        components, variances, scores = ours.pca(X, k)
        theirs = PCA(k, svd_solver="full").fit(X.numpy())
        np.testing.assert_allclose(variances, theirs.explained_variance_, rtol=1e-9, atol=1e-12)
        if variances[-1] > 1e-9:  # otherwise the last direction is anybody's
            signs = np.sign((components.numpy() * theirs.components_).sum(1))
            np.testing.assert_allclose(components, signs[:, None] * theirs.components_, rtol=1e-7, atol=1e-8)
            np.testing.assert_allclose(scores, signs * theirs.transform(X.numpy()), rtol=1e-7, atol=1e-8)

        U, S, Vt = np.linalg.svd(X.numpy(), full_matrices=False)
        B, C = ours.low_rank(X, k)
        np.testing.assert_allclose(B @ C, U[:, :k] * S[:k] @ Vt[:k], rtol=1e-8, atol=1e-9)

        Q = torch.linalg.qr(draw(source, dim, dim))[0]
        strengths = 0.5 ** torch.arange(dim) * torch.where(torch.rand(dim, generator=source) < 0.5, -3, 3)
        A = Q * strengths @ Q.mT
        value, v, residual = ours.power_iteration(A, 80, source)
        values = np.linalg.eigvalsh(A.numpy())
        np.testing.assert_allclose(value, values[np.abs(values).argmax()], rtol=1e-9)
        np.testing.assert_allclose(A @ v, value * v, atol=1e-9)
        assert residual < 1e-9


def test_optimise_agrees_with_torch_and_scipy(module):
    """Paths are those of torch.optim.SGD; the largest entropy is what scipy finds when it solves for it."""
    from scipy.optimize import brentq
    from scipy.special import softmax

    ours = module("optimise")
    for source in sources():
        n, steps, rate = 1 + size(source, 6), size(source, 9), 0.01 * size(source, 20)
        A = draw(source, n, n)
        x = draw(source, n).requires_grad_()
        path = ours.descend(lambda v, A=A: A.mT @ torch.tanh(A @ v), x, rate, steps)
        optimizer = torch.optim.SGD([x], lr=rate)
        for point in path:
            torch.testing.assert_close(x.detach(), point, **TIGHT)
            optimizer.zero_grad()
            (torch.log(torch.cosh(A @ x)).sum()).backward()
            optimizer.step()

        energies = 2 * draw(source, n)
        share = 0.02 + 0.96 * float(torch.rand((), generator=source))
        mean = float(energies.min() + share * (energies.max() - energies.min()))
        p, beta = ours.max_entropy(energies, mean)
        e = energies.numpy()
        scale = 1000 / (e.max() - e.min())
        theirs = brentq(lambda b, e=e, mean=mean: softmax(-b * e) @ e - mean, -scale, scale, xtol=1e-13, rtol=1e-13)
        np.testing.assert_allclose(beta, theirs, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(p, softmax(-theirs * e), rtol=1e-6, atol=1e-9)


def test_debug_regression_agrees_with_sklearn(module):
    """The mended program finds the line of least squares."""
    from sklearn.linear_model import LinearRegression

    ours = module("debug_regression")
    for source in sources():
        x = draw(source, 9, 3)
        x = torch.linalg.qr(x - x.mean(0))[0] * 3  # at right angles, and to the bias: a few steps are enough
        y = draw(source, 9)
        model = ours.LinearRegression(3)
        model.fit(x, y, 0.4, 120)
        theirs = LinearRegression().fit(x.numpy(), y.numpy()).predict(x.numpy())
        np.testing.assert_allclose(model.predict(x).detach()[:, 0], theirs, **TIGHT)
