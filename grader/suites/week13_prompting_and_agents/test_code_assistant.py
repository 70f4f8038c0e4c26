"""Hidden suite of week 13, code_assistant.

A locked box starts no process, so programs run inside the student's own process, by the given `InThisProcess`. It can
also lose what a program prints after some text, as when the program is stopped there. `run_program` itself is given,
and tested in the repository's own tests.
Not covered: code that searches its process for the secret.
"""

from grader.suite import after, assert_raises, assert_same, claims, expect, points

TICKS = "```"
GOOD = "def add(a, b):\n    return a + b\n"
TESTS = ["assert add(2, 3) == 5", "assert add(2, 2) == 5, 'two and two'", "assert add(0, 7) == 7"]


def block(code, language="python", ticks=TICKS):
    """A fenced block."""
    return f"{ticks}{language}\n{code}\n{ticks}\n"


def ran(student, code, tests, *words, **how):
    """The tests, run inside the student's process; the feedback contains these words, and the rest is the student's."""
    runner, wording = student.given("runner").InThisProcess(**how), student.given("wording")
    result = wording.without_wording(words, student.run_tests, code, tests, 5.0, runner)
    expect(
        isinstance(result, dict)
        and result.keys() == {"outcomes", "passed", "stopped", "feedback"}
        and isinstance(result["feedback"], list | str),
        "The result is a dict with the keys outcomes, passed, stopped and feedback, which is text.",
        "结果是一个字典，键为 outcomes、passed、stopped 和 feedback，其中 feedback 是文字。",
    )
    missing = [word for word in words if word not in result["feedback"]]
    expect(not missing, "The feedback does not contain {missing}.", "feedback 中没有 {missing}。", missing=missing)
    return result


@points(1)
@claims(
    "A block begins with a line that has three or more backticks",
    "Lines end with a line",
    "each with its line feed, and nothing in them is changed",
    "A block counts if its language, the first word after the backticks, is `python`, `py` or missing",
    "Of several blocks that count, the last one is the answer",
)
def test_blocks(student):
    """Blocks of Python count, by whatever name; the last of them is the answer, letter by letter.

    Python 代码块有几种写法，都算；最后一个是答案，一字不差。
    """
    code = "\n  def f():\n\treturn 'é'  \n\n"
    for language in ("python", "py", "", "Python", "PY", " python", 'python title="a.py"', "  "):
        assert_same(student.extract_code(f"So:\n{block(code, language)}Done."), code + "\n")
    assert_same(student.extract_code(block("a = 1") + block("b = 2") + block("ls", "bash")), "b = 2\n")
    assert_same(student.extract_code(block("ls", "bash") + "and then\n" + block("c = 3") + "Done."), "c = 3\n")
    assert_same(student.extract_code(block("d = 4") + block("ls", "sh") + "so\n" + block("x", "text")), "d = 4\n")
    ends = "a = 1\x0c\nb = '\u2028\x85'\r"
    assert_same(student.extract_code(block(ends)), ends + "\n")
    for language in ("bash", "json", "python3x", "text python", "c"):
        assert_same(student.extract_code(block("x", language)), None)
    assert_same(student.extract_code(f"{TICKS}\n{TICKS}"), "")


@points(1)
@claims(
    "It ends with the next line of at least as many backticks and nothing else but white space",
    "Backticks elsewhere, such as in the middle of a line or indented, neither begin nor end a block",
    "A block that never ends does not count",
)
def test_backticks_elsewhere(student):
    """Backticks inside a line, indented, or fewer than those that began the block, end nothing.

    行内的、缩进的、或比开头少的反引号，都不会结束代码块。
    """
    inside = f's = "a {TICKS}" + "{TICKS}"'
    assert_same(student.extract_code(block(inside)), inside + "\n")
    code = f's = "{TICKS}python"\n  {TICKS}\nt = "a {TICKS}"\n{TICKS}python'

    assert_same(student.extract_code(block(code)), code + "\n")
    assert_same(student.extract_code(block(f"{TICKS}\nx\n{TICKS}", ticks="````")), f"{TICKS}\nx\n{TICKS}\n")
    for end in ("`````  ", f"{TICKS}\t", f"{TICKS}\r"):
        assert_same(student.extract_code(f"{TICKS}py\nx = 1\n{end}\nmore"), "x = 1\n")
    assert_same(student.extract_code(block("a = 1") + f"{TICKS}python\nb = "), "a = 1\n")
    # The first has lines of backticks that are indented alike; in the next two only one of them is.
    for text in (f" {TICKS}\nx\n {TICKS}", f"  {TICKS}python\nx = 1\n{TICKS}", f"{TICKS}python\nx = 1\n  {TICKS}"):
        assert_same(student.extract_code(text), None)
    for text in (f"{TICKS}python\nx = 1", f"Use {TICKS}\nx\n{TICKS}", "``\nx\n``\n", "", "x", "~~~python\nx\n~~~\n"):
        assert_same(student.extract_code(text), None)
    assert_same(student.extract_code(f"{TICKS}x = 1{TICKS}\nand\n{block('y = 2')}"), "y = 2\n")


@points(1)
@claims(
    "A test is a piece of Python, such as `assert add(2, 3) == 5`",
    "A test that runs to its end has passed",
    "A dict with the keys",
    "`feedback`: text for the model",
    "`outcomes`: for each test",
    "`passed`: how many passed",
    "If all passed, it is",
    "the tests in their order, all in one namespace in",
)
def test_outcomes(student):
    """Passed, failed, passed; and when all pass, the feedback says just that.

    通过、失败、通过；全部通过时，feedback 只说这一点。
    """
    result = ran(student, GOOD, TESTS)
    assert_same(result["outcomes"], ["passed", "failed", "passed"])
    assert_same((result["passed"], result["stopped"]), (2, ""))

    result = ran(student, GOOD + "print('ok')", ["x = add(1, 1)", "assert x == 2", "add = None", "assert add is None"])
    good = {"outcomes": ["passed"] * 4, "passed": 4, "stopped": "", "feedback": "All tests passed."}
    assert_same(result, good)
    assert_same(ran(student, GOOD, ["add(1, 2)"] * 3)["outcomes"], ["passed"] * 3)
    again = ran(student, "calls = []", ["calls.append(1)", "assert len(calls) == 2", "calls.append(1)"] * 2)
    assert_same(again["outcomes"], ["passed", "failed", "passed", "passed", "failed", "passed"])


@points(1)
@claims(
    "has failed, and",
    "and contains for each",
    "Neither `code` nor a test makes",
    "the main part of a script stays asleep",
)
def test_what_failed(student):
    """Whatever a test raises, the next one is run, and the feedback holds its text, the error's class and message.

    不论测试抛出什么，下一个照样运行；feedback 中有测试的文本、错误的类名和消息。
    """
    tests = ["import sys; sys.exit('early')", "add(1", 'raise KeyError("a\'b")', '"""\n"""; add("x", 1)', "add(1, 2)"]

    kinds = ["SystemExit", "early", "SyntaxError", "KeyError", "TypeError", "can only concatenate str"]
    result = ran(student, GOOD + "if __name__ == '__main__':\n    add = None\n", tests, *tests[:4], *kinds)

    assert_same(result["outcomes"], ["failed"] * 4 + ["passed"])
    ran(student, GOOD, TESTS, TESTS[1], "AssertionError", "two and two")
    ran(student, "text = '\\\\ \\'\"'", ["assert text == '错误', text + '错误'"], "\\ '\"错误")
    ran(student, GOOD, ["raise ValueError('one\\ntwo')"], "one\ntwo", "ValueError")
    silent = "class Silent(Exception):\n    def __str__(self):\n        raise ValueError\n"
    assert_same(ran(student, silent, ["raise Silent", "pass"], "Silent")["outcomes"], ["failed", "passed"])
    assert_same(ran(student, silent + "raise Silent", ["pass"], "Silent")["outcomes"], ["not run"])
    assert_same(ran(student, "__name__ = __name__.upper()", ["assert __name__ == 'PROGRAM'"])["passed"], 1)


@points(2)
@claims("If `code` itself raises anything, no test is run", "Whatever")
def test_code_that_does_not_load(student):
    """Code that raises, also SystemExit with the code 0, passes no test, and neither does code that prints praise.

    代码抛出任何异常（包括退出码为 0 的 SystemExit）时，没有测试通过；打印“通过”的代码也一样。
    """
    for code, name in (
        ("def add(a, b:\n", "SyntaxError"),
        ("raise ValueError('wrong way')", "ValueError"),
        ("import sys\nprint('passed', 'All tests passed.')\nsys.exit(0)", "SystemExit"),
        ("raise KeyboardInterrupt('wrong way')", "KeyboardInterrupt"),
        ("    def add(a, b):\n        return a + b\n", "IndentationError"),  # nobody may tidy it up
    ):
        words = [name, "wrong way"] if "wrong way" in code else [name]
        result = ran(student, code, ["pass", "assert True"], *words)
        assert_same((result["outcomes"], result["passed"]), (["not run", "not run"], 0))
    praise = '\nfor n in range(3):\n    print(n, "passed")\n    print([n, "passed", ""])\nprint("All tests passed.")'
    assert_same(ran(student, "def add(a, b):\n    return 9" + praise, TESTS)["outcomes"], ["failed"] * 3)


@points(1)
@claims("each stands on a line of its own, even when `code` has printed half a")
def test_code_that_prints(student):
    """Half a line printed before, or a `print` of the code's own, hides no report.

    之前打印了半行，或代码自己定义了 `print`，都不会遮住报告。
    """
    noisy = GOOD + "import sys\nprint('half', end='')\nsys.stdout.write('\\r{')\n"

    assert_same(ran(student, noisy, [f"{test}; print('more', end='')" for test in TESTS])["passed"], 2)
    assert_same(ran(student, noisy, ["add(1, 2); print('x', end='')", "print('y', end='')"])["passed"], 2)
    assert_same(ran(student, GOOD + "print = json = sys = exec = compile = None", TESTS)["passed"], 2)
    assert_same(ran(student, "number = test = tests = code = report = 5", ["assert number == 5", "pass"])["passed"], 2)


@points(2)
@claims(
    "A test of which no whole report arrived was not run",
    "Each is flushed at once",
    "`stopped`: what `run` says",
    "and `stopped`, if that is not empty",
    "returns `stdout`, `stderr` and `stopped`",
)
def test_a_program_that_is_stopped(student):
    """What was reported before the program was stopped counts; the rest was not run.

    程序被中止之前报告的结果有效；其余的测试没有运行。
    """
    tests = ["add(1, 2)", "add('a', 1)", "print('HANGS')", "add(3, 4)"]

    for how in ("time", "output"):
        result = ran(student, GOOD, tests, how, "TypeError", cut="HANGS", how=how)
        assert_same(result["outcomes"], ["passed", "failed", "not run", "not run"])
        assert_same((result["passed"], result["stopped"]), (1, how))
    result = ran(student, GOOD, tests, cut="HANGS", how="")
    assert_same((result["outcomes"], result["stopped"]), (["passed", "failed", "not run", "not run"], ""))
    whole = ["failed", "passed", "failed"]  # wherever the program is stopped: half a report of a failure is none
    for keep in range(0, 240, 7):
        outcomes = ran(student, GOOD, ["add('a', 1)", "add(1, 2)", "add(1, 'a')"], keep=keep)["outcomes"]
        reported = len(outcomes) - outcomes.count("not run")
        assert_same(outcomes, whole[:reported] + ["not run"] * (3 - reported))
    low, high = 0, 4096  # the last report may be whole although the program was stopped after it
    while high - low > 1:
        middle = (low + high) // 2
        result = ran(student, "x = 1", ["assert x == 1"], keep=middle)
        low, high = (middle, high) if result["stopped"] else (low, middle)
        if result["passed"] == 1:
            assert_same(result["feedback"], "All tests passed.")


@points(1)
@after("test_outcomes")
@claims(
    "once",
    "holds a secret that is new in every call, so",
    "The program tells what happened in lines that it prints",
    "`tests` is empty, or `seconds` is not above 0",
    "Nothing was run then",
    "Otherwise it says something",
)
def test_one_program_with_a_secret(student):
    """One program a call, with the given time; two calls with the same arguments write different programs.

    每次调用写一个程序，并传入给定的时间；两次相同的调用写出不同的程序。
    """
    told = student.given("wording").programs(student.run_tests, GOOD, TESTS, 0.25, 2)
    for result in told["results"]:
        assert_same(result["outcomes"], ["not run"] * 3)
        expect(
            result["feedback"] == [],  # some text, with none of no words
            "No test was run, and the feedback is {feedback}.",
            "没有运行任何测试，feedback 却是 {feedback}。",
            feedback=repr(result["feedback"]),
        )
    assert_same(told["seconds"], [0.25, 0.25])
    expect(told["different"] == 2, "The secret is the same in every call.", "每次调用的秘密都一样。")
    asked = []

    def run(program, seconds):
        asked.append(seconds)
        return {"stdout": "", "stderr": "", "stopped": ""}

    def run_tests(tests, seconds):
        return student.given("wording").without_wording([], student.run_tests, GOOD, tests, seconds, run)

    for tests, seconds in ((TESTS, 0), (TESTS, -1.0), (TESTS, float("nan")), ([], 5.0)):
        assert_raises(ValueError, run_tests, tests, seconds)
    assert_same(asked, [])
