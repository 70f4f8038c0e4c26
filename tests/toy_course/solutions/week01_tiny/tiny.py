"""A tiny exercise."""

import torch


def double(x):
    """Return twice x."""
    # BEGIN SOLUTION
    return 2 * x
    # END SOLUTION


class Counter:
    """Adds up what it is given."""

    def __init__(self, start=0):
        """Begin at start."""
        # BEGIN SOLUTION
        self.total = start
        # END SOLUTION

    def add(self, amount):
        """Add and return the total."""
        # BEGIN SOLUTION
        self.total = self.total + amount
        return self.total
        # END SOLUTION
