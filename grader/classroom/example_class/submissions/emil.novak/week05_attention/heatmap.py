"""A grid with a column for the colour bar; rows drawn from the bottom, the last query first."""

from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator


def attention_heatmap(weights, tokens):
    if len(weights.shape) != 3:
        raise ValueError("three axes")
    heads, queries, keys = weights.shape
    if keys != len(tokens):
        raise ValueError("one token for each key")
    if queries > keys:
        raise ValueError("more queries than keys")
    norm = Normalize(0, weights.max().item())
    figure = Figure(figsize=(4 * heads, 4))
    grid = figure.add_gridspec(1, heads + 1, width_ratios=[10] * heads + [1])
    for head in range(heads):
        ax = figure.add_subplot(grid[head])
        ax.matshow(weights[head].detach().cpu().double().flip(0).numpy(), norm=norm, origin="lower")
        ax.xaxis.set_major_locator(FixedLocator(list(range(keys))))
        ax.xaxis.set_major_formatter(FixedFormatter(list(tokens)))
        ax.yaxis.set_major_locator(FixedLocator(list(range(queries))))
        ax.yaxis.set_major_formatter(FixedFormatter([tokens[-1 - row] for row in range(queries)]))
        ax.set(title="head " + str(head), xlabel="key", ylabel="query")
    figure.colorbar(ScalarMappable(norm=norm), cax=figure.add_subplot(grid[heads]), label="weight")
    return figure
