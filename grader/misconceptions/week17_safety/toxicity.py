"""Known mistakes of week 17, toxicity."""

import re
import unicodedata

import numpy as np
import toxicity as solution

from grader.mistakes import mistake

LOOK_ALIKES = str.maketrans(solution.LOOK_ALIKES)
LEET = str.maketrans(solution.LEET)


def shapes(text):
    return solution._plain_shapes(text)


def look_alikes(text):
    return text.translate(LOOK_ALIKES)


def spaced_out(text):
    return solution.join_spaced_out(text)


def leet(text):
    return solution.DISGUISED.sub(lambda run: run[0].translate(LEET), text)


def stretched(text):
    return solution.STRETCHED.sub(lambda run: run[1] if run[1].isalpha() else run[0], text)


def white_space(text):
    return " ".join(text.split())


STEPS = (shapes, look_alikes, spaced_out, leet, stretched, white_space)


def normalised(text, steps=STEPS, **instead):
    """Run the steps, some of them replaced by name."""
    for step in steps:
        text = instead.get(step.__name__, step)(text)
    return text


# ---- normalise_text


@mistake(
    of="normalise_text",
    en="Your answer equals the one that only lowers the case: marks, invisible characters and other widths stay.",
    zh="你的结果等于只转换大小写时的结果：重音符号、不可见字符和全角字符都没有处理。",
)
def lowers_only(text):
    return normalised(text, shapes=str.casefold)


@mistake(
    of="normalise_text",
    en="Your answer equals the one with `lower` in the place of `casefold`: the German sharp s keeps its letter.",
    zh="你的结果等于用 `lower` 代替 `casefold` 时的结果：德语的 ß 没有展开。",
)
def lower_for_casefold(text):
    def plain(text):
        kept = [c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) not in ("Mn", "Me", "Cf")]
        return unicodedata.normalize("NFKC", "".join(kept)).lower()

    return normalised(text, shapes=plain)


@mistake(
    of="normalise_text",
    en="Your answer equals the one that removes every mark. Those of category Mc take up space, as the vowel signs of "
    "Hindi do: without them the word is another one.",
    zh="你的结果等于去掉所有标记（mark）时的结果。Mc 类标记占据位置，例如印地语的元音符号：去掉之后就成了另一个词。",
    breaks="remove every character of category Mn, Me (combining marks) or Cf",
)
def removes_every_mark(text):
    def plain(text):
        kept = [
            c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) not in ("Mn", "Mc", "Me", "Cf")
        ]
        return unicodedata.normalize("NFKC", "".join(kept)).casefold()

    return normalised(text, shapes=plain)


@mistake(
    of="normalise_text",
    en="It looks like words that were taken apart stay apart: call join_spaced_out, as step 3 says.",
    zh="看起来被拆开的词没有合起来：请按第 3 步调用 join_spaced_out。",
    breaks="what `join_spaced_out` of the given module `disguises` makes of the text",
)
def leaves_words_apart(text):
    return normalised(text, spaced_out=str)


@mistake(
    of="normalise_text",
    en="Your answer equals the one with NFKC before the marks are removed: composed letters such as é stay.",
    zh="你的结果等于在去除组合符号之前用 NFKC 时的结果：é 这样的合成字母保留了重音。",
)
def composes_first(text):
    def plain(text):
        kept = [c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) not in ("Mn", "Me", "Cf")]
        return "".join(kept).casefold()

    return normalised(text, shapes=plain)


@mistake(
    of="normalise_text",
    en="Your answer equals the one that decomposes with NFD instead of NFKD: an accent that stands alone stays.",
    zh="你的结果等于用 NFD 而不是 NFKD 分解时的结果：独立的重音符号没有被去掉。",
)
def decomposes_canonically(text):
    def plain(text):
        kept = [c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) not in ("Mn", "Me", "Cf")]
        return unicodedata.normalize("NFKC", "".join(kept)).casefold()

    return normalised(text, shapes=plain)


@mistake(
    of="normalise_text",
    en="Your answer equals the one that keeps zero-width characters and soft hyphens (category Cf).",
    zh="你的结果等于保留零宽字符和软连字符（类别 Cf）时的结果。",
)
def keeps_zero_width(text):
    def plain(text):
        kept = [c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) not in ("Mn", "Me")]
        return unicodedata.normalize("NFKC", "".join(kept)).casefold()

    return normalised(text, shapes=plain)


@mistake(
    of="normalise_text",
    en="Your answer equals the one without the look-alike letters of other alphabets.",
    zh="你的结果等于没有处理其他字母表中形似字母时的结果。",
)
def ignores_look_alikes(text):
    return normalised(text, look_alikes=str)


@mistake(
    of="normalise_text",
    en='Your answer equals the one that translates every digit and sign, also those in "100" and "wow!".',
    zh='你的结果等于把所有数字和符号都翻译成字母时的结果，连 "100" 和 "wow!" 中的也不例外。',
)
def leet_everywhere(text):
    return normalised(text, leet=lambda text: text.translate(LEET))


@mistake(
    of="normalise_text",
    en='Your answer equals the one that asks for a letter on one side of a leet run only, so that "mp3" changes.',
    zh='你的结果等于只要求一侧有字母时的结果，于是 "mp3" 也被改动了。',
)
def leet_at_the_edge(text):
    run = re.compile(rf"(?<=[a-z])[{solution._LEET}]+|[{solution._LEET}]+(?=[a-z])")
    return normalised(text, leet=lambda text: run.sub(lambda found: found[0].translate(LEET), text))


@mistake(
    of="normalise_text",
    en='Your answer equals the one that undoes leet before it joins spaced-out words: "i d 1 o t" keeps its 1.',
    zh='你的结果等于先还原数字、后合并被拆开的单词时的结果："i d 1 o t" 中的 1 没有还原。',
)
def leet_too_early(text):
    return normalised(text, (shapes, look_alikes, leet, spaced_out, stretched, white_space))


@mistake(
    of="normalise_text",
    en="Your answer equals the one that leaves two letters of a stretched run, not one.",
    zh="你的结果等于把拉长的字母缩成两个而不是一个时的结果。",
)
def stretched_to_two(text):
    def to_two(text):
        return solution.STRETCHED.sub(lambda run: 2 * run[1] if run[1].isalpha() else run[0], text)

    return normalised(text, stretched=to_two)


@mistake(
    of="normalise_text",
    en='Your answer equals the one that shrinks every character, digits and punctuation too: "1000" becomes "10".',
    zh='你的结果等于对所有字符都做缩减时的结果，包括数字和标点："1000" 变成了 "10"。',
)
def stretches_digits_too(text):
    return normalised(text, stretched=lambda text: re.sub(r"(.)\1{2,}", r"\1", text))


@mistake(
    of="normalise_text",
    en='Your answer equals the one that shrinks doubled letters as well: "cool" becomes "col".',
    zh='你的结果等于把两个相同的字母也缩成一个时的结果："cool" 变成了 "col"。',
)
def shrinks_doubled(text):
    return normalised(text, stretched=lambda text: re.sub(r"([^\W\d_])\1+", r"\1", text))


@mistake(
    of="normalise_text",
    en="Your answer is right, but the time grows with the square of the length: after each change it starts again.",
    zh="你的结果正确，但时间随长度的平方增长：每改动一处就从头再来。",
    only="speed",
)
def starts_again_after_each_change(text):
    def one_at_a_time(text):
        while run := next((run for run in solution.STRETCHED.finditer(text) if run[1].isalpha()), None):
            text = text[: run.start()] + run[1] + text[run.end() :]
        return text

    return normalised(text, stretched=one_at_a_time)


# ---- choose_threshold


@mistake(
    of="choose_threshold",
    en="Your answer equals the highest score that is precise enough; the lowest one flags more.",
    zh="你的结果等于精确率足够的最高分数；应取最低的，它能标记更多文本。",
)
def highest_threshold(scores, labels, precision):
    scores, labels = np.asarray(scores), np.asarray(labels)
    solution.choose_threshold(scores, labels, precision)
    return float(max(s for s in scores if labels[scores >= s].mean() >= precision))


@mistake(
    of="choose_threshold",
    en="Your answer equals the one that stops at the first score that is not precise enough; a lower one can be again.",
    zh="你的结果等于遇到第一个精确率不足的分数就停止时的结果；更低的分数可能又满足要求。",
)
def stops_at_the_first_failure(scores, labels, precision):
    scores, labels = np.asarray(scores), np.asarray(labels)
    if scores.shape != labels.shape:
        raise ValueError
    best = None
    for threshold in sorted(set(scores.tolist()), reverse=True):
        if labels[scores >= threshold].mean() < precision:
            break
        best = threshold
    if best is None:
        raise ValueError
    return best


@mistake(
    of="choose_threshold",
    en="Your answer equals the one that counts texts with equal scores one after another instead of together.",
    zh="你的结果等于把分数相同的文本逐个计数而不是一起计数时的结果。",
)
def splits_ties(scores, labels, precision):
    scores, labels = np.asarray(scores), np.asarray(labels)
    if scores.shape != labels.shape:
        raise ValueError
    order = np.argsort(-scores, kind="stable")
    reached = np.cumsum(labels[order]) / np.arange(1, len(order) + 1)
    enough = scores[order][reached >= precision]
    if len(enough) == 0:
        raise ValueError
    return float(enough[-1])


@mistake(
    of="choose_threshold",
    en="Your answer equals the one that flags only scores above the threshold, not those equal to it.",
    zh="你的结果等于只标记高于阈值的分数、不含等于阈值的分数时的结果。",
)
def flags_above(scores, labels, precision):
    scores, labels = np.asarray(scores), np.asarray(labels)
    if scores.shape != labels.shape:
        raise ValueError
    enough = [s for s in scores if (scores > s).any() and labels[scores > s].mean() >= precision]
    if not enough:
        raise ValueError
    return float(min(enough))


@mistake(
    of="choose_threshold",
    en="Your answer equals the one for recall: the share of toxic texts that are flagged, not the reverse.",
    zh="你的结果等于按召回率（recall）计算时的结果：那是有害文本中被标记的比例，而不是被标记文本中有害的比例。",
)
def recall_for_precision(scores, labels, precision):
    scores, labels = np.asarray(scores), np.asarray(labels)
    if scores.shape != labels.shape:
        raise ValueError
    return float(max(s for s in scores if labels[scores >= s].sum() >= precision * labels.sum()))


# ---- ToxicFilter


class _Own(solution.ToxicFilter):
    """The solution with its two ways of scoring open for change."""

    def fitted_on(self, texts, labels, l2=solution.L2, bias=True):
        if self.classifier is not None:
            raise RuntimeError
        if len(texts) != len(labels) or set(map(int, labels)) != {0, 1}:
            raise ValueError
        features = solution.hashed_ngrams(texts)
        column = np.full((len(features), 1), 1.0)
        x, labels = np.hstack([features, column]), np.asarray(labels, dtype=float)
        penalty = np.append(np.full(features.shape[1], l2), l2 if bias == "penalised" else 0.0)
        x = x if bias else np.hstack([features, 0 * column])

        def loss(w):
            logits = x @ w
            error = (solution._sigmoid(logits) - labels) / len(labels)
            value = np.mean(np.logaddexp(0, logits) - labels * logits) + penalty @ w**2 / 2
            return value, x.T @ error + penalty * w

        options = {"gtol": 1e-8, "ftol": 0.0}
        found = solution.minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", options=options).x
        self.weights, self.bias = found[:-1], float(found[-1])
        return self


@mistake(
    of="ToxicFilter",
    en="Your answer equals the one that normalises texts in `fit` but not in `score`: disguises get through.",
    zh="你的结果等于只在 `fit` 中规范化、`score` 中没有规范化时的结果：伪装的文本会漏过去。",
)
class ScoresRawText(solution.ToxicFilter):
    def _own_scores(self, cleaned):
        return super()._own_scores(self.raw)

    def score(self, texts):
        self.raw = list(texts)
        return super().score(texts)


@mistake(
    of="ToxicFilter",
    en="Your answer equals the one that normalises in `score` but not in `fit`: it learns other n-grams than it sees.",
    zh="你的结果等于只在 `score` 中规范化、`fit` 中没有规范化时的结果：学到的 n-gram 与之后看到的不同。",
)
class FitsRawText(_Own):
    def fit(self, texts, labels):
        return self.fitted_on(texts, labels)


@mistake(
    of="ToxicFilter",
    en="Your answer equals the one with a penalty on the bias: the mean score is drawn towards one half.",
    zh="你的结果等于对偏置也做正则化时的结果：平均分数被拉向 0.5。",
)
class PenalisesTheBias(_Own):
    def fit(self, texts, labels):
        return self.fitted_on(list(map(solution.normalise_text, texts)), labels, l2=solution.L2, bias="penalised")


@mistake(
    of="ToxicFilter",
    en="Your answer equals the one without a bias.",
    zh="你的结果等于没有偏置时的结果。",
)
class NoBias(_Own):
    def fit(self, texts, labels):
        return self.fitted_on(list(map(solution.normalise_text, texts)), labels, bias=False)


@mistake(
    of="ToxicFilter",
    en="Your answer equals the one with the losses summed instead of averaged: the penalty counts too little.",
    zh="你的结果等于把各文本的损失相加而不是取平均时的结果：正则项的作用过小。",
)
class SumsTheLoss(_Own):
    def fit(self, texts, labels):
        return self.fitted_on(list(map(solution.normalise_text, texts)), labels, l2=solution.L2 / len(texts))


@mistake(
    of="ToxicFilter",
    en="Your answer equals the one with L2 * (w . w) as the penalty, without the division by 2.",
    zh="你的结果等于用 L2 * (w . w) 作为正则项、没有除以 2 时的结果。",
)
class TwiceThePenalty(_Own):
    def fit(self, texts, labels):
        return self.fitted_on(list(map(solution.normalise_text, texts)), labels, l2=2 * solution.L2)


@mistake(
    of="ToxicFilter",
    en="Your answer equals the probability that a text is harmless, not that it is toxic.",
    zh="你的结果等于文本无害的概率，而不是有害的概率。",
)
class ScoresHarmless(solution.ToxicFilter):
    def _own_scores(self, cleaned):
        return 1 - super()._own_scores(cleaned)

    def _foreign_scores(self, cleaned):
        return 1 - super()._foreign_scores(cleaned)


@mistake(
    of="ToxicFilter",
    en="Your answer equals the classifier's own score, whichever label it belongs to.",
    zh="你的结果等于分类器给出的分数，而没有看它属于哪个标签。",
)
class TakesTheWinnersScore(solution.ToxicFilter):
    def _foreign_scores(self, cleaned):
        return np.array([answer["score"] for answer in self.classifier(cleaned)])


@mistake(
    of="ToxicFilter",
    en="Your answer equals the one that hands raw texts to the classifier that was plugged in.",
    zh="你的结果等于把未规范化的文本交给接入的分类器时的结果。",
)
class HandsOnRawText(solution.ToxicFilter):
    def _foreign_scores(self, cleaned):
        return super()._foreign_scores(self.raw)

    def score(self, texts):
        self.raw = list(texts)
        return super().score(texts)


@mistake(
    of="ToxicFilter",
    en="Your filter leaves out the texts of which nothing is left when it calls the classifier that was plugged in, "
    "which is to see all of them.",
    zh="调用接入的分类器时，你的过滤器漏掉了规范化后什么也不剩的文本；分类器应当看到全部文本。",
    breaks="which sees all of them in one call",
)
class LeavesOutEmptyTexts(solution.ToxicFilter):
    def _foreign_scores(self, cleaned):
        full = [text for text in cleaned if text]
        scores = iter(super()._foreign_scores(full) if full else [])
        return np.array([next(scores) if text else 0.0 for text in cleaned])


@mistake(
    of="ToxicFilter",
    en="Your answer equals the one that lets a text pass whose score is exactly the threshold.",
    zh="你的结果等于分数恰好等于阈值时放行的结果。",
)
class PassesAtTheThreshold(solution.ToxicFilter):
    def check(self, text):
        score = self.score([text])[0]
        return (True, text) if score <= self.threshold else super().check(text)


@mistake(
    of="ToxicFilter",
    en="Your answer equals the one that returns the normalised text instead of the text as it was given.",
    zh="你的结果等于返回规范化后的文本而不是原文本时的结果。",
)
class ReturnsNormalisedText(solution.ToxicFilter):
    def check(self, text):
        safe, answer = super().check(text)
        return safe, solution.normalise_text(answer) if safe else answer


@mistake(
    of="ToxicFilter",
    en="Your answer equals the one that scores empty texts like any other: the bias alone decides.",
    zh="你的结果等于把空文本当作普通文本打分时的结果：只由偏置决定。",
)
class ScoresEmptyText(solution.ToxicFilter):
    def score(self, texts):
        if self.classifier is None and self.weights is None:
            raise RuntimeError
        cleaned = [solution.normalise_text(text) for text in texts]
        if not cleaned:
            return np.zeros(0)
        return self._own_scores(cleaned) if self.classifier is None else self._foreign_scores(cleaned)
