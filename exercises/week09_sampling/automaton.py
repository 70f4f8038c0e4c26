"""A finite automaton over bytes, and patterns from which one is made. Given: you write nothing here.

    number = in_order(one_of(b"123456789"), repeated(one_of(b"0123456789")))
    machine = compile_pattern(either(literal("zero"), number))

    state = machine.start                       # nothing was written yet
    state = machine.step(state, ord("4"))       # None would mean that no text of the pattern goes on like this
    state in machine.accepting                  # may the text end here?

The five functions below make patterns and automata; `Automaton` can be made by hand, too.
"""

from collections.abc import Collection
from dataclasses import dataclass

Pattern = tuple
"""What the five functions below make: a kind and its parts, plain tuples and bytes."""


@dataclass(frozen=True)
class Automaton:
    """States are numbers; an arrow says which state follows when a byte is read.

    Attributes:
        start: the state before the first byte. It need not be 0, and 0 is a state like any other.
        accepting: the states in which a text may end.
        arrows: arrows[state][byte] is the next state; where there is no such entry, the text must not go on like that.
    """

    start: int
    accepting: Collection[int]
    arrows: dict[int, dict[int, int]]

    def step(self, state: int, byte: int) -> int | None:
        """Return the state after one more byte, or None if this byte cannot come next."""
        return self.arrows.get(state, {}).get(byte)

    def accepts(self, text: bytes) -> bool:
        """Return whether the whole text may be written."""
        state: int | None = self.start
        for byte in text:
            if state is not None:
                state = self.step(state, byte)
        return state in self.accepting


def one_of(values: bytes) -> Pattern:
    """Match a single byte, any of these."""
    return ("byte", values)


def literal(text: str) -> Pattern:
    """Match this text, byte for byte in UTF-8."""
    return in_order(*(one_of(bytes([byte])) for byte in text.encode()))


def in_order(*parts: Pattern) -> Pattern:
    """Match the parts one after the other; without parts, the empty text."""
    flat: list = []
    for part in parts:
        flat += part[1:] if part[0] == "in order" else [part]
    return ("in order", *flat)


def either(*choices: Pattern) -> Pattern:
    """Match one of the choices."""
    return ("either", *choices)


def repeated(part: Pattern) -> Pattern:
    """Match the part any number of times, also not at all."""
    return ("repeated", part)


def compile_pattern(pattern: Pattern) -> Automaton:
    """Make the automaton of a pattern; its start is state 0.

    A state stands for what may still follow: a set of patterns (Brzozowski 1964; Antimirov 1996).
    """
    states = [frozenset({pattern})]
    arrows: dict[int, dict[int, int]] = {}
    for number, state in enumerate(states):  # grows while it is walked through
        arrows[number] = {}
        for byte in sorted(set().union(*map(_bytes_in, state))):
            rest = frozenset().union(*(_after(part, byte) for part in state))
            if rest and rest not in states:
                states.append(rest)
            if rest:
                arrows[number][byte] = states.index(rest)
    accepting = frozenset(number for number, state in enumerate(states) if any(map(_may_end, state)))
    return Automaton(0, accepting, arrows)


def _bytes_in(pattern: Pattern) -> set[int]:
    """All bytes that a pattern speaks of."""
    kind, *parts = pattern
    return set(parts[0]) if kind == "byte" else set().union(*map(_bytes_in, parts))


def _may_end(pattern: Pattern) -> bool:
    """Does the pattern match the empty text?"""
    kind, *parts = pattern
    if kind == "in order":
        return all(map(_may_end, parts))
    return kind == "repeated" or (kind == "either" and any(map(_may_end, parts)))


def _after(pattern: Pattern, byte: int) -> frozenset[Pattern]:
    """What may follow in a pattern after this byte was read."""
    kind, *parts = pattern
    if kind == "byte":
        return frozenset({in_order()} if byte in parts[0] else ())
    if kind == "either":
        return frozenset().union(*(_after(part, byte) for part in parts))
    if kind == "repeated":
        return frozenset(in_order(rest, pattern) for rest in _after(parts[0], byte))
    found: set[Pattern] = set()
    for place, part in enumerate(parts):
        found |= {in_order(rest, *parts[place + 1 :]) for rest in _after(part, byte)}
        if not _may_end(part):
            break
    return frozenset(found)
