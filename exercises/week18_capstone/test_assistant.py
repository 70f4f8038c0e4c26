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
    text = student.given("scripted").Helper().joined(student.cite, ["Closed [", "2].", " Open [8]."], PASSAGES)

    assert_same(text, "Closed [p. 7]. Open .")


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


def test_brackets_that_name_no_passage(student):
    """[0], [12] and a page that the writer made up are dropped, wherever they were cut; [note] is no citation, and an
    open bracket at the end is not lost.

    [0]、[12] 和写作器编造的页码都删去，无论在哪里断开；[note] 不是引用；末尾没有闭合的括号也不丢失。
    """
    pieces = ["See [0], [p. 3], [1", "2], [no", "te] and [1", "], or [1"]

    found = student.given("scripted").Helper().joined(student.cite, pieces, PASSAGES)
    assert_same(found, "See , , , [note] and [p. 4], or [1")


def test_nobody_waits(student):
    """What cannot become a citation is passed on before the next piece is asked for, in one piece or in many.

    不可能成为引用的文字，在取下一段之前就交出去，分成几段都可以。
    """
    shown, had = [""], []

    def piece(question, number):
        had.append(shown[0])  # what the reader had when this piece was asked for
        return ["Nine", " [", "note ", "b", None][number]

    scripted = student.given("scripted")
    helper = scripted.Helper()
    stream = student.Assistant(search, scripted.Dictated(piece)).reply("Open?", PASSAGES)
    while (passed_on := helper.take(stream)) is not None:
        shown[0] += passed_on

    assert_same(had, ["", "Nine", "Nine ", "Nine ", "Nine "])
    assert_same(shown[0], "Nine [note b")


def test_sources_in_the_order_of_citation(student):
    """The writer cites page 9 and then page 4, which has two passages: both are sources, with all their keys. A text
    that cites nothing has no sources and is no refusal. A question of white space is refused.

    写作器先引用第 9 页，再引用有两个段落的第 4 页：两个段落都是来源，键一个不少。什么也没引用的回答没有来源，
    但不是拒答。只有空白的问题会被拒绝。
    """
    passages = [PASSAGES[0], PASSAGES[2], {**PASSAGES[0], "text": "On Sundays at ten.", "line": 5}]
    replies = {"When?": "Sundays [2], nine [1].", "Why?": "Nobody knows."}
    assistant = student.Assistant(lambda question: passages, lambda question, *_: replies[question], threshold=0.1)

    assert_same(assistant.ask("When?")["sources"], [passages[1], passages[0], passages[2]])
    assert_same(assistant.ask("Why?"), {"text": "Nobody knows.", "sources": [], "refused": False})
    assert_raises(ValueError, assistant.find, " \n")


def test_what_a_chat_remembers(student):
    """Page citations are not remembered, a refusal is. The writer is sent what fits. When it fails, nothing changes,
    and another chat knows of nothing.

    对话不记页码引用，但记得拒答。写作器得到放得下的历史。写作器出错时什么也不变，另一个对话什么也不知道。
    """
    seen = []

    def write(question, passages, history):
        seen.append([message["content"] for message in history])
        if question == "Why?":
            raise RuntimeError("no connection")
        return {"Open?": ["At nine [1]."], "Bread?": ["Yes."]}[question]

    def found(question):
        return [] if question == "Height?" else PASSAGES

    assistant = student.Assistant(found, write)
    chat, other = student.Chat(assistant, budget=40), student.Chat(assistant)
    for question in ("Open?", "Height?", "Bread?"):
        chat.ask(question)
    said = [message["content"] for message in attribute(chat, "history")]
    answer = attribute(chat, "answer")

    assert_same((said[:3], said[4:], len(said)), (["Open?", "At nine.", "Height?"], ["Bread?", "Yes."], 6))
    assert_same(seen, [[], []])  # the refusal is longer than the budget, and no turn is skipped
    assert_raises(RuntimeError, chat.ask, "Why?")
    assert_same((len(attribute(chat, "history")), attribute(chat, "answer")), (6, answer))
    assert_same(attribute(other, "history"), [])
    chat.reset()
    assert_same((attribute(chat, "history"), attribute(chat, "answer")), ([], None))


def test_turns_stay_whole(student):
    """Beside a question of 5 there is room for 12 of 17, and the last turn has 14: nothing is sent, neither half of it
    nor the short one before. A question that is longer than the budget, or a budget of 0, sends nothing either.

    问题占 5 个字符，预算 17 还剩 12，而最后一轮有 14：什么也不送，既不送半轮，也不送前面那轮短的。问题比预算长，
    或预算为 0 时，同样什么也不送。
    """
    replies = {"Bread?": "Y", "Open?": "From nine"}
    assistant = student.Assistant(search, lambda question, passages, history: replies[question])
    chat = student.Chat(assistant, budget=17)
    for question in replies:
        chat.ask(question)

    assert_same((chat.sent("Hurry"), chat.sent(20 * "long ")), ([], []))
    assert_same(len(chat.sent("Hey")), 2)
    assert_same(student.Chat(assistant, budget=0).sent("Hurry"), [])
