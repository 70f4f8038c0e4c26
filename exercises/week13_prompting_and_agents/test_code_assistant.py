"""Visible examples of week 13, code_assistant: an answer with a block of code, and three tests."""

from grader.suite import assert_same

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


def test_three_tests(student):
    """One test fails, and the one behind it is still run.

    一个测试失败，它后面的测试照样运行。
    """
    tests = ["assert add(2, 3) == 5", "assert add(2, 2) == 5", "assert add(0, 0) == 0"]

    result = student.run_tests(
        "def add(a, b):\n    return a + b\n", tests, 5.0, student.given("runner").InThisProcess()
    )

    assert_same(result["outcomes"], ["passed", "failed", "passed"])
