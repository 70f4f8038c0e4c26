"""Visible examples of week 18, assistant: a mill with three passages, a search and writers that follow a script."""

from grader.suite import assert_raises, assert_same, attribute

PASSAGES = [
    {"text": "The mill opens at nine.", "document": "mill.pdf", "page": 4, "score": 0.75},
    {"text": "In winter it is closed.", "document": "mill.pdf", "page": 7, "score": 0.5},
    {"text": "Bread is sold on Sundays.", "document": "mill.pdf", "page": 9, "score": 0.25},
]


def search(question):
    return PASSAGES


def test_numbers_become_pages(student):
    """[2] becomes the page of the second passage, also when it comes in pieces; [8] belongs to none and is dropped.

    [2] 变成第二个段落的页码，分几段到达时也一样；[8] 不属于任何段落，因此删去。
    """
    pieces = student.given("scripted").Helper().collect(student.cite, ["Closed [", "2].", " Open [8]."], PASSAGES)

    assert_same("".join(pieces), "Closed [p. 7]. Open .")


def test_an_answer_with_its_sources(student):
    """Two passages reach the threshold of 0.5; the writer cites the second, which is the source.

    有两个段落达到阈值 0.5；写作器引用了第二个，它就是来源。
    """
    assistant = student.Assistant(search, lambda question, passages, history: ["Not in ", "winter [2]."], threshold=0.5)

    assert_same(assistant.find("Open?"), PASSAGES[:2])
    expected = {"text": "Not in winter [p. 7].", "sources": [PASSAGES[1]], "refused": False}
    assert_same(assistant.ask("Open?"), expected)


def test_a_refusal(student):
    """No passage reaches 0.9: the writer is not asked, and the answer is the refusal.

    没有段落达到 0.9：不调用写作器，直接给出拒答。
    """
    assistant = student.Assistant(search, lambda question, passages, history: 1 / 0, threshold=0.9)

    answer = assistant.ask("磨坊有多高？")
    assert_same((answer["text"][:5], answer["sources"], answer["refused"]), ("我在文档中", [], True))


def test_a_chat_within_its_budget(student):
    """Turns have 14, 7 and 3 characters: beside a question of 5, a budget of 15 has room for the last two.

    三轮各有 14、7 和 3 个字符：问题占 5 个字符时，预算 15 放得下最后两轮。
    """
    replies = {"Open?": "From nine [1].", "Bread?": "Y", "Why": ""}
    assistant = student.Assistant(search, lambda question, passages, history: replies[question])
    chat = student.Chat(assistant, budget=15)
    for question in replies:
        chat.ask(question)

    assert_same(len(attribute(chat, "history")), 6)
    assert_same([message["content"] for message in chat.sent("Hurry")], ["Bread?", "Y", "Why", ""])
    assert_raises(ValueError, student.Chat, assistant, budget=-1)
