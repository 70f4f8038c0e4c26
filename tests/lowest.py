"""Prints the lower ends of pyproject.toml's ranges, as constraints that pip reads."""

import re
import tomllib
from pathlib import Path


def lower_ends(project: str) -> list[str]:
    """Return "name==version" for every "name>=version" that the project asks for."""
    table = tomllib.loads(project)["project"]
    asked = [*table["dependencies"], *(one for extra in table["optional-dependencies"].values() for one in extra)]
    found = (re.fullmatch(r"([\w.-]+)>=([\w.]+)", one) for one in asked)
    return [f"{match[1]}=={match[2]}" for match in found if match]


if __name__ == "__main__":
    print("\n".join(lower_ends(Path("pyproject.toml").read_text(encoding="utf-8"))))
