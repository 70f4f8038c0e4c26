"""Raises what pytest raises when a test is to be left out."""

import pytest

KIND = "verdict"
WORTH = 20
CAUGHT = "raised"


def softmax(scores):
    pytest.skip("this machine is too slow", allow_module_level=True)
