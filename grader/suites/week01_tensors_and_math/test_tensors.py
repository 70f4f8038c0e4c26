"""Hidden suite of week 01, tensors.

Sizes are distinct primes, so that a swapped axis cannot go unnoticed.
Not covered: empty tensors, half precision, integer products.
"""

import torch

from grader.suite import after, assert_raises, assert_same, claims, expect, follows_device, gradients, points, unchanged

VOCABULARY, DIM, BATCH, N, K, M = 11, 7, 2, 3, 5, 13


@claims(
    "The result is float32, on the device of `ids`",
    "Ids count from 0; `ids` may have any number of axes, also none",
)
@points(1)
def test_one_hot_of_a_table_of_ids(student, device):
    """A table of ids becomes float32 rows with a single 1, along a new last axis.

    一张 id 表变成 float32 的行，每行恰有一个 1，位于新增的最后一个轴上。
    """
    ids = torch.tensor([[1, 0, 2]], device=device)

    expected = torch.tensor([[[0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]], device=device)
    assert_same(unchanged(student.one_hot, ids, 4), expected)
    assert_same(student.one_hot(ids[0, 0], 2), torch.tensor([0.0, 1.0], device=device))


@claims("on the device of `ids`")
@points(1)
def test_one_hot_is_where_the_ids_are(student, reference, rng):
    """The rows lie on the device of the ids: with ids on a GPU, every new tensor is made there.

    结果与 ids 在同一设备上：ids 在 GPU 上时，新建的张量也要在那里。
    """
    ids = rng.integers(0, VOCABULARY, BATCH, N)

    assert_same(follows_device(student.one_hot, ids, VOCABULARY), reference.one_hot(ids, VOCABULARY))


@claims("an id is below 0 or not below `size`")
@points(1)
def test_one_hot_refuses_ids_outside(student, device):
    """one_hot refuses an id below 0 and one that is not below the size, with ValueError.

    id 小于 0 或不小于 size 时，one_hot 抛出 ValueError。
    """
    assert_raises(ValueError, student.one_hot, torch.tensor([0, -1], device=device), 3)
    assert_raises(ValueError, student.one_hot, torch.tensor([3, 0], device=device), 3)


@claims(
    "This equals the product of `one_hot(ids, vocabulary)` and the table",
    "The result has the dtype of the table",
)
@points(1)
def test_embed_agrees_with_the_one_hot_product(student, rng, device):
    """embed gives what the product of one-hot rows and table gives, for ids of any shape and in any memory order.

    无论 id 是什么形状、内存中如何排列，embed 都等于 one-hot 行与表的乘积。
    """
    for dtype in (torch.float64, torch.float32):
        table = rng.normal(DIM, VOCABULARY, dtype=dtype).mT
        for ids in (rng.integers(0, VOCABULARY, N, BATCH).mT, torch.tensor(VOCABULARY - 1, device=device)):
            product = torch.eye(VOCABULARY, dtype=dtype, device=device)[ids] @ table
            assert_same(unchanged(student.embed, table, ids), product)


@claims("Gradients flow to the table: a row that was read twice receives both gradients")
@points(1)
def test_gradients_of_embed(student, rng, device):
    """A row of the table that is read three times receives three gradients, one that is not read gets 0.

    表中被读三次的行收到三份梯度，没读到的行梯度为 0。
    """
    table, ids = rng.normal(5, 2, dtype=torch.float64), torch.tensor([3, 1, 3, 3], device=device)

    (got,) = gradients(student.embed, table, ids, wrt=(0,))

    (expected,) = gradients(lambda table, ids: table[ids], table, ids, wrt=(0,))
    assert_same(got, expected)


@claims(
    "an id is below 0 or not below vocabulary",
    "Python would count a negative one from the end",
)
@points(1)
def test_embed_refuses_ids_outside(student, rng, device):
    """embed refuses a negative id and one beyond the table, with ValueError.

    id 为负或超出表的范围时，embed 抛出 ValueError。
    """
    table = rng.normal(VOCABULARY, DIM)
    assert_raises(ValueError, student.embed, table, torch.tensor([-1, 2], device=device))
    assert_raises(ValueError, student.embed, table, torch.tensor([2, VOCABULARY], device=device))


@claims("`a` and `b` have one dtype, which the result has too")
@points(2)
def test_product_of_two_matrices(student, rng):
    """Without leading axes, contract is the matrix product, for all shapes down to 1 by 1, also of transposed views.

    没有前导轴时，contract 就是矩阵乘法；小到 1×1 的形状、转置视图都一样。
    """
    for n, k, m in ((N, K, M), (1, K, 1), (1, 1, 1), (K, 1, N)):
        a, b = rng.normal(k, n, dtype=torch.float64).mT, rng.normal(k, m, dtype=torch.float64)
        assert_same(unchanged(student.contract, a, b), a @ b)


@claims(
    "Leading axes are batches: any number of them, also none",
    "They broadcast as in `a @ b`",
)
@points(1)
def test_products_of_batches(student, rng):
    """Leading axes are batches and broadcast as in a @ b: sizes of 1 and missing axes serve every matrix.

    前导轴是批次，广播方式与 a @ b 相同：大小为 1 或缺少的轴会作用于所有矩阵。
    """
    for left, right in (((BATCH,), (BATCH,)), ((BATCH, 1), (1, 17)), ((), (BATCH,)), ((17, BATCH), (BATCH,))):
        a, b = rng.normal(*left, N, K), rng.normal(*right, K, M)
        assert_same(student.contract(a, b), a @ b, rtol=1e-4, atol=1e-5)


@claims("`a` or `b` has fewer than two axes")
@points(1)
def test_contract_refuses_shapes_that_do_not_meet(student, rng):
    """contract refuses vectors and inner axes of different lengths, even a length of 1, with ValueError.

    遇到向量，或内侧两个轴长度不同（哪怕其中一个是 1）时，contract 抛出 ValueError。
    """
    assert_raises(ValueError, student.contract, rng.normal(N, K), rng.normal(N, K))
    assert_raises(ValueError, student.contract, rng.normal(N, 1), rng.normal(K, M))
    assert_raises(ValueError, student.contract, rng.normal(N, K), rng.normal(K))
    assert_raises(ValueError, student.contract, rng.normal(K), rng.normal(K, M))


@points(1)
def test_gradients_of_contract(student, rng):
    """The gradients of contract are those of the matrix product, in float64 and for both sides.

    contract 对两个参数的梯度，都与矩阵乘法的梯度一致（float64）。
    """
    a, b = rng.normal(BATCH, N, K, dtype=torch.float64), rng.normal(K, M, dtype=torch.float64)

    assert_same(gradients(student.contract, a, b, wrt=(0, 1)), gradients(torch.matmul, a, b, wrt=(0, 1)))


@points(1)
@after("test_products_of_batches")
def test_speed_of_contract(student, reference, speed):
    """Seven products of 31 by 37 with 37 by 29 take at most 10 times as long as the reference.

    7 个 31×37 与 37×29 的乘积，耗时不超过参考答案的 10 倍。
    """
    speed(student, reference).call(
        "contract", lambda rng: rng.normal(7, 31, 37), lambda rng: rng.normal(7, 37, 29), at_most=10.0
    )


@claims("Window w holds the entries w * step to w * step + size - 1")
@points(2)
def test_windows_of_a_batch(student, reference, rng):
    """Windows lie along the last axis, whatever axes stand before it, also of a column of a table, and begin every
    `step` entries.

    无论前面有几个轴，窗口都沿最后一个轴切，每隔 `step` 个元素开始一个；输入是表的一列时也一样。
    """
    table = rng.normal(19, BATCH, 3)
    for x in (table.permute(1, 2, 0), table[:, 1, 2]):
        for size, step in ((5, 3), (3, 5), (1, 1), (2, 2), (19, 1)):
            got = unchanged(student.strided_windows, x, size, step)
            windows = [x[..., start : start + size] for start in range(0, 19 - size + 1, step)]
            assert_same(got, torch.stack(windows, dim=-2))


@claims(
    "Only whole windows count",
    "The dtype stays what it is, and `x` is not changed",
)
@points(1)
def test_windows_of_token_ids(student, device):
    """Token ids stay int64, and what does not fill a window at the end is dropped.

    词元 id 仍是 int64，末尾凑不满一个窗口的部分被丢弃。
    """
    windows = student.strided_windows(torch.arange(100, 112, device=device), 5, 3)

    expect(
        windows.shape[0] == 3,
        "Twelve entries hold three windows of 5 every 3 entries; you return {got}.",
        "12 个元素中，每隔 3 个、长为 5 的窗口有三个；你返回了 {got} 个。",
        got=windows.shape[0],
    )
    assert_same(windows[:, 0], torch.tensor([100, 103, 106], device=device))


@claims("`size` or `step` is below 1, or `size` is above the length")
@points(1)
def test_windows_that_cannot_be(student, device):
    """A size or step below 1, and a window longer than the text, are refused with ValueError.

    size 或 step 小于 1、窗口比文本还长时，抛出 ValueError。
    """
    x = torch.arange(5, device=device)
    for size, step in ((0, 1), (6, 1), (2, 0), (2, -1), (-1, 1)):
        assert_raises(ValueError, student.strided_windows, x, size, step)
