"""Visible examples of week 18, debug_assistant: which page a citation names."""

from grader.suite import assert_same


def ask(student, pages, reply):
    """Ask where these pages are found, best first."""
    found = [{"text": f"page {page}", "page": page, "score": 0.5} for page in pages]
    return student.PageAssistant(lambda question: found, lambda prompt: reply).ask("Where?")


def test_two_passages(student):
    """Two passages: [2] is the second, on page 8.

    两个段落：[2] 是第二个，在第 8 页。
    """
    assert_same(ask(student, [4, 8], "Here [2]."), {"text": "Here (p. 8).", "pages": [8]})


def test_three_passages(student):
    """Three passages are shown as pages 4, 6, 8, so that the weakest stands in the middle: [2] is on page 6.

    三个段落按第 4、6、8 页的次序给出，最弱的在中间：[2] 在第 6 页。
    """
    assert_same(ask(student, [4, 8, 6], "Here [2]."), {"text": "Here (p. 6).", "pages": [6]})
