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
