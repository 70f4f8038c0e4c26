"""Figures of week 10: `make figures WEEK=10` writes each function's drawing beside this file."""

import math

from matplotlib.patches import FancyArrowPatch, Rectangle


def a_thin_change(style):
    """A wide weight that stays, and two thin ones beside it whose answers are scaled and added."""
    figure, axes = style.page(9, 3.6)
    _box(axes, style, 0.9, 1.8, "$x$", "blue", 0.7, 0.6)
    _tile(axes, style, 3.7, 2.55, None, 2.4, 1.5)
    axes.text(3.7, 2.7, "$W$", ha="center", va="center", fontsize=16)
    axes.text(3.7, 2.15, style.text("frozen", "冻结"), ha="center", va="center", color=style.soft, fontsize=10)
    _box(axes, style, 2.85, 0.75, "$A$", "orange", 0.7, 0.9)
    _box(axes, style, 4.55, 0.75, "$B$", "orange", 0.7, 0.9)
    _box(axes, style, 6.0, 0.75, r"$\times\,\frac{\alpha}{r}$", "pink", 0.8, 0.6)
    _box(axes, style, 7.1, 1.8, "+", "green", 0.5, 0.5)
    axes.text(8.3, 1.8, "$y$", ha="center", va="center", fontsize=14)
    axes.text(3.7, 1.0, style.text("r numbers", "r 个数"), ha="center", color=style.soft, fontsize=9)
    axes.text(3.7, 0.05, style.text("these two learn", "这两个学习"), ha="center", color=style.orange, fontsize=10)
    for begin, end in (
        ((1.3, 2.0), (2.45, 2.5)),
        ((1.3, 1.6), (2.45, 0.85)),
        ((3.25, 0.75), (4.15, 0.75)),
        ((4.95, 0.75), (5.55, 0.75)),
        ((6.45, 0.85), (6.95, 1.5)),
        ((4.95, 2.5), (6.8, 1.9)),
        ((7.4, 1.8), (8.1, 1.8)),
    ):
        _arrow(axes, style, begin, end)
    return figure


def what_a_chat_teaches(style):
    """The worked example: thirteen tokens, three labels, and the place that answers for each."""
    figure, axes = style.page(9, 2.9)
    tokens = "bos", "user", "⏎", "H", "i", "end", "⏎", "assist.", "⏎", "H", "o", "end", "⏎"
    for place, token in enumerate(tokens):
        x = 0.5 + 0.665 * place
        learned = 9 <= place <= 11
        spoken = place in (3, 4)
        _tile(axes, style, x, 1.35, "green" if learned else "blue" if spoken else None, 0.6, 0.55)
        size = 10 if len(token) < 5 else 7.5
        axes.text(x, 1.35, token, ha="center", va="center", fontsize=size)
        axes.text(x, 0.82, str(place), ha="center", color=style.soft, fontsize=9)
        if learned:
            axes.add_patch(
                FancyArrowPatch(
                    (x - 0.665, 1.68),
                    (x, 1.68),
                    connectionstyle="arc3,rad=-0.6",
                    arrowstyle="-|>",
                    mutation_scale=9,
                    color=style.green,
                    linewidth=1.2,
                )
            )
    axes.text(7.15, 2.15, style.text("predicts", "预测"), ha="center", color=style.green)
    note = style.text(
        "green: labels that count; blue: the user's words; the rest is the template",
        "绿色：有效的标签；蓝色：用户的话；其余属于模板",
    )
    axes.text(4.5, 0.25, note, ha="center", color=style.soft, fontsize=9)
    return figure


def three_places(style):
    """One block of a model, and where LoRA, a prefix and an adapter stand in it."""
    figure, axes = style.page(9, 4.2)
    _tile(axes, style, 4.3, 2.45, None, 4.2, 1.5)
    axes.text(2.4, 2.95, style.text("attention", "注意力"), color=style.soft, fontsize=10)
    for place, name in enumerate("QKVO"):
        x = 2.85 + 0.95 * place
        _box(axes, style, x, 2.45, f"$W_{name}$", None, 0.7, 0.6)
        if name in "QV":
            _tile(axes, style, x + 0.26, 2.03, "orange", 0.3, 0.22)
    _box(axes, style, 4.3, 3.75, style.text("key-value cache", "键值缓存"), None, 2.4, 0.5)
    _box(axes, style, 2.45, 3.75, style.text("prefix", "前缀"), "pink", 1.1, 0.5)
    _arrow(axes, style, (4.3, 3.48), (4.3, 3.22))
    _box(axes, style, 4.3, 0.95, style.text("feed-forward", "前馈层"), None, 2.6, 0.6)
    _arrow(axes, style, (4.3, 1.68), (4.3, 1.27))
    _box(axes, style, 6.75, 0.95, style.text("adapter", "适配器"), "green", 1.3, 0.5)
    _arrow(axes, style, (5.62, 0.95), (6.08, 0.95))
    axes.text(6.75, 2.5, "LoRA", color=style.orange, va="center")
    axes.text(6.75, 2.15, style.text("beside a weight", "在权重旁边"), color=style.soft, fontsize=9, va="center")
    axes.text(6.75, 3.85, style.text("prefix", "前缀"), color=style.pink, va="center")
    axes.text(6.75, 3.5, style.text("in front of the keys", "在 key 之前"), color=style.soft, fontsize=9, va="center")
    axes.text(6.75, 0.4, style.text("behind a layer", "在一层之后"), color=style.soft, fontsize=9, ha="center")
    note = style.text("coloured: what learns", "着色的部分在学习")
    axes.text(3.2, 0.15, note, ha="center", color=style.soft, fontsize=9)
    return figure


def turn_then_stretch(style):
    """The worked row of DoRA: W, what LoRA makes of it, and the same direction with a length of its own."""
    figure, axes = style.page(9, 4.2)
    unit, left, bottom = 0.24, 1.0, 0.75
    axes.plot([left, left + 18 * unit], [bottom, bottom], color=style.line, linewidth=1)
    axes.plot([left, left], [bottom, bottom + 13 * unit], color=style.line, linewidth=1)

    def place(x, y):
        return left + x * unit, bottom + y * unit

    around = [place(20 * math.cos(angle / 90), 20 * math.sin(angle / 90)) for angle in range(90)]
    around = [point for point in around if point[1] < bottom + 13.2 * unit]
    axes.plot(*zip(*around, strict=True), color=style.green, linewidth=1, linestyle=":")
    for end, colour in (((16, 12), "green"), ((8, 6), "orange"), ((3, 4), "blue")):
        arrow = FancyArrowPatch(place(0, 0), place(*end), arrowstyle="-|>", mutation_scale=12, shrinkA=0, shrinkB=0)
        arrow.set(color=getattr(style, colour), linewidth=2)
        axes.add_patch(arrow)
    arrow = FancyArrowPatch(place(3.2, 4.4), place(7.6, 6.4), connectionstyle="arc3,rad=-0.3", arrowstyle="-|>")
    arrow.set(color=style.soft, linewidth=1, mutation_scale=9, linestyle="--")
    axes.add_patch(arrow)
    axes.text(*place(0.4, 5.8), "$W$ = (3, 4)", color=style.blue, fontsize=11)
    axes.text(*place(8.4, 4.9), "$V$ = (8, 6)", color=style.orange, fontsize=11)
    axes.text(*place(12.2, 12.2), "(16, 12)", color=style.green, fontsize=11, ha="right")
    notes = (
        ("blue", "the frozen row, of length 5", "冻结的行，长度为 5"),
        ("orange", "LoRA adds (5, 2): direction and length change", "LoRA 加上 (5, 2)：方向和长度都变了"),
        ("green", "the magnitude says how long: 20", "长度由 magnitude 决定：20"),
    )
    for row, (colour, english, chinese) in enumerate(notes):
        axes.text(5.95, 1.75 - 0.42 * row, style.text(english, chinese), color=getattr(style, colour), fontsize=9)
    return figure


def sixteen_levels(style):
    """The levels of NF4 and 15 even ones under the density of a normal distribution."""
    figure, axes = style.page(9, 4.4)
    negative = -0.6962, -0.5251, -0.3949, -0.2844, -0.1848, -0.0911
    levels = -1, *negative, 0, 0.0796, 0.1609, 0.2461, 0.3379, 0.4407, 0.5626, 0.7230, 1
    middle, width, spread = 4.5, 3.9, 0.5416  # the outermost level is 1.8464 standard deviations from the middle

    def across(number):
        return middle + width * number

    places = [step / 50 for step in range(-55, 56)]
    curve = [2.15 + 1.9 * math.exp(-((number / spread) ** 2) / 2) for number in places]
    axes.fill_between([across(number) for number in places], 2.15, curve, color=style.pale_blue, linewidth=0)
    axes.plot([across(number) for number in places], curve, color=style.blue, linewidth=1.4)
    for low, high in zip(levels, levels[1:], strict=False):
        number = (low + high) / 2
        top = 2.15 + 1.9 * math.exp(-((number / spread) ** 2) / 2)
        axes.plot([across(number)] * 2, [2.15, top], color=style.line, linewidth=0.8)
    rows = (
        (1.8, "green", levels, style.text("16 levels of NF4", "NF4 的 16 个等级")),
        (
            0.85,
            "orange",
            [step / 7 for step in range(-7, 8)],
            style.text("15 even levels of int4", "int4 的 15 个均匀等级"),
        ),
    )
    for y, colour, numbers, name in rows:
        axes.plot([across(-1), across(1)], [y, y], color=style.line, linewidth=1)
        axes.plot(
            [across(number) for number in numbers], [y] * len(numbers), "|", color=getattr(style, colour), ms=17, mew=2
        )
        axes.text(across(-1), y - 0.5, name, color=getattr(style, colour), fontsize=10, va="center")
    for number in (-1, 0, 1):
        axes.text(across(number), 0.1, str(number), ha="center", color=style.soft, fontsize=9)
    axes.text(across(0), 1.3, "0", ha="center", va="center", color=style.soft, fontsize=9)
    note = style.text("how frequent a weight is", "权重出现的频率")
    axes.text(across(0.56), 3.95, note, color=style.blue, fontsize=10)
    note = style.text("grey: the middles between levels", "灰线：相邻等级的中点")
    axes.text(across(0.56), 3.62, note, color=style.soft, fontsize=9)
    return figure


def _box(axes, style, x, y, text, colour, width, height):
    """Write something into a box around a point."""
    _tile(axes, style, x, y, colour, width, height)
    axes.text(x, y, text, ha="center", va="center", fontsize=12)


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
