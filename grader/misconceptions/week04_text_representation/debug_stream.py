"""Known mistakes of week 04, debug_stream: repairs that do not repair. The planted bug itself is the stub."""

import debug_stream as solution

from grader.mistakes import mistake


class Repaired(solution.StreamDecoder):
    """The program with another idea of what is ready."""

    def ready(self, text):
        raise NotImplementedError

    def feed(self, token):
        self.read += self.vocabulary[token]
        text = self.read.decode("utf-8", errors="replace")
        return self._show(text, self.ready(text))


@mistake(
    of="StreamDecoder",
    en="It looks like the last character always waits, also when it is complete: the answer lags behind.",
    zh="看起来最后一个字符总要等待，即使它已经完整：显示会慢一拍。",
)
class last_one_always_waits(Repaired):
    def ready(self, text):
        return max(len(text) - 1, 0)


@mistake(
    of="StreamDecoder",
    en="It looks like nothing is shown before the end: right, but no longer a stream.",
    zh="看起来到最后才一次显示：内容对了，但不再是逐步显示。",
)
class waits_for_the_end(Repaired):
    def ready(self, text):
        return 0


@mistake(
    of="StreamDecoder",
    en="It looks like broken bytes are left out of the text: the sign � disappears, and so do bytes that stay broken.",
    zh="看起来把残缺的字节从文本中去掉了：� 不见了，但始终残缺的字节也不见了。",
)
class leaves_broken_bytes_out(solution.StreamDecoder):
    def feed(self, token):
        self.read += self.vocabulary[token]
        text = self.read.decode("utf-8", errors="ignore")
        return self._show(text, len(text))

    def finish(self):
        text = self.read.decode("utf-8", errors="ignore")
        return self._show(text, len(text))


@mistake(
    of="StreamDecoder",
    en="It looks like each token is decoded by itself, without what came before.",
    zh="看起来每个词元单独解码，没有与前面的字节连起来。",
)
class token_by_token(solution.StreamDecoder):
    def feed(self, token):
        return self.vocabulary[token].decode("utf-8", errors="ignore")

    def finish(self):
        return ""


@mistake(
    of="StreamDecoder",
    en="It looks like an unfinished character makes the whole token wait that it stands in.",
    zh="看起来只要有未完成的字符，整个词元都在等待。",
)
class whole_tokens_wait(Repaired):
    def ready(self, text):
        return self.shown if text.endswith("\ufffd") else len(text)


@mistake(
    of="StreamDecoder",
    en="It looks like everything behind broken bytes waits for the end: show a character as soon as it is complete.",
    zh="看起来残缺字节之后的内容全都等到最后：字符一完整就应当显示。",
    breaks="and with it all that stands before it",
)
class stops_at_broken_bytes(solution.StreamDecoder):
    def feed(self, token):
        self.read += self.vocabulary[token]
        text = self.read.decode("utf-8", errors="replace")
        return self._show(text, len(text.partition("\ufffd")[0]))
