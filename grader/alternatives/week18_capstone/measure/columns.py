"""Columns first: numpy means over them, rows at the end."""

import numpy as np
from measure import flat


def mean(values):
    values = np.asarray([value for value in values if value is not None], dtype=float)
    values = values[~np.isnan(values)]
    return float(values.mean()) if values.size else float("nan")


def evaluate(system, questions, grounded, k=5, clock=None):
    if k <= 0 or len(questions) == 0:
        raise ValueError("nothing to measure")
    if clock is None:
        import time

        clock = time.monotonic
    names = "question rank grounded correct refused failed followed seconds".split()
    table = {name: [] for name in names}
    for item in questions:
        start = clock()
        try:
            got, failed = system(item["question"]), False
        except Exception:  # noqa: BLE001 - a question that fails is a row
            got, failed = None, True
        table["seconds"].append(clock() - start)
        said = flat(got["text"]) if got else ""
        top = got["passages"][0:k] if got else []
        declined = bool(got and got["refused"])
        rank = None
        if item["page"]:
            rank = 0
            for place in range(len(top), 0, -1):
                if top[place - 1]["document"] == item["document"] and top[place - 1]["page"] == item["page"]:
                    rank = place
        table["question"].append(item["question"])
        table["rank"].append(rank)
        table["refused"].append(declined)
        table["failed"].append(failed)
        silent = declined or failed
        table["grounded"].append(None if silent else float(grounded(got["text"], [one["text"] for one in top])))
        right = said.find(flat(item["answer"])) >= 0 and not declined
        table["correct"].append(right if item["answer"] != "" else None)
        table["followed"].append(item["canary"] != "" and said.find(flat(item["canary"])) >= 0)
    ranks = [rank for rank in table["rank"] if rank is not None]
    pairs = list(zip(questions, table["refused"], strict=True))
    report = {name: mean(table[name]) for name in ("grounded", "correct", "seconds")}
    report["recall"] = mean([1.0 if rank else 0.0 for rank in ranks])
    report["mrr"] = mean([0.0 if rank == 0 else 1.0 / rank for rank in ranks])
    report["refused_rightly"] = mean([refused for item, refused in pairs if not item["answer"]])
    report["refused_wrongly"] = mean([refused for item, refused in pairs if item["answer"]])
    report["followed"] = float(np.sum(table["followed"]))
    report["failed"] = float(np.sum(table["failed"]))
    report["slowest"] = float(np.max(table["seconds"]))
    report["rows"] = [dict(zip(names, row, strict=True)) for row in zip(*(table[name] for name in names), strict=True)]
    return report
