"""Visible examples of week 17, accountant: every number can be checked with a pocket calculator."""

import math

import numpy as np

from grader.suite import assert_raises, assert_same


def test_one_step_with_everybody(student):
    """With noise 2 the divergence at order a is a / 8.

    噪声乘数为 2 时，a 阶散度为 a / 8。
    """
    assert_same(student.rdp_gaussian(2.0, [2, 4, 16]), np.array([0.25, 0.5, 2.0]))


def test_one_step_with_coin_flips(student):
    """At order 2 the sum is (1 - q)^2 + 2 (1 - q) q + q^2 exp(1 / s^2): with q = 0.1 and s = 1 that is 1.0172.

    2 阶时，和为 (1 - q)^2 + 2 (1 - q) q + q^2 exp(1 / s^2)：q = 0.1、s = 1 时为 1.0172。
    """
    one = student.rdp_sampled_gaussian(1.0, 0.1, [2])
    assert_same(one, np.array([math.log(0.81 + 0.18 + 0.01 * math.e)]))

    assert_same(student.rdp_sampled_gaussian(1.0, 0.1, [2], steps=50), 50 * one)


def test_what_a_divergence_proves(student):
    """At order 2 and delta 1/8, a divergence of 1 proves 1 + log(1/2) - log(1/4) = 1 + log 2.

    2 阶、delta 为 1/8 时，散度 1 能证明 1 + log(1/2) - log(1/4) = 1 + log 2。
    """
    assert_same(student.to_epsilon([1.0], [2], 0.125), 1 + math.log(2))
    assert_same(student.to_epsilon([1.0, 3.0, math.inf], [2, 3, 4], 0.125), 1 + math.log(2))
    assert_raises(ValueError, student.to_epsilon, [1.0], [2], 0.0)


def test_the_noise_that_is_needed(student):
    """With everybody in one step, order 2 and delta 1/8, epsilon 1 + log 2 takes a divergence of 1: 2 / (2 s^2) = 1.

    所有人参与的单独一步，2 阶、delta 为 1/8 时，epsilon 为 1 + log 2 对应散度 1：2 / (2 s^2) = 1。
    """
    noise = student.noise_for(1 + math.log(2), 0.125, 1.0, 1, orders=[2])

    assert_same(noise, 1.0, rtol=0.0011)
    assert_same(student.noise_for(1.0, 1e-5, 0.0, 100), 0.0)
