"""Known mistakes of week 13, templates."""

import re
import string

import templates as solution

from grader.mistakes import mistake


@mistake(
    of="render",
    en="It looks like `str.replace` puts in one value after the other: a {name} inside a value is then filled in too.",
    zh="看起来你用 `str.replace` 逐个替换：如果某个值里含有 {name}，它会被再次填充。",
    breaks="The template is read once, from the left",
)
def replaces_one_after_the_other(template, values):
    solution.render(template, values)
    text = template.replace("{{", "\0").replace("}}", "\1")
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text.replace("\0", "{").replace("\1", "}")


@mistake(
    of="render",
    en="It looks like this is `str.format`: it also accepts attributes, indices and formats between the braces.",
    zh="看起来你直接用了 `str.format`：它还接受花括号里的属性、下标、转换和格式。",
    breaks="A name is what `str.isidentifier` accepts",
)
def formats(template, values):
    fields = [field for _, field, _, _ in string.Formatter().parse(template) if field is not None]
    solution.render("".join("{" + re.split(r"[.\[]", field)[0] + "}" for field in fields), values)
    return template.format(**values)


@mistake(
    of="render",
    en="It looks like doubled braces stay doubled: {{ stands for one {.",
    zh="看起来双写的花括号原样保留了：{{ 表示一个 {。",
    breaks="`{{` stands for one `{`",
)
def leaves_doubled_braces(template, values):
    solution.render(template, values)
    parts = solution.TOKEN.findall(template)
    return "".join(values[part[1:-1]] if part[0] == "{" and part[-1] == "}" else part for part in parts)


@mistake(
    of="render",
    en="It looks like doubled braces in a value become single ones: only the template has escapes.",
    zh="看起来值里双写的花括号也被合并了：只有模板才有转义。",
    breaks="A value goes in as it is: its own braces",
)
def unescapes_values(template, values):
    solution.render(template, values)
    return solution.render(template, {k: v.replace("{{", "{").replace("}}", "}") for k, v in values.items()})


@mistake(
    of="render",
    en="It looks like a value is the replacement in `re.sub`, which reads its backslashes: pass a function instead.",
    zh="看起来值被当作 `re.sub` 的替换串，其中的反斜杠会被解读：请改用函数。",
    breaks="A value goes in as it is: its own braces, backslashes",
)
def reads_backslashes(template, values):
    solution.render(template, values)
    text = template.replace("{{", "\0").replace("}}", "\1")
    places = {name: f"\2{place}\3" for place, name in enumerate(values)}
    for name, mark in places.items():
        text = text.replace("{" + name + "}", mark)
    for name, mark in places.items():
        text = re.sub(mark, values[name], text)
    return text.replace("\0", "{").replace("\1", "}")


@mistake(
    of="render",
    en="It looks like values are stripped: white space at their ends belongs to them.",
    zh="看起来值两端的空白被去掉了：它们属于值本身。",
    breaks="and nothing is stripped",
)
def strips_values(template, values):
    solution.render(template, values)
    return solution.render(template, {name: value.strip() for name, value in values.items()})


@mistake(
    of="render",
    en="It looks like a name without a value stays in the text: it is a KeyError.",
    zh="看起来没有值的名字留在了文本里：应当抛出 KeyError。",
    breaks="the template names a value that is not given",
)
def leaves_missing_names(template, values):
    try:
        return solution.render(template, values)
    except KeyError as error:
        name = error.args[0]
        return leaves_missing_names(template, {**values, name: "{" + name + "}"})


@mistake(
    of="render",
    en="It looks like a value that the template does not name is ignored: it is a ValueError, for it is often a typo.",
    zh="看起来模板没有用到的值被忽略了：应当抛出 ValueError，因为它往往是拼写错误。",
    breaks="a value is given that the template does not name",
)
def ignores_other_values(template, values):
    while True:
        try:
            return solution.render(template, values)
        except ValueError:
            names = {part[1:-1] for part in solution.TOKEN.findall(template) if part[0] == "{"}
            kept = {name: value for name, value in values.items() if name in names}
            if len(kept) == len(values):
                raise
            values = kept


@mistake(
    of="render",
    en='It looks like a value that is no string goes in as str(value): "None" in a prompt is a TypeError here.',
    zh='看起来非字符串的值以 str(value) 填入：提示里出现 "None" 是错误，这里要抛出 TypeError。',
    breaks="a value is not a string",
)
def turns_values_into_text(template, values):
    return solution.render(template, {name: str(value) for name, value in values.items()})


@mistake(
    of="render",
    en="It looks like names are only \\w+ in ASCII: a name such as {问题} is an identifier too.",
    zh="看起来名字只接受 ASCII 字符：{问题} 这样的名字也是标识符。",
    breaks="A name is what `str.isidentifier` accepts",
)
def ascii_names_only(template, values):
    for part in solution.TOKEN.findall(template):
        if part[0] == "{" and not part.isascii():
            raise ValueError(part)
    return solution.render(template, values)


@mistake(
    of="choose_examples",
    en="It looks like the most similar example stands first: it should stand last, next to the question.",
    zh="看起来最相似的示例排在了最前面：它应当排在最后，紧挨着问题。",
    breaks="The answer goes from the least to the most similar",
)
def best_first(examples, question, k, similarity):
    return solution.choose_examples(examples, question, k, similarity)[::-1]


@mistake(
    of="choose_examples",
    en="It looks like the last k of an ascending sort are taken: of equally similar ones the later are kept then.",
    zh="看起来你取的是升序排序的最后 k 个：这样同样相似时保留的是靠后的示例。",
    breaks="Among equally similar ones the one that comes first",
)
def keeps_later_ties(examples, question, k, similarity):
    solution.choose_examples(examples, question, k, similarity)
    others = [example for example in examples if example["question"] != question]
    ranked = sorted(others, key=lambda example: similarity(question, example["question"]))
    return ranked[max(0, len(ranked) - k) :]


@mistake(
    of="choose_examples",
    en="It looks like the question itself may be an example: then the prompt holds the answer.",
    zh="看起来问题本身也可能被选为示例：这样提示里就有了答案。",
    breaks="An example with exactly this question is never chosen",
)
def may_choose_the_question(examples, question, k, similarity):
    marked = [{**example, "question": "\0" + example["question"]} for example in examples]
    found = solution.choose_examples(marked, question, k, lambda one, other: similarity(one, other[1:]))
    return [{**example, "question": example["question"][1:]} for example in found]


@mistake(
    of="choose_examples",
    en="It looks like the question is left out after k examples were chosen: then there are fewer than k.",
    zh="看起来你先选 k 个再排除问题本身：这样就不足 k 个了。",
    breaks="If fewer than k are left, all of them are chosen",
)
def leaves_out_afterwards(examples, question, k, similarity):
    found = may_choose_the_question(examples, question, k, similarity)
    return [example for example in found if example["question"] != question]


@mistake(
    of="choose_examples",
    en="It looks like the examples are chosen by the smallest similarity: more is more similar, it is no distance.",
    zh="看起来你选的是相似度最小的示例：数值越大越相似，它不是距离。",
    breaks="says how similar two texts are: more is more similar",
)
def takes_it_for_a_distance(examples, question, k, similarity):
    return solution.choose_examples(examples, question, k, lambda one, other: -similarity(one, other))


@mistake(
    of="choose_examples",
    en="It looks like a slice with -k is taken: for k = 0 that is everything.",
    zh="看起来你用了 -k 的切片：k = 0 时得到的是全部。",
)
def slices_from_behind(examples, question, k, similarity):
    return solution.choose_examples(examples, question, k or len(examples), similarity)


@mistake(
    of="choose_examples",
    en="It looks like a negative k is answered: it is a ValueError.",
    zh="看起来负的 k 也得到了结果：应当抛出 ValueError。",
    breaks="k is negative",
)
def answers_a_negative_k(examples, question, k, similarity):
    return solution.choose_examples(examples, question, max(k, 0), similarity)


@mistake(
    of="few_shot",
    en='It looks like the text ends with a space after "A:": tokenizers take the space as a part of the next word.',
    zh='看起来文本在 "A:" 之后还有一个空格：分词器会把空格当作下一个词的一部分。',
    breaks='The text ends with "A:", without a space or a line break',
)
def ends_with_a_space(examples, question, instruction=None, thinking=False):
    text = solution.few_shot(examples, question, instruction, thinking)
    return text if thinking and not examples else text + " "


@mistake(
    of="few_shot",
    en="It looks like the examples go through `str.format` once more: their braces are then read as names.",
    zh="看起来写好的示例又经过了一次 `str.format`：示例里的花括号会被当作名字。",
    breaks="Questions, answers and reasonings go in as they are, braces too",
)
def formats_the_examples(examples, question, instruction=None, thinking=False):
    text = solution.few_shot(examples, "\0", instruction, thinking)
    return text.replace("\0", "{question}").format(question=question)


@mistake(
    of="few_shot",
    en="It looks like the request to think is added after examples too: it is for prompts without examples.",
    zh="看起来有示例时也加了 Let's think step by step：它只用于没有示例的提示。",
    breaks='Only if there are no examples, the text ends with "A: " and STEP_BY_STEP',
)
def always_asks_to_think(examples, question, instruction=None, thinking=False):
    text = solution.few_shot(examples, question, instruction, thinking)
    return f"{text} {solution.STEP_BY_STEP}" if thinking and examples else text


@mistake(
    of="few_shot",
    en="It looks like an instruction is left out if it is empty: only None means that there is none.",
    zh="看起来空的说明被省略了：只有 None 才表示没有说明。",
    breaks="in this order: the instruction, unless it is None",
)
def drops_an_empty_instruction(examples, question, instruction=None, thinking=False):
    return solution.few_shot(examples, question, instruction or None, thinking)


@mistake(
    of="few_shot",
    en="It looks like the blocks follow each other without an empty line.",
    zh="看起来各块之间没有空行。",
    breaks="Blocks, with one empty line between any two",
)
def no_empty_lines(examples, question, instruction=None, thinking=False):
    blocks = solution.few_shot(examples, question, instruction, thinking)
    return blocks.replace("\n\nQ: ", "\nQ: ")


@mistake(
    of="chat_messages",
    en="It looks like the examples stand in one message: each is one of the user and one of the assistant.",
    zh="看起来所有示例写在一条 user 消息里：每个示例应当是一条 user 和一条 assistant 消息。",
    breaks="for each example one of the role",
)
def examples_in_one_message(examples, question, system=None, thinking=False):
    messages = solution.chat_messages(examples, question, system, thinking)
    first = [message for message in messages if message["role"] == "system"]
    rest = "\n".join(message["content"] for message in messages if message["role"] != "system")
    return [*first, {"role": "user", "content": rest}]


@mistake(
    of="chat_messages",
    en='It looks like the role of the replies is "model" or "bot": it is "assistant".',
    zh='看起来回复的角色写成了 "model" 之类：应当是 "assistant"。',
    breaks="for each example one of the role",
)
def another_name_for_the_assistant(examples, question, system=None, thinking=False):
    messages = solution.chat_messages(examples, question, system, thinking)
    return [{**message, "role": message["role"].replace("assistant", "model")} for message in messages]


@mistake(
    of="chat_messages",
    en="It looks like a message of the role system is written even if there is no system text.",
    zh="看起来没有 system 文本时也写了一条 system 消息。",
    breaks='In this order: a message of the role "system", unless',
)
def always_a_system_message(examples, question, system=None, thinking=False):
    return solution.chat_messages(examples, question, system or "", thinking)


@mistake(
    of="chat_messages",
    en="It looks like the assistant never shows its reasoning: with thinking it does.",
    zh="看起来 assistant 从不写出推理：启用 thinking 时应当写。",
    breaks='With `thinking` the assistant says "<reasoning> <conclusion>"',
)
def never_thinks_aloud(examples, question, system=None, thinking=False):
    solution.chat_messages(examples, question, system, thinking)
    return solution.chat_messages(examples, question, system, thinking and not examples)


@mistake(
    of="render",
    en=(
        "It looks like values are put in one after the other, and doubled braces become single ones at the "
        "end: a value with braces loses some."
    ),
    zh="看起来先逐个填入值，最后才合并双写的花括号：值里的花括号也会被合并。",
    breaks="The template is read once, from the left",
)
def unescapes_at_the_end(template, values):
    solution.render(template, values)
    for name, value in values.items():
        template = template.replace("{" + name + "}", value)
    return template.replace("{{", "{").replace("}}", "}")


@mistake(
    of="render",
    en=(
        "It looks like doubled braces become single ones first, and the names are put in afterwards: {{a}} "
        "is then filled in."
    ),
    zh="看起来先合并双写的花括号，然后才填入名字：{{a}} 于是也被填入了。",
    breaks="The template is read once, from the left",
)
def unescapes_first(template, values):
    solution.render(template, values)
    text = template.replace("{{", "{").replace("}}", "}")
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


@mistake(
    of="render",
    en=(
        "It looks like a missing value is a KeyError before the whole template was read: an error in the "
        "template comes first."
    ),
    zh="看起来还没读完模板就因为缺少值而抛出 KeyError：应当先报告模板本身的错误。",
    breaks="whatever the values are",
)
def looks_up_while_it_reads(template, values):
    for part in solution.TOKEN.findall(template):
        if part[0] == "{" and part[1:-1].isidentifier() and part[1:-1] not in values:
            raise KeyError(part[1:-1])
        if part in ("{", "}") or (part[0] == "{" and part != "{{" and not part[1:-1].isidentifier()):
            break
    return solution.render(template, values)


@mistake(
    of="render",
    en="It looks like white space around a name is allowed: nothing else may stand between the braces.",
    zh="看起来允许名字两侧有空白：花括号之间不能有别的东西。",
    breaks="no white space, no",
)
def strips_names(template, values):
    return solution.render(re.sub(r"\{\s*(\w+)\s*\}", r"{\1}", template), values)


@mistake(
    of="render",
    en="It looks like a name may begin with a digit: `\\w+` lets it, `str.isidentifier` does not.",
    zh="看起来名字可以用数字开头：`\\w+` 允许，`str.isidentifier` 不允许。",
    breaks="A name is what `str.isidentifier` accepts",
)
def names_of_digits(template, values):
    changed = re.sub(r"(?<!\{)\{(\d\w*)\}(?!\})", r"{_\1}", template)
    try:
        return solution.render(changed, {re.sub(r"^(?=\d)", "_", name): value for name, value in values.items()})
    except KeyError as error:
        raise KeyError(re.sub(r"^_(?=\d)", "", error.args[0])) from None


@mistake(
    of="choose_examples",
    en="It looks like a slice takes a negative k: -1 is a ValueError, not all but one.",
    zh="看起来切片接受了负的 k：-1 应当抛出 ValueError，而不是取到只差一个。",
    breaks="k is negative",
)
def slices_to_a_negative_k(examples, question, k, similarity):
    found = solution.choose_examples(examples, question, len(examples), similarity)
    return found[::-1][:k][::-1]


@mistake(
    of="few_shot",
    en=(
        "It looks like the reasoning is followed by the bare answer: the conclusion is CONCLUSION with the "
        "answer in it."
    ),
    zh="看起来推理后面直接写了答案：结论应当是填入答案的 CONCLUSION。",
    breaks="where the conclusion",
)
def forgets_the_conclusion(examples, question, instruction=None, thinking=False):
    solution.few_shot(examples, question, instruction, thinking)
    return told(examples, question, instruction, thinking, "{reasoning} {answer}")


def told(examples, question, instruction, thinking, form):
    """The solution's text with another form of an example's steps."""
    if not thinking:
        return solution.few_shot(examples, question, instruction, thinking)
    marks = [example | {"answer": f"\0{place}\0"} for place, example in enumerate(map(dict, examples))]
    text = solution.few_shot(marks, question, instruction)
    if not examples:
        text += f" {solution.STEP_BY_STEP}"
    for place, example in enumerate(examples):
        said = {"conclusion": solution.CONCLUSION.format(answer=example["answer"])} | dict(example)
        text = text.replace(f"\0{place}\0", form.format(**said))
    return text


@mistake(
    of="few_shot",
    en=(
        "It looks like the conclusion stands before the reasoning: the steps come first, and the answer "
        "follows from them."
    ),
    zh="看起来结论写在了推理之前：先写步骤，再由步骤得出答案。",
    breaks="the line of an example is",
)
def concludes_first(examples, question, instruction=None, thinking=False):
    solution.few_shot(examples, question, instruction, thinking)
    return told(examples, question, instruction, thinking, "{conclusion} {reasoning}")


@mistake(
    of="few_shot",
    en="It looks like an example without a reasoning is a KeyError: it is a ValueError.",
    zh="看起来示例缺少推理时抛出了 KeyError：应当是 ValueError。",
    breaks="an example has no",
)
def a_key_error_for_no_reasoning(examples, question, instruction=None, thinking=False):
    if thinking:
        for example in examples:
            example["reasoning"]
    return solution.few_shot(examples, question, instruction, thinking)


@mistake(
    of="few_shot",
    en="It looks like an empty reasoning is refused: only one that is missing is a ValueError.",
    zh="看起来空的推理也被拒绝了：只有缺少推理才是 ValueError。",
    breaks="an example has no",
)
def refuses_an_empty_reasoning(examples, question, instruction=None, thinking=False):
    if thinking and not all(example.get("reasoning") for example in examples):
        raise ValueError("an example has no reasoning")
    return solution.few_shot(examples, question, instruction, thinking)


@mistake(
    of="few_shot",
    en="It looks like `format` reads the reasoning together with CONCLUSION: braces in the reasoning are then names.",
    zh="看起来 `format` 把推理和 CONCLUSION 一起当成了模板：推理里的花括号成了名字。",
    breaks="Questions, answers and reasonings go in as they are, braces too",
)
def formats_the_reasoning(examples, question, instruction=None, thinking=False):
    solution.few_shot(examples, question, instruction, thinking)
    if thinking:
        for example in examples:
            (example["reasoning"] + " " + solution.CONCLUSION).format(answer=example["answer"])
        examples = [
            {**example, "reasoning": example["reasoning"].format(answer=example["answer"])} for example in examples
        ]
    return solution.few_shot(examples, question, instruction, thinking)


@mistake(
    of="chat_messages",
    en="It looks like an empty system text is left out: only None means that there is none.",
    zh="看起来空的 system 文本被省略了：只有 None 才表示没有。",
    breaks="unless",
)
def drops_an_empty_system(examples, question, system=None, thinking=False):
    return solution.chat_messages(examples, question, system or None, thinking)


@mistake(
    of="chat_messages",
    en="It looks like the chat asks to think step by step after examples too: it is for chats without examples.",
    zh="看起来有示例时，对话里也请模型逐步思考：它只用于没有示例的对话。",
    breaks="Only if there are no examples",
)
def asks_to_think_behind_examples(examples, question, system=None, thinking=False):
    messages = solution.chat_messages(examples, question, system, thinking)
    if thinking and examples:
        messages[-1]["content"] += f"\n{solution.STEP_BY_STEP}"
    return messages


@mistake(
    of="chat_messages",
    en="It looks like the request to think stands after a space: in a chat it is on a line of its own.",
    zh="看起来请模型思考的那句话前面是空格：在对话里它应当另起一行。",
    breaks="the question is followed by a line break and STEP_BY_STEP",
)
def asks_behind_a_space(examples, question, system=None, thinking=False):
    messages = solution.chat_messages(examples, question, system, thinking)
    if thinking and not examples:
        messages[-1]["content"] = f"{question} {solution.STEP_BY_STEP}"
    return messages


@mistake(
    of="few_shot",
    en="It looks like the answer is filled in after the reasoning was joined to CONCLUSION: {answer} in a reasoning "
    "is then filled in as well.",
    zh="看起来先把推理和 CONCLUSION 连在一起，再填入答案：推理里的 {answer} 也被填入了。",
    breaks="Questions, answers and reasonings go in as they are, braces too",
)
def fills_in_the_reasoning(examples, question, instruction=None, thinking=False):
    solution.few_shot(examples, question, instruction, thinking)
    if thinking:
        examples = [
            {**example, "reasoning": example["reasoning"].replace("{answer}", example["answer"])}
            for example in examples
        ]
    return solution.few_shot(examples, question, instruction, thinking)


@mistake(
    of="render",
    en="It looks like a value too many is a ValueError before a missing one is a KeyError: missing ones come first.",
    zh="看起来先因多余的值抛出 ValueError，然后才检查缺少的值：应当先检查缺少的，那是 KeyError。",
    breaks="a value is given that the template does not name (after the check for missing ones)",
)
def extra_ones_first(template, values):
    try:
        return solution.render(template, values)
    except KeyError:
        if any(f"{{{name}}}" not in template for name in values):
            raise ValueError("a value that the template does not name") from None
        raise


@mistake(
    of="render",
    en="It looks like the types of the values are checked first: that comes after all other checks.",
    zh="看起来先检查了值的类型：它应在所有其他检查之后。",
    breaks="a value is not a string (after all other checks)",
)
def types_first(template, values):
    for name, value in values.items():
        if not isinstance(value, str):
            raise TypeError(f"the value of {name} is not a string")
    return solution.render(template, values)


@mistake(
    of="render",
    en="It looks like doubled braces are taken out before names are looked for: of the three behind {{{name}}} the "
    "first two are then taken for a pair.",
    zh="看起来先处理双写的花括号，然后才找名字：{{{name}}} 末尾三个右括号中，前两个就被当成了一对。",
    breaks="The template is read once, from the left",
)
def takes_out_pairs_first(template, values):
    text = template.replace("{{", "\0").replace("}}", "\1")
    names = re.findall(r"\{([^{}]*)\}", text)
    if not all(name.isidentifier() for name in names) or re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", text)):
        raise ValueError("a wrong name, or a brace without a partner")
    solution.render("".join(f"{{{name}}}" for name in names), values)
    text = re.sub(r"\{([^{}]*)\}", lambda match: values[match[1]].replace("\0", "\2").replace("\1", "\3"), text)
    return text.replace("\0", "{").replace("\1", "}").replace("\2", "\0").replace("\3", "\1")


@mistake(
    of="render",
    en="It looks like a single } stays as it is: a brace without a partner is a ValueError.",
    zh="看起来单独的 } 原样保留了：不成对的花括号应当是 ValueError。",
    breaks="or a brace without a partner",
)
def keeps_a_lonely_brace(template, values):
    tokens = solution.TOKEN.findall(template)
    return solution.render("".join("}}" if token == "}" else token for token in tokens), values)


@mistake(
    of="choose_examples",
    en="It looks like similarity gets the two texts the other way round: the question comes first.",
    zh="看起来传给 similarity 的两个文本次序反了：问题在前。",
    breaks="says how similar two texts are",
)
def swaps_the_texts(examples, question, k, similarity):
    return solution.choose_examples(examples, question, k, lambda one, other: similarity(other, one))


@mistake(
    of="choose_examples",
    en="It looks like a question in other capitals counts as the same: only exactly this question is left out.",
    zh="看起来大小写不同的问题也当成了同一个：只排除完全相同的问题。",
    breaks="An example with exactly this question",
)
def leaves_out_other_capitals(examples, question, k, similarity):
    others = [one for one in examples if one["question"].lower() != question.lower()]
    return solution.choose_examples(others, question, k, similarity)


@mistake(
    of="choose_examples",
    en="It looks like a k above the number of examples is refused: then all of them are chosen.",
    zh="看起来 k 大于示例个数时就拒绝：这时应当全部选中。",
    breaks="all of them are chosen",
)
def refuses_a_large_k(examples, question, k, similarity):
    if k > len(examples):
        raise ValueError("k")
    return solution.choose_examples(examples, question, k, similarity)


@mistake(
    of="few_shot",
    en="It looks like an example without a reasoning is let through, with nothing in its place: it is a ValueError.",
    zh="看起来没有 reasoning 的示例也放过了，推理处留空：应当是 ValueError。",
    breaks='an example has no "reasoning"',
)
def does_without_a_reasoning(examples, question, instruction=None, thinking=False):
    if thinking:
        examples = [{"reasoning": "", **example} for example in examples]
    return solution.few_shot(examples, question, instruction, thinking)
