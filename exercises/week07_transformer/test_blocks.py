"""Visible examples of week 07, blocks: layers whose branches are silent, so that only the path and the norms are
left."""

import torch

from grader.suite import assert_same


def silent(layer):
    """Set the last matrix of each branch to zero, so that each branch adds nothing."""
    state = layer.state_dict()
    for name in state:
        if "W_o." in name or "W_out." in name:
            state[name] = torch.zeros_like(state[name])
    layer.load_state_dict(state)
    return layer


def test_pre_norm_leaves_the_path_alone(student):
    """Pre-norm with silent branches: x goes straight through.

    pre-norm 且各分支都输出 0：x 原样通过。
    """
    layer = silent(student.EncoderLayer(2, 1, 3, norm="pre"))

    assert_same(layer(torch.tensor([[[1.0, 3.0], [5.0, 1.0]]])), torch.tensor([[[1.0, 3.0], [5.0, 1.0]]]))


def test_post_norm_stands_on_the_path(student):
    """Post-norm with silent branches: each token (1, 3) comes out with mean 0 and variance 1, as (-1, 1).

    post-norm 且各分支都输出 0：每个词元 (1, 3) 的均值变为 0、方差变为 1，即 (-1, 1)。
    """
    layer = silent(student.EncoderLayer(2, 1, 3, norm="post"))

    answer = layer(torch.tensor([[[1.0, 3.0], [5.0, 1.0]]]))

    assert_same(answer, torch.tensor([[[-1.0, 1.0], [1.0, -1.0]]]), atol=1e-3)


def test_a_decoder_does_not_look_ahead(student):
    """Changing the last of three tokens changes nothing about the first two.

    改动三个词元中的最后一个，前两个的结果不变。
    """
    layer = student.DecoderLayer(4, 2, 5)
    x, memory = torch.arange(12.0).view(1, 3, 4).sin(), torch.ones(1, 2, 4)
    other = x.clone()
    other[0, 2] = -1.0

    assert_same(layer(x, memory)[:, :2].detach(), layer(other, memory)[:, :2].detach())
