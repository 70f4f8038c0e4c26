"""Known mistakes of week 09, stopping."""

import stopping as solution
import torch

from grader.mistakes import mistake


def overlap(text, stop):
    return max(size for size in range(len(stop)) if size <= len(text) and text.endswith(stop[:size]))


class Stream(solution.StopStrings):
    """StopStrings in steps: `first` finds where the text is cut, `held` says how much is held back."""

    def __init__(self, stop):
        super().__init__(stop)
        self.strings, self.buffer = list(stop), ""

    def first(self, text):
        """(where the text is cut, the stop string), or None."""
        places = [(text.find(stop) + len(stop), text.find(stop), stop) for stop in self.strings if stop in text]
        return min(places)[1:] if places else None

    def held(self, text):
        return max((overlap(text, stop) for stop in self.strings), default=0)

    def push(self, piece):
        if self.stopped_by is not None:
            return ""
        text = self.buffer + piece
        if found := self.first(text):
            cut, self.stopped_by = found
            self.buffer = ""
            return text[:cut]
        shown = len(text) - self.held(text)
        self.buffer = text[shown:]
        return text[:shown]

    def finish(self):
        rest, self.buffer = self.buffer, ""
        return rest


# ---- StopStrings


@mistake(
    of="StopStrings",
    en="It looks like you look for the stop string in each piece alone. It may begin in one piece and end in another.",
    zh="看起来你只在每一段里单独找停止字符串。它可能在一段里开始，在另一段里结束。",
)
class looks_in_each_piece_alone(Stream):
    def held(self, text):
        return 0


@mistake(
    of="StopStrings",
    en="It looks like you find stop strings over several pieces, but have shown their beginning by then. What could "
    "become one has to be held back.",
    zh="看起来跨段的停止字符串你找到了，但它的开头早已显示出去。可能成为停止字符串的部分要先扣下。",
)
class shows_what_may_become_one(solution.StopStrings):
    def __init__(self, stop):
        super().__init__(stop)
        self.all = Stream(stop)
        self.text = ""

    def push(self, piece):
        self.all.push(piece)
        if self.stopped_by is not None:
            return ""
        before, self.text = len(self.text), self.text + piece
        self.stopped_by = self.all.stopped_by
        end = len(self.text) if self.stopped_by is None else self.all.first(self.text)[0]
        return self.text[before:end]

    def finish(self):
        return ""


@mistake(
    of="StopStrings",
    en="It looks like the stop string itself is shown. The text is cut before it.",
    zh="看起来停止字符串本身也显示了。文本应在它之前截断。",
)
class shows_the_stop_string(Stream):
    def first(self, text):
        found = super().first(text)
        return found and (found[0] + len(found[1]), found[1])


@mistake(
    of="StopStrings",
    en="It looks like you always hold back as many characters as the longest stop string has, less one. That is "
    "safe, but most of them could be shown at once: hold back only what a stop string begins with.",
    zh="看起来你总是扣下“最长停止字符串的长度减一”个字符。这样虽然安全，但其中大多可以立刻显示："
    "只需扣下停止字符串的开头部分。",
)
class holds_back_a_fixed_number(Stream):
    def held(self, text):
        return min(len(text), max(map(len, self.strings), default=1) - 1)


@mistake(
    of="StopStrings",
    en="It looks like you hold back the shortest end that could become a stop string. A longer one could, too, and "
    "its beginning is shown.",
    zh="看起来你扣下的是可能成为停止字符串的最短结尾。更长的结尾也可能，而它的开头已经显示了。",
)
class holds_back_the_shortest(Stream):
    def held(self, text):
        sizes = [n for stop in self.strings for n in range(1, len(stop)) if n <= len(text) and text.endswith(stop[:n])]
        return min(sizes, default=0)


@mistake(
    of="StopStrings",
    en="It looks like you count how much of the stop string has come and begin again at 0 when a character does not "
    'fit. In "EEND" the second E is a new beginning of "END".',
    zh="看起来你在数停止字符串已经来了几个字符，一有不符就从 0 重新数。“EEND”里第二个 E 又是“END”的开头。",
)
class forgets_a_new_beginning(solution.StopStrings):
    def __init__(self, stop):
        super().__init__(stop)
        self.counts = {string: 0 for string in stop}
        self.waiting = ""

    def push(self, piece):
        shown = ""
        for character in piece:
            if self.stopped_by is not None:
                break
            self.waiting += character
            for stop, count in self.counts.items():
                self.counts[stop] = count + 1 if stop[count] == character else 0
            done = [stop for stop, count in self.counts.items() if count == len(stop)]
            if done:
                self.stopped_by = max(done, key=len)
                shown, self.waiting = shown + self.waiting[: -len(self.stopped_by)], ""
            else:
                ready = len(self.waiting) - max(self.counts.values(), default=0)
                shown, self.waiting = shown + self.waiting[:ready], self.waiting[ready:]
        return shown

    def finish(self):
        rest, self.waiting = self.waiting, ""
        return rest


@mistake(
    of="StopStrings",
    en="It looks like the first stop string of the list wins. The first in the text counts: the one that is complete "
    "first.",
    zh="看起来你取的是列表中的第一个停止字符串。应以文本中最先完整出现的为准。",
)
class takes_the_first_of_the_list(Stream):
    def first(self, text):
        return next(((text.find(stop), stop) for stop in self.strings if stop in text), None)


@mistake(
    of="StopStrings",
    en="It looks like the stop string that begins first wins, although another one is complete before it.",
    zh="看起来你取的是最先开始的停止字符串，而另一个在它之前就已经完整了。",
)
class takes_the_one_that_begins_first(Stream):
    def first(self, text):
        return min(((text.find(stop), stop) for stop in self.strings if stop in text), default=None)


@mistake(
    of="StopStrings",
    en="It looks like the first in the list wins where several stop strings end at the same place. It is the longest, "
    "whatever their order in the list.",
    zh="看起来几个停止字符串在同一处结束时，你取了列表中的第一个。应取最长的，与它们在列表中的顺序无关。",
    breaks="Of several that end there, it is the longest",
)
class takes_the_first_that_ends_there(Stream):
    def first(self, text):
        places = [(text.find(stop) + len(stop), number) for number, stop in enumerate(self.strings) if stop in text]
        if not places:
            return None
        end, number = min(places)
        return end - len(self.strings[number]), self.strings[number]


@mistake(
    of="StopStrings",
    en="It looks like the shortest wins where several stop strings end at the same place, so a part of the longer "
    "one is shown.",
    zh="看起来几个停止字符串在同一处结束时，你取了最短的，于是较长的那个有一部分显示了出来。",
)
class takes_the_shortest(Stream):
    def first(self, text):
        places = [(text.find(stop) + len(stop), -text.find(stop), stop) for stop in self.strings if stop in text]
        return (-min(places)[1], min(places)[2]) if places else None


@mistake(
    of="StopStrings",
    en="It looks like what was held back is lost at the end. No stop string came of it, so it belongs to the text.",
    zh="看起来结束时扣下的部分丢了。它没有成为停止字符串，所以属于正文。",
)
class loses_the_end(Stream):
    def finish(self):
        return ""


@mistake(
    of="StopStrings",
    en="It looks like finish returns its rest every time. The second time nothing is left.",
    zh="看起来每次调用 finish 都返回剩下的部分。第二次应当什么都没有。",
)
class returns_the_rest_twice(Stream):
    def finish(self):
        return self.buffer


@mistake(
    of="StopStrings",
    en="It looks like the text goes on behind the stop string with the next piece.",
    zh="看起来停止字符串之后，下一段又继续显示了。",
)
class goes_on_behind_it(Stream):
    def push(self, piece):
        stopped_by, self.stopped_by = self.stopped_by, None
        shown = super().push(piece)
        self.stopped_by = stopped_by or self.stopped_by
        return shown


@mistake(
    of="StopStrings",
    en="It looks like an empty stop string is accepted. Every text would end before it began: refuse it.",
    zh="看起来你接受了空的停止字符串。任何文本还没开始就会结束：应当拒绝它。",
)
class accepts_empty_ones(Stream):
    def __init__(self, stop):
        super().__init__([string for string in stop if string])


@mistake(
    of="StopStrings",
    en="It looks like a stop string of white space alone is refused, or ignored. Only an empty one is an error: texts "
    "often end at an empty line.",
    zh="看起来你拒绝或忽略了只含空白的停止字符串。只有空字符串才是错误：文本常常以空行结束。",
    breaks="ValueError for an empty stop string",
)
class refuses_white_space(Stream):
    def __init__(self, stop):
        if not all(string.strip() for string in stop):
            raise ValueError
        super().__init__(stop)


@mistake(
    of="StopStrings",
    en="It looks like the last stop string of a piece wins, and the text before it is shown, the first one included.",
    zh="看起来一段里有好几个停止字符串时，你取了最后一个，于是它之前的内容，连同前面的停止字符串，都显示了出来。",
    breaks="The first stop string is the one whose last character comes first",
)
class takes_the_last(Stream):
    def first(self, text):
        places = [(text.rfind(stop) + len(stop), -text.rfind(stop), stop) for stop in self.strings if stop in text]
        return (-max(places)[1], max(places)[2]) if places else None


# ---- token_logprobs


def answers(logprobs, ids, top, *, ranks=None):
    """The three answers from log-probabilities; `ranks` is what they are sorted by."""
    if not 0 <= top <= logprobs.shape[-1]:
        raise ValueError
    order = (logprobs if ranks is None else ranks).sort(dim=-1, descending=True, stable=True).indices[..., :top]
    return logprobs.gather(-1, ids.unsqueeze(-1)).squeeze(-1), logprobs.gather(-1, order), order


def wide(logits):
    return logits.to(torch.promote_types(logits.dtype, torch.float32))


@mistake(
    of="token_logprobs",
    en="It looks like you take the logarithm of softmax: a probability that is rounded to 0 becomes minus infinity. "
    "log_softmax keeps it.",
    zh="看起来你先做 softmax 再取对数：被舍入为 0 的概率就成了负无穷。用 log_softmax 就能保住它。",
)
def takes_the_log_of_softmax(logits, ids, top):
    return answers(wide(logits).softmax(-1).log(), ids, top)


@mistake(
    of="token_logprobs",
    en="It looks like you return the logits as they are. They are log-probabilities only after log_softmax.",
    zh="看起来你直接返回了 logits。经过 log_softmax 才是对数概率。",
)
def returns_logits(logits, ids, top):
    return answers(wide(logits), ids, top)


@mistake(
    of="token_logprobs",
    en="It looks like you return probabilities. Take their natural logarithms.",
    zh="看起来你返回的是概率。请取自然对数。",
)
def returns_probabilities(logits, ids, top):
    return answers(wide(logits).softmax(-1), ids, top)


@mistake(
    of="token_logprobs",
    en="It looks like your logarithms have base 2. They are natural here: do not divide by log(2).",
    zh="看起来你用了以 2 为底的对数。这里是自然对数，不要除以 log(2)。",
)
def counts_in_bits(logits, ids, top):
    return answers(wide(logits).log_softmax(-1) / torch.tensor(2.0, dtype=torch.float64).log().item(), ids, top)


@mistake(
    of="token_logprobs",
    en="It looks like you shift the ids against the logits by one, as for a whole sequence. Here row i already "
    "belongs to ids[i].",
    zh="看起来你像处理整个序列那样，把 ids 和 logits 错开了一位。这里第 i 行已经对应 ids[i]。",
)
def shifts_by_one(logits, ids, top):
    chosen, values, order = solution.token_logprobs(logits, ids, top)
    if ids.dim() == 0:
        return chosen, values, order
    return solution.token_logprobs(logits.roll(1, dims=-2), ids, top)[0], values, order


@mistake(
    of="token_logprobs",
    en="It looks like the probabilities of the best tokens sum to 1: you renormalised over those that you list. They "
    "are shares of the whole vocabulary.",
    zh="看起来列出的几个词元的概率之和是 1：你在它们之间重新归一化了。概率应是在整个词表里所占的份额。",
)
def renormalises_the_best(logits, ids, top):
    chosen, values, order = solution.token_logprobs(logits, ids, top)
    return chosen, values.log_softmax(-1) if top else values, order


@mistake(
    of="token_logprobs",
    en="It looks like you compute in half precision. Convert to float32 first.",
    zh="看起来你用半精度计算了。请先转换为 float32。",
)
def computes_in_half_precision(logits, ids, top):
    return answers(wide(logits.log_softmax(-1)), ids, top)


@mistake(
    of="token_logprobs",
    en="It looks like you compute in float32 although the logits are float64. The wider one counts.",
    zh="看起来 logits 是 float64 时，你仍用 float32 计算。应使用两者中精度更高的。",
)
def stays_in_float32(logits, ids, top):
    return answers(logits.float().log_softmax(-1), ids, top)


@mistake(
    of="token_logprobs",
    en="It looks like the higher id comes first among equally probable tokens. Of equal ones the lower id comes "
    "first; topk does not promise that.",
    zh="看起来概率相等时编号大的排在了前面。应当编号小的在前；topk 并不保证这一点。",
)
def puts_the_higher_id_first(logits, ids, top):
    logprobs = wide(logits).log_softmax(-1)
    if not 0 <= top <= logits.shape[-1]:
        raise ValueError
    order = logits.shape[-1] - 1 - logprobs.flip(-1).sort(dim=-1, descending=True, stable=True).indices[..., :top]
    return logprobs.gather(-1, ids.unsqueeze(-1)).squeeze(-1), logprobs.gather(-1, order), order


@mistake(
    of="token_logprobs",
    en="It looks like your log-probabilities are cut off from the graph: gradients do not reach the logits.",
    zh="看起来你的对数概率与计算图断开了：梯度传不到 logits。",
)
def cuts_the_graph(logits, ids, top):
    return answers(wide(logits).detach().log_softmax(-1), ids, top)


@mistake(
    of="token_logprobs",
    en="It looks like a `top` beyond the vocabulary is cut down to it. It is refused.",
    zh="看起来 `top` 超过词表大小时，你把它截到了词表大小。应当拒绝。",
)
def cuts_top_down(logits, ids, top):
    return solution.token_logprobs(logits, ids, min(top, logits.shape[-1]))


@mistake(
    of="token_logprobs",
    en="It looks like the least probable tokens come first: sort with descending=True.",
    zh="看起来概率最小的词元排在了最前面：排序时要用 descending=True。",
)
def begins_with_the_worst(logits, ids, top):
    logprobs = wide(logits).log_softmax(-1)
    return answers(logprobs, ids, top, ranks=-logprobs)


@mistake(
    of="token_logprobs",
    en="It looks like the chosen token is put in front of the most probable ones. The list does not depend on it.",
    zh="看起来你把所选的词元放在了概率最大的词元前面。列出它们时不考虑选了哪一个。",
)
def puts_the_chosen_one_first(logits, ids, top):
    chosen, values, order = solution.token_logprobs(logits, ids, top)
    values, order = torch.cat([chosen[..., None], values], -1), torch.cat([ids[..., None], order], -1)
    return chosen, values[..., :top], order[..., :top]


@mistake(
    of="StopStrings",
    en="It looks like only the new piece is looked at for what may become a stop string. Its beginning may be among "
    "what is held back already.",
    zh="看起来判断该扣下什么时，你只看了新来的这一段。停止字符串的开头可能在已经扣下的部分里。",
)
class looks_for_beginnings_in_the_piece(Stream):
    def push(self, piece):
        self.piece = piece
        return super().push(piece)

    def held(self, text):
        return max((overlap(self.piece, stop) for stop in self.strings), default=0)
