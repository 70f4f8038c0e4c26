"""Known mistakes of week 13, code_assistant."""

import re
import textwrap

import code_assistant as solution

from grader.mistakes import mistake

TICKS = "```"
PYTHON = ("python", "py", "")


def blocks(
    text,
    languages=PYTHON,
    *,
    lines_of=lambda text: text.split("\n"),
    lead=lambda line: line,
    language_of=lambda behind: (behind.split() or [""])[0].lower(),
    ends=lambda ticks, fence, behind: ticks >= len(fence) and not behind,
    kept=lambda lines: "".join(line + "\n" for line in lines),
    cut_off=False,
):
    """The code of every block that counts, with places to change one thing."""
    found, fence, language, lines = [], "", "", []
    for line in lines_of(text):
        bare = lead(line)
        ticks = len(bare) - len(bare.lstrip("`"))
        behind = bare[ticks:].strip()
        if not fence and ticks >= 3 and "`" not in behind:
            fence, language, lines = bare[:ticks], language_of(behind), []
        elif fence and ends(ticks, fence, behind):
            found += [kept(lines)] if language in languages else []
            fence = ""
        else:
            lines.append(line)
    return found + ([kept(lines)] if cut_off and fence and language in languages else [])


def last(found):
    return found[-1] if found else None


@mistake(
    of="extract_code",
    en="It looks like the first block is taken: of several the last one is the answer.",
    zh="看起来取了第一个代码块：有多个时，最后一个才是答案。",
    breaks="Of several blocks that count, the last one is the answer",
)
def takes_the_first(text):
    return (blocks(text) or [None])[0]


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
    return last(blocks(text, language_of=lambda behind: ""))


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
    return last(blocks(text, language_of=lambda behind: (behind.split() or [""])[0]))


@mistake(
    of="extract_code",
    en="It looks like a block that never ends counts: the answer was cut off, and half a program is none.",
    zh="看起来没有结束的代码块也算：回答被截断了，半个程序不是程序。",
    breaks="A block that never ends does not count",
)
def takes_what_was_cut_off(text):
    return last(blocks(text, cut_off=True))


@mistake(
    of="extract_code",
    en="It looks like the code is stripped: lines and spaces at its ends belong to it.",
    zh="看起来去掉了代码首尾的空白：首尾的空行和空格也是代码。",
    breaks="nothing in them is changed",
)
def strips_the_code(text):
    return last(blocks(text, kept=lambda lines: "\n".join(lines).strip()))


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
    en="It looks like an indented line of backticks begins a block: they have to stand at the beginning of their line.",
    zh="看起来缩进的反引号行也开始了代码块：反引号必须在行首。",
    breaks="three or more backticks at its very beginning",
)
def begins_where_it_is_indented(text):
    lines, fence = [], ""
    for line in text.split("\n"):
        bare = line if fence else line.lstrip()
        ticks = len(bare) - len(bare.lstrip("`"))
        if not fence and ticks >= 3 and "`" not in bare[ticks:]:
            fence = bare[:ticks]
        elif fence and ticks >= len(fence) and not bare[ticks:].strip():
            fence = ""
        lines.append(bare)
    return solution.extract_code("\n".join(lines))


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
    en="It looks like the first failure ends the program: the tests after it still have something to say.",
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
    en="It looks like a report can stand after half a line that the code printed, and is not found there.",
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
    en="It looks like the feedback has an error's message without the name of its class.",
    zh="看起来 feedback 中只有错误的消息，没有类名。",
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
    return solution.run_tests(code, tests, seconds if seconds > 0 else 1e-9, run) if tests else unchecked(seconds, run)


def unchecked(seconds, run):
    run("", seconds)
    return {"outcomes": [], "passed": 0, "stopped": "", "feedback": "All tests passed."}


@mistake(
    of="extract_code",
    en="It looks like the code lost its last line feed: each line has one, the last one too.",
    zh="看起来代码少了最后的换行：每一行都有换行，最后一行也有。",
    breaks="each with its line feed",
)
def drops_the_last_line_feed(text):
    return last(blocks(text, kept="\n".join))


@mistake(
    of="extract_code",
    en="It looks like a block without a language does not count: it may be missing.",
    zh="看起来没有写语言的代码块不算：语言可以省略。",
    breaks="is `python`, `py` or missing",
)
def needs_a_language(text):
    return last(blocks(text, ("python", "py")))


@mistake(
    of="extract_code",
    en="It looks like all blocks are joined: the last one is the answer, whole.",
    zh="看起来把所有代码块拼在了一起：只有最后一个是答案。",
    breaks="Of several blocks that count, the last one is the answer",
)
def joins_the_blocks(text):
    found = blocks(text)
    return "".join(found) if found else None


@mistake(
    of="extract_code",
    en="It looks like a block without lines is taken for no block: its code is the empty text.",
    zh="看起来没有内容的代码块被当作没有代码块：它的代码是空文本。",
    breaks="The lines between are its code",
)
def empty_is_none(text):
    return last(blocks(text)) or None


@mistake(
    of="extract_code",
    en="It looks like lines are cut by `splitlines`: it ends them at form feeds and other letters, too.",
    zh="看起来用 `splitlines` 分行：它在换页符等其他字符处也会断开。",
    breaks="Lines end with a line",
)
def splits_at_other_letters(text):
    return last(blocks(text, lines_of=str.splitlines))


@mistake(
    of="extract_code",
    en="It looks like indented backticks begin or end a block: they are part of the text.",
    zh="看起来缩进的反引号也开始或结束了代码块：它们只是文本的一部分。",
    breaks="or indented, neither begin nor end a block",
)
def minds_no_indent(text):
    return last(blocks(text, lead=str.lstrip))


@mistake(
    of="extract_code",
    en="It looks like the whole line after the backticks is the language: it is the first word.",
    zh="看起来把反引号后面的整行当成了语言：语言是第一个词。",
    breaks="the first word after the backticks",
)
def language_is_the_whole_line(text):
    return last(blocks(text, language_of=str.lower))


@mistake(
    of="extract_code",
    en="It looks like every language that begins with py counts: it is `python`, `py` or missing.",
    zh="看起来凡是以 py 开头的语言都算：只有 `python`、`py` 或省略。",
    breaks="is `python`, `py` or missing",
)
def languages_that_begin_so(text):
    return last(
        blocks(text, language_of=lambda behind: "" if behind.lower().startswith("py") else behind.split(" ")[0])
    )


@mistake(
    of="extract_code",
    en="It looks like a block ends only with exactly as many backticks: more of them end it, too.",
    zh="看起来结束行的反引号必须恰好一样多：更多也可以结束。",
    breaks="at least as many backticks",
)
def exactly_as_many(text):
    return last(blocks(text, ends=lambda ticks, fence, behind: ticks == len(fence) and not behind))


@mistake(
    of="extract_code",
    en=(
        "It looks like a line of backticks with a word after them ends a block: nothing may stand there but "
        "white space."
    ),
    zh="看起来反引号后面还有文字的行也结束了代码块：后面只能有空白。",
    breaks="and nothing else but white space",
)
def ends_with_a_word(text):
    return last(blocks(text, ends=lambda ticks, fence, behind: ticks >= len(fence)))


@mistake(
    of="run_tests",
    en="It looks like an empty list of tests is not refused: then everything has passed.",
    zh="看起来没有拒绝空的测试列表：那样就等于全部通过。",
    breaks="`tests` is empty",
)
def takes_no_tests(code, tests, seconds=5.0, run=solution.run_program):
    return solution.run_tests(code, tests, seconds, run) if tests or not seconds > 0 else unchecked(seconds, run)


@mistake(
    of="run_tests",
    en="It looks like `seconds` is not checked: without any time nothing can run.",
    zh="看起来没有检查 `seconds`：没有时间，什么也运行不了。",
    breaks="or `seconds` is not above 0",
)
def takes_any_seconds(code, tests, seconds=5.0, run=solution.run_program):
    return solution.run_tests(code, tests, seconds if seconds > 0 else 1e-9, run)


@mistake(
    of="run_tests",
    en="It looks like NaN passes for a number of seconds: `seconds <= 0` is false for it, and so is `seconds > 0`.",
    zh="看起来 NaN 也被当作秒数：对它来说 `seconds <= 0` 为假，`seconds > 0` 也为假。",
    breaks="or `seconds` is not above 0",
)
def takes_nan_seconds(code, tests, seconds=5.0, run=solution.run_program):
    return solution.run_tests(code, tests, 1e-9 if seconds != seconds else seconds, run)


@mistake(
    of="run_tests",
    en="It looks like a program that ends quietly has passed: `sys.exit(0)` in the code ends it quietly, too.",
    zh="看起来程序安静地结束就算通过：代码里的 `sys.exit(0)` 也会让它安静地结束。",
    breaks="A test of which no whole report arrived was not run",
)
def believes_a_quiet_end(code, tests, seconds=5.0, run=solution.run_program):
    ended = []

    def watched(program, seconds):
        ended.append(run(program, seconds))
        return ended[-1]

    result = solution.run_tests(code, tests, seconds, watched)
    if not ended[-1]["stopped"] and not ended[-1]["stderr"]:
        result["outcomes"] = [what.replace("not run", "passed") for what in result["outcomes"]]
        result["passed"] = result["outcomes"].count("passed")
        result["feedback"] = "All tests passed." if result["passed"] == len(tests) else result["feedback"]
    return result


@mistake(
    of="run_tests",
    en="It looks like the feedback is empty when tests were not run: the model should hear of it.",
    zh="看起来测试没有运行时 feedback 是空的：应当告诉模型。",
    breaks="Otherwise it says something",
)
def says_nothing_of_what_was_not_run(code, tests, seconds=5.0, run=solution.run_program):
    result = solution.run_tests(code, tests, seconds, run)
    return result | {"feedback": result["feedback"].replace("The program ended before all tests were run.", "")}


@mistake(
    of="run_tests",
    en="It looks like each test gets names of its own: what one test defines, the next ones may use.",
    zh="看起来每个测试各用一份名字空间：一个测试定义的名字，后面的测试也可以用。",
    breaks="all in one namespace in",
)
def names_for_each_test(code, tests, seconds=5.0, run=solution.run_program):
    old = 'exec(compile(source, "code" if number < 0 else "test", "exec"), namespace)'
    return changed(
        code, tests, seconds, run, old, old.replace("namespace", "namespace if number < 0 else dict(namespace)")
    )


@mistake(
    of="run_tests",
    en=(
        "It looks like the code stands between quotation marks in your program: those in the code end it "
        "early. Use repr."
    ),
    zh="看起来代码直接放在程序的引号之间：代码里的引号会提前结束它。请用 repr。",
    breaks="Neither `code` nor a test makes",
)
def pastes_the_code(code, tests, seconds=5.0, run=solution.run_program):
    return changed(code, tests, seconds, run, "attempt(-1, {code!r})", "attempt(-1, '''{code}''')")


@mistake(
    of="run_tests",
    en="It looks like the feedback has the class of an error without its message.",
    zh="看起来 feedback 中只有错误的类名，没有消息。",
    breaks="the name of the error's class and the error's message",
)
def only_the_class(code, tests, seconds=5.0, run=solution.run_program):
    return changed(code, tests, seconds, run, 'type(error).__name__ + ": " + message', "type(error).__name__")


@mistake(
    of="run_tests",
    en=(
        "It looks like the feedback has the repr of an error: quotation marks and line breaks of its message "
        "are changed there."
    ),
    zh="看起来 feedback 中用的是错误的 repr：其中消息的引号和换行都变了样。",
    breaks="the name of the error's class and the error's message",
)
def repr_of_the_error(code, tests, seconds=5.0, run=solution.run_program):
    return changed(code, tests, seconds, run, 'type(error).__name__ + ": " + message', "repr(error)")


@mistake(
    of="run_tests",
    en="It looks like an error whose `__str__` raises ends your program: nothing after it is run.",
    zh="看起来 `__str__` 会抛出异常的错误结束了你的程序：后面的都没有运行。",
    breaks="own `__str__` raises",
)
def trusts_str(code, tests, seconds=5.0, run=solution.run_program):
    return changed(
        code,
        tests,
        seconds,
        run,
        "        except BaseException:\n            message",
        "        except ImportError:\n            message",
    )


@mistake(
    of="run_tests",
    en="It looks like half a report makes your function raise: the program may be stopped in the middle of a line.",
    zh="看起来半条报告会让你的函数抛出异常：程序可能在一行的中间被中止。",
    breaks="A test of which no whole report arrived was not run",
)
def trips_over_half_a_report(code, tests, seconds=5.0, run=solution.run_program):
    def whole(program, seconds):
        ended = run(program, seconds)
        secret = program.split('write("\\n" + \'')[1].split("'")[0]
        for line in ended["stdout"].split("\n"):
            if line.startswith(secret):
                solution.json.loads(line.removeprefix(secret))
        return ended

    return solution.run_tests(code, tests, seconds, whole)


@mistake(
    of="run_tests",
    en="It looks like half a report of a failed test counts as passed: what is not whole says nothing.",
    zh="看起来失败测试的半条报告被算成了通过：不完整的报告不说明任何事。",
    breaks="A test of which no whole report arrived was not run",
)
def half_a_report_is_passed(code, tests, seconds=5.0, run=solution.run_program):
    def mended(program, seconds):
        ended = run(program, seconds)
        secret = program.split('write("\\n" + \'')[1].split("'")[0]
        lines = ended["stdout"].split("\n")
        for place, line in enumerate(lines):
            half = re.match(re.escape(secret) + r" \[(\d+)", line)
            if half and not line.endswith("]"):
                lines[place] = f'{secret} [{half[1]}, "passed", ""]'
        return ended | {"stdout": "\n".join(lines)}

    return solution.run_tests(code, tests, seconds, mended)


@mistake(
    of="run_tests",
    en="It looks like the code is stripped or dedented before it is run: run it as it is.",
    zh="看起来运行之前去掉了代码首尾的空白或整体的缩进：应当原样运行。",
    breaks="The program runs `code`",
)
def tidies_the_code(code, tests, seconds=5.0, run=solution.run_program):
    return solution.run_tests(textwrap.dedent(code), tests, seconds, run)


@mistake(
    of="extract_code",
    en="It looks like tildes begin a block too: only backticks do.",
    zh="看起来波浪线也开始了代码块：只有反引号才算。",
    breaks="A block begins with a line that has three or more backticks",
)
def tildes_count(text):
    return solution.extract_code(re.sub(r"^~{3,}", lambda found: "`" * len(found[0]), text, flags=re.M))


@mistake(
    of="run_tests",
    en=(
        "It looks like a program that was stopped has failed whatever was reported: if all tests had passed "
        "before, they passed."
    ),
    zh="看起来程序被中止就不算全部通过：如果在那之前所有测试都已通过，就是通过。",
    breaks="If all passed, it is",
)
def never_all_when_stopped(code, tests, seconds=5.0, run=solution.run_program):
    result = solution.run_tests(code, tests, seconds, run)
    late = result["stopped"] and result["passed"] == len(tests)
    return result | ({"feedback": f"The program was stopped: {result['stopped']}"} if late else {})


@mistake(
    of="run_tests",
    en="It looks like every test gets a program of its own: one program runs the code once, and then all tests.",
    zh="看起来每个测试各写一个程序：应当只有一个程序，先运行一次代码，再运行所有测试。",
    breaks="hands it to",
)
def a_program_for_each_test(code, tests, seconds=5.0, run=solution.run_program):
    results = [solution.run_tests(code, [test], seconds, run) for test in tests] or [solution.run_tests(code, tests)]
    outcomes = [result["outcomes"][0] for result in results]
    said = [result["feedback"] for result in results if result["feedback"] != "All tests passed."]
    stopped = next((result["stopped"] for result in results if result["stopped"]), "")
    feedback = "\n".join(said) or "All tests passed."
    return {"outcomes": outcomes, "passed": outcomes.count("passed"), "stopped": stopped, "feedback": feedback}


@mistake(
    of="run_tests",
    en="It looks like the given `seconds` are not handed on: the program gets another time.",
    zh="看起来没有把给定的 `seconds` 传下去：程序得到的是别的时间。",
    breaks="hands it to",
)
def another_time(code, tests, seconds=5.0, run=solution.run_program):
    return solution.run_tests(code, tests, seconds, lambda program, _: run(program, 5.0))


@mistake(
    of="run_tests",
    en="It looks like only Exception is caught where a test is run: a test that calls sys.exit ends the program.",
    zh="看起来运行测试时只捕获了 Exception：调用 sys.exit 的测试会结束整个程序。",
    breaks="has failed, and",
)
def a_test_may_exit(code, tests, seconds=5.0, run=solution.run_program):
    return changed(
        code,
        tests,
        seconds,
        run,
        "    except BaseException as error:\n",
        "    except (Exception if number >= 0 else BaseException) as error:\n",
    )


@mistake(
    of="run_tests",
    en="It looks like the first test's report can stand after half a line that the code printed, and is lost there.",
    zh="看起来第一个测试的报告可能接在代码打印的半行后面，就此丢失。",
    breaks="each stands on a line of its own",
)
def half_a_line_hides_the_first_test(code, tests, seconds=5.0, run=solution.run_program):
    line = 'write("\\n" + {secret!r} + " " + dumps(report) + "\\n")'
    quiet = 'number < 0 and report[1] == "passed" or write({secret!r} + " " + dumps(report) + "\\n")'
    return changed(code, tests, seconds, run, line, quiet)
