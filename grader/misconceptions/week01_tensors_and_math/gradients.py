"""Known mistakes of week 01, gradients."""

import gradients as solution
import torch

from grader.mistakes import mistake


def measured(f, x, eps, ask, start=None):
    """The right loop, whose formula and starting point the mistakes change."""
    if eps <= 0:
        raise ValueError("eps")
    start = x.detach().double() if start is None else start
    gradient = torch.zeros_like(start).reshape(-1)
    for place in range(start.numel()):
        step = torch.zeros_like(gradient)
        step[place] = eps
        gradient[place] = ask(f, start, step.view(start.shape), eps)
    return gradient.view(start.shape).to(x.dtype)


def backward(x, W, targets, scale=1.0):
    """The right backward pass: loss, the logits' gradient, dx and dW."""
    loss, dx, dW = solution.linear_softmax_backward(x, W, targets)
    return loss, dx * scale, dW * scale


@mistake(
    of="numerical_gradient",
    en="It looks like the difference is one-sided, (f(x + eps) - f(x)) / eps: its error shrinks with eps only, that of "
    "the central difference with eps squared.",
    zh="看起来用的是单侧差分 (f(x + eps) - f(x)) / eps：误差只随 eps 缩小，而中心差分的误差随 eps 的平方缩小。",
)
def one_sided(f, x, eps=1e-6):
    return measured(f, x, eps, lambda f, x, step, eps: (float(f(x + step)) - float(f(x))) / eps)


@mistake(
    of="numerical_gradient",
    en="It looks like the step grows with x, as eps * max(1, |x|): it is eps, however large the entry is.",
    zh="看起来步长随 x 变大，如 eps * max(1, |x|)：无论元素多大，步长都应是 eps。",
)
def step_grows_with_x(f, x, eps=1e-6):
    def ask(f, x, step, eps):
        scale = (x.abs() * (step != 0)).amax().clamp(min=1)
        return (float(f(x + step * scale)) - float(f(x - step * scale))) / (2 * eps * float(scale))

    return measured(f, x, eps, ask)


@mistake(
    of="numerical_gradient",
    en="It looks like the difference is divided by eps: from x - eps to x + eps it is two eps.",
    zh="看起来差除以了 eps：从 x - eps 到 x + eps 的距离是 2 eps。",
)
def divides_by_eps(f, x, eps=1e-6):
    return 2 * solution.numerical_gradient(f, x, eps)


@mistake(
    of="numerical_gradient",
    en="It looks like the sign is turned around: it is f(x + eps) minus f(x - eps).",
    zh="看起来符号反了：应是 f(x + eps) 减 f(x - eps)。",
)
def sign_turned(f, x, eps=1e-6):
    return -solution.numerical_gradient(f, x, eps)


@mistake(
    of="numerical_gradient",
    en="It looks like all entries move at once: that measures the sum of all slopes. Move one entry at a time.",
    zh="看起来所有元素一起移动：那样测到的是所有斜率之和。每次只移动一个元素。",
)
def moves_everything(f, x, eps=1e-6):
    return measured(f, x, eps, lambda f, x, step, eps: (float(f(x + eps)) - float(f(x - eps))) / (2 * eps))


@mistake(
    of="numerical_gradient",
    en="It looks like an entry is moved in place and never put back: the later slopes are measured somewhere else.",
    zh="看起来元素被原地移动后没有改回：后面的斜率是在别的位置测的。",
)
def never_put_back(f, x, eps=1e-6):
    moved = x.detach().double().clone(memory_format=torch.contiguous_format)

    def ask(f, x, step, eps):
        moved.add_(step)
        above = float(f(moved.clone()))
        moved.sub_(2 * step)
        return (above - float(f(moved.clone()))) / (2 * eps)

    return measured(f, x, eps, ask)


@mistake(
    of="numerical_gradient",
    en="It looks like the steps are taken in the dtype of `x`: in float32, 1000 + 0.000001 is 1000, and "
    "the slope is 0. "
    "Convert to float64 first.",
    zh="看起来步子是在 `x` 的 dtype 下迈的：float32 中 1000 + 0.000001 就是 1000，斜率成了 0。请先转成 float64。",
)
def steps_in_float32(f, x, eps=1e-6):
    return measured(
        f, x, eps, lambda f, x, step, eps: (float(f(x + step)) - float(f(x - step))) / (2 * eps), start=x.detach()
    )


@mistake(
    of="numerical_gradient",
    en="It looks like what f returns is rounded to float32: torch.tensor(a Python float) is float32, and the "
    "difference "
    "of two near numbers is then mostly rounding error. Subtract Python floats, or pass dtype=torch.float64.",
    zh="看起来 f 的返回值被舍入成了 float32：torch.tensor(Python 浮点数) 是 float32，"
    "两个相近的数之差就几乎全是舍入误差。"
    "请直接用 Python 浮点数相减，或传入 dtype=torch.float64。",
    breaks="Everything is computed in float64",
)
def values_in_float32(f, x, eps=1e-6):
    return measured(
        f,
        x,
        eps,
        lambda f, x, step, eps: (torch.tensor(float(f(x + step))) - torch.tensor(float(f(x - step)))) / (2 * eps),
    )


@mistake(
    of="numerical_gradient",
    en="It looks like the gradient stays in float64: measure in float64, and return the dtype of `x`.",
    zh="看起来梯度停留在 float64：测量时用 float64，返回时用 `x` 的 dtype。",
    breaks="the gradient is rounded to the dtype of `x` at the end",
)
def stays_float64(f, x, eps=1e-6):
    return solution.numerical_gradient(f, x.double(), eps)


@mistake(
    of="linear_softmax_backward",
    en="It looks like the gradients are those of the sum of the losses: the loss is a mean, so they are "
    "divided by n too.",
    zh="看起来梯度是损失之和的梯度：损失是均值，所以梯度也要除以 n。",
)
def gradients_of_the_sum(x, W, targets):
    return backward(x, W, targets, scale=len(x))


@mistake(
    of="linear_softmax_backward",
    en="It looks like the gradients are divided by n twice.",
    zh="看起来梯度除了两次 n。",
)
def divides_twice(x, W, targets):
    return backward(x, W, targets, scale=1 / len(x))


@mistake(
    of="linear_softmax_backward",
    en="It looks like the 1 of the right class is not subtracted: the logits' gradient is softmax minus one-hot.",
    zh="看起来没有减去正确类别的 1：logits 的梯度是 softmax 减 one-hot。",
)
def softmax_alone(x, W, targets):
    loss, _, _ = solution.linear_softmax_backward(x, W, targets)
    with torch.no_grad():
        logits = x @ W.mT
        shifted = (logits - logits.amax(-1, keepdim=True)).exp()
        dlogits = shifted / shifted.sum(-1, keepdim=True) / len(x)
        return loss, dlogits @ W, dlogits.mT @ x


@mistake(
    of="linear_softmax_backward",
    en="It looks like the sign of the gradients is turned around: a step against the gradient must lower the loss.",
    zh="看起来梯度的符号反了：沿梯度的反方向走一步，损失应当下降。",
)
def gradients_turned(x, W, targets):
    return backward(x, W, targets, scale=-1)


@mistake(
    of="linear_softmax_backward",
    en="It looks like dW is transposed: it has the shape of W, (classes, features).",
    zh="看起来 dW 被转置了：它应与 W 同形，即 (classes, features)。",
)
def dW_transposed(x, W, targets):
    loss, dx, dW = solution.linear_softmax_backward(x, W, targets)
    return loss, dx, dW.mT


@mistake(
    of="linear_softmax_backward",
    en="It looks like the losses are added up: the loss is their mean.",
    zh="看起来损失被加了起来：应取均值。",
)
def sum_of_the_losses(x, W, targets):
    loss, dx, dW = solution.linear_softmax_backward(x, W, targets)
    return loss * len(x), dx, dW


@mistake(
    of="linear_softmax_backward",
    en="It looks like the softmax is taken without subtracting the maximum: large logits overflow to NaN.",
    zh="看起来 softmax 没有减去最大值：logits 很大时会溢出成 NaN。",
)
def overflowing_softmax(x, W, targets):
    solution.linear_softmax_backward(x, W, targets)
    with torch.no_grad():
        powers = (x @ W.mT).exp()
        p = powers / powers.sum(-1, keepdim=True)
        rows = torch.arange(len(x), device=x.device)
        loss = -p[rows, targets].log().mean()
        p[rows, targets] -= 1
        p /= len(x)
        return loss, p @ W, p.mT @ x


@mistake(
    of="linear_softmax_backward",
    en="It looks like the logarithm of the sum of exp(logits) is taken without subtracting the maximum: for large "
    "logits that sum is infinite.",
    zh="看起来对 exp(logits) 之和取对数时没有减去最大值：logits 很大时，这个和是无穷大。",
    breaks="Logits of any finite size give finite answers",
)
def overflowing_logarithm(x, W, targets):
    solution.linear_softmax_backward(x, W, targets)
    with torch.no_grad():
        logits = x @ W.mT
        logarithms = logits - logits.exp().sum(-1, keepdim=True).log()
        rows = torch.arange(len(x), device=x.device)
        loss = -logarithms[rows, targets].mean()
        p = logarithms.exp()
        p[rows, targets] -= 1
        p /= len(x)
        return loss, p @ W, p.mT @ x


@mistake(
    of="linear_softmax_backward",
    en="It looks like the loss is the logarithm of a probability that has rounded to 0, and so infinite: subtract the "
    "logarithm of the sum from the logits instead.",
    zh="看起来损失是对已舍入为 0 的概率取对数，于是成了无穷大：请改为用 logits 减去（指数之和的）对数。",
    breaks="Logits of any finite size give finite answers",
)
def logarithm_of_zero(x, W, targets):
    _, dx, dW = solution.linear_softmax_backward(x, W, targets)
    logits = x @ W.mT
    powers = (logits - logits.amax(-1, keepdim=True)).exp()
    p = powers / powers.sum(-1, keepdim=True)
    return -p[torch.arange(len(x), device=x.device), targets].log().mean(), dx, dW


@mistake(
    of="linear_softmax_backward",
    en="It looks like no rows give NaN, the mean of nothing: refuse them with ValueError.",
    zh="看起来没有行时得到了 NaN，即空集的均值：应当抛出 ValueError。",
    breaks="there are no rows",
)
def nan_without_rows(x, W, targets):
    if len(x) == 0 and x.shape[1] == W.shape[1]:
        return x.sum() / 0, x.clone(), torch.zeros_like(W)
    return solution.linear_softmax_backward(x, W, targets)


@mistake(
    of="linear_softmax_backward",
    en="It looks like a target of -1 is read from the end: it silently becomes the last class. Refuse it "
    "with ValueError.",
    zh="看起来目标 -1 被从末尾数起：它悄悄变成了最后一类。应当抛出 ValueError。",
)
def targets_from_the_end(x, W, targets):
    return solution.linear_softmax_backward(x, W, torch.where(targets < 0, targets + len(W), targets))


@mistake(
    of="chain",
    en="It looks like the product runs in the order of the list: the Jacobian of the last function stands on the left.",
    zh="看起来乘积按列表的顺序排列：最后一个函数的雅可比矩阵应在最左边。",
)
def order_of_the_list(jacobians):
    solution.chain(jacobians)
    product = jacobians[0]
    for jacobian in jacobians[1:]:
        product = product @ jacobian
    return product


@mistake(
    of="chain",
    en="It looks like nothing compares the lengths: links that do not fit end in torch's own RuntimeError. "
    "Raise ValueError.",
    zh="看起来没有比较长度：对不上的环节会以 torch 自己的 RuntimeError 结束。请抛出 ValueError。",
    breaks="a function has another number of inputs than the one before it has outputs",
)
def lengths_unchecked(jacobians):
    if not jacobians:
        raise ValueError("empty")
    product = jacobians[-1]
    for jacobian in reversed(jacobians[:-1]):
        product = product @ jacobian
    return product


@mistake(
    of="chain",
    en="It looks like the list itself is turned around (jacobians.reverse()): whoever handed it in finds it changed. "
    "reversed(jacobians) leaves it as it is.",
    zh="看起来把列表本身倒了过来（jacobians.reverse()）：调用者的列表被改了。用 reversed(jacobians) 不会改动它。",
    breaks="The list and its tensors are not changed",
)
def reverses_the_list(jacobians):
    answer = solution.chain(jacobians)
    jacobians.reverse()
    return answer


@mistake(
    of="chain",
    en="It looks like the first link is left out.",
    zh="看起来漏掉了第一个环节。",
)
def first_link_left_out(jacobians):
    solution.chain(jacobians)
    return solution.chain(jacobians[1:] or jacobians)


@mistake(
    of="chain",
    en="It looks like the answer is transposed: rows are outputs of the last function, columns inputs of the first.",
    zh="看起来结果被转置了：行是最后一个函数的输出，列是第一个函数的输入。",
)
def chain_transposed(jacobians):
    return solution.chain(jacobians).mT


@mistake(
    of="chain",
    en="Your answer is right and slow: it multiplies from the first function on, matrix by matrix. Begin with the last "
    "one, and a loss of one number needs only rows.",
    zh="你的结果正确但太慢：从第一个函数开始，做的是矩阵乘矩阵。从最后一个开始，若损失是一个数，就只需要行向量乘矩阵。",
    only="speed",
)
def from_the_first_on(jacobians):
    solution.chain([j[:, :1] if i == 0 else j for i, j in enumerate(jacobians)])
    product = jacobians[0].clone()
    for jacobian in jacobians[1:]:
        product = jacobian @ product
    return product
