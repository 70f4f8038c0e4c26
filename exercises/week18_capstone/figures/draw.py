"""Figures of week 18: `make figures WEEK=18` writes each function's drawing beside this file."""

from matplotlib.patches import FancyArrowPatch, Rectangle


def _box(style, axes, place, size, words, face="paper", edge="line"):
    """A rectangle with words in its middle."""
    (x, y), (width, height) = place, size
    box = Rectangle((x, y), width, height)
    box.set(facecolor=getattr(style, face), edgecolor=getattr(style, edge), linewidth=1.3)
    axes.add_patch(box)
    axes.text(x + width / 2, y + height / 2, words, ha="center", va="center", color=style.ink, fontsize=9.5)


def _arrow(style, axes, start, end, colour="soft", bend=0.0):
    """An arrow between two points."""
    arrow = FancyArrowPatch(start, end, connectionstyle=f"arc3,rad={bend}", arrowstyle="-|>", mutation_scale=12)
    arrow.set(color=getattr(style, colour), linewidth=1.2)
    axes.add_patch(arrow)


def architecture(style):
    """The parts of the assistant, and what goes from one to the next."""
    figure, axes = style.page(10, 4.9)
    size = (1.75, 0.7)
    upload, question = style.text("upload", "上传"), style.text("question", "问题")
    parts = {
        "reading": ((1.9, 3.6), "reading"),
        "library": ((4.4, 3.6), "library"),
        "guarded": ((4.4, 2.1), "guarded"),
        "assistant": ((6.9, 2.1), "assistant"),
        "app": ((1.9, 2.1), "app"),
    }
    for name, (place, words) in parts.items():
        _box(style, axes, place, size, words, "pale_blue", "blue" if name != "app" else "pink")
    _box(style, axes, (6.9, 3.6), size, style.text("writer", "写作器"), "paper", "line")
    _box(style, axes, (1.9, 0.5), size, style.text("page", "网页"), "paper", "line")
    _box(style, axes, (6.9, 0.5), size, "measure", "pale_green", "green")
    rows = (
        ((0.15, 3.95), (1.9, 3.95), upload, (0.95, 4.15)),
        ((3.65, 3.95), (4.4, 3.95), style.text("pages", "页"), (4.02, 4.15)),
        ((3.65, 2.45), (4.4, 2.45), question, (4.02, 2.65)),
        ((6.15, 2.45), (6.9, 2.45), style.text("passages", "段落"), (6.52, 2.65)),
    )
    for start, end, words, place in rows:
        _arrow(style, axes, start, end)
        axes.text(*place, words, ha="center", va="bottom", color=style.soft, fontsize=8.5)
    _arrow(style, axes, (5.27, 3.6), (5.27, 2.8))
    _arrow(style, axes, (7.77, 2.8), (7.77, 3.6))
    _arrow(style, axes, (7.6, 3.6), (7.6, 2.8))
    _arrow(style, axes, (7.4, 2.1), (3.2, 2.1), "orange", -0.25)
    words = style.text("answer with pages, or a refusal", "带页码的回答，或拒答")
    axes.text(5.3, 1.32, words, ha="center", va="center", color=style.orange, fontsize=8.5)
    _arrow(style, axes, (2.55, 1.2), (2.55, 2.1))
    _arrow(style, axes, (3.0, 2.1), (3.0, 1.2))
    _arrow(style, axes, (8.2, 1.2), (8.2, 2.1), "green")
    axes.text(8.35, 1.6, style.text("64 questions", "64 个问题"), va="center", color=style.green, fontsize=8.5)
    words = style.text("session: documents, history, settings", "会话：文档、历史、设置")
    axes.text(1.75, 2.45, words, ha="right", va="center", color=style.pink, fontsize=8.5, wrap=True)
    return figure


def one_session(style):
    """Three runs of the script, and the session that outlives them."""
    figure, axes = style.page(9.4, 3.3)
    clicks = (
        style.text("upload a.pdf", "上传 a.pdf"),
        style.text("ask", "提问"),
        style.text("upload a.pdf again", "再次上传 a.pdf"),
    )
    did = (
        style.text("reads, embeds: 1 document", "读取并嵌入：1 个文档"),
        style.text("asks: 1 entry", "提问：1 条记录"),
        style.text('"known": nothing is read', "“known”：什么都不读"),
    )
    for number, (click, done) in enumerate(zip(clicks, did, strict=True)):
        x = 0.4 + 3.0 * number
        axes.text(x + 1.3, 3.0, click, ha="center", va="center", color=style.ink, fontsize=9.5)
        words = style.text("script runs, top to bottom", "脚本从头到尾运行一遍")
        _box(style, axes, (x, 1.9), (2.6, 0.6), words)
        _arrow(style, axes, (x + 1.3, 2.85), (x + 1.3, 2.5))
        _arrow(style, axes, (x + 1.3, 1.9), (x + 1.3, 1.0), "pink")
        axes.text(x + 1.4, 1.45, done, va="center", color=style.pink, fontsize=8)
    words = style.text("one session: documents, conversation, settings", "同一个会话：文档、对话、设置")
    _box(style, axes, (0.4, 0.35), (8.6, 0.65), words, "pale_pink", "pink")
    return figure


def which_questions(style):
    """The questions that each number is a mean of."""
    figure, axes = style.page(9.4, 3.9)
    kinds = (
        style.text("answered", "已回答"),
        style.text("refused", "拒答"),
        style.text("failed", "失败"),
        style.text("answered", "已回答"),
        style.text("refused", "拒答"),
    )
    left, width = 2.9, 1.25
    for place, words in enumerate(kinds):
        face = "pale_blue" if place < 3 else "pale_orange"
        edge = "blue" if place < 3 else "orange"
        _box(style, axes, (left + width * place + 0.04, 2.75), (width - 0.08, 0.5), words, face, edge)
    with_answer, without = style.text("with an answer", "有答案"), style.text("without an answer", "没有答案")
    axes.text(left + 1.5 * width, 3.55, with_answer, ha="center", va="center", color=style.blue, fontsize=10)
    axes.text(left + 4 * width, 3.55, without, ha="center", va="center", color=style.orange, fontsize=10)
    rows = (
        ("recall, mrr, correct", (0, 1, 2)),
        ("refused_wrongly", (0, 1, 2)),
        ("refused_rightly", (3, 4)),
        ("grounded", (0, 3)),
        ("followed, failed, seconds", (0, 1, 2, 3, 4)),
    )
    for number, (name, places) in enumerate(rows):
        y = 2.35 - 0.48 * number
        axes.text(left - 0.2, y, name, ha="right", va="center", color=style.ink, fontsize=9.5)
        for place in range(5):
            counted = place in places
            box = Rectangle((left + width * place + 0.04, y - 0.15), width - 0.08, 0.3)
            box.set(facecolor=style.pale_green if counted else style.paper, linewidth=0.8)
            box.set(edgecolor=style.green if counted else style.line)
            axes.add_patch(box)
    return figure


def a_page_mended(style):
    """A printed page, the lines that come out of it, and the text after mending."""
    figure, axes = style.page(10, 3.7)
    lines = ("Handbook", "The capabili-", "ties of the ﬁrst", "self-service desk", "Page 1 of 2")
    axes.add_patch(Rectangle((0.2, 0.3), 2.7, 3.1, facecolor=style.paper, edgecolor=style.line, linewidth=1.3))
    titles = (style.text("as printed", "印出来的样子"), style.text("pypdf's lines", "pypdf 给出的行"))
    titles += (style.text("your text", "你得到的文本"),)
    for x, title in zip((1.55, 4.6, 8.1), titles, strict=True):
        axes.text(x, 3.55, title, ha="center", va="center", color=style.soft, fontsize=9.5)
    for row, line in enumerate(lines):
        y = 2.95 - 0.55 * row
        running = row in (0, 4)
        axes.text(0.4, y, line, va="center", color=style.soft if running else style.ink, fontsize=10)
        axes.text(
            3.6, y, line, va="center", family="monospace", color=style.orange if running else style.ink, fontsize=9
        )
    for start, end in (((5.75, 2.4), (6.5, 2.15)), ((5.75, 1.85), (6.5, 2.05)), ((5.75, 1.3), (6.5, 1.55))):
        _arrow(style, axes, start, end, "blue")
    for y in (2.95, 0.75):
        axes.text(5.75, y, style.text("dropped", "去掉"), va="center", color=style.orange, fontsize=9)
    axes.text(6.65, 2.1, "The capabilities of the first", va="center", family="monospace", color=style.blue, fontsize=9)
    axes.text(6.65, 1.55, "self-service desk", va="center", family="monospace", color=style.blue, fontsize=9)
    return figure


def add_once_ask_often(style):
    """What is computed when a document is added, and what at every question."""
    figure, axes = style.page(10, 3.6)
    size = (1.45, 0.7)
    adding = (style.text("pages", "页"), style.text("chunks", "块"), "embed", style.text("folder", "文件夹"))
    asking = (style.text("question", "问题"), "embed", style.text("cosines", "余弦"), "rerank")
    for row, (y, words) in enumerate(((2.4, adding), (0.6, asking))):
        for at, word in enumerate(words):
            called = word in ("embed", "rerank")
            face, edge = ("pale_blue", "blue") if called else ("paper", "line")
            _box(style, axes, (1.5 + 2.0 * at, y), size, word, face, edge)
            if at:
                _arrow(style, axes, (1.5 + 2.0 * at - 0.55, y + 0.35), (1.5 + 2.0 * at, y + 0.35))
        title = (style.text("once a\ndocument", "每份文档\n一次"), style.text("every\nquestion", "每次提问"))[row]
        axes.text(0.7, y + 0.35, title, ha="center", va="center", color=style.soft, fontsize=9.5)
    _arrow(style, axes, (7.9, 2.4), (6.6, 1.3), "green", -0.1)
    axes.text(7.7, 1.85, style.text("all vectors", "所有向量"), va="center", color=style.green, fontsize=9)
    axes.text(7.22, 0.35, style.text("20 candidates", "20 个候选"), ha="center", color=style.soft, fontsize=8.5)
    _arrow(style, axes, (8.95, 0.95), (9.4, 0.95))
    axes.text(9.45, 0.95, style.text("4 hits", "4 个结果"), va="center", color=style.ink, fontsize=9)
    return figure


def held_back(style):
    """A text in four pieces: what is passed on at once, and what waits for its bracket."""
    figure, axes = style.page(9.6, 3.3)
    rows = (
        ("Nine [", "Nine ", "["),
        ("1", "", "[1"),
        ("]. Late [7", "[p. 3]. Late ", "[7"),
        ("].", ".", ""),
    )
    heads = (style.text("piece", "片段"), style.text("passed on", "交出"), style.text("held back", "暂留"))
    for place, words in zip((1.5, 4.8, 8.1), heads, strict=True):
        axes.text(place, 3.0, words, ha="center", va="center", color=style.soft, fontsize=10)
    for number, (piece, passed, held) in enumerate(rows):
        y = 2.15 - 0.68 * number
        _box(style, axes, (0.4, y), (2.2, 0.5), piece, "paper", "line")
        _arrow(style, axes, (2.7, y + 0.25), (3.4, y + 0.25))
        if passed:
            _box(style, axes, (3.5, y), (2.6, 0.5), passed, "pale_green", "green")
        if held:
            _box(style, axes, (7.2, y), (1.8, 0.5), held, "pale_orange", "orange")
            _arrow(style, axes, (7.1, y + 0.05), (6.2, y - 0.3), "orange")
    return figure
