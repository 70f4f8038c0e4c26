# Week 04, exercise parser: Trees over sentences: arc-standard parsing
# Difficulty 3 of 5 · importance 2 of 5 · about 35 minutes
# It builds on: Stacks; what a tree is.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 04, parser: a tree over a sentence, built by a machine with a stack and three moves.

A tree is a list of heads: heads[i] is the number of the word that word i + 1 depends on. Words are numbered from 1;
0 is the root, a word that is not in the sentence.
"""

from collections import Counter

SHIFT, LEFT, RIGHT = "SHIFT", "LEFT", "RIGHT"


def transitions(heads: list[int]) -> list[str]:
    """Return the moves that build a tree, by the rules of arc-standard parsing.

    The stack holds [0] at first, the buffer the words 1 to n. SHIFT moves the first word of the buffer to the stack.
    LEFT makes the top of the stack the head of the word below it, and takes that word away. RIGHT makes the word below
    the head of the top, and takes the top away. LEFT never takes away 0. At the end the buffer is empty and the stack
    is [0]. LEFT is chosen whenever it makes an arc of the tree; RIGHT when it does and the top has all of its own
    dependents already; SHIFT otherwise. So there are 2 n moves, and no words give [].

    Raises:
        ValueError: the heads are not a tree: a head is out of range, the heads form a cycle, or not exactly one word
            depends on 0 (unless there are no words); or the tree is not projective: arcs would cross.

    Source: Nivre 2004, "Incrementality in Deterministic Dependency Parsing", section 2.
    """
    raise NotImplementedError("week 04, parser: write transitions")


def parse(moves: list[str]) -> list[int]:
    """Carry out moves and return the heads of the tree: the opposite of `transitions`.

    There are as many words as SHIFTs.

    Raises:
        ValueError: a move has another name; LEFT or RIGHT with fewer than two on the stack; LEFT with 0 below the top;
            or something is left at the end, so that the stack is not [0].
    """
    raise NotImplementedError("week 04, parser: write parse")
