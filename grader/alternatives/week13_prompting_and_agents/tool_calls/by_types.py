"""A validator that asks for the type first, and a reader that cuts the text away from the front."""

import json

import tool_calls


def kind(value):
    if value is None:
        return ["null"]
    if value is True or value is False:
        return ["boolean"]
    if isinstance(value, int) or (isinstance(value, float) and value % 1 == 0):
        return ["integer", "number"]
    if isinstance(value, float):
        return ["number"]
    return ["string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"]


def tagged(value):
    """Write a value so that equal values, and no others, look the same."""
    if isinstance(value, list):
        return "[" + ",".join(map(tagged, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(sorted(f"{json.dumps(name)}:{tagged(item)}" for name, item in value.items())) + "}"
    return str(int(value)) if "integer" in kind(value) else json.dumps(value)


def validate(value, schema):  # noqa: C901 - one place for all rules is what this style is
    tool_calls.check_schema(schema)
    errors, kinds = [], kind(value)

    def add(rule, message):
        errors.append({"message": message, "rule": rule, "path": []})

    def inside(step, item, part):
        for error in validate(item, part):
            errors.append({**error, "path": [step] + error["path"]})

    if schema.get("type", kinds[0]) not in kinds:
        add("type", f"wrong type {kinds[0]}")
    if "enum" in schema and tagged(value) not in [tagged(allowed) for allowed in schema["enum"]]:
        add("enum", "not among the allowed values")
    if "number" in kinds and "minimum" in schema and not value >= schema["minimum"]:
        add("minimum", "too small")
    if "number" in kinds and "maximum" in schema and not value <= schema["maximum"]:
        add("maximum", "too large")
    if kinds == ["array"] and "items" in schema:
        for step in range(len(value)):
            inside(step, value[step], schema["items"])
    if kinds == ["object"]:
        known = schema.get("properties") or {}
        for name in set(schema.get("required") or []) - set(value):
            add("required", "missing: " + name)
        for name in value:
            if name in known:
                inside(name, value[name], known[name])
            elif schema.get("additionalProperties") is False:
                add("additionalProperties", "unexpected: " + name)
    return errors


def parse_tool_calls(text, schemas):
    for name in schemas:
        tool_calls.check_schema(schemas[name])
    out = []
    before, tag, rest = text.partition("<tool_call>")
    while tag:
        behind = rest.lstrip()
        try:
            value, length = tool_calls.DECODER.raw_decode(behind) if behind else (None, -1)
        except (ValueError, RecursionError):
            length = -1
        left = behind[length:].lstrip() if length >= 0 else ""
        if left.startswith("</tool_call>"):
            rest = left[len("</tool_call>") :]
            out.append(one(value, schemas))
        else:
            _, _, rest = rest.partition("</tool_call>")
            out.append({"error": "malformed", "message": "I could not read this call."})
        before, tag, rest = rest.partition("<tool_call>")
    return out


def one(value, schemas):
    if not (isinstance(value, dict) and sorted(value) == ["arguments", "name"]):
        return {"error": "not_a_call", "message": "keys"}
    if not (isinstance(value["name"], str) and isinstance(value["arguments"], dict)):
        return {"error": "not_a_call", "message": "types"}
    if value["name"] not in list(schemas):
        return {"error": "unknown_tool", "message": value["name"] + " is none of " + " ".join(schemas)}
    errors = validate(value["arguments"], schemas[value["name"]])
    if not errors:
        return value
    return {"error": "invalid_arguments", "message": " and ".join(error["message"] for error in errors)}
