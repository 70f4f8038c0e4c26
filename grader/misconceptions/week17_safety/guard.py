"""Known mistakes of week 17, guard."""

import base64
import re
from statistics import NormalDist

import guard as solution
import numpy as np

from grader.mistakes import mistake


def first(text, candidates, usable):
    """The first candidate by another idea of what is usable."""
    for candidate in candidates:
        if usable(candidate, text):
            return candidate
    raise ValueError


def has_space(marker):
    return any(one.isspace() for one in marker)


def shares(marker, text):
    return any(one in text for one in marker)


@mistake(
    of="fresh_marker",
    en="It looks like you look for the marker as a whole. One shared character is enough to blur where it ends.",
    zh="看起来你是把标记当作整体去查找的。只要有一个共同的字符，就分不清标记到哪里为止。",
    breaks="or occurs anywhere in the text",
)
def looks_for_the_whole_marker(text, candidates):
    return first(text, candidates, lambda marker, text: bool(marker) and not has_space(marker) and marker not in text)


@mistake(
    of="fresh_marker",
    en="It looks like white space is let into markers. A mark that looks like a gap marks nothing.",
    zh="看起来你允许标记里有空白。看上去像空格的标记，起不到标记的作用。",
    breaks="if none of its characters is white space",
)
def lets_white_space_in(text, candidates):
    return first(text, candidates, lambda marker, text: bool(marker) and not shares(marker, text))


@mistake(
    of="fresh_marker",
    en="It looks like only the ASCII space counts as white space; `str.isspace` knows a good many more.",
    zh="看起来只有 ASCII 空格算作空白；`str.isspace` 认得的空白还有很多。",
    breaks="if none of its characters is white space",
)
def knows_one_space(text, candidates):
    return first(text, candidates, lambda marker, text: bool(marker) and " " not in marker and not shares(marker, text))


@mistake(
    of="fresh_marker",
    en="It looks like an empty candidate passes: it shares no character with the text, and marks nothing either.",
    zh="看起来空的候选也能通过：它确实与文本没有共同字符，但也什么都标记不了。",
    breaks="if it has at least one character",
)
def accepts_nothing(text, candidates):
    return first(text, candidates, lambda marker, text: not has_space(marker) and not shares(marker, text))


@mistake(
    of="fresh_marker",
    en="It looks like capitals and small letters are mixed up: a candidate is refused for a letter of the other size.",
    zh="看起来你没有区分大小写：候选因为文本中另一种大小写的字母而被拒绝。",
    breaks="Capitals and small letters are different characters",
)
def ignores_case(text, candidates):
    def usable(marker, text):
        return bool(marker) and not has_space(marker) and not shares(marker.lower(), text.lower())

    return first(text, candidates, usable)


@mistake(
    of="fresh_marker",
    en="It looks like you return the last candidate when none is usable. That marker can be forged; raise ValueError.",
    zh="看起来没有可用的候选时，你返回了最后一个。那个标记可以伪造；应当抛出 ValueError。",
    breaks="if no candidate is usable",
)
def returns_the_last_one(text, candidates):
    for candidate in candidates:
        if solution._usable(candidate, text):
            return candidate
    return candidates[-1] if candidates else ""


@mistake(
    of="fresh_marker",
    en="It looks like one character that the text lacks is enough for you. All its characters must be missing in it.",
    zh="看起来只要标记中有一个字符不在文本里你就接受了。每个字符都必须不在文本里。",
    breaks="or occurs anywhere in the text",
)
def wants_one_new_character(text, candidates):
    return first(text, candidates, lambda marker, text: not has_space(marker) and bool(set(marker) - set(text)))


@mistake(
    of="fresh_marker",
    en="It looks like you take the last usable candidate; the first one is asked for.",
    zh="看起来你取了最后一个可用的候选；要的是第一个。",
    breaks="It is the first usable one of the candidates",
)
def takes_the_last(text, candidates):
    return solution.fresh_marker(text, candidates[::-1])


def checked(text, method, marker):
    solution.spotlight(text, method, marker)


@mistake(
    of="spotlight",
    en="It looks like the marker takes the place of the white space, as in the paper. Here it is added, and "
    "white space stays.",
    zh="看起来你像论文那样用标记替换了空白。这里是添加标记，空白保持不变。",
    breaks="nothing else is changed: white space stays as it is",
)
def replaces_white_space(text, method, marker):
    checked(text, method, marker)
    if method == "datamark":
        return re.sub(r"\s+", lambda gap: marker, text)
    return solution.spotlight(text, method, marker)


@mistake(
    of="spotlight",
    en="It looks like you split the text and join the words with single spaces: line breaks and gaps are gone.",
    zh="看起来你把文本拆开，又用单个空格把词连起来：换行和连续的空格都丢了。",
    breaks="nothing else is changed: white space stays as it is",
)
def joins_with_one_space(text, method, marker):
    checked(text, method, marker)
    if method == "datamark":
        marked = solution.spotlight(text, method, marker)
        return " ".join(marked.split())
    return solution.spotlight(text, method, marker)


@mistake(
    of="spotlight",
    en="It looks like only words behind an ASCII space are marked. An order on a line of its own then has no mark at "
    "its beginning.",
    zh="看起来只有 ASCII 空格后面的词才有标记。这样，另起一行的指令开头就没有标记。",
    breaks="the marker directly before every word",
)
def knows_spaces_alone(text, method, marker):
    checked(text, method, marker)
    if method == "datamark":
        return re.sub(r"[\u4e00-\u9fff]|[^ \u4e00-\u9fff]+", lambda word: marker + word[0], text)
    return solution.spotlight(text, method, marker)


@mistake(
    of="spotlight",
    en="It looks like a Chinese sentence counts as one word, so that it has a single mark. Mark each character.",
    zh="看起来一整句中文被当成一个词，只有一个标记。每个汉字都要标记。",
    breaks="Each Chinese character (U+4E00 to U+9FFF) is a word",
)
def marks_chinese_once(text, method, marker):
    checked(text, method, marker)
    if method == "datamark":
        return re.sub(r"\S+", lambda word: marker + word[0], text)
    return solution.spotlight(text, method, marker)


@mistake(
    of="spotlight",
    en="It looks like the marker stands behind each word; it belongs in front.",
    zh="看起来标记放在了每个词的后面；它应当在前面。",
    breaks="the marker directly before every word",
)
def marks_behind(text, method, marker):
    checked(text, method, marker)
    if method == "datamark":
        return re.sub(r"[\u4e00-\u9fff]|[^\s\u4e00-\u9fff]+", lambda word: word[0] + marker, text)
    return solution.spotlight(text, method, marker)


@mistake(
    of="spotlight",
    en="It looks like the first word is left without a mark. The order may stand at the very beginning.",
    zh="看起来第一个词没有标记。指令可能就在最开头。",
    breaks="the marker directly before every word",
)
def forgets_the_first_word(text, method, marker):
    marked = solution.spotlight(text, method, marker)
    return marked.replace(marker, "", 1) if method == "datamark" else marked


@mistake(
    of="spotlight",
    en="It looks like only letters and digits begin a word, so that signs and brackets split words or stay unmarked.",
    zh="看起来只有字母和数字才算词，于是标点和括号会把词切开，或者没有标记。",
    breaks="so is each longest run of other characters",
)
def knows_letters_alone(text, method, marker):
    checked(text, method, marker)
    if method == "datamark":
        return re.sub(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+", lambda word: marker + word[0], text)
    return solution.spotlight(text, method, marker)


@mistake(
    of="spotlight",
    en="It looks like the marker is put in through a pattern, where a backslash in it means something.",
    zh="看起来标记是作为替换模式写进去的，其中的反斜杠就有了特殊含义。",
    breaks="the marker directly before every word",
)
def puts_the_marker_in_a_pattern(text, method, marker):
    checked(text, method, marker)
    if method == "datamark":
        return re.sub(r"([\u4e00-\u9fff]|[^\s\u4e00-\u9fff]+)", marker + r"\1", text)
    return solution.spotlight(text, method, marker)


@mistake(
    of="spotlight",
    en="It looks like the delimiters stand on lines of their own. The contract wants nothing but the marker around the "
    "text.",
    zh="看起来定界符各占一行。约定要求文本两端除了标记什么都没有。",
    breaks='"delimit": the marker directly before the text and directly after it',
)
def puts_delimiters_on_lines(text, method, marker):
    marked = solution.spotlight(text, method, marker)
    return f"{marker}\n{text}\n{marker}" if method == "delimit" else marked


@mistake(
    of="spotlight",
    en="It looks like you strip the text before you mark it.",
    zh="看起来你在标记之前去掉了文本两端的空白。",
    breaks='"delimit": the marker directly before the text and directly after it',
)
def strips_the_text(text, method, marker):
    checked(text, method, marker)
    return solution.spotlight(text.strip(), method, marker)


@mistake(
    of="spotlight",
    en="It looks like you use the URL alphabet of Base64, with - and _ in the place of + and /.",
    zh="看起来你用了 Base64 的 URL 字母表，以 - 和 _ 代替了 + 和 /。",
    breaks="the text's UTF-8 bytes in Base64",
)
def encodes_for_a_url(text, method, marker):
    if method == "encode":
        return base64.urlsafe_b64encode(text.encode()).decode()
    return solution.spotlight(text, method, marker)


@mistake(
    of="spotlight",
    en="It looks like you encode with `encodebytes`, which breaks lines and ends with one: that is the form for mail.",
    zh="看起来你用了 `encodebytes`，它会换行，末尾还有一个换行符：那是邮件用的格式。",
    breaks="the text's UTF-8 bytes in Base64",
)
def breaks_lines(text, method, marker):
    if method == "encode":
        return base64.encodebytes(text.encode()).decode()
    return solution.spotlight(text, method, marker)


@mistake(
    of="spotlight",
    en="It looks like the bytes of another encoding than UTF-8 are put into Base64.",
    zh="看起来放进 Base64 的是另一种编码的字节，而不是 UTF-8 的。",
    breaks="the text's UTF-8 bytes in Base64",
)
def encodes_utf_16(text, method, marker):
    if method == "encode":
        return base64.b64encode(text.encode("utf-16-le")).decode()
    return solution.spotlight(text, method, marker)


@mistake(
    of="spotlight",
    en='It looks like the marker is checked for "encode", too, where it plays no part.',
    zh='看起来 "encode" 时也检查了标记，而它在那里不起作用。',
    breaks="The marker plays no part",
)
def checks_where_nothing_is_marked(text, method, marker):
    if not solution._usable(marker, text):
        raise ValueError
    return solution.spotlight(text, method, marker)


@mistake(
    of="spotlight",
    en="It looks like you trust the marker. With one that the text could imitate, an attacker closes the quotation "
    "himself; raise ValueError.",
    zh="看起来你没有检查标记。如果文本能仿造它，攻击者就能自己结束引用；应当抛出 ValueError。",
    breaks="if the marker is not usable for the text, as",
)
def trusts_the_marker(text, method, marker):
    if method == "delimit":
        return marker + text + marker
    if method == "datamark":
        return re.sub(r"[\u4e00-\u9fff]|[^\s\u4e00-\u9fff]+", lambda word: marker + word[0], text)
    return solution.spotlight(text, method, marker)


@mistake(
    of="spotlight",
    en="It looks like an unknown method gives the text back unmarked. A spelling mistake then switches the guard off.",
    zh="看起来方法名未知时，你原样返回了没有标记的文本。这样，写错一个字母就关掉了守卫。",
    breaks="for any other method",
)
def lets_unknown_methods_pass(text, method, marker):
    return solution.spotlight(text, method, marker) if method in ("delimit", "datamark", "encode") else text


def lowest(benign, good):
    """The lowest score of which `good` holds, with the checks of the contract."""
    solution.alarm_threshold(benign, 0.5)
    return float(min(one for one in benign if good(one)))


@mistake(
    of="alarm_threshold",
    en="It looks like scores that are equal to the threshold raise an alarm in your code; only higher ones do.",
    zh="看起来在你的代码里，与阈值相等的分数也报警；只有更高的才报警。",
    breaks="A text raises an alarm when its score is above the threshold",
)
def counts_equal_scores(benign, max_rate):
    solution.alarm_threshold(benign, max_rate)
    shares = np.array([(benign >= one).mean() for one in benign])
    return float(benign[shares <= max_rate].min()) if (shares <= max_rate).any() else float(benign.max())


@mistake(
    of="alarm_threshold",
    en="It looks like the number of alarms allowed is found by multiplying: 0.29 * 100 is a little less than 29, so "
    "one is lost. Divide the count by n and compare.",
    zh="看起来允许的报警数是用乘法算的：0.29 * 100 比 29 略小，于是少了一个。应把个数除以 n 再比较。",
    breaks="the number of them divided by n",
)
def multiplies(benign, max_rate):
    solution.alarm_threshold(benign, max_rate)
    allowed = min(int(max_rate * len(benign)), len(benign) - 1)
    return float(np.sort(benign)[::-1][allowed])


@mistake(
    of="alarm_threshold",
    en="It looks like you take a quantile with interpolation. The threshold is one of the scores.",
    zh="看起来你取的是带插值的分位数。阈值应是这些分数之一。",
    breaks="Of these scores, the lowest is returned",
)
def interpolates(benign, max_rate):
    solution.alarm_threshold(benign, max_rate)
    return float(np.quantile(benign, 1 - max_rate))


@mistake(
    of="alarm_threshold",
    en="It looks like you always return the highest score. It raises no alarm, and finds fewer attacks than it may.",
    zh="看起来你总是返回最高的分数。它不误报，但找到的攻击也比允许的少。",
    breaks="Of these scores, the lowest is returned",
)
def returns_the_highest(benign, max_rate):
    solution.alarm_threshold(benign, max_rate)
    return float(benign.max())


@mistake(
    of="alarm_threshold",
    en="It looks like the share must stay below the rate in your code; it may reach it.",
    zh="看起来你的代码要求比例严格小于给定值；等于也可以。",
    breaks="is at most `max_rate`",
)
def stays_below(benign, max_rate):
    solution.alarm_threshold(benign, max_rate)
    good = [one for one in benign if (benign > one).sum() / len(benign) < max_rate]
    return float(min(good, default=benign.max()))


@mistake(
    of="alarm_threshold",
    en="It looks like the list is sorted from low to high and counted from the wrong end.",
    zh="看起来列表按从低到高排序，却从错误的一端数起。",
)
def counts_from_the_wrong_end(benign, max_rate):
    solution.alarm_threshold(benign, max_rate)
    return lowest(benign, lambda one: (benign < one).sum() / len(benign) >= max_rate or one == benign.max())


@mistake(
    of="alarm_threshold",
    en="It looks like equal scores are taken for one score; each harmless text counts.",
    zh="看起来相等的分数只算了一个；每条无害的文本都要算。",
    breaks="the number of them divided by n",
)
def counts_each_score_once(benign, max_rate):
    solution.alarm_threshold(benign, max_rate)
    return solution.alarm_threshold(np.unique(benign), max_rate)


@mistake(
    of="alarm_threshold",
    en="It looks like NaN is let in. No comparison with it holds, so it silently counts as no alarm.",
    zh="看起来你放过了 NaN。与它的任何比较都不成立，于是它悄悄地被算作不报警。",
    breaks="if there is no score, a score is NaN",
)
def lets_nan_in(benign, max_rate):
    clean = benign[~np.isnan(benign)]
    return solution.alarm_threshold(clean, max_rate)


@mistake(
    of="alarm_threshold",
    en="It looks like nobody checks the rate: one above 1 or below 0 means that it was given in per cent, or wrongly.",
    zh="看起来没有检查比例：大于 1 或小于 0，说明给的是百分数，或者给错了。",
    breaks="or `max_rate` is not in [0, 1]",
)
def accepts_any_rate(benign, max_rate):
    return solution.alarm_threshold(benign, min(max(0.0, max_rate), 1.0))


def rates(attack, blocked, followed, confidence, succeeded, refused, ends):
    """A `guard_rates` with other counts or other ends."""
    solution.guard_rates(attack, blocked, followed, confidence)
    answer = {}
    for name, (k, n) in {"attack_success_rate": succeeded, "over_refusal_rate": refused}.items():
        answer[name] = (int(k) / int(n), *ends(int(k), int(n), confidence)) if n else (float("nan"), 0.0, 1.0)
    return answer


def wilson(k, n, confidence):
    return solution._with_interval(np.arange(n) < k, confidence)[1:]


def right(attack, blocked, followed):
    """The counts of the contract."""
    return ((attack & ~blocked & followed).sum(), attack.sum()), ((blocked & ~attack).sum(), (~attack).sum())


def with_ends(attack, blocked, followed, confidence, ends):
    return rates(attack, blocked, followed, confidence, *right(attack, blocked, followed), ends)


def z_of(confidence):
    return NormalDist().inv_cdf((1 + confidence) / 2)


def clipped(low, high):
    return max(0.0, low), min(1.0, high)


@mistake(
    of="guard_rates",
    en="It looks like the attacks are divided by all cases. Add harmless ones, and the guard looks better.",
    zh="看起来成功的攻击除以了全部例子。无害的例子加得越多，守卫就显得越好。",
    breaks="of all attacks, the share that was not blocked and was followed",
)
def divides_by_all_cases(attack, blocked, followed, confidence=0.95):
    (k, _), (refused, _) = right(attack, blocked, followed)
    return rates(attack, blocked, followed, confidence, (k, len(attack)), (refused, len(attack)), wilson)


@mistake(
    of="guard_rates",
    en="It looks like you divide by the attacks that were let through. What was blocked is a success of the guard and "
    "belongs to the whole.",
    zh="看起来你除以的是放行的攻击数。被拦下的也是攻击，应算在分母里。",
    breaks="of all attacks, the share that was not blocked and was followed",
)
def divides_by_those_let_through(attack, blocked, followed, confidence=0.95):
    (k, _), refused = right(attack, blocked, followed)
    return rates(attack, blocked, followed, confidence, (k, (attack & ~blocked).sum()), refused, wilson)


@mistake(
    of="guard_rates",
    en="It looks like every attack that was not blocked counts as a success, even if the model did not follow it.",
    zh="看起来没有被拦下的攻击都算成功了，即使模型并没有照做。",
    breaks="of all attacks, the share that was not blocked and was followed",
)
def counts_what_was_let_through(attack, blocked, followed, confidence=0.95):
    (_, n), refused = right(attack, blocked, followed)
    return rates(attack, blocked, followed, confidence, ((attack & ~blocked).sum(), n), refused, wilson)


@mistake(
    of="guard_rates",
    en="It looks like blocked attacks count as successes when the model would have followed them.",
    zh="看起来被拦下的攻击，只要模型本来会照做，也算成功了。",
    breaks="of all attacks, the share that was not blocked and was followed",
)
def counts_blocked_attacks(attack, blocked, followed, confidence=0.95):
    (_, n), refused = right(attack, blocked, followed)
    return rates(attack, blocked, followed, confidence, ((attack & followed).sum(), n), refused, wilson)


@mistake(
    of="guard_rates",
    en="It looks like you return the share of harmless cases that pass. Over-refusal is the share that is blocked.",
    zh="看起来你返回的是无害例子通过的比例。过度拒绝率是被拦下的比例。",
    breaks="of all harmless cases, the share that was blocked",
)
def counts_what_may_pass(attack, blocked, followed, confidence=0.95):
    succeeded, (k, n) = right(attack, blocked, followed)
    return rates(attack, blocked, followed, confidence, succeeded, (n - k, n), wilson)


@mistake(
    of="guard_rates",
    en="It looks like a refusal only counts when nothing was followed; whether something was plays no part.",
    zh="看起来只有没照做任何东西时才算拒绝；是否照做与此无关。",
    breaks="What was followed plays no part",
)
def asks_what_was_followed(attack, blocked, followed, confidence=0.95):
    succeeded, (_, n) = right(attack, blocked, followed)
    return rates(attack, blocked, followed, confidence, succeeded, ((blocked & ~attack & ~followed).sum(), n), wilson)


@mistake(
    of="guard_rates",
    en="It looks like you use the normal approximation, rate -+ z * sqrt(rate * (1 - rate) / n). At 0 of n its width "
    "is zero, as if nothing could ever go wrong.",
    zh="看起来你用了正态近似 rate -+ z * sqrt(rate * (1 - rate) / n)。n 个中 0 个时宽度为零，好像永远不会出错。",
    breaks="The ends are those of the Wilson score interval",
)
def uses_the_normal_approximation(attack, blocked, followed, confidence=0.95):
    def ends(k, n, confidence):
        half = z_of(confidence) * (k * (n - k) / n**3) ** 0.5
        return clipped(k / n - half, k / n + half)

    return with_ends(attack, blocked, followed, confidence, ends)


@mistake(
    of="guard_rates",
    en="It looks like z is the quantile at `confidence` itself. With two tails it is the one at (1 + confidence) / 2.",
    zh="看起来 z 取的是 `confidence` 处的分位数。两侧都有尾部，应取 (1 + confidence) / 2 处的。",
    breaks="with two equal tails",
)
def has_one_tail(attack, blocked, followed, confidence=0.95):
    return with_ends(
        attack, blocked, followed, confidence, lambda k, n, c: wilson(k, n, 2 * c - 1) if c > 0.5 else (k / n, k / n)
    )


@mistake(
    of="guard_rates",
    en="It looks like z is always 1.96, whatever the confidence.",
    zh="看起来无论置信水平是多少，z 总是 1.96。",
    breaks="The ends are those of the Wilson score interval",
)
def always_uses_95_per_cent(attack, blocked, followed, confidence=0.95):
    return with_ends(attack, blocked, followed, confidence, lambda k, n, c: wilson(k, n, 0.95))


@mistake(
    of="guard_rates",
    en="It looks like you add successes and failures first (Agresti and Coull) in the place of Wilson's formula.",
    zh="看起来你先加了两次成功和两次失败（Agresti–Coull），而不是用 Wilson 公式。",
    breaks="The ends are those of the Wilson score interval",
)
def uses_agresti_and_coull(attack, blocked, followed, confidence=0.95):
    def ends(k, n, confidence):
        z = z_of(confidence)
        total = n + z * z
        middle = (k + z * z / 2) / total
        half = z * (middle * (1 - middle) / total) ** 0.5
        low, high = clipped(middle - half, middle + half)
        return (0.0 if k == 0 else low), (1.0 if k == n else high)

    return with_ends(attack, blocked, followed, confidence, ends)


@mistake(
    of="guard_rates",
    en="It looks like the formula has a continuity correction; the contract has none.",
    zh="看起来公式里有连续性校正；约定中没有。",
    breaks="without continuity correction",
)
def corrects_for_continuity(attack, blocked, followed, confidence=0.95):
    def ends(k, n, confidence):
        z, p = z_of(confidence), k / n
        low = high = None
        if k > 0:
            low = (2 * k + z * z - 1 - z * (z * z - 2 - 1 / n + 4 * p * (n * (1 - p) + 1)) ** 0.5) / (2 * (n + z * z))
        if k < n:
            high = (2 * k + z * z + 1 + z * (z * z + 2 - 1 / n + 4 * p * (n * (1 - p) - 1)) ** 0.5) / (2 * (n + z * z))
        return clipped(low or 0.0, 1.0 if high is None else high)

    return with_ends(attack, blocked, followed, confidence, ends)


@mistake(
    of="guard_rates",
    en="It looks like a rate of 0 is reported where there was no case. Nobody tested it: NaN, and an interval from 0 "
    "to 1.",
    zh="看起来没有例子时你报告了 0。那是没有测过：应为 NaN，区间从 0 到 1。",
    breaks="Without any case of a kind the",
)
def reports_zero_of_nothing(attack, blocked, followed, confidence=0.95):
    found = solution.guard_rates(attack, blocked, followed, confidence)
    return {name: (0.0, 0.0, 0.0) if one[0] != one[0] else one for name, one in found.items()}


@mistake(
    of="guard_rates",
    en="It looks like nobody compares the lengths: the longest array is cut to the shortest.",
    zh="看起来没有比较长度：较长的数组被截成了较短的长度。",
    breaks="if the lengths differ",
)
def cuts_to_the_shortest(attack, blocked, followed, confidence=0.95):
    n = min(len(attack), len(blocked), len(followed))
    return solution.guard_rates(attack[:n], blocked[:n], followed[:n], confidence)


@mistake(
    of="guard_rates",
    en="It looks like a confidence of 95 is taken for 95 %, or 0 and 1 are let in. It must lie between them.",
    zh="看起来 95 被当成了 95 %，或者放过了 0 和 1。置信水平必须在 0 和 1 之间。",
    breaks="or `confidence` is not above 0 and below 1",
)
def accepts_any_confidence(attack, blocked, followed, confidence=0.95):
    return solution.guard_rates(attack, blocked, followed, confidence if 0 < confidence < 1 else 0.95)


@mistake(
    of="guard_rates",
    en="It looks like all three numbers are NaN where there was no case. Any rate may be true then: the interval goes "
    "from 0 to 1.",
    zh="看起来没有例子时三个数都是 NaN。那时任何比例都有可能：区间应从 0 到 1。",
    breaks="Without any case of a kind the",
)
def knows_no_interval_of_nothing(attack, blocked, followed, confidence=0.95):
    found = solution.guard_rates(attack, blocked, followed, confidence)
    return {name: (one[0],) * 3 if one[0] != one[0] else one for name, one in found.items()}


@mistake(
    of="guard_rates",
    en="It looks like the successful attacks are divided by all cases, and the refusals rightly by the harmless ones.",
    zh="看起来成功的攻击除以了全部例子；拒绝的次数倒是正确地除以了无害的例子。",
    breaks="of all attacks, the share that was not blocked and was followed",
)
def divides_attacks_alone_by_all(attack, blocked, followed, confidence=0.95):
    (k, _), refused = right(attack, blocked, followed)
    return rates(attack, blocked, followed, confidence, (k, len(attack)), refused, wilson)


@mistake(
    of="alarm_threshold",
    en='It looks like you call `np.quantile` with method="higher". It divides by n - 1, so one alarm too few is let '
    "through at some rates: count instead.",
    zh='看起来你调用了 method="higher" 的 `np.quantile`。它按 n - 1 划分，有些比例下会少允许一个报警：应直接计数。',
    breaks="the number of them divided by n",
)
def takes_the_higher_quantile(benign, max_rate):
    solution.alarm_threshold(benign, max_rate)
    return float(np.quantile(benign, 1 - max_rate, method="higher"))
