"""Hidden suite of week 06, positions.

Sizes are distinct primes, so that a swapped axis cannot go unnoticed.
Not covered: more queries than keys.
"""

import math

import torch

from grader.suite import after, assert_raises, assert_same, claims, expect, follows_device, points, unchanged

LENGTH, DIM = 11, 14


def distances(device, furthest=211):
    """Every relative position up to `furthest`, both ways."""
    return torch.arange(-furthest, furthest + 1, device=device)


@points(2)
@claims(
    "with the angle t = p / 10000^(2j/dim)",
    "table[p, 2j] = sin t table[p, 2j + 1] = cos t",
    "Sines and cosines alternate",
)
def test_sinusoids_of_a_worked_example(student):
    """Of 4 columns, row 3 is sin 3, cos 3, sin 0.03, cos 0.03, and row 0 is 0, 1, 0, 1.

    共 4 列时，第 3 行是 sin 3、cos 3、sin 0.03、cos 0.03，第 0 行是 0、1、0、1。
    """
    table = student.sinusoidal_positions(5, 4)

    assert_same(table[0], torch.tensor([0.0, 1.0, 0.0, 1.0]))
    assert_same(table[3], torch.tensor([math.sin(3), math.cos(3), math.sin(0.03), math.cos(0.03)]))


@points(1)
def test_a_step_is_the_same_turn_everywhere(student):
    """The product of two rows depends only on how far apart they are.

    两行的内积只取决于它们相距多远。
    """
    table = student.sinusoidal_positions(LENGTH, DIM)
    products = table.double() @ table.double().mT

    # The table is float32: products of 14 numbers of size 1 are right to about 1e-6.
    assert_same(products[1:, 1:], products[:-1, :-1], rtol=0.0, atol=1e-5)
    expect(
        (products[0, 0] - products[0, 1]).item() > 0.1,
        "A row resembles the next one as much as itself.",
        "一行与下一行的相似程度竟和与自身一样。",
    )


@points(2)
@claims("the answer is float32, on torch's default device")
def test_sinusoids_agree_with_the_reference(student, reference):
    """The table agrees with the reference, down to a single row and a single pair of columns.

    表格与参考答案一致，包括只有一行或只有一对列的情形。
    """
    for length, dim in ((LENGTH, DIM), (1, 26), (7, 2)):
        assert_same(student.sinusoidal_positions(length, dim), reference.sinusoidal_positions(length, dim))


@points(1)
@claims("The angles are computed in float64")
def test_far_positions_are_exact(student):
    """Row 10,007 is as exact as row 1.

    第 10,007 行与第 1 行同样精确。
    """
    angles = [10_007 / 10_000 ** (pair / 5) for pair in range(5)]

    row = student.sinusoidal_positions(10_008, 10)[10_007]

    assert_same(row, torch.tensor([turn(angle) for angle in angles for turn in (math.sin, math.cos)]))


@points(1)
@claims("if `dim` is odd, because then one sine has no cosine")
def test_a_sine_without_cosine_is_refused(student):
    """Two columns are a sine and a cosine; an odd number of columns is a ValueError.

    两列是一个正弦和一个余弦；列数为奇数时应抛出 ValueError。
    """
    assert_same(student.sinusoidal_positions(2, 2), torch.tensor([[0.0, 1.0], [math.sin(1), math.cos(1)]]))
    assert_raises(ValueError, student.sinusoidal_positions, LENGTH, 13)


@points(2)
@claims(
    "A distance that stands exactly on an edge (16, 32 and 64 with the defaults) begins the upper bucket",
    "but never above B - 1",
)
def test_buckets_of_a_worked_example(student, device):
    """Both directions, 32 buckets, distance 128: 0, 7, 8, 16, 32, 64 and 1000 back are 0, 7, 8, 10, 12, 14 and 15.

    双向、32 个桶、最大距离 128：往回 0、7、8、16、32、64、1000 的桶号是 0、7、8、10、12、14、15。
    """
    back = torch.tensor([0, -7, -8, -16, -32, -64, -1000], device=device)

    assert_same(student.relative_position_bucket(back), torch.tensor([0, 7, 8, 10, 12, 14, 15], device=device))


@points(1)
@claims("and B is added to the bucket if `relative` is positive", "so a negative number looks back")
def test_the_two_directions_share_nothing(student, device):
    """Looking forward, every distance but 0 has the bucket of looking back plus 16.

    往未来看时，除 0 以外每个距离的桶号都等于往回看时的桶号加 16。
    """
    forward = distances(device)
    forward = forward[forward > 0]

    answer = student.relative_position_bucket(forward)

    assert_same(answer, student.relative_position_bucket(-forward) + 16)


@points(1)
@claims("every key in the future counts as n = 0")
def test_one_direction_sees_no_future(student, device):
    """In one direction, 1 to 15 back have buckets of their own, and every key in the future has bucket 0.

    单向时，往回 1 到 15 各有自己的桶，未来的键都在 0 号桶。
    """
    relative = torch.arange(-15, 212, device=device)
    expected = (-relative).clamp(min=0)

    assert_same(student.relative_position_bucket(relative, bidirectional=False), expected)


@points(1)
@claims("With B = buckets and E = B // 2")
def test_buckets_agree_with_the_reference(student, reference, device):
    """The buckets agree with the reference, for T5's numbers and for others, in one direction and in both, and
    `relative` stays as it is.

    无论是 T5 的参数还是其他参数，单向还是双向，桶号都与参考答案一致，`relative` 也不被修改。
    """
    relative = distances(device)
    for settings in ((), (False,), (True, 20, 50), (False, 20, 50), (True, 28, 101), (False, 22, 61), (False, 7, 31)):
        answer = unchanged(student.relative_position_bucket, relative, *settings)

        assert_same(answer, reference.relative_position_bucket(relative, *settings))


@points(1)
@claims("The answer is int64, in the shape and on the device of `relative`, which may be of any integer dtype")
def test_a_grid_of_relative_positions(student, reference, device):
    """A transposed grid, 8-bit, 32-bit and unsigned positions and a single number keep their shape and become int64.

    转置的网格、8 位、32 位和无符号的整数以及单个数都保持原来的形状，结果始终是 int64。
    """
    grid = (torch.arange(47, device=device) - torch.arange(0, 46, 2, device=device)[:, None]).mT
    for relative in (grid, grid.to(torch.int32), torch.tensor(-5, device=device)):
        answer = unchanged(student.relative_position_bucket, relative)

        assert_same(answer, reference.relative_position_bucket(relative))
    signed = torch.tensor([-128, -17, 0, 5, 127], dtype=torch.int8, device=device)  # -(-128) does not fit
    unsigned = torch.tensor([0, 5, 17, 255], dtype=torch.uint8, device=device)  # -5 does not exist
    for relative in (signed, unsigned):
        for bidirectional in (True, False):
            answer = unchanged(student.relative_position_bucket, relative, bidirectional)

            assert_same(answer, reference.relative_position_bucket(relative.long(), bidirectional))


@points(1)
@claims("on the device of `relative`")
def test_buckets_are_where_the_positions_are(student, reference, device):
    """The buckets lie on the device of the relative positions: on a GPU, every new tensor is made there.

    桶号与相对位置在同一设备上：在 GPU 上，新建的张量也要在那里。
    """
    relative = distances(device)

    for bidirectional in (True, False):
        answer = follows_device(student.relative_position_bucket, relative, bidirectional)
        assert_same(answer, reference.relative_position_bucket(relative, bidirectional))


@points(1)
@after("test_buckets_agree_with_the_reference")
def test_speed_of_buckets(student, reference, speed):
    """The buckets of 40,000 relative positions take at most 8 times as long as the reference.

    40,000 个相对位置分桶所用的时间不超过参考答案的 8 倍。
    """
    speed(student, reference).call(
        "relative_position_bucket", lambda rng: rng.integers(-500, 500, 199, 211), at_most=8.0
    )


@points(1)
@claims("has the slope 2^(-8h / num_heads)")
def test_slopes_of_eight_heads(student):
    """Eight heads have the slopes 1/2, 1/4, ..., 1/256.

    8 个头的斜率是 1/2、1/4、…、1/256。
    """
    assert_same(student.alibi_slopes(8), torch.tensor([0.5**head for head in range(1, 9)]))


@points(2)
@claims("of the 1st, 3rd, 5th, ... slope of 2n heads", "They are not sorted")
def test_slopes_of_other_numbers_of_heads(student, reference):
    """Six heads have the slopes 1/4, 1/16, 1/64, 1/256 and then 1/2 and 1/8; other numbers agree with the reference.

    6 个头的斜率是 1/4、1/16、1/64、1/256，然后是 1/2 和 1/8；其他头数与参考答案一致。
    """
    assert_same(student.alibi_slopes(6), torch.tensor([1 / 4, 1 / 16, 1 / 64, 1 / 256, 1 / 2, 1 / 8]))
    for heads in (1, 2, 3, 12, 13, 16, 31):
        assert_same(student.alibi_slopes(heads), reference.alibi_slopes(heads))


@points(2)
@claims("for keys in the future as well")
def test_alibi_of_a_worked_example(student):
    """Two heads, three positions: 0 on the diagonal, and -1/16 and -1/256 times the distance beside it.

    2 个头、3 个位置：对角线为 0，其余为距离乘以 -1/16 和 -1/256。
    """
    distance = torch.tensor([[0.0, 1.0, 2.0], [1.0, 0.0, 1.0], [2.0, 1.0, 0.0]])

    assert_same(student.alibi_bias(2, 3, 3), torch.stack([-distance / 16, -distance / 256]))


@points(2)
@claims("query i stands at position keys - queries + i", "`queries` is at most `keys`")
def test_alibi_with_a_cache(student):
    """With a cache, the bias of the last queries is the last rows of the bias of all queries.

    使用缓存时，最后几个查询的偏置就是全部查询的偏置的最后几行。
    """
    whole = student.alibi_bias(3, 7, 7)

    assert_same(student.alibi_bias(3, 2, 7), whole[:, -2:])
    assert_same(whole[0, -1], torch.arange(-6.0, 1.0) / 16)


@points(2)
@claims("The answer is float32, on torch's default device")
def test_alibi_agrees_with_the_reference(student, reference):
    """The bias agrees with the reference for heads, queries and keys of different numbers, down to one of each.

    头、查询、键的数量各不相同时，偏置与参考答案一致，包括三者都为 1 的情形。
    """
    for sizes in ((5, 3, 13), (12, 17, 17), (16, 1, 11), (1, 1, 1)):
        assert_same(student.alibi_bias(*sizes), reference.alibi_bias(*sizes))
