"""Known mistakes of week 18, debug_assistant: repairs that do not repair. The planted bug itself is the stub."""

import re

import debug_assistant as solution

from grader.mistakes import mistake


class Repaired(solution.PageAssistant):
    """The solution with another order for the prompt, for the numbers, or another way from number to passage."""

    def shown(self, found):
        return solution.arrange(found)

    def named(self, found, prompt):
        return solution.arrange(found)

    def place(self, number, count):
        return number - 1 if 1 <= number <= count else None

    def ask(self, question):
        found = self.kept = self.search(question)
        prompt = solution.build_prompt(question, self.shown(found))
        passages, pages = self.named(found, prompt), []

        def page(cited):
            place = self.place(int(cited[1]), len(passages))
            if place is None:
                return ""
            pages.append(passages[place]["page"])
            return f"(p. {pages[-1]})"

        text = re.sub(r"\[([0-9]+)\]", page, self.write(prompt))
        return {"text": text, "pages": list(dict.fromkeys(pages))}


@mistake(
    of="PageAssistant",
    en="It looks like the passages are no longer arranged: the weakest should stand in the middle of the prompt.",
    zh="看起来不再重新排列段落了：最弱的应当在提示的中间。",
)
class gives_up_the_order(Repaired):
    def shown(self, found):
        return found

    def named(self, found, prompt):
        return found


@mistake(
    of="PageAssistant",
    en="It looks like the last two are exchanged, which is right for three passages alone.",
    zh="看起来只交换了最后两个：这只对三个段落成立。",
)
class exchanges_the_last_two(Repaired):
    def named(self, found, prompt):
        return found[:-2] + found[-2:][::-1] if len(found) > 2 else found


@mistake(
    of="PageAssistant",
    en="It looks like the passages are arranged twice before pages are looked up, and once for the prompt.",
    zh="看起来查页码之前把段落重新排列了两次，而提示里只排列了一次。",
)
class arranges_twice(Repaired):
    def named(self, found, prompt):
        return solution.arrange(solution.arrange(found))


@mistake(
    of="PageAssistant",
    en="It looks like numbers are shifted by one when pages are looked up.",
    zh="看起来查页码时编号错了一位。",
)
class shifts_the_numbers(Repaired):
    def place(self, number, count):
        return number % count if 1 <= number <= count else None


@mistake(
    of="PageAssistant",
    en="It looks like pages are looked up among passages sorted by page.",
    zh="看起来是在按页码排序的段落里查页码。",
)
class sorts_by_page(Repaired):
    def named(self, found, prompt):
        return sorted(found, key=lambda passage: passage["page"])


@mistake(
    of="PageAssistant",
    en="It looks like pages are looked up from the other end of what was found.",
    zh="看起来是从检索结果的另一端查页码。",
)
class from_the_other_end(Repaired):
    def named(self, found, prompt):
        return found[:1] + found[:0:-1]


@mistake(
    of="PageAssistant",
    en="It looks like the pages are listed in the order of the prompt, not of their citation.",
    zh="看起来页码按提示中的顺序列出，而不是按引用的顺序。",
)
class lists_pages_as_shown(Repaired):
    def ask(self, question):
        answer = super().ask(question)
        shown = [passage["page"] for passage in solution.arrange(self.kept)]
        return {**answer, "pages": [page for page in dict.fromkeys(shown) if page in answer["pages"]]}


@mistake(
    of="PageAssistant",
    en="It looks like the passages are arranged twice for the prompt: what is arranged already is arranged again.",
    zh="看起来提示里的段落排列了两次：已经排好的又重新排列了一遍。",
)
class arranges_the_prompt_again(Repaired):
    def shown(self, found):
        return solution.arrange(solution.arrange(found))


@mistake(
    of="PageAssistant",
    en="It looks like the passages are arranged twice, for the prompt and for the pages: both orders are wrong.",
    zh="看起来提示和页码用的段落都排列了两次：两边的顺序都不对了。",
)
class arranges_everything_twice(Repaired):
    def shown(self, found):
        return solution.arrange(solution.arrange(found))

    def named(self, found, prompt):
        return solution.arrange(solution.arrange(found))


@mistake(
    of="PageAssistant",
    en="It looks like the pages are sorted by number, not listed in the order in which they are cited.",
    zh="看起来页码按大小排序，而不是按引用的顺序列出。",
)
class sorts_the_pages(Repaired):
    def ask(self, question):
        answer = super().ask(question)
        return {**answer, "pages": sorted(answer["pages"])}


@mistake(
    of="arrange",
    en="It looks like `arrange` arranges nothing any more: it was right, and the weakest stood in the middle.",
    zh="看起来把 arrange 改成了不再排列：它本来是对的，最弱的段落在中间。",
)
def arranges_nothing(passages):
    return list(passages)
