"""Figures of week 11: `make figures WEEK=11` writes each function's drawing beside this file."""

import math

from matplotlib.patches import FancyArrowPatch, Rectangle


def one_score_three_tokens(style):
    """The worked example: the score arrives at the last token, and half of each advantage is passed to the left."""
    figure, axes = style.page(9, 3.3)
    deltas, advantages = ("-0.2", "0.25", "0.2"), ("-0.025", "0.35", "0.2")
    for place in range(3):
        x = 2.2 + 2.4 * place
        _tile(axes, style, x, 2.3, "blue", 1.0, 0.6)
        axes.text(x, 2.3, style.text(f"token {place + 1}", f"词元 {place + 1}"), ha="center", va="center", fontsize=10)
        axes.text(x, 1.6, deltas[place], ha="center", va="center", fontsize=11)
        axes.text(x, 0.6, advantages[place], ha="center", va="center", fontsize=12, color=style.green)
        _arrow(axes, style, (x, 1.42), (x, 0.82), 0)
        if place:
            _arrow(axes, style, (x - 0.45, 0.6), (x - 1.85, 0.6), 0)
            axes.text(x - 1.2, 0.3, "· 0.5", ha="center", va="center", fontsize=9, color=style.soft)
    axes.text(0.25, 1.6, r"$\delta$", va="center", color=style.soft)
    axes.text(0.25, 0.6, style.text("advantage", "优势"), va="center", color=style.green, fontsize=10)
    axes.text(8.4, 2.95, style.text("score 1", "分数 1"), ha="center", va="center", color=style.orange)
    _arrow(axes, style, (8.0, 2.8), (7.5, 2.5), 0)
    return figure


def the_last_real_token(style):
    """Three masks and the token that is read in each."""
    figure, axes = style.page(9, 3.2)
    rows = ("1110000", "0000111", "0111100")
    names = (("right", "右侧填充"), ("left", "左侧填充"), ("both", "两侧填充"))
    for row, (bits, (english, chinese)) in enumerate(zip(rows, names, strict=True)):
        y = 2.5 - 0.95 * row
        last = bits.rindex("1")
        axes.text(0.3, y, style.text(f"padding: {english}", chinese), va="center", color=style.soft, fontsize=10)
        for place, bit in enumerate(bits):
            x = 3.0 + 0.9 * place
            if bit == "1":
                _tile(axes, style, x, y, "orange" if place == last else "blue", 0.75, 0.6)
            axes.text(x, y, bit, ha="center", va="center", color=style.ink if bit == "1" else style.soft)
    axes.text(
        8.9,
        0.08,
        style.text("orange: the token that is read", "橙色：要读的词元"),
        ha="right",
        color=style.orange,
        fontsize=9,
    )
    return figure


def three_estimators(style):
    """k1, k2 and k3 over the difference of the log-probabilities."""
    figure, axes = style.page(9, 4)
    left, bottom, width, height = 0.9, 0.7, 7.3, 3.0

    def place(d, k):
        return left + width * (d + 2) / 4, bottom + height * (k + 1) / 4

    axes.plot(*zip(place(-2, 0), place(2, 0), strict=True), color=style.line, linewidth=1)
    axes.plot(*zip(place(0, -1), place(0, 3), strict=True), color=style.line, linewidth=1)
    curves = {
        "k1": ("blue", lambda d: d),
        "k2": ("orange", lambda d: d * d / 2),
        "k3": ("green", lambda d: math.exp(-d) - 1 + d),
    }
    labels = {"k1": (1.3, 1.6), "k2": (-2.05, 1.7), "k3": (2.1, 1.1)}
    for name, (colour, curve) in curves.items():
        points = [(d / 40, curve(d / 40)) for d in range(-80, 81)]
        points = [place(d, k) for d, k in points if -1 <= k <= 3]
        axes.plot(*zip(*points, strict=True), color=getattr(style, colour), linewidth=2)
        x, y = place(*labels[name])
        axes.text(x, y, name, ha="center", va="center", color=getattr(style, colour))
    for d in (-2, -1, 1, 2):
        axes.text(place(d, 0)[0], place(d, 0)[1] - 0.28, str(d), ha="center", color=style.soft, fontsize=9)
    for k in (1, 2, 3):
        axes.text(place(0, k)[0] - 0.12, place(0, k)[1], str(k), ha="right", va="center", color=style.soft, fontsize=9)
    label = style.text("d = logp - reference of a sampled token", "采样词元的 d = logp - reference")
    axes.text(left + width / 2, 0.15, label, ha="center", color=style.soft)
    return figure


def where_learning_stops(style):
    """The gain of a good and of a bad token over its ratio, with a clip of 0.2."""
    figure, axes = style.page(9, 3.6)
    panels = (
        (0.9, 1, "blue", ("advantage 1", "优势为 1")),
        (5.2, -1, "orange", ("advantage -1", "优势为 -1")),
    )
    width, height, bottom = 3.4, 2.2, 0.75
    for left, advantage, colour, title in panels:
        lowest = 0.4 if advantage > 0 else -1.6

        def place(ratio, gain, left=left, lowest=lowest):
            return left + width * (ratio - 0.4) / 1.2, bottom + height * (gain - lowest) / 1.2

        ratios = [0.4 + step / 100 for step in range(121)]
        gains = [min(r * advantage, min(max(r, 0.8), 1.2) * advantage) for r in ratios]
        whole = [r * advantage for r in ratios]
        axes.plot(*zip(*map(place, ratios, whole), strict=True), color=style.line, linewidth=1, linestyle="--")
        axes.plot(*zip(*map(place, ratios, gains), strict=True), color=getattr(style, colour), linewidth=2.2)
        axes.plot([left, left, left + width], [bottom + height, bottom, bottom], color=style.line, linewidth=1)
        for ratio in (0.8, 1.0, 1.2):
            x = place(ratio, advantage)[0]
            axes.plot([x, x], [bottom, bottom + 0.06], color=style.soft, linewidth=1)
            axes.text(x, bottom - 0.3, str(ratio), ha="center", color=style.soft, fontsize=9)
        axes.text(
            left + width / 2, bottom + height + 0.25, style.text(*title), ha="center", color=getattr(style, colour)
        )
        axes.text(left + width / 2, 0.08, style.text("ratio", "比值"), ha="center", color=style.soft, fontsize=10)
        axes.text(
            left - 0.12,
            bottom + height,
            style.text("gain", "收益"),
            ha="right",
            va="center",
            color=style.soft,
            fontsize=9,
        )
    return figure


def three_preference_losses(style):
    """DPO, IPO and SimPO over the difference of log-ratios (beta 1/2 for DPO and IPO, 1 for SimPO)."""
    figure, axes = style.page(9, 4.2)
    left, bottom, wide, high = 1.0, 0.7, 1.1, 1.0  # where the origin lies, and how long a unit is
    middle = left + 3 * wide
    axes.plot([left - 0.2, left + 6.3 * wide], [bottom, bottom], color=style.line, linewidth=1)
    axes.plot([middle, middle], [bottom - 0.1, bottom + 3.2], color=style.line, linewidth=1)
    places = [-3 + step / 20 for step in range(121)]
    curves = (
        ("DPO", style.blue, lambda x: math.log(1 + math.exp(-0.5 * x))),
        ("IPO", style.orange, lambda x: (x - 1) ** 2),
        ("SimPO", style.green, lambda x: math.log(1 + math.exp(1 - x))),
    )
    for _, colour, loss in curves:
        seen = [(x, loss(x)) for x in places if loss(x) <= 3.1]
        axes.plot([middle + wide * x for x, _ in seen], [bottom + high * y for _, y in seen], color=colour)
    for x in (-2, -1, 0, 1, 2, 3):
        axes.text(middle + wide * x, bottom - 0.28, str(x), ha="center", va="center", fontsize=9, color=style.soft)
    axes.text(left - 0.1, bottom + 1.75, "DPO", color=style.blue, ha="center")
    axes.text(middle - 0.95, bottom + 3.0, "IPO", color=style.orange, ha="right")
    axes.text(left + 0.55, bottom + 3.1, "SimPO", color=style.green, ha="right")
    axes.plot([middle, middle + 0.1], [bottom + high * math.log(2)] * 2, color=style.ink, linewidth=1)
    axes.text(middle + 0.15, bottom + high * math.log(2) + 0.12, r"$\ln 2$", va="center", fontsize=9, color=style.soft)
    axes.text(middle + wide, bottom + 0.17, r"$\frac{1}{2\beta}$", ha="center", va="center", color=style.orange)
    note = style.text("chosen minus rejected", "被选减去被拒")
    axes.text(middle, 0.13, note, ha="center", va="center", fontsize=9, color=style.soft)
    return figure


def a_group_of_four(style):
    """One question, four answers, their rewards, and how each differs from the mean."""
    figure, axes = style.page(9, 3.6)
    _tile(axes, style, 1.2, 1.8, "blue", 1.5, 0.7)
    axes.text(1.2, 1.8, "8 + 5 = ?", ha="center", va="center")
    for row, (answer, reward) in enumerate((("13", 1), ("12", 0), ("85", 0), ("3", 0))):
        y = 3.15 - 0.9 * row
        colour = "green" if reward else "pink"
        _arrow(axes, style, (2.0, 1.8 + 0.12 * (1.5 - row)), (3.3, y), 0)
        _tile(axes, style, 3.85, y, colour, 0.9, 0.55)
        axes.text(3.85, y, answer, ha="center", va="center")
        axes.text(5.2, y, str(reward), ha="center", va="center", color=getattr(style, colour), fontsize=13)
        advantage, high = (r"$+\frac{3}{2}$", 0.42) if reward else (r"$-\frac{1}{2}$", -0.2)
        axes.add_patch(
            FancyArrowPatch(
                (6.9, y - high / 2),
                (6.9, y + high / 2),
                arrowstyle="-|>",
                mutation_scale=10,
                color=getattr(style, colour),
                linewidth=2,
            )
        )
        axes.text(7.7, y, advantage, ha="center", va="center", fontsize=13)
    for x, words in (
        (5.2, style.text("reward", "奖励")),
        (6.1, style.text("mean 1/4", "均值 1/4")),
        (7.7, style.text("advantage", "优势")),
    ):
        place = 1.8 if x == 6.1 else 3.52
        axes.text(x, place, words, ha="center", va="center", fontsize=9, color=style.soft)
    return figure


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
