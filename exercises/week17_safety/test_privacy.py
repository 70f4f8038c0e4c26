"""Visible examples of week 17, privacy: every answer can be checked by hand."""

import torch

from grader.suite import assert_same


def test_numbers_with_a_check(student):
    """4111 1111 1111 1111 is a well-known test card, 11010519491231002X the standard's own example.

    4111 1111 1111 1111 是常用的测试卡号，11010519491231002X 是国家标准中的示例。
    """
    assert_same(student.is_card_number("4111111111111111"), True)
    assert_same(student.is_card_number("4111111111111112"), False)
    assert_same(student.is_resident_id("11010519491231002X"), True)
    assert_same(student.is_resident_id("110105194912310021"), False)


def test_redaction(student):
    """One of each kind, in English and Chinese; the order number stays.

    每种类型各一个，中英文混合；订单号保留。
    """
    text = "Order 12345: mail li.lei@mail.example. 电话13812345678，卡号4111-1111-1111-1111，身份证11010519491231002X。"
    expected = "Order 12345: mail [EMAIL]. 电话[PHONE]，卡号[CARD]，身份证[ID]。"

    assert_same(student.redact(text), (expected, {"EMAIL": 1, "ID": 1, "CARD": 1, "PHONE": 1}))


def test_the_chinese_form_counts_first(student):
    """Both forms of a telephone number begin at the +; the Chinese one counts, and the 0 behind it stays.

    两种电话号码的写法都从 + 开始；以中国手机号为准，后面的 0 保留。
    """
    assert_same(student.redact("+86 13812345678 0")[0], "[PHONE] 0")


def test_clipping(student):
    """The gradients [6, 8] and [0.6, 0.8] have lengths 10 and 1; with clip_norm 5 the first is halved.

    梯度 [6, 8] 和 [0.6, 0.8] 的长度为 10 和 1；clip_norm 为 5 时第一个减半。
    """
    gradients = {"w": torch.tensor([[6.0, 8.0], [0.6, 0.8]])}

    got = student.private_gradient(gradients, clip_norm=5.0, noise_multiplier=0.0)

    assert_same(got, {"w": torch.tensor([1.8, 2.4])})


def test_lengths_of_cards(student):
    """A test card of 15 digits counts from the right, and one of 13 is long enough. Zeros pass every sum, but 12 of
    them are too short, 20 too long, and full-width ones are no digits.

    15 位的测试卡号要从右边数起，13 位的也够长。全是 0 时总和一定通过，但 12 位太短，20 位太长，全角的 0 不算数字。
    """
    for digits in ("378282246310005", "4222222222222", 19 * "0"):
        assert_same(student.is_card_number(digits), True)
    for digits in (12 * "0", 20 * "0", 16 * "０"):
        assert_same(student.is_card_number(digits), False)


def test_days_of_birth(student):
    """With a right check character, 30 February is no day, and 1 January 2100 is one; the last x may be small.

    校验码正确时，2 月 30 日仍不是日期，2100 年 1 月 1 日是；末尾的 x 可以小写。
    """
    assert_same(student.is_resident_id("110105194902300020"), False)
    assert_same(student.is_resident_id("110105210001010023"), True)
    assert_same(student.is_resident_id("11010519491231002x"), True)


def test_what_redaction_leaves(student):
    """Numbers that fail their check stay, and one that begins inside them is found; full-width digits count as digits.

    没有通过校验的号码保留，而从它里面开始的号码找得到；全角数字也算数字。
    """
    for text, expected in (
        ("no card: 4111111111111112", "no card: 4111111111111112"),
        ("no one: 110105194912310021", "no one: 110105194912310021"),
        ("1 4111 1111 1111 1111, 4111111111111111", "1 [CARD], [CARD]"),
        ("电话１３８１２３４５６７８", "电话[PHONE]"),
    ):
        found, counts = student.redact(text)
        assert_same(found, expected)
        assert_same(counts, {kind: expected.count(kind) for kind in ("EMAIL", "ID", "CARD", "PHONE")})


def test_clipping_all_parameters_together(student):
    """3 in one parameter and 4 in the other are 5 together: clip_norm 2.5 halves both. The sum is divided by the
    expected batch of 2.5: 1.5 / 2.5 = 0.6 and 2 / 2.5 = 0.8. A norm of exactly clip_norm stays, be it a ten-millionth.

    一个参数里是 3，另一个里是 4，合起来长度是 5：clip_norm 为 2.5 时都减半。总和除以期望批量 2.5：1.5 / 2.5 = 0.6，
    2 / 2.5 = 0.8。长度恰为 clip_norm 时不变，哪怕只有千万分之一。
    """
    gradients = {"w": torch.tensor([[3.0, 0.0]]), "b": torch.tensor([4.0])}

    got = student.private_gradient(gradients, 2.5, 0.0, expected_batch=2.5)
    assert_same(got, {"w": torch.tensor([0.6, 0.0]), "b": torch.tensor(0.8)})
    tiny = {"w": torch.tensor([[1e-7, 0.0]])}
    assert_same(1e7 * student.private_gradient(tiny, 1e-7, 0.0)["w"], torch.tensor([1.0, 0.0]))


def test_noise(student):
    """Of four examples without a gradient, or of none, comes noise alone: multiplier 3 times clip_norm 2 over a batch
    of 4 is a standard deviation of 1.5, in each parameter anew. The same seed gives the same noise.

    四个梯度为零的样本，或一个样本也没有时，只剩噪声：乘数 3 乘以 clip_norm 2，除以批量 4，标准差是 1.5，
    每个参数各自抽取。同样的种子得到同样的噪声。
    """
    for examples in (4, 0):
        nothing = {name: torch.zeros(examples, 10_000) for name in ("w", "v")}
        got, again = (
            student.private_gradient(nothing, 2.0, 3.0, 4.0, torch.Generator().manual_seed(7)) for _ in range(2)
        )
        assert_same(got["w"].std(), torch.tensor(1.5), rtol=0.05, atol=0.0)  # seven times what chance would do
        assert_same((got["w"] - got["v"]).std(), torch.tensor(1.5 * 2**0.5), rtol=0.05, atol=0.0)
        assert_same(got, again)
