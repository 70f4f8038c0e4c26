"""Known mistakes of week 04, fertility."""

import re
import unicodedata

import fertility as solution

from grader.mistakes import mistake

UNITS = {
    "character": lambda text: sum(not character.isspace() for character in text),
    "byte": lambda text: len(text.encode()),
    "word": lambda text: len(text.split()),
}


def checked(texts, unit):
    solution.fertility(list, texts, unit)


@mistake(
    of="fertility",
    en="It looks like the quotients of the texts are averaged: a short text then weighs as much as a long one.",
    zh="看起来是对各文本的比值取平均：那样短文本与长文本权重相同。",
)
def mean_of_quotients(tokenizer, texts, unit="character"):
    checked(texts, unit)
    costs = [(len(tokenizer(text)), UNITS[unit](text)) for text in texts]
    quotients = [tokens / units for tokens, units in costs if units]  # of those that have one
    return sum(quotients) / len(quotients)


@mistake(
    of="fertility",
    en="It looks like the quotient is turned around: units for each token.",
    zh="看起来比值倒过来了：算的是每个词元有多少单位。",
)
def units_for_each_token(tokenizer, texts, unit="character"):
    return 1 / solution.fertility(tokenizer, texts, unit)


@mistake(
    of="fertility",
    en="It looks like white space is counted among the characters.",
    zh="看起来空白也算成了字符。",
)
def counts_spaces(tokenizer, texts, unit="character"):
    checked(texts, unit)
    if unit != "character":
        return solution.fertility(tokenizer, texts, unit)
    return sum(len(tokenizer(text)) for text in texts) / sum(map(len, texts))


@mistake(
    of="fertility",
    en='It looks like only the space " " is taken for white space: there are tabs, ends of lines and the wide '
    "space of Chinese texts.",
    zh='看起来只把空格 " " 当作空白：还有制表符、换行和中文的全角空格。',
)
def one_kind_of_space(tokenizer, texts, unit="character"):
    checked(texts, unit)
    if unit != "character":
        return solution.fertility(tokenizer, texts, unit)
    return sum(len(tokenizer(text)) for text in texts) / sum(len(text.replace(" ", "")) for text in texts)


@mistake(
    of="fertility",
    en="It looks like a byte is taken for a character: len(text) counts code points, len(text.encode()) bytes.",
    zh="看起来把字节和字符混为一谈：len(text) 数的是字符，len(text.encode()) 数的是字节。",
)
def characters_for_bytes(tokenizer, texts, unit="character"):
    checked(texts, unit)
    count = len if unit == "byte" else UNITS[unit]
    return sum(len(tokenizer(text)) for text in texts) / sum(map(count, texts))


@mistake(
    of="fertility",
    en='It looks like words are cut at each single space (`split(" ")`): two spaces make an empty word.',
    zh='看起来按每个空格切词（`split(" ")`）：两个空格之间会多出一个空词。',
)
def empty_words(tokenizer, texts, unit="character"):
    checked(texts, unit)
    count = (lambda text: len(text.split(" "))) if unit == "word" else UNITS[unit]
    return sum(len(tokenizer(text)) for text in texts) / sum(map(count, texts))


@mistake(
    of="fertility",
    en="It looks like all texts are joined before they are tokenized: tokens then cross from text to text.",
    zh="看起来先把所有文本拼起来再分词：词元会跨越文本边界。",
)
def joins_the_texts(tokenizer, texts, unit="character"):
    checked(texts, unit)
    return solution.fertility(tokenizer, ["".join(texts)], unit)


@mistake(
    of="fertility",
    en="It looks like different tokens are counted, each once. Every occurrence costs.",
    zh="看起来统计的是不同词元的个数。每次出现都要计。",
)
def different_tokens(tokenizer, texts, unit="character"):
    return solution.fertility(lambda text: set(tokenizer(text)), texts, unit)


@mistake(
    of="fertility",
    en="It looks like another unit is taken for words: it should be refused.",
    zh="看起来把未知的单位当成了词：应当拒绝。",
)
def takes_any_unit(tokenizer, texts, unit="character"):
    return solution.fertility(tokenizer, texts, unit if unit in UNITS else "word")


@mistake(
    of="fertility",
    en="It looks like another unit is taken for characters: it should be refused.",
    zh="看起来把未知的单位当成了字符：应当拒绝。",
)
def takes_others_for_characters(tokenizer, texts, unit="character"):
    return solution.fertility(tokenizer, texts, unit if unit in UNITS else "character")


@mistake(
    of="fertility",
    en="It looks like white space is left out of the bytes: it has bytes too, and they count.",
    zh="看起来数字节时去掉了空白：空白也有字节，也要算。",
    breaks="white space included",
)
def bytes_without_spaces(tokenizer, texts, unit="character"):
    checked(texts, unit)
    count = (lambda text: len("".join(text.split()).encode())) if unit == "byte" else UNITS[unit]
    return sum(len(tokenizer(text)) for text in texts) / sum(map(count, texts))


@mistake(
    of="fertility",
    en="It looks like texts without any unit cost 0: they should be refused with ValueError.",
    zh="看起来文本中没有任何单位时返回了 0：应抛出 ValueError。",
    breaks="or the texts have no unit at all",
)
def nothing_costs_nothing(tokenizer, texts, unit="character"):
    if unit in UNITS and not sum(map(UNITS[unit], texts)):
        return 0.0
    return solution.fertility(tokenizer, texts, unit)


@mistake(
    of="fertility",
    en="It looks like texts without any unit are divided by 0: the error should be a ValueError.",
    zh="看起来文本中没有任何单位时除以了 0：应抛出的是 ValueError。",
    breaks="or the texts have no unit at all",
)
def divides_by_no_units(tokenizer, texts, unit="character"):
    if unit in UNITS:
        return sum(len(tokenizer(text)) for text in texts) / sum(map(UNITS[unit], texts))
    return solution.fertility(tokenizer, texts, unit)


@mistake(
    of="premium",
    en="It looks like the lengths of the two lists are not compared: they should be equal, else ValueError.",
    zh="看起来没有比较两个列表的长度：不相等时应抛出 ValueError。",
    breaks="the lists differ in length",
)
def lists_of_any_length(tokenizer, texts, originals):
    mine, theirs = (sum(len(tokenizer(text)) for text in side) for side in (texts, originals))
    if not theirs:
        return solution.premium(tokenizer, texts, originals)
    return mine / theirs


@mistake(
    of="premium",
    en="It looks like originals without tokens are divided by: the error should be a ValueError.",
    zh="看起来原文没有词元时除以了 0：应抛出的是 ValueError。",
    breaks="or the originals have no tokens",
)
def divides_by_no_tokens(tokenizer, texts, originals):
    if len(texts) != len(originals):
        return solution.premium(tokenizer, texts, originals)
    return sum(len(tokenizer(text)) for text in texts) / sum(len(tokenizer(text)) for text in originals)


@mistake(
    of="premium",
    en="It looks like texts without tokens are refused: they cost 0 times as much. Only the originals need tokens.",
    zh="看起来 `texts` 没有词元时报了错：那样倍数就是 0。只有 `originals` 必须有词元。",
    breaks="or the originals have no tokens",
)
def refuses_texts_without_tokens(tokenizer, texts, originals):
    found = solution.premium(tokenizer, texts, originals)
    if not found:
        raise ValueError("no tokens")
    return found


@mistake(
    of="premium",
    en="It looks like the quotients of the pairs are averaged: short texts then weigh as much as long ones.",
    zh="看起来是对各对文本的比值取平均：那样短文本与长文本权重相同。",
)
def mean_of_premiums(tokenizer, texts, originals):
    solution.premium(list, texts, originals)
    costs = [(len(tokenizer(a)), len(tokenizer(b))) for a, b in zip(texts, originals, strict=True)]
    quotients = [mine / theirs for mine, theirs in costs if theirs]  # of those that have one
    return sum(quotients) / len(quotients)


@mistake(
    of="premium",
    en="It looks like the quotient is turned around: tokens of `texts` over tokens of `originals`.",
    zh="看起来比值倒过来了：应是 `texts` 的词元数除以 `originals` 的。",
)
def turned_around(tokenizer, texts, originals):
    return 1 / solution.premium(tokenizer, texts, originals)


@mistake(
    of="premium",
    en="It looks like 1 is subtracted: 1.2, not 0.2, means 20 % more.",
    zh="看起来减去了 1：多 20 % 应写成 1.2，而不是 0.2。",
)
def the_surplus_only(tokenizer, texts, originals):
    return solution.premium(tokenizer, texts, originals) - 1


@mistake(
    of="premium",
    en="It looks like fertilities are compared, tokens for each character: Chinese says the same in fewer characters.",
    zh="看起来比较的是每个字符的词元数：中文用更少的字符表达同样的意思。",
)
def compares_fertilities(tokenizer, texts, originals):
    solution.premium(tokenizer, texts, originals)
    return solution.fertility(tokenizer, texts) / solution.fertility(tokenizer, originals)


@mistake(
    of="premium",
    en="It looks like lists of different lengths are cut to the shorter one: they should be refused.",
    zh="看起来两个列表长度不同时按短的截断了：应当拒绝。",
)
def cuts_to_the_shorter(tokenizer, texts, originals):
    number = min(len(texts), len(originals))
    return solution.premium(tokenizer, texts[:number], originals[:number])


@mistake(
    of="fertility",
    en="It looks like a combining mark is not counted: every code point that is not white space is a character here.",
    zh="看起来没有计入组合符号：这里每个不是空白的码点都算一个字符。",
    breaks="a code point that is not white space",
)
def without_combining_marks(tokenizer, texts, unit="character"):
    if unit != "character":
        return solution.fertility(tokenizer, texts, unit)
    checked(texts, unit)
    count = sum(not c.isspace() and not unicodedata.combining(c) for text in texts for c in text)
    return sum(len(tokenizer(text)) for text in texts) / count


@mistake(
    of="fertility",
    en="It looks like a character that cannot be printed is not counted, such as the joiner within an emoji: every "
    "code point that is not white space is a character here.",
    zh="看起来没有计入不可打印的字符，例如表情符号内部的连接符：这里每个不是空白的码点都算一个字符。",
    breaks="a code point that is not white space",
)
def without_unprintable_ones(tokenizer, texts, unit="character"):
    if unit != "character":
        return solution.fertility(tokenizer, texts, unit)
    checked(texts, unit)
    count = sum(not c.isspace() and c.isprintable() for text in texts for c in text)
    return sum(len(tokenizer(text)) for text in texts) / count


@mistake(
    of="fertility",
    en="It looks like words are runs of letters and digits: here they are what stands between white space.",
    zh="看起来把连续的字母和数字当作词：这里的词是空白之间的内容。",
    breaks='or "word": what `str.split()` gives',
)
def runs_of_letters(tokenizer, texts, unit="character"):
    if unit != "word":
        return solution.fertility(tokenizer, texts, unit)
    checked(texts, unit)
    return sum(len(tokenizer(text)) for text in texts) / sum(len(re.findall(r"\w+", text)) for text in texts)


@mistake(
    of="fertility",
    en="It looks like equal texts are tokenized once: the tokenizer is called for each text.",
    zh="看起来相同的文本只分词一次：分词器应对每个文本都调用。",
    breaks="also for one that occurred before: it may answer differently",
)
def remembers_texts(tokenizer, texts, unit="character"):
    checked(texts, unit)
    known = {text: len(tokenizer(text)) for text in dict.fromkeys(texts)}
    return sum(known[text] for text in texts) / sum(map(UNITS[unit], texts))
