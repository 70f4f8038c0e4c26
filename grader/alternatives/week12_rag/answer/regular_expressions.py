"""White space by regular expression; sources collected in a loop."""

import re

INSTRUCTIONS = (
    "Answer the question from the numbered passages alone. "
    "Put the number of every passage that you use behind the sentence, like [1]. "
    "If the passages do not hold the answer, say so."
)
REFUSAL = "I do not know: the passages do not say. 我不知道：资料里没有提到。"


def flat(text):
    return re.sub(r"\s+", " ", text).strip()


def build_prompt(question, passages):
    if len(passages) == 0:
        raise ValueError("nothing to answer from")
    prompt = INSTRUCTIONS + "\n\n"
    for position in range(len(passages)):
        prompt += "[" + str(position + 1) + "] " + flat(passages[position]["text"]) + "\n"
    return prompt + "\nQuestion: " + flat(question) + "\nAnswer:"


def answer(question, retrieve, llm, min_score=0.3):
    kept = []
    for passage in retrieve(question):
        if min_score <= passage["score"]:
            kept.append(passage)
    if not kept:
        return (REFUSAL, [])
    reply = llm(build_prompt(question, kept)).strip()
    by_number = {str(number): passage["source"] for number, passage in enumerate(kept, 1)}
    sources = []
    for match in re.finditer(r"\[([0-9]+)\]", reply):
        source = by_number.get(match.group(1))
        if source is not None and source not in sources:
            sources.append(source)
    return (reply, sources) if sources else (REFUSAL, [])
