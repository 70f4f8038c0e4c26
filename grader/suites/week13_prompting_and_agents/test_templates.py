"""Hidden suite of week 13, templates.

Everything is text, so every answer is exact.
Not covered: whether a prompt makes a model answer well.
"""

from grader.suite import after, assert_raises, assert_same, claims, expect, points, unchanged

EXAMPLES = [
    {"question": "Is 7 prime?", "answer": "yes", "reasoning": "Nothing between 1 and 7 divides it."},
    {"question": "Is 9 prime?", "answer": "no", "reasoning": "3 times 3 is 9."},
    {"question": "11 是质数吗？", "answer": "是", "reasoning": "没有别的因数。"},
]
HOSTILE = [
    {"question": "A = {1; 2}, {answer}?", "answer": "{question} \\1 %s", "reasoning": "{{x}} {} {0}\n so {answer}"},
    {"question": " Q: {reasoning}\nA:", "answer": "{answer} $1 ", "reasoning": " {answer}{CONCLUSION}"},
]


@points(1)
@claims("is replaced by `values[", "wherever and however often it stands")
def test_fills_in_names(student):
    """Every {name} is replaced by its value, also twice, at the ends, side by side, and with a name in Chinese.

    每个 {name} 都换成它的值：重复出现、位于两端、相邻、中文名字，都一样。
    """
    assert_same(student.render("{a}{b} and {a}", {"a": "x", "b": "yy"}), "xyy and x")
    assert_same(student.render("{b_2}\n{Class}{class}", {"class": "1", "b_2": "2", "Class": "3"}), "2\n31")
    assert_same(student.render("问：{问题}", {"问题": "谁？"}), "问：谁？")
    assert_same(student.render("", {}), "")
    assert_same(student.render("no names.\n", {}), "no names.\n")


@points(1)
@claims("`{{` stands for one `{`", "for one `}`", "The template is read once, from the left")
def test_doubled_braces(student):
    """{{ is one opening brace and }} one closing brace; {{{name}}} is the value in braces.

    {{ 是一个左花括号，}} 是一个右花括号；{{{name}}} 是放在花括号里的值。
    """
    assert_same(student.render("{{}} {{a}} }}{{", {}), "{} {a} }{")
    assert_same(student.render("{{{a}}}", {"a": "x"}), "{x}")
    assert_same(student.render("{{{{a}}}} {a}}}", {"a": "x"}), "{{a}} x}")
    assert_same(student.render('{{"tool": "{a}", "n": {{{{}}}}}}', {"a": "t"}), '{"tool": "t", "n": {{}}}')


@points(2)
@claims("A value goes in as it is: its own braces, backslashes and line breaks mean nothing, and nothing is stripped")
def test_values_are_not_templates(student):
    """What stands in a value is never read as a template, whichever value comes first, and nothing of it is lost.

    值里的内容绝不会被当作模板来解读，不论先填哪个值；也不会丢失任何字符。
    """
    values = {"a": "{b}", "b": "{a}"}
    assert_same(student.render("{a}{b}", values), "{b}{a}")
    assert_same(student.render("{b}{a}", dict(reversed(values.items()))), "{a}{b}")
    for value in ("{{}}", "{", "}}", "\\1 \\g<0> \\n", " \n\t x \n", "%s $a ${a}", "", "{a}", "{a.b}{0}{}"):
        assert_same(student.render("[{a}]", {"a": value}), f"[{value}]")
    assert_same(student.render("{{{a}}} {b}", {"a": "{{b}}", "b": "\x00"}), "{{{b}}} \x00")
    assert_same(student.render(" {a}\\n \n", {"a": "x"}), " x\\n \n")


@points(1)
@claims(
    "A name is what `str.isidentifier` accepts",
    "the template has an empty or wrong name, or a brace without a partner, whatever the values are",
)
def test_refuses_a_template_with_an_error(student):
    """An empty or wrong name, or a single brace, is a ValueError, even if a value has just that name.

    名字为空或不合规则、花括号不成对，都抛出 ValueError，即使有一个值正好叫这个名字。
    """
    names = ["{}", "{0}", "{a.b}", "{a[0]}", "{a!r}", "{a:>5}", "{a:}", "{ a}", "{a }", "{a b}", "{a-b}", "{a\n}"]
    braces = ["{2a}", "{:}", "{!r}", "{", "}", "{a", "a}", "{a}}", "{{a}", "{{{a}}", "x } y", "{a{b}}", "{a{{b", "}{a}"]
    for text in names + braces:
        assert_raises(ValueError, student.render, text, {"a": "x", text.strip("{}"): "y"})
        assert_raises(ValueError, student.render, text, {})
        assert_raises(ValueError, student.render, "{missing} " + text, {})


@points(1)
@claims(
    "the template names a value that is not given",
    "a value is given that the template does not name (after the check for missing ones)",
    "a value is not a string (after all other checks)",
)
def test_values_and_names_must_match(student):
    """A missing value is a KeyError, one that is not named a ValueError, one that is no string a TypeError.

    缺少值抛出 KeyError；模板没有用到的值抛出 ValueError；值不是字符串抛出 TypeError。
    """
    assert_raises(KeyError, student.render, "{a} {b}", {"a": "x"})
    assert_raises(KeyError, student.render, "{question}", {"qestion": "x"})
    assert_raises(KeyError, student.render, "{a} {b}", {"a": 3})
    assert_raises(ValueError, student.render, "{a}", {"a": "x", "b": "y"})
    assert_raises(ValueError, student.render, "{a}", {"a": None, "b": "y"})
    assert_raises(ValueError, student.render, "{{b}}", {"b": "y"})
    assert_raises(ValueError, student.render, "", {"b": "y"})
    for value in (None, 3, 2.5, True, b"x", ["x"]):
        assert_raises(TypeError, student.render, "{b}{a}", {"b": "", "a": value})


def near(one, other):
    """More similar: closer in length."""
    return -abs(len(one) - len(other))


def pool(*questions):
    return [{"question": text, "answer": f"answer {place}"} for place, text in enumerate(questions)]


@points(1)
@claims(
    "says how similar two texts are: more is more similar",
    "The answer goes from the least to the most similar",
    "If fewer than k are left, all of them are chosen",
)
def test_chooses_the_most_similar(student):
    """The k most similar examples are chosen, the most similar one last; all of them if there are no more than k.

    选出最相似的 k 个示例，最相似的排在最后；示例不超过 k 个时全部选中。
    """
    examples = pool("a" * 11, "a" * 2, "a" * 7, "a" * 5)

    for k in (0, 1, 2, 3, 4, 5, 9):
        expected = [examples[place] for place in (0, 1, 2, 3)][4 - min(k, 4) :]
        assert_same(student.choose_examples(examples, "b" * 5, k, near), expected)
    assert_same(student.choose_examples([], "b", 3, near), [])
    assert_same(student.choose_examples(examples[:1], "b", 1, lambda one, other: -1e9), examples[:1])


@points(1)
@claims("Among equally similar ones the one that comes first in `examples` is more worth keeping")
def test_equally_similar_examples(student):
    """Among equally similar examples the first is kept first, and stands after the others.

    同样相似的示例中，先出现的优先保留，并排在其他的后面。
    """
    examples = pool("aaa", "bb", "cc", "dd", "eeee", "ffff")

    for k, places in ((1, [1]), (2, [2, 1]), (3, [3, 2, 1]), (5, [4, 0, 3, 2, 1]), (6, [5, 4, 0, 3, 2, 1])):
        found = student.choose_examples(examples, "xx", k, near)
        assert_same(found, [examples[place] for place in places])
    twice = [{"question": "aa", "answer": "1"}, {"question": "aa", "answer": "2"}]
    assert_same(student.choose_examples(twice, "xx", 2, near), twice[::-1])
    incomparable = [{"question": str(place), "answer": "same", "extra": {"n": place}} for place in range(5)]
    found = student.choose_examples(incomparable, "q", 3, lambda one, other: 0.5)
    assert_same(found, [incomparable[place] for place in (2, 1, 0)])


@points(1)
@claims(
    "An example with exactly this question is never chosen: it would give the answer away",
    "The examples are neither changed nor sorted in place",
    "k is negative",
)
def test_the_question_itself_is_no_example(student):
    """An example with exactly the question is left out before k are counted; examples stay as they are; -1 is refused.

    与问题完全相同的示例要先排除，再数 k 个；示例不被修改；k 为 -1 时拒绝。
    """
    examples = pool("xx", "yyyy", "xx", "x", "XX", "xx ")

    found = unchanged(student.choose_examples, examples, "xx", 3, near)

    assert_same(found, [examples[place] for place in (5, 3, 4)])
    assert_same(student.choose_examples(pool("xx"), "xx", 1, near), [])
    assert_raises(ValueError, student.choose_examples, examples, "xx", -1, near)
    assert_raises(ValueError, student.choose_examples, [], "xx", -1, near)


@points(1)
@claims('`similarity(question, example["question"])` says how similar two texts are')
def test_similarity_is_asked_with_both_questions(student):
    """similarity gets the question first and the example's question second, and may say any number.

    similarity 的第一个参数是问题，第二个是示例的问题；返回值可以是任何数。
    """
    calls = []

    def ask(one, other):
        calls.append((one, other))
        return {"a": -3, "b": 2.5, "c": 0}[other] if one == "the question" else 100

    found = student.choose_examples(examples=pool("a", "b", "c"), question="the question", k=2, similarity=ask)

    assert_same([example["question"] for example in found], ["c", "b"])
    expect(
        set(calls) == {("the question", letter) for letter in "abc"},
        "similarity was called with {calls}.",
        "similarity 的调用参数是 {calls}。",
        calls=calls,
    )


@points(1)
@claims(
    "Blocks, with one empty line between any two, in this order",
    'The text ends with "A:", without a space or a line break',
    "Without examples it is a zero-shot prompt",
)
def test_few_shot_prompts(student):
    """Instruction, examples, question, with empty lines between them; nothing after "A:".

    说明、示例、问题，之间各空一行；"A:" 之后没有任何字符。
    """
    assert_same(student.few_shot([], "Is 8 prime?"), "Q: Is 8 prime?\nA:")
    assert_same(student.few_shot([], "Is 8 prime?", "Say yes or no."), "Say yes or no.\n\nQ: Is 8 prime?\nA:")
    assert_same(student.few_shot([], "q", ""), "\n\nQ: q\nA:")
    assert_same(student.few_shot([], " q \n"), "Q:  q \n\nA:")
    prompt = "Q: Is 7 prime?\nA: yes\n\nQ: Is 9 prime?\nA: no\n\nQ: 11 是质数吗？\nA: 是\n\nQ: Is 8 prime?\nA:"
    assert_same(unchanged(student.few_shot, EXAMPLES, "Is 8 prime?"), prompt)
    assert_same(
        student.few_shot(examples=EXAMPLES[:1], question="q", instruction="One\n\ntwo "),
        "One\n\ntwo \n\nQ: Is 7 prime?\nA: yes\n\nQ: q\nA:",
    )


@points(1)
@claims(
    'the line of an example is "A: <reasoning> <conclusion>"',
    'Only if there are no examples, the text ends with "A: " and STEP_BY_STEP',
)
def test_chain_of_thought_prompts(student):
    """With thinking, examples show reasoning and conclusion; without examples the model is asked to think.

    启用 thinking 时，每个示例先写推理、再写结论；没有示例时，请模型逐步思考。
    """
    prompt = (
        "Q: Is 9 prime?\nA: 3 times 3 is 9. The answer is no.\n\n"
        "Q: 11 是质数吗？\nA: 没有别的因数。 The answer is 是.\n\nQ: Is 8 prime?\nA:"
    )
    assert_same(unchanged(student.few_shot, EXAMPLES[1:], "Is 8 prime?", thinking=True), prompt)
    assert_same(student.few_shot([], "q?", thinking=True), "Q: q?\nA: Let's think step by step.")
    asked = student.few_shot([], "q?", "Think.", True)
    assert_same(asked, "Think.\n\nQ: q?\nA: Let's think step by step.")
    pointed = [{"question": " a", "answer": "etc.", "reasoning": "1 + 1"}]
    assert_same(student.few_shot(pointed, "b ", thinking=True), "Q:  a\nA: 1 + 1 The answer is etc..\n\nQ: b \nA:")


@points(2)
@claims(
    'A message is a dict with the keys "role" and "content"',
    'In this order: a message of the role "system", unless',
    "Nothing is put before or after these texts",
    'With `thinking` the assistant says "<reasoning> <conclusion>", as in `few_shot`',
    "the question is followed by a line break and STEP_BY_STEP",
    "No argument is changed",
)
def test_chat_messages(student):
    """A system message if there is one, a user and an assistant message for each example, the user's question last.

    有 system 时先是 system 消息；每个示例各有一条 user 和一条 assistant 消息；最后是 user 的问题。
    """

    def said(*pairs):
        return [{"role": role, "content": content} for role, content in pairs]

    first = [("user", "Is 7 prime?"), ("assistant", "yes"), ("user", "Is 9 prime?"), ("assistant", "no")]
    assert_same(student.chat_messages([], "q"), said(("user", "q")))
    assert_same(student.chat_messages([], "q", ""), said(("system", ""), ("user", "q")))
    found = unchanged(student.chat_messages, EXAMPLES[:2], " q\n", system="Be brief.")
    assert_same(found, said(("system", "Be brief."), *first, ("user", " q\n")))
    found = student.chat_messages(EXAMPLES[1:], "q", "Think.", thinking=True)
    second = [("user", "Is 9 prime?"), ("assistant", "3 times 3 is 9. The answer is no.")]
    third = [("user", "11 是质数吗？"), ("assistant", "没有别的因数。 The answer is 是.")]
    assert_same(found, said(("system", "Think."), *second, *third, ("user", "q")))
    found = student.chat_messages([], "q? \n", None, True)
    assert_same(found, said(("user", "q? \n\nLet's think step by step.")))


@points(1)
@after("test_chat_messages")
@claims("Questions, answers and reasonings go in as they are, braces too")
def test_braces_in_examples(student):
    """Braces, backslashes and line breaks in questions, answers and reasonings go in as they are.

    问题、答案、推理里的花括号、反斜杠、换行都原样写入。
    """
    one, two = HOSTILE
    plain = "\n\n".join(f"Q: {example['question']}\nA: {example['answer']}" for example in HOSTILE)
    assert_same(student.few_shot(HOSTILE, "{0} {question}", "{x}"), f"{{x}}\n\n{plain}\n\nQ: {{0}} {{question}}\nA:")
    ends = [f"{one['reasoning']} The answer is {one['answer']}.", f"{two['reasoning']} The answer is {two['answer']}."]
    steps = f"Q: {one['question']}\nA: {ends[0]}\n\nQ: {two['question']}\nA: {ends[1]}\n\nQ: {{}}\nA:"
    assert_same(student.few_shot(HOSTILE, "{}", thinking=True), steps)
    chat = student.chat_messages(HOSTILE, "{q}", "{s}", thinking=True)
    assert_same(
        [message["content"] for message in chat], ["{s}", one["question"], ends[0], two["question"], ends[1], "{q}"]
    )


@points(1)
@claims('an example has no "reasoning"')
def test_thinking_needs_a_reasoning(student):
    """With thinking, an example without a reasoning is a ValueError, wherever it stands; otherwise none is needed.

    启用 thinking 时，任何位置的示例缺少推理都抛出 ValueError；不启用时不需要推理。
    """
    bare = {"question": "Is 4 prime?", "answer": "no"}
    for write in (student.few_shot, student.chat_messages):
        assert_raises(ValueError, write, [bare], "q", thinking=True)
        assert_raises(ValueError, write, [*EXAMPLES, bare], "q", thinking=True)
    assert_same(student.few_shot([bare], "q"), "Q: Is 4 prime?\nA: no\n\nQ: q\nA:")
    assert_same(student.chat_messages([bare], "q")[1], {"role": "assistant", "content": "no"})
    empty = {**bare, "reasoning": ""}
    assert_same(student.few_shot([empty], "q", thinking=True), "Q: Is 4 prime?\nA:  The answer is no.\n\nQ: q\nA:")
