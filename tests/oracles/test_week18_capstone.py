"""Week 18: held against numpy, values at random sizes."""

import numpy as np
import pytest
import torch

CASES = 200


@pytest.fixture(scope="module")
def moving_average(solution):
    """The solution's function."""
    return solution("week18_capstone", "moving_average").moving_average


def test_against_numpy(moving_average):
    """On random series the answer is numpy's mean of every window."""
    rng = np.random.default_rng(18)
    for _ in range(CASES):
        values, width = rng.normal(size=int(rng.integers(1, 12))), int(rng.integers(1, 14))
        expected = [values[max(0, step + 1 - width) : step + 1].mean() for step in range(len(values))]

        torch.testing.assert_close(moving_average(torch.from_numpy(values), width), torch.tensor(expected))
