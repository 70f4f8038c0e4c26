"""One template, filled once; nothing that comes from a passage is read as a template."""

import itertools

PROMPT = """Answer the question from the numbered passages alone. \
Put the number of every passage that you use behind the sentence, like [1]. \
If the passages do not hold the answer, say so.

{passages}

Question: {question}
Answer:"""
REFUSED = "I do not know: the passages do not say. 我不知道：资料里没有提到。"


def build_prompt(question, passages):
    number = itertools.count(1)
    lines = [f"[{next(number)}] " + " ".join(passage["text"].split()) for passage in passages]
    if not lines:
        raise ValueError("no passages")
    return PROMPT.format(passages="\n".join(lines), question=" ".join(question.split()))


def numbers(text):
    """Every [n] found by hand."""
    for part in text.split("[")[1:]:
        inside, bracket, _ = part.partition("]")
        if bracket and inside.isdecimal():
            yield int(inside)


def answer(question, retrieve, llm, min_score=0.3):
    passages = list(filter(lambda passage: passage["score"] >= min_score, retrieve(question)))
    if passages:
        text = llm(build_prompt(question, passages)).strip()
        cited = {}
        for number in numbers(text):
            if 0 < number <= len(passages):
                cited.setdefault(passages[number - 1]["source"], number)
        if cited:
            return text, list(cited)
    return REFUSED, []
