"""Hidden suite of week 06, rotary.

Sizes are distinct primes, so that a swapped axis cannot go unnoticed; a rotated axis is twice a prime.
Not covered: positions that are not integers, scaled variants of RoPE (linear, NTK, YaRN).
"""

import math

import torch

from grader.suite import after, assert_raises, assert_same, claims, expect, follows_device, gradients, points, unchanged

BATCH, HEADS, LENGTH, DIM = 2, 3, 5, 14
PAIRINGS = ("half", "interleaved")
FLOAT64 = {"rtol": 1e-9, "atol": 1e-10}  # where the contract promises float64: float32 on the way is seen


def turned(a, b, angle):
    """The point (a, b), turned counter-clockwise."""
    return a * math.cos(angle) - b * math.sin(angle), a * math.sin(angle) + b * math.cos(angle)


def counted(device, length=LENGTH):
    return torch.arange(length, device=device)


@points(2)
@claims("Pair j of the dim/2 pairs turns by base^(-2j/dim)")
def test_frequencies_of_a_worked_example(student):
    """The frequencies of 6 dimensions with base 64 are 1, 1/4 and 1/16, in float64.

    6 维、base 为 64 时，频率是 1、1/4、1/16，类型为 float64。
    """
    expected = torch.tensor([1.0, 0.25, 0.0625], dtype=torch.float64)  # on the default device, as the contract says

    assert_same(student.rotary_frequencies(6, base=64.0), expected, **FLOAT64)


@points(2)
@claims("The answer is float64 and lies on torch's default device")
def test_frequencies_agree_with_the_reference(student, reference):
    """The frequencies agree with the reference for several widths and bases, with all the digits of float64.

    在多种宽度和 base 下，频率与参考答案一致，精确到 float64 的全部位数。
    """
    for dim, base in ((2, 10000.0), (22, 10000.0), (26, 500000.0)):
        assert_same(student.rotary_frequencies(dim, base), reference.rotary_frequencies(dim, base), **FLOAT64)
    assert_same(student.rotary_frequencies(34), reference.rotary_frequencies(34), **FLOAT64)


@points(1)
@claims("if `dim` is odd, because then one number has no partner")
def test_odd_width_is_refused(student):
    """14 dimensions have 7 frequencies; for an odd width a ValueError is raised.

    14 维有 7 个频率；宽度为奇数时应抛出 ValueError。
    """
    frequencies = student.rotary_frequencies(14)

    expect(
        tuple(frequencies.shape) == (7,),
        "14 dimensions have 7 frequencies; yours have the shape {shape}.",
        "14 维应有 7 个频率；你的结果形状是 {shape}。",
        shape=tuple(frequencies.shape),
    )
    assert_raises(ValueError, student.rotary_frequencies, 7)


@points(2)
@claims(
    "turns counter-clockwise by the angle p * rotary_frequencies(dim, base)[j]",
    "becomes (a cos - b sin, a sin + b cos)",
)
def test_half_pairs_of_a_worked_example(student, device):
    """With "half", [1, 2, 3, 4] at position 2 turns the points (1, 3) and (2, 4), by 2 and by 0.2 radians.

    用 "half" 时，位置 2 上的 [1, 2, 3, 4] 是点 (1, 3) 和 (2, 4) 分别转过 2 弧度和 0.2 弧度。
    """
    x = torch.tensor([[1.0, 2.0, 3.0, 4.0]], dtype=torch.float64, device=device)
    (a, c), (b, d) = turned(1, 3, 2.0), turned(2, 4, 0.2)

    answer = student.apply_rotary(x, torch.tensor([2], device=device), base=100.0, pairing="half")

    assert_same(answer, torch.tensor([[a, b, c, d]], dtype=torch.float64, device=device))


@points(2)
@claims("and stays where it stood", "Which two numbers are pair j is a convention of the model")
def test_interleaved_pairs_of_a_worked_example(student, device):
    """With "interleaved", [1, 2, 3, 4] at position 2 turns the points (1, 2) and (3, 4), by 2 and by 0.2 radians.

    用 "interleaved" 时，位置 2 上的 [1, 2, 3, 4] 是点 (1, 2) 和 (3, 4) 分别转过 2 弧度和 0.2 弧度。
    """
    x = torch.tensor([[1.0, 2.0, 3.0, 4.0]], dtype=torch.float64, device=device)
    (a, b), (c, d) = turned(1, 2, 2.0), turned(3, 4, 0.2)

    answer = student.apply_rotary(x, torch.tensor([2], device=device), base=100.0, pairing="interleaved")

    assert_same(answer, torch.tensor([[a, b, c, d]], dtype=torch.float64, device=device))


@points(1)
def test_half_is_the_default(student, reference, rng, device):
    """Without a word about the pairing and the base, they are "half" and 10000.

    不指定配对方式和 base 时，分别是 "half" 和 10000。
    """
    x = rng.normal(LENGTH, DIM, dtype=torch.float64)
    positions = counted(device)

    assert_same(student.apply_rotary(x, positions), reference.apply_rotary(x, positions, base=10000.0, pairing="half"))


@points(2)
def test_lengths_stay(student, rng, device):
    """Position 0 changes nothing; other positions change the vector and keep its length.

    位置 0 不改变任何东西；其他位置改变向量的方向，但保持长度不变。
    """
    x = rng.normal(BATCH, LENGTH, DIM, dtype=torch.float64)
    for pairing in PAIRINGS:
        answer = student.apply_rotary(x, counted(device), pairing=pairing)

        assert_same(answer[:, 0], x[:, 0])
        assert_same(answer.norm(dim=-1), x.norm(dim=-1))
        moved = (answer - x).abs().amax(dim=-1)[:, 1:].min().item()
        expect(
            moved > 1e-3,
            "A vector at a position other than 0 came back as it was.",
            "位置不为 0 的向量原样返回了。",
        )


@points(2)
def test_scores_depend_on_the_distance_alone(student, rng, device):
    """The score of a query and a key depends on the distance between them, and on nothing else of their positions.

    查询与键的得分只取决于两者之间的距离，与它们的绝对位置无关。
    """
    positions = torch.arange(-LENGTH, LENGTH, device=device)  # one query and one key, at ten places
    query = rng.normal(1, DIM, dtype=torch.float64).expand(len(positions), DIM).contiguous()
    key = rng.normal(1, DIM, dtype=torch.float64).expand(len(positions), DIM).contiguous()
    for pairing in PAIRINGS:
        scores = (
            student.apply_rotary(query, positions, pairing=pairing)
            @ student.apply_rotary(key, positions, pairing=pairing).mT
        )

        assert_same(scores[1:, 1:], scores[:-1, :-1])
        spread = (scores[0].max() - scores[0].min()).item()
        expect(
            spread > 1e-3,
            "The scores are the same at every distance: nothing tells the positions apart.",
            "所有距离上的得分都相同：位置没有起任何作用。",
        )


@points(2)
@claims("and may be negative")
def test_turns_add_up(student, rng, device):
    """Turning by position 3 and then by position 4 is turning by 7, and turning by -7 goes all the way back.

    先转位置 3 再转位置 4 等于转位置 7；再转 -7 就完全回到原处。
    """
    x = rng.normal(1, DIM, dtype=torch.float64)
    for pairing in PAIRINGS:

        def turn(x, position, pairing=pairing):
            return student.apply_rotary(x, torch.tensor([position], device=device), pairing=pairing)

        there = turn(turn(x, 3), 4)

        assert_same(there, turn(x, 7))
        assert_same(turn(there, -7), x)
        expect(
            (there - x).abs().max().item() > 1e-3,
            "Turning by position 7 left the vector as it was.",
            "按位置 7 旋转后，向量没有变化。",
        )


@points(2)
@claims("x[..., j] and x[..., j + dim/2]")
def test_half_agrees_with_the_reference(student, reference, rng, device):
    """With "half", the answer agrees with the reference for a batch of several heads, in float32.

    用 "half" 时，对多头的批次，float32 结果与参考答案一致。
    """
    x = rng.normal(BATCH, HEADS, LENGTH, DIM)
    positions = counted(device)

    answer = unchanged(student.apply_rotary, x, positions, pairing="half")

    # Angles of up to 4 radians in float32, and vectors of up to 4: the default 2e-6 would be a last bit or two.
    assert_same(answer, reference.apply_rotary(x, positions, pairing="half"), atol=1e-5)


@points(2)
@claims("x[..., 2j] and x[..., 2j + 1]")
def test_interleaved_agrees_with_the_reference(student, reference, rng, device):
    """With "interleaved", the answer agrees with the reference for a batch of several heads, in float32.

    用 "interleaved" 时，对多头的批次，float32 结果与参考答案一致。
    """
    x = rng.normal(BATCH, HEADS, LENGTH, DIM)
    positions = counted(device)

    answer = unchanged(student.apply_rotary, x, positions, pairing="interleaved")

    # Angles of up to 4 radians in float32, and vectors of up to 4: the default 2e-6 would be a last bit or two.
    assert_same(answer, reference.apply_rotary(x, positions, pairing="interleaved"), atol=1e-5)


@points(1)
@claims("Nothing is modified in place")
def test_strided_input_and_another_base(student, reference, rng, device):
    """A transposed view, 32-bit positions and another base are served like anything else.

    转置得到的视图、32 位整数位置和另一个 base 也一样处理。
    """
    x = rng.normal(DIM, LENGTH, HEADS, dtype=torch.float64).permute(2, 1, 0)
    positions = rng.permutation(LENGTH).to(torch.int32)
    for pairing in PAIRINGS:
        assert_same(
            student.apply_rotary(x, positions, 173.0, pairing), reference.apply_rotary(x, positions, 173.0, pairing)
        )


@points(2)
@claims("they need not start at 0 (a cache)")
def test_a_cached_token_stands_where_it_stood(student, rng, device):
    """The last token alone, with its own position, gets what it gets within the whole sequence.

    只送入最后一个词元并给出它自己的位置，结果与它在整个序列中得到的相同。
    """
    x = rng.normal(BATCH, HEADS, LENGTH, DIM, dtype=torch.float64)
    positions = 211 + counted(device)
    for pairing in PAIRINGS:
        whole = student.apply_rotary(x, positions, pairing=pairing)
        alone = student.apply_rotary(x[..., -1:, :], positions[-1:], pairing=pairing)

        assert_same(alone, whole[..., -1:, :])
        assert_same(student.apply_rotary(x.flip(-2), positions.flip(0), pairing=pairing), whole.flip(-2))
        expect(
            (whole - x).abs().max().item() > 1e-3,
            "The tokens came back as they were.",
            "词元原样返回了。",
        )


@points(2)
@claims("They broadcast against the leading axes of `x`")
def test_every_sequence_has_positions_of_its_own(student, reference, rng):
    """Positions of shape [batch, 1, length] give every sequence of the batch its own, for all its heads; positions
    of shape [heads, length] give every head its own.

    形状为 [batch, 1, length] 的位置让批次中每个序列使用自己的位置，并用于它的所有头；
    [heads, length] 则让每个头使用自己的位置。
    """
    x = rng.normal(BATCH, HEADS, LENGTH, DIM, dtype=torch.float64)
    for shape in ((BATCH, 1, LENGTH), (HEADS, LENGTH)):
        positions = rng.integers(-97, 97, *shape)
        for pairing in PAIRINGS:
            answer = student.apply_rotary(x, positions, pairing=pairing)

            assert_same(answer, reference.apply_rotary(x, positions, pairing=pairing))


@points(2)
@claims("or in float64 when `x` is float64")
def test_far_positions_in_float64(student, reference, rng):
    """In float64, a token a million positions away is as exact as one nearby.

    在 float64 下，一百万个位置以外的词元与近处的同样精确。
    """
    x = rng.normal(LENGTH, DIM, dtype=torch.float64)
    positions = rng.integers(900_000, 1_000_000, LENGTH)

    # An angle of 1e6 is held to 1e-10; computing it in another order costs a few times that.
    assert_same(student.apply_rotary(x, positions), reference.apply_rotary(x, positions), rtol=0.0, atol=1e-7)


@points(2)
@claims("never in half precision", "The answer has the dtype and the device of `x`")
def test_far_positions_in_bfloat16(student, reference, rng, device):
    """In bfloat16 and float16, position 8191 is not rounded to 8192, and the answer has the dtype of x.

    在 bfloat16 和 float16 下，位置 8191 不会被舍入成 8192，结果的 dtype 与 x 相同。
    """
    positions = torch.tensor([8191, 4093, 2039, 1021, 509], device=device)
    for dtype in (torch.bfloat16, torch.float16):
        x = rng.uniform(LENGTH, DIM, low=-1.0, high=1.0).to(dtype)
        for pairing in PAIRINGS:
            answer = student.apply_rotary(x, positions, pairing=pairing)

            # Rounding sine, cosine, both products and the sum to 8 bits is allowed: five times 0.004 at most.
            assert_same(answer, reference.apply_rotary(x, positions, pairing=pairing), rtol=0.0, atol=0.02)


@points(1)
@claims("The answer has the dtype and the device of `x`")
def test_answers_where_x_is(student, reference, rng, device):
    """The answer lies on the device of x: the frequencies, which are on torch's default device, are moved there.

    结果与 x 在同一设备上：频率在 torch 的默认设备上，要移到那里。
    """
    x = rng.normal(BATCH, LENGTH, DIM)

    for pairing in PAIRINGS:
        answer = follows_device(student.apply_rotary, x, counted(device), pairing=pairing)
        assert_same(answer, reference.apply_rotary(x, counted(device), pairing=pairing))


@points(1)
def test_a_token_of_two_numbers(student, device):
    """A single token of two numbers is a single point: (1, 0) at position 5 becomes (cos 5, sin 5).

    只有两个数的单个词元就是一个点：位置 5 上的 (1, 0) 变成 (cos 5, sin 5)。
    """
    x = torch.tensor([[1.0, 0.0]], device=device)
    expected = torch.tensor([[math.cos(5.0), math.sin(5.0)]], device=device)
    for pairing in PAIRINGS:
        assert_same(student.apply_rotary(x, torch.tensor([5], device=device), pairing=pairing), expected)


@points(1)
@claims("ValueError: if `dim` is odd, or `pairing` is neither of the two words")
def test_what_cannot_be_paired_is_refused(student, rng, device):
    """An unknown pairing and an odd last axis are ValueErrors.

    未知的配对方式和奇数长度的最后一维都应抛出 ValueError。
    """
    x = rng.normal(LENGTH, DIM)
    positions = counted(device)

    assert_same(student.apply_rotary(x, torch.zeros_like(positions)), x)
    assert_raises(ValueError, student.apply_rotary, x, positions, pairing="quarter")
    for pairing in PAIRINGS:
        assert_raises(ValueError, student.apply_rotary, x[:, 1:], positions, pairing=pairing)


@points(2)
def test_gradients_are_turned_back(student, reference, rng, device):
    """The gradient with respect to x agrees with the reference.

    对 x 的梯度与参考答案一致。
    """
    x = rng.normal(HEADS, LENGTH, DIM, dtype=torch.float64)
    positions = counted(device)
    for pairing in PAIRINGS:
        assert_same(
            gradients(student.apply_rotary, x, positions, wrt=(0,), pairing=pairing),
            gradients(reference.apply_rotary, x, positions, wrt=(0,), pairing=pairing),
        )


@points(1)
@claims(
    "Within each head, row 2j becomes row j and row 2j + 1 becomes row j + d/2",
    "The rows of head h are the h-th block of d = rows / num_heads rows",
)
def test_conversion_of_a_worked_example(student, device):
    """Rows 0 1 2 3 4 5 | 6 7 8 9 10 11 of two heads become 0 2 4 1 3 5 | 6 8 10 7 9 11, in a transposed view too.

    两个头的行 0 1 2 3 4 5 | 6 7 8 9 10 11 变为 0 2 4 1 3 5 | 6 8 10 7 9 11，转置得到的视图也一样。
    """
    bias = torch.arange(12.0, device=device)
    expected = torch.tensor([0.0, 2.0, 4.0, 1.0, 3.0, 5.0, 6.0, 8.0, 10.0, 7.0, 9.0, 11.0], device=device)

    assert_same(student.interleaved_to_half(bias, 2), expected)
    square = 100 * bias[:, None] + bias  # as many columns as rows, and the columns stay where they are
    assert_same(student.interleaved_to_half(square, 2), 100 * expected[:, None] + bias)
    columns = torch.stack([bias, -bias, 100 + bias])  # its transpose is a weight that is not contiguous
    assert_same(student.interleaved_to_half(columns.T, 2), torch.stack([expected, -expected, 100 + expected], dim=1))


@points(2)
@claims("every attention score stays as it was", "a bias, which has no input axis, is reordered in the same way")
def test_conversion_keeps_every_score(student, reference, rng, device):
    """Converted projections with "half" give the scores that the original ones give with "interleaved".

    转换后的投影配合 "half"，得到的注意力得分与原投影配合 "interleaved" 时相同。
    """
    width = 11
    hidden = rng.normal(LENGTH, width, dtype=torch.float64)
    weights = [rng.normal(HEADS * DIM, width, dtype=torch.float64) for _ in range(2)]
    converted = [unchanged(student.interleaved_to_half, weight, HEADS) for weight in weights]

    def scores(weights, pairing):
        heads = [(hidden @ weight.mT).unflatten(-1, (HEADS, DIM)).transpose(0, 1) for weight in weights]
        query, key = (reference.apply_rotary(head, counted(device), pairing=pairing) for head in heads)
        return query @ key.mT

    assert_same(scores(converted, "half"), scores(weights, "interleaved"))


@points(1)
@claims("if the rows do not divide into `num_heads` heads of an even number of rows each")
def test_conversion_refuses_broken_heads(student, rng):
    """One head of two rows is already converted; rows that do not divide into even heads are a ValueError.

    只有两行的单个头无需改变；行数不能分成偶数行的头时应抛出 ValueError。
    """
    weight = rng.normal(2, 3)

    assert_same(student.interleaved_to_half(weight, 1), weight)
    assert_raises(ValueError, student.interleaved_to_half, rng.normal(6, 5), 2)
    assert_raises(ValueError, student.interleaved_to_half, rng.normal(10, 5), 3)


@points(2)
@after("test_half_agrees_with_the_reference")
def test_speed(student, reference, speed):
    """2039 positions of 3 heads take at most 12 times as long as the reference.

    3 个头、2039 个位置所用的时间不超过参考答案的 12 倍。
    """
    length = 2039

    def x(rng):
        return rng.normal(HEADS, length, DIM)

    def positions(rng):
        return rng.permutation(length)

    # An angle of up to 2039 is held to 0.0001 in float32, and float64 angles are right as well.
    speed(student, reference).call("apply_rotary", x, positions, at_most=12.0, atol=2e-3)
