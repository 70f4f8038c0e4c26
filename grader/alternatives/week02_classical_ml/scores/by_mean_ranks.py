"""One confusion matrix for all averages, mean ranks for the area, a loop over the bins."""

import torch


def precision_recall_f1(predicted, labels, average="binary"):
    if average not in {"binary", "macro", "micro"} or len(predicted) != len(labels) or not len(labels):
        raise ValueError("average or lengths")
    classes, places = torch.cat([predicted, labels]).unique(return_inverse=True)
    k = len(classes)
    table = torch.zeros(k, k, dtype=torch.float64, device=labels.device)
    ones = torch.ones(len(labels), dtype=torch.float64, device=labels.device)
    table.index_put_((places[len(labels) :], places[: len(labels)]), ones, accumulate=True)
    hits, said, true = table.diagonal(), table.sum(0), table.sum(1)
    if average == "binary":
        keep = classes == 1
        hits, said, true = (part[keep].sum() for part in (hits, said, true))
    elif average == "micro":
        hits, said, true = hits.sum(), said.sum(), true.sum()
    zero = torch.zeros((), dtype=torch.float64, device=labels.device)
    precision = torch.where(said > 0, hits / said, zero)
    recall = torch.where(true > 0, hits / true, zero)
    f1 = torch.where(precision + recall > 0, 2 * precision * recall / (precision + recall), zero)
    return tuple(float(part.mean()) for part in (precision, recall, f1))


def roc_auc(scores, labels):
    if len(scores) != len(labels) or scores.isnan().any() or set(labels.tolist()) != {0, 1}:
        raise ValueError("scores or labels")
    _, group, counts = scores.unique(sorted=True, return_inverse=True, return_counts=True)
    last = counts.cumsum(0).double()
    mean_rank = last - (counts.double() - 1) / 2
    positive = int(labels.sum())
    total = mean_rank[group][labels == 1].sum() - positive * (positive + 1) / 2
    return float(total) / (positive * (len(labels) - positive))


def calibration_error(confidence, correct, bins=10):
    n = len(confidence)
    if (
        not n
        or bins < 1
        or len(correct) != n
        or confidence.isnan().any()
        or confidence.min() < 0
        or confidence.max() > 1
    ):
        raise ValueError("confidence, correct or bins")
    total = 0.0
    for b in range(1, bins + 1):
        low, high = (torch.tensor(float(edge), dtype=confidence.dtype) / bins for edge in (b - 1, b))
        inside = (confidence > low.item()) & (confidence <= high.item())
        if b == 1:
            inside |= confidence == 0
        if inside.any():
            gap = confidence[inside].double().mean() - correct[inside].double().mean()
            total += abs(gap.item()) * int(inside.sum()) / n
    return total
