"""Weeks 12 and 14 beside scikit-learn, faiss, rank_bm25, sacrebleu, rouge-score and krippendorff.

Week 13 has no numbers that a library computes; tests/oracles holds its texts, schemas and windows.
"""

import random
from collections.abc import Iterator
from functools import partial

import faiss
import krippendorff
import numpy as np
import torch
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score
from sklearn.metrics.cluster import pair_confusion_matrix
from torch import nn

from tests.bench.comparisons import FEW, Comparison, Load, same
from tests.oracles import test_week12_rag as rag
from tests.oracles import test_week14_evaluation as evaluation


def week12(load: Load, seed: int) -> Iterator[Comparison]:
    source, dice = torch.Generator().manual_seed(seed), random.Random(seed)
    rest = "".join(rag.random_text(dice) for _ in range(20)), 40 + seed % 40, seed % 20, load("splitter").SEPARATORS
    yield same(load, "splitter.split_recursively", "brute force", rag.chunks_by_positions, *rest)
    x = torch.randn(8, 32, 64, generator=source, dtype=torch.float64)
    yield same(load, "embedding.normalise", "torch", lambda x: nn.functional.normalize(x, dim=-1), x)
    words = [f"w{number}" for number in range(100)]
    documents, query = [dice.choices(words, k=dice.randrange(40)) for _ in range(50)], dice.choices(words, k=5)
    ours, theirs = (one(documents, k1=1.2, b=0.7) for one in (load("lexical").BM25, rag.LuceneIdf))
    yield "lexical.BM25.scores", "rank_bm25", partial(ours.scores, query), partial(theirs.get_scores, query)
    rankings = [dice.sample(range(50), 20) for _ in range(3)]
    yield *same(load, "fusion.reciprocal_rank_fusion", "brute force", rag.fused_by_brute_force, rankings, 60), dict
    rest = x[0, 0], x[1], 5, dice.random()
    yield same(load, "fusion.maximal_marginal_relevance", "scikit-learn", rag.chosen_by_brute_force, *rest)
    rest = dice.sample(range(50), 50), {name: dice.choice([0, 0, 1, 3.5]) for name in range(50)}, 1 + seed % 60
    yield same(load, "metrics.ndcg_at_k", "scikit-learn", rag.ndcg_by_sklearn, *rest)
    if seed < FEW:
        queries, vectors = nn.functional.normalize(torch.randn(10_050, 32, generator=source)).split((50, 10_000))
        searches = ("scikit-learn", "euclidean", rag.sklearn_search), ("faiss", "cosine", rag.faiss_search)
        for oracle, metric, search in searches:
            index = load("index").VectorIndex(metric)
            index.add(vectors, torch.arange(len(vectors)))
            calls = partial(index.search, queries, 10), partial(search(vectors, metric, 10), queries)
            yield f"index.VectorIndex, {metric}, float32", oracle, *calls
        truth, index = calls[1]()[1], load("inverted_file").InvertedFileIndex(64, 8)
        index.add(vectors, torch.arange(len(vectors)))
        calls = partial(index.search, queries, 10), partial(rag.faiss_cells(vectors, 64, 8, 10), queries)
        yield "inverted_file.InvertedFileIndex, recall", "faiss", *calls, lambda found: rag.recall(found[1], truth)
    left, right = (nn.functional.normalize(torch.randn(n, 8, 16, generator=source), dim=-1).double() for n in (2, 10))
    real = [torch.ones(table.shape[:2], dtype=torch.bool) for table in (left, right)]
    yield same(load, "rerank.max_sim", "scikit-learn", rag.late_interaction_by_sklearn, left, right, *real)
    if seed < 2:
        yield "hnsw.HNSWIndex, recall, float32", "faiss", *_graphs(load("hnsw"), source)


def _graphs(hnsw, source):
    """Searches in our graph and in faiss's, and what makes their answers alike: the recall, which may differ a little."""
    vectors, queries = torch.randn(1_050, 12, generator=source).split((1_000, 50))
    truth = torch.cdist(queries, vectors).topk(10, largest=False).indices
    ours, theirs = hnsw.HNSWIndex(source, 8, 32), faiss.IndexHNSWFlat(12, 8)
    ours.add(vectors)
    theirs.hnsw.efConstruction, theirs.hnsw.efSearch = 32, 32
    theirs.add(vectors.numpy())
    calls = partial(ours.search, queries, 10, 32), partial(theirs.search, queries.numpy(), 10)
    return *calls, lambda found: rag.recall(torch.as_tensor(found[1]), truth)


def week14(load: Load, seed: int) -> Iterator[Comparison]:
    rng = np.random.default_rng(seed)
    texts = evaluation._texts(rng, 20, 5, 30, 9)
    hypotheses, references = texts[:10], [[one] for one in texts[10:]]
    lines, streams = [" ".join(one) for one in hypotheses], [[" ".join(one) for (one,) in references]]
    ours = partial(load("overlap").bleu, hypotheses, references)
    yield "overlap.bleu", "sacrebleu", ours, lambda: BLEU(tokenize="none").corpus_score(lines, streams).score
    scorer = RougeScorer(["rougeL"], tokenizer=evaluation._Cut())
    ours = lambda: load("overlap").rouge_l(hypotheses[0], references[0])[2]  # noqa: E731
    yield "overlap.rouge_l", "rouge-score", ours, lambda: scorer.score(streams[0][0], lines[0])["rougeL"].fmeasure
    first, second = ([str(i) for i in rng.integers(0, 4, 200)] for _ in range(2))
    scale = list("0123")
    theirs = partial(cohen_kappa_score, first, second, labels=scale, weights="linear")
    yield (
        "raters.cohen_kappa",
        "scikit-learn",
        partial(load("raters").cohen_kappa, first, second, scale, "linear"),
        theirs,
    )
    ratings = rng.choice([0.0, 1, 4, 9], (4, 60))
    ratings[rng.random(ratings.shape) < 0.3] = np.nan
    theirs = partial(krippendorff.alpha, ratings, level_of_measurement="interval")
    ours = partial(load("raters").krippendorff_alpha, torch.from_numpy(ratings), "interval")
    yield "raters.krippendorff_alpha", "krippendorff", ours, theirs
    n = 50 + seed
    theirs = lambda: 1.0 - np.prod(1.0 - 5 / np.arange(n - 9 + 1, n + 1))  # noqa: E731
    yield "accuracy.pass_at_k", "HumanEval's", partial(load("accuracy").pass_at_k, n, 9, 5), theirs
    samples = [str(one) for one in rng.integers(0, 4, 50)]
    pairs = lambda: (table := pair_confusion_matrix(samples, samples))[1, 1] / table.sum()  # noqa: E731
    yield "trust.self_agreement", "scikit-learn", lambda: load("trust").self_agreement(samples)[1], pairs
    wins = evaluation.random_games(rng)
    if seed < FEW:
        calls = partial(load("judges").bradley_terry, torch.from_numpy(wins)), partial(_by_regression, wins)
        yield "judges.bradley_terry", "scikit-learn", *calls


def _by_regression(wins: np.ndarray) -> np.ndarray:
    i, j = wins.nonzero()
    design = (np.eye(len(wins))[i] - np.eye(len(wins))[j])[:, 1:]
    model = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10, max_iter=10_000, solver="newton-cholesky")
    model.fit(np.concatenate([design, -design]), [1] * len(i) + [0] * len(i), np.tile(wins[i, j], 2))
    strengths = np.concatenate([[0], model.coef_[0]])
    return strengths - strengths.mean()


WEEKS = {"12": week12, "14": week14}
