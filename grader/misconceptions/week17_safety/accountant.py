"""Known mistakes of week 17, accountant."""

import math

import accountant as solution
import numpy as np
from scipy.special import gammaln, xlog1py, xlogy

from grader.mistakes import mistake

# ---- rdp_gaussian


@mistake(
    of="rdp_gaussian",
    en="It looks like the 2 in the denominator is missing: your divergences are exactly twice as large.",
    zh="看起来分母里漏掉了 2：你的散度恰好是应有的两倍。",
    breaks="a / (2 * noise_multiplier ** 2)",
)
def without_the_two(noise_multiplier, orders):
    return 2 * solution.rdp_gaussian(noise_multiplier, orders)


@mistake(
    of="rdp_gaussian",
    en="It looks like you divided by the noise once. Its square, the variance, belongs there.",
    zh="看起来只除以了一次噪声。那里应是它的平方，即方差。",
    breaks="a / (2 * noise_multiplier ** 2)",
)
def divides_by_the_deviation(noise_multiplier, orders):
    return solution.rdp_gaussian(noise_multiplier, orders) * noise_multiplier


@mistake(
    of="rdp_gaussian",
    en="It looks like orders below 2 get through. At order 1 the other formulas divide by 0, so refuse it at once.",
    zh="看起来小于 2 的阶数没有被拒绝。1 阶时其他公式会除以 0，应当一开始就拒绝。",
)
def lets_order_one_through(noise_multiplier, orders):
    if len(orders) and min(orders) < 2:
        return np.asarray(orders) / (2 * noise_multiplier**2)
    return solution.rdp_gaussian(noise_multiplier, orders)


# ---- rdp_sampled_gaussian


def _sampled(noise_multiplier, sample_rate, orders, steps, one_step):
    """The solution, with another rule for a step that is neither certain nor impossible."""
    right = solution.rdp_sampled_gaussian(noise_multiplier, sample_rate, orders, steps)
    if not 0 < sample_rate < 1 or steps == 0 or noise_multiplier == 0:
        return right
    return steps * np.array([one_step(noise_multiplier, sample_rate, int(order)) for order in orders])


def _sum(s, q, a, exponent=lambda k: k * k - k, chance=lambda q: 1 - q, first=0):
    """The logarithm of the sum over k, in logarithms throughout."""
    total = -math.inf
    for k in range(first, a + 1):
        term = math.log(math.comb(a, k)) + (a - k) * math.log(chance(q)) + k * math.log(q) + exponent(k) / (2 * s * s)
        total = np.logaddexp(total, term)
    return total


@mistake(
    of="rdp_sampled_gaussian",
    en="It looks like the logarithm is not divided by a - 1.",
    zh="看起来对数没有除以 a - 1。",
    breaks="divided by a - 1",
)
def forgets_the_division(noise_multiplier, sample_rate, orders, steps=1):
    return _sampled(noise_multiplier, sample_rate, orders, steps, _sum)


@mistake(
    of="rdp_sampled_gaussian",
    en="It looks like your exponent is k * k / (2 s^2); it is (k * k - k) / (2 s^2), so that k = 1 has exponent 0.",
    zh="看起来指数写成了 k * k / (2 s^2)；应为 (k * k - k) / (2 s^2)，这样 k = 1 的指数才是 0。",
    breaks="exp((k * k - k) / (2 * s * s))",
)
def square_in_the_exponent(noise_multiplier, sample_rate, orders, steps=1):
    return _sampled(
        noise_multiplier, sample_rate, orders, steps, lambda s, q, a: _sum(s, q, a, lambda k: k * k) / (a - 1)
    )


@mistake(
    of="rdp_sampled_gaussian",
    en="It looks like the factor (1 - q) ** (a - k) is missing: the chances of the coin flips must add up to 1.",
    zh="看起来漏掉了因子 (1 - q) ** (a - k)：掷硬币的各种概率加起来应为 1。",
    breaks="(1 - q) ** (a - k)",
)
def leaves_out_who_stays_away(noise_multiplier, sample_rate, orders, steps=1):
    return _sampled(
        noise_multiplier, sample_rate, orders, steps, lambda s, q, a: _sum(s, q, a, chance=lambda q: 1.0) / (a - 1)
    )


@mistake(
    of="rdp_sampled_gaussian",
    en="It looks like your sum begins at k = 1. The case that nobody is drawn, k = 0, counts as well.",
    zh="看起来求和从 k = 1 开始。没有抽中的情形 k = 0 也要计入。",
    breaks="sum over k from 0 to a",
)
def begins_at_one(noise_multiplier, sample_rate, orders, steps=1):
    return _sampled(noise_multiplier, sample_rate, orders, steps, lambda s, q, a: _sum(s, q, a, first=1) / (a - 1))


@mistake(
    of="rdp_sampled_gaussian",
    en="It looks like you multiplied the divergence without sampling by the square of the rate. That is near the truth "
    "for small rates, small orders and much noise, and far too small elsewhere: no guarantee.",
    zh="看起来你用采样率的平方去乘不抽样时的散度。采样率小、阶数低、噪声大时这很接近，其余情况则小得多，算不上保证。",
)
def multiplies_by_the_squared_rate(noise_multiplier, sample_rate, orders, steps=1):
    return _sampled(noise_multiplier, sample_rate, orders, steps, lambda s, q, a: q * q * a / (s * s))


@mistake(
    of="rdp_sampled_gaussian",
    en="It looks like your terms leave the range of floats before you take the logarithm. Add logarithms instead: "
    "take out the largest exponent first.",
    zh="看起来在取对数之前，各项已经超出了浮点数的范围。应在对数中相加：先提出最大的指数。",
    breaks="Many a term is too large for a float",
)
def adds_outside_the_logarithm(noise_multiplier, sample_rate, orders, steps=1):
    def one_step(s, q, a):
        with np.errstate(all="ignore"):
            k = np.arange(a + 1.0)
            choose = np.cumprod(np.append(1.0, (a - k[:-1]) / (k[:-1] + 1)))
            total = np.sum(choose * (1 - q) ** (a - k) * q**k * np.exp((k * k - k) / (2 * s * s)))
            return np.log(total) / (a - 1)

    return _sampled(noise_multiplier, sample_rate, orders, steps, one_step)


@mistake(
    of="rdp_sampled_gaussian",
    en="It looks like you compute the logarithm of each term, but then take exp of it and add: a large term becomes "
    "infinity. `logsumexp` takes out the largest first.",
    zh="看起来先算了各项的对数，却又取 exp 再相加：大的项会变成无穷大。`logsumexp` 会先提出最大的一项。",
    breaks="Many a term is too large for a float",
)
def leaves_the_logarithms(noise_multiplier, sample_rate, orders, steps=1):
    right = solution.rdp_sampled_gaussian(noise_multiplier, sample_rate, orders, steps)
    if sample_rate == 0 or steps == 0 or noise_multiplier == 0:
        return right

    def one_step(s, q, a):
        k = np.arange(a + 1.0)
        terms = gammaln(a + 1.0) - gammaln(k + 1) - gammaln(a - k + 1) + xlogy(k, q) + xlog1py(a - k, -q)
        with np.errstate(all="ignore"):
            return np.log(np.sum(np.exp(terms + (k * k - k) / (2 * s * s)))) / (a - 1)

    return steps * np.array([one_step(noise_multiplier, sample_rate, int(order)) for order in orders])


@mistake(
    of="rdp_sampled_gaussian",
    en="It looks like a rate of 1 gives NaN: 0 times the logarithm of 0. Treat it on its own, or use `xlog1py`.",
    zh="看起来采样率为 1 时得到 NaN：0 乘以 0 的对数。应单独处理，或使用 `xlog1py`。",
    breaks="With sample_rate 1 a step is that of `rdp_gaussian`",
)
def stumbles_over_certainty(noise_multiplier, sample_rate, orders, steps=1):
    right = solution.rdp_sampled_gaussian(noise_multiplier, sample_rate, orders, steps)
    return right * math.nan if sample_rate == 1 and steps > 0 else right


@mistake(
    of="rdp_sampled_gaussian",
    en="It looks like divergences grow with the root of the steps. Those of independent steps simply add up.",
    zh="看起来散度随步数的平方根增长。各步的散度应当直接相加。",
    breaks="The divergences of steps add up",
)
def grows_with_the_root(noise_multiplier, sample_rate, orders, steps=1):
    return solution.rdp_sampled_gaussian(noise_multiplier, sample_rate, orders, steps) / max(steps, 1) ** 0.5


@mistake(
    of="rdp_sampled_gaussian",
    en="It looks like you took the steps for epochs: the rate times the steps is the number of passes, but every step "
    "publishes something.",
    zh="看起来把步数换算成了轮数：采样率乘以步数是遍历数据的轮数，但每一步都会公布结果。",
)
def counts_epochs(noise_multiplier, sample_rate, orders, steps=1):
    return solution.rdp_sampled_gaussian(noise_multiplier, sample_rate, orders, steps) * sample_rate


# ---- to_epsilon


def _smallest(rdp, orders, delta, price):
    right = solution.to_epsilon(rdp, orders, delta)
    rdp, orders = np.asarray(rdp, dtype=np.float64), np.asarray(orders, dtype=np.float64)
    return right if (rdp == 0).any() else max(0.0, float(np.min(rdp + price(orders))))


@mistake(
    of="to_epsilon",
    en="It looks like you used the older conversion, r + log(1 / delta) / (a - 1). It holds too, but proves less; here "
    "it is the newer one, with log(1 - 1 / a) and log(a).",
    zh="看起来用的是旧的换算公式 r + log(1 / delta) / (a - 1)。它也成立，但证明的保证更弱；"
    "这里要用带 log(1 - 1 / a) 和 log(a) 的新公式。",
    breaks="r + log(1 - 1 / a) - (log(delta) + log(a)) / (a - 1)",
)
def converts_the_old_way(rdp, orders, delta):
    return _smallest(rdp, orders, delta, lambda a: -math.log(delta) / (a - 1))


@mistake(
    of="to_epsilon",
    en="It looks like log(1 - 1 / a) is missing from the formula.",
    zh="看起来公式里漏掉了 log(1 - 1 / a)。",
    breaks="r + log(1 - 1 / a) - (log(delta) + log(a)) / (a - 1)",
)
def without_the_first_logarithm(rdp, orders, delta):
    return _smallest(rdp, orders, delta, lambda a: -(math.log(delta) + np.log(a)) / (a - 1))


@mistake(
    of="to_epsilon",
    en="It looks like your logarithms are to base 10. Divergences and epsilon are in natural logarithms.",
    zh="看起来用的是以 10 为底的对数。散度和 epsilon 都用自然对数。",
)
def takes_the_decimal_logarithm(rdp, orders, delta):
    return _smallest(rdp, orders, delta, lambda a: np.log10(1 - 1 / a) - (math.log10(delta) + np.log10(a)) / (a - 1))


@mistake(
    of="to_epsilon",
    en="It looks like you used the largest order alone. Every order proves an epsilon, and the smallest one counts.",
    zh="看起来只用了最大的那个阶数。每个阶数都能证明一个 epsilon，应取其中最小的。",
    breaks="the smallest of these over all orders is the answer",
)
def trusts_the_largest_order(rdp, orders, delta):
    solution.to_epsilon(rdp, orders, delta)
    last = int(np.argmax(orders))
    return solution.to_epsilon([rdp[last]], [orders[last]], delta)


@mistake(
    of="to_epsilon",
    en="It looks like you converted at the order with the smallest divergence. Small orders have small divergences and "
    "a high price: look for the smallest epsilon instead.",
    zh="看起来你在散度最小的阶数上做了换算。低阶的散度小，换算代价却高：应找最小的 epsilon。",
    breaks="the smallest of these over all orders is the answer",
)
def minimises_the_divergence(rdp, orders, delta):
    solution.to_epsilon(rdp, orders, delta)
    best = int(np.argmin(rdp))
    return solution.to_epsilon([rdp[best]], [orders[best]], delta)


@mistake(
    of="to_epsilon",
    en="It looks like epsilon can fall below 0, where the formula does. A privacy loss cannot be below 0: stop there.",
    zh="看起来公式的值为负时，epsilon 也成了负数。隐私损失不会比零更少，应止于 0。",
    breaks="it is not below 0",
)
def falls_below_zero(rdp, orders, delta):
    right = solution.to_epsilon(rdp, orders, delta)
    if right > 0 or min(rdp) == 0:
        return right
    return float(np.min(np.asarray(rdp) + solution._price(np.asarray(orders, dtype=np.float64), delta)))


@mistake(
    of="to_epsilon",
    en="It looks like a divergence of 0 still costs something in your formula. It means that nothing was given away: "
    "epsilon is 0.",
    zh="看起来散度为 0 时公式仍给出正数。散度为 0 说明什么也没有泄露：epsilon 为 0。",
    breaks="then epsilon is 0",
)
def charges_for_nothing(rdp, orders, delta):
    right = solution.to_epsilon(rdp, orders, delta)
    if min(rdp) > 0:
        return right
    return max(0.0, float(np.min(np.asarray(rdp) + solution._price(np.asarray(orders, dtype=np.float64), delta))))


# ---- noise_for


@mistake(
    of="noise_for",
    en="It looks like you ended the search on the side with too little noise: epsilon is a little too large. Return "
    "the other end.",
    zh="看起来搜索停在了噪声偏小的一侧：epsilon 略微超出。应返回另一端。",
    breaks="The answer keeps within epsilon itself",
)
def ends_on_the_wrong_side(epsilon, delta, sample_rate, steps, orders=solution.ORDERS):
    return solution.noise_for(epsilon, delta, sample_rate, steps, orders) / 1.0003


@mistake(
    of="noise_for",
    en="It looks like your search begins at a fixed largest noise, such as 100. Some trainings need more: double the "
    "upper end until it is enough.",
    zh="看起来搜索的上限是固定的，例如 100。有的训练需要更大的噪声：应把上限不断加倍，直到够用。",
    breaks="which may be anywhere between 0.01 and 100,000",
)
def stops_at_a_hundred(epsilon, delta, sample_rate, steps, orders=solution.ORDERS):
    return min(100.0, solution.noise_for(epsilon, delta, sample_rate, steps, orders))


@mistake(
    of="noise_for",
    en="It looks like your search begins at a fixed smallest noise, such as 0.3. A large epsilon needs less.",
    zh="看起来搜索的下限是固定的，例如 0.3。epsilon 较大时需要的噪声更小。",
    breaks="which may be anywhere between 0.01 and 100,000",
)
def never_below_a_third(epsilon, delta, sample_rate, steps, orders=solution.ORDERS):
    right = solution.noise_for(epsilon, delta, sample_rate, steps, orders)
    return max(0.3, right) if right > 0 else right


@mistake(
    of="noise_for",
    en="It looks like you used the formula for one step, sqrt(2 log(1.25 / delta)) / epsilon, with the root of the "
    "steps and the rate. It gives a first guess; the accountant gives the answer.",
    zh="看起来用了单独一步的公式 sqrt(2 log(1.25 / delta)) / epsilon，再乘以步数的平方根和采样率。"
    "这只能给出初步估计，答案要由隐私账本给出。",
)
def uses_the_formula_for_one_step(epsilon, delta, sample_rate, steps, orders=solution.ORDERS):
    solution.noise_for(epsilon, delta, sample_rate, steps, orders)
    return sample_rate * math.sqrt(2 * steps * math.log(1.25 / delta)) / epsilon


@mistake(
    of="noise_for",
    en="It looks like the orders that were given are not used: the answer is the one for the default orders.",
    zh="看起来没有使用给定的阶数：得到的是默认阶数下的结果。",
)
def uses_orders_of_its_own(epsilon, delta, sample_rate, steps, orders=solution.ORDERS):
    solution.noise_for(epsilon, delta, sample_rate, steps, orders)
    return solution.noise_for(epsilon, delta, sample_rate, steps)


@mistake(
    of="noise_for",
    en="It looks like you stop after ten halvings: the answer has more noise than it needs.",
    zh="看起来只二分了十次就停下：得到的噪声比需要的多。",
    breaks="at most a thousandth larger than the least one",
)
def stops_early(epsilon, delta, sample_rate, steps, orders=solution.ORDERS):
    right = solution.noise_for(epsilon, delta, sample_rate, steps, orders)
    end = 2.0 ** math.ceil(math.log2(right)) if right > 0 else 0.0
    return math.ceil(right / end * 64) / 64 * end if right > 0 else 0.0


@mistake(
    of="noise_for",
    en="It looks like you answer infinity where no noise is enough. Say so with a ValueError: nobody trains with it.",
    zh="看起来任何噪声都不够时返回了无穷大。应抛出 ValueError：无穷大的噪声没法训练。",
    breaks="if no noise is enough",
)
def answers_with_endless_noise(epsilon, delta, sample_rate, steps, orders=solution.ORDERS):
    enough = solution.to_epsilon([math.inf] * len(orders), orders, delta) and epsilon > 0
    if enough and min(solution._price(np.asarray(orders, dtype=np.float64), delta)) >= epsilon and sample_rate * steps:
        return math.inf
    return solution.noise_for(epsilon, delta, sample_rate, steps, orders)


@mistake(
    of="noise_for",
    en="It looks like you refuse an epsilon only if the formula alone is larger. If it is exactly as large, no noise "
    "is enough either: every divergence above 0 comes on top.",
    zh="看起来只有当公式本身大于 epsilon 时才拒绝。恰好相等时，多少噪声也不够：只要散度大于 0，就还要加上它。",
    breaks="alone is at least epsilon",
)
def lets_exactly_the_price_through(epsilon, delta, sample_rate, steps, orders=solution.ORDERS):
    price = min(solution._price(np.asarray(orders, dtype=np.float64), delta)) if 0 < delta < 1 else math.nan
    return solution.noise_for(epsilon + 1e-15 if price == epsilon else epsilon, delta, sample_rate, steps, orders)


@mistake(
    of="noise_for",
    en="It looks like an epsilon that no noise reaches is refused even with sample_rate 0 or steps 0. Nobody is in a "
    "batch then, and no noise is needed: look at that first.",
    zh="看起来 sample_rate 为 0 或 steps 为 0 时，也因为多少噪声都不够而拒绝了。这时没有人在批次里，不需要噪声："
    "应先检查这种情形。",
    breaks="that goes before the last ValueError",
)
def refuses_before_looking(epsilon, delta, sample_rate, steps, orders=solution.ORDERS):
    right = solution.noise_for(epsilon, delta, sample_rate, steps, orders)
    if min(solution._price(np.asarray(orders, dtype=np.float64), delta)) >= epsilon:
        raise ValueError("no noise is enough")
    return right


@mistake(
    of="rdp_sampled_gaussian",
    en="It looks like you divide the logarithm by a; it is a - 1.",
    zh="看起来对数除以了 a；应除以 a - 1。",
    breaks="divided by a - 1",
)
def divides_by_the_order_itself(noise_multiplier, sample_rate, orders, steps=1):
    return _sampled(noise_multiplier, sample_rate, orders, steps, lambda s, q, a: _sum(s, q, a) / a)


@mistake(
    of="rdp_sampled_gaussian",
    en="It looks like the answer is that of one step, whatever `steps` is. The divergences of steps add up.",
    zh="看起来无论 `steps` 是多少，得到的都是一步的散度。各步的散度应当相加。",
    breaks="The divergences of steps add up",
)
def forgets_the_steps(noise_multiplier, sample_rate, orders, steps=1):
    return solution.rdp_sampled_gaussian(noise_multiplier, sample_rate, orders, min(steps, 1))


@mistake(
    of="rdp_sampled_gaussian",
    en="It looks like C(a, k) is missing: it counts in how many ways k of a coin flips can fall.",
    zh="看起来漏掉了 C(a, k)：它是 a 次掷硬币中 k 次正面朝上的方式数。",
    breaks="C(a, k) * (1 - q)",
)
def forgets_in_how_many_ways(noise_multiplier, sample_rate, orders, steps=1):
    def one_step(s, q, a):
        terms = [(a - k) * math.log(1 - q) + k * math.log(q) + (k * k - k) / (2 * s * s) for k in range(a + 1)]
        return np.logaddexp.reduce(terms) / (a - 1)

    return _sampled(noise_multiplier, sample_rate, orders, steps, one_step)


@mistake(
    of="rdp_sampled_gaussian",
    en="It looks like a noise of 0 gives infinity even with sample_rate 0 or steps 0. Nobody is in a batch then, and "
    "nothing is given away: look at these two first.",
    zh="看起来 sample_rate 为 0 或 steps 为 0 时，噪声为 0 仍得到无穷大。这时没有人在批次里，什么也没有泄露："
    "应先检查这两种情形。",
    breaks="all divergences are 0, whatever the noise",
)
def charges_who_is_never_there(noise_multiplier, sample_rate, orders, steps=1):
    right = solution.rdp_sampled_gaussian(noise_multiplier, sample_rate, orders, steps)
    return np.full_like(right, np.inf) if noise_multiplier == 0 else right


@mistake(
    of="rdp_gaussian",
    en="It looks like an order that is not whole gets through. The sum over k needs whole orders: refuse 2.5.",
    zh="看起来不是整数的阶数没有被拒绝。对 k 求和需要整数阶：2.5 应当拒绝。",
    breaks="one is below 2 or not whole",
)
def lets_fractions_through(noise_multiplier, orders):
    orders = np.asarray(orders, dtype=np.float64)
    right = solution.rdp_gaussian(noise_multiplier, np.floor(orders))
    return orders / (2 * noise_multiplier**2) if noise_multiplier > 0 else right


@mistake(
    of="rdp_sampled_gaussian",
    en="It looks like your sum ends at k = a - 1, as `range(a)` does. The case that all are drawn, k = a, is the "
    "largest one.",
    zh="看起来求和到 k = a - 1 就结束了，`range(a)` 就是这样。全部抽中的情形 k = a 才是最大的一项。",
    breaks="sum over k from 0 to a",
)
def ends_one_term_early(noise_multiplier, sample_rate, orders, steps=1):
    def one_step(s, q, a):
        k = np.arange(float(a))
        terms = gammaln(a + 1.0) - gammaln(k + 1) - gammaln(a - k + 1) + xlogy(k, q) + xlog1py(a - k, -q)
        return np.logaddexp.reduce(terms + (k * k - k) / (2 * s * s)) / (a - 1)

    return _sampled(noise_multiplier, sample_rate, orders, steps, one_step)
