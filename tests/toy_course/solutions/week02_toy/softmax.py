"""Softmax: scores into probabilities."""

from torch import Tensor


def softmax(scores: Tensor) -> Tensor:
    """Return the softmax of `scores` over the last axis."""
    # BEGIN SOLUTION
    shifted = (scores - scores.amax(-1, keepdim=True)).exp()
    return shifted / shifted.sum(-1, keepdim=True)
    # END SOLUTION


class Running:
    """The mean of all that was added."""

    def __init__(self) -> None:
        """Begin with nothing."""
        # BEGIN SOLUTION
        self.total, self.count = 0.0, 0
        # END SOLUTION

    def add(self, value: float) -> float:
        """Add one number and return the mean of all."""
        # BEGIN SOLUTION
        self.total += value
        self.count += 1
        return self.total / self.count
        # END SOLUTION
