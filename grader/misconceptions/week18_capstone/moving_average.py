"""Known mistakes of week 18, moving average."""

import moving_average as solution
import torch

from grader.mistakes import mistake


@mistake(
    of="moving_average",
    en="Your answer equals the one that divides by the width near the beginning too, where fewer values exist.",
    zh="你的结果等于在开头（值还不够多）也除以宽度时的结果。",
)
def divides_by_width_at_once(values, width):
    counts = torch.arange(1, values.shape[-1] + 1).clamp(max=width)
    return solution.moving_average(values, width) * counts / width


@mistake(
    of="moving_average",
    en="Your answer equals the sum of each window, not its mean.",
    zh="你的结果等于每个窗口的和，而不是均值。",
)
def sums_up_only(values, width):
    counts = torch.arange(1, values.shape[-1] + 1).clamp(max=width)
    return solution.moving_average(values, width) * counts


@mistake(
    of="moving_average",
    en="Your answer equals the one whose window holds one value too many.",
    zh="你的结果等于窗口多包含一个值时的结果。",
)
def takes_one_too_many(values, width):
    solution.moving_average(values, width)
    return solution.moving_average(values, width + 1)


@mistake(
    of="moving_average",
    en="Your answer equals the one whose window begins at the step and looks ahead.",
    zh="你的结果等于窗口从当前位置开始、向后看时的结果。",
)
def looks_ahead(values, width):
    return solution.moving_average(values.flip(-1), width).flip(-1)


@mistake(
    of="moving_average",
    en="A width less than 1 is a ValueError in the contract; your function answers it.",
    zh="约定要求宽度小于 1 时抛出 ValueError；你的函数却返回了结果。",
)
def answers_any_width(values, width):
    return solution.moving_average(values, max(width, 1))
