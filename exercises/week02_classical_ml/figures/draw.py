"""Figures of week 02: `make figures WEEK=02` writes each function's drawing beside this file."""

import math

from matplotlib.patches import FancyArrowPatch, Rectangle


def sigmoid_and_loss(style):
    """The sigmoid above, the loss of a row of class 1 below, both over the logit; the example's ln 3 is marked."""
    figure, axes = style.page(9, 4.2)
    logits = [step / 10 for step in range(-40, 41)]
    for bottom, height, top, values, colour, name in (
        (2.3, 1.5, 1, [1 / (1 + math.exp(-z)) for z in logits], style.blue, style.text("P(y = 1)", "P(y = 1)")),
        (
            0.5,
            1.3,
            4,
            [math.log1p(math.exp(-z)) for z in logits],
            style.orange,
            style.text("loss if y = 1", "y = 1 时的损失"),
        ),
    ):
        axes.plot([1, 7.4], [bottom, bottom], color=style.line)
        axes.plot(
            [0.8 * z + 4.2 for z in logits], [bottom + height * v / top for v in values], color=colour, linewidth=2
        )
        axes.text(7.6, bottom + height / 2, name, color=colour, va="center")
        for value in (0, top):
            axes.text(0.7, bottom + height * value / top, str(value), color=style.soft, va="center", ha="right")
    place = 0.8 * math.log(3) + 4.2
    axes.plot([place, place], [0.5, 2.3 + 1.5 * 0.75], color=style.ink, linestyle=":", linewidth=1.2)
    for y, words in ((2.3 + 1.5 * 0.75, "3/4"), (0.5 + 1.3 * math.log(4 / 3) / 4, "0.29")):
        axes.plot([place], [y], "o", color=style.ink, markersize=5)
        axes.text(place + 0.15, y - 0.02, words, va="top" if words == "3/4" else "bottom")
    for z, words in ((-4, "−4"), (0, "0"), (math.log(3), "ln 3"), (4, "4")):
        axes.text(0.8 * z + 4.2, 0.2, words, ha="center", color=style.soft)
    axes.text(7.6, 0.2, style.text("logit", "logit"), color=style.soft)
    return figure


def folds_without_leaks(style):
    """Six rows in three folds; what scales the test rows comes from the training rows."""
    figure, axes = style.page(9, 3.6)
    for line in range(3):
        bottom = 2.4 - 0.8 * line
        axes.text(
            0.5, bottom + 0.27, style.text(f"fold {line + 1}", f"第 {line + 1} 折"), color=style.soft, va="center"
        )
        for row in range(6):
            test = row // 2 == line
            colour = style.pale_orange if test else style.pale_blue
            axes.add_patch(Rectangle((1.6 + 0.6 * row, bottom), 0.55, 0.55, facecolor=colour, edgecolor=style.line))
            axes.text(1.875 + 0.6 * row, bottom + 0.26, str(row), ha="center", va="center")
    axes.text(1.6, 0.3, style.text("training rows", "训练行"), color=style.blue)
    axes.text(3.4, 0.3, style.text("test rows", "测试行"), color=style.orange)
    axes.add_patch(Rectangle((6.2, 2.25), 2.3, 0.8, facecolor=style.pale_blue, edgecolor=style.line))
    axes.text(7.35, 2.65, style.text("mean, deviation", "均值、标准差"), ha="center", va="center")
    axes.add_patch(Rectangle((6.2, 0.8), 2.3, 0.8, facecolor=style.pale_orange, edgecolor=style.line))
    axes.text(7.35, 1.2, style.text("only scaled", "只被缩放"), ha="center", va="center")
    for start, end in (((5.25, 2.67), (6.15, 2.65)), ((7.35, 2.2), (7.35, 1.65))):
        axes.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=14, color=style.green))
    axes.text(7.5, 1.92, style.text("and never back", "决不反向"), color=style.green, va="center")
    return figure


def bands_and_buckets(style):
    """Signatures of four documents in three bands; two of them agree in the last, and meet in a bucket."""
    figure, axes = style.page(9, 3.5)
    signatures = [[3, 8, 7, 2, 5, 1], [4, 8, 7, 9, 6, 1], [9, 2, 4, 2, 5, 1], [3, 1, 8, 8, 2, 6]]
    for band in range(3):
        words = style.text(f"band {band}", f"第 {band} 段")
        axes.text(2.1 + 1.3 * band, 3.05, words, ha="center", color=style.soft)
    for row, numbers in enumerate(signatures):
        bottom = 2.3 - 0.62 * row
        axes.text(0.3, bottom + 0.24, style.text(f"doc {row}", f"文档 {row}"), color=style.soft, va="center")
        for place, number in enumerate(numbers):
            left = 1.6 + 0.5 * place + 0.3 * (place // 2)
            shared = row in (0, 2) and place // 2 == 2
            colour = style.pale_green if shared else style.paper
            axes.add_patch(Rectangle((left, bottom), 0.5, 0.5, facecolor=colour, edgecolor=style.line))
            axes.text(left + 0.25, bottom + 0.24, str(number), ha="center", va="center")
    axes.add_patch(Rectangle((6.7, 1.1), 1.9, 1.2, facecolor=style.pale_green, edgecolor=style.line))
    axes.text(7.65, 1.98, style.text("bucket of band 2: 5 1", "第 2 段的桶：5 1"), ha="center", va="center")
    axes.text(7.65, 1.45, style.text("doc 0, doc 2", "文档 0、文档 2"), ha="center", va="center")
    for y in (2.5, 1.26):
        arrow = FancyArrowPatch((5.25, y), (6.65, 1.7), arrowstyle="-|>", mutation_scale=14, color=style.green)
        axes.add_patch(arrow)
    axes.text(6.7, 0.65, style.text("compare these two exactly", "精确比较这两个"), color=style.green)
    return figure


def tree_and_boxes(style):
    """A tree of two questions on the left, and on the right the boxes into which it cuts the plane."""
    figure, axes = style.page(9.4, 4)
    leaves = (style.pale_blue, style.pale_orange, style.pale_green)

    def box(x, y, width, words, colour):
        axes.add_patch(Rectangle((x - width / 2, y - 0.27), width, 0.54, facecolor=colour, edgecolor=style.line))
        axes.text(x, y - 0.02, words, ha="center", va="center")

    for start, end, side, words in (
        ((2.0, 3.2), (0.9, 2.3), "right", style.text("yes", "是")),
        ((2.4, 3.2), (3.3, 2.3), "left", style.text("no", "否")),
        ((3.1, 1.75), (2.2, 0.9), "right", style.text("yes", "是")),
        ((3.5, 1.75), (4.2, 0.9), "left", style.text("no", "否")),
    ):
        axes.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=12, color=style.soft))
        shift = -0.15 if side == "right" else 0.15
        place = ((start[0] + end[0]) / 2 + shift, (start[1] + end[1]) / 2 + 0.1)
        axes.text(*place, words, ha=side, va="center", color=style.soft)
    box(2.2, 3.45, 1.5, style.text("x0 ≤ 3 ?", "x0 ≤ 3？"), style.paper)
    box(3.3, 2.02, 1.5, style.text("x1 ≤ 2 ?", "x1 ≤ 2？"), style.paper)
    for (x, y), number in zip(((0.9, 2.02), (2.1, 0.62), (4.2, 0.62)), "ABC", strict=True):
        box(x, y, 1.0, number, leaves["ABC".index(number)])
    left, bottom, side = 5.9, 0.55, 3.0  # the plane, 0 to 5 each way
    unit = side / 5
    for x, y, width, height, number in ((0, 0, 3, 5, "A"), (3, 0, 2, 2, "B"), (3, 2, 2, 3, "C")):
        corner = (left + unit * x, bottom + unit * y)
        colour = leaves["ABC".index(number)]
        axes.add_patch(
            Rectangle(corner, unit * width, unit * height, facecolor=colour, edgecolor=style.ink, linewidth=1.2)
        )
        axes.text(corner[0] + unit * width / 2, corner[1] + unit * height / 2, number, ha="center", va="center")
    axes.text(left + unit * 3, bottom - 0.28, "3", ha="center", va="center", color=style.soft)
    axes.text(left + side + 0.15, bottom + unit * 2, "2", va="center", color=style.soft)
    axes.text(left + side, bottom - 0.28, "x0", ha="center", va="center", color=style.soft)
    axes.text(left - 0.15, bottom + side - 0.1, "x1", ha="right", va="center", color=style.soft)
    return figure


def table_with_holes(style):
    """Ratings with holes as the product of viewers' and films' factors; one hole and what fills it are marked."""
    figure, axes = style.page(9.4, 3.6)
    ratings = ["5 ? 1 ?", "? 4 ? 2", "1 ? 5 ?", "? 2 4 5"]
    size, top = 0.55, 2.85

    def cell(left, high, words, colour):
        axes.add_patch(Rectangle((left, high - size), size, size, facecolor=colour, edgecolor=style.line))
        axes.text(left + size / 2, high - size / 2 - 0.02, words, ha="center", va="center", color=style.ink)

    for row, line in enumerate(ratings):
        for column, rating in enumerate(line.split()):
            marked = (row, column) == (2, 1)
            colour = style.pale_green if marked else style.paper if rating == "?" else style.pale_blue
            cell(0.5 + size * column, top - size * row, "?" if marked else rating.replace("?", ""), colour)
        for column in range(2):
            cell(4.0 + size * column, top - size * row, "", style.pale_green if row == 2 else style.pale_orange)
    for row in range(2):
        for column in range(4):
            colour = style.pale_green if column == 1 else style.pale_orange
            cell(6.3 + size * column, top - size * (row + 1), "", colour)
    axes.text(3.3, top - 2 * size, "≈", ha="center", va="center", fontsize=18)
    axes.text(5.7, top - 2 * size, "×", ha="center", va="center", fontsize=16)
    for x, words in (
        (0.5 + 2 * size, style.text("ratings: viewers × films", "评分：观众 × 电影")),
        (4.0 + size, style.text("viewers × rank", "观众 × 秩")),
        (6.3 + 2 * size, style.text("rank × films", "秩 × 电影")),
    ):
        axes.text(x, 3.1, words, ha="center", color=style.soft)
    axes.text(
        4.7,
        0.15,
        style.text("the hole = its row times its column", "空缺 = 它的行乘以它的列"),
        ha="center",
        color=style.green,
    )
    return figure
