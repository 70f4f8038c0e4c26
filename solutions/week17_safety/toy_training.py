"""A training function that is quick, and different for every order and every number of steps.

Given: you hand it to your learner, you do not write it.
"""


class ToyTraining:
    """One pass of gradient descent over the examples (numbers): the state moves a part of the way to each of them.

    Attributes:
        calls: (state, examples) of every call so far, to see which steps a learner does again.
    """

    def __init__(self, rate: float = 0.25):
        self.rate = rate
        self.calls: list[tuple[float, list[float]]] = []

    def __call__(self, state: float, examples: list[float]) -> float:
        self.calls.append((state, list(examples)))
        for example in examples:
            state = state + self.rate * (example - state)
        return state
