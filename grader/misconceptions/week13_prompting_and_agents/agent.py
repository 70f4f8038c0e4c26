"""Known mistakes of week 13, agent."""

import json
import re

import agent as solution

from grader.mistakes import mistake


def loop(
    llm,
    tools,
    max_steps,
    messages,
    parse,
    *,
    special=solution.SPECIAL,
    marks=solution.MARKS,
    observe=solution._observe,
    clean=solution.neutralise,
    final=lambda text, seen: None,
    **change,
):
    """The solution's loop with places to change one thing."""
    if max_steps < 1:
        raise ValueError("max_steps")
    dangerous = [*special, *marks]
    solution.neutralise("", dangerous)
    messages = messages if change.get("shared") else [dict(message) for message in messages]
    seen = ""
    for step in range(1, max_steps + 1 - change.get("fewer", 0)):
        text = llm(messages[:1] + messages[1 + change.get("forget", 0) * step :])
        text = text.strip() if change.get("stripped") else text
        messages.append({"role": "assistant", "content": text})
        calls = parse(text + (seen if change.get("listen") else ""))
        if change.get("first"):
            calls = calls[:1]
        seen = ""
        if not calls:
            return {"answer": text, "finished": True, "steps": step, "messages": messages}
        stop = step == max_steps and not change.get("run_last")
        found = [solution.problem("not_run", "no steps") if stop else observe(call, tools) for call in calls]
        seen = "\n" + "\n".join(found)
        contents = [marks[0] + clean(one, dangerous) + marks[1] for one in found]
        if change.get("joined"):
            contents = ["\n".join(contents)]
        messages += [{"role": change.get("role", "tool"), "content": content} for content in contents]
    return {
        "answer": text if change.get("last_text") else solution.GAVE_UP,
        "finished": bool(change.get("last_text")),
        "steps": max_steps,
        "messages": messages,
    }


@mistake(
    of="neutralise",
    en="It looks like special strings are taken out: what is left on both sides can join to a new one.",
    zh="看起来把特殊字符串删掉了：两边剩下的部分会拼成新的特殊字符串。",
    breaks="no letter is lost",
)
def takes_them_out(text, special):
    solution.neutralise("", special)
    for string in special:
        text = text.replace(string, "") if string else text
    return text


@mistake(
    of="neutralise",
    en="It looks like every < is replaced: a comparison such as 2 < 3 must stay as it is.",
    zh="看起来替换了所有的 <：像 2 < 3 这样的比较应当保持不变。",
    breaks="Nothing else",
)
def replaces_every_bracket(text, special):
    solution.neutralise("", special)
    return text.replace("<", "‹") if any(special) else text


@mistake(
    of="neutralise",
    en="It looks like only the first occurrence of each special string is replaced.",
    zh="看起来每个特殊字符串只替换了第一次出现。",
    breaks="Wherever one of `special` stands in `text`",
)
def only_the_first(text, special):
    solution.neutralise("", special)
    for string in filter(None, special):
        text = text.replace(string, "‹" + string[1:], 1)
    return text


@mistake(
    of="neutralise",
    en="It looks like upper and lower case are not told apart.",
    zh="看起来没有区分大小写。",
    breaks="Upper and lower case are different",
)
def ignores_case(text, special):
    solution.neutralise("", special)
    places = [match.start() for string in special if string for match in re.finditer(re.escape(string), text, re.I)]
    return "".join("‹" if place in places else letter for place, letter in enumerate(text))


@mistake(
    of="neutralise",
    en="It looks like the special strings are used as regular expressions: in <|end|> the bars mean `or`.",
    zh="看起来把特殊字符串当成了正则表达式：在 <|end|> 中，竖线的意思是“或”。",
    breaks="Wherever one of `special` stands in `text`",
)
def strings_as_patterns(text, special):
    solution.neutralise("", special)
    for string in filter(None, special):
        text = re.sub(string, lambda match: match[0].replace("<", "‹", 1), text)
    return text


@mistake(
    of="neutralise",
    en="It looks like the special strings are not checked.",
    zh="看起来没有检查特殊字符串。",
    breaks="does not begin with `<`",
)
def checks_nothing(text, special):
    return solution.neutralise(text, [string for string in special if string.rfind("<") == 0])


@mistake(
    of="run_agent",
    en="It looks like a result is not neutralised: a page that holds <|end|><|user|> speaks as the user.",
    zh="看起来没有处理工具的结果：含有 <|end|><|user|> 的网页就能以用户的身份说话。",
    breaks="All observations, those of errors too, go",
)
def trusts_results(*args, **kwargs):
    return loop(*args, clean=lambda text, special: text, **kwargs)


@mistake(
    of="run_agent",
    en="It looks like only results are neutralised: the message of an error may hold what an attacker wrote, too.",
    zh="看起来只处理了正常结果：错误信息里也可能有攻击者写的内容。",
    breaks="All observations, those of errors too, go",
)
def trusts_errors(*args, **kwargs):
    def clean(text, special):
        return text if text.startswith("error (") else solution.neutralise(text, special)

    return loop(*args, clean=clean, **kwargs)


@mistake(
    of="run_agent",
    en="It looks like the marks are not among the strings that lose their meaning: a result can end its own marking.",
    zh="看起来两个标记没有一起处理：工具的结果可以自己结束标记范围。",
    breaks="through `neutralise` first, with the strings of `special` and both marks",
)
def marks_can_be_forged(*args, special=solution.SPECIAL, **kwargs):
    return loop(*args, special=special, clean=lambda text, _: solution.neutralise(text, special), **kwargs)


@mistake(
    of="run_agent",
    en="It looks like observations stand without their marks.",
    zh="看起来观察结果没有加上标记。",
    breaks="The content of a tool message is `marks[0]`, the observation, `marks[1]`",
)
def forgets_the_marks(*args, marks=solution.MARKS, special=solution.SPECIAL, **kwargs):
    solution.neutralise("", marks)
    return loop(*args, marks=("", ""), special=[*special, *marks], **kwargs)


@mistake(
    of="run_agent",
    en="It looks like tools' results are searched for calls: a page could have its own tools run.",
    zh="看起来在工具的结果里也找调用：网页就能让程序执行它想要的工具。",
    breaks="`parse` is given what the model wrote and nothing else",
)
def listens_to_results(*args, **kwargs):
    return loop(*args, listen=True, **kwargs)


@mistake(
    of="run_agent",
    en="It looks like an error of a tool ends the run: the model never hears of it.",
    zh="看起来工具出错就结束了运行：模型根本不知道出了错。",
    breaks="and the run goes on",
)
def lets_tools_raise(*args, **kwargs):
    def observe(call, tools):
        if "error" in call or call["name"] not in tools:
            return solution._observe(call, tools)
        return str(tools[call["name"]](**call["arguments"]))

    return loop(*args, observe=observe, **kwargs)


@mistake(
    of="run_agent",
    en="It looks like a call that could not be read becomes the answer: it must come back to the model.",
    zh="看起来读不懂的调用变成了答案：应当把错误交回给模型。",
    breaks="of a call that `parse` could not read",
)
def malformed_is_the_answer(llm, tools, max_steps, messages, parse, **kwargs):
    def readable(text):
        return [call for call in parse(text) if "error" not in call]

    return loop(llm, tools, max_steps, messages, readable, **kwargs)


@mistake(
    of="run_agent",
    en="It looks like a tool that does not exist ends the run with a KeyError.",
    zh="看起来调用不存在的工具时，运行因 KeyError 而结束。",
    breaks="of a call whose name `tools` does not have",
)
def unknown_tools_raise(*args, **kwargs):
    def observe(call, tools):
        if "error" not in call:
            tools[call["name"]]
        return solution._observe(call, tools)

    return loop(*args, observe=observe, **kwargs)


@mistake(
    of="run_agent",
    en="It looks like a KeyError counts as an unknown tool: a tool may raise one, too, and then it is tool_failed.",
    zh="看起来把 KeyError 当成了未知的工具：工具自己也可能抛出 KeyError，那是 tool_failed。",
    breaks="If it raises an Exception",
)
def takes_a_key_error_for_a_missing_tool(*args, **kwargs):
    def observe(call, tools):
        if "error" in call:
            return solution._observe(call, tools)
        try:
            return str(tools[call["name"]](**call["arguments"]))
        except KeyError:
            return solution.problem("unknown_tool", f"there is no tool {call['name']}")
        except Exception as error:  # noqa: BLE001 - as the solution does
            return solution.problem("tool_failed", str(error))

    return loop(*args, observe=observe, **kwargs)


@mistake(
    of="run_agent",
    en="It looks like only the first call of a reply is run.",
    zh="看起来一条回复中只执行了第一个调用。",
    breaks="there is one observation for each call",
)
def only_the_first_call(*args, **kwargs):
    return loop(*args, first=True, **kwargs)


@mistake(
    of="run_agent",
    en="It looks like the observations of a step share one message.",
    zh="看起来一步中的几个观察结果合在了一条消息里。",
    breaks="each added as a message of its own",
)
def one_message_for_all(*args, **kwargs):
    return loop(*args, joined=True, **kwargs)


@mistake(
    of="run_agent",
    en="It looks like observations have the role user: then a page speaks with the user's voice.",
    zh="看起来观察结果的角色是 user：那样网页就在以用户的身份说话。",
    breaks="each added as a message of its own with the role",
)
def observations_of_the_user(*args, **kwargs):
    return loop(*args, role="user", **kwargs)


@mistake(
    of="run_agent",
    en="It looks like one step too many is taken.",
    zh="看起来多走了一步。",
    breaks="The model is asked at most `max_steps` times",
)
def one_step_too_many(llm, tools, max_steps, *args, **kwargs):
    if max_steps < 1:
        raise ValueError("max_steps")
    return loop(llm, tools, max_steps + 1, *args, **kwargs)


@mistake(
    of="run_agent",
    en="It looks like the last step's calls are run although nobody will read what comes of it.",
    zh="看起来最后一步的调用仍然执行了，可结果已经没有人会看。",
    breaks="none of them is run, for",
)
def runs_the_last_calls(*args, **kwargs):
    return loop(*args, run_last=True, **kwargs)


@mistake(
    of="run_agent",
    en="It looks like the last text counts as the answer when the steps are used up: the run has not finished.",
    zh="看起来步数用完时把最后写的文字当成了答案：其实没有完成。",
    breaks="then `GAVE_UP`, not the last thing that was written",
)
def the_last_text_is_the_answer(*args, **kwargs):
    return loop(*args, last_text=True, **kwargs)


@mistake(
    of="run_agent",
    en="It looks like the given list of messages grows: the next run would begin with this one's messages.",
    zh="看起来传入的消息列表变长了：下一次运行会带着这一次的消息开始。",
    breaks="`messages` is not changed",
)
def grows_the_question(*args, **kwargs):
    return loop(*args, shared=True, **kwargs)


@mistake(
    of="run_agent",
    en="It looks like the model does not see all that happened: older messages are left out.",
    zh="看起来模型看不到之前发生的一切：漏掉了较早的消息。",
    breaks="A step is one call of `llm` with all messages so far",
)
def forgets_the_question(*args, **kwargs):
    return loop(*args, forget=1, **kwargs)


@mistake(
    of="run_agent",
    en="It looks like errors of the model itself are swallowed.",
    zh="看起来吞掉了模型自身的异常。",
    breaks="What `llm` and `parse` raise themselves leaves",
)
def swallows_errors_of_the_model(llm, tools, max_steps, messages, parse, **kwargs):
    def careful(function):
        def call(value):
            try:
                return function(value)
            except RuntimeError:
                return "Sorry." if function is llm else []

        return call

    return loop(careful(llm), tools, max_steps, messages=messages, parse=careful(parse), **kwargs)


@mistake(
    of="run_agent",
    en="It looks like `max_steps` is not checked.",
    zh="看起来没有检查 `max_steps`。",
    breaks="`max_steps` is less than 1",
)
def checks_no_steps(llm, tools, max_steps, messages, parse, **kwargs):
    if max_steps < 1:
        return {"answer": solution.GAVE_UP, "finished": False, "steps": 0, "messages": list(messages)}
    return loop(llm, tools, max_steps, messages, parse, **kwargs)


@mistake(
    of="neutralise",
    en="It looks like an empty string in `special` stands everywhere: `startswith('')` is always true.",
    zh="看起来 `special` 中的空字符串被当作处处都有：`startswith('')` 总是真。",
    breaks="An empty string in `special` stands nowhere",
)
def empty_strings_stand_everywhere(text, special):
    solution.neutralise("", special)
    return "".join("‹" if text.startswith(tuple(special), place) else one for place, one in enumerate(text))


@mistake(
    of="neutralise",
    en="It looks like one pattern is made of all special strings without `re.escape`: in <|end|> the bars mean `or`.",
    zh="看起来把所有特殊字符串直接拼成了一个正则表达式，没有用 `re.escape`：<|end|> 中的竖线意思是“或”。",
    breaks="Wherever one of `special` stands in `text`",
)
def one_pattern_unescaped(text, special):
    solution.neutralise("", special)
    pattern = "|".join(string for string in special if string)
    return re.sub(pattern, lambda match: "‹" + match[0][1:], text) if pattern else text


@mistake(
    of="neutralise",
    en="It looks like a second < in a special string is not refused.",
    zh="看起来没有拒绝含有第二个 < 的特殊字符串。",
    breaks="or has another `<` after it",
)
def checks_the_beginning_only(text, special):
    solution.neutralise("", [string[:1] for string in special])
    return "".join(
        "‹" if text.startswith(tuple(filter(None, special)), place) else one for place, one in enumerate(text)
    )


@mistake(
    of="run_agent",
    en="It looks like the run counts as finished although its steps were used up.",
    zh="看起来步数用完时也算作完成（finished）。",
    breaks="`finished` (whether the model answered)",
)
def gave_up_and_finished(*args, **kwargs):
    answer = loop(*args, **kwargs)
    return answer | {"finished": True}


@mistake(
    of="run_agent",
    en="It looks like the last text is the answer of a run that has not finished: it is `GAVE_UP`.",
    zh="看起来没有完成的运行把最后写的文字当作答案：应当是 `GAVE_UP`。",
    breaks="then `GAVE_UP`, not the last thing that was written",
)
def answers_with_the_last_text(*args, **kwargs):
    answer = loop(*args, **kwargs)
    said = [message["content"] for message in answer["messages"] if message["role"] == "assistant"]
    return answer if answer["finished"] else answer | {"answer": said[-1]}


@mistake(
    of="run_agent",
    en=(
        "It looks like a reply whose calls are all unreadable is taken for the answer: the errors must come "
        "back to the model."
    ),
    zh="看起来一条回复中的调用全都读不懂时，把它当成了答案：应当把错误交回给模型。",
    breaks="of a call that `parse` could not read",
)
def unreadable_calls_only(llm, tools, max_steps, messages, parse, **kwargs):
    def some(text):
        found = parse(text)
        return [] if all("error" in call for call in found) else found

    return loop(llm, tools, max_steps, messages, some, **kwargs)


@mistake(
    of="run_agent",
    en="It looks like the observation of a tool that failed is the repr of its error: it is `str(error)`.",
    zh="看起来工具失败的观察结果用的是错误的 repr：应当是 `str(error)`。",
    breaks="observation is `problem(",
)
def repr_of_the_error(*args, **kwargs):
    return loop(*args, observe=failing(repr), **kwargs)


def failing(told, caught=Exception, shown=str):
    """The solution's way to run a call, with other words for an error or a result."""

    def observe(call, tools):
        if "error" in call or call["name"] not in tools:
            return solution._observe(call, tools)
        try:
            return shown(tools[call["name"]](**call["arguments"]))
        except caught as error:
            return solution.problem("tool_failed", told(error))

    return observe


@mistake(
    of="run_agent",
    en="It looks like the observation of a tool that failed has the error's class in front: it is `str(error)` alone.",
    zh="看起来工具失败的观察结果前面还有错误的类名：只要 `str(error)`。",
    breaks="observation is `problem(",
)
def class_and_message(*args, **kwargs):
    return loop(*args, observe=failing(lambda error: f"{type(error).__name__}: {error}"), **kwargs)


@mistake(
    of="run_agent",
    en="It looks like only some kinds of errors of a tool are caught: a tool may raise any Exception.",
    zh="看起来只捕获了工具的某几种异常：工具可能抛出任何 Exception。",
    breaks="If it raises an Exception, the",
)
def catches_some_errors(*args, **kwargs):
    caught = (ValueError, TypeError, LookupError, RuntimeError, ArithmeticError, OSError)
    return loop(*args, observe=failing(str, caught), **kwargs)


@mistake(
    of="run_agent",
    en="It looks like every error of a tool is caught, KeyboardInterrupt too: nobody could stop the agent then.",
    zh="看起来捕获了工具抛出的一切，包括 KeyboardInterrupt：那样就没人能停下这个智能体了。",
    breaks="such as KeyboardInterrupt",
)
def catches_everything(*args, **kwargs):
    return loop(*args, observe=failing(str, BaseException), **kwargs)


@mistake(
    of="run_agent",
    en="It looks like a result is shown by `repr`: it is text by `str`.",
    zh="看起来用 `repr` 把结果变成文字：应当用 `str`。",
    breaks="as text by `str`",
)
def repr_of_the_result(*args, **kwargs):
    return loop(*args, observe=failing(str, shown=repr), **kwargs)


@mistake(
    of="run_agent",
    en="It looks like a result is written as JSON: it is text by `str`.",
    zh="看起来把结果写成了 JSON：应当用 `str` 变成文字。",
    breaks="as text by `str`",
)
def result_as_json(*args, **kwargs):
    def shown(result):
        return result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)

    return loop(*args, observe=failing(str, shown=shown), **kwargs)


@mistake(
    of="run_agent",
    en="It looks like None, 0 and other empty results become an empty observation: they are text by `str`, too.",
    zh="看起来 None、0 等结果变成了空的观察结果：它们也要用 `str` 变成文字。",
    breaks="as text by `str`",
)
def empty_results(*args, **kwargs):
    return loop(*args, observe=failing(str, shown=lambda result: str(result or "")), **kwargs)


@mistake(
    of="run_agent",
    en="It looks like a tool that does not exist gives tool_failed: it is unknown_tool.",
    zh="看起来调用不存在的工具得到的是 tool_failed：应当是 unknown_tool。",
    breaks="of a call whose name `tools` does not have",
)
def unknown_tools_fail(*args, **kwargs):
    def observe(call, tools):
        if "error" in call or call["name"] in tools:
            return solution._observe(call, tools)
        return solution.problem("tool_failed", str(KeyError(call["name"])))

    return loop(*args, observe=observe, **kwargs)


@mistake(
    of="run_agent",
    en="It looks like the marks are neutralised, too: put them around what was neutralised.",
    zh="看起来连标记本身也被处理了：应当先处理内容，再加上标记。",
    breaks="through `neutralise` first, with the strings of `special` and both marks",
)
def neutralises_the_marks(*args, marks=solution.MARKS, **kwargs):
    answer = loop(*args, marks=marks, **kwargs)
    for message in answer["messages"]:
        if message["role"] == "tool":
            message["content"] = solution.neutralise(message["content"], marks)
    return answer


@mistake(
    of="run_agent",
    en="It looks like `special` is not used: the usual strings lose their meaning, whatever the caller says.",
    zh="看起来没有用到 `special`：不论调用者给了什么，处理的都是默认的那些字符串。",
    breaks="with the strings of `special` and both marks",
)
def always_the_usual_strings(*args, special=solution.SPECIAL, **kwargs):
    return loop(*args, special=solution.SPECIAL, **kwargs)


@mistake(
    of="run_agent",
    en="It looks like the answer is not among the messages: it is the last of them.",
    zh="看起来答案不在 messages 里：它应当是最后一条。",
    breaks="the given ones first, the answer of a finished run last",
)
def leaves_the_answer_out(*args, **kwargs):
    answer = loop(*args, **kwargs)
    return answer | ({"messages": answer["messages"][:-1]} if answer["finished"] else {})


@mistake(
    of="run_agent",
    en="It looks like the given messages are left out of the result: they come first.",
    zh="看起来结果中没有传入的消息：它们应当排在最前。",
    breaks="the given ones first, the answer of a finished run last",
)
def only_what_was_added(llm, tools, max_steps, messages, parse, **kwargs):
    answer = loop(llm, tools, max_steps, messages, parse, **kwargs)
    return answer | {"messages": answer["messages"][len(messages) :]}


@mistake(
    of="run_agent",
    en="It looks like `steps` counts the steps with tools: it is how often `llm` was called, the answer's call too.",
    zh="看起来 `steps` 只数了用工具的步数：它是调用 `llm` 的次数，作答的那一次也算。",
    breaks="`steps` (how often `llm` was called)",
)
def counts_the_tool_steps(*args, **kwargs):
    answer = loop(*args, **kwargs)
    return answer | {"steps": answer["steps"] - answer["finished"]}


@mistake(
    of="run_agent",
    en=(
        "It looks like `steps` is the number of replies among all messages: those that were given do not count, "
        "only how often `llm` was called."
    ),
    zh="看起来 `steps` 数的是全部消息中模型的回复：传入的消息里的不算，只数调用了几次 `llm`。",
    breaks="`steps` (how often `llm` was called)",
)
def counts_the_replies(*args, **kwargs):
    answer = loop(*args, **kwargs)
    return answer | {"steps": sum(message["role"] == "assistant" for message in answer["messages"])}


@mistake(
    of="run_agent",
    en="It looks like a result that is no text is shown by `repr`: it is text by `str`.",
    zh="看起来不是文本的结果用 `repr` 变成了文字：应当用 `str`。",
    breaks="as text by `str`",
)
def repr_of_what_is_no_text(*args, **kwargs):
    def shown(result):
        return result if isinstance(result, str) else repr(result)

    return loop(*args, observe=failing(str, shown=shown), **kwargs)


@mistake(
    of="run_agent",
    en="It looks like one step too few is taken: the model may be asked `max_steps` times.",
    zh="看起来少走了一步：可以询问模型 `max_steps` 次。",
    breaks="The model is asked at most `max_steps` times",
)
def one_step_too_few(*args, **kwargs):
    return loop(*args, fewer=1, **kwargs)


@mistake(
    of="run_agent",
    en="It looks like what the model wrote is stripped: it is added as it is.",
    zh="看起来去掉了模型所写文字两端的空白：应当原样加入。",
    breaks="is added as it is, as a message with the role",
)
def strips_what_the_model_wrote(*args, **kwargs):
    return loop(*args, stripped=True, **kwargs)


@mistake(
    of="run_agent",
    en="It looks like only role and content of the given messages are kept: a message may have more keys.",
    zh="看起来传入的消息只保留了 role 和 content：消息可以有更多的键。",
    breaks="the given ones first",
)
def keeps_role_and_content(llm, tools, max_steps, messages, parse, **kwargs):
    plain = [{"role": message["role"], "content": message["content"]} for message in messages]
    return loop(llm, tools, max_steps, plain, parse, **kwargs)


@mistake(
    of="run_agent",
    en="It looks like the strings are refused only when a tool has answered: nothing must have been called before.",
    zh="看起来等到工具有了结果才拒绝不合规则的字符串：在此之前什么都不应调用。",
    breaks="Nothing was called then",
)
def refuses_late(llm, tools, max_steps, messages, parse, *, special=solution.SPECIAL, marks=solution.MARKS):
    fine = [string for string in (*special, *marks) if not string or string.rfind("<") == 0]
    if len(fine) == len([*special, *marks]):
        return loop(llm, tools, max_steps, messages, parse, special=special, marks=marks)
    return loop(llm, tools, max_steps, messages, parse, special=fine, marks=("", ""))


@mistake(
    of="run_agent",
    en=(
        "It looks like a call of the last step that could not be read keeps its own error: there every call "
        "has the observation not_run."
    ),
    zh="看起来最后一步中读不懂的调用仍报告自己的错误：这一步每个调用的观察结果都是 not_run。",
    breaks="the observation of each is `problem(",
)
def unreadable_on_the_last_step(llm, tools, max_steps, messages, parse, **kwargs):
    said = []

    def noted(text):
        said.append(parse(text))
        return said[-1]

    answer = loop(llm, tools, max_steps, messages, noted, **kwargs)
    last = said[-1]
    marks, special = kwargs.get("marks", solution.MARKS), kwargs.get("special", solution.SPECIAL)
    for call, message in zip(last, answer["messages"][len(answer["messages"]) - len(last) :], strict=True):
        if "error" in call:
            told = solution.neutralise(solution.problem(call["error"], call["message"]), [*special, *marks])
            message["content"] = marks[0] + told + marks[1]
    return answer
