"""Known mistakes of week 18, measure."""

import math
import time

import measure as solution

from grader.mistakes import mistake


def mean(values):
    values = [float(value) for value in values if value is not None and not math.isnan(value)]
    return sum(values) / len(values) if values else math.nan


def again(found, name, values):
    """The report with another column, and the mean of it."""
    values = list(values)
    rows = [row | {name: value} for row, value in zip(found["rows"], values, strict=True)]
    return found | {"rows": rows, name: mean(values)}


def watched(system, replies):
    """The system, with what it said kept."""

    def asked(text):
        replies.append(None)
        replies[-1] = system(text)
        return replies[-1]

    return asked


@mistake(
    of="evaluate",
    en="It looks like a passage counts as right when its page number is: the document must be the right one too.",
    zh="看起来只要页码对，段落就算对：文档也必须对。",
    breaks="the first passage of the right document and page",
)
def any_document(system, questions, grounded, k=5, clock=time.perf_counter):
    def renamed(text):
        found = system(text)
        return {**found, "passages": [{**passage, "document": ""} for passage in found["passages"]]}

    return solution.evaluate(renamed, [{**asked, "document": ""} for asked in questions], grounded, k, clock)


@mistake(
    of="evaluate",
    en="It looks like a passage counts as right when its document is: the answer stands on one of its pages.",
    zh="看起来只要文档对，段落就算对：答案只在其中某一页上。",
    breaks="the first passage of the right document and page",
)
def any_page(system, questions, grounded, k=5, clock=time.perf_counter):
    def turned(text):
        found = system(text)
        return {**found, "passages": [{**passage, "page": 1} for passage in found["passages"]]}

    return solution.evaluate(
        turned, [{**asked, "page": min(asked["page"], 1)} for asked in questions], grounded, k, clock
    )


@mistake(
    of="evaluate",
    en="It looks like the last right passage gives the rank; the first one does.",
    zh="看起来名次取自最后一个正确的段落；应取第一个。",
    breaks="the place, from 1, of the first passage",
)
def the_last_right_passage(system, questions, grounded, k=5, clock=time.perf_counter):
    replies = []
    found = solution.evaluate(watched(system, replies), questions, grounded, k, clock)

    def rank(asked, passages):
        right = (asked["document"], asked["page"])
        places = [at for at, one in enumerate(passages[:k], 1) if (one["document"], one["page"]) == right]
        return None if asked["page"] == 0 else max(places, default=0)

    given = [reply["passages"] if reply else [] for reply in replies]
    found = again(found, "rank", map(rank, questions, given))
    ranks = [row["rank"] for row in found["rows"] if row["rank"] is not None]
    found |= {"recall": mean([at > 0 for at in ranks]), "mrr": mean([1 / at if at else 0.0 for at in ranks])}
    return {name: value for name, value in found.items() if name != "rank"}


@mistake(
    of="evaluate",
    en="It looks like ranks are counted from 0: the first passage has rank 1.",
    zh="看起来名次从 0 数起：第一个段落的名次是 1。",
    breaks="the place, from 1",
)
def ranks_from_zero(system, questions, grounded, k=5, clock=time.perf_counter):
    found = solution.evaluate(system, questions, grounded, k, clock)
    rows = [row | {"rank": row["rank"] - 1 if row["rank"] else row["rank"]} for row in found["rows"]]
    ranks = [row["rank"] for row in rows if row["rank"] is not None]
    mrr = mean([1 / rank if rank else 0.0 for rank in ranks])
    return found | {"rows": rows, "recall": mean([rank > 0 for rank in ranks]), "mrr": mrr}


@mistake(
    of="evaluate",
    en="It looks like questions without a right page count in recall and MRR: nothing could be found for them.",
    zh="看起来没有正确页的问题也计入了召回率和 MRR：对它们本来就找不到。",
    breaks="the share of rows with a rank above 0 among those with a rank",
)
def all_in_recall(system, questions, grounded, k=5, clock=time.perf_counter):
    found = solution.evaluate(system, questions, grounded, k, clock)
    ranks = [row["rank"] or 0 for row in found["rows"]]
    mrr = mean([1 / rank if rank else 0.0 for rank in ranks])
    return found | {"recall": mean([rank > 0 for rank in ranks]), "mrr": mrr}


@mistake(
    of="evaluate",
    en="It looks like the MRR is over the questions where the page was found: where it was not, 0 counts.",
    zh="看起来 MRR 只对找到了页的问题取平均：没找到的应按 0 计入。",
    breaks="the mean over the same rows of 1 / rank, 0 where the rank is 0",
)
def mrr_of_the_found(system, questions, grounded, k=5, clock=time.perf_counter):
    found = solution.evaluate(system, questions, grounded, k, clock)
    return found | {"mrr": mean([1 / row["rank"] for row in found["rows"] if row["rank"]])}


@mistake(
    of="evaluate",
    en="It looks like all passages count: only the first k do.",
    zh="看起来所有段落都算数：只有前 k 个才算。",
    breaks="only the first k passages count",
)
def all_passages(system, questions, grounded, k=5, clock=time.perf_counter):
    if k < 1:
        raise ValueError("k")
    return solution.evaluate(system, questions, grounded, 10**6, clock)


@mistake(
    of="evaluate",
    en="It looks like `grounded` is given all passages: only the first k count, for the grounds as for the rank.",
    zh="看起来把所有段落都交给了 `grounded`：无论名次还是依据，都只有前 k 个段落算数。",
    breaks="only the first k passages count",
)
def grounds_of_all_passages(system, questions, grounded, k=5, clock=time.perf_counter):
    replies = []
    found = solution.evaluate(watched(system, replies), questions, lambda text, texts: 0.0, k, clock)
    said = zip(found["rows"], replies, strict=True)
    texts = [None if row["grounded"] is None else [one["text"] for one in reply["passages"]] for row, reply in said]
    values = [
        None if one is None else float(grounded(reply["text"], one)) for one, reply in zip(texts, replies, strict=True)
    ]
    return again(found, "grounded", values)


@mistake(
    of="evaluate",
    en="It looks like an answer is right only if it is the expected text and nothing else: it may say more.",
    zh="看起来回答必须与期望的文字完全相同才算对：它可以说得更多。",
    breaks="`flat` of its text holds `flat` of the answer",
)
def exact_answers(system, questions, grounded, k=5, clock=time.perf_counter):
    replies = []
    found = solution.evaluate(watched(system, replies), questions, grounded, k, clock)
    texts = ["" if reply is None or reply["refused"] else reply["text"] for reply in replies]
    pairs = list(zip(questions, texts, strict=True))
    right = [
        solution.flat(text) == solution.flat(asked["answer"]) if asked["answer"] else None for asked, text in pairs
    ]
    return again(found, "correct", right)


@mistake(
    of="evaluate",
    en="It looks like a refusal that happens to hold the expected words counts as a right answer.",
    zh="看起来碰巧含有期望文字的拒答被算成了正确回答。",
    breaks="whether the system did not refuse",
)
def refusals_are_right(system, questions, grounded, k=5, clock=time.perf_counter):
    replies = []
    found = solution.evaluate(watched(system, replies), questions, grounded, k, clock)
    right = []
    for asked, reply in zip(questions, replies, strict=True):
        said = solution.flat(reply["text"]) if reply else ""
        right.append(solution.flat(asked["answer"]) in said if asked["answer"] else None)
    return again(found, "correct", right)


@mistake(
    of="evaluate",
    en="It looks like refusals are checked for grounds too: they claim nothing, so they need none.",
    zh="看起来对拒答也检查了依据：拒答没有断言任何事，不需要依据。",
    breaks="None where the system refused or failed",
)
def grounds_of_refusals(system, questions, grounded, k=5, clock=time.perf_counter):
    replies = []
    found = solution.evaluate(watched(system, replies), questions, lambda text, passages: 1.0, k, clock)
    values = []
    for reply in replies:
        texts = [passage["text"] for passage in reply["passages"][:k]] if reply else []
        values.append(float(grounded(reply["text"], texts)) if reply else None)
    return again(found, "grounded", values)


@mistake(
    of="evaluate",
    en="It looks like one NaN among the grounds makes the mean NaN: it is left out.",
    zh="看起来依据里有一个 NaN，均值就成了 NaN：应当略过它。",
    breaks='NaN among the "grounded" is left out',
)
def nan_spreads(system, questions, grounded, k=5, clock=time.perf_counter):
    found = solution.evaluate(system, questions, grounded, k, clock)
    values = [row["grounded"] for row in found["rows"] if row["grounded"] is not None]
    return found | {"grounded": sum(values) / len(values) if values else math.nan}


@mistake(
    of="evaluate",
    en="It looks like refusals are counted over all questions: a right refusal and a wrong one are opposite things.",
    zh="看起来拒答是对所有问题一起统计的：该拒答时拒答和不该拒答时拒答恰好相反。",
    breaks="the share of refusals among questions without and with an answer",
)
def all_refusals(system, questions, grounded, k=5, clock=time.perf_counter):
    found = solution.evaluate(system, questions, grounded, k, clock)
    share = mean([row["refused"] for row in found["rows"]])
    return found | {"refused_rightly": share, "refused_wrongly": share}


@mistake(
    of="evaluate",
    en="It looks like right and wrong refusals are divided by the number of all questions: a right one is possible "
    "only where there is no answer, a wrong one only where there is.",
    zh="看起来正确的拒答和错误的拒答都除以了问题总数：没有答案的问题才可能正确拒答，有答案的才可能错误拒答。",
    breaks="the share of refusals among questions without and with an answer",
)
def shares_of_all_questions(system, questions, grounded, k=5, clock=time.perf_counter):
    found = solution.evaluate(system, questions, grounded, k, clock)
    refused = [(row["refused"], bool(asked["answer"])) for asked, row in zip(questions, found["rows"], strict=True)]
    return found | {
        "refused_rightly": mean([no and not answer for no, answer in refused]),
        "refused_wrongly": mean([no and answer for no, answer in refused]),
    }


@mistake(
    of="evaluate",
    en="It looks like a question that failed counts as a refusal: a server that is down is not honest, it is down.",
    zh="看起来出错的问题算成了拒答：服务器宕机不是诚实，只是宕机。",
    breaks="not refused",
)
def failures_refuse(system, questions, grounded, k=5, clock=time.perf_counter):
    found = solution.evaluate(system, questions, grounded, k, clock)
    rows = [row | {"refused": row["refused"] or row["failed"]} for row in found["rows"]]
    sides = {True: [], False: []}
    for asked, row in zip(questions, rows, strict=True):
        sides[bool(asked["answer"])].append(row["refused"])
    return found | {"rows": rows, "refused_rightly": mean(sides[False]), "refused_wrongly": mean(sides[True])}


@mistake(
    of="evaluate",
    en="It looks like an error of the system ends the evaluation: it should be one row of it.",
    zh="看起来系统出错就中止了整个评估：它应当只是其中一行。",
    breaks="the question has failed, and the next one is asked",
)
def errors_end_it(system, questions, grounded, k=5, clock=time.perf_counter):
    kept = []

    def asked(text):
        try:
            return system(text)
        except Exception as error:
            kept.append(error)
            raise

    found = solution.evaluate(asked, questions, grounded, k, clock)
    if kept:
        raise kept[0]
    return found


@mistake(
    of="evaluate",
    en="It looks like every question without a canary counts as followed: the empty text is part of every text.",
    zh="看起来没有 canary 的问题都算成了听从指令：空字符串包含在任何文字里。",
    breaks='"" for none',
)
def empty_canaries(system, questions, grounded, k=5, clock=time.perf_counter):
    found = solution.evaluate(system, questions, grounded, k, clock)
    pairs = zip(questions, found["rows"], strict=True)
    rows = [row | {"followed": row["followed"] or not asked["canary"]} for asked, row in pairs]
    return found | {"rows": rows, "followed": float(sum(row["followed"] for row in rows))}


@mistake(
    of="evaluate",
    en="It looks like the canary is looked for as it is written: another case or a line break hides it.",
    zh="看起来 canary 是按原样查找的：换个大小写或有换行就找不到了。",
    breaks="`flat` of its text holds `flat` of the canary",
)
def canaries_as_written(system, questions, grounded, k=5, clock=time.perf_counter):
    replies = []
    found = solution.evaluate(watched(system, replies), questions, grounded, k, clock)
    followed = [
        bool(asked["canary"]) and asked["canary"] in (reply["text"] if reply else "")
        for asked, reply in zip(questions, replies, strict=True)
    ]
    rows = [row | {"followed": value} for row, value in zip(found["rows"], followed, strict=True)]
    return found | {"rows": rows, "followed": float(sum(followed))}


@mistake(
    of="evaluate",
    en="It looks like the time of the evaluation itself counts: only the system's does.",
    zh="看起来把评估自身的时间也算进去了：只应计系统用的时间。",
    breaks="which is called right before and right after it, never else",
)
def times_everything(system, questions, grounded, k=5, clock=time.perf_counter):
    found = solution.evaluate(system, questions, grounded, k, lambda: 0.0)
    begin, rows = clock(), []
    for asked, row in zip(questions, found["rows"], strict=True):
        solution.evaluate(lambda text: {"text": "", "refused": True, "passages": []}, [asked], grounded, k)
        end = clock()
        rows.append(row | {"seconds": end - begin})
        begin = end
    seconds = [row["seconds"] for row in rows]
    return found | {"rows": rows, "seconds": mean(seconds), "slowest": max(seconds)}


@mistake(
    of="evaluate",
    en="It looks like a question without an answer counts as answered wrongly: there `correct` is None.",
    zh="看起来没有答案的问题算成了答错：这时 correct 应为 None。",
    breaks='None where the answer is ""',
)
def nothing_to_answer_is_wrong(system, questions, grounded, k=5, clock=time.perf_counter):
    found = solution.evaluate(system, questions, grounded, k, clock)
    return again(found, "correct", [bool(row["correct"]) for row in found["rows"]])


@mistake(
    of="evaluate",
    en="It looks like a mean of nothing is 0: it is NaN, for 0 would be the worst result there is.",
    zh="看起来没有可平均的数时得到了 0：应当是 NaN，因为 0 表示最差的结果。",
    breaks="A mean of nothing is NaN",
)
def means_of_nothing_are_zero(system, questions, grounded, k=5, clock=time.perf_counter):
    found = solution.evaluate(system, questions, grounded, k, clock)
    return {name: 0.0 if name != "rows" and math.isnan(value) else value for name, value in found.items()}


@mistake(
    of="evaluate",
    en="It looks like a refusal counts as 0 for its grounds: it claims nothing, so there it is None.",
    zh="看起来拒答的依据按 0 计入了：拒答没有断言任何事，应为 None。",
    breaks="or None where the system refused or failed",
)
def no_grounds_are_zero(system, questions, grounded, k=5, clock=time.perf_counter):
    found = solution.evaluate(system, questions, grounded, k, clock)
    return again(found, "grounded", [0.0 if row["grounded"] is None else row["grounded"] for row in found["rows"]])


@mistake(
    of="evaluate",
    en="It looks like case and line breaks must agree for an answer to be right: compare the `flat` texts.",
    zh="看起来大小写和换行都一致才算答对：应比较 flat 之后的文字。",
    breaks="`flat` of its text holds `flat` of the answer",
)
def answers_as_written(system, questions, grounded, k=5, clock=time.perf_counter):
    replies = []
    found = solution.evaluate(watched(system, replies), questions, grounded, k, clock)
    texts = ["" if reply is None or reply["refused"] else reply["text"] for reply in replies]
    pairs = zip(questions, texts, strict=True)
    return again(found, "correct", [asked["answer"] in text if asked["answer"] else None for asked, text in pairs])


@mistake(
    of="evaluate",
    en="It looks like the clock is read behind the check of grounds: only the system's time counts.",
    zh="看起来在检查依据之后才读时钟：只应计系统用的时间。",
    breaks="which is called right before and right after it, never else",
)
def times_the_grounds_too(system, questions, grounded, k=5, clock=time.perf_counter):
    replies, values, seconds = [], [], []

    def kept(text, passages):
        values.append(grounded(text, passages))
        return values[-1]

    for asked in questions:
        begin = clock()
        solution.evaluate(watched(system, replies), [asked], kept, k, lambda: 0.0)
        seconds.append(clock() - begin)
    told = iter(replies)
    found = solution.evaluate(lambda text: {**next(told)}, questions, lambda *_: values.pop(0), k, lambda: 0.0)
    rows = [row | {"seconds": taken} for row, taken in zip(found["rows"], seconds, strict=True)]
    return found | {"rows": rows, "seconds": mean(seconds), "slowest": max(seconds)}


@mistake(
    of="evaluate",
    en="It looks like a question without a right page has rank 0, as if it had been missed: there the rank is None.",
    zh="看起来没有正确页的问题名次记为 0，好像没有找到：这时名次应为 None。",
    breaks="None where the page is 0",
)
def nothing_to_find_is_missed(system, questions, grounded, k=5, clock=time.perf_counter):
    found = solution.evaluate(system, questions, grounded, k, clock)
    rows = [row | {"rank": row["rank"] or 0} for row in found["rows"]]
    ranks = [row["rank"] for row in rows]
    mrr = mean([1 / rank if rank else 0.0 for rank in ranks])
    return found | {"rows": rows, "recall": mean([rank > 0 for rank in ranks]), "mrr": mrr}


@mistake(
    of="evaluate",
    en="It looks like a question without an answer counts as answered rightly: the empty text is part of every text.",
    zh="看起来没有答案的问题算成了答对：空文本是任何文本的一部分。",
    breaks='None where the answer is ""',
)
def nothing_to_answer_is_right(system, questions, grounded, k=5, clock=time.perf_counter):
    found = solution.evaluate(system, questions, grounded, k, clock)
    return again(
        found, "correct", [not row["refused"] if row["correct"] is None else row["correct"] for row in found["rows"]]
    )


@mistake(
    of="evaluate",
    en="It looks like the expected answer is not made `flat`: only the system's text is.",
    zh="看起来只对系统的文字做了 flat，没有对预期答案做。",
    breaks="`flat` of its text holds `flat` of the answer",
)
def answer_not_flat(system, questions, grounded, k=5, clock=time.perf_counter):
    replies = []
    found = solution.evaluate(watched(system, replies), questions, grounded, k, clock)
    texts = ["" if reply is None or reply["refused"] else solution.flat(reply["text"]) for reply in replies]
    pairs = zip(questions, texts, strict=True)
    return again(found, "correct", [asked["answer"] in text if asked["answer"] else None for asked, text in pairs])


@mistake(
    of="evaluate",
    en="It looks like a question that failed is checked for grounds: nothing was said, so there it is None.",
    zh="看起来出错的问题也检查了依据：它什么也没说，应为 None。",
    breaks="or None where the system refused or failed",
)
def grounds_of_failures(system, questions, grounded, k=5, clock=time.perf_counter):
    found = solution.evaluate(system, questions, grounded, k, clock)
    values = [float(grounded("", [])) if row["failed"] else row["grounded"] for row in found["rows"]]
    return again(found, "grounded", values)


@mistake(
    of="evaluate",
    en="It looks like right and wrong refusals are mixed up: to refuse is right where there is no answer.",
    zh="看起来把正确拒答和错误拒答弄反了：没有答案时拒答才是对的。",
    breaks="the share of refusals among questions without and with an answer",
)
def refusals_mixed_up(system, questions, grounded, k=5, clock=time.perf_counter):
    found = solution.evaluate(system, questions, grounded, k, clock)
    return found | {"refused_rightly": found["refused_wrongly"], "refused_wrongly": found["refused_rightly"]}


@mistake(
    of="evaluate",
    en="It looks like the shares are of all refusals: they are of all questions without, and with, an answer.",
    zh="看起来比例的分母是所有拒答：应当是所有没有（或有）答案的问题。",
    breaks="the share of refusals among questions without and with an answer",
)
def shares_of_the_refusals(system, questions, grounded, k=5, clock=time.perf_counter):
    found = solution.evaluate(system, questions, grounded, k, clock)
    refused = [bool(asked["answer"]) for asked, row in zip(questions, found["rows"], strict=True) if row["refused"]]
    return found | {"refused_rightly": mean([not one for one in refused]), "refused_wrongly": mean(refused)}
