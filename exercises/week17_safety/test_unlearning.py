"""Visible examples of week 17, unlearning: every number can be checked by hand."""

from grader.suite import assert_same, attribute


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
