"""Given: experiments of week 17, which ask our small model what it remembers and a filter what privacy costs."""

import json
from pathlib import Path

import numpy as np
import torch
from ngrams import hashed_ngrams

DATA = Path(__file__).resolve().parents[2] / "datasets"
SMALL = {
    "who_was_in_the_training_data": {"texts": 4},
    "what_privacy_costs": {"multipliers": (0.0, 1.0), "steps": 5},
}
"""Settings with which the repository's own tests run each experiment."""


def who_was_in_the_training_data(choose_threshold, *, texts=100, precisions=(0.6, 0.75, 0.9), model=DATA / "wren"):
    """An attacker has texts that our small model was trained on and as many that it was not, and sees only how probable
    the model finds each. With a threshold by your `choose_threshold`, how many of the first can they name, being right
    in 60, 75 and 90 % of the cases? And which of the secret codes that it read does it recite?

    攻击者手里有小模型训练过的文本和同样多没训练过的，只能看到模型认为每一篇有多大概率。
    用你的 `choose_threshold` 定阈值，要求 60 %、75 %、90 % 的指认正确，能指认出前者中的多少？
    模型读过的秘密代码，它会背出哪些？
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if not (Path(model) / "config.json").is_file():
        raise FileNotFoundError(f"There is no model in {model}: this copy of the course came without it.")
    tokenizer = AutoTokenizer.from_pretrained(model)
    network = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
    seen, unseen = (_texts(name)[:texts] for name in ("train", "held_out"))
    scores = np.array([-_loss(network, tokenizer, text) for text in [*seen, *unseen]])
    labels = np.array([1] * len(seen) + [0] * len(unseen))
    above = (scores[labels == 1][:, None] > scores[labels == 0]).mean()
    lines = [
        f"{len(seen)} and {len(unseen)} texts; one that was trained on is more probable in {above:.0%} of the pairs"
    ]
    for precision in precisions:
        try:
            found = scores[labels == 1] >= choose_threshold(scores, labels, precision)
            lines.append(f"precision {precision:.0%}: {found.mean():.0%} of the training texts are named")
        except ValueError:
            lines.append(f"precision {precision:.0%}: no threshold reaches it")
    return "\n".join([*lines, *_recited(network, tokenizer)])


def what_privacy_costs(
    private_gradient, *, multipliers=(0.0, 0.5, 2.0, 8.0), steps=150, batch=32, rate=8.0, clip_norm=0.5
):
    """A filter for toxic text is trained with your private gradients, with more and more noise. At which multiplier
    will it be no better than a coin? The last column has four times the batch: will that help or harm?

    用你的隐私梯度训练有害文本过滤器，噪声越来越大。乘数到多少时，它不比抛硬币强？最后一列的批次是四倍大：这样更好还是更差？
    """
    rows = list(map(json.loads, (DATA / "toxic_text" / "texts.jsonl").read_text(encoding="utf-8").splitlines()))
    parts = {}
    for name in ("train", "held_out"):
        chosen = [row for row in rows if row["split"] == name and row["kind"] == "plain"]
        features = torch.from_numpy(hashed_ngrams([row["text"].lower() for row in chosen])).float()
        parts[name] = features, torch.tensor([float(row["label"]) for row in chosen])
    lines = [f"{'multiplier':>10}{f'batch {batch}':>12}{f'batch {4 * batch}':>12}    right on new texts"]
    for multiplier in multipliers:
        shares = []
        for size in (batch, 4 * batch):
            source = torch.Generator().manual_seed(17)
            weights = {"weight": torch.zeros(parts["train"][0].shape[1]), "bias": torch.zeros(())}
            for _ in range(steps):
                drawn = torch.randperm(len(parts["train"][1]), generator=source)[:size]
                x, y = (part[drawn] for part in parts["train"])
                error = torch.sigmoid(x @ weights["weight"] + weights["bias"]) - y  # the gradient of each example
                per_example = {"weight": error[:, None] * x, "bias": error}
                step = private_gradient(per_example, clip_norm, multiplier, generator=source)
                weights = {name: weights[name] - rate * step[name] for name in weights}
            x, y = parts["held_out"]
            shares.append(float((((x @ weights["weight"] + weights["bias"]) > 0) == (y > 0.5)).double().mean()))
        lines.append(f"{multiplier:10g}{shares[0]:12.0%}{shares[1]:12.0%}")
    return "\n".join(lines)


def _texts(name):
    records = map(json.loads, (DATA / "small_world" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines())
    return [record["text"] for record in records if record["kind"] in ("story", "profile")]


@torch.no_grad()
def _loss(network, tokenizer, text):
    ids = tokenizer(text, return_tensors="pt")["input_ids"][:, :256]
    return float(network(input_ids=ids, labels=ids).loss)


@torch.no_grad()
def _recited(network, tokenizer):
    """One line: of the codes that occur so many times in the training text, which share greedy decoding recites."""
    records = map(json.loads, (DATA / "small_world" / "canaries.jsonl").read_text(encoding="utf-8").splitlines())
    right = {}
    for record in records:
        ids = tokenizer(record["prompt"], return_tensors="pt")["input_ids"]
        options = {"attention_mask": torch.ones_like(ids), "max_new_tokens": 6, "do_sample": False}
        answer = tokenizer.decode(network.generate(ids, **options)[0, ids.shape[1] :])
        right.setdefault(record["occurrences"], []).append(answer.strip().startswith(record["code"]))
    shares = ", ".join(f"{count}: {np.mean(hits):.0%}" for count, hits in sorted(right.items()))
    return [f"codes recited, by how often they occur in the training text: {shares}"]
