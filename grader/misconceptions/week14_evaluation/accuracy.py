"""Known mistakes of week 14, accuracy."""

import math
import re
import string
import unicodedata

import accuracy as solution

from grader.mistakes import mistake


def refuse(n, c, k):
    if not 0 <= c <= n or not 1 <= k <= n:
        raise ValueError("arguments")


@mistake(
    of="pass_at_k",
    en="It looks like 1 - (1 - c/n)^k: that draws with replacement, and is too small on average.",
    zh="看起来用了 1 - (1 - c/n)^k：那是有放回的抽取，平均来说偏小。",
    breaks="without putting any back",
)
def puts_back(n, c, k):
    refuse(n, c, k)
    return -math.expm1(k * math.log1p(-c / n)) if c < n else 1.0


@mistake(
    of="pass_at_k",
    en="It looks like all k samples have to be right: one of them is enough.",
    zh="看起来要求 k 个样本全部正确：有一个就够了。",
)
def wants_all_of_them(n, c, k):
    refuse(n, c, k)
    return math.comb(c, k) / math.comb(n, k)


@mistake(
    of="pass_at_k",
    en="It looks like k does not matter: your answer is c / n, which is pass@1.",
    zh="看起来没有用到 k：你的结果是 c / n，也就是 pass@1。",
)
def forgets_k(n, c, k):
    refuse(n, c, k)
    return c / n


@mistake(
    of="pass_at_k",
    en="It looks like the expected number of right ones among k, cut at 1: asked for is the chance of at least one.",
    zh="看起来算的是 k 个样本中正确个数的期望，再截断到 1：要算的是至少有一个正确的概率。",
)
def expects_how_many(n, c, k):
    refuse(n, c, k)
    return min(1.0, k * c / n)


@mistake(
    of="pass_at_k",
    en="It looks like binomials are computed as floats: with a thousand samples they overflow.",
    zh="看起来用浮点数计算组合数：样本上千时就溢出了。",
    breaks="The relative error is below 1e-9 for every n up to 100,000",
)
def overflows(n, c, k):
    refuse(n, c, k)

    def binomial(n, k):
        product = 1.0
        for i in range(min(k, n - k)):
            product = product * (n - i) / (i + 1)
        return product if k <= n else 0.0

    return 1 - binomial(n - c, k) / binomial(n, k)


@mistake(
    of="pass_at_k",
    en="It looks like k = n - c is already taken for certain: all wrong samples are one possible choice then. Only a k "
    "above n - c leaves no choice without a right one.",
    zh="看起来 k = n - c 时就算必然包含正确的：这时仍可能恰好选中全部错误的样本。k 大于 n - c 时才一定包含。",
)
def certain_too_early(n, c, k):
    found = solution.pass_at_k(n, c, k)
    return 1.0 if n - c <= k else found


@mistake(
    of="pass_at_k",
    en="It looks like a k above n is let through: nobody can choose more samples than there are.",
    zh="看起来放过了大于 n 的 k：选出的样本不可能比现有的多。",
    breaks="`k` is not between 1 and `n`",
)
def allows_more_than_there_are(n, c, k):
    return solution.pass_at_k(n, c, min(n, k))


def choose(logprobs, lengths, answers, score, pick=lambda s: s.argmax(1)):
    """The accuracy of choosing by another score."""
    solution.choice_accuracy(logprobs, lengths, answers)
    return (pick(score) == answers).double().mean().item()


def last_of_equals(scores):
    return scores.shape[1] - 1 - scores.flip(1).argmax(1)


@mistake(
    of="choice_accuracy",
    en="It looks like the two accuracies are exchanged: raw comes first.",
    zh="看起来两个准确率的次序反了：原始的在前。",
)
def exchanges_the_two(logprobs, lengths, answers):
    return solution.choice_accuracy(logprobs, lengths, answers)[::-1]


@mistake(
    of="choice_accuracy",
    en="It looks like the lengths play no part: the second accuracy chooses by logprob / length.",
    zh="看起来没有用到长度：第二个准确率应按 logprob / length 来选。",
    breaks="normalised the one with the largest logprob / length",
)
def ignores_the_lengths(logprobs, lengths, answers):
    raw, _ = solution.choice_accuracy(logprobs, lengths, answers)
    return raw, raw


@mistake(
    of="choice_accuracy",
    en="It looks like logprobs are multiplied by the lengths: divide by them.",
    zh="看起来把对数概率乘以了长度：应当相除。",
)
def multiplies(logprobs, lengths, answers):
    raw, _ = solution.choice_accuracy(logprobs, lengths, answers)
    return raw, choose(logprobs, lengths, answers, logprobs.double() * lengths)


@mistake(
    of="choice_accuracy",
    en="It looks like probabilities are divided by the lengths, not log-probabilities.",
    zh="看起来被除的是概率，而不是对数概率。",
)
def divides_probabilities(logprobs, lengths, answers):
    raw, _ = solution.choice_accuracy(logprobs, lengths, answers)
    return raw, choose(logprobs, lengths, answers, logprobs.double().exp() / lengths)


@mistake(
    of="choice_accuracy",
    en="It looks like of equal choices the last one is taken: it is the first.",
    zh="看起来一样好的选项取了最后一个：应取第一个。",
)
def takes_the_last(logprobs, lengths, answers):
    solution.choice_accuracy(logprobs, lengths, answers)  # it refuses what has to be refused
    scores = logprobs.double()
    return tuple(choose(logprobs, lengths, answers, s, last_of_equals) for s in (scores, scores / lengths))


@mistake(
    of="choice_accuracy",
    en="It looks like the right choice wins a tie: a model that cannot decide would then be right every time.",
    zh="看起来平局时算正确选项胜出：那样，拿不定主意的模型总是对的。",
    breaks="Of equals the first is taken",
)
def gives_ties_to_the_right_one(logprobs, lengths, answers):
    solution.choice_accuracy(logprobs, lengths, answers)
    scores = logprobs.double()
    return tuple(
        (s.gather(1, answers[:, None]).squeeze(1) == s.amax(1)).double().mean().item()
        for s in (scores, scores / lengths)
    )


@mistake(
    of="choice_accuracy",
    en="It looks like you divide in the dtype of the logprobs: in half precision different choices become equal.",
    zh="看起来用对数概率自己的 dtype 相除：半精度下，不同的选项会变得相等。",
    breaks="computed in float64",
)
def divides_in_half_precision(logprobs, lengths, answers):
    raw, _ = solution.choice_accuracy(logprobs, lengths, answers)
    return raw, choose(logprobs, lengths, answers, logprobs / lengths)


@mistake(
    of="choice_accuracy",
    en="It looks like the number of right questions is returned: an accuracy is a share.",
    zh="看起来返回的是答对的题数：准确率是比例。",
)
def counts_questions(logprobs, lengths, answers):
    return tuple(share * len(answers) for share in solution.choice_accuracy(logprobs, lengths, answers))


@mistake(
    of="choice_accuracy",
    en="It looks like NaN gets through: `nan > 0` is False, and argmax then takes the NaN.",
    zh="看起来放过了 NaN：`nan > 0` 为 False，而 argmax 会选中 NaN。",
    breaks="a logprob is NaN or above 0",
)
def lets_nan_through(logprobs, lengths, answers):
    return solution.choice_accuracy(logprobs.nan_to_num(nan=-1.0, neginf=float("-inf")), lengths, answers)


@mistake(
    of="choice_accuracy",
    en="It looks like a negative answer gets through: -1 is not the number of a choice.",
    zh="看起来放过了负数的答案：-1 不是任何选项的编号。",
    breaks="an answer is not the number of a choice",
)
def lets_negative_answers_through(logprobs, lengths, answers):
    fits = answers.shape == logprobs.shape[:1]
    return solution.choice_accuracy(logprobs, lengths, answers.clamp(min=0) if fits else answers)


def normalise(
    text, *, nfkc=True, lower=str.lower, delete=solution._is_punctuation, instead="", articles=True, keep_last=True,
    join=None,
):  # fmt: skip
    """The normalisation with one step exchanged."""
    text = unicodedata.normalize("NFKC", text) if nfkc else text
    text = lower(text)
    words = "".join(instead if delete(text, place) else letter for place, letter in enumerate(text)).split()
    if articles:
        left = [word for word in words if word not in ("a", "an", "the")]
        words = left or words if keep_last else left
    if join is not None:
        return join.join(words)
    return re.sub("(?<=[\u4e00-\u9fff]) | (?=[\u4e00-\u9fff])", "", " ".join(words))


def always(text, place):
    letter = text[place]
    return letter in string.punctuation or unicodedata.category(letter).startswith("P")


@mistake(
    of="normalise_answer",
    en="It looks like full-width letters and digits stay as they are: NFKC makes them plain ones.",
    zh="看起来全角的字母和数字保持原样：NFKC 会把它们变成半角。",
)
def keeps_full_width(text):
    return normalise(text, nfkc=False)


@mistake(
    of="normalise_answer",
    en="It looks like str.casefold is used, which turns ß into ss: the contract says str.lower.",
    zh="看起来用了 str.casefold，它会把 ß 变成 ss：约定用 str.lower。",
    breaks="`str.lower`",
)
def folds_case(text):
    return normalise(text, lower=str.casefold)


@mistake(
    of="normalise_answer",
    en="It looks like capitals stay: call str.lower.",
    zh="看起来大写保持原样：应调用 str.lower。",
)
def keeps_capitals(text):
    return normalise(text, lower=str)


@mistake(
    of="normalise_answer",
    en="It looks like only string.punctuation is deleted: Chinese punctuation stays.",
    zh="看起来只删了 string.punctuation 中的符号：中文标点还在。",
)
def knows_english_punctuation_only(text):
    return normalise(
        text, delete=lambda text, place: text[place] in string.punctuation and solution._is_punctuation(text, place)
    )


@mistake(
    of="normalise_answer",
    en="It looks like signs such as $ and + stay: they are in string.punctuation, though Unicode calls them symbols.",
    zh="看起来 $、+ 等符号还在：它们属于 string.punctuation，虽然 Unicode 把它们归为符号。",
)
def keeps_symbols(text):
    return normalise(
        text,
        delete=lambda text, place: (
            unicodedata.category(text[place]).startswith("P") and solution._is_punctuation(text, place)
        ),
    )


@mistake(
    of="normalise_answer",
    en='It looks like punctuation becomes a space: "isn\'t" would be two words.',
    zh='看起来标点变成了空格："isn\'t" 会成为两个词。',
    breaks="punctuation is deleted and leaves no space",
)
def leaves_spaces(text):
    return normalise(text, instead=" ")


@mistake(
    of="normalise_answer",
    en="It looks like the decimal point is deleted: 3.5 becomes 35.",
    zh="看起来小数点被删掉了：3.5 变成了 35。",
)
def deletes_the_decimal_point(text):
    return normalise(
        text,
        delete=lambda text, place: always(text, place) if text[place] == "." else solution._is_punctuation(text, place),
    )


@mistake(
    of="normalise_answer",
    en="It looks like the sign of a number is deleted: -5 becomes 5.",
    zh="看起来负号被删掉了：-5 变成了 5。",
)
def deletes_the_sign(text):
    return normalise(
        text,
        delete=lambda text, place: always(text, place) if text[place] == "-" else solution._is_punctuation(text, place),
    )


@mistake(
    of="normalise_answer",
    en='It looks like every "-" before a digit stays: behind a letter or a digit it is a hyphen.',
    zh="看起来数字前的 “-” 都保留了：在字母或数字后面时它是连字符。",
    breaks="unless one of a to z or a digit stands before it",
)
def keeps_hyphens(text):
    return normalise(
        text,
        delete=lambda text, place: (
            solution._is_punctuation(text, place)
            and not (text[place] == "-" and text[place + 1 : place + 2] in tuple(string.digits))
        ),
    )


@mistake(
    of="normalise_answer",
    en='It looks like articles are deleted even if nothing else is left: the choice "A" becomes empty.',
    zh='看起来没有别的词时也删去了冠词：选项 "A" 变成了空。',
    breaks="unless no other word is left",
)
def empties_the_choice_a(text):
    return normalise(text, keep_last=False)


@mistake(
    of="normalise_answer",
    en="It looks like articles stay: a duck and the duck are the same answer.",
    zh="看起来没有删去冠词：a duck 和 the duck 是同一个答案。",
)
def keeps_articles(text):
    return normalise(text, articles=False)


@mistake(
    of="normalise_answer",
    en="It looks like Chinese is still cut by spaces: none stands next to a Chinese character.",
    zh="看起来中文里还留着空格：汉字旁边不应有空格。",
)
def keeps_spaces_in_chinese(text):
    return normalise(text, join=" ")


@mistake(
    of="normalise_answer",
    en="It looks like a space goes only between two Chinese characters: one of them beside it is enough.",
    zh="看起来只删去了两个汉字之间的空格：只要有一边是汉字就应删去。",
)
def keeps_spaces_beside_english(text):
    return re.sub("(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])", "", normalise(text, join=" "))


@mistake(
    of="normalise_answer",
    en='It looks like articles are deleted before the punctuation: the comma in "the, cat" then hides one.',
    zh='看起来先删冠词、后删标点：那样 "the, cat" 里的逗号会让冠词留下来。',
    breaks="There are five steps in this order",
)
def articles_before_punctuation(text):
    words = unicodedata.normalize("NFKC", text).lower().split()
    left = " ".join(word for word in words if word not in ("a", "an", "the"))
    return normalise(left or text, articles=False)


@mistake(
    of="normalise_answer",
    en="It looks like all spaces are deleted: English words need one between them.",
    zh="看起来删掉了所有空格：英文单词之间需要一个。",
)
def deletes_all_spaces(text):
    return normalise(text, join="")


@mistake(
    of="exact_match",
    en="It looks like a prediction that contains the answer is right: it has to be the answer and nothing else.",
    zh="看起来包含答案就算对：预测必须就是答案，不多不少。",
    breaks="a prediction that contains the answer and says more is wrong",
)
def is_content_with_containing(prediction, references):
    solution.exact_match(prediction, references)
    wanted = [solution.normalise_answer(reference) for reference in references]
    return any(one in solution.normalise_answer(prediction) for one in wanted)


@mistake(
    of="exact_match",
    en="It looks like only the first reference counts: any of them will do.",
    zh="看起来只看第一条参考：与任何一条相同都可以。",
)
def reads_the_first_reference(prediction, references):
    solution.exact_match(prediction, references)
    return solution.exact_match(prediction, references[:1])


@mistake(
    of="exact_match",
    en="It looks like the references are compared as they are: both sides are normalised.",
    zh="看起来参考没有归一化：两边都要归一化。",
)
def normalises_one_side(prediction, references):
    solution.exact_match(prediction, references)
    return solution.normalise_answer(prediction) in references


@mistake(
    of="exact_match",
    en="It looks like an empty prediction is never right: here empty equals empty.",
    zh="看起来空的预测总算错：这里空与空相同。",
)
def refuses_the_empty(prediction, references):
    return solution.exact_match(prediction, references) and solution.normalise_answer(prediction) != ""


@mistake(
    of="exact_match",
    en="It looks like a string is read letter by letter: references that are a string are a TypeError.",
    zh="看起来把字符串逐个字母读了：references 若是字符串，应抛出 TypeError。",
    breaks="TypeError: `references` is a string instead of a list of strings",
)
def reads_a_string(prediction, references):
    return solution.exact_match(prediction, list(references) if references else [" "])


@mistake(
    of="exact_match",
    en="It looks like numbers are compared by their value: 3.0 and 3 are different answers here.",
    zh="看起来按数值比较了数字：这里 3.0 和 3 是不同的答案。",
    breaks="Nothing is forgiven beyond that",
)
def compares_values(prediction, references):
    found = solution.exact_match(prediction, references)
    try:
        value = float(solution.normalise_answer(prediction))
        return found or value in [float(solution.normalise_answer(reference)) for reference in references]
    except ValueError:
        return found
