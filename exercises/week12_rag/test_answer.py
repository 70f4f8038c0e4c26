"""Visible examples of week 12, answer: the retriever and the model are two small functions."""

from grader.suite import assert_same

PASSAGES = [
    {"source": "lora.md", "text": "LoRA trains\n\n two thin matrices.", "score": 0.8},
    {"source": "cats.md", "text": "Cats sleep a lot.", "score": 0.1},
]


def retrieve(question):
    return PASSAGES


def test_prompt(student):
    """Below the instructions stand the numbered passages, each on one line, and the question.

    说明之下是编号的段落（各占一行）和问题。
    """
    lines = student.build_prompt(" What does\nLoRA train?", PASSAGES).split("\n")

    numbered = ["[1] LoRA trains two thin matrices.", "[2] Cats sleep a lot."]
    assert_same(lines[1:], ["", *numbered, "", "Question: What does LoRA train?", "Answer:"])


def test_answer_with_its_source(student):
    """The cited passage is the source.

    被引用的段落就是来源。
    """
    answer = student.answer("What does LoRA train?", retrieve, lambda prompt: "Two thin matrices [1].")

    assert_same(answer, ("Two thin matrices [1].", ["lora.md"]))


def test_no_answer_without_a_citation(student):
    """A reply that cites nothing has no source, so it is not given.

    没有引用任何段落的回复没有来源，因此不作为答案给出。
    """
    text, sources = student.answer("What does LoRA train?", retrieve, lambda prompt: "Matrices, I believe.")

    assert_same(text[:13], "I do not know")
    assert_same(sources, [])


def test_sources_as_they_are_cited(student):
    """The last passage is below 0.3, so the model sees three; the numbers 0 and 4 belong to none of them.

    最后一个段落低于 0.3，所以模型只看到三个；编号 0 和 4 不对应其中任何一个。
    """
    rows = [("a.md", 0.8), ("b.md", 0.5), ("c.md", 0.3), ("d.md", 0.1)]
    found = [{"source": source, "text": f"from {source}", "score": score} for source, score in rows]

    _, sources = student.answer("Why?", lambda question: found, lambda prompt: "So [2], [0], [1], [2], [4], [3].")

    assert_same(sources, ["b.md", "a.md", "c.md"])
