"""As HumanEval, lm-evaluation-harness and SQuAD write it: numpy products, argmax of lists, regular expressions."""

import re
import string
import unicodedata

import numpy as np
import torch


def pass_at_k(n, c, k):
    if c < 0 or c > n or k < 1 or k > n:
        raise ValueError("counts")
    if n - c < k:
        return 1.0
    return float(1.0 - np.prod(1.0 - k / np.arange(n - c + 1, n + 1)))


def choice_accuracy(logprobs, lengths, answers):
    if logprobs.dim() != 2 or logprobs.shape != lengths.shape or 0 in logprobs.shape:
        raise ValueError("shapes")
    if answers.dim() != 1 or len(answers) != len(logprobs):
        raise ValueError("answers")
    if torch.isnan(logprobs).any() or (logprobs > 0).any() or lengths.min() < 1:
        raise ValueError("values")
    acc, acc_norm = [], []
    for lls, sizes, gold in zip(logprobs.tolist(), lengths.tolist(), answers.tolist(), strict=False):
        if gold not in range(len(lls)):
            raise ValueError("gold")
        acc.append(1.0 if int(np.argmax(lls)) == gold else 0.0)
        acc_norm.append(1.0 if int(np.argmax(np.array(lls) / np.array(sizes))) == gold else 0.0)
    return float(np.mean(acc)), float(np.mean(acc_norm))


POINTS = {letter for letter in map(chr, range(0x110000)) if unicodedata.category(letter)[0] == "P"}
POINTS |= set(string.punctuation)


def normalise_answer(text):
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub(r"(?<=[0-9])\.(?=[0-9])", "\ue000", text)
    text = re.sub(r"(?<![0-9a-z])-(?=[0-9])", "\ue001", text)
    text = "".join(letter for letter in text if letter not in POINTS)
    text = text.replace("\ue000", ".").replace("\ue001", "-")
    without = [word for word in text.split() if word not in ("a", "an", "the")]
    text = " ".join(without if without else text.split())
    return re.sub(r"(?<=[\u4e00-\u9fff]) | (?=[\u4e00-\u9fff])", "", text)


def exact_match(prediction, references):
    if isinstance(references, str):
        raise TypeError("a list, please")
    if len(references) == 0:
        raise ValueError("no references")
    return any(normalise_answer(prediction) == normalise_answer(reference) for reference in references)
