"""Known mistakes of week 05, heatmap.

`draw` is the solution with its steps as arguments, so that a mistake changes the one that it gets wrong.
"""

import warnings

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
    figure = Figure(figsize=(solution.PANEL * heads, solution.PANEL))
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
        elif places is None:  # texts, wherever matplotlib has its ticks
            axes.set_xticklabels(columns)
            axes.set_yticklabels(rows)
    if bars == "one":
        figure.colorbar(images[-1], ax=panels, label="weight")
    elif bars == "each":
        for image, axes in zip(images, panels, strict=True):
            figure.colorbar(image, ax=axes, label="weight")
    return figure


@mistake(
    of="attention_heatmap",
    en="It looks like queries and keys are swapped in your figure: queries run down, keys run to the right.",
    zh="看起来你的图里 query 和 key 对调了：query 应从上到下，key 应从左到右。",
)
def swaps_queries_and_keys(weights, tokens):
    table = checked(weights, tokens)
    queries = tokens[table.shape[2] - table.shape[1] :]
    return draw(table.transpose(0, 2, 1), tokens, x_tokens=queries, y_tokens=tokens)


@mistake(
    of="attention_heatmap",
    en='It looks like your figure is upside down, as with origin="lower": the first query must stand at the top.',
    zh='看起来你的图上下颠倒了，origin="lower" 就会这样：第一个 query 应在最上面。',
)
def draws_upside_down(weights, tokens):
    return draw(checked(weights, tokens), tokens, origin="lower")


@mistake(
    of="attention_heatmap",
    en="It looks like each panel has a colour scale of its own: the same colour then means another weight next door.",
    zh="看起来每个面板各用一套颜色刻度：同一种颜色到了相邻面板，就表示另一个权重。",
)
def scales_each_panel_by_itself(weights, tokens):
    return draw(checked(weights, tokens), tokens, one_scale=False)


@mistake(
    of="attention_heatmap",
    en="It looks like the colour scale starts at the smallest weight. It starts at 0.",
    zh="看起来颜色刻度从最小的权重开始。应当从 0 开始。",
)
def starts_the_scale_at_the_smallest_weight(weights, tokens):
    return draw(checked(weights, tokens), tokens, lowest=None)


@mistake(
    of="attention_heatmap",
    en="It looks like the colour scale goes up to 1. It ends at the largest weight of all the heads.",
    zh="看起来颜色刻度一直到 1。应当到所有头中最大的权重为止。",
)
def ends_the_scale_at_one(weights, tokens):
    return draw(checked(weights, tokens), tokens, highest=1.0)


@mistake(
    of="attention_heatmap",
    en="It looks like the heads were averaged into one panel. Each head gets a panel of its own.",
    zh="看起来你把各头平均后画进了一个面板。每个头都要有自己的面板。",
)
def averages_the_heads(weights, tokens):
    return draw(checked(weights, tokens).mean(0, keepdims=True), tokens)


@mistake(
    of="attention_heatmap",
    en='It looks like the titles count the heads from 1; the first is "head 0".',
    zh='看起来标题里的头从 1 开始编号；第一个应当是 "head 0"。',
)
def counts_heads_from_one(weights, tokens):
    return draw(checked(weights, tokens), tokens, first_title=1)


@mistake(
    of="attention_heatmap",
    en="It looks like the axis labels changed places: the columns are keys, the rows are queries.",
    zh="看起来两个坐标轴的标签对调了：列是 key，行是 query。",
)
def swaps_the_axis_labels(weights, tokens):
    return draw(checked(weights, tokens), tokens, axis_labels=("query", "key"))


@mistake(
    of="attention_heatmap",
    en="It looks like the rows carry the first tokens. With a cache, the queries are the last ones.",
    zh="看起来各行标的是最前面的词元。有缓存时，query 是最后几个词元。",
)
def labels_the_rows_with_the_first_tokens(weights, tokens):
    table = checked(weights, tokens)
    return draw(table, tokens, y_tokens=tokens[: table.shape[1]])


@mistake(
    of="attention_heatmap",
    en="It looks like the ticks show positions: the tokens are missing.",
    zh="看起来刻度上是位置编号，没有词元。",
)
def leaves_out_the_tokens(weights, tokens):
    return draw(checked(weights, tokens), tokens, places=False)


@mistake(
    of="attention_heatmap",
    en="It looks like the tokens stand at the ticks that matplotlib has chosen, not at their rows and columns: "
    "`set_xticks` and `set_yticks` say where each belongs.",
    zh="看起来词元写在了 matplotlib 自选的刻度上，没有对准各自的行和列：要用 `set_xticks` 和 `set_yticks` 指定位置。",
    breaks="each column has its token as its tick label",
)
def labels_whatever_ticks_there_are(weights, tokens):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # matplotlib warns of just this
        return draw(checked(weights, tokens), tokens, places=None)


@mistake(
    of="attention_heatmap",
    en="It looks like the colour bar is missing: nobody can tell which weight a colour stands for.",
    zh="看起来少了颜色条：没有它，谁也说不出一种颜色对应多大的权重。",
)
def forgets_the_colour_bar(weights, tokens):
    return draw(checked(weights, tokens), tokens, bars="none")


@mistake(
    of="attention_heatmap",
    en="It looks like every panel has a colour bar of its own. They share one scale, so one is enough.",
    zh="看起来每个面板都有一条颜色条。它们共用一套刻度，一条就够了。",
)
def gives_each_panel_a_colour_bar(weights, tokens):
    return draw(checked(weights, tokens), tokens, bars="each")


@mistake(
    of="attention_heatmap",
    en="It looks like tokens and weights that do not fit together are accepted: that should raise ValueError.",
    zh="看起来互不匹配的词元和权重也被接受了：这时应当抛出 ValueError。",
)
def checks_nothing(weights, tokens):
    try:
        return solution.attention_heatmap(weights, tokens)
    except ValueError:
        return Figure()


@mistake(
    of="attention_heatmap",
    en="It looks like `.numpy()` is called on weights in bfloat16, which numpy does not know: convert them with "
    "`.float()` first.",
    zh="看起来对 bfloat16 的权重直接调用了 `.numpy()`，而 numpy 没有这种类型：先用 `.float()` 转换。",
    breaks="weights: any floating dtype",
)
def converts_bfloat16_to_numpy(weights, tokens):
    checked(weights, tokens)
    return draw(weights.detach().cpu().numpy(), tokens)


@mistake(
    of="attention_heatmap",
    en="It looks like `.numpy()` is called on weights that still need a gradient, and torch refuses that: call "
    "`.detach()` first.",
    zh="看起来对仍需要梯度的权重直接调用了 `.numpy()`，torch 会拒绝：先调用 `.detach()`。",
    breaks="with or without gradient",
)
def keeps_the_gradient(weights, tokens):
    checked(weights, tokens)
    return draw(weights.float().cpu().numpy(), tokens)


@mistake(
    of="attention_heatmap",
    en="It looks like the panels are there, but invisible.",
    zh="看起来面板都在，只是不可见。",
)
def hides_its_panels(weights, tokens):
    figure = draw(checked(weights, tokens), tokens)
    for axes in figure.axes:
        for picture in axes.images:
            picture.set_visible(False)
    return figure


@mistake(
    of="attention_heatmap",
    en="It looks like some columns of a wide panel have no label: each column has its token, however many there are.",
    zh="看起来列数多时有些列没有标签：无论有多少列，每一列都要有对应的词元。",
    breaks="each column has its token as its tick label",
)
def labels_some_of_many_columns(weights, tokens):
    figure = draw(checked(weights, tokens), tokens)
    step = 1 + len(tokens) // 10
    for axes in figure.axes[: len(weights)]:
        axes.set_xticks(range(0, len(tokens), step), labels=list(tokens)[::step])
    return figure


@mistake(
    of="attention_heatmap",
    en="It looks like the space at the beginning of a token is lost in its label: it is a part of the token's text.",
    zh="看起来词元开头的空格在标签里丢了：空格也是词元文本的一部分。",
    breaks="tokens: the text of each key",
)
def strips_the_tokens(weights, tokens):
    table = checked(weights, tokens)
    return draw(table, [token.strip() for token in tokens])


@mistake(
    of="attention_heatmap",
    en="It looks like panels stand in two columns, and an odd number of heads leaves an empty one: there is one panel "
    "a head.",
    zh="看起来面板排成两列，头数为奇数时多出一个空面板：每个头正好一个面板。",
)
def leaves_an_empty_panel(weights, tokens):
    figure = draw(checked(weights, tokens), tokens)
    if len(weights) > 1 and len(weights) % 2:
        figure.add_axes((0.9, 0.0, 0.05, 0.05))
    return figure
