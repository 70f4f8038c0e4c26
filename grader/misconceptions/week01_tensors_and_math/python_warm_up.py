"""Known mistakes of week 01, python_warm_up."""

import functools
from contextlib import contextmanager

import pandas as pd
import python_warm_up as solution
import torch
from matplotlib.figure import Figure

from grader.mistakes import mistake


@mistake(
    of="counted",
    en="It looks like the call itself is not passed on: the function's answer has to be returned.",
    zh="看起来没有返回原函数的结果：计数之后还要把它返回。",
)
def forgets_to_return(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        wrapper.calls += 1
        function(*args, **kwargs)

    wrapper.calls = 0
    return wrapper


@mistake(
    of="counted",
    en="It looks like arguments by name are not passed on: hand **kwargs to the function too.",
    zh="看起来没有传递按名字给出的参数：还要把 **kwargs 交给原函数。",
    breaks="by place or by name",
)
def only_by_place(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        wrapper.calls += 1
        return function(*args)

    wrapper.calls = 0
    return wrapper


@mistake(
    of="counted",
    en="It looks like a call is counted after it has returned: one that raises an error is then missed.",
    zh="看起来是在返回之后才计数：报错的调用就漏掉了。",
    breaks="A call that raises an error counts too",
)
def counts_afterwards(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        answer = function(*args, **kwargs)
        wrapper.calls += 1
        return answer

    wrapper.calls = 0
    return wrapper


@mistake(
    of="counted",
    en="It looks like the name and the docstring are lost: decorate the inner function with functools.wraps(function).",
    zh="看起来丢了名字和文档字符串：用 functools.wraps(function) 装饰内层函数。",
    breaks="has its name and docstring, as `functools.wraps` gives them",
)
def loses_its_name(function):
    def wrapper(*args, **kwargs):
        wrapper.calls += 1
        return function(*args, **kwargs)

    wrapper.calls = 0
    return wrapper


@mistake(
    of="batches",
    en="It looks like the last, shorter piece is dropped.",
    zh="看起来丢掉了最后那个较短的批次。",
)
def drops_the_rest(items, size):
    yield from (piece for piece in solution.batches(items, size) if len(piece) == size)


@mistake(
    of="batches",
    en="It looks like a list of all pieces is returned: it starts anew whenever it is asked. Use yield.",
    zh="看起来返回了由所有批次组成的列表：每次取都从头开始。请使用 yield。",
    breaks="It is an iterator, as a generator is: each piece comes once",
)
def all_at_once(items, size):
    return list(solution.batches(items, size))


@mistake(
    of="seeded",
    en="It looks like the old state is not restored when an error ends the block: that needs try and finally.",
    zh="看起来块因报错结束时没有恢复原来的状态：需要 try 和 finally。",
    breaks="also if an error ended the block",
)
@contextmanager
def restores_only_without_error(seed):
    before = torch.get_rng_state()
    torch.manual_seed(seed)  # noqa: TID251 - the mistake is elsewhere
    yield
    torch.set_rng_state(before)


@mistake(
    of="seeded",
    en="It looks like the old state is not restored after the block.",
    zh="看起来离开块之后没有恢复原来的状态。",
    breaks="Afterwards it goes on as if nothing had happened",
)
@contextmanager
def never_restores(seed):
    torch.manual_seed(seed)  # noqa: TID251 - the mistake is elsewhere
    yield


@mistake(
    of="count_kinds",
    en="It looks like a pair that does not occur is NaN, which also turns its column into floats: give `unstack` a "
    "fill_value.",
    zh="看起来没有出现的组合是 NaN，整列也因此变成了浮点数：给 `unstack` 一个 fill_value。",
    breaks="a pair that does not occur has the whole number 0",
)
def nan_for_none(records):
    return pd.DataFrame(records).groupby(["kind", "language"]).size().unstack()


@mistake(
    of="count_kinds",
    en="It looks like NaN is filled in afterwards: the column has become floats by then, 85.0 instead of 85. Give "
    "`unstack` a fill_value.",
    zh="看起来是事后才填补 NaN 的：那时整列已变成浮点数，85 成了 85.0。给 `unstack` 一个 fill_value。",
    breaks="a pair that does not occur has the whole number 0",
)
def fills_afterwards(records):
    return pd.DataFrame(records).groupby(["kind", "language"]).size().unstack().fillna(0)


@mistake(
    of="count_kinds",
    en="It looks like rows and columns are exchanged: kinds are the rows, languages the columns.",
    zh="看起来行和列互换了：种类是行，语言是列。",
)
def rows_and_columns_exchanged(records):
    return solution.count_kinds(records).T


@mistake(
    of="plot_kinds",
    en="It looks like only the first language is drawn: a bar is as high as the sum of its row.",
    zh="看起来只画了第一种语言：柱子的高度应当是整行的和。",
)
def only_the_first_column(table):
    return solution.plot_kinds(table.iloc[:, :1])


@mistake(
    of="plot_kinds",
    en="It looks like the bars are sorted by height: they stand in the order of the rows.",
    zh="看起来柱子按高度排序了：应当按行的次序。",
    breaks="The bars stand in the order of the rows",
)
def sorted_by_height(table):
    sums = table.sum(axis=1).sort_values(ascending=False, kind="stable")
    figure = Figure()
    figure.subplots().bar(list(sums.index), sums)
    return figure
