"""The judge: pytest, a hidden suite, the reference, known mistakes and the clock; never a line of student code."""
