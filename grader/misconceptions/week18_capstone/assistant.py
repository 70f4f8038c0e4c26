"""Known mistakes of week 18, assistant."""

import copy

import assistant as solution

from grader.mistakes import mistake


def cited(pieces, passages, page=None, held_back=None):
    """The contract's `cite` with another way to find a page, or to hold back."""

    def right(found):
        number = int(found[1]) if found[1].isdigit() else 0
        return solution.label(passages[number - 1], passages) if 1 <= number <= len(passages) else ""

    held = ""
    for piece in pieces:
        held += piece
        ready = (held_back or hold)(held)
        yield solution.CITATION.sub(lambda found: page(found, right) if page else right(found), held[:ready])
        held = held[ready:]
    yield solution.CITATION.sub(lambda found: page(found, right) if page else right(found), held)


def hold(text):
    start = text.rfind("[")
    unfinished = start >= 0 and "]" not in text[start:] and len(text) - start < solution.LONGEST
    return start if unfinished else len(text)


@mistake(
    of="cite",
    en="It looks like passages are counted from 0: [1] is the first.",
    zh="看起来段落从 0 开始编号：[1] 是第一个。",
    breaks="[n] becomes the `label` of passage number n, counted from 1",
)
def counts_from_zero(pieces, passages):
    def page(found, right):
        number = int(found[1]) if found[1].isdigit() else -1
        return solution.label(passages[number], passages) if 0 <= number < len(passages) else ""

    return cited(pieces, passages, page)


@mistake(
    of="cite",
    en="It looks like the number in brackets is taken for the page: it is the number of a passage.",
    zh="看起来把方括号里的编号直接当成了页码：它是段落的编号。",
    breaks="[n] becomes the `label` of passage number n",
)
def takes_the_number_for_the_page(pieces, passages):
    def page(found, right):
        return f"[p. {found[1]}]" if right(found) else ""

    return cited(pieces, passages, page)


@mistake(
    of="cite",
    en="It looks like pages are shifted by one.",
    zh="看起来页码错了一页。",
    breaks="[n] becomes the `label` of passage number n",
)
def shifts_the_page(pieces, passages):
    shifted = [{**passage, "page": passage["page"] - 1} for passage in passages]
    return solution.cite(pieces, shifted)


@mistake(
    of="cite",
    en="It looks like [0] names the last passage: passages[-1] exists, but there is no passage number 0.",
    zh="看起来 [0] 指到了最后一个段落：passages[-1] 确实存在，但没有 0 号段落。",
    breaks="A number that no passage has",
)
def lets_zero_wrap_around(pieces, passages):
    def page(found, right):
        return solution.label(passages[-1], passages) if found[1] == "0" and passages else right(found)

    return cited(pieces, passages, page)


@mistake(
    of="cite",
    en="It looks like a number that no passage has stays in the text.",
    zh="看起来没有对应段落的编号仍留在文本里。",
    breaks="A number that no passage has",
)
def keeps_wrong_numbers(pieces, passages):
    def page(found, right):
        return right(found) or (found[0] if found[1].isdigit() else "")

    return cited(pieces, passages, page)


@mistake(
    of="cite",
    en="It looks like a page that the writer made up stays in the text: the reader would take it for a source.",
    zh="看起来写作器自己编出的页码仍留在文本里：读者会把它当作来源。",
    breaks="a page that the writer made up",
)
def trusts_pages_of_the_writer(pieces, passages):
    def page(found, right):
        return right(found) if found[1].isdigit() else found[0]

    return cited(pieces, passages, page)


@mistake(
    of="cite",
    en="It looks like every piece is searched by itself: a citation that comes in two pieces is not found.",
    zh="看起来每一段是单独查找的：分两段到达的引用就找不到了。",
    breaks="wherever the text was cut into pieces",
)
def looks_at_each_piece(pieces, passages):
    return cited(pieces, passages, held_back=len)


@mistake(
    of="cite",
    en="It looks like only a bracket at the very end of a piece is held back: [1 may be the beginning of [12].",
    zh="看起来只暂留一段最末尾的方括号：[1 也可能是 [12] 的开头。",
    breaks="wherever the text was cut into pieces",
)
def holds_a_bare_bracket(pieces, passages):
    return cited(pieces, passages, held_back=lambda text: len(text) - text.endswith("["))


@mistake(
    of="cite",
    en="It looks like what is held back at the end is lost: an open bracket may be the last thing that is written.",
    zh="看起来最后暂留的文字丢失了：文本可以以未闭合的方括号结尾。",
    breaks="Everything else stays",
)
def loses_the_rest(pieces, passages):
    text = "".join(solution.cite(pieces, passages))
    yield text[: hold(text)]


@mistake(
    of="cite",
    en="It looks like the whole text is collected before the first piece is passed on: the reader waits for all of it.",
    zh="看起来先收齐全文才交出第一段：读者要一直等到最后。",
    breaks="a piece is taken only when the one before was dealt with",
)
def waits_for_everything(pieces, passages):
    yield "".join(solution.cite(["".join(pieces)], passages))


@mistake(
    of="cite",
    en="It looks like a bracket that is never closed holds back all that follows.",
    zh="看起来一个始终没有闭合的方括号把后面的全部文字都扣住了。",
    breaks="and it is shorter than LONGEST",
)
def holds_back_forever(pieces, passages):
    def held_back(text):
        start = text.rfind("[")
        return start if start >= 0 and "]" not in text[start:] else len(text)

    return cited(pieces, passages, held_back=held_back)


@mistake(
    of="cite",
    en='It looks like the first "[" decides what is held back: the last one may still become a citation.',
    zh="看起来由第一个“[”决定暂留什么：还可能成为引用的是最后一个。",
    breaks='the text from its last "[" on',
)
def looks_at_the_first_bracket(pieces, passages):
    def held_back(text):
        start = text.find("[")
        unfinished = start >= 0 and "]" not in text[start:] and len(text) - start < solution.LONGEST
        return start if unfinished else len(text)

    return cited(pieces, passages, held_back=held_back)


@mistake(
    of="Assistant",
    en="It looks like a score equal to the threshold is not enough.",
    zh="看起来分数等于阈值的段落被去掉了。",
    breaks="A score equal to the threshold is enough",
)
class ExcludesTheThreshold(solution.Assistant):
    def find(self, question):
        return [passage for passage in super().find(question) if passage["score"] > self.threshold]


@mistake(
    of="Assistant",
    en="It looks like every passage that was found is relevant, whatever its score.",
    zh="看起来检索到的段落不论分数都算相关。",
)
class IgnoresTheThreshold(solution.Assistant):
    def find(self, question):
        if not question.strip():
            raise ValueError("empty")
        return list(self.search(question))


@mistake(
    of="Assistant",
    en="It looks like all passages are taken as soon as the best one reaches the threshold.",
    zh="看起来只要最好的段落达到阈值，就把全部段落都留下了。",
)
class AsksTheBestOnly(solution.Assistant):
    def find(self, question):
        if not question.strip():
            raise ValueError("empty")
        found = self.search(question)
        return found if any(passage["score"] >= self.threshold for passage in found) else []


@mistake(
    of="Assistant",
    en="It looks like the passages are sorted by page or score: they stay in the order in which they were found.",
    zh="看起来把段落重新排序了：应当保持检索返回的顺序。",
)
class SortsByScore(solution.Assistant):
    def find(self, question):
        return sorted(super().find(question), key=lambda passage: -passage["score"])


@mistake(
    of="Assistant",
    en="It looks like only the usual keys of a passage are kept: all of them are.",
    zh="看起来只保留了段落的常用键：应当全部保留。",
)
class KeepsTheUsualKeys(solution.Assistant):
    def find(self, question):
        keys = ("text", "document", "page", "score")
        return [{key: passage[key] for key in keys} for passage in super().find(question)]


@mistake(
    of="Assistant",
    en="It looks like an empty question is searched for: it is a ValueError.",
    zh="看起来空问题也去检索了：应当抛出 ValueError。",
    breaks="the question is empty or white space alone",
)
class SearchesForNothing(solution.Assistant):
    def find(self, question):
        return [dict(passage) for passage in self.search(question) if passage["score"] >= self.threshold]


@mistake(
    of="Assistant",
    en="It looks like the writer is asked although nothing relevant was found.",
    zh="看起来没有找到相关内容，却仍然调用了写作器。",
    breaks="and the writer is not called",
)
class AsksTheWriterAnyway(solution.Assistant):
    def reply(self, question, passages, history=()):
        if not passages:
            self.write(question, [], list(history))
        yield from super().reply(question, passages, history)


@mistake(
    of="Assistant",
    en="It looks like the refusal is always the English one.",
    zh="看起来拒答总是用英文。",
    breaks="REFUSALS[language(question)]",
)
class RefusesInEnglish(solution.Assistant):
    def reply(self, question, passages, history=()):
        return super().reply(question, passages, history) if passages else iter([solution.REFUSALS["en"]])


@mistake(
    of="Assistant",
    en="It looks like every passage that the writer was shown is a source, cited or not.",
    zh="看起来给写作器看过的段落都算来源，不论是否被引用。",
    breaks="The sources are the passages whose `label` stands in the text",
)
class NamesEverythingShown(solution.Assistant):
    def answer(self, text, passages):
        return {**super().answer(text, passages), "sources": [dict(passage) for passage in passages]}


@mistake(
    of="Assistant",
    en="It looks like the sources stand in the order of the passages, not in that of their citation.",
    zh="看起来来源按段落的顺序排列，而不是按引用的顺序。",
    breaks="in the order in which the labels first appear",
)
class SourcesInTheOrderFound(solution.Assistant):
    def answer(self, text, passages):
        sources = [dict(passage) for passage in passages if solution.label(passage, passages) in text]
        return {**super().answer(text, passages), "sources": sources}


@mistake(
    of="Assistant",
    en="It looks like an answer without sources counts as a refusal: it is one only if there were no passages.",
    zh="看起来没有来源的回答被当成了拒答：只有没有段落时才是拒答。",
    breaks="It is refused if there were no passages",
)
class CallsItRefused(solution.Assistant):
    def answer(self, text, passages):
        answer = super().answer(text, passages)
        return {**answer, "refused": not answer["sources"]}


@mistake(
    of="Assistant",
    en="It looks like only one passage of a page is a source: all passages of a cited page are.",
    zh="看起来同一页只列了一个段落：被引用的那一页的段落都是来源。",
    breaks="those of one page in the order given",
)
class OneSourceAPage(solution.Assistant):
    def answer(self, text, passages):
        answer = super().answer(text, passages)
        first = {solution.label(source, passages): source for source in reversed(answer["sources"])}
        kept = [source for source in answer["sources"] if source is first[solution.label(source, passages)]]
        return {**answer, "sources": kept}


@mistake(
    of="Assistant",
    en="It looks like the writer gets the passages and messages themselves: what it does to them, it does to you.",
    zh="看起来写作器得到的是段落和消息本身而不是副本：它改了什么，你这里也跟着变。",
    breaks="so that whatever it does to them changes no citation and no history",
)
class HandsOutItsOwn(solution.Assistant):
    def reply(self, question, passages, history=()):
        if not passages:
            yield from super().reply(question, passages, history)
        else:
            yield from solution.cite(self.write(question, passages, history or []), passages)


@mistake(
    of="Assistant",
    en="It looks like only the list is copied for the writer: the dicts in it are still yours.",
    zh="看起来只给写作器复制了列表：里面的字典还是你自己的。",
    breaks="two lists with dicts of its own",
)
class CopiesTheListAlone(solution.Assistant):
    def reply(self, question, passages, history=()):
        if not passages:
            yield from super().reply(question, passages, history)
        else:
            yield from solution.cite(self.write(question, list(passages), list(history)), passages)


@mistake(
    of="Assistant",
    en="It looks like the history does not reach the writer.",
    zh="看起来历史没有传给写作器。",
    breaks="The writer is called once, with the question, the passages and the history",
)
class ForgetsTheHistory(solution.Assistant):
    def reply(self, question, passages, history=()):
        return super().reply(question, passages)


@mistake(
    of="Assistant",
    en="It looks like a question of white space alone is searched for: only the empty text is refused.",
    zh="看起来只有空白的问题也去检索了：只拒绝了空字符串。",
    breaks="the question is empty or white space alone",
)
class SearchesForWhiteSpace(solution.Assistant):
    def find(self, question):
        if not question:
            raise ValueError("empty")
        return [dict(passage) for passage in self.search(question) if passage["score"] >= self.threshold]


@mistake(
    of="Assistant",
    en="It looks like the sources of an answer are the passages themselves: whoever changes them changes yours.",
    zh="看起来回答里的来源就是段落本身而不是副本：谁改动它们，就改动了原来的段落。",
    breaks="They are copies",
)
class HandsOutPassages(solution.Assistant):
    def answer(self, text, passages):
        answer = super().answer(text, passages)
        own = [next(each for each in passages if each == source) for source in answer["sources"]]
        return {**answer, "sources": own}


@mistake(
    of="Chat",
    en="It looks like all chats with one assistant have one history: what is said in one is known in the others.",
    zh="看起来同一个助手的所有对话共用一份历史：一个对话里说的话，别的对话也知道。",
)
class SharesOneHistory(solution.Chat):
    def __init__(self, assistant, budget=2000):
        super().__init__(assistant, budget)
        self.history = vars(assistant).setdefault("history_of_all", [])


@mistake(
    of="Chat",
    en="It looks like page citations are sent along with the history: the writer copies them.",
    zh="看起来历史里还带着页码引用：写作器会照抄。",
    breaks="Answers stand in it `uncited`",
)
class SendsOldCitations(solution.Chat):
    def stream(self, question):
        yield from super().stream(question)
        self.history[-1]["content"] = self.answer["text"]


@mistake(
    of="Chat",
    en="It looks like a refusal is not remembered.",
    zh="看起来没有记住拒答。",
    breaks="refusals too",
)
class ForgetsRefusals(solution.Chat):
    def stream(self, question):
        before = list(self.history)
        yield from super().stream(question)
        if self.answer["refused"]:
            self.history = before


@mistake(
    of="Chat",
    en="It looks like the question is remembered before its answer is there: when the writer fails, it stays.",
    zh="看起来在得到回答之前就记住了问题：写作器失败时它就留了下来。",
    breaks="Until then both are as before",
)
class RemembersTooEarly(solution.Chat):
    def stream(self, question):
        passages = self.assistant.find(question)
        sent = self.sent(question)
        self.history.append({"role": "user", "content": question})
        pieces = []
        for piece in self.assistant.reply(question, passages, sent):
            pieces.append(piece)
            yield piece
        text = "".join(pieces)
        self.answer = self.assistant.answer(text, passages)
        self.history.append({"role": "assistant", "content": solution.uncited(text)})


@mistake(
    of="Chat",
    en="It looks like half an answer is remembered when the writer fails or the stream is left.",
    zh="看起来写作器失败或中途离开时，记住了半个回答。",
    breaks="neither it nor a stream that is left early changes anything",
)
class RemembersHalfAnAnswer(solution.Chat):
    def stream(self, question):
        passages = self.assistant.find(question)
        sent, text = self.sent(question), ""
        try:
            for piece in self.assistant.reply(question, passages, sent):
                text += piece
                yield piece
        finally:
            self.answer = self.assistant.answer(text, passages)
            self.history += [{"role": "user", "content": question}]
            self.history += [{"role": "assistant", "content": solution.uncited(text)}]


@mistake(
    of="Chat",
    en="It looks like the answer is complete before its first piece is passed on.",
    zh="看起来整个回答完成之后才交出第一段。",
)
class StreamsAtTheEnd(solution.Chat):
    def stream(self, question):
        yield from list(super().stream(question))


@mistake(
    of="Chat",
    en="It looks like the question's own characters are not counted.",
    zh="看起来没有计入问题本身的字符。",
    breaks="the characters of all contents and of the question together are at most the budget",
)
class ForgetsTheQuestion(solution.Chat):
    def sent(self, question):
        return super().sent("")


@mistake(
    of="Chat",
    en="It looks like the last character of the budget may not be used.",
    zh="看起来预算的最后一个字符不能用。",
    breaks="which may be used up",
)
class LeavesACharacter(solution.Chat):
    def sent(self, question):
        return super().sent(question + "?")


@mistake(
    of="Chat",
    en="It looks like `sent` returns the history's own messages: whoever writes into them rewrites what was said.",
    zh="看起来 `sent` 返回的是历史里原有的消息：改写它们，就改写了说过的话。",
    breaks="The messages are copies",
)
class SendsItsOwnMessages(solution.Chat):
    def sent(self, question):
        return self.history[len(self.history) - len(super().sent(question)) :]


@mistake(
    of="Chat",
    en="It looks like messages are cut one by one: an answer then stands there without its question.",
    zh="看起来是逐条消息裁剪的：回答会失去它的问题。",
    breaks="A turn is a question with its answer, and goes whole",
)
class TearsTurns(solution.Chat):
    def sent(self, question):
        spent, sent = len(question), []
        for message in reversed(self.history):
            spent += len(message["content"])
            if spent > self.budget:
                break
            sent.insert(0, dict(message))
        return sent


@mistake(
    of="Chat",
    en="It looks like the latest turns are cut and the oldest are sent.",
    zh="看起来裁掉的是最近的轮次，发送的是最早的。",
    breaks="the oldest are cut first",
)
class CutsTheLatest(solution.Chat):
    def sent(self, question):
        spent, end = len(question), 0
        while end < len(self.history):
            spent += sum(len(message["content"]) for message in self.history[end : end + 2])
            if spent > self.budget:
                break
            end += 2
        return copy.deepcopy(self.history[:end])


@mistake(
    of="Chat",
    en="It looks like a turn that does not fit is skipped, and older ones are sent: the conversation has a gap then.",
    zh="看起来跳过了放不下的一轮，却发送了更早的：对话中间就断了。",
    breaks="No turn is skipped",
)
class SkipsLongTurns(solution.Chat):
    def sent(self, question):
        spent, sent = len(question), []
        for begin in range(len(self.history) - 2, -1, -2):
            turn = self.history[begin : begin + 2]
            size = sum(len(message["content"]) for message in turn)
            if spent + size <= self.budget:
                spent += size
                sent = turn + sent
        return copy.deepcopy(sent)


@mistake(
    of="Chat",
    en="It looks like what is over the budget is forgotten for good: the history keeps all messages.",
    zh="看起来超出预算的部分被彻底丢弃了：历史应当保留全部消息。",
    breaks="all messages so far",
)
class ForgetsForGood(solution.Chat):
    def stream(self, question):
        sent = self.sent(question)
        yield from super().stream(question)
        self.history = sent + self.history[-2:]


@mistake(
    of="Chat",
    en="It looks like a question that is longer than the budget is refused: it always goes.",
    zh="看起来拒绝了比预算还长的问题：问题总是要发送。",
    breaks="The question always goes, even if it is longer than the budget",
)
class RefusesLongQuestions(solution.Chat):
    def stream(self, question):
        if len(question) > self.budget:
            raise ValueError("too long")
        yield from super().stream(question)


@mistake(
    of="Chat",
    en="It looks like a reset keeps the last answer.",
    zh="看起来重置之后还留着上一个回答。",
)
class ResetsTheHistoryAlone(solution.Chat):
    answer = None

    def reset(self):
        self.history = []


@mistake(
    of="Chat",
    en="It looks like a negative budget is accepted: it is a ValueError.",
    zh="看起来接受了负的预算：应当抛出 ValueError。",
    breaks="the budget is negative.",
)
class AcceptsANegativeBudget(solution.Chat):
    def __init__(self, assistant, budget=2000):
        super().__init__(assistant, max(budget, 0))
        self.budget = budget


@mistake(
    of="Chat",
    en="It looks like a budget of 0 is refused: it is allowed, and sends no history.",
    zh="看起来拒绝了为 0 的预算：它是允许的，表示不发送历史。",
    breaks="the budget is negative.",
)
class RefusesNoBudget(solution.Chat):
    def __init__(self, assistant, budget=2000):
        if budget < 1:
            raise ValueError("budget")
        super().__init__(assistant, budget)


@mistake(
    of="Chat",
    en="It looks like ask returns the chat's own answer: whoever changes it changes the chat.",
    zh="看起来 ask 返回的就是对话自己的 answer：谁改动它，就改动了对话。",
)
class ReturnsItsOwnAnswer(solution.Chat):
    def ask(self, question):
        super().ask(question)
        return self.answer


@mistake(
    of="cite",
    en="It looks like whatever names no passage stays in the text: a number that is too high, or a page made up.",
    zh="看起来凡是不对应任何段落的引用都留在文本里：过大的编号，或写作器编出的页码。",
    breaks="are dropped: the brackets and what is in them",
)
def keeps_what_names_nothing(pieces, passages):
    return cited(pieces, passages, lambda found, right: right(found) or found[0])


@mistake(
    of="Chat",
    en="It looks like the whole history goes to the writer: only what `sent` returns fits the budget.",
    zh="看起来把全部历史都交给了写作器：只有 sent 返回的部分才在预算之内。",
    breaks="The writer gets the history that is `sent`",
)
class SendsEverything(solution.Chat):
    def stream(self, question):
        kept, self.sent = self.sent, lambda question: copy.deepcopy(self.history)
        try:
            yield from super().stream(question)
        finally:
            self.sent = kept
