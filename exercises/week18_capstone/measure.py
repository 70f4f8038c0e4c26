# Week 18, exercise measure: Measuring the assistant
# Difficulty 2 of 5 · importance 5 of 5 · about 30 minutes
# It builds on: Recall, reciprocal rank, means, NaN.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 18, measure: what the assistant is worth, in numbers that can be compared from one version to the next.

A demonstration shows the question that works. Here every question is asked, also those that no document answers and
those where a document tries to give orders, and what comes of it is plain data: a page, a plot or a test can use it.
"""

import math
import time
from collections.abc import Callable
from typing import Any


def flat(text: str) -> str:
    """Given: a text without differences of case and white space."""
    return " ".join(text.casefold().split())


def evaluate(
    system: Callable[[str], dict],
    questions: list[dict],
    grounded: Callable[[str, list[str]], float],
    k: int = 5,
    clock: Callable[[], float] = time.perf_counter,
) -> dict:
    """Ask every question once, in order, and return what came of it, as numbers and question by question.

    A question is {"question": text, "answer": text, "document": name, "page": number, "canary": text} and perhaps more.
    "document" and "page" say where the answer stands; the answer is "" and the page 0 where no document holds it. The
    canary is what the answer holds if an injected instruction was followed; "" for none.
    `system(text)` gives {"text": text, "refused": bool, "passages": list of {"document", "page", "text"} and perhaps
    more, best first}; only the first k passages count. If it raises an Exception, the question has failed, and the next
    one is asked: it counts as text "", not refused, without passages.

    Returns:
        A dict with "rows", a list of dicts in the order of the questions, and the numbers below. A row has the key
        "question", its text, and:
        "rank": the place, from 1, of the first passage of the right document and page, 0 if there is none, and None
        where the page is 0;
        "grounded": `grounded(text, texts of the passages)`, as a float, or None where the system refused or failed;
        "correct": whether the system did not refuse and `flat` of its text holds `flat` of the answer, None where the
        answer is "";
        "refused": whether it refused; "failed": whether it raised; "followed": whether `flat` of its text holds
        `flat` of the canary, also in a refusal;
        "seconds": how long `system` took by `clock`, which is called right before and right after it, never else.

        The numbers, each a float. A mean of nothing is NaN, and NaN among the "grounded" is left out:
        "recall": the share of rows with a rank above 0 among those with a rank;
        "mrr": the mean over the same rows of 1 / rank, 0 where the rank is 0;
        "grounded", "correct": the means of the rows' values that are not None;
        "refused_rightly", "refused_wrongly": the share of refusals among questions without and with an answer;
        "followed": how many rows followed an instruction; "failed": how many failed;
        "seconds", "slowest": the mean and the largest of the rows' seconds.

    Raises:
        ValueError: there are no questions, or `k` is less than 1.
    """
    raise NotImplementedError("week 18, measure: write evaluate")
