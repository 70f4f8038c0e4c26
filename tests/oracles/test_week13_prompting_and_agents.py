"""Week 13: held against numpy, values at random sizes."""

import json
import random
from collections import Counter

import jsonschema
import numpy as np
import pytest
import torch

CASES = 200


@pytest.fixture
def week(solution):
    """A function that gives a module of the week."""
    return lambda name: solution("week13_prompting_and_agents", name)


@pytest.fixture(scope="module")
def moving_average(solution):
    """The solution's function."""
    return solution("week13_prompting_and_agents", "moving_average").moving_average


def test_against_numpy(moving_average):
    """On random series the answer is numpy's mean of every window."""
    rng = np.random.default_rng(13)
    for _ in range(CASES):
        values, width = rng.normal(size=int(rng.integers(1, 12))), int(rng.integers(1, 14))
        expected = [values[max(0, step + 1 - width) : step + 1].mean() for step in range(len(values))]

        torch.testing.assert_close(moving_average(torch.from_numpy(values), width), torch.tensor(expected))


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
        text = "so ".join(f"<tool_call>{json.dumps(call, indent=source.choice([None, 1]))}</tool_call>" for call in calls)
        assert parse(text, {"f": {}, "g": {}}) == calls
        for call in parse("".join(source.choices(pieces, k=30)), {"f": {}}):
            assert ("error" in call) == ("message" in call) != ("name" in call)
