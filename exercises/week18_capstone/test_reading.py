"""Visible examples of week 18, reading: every line can be checked by eye."""

from grader.suite import assert_raises, assert_same

TOP, FOOT = "Handbook", "Page {} of 2"


def test_whole_words(student):
    """The worked example of the handout: words that are divided over two lines, and ligatures.

    讲义中的例题：被分到两行的单词，以及连字。
    """
    lines = ["The capabili-", "ties of the \ufb01rst", "self-service desk"]

    assert_same(student.mend_lines(lines), "The capabilities of the first\nself-service desk")


def test_whole_chinese_words(student):
    """A Chinese word that runs over the end of a line is whole again.

    跨行的中文词重新连在一起。
    """
    assert_same(
        student.mend_lines(["渡船停开，码头升起黑", "色的旗子。", "末班船"]), "渡船停开，码头升起黑色的旗子。\n末班船"
    )


def test_the_same_on_every_page(student):
    """The worked example of the handout: heading and page number go, the text between them stays.

    讲义中的例题：去掉页眉和页码，保留其间的正文。
    """
    pages = [
        [TOP, "one", "two", "three", FOOT.format(1)],
        [TOP, "four", "five", "six", FOOT.format(2)],
    ]

    assert_same(student.drop_running_lines(pages), [["one", "two", "three"], ["four", "five", "six"]])


def test_a_pdf(student):
    """Three pages, the second of which is only a picture.

    一个三页的 PDF，其中第二页只有图片。
    """
    files = student.given("tiny_pdf")
    pages = [["A boat comes at \ufb01ve", "o'clock."], [], ["No boat comes on Sun-", "days."]]

    assert_same(
        student.read_pdf(files.saved(files.pdf(pages))),
        [
            {"number": 1, "text": "A boat comes at five\no'clock.", "scanned": False},
            {"number": 2, "text": "", "scanned": True},
            {"number": 3, "text": "No boat comes on Sundays.", "scanned": False},
        ],
    )


def test_no_pdf(student):
    """A file that is no PDF is a ValueError.

    不是 PDF 的文件抛出 ValueError。
    """
    assert_raises(ValueError, student.read_pdf, student.given("tiny_pdf").saved(b"only text"))
