"""Hidden suite of week 04, parser.

All trees of up to five words occur, so that no case is left out.
Not covered: labels of arcs, trees that are not projective, speed.
"""

import itertools

from grader.suite import assert_raises, assert_same, claims, expect, points, unchanged

S, L, R = "SHIFT", "LEFT", "RIGHT"


def is_tree(heads):
    """One root, and every word reaches it."""
    for word in range(1, len(heads) + 1):
        seen = set()
        while word and word not in seen:
            seen.add(word)
            word = heads[word - 1]
        if word:
            return False
    return heads.count(0) == 1


def crosses(heads):
    arcs = [(min(word, head), max(word, head)) for word, head in enumerate(heads, 1)]
    return any(a < c < b < d for a, b in arcs for c, d in arcs)


def lists(words):
    return [list(heads) for heads in itertools.product(range(words + 1), repeat=words)]


TREES = [heads for words in range(1, 6) for heads in lists(words) if is_tree(heads) and not crosses(heads)]


@claims(
    "The stack holds [0] at first, the buffer the words 1 to n",
    "SHIFT moves the first word of the buffer to the stack",
    "LEFT makes the top of the stack the head of the word below it",
    "RIGHT makes the word below the head of the top",
    "So there are 2 n moves, and no words give []",
)
@points(1)
def test_moves_by_hand(student):
    """她 吃 苹果: 吃 gets the word on its left, then the one on its right, then the root gets 吃.

    她 吃 苹果：“吃”先得到左边的词，再得到右边的词，最后根得到“吃”。
    """
    assert_same(student.transitions([2, 0, 2]), [S, S, L, S, R, R])
    assert_same(student.transitions([0]), [S, R])
    assert_same(student.transitions([]), [])


@claims("RIGHT when it does and the top has all of its own dependents already")
@points(1)
def test_right_waits_for_dependents(student):
    """A word is not taken away before it has all of its dependents: RIGHT waits.

    一个词在得到全部依存词之前不会被取走：RIGHT 要等待。
    """
    # 1 <- 2 is only made when 2 has 3, and 3 has 4
    assert_same(student.transitions([0, 1, 2, 3]), [S, S, S, S, R, R, R, R])
    assert_same(student.transitions([0, 1, 1, 3]), [S, S, R, S, S, R, R, R])


@claims("LEFT is chosen whenever it makes an arc of the tree")
@points(1)
def test_left_comes_first(student):
    """LEFT is made as soon as it can be.

    LEFT 一有可能就立即执行。
    """
    assert_same(student.transitions([3, 3, 0]), [S, S, S, L, L, R])
    assert_same(student.transitions([2, 3, 4, 0]), [S, S, L, S, L, S, L, R])


@claims("At the end the buffer is empty and the stack is [0]", "LEFT never takes away 0")
@points(2)
def test_every_tree(student, reference):
    """For each projective tree of up to five words, the moves are the reference's, and heads are not changed.

    对五个词以内的每棵投射树，动作都与参考答案一致，heads 不被修改。
    """
    for heads in TREES:
        got = unchanged(student.transitions, heads)
        expected = reference.transitions(heads)
        expect(
            got == expected,
            "For the heads {heads}, the moves should be {expected}; yours are {got}.",
            "对 heads {heads}，动作应为 {expected}；你的是 {got}。",
            heads=heads,
            expected=" ".join(expected),
            got=" ".join(map(str, got)),
        )


@claims("or the tree is not projective: arcs would cross")
@points(1)
def test_crossing_arcs(student):
    """Trees whose arcs cross are refused with ValueError.

    有交叉弧的树抛出 ValueError。
    """
    for heads in lists(4):
        if is_tree(heads) and crosses(heads):
            assert_raises(ValueError, student.transitions, heads)


@claims("the heads are not a tree: a head is out of range")
@points(1)
def test_no_trees(student):
    """Two roots or none, words in a cycle, a word above itself, and heads out of range are refused with ValueError.

    没有根或有两个根、成环、以自己为中心词、编号超出范围时，抛出 ValueError。
    """
    for heads in ([2, 1], [0, 0], [1], [0, 2], [0, 3, 2], [2, 3, 1], [0, 5], [-1], [0, -9], [2, 0, 0], [2, 0, -2]):
        assert_raises(ValueError, student.transitions, heads)


@claims("There are as many words as SHIFTs")
@points(1)
def test_parse_by_hand(student):
    """The same moves build the tree again; the last RIGHT attaches the word to the root.

    同样的动作重建出这棵树；最后的 RIGHT 把词挂到根上。
    """
    assert_same(unchanged(student.parse, [S, S, L, S, R, R]), [2, 0, 2])
    assert_same(student.parse([S, S, S, R, L, R]), [2, 0, 2])  # another order, the same tree
    assert_same(student.parse([S, S, S, L, L, R]), [3, 3, 0])
    assert_same(student.parse([]), [])


@points(1)
def test_there_and_back(student, reference):
    """parse carries out the moves of every tree of up to five words.

    parse 能执行五个词以内每棵树的动作。
    """
    for heads in TREES:
        assert_same(student.parse(reference.transitions(heads)), heads)


@claims("a move has another name; LEFT or RIGHT with fewer than two on the stack")
@points(1)
def test_impossible_moves(student):
    """Moves that are not possible, or leave something over, are refused with ValueError.

    不可能的动作，或执行后有剩余时，抛出 ValueError。
    """
    for moves in (
        [R],
        [L],
        [S, L],
        [S],
        [S, S, R],
        [S, R, R],
        [S, "UP", R],  # before [S, "UP"]: who passes over UP, and who takes it for RIGHT?
        [S, "UP"],
        [S, "shift", R, R],
        [S, R, L],
        [S, L, R],
    ):
        assert_raises(ValueError, student.parse, moves)
