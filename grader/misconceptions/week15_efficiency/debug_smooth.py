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
