"""pyplot and pcolormesh: cells between whole numbers, the y axis turned round, the figure closed at the end."""

import numpy as np
from matplotlib import pyplot
from matplotlib.colors import Normalize


def attention_heatmap(weights, tokens):
    if weights.dim() != 3 or weights.shape[-1] != len(tokens) or weights.shape[-2] > weights.shape[-1]:
        raise ValueError("weights and tokens do not fit")
    numbers = np.array(weights.tolist())
    scale = Normalize(vmin=0.0, vmax=float(numbers.max()))
    heads, queries, keys = numbers.shape
    columns = min(heads, 2)
    figure, axes = pyplot.subplots(-(-heads // columns), columns, squeeze=False)
    for unused in axes.flat[heads:]:
        unused.axis("off")
    for head in range(heads):
        ax = axes.flat[head]
        mesh = ax.pcolormesh(numbers[head], norm=scale, cmap="magma")
        ax.invert_yaxis()
        ax.xaxis.tick_top()
        ax.set_xticks(np.arange(keys) + 0.5)
        ax.set_xticklabels(tokens)
        ax.set_yticks(np.arange(queries) + 0.5, tokens[-queries:])
        ax.set_title(f"head {head}")
        ax.set_xlabel("key")
        ax.set_ylabel("query")
    figure.colorbar(mesh, ax=axes).set_label("weight")
    pyplot.close(figure)
    return figure
