"""Week 17's guard and memorisation held against scipy, scikit-learn and brute force.

Every test of values runs at least 200 random cases.
"""

import base64
import math
import random

import numpy as np
import pytest
import torch
from scipy.stats import binomtest, rankdata
from sklearn.metrics import roc_auc_score, roc_curve

CASES = 200
WEEK = "week17_safety"


@pytest.fixture
def guard(solution):
    return solution(WEEK, "guard")


@pytest.fixture
def memorisation(solution):
    return solution(WEEK, "memorisation")


@pytest.fixture
def rng():
    return np.random.default_rng(17)


@pytest.fixture
def dice():
    return random.Random(17)


def some_text(dice):
    letters = "abC.,;\\$ \t\n\u00a0\u3000忽略令一\u9fff\u4dff\ua000é😀"
    return "".join(dice.choices(letters, k=dice.randrange(30)))


def test_markers_that_are_usable(guard, dice):
    """Brute force: a candidate is usable if a text made of its characters and of those of the text has no doublet."""
    for _ in range(CASES):
        text = some_text(dice)
        candidates = ["".join(dice.choices("ab#~^忽 \n", k=dice.randrange(4))) for _ in range(5)]
        usable = [one for one in candidates if one and "".join(one.split()) == one and not set(one) & set(text)]
        if usable:
            assert guard.fresh_marker(text, candidates) == usable[0]
        else:
            with pytest.raises(ValueError):
                guard.fresh_marker(text, candidates)


def test_given_markers_are_usable_and_many(guard, dice):
    markers = guard.random_markers(CASES)
    assert len(set(markers)) > CASES / 2
    for marker in markers:
        assert guard.fresh_marker(some_text(dice), [marker]) == marker


def test_spotlights_can_be_undone(guard, dice):
    """The text comes back: by slicing, by deleting the marker, by decoding; and words are found by str.split."""
    for _ in range(2 * CASES):
        text, marker = some_text(dice), dice.choice(["~", "^#", "\\1", "\\g<0>", "\ue000\ue001"])
        if set(marker) & set(text):
            continue
        assert guard.spotlight(text, "delimit", marker)[len(marker) : -len(marker)] == text
        assert base64.b64decode(guard.spotlight(text, "encode", marker), validate=True).decode() == text
        marked = guard.spotlight(text, "datamark", marker)
        assert marked.replace(marker, "") == text
        apart = "".join(f" {one} " if "\u4e00" <= one <= "\u9fff" else one for one in text)
        assert [one.strip() for one in marked.split(marker)[1:]] == apart.split()


def test_thresholds_by_trying_all(guard, rng):
    for case in range(CASES):
        scores = rng.normal(size=rng.integers(1, 40)).round(case % 3)
        max_rate = rng.choice([0.0, 1.0, rng.random(), rng.integers(0, len(scores) + 1) / len(scores)])
        good = [one for one in scores if (scores > one).sum() / len(scores) <= max_rate]
        assert guard.alarm_threshold(scores, max_rate) == min(good)


def test_rates_and_intervals_as_in_scipy(guard, rng):
    for _ in range(CASES):
        attack, blocked, followed = rng.random((3, rng.integers(2, 60))) < rng.random((3, 1))
        confidence = rng.uniform(0.5, 0.999)
        found = guard.guard_rates(attack, blocked, followed, confidence)
        for name, failed in (
            ("attack_success_rate", (followed & ~blocked)[attack]),
            ("over_refusal_rate", blocked[~attack]),
        ):
            if len(failed) == 0:
                assert math.isnan(found[name][0]) and found[name][1:] == (0.0, 1.0)
                continue
            ends = binomtest(int(failed.sum()), len(failed)).proportion_ci(confidence, method="wilson")
            assert found[name] == pytest.approx((failed.mean(), ends.low, ends.high), abs=1e-12)


def test_exposure_by_ranks_of_scipy(memorisation, rng):
    for case in range(CASES):
        others = rng.normal(size=rng.integers(1, 50)).round(case % 3)
        canaries = rng.normal(size=rng.integers(1, 5)).round(case % 3)
        ranks = [rankdata(np.append(others, one), method="max")[-1] for one in canaries]
        wanted = np.log2(len(others) + 1) - np.log2(ranks)
        found = memorisation.exposure(torch.from_numpy(canaries), torch.from_numpy(others))
        assert found.numpy() == pytest.approx(wanted, abs=1e-12)


def test_scores_as_transcribed(memorisation, rng):
    """The formulas in numpy: there is no library of them here."""
    for _ in range(CASES):
        losses, reference = rng.uniform(0.1, 5, (2, rng.integers(1, 20)))
        for kind, wanted in (
            ("loss", -losses),
            ("difference", reference - losses),
            ("ratio", -losses / reference),
        ):
            found = memorisation.membership_scores(torch.from_numpy(losses), torch.from_numpy(reference), kind)
            assert found.numpy() == pytest.approx(wanted, rel=1e-12)


def test_roc_as_in_sklearn(memorisation, rng):
    for case in range(CASES):
        n = rng.integers(2, 80)
        scores, members = rng.normal(size=n).round(case % 3), rng.random(n) < rng.uniform(0.2, 0.8)
        members[:2] = True, False
        arguments = torch.from_numpy(scores), torch.from_numpy(members)
        assert memorisation.attack_auc(*arguments) == pytest.approx(roc_auc_score(members, scores), abs=1e-12)
        fpr, tpr, _ = roc_curve(members, scores, drop_intermediate=False)
        for max_fpr in (0.0, 0.01, rng.random(), rng.choice(fpr), 1.0):
            wanted = tpr[fpr <= max_fpr].max()
            assert memorisation.tpr_at_fpr(*arguments, float(max_fpr)) == pytest.approx(wanted, abs=1e-12)
