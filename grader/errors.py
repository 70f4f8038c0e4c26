"""The error that a user can mend: wrong usage, unusable input, an unsound course.

Knows nothing of how it is shown: it carries the key of a sentence and the values that fill it.
"""

from __future__ import annotations


class UserError(Exception):
    """Wrong usage or unusable input; ends a command with exit code 2."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key, values)
        self.key = key
        self.values = {name: str(value) for name, value in values.items()}
