"""Hidden suite of week 17, privacy.

All names, numbers and addresses are made up; the card numbers are well-known test numbers, and the identity numbers
have impossible regions
or are the standard's own examples.
Not covered: names, postal addresses, and what a model remembers although nobody could read it off a pattern.
"""

import torch

from grader.suite import assert_raises, assert_same, claims, expect, follows_device, points, unchanged

BATCH, OUT, IN = 7, 3, 5
CARD = "4111 1111 1111 1111"
ID = "11010519491231002X"


def becomes(student, pairs):
    for text, expected in pairs.items():
        assert_same(student.redact(text)[0], expected)


def tensor(values, device, dtype=torch.float64):
    return torch.tensor(values, dtype=dtype, device=device)


def gradients_of(rng, batch=BATCH, dtype=torch.float64):
    """Per-example gradients of a matrix, a vector and a number, some longer than 2 in all and some shorter."""
    lengths = torch.linspace(0.05, 2.0, batch, dtype=dtype, device=rng.device)
    return {
        "weight": rng.normal(batch, OUT, IN, dtype=dtype) * lengths[:, None, None],
        "bias": rng.normal(batch, OUT, dtype=dtype) * lengths[:, None],
        "scale": rng.normal(batch, dtype=dtype) * lengths,
    }


# ---- checks of numbers


@points(1)
@claims(
    "Digits are 0 to 9. From the right, every second digit",
)
def test_luhn_check(student):
    """Test numbers of 13 to 19 digits pass the Luhn check, and those with one digit changed or two swapped do not.

    13 到 19 位的测试卡号通过 Luhn 校验，改动一位或交换相邻两位后则不通过。
    """
    numbers = ("4111111111111111", "378282246310005", "4222222222222", "5555555555554444", "6011000990139424")
    assert_same([student.is_card_number(number) for number in numbers], [True] * 5)  # of odd and of even length
    for number in (
        "4111111111111112",
        "387282246310005",
        "9222222222222",
        "4111 1111 1111 1111",
        "",
        "４111111111111111",
    ):
        assert_same(student.is_card_number(number), False)
    for number, expected in (
        ("0" * 12, False),
        ("0" * 13, True),
        ("0" * 19, True),
        ("0" * 20, False),
        ("0" * 13 + "\n", False),
    ):
        assert_same(student.is_card_number(number), expected)


@points(2)
@claims(
    "17 digits 0 to 9 and a last character 0 to 9, X or x",
    "Characters 7 to 14 are the date of birth",
)
def test_resident_id_check(student):
    """The check character and the date of birth must be right: "11010519491231002X" is a number, its neighbours are
    not.

    校验码和出生日期都必须正确："11010519491231002X" 是合法号码，与它相近的则不是。
    """
    for number in (ID, ID.lower(), "440524188001010014"):
        assert_same(student.is_resident_id(number), True)
    # A wrong check character, a changed and two swapped digits, month 13, 30 February, too short, too long, full
    # width, a line feed.
    for number in ("110105194912310021", "11010619491231002X", "10110519491231002X", "110105194913010029",
                   "110105194902300020", ID[:-1], ID + "1", "1" + ID[1:-1] + "Ｘ", ID + "\n", "X" * 18):  # fmt: skip
        assert_same(student.is_resident_id(number), False)


@points(1)
@claims(
    "The last character is ID_CHECK at (sum of digit times ID_WEIGHTS) modulo 11",
    "a day that exists",
)
def test_leap_days_are_days(student, reference):
    """29 February is a date of birth in 2000, 1996 and 2096, but not in 1900 and 2001; every check character is judged
    as by the reference.

    2 月 29 日在 2000、1996、2096 年是合法的出生日期，在 1900 年和 2001 年不是；每个校验码的判断都与参考答案一致。
    """
    valid = {}
    for year in ("2000", "1996", "1900", "2001", "2096"):
        for check in "0123456789X":
            number = f"999999{year}0229137{check}"
            got = student.is_resident_id(number)
            assert_same(got, reference.is_resident_id(number))
            valid[year] = valid.get(year, False) or got
    assert_same(valid, {"2000": True, "1996": True, "1900": False, "2001": False, "2096": True})


# ---- redact


@points(1)
@claims(
    "Everything that is not replaced stays exactly as it was",
)
def test_mail_addresses_go(student):
    """Mail addresses become [EMAIL], with dots and plus signs, in English and Chinese text; a full stop after them
    stays.

    邮箱地址变成 [EMAIL]，包括带点号和加号的，中英文文本都一样；其后的句号保留。
    """
    becomes(
        student,
        {
            "Write to li.lei+x@mail.example.org.": "Write to [EMAIL].",
            "邮箱是han_mei@a-b.cn，谢谢": "邮箱是[EMAIL]，谢谢",
        },
    )
    becomes(
        student,
        {"@home a@b a@b.c x@-b.org 3@1.2": "@home a@b a@b.c x@-b.org 3@1.2", ".a@b.cd-a@b.co": ".[EMAIL]-[EMAIL]"},
    )
    becomes(
        student,
        {"Ａ@ｂ．ｏｒｇ！ ok": "[EMAIL]！ ok", f"{'a' * 64}@b.org {'a' * 65}@b.org": f"[EMAIL] {'a' * 65}@b.org"},
    )
    becomes(student, {"a%b-c@d1.e2.info": "[EMAIL]", "a@b.org1 a@b.c1": "a@b.org1 a@b.c1"})
    becomes(student, {"li@museum.photography": "[EMAIL]"})  # a last label of any length


@points(1)
@claims(
    "full-width letters, digits and signs count as their ASCII forms",
)
def test_phone_numbers_go(student):
    """Chinese mobile numbers and numbers with a country code become [PHONE], in their usual ways of writing; where both
    forms begin at the same place, the Chinese one counts.

    中国手机号和带国家代码的号码变成 [PHONE]，各种常见写法都一样；两种形式起点相同时，以中国手机号为准。
    """
    becomes(
        student,
        {
            "13812345678": "[PHONE]",
            "199-8765-4321, 138 1234 5678": "[PHONE], [PHONE]",
            "１３８１２３４５６７８": "[PHONE]",
        },
    )
    becomes(
        student,
        {
            "+8613812345678 +86 138-1234-5678 +86-13812345678": "[PHONE] [PHONE] [PHONE]",
            "(+1 202-555-0143)": "([PHONE])",
        },
    )
    becomes(
        student, {"+86 13812345678 0": "[PHONE] 0", "+86 138123456780": "[PHONE]", "+8613812345678-12": "[PHONE]-12"}
    )
    becomes(student, {"+44.20.7946.0000": "[PHONE]", "+12345678 +123456789012345": "[PHONE] [PHONE]"})


@points(1)
def test_chinese_text_is_no_word_boundary(student):
    """A number between Chinese characters is found: there are no spaces around it.

    夹在汉字之间的号码也能找到：它的前后没有空格。
    """
    becomes(
        student,
        {
            "电话13812345678请打": "电话[PHONE]请打",
            f"身份证{ID}已登记": "身份证[ID]已登记",
            "卡号4111111111111111到期": "卡号[CARD]到期",
        },
    )
    becomes(
        student,
        {"请加+86 13812345678为好友": "请加[PHONE]为好友", "我的a@b.cn和c@d.cn都行": "我的[EMAIL]和[EMAIL]都行"},
    )


@points(1)
@claims(
    "A match of an ID counts only if `is_resident_id` holds",
    "Names and postal addresses stay",
)
def test_other_numbers_stay(student):
    """Orders, dates, versions, longer numbers and numbers without a right check stay, and so do names and addresses; a
    real number beside them goes.

    订单号、日期、版本号、更长的数字、校验不通过的号码以及姓名和地址保持不变；旁边真正的号码则被替换。
    """
    assert_same(student.is_card_number("4111111111111112"), False)
    becomes(
        student,
        {"order 12345678901 v1.2.3.4 13:45": "order 12345678901 v1.2.3.4 13:45", "x13812345678": "x13812345678"},
    )
    becomes(
        student,
        {"138123456789 12812345678 138-12345678 138-1234 5678": "138123456789 12812345678 138-12345678 138-1234 5678"},
    )
    becomes(
        student,
        {
            "4111 1111 1111 1112 +1234567": "4111 1111 1111 1112 +1234567",
            "4111  1111 1111 1111": "4111  1111 1111 1111",
        },
    )
    becomes(
        student,
        {
            "+1234567890123456 110105194912310021": "+1234567890123456 110105194912310021",
            f"1{ID} {ID}1": f"1{ID} {ID}1",
        },
    )
    becomes(student, {"13812345678 138-1234-567": "[PHONE] 138-1234-567"})
    for untouched in ("李雷，北京市海淀区中关村大街27号", "Li Lei, 12 Long Street, Springfield 01101"):
        becomes(student, {untouched: untouched})


@points(2)
@claims(
    "Each form is looked for in the text as the earlier ones left it: what these took, it cannot take",
    "A match that does not count may overlap with one that does",
)
def test_cards_and_ids_go(student):
    """Card numbers with spaces or hyphens become [CARD], identity numbers [ID], all of them, whatever numbers stand
    beside and between them.

    带空格或连字符的卡号变成 [CARD]，身份证号变成 [ID]，一个不漏，不论旁边和中间有什么数字。
    """
    becomes(student, {f"{CARD}, {CARD}; 5555555555554444": "[CARD], [CARD]; [CARD]"})
    # One row of digits may hold several, and 13 digits that would do may be part of 16 that do.
    becomes(student, {f"{CARD} {CARD}-4222222222222": "[CARD] [CARD]-[CARD]", "4222222222222 014": "[CARD]"})
    becomes(student, {"13812345678 000": "[CARD]"})  # cards are looked for before telephone numbers
    becomes(
        student,
        {
            f"4111111111111112, {CARD}, 4111111111111113, {CARD}": "4111111111111112, [CARD], 4111111111111113, [CARD]",
            f"110105194912310021, {ID}, 110105194912310022, {ID}": "110105194912310021, [ID], 110105194912310022, [ID]",
        },
    )
    becomes(
        student, {f"{CARD} 12/25": "[CARD] 12/25", "4111-1111-1111-1111": "[CARD]", "3782 822463 10005.": "[CARD]."}
    )
    becomes(
        student,
        {f"1234 {CARD} 99": "1234 [CARD] 99", f"{ID} {ID.lower()}": "[ID] [ID]", "4 2 2 2 2 2 2 2 2 2 2 2 2": "[CARD]"},
    )
    becomes(student, {"440524188001010014": "[ID]", "+86 13800000004": "[PHONE]", "0000000000000000000": "[CARD]"})


@points(2)
@claims(
    "how many of each kind were replaced: a dictionary with all four KINDS",
)
def test_kinds_are_counted(student):
    """All four kinds are counted, also with 0; a second pass finds nothing more, and empty text stays empty.

    四种类型都有计数，没有时为 0；再处理一遍不会有新的发现；空文本仍为空。
    """
    text = f"{ID}，a@b.cn, c@d.org 13812345678，１９９１２３４５６７８ +1 2025550143 {CARD}"
    done = "[ID]，[EMAIL], [EMAIL] [PHONE]，[PHONE] [PHONE] [CARD]"

    assert_same(student.redact(text), (done, {"EMAIL": 2, "ID": 1, "CARD": 1, "PHONE": 3}))
    assert_same(student.redact(done), (done, {"EMAIL": 0, "ID": 0, "CARD": 0, "PHONE": 0}))
    assert_same(student.redact("")[0], "")


@points(1)
@claims("All matches of one form are found before any of them is replaced")
def test_all_matches_are_found_before_one_is_replaced(student):
    """A + directly behind a telephone number begins no other one, also when that number has become [PHONE].

    紧跟在电话号码后面的 + 不是另一个号码的开头，即使前面的号码已经换成了 [PHONE]。
    """
    becomes(student, {"13812345678+13812345678": "[PHONE]+[PHONE]"})
    becomes(student, {"13812345678+8613812345678": "[PHONE]+8613812345678"})


@points(1)
def test_odd_texts_agree_with_the_reference(student, reference, rng):
    """Random rows of pieces of numbers and addresses are redacted as by the reference.

    由号码和地址片段随机拼成的文本，处理结果与参考答案一致。
    """
    pieces = [
        "13812345678",
        "138",
        " ",
        "-",
        "1234",
        "5678",
        "+86",
        "+",
        "a@b.cn",
        "x",
        "，",
        ".",
        CARD,
        ID,
        "0",
        "电",
        "@",
        "１９９",
    ]
    for _ in range(61):
        text = "".join(rng.choice(pieces) for _ in range(11))

        assert_same(student.redact(text), reference.redact(text))


# ---- private_gradient


@points(1)
@claims(
    "Then for each parameter",
    "( sum over examples of the scaled gradients + noise ) / expected_batch",
    "None: the number of examples",
)
def test_each_example_is_clipped(student, device):
    """Gradients [3, 4] and [0, 0.5] with clip_norm 1 give the mean of [0.6, 0.8] and [0, 0.5]: long ones shrink,
    short ones stay.

    clip_norm 为 1 时，梯度 [3, 4] 和 [0, 0.5] 得到 [0.6, 0.8] 与 [0, 0.5] 的均值：长的缩短，短的不变。
    """
    answer = student.private_gradient({"w": tensor([[3.0, 4.0], [0.0, 0.5]], device)}, 1.0, 0.0)
    assert_same(answer, {"w": tensor([0.3, 0.65], device)})
    zero = student.private_gradient({"w": tensor([[0.0, 0.0], [-6.0, 8.0], [6.0, 8.0]], device)}, 5.0, 0.0)
    assert_same(zero, {"w": tensor([0.0, 8 / 3], device)})
    # In millionths the same holds: a number added to the norm, against division by 0, would be as large as the norm.
    tiny = student.private_gradient({"w": 1e-6 * tensor([[3.0, 4.0], [0.0, 0.5]], device)}, 1e-6, 0.0)
    assert_same({"w": 1e6 * tiny["w"]}, {"w": tensor([0.3, 0.65], device)})


@points(1)
@claims(
    "one long vector with one Euclidean norm",
    "parameter name to the gradients of all examples",
)
def test_the_norm_is_over_all_parameters(student, device):
    """An example with gradients 3 in one parameter and 4 in another has norm 5, not 3 and 4.

    某个样本在一个参数上的梯度为 3、在另一个参数上为 4，其范数是 5，而不是分别为 3 和 4。
    """
    gradients = {"a": tensor([[[3.0]], [[0.0]]], device), "b": tensor([4.0, 1.0], device)}

    assert_same(student.private_gradient(gradients, 1.0, 0.0), {"a": tensor([[0.3]], device), "b": tensor(0.9, device)})


@points(1)
@claims(
    "With noise_multiplier 0 the answer is exact",
    "Not modified; the answer has the same names, dtypes and devices",
)
def test_clipping_agrees_with_the_reference(student, reference, rng):
    """Without noise the answer is the reference's, in float64 and float32, for one example and strided gradients.

    没有噪声时，结果与参考答案一致：float64、float32、单个样本、不连续的梯度都一样。
    """
    wide = gradients_of(rng, 2 * BATCH)
    strided = {name: values[::2] for name, values in wide.items()}
    for gradients in (gradients_of(rng), gradients_of(rng, dtype=torch.float32), gradients_of(rng, batch=1), strided):
        got = unchanged(student.private_gradient, gradients, 2.0, 0.0)
        assert_same(got, reference.private_gradient(gradients, 2.0, 0.0))


@points(1)
@claims("the answer has the same names, dtypes and devices")
def test_answers_where_the_gradients_are(student, reference, rng):
    """The answer lies on the device of the gradients: on a GPU, noise and every other new tensor are made there.

    结果与梯度在同一设备上：在 GPU 上，噪声和其他新建的张量也要在那里。
    """
    gradients = gradients_of(rng)

    for noise in (0.0, 1e-9):
        got = follows_device(student.private_gradient, gradients, 2.0, noise, generator=rng.generator())
        assert_same(got, reference.private_gradient(gradients, 2.0, 0.0))


@points(2)
@claims(
    "with standard deviation noise_multiplier * clip_norm, drawn once for the sum from `generator`",
)
def test_noise_has_the_right_scale(student, rng, device):
    """The noise of the sum has standard deviation noise_multiplier * clip_norm, so the mean over 8 examples has one
    eighth of it; an empty batch has as much noise.

    求和后加入的噪声标准差为 noise_multiplier * clip_norm，因此对 8 个样本取均值后是它的八分之一；空批次的噪声一样大。
    """
    # Nobody may see from the noise whether anybody was there: an empty batch has as much of it.
    for examples, expected_batch in ((8, None), (0, 8)):
        zeros = {"w": torch.zeros(examples, 101, 199, device=device)}
        noise = student.private_gradient(zeros, 4.0, 0.5, expected_batch, rng.generator())["w"].double()

        expect(
            examples == 0 or abs(float(noise.std()) / 0.25 - examples**0.5) > 0.1,
            "The noise has sqrt(8) times the standard deviation that it should have: so much comes together if each "
            "of the 8 examples has noise of its own. Draw once, for the sum.",
            "噪声的标准差是应有的 √8 倍：8 个样本各有自己的噪声时，加起来正好这么多。应只为总和抽取一次。",
        )
        # 20099 draws: the standard deviation is known to 0.5 %, the mean to 0.0018, the share below it to 0.0033; six
        # of each.
        inside = (noise.abs() < 0.25).double().mean()
        for name, got, expected, slack in (("std", noise.std(), 0.25, 0.0075), ("mean", noise.mean(), 0.0, 0.011),
                                           ("share", inside, 0.6827, 0.02)):  # fmt: skip
            expect(
                abs(float(got) - expected) < slack,
                "The {name} of the noise is {got}, expected about {expected}.",
                "噪声的 {name} 为 {got}，应约为 {expected}。",
                name=name,
                got=float(got),
                expected=expected,
            )


@points(1)
@claims(
    "where noise has independent normal entries",
)
def test_noise_does_not_touch_the_signal(student, device, rng):
    """Noise is added after clipping: the mean of many noisy coordinates is the clipped gradient, and two parameters
    get different noise.

    噪声在裁剪之后加入：许多带噪声坐标的平均等于裁剪后的梯度，且两个参数得到不同的噪声。
    """
    ones = torch.ones(4, 10_007, dtype=torch.float64, device=device)
    gradients = {"a": ones, "b": ones.clone()}
    got = student.private_gradient(gradients, 20_014**0.5 / 2, 0.01, generator=rng.generator())

    # Every example has norm sqrt(20014) and is halved. Noise 0.01 * 70.7 / 4 = 0.18 in each coordinate: 0.0018 in the
    # mean; six of them.
    for name in ("a", "b"):
        mean = float(got[name].mean())
        expect(
            abs(mean - 0.5) < 0.011, "The mean is {got}, expected about 0.5.", "均值为 {got}，应约为 0.5。", got=mean
        )
    noise = (got["a"] - 0.5) * (got["b"] - 0.5)
    # Independent: the mean product is 0 with standard deviation 0.031 / 100; six of them.
    expect(abs(float(noise.mean())) < 0.002, "The noise of two parameters is related.", "两个参数的噪声相关。")


@points(1)
@claims(
    "the mean batch size if examples were drawn by coin flips",
    "if clip_norm is not positive or noise_multiplier is negative; if parameters disagree about the number of examples",
    "if there is no example and no expected_batch",
)
def test_expected_batch_and_generator(student, device, rng):
    """The sum is divided by expected_batch, a whole number or not, even when the batch is empty; the generator decides
    the noise; impossible arguments are refused.

    总和除以 expected_batch（不必是整数），批次为空时也一样；噪声由 generator 决定；不合法的参数被拒绝。
    """
    gradients = {"w": tensor([[3.0, 4.0], [0.0, 0.5]], device)}
    for size in (5, 2.5, 0.5):  # nothing is clipped: what is clipped is another test's business
        expected = {"w": tensor([3.0 / size, 4.5 / size], device)}
        assert_same(student.private_gradient(gradients, 100.0, 0.0, expected_batch=size), expected)
    empty = {"w": torch.zeros(0, 3, device=device)}
    assert_same(student.private_gradient(empty, 1.0, 0.0, 4.0), {"w": torch.zeros(3, device=device)})
    seed = rng.integer(0, 2**40)
    once, again = (
        student.private_gradient(gradients, 1.0, 1.0, generator=torch.Generator(device).manual_seed(seed))
        for _ in range(2)
    )
    assert_same(again, once)
    for wrong in ((empty, 1.0, 0.0), (gradients, 0.0, 1.0), (gradients, -1.0, 1.0), (gradients, 1.0, -0.5),
                  ({**gradients, "v": torch.zeros(3, 1, device=device)}, 1.0, 0.0)):  # fmt: skip
        assert_raises(ValueError, student.private_gradient, *wrong)


@points(1)
@claims(
    "no other one is touched",
    "None: torch's global one, as it stands",
)
def test_noise_is_new_in_every_call(student, device, rng):
    """Without a generator the noise comes from torch's global one, new in every call; with one, that is left alone.

    不给 generator 时，噪声来自 torch 的全局生成器，每次调用都不同；给了 generator 时，不动全局生成器。
    """
    zeros = {"w": torch.zeros(2, 3, device=device)}
    # Any module inside the student's process: here the one that holds the global generator of the device.
    theirs = student.given("torch" if device.type == "cpu" else "torch.cuda")
    state = torch.Generator(device).manual_seed(rng.integer(0, 2**62)).get_state()

    def noise():
        return student.private_gradient(zeros, 1.0, 1.0)["w"]

    theirs.set_rng_state(state)
    first, second = noise(), noise()
    expect(
        not torch.equal(first, second),
        "Two calls get the same noise: whoever sees both answers can subtract it.",
        "两次调用的噪声相同：看到两个结果的人可以把它减掉。",
    )
    theirs.set_rng_state(state)
    assert_same(noise(), first)
    theirs.set_rng_state(state)
    student.private_gradient(zeros, 1.0, 1.0, generator=rng.generator())
    assert_same(noise(), first)
