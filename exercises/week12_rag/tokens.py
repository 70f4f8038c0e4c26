"""Given: terms for keyword search, from English and Chinese text.

English words are lower-cased. Chinese is written without spaces, so every character and every pair of neighbouring
characters is a term: pairs find words, single characters find what pairs miss. No dictionary, no stemming,
no stop words.
"""

import re
import unicodedata

HAN = "\u3400-\u4dbf\u4e00-\u9fff"
RUNS = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+")


def tokenise(text: str) -> list[str]:
    """Return the terms of a text in the order in which they stand.

    >>> tokenise("LoRA 微调模型!")
    ['lora', '微', '调', '模', '型', '微调', '调模', '模型']
    """
    terms: list[str] = []
    for run in RUNS.findall(unicodedata.normalize("NFKC", text).lower()):
        if re.match(f"[{HAN}]", run):
            terms += [*run, *(run[start : start + 2] for start in range(len(run) - 1))]
        else:
            terms.append(run)
    return terms
