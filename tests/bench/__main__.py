"""Run the measurements that are named, or all: `python -m tests.bench [NAME …]`."""

import importlib
import sys

NAMES = ("wire", "check", "speed", "mutants", "classroom", "watch", "nbgrader", "scale", "oracles")


def main() -> None:
    """Run each measurement and print its table."""
    for name in sys.argv[1:] or NAMES:
        if name not in NAMES:
            sys.exit(f"no measurement {name}; there are: {', '.join(NAMES)}")
        print(f"\n== {name} ==", flush=True)
        importlib.import_module(f"tests.bench.{name}").main()


if __name__ == "__main__":
    main()
