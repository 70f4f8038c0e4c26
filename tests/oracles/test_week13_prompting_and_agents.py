"""Week 13: held against jinja2, langchain-core and jsonschema, on random cases."""

import heapq
import json
import random
import statistics
import string
from collections import Counter
from decimal import Decimal
from difflib import SequenceMatcher

import jinja2
import jsonschema
import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage, trim_messages
from langchain_core.prompts import ChatPromptTemplate, FewShotPromptTemplate, PromptTemplate

CASES = 200


@pytest.fixture
def week(solution):
    """A function that gives a module of the week."""
    return lambda name: solution("week13_prompting_and_agents", name)


# --- templates --------------------------------------------------------------------------------------------------------

SNIPPETS = [
    "a",
    " ",
    "\n",
    "{",
    "}",
    "{{",
    "}}",
    "{x}",
    "\\n",
    "\\1",
    "%s",
    "$",
    "中文",
    "{{ x }}",
    "{% if x %}",
    "#",
    "é",
]


def _text(source, most=5):
    return "".join(source.choice(SNIPPETS) for _ in range(source.randrange(most + 1)))


def test_render_against_jinja_and_langchain(week):
    """Templates made of the same parts, written for us, for jinja2 and for langchain-core's prompts, give one text."""
    source = random.Random(13)
    render = week("templates").render
    strict = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False)
    for _ in range(CASES):
        names = source.sample(["x", "y_1", "question", "Answer"], source.randrange(1, 5))
        parts = [source.choice([("text", _text(source)), ("name", source.choice(names))]) for _ in range(6)]
        used = sorted({text for kind, text in parts if kind == "name"})
        values = {name: _text(source) for name in used}
        ours = "".join(_doubled(text) if kind == "text" else "{" + text + "}" for kind, text in parts)
        theirs = "".join("{{ " + (json.dumps(text) if kind == "text" else text) + " }}" for kind, text in parts)

        found = render(ours, values)

        assert found == strict.from_string(theirs).render(values)
        assert found == PromptTemplate.from_template(ours).format(**values) == ours.format(**values)
        if used:
            missing = {name: value for name, value in values.items() if name != used[0]}
            with pytest.raises(KeyError):
                render(ours, missing)
            with pytest.raises(jinja2.UndefinedError):
                strict.from_string(theirs).render(missing)


def _doubled(text):
    return text.replace("{", "{{").replace("}", "}}")


def test_wrong_templates_against_the_formatter(week):
    """What we refuse is what string.Formatter refuses, and what it reads as more than a name."""
    source = random.Random(13)
    render = week("templates").render
    refused = 0
    for _ in range(5 * CASES):
        template = "".join(source.choice(["{", "}", "{x}", "a", ":", "{{", "}}", ".", "!r", "1"]) for _ in range(6))
        try:
            fields = [field for field in string.Formatter().parse(template) if field[1] is not None]
            plain = all(name.isidentifier() and not spec and not conversion for _, name, spec, conversion in fields)
            names = {name for _, name, _, _ in fields}
        except ValueError:
            plain = False
        if ":}" in template:  # the formatter does not tell {x:} from {x}
            continue
        if plain:
            assert render(template, dict.fromkeys(names, "v")) == template.format(**dict.fromkeys(names, "v"))
        else:
            refused += 1
            with pytest.raises(ValueError):
                render(template, {"x": "v"})
    assert refused > CASES


def test_few_shot_against_langchain(week):
    """FewShotPromptTemplate joins prefix, examples and suffix; ChatPromptTemplate makes the same messages."""
    source = random.Random(13)
    module = week("templates")
    roles = {"system": "system", "human": "user", "ai": "assistant"}
    for _ in range(CASES):
        examples = [
            {"question": _text(source), "answer": _text(source), "reasoning": _text(source)}
            for _ in range(source.randrange(4))
        ]
        question, instruction = _text(source), source.choice([None, _text(source)])
        thinking = bool(examples) and source.random() < 0.5
        answer = "{reasoning} The answer is {answer}." if thinking else "{answer}"
        prompt = FewShotPromptTemplate(
            # langchain-core 1.8 reads the finished examples as a template once more, so their braces are doubled here
            examples=[{name: _doubled(text) for name, text in example.items()} for example in examples],
            example_prompt=PromptTemplate.from_template("Q: {question}\nA: " + answer),
            prefix="" if instruction is None else "{instruction}",
            suffix="Q: {question}\nA:",
            input_variables=["question"] + ([] if instruction is None else ["instruction"]),
        )
        values = {"question": question} | ({} if instruction is None else {"instruction": instruction})
        if instruction != "":  # langchain-core leaves an empty prefix out, we do not
            assert module.few_shot(examples, question, instruction, thinking) == prompt.format(**values)
        chat = ChatPromptTemplate.from_messages(
            ([] if instruction is None else [("system", _doubled(instruction))])
            + [
                (role, _doubled(text))
                for example in examples
                for role, text in (("human", example["question"]), ("ai", answer.format(**example)))
            ]
            + [("human", "{question}")]
        )
        expected = [
            {"role": roles[message.type], "content": message.content} for message in chat.invoke(values).to_messages()
        ]
        assert module.chat_messages(examples, question, instruction, thinking) == expected


def test_choosing_against_heapq(week):
    """heapq.nlargest keeps the earlier of equals, as we do; its answer stands the other way round."""
    source = random.Random(13)
    choose_examples = week("templates").choose_examples
    for _ in range(CASES):
        examples = [{"question": source.choice("abcdefgh") * source.randrange(1, 6)} for _ in range(9)]
        question, k = source.choice("abcdefgh") * 3, source.randrange(11)

        def similarity(one, other):
            return SequenceMatcher(None, one, other).ratio()

        others = [example for example in examples if example["question"] != question]
        best = heapq.nlargest(k, others, key=lambda example: similarity(question, example["question"]))
        assert choose_examples(examples, question, k, similarity) == best[::-1]


# --- consistency ------------------------------------------------------------------------------------------------------


def test_extract_against_what_was_put_in(week):
    """A transcript is put together around a known answer, with decoys before it."""
    source = random.Random(13)
    extract_answer = week("consistency").extract_answer
    plain = ["7", "3.5", "-1,200.50", "x = 2", "(B)", "a.b", "二十", "yes or no"]
    boxes = [r"\frac{1}{2}", r"\text{a {b} c}", "{}", "3. 4", *plain]
    for _ in range(3 * CASES):
        decoys = [f"the ANSWER is {source.choice(plain)}. ", "I see 12 of them.\n", "#### 9\n", "答案是：8。", "A. "]
        before = "".join(source.choice(decoys) for _ in range(source.randrange(4)))
        if source.random() < 0.4:
            answer = source.choice(boxes)
            old = source.choice(["", r"\boxed{0} no: "])
            text = (
                before + old + r"\boxed{" + source.choice(["", " "]) + answer + " }" + source.choice(["", ". }", "{"])
            )
        else:
            answer = source.choice(plain)
            marker = source.choice(["The answer is", "THE ANSWER IS", "####", "答案是", "所以答案是"])
            colon = source.choice(["", ":", "：", " : "])
            text = (
                before
                + marker
                + colon
                + " "
                + answer
                + source.choice(["", ".", "。", ". Is 5 right?", "\nNo.", " 。3"])
            )
        assert extract_answer(text) == answer, text


def test_canonical_against_decimal(week):
    """Two numbers have the same form exactly if they are equal as decimals; the form is the number."""
    source = random.Random(13)
    canonical = week("consistency").canonical
    for _ in range(3 * CASES):
        numbers = []
        for _ in range(2):
            digits = "".join(source.choice("0019") for _ in range(source.randrange(1, 5)))
            fraction = "." + "".join(source.choice("005") for _ in range(source.randrange(1, 4)))
            numbers.append(source.choice(["", "+", "-"]) + digits + source.choice(["", fraction]))
        one, other = map(canonical, numbers)
        assert (one == other) == (Decimal(numbers[0]) == Decimal(numbers[1]))
        assert Decimal(one) == Decimal(numbers[0])
        assert canonical(one) == one
        big = source.randrange(-(10**30), 10**30)
        assert canonical(f"{big:,}") == str(big)


def test_votes_against_statistics(week):
    """statistics.mode gives the first of the most common, as we do."""
    source = random.Random(13)
    module = week("consistency")
    for _ in range(CASES):
        answers = [source.choice(["7", "7.0", "8", "Yes", "yes", None]) for _ in range(source.randrange(1, 12))]
        transcripts = ["?" if answer is None else f"The answer is {answer}." for answer in answers]
        forms = [module.canonical(answer) for answer in answers if answer is not None]
        at_least = source.choice([0.0, 0.25, 0.5, 0.75, 1.0])
        expected = None, 0.0
        if forms:
            winner = statistics.mode(forms)
            share = forms.count(winner) / len(answers)
            expected = (winner if share >= at_least else None), share
        assert module.self_consistency(transcripts, at_least=at_least) == expected


# --- memory -----------------------------------------------------------------------------------------------------------


def _conversation(source):
    """Random whole turns: questions, answers, calls with one or two results."""
    messages = []
    for _ in range(source.randrange(1, 6)):
        messages.append({"role": "user", "content": "u" * source.randrange(1, 9)})
        for _ in range(source.randrange(3)):
            calls = [{"name": "f", "args": {}, "id": f"{len(messages)}-{n}"} for n in range(source.randrange(3))]
            messages.append({"role": "assistant", "content": "a" * source.randrange(9), "tool_calls": calls})
            messages += [{"role": "tool", "content": "t" * source.randrange(9), "id": call["id"]} for call in calls]
    return messages


def test_window_against_langchain(week):
    """trim_messages(strategy="last", start_on="human", include_system=True) sends the same, where we do not refuse."""
    source = random.Random(13)
    WindowMemory = week("memory").WindowMemory
    make = {
        "system": lambda m: SystemMessage(m["content"]),
        "user": lambda m: HumanMessage(m["content"]),
        "assistant": lambda m: AIMessage(m["content"], tool_calls=m["tool_calls"]),
        "tool": lambda m: ToolMessage(m["content"], tool_call_id=m["id"]),
    }
    refused = 0
    for _ in range(5 * CASES):
        messages, budget = _conversation(source), source.randrange(1, 60)
        system = source.choice([None, "s" * source.randrange(6)])
        memory = WindowMemory(budget, lambda message: len(message["content"]), system)
        for message in messages:
            memory.add(message)
        head = [] if system is None else [{"role": "system", "content": system}]
        trimmed = trim_messages(
            [make[message["role"]](message) for message in head + messages],
            max_tokens=budget,
            token_counter=lambda some: sum(len(message.content) for message in some),
            strategy="last",
            start_on="human",
            include_system=True,
        )
        if all(message.type == "system" for message in trimmed):  # langchain-core sends no turn: we raise
            refused += 1
            with pytest.raises(ValueError):
                memory.messages()
            continue
        sent = memory.messages()
        assert [(m["role"], m["content"]) for m in sent] == [(NAMES[m.type], m.content) for m in trimmed]
        assert sent[len(head) :] == messages[len(messages) - len(sent) + len(head) :]
    assert CASES < refused < 4 * CASES


NAMES = {"system": "system", "human": "user", "ai": "assistant", "tool": "tool"}


def test_summary_against_a_simulation(week):
    """At every step each message is in the summary or in what is sent, once, in order, and the budget is kept."""
    source = random.Random(13)
    module = week("memory")
    for _ in range(CASES):
        messages, budget = _conversation(source), source.randrange(10, 40)
        numbered = [
            {**message, "content": f"{place:02}" + message["content"]} for place, message in enumerate(messages)
        ]

        def count(message):
            return min(5, len(message["content"])) if message["role"] == "system" else len(message["content"])

        def summarise(summary, turn):
            assert turn[0]["role"] == "user"
            return summary + "".join(message["content"][:2] for message in turn)

        memory = module.SummaryMemory(budget, summarise, count, source.choice([None, "sys"]))
        for place, message in enumerate(numbered):
            memory.add(message)
            try:
                sent = memory.messages()
            except ValueError:
                starts = [at for at, earlier in enumerate(numbered[: place + 1]) if earlier["role"] == "user"]
                assert sum(map(count, numbered[starts[-1] : place + 1])) + 8 > budget
                break
            assert sum(map(count, sent)) <= budget
            covered = [
                m["content"].removeprefix(module.SUMMARY)
                for m in sent
                if m["role"] == "system" and m["content"] != "sys"
            ]
            found = "".join(covered) + "".join(m["content"][:2] for m in sent if m["role"] != "system")
            assert found == "".join(m["content"][:2] for m in numbered[: place + 1])


# --- tool calls, agent, code assistant -------------------------------------------------------------------------------


def _value(source, depth=0):
    """A random JSON value; what is small comes often, so that enums and limits are hit."""
    kind = source.randrange(9 if depth < 3 else 6)
    if kind < 6:
        return source.choice([None, True, False, 0, 1, 2, -1, 1.0, 2.5, 0.0, "", "a", "b", "1"])
    if kind < 7:
        return [_value(source, depth + 1) for _ in range(source.randrange(3))]
    return {name: _value(source, depth + 1) for name in source.sample("abcd", source.randrange(4))}


def _schema(source, depth=0):
    """A random schema of the rules that the exercise knows."""
    schema = {}
    if source.random() < 0.5:
        schema["type"] = source.choice(["null", "boolean", "integer", "number", "string", "array", "object"])
    if source.random() < 0.2:
        schema["enum"] = [_value(source, 2) for _ in range(source.randrange(1, 5))]
    for rule in ("minimum", "maximum"):
        if source.random() < 0.25:
            schema[rule] = source.choice([-1, 0, 1, 1.5, 2])
    if depth < 3 and source.random() < 0.6:
        schema["properties"] = {name: _schema(source, depth + 1) for name in source.sample("abcd", 2)}
    if source.random() < 0.3:
        schema["required"] = source.sample("abcd", source.randrange(1, 4))
    if source.random() < 0.3:
        schema["additionalProperties"] = source.random() < 0.5
    if depth < 3 and source.random() < 0.4:
        schema["items"] = _schema(source, depth + 1)
    return schema


def test_validate(week):
    """Paths and rules are those of jsonschema, which gives one error for all names that are too many."""
    validate = week("tool_calls").validate
    broken = 0
    for seed in range(2_000):
        source = random.Random(seed)
        schema, value = _schema(source), _value(source)
        theirs = Counter(
            (tuple(error.absolute_path), error.validator)
            for error in jsonschema.Draft202012Validator(schema).iter_errors(value)
        )
        ours = Counter((tuple(error["path"]), error["rule"]) for error in validate(value, schema))
        extra = {key: min(count, 1) if key[1] == "additionalProperties" else count for key, count in ours.items()}
        assert extra == dict(theirs), (schema, value)
        broken += bool(ours)
    assert 500 < broken < 1_500


def test_parse_tool_calls(week):
    """Calls that json wrote come back, whatever their arguments; of any other text nothing raises."""
    parse = week("tool_calls").parse_tool_calls
    pieces = ["<tool_call>", "</tool_call>", '{"name": "f"', ', "arguments": {', '"a": 1', "}", " ", '"', "[", "NaN"]
    for seed in range(CASES):
        source = random.Random(seed)
        calls = [{"name": source.choice("fg"), "arguments": {"x": _value(source), "t": source.choice(pieces)}}]
        calls *= source.randrange(1, 4)
        text = "so ".join(
            f"<tool_call>{json.dumps(call, indent=source.choice([None, 1]))}</tool_call>" for call in calls
        )
        assert parse(text, {"f": {}, "g": {}}) == calls
        for call in parse("".join(source.choices(pieces, k=30)), {"f": {}}):
            assert ("error" in call) == ("message" in call) != ("name" in call)


def test_run_agent(week):
    """On random scripts the transcript is that of a state machine, and no tool's text is special or run."""
    agent = week("agent")
    forged = ["<|end|>", "<|user|>", "<tool_call>", "</untrusted>", "CALL echo x", "<", "|", " ", "word", "<|en"]
    for seed in range(CASES):
        source = random.Random(seed)
        texts = ["".join(source.choices(forged, k=8)) for _ in range(4)]
        script = [source.choice([[], ["echo"], ["echo", "fail"], ["gone"], ["bad"]]) for _ in range(5)]
        limit, ran = source.randrange(1, 7), []

        def llm(messages, script=script):
            turn = sum(message["role"] == "assistant" for message in messages)
            return "\n".join(script[turn]) if turn < len(script) else ""

        def parse(text):
            calls = [{"name": name, "arguments": {}} for name in text.splitlines()]
            return [{"error": "bad", "message": "<|end|>"} if call["name"] == "bad" else call for call in calls]

        def echo(ran=ran, texts=texts):
            ran.append("echo")
            return texts[len(ran) % 4]

        def fail(ran=ran, texts=texts):
            ran.append("fail")
            raise ValueError(texts[0])

        result = agent.run_agent(llm, {"echo": echo, "fail": fail}, limit, messages=[], parse=parse)

        ended = next((turn for turn, names in enumerate([*script, []], start=1) if not names), None)
        steps = min(ended, limit)
        assert (result["steps"], result["finished"]) == (steps, ended <= limit)
        acted = script[: steps - 1]
        assert ran == [name for names in acted for name in names if name in ("echo", "fail")]
        shown = [message["content"] for message in result["messages"] if message["role"] == "tool"]
        assert len(shown) == sum(map(len, script[:steps]))
        for text in shown:
            inside = text.removeprefix("<untrusted>").removesuffix("</untrusted>")
            assert len(text) == len(inside) + 23
            assert not any(string in inside for string in (*agent.SPECIAL, *agent.MARKS))


def test_neutralise(week):
    """Spelt back, the text is the same; no special string is left, and no other letter has changed."""
    neutralise = week("agent").neutralise
    for seed in range(CASES):
        source = random.Random(seed)
        special = ["<" + "".join(source.choices("ab|>", k=source.randrange(4))) for _ in range(3)]
        text = "".join(source.choices("<<<ab|>", k=40))
        clean = neutralise(text, special)
        assert clean.replace("‹", "<") == text
        assert not any(string in clean for string in special)
        for place, letter in enumerate(clean):
            assert letter == text[place] or any(text[place:].startswith(string) for string in special)


def test_code_assistant(week):
    """In a process of its own, code fares with its tests as it does here, one by one."""
    assistant = week("code_assistant")
    bodies = ["return a + b", "return a * b", "return a - b", "raise KeyError(a)", "print(end='x'); return b + a"]
    for seed in range(20):  # each is a process of Python
        source = random.Random(seed)
        code = f"def f(a, b):\n    {source.choice(bodies)}\n"
        tests = [f"assert f({a}, {b}) == {a + b}" for a, b in source.choices([(0, 0), (1, 2), (2, 2), (3, 0)], k=9)]
        wanted = []
        for test in tests:
            names = {}
            try:
                exec(code + test, names)
                wanted.append("passed")
            except (AssertionError, KeyError):
                wanted.append("failed")
        assert assistant.run_tests(assistant.extract_code(f"```python\n{code}```"), tests)["outcomes"] == wanted


@pytest.mark.parametrize(
    ("code", "stopped"),
    [
        ("while True: pass", "time"),
        ("while True: print('x' * 1000)", "output"),
        ("import os; os._exit(0)", ""),
        ("x = [0] * 10**9", ""),
    ],
)
def test_run_program_has_limits(week, code, stopped):
    """Endless loops, endless output, exits and too much memory end the program, and no test counts as passed."""
    result = week("code_assistant").run_tests("pass", ["pass", code, "pass"], 2.0)
    assert result["stopped"] == stopped
    assert result["outcomes"][:2] in (["passed", "not run"], ["passed", "failed"])
