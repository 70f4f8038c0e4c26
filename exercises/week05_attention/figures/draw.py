"""Figures of week 05: `make figures WEEK=05` writes each function's drawing beside this file."""

from matplotlib.patches import FancyArrowPatch, Rectangle


def from_query_to_output(style):
    """The worked example: one query meets two keys, the scores become weights, the weights mix the values."""
    figure, axes = style.page(9, 3.6)
    head = style.text("query", "query"), style.text("keys", "key"), style.text("scores", "分数")
    head += style.text("weights", "权重"), style.text("values", "value"), style.text("output", "输出")
    for x, word in zip((0.9, 2.5, 4.15, 5.6, 7.0, 8.4), head, strict=True):
        axes.text(x, 3.25, word, ha="center", color=style.soft, fontsize=11)

    _box(axes, style, 0.9, 1.75, r"$2\ln3,\ 0,\ 0,\ 0$", "blue", 1.3)
    rows = zip(
        (2.4, 1.1),
        ("1, 0, 0, 0", "0, 1, 0, 0"),
        (r"$\frac{2\ln3}{\sqrt{4}} = \ln3$", r"$\frac{0}{\sqrt{4}} = 0$"),
        (r"$\frac{3}{4}$", r"$\frac{1}{4}$"),
        ("4, 0", "0, 8"),
        strict=True,
    )
    for y, key, score, weight, value in rows:
        _box(axes, style, 2.5, y, key, "orange", 1.2)
        _box(axes, style, 4.15, y, score, "pink", 1.35)
        _box(axes, style, 5.6, y, weight, "pink", 0.6)
        _box(axes, style, 7.0, y, value, "green", 0.8)
        _arrow(axes, style, (1.57, 1.75), (1.87, y))
        _arrow(axes, style, (3.13, y), (3.45, y))
        _arrow(axes, style, (4.85, y), (5.27, y))
        _arrow(axes, style, (5.93, y), (6.57, y))
        axes.text(6.25, y + 0.1, "×", ha="center", color=style.soft)
        _arrow(axes, style, (7.43, y), (7.95, 1.75))
    _box(axes, style, 8.4, 1.75, "3, 2", "blue", 0.8)
    axes.text(1.72, 2.3, "·", ha="center", color=style.soft, fontsize=16)
    shared = style.text("softmax: the keys share a weight of 1", "softmax：各 key 分配总和为 1 的权重")
    axes.text(4.9, 0.35, shared, ha="center", color=style.soft)
    axes.text(7.9, 0.35, style.text("weighted mean", "加权平均"), ha="center", color=style.soft)
    return figure


def heads_and_groups(style):
    """Eight query heads read eight, two or one key-value heads."""
    figure, axes = style.page(9, 3.5)
    titles = (
        style.text("multi-head", "多头"),
        style.text("grouped-query", "分组查询"),
        style.text("multi-query", "多查询"),
    )
    notes = ("8 : 8", "8 : 2", "8 : 1")
    for place, (title, note, groups) in enumerate(zip(titles, notes, (8, 2, 1), strict=True)):
        left = 1.0 + 2.75 * place
        axes.text(left + 1.05, 3.1, title, ha="center", fontsize=12)
        for head in range(8):
            x = left + 0.3 * head
            group = head // (8 // groups)
            centre = left + 0.3 * (group * (8 // groups) + (8 // groups - 1) / 2)
            colour = ("blue", "orange", "green", "pink")[group % 4]
            axes.plot([x, centre], [2.3, 1.35], color=getattr(style, colour), linewidth=1.2)
            _tile(axes, style, x, 2.45, colour, 0.24, 0.34)
            for y in (1.2, 0.8):
                _tile(axes, style, centre, y, colour, 0.24, 0.34)
        axes.text(
            left + 1.05,
            0.2,
            style.text(f"query : key-value heads = {note}", f"query 头 : key-value 头 = {note}"),
            ha="center",
            color=style.soft,
            fontsize=9,
        )
    for y, word in ((2.45, "Q"), (1.2, "K"), (0.8, "V")):
        axes.text(0.5, y, word, ha="center", va="center", color=style.soft, fontsize=12)
    return figure


def tiles_of_the_online_softmax(style):
    """A causal table of scores in blocks of keys; three things for each query travel from block to block."""
    figure, axes = style.page(9, 4.2)
    size, side, block = 8, 0.36, 2
    left, bottom = 1.1, 0.75
    colours = ("blue", "orange", "green", "pink")
    for row in range(size):
        for column in range(size):
            colour = colours[column // block] if column <= row else None
            x, y = left + side * (column + 0.5), bottom + side * (size - row - 0.5)
            _tile(axes, style, x, y, colour, side * 0.86, side * 0.86)
    for number in range(size // block):
        x = left + side * block * (number + 0.5)
        axes.text(
            x,
            bottom + side * size + 0.15,
            style.text(f"block {number}", f"块 {number}"),
            ha="center",
            fontsize=9,
            color=getattr(style, colours[number]),
        )
    axes.text(left + side * size / 2, 0.4, style.text("keys →", "key →"), ha="center", color=style.soft)
    axes.text(
        0.75,
        bottom + side * size / 2,
        style.text("← queries", "← query"),
        ha="center",
        va="center",
        rotation=90,
        color=style.soft,
    )

    x = 5.1
    for number in range(size // block):
        y = 3.25 - 0.85 * number
        _tile(axes, style, x, y, colours[number], 0.5, 0.5)
        _box(axes, style, 7.2, y, r"$m,\ \ell,\ o$", colours[number], 1.6)
        _arrow(axes, style, (x + 0.3, y), (6.35, y))
        if number:
            _arrow(axes, style, (7.2, y + 0.62), (7.2, y + 0.24))
            axes.text(7.35, y + 0.43, r"$\times\, e^{m - m'}$", va="center", fontsize=10)
    axes.text(x, 3.75, style.text("one block of scores", "一块分数"), ha="center", color=style.soft)
    axes.text(7.2, 3.75, style.text("carried for each query", "每个 query 带着的量"), ha="center", color=style.soft)
    axes.text(7.35, 0.13, style.text("after the last block:", "最后一块之后："), ha="right")
    axes.text(7.45, 0.13, r"$o / \ell$", ha="left")
    return figure


def window_and_sinks(style):
    """A causal table with a window of three and one sink; beside it the rolling buffer, token after token."""
    figure, axes = style.page(9, 4.2)
    size, side, window, sinks = 8, 0.36, 3, 1
    left, bottom = 1.1, 0.75
    for row in range(size):
        for column in range(row + 1):
            colour = "orange" if column < sinks else "blue" if column > row - window else None
            x, y = left + side * (column + 0.5), bottom + side * (size - row - 0.5)
            _tile(axes, style, x, y, colour, side * 0.86, side * 0.86)
    for number in range(size):
        axes.text(left + side * (number + 0.5), bottom - 0.16, str(number), ha="center", fontsize=8, color=style.soft)
        y = bottom + side * (size - number - 0.5)
        axes.text(left - 0.12, y, str(number), ha="right", va="center", fontsize=8, color=style.soft)
    middle, top = left + side * size / 2, bottom + side * size + 0.2
    axes.text(middle, top, style.text("window 3 and 1 sink", "窗口 3，汇点 1"), ha="center", fontsize=11)
    axes.text(middle, 0.25, style.text("keys →", "key →"), ha="center", color=style.soft)
    axes.text(
        0.55,
        bottom + side * size / 2,
        style.text("← queries", "← query"),
        ha="center",
        va="center",
        rotation=90,
        color=style.soft,
    )

    buffer = list(range(sinks + window))
    first = 6.3
    axes.text(first + 0.75, top, style.text("the rolling buffer", "环形缓冲区"), ha="center", fontsize=11)
    for number, position in enumerate(range(sinks + window - 1, size)):
        buffer[position if position < sinks else sinks + (position - sinks) % window] = position
        y = 3.2 - 0.6 * number
        word = style.text(f"after token {position}", f"词元 {position} 之后")
        axes.text(first - 0.5, y, word, ha="right", va="center", color=style.soft)
        for slot, kept in enumerate(buffer):
            colour = "orange" if slot < sinks else "green" if kept == position else "blue"
            _box(axes, style, first + 0.5 * slot, y, str(kept), colour, 0.44, 0.44)
    axes.text(first + 0.75, 0.25, style.text("slots →", "槽位 →"), ha="center", color=style.soft)
    return figure


def cache_of_a_token(style):
    """Squares whose areas are the numbers that a layer caches for one token, for 128 heads of width 128."""
    figure, axes = style.page(9, 4.1)
    kinds = (
        (style.text("multi-head", "多头"), 2 * 128 * 128, "blue", "2 · 128 · 128"),
        (style.text("grouped, 8 heads", "分组，8 个头"), 2 * 8 * 128, "orange", "2 · 8 · 128"),
        (style.text("latent", "潜在"), 512 + 64, "green", "512 + 64"),
        (style.text("multi-query", "多查询"), 2 * 128, "pink", "2 · 128"),
    )
    for x, (word, numbers, colour, sum_of) in zip((2.0, 4.75, 6.4, 7.95), kinds, strict=True):
        side = 2.9 * (numbers / kinds[0][1]) ** 0.5
        _tile(axes, style, x, 0.95 + side / 2, colour, side, side)
        axes.text(x, 0.6, word, ha="center", va="center")
        axes.text(x, 0.25, f"{sum_of} = {numbers:,}", ha="center", va="center", color=style.soft, fontsize=9)
    return figure


def _box(axes, style, x, y, text, colour, width, height=0.46):
    """Write something into a coloured box around a point."""
    _tile(axes, style, x, y, colour, width, height)
    axes.text(x, y, text, ha="center", va="center", fontsize=11)


def _tile(axes, style, x, y, colour, width, height):
    """A rectangle around a point, in a pale colour with an edge; without a colour it is empty."""
    face = getattr(style, f"pale_{colour}") if colour else style.paper
    edge = getattr(style, colour) if colour else style.line
    axes.add_patch(
        Rectangle((x - width / 2, y - height / 2), width, height, facecolor=face, edgecolor=edge, linewidth=1)
    )


def _arrow(axes, style, begin, end):
    """A thin arrow."""
    axes.add_patch(FancyArrowPatch(begin, end, arrowstyle="-|>", mutation_scale=9, color=style.soft, linewidth=0.9))
