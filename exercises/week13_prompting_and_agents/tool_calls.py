# Week 13, exercise tool_calls: Tool calls
# Difficulty 3 of 5 · importance 4 of 5 · about 45 minutes
# It builds on: Dicts and lists, recursion, the json module.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 13, tool_calls: what a model asks for, read without trusting it.

A model that may use tools writes, somewhere in its text, what it wants to have called. Our small model writes
`<tool_call>{"name": "calculator", "arguments": {"expression": "73-29"}}</tool_call>`. Whatever it writes instead,
the program that reads it goes on: a mistake becomes data that the model can read, never an exception.
"""

import json
from collections.abc import Iterator
from typing import Any

BEGIN, END = "<tool_call>", "</tool_call>"

RULES = ("type", "enum", "properties", "required", "additionalProperties", "items", "minimum", "maximum")
TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
NOTES = ("title", "description", "default")  # for readers; they refuse nothing


def check_schema(schema: dict[str, Any]) -> None:
    """Raise ValueError for a schema with a rule that `validate` does not know, at any depth.

    A validator that skips what it does not know lets everything pass there. The schema is ours, so this is an error.
    """
    if not isinstance(schema, dict):
        raise ValueError(f"a schema is a dict, not {schema!r}")
    for rule in schema:
        if rule not in RULES + NOTES:
            raise ValueError(f"the rule {rule!r} is not supported")
    if "type" in schema and schema["type"] not in TYPES:
        raise ValueError(f"the type {schema['type']!r} is not supported")
    if not isinstance(schema.get("additionalProperties", True), bool):
        raise ValueError("additionalProperties must be True or False")
    for part in [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]:
        check_schema(part)


def validate(value: Any, schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what is wrong with a value by a schema: an empty list if nothing is.

    `value` is what `json.loads` gives. The rules are those of JSON Schema, draft 2020-12, as far as they stand here:

    - `type`: one of null, boolean, integer, number, string, array, object. True and False are booleans and nothing
      else. A number without a fraction is an integer, also when it is written 3.0; an integer is a number, too.
    - `enum`: the value equals one of the list. 1 equals 1.0, but no boolean equals a number, also inside arrays and
      objects.
    - `properties`: a schema for each property; a property that the value does not have is not judged by it.
    - `required`: names that the object must have.
    - `additionalProperties`: if False, the object has no names but those in `properties`. True is the default.
    - `items`: the schema of every item of an array.
    - `minimum`, `maximum`: the least and the greatest number allowed, themselves included.

    `properties`, `required` and `additionalProperties` judge only objects, `items` only arrays, `minimum` and
    `maximum` only numbers; other values pass them. Each rule is judged by itself: a value of the wrong type may break
    `enum`, too.
    Neither argument is changed.

    Returns:
        One dict for each rule that is broken, in any order, with the keys `path` (the list of names and places that
        lead to the value, empty at the top), `rule` and `message`. Each missing name is one by itself, and so is
        each name too many; their `path` is that of the object, and their `message` contains the name. No `message` is
        empty.

    Raises:
        ValueError: as `check_schema` (given) does, before the value is looked at.
    """
    raise NotImplementedError("week 13, tool_calls: write validate")


def parse_tool_calls(text: str, schemas: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the tool calls in a model's text, in its order; what is wrong with one stands in its place.

    A call is `<tool_call>`, a JSON value and `</tool_call>`, with or without whitespace between them. The first
    `<tool_call>` begins one, and so does the first one after its end. Tags inside a JSON string are part of the
    string. Text outside of calls is ignored.
    A call that is right gives `{"name": …, "arguments": …}`. One that is not gives `{"error": …, "message": …}`, where
    `error` is the first of these that fits:

    - "malformed": no JSON value follows, or it is not followed by `</tool_call>`. NaN and Infinity are not JSON, and
      neither is an object that has a name twice. What is too deeply nested or too long for `json` counts as malformed.
      Nothing up to the next `</tool_call>`, even one inside a string, is read as a call then; without one, nothing
      more is.
    - "not_a_call": the value is not an object with the names `name` (a string) and `arguments` (an object), and no
      others.
    - "unknown_tool": `schemas` does not have the name. `message` contains that name, and every name in `schemas`.
    - "invalid_arguments": `validate` finds something. `message` contains all messages that `validate` gives.

    No `message` is empty. Nothing that stands in `text` makes this function raise. Arguments are returned as they were
    read: nothing is converted, and `default` fills in nothing.

    Args:
        schemas: for each tool's name the schema of its arguments.

    Raises:
        ValueError: as `check_schema` (given) does, for any of the schemas, whether or not it is needed.
    """
    raise NotImplementedError("week 13, tool_calls: write parse_tool_calls")
