"""Hidden suite of week 16, patches.

Sizes are distinct primes, so that a swapped axis cannot go unnoticed. The parameters are set from outside, so that the
student's layer and the reference's are the same function.
Not covered: antialiasing where a grid shrinks to less than half in half precision, speed.
"""

import torch
import torch.nn.functional as F

from grader.suite import (
    assert_raises,
    assert_same,
    attribute,
    claims,
    expect,
    gradients,
    parameter_gradients,
    points,
    unchanged,
)

BATCH, CHANNELS, ROWS, COLUMNS, SIZE, D_MODEL = 2, 3, 5, 7, 2, 11
SIX_DIGITS = {"rtol": 1e-4, "atol": 1e-5}
"""Libraries interpolate in float32 and go back to the dtype of the positions: that is as right."""


def twins(student, reference, rng, *args, dtype=torch.float64, **kwargs):
    """The student's layer and ours, with the same random parameters."""
    layers = [module.PatchEmbedding(*args, **kwargs) for module in (student, reference)]
    state = {key: rng.normal(*value.shape, dtype=dtype) for key, value in layers[1].state_dict().items()}
    for layer in layers:
        if rng.device != "cpu":
            layer.to(str(rng.device))
        if dtype == torch.float64:
            layer.double()
        layer.load_state_dict(state)
    return layers


@points(1)
@claims(
    "in the order (channel, row, column)",
    "all of the first\nchannel, its rows from top to bottom",
    "those of the uppermost row from left to right",
)
def test_a_picture_of_two_channels(student, device):
    """Two channels of 4 by 4 numbers, cut into squares of 2 by 2: four rows of eight numbers, checked by hand.

    两个通道、每个通道 4 乘 4 个数，切成 2 乘 2 的块：得到四行、每行八个数，可以逐一手算核对。
    """
    images = torch.arange(32, dtype=torch.float32, device=device).reshape(1, 2, 4, 4)
    expected = [
        [0, 1, 4, 5, 16, 17, 20, 21],
        [2, 3, 6, 7, 18, 19, 22, 23],
        [8, 9, 12, 13, 24, 25, 28, 29],
        [10, 11, 14, 15, 26, 27, 30, 31],
    ]

    assert_same(student.patchify(images, 2), torch.tensor([expected], dtype=torch.float32, device=device))


@points(1)
@claims("The patches come row by row", "Pictures need not be square", "squares of `size` by `size` pixels")
def test_pictures_that_are_not_square(student, reference, rng):
    """Pictures with more columns than rows, more rows than columns, or unusual strides are cut in the right order.

    列多于行、行多于列、内存不连续的图片，切块的顺序都正确。
    """
    for height, width, size in [(ROWS * 2, COLUMNS * 2, 2), (COLUMNS * 3, ROWS * 3, 3), (4, 20, 4)]:
        images = rng.normal(BATCH, CHANNELS, height, width, dtype=torch.float64)
        assert_same(unchanged(student.patchify, images, size), reference.patchify(images, size))
        last = rng.normal(BATCH, height, width, CHANNELS).permute(0, 3, 1, 2)
        assert_same(unchanged(student.patchify, last, size), reference.patchify(last, size))


@points(1)
@claims("that of a convolution's weight")
def test_a_convolution_is_a_product_with_patches(student, rng):
    """A convolution whose stride is its size equals a product of the patches with its flattened weight.

    步长等于核大小的卷积，等于图块与展平后的卷积核相乘。
    """
    images = rng.normal(BATCH, CHANNELS, ROWS * SIZE, COLUMNS * SIZE, dtype=torch.float64)
    weight = rng.normal(D_MODEL, CHANNELS, SIZE, SIZE, dtype=torch.float64)
    convolved = F.conv2d(images, weight, stride=SIZE).flatten(2).transpose(1, 2)

    assert_same(student.patchify(images, SIZE) @ weight.flatten(1).T, convolved)


@points(1)
@claims("The dtype stays, uint8 as well")
def test_dtypes_of_patches(student, reference, rng):
    """Bytes stay bytes, and half precision stays half precision.

    字节（uint8）仍是字节，半精度仍是半精度。
    """
    images = rng.integers(0, 256, BATCH, CHANNELS, ROWS * SIZE, COLUMNS * SIZE)
    for dtype in (torch.uint8, torch.float16, torch.int64):
        assert_same(unchanged(student.patchify, images.to(dtype), SIZE), reference.patchify(images.to(dtype), SIZE))


@points(1)
def test_the_smallest_and_the_largest_patch(student, reference, rng):
    """Patches of one pixel and one patch as large as the picture are allowed; so are one channel and a batch of none.

    一个像素的图块、与整张图一样大的图块都可以；单通道、空批次也可以。
    """
    for shape, size in [((1, CHANNELS, 3, 5), 1), ((BATCH, CHANNELS, 7, 7), 7), ((1, 1, 2, 4), 2), ((0, 2, 4, 6), 2)]:
        images = rng.normal(*shape)

        assert_same(student.patchify(images, size), reference.patchify(images, size))


@points(1)
@claims("`size` is below 1, or does not divide the height and the width")
def test_sizes_that_do_not_fit(student, rng):
    """A size that does not divide the height, or not the width, or is below 1, is a ValueError.

    不能整除高或宽的大小，以及小于 1 的大小，都要抛出 ValueError。
    """
    for height, width, size in [(5, 6, 2), (6, 5, 2), (7, 7, 3), (6, 6, 12), (6, 6, 0), (6, 6, -2)]:
        assert_raises(ValueError, student.patchify, rng.normal(1, 1, height, width), size)


@points(1)
@claims("it stays as it is", "They are read as a picture with\nd_model channels")
def test_constant_positions_stay_constant(student, rng):
    """Where all patches have one position, all have it after resizing; the class token keeps another one.

    如果所有图块的位置向量都相同，缩放之后仍然都相同；分类词元（class token）保持自己的位置向量。
    """
    for_class, for_patch = rng.normal(2, D_MODEL, dtype=torch.float64)
    # 15 / 11 * 11 is a little less than 15 in floating-point numbers, and 13 / 23 * 23 than 13.
    for grid, new_grid in [((ROWS, COLUMNS), (3, 13)), ((2, 11), (3, 15)), ((23, 1), (13, 2))]:
        positions = torch.cat([for_class[None], for_patch.expand(grid[0] * grid[1], -1)])
        resized = student.interpolate_positions(positions, grid, new_grid)

        assert_same(resized, torch.cat([for_class[None], for_patch.expand(new_grid[0] * new_grid[1], -1)]))


@points(1)
@claims(
    "resized by torch's bicubic interpolation with align_corners=False and without antialiasing, to\n"
    "exactly the size `new_grid`: the scale of each axis is new / old",
    "a `grid` of (rows, columns), in the order of `patchify`",
)
def test_resized_positions(student, reference, rng):
    """Grids that are not square are enlarged and shrunk as the reference does it.

    非正方形的网格，无论放大还是缩小，都与参考答案一致。
    """
    for grid, new_grid in [((3, 5), (7, 11)), ((7, 5), (3, 2)), ((3, 7), (5, 2)), ((2, 3), (3, 2)), ((1, 1), (2, 3))]:
        positions = rng.normal(1 + grid[0] * grid[1], D_MODEL, dtype=torch.float64)

        got = unchanged(student.interpolate_positions, positions, grid, new_grid)
        assert_same(got, reference.interpolate_positions(positions, grid, new_grid), **SIX_DIGITS)


@points(1)
def test_as_many_patches_in_another_grid(student, reference, rng):
    """From 2 by 8 to 4 by 4 the number of patches stays, but not where they lie: the positions must change.

    从 2 乘 8 变为 4 乘 4，图块数不变，但它们的位置变了：位置向量必须随之改变。
    """
    positions = rng.normal(17, D_MODEL, dtype=torch.float64)

    assert_same(
        student.interpolate_positions(positions, (2, 8), (4, 4)),
        reference.interpolate_positions(positions, (2, 8), (4, 4)),
        **SIX_DIGITS,
    )


@points(1)
@claims("Row 0 of `positions` belongs to the class token", "The dtype stays")
def test_the_same_grid_and_other_dtypes(student, rng):
    """The same grid leaves the positions as they are, also a strided view; float32 and bfloat16 stay what they are.

    网格不变时位置向量保持原样，内存不连续的视图也一样；float32 与 bfloat16 的类型不变。
    """
    positions = rng.normal(D_MODEL, 16).T
    assert_same(unchanged(student.interpolate_positions, positions, (3, 5), (3, 5)), positions)
    # One position for all patches: in bfloat16, what is computed in which precision would show elsewhere.
    alike = torch.cat([positions[:1], positions[1:2].expand(15, -1)]).bfloat16()
    resized = student.interpolate_positions(alike, (3, 5), (5, 4))
    expected = torch.cat([alike[:1], alike[1:2].expand(20, -1)])
    assert_same(resized, expected, rtol=3e-2, atol=3e-2)  # eight bits of each weight and each sum


@points(1)
@claims(
    "a number in `grid` or `new_grid` is below 1, or `positions` has not 1 + rows * columns rows",
)
def test_grids_that_do_not_fit(student, rng):
    """Positions of another number than 1 + rows * columns, and a grid with a 0 in it, are a ValueError.

    位置向量的个数不是 1 + rows * columns，或网格中有 0，都要抛出 ValueError。
    """
    for count, grid, new_grid in [
        (15, (3, 5), (4, 4)),
        (17, (3, 5), (3, 5)),
        (16, (4, 4), (2, 2)),
        (16, (3, 5), (0, 4)),
        (16, (3, 5), (4, 0)),
        (1, (0, 5), (2, 2)),
        (1, (5, 0), (2, 2)),
        (16, (-3, -5), (2, 2)),
    ]:
        assert_raises(ValueError, student.interpolate_positions, rng.normal(count, D_MODEL), grid, new_grid)


@points(1)
@claims(
    "projection: nn.Linear from channels * patch_size * patch_size to d_model, with a bias",
    "class_token: parameter, (d_model,)",
    "positions: parameter, (1 + patches, d_model), row 0 for the class token",
    "image_size: (height, width) of the pictures for which `positions` is made",
    "patch_size: side of the square patches",
)
def test_parameters(student, reference):
    """The parameters have the names and shapes of the contract.

    参数的名字和形状符合约定。
    """
    for args, kwargs in [(((10, 14), 2, D_MODEL), {}), (((3, 9), 3, 5), {"channels": 1})]:
        got, expected = (
            {key: list(value.shape) for key, value in module.PatchEmbedding(*args, **kwargs).state_dict().items()}
            for module in (student, reference)
        )
        expect(
            got == expected,
            "PatchEmbedding must have the parameters {expected}, yours has {got}.",
            "PatchEmbedding 的参数应为 {expected}，你的是 {got}。",
            expected=expected,
            got=got,
        )


@points(1)
@claims("Both start as random numbers with\nmean 0 and a standard deviation of about 0.02")
def test_starting_values(student):
    """Class token and positions start as random numbers around 0 with a standard deviation of about 0.02.

    分类词元和位置向量的初值是均值为 0、标准差约为 0.02 的随机数。
    """
    # 25,517 and 4,001 numbers: the bounds are over six standard errors away, also from a normal distribution that is
    # cut off at two standard deviations (0.0176).
    for name, image_size, d_model in (("positions", (30, 50), 17), ("class_token", (5, 7), 4001)):
        values = attribute(student.PatchEmbedding(image_size, 1, d_model), name).double()
        mean, deviation = values.mean().item(), values.std().item()
        expect(
            abs(mean) < 0.003 and 0.0155 < deviation < 0.0225,
            "At the start {name} has mean {mean} and standard deviation {deviation}; they must be about 0 and 0.02.",
            "{name} 的初值均值为 {mean}，标准差为 {deviation}；应约为 0 和 0.02。",
            name=name,
            mean=f"{mean:.4f}",
            deviation=f"{deviation:.4f}",
        )


@points(1)
@claims(
    "Each row of `patchify` goes through `projection`",
    "The class token is put before the patches of every picture",
    "the class token has a position, too",
    "There is no dropout and no normalisation",
)
def test_tokens_of_pictures(student, reference, rng):
    """The class token comes first, then the projected patches; positions are added to all of them.

    分类词元排在最前，后面是投影后的图块；全部加上位置向量。
    """
    for dtype in (torch.float64, torch.float32):
        mine, theirs = twins(student, reference, rng, (10, 14), SIZE, D_MODEL, dtype=dtype)
        images = rng.normal(BATCH, 3, 10, 14, dtype=dtype)
        assert_same(unchanged(mine.forward, images), theirs(images))
    mine, theirs = twins(student, reference, rng, (9, 3), 3, 5, channels=1)
    images = rng.normal(3, 9, BATCH, 1, dtype=torch.float64).permute(2, 3, 1, 0)
    assert_same(unchanged(mine.forward, images), theirs(images))


@points(1)
@claims(
    "for their grid of patches the current positions are\ninterpolated, as `interpolate_positions` does",
    "and the parameter itself stays as it is",
)
def test_pictures_of_other_sizes(student, reference, rng):
    """Larger and smaller pictures, wider or higher ones, and other proportions of the same area, get interpolated
    positions, call after call; when the parameter has changed, they have changed, too.

    更大、更小、只改变宽或高、面积相同但长宽比不同的图片，都使用插值后的位置向量；连续调用也一样。参数变了，它们也随之改变。
    """
    mine, theirs = twins(student, reference, rng, (4, 16), SIZE, D_MODEL)
    # Grids with fewer and more patches first, also in one direction alone, and then those with as many.
    for height, width in [(6, 10), (2, 4), (6, 14), (4, 10), (6, 16), (8, 8), (16, 4), (4, 16)]:
        images = rng.normal(BATCH, 3, height, width, dtype=torch.float64)

        assert_same(mine(images), theirs(images), **SIX_DIGITS)
    assert_same(mine.state_dict()["positions"], theirs.state_dict()["positions"])

    learned = {key: 3 * value + 1 for key, value in theirs.state_dict().items()}
    for layer in (mine, theirs):
        layer.load_state_dict(learned)
    images = rng.normal(BATCH, 3, 6, 10, dtype=torch.float64)
    assert_same(mine(images), theirs(images), **SIX_DIGITS)


@points(1)
def test_gradients(student, reference, rng):
    """Gradients reach the pictures, the positions, the class token and the projection, also through the interpolation.

    梯度能传到图片、位置向量、分类词元和投影层，经过插值时也一样。
    """
    mine, theirs = twins(student, reference, rng, (4, 6), SIZE, 5)
    for height, width in [(4, 6), (6, 10)]:
        images = rng.normal(BATCH, 3, height, width, dtype=torch.float64)
        assert_same(gradients(mine.forward, images, wrt=(0,)), gradients(theirs.forward, images, wrt=(0,)))
        assert_same(parameter_gradients(mine, images), parameter_gradients(theirs, images), **SIX_DIGITS)
    positions = rng.normal(7, 5, dtype=torch.float64)
    mine, theirs = (
        gradients(module.interpolate_positions, positions, (2, 3), (5, 4), wrt=(0,)) for module in (student, reference)
    )
    assert_same(mine, theirs, **SIX_DIGITS)


@points(1)
@claims(
    "`patch_size` is below 1 or does not divide height and width: those of `image_size` when the object\n"
    "is made, those of the pictures when it is called",
    "Or the pictures have not `channels` channels",
    "the pictures are not floating-point numbers, such as uint8 from 0 to 255",
)
def test_pictures_that_do_not_fit(student, rng):
    """Sizes that the patch size does not divide and other channels are a ValueError, pictures of bytes a TypeError.

    图块大小不能整除的尺寸、通道数不符，都抛出 ValueError；uint8 图片抛出 TypeError。
    """
    for image_size, patch_size in [((5, 6), 2), ((6, 5), 2), ((6, 6), 0), ((6, 6), -2)]:
        assert_raises(ValueError, student.PatchEmbedding, image_size, patch_size, D_MODEL)
    layer = student.PatchEmbedding((4, 6), SIZE, D_MODEL)
    shapes = {"projection.weight": (D_MODEL, 12), "projection.bias": (D_MODEL,), "class_token": (D_MODEL,)}
    layer.load_state_dict({key: rng.normal(*shape) for key, shape in (shapes | {"positions": (7, D_MODEL)}).items()})
    for shape in [(1, 3, 5, 6), (1, 3, 4, 7), (1, 1, 4, 6), (1, 4, 4, 6)]:
        assert_raises(ValueError, layer, rng.normal(*shape))
    for dtype in (torch.uint8, torch.int64):
        assert_raises(TypeError, layer, rng.integers(0, 256, 1, 3, 4, 6).to(dtype))
