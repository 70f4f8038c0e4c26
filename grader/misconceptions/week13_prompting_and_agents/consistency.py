"""Known mistakes of week 13, consistency."""

import re
from collections import Counter

import consistency as solution

from grader.mistakes import mistake


@mistake(
    of="extract_answer",
    en="It looks like the box ends at the first closing brace: braces inside must be counted.",
    zh="看起来框在第一个右花括号处就结束了：里面的花括号需要计数。",
    breaks="Braces are counted, so braces may stand inside",
)
def ends_at_the_first_brace(transcript):
    boxed = transcript.rfind(r"\boxed{")
    if boxed < 0:
        return solution.extract_answer(transcript)
    inside, closed, _ = transcript[boxed + 7 :].partition("}")
    return (inside.strip() or None) if closed else None


@mistake(
    of="extract_answer",
    en="It looks like the first box counts: a model corrects itself, so the last one decides.",
    zh="看起来取的是第一个框：模型会自我更正，所以由最后一个决定。",
    breaks="If `\\boxed{` occurs, its last occurrence decides",
)
def takes_the_first_box(transcript):
    parts = transcript.split(r"\boxed{")
    return solution.extract_answer(r"\boxed{" + parts[1] if len(parts) > 1 else transcript)


@mistake(
    of="extract_answer",
    en="It looks like the box reaches to the last closing brace of the text.",
    zh="看起来框一直延伸到文本的最后一个右花括号。",
    breaks="Braces are counted, so braces may stand inside",
)
def reaches_to_the_last_brace(transcript):
    found = re.search(r".*\\boxed\{(.*)\}", transcript, re.DOTALL)
    if found and solution.extract_answer(transcript) is not None:
        return found.group(1).strip() or None
    return solution.extract_answer(transcript)


@mistake(
    of="extract_answer",
    en="It looks like the first marker counts: a model corrects itself, so the last one decides.",
    zh="看起来取的是第一个标记：模型会自我更正，所以由最后一个决定。",
    breaks="Otherwise the last occurrence of any of MARKERS decides",
)
def takes_the_first_marker(transcript):
    found = list(solution.MARKED.finditer(transcript))
    if "\\boxed{" in transcript or len(found) < 2:
        return solution.extract_answer(transcript)
    return solution.extract_answer(transcript[: found[1].start()])


@mistake(
    of="extract_answer",
    en="It looks like the last number of the text is taken where no answer is stated: that is a guess.",
    zh="看起来没有陈述答案时取了文中最后一个数：那只是猜测。",
    breaks="an earlier answer, or some number in the text, is never taken instead",
)
def falls_back_to_the_last_number(transcript):
    found = solution.extract_answer(transcript)
    numbers = re.findall(r"-?\d+(?:\.\d+)?", transcript)
    return numbers[-1] if found is None and numbers else found


@mistake(
    of="extract_answer",
    en="It looks like an earlier box is taken when the last one is not closed: the text was cut off there.",
    zh="看起来最后一个框没有闭合时取了更早的框：文本在那里被截断了。",
    breaks="if the last `\\boxed{` is never closed",
)
def falls_back_to_an_earlier_box(transcript):
    found = solution.extract_answer(transcript)
    boxed = transcript.rfind(r"\boxed{")
    if found is None and boxed > 0 and r"\boxed{" in transcript[:boxed]:
        return falls_back_to_an_earlier_box(transcript[:boxed])
    return found


@mistake(
    of="extract_answer",
    en="It looks like an answer that is not closed is given out up to the end of the text: it was cut off.",
    zh="看起来没有闭合的答案一直取到文本末尾：它被截断了。",
    breaks="if the last `\\boxed{` is never closed",
)
def closes_it_itself(transcript):
    boxed = transcript.rfind(r"\boxed{")
    if boxed >= 0 and solution.extract_answer(transcript) is None and "}" not in transcript[boxed:]:
        return transcript[boxed + 7 :].strip() or None
    return solution.extract_answer(transcript)


@mistake(
    of="extract_answer",
    en="It looks like the answer ends at every point: the one in 3.5 ends nothing.",
    zh="看起来遇到任何一个点答案就结束了：3.5 里的小数点不表示结束。",
    breaks='the first "." that white space or nothing follows',
)
def ends_at_every_point(transcript):
    found = list(solution.MARKED.finditer(transcript))
    if "\\boxed{" in transcript or not found:
        return solution.extract_answer(transcript)
    rest = re.split(r"[\n。.]", transcript[found[-1].end(1) :], maxsplit=1)[0]
    return rest.strip().removeprefix(":").removeprefix("：").strip() or None


@mistake(
    of="extract_answer",
    en="It looks like the answer reaches to the end of the line: it ends with its sentence.",
    zh="看起来答案一直取到行末：它在这句话结束时就结束了。",
    breaks='the first "." that white space or nothing follows',
)
def takes_the_whole_line(transcript):
    found = list(solution.MARKED.finditer(transcript))
    if "\\boxed{" in transcript or not found:
        return solution.extract_answer(transcript)
    rest = transcript[found[-1].end(1) :].split("\n", 1)[0].strip().removeprefix(":").removeprefix("：").strip()
    return (rest[:-1] if rest[-1:] in (".", "。") else rest).strip() or None


@mistake(
    of="extract_answer",
    en="It looks like markers are found only as they are written: THE ANSWER IS counts too.",
    zh="看起来只识别与写法完全一致的标记：THE ANSWER IS 也算。",
    breaks="in capitals or not",
)
def minds_capitals(transcript):
    if "\\boxed{" in transcript:
        return solution.extract_answer(transcript)
    places = [(transcript.rfind(marker), marker) for marker in ("The answer is", "the answer is", "答案是", "####")]
    place, _ = max(places)
    return solution.extract_answer(transcript[place:]) if place >= 0 else None


@mistake(
    of="extract_answer",
    en="It looks like an empty text is returned where there is no answer: it is None, or the samples vote for nothing.",
    zh="看起来没有答案时返回了空文本：应当是 None，否则样本会投票给空文本。",
    breaks="The answer is None if nothing is left",
)
def returns_an_empty_text(transcript):
    return solution.extract_answer(transcript) or ""


@mistake(
    of="canonical",
    en="It looks like numbers go through float: long ones lose digits.",
    zh="看起来数经过了 float：位数多的会丢失。",
    breaks="No digit is lost, however many",
)
def goes_through_float(answer):
    found = solution.canonical(answer)
    if not solution.NUMBER.fullmatch(" ".join(answer.split())):
        return found
    value = float(found)
    return str(int(value)) if value.is_integer() else repr(value)


@mistake(
    of="canonical",
    en="It looks like every comma is dropped: 1,20 is not 120.",
    zh="看起来所有逗号都被去掉了：1,20 不是 120。",
    breaks="perhaps with a comma",
)
def drops_every_comma(answer):
    return solution.canonical(answer.replace(",", ""))


@mistake(
    of="canonical",
    en='It looks like zeros at the end of whole numbers are dropped too: "100" is not "1".',
    zh='看起来整数末尾的零也被去掉了："100" 不是 "1"。',
    breaks="The shortest form has no plus, no comma, no zeros in front",
)
def drops_zeros_of_whole_numbers(answer):
    form = solution.canonical(answer)
    number = solution.NUMBER.fullmatch(form)
    return (form.rstrip("0").rstrip(".") or "0") if number and form != "0" else form


@mistake(
    of="canonical",
    en='It looks like minus zero keeps its sign: then "-0.0" and "0" are two candidates.',
    zh='看起来负零保留了符号：这样 "-0.0" 与 "0" 成了两个候选。',
    breaks='"1,200.50" becomes "1200.5"',
)
def keeps_minus_zero(answer):
    form = solution.canonical(answer)
    return "-0" if form == "0" and answer.strip().startswith("-") else form


@mistake(
    of="canonical",
    en="It looks like capitals are kept: (B) and (b) are the same answer.",
    zh="看起来保留了大写：(B) 与 (b) 是同一个答案。",
    breaks="and the rest becomes lower case",
)
def keeps_capitals(answer):
    answer = " ".join(answer.split())
    return solution.canonical(answer) if solution.NUMBER.fullmatch(answer) else answer


@mistake(
    of="self_consistency",
    en="It looks like answers vote as they are written: 7 and 7.0 are one candidate.",
    zh="看起来按原文投票：7 与 7.0 是同一个候选。",
    breaks="Answers with the same `canonical` form are one candidate",
)
def votes_as_written(transcripts, extract=solution.extract_answer, at_least=0.0):
    solution.self_consistency(transcripts, lambda text: None, at_least)
    answers = [answer for answer in map(extract, transcripts) if answer is not None]
    if not answers:
        return None, 0.0
    answer, votes = Counter(answers).most_common(1)[0]
    share = votes / len(transcripts)
    return (solution.canonical(answer) if share >= at_least else None), share


@mistake(
    of="self_consistency",
    en="It looks like those who abstain are left out of the share: two of seven then look like two of three.",
    zh="看起来计算 share 时没有算上弃权的：七分之二于是变成了三分之二。",
    breaks="The share is its votes divided by the number of transcripts, abstentions included",
)
def leaves_out_abstentions(transcripts, extract=solution.extract_answer, at_least=0.0):
    solution.self_consistency(transcripts, lambda text: None, at_least)
    answers = [extract(text) for text in transcripts]
    voted = [answer for answer in answers if answer is not None]
    if not voted:
        return None, 0.0
    return solution.self_consistency(voted, lambda answer: answer, at_least)


@mistake(
    of="self_consistency",
    en="It looks like None can win the vote: who abstains votes for nothing.",
    zh="看起来 None 也能在投票中获胜：弃权者没有投票。",
    breaks="None is an abstention",
)
def lets_none_win(transcripts, extract=solution.extract_answer, at_least=0.0):
    solution.self_consistency(transcripts, lambda text: None, at_least)
    answers = [extract(text) for text in transcripts]
    forms = [answer if answer is None else solution.canonical(answer) for answer in answers]
    answer, votes = Counter(forms).most_common(1)[0]
    share = votes / len(transcripts)
    if set(forms) == {None}:
        return None, 0.0
    return (answer if share >= at_least else None), share


@mistake(
    of="self_consistency",
    en="It looks like ties go to the largest answer: the one that was named first wins.",
    zh="看起来票数相同时取了最大的答案：应当是最先出现的获胜。",
    breaks="of several with equally many, the one whose first vote came earliest",
)
def ties_to_the_largest(transcripts, extract=solution.extract_answer, at_least=0.0):
    solution.self_consistency(transcripts, lambda text: None, at_least)
    answers = [solution.canonical(answer) for answer in map(extract, transcripts) if answer is not None]
    ordered = sorted(answers, reverse=True)
    order = iter(ordered + [None] * (len(transcripts) - len(ordered)))
    return solution.self_consistency(transcripts, lambda text: next(order), at_least)


@mistake(
    of="self_consistency",
    en="It looks like ties go to the candidate that reached its votes first: its first vote decides, not its last.",
    zh="看起来票数相同时，先达到该票数的获胜：应当看第一票，而不是最后一票。",
    breaks="the one whose first vote came earliest",
)
def first_to_reach_it(transcripts, extract=solution.extract_answer, at_least=0.0):
    solution.self_consistency(transcripts, lambda text: None, at_least)
    votes, best = {}, None
    for answer in map(extract, transcripts):
        if answer is not None:
            form = solution.canonical(answer)
            votes[form] = votes.get(form, 0) + 1
            if best is None or votes[form] > votes[best]:
                best = form
    share = votes[best] / len(transcripts) if votes else 0.0
    return (best if share >= at_least else None), share


@mistake(
    of="self_consistency",
    en="It looks like the share must be above at_least: exactly at_least is enough.",
    zh="看起来要求 share 大于 at_least：恰好等于就够了。",
    breaks="or None if its share is below `at_least`",
)
def needs_more_than_at_least(transcripts, extract=solution.extract_answer, at_least=0.0):
    answer, share = solution.self_consistency(transcripts, extract, at_least)
    return (answer if share > at_least else None), share


@mistake(
    of="self_consistency",
    en="It looks like only a majority of more than half wins: the most votes are enough.",
    zh="看起来必须超过半数才能获胜：票数最多就够了。",
    breaks="The candidate with the most votes wins",
)
def needs_more_than_half(transcripts, extract=solution.extract_answer, at_least=0.0):
    answer, share = solution.self_consistency(transcripts, extract, at_least)
    return (answer if share > 0.5 else None), share


@mistake(
    of="self_consistency",
    en='It looks like an empty answer counts as an abstention: only None does ("" and "0" are votes).',
    zh='看起来空的答案被当作弃权：只有 None 才是（"" 和 "0" 都是票）。',
    breaks="None is an abstention",
)
def empty_answers_abstain(transcripts, extract=solution.extract_answer, at_least=0.0):
    return solution.self_consistency(transcripts, lambda text: extract(text) or None, at_least)


@mistake(
    of="extract_answer",
    en="It looks like the box ends at the first closing brace, and at the end of the text where there is none.",
    zh="看起来框在第一个右花括号处结束，没有右花括号时一直取到末尾。",
    breaks="Braces are counted, so braces may stand inside",
)
def splits_at_the_brace(transcript):
    boxed = transcript.rfind(r"\boxed{")
    if boxed < 0:
        return solution.extract_answer(transcript)
    return transcript[boxed + 7 :].split("}")[0].strip() or None


@mistake(
    of="extract_answer",
    en=(
        "It looks like a marker decides when the last box is not closed: the text was cut off there, and the "
        "answer is None."
    ),
    zh="看起来最后一个框没有闭合时改由标记决定：文本在那里被截断了，答案应为 None。",
    breaks="an earlier answer, or some number in the text, is never taken instead",
)
def falls_back_to_a_marker(transcript):
    found = solution.extract_answer(transcript)
    return found if found is not None else solution.extract_answer(transcript.replace("\\boxed{", "{"))


@mistake(
    of="extract_answer",
    en="It looks like a marker after the last box wins: if there is a box, it decides.",
    zh="看起来最后一个框之后的标记取代了它：只要有框，就由框决定。",
    breaks="If `\\boxed{` occurs, its last occurrence decides",
)
def takes_what_comes_last(transcript):
    boxed = transcript.rfind(r"\boxed{")
    later = solution.MARKED.search(transcript, max(boxed, 0))
    return solution.extract_answer(transcript[boxed + 7 :] if boxed >= 0 and later else transcript)


@mistake(
    of="extract_answer",
    en="It looks like the kinds of markers have an order: the last marker of any kind decides.",
    zh="看起来几种标记之间有先后：应当由任何一种标记的最后一处决定。",
    breaks="Otherwise the last occurrence of any of MARKERS decides",
)
def prefers_one_kind_of_marker(transcript):
    if "\\boxed{" in transcript:
        return solution.extract_answer(transcript)
    for marker in solution.MARKERS:
        places = [match.start() for match in re.finditer(re.escape(marker), transcript, re.IGNORECASE)]
        if places:
            rest = re.sub("####", "# # ", transcript[places[-1] + len(marker) :])
            return solution.extract_answer("####" + rest)
    return None


@mistake(
    of="extract_answer",
    en="It looks like only markers in small letters are found: they count in capitals, too, as in `The answer is`.",
    zh="看起来只识别小写的标记：大写也算，比如 `The answer is`。",
    breaks="in capitals or not",
)
def small_letters_only(transcript):
    if "\\boxed{" in transcript:
        return solution.extract_answer(transcript)
    place = max(transcript.rfind(marker) for marker in solution.MARKERS)
    return solution.extract_answer(transcript[place:]) if place >= 0 else None


@mistake(
    of="extract_answer",
    en=(
        "It looks like the answer is taken from the next line: a line feed after the marker ends it, and "
        "nothing is left."
    ),
    zh="看起来从下一行取了答案：标记后面的换行就是结尾，什么也没有剩下。",
    breaks="feed ends the answer there, too: nothing is left then",
)
def looks_on_the_next_line(transcript):
    found = list(solution.MARKED.finditer(transcript))
    if "\\boxed{" in transcript or not found:
        return solution.extract_answer(transcript)
    return solution.extract_answer("####" + transcript[found[-1].end(1) :].lstrip())


@mistake(
    of="extract_answer",
    en="It looks like a colon after the marker stays in the answer.",
    zh="看起来标记后面的冒号留在了答案里。",
    breaks="at the beginning does not belong to the answer",
)
def keeps_the_colon(transcript):
    found = list(solution.MARKED.finditer(transcript))
    if "\\boxed{" in transcript or not found:
        return solution.extract_answer(transcript)
    return solution.END.split(transcript[found[-1].end(1) :], maxsplit=1)[0].strip() or None


@mistake(
    of="extract_answer",
    en="It looks like every colon at the beginning is dropped: one does not belong to the answer, a second one does.",
    zh="看起来去掉了开头的所有冒号：只有第一个不属于答案，第二个属于。",
    breaks="One colon",
)
def drops_every_colon(transcript):
    found = solution.extract_answer(transcript)
    return found if "\\boxed{" in transcript or found is None else found.lstrip(":： ") or None


@mistake(
    of="extract_answer",
    en=(
        "It looks like a point at the very end of the text stays in the answer: nothing follows it, so it "
        "ends the answer."
    ),
    zh="看起来文本最末尾的点留在了答案里：它后面什么也没有，所以答案到此结束。",
    breaks="that white space or nothing follows",
)
def keeps_the_last_point(transcript):
    found = list(solution.MARKED.finditer(transcript))
    if "\\boxed{" in transcript or not found:
        return solution.extract_answer(transcript)
    rest = re.split(r"\n|。|\.(?=\s)", transcript[found[-1].end(1) :], maxsplit=1)[0].strip()
    return (rest[1:] if rest[:1] in (":", "：") else rest).strip() or None


@mistake(
    of="extract_answer",
    en="It looks like markers are found side by side only: in ##### 7, the last #### begins at the second #.",
    zh="看起来只找互不重叠的标记：在 ##### 7 中，最后一处 #### 从第二个 # 开始。",
    breaks="occurrences may overlap",
)
def markers_side_by_side(transcript):
    found = list(re.finditer("|".join(solution.MARKERS), transcript, re.IGNORECASE))
    if "\\boxed{" in transcript or not found:
        return solution.extract_answer(transcript)
    rest = solution.END.split(transcript[found[-1].end() :], maxsplit=1)[0].strip()
    return (rest[1:] if rest[:1] in (":", "：") else rest).strip() or None


@mistake(
    of="canonical",
    en="It looks like numbers are written by float in its short form: long ones get an exponent or lose digits.",
    zh="看起来数用 float 的短格式写出：位数多的会出现指数或丢失位数。",
    breaks="No digit is lost, however many",
)
def short_floats(answer):
    if not solution.NUMBER.fullmatch(" ".join(answer.split())):
        return solution.canonical(answer)
    return f"{float(answer.replace(',', '')):g}"


@mistake(
    of="canonical",
    en="It looks like zeros right after the point are dropped: 0.05 is not 0.5.",
    zh="看起来去掉了小数点后面开头的零：0.05 不是 0.5。",
    breaks="none after the point at the end",
)
def drops_zeros_behind_the_point(answer):
    form = solution.canonical(answer)
    whole, point, fraction = form.partition(".")
    return f"{whole}.{fraction.lstrip('0')}" if point and solution.NUMBER.fullmatch(form) else form


@mistake(
    of="canonical",
    en="It looks like nothing stands before the point of a number below 1: one zero stays there.",
    zh="看起来小于 1 的数小数点前面什么也没有：那里要留一个零。",
    breaks="but one before the point",
)
def nothing_before_the_point(answer):
    form = solution.canonical(answer)
    return re.sub(r"^(-?)0(?=\.|$)", r"\1", form) if solution.NUMBER.fullmatch(form) else form


@mistake(
    of="canonical",
    en="It looks like everything that `float` reads counts as a number: 1e3, 1_000 and infinity are other texts here.",
    zh="看起来凡是 `float` 能读的都算数：1e3、1_000 和 infinity 在这里是普通文本。",
    breaks="A number in decimal notation is written in its shortest form",
)
def reads_what_float_reads(answer):
    form = solution.canonical(answer)
    try:
        return form if solution.NUMBER.fullmatch(form) else solution.canonical(f"{float(form):f}")
    except ValueError:
        return form


@mistake(
    of="self_consistency",
    en="It looks like the winner is given as it was written first: it is given in its canonical form.",
    zh="看起来给出的是获胜答案最初的写法：应当给出规范形式。",
    breaks="The answer is the winner in its canonical form",
)
def gives_the_first_spelling(transcripts, extract=solution.extract_answer, at_least=0.0):
    answers = [extract(text) for text in transcripts]
    order = iter(answers)
    winner, share = solution.self_consistency(transcripts, lambda text: next(order), at_least)
    same = [answer for answer in answers if answer is not None and solution.canonical(answer) == winner]
    return (same[0] if same else winner), share


@mistake(
    of="self_consistency",
    en=(
        "It looks like `canonical` is never used: 7 and 7.0 are one candidate, and the winner is given in "
        "its canonical form."
    ),
    zh="看起来完全没有用 `canonical`：7 与 7.0 是同一个候选，获胜者以规范形式给出。",
    breaks="Answers with the same `canonical` form are one candidate",
)
def never_canonical(transcripts, extract=solution.extract_answer, at_least=0.0):
    solution.self_consistency(transcripts, lambda text: None, at_least)
    answers = [answer for answer in map(extract, transcripts) if answer is not None]
    if not answers:
        return None, 0.0
    answer, votes = Counter(answers).most_common(1)[0]
    share = votes / len(transcripts)
    return (answer if share >= at_least else None), share


@mistake(
    of="self_consistency",
    en="It looks like ties go to the smallest answer: the one that was named first wins.",
    zh="看起来票数相同时取了最小的答案：应当是最先出现的获胜。",
    breaks="of several with equally many, the one whose first vote came earliest",
)
def ties_to_the_smallest(transcripts, extract=solution.extract_answer, at_least=0.0):
    solution.self_consistency(transcripts, lambda text: None, at_least)
    forms = sorted(solution.canonical(answer) for answer in map(extract, transcripts) if answer is not None)
    order = iter(forms + [None] * (len(transcripts) - len(forms)))
    return solution.self_consistency(transcripts, lambda text: next(order), at_least)


@mistake(
    of="self_consistency",
    en="It looks like ties go to the candidate that was named last: the one that was named first wins.",
    zh="看起来票数相同时取了最后出现的候选：应当是最先出现的获胜。",
    breaks="of several with equally many, the one whose first vote came earliest",
)
def ties_to_the_last(transcripts, extract=solution.extract_answer, at_least=0.0):
    solution.self_consistency(transcripts, lambda text: None, at_least)
    votes = Counter(solution.canonical(answer) for answer in map(extract, transcripts) if answer is not None)
    if not votes:
        return None, 0.0
    winner = max(reversed(votes), key=votes.get)
    share = votes[winner] / len(transcripts)
    return (winner if share >= at_least else None), share


@mistake(
    of="self_consistency",
    en=(
        "It looks like extract is called more than once for a transcript: with a model behind it, that costs "
        "twice as much."
    ),
    zh="看起来对同一段文本不止一次调用 extract：如果它背后是模型，花费就翻倍。",
    breaks="it is called once for each, in order",
)
def extracts_twice(transcripts, extract=solution.extract_answer, at_least=0.0):
    def twice(text):
        return extract(text) if extract(text) is not None else None

    return solution.self_consistency(transcripts, twice, at_least)


@mistake(
    of="self_consistency",
    en="It looks like the given extract is not used.",
    zh="看起来没有使用传入的 extract。",
    breaks="gives the answer of each transcript",
)
def ignores_extract(transcripts, extract=solution.extract_answer, at_least=0.0):
    return solution.self_consistency(transcripts, solution.extract_answer, at_least)


@mistake(
    of="self_consistency",
    en="It looks like the share is 0 where it is below at_least: only the answer is None then.",
    zh="看起来 share 低于 at_least 时变成了 0：只有答案变成 None。",
    breaks="or None if its share is below `at_least`",
)
def no_share_below_at_least(transcripts, extract=solution.extract_answer, at_least=0.0):
    answer, share = solution.self_consistency(transcripts, extract, at_least)
    return answer, share if answer is not None else 0.0


@mistake(
    of="self_consistency",
    en=(
        "It looks like NaN passes for at_least: it is below nothing and above nothing, so ask whether it is "
        "between 0 and 1."
    ),
    zh="看起来 NaN 也被当作 at_least：它既不小于也不大于任何数，所以要问它是否在 0 与 1 之间。",
    breaks="is not between 0 and 1",
)
def takes_nan(transcripts, extract=solution.extract_answer, at_least=0.0):
    return solution.self_consistency(transcripts, extract, at_least if at_least == at_least else 0.0)


@mistake(
    of="canonical",
    en="It looks like numbers with a point go through float: digits are lost, and exponents appear.",
    zh="看起来带小数点的数经过了 float：会丢失数字，还会出现指数。",
    breaks="No digit is lost, however many",
)
def fractions_through_float(answer):
    found = solution.canonical(answer)
    return repr(float(found)) if "." in found and solution.NUMBER.fullmatch(found) else found


@mistake(
    of="canonical",
    en="It looks like digits of other scripts make a number: `\\d` takes them, and only ASCII digits count.",
    zh="看起来其他文字的数字也算数：`\\d` 会匹配它们，而这里只有 ASCII 数字才算。",
    breaks="an optional sign (+ or -), ASCII digits",
)
def digits_of_any_script(answer):
    found = re.fullmatch(r"([+-]?)(\d+|\d{1,3}(?:,\d{3})+)(?:\.(\d+))?", answer.strip())
    if found is None:
        return solution.canonical(answer)
    sign, whole, fraction = found.groups()
    whole, fraction = whole.replace(",", "").lstrip("0") or "0", (fraction or "").rstrip("0")
    number = f"{whole}.{fraction}" if fraction else whole
    return "-" + number if sign == "-" and number != "0" else number


@mistake(
    of="canonical",
    en="It looks like \u2212 (U+2212) counts as the sign of a number: only + and - do.",
    zh="看起来把 \u2212（U+2212）也当作数的符号：只有 + 和 - 才算。",
    breaks="an optional sign (+ or -), ASCII digits",
)
def another_minus(answer):
    return solution.canonical(answer.replace("\u2212", "-"))


@mistake(
    of="extract_answer",
    en="It looks like white space at the ends of what stands in a box is kept: it never belongs to the answer.",
    zh="看起来框里内容两端的空白留了下来：两端的空白从不属于答案。",
    breaks="White space at the ends never belongs to the answer",
)
def keeps_space_in_the_box(transcript):
    found = solution.extract_answer(transcript)
    if "\\boxed{" not in transcript:
        return found
    inside = transcript[transcript.rindex("\\boxed{") + 7 :]
    if found is not None:
        spaces = len(inside) - len(inside.lstrip())
        end = spaces + len(found)
        return inside[: end + len(inside[end:]) - len(inside[end:].lstrip())]
    empty = inside.partition("}")
    return empty[0] if empty[1] and empty[0] and not empty[0].strip() else None


@mistake(
    of="self_consistency",
    en="It looks like an `at_least` of NaN is not refused: no share reaches it, so there is never an answer.",
    zh="看起来没有拒绝为 NaN 的 `at_least`：没有哪个 share 能达到它，于是永远没有答案。",
    breaks="`at_least` is not between 0 and 1",
)
def nothing_reaches_nan(transcripts, extract=solution.extract_answer, at_least=0.0):
    answer, share = solution.self_consistency(transcripts, extract, at_least if at_least == at_least else 0.0)
    return (answer if share >= at_least else None), share


@mistake(
    of="extract_answer",
    en="It looks like an empty box gives an empty text: nothing is left, so the answer is None.",
    zh="看起来空的方框给出了空文本：什么也没有剩下，答案应当是 None。",
    breaks="The answer is None if nothing is left",
)
def an_empty_box_is_an_answer(transcript):
    found = solution.extract_answer(transcript)
    boxed = transcript.rfind("\\boxed{")
    return (
        ""
        if found is None
        and boxed >= 0
        and solution.extract_answer(f"{transcript[:boxed]}\\boxed{{x{transcript[boxed + 7 :]}")
        else found
    )


@mistake(
    of="extract_answer",
    en="It looks like only the colon of ASCII is dropped: the wide one (：) does not belong to the answer either.",
    zh="看起来只去掉了半角冒号：全角冒号（：）也不属于答案。",
    breaks="at the beginning does not belong to the answer",
)
def keeps_the_wide_colon(transcript):
    found = list(solution.MARKED.finditer(transcript))
    if "\\boxed{" in transcript or not found:
        return solution.extract_answer(transcript)
    rest = solution.END.split(transcript[found[-1].end(1) :], maxsplit=1)[0].strip()
    return (rest[1:] if rest[:1] == ":" else rest).strip() or None
