"""Visible examples of week 08, schedule: every number can be checked by hand."""

from grader.suite import assert_same


def test_cosine(student):
    """Peak 8, warm-up 4, total 12: 0, 2, 4, 6, then 8 at step 4, half of it at step 8, 0 at step 12 and after.

    峰值 8、预热 4 步、共 12 步：0、2、4、6，第 4 步为 8，第 8 步减半，第 12 步及之后为 0。
    """
    got = [student.warm_up_cosine(step, 8.0, 4, 12) for step in (0, 1, 2, 3, 4, 8, 12, 20)]

    assert_same(got, [0.0, 2.0, 4.0, 6.0, 8.0, 4.0, 0.0, 0.0])


def test_cosine_with_a_floor(student):
    """Peak 8, warm-up 4, total 10, floor 2: 0, 4, then 8, three quarters of the way above the floor, one quarter, 2.

    峰值 8、预热 4 步、共 10 步、下限 2：0、4，然后是 8、比下限高出四分之三、四分之一，最后是 2。
    """
    got = [student.warm_up_cosine(step, 8.0, 4, 10, 2.0) for step in (0, 2, 4, 6, 8, 10, 11)]

    assert_same(got, [0.0, 4.0, 8.0, 6.5, 3.5, 2.0, 2.0])


def test_stable(student):
    """Peak 6, warm-up 2, 3 stable steps, 4 of decay to 2: 0, 3, 6, 6, 6, 6, 5, 4, 3, 2, 2.

    峰值 6、预热 2 步、稳定 3 步、4 步降到 2：0、3、6、6、6、6、5、4、3、2、2。
    """
    got = [student.warm_up_stable_decay(step, 6.0, 2, 3, 4, 2.0) for step in range(11)]

    assert_same(got, [0.0, 3.0, 6.0, 6.0, 6.0, 6.0, 5.0, 4.0, 3.0, 2.0, 2.0])


def test_groups(student):
    """An embedding and a matrix decay; the two parameters of the norm and a bias do not. The betas are 0.9 and 0.95.

    嵌入和矩阵参与权重衰减；归一化的两个参数和偏置不参与。betas 为 0.9 和 0.95。
    """
    small = student.given("small_models")
    model = small.Bigram(7, 3)
    groups = small.describe(student.make_optimizer(model, 0.01, 0.1), model)

    assert_same([group["weight_decay"] for group in groups], [0.1, 0.0])
    assert_same([group["betas"] for group in groups], [[0.9, 0.95], [0.9, 0.95]])
    assert_same(groups[0]["names"], ["embedding.weight", "head.weight"])
    assert_same(groups[1]["names"], ["norm.weight", "norm.bias", "head.bias"])
