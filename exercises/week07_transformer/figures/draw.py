"""Figures of week 07: `make figures WEEK=07` writes each function's drawing beside this file."""

from matplotlib.patches import FancyArrowPatch, Rectangle


def pre_and_post_norm(style):
    """The path goes straight up; in pre-norm the norms stand on the branches, in post-norm on the path."""
    figure, axes = style.page(9, 4.6)
    for left, place in ((2.2, "pre"), (6.6, "post")):
        axes.text(left, 0.15, f'"{place}"', ha="center", fontsize=13)
        _arrow(axes, style, (left, 0.5), (left, 4.45))
        for bottom, branch, colour in (
            (0.75, style.text("attention", "注意力"), "blue"),
            (2.55, style.text("feed-forward", "前馈层"), "green"),
        ):
            height = 1.15 if place == "pre" else 0.7
            right = left + 1.35
            _arrow(axes, style, (left, bottom), (right, bottom), head=False)
            if place == "pre":
                _box(axes, style, right, bottom + 0.3, "norm", "pink", 1.3)
                _box(axes, style, right, bottom + 0.82, branch, colour, 1.5)
            else:
                _box(axes, style, right, bottom + 0.35, branch, colour, 1.5)
                _box(axes, style, left, bottom + 1.2, "norm", "pink", 1.3)
            _arrow(axes, style, (right, bottom + height), (left + 0.12, bottom + height))
            axes.text(left, bottom + height, "+", ha="center", va="center", color=style.orange, fontsize=16)
    return figure


def a_token_with_a_cache(style):
    """One new token reads the keys and values of five earlier ones from the cache and adds its own."""
    figure, axes = style.page(9, 3.6)
    for place in range(6):
        x, new = 1.6 + 0.95 * place, place == 5
        for y, word in ((2.5, "k"), (1.75, "v")):
            _box(axes, style, x, y, f"${word}_{place}$", "orange" if new else "blue", 0.75)
        axes.text(x, 3.1, str(place), ha="center", color=style.soft)
    axes.text(0.75, 3.1, style.text("position", "位置"), ha="center", color=style.soft)
    axes.text(
        3.5,
        1.15,
        style.text("in the cache: read once, kept", "缓存中：读过一次，保存下来"),
        ha="center",
        color=style.blue,
    )
    axes.text(6.4, 1.15, style.text("appended", "追加"), ha="center", color=style.orange)
    _box(axes, style, 8.2, 2.5, "$q_5$", "green", 0.75)
    _arrow(axes, style, (7.8, 2.35), (6.8, 2.15))
    axes.text(8.2, 3.1, style.text("the only query", "唯一的 query"), ha="center", color=style.green)
    words = "query and key of token 5: turned by position 5, not by 0", "词元 5 的 query 和 key 按位置 5 旋转，而不是 0"
    note = style.text(*words)
    axes.text(5.4, 0.45, note, ha="center", color=style.soft)
    return figure


def router_of_experts(style):
    """A router scores four experts for a token; two are asked, and their answers are weighted."""
    figure, axes = style.page(9, 4.0)
    _box(axes, style, 0.9, 2.0, style.text("token", "词元"), "blue", 1.1)
    _box(axes, style, 2.7, 2.0, style.text("router", "路由器"), "pink", 1.2)
    _arrow(axes, style, (1.5, 2.0), (2.05, 2.0))
    rows = ((3.4, "0.50", "5/8"), (2.45, "0.10", None), (1.5, "0.30", "3/8"), (0.55, "0.10", None))
    for number, (y, probability, weight) in enumerate(rows):
        colour = "green" if weight else None
        name = style.text(f"expert {number}", f"专家 {number}")
        _box(axes, style, 5.2, y, name, colour, 1.4)
        _arrow(axes, style, (3.35, 2.0), (4.45, y), soft=weight is None)
        _label(axes, style, 4.0, 2.0 + (y - 2.0) * 0.6, probability, style.soft)
        if weight:
            end = 2.1 if y > 2 else 1.9
            _arrow(axes, style, (5.95, y), (7.7, end))
            _label(axes, style, 6.825, (y + end) / 2, f"$\\times$ {weight}", style.ink)
    _box(axes, style, 8.1, 2.0, "+", "orange", 0.6)
    return figure


def _box(axes, style, x, y, text, colour, width, height=0.46):
    """Write something into a coloured box around a point; without a colour it is pale."""
    face = getattr(style, f"pale_{colour}") if colour else style.paper
    edge = getattr(style, colour) if colour else style.line
    corner = (x - width / 2, y - height / 2)
    axes.add_patch(Rectangle(corner, width, height, facecolor=face, edgecolor=edge, linewidth=1, zorder=2))
    axes.text(x, y, text, ha="center", va="center", fontsize=11, color=style.ink if colour else style.soft, zorder=3)


def _label(axes, style, x, y, text, colour):
    """Write something on an arrow, which makes room for it."""
    room = {"facecolor": style.paper, "edgecolor": "none", "pad": 2}
    axes.text(x, y, text, ha="center", va="center", fontsize=11, color=colour, bbox=room, zorder=3)


def _arrow(axes, style, begin, end, head=True, soft=False):
    """A thin arrow, or a line."""
    kind = "-|>" if head else "-"
    colour = style.line if soft else style.soft
    axes.add_patch(FancyArrowPatch(begin, end, arrowstyle=kind, mutation_scale=9, color=colour, linewidth=0.9))
