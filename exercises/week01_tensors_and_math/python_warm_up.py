# Week 01, exercise python_warm_up: Warm up your Python, without points
# Difficulty 1 of 5 · importance 2 of 5 · about 25 minutes
# It builds on: Functions, lists and dictionaries of Python.
# An extra: it is worth no points, and the week is done without it.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 01, a warm-up without points: five things of Python that later weeks use without explaining them.

A decorator, a generator, a context manager, a table of pandas, and a plot.
"""

import functools
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import pandas as pd
import torch
from matplotlib.figure import Figure


def take(iterator: Iterator, count: int) -> list:
    """Return the next items of an iterator, at most `count` of them. (Given.)"""
    return list(itertools.islice(iterator, count))


def draw_around(outer: AbstractContextManager, inner: AbstractContextManager, fails: bool = False) -> list[float]:
    """Draw a number inside `outer`, one inside `inner`, where an error may end the block, and one after it. (Given.)"""
    with outer:
        drawn = [float(torch.rand(()))]
        with suppress(KeyError), inner:
            drawn.append(float(torch.rand(())))
            if fails:
                raise KeyError("an error inside the block")
        return [*drawn, float(torch.rand(()))]


def bars(figure: Figure) -> list[tuple[str, float]]:
    """Read a bar chart: the name below each bar, and how high it is. (Given.)"""
    (axes,) = figure.axes
    names = [label.get_text() for label in axes.get_xticklabels()]
    names += ["a bar without a name"] * (len(axes.patches) - len(names))
    return [(name, float(bar.get_height())) for name, bar in zip(names, axes.patches, strict=True)]


def records_of(path: str | Path) -> list[dict]:
    """Read a file of JSON lines, such as `datasets/small_world/train.jsonl`. (Given.)"""
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def counted(function: Callable) -> Callable:
    """Return a function that does what `function` does, and counts how often it was called.

    The count is its attribute `calls`, an int, 0 before the first call. A call that raises an error counts too. It
    takes all arguments that `function` takes, by place or by name, and has its name and docstring, as
    `functools.wraps` gives them. Every decorated function has a count of its own.
    """

    raise NotImplementedError("week 01, python_warm_up: write counted")


def batches(items: list, size: int) -> Iterator[list]:
    """Hand out the items in pieces of `size`, in their order; the last piece may be shorter.

    It is an iterator, as a generator is: each piece comes once, and is made when it is asked for.

    Raises:
        ValueError: `size` is below 1; when the first piece is asked for, or before.
    """
    raise NotImplementedError("week 01, python_warm_up: write batches")


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Let torch's global generator start from `seed` inside the block.

    Afterwards it goes on as if nothing had happened, also if an error ended the block.
    """
    raise NotImplementedError("week 01, python_warm_up: write seeded")


def count_kinds(records: list[dict]) -> pd.DataFrame:
    """Count how many records there are of each kind in each language.

    There is at least one record; each has the keys "kind" and "language", and others are ignored. The rows of the
    table are the kinds, its columns the languages, both in alphabetical order; a pair that does not occur has the
    whole number 0.
    """
    raise NotImplementedError("week 01, python_warm_up: write count_kinds")


def plot_kinds(table: pd.DataFrame) -> Figure:
    """Draw a bar for each row of the table, as high as the sum of the row, with the row's name below it.

    The bars stand in the order of the rows. The figure has one pair of axes.
    """
    raise NotImplementedError("week 01, python_warm_up: write plot_kinds")
