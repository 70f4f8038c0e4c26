"""Known mistakes of week 13, debug_agent: repairs that do not repair. The planted bug itself is the stub."""

import json

import debug_agent as solution

from grader.mistakes import mistake


class Keyed(solution.CachingAgent):
    """The solution with another key for what is kept."""

    def key(self, name, arguments):
        raise NotImplementedError

    def call(self, name, arguments, kept):
        key = self.key(name, arguments)
        if key not in kept:
            kept[key] = str(self.tools[name](**arguments))
            self.made += 1
        return kept[key]


@mistake(
    of="CachingAgent",
    en=(
        "It looks like it does not count which value belongs to which name: calls with exchanged values are "
        "the same to you."
    ),
    zh="看起来没有区分哪个值属于哪个名字：值对调的调用就分不出来了。",
)
class by_values(Keyed):
    def key(self, name, arguments):
        return json.dumps([name, sorted(map(json.dumps, arguments.values()))])


@mistake(
    of="CachingAgent",
    en="It looks like the order in which arguments are written makes a new call: it is the same one.",
    zh="看起来参数的书写次序不同就算新的调用：其实是同一个。",
)
class by_the_order_written(Keyed):
    def key(self, name, arguments):
        return json.dumps([name, arguments])


@mistake(
    of="CachingAgent",
    en="It looks like nothing is kept any more: every call is made again.",
    zh="看起来什么都不再保留：每个调用都重新执行。",
)
class keeps_nothing(Keyed):
    def key(self, name, arguments):
        return str(self.made)


@mistake(
    of="CachingAgent",
    en="It looks like values are compared as text: the number 1 and the text 1 are the same to you.",
    zh="看起来把参数值当文本比较：数字 1 与文本 1 就分不出来了。",
)
class values_as_text(Keyed):
    def key(self, name, arguments):
        return json.dumps([name, sorted((key, str(value)) for key, value in arguments.items())])


@mistake(
    of="CachingAgent",
    en="It looks like the tool's name does not count any more: two tools with equal arguments are one to you.",
    zh="看起来不再区分工具名：参数相同的两个工具被当成一个。",
)
class forgets_the_name(Keyed):
    def key(self, name, arguments):
        return json.dumps(sorted(arguments.items()))


@mistake(
    of="CachingAgent",
    en="It looks like only the first argument's value counts.",
    zh="看起来只看第一个参数的值。",
)
class only_the_first_argument(Keyed):
    def key(self, name, arguments):
        return json.dumps([name, sorted(arguments), sorted(arguments.items())[:1]])
