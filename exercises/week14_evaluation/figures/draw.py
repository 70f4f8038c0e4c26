"""Figures of week 14: `make figures WEEK=14` writes each function's drawing beside this file."""

from matplotlib.patches import Rectangle


def two_cuts(style):
    """One sentence cut in two ways: what matches the reference, and the BLEU that comes of it."""
    figure, axes = style.page(9.4, 3.5)
    cuts = (
        style.text("xiǎo māo zuò zài diàn zi shàng", "小 猫 坐 在 垫 子 上"),
        style.text("xiǎo māo zuò zài yǐ zi shàng", "小 猫 坐 在 椅 子 上"),
        style.text("xiǎomāo zuò zài diànzi shàng", "小猫 坐 在 垫子 上"),
        style.text("xiǎomāo zuò zài yǐzi shàng", "小猫 坐 在 椅子 上"),
    )
    ways = (
        (style.text("characters", "字"), *cuts[:2], (1, 1, 1, 1, 1, 1, 1), "48.9"),
        (style.text("words", "词"), *cuts[2:], (2, 1, 1, 2, 1), "42.7"),
    )
    for number, (name, hypothesis, reference, widths, score) in enumerate(ways):
        y = 2.75 - 1.8 * number
        axes.text(0.1, y - 0.4, name, va="center", color=style.soft)
        axes.text(8.3, y - 0.4, f"BLEU {score}", va="center", color=style.ink)
        for row, text in enumerate((hypothesis, reference)):
            x = 1.9
            for mine, other, letters in zip(text.split(), (reference, hypothesis)[row].split(), widths, strict=True):
                width, same = 0.85 * letters, mine == other
                colour = style.blue if same else style.orange
                box = Rectangle((x + 0.06, y - 0.75 * row - 0.3), width - 0.12, 0.6)
                box.set(facecolor=style.pale_blue if same else style.paper, edgecolor=colour, linewidth=1.2)
                axes.add_patch(box)
                axes.text(x + width / 2, y - 0.75 * row, mine, ha="center", va="center", color=style.ink, fontsize=10)
                x += width
    return figure


def sliding_windows(style):
    """Nine tokens in windows of four at a stride of two: context, and what each window scores."""
    figure, axes = style.page(9, 3.9)
    left, side = 2.0, 0.72
    for place in range(9):
        axes.text(left + side * (place + 0.5), 3.55, str(place), ha="center", va="center", color=style.soft)
    for row, begin in enumerate((0, 2, 4, 6)):
        y = 2.75 - 0.72 * row
        name = style.text(f"window {row + 1}", f"窗口 {row + 1}")
        axes.text(0.2, y + 0.3, name, va="center", color=style.soft)
        for place in range(begin, min(9, begin + 4)):
            new = place >= 1 if row == 0 else place >= begin + 2
            box = Rectangle((left + side * place + 0.05, y), side - 0.1, 0.58)
            box.set(facecolor=style.pale_blue if new else style.paper, edgecolor=style.blue if new else style.line)
            box.set(linewidth=1.4)
            axes.add_patch(box)
    notes = (
        (style.pale_blue, style.blue, style.text("scored here", "在此打分")),
        (style.paper, style.line, style.text("context", "上文")),
    )
    for number, (face, edge, text) in enumerate(notes):
        x = 2.0 + 3.2 * number
        box = Rectangle((x, 0.05), 0.3, 0.3)
        box.set(facecolor=face, edgecolor=edge, linewidth=1.4)
        axes.add_patch(box)
        axes.text(x + 0.45, 0.2, text, va="center", color=style.soft, fontsize=10)
    return figure


def choosing_samples(style):
    """pass@k from ten samples, one of which is right: without putting back, and with."""
    figure, axes = style.page(9, 3.8)
    left, bottom, width, height = 1.0, 0.7, 5.6, 2.8
    axes.plot([left, left, left + width], [bottom + height, bottom, bottom], color=style.line)

    def place(k, share):
        return left + width * k / 10, bottom + height * share

    curves = (
        ([k / 10 for k in range(1, 11)], style.blue, style.text("without putting back", "不放回")),
        ([1 - 0.9**k for k in range(1, 11)], style.orange, style.text("1 − (1 − c/n)$^k$", "1 − (1 − c/n)$^k$")),
    )
    for shares, colour, name in curves:
        points = [place(k, share) for k, share in enumerate(shares, start=1)]
        axes.plot(*zip(*points, strict=True), "o-", color=colour, linewidth=1.6, markersize=4)
        axes.text(points[-1][0] + 0.2, points[-1][1], name, va="center", color=colour)
    for k in (1, 5, 10):
        axes.text(place(k, 0)[0], bottom - 0.28, str(k), ha="center", color=style.soft, fontsize=9)
    for share, label in ((0, "0"), (0.5, "1/2"), (1, "1")):
        axes.text(left - 0.15, place(0, share)[1], label, ha="right", va="center", color=style.soft, fontsize=9)
    axes.text(left + width / 2, 0.08, "k", ha="center", color=style.soft)
    axes.text(left - 0.15, bottom + height + 0.15, "pass@k", ha="center", color=style.soft)
    return figure


def both_orders(style):
    """One pair, asked in both orders: the score of a, and the judge's taste for the first place."""
    figure, axes = style.page(9, 3.3)
    for row, (first, second, answer, gets) in enumerate((("a", "b", 0.8, "0.8"), ("b", "a", 0.4, "1 − 0.4"))):
        y = 2.5 - 1.3 * row
        for place, name in enumerate((first, second)):
            colour = style.blue if name == "a" else style.orange
            box = Rectangle((0.3 + 1.1 * place, y - 0.35), 0.9, 0.7)
            box.set(facecolor=style.pale_blue if name == "a" else style.paper, edgecolor=colour, linewidth=1.4)
            axes.add_patch(box)
            axes.text(0.75 + 1.1 * place, y, name, ha="center", va="center", color=style.ink, fontsize=13)
        left = 3.0
        axes.plot([left, left + 2.0], [y, y], color=style.line, linewidth=6, solid_capstyle="butt")
        axes.plot([left, left + 2.0 * answer], [y, y], color=style.green, linewidth=6, solid_capstyle="butt")
        axes.plot([left + 1.0] * 2, [y - 0.22, y + 0.22], color=style.soft, linewidth=1)
        axes.text(left + 2.15, y, str(answer), va="center", color=style.green)
        axes.text(6.0, y, style.text(f"a gets {gets}", f"a 得 {gets}"), va="center", color=style.blue)
    axes.text(
        3.0, 3.1, style.text("the first is better by", "第一个更好的程度"), va="center", color=style.soft, fontsize=9
    )
    note = style.text(
        "mean of both answers: 0.6, so the first place is worth 0.1", "两个回答的平均为 0.6：第一位的偏好为 0.1"
    )
    axes.text(0.3, 0.35, note, va="center", color=style.green, fontsize=10)
    axes.text(7.7, 1.85, style.text("score 0.7", "得分 0.7"), va="center", color=style.ink, fontsize=12)
    return figure


def beyond_chance(style):
    """Two pairs of raters: what chance gives, what they have, and kappa as the share of the way that is left."""
    figure, axes = style.page(9, 3.2)
    left, width, chance = 1.6, 6.2, 0.82
    for row, (observed, kappa) in enumerate(((0.82, "0"), (0.91, "0.5"))):
        y = 2.2 - 1.1 * row
        box = Rectangle((left, y - 0.22), width, 0.44)
        box.set(facecolor=style.paper, edgecolor=style.line, linewidth=1)
        axes.add_patch(box)
        for start, stop, colour in ((0, chance, style.soft), (chance, observed, style.blue)):
            part = Rectangle((left + width * start, y - 0.22), width * (stop - start), 0.44)
            part.set(facecolor=colour, edgecolor="none")
            axes.add_patch(part)
        axes.text(left - 0.15, y, str(observed), ha="right", va="center", color=style.ink)
        axes.text(left + width + 0.15, y, f"$\\kappa = {kappa}$", va="center", color=style.blue)
    axes.text(left, 2.75, style.text("agreement", "一致率"), va="center", color=style.soft, fontsize=9)
    axes.plot([left + width * chance] * 2, [0.7, 2.55], color=style.orange, linewidth=1.2)
    axes.text(left + width * chance, 0.45, style.text("by chance: 0.82", "随机：0.82"), ha="center", color=style.orange)
    axes.text(left + width, 0.45, "1", ha="center", color=style.soft)
    axes.text(left, 0.45, "0", ha="center", color=style.soft)
    return figure
