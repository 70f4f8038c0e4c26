"""Week 14: held against sacrebleu, rouge-score, transformers, scikit-learn, scipy and krippendorff, and whole numbers."""

import math

import krippendorff
import numpy as np
import pytest
import torch
from scipy.sparse.csgraph import connected_components
from scipy.stats import bootstrap
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score
from sklearn.metrics.cluster import pair_confusion_matrix

CASES = 200


def _texts(rng, count, low, high, kinds):
    return [[f"t{kind}" for kind in rng.integers(0, kinds, size=rng.integers(low, high))] for _ in range(count)]


def test_bleu(solution):
    """On random corpora with up to three references, BLEU is sacrebleu's on text that is cut already."""
    from sacrebleu.metrics import BLEU

    bleu = solution("week14_evaluation", "overlap").bleu
    rng = np.random.default_rng(14)
    for case in range(CASES):
        smoothing, kinds = ("exp", "none")[case % 2], int(rng.integers(2, 9))
        hypotheses = _texts(rng, int(rng.integers(1, 6)), 0, 14, kinds)
        references = [_texts(rng, int(rng.integers(1, 4)), 1, 14, kinds) for _ in hypotheses]
        metric = BLEU(tokenize="none", smooth_method=smoothing)
        widest = max(map(len, references))
        # sacrebleu has a list for each number of a reference; None where a hypothesis has fewer.
        streams = [
            [" ".join(texts[place]) if place < len(texts) else None for texts in references] for place in range(widest)
        ]
        theirs = metric.corpus_score([" ".join(text) for text in hypotheses], streams).score

        assert bleu(hypotheses, references, smoothing) == pytest.approx(theirs, rel=1e-9, abs=1e-9)


def test_bleu_of_chinese(solution):
    """By characters, Chinese BLEU is that of sacrebleu's own tokenizer for Chinese; by words, that of jieba's words."""
    import jieba
    from sacrebleu.metrics import BLEU

    bleu = solution("week14_evaluation", "overlap").bleu
    hypothesis, reference = "安娜住在湖旁边，她养了一只猫。", "安娜的家在湖旁边，她有一只猫。"
    for tokenize, cut in (("zh", list), ("none", jieba.lcut)):
        one, other = cut(hypothesis), cut(reference)
        texts = (hypothesis, reference) if tokenize == "zh" else (" ".join(one), " ".join(other))
        theirs = BLEU(tokenize=tokenize).corpus_score([texts[0]], [[texts[1]]]).score

        assert bleu([one], [[other]]) == pytest.approx(theirs, rel=1e-9)


class _Cut:
    """A tokenizer for rouge-score, whose own keeps a-z and 0-9 alone."""

    def tokenize(self, text):
        return text.split()


def test_rouge(solution):
    """On random texts and up to three references, ROUGE-1, -2, -3 and -L are those of rouge-score."""
    from rouge_score.rouge_scorer import RougeScorer

    overlap = solution("week14_evaluation", "overlap")
    rng = np.random.default_rng(14)
    scorer = RougeScorer(["rouge1", "rouge2", "rouge3", "rougeL"], tokenizer=_Cut())
    for _ in range(CASES):
        kinds = int(rng.integers(2, 9))
        (hypothesis,), references = _texts(rng, 1, 0, 19, kinds), _texts(rng, int(rng.integers(1, 4)), 0, 19, kinds)
        theirs = scorer.score_multi([" ".join(text) for text in references], " ".join(hypothesis))
        for n in (1, 2, 3):
            assert overlap.rouge_n(hypothesis, references, n)[2] == pytest.approx(theirs[f"rouge{n}"].fmeasure)
            if len(references) == 1:
                assert overlap.rouge_n(hypothesis, references, n) == pytest.approx(tuple(theirs[f"rouge{n}"]))
        assert overlap.rouge_l(hypothesis, references)[2] == pytest.approx(theirs["rougeL"].fmeasure)
        if len(references) == 1:
            assert overlap.rouge_l(hypothesis, references) == pytest.approx(tuple(theirs["rougeL"]))


def test_rouge_score_reads_no_chinese(solution):
    """rouge-score's own tokenizer drops every Chinese character, so it is no oracle for Chinese."""
    from rouge_score.rouge_scorer import RougeScorer

    overlap = solution("week14_evaluation", "overlap")
    assert RougeScorer(["rouge1"]).score("你好", "你好")["rouge1"].fmeasure == 0
    assert overlap.rouge_n(list("你好"), [list("你好")], 1) == (1.0, 1.0, 1.0)


@pytest.fixture(scope="module")
def judges(solution):
    """The solution's module."""
    return solution("week14_evaluation", "judges")


def random_games(rng):
    """Wins and half wins of a few players who all can be ranked: everybody beat the next one, in a circle."""
    players = int(rng.integers(2, 9))
    wins = rng.integers(0, 9, (players, players)) / 2 * (rng.random((players, players)) < 0.7)
    wins[np.arange(players), (np.arange(players) + 1) % players] += 1
    np.fill_diagonal(wins, 0)
    return wins


def test_bradley_terry_against_logistic_regression(judges):
    """scikit-learn's logistic regression without a penalty and without a constant gives the same differences."""
    rng = np.random.default_rng(14)
    for case in range(CASES):
        wins, prior = random_games(rng), 0.0 if case % 2 else float(rng.random())
        i, j = (wins + prior * (1 - np.eye(len(wins)))).nonzero()
        design = (np.eye(len(wins))[i] - np.eye(len(wins))[j])[:, 1:]  # the first player is held at 0
        weights = wins[i, j] + prior
        model = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10, max_iter=10_000, solver="newton-cholesky")
        model.fit(np.concatenate([design, -design]), [1] * len(i) + [0] * len(i), np.concatenate([weights, weights]))
        expected = np.concatenate([[0], model.coef_[0]])
        expected -= expected.mean()

        torch.testing.assert_close(
            judges.bradley_terry(torch.from_numpy(wins), prior), torch.tensor(expected), rtol=0, atol=1e-5
        )


def test_there_is_an_answer_as_ford_says(judges):
    """Games have a most probable answer if and only if the graph of wins is strongly connected."""
    rng = np.random.default_rng(14)
    refused = 0
    for _ in range(CASES):
        players = int(rng.integers(1, 7))
        wins = rng.integers(1, 3, (players, players)) * (rng.random((players, players)) < 0.4)
        np.fill_diagonal(wins, 0)
        one = connected_components(wins > 0, connection="strong")[0] == 1
        try:
            judges.bradley_terry(torch.from_numpy(wins))
            assert one
        except ValueError:
            refused += 1
            assert not one
    assert CASES / 10 < refused < CASES * 9 / 10


def test_bootstrap_interval_against_scipy(judges):
    """With the rows that the generator draws, the ends are numpy's quantiles, and near scipy's percentile interval."""
    rng = np.random.default_rng(14)
    for case in range(CASES):
        values, level = rng.normal(size=(int(rng.integers(1, 30)), 2)), float(rng.uniform(0.05, 0.99))
        resamples = int(rng.integers(1, 60))
        rows = torch.randint(
            len(values), (resamples, len(values)), generator=torch.Generator().manual_seed(case)
        ).numpy()
        found = values[rows].mean(axis=(1, 2))
        got = judges.bootstrap_interval(
            torch.from_numpy(values),
            lambda rows: float(rows.mean()),
            torch.Generator().manual_seed(case),
            resamples=resamples,
            level=level,
        )

        np.testing.assert_allclose(got, np.quantile(found, [(1 - level) / 2, (1 + level) / 2]), rtol=1e-12, atol=1e-12)
    values = rng.normal(size=200)
    theirs = bootstrap((values,), np.mean, n_resamples=5000, method="percentile", random_state=14).confidence_interval
    got = judges.bootstrap_interval(
        torch.from_numpy(values), lambda rows: float(rows.mean()), torch.Generator().manual_seed(14), resamples=5000
    )
    np.testing.assert_allclose(got, theirs, atol=0.01)


def test_judge_pairs_against_a_table(judges):
    """Scores, bias and consistency are those of a table of both orders."""
    rng = np.random.default_rng(14)
    for _ in range(CASES):
        answers = rng.choice([0, 0.25, 0.5, 0.75, 1], size=(int(rng.integers(1, 9)), 2))
        a, b = ([f"{name}{place}" for place in range(len(answers))] for name in "ab")
        got = judges.judge_pairs(lambda one, _, answers=answers: answers[int(one[1:]), int(one[0] == "b")], a, b)

        np.testing.assert_allclose(got["scores"], (answers[:, 0] - answers[:, 1] + 1) / 2)
        np.testing.assert_allclose(got["bias"], answers.mean() - 0.5, atol=1e-12)
        signs = np.sign(answers - 0.5)
        np.testing.assert_allclose(got["consistent"], (signs.sum(1) == 0).mean())


def test_token_losses(solution):
    """In random windows, the losses are those of a Llama's own loss function, asked for one token at a time."""
    from transformers import LlamaConfig, LlamaForCausalLM

    losses_of = solution("week14_evaluation", "perplexity").token_losses
    config = LlamaConfig(
        vocab_size=17, hidden_size=8, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        max_position_embeddings=64, attn_implementation="eager",
    )  # fmt: skip
    model = LlamaForCausalLM(config).double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(20)  # far from uniform
    rng = np.random.default_rng(14)
    cases = 0
    while cases < CASES:
        tokens, length = int(rng.integers(2, 30)), int(rng.integers(2, 12))
        stride = int(rng.integers(1, length))
        ids = torch.from_numpy(rng.integers(0, 17, size=tokens))
        got = losses_of(lambda window: model(window).logits, ids, stride, length)
        assert len(got) == tokens - 1
        for place in rng.choice(np.arange(1, tokens), size=min(4, tokens - 1), replace=False).tolist():
            begin = 0
            while begin + length <= place:
                begin += stride
            window = ids[None, begin : place + 1]
            labels = torch.full_like(window, -100)
            labels[0, -1] = window[0, -1]
            with torch.no_grad():
                theirs = float(model(window, labels=labels).loss)

            assert float(got[place - 1]) == pytest.approx(theirs, rel=1e-5, abs=1e-6)
            cases += 1


def test_wren_and_the_recipe(solution):
    """On wren, three versions of transformers' recipe are off; ours is the mean of every token's own loss."""
    import json
    from pathlib import Path

    from transformers import AutoModelForCausalLM, AutoTokenizer

    data = Path(__file__).resolve().parents[2] / "datasets"
    tokenizer = AutoTokenizer.from_pretrained(data / "wren")
    model = AutoModelForCausalLM.from_pretrained(data / "wren", dtype=torch.float32).eval()
    lines = (data / "small_world" / "held_out.jsonl").read_text(encoding="utf-8").splitlines()
    text = "\n".join(record["text"] for record in map(json.loads, lines) if "text" in record)
    ids = torch.tensor(tokenizer(text)["input_ids"][:331])
    week = solution("week14_evaluation", "perplexity")
    ours = math.log(week.perplexity(lambda window: model(window).logits, ids, 96, 128))
    assert ours == pytest.approx(float(_by_labels(model, ids, 96, 128)), rel=1e-5)

    means, counts, begun = [], [], 0
    for begin in range(0, len(ids), 96):
        end = min(begin + 128, len(ids))
        window = ids[None, begin:end]
        labels = window.clone()
        labels[:, : begun - end or None] = -100
        if begun == 0:
            labels = window.clone()
        with torch.no_grad():
            means.append(float(model(window, labels=labels).loss))
        counts.append(end - begun)
        begun = end
        if end == len(ids):
            break
    averaged = sum(means) / len(means)
    too_many = sum(mean * count for mean, count in zip(means, counts, strict=True)) / len(ids)
    too_few = sum(mean * (count - 1) for mean, count in zip(means, counts, strict=True)) / sum(c - 1 for c in counts)
    exact = sum(mean * (count - (number == 0)) for number, (mean, count) in enumerate(zip(means, counts, strict=True)))
    assert ours == pytest.approx(exact / (len(ids) - 1), rel=1e-5)
    for theirs in (averaged, too_many, too_few):
        assert abs(theirs - ours) > 1e-5


def _by_labels(model, ids, stride, length):
    """The mean loss, one token at a time, by transformers' loss."""
    total = 0.0
    for place in range(1, len(ids)):
        begin = 0
        while begin + length <= place:
            begin += stride
        window = ids[None, begin : place + 1]
        labels = torch.full_like(window, -100)
        labels[0, -1] = window[0, -1]
        with torch.no_grad():
            total += float(model(window, labels=labels).loss)
    return total / (len(ids) - 1)


def test_bits_per_byte(solution):
    """On random texts in both languages: the sum of all losses in bits, over the bytes."""
    bits_per_byte = solution("week14_evaluation", "perplexity").bits_per_byte
    rng = np.random.default_rng(14)
    for _ in range(CASES):
        losses = rng.exponential(2, size=int(rng.integers(1, 40)))
        text = "".join(rng.choice(list("ab 柳湾é🦆"), size=int(rng.integers(1, 30))))
        expected = losses.sum() / math.log(2) / len(text.encode("utf-8"))

        assert bits_per_byte(math.exp(losses.mean()), len(losses), text) == pytest.approx(expected)


@pytest.fixture(scope="module")
def raters(solution):
    """The solution's module."""
    return solution("week14_evaluation", "raters")


def test_cohen_kappa_against_scikit_learn(raters):
    """Kappas are scikit-learn's, with every kind of weights and a scale that may be longer than what was used."""
    rng = np.random.default_rng(14)
    for case in range(CASES):
        scale = ["never", "rarely", "often", "always", "unclear"][: int(rng.integers(2, 6))]
        first, second = ([scale[i] for i in rng.integers(0, len(scale), 1 + case % 20)] for _ in range(2))
        for weights in (None, "linear", "quadratic"):
            got = raters.cohen_kappa(first, second, scale, weights)
            if len({*first, *second}) == 1:
                assert np.isnan(got)
            else:
                expected = cohen_kappa_score(first, second, labels=scale, weights=weights)
                np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)


def test_krippendorff_alpha_against_krippendorff(raters):
    """Alphas are those of the package krippendorff, with ratings missing here and there."""
    rng = np.random.default_rng(14)
    compared = 0
    for _ in range(CASES * 2):
        ratings = rng.choice([-2.5, 0, 1, 4, 9], (int(rng.integers(2, 6)), int(rng.integers(1, 9))))
        ratings[rng.random(ratings.shape) < 0.35] = np.nan
        paired = ratings[:, (~np.isnan(ratings)).sum(0) >= 2]
        values = np.unique(paired[~np.isnan(paired)])
        for level in ("nominal", "ordinal", "interval"):
            if len(values) == 0:
                with pytest.raises(ValueError, match="two ratings"):
                    raters.krippendorff_alpha(torch.from_numpy(ratings), level)
            elif len(values) == 1:
                assert np.isnan(raters.krippendorff_alpha(torch.from_numpy(ratings), level))
            else:
                compared += 1
                expected = krippendorff.alpha(ratings, level_of_measurement=level)
                got = raters.krippendorff_alpha(torch.from_numpy(ratings), level)
                np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)
    assert compared > CASES


def test_summarise_against_a_generator_of_sheets(raters):
    """Sheets are made from a table of what each rater thinks; order, blanks and second thoughts change nothing."""
    rng = np.random.default_rng(14)
    for _ in range(CASES):
        people, items = int(rng.integers(1, 5)), int(rng.integers(1, 7))
        opinion = rng.choice([0, 0.5, 1, np.nan], (people, items), p=[0.3, 0.2, 0.3, 0.2])  # what system A gets
        if np.isnan(opinion).all():
            opinion[0, 0] = 1
        rows, first = [], []
        for person, item in rng.permutation([(p, i) for p in range(people) for i in range(items)]):
            for last in (False, True):
                turned = rng.random() < 0.5
                score = opinion[person, item] if last else rng.choice([0, 0.5, 1])
                got = 1 - score if turned else score  # what the first place gets
                blank = np.isnan(opinion[person, item])
                choice = "" if blank else {1: "first", 0.5: "tie", 0: "second"}[got]
                pair = ("B", "A") if turned else ("A", "B")
                rows.append({"rater": f"r{person}", "item": f"q{item}", "first": pair[0], "second": pair[1]})
                rows[-1]["choice"] = choice
            first += [] if blank else [got]
        summary = raters.summarise(rows)

        rated = opinion[:, ~np.isnan(opinion).all(0)]
        assert summary["items"] == rated.shape[1]
        assert summary["raters"] == (~np.isnan(opinion).all(1)).sum()
        np.testing.assert_allclose(summary["scores"]["A"], np.nanmean(rated, 0).mean())
        np.testing.assert_allclose(summary["scores"]["B"], 1 - np.nanmean(rated, 0).mean())
        np.testing.assert_allclose(summary["first"], np.mean(first))
        paired = opinion[:, (~np.isnan(opinion)).sum(0) >= 2]
        if len(np.unique(paired[~np.isnan(paired)])) > 1:
            np.testing.assert_allclose(summary["alpha"], krippendorff.alpha(opinion, level_of_measurement="nominal"))
        else:
            assert np.isnan(summary["alpha"])


def test_pass_at_k(solution):
    """The estimate is that of lm-evaluation-harness and HumanEval, a product of numpy, and exact by whole numbers."""
    from fractions import Fraction

    pass_at_k = solution("week14_evaluation", "accuracy").pass_at_k
    rng = np.random.default_rng(14)
    for _ in range(CASES):
        n = int(rng.integers(1, 300))
        c, k = int(rng.integers(0, n + 1)), int(rng.integers(1, n + 1))
        theirs = 1.0 if n - c < k else 1.0 - np.prod(1.0 - k / np.arange(n - c + 1, n + 1))
        exact = 1 - Fraction(math.comb(n - c, k), math.comb(n, k))

        assert pass_at_k(n, c, k) == pytest.approx(theirs, rel=1e-9)
        assert pass_at_k(n, c, k) == pytest.approx(float(exact), rel=1e-12)


def test_pass_at_k_is_unbiased(solution):
    """Over all outcomes of n samples, weighted by their chance, the mean is 1 - (1 - p)^k for every p."""
    pass_at_k = solution("week14_evaluation", "accuracy").pass_at_k
    rng = np.random.default_rng(14)
    for _ in range(CASES):
        n, p = int(rng.integers(1, 20)), float(rng.uniform())
        k = int(rng.integers(1, n + 1))
        mean = sum(math.comb(n, c) * p**c * (1 - p) ** (n - c) * pass_at_k(n, c, k) for c in range(n + 1))

        assert mean == pytest.approx(1 - (1 - p) ** k)


def test_choice_accuracy(solution):
    """On random questions with ties: lm-evaluation-harness's acc and acc_norm, argmax of numpy over quotients."""
    choice_accuracy = solution("week14_evaluation", "accuracy").choice_accuracy
    rng = np.random.default_rng(14)
    for _ in range(CASES):
        questions, choices = int(rng.integers(1, 20)), int(rng.integers(1, 6))
        logprobs = -rng.integers(0, 9, size=(questions, choices)).astype(float)
        lengths, gold = rng.integers(1, 5, size=(questions, choices)), rng.integers(0, choices, size=questions)
        acc = np.mean([np.argmax(row) == answer for row, answer in zip(logprobs, gold, strict=True)])
        quotients = [row / sizes for row, sizes in zip(logprobs, lengths, strict=True)]
        acc_norm = np.mean([np.argmax(row) == answer for row, answer in zip(quotients, gold, strict=True)])
        got = choice_accuracy(torch.from_numpy(logprobs), torch.from_numpy(lengths), torch.from_numpy(gold))

        assert got == pytest.approx((acc, acc_norm))


def test_exact_match(solution):
    """On plain English, where SQuAD's normalisation and ours say the same, both find the same answers equal."""
    import re
    import string

    def squad(text):
        text = "".join(letter for letter in text.lower() if letter not in string.punctuation)
        return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())

    accuracy = solution("week14_evaluation", "accuracy")
    rng = np.random.default_rng(14)
    pieces = ["the", "A", "duck", "Duck!", "goose,", "an", "(boat)", "isn't", " ", "theory", "\t"]
    for _ in range(CASES):
        one, other = (" ".join(["mill", *rng.choice(pieces, size=int(rng.integers(0, 6)))]) for _ in range(2))
        assert accuracy.normalise_answer(one) == squad(one)
        assert accuracy.exact_match(one, [other]) == (squad(one) == squad(other))


@pytest.fixture(scope="module")
def trust(solution):
    """The solution's module."""
    return solution("week14_evaluation", "trust")


def test_contamination_against_scikit_learn(trust):
    """An n-gram is known if scikit-learn's vectorizer of n-grams has it in its vocabulary."""
    rng = np.random.default_rng(14)
    for case in range(CASES):
        n = 1 + case % 4
        corpus, texts = (
            [" ".join(rng.choice(["red", "blue", "cat", "dog", "ran"], size)) for size in rng.integers(low, 12, 4)]
            for low in (0, n)
        )
        vectorizer = CountVectorizer(ngram_range=(n, n), token_pattern=r"\w+")
        analyze = vectorizer.build_analyzer()
        known = {gram for document in corpus for gram in analyze(document)}
        expected = [np.mean([gram in known for gram in analyze(text)]) for text in texts]

        np.testing.assert_allclose(trust.contamination(texts, corpus, n), expected)


def test_self_agreement_against_the_rand_index(trust):
    """Agreeing pairs are the ones that scikit-learn's pair confusion matrix of the answers with themselves counts."""
    rng = np.random.default_rng(14)
    for _ in range(CASES):
        samples = [str(sample) for sample in rng.integers(0, 4, int(rng.integers(2, 12)))]
        best, agreement = trust.self_agreement(samples)
        pairs = pair_confusion_matrix(samples, samples)

        np.testing.assert_allclose(agreement, pairs[1, 1] / pairs.sum())
        assert samples.count(best) == max(map(samples.count, samples))


def test_groundedness_by_coverage(trust):
    """A sentence is grounded where the best passage covers it, counted word by word; bias by numpy."""
    rng = np.random.default_rng(14)
    vocabulary = np.array(["red", "blue", "cat", "dog", "ran", "1901", "b2"])
    for _ in range(CASES):
        draw = rng.random((7, len(vocabulary))) < 0.5
        draw[:, 0] = True  # no sentence is empty
        said, passages = draw[:4], draw[4:]
        texts = [" ".join(vocabulary[row]) for row in draw]
        share = float(rng.choice([0.25, 0.5, 0.75, 1.0]))
        covered = (said[:, None] & passages).sum(2) >= share * said.sum(1)[:, None]
        covered &= ~(said[:, None, 5:] & ~passages[:, 5:]).any(2)
        got, missing = trust.groundedness(". ".join(texts[:4]) + ".", texts[4:], share)

        np.testing.assert_allclose(got, covered.any(1).mean())
        assert len(missing) == (~covered.any(1)).sum()

        scores = {f"t{place}": float(score) for place, score in enumerate(rng.normal(size=7))}
        groups = {"a": ["t0", "t1"], "b": ["t2"], "c": ["t3", "t4", "t5", "t6"]}
        found = trust.bias_probe("[X]", groups, scores.__getitem__)
        means = [np.mean([scores[term] for term in terms]) for terms in groups.values()]
        np.testing.assert_allclose(list(found["means"].values()), means)
        np.testing.assert_allclose(found["gap"], np.max(means) - np.min(means))
