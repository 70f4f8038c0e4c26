"""Known mistakes of week 04, bpe."""

import re
import unicodedata
from collections import Counter
from itertools import pairwise

import bpe as solution

from grader.mistakes import mistake


def checked(texts, size, special):
    """The words of the texts with their frequencies, and how many merges are wanted; refused as the solution does."""
    special = tuple(special)
    solution.train_bpe([], size, special)
    frequency = Counter()
    for text in texts:
        for part in solution._cut_at_special(text, special)[::2]:
            frequency.update(solution.split_words(part))
    return frequency, size - 256 - len(special)


def counted(words):
    """How often each pair occurs; `words` maps a tuple of ids to its frequency."""
    counts = Counter()
    for word, times in words.items():
        for pair in pairwise(word):
            counts[pair] += times
    return counts


def learn(
    frequency, number, count=counted, key=lambda counts, pair: (-counts[pair], pair), join=solution._join, least=1
):
    """Train by counting everything anew, with one thing changed."""
    words = Counter()
    for word, times in frequency.items():
        words[tuple(word.encode())] += times
    merges = []
    while len(merges) < number:
        counts = {pair: times for pair, times in count(words).items() if times >= least}
        if not counts:
            break
        best = min(counts, key=lambda pair, counts=counts: key(counts, pair))
        merged = Counter()
        for word, times in words.items():
            merged[tuple(join(list(word), best, 256 + len(merges)))] += times
        words = merged
        merges.append(best)
    return merges


@mistake(
    of="train_bpe",
    en="It looks like every merge counts all pairs of all words anew. The answers are right, and slow: keep the "
    "counts, and change only those of the words that have the pair.",
    zh="看起来每次合并都重新统计所有词的所有相邻对。结果正确但很慢：保留计数，只更新含有这一对的词。",
    only="speed",
)
def counts_anew(texts, size, special=()):
    return learn(*checked(texts, size, special))


@mistake(
    of="train_bpe",
    en="It looks like ties go to the largest tuple of ids, as in some courses. Here the smallest is taken.",
    zh="看起来次数相同时取了最大的 id 元组（有的课程是这样规定的）。这里取最小的。",
)
def largest_of_ties(texts, size, special=()):
    return learn(*checked(texts, size, special), key=lambda counts, pair: (-counts[pair], -pair[0], -pair[1]))


@mistake(
    of="train_bpe",
    en="It looks like ties go to the pair seen first, as `max` over a dictionary does it. Here the smallest tuple of "
    "ids is taken.",
    zh="看起来次数相同时取了最先遇到的一对（对字典用 `max` 就会这样）。这里取最小的 id 元组。",
)
def first_seen_of_ties(texts, size, special=()):
    return learn(*checked(texts, size, special), key=lambda counts, pair: -counts[pair])


@mistake(
    of="train_bpe",
    en="It looks like ties are decided by the first id alone.",
    zh="看起来次数相同时只比较了第一个 id。",
)
def ties_by_first_id(texts, size, special=()):
    return learn(*checked(texts, size, special), key=lambda counts, pair: (-counts[pair], pair[0], -pair[1]))


@mistake(
    of="train_bpe",
    en="It looks like each different word counts once, however often it occurs in the text.",
    zh="看起来每个不同的词只算一次，没有乘上它在文本中的出现次数。",
)
def ignores_frequency(texts, size, special=()):
    frequency, number = checked(texts, size, special)
    return learn(Counter(dict.fromkeys(frequency, 1)), number)


@mistake(
    of="train_bpe",
    en="It looks like a pair counts once a word, even where it stands in it several times.",
    zh="看起来一对在一个词里出现多次时只算了一次。",
)
def once_a_word(texts, size, special=()):
    def count(words):
        counts = Counter()
        for word, times in words.items():
            for pair in set(pairwise(word)):
                counts[pair] += times
        return counts

    return learn(*checked(texts, size, special), count=count)


@mistake(
    of="train_bpe",
    en='It looks like overlapping pairs are not counted: "aaa" has the pair (a, a) twice here, though it is joined '
    "once.",
    zh='看起来没有统计重叠的相邻对：这里 "aaa" 中 (a, a) 出现两次，虽然只能合并一次。',
)
def no_overlaps(texts, size, special=()):
    def count(words):
        counts = Counter()
        for word, times in words.items():
            last = None
            for place, pair in enumerate(pairwise(word)):
                if pair[0] == pair[1] and last == place - 1 and word[place - 1] == pair[0]:
                    last = None
                    continue
                counts[pair] += times
                last = place
        return counts

    return learn(*checked(texts, size, special), count=count)


@mistake(
    of="train_bpe",
    en='It looks like joining goes from right to left: "aaa" becomes an a and the new id.',
    zh='看起来合并是从右向左进行的："aaa" 变成了一个 a 和新 id。',
)
def from_the_right(texts, size, special=()):
    def join(ids, pair, new):
        return solution._join(ids[::-1], pair[::-1], new)[::-1]

    return learn(*checked(texts, size, special), join=join)


@mistake(
    of="train_bpe",
    en="It looks like the whole text is one word: pairs cross from word to word. Cut it by `split_words` first.",
    zh="看起来把整段文本当成了一个词：相邻对跨越了单词边界。应先用 `split_words` 切开。",
)
def no_words(texts, size, special=()):
    _, number = checked(texts, size, special)
    whole = Counter(part for text in texts for part in solution._cut_at_special(text, tuple(special))[::2])
    return learn(whole, number)


@mistake(
    of="train_bpe",
    en="It looks like words are cut at white space, which is thrown away. Here the space before a word belongs to it.",
    zh="看起来是按空白切词，并把空白丢掉了。这里单词前的空格属于这个单词。",
)
def drops_spaces(texts, size, special=()):
    _, number = checked(texts, size, special)
    words = Counter()
    for text in texts:
        for part in solution._cut_at_special(text, tuple(special))[::2]:
            words.update(word.strip() for word in solution.split_words(part))
    return learn(words, number)


@mistake(
    of="train_bpe",
    en="It looks like white space at the ends of the texts is stripped before the words are counted: it has pairs too.",
    zh="看起来统计之前去掉了文本首尾的空白：空白里也有相邻的对。",
    breaks="then into words by `split_words`",
)
def strips_texts(texts, size, special=()):
    return solution.train_bpe([text.strip() for text in texts], size, special)


@mistake(
    of="train_bpe",
    en="It looks like the merges are lists: they should be tuples of two ids.",
    zh="看起来合并是列表：应当是两个 id 的元组。",
    breaks="The merges in the order in which they were learned, as tuples of two ids",
)
def lists_for_tuples(texts, size, special=()):
    return [list(pair) for pair in solution.train_bpe(texts, size, special)]


@mistake(
    of="train_bpe",
    en="It looks like ties are decided by the second id before the first: tuples are compared from the left.",
    zh="看起来次数相同时先比较了第二个 id：元组应从左边开始比较。",
    breaks="the smallest tuple of ids is taken, so (97, 300) before (98, 97)",
)
def ties_by_second_id(texts, size, special=()):
    return learn(*checked(texts, size, special), key=lambda counts, pair: (-counts[pair], pair[::-1]))


@mistake(
    of="train_bpe",
    en="It looks like the texts are joined into one, so that pairs cross from text to text.",
    zh="看起来把所有文本拼成了一段，相邻对跨越了文本边界。",
)
def joins_texts(texts, size, special=()):
    return solution.train_bpe(["".join(texts)], size, special)


@mistake(
    of="train_bpe",
    en="It looks like the letters of special tokens are counted as text.",
    zh="看起来把特殊词元的字母也当作文本统计了。",
)
def counts_special_tokens(texts, size, special=()):
    frequency, number = checked(texts, size, special)
    return learn(Counter(word for text in texts for word in solution.split_words(text)), number)


@mistake(
    of="train_bpe",
    en="It looks like special tokens are taken out and what stands on both sides is joined. They are borders.",
    zh="看起来删掉特殊词元之后，把两侧的文本接在了一起。特殊词元是边界。",
)
def closes_the_gap(texts, size, special=()):
    return solution.train_bpe(
        ["".join(solution._cut_at_special(text, tuple(special))[::2]) for text in texts], size, special
    )


@mistake(
    of="train_bpe",
    en='It looks like the special tokens are used in a regular expression as they are, where "|" and "[" have a '
    "meaning: `re.escape`.",
    zh='看起来直接把特殊词元放进了正则表达式，而 "|" 和 "[" 在其中有特殊含义：请用 `re.escape`。',
)
def not_escaped(texts, size, special=()):
    _, number = checked(texts, size, special)
    frequency = Counter()
    for text in texts:
        for part in re.split("|".join(special), text) if special else [text]:
            frequency.update(solution.split_words(part))
    return learn(frequency, number)


@mistake(
    of="train_bpe",
    en="It looks like `size` does not count the special tokens: there are as many merges too many.",
    zh="看起来 `size` 没有把特殊词元算进去：合并多了同样多次。",
)
def size_without_special(texts, size, special=()):
    frequency, number = checked(texts, size, special)
    return learn(frequency, number + len(special))


@mistake(
    of="train_bpe",
    en="It looks like `size` is taken for the number of merges: the 256 bytes are tokens too.",
    zh="看起来把 `size` 当成了合并次数：256 个字节也是词元。",
)
def size_of_merges(texts, size, special=()):
    frequency, _ = checked(texts, size, special)
    return learn(frequency, size - len(special))


@mistake(
    of="train_bpe",
    en="It looks like training stops at pairs that occur once. Here it goes on while any two neighbours are left.",
    zh="看起来遇到只出现一次的一对就停止了。这里只要还有相邻的两个 id 就继续。",
)
def stops_at_one(texts, size, special=()):
    return learn(*checked(texts, size, special), least=2)


@mistake(
    of="train_bpe",
    en="It looks like characters are joined, not bytes: 低 is three bytes in UTF-8.",
    zh="看起来合并的是字符而不是字节：“低”在 UTF-8 中是三个字节。",
)
def characters_for_bytes(texts, size, special=()):
    frequency, number = checked(texts, size, special)

    class Characters(str):
        def encode(self):
            return [ord(character) for character in self]

    return learn({Characters(word): times for word, times in frequency.items()}, number)


@mistake(
    of="train_bpe",
    en="It looks like the counts of neighbours are not brought up to date: after ab was joined in xab, the pair (x, "
    "a) is gone and (x, ab) is new.",
    zh="看起来没有更新邻居的计数：在 xab 中合并 ab 之后，(x, a) 就没有了，出现了新的 (x, ab)。",
)
def stale_counts(texts, size, special=()):
    frequency, number = checked(texts, size, special)
    words = [(list(word.encode()), times) for word, times in frequency.items()]
    counts, merges = Counter(), []
    for word, times in words:
        for pair in pairwise(word):
            counts[pair] += times
    while len(merges) < number and counts:
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        merges.append(best)
        del counts[best]
        for place, (word, times) in enumerate(words):
            joined = solution._join(word, best, 255 + len(merges))
            for pair in pairwise(joined):
                if 255 + len(merges) in pair:
                    counts[pair] += times  # and the pairs that are gone keep their counts
            words[place] = (joined, times)
    return merges


def encoded(text, merges, special, merge_word, cut=None, checked=True):
    """Encode, with another way to join or to cut, or whatever ids the merges join."""
    special = tuple(special)
    solution.encode("", merges if checked else [], special)
    ids = []
    for place, part in enumerate((cut or solution._cut_at_special)(text, special)):
        if place % 2:
            ids.append(256 + len(merges) + special.index(part))
        else:
            for word in solution.split_words(part):
                ids.extend(merge_word(list(word.encode())))
    return ids


def ranks(merges):
    return {tuple(pair): place for place, pair in reversed(list(enumerate(merges)))}


@mistake(
    of="encode",
    en="It looks like the word is searched anew for each merge: right, but for a word of n letters about n times n "
    "steps. A heap of pairs needs n log n.",
    zh="看起来每次合并都重新扫描整个词：结果正确，但 n 个字母的词大约要 n×n 步。用堆保存相邻对只需 n log n 步。",
    only="speed",
)
def searches_anew(text, merges, special=()):
    rank = ranks(merges)

    def merge_word(ids):
        while True:
            found = min(((rank[pair], place) for place, pair in enumerate(pairwise(ids)) if pair in rank), default=None)
            if found is None:
                return ids
            ids[found[1] : found[1] + 2] = [256 + found[0]]

    return encoded(text, merges, special, merge_word)


@mistake(
    of="encode",
    en="It looks like the longest token that fits is taken from the left. BPE joins pairs in the order in which they "
    "were learned.",
    zh="看起来是从左边开始取能匹配的最长词元。BPE 是按学习的先后顺序合并相邻对。",
)
def longest_first(text, merges, special=()):
    pieces = [bytes([byte]) for byte in range(256)]
    solution.encode("", merges, special)
    for left, right in merges:
        pieces.append(pieces[left] + pieces[right])
    number = {piece: place for place, piece in reversed(list(enumerate(pieces)))}

    def merge_word(ids):
        data, found = bytes(ids), []
        while data:
            length = next(length for length in range(len(data), 0, -1) if data[:length] in number)
            found.append(number[data[:length]])
            data = data[length:]
        return found

    return encoded(text, merges, special, merge_word)


@mistake(
    of="encode",
    en="It looks like the leftmost pair that has a merge is joined first. The pair that was learned first goes "
    "first, wherever it stands.",
    zh="看起来先合并了最左边的一对。应先合并最早学到的一对，无论它在哪里。",
)
def leftmost_first(text, merges, special=()):
    rank = ranks(merges)

    def merge_word(ids):
        while True:
            place = next((place for place, pair in enumerate(pairwise(ids)) if pair in rank), None)
            if place is None:
                return ids
            ids[place : place + 2] = [256 + rank[tuple(ids[place : place + 2])]]

    return encoded(text, merges, special, merge_word)


@mistake(
    of="encode",
    en="It looks like the merge learned last goes first: the lowest rank has precedence, not the highest.",
    zh="看起来先用了最后学到的合并：名次最小（最早学到）的优先，而不是最大的。",
)
def last_learned_first(text, merges, special=()):
    rank = ranks(merges)

    def merge_word(ids):
        while True:
            found = max(
                ((rank[pair], -place) for place, pair in enumerate(pairwise(ids)) if pair in rank), default=None
            )
            if found is None:
                return ids
            ids[-found[1] : -found[1] + 2] = [256 + found[0]]

    return encoded(text, merges, special, merge_word)


@mistake(
    of="encode",
    en="It looks like each merge is applied once in a word, at its first place only.",
    zh="看起来每个合并在一个词里只用了一次，只合并了第一处。",
)
def first_place_only(text, merges, special=()):
    def merge_word(ids):
        for number, pair in enumerate(merges):
            for place, each in enumerate(pairwise(ids)):
                if each == tuple(pair):
                    ids[place : place + 2] = [256 + number]
                    break
        return ids

    return encoded(text, merges, special, merge_word)


@mistake(
    of="encode",
    en="It looks like pairs are joined across the borders of words: cut the text by `split_words` first, as in "
    "training.",
    zh="看起来合并跨越了单词边界：应和训练时一样，先用 `split_words` 切开。",
)
def encodes_the_whole(text, merges, special=()):
    rank = ranks(merges)
    solution.encode("", merges, special)
    ids = []
    for place, part in enumerate(solution._cut_at_special(text, tuple(special))):
        if place % 2:
            ids.append(256 + len(merges) + tuple(special).index(part))
        else:
            ids.extend(solution._merge_word(list(part.encode()), rank))
    return ids


@mistake(
    of="encode",
    en="It looks like special tokens are encoded like any text, byte by byte.",
    zh="看起来特殊词元被当作普通文本逐字节编码了。",
)
def special_as_text(text, merges, special=()):
    solution.encode("", merges, special)
    return solution.encode(text, merges)


@mistake(
    of="train_bpe",
    en="It looks like training cuts at the special token listed first, not at the longest that fits.",
    zh="看起来训练时在列表中靠前的特殊词元处切开，而不是在能匹配的最长的一个处。",
    breaks="where several begin at one place, at the longest",
)
def learns_with_the_first_listed(texts, size, special=()):
    merges = solution.train_bpe(texts, size, special)
    if not special:
        return merges
    pattern = "|".join(map(re.escape, special))
    return solution.train_bpe([part for text in texts for part in re.split(pattern, text)], size - len(special))


@mistake(
    of="train_bpe",
    en="It looks like training cuts at the shortest special token that fits: sort them by their length, the longest "
    "first.",
    zh="看起来训练时在能匹配的最短的特殊词元处切开：应按长度排序，最长的在前。",
    breaks="where several begin at one place, at the longest",
)
def learns_with_the_shortest(texts, size, special=()):
    return learns_with_the_first_listed(texts, size, sorted(special, key=len))


@mistake(
    of="encode",
    en="It looks like the shortest special token that fits is taken: sort them by their length, the longest first.",
    zh="看起来取的是能匹配的最短的特殊词元：应按长度排序，最长的在前。",
    breaks="where several begin at one place, the longest is taken",
)
def shortest_first(text, merges, special=()):
    solution.encode("", merges, special)
    numbers = {token: 256 + len(merges) + place for place, token in enumerate(special)}
    pattern = "(" + "|".join(map(re.escape, sorted(special, key=len))) + ")"
    parts = re.split(pattern, text) if special else [text]
    return [i for part in parts for i in ([numbers[part]] if part in numbers else solution.encode(part, merges))]


@mistake(
    of="encode",
    en="It looks like the special token listed first is taken, not the longest that fits.",
    zh="看起来取的是列表中靠前的特殊词元，而不是能匹配的最长的一个。",
)
def first_listed(text, merges, special=()):
    rank = ranks(merges)

    def cut(text, special):
        return re.split("(" + "|".join(map(re.escape, special)) + ")", text) if special else [text]

    return encoded(text, merges, special, lambda ids: solution._merge_word(ids, rank), cut)


@mistake(
    of="encode",
    en='It looks like the signs of special tokens are read as a regular expression: "|" means "or" there. Use '
    "`re.escape`.",
    zh='看起来特殊词元中的符号被当成了正则表达式："|" 在其中表示“或”。请用 `re.escape`。',
)
def signs_with_a_meaning(text, merges, special=()):
    solution.encode("", merges, special)
    rank = ranks(merges)
    known = {token: 256 + len(merges) + place for place, token in enumerate(special)}
    longest = sorted(special, key=len, reverse=True)
    ids = []
    for part in re.split("(" + "|".join(longest) + ")", text) if special else [text]:
        if part in known:
            ids.append(known[part])
        else:
            for word in solution.split_words(part or ""):
                ids.extend(solution._merge_word(list(word.encode()), rank))
    return ids


@mistake(
    of="encode",
    en="It looks like special tokens vanish: the text is cut at them, but their ids are missing.",
    zh="看起来特殊词元消失了：文本在那里切开，却没有输出它们的 id。",
)
def drops_special_tokens(text, merges, special=()):
    return [each for each in solution.encode(text, merges, special) if each < 256 + len(merges)]


@mistake(
    of="encode",
    en="It looks like special tokens have the ids after the bytes, before the merges. Here they come last.",
    zh="看起来特殊词元的 id 排在字节之后、合并之前。这里它们排在最后。",
)
def special_before_merges(text, merges, special=()):
    ids = solution.encode(text, merges, special)
    first = 256 + len(merges)
    return [each if each < 256 else each + len(special) if each < first else each - len(merges) for each in ids]


@mistake(
    of="encode",
    en="It looks like spaces at the ends of the text are stripped: they are tokens too.",
    zh="看起来去掉了文本首尾的空白：它们也是词元。",
)
def strips_the_text(text, merges, special=()):
    return solution.encode(text.strip(), merges, special)


def pieces_of(merges, special):
    pieces = [bytes([byte]) for byte in range(256)]
    for left, right in merges:
        pieces.append(pieces[left] + pieces[right])
    return pieces + [token.encode() for token in special]


@mistake(
    of="decode",
    en="It looks like each token is decoded by itself: a character spread over two tokens becomes two U+FFFD. Join "
    "the bytes first.",
    zh="看起来是逐个词元解码的：分在两个词元里的字变成了两个 U+FFFD。应先把字节连起来。",
)
def token_by_token(ids, merges, special=()):
    solution.decode(ids, merges, special)
    pieces = pieces_of(merges, special)
    return "".join(pieces[each].decode(errors="replace") for each in ids)


@mistake(
    of="decode",
    en="It looks like bytes that are no UTF-8 raise an error. A model may write any ids: they should become U+FFFD.",
    zh="看起来遇到不是 UTF-8 的字节就报错。模型可能输出任何 id：应变成 U+FFFD。",
)
def strict(ids, merges, special=()):
    solution.decode(ids, merges, special)
    return b"".join(pieces_of(merges, special)[each] for each in ids).decode()


@mistake(
    of="decode",
    en="It looks like bytes that are no UTF-8 are left out. They should become U+FFFD, so that nobody overlooks them.",
    zh="看起来不是 UTF-8 的字节被忽略了。应变成 U+FFFD，让人看得见。",
)
def ignores_broken_bytes(ids, merges, special=()):
    solution.decode(ids, merges, special)
    return b"".join(pieces_of(merges, special)[each] for each in ids).decode(errors="ignore")


@mistake(
    of="decode",
    en="It looks like special tokens are left out of the text. Here they appear as they are written.",
    zh="看起来解码时省略了特殊词元。这里它们原样出现。",
)
def skips_special_tokens(ids, merges, special=()):
    solution.decode(ids, merges, special)
    return solution.decode([each for each in ids if each < 256 + len(merges)], merges)


@mistake(
    of="decode",
    en="It looks like a negative id is counted from the end of the vocabulary, as Python does with lists.",
    zh="看起来负数 id 被当作从词表末尾数起（Python 的列表就是这样）。",
)
def negative_from_the_end(ids, merges, special=()):
    number = 256 + len(merges) + len(special)
    return solution.decode([each + number if -number <= each < 0 else each for each in ids], merges, special)


@mistake(
    of="decode",
    en="It looks like an id that is too large raises IndexError, as a list does: it should be ValueError.",
    zh="看起来过大的 id 抛出的是 IndexError（列表就是这样）：应抛出 ValueError。",
    breaks="an id is negative or not below 256 + len(merges) + len(special)",
)
def raises_index_error(ids, merges, special=()):
    number = 256 + len(merges) + len(special)
    solution.decode([each for each in ids if each < number], merges, special)
    pieces = pieces_of(merges, special)
    return b"".join(pieces[each] for each in ids).decode(errors="replace")


@mistake(
    of="decode",
    en="It looks like an id that does not exist is passed over: it should be refused with ValueError.",
    zh="看起来不存在的 id 被跳过了：应抛出 ValueError。",
)
def passes_over_unknown_ids(ids, merges, special=()):
    number = 256 + len(merges) + len(special)
    return solution.decode([each for each in ids if each < number], merges, special)


@mistake(
    of="encode",
    en="It looks like the text is normalised first (NFC): then decode does not give it back.",
    zh="看起来先对文本做了规范化（NFC）：这样 decode 就还原不出原文。",
    breaks="Any text can be encoded, as it is: nothing is normalised",
)
def normalised(text, merges, special=()):
    return solution.encode(unicodedata.normalize("NFC", text), merges, special)


@mistake(
    of="encode",
    en="It looks like a pair that stands in the merges twice becomes the id of the last: the first was learned first.",
    zh="看起来在合并中出现两次的一对变成了最后一次的 id：先学到的是第一次。",
    breaks="A pair that stands in `merges` twice becomes the id of the first",
)
def last_of_equal_merges(text, merges, special=()):
    ids = solution.encode(text, merges, special)
    places = {tuple(pair): place for place, pair in enumerate(merges)}
    return [256 + places[tuple(merges[each - 256])] if 256 <= each < 256 + len(merges) else each for each in ids]


@mistake(
    of="encode",
    en="It looks like the ids in the merges are not checked: one that does not exist yet should be refused.",
    zh="看起来没有检查合并里的 id：用到尚不存在的 id 时应当拒绝。",
    breaks="a merge joins an id that is neither a byte nor made by an earlier merge",
)
def merges_of_any_ids(text, merges, special=()):
    return encoded(text, merges, special, lambda ids: solution._merge_word(ids, ranks(merges)), checked=False)


@mistake(
    of="encode",
    en="It looks like the ids in a merge are held against the whole vocabulary: it may join bytes and what an earlier "
    "merge made, but not its own id, nor a later one.",
    zh="看起来检查合并时用的是整个词表：一次合并只能用字节和之前的合并得到的 id，不能用它自己的或更后面的 id。",
    breaks="a merge joins an id that is neither a byte nor made by an earlier merge",
)
def merges_of_later_ids(text, merges, special=()):
    if any(not 0 <= each < 256 + len(merges) for pair in merges for each in pair):
        raise ValueError("no such id")
    return merges_of_any_ids(text, merges, special)


@mistake(
    of="encode",
    en="It looks like a pair that stands in the merges twice is numbered once, so that all ids behind it are too "
    "small: merge number i makes the id 256 + i.",
    zh="看起来合并中出现两次的一对只编了一次号，其后的 id 都偏小：第 i 次合并产生 id 256 + i。",
    breaks="A pair that stands in `merges` twice becomes the id of the first",
)
def numbers_different_pairs(text, merges, special=()):
    ids = solution.encode(text, merges, special)
    different = list(dict.fromkeys(tuple(pair) for pair in merges))
    return [256 + different.index(tuple(merges[i - 256])) if 256 <= i < 256 + len(merges) else i for i in ids]


@mistake(
    of="decode",
    en="It looks like a pair that stands in the merges twice is numbered once in decoding, so that all ids behind it "
    "mean something else: merge number i makes the id 256 + i.",
    zh="看起来解码时，合并中出现两次的一对只编了一次号，其后的 id 都错了位：第 i 次合并产生 id 256 + i。",
)
def decodes_different_pairs(ids, merges, special=()):
    solution.decode([], merges, special)
    return solution.decode(ids, list(dict.fromkeys(tuple(pair) for pair in merges)), special)
