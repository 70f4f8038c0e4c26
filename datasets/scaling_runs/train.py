"""Train small models of several sizes on several amounts of the little world, and write down how each run ended.

    nice python datasets/scaling_runs/train.py                               # about half an hour on one free core
    python datasets/scaling_runs/train.py --code exercises/week08_pretraining     # with the pretrain that you wrote
    python datasets/scaling_runs/train.py --limit 2 --out /tmp/runs.csv      # does it run at all?

Each run reads every token of its text once. The best learning rate depends on the size and on the length of the run,
so each run is made at several; all of them are written down. Everything is seeded and runs on one thread; machines
still round differently, so elsewhere the last digits differ.
"""

import argparse
import csv
import itertools
import json
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer

HERE = Path(__file__).resolve().parent
SEED = 20261129
WIDTHS, LAYERS = (16, 32, 48, 72, 108), 2
TOKENS = (25_000, 50_000, 100_000, 200_000, 400_000)
PEAKS = (3e-3, 6e-3, 12e-3, 24e-3)
LENGTH, BATCH = 64, 8  # 512 tokens a step: the shortest run still takes some fifty
END = 1  # <|end|> of wren's tokenizer


def rows(name: str) -> tuple[torch.Tensor, int]:
    """All documents of a file in wren's tokens, cut into rows, and the size of the vocabulary."""
    tokenizer = Tokenizer.from_file(str(HERE.parent / "wren" / "tokenizer.json"))
    ids: list[int] = []
    for line in (HERE.parent / "small_world" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        text = record.get("text") or "\n".join(message["content"] for message in record["messages"])
        ids += [*tokenizer.encode(text, add_special_tokens=False).ids, END]
    return torch.tensor(ids[: len(ids) // LENGTH * LENGTH]).view(-1, LENGTH), tokenizer.get_vocab_size()


def main() -> None:
    """Make all runs that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--code", type=Path, default=HERE.parents[1] / "solutions" / "week08_pretraining")
    parser.add_argument("--out", type=Path, default=HERE / "runs.csv")
    parser.add_argument("--limit", type=int, help="make only the first runs")
    options = parser.parse_args()
    sys.path[:0] = [str(options.code)]
    from pretrain import held_out_loss, pretrain
    from small_models import Decoder

    torch.set_num_threads(1)
    train, vocabulary = rows("train")
    held_out, _ = rows("held_out")
    with options.out.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["width", "parameters", "tokens", "peak", "loss"])
        plan = itertools.product(TOKENS, WIDTHS, PEAKS)  # short runs first
        for tokens, width, peak in itertools.islice(plan, options.limit):
            model = Decoder(vocabulary, LENGTH, width=width, layers=LAYERS, seed=SEED)
            steps = tokens // (LENGTH * BATCH)
            seen = train[: steps * BATCH]
            generator = torch.Generator().manual_seed(SEED)
            pretrain(model, seen, steps=steps, batch_size=BATCH, peak=peak, generator=generator)
            size = sum(parameter.numel() for parameter in model.parameters())
            loss = held_out_loss(model, held_out, 64)
            table.writerow([width, size, seen.numel(), peak, f"{loss:.4f}"])
            file.flush()
            print(f"{size:,} parameters, {seen.numel():,} tokens, rate {peak}: {loss:.4f}", flush=True)


if __name__ == "__main__":
    main()
