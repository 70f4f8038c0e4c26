"""Given: experiments of week 18, which use what you wrote on something real."""

import torch
from matplotlib.figure import Figure

SMALL = {"noise": {"steps": 50}}
"""Settings with which the repository's own tests run each experiment."""


def noise(moving_average, *, steps=400):
    """A slow wave is hidden in noise. Which of the widths 5, 25 and 125 shows it best, and what does the widest lose?

    噪声里藏着一个缓慢的波。宽度 5、25、125 中，哪一个最能把它显现出来？最宽的会丢失什么？
    """
    source = torch.Generator().manual_seed(18)
    time = torch.arange(steps)
    values = torch.sin(time / 20) + torch.randn(steps, generator=source)
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot(time, values, color="0.8")
    for width in (5, 25, 125):
        axes.plot(time, moving_average(values, width), label=f"width {width}")
    axes.legend()
    return figure
