"""Known mistakes of week 18, guarded."""

import re
import unicodedata

import guarded as solution

from grader.mistakes import mistake


@mistake(
    of="plain",
    en="It looks like full-width letters stay: to a pattern they are other letters.",
    zh="看起来保留了全角字母：对模式来说它们是另外的字符。",
    breaks="Unicode NFKC",
)
def keeps_full_width(text):
    text = "".join(character for character in text if unicodedata.category(character) != "Cf")
    return " ".join(text.split()).casefold()


@mistake(
    of="plain",
    en="It looks like zero-width spaces are dropped but other invisible characters stay, such as soft hyphens.",
    zh="看起来只去掉了零宽空格，其他不可见字符（例如软连字符）还在。",
    breaks="characters of the category Cf are dropped",
)
def drops_zero_width_spaces_alone(text):
    text = unicodedata.normalize("NFKC", text).replace("\u200b", "").replace("\ufeff", "")
    return " ".join(text.split()).casefold()


@mistake(
    of="plain",
    en="It looks like invisible characters stay: a word that holds one is another word to a pattern.",
    zh="看起来保留了不可见字符：夹有它的词对模式来说就是另一个词。",
    breaks="characters of the category Cf are dropped",
)
def keeps_invisible_characters(text):
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()


@mistake(
    of="plain",
    en="It looks like line breaks and runs of spaces stay.",
    zh="看起来保留了换行和连续的空格。",
    breaks="every run of white space becomes one space",
)
def keeps_line_breaks(text):
    text = unicodedata.normalize("NFKC", text)
    return "".join(character for character in text if unicodedata.category(character) != "Cf").strip().casefold()


@mistake(
    of="plain",
    en="It looks like capitals stay.",
    zh="看起来保留了大写字母。",
    breaks="`str.casefold`",
)
def keeps_capitals(text):
    text = unicodedata.normalize("NFKC", text)
    return " ".join("".join(sign for sign in text if unicodedata.category(sign) != "Cf").split())


@mistake(
    of="strip_orders",
    en="It looks like the text is searched as it stands, not in its plain form: capitals and disguises get through.",
    zh="看起来直接在原文里查找，而没有用普通形式：大写和伪装就能通过。",
    breaks="those whose `plain` form one of ORDERS finds are taken out",
)
def searches_the_text_as_it_stands(text):
    kept, taken = [], []
    for sentence in solution.sentences(text):
        (taken if any(order.search(sentence) for order in solution.ORDERS) else kept).append(sentence)
    return "".join(kept).strip(), [sentence.strip() for sentence in taken]


@mistake(
    of="strip_orders",
    en="It looks like only the beginning of a sentence is compared: match instead of search.",
    zh="看起来只比较了句子的开头：用了 match 而不是 search。",
    breaks="those whose `plain` form one of ORDERS finds",
)
def compares_the_beginning(text):
    kept, taken = [], []
    for sentence in solution.sentences(text):
        words = solution.plain(sentence)
        (taken if any(order.match(words) for order in solution.ORDERS) else kept).append(sentence)
    return "".join(kept).strip(), [sentence.strip() for sentence in taken]


@mistake(
    of="strip_orders",
    en="It looks like only the words that a pattern finds are cut out: the rest of the sentence stays.",
    zh="看起来只剪掉了模式匹配到的字：句子的其余部分还在。",
)
def cuts_out_the_match(text):
    kept, taken = [], []
    for sentence in solution.sentences(text):
        words = solution.plain(sentence)
        order = next((order for order in solution.ORDERS if order.search(words)), None)
        kept.append(re.compile(order.pattern, re.IGNORECASE).sub("", sentence) if order else sentence)
        taken += [sentence.strip()] if order else []
    return "".join(kept).strip(), taken


@mistake(
    of="strip_orders",
    en="It looks like the whole text is thrown away as soon as one sentence looks like an instruction.",
    zh="看起来只要有一句像指令，就把整段文字都丢了。",
    breaks="The others are joined again",
)
def throws_everything_away(text):
    kept, taken = solution.strip_orders(text)
    return ("" if taken else kept), taken


@mistake(
    of="strip_orders",
    en="It looks like the plain form is returned: sentences stay exactly as they stood.",
    zh="看起来返回的是普通形式：句子应当原样保留。",
    breaks="exactly as it stood",
)
def returns_the_plain_form(text):
    kept, taken = solution.strip_orders(text)
    return solution.plain(kept), [solution.plain(sentence) for sentence in taken]


@mistake(
    of="strip_orders",
    en="It looks like the sentences that are kept are joined in their plain form: each stays exactly as it stood, with "
    "its capitals and line breaks.",
    zh="看起来留下的句子是以普通形式连接的：每一句应当原样保留，包括大写和换行。",
    breaks="exactly as it stood",
)
def keeps_the_plain_form(text):
    forms = map(solution.plain, solution.sentences(text))
    kept = [form for form in forms if not any(order.search(form) for order in solution.ORDERS)]
    return " ".join(kept), solution.strip_orders(text)[1]


@mistake(
    of="strip_orders",
    en="It looks like the sentences are joined anew with single spaces: each stays exactly as it stood.",
    zh="看起来用单个空格重新拼接了句子：每一句应当原样保留。",
    breaks="exactly as it stood",
)
def joins_anew(text):
    kept, taken = [], []
    for sentence in solution.sentences(text):
        words = solution.plain(sentence)
        (taken if any(order.search(words) for order in solution.ORDERS) else kept).append(sentence.strip())
    return " ".join(kept).strip(), taken


@mistake(
    of="redact",
    en="It looks like the checks are not asked: every long number is a card then.",
    zh="看起来没有用校验函数：任何长数字都成了卡号。",
    breaks="is replaced if the check holds for it, and stays otherwise",
)
def asks_no_check(text):
    for kind, pattern, _ in solution.PERSONAL:
        text = pattern.sub(f"[{kind}]", text)
    return text


@mistake(
    of="redact",
    en="It looks like only the first of a kind is replaced.",
    zh="看起来每一类只替换了第一个。",
    breaks="What a",
)
def replaces_the_first(text):
    for kind, pattern, check in solution.PERSONAL:
        found = next((found for found in pattern.finditer(text) if check(found[0])), None)
        text = text[: found.start()] + f"[{kind}]" + text[found.end() :] if found else text
    return text


@mistake(
    of="redact",
    en="It looks like one check decides for all: what one match says does not hold for the next.",
    zh="看起来用第一个匹配的校验结果决定了全部：每个匹配要各自校验。",
    breaks="is replaced if the check holds for it",
)
def one_check_decides(text):
    for kind, pattern, check in solution.PERSONAL:
        found = pattern.search(text)
        if found and check(found[0]):
            text = pattern.sub(f"[{kind}]", text)
    return text


@mistake(
    of="redact",
    en="It looks like the kinds are gone through in another order: an e-mail address loses the number in it.",
    zh="看起来各类的处理顺序不对：邮箱地址里的号码会先被换掉。",
    breaks="are gone through in order",
)
def goes_backwards(text):
    for kind, pattern, check in reversed(solution.PERSONAL):
        text = pattern.sub(
            lambda found, kind=kind, check=check: f"[{kind}]" if check(found[0]) else found[0],
            text,
        )
    return text


@mistake(
    of="redact",
    en="It looks like personal data is deleted: its kind stands in its place, in brackets.",
    zh="看起来直接删掉了个人数据：应当换成方括号里的类别名。",
)
def deletes(text):
    for _, pattern, check in solution.PERSONAL:
        text = pattern.sub(lambda found, check=check: "" if check(found[0]) else found[0], text)
    return text


@mistake(
    of="plain",
    en="It looks like letters are made small with lower: casefold does more, ß becomes ss.",
    zh="看起来用的是 lower 而不是 casefold：casefold 还会把 ß 变成 ss。",
    breaks="`str.casefold`",
)
def only_lowers(text):
    text = unicodedata.normalize("NFKC", text)
    return " ".join("".join(sign for sign in text if unicodedata.category(sign) != "Cf").split()).lower()


@mistake(
    of="plain",
    en="It looks like white space is put in order before invisible characters go: two spaces then stand side by side.",
    zh="看起来先整理空白、后去掉不可见字符：这样会剩下两个相邻的空格。",
    breaks="In this order",
)
def spaces_come_first(text):
    text = " ".join(unicodedata.normalize("NFKC", text).split())
    return "".join(sign for sign in text if unicodedata.category(sign) != "Cf").casefold()


@mistake(
    of="strip_orders",
    en="It looks like lines are taken out, not sentences: what else stands on the line is lost.",
    zh="看起来取出的是行而不是句子：同一行里的其他内容也丢了。",
    breaks="Of `sentences(text)`",
)
def goes_line_by_line(text):
    kept, taken = [], []
    for line in text.splitlines(keepends=True):
        words = solution.plain(line)
        (taken if any(order.search(words) for order in solution.ORDERS) else kept).append(line)
    return "".join(kept).strip(), [line.strip() for line in taken]


@mistake(
    of="redact",
    en="It looks like what was found is replaced wherever it stands, as `str.replace` does: also in a longer number.",
    zh="看起来用 str.replace 把相同的字符全部替换了：连更长的号码中间的也换掉了。",
    breaks="pattern finds is replaced",
)
def replaces_wherever_it_stands(text):
    for kind, pattern, check in solution.PERSONAL:
        for found in list(pattern.finditer(text)):
            if check(found[0]):
                text = text.replace(found[0], f"[{kind}]")
    return text


class Variant(solution.Guard):
    """The solution's guard with another way to clean a text and another book of what was ignored."""

    def clean(self, text):
        return solution.strip_orders(solution.redact(text))

    def note(self, ignored, report):
        if report not in ignored:
            ignored.append(report)

    def search(self, question):
        safe, ignored = [], self.book()
        for passage in self.find(question):
            text, taken = self.clean(passage["text"])
            for sentence in taken:
                self.note(ignored, {"document": passage["document"], "page": passage["page"], "text": sentence})
            if text:
                safe.append({**passage, "text": text})
        self.ignored = ignored
        return safe

    def book(self):
        return []


@mistake(
    of="Guard",
    en="It looks like personal data in passages is not redacted: whoever asks the writer gets it.",
    zh="看起来段落里的个人数据没有脱敏：写作器会看到并说出来。",
    breaks="Each text is redacted first",
)
class LeavesPersonalData(Variant):
    def clean(self, text):
        return solution.strip_orders(text)


@mistake(
    of="Guard",
    en="It looks like the report of what was ignored still holds personal data.",
    zh="看起来被忽略内容的报告里还有个人数据。",
    breaks="Each text is redacted first; then its instructions are taken out",
)
class ReportsPersonalData(Variant):
    def clean(self, text):
        kept, taken = solution.strip_orders(text)
        return solution.redact(kept), taken


@mistake(
    of="Guard",
    en="It looks like instructions are reported but stay in the passage.",
    zh="看起来只报告了指令，却没有从段落里去掉。",
    breaks="then its instructions are taken out",
)
class ReportsAndKeeps(Variant):
    def clean(self, text):
        return solution.redact(text).strip(), solution.strip_orders(solution.redact(text))[1]


@mistake(
    of="Guard",
    en="It looks like instructions are taken out in silence: the reader should see what was ignored.",
    zh="看起来悄悄去掉了指令：读者应当看到忽略了什么。",
    breaks="and reported as `ignored`",
)
class ReportsNothing(Variant):
    def note(self, ignored, report):
        return None


@mistake(
    of="Guard",
    en="It looks like reports of earlier searches stay: only those of the last one belong there.",
    zh="看起来还留着以前检索的报告：只应有最近一次的。",
    breaks="what was taken out of the passages of the last search",
)
class KeepsOldReports(Variant):
    def book(self):
        return list(self.ignored)


@mistake(
    of="Guard",
    en="It looks like the old report stays when a search finds nothing: then nothing was taken out, and it is empty.",
    zh="看起来什么也没检索到时，还留着旧的报告：这时什么也没有取出，报告应为空。",
    breaks="what was taken out of the passages of the last search",
)
class KeepsTheReportWhereNothingIsFound(Variant):
    def search(self, question):
        before = self.ignored
        safe = super().search(question)
        self.ignored = self.ignored if safe or self.ignored else before
        return safe


@mistake(
    of="Guard",
    en="It looks like a sentence is reported again for every passage that holds it.",
    zh="看起来同一页的同一句话按段落重复报告了。",
    breaks="is reported once",
)
class ReportsAgain(Variant):
    def note(self, ignored, report):
        ignored.append(report)


@mistake(
    of="Guard",
    en="It looks like a sentence is reported once in all, although it stands on several pages or in several documents.",
    zh="看起来同一句话总共只报告一次，尽管它出现在多页或多个文档里。",
    breaks="A sentence that stands twice on one page of a document",
)
class ReportsOnceInAll(Variant):
    def note(self, ignored, report):
        if all(report["text"] != other["text"] for other in ignored):
            ignored.append(report)


@mistake(
    of="Guard",
    en="It looks like passages without text reach the assistant.",
    zh="看起来没有文字的段落也交给了助手。",
    breaks="no text is left is left out",
)
class KeepsEmptyPassages(Variant):
    def search(self, question):
        safe = super().search(question)
        found = [passage for passage in self.find(question)]
        return [
            next((each for each in safe if {**each, "text": ""} == {**passage, "text": ""}), {**passage, "text": ""})
            for passage in found
        ]


@mistake(
    of="Guard",
    en="It looks like a passage that holds an instruction is left out as a whole: what else it says is lost.",
    zh="看起来只要段落里有指令就整段丢弃：其中的其他内容也丢了。",
)
class DropsWholePassages(Variant):
    def clean(self, text):
        kept, taken = super().clean(text)
        return ("" if taken else kept), taken


@mistake(
    of="Guard",
    en="It looks like the safe text is written into the search's own passages: the next search ignores nothing.",
    zh="看起来把安全的文本写回了检索自己的段落：下一次检索就没有可忽略的了。",
    breaks="The passages that the search returned are not changed",
)
class WritesIntoTheLibrary(solution.Guard):
    def search(self, question):
        found = self.find(question)
        texts = [passage["text"] for passage in found]
        again = solution.Guard(lambda question: [{**each} for each in found], self.is_toxic)
        again.search(question)
        self.ignored = again.ignored
        for passage, text in zip(found, texts, strict=True):
            passage["text"] = solution.strip_orders(solution.redact(text))[0]
        return [passage for passage in found if passage["text"]]


@mistake(
    of="Guard",
    en="It looks like the safe text is written into the passages that were found: they may be the library's.",
    zh="看起来把安全的文本直接写进了检索到的段落：应当返回副本，它可能属于文档库。",
    breaks="The passages that the search returned are not changed",
)
class ChangesPassages(solution.Guard):
    def search(self, question):
        found = self.find(question)
        again = solution.Guard(lambda question: found, self.is_toxic)
        texts = [passage["text"] for passage in again.search(question)]
        self.ignored = again.ignored
        kept = [passage for passage in found if solution.strip_orders(solution.redact(passage["text"]))[0]]
        for passage, text in zip(kept, texts, strict=True):
            passage["text"] = text
        return kept


@mistake(
    of="Guard",
    en="It looks like the question reaches the search with its personal data: what is let in is redacted.",
    zh="看起来问题带着个人数据放行了：放行的问题应当已脱敏。",
)
class AdmitsAsTyped(solution.Guard):
    def admit(self, question):
        super().admit(question)
        return question


@mistake(
    of="Guard",
    en="It looks like the judge of toxicity sees the question as it was typed, with its disguises.",
    zh="看起来判断有害的函数看到的是未经处理的问题，带着各种伪装。",
    breaks="with the `plain` form of the question",
)
class JudgesAsTyped(solution.Guard):
    def admit(self, question):
        if self.is_toxic(question):
            raise solution.Refused(solution.TOXIC[solution.language(question)])
        return solution.redact(question)


@mistake(
    of="Guard",
    en="It looks like the judge of toxicity sees the redacted question, not what was typed.",
    zh="看起来判断有害的函数看到的是脱敏之后的问题，而不是输入的问题。",
    breaks="of the question as it was typed",
)
class JudgesWhatWasRedacted(solution.Guard):
    def admit(self, question):
        return super().admit(solution.redact(question))


@mistake(
    of="Guard",
    en="It looks like the refusal of a toxic question is always the English one.",
    zh="看起来拒绝有害问题时总是用英文。",
    breaks="the error's text is TOXIC[language(question)]",
)
class RefusesInEnglish(solution.Guard):
    def admit(self, question):
        try:
            return super().admit(question)
        except solution.Refused:
            raise solution.Refused(solution.TOXIC["en"]) from None


@mistake(
    of="Guard",
    en="It looks like a question that looks like an instruction is changed or refused: the reader may say what to do.",
    zh="看起来把像指令的问题改掉或拒绝了：读者当然可以提要求。",
)
class StripsTheQuestion(solution.Guard):
    def admit(self, question):
        return solution.strip_orders(super().admit(question))[0]


@mistake(
    of="Guard",
    en="It looks like toxic input is returned as a sentence: it raises Refused, so nobody answers it by mistake.",
    zh="看起来把有害输入的拒绝当成普通结果返回了：应当抛出 Refused，以免被当作问题继续处理。",
    breaks="it is toxic; the error",
)
class ReturnsTheRefusal(solution.Guard):
    def admit(self, question):
        try:
            return super().admit(question)
        except solution.Refused as refusal:
            return str(refusal)


@mistake(
    of="plain",
    en="It looks like all control characters are dropped, line breaks among them: words run together.",
    zh="看起来去掉了所有控制字符，连换行也去掉了：单词会连在一起。",
    breaks="characters of the category Cf are dropped",
)
def drops_line_breaks(text):
    text = unicodedata.normalize("NFKC", text)
    text = "".join(character for character in text if not unicodedata.category(character).startswith("C"))
    return " ".join(text.split()).casefold()


@mistake(
    of="strip_orders",
    en="It looks like only the case of a sentence is evened out: in its `plain` form other disguises go as well.",
    zh="看起来只统一了大小写：普通形式还会去掉其他伪装。",
    breaks="those whose `plain` form one of ORDERS finds are taken out",
)
def evens_out_case_alone(text):
    kept, taken = [], []
    for sentence in solution.sentences(text):
        words = sentence.strip().casefold()
        (taken if any(order.search(words) for order in solution.ORDERS) else kept).append(sentence)
    return "".join(kept).strip(), [sentence.strip() for sentence in taken]


@mistake(
    of="Guard",
    en="It looks like a passage loses its other keys: its score and whatever else it has go on to the assistant.",
    zh="看起来段落丢掉了其他键：得分等内容都应原样交给助手。",
)
class KeepsThreeKeys(Variant):
    def search(self, question):
        return [{key: one[key] for key in ("document", "page", "text")} for one in super().search(question)]


@mistake(
    of="Guard",
    en="It looks like a report holds all keys of the passage; document, page and the sentence are enough.",
    zh="看起来报告里带上了段落的所有键；只要文档、页码和那个句子。",
    breaks='{"document": …, "page": …, "text": the sentence}',
)
class ReportsAllKeys(Variant):
    def search(self, question):
        kept = self.find
        found = list(kept(question))
        self.find = lambda question: found
        try:
            safe = super().search(question)
        finally:
            self.find = kept
        places = [(one, solution.strip_orders(solution.redact(one["text"]))[1]) for one in found]
        self.ignored = []
        for one, taken in places:
            for sentence in taken:
                self.note(self.ignored, {**one, "text": sentence})
        return safe
