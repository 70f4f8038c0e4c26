"""Another repair: the order found stays, and each number is led back to it through the places as they are shown."""

import re

from debug_assistant import arrange, build_prompt


class PageAssistant:
    def __init__(self, search, write):
        self.search, self.write = search, write

    def ask(self, question):
        found = self.search(question)
        places = arrange(list(range(len(found))))
        prompt = build_prompt(question, [found[place] for place in places])
        text, pages = "", []
        for part in re.split(r"(\[[0-9]+\])", self.write(prompt)):
            number = int(part[1:-1]) if re.fullmatch(r"\[[0-9]+\]", part) else None
            if number is None:
                text += part
            elif 1 <= number <= len(places):
                page = found[places[number - 1]]["page"]
                text += f"(p. {page})"
                pages += [] if page in pages else [page]
        return {"text": text, "pages": pages}
