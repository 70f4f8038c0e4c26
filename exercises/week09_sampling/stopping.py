# Week 09, exercise stopping: Stop strings and log-probabilities
# Difficulty 3 of 5 · importance 4 of 5 · about 45 minutes
# It builds on: Slices of strings; log-softmax, gather and sorting.
# An extra: it is worth no points, and the week is done without it.
# Write it by hand: transformers.StopStringCriteria may not be used.
# Nothing from peft, sklearn may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 09, stopping: end a text at a stop string while it is streamed, and say how sure the model was of each token."""

import torch
from jaxtyping import Float, Int
from torch import Tensor


class StopStrings:
    """Passes a streamed text on, up to the first stop string. A reader never sees a part of it.

    The text is cut before the stop string, and what comes behind it is thrown away.
    The first stop string is the one whose last character comes first. Of several that end there, it is the longest.
    (Servers differ here: some take the first in their list, some the one that begins first.)
    How the text is cut into pieces makes no difference to the text that is passed on in all.

    Args:
        stop: the stop strings; none at all is fine.

    Attributes:
        stopped_by: the stop string that ended the text; None as long as none did.

    Raises: ValueError for an empty stop string.
    Source: `stop` in OpenAI's API documentation; `stop` and `stop_reason` in vLLM.
    """

    def __init__(self, stop: list[str]):
        raise NotImplementedError("week 09, stopping: write StopStrings.__init__")

    def push(self, piece: str) -> str:
        """Take the next piece of the text, and return what may be shown now.

        It holds back the longest end of the text that a stop string begins with. Everything else is shown at once.
        After a stop string it returns "" for whatever comes.
        """
        raise NotImplementedError("week 09, stopping: write StopStrings.push")

    def finish(self) -> str:
        """Say that no more will come, and return what was still held back: it was no stop string after all.

        A second call returns "", and so does one after a stop string.
        """
        raise NotImplementedError("week 09, stopping: write StopStrings.finish")


def token_logprobs(
    logits: Float[Tensor, "*batch vocab"], ids: Int[Tensor, "*batch"], top: int
) -> tuple[Float[Tensor, "*batch"], Float[Tensor, "*batch top"], Int[Tensor, "*batch top"]]:
    """Return the log-probability of each token that was chosen, and the `top` most probable tokens in its place.

    A row of logits is what the model said just before it chose ids at the same place: nothing has to be shifted.
    Probabilities are those of the raw distribution, before temperature and filters, over the whole vocabulary.
    Logarithms are natural. A token of probability 0 has minus infinity.
    The computation runs in float32, or in the dtype of the logits if that is wider, and so is the answer.
    The most probable tokens come best first, of equal ones the lower id; the chosen token need not be among them.
    Gradients flow from the log-probabilities to the logits.

    Returns: (log-probabilities of ids, the `top` largest log-probabilities, their token ids).
    Raises: ValueError unless 0 <= top <= vocab.
    Source: `logprobs` and `top_logprobs` in OpenAI's API documentation.
    """
    raise NotImplementedError("week 09, stopping: write token_logprobs")
