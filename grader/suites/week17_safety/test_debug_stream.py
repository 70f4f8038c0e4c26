"""Hidden suite of week 17, debug_stream.

However a text is cut into pieces, what comes through is the text with every secret masked, as a search in the whole
text would mask it. What worked when the program was given is worth no points and must still work.
Not covered: speed, secrets that are part of another.
"""

import re

from grader.suite import after, assert_raises, assert_same, claims, expect, points, unchanged

PLAIN = ["5381-17", "密码是柳树", "Xq7"]
"""Secrets in which no beginning comes again."""


def masked(text, secrets, mask="***"):
    """The text with its secrets masked, seen as a whole."""
    return re.sub("|".join(map(re.escape, secrets)), mask, text)


def cut(text, rng):
    """The text in pieces of 1 to 3 characters."""
    pieces = []
    while text:
        size = int(rng.integers(1, 4))
        pieces.append(text[:size])
        text = text[size:]
    return pieces


def test_in_one_piece(student):
    """Secrets in a text that comes in one piece are masked, also twice and side by side: this worked before.

    一次到达的文本，其中的秘密被遮盖，出现两次或紧挨着也一样：你拿到程序时，这一点本来就是对的。
    """
    text = "Xq7Xq7, then 5381-17 and again 5381-17; 密码是柳树。"

    assert_same(unchanged(student.guarded, [text], PLAIN), masked(text, PLAIN))
    assert_same(student.guarded([text], PLAIN, "[hidden]"), masked(text, PLAIN, "[hidden]"))


@after("test_in_one_piece")
def test_in_single_characters(student):
    """So are secrets without a repeated part in a text that comes character by character: this worked before.

    逐个字符到达的文本，没有重复部分的秘密也被遮盖：你拿到程序时，这一点本来就是对的。
    """
    text = "53 is no secret, 5381-17 is; 密码是杨树，不对，密码是柳树。 Xq X Xq7 538"

    assert_same(student.guarded(list(text), PLAIN), masked(text, PLAIN))


@after("test_in_single_characters")
@claims(
    "a secret is empty, or part of another",
)
def test_harmless_text_is_not_held_back(student):
    """What cannot begin a secret is shown at once, and the rest as soon as it is clear: this worked before.

    不可能是秘密开头的内容立刻展示，其余的一旦明确就展示：你拿到程序时，这一点本来就是对的。
    """
    guard = student.StreamGuard(PLAIN)

    shown = [guard.feed(piece) for piece in ("Hello, ", "the code", " is 53", "82", ", X")] + [guard.finish()]

    assert_same(shown, ["Hello, ", "the code", " is ", "5382", ", ", "X"])
    assert_raises(ValueError, student.StreamGuard, ["1234", "23"])
    assert_raises(ValueError, student.StreamGuard, ["1234", ""])


@after("test_harmless_text_is_not_held_back")
@points(3)
def test_secrets_that_repeat_a_part(student):
    """Secrets in which their beginning comes again are masked as well, character by character.

    开头在自身中再次出现的秘密，逐个字符到达时也被遮盖。
    """
    secrets = ["4242-17", "banbang", "柳树柳条"]
    text = "It is 4242-17, not 424-17; 424242-17 ends in it. banbanbang! 柳树柳树柳条"

    assert_same(student.guarded(list(text), secrets), masked(text, secrets))


@after("test_harmless_text_is_not_held_back")
@points(3)
def test_any_cut_gives_the_same(student, rng):
    """Texts of few letters, with secrets of these letters, come through alike however they are cut.

    由少数几个字母组成的文本，秘密也由这些字母组成，无论怎样切分，结果都相同。
    """
    for secrets in (["aab", "bba"], ["abab"], ["aaaa", "bab"], ["abba", "baab", "bbb"]):
        text = "".join("ab"[int(letter)] for letter in rng.integers(0, 2, 199))

        assert_same(student.guarded(cut(text, rng), secrets), masked(text, secrets))


@after("test_harmless_text_is_not_held_back")
@points(1)
def test_how_much_is_held_back(student):
    """As much is held back as may be a beginning: of 4242 all four characters for 4242-17, of 42424 the last three.

    扣住的是可能成为开头的全部内容：对于 4242-17，4242 要扣住全部四个字符，42424 要扣住最后三个。
    """
    held = {
        text: student.beginning_at_the_end(text, ["4242-17", "7x"])
        for text in ("4242", "42424", "4242-1", "17", "42 ", "", "4242-17")
    }
    held["ab"] = student.beginning_at_the_end("ab", ["abc", "bd"])

    expect(
        held == {"4242": 4, "42424": 3, "4242-1": 6, "17": 1, "42 ": 0, "": 0, "4242-17": 1, "ab": 2},
        en="With the secrets 4242-17 and 7x, and abc and bd for the text ab, these numbers of characters are held "
        "back: {held}.",
        zh="秘密是 4242-17 和 7x（文本 ab 的秘密是 abc 和 bd）时，各文本扣住的字符数是：{held}。",
        held=held,
    )
