"""Visible examples of week 16, patches: every number can be checked by hand."""

import torch

from grader.suite import assert_same


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
