"""Known mistakes of week 05, heatmap.

`draw` is the solution with its steps as arguments, so that a mistake changes the one that it gets wrong.
"""

import heatmap as solution
from matplotlib.figure import Figure

from grader.mistakes import mistake


def checked(weights, tokens):
    """Check the arguments as the solution does, and return the numbers."""
    if weights.ndim != 3 or len(tokens) != weights.shape[2] or weights.shape[1] > weights.shape[2]:
        raise ValueError("the arguments do not fit")
    return weights.detach().float().cpu().numpy()


def draw(
    table,
    tokens,
    first_title=0,
    axis_labels=("key", "query"),
    one_scale=True,
    lowest=0.0,
    highest=None,
    origin="upper",
    x_tokens=None,
    y_tokens=None,
    places=True,
    bars="one",
):
    """Draw what the solution draws, one step exchanged."""
    heads, queries, keys = table.shape
    figure = Figure(figsize=(3 * heads, 3))
    panels = figure.subplots(1, heads, squeeze=False)[0]
    images = []
    for head, axes in enumerate(panels):
        scale = table if one_scale else table[head]
        low = scale.min() if lowest is None else lowest
        high = scale.max() if highest is None else highest
        images.append(axes.imshow(table[head], vmin=low, vmax=high, origin=origin))
        axes.set(title=f"head {head + first_title}", xlabel=axis_labels[0], ylabel=axis_labels[1])
        rows = list(tokens[keys - queries :] if y_tokens is None else y_tokens)
        columns = list(tokens if x_tokens is None else x_tokens)
        if places:
            axes.set_xticks(range(len(columns)), labels=columns)
            axes.set_yticks(range(len(rows)), labels=rows)
    if bars == "one":
        figure.colorbar(images[-1], ax=panels, label="weight")
    elif bars == "each":
        for image, axes in zip(images, panels, strict=True):
            figure.colorbar(image, ax=axes, label="weight")
    return figure


@mistake(
    of="attention_heatmap",
    en="Your figure equals the one with queries and keys swapped: queries run down, keys run to the right.",
    zh="你的图等于把 query 和 key 对调时的图：query 应从上到下，key 应从左到右。",
)
def swaps_queries_and_keys(weights, tokens):
    table = checked(weights, tokens)
    queries = tokens[table.shape[2] - table.shape[1] :]
    return draw(table.transpose(0, 2, 1), tokens, x_tokens=queries, y_tokens=tokens)


@mistake(
    of="attention_heatmap",
    en="Your figure equals the one that is upside down: the first query must stand at the top.",
    zh="你的图等于上下颠倒时的图：第一个 query 应在最上面。",
)
def draws_upside_down(weights, tokens):
    return draw(checked(weights, tokens), tokens, origin="lower")


@mistake(
    of="attention_heatmap",
    en="Your figure equals the one in which each panel has a colour scale of its own, so that its colours cannot be "
    "compared with the next panel's.",
    zh="你的图等于每个面板各用一套颜色刻度时的图，相邻面板的颜色无法比较。",
)
def scales_each_panel_by_itself(weights, tokens):
    return draw(checked(weights, tokens), tokens, one_scale=False)


@mistake(
    of="attention_heatmap",
    en="Your figure equals the one whose colour scale starts at the smallest weight instead of at 0.",
    zh="你的图等于颜色刻度从最小的权重而不是从 0 开始时的图。",
)
def starts_the_scale_at_the_smallest_weight(weights, tokens):
    return draw(checked(weights, tokens), tokens, lowest=None)


@mistake(
    of="attention_heatmap",
    en="Your figure equals the one whose colour scale ends at 1 instead of at the largest weight.",
    zh="你的图等于颜色刻度到 1 为止、而不是到最大的权重为止时的图。",
)
def ends_the_scale_at_one(weights, tokens):
    return draw(checked(weights, tokens), tokens, highest=1.0)


@mistake(
    of="attention_heatmap",
    en="Your figure equals the one that shows the mean over the heads in one panel.",
    zh="你的图等于把各头平均后画在一个面板里时的图。",
)
def averages_the_heads(weights, tokens):
    return draw(checked(weights, tokens).mean(0, keepdims=True), tokens)


@mistake(
    of="attention_heatmap",
    en="Your figure equals the one that counts the heads from 1.",
    zh="你的图等于头从 1 开始编号时的图。",
)
def counts_heads_from_one(weights, tokens):
    return draw(checked(weights, tokens), tokens, first_title=1)


@mistake(
    of="attention_heatmap",
    en="Your figure equals the one whose axis labels are swapped: the columns are keys, the rows are queries.",
    zh="你的图等于坐标轴标签对调时的图：列是 key，行是 query。",
)
def swaps_the_axis_labels(weights, tokens):
    return draw(checked(weights, tokens), tokens, axis_labels=("query", "key"))


@mistake(
    of="attention_heatmap",
    en="Your figure equals the one that labels the rows with the first tokens; with a cache, the queries are the last.",
    zh="你的图等于用最前面的词元标注各行时的图；有缓存时，query 是最后几个词元。",
)
def labels_the_rows_with_the_first_tokens(weights, tokens):
    table = checked(weights, tokens)
    return draw(table, tokens, y_tokens=tokens[: table.shape[1]])


@mistake(
    of="attention_heatmap",
    en="Your figure equals the one without tokens at the ticks: it shows positions.",
    zh="你的图等于刻度上没有词元、只有位置编号时的图。",
)
def leaves_out_the_tokens(weights, tokens):
    return draw(checked(weights, tokens), tokens, places=False)


@mistake(
    of="attention_heatmap",
    en="Your figure equals the one without a colour bar.",
    zh="你的图等于没有颜色条时的图。",
)
def forgets_the_colour_bar(weights, tokens):
    return draw(checked(weights, tokens), tokens, bars="none")


@mistake(
    of="attention_heatmap",
    en="Your figure equals the one with a colour bar at every panel; one scale needs one.",
    zh="你的图等于每个面板都有一条颜色条时的图；一套颜色刻度只需要一条。",
)
def gives_each_panel_a_colour_bar(weights, tokens):
    return draw(checked(weights, tokens), tokens, bars="each")


@mistake(
    of="attention_heatmap",
    en="Your answer equals the one that accepts tokens and weights that do not fit together.",
    zh="你的结果等于接受互不匹配的词元和权重时的结果。",
)
def checks_nothing(weights, tokens):
    try:
        return solution.attention_heatmap(weights, tokens)
    except ValueError:
        return Figure()


@mistake(
    of="attention_heatmap",
    en="Your figure equals the one whose panels are there and invisible.",
    zh="你的图中面板虽然存在，却是不可见的。",
)
def hides_its_panels(weights, tokens):
    figure = draw(checked(weights, tokens), tokens)
    for axes in figure.axes:
        for picture in axes.images:
            picture.set_visible(False)
    return figure
