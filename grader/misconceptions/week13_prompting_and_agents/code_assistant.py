"""Known mistakes of week 13, code_assistant."""

import re

import code_assistant as solution

from grader.mistakes import mistake

TICKS = "```"


@mistake(
    of="extract_code",
    en="It looks like the first block is taken: of several the last one is the answer.",
    zh="看起来取了第一个代码块：有多个时，最后一个才是答案。",
    breaks="Of several blocks that count, the last one is the answer",
)
def takes_the_first(text):
    lines = text.split("\n")
    for number in range(len(lines) + 1):
        found = solution.extract_code("\n".join(lines[:number]))
        if found is not None:
            return found
    return None


@mistake(
    of="extract_code",
    en="It looks like any three backticks end the block, also those in the middle of a line.",
    zh="看起来任何三个反引号都会结束代码块，行中间的也算。",
    breaks="Backticks elsewhere",
)
def ends_at_any_backticks(text):
    found = re.findall(r"^```+[ ]*(?i:python|py)?[^`\n\w]*(?:[ ]title[^\n]*)?\n(.*?)```", text, re.S | re.M)
    return found[-1] if found else None


@mistake(
    of="extract_code",
    en="It looks like the language may be any word: a block of shell commands is not Python.",
    zh="看起来任何语言都算：一段 shell 命令不是 Python。",
    breaks="A block counts if its language",
)
def any_language(text):
    return solution.extract_code(re.sub(r"^(```+)[^`\n]+$", r"\1", text, flags=re.M))


@mistake(
    of="extract_code",
    en="It looks like blocks of other languages are passed over: where one ends, a new block seems to begin.",
    zh="看起来跳过了其他语言的代码块：它的结束行就被当成了新代码块的开头。",
    breaks="A block begins with a line that has three or more backticks",
)
def passes_over_other_languages(text):
    found, fence, lines = None, "", []
    for line in text.split("\n"):
        ticks = len(line) - len(line.lstrip("`"))
        behind = line[ticks:].strip()
        python = (behind.split() or [""])[0].lower() in ("python", "py", "")
        if not fence and ticks >= 3 and "`" not in behind and python:
            fence, lines = line[:ticks], []
        elif fence and ticks >= len(fence) and not behind:
            found, fence = "".join(line + "\n" for line in lines), ""
        else:
            lines.append(line)
    return found


@mistake(
    of="extract_code",
    en="It looks like upper and lower case of the language are told apart.",
    zh="看起来语言名区分了大小写。",
    breaks="case are the same",
)
def only_lower_case(text):
    return solution.extract_code(re.sub(r"^(```+ *)(Python|PY)$", r"\1other", text, flags=re.M))


@mistake(
    of="extract_code",
    en="It looks like a block that never ends counts: the answer was cut off, and half a program is none.",
    zh="看起来没有结束的代码块也算：回答被截断了，半个程序不是程序。",
    breaks="A block that never ends does not count",
)
def takes_what_was_cut_off(text):
    more = text.rstrip("\n") + "\n" + TICKS
    plain, longer = solution.extract_code(text), solution.extract_code(more)
    return longer if text.count("\n" + TICKS) + text.startswith(TICKS) == 1 or plain is None else plain


@mistake(
    of="extract_code",
    en="It looks like the code is stripped: lines and spaces at its ends belong to it.",
    zh="看起来去掉了代码首尾的空白：首尾的空行和空格也是代码。",
    breaks="nothing in them is changed",
)
def strips_the_code(text):
    found = solution.extract_code(text)
    return found and found.strip() + "\n"


@mistake(
    of="extract_code",
    en="It looks like the whole answer is taken for code when it has no block.",
    zh="看起来没有代码块时把整个回答当成了代码。",
    breaks="A block begins with a line that has three or more backticks",
)
def takes_the_whole_answer(text):
    found = solution.extract_code(text)
    return text if found is None and TICKS not in text else found


@mistake(
    of="extract_code",
    en="It looks like a longer fence is ended by a shorter one.",
    zh="看起来较短的反引号行结束了用更长反引号开头的代码块。",
    breaks="at least as many backticks",
)
def shorter_fences_end(text):
    return solution.extract_code(re.sub(r"^`{4,}", TICKS, text, flags=re.M))


def changed(code, tests, seconds, run, old, new):
    """The solution with another program."""
    assert old in solution.PROGRAM
    program, solution.PROGRAM = solution.PROGRAM, solution.PROGRAM.replace(old, new)
    try:
        return solution.run_tests(code, tests, seconds, run)
    finally:
        solution.PROGRAM = program


@mistake(
    of="run_tests",
    en="It looks like the first failure ends the program: the tests behind it still have something to say.",
    zh="看起来第一个失败就结束了程序：后面的测试仍然有用。",
    breaks="has failed, and",
)
def stops_at_the_first_failure(code, tests, seconds=5.0, run=solution.run_program):
    return changed(
        code, tests, seconds, run, "        attempt(number, test)", "        attempt(number, test) or sys.exit()"
    )


@mistake(
    of="run_tests",
    en="It looks like only Exception is caught: a test that calls sys.exit ends the program.",
    zh="看起来只捕获了 Exception：调用 sys.exit 的测试会结束整个程序。",
    breaks="has failed, and",
)
def catches_exceptions_only(code, tests, seconds=5.0, run=solution.run_program):
    return changed(code, tests, seconds, run, "except BaseException", "except Exception")


@mistake(
    of="run_tests",
    en="It looks like the tests run although the code did not load.",
    zh="看起来代码没能加载，测试却照样运行了。",
    breaks="no test is run",
)
def runs_tests_of_broken_code(code, tests, seconds=5.0, run=solution.run_program):
    return changed(code, tests, seconds, run, "if attempt(-1, {code!r}):", "if attempt(-1, {code!r}) or True:")


@mistake(
    of="run_tests",
    en="It looks like a report can stand behind half a line that the code printed, and is not found there.",
    zh="看起来报告可能接在代码打印的半行后面，于是找不到它。",
    breaks="each stands on a line of its own",
)
def reports_behind_half_a_line(code, tests, seconds=5.0, run=solution.run_program):
    return changed(code, tests, seconds, run, 'write("\\\\n" + {secret!r}', "write({secret!r}")


@mistake(
    of="run_tests",
    en="It looks like reports are not flushed: those that wait in a buffer are lost when the program is stopped.",
    zh="看起来报告没有刷新（flush）：程序被中止时，还在缓冲区里的报告就丢了。",
    breaks="Each is flushed at once",
)
def does_not_flush(code, tests, seconds=5.0, run=solution.run_program):
    return changed(code, tests, seconds, run, "    flush()\n", "")


@mistake(
    of="run_tests",
    en="It looks like the code shares its names with your program: it can replace `print`, `test` or `number`.",
    zh="看起来代码与你的程序共用名字：它可以替换掉 `print`、`test` 或 `number`。",
    breaks="Whatever",
)
def shares_its_names(code, tests, seconds=5.0, run=solution.run_program):
    return changed(
        code,
        tests,
        seconds,
        run,
        'namespace = {{"__name__": "program"}}',
        "namespace = globals(); namespace['__name__'] = 'program'",
    )


@mistake(
    of="run_tests",
    en="It looks like the main part of a script is run: `__name__` must not be `__main__`.",
    zh="看起来运行了脚本的主程序部分：`__name__` 不应是 `__main__`。",
    breaks="stays asleep",
)
def wakes_the_main_part(code, tests, seconds=5.0, run=solution.run_program):
    return changed(code, tests, seconds, run, '"__name__": "program"', '"__name__": "__main__"')


@mistake(
    of="run_tests",
    en="It looks like the secret is the same in every call: code can have it written down.",
    zh="看起来每次调用的秘密都相同：代码可以事先写好它。",
    breaks="holds a secret that is new in every call",
)
def always_the_same_secret(code, tests, seconds=5.0, run=solution.run_program):
    return _fixed(code, tests, seconds, run)


def _fixed(code, tests, seconds, run):
    token, solution.secrets.token_hex = solution.secrets.token_hex, lambda size: "7" * size
    try:
        return solution.run_tests(code, tests, seconds, run)
    finally:
        solution.secrets.token_hex = token


@mistake(
    of="run_tests",
    en="It looks like what was not run counts as failed: the model would look for a mistake in the wrong place.",
    zh="看起来把没有运行的测试算作失败：模型会在错误的地方找问题。",
    breaks="was not run",
)
def not_run_is_failed(code, tests, seconds=5.0, run=solution.run_program):
    result = solution.run_tests(code, tests, seconds, run)
    return result | {"outcomes": [what.replace("not run", "failed") for what in result["outcomes"]]}


@mistake(
    of="run_tests",
    en="It looks like the feedback does not hold the failing test's text: the model does not know what was asked.",
    zh="看起来 feedback 中没有失败测试的文本：模型不知道考的是什么。",
    breaks="and contains for each",
)
def forgets_the_test(code, tests, seconds=5.0, run=solution.run_program):
    result = solution.run_tests(code, tests, seconds, run)
    feedback = result["feedback"]
    for test in tests:
        feedback = feedback.replace(test + "\n", "A test failed.\n")
    return result | {"feedback": feedback}


@mistake(
    of="run_tests",
    en="It looks like the feedback has the error's message without its class, or the other way round.",
    zh="看起来 feedback 中只有错误的消息而没有类名，或者相反。",
    breaks="the name of the error's class and the error's message",
)
def only_the_message(code, tests, seconds=5.0, run=solution.run_program):
    return changed(code, tests, seconds, run, 'type(error).__name__ + ": " + message', '"error: " + message')


@mistake(
    of="run_tests",
    en="It looks like the feedback does not say that the program was stopped.",
    zh="看起来 feedback 没有说明程序被中止。",
    breaks="and `stopped`, if that is not empty",
)
def does_not_say_it_was_stopped(code, tests, seconds=5.0, run=solution.run_program):
    result = solution.run_tests(code, tests, seconds, run)
    return result | {"feedback": result["feedback"].split("The program was stopped")[0]}


@mistake(
    of="run_tests",
    en="It looks like `tests` and `seconds` are not checked.",
    zh="看起来没有检查 `tests` 和 `seconds`。",
    breaks="`tests` is empty",
)
def checks_nothing(code, tests, seconds=5.0, run=solution.run_program):
    if tests and seconds > 0:
        return solution.run_tests(code, tests, seconds, run)
    run("", seconds)
    return {"outcomes": ["not run"] * len(tests), "passed": 0, "stopped": "", "feedback": ""}
