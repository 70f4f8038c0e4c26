"""Train 25 little language models, five sizes on five amounts of text, and write their losses to runs.csv.

    python datasets/scaling_runs/train.py           # a quarter of an hour on one core
    python datasets/scaling_runs/train.py --most 130000 --out /tmp/runs.csv    # does it run at all?

The models, the recipe and the text are those of week 08. Everything is seeded; another machine rounds differently.
"""

import argparse
import csv
import sys
import time
from pathlib import Path

import torch

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "solutions" / "week08_pretraining"))

import experiments  # noqa: E402
import small_models  # noqa: E402
from pretrain import held_out_loss, pretrain  # noqa: E402

WIDTHS = (8, 16, 32, 64, 128)
AMOUNTS = (128_000, 256_000, 512_000, 1_024_000, 2_048_000)
"""Tokens read. The text has some 430,000: the larger runs read it up to five times, each time in another order."""
LENGTH, BATCH_SIZE = 64, 8


def run(width: int, amount: int) -> tuple[int, int, float]:
    """Train one model; return its parameters, the tokens that it read, and its loss on held-out text."""
    rows, held_out, vocabulary = experiments._rows(amount, LENGTH)
    model = small_models.Decoder(vocabulary, LENGTH, width=width, layers=2)
    steps = amount // (BATCH_SIZE * LENGTH)
    peak = 6e-3 * (32 / width) ** 0.5  # wide models want smaller steps
    generator = torch.Generator().manual_seed(8)
    pretrain(model, rows, steps=steps, batch_size=BATCH_SIZE, peak=peak, generator=generator)
    size = sum(parameter.numel() for parameter in model.parameters())
    return size, steps * BATCH_SIZE * LENGTH, round(held_out_loss(model, held_out, 64), 4)


def main() -> None:
    """Run all of them, the quick ones first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=AMOUNTS[-1], help="the most tokens that a model reads")
    parser.add_argument("--out", type=Path, default=HERE / "runs.csv")
    arguments = parser.parse_args()
    runs, begun = [], time.monotonic()
    for amount in AMOUNTS:
        for width in WIDTHS if amount <= arguments.most else ():
            runs.append(run(width, amount))
            print(*runs[-1], f"{time.monotonic() - begun:.0f} s", flush=True)
    with arguments.out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["parameters", "tokens", "loss"])
        writer.writerows(sorted(runs))


if __name__ == "__main__":
    main()
