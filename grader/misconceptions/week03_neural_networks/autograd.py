"""Known mistakes of week 03, autograd."""

import math

import autograd as solution

from grader.mistakes import mistake


class Own(solution.Value):
    """The solution, whose results are of the mistaken class as well."""

    def new(self, data, *inputs):
        return type(self)(data, inputs)

    def value(self, number):
        return number if isinstance(number, solution.Value) else type(self)(number)

    def __add__(self, other):
        other = self.value(other)
        return self.new(self.data + other.data, (self, 1.0), (other, 1.0))

    def __mul__(self, other):
        other = self.value(other)
        return self.new(self.data * other.data, (self, other.data), (other, self.data))

    def _again(self, result):
        return type(self)(result.data, result.inputs)

    def __pow__(self, exponent):
        return self._again(super().__pow__(exponent))

    def exp(self):
        return self._again(super().exp())

    def log(self):
        return self._again(super().log())

    def tanh(self):
        return self._again(super().tanh())

    def relu(self):
        return self._again(super().relu())

    def flow(self, order):
        for value in reversed(order):
            for source, slope in value.inputs:
                source.grad += slope * value.grad

    def clear(self, order):
        for value in order:
            if value.inputs:
                value.grad = 0.0

    def backward(self):
        order = self._below()
        self.clear(order)
        self.grad += 1.0
        self.flow(order)


@mistake(
    of="Value",
    en="It looks like of two gradients that reach a value only one counts: one must not replace the other (=), they "
    "add up (+=).",
    zh="看起来到达同一个值的两份梯度只算了一份：后一份不应覆盖前一份（=），两份要相加（+=）。",
    breaks="A leaf adds the new gradient to its `grad`",
)
class assigns_gradients(Own):
    def flow(self, order):
        for value in reversed(order):
            for source, slope in value.inputs:
                source.grad = slope * value.grad


@mistake(
    of="Value",
    en="It looks like a value passes its gradient on before everything that uses it has sent its share. "
    "Go through the values in reverse topological order.",
    zh="看起来某个值还没收齐所有用到它的结果送来的梯度，就已经往下传了。应按拓扑序的逆序处理。",
    breaks="after all that was computed from it",
)
class passes_on_too_early(Own):
    def backward(self):
        self.clear(self._below())
        self.grad += 1.0
        waiting, seen = [self], {id(self)}
        while waiting:
            value = waiting.pop()
            for source, slope in value.inputs:
                source.grad += slope * value.grad
                if id(source) not in seen:
                    seen.add(id(source))
                    waiting.append(source)


@mistake(
    of="Value",
    en="It looks like the values are visited level by level from the end: one that lies near it by one way and far by "
    "another passes its gradient on too early. Go through them in reverse topological order.",
    zh="看起来从终点开始逐层（广度优先）处理各个值：如果某个值沿一条路离终点近、沿另一条路离终点远，它就会过早地往下传。"
    "应按拓扑序的逆序处理。",
)
class level_by_level(Own):
    def backward(self):
        self.clear(self._below())
        self.grad += 1.0
        waiting = [self]
        for value in waiting:  # grows on the way
            for source, slope in value.inputs:
                source.grad += slope * value.grad
                if not any(source is other for other in waiting):
                    waiting.append(source)


@mistake(
    of="Value",
    en="It looks like computed values keep the gradient of an earlier backward, and pass it on a second time.",
    zh="看起来中间值保留了上一次 backward 的梯度，并且又往下传了一遍。",
    breaks="its `grad` is that of this call alone",
)
class keeps_old_gradients(Own):
    def clear(self, order):
        if self.inputs:
            self.grad = 0.0


@mistake(
    of="Value",
    en="It looks like every backward begins with all gradients at 0: those of leaves add up until zero_grad.",
    zh="看起来每次 backward 都先把所有梯度清零：叶子的梯度应当一直累加，直到 zero_grad。",
    breaks="so that the gradients of several calls add up",
)
class forgets_gradients_of_leaves(Own):
    def clear(self, order):
        for value in order:
            value.grad = 0.0


@mistake(
    of="Value",
    en="It looks like backward sets the gradient of its own value to 1: where that value is a leaf, the 1 is added.",
    zh="看起来 backward 把自己的梯度直接设成了 1：如果这个值是叶子，应当加上 1。",
)
class sets_its_own_gradient(Own):
    def backward(self):
        if not self.inputs:
            self.grad = 0.0
        super().backward()


@mistake(
    of="Value",
    en="It looks like backward begins with the number itself. The slope of a value with respect to itself is 1.",
    zh="看起来 backward 从数值本身开始。一个值对自身的斜率是 1。",
)
class begins_with_the_number(Own):
    def backward(self):
        order = self._below()
        self.clear(order)
        self.grad += self.data
        self.flow(order)


@mistake(
    of="Value",
    en="It looks like each factor of a product gets itself as its slope: it is the other one.",
    zh="看起来乘积中每个因子的斜率取成了它自己：应当是另一个因子。",
)
class own_factor(Own):
    def __mul__(self, other):
        other = self.value(other)
        return self.new(self.data * other.data, (self, self.data), (other, other.data))


@mistake(
    of="Value",
    en="It looks like x * x remembers x only once: a value that is both factors needs a slope for each.",
    zh="看起来 x * x 只记住了一次 x：同一个值做两个因子时，每个因子都要有自己的斜率。",
    breaks="pairs of a Value and the slope of this value with respect to it",
)
class one_pair_for_a_square(Own):
    def __mul__(self, other):
        result = super().__mul__(other)
        return self.new(result.data, *result.inputs[: 1 if other is self else 2])


@mistake(
    of="Value",
    en="It looks like a value that is both operands, as in x + x or x * x, is remembered only once, as in a "
    "dictionary: each operand needs a pair of its own.",
    zh="看起来同一个值做两个操作数时（如 x + x、x * x）只记住了一次，就像存在字典里那样：每个操作数都要有自己的一对。",
    breaks="pairs of a Value and the slope of this value with respect to it",
)
class inputs_in_a_dictionary(one_pair_for_a_square):
    def __add__(self, other):
        result = super().__add__(other)
        return self.new(result.data, *result.inputs[: 1 if other is self else 2])


@mistake(
    of="Value",
    en="It looks like every power has slope 0 at 0: that of x, the power 1, is 1 there too.",
    zh="看起来任何次幂在 0 处的斜率都成了 0：x（1 次幂）在那里的斜率也是 1。",
)
class flat_at_zero(Own):
    def __pow__(self, exponent):
        result = super().__pow__(exponent)
        return result if self.data else self.new(result.data, (self, 0.0))


@mistake(
    of="Value",
    en="It looks like a small number is added to x in the slope of log: near 0, 1 / x is then much too small.",
    zh="看起来求 log 的斜率时给 x 加了一个很小的数：在 0 附近，1 / x 就小得太多了。",
)
class log_slope_with_epsilon(Own):
    def log(self):
        result = super().log()
        return self.new(result.data, (self, 1 / (self.data + 1e-12)))


@mistake(
    of="Value",
    en="It looks like the slope of a power keeps the exponent: that of x³ is 3 x².",
    zh="看起来求幂的斜率时没有把指数减一：x³ 的斜率是 3 x²。",
)
class keeps_the_exponent(Own):
    def __pow__(self, exponent):
        result = solution.Value.__pow__(self, exponent)
        return self.new(result.data, (self, exponent * result.data))


@mistake(
    of="Value",
    en="It looks like the slope of tanh is taken from what goes in: it is 1 minus the square of what comes out.",
    zh="看起来 tanh 的斜率用了输入来算：应当是 1 减去输出的平方。",
)
class tanh_of_the_input(Own):
    def tanh(self):
        return self.new(math.tanh(self.data), (self, 1 - self.data**2))


@mistake(
    of="Value",
    en="It looks like relu has the slope 1 at 0. Here it is 0, as in torch.",
    zh="看起来 relu 在 0 处的斜率是 1。这里约定为 0，与 torch 一致。",
    breaks="The slope at 0 is 0",
)
class relu_rises_at_zero(Own):
    def relu(self):
        return self.new(max(self.data, 0.0), (self, float(self.data >= 0)))


@mistake(
    of="Value",
    en="It looks like the slope of exp is the number that goes in: it is the one that comes out.",
    zh="看起来 exp 的斜率取成了输入的数：应当是输出的数。",
)
class exp_of_the_input(Own):
    def exp(self):
        return self.new(math.exp(self.data), (self, self.data))


@mistake(
    of="Value",
    en="It looks like the slope of log is 1 / log(x): it is 1 / x.",
    zh="看起来 log 的斜率取成了 1 / log(x)：应当是 1 / x。",
)
class log_of_the_output(Own):
    def log(self):
        result = solution.Value.log(self)
        return self.new(result.data, (self, 1 / result.data if result.data else 0.0))


@mistake(
    of="Value",
    en="It looks like log takes 0 and negative numbers: they have no logarithm, and are refused with ValueError.",
    zh="看起来 log 接受了 0 和负数：它们没有对数，应抛出 ValueError。",
    breaks="the number is 0 or negative",
)
class log_of_anything(Own):
    def log(self):
        return super().log() if self.data > 0 else self.new(-math.inf, (self, math.inf))


@mistake(
    of="Value",
    en="It looks like zero_grad clears only the value itself: everything below it keeps its gradient.",
    zh="看起来 zero_grad 只清了这个值自己：它下面的一切仍保留着梯度。",
)
class clears_itself_only(Own):
    def zero_grad(self):
        self.grad = 0.0


@mistake(
    of="Value",
    en="It looks like zero_grad clears the leaves only: computed values keep their gradient.",
    zh="看起来 zero_grad 只清了叶子：中间值仍保留着梯度。",
)
class clears_leaves_only(Own):
    def zero_grad(self):
        for value in self._below():
            if not value.inputs:
                value.grad = 0.0


@mistake(
    of="Value",
    en="It looks like values are told apart by their numbers: two leaves that both hold 3 are still two.",
    zh="看起来用数值来区分不同的值：两个都是 3 的叶子仍然是两个值。",
)
class told_apart_by_number(Own):
    def _below(self):
        order, seen = [], set()
        for value in reversed(solution.Value._below(self)):
            if value.data not in seen:
                seen.add(value.data)
                order.insert(0, value)
        return order


@mistake(
    of="Value",
    en="It looks like the power 0 gets its slope by the usual formula, which divides by 0 at 0. It is flat: slope 0.",
    zh="看起来 0 次幂也用了通常的公式求斜率，在 0 处会除以 0。0 次幂是平的：斜率为 0。",
    breaks="To the power 0 every number, 0 included, gives 1 with slope 0",
)
class power_zero_by_formula(Own):
    def __pow__(self, exponent):
        if isinstance(exponent, solution.Value):
            raise TypeError("the exponent must be a plain number")
        return self.new(self.data**exponent, (self, exponent * self.data ** (exponent - 1)))


@mistake(
    of="gradient",
    en="It looks like the slopes come in reverse order.",
    zh="看起来斜率的顺序反了。",
)
def slopes_in_reverse(f, numbers):
    return solution.gradient(f, numbers)[::-1]


@mistake(
    of="gradient",
    en="It looks like the numbers themselves are returned, not the slopes: read `grad`, not `data`.",
    zh="看起来返回的是数值而不是斜率：应读取 `grad`，而不是 `data`。",
)
def numbers_for_slopes(f, numbers):
    solution.gradient(f, numbers)
    return [float(number) for number in numbers]


@mistake(
    of="gradient",
    en="It looks like equal numbers share one leaf: each number becomes a leaf of its own.",
    zh="看起来相等的数共用了一个叶子：每个数都应有自己的叶子。",
    breaks="Each number becomes a leaf of its own",
)
def equal_numbers_share_a_leaf(f, numbers):
    leaves = {number: solution.Value(number) for number in numbers}
    f(*(leaves[number] for number in numbers)).backward()
    return [leaves[number].grad for number in numbers]
