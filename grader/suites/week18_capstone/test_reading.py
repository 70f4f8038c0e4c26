"""Hidden suite of week 18, reading.

Everything is exact: strings are compared character for character. Files are written in the box by the given tiny_pdf.
Not covered: the order in which pypdf reads columns, rotated pages, forms.
"""

import re

from grader.suite import after, assert_raises, assert_same, claims, dataset, points, unchanged

LIGATURES = {
    "\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st",
}  # fmt: skip
WORDS = ["tide", "mill", "Willow", "14", "ferry-boat", "\ufb02our", "渡船", "旗子。", "（月票", "page"]
PARTS = [
    *WORDS,
    "har-",
    "bour",
    "GPT-",
    "4",
    "Jean-",
    "Paul",
    "x\u2010",
    "y\u00ad",
    "-",
    "—",
    "é-",
    "été",
    "  ",
    "末班",
]


def mend(student, *lines):
    return student.mend_lines(list(lines))


@points(1)
@claims(
    "A hyphen (one of `HYPHENS`) ends a line behind a letter, and the next line begins with a lower-case letter: "
    "hyphen and line break go.",
)
def test_divided_words(student):
    """A word that is divided by any of the three hyphens is whole again, over three lines too.

    被三种连字符中任何一种分开的单词都重新连上，跨三行时也一样。
    """
    assert_same(mend(student, "the har-", "bour is", "near"), "the harbour is\nnear")
    for hyphen in "-\u2010\u00ad":
        assert_same(mend(student, f"an \u00e9t{hyphen}", "\u00e9 of"), "an \u00e9t\u00e9 of")
        assert_same(mend(student, f"re{hyphen}", f"li{hyphen}", "able"), "reliable")
    assert_same(mend(student, "x-", "y"), "xy")


@points(1)
@claims(
    "In any other case, a hyphen ends a line behind a letter or digit, and the next line begins with a letter or a "
    "digit: the hyphen stays, the line break goes."
)
def test_hyphens_that_stay(student):
    """A hyphen before a capital letter or a digit, or behind a digit, belongs to the name: only the line break goes.

    大写字母或数字之前、数字之后的连字符是名称的一部分：保留它，只去掉换行。
    """
    assert_same(mend(student, "Jean-", "Paul and GPT-", "4 in 1990-", "1995"), "Jean-Paul and GPT-4 in 1990-1995")
    assert_same(mend(student, "a 3-", "fold T2\u2010", "B"), "a 3-fold T2\u2010B")
    assert_same(mend(student, "LIBR-", "ARY"), "LIBR-ARY")
    assert_same(mend(student, "柳-", "湾"), "柳-湾")


@points(1)
@claims("Between two lines stands a line break, with three exceptions:")
def test_line_breaks_that_stay(student):
    """Other lines keep their break: behind a dash, behind a lone hyphen, before a mark; hyphens inside a line stay.

    其他的行保留换行：破折号之后、单独的连字符之后、标点之前；行内的连字符不变。
    """
    assert_same(mend(student, "one", "two", "Three."), "one\ntwo\nThree.")
    assert_same(mend(student, "self-service and well-", "(known)"), "self-service and well-\n(known)")
    for lines in (["wait -", "then"], ["-", "then"], ["a --", "b"], ["a\u2014", "b"], ["a)-", "b"], ["so_", "me"]):
        assert_same(student.mend_lines(lines), "\n".join(lines))
    assert_same(mend(student, "the power-enhancing", "mini-mill"), "the power-enhancing\nmini-mill")
    assert_same(mend(student, "ends with har-"), "ends with har-")


@points(1)
@claims("Each ligature (`LIGATURES`) becomes the letters it stands for.", "No other character is replaced by another.")
def test_ligatures_and_nothing_else(student):
    """All seven ligatures become letters; full-width marks, fractions, raised numbers and accents stay as they are.

    七个连字都变成字母；全角标点、分数、上标数字和带重音的字母保持原样。
    """
    for ligature, letters in LIGATURES.items():
        assert_same(mend(student, f"o{ligature}er, {ligature}"), f"o{letters}er, {letters}")
    kept = "水里的月亮，（三）！½ m² Å e\u0301 ① Ａ １ ｱ “x” … ™ ㎏ \u017f"
    assert_same(mend(student, kept), kept)
    assert_same(mend(student, "di-", "\ufb03cult e\ufb00-", "ort"), "difficult effort")


@points(1)
@claims(
    "A line ends and the next one begins with a match of `CHINESE`: the line break goes, but it stays behind one of "
    "`CHINESE_ENDS`."
)
def test_chinese_lines(student):
    """Between two Chinese characters or full-width marks the break goes; behind 。！？ and beside English it stays.

    两个中文字符或全角标点之间去掉换行；在 。！？ 之后，以及与英文相邻时保留。
    """
    assert_same(
        mend(student, "图书", "馆早上，", "九点开门：", "【请", "进】、", "（三）"),
        "图书馆早上，九点开门：【请进】、（三）",
    )
    for mark in "。！？":
        assert_same(mend(student, f"开门{mark}", "进来"), f"开门{mark}\n进来")
        assert_same(mend(student, f"「开门{mark}」", "他说"), f"「开门{mark}」他说")
    assert_same(mend(student, "读 PDF", "文件", "of", "柳湾"), "读 PDF\n文件\nof\n柳湾")
    assert_same(mend(student, "龥", "㐀"), "龥㐀")


@points(1)
@claims(
    "The white space at the ends of a line goes, and each run of it inside becomes one space.",
    "Empty lines are dropped.",
)
def test_white_space(student):
    """White space is one space inside a line and none at its ends; empty lines go, and do not separate a divided word.

    行内的空白合并成一个空格，行首行尾的去掉；空行去掉，也不会隔开被分开的单词。
    """
    assert_same(mend(student, "  a\t b \u3000 c\u00a0", "", "   ", " d"), "a b c\nd")
    assert_same(mend(student, " har-  ", "  ", " bour"), "harbour")
    assert_same([mend(student), mend(student, ""), mend(student, " ", "\t")], ["", "", ""])


@points(1)
@after("test_divided_words")
def test_random_lines(student, reference, rng):
    """Lines that end and begin in every way become the text that the reference makes; the lines are left alone.

    各种开头和结尾的行都得到与参考答案相同的文本；不修改参数。
    """
    dice = rng.numpy()
    for _ in range(23):
        lines = [" ".join(dice.choice(PARTS, dice.integers(1, 4))) for _ in range(dice.integers(2, 12))]

        assert_same(unchanged(student.mend_lines, lines), reference.mend_lines(lines))


def pages_of(*pages):
    return [page.split() for page in pages]


@points(1)
def test_headings_footers_and_numbers(student):
    """What stands at the top or at the bottom of the pages goes, two lines of it too; what differs stays.

    各页顶部或底部相同的行去掉，两行也去掉；不同的行保留。
    """
    pages = pages_of("Head Rule a b c d Foot 7", "Head Rule e f g h Foot 8", "Head Rule i j k l Foot 9")

    assert_same(student.drop_running_lines(pages), pages_of("a b c d", "e f g h", "i j k l"))


@points(1)
@claims(
    "Two lines are the same if they are equal once every run of digits in them is replaced by one sign, as "
    '"Page 9 of 12" and "Page 10 of 12".'
)
def test_numbers_of_any_length(student):
    """Page 9 and page 10 have the same footer, whatever the number's length and place; words must be equal.

    第 9 页和第 10 页的页脚相同，无论数字多长、在什么位置；文字则必须相同。
    """
    bodies = ["a b c", "d e f", "g h i", "j k l"]
    pages = [
        [*body.split(), f"{n} - Report {n + 90}, part {n}"] for body, n in zip(bodies, (1, 9, 10, 1234), strict=True)
    ]
    assert_same(student.drop_running_lines(pages), pages_of(*bodies))
    differ = [["x", "y", "p", "page 1"], ["z", "w", "q", "Page 2"], ["u", "v", "r", "page"], ["s", "t", "o", "page 3a"]]
    assert_same(student.drop_running_lines(differ), differ)
    some = [["x", "y", "p", "page 1"], ["z", "w", "q", "page "], ["u", "v", "r", "page a"]]  # no number is not a number
    assert_same(student.drop_running_lines(some), some)
    chinese = [["甲", "乙", "丙", "第 9 页"], ["丁", "戊", "己", "第 10 页"]]
    assert_same(student.drop_running_lines(chinese), [["甲", "乙", "丙"], ["丁", "戊", "己"]])


@points(1)
@claims(
    "The first `EDGE` lines of a page are its top, the last `EDGE` lines its bottom; in a short page they overlap.",
    "A running line is left out of the top (or the bottom) of every page.",
    "Elsewhere the same line stays.",
)
def test_only_at_the_edges(student):
    """A line goes from the first two or the last two of a page; in the middle, or at the other end, it stays.

    只有在一页的前两行或后两行时才去掉；在中间或在另一端时保留。
    """
    pages = pages_of("a H b H c d e", "H f g H h i j", "k l H m n o p", "q r s t u v H")
    assert_same(
        student.drop_running_lines(pages), pages_of("a b H c d e", "f g H h i j", "k l H m n o p", "q r s t u v H")
    )
    short = pages_of("H x F", "H F", "H", "y H F", "H z F")
    assert_same(student.drop_running_lines(short), [["x"], [], [], ["y"], ["z"]])
    third = pages_of("a b H c d e", "f g H h i j")
    assert_same(student.drop_running_lines(third), third)


@points(1)
@claims(
    "A line is running in the top if the tops of at least two pages, and of at least half of the pages that have "
    "lines, hold the same line; likewise in the bottom."
)
def test_how_many_pages(student):
    """Half of the pages is enough and less is not; one page never is; pages without lines do not count.

    占一半的页即可，不到一半则不行；只在一页出现不算；没有行的页不计入。
    """
    body = ["a b c d", "e f g h", "i j k l", "m n o p", "q r s t"]
    for total, holding in ((2, 2), (3, 2), (4, 2), (5, 3), (5, 2), (3, 1), (2, 1), (1, 1)):
        goes = holding >= 2 and 2 * holding >= total
        pages = [[*(["H"] * (n < holding)), *body[n].split()] for n in range(total)]
        kept = [body[n].split() if goes else pages[n] for n in range(total)]
        assert_same(student.drop_running_lines(pages), kept)
        assert_same(student.drop_running_lines([page[::-1] for page in pages]), [page[::-1] for page in kept])
    pages = [["H", "a", "b", "c", "d"], [], ["H", "e", "f", "g", "h"], [], [], []]
    assert_same(student.drop_running_lines(pages), [["a", "b", "c", "d"], [], ["e", "f", "g", "h"], [], [], []])


@points(1)
def test_counted_once_a_page(student):
    """A line that stands twice in the edge of one page is on one page; a page of one line has it in top and bottom.

    同一页的边缘出现两次的行只算一页；只有一行的页，这一行既在顶部也在底部。
    """
    twice = pages_of("H H a b c", "d e f g h", "i j k l m")
    assert_same(student.drop_running_lines(twice), twice)
    assert_same(student.drop_running_lines(pages_of("H H a b c", "d H e f g")), pages_of("a b c", "d e f g"))
    assert_same(student.drop_running_lines([["x"], ["x"], ["a", "b", "c", "d"]]), [[], [], ["a", "b", "c", "d"]])
    assert_same(student.drop_running_lines([]), [])
    assert_same(student.drop_running_lines([[], []]), [[], []])


@points(1)
@after("test_headings_footers_and_numbers")
def test_random_pages(student, reference, rng):
    """Pages of random lines lose what they lose in the reference; the pages are left alone.

    随机的页去掉的行与参考答案相同；不修改参数。
    """
    dice = rng.numpy()
    for _ in range(29):
        words = ["H", "F", "Page 1", "Page 22", "Page", *"abcdefg"]
        pages = [list(map(str, dice.choice(words, dice.integers(0, 8)))) for _ in range(dice.integers(1, 7))]

        assert_same(unchanged(student.drop_running_lines, pages), reference.drop_running_lines(pages))


def saved(student, pages):
    files = student.given("tiny_pdf")
    return files.saved(files.pdf(pages))


@points(2)
@after("test_divided_words")
@claims(
    "The lines of a page are those of pypdf's `extract_text()`, without white space at their ends and without the "
    "empty ones.",
    "`drop_running_lines` of all pages and then `mend_lines` of each page make the text.",
)
def test_pages_of_a_pdf(student):
    """Running lines are left out before words are mended, empty lines do not count, and pages are numbered from 1.

    先去掉页眉页脚再连接单词；空行不计；页码从 1 开始。
    """
    pages = [
        ["  ", " ", "Willow Bay  ", "A free li-", "brary.", "第 9 页"],
        ["Willow Bay", "The \ufb01ve har-", "bours of", "柳", "湾", "第 10 页"],
        ["", "  Willow Bay", "Read a lot in the har-", "", "第 11 页"],
    ]

    assert_same(
        student.read_pdf(saved(student, pages)),
        [
            {"number": 1, "text": "A free library.", "scanned": False},
            {"number": 2, "text": "The five harbours of\n柳湾", "scanned": False},
            {"number": 3, "text": "Read a lot in the har-", "scanned": False},
        ],
    )


@points(1)
@claims('A page of which no text is left has the text "" and is `scanned`: most likely it is a picture of a page.')
def test_scanned_pages(student):
    """A page that is a picture is there, with its number; so is one that has nothing but heading and page number.

    只有图片的页也在结果中，页码不变；除页眉页码外没有内容的页也一样。
    """
    pages = [[], ["Head", "one", "two", "three", "1"], [], ["Head", "2"], ["Head", "four", "five", "six", "3"], ["  "]]

    read = student.read_pdf(saved(student, pages))

    assert_same([page["number"] for page in read], [1, 2, 3, 4, 5, 6])
    assert_same([page["scanned"] for page in read], [True, False, True, True, False, True])
    assert_same([page["text"] for page in read], ["", "one\ntwo\nthree", "", "", "four\nfive\nsix", ""])
    assert_same(student.read_pdf(saved(student, [[]])), [{"number": 1, "text": "", "scanned": True}])


@points(2)
@claims(
    "the file is no PDF, pypdf cannot read it, or it is encrypted and does not open with the empty password",
    "there is no such file.",
)
def test_files_that_cannot_be_read(student):
    """What is no PDF, is cut off, needs a password or makes pypdf stumble is a ValueError; a file that is not there is
    a FileNotFoundError.

    不是 PDF、不完整、需要密码或让 pypdf 出错的文件抛出 ValueError；不存在的文件抛出 FileNotFoundError。
    """
    files = student.given("tiny_pdf")
    whole = files.pdf([["one"], ["two"]])
    for content in (b"", b"hello", b"%PDF-1.5\n", b"<html>" * 300, whole[: len(whole) // 2], whole[:-99]):
        assert_raises(ValueError, student.read_pdf, files.saved(content))
    # Lengths that are texts: pypdf stumbles over them, with an error that is not one of its own.
    stumbles = re.sub(rb"/Length (\d+)", lambda found: b"/Length (%s)" % (b"9" * (len(found[1]) - 2)), whole)
    assert_raises(ValueError, student.read_pdf, files.saved(stumbles))
    assert_raises(ValueError, student.read_pdf, files.saved(whole, password="heron"))
    assert_raises(FileNotFoundError, student.read_pdf, files.folder("nothing.pdf"))
    opened = student.read_pdf(files.saved(whole, password=""))
    assert_same([page["text"] for page in opened], ["one", "two"])


@points(1)
@after("test_pages_of_a_pdf")
def test_the_documents_of_willow_bay(student, reference):
    """The handbook, the manual in two columns, the ferry's rules and the report are read as the reference reads them.

    图书馆手册、双栏说明书、轮渡须知和年度报告的读取结果与参考答案相同。
    """
    for name in ("library_handbook", "mill_manual", "ferry_zh", "museum_report", "festival_zh"):
        content = (dataset("documents") / f"{name}.pdf").read_bytes()
        read = [module.read_pdf(module.given("tiny_pdf").saved(content)) for module in (student, reference)]

        assert_same(*read)
