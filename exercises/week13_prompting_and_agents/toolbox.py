"""Given: two tools for our small model, and one that always fails.

The calculator reads sums by itself: what a model wrote never goes to `eval`.
"""

import ast
import json
import operator
from pathlib import Path

OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}


def calculator(expression: str) -> str:
    """Return the value of a sum, a difference or a product of whole numbers, such as 3*(4+5).

    Raises:
        ValueError: it is something else, or longer than 100 characters.
    """
    if len(expression) > 100:
        raise ValueError("the expression is too long")
    try:
        return str(_value(ast.parse(expression, mode="eval").body))
    except SyntaxError:
        raise ValueError(f"{expression} is not a sum") from None


def _value(node: ast.expr) -> int:
    match node:
        case ast.Constant(value=int(number)) if not isinstance(number, bool):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return int(OPERATORS[type(op)](_value(left), _value(right)))
    raise ValueError("only +, - and * of whole numbers can be worked out")


class LookUp:
    """The notebook of the village: what is known about a person, by relation."""

    def __init__(self, files: tuple[str, ...] = ("facts", "withheld"), folder: Path | None = None):
        folder = folder or Path(__file__).resolve().parents[2] / "datasets" / "small_world"
        lines = [line for name in files for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
        facts = [json.loads(line) for line in lines]
        self.values = {(fact["person"], fact["relation"]): fact["value"] for fact in facts}

    def __call__(self, person: str, relation: str) -> str:
        """Return the value; in the language of the person's name.

        Raises:
            LookupError: nothing is known about that.
        """
        if (person, relation) not in self.values:
            raise LookupError(f"nothing is known about {relation} of {person}")
        return str(self.values[person, relation])


class Broken:
    """A tool that always raises an error with the same message."""

    def __init__(self, message: str, kind: str = "RuntimeError"):
        self.error = {"RuntimeError": RuntimeError, "ValueError": ValueError, "OSError": OSError}[kind](message)

    def __call__(self, **arguments: object) -> str:
        raise self.error


SCHEMAS = {
    "calculator": {
        "type": "object",
        "properties": {"expression": {"type": "string", "description": "a sum such as 3*(4+5)"}},
        "required": ["expression"],
        "additionalProperties": False,
    },
    "look_up": {
        "type": "object",
        "properties": {
            "person": {"type": "string"},
            "relation": {"enum": ["job", "home", "pet", "thing", "colour", "food", "hobby", "friend"]},
        },
        "required": ["person", "relation"],
        "additionalProperties": False,
    },
}
