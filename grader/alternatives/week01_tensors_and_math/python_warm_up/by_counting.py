"""Closures, itertools and a Counter; torch's fork_rng saves and restores the state."""

import itertools
from collections import Counter
from contextlib import contextmanager
from functools import wraps

import pandas as pd
import torch
from matplotlib.figure import Figure


def counted(function):
    @wraps(function)
    def also_counts(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        finally:
            also_counts.calls = also_counts.calls + 1

    setattr(also_counts, "calls", 0)  # noqa: B010 - another way to say it
    return also_counts


def batches(items, size):
    if size < 1:
        raise ValueError("size")
    rest = iter(items)
    return iter(lambda: list(itertools.islice(rest, size)), [])


@contextmanager
def seeded(seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)  # noqa: TID251 - fork_rng restores it
        yield


def count_kinds(records):
    counts = Counter((record["kind"], record["language"]) for record in records)
    kinds, languages = (sorted({pair[place] for pair in counts}) for place in (0, 1))
    return pd.DataFrame({language: {kind: counts[kind, language] for kind in kinds} for language in languages})


def plot_kinds(table):
    figure = Figure()
    axes = figure.add_subplot(111)
    for place, (_, row) in enumerate(table.iterrows()):
        axes.bar(place, row.sum())
    axes.set_xticks(range(len(table)), labels=list(table.index))
    return figure
