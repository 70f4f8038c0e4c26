"""A classifier that only knows a few words, with the face of a transformers pipeline for text classification.

Given: you plug it into your filter, you do not write it.
It knows nothing about disguises: what it is to find must be written plainly.
"""

RUDE_WORDS = ("idiot", "fool", "stupid", "loser", "白痴", "笨蛋", "废物")
SURENESS = (0.25, 0.5, 0.75, 0.875)


class WordListClassifier:
    """The probability of "toxic" grows with the number of rude words: 1/4, 1/2, 3/4, then 7/8.

    Like a pipeline it answers with the more likely label and the probability of that label ("harmless" at 1/2).

    Attributes:
        calls: the texts of every call so far, to see what a filter hands on.
    """

    def __init__(self):
        self.calls: list[list[str]] = []

    def __call__(self, texts: list[str]) -> list[dict]:
        self.calls.append(list(texts))
        return [self._answer(text) for text in texts]

    def _answer(self, text: str) -> dict:
        rude = sum(text.count(word) for word in RUDE_WORDS)
        toxic = SURENESS[min(rude, len(SURENESS) - 1)]
        if toxic > 0.5:
            return {"label": "toxic", "score": toxic}
        return {"label": "harmless", "score": 1 - toxic}
