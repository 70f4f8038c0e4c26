"""Known mistakes of week 14, trust."""

import re
import statistics
from collections import Counter

import trust as solution

from grader.mistakes import mistake

NAN = float("nan")


@mistake(
    of="bias_probe",
    en="It looks like only the first [X] is replaced: every one of them gets the term.",
    zh="看起来只替换了第一个 [X]：每一个都要换成这个词。",
    breaks='in the place of every "[X]"',
)
def first_place_alone(template, groups, score):
    solution.bias_probe(template, groups, lambda text: 0.0)
    head, tail = template.split("[X]", 1)
    marked = head + "[X]" + tail.replace("[X]", "[\0]")
    return solution.bias_probe(marked, groups, lambda text: score(text.replace("[\0]", "[X]")))


@mistake(
    of="bias_probe",
    en="It looks like the template goes through `format`, which takes its own braces for places to fill.",
    zh="看起来模板经过了 `format`，它会把模板自己的花括号也当成要填的位置。",
    breaks="all else stays as it is, braces and percent signs too",
)
def formats_the_template(template, groups, score):
    solution.bias_probe(template, groups, lambda text: 0.0)
    pattern = template.replace("[X]", "{0}")
    return solution.bias_probe("[X]", groups, lambda term: score(pattern.format(term)))


@mistake(
    of="bias_probe",
    en="It looks like terms go through `re.sub`, which reads their backslashes: `str.replace` takes a term as it is.",
    zh="看起来用 `re.sub` 填入这些词，它会解释其中的反斜杠：`str.replace` 则原样填入。",
)
def substitutes_a_pattern(template, groups, score):
    solution.bias_probe(template, groups, lambda text: 0.0)
    return solution.bias_probe("[X]", groups, lambda term: score(re.sub(r"\[X\]", term, template)))


@mistake(
    of="bias_probe",
    en="It looks like the gap is between the first two groups: it is the largest mean minus the smallest.",
    zh="看起来 gap 是前两组之差：应当是最大均值减去最小均值。",
    breaks="the largest of these means minus the smallest",
)
def first_two_groups(template, groups, score):
    found = solution.bias_probe(template, groups, score)
    one, other, *_ = found["means"].values()
    return found | {"gap": abs(one - other)}


@mistake(
    of="bias_probe",
    en="It looks like the gap is that of the most extreme terms: groups are compared by their means.",
    zh="看起来 gap 取自最极端的词：组与组之间应按均值比较。",
)
def gap_of_single_terms(template, groups, score):
    seen = []
    found = solution.bias_probe(template, groups, lambda text: seen.append(score(text)) or seen[-1])
    return found | {"gap": float(max(seen) - min(seen))}


@mistake(
    of="bias_probe",
    en="It looks like the scores of a group are added up: a group with more terms then looks different for that alone.",
    zh="看起来把一组的得分加了起来：那样词更多的组仅因此就显得不同。",
    breaks="so that a group with more terms weighs no more",
)
def sums_for_means(template, groups, score):
    found = solution.bias_probe(template, groups, score)
    sums = {name: mean * len(groups[name]) for name, mean in found["means"].items()}
    return found | {"means": sums, "gap": max(sums.values()) - min(sums.values())}


@mistake(
    of="bias_probe",
    en="It looks like the spread is taken over all terms together: it is that within one group.",
    zh="看起来 spread 是对所有词一起算的：应当在一个组内计算。",
    breaks="the largest minus the smallest score within a group",
)
def spread_over_everything(template, groups, score):
    seen = []
    found = solution.bias_probe(template, groups, lambda text: seen.append(score(text)) or seen[-1])
    return found | {"spread": float(max(seen) - min(seen))}


def with_spread(template, groups, score, spread):
    """The summary with another spread, made of the scores of each group."""
    seen = []
    found = solution.bias_probe(template, groups, lambda text: seen.append(float(score(text))) or seen[-1])
    scores = iter(seen)
    return found | {"spread": spread([[next(scores) for _ in terms] for terms in groups.values()])}


@mistake(
    of="bias_probe",
    en="It looks like the spread is a standard deviation: it is the largest score minus the smallest.",
    zh="看起来 spread 用了标准差：应当是最大得分减去最小得分。",
)
def deviation_for_spread(template, groups, score):
    return with_spread(template, groups, score, lambda scores: max(map(statistics.pstdev, scores)))


@mistake(
    of="bias_probe",
    en="It looks like the spread is the mean over the groups: it is that of the group where it is largest.",
    zh="看起来 spread 对各组取了平均：应当取最大的那一组的。",
    breaks="of the group where this is largest",
)
def mean_spread(template, groups, score):
    return with_spread(template, groups, score, lambda scores: sum(max(one) - min(one) for one in scores) / len(scores))


@mistake(
    of="bias_probe",
    en="It looks like a term that occurs twice is scored once: every term of every group is asked about.",
    zh="看起来出现两次的词只打了一次分：每组的每个词都要问。",
    breaks="`score` is called once for each term of each group",
)
def remembers_terms(template, groups, score):
    known = {}

    def once(text):
        if text not in known:
            known[text] = score(text)
        return known[text]

    return solution.bias_probe(template, groups, once)


@mistake(
    of="bias_probe",
    en="It looks like groups without terms are left out silently.",
    zh="看起来悄悄忽略了没有词的组。",
    breaks="a group has no terms",
)
def skips_empty_groups(template, groups, score):
    return solution.bias_probe(template, {name: terms for name, terms in groups.items() if terms}, score)


def grounded(answer, passages, share, holds):
    """groundedness with another rule for one sentence: words, passages as lists of words, share."""
    solution.groundedness(answer, passages, share)
    said = solution.sentences(answer)
    sources = [solution.words(passage) for passage in passages]
    missing = [sentence for sentence in said if not holds(solution.words(sentence), sources, share)]
    return (1 - len(missing) / len(said) if said else NAN), missing


def numbers(found):
    """The words with a digit in them."""
    return {word for word in found if any(letter.isdigit() for letter in word)}


@mistake(
    of="groundedness",
    en="It looks like all passages are thrown together: words from different passages then seem to support a sentence "
    "that none of them says.",
    zh="看起来把所有段落合在了一起：来自不同段落的词，看似支持了一句谁也没说过的话。",
    breaks="Words that are spread over several passages ground nothing",
)
def all_passages_together(answer, passages, share=0.75):
    return solution.groundedness(answer, [" \n ".join(passages)] if passages else [], share)


@mistake(
    of="groundedness",
    en="It looks like numbers are words like others: a wrong year makes a sentence false, though all the rest agrees.",
    zh="看起来把数字当成了普通的词：年份错了，其余都对，这句话也是错的。",
    breaks="all of its numbers",
)
def numbers_are_words(answer, passages, share=0.75):
    def holds(mine, sources, share):
        return any(len(set(mine) & set(source)) / len(set(mine)) >= share for source in sources)

    return grounded(answer, passages, share, holds)


@mistake(
    of="groundedness",
    en="It looks like only words made of digits alone count as numbers: B3 has a digit in it as well.",
    zh="看起来只把纯数字的词算作数字：B3 里也有数字。",
    breaks="a number is a word with a digit in it",
)
def digits_alone_are_numbers(answer, passages, share=0.75):
    def holds(mine, sources, share):
        mine = set(mine)
        pure = {word for word in mine if word.isdigit()}
        return any(len(mine & set(s)) / len(mine) >= share and pure <= set(s) for s in sources)

    return grounded(answer, passages, share, holds)


@mistake(
    of="groundedness",
    en="It looks like a word that a sentence repeats counts each time.",
    zh="看起来句子里重复的词每次都算。",
    breaks="Its words are the different ones among `words`, each counted once",
)
def repeated_words_count(answer, passages, share=0.75):
    def holds(mine, sources, share):
        return any(sum(word in s for word in mine) / len(mine) >= share and numbers(mine) <= set(s) for s in sources)

    return grounded(answer, passages, share, holds)


@mistake(
    of="groundedness",
    en="It looks like the share has to be exceeded: exactly `share` is enough.",
    zh="看起来要求超过 share：恰好等于 share 就够了。",
    breaks="at least `share` of the sentence's words",
)
def more_than_the_share(answer, passages, share=0.75):
    def holds(mine, sources, share):
        mine = set(mine)
        needed = min(share * len(mine) + 1e-9, len(mine))
        return any(len(mine & set(s)) >= needed and numbers(mine) <= set(s) for s in sources)

    return grounded(answer, passages, share, holds)


@mistake(
    of="groundedness",
    en="It looks like words that the passage has and the sentence has not make the share smaller: it is the share of "
    "the sentence's own words.",
    zh="看起来段落里有而句子里没有的词使 share 变小了：share 只看句子自己的词。",
)
def share_of_the_passage(answer, passages, share=0.75):
    def holds(mine, sources, share):
        mine = set(mine)
        return any(len(mine & set(s)) >= share * len(set(s)) and numbers(mine) <= set(s) for s in sources)

    return grounded(answer, passages, share, holds)


@mistake(
    of="groundedness",
    en="It looks like the shared words are divided by the words of both (Jaccard): share is that of the sentence's own "
    "words.",
    zh="看起来用两边所有的词作分母（Jaccard 相似度）：share 只看句子自己的词占多少。",
)
def jaccard_of_both(answer, passages, share=0.75):
    def holds(mine, sources, share):
        mine = set(mine)
        return any(len(mine & set(s)) >= share * len(mine | set(s)) and numbers(mine) <= set(s) for s in sources)

    return grounded(answer, passages, share, holds)


@mistake(
    of="groundedness",
    en="It looks like an answer without a sentence counts as grounded: NaN is asked for, or silence becomes the best "
    "answer.",
    zh="看起来把没有句子的回答算作完全成立：这里要求 NaN，否则沉默就成了最好的回答。",
    breaks="For an answer without a sentence it is (NaN, [])",
)
def silence_is_grounded(answer, passages, share=0.75):
    found, missing = solution.groundedness(answer, passages, share)
    return (1.0 if found != found else found), missing


@mistake(
    of="groundedness",
    en="It looks like an answer without a sentence gets the share 0: there is nothing to take a share of, so NaN is "
    "asked for.",
    zh="看起来没有句子的回答得到了比例 0：没有句子就谈不上比例，所以这里要求 NaN。",
)
def silence_is_groundless(answer, passages, share=0.75):
    found, missing = solution.groundedness(answer, passages, share)
    return (0.0 if found != found else found), missing


@mistake(
    of="groundedness",
    en="It looks like the list holds the sentences that are grounded: those that are not are asked for.",
    zh="看起来列表里是成立的句子：要的是不成立的。",
    breaks="and a list of those that are not",
)
def lists_the_grounded(answer, passages, share=0.75):
    found, missing = solution.groundedness(answer, passages, share)
    return found, [sentence for sentence in solution.sentences(answer) if sentence not in missing]


@mistake(
    of="groundedness",
    en="It looks like a word is looked for in the text of the passage, where it may be part of a longer one: compare "
    "it with the passage's `words`.",
    zh="看起来是在段落的文字里查找这个词，那里它可能只是更长的词的一部分：应当与段落的 `words` 比较。",
)
def parts_of_words(answer, passages, share=0.75):
    def holds(mine, sources, share):
        texts, mine = [" ".join(source) for source in sources], set(mine)
        return any(
            sum(word in text for word in mine) / len(mine) >= share and all(word in text for word in numbers(mine))
            for text in texts
        )

    return grounded(answer, passages, share, holds)


@mistake(
    of="self_agreement",
    en="It looks like each sample is compared with itself too: then even samples that all differ agree a little.",
    zh="看起来每个样本也与自己比较了：那样全都不同的样本也会有一点一致。",
    breaks="pairs of two different samples",
)
def agrees_with_itself(samples):
    best, _ = solution.self_agreement(samples)
    counts = Counter(tuple(solution.words(sample)) for sample in samples)
    return best, sum(count**2 for count in counts.values()) / len(samples) ** 2


@mistake(
    of="self_agreement",
    en="It looks like the share of the most frequent answer is returned: agreement is that of pairs.",
    zh="看起来返回的是最常见回答所占的比例：一致程度应当按对来算。",
)
def share_of_the_winner(samples):
    best, _ = solution.self_agreement(samples)
    counts = Counter(tuple(solution.words(sample)) for sample in samples)
    return best, max(counts.values()) / len(samples)


@mistake(
    of="self_agreement",
    en="It looks like some samples that agree are not counted as a pair: case, spaces and punctuation do not matter, "
    "and every two samples are a pair.",
    zh="看起来有些一致的样本没有算作一对：大小写、空格和标点不起作用，而且任意两个样本都是一对。",
    breaks="Two answers to a question agree if `words` gives the same list for both",
)
def letter_by_letter(samples):
    solution.self_agreement(samples)
    counts = Counter(samples)
    pairs = len(samples) * (len(samples) - 1)
    return counts.most_common(1)[0][0], sum(count * (count - 1) for count in counts.values()) / pairs


@mistake(
    of="self_agreement",
    en="It looks like only neighbours are compared: every two samples are a pair.",
    zh="看起来只比较了相邻的样本：任意两个样本都是一对。",
)
def neighbours_alone(samples):
    best, _ = solution.self_agreement(samples)
    keys = [solution.words(sample) for sample in samples]
    return best, sum(one == other for one, other in zip(keys, keys[1:], strict=False)) / (len(keys) - 1)


@mistake(
    of="self_agreement",
    en='It looks like the order of the words is lost: "a b" and "b a" are two answers.',
    zh='看起来丢掉了词的次序："a b" 和 "b a" 是两个回答。',
)
def bags_of_words(samples):
    return solution_of_keys(samples, lambda sample: tuple(sorted(solution.words(sample))))


def solution_of_keys(samples, key):
    """self_agreement where answers agree by another key."""
    solution.self_agreement(samples)
    keys = [key(sample) for sample in samples]
    counts = Counter(keys)
    best = counts.most_common(1)[0][0]
    pairs = len(samples) * (len(samples) - 1)
    return samples[keys.index(best)], sum(count * (count - 1) for count in counts.values()) / pairs


@mistake(
    of="self_agreement",
    en="It looks like the answer does not come back as its first sample wrote it: it is neither changed nor taken "
    "from a later sample.",
    zh="看起来返回的回答不是第一个样本的写法：既不要改动它，也不要取后面样本的写法。",
    breaks="as its first sample wrote it",
)
def returns_the_words(samples):
    best, agreement = solution.self_agreement(samples)
    return " ".join(solution.words(best)), agreement


@mistake(
    of="self_agreement",
    en="It looks like the answer comes back as its last sample wrote it, as where an entry of a dictionary is written "
    "over: the first one is asked for.",
    zh="看起来返回的是最后一个样本的写法，例如字典里先存的被后来的覆盖了：要的是第一个样本的写法。",
    breaks="as its first sample wrote it",
)
def keeps_the_last_spelling(samples):
    best, agreement = solution.self_agreement(samples)
    return [one for one in samples if solution.words(one) == solution.words(best)][-1], agreement


@mistake(
    of="self_agreement",
    en="It looks like another of several equally frequent answers wins: it should be the one that came first.",
    zh="看起来并列时选了别的回答：应当选最先出现的。",
    breaks="of several that come as often, the one that came first",
)
def last_of_equals(samples):
    _, agreement = solution.self_agreement(samples)
    keys = [tuple(solution.words(sample)) for sample in samples]
    counts = Counter(keys)
    best = [key for key in counts if counts[key] == max(counts.values())][-1]
    return samples[keys.index(best)], agreement


def shares(texts, corpus, n, *, split=solution.words, distinct=False, short=True):
    """contamination with one part exchanged."""
    solution.contamination(texts, corpus, n)
    documents = [split(document) for document in corpus]
    out = []
    for text in texts:
        found = split(text)
        length = min(n, len(found)) if short else n
        known = {tuple(d[start : start + length]) for d in documents for start in range(len(d) - length + 1)}
        grams = [tuple(found[start : start + length]) for start in range(len(found) - length + 1)] if found else []
        grams = list(dict.fromkeys(grams)) if distinct else grams
        out.append(sum(gram in known for gram in grams) / len(grams) if grams else 0.0)
    return out


@mistake(
    of="contamination",
    en="It looks like a text of fewer than n words is never found: it is looked for as a whole.",
    zh="看起来不足 n 个词的文本永远找不到：应当整体查找。",
    breaks="A text of fewer than n words is one n-gram by itself, as long as it is",
)
def short_texts_are_clean(texts, corpus, n=13):
    return shares(texts, corpus, n, short=False)


@mistake(
    of="contamination",
    en="It looks like the documents are joined before they are cut into n-grams.",
    zh="看起来在切 n 元组之前把各篇文档接在了一起。",
    breaks="an n-gram does not reach from one document into the next",
)
def joins_the_documents(texts, corpus, n=13):
    return solution.contamination(texts, [" ".join(corpus)], n)


@mistake(
    of="contamination",
    en="It looks like an n-gram that a text repeats counts once: it counts at every place where it begins.",
    zh="看起来文本中重复的 n 元组只算了一次：每个起始位置都要算。",
    breaks="counted at every place where they begin",
)
def different_ngrams_alone(texts, corpus, n=13):
    return shares(texts, corpus, n, distinct=True)


@mistake(
    of="contamination",
    en="It looks like the n-grams are made of letters: they are made of words.",
    zh="看起来 n 元组由字母组成：应当由词组成。",
)
def ngrams_of_letters(texts, corpus, n=13):
    return shares(texts, corpus, n, split=lambda text: list("".join(solution.words(text))))


@mistake(
    of="contamination",
    en="It looks like n-grams that stand in the corpus are not all found: case and punctuation do not matter, and the "
    "last n-gram of a text counts too.",
    zh="看起来语料里有的 n 元组没有全部找到：大小写和标点不起作用，文本的最后一个 n 元组也要算。",
    breaks="`words` in a row",
)
def cuts_at_spaces(texts, corpus, n=13):
    return shares(texts, corpus, n, split=str.split)


@mistake(
    of="contamination",
    en="It looks like a text gets the share 1 though not all of its n-grams stand in the corpus: each of them counts.",
    zh="看起来文本的 n 元组并非全在语料里，却得到了 1：每个 n 元组都要算。",
    breaks="The share is that of the text's n-grams",
)
def one_is_enough(texts, corpus, n=13):
    return [float(share > 0) for share in solution.contamination(texts, corpus, n)]


@mistake(
    of="contamination",
    en="It looks like a text has the share 0 unless all of its n-grams stand in the corpus: those that do are counted.",
    zh="看起来只要有一个 n 元组不在语料里，文本的比例就成了 0：应当数出在语料里的那些。",
)
def all_or_nothing(texts, corpus, n=13):
    return [float(share == 1) for share in solution.contamination(texts, corpus, n)]


@mistake(
    of="contamination",
    en="It looks like the share is that of the words which such n-grams cover: it is the share of the n-grams.",
    zh="看起来算的是被这些 n 元组覆盖的词所占的比例：要算的是 n 元组的比例。",
)
def share_of_the_words(texts, corpus, n=13):
    solution.contamination(texts, corpus, n)
    documents, out = [solution.words(document) for document in corpus], []
    for text in texts:
        found = solution.words(text)
        length, covered = min(n, len(found)), set()
        known = {tuple(d[start : start + length]) for d in documents for start in range(len(d) - length + 1)}
        for start in range(len(found) - length + 1):
            if tuple(found[start : start + length]) in known:
                covered |= set(range(start, start + length))
        out.append(len(covered) / len(found) if found else 0.0)
    return out


@mistake(
    of="contamination",
    en="It looks like a text of fewer than n words is found only if it is a whole document: it may stand anywhere in "
    "one.",
    zh="看起来不足 n 个词的文本只有与整篇文档相同时才能找到：它可以出现在文档的任何位置。",
)
def whole_documents_alone(texts, corpus, n=13):
    documents = [solution.words(document) for document in corpus]
    found = solution.contamination(texts, corpus, n)
    split = [solution.words(text) for text in texts]
    return [
        float(words in documents) if 0 < len(words) < n else share for words, share in zip(split, found, strict=True)
    ]


@mistake(
    of="contamination",
    en="It looks like every n-gram is looked for by going through the whole corpus: put the corpus's n-grams into a "
    "set.",
    zh="看起来每个 n 元组都要把整个语料找一遍：把语料的 n 元组放进集合里。",
    breaks="The time grows with the length of the texts plus that of the corpus",
    only="speed",
)
def searches_a_list(texts, corpus, n=13):
    solution.contamination(texts, [], n)
    documents = [solution.words(document) for document in corpus]
    out = []
    for text in texts:
        found = solution.words(text)
        length = min(n, len(found))
        known = [tuple(d[start : start + length]) for d in documents for start in range(len(d) - length + 1)]
        grams = [tuple(found[start : start + length]) for start in range(len(found) - length + 1)] if found else []
        out.append(sum(gram in known for gram in grams) / len(grams) if grams else 0.0)
    return out


@mistake(
    of="groundedness",
    en="It looks like a share of NaN passes: it is neither 0 or less nor above 1, so ask whether it lies between them. "
    "Nothing reaches it, and nothing is grounded then.",
    zh="看起来放过了 NaN 的 share：它既不小于等于 0，也不大于 1，所以要问它是否在两者之间。"
    "什么也达不到它，于是没有一句有依据。",
    breaks="`share` is not above 0 and at most 1",
)
def lets_nan_pass(answer, passages, share=0.75):
    return solution.groundedness(answer, passages if share == share else [], share if share == share else 1.0)


@mistake(
    of="groundedness",
    en="It looks like the words found are compared with share times all words, which rounding can put above them: "
    "divide the numbers instead.",
    zh="看起来比较的是找到的词数与 share 乘总词数，舍入会使后者略大：应当比较两个词数之商与 share。",
    breaks="divided by that of all: 7 of 25 are enough for 0.28",
)
def share_times_all(answer, passages, share=0.75):
    def holds(mine, sources, share):
        mine = set(mine)
        return any(len(mine & set(s)) >= share * len(mine) and numbers(mine) <= set(s) for s in sources)

    return grounded(answer, passages, share, holds)


@mistake(
    of="groundedness",
    en="It looks like a number is looked for in the text of the passage, where 19 is a part of 1901: it has to be one "
    "of the passage's `words`.",
    zh="看起来是在段落的文字里查找数字，而 19 也是 1901 的一部分：它必须是段落的 `words` 之一。",
    breaks="all of its numbers",
)
def parts_of_numbers(answer, passages, share=0.75):
    def holds(mine, sources, share):
        mine = set(mine)
        return any(
            len(mine & set(s)) / len(mine) >= share and all(word in " ".join(s) for word in numbers(mine))
            for s in sources
        )

    return grounded(answer, passages, share, holds)


@mistake(
    of="groundedness",
    en="It looks like numbers are left out of the share: they are words of the sentence like the others.",
    zh="看起来计算 share 时没有算数字：它们和其他词一样，也是句子的词。",
    breaks="at least `share` of the sentence's words",
)
def shares_without_numbers(answer, passages, share=0.75):
    def holds(mine, sources, share):
        digits, plain = numbers(set(mine)), set(mine) - numbers(set(mine))
        return any(digits <= set(s) and (not plain or len(plain & set(s)) / len(plain) >= share) for s in sources)

    return grounded(answer, passages, share, holds)


@mistake(
    of="contamination",
    en='It looks like a short text is looked for in the letters of a document, where "he cat" is a part of "the cat": '
    "compare whole words.",
    zh='看起来是在文档的字母中查找短文本，而 "he cat" 是 "the cat" 的一部分：应当比较整个词。',
    breaks="A text of fewer than n words is one n-gram by itself, as long as it is",
)
def letters_of_short_texts(texts, corpus, n=13):
    documents = [" ".join(solution.words(document)) for document in corpus]
    split = [solution.words(text) for text in texts]
    return [
        float(any(" ".join(words) in document for document in documents)) if 0 < len(words) < n else share
        for words, share in zip(split, solution.contamination(texts, corpus, n), strict=True)
    ]
