"""The repair without keys: earlier calls are compared one by one."""

import debug_agent as given


class CachingAgent(given.CachingAgent):
    def call(self, name, arguments, kept):
        for earlier, result in kept.setdefault("calls", []):
            if earlier == (name, arguments):
                return result
        result = str(self.tools[name](**arguments))
        self.made += 1
        kept["calls"].append(((name, dict(arguments)), result))
        return result
