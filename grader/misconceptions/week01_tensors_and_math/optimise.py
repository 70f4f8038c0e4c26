"""Known mistakes of week 01, optimise."""

import optimise as solution
import torch

from grader.mistakes import mistake


@mistake(
    of="descend",
    en="It looks like the steps go uphill: the gradient points to where the function grows, so it is subtracted.",
    zh="看起来走的是上坡：梯度指向函数增大的方向，所以应当减去它。",
)
def uphill(gradient, x0, rate, steps):
    return solution.descend(lambda x: -gradient(x), x0, rate, steps)


@mistake(
    of="descend",
    en="It looks like the start is left out: the path begins with x0.",
    zh="看起来漏掉了起点：路径从 x0 开始。",
)
def start_left_out(gradient, x0, rate, steps):
    path = solution.descend(gradient, x0, rate, steps)
    return path[1:] if steps else path


@mistake(
    of="descend",
    en="It looks like one step too many is made.",
    zh="看起来多走了一步。",
)
def one_step_too_many(gradient, x0, rate, steps):
    return solution.descend(gradient, x0, rate, steps + 1 if steps >= 0 else steps)


@mistake(
    of="descend",
    en="It looks like only the last point is returned: the whole way is asked for.",
    zh="看起来只返回了最后一个点：这里要的是整条路径。",
)
def only_the_end(gradient, x0, rate, steps):
    return solution.descend(gradient, x0, rate, steps)[-1]


@mistake(
    of="descend",
    en="It looks like all points are one tensor that is changed in place (x -= …): every entry of the list "
    "then shows the "
    "end. Make a new tensor for each step.",
    zh="看起来所有点其实是同一个被原地修改的张量（x -= …）：列表里的每一项都变成了终点。每一步都要新建张量。",
)
def changed_in_place(gradient, x0, rate, steps):
    path = solution.descend(gradient, x0, rate, steps)
    return path[-1:].expand(path.shape).clone()


@mistake(
    of="descend",
    en="It looks like every step changes the same tensor in place (x -= …): all points but the first then show the "
    "end. Make a new tensor for each step.",
    zh="看起来每一步都在原地修改同一个张量（x -= …）：除第一个点外，其余的点都成了终点。每一步都要新建张量。",
    breaks="The result has steps + 1 points along a new first axis",
)
def changed_in_place_after_the_start(gradient, x0, rate, steps):
    path = solution.descend(gradient, x0, rate, steps)
    return torch.cat([path[:1], path[-1:].expand(path[1:].shape)])


@mistake(
    of="descend",
    en="It looks like `x0` itself is moved (x = x0, then x -= …): every point of the path is that one tensor, and "
    "whoever handed it in finds it changed. x = x - … makes a new one.",
    zh="看起来被移动的就是 `x0` 本身（x = x0，然后 x -= …）：路径上的每个点都是同一个张量，调用者的数据也被改了。"
    "写成 x = x - … 会得到新的张量。",
)
def moves_the_start(gradient, x0, rate, steps):
    path = solution.descend(gradient, x0, rate, steps)
    x0.detach().copy_(path[-1])
    return path[-1:].expand(path.shape).clone()


@mistake(
    of="descend",
    en="It looks like the gradient is asked at the start only: it changes with every step.",
    zh="看起来只在起点问过一次梯度：它每一步都会变。",
)
def gradient_of_the_start(gradient, x0, rate, steps):
    return solution.descend(lambda x: gradient(x0), x0, rate, steps)


@mistake(
    of="descend",
    en="It looks like the end is left out: each point is kept before its step, so the last one needs keeping too.",
    zh="看起来漏掉了终点：每一步之前才保存当前点，所以最后一个点还要再保存一次。",
    breaks="The result has steps + 1 points along a new first axis",
)
def end_left_out(gradient, x0, rate, steps):
    return solution.descend(gradient, x0, rate, steps)[: max(steps, 1)]


@mistake(
    of="descend",
    en="It looks like `x0` itself is moved (x = x0, then x -= …): the path is right, and whoever handed it in finds it "
    "changed. Begin with a copy.",
    zh="看起来被移动的就是 `x0` 本身（x = x0，然后 x -= …）：路径没错，但调用者的数据被改了。请从副本开始。",
    breaks="`x0` is not changed",
)
def leaves_the_start_changed(gradient, x0, rate, steps):
    path = solution.descend(gradient, x0, rate, steps)
    x0.detach().copy_(path[-1])
    return path


@mistake(
    of="descend",
    en="It looks like the path is still connected with x0: a gradient flows back through every step. Use x0.detach().",
    zh="看起来路径仍与 x0 相连：梯度会经过每一步流回去。请用 x0.detach()。",
    breaks="the result carries no gradient",
)
def connected_with_the_start(gradient, x0, rate, steps):
    path = solution.descend(gradient, x0, rate, steps)
    return path + (x0 - x0.detach())


@mistake(
    of="max_entropy",
    en="It looks like the sign of beta is turned around: p is the softmax of -beta * energies.",
    zh="看起来 beta 的符号反了：p 是 -beta * energies 的 softmax。",
)
def beta_turned(energies, mean):
    p, beta = solution.max_entropy(energies, mean)
    return p, -beta


@mistake(
    of="max_entropy",
    en="It looks like the temperature is returned: beta is 1 / temperature.",
    zh="看起来返回的是温度：beta 是温度的倒数。",
)
def temperature_for_beta(energies, mean):
    p, beta = solution.max_entropy(energies, mean)
    return p, 1 / beta if beta else 0.0


@mistake(
    of="max_entropy",
    en="It looks like only means below the average are found: above it beta is negative.",
    zh="看起来只能处理低于平均的均值：高于平均时 beta 是负的。",
)
def only_positive_beta(energies, mean):
    p, beta = solution.max_entropy(energies, mean)
    if beta < 0:
        return torch.full_like(p, 1 / len(p)), 0.0
    return p, beta


@mistake(
    of="max_entropy",
    en="It looks like the probability is shared between the smallest and the largest energy only: the mean is right, "
    "but the entropy is not the largest.",
    zh="看起来概率只分给了最小和最大的能量：均值没错，但熵不是最大的。",
)
def two_energies_only(energies, mean):
    _, beta = solution.max_entropy(energies, mean)
    p = torch.zeros_like(energies)
    low, high = energies.min(), energies.max()
    share = (mean - low) / (high - low)
    p[energies.argmin()] = 1 - share
    p[energies.argmax()] += share
    return p, beta


@mistake(
    of="max_entropy",
    en="It looks like beta is looked for between fixed bounds: energies of another scale need another beta. "
    "Widen the bounds until they hold it.",
    zh="看起来 beta 只在固定的范围内查找：能量的尺度不同，beta 也不同。应不断扩大范围直到包含它。",
)
def fixed_bounds(energies, mean):
    _, beta = solution.max_entropy(energies, mean)
    beta = min(max(beta, -15.0), 15.0)
    return torch.softmax(-beta * energies.double(), 0).to(energies.dtype), beta


@mistake(
    of="max_entropy",
    en="It looks like beta is looked for between -50 and 50 only: energies of another scale need another beta. Widen "
    "the bounds until they hold it.",
    zh="看起来 beta 只在 -50 到 50 之间查找：能量的尺度不同，beta 也不同。应不断扩大范围直到包含它。",
    breaks="multiplying both by a number divides beta by it",
)
def bounds_of_fifty(energies, mean):
    _, beta = solution.max_entropy(energies, mean)
    beta = min(max(beta, -50.0), 50.0)
    return torch.softmax(-beta * energies.double(), 0).to(energies.dtype), beta


@mistake(
    of="max_entropy",
    en="It looks like beta is looked for in float32: near the largest energy the mean then moves in steps of 6e-8, and "
    "beta comes out wrong. Convert the energies to float64 first.",
    zh="看起来 beta 是用 float32 求的：在最大能量附近，均值只能以 6e-8 为一步变化，beta 就不准了。请先把能量转成 "
    "float64。",
    breaks="It is computed in float64",
)
def solved_in_float32(energies, mean):
    p, beta = solution.max_entropy(energies, mean)
    if energies.dtype == torch.float64:
        return p, beta
    low, span = float(energies.min()), float(energies.max() - energies.min())
    scaled, target = (energies - low) / span, (mean - low) / span
    below, above = 2 * abs(beta * span) + 1, -2 * abs(beta * span) - 1
    for _ in range(200):
        middle = (below + above) / 2
        p = torch.softmax(-middle * scaled, 0)
        if float((p * scaled).sum()) > target:
            above = middle
        else:
            below = middle
    return p, middle / span


@mistake(
    of="max_entropy",
    en="It looks like beta belongs to energies that were scaled to 0 … 1: divide it by the largest difference again.",
    zh="看起来 beta 对应的是缩放到 0…1 之后的能量：应再除以能量的最大差。",
)
def beta_of_scaled_energies(energies, mean):
    p, beta = solution.max_entropy(energies, mean)
    return p, beta * float(energies.max() - energies.min())


@mistake(
    of="max_entropy",
    en="It looks like p has equal shares whatever the mean: the condition is not used.",
    zh="看起来无论均值是多少，p 都是均匀的：没有用到约束。",
)
def ignores_the_mean(energies, mean):
    solution.max_entropy(energies, mean)
    return torch.full_like(energies, 1 / len(energies)), 0.0


@mistake(
    of="max_entropy",
    en="It looks like a mean that no distribution has gives an answer all the same: refuse it with ValueError.",
    zh="看起来没有任何分布能达到的均值也给出了结果：应当抛出 ValueError。",
)
def clamps_the_mean(energies, mean):
    low, high = float(energies.min()), float(energies.max())
    if low == high:
        return torch.full_like(energies, 1 / len(energies)), 0.0
    edge = 1e-12 * (high - low)
    return solution.max_entropy(energies, min(max(mean, low + edge), high - edge))


@mistake(
    of="max_entropy",
    en="It looks like beta is a tensor: return a Python float, float(beta).",
    zh="看起来 beta 是张量：请返回 Python 浮点数，即 float(beta)。",
    breaks="beta is a Python float",
)
def beta_as_a_tensor(energies, mean):
    p, beta = solution.max_entropy(energies, mean)
    return p, torch.tensor(beta, dtype=torch.float64)


@mistake(
    of="max_entropy",
    en="It looks like p always comes back as float64: compute in float64, and return the dtype of the energies.",
    zh="看起来 p 总是以 float64 返回：计算用 float64，返回时用 energies 的 dtype。",
    breaks="p has the dtype of `energies` (float32 or float64)",
)
def p_in_float64(energies, mean):
    return solution.max_entropy(energies.double(), mean)
