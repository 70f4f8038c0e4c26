"""Another repair: what was shown is kept beside what was found, and pages are looked up in it by a dict."""

import re

from debug_assistant import arrange, build_prompt


class PageAssistant:
    def __init__(self, search, write):
        self.search, self.write = search, write

    def ask(self, question):
        shown = arrange(self.search(question))
        page_of = {str(number): passage["page"] for number, passage in enumerate(shown, start=1)}
        reply = self.write(build_prompt(question, shown))
        cited = [page_of[number] for number in re.findall(r"\[([0-9]+)\]", reply) if number in page_of]
        text = re.sub(r"\[([0-9]+)\]", lambda found: f"(p. {page_of[found[1]]})" if found[1] in page_of else "", reply)
        return {"text": text, "pages": sorted(set(cited), key=cited.index)}
