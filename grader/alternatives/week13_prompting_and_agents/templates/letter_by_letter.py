"""The template is read one letter at a time; examples are chosen one at a time."""

STEP_BY_STEP = "Let's think step by step."


def render(template, values):
    out, names, place = [], [], 0
    while place < len(template):
        letter = template[place]
        if letter in "{}" and template[place : place + 2] == letter * 2:
            out.append(letter)
            place += 2
        elif letter == "{":
            end = template.find("}", place)
            name = template[place + 1 : end] if end >= 0 else ""
            if not name.isidentifier():
                raise ValueError(f"wrong name at {place}")
            names.append(name)
            out.append(None)
            place = end + 1
        elif letter == "}":
            raise ValueError(f"a brace without a partner at {place}")
        else:
            out.append(letter)
            place += 1
    if not all(name in values for name in names):
        raise KeyError("a value is missing")
    if not all(name in names for name in values):
        raise ValueError("a value is not used")
    if not all(isinstance(value, str) for value in values.values()):
        raise TypeError("a value is no string")
    waiting = iter(names)
    return "".join(values[next(waiting)] if piece is None else piece for piece in out)


def choose_examples(examples, question, k, similarity):
    if k < 0:
        raise ValueError("k is negative")
    left = [
        (similarity(question, example["question"]), example) for example in examples if example["question"] != question
    ]
    chosen = []
    while left and len(chosen) < k:
        best = max(range(len(left)), key=lambda place: left[place][0])
        chosen.insert(0, left.pop(best)[1])
    return chosen


def few_shot(examples, question, instruction=None, thinking=False):
    messages = chat_messages(examples, question, instruction, thinking)
    blocks = []
    if instruction is not None:
        blocks.append(messages.pop(0)["content"])
    while len(messages) > 1:
        asked, said = messages.pop(0), messages.pop(0)
        blocks.append("Q: " + asked["content"] + "\nA: " + said["content"])
    blocks.append("Q: " + question + "\nA:" + (" " + STEP_BY_STEP if thinking and not examples else ""))
    return "\n\n".join(blocks)


def chat_messages(examples, question, system=None, thinking=False):
    messages = []
    if system is not None:
        messages.append({"role": "system", "content": system})
    for example in examples:
        reply = example["answer"]
        if thinking:
            if example.get("reasoning") is None:
                raise ValueError("a chain of thought needs the thoughts")
            reply = " ".join([example["reasoning"], "The answer is " + reply + "."])
        messages.append({"role": "user", "content": example["question"]})
        messages.append({"role": "assistant", "content": reply})
    if thinking and not examples:
        question = "\n".join([question, STEP_BY_STEP])
    messages.append({"role": "user", "content": question})
    return messages
