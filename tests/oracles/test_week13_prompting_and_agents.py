"""Week 13: held against jinja2, langchain-core and jsonschema, on random cases."""

import json
import random
from collections import Counter

import jsonschema
import pytest

CASES = 200


@pytest.fixture
def week(solution):
    """A function that gives a module of the week."""
    return lambda name: solution("week13_prompting_and_agents", name)


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
