"""Figures of week 16: `make figures WEEK=16` writes each function's drawing beside this file."""

from matplotlib.patches import Rectangle


def _box(axes, x, y, width, height, face, edge, line=1.4):
    """A box from its lower left corner."""
    box = Rectangle((x, y), width, height)
    box.set(facecolor=face, edgecolor=edge, linewidth=line)
    axes.add_patch(box)


def _arrow(axes, start, end, colour):
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": 1.3})


def cutting(style):
    """A picture of sixteen numbered pixels, cut into four patches, which become four rows."""
    figure, axes = style.page(9.4, 3.6)
    side, left, top = 0.62, 0.5, 3.0
    shades = ((style.pale_blue, style.blue), (style.pale_orange, style.orange))
    shades += ((style.pale_green, style.green), (style.pale_pink, style.pink))
    for row in range(4):
        for column in range(4):
            face, edge = shades[2 * (row // 2) + column // 2]
            x = left + side * column + 0.18 * (column // 2)
            y = top - side * (row + 1) - 0.18 * (row // 2)
            _box(axes, x, y, side, side, face, edge, 1.0)
            number = str(4 * row + column + 1)
            axes.text(x + side / 2, y + side / 2, number, ha="center", va="center", color=style.ink, fontsize=10)
    _arrow(axes, (3.5, 1.65), (4.6, 1.65), style.soft)
    axes.text(4.05, 1.85, "patchify", ha="center", color=style.soft, fontsize=10)
    for patch in range(4):
        face, edge = shades[patch]
        first = 1 + 2 * (patch % 2) + 8 * (patch // 2)
        for place, number in enumerate((first, first + 1, first + 4, first + 5)):
            x, y = 6.5 + side * place, top - side - 0.7 * patch
            _box(axes, x, y, side, side, face, edge, 1.0)
            axes.text(x + side / 2, y + side / 2, str(number), ha="center", va="center", color=style.ink, fontsize=10)
        name = style.text(f"patch {patch}", f"图块 {patch}")
        axes.text(6.3, top - side / 2 - 0.7 * patch, name, ha="right", va="center", color=style.soft, fontsize=10)
    axes.text(left + 1.35, 3.25, style.text("4 by 4 pixels", "4 乘 4 像素"), ha="center", color=style.soft, fontsize=10)
    axes.text(
        7.75, 3.25, style.text("4 rows of 4 numbers", "4 行，每行 4 个数"), ha="center", color=style.soft, fontsize=10
    )
    return figure


def two_towers(style):
    """The worked example: two pictures, two captions, two towers, and the cosines between them."""
    figure, axes = style.page(9.6, 4.4)
    picture_tower, text_tower = style.text("picture tower", "图片塔"), style.text("text tower", "文本塔")
    captions = style.text("a green ring|a blue square", "绿色的圆环|蓝色的正方形").split("|")
    for number in range(2):
        y = 1.75 - 1.15 * number
        _box(axes, 0.3, y - 0.4, 0.8, 0.8, style.paper, style.line)
        if number == 0:
            axes.scatter([0.7], [y], s=300, facecolors="none", edgecolors=style.green, linewidths=4)
        else:
            _box(axes, 0.47, y - 0.23, 0.46, 0.46, style.blue, style.blue)
        _arrow(axes, (1.2, y), (1.75, y), style.soft)
        _arrow(axes, (3.35, y), (3.9, y), style.soft)
        vector = ("(0.6, 0.8)", "(1, 0)")[number]
        axes.text(4.55, y, vector, ha="center", va="center", color=style.ink, fontsize=10)
    _box(axes, 1.8, 0.15, 1.5, 2.05, style.pale_orange, style.orange)
    axes.text(2.55, 1.17, picture_tower, ha="center", va="center", color=style.ink, fontsize=11)
    _box(axes, 5.2, 3.05, 4.2, 0.55, style.pale_pink, style.pink)
    axes.text(7.3, 3.32, text_tower, ha="center", va="center", color=style.ink, fontsize=11)
    cosines = (("0.8", "0.6"), ("0", "1"))
    for column in range(2):
        x = 6.2 + 2.2 * column
        axes.text(x, 4.1, captions[column], ha="center", va="center", color=style.ink, fontsize=10)
        _arrow(axes, (x, 3.95), (x, 3.65), style.soft)
        axes.text(x, 2.7, ("(0, 1)", "(1, 0)")[column], ha="center", va="center", color=style.ink, fontsize=10)
        for row in range(2):
            y = 1.75 - 1.15 * row
            own = row == column
            _box(
                axes,
                x - 0.95,
                y - 0.45,
                1.9,
                0.9,
                style.pale_blue if own else style.paper,
                style.blue if own else style.line,
            )
            axes.text(x, y, cosines[row][column], ha="center", va="center", color=style.ink, fontsize=12)
    return figure


def two_losses(style):
    """The matrix of logits of four pairs: a row and a column for CLIP, single cells for SigLIP."""
    figure, axes = style.page(9.4, 4.3)
    side = 0.66
    for left, name in ((0.9, "CLIP"), (6.1, "SigLIP")):
        axes.text(left + 2 * side, 3.95, name, ha="center", va="center", color=style.ink, fontsize=12)
        for row in range(4):
            for column in range(4):
                x, y = left + side * column, 3.3 - side * (row + 1)
                own = row == column
                face = style.pale_blue if own else style.paper
                _box(axes, x + 0.04, y + 0.04, side - 0.08, side - 0.08, face, style.blue if own else style.line, 1.0)
                if name == "SigLIP":
                    answer = style.text("yes", "是") if own else style.text("no", "否")
                    colour = style.blue if own else style.orange
                    axes.text(x + side / 2, y + side / 2, answer, ha="center", va="center", color=colour, fontsize=10)
        if name == "CLIP":
            for x, y, width, height, colour in (
                (left - 0.04, 3.3 - 2 * side - 0.04, 4 * side + 0.08, side + 0.08, style.orange),
                (left + 2 * side - 0.04, 3.3 - 4 * side - 0.04, side + 0.08, 4 * side + 0.08, style.green),
            ):
                axes.add_patch(Rectangle((x, y), width, height, fill=False, edgecolor=colour, linewidth=2.2))
            row_note = style.text("softmax of picture 2\nover all texts", "图片 2 对全部\n文本的 softmax")
            axes.text(left + 4 * side + 0.15, 3.3 - 1.5 * side, row_note, va="center", color=style.orange, fontsize=9)
            column_note = style.text("softmax of text 3 over all pictures", "文本 3 对全部图片的 softmax")
            axes.text(left + 2 * side, 0.35, column_note, ha="center", va="center", color=style.green, fontsize=9)
        else:
            note = style.text("16 answers, each by itself", "16 个回答，互不相干")
            axes.text(left + 2 * side, 0.35, note, ha="center", va="center", color=style.soft, fontsize=9)
        axes.text(
            left + 2 * side, 3.5, style.text("texts", "文本"), ha="center", va="center", color=style.soft, fontsize=9
        )
        axes.text(
            left - 0.15,
            3.3 - 2 * side,
            style.text("pictures", "图片"),
            ha="right",
            va="center",
            color=style.soft,
            fontsize=9,
        )
    return figure


def both_ways(style):
    """Scores of three pictures and five texts: what is found at k = 1, along rows and along columns."""
    figure, axes = style.page(9.4, 4.2)
    scores = ((0.9, 0.2, 0.3, 0.6, 0.1), (0.4, 0.5, 0.7, 0.6, 0.2), (0.8, 0.1, 0.2, 0.5, 0.3))
    owners = (0, 0, 1, 1, 2)
    width, height, left, top = 1.0, 0.62, 1.7, 3.35
    axes.text(
        left + 2.5 * width, 3.95, style.text("texts", "文本"), ha="center", va="center", color=style.soft, fontsize=10
    )
    for column in range(5):
        axes.text(
            left + width * (column + 0.5), 3.6, str(column), ha="center", va="center", color=style.soft, fontsize=10
        )
        found = ("✓", "✗", "✓", "✗", "✓")[column]
        axes.text(left + width * (column + 0.5), 1.2, found, ha="center", va="center", color=style.green, fontsize=12)
    for row in range(3):
        y = top - height * (row + 1)
        name = style.text(f"picture {row}", f"图片 {row}")
        axes.text(left - 0.2, y + height / 2, name, ha="right", va="center", color=style.soft, fontsize=10)
        axes.text(
            left + 5 * width + 0.35, y + height / 2, ("✓", "✓", "✗")[row], va="center", color=style.orange, fontsize=12
        )
        for column in range(5):
            own = owners[column] == row
            face, edge = (style.pale_blue, style.blue) if own else (style.paper, style.line)
            x = left + width * column
            _box(axes, x + 0.04, y + 0.04, width - 0.08, height - 0.08, face, edge, 1.2)
            axes.text(
                x + width / 2,
                y + height / 2,
                str(scores[row][column]),
                ha="center",
                va="center",
                color=style.ink,
                fontsize=10,
            )
    rows = style.text("rows: 2 of 3 pictures find a text", "行：3 张图片中有 2 张找到文本")
    columns = style.text(
        "columns: 3 of 5 texts find their picture (text 3 is a tie)", "列：5 句文本中有 3 句找到图片（文本 3 是平局）"
    )
    axes.text(left, 0.7, rows, va="center", color=style.orange, fontsize=10)
    axes.text(left, 0.3, columns, va="center", color=style.green, fontsize=10)
    return figure


def query_former(style):
    """One layer of the Q-Former: the ways of queries and words through three branches."""
    figure, axes = style.page(9.6, 5.2)
    queries, words = style.blue, style.orange
    left, right = 0.5, 4.3

    def block(x, y, width, text, edge):
        _box(axes, x, y, width, 0.62, style.paper, edge)
        axes.text(x + width / 2, y + 0.31, text, ha="center", va="center", color=style.ink, fontsize=10)

    for place in range(3):
        _box(axes, left + 0.35 + 0.62 * place, 0.28, 0.42, 0.42, style.pale_blue, queries)
    for place in range(3):
        _box(axes, right + 0.1 + 0.62 * place, 0.28, 0.42, 0.42, style.paper, words)
    axes.text(left - 0.35, 0.46, style.text("x", "x"), color=style.soft, va="center")
    axes.text(left + 1.2, 0.1, style.text("queries", "查询"), color=queries, ha="center", va="center", fontsize=10)
    axes.text(right + 0.95, 0.1, style.text("words", "词"), color=words, ha="center", va="center", fontsize=10)
    add_norm = style.text("add, norm", "相加、归一化")
    block(left, 1.05, 5.6, style.text("self-attention (mask), ", "自注意力（掩码）、") + add_norm, style.ink)
    block(left, 2.35, 2.5, style.text("cross-attention, ", "交叉注意力、") + add_norm, queries)
    block(left, 3.65, 2.5, style.text("feed-forward, ", "前馈层、") + add_norm, queries)
    block(left + 3.1, 3.65, 2.5, style.text("feed-forward, ", "前馈层、") + add_norm, words)
    for x, colour, stops in (
        (left + 1.2, queries, ((0.7, 1.03), (1.69, 2.33), (2.99, 3.63), (4.29, 4.75))),
        (right + 0.35, words, ((0.7, 1.03), (1.69, 3.63), (4.29, 4.75))),
    ):
        for start, end in stops:
            _arrow(axes, (x, start), (x, end), colour)
    for place in range(9):
        row, column = divmod(place, 3)
        _box(axes, 7.35 + 0.5 * column, 2.0 + 0.5 * row, 0.44, 0.44, style.paper, style.green)
    axes.text(
        8.05, 1.65, style.text("features of the picture", "图片的特征"), ha="center", color=style.green, fontsize=10
    )
    _arrow(axes, (7.25, 2.66), (3.05, 2.66), style.green)
    note = style.text("keys, values", "键、值")
    axes.text(5.9, 2.84, note, ha="center", color=style.green, fontsize=9)
    return figure


def query_masks(style):
    """The three masks of self-attention for two queries and three words."""
    figure, axes = style.page(9.6, 3.9)
    queries, words, side = 2, 3, 0.44
    rules = (
        ("matching", lambda looks, seen: True),
        ("generation", lambda looks, seen: seen < queries or (looks >= queries and seen <= looks)),
        ("contrastive", lambda looks, seen: (looks < queries) == (seen < queries)),
    )
    names = [f"q{place + 1}" for place in range(queries)] + [f"w{place + 1}" for place in range(words)]
    for number, (kind, rule) in enumerate(rules):
        left, top = 0.8 + 3.1 * number, 3.0
        axes.text(left + 2.5 * side, 3.65, kind, ha="center", va="center", color=style.ink, fontsize=11)
        for place, name in enumerate(names):
            colour = style.blue if place < queries else style.orange
            middle = side * (place + 0.5)
            axes.text(left + middle, top + 0.2, name, ha="center", va="center", color=colour, fontsize=9)
            axes.text(left - 0.22, top - middle, name, ha="center", va="center", color=colour, fontsize=9)
        for looks in range(queries + words):
            for seen in range(queries + words):
                yes = rule(looks, seen)
                face = style.pale_blue if yes else style.paper
                x, y = left + side * seen + 0.03, top - side * (looks + 1) + 0.03
                _box(axes, x, y, side - 0.06, side - 0.06, face, style.blue if yes else style.line, 1.0)
    note = style.text(
        "row: who looks    column: who is seen    filled: may attend", "行：谁在看    列：谁被看    填色：可以关注"
    )
    axes.text(4.8, 0.3, note, ha="center", va="center", color=style.soft, fontsize=10)
    return figure


def splice(style):
    """A text with two image tokens and two pictures of three features: what comes of ids and labels."""
    figure, axes = style.page(9.6, 4.3)
    side, left = 0.8, 1.3
    ids = ["5", "▣", "6", "7", "▣", "8"]
    targets = ["-100", "-100", "6", "7", "-100", "8"]
    pictures = (style.green, style.pink)
    rows = ((style.text("ids", "ids"), 3.55, ids), (style.text("labels", "labels"), 2.95, targets))

    def cell(x, y, text, edge, face, size=10):
        _box(axes, x + 0.04, y - 0.25, side - 0.08, 0.5, face, edge)
        axes.text(x + side / 2, y, text, ha="center", va="center", color=style.ink, fontsize=size)

    for name, y, values in rows:
        axes.text(0.1, y, name, va="center", color=style.soft, fontsize=10)
        picture = 0
        for place, value in enumerate(values):
            special = ids[place] == "▣"
            edge = pictures[picture] if special else style.line
            picture += special
            shown = style.text("image", "图片") if value == "▣" else value
            cell(left + side * place, y, shown, edge, style.paper, 9)
    new = [("5", "-100", None), *(("", "-100", 0) for _ in range(3)), ("6", "6", None), ("7", "7", None)]
    new += [*(("", "-100", 1) for _ in range(3)), ("8", "8", None)]
    counts = [0, 0]
    for place, (token, label, picture) in enumerate(new):
        x = left + side * place
        if picture is None:
            cell(x, 1.15, token, style.line, style.paper)
        else:
            counts[picture] += 1
            cell(x, 1.15, f"f{3 * picture + counts[picture]}", pictures[picture], style.pale_blue)
        cell(x, 0.5, label, style.line, style.paper, 9)
    axes.text(0.1, 1.15, style.text("embeddings", "嵌入"), va="center", color=style.soft, fontsize=10)
    axes.text(0.1, 0.5, "labels", va="center", color=style.soft, fontsize=10)
    for old, first, last, colour in ((1, 1, 3, style.green), (4, 6, 8, style.pink)):
        x = left + side * (old + 0.5)
        for end in (first, last + 1):
            axes.plot([x, left + side * end], [2.65, 1.45], color=colour, linewidth=1.1)
    return figure
