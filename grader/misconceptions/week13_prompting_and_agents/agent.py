"""Known mistakes of week 13, agent."""

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
    for step in range(1, max_steps + 1):
        text = llm(messages[:1] + messages[1 + change.get("forget", 0) * step :])
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
