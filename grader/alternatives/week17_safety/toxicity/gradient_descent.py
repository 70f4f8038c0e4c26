"""Logistic regression by accelerated gradient descent, thresholds by counting over a grid of comparisons."""

import numpy as np
from ngrams import hashed_ngrams
from toxicity import L2, normalise_text


def choose_threshold(scores, labels, precision):
    scores, labels = np.array(scores), np.array(labels)
    if len(scores) != len(labels):
        raise ValueError("lengths")
    flagged = scores[None, :] >= scores[:, None]
    good = scores[(flagged * labels).sum(1) >= precision * flagged.sum(1)]
    return float(np.min(good))  # of nothing: ValueError


class ToxicFilter:
    def __init__(self, threshold=0.8, classifier=None, toxic_label="toxic"):
        self.threshold = threshold
        self.classifier = classifier
        self.toxic_label = toxic_label

    def fit(self, texts, labels):
        if self.classifier is not None:
            raise RuntimeError("plugged in")
        y = np.array([float(label) for label in labels])
        if len(texts) != len(y) or y.min() == y.max():
            raise ValueError("labels")
        x = hashed_ngrams([normalise_text(text) for text in texts])
        x = np.hstack([x, np.ones((len(x), 1))])
        penalty = np.append(np.full(x.shape[1] - 1, L2), 0.0)
        rate = 1 / (np.linalg.norm(x, 2) ** 2 / len(y) / 4 + L2)
        w = ahead = np.zeros(x.shape[1])
        momentum = 1.0
        for _ in range(10_000):
            gradient = x.T @ (1 / (1 + np.exp(-x @ ahead)) - y) / len(y) + penalty * ahead
            if np.abs(gradient).max() < 1e-7:
                break
            new = ahead - rate * gradient
            if gradient @ (new - w) > 0:  # overshot: begin again without momentum
                momentum = 1.0
            later = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
            ahead = new + (momentum - 1) / later * (new - w)
            w, momentum = new, later
        self.w = w
        return self

    def score(self, texts):
        if self.classifier is None and not hasattr(self, "w"):
            raise RuntimeError("not fitted")
        scores = np.zeros(len(texts))
        clean = [normalise_text(text) for text in texts]
        if clean and self.classifier is not None:
            for i, answer in enumerate(self.classifier(clean)):
                toxic = answer["label"] == self.toxic_label
                scores[i] = (answer["score"] if toxic else 1.0 - answer["score"]) if clean[i] else 0.0
        elif clean:
            logits = hashed_ngrams(clean) @ self.w[:-1] + self.w[-1]
            scores = 0.5 + 0.5 * np.tanh(logits / 2)
            scores[[i for i, text in enumerate(clean) if text == ""]] = 0.0
        return scores

    def check(self, text):
        (score,) = self.score([text])
        safe = bool(score < self.threshold)
        return safe, text if safe else f"toxicity {score:.2f} >= {self.threshold:.2f}"
