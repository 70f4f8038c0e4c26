"""The area as trapezoids under the curve of all thresholds, as scikit-learn draws it; numpy throughout."""

import numpy as np


def precision_recall_f1(predicted, labels, average="binary"):
    if average not in ("binary", "macro", "micro"):
        raise ValueError("average")
    said, true = predicted.cpu().numpy(), labels.cpu().numpy()
    if said.shape != true.shape or said.size == 0:
        raise ValueError("rows")
    classes = [1] if average == "binary" else np.union1d(said, true)
    counts = np.array([[np.sum((said == c) & (true == c)), np.sum(said == c), np.sum(true == c)] for c in classes])
    if average == "micro":
        counts = counts.sum(axis=0, keepdims=True)
    hits, found, there = counts.T.astype(float)
    precision, recall = (np.divide(hits, below, out=np.zeros_like(hits), where=below > 0) for below in (found, there))
    f1 = np.divide(2 * hits, found + there, out=np.zeros_like(hits), where=found + there > 0)
    return float(precision.mean()), float(recall.mean()), float(f1.mean())


def roc_auc(scores, labels):
    s, t = scores.cpu().numpy(), labels.cpu().numpy()
    if s.shape != t.shape or np.isnan(s).any() or not np.isin(t, (0, 1)).all() or t.min() == t.max():
        raise ValueError("scores or labels")
    order = np.argsort(s)[::-1]
    s, t = s[order], t[order]
    ends = np.append(np.nonzero(s[1:] != s[:-1])[0], len(s) - 1)  # the last row of each group of equal scores
    hits, alarms = (np.concatenate([[0], np.cumsum(what)[ends]]) for what in (t, 1 - t))
    return float(np.trapezoid(hits / hits[-1], alarms / alarms[-1]))


def calibration_error(confidence, correct, bins=10):
    p, hit = confidence.cpu().numpy(), correct.cpu().numpy().astype(float)
    if bins < 1 or p.shape != hit.shape or p.size == 0 or not ((p >= 0) & (p <= 1)).all():
        raise ValueError("confidence, correct or bins")
    edges = np.arange(1, bins).astype(p.dtype) / p.dtype.type(bins)
    place = np.searchsorted(edges, p, side="left")
    counts = np.bincount(place, minlength=bins)
    sums = np.bincount(place, weights=p, minlength=bins) - np.bincount(place, weights=hit, minlength=bins)
    return float(np.abs(sums).sum() / max(counts.sum(), 1))
