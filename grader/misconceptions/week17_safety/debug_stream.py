"""Known mistakes of week 17, debug_stream: repairs that do not repair. The planted bug itself is the stub."""

import debug_stream as solution

from grader.mistakes import mistake


@mistake(
    of="beginning_at_the_end",
    en="It looks like as much is held back as the longest secret has, whatever it is: the secrets are safe, and "
    "readers wait for harmless text.",
    zh="看起来无论内容是什么，都按最长的秘密扣住那么多字符：秘密是安全了，读者却要等无害的文本。",
)
def holds_a_fixed_number(text, secrets):
    return min(len(text), max(map(len, secrets), default=1) - 1)


@mistake(
    of="beginning_at_the_end",
    en="It looks like the first secret that fits decides: another one may need more to be held back.",
    zh="看起来由第一个对得上的秘密说了算：别的秘密可能需要扣住更多。",
)
def asks_one_secret_after_the_other(text, secrets):
    for secret in secrets:
        found = solution.beginning_at_the_end(text, [secret])
        if found:
            return found
    return 0


@mistake(
    of="beginning_at_the_end",
    en="It looks like only the last occurrence of a secret's first letter is held back: an earlier one may have begun "
    "the secret.",
    zh="看起来只从秘密首字母最后一次出现的地方扣起：更早的那一次也可能是秘密的开头。",
)
def holds_from_the_last_first_letter(text, secrets):
    held = 0
    for secret in secrets:
        place = text.rfind(secret[0])
        if place >= 0 and len(text) - place < len(secret) and secret.startswith(text[place:]):
            held = max(held, len(text) - place)
    return held


@mistake(
    of="beginning_at_the_end",
    en="It looks like the longest beginning is taken among the secrets, but of each secret still the shortest: of "
    "4242-17, both 42 and 4242 are beginnings.",
    zh="看起来在各个秘密之间取了最长的开头，但对每个秘密取的仍是最短的：42 和 4242 都是 4242-17 的开头。",
)
def shortest_of_each_secret(text, secrets):
    held = [0]
    for secret in secrets:
        fitting = [length for length in range(1, len(secret)) if text.endswith(secret[:length])]
        held += fitting[:1]
    return max(held)


@mistake(
    of="StreamGuard",
    en="It looks like what is held back at the end of the text never comes: it has become no secret, and belongs to "
    "the text.",
    zh="看起来文本结束时仍被扣住的部分丢掉了：它没有成为秘密，本来就属于文本。",
)
class swallows_the_end(solution.StreamGuard):
    def finish(self):
        return ""


@mistake(
    of="StreamGuard",
    en="It looks like nothing is shown before the text is at its end.",
    zh="看起来文本写完之前什么都不展示。",
)
class waits_for_the_end(solution.StreamGuard):
    def feed(self, piece):
        self.held += piece
        return ""

    def finish(self):
        return self.mask.join(self.pattern.split(self.held))
