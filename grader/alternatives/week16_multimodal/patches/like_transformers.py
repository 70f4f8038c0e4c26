"""As transformers' ViT does it: a convolution with the weight of the layer, and positions made for every call."""

import torch
from torch import nn
from torch.nn.functional import conv2d, interpolate


def patchify(images, size):
    height, width = images.shape[-2:]
    if size < 1 or height % size != 0 or width % size != 0:
        raise ValueError(f"{height} by {width} pictures cannot be cut into patches of {size}")
    squares = images.unfold(2, size, size).unfold(3, size, size)  # (batch, channels, rows, columns, size, size)
    return squares.permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(1, 2)


def interpolate_positions(positions, grid, new_grid):
    if any(number < 1 for number in (*grid, *new_grid)) or positions.shape[0] != grid[0] * grid[1] + 1:
        raise ValueError("positions and grids do not fit")
    class_pos_embed = positions[:1]
    patch_pos_embed = positions[1:].reshape(1, *grid, positions.shape[-1]).permute(0, 3, 1, 2)
    patch_pos_embed = interpolate(patch_pos_embed, size=list(new_grid), mode="bicubic", align_corners=False)
    patch_pos_embed = patch_pos_embed.permute(0, 2, 3, 1).reshape(-1, positions.shape[-1])
    return torch.cat((class_pos_embed, patch_pos_embed), dim=0)


class PatchEmbedding(nn.Module):
    def __init__(self, image_size, patch_size, d_model, channels=3):
        super().__init__()
        if patch_size < 1 or image_size[0] % patch_size or image_size[1] % patch_size:
            raise ValueError("image_size must be a multiple of patch_size")
        self.image_size, self.patch_size, self.num_channels = image_size, patch_size, channels
        self.projection = nn.Linear(channels * patch_size**2, d_model)
        num_patches = (image_size[0] // patch_size) * (image_size[1] // patch_size)
        self.class_token = nn.Parameter(torch.empty(d_model))
        self.positions = nn.Parameter(torch.empty(num_patches + 1, d_model))
        nn.init.trunc_normal_(self.class_token, mean=0.0, std=0.02)
        nn.init.trunc_normal_(self.positions, mean=0.0, std=0.02)

    def forward(self, pixel_values):
        if not torch.is_floating_point(pixel_values):
            raise TypeError("pixel values must be floats")
        batch_size, num_channels, height, width = pixel_values.shape
        if num_channels != self.num_channels or height % self.patch_size or width % self.patch_size:
            raise ValueError("pictures of this shape do not fit")
        kernel = self.projection.weight.unflatten(1, (num_channels, self.patch_size, self.patch_size))
        embeddings = conv2d(pixel_values, kernel, self.projection.bias, stride=self.patch_size)
        embeddings = embeddings.flatten(2).transpose(1, 2)
        cls_tokens = self.class_token.expand(batch_size, 1, -1)
        embeddings = torch.cat((cls_tokens, embeddings), dim=1)
        grid = (self.image_size[0] // self.patch_size, self.image_size[1] // self.patch_size)
        new_grid = (height // self.patch_size, width // self.patch_size)
        return embeddings + interpolate_positions(self.positions, grid, new_grid).unsqueeze(0)
