"""Visible examples of week 13, templates: worked by hand."""

from grader.suite import assert_same

SUMS = [
    {"question": "2 + 3?", "answer": "5", "reasoning": "2 and 3 make 5."},
    {"question": "4 + 4?", "answer": "8", "reasoning": "Twice 4 is 8."},
]


def test_a_name_and_a_doubled_brace(student):
    """{name} is filled in; {{ and }} are braces.

    {name} 被填入；{{ 与 }} 表示花括号本身。
    """
    assert_same(student.render("Write {{}} for {what}.", {"what": "an empty dict"}), "Write {} for an empty dict.")


def test_a_value_is_no_template(student):
    """A value with braces goes in as it is.

    带花括号的值原样填入。
    """
    assert_same(student.render("{a} {b}", {"a": "{b}", "b": "x"}), "{b} x")


def test_the_most_similar_example_stands_last(student):
    """Similarity here is minus the difference of the lengths: "dddd" and "bb" are nearest to "ccc".

    这里的相似度是长度之差的相反数：与 "ccc" 最接近的是 "dddd" 和 "bb"。
    """
    examples = [{"question": text, "answer": "?"} for text in ("a", "bb", "dddd", "eeeeee")]

    chosen = student.choose_examples(examples, "ccc", 2, lambda one, other: -abs(len(one) - len(other)))

    assert_same([example["question"] for example in chosen], ["dddd", "bb"])


def test_a_few_shot_prompt(student):
    """One example, one question; the text ends with "A:".

    一个示例，一个问题；文本以 "A:" 结尾。
    """
    assert_same(student.few_shot(SUMS[:1], "1 + 1?"), "Q: 2 + 3?\nA: 5\n\nQ: 1 + 1?\nA:")


def test_a_chain_of_thought(student):
    """The steps stand before the answer.

    步骤写在答案之前。
    """
    prompt = student.few_shot(SUMS[1:], "1 + 1?", "Add.", thinking=True)

    assert_same(prompt, "Add.\n\nQ: 4 + 4?\nA: Twice 4 is 8. The answer is 8.\n\nQ: 1 + 1?\nA:")


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
