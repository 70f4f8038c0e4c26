"""Hidden suite of week 05, testing_attention.

The learner's test gets right and wrong implementations, each in a fresh process, so that none can tell it which comes
next. Refusing a right one costs everything; each wrong one that is caught earns a point.
"""

from grader.suite import accepts, after, assert_same, catches, claims, expect, points


@claims(
    "A right implementation may round differently",
    "The implementation runs in another process and takes and returns plain tensors",
    "is called as `scaled_dot_product_attention(query, key, value, mask)` or without the mask",
)
def test_accepts_right_implementations(student, candidates):
    """Your test lets every right implementation pass, however it is written.

    你的测试应当放行所有正确的实现，无论它怎么写。
    """
    for right in candidates.right:
        accepts(student.check_attention, right.scaled_dot_product_attention)


@after("test_accepts_right_implementations")
@points(1)
@claims("AssertionError: the implementation breaks the contract")
def test_widths_above_one(student, candidates):
    """Your test catches an implementation that is right only when d_k is 1.

    你的测试能发现只在 d_k 为 1 时正确的实现。
    """
    catches(
        student.check_attention,
        candidates.wrong("forgets_to_scale").scaled_dot_product_attention,
        en="Which d_k makes the division by its root do something?",
        zh="d_k 取多少时，除以它的平方根才有作用？",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_more_keys_than_features(student, candidates):
    """Your test catches an implementation that is right only with as many keys as features.

    你的测试能发现只在 key 的个数等于特征数时正确的实现。
    """
    catches(
        student.check_attention,
        candidates.wrong("scales_by_number_of_keys").scaled_dot_product_attention,
        en="Let no two axes of your tensors have the same length.",
        zh="让张量的任何两个轴长度都不同。",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_weights_of_one_query(student, candidates):
    """Your test catches an implementation whose weights do not add up to 1 for each query.

    你的测试能发现每个 query 的权重之和不为 1 的实现。
    """
    catches(
        student.check_attention,
        candidates.wrong("softmax_over_queries").scaled_dot_product_attention,
        en="What do the weights of one query add up to?",
        zh="一个 query 的权重之和应当是多少？",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_a_mask_that_hides_some(student, candidates):
    """Your test catches an implementation that is wrong with every mask that hides some keys and not others.

    你的测试能发现只要掩码遮住一部分 key 就出错的实现。
    """
    catches(
        student.check_attention,
        candidates.wrong("hides_where_the_mask_is_true").scaled_dot_product_attention,
        en="Pass a mask that hides some keys and not others.",
        zh="传入一个遮住部分 key 的掩码。",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_visible_keys(student, candidates):
    """Your test catches an implementation that is wrong about the visible keys as soon as others are hidden.

    你的测试能发现一旦有 key 被遮住，可见 key 的权重就出错的实现。
    """
    catches(
        student.check_attention,
        candidates.wrong("masks_after_the_softmax").scaled_dot_product_attention,
        en="With a mask, look at the weights of the keys that stay visible.",
        zh="有掩码时，看看仍然可见的 key 的权重。",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_hidden_keys(student, candidates):
    """Your test catches an implementation that gives hidden keys some weight.

    你的测试能发现给被遮住的 key 分了一点权重的实现。
    """
    catches(
        student.check_attention,
        candidates.wrong("sets_hidden_scores_to_zero").scaled_dot_product_attention,
        en="With a mask, look at the weights of the keys that are hidden.",
        zh="有掩码时，看看被遮住的 key 的权重。",
    )


@after("test_accepts_right_implementations")
@points(1)
@claims("its docstring is the whole truth")
def test_queries_without_keys(student, candidates):
    """Your test catches an implementation that is wrong only for a query that may attend to nothing.

    你的测试能发现只对什么都不许看的 query 出错的实现。
    """
    catches(
        student.check_attention,
        candidates.wrong("rows_without_keys_attend_equally").scaled_dot_product_attention,
        en="Let one row of a mask hide every key.",
        zh="让掩码的某一行遮住所有 key。",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_very_low_scores(student, candidates):
    """Your test catches an implementation that is wrong only for very low scores beside hidden keys.

    你的测试能发现只在分数极低且有 key 被遮住时出错的实现。
    """
    catches(
        student.check_attention,
        candidates.wrong("fills_with_a_billion").scaled_dot_product_attention,
        en="How low can a score of a visible key be?",
        zh="可见 key 的分数最低可以有多低？",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_very_high_scores(student, candidates):
    """Your test catches an implementation that is wrong only for very high scores.

    你的测试能发现只在分数极高时出错的实现。
    """
    catches(
        student.check_attention,
        candidates.wrong("softmax_without_the_maximum").scaled_dot_product_attention,
        en="How large may scores be?",
        zh="分数可以有多大？",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_large_products_of_float16(student, candidates):
    """Your test catches an implementation that is wrong only for large products of float16.

    你的测试能发现只在 float16 的点积很大时出错的实现。
    """
    catches(
        student.check_attention,
        candidates.wrong("computes_in_half_precision").scaled_dot_product_attention,
        en="Try float16 inputs whose products are large.",
        zh="试试点积很大的 float16 输入。",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_more_than_numbers(student, candidates):
    """Your test catches an implementation whose numbers are all right.

    你的测试能发现数值全部正确的错误实现。
    """
    catches(
        student.check_attention,
        candidates.wrong("forgets_to_convert_back").scaled_dot_product_attention,
        en="Look at more of the answer than its numbers.",
        zh="除了数值，还要看结果的其他方面。",
    )


@after("test_accepts_right_implementations")
@points(1)
@claims("gives back (output, weights)")
def test_both_parts(student, candidates):
    """Your test catches an implementation that is wrong in one of the two parts of its answer.

    你的测试能发现两个返回值中有一个出错的实现。
    """
    catches(
        student.check_attention,
        candidates.wrong("returns_the_scores").scaled_dot_product_attention,
        en="Look at both parts of the answer.",
        zh="返回值的两个部分都要检查。",
    )


@claims("Randomness comes from a seeded torch.Generator, so that the verdict is the same every time")
@after("test_accepts_right_implementations")
def test_asks_the_same_every_time(student, candidates):
    """Run twice, your test asks the implementation the same questions.

    你的测试运行两次，向实现提出的问题完全相同。
    """
    right = next(iter(candidates.right)).scaled_dot_product_attention

    def questions():
        asked = []

        def implementation(*args, **kwargs):
            asked.append((args, kwargs))
            return right(*args, **kwargs)

        student.check_attention(implementation)
        return asked

    first, second = questions(), questions()

    expect(first, "Your test never calls the implementation.", "你的测试从未调用该实现。")
    assert_same(second, first, rtol=0, atol=0)
