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


def test_a_decoder_has_its_norms_in_the_same_places(student):
    """A decoder with silent branches: (1, 3) goes straight through in pre-norm, and comes out as (-1, 1) in post-norm.

    各分支都输出 0 的解码器：pre-norm 中 (1, 3) 原样通过，post-norm 中变为 (-1, 1)。
    """
    x, memory = torch.tensor([[[1.0, 3.0]]]), torch.tensor([[[5.0, 2.0]]])

    assert_same(silent(student.DecoderLayer(2, 1, 3, norm="pre"))(x, memory), x)
    assert_same(silent(student.DecoderLayer(2, 1, 3, norm="post"))(x, memory), torch.tensor([[[-1.0, 1.0]]]), atol=1e-3)


def three_tokens():
    """Three tokens, and the same with another last one."""
    x = torch.arange(12.0).view(1, 3, 4).sin()
    other = x.clone()
    other[0, 2] = -1.0
    return x, other


def test_an_encoder_reads_both_ways(student):
    """Changing the last of three tokens changes what comes out at the first, unless a mask hides the last one.

    改动三个词元中的最后一个，第一个的结果会变；用掩码遮住最后一个时则不变。
    """
    layer, (x, other) = student.EncoderLayer(4, 2, 5), three_tokens()
    mask = torch.tensor([[True, True, False]] * 3)

    assert not torch.allclose(layer(x)[:, 0], layer(other)[:, 0])
    assert_same(layer(x, mask)[:, :2].detach(), layer(other, mask)[:, :2].detach())


def test_a_decoder_does_not_look_ahead(student):
    """Changing the last of three tokens changes nothing about the first two, also with a mask that hides nothing.

    改动三个词元中的最后一个，前两个的结果不变；传入什么也不遮的掩码时也是如此。
    """
    layer, (x, other), memory = student.DecoderLayer(4, 2, 5), three_tokens(), torch.ones(1, 2, 4)

    for mask in (None, torch.ones(3, 3, dtype=torch.bool)):
        assert_same(layer(x, memory, mask)[:, :2].detach(), layer(other, memory, mask)[:, :2].detach())


def test_a_decoder_reads_the_whole_source(student):
    """Changing the last token of the source changes the first token, unless memory_mask hides it; a mask that shows
    nothing but the first token changes the last one.

    改动源文本的最后一个词元，第一个词元的结果会变；memory_mask 遮住它时则不变。
    只露出第一个词元的 mask 会改变最后一个词元的结果。
    """
    layer, (x, _) = student.DecoderLayer(4, 2, 5), three_tokens()
    memory, changed = three_tokens()
    before = x.clone()
    hidden, only_first = torch.tensor([[True, True, False]] * 3), torch.tensor([[True, False, False]] * 3)

    assert not torch.allclose(layer(x, memory)[:, 0], layer(x, changed)[:, 0])
    assert_same(layer(x, memory, None, hidden).detach(), layer(x, changed, None, hidden).detach())
    assert not torch.allclose(layer(x, memory, only_first)[:, 2], layer(x, memory)[:, 2])
    assert_same(x, before)
