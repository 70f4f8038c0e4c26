"""Known mistakes of week 13, memory."""

import memory as solution

from grader.mistakes import mistake


@mistake(
    of="split_turns",
    en="It looks like a turn is a question and one answer: tools and further messages belong to it as well.",
    zh="看起来一轮只有一问一答：工具消息和之后的消息也属于这一轮。",
    breaks="Every message of the user begins a turn",
)
def pairs_of_messages(messages):
    solution.split_turns(messages)
    return [messages[place : place + 2] for place in range(0, len(messages), 2)]


@mistake(
    of="split_turns",
    en="It looks like a question right after another one joins its turn: every message of the user begins a turn.",
    zh="看起来紧接着的第二个问题并入了前一轮：每条 user 消息都开始新的一轮。",
    breaks="also right after another one",
)
def joins_questions(messages):
    turns = []
    for turn in solution.split_turns(messages):
        if turns and len(turns[-1]) == 1:
            turns[-1] += turn
        else:
            turns.append(list(turn))
    return turns


@mistake(
    of="split_turns",
    en="It looks like the last turn is lost: who closes a turn at the next question must close the last one too.",
    zh="看起来丢了最后一轮：在下一个问题处结束一轮的循环，也要结束最后一轮。",
    breaks="none is changed or left out",
)
def loses_the_last_turn(messages):
    return solution.split_turns(messages)[:-1]


@mistake(
    of="BufferMemory",
    en="It looks like only role and content of a message are kept: its tool calls belong to it.",
    zh="看起来只保留了消息的 role 和 content：它的工具调用也属于它。",
)
class KeepsRoleAndContent(solution.BufferMemory):
    def messages(self):
        return [{"role": message["role"], "content": message["content"]} for message in super().messages()]


@mistake(
    of="BufferMemory",
    en="It looks like an empty system text counts as none: only None means that there is none.",
    zh="看起来空的 system 文本被当作没有：只有 None 才表示没有。",
    breaks="an empty text is a system message too",
)
class DropsAnEmptySystem(solution.BufferMemory):
    def __init__(self, system=None):
        super().__init__(system or None)


@mistake(
    of="BufferMemory",
    en="It looks like asking puts the system message into the conversation: asked twice, it stands there twice.",
    zh="看起来每次查询都把 system 消息放进对话里：问两次就有两条。",
    breaks="Asking changes nothing: asked twice, the answer is the same",
)
class InsertsTheSystemAgain(solution.BufferMemory):
    def messages(self):
        if self.system is not None:
            self.kept.insert(0, {"role": "system", "content": self.system})
        return list(self.kept)


@mistake(
    of="BufferMemory",
    en="It looks like a tool message is accepted that answers no call.",
    zh="看起来没有对应调用的 tool 消息也被接受了。",
    breaks="a tool message follows neither an assistant",
)
class AcceptsOrphans(solution.BufferMemory):
    def add(self, message):
        if message["role"] == "tool" and self.kept:
            self.kept.append(message)
        else:
            super().add(message)


@mistake(
    of="BufferMemory",
    en="It looks like a second tool message after a call is refused: one message may call several tools.",
    zh="看起来一次调用之后的第二条 tool 消息被拒绝了：一条消息可以调用多个工具。",
    breaks="message with tool calls",
)
class OneResultACall(solution.BufferMemory):
    def add(self, message):
        if message["role"] == "tool" and self.kept and self.kept[-1]["role"] == "tool":
            raise ValueError("the call is answered already")
        super().add(message)


@mistake(
    of="BufferMemory",
    en='It looks like "tool_calls" only has to be there: an empty list calls nothing.',
    zh='看起来只要有 "tool_calls" 这个键就行：空列表什么也没有调用。',
    breaks="is there and not empty",
)
class AcceptsEmptyCalls(solution.BufferMemory):
    def add(self, message):
        if message["role"] == "tool" and self.kept and "tool_calls" in self.kept[-1]:
            self.kept.append(message)
        else:
            super().add(message)


@mistake(
    of="BufferMemory",
    en="It looks like a message is remembered before it is checked: one that is refused stays.",
    zh="看起来消息在检查之前就被记住了：被拒绝的消息留了下来。",
    breaks="A message that is refused is not remembered",
)
class RemembersWhatItRefuses(solution.BufferMemory):
    def add(self, message):
        try:
            super().add(message)
        except ValueError:
            self.kept.append(message)
            raise


@mistake(
    of="BufferMemory",
    en="It looks like any role is accepted; it is user, assistant or tool.",
    zh="看起来任何 role 都被接受了；只能是 user、assistant 或 tool。",
    breaks='the role is none of "user", "assistant" and "tool"',
)
class AcceptsAnyRole(solution.BufferMemory):
    def add(self, message):
        if message["role"] in ("user", "assistant", "tool"):
            super().add(message)
        else:
            self.kept.append(message)


@mistake(
    of="BufferMemory",
    en="It looks like the conversation may begin with the assistant: the user speaks first.",
    zh="看起来对话可以由 assistant 开头：应当由 user 先说。",
    breaks="the first message is not the user's",
)
class AssistantMayBegin(solution.BufferMemory):
    def add(self, message):
        if not self.kept and message["role"] == "assistant":
            self.kept.append(message)
        else:
            super().add(message)


@mistake(
    of="WindowMemory",
    en="It looks like single messages are dropped: a window then begins with an answer, or with a tool's result.",
    zh="看起来是逐条丢弃消息的：窗口于是以回答或工具结果开头。",
    breaks="Turns are sent whole",
)
class DropsSingleMessages(solution.WindowMemory):
    def messages(self):
        spent, sent = self._tokens(self._system()), []
        for message in reversed(self.kept):
            spent += self.count(message)
            if spent > self.budget:
                break
            sent.insert(0, message)
        if spent > self.budget and not sent:
            raise ValueError("not even the last message fits")
        return self._system() + sent


@mistake(
    of="WindowMemory",
    en="It looks like only tool messages at the beginning are dropped: the assistant's message there answers nobody.",
    zh="看起来只去掉了开头的 tool 消息：开头的 assistant 消息也没有对应的问题。",
    breaks="the first message after the system message is the user's",
)
class DropsOnlyToolMessages(DropsSingleMessages):
    def messages(self):
        first, sent = self._system(), super().messages()[len(self._system()) :]
        while sent and sent[0]["role"] == "tool":
            sent.pop(0)
        return first + sent


@mistake(
    of="WindowMemory",
    en="It looks like the system message is not counted: it takes tokens too.",
    zh="看起来没有计入 system 消息：它也占词元。",
)
class DoesNotCountTheSystem(solution.WindowMemory):
    def messages(self):
        budget, self.budget = self.budget, self.budget + self._tokens(self._system())
        try:
            return super().messages()
        finally:
            self.budget = budget


@mistake(
    of="WindowMemory",
    en="It looks like the last token of the budget is not used: as many as the budget fit.",
    zh="看起来预算的最后一个词元没有用上：恰好等于预算也放得下。",
    breaks="The budget may be used up to the last token",
)
class LeavesAToken(solution.WindowMemory):
    def messages(self):
        self.budget -= 1
        try:
            return super().messages()
        finally:
            self.budget += 1


@mistake(
    of="WindowMemory",
    en="It looks like a turn that does not fit is skipped, and older ones are sent: the conversation has a gap then.",
    zh="看起来跳过了放不下的一轮，却发送了更早的：对话中间就断了。",
    breaks="Turns are not skipped",
)
class SkipsLongTurns(solution.WindowMemory):
    def messages(self):
        super().messages()
        spent, sent = self._tokens(self._system()), []
        for turn in reversed(solution.split_turns(self.kept)):
            if spent + self._tokens(turn) <= self.budget:
                spent += self._tokens(turn)
                sent = turn + sent
        return self._system() + sent


@mistake(
    of="WindowMemory",
    en="It looks like nothing but the system message is sent when the last turn does not fit: it is a ValueError.",
    zh="看起来最后一轮放不下时只发送了 system 消息：应当抛出 ValueError。",
    breaks="the system message and the last turn do not fit into the budget",
)
class SendsNothing(solution.WindowMemory):
    def messages(self):
        try:
            return super().messages()
        except ValueError:
            return self._system()


@mistake(
    of="WindowMemory",
    en="It looks like the last turn is sent even if it does not fit: it is a ValueError.",
    zh="看起来最后一轮放不下时也照样发送：应当抛出 ValueError。",
    breaks="the system message and the last turn do not fit into the budget",
)
class SendsItAllTheSame(solution.WindowMemory):
    def messages(self):
        try:
            return super().messages()
        except ValueError:
            return self._system() + (solution.split_turns(self.kept) or [[]])[-1]


@mistake(
    of="WindowMemory",
    en="It looks like the budget counts messages, not tokens.",
    zh="看起来预算数的是消息条数，而不是词元数。",
    breaks="says how many tokens one message takes; several take the sum",
)
class CountsMessages(solution.WindowMemory):
    def _tokens(self, messages):
        return len(messages)


@mistake(
    of="WindowMemory",
    en="It looks like a budget of 0 is accepted: it is a ValueError at once.",
    zh="看起来接受了为 0 的预算：应当立刻抛出 ValueError。",
    breaks="`budget` is below 1",
)
class AcceptsNoBudget(solution.WindowMemory):
    def __init__(self, budget, count=solution.approximate_tokens, system=None):
        super().__init__(max(budget, 1), count, system)
        self.budget = budget


@mistake(
    of="SummaryMemory",
    en="It looks like the tokens of the summary are not counted.",
    zh="看起来没有计入摘要的词元。",
    breaks="whose tokens count too",
)
class DoesNotCountTheSummary(solution.SummaryMemory):
    def messages(self):
        while self._tokens(self._system() + self.kept) > self.budget:
            oldest, *others = solution.split_turns(self.kept) or [[]]
            if not others:
                raise ValueError("too long")
            self.summary, self.summarised = self.summarise(self.summary, oldest), True
            self.kept = self.kept[len(oldest) :]
        return self._everything()


@mistake(
    of="SummaryMemory",
    en="It looks like each new summary begins anew: without the old summary, what was in it is lost.",
    zh="看起来每个新摘要都从头开始：不带上旧摘要，里面的内容就丢了。",
)
class ForgetsTheOldSummary(solution.SummaryMemory):
    def __init__(self, budget, summarise, count=solution.approximate_tokens, system=None):
        super().__init__(budget, lambda summary, turn: summarise("", turn), count, system)


@mistake(
    of="SummaryMemory",
    en="It looks like turns leave one question, and are not summarised until the next: in between they are nowhere.",
    zh="看起来离开的轮次到下一次查询才做摘要：这期间它们既不在摘要里也没有被发送。",
    breaks="So each turn is either in the summary or sent",
)
class SummarisesLater(solution.SummaryMemory):
    def messages(self):
        late, new = getattr(self, "late", []), []
        for turn in late:
            self.summary, self.summarised = self.summarise(self.summary, turn), True
        while self._tokens(self._everything()) > self.budget:
            oldest, *others = solution.split_turns(self.kept) or [[]]
            if not others:
                raise ValueError("too long")
            new.append(oldest)
            self.kept = self.kept[len(oldest) :]
        self.late = new
        return self._everything()


@mistake(
    of="SummaryMemory",
    en="It looks like a turn is removed before its summary is there: if summarise raises, it is lost.",
    zh="看起来在得到摘要之前就移除了这一轮：summarise 抛出错误时它就丢了。",
    breaks="If `summarise` raises, its error goes on to the caller, and the turn is still there",
)
class RemovesFirst(solution.SummaryMemory):
    def messages(self):
        while self._tokens(self._everything()) > self.budget:
            oldest, *others = solution.split_turns(self.kept) or [[]]
            if not others:
                raise ValueError("too long")
            self.kept = self.kept[len(oldest) :]
            self.summary, self.summarised = self.summarise(self.summary, oldest), True
        return self._everything()


@mistake(
    of="SummaryMemory",
    en="It looks like the whole conversation is summarised at each question, what was summarised before included.",
    zh="看起来每次查询都重新摘要全部轮次，包括已经摘要过的。",
    breaks="none is summarised twice",
)
class SummarisesAgain(solution.SummaryMemory):
    def messages(self):
        kept, self.summary, self.summarised = list(self.kept), "", False
        try:
            return super().messages()
        finally:
            self.kept = kept


@mistake(
    of="SummaryMemory",
    en="It looks like one turn leaves at most: the rest may still be too long.",
    zh="看起来最多只让一轮离开：剩下的可能仍然太长。",
    breaks="While these take more than the budget",
)
class SummarisesOnce(solution.SummaryMemory):
    def messages(self):
        if self._tokens(self._everything()) > self.budget:
            oldest, *others = solution.split_turns(self.kept) or [[]]
            if not others:
                raise ValueError("too long")
            self.summary, self.summarised = self.summarise(self.summary, oldest), True
            self.kept = self.kept[len(oldest) :]
        return self._everything()


@mistake(
    of="SummaryMemory",
    en="It looks like the summary stands there from the beginning, empty: it comes with the first turn that leaves.",
    zh="看起来一开始就有一条空的摘要：有第一轮离开时才有摘要。",
)
class BeginsWithASummary(solution.SummaryMemory):
    summarised = True


@mistake(
    of="SummaryMemory",
    en="It looks like an empty summary is not sent: once a turn was summarised, the message stands there.",
    zh="看起来空的摘要没有发送：只要有一轮被摘要过，这条消息就应当在。",
)
class DropsAnEmptySummary(solution.SummaryMemory):
    def _everything(self):
        return [message for message in super()._everything() if message["content"] != solution.SUMMARY]


@mistake(
    of="SummaryMemory",
    en="It looks like the summary stands before the system message: it comes right after it.",
    zh="看起来摘要排在 system 消息之前：它应当紧跟在 system 消息之后。",
    breaks="right after the system message",
)
class SummaryFirst(solution.SummaryMemory):
    def messages(self):
        found = super().messages()
        if self.summarised and self.system is not None:
            found[:2] = found[1::-1]
        return found


@mistake(
    of="SummaryMemory",
    en="It looks like add summarises: nothing should be summarised before somebody asks.",
    zh="看起来 add 就做了摘要：在有人查询之前不应当摘要。",
    breaks="neither `add` nor an answer that fits calls `summarise`",
)
class SummarisesWhenAdding(solution.SummaryMemory):
    def add(self, message):
        super().add(message)
        if len(solution.split_turns(self.kept)) > 1 and self._tokens(self._everything()) > self.budget:
            self.messages()


@mistake(
    of="BufferMemory",
    en=(
        "It looks like a tool message is accepted after any message of the assistant: that one must have called a tool."
    ),
    zh="看起来 assistant 的任何消息之后都能接 tool 消息：那条消息必须调用过工具。",
    breaks="a tool message follows neither an assistant",
)
class AcceptsBehindAnyAnswer(solution.BufferMemory):
    def add(self, message):
        if message["role"] == "tool" and self.kept and self.kept[-1]["role"] == "assistant":
            self.kept.append(message)
        else:
            super().add(message)


@mistake(
    of="BufferMemory",
    en="It looks like add takes a system message: there is one, given at the beginning.",
    zh="看起来 add 接受了 system 消息：system 消息只有一条，在开头给出。",
    breaks="there is one system message, given at the",
)
class AcceptsSystem(solution.BufferMemory):
    def add(self, message):
        if message["role"] == "system" and self.kept:
            self.kept.append(message)
        else:
            super().add(message)


@mistake(
    of="BufferMemory",
    en="It looks like add takes a system message as the first one: there is one, given at the beginning.",
    zh="看起来 add 接受了 system 消息作为第一条：system 消息只有一条，在创建时给出。",
    breaks="there is one system message, given at the",
)
class AcceptsSystemFirst(solution.BufferMemory):
    def add(self, message):
        if message["role"] == "system":
            self.kept.append(message)
        else:
            super().add(message)


@mistake(
    of="BufferMemory",
    en="It looks like two messages of the same role are refused: the user may ask twice, and the assistant may go on.",
    zh="看起来拒绝了连续两条相同 role 的消息：user 可以连问两次，assistant 也可以接着说。",
    breaks="the role is none of",
)
class RefusesTheSameRoleTwice(solution.BufferMemory):
    def add(self, message):
        if self.kept and message["role"] != "tool" and message["role"] == self.kept[-1]["role"]:
            raise ValueError("the roles must take turns")
        super().add(message)


@mistake(
    of="BufferMemory",
    en="It looks like messages() hands out the memory's own list: whoever appends to it appends to the memory.",
    zh="看起来 messages() 交出了记忆自己的列表：向它追加消息，就会追加到记忆里。",
    breaks="Each answer is a new list, which the caller may",
)
class HandsOutItsList(solution.BufferMemory):
    def messages(self):
        return self.kept if self.system is None else super().messages()


@mistake(
    of="WindowMemory",
    en="It looks like the first turns are sent, as many as fit: it is the last ones.",
    zh="看起来发送的是放得下的最前面几轮：应当是最后几轮。",
)
class SendsTheFirstTurns(solution.WindowMemory):
    def messages(self):
        spent, sent = self._tokens(self._system()), []
        for turn in solution.split_turns(self.kept):
            spent += self._tokens(turn)
            if spent > self.budget:
                break
            sent += turn
        if spent > self.budget and not sent:
            raise ValueError("too long")
        return self._system() + sent


@mistake(
    of="WindowMemory",
    en="It looks like `count` is not used: tokens are always estimated.",
    zh="看起来没有用到 `count`：词元数总是估算的。",
    breaks="says how many tokens one message takes",
)
class AlwaysEstimates(solution.WindowMemory):
    def __init__(self, budget, count=solution.approximate_tokens, system=None):
        super().__init__(budget, solution.approximate_tokens, system)


@mistake(
    of="WindowMemory",
    en="It looks like the system message alone is sent although it does not fit: that is a ValueError, too.",
    zh="看起来 system 消息自己就放不下，却照样发送：这也是 ValueError。",
    breaks="before the first turn, the",
)
class SendsALongSystem(solution.WindowMemory):
    def messages(self):
        return super().messages() if self.kept else self._system()


@mistake(
    of="SummaryMemory",
    en="It looks like SUMMARY does not stand in front of the summary.",
    zh="看起来摘要前面没有 SUMMARY。",
    breaks="SUMMARY + summary",
)
class ForgetsThePrefix(solution.SummaryMemory):
    def _everything(self):
        summary = [{"role": "system", "content": self.summary}] if self.summarised else []
        return self._system() + summary + self.kept


@mistake(
    of="SummaryMemory",
    en=(
        "It looks like the summary has the role user: then the model takes it for the user's words. It is a "
        "system message."
    ),
    zh="看起来摘要的角色是 user：模型会把它当成用户说的话。它应当是 system 消息。",
    breaks="The summary is one message",
)
class SummaryOfTheUser(solution.SummaryMemory):
    def _everything(self):
        summary = [{"role": "user", "content": solution.SUMMARY + self.summary}] if self.summarised else []
        return self._system() + summary + self.kept


@mistake(
    of="SummaryMemory",
    en="It looks like the summary stands after the turns: it comes before them, right after the system message.",
    zh="看起来摘要排在各轮之后：它应当在它们之前，紧跟在 system 消息之后。",
    breaks="right after the system message",
)
class SummaryLast(solution.SummaryMemory):
    def _everything(self):
        summary = [{"role": "system", "content": solution.SUMMARY + self.summary}] if self.summarised else []
        return self._system() + self.kept + summary


@mistake(
    of="SummaryMemory",
    en=(
        "It looks like everything but the last turn is summarised at once: a turn leaves only while the rest "
        "does not fit."
    ),
    zh="看起来一次就把最后一轮之外的全部做了摘要：只有在放不下时，才一轮一轮地离开。",
    breaks="Nothing is summarised before it must be",
)
class SummarisesAllButTheLast(solution.SummaryMemory):
    def messages(self):
        if self._tokens(self._everything()) > self.budget:
            for turn in solution.split_turns(self.kept)[:-1]:
                self.summary, self.summarised = self.summarise(self.summary, turn), True
                self.kept = self.kept[len(turn) :]
        if self._tokens(self._everything()) > self.budget:
            raise ValueError("too long")
        return self._everything()


@mistake(
    of="SummaryMemory",
    en="It looks like the last turn is summarised, too: it is always sent as it is, or it is a ValueError.",
    zh="看起来最后一轮也做了摘要：它总是原样发送，放不下就是 ValueError。",
    breaks="more than the last turn is left",
)
class SummarisesTheLastTurn(solution.SummaryMemory):
    def messages(self):
        while self._tokens(self._everything()) > self.budget:
            if not self.kept:
                raise ValueError("too long")
            oldest = solution.split_turns(self.kept)[0]
            self.summary, self.summarised = self.summarise(self.summary, oldest), True
            self.kept = self.kept[len(oldest) :]
        return self._everything()


@mistake(
    of="SummaryMemory",
    en="It looks like summarise gets all that is kept: it gets the oldest turn, and the others are sent as they are.",
    zh="看起来 summarise 得到了保留的全部消息：应当只得到最早的一轮，其余原样发送。",
    breaks="is called with it and gives the new summary",
)
class SummarisesAllThatIsKept(solution.SummaryMemory):
    def messages(self):
        usual = self.summarise
        self.summarise = lambda summary, turn: usual(summary, self.kept)
        try:
            return super().messages()
        finally:
            self.summarise = usual


@mistake(
    of="SummaryMemory",
    en="It looks like a turn that does not fit alone is refused at once: the turns before it are summarised first.",
    zh="看起来最后一轮自己放不下时立刻就拒绝了：应当先把它之前的各轮做成摘要。",
    breaks="the others are in the summary then",
)
class RefusesBeforeItSummarises(solution.SummaryMemory):
    def messages(self):
        last = (solution.split_turns(self.kept) or [[]])[-1]
        if self._tokens(self._system() + last) > self.budget:
            raise ValueError("too long")
        return super().messages()


@mistake(
    of="BufferMemory",
    en="It looks like only the role system is refused: any other that is not user, assistant or tool is refused, too.",
    zh="看起来只拒绝了 system 这个角色：user、assistant、tool 以外的角色都要拒绝。",
    breaks="the role is none of",
)
class RefusesTheSystemAlone(solution.BufferMemory):
    def add(self, message):
        if self.kept and message["role"] not in ("user", "assistant", "tool", "system"):
            self.kept.append(message)
        else:
            super().add(message)


@mistake(
    of="SummaryMemory",
    en="It looks like all turns but the last are handed to `summarise` in one call: it gets one turn at a time.",
    zh="看起来把最后一轮之外的全部轮次一次交给了 `summarise`：它每次只拿到一轮。",
    breaks="the oldest turn that is left is",
)
class SummarisesAllInOneCall(solution.SummaryMemory):
    def messages(self):
        if self._tokens(self._everything()) > self.budget:
            turns = solution.split_turns(self.kept)
            if len(turns) > 1:
                old = [message for turn in turns[:-1] for message in turn]
                self.summary, self.summarised = self.summarise(self.summary, old), True
                self.kept = turns[-1]
        if self._tokens(self._everything()) > self.budget:
            raise ValueError("too long")
        return self._everything()


@mistake(
    of="SummaryMemory",
    en="It looks like the first summary is written from None: it begins as the empty text.",
    zh="看起来第一次摘要的旧摘要是 None：它最初是空文本。",
    breaks="The summary begins as the empty text",
)
class BeginsWithNone(solution.SummaryMemory):
    def __init__(self, budget, summarise, count=solution.approximate_tokens, system=None):
        def first(summary, turn):
            return summarise(summary if self.summarised else None, turn)

        super().__init__(budget, first, count, system)
