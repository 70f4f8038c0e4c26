"""Hidden suite of week 17, unlearning.

The given ToyTraining gives another state for another order, another example or another number of steps, and writes
down its calls. It runs in the judge: what it wrote down is out of the student's reach.
Not covered: how many shards are best, and how their answers are put together.
"""

import pytest

from grader.suite import assert_raises, assert_same, claims, unchanged

INITIAL = 100.0


@pytest.fixture
def learner_of(reference):
    """Makes a fitted learner and its training function."""

    def make(module, shards, slices, examples):
        train = reference.given("toy_training").ToyTraining()
        learner = module.ShardedLearner(shards, slices, train, INITIAL)
        learner.fit(examples)
        return learner, train

    return make


def calls_since(train, before):
    return train.calls[before:]


def steps(state, *batches):
    """The (state, examples) of the calls that train on these batches one after another, and the last state."""
    calls = []
    for batch in batches:
        calls.append((state, list(batch)))
        for example in batch:
            state = state + 0.25 * (example - state)
    return calls, state


@claims(
    "belongs to shard i % shards, for good",
    "`train` returns a new state and does not modify what it is given",
)
def test_shards_and_slices_are_those_of_the_contract(student, learner_of):
    """Example i goes to shard i % shards; each step trains on one slice more of it, from the state before.

    第 i 个样本属于分片（shard）i % shards；每一步在前一步状态的基础上，多加入一个切片（slice）来训练。
    """
    examples = [float(i) for i in range(9)]
    learner, train = learner_of(student, 2, 3, examples)

    even, last_even = steps(INITIAL, [0.0, 2.0], [0.0, 2.0, 4.0, 6.0], [0.0, 2.0, 4.0, 6.0, 8.0])
    odd, last_odd = steps(INITIAL, [1.0, 3.0], [1.0, 3.0, 5.0], [1.0, 3.0, 5.0, 7.0])
    assert_same(learner.states(), [last_even, last_odd])
    assert_same(sorted(train.calls), sorted([*even, *odd]))


@claims(
    "No other step is: not those of other shards, nor earlier ones",
)
def test_only_what_saw_the_example_is_done_again(student, learner_of):
    """Forgetting an example repeats the steps of its shard from its slice on, from the checkpoint before it, and no
    other step.

    忘记一个样本时，只在它所在的分片中、从它所在的切片开始、由之前的检查点（checkpoint）重新训练，其他步骤都不重复。
    """
    examples = [float(i) for i in range(9)]
    learner, train = learner_of(student, 2, 3, examples)
    before, states = len(train.calls), learner.states()

    assert_same(learner.forget([4]), 2)
    _, first = steps(INITIAL, [0.0, 2.0])
    again, last = steps(first, [0.0, 2.0, 6.0], [0.0, 2.0, 6.0, 8.0])
    assert_same(calls_since(train, before), again)
    assert_same(learner.states(), [last, states[1]])


@claims(
    "The other examples stay in their shards and slices",
)
def test_forgetting_twice_is_exact(student, learner_of):
    """A second request starts from renewed checkpoints: the states are those of a learner that never saw either
    example.

    第二次遗忘从更新过的检查点开始：得到的状态与从未见过这两个样本时完全一样。
    """
    learner, train = learner_of(student, 1, 3, [float(i) for i in range(7)])
    learner.forget([0, 1])  # of the slices 0 1 2, 3 4 and 5 6 the first keeps one, and nothing moves up
    before = len(train.calls)

    assert_same(learner.forget([5, 6]), 1)
    _, middle = steps(INITIAL, [2.0], [2.0, 3.0, 4.0])
    again, last = steps(middle, [2.0, 3.0, 4.0])
    assert_same(calls_since(train, before), again)
    assert_same(learner.states(), [last])


@claims(
    "from the checkpoint before it",
)
def test_a_middle_slice_and_then_a_later_one(student, learner_of):
    """Forgetting from a middle slice on renews the checkpoints after it: a later request begins at a state that never
    saw the example.

    从中间的切片开始遗忘时，后面的检查点也要更新：之后的请求从没有见过那个样本的状态开始。
    """
    learner, train = learner_of(student, 1, 3, [float(i) for i in range(7)])
    learner.forget([3])  # slices 0 1 2, 3 4 and 5 6: the first checkpoint stays
    before = len(train.calls)

    assert_same(learner.forget([6]), 1)
    _, middle = steps(INITIAL, [0.0, 1.0, 2.0], [0.0, 1.0, 2.0, 4.0])
    again, last = steps(middle, [0.0, 1.0, 2.0, 4.0, 5.0])
    assert_same(calls_since(train, before), again)
    assert_same(learner.states(), [last])


@claims(
    "Many ids in one call, even the same one twice, cost each step at most once",
    "An empty list does nothing",
    "how often `train` was called: the price of forgetting",
)
def test_many_ids_cost_each_step_once(student, learner_of):
    """Several ids in one call, named twice or not, repeat each step once at most, and the calls are counted.

    一次调用中给出多个编号（可以重复），每一步最多重做一次，并返回训练的次数。
    """
    learner, train = learner_of(student, 3, 2, [float(i) for i in range(11)])
    before, states = len(train.calls), learner.states()
    assert_same(learner.forget([]), 0)
    assert_same(calls_since(train, before), [])
    assert_same(learner.forget([6, 0, 9, 10]), 3)

    first, last = steps(INITIAL, [3.0], [3.0])
    _, middle = steps(INITIAL, [1.0, 4.0])
    other, last_other = steps(middle, [1.0, 4.0, 7.0])
    assert_same(sorted(calls_since(train, before)), sorted([*first, *other]))
    assert_same(learner.states(), [last, last_other, states[2]])
    again, _ = learner_of(student, 3, 2, [float(i) for i in range(11)])
    assert_same(again.forget([6, 0, 9, 6, 10]), 3)
    assert_same(again.states(), learner.states())


@claims(
    "A step without any example does not call `train`; the state stays",
    "What was learned before is dropped",
    "The list is not modified",
)
def test_empty_slices_train_nothing(student, learner_of):
    """A step without any example leaves the state as it is, without a call; a shard that forgot everything is the
    initial state.

    没有样本的步骤不调用训练函数，状态不变；忘记了全部样本的分片回到初始状态。
    """
    learner, train = learner_of(student, 3, 2, [1.0, 2.0])
    again, last = steps(INITIAL, [1.0], [1.0])
    more, last_more = steps(INITIAL, [2.0], [2.0])
    assert_same(sorted(train.calls), sorted([*again, *more]))
    assert_same(learner.states(), [last, last_more, INITIAL])
    before = len(train.calls)

    calls = learner.forget([0])
    assert_same(calls_since(train, before), [])
    assert_same(calls, 0)
    assert_same(learner.states(), [INITIAL, last_more, INITIAL])
    unchanged(learner.fit, [5.0])
    assert_same(learner.states(), [steps(INITIAL, [5.0], [5.0])[1], INITIAL, INITIAL])


@claims(
    "then nothing at all is changed",
)
def test_unknown_ids_change_nothing(student, learner_of):
    """An unknown or already forgotten id is a KeyError, and then nothing is forgotten and nothing trained.

    编号未知或已被遗忘时抛出 KeyError，此时什么都不忘记、什么都不训练。
    """
    learner, train = learner_of(student, 2, 2, [float(i) for i in range(5)])
    learner.forget([3])
    before, states = len(train.calls), learner.states()

    for wrong in ([0, 5], [-1], [-2], [2, 3]):
        assert_raises(KeyError, learner.forget, wrong)
    assert_same(calls_since(train, before), [])
    assert_same(learner.states(), states)
    learner.forget([0])
    assert_same(learner.states()[0], steps(INITIAL, [2.0], [2.0, 4.0])[1])


def test_random_requests_agree_with_the_reference(student, learner_of, reference, rng):
    """After random requests the states and the calls are those of the reference, with few and with many shards and
    slices.

    经过随机的遗忘请求之后，状态和调用都与参考答案一致，分片和切片或多或少都一样。
    """
    examples = rng.normal(23).tolist()
    order = rng.permutation(23).tolist()
    for shards, slices in ((1, 1), (3, 2), (2, 5)):
        pairs = [learner_of(module, shards, slices, examples) for module in (student, reference)]
        for ids in (order[:1], order[1:4], order[4:11]):
            assert_same(pairs[0][0].forget(ids), pairs[1][0].forget(ids))
            states, logs = zip(*[(learner.states(), train.calls) for learner, train in pairs], strict=True)
            assert_same(states[0], states[1])
            assert_same(sorted(logs[0]), sorted(logs[1]))
