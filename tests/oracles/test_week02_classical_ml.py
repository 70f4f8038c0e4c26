"""Week 02: held against scikit-learn, and exact Jaccard with SciPy's connected components, on 200 random cases or more.

Traps: scikit-learn's LogisticRegression penalises unless told otherwise, and adds the losses up, so its C is
1 / (n * l2); its liblinear penalises the intercept too, so lbfgs it is. Its k-means breaks ties between two farthest
rows by position in memory, so no case has such a tie.
"""

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from sklearn.calibration import calibration_curve
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import precision_recall_fscore_support, roc_auc_score
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

CASES = 200
WEEK = "week02_classical_ml"


@pytest.fixture
def module(solution):
    return lambda name: solution(WEEK, name)


def cases(count=CASES):
    """A seeded numpy generator for each case."""
    return (np.random.default_rng(seed) for seed in range(count))


def tensor(array):
    return torch.from_numpy(np.asarray(array))


def test_logistic_agrees_with_scikit_learn(module):
    """Weights, bias and probabilities are those of lbfgs with C = 1 / (n * l2), which leaves the intercept alone."""
    ours = module("logistic")
    for rng in cases():
        n, features, l2 = rng.integers(5, 30), rng.integers(1, 6), 10 ** rng.uniform(-1, 1)
        X, y = rng.normal(size=(n, features)) + rng.uniform(), rng.integers(0, 2, n)
        y[:2] = 0, 1
        theirs = LogisticRegression(C=1 / (n * l2), tol=1e-8, max_iter=10_000).fit(X, y)
        model = ours.LogisticRegression(float(l2)).fit(tensor(X), tensor(y), 1e-6)
        np.testing.assert_allclose(model.weight, theirs.coef_[0], rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(float(model.bias), theirs.intercept_[0], rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(model.predict_proba(tensor(X)), theirs.predict_proba(X)[:, 1], rtol=1e-3, atol=1e-4)


def test_scores_agree_with_scikit_learn(module):
    """Precision, recall and F1 of each average, the area with many ties, and the error from the calibration curve."""
    ours = module("scores")
    for rng in cases():
        n, classes, bins = rng.integers(2, 60), rng.integers(2, 5), int(rng.integers(1, 12))
        labels, predicted = rng.integers(0, classes, n), rng.integers(0, classes, n)
        for average in ("binary", "macro", "micro"):
            pair = (labels == 1, predicted == 1) if average == "binary" else (labels, predicted)
            expected = precision_recall_fscore_support(*pair, average=average, zero_division=0)[:3]
            got = ours.precision_recall_f1(tensor(predicted), tensor(labels), average)
            np.testing.assert_allclose(got, expected, rtol=1e-12)
        truth, scores = rng.integers(0, 2, n), rng.integers(0, 9, n) / 4
        truth[:2] = 0, 1
        expected = roc_auc_score(truth, scores)
        np.testing.assert_allclose(ours.roc_auc(tensor(scores), tensor(truth)), expected, rtol=1e-12)
        confidence = rng.uniform(size=n)
        accuracy, mean = calibration_curve(truth, confidence, n_bins=bins)
        counts = np.histogram(confidence, bins=bins, range=(0, 1))[0]
        expected = np.sum(counts[counts > 0] / n * np.abs(accuracy - mean))
        got = ours.calibration_error(tensor(confidence), tensor(truth == 1), bins)
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)


def test_folds_are_as_even_as_can_be(module):
    """Sizes of folds, and of each class in them, are the floor or the ceiling of what an even share would be."""
    ours = module("validation")
    for seed, rng in enumerate(cases()):
        n = int(rng.integers(4, 60))
        k, labels = int(rng.integers(2, n + 1)), rng.integers(0, 4, n)
        folds = ours.k_folds(n, k, torch.Generator().manual_seed(seed), tensor(labels))
        assert sorted(torch.cat([test for _, test in folds]).tolist()) == list(range(n))
        for members in (labels >= 0, *(labels == one for one in range(4))):
            counts = {int(members[test.numpy()].sum()) for _, test in folds}
            assert counts <= {members.sum() // k, -(-members.sum() // k)}


def test_search_agrees_with_scikit_learn(module):
    """Mean scores and the best settings are those of a pipeline of a scaler and a ridge regression."""
    ours = module("validation")
    for rng in cases():
        n, features = rng.integers(6, 20), rng.integers(1, 4)
        X = 3 * rng.normal(size=(n, features)) + 5
        y = X @ rng.normal(size=features) + rng.normal(size=n)
        split = np.array_split(rng.permutation(n), 2)
        folds = [(split[1], split[0]), (split[0], split[1])]
        values = [0.1, 10.0]
        expected = [
            np.mean(
                [
                    -np.mean((make_pipeline(StandardScaler(), Ridge(alpha)).fit(X[a], y[a]).predict(X[b]) - y[b]) ** 2)
                    for a, b in folds
                ]
            )
            for alpha in values
        ]

        def fit(train_X, train_y, settings):
            return Ridge(settings["alpha"]).fit(train_X.numpy(), train_y.numpy())

        def score(model, test_X, test_y):
            return -float(np.mean((model.predict(test_X.numpy()) - test_y.numpy()) ** 2))

        pairs = [(tensor(train), tensor(test)) for train, test in folds]
        best, results = ours.grid_search(fit, score, tensor(X), tensor(y), {"alpha": values}, pairs)
        np.testing.assert_allclose([mean for _, mean in results], expected, rtol=1e-8)
        assert best["alpha"] == values[int(np.argmax(expected))]


def test_kmeans_agrees_with_scikit_learn(module):
    """Centres, assignment and inertia after few or many steps; in every second case one centre starts far away."""
    ours = module("clusters")
    for seed, rng in enumerate(cases(240)):
        n, dim, k = rng.integers(8, 40), rng.integers(1, 4), int(rng.integers(2, 6))
        X = rng.normal(size=(n, dim))
        init = X[rng.permutation(n)[:k]].copy()
        steps = 1 if seed % 2 else 200
        if steps == 1:
            init[-1] += 1000.0
            distances = ((X[:, None] - init) ** 2).sum(-1)
            joined, own = distances.argmin(1), distances.min(1)
            if np.sum(joined == joined[own.argmax()]) < 2:
                continue  # scikit-learn takes a row even from a centre that has no other
        theirs = KMeans(k, init=init, n_init=1, max_iter=steps, tol=0.0, algorithm="lloyd").fit(X)
        centres, assignment, inertia = ours.kmeans(tensor(X), k, torch.Generator(), tensor(init), steps)
        np.testing.assert_allclose(centres, theirs.cluster_centers_, rtol=1e-8, atol=1e-8)
        np.testing.assert_array_equal(assignment, theirs.labels_)
        np.testing.assert_allclose(float(inertia), theirs.inertia_, rtol=1e-8)


def test_near_duplicates_agree_with_all_pairs(module):
    """With a band for each of 64 entries, groups are the components of the graph of similar pairs."""
    ours = module("near_duplicates")
    for seed, rng in enumerate(cases()):
        permutations = ours.random_permutations(64, torch.Generator().manual_seed(seed))
        pool = rng.integers(0, ours.PRIME, 12).tolist()
        documents = [rng.choice(pool, size=rng.integers(4, 10)).tolist() for _ in range(9)]
        sets = [set(document) for document in documents]
        similar = np.array([[len(a & b) / len(a | b) >= 0.6 for b in sets] for a in sets])
        count, label = connected_components(csr_array(similar), directed=False)
        groups = [np.flatnonzero(label == one).tolist() for one in range(count)]
        expected = sorted(group for group in groups if len(group) > 1)
        assert ours.near_duplicates(documents, permutations, 64, 0.6) == expected
        signature = ours.minhash(documents[0], permutations).tolist()
        assert signature == [min((a * x + b) % ours.PRIME for x in sets[0]) for a, b in permutations.tolist()]


def test_bayes_agrees_with_scikit_learn(module):
    """The mended program gives the probabilities of MultinomialNB, for texts of any length."""
    ours = module("debug_bayes")
    for rng in cases():
        n, words, classes = rng.integers(6, 20), rng.integers(2, 9), rng.integers(2, 4)
        counts, labels = rng.integers(0, 5, (n, words)).astype(float), np.arange(n) % classes
        theirs = MultinomialNB(alpha=1.0).fit(counts, labels)
        model = ours.NaiveBayes().fit(tensor(counts), tensor(labels))
        texts = rng.integers(0, 10 ** rng.integers(1, 4), (7, words)).astype(float)
        np.testing.assert_allclose(
            model.predict_proba(tensor(texts)), theirs.predict_proba(texts), rtol=1e-6, atol=1e-12
        )
        first, second = np.sort(theirs.predict_log_proba(texts), axis=1)[:, :-3:-1].T
        clear = first - second > 1e-6  # of equal classes, rounding chooses one
        np.testing.assert_array_equal(model.predict(tensor(texts))[tensor(clear)], theirs.predict(texts)[clear])
