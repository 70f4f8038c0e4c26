"""Hidden suite of week 10, NF4.

Random weights are float64, where no quotient comes near the middle of two levels. In other dtypes the weights are such
that no order of operations in float32 can change a code.
Not covered: double quantisation of `absmax`, and how fast all this is.
"""

import torch

from grader.suite import assert_raises, assert_same, claims, follows_device, gradients, unchanged

LEVELS = (
    *(-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453),
    *(-0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0.0),
    *(0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224),
    *(0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0),
)
D_IN, D_OUT, RANK, BATCH, LENGTH = 11, 7, 3, 2, 5
EXACT = {"rtol": 0.0, "atol": 0.0}


def levels(device, dtype=torch.float64):
    return torch.tensor(LEVELS, dtype=dtype, device=device)


def pack(codes):
    """Two codes to a byte, the first one in the upper half."""
    codes = [*codes, 7] if len(codes) % 2 else codes
    return torch.tensor([16 * upper + lower for upper, lower in zip(codes[::2], codes[1::2], strict=True)])


def by_hand(weight, block):
    """What `quantise_nf4` should return, weight by weight; `weight` is a flat list."""
    codes, largest = [], []
    for start in range(0, len(weight), block):
        part = weight[start : start + block]
        largest.append(max(map(abs, part)))
        for number in part:
            distances = [abs(number / (largest[-1] or 1.0) - level) for level in LEVELS]
            codes.append(distances.index(min(distances)))
    return pack(codes), largest


def assert_quantised(student, weight, block):
    packed, largest = by_hand(weight.flatten().tolist(), block)
    dtype = torch.promote_types(weight.dtype, torch.float32)
    right = packed.to(weight.device, torch.uint8), torch.tensor(largest, dtype=dtype, device=weight.device)
    assert_same(unchanged(student.quantise_nf4, weight, block), right)


@claims(
    "cut into blocks of `block`; the last block may be shorter",
    "`absmax` has the largest |w| of each block",
    "Byte j of `packed` has the code of weight 2j in its upper four bits and that of weight 2j + 1 in its lower four",
)
def test_five_weights_by_hand(student, device):
    """-8, 4, 0, 2 and 3 in blocks of 4 have the codes 0, 12, 7, 10 and 15: the bytes 12, 122 and 247.

    -8、4、0、2、3 按 4 个一块，编码是 0、12、7、10、15，即字节 12、122、247。
    """
    weight = torch.tensor([-8.0, 4.0, 0.0, 2.0, 3.0], device=device)

    packed = torch.tensor([12, 122, 247], dtype=torch.uint8, device=device)
    assert_same(student.quantise_nf4(weight, 4), (packed, torch.tensor([8.0, 3.0], device=device)))


def test_levels_have_their_own_codes(student, device):
    """Each level, times any absmax, has its own code, in float64, float32 and float16.

    每个等级乘以任意 absmax，都得到自己的编码，float64、float32、float16 都一样。
    """
    for dtype in (torch.float64, torch.float32, torch.float16):
        for largest in (1.0, 0.375, 24.0):
            packed, absmax = student.quantise_nf4((levels(device) * largest).to(dtype), 16)
            wide = torch.promote_types(dtype, torch.float32)
            assert_same(absmax, torch.tensor([largest], dtype=wide, device=device))
            assert_same(packed, pack(list(range(16))).to(device, torch.uint8))


@claims("The code of a weight is the index of the level in `NF4_LEVELS` that is nearest to w / absmax")
def test_the_nearest_level(student, rng):
    """Every weight gets the nearest of all 16 levels, as a search through all of them finds it.

    每个权重都得到 16 个等级中最近的一个，与逐个比较的结果相同。
    """
    assert_quantised(student, rng.normal(1009, dtype=torch.float64), 64)
    assert_quantised(student, 1e-30 * rng.normal(13, 17, dtype=torch.float64), 32)


@claims("Halfway between two levels it is the lower one")
def test_halfway_is_lower(student, device):
    """A weight halfway between two levels gets the lower one.

    恰好在两个等级正中间的权重，取较低的那个。
    """
    grid = levels(device)
    middles = torch.cat([(grid[1:] + grid[:-1]) / 2, grid[-1:]])  # exact in float64, and the last one is absmax

    for largest in (1.0, 0.25, 8.0):
        packed, _ = student.quantise_nf4(middles * largest, 16)
        assert_same(packed, pack(list(range(16))).to(device, torch.uint8))


@claims("Two blocks may share a byte", "If the number of weights is odd, the lower four bits of the last byte are 7")
def test_blocks_of_all_sizes(student, rng):
    """Each block has an absmax of its own: odd blocks, blocks of 1, one that is larger than the weight, one weight.

    每一块都有自己的 absmax：奇数大小的块、大小为 1 的块、比权重还大的块，以及只有一个权重时都是如此。
    """
    weight = rng.normal(23, dtype=torch.float64) * torch.arange(1, 24, device=rng.normal(1).device)

    for block in (1, 2, 5, 23, 64):
        assert_quantised(student, weight, block)
    assert_quantised(student, weight[:1], 3)


@claims("The weights are taken in row-major order, whatever the strides")
def test_views_are_read_by_rows(student, rng):
    """A transposed weight and a slice are read row by row, not as they lie in memory.

    转置的权重和切片按行读取，而不是按内存里的顺序。
    """
    weight = rng.normal(D_OUT, D_IN, dtype=torch.float64)

    assert_quantised(student, weight.T, 5)
    assert_quantised(student, weight[:, ::2], 5)


@claims("In a block of zeros absmax is 0 and every code is 7, the level 0")
def test_a_block_of_zeros(student, rng, device):
    """A block of zeros has absmax 0 and codes of 7, and comes back as zeros; so do tiny numbers beside a large one.

    全为零的块 absmax 为 0，编码都是 7，还原后仍是零；与大数同块的极小的数也是如此。
    """
    weight = torch.zeros(11, device=device)
    weight[4], weight[5] = 1e30, -1e-30

    packed, absmax = student.quantise_nf4(weight, 4)
    assert_same(packed, torch.tensor([119, 119, 247, 119, 119, 119], dtype=torch.uint8, device=device))
    assert_same(absmax, torch.tensor([0.0, 1e30, 0.0], device=device))
    right = torch.where(weight == 1e30, weight, 0.0)
    assert_same(student.dequantise_nf4(packed, absmax, (11,), 4), right, **EXACT)


@claims(
    "Everything is computed in float32, or in float64 if `weight` is, and `absmax` has that dtype",
    "Both answers are on the device of `weight`, which is not changed",
)
def test_half_precision_weights(student, device):
    """bfloat16 and float16 weights are divided in float32, and absmax is float32.

    bfloat16 和 float16 的权重在 float32 中相除，absmax 是 float32。
    """
    whole = torch.arange(-239, 240, device=device)  # quotients in bfloat16 would pass the middle of two levels

    for dtype in (torch.bfloat16, torch.float16):
        assert_quantised(student, whole.to(dtype), 479)


@claims("Both answers are on the device of `weight`")
def test_codes_are_where_the_weight_is(student, device):
    """Both answers lie on the device of the weight: on a GPU, every new tensor is made there, the levels too.

    两个结果都与权重在同一设备上：在 GPU 上，新建的张量也要在那里，等级表也一样。
    """
    packed, absmax = follows_device(student.quantise_nf4, torch.tensor([-3.0, 0.0, 3.0], device=device), 2)

    assert_same(packed, torch.tensor([0x07, 0xF7], dtype=torch.uint8, device=device))
    assert_same(absmax, torch.tensor([3.0, 3.0], device=device))


@claims(
    "ValueError: `weight` is empty or not floating-point, or holds NaN or infinity, or `block` is below 1",
)
def test_refused_weights(student, rng, device):
    """Empty weights, whole numbers, NaN, infinity and a block below 1 are refused.

    空的权重、整数、NaN、无穷大，以及小于 1 的块，都要拒绝。
    """
    weight = rng.normal(7)

    for wrong in (weight[:0], torch.arange(7, device=device), weight / 0.0, torch.full((7,), torch.nan, device=device)):
        assert_raises(ValueError, student.quantise_nf4, wrong, 4)
    for block in (0, -3):
        assert_raises(ValueError, student.quantise_nf4, weight, block)
    assert_same(len(student.quantise_nf4(weight, 1)[1]), 7)


@claims("Weight i, in row-major order, is its level times the absmax of block i // block")
def test_weights_come_back(student, rng, device):
    """Any bytes come back as level times absmax, in the shape that was asked for, in float64 and float32.

    任意字节都还原成等级乘以 absmax，形状如所要求，float64 和 float32 都一样。
    """
    codes = rng.integers(0, 16, 77)
    packed = pack(codes.tolist()).to(device, torch.uint8)

    for dtype in (torch.float64, torch.float32):
        for block in (1, 13, 64, 100):
            absmax = rng.uniform(-(-77 // block), low=0.5, high=2.0, dtype=dtype)
            flat = torch.stack([levels(device)[code] * absmax[i // block] for i, code in enumerate(codes.tolist())])
            right = flat.to(dtype).view(7, 11)
            assert_same(unchanged(student.dequantise_nf4, packed, absmax, (7, 11), block, dtype), right)
    assert_same(student.dequantise_nf4(packed[:1], absmax[:1], (1, 1), 5).shape, torch.Size([1, 1]))


@claims("The product is computed in the dtype of `absmax` and rounded to `dtype` once")
def test_products_are_rounded_once(student, device):
    """A half-precision weight is the float32 product, rounded once, though absmax may be too large for float16; float32
    is what comes without a dtype.

    半精度的权重是 float32 乘积舍入一次的结果，即使 absmax 超出 float16 的范围；不给 dtype 时得到 float32。
    """
    packed = pack(list(range(16)) * 8).to(device, torch.uint8)
    absmax = 1.0 + torch.arange(8, device=device) / 97
    exact = (levels(device, torch.float32) * absmax[:, None]).flatten()

    assert_same(student.dequantise_nf4(packed, absmax, (128,), 16), exact)
    codes, large = list(range(3, 13)), torch.tensor([1e5], device=device)  # 65504 is the largest float16
    right = (levels(device)[codes] * 1e5).to(torch.float16)
    answer = student.dequantise_nf4(pack(codes).to(device, torch.uint8), large, (10,), 16, torch.float16)
    assert_same(answer, right, rtol=2**-10, atol=0.0)
    for dtype in (torch.bfloat16, torch.float16):
        assert_same(student.dequantise_nf4(packed, absmax, (128,), 16, dtype), exact.to(dtype), **EXACT)


@claims(
    "ValueError: `packed` is not uint8, or `packed` and `absmax` do not have the lengths that `shape` and `block` ask "
    "for"
)
def test_refused_codes(student, rng, device):
    """Codes that are not uint8, and too few or too many bytes or blocks, are refused.

    不是 uint8 的编码，以及字节或块的数目过多或过少，都要拒绝。
    """
    packed, absmax = torch.zeros(6, dtype=torch.uint8, device=device), rng.uniform(3)

    assert_same(student.dequantise_nf4(packed, absmax, (11,), 5).shape, torch.Size([11]))
    assert_raises(ValueError, student.dequantise_nf4, packed.to(torch.int16), absmax, (11,), 5)
    for shape, block in (((13,), 5), ((3, 3), 3), ((11,), 3), ((11,), 6)):
        assert_raises(ValueError, student.dequantise_nf4, packed, absmax, shape, block)


def layer(rng, device, dtype=torch.float64, block=64):
    """The arguments of a layer whose weight has any codes at all."""
    packed = rng.integers(0, 256, -(-D_IN * D_OUT // 2)).to(torch.uint8)
    absmax = rng.uniform(-(-D_IN * D_OUT // block), low=0.5, high=2.0, dtype=dtype)
    return packed, absmax, rng.normal(RANK, D_IN, dtype=dtype), rng.normal(D_OUT, RANK, dtype=dtype)


def weight_of(packed, absmax, block):
    codes = torch.stack([packed // 16, packed % 16], dim=1).flatten()[: D_IN * D_OUT].long()
    flat = levels(packed.device, absmax.dtype)[codes] * absmax.repeat_interleave(block)[: len(codes)]
    return flat.view(D_OUT, D_IN)


@claims(
    "The answer is x W^T + scaling x A^T B^T + bias, where W [d_out d_in] is made from `packed` and `absmax` by "
    "`dequantise_nf4`"
)
def test_forward_agrees_with_the_formula(student, rng, device):
    """In float64 the answer is x W^T + scaling x A^T B^T + bias, with and without a bias, for any number of axes.

    float64 下，结果是 x W^T + scaling x A^T B^T + bias，有没有偏置、有多少个轴都一样。
    """
    bias = rng.normal(D_OUT, dtype=torch.float64)
    x = rng.normal(LENGTH, BATCH, D_IN, dtype=torch.float64).transpose(0, 1)

    for block in (64, 13):
        packed, absmax, a, b = layer(rng, device, block=block)
        right = x @ weight_of(packed, absmax, block).T + 2.5 * x @ a.T @ b.T
        rest = {"block": block, "compute_dtype": torch.float64}
        assert_same(unchanged(student.qlora_forward, x, packed, absmax, a, b, 2.5, **rest), right)
        assert_same(student.qlora_forward(x[0, 0], packed, absmax, a, b, 2.5, bias, **rest), right[0, 0] + bias)


@claims(
    "`x`, W, `lora_A`, `lora_B` and `bias` are rounded to `compute_dtype` and everything is computed in it; then the "
    "answer is rounded to the dtype of `x`"
)
def test_compute_dtype(student, device):
    """Without a dtype everything is rounded to bfloat16: 1 + 2^-9 is 1 there, in x, W, A, B and bias; the answer is
    float32.

    不给 dtype 时一切都舍入到 bfloat16：x、W、A、B 和偏置里的 1 + 2^-9 都变成 1；结果是 float32。
    """
    near = 1 + 2.0**-9
    packed, one = torch.tensor([247], dtype=torch.uint8, device=device), torch.tensor([near], device=device)
    plain = one.view(1, 1)

    for dtype, right in ((None, 4.0), (torch.bfloat16, 4.0), (torch.float32, near**2 + 2 * near**3 + near)):
        rest = {} if dtype is None else {"compute_dtype": dtype}
        answer = student.qlora_forward(plain, packed, one, plain, plain, 2.0, one, **rest)
        assert_same(answer, torch.tensor([[right]], device=device))


@claims("`x`, W, `lora_A`, `lora_B` and `bias` are rounded to `compute_dtype` and everything is computed in it")
def test_each_is_rounded_by_itself(student, device):
    """257 is 256 in bfloat16, wherever it stands: 3 times 256 is 768, and 3 times 257 would be 772.

    257 在 bfloat16 中是 256，不管它在哪里：3 乘以 256 是 768，而 3 乘以 257 会得到 772。
    """
    packed = torch.tensor([247], dtype=torch.uint8, device=device)  # one weight, of the level 1
    cases = {  # x, W, A, B and bias
        (257, 3, 0, 0, 0): 768.0,
        (3, 257, 0, 0, 0): 768.0,
        (257, 0, 3, 1, 0): 768.0,
        (1, 0, 257, 3, 0): 768.0,
        (1, 0, 3, 257, 0): 768.0,
        (1, 2, 0, 0, 257): 258.0,
    }
    for numbers, right in cases.items():
        x, absmax, a, b, bias = (torch.tensor([float(number)], device=device) for number in numbers)
        answer = student.qlora_forward(x.view(1, 1), packed, absmax, a.view(1, 1), b.view(1, 1), 1.0, bias)
        assert_same(answer, torch.tensor([[right]], device=device))


def test_half_precision_layers(student, rng, device):
    """With inputs in bfloat16 or float16 the answer has that dtype and is right to its precision.

    输入是 bfloat16 或 float16 时，结果也是这种 dtype，并且精确到它的精度。
    """
    for dtype, step in ((torch.bfloat16, 2.0**-8), (torch.float16, 2.0**-11)):
        packed = (
            rng.integers(136, 256, -(-D_IN * D_OUT // 2)).to(torch.uint8) | 136
        )  # no level below 0: nothing cancels
        absmax = rng.uniform(2, low=0.5, high=2.0)
        x, a, b, bias = (
            rng.uniform(*shape, low=0.5, high=1.5, dtype=dtype)
            for shape in ((BATCH, D_IN), (RANK, D_IN), (D_OUT, RANK), (D_OUT,))
        )
        exact = x.double() @ weight_of(packed, absmax.double(), 64).T + 0.5 * x.double() @ a.double().T @ b.double().T

        answer = student.qlora_forward(x, packed, absmax, a, b, 0.5, bias, compute_dtype=dtype)
        assert_same(answer, (exact + bias.double()).to(dtype), rtol=8 * step, atol=0.0)


@claims("Gradients reach `x`, `lora_A`, `lora_B` and `bias`, each in its own dtype")
def test_gradients(student, rng, device):
    """x, A, B and bias get the gradients of the formula, in float64 and, computed in bfloat16, in float32.

    x、A、B 和偏置得到公式的梯度：float64 下如此，用 bfloat16 计算时得到 float32 的梯度。
    """
    packed, absmax, a, b = layer(rng, device)
    x, bias = rng.normal(LENGTH, D_IN, dtype=torch.float64), rng.normal(D_OUT, dtype=torch.float64)
    weight = weight_of(packed, absmax, 64)

    right = gradients(lambda x, a, b, bias: x @ weight.T + 2.5 * x @ a.T @ b.T + bias, x, a, b, bias, wrt=(0, 1, 2, 3))
    found = gradients(student.qlora_forward, x, packed, absmax, a, b, 2.5, bias, 64, torch.float64, wrt=(0, 3, 4, 6))
    assert_same(list(found), list(right))
    narrow = [tensor.float() for tensor in (x, a, b, bias)]
    x, a, b, bias = narrow
    found = gradients(student.qlora_forward, x, packed, absmax.float(), a, b, 2.5, bias, wrt=(0, 3, 4, 6))
    for got, expected in zip(found, right, strict=True):
        # bfloat16 rounds by up to 2^-9 in each of a few products and sums.
        room = 0.1 * float(expected.abs().max())
        assert_same(got, expected.float(), rtol=0.0, atol=room)
