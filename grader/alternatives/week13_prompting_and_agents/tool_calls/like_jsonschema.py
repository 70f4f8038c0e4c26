"""One function for each rule, in a table, as jsonschema has it; calls are found by a scanner with a position."""

import json
import re

from tool_calls import check_schema

KINDS = {"null": type(None), "boolean": bool, "string": str, "array": list, "object": dict}


def unbool(value):
    """Take the numbers out of booleans, at every depth."""
    if isinstance(value, bool):
        return ("a boolean", "yes" if value else "no")
    if isinstance(value, list):
        return [unbool(item) for item in value]
    if isinstance(value, dict):
        return {name: unbool(item) for name, item in value.items()}
    return value


def is_type(value, name):
    number = type(value) in (int, float)
    if name == "number":
        return number
    if name == "integer":
        return type(value) is int or (number and value.is_integer())
    return isinstance(value, KINDS[name])


def type_(value, name, schema):
    if not is_type(value, name):
        yield [], "type", f"{value!r:.50} is not of type {name!r}"


def enum(value, allowed, schema):
    if unbool(value) not in unbool(allowed):
        yield [], "enum", f"{value!r:.50} is not one of {allowed!r}"


def properties(value, parts, schema):
    if is_type(value, "object"):
        for name, part in parts.items():
            if name in value:
                yield from descend(value[name], part, name)


def required(value, names, schema):
    if is_type(value, "object"):
        for name in names:
            if name not in value:
                yield [], "required", f"{name!r} is a required property"


def additional(value, allowed, schema):
    if is_type(value, "object") and not allowed:
        for name in value.keys() - schema.get("properties", {}).keys():
            yield [], "additionalProperties", f"{name!r} was unexpected"


def items(value, part, schema):
    if is_type(value, "array"):
        for place, item in enumerate(value):
            yield from descend(item, part, place)


def minimum(value, limit, schema):
    if is_type(value, "number") and value < limit:
        yield [], "minimum", f"{value} is less than the minimum of {limit}"


def maximum(value, limit, schema):
    if is_type(value, "number") and value > limit:
        yield [], "maximum", f"{value} is greater than the maximum of {limit}"


RULES = {
    **{"type": type_, "enum": enum, "properties": properties, "required": required},
    **{"additionalProperties": additional, "items": items, "minimum": minimum, "maximum": maximum},
}


def descend(value, schema, *steps):
    for rule, limit in schema.items():
        if rule in RULES:
            for path, name, message in RULES[rule](value, limit, schema):
                yield [*steps, *path], name, message


def validate(value, schema):
    check_schema(schema)
    return [dict(path=path, rule=rule, message=message) for path, rule, message in descend(value, schema)]


def unique(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("duplicate name")
    return dict(pairs)


def refuse(text):
    raise ValueError(text)


def parse_tool_calls(text, schemas):
    [check_schema(schema) for schema in schemas.values()]
    scan = json.JSONDecoder(object_pairs_hook=unique, parse_constant=refuse).scan_once
    results, position = [], 0
    while match := re.compile(r"<tool_call>\s*").search(text, position):
        try:
            value, position = scan(text, match.end())
            closing = re.compile(r"\s*</tool_call>").match(text, position)
        except (StopIteration, ValueError, RecursionError):
            closing = None
        if closing is None:
            results.append({"error": "malformed", "message": "Not a JSON value between the two tags."})
            closing = re.compile("</tool_call>").search(text, match.end())
            if closing is None:
                break
        else:
            results.append(judge(value, schemas))
        position = closing.end()
    return results


def judge(value, schemas):
    match value:
        case {"name": str(name), "arguments": dict(arguments), **rest} if not rest:
            if name not in schemas:
                return dict(error="unknown_tool", message=f"No tool {name!r}. Use one of {list(schemas)}.")
            errors = validate(arguments, schemas[name])
            if errors:
                return dict(error="invalid_arguments", message="\n".join(error["message"] for error in errors))
            return dict(name=name, arguments=arguments)
    return dict(error="not_a_call", message="Write {name: ..., arguments: {...}}.")
