"""Hidden suite of week 17, accountant.

Numbers that others published stand before the comparison with the reference; where they come from is said at each.
Orders are distinct primes, in all the forms in which they may come.
Not covered: orders that are not whole, sampling without coin flips, other accountants (privacy loss distributions).
"""

import math

import numpy as np

from grader.suite import assert_raises, assert_same, claims, expect, unchanged

CLOSE = dict(rtol=1e-6, atol=1e-12)  # what the contract allows for one step
PRIMES = [2, 3, 5, 7, 13, 31, 61, 127]


def spent(reference, noise, rate, steps, delta, orders):
    return reference.to_epsilon(reference.rdp_sampled_gaussian(noise, rate, orders, steps), orders, delta)


# ---- rdp_gaussian


@claims(
    "normal noise of standard deviation `noise_multiplier`",
    "with and without one example",
    "At order a it is",
    "a / (2 * noise_multiplier ** 2)",
    "lengths are measured in units of clip_norm",
)
def test_gaussian_divergences_by_hand(student):
    """With noise 1 the divergences at the orders 2, 3 and 7 are 1, 1.5 and 3.5; with half the noise they are four times
    as large.

    噪声为 1 时，2、3、7 阶的散度为 1、1.5、3.5；噪声减半，散度变为四倍。
    """
    expected = np.array([1.0, 1.5, 3.5])
    assert_same(student.rdp_gaussian(1.0, [2, 3, 7]), expected)
    assert_same(student.rdp_gaussian(0.5, [2, 3, 7]), 4 * expected)
    assert_same(student.rdp_gaussian(10, [2, 3, 7]), expected / 100)


@claims(
    "a float64 array with one number for each order, in the order given",
    "infinity",
    "in a list, tuple, range or array",
    "Not modified",
)
def test_orders_come_in_many_forms(student):
    """A list, a tuple, a range and a strided array of orders, in any order and one alone, give a float64 array; with
    noise 0 every divergence is infinity.

    阶数可以是列表、元组、range 或不连续的数组，次序任意，也可以只有一个；都返回 float64 数组。
    噪声为 0 时散度均为无穷大。
    """
    strided = np.array([7, 0, 5, 1, 2, 0], dtype=np.int32)[::2]
    assert_same(unchanged(student.rdp_gaussian, 0.5, np.array([7.0, 5.0, 2.0])), np.array([14.0, 10.0, 4.0]))
    for orders in ([7, 5, 2], (7, 5, 2), strided):
        assert_same(unchanged(student.rdp_gaussian, 0.5, orders), np.array([14.0, 10.0, 4.0]))
        assert_same(unchanged(student.rdp_sampled_gaussian, 0.5, 1.0, orders), np.array([14.0, 10.0, 4.0]))
    # A range cannot be sent: it is made inside the student's process.
    of_a_range = student.rdp_gaussian(0.5, student.given("builtins").range(2, 5))
    assert_same(of_a_range, np.array([4.0, 6.0, 8.0]))
    assert_same(student.rdp_gaussian(0.5, [1024]), np.array([2048.0]))
    assert_same(student.rdp_gaussian(0.0, [2, 31]), np.array([math.inf, math.inf]))


@claims("if noise_multiplier is negative or NaN; if there is no order, or one is below 2 or not whole")
def test_impossible_noise_and_orders_are_refused(student):
    """Negative noise, NaN, no orders, orders below 2 and fractions are a ValueError, with and without sampling.

    噪声为负数或 NaN、没有阶数、阶数小于 2 或不是整数时，抛出 ValueError，抽样与否都一样。
    """
    assert_same(student.rdp_gaussian(0.5, [2]), np.array([4.0]))
    assert_same(student.rdp_sampled_gaussian(0.5, 1.0, [2]), np.array([4.0]))
    wrong = ((-1.0, [2]), (-1e-9, [2]), (math.nan, [2]), (1.0, []), (1.0, [2, 1]), (1.0, [0]), (1.0, [2.5]))
    for noise, orders in wrong:
        assert_raises(ValueError, student.rdp_gaussian, noise, orders)
        for rate, steps in ((0.5, 1), (0.0, 1), (0.5, 0)):
            assert_raises(ValueError, student.rdp_sampled_gaussian, noise, rate, orders, steps)


# ---- rdp_sampled_gaussian


@claims(
    "by a coin flip of its own",
    "With s = noise_multiplier, the divergence of one step at order a is",
    "C(a, k) * (1 - q) ** (a - k) * q ** k * exp((k * k - k) / (2 * s * s))",
    "divided",
)
def test_small_orders_by_hand(student):
    """With q = 1/2 and s = 1 the sums at the orders 2 and 3 are (3 + e) / 4 and (4 + 3 e + e^3) / 8, and the logarithm
    of the second one is halved.

    q = 1/2、s = 1 时，2 阶和 3 阶的和为 (3 + e) / 4 和 (4 + 3 e + e^3) / 8，后者的对数要除以 2。
    """
    expected = np.array([math.log((3 + math.e) / 4), math.log((4 + 3 * math.e + math.e**3) / 8) / 2])

    assert_same(student.rdp_sampled_gaussian(1.0, 0.5, [2, 3]), expected, **CLOSE)


@claims("The divergences of steps add up")
def test_published_divergences(student):
    """50 steps with q = 0.01 and noise 2.5 give what TensorFlow Privacy expects of its own accountant: 0.0021808 at
    order 5, 0.023846 at order 50 and 167.42 at order 100.

    q = 0.01、噪声 2.5 的 50 步，与 TensorFlow Privacy 测试自己的程序时用的数值一致：
    5 阶 0.0021808，50 阶 0.023846，100 阶 167.42。
    """
    got = student.rdp_sampled_gaussian(2.5, 0.01, [5, 50, 100], 50)

    # tensorflow/privacy, rdp_privacy_accountant_test.py, test_compute_rdp_poisson_sampled_gaussian; five digits
    assert_same(got, np.array([2.1808e-3, 2.3846e-2, 1.6742e2]), rtol=1e-4)


@claims("The divergences of steps add up", "nobody is ever in a batch, and all divergences are 0, whatever the noise")
def test_steps_add_up(student):
    """A thousand steps give a thousand times the divergences of one, and no step gives none.

    一千步的散度是一步的一千倍，零步没有散度。
    """
    one = student.rdp_sampled_gaussian(0.9, 0.03, PRIMES)

    assert_same(one[0], np.float64(math.log1p(0.03**2 * math.expm1(1 / 0.81))), rtol=1e-6)
    assert_same(student.rdp_sampled_gaussian(0.9, 0.03, PRIMES, 1), one, **CLOSE)
    assert_same(student.rdp_sampled_gaussian(0.9, 0.03, PRIMES, 1000), 1000 * one, rtol=1e-6, atol=1e-9)
    for noise in (0.9, 0.0):
        assert_same(student.rdp_sampled_gaussian(noise, 0.03, PRIMES, 0), np.zeros(8))


@claims("and right to a millionth of itself or to 1e-12 for each step", "and so is the answer")
def test_random_divergences_agree_with_the_reference(student, reference, rng):
    """Random noise, rates and numbers of steps give the reference's divergences.

    随机的噪声、采样率和步数，散度与参考答案一致。
    """
    for _ in range(13):
        noise = float(rng.uniform(1, low=0.4, high=5.0))
        rate = float(10.0 ** rng.uniform(1, low=-5.0, high=-0.01))
        steps = rng.integer(1, 97)

        got = student.rdp_sampled_gaussian(noise, rate, PRIMES[::-1], steps)
        expected = reference.rdp_sampled_gaussian(noise, rate, PRIMES[::-1], steps)
        assert_same(got, expected, rtol=1e-6, atol=1e-12 * steps)


@claims("Many a term is too large for a float, although its logarithm is not: the answer is finite all the same")
def test_large_terms_do_not_overflow(student):
    """With noise 0.02, or at order 1021, the largest term alone decides: its logarithm, divided by a - 1. Nothing
    becomes infinity or NaN.

    噪声为 0.02 或阶数为 1021 时，最大的一项就决定了结果：取它的对数，再除以 a - 1。结果不会变成无穷大或 NaN。
    """
    for noise, rate, orders in ((0.02, 0.01, [2, 31, 251]), (0.1, 0.5, [251, 1021]), (1.0, 0.999, [1021])):
        a = np.array(orders, dtype=np.float64)
        alone = (a * math.log(rate) + (a * a - a) / (2 * noise**2)) / (a - 1)

        # Every other term is smaller by a factor of e^1000 or more.
        assert_same(student.rdp_sampled_gaussian(noise, rate, orders), alone, rtol=1e-6)


@claims(
    "With sample_rate 1 a step is that of `rdp_gaussian`",
    "With sample_rate 0 or steps 0 nobody is ever in a batch, and all divergences are 0, whatever the noise; otherwise "
    "they are infinity with noise_multiplier 0",
)
def test_rates_of_zero_and_one(student):
    """With rate 1 the divergences are those without sampling; with rate 0 they are 0, even without noise; otherwise
    no noise means infinity.

    采样率为 1 时散度与不抽样时相同；为 0 时散度为 0，没有噪声也一样；其余情况下没有噪声则为无穷大。
    """
    expected = np.array(PRIMES) / (2 * 0.7**2)
    assert_same(student.rdp_sampled_gaussian(0.7, 1.0, PRIMES), expected, rtol=1e-9)
    assert_same(student.rdp_sampled_gaussian(0.7, 1, PRIMES, 3), 3 * expected, rtol=1e-9)
    assert_same(student.rdp_sampled_gaussian(0.7, 0.0, PRIMES, 3), np.zeros(8))
    assert_same(student.rdp_sampled_gaussian(0.0, 0.0, PRIMES), np.zeros(8))
    for rate in (0.3, 1.0):
        assert_same(student.rdp_sampled_gaussian(0.0, rate, PRIMES, 2), np.full(8, math.inf))


@claims("as in `rdp_gaussian`; if sample_rate is not in [0, 1] or steps is negative")
def test_impossible_rates_and_steps_are_refused(student):
    """A rate below 0 or above 1 and a negative number of steps are a ValueError.

    采样率小于 0 或大于 1、步数为负时，抛出 ValueError。
    """
    assert_same(student.rdp_sampled_gaussian(1.0, 1.0, [2]), np.array([1.0]))
    for rate, steps in ((-0.1, 1), (1.1, 1), (math.nan, 1), (0.5, -1)):
        assert_raises(ValueError, student.rdp_sampled_gaussian, 1.0, rate, [2], steps)


# ---- to_epsilon


@claims("r + log(1 - 1 / a) - (log(delta) + log(a)) / (a - 1)", "A divergence r at order a proves the epsilon")
def test_one_order_by_hand(student):
    """At order 2 and delta 1/8 a divergence r proves r + log 2; at order 3 and delta 1/12 it proves r + log(4/3).

    2 阶、delta 为 1/8 时，散度 r 能证明 r + log 2；3 阶、delta 为 1/12 时，能证明 r + log(4/3)。
    """
    for divergence in (0.25, 3.0):
        assert_same(student.to_epsilon([divergence], [2], 1 / 8), divergence + math.log(2))
        assert_same(student.to_epsilon([divergence], [3], 1 / 12), divergence + math.log(4 / 3))


@claims("the smallest of these over all orders is the answer, a float")
def test_published_epsilon(student):
    """With the divergence 1.1 at all orders from 2 to 32 and delta 1e-5, epsilon is 1.32783806: the order 32 proves it,
    and in whatever place it stands.

    2 到 32 阶的散度都是 1.1、delta 为 1e-5 时，epsilon 为 1.32783806：由 32 阶证明，不论它排在哪里。
    """
    # tensorflow/privacy, rdp_privacy_accountant_test.py, test_compute_epsilon_delta_pure_dp: worked by hand there
    for orders in (list(range(2, 33)), list(range(32, 1, -1)), [5, 32, 7]):
        assert_same(student.to_epsilon([1.1] * len(orders), orders, 1e-5), 1.32783806176, rtol=1e-9)


@claims("the smallest of these over all orders is the answer, a float", "one divergence for each order", "Not modified")
def test_the_best_order_is_found(student, reference, rng):
    """Random divergences give the smallest epsilon, wherever its order stands; infinite ones do not disturb.

    随机的散度得到最小的 epsilon，不论对应的阶数排在哪里；无穷大的散度不影响结果。
    """
    orders = np.repeat(np.array(PRIMES), 2)[::2]
    for delta in (1e-3, 1e-7):
        for _ in range(5):
            rdp = np.sort(rng.numpy().uniform(0.01, 9.0, 8)) * rng.numpy().uniform(0.5, 1.5, 8)
            turned = rng.permutation(8).tolist()
            rdp[turned[0]] = math.inf

            got = unchanged(student.to_epsilon, rdp[turned], orders[turned], delta)
            assert_same(got, reference.to_epsilon(rdp, PRIMES, delta), rtol=1e-9)
    assert_same(student.to_epsilon((0.5, math.inf), (2, 3), 1 / 8), 0.5 + math.log(2))


@claims("it is not below 0", "If a divergence is exactly 0, both answers are the same: then epsilon is 0",
        "If all divergences are infinity, so is epsilon")  # fmt: skip
def test_epsilon_has_two_ends(student):
    """Epsilon is never below 0, it is 0 where a divergence is 0, and infinity where all of them are.

    epsilon 不会小于 0；有散度为 0 时它是 0；散度全为无穷大时它是无穷大。
    """
    assert_same(student.to_epsilon([0.1], [2], 0.9), 0.0)
    assert_same(student.to_epsilon([1e-12], [2], 1 / 8), math.log(2))  # hardly anything is not nothing
    assert_same(student.to_epsilon([0.0, 0.0], [2, 7], 1e-5), 0.0)
    assert_same(student.to_epsilon([0.3, 0.0], [2, 7], 1e-5), 0.0)
    assert_same(student.to_epsilon([math.inf, math.inf], [2, 7], 1e-5), math.inf)


@claims("if delta is not between 0 and 1, both excluded; if rdp and orders differ in length")
def test_impossible_deltas_are_refused(student):
    """Delta 0 or 1, or outside, and divergences that are not as many as orders are a ValueError.

    delta 不在 0 与 1 之间（不含两端）、散度与阶数个数不同时，抛出 ValueError。
    """
    assert_same(student.to_epsilon([1.0], [2], 0.125), 1 + math.log(2))
    for delta in (0.0, 1.0, -1e-5, 2.0):
        assert_raises(ValueError, student.to_epsilon, [1.0], [2], delta)
        assert_raises(ValueError, student.to_epsilon, [0.0], [2], delta)
    for rdp, orders in (([1.0], [2, 3]), ([1.0, 2.0], [2]), ([1.0] * 6, [2, 3])):
        assert_raises(ValueError, student.to_epsilon, rdp, orders, 1e-5)


# ---- noise_for


@claims("`to_epsilon` of the divergences of so many steps is at most `epsilon`")
def test_published_noise(student):
    """One step with everybody in it has epsilon 1 at delta 1e-6 with noise 4.5309, and with the orders that are given.

    所有人参与的单独一步，在 delta = 1e-6 下使 epsilon 为 1 的噪声是 4.5309，默认的阶数就够用。
    """
    noise = student.noise_for(1.0, 1e-6, 1.0, 1)

    # tensorflow/privacy, rdp_privacy_accountant_test.py, test_compute_epsilon_delta_gaussian: 4.530877117
    expect(4.5308 <= noise <= 4.5355, "The noise is {got}.", "噪声为 {got}。", got=noise)


@claims(
    "so the place can be found by bisection",
    "The answer keeps within epsilon itself",
    "a thousandth larger than the least",
)
def test_noise_is_enough_and_hardly_more(student, reference, rng):
    """With the noise that you found, training keeps within epsilon, and with a little less it does not.

    用你找到的噪声，训练不超出 epsilon；稍小一点就会超出。
    """
    for wanted, delta, steps in ((0.5, 1e-5, 1000), (3.0, 1e-6, 11), (8.0, 1e-3, 401)):
        rate = float(rng.uniform(1, low=0.005, high=0.2))

        noise = student.noise_for(wanted, delta, rate, steps, PRIMES)
        got = spent(reference, noise, rate, steps, delta, PRIMES)
        expect(got <= wanted * (1 + 1e-9), "Epsilon is {got} and should be at most {wanted}.",
               "epsilon 为 {got}，应至多为 {wanted}。", got=got, wanted=wanted)  # fmt: skip
        less = spent(reference, noise / 1.0011, rate, steps, delta, PRIMES)
        expect(less > wanted, "With a thousandth less noise epsilon is still {got}, and {wanted} was asked for.",
               "噪声减少千分之一，epsilon 仍为 {got}，而要求的是 {wanted}。", got=less, wanted=wanted)  # fmt: skip


@claims("anywhere between 0.01 and 100,000", "delta, sample_rate, steps, orders: as above")
def test_noise_can_be_very_small_or_very_large(student):
    """The search finds noise of 0.0141 for a very large epsilon and of 89,443 for ten billion steps, with the orders
    that it is given.

    epsilon 很大时能找到 0.0141 的噪声，一百亿步时能找到 89443 的噪声，都只用给定的阶数。
    """
    # At order 2 and delta 1/8, epsilon is steps / s^2 + log 2.
    for divergence, steps in ((5003.0, 1), (1.25, 10**10), (1.0, 1)):
        noise = student.noise_for(divergence + math.log(2), 1 / 8, 1.0, steps, [2])
        assert_same(noise, 1.0005 * math.sqrt(steps / divergence), rtol=0.00055)


@claims("With sample_rate 0 or steps 0 it is 0, and that goes before the last ValueError below")
def test_nobody_needs_no_noise(student):
    """Where nobody is ever in a batch, no noise is needed, also where none would be enough for anybody else.

    没有人会进入批次时，不需要噪声；即使换作别的情况多少噪声都不够，也是如此。
    """
    # At order 2 and delta 1/8 the formula has log 2 before any divergence: more than 0.1.
    for rate, steps in ((0.0, 1000), (0.5, 0)):
        assert_same(student.noise_for(0.1, 1 / 8, rate, steps, [2]), 0.0)
    assert_same(student.noise_for(0.1, 1e-5, 0.0, 1000, [2, 31]), 0.0)
    assert_same(student.noise_for(0.1, 1e-5, 0.5, 0, [2, 31]), 0.0)
    for orders in ([2, 31], [31, 2]):
        expect(student.noise_for(3.0, 1e-5, 0.5, 1, orders) > 0.5, "One step needs noise.", "走一步就需要噪声。")


@claims("as above; if epsilon is not positive; if no noise is enough, because at every order "
        "log(1 - 1 / a) - (log(delta) + log(a)) / (a - 1) alone is at least epsilon")  # fmt: skip
def test_impossible_budgets_are_refused(student):
    """Epsilon 0 or below and one that no noise reaches at these orders are a ValueError, and so are a wrong delta,
    rate, number of steps or order.

    epsilon 不是正数、在这些阶数下任何噪声都达不到时，抛出 ValueError；delta、采样率、步数或阶数不合法也一样。
    """
    assert_same(student.noise_for(1 + math.log(2), 1 / 8, 1.0, 1, [2]), 1.0005, rtol=0.00055)
    # At order 2 and delta 1/8 the formula has log 2 before any divergence.
    for epsilon in (0.0, -1.0, 0.5 * math.log(2)):
        assert_raises(ValueError, student.noise_for, epsilon, 1 / 8, 1.0, 1, [2])
    # At delta 1/32 it has log 8, to the last bit in whatever order it is computed: exactly that is too little.
    assert_raises(ValueError, student.noise_for, math.log(8), 1 / 32, 1.0, 1, [2])
    for rate, steps in ((1.0, 1), (0.0, 1), (1.0, 0)):  # with delta 0.9 the formula itself is below -1
        assert_raises(ValueError, student.noise_for, 0.0, 0.9, rate, steps, [2])
    for delta, rate, steps, orders in ((0.0, 1.0, 1, [2]), (1.0, 1.0, 1, [2]), (0.1, 1.5, 1, [2]),
                                       (0.1, 1.0, -1, [2]), (0.1, 1.0, 1, [1]), (0.0, 0.0, 1, [2]),
                                       (1.0, 1.0, 0, [2]), (0.1, 0.0, 1, [1])):  # fmt: skip
        assert_raises(ValueError, student.noise_for, 5.0, delta, rate, steps, orders)
