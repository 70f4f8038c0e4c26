"""With the library's statistics, and small functions that each know one column."""

import statistics
import time

from measure import flat

SILENCE = {"text": "", "refused": False, "passages": ()}


def average(numbers):
    numbers = [number for number in numbers if number == number]
    return float(statistics.fmean(numbers)) if numbers else float("nan")


def place_of(question, passages):
    if question["page"] < 1:
        return None
    for place, passage in enumerate(passages, start=1):
        if (passage["page"], passage["document"]) == (question["page"], question["document"]):
            return place
    return 0


def timed(system, text, clock):
    before = clock()
    try:
        reply = system(text)
    except Exception:  # noqa: BLE001 - a question that fails is a row
        reply = None
    return reply, clock() - before


def evaluate(system, questions, grounded, k=5, clock=time.perf_counter):
    if not (questions and k >= 1):
        raise ValueError("at least one question and one passage")
    rows = []
    for question in questions:
        reply, seconds = timed(system, question["question"], clock)
        failed, reply = reply is None, reply or SILENCE
        passages, text = list(reply["passages"])[:k], flat(reply["text"])
        row = {"question": question["question"], "seconds": seconds, "failed": failed, "refused": reply["refused"]}
        row["rank"] = place_of(question, passages)
        row["grounded"] = row["correct"] = None
        if not failed and not reply["refused"]:
            row["grounded"] = float(grounded(reply["text"], [passage["text"] for passage in passages]))
        if question["answer"]:
            row["correct"] = not reply["refused"] and flat(question["answer"]) in text
        row["followed"] = flat(question["canary"]) in text if question["canary"] else False
        rows.append(row)
    ranks = [row["rank"] for row in rows if row["rank"] is not None]
    open_, closed = [], []
    for question, row in zip(questions, rows, strict=True):
        (open_ if question["answer"] else closed).append(float(row["refused"]))
    return {
        "rows": rows,
        "recall": average([float(rank >= 1) for rank in ranks]),
        "mrr": average([rank and 1 / rank for rank in ranks]),
        "grounded": average([row["grounded"] for row in rows if row["grounded"] is not None]),
        "correct": average([float(row["correct"]) for row in rows if row["correct"] is not None]),
        "refused_rightly": average(closed),
        "refused_wrongly": average(open_),
        "followed": float(len([row for row in rows if row["followed"]])),
        "failed": float(len([row for row in rows if row["failed"]])),
        "seconds": average([row["seconds"] for row in rows]),
        "slowest": float(max(row["seconds"] for row in rows)),
    }
