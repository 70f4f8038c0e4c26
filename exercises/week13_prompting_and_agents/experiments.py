"""Given: experiments of week 13, which use what you wrote on something real."""

SMALL = {}
"""Settings with which the repository's own tests run each experiment."""
