"""Figures of week 01: `make figures WEEK=01` writes each function's drawing beside this file."""

from matplotlib.patches import FancyArrowPatch, Rectangle


def one_hot_times_table(style):
    """A row of zeros with a single 1, times a table, is one row of the table: so the row is read, not computed."""
    figure, axes = style.page(9, 3.4)
    _grid(axes, style, 0.6, 1.6, [["0", "0", "1", "0"]], {(0, 2): "pale_orange"})
    axes.text(2.85, 1.85, "×", ha="center", va="center", fontsize=16, color=style.soft)
    table = [["0.1", "0.7", "0.2"], ["0.9", "0.4", "0.5"], ["0.3", "0.8", "0.6"], ["0.2", "0.2", "0.1"]]
    _grid(axes, style, 3.3, 0.85, table, {(2, column): "pale_orange" for column in range(3)})
    axes.text(5.25, 1.85, "=", ha="center", va="center", fontsize=16, color=style.soft)
    _grid(axes, style, 5.7, 1.6, [["0.3", "0.8", "0.6"]], {(0, column): "pale_orange" for column in range(3)})
    for x, words in (
        (1.6, style.text("one-hot row of id 2", "id 2 的 one-hot 行")),
        (4.05, style.text("table: a row for each token", "表：每个词元一行")),
        (6.45, style.text("row 2 of the table", "表的第 2 行")),
    ):
        axes.text(x, 3.1, words, ha="center", color=style.soft)
    arrow = FancyArrowPatch((4.05, 0.75), (6.45, 1.5), connectionstyle="arc3,rad=0.35", arrowstyle="-|>")
    arrow.set(color=style.blue, mutation_scale=14)
    axes.add_patch(arrow)
    axes.text(6.6, 0.6, style.text("table[2] reads it at once", "table[2] 直接读出"), color=style.blue)
    return figure


def column_minus_row(style):
    """A column of three minus a row of three is a table of nine; the three wanted numbers stand on its diagonal."""
    figure, axes = style.page(9, 3.3)
    _grid(axes, style, 0.8, 0.75, [["1"], ["2"], ["3"]], dict.fromkeys([(0, 0), (1, 0), (2, 0)], "pale_blue"))
    axes.text(1.75, 1.5, "−", ha="center", va="center", fontsize=16, color=style.soft)
    _grid(axes, style, 2.2, 1.25, [["1", "2", "3"]], dict.fromkeys([(0, 0), (0, 1), (0, 2)], "pale_pink"))
    axes.text(4.15, 1.5, "=", ha="center", va="center", fontsize=16, color=style.soft)
    table = [["0", "−1", "−2"], ["1", "0", "−1"], ["2", "1", "0"]]
    _grid(axes, style, 4.6, 0.75, table, dict.fromkeys([(0, 0), (1, 1), (2, 2)], "pale_green"))
    for x, shape in ((1.05, "(3, 1)"), (2.95, "(3)"), (5.35, "(3, 3)")):
        axes.text(x, 2.75, shape, ha="center", color=style.ink, fontsize=12)
    wanted = style.text("wanted: the diagonal,\nthree errors of 0", "想要的：对角线，\n三个误差都是 0")
    axes.text(6.5, 1.75, wanted, color=style.green, va="center")
    other = style.text("what the mean sees:\nall nine", "均值看到的：\n全部九个数")
    axes.text(6.5, 0.95, other, color=style.orange, va="center")
    axes.text(1.05, 0.35, style.text("predictions", "预测"), ha="center", color=style.soft)
    axes.text(2.95, 0.35, style.text("targets", "目标"), ha="center", color=style.soft)
    return figure


def thin_factors(style):
    """A square matrix of 64 numbers, and two thin ones whose product has its shape, with 32 numbers together."""
    figure, axes = style.page(9, 3.4)
    _block(axes, style, 0.8, 0.6, 2.2, 2.2, "pale_blue", "A", style.text("8 × 8 = 64 numbers", "8 × 8 = 64 个数"))
    axes.text(3.6, 1.7, "≈", ha="center", va="center", fontsize=20, color=style.soft)
    _block(axes, style, 4.2, 0.6, 0.55, 2.2, "pale_orange", "B", "8 × 2 = 16")
    _block(axes, style, 5.4, 2.25, 2.2, 0.55, "pale_green", "C", "")
    axes.text(6.5, 1.95, "2 × 8 = 16", ha="center", color=style.soft)
    note = style.text(
        "rank 2: every row of B C is a mix\nof the two rows of C", "秩 2：B C 的每一行都是\nC 的两行的混合"
    )
    axes.text(5.4, 1.15, note, va="center")
    return figure


def _grid(axes, style, left, bottom, rows, colours):
    """Draw a table of texts, whose cells are half a unit wide and high."""
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            x, y = left + 0.5 * column, bottom + 0.5 * (len(rows) - 1 - row)
            fill = getattr(style, colours.get((row, column), "paper"))
            axes.add_patch(Rectangle((x, y), 0.5, 0.5, facecolor=fill, edgecolor=style.line, linewidth=1.2))
            axes.text(x + 0.25, y + 0.24, text, ha="center", va="center", fontsize=10)


def _block(axes, style, left, bottom, width, height, colour, name, note):
    axes.add_patch(
        Rectangle((left, bottom), width, height, facecolor=getattr(style, colour), edgecolor=style.line, linewidth=1.2)
    )
    axes.text(left + width / 2, bottom + height / 2, name, ha="center", va="center", fontsize=14)
    axes.text(left + width / 2, bottom - 0.3, note, ha="center", color=style.soft)
