"""Figures of week 03: `make figures WEEK=03` writes each function's drawing beside this file."""

from matplotlib.patches import Circle, FancyArrowPatch, Rectangle


def there_and_back(style):
    """Numbers go from a = 2 and b = 5 to c = (a + b) a = 14, and gradients come back: 2 to b, 7 and 2 to a."""
    figure, axes = style.page(9, 3.6)
    places = {"a": (1.0, 2.6), "b": (1.0, 0.9), "+": (4.0, 1.4), "×": (7.2, 2.1)}
    numbers = {"a": "a = 2", "b": "b = 5", "+": "a + b = 7", "×": "c = 14"}
    for name, (x, y) in places.items():
        fill = style.pale_blue if name in "ab" else style.paper
        axes.add_patch(Circle((x, y), 0.36, facecolor=fill, edgecolor=style.line, linewidth=1.4))
        axes.text(x, y, name, ha="center", va="center", fontsize=14)
        axes.text(x, y + 0.52, numbers[name], ha="center", color=style.blue, fontsize=11)
    for start, end, bend, words, at in (
        ("a", "+", -0.05, "2", (2.55, 1.72)),
        ("b", "+", 0.05, "2", (2.5, 0.72)),
        ("a", "×", -0.12, "7", (4.1, 2.98)),
        ("+", "×", 0.05, "2", (5.75, 1.4)),
    ):
        (x0, y0), (x1, y1) = places[start], places[end]
        arrow = FancyArrowPatch(
            (x0, y0), (x1, y1), connectionstyle=f"arc3,rad={bend}", arrowstyle="-|>", shrinkA=20, shrinkB=20
        )
        arrow.set(color=style.soft, mutation_scale=12)
        axes.add_patch(arrow)
        axes.text(*at, words, ha="center", color=style.orange, fontsize=12)
    axes.text(8.0, 2.1, style.text("gradient 1", "梯度 1"), color=style.orange, va="center")
    axes.text(1.0, 1.95, "7 + 2 = 9", ha="center", color=style.orange, fontsize=11)
    axes.text(1.0, 0.22, "2", ha="center", color=style.orange, fontsize=11)
    note = style.text(
        "blue: numbers, from left to right\norange: gradients, from right to left",
        "蓝色：数值，从左到右\n橙色：梯度，从右到左",
    )
    axes.text(4.2, 0.35, note, va="center", fontsize=10, color=style.soft)
    return figure


def window_on_a_picture(style):
    """A kernel of two by two lies on a picture of four by four, and the sum of products is one pixel of the result."""
    figure, axes = style.page(9, 3.4)
    picture = [["0", "0", "5", "5"], ["0", "0", "5", "5"], ["0", "5", "5", "5"], ["5", "5", "5", "5"]]
    marked = dict.fromkeys([(1, 1), (1, 2), (2, 1), (2, 2)], "pale_orange")
    _grid(axes, style, 0.6, 0.7, picture, marked)
    _grid(
        axes,
        style,
        3.6,
        1.2,
        [["−1", "1"], ["−1", "1"]],
        dict.fromkeys([(r, c) for r in (0, 1) for c in (0, 1)], "pale_blue"),
    )
    _grid(axes, style, 6.4, 0.95, [["0", "10", "0"], ["5", "5", "0"], ["5", "0", "0"]], {(1, 1): "pale_orange"})
    axes.text(3.1, 1.7, "∗", ha="center", va="center", fontsize=20, color=style.soft)
    axes.text(5.5, 1.7, "=", ha="center", va="center", fontsize=18, color=style.soft)
    for x, words in (
        (1.6, style.text("picture", "图片")),
        (4.1, style.text("kernel", "卷积核")),
        (7.15, style.text("result", "结果")),
    ):
        axes.text(x, 3.0, words, ha="center", color=style.soft)
    axes.text(4.6, 0.3, "−1·0 + 1·5 − 1·5 + 1·5 = 5", ha="center", color=style.orange, fontsize=12)
    return figure


def memory_lane(style):
    """The memory of an LSTM runs straight through a step: it is multiplied by f, and i times g is added."""
    figure, axes = style.page(9, 3.8)
    axes.add_patch(Rectangle((1.5, 0.5), 6.0, 2.9, facecolor=style.paper, edgecolor=style.line, linewidth=1.4))
    for x0, x1 in ((0.3, 2.55), (3.05, 4.45), (4.95, 8.6)):
        _arrow(axes, style, (x0, 2.8), (x1, 2.8), "blue")
    for x, sign in ((2.8, "×"), (4.7, "+")):
        axes.add_patch(Circle((x, 2.8), 0.25, facecolor=style.pale_blue, edgecolor=style.blue))
        axes.text(x, 2.79, sign, ha="center", va="center", fontsize=14)
    for x, name in ((2.8, "f"), (4.7, "i · g"), (6.4, "o")):
        axes.add_patch(Rectangle((x - 0.4, 1.15), 0.8, 0.55, facecolor=style.pale_orange, edgecolor=style.orange))
        axes.text(x, 1.42, name, ha="center", va="center", fontsize=12)
    _arrow(axes, style, (2.8, 1.7), (2.8, 2.53), "orange")
    _arrow(axes, style, (4.7, 1.7), (4.7, 2.53), "orange")
    axes.plot([5.6, 5.6, 6.78], [2.8, 2.1, 2.1], color=style.blue, linewidth=1.4)
    axes.text(6.05, 2.25, "tanh", ha="center", color=style.blue, fontsize=10)
    axes.add_patch(Circle((7.0, 2.1), 0.22, facecolor=style.pale_blue, edgecolor=style.blue))
    axes.text(7.0, 2.09, "×", ha="center", va="center", fontsize=13)
    axes.plot([6.8, 7.0, 7.0], [1.42, 1.42, 1.88], color=style.orange, linewidth=1.4)
    _arrow(axes, style, (7.22, 2.1), (8.6, 2.1), "blue")
    axes.plot([0.3, 6.4], [0.85, 0.85], color=style.soft, linewidth=1.4)
    for x in (2.8, 4.7, 6.4):
        _arrow(axes, style, (x, 0.85), (x, 1.15), "soft")
    axes.text(0.3, 3.05, style.text("memory c", "记忆 c"), color=style.blue)
    axes.text(8.6, 3.05, "c′", ha="right", color=style.blue)
    axes.text(8.6, 2.3, "h′", ha="right", color=style.blue)
    axes.text(0.2, 1.05, style.text("x and h", "x 和 h"), color=style.soft)
    return figure


def _arrow(axes, style, start, end, colour):
    """Draw a straight arrow."""
    arrow = FancyArrowPatch(start, end, arrowstyle="-|>", shrinkA=0, shrinkB=0)
    arrow.set(color=getattr(style, colour), mutation_scale=12)
    axes.add_patch(arrow)


def _grid(axes, style, left, bottom, rows, colours):
    """Draw a table of texts, whose cells are half a unit wide and high."""
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            x, y = left + 0.5 * column, bottom + 0.5 * (len(rows) - 1 - row)
            fill = getattr(style, colours.get((row, column), "paper"))
            axes.add_patch(Rectangle((x, y), 0.5, 0.5, facecolor=fill, edgecolor=style.line, linewidth=1.2))
            axes.text(x + 0.25, y + 0.24, text, ha="center", va="center", fontsize=10)
