"""Known mistakes of week 04, segment."""

import math
from collections import Counter
from itertools import pairwise

import segment as solution

from grader.mistakes import mistake


@mistake(
    of="maximum_match",
    en="It looks like the shortest word that fits is taken, not the longest.",
    zh="看起来取的是能匹配的最短的词，而不是最长的。",
)
def shortest_first(text, words, direction="forward"):
    solution.maximum_match(text, words, direction)
    known, longest = set(words), max(map(len, words), default=1)
    pieces, rest = [], text
    while rest:
        for length in range(1, min(longest, len(rest)) + 1):
            piece = rest[:length] if direction == "forward" else rest[-length:]
            if piece in known:
                break
        else:
            piece = rest[0] if direction == "forward" else rest[-1]
        pieces.append(piece)
        rest = rest[len(piece) :] if direction == "forward" else rest[: -len(piece)]
    return pieces if direction == "forward" else pieces[::-1]


@mistake(
    of="maximum_match",
    en="It looks like the first word of the list that fits is taken: the order of the dictionary must not matter.",
    zh="看起来取的是词典中排在最前的匹配词：词典的次序不应有影响。",
)
def first_in_the_list(text, words, direction="forward"):
    solution.maximum_match(text, words, direction)
    pieces, rest = [], text
    while rest:
        fits = rest.startswith if direction == "forward" else rest.endswith
        piece = next((word for word in words if word and fits(word)), rest[0] if direction == "forward" else rest[-1])
        pieces.append(piece)
        rest = rest[len(piece) :] if direction == "forward" else rest[: -len(piece)]
    return pieces if direction == "forward" else pieces[::-1]


@mistake(
    of="maximum_match",
    en="It looks like the length of the last word of the dictionary is taken for the longest length.",
    zh="看起来把词典最后一个词的长度当成了最大长度。",
)
def length_of_the_last_word(text, words, direction="forward"):
    limit = len(words[-1]) if words else 1
    return solution.maximum_match(text, [word for word in words if len(word) <= limit], direction)


@mistake(
    of="maximum_match",
    en="It looks like words above a fixed length are never found: words may be as long as the dictionary has them.",
    zh="看起来超过某个固定长度的词从来找不到：词典里的词有多长，就应能匹配多长。",
)
def five_characters_at_most(text, words, direction="forward"):
    return solution.maximum_match(text, [word for word in words if len(word) <= 5], direction)


@mistake(
    of="maximum_match",
    en="It looks like characters that no word covers vanish: the pieces, joined, must be the text.",
    zh="看起来没有词覆盖的字符消失了：各段连起来必须是原文。",
)
def drops_the_unknown(text, words, direction="forward"):
    return [piece for piece in solution.maximum_match(text, words, direction) if piece in words]


@mistake(
    of="maximum_match",
    en="It looks like unknown characters that stand together become one piece: each stands alone.",
    zh="看起来相邻的未知字符合成了一段：每个都应单独成段。",
)
def joins_the_unknown(text, words, direction="forward"):
    pieces = []
    for piece in solution.maximum_match(text, words, direction):
        if pieces and piece not in words and pieces[-1] not in words and pieces[-1][-1:] not in words:
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces


@mistake(
    of="maximum_match",
    en="It looks like white space is left out.",
    zh="看起来空白被去掉了。",
)
def strips_spaces(text, words, direction="forward"):
    solution.maximum_match(text, words, direction)
    return [piece for piece in solution.maximum_match(text, words, direction) if not piece.isspace()]


@mistake(
    of="maximum_match",
    en="It looks like the pieces of the backward direction come in reverse order.",
    zh="看起来反向匹配的结果次序是颠倒的。",
)
def backward_reversed(text, words, direction="forward"):
    pieces = solution.maximum_match(text, words, direction)
    return pieces if direction == "forward" else pieces[::-1]


@mistake(
    of="maximum_match",
    en="It looks like backward matching reads the text from its end but the words from their beginnings.",
    zh="看起来反向匹配时只反转了文本，没有反转词。",
)
def reverses_the_text_only(text, words, direction="forward"):
    if direction != "backward":
        return solution.maximum_match(text, words, direction)
    return [piece[::-1] for piece in solution.maximum_match(text[::-1], words)][::-1]


@mistake(
    of="maximum_match",
    en="It looks like the direction makes no difference: both begin at the left.",
    zh="看起来方向没有起作用：两个方向都从左边开始。",
)
def always_forward(text, words, direction="forward"):
    solution.maximum_match(text, words, direction)
    return solution.maximum_match(text, words)


@mistake(
    of="maximum_match",
    en="It looks like the longest words of the whole text are cut out first, wherever they stand. Matching begins at "
    "one end.",
    zh="看起来先在整段文本中找最长的词切出来。最大匹配应从一端开始。",
)
def longest_anywhere(text, words, direction="forward"):
    solution.maximum_match(text, words, direction)
    for word in sorted(filter(None, set(words)), key=lambda word: (-len(word), word)):
        before, found, after = text.partition(word)
        if found:
            return [*longest_anywhere(before, words, direction), word, *longest_anywhere(after, words, direction)]
    return list(text)


@mistake(
    of="maximum_match",
    en="It looks like any direction other than forward is taken for backward: it should be refused.",
    zh="看起来把 forward 以外的任何方向都当成了 backward：应当拒绝。",
)
def takes_any_direction(text, words, direction="forward"):
    return solution.maximum_match(text, words, "forward" if direction == "forward" else "backward")


def chosen(text, words, cost, forward_wins=False):
    forward, backward = (solution.maximum_match(text, words, direction) for direction in ("forward", "backward"))
    one, other = cost(forward), cost(backward)
    return forward if one < other or (one == other and forward_wins) else backward


def singles(pieces):
    return sum(len(piece) == 1 for piece in pieces)


@mistake(
    of="bidirectional_match",
    en="It looks like the forward result wins a draw: the backward one should.",
    zh="看起来完全相同时取了正向的结果：应取反向的。",
)
def forward_wins_draws(text, words):
    return chosen(text, words, lambda pieces: (len(pieces), singles(pieces)), forward_wins=True)


@mistake(
    of="bidirectional_match",
    en="It looks like single characters are not looked at: with equally many pieces, fewer of them win.",
    zh="看起来没有比较单字：段数相同时，单字少的胜出。",
)
def pieces_only(text, words):
    return chosen(text, words, len)


@mistake(
    of="bidirectional_match",
    en="It looks like the number of single characters decides first, before the number of pieces.",
    zh="看起来先比较了单字数，再比较段数：次序反了。",
)
def singles_before_pieces(text, words):
    return chosen(text, words, lambda pieces: (singles(pieces), len(pieces)))


@mistake(
    of="bidirectional_match",
    en="It looks like more pieces win, not fewer.",
    zh="看起来段数多的胜出了，应当是段数少的。",
)
def more_pieces_win(text, words):
    return chosen(text, words, lambda pieces: (-len(pieces), singles(pieces)))


@mistake(
    of="bidirectional_match",
    en="It looks like more pieces of a single character win, not fewer.",
    zh="看起来段数相同时，单字多的胜出了，应当是单字少的。",
)
def more_singles_win(text, words):
    return chosen(text, words, lambda pieces: (len(pieces), -singles(pieces)))


@mistake(
    of="bidirectional_match",
    en="It looks like a single character that stands in the dictionary is not counted: every piece of one character "
    "counts.",
    zh="看起来词典里有的单字没有计入。凡是只有一个字的段都要算。",
    breaks="the one with fewer pieces of a single character",
)
def counts_unknown_singles(text, words):
    return chosen(
        text, words, lambda pieces: (len(pieces), sum(len(piece) == 1 and piece not in words for piece in pieces))
    )


@mistake(
    of="bidirectional_match",
    en="It looks like the backward result is always taken.",
    zh="看起来总是取反向的结果。",
)
def always_backward(text, words):
    return solution.maximum_match(text, words, "backward")


@mistake(
    of="BigramSegmenter",
    en="It looks like sentences are counted without END: how a sentence ends then says nothing.",
    zh="看起来统计时没有 END：句子怎样结尾就不起作用了。",
)
class without_end(solution.BigramSegmenter):
    def __init__(self, sentences, weight=0.8):
        super().__init__(sentences, weight)
        self.pairs = Counter({pair: count for pair, count in self.pairs.items() if pair[1] != self.END})


@mistake(
    of="BigramSegmenter",
    en="It looks like sentences are counted without START: the first word then depends on nothing.",
    zh="看起来统计时没有 START：第一个词就没有了依据。",
)
class without_start(solution.BigramSegmenter):
    def __init__(self, sentences, weight=0.8):
        super().__init__(sentences, weight)
        self.pairs = Counter({pair: count for pair, count in self.pairs.items() if pair[0] != self.START})


@mistake(
    of="BigramSegmenter",
    en="It looks like the sentences are joined into one: the end of one and the beginning of the next are no pair.",
    zh="看起来把所有句子连成了一句：前一句的结尾和后一句的开头不构成一对。",
)
class joins_sentences(solution.BigramSegmenter):
    def __init__(self, sentences, weight=0.8):
        super().__init__(sentences, weight)
        words = [word for sentence in sentences for word in sentence]
        self.pairs = Counter(pairwise((self.START, *words, self.END)))


class Other(solution.BigramSegmenter):
    """The segmenter with another probability."""

    def parts(self, before, word):
        seen = self.pairs[before, word] / self.words[before] if self.words[before] else 0
        return seen, (self.words[word] + 1) / (self.total + self.kinds + 1)


@mistake(
    of="BigramSegmenter",
    en="It looks like the weight stands before the wrong part: it belongs to the pairs.",
    zh="看起来 weight 乘错了部分：它应乘在相邻词对的那一项上。",
)
class weights_swapped(Other):
    def log_probability(self, before, word):
        seen, alone = self.parts(before, word)
        return math.log((1 - self.weight) * seen + self.weight * alone)


@mistake(
    of="BigramSegmenter",
    en="It looks like c(v, w) is divided by c(w): it should be by c(v), how often the word before occurs.",
    zh="看起来 c(v, w) 除以了 c(w)：应除以前一个词的次数 c(v)。",
)
class divides_by_the_word(Other):
    def log_probability(self, before, word):
        seen, alone = self.pairs[before, word] / max(self.words[word], 1), self.parts(before, word)[1]
        return math.log(self.weight * seen + (1 - self.weight) * alone)


@mistake(
    of="BigramSegmenter",
    en="It looks like the denominator is 1 too small. It is N + V + 1: V counts END among the words, and the 1 is the "
    "place of a word that never occurred. Else the probabilities sum to more than 1.",
    zh="看起来分母小了 1。它应是 N + V + 1：V 把 END 也算作一个词，1 是留给未出现的词的位置。否则概率之和会超过 1。",
)
class no_place_for_the_unknown(Other):
    def log_probability(self, before, word):
        seen, alone = self.parts(before, word)
        denominator = self.total + self.kinds
        return math.log(self.weight * seen + (1 - self.weight) * alone * (denominator + 1) / denominator)


@mistake(
    of="BigramSegmenter",
    en="It looks like END is not counted among the words: N and V are too small.",
    zh="看起来 END 没有算作词：N 和 V 偏小。",
)
class end_not_counted(Other):
    def log_probability(self, before, word):
        seen, alone = self.parts(before, word)
        smaller = self.total + self.kinds - self.words[self.END]
        return math.log(self.weight * seen + (1 - self.weight) * alone * (self.total + self.kinds + 1) / smaller)


@mistake(
    of="BigramSegmenter",
    en="It looks like N does not count END: each sentence adds one END to N, as it does to c(END).",
    zh="看起来 N 没有把 END 算进去：每个句子都给 N 添一个 END，正如给 c(END) 一样。",
    breaks="N is the sum of c(w) over all words and END",
)
class total_without_end(solution.BigramSegmenter):
    def __init__(self, sentences, weight=0.8):
        super().__init__(sentences, weight)
        self.total -= len(sentences)


@mistake(
    of="BigramSegmenter",
    en="It looks like V counts END only if a sentence was read. END is always among the words, so that V is 1 "
    "without any sentence.",
    zh="看起来只有读过句子时 V 才把 END 算进去。END 始终算一个词，所以一个句子也没有时 V 是 1。",
    breaks="V the number of different words, END among them",
)
class end_only_where_seen(solution.BigramSegmenter):
    def __init__(self, sentences, weight=0.8):
        super().__init__(sentences, weight)
        self.kinds -= not sentences


@mistake(
    of="BigramSegmenter",
    en="It looks like V counts START among the words. START begins a sentence, and is never a next word.",
    zh="看起来 V 把 START 也算作了一个词。START 只标记句子的开头，从不作为下一个词出现。",
    breaks="V the number of different words, END among them",
)
class start_in_v(solution.BigramSegmenter):
    def __init__(self, sentences, weight=0.8):
        super().__init__(sentences, weight)
        self.kinds += 1


@mistake(
    of="BigramSegmenter",
    en="It looks like START is counted among the words, in N and in V. It begins a sentence, and is never a next word.",
    zh="看起来 N 和 V 都把 START 算作了词。START 只标记句子的开头，从不作为下一个词出现。",
    breaks="N is the sum of c(w) over all words and END",
)
class start_counted(solution.BigramSegmenter):
    def __init__(self, sentences, weight=0.8):
        super().__init__(sentences, weight)
        self.total += len(sentences)
        self.kinds += bool(sentences)


@mistake(
    of="BigramSegmenter",
    en="It looks like sentences without words are passed over: each counts START followed by END.",
    zh="看起来跳过了没有词的句子：每个都应计一次 START 之后接 END。",
)
class skips_empty_sentences(solution.BigramSegmenter):
    def __init__(self, sentences, weight=0.8):
        super().__init__([sentence for sentence in sentences if sentence], weight)


@mistake(
    of="BigramSegmenter",
    en="It looks like c(v) is divided by for a v that never occurred, where it is 0: the first part is 0 then.",
    zh="看起来前一个词从未出现时，除以了等于 0 的 c(v)：这时第一部分应为 0。",
    breaks="where the first part is 0 for a v that never occurred",
)
class divides_by_what_never_occurred(Other):
    def log_probability(self, before, word):
        seen, alone = self.pairs[before, word] / self.words[before], self.parts(before, word)[1]
        return math.log(self.weight * seen + (1 - self.weight) * alone)


@mistake(
    of="BigramSegmenter",
    en="It looks like the text is made lower case before it is cut: joined, the pieces must be the text again.",
    zh="看起来切分之前把文本变成了小写：各段连起来必须还是原文。",
    breaks="Joined, the pieces are the text again",
)
class cuts_in_lower_case(solution.BigramSegmenter):
    def segment(self, text):
        return super().segment(text.lower())


@mistake(
    of="BigramSegmenter",
    en="It looks like nothing is smoothed: a word that never occurred has the probability 0.",
    zh="看起来没有平滑：没出现过的词概率为 0。",
)
class not_smoothed(Other):
    def log_probability(self, before, word):
        seen = self.parts(before, word)[0]
        alone = self.words[word] / max(self.total, 1)
        return math.log(max(self.weight * seen + (1 - self.weight) * alone, 1e-300))


@mistake(
    of="BigramSegmenter",
    en="It looks like the probability is returned, not its logarithm.",
    zh="看起来返回的是概率，而不是它的对数。",
)
class probability_for_logarithm(solution.BigramSegmenter):
    def log_probability(self, before, word):
        return math.exp(super().log_probability(before, word))


@mistake(
    of="BigramSegmenter",
    en="It looks like the logarithm is to the base 10; ln is the natural one.",
    zh="看起来用的是以 10 为底的对数；ln 是自然对数。",
)
class common_logarithm(solution.BigramSegmenter):
    def log_probability(self, before, word):
        return super().log_probability(before, word) / math.log(10)


@mistake(
    of="BigramSegmenter",
    en="It looks like the logarithm is to the base 2; ln is the natural one.",
    zh="看起来用的是以 2 为底的对数；ln 是自然对数。",
)
class binary_logarithm(solution.BigramSegmenter):
    def log_probability(self, before, word):
        return super().log_probability(before, word) / math.log(2)


@mistake(
    of="BigramSegmenter",
    en="It looks like the second part counts only for pairs that never occurred, and the first without its weight for "
    "all others: both parts are added, each with its weight.",
    zh="看起来只有从未出现的词对才用第二项，其余的只用不带权重的第一项：两项始终要各自加权再相加。",
)
class one_part_or_the_other(Other):
    def log_probability(self, before, word):
        seen, alone = self.parts(before, word)
        return math.log(seen or (1 - self.weight) * alone)


@mistake(
    of="BigramSegmenter",
    en="It looks like a weight of 1 is accepted: a word that never occurred would then have no chance at all.",
    zh="看起来接受了等于 1 的 weight：那样从未出现的词就一点机会也没有了。",
    breaks="`weight` is below 0, or not below 1",
)
class accepts_a_weight_of_one(solution.BigramSegmenter):
    def __init__(self, sentences, weight=0.8):
        super().__init__(sentences, 0.8 if weight == 1 else weight)


@mistake(
    of="BigramSegmenter",
    en="It looks like a weight of 0 is refused: it is allowed, and leaves the second part alone.",
    zh="看起来拒绝了等于 0 的 weight：它是允许的，这时只剩第二项。",
    breaks="`weight` is below 0, or not below 1",
)
class refuses_a_weight_of_zero(solution.BigramSegmenter):
    def __init__(self, sentences, weight=0.8):
        if weight == 0:
            raise ValueError("weight")
        super().__init__(sentences, weight)


@mistake(
    of="BigramSegmenter",
    en="It looks like the default weight is another one than 0.8.",
    zh="看起来 weight 的默认值不是 0.8。",
)
class another_weight(solution.BigramSegmenter):
    def __init__(self, sentences, weight=0.9):
        super().__init__(sentences, weight)


@mistake(
    of="BigramSegmenter",
    en="It looks like the best word is taken step by step from the left: what looks best now may end badly. Keep the "
    "best way to each place.",
    zh="看起来从左边逐词取最好的：眼前最好的不一定总体最好。应保留到达每个位置的最佳路径。",
)
class greedy(solution.BigramSegmenter):
    def segment(self, text):
        pieces, before, begin = [], self.START, 0
        while begin < len(text):
            ends = range(begin + 1, min(len(text), begin + self.longest) + 1)
            choices = [text[begin:end] for end in ends if end == begin + 1 or self.words[text[begin:end]]]
            before = max(choices, key=lambda word, before=before: self.log_probability(before, word))
            pieces.append(before)
            begin += len(before)
        return pieces


@mistake(
    of="BigramSegmenter",
    en="It looks like only the best way to each place is kept, whatever its last word. The next word depends on the "
    "last, so keep one for each.",
    zh="看起来每个位置只保留了一条最佳路径。下一个词依赖于前一个词，所以要为每个“最后一个词”各保留一条。",
)
class one_way_for_each_place(solution.BigramSegmenter):
    def segment(self, text):
        best = [(0.0, [])]
        for end in range(1, len(text) + 1):
            ways = []
            for begin in range(max(0, end - self.longest), end):
                word = text[begin:end]
                if len(word) == 1 or self.words[word]:
                    score, pieces = best[begin]
                    before = pieces[-1] if pieces else self.START
                    ways.append((score + self.log_probability(before, word), [*pieces, word]))
            best.append(max(ways))
        return best[-1][1]


@mistake(
    of="BigramSegmenter",
    en="It looks like the step to END is left out of the last choice.",
    zh="看起来最后选择时没有算到 END 的那一步。",
)
class end_left_out(solution.BigramSegmenter):
    def segment(self, text):
        quiet = solution.BigramSegmenter([])
        quiet.__dict__.update(self.__dict__)
        usual = quiet.log_probability
        quiet.log_probability = lambda before, word: 0.0 if word == self.END else usual(before, word)
        return quiet.segment(text)


@mistake(
    of="BigramSegmenter",
    en="It looks like the words are judged one by one, without the word before them.",
    zh="看起来只看每个词本身，没有考虑前一个词。",
)
class single_words(solution.BigramSegmenter):
    def segment(self, text):
        alone = solution.BigramSegmenter([], 0.0)
        alone.__dict__.update(self.__dict__)
        alone.weight = 0.0
        return alone.segment(text)


@mistake(
    of="BigramSegmenter",
    en="It looks like single characters are pieces only if they occurred as words: other texts then cannot be cut at "
    "all.",
    zh="看起来单字只有作为词出现过才能成段：其他文本就无法切分了。",
)
class no_unknown_characters(solution.BigramSegmenter):
    def segment(self, text):
        known = set(self.words)
        return super().segment("".join(character for character in text if any(character in word for word in known)))


@mistake(
    of="BigramSegmenter",
    en="It looks like a single character is a piece only where no word begins: any single character may be one, also "
    "where a word would fit.",
    zh="看起来只有在没有词可以开始的地方，单字才能成段：任何单字都可以成段，即使那里也能放一个词。",
    breaks="A piece may be any word that was counted, and any single character",
)
class characters_where_no_word_begins(solution.BigramSegmenter):
    def segment(self, text):
        best = [{} for _ in range(len(text) + 1)]
        best[0][self.START] = (0.0, [])
        for begin, here in enumerate(best[:-1]):
            ends = range(begin + 1, min(len(text), begin + self.longest) + 1)
            for end in [end for end in ends if self.words[text[begin:end]]] or [begin + 1]:
                word = text[begin:end]
                ways = [(score + self.log_probability(v, word), [*way, word]) for v, (score, way) in here.items()]
                if ways:
                    best[end][word] = max(ways)
        return max((score + self.log_probability(v, self.END), way) for v, (score, way) in best[-1].items())[1]


@mistake(
    of="BigramSegmenter",
    en="It looks like words are looked for from every place before: right, but the time grows with the square of the "
    "length. No word is longer than the longest.",
    zh="看起来从前面的每个位置都去找词：结果正确，但耗时随长度的平方增长。没有词比最长的词更长。",
    only="speed",
)
class looks_everywhere(solution.BigramSegmenter):
    def segment(self, text):
        self.longest = max(1, len(text))
        return super().segment(text)


@mistake(
    of="BigramSegmenter",
    en="It looks like probabilities are multiplied: in a long text they all become 0. Add their logarithms.",
    zh="看起来是把概率相乘：文本一长就全都变成 0。应当把它们的对数相加。",
)
class multiplies_probabilities(solution.BigramSegmenter):
    def segment(self, text):
        best = [{0: (1.0, 0)}]
        for end in range(1, len(text) + 1):
            best.append({})
            for begin in range(max(0, end - self.longest), end):
                word = text[begin:end]
                if len(word) == 1 or self.words[word]:
                    best[end][begin] = max(
                        (chance * math.exp(self.log_probability(text[start:begin], word)), start)
                        for start, (chance, _) in best[begin].items()
                    )
        end = len(text)
        _, begin = max(
            (chance * math.exp(self.log_probability(text[start:end], self.END)), start)
            for start, (chance, _) in best[end].items()
        )
        pieces = []
        while end > 0:
            pieces.append(text[begin:end])
            end, begin = begin, best[end][begin][1]
        return pieces[::-1]
