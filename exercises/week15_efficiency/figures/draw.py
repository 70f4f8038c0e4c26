"""Figures of week 15: `make figures WEEK=15` writes each function's drawing beside this file."""

from matplotlib.patches import Rectangle


def shared_blocks(style):
    """Two block tables in one pool: a shared full block, and a copy on write of the last one."""
    figure, axes = style.page(9.6, 4.3)
    pool = {
        0: ("a b c d", 2, style.green),
        1: ("e f g", 1, style.blue),
        2: ("e f X", 1, style.orange),
        3: ("", 0, style.line),
    }
    places = {}
    for row, (block, (tokens, count, colour)) in enumerate(pool.items()):
        y = 3.2 - 0.9 * row
        for slot in range(4):
            tile = Rectangle((5.0 + 0.62 * slot, y), 0.58, 0.6)
            tile.set(facecolor=style.paper, edgecolor=colour, linewidth=1.4)
            axes.add_patch(tile)
        for slot, token in enumerate(tokens.split()):
            axes.text(5.29 + 0.62 * slot, y + 0.3, token, ha="center", va="center", color=style.ink)
        axes.text(4.75, y + 0.3, str(block), ha="right", va="center", color=style.soft)
        axes.text(
            7.75, y + 0.3, style.text(f"count {count}", f"计数 {count}"), va="center", color=style.soft, fontsize=10
        )
        places[block] = y + 0.3
    axes.text(6.2, 4.05, style.text("the pool", "池"), ha="center", va="center", color=style.soft)
    for name, table, y, colour in (("old", (0, 1), 3.0, style.blue), ("new", (0, 2), 1.2, style.orange)):
        axes.text(0.2, y + 0.3, name, va="center", color=colour, fontsize=12)
        for place, block in enumerate(table):
            tile = Rectangle((1.2 + 0.75 * place, y), 0.65, 0.6)
            tile.set(facecolor=style.paper, edgecolor=colour, linewidth=1.4)
            axes.add_patch(tile)
            axes.text(1.52 + 0.75 * place, y + 0.3, str(block), ha="center", va="center", color=style.ink)
            low = y if y > 2 else y + 0.6
            bend = y + 0.3 if place else (y - 0.25 if y > 2 else y + 0.85)
            path = [(1.85 + 0.75 * place, y + 0.3), (3.4, bend), (4.45, places[block])]
            if not place:
                path = [(1.52, low), (1.52, bend), (3.4, bend), (4.45, places[block])]
            axes.plot(*zip(*path, strict=True), color=colour, linewidth=1.2)
    axes.text(0.2, 4.05, style.text("block tables", "块表"), va="center", color=style.soft)
    note = style.text("X went into a copy: old still reads e f g", "X 写进了副本：old 读到的仍是 e f g")
    axes.text(0.2, 0.25, note, va="center", color=style.soft, fontsize=10)
    return figure


def timeline(style):
    """Four requests in two places: a static batch and continuous batching, step by step."""
    figure, axes = style.page(9.6, 4.5)
    colours = {"a": style.blue, "b": style.orange, "c": style.green, "d": style.pink}
    rows = (
        (style.text("static", "静态"), (("a", 0, 2), ("c", 8, 3)), (("b", 0, 8), ("d", 8, 4))),
        (style.text("continuous", "连续"), (("a", 0, 2), ("c", 2, 3), ("d", 5, 4)), (("b", 0, 8),)),
    )
    side, left = 0.6, 1.9
    for group, (name, *lines) in enumerate(rows):
        top = 3.3 - 1.95 * group
        axes.text(0.1, top - 0.05, name, va="center", color=style.ink)
        ends = max(start + count for line in lines for _, start, count in line)
        for row, line in enumerate(lines):
            y = top - 0.65 * row
            empty = Rectangle((left, y - 0.25), side * ends, 0.5)
            empty.set(facecolor=style.paper, edgecolor=style.line, linewidth=1.0, linestyle=":")
            axes.add_patch(empty)
            for request, start, count in line:
                for step in range(start, start + count):
                    tile = Rectangle((left + side * step + 0.03, y - 0.25), side - 0.06, 0.5)
                    tile.set(facecolor=style.paper, edgecolor=colours[request], linewidth=1.6)
                    axes.add_patch(tile)
                    middle = left + side * (step + 0.5)
                    axes.text(middle, y, request, ha="center", va="center", color=colours[request], fontsize=11)
        text = style.text(f"{ends} steps", f"{ends} 步")
        axes.text(left + side * ends, top - 1.2, text, ha="right", va="center", color=style.soft, fontsize=10)
    axes.text(left, 4.2, style.text("steps, each with two places", "步，每步两个位置"), va="center", color=style.soft)
    return figure


def accept_or_refuse(style):
    """The probabilities of target and draft: what is accepted, what is refused, and what is drawn instead."""
    figure, axes = style.page(9.6, 4.4)
    p, q = (0.5, 0.2, 0.3), (0.2, 0.7, 0.1)
    bottom, high, width = 0.75, 4.4, 0.75
    for token, (mine, other) in enumerate(zip(p, q, strict=True)):
        x = 0.7 + 2.05 * token
        both, most = min(mine, other), max(mine, other)
        common = Rectangle((x, bottom), 2 * width, high * both)
        common.set(facecolor=style.pale_blue, edgecolor=style.blue, linewidth=1.2)
        axes.add_patch(common)
        colour = style.green if mine > other else style.orange
        rest = Rectangle((x, bottom + high * both), 2 * width, high * (most - both))
        rest.set(facecolor=style.paper, edgecolor=colour, linewidth=1.6, linestyle="--")
        axes.add_patch(rest)
        for number, part, shade in ((both, both / 2, style.blue), (most - both, (both + most) / 2, colour)):
            text = f"{number:.1f}"
            axes.text(x + width, bottom + high * part, text, ha="center", va="center", color=shade, fontsize=10)
        axes.text(x + width, 0.45, style.text(f"token {token}", f"词元 {token}"), ha="center", va="center")
        axes.text(x + width, 0.12, f"p {mine}   q {other}", ha="center", va="center", color=style.soft, fontsize=9)
    notes = (
        (style.orange, style.text("q above p: refused, 0.5 in all", "q 高于 p：被拒绝，共 0.5")),
        (style.green, style.text("p above q: drawn instead, 0.5", "p 高于 q：改抽它们，共 0.5")),
        (style.blue, style.text("below both: accepted, 0.5", "两者之下：被接受，共 0.5")),
    )
    for row, (colour, text) in enumerate(notes):
        axes.text(6.75, 3.2 - 0.75 * row, text, va="center", color=colour, fontsize=10)
    return figure
