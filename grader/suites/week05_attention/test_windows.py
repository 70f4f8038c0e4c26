"""Hidden suite of week 05, windows.

Every case is small enough to be written out, and the rule is written here once more, pair by pair.
Not covered: speed for short texts; the order in which arguments are checked.
"""

import torch

from grader.suite import assert_raises, assert_same, claims

CASES = [(11, 11), (3, 11), (1, 7), (1, 1), (7, 3), (5, 5), (2, 13)]  # queries, keys


def rule(queries, keys, window, sinks, device):
    """The rule, pair by pair."""
    table = [
        [key <= query and (key > query - window or key < sinks) for key in range(keys)]
        for query in range(keys - queries, keys)
    ]
    return torch.tensor(table, dtype=torch.bool, device=device).reshape(queries, keys)


@claims(
    "A Boolean tensor, True: may attend", "It sees key j when j <= p, and besides either j > p - window or j < sinks"
)
def test_mask_worked_example(student, device):
    """Five tokens, a window of 2 and one sink: each sees itself, the token before it and the first.

    五个词元、窗口为 2、一个汇点：每个词元看到自己、前一个词元和第一个词元。
    """
    rows = ["10000", "11000", "11100", "10110", "10011"]
    expected = torch.tensor([[digit == "1" for digit in row] for row in rows], device=device)

    assert_same(student.sliding_window_mask(5, 5, 2, 1, device=device), expected)


@claims("So its own key is one of the window: with window 1 and no sinks, a query sees itself alone")
def test_windows_without_sinks(student, device):
    """Without sinks, each query sees as many keys as the window is long, its own among them, and never a later one.

    没有汇点时，每个 query 看到的 key 个数等于窗口长度，其中包括它自己，绝不包括后面的。
    """
    assert_same(student.sliding_window_mask(7, 7, 1, device=device), torch.eye(7, dtype=torch.bool, device=device))
    for queries, keys in CASES:
        for window in (1, 2, 3, 5):
            assert_same(
                student.sliding_window_mask(queries, keys, window, 0, device=device),
                rule(queries, keys, window, 0, device),
            )


@claims("As in `causal_mask`, the last query stands at the last key")
def test_windows_with_sinks_and_a_cache(student, device):
    """With sinks and with fewer queries than keys, as with a cache, the rule holds for every pair.

    有汇点、query 少于 key（即有缓存）时，规则对每一对 query 和 key 都成立。
    """
    for queries, keys in CASES:
        for window in (1, 2, 5):
            for sinks in (1, 2, 3):
                assert_same(
                    student.sliding_window_mask(queries, keys, window, sinks, device=device),
                    rule(queries, keys, window, sinks, device),
                )


@claims("No key of the future is visible, not even a sink", "there may be fewer keys than that")
def test_no_sink_is_seen_before_its_time(student, device):
    """The first queries do not see the sinks behind them, and there may be more sinks than keys.

    前几个 query 看不到排在后面的汇点；汇点数也可以多于 key 的个数。
    """
    below = torch.ones(5, 5, dtype=torch.bool, device=device).tril()

    assert_same(student.sliding_window_mask(5, 5, 1, 5, device=device), below)
    assert_same(student.sliding_window_mask(5, 5, 2, 17, device=device), below)


@claims("A window of `keys` or more is the causal mask", "None: as many as queries")
def test_a_wide_window_is_the_causal_mask(student, device):
    """A window of at least `keys` hides nothing but the future; keys may be None.

    窗口不小于 `keys` 时，只遮住未来；keys 可以是 None。
    """
    below = torch.ones(7, 7, dtype=torch.bool, device=device).tril()

    for window in (7, 8, 10**6):
        assert_same(student.sliding_window_mask(7, None, window, device=device), below)
    assert_same(student.sliding_window_mask(3, 7, 7, 2, device=device), below[4:])
    assert_same(student.sliding_window_mask(5, None, 2, 1, device=device), rule(5, 5, 2, 1, device))


@claims("With more queries than keys, the first queries - keys rows see nothing")
def test_more_queries_than_keys(student, device):
    """With 5 queries and 2 keys, the first three rows are empty, sinks or not; 0 keys are a mask without columns.

    5 个 query、2 个 key 时，前三行全空，有没有汇点都一样；0 个 key 得到没有列的掩码。
    """
    expected = torch.zeros(5, 2, dtype=torch.bool, device=device)
    expected[3, 0] = expected[4, 1] = True

    assert_same(student.sliding_window_mask(5, 2, 1, 0, device=device), expected)
    expected[4, 0] = True
    assert_same(student.sliding_window_mask(5, 2, 1, 1, device=device), expected)
    assert_same(student.sliding_window_mask(3, 0, 2, 1, device=device), expected[:3, :0])


@claims(
    "A key is kept when some later query sees it",
    "of the tokens read so far, the last window - 1 are kept",
    "An int64 tensor",
)
def test_kept_keys_are_those_that_later_queries_see(student, device):
    """What is kept is what the queries to come see, and nothing else: window - 1 tokens and the sinks.

    保留的正是后来的 query 还会看到的 key，一个不多：window - 1 个词元和汇点。
    """
    assert_same(student.kept_keys(7, 3, 2, device=device), torch.tensor([0, 1, 5, 6], device=device))
    for length in (1, 2, 3, 5, 11):
        for window in (1, 2, 3, 5):
            for sinks in (0, 1, 2, 3):
                later = rule(window + 2, length + window + 2, window, sinks, device)  # all queries that could matter
                seen = later[:, :length].any(0).nonzero().squeeze(-1)
                assert_same(student.kept_keys(length, window, sinks, device=device), seen)


@claims("Each position appears once, in ascending order: there are never more than sinks + window - 1")
def test_kept_keys_at_the_edges(student, device):
    """Before a text is longer than sinks and window, everything is kept once; of an empty text, nothing.

    文本还没有超过汇点加窗口时，每个词元都保留，且只出现一次；空文本什么也不保留。
    """
    for length in (0, 1, 2, 3, 4, 5):
        assert_same(student.kept_keys(length, 4, 2, device=device), torch.arange(length, device=device))
    assert_same(student.kept_keys(6, 4, 2, device=device), torch.tensor([0, 1, 3, 4, 5], device=device))
    assert_same(student.kept_keys(2, 7, 3, device=device), torch.arange(2, device=device))
    assert_same(student.kept_keys(9, 1, 0, device=device), torch.arange(0, device=device))
    assert_same(student.kept_keys(9, 1, device=device), torch.arange(0, device=device))


@claims(
    "Key p is written into slot p while p < sinks, and into slot sinks + (p - sinks) mod window from then on",
    "The buffer has sinks + window slots and is never moved",
    "An int64 tensor",
)
def test_rolling_slots_by_writing_them(student, device):
    """The buffer holds what is in it when token after token is written by the rule.

    缓冲区的内容，正是按规则逐个写入词元之后的内容。
    """
    for window in (1, 2, 3, 5):
        for sinks in (0, 1, 2, 3):
            buffer = [-1] * (sinks + window)
            for position in range(13):
                buffer[position if position < sinks else sinks + (position - sinks) % window] = position
                got = student.rolling_slots(position + 1, window, sinks, device=device)
                assert_same(got, torch.tensor(buffer, device=device))


@claims("A slot that was never written has the position -1")
def test_rolling_slots_while_there_is_room(student, device):
    """A buffer that is not full yet has -1 in the slots that nothing was written into.

    缓冲区还没写满时，没有写过的槽位是 -1。
    """
    assert_same(student.rolling_slots(0, 2, 1, device=device), torch.tensor([-1, -1, -1], device=device))
    assert_same(student.rolling_slots(1, 2, 3, device=device), torch.tensor([0, -1, -1, -1, -1], device=device))
    assert_same(student.rolling_slots(4, 3, 2, device=device), torch.tensor([0, 1, 2, 3, -1], device=device))
    assert_same(student.rolling_slots(2, 3, device=device), torch.tensor([0, 1, -1], device=device))


@claims("The last token is in the buffer, so the positions are those that its query sees, in another order")
def test_a_buffer_attends_like_the_mask(student, rng, device):
    """The last token attends to its buffer exactly as it attends to the whole text through the mask.

    最后一个词元对缓冲区做注意力，与透过掩码对全文做注意力，结果完全相同。
    """
    for length, window, sinks in [(17, 5, 2), (13, 3, 0), (11, 1, 3), (4, 7, 2), (6, 4, 2)]:
        key, value = rng.normal(length, 3, dtype=torch.float64), rng.normal(length, 2, dtype=torch.float64)
        scores = key @ rng.normal(3, dtype=torch.float64)
        mask = student.sliding_window_mask(1, length, window, sinks, device=device)[0]
        slots = student.rolling_slots(length, window, sinks, device=device)
        slots = slots[slots >= 0]

        through_the_mask = torch.softmax(scores.masked_fill(~mask, -torch.inf), 0) @ value
        assert_same(torch.softmax(scores[slots], 0) @ value[slots], through_the_mask)


@claims("The work does not grow with `length`: no table has an entry for each token of the text")
def test_a_text_without_end(student, device):
    """After a trillion tokens the answers are as short, and come as quickly, as after a hundred.

    读过一万亿个词元之后，答案还是那么短，也算得一样快。
    """
    length = 10**12

    expected = torch.tensor([0, 1, length - 2, length - 1], device=device)
    assert_same(student.kept_keys(length, 3, 2, device=device), expected)
    assert_same(student.kept_keys(length, 1, 0, device=device), expected[:0])
    ring = [length - 2, length - 1, length - 3]  # (10**12 - 1 - 2) mod 3 is 1: the newest stands in slot 2 + 1
    assert_same(student.rolling_slots(length, 3, 2, device=device), torch.tensor([0, 1, *ring], device=device))


@claims("device of the result; None: torch's default device")
def test_windows_lie_on_the_device_that_is_named(student):
    """The answers lie on the device that is named, so torch refuses one that does not exist; None: its default.

    结果位于所指定的设备上，因此设备不存在时 torch 会报错；None 表示 torch 的默认设备。
    """
    assert_raises(RuntimeError, student.sliding_window_mask, 3, 5, 2, 1, device="nowhere")
    assert_raises(RuntimeError, student.kept_keys, 3, 2, 1, device="nowhere")
    assert_raises(RuntimeError, student.rolling_slots, 3, 2, 1, device="nowhere")
    assert_same(student.sliding_window_mask(2, 2, 1), torch.tensor([[True, False], [False, True]]))
    assert_same(student.kept_keys(3, 2, 1), torch.tensor([0, 2]))
    assert_same(student.rolling_slots(3, 2, 1), torch.tensor([0, 1, 2]))


@claims("window is below 1, or sinks is below 0", "window is below 1, or sinks or length is below 0")
def test_wrong_windows(student, device):
    """A window below 1 and a negative number of sinks or tokens are a ValueError; 1 and 0 are enough.

    窗口小于 1、汇点数或词元数为负时，抛出 ValueError；1 和 0 就可以。
    """
    for window, sinks in [(0, 0), (-3, 0), (2, -1)]:
        assert_raises(ValueError, student.sliding_window_mask, 3, 3, window, sinks)
        assert_raises(ValueError, student.kept_keys, 3, window, sinks)
        assert_raises(ValueError, student.rolling_slots, 3, window, sinks)
    assert_raises(ValueError, student.kept_keys, -1, 2, 1)
    assert_raises(ValueError, student.rolling_slots, -1, 2, 1)
    assert_same(student.rolling_slots(0, 1, 0, device=device), torch.tensor([-1], device=device))
