"""Known mistakes of week 16, patches."""

import patches as solution
import torch
import torch.nn.functional as F
from torch import nn

from grader.mistakes import mistake


def squares(images, size):
    """The picture with its patches apart: (batch, channels, rows, size, columns, size), after the checks."""
    solution.patchify(images, size)
    batch, channels, height, width = images.shape
    return images.reshape(batch, channels, height // size, size, width // size, size)


@mistake(
    of="patchify",
    en="It looks like the numbers within a patch are in the order (row, column, channel). Here the channel comes "
    "first, "
    "as in the weight of a convolution.",
    zh="看起来图块内部的顺序是（行、列、通道）。这里通道在最前面，与卷积核的顺序一致。",
)
def puts_channels_last(images, size):
    return squares(images, size).permute(0, 2, 4, 3, 5, 1).flatten(3).flatten(1, 2)


@mistake(
    of="patchify",
    en="It looks like the patches come column by column. They come row by row, as one reads.",
    zh="看起来图块是一列一列排的。应当像阅读那样一行一行排。",
)
def reads_down_the_columns(images, size):
    return squares(images, size).permute(0, 4, 2, 1, 3, 5).flatten(3).flatten(1, 2)


@mistake(
    of="patchify",
    en="It looks like rows and columns are swapped within a patch.",
    zh="看起来图块内部的行和列对调了。",
)
def turns_each_patch(images, size):
    return squares(images, size).permute(0, 2, 4, 1, 5, 3).flatten(3).flatten(1, 2)


@mistake(
    of="patchify",
    en="It looks like the shape of the pictures is read as (batch, channels, width, height). torch has the height "
    "first; "
    "square pictures hide the difference.",
    zh="看起来图片的形状被读成了（批次、通道、宽、高）。torch 中高在前；正方形图片会掩盖这个区别。",
)
def takes_width_for_height(images, size):
    solution.patchify(images, size)
    batch, channels, width, height = images.shape
    apart = images.reshape(batch, channels, height // size, size, width // size, size)
    return apart.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)


@mistake(
    of="patchify",
    en="It looks like the picture is only reshaped. Neighbours in memory are pixels of one row, not of one square: "
    "the axes "
    "must be split and then permuted.",
    zh="看起来只对图片做了 reshape。内存中相邻的是同一行的像素，不是同一个方块的像素：要先拆开各轴，再交换轴的顺序。",
)
def only_reshapes(images, size):
    solution.patchify(images, size)
    count = images.shape[2] // size * (images.shape[3] // size)
    return images.reshape(len(images), count, images.shape[1] * size * size)


@mistake(
    of="patchify",
    en="It looks like the rest of a picture that `size` does not divide is cut off in silence. It is a ValueError.",
    zh="看起来当 `size` 不能整除图片时，多出的部分被悄悄丢掉了。应当抛出 ValueError。",
)
def cuts_off_the_rest(images, size):
    if size < 1:
        raise ValueError("size")
    height, width = images.shape[2] // size * size, images.shape[3] // size * size
    return solution.patchify(images[:, :, :height, :width], size)


@mistake(
    of="patchify",
    en="It looks like only the height is asked whether `size` divides it. The width must be divided, too.",
    zh="看起来只检查了 `size` 能否整除高。宽也必须能整除。",
)
def looks_at_the_height_only(images, size):
    if size < 1 or images.shape[2] % size:
        raise ValueError("size")
    return solution.patchify(images[..., : images.shape[3] // size * size], size)


@mistake(
    of="patchify",
    en="It looks like pictures of integers, such as uint8, come out as floats. Cutting computes nothing, so the dtype "
    "stays.",
    zh="看起来整数（例如 uint8）图片变成了浮点数。切块不做任何计算，所以类型不变。",
)
def makes_floats(images, size):
    return solution.patchify(images if images.is_floating_point() else images.float(), size)


@mistake(
    of="patchify",
    en="It looks like pictures of integers, such as uint8, come out as floats, divided by 255. Cutting computes "
    "nothing, so numbers and dtype stay.",
    zh="看起来整数（例如 uint8）图片变成了浮点数，还除以了 255。切块不做任何计算，所以数值和类型都不变。",
)
def divides_by_255(images, size):
    return solution.patchify(images if images.is_floating_point() else images.float() / 255, size)


@mistake(
    of="patchify",
    en="It looks like the patches are float32, whatever the pictures are. Cutting computes nothing, so the dtype "
    "stays.",
    zh="看起来无论图片是什么类型，图块都变成了 float32。切块不做任何计算，所以类型不变。",
)
def always_float32(images, size):
    return solution.patchify(images, size).float()


def resized(positions, grid, new_grid, **how):
    """The solution's steps with another interpolation."""
    solution.interpolate_positions(positions, grid, new_grid)
    picture = positions[1:].reshape(1, *grid, -1).permute(0, 3, 1, 2)
    wide = picture.float() if picture.dtype == torch.bfloat16 else picture  # not every kernel knows bfloat16
    picture = F.interpolate(wide, **({"size": tuple(new_grid)} | how)).to(positions.dtype)
    return torch.cat([positions[:1], picture[0].flatten(1).T])


@mistake(
    of="interpolate_positions",
    en="It looks like the positions stay as they are whenever the number of patches does. A grid of 2 by 8 has as "
    "many as "
    "one of 4 by 4, in other places: compare the grids.",
    zh="看起来只要图块数不变，位置向量就保持原样。2 乘 8 与 4 乘 4 的图块一样多，位置却不同：应当比较网格。",
)
def compares_the_numbers(positions, grid, new_grid):
    new = solution.interpolate_positions(positions, grid, new_grid)
    return positions if len(new) == len(positions) else new


@mistake(
    of="interpolate_positions",
    en="It looks like the interpolation is bilinear; it is bicubic.",
    zh="看起来用的是双线性插值（bilinear）；应当用双三次插值（bicubic）。",
)
def is_bilinear(positions, grid, new_grid):
    return resized(positions, grid, new_grid, mode="bilinear", align_corners=False)


@mistake(
    of="interpolate_positions",
    en="It looks like every new patch takes the position of the nearest old one. The interpolation is bicubic.",
    zh="看起来每个新图块取了最近的旧位置向量。应当用双三次插值（bicubic）。",
)
def takes_the_nearest(positions, grid, new_grid):
    return resized(positions, grid, new_grid, mode="nearest")


@mistake(
    of="interpolate_positions",
    en="It looks like align_corners is True: the centres of the corner patches are laid on each other, instead of "
    "the edges "
    "of the picture.",
    zh="看起来 align_corners 是 True：对齐的是角上图块的中心，而不是图片的边缘。",
)
def aligns_the_corners(positions, grid, new_grid):
    return resized(positions, grid, new_grid, mode="bicubic", align_corners=True)


@mistake(
    of="interpolate_positions",
    en="It looks like antialiasing is on. Where the grid shrinks, it gives other values than plain bicubic "
    "interpolation.",
    zh="看起来打开了抗锯齿（antialias）。网格缩小时，结果与普通的双三次插值不同。",
)
def smooths_first(positions, grid, new_grid):
    return resized(positions, grid, new_grid, mode="bicubic", align_corners=False, antialias=True)


@mistake(
    of="interpolate_positions",
    en="It looks like the positions are reshaped to (d_model, rows, columns) without moving d_model to the front "
    "first: that "
    "mixes patches with features.",
    zh="看起来没有先把 d_model 换到前面，就直接 reshape 成了 (d_model, rows, columns)：这样会把图块和特征混在一起。",
)
def reshapes_without_permuting(positions, grid, new_grid):
    solution.interpolate_positions(positions, grid, new_grid)
    picture = positions[1:].reshape(1, -1, *grid)
    picture = F.interpolate(picture, size=tuple(new_grid), mode="bicubic", align_corners=False)
    return torch.cat([positions[:1], picture[0].flatten(1).T])


@mistake(
    of="interpolate_positions",
    en="It looks like a grid is read as (columns, rows). It is (rows, columns); square grids hide the difference.",
    zh="看起来网格被读成了（列、行）。应当是（行、列）；正方形网格会掩盖这个区别。",
)
def swaps_the_grid(positions, grid, new_grid):
    return solution.interpolate_positions(positions, tuple(grid)[::-1], tuple(new_grid)[::-1])


def turned(positions, grid, before, new_grid):
    """The solution's steps with a grid of `before` where the positions become a picture."""
    solution.interpolate_positions(positions, grid, new_grid)
    picture = positions[1:].reshape(1, *before, -1).permute(0, 3, 1, 2)
    picture = F.interpolate(picture, size=tuple(new_grid), mode="bicubic", align_corners=False)
    return torch.cat([positions[:1], picture[0].flatten(1).T])


@mistake(
    of="interpolate_positions",
    en="It looks like the positions are reshaped to (columns, rows) before they are resized. `grid` is (rows, "
    "columns); square grids hide the difference.",
    zh="看起来缩放之前位置向量被 reshape 成了（列、行）。`grid` 是（行、列）；正方形网格会掩盖这个区别。",
)
def swaps_the_old_grid(positions, grid, new_grid):
    return turned(positions, grid, tuple(grid)[::-1], new_grid)


@mistake(
    of="interpolate_positions",
    en="It looks like `new_grid` is read as (columns, rows). It is (rows, columns), as `grid` is.",
    zh="看起来 `new_grid` 被读成了（列、行）。它与 `grid` 一样是（行、列）。",
)
def swaps_the_new_grid(positions, grid, new_grid):
    return solution.interpolate_positions(positions, grid, tuple(new_grid)[::-1])


@mistake(
    of="interpolate_positions",
    en="It looks like 0.1 is added to the new grid before the scale is computed, as DINO's code does. Here the scale "
    "is exactly new / old: pass size=new_grid.",
    zh="看起来计算比例之前给新网格加了 0.1，DINO 的代码就是这样。这里的比例恰好是 新 / 旧：传入 size=new_grid。",
    breaks="exactly the size `new_grid`: the scale of each axis is new / old",
)
def stretches_as_dino(positions, grid, new_grid):
    scale = tuple((new + 0.1) / max(old, 1) for old, new in zip(grid, new_grid, strict=True))
    return resized(positions, grid, new_grid, size=None, scale_factor=scale, mode="bicubic", align_corners=False)


@mistake(
    of="interpolate_positions",
    en="It looks like the scale new / old is passed on, and not the size: some sizes then come out one too small, 15 / "
    "11 * 11 for instance is a little less than 15. Pass size=new_grid.",
    zh="看起来传入的是比例 新 / 旧，而不是大小：有些大小会因此少 1，例如 15 / 11 * 11 比 15 略小。传入 size=new_grid。",
    breaks="to exactly the size `new_grid`",
)
def gives_the_scale(positions, grid, new_grid):
    solution.interpolate_positions(positions, grid, new_grid)
    scale = tuple(new / old for old, new in zip(grid, new_grid, strict=True))
    return resized(positions, grid, new_grid, size=None, scale_factor=scale, mode="bicubic", align_corners=False)


@mistake(
    of="interpolate_positions",
    en="It looks like the last row is taken for the class token's position. It is row 0.",
    zh="看起来把最后一行当成了分类词元的位置向量。应当是第 0 行。",
)
def looks_for_the_class_at_the_end(positions, grid, new_grid):
    turned = solution.interpolate_positions(positions.roll(1, 0), grid, new_grid)
    return turned.roll(-1, 0)


@mistake(
    of="interpolate_positions",
    en="It looks like the class token's position is resized along with the others, as one more patch in a long row. "
    "It has "
    "no place in the picture: set it aside first.",
    zh="看起来分类词元的位置向量也被当作一个图块，一起排成长长的一行缩放了。它在图片中没有位置：要先把它放到一边。",
)
def resizes_the_class_token(positions, grid, new_grid):
    count = len(solution.interpolate_positions(positions, grid, new_grid))
    return F.interpolate(positions.T[None, :, None], size=(1, count), mode="bicubic", align_corners=False)[0, :, 0].T


@mistake(
    of="interpolate_positions",
    en="It looks like positions that do not fit the grid are accepted. Their number must be 1 + rows * columns.",
    zh="看起来接受了与网格不符的位置向量。它们的个数必须是 1 + rows * columns。",
)
def accepts_any_number(positions, grid, new_grid):
    if min(*grid, *new_grid) < 1:
        raise ValueError("grid")
    count = grid[0] * grid[1]
    missing = max(0, 1 + count - len(positions))
    filled = torch.cat([positions, positions[-1:].expand(missing, -1)])[: 1 + count]
    return solution.interpolate_positions(filled, grid, new_grid)


@mistake(
    of="PatchEmbedding",
    en="It looks like the class token is put in after the positions were added, so it has none. Put it in first.",
    zh="看起来先加了位置向量，再放入分类词元，所以它没有位置向量。应当先放入它。",
)
class leaves_the_class_without_position(solution.PatchEmbedding):
    def forward(self, images):
        tokens = super().forward(images)
        return torch.cat([self.class_token.expand(len(tokens), 1, -1), tokens[:, 1:]], dim=1)


@mistake(
    of="PatchEmbedding",
    en="It looks like the class token stands behind the patches, with its own position. It comes first.",
    zh="看起来分类词元带着自己的位置向量排在图块之后。它应当排在最前面。",
)
class puts_the_class_last(solution.PatchEmbedding):
    def forward(self, images):
        return super().forward(images).roll(-1, 1)


@mistake(
    of="PatchEmbedding",
    en="It looks like the class token stands behind the patches, so every patch gets the position of its neighbour: "
    "row 0 of `positions` is the class token's, and it comes first.",
    zh="看起来分类词元排在图块之后，于是每个图块都用了邻居的位置向量："
    "`positions` 的第 0 行属于分类词元，它排在最前面。",
)
class puts_the_class_behind(solution.PatchEmbedding):
    def forward(self, images):
        tokens = super().forward(images)
        grid = images.shape[2] // self.patch_size, images.shape[3] // self.patch_size
        table = solution.interpolate_positions(self.positions, self.grid, grid) if grid != self.grid else self.positions
        return (tokens - table).roll(-1, 1) + table


@mistake(
    of="PatchEmbedding",
    en="It looks like the class token is in front, but the positions are not: patch i gets row i, the class token's "
    "among them, and the class token the last one.",
    zh="看起来分类词元在最前面，位置向量却没有对上：第 i 个图块用了第 i 行（其中有属于分类词元的那一行），"
    "分类词元用了最后一行。",
)
class puts_its_position_last(solution.PatchEmbedding):
    def forward(self, images):
        tokens = super().forward(images)
        grid = images.shape[2] // self.patch_size, images.shape[3] // self.patch_size
        table = solution.interpolate_positions(self.positions, self.grid, grid) if grid != self.grid else self.positions
        return tokens - table + table.roll(-1, 0)


@mistake(
    of="PatchEmbedding",
    en="It looks like no positions are added. Without them a Transformer cannot tell where a patch was.",
    zh="看起来没有加位置向量。没有它们，Transformer 就不知道图块原来在哪里。",
)
class forgets_positions(solution.PatchEmbedding):
    def forward(self, images):
        patches = self.projection(self.cut(images))
        return torch.cat([self.class_token.expand(len(images), 1, -1), patches], dim=1)

    def cut(self, images):
        super().forward(images)
        return solution.patchify(images, self.patch_size)


@mistake(
    of="PatchEmbedding",
    en="It looks like the first positions are taken for a picture with another grid, instead of interpolated ones.",
    zh="看起来对网格不同的图片，直接取了前面几个位置向量，而没有插值。",
)
class crops_the_positions(solution.PatchEmbedding):
    def forward(self, images):
        super().forward(images)
        patches = self.projection(solution.patchify(images, self.patch_size))
        tokens = torch.cat([self.class_token.expand(len(images), 1, -1), patches], dim=1)
        return tokens + self.positions[torch.arange(tokens.shape[1]).clamp(max=len(self.positions) - 1)]


@mistake(
    of="PatchEmbedding",
    en="It looks like interpolated positions are kept in the parameter: the next picture finds a table that was not "
    "learned.",
    zh="看起来插值后的位置向量写回了参数：下一张图片用到的就不再是学到的那张表。",
)
class keeps_what_was_interpolated(solution.PatchEmbedding):
    def forward(self, images):
        answer = super().forward(images)
        grid = images.shape[2] // self.patch_size, images.shape[3] // self.patch_size
        if grid != self.grid:
            new = solution.interpolate_positions(self.positions.detach(), self.grid, grid)
            self.positions, self.grid = nn.Parameter(new), grid
        return answer


@mistake(
    of="PatchEmbedding",
    en="It looks like interpolated positions are kept for the next call with the same grid: when the parameter has "
    "changed, after a step of the optimizer, they are out of date.",
    zh="看起来插值后的位置向量留给了下一次同样网格的调用：优化器走一步、参数改变之后，它们就过时了。",
    breaks="for their grid of patches the current positions are",
)
class remembers_the_grid(solution.PatchEmbedding):
    def forward(self, images):
        tokens = super().forward(images)
        grid = images.shape[2] // self.patch_size, images.shape[3] // self.patch_size
        if grid == self.grid:
            return tokens
        new = solution.interpolate_positions(self.positions, self.grid, grid)
        self.kept = getattr(self, "kept", {})
        return tokens - new + self.kept.setdefault(grid, new)


@mistake(
    of="PatchEmbedding",
    en="It looks like the positions are not interpolated when the number of patches is the same. Compare the grids: "
    "2 by 8 "
    "and 4 by 4 have as many.",
    zh="看起来图块数相同时就不插值。应当比较网格：2 乘 8 与 4 乘 4 的图块一样多。",
)
class compares_lengths(solution.PatchEmbedding):
    def forward(self, images):
        tokens = super().forward(images)
        grid = images.shape[2] // self.patch_size, images.shape[3] // self.patch_size
        if grid == self.grid or tokens.shape[1] != len(self.positions):
            return tokens
        return tokens - solution.interpolate_positions(self.positions, self.grid, grid) + self.positions


@mistake(
    of="PatchEmbedding",
    en="It looks like the new grid is taken for a square, with the root of the number of patches as its side. Its rows "
    "and columns follow from the height and the width.",
    zh="看起来把新网格当成了正方形，边长取图块数的平方根。它的行数和列数应当由高和宽得出。",
    breaks="for their grid of patches the current positions are interpolated",
)
class takes_the_grid_for_a_square(solution.PatchEmbedding):
    def forward(self, images):
        super().forward(images)
        patches = self.projection(solution.patchify(images, self.patch_size))
        tokens = torch.cat([self.class_token.expand(len(images), 1, -1), patches], dim=1)
        side = int(patches.shape[1] ** 0.5)
        if (side, side) == self.grid:
            return tokens + self.positions
        return tokens + solution.interpolate_positions(self.positions, self.grid, (side, side))


@mistake(
    of="PatchEmbedding",
    en="It looks like the positions start at 0. They start as random numbers with standard deviation 0.02.",
    zh="看起来位置向量的初值是 0。它们应当是标准差为 0.02 的随机数。",
)
class starts_at_zero(solution.PatchEmbedding):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        nn.init.zeros_(self.positions)


@mistake(
    of="PatchEmbedding",
    en="It looks like a LayerNorm or another normalisation follows. The block of the Transformer brings its own.",
    zh="看起来后面又做了 LayerNorm 或别的归一化。Transformer 块自己带有归一化。",
)
class normalises_the_tokens(solution.PatchEmbedding):
    def forward(self, images):
        tokens = super().forward(images)
        return F.layer_norm(tokens, tokens.shape[-1:])


@mistake(
    of="PatchEmbedding",
    en="It looks like pictures of bytes are accepted. Whether 255 means 1 or something else must be decided "
    "outside: here "
    "it is a TypeError.",
    zh="看起来接受了 uint8 图片。255 代表 1 还是别的，要由外面决定：这里应当抛出 TypeError。",
)
class accepts_bytes(solution.PatchEmbedding):
    def forward(self, images):
        return super().forward(images if images.is_floating_point() else images.to(self.positions.dtype))


@mistake(
    of="PatchEmbedding",
    en="It looks like pictures with another number of channels are not refused with a ValueError.",
    zh="看起来通道数不符的图片没有以 ValueError 拒绝。",
)
class leaves_channels_to_the_layer(solution.PatchEmbedding):
    def forward(self, images):
        if images.shape[1] != self.channels:
            return self.projection(solution.patchify(images, self.patch_size))
        return super().forward(images)


@mistake(
    of="PatchEmbedding",
    en="It looks like `image_size` is read as (width, height). It is (height, width), in the order of the axes.",
    zh="看起来 `image_size` 被读成了（宽、高）。它是（高、宽），与轴的顺序一致。",
)
class swaps_the_image_size(solution.PatchEmbedding):
    def __init__(self, image_size, patch_size, d_model, channels=3):
        super().__init__(tuple(image_size)[::-1], patch_size, d_model, channels)


@mistake(
    of="PatchEmbedding",
    en="It looks like `positions` has no row for the class token. It has 1 + patches rows.",
    zh="看起来 `positions` 没有给分类词元留一行。它应有 1 + patches 行。",
)
class has_no_row_for_the_class(solution.PatchEmbedding):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.positions = nn.Parameter(self.positions[1:].detach())

    def forward(self, images):
        whole = torch.cat([torch.zeros_like(self.class_token)[None], self.positions])
        patches = self.projection(solution.patchify(images, self.patch_size)) + whole[1:]
        return torch.cat([self.class_token.expand(len(images), 1, -1), patches], dim=1)


@mistake(
    of="PatchEmbedding",
    en="It looks like the projection has no bias. ViT's has one.",
    zh="看起来投影层没有偏置。ViT 的投影层有偏置。",
)
class projects_without_a_bias(solution.PatchEmbedding):
    def __init__(self, image_size, patch_size, d_model, channels=3):
        super().__init__(image_size, patch_size, d_model, channels)
        self.projection = nn.Linear(channels * patch_size * patch_size, d_model, bias=False)


@mistake(
    of="PatchEmbedding",
    en="It looks like interpolated positions are cut off from the gradient: pictures of another size should train the "
    "positions, too.",
    zh="看起来插值后的位置向量没有梯度：其他尺寸的图片也应当能训练位置向量。",
)
class interpolated_ones_never_learn(solution.PatchEmbedding):
    def forward(self, images):
        tokens = super().forward(images)
        grid = images.shape[2] // self.patch_size, images.shape[3] // self.patch_size
        if grid == self.grid:
            return tokens
        new = solution.interpolate_positions(self.positions, self.grid, grid)
        return tokens - new + new.detach()


@mistake(
    of="PatchEmbedding",
    en="It looks like pictures of bytes are divided by 255 and accepted. Whether 255 means 1 must be decided outside: "
    "here it is a TypeError.",
    zh="看起来 uint8 图片除以 255 之后就被接受了。255 是否代表 1，要由外面决定：这里应当抛出 TypeError。",
    breaks="the pictures are not floating-point numbers, such as uint8 from 0 to 255",
)
class divides_bytes(solution.PatchEmbedding):
    def forward(self, images):
        return super().forward(images if images.is_floating_point() else images.to(self.positions.dtype) / 255)
