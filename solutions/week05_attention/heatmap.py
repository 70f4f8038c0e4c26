"""Week 05, heatmap: a picture of where each head looks.

The module draws weights that somebody else has computed, and knows nothing of attention itself.
It makes its figure without pyplot, so that nothing of it stays open behind the caller's back.
"""

from collections.abc import Sequence

from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

PANEL = 4.0  # width and height of a panel in inches


def attention_heatmap(weights: Float[Tensor, "heads queries keys"], tokens: Sequence[str]) -> Figure:
    """Draw one panel a head: a row for each query, a column for each key.

    The first query stands at the top, the first key on the left. In every panel, each column has its token as its
    tick label, and so has each row; with fewer queries than keys (a key-value cache) the queries are the last tokens.
    The panels stand in the order of the heads, with the titles "head 0", "head 1" and so on, the x label "key" and
    the y label "query". All panels share one colour scale, from 0 to the largest weight of all the heads, and the
    figure has one colour bar, with the label "weight". Nothing stays open in pyplot, and what the caller opened there
    is not closed.

    Args:
        weights: any floating dtype, on any device, with or without gradient; not changed.
        tokens: the text of each key.

    Raises:
        ValueError: `weights` has not three axes, `tokens` has another length than there are keys, or there are more
            queries than keys.
    """
    # BEGIN SOLUTION
    heads, queries, keys = weights.shape  # ValueError unless there are three axes
    if len(tokens) != keys or queries > keys:
        raise ValueError(f"{len(tokens)} tokens do not fit {queries} queries and {keys} keys")
    table = weights.detach().float().cpu().numpy()  # float first: numpy has no bfloat16

    figure = Figure(figsize=(PANEL * heads, PANEL), layout="constrained")
    panels = figure.subplots(1, heads, squeeze=False)[0]  # squeeze=False: one head is still a row of panels
    for head, axes in enumerate(panels):
        image = axes.imshow(table[head], vmin=0, vmax=table.max())
        axes.set(title=f"head {head}", xlabel="key", ylabel="query")
        axes.set_xticks(range(keys), labels=tokens, rotation="vertical")
        axes.set_yticks(range(queries), labels=tokens[keys - queries :])
    figure.colorbar(image, ax=panels, label="weight")  # one scale for all, so any of the images stands for it
    return figure
    # END SOLUTION
