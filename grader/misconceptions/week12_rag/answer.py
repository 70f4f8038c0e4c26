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


@mistake(
    of="build_prompt",
    en="Your answer equals the one that leaves out passages without words: each keeps its line and its number.",
    zh="你的结果等于略去没有文字的段落时的结果：每个段落都占一行，都有编号。",
    breaks='one line "[1] text" for each passage',
)
def leaves_out_blank_passages(question, passages):
    worded = [passage for passage in passages if passage["text"].strip()]
    return solution.build_prompt(question, worded)


@mistake(
    of="build_prompt",
    en="Your answer equals the one with a line break at the end.",
    zh="你的结果等于末尾多了一个换行的结果。",
    breaks="There is no line break at the end",
)
def ends_with_a_line_break(question, passages):
    return solution.build_prompt(question, passages) + "\n"


@mistake(
    of="build_prompt",
    en="Your answer equals the one that cleans the passages and not the question: it can pose as a line too.",
    zh="你的结果等于只清理段落、没有清理问题时的结果：问题同样可以冒充另一行。",
    breaks="In the question and in the texts every run of white space",
)
def leaves_the_question_as_it_is(question, passages):
    return solution.build_prompt("Q", passages).replace("Question: Q", f"Question: {question}")


@mistake(
    of="answer",
    en="Your answer equals the one that shows only one passage of each source: all that are relevant go in.",
    zh="你的结果等于每个来源只展示一个段落时的结果：所有相关段落都要放进去。",
    breaks="Passages with a score below `min_score` are left out",
)
def one_passage_a_source(question, retrieve, llm, min_score=0.3):
    def once(asked):
        return list({passage["source"]: passage for passage in retrieve(asked)}.values())

    return solution.answer(question, once, llm, min_score)


@mistake(
    of="answer",
    en="Your answer equals the one that names a source again for every passage of it.",
    zh="你的结果等于同一来源的每个段落都再列一次来源时的结果。",
    breaks="each once, also if two passages have the same source",
)
def names_a_source_again(question, retrieve, llm, min_score=0.3):
    def sources(passages, numbers):
        valid = [number for number in dict.fromkeys(numbers) if 1 <= number <= len(passages)]
        return [passages[number - 1]["source"] for number in valid]

    return reply(question, retrieve, llm, lambda passage: passage["score"] >= min_score, sources)


@mistake(
    of="answer",
    en="Your answer equals the one that reads numbers of one digit only: [12] is a citation too.",
    zh="你的结果等于只识别一位数编号时的结果：[12] 也是引用。",
    breaks="The sources are those of the passages that the reply cites as [n]",
)
def reads_one_digit(question, retrieve, llm, min_score=0.3):
    def sources(passages, numbers):
        return cited(passages, [number for number in numbers if number < 10])

    return reply(question, retrieve, llm, lambda passage: passage["score"] >= min_score, sources)


@mistake(
    of="answer",
    en="Your answer equals the one that takes the citations out of the text: the reply is the text, numbers included.",
    zh="你的结果等于从文本中删去引用编号时的结果：回复原样就是文本，编号也在内。",
    breaks="Its reply is the text, without the white space at its ends",
)
def takes_citations_out(question, retrieve, llm, min_score=0.3):
    text, sources = solution.answer(question, retrieve, llm, min_score)
    return (solution.CITATION.sub("", text).strip() if sources else text), sources


@mistake(
    of="answer",
    en="Your answer equals the one that refuses as soon as one number belongs to no passage: such a number is ignored.",
    zh="你的结果等于只要有一个编号没有对应段落就拒答时的结果：这样的编号应当忽略。",
    breaks="A number that no passage has is ignored",
)
def refuses_at_a_wrong_number(question, retrieve, llm, min_score=0.3):
    def sources(passages, numbers):
        return cited(passages, numbers) if all(number <= len(passages) for number in numbers) else []

    return reply(question, retrieve, llm, lambda passage: passage["score"] >= min_score, sources)
