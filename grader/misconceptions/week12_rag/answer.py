"""Known mistakes of week 12, answer."""

import re

import answer as solution

from grader.mistakes import mistake


def prompt(question, passages, clean=solution._one_line, first=1):
    """Write the prompt with another way to clean texts or to number passages."""
    if not passages:
        raise ValueError("passages")
    numbered = [f"[{number}] {clean(passage['text'])}" for number, passage in enumerate(passages, start=first)]
    return "\n".join([solution.INSTRUCTIONS, "", *numbered, "", f"Question: {clean(question)}", "Answer:"])


def reply(question, retrieve, llm, keep, sources, must_cite=True):
    """Follow the contract with another filter or another reading of the citations."""
    passages = [passage for passage in retrieve(question) if keep(passage)]
    if not passages:
        return solution.REFUSAL, []
    text = llm(solution.build_prompt(question, passages)).strip()
    found = sources(passages, [int(number) for number in solution.CITATION.findall(text)])
    if must_cite and not found:
        return solution.REFUSAL, []
    return text, found


def cited(passages, numbers):
    """The sources as the contract wants them."""
    valid = [passages[number - 1]["source"] for number in numbers if 1 <= number <= len(passages)]
    return list(dict.fromkeys(valid))


@mistake(
    of="build_prompt",
    en="It looks like your passages are numbered from 0: `enumerate` starts there unless told otherwise. The "
    "first is [1].",
    zh="看起来你的段落从 0 开始编号：不加说明时 `enumerate` 就从 0 数起。第一个段落应是 [1]。",
)
def numbers_from_zero(question, passages):
    return prompt(question, passages, first=0)


@mistake(
    of="build_prompt",
    en="It looks like line breaks inside a passage are kept. Such a passage can begin a line of its own and pose "
    "as a question.",
    zh="看起来段落里的换行原样留下了。这样的段落可以自己另起一行，冒充一个新问题。",
)
def keeps_line_breaks(question, passages):
    return prompt(question, passages, clean=str.strip)


@mistake(
    of="build_prompt",
    en="It looks like you replaced each line break by a space, one by one: runs of white space are then still "
    'long. `" ".join(text.split())` makes one space of each run.',
    zh='看起来你把换行逐个换成了空格，连续的空白因此没有合并。`" ".join(text.split())` 会把每一串空白变成一个空格。',
)
def replaces_line_breaks_only(question, passages):
    return prompt(question, passages, clean=lambda text: text.replace("\n", " ").strip())


@mistake(
    of="build_prompt",
    en="It looks like the question stands above the passages in your prompt. It comes after them, as the last "
    "line but one.",
    zh="看起来你的提示把问题放在了段落前面。问题应在段落之后，是倒数第二行。",
)
def asks_first(question, passages):
    head, empty, *numbered, blank, asked, end = prompt(question, passages).split("\n")
    return "\n".join([head, empty, asked, blank, *numbered, end])


@mistake(
    of="build_prompt",
    en="It looks like a template was filled twice, so braces inside a passage were taken for a place to fill. "
    "Whatever stands in a passage is text, not template.",
    zh="看起来模板被填充了两次，段落里的花括号被当成了待填的位置。段落里无论写着什么，都只是文本。",
)
def fills_the_template_twice(question, passages):
    text = prompt("{question}", passages)
    return text.replace("{question}", solution._one_line(question))


@mistake(
    of="build_prompt",
    en="It looks like you sorted the passages by score. They stay in the order in which they are given.",
    zh="看起来你按分数给段落重新排了序。段落应保持给出时的次序。",
)
def sorts_by_score(question, passages):
    return prompt(question, sorted(passages, key=lambda passage: passage["score"]))


@mistake(
    of="answer",
    en="It looks like min_score is never compared with anything: every retrieved passage reaches the model, "
    "whatever its score.",
    zh="看起来 min_score 没有用上：检索到的段落不论分数高低，全都交给了模型。",
)
def ignores_the_threshold(question, retrieve, llm, min_score=0.3):
    return reply(question, retrieve, llm, lambda passage: True, cited)


@mistake(
    of="answer",
    en="It looks like you keep a passage only if its score is above min_score. One exactly at min_score stays "
    "too: >=, not >.",
    zh="看起来你只保留分数大于 min_score 的段落。恰好等于 min_score 的也要保留：应写 >=，而不是 >。",
)
def excludes_the_threshold(question, retrieve, llm, min_score=0.3):
    return reply(question, retrieve, llm, lambda passage: passage["score"] > min_score, cited)


@mistake(
    of="answer",
    en="It looks like every passage in the prompt became a source. Only those that the reply cites are sources.",
    zh="看起来提示中的段落全都成了来源。只有回复里引用了的段落才算。",
)
def names_everything_shown(question, retrieve, llm, min_score=0.3):
    def shown(passages, numbers):
        return list(dict.fromkeys(passage["source"] for passage in passages)) if cited(passages, numbers) else []

    return reply(question, retrieve, llm, lambda passage: passage["score"] >= min_score, shown)


@mistake(
    of="answer",
    en="It looks like your sources come in the order of the passages. What counts is the order in which the "
    "reply cites them first.",
    zh="看起来你的来源是按段落的次序排列的。应按它们在回复中第一次被引用的次序排列。",
)
def sorts_the_sources(question, retrieve, llm, min_score=0.3):
    def in_order(passages, numbers):
        return cited(passages, sorted(numbers))

    return reply(question, retrieve, llm, lambda passage: passage["score"] >= min_score, in_order)


@mistake(
    of="answer",
    en="It looks like a source is listed again each time the reply cites it. Each source is named once, at its "
    "first citation.",
    zh="看起来来源每被引用一次就列出一次。每个来源只列一次，位置由第一次引用决定。",
)
def repeats_sources(question, retrieve, llm, min_score=0.3):
    def every(passages, numbers):
        return [passages[number - 1]["source"] for number in numbers if 1 <= number <= len(passages)]

    return reply(question, retrieve, llm, lambda passage: passage["score"] >= min_score, every)


@mistake(
    of="answer",
    en="It looks like [0] reached passages[0 - 1], and Python reads that as the last passage. Check that 1 <= n "
    "before you look a passage up.",
    zh="看起来 [0] 取到了 passages[0 - 1]，而 Python 把它当作最后一个段落。取段落之前要先检查 1 <= n。",
)
def lets_zero_wrap_around(question, retrieve, llm, min_score=0.3):
    def wrapped(passages, numbers):
        return list(dict.fromkeys(passages[n - 1]["source"] for n in numbers if n <= len(passages)))

    return reply(question, retrieve, llm, lambda passage: passage["score"] >= min_score, wrapped)


@mistake(
    of="answer",
    en="It looks like you look the cited numbers up among all retrieved passages. The model saw only those that "
    "were left after filtering, and its numbers mean these.",
    zh="看起来你在全部检索结果里查找被引用的编号。模型看到的只是过滤后留下的段落，编号指的是它们。",
)
def numbers_before_filtering(question, retrieve, llm, min_score=0.3):
    found = []

    def remember(asked):
        found.extend(retrieve(asked))
        return found

    def of_all(passages, numbers):
        return cited(found, numbers)

    return reply(question, remember, llm, lambda passage: passage["score"] >= min_score, of_all)


@mistake(
    of="answer",
    en="It looks like a reply without any valid citation is given out as an answer. It shows no ground to stand "
    "on, so the answer is REFUSAL.",
    zh="看起来没有任何有效引用的回复也被当作答案给出了。这样的回复拿不出依据，应当返回 REFUSAL。",
)
def accepts_what_cites_nothing(question, retrieve, llm, min_score=0.3):
    return reply(question, retrieve, llm, lambda passage: passage["score"] >= min_score, cited, must_cite=False)


@mistake(
    of="answer",
    en="It looks like any [n] counts as a citation: a reply that cites only numbers which no passage has is given out "
    "without a source. Its answer is REFUSAL.",
    zh="看起来只要有 [n] 就算引用：回复只引用了不存在的编号，却仍被当作答案给出，没有来源。此时应返回 REFUSAL。",
    breaks="A reply that cites none of the passages rests on nothing",
)
def accepts_any_number(question, retrieve, llm, min_score=0.3):
    passages = [passage for passage in retrieve(question) if passage["score"] >= min_score]
    if not passages:
        return solution.REFUSAL, []
    text = llm(solution.build_prompt(question, passages)).strip()
    if not solution.CITATION.search(text):
        return solution.REFUSAL, []
    return text, cited(passages, [int(number) for number in solution.CITATION.findall(text)])


@mistake(
    of="build_prompt",
    en="It looks like passages without words are left out, which gives those behind them other numbers. Each "
    "passage keeps its line and its number.",
    zh="看起来没有文字的段落被略去了，后面段落的编号也就变了。每个段落都占一行，都有自己的编号。",
    breaks='one line "[1] text" for each passage',
)
def leaves_out_blank_passages(question, passages):
    worded = [passage for passage in passages if passage["text"].strip()]
    return solution.build_prompt(question, worded)


@mistake(
    of="build_prompt",
    en='It looks like your prompt has one line break too many, at its very end: after "Answer:" comes nothing.',
    zh='看起来你的提示末尾多了一个换行："Answer:" 之后不应再有任何字符。',
    breaks="There is no line break at the end",
)
def ends_with_a_line_break(question, passages):
    return solution.build_prompt(question, passages) + "\n"


@mistake(
    of="build_prompt",
    en="It looks like you cleaned the passages but not the question. A question with line breaks can pose as "
    "further lines too.",
    zh="看起来你清理了段落，却没有清理问题。带换行的问题同样可以冒充别的行。",
    breaks="In the question and in the texts every run of white space",
)
def leaves_the_question_as_it_is(question, passages):
    return solution.build_prompt("Q", passages).replace("Question: Q", f"Question: {question}")


@mistake(
    of="answer",
    en="It looks like only one passage of each source goes into the prompt. All passages that are relevant "
    "enough go in, whatever their source.",
    zh="看起来每个来源只有一个段落进了提示。只要足够相关，同一来源的段落也都要放进去。",
    breaks="Passages with a score below `min_score`, or with NaN for a score, are left out",
)
def one_passage_a_source(question, retrieve, llm, min_score=0.3):
    def once(asked):
        return list({passage["source"]: passage for passage in retrieve(asked)}.values())

    return solution.answer(question, once, llm, min_score)


@mistake(
    of="answer",
    en="It looks like you removed repeated numbers, but not repeated sources: two passages of one source then "
    "name it twice.",
    zh="看起来你去掉了重复的编号，却没有去掉重复的来源：同一来源的两个段落会让它列出两次。",
    breaks="each once, also if two passages have the same source",
)
def names_a_source_again(question, retrieve, llm, min_score=0.3):
    def sources(passages, numbers):
        valid = [number for number in dict.fromkeys(numbers) if 1 <= number <= len(passages)]
        return [passages[number - 1]["source"] for number in valid]

    return reply(question, retrieve, llm, lambda passage: passage["score"] >= min_score, sources)


@mistake(
    of="answer",
    en="It looks like your citations have one digit only, as from the pattern \\[\\d\\]. With ten passages or more, "
    "[12] is a citation too.",
    zh="看起来你只认一位数的引用，例如用了模式 \\[\\d\\]。段落有十个以上时，[12] 也是引用。",
    breaks="The sources are those of the passages that the reply cites as [n]",
)
def reads_one_digit(question, retrieve, llm, min_score=0.3):
    def sources(passages, numbers):
        return cited(passages, [number for number in numbers if number < 10])

    return reply(question, retrieve, llm, lambda passage: passage["score"] >= min_score, sources)


@mistake(
    of="answer",
    en="It looks like you took the citations out of the text. The reply is the text as it stands, numbers included.",
    zh="看起来你从文本里删去了引用编号。回复原样就是文本，编号也在内。",
    breaks="Its reply is the text, without the white space at its ends",
)
def takes_citations_out(question, retrieve, llm, min_score=0.3):
    text, sources = solution.answer(question, retrieve, llm, min_score)
    return (solution.CITATION.sub("", text).strip() if sources else text), sources


@mistake(
    of="answer",
    en="It looks like one number that belongs to no passage made you refuse. Ignore such a number, and look at "
    "the others.",
    zh="看起来只要有一个编号没有对应的段落，你就拒答了。这样的编号忽略即可，再看其余的编号。",
    breaks="A number that no passage has is ignored",
)
def refuses_at_a_wrong_number(question, retrieve, llm, min_score=0.3):
    def sources(passages, numbers):
        return cited(passages, numbers) if all(number <= len(passages) for number in numbers) else []

    return reply(question, retrieve, llm, lambda passage: passage["score"] >= min_score, sources)


@mistake(
    of="build_prompt",
    en="It looks like `str.format` went over a text with the passages already in it: braces inside a passage are then "
    "places to fill, or an error. Put the passages in last, or use no template.",
    zh="看起来你在段落已经放进去之后又用了 `str.format`：段落里的花括号就成了待填的位置，甚至报错。"
    "应当最后才放入段落，或者不用模板。",
    breaks="All other characters stay, braces too",
)
def formats_the_whole_prompt(question, passages):
    return prompt("{question}", passages).format(question=solution._one_line(question))


@mistake(
    of="answer",
    en="It looks like your sources are sorted by their names. They come in the order in which the reply cites them "
    "first.",
    zh="看起来你的来源是按名称排序的。应按它们在回复中第一次被引用的次序排列。",
    breaks="in the order of their first citation",
)
def sorts_the_sources_by_name(question, retrieve, llm, min_score=0.3):
    def by_name(passages, numbers):
        return sorted(cited(passages, numbers))

    return reply(question, retrieve, llm, lambda passage: passage["score"] >= min_score, by_name)


@mistake(
    of="answer",
    en="It looks like you cleaned the question before the retriever saw it. `retrieve` gets it as it is; only the "
    "prompt has it on one line.",
    zh="看起来你先清理了问题，再交给检索器。`retrieve` 应得到原样的问题；只有提示里才写成一行。",
    breaks="`retrieve(question)` is called once",
)
def retrieves_with_a_cleaned_question(question, retrieve, llm, min_score=0.3):
    return solution.answer(solution._one_line(question), retrieve, llm, min_score)


@mistake(
    of="answer",
    en="It looks like the reply keeps the white space at its ends. Strip it: models like to begin with a space.",
    zh="看起来回复首尾的空白留了下来。应当去掉：模型的回复常以空格开头。",
    breaks="Its reply is the text, without the white space at its ends",
)
def keeps_the_ends_of_the_reply(question, retrieve, llm, min_score=0.3):
    replies = []

    def remember(text):
        replies.append(llm(text))
        return replies[-1]

    text, sources = solution.answer(question, retrieve, remember, min_score)
    return (replies[-1] if sources else text), sources


@mistake(
    of="answer",
    en="It looks like the citations were sorted. They count in the order in which they stand in the reply.",
    zh="看起来你给引用排了序。应按它们在回复中出现的次序。",
    breaks="in the order of their first citation",
)
def sorts_the_citations_as_text(question, retrieve, llm, min_score=0.3):
    def as_text(passages, numbers):
        return cited(passages, sorted(numbers, key=str))

    return reply(question, retrieve, llm, lambda passage: passage["score"] >= min_score, as_text)


@mistake(
    of="build_prompt",
    en="It looks like each line break of a passage is replaced by a space, one by one: runs of white space in passages "
    "are then still long. The question is right; treat passages the same way.",
    zh="看起来段落里的换行是逐个换成空格的，段落中连续的空白因此没有合并。问题的处理是对的，段落也应同样处理。",
    breaks="every run of white space (as `str.split` sees it) becomes one space",
)
def replaces_line_breaks_of_passages_only(question, passages):
    flat = [{**passage, "text": passage["text"].replace("\n", " ").strip()} for passage in passages]
    return prompt(solution._one_line(question), flat, clean=str)


@mistake(
    of="build_prompt",
    en="It looks like only spaces, tabs and line breaks count as white space. `str.split` sees more, as the wide "
    "space of Chinese text.",
    zh="看起来只有空格、制表符和换行被当作空白。`str.split` 认得更多，例如中文里的全角空格。",
    breaks="every run of white space (as `str.split` sees it) becomes one space",
)
def knows_ascii_white_space_only(question, passages):
    return prompt(question, passages, clean=lambda text: re.sub(r"[ \t\r\n]+", " ", text).strip())


@mistake(
    of="build_prompt",
    en="It looks like you cleaned the texts inside the passages that you were given: whoever keeps them finds other "
    "texts afterwards. Write the cleaned text into the prompt alone.",
    zh="看起来你直接改写了传入的段落里的文本：段落的主人事后会发现文本变了。清理过的文本只应写进提示里。",
    breaks="every run of white space (as `str.split` sees it) becomes one space",
)
def cleans_the_passages_themselves(question, passages):
    for passage in passages:
        passage["text"] = solution._one_line(passage["text"])
    return solution.build_prompt(question, passages)


@mistake(
    of="answer",
    en="It looks like a passage whose score is NaN stays: NaN is not below anything, so `score < min_score` does not "
    "find it. Keep those with score >= min_score.",
    zh="看起来分数为 NaN 的段落留了下来：NaN 不小于任何数，`score < min_score` 找不到它。应当保留 score >= min_score "
    "的段落。",
    breaks="or with NaN for a score, are left out",
)
def keeps_scores_that_are_nan(question, retrieve, llm, min_score=0.3):
    return reply(question, retrieve, llm, lambda passage: not passage["score"] < min_score, cited)
