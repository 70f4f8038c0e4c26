"""Given: experiments of week 08."""

SMALL: dict = {}
