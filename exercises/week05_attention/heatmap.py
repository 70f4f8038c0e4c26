# Week 05, exercise heatmap: Attention heat map
# Difficulty 2 of 5 · importance 3 of 5 · about 30 minutes
# It builds on: The first steps of matplotlib: Figure, Axes, imshow.
# Arguments stay as they are, unless a docstring says otherwise.
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
    raise NotImplementedError("week 05, heatmap: write attention_heatmap")
