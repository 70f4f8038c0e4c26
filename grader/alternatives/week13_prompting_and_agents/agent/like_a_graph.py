"""A graph of two nodes, model and tools, with a state that passes between them, as LangGraph's ReAct agent has it."""

import re

import agent

END = "end"


def neutralise(text, special):
    for string in special:
        if string and not re.fullmatch(r"<[^<]*", string, re.S):
            raise ValueError(f"cannot take the meaning out of {string}")
    choices = "|".join(re.escape(string[1:]) for string in special if string)
    return re.sub(f"<(?={choices})", "\u2039", text) if any(special) else text


class Graph:
    def __init__(self, llm, tools, parse, special, marks):
        self.llm, self.tools, self.parse = llm, tools, parse
        self.special = list(special) + list(marks)
        self.marks = marks

    def model(self, state):
        reply = self.llm(list(state["messages"]))
        state["steps"] += 1
        state["calls"] = list(self.parse(reply))
        state["messages"] = state["messages"] + [dict(role="assistant", content=reply)]
        if state["calls"]:
            return "tools"
        state.update(answer=reply, finished=True)
        return END

    def tool_node(self, state):
        last = state["steps"] >= state["limit"]
        for call in state["calls"]:
            text = agent.problem("not_run", "out of steps") if last else self.execute(call)
            text = self.marks[0] + neutralise(text, self.special) + self.marks[1]
            state["messages"] = state["messages"] + [dict(role="tool", content=text)]
        return END if last else "model"

    def execute(self, call):
        if call.get("error") is not None:
            return agent.problem(call["error"], call["message"])
        tool = self.tools.get(call["name"])
        if tool is None:
            return agent.problem("unknown_tool", call["name"] + " is not one of " + ", ".join(self.tools))
        try:
            result = tool(**call["arguments"])
        except Exception as exception:  # noqa: BLE001 - whatever a tool raises
            result = agent.problem("tool_failed", f"{exception}")
        return f"{result}"


def run_agent(llm, tools, max_steps, messages, parse, *, special=agent.SPECIAL, marks=agent.MARKS):
    if not max_steps > 0:
        raise ValueError("at least one step is needed")
    neutralise("", list(special) + list(marks))
    graph = Graph(llm, tools, parse, special, marks)
    state = dict(messages=list(messages), steps=0, limit=max_steps, answer=agent.GAVE_UP, finished=False)
    node = "model"
    while node != END:
        node = graph.model(state) if node == "model" else graph.tool_node(state)
    return {key: state[key] for key in ("answer", "finished", "steps", "messages")}
