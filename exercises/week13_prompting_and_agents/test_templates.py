"""Visible examples of week 13, templates: worked by hand."""

from grader.suite import assert_raises, assert_same

SUMS = [
    {"question": "2 + 3?", "answer": "5", "reasoning": "2 and 3 make 5."},
    {"question": "4 + 4?", "answer": "8", "reasoning": "Twice 4 is 8."},
]


def test_a_name_and_a_doubled_brace(student):
    """{name} is filled in; {{ and }} are braces.

    {name} 被填入；{{ 与 }} 表示花括号本身。
    """
    assert_same(student.render("Write {{}} for {what}.", {"what": "an empty dict"}), "Write {} for an empty dict.")
    assert_same(student.render("{{x}} {x} {问题}", {"x": "1", "问题": "2"}), "{x} 1 2")


def test_a_value_is_no_template(student):
    """A value with braces goes in as it is.

    带花括号的值原样填入。
    """
    assert_same(student.render("{a} {b}", {"a": "{b}", "b": "x"}), "{b} x")
    assert_same(student.render("[{a}]", {"a": " {{x}} \\1 "}), "[ {{x}} \\1 ]")


def test_names_and_values_that_are_refused(student):
    """A name that is none, a value that is missing, one that the template does not name, one that is no string.

    不合规则的名字、缺少的值、模板没有用到的值、不是字符串的值。
    """
    for template in ("{a.b}", "{0}", "{ a }", "{a"):
        assert_raises(ValueError, student.render, template, {})
    assert_raises(KeyError, student.render, "{question}", {})
    assert_raises(ValueError, student.render, "{a}", {"a": "x", "b": "y"})
    assert_raises(TypeError, student.render, "{a}", {"a": 3})


def test_the_most_similar_example_stands_last(student):
    """Similarity here is minus the difference of the lengths: "dddd" and "bb" are nearest to "ccc".

    这里的相似度是长度之差的相反数：与 "ccc" 最接近的是 "dddd" 和 "bb"。
    """
    examples = [{"question": text, "answer": "?"} for text in ("a", "bb", "dddd", "eeeeee")]

    chosen = student.choose_examples(examples, "ccc", 2, lambda one, other: -abs(len(one) - len(other)))

    assert_same([example["question"] for example in chosen], ["dddd", "bb"])


def test_which_examples_are_never_chosen(student):
    """The question itself is left out before two are counted; for k = 0 nothing is chosen, and -1 is refused.

    先排除问题本身，再数两个；k = 0 时一个也不选；k 为 -1 时拒绝。
    """

    def near(one, other):
        return -abs(len(one) - len(other))

    examples = [{"question": text, "answer": "?"} for text in ("bb", "ccc", "dddd", "aaaaaa")]

    chosen = student.choose_examples(examples, "ccc", 2, near)

    assert_same([example["question"] for example in chosen], ["dddd", "bb"])
    assert_same(student.choose_examples(examples, "ccc", 0, near), [])
    assert_raises(ValueError, student.choose_examples, examples, "ccc", -1, near)


def test_a_few_shot_prompt(student):
    """One example, one question; the text ends with "A:"; an instruction stands first, even an empty one.

    一个示例，一个问题；文本以 "A:" 结尾；有说明时写在最前，空的说明也一样。
    """
    assert_same(student.few_shot([], "1 + 1?", ""), "\n\nQ: 1 + 1?\nA:")
    assert_same(student.few_shot(SUMS[:1], "1 + 1?"), "Q: 2 + 3?\nA: 5\n\nQ: 1 + 1?\nA:")


def test_a_chain_of_thought(student):
    """The steps stand before the answer.

    步骤写在答案之前。
    """
    prompt = student.few_shot(SUMS[1:], "1 + 1?", "Add.", thinking=True)

    assert_same(prompt, "Add.\n\nQ: 4 + 4?\nA: Twice 4 is 8. The answer is 8.\n\nQ: 1 + 1?\nA:")
    set_of_two = [{"question": "{1; 2}?", "answer": "{2}", "reasoning": "{} and {x}."}]
    prompt = student.few_shot(set_of_two, "{3}?", thinking=True)
    assert_same(prompt, "Q: {1; 2}?\nA: {} and {x}. The answer is {2}.\n\nQ: {3}?\nA:")
    assert_raises(ValueError, student.few_shot, [{"question": "2 + 3?", "answer": "5"}], "1 + 1?", thinking=True)


def test_the_messages_of_a_chat(student):
    """Examples become messages of the user and the assistant.

    示例变成 user 与 assistant 的消息。
    """
    expected = [
        {"role": "user", "content": "2 + 3?"},
        {"role": "assistant", "content": "5"},
        {"role": "user", "content": "1 + 1?"},
    ]

    assert_same(student.chat_messages(SUMS[:1], "1 + 1?"), expected)


def test_a_chat_that_thinks(student):
    """The system message first; the assistant shows its steps; without examples the user asks for them.

    先是 system 消息；assistant 写出步骤；没有示例时由 user 请求逐步思考。
    """
    messages = student.chat_messages(SUMS[:1], "1 + 1?", "", thinking=True)

    assert_same([message["role"] for message in messages], ["system", "user", "assistant", "user"])
    assert_same(messages[2]["content"], "2 and 3 make 5. The answer is 5.")
    assert_same(messages[3]["content"], "1 + 1?")
    asked = {"role": "user", "content": "1 + 1?\nLet's think step by step."}
    assert_same(student.chat_messages([], "1 + 1?", thinking=True), [asked])
