"""Given: experiments of week 08, which train small models with what you wrote."""

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
    "a_law_of_our_own": {"widths": (8, 16), "amounts": (2_000, 4_000, 8_000), "batch_size": 8},
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


def a_law_of_our_own(
    held_out_loss,
    pretrain,
    scaling_loss,
    fit_scaling_law,
    *,
    widths=(8, 16, 32, 64),
    amounts=(16_000, 64_000, 256_000),
    batch_size=16,
    length=32,
):
    """Four sizes of model each read three amounts of text, once. Will the loss fall more from four times the
    parameters or from four times the text? Can runs of seconds know E, the loss that no model goes below?

    四种规模的模型各把三种数量的文本读一遍。参数变为四倍和文本变为四倍，哪个让损失下降更多？
    这样只有几秒的训练，能知道任何模型都无法低于的损失 E 吗？
    """
    rows, held_out, vocabulary = _rows(max(amounts), length)
    runs = []
    for width in widths:
        for amount in amounts:
            model = small_models.Decoder(vocabulary, length, width=width)
            seen = rows[: max(batch_size, amount // length)]
            pretrain(
                model,
                seen,
                steps=max(1, len(seen) // batch_size),
                batch_size=batch_size,
                peak=1e-2,
                generator=torch.Generator().manual_seed(8),
            )
            size = sum(parameter.numel() for parameter in model.parameters())
            runs.append((size, seen.numel(), held_out_loss(model, held_out, 64)))
    n, d, loss = torch.tensor(runs, dtype=torch.float64).unbind(-1)
    law = fit_scaling_law(n, d, loss)
    print({name: round(value, 3) for name, value in law.items()})
    if law["E"] < 0:
        print("E is below 0, which no loss can be: these runs are too short to see where the curves become level.")
    print("ten times the largest model, same text:", round(float(scaling_loss(law, 10 * n.max(), d.max())), 2))
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for amount in d.unique():
        here, sizes = d == amount, torch.logspace(n.log10().min(), n.log10().max() + 1, 40).double()
        (line,) = axes.plot(sizes, scaling_loss(law, sizes, amount.expand_as(sizes)))
        axes.plot(n[here], loss[here], "o", color=line.get_color(), label=f"{int(amount):,} tokens")
    axes.set(xlabel="parameters", ylabel="held-out loss", xscale="log")
    axes.legend()
    return figure


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
