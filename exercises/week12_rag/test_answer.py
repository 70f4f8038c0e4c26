"""Visible examples of week 12, answer: the retriever and the model are two small functions."""

from grader.suite import assert_same

PASSAGES = [
    {"source": "lora.md", "text": "LoRA trains\ntwo thin matrices.", "score": 0.8},
    {"source": "cats.md", "text": "Cats sleep a lot.", "score": 0.1},
]


def retrieve(question):
    return PASSAGES


def test_prompt(student):
    """Below the instructions stand the numbered passages, each on one line, and the question.

    说明之下是编号的段落（各占一行）和问题。
    """
    lines = student.build_prompt("What does LoRA train?", PASSAGES).split("\n")

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
    _, sources = student.answer("What does LoRA train?", retrieve, lambda prompt: "Matrices, I believe.")

    assert_same(sources, [])
