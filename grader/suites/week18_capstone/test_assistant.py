"""Hidden suite of week 18, assistant.

Search and writer are scripted functions, whose calls are counted, so every answer is exact.
Not covered: whether a cited passage supports its sentence; whether a writer is a good one.
"""

import copy

from grader.suite import after, assert_raises, assert_same, attribute, claims, expect, points, unchanged

QUESTION = "When does the mill open?"


def passage(page, text="some text", score=0.9, document="guide.pdf", **more):
    return {"text": text, "document": document, "page": page, "score": score, **more}


PAGES = [passage(3, "The mill opens at nine."), passage(11, "It is closed in winter.", 0.7), passage(1, "Bread.", 0.5)]


class Calls:
    """A search or a writer that follows a script, the same however often it is asked, and remembers how it was called.

    The answer is one for all, or a dict with one for each first argument ("" stands for all others).
    """

    def __init__(self, answer):
        self.answer, self.calls = answer, []

    def __call__(self, *arguments):
        self.calls.append(arguments)
        answer = self.answer
        if isinstance(answer, dict):
            answer = answer[arguments[0]] if arguments[0] in answer else answer[""]
        if isinstance(answer, Exception):
            raise answer
        return answer


def set_up(student, found, reply, **settings):
    """An assistant with a scripted search and writer, and the two."""
    search, write = Calls(found), Calls(reply)
    return student.Assistant(search.__call__, write.__call__, **settings), search, write


def cited(student, pieces, passages):
    """What `cite` makes of pieces, joined."""
    return unchanged(student.given("scripted").Helper().joined, student.cite, pieces, passages)


def called(double, *expected):
    """It was called so since the last look."""
    calls, double.calls = double.calls, []
    assert_same(calls, list(expected))


def new_chat(student, assistant):
    """A chat; one that knows something already has a history that belongs to no single chat."""
    chat = student.Chat(assistant)
    known = len(attribute(chat, "history"))
    expect(
        known == 0,
        "A new chat knows {count} messages of another one. Does the history belong to the class, or is it a default "
        "argument? Then all chats have one.",
        "新的对话已经知道别的对话的 {count} 条消息。历史是不是属于类本身，或者是参数的默认值？那样所有对话共用一份。",
        count=known,
    )
    return chat


def user(text):
    return {"role": "user", "content": text}


def said(text):
    return {"role": "assistant", "content": text}


@points(1)
@claims("[n] becomes the `label` of passage number n, counted from 1", "How the answer is cut into pieces is free")
def test_numbers_become_pages(student):
    """[1] becomes the page of the first passage, [12] that of the twelfth; with several documents it is named, too.

    [1] 变成第一个段落的页码，[12] 变成第十二个段落的页码；有多个文档时还要写出文档名。
    """
    text = "Open at nine [1]. Closed in winter [2][3], but not on Sundays [1]."
    assert_same(
        cited(student, [text], PAGES),
        "Open at nine [p. 3]. Closed in winter [p. 11][p. 1], but not on Sundays [p. 3].",
    )
    many = [passage(100 - number) for number in range(1, 13)]
    assert_same(cited(student, ["So [12], [1], [10]."], many), "So [p. 88], [p. 99], [p. 90].")
    several = [passage(5), passage(5, document="notes.md")]
    assert_same(cited(student, ["[2] and [1]"], several), "[notes.md p. 5] and [guide.pdf p. 5]")
    assert_same(cited(student, ["[1]"], several[1:]), "[p. 5]")
    several = [passage(5), passage(6, document="notes [1].md")]
    assert_same(cited(student, ["[2][1]"], several), "[notes (1).md p. 6][guide.pdf p. 5]")


@points(1)
@claims("A number that no passage has, and a page that the writer made up, are", "dropped: the brackets and what is")
def test_citations_of_nothing_are_dropped(student):
    """[0], a number above the last, and a page that the writer names itself are dropped, brackets and all.

    [0]、超出范围的编号，以及写作器自己写出的页码，都连同括号一起删去。
    """
    text = "A [0]b [4]c [999]d [p. 3]e [p. 12]f [guide.pdf p. 3]g [3]h"
    assert_same(cited(student, [text], PAGES), "A b c d e f g [p. 1]h")
    assert_same(cited(student, ["[1][2]"], PAGES[:1]), "[p. 3]")
    assert_same(cited(student, ["none [1]."], []), "none .")
    assert_same(cited(student, ["[" + "x" * 60 + "p. 1234]."], PAGES), ".")


@points(1)
@claims("Everything else stays")
def test_other_brackets_stay(student):
    """Brackets that are no citation stay as they are, and so does everything outside.

    不是引用的方括号原样保留，括号以外的内容也是。
    """
    text = " [x] [ 1 ] [1234] [1, 2] (3) [-1] [EMAIL] \\1 {0} %s\n[中文] ] [ [[y]]  "
    assert_same(cited(student, [text], PAGES), text)
    assert_same(cited(student, ["[[1]] [a[2]b]"], PAGES), "[[p. 3]] [a[p. 11]b]")
    long = "[" + "x" * 61 + "p. 3] [" + "y" * 300 + "] [p. 12345]"
    assert_same(cited(student, [long], PAGES), long)
    assert_same(cited(student, [], PAGES), "")
    assert_same(cited(student, ["", ""], PAGES), "")


@points(2)
@after("test_numbers_become_pages")
@claims("What CITATION finds in the whole text is a citation, wherever the text was cut into pieces")
def test_wherever_the_text_is_cut(student, rng):
    """A citation that comes in two pieces is one; a text that ends in an open bracket is not cut short.

    被切成两段到达的引用仍是一个引用；文本以未闭合的括号结尾时也不会丢字。
    """
    assert_same(cited(student, ["Nine [", "1", "]", "."], PAGES), "Nine [p. 3].")
    assert_same(cited(student, ["Nine [1"], PAGES), "Nine [1")
    assert_same(cited(student, ["Nine [p", ". 4] [p.", " 5", "] ["], PAGES), "Nine   [")
    texts = [
        "A [1] b [2]c [[3]] [4] [p. 7] [x p. 8] [1, 2] d [12",
        "[" + "z" * 60 + "p. 1234][1]e [" + "z" * 61 + "p. 1][2]",
        "f [" + "q" * 90 + "[1] [" + "q" * 66 + "]",
    ]
    for text in texts:
        whole = cited(student, [text], PAGES)
        assert_same(cited(student, list(text), PAGES), whole)
        for _ in range(5):
            cuts = sorted(rng.integers(0, len(text) + 1, 7).tolist())
            pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
            assert_same(cited(student, pieces, PAGES), whole)


@points(1)
@after("test_wherever_the_text_is_cut")
@claims(
    "a piece is taken only when the one before was dealt with, and only what may still become a citation is held back",
    'the text from its last "[" on, if no "]" follows and it is shorter than LONGEST',
    "and a piece may be empty",
)
def test_no_reader_waits(student):
    """What cannot become part of a citation any more is passed on before the next piece is asked for.

    已经不可能属于某个引用的文字，要在索取下一段之前就交出去。
    """
    script = ["Open ", "at [", "1", "] nine [x] or", " [" + "y" * 30, "y" * 37, "y", " ten", None]
    ready = ["Open ", "Open at ", "Open at ", "Open at [p. 3] nine [x] or", "Open at [p. 3] nine [x] or "]
    ready += [ready[-1], ready[-1] + "[" + "y" * 68]
    ready += [ready[-1] + " ten"]
    shown, waiting = [""], []

    def piece_of(question, number):
        waiting.append(shown[0])
        return script[number]

    helpers = student.given("scripted")
    helper = helpers.Helper()
    write = helpers.Dictated(piece_of)
    stream = student.cite(write(QUESTION, [], []), PAGES)
    while (piece := helper.take(stream)) is not None:
        shown[0] += piece
    assert_same(shown[0], ready[-1])
    assert_same(len(waiting), len(script))
    for had, must in zip(waiting[1:], ready, strict=True):
        expect(
            had.startswith(must),
            "{had} was passed on when the next piece was asked for; {must} was certain by then.",
            "索取下一段时只交出了 {had}；而那时 {must} 已经确定。",
            had=repr(had),
            must=repr(must),
        )


@points(1)
@claims(
    "A score equal to the threshold is enough",
)
def test_relevant_passages(student):
    """Passages with a score of at least the threshold are found, in their order, with all their keys.

    分数不低于阈值的段落按原顺序返回，并保留全部键。
    """
    found = [passage(3, score=0.5, chunk=7), passage(11, score=0.25), passage(1, score=0.75), passage(2, score=0.4375)]
    assistant, search, write = set_up(student, found, "no", threshold=0.4375)
    assert_same(assistant.find(QUESTION), [found[0], found[2], found[3]])
    called(search, (QUESTION,))
    called(write)
    assert_same(
        set_up(student, [passage(1, score=0.3), passage(2, score=0.29)], "no")[0].find("x"), [passage(1, score=0.3)]
    )
    assert_same(
        set_up(student, [passage(1, score=-0.5), passage(2, score=-2.0)], "no", threshold=-0.5)[0].find("x"),
        [passage(1, score=-0.5)],
    )
    assert_same(set_up(student, [], "no")[0].find("x"), [])


@points(1)
@claims("the question is empty or white space alone; nothing is searched then")
def test_an_empty_question(student):
    """A question of white space alone is a ValueError, and nothing is searched.

    只有空白的问题抛出 ValueError，并且不进行检索。
    """
    assistant, search, write = set_up(student, PAGES, "no")
    chat = student.Chat(assistant)
    before = attribute(chat, "history")
    for question in ("", " ", "\n\t\u3000"):
        assert_raises(ValueError, assistant.find, question)
        assert_raises(ValueError, assistant.ask, question)
        assert_raises(ValueError, chat.ask, question)
    called(search)
    called(write)
    assert_same(attribute(chat, "history"), before)
    assert_same(assistant.find(" ?"), PAGES)
    called(search, (" ?",))


@points(1)
@claims(
    "Without passages the answer is the",
    "refusal, REFUSALS[language(question)], and the writer is not called",
    "It is refused if there were no passages",
)
def test_an_honest_refusal(student, reference):
    """Where nothing is relevant, the refusal in the question's language is the answer, and the writer is not called.

    没有相关内容时，用提问的语言给出拒答，并且不调用写作器。
    """
    rules = reference.given("rules")
    for found in ([], [passage(3, score=0.29), passage(4, score=-1.0)]):
        for question, lang in ((QUESTION, "en"), ("磨坊几点开门？", "zh"), ("mill 磨", "zh"), ("Où?", "en")):
            assistant, search, write = set_up(student, found, "It opens at nine [1].")
            assert_same(assistant.ask(question), {"text": rules.REFUSALS[lang], "sources": [], "refused": True})
            called(search, (question,))
            called(write)
            helper = student.given("scripted").Helper()
            assert_same(helper.joined(assistant.reply, question, []), rules.REFUSALS[lang])
            called(write)


@points(1)
@claims(
    "The sources are the passages whose `label` stands in the text, in the order in which the labels first appear",
    "those of one page in the order given",
)
def test_sources_in_the_order_of_citation(student):
    """Sources are the passages whose page is cited, in the order of the first citation; of one page, in their order.

    来源是页码被引用到的段落，按首次引用的顺序；同一页的段落按原有顺序。
    """
    assistant = set_up(student, [], "")[0]
    pages = [*PAGES, passage(3, "Second of page three.", 0.4)]  # pages 3, 11, 1, 3
    for text, places in (
        ("A [p. 11]. B [p. 3] [p. 11].", (1, 0, 3)),
        ("A [p. 1].", (2,)),
        ("A.", ()),
        ("[p. 3][p. 1][p. 11]", (0, 3, 2, 1)),
        ("A p. 3, [p.3], [guide.pdf p. 1].", ()),
    ):
        answer = unchanged(assistant.answer, text, pages)
        assert_same(answer, {"text": text, "sources": [pages[place] for place in places], "refused": False})
    several = [passage(5, key="a"), passage(5, document="notes.md"), passage(6)]
    text = "[notes.md p. 5] [guide.pdf p. 6] [p. 5]"
    assert_same(assistant.answer(text, several)["sources"], several[1:])
    assert_same(assistant.answer("x", []), {"text": "x", "sources": [], "refused": True})


@points(1)
@after("test_sources_in_the_order_of_citation")
@claims(
    "The writer is called once, with the question, the passages and the history",
)
def test_ask(student):
    """The writer is called once with question, relevant passages and history; its numbers mean what it was shown.

    写作器只被调用一次，得到问题、相关段落和历史；它的编号指的是给它看的那些段落。
    """
    found = [PAGES[0], passage(8, score=0.1), *PAGES[1:]]
    history = [user("Hello?"), said("Hello.")]
    for reply in ("Closed [2] [4].", ["Closed [", "2", "] [4", "]", "."], [*"Closed [2] [4]."]):
        assistant, search, write = set_up(student, found, reply)
        answer = unchanged(assistant.ask, QUESTION, history)
        assert_same(answer, {"text": "Closed [p. 11] .", "sources": [PAGES[1]], "refused": False})
        called(search, (QUESTION,))
        called(write, (QUESTION, PAGES, history))
    assert_same(assistant.ask("Why?"), answer)
    called(write, ("Why?", PAGES, []))
    text = unchanged(student.given("scripted").Helper().joined, assistant.reply, QUESTION, PAGES[1:], history)
    assert_same(text, "Closed [p. 1] .")
    called(write, (QUESTION, PAGES[1:], history))


@points(1)
@after("test_ask")
@claims(
    "two lists with dicts of its own,",
    "so that whatever it does to them changes no citation and no history",
    "They are copies",
    "The messages are copies",
)
def test_nobody_writes_into_what_is_kept(student):
    """A writer that scribbles into its arguments changes no citation and no history, and an answer is a copy.

    写作器改写它得到的参数时，引用和历史都不受影响；返回的结果是副本。
    """
    helpers = student.given("scripted")
    helper = helpers.Helper()
    shelf = helpers.Shelf(copy.deepcopy(PAGES))  # its own
    assistant = student.Assistant(shelf, helpers.Scribbler("Closed [1]."))
    right = {"text": "Closed [p. 3].", "sources": [PAGES[0]], "refused": False}
    history = [user("Hello?"), said("Hello.")]
    for _ in range(2):
        assert_same(unchanged(assistant.ask, QUESTION, history), right)
    assert_same(unchanged(helper.joined, assistant.reply, QUESTION, PAGES, history), right["text"])
    chat = new_chat(student, assistant)
    kept = []
    for _ in range(3):
        assert_same(helper.spoil(chat.ask, QUESTION), right)
        kept += [user(QUESTION), said("Closed.")]
        assert_same(attribute(chat, "history"), kept)
        assert_same(attribute(chat, "answer"), right)
    helper.spoil(chat.sent, QUESTION)
    assert_same(attribute(chat, "history"), kept)
    helper.spoil(assistant.ask, QUESTION)
    assert_same(shelf("x"), PAGES)
    assert_same(helper.written_into(assistant.answer, "[p. 3] [p. 11]", PAGES), PAGES)
    helper.spoil(assistant.find, QUESTION)
    assert_same(helper.spoil(assistant.answer, "[p. 3]", PAGES)["sources"], PAGES[:1])
    assert_same(assistant.ask(QUESTION), right)


@points(2)
@after("test_ask")
@claims(
    "all messages so far, a question and its answer in turn",
    "Answers stand in it `uncited`",
    "the answer to the last question, as `Assistant.answer` returns it; None before the first",
    "The writer gets the history that is `sent`",
    "refusals too",
)
def test_a_chat_remembers(student, reference):
    """Questions and answers are sent along with the next question, answers without their pages; refusals, too.

    之前的问题与回答随下一个问题一起发送，回答里不带页码；拒答也记住。
    """
    search = Calls({"月亮呢？": [], "": PAGES})
    replies = {"Open?": "At nine [1].", "Closed?": ["In winter ", "[2], [9]."], "Sold?": "Bread [3] [1]."}
    write = Calls(replies | {"": "", "Spaces?": " At\n", " Open?\n": "At nine [1]."})
    chat = new_chat(student, student.Assistant(search.__call__, write.__call__))
    assert_same((attribute(chat, "history"), attribute(chat, "answer")), ([], None))
    first = {"text": "At nine [p. 3].", "sources": [PAGES[0]], "refused": False}
    assert_same(chat.ask("Open?"), first)
    assert_same(attribute(chat, "answer"), first)
    history = [user("Open?"), said("At nine.")]
    assert_same(attribute(chat, "history"), history)
    assert_same(chat.ask("Closed?")["text"], "In winter [p. 11], .")
    called(write, ("Open?", PAGES, []), ("Closed?", PAGES, history))
    history += [user("Closed?"), said("In winter, .")]
    refusal = reference.given("rules").REFUSALS["zh"]
    assert_same(chat.ask("月亮呢？"), {"text": refusal, "sources": [], "refused": True})
    assert_same(attribute(chat, "answer")["refused"], True)
    called(write)
    history += [user("月亮呢？"), said(refusal)]
    assert_same(attribute(chat, "history"), history)
    assert_same(chat.ask("Sold?")["sources"], [PAGES[2], PAGES[0]])
    called(write, ("Sold?", PAGES, history))
    called(search, ("Open?",), ("Closed?",), ("月亮呢？",), ("Sold?",))
    history += [user("Sold?"), said("Bread.")]
    assert_same(attribute(chat, "history"), history)
    chat.ask(" Open?\n")  # as it was asked
    assert_same(attribute(chat, "history")[len(history)], user(" Open?\n"))
    assert_same(chat.ask("Spaces?")["text"], " At\n")  # as it was written
    assert_same(attribute(chat, "history")[-1], said(" At\n"))
    chat.ask("Is it on [p. 3]?")  # the reader's own words
    assert_same(attribute(chat, "history")[-2], user("Is it on [p. 3]?"))


def talk(student, turns, **settings):
    """A chat in which these questions were asked and answered, and its writer."""
    assistant, _, write = set_up(student, [passage(1)], {**dict(turns), "": "ok"})
    chat = student.Chat(assistant, **settings)
    for question, _ in turns:
        chat.ask(question)
    write.calls.clear()
    return chat, write


TURNS = [("aaa", "bb"), ("cc", "ddddd"), ("e", "ff"), ("gggg", "h")]  # 5, 7, 3 and 5 characters
MESSAGES = [message for question, answer in TURNS for message in (user(question), said(answer))]


@points(2)
@after("test_a_chat_remembers")
@claims(
    "The question always goes, even if it is longer than the budget",
    "Beside it go as many of the last turns as fit",
    "at most the budget, which may be used up",
    "A turn is a question with its answer, and goes whole",
    "No turn is skipped: the oldest are cut first",
)
def test_the_budget_up_to_the_last_character(student):
    """As many of the last whole turns go as fit beside the question, up to exactly the budget; it always goes itself.

    在问题之外，最近的完整轮次能放多少就发送多少，可以恰好用满预算；问题总是要发送。
    """
    for budget in (0, 1, 2, 6, 7, 8, 9, 10, 11, 16, 17, 18, 21, 22, 23, 99):
        chat, write = talk(student, TURNS, budget=budget)
        count = sum(2 + total <= budget for total in (5, 8, 15, 20))
        sent = MESSAGES[len(MESSAGES) - 2 * count :]
        assert_same(chat.sent("??"), sent)
        chat.ask("??")
        called(write, ("??", [passage(1)], sent))
        assert_same(attribute(chat, "history"), [*MESSAGES, user("??"), said("ok")])
    chat, write = talk(student, [("a", "b"), ("c" * 9, "d" * 9), ("e", "f")], budget=12)
    assert_same(chat.sent("??"), [user("e"), said("f")])
    assert_same(chat.sent("?" * 10), [user("e"), said("f")])
    assert_same(chat.sent("?" * 11), [])
    chat.ask("?" * 13)
    called(write, ("?" * 13, [passage(1)], []))
    chat, _ = talk(student, [("谁" * 3, "我 [1]。")], budget=7)
    assert_same(chat.sent("何？"), [user("谁谁谁"), said("我。")])
    assert_same(student.Chat(set_up(student, [], "")[0], 0).sent("x"), [])


@points(1)
@after("test_a_chat_remembers")
@claims("the budget is negative.")
def test_bounds_of_the_budget(student):
    """A budget is 2000 characters unless given, may be 0, and is a ValueError below.

    预算默认是 2000 个字符，可以为 0，小于 0 时抛出 ValueError。
    """
    assistant = set_up(student, [passage(1)], "b" * 1000)[0]
    for budget in (-1, -2000):
        assert_raises(ValueError, student.Chat, assistant, budget)
        assert_raises(ValueError, student.Chat, assistant, budget=budget)
    chat = student.Chat(assistant)
    chat.ask("a" * 1001)
    assert_same(chat.sent("c"), [])
    chat.reset()
    chat.ask("a" * 990)
    assert_same(len(chat.sent("c" * 10)), 2)
    assert_same(chat.sent("c" * 11), [])
    assert_same(student.Chat(assistant, budget=0).ask("a")["text"], "b" * 1000)


@points(1)
@after("test_a_chat_remembers")
def test_two_chats_share_nothing(student):
    """What was said in one chat is unknown in another, also after a reset of either.

    一个对话里说过的话另一个对话不知道，任何一个重置之后也一样。
    """
    assistant, _, write = set_up(student, PAGES, "At nine [1].")
    one, other = new_chat(student, assistant), new_chat(student, assistant)
    one.ask("A?")
    assert_same((attribute(other, "history"), attribute(other, "answer")), ([], None))
    other.ask("B?")
    called(write, ("A?", PAGES, []), ("B?", PAGES, []))
    one.reset()
    assert_same((attribute(one, "history"), attribute(one, "answer")), ([], None))
    assert_same(attribute(other, "history"), [user("B?"), said("At nine.")])
    one.ask("C?")
    other.ask("D?")
    called(write, ("C?", PAGES, []), ("D?", PAGES, [user("B?"), said("At nine.")]))
    assert_same(attribute(student.Chat(assistant), "history"), [])
    one.reset()
    one.reset()
    assert_same(one.sent("E?"), [])


@points(1)
@after("test_a_chat_remembers")
@claims(
    "an error of the search or of the",
    "writer goes on to the caller, and neither it nor a stream that is left early changes anything",
)
def test_an_error_leaves_the_chat_as_it_was(student):
    """A search or writer that fails, at once or in the middle, leaves history and answer as before.

    检索或写作器失败（无论一开始还是中途）时，历史与上一个回答都保持原样。
    """
    helpers = student.given("scripted")
    helper = helpers.Helper()
    pieces = {"Open?": ["At nine ", "[1]."], "Closed?": ["In w"], "Again?": ["Again [2]."], "Left?": ["left ", "early"]}

    def piece_of(question, number):
        if question == "Closed?" and number == 1:
            raise RuntimeError("the server is gone")
        return [*pieces[question], None][number]

    search = Calls({"Gone?": RuntimeError("the index is gone"), "": PAGES})
    chat = student.Chat(student.Assistant(search.__call__, helpers.Dictated(piece_of)))
    first = chat.ask("Open?")
    before = [user("Open?"), said("At nine.")]
    assert_same(first["text"], "At nine [p. 3].")
    for question in ("Closed?", "Gone?"):
        assert_raises(RuntimeError, chat.ask, question)
        assert_same((attribute(chat, "history"), attribute(chat, "answer")), (before, first))
    assert_same(chat.ask("Again?")["text"], "Again [p. 11].")
    before += [user("Again?"), said("Again.")]
    assert_same(attribute(chat, "history"), before)
    stream = chat.stream("Left?")
    assert_same("left early".startswith(helper.take(stream)), True)  # into which pieces it is cut is free
    assert_same((attribute(chat, "history"), attribute(chat, "answer")["text"]), (before, "Again [p. 11]."))
    assert_same(chat.sent("x"), before)


@points(1)
@after("test_a_chat_remembers")
@claims(
    "When the stream is at its end, question and answer are in the",
    "Until then both are as before",
)
def test_a_stream_comes_as_it_is_written(student, reference):
    """Pieces come while the writer writes; joined they are the answer, which is remembered when the last was taken.

    写作器一边写，片段一边到达；连起来就是回答；取完最后一段时才记住它。
    """
    helpers = student.given("scripted")
    helper = helpers.Helper()
    asked = []

    def piece_of(question, number):
        asked.append(number)
        return ["At nine", " [", "1]", ", or so.", None][number]

    chat = student.Chat(student.Assistant(Calls(PAGES).__call__, helpers.Dictated(piece_of)))
    stream = chat.stream(QUESTION)
    text = ""
    while "nine" not in text:
        text += helper.take(stream)
    expect(
        len(asked) == 1,
        "{count} pieces were asked for before the first was passed on.",
        "交出第一段之前，已经索取了 {count} 段。",
        count=len(asked),
    )
    while (piece := helper.take(stream)) is not None:
        assert_same((attribute(chat, "history"), attribute(chat, "answer")), ([], None))
        text += piece
    assert_same(text, "At nine [p. 3], or so.")
    assert_same(attribute(chat, "answer"), {"text": text, "sources": PAGES[:1], "refused": False})
    assert_same(attribute(chat, "history"), [user(QUESTION), said("At nine, or so.")])
    refused = student.Chat(student.Assistant(Calls([]).__call__, Calls("no").__call__))
    assert_same(helper.joined(refused.stream, "Open?"), reference.given("rules").REFUSALS["en"])
    assert_same(len(attribute(refused, "history")), 2)
