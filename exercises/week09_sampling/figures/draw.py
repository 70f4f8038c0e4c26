"""Figures of week 09: `make figures WEEK=09` writes each function's drawing beside this file."""

import math

from matplotlib.patches import Circle, FancyArrowPatch, Rectangle

LOGITS = 2.0, 1.0, 0.5, -1.0


def what_filters_keep(style):
    """The worked example: the probabilities of four tokens, and which of them each filter keeps."""
    figure, axes = style.page(9, 3.7)
    whole = _softmax(LOGITS)
    panels = (
        (style.text("all", "全部"), whole, 4, "blue"),
        ("top-k, $k = 2$", whole, 2, "orange"),
        ("top-p, $p = 0.9$", whole, 3, "green"),
        ("min-p, $0.25$", whole, 2, "pink"),
        (style.text("temperature 2", "温度 2"), _softmax([logit / 2 for logit in LOGITS]), 4, "blue"),
    )
    for number, (title, chances, kept, colour) in enumerate(panels):
        left = 0.45 + 1.72 * number
        axes.text(left + 0.66, 3.35, title, ha="center", fontsize=10)
        axes.plot([left - 0.1, left + 1.42], [0.75, 0.75], color=style.line, linewidth=1)
        for token, chance in enumerate(chances):
            height = 3.3 * chance
            x = left + 0.36 * token
            stays = token < kept
            face, edge = (f"pale_{colour}", colour) if stays else ("paper", "line")
            dashes = "-" if stays else ":"
            axes.add_patch(
                Rectangle(
                    (x, 0.75),
                    0.28,
                    height,
                    facecolor=getattr(style, face),
                    edgecolor=getattr(style, edge),
                    linestyle=dashes,
                )
            )
            tint = style.ink if stays else style.soft
            axes.text(x + 0.14, 0.82 + height, f"{chance:.2f}", ha="center", fontsize=8, color=tint)
            axes.text(x + 0.14, 0.48, str(token), ha="center", fontsize=9, color=style.soft)
        if number == 3:
            bar = 0.75 + 3.3 * 0.25 * whole[0]
            axes.plot([left - 0.1, left + 1.42], [bar, bar], color=style.pink, linewidth=1, linestyle="--")
    note = style.text("dotted: ruled out; dashed line: the bar of min-p", "虚线框：被排除；横虚线：min-p 的阈值")
    axes.text(4.5, 0.1, note, ha="center", color=style.soft, fontsize=9)
    return figure


def work_of_a_cache(style):
    """Which tokens go through the model in each of five steps, without and with a cache."""
    figure, axes = style.page(9, 3.5)
    titles = (
        style.text("without a cache: 3 + 4 + 5 + 6 = 18", "不用缓存：3 + 4 + 5 + 6 = 18"),
        style.text("with a cache: 3 + 1 + 1 + 1 = 6", "使用缓存：3 + 1 + 1 + 1 = 6"),
    )
    for number, title in enumerate(titles):
        left = 1.5 + 4.2 * number
        axes.text(left + 1.2, 3.15, title, ha="center", fontsize=10.5)
        for step in range(4):
            y = 2.6 - 0.56 * step
            if number == 0:
                axes.text(
                    0.3, y, style.text(f"step {step}", f"第 {step} 步"), va="center", color=style.soft, fontsize=9
                )
            for place in range(3 + step):
                read = number == 0 or step == 0 or place == 2 + step
                colour = ("blue" if place < 3 else "orange") if read else None
                _tile(axes, style, left + 0.46 * place, y, colour, 0.4, 0.42)
    note = style.text(
        "blue: the prompt; orange: new tokens; empty: their keys and values are in the cache",
        "蓝色：提示；橙色：新词元；空白：key 和 value 已在缓存中",
    )
    axes.text(4.5, 0.2, note, ha="center", color=style.soft, fontsize=9)
    return figure


def tree_of_beams(style):
    """The worked example: two beams keep the beginning 1, which greedy drops, and find the better text."""
    figure, axes = style.page(9, 4.3)
    root, first = (0.9, 2.2), ((3.4, 3.2), (3.4, 1.1))
    leaves = (
        (0, "0 0", 0.24, 4.0),
        (0, "0 1", 0.21, 3.3),
        (0, "0 2", 0.15, 2.6),
        (1, "1 0", 0.04, 1.5),
        (1, "1 1", 0.36, 0.8),
    )
    _node(axes, style, *root, style.text("prompt 2", "提示 2"), "blue", 1.2)
    for token, (place, chance) in enumerate(zip(first, (0.6, 0.4), strict=True)):
        _arrow(axes, style, (root[0] + 0.62, root[1]), (place[0] - 0.5, place[1]), "ink")
        _node(axes, style, *place, str(token), "green", 0.9)
        axes.text(2.1, (root[1] + place[1]) / 2 + 0.22, f"{chance:g}", ha="center", color=style.soft)
    for parent, text, total, y in leaves:
        kept = text in ("0 0", "1 1")
        _arrow(axes, style, (first[parent][0] + 0.47, first[parent][1]), (5.6, y), "ink" if kept else "line")
        _node(axes, style, 6.1, y, text, "green" if kept else None, 0.9)
        share = total / (0.6, 0.4)[parent]
        axes.text(
            6.75, y, f"{(0.6, 0.4)[parent]:g} · {share:.3g} = {total:g}", va="center", color=style.soft, fontsize=10
        )
    axes.text(8.45, 4.0, style.text("greedy", "贪心"), va="center", color=style.orange)
    axes.text(8.45, 0.8, style.text("best", "最好"), va="center", color=style.green)
    note = style.text("green: kept by two beams", "绿色：两束所保留的")
    axes.text(3.4, 0.2, note, ha="center", color=style.soft, fontsize=9)
    return figure


def automaton_and_mask(style):
    """The worked example: four states with arrows for bytes, and the state behind each token that is allowed."""
    figure, axes = style.page(10, 4.6)
    places = {0: (0.6, 2.6), 1: (2.3, 3.8), 2: (2.3, 1.4), 3: (4.0, 2.6)}
    for begin, end, byte in ((0, 1, "0"), (0, 2, "1"), (1, 3, "!"), (2, 3, "!")):
        (x, y), (u, v) = places[begin], places[end]
        length = math.hypot(u - x, v - y)
        dx, dy = 0.4 * (u - x) / length, 0.4 * (v - y) / length
        _arrow(axes, style, (x + dx, y + dy), (u - dx, v - dy), "ink")
        up = 0.22 if v + y > 5.2 else -0.24
        axes.text((x + u) / 2, (y + v) / 2 + up, byte, ha="center", va="center", color=style.blue, fontsize=11)
    loop = FancyArrowPatch(
        (2.05, 1.08), (2.55, 1.08), connectionstyle="arc3,rad=1.4", arrowstyle="-|>", mutation_scale=9, color=style.ink
    )
    axes.add_patch(loop)
    axes.text(2.3, 0.42, "0, 1", ha="center", va="center", color=style.blue, fontsize=11)
    for state, (x, y) in places.items():
        ends = state > 0
        face = style.pale_green if ends else style.paper
        axes.add_patch(
            Circle((x, y), 0.36, facecolor=face, edgecolor=style.green if ends else style.ink, linewidth=1.2)
        )
        axes.text(x, y, str(state), ha="center", va="center", fontsize=12, color=style.ink)
    tokens = style.text("end", "结束"), "0", "1", "10", "0!", "01", "!", "!!"
    allowed = {0: {1: 1, 2: 2, 3: 2, 4: 3}, 1: {0: 1, 6: 3}, 2: {0: 2, 1: 2, 2: 2, 3: 2, 4: 3, 5: 2, 6: 3}, 3: {0: 3}}
    left, wide = 5.55, 0.54
    axes.text(5.1, 3.9, style.text("state", "状态"), ha="center", va="center", color=style.soft, fontsize=9)
    for token, name in enumerate(tokens):
        axes.text(left + wide * token, 3.9, name, ha="center", va="center", color=style.blue, fontsize=10)
        for state, row in allowed.items():
            y = 3.35 - 0.62 * state
            _tile(axes, style, left + wide * token, y, "orange" if token in row else None, 0.46, 0.5)
            if token in row:
                axes.text(
                    left + wide * token, y, str(row[token]), ha="center", va="center", fontsize=10, color=style.ink
                )
    for state in allowed:
        axes.text(5.1, 3.35 - 0.62 * state, str(state), ha="center", va="center", fontsize=11, color=style.ink)
    note = style.text(
        "green: a text may end here; filled: the token is allowed, and leads to the state that it holds",
        "绿色：文本可以在此结束；有色的格子：词元允许，并到达格中所写的状态",
    )
    axes.text(5.0, 0.05, note, ha="center", color=style.soft, fontsize=9)
    return figure


def _softmax(logits):
    powers = [math.exp(logit) for logit in logits]
    return [power / sum(powers) for power in powers]


def _node(axes, style, x, y, text, colour, width):
    """Write something into a box around a point."""
    _tile(axes, style, x, y, colour, width, 0.46)
    axes.text(x, y, text, ha="center", va="center", fontsize=11, color=style.ink if colour else style.soft)


def _tile(axes, style, x, y, colour, width, height):
    """A rectangle around a point, in a pale colour with an edge; without a colour it is empty."""
    face = getattr(style, f"pale_{colour}") if colour else style.paper
    edge = getattr(style, colour) if colour else style.line
    axes.add_patch(
        Rectangle((x - width / 2, y - height / 2), width, height, facecolor=face, edgecolor=edge, linewidth=1)
    )


def _arrow(axes, style, begin, end, colour):
    """A thin arrow."""
    axes.add_patch(
        FancyArrowPatch(begin, end, arrowstyle="-|>", mutation_scale=9, color=getattr(style, colour), linewidth=0.9)
    )
