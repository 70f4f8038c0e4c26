# Week 12, exercise answer: Answer with sources, or refuse
# Difficulty 2 of 5 · importance 4 of 5 · about 35 minutes
# It builds on: Strings, regular expressions, functions as arguments.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 12, exercise 6: an answer that shows where it comes from, or none.

The language model and the retriever are two functions, so everything here can be tried without either:
what is put into the prompt, when the model is asked at all, and which sources may be named afterwards.
"""

import re
from collections.abc import Callable, Sequence
from typing import TypedDict

INSTRUCTIONS = (
    "Answer the question from the numbered passages alone. "
    "Put the number of every passage that you use behind the sentence, like [1]. "
    "If the passages do not hold the answer, say so."
)
REFUSAL = "I do not know: the passages do not say. 我不知道：资料里没有提到。"
CITATION = re.compile(r"\[(\d{1,9})\]")  # int() refuses numbers of some thousand digits


class Passage(TypedDict):
    """What a retriever returns: where a text comes from, the text, and how well it matches (higher is better)."""

    source: str
    text: str
    score: float


def build_prompt(question: str, passages: Sequence[Passage]) -> str:
    """Write the prompt: instructions, numbered passages, question.

    Its lines are, in this order and with nothing else: INSTRUCTIONS; an empty line; one line "[1] text" for each
    passage, numbered from 1 in the order given; an empty line; "Question: " and the question; "Answer:".
    There is no line break at the end.

    In the question and in the texts every run of white space (as `str.split` sees it) becomes one space, and none
    is left at the ends: a passage cannot begin a line of its own and pose as a question or as another passage.
    All other characters stay, braces too.

    Raises:
        ValueError: if there are no passages.
    """
    raise NotImplementedError("week 12, answer: write build_prompt")


def answer(
    question: str,
    retrieve: Callable[[str], list[Passage]],
    llm: Callable[[str], str],
    min_score: float = 0.3,
) -> tuple[str, list[str]]:
    """Answer a question from what is retrieved and return (text, sources).

    1. `retrieve(question)` is called once and gives passages, best first.
    2. Passages with a score below `min_score`, or with NaN for a score, are left out.
       If none is left, the answer is (REFUSAL, []) and the model is not asked.
    3. `llm(build_prompt(question, passages left))` is called once.
       Its reply is the text, without the white space at its ends.
    4. The sources are those of the passages that the reply cites as [n], in the order of their first citation,
       each once, also if two passages have the same source. A number that no passage has is ignored.
    5. A reply that cites none of the passages rests on nothing that we can show: the answer is (REFUSAL, []).

    Source: our own rules; retrieval-augmented generation is that of Lewis et al. 2020.
    """
    raise NotImplementedError("week 12, answer: write answer")
