"""Visible examples of week 05, testing_attention: implementations that are plainly right or plainly wrong."""

import torch

from grader.suite import accepts, catches


def with_torch(query, key, value, mask=None):
    """A right implementation: in float64 from beginning to end, each score worked out by itself."""
    q, k, v = query.double(), key.double(), value.double()
    mask = torch.ones((), dtype=torch.bool) if mask is None else mask
    scores = (q.unsqueeze(-2) * k.unsqueeze(-3)).sum(-1) / q.shape[-1] ** 0.5
    weights = torch.softmax(torch.where(mask, scores, -1.7e308), -1) * mask
    return (weights @ v).to(query.dtype), weights.to(query.dtype)


def all_zeros(query, key, value, mask=None):
    """No thought at all."""
    return query.new_zeros(*query.shape[:-1], value.shape[-1]), query.new_zeros(*query.shape[:-1], key.shape[-2])


def plain_mean(query, key, value, mask=None):
    """Every key gets the same weight, whatever the query asks for."""
    weights = torch.full_like(query[..., :1], 1 / key.shape[-2]).expand(*query.shape[:-1], key.shape[-2])
    mean = value.mean(dim=-2, keepdim=True).expand(*query.shape[:-1], value.shape[-1])
    return mean, weights


def test_accepts_a_right_implementation(student):
    """Your test lets a right implementation pass.

    你的测试放行一个正确的实现。
    """
    accepts(student.check_attention, with_torch)


def test_catches_zeros(student):
    """Your test catches an implementation that returns zeros.

    你的测试能发现总是返回 0 的实现。
    """
    catches(student.check_attention, all_zeros, en="Compare with one number.", zh="至少与一个数比较。")


def test_catches_a_plain_mean(student):
    """Your test catches an implementation that gives every key the same weight.

    你的测试能发现给每个 key 相同权重的实现。
    """
    catches(
        student.check_attention,
        plain_mean,
        en="Let one key fit the query better than another.",
        zh="让某个 key 比另一个更符合 query。",
    )
