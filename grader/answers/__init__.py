"""A student's module as a suite sees it, and what an answer is worth: calls, faults, closeness, speed, diagnosis."""
