"""Figures of week 10: `make figures WEEK=10` writes each function's drawing beside this file."""

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
