"""Figures of week 08: `make figures WEEK=08` writes each function's drawing beside this file."""

import math

from matplotlib.patches import FancyArrowPatch, Rectangle


def packed_rows(style):
    """The worked example: two rows, three documents, positions, and which token predicts which."""
    figure, axes = style.page(9, 3.7)
    rows = ([5, 6, 0, 7, 8], [9, 0, 4, 3, 0]), ([0, 0, 0, 1, 1], [1, 1, 2, 2, 2]), ([0, 1, 2, 0, 1], [0, 1, 0, 1, 2])
    colours = ("blue", "orange", "green")
    for row, (ids, numbers, positions) in enumerate(zip(*rows, strict=True)):
        y = 2.6 - 1.7 * row
        axes.text(0.35, y, style.text(f"row {row}", f"第 {row} 行"), va="center", color=style.soft)
        for place, (token, number, position) in enumerate(zip(ids, numbers, positions, strict=True)):
            x = 2.0 + 1.3 * place
            _tile(axes, style, x, y, colours[number], 0.8, 0.6)
            axes.text(x, y, str(token), ha="center", va="center", fontsize=13)
            axes.text(x, y - 0.5, str(position), ha="center", va="center", color=style.soft, fontsize=9)
            if place and numbers[place - 1] == number:
                _arrow(axes, style, (x - 1.2, y + 0.32), (x - 0.1, y + 0.32), -0.45)
    axes.text(0.35, 2.1, style.text("position", "位置"), va="center", color=style.soft, fontsize=9)
    axes.text(0.35, 0.4, style.text("position", "位置"), va="center", color=style.soft, fontsize=9)
    note = style.text("arrow: predicts", "箭头：预测")
    axes.text(8.95, 3.45, note, ha="right", color=style.soft, fontsize=9)
    return figure


def two_schedules(style):
    """A cosine and a three-part schedule over the same run."""
    figure, axes = style.page(9, 3.6)
    left, bottom, width, height = 0.8, 0.6, 7.6, 2.5
    _frame(axes, style, left, bottom, width, height)
    steps = range(101)
    cosine = [step / 10 if step < 10 else (1 + math.cos(math.pi * (step - 10) / 90)) / 2 for step in steps]
    stable = [step / 10 if step < 10 else min(1.0, (100 - step) / 20) for step in steps]
    for rates, colour in ((cosine, "blue"), (stable, "orange")):
        places = [left + width * step / 100 for step in steps]
        axes.plot(places, [bottom + height * rate for rate in rates], color=getattr(style, colour), linewidth=2)
    axes.text(left + 0.36 * width, bottom + 0.62 * height, style.text("cosine", "余弦"), color=style.blue)
    label = style.text("warm-up, stable, decay", "预热、稳定、下降")
    axes.text(left + 0.5 * width, bottom + 1.06 * height, label, color=style.orange)
    for step in (0, 10, 80, 100):
        axes.text(left + width * step / 100, bottom - 0.3, str(step), ha="center", color=style.soft, fontsize=9)
    axes.text(left + width / 2, 0.08, style.text("step", "步"), ha="center", color=style.soft)
    axes.text(left - 0.15, bottom + height, style.text("peak", "峰值"), ha="right", va="center", color=style.soft)
    axes.text(left - 0.15, bottom, "0", ha="right", va="center", color=style.soft)
    return figure


def equal_budgets(style):
    """The published law at three budgets: too small a model, too few tokens, and the best in between."""
    figure, axes = style.page(9, 4)
    left, bottom, width, height = 0.9, 0.7, 7.5, 3.0
    _frame(axes, style, left, bottom, width, height)

    def place(n, loss):
        return left + width * (math.log10(n) - 7.5) / 4, bottom + height * (loss - 1.9) / 2.1

    for budget, colour in ((1e19, "blue"), (1e21, "orange"), (1e23, "green")):
        points = []
        for number in range(161):
            n = 10 ** (7.5 + number / 40)
            loss = 1.69 + 406.4 / n**0.34 + 410.7 / (budget / 6 / n) ** 0.28
            if loss < 4.0:
                points.append((n, loss))
        axes.plot(*zip(*(place(*point) for point in points), strict=True), color=getattr(style, colour), linewidth=2)
        best = min(points, key=lambda point: point[1])
        axes.plot(*place(*best), "o", color=getattr(style, colour))
        x, y = place(*best)
        power = round(math.log10(budget))
        axes.text(x, y + 0.14, f"$C = 10^{{{power}}}$", ha="center", color=getattr(style, colour), fontsize=10)
    for power in (8, 9, 10, 11):
        axes.text(place(10**power, 2)[0], bottom - 0.3, f"$10^{{{power}}}$", ha="center", color=style.soft, fontsize=9)
    for loss in (2, 3, 4):
        axes.text(left - 0.12, place(1e8, loss)[1], str(loss), ha="right", va="center", color=style.soft, fontsize=9)
    label = style.text("parameters N, with D = C / 6N tokens", "参数量 N，词元数 D = C / 6N")
    axes.text(left + width / 2, 0.08, label, ha="center", color=style.soft)
    axes.text(
        0.3, bottom + height / 2, style.text("loss", "损失"), ha="center", va="center", rotation=90, color=style.soft
    )
    return figure


def _frame(axes, style, left, bottom, width, height):
    """Two thin axes."""
    axes.plot([left, left, left + width], [bottom + height, bottom, bottom], color=style.line, linewidth=1)


def _tile(axes, style, x, y, colour, width, height):
    """A pale rectangle with an edge around a point."""
    axes.add_patch(
        Rectangle(
            (x - width / 2, y - height / 2),
            width,
            height,
            facecolor=getattr(style, f"pale_{colour}"),
            edgecolor=getattr(style, colour),
            linewidth=1,
        )
    )


def _arrow(axes, style, begin, end, bend):
    """A thin bent arrow."""
    axes.add_patch(
        FancyArrowPatch(
            begin,
            end,
            arrowstyle="-|>",
            connectionstyle=f"arc3,rad={bend}",
            mutation_scale=9,
            color=style.soft,
            linewidth=0.9,
        )
    )
