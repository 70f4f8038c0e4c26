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


def shared_scale(style):
    """Four weights on a line: the marks of 4-bit codes with one scale, and with a scale for each two of them."""
    figure, axes = style.page(10, 4.2)
    weights = (0.62, -1.27, 0.05, 0.008)

    def place(value):
        return 5.5 + value * 3.0

    rows = (
        (3.2, ((1.27 / 7, weights, style.orange, 0.14),), style.text("one scale", "一个 scale")),
        (
            1.2,
            ((1.27 / 7, weights[:2], style.orange, 0.14), (0.05 / 7, weights[2:], style.blue, 0.3)),
            style.text("groups of 2", "两个一组"),
        ),
    )
    for y, groups, name in rows:
        axes.text(0.1, y, name, va="center", color=style.soft)
        axes.plot([place(-1.35), place(1.35)], [y, y], color=style.line, linewidth=1)
        for step, members, colour, height in groups:
            for code in range(-7, 8):
                axes.plot([place(code * step)] * 2, [y - height, y], color=colour, linewidth=0.9)
            for weight in members:
                back = round(weight / step) * step
                axes.annotate(
                    "",
                    (place(back), y + 0.04),
                    (place(weight), y + 0.62),
                    arrowprops={"arrowstyle": "->", "color": colour, "linewidth": 1.1},
                )
        for weight in weights:
            axes.plot([place(weight)], [y + 0.66], "o", color=style.ink, markersize=4)
        for weight, shift in ((0.62, 0), (-1.27, 0), (0.05, 0.42), (0.008, -0.5)):
            axes.text(place(weight) + shift, y + 0.82, str(weight), ha="center", fontsize=8, color=style.ink)
    note = style.text("0.05 and 0.008 both become 0", "0.05 和 0.008 都变成 0")
    axes.text(place(0), 2.7, note, ha="center", va="center", fontsize=9, color=style.orange)
    note = style.text("they keep marks of their own", "它们有了自己的刻度")
    axes.text(place(0), 0.6, note, ha="center", va="center", fontsize=9, color=style.blue)
    return figure


def scales_outside(style):
    """One output of a layer in 8 bits: whole numbers inside the sum, two scales outside."""
    figure, axes = style.page(10, 3.9)
    rows = (
        (3.1, style.text("the token's codes", "词元的编码"), (1, 127, -40), style.blue, "$s_x$ = 2"),
        (2.1, style.text("the output's codes", "输出的编码"), (127, -50, 8), style.orange, "$s_o$ = 1/4"),
    )
    for y, name, codes, colour, scale in rows:
        axes.text(0.1, y, name, va="center", color=style.soft)
        for number, code in enumerate(codes):
            x = 3.3 + 1.3 * number
            axes.fill([x, x + 1.1, x + 1.1, x], [y - 0.32, y - 0.32, y + 0.32, y + 0.32], color=style.paper)
            axes.plot([x, x + 1.1, x + 1.1, x, x], [y - 0.32, y - 0.32, y + 0.32, y + 0.32, y - 0.32], color=colour)
            axes.text(x + 0.55, y, str(code), ha="center", va="center", color=style.ink)
        axes.text(7.6, y, scale, va="center", color=colour)
    for number, product in enumerate((127, -6350, -320)):
        x = 3.3 + 1.3 * number + 0.55
        axes.plot([x, x], [1.72, 1.45], color=style.line)
        axes.text(x, 1.2, str(product), ha="center", va="center", color=style.ink)
    axes.text(0.1, 1.2, style.text("products, in int32", "乘积，用 int32"), va="center", color=style.soft)
    axes.text(0.1, 0.4, style.text("sum, then the scales", "求和，再乘 scale"), va="center", color=style.soft)
    axes.text(3.3, 0.4, "127 − 6350 − 320 = −6543", va="center", color=style.ink)
    axes.text(6.55, 0.4, "−6543 · 2 · 1/4 = −3271.5", va="center", ha="left", fontsize=9, color=style.green)
    return figure


def two_of_four(style):
    """Eight weights, pruned to half: wherever the small ones are, and two of each four."""
    figure, axes = style.page(10, 3.4)
    weights = (0.9, -0.1, 0.2, 0.05, -0.7, 0.6, -0.4, 0.5)
    rows = (
        (2.4, (0, 4, 5, 7), style.text("the largest half", "最大的一半")),
        (0.9, (0, 2, 4, 5), style.text("2 of each 4", "每四个取两个")),
    )
    for y, kept, name in rows:
        axes.text(0.1, y, name, va="center", color=style.soft)
        for number, weight in enumerate(weights):
            x = 2.7 + 0.85 * number + (0.25 if number > 3 else 0)
            stays = number in kept
            face = style.pale_blue if stays else style.paper
            axes.fill([x, x + 0.75, x + 0.75, x], [y - 0.35, y - 0.35, y + 0.35, y + 0.35], color=face)
            edge = style.blue if stays else style.line
            axes.plot([x, x + 0.75, x + 0.75, x, x], [y - 0.35, y - 0.35, y + 0.35, y + 0.35, y - 0.35], color=edge)
            axes.text(
                x + 0.375,
                y,
                f"{weight}" if stays else "0",
                ha="center",
                va="center",
                fontsize=10,
                color=style.ink if stays else style.soft,
            )
    for x in (2.65, 6.3):
        axes.plot([x, x, x + 3.45, x + 3.45], [1.5, 1.6, 1.6, 1.5], color=style.orange, linewidth=1.2)
    axes.text(4.375, 0.22, style.text("0.9 and 0.2", "0.9 和 0.2"), ha="center", fontsize=9, color=style.orange)
    axes.text(8.0, 0.22, style.text("0.7 and 0.6", "0.7 和 0.6"), ha="center", fontsize=9, color=style.orange)
    return figure
