"""Week 02: held against scikit-learn, and exact Jaccard with SciPy's connected components, on 200 random cases or more.

Traps: scikit-learn's LogisticRegression penalises unless told otherwise, and adds the losses up, so its C is
1 / (n * l2); its liblinear penalises the intercept too, so lbfgs it is. Its k-means breaks ties between two farthest
rows by position in memory, so no case has such a tie. Its trees choose between equal splits at random, so rows are drawn
from a continuum, and a case in which it had to choose is left out.
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
from sklearn.tree import DecisionTreeClassifier

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


def equally_good(X, y, least):
    """Count the splits whose impurity is the lowest, but for rounding."""
    n, hot, purity = len(y), np.eye(y.max() + 1)[y], []
    for column in X.T:
        order = np.argsort(column)
        left = hot[order].cumsum(axis=0)
        for size in range(least, n - least + 1):
            if column[order[size - 1]] < column[order[size]]:
                below, above = left[size - 1], left[-1] - left[size - 1]
                purity.append((below**2).sum() / size + (above**2).sum() / (n - size))
    return sum(one > max(purity) - 1e-9 for one in purity)


def one_tree(X, y, new, classes, depth, least=1):
    """A tree of scikit-learn's and its probabilities on new rows; None where it chose among equally good splits."""
    tree = DecisionTreeClassifier(max_depth=depth, min_samples_leaf=least, random_state=0).fit(X, y)
    reached = tree.decision_path(X).toarray().astype(bool)  # (n, nodes)
    for node, feature in enumerate(tree.tree_.feature):
        if feature >= 0 and equally_good(X[reached[:, node]], y[reached[:, node]], least) > 1:
            return None
    shares = np.zeros((len(new), classes))
    shares[:, tree.classes_] = tree.predict_proba(new)
    return tree.tree_, shares


def test_trees_agree_with_scikit_learn(module):
    """Probabilities on new rows, and the root's question, with any limits."""
    ours, compared = module("trees"), 0
    for seed, rng in enumerate(cases(2000)):
        n, features, classes = int(rng.integers(8, 60)), int(rng.integers(1, 4)), int(rng.integers(2, 5))
        depth, least = (None, 1, 2, 4)[seed % 4], int(rng.integers(1, 5))
        X, y = rng.normal(size=(n, features)), rng.integers(0, classes, n)
        y[:classes] = np.arange(classes)
        new = rng.normal(size=(17, features))
        theirs = one_tree(X, y, new, classes, depth, least)
        if theirs is None:
            continue
        compared += 1
        tree = ours.DecisionTree(depth, least).fit(tensor(X), tensor(y))
        np.testing.assert_allclose(tree.predict_proba(tensor(new)), theirs[1], rtol=1e-12)
        split = ours.best_split(tensor(X), tensor(y), least)
        # scikit-learn keeps its rows in float32.
        np.testing.assert_allclose(split, (theirs[0].feature[0], theirs[0].threshold[0]), rtol=1e-4, atol=1e-6)
        if compared == CASES:
            return
    raise AssertionError(f"only {compared} cases without a tie")


def test_forests_agree_with_scikit_learn(module):
    """The mean of scikit-learn's trees, each fitted to the rows that the generator draws."""
    ours, compared = module("trees"), 0
    for seed, rng in enumerate(cases(2000)):
        n, classes, count = int(rng.integers(12, 50)), int(rng.integers(2, 4)), int(rng.integers(1, 4))
        X, y = rng.normal(size=(n, 3)), rng.integers(0, classes, n)
        y[:classes] = np.arange(classes)
        new, source, trees = rng.normal(size=(11, 3)), torch.Generator().manual_seed(seed), []
        for _ in range(count):
            rows = torch.randint(n, (n,), generator=source).numpy()
            trees.append(one_tree(X[rows], y[rows], new, classes, 2))
        if any(tree is None for tree in trees):
            continue
        compared += 1
        forest = ours.BaggedForest(count, 2).fit(tensor(X), tensor(y), torch.Generator().manual_seed(seed))
        expected = np.mean([shares for _, shares in trees], axis=0)
        np.testing.assert_allclose(forest.predict_proba(tensor(new)), expected, rtol=1e-9, atol=1e-12)
        if compared == CASES:
            return
    raise AssertionError(f"only {compared} cases without a tie")


def test_rows_agree_with_ridge_regression(module):
    """The factors of each row are scikit-learn's ridge regression of its known entries on the columns' factors."""
    ours = module("recommender")
    for rng in cases():
        rows, columns, rank = (int(rng.integers(low, high)) for low, high in ((1, 9), (2, 12), (1, 6)))
        l2 = float(10 ** rng.uniform(-2, 1))
        R, factors = rng.normal(3, 1, size=(rows, columns)), rng.normal(size=(columns, rank))
        R[rng.uniform(size=R.shape) < 0.4] = np.nan
        got = ours.solve_rows(tensor(R), tensor(factors), l2)
        for row, solved in zip(R, got, strict=True):
            known = ~np.isnan(row)
            if known.any():
                expected = Ridge(l2, fit_intercept=False, tol=1e-10).fit(factors[known], row[known]).coef_
            else:
                expected = np.zeros(rank)
            np.testing.assert_allclose(solved, expected, rtol=1e-6, atol=1e-9)


def test_descent_agrees_with_autograd(module):
    """One visit is a step down the gradient of the squared error and the penalty, halved, by autograd."""
    ours = module("recommender")
    for seed, rng in enumerate(cases()):
        users, items, rank = (int(rng.integers(1, 6)) for _ in range(3))
        rate, l2 = float(rng.uniform(0.01, 0.5)), float(rng.uniform(0.01, 1))
        R = torch.full((users, items), torch.nan, dtype=torch.float64)
        user, item = int(rng.integers(users)), int(rng.integers(items))
        R[user, item] = rating = float(rng.uniform(1, 5))
        source = torch.Generator().manual_seed(seed)
        P, Q = (0.1 * torch.randn(n, rank, generator=source, dtype=R.dtype) for n in R.shape)
        parts = [P[user].clone(), Q[item].clone(), torch.zeros((), dtype=R.dtype), torch.zeros((), dtype=R.dtype)]
        for _ in range(3):
            parts = [part.detach().requires_grad_() for part in parts]
            p, q, b, c = parts
            loss = (rating - (rating + b + c + p @ q)) ** 2 + l2 * sum(part.square().sum() for part in parts)
            slopes = torch.autograd.grad(loss / 2, parts)
            parts = [part - rate * slope for part, slope in zip(parts, slopes, strict=True)]
        model = ours.MatrixFactorisation(rank, l2).fit_sgd(R, torch.Generator().manual_seed(seed), rate, 3)
        got = model.user_factors[user], model.item_factors[item], model.user_bias[user], model.item_bias[item]
        for ours_part, expected in zip(got, parts, strict=True):
            np.testing.assert_allclose(ours_part, expected.detach(), rtol=1e-9, atol=1e-12)


def test_alternation_never_raises_the_objective(module):
    """Each step lowers squared errors plus penalty, and what the last half-step found is where the slopes vanish."""
    ours = module("recommender")
    for seed, rng in enumerate(cases()):
        users, items, rank, l2 = (*(int(rng.integers(2, 9)) for _ in range(3)), float(10 ** rng.uniform(-1, 1)))
        R = rng.normal(3, 1, size=(users, items))
        R[rng.uniform(size=R.shape) < 0.4] = np.nan
        R[0, 0] = 3.0
        known, before = ~np.isnan(R), np.inf
        for steps in (1, 2, 5):
            model = ours.MatrixFactorisation(rank, l2).fit_als(tensor(R), torch.Generator().manual_seed(seed), steps)
            P, Q = model.user_factors.numpy(), model.item_factors.numpy()
            rest = np.where(known, R - np.nanmean(R) - P @ Q.T, 0)
            now = (rest**2).sum() + l2 * ((P**2).sum() + (Q**2).sum())
            assert now <= before + 1e-9
            before = now
            np.testing.assert_allclose(rest.T @ P, l2 * Q, atol=1e-8)


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
