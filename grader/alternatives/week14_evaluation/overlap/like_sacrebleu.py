"""As sacrebleu and rouge-score do it: statistics of each sentence in one row, precisions in percent, a whole table."""

import math

import numpy as np


def extract(tokens, low, high):
    found = {}
    for order in range(low, high + 1):
        for begin in range(len(tokens) - order + 1):
            gram = tuple(tokens[begin : begin + order])
            found[gram] = found.get(gram, 0) + 1
    return found


def statistics(hypothesis, references):
    merged, lengths = {}, []
    for reference in references:
        for gram, count in extract(reference, 1, 4).items():
            merged[gram] = max(merged.get(gram, 0), count)
        lengths.append(len(reference))
    length, difference = -1, -1
    for other in lengths:
        away = abs(len(hypothesis) - other)
        if difference == -1 or away < difference or (away == difference and other < length):
            difference, length = away, other
    correct, total = [0] * 4, [0] * 4
    for gram, count in extract(hypothesis, 1, 4).items():
        total[len(gram) - 1] += count
        correct[len(gram) - 1] += min(count, merged.get(gram, 0))
    return [len(hypothesis), length, *correct, *total]


def bleu(hypotheses, references, smoothing="exp"):
    if smoothing not in {"none", "exp"}:
        raise ValueError("unknown smoothing")
    if len(hypotheses) == 0 or len(hypotheses) != len(references):
        raise ValueError("hypotheses and references")
    rows = []
    for hypothesis, others in zip(hypotheses, references, strict=False):
        if isinstance(others, str) or any(isinstance(text, str) for text in [hypothesis, *others]):
            raise TypeError("strings")
        if not others:
            raise ValueError("no reference")
        rows.append(statistics(hypothesis, others))
    stats = np.array(rows).sum(axis=0).tolist()
    sys_len, ref_len, correct, total = stats[0], stats[1], stats[2:6], stats[6:]
    if not any(correct):
        return 0.0
    penalty = math.exp(1 - ref_len / sys_len) if sys_len < ref_len else 1.0
    precisions, smooth = [0.0] * 4, 1.0
    for n in range(4):
        if total[n] == 0:
            break
        if correct[n]:
            precisions[n] = 100.0 * correct[n] / total[n]
        elif smoothing == "exp":
            smooth *= 2
            precisions[n] = 100.0 / (smooth * total[n])
    return penalty * math.exp(sum(math.log(p) if p else -9999999999 for p in precisions) / 4)


def score(common, predicted, target):
    precision, recall = common / max(predicted, 1), common / max(target, 1)
    f = 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0
    return precision, recall, f


def checked(hypothesis, references):
    for text in (hypothesis, references, *references):
        if isinstance(text, str):
            raise TypeError("tokens, please")
    if not references:
        raise ValueError("no references")


def rouge_n(hypothesis, references, n):
    checked(hypothesis, references)
    if n <= 0:
        raise ValueError("rougen requires positive n")
    predicted = extract(hypothesis, n, n)
    scores = []
    for reference in references:
        target = extract(reference, n, n)
        common = sum(min(count, predicted.get(gram, 0)) for gram, count in target.items())
        scores.append(score(common, sum(predicted.values()), sum(target.values())))
    return scores[int(np.argmax([f for _, _, f in scores]))]


def rouge_l(hypothesis, references):
    checked(hypothesis, references)
    scores = []
    for reference in references:
        table = np.zeros((len(reference) + 1, len(hypothesis) + 1), dtype=int).tolist()
        for i in range(1, len(reference) + 1):
            for j in range(1, len(hypothesis) + 1):
                if reference[i - 1] == hypothesis[j - 1]:
                    table[i][j] = table[i - 1][j - 1] + 1
                else:
                    table[i][j] = max(table[i - 1][j], table[i][j - 1])
        scores.append(score(table[-1][-1], len(hypothesis), len(reference)))
    return scores[int(np.argmax([f for _, _, f in scores]))]
