"""Known mistakes of week 03, optimizers."""

import math

import optimizers as solution
import torch

from grader.mistakes import mistake


class Own(solution.Adam):
    """The solution in parts, each of which a mistake may change."""

    def begin(self, parameter):
        return {"t": 0, "m": torch.zeros_like(parameter), "v": torch.zeros_like(parameter)}

    def remember(self, state, gradient):
        beta1, beta2 = self.betas
        state["m"] = beta1 * state["m"] + (1 - beta1) * gradient
        state["v"] = beta2 * state["v"] + (1 - beta2) * gradient**2

    def correction(self, beta, t):
        return 1 - beta**t

    def direction(self, state):
        beta1, beta2 = self.betas
        mean = state["m"] / self.correction(beta1, state["t"])
        return mean / ((state["v"] / self.correction(beta2, state["t"])).sqrt() + self.eps)

    def _move(self, parameter, state):
        if not state:
            state.update(self.begin(parameter))
        state["t"] += 1
        self.remember(state, parameter.grad)
        parameter -= self.lr * self.direction(state)


@mistake(
    of="Adam",
    en="It looks like m and v are used as they are: they begin at 0 and must be divided by 1 - beta^t.",
    zh="看起来直接使用了 m 和 v：它们从 0 开始，应当除以 1 - beta^t。",
)
class no_correction(Own):
    def correction(self, beta, t):
        return 1.0


@mistake(
    of="Adam",
    en="It looks like m and v fade where a gradient is None, as if it were 0: they must wait.",
    zh="看起来梯度为 None 时，m 和 v 也在衰减，就好像梯度是 0：它们应当保持不变。",
)
class none_is_zero(Own):
    @torch.no_grad()
    def step(self):
        for parameter, state in zip(self.parameters, self.state, strict=True):
            if parameter.grad is not None:
                self._move(parameter, state)
            elif state:
                self.remember(state, torch.zeros_like(parameter))


@mistake(
    of="Muon",
    en="It looks like the buffer fades where a gradient is None: it must wait.",
    zh="看起来梯度为 None 时，缓冲区也在衰减：它应当保持不变。",
    breaks="its buffer waits",
)
class buffer_fades(solution.Muon):
    @torch.no_grad()
    def step(self):
        for matrix, state in zip(self.parameters, self.state, strict=True):
            if matrix.grad is None and "buffer" in state:
                state["buffer"].mul_(self.momentum)
        super().step()


@mistake(
    of="Adam",
    en="It looks like eps stands under the root: sqrt(v + eps). Here it is added to the root.",
    zh="看起来 eps 放在根号里面：sqrt(v + eps)。这里应加在根号外面。",
    breaks="eps is added outside the root, and is added after v was corrected",
)
class eps_under_the_root(Own):
    def direction(self, state):
        beta1, beta2 = self.betas
        square = state["v"] / self.correction(beta2, state["t"])
        return state["m"] / self.correction(beta1, state["t"]) / (square + self.eps).sqrt()


@mistake(
    of="Adam",
    en="It looks like eps is added to the root of v before v is corrected, as in TensorFlow. Here v is corrected "
    "first.",
    zh="看起来先把 eps 加到 v 的根上、然后才修正 v，这是 TensorFlow 的写法。这里应先修正 v。",
)
class eps_before_the_correction(Own):
    def direction(self, state):
        beta1, beta2 = self.betas
        rate = math.sqrt(self.correction(beta2, state["t"])) / self.correction(beta1, state["t"])
        return rate * state["m"] / (state["v"].sqrt() + self.eps)


@mistake(
    of="Adam",
    en="It looks like the two betas are exchanged: the first belongs to m, the second to v.",
    zh="看起来两个 beta 互换了：第一个属于 m，第二个属于 v。",
)
class betas_exchanged(Own):
    def __init__(self, parameters, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(parameters, lr, betas[::-1], eps)


@mistake(
    of="Adam",
    en="It looks like beta is not raised to the power t: the correction is then that of the first step forever.",
    zh="看起来 beta 没有取 t 次幂：修正一直停在第一步的值。",
)
class correction_of_the_first_step(Own):
    def correction(self, beta, t):
        return 1 - beta


@mistake(
    of="Adam",
    en="It looks like v collects the squares of m: it is the mean of the squares of the gradients.",
    zh="看起来 v 累积的是 m 的平方：它应当是梯度平方的平均。",
)
class squares_of_the_mean(Own):
    def remember(self, state, gradient):
        super().remember({**state}, gradient)
        beta1, beta2 = self.betas
        state["m"] = beta1 * state["m"] + (1 - beta1) * gradient
        state["v"] = beta2 * state["v"] + (1 - beta2) * state["m"] ** 2


@mistake(
    of="Adam",
    en="It looks like m and v take the gradient in full: m = beta m + g. It is weighted by 1 - beta.",
    zh="看起来 m 和 v 直接加上了整个梯度：m = beta m + g。梯度应乘以 1 - beta。",
)
class gradient_in_full(Own):
    def remember(self, state, gradient):
        beta1, beta2 = self.betas
        state["m"] = beta1 * state["m"] + gradient
        state["v"] = beta2 * state["v"] + gradient**2


@mistake(
    of="Adam",
    en="It looks like all parameters share one t: each counts only the steps at which it had a gradient.",
    zh="看起来所有参数共用一个 t：每个参数只应数它有梯度的那些步。",
    breaks="A parameter whose gradient is None stays, and its t does not grow",
)
class one_t_for_all(solution.Adam):
    @torch.no_grad()
    def step(self):
        self.steps = getattr(self, "steps", 0) + 1
        for parameter, state in zip(self.parameters, self.state, strict=True):
            if parameter.grad is not None:
                if not state:
                    state.update(m=torch.zeros_like(parameter), v=torch.zeros_like(parameter))
                state["t"] = self.steps - 1
                self._move(parameter, state)


@mistake(
    of="Adam",
    en="It looks like a missing gradient is taken for 0: momentum then moves the parameter all the same.",
    zh="看起来把缺失的梯度当成了 0：动量仍然会移动这个参数。",
)
class missing_taken_for_zero(solution.Adam):
    @torch.no_grad()
    def step(self):
        for parameter, state in zip(self.parameters, self.state, strict=True):
            missing = parameter.grad is None
            if missing:
                parameter.grad = torch.zeros_like(parameter)
            self._move(parameter, state)
            if missing:
                parameter.grad = None


@mistake(
    of="Adam",
    en="It looks like the learning rate is remembered from the beginning: a schedule that sets `lr` has no effect.",
    zh="看起来学习率一直用最初的值：之后修改 `lr`（例如学习率调度）就不起作用了。",
)
class rate_of_the_beginning(Own):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.first = self.lr

    def _move(self, parameter, state):
        now, self.lr = self.lr, self.first
        super()._move(parameter, state)
        self.lr = now


@mistake(
    of="Adam",
    en="It looks like the gradient itself is squared in place: a step must leave the gradients as they are.",
    zh="看起来梯度本身被原地平方了：更新一步之后梯度应保持原样。",
    breaks="The gradients are not changed",
)
class squares_the_gradient_in_place(Own):
    def _move(self, parameter, state):
        super()._move(parameter, state)
        parameter.grad.square_()


@mistake(
    of="Adam",
    en="It looks like a parameter gets new memory at each step: change the numbers where they are.",
    zh="看起来每一步都给参数换了新的内存：应在原处修改数值。",
)
class new_memory(Own):
    def _move(self, parameter, state):
        moved = parameter.detach().clone()
        moved.grad = parameter.grad
        super()._move(moved, state)
        parameter.data = moved


@mistake(
    of="AdamW",
    en="It looks like the decay is added to the gradient: that is Adam with L2, and Adam's root takes most of it away.",
    zh="看起来衰减被加进了梯度：那是带 L2 的 Adam，它的大部分会被分母抵消。",
    breaks="neither m nor v ever sees it",
)
class decay_in_the_gradient(solution.AdamW):
    @torch.no_grad()
    def step(self):
        for parameter, state in zip(self.parameters, self.state, strict=True):
            if parameter.grad is not None:
                kept = parameter.grad
                parameter.grad = kept + self.weight_decay * parameter
                self._move(parameter, state)
                parameter.grad = kept


class Decaying(solution.AdamW):
    """AdamW whose share of decay a mistake may change."""

    def share(self, state):
        return self.lr * self.weight_decay

    @torch.no_grad()
    def step(self):
        for parameter, state in zip(self.parameters, self.state, strict=True):
            if parameter.grad is not None:
                parameter *= 1 - self.share(state)
                self._move(parameter, state)


@mistake(
    of="AdamW",
    en="It looks like the decay is not multiplied by the learning rate.",
    zh="看起来衰减没有乘以学习率。",
)
class decay_without_the_rate(Decaying):
    def share(self, state):
        return self.weight_decay


@mistake(
    of="AdamW",
    en="It looks like the corrections of m and v went into the learning rate, and so into the decay as well.",
    zh="看起来 m 和 v 的修正被并入了学习率，于是衰减也跟着变了。",
    breaks="Each step first multiplies a parameter by 1 - lr * weight_decay",
)
class decay_by_the_corrected_rate(Decaying):
    def share(self, state):
        beta1, beta2 = self.betas
        t = state.get("t", 0) + 1
        return super().share(state) * math.sqrt(1 - beta2**t) / (1 - beta1**t)


@mistake(
    of="AdamW",
    en="It looks like the decay comes after the step: then it also shrinks what the step just added.",
    zh="看起来衰减放在了更新之后：这样会把刚刚走出的一步也缩小。",
)
class decays_afterwards(solution.AdamW):
    @torch.no_grad()
    def step(self):
        for parameter, state in zip(self.parameters, self.state, strict=True):
            if parameter.grad is not None:
                self._move(parameter, state)
                parameter *= 1 - self.lr * self.weight_decay


@mistake(
    of="AdamW",
    en="It looks like parameters without a gradient decay too: they are to be left alone.",
    zh="看起来没有梯度的参数也被衰减了：它们应保持不动。",
    breaks="A parameter whose gradient is None does not decay either",
)
class decays_everything(solution.AdamW):
    @torch.no_grad()
    def step(self):
        for parameter in self.parameters:
            if parameter.grad is None:
                parameter *= 1 - self.lr * self.weight_decay
        super().step()


@mistake(
    of="AdamW",
    en="It looks like the decay is forgotten: that is plain Adam.",
    zh="看起来忘了衰减：这就是普通的 Adam。",
)
class no_decay(Decaying):
    def share(self, state):
        return 0.0


def polynomial(x, steps, coefficients=solution.COEFFICIENTS):
    """The steps of the solution on a matrix that was divided already."""
    a, b, c = coefficients
    tall = len(x) > x.shape[1]
    x = x.mT if tall else x
    for _ in range(steps):
        square = x @ x.mT
        x = a * x + b * square @ x + c * square @ square @ x
    return x.mT if tall else x


@mistake(
    of="orthogonalise",
    en="It looks like the matrix is not divided by its norm first: singular values above 1 then explode.",
    zh="看起来没有先把矩阵除以范数：大于 1 的奇异值会爆炸。",
)
def not_divided(matrix, steps=5):
    return polynomial(matrix, steps)


@mistake(
    of="orthogonalise",
    en="It looks like the matrix is divided by its largest singular value. Here it is the root of the sum of squares.",
    zh="看起来矩阵除以了最大的奇异值。这里应除以所有元素平方和的根。",
    breaks="X begins as the matrix divided by the root of the sum of its squares",
)
def divided_by_the_largest(matrix, steps=5):
    largest = torch.linalg.matrix_norm(matrix, 2).clamp(min=solution.SMALLEST_NORM)
    return polynomial(matrix / largest, steps)


@mistake(
    of="orthogonalise",
    en="It looks like a matrix of zeros is divided by 0: the norm must be at least 1e-7.",
    zh="看起来零矩阵被除以了 0：范数至少取 1e-7。",
    breaks="A matrix of zeros stays zeros",
)
def zero_divided_by_zero(matrix, steps=5):
    return polynomial(matrix / matrix.norm(), steps)


@mistake(
    of="orthogonalise",
    en="It looks like 1e-7 is added to the norm: the divisor is the norm itself, and 1e-7 only where that is less.",
    zh="看起来范数上加了 1e-7：这里的除数就是范数本身，只有范数更小时才用 1e-7。",
    breaks="(by 1e-7 if that is less)",
)
def norm_and_a_little(matrix, steps=5):
    return polynomial(matrix / (matrix.norm() + solution.SMALLEST_NORM), steps)


@mistake(
    of="orthogonalise",
    en="It looks like the steps are computed in bfloat16, as many programs do for speed. Here they have the dtype of "
    "the matrix.",
    zh="看起来各步是用 bfloat16 计算的，许多程序为了速度会这样做。这里应使用矩阵自己的 dtype。",
)
def in_half_precision(matrix, steps=5):
    half = matrix.bfloat16()
    return polynomial(half / half.norm().clamp(min=solution.SMALLEST_NORM), steps).to(matrix.dtype)


@mistake(
    of="orthogonalise",
    en="It looks like a tall matrix is turned on its side and not turned back at the end.",
    zh="看起来高矩阵被转置之后，最后没有转回来。",
    breaks="is turned on its side before and back afterwards",
)
def not_turned_back(matrix, steps=5):
    out = solution.orthogonalise(matrix, steps)
    return out.mT if len(matrix) > matrix.shape[1] else out


@mistake(
    of="orthogonalise",
    en="It looks like the number of steps is fixed at five.",
    zh="看起来步数被固定成了五步。",
)
def always_five_steps(matrix, steps=5):
    return solution.orthogonalise(matrix, 5)


@mistake(
    of="orthogonalise",
    en="It looks like the coefficients are those of the plain Newton-Schulz iteration, 1.5 and -0.5: it ends exactly "
    "at 1, but needs many more steps.",
    zh="看起来系数用的是普通 Newton-Schulz 迭代的 1.5 和 -0.5：它会精确收敛到 1，但需要更多步。",
    breaks="Each step then replaces X by",
)
def plain_coefficients(matrix, steps=5):
    return polynomial(matrix / matrix.norm().clamp(min=solution.SMALLEST_NORM), steps, (1.5, -0.5, 0.0))


class Swung(solution.Muon):
    """Muon in parts, each of which a mistake may change."""

    def update(self, gradient, buffer):
        return gradient.lerp(buffer, self.momentum)

    def factor(self, rows, columns):
        return max(1, rows / columns) ** 0.5

    def decay(self):
        return self.lr * self.weight_decay

    @torch.no_grad()
    def step(self):
        for matrix, state in zip(self.parameters, self.state, strict=True):
            if matrix.grad is not None:
                buffer = state.setdefault("buffer", torch.zeros_like(matrix))
                buffer.lerp_(matrix.grad, 1 - self.momentum)
                direction = solution.orthogonalise(self.update(matrix.grad, buffer))
                matrix *= 1 - self.decay()
                matrix -= self.lr * self.factor(*matrix.shape) * direction


@mistake(
    of="Muon",
    en="It looks like the buffer itself is orthogonalised: the direction mixes the gradient in once more (Nesterov).",
    zh="看起来直接对缓冲做了正交化：方向里还要再混入一次梯度（Nesterov）。",
    breaks="direction = orthogonalise(momentum * buffer + (1 - momentum) * g)",
)
class no_look_ahead(Swung):
    def update(self, gradient, buffer):
        return buffer


@mistake(
    of="Muon",
    en="It looks like there is no momentum: the gradient of this step alone is orthogonalised.",
    zh="看起来没有动量：只对这一步的梯度做了正交化。",
)
class no_momentum(Swung):
    def update(self, gradient, buffer):
        return gradient


@mistake(
    of="Muon",
    en="It looks like the factor of the shape is left out: tall matrices move by sqrt(rows / columns) more.",
    zh="看起来漏掉了与形状有关的系数：高矩阵的步子要再乘 sqrt(rows / columns)。",
)
class no_factor(Swung):
    def factor(self, rows, columns):
        return 1.0


@mistake(
    of="Muon",
    en="It looks like the factor of the shape is turned around: it is rows / columns.",
    zh="看起来与形状有关的系数颠倒了：应为 rows / columns。",
)
class factor_turned(Swung):
    def factor(self, rows, columns):
        return max(1, columns / rows) ** 0.5


@mistake(
    of="Muon",
    en="It looks like the factor of the shape lacks its root: it is sqrt(max(1, rows / columns)).",
    zh="看起来与形状有关的系数没有开方：应为 sqrt(max(1, rows / columns))。",
)
class factor_without_root(Swung):
    def factor(self, rows, columns):
        return max(1, rows / columns)


@mistake(
    of="Muon",
    en="It looks like the factor of the shape is 0.2 sqrt(max(rows, columns)), which gives steps as large as AdamW's. "
    "Here it is sqrt(max(1, rows / columns)).",
    zh="看起来与形状有关的系数用了 0.2 sqrt(max(rows, columns))，它让步子与 AdamW 一样大。"
    "这里应为 sqrt(max(1, rows / columns))。",
)
class factor_as_for_adamw(Swung):
    def factor(self, rows, columns):
        return 0.2 * max(rows, columns) ** 0.5


@mistake(
    of="Muon",
    en="It looks like the momentum is mixed into the gradient in place: a step must leave the gradients as they are.",
    zh="看起来动量被原地混进了梯度：更新一步之后梯度应保持原样。",
    breaks="the gradients are not changed",
)
class mixes_into_the_gradient(Swung):
    def update(self, gradient, buffer):
        return gradient.lerp_(buffer, self.momentum)


@mistake(
    of="Muon",
    en="It looks like Muon decays matrices without a gradient too: they are to be left alone.",
    zh="看起来 Muon 也衰减了没有梯度的矩阵：它们应保持不动。",
    breaks="A matrix whose gradient is None stays as it is: it does not decay",
)
class muon_decays_everything(Swung):
    @torch.no_grad()
    def step(self):
        for matrix in self.parameters:
            if matrix.grad is None:
                matrix *= 1 - self.decay()
        super().step()


@mistake(
    of="Muon",
    en="It looks like Muon decays after the step: then it also shrinks what the step just added.",
    zh="看起来 Muon 的衰减放在了更新之后：这样会把刚刚走出的一步也缩小。",
)
class muon_decays_afterwards(Swung):
    @torch.no_grad()
    def step(self):
        decay, self.weight_decay = self.weight_decay, 0.0
        super().step()
        self.weight_decay = decay
        for matrix in self.parameters:
            if matrix.grad is not None:
                matrix *= 1 - self.decay()


@mistake(
    of="Muon",
    en="It looks like wide matrices are slowed down: the factor is at least 1.",
    zh="看起来宽矩阵被减慢了：系数至少是 1。",
)
class factor_below_one(Swung):
    def factor(self, rows, columns):
        return (rows / columns) ** 0.5


@mistake(
    of="Muon",
    en="It looks like the decay of Muon is not multiplied by the learning rate.",
    zh="看起来 Muon 的衰减没有乘以学习率。",
    breaks="matrix = (1 - lr * weight_decay) * matrix - lr * sqrt(max(1, rows / columns)) * direction",
)
class muon_decay_without_the_rate(Swung):
    def decay(self):
        return self.weight_decay


@mistake(
    of="Muon",
    en="It looks like Muon takes vectors too: refuse parameters that have not two axes with ValueError.",
    zh="看起来 Muon 也接受了向量：不是两个轴的参数应抛出 ValueError。",
    breaks="a parameter does not have two axes, or `momentum` is negative or not below 1",
)
class takes_vectors(solution.Muon):
    def __init__(self, parameters, lr=1e-3, momentum=0.95, weight_decay=0.1):
        given = list(parameters)
        super().__init__([p for p in given if p.ndim == 2], lr, momentum, weight_decay)
