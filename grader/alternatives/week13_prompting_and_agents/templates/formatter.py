"""With string.Formatter's parser, as langchain-core reads its f-string templates; messages as data first."""

import string

STEP_BY_STEP = "Let's think step by step."
CONCLUSION = "The answer is {answer}."


class Strict(string.Formatter):
    def get_field(self, field_name, args, kwargs):
        return kwargs[field_name], field_name


def render(template, values):
    pieces = list(string.Formatter().parse(template))  # a ValueError for single braces
    fields = [name for _, name, _, _ in pieces if name is not None]
    if any(not name.isidentifier() or spec or conversion for _, name, spec, conversion in pieces if name is not None):
        raise ValueError("only names may stand in braces")
    bare = template.replace("{{", "").replace("}}", "")
    if ":}" in bare.replace(" ", ""):
        raise ValueError("an empty format is a format too")
    missing = set(fields) - set(values)
    if missing:
        raise KeyError(", ".join(sorted(missing)))
    unused = set(values) - set(fields)
    if unused:
        raise ValueError(f"not in the template: {sorted(unused)}")
    wrong = [name for name in values if not isinstance(values[name], str)]
    if wrong:
        raise TypeError(f"no strings: {wrong}")
    return Strict().vformat(template, (), values)


def choose_examples(examples, question, k, similarity):
    if k < 0:
        raise ValueError("k")
    scored = []
    for place, example in enumerate(examples):
        if example["question"] != question:
            scored.append((similarity(question, example["question"]), -place))
    return [examples[-place] for _, place in sorted(scored)[max(0, len(scored) - k) :]]


def turns(examples, thinking):
    for example in examples:
        answer = example["answer"]
        if thinking:
            try:
                answer = f"{example['reasoning']} The answer is {answer}."
            except KeyError:
                raise ValueError("no reasoning") from None
        yield example["question"], answer


def few_shot(examples, question, instruction=None, thinking=False):
    text = "" if instruction is None else instruction + "\n\n"
    for asked, answer in turns(examples, thinking):
        text += f"Q: {asked}\nA: {answer}\n\n"
    text += f"Q: {question}\nA:"
    if thinking and len(examples) == 0:
        text += " " + STEP_BY_STEP
    return text


def chat_messages(examples, question, system=None, thinking=False):
    roles = []
    if system is not None:
        roles.append(("system", system))
    for asked, answer in turns(examples, thinking):
        roles += [("user", asked), ("assistant", answer)]
    roles.append(("user", question + "\n" + STEP_BY_STEP if thinking and not examples else question))
    return [dict(role=role, content=content) for role, content in roles]
