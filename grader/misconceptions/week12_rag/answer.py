"""Known mistakes of week 12, answer."""

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
    en="Your answer equals the one where the passages are numbered from 0.",
    zh="你的结果等于段落从 0 开始编号的结果。",
)
def numbers_from_zero(question, passages):
    return prompt(question, passages, first=0)


@mistake(
    of="build_prompt",
    en="Your answer equals the one where line breaks in a passage stay: it can then pose as a question of its own.",
    zh="你的结果等于保留了段落中换行的结果：段落就可以冒充一个新问题。",
)
def keeps_line_breaks(question, passages):
    return prompt(question, passages, clean=str.strip)


@mistake(
    of="build_prompt",
    en="Your answer equals the one where line breaks become spaces one by one: runs of white space stay long.",
    zh="你的结果等于把换行逐个换成空格的结果：连续的空白没有合并。",
)
def replaces_line_breaks_only(question, passages):
    return prompt(question, passages, clean=lambda text: text.replace("\n", " ").strip())


@mistake(
    of="build_prompt",
    en="Your answer equals the one where the question stands above the passages.",
    zh="你的结果等于把问题放在段落之前的结果。",
)
def asks_first(question, passages):
    head, empty, *numbered, blank, asked, end = prompt(question, passages).split("\n")
    return "\n".join([head, empty, asked, blank, *numbered, end])


@mistake(
    of="build_prompt",
    en="Your answer equals the one that fills a template twice: braces in a passage are read as places to fill.",
    zh="你的结果等于对模板填充了两次的结果：段落里的花括号被当成了待填的位置。",
)
def fills_the_template_twice(question, passages):
    text = prompt("{question}", passages)
    return text.replace("{question}", solution._one_line(question))


@mistake(
    of="build_prompt",
    en="Your answer equals the one where the passages are sorted by score instead of kept in the order given.",
    zh="你的结果等于按分数给段落重新排序、而没有保持原有顺序的结果。",
)
def sorts_by_score(question, passages):
    return prompt(question, sorted(passages, key=lambda passage: passage["score"]))


@mistake(
    of="answer",
    en="Your answer equals the one where every retrieved passage reaches the model, whatever its score.",
    zh="你的结果等于不看分数、把检索到的段落全部交给模型的结果。",
)
def ignores_the_threshold(question, retrieve, llm, min_score=0.3):
    return reply(question, retrieve, llm, lambda passage: True, cited)


@mistake(
    of="answer",
    en="Your answer equals the one where a passage exactly at min_score is left out.",
    zh="你的结果等于把分数恰好等于 min_score 的段落也去掉的结果。",
)
def excludes_the_threshold(question, retrieve, llm, min_score=0.3):
    return reply(question, retrieve, llm, lambda passage: passage["score"] > min_score, cited)


@mistake(
    of="answer",
    en="Your answer equals the one that names every passage in the prompt as a source, cited or not.",
    zh="你的结果等于把提示中的所有段落都当作来源的结果，无论是否被引用。",
)
def names_everything_shown(question, retrieve, llm, min_score=0.3):
    def shown(passages, numbers):
        return list(dict.fromkeys(passage["source"] for passage in passages)) if cited(passages, numbers) else []

    return reply(question, retrieve, llm, lambda passage: passage["score"] >= min_score, shown)


@mistake(
    of="answer",
    en="Your answer equals the one where the sources come in the order of the passages, not of their citation.",
    zh="你的结果等于来源按段落顺序、而不是按引用顺序排列的结果。",
)
def sorts_the_sources(question, retrieve, llm, min_score=0.3):
    def in_order(passages, numbers):
        return cited(passages, sorted(numbers))

    return reply(question, retrieve, llm, lambda passage: passage["score"] >= min_score, in_order)


@mistake(
    of="answer",
    en="Your answer equals the one where a source that is cited twice is listed twice.",
    zh="你的结果等于被引用两次的来源列出两次的结果。",
)
def repeats_sources(question, retrieve, llm, min_score=0.3):
    def every(passages, numbers):
        return [passages[number - 1]["source"] for number in numbers if 1 <= number <= len(passages)]

    return reply(question, retrieve, llm, lambda passage: passage["score"] >= min_score, every)


@mistake(
    of="answer",
    en="Your answer equals the one where [0] names the last passage, because passages[-1] is one.",
    zh="你的结果等于 [0] 指到了最后一个段落的结果，因为 passages[-1] 确实存在。",
)
def lets_zero_wrap_around(question, retrieve, llm, min_score=0.3):
    def wrapped(passages, numbers):
        return list(dict.fromkeys(passages[n - 1]["source"] for n in numbers if n <= len(passages)))

    return reply(question, retrieve, llm, lambda passage: passage["score"] >= min_score, wrapped)


@mistake(
    of="answer",
    en="Your answer equals the one where the numbers mean all retrieved passages, not those that the model was shown.",
    zh="你的结果等于把编号对应到全部检索结果、而不是给模型看的那些段落的结果。",
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
    en="Your answer equals the one where a reply without any valid citation is given out as an answer.",
    zh="你的结果等于把没有任何有效引用的回复当作答案给出的结果。",
)
def accepts_what_cites_nothing(question, retrieve, llm, min_score=0.3):
    return reply(question, retrieve, llm, lambda passage: passage["score"] >= min_score, cited, must_cite=False)
