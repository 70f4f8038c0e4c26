"""Hidden suite of week 18, debug_assistant.

What worked when the program was given is worth no points and must still work: the tests with points stand after it.
Search and writer are scripted functions.
Not covered: whether the order in which passages are shown helps.
"""

from grader.suite import after, assert_same, claims, points, unchanged

PAGES = (7, 3, 11, 5, 2, 13, 17)


def passages(count):
    """So many passages, best first, each on a page of its own."""
    return [{"text": f"text {place}", "page": PAGES[place - 1], "score": 1 / place} for place in range(1, count + 1)]


def ask(student, found, reply, question="Open?"):
    """The answer to a question for which these passages are found, and the prompt that the writer got."""
    asked, prompts = [], []

    def search(question):
        asked.append(question)
        return found

    def write(prompt):
        prompts.append(prompt)
        return reply

    answer = student.PageAssistant(search, write).ask(question)
    assert_same(asked, [question])
    assert_same(len(prompts), 1)
    return answer, prompts[0].split("\n")


def test_the_order_in_which_passages_are_shown(student):
    """The best passage is shown first, the second best last, the weakest in the middle, numbered from 1: it worked.

    最好的段落排在最前，第二好的排在最后，最弱的在中间，从 1 开始编号：你拿到程序时，这一点本来就是对的。
    """
    for count, order in ((1, [1]), (2, [1, 2]), (7, [1, 3, 5, 7, 6, 4, 2]), (4, [1, 3, 4, 2]), (3, [1, 3, 2])):
        found = passages(count)
        shown = [found[place - 1] for place in order]
        assert_same(unchanged(student.arrange, found), shown)
        lines = [f"[{number}] text {place}" for number, place in enumerate(order, start=1)]
        assert_same(ask(student, found, "no")[1], [*lines, "Open?"])
        assert_same(unchanged(student.build_prompt, "Open?", shown).split("\n"), [*lines, "Open?"])
    assert_same(student.arrange([]), [])
    shelf = student.given("scripted").Shelf(passages(3))  # a search that returns the same list each time
    assistant = student.PageAssistant(shelf, lambda prompt: "no")
    for _ in range(2):
        assert_same(assistant.ask("Open?"), {"text": "no", "pages": []})
        assert_same(shelf("Open?"), passages(3))


@after("test_the_order_in_which_passages_are_shown")
@claims('In the text [n], n of one to nine digits, becomes "(p', "a number that no passage has is dropped")
def test_one_or_two_passages(student):
    """With one or two passages every citation names its page, and a number without a passage is dropped: it worked.

    只有一两个段落时，每个引用都指向正确的页码，没有对应段落的编号被删去：你拿到程序时，这一点本来就是对的。
    """
    assert_same(ask(student, passages(1), "So [1].")[0], {"text": "So (p. 7).", "pages": [7]})
    answer = ask(student, passages(2), "[2], [1], [2], [0], [3].")[0]
    assert_same(answer, {"text": "(p. 3), (p. 7), (p. 3), , .", "pages": [3, 7]})
    assert_same(ask(student, passages(5), "So [1], [6], [x].")[0], {"text": "So (p. 7), , [x].", "pages": [7]})
    assert_same(ask(student, passages(1), "[123456789] [1]")[0], {"text": " (p. 7)", "pages": [7]})
    assert_same(ask(student, [], "Nothing [1].")[0], {"text": "Nothing .", "pages": []})


@after("test_one_or_two_passages")
@points(2)
@claims("The prompt holds the passages as `arrange` orders them")
def test_three_passages(student):
    """With three passages each number names the page of the passage that stands behind it in the prompt.

    有三个段落时，每个编号指向提示中该编号后面那个段落的页码。
    """
    assert_same(ask(student, passages(3), "A [2], B [3].")[0], {"text": "A (p. 11), B (p. 3).", "pages": [11, 3]})
    assert_same(ask(student, passages(3), "[3]")[0], {"text": "(p. 3)", "pages": [3]})


@after("test_one_or_two_passages")
@points(2)
def test_every_number_of_many(student):
    """With four, five and seven passages every number names its page.

    有四个、五个和七个段落时，每个编号都指向正确的页码。
    """
    for count in (4, 5, 7):
        found = passages(count)
        text = " ".join(f"[{number}]" for number in range(1, count + 1))
        answer, lines = ask(student, found, text)
        pages = [found[int(line.rsplit(" ", 1)[1]) - 1]["page"] for line in lines[:-1]]
        assert_same(answer, {"text": " ".join(f"(p. {page})" for page in pages), "pages": pages})
        same = [{**passage, "text": "text"} for passage in found]  # the number tells them apart, not the text
        assert_same(ask(student, same, text)[0], answer)


@after("test_one_or_two_passages")
@points(2)
def test_pages_in_the_order_of_citation(student):
    """Pages are listed in the order in which they are cited, each once, also when two passages stand on one page.

    页码按引用的顺序列出，各列一次；两个段落在同一页时也只列一次。
    """
    found = passages(6)  # shown as 1, 3, 5, 6, 4, 2
    found[3]["page"] = found[4]["page"]
    answer = ask(student, found, "[6][4] [3] [5] [2] [6]")[0]
    assert_same(answer, {"text": "(p. 3)(p. 13) (p. 2) (p. 2) (p. 11) (p. 3)", "pages": [3, 13, 2, 11]})
