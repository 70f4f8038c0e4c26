"""Known mistakes of week 15, debug_smooth: repairs that do not repair. The planted bug itself is the stub."""

import debug_smooth as solution
import torch

from grader.mistakes import mistake


def bias_of(norm):
    return getattr(norm, "bias", None)


@mistake(
    of="smooth",
    en="It looks like the bias of the norm is multiplied by the factors: it has to be divided, as the weight is.",
    zh="看起来归一化的偏置乘了因子：它应当和权重一样除以因子。",
)
def multiplies_the_bias(norm, linears, largest, strength=0.5):
    factors = solution.smooth(norm, linears, largest, strength)
    if bias_of(norm) is not None:
        norm.bias.data.mul_(factors * factors)
    return factors


@mistake(
    of="smooth",
    en="It looks like the bias of the norm is taken away: the layers lose what it gave them.",
    zh="看起来把归一化的偏置清零了：各层失去了它提供的部分。",
)
def clears_the_bias(norm, linears, largest, strength=0.5):
    factors = solution.smooth(norm, linears, largest, strength)
    if bias_of(norm) is not None:
        norm.bias.data.zero_()
    return factors


@mistake(
    of="smooth",
    en="It looks like the factors are subtracted from the bias: dividing a sum divides each of its parts.",
    zh="看起来从偏置中减去了因子：和除以一个数，就是每一部分都除以它。",
)
def subtracts_from_the_bias(norm, linears, largest, strength=0.5):
    before = None if bias_of(norm) is None else norm.bias.detach().clone()
    factors = solution.smooth(norm, linears, largest, strength)
    if before is not None:
        norm.bias.data.copy_(before - factors)
    return factors


@mistake(
    of="smooth",
    en="It looks like the bias of the norm is divided once for each layer that reads it.",
    zh="看起来有几个层读取，归一化的偏置就被除了几次。",
)
def divides_once_a_layer(norm, linears, largest, strength=0.5):
    factors = solution.smooth(norm, linears, largest, strength)
    if bias_of(norm) is not None:
        norm.bias.data.div_(factors ** (len(linears) - 1))
    return factors


@mistake(
    of="smooth",
    en="It looks like the bias of the norm is divided by one number for all channels: each channel has its own factor.",
    zh="看起来归一化的偏置的所有通道都除以同一个数：每个通道有自己的因子。",
)
def one_number_for_the_bias(norm, linears, largest, strength=0.5):
    before = None if bias_of(norm) is None else norm.bias.detach().clone()
    factors = solution.smooth(norm, linears, largest, strength)
    if before is not None:
        norm.bias.data.copy_(before / factors.mean())
    return factors


@mistake(
    of="smooth",
    en="It looks like a norm with a bias is not smoothed: the answers stay right, but the outliers stay, too.",
    zh="看起来归一化带偏置时什么也没做：结果不变，离群值也还在。",
)
def gives_up_on_a_bias(norm, linears, largest, strength=0.5):
    if bias_of(norm) is None:
        return solution.smooth(norm, linears, largest, strength)
    return torch.ones_like(largest)


@mistake(
    of="smooth",
    en="It looks like the norm gets a new bias: an optimiser, or whoever else holds its parameters, keeps the old one. "
    "Change the numbers in place.",
    zh="看起来给归一化换上了一个新的偏置：优化器等持有其参数的一方，手里还是旧的。请原地修改其中的数。",
)
def gives_it_a_new_bias(norm, linears, largest, strength=0.5):
    before = None if bias_of(norm) is None else norm.bias.detach().clone()
    factors = solution.smooth(norm, linears, largest, strength)
    if before is not None:
        norm.bias.data.copy_(before)
        norm.bias = torch.nn.Parameter(before / factors)
    return factors


@mistake(
    of="smooth",
    en="It looks like the bias of the norm is divided only if the layers behind it have biases, too: it is the bias of "
    "the norm that counts.",
    zh="看起来只有后面的层也有偏置时，才除归一化的偏置：要看的是归一化自己有没有偏置。",
)
def looks_at_the_biases_of_the_layers(norm, linears, largest, strength=0.5):
    before = None if bias_of(norm) is None else norm.bias.detach().clone()
    factors = solution.smooth(norm, linears, largest, strength)
    if before is not None and any(linear.bias is None for linear in linears):
        norm.bias.data.copy_(before)
    return factors


@mistake(
    of="smooth",
    en="It looks like the layers get new weights: an optimiser, or whoever else holds their parameters, keeps the old "
    "ones. Change the numbers in place.",
    zh="看起来给各层换上了新的权重：优化器等持有其参数的一方，手里还是旧的。请原地修改其中的数。",
    breaks="It and the layers keep their parameters, in which the numbers are changed",
)
def gives_the_layers_new_weights(norm, linears, largest, strength=0.5):
    before = [linear.weight.detach().clone() for linear in linears]
    factors = solution.smooth(norm, linears, largest, strength)
    for linear, weight in zip(linears, before, strict=True):
        linear.weight.data.copy_(weight)
        linear.weight = torch.nn.Parameter(weight * factors)
    return factors


@mistake(
    of="smooth",
    en="It looks like the largest magnitudes are divided by the factors as well: they belong to the caller, and stay "
    "as they are.",
    zh="看起来把传入的最大绝对值也除以了因子：它们属于调用者，应保持不变。",
    breaks="`largest` stays as it is",
)
def divides_the_largest(norm, linears, largest, strength=0.5):
    factors = solution.smooth(norm, linears, largest, strength)
    largest.div_(factors)
    return factors


@mistake(
    of="smooth",
    en="It looks like the bias of the norm is moved into the biases of the layers behind it: those without one cannot "
    "take it, and what leaves the norm is no longer what it was, divided. Divide the bias where it is.",
    zh="看起来把归一化的偏置挪进了后面各层的偏置：没有偏置的层接不住，归一化的输出也不再是原来的除以因子。请在原处除以因子。",
)
def moves_the_bias_into_the_layers(norm, linears, largest, strength=0.5):
    before = None if bias_of(norm) is None else norm.bias.detach().clone()
    weights = [linear.weight.detach().clone() for linear in linears]
    factors = solution.smooth(norm, linears, largest, strength)
    if before is not None:
        norm.bias.data.zero_()
        for linear, weight in zip(linears, weights, strict=True):
            if linear.bias is not None:
                linear.bias.data.add_(weight @ before)
    return factors


@mistake(
    of="smooth",
    en="It looks like every layer norm is taken to have a bias: one that was made with bias=False has None there.",
    zh="看起来以为每个 LayerNorm 都有偏置：用 bias=False 创建的，那里是 None。",
    breaks="`norm` is an nn.LayerNorm, with a bias or without, or an nn.RMSNorm",
)
def takes_a_layer_norm_to_have_a_bias(norm, linears, largest, strength=0.5):
    factors = solution.smooth(norm, linears, largest, strength)
    if isinstance(norm, torch.nn.LayerNorm) and norm.bias is None:
        norm.bias.div_(factors)
    return factors
