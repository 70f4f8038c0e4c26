"""Visible examples of week 16, patches: every number can be checked by hand."""

import torch

from grader.suite import assert_raises, assert_same


def test_four_patches_of_one_channel(student):
    """A picture of 4 by 4 pixels in squares of 2 by 2: the patches come row by row, and so do the pixels in each.

    4 乘 4 像素的图片切成 2 乘 2 的块：图块逐行排列，块内的像素也逐行排列。
    """
    image = torch.tensor([[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12], [13, 14, 15, 16]])

    expected = [[1, 2, 5, 6], [3, 4, 7, 8], [9, 10, 13, 14], [11, 12, 15, 16]]
    assert_same(student.patchify(image[None, None], 2), torch.tensor([expected]))


def test_one_position_for_all_patches(student):
    """The class token is at 9, the one patch at 5: in a grid of 2 by 2 all four are at 5, and the class token stays.

    分类词元的位置是 9，唯一图块的位置是 5：变成 2 乘 2 的网格后，四个图块都是 5，分类词元不变。
    """
    resized = student.interpolate_positions(torch.tensor([[9.0], [5.0]]), (1, 1), (2, 2))

    assert_same(resized, torch.tensor([[9.0], [5.0], [5.0], [5.0], [5.0]]))


def test_class_token_first(student):
    """Two patches of one pixel, 3 and 4, times 10, after the class token 7; the positions 0.1, 0.2 and 0.3 are added.

    两个单像素的图块 3 和 4 乘以 10，前面是分类词元 7；再分别加上位置 0.1、0.2、0.3。
    """
    layer = student.PatchEmbedding((1, 2), 1, 1, channels=1)
    layer.load_state_dict(
        {
            "projection.weight": torch.tensor([[10.0]]),
            "projection.bias": torch.tensor([0.0]),
            "class_token": torch.tensor([7.0]),
            "positions": torch.tensor([[0.1], [0.2], [0.3]]),
        }
    )

    assert_same(layer(torch.tensor([[[[3.0, 4.0]]]])), torch.tensor([[[7.1], [30.2], [40.3]]]))


def test_two_channels_of_a_wide_picture(student):
    """Two rows of four pixels, in two channels: each of the two patches has its four pixels of the first channel, then
    those of the second. Three columns cannot be cut into squares of 2.

    两行四列的像素，两个通道：两个图块各自先列出第一个通道的四个像素，再列第二个通道的。三列不能切成边长为 2 的块。
    """
    one = torch.tensor([[1, 2, 3, 4], [5, 6, 7, 8]])
    images = torch.stack([one, 10 * one])[None]

    expected = [[1, 2, 5, 6, 10, 20, 50, 60], [3, 4, 7, 8, 30, 40, 70, 80]]
    assert_same(student.patchify(images, 2), torch.tensor([expected]))
    assert_raises(ValueError, student.patchify, images[..., :3], 2)


def test_positions_on_a_slope(student):
    """A grid of one row and four columns, at 0, 1, 2 and 3 and at 5 in the second number, becomes two rows of four:
    both are as the old one. In two columns, bicubic interpolation between 0 and 1 and between 2 and 3 gives 0.40625 and
    2.59375. One position too few is refused.

    一行四列的网格，位置的第一个数是 0、1、2、3，第二个数都是 5。变成两行四列时，两行都与原来相同。变成两列时，
    0 与 1 之间、2 与 3 之间的双三次插值得 0.40625 和 2.59375。位置少一个时被拒绝。
    """
    positions = torch.tensor([[9.0, 9.0], [0.0, 5.0], [1.0, 5.0], [2.0, 5.0], [3.0, 5.0]])

    assert_same(student.interpolate_positions(positions, (1, 4), (2, 4)), positions[[0, 1, 2, 3, 4, 1, 2, 3, 4]])
    narrow = torch.tensor([[9.0, 9.0], [0.40625, 5.0], [2.59375, 5.0]])
    assert_same(student.interpolate_positions(positions, (1, 4), (1, 2)), narrow)
    assert_raises(ValueError, student.interpolate_positions, positions[:-1], (1, 4), (2, 4))


def test_a_picture_turned_around(student):
    """The positions are made for one row of two, here 0 and 1. Stood up, two rows of one, both patches get the mean,
    0.5; the learned positions stay, and count again for the next picture. Bytes and a second channel are refused.

    位置是为一行两列做的，这里是 0 和 1。图片竖起来，变成两行一列时，两个图块都得到均值 0.5；学到的位置不变，
    对下一张图片照样有效。字节图和多出的通道会被拒绝。
    """
    layer = student.PatchEmbedding((1, 2), 1, 1, channels=1)
    state = {
        "projection.weight": [[1.0]],
        "projection.bias": [0.0],
        "class_token": [0.0],
        "positions": [[0.0], [0.0], [1.0]],
    }
    layer.load_state_dict({name: torch.tensor(numbers) for name, numbers in state.items()})
    wide = torch.zeros(1, 1, 1, 2)

    for images, right in ((wide, [0.0, 0.0, 1.0]), (wide.mT, [0.0, 0.5, 0.5]), (wide, [0.0, 0.0, 1.0])):
        assert_same(layer(images).flatten(), torch.tensor(right))
    assert_raises(TypeError, layer, wide.to(torch.uint8))
    assert_raises(ValueError, layer, torch.zeros(1, 2, 1, 2))
