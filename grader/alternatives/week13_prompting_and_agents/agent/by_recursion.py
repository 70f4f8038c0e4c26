"""One step, and then the rest of the run; special strings are found from left to right."""

import agent


def neutralise(text, special):
    wanted = []
    for string in special:
        if string == "":
            continue
        if string[0] != "<" or "<" in string[1:]:
            raise ValueError(string)
        wanted.append(string)
    parts = text.split("<")
    for number in range(1, len(parts)):
        hit = any(("<" + parts[number]).startswith(string) for string in wanted)
        parts[number] = ("‹" if hit else "<") + parts[number]
    return "".join(parts)


def run_agent(llm, tools, max_steps, messages, parse, *, special=agent.SPECIAL, marks=agent.MARKS):
    if max_steps <= 0:
        raise ValueError("max_steps")
    strings = tuple(special) + tuple(marks)
    neutralise("", strings)

    def tell(text):
        return {"role": "tool", "content": f"{marks[0]}{neutralise(text, strings)}{marks[1]}"}

    def observe(call):
        kind, message = call.get("error"), call.get("message")
        if not kind:
            try:
                kind, message = "unknown_tool", "there is no " + call["name"]
                function = tools[call["name"]]
                kind = "tool_failed"
                return str(function(**call["arguments"]))
            except Exception as error:  # noqa: BLE001 - whatever a tool raises
                message = str(error) if kind == "tool_failed" else message
        return agent.problem(kind, message)

    def go(history, done):
        text = llm(history)
        history = history + [{"role": "assistant", "content": text}]
        calls = parse(text)
        done += 1
        if len(calls) == 0:
            return {"messages": history, "steps": done, "finished": True, "answer": text}
        if done == max_steps:
            history = history + [tell(agent.problem("not_run", "")) for _ in calls]
            return {"messages": history, "steps": done, "finished": False, "answer": agent.GAVE_UP}
        return go(history + [tell(observe(call)) for call in calls], done)

    return go([*messages], 0)
