"""Hidden suite of week 04, bpe.

Most texts are so small that the merges can be followed by hand; the random ones are compared with the reference.
Not covered: vocabularies beyond 2,000 tokens, texts with lone surrogates.
"""

from grader.suite import after, assert_raises, assert_same, claims, expect, points, unchanged

A, B, C, D = 97, 98, 99, 100
WORDS = "low lower lowest newer wider 低 低头 低音 😀😀 café 12 12345 _x_ don't  two\n\nlines\t".split(" ")


def a_text(rng, words=40):
    """Words that come again and again, in a random order."""
    return " ".join(rng.choice(WORDS) for _ in range(words))


@claims(
    "A step joins the pair of neighbouring ids that is most frequent",
    "The merges in the order in which they were learned",
)
@points(1)
def test_most_frequent_pair_first(student):
    """The most frequent pair is joined first, counted over all occurrences of all words.

    最先合并出现次数最多的一对；每个词的每次出现都要计数。
    """
    merges = student.train_bpe(["xab xab xab", "cd ce ad", "cd"], 258)

    assert_same(merges, [(A, B), (ord("x"), 256)])  # ab and xa three times each, then xab
    assert_same(student.train_bpe(["xabyabzab", "cd", "cd"], 257), [(A, B)])
    assert_same(student.train_bpe(["ab"] + ["dc"] * 3 + ["da"] * 2, 257), [(D, C)])


@claims("Of several pairs equally frequent, the smallest tuple of ids is taken")
@points(1)
def test_ties(student):
    """Of equally frequent pairs, the smallest tuple of ids is joined, whatever came first in the text.

    出现次数相同时，合并 id 元组最小的那一对，与它在文本中出现的先后无关。
    """
    assert_same(student.train_bpe(["db", "ca", "bd", "ac"], 259), [(A, C), (B, D), (C, A)])
    assert_same(student.train_bpe(["bcd"], 258), [(B, C), (256, D)])


@claims("Joining goes from left to right", 'so "aaa" has the pair (a, a) twice')
@points(1)
def test_repeated_bytes(student):
    """In "aaa" the pair (a, a) stands twice, and joining from the left gives the new id and an a.

    "aaa" 中 (a, a) 出现两次；从左向右合并，得到新 id 和一个 a。
    """
    assert_same(student.train_bpe(["aaa", "bc", "bc"], 257), [(A, A)])
    assert_same(student.train_bpe(["ddd", "ddd", "bc", "bc", "bc"], 259), [(D, D), (B, C), (256, D)])
    assert_same(student.encode("aaaaa", [(A, A), (256, A)]), [256, 257])


@claims("a word is a list of UTF-8 bytes at first")
@points(1)
def test_bytes_not_characters(student):
    """A Chinese character is three bytes, which merges join like any others: 低 becomes one token after two merges.

    一个汉字是三个字节，和其他字节一样逐步合并：两次合并之后，“低”成为一个词元。
    """
    merges = student.train_bpe(["低低低", "低"], 258)

    assert_same(merges, [(0xBD, 0x8E), (0xE4, 256)])
    assert_same(student.encode("低", merges), [257])


@claims("Pairs never cross the border of a word, a text or a special token", "The rest is cut by `split_words`")
@points(1)
def test_words_are_borders(student):
    """No pair crosses a word, a text or a special token.

    任何一对都不跨越单词、文本或特殊词元的边界。
    """
    merges = student.train_bpe(["a,a,a,a,", "b", "c", "b", "c", "b<|end|>c", "b<|end|>c"], 400, ("<|end|>",))

    assert_same(merges, [])
    assert_same(student.train_bpe(["xay", "[ay]"], 259, ("[ay]",)), [(A, ord("y")), (ord("x"), 256)])
    assert_same(student.encode("a,", [(A, ord(","))]), [A, ord(",")])


@claims("There are size - 256 - len(special) of them", "Each text is cut at the special tokens, which are not counted")
@points(1)
def test_size_counts_special_tokens(student):
    """`size` counts bytes, merges and special tokens together; special tokens are not counted in the text.

    `size` 把字节、合并和特殊词元都算在内；统计文本时不计特殊词元。
    """
    texts = ["<|end|>" * 9 + "abcd", "abcd<|end|>"]

    assert_same(student.train_bpe(texts, 259, ("<|end|>", "<|pad|>")), [(A, B)])
    assert_same(student.train_bpe(texts, 258, ["<|end|>", "<|pad|>"]), [])
    # The longest one that begins at a place is cut out: nothing but c and d is left, never A beside a, nor a beside b.
    nested = ("<e>A", "<e>", "<e>Aab")
    assert_same(student.train_bpe(["<e>Aabcd<e>Aabc"], 260, nested), [(C, D)])
    assert_same(len(student.train_bpe(texts, 258)), 2)


@claims("or fewer when no two neighbours are left")
@points(1)
def test_until_nothing_is_left(student):
    """Pairs that occur once are joined too, and training ends when no two neighbours are left; no text gives no merges.

    只出现一次的一对也会合并；没有相邻的两个 id 时停止；没有文本就没有合并。
    """
    assert_same(student.train_bpe(["abc"], 2000), [(A, B), (256, C)])
    assert_same(student.train_bpe([], 2000), [])
    assert_same(student.train_bpe(["", "a"], 257), [])
    assert_same(student.train_bpe(["a\n\n"], 300), [(10, 10)])  # white space has neighbours, too


@points(1)
def test_training_agrees_with_the_reference(student, reference, rng):
    """On texts in two languages, every merge is the reference's: counts of neighbours are up to date after each step.

    在两种语言的文本上，每一次合并都与参考答案一致：每一步之后，相邻对的计数都是最新的。
    """
    for size in (263, 311):
        texts = [a_text(rng) + rng.choice(["<|end|>", "", "[x]"]) for _ in range(7)]
        merges = unchanged(student.train_bpe, texts, size, ("<|end|>", "[x]"))
        assert_same(merges, reference.train_bpe(texts, size, ("<|end|>", "[x]")))


@claims("`size` is below 256 + len(special), or a special token is empty or given twice")
@points(1)
def test_training_refuses(student):
    """A size without room for bytes and special tokens, and special tokens that are empty or double, are refused.

    size 容不下字节和特殊词元，或特殊词元为空、重复时，抛出 ValueError。
    """
    assert_raises(ValueError, student.train_bpe, ["abc"], 255)
    assert_raises(ValueError, student.train_bpe, ["abc"], 257, ("<a>", "<b>"))
    for bad in (("",), ("<a>", "<a>")):
        assert_raises(ValueError, student.train_bpe, ["abc"], 300, bad)
        assert_raises(ValueError, student.encode, "abc", [], bad)
        assert_raises(ValueError, student.decode, [97], [], bad)


@claims("the one learned first is joined (the leftmost, if it occurs several times), until none is left")
@points(1)
def test_order_of_learning_decides(student):
    """In a word, the pair learned first is joined first, not the leftmost and not the longest token.

    在一个词中，先合并最早学到的一对，而不是最左边的，也不是最长的词元。
    """
    assert_same(student.encode("abc", [(A, B), (B, C)]), [256, C])
    assert_same(student.encode("abc", [(B, C), (A, 256), (A, B)]), [257])
    merges = [(B, C), (A, B), (257, C), (C, D)]

    # abcd: bc was learned first, so ab, abc and cd never come about
    assert_same(student.encode("abcd", merges), [A, 256, D])
    assert_same(student.encode("abbc", merges), [257, 256])
    assert_same(student.encode("cdcd", [(D, C), (C, D)]), [C, 256, D])


@claims("An empty one gives []")
@points(1)
def test_round_trip(student, reference, rng):
    """encode gives the reference's ids, and decode gives the text again: white space, emoji, digits, unseen characters.

    encode 的结果与参考答案一致，decode 还原出原文：空白、表情符号、数字、没见过的字符都可以。
    """
    merges = reference.train_bpe([a_text(rng) for _ in range(5)], 300)
    for text in (a_text(rng), "  \n\n  x \t", "é\u0301 👩‍👩‍👧 ﬁ Ω 龘\u00a0", "", "\n", "1234567 a_b ½"):
        ids = unchanged(student.encode, text, merges)
        assert_same(ids, reference.encode(text, merges))
        assert_same(student.decode(ids, merges), text)


@claims(
    "Any text can be encoded, as it is: nothing is normalised",
    "and nothing is normalised",
    "A pair that stands in `merges` twice becomes the id of the first",
)
@points(1)
def test_nothing_is_normalised(student):
    """An e with a combining accent, a line end of two characters and a mark at the beginning stay what they are.

    e 加组合重音符、两个字符的换行、文本开头的 BOM 都保持原样。
    """
    for text in ("e\u0301", "a\r\nb\r", "\ufeffa", "ﬁ½①", "\u1100\u1161가"):
        assert_same(student.encode(text, []), list(text.encode()))
        assert_same(student.decode(list(text.encode()), []), text)
    assert_same(student.train_bpe(["e\u0301", "e\u0301"], 258), [(0xCC, 0x81)])
    assert_same(student.encode("ab", [(A, B), (A, B), (C, D)]), [256])
    assert_same(student.encode("abcab", [(A, B), (256, C), (A, B)]), [257, 256])
    twice = [(A, B), (A, B), (C, D)]  # merge number i makes the id 256 + i, also behind a pair that stands there twice
    assert_same(student.encode("cdab|", twice, ["|"]), [258, 256, 259])
    assert_same(student.decode([258, 257, 259], twice, ["|"]), "cdab|")


@claims("A special token in the text becomes its own id", "Special tokens appear as they are written")
@points(1)
def test_special_tokens(student):
    """A special token is one id, after all merges; the longest that fits is taken, and its signs mean nothing else.

    特殊词元是一个 id，排在所有合并之后；取能匹配的最长的一个；其中的符号没有别的含义。
    """
    special = ["<|e|>", "<|e|><|e|>", "[a]", "|", "<"]
    merges = [(A, B)]
    text = "ab<|e|>ab<|e|><|e|><|e|>[a]|a"

    ids = student.encode(text, merges, special)

    assert_same(ids, [256, 257, 256, 258, 257, 259, 260, A])
    assert_same(student.decode(ids, merges, special), text)
    assert_same(student.encode("<|e|>", []), list(b"<|e|>"))


@points(1)
def test_borders_at_special_tokens(student):
    """Words on both sides of a special token are encoded apart, and a space before it stays.

    特殊词元两侧的词分别编码，它前面的空格保留。
    """
    merges = [(ord(" "), ord("!")), (A, A)]

    assert_same(student.encode("a!!a !a", merges, ("!!",)), [A, 258, A, 256, A])
    assert_same(student.encode("a !!", merges, ("!!",)), [A, ord(" "), 258])


@claims("A character may be spread over several tokens", "Bytes that are not UTF-8 become U+FFFD")
@points(1)
def test_characters_over_several_tokens(student):
    """Bytes are joined before they become characters; bytes that are no UTF-8 become U+FFFD, without an error.

    先把字节连起来，再变成字符；不是 UTF-8 的字节变成 U+FFFD，不报错。
    """
    merges = [(0xBD, 0x8E)]

    assert_same(student.decode([0xE4, 256, A], merges), "低a")
    assert_same(student.decode([A, 0x80, 0xE4, B], merges), "a\ufffd\ufffdb")
    assert_same(student.decode([0xE4, 257, 256], merges, ("|",)), "\ufffd|\ufffd\ufffd")
    assert_same((student.decode([], merges), student.decode([0, 255], merges)), ("", "\0\ufffd"))


@claims(
    "an id is negative or not below 256 + len(merges) + len(special)",
    "a merge joins an id that is neither a byte nor made by an earlier merge",
)
@points(1)
def test_impossible_ids(student):
    """Ids out of range, and merges of ids that do not exist yet, are refused with ValueError.

    id 超出范围，或合并用到尚不存在的 id 时，抛出 ValueError。
    """
    for bad in (-1, 258):
        for ids in ([A, bad], [bad, A], [A, bad, A], [bad]):
            assert_raises(ValueError, student.decode, ids, [(A, B)], ("|",))
    for merges in ([(A, -1)], [(A, 256)], [(A, B), (257, C)]):  # -1 first: who checks nothing, and who too little?
        assert_raises(ValueError, student.encode, "abc", merges)
        assert_raises(ValueError, student.decode, [A], merges)


@points(1)
@after("test_training_agrees_with_the_reference")
def test_training_speed(student, reference, speed):
    """Training on 1 MB with 2,000 tokens is incremental: a merge touches only the words that have the pair.

    在 1 MB 文本上训练 2,000 个词元是增量的：一次合并只处理含有这一对的词。
    """

    def text(rng):
        numbers = rng.numpy()
        letters = numbers.choice(list("etaoinshrdlu"), size=(1000, 9))
        lexicon = ["".join(row[:length]) for row, length in zip(letters, numbers.integers(2, 10, 1000), strict=True)]
        chances = 1 / (1 + numbers.permutation(1000))
        return [" ".join(numbers.choice(lexicon, size=150_000, p=chances / chances.sum()))]

    speed(student, reference).call("train_bpe", text, 2000, at_most=13.0)


@points(1)
@after("test_round_trip")
def test_encoding_grows_with_the_length(student, reference, speed):
    """A word four times as long, as a Chinese sentence without spaces is, takes about four times as long to encode.

    单词变成四倍长（没有空格的中文句子就是这样），编码时间也大约是四倍。
    """

    def long_word(rng, length):
        return "".join(rng.choice("abcd") for _ in range(length)), [(A, B), (C, D), (256, 257), (B, A), (257, 257)]

    speed(student, reference).growth("encode", long_word, n=2_500, factor=4, at_most=8.0)


@points(1)
@after("test_special_tokens")
def test_lists_are_not_kept(student, reference, rng):
    """Training and encoding twice, with other arguments between, gives the same: nothing is kept from before.

    中间换别的参数，训练和编码两次，结果相同：不保留之前的任何东西。
    """
    texts = [a_text(rng)]
    first = student.train_bpe(texts, 300)
    student.train_bpe(["zz zz"], 258)
    student.encode("low lower", [(A, B)])

    again, ids = student.train_bpe(texts, 300), student.encode("low lower", first)
    expect(
        again == first and ids == reference.encode("low lower", first),
        "The second time, the answer was another one.",
        "第二次得到了不同的结果。",
    )
