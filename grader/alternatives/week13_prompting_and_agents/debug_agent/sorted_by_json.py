"""The repair by json's own sorting, and one cache for each tool."""

import json

import debug_agent as given


class CachingAgent(given.CachingAgent):
    def call(self, name, arguments, kept):
        of_tool = kept.setdefault(name, {})
        key = json.dumps(arguments, sort_keys=True)
        try:
            return of_tool[key]
        except KeyError:
            self.made += 1
            return of_tool.setdefault(key, str(self.tools[name](**arguments)))
