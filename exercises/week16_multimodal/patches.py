# Week 16, exercise patches: Pictures as patches
# Difficulty 2 of 5 · importance 5 of 5 · about 40 minutes
# It builds on: reshape and permute, nn.Module, learned positions.
# Write it by hand: torch.nn.functional.unfold, torch.nn.Unfold may not be used.
# Nothing from transformers, peft, sklearn may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 16, patches: a picture becomes a sequence of tokens, as in the Vision Transformer.

Pictures are (batch, channels, height, width), as everywhere in torch. A grid of patches is (rows, columns).
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Shaped
from torch import Tensor, nn


def patchify(
    images: Shaped[Tensor, "batch channels height width"], size: int
) -> Shaped[Tensor, "batch patches channels*size*size"]:
    """Cut pictures into squares, and make each square one row of numbers.

    The squares of `size` by `size` pixels do not overlap, and together they cover the picture.
    The patches come row by row: those of the uppermost row from left to right, then those of the next row.
    Within a patch the numbers are in the order (channel, row, column), that of a convolution's weight: all of the first
    channel, its rows from top to bottom, then the second channel. Pictures need not be square.
    The dtype stays, uint8 as well.

    Raises:
        ValueError: `size` is below 1, or does not divide the height and the width.

    Source: Dosovitskiy et al. 2021, "An Image is Worth 16x16 Words", section 3.1.
    """
    raise NotImplementedError("week 16, patches: write patchify")


def interpolate_positions(
    positions: Float[Tensor, "1+rows*columns d_model"], grid: tuple[int, int], new_grid: tuple[int, int]
) -> Float[Tensor, "1+new_rows*new_columns d_model"]:
    """Stretch or shrink learned positions, so that they fit a picture with another grid of patches.

    Row 0 of `positions` belongs to the class token, which has no place in the picture: it stays as it is. The others
    belong to the patches of a `grid` of (rows, columns), in the order of `patchify`. They are read as a picture with
    d_model channels, and resized by torch's bicubic interpolation with align_corners=False and without antialiasing, to
    exactly the size `new_grid`: the scale of each axis is new / old. The dtype stays.

    Raises:
        ValueError: a number in `grid` or `new_grid` is below 1, or `positions` has not 1 + rows * columns rows.

    Source: Dosovitskiy et al. 2021, section 3.2; so does transformers' ViT; DINO's code first adds 0.1 to new_grid.
    """
    raise NotImplementedError("week 16, patches: write interpolate_positions")


class PatchEmbedding(nn.Module):
    """Turn pictures into what a Transformer reads: a class token and one token for each patch, with positions added.

    Each row of `patchify` goes through `projection`. The class token is put before the patches of every picture, and
    then `positions` are added to all: the class token has a position, too. There is no dropout and no normalisation.
    Pictures may be larger or smaller than `image_size`: for their grid of patches the current positions are
    interpolated, as `interpolate_positions` does, and the parameter itself stays as it is.

    Args:
        image_size: (height, width) of the pictures for which `positions` is made.
        patch_size: side of the square patches.

    Attributes:
        projection: nn.Linear from channels * patch_size * patch_size to d_model, with a bias.
        class_token: parameter, (d_model,).
        positions: parameter, (1 + patches, d_model), row 0 for the class token. Both start as random numbers with
            mean 0 and a standard deviation of about 0.02.

    Raises:
        ValueError: `patch_size` is below 1 or does not divide height and width: those of `image_size` when the object
            is made, those of the pictures when it is called. Or the pictures have not `channels` channels.
        TypeError: the pictures are not floating-point numbers, such as uint8 from 0 to 255.

    Source: Dosovitskiy et al. 2021, equation 1.
    """

    def __init__(self, image_size: tuple[int, int], patch_size: int, d_model: int, channels: int = 3):
        """Check the sizes and make the parameters."""
        super().__init__()
        raise NotImplementedError("week 16, patches: write PatchEmbedding.__init__")

    def forward(self, images: Float[Tensor, "batch channels height width"]) -> Float[Tensor, "batch 1+patches d_model"]:
        """Return the tokens of each picture, the class token first."""
        raise NotImplementedError("week 16, patches: write PatchEmbedding.forward")
