"""Train the small vision-language model of week 16 on fresh pictures by `datasets/shapes/generate.py`.

    python datasets/shapes_model/train.py --threads 1               # writes config.json, model.safetensors, loss.csv
    python datasets/shapes_model/train.py --threads 1 --out DIR     # somewhere else

The pictures are others than those of `datasets/shapes`, from another seed, with the same six combinations of colour and
shape left out. The model is `tiny_vlm.TinyVLM`, which stands in the week's folder.
"""

import argparse
import csv
import json
import random
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent / "shapes"), str(ROOT / "exercises" / "week16_multimodal")]

import generate  # noqa: E402 - found by the line above
from tiny_vlm import TinyVLM  # noqa: E402 - the same

SEED = 20261211
SHARES = {"one": 10, "several": 10, "two": 600}
"""Scenes of each kind in a set of pictures: of each combination, of each combination, in all."""
DESCRIBE = {"en": "What is in the picture?", "zh": "图里有什么？"}


def pictures(count: int, rng: random.Random) -> tuple[torch.Tensor, list[dict]]:
    """Draw at least `count` scenes: (scenes, 3, side, side) uint8, and the scenes."""
    scenes = []
    while len(scenes) < count:
        scenes += generate._of(generate.SEEN, generate.SEEN, SHARES, rng)
    rng.shuffle(scenes)
    drawn = torch.stack([torch.from_numpy(generate.draw(scene, rng)) for scene in scenes])
    return drawn.permute(0, 3, 1, 2).contiguous(), scenes


def sentences(scene: dict, rng: random.Random) -> tuple[str, str]:
    """One question about a scene with its answer, in one of the two languages; every third asks for a caption."""
    language = rng.choice(("en", "zh"))
    if rng.random() < 1 / 3:
        return DESCRIBE[language], generate.caption(scene)[language]
    asked = generate.questions(scene, generate.SEEN, rng)[0]
    return asked["question"][language], asked["answer"][language]


def vocabulary(rng: random.Random) -> list[str]:
    """All words that can be said, in order."""
    scenes = list(generate._of(generate.SEEN + generate.UNSEEN, generate.SEEN, SHARES, rng))
    cut = TinyVLM([]).pieces
    return sorted(
        {piece for scene in scenes for _ in range(6) for text in sentences(scene, rng) for piece in cut(text)}
    )


def batch(model: TinyVLM, scenes: list[dict], rng: random.Random) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and labels of one question about each scene, filled up on the right."""
    rows = []
    for scene in scenes:
        question, answer = sentences(scene, rng)
        rows.append(([*model.encode(question), model.ask], [*model.encode(answer), model.end]))
    longest = max(len(prompt) + len(answer) for prompt, answer in rows)
    ids, labels = torch.full((2, len(rows), longest), model.pad)
    labels.fill_(-100)
    for row, (prompt, answer) in enumerate(rows):
        begun, whole = len(prompt), len(prompt) + len(answer)
        ids[row, :whole] = torch.tensor(prompt + answer)
        labels[row, begun:whole] = torch.tensor(answer)
    return ids, labels


def main() -> None:
    """Train and save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--pictures", type=int, default=16000)
    parser.add_argument("--batch", type=int, default=64)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(SEED)  # noqa: TID251 - initial values know no other generator
    rng = random.Random(SEED)
    begun = time.perf_counter()
    model = TinyVLM(vocabulary(rng))
    drawn, scenes = pictures(options.pictures, rng)
    count = sum(parameter.numel() for parameter in model.parameters())
    print(f"{count} parameters, {len(model.words)} words, {len(scenes)} pictures, {time.perf_counter() - begun:.0f} s")
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.05, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=options.steps, pct_start=0.05)
    log, mean = [], 0.0
    for step in range(1, options.steps + 1):
        chosen = [rng.randrange(len(scenes)) for _ in range(options.batch)]
        ids, labels = batch(model, [scenes[place] for place in chosen], rng)
        logits = model(ids, model.see(drawn[chosen] / 255))
        loss = F.cross_entropy(logits[:, :-1].transpose(1, 2), labels[:, 1:], ignore_index=-100)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
        optimizer.step()
        schedule.step()
        mean += float(loss.detach())
        if step % 100 == 0:
            log.append((step, round(mean / 100, 4)))
            print(f"{step:6}{mean / 100:9.4f}{time.perf_counter() - begun:8.0f} s", flush=True)
            mean = 0.0
    options.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(model.config, ensure_ascii=False, indent=1) + "\n"
    (options.out / "config.json").write_text(text, encoding="utf-8")
    state = {name: table.half().contiguous() for name, table in model.state_dict().items()}
    save_file(state, options.out / "model.safetensors")
    with (options.out / "loss.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("step", "loss"), *log])


if __name__ == "__main__":
    main()
