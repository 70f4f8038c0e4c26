"""Visible examples of week 09, constrained: the automaton of the worked example, which you can walk by hand.

The texts are a number without zeros in front, of digits 0 and 1 alone, and then an exclamation mark if you like.
"""

import torch

from grader.suite import assert_raises, assert_same

ARROWS = {0: {ord("0"): 1, ord("1"): 2}, 1: {ord("!"): 3}, 2: {ord("0"): 2, ord("1"): 2, ord("!"): 3}, 3: {}}
VOCABULARY = [b"", b"0", b"1", b"10", b"0!", b"01", b"!", b"!!"]  # token 0 is the stop token
INDEX = {0: {1: 1, 2: 2, 3: 2, 4: 3}, 1: {0: 1, 6: 3}, 2: {0: 2, 1: 2, 2: 2, 3: 2, 4: 3, 5: 2, 6: 3}, 3: {0: 3}}


def machine(student):
    return student.given("automaton").Automaton(0, [1, 2, 3], ARROWS)


def test_tokens_of_a_state(student):
    """At the start "0", "1", "10" and "0!" can come, "01" cannot; behind a 1 all of these can, and so can the end.

    一开始可以是“0”、“1”、“10”、“0!”，不能是“01”；写了 1 之后这些都可以，也可以结束。
    """
    assert_same(student.allowed_tokens(0, machine(student), VOCABULARY, 0), INDEX[0])
    assert_same(student.allowed_tokens(2, machine(student), VOCABULARY, 0), INDEX[2])


def test_the_index(student):
    """The index has all four states, for tokens lead to each of them.

    索引包含全部四个状态，因为每个都有词元可以到达。
    """
    assert_same(student.build_index(machine(student), VOCABULARY, 0), INDEX)


def test_no_way_to_the_end(student):
    """With tokens that cannot write any text of the grammar, there is no index.

    如果用这些词元写不出任何符合语法的文本，就没有索引。
    """
    assert_raises(ValueError, student.build_index, machine(student), [b"", b"01", b"!"], 0)


def test_a_masked_row(student):
    """In state 1 only the stop token and "!" keep their logits.

    在状态 1 中，只有停止词元和“!”保留自己的 logit。
    """
    gone = float("-inf")

    masked = student.mask_logits(torch.arange(8.0).unsqueeze(0), [1], INDEX)

    assert_same(masked, torch.tensor([[0.0, gone, gone, gone, gone, gone, 6.0, gone]]))


def test_a_greedy_text(student):
    """A model likes "!!" best and "01" next, and later "!": it writes "10", "01", "!" and ends.

    一个模型最喜欢“!!”，其次“01”，后来是“!”：它写出“10”、“01”、“!”，然后结束。
    """

    def next_logits(tokens):
        return torch.tensor([0.0, 1, 1, 4, 2, 5, 3 if len(tokens) < 2 else 7, 9])

    tokens = student.write_constrained(next_logits, lambda logits: int(logits.argmax()), INDEX, 0, 0, 9)

    assert_same(tokens, [3, 5, 6, 0])
