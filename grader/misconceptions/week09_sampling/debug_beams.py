"""Known mistakes of week 09, debug_beams: repairs that do not repair. The planted bug itself is the stub."""

import debug_beams as solution
import torch

from grader.mistakes import mistake


class Mended(solution.CachedBeams):
    """The solution with a repair of its own; `remember` says what each hypothesis goes on from."""

    def remember(self, cache, parents):
        raise NotImplementedError

    def written_by(self, parents):
        return self.written[parents]

    def advance(self):
        logits, cache = self.step(self.unread, self.cache)
        gains = logits.double().log_softmax(-1)
        self.totals, places = (self.totals[:, None] + gains).flatten().topk(len(self.totals))
        parents, self.unread = places // gains.shape[-1], places % gains.shape[-1]
        self.cache = self.remember(cache, parents)
        self.written = torch.cat([self.written_by(parents), self.unread.unsqueeze(1)], dim=1)


@mistake(
    of="CachedBeams",
    en="It looks like the rows of the cache are moved the wrong way round: row i goes to where its parent stood, "
    "and not the parent's row to i.",
    zh="看起来缓存的行移反了：应当把父假设的那一行拿到第 i 行，而不是把第 i 行送到父假设的位置。",
)
class moves_rows_the_other_way(Mended):
    def remember(self, cache, parents):
        return torch.zeros_like(cache).index_copy(0, parents, cache)


@mistake(
    of="CachedBeams",
    en="It looks like the rows of the cache are chosen by the new tokens and not by the hypotheses that they continue.",
    zh="看起来缓存的行是按新词元挑选的，而不是按它所接续的假设。",
)
class chooses_rows_by_token(Mended):
    def remember(self, cache, parents):
        return cache[self.unread % len(cache)]


@mistake(
    of="CachedBeams",
    en="It looks like every hypothesis goes on from the memory of the best one.",
    zh="看起来所有假设都接着最好的那个假设的记忆往下走。",
)
class shares_the_memory_of_the_best(Mended):
    def remember(self, cache, parents):
        return cache[parents[:1].expand(len(parents))]


@mistake(
    of="CachedBeams",
    en="It looks like you reorder the cache from before this step, so the token that was just read is lost from it.",
    zh="看起来你重排的是这一步之前的缓存，于是刚读入的词元没有留在缓存里。",
)
class reorders_the_old_cache(Mended):
    def remember(self, cache, parents):
        return self.cache[parents]


@mistake(
    of="CachedBeams",
    en="It looks like the memory is in order now and the texts are not: each row writes on behind the text that stood "
    "there before.",
    zh="看起来缓存已经理顺，文本却没有：每一行都接在原来那一行的文本后面写。",
)
class leaves_the_texts_where_they_were(Mended):
    def remember(self, cache, parents):
        return cache[parents]

    def written_by(self, parents):
        return self.written


@mistake(
    of="CachedBeams",
    en="It looks like each text is read again from its beginning, in every step: the answers are right, and the cache "
    "saves nothing. What the model remembers is there already; only its rows must be put in order.",
    zh="看起来每一步都把每段文本从头重读一遍：答案是对的，缓存却没有省下任何计算。记忆本来就在缓存里，只需把它的行理顺。",
)
class reads_it_all_again(Mended):
    def remember(self, cache, parents):
        again = cache[:, :0]
        for token in cache[parents].unbind(dim=1):
            _, again = self.step(token, again)
        return again


@mistake(
    of="CachedBeams",
    en="It looks like hypotheses that are out of the running are told too: their log-probability is minus infinity.",
    zh="看起来已经无效的假设也给了出来：它们的对数概率是负无穷。",
)
class tells_all_of_them(Mended):
    def remember(self, cache, parents):
        return cache[parents]

    def best(self):
        return list(zip(self.written.tolist(), self.totals.tolist(), strict=True))
