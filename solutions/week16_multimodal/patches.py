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
    # BEGIN SOLUTION
    batch, channels, height, width = images.shape
    if size < 1 or height % size or width % size:
        raise ValueError(f"size={size} must be at least 1 and divide height={height} and width={width}")
    rows, columns = height // size, width // size
    squares = images.reshape(batch, channels, rows, size, columns, size)
    squares = squares.permute(0, 2, 4, 1, 3, 5)  # (batch, rows, columns, channels, size, size)
    return squares.reshape(batch, rows * columns, channels * size * size)
    # END SOLUTION


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
    # BEGIN SOLUTION
    rows, columns = grid
    if min(rows, columns, *new_grid) < 1:
        raise ValueError(f"grid={grid} and new_grid={new_grid} must be at least 1 by 1")
    if len(positions) != 1 + rows * columns:
        raise ValueError(f"a grid of {rows} by {columns} needs {1 + rows * columns} positions, not {len(positions)}")
    for_class, for_patches = positions[:1], positions[1:]
    picture = for_patches.reshape(1, rows, columns, -1).permute(0, 3, 1, 2)  # (1, d_model, rows, columns)
    picture = F.interpolate(picture, size=tuple(new_grid), mode="bicubic", align_corners=False)
    return torch.cat([for_class, picture[0].flatten(1).T])  # (1 + new_rows * new_columns, d_model)
    # END SOLUTION


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
        # BEGIN SOLUTION
        height, width = image_size
        if patch_size < 1 or height % patch_size or width % patch_size:
            raise ValueError(f"patch_size={patch_size} must be at least 1 and divide image_size={image_size}")
        self.patch_size, self.channels = patch_size, channels
        self.grid = height // patch_size, width // patch_size
        self.projection = nn.Linear(channels * patch_size * patch_size, d_model)
        self.class_token = nn.Parameter(0.02 * torch.randn(d_model))
        self.positions = nn.Parameter(0.02 * torch.randn(1 + self.grid[0] * self.grid[1], d_model))
        # END SOLUTION

    def forward(self, images: Float[Tensor, "batch channels height width"]) -> Float[Tensor, "batch 1+patches d_model"]:
        """Return the tokens of each picture, the class token first."""
        # BEGIN SOLUTION
        if not images.is_floating_point():
            raise TypeError(f"pictures must be floating-point numbers, not {images.dtype}")
        batch, channels, height, width = images.shape
        if channels != self.channels:
            raise ValueError(f"the pictures have {channels} channels, not {self.channels}")
        patches = self.projection(patchify(images, self.patch_size))  # (batch, patches, d_model)
        tokens = torch.cat([self.class_token.expand(batch, 1, -1), patches], dim=1)
        grid = height // self.patch_size, width // self.patch_size
        # The grids are compared, not the number of patches: 2 by 8 and 4 by 4 have as many.
        same = grid == self.grid
        return tokens + (self.positions if same else interpolate_positions(self.positions, self.grid, grid))
        # END SOLUTION
