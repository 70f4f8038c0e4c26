"""Known mistakes of week 14, overlap."""

import difflib
import math
from collections import Counter

import overlap as solution

from grader.mistakes import mistake


def ngrams(text, n):
    return Counter(tuple(text[i : i + n]) for i in range(len(text) - n + 1))


def closest(size, sizes):
    return min(sizes, key=lambda other: (abs(other - size), other))


def clipped(counts, references, n):
    """How many n-grams match: each at most as often as in the reference that has it most often."""
    allowed = Counter()
    for reference in references:
        allowed |= ngrams(reference, n)
    return (counts & allowed).total()


def penalise(c, r):
    return math.exp(min(0.0, 1 - r / c)) if c else 0.0


def geometric(precisions):
    return math.exp(sum(map(math.log, precisions)) / len(precisions))


def halve(number):
    """The numerator of the zero with this number, counted from 1."""
    return 0.5**number


def corpus(
    hypotheses, references, smoothing, *, match=clipped, pick=closest, penalty=penalise, mean=geometric, smooth=halve,
    count=ngrams, smooth_all=False, short=False,
):  # fmt: skip
    """BLEU as in the solution, with one part exchanged."""
    solution.bleu(hypotheses, references, smoothing)  # it refuses what has to be refused
    matched, total, c, r = [0] * 4, [0] * 4, 0, 0
    for hypothesis, others in zip(hypotheses, references, strict=True):
        c, r = c + len(hypothesis), r + pick(len(hypothesis), [len(other) for other in others])
        for n in range(1, 5):
            counts = count(hypothesis, n)
            matched[n - 1] += match(counts, others, n)
            total[n - 1] += counts.total()
    if short:
        matched, total = matched[: 4 - total.count(0)], total[: 4 - total.count(0)]
    if not any(matched) and not (smooth_all and total[3]):
        return 0.0
    if not total[-1] or (smoothing == "none" and 0 in matched):
        return 0.0
    zeros, precisions = 0, []
    for right, of in zip(matched, total, strict=True):
        zeros += right == 0
        precisions.append((right or smooth(zeros)) / of)
    return 100 * penalty(c, r) * mean(precisions)


@mistake(
    of="bleu",
    en="It looks like matches are not clipped: a word that is repeated often enough matches every time.",
    zh="看起来没有截断匹配次数：一个词只要反复出现，每次都算匹配。",
    breaks="Matches are clipped within each hypothesis",
)
def forgets_to_clip(hypotheses, references, smoothing="exp"):
    def match(counts, others, n):
        known = set().union(*(ngrams(other, n) for other in others))
        return sum(count for gram, count in counts.items() if gram in known)

    return corpus(hypotheses, references, smoothing, match=match)


@mistake(
    of="bleu",
    en="It looks like the counts of several references are added up: an n-gram may count as often as in the one "
    "reference that has it most often.",
    zh="看起来把多条参考的次数加在了一起：一个 n 元组最多计入出现次数最多的那一条参考中的次数。",
)
def adds_up_references(hypotheses, references, smoothing="exp"):
    def match(counts, others, n):
        return (counts & sum((ngrams(other, n) for other in others), Counter())).total()

    return corpus(hypotheses, references, smoothing, match=match)


@mistake(
    of="bleu",
    en="It looks like only the first reference is asked for matches.",
    zh="看起来只用第一条参考来计匹配。",
)
def asks_the_first_reference(hypotheses, references, smoothing="exp"):
    return corpus(hypotheses, references, smoothing, match=lambda counts, others, n: clipped(counts, others[:1], n))


@mistake(
    of="bleu",
    en="It looks like each n-gram counts once, however often it stands in the hypothesis.",
    zh="看起来每个 n 元组无论在假设中出现几次都只算一次。",
)
def counts_kinds(hypotheses, references, smoothing="exp"):
    return corpus(hypotheses, references, smoothing, count=lambda text, n: Counter(set(ngrams(text, n))))


@mistake(
    of="bleu",
    en="It looks like BLEU is worked out for each hypothesis and then averaged: over a corpus the counts are added up "
    "first.",
    zh="看起来先对每条假设算 BLEU 再取平均：语料级 BLEU 要先把计数加起来。",
    breaks="The precision p_n is a quotient of two sums over all hypotheses",
)
def averages_sentences(hypotheses, references, smoothing="exp"):
    solution.bleu(hypotheses, references, smoothing)
    scores = [solution.bleu([one], [others], smoothing) for one, others in zip(hypotheses, references, strict=True)]
    return sum(scores) / len(scores)


@mistake(
    of="bleu",
    en="It looks like there is no brevity penalty: a text of four certain words would be perfect.",
    zh="看起来没有长度惩罚：只写四个有把握的词就成了满分。",
)
def no_brevity_penalty(hypotheses, references, smoothing="exp"):
    return corpus(hypotheses, references, smoothing, penalty=lambda c, r: 1.0)


@mistake(
    of="bleu",
    en="It looks like lengths are exchanged in the brevity penalty: short texts have to pay, not long ones.",
    zh="看起来长度惩罚里的两个长度弄反了：应当受罚的是太短的文本，而不是太长的。",
)
def penalises_long_texts(hypotheses, references, smoothing="exp"):
    return corpus(hypotheses, references, smoothing, penalty=lambda c, r: penalise(r, c))


@mistake(
    of="bleu",
    en="It looks like the brevity penalty is c / r instead of exp(1 - r / c).",
    zh="看起来长度惩罚用了 c / r，而不是 exp(1 - r / c)。",
)
def penalises_in_proportion(hypotheses, references, smoothing="exp"):
    return corpus(hypotheses, references, smoothing, penalty=lambda c, r: min(1.0, c / r))


@mistake(
    of="bleu",
    en="It looks like texts longer than their references get a bonus: the brevity penalty is never above 1.",
    zh="看起来比参考长的文本得到了奖励：长度惩罚永远不超过 1。",
    breaks="where c < r, otherwise 1",
)
def rewards_long_texts(hypotheses, references, smoothing="exp"):
    return corpus(hypotheses, references, smoothing, penalty=lambda c, r: math.exp(1 - r / c) if c else 0.0)


@mistake(
    of="bleu",
    en="It looks like the shortest reference gives the length, not the one that is closest.",
    zh="看起来参考长度取了最短的一条，而不是最接近的一条。",
)
def takes_the_shortest_reference(hypotheses, references, smoothing="exp"):
    return corpus(hypotheses, references, smoothing, pick=lambda size, sizes: min(sizes))


@mistake(
    of="bleu",
    en="It looks like of two lengths that are as close the longer one counts: it should be the shorter.",
    zh="看起来两个长度同样接近时取了较长的：应取较短的。",
    breaks="of two that are as close, the shorter",
)
def takes_the_longer_of_two(hypotheses, references, smoothing="exp"):
    return corpus(
        hypotheses, references, smoothing, pick=lambda size, sizes: min(sizes, key=lambda o: (abs(o - size), -o))
    )


@mistake(
    of="bleu",
    en="It looks like of two lengths that are as close the first one listed counts: it should be the shorter.",
    zh="看起来两个长度同样接近时取了先列出的：应取较短的。",
)
def takes_the_first_of_two(hypotheses, references, smoothing="exp"):
    return corpus(hypotheses, references, smoothing, pick=lambda size, sizes: min(sizes, key=lambda o: abs(o - size)))


@mistake(
    of="bleu",
    en="It looks like each short hypothesis is penalised, though others are longer: lengths are added up first.",
    zh="看起来每条过短的假设都受了罚，尽管另一些更长：应先把长度加起来。",
    breaks="With c tokens in all hypotheses and r in their references",
)
def penalises_each_text(hypotheses, references, smoothing="exp"):
    return corpus(hypotheses, references, smoothing, pick=lambda size, sizes: max(size, closest(size, sizes)))


@mistake(
    of="bleu",
    en="It looks like an empty hypothesis is left out: the length of its reference still counts.",
    zh="看起来忽略了空的假设：它的参考长度仍然要算。",
    breaks="A text may be empty",
)
def skips_empty_texts(hypotheses, references, smoothing="exp"):
    solution.bleu(hypotheses, references, smoothing)
    kept = [(one, others) for one, others in zip(hypotheses, references, strict=True) if one]
    return solution.bleu(*map(list, zip(*kept, strict=True)), smoothing) if kept else 0.0


@mistake(
    of="bleu",
    en="It looks like texts that have nothing in common are smoothed too: their BLEU is 0.",
    zh="看起来对毫无共同之处的文本也做了平滑：它们的 BLEU 为 0。",
    breaks="BLEU is 0 if no n-gram of any order matches",
)
def smooths_nothing_in_common(hypotheses, references, smoothing="exp"):
    return corpus(hypotheses, references, smoothing, smooth_all=True)


@mistake(
    of="bleu",
    en="It looks like orders longer than every hypothesis are left out: with fewer than 4 tokens each, BLEU is 0.",
    zh="看起来略去了比每条假设都长的阶：假设都不足 4 个词元时，BLEU 为 0。",
    breaks="if no hypothesis has as many as 4 tokens",
)
def leaves_out_long_orders(hypotheses, references, smoothing="exp"):
    return corpus(hypotheses, references, smoothing, short=True)


@mistake(
    of="bleu",
    en="It looks like BLEU is rounded: return the number as it is.",
    zh="看起来对 BLEU 做了舍入：请原样返回这个数。",
)
def rounds(hypotheses, references, smoothing="exp"):
    return round(solution.bleu(hypotheses, references, smoothing), 2)


@mistake(
    of="bleu",
    en="It looks like the four precisions are averaged: BLEU takes their geometric mean.",
    zh="看起来对四个精确率取了算术平均：BLEU 取几何平均。",
)
def takes_the_arithmetic_mean(hypotheses, references, smoothing="exp"):
    return corpus(hypotheses, references, smoothing, mean=lambda precisions: sum(precisions) / 4)


@mistake(
    of="bleu",
    en="It looks like every order without a match gets the same 1/2: with each the numerator is halved again.",
    zh="看起来每个没有匹配的阶都按 1/2 计：每多一个，分子都要再减半。",
    breaks="1/4 for the second",
)
def smooths_by_a_half_each_time(hypotheses, references, smoothing="exp"):
    return corpus(hypotheses, references, smoothing, smooth=lambda number: 0.5)


@mistake(
    of="bleu",
    en="It looks like 1 is added to the matches and to the n-grams of every order but the first (add-one smoothing): "
    "only a numerator of 0 is replaced here.",
    zh="看起来除第一阶外，每一阶的匹配数和 n 元组数都加了 1（加一平滑）：这里只替换为 0 的分子。",
)
def adds_one_everywhere(hypotheses, references, smoothing="exp"):
    kept = solution.bleu(hypotheses, references, smoothing)
    if smoothing == "none" or kept == 0:
        return kept
    c, r, product = 0, 0, 1.0
    for n in range(1, 5):
        matched = total = 0
        for hypothesis, others in zip(hypotheses, references, strict=True):
            counts = ngrams(hypothesis, n)
            matched, total = matched + clipped(counts, others, n), total + counts.total()
            if n == 1:
                c, r = c + len(hypothesis), r + closest(len(hypothesis), [len(other) for other in others])
        product *= (matched or 0.5) / total if n == 1 else (matched + 1) / (total + 1)
    return 100 * penalise(c, r) * product**0.25


@mistake(
    of="bleu",
    en="It looks like texts are smoothed though the caller asked for none.",
    zh="看起来调用者要求不平滑时也做了平滑。",
    breaks='with "none" BLEU is 0',
)
def always_smooths(hypotheses, references, smoothing="exp"):
    solution.bleu(hypotheses, references, smoothing)
    return solution.bleu(hypotheses, references, "exp")


@mistake(
    of="bleu",
    en="It looks like your BLEU goes from 0 to 1: here it is a number up to 100, as in papers.",
    zh="看起来你的 BLEU 在 0 到 1 之间：这里最大是 100，与论文中的写法一致。",
)
def from_zero_to_one(hypotheses, references, smoothing="exp"):
    return solution.bleu(hypotheses, references, smoothing) / 100


@mistake(
    of="bleu",
    en="It looks like a string is read character by character: a text that is a string is a TypeError.",
    zh="看起来把字符串按字符来读了：文本若是字符串，应抛出 TypeError。",
    breaks="TypeError: a hypothesis or a reference is a string instead of a list of tokens",
)
def reads_strings(hypotheses, references, smoothing="exp"):
    return solution.bleu(list(map(list, hypotheses)), [list(map(list, others)) for others in references], smoothing)


def rouge(hypothesis, references, score, key=lambda scored: scored[2]):
    """The best of the references by a score of (common, in hypothesis, in reference)."""
    scored = []
    for reference in references:
        common, one, other = score(hypothesis, reference)
        p, r = (common / one, common / other) if common else (0.0, 0.0)
        scored.append((p, r, 2 * p * r / (p + r) if common else 0.0))
    return max(scored, key=key)


def overlap_of(n):
    def score(hypothesis, reference):
        one, other = ngrams(hypothesis, n), ngrams(reference, n)
        return (one & other).total(), one.total(), other.total()

    return score


@mistake(
    of="rouge_n",
    en="It looks like precision and recall are exchanged: recall divides by the number in the reference.",
    zh="看起来精确率和召回率对调了：召回率除以参考中的个数。",
)
def exchanges_precision_and_recall(hypothesis, references, n):
    p, r, f = solution.rouge_n(hypothesis, references, n)
    return r, p, f


@mistake(
    of="rouge_n",
    en="It looks like sets of n-grams are compared: one that stands three times in both texts is common three times.",
    zh="看起来比较的是 n 元组的集合：在两边都出现三次的，应算共有三次。",
)
def compares_sets(hypothesis, references, n):
    solution.rouge_n(hypothesis, references, n)

    def score(hypothesis, reference):
        one, other = set(ngrams(hypothesis, n)), set(ngrams(reference, n))
        return len(one & other), len(one), len(other)

    return rouge(hypothesis, references, score)


@mistake(
    of="rouge_n",
    en="It looks like an n-gram of the hypothesis is common each time, even if the reference has it less often.",
    zh="看起来假设中的 n 元组每次出现都算共有，即使参考中没有那么多次。",
)
def does_not_clip(hypothesis, references, n):
    solution.rouge_n(hypothesis, references, n)

    def score(hypothesis, reference):
        one, other = ngrams(hypothesis, n), ngrams(reference, n)
        return sum(count for gram, count in one.items() if gram in other), one.total(), other.total()

    return rouge(hypothesis, references, score)


@mistake(
    of="rouge_n",
    en="It looks like n-grams of all lengths up to n are counted: only those of length n count.",
    zh="看起来把长度不超过 n 的所有 n 元组都算进去了：只应算长度恰好为 n 的。",
)
def counts_shorter_ones_too(hypothesis, references, n):
    solution.rouge_n(hypothesis, references, n)

    def score(hypothesis, reference):
        return [
            sum(column) for column in zip(*(overlap_of(m)(hypothesis, reference) for m in range(1, n + 1)), strict=True)
        ]

    return rouge(hypothesis, references, score)


@mistake(
    of="rouge_n",
    en="It looks like the reference with the best recall is taken: it is the one with the best F1.",
    zh="看起来取了召回率最高的参考：应取 F1 最高的。",
)
def picks_by_recall(hypothesis, references, n):
    solution.rouge_n(hypothesis, references, n)
    return rouge(hypothesis, references, overlap_of(n), key=lambda scored: scored[1])


@mistake(
    of="rouge_n",
    en="It looks like the best precision, the best recall and the best F1 come from different references: one "
    "reference gives all three.",
    zh="看起来最高的精确率、召回率和 F1 来自不同的参考：三个数应来自同一条。",
)
def mixes_references(hypothesis, references, n):
    solution.rouge_n(hypothesis, references, n)
    scored = [solution.rouge_n(hypothesis, [reference], n) for reference in references]
    return tuple(max(column) for column in zip(*scored, strict=True))


@mistake(
    of="rouge_n",
    en="It looks like of two references that are as good the last one counts: it should be the first.",
    zh="看起来两条参考一样好时取了后一条：应取第一条。",
    breaks="and of equals the first",
)
def takes_the_last_of_equals(hypothesis, references, n):
    return solution.rouge_n(hypothesis, references if isinstance(references, str) else references[::-1], n)


@mistake(
    of="rouge_n",
    en="It looks like F1 is the plain mean of precision and recall: it is 2 P R / (P + R).",
    zh="看起来 F1 取了精确率和召回率的算术平均：应当是 2 P R / (P + R)。",
)
def takes_the_plain_mean(hypothesis, references, n):
    solution.rouge_n(hypothesis, references, n)
    scored = [solution.rouge_n(hypothesis, [reference], n) for reference in references]
    return max(((p, r, (p + r) / 2) for p, r, _ in scored), key=lambda one: one[2])


@mistake(
    of="rouge_n",
    en="It looks like a string is read character by character: a text that is a string is a TypeError.",
    zh="看起来把字符串按字符来读了：文本若是字符串，应抛出 TypeError。",
)
def reads_a_string(hypothesis, references, n):
    return solution.rouge_n(list(hypothesis), [list(reference) for reference in references], n)


def lcs_by(length):
    return lambda hypothesis, reference: (length(hypothesis, reference), len(hypothesis), len(reference))


@mistake(
    of="rouge_l",
    en="It looks like you take the longest common run: in a subsequence there may be gaps.",
    zh="看起来取了最长的公共连续片段：子序列允许中间有间隔。",
)
def takes_a_run(hypothesis, references):
    solution.rouge_l(hypothesis, references)

    def length(one, other):
        best, row = 0, [0] * (len(other) + 1)
        for token in one:
            row = [0] + [row[j] + 1 if token == theirs else 0 for j, theirs in enumerate(other)]
            best = max(best, *row)
        return best

    return rouge(hypothesis, references, lcs_by(length))


@mistake(
    of="rouge_l",
    en="It looks like difflib's matching blocks are added up: it takes the longest run first, which need not belong "
    "to the longest subsequence.",
    zh="看起来把 difflib 的匹配块加了起来：它先取最长的连续片段，而这一段不一定属于最长的子序列。",
)
def adds_up_blocks(hypothesis, references):
    solution.rouge_l(hypothesis, references)

    def length(one, other):
        return sum(b.size for b in difflib.SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks())

    return rouge(hypothesis, references, lcs_by(length))


@mistake(
    of="rouge_l",
    en="It looks like the order of the tokens does not matter to you: a subsequence keeps it.",
    zh="看起来没有考虑词元的次序：子序列要保持次序。",
)
def forgets_the_order(hypothesis, references):
    solution.rouge_l(hypothesis, references)
    return rouge(hypothesis, references, overlap_of(1))


@mistake(
    of="rouge_l",
    en="It looks like each token takes the first place where it fits: the greedy choice is not always the longest.",
    zh="看起来每个词元都占用第一个合适的位置：贪心的选择不一定最长。",
)
def matches_greedily(hypothesis, references):
    solution.rouge_l(hypothesis, references)

    def length(one, other):
        found, place = 0, 0
        for token in one:
            if token in other[place:]:
                place = other.index(token, place) + 1
                found += 1
        return found

    return rouge(hypothesis, references, lcs_by(length))


@mistake(
    of="rouge_l",
    en="It looks like F weighs recall more (beta above 1), as in the first paper: here it is F1.",
    zh="看起来 F 更看重召回率（beta 大于 1），如最初的论文那样：这里用 F1。",
)
def weighs_recall(hypothesis, references):
    p, r, f = solution.rouge_l(hypothesis, references)
    return p, r, (1 + 1.2**2) * p * r / (r + 1.2**2 * p) if f else 0.0


@mistake(
    of="rouge_l",
    en="It looks like precision and recall are exchanged: recall divides by the length of the reference.",
    zh="看起来精确率和召回率对调了：召回率除以参考的长度。",
)
def exchanges_the_two(hypothesis, references):
    p, r, f = solution.rouge_l(hypothesis, references)
    return r, p, f


def sentences(text):
    """The pieces of a text between full stops, those left out."""
    pieces = [[]]
    for token in text:
        if token == ".":
            pieces.append([])
        else:
            pieces[-1].append(token)
    return pieces


@mistake(
    of="rouge_l",
    en="It looks like a full stop ends a sequence: here the whole text is one, and a full stop is a token.",
    zh="看起来句号会结束一个序列：这里整篇文本是一个序列，句号也是一个词元。",
    breaks="The text is one sequence, not cut into sentences",
)
def cuts_into_sentences(hypothesis, references):
    if not any("." in text for text in (hypothesis, *references)):
        return solution.rouge_l(hypothesis, references)

    def score(one, other):
        pieces = sentences(one)
        common = sum(max(solution._common(piece, theirs) for piece in pieces) for theirs in sentences(other))
        return common, sum(map(len, pieces)), sum(map(len, sentences(other)))

    return rouge(hypothesis, references, score)


def recursive(one, other, i, j, known):
    """The recurrence as it is written, remembered."""
    if i == len(one) or j == len(other):
        return 0
    if (i, j) not in known:
        if one[i] == other[j]:
            known[i, j] = 1 + recursive(one, other, i + 1, j + 1, known)
        else:
            known[i, j] = max(recursive(one, other, i + 1, j, known), recursive(one, other, i, j + 1, known))
    return known[i, j]


@mistake(
    of="rouge_l",
    en="It looks like your function calls itself once for each token: texts of a thousand tokens are too deep for "
    "Python. Fill a table row by row.",
    zh="看起来函数对每个词元递归一次：上千个词元对 Python 来说太深了。请逐行填表。",
    breaks="Texts may have a thousand tokens",
)
def recurses(hypothesis, references):
    solution.rouge_l(hypothesis, references)
    return rouge(hypothesis, references, lcs_by(lambda one, other: recursive(one, other, 0, 0, {})))
