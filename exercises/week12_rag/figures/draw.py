"""Figures of week 12: `make figures WEEK=12` writes each function's drawing beside this file."""

import math

from matplotlib.patches import Circle, FancyArrowPatch, Rectangle


def from_question_to_answer(style):
    """The way of a question: two searches, one ranking, a few passages, a prompt, an answer with sources or none."""
    figure, axes = style.page(9, 3.6)
    boxes = (
        (0.85, 1.9, style.text("question", "问题"), "blue"),
        (2.75, 2.8, style.text("vectors", "向量"), "orange"),
        (2.75, 1.0, "BM25", "orange"),
        (4.5, 1.9, style.text("fuse", "融合"), "orange"),
        (6.0, 1.9, style.text("choose", "挑选"), "green"),
        (7.65, 1.9, style.text("prompt,\nmodel", "提示、\n模型"), "pink"),
    )
    for x, y, text, colour in boxes:
        _tile(axes, style, x, y, colour, 1.25, 0.75)
        axes.text(x, y, text, ha="center", va="center", fontsize=11)
    for begin, end in (
        ((1.5, 2.1), (2.1, 2.65)),
        ((1.5, 1.7), (2.1, 1.15)),
        ((3.4, 2.65), (3.95, 2.2)),
        ((3.4, 1.15), (3.95, 1.6)),
        ((5.14, 1.9), (5.36, 1.9)),
        ((6.64, 1.9), (7.0, 1.9)),
        ((7.65, 1.5), (7.65, 0.85)),
        ((6.0, 1.5), (6.0, 0.85)),
    ):
        _arrow(axes, style, begin, end)
    answer = style.text("answer [1], sources", "回答 [1]、来源")
    axes.text(7.8, 0.6, answer, ha="center", va="center", color=style.pink, fontsize=10)
    refusal = style.text("nothing relevant:\nrefuse", "没有相关的：\n拒答")
    axes.text(6.0, 0.5, refusal, ha="center", va="center", color=style.green, fontsize=10)
    return figure


def spans_and_overlap(style):
    """The worked example cut at its breaks: three spans that are the text, and the same with an overlap of two."""
    figure, axes = style.page(9, 3.3)
    text = "aa bb⏎⏎cc dd ee ff⏎⏎g"
    side = 0.36
    left = 1.35
    for row, (name, overlap, ends) in enumerate(
        (
            (style.text("no overlap", "没有重叠"), 0, (7, 13, 21)),
            (style.text("overlap 2", "重叠 2"), 2, (6, 7, 13, 19, 21)),
        )
    ):
        y = 2.55 - 1.55 * row
        axes.text(0.1, y, name, va="center", color=style.soft, fontsize=10)
        begin = 0
        for number, end in enumerate(ends):
            colour = ("blue", "orange", "green", "pink")[number % 4]
            for place in range(begin, end):
                _letter(axes, style, left + side * place, y, text[place], colour, side)
            start = max(0, begin - overlap)
            low = y - 0.3 - 0.12 * (number % 2)
            xs = left + side * (start - 0.5) + 0.03, left + side * (end - 0.5) - 0.03
            axes.plot(xs, (low, low), color=getattr(style, colour), linewidth=3)
            begin = end
    note = style.text(
        "a bar under the text: one chunk, with the characters before its span",
        "文本下方的横条：一个块，包括段前面的字符",
    )
    axes.text(4.9, 0.2, note, ha="center", color=style.soft, fontsize=9)
    return figure


def cells_of_an_inverted_file(style):
    """Vectors in the cells of five centroids; a search looks into the two whose centroids are nearest to the query."""
    figure, axes = style.page(9, 4.2)
    centres = (1.5, 3.0), (3.6, 1.1), (5.2, 3.1), (7.4, 1.2), (7.6, 3.2)
    query = 4.55, 2.15
    near = sorted(range(len(centres)), key=lambda cell: math.dist(centres[cell], query))[:2]
    for cell, (x, y) in enumerate(centres):
        probed = cell in near
        colour = style.orange if probed else style.line
        turns = [(2.4 * number + cell, 0.24 * math.sqrt(number)) for number in range(2, 14)]
        places = [(x + far * math.cos(angle), y + 0.8 * far * math.sin(angle)) for angle, far in turns]
        spokes = [end for place in places for end in ((x, y), place)]
        axes.plot(*zip(*spokes, strict=True), color=colour, linewidth=0.4)
        axes.plot(*zip(*places, strict=True), "o", color=colour, markersize=5)
        axes.add_patch(Circle((x, y), 0.12, facecolor=style.paper, edgecolor=style.ink, linewidth=1.3))
        if probed:
            axes.plot((query[0], x), (query[1], y), color=style.blue, linewidth=1.2, linestyle="--")
    axes.add_patch(Circle(query, 0.13, facecolor=style.blue, edgecolor="none"))
    axes.text(query[0] + 0.25, query[1], style.text("query", "查询"), va="center", color=style.blue)
    note = style.text(
        "rings: centroids; orange: the vectors in the two probed cells, all that this search compares",
        "圆环：质心；橙色：所探查的两个单元里的向量，这次检索只比较它们",
    )
    axes.text(4.5, 0.1, note, ha="center", color=style.soft, fontsize=9)
    return figure


def walk_through_layers(style):
    """Three layers of a graph; a walk goes down through them to the point that is nearest to the query."""
    figure, axes = style.page(9, 5.0)
    xs = 1.6, 2.1, 2.9, 3.4, 4.1, 4.7, 5.2, 5.9, 6.5, 7.1, 7.6, 8.3
    heights = 0.2, -0.25, 0.3, -0.2, 0.25, -0.3, 0.2, -0.1, 0.3, -0.25, 0.15, -0.1
    layers = (
        (0.95, range(12), ((0, 1), (0, 2), (1, 3), (2, 3), (2, 4), (3, 5), (4, 5), (4, 6), (5, 7), (6, 7), (6, 8))),
        (2.65, (1, 4, 6, 9), ((1, 4), (4, 6), (6, 9), (4, 9))),
        (4.2, (1, 6), ((1, 6),)),
    )
    more = (7, 8), (7, 9), (8, 10), (9, 10), (9, 11), (10, 11)
    walk = ((4.2, 1), (4.2, 6)), ((2.65, 6), (2.65, 9)), ((0.95, 9), (0.95, 10))
    query = 7.95, 1.3
    for number, (y, places, links) in enumerate(layers):
        axes.add_patch(
            Rectangle((1.2, y - 0.55), 7.5, 1.1, facecolor=style.paper, edgecolor=style.line, linewidth=0.8, zorder=0)
        )
        axes.text(0.1, y, style.text(f"layer {number}", f"第 {number} 层"), va="center", color=style.soft, fontsize=10)
        for a, b in (*links, *(more if number == 0 else ())):
            axes.plot((xs[a], xs[b]), (y + heights[a], y + heights[b]), color=style.line, linewidth=1)
        axes.plot([xs[p] for p in places], [y + heights[p] for p in places], "o", color=style.ink, markersize=6)
    for (start_y, start), (end_y, end) in walk:
        begin, finish = (xs[start], start_y + heights[start]), (xs[end], end_y + heights[end])
        axes.add_patch(
            FancyArrowPatch(
                begin, finish, arrowstyle="-|>", mutation_scale=13, color=style.orange, linewidth=2, zorder=4
            )
        )
    for place, high, low in ((6, 4.2, 2.65), (9, 2.65, 0.95)):
        ys = high + heights[place], low + heights[place]
        axes.plot((xs[place],) * 2, ys, color=style.orange, linewidth=1.6, linestyle="--")
    axes.add_patch(Circle(query, 0.11, facecolor=style.blue, edgecolor="none", zorder=5))
    axes.text(query[0] + 0.2, query[1], style.text("query", "查询"), va="center", color=style.blue, fontsize=10)
    axes.text(xs[1] - 0.1, 4.12, style.text("entry", "入口"), ha="right", va="top", color=style.orange, fontsize=10)
    note = style.text(
        "on each layer to the neighbour nearest to the query; where none is nearer, a layer down",
        "每一层都走到离查询最近的邻居；没有更近的，就下一层",
    )
    axes.text(4.9, 0.12, note, ha="center", color=style.soft, fontsize=9)
    return figure


def _letter(axes, style, x, y, text, colour, side):
    """One character in a tile."""
    _tile(axes, style, x, y, colour, side * 0.9, 0.46)
    axes.text(x, y, "␣" if text == " " else text, ha="center", va="center", fontsize=10)


def _tile(axes, style, x, y, colour, width, height):
    """A rectangle around a point, in a pale colour with an edge."""
    face, edge = getattr(style, f"pale_{colour}"), getattr(style, colour)
    axes.add_patch(
        Rectangle((x - width / 2, y - height / 2), width, height, facecolor=face, edgecolor=edge, linewidth=1)
    )


def _arrow(axes, style, begin, end):
    """A thin arrow."""
    axes.add_patch(FancyArrowPatch(begin, end, arrowstyle="-|>", mutation_scale=9, color=style.soft, linewidth=0.9))
