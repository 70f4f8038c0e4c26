"""Visible examples of week 13, code_assistant: an answer with a block of code, and three tests."""

from grader.suite import assert_raises, assert_same

ANSWER = """Here it is:

```python
def add(a, b):
    return a + b
```

It adds two numbers."""


def test_a_block_of_code(student):
    """The lines between the fences are the code.

    两行反引号之间的内容就是代码。
    """
    assert_same(student.extract_code(ANSWER), "def add(a, b):\n    return a + b\n")
    assert_same(student.extract_code("I do not know."), None)


def test_which_block(student):
    """The last block of Python is the answer; other languages and a block that is cut off do not count.

    最后一个 Python 代码块是答案；其他语言的、被截断的代码块都不算。
    """
    blocks = "```Python\na = 1\n```\n```\n  b = 2\n\n```\n```bash\nls\n```\n"
    assert_same(student.extract_code(blocks), "  b = 2\n\n")
    assert_same(student.extract_code(blocks + "```python\nc = 3"), "  b = 2\n\n")
    assert_same(student.extract_code("````\n```\ns = '```'\n  ```\n```py\n`````"), "```\ns = '```'\n  ```\n```py\n")
    assert_same(student.extract_code("```\n```"), "")


def run_tests(student, code, tests, *words, **how):
    """What became of the tests; of the feedback, which of these words stand in it."""
    runner, wording = student.given("runner").InThisProcess(**how), student.given("wording")
    return wording.without_wording(words, student.run_tests, code, tests, 5.0, runner)


def test_three_tests(student):
    """One test fails, and the one after it is still run.

    一个测试失败，它后面的测试照样运行。
    """
    tests = ["assert add(2, 3) == 5", "assert add(2, 2) == 5", "assert add(0, 0) == 0"]

    words = ["assert add(2, 2) == 5", "AssertionError"]
    result = run_tests(student, "def add(a, b):\n    return a + b\n", tests, *words)

    assert_same(result["outcomes"], ["passed", "failed", "passed"])
    assert_same(result["feedback"], words)
    assert_raises(ValueError, student.run_tests, "", [])


def test_code_that_ends_the_program(student):
    """`sys.exit(0)` in the code passes nothing; in a test it is a failure like any other.

    代码里的 `sys.exit(0)` 不会让任何测试通过；在测试里，它与其他失败一样。
    """
    result = run_tests(student, "import sys\nprint('passed')\nsys.exit(0)", ["pass", "pass"], "SystemExit")
    assert_same((result["outcomes"], result["passed"]), (["not run", "not run"], 0))
    assert_same(result["feedback"], ["SystemExit"])

    tests = ["import sys; sys.exit('early')", "x = '''a'''", "assert x == 'a'"]
    result = run_tests(
        student, "print('''half''', end='')\nif __name__ == '__main__':\n    raise OSError", tests, "early"
    )
    assert_same((result["outcomes"], result["feedback"]), (["failed", "passed", "passed"], ["early"]))


def test_a_program_that_is_stopped(student):
    """What was reported before the program was stopped counts.

    程序被中止之前报告的结果有效。
    """
    result = run_tests(student, "", ["pass", "print('HANGS')", "pass"], "time", cut="HANGS")

    assert_same(
        result, {"outcomes": ["passed", "not run", "not run"], "passed": 1, "stopped": "time", "feedback": ["time"]}
    )
