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


def test_hyphens_that_stay(student):
    """A hyphen goes only behind a letter and before a small one; a dash with a space in front is none. Soft hyphens are
    hyphens, letters have accents, and ligatures stand for two or three letters.

    连字符只有前面是字母、后面是小写字母时才去掉；前面有空格的破折号不算。软连字符也是连字符，字母可以带重音，
    连字代表两三个字母。
    """
    for lines, text in (
        (["Jean-", "Paul"], "Jean-Paul"),
        (["GPT-", "4 is"], "GPT-4 is"),
        (["3-", "fold"], "3-fold"),
        (["to go -", "or not"], "to go -\nor not"),
        (["soft\u00ad", "ware"], "software"),
        (["na\u00ef-", "vet\u00e9"], "na\u00efvet\u00e9"),
        (["an  o\ufb03ce,", " ", "fa\ufb06 "], "an office,\nfast"),
    ):
        assert_same(student.mend_lines(lines), text)


def test_chinese_line_ends(student):
    """The break goes only between two Chinese sides, and stays where a sentence ends.

    两边都是中文才去掉换行，句末的换行保留。
    """
    assert_same(student.mend_lines(["船停了！", "没有", "Ferry"]), "船停了！\n没有\nFerry")


def test_what_is_running(student):
    """Four pages with lines, and a scan between them. The heading and the chapter stand on half of the four, pages 9
    and 10 have one footer; the same word in the middle, or on a page's last line, stays, and so does a title that one
    page has twice.

    四页有文字，中间夹着一页扫描图。页眉和章名出现在四页的一半上，第 9 页和第 10 页的页脚相同，都去掉；
    同样的词在页面中间或最后一行则保留，一页里出现两次的标题也保留。
    """
    title = ["A Guide", "A Guide", "by us", "here", "now"]
    after = ["Afterword", "b", "c", "d", TOP]
    pages = [
        title,
        [TOP, "Chapter 1", "two", "three", "four", "Page 9"],
        [],
        [TOP, "Chapter 2", TOP, "five", "six", "Page 10"],
        after,
    ]

    expected = [title, ["two", "three", "four"], [], [TOP, "five", "six"], after]
    assert_same(student.drop_running_lines(pages), expected)


def test_a_pdf_with_headings(student):
    """Headings and footers go before words are mended: the last word of page 1 would swallow its footer. Of page 2
    nothing else is left. A file that is not there is no damaged one.

    先去掉页眉页脚，再拼合单词，否则第 1 页最后的词会吞掉页脚。第 2 页此外什么也不剩。不存在的文件不是损坏的文件。
    """
    files = student.given("tiny_pdf")
    pages = [[TOP, "There is a boat.", "Ask for Jean-", "Page 1"], [TOP, "Page 2"]]

    found = student.read_pdf(files.saved(files.pdf(pages)))
    assert_same([page["text"] for page in found], ["There is a boat.\nAsk for Jean-", ""])
    assert_same([page["scanned"] for page in found], [False, True])
    assert_raises(FileNotFoundError, student.read_pdf, files.folder("nothing.pdf"))
