"""Hidden suite of week 15, prune.

Equal magnitudes are everywhere where a tie could be decided in another way.
"""

import math

import torch

from grader.suite import after, assert_raises, assert_same, claims, expect, follows_device, points, unchanged

ROWS, D_IN, WIDTH, HEADS, SIZE, TOKENS = 3, 20, 7, 5, 2, 11


def numbers(*rows, device, dtype=torch.float32):
    return torch.tensor(rows, dtype=dtype, device=device)


def kept(*rows, device):
    return torch.tensor(rows, dtype=torch.bool, device=device)


def attention(query, key, value, output, size, silent=()):
    """What a layer makes of random tokens; the answers of the heads in `silent` are set to 0."""
    heads = len(query) // size
    source = torch.Generator().manual_seed(3)
    x = torch.randn(TOKENS, query.shape[1], generator=source, dtype=torch.float64).to(query.device)
    q, k, v = ((x @ weight.T).unflatten(1, (heads, size)).transpose(0, 1) for weight in (query, key, value))
    answers = (q @ k.transpose(1, 2)).softmax(-1) @ v  # (heads, TOKENS, size)
    answers[list(silent)] = 0
    return answers.transpose(0, 1).flatten(1) @ output.T


def layer(rng, heads=HEADS, size=SIZE, width=WIDTH, dtype=torch.float64):
    rows = heads * size
    query, key, value = (rng.normal(rows, width, dtype=dtype) for _ in range(3))
    return query, key, value, rng.normal(width, rows, dtype=dtype)


@points(1)
def test_magnitude_by_hand(student, device):
    """Of -4, 1, -0.5, 3, 0 and 2 half are pruned: 1, -0.5 and 0, whatever their sign.

    -4、1、-0.5、3、0、2 剪去一半：剪掉 1、-0.5 和 0，与符号无关。
    """
    weight = numbers([-4.0, 1.0, -0.5], [3.0, 0.0, 2.0], device=device)

    assert_same(student.prune_magnitude([weight], 0.5), [kept([1, 0, 0], [1, 0, 1], device=device)])
    assert_same(student.prune_magnitude(weights=[-weight], share=1 / 3), [kept([1, 1, 0], [1, 0, 1], device=device)])


@points(1)
@claims(
    "All tensors are looked at together",
    "a tensor with small weights loses more than others",
    "Each mask is bool and has the shape and the device of its tensor",
    "True means kept",
    "The tensors are on one device and may differ in shape and dtype",
)
def test_all_tensors_together(student, reference, rng):
    """Tensors of several shapes, sizes of weights and dtypes are looked at together; each gets a mask of its shape.

    形状、大小和 dtype 不同的张量放在一起比较；每个张量得到同样形状的掩码。
    """
    weights = [
        rng.normal(ROWS, D_IN),
        0.1 * rng.normal(2, 3, 5, dtype=torch.float64),
        3 * rng.normal(13).to(torch.float16),
        rng.normal(1, 1).to(torch.bfloat16),
        rng.normal(D_IN, ROWS).T,
        rng.normal(dtype=torch.float64),
    ]
    for share in (0.1, 0.37, 0.5, 0.9):
        masks = unchanged(student.prune_magnitude, weights, share)
        assert_same(masks, reference.prune_magnitude(weights, share))
    small, large = 0.01 * rng.uniform(7, low=0.5), rng.uniform(7, low=0.5)
    every = torch.ones_like(small, dtype=torch.bool)
    assert_same(student.prune_magnitude([large, small], 0.5), [every, ~every])
    none = small[:0]  # a tensor without weights
    assert_same(student.prune_magnitude([none, large, small], 0.5), [none > 0, every, ~every])
    # Differences that a narrower dtype does not hold count as well. The second number of each tensor is the largest.
    one = torch.ones(1, device=small.device)
    both, second_alone = kept([1, 1], device=small.device)[0], kept([0, 1], device=small.device)[0]
    for first, second in (
        (one, (one - 2**-20).double()),
        (one.half(), one - 2**-20),
        (one.bfloat16(), (one - 2**-9).half()),
        (one.double(), one.double() - 2**-40),
        (2e-200 * one.double(), 1e-200 * one.double()),  # their squares are 0
    ):
        pair = [torch.cat([first, 2 * first]), torch.cat([second, 2 * first.to(second.dtype)])]
        assert_same(student.prune_magnitude(pair, 0.25), [both, second_alone])
    endless = torch.tensor([1.0, math.inf, -math.inf, 3.0], device=small.device)
    assert_same(student.prune_magnitude([endless], 0.5), [endless.isinf()])


@points(1)
@claims("of n weights in all, exactly k = round(share * n) are pruned, as Python rounds")
def test_how_many(student, rng):
    """Exactly round(share * n) are pruned, with Python's rounding: also for shares that floats cannot hold.

    恰好剪去 round(share * n) 个，按 Python 的取整；浮点数表示不准的比例也一样。
    """
    for n in (1, 2, 5, 7, 10, 97, 100):
        for share in (0.0, 0.07, 0.1, 0.25, 0.29, 0.3, 0.45, 0.5, 0.57, 0.575, 0.58, 0.7, 0.75, 0.9, 0.99, 1.0):
            for weight in (rng.normal(n), torch.ones(n, device=rng.normal(1).device)):
                (mask,) = student.prune_magnitude([weight], share)
                pruned = n - int(mask.sum())
                expect(
                    pruned == round(share * n),
                    "Of {n} weights {got} are pruned, for a share of {share}; it should be {right}.",
                    "{n} 个权重、比例 {share} 时剪去了 {got} 个，应为 {right} 个。",
                    n=n,
                    got=pruned,
                    share=share,
                    right=round(share * n),
                )


@points(1)
@claims(
    "Where magnitudes are equal, earlier tensors are pruned first, and within a tensor the earlier places, row by row"
)
def test_ties(student, reference, rng, device):
    """Of equal magnitudes the earlier ones are pruned first: earlier tensors, then earlier places, row by row.

    绝对值相等时先剪靠前的：先看张量的次序，再看张量内逐行的次序。
    """
    first, second = numbers([1.0, -1.0], [2.0, 1.0], device=device), numbers([-1.0, 0.5], device=device)
    got = student.prune_magnitude([first, second], 0.5)  # 0.5, and then two of the ones
    assert_same(got, [kept([0, 0], [1, 1], device=device), kept([1, 0], device=device)])
    got = student.prune_magnitude([first, second], 2 / 3)
    assert_same(got, [kept([0, 0], [1, 0], device=device), kept([1, 0], device=device)])
    same = torch.full((ROWS, D_IN), -3.0, device=device)
    for weights in ([same], [same.T, same], [rng.integers(-2, 3, 31, 7).float() for _ in range(3)]):
        for share in (0.2, 0.5, 0.8):
            assert_same(student.prune_magnitude(weights, share), reference.prune_magnitude(weights, share))


@points(1)
@claims("ValueError: there is no tensor, a weight is NaN, or `share` is not between 0 and 1")
def test_refused_shares(student, rng):
    """Shares below 0, above 1 or NaN, no tensors and NaN among the weights are refused; 0 and 1 are fine.

    比例小于 0、大于 1 或为 NaN，没有张量，权重中有 NaN：都应拒绝；0 和 1 没有问题。
    """
    weight = rng.normal(ROWS, D_IN)
    for share in (-0.01, 1.01, -1.0, 50.0, math.nan, math.inf):
        assert_raises(ValueError, student.prune_magnitude, [weight], share)
    bad = weight.clone()
    bad[1, 2] = math.nan
    for share in (0.0, 0.5, 1.0):
        assert_raises(ValueError, student.prune_magnitude, [], share)
        assert_raises(ValueError, student.prune_magnitude, [weight, bad], share)
    for share in (0.0, 1.0):
        assert_same([tuple(mask.shape) for mask in student.prune_magnitude([weight], share)], [(ROWS, D_IN)])


@points(1)
@claims("Groups begin at multiples of 4", "Large means large in magnitude")
def test_two_four_by_hand(student, device):
    """Of 1, -5, 3, 0 the two in the middle are kept; the next four, 9, 8, 7, 6, keep two although all are larger.

    1、-5、3、0 中保留中间两个；接下来的 9、8、7、6 虽然都更大，也只保留两个。
    """
    weight = numbers([1.0, -5.0, 3.0, 0.0, 9.0, 8.0, 7.0, 6.0], device=device)

    assert_same(student.prune_two_four(weight), kept([0, 1, 1, 0, 1, 1, 0, 0], device=device))


@points(1)
@claims(
    "where magnitudes are equal, the earlier places are pruned first",
    "The mask is bool, on the device of `weight`",
    "An empty weight has an empty mask",
)
def test_two_four(student, reference, rng, device):
    """Every group of four along the last axis keeps exactly two, for any shape and dtype, infinities too; of equals the
    later ones stay.

    任意形状和 dtype 下，沿最后一个轴每四个恰好保留两个，有无穷时也一样；相等时保留靠后的。
    """
    for weight in (
        rng.normal(ROWS, D_IN),
        rng.normal(D_IN, 8, dtype=torch.float64).T,
        rng.normal(2, 3, 4).to(torch.float16),
        rng.normal(4),
        rng.integers(-2, 3, 31, D_IN).float(),
        torch.zeros(ROWS, 8, device=device),
    ):
        mask = unchanged(student.prune_two_four, weight)
        assert_same(mask, reference.prune_two_four(weight))
        right = torch.full((*weight.shape[:-1], weight.shape[-1] // 4), 2, device=device)
        assert_same(mask.unflatten(-1, (-1, 4)).sum(-1), right)
    small = torch.tensor([4.0, 3.0, 2.0, 1.0], dtype=torch.float16, device=device) * 2.0**-16  # their squares are 0
    assert_same(student.prune_two_four(small), kept(1, 1, 0, 0, device=device))
    # Differences that float32 does not hold count as well.
    close = torch.tensor([1 + 2.0**-39, 1, 2, 1 + 2.0**-40], dtype=torch.float64, device=device)
    assert_same(student.prune_two_four(close), kept(1, 0, 1, 0, device=device))
    endless = numbers([math.inf, 1.0, 2.0, 3.0, 5.0, -math.inf, math.inf, 4.0], device=device)
    assert_same(student.prune_two_four(endless), kept([1, 0, 0, 1, 0, 1, 1, 0], device=device))
    for shape in ((ROWS, 0), (0, 8)):
        assert_same(student.prune_two_four(torch.ones(shape, device=device)), kept(device=device).reshape(shape))


@points(1)
@after("test_two_four_by_hand")
@claims("the device of its tensor", "on the device of `weight`")
def test_masks_are_where_the_weights_are(student, device):
    """Masks lie on the device of the weights: on a GPU, every new tensor is made there.

    掩码与权重在同一设备上：在 GPU 上，新建的张量也要在那里。
    """
    weight = numbers([4.0, -1.0, 2.0, -3.0], device=device)

    assert_same(follows_device(student.prune_two_four, weight), kept([1, 0, 0, 1], device=device))
    masks = follows_device(student.prune_magnitude, [weight, weight[:, :2]], 0.5)
    assert_same(masks, [kept([1, 0, 0, 1], device=device), kept([1, 0], device=device)])


@points(1)
@claims("ValueError: `weight` has no axis, its last axis is not a multiple of 4, or a weight is NaN")
def test_refused_groups_of_four(student, rng):
    """A last axis that is no multiple of 4, a scalar and NaN are refused.

    最后一个轴不是 4 的倍数、标量、有 NaN：都应拒绝。
    """
    for shape in ((), (3,), (4, 6), (8, 1), (4, 4, 5)):
        assert_raises(ValueError, student.prune_two_four, rng.normal(*shape))
    bad = rng.normal(3, 8)
    bad[2, 5] = math.nan
    assert_raises(ValueError, student.prune_two_four, bad)


@points(1)
@claims(
    "rows h * size to (h + 1) * size - 1 of `query`, `key` and `value` belong to head h",
    "and the same columns of `output`",
    "The answers hold the other heads, in their order",
    "`drop` may name a head twice, and may be empty",
    "All weights are stored as nn.Linear stores them, [out in]",
)
def test_heads_by_slices(student, rng):
    """The rows of the dropped heads are gone from query, key and value, and their columns from the output weight.

    被删的头在 query、key、value 中的行没有了，在输出权重中的列也没有了。
    """
    # First a square: there, taking rows of the output for its columns raises no error, and so can be recognised.
    square = layer(rng, width=HEADS * SIZE)
    assert_same(student.prune_heads(*square, SIZE, [1])[3], square[3][:, [0, 1, *range(4, 10)]])
    weights = layer(rng)
    for drop in ([], [0], [4], [3, 1], [1, 3, 1], [1, 3, 1, 3, 1], [0, 1, 2, 4], (2,)):
        rows = [row for row in range(HEADS * SIZE) if row // SIZE not in drop]
        right = tuple(weight[rows] for weight in weights[:3]), weights[3][:, rows]
        *got, output = unchanged(student.prune_heads, *weights, SIZE, drop)
        assert_same((tuple(got), output), right)
    single = layer(rng, heads=2, size=1, width=1, dtype=torch.float16)
    rows = [1]
    assert_same(student.prune_heads(*single, size=1, drop=[0])[0], single[0][rows])
    gaps = tuple(weight.T.contiguous().T for weight in layer(rng, heads=3, size=7, dtype=torch.float32))
    got = student.prune_heads(*gaps, 7, [1])
    assert_same((got[1], got[3]), (gaps[1][[*range(7), *range(14, 21)]], gaps[3][:, [*range(7), *range(14, 21)]]))


@points(1)
@after("test_heads_by_slices")
@claims("So the smaller layer computes what the larger one does when the answers of the dropped heads are set to 0")
def test_heads_of_a_layer(student, rng):
    """The smaller layer computes what the larger one does when the dropped heads are silent.

    较小的层的结果，等于原来的层让被删的头输出 0 时的结果。
    """
    weights = layer(rng)
    for drop in ([1], [0, 3], [4, 2, 1]):
        smaller = student.prune_heads(*weights, SIZE, drop)
        assert_same(attention(*smaller, SIZE), attention(*weights, SIZE, silent=drop))


@points(1)
@claims(
    "ValueError: `query`, `key` and `value` have not two axes or differ in shape, `output` is not as wide as they are "
    "high, `size` is less than 1 or does not divide the rows, a number in `drop` is less than 0 or not below the "
    "number of heads, or no head is left"
)
def test_refused_heads(student, rng):
    """Heads that do not exist, none left, and shapes that do not fit are refused.

    不存在的头、一个头也不剩、形状不合：都应拒绝。
    """
    query, key, value, output = weights = layer(rng)
    for drop in ([5], [-1], [0, 5], [0, 1, 2, 3, 4], range(5)):
        assert_raises(ValueError, student.prune_heads, *weights, SIZE, list(drop))
    for size in (0, -2, 3, 4, 11):
        assert_raises(ValueError, student.prune_heads, *weights, size, [])
    assert_raises(ValueError, student.prune_heads, *weights, HEADS * SIZE, [0])
    assert_raises(ValueError, student.prune_heads, query[:8], key, value, output, SIZE, [0])
    assert_raises(ValueError, student.prune_heads, query, key[:, :5], value, output, SIZE, [0])
    assert_raises(ValueError, student.prune_heads, query, key, value[:8], output, SIZE, [0])
    assert_raises(ValueError, student.prune_heads, query, key, value[:, :5], output, SIZE, [0])
    assert_raises(ValueError, student.prune_heads, query[:, :5], key, value, output, SIZE, [0])
    assert_raises(ValueError, student.prune_heads, query, key, value, output[:, :8], SIZE, [0])
    for columns in (1, SIZE, HEADS * SIZE):  # too wide an output
        wide = torch.cat([output, output[:, :columns]], dim=1)
        assert_raises(ValueError, student.prune_heads, query, key, value, wide, SIZE, [0])
    assert_raises(ValueError, student.prune_heads, query, key, value, output.T, SIZE, [0])
    assert_raises(ValueError, student.prune_heads, query, key, value, output[0], SIZE, [0])
    assert_raises(ValueError, student.prune_heads, query[None], key[None], value[None], output, SIZE, [0])
    deep = [weight[:, :, None] for weight in (query, key, value)]  # three axes, and as many rows as before
    assert_raises(ValueError, student.prune_heads, *deep, output, SIZE, [0])
    flat = [weight[:, 0] for weight in (query, key, value)]
    assert_raises(ValueError, student.prune_heads, *flat, output, SIZE, [0])
