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
    # BEGIN SOLUTION
    check_schema(schema)
    return list(_broken(value, schema, []))
    # END SOLUTION


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
    # BEGIN SOLUTION
    for schema in schemas.values():
        check_schema(schema)
    found = []
    place = text.find(BEGIN)
    while place >= 0:
        call, stop = _read(text, place + len(BEGIN))
        found.append(call if "error" in call else _checked(call["value"], schemas))
        place = text.find(BEGIN, stop)
    return found
    # END SOLUTION


# BEGIN SOLUTION
def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)  # in Python, True is an int


def _has_type(value: Any, name: str) -> bool:
    if name == "integer":
        return _is_number(value) and value == value // 1
    if name == "number":
        return _is_number(value)
    kinds = {"null": type(None), "boolean": bool, "string": str, "array": list, "object": dict}
    return isinstance(value, kinds[name])


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[name], other[name]) for name in one)
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _error(path: list[Any], rule: str, message: str) -> dict[str, Any]:
    where = "".join(f"[{step!r}]" for step in path)
    return {"path": path, "rule": rule, "message": f"arguments{where}: {message}"}


def _broken(value: Any, schema: dict[str, Any], path: list[Any]) -> Iterator[dict[str, Any]]:
    """What the value itself breaks, and then what its parts do."""
    if "type" in schema and not _has_type(value, schema["type"]):
        yield _error(path, "type", f"this must be of type {schema['type']}")
    if "enum" in schema and not any(_equal(value, allowed) for allowed in schema["enum"]):
        yield _error(path, "enum", f"this must be one of {json.dumps(schema['enum'], ensure_ascii=False)}")
    if _is_number(value) and value < schema.get("minimum", value):
        yield _error(path, "minimum", f"this must be at least {schema['minimum']}")
    if _is_number(value) and value > schema.get("maximum", value):
        yield _error(path, "maximum", f"this must be at most {schema['maximum']}")
    if isinstance(value, list) and "items" in schema:
        for place, item in enumerate(value):
            yield from _broken(item, schema["items"], [*path, place])
    if isinstance(value, dict):
        yield from _broken_object(value, schema, path)


def _broken_object(value: dict[str, Any], schema: dict[str, Any], path: list[Any]) -> Iterator[dict[str, Any]]:
    properties = schema.get("properties", {})
    for name in schema.get("required", []):
        if name not in value:
            yield _error(path, "required", f"{name} is missing")
    for name, item in value.items():
        if name in properties:
            yield from _broken(item, properties[name], [*path, name])
        elif not schema.get("additionalProperties", True):
            yield _error(path, "additionalProperties", f"{name} is not known")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Python keeps the last of two, other programs the first: what was checked might not be what is run.
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name stands twice in an object")
    return dict(pairs)


DECODER = json.JSONDecoder(parse_constant=_no_constant, object_pairs_hook=_no_name_twice)


def _read(text: str, start: int) -> tuple[dict[str, Any], int]:
    """Read one call after its tag; return its value or the error, and where to go on."""
    try:
        start += len(text[start:]) - len(text[start:].lstrip())
        # The decoder finds the value's end, so that braces and tags inside strings are its business and not ours.
        value, stop = DECODER.raw_decode(text, start)
        stop += len(text[stop:]) - len(text[stop:].lstrip())
        if not text.startswith(END, stop):
            raise ValueError(f"the JSON value is not followed by {END}")
        return {"value": value}, stop + len(END)
    except (ValueError, RecursionError) as error:
        end = text.find(END, start)
        stop = end + len(END) if end >= 0 else len(text)
        return {"error": "malformed", "message": f"this is no call: {error}"}, stop


def _checked(value: Any, schemas: dict[str, dict[str, Any]]) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != {"name", "arguments"}:
        return {"error": "not_a_call", "message": "a call is an object with name and arguments, and nothing else"}
    name, arguments = value["name"], value["arguments"]
    if not isinstance(name, str) or not isinstance(arguments, dict):
        return {"error": "not_a_call", "message": "name must be a string, and arguments an object"}
    if name not in schemas:
        return {"error": "unknown_tool", "message": f"there is no tool {name}; there are: {', '.join(schemas)}"}
    problems = validate(arguments, schemas[name])
    if problems:
        return {"error": "invalid_arguments", "message": "; ".join(problem["message"] for problem in problems)}
    return {"name": name, "arguments": arguments}


# END SOLUTION
