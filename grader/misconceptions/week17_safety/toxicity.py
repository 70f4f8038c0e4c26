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
    en="It looks like you only lower the case: marks, invisible characters and other widths stay.",
    zh="看起来只转换了大小写：重音符号、不可见字符和全角字符都没有处理。",
)
def lowers_only(text):
    return normalised(text, shapes=str.casefold)


@mistake(
    of="normalise_text",
    en="It looks like you called `lower`; with `casefold` the German sharp s becomes ss.",
    zh="看起来调用的是 `lower`；用 `casefold` 才会把德语的 ß 展开成 ss。",
)
def lower_for_casefold(text):
    def plain(text):
        kept = [c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) not in ("Mn", "Me", "Cf")]
        return unicodedata.normalize("NFKC", "".join(kept)).lower()

    return normalised(text, shapes=plain)


@mistake(
    of="normalise_text",
    en="It looks like you remove every mark. Those of category Mc take up space, as the vowel signs of Hindi do: "
    "without them the word is another one.",
    zh="看起来所有标记（mark）都被去掉了。Mc 类标记占据位置，例如印地语的元音符号：去掉之后就成了另一个词。",
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
    en="It looks like NFKC comes before the marks are removed: composed letters such as é then keep their accents.",
    zh="看起来在去除组合符号之前就用了 NFKC：é 这样的合成字母会保留重音。",
)
def composes_first(text):
    def plain(text):
        kept = [c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) not in ("Mn", "Me", "Cf")]
        return "".join(kept).casefold()

    return normalised(text, shapes=plain)


@mistake(
    of="normalise_text",
    en="It looks like you decompose with NFD. With NFKD, an accent that stands alone comes apart too.",
    zh="看起来是用 NFD 分解的。用 NFKD 才能把独立的重音符号也分解开。",
)
def decomposes_canonically(text):
    def plain(text):
        kept = [c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) not in ("Mn", "Me", "Cf")]
        return unicodedata.normalize("NFKC", "".join(kept)).casefold()

    return normalised(text, shapes=plain)


@mistake(
    of="normalise_text",
    en="It looks like zero-width characters and soft hyphens (category Cf) stay in your text.",
    zh="看起来零宽字符和软连字符（类别 Cf）还留在文本里。",
)
def keeps_zero_width(text):
    def plain(text):
        kept = [c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) not in ("Mn", "Me")]
        return unicodedata.normalize("NFKC", "".join(kept)).casefold()

    return normalised(text, shapes=plain)


@mistake(
    of="normalise_text",
    en="It looks like the look-alike letters of other alphabets stay as they are.",
    zh="看起来没有处理其他字母表中的形似字母。",
)
def ignores_look_alikes(text):
    return normalised(text, look_alikes=str)


@mistake(
    of="normalise_text",
    en='It looks like you translate every digit and sign, also those in "100" and "wow!". Only runs between two '
    "letters count.",
    zh='看起来所有数字和符号都被翻译成了字母，连 "100" 和 "wow!" 中的也不例外。只有夹在两个字母之间的才算。',
)
def leet_everywhere(text):
    return normalised(text, leet=lambda text: text.translate(LEET))


@mistake(
    of="normalise_text",
    en='It looks like a letter on one side of a leet run is enough for you, so that "mp3" changes. There must be one '
    "on each side.",
    zh='看起来只要求一侧有字母，于是 "mp3" 也被改动了。两侧都必须是字母。',
)
def leet_at_the_edge(text):
    sign = f"[{re.escape(''.join(solution.LEET))}]+"
    run = re.compile(rf"(?<=[a-z]){sign}|{sign}(?=[a-z])")
    return normalised(text, leet=lambda text: run.sub(lambda found: found[0].translate(LEET), text))


@mistake(
    of="normalise_text",
    en='It looks like only a single digit or sign between two letters is undone, so that "id10t" stays. A run of them '
    "counts as well.",
    zh='看起来只还原了夹在两个字母之间的单个数字或符号，"id10t" 因此不变。连续几个的也要还原。',
    breaks="a run of keys of LEET",
)
def leet_one_by_one(text):
    sign = re.compile(rf"(?<=[a-z])[{re.escape(''.join(solution.LEET))}](?=[a-z])")
    return normalised(text, leet=lambda text: sign.sub(lambda found: solution.LEET[found[0]], text))


@mistake(
    of="normalise_text",
    en='It looks like you undo leet before you join spaced-out words: "i d 1 o t" then keeps its 1.',
    zh='看起来先还原了数字，后合并被拆开的单词："i d 1 o t" 中的 1 因此没有还原。',
)
def leet_too_early(text):
    return normalised(text, (shapes, look_alikes, leet, spaced_out, stretched, white_space))


@mistake(
    of="normalise_text",
    en="It looks like a stretched run keeps two of its letters; one should be left.",
    zh="看起来拉长的字母缩成了两个；应当只留一个。",
)
def stretched_to_two(text):
    def to_two(text):
        return solution.STRETCHED.sub(lambda run: 2 * run[1] if run[1].isalpha() else run[0], text)

    return normalised(text, stretched=to_two)


@mistake(
    of="normalise_text",
    en='It looks like you shrink every character, digits and punctuation too: "1000" becomes "10".',
    zh='看起来所有字符都被缩减了，包括数字和标点："1000" 变成了 "10"。',
)
def stretches_digits_too(text):
    return normalised(text, stretched=lambda text: re.sub(r"(.)\1{2,}", r"\1", text))


@mistake(
    of="normalise_text",
    en='It looks like you shrink doubled letters as well: "cool" becomes "col". Begin at three.',
    zh='看起来两个相同的字母也缩成了一个："cool" 变成了 "col"。应从连续三个开始缩。',
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
    en="It looks like you return the highest score that is precise enough. The lowest one flags more.",
    zh="看起来返回的是精确率足够的最高分数。应取最低的，它能标记更多文本。",
)
def highest_threshold(scores, labels, precision):
    scores, labels = np.asarray(scores), np.asarray(labels)
    solution.choose_threshold(scores, labels, precision)
    return float(max(s for s in scores if labels[scores >= s].mean() >= precision))


@mistake(
    of="choose_threshold",
    en="It looks like you stop at the first score that is not precise enough; a lower one can be precise enough again.",
    zh="看起来遇到第一个精确率不足的分数就停止了；更低的分数可能又满足要求。",
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
    en="It looks like texts with equal scores are counted one after another. No threshold can part them: count them "
    "together.",
    zh="看起来分数相同的文本是逐个计数的。没有阈值能把它们分开，应当一起计数。",
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
    en="It looks like you flag only scores above the threshold. Those equal to it are flagged too.",
    zh="看起来只标记了高于阈值的分数。等于阈值的也应标记。",
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
    en="It looks like you ask for more than `precision`. A threshold with exactly that precision is precise enough.",
    zh="看起来要求精确率大于 `precision`。恰好等于它的阈值就够了。",
    breaks="with precision at least `precision`",
)
def more_than_the_precision(scores, labels, precision):
    scores, labels = np.asarray(scores), np.asarray(labels)
    if scores.shape != labels.shape:
        raise ValueError
    enough = [s for s in scores if labels[scores >= s].mean() > precision]
    if not enough:
        raise ValueError
    return float(min(enough))


@mistake(
    of="choose_threshold",
    en="It looks like you computed recall, the share of toxic texts that are flagged. Precision is the share of "
    "toxic ones among the flagged.",
    zh="看起来算的是召回率（recall），即有害文本中被标记的比例。精确率是被标记文本中有害的比例。",
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
    en="It looks like `fit` normalises the texts and `score` does not: disguises get through.",
    zh="看起来 `fit` 做了规范化，`score` 却没有：伪装的文本会漏过去。",
)
class ScoresRawText(solution.ToxicFilter):
    def _own_scores(self, cleaned):
        return super()._own_scores(self.raw)

    def score(self, texts):
        self.raw = list(texts)
        return super().score(texts)


@mistake(
    of="ToxicFilter",
    en="It looks like `score` normalises the texts and `fit` does not: the filter learns other n-grams than it will "
    "see.",
    zh="看起来 `score` 做了规范化，`fit` 却没有：过滤器学到的 n-gram 与之后看到的不同。",
)
class FitsRawText(_Own):
    def fit(self, texts, labels):
        return self.fitted_on(texts, labels)


@mistake(
    of="ToxicFilter",
    en="It looks like the penalty is on the bias as well: the mean score is then drawn towards one half.",
    zh="看起来对偏置也做了正则化：平均分数因此被拉向 0.5。",
)
class PenalisesTheBias(_Own):
    def fit(self, texts, labels):
        return self.fitted_on(list(map(solution.normalise_text, texts)), labels, l2=solution.L2, bias="penalised")


@mistake(
    of="ToxicFilter",
    en="It looks like your classifier has no bias.",
    zh="看起来你的分类器没有偏置。",
)
class NoBias(_Own):
    def fit(self, texts, labels):
        return self.fitted_on(list(map(solution.normalise_text, texts)), labels, bias=False)


@mistake(
    of="ToxicFilter",
    en="It looks like you sum the losses of the texts; with the mean, the penalty counts as much as it should.",
    zh="看起来把各文本的损失相加了，正则项的作用因此过小。应取平均。",
)
class SumsTheLoss(_Own):
    def fit(self, texts, labels):
        return self.fitted_on(list(map(solution.normalise_text, texts)), labels, l2=solution.L2 / len(texts))


@mistake(
    of="ToxicFilter",
    en="It looks like your penalty is L2 * (w . w): the division by 2 is missing.",
    zh="看起来正则项写成了 L2 * (w . w)：漏掉了除以 2。",
)
class TwiceThePenalty(_Own):
    def fit(self, texts, labels):
        return self.fitted_on(list(map(solution.normalise_text, texts)), labels, l2=2 * solution.L2)


@mistake(
    of="ToxicFilter",
    en="It looks like you return the probability that a text is harmless. The score says how likely it is toxic.",
    zh="看起来返回的是文本无害的概率。分数应表示有害的概率。",
)
class ScoresHarmless(solution.ToxicFilter):
    def _own_scores(self, cleaned):
        return 1 - super()._own_scores(cleaned)

    def _foreign_scores(self, cleaned):
        return 1 - super()._foreign_scores(cleaned)


@mistake(
    of="ToxicFilter",
    en="It looks like you take the classifier's score as it is, whichever label it belongs to. Under another label, "
    "the toxic one has 1 - score.",
    zh="看起来直接取了分类器给出的分数，没有看它属于哪个标签。若是另一个标签，有害的概率应为 1 - score。",
)
class TakesTheWinnersScore(solution.ToxicFilter):
    def _foreign_scores(self, cleaned):
        return np.array([answer["score"] for answer in self.classifier(cleaned)])


@mistake(
    of="ToxicFilter",
    en="It looks like the classifier that was plugged in gets the raw texts. Normalise them for it as well.",
    zh="看起来交给接入的分类器的是未规范化的文本。给它的文本也要先规范化。",
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
    en="It looks like a text passes when its score is exactly the threshold. It may pass only below it.",
    zh="看起来分数恰好等于阈值时放行了。只有低于阈值才能放行。",
)
class PassesAtTheThreshold(solution.ToxicFilter):
    def check(self, text):
        score = self.score([text])[0]
        return (True, text) if score <= self.threshold else super().check(text)


@mistake(
    of="ToxicFilter",
    en="It looks like you return the normalised text. A text that passes comes back as it was given.",
    zh="看起来返回的是规范化后的文本。放行的文本应原样返回。",
)
class ReturnsNormalisedText(solution.ToxicFilter):
    def check(self, text):
        safe, answer = super().check(text)
        return safe, solution.normalise_text(answer) if safe else answer


@mistake(
    of="ToxicFilter",
    en="It looks like you score empty texts like any other, so that the bias alone decides. Where nothing is left, "
    "the score is 0.",
    zh="看起来空文本也像普通文本那样打分，于是只由偏置决定。什么也不剩时应得 0 分。",
)
class ScoresEmptyText(solution.ToxicFilter):
    def score(self, texts):
        if self.classifier is None and self.weights is None:
            raise RuntimeError
        cleaned = [solution.normalise_text(text) for text in texts]
        if not cleaned:
            return np.zeros(0)
        return self._own_scores(cleaned) if self.classifier is None else self._foreign_scores(cleaned)
