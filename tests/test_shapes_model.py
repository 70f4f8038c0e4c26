"""The small vision-language model: it is small, it is what the data set says, and it answers."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "datasets/shapes_model"
WEEK = ROOT / "exercises/week16_multimodal"


@pytest.fixture(scope="module")
def model():
    """The model, loaded by the week's code."""
    before = sys.path[:]
    sys.path.insert(0, str(WEEK))
    try:
        spec = importlib.util.spec_from_file_location("tiny_vlm_of_the_week", WEEK / "tiny_vlm.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path[:] = before
        sys.modules.pop("parts", None)  # another week has a module of that name
    return module.load(FOLDER)


def test_it_is_small(model):
    """It takes less than a megabyte, and has the parameters that its description counts."""
    assert (FOLDER / "model.safetensors").stat().st_size < 1_000_000
    assert f"{sum(p.numel() for p in model.parameters()):,} parameters" in (FOLDER / "dataset.toml").read_text("utf-8")


def test_its_words(model):
    """Every sentence of the shapes survives being cut into tokens and put together again, in both languages."""
    for part in ("train", "held_out"):
        for line in (ROOT / f"datasets/shapes/{part}.jsonl").read_text("utf-8").splitlines():
            record = json.loads(line)
            for text in record["caption"].values():
                assert model.decode(model.encode(text)) == text


@torch.no_grad()
def test_it_answers(model):
    """It names the colour of things of combinations that it never met: at least nine in ten (98 % were measured)."""
    import numpy as np

    pictures = torch.from_numpy(np.load(ROOT / "datasets/shapes/held_out_pictures.npy")).permute(0, 3, 1, 2) / 255
    records = [json.loads(line) for line in (ROOT / "datasets/shapes/held_out.jsonl").read_text("utf-8").splitlines()]
    asked = [
        (picture, question["question"]["en"], question["answer"]["en"])
        for picture, record in zip(pictures, records, strict=True)
        for question in record["questions"]
        if question["kind"] == "colour" and not record["seen"]
    ]
    right = 0
    for picture, question, answer in asked:
        ids = torch.tensor([[*model.encode(question), model.ask]])
        right += model.decode([int(model(ids, model.see(picture[None]))[0, -1].argmax())]) == answer
    assert right >= 0.9 * len(asked) > 0
