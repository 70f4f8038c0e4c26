"""Given: reads an attention heat map back from a matplotlib figure, as plain data.

It describes what a reader of the picture sees, not the calls that drew it: the cells in the order in which they stand
on the page, and the tick label that stands at each of them. `imshow`, `matshow`, `pcolor` and `pcolormesh` read alike.
It knows nothing of what is right.
"""

import numpy as np
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import PolyQuadMesh, QuadMesh
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

PICTURES = AxesImage, QuadMesh, PolyQuadMesh


def describe(figure: Figure) -> dict:
    """Return what the figure shows.

    Returns:
        is_figure: whether it is a matplotlib Figure; if it is not, nothing else is told.
        panels: a list of dicts, one for each axes with a picture, in the order in which they were added:
            title, x_label, y_label (str);
            cells: float64 array, rows from the top of the page to the bottom, columns from left to right;
            x_ticks, y_ticks (list of str): the tick label at each column and row, "" where there is none;
            limits (tuple of two floats): the values at the two ends of the colour scale;
            colours (str): the name of the colour map.
        empty_panels: how many visible axes hold no picture and are no colour bar.
        colour_bars: a list of their labels.
        in_pyplot: whether pyplot still holds the figure open.
    """
    if not isinstance(figure, Figure):
        return {"is_figure": False}
    bars = [axes for axes in figure.axes if is_colour_bar(axes)]
    others = [axes for axes in figure.axes if not is_colour_bar(axes)]
    panels = [axes for axes in others if pictures(axes)]
    empty = [axes for axes in others if not pictures(axes) and axes.get_visible() and axes.axison]
    return {
        "is_figure": True,
        "panels": [describe_panel(axes) for axes in panels],
        "empty_panels": len(empty),
        "colour_bars": [axes.get_ylabel() or axes.get_xlabel() for axes in bars],
        "in_pyplot": any(pyplot.figure(number) is figure for number in pyplot.get_fignums()),
    }


def is_colour_bar(axes: Axes) -> bool:
    """Whether the axes were made by `figure.colorbar`."""
    return hasattr(axes, "_colorbar") or axes.get_label() == "<colorbar>"


def pictures(axes: Axes) -> list:
    """Return the artists of the axes that draw a table of numbers."""
    return [artist for artist in axes.get_children() if isinstance(artist, PICTURES) and artist.get_array() is not None]


def describe_panel(axes: Axes) -> dict:
    """Return what one panel shows; with several pictures, the last one drawn."""
    picture = pictures(axes)[-1]
    cells, x_edges, y_edges = table(picture)
    # A picture may be upside down in the axes, and the axes upside down on the page: follow the numbers to the page.
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    x_order = np.argsort(centres(x_edges) * np.sign(right - left))
    y_order = np.argsort(centres(y_edges) * np.sign(bottom - top))
    low, high = picture.get_clim()
    return {
        "title": axes.get_title() or axes.get_title("left") or axes.get_title("right"),
        "x_label": axes.get_xlabel(),
        "y_label": axes.get_ylabel(),
        "cells": cells[y_order][:, x_order],
        "x_ticks": labels(axes.xaxis, x_edges[:-1][x_order], x_edges[1:][x_order]),
        "y_ticks": labels(axes.yaxis, y_edges[:-1][y_order], y_edges[1:][y_order]),
        "limits": (float(low), float(high)),
        "colours": picture.get_cmap().name,
    }


def table(picture) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the cells of a picture, and the edges of its columns and rows in the units of the axes."""
    cells = np.ma.filled(np.ma.asarray(picture.get_array(), dtype=np.float64), np.nan)
    if isinstance(picture, AxesImage):
        left, right, bottom, top = picture.get_extent()
        first, last = (top, bottom) if picture.origin == "upper" else (bottom, top)
        return cells, np.linspace(left, right, cells.shape[1] + 1), np.linspace(first, last, cells.shape[0] + 1)
    corners = picture.get_coordinates() if isinstance(picture, QuadMesh) else picture._coordinates
    x_edges, y_edges = corners[0, :, 0], corners[:, 0, 1]
    return cells.reshape(len(y_edges) - 1, len(x_edges) - 1), x_edges, y_edges


def centres(edges: np.ndarray) -> np.ndarray:
    """Return the middle of each cell."""
    return (edges[:-1] + edges[1:]) / 2


def labels(axis: Axis, starts: np.ndarray, ends: np.ndarray) -> list[str]:
    """Return, for each cell, the text of the tick that stands between its two edges."""
    ticks = list(zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=False))  # labels on both sides are listed twice
    return [
        " ".join(text.get_text() for place, text in ticks if min(start, end) <= place < max(start, end))
        for start, end in zip(starts, ends, strict=True)
    ]
