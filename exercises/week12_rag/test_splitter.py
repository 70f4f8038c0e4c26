"""Visible examples of week 12, splitter: every chunk can be counted by hand."""

from grader.suite import assert_same


def test_paragraphs_then_words(student):
    """The worked example of the handout: the second paragraph is too long for 8 characters, so it is cut at a space.

    讲义中的手算例题：第二段超过 8 个字符，于是在空格处切开。
    """
    chunks = student.split_recursively("aa bb\n\ncc dd ee ff\n\ng", 8, 0)

    assert_same(chunks, ["aa bb\n\n", "cc dd ", "ee ff\n\ng"])


def test_overlap(student):
    """Chunks of 4 with an overlap of 1: three new characters at a time, behind the last one before them.

    每块 4 个字符、重叠 1 个：每次取 3 个新字符，前面带上它们之前的那个字符。
    """
    assert_same(student.split_recursively("abcdefghij", 4, 1), ["abc", "cdef", "fghi", "ij"])


def test_chinese(student):
    """Chinese sentences end with 。, which stays with its sentence.

    中文句子以 。 结尾，句号留在它所结束的句子里。
    """
    assert_same(student.split_recursively("先切块。再检索。", 5, 0), ["先切块。", "再检索。"])
