"""A class for each protocol: a callable, an iterator, a context manager; a crosstab and the plot of pandas."""

import functools

import pandas as pd
import torch
from matplotlib.figure import Figure


class counted:
    def __init__(self, function):
        functools.update_wrapper(self, function)
        self.function, self.calls = function, 0

    def __call__(self, *args, **kwargs):
        self.calls += 1
        return self.function(*args, **kwargs)


class batches:
    def __init__(self, items, size):
        if size <= 0:
            raise ValueError("size")
        self.items, self.size, self.next = items, size, 0

    def __iter__(self):
        return self

    def __next__(self):
        piece = self.items[self.next : self.next + self.size]
        if not piece:
            raise StopIteration
        self.next += self.size
        return piece


class seeded:
    def __init__(self, seed):
        self.seed = seed

    def __enter__(self):
        self.before = torch.random.get_rng_state()
        torch.random.manual_seed(self.seed)

    def __exit__(self, *error):
        torch.random.set_rng_state(self.before)


def count_kinds(records):
    frame = pd.DataFrame.from_records(records)
    return pd.crosstab(frame["kind"], frame["language"])


def plot_kinds(table):
    axes = Figure().add_subplot()
    table.sum(axis="columns").plot.bar(ax=axes)
    return axes.figure
