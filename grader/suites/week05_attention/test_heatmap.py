"""Hidden suite of week 05, heatmap.

The figure is read back by the given module figure_reader, which tells what stands where on the page: any way to draw
a table of numbers will do. That module runs beside the student's code, so the first test holds what it tells against
the pixels of the page, and the others count only after it. Numbers of queries, keys and heads differ, so that a swapped
axis cannot go unnoticed.
Not covered: sizes, fonts, the choice of colours, and whether the labels overlap.
"""

import matplotlib
import numpy as np
import torch

from grader.suite import after, assert_raises, assert_same, attribute, claims, expect, points, unchanged

HEADS, QUERIES, KEYS = 2, 3, 5
TOKENS = ["the", " cat", " sat", "the", "猫"]  # with the spaces that tokens have


def some_weights(rng, heads=HEADS, queries=QUERIES, keys=KEYS, dtype=torch.float32):
    """Make weights whose rows sum to 1, no two of them equal."""
    return torch.softmax(rng.normal(heads, queries, keys, dtype=torch.float64), dim=-1).to(dtype)


def read(student, figure):
    """Read the figure in the student's process, and check that there is something to look at."""
    seen = student.given("figure_reader").describe(figure)
    expect(
        seen["is_figure"],
        "attention_heatmap must return a matplotlib Figure.",
        "attention_heatmap 必须返回 matplotlib 的 Figure。",
    )
    return seen


def panels_of(student, weights, tokens, figure=None):
    """Draw the weights (unless the figure is there), and return the panels when there is one a head."""
    if figure is None:
        figure = student.attention_heatmap(weights, tokens)
    panels = read(student, figure)["panels"]
    expect(
        len(panels) == len(weights),
        "The figure has {got} panels with a picture; {expected} heads need {expected}.",
        "图中有 {got} 个带图像的面板；{expected} 个头需要 {expected} 个。",
        got=len(panels),
        expected=len(weights),
    )
    return panels


def same_cells(panel, expected):
    """Assert that a panel shows these numbers; float32 is what a picture needs."""
    assert_same(torch.as_tensor(panel["cells"]).float(), expected.float().cpu())


def page_of(student, figure):
    """Draw the page in the student's process; return its pixels, and the left, bottom, width and height of its axes."""
    canvas = student.given("matplotlib.backends.backend_agg").FigureCanvasAgg(figure)
    canvas.draw()
    width, height = canvas.get_width_height()
    pixels = np.frombuffer(canvas.buffer_rgba(), np.uint8).reshape(height, width, 4)
    boxes = [attribute(axes.get_window_extent(), "bounds") for axes in attribute(figure, "axes")]
    return pixels[..., :3].astype(float) / 255, boxes


def spots_of(pixels, box, shape):
    """The colours of 7 by 7 places in each of the cells into which this part of the page is cut."""
    (rows, columns), (left, bottom, width, height) = shape, box
    inside = np.linspace(0.1, 0.9, 7)
    x = left + (np.arange(columns)[:, None] + inside) * width / columns
    y = len(pixels) - bottom - height + (np.arange(rows)[:, None] + inside) * height / rows
    x, y = (np.clip(at.astype(int), 0, size - 1) for at, size in ((x, pixels.shape[1]), (y, len(pixels))))
    return pixels[y[:, None, :, None], x[None, :, None, :]]


def shows(spots, panel):
    """Whether the places have the colours of the panel's cells; something may be written on a cell, or shade it off."""
    cells, (low, high) = np.asarray(panel["cells"]), panel["limits"]
    if panel["colours"] not in matplotlib.colormaps:  # somebody's own: other numbers have other colours
        return len(np.unique(spots[:, :, 3, 3].reshape(-1, 3), axis=0)) > cells.size / 2
    colours = matplotlib.colormaps[panel["colours"]]((cells - low) / max(high - low, 1e-9))[..., :3]
    right = np.abs(spots - colours[:, :, None, None]).max(-1) < 0.05
    return bool(((right.mean((2, 3)) > 0.4) | right[:, :, 3, 3]).all())


@points(1)
def test_what_is_drawn(student, rng):
    """On the page, drawn as an image, each cell has the colour of its number.

    把图真正画成图像时，每个格子的颜色与它的数值相符。
    """
    figure = student.attention_heatmap(some_weights(rng), TOKENS)
    panels = read(student, figure)["panels"]
    pixels, boxes = page_of(student, figure)

    expect(
        all(any(shows(spots_of(pixels, box, panel["cells"].shape), panel) for box in boxes) for panel in panels),
        "The page does not show the figure's own numbers: is a panel hidden, or is something drawn over it?",
        "画出来的图像与图中的数据不一致：是否有面板被隐藏，或被别的东西盖住了？",
    )


@points(1)
@after("test_what_is_drawn")
@claims("The first query stands at the top, the first key on the left")
def test_worked_example(student, device):
    """One head, two tokens: two rows of two cells, the first query at the top and the first key on the left.

    一个头、两个词元：两行两列的格子，第一个 query 在最上面，第一个 key 在最左边。
    """
    weights = torch.tensor([[[1.0, 0.0], [0.25, 0.75]]], device=device)

    (panel,) = panels_of(student, weights, ["a", "b"])

    same_cells(panel, weights[0])
    assert_same((panel["title"], panel["x_ticks"], panel["y_ticks"]), ("head 0", ["a", "b"], ["a", "b"]))


@points(1)
@after("test_what_is_drawn")
@claims("The panels stand in the order of the heads, with the titles")
def test_one_panel_a_head(student, rng):
    """Each head has its panel, in order, with the titles "head 0", "head 1" and so on.

    每个头一个面板，依次排列，标题为 "head 0"、"head 1" 等等。
    """
    panels = panels_of(student, some_weights(rng, 4), TOKENS)

    assert_same([panel["title"] for panel in panels], [f"head {head}" for head in range(4)])


@points(1)
@after("test_what_is_drawn")
@claims("The first query stands at the top, the first key on the left")
def test_cells(student, rng):
    """Each panel shows the weights of its own head: queries run down, keys run to the right.

    每个面板显示自己那个头的权重：query 从上到下，key 从左到右。
    """
    weights = some_weights(rng, dtype=torch.float64)

    for panel, table in zip(panels_of(student, weights, TOKENS), weights, strict=True):
        same_cells(panel, table)


@points(1)
@after("test_what_is_drawn")
@claims("each column has its token as its tick label", "tokens: the text of each key")
def test_every_column_has_its_token(student, rng):
    """Every column has its token as its tick label, in every panel, also when there are 37 columns.

    每个面板里，每一列的刻度标签都是对应的词元，有 37 列时也一样。
    """
    for panel in panels_of(student, some_weights(rng), TOKENS):
        assert_same(panel["x_ticks"], TOKENS)
    many = [f"t{place}" for place in range(37)]
    (panel,) = panels_of(student, some_weights(rng, 1, QUERIES, len(many)), many)
    assert_same((panel["x_ticks"], panel["y_ticks"]), (many, many[-QUERIES:]))


@points(1)
@after("test_what_is_drawn")
@claims("with fewer queries than keys (a key-value cache) the queries are the last tokens")
def test_every_row_has_its_token(student, rng):
    """Every row has its token as its tick label, in every panel; with fewer queries than keys, the last tokens.

    每个面板里，每一行的刻度标签都是对应的词元；query 比 key 少时，对应最后几个词元。
    """
    for panel in panels_of(student, some_weights(rng), TOKENS):
        assert_same(panel["y_ticks"], TOKENS[KEYS - QUERIES :])


@points(1)
@after("test_what_is_drawn")
@claims('the x label "key" and the y label "query"')
def test_axis_labels(student, rng):
    """The x axis is labelled "key" and the y axis "query", in every panel.

    每个面板的 x 轴标签是 "key"，y 轴标签是 "query"。
    """
    for panel in panels_of(student, some_weights(rng), TOKENS):
        assert_same((panel["x_label"], panel["y_label"]), ("key", "query"))


@points(1)
@after("test_what_is_drawn")
@claims("All panels share one colour scale, from 0 to the largest weight of all the heads")
def test_one_colour_scale(student, rng, device):
    """Every panel's colours run from 0 to the largest weight of all heads, in the same colour map.

    每个面板的颜色都从 0 到所有头中最大的权重，并使用同一个颜色映射。
    """
    weights = torch.full((3, 4, KEYS), 1 / KEYS, device=device)
    weights[1, 1] = torch.tensor([0.1, 0.1, 0.6, 0.1, 0.1], device=device)  # neither the first head nor the last

    panels = panels_of(student, weights, TOKENS)

    # A float32 number that became a float64 on the way.
    assert_same([list(panel["limits"]) for panel in panels], [[0.0, 0.6]] * 3, atol=1e-6)
    assert_same([panel["colours"] for panel in panels], [panels[0]["colours"]] * 3)


@points(1)
@after("test_one_panel_a_head")
@claims('the figure has one colour bar, with the label "weight"')
def test_one_colour_bar(student, rng):
    """The figure has one colour bar with the label "weight", which serves all panels, and no empty panel.

    整张图只有一条供所有面板共用的颜色条（colour bar），标签为 "weight"，没有空面板。
    """
    for heads in (1, 2, 5):
        seen = read(student, student.attention_heatmap(some_weights(rng, heads), TOKENS))

        expect(
            len(seen["colour_bars"]) == 1,
            "The figure has {got} colour bars; one scale needs one.",
            "图中有 {got} 条颜色条；一套颜色刻度只需要一条。",
            got=len(seen["colour_bars"]),
        )
        assert_same(seen["colour_bars"], ["weight"])
        expect(
            seen["empty_panels"] == 0,
            "The figure has {got} panels without a picture.",
            "图中有 {got} 个没有图像的面板。",
            got=seen["empty_panels"],
        )


@points(1)
@after("test_cells")
@claims("any floating dtype, on any device, with or without gradient; not changed")
def test_half_precision_views_unchanged(student, rng):
    """bfloat16 weights, views that are not contiguous and weights with a gradient can be drawn, and the weights are not
    modified.

    bfloat16 的权重、不连续的视图、带梯度的权重都能画，且不修改权重。
    """
    weights = some_weights(rng).to(torch.bfloat16)
    turned = some_weights(rng, QUERIES, HEADS, KEYS).transpose(0, 1)

    for table in (weights, turned):
        figure = unchanged(student.attention_heatmap, table, TOKENS)
        same_cells(panels_of(student, table, TOKENS, figure)[-1], table[-1])
    # A parameter requires gradients inside the student's process, where it is drawn.
    nn, builtins = student.given("torch.nn"), student.given("builtins")
    learned = nn.ParameterList([some_weights(rng)])
    drawn = builtins.next(builtins.map(student.attention_heatmap, learned, [TOKENS]))
    same_cells(panels_of(student, some_weights(rng), TOKENS, drawn)[0], learned.state_dict()["0"][0])


@points(1)
@after("test_what_is_drawn")
@claims("has not three axes, `tokens` has another length than there are keys, or there are more queries than keys")
def test_arguments_that_do_not_fit(student, rng):
    """Weights without three axes, too few or too many tokens, and more queries than keys are a ValueError.

    权重不是三个轴、词元过少或过多、query 多于 key 时，抛出 ValueError。
    """
    weights = some_weights(rng)

    assert_raises(ValueError, student.attention_heatmap, weights[0], TOKENS)
    assert_raises(ValueError, student.attention_heatmap, weights[None], TOKENS)
    assert_raises(ValueError, student.attention_heatmap, weights, TOKENS[1:])
    assert_raises(ValueError, student.attention_heatmap, weights, [*TOKENS, "."])
    assert_raises(ValueError, student.attention_heatmap, some_weights(rng, queries=6), TOKENS)
    panels_of(student, weights, TOKENS)


@points(1)
@after("test_what_is_drawn")
@claims("Nothing stays open in pyplot")
def test_nothing_stays_open(student, rng):
    """The figure does not stay open in pyplot: a loop over many heat maps would pile them up. What the caller opened
    there stays open.

    返回的图不在 pyplot 中保持打开：否则循环画很多热力图时会越积越多。调用者打开的图保持打开。
    """
    pyplot = student.given("matplotlib.pyplot")
    pyplot.figure()
    opened = pyplot.get_fignums()

    seen = read(student, student.attention_heatmap(some_weights(rng), TOKENS))

    expect(
        not seen["in_pyplot"],
        "The figure is still open in pyplot: use Figure() instead, or pyplot.close(figure).",
        "这张图仍在 pyplot 中打开：请改用 Figure()，或调用 pyplot.close(figure)。",
    )
    expect(
        pyplot.get_fignums() == opened,
        "A figure of the caller's was closed: close your own alone.",
        "调用者的图被关闭了：只关闭你自己的图。",
    )
