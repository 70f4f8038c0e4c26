"""Visible examples of week 17, unlearning: every number can be checked by hand."""

from grader.suite import assert_raises, assert_same, attribute


def test_two_shards(student):
    """With rate 1/2 a state goes half of the way to each example: shard 0 sees 4 and then 8, shard 1 sees 6.

    步长为 1/2 时，状态朝每个样本走一半：分片 0 先后看到 4 和 8，分片 1 看到 6。
    """
    train = student.given("toy_training").ToyTraining(rate=0.5)
    learner = student.ShardedLearner(2, 1, train, 0.0)

    learner.fit([4.0, 6.0, 8.0])

    assert_same(learner.states(), [5.0, 3.0])  # 0 -> 2 -> 5 and 0 -> 3


def test_forgetting_starts_at_the_checkpoint(student):
    """Two slices: the first step sees 4, the second one 4 and 8. Without 8 the second step begins at 2 and sees 4: 3.

    两个切片：第一步看到 4，第二步看到 4 和 8。忘记 8 之后，第二步从 2 开始，只看到 4，得到 3。
    """
    train = student.given("toy_training").ToyTraining(rate=0.5)
    learner = student.ShardedLearner(1, 2, train, 0.0)
    learner.fit([4.0, 8.0])

    assert_same(learner.forget([1]), 1)

    assert_same(attribute(train, "calls"), [(0.0, [4.0]), (2.0, [4.0, 8.0]), (2.0, [4.0])])
    assert_same(learner.states(), [3.0])


def test_three_slices_of_four(student):
    """Slices of 2, 1 and 1. Without 8 and 6, asked for in one call, three steps are made again: from 0 with 4, from 2
    with 4 and 2, and the same once more. Without the 2, two more steps, from 2 to 3 and to 3.5. Without the last one,
    none.

    切片为 2、1、1 个。一次忘记 8 和 6，重做三步：从 0 起只有 4，从 2 起有 4 和 2，然后再来一次。再忘记 2，重做两步：
    从 2 到 3，再到 3.5。忘记最后一个，一步也不用做。
    """
    train = student.given("toy_training").ToyTraining(rate=0.5)
    learner = student.ShardedLearner(1, 3, train, 0.0)
    learner.fit([4.0, 8.0, 2.0, 6.0])

    assert_same(
        [examples for _, examples in attribute(train, "calls")], [[4.0, 8.0], [4.0, 8.0, 2.0], [4.0, 8.0, 2.0, 6.0]]
    )
    requests = [
        ([1, 3, 1], [[4.0], [4.0, 2.0], [4.0, 2.0]], [2.625]),
        ([2], [[4.0], [4.0]], [3.5]),
        ([0], [], [0.0]),
    ]
    for ids, batches, states in requests:
        before = len(attribute(train, "calls"))
        calls = learner.forget(ids)
        assert_same([examples for _, examples in attribute(train, "calls")[before:]], batches)
        assert_same((calls, learner.states()), (len(batches), states))


def test_ids_that_are_refused(student):
    """One unknown id, or -1, and nothing at all is forgotten. Trained anew, everything begins at 0 again.

    有一个 id 不存在，或者是 -1，就什么也不忘记。重新训练时，一切又从 0 开始。
    """
    train = student.given("toy_training").ToyTraining(rate=0.5)
    learner = student.ShardedLearner(1, 1, train, 0.0)

    for _ in range(2):
        learner.fit([4.0, 8.0])
        for wrong in ([0, 7], [-1]):
            assert_raises(KeyError, learner.forget, wrong)
        assert_same(learner.forget([]), 0)
        assert_same(learner.states(), [5.0])
    assert_same((learner.forget([0]), learner.states()), (1, [4.0]))
