"""One regular expression for the blocks, and a program that is written out test by test, as HumanEval's harness is."""

import re
import uuid

import runner

BLOCK = re.compile(r"^(?P<fence>`{3,})(?P<info>[^`\n]*)\n(?P<code>(?:.*\n)*?)(?P=fence)`*[^\S\n]*$", re.M)


def extract_code(text):
    blocks = []
    for match in BLOCK.finditer(text):
        words = match["info"].lower().split()
        if not words or words[0] in {"py", "python"}:
            blocks.append(match["code"])
    return blocks[-1] if blocks else None


def run_tests(code, tests, seconds=5.0, run=runner.run_program):
    if len(tests) == 0 or not (seconds > 0):
        raise ValueError("nothing to run")
    key = "report-" + uuid.uuid4().hex
    parts = ["import builtins as _b, sys as _s", "_out, _names = _s.stdout, {'__name__': 'program'}"]
    parts += [
        "def _tell(n, ok, why):",
        f"    _out.write('\\n{key}|%d|%s|%s|.\\n' % (n, ok, why.encode().hex()))",
        "    _out.flush()",
        "def _why(e):",
        "    try:",
        "        return _b.type(e).__name__ + ' ' + _b.str(e)",
        "    except _b.BaseException:",
        "        return _b.type(e).__name__",
    ]
    parts += ["try:", f"    _b.exec({code!r}, _names)"]
    parts += ["except _b.BaseException as e:", "    _tell(0, 'no', _why(e))", "else:"]
    for number, test in enumerate(tests, start=1):
        parts += ["    try:", f"        _b.exec({test!r}, _names)", f"        _tell({number}, 'yes', '')"]
        parts += ["    except _b.BaseException as e:"]
        parts += [f"        _tell({number}, 'no', _why(e))"]
    end = run("\n".join(parts) + "\n", seconds)
    lines = [line.split("|") for line in end["stdout"].splitlines() if line.startswith(key + "|")]
    told = {int(line[1]): (line[2], bytes.fromhex(line[3]).decode()) for line in lines if line[4:] == ["."]}
    words = {"yes": "passed", "no": "failed"}
    outcomes = [words[told[n][0]] if n in told else "not run" for n in range(1, len(tests) + 1)]
    passed = outcomes.count("passed")
    feedback = "All tests passed."
    if passed != len(tests):
        feedback = f"{passed} of {len(tests)} tests passed. {end['stopped']} {told.get(0, ('', ''))[1]}"
        for number, test in enumerate(tests, start=1):
            if outcomes[number - 1] == "failed":
                feedback += f"\n{test}: {told[number][1]}"
    return dict(outcomes=outcomes, passed=passed, stopped=end["stopped"], feedback=feedback)
