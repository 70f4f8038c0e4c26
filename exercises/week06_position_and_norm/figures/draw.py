"""Figures of week 06: `make figures WEEK=06` writes each function's drawing beside this file."""

import math

from matplotlib.patches import Circle, FancyArrowPatch, Rectangle

COLOURS = "blue", "orange", "green", "pink"
YARN = (1.054, 1.115, 1.183, 1.259, 1.347, 1.447, 1.563, 1.7, 1.863, 2.061, 2.305, 2.615, 3.022, 3.579, 4.387, 5.667)
LLAMA3 = (1.207, 1.553, 2.026, 2.695, 3.684, 5.257)
SLOWED = {
    '"linear"': [8.0] * 64,
    '"ntk"': [8 ** (pair / 63) for pair in range(64)],
    '"yarn"': [1.0] * 19 + list(YARN) + [8.0] * 29,
    '"llama3"': [1.0] * 29 + list(LLAMA3) + [8.0] * 29,
}
"""By how much each kind slows the 64 pairs of Llama 3.1: base 500,000, 8,192 tokens, factor 8."""


def two_pairings(style):
    """The same six numbers, paired half a vector apart and side by side."""
    figure, axes = style.page(9, 2.5)
    for left, title, partners in (
        (0.6, '"half"', ((0, 3), (1, 4), (2, 5))),
        (5.1, '"interleaved"', ((0, 1), (2, 3), (4, 5))),
    ):
        axes.text(left + 1.65, 2.2, title, ha="center", fontsize=12)
        for pair, (first, second) in enumerate(partners):
            for place in (first, second):
                _tile(axes, style, left + 0.66 * place, 1.1, COLOURS[pair], 0.56, 0.5)
                axes.text(left + 0.66 * place, 1.1, f"$x_{place}$", ha="center", va="center", fontsize=12)
                axes.text(left + 0.66 * place, 0.62, str(place), ha="center", fontsize=9, color=style.soft)
            bend = -0.38 if second - first > 1 else -0.7
            begin, end = (left + 0.66 * first, 1.4), (left + 0.66 * second, 1.4)
            _curve(axes, style, begin, end, COLOURS[pair], bend)
    note = style.text("an arc joins two numbers that turn together", "弧线连接一起旋转的两个数")
    axes.text(4.5, 0.12, note, ha="center", color=style.soft, fontsize=9)
    return figure


def hands_of_a_clock(style):
    """Three pairs as hands at four positions: the first turns fast, the last hardly at all."""
    figure, axes = style.page(9, 4.4)
    positions, steps = (0, 1, 2, 8), (1.0, 0.3, 0.05)
    for column, position in enumerate(positions):
        x = 2.9 + 1.65 * column
        axes.text(x, 4.1, style.text(f"position {position}", f"位置 {position}"), ha="center", color=style.soft)
        for row, step in enumerate(steps):
            y = 3.3 - 1.25 * row
            colour = getattr(style, COLOURS[row])
            axes.add_patch(Circle((x, y), 0.5, facecolor=style.paper, edgecolor=style.line, linewidth=1))
            angle = position * step
            tip = x + 0.45 * math.cos(angle), y + 0.45 * math.sin(angle)
            axes.add_patch(
                FancyArrowPatch((x, y), tip, arrowstyle="-|>", mutation_scale=10, color=colour, linewidth=1.8)
            )
    for row, step in enumerate(steps):
        y = 3.3 - 1.25 * row
        axes.text(0.25, y + 0.12, style.text(f"pair {row}", f"第 {row} 对"), color=getattr(style, COLOURS[row]))
        turn = style.text(f"{step:g} radian a step", f"每步 {step:g} 弧度")
        axes.text(0.25, y - 0.22, turn, fontsize=9, color=style.soft)
    return figure


def what_shares_a_mean(style):
    """Two sentences of three tokens with four features: which numbers each norm takes together."""
    figure, axes = style.page(9, 3.9)
    titles = (
        style.text("layer norm, RMS norm", "层归一化、RMS 归一化"),
        style.text("batch norm", "批归一化"),
    )
    for number, title in enumerate(titles):
        left = 1.3 + 4.3 * number
        axes.text(left + 1.2, 3.55, title, ha="center", fontsize=12)
        for sentence in range(2):
            for token in range(3):
                for feature in range(4):
                    together = (sentence, token) == (0, 1) if number == 0 else feature == 1
                    x = left + 0.62 * feature + 0.28
                    y = 3.05 - 1.35 * sentence - 0.38 * token
                    _tile(axes, style, x, y, ("blue", "orange")[number] if together else None, 0.54, 0.3)
    for sentence in range(2):
        y = 2.67 - 1.35 * sentence
        name = style.text(f"sentence {sentence}", f"第 {sentence} 句")
        axes.text(0.75, y, name, ha="center", va="center", rotation=90, color=style.soft, fontsize=9)
    for left in (1.3, 5.6):
        words = style.text("features →", "特征 →")
        axes.text(left + 1.2, 0.4, words, ha="center", color=style.soft, fontsize=9)
    axes.text(4.55, 2.0, style.text("tokens ↓", "词元 ↓"), ha="center", va="center", color=style.soft, fontsize=9)
    note = style.text("coloured: one mean and one variance", "着色的格子：共用一个均值和方差")
    axes.text(4.5, 0.1, note, ha="center", color=style.soft, fontsize=9)
    return figure


def how_much_slower(style):
    """The wavelength of each pair of Llama 3.1 before and after, and by how much each kind slows it."""
    figure, axes = style.page(10, 4.6)
    titles = (
        style.text("tokens for one turn", "转一圈需要的词元数"),
        style.text("slowed by", "放慢的倍数"),
    )
    for left, title in zip((1.0, 5.9), titles, strict=True):
        axes.plot([left, left, left + 3.2], [3.9, 0.8, 0.8], color=style.line, linewidth=1)
        axes.text(left + 1.6, 4.2, title, ha="center", fontsize=12)
        for pair in (0, 20, 40, 60):
            axes.text(left + 0.05 * pair, 0.58, str(pair), ha="center", va="center", fontsize=9, color=style.soft)
        axes.text(left + 1.6, 0.25, style.text("pair", "第几对"), ha="center", fontsize=9, color=style.soft)

    def height(tokens):  # 10 to 100 million tokens
        return 0.8 + 3.0 * (math.log10(tokens) - 0.5) / 7.2

    for tokens, name in ((10, "10"), (1000, "1,000"), (100_000, "100,000"), (10_000_000, "10 M")):
        axes.text(0.9, height(tokens), name, ha="right", va="center", fontsize=9, color=style.soft)
    for tokens, name in ((8192, "8,192"), (65536, "65,536")):
        axes.plot([1.0, 4.2], [height(tokens)] * 2, color=style.line, linewidth=1, linestyle=":")
        axes.text(4.25, height(tokens), name, va="center", fontsize=9, color=style.soft)
    for factor in (1, 2, 4, 6, 8):
        axes.text(5.8, 0.8 + 0.38 * (factor - 0.4), str(factor), ha="right", va="center", fontsize=9, color=style.soft)

    across = [0.05 * pair for pair in range(64)]
    waves = [2 * math.pi * 500_000 ** (pair / 64) for pair in range(64)]
    axes.plot([1.0 + x for x in across], [height(wave) for wave in waves], color=style.ink, linewidth=2.2)
    axes.text(3.55, height(waves[44]) - 0.12, style.text("before", "之前"), ha="left", fontsize=9, color=style.ink)
    for slowed, colour in zip(SLOWED.values(), COLOURS, strict=True):
        ink = getattr(style, colour)
        longer = [height(wave * times) for wave, times in zip(waves, slowed, strict=True)]
        axes.plot([1.0 + x for x in across], longer, color=ink, linewidth=1.3)
        axes.plot([5.9 + x for x in across], [0.8 + 0.38 * (times - 0.4) for times in slowed], color=ink, linewidth=1.8)
    for row, (kind, colour) in enumerate(zip(SLOWED, COLOURS, strict=True)):
        y = 3.3 - 0.4 * row
        axes.plot([9.2, 9.45], [y, y], color=getattr(style, colour), linewidth=1.8)
        axes.text(9.5, y, kind.strip('"'), va="center", fontsize=9, color=getattr(style, colour))
    return figure


def _tile(axes, style, x, y, colour, width, height):
    """A rectangle around a point, in a pale colour with an edge; without a colour it is empty."""
    face = getattr(style, f"pale_{colour}") if colour else style.paper
    edge = getattr(style, colour) if colour else style.line
    axes.add_patch(
        Rectangle((x - width / 2, y - height / 2), width, height, facecolor=face, edgecolor=edge, linewidth=1)
    )


def _curve(axes, style, begin, end, colour, bend):
    """An arc without heads."""
    axes.add_patch(
        FancyArrowPatch(
            begin, end, connectionstyle=f"arc3,rad={bend}", arrowstyle="-", color=getattr(style, colour), linewidth=1.4
        )
    )
