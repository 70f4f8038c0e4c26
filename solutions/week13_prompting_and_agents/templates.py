"""Week 13, exercise 1: prompts, from a template and from examples.

A prompt is a text that a program puts together from parts that it does not control: questions, documents, examples.
Four functions: fill a template, choose examples, and write them down as one text or as the messages of a chat.
An example is a dict with the keys "question" and "answer", and for chain of thought "reasoning".
"""

import re
from collections.abc import Callable, Mapping, Sequence

STEP_BY_STEP = "Let's think step by step."
CONCLUSION = "The answer is {answer}."


def render(template: str, values: Mapping[str, str]) -> str:
    """Put the values in the places that the template names.

    `{name}` is replaced by `values["name"]`, wherever and however often it stands. `{{` stands for one `{`, and `}}`
    for one `}`. The template is read once, from the left, so `{{{name}}}` is the value in braces.
    A value goes in as it is: its own braces, backslashes and line breaks mean nothing, and nothing is stripped.

    A name is what `str.isidentifier` accepts, and nothing else may stand between two braces: no white space, no
    number, no attribute, no format.

    Raises:
        ValueError: the template has an empty or wrong name, or a brace without a partner, whatever the values are.
        KeyError: the template names a value that is not given.
        ValueError: a value is given that the template does not name (after the check for missing ones).
        TypeError: a value is not a string (after all other checks).

    Source: our own rules; the notation is that of `str.format`.
    """
    # BEGIN SOLUTION
    parts = []  # (text, None) or (None, name)
    for match in TOKEN.finditer(template):
        text = match.group()
        if text in ("{{", "}}"):
            parts.append((text[0], None))
        elif text[0] not in "{}":
            parts.append((text, None))
        elif text[1:-1].isidentifier():
            parts.append((None, text[1:-1]))
        else:
            raise ValueError(f"the template has {text!r}: neither a name in braces nor a doubled brace")
    names = {name for _, name in parts if name is not None}
    for name in names:
        if name not in values:
            raise KeyError(name)
    for name in values:
        if name not in names:
            raise ValueError(f"the template has no place for {name!r}")
    for name, value in values.items():
        if not isinstance(value, str):
            raise TypeError(f"the value of {name!r} is no string: {value!r}")
    # Each part is looked up, never searched again: braces that a value brings along are only text.
    return "".join(text if name is None else values[name] for text, name in parts)
    # END SOLUTION


# BEGIN SOLUTION
TOKEN = re.compile(r"\{\{|\}\}|\{[^{}]*\}|[{}]|[^{}]+")


# END SOLUTION


def choose_examples(
    examples: Sequence[Mapping[str, str]],
    question: str,
    k: int,
    similarity: Callable[[str, str], float],
) -> list[Mapping[str, str]]:
    """Return the k examples whose questions are most like the question, the most similar last.

    `similarity(question, example["question"])` says how similar two texts are: more is more similar.
    The answer goes from the least to the most similar, so that the best example stands next to the question.
    Among equally similar ones the one that comes first in `examples` is more worth keeping, and comes later in the
    answer: it counts as the more similar.

    An example with exactly this question is never chosen: it would give the answer away.
    If fewer than k are left, all of them are chosen. The examples are neither changed nor sorted in place.

    Raises:
        ValueError: k is negative.

    Source: Liu et al. 2022, What Makes Good In-Context Examples for GPT-3?, section 3.2.
    """
    # BEGIN SOLUTION
    if k < 0:
        raise ValueError(f"k must not be negative: {k}")
    others = [example for example in examples if example["question"] != question]
    # sorted() is stable, also with reverse=True: among equals the earlier example stays in front.
    best = sorted(others, key=lambda example: similarity(question, example["question"]), reverse=True)[:k]
    return best[::-1]
    # END SOLUTION


def few_shot(
    examples: Sequence[Mapping[str, str]],
    question: str,
    instruction: str | None = None,
    thinking: bool = False,
) -> str:
    """Write examples and a question as one text that a language model continues with the answer.

    Blocks, with one empty line between any two, in this order: the instruction, unless it is None; for each example
    the two lines "Q: <question>" and "A: <answer>"; for the question the two lines "Q: <question>" and "A:".
    The text ends with "A:", without a space or a line break: tokenizers take the space as a part of the next word.
    Without examples it is a zero-shot prompt.

    With `thinking` (chain of thought) the line of an example is "A: <reasoning> <conclusion>", where the conclusion
    is CONCLUSION with the example's answer. Only if there are no examples, the text ends with "A: " and STEP_BY_STEP.

    Questions, answers and reasonings go in as they are, braces too.

    Raises:
        ValueError: with `thinking`, an example has no "reasoning".

    Source: Brown et al. 2020, section 2; Wei et al. 2022 (chain of thought); Kojima et al. 2022 (zero-shot).
    """
    # BEGIN SOLUTION
    blocks = [] if instruction is None else [instruction]
    blocks += [f"Q: {example['question']}\nA: {_reply(example, thinking)}" for example in examples]
    opening = f"A: {STEP_BY_STEP}" if thinking and not examples else "A:"
    return "\n\n".join([*blocks, f"Q: {question}\n{opening}"])
    # END SOLUTION


def chat_messages(
    examples: Sequence[Mapping[str, str]],
    question: str,
    system: str | None = None,
    thinking: bool = False,
) -> list[dict[str, str]]:
    """Write examples and a question as the messages of a chat.

    A message is a dict with the keys "role" and "content". In this order: a message of the role "system", unless
    `system` is None; for each example one of the role "user" with its question and one of the role "assistant" with
    its answer; last one of the role "user" with the question. Nothing is put before or after these texts.

    With `thinking` the assistant says "<reasoning> <conclusion>", as in `few_shot`. Only if there are no examples,
    the question is followed by a line break and STEP_BY_STEP.
    No argument is changed.

    Raises:
        ValueError: with `thinking`, an example has no "reasoning".

    Source: the roles are those of OpenAI's chat completions, which most servers and chat templates share.
    """
    # BEGIN SOLUTION
    messages = [] if system is None else [{"role": "system", "content": system}]
    for example in examples:
        messages.append({"role": "user", "content": example["question"]})
        messages.append({"role": "assistant", "content": _reply(example, thinking)})
    asked = f"{question}\n{STEP_BY_STEP}" if thinking and not examples else question
    return [*messages, {"role": "user", "content": asked}]
    # END SOLUTION


# BEGIN SOLUTION
def _reply(example, thinking):
    """What an example answers, with the steps before it if they are to be shown."""
    if not thinking:
        return example["answer"]
    if "reasoning" not in example:
        raise ValueError(f"an example of a chain of thought needs a reasoning: {example['question']!r}")
    # render, not str.replace or str.format on the whole: only CONCLUSION is a template, and the answer is not.
    return example["reasoning"] + " " + render(CONCLUSION, {"answer": example["answer"]})


# END SOLUTION
