"""Given: experiments of week 08, which train small models with what you wrote."""

import csv
import json
import math
import time
from pathlib import Path

import small_models
import torch
from matplotlib.figure import Figure

from grader.report.columns import in_language

DATA = Path(__file__).resolve().parents[2] / "datasets"
SMALL = {
    "a_real_run": {"steps": 6, "pieces": 3, "width": 16, "tokens": 20_000},
}
"""Settings with which the repository's own tests run each experiment."""
WHAT_RUNS_TELL = (
    "What such runs tell: in this range more text helps more than more parameters\n"
    "do, the largest model is nearly always the best, and the best learning rate\n"
    "falls as models grow. Neighbours change places: one seed each.\n"
    "What they cannot tell: E, the exponents, or what a run ten times as long would\n"
    "reach. Each run ends in the middle of learning: from 50,000 to 200,000 tokens\n"
    "the loss nearly halves. A fit may foretell the next runs and yet be no law:\n"
    "many curves agree over a short range. An E below 0, an exponent at its bound,\n"
    "and numbers that move when a few runs are left out say that this one is to be\n"
    "thrown away, however smooth it looks.\n"
    "Chinchilla's law rests on more than 400 runs, each of them thousands of times\n"
    "longer than ours.",
    "这样的训练能说明什么：在这个范围内，增加文本比增加参数更有用，最大的模型几乎总\n"
    "是最好的，模型越大，最佳学习率越小。名次相邻的可能互换：每种设置只用了一个随机\n"
    "种子。\n"
    "不能说明什么：E 和两个指数是多少，训练再长十倍会到哪里。每次训练都停在学习的半\n"
    "途：从 5 万词元到 20 万词元，损失还能降低近一半。拟合也许能预测接下来的几次训\n"
    "练，却仍然不是定律：在一小段范围内，许多曲线都能相符。E 小于 0、指数停在边界\n"
    "上、去掉几次训练数值就大变，都说明这个拟合应当扔掉，无论曲线看上去多么光滑。\n"
    "Chinchilla 的定律建立在 400 多次训练之上，每一次都比我们的长几千倍。",
)
"""What the experiment with the runs ends with, in English and in Chinese."""


def a_real_run(
    held_out_loss, pretrain, *, steps=240, pieces=6, width=96, layers=2, tokens=400_000, length=64, lang="en"
):
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
    say = in_language(lang)
    head = say(
        "{:,} parameters, untrained: {:.2f} (ln {} = {:.2f})",
        "参数量 {:,}，未训练时的留出损失 {:.2f}（ln {} = {:.2f}）",
    )
    told = say("step {}/{}: held out {:.2f}, {:.0f} s", "第 {}/{} 步：留出损失 {:.2f}，已用 {:.0f} 秒")
    print(head.format(parameters, measured[0][1], vocabulary, math.log(vocabulary)))
    for piece in range(pieces):
        peak = 6e-3 * (1 - piece / pieces)  # each piece warms up and falls; together they fall as well
        train += pretrain(model, rows, steps=steps // pieces, batch_size=32, peak=peak, generator=generator)
        measured.append((len(train), held_out_loss(model, held_out, 32)))
        print(told.format(len(train), steps, measured[-1][1], time.perf_counter() - begun))
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot(train, color="0.7", label="train")
    axes.plot(*zip(*measured, strict=True), "o-", label="held out")
    axes.axhline(math.log(vocabulary), linestyle=":", color="0.5", label="knows nothing")
    axes.set(xlabel="step", ylabel="nats per token", ylim=(0, None))
    axes.legend()
    return figure


def a_law_of_our_own(scaling_loss, fit_scaling_law, *, runs=DATA / "scaling_runs" / "runs.csv", lang="en"):
    """Five sizes of model have read five amounts of the little world, each token once, at four learning rates; the best
    rate counts. Will your law fit these 25 losses? Fitted without the longest runs, will it foretell them? Will E, the
    loss that no model goes below, come out as something that a loss can be?

    五种规模的模型各把五种数量的小世界文本读一遍，每种都试四个学习率，取最好的。你的定律能拟合这 25 个损失吗？
    拟合时去掉最长的训练，它能预测出来吗？任何模型都无法低于的损失 E，会是一个合理的数吗？
    """
    say = in_language(lang)
    n, d, loss = _best_runs(runs)
    law = fit_scaling_law(n, d, loss)
    rest = scaling_loss(law, n, d) - loss
    print(say("all runs: ", "用全部训练拟合：") + str({name: round(value, 2) for name, value in law.items()}))
    told = say("    the fit misses a loss by {:.2f} (root mean square)", "    拟合的均方根误差为 {:.2f}")
    print(told.format(float(rest.square().mean().sqrt())))
    told = say(
        "without the runs of {:,} tokens: {}; it puts these runs {:+.2f} off",
        "去掉 {:,} 词元的训练：{}；对这些训练的预测平均偏差 {:+.2f}",
    )
    for amount in d.unique().tolist():
        kept = d != amount
        part = fit_scaling_law(n[kept], d[kept], loss[kept])
        missed = (scaling_loss(part, n[~kept], d[~kept]) - loss[~kept]).mean()
        numbers = say(", ", "，").join(f"{name} {part[name]:.2f}" for name in ("E", "alpha", "beta"))
        print(told.format(int(amount), numbers, float(missed)))
    print(say(*WHAT_RUNS_TELL))
    return _law_and_invention(law, scaling_loss, n, d, loss)


def _law_and_invention(law, scaling_loss, n, d, loss):
    """Draw the law through the measured losses, and beside it a formula that rests on nothing."""
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
        raise FileNotFoundError(
            f"There is no tokenizer in {DATA / 'wren'}: this copy of the course came without it. "
            f"{DATA / 'wren'} 中没有分词器：这份课程不含它。"
        )
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
