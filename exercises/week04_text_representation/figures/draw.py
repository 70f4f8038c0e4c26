"""Figures of week 04: `make figures WEEK=04` writes each function's drawing beside this file."""

from matplotlib.patches import FancyArrowPatch, Rectangle


def merges(style):
    """The word " lower" as bytes, and what is left of it after each of four merges."""
    figure, axes = style.page(10, 4.4)
    rows = [
        (["␣", "l", "o", "w", "e", "r"], style.text("bytes", "字节")),
        (["␣", "lo", "w", "e", "r"], style.text("l + o: 5 times", "l + o：5 次")),
        (["␣", "low", "e", "r"], style.text("lo + w: 5 times", "lo + w：5 次")),
        (["␣low", "e", "r"], style.text("␣ + low: 4 times", "␣ + low：4 次")),
        (["␣low", "er"], style.text("e + r: 2 times", "e + r：2 次")),
    ]
    for number, (pieces, words) in enumerate(rows):
        x, y = 0.6, 3.5 - 0.75 * number
        for piece in pieces:
            width = 0.62 * len(piece)
            fill = style.pale_blue if len(piece) == 1 else style.pale_orange
            axes.add_patch(Rectangle((x, y), width, 0.5, facecolor=fill, edgecolor=style.line, linewidth=1.2))
            axes.text(x + width / 2, y + 0.23, piece, ha="center", va="center", fontsize=12)
            x += width + 0.12
        axes.text(5.6, y + 0.23, words, va="center", color=style.soft)
        tokens = style.text(f"{len(pieces)} tokens", f"{len(pieces)} 个词元")
        axes.text(8.2, y + 0.23, tokens, va="center", color=style.blue)
    return figure


def lattice(style):
    """Two ways to cut a text without spaces: words are arcs between places; the more probable way is drawn thick."""
    figure, axes = style.page(9, 4.2)
    text = style.text("nowhere", "研究生命")
    step = 6.8 / len(text)
    for place, character in enumerate(text):
        axes.text(1.05 + step * (place + 0.5), 1.75, character, ha="center", va="center", fontsize=17)
    for place in range(len(text) + 1):
        axes.plot(1.05 + step * place, 1.75, "o", color=style.soft, markersize=5)
    ways = [style.text("now 0.4|here 0.5", "研究 0.4|生命 0.5"), style.text("no 0.2|where 0.01", "研究生 0.2|命 0.01")]
    for side, colour, way in zip((1, -1), (style.orange, style.soft), ways, strict=True):
        begin = 0
        for piece in way.split("|"):
            word, share = piece.split(" ")
            end = begin + len(word)
            a, b = 1.05 + step * begin, 1.05 + step * end
            bend = -side * min(0.45, 1.4 / (b - a))
            arrow = FancyArrowPatch(
                (a, 1.75 + 0.1 * side), (b, 1.75 + 0.1 * side), connectionstyle=f"arc3,rad={bend}", arrowstyle="-|>"
            )
            arrow.set(mutation_scale=13, color=colour, linewidth=2.4 if side > 0 else 1.2)
            axes.add_patch(arrow)
            axes.text((a + b) / 2, 1.75 + 1.2 * side, f"{word}  {share}", ha="center", va="center", color=colour)
            begin = end
    axes.text(7.85, 3.75, "0.4 × 0.5 = 0.2", ha="right", color=style.orange)
    axes.text(7.85, 0.05, "0.2 × 0.01 = 0.002", ha="right", color=style.soft)
    return figure


def window(style):
    """The window of a word: its neighbours on both sides are pulled near, words drawn at random pushed away."""
    figure, axes = style.page(10, 3.5)
    words = style.text("Anna|has|a|black|cat|and|a|dog", "安娜|有|一只|黑|猫|和|一只|狗").split("|")
    for place, word in enumerate(words):
        x = 0.7 + 1.12 * place
        near = 0 < abs(place - 4) <= 2
        fill = style.pale_orange if place == 4 else style.pale_blue if near else style.paper
        axes.add_patch(Rectangle((x, 1.9), 1.02, 0.55, facecolor=fill, edgecolor=style.line, linewidth=1.2))
        axes.text(x + 0.51, 2.16, word, ha="center", va="center", fontsize=12)
        if near:
            start, end = (0.7 + 1.12 * 4 + 0.51, 2.5), (x + 0.51, 2.5)
            bend = 0.45 if place > 4 else -0.45
            arrow = FancyArrowPatch(start, end, connectionstyle=f"arc3,rad={-bend}", arrowstyle="-|>")
            arrow.set(color=style.blue, mutation_scale=12)
            axes.add_patch(arrow)
    axes.text(0.7, 1.3, style.text("pulled near: the neighbours", "拉近：邻居"), color=style.blue)
    axes.text(0.7, 0.85, style.text("pushed away: words drawn at random", "推远：随机抽到的词"), color=style.green)
    for place, word in enumerate(style.text("lamp|rain|she", "台灯|下雨|她").split("|")):
        x = 5.2 + 1.25 * place
        axes.add_patch(Rectangle((x, 0.75), 1.05, 0.5, facecolor=style.pale_green, edgecolor=style.line))
        axes.text(x + 0.52, 0.98, word, ha="center", va="center", fontsize=12)
    return figure


def tree(style):
    """A tree over five words: arrows run from a head to what depends on it."""
    figure, axes = style.page(9, 3.4)
    words = style.text("She|reads|a|long|book", "她|读|一本|厚|书").split("|")
    heads = (2, 0, 5, 5, 2)
    places = [1.2 + 1.6 * number for number in range(5)]
    for number, (word, head) in enumerate(zip(words, heads, strict=True), 1):
        x = places[number - 1]
        axes.text(x, 0.75, word, ha="center", fontsize=13)
        axes.text(x, 0.3, f"{number}", ha="center", color=style.soft, fontsize=9)
        start = (places[head - 1], 1.15) if head else (x, 3.0)
        bend = 0.5 if head and head > number else -0.5 if head else 0
        arrow = FancyArrowPatch(start, (x, 1.12), connectionstyle=f"arc3,rad={bend}", arrowstyle="-|>")
        arrow.set(color=style.blue if head else style.orange, mutation_scale=13, linewidth=1.6)
        axes.add_patch(arrow)
    axes.text(places[1] + 0.15, 2.85, style.text("root (0)", "根（0）"), color=style.orange)
    return figure
