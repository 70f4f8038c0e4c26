"""Visible examples of week 11, dpo: numbers that can be checked by hand."""

import math

import torch

from grader.suite import assert_same


def test_three_answers(student):
    """After a prompt of one token two tokens of probability 1/2, after two tokens one; the third has no prompt.

    第一个回答在一个词元的提示之后有两个词元，概率都是 1/2；第二个在两个词元之后有一个；第三个没有提示。
    """
    labels = torch.tensor([[-100, 1, 0, -100], [-100, -100, 1, -100], [0, 1, -100, -100]])
    logits = torch.zeros(3, 4, 2)
    logits[:, 2, 1] = math.log(3)  # about the token after it, which never counts here

    sums, counts = student.answer_logps(logits, labels)

    assert_same(sums, torch.tensor([-2 * math.log(2), -math.log(2), -math.log(2)]))
    assert_same(counts, torch.tensor([2, 1, 1]))


def test_a_policy_that_moved(student):
    """Beta 1/2, two pairs: the chosen answers rose by log 4, the rejected ones fell by it: margin log 4, loss log(5/4).

    beta 为 1/2，两对：被选回答上升 log 4，被拒回答下降 log 4：差值为 log 4，损失为 log(5/4)。
    """
    four = math.log(4)
    policy_chosen, policy_rejected = torch.tensor([four - 3, four - 9]), torch.tensor([-four - 5, -four - 2])
    reference_chosen, reference_rejected = torch.tensor([-3.0, -9.0]), torch.tensor([-5.0, -2.0])
    given = policy_chosen, policy_rejected, reference_chosen, reference_rejected

    loss, chosen, rejected = student.dpo_loss(*given, beta=0.5)

    assert_same(chosen, torch.full((2,), four / 2))
    assert_same(rejected, torch.full((2,), -four / 2))
    assert_same(loss, torch.tensor(math.log(5 / 4)))
    # If a quarter of the labels are believed to be wrong, log 5, the loss of the flipped label, counts for a quarter.
    smoothed, _, _ = student.dpo_loss(*given, beta=0.5, label_smoothing=0.25)
    assert_same(smoothed, torch.tensor(0.75 * math.log(5 / 4) + 0.25 * math.log(5)))


def test_ipo_wants_a_distance(student):
    """Beta 1/4 wants a difference of 2. A rise by 4 against a fall by 1 is 3 too much, and costs 9.

    beta 为 1/4 时目标差值是 2。一个上升 4，一个下降 1，差值多出了 3，代价为 9。
    """
    policy, reference = (torch.tensor([-2.0]), torch.tensor([-4.0])), (torch.tensor([-6.0]), torch.tensor([-3.0]))

    assert_same(student.ipo_loss(*policy, *reference, beta=0.25), torch.tensor(9.0))


def test_simpo_compares_tokens(student):
    """-8 over 4 tokens and -2 over 1 token are equally probable per token: log 2; if log 3 more is asked for, log 4.

    4 个词元共 -8，与 1 个词元 -2，平均每词元一样：损失为 log 2；若要求再领先 log 3，则为 log 4。
    """
    long, short = torch.tensor([-8.0]), torch.tensor([-2.0])
    sizes = torch.tensor([4]), torch.tensor([1])

    assert_same(student.simpo_loss(long, short, *sizes, gamma=0.0), torch.tensor(math.log(2)))
    assert_same(student.simpo_loss(long, short, *sizes, gamma=math.log(3)), torch.tensor(math.log(4)))
