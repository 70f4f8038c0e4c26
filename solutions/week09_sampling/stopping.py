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
        # BEGIN SOLUTION
        if not all(stop):
            raise ValueError("a stop string needs at least one character")
        self.stop = list(stop)
        self.stopped_by: str | None = None
        self._held = ""  # could be the beginning of a stop string, so nobody has seen it yet
        # END SOLUTION

    def push(self, piece: str) -> str:
        """Take the next piece of the text, and return what may be shown now.

        It holds back the longest end of the text that a stop string begins with. Everything else is shown at once.
        After a stop string it returns "" for whatever comes.
        """
        # BEGIN SOLUTION
        if self.stopped_by is not None:
            return ""
        text = self._held + piece
        # (where it ends, where it begins, itself): the smallest ends first, and of equal ends the longest
        places = [(text.find(stop) + len(stop), text.find(stop), stop) for stop in self.stop if stop in text]
        if places:
            _, begin, self.stopped_by = min(places)
            self._held = ""
            return text[:begin]
        shown = len(text) - max((_overlap(text, stop) for stop in self.stop), default=0)
        self._held = text[shown:]
        return text[:shown]
        # END SOLUTION

    def finish(self) -> str:
        """Say that no more will come, and return what was still held back: it was no stop string after all.

        A second call returns "", and so does one after a stop string.
        """
        # BEGIN SOLUTION
        rest, self._held = self._held, ""
        return rest
        # END SOLUTION


# BEGIN SOLUTION
def _overlap(text: str, stop: str) -> int:
    """How many characters at the end of the text are the beginning of the stop string."""
    return next(size for size in range(min(len(stop), len(text)), -1, -1) if text.endswith(stop[:size]))


# END SOLUTION


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
    # BEGIN SOLUTION
    if not 0 <= top <= logits.shape[-1]:
        raise ValueError(f"top must lie between 0 and {logits.shape[-1]}, not {top}")
    logprobs = logits.log_softmax(dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    chosen = logprobs.gather(-1, ids.unsqueeze(-1)).squeeze(-1)
    ranked, order = logprobs.sort(dim=-1, descending=True, stable=True)  # stable: topk would break ties as it likes
    return chosen, ranked[..., :top], order[..., :top]
    # END SOLUTION
