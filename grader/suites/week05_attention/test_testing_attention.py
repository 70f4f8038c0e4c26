"""Hidden suite of week 05, testing_attention.

The learner's test gets right and wrong implementations, each in a fresh process, so that none can tell it which comes
next. Refusing a right one costs everything; each wrong one that is caught earns a point.
"""

from grader.suite import accepts, after, catches, points


def test_accepts_right_implementations(student, candidates):
    """Your test lets every right implementation pass, however it is written.

    你的测试应当放行所有正确的实现，无论它怎么写。
    """
    for right in candidates.right:
        accepts(student.check_attention, right.scaled_dot_product_attention)


@after("test_accepts_right_implementations")
@points(1)
def test_forgets_to_scale(student, candidates):
    """Your test catches an implementation that does not divide by sqrt(d_k).

    你的测试能发现没有除以 sqrt(d_k) 的实现。
    """
    catches(
        student.check_attention,
        candidates.wrong("forgets_to_scale").scaled_dot_product_attention,
        en="Which d_k makes the division by its root do something?",
        zh="d_k 取多少时，除以它的平方根才有作用？",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_scales_by_number_of_keys(student, candidates):
    """Your test catches an implementation that takes d_k from the wrong axis.

    你的测试能发现从错误的轴取 d_k 的实现。
    """
    catches(
        student.check_attention,
        candidates.wrong("scales_by_number_of_keys").scaled_dot_product_attention,
        en="Let no two axes of your tensors have the same length.",
        zh="让张量的任何两个轴长度都不同。",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_softmax_over_queries(student, candidates):
    """Your test catches an implementation whose softmax runs over the wrong axis.

    你的测试能发现沿错误的轴做 softmax 的实现。
    """
    catches(
        student.check_attention,
        candidates.wrong("softmax_over_queries").scaled_dot_product_attention,
        en="What do the weights of one query add up to?",
        zh="一个 query 的权重之和应当是多少？",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_hides_where_the_mask_is_true(student, candidates):
    """Your test catches an implementation that reads the mask the other way round.

    你的测试能发现把掩码读反的实现。
    """
    catches(
        student.check_attention,
        candidates.wrong("hides_where_the_mask_is_true").scaled_dot_product_attention,
        en="Pass a mask that hides some keys and not others.",
        zh="传入一个遮住部分 key 的掩码。",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_masks_after_the_softmax(student, candidates):
    """Your test catches an implementation that masks after the softmax.

    你的测试能发现在 softmax 之后才应用掩码的实现。
    """
    catches(
        student.check_attention,
        candidates.wrong("masks_after_the_softmax").scaled_dot_product_attention,
        en="With a mask, look at the weights of the keys that stay visible.",
        zh="有掩码时，看看仍然可见的 key 的权重。",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_sets_hidden_scores_to_zero(student, candidates):
    """Your test catches an implementation that sets hidden scores to 0.

    你的测试能发现把被遮住的分数设为 0 的实现。
    """
    catches(
        student.check_attention,
        candidates.wrong("sets_hidden_scores_to_zero").scaled_dot_product_attention,
        en="With a mask, look at the weights of the keys that are hidden.",
        zh="有掩码时，看看被遮住的 key 的权重。",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_rows_without_keys_attend_equally(student, candidates):
    """Your test catches an implementation in which a query without keys attends to all of them.

    你的测试能发现让没有可见 key 的 query 平均关注所有 key 的实现。
    """
    catches(
        student.check_attention,
        candidates.wrong("rows_without_keys_attend_equally").scaled_dot_product_attention,
        en="Let one row of a mask hide every key.",
        zh="让掩码的某一行遮住所有 key。",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_fills_with_a_billion(student, candidates):
    """Your test catches an implementation that hides with a large negative number.

    你的测试能发现用很大的负数来遮挡的实现。
    """
    catches(
        student.check_attention,
        candidates.wrong("fills_with_a_billion").scaled_dot_product_attention,
        en="How low can a score of a visible key be?",
        zh="可见 key 的分数最低可以有多低？",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_softmax_without_the_maximum(student, candidates):
    """Your test catches an implementation whose exponentials overflow.

    你的测试能发现指数会溢出的实现。
    """
    catches(
        student.check_attention,
        candidates.wrong("softmax_without_the_maximum").scaled_dot_product_attention,
        en="How large may scores be?",
        zh="分数可以有多大？",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_computes_in_half_precision(student, candidates):
    """Your test catches an implementation that computes half precision in half precision.

    你的测试能发现用半精度计算半精度输入的实现。
    """
    catches(
        student.check_attention,
        candidates.wrong("computes_in_half_precision").scaled_dot_product_attention,
        en="Try float16 inputs whose products are large.",
        zh="试试点积很大的 float16 输入。",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_forgets_to_convert_back(student, candidates):
    """Your test catches an implementation that returns float32 for half precision.

    你的测试能发现对半精度输入返回 float32 的实现。
    """
    catches(
        student.check_attention,
        candidates.wrong("forgets_to_convert_back").scaled_dot_product_attention,
        en="Look at more of the answer than its numbers.",
        zh="除了数值，还要看结果的其他方面。",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_returns_the_scores(student, candidates):
    """Your test catches an implementation that returns the scores in the place of the weights.

    你的测试能发现用分数代替权重返回的实现。
    """
    catches(
        student.check_attention,
        candidates.wrong("returns_the_scores").scaled_dot_product_attention,
        en="Look at both parts of the answer.",
        zh="返回值的两个部分都要检查。",
    )
