"""Given: experiments of week 08, which train small models with what you wrote."""

import csv
import json
import math
import time
from pathlib import Path

import small_models
import torch
from matplotlib.figure import Figure

DATA = Path(__file__).resolve().parents[2] / "datasets"
SMALL = {
    "a_real_run": {"steps": 6, "pieces": 3, "width": 16, "tokens": 20_000},
}
"""Settings with which the repository's own tests run each experiment."""


def a_real_run(held_out_loss, pretrain, *, steps=240, pieces=6, width=96, layers=2, tokens=400_000, length=64):
    """A model of some 380,000 parameters reads the little world, and is measured after each sixth of the run. Its
    vocabulary has 1,536 pieces: where will the held-out loss begin? Where will it end, if wren ended at 0.46?

    一个约 38 万参数的模型读小世界，分六段训练。词表有 1,536 个词元：留出损失会从多少开始？
    wren 最后是 0.46，它会停在多少？
    """
    rows, held_out, vocabulary = _rows(tokens, length)
    model = small_models.Decoder(vocabulary, length, width=width, layers=layers)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    generator = torch.Generator().manual_seed(8)
    train, measured, begun = [], [(0, held_out_loss(model, held_out, 32))], time.perf_counter()
    print(f"{parameters:,} parameters, untrained: {measured[0][1]:.2f} (ln {vocabulary} = {math.log(vocabulary):.2f})")
    for piece in range(pieces):
        peak = 6e-3 * (1 - piece / pieces)  # each piece warms up and falls; together they fall as well
        train += pretrain(model, rows, steps=steps // pieces, batch_size=32, peak=peak, generator=generator)
        measured.append((len(train), held_out_loss(model, held_out, 32)))
        print(f"step {len(train)}/{steps}: held out {measured[-1][1]:.2f}, {time.perf_counter() - begun:.0f} s")
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot(train, color="0.7", label="train")
    axes.plot(*zip(*measured, strict=True), "o-", label="held out")
    axes.axhline(math.log(vocabulary), linestyle=":", color="0.5", label="knows nothing")
    axes.set(xlabel="step", ylabel="nats per token", ylim=(0, None))
    axes.legend()
    return figure


def a_law_of_our_own(scaling_loss, fit_scaling_law, *, runs=DATA / "scaling_runs" / "runs.csv"):
    """Five sizes of model have read five amounts of the little world, each token once, at four learning rates; the best
    rate counts. Will your law fit these 25 losses? Fitted without the longest runs, will it foretell them? Will E, the
    loss that no model goes below, come out as something that a loss can be?

    五种规模的模型各把五种数量的小世界文本读一遍，每种都试四个学习率，取最好的。你的定律能拟合这 25 个损失吗？
    拟合时去掉最长的训练，它能预测出来吗？任何模型都无法低于的损失 E，会是一个合理的数吗？
    """
    n, d, loss = _best_runs(runs)
    law = fit_scaling_law(n, d, loss)
    rest = scaling_loss(law, n, d) - loss
    print("all runs:", {name: round(value, 2) for name, value in law.items()})
    print(f"    the fit misses a loss by {float(rest.square().mean().sqrt()):.2f} (root mean square)")
    for amount in d.unique().tolist():
        kept = d != amount
        part = fit_scaling_law(n[kept], d[kept], loss[kept])
        missed = (scaling_loss(part, n[~kept], d[~kept]) - loss[~kept]).mean()
        numbers = ", ".join(f"{name} {part[name]:.2f}" for name in ("E", "alpha", "beta"))
        print(f"without the runs of {int(amount):,} tokens: {numbers}; it puts these runs {float(missed):+.2f} off")
    print(
        "What such runs tell: in this range more text helps more than more parameters do, the largest model is nearly\n"
        "always the best, and the best learning rate falls as models grow. Neighbours change places: one seed each.\n"
        "What they cannot tell: E, the exponents, or what a run ten times as long would reach. Each run ends in the\n"
        "middle of learning: from 50,000 to 200,000 tokens the loss nearly halves. A fit may foretell the next runs\n"
        "and yet be no law: many curves agree over a short range. An E below 0, an exponent at its bound, and numbers\n"
        "that move when a few runs are left out say that this one is to be thrown away, however smooth it looks.\n"
        "Chinchilla's law rests on more than 400 runs, each of them thousands of times longer than ours."
    )
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for amount in d.unique():
        here, sizes = d == amount, torch.logspace(n.log10().min(), n.log10().max(), 40, dtype=torch.float64)
        (line,) = left.plot(sizes, scaling_loss(law, sizes, amount.expand_as(sizes)))
        left.plot(n[here], loss[here], "o", color=line.get_color(), label=f"{int(amount):,} tokens")
    left.set(title="measured, and your fit", xlabel="parameters", ylabel="held-out loss", xscale="log", ylim=(0, 9))
    left.legend(ncols=2, loc="upper center", fontsize="small")
    names = {"ten million": 1e7, "a billion": 1e9, "a hundred billion": 1e11, "ten trillion": 1e13}
    right.bar(list(names), [10 * math.log10(size) - 40 for size in names.values()], color="0.7")
    right.set(title="an invented formula: 10 log10(N) - 40", ylabel='"performance" of nothing in particular')
    right.tick_params(axis="x", rotation=20)
    right.text(0.03, 0.95, "no data, no loss, no floor:\nmore for ever", transform=right.transAxes, va="top")
    return figure


def _best_runs(path):
    """Parameters, tokens and loss of the run with the best learning rate, for each size and amount."""
    best = {}
    with open(path, encoding="utf-8", newline="") as file:
        for run in csv.DictReader(file):
            place = int(run["parameters"]), int(run["tokens"])
            best[place] = min(best.get(place, math.inf), float(run["loss"]))
    return torch.tensor([(*place, loss) for place, loss in best.items()], dtype=torch.float64).unbind(-1)


def _rows(tokens, length):
    """Rows of the little world in wren's tokens, for training and held out, and the size of the vocabulary."""
    from tokenizers import Tokenizer

    if not (DATA / "wren" / "tokenizer.json").is_file():
        raise FileNotFoundError(f"There is no tokenizer in {DATA / 'wren'}: this copy of the course came without it.")
    tokenizer = Tokenizer.from_file(str(DATA / "wren" / "tokenizer.json"))
    rows = []
    for name, limit in (("train", tokens), ("held_out", 8_000)):
        ids = []
        for line in (DATA / "small_world" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            text = record.get("text") or "\n".join(message["content"] for message in record["messages"])
            ids += [*tokenizer.encode(text, add_special_tokens=False).ids, 1]  # 1 is <|end|>
            if len(ids) >= limit:
                break
        rows.append(torch.tensor(ids[: len(ids) // length * length]).view(-1, length))
    return *rows, tokenizer.get_vocab_size()
