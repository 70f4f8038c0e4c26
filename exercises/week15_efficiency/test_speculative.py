"""Visible examples of week 15, speculative: every number can be checked by hand."""

import torch

from grader.suite import assert_same, expect


def test_an_agreement_and_a_refusal(student):
    """The target is at least as sure of token 1 as the draft was, so it is kept. It holds token 0 impossible, so 2 is
    drawn in its place: the only token that it expects more often than the draft.

    目标模型对词元 1 至少和草稿一样肯定，所以保留它。它认为词元 0 不可能，所以改为抽 2：只有 2 的概率比草稿给的高。
    """
    p = torch.tensor([[0.0, 0.75, 0.25], [0.0, 0.5, 0.5], [1.0, 0.0, 0.0]])
    q = torch.tensor([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0]])

    tokens, accepted = student.rejection_sample(p, q, torch.tensor([1, 0]), torch.Generator().manual_seed(15))

    assert_same([tokens, accepted], [torch.tensor([1, 2]), 1])


def test_counting_up(student):
    """After a number the target says the next one. The draft does, too, but says 0 after 2: two of its three tokens are
    kept, and the target adds the third.

    目标模型在一个数之后总是说下一个数。草稿也是，只是在 2 之后说 0：它的三个词元保留两个，第三个由目标模型补上。
    """

    def target(ids, rows):
        return torch.eye(9)[ids[-rows:] + 1]

    def draft(ids, rows):
        return torch.eye(9)[torch.where(ids[-rows:] == 2, 0, ids[-rows:] + 1)]

    tokens, accepted = student.speculative_step(draft, target, torch.tensor([5, 0]), 3, torch.Generator())

    assert_same([tokens, accepted], [torch.tensor([1, 2, 3]), 2])


def test_how_often(student):
    """Token 0 was drawn with 1/2 where the target says 3/8, so that 3/4 of 400 are kept, and half of these are followed
    by 1, half by 2. What is refused becomes 1, which alone is expected more often than drafted.

    草稿以 1/2 的概率抽到词元 0，目标模型只给 3/8，所以 400 次中有 3/4 保留，其后一半是 1，一半是 2。被拒绝的都变成 1：
    只有 1 的概率比草稿给的高。
    """
    p, q = torch.tensor([[0.375, 0.625, 0.0], [0.0, 0.5, 0.5]]), torch.tensor([[0.5, 0.5, 0.0]])
    sources = [torch.Generator().manual_seed(seed) for seed in range(400)]
    found = [student.rejection_sample(p, q, torch.tensor([0]), source)[0].tolist() for source in sources]

    for tokens, share in (([1], 1 / 4), ([0, 1], 3 / 8), ([0, 2], 3 / 8)):
        expect(
            abs(found.count(tokens) / 400 - share) < 0.12,  # five standard deviations
            "{tokens} came {got} times of 400; about {right} times would be right.",
            "400 次中有 {got} 次得到 {tokens}；应约为 {right} 次。",
            tokens=tokens,
            got=found.count(tokens),
            right=int(400 * share),
        )


def test_what_follows_a_refusal(student):
    """Token 0 is refused, as the target holds it impossible: the 1 that was drafted behind it goes with it.

    目标模型认为词元 0 不可能，因此拒绝它：草稿在它后面写的 1 也一并丢弃。
    """
    p, q = torch.tensor([[0.0, 1.0]] * 3), torch.tensor([[1.0, 0.0], [0.0, 1.0]])

    tokens, accepted = student.rejection_sample(p, q, torch.tensor([0, 1]), torch.Generator().manual_seed(15))
    assert_same([tokens, accepted], [torch.tensor([1]), 0])


def test_who_is_asked(student):
    """The draft is asked for one row at a time, the target once, for three; and the draft's tokens are drawn: in 40
    steps not always the same one.

    每次只问草稿一行，目标模型只问一次，要三行；草稿的词元是抽出来的：40 次里不会总是同一个。
    """
    calls = []

    def model(name):
        def called(ids, rows):
            calls.append([name, ids.tolist(), rows])
            return torch.tensor([[0.5, 0.3, 0.2]]).expand(rows, 3)

        return called

    for seed in range(40):
        source = torch.Generator().manual_seed(seed)
        student.speculative_step(model("draft"), model("target"), torch.tensor([2, 2]), 2, source)

    assert_same(
        [[name, len(ids), rows] for name, ids, rows in calls], 40 * [["draft", 2, 1], ["draft", 3, 1], ["target", 4, 3]]
    )
    assert_same(len({ids[2] for name, ids, _ in calls if name == "target"}) > 1, True)
