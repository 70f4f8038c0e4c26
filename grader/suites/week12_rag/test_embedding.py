"""Hidden suite of week 12, embedding.

Not covered: the encoders, which are given.
"""

import torch

from grader.suite import assert_same, claims, expect, follows_device, gradients, points, unchanged

BATCH, LENGTH, DIM = 3, 5, 7


def tokens_and_mask(rng, dtype=torch.float64):
    """Make token embeddings with padding on the right, on the left and in the middle."""
    mask = [[1, 1, 1, 0, 0], [0, 0, 1, 1, 1], [1, 0, 1, 1, 0]]
    tokens = rng.normal(BATCH, LENGTH, DIM, dtype=dtype)
    return tokens, torch.tensor(mask, device=tokens.device)


@points(2)
def test_mean_of_the_real_tokens(student, device):
    """The worked example: the mean of (1, 2) and (3, 6) is (2, 4), whatever stands at the padded position.

    手算例题：(1, 2) 与 (3, 6) 的均值为 (2, 4)，与填充位置上的内容无关。
    """
    tokens = torch.tensor([[[1.0, 2.0], [3.0, 6.0], [50.0, 70.0]], [[9.0, 9.0], [5.0, 8.0], [7.0, 7.0]]], device=device)
    mask = torch.tensor([[1, 1, 0], [0, 1, 0]], device=device)

    assert_same(student.mean_pool(tokens, mask), torch.tensor([[2.0, 4.0], [5.0, 8.0]], device=device))


@claims("Whatever stands at a padded position, NaN and infinity too, has no influence on the answer")
@points(2)
def test_padding_has_no_influence(student, rng):
    """NaN and infinity at padded positions change nothing; at a real token they show in the mean of that text.

    填充位置上即使是 NaN 或无穷大，也不影响结果；真实词元上的则会体现在该文本的均值里。
    """
    tokens, mask = tokens_and_mask(rng)
    spoilt = tokens.clone()
    spoilt[0, 3], spoilt[0, 4], spoilt[1, 0], spoilt[2, 1] = torch.nan, torch.inf, -torch.inf, 1e300

    pooled = student.mean_pool(spoilt, mask)

    assert_same(pooled[:2], torch.stack([tokens[0, :3].mean(dim=0), tokens[1, 2:].mean(dim=0)]))
    assert_same(pooled, student.mean_pool(tokens, mask))

    tokens[0, 1, :2] = torch.tensor([torch.inf, torch.nan], device=tokens.device)
    assert_same(student.mean_pool(tokens, mask)[0, :3], tokens[0, :3, :3].mean(dim=0))


@claims("A text without any real token gives a vector of zeros")
@points(1)
def test_a_text_without_tokens_is_zeros(student, rng, device):
    """A row that is all padding gives zeros, not NaN, and the other rows stay as they are.

    整行都是填充时结果为 0，而不是 NaN，其他行不受影响。
    """
    tokens, mask = tokens_and_mask(rng)
    mask[1] = 0

    pooled = student.mean_pool(tokens, mask)

    assert_same(pooled[1], torch.zeros(DIM, dtype=torch.float64, device=device))
    assert_same(pooled[0], tokens[0, :3].mean(dim=0))


@claims("Sums are made in float32 at least, in float64 for float64 embeddings")
@points(1)
def test_half_precision_sums(student, device):
    """700 tokens of 200 in float16 have the mean 200: their sum, above the largest float16, is made in float32.
    So is that of 33 equal tokens in bfloat16, which has three digits at most: the mean is exactly one of them. float64
    stays float64.

    float16 下 700 个值为 200 的词元，均值是 200：总和超过 float16 的上限，要用 float32 求和。
    bfloat16 至多只有三位有效数字，33 个相同词元的和也要用 float32 求：均值恰好等于其中一个。
    float64 则始终用 float64。
    """
    tokens = torch.full((2, 701, 3), 200.0, dtype=torch.float16, device=device)
    mask = torch.ones(2, 701, dtype=torch.int64, device=device)
    mask[:, 0] = 0

    pooled = student.mean_pool(tokens, mask)

    assert_same(pooled, torch.full((2, 3), 200.0, dtype=torch.float16, device=device))

    # The sum 65.7421875 would be 65.5 in bfloat16, and the mean its neighbour 1.984375.
    tokens = torch.full((1, 33, 2), 1.9921875, dtype=torch.bfloat16, device=device)
    pooled = student.mean_pool(tokens, mask[:1, 1:34])
    assert_same(pooled, tokens[:, 0])
    expect(
        (pooled - tokens[:, 0]).abs().max() < 4e-3,
        "33 equal tokens of 1.9921875 in bfloat16 have the mean {mean}: their sum was rounded to bfloat16. Make it in "
        "float32.",
        "bfloat16 下 33 个都是 1.9921875 的词元，均值却是 {mean}：总和被舍入成了 bfloat16。应当用 float32 求和。",
        mean=pooled[0, 0].item(),
    )

    # In float32 the first would be 2^30, and the mean 0.
    tokens = torch.tensor([[[2.0**30 + 1], [-(2.0**30)]]], dtype=torch.float64, device=device)
    pooled = student.mean_pool(tokens, mask[:1, 1:3])
    assert_same(pooled, torch.tensor([[0.5]], dtype=torch.float64, device=device))


@claims("1 or True at a real token, 0 or False at padding", "and lies on its device")
@points(2)
def test_any_mask_and_any_strides(student, reference, rng):
    """Boolean and integer masks, float32, views that are not contiguous and sizes of 1 agree with the reference, and
    new tensors lie where the embeddings do.

    布尔和整数掩码、float32、不连续的视图、大小为 1 的轴，都与参考答案一致，新建的张量与嵌入在同一设备上。
    """
    tokens, mask = rng.normal(DIM, BATCH, LENGTH).permute(1, 2, 0), tokens_and_mask(rng)[1]

    for kind in (torch.int64, torch.bool, torch.int32, torch.uint8):
        answer = unchanged(student.mean_pool, tokens, mask.to(kind))
        assert_same(answer, reference.mean_pool(tokens, mask))
    assert_same(follows_device(student.mean_pool, tokens, mask), reference.mean_pool(tokens, mask))
    one = rng.normal(1, 1, 1)
    assert_same(student.mean_pool(one, torch.ones(1, 1, dtype=torch.int64, device=one.device)), one[0])


@points(1)
def test_gradients_of_the_mean(student, reference, rng):
    """Every real token gets its share of the gradient, padding gets none.

    每个真实词元分得一份梯度，填充位置的梯度为 0。
    """
    tokens, mask = tokens_and_mask(rng)

    got = gradients(student.mean_pool, tokens, mask)

    assert_same(got, gradients(reference.mean_pool, tokens, mask))


@points(1)
def test_unit_length(student, device):
    """(3, 4) becomes (0.6, 0.8); every vector along the last axis gets length 1, for any number of axes before it.

    (3, 4) 变为 (0.6, 0.8)；无论前面有几个轴，最后一轴上的每个向量长度都变为 1。
    """
    vectors = torch.tensor([[[3.0, 4.0]], [[0.0, -2.0]], [[-0.5, 0.0]]], dtype=torch.float64, device=device)
    expected = torch.tensor([[[0.6, 0.8]], [[0.0, -1.0]], [[-1.0, 0.0]]], dtype=torch.float64, device=device)

    assert_same(student.normalise(vectors), expected)
    assert_same(student.normalise(vectors[0, 0] * 1e8), expected[0, 0])
    assert_same(student.normalise(vectors[1] / 1e8), expected[1])


@claims("A length below `eps` is replaced by `eps`")
@points(1)
def test_short_vectors(student, device):
    """A length below eps is replaced by eps: zeros stay zeros, and with eps = 10 the vector (3, 4) becomes (0.3, 0.4).

    长度小于 eps 时用 eps 代替：零向量仍是零；eps = 10 时 (3, 4) 变为 (0.3, 0.4)。
    """
    vectors = torch.tensor([[3.0, 4.0], [0.0, 0.0], [30.0, 40.0]], device=device)

    assert_same(student.normalise(vectors, eps=10.0), torch.tensor([[0.3, 0.4], [0.0, 0.0], [0.6, 0.8]], device=device))
    assert_same(student.normalise(vectors)[1], torch.zeros(2, device=device))
    assert_same(student.normalise(vectors[:1] * 1e-13), torch.tensor([[0.3, 0.4]], device=device))


@claims("Lengths are computed in float32 at least, in float64 for float64 vectors")
@points(1)
def test_half_precision_lengths(student, device):
    """In float16 the zeros stay zeros, and (300, 400), whose squares are too large for float16, becomes (0.6, 0.8).
    In bfloat16 the length of (135, 245) is rounded once at most, not at every step. float64 stays float64.

    float16 下零向量仍是零；(300, 400) 的平方超出 float16 的范围，结果仍是 (0.6, 0.8)。
    bfloat16 下 (135, 245) 的长度至多舍入一次，而不是每一步都舍入。float64 则始终用 float64。
    """
    vectors = torch.tensor([[300.0, 400.0], [0.0, 0.0]], dtype=torch.float16, device=device)

    expected = torch.tensor([[0.6, 0.8], [0.0, 0.0]], dtype=torch.float16, device=device)
    assert_same(student.normalise(vectors), expected)

    # 135 / 279.73 and 245 / 279.73; with squares, sum and root in bfloat16 it would be (0.4863, 0.8828).
    vectors = torch.tensor([[135.0, 245.0]], dtype=torch.bfloat16, device=device)
    expected = torch.tensor([[0.482421875, 0.875]], dtype=torch.bfloat16, device=device)
    unit = student.normalise(vectors)
    assert_same(unit, expected)
    expect(
        (unit - expected).abs().max() < 3e-3,
        "In bfloat16 (135, 245) became {got}: its length was computed in bfloat16. Compute it in float32.",
        "bfloat16 下 (135, 245) 变成了 {got}：它的长度是用 bfloat16 计算的。应当用 float32 计算。",
        got=unit[0].tolist(),
    )

    unit = student.normalise(torch.tensor([[3.0, 4.0]], dtype=torch.float64, device=device))
    expected = torch.tensor([[0.6, 0.8]], dtype=torch.float64, device=device)
    assert_same(unit, expected)
    expect(
        (unit - expected).abs().max() < 1e-14,
        "In float64 (3, 4) became {got}, and should be (0.6, 0.8) to 15 digits: it went through float32.",
        "float64 下 (3, 4) 变成了 {got}，应为 (0.6, 0.8)，精确到 15 位：计算途中用了 float32。",
        got=unit[0].tolist(),
    )


@points(1)
def test_normalise_agrees_with_the_reference(student, reference, rng):
    """Values and gradients agree with the reference; the input stays unchanged.

    数值和梯度都与参考答案一致；输入不被修改。
    """
    vectors = rng.normal(DIM, LENGTH, BATCH, dtype=torch.float64).permute(2, 1, 0)

    assert_same(unchanged(student.normalise, vectors.float()), reference.normalise(vectors.float()))
    for eps in (1e-12, 2.5):
        got = gradients(student.normalise, vectors, eps=eps)
        assert_same(got, gradients(reference.normalise, vectors, eps=eps))


@claims("nothing becomes NaN, its gradient included")
@points(1)
def test_gradient_at_zeros(student, reference, rng):
    """A vector of zeros has a gradient too, that of a division by eps, and no NaN reaches the others.

    零向量也有梯度，即除以 eps 的梯度；其他向量的梯度里也没有 NaN。
    """
    vectors = rng.normal(BATCH, DIM, dtype=torch.float64)
    vectors[1] = 0

    got = gradients(student.normalise, vectors, eps=0.25)

    assert_same(got, gradients(reference.normalise, vectors, eps=0.25))
