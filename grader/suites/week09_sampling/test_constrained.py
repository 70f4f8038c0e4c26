"""Hidden suite of week 09, constrained.

What is allowed is found here by walking byte after byte, without an index; dead ends are found by trying all ways on.
The automaton lives in the student's process, for it is an argument with methods; everything else is data.
Not covered: the quality of what a model writes, and speed.
"""

import pytest
import torch

from grader.suite import after, assert_raises, assert_same, claims, expect, follows_device, unchanged

STATES, TOKENS, LETTERS = 11, 29, b"abc"
GONE = float("-inf")


@pytest.fixture
def machine(student):
    """Makes an automaton inside the student's process from (start, accepting, arrows)."""
    return lambda plan: student.given("automaton").Automaton(*plan)


def plan_at_random(rng, states=STATES, share=0.7):
    """A start that is not 0, a few accepting states, and an arrow for most letters of most states."""
    arrows = {state: {} for state in range(states)}
    for state in range(states):
        for letter in LETTERS:
            if float(rng.uniform(1)) < share:
                arrows[state][letter] = int(rng.integers(0, states, 1))
    return int(rng.integers(1, states, 1)), sorted({int(rng.integers(0, states, 1)) for _ in range(3)}), arrows


def words_at_random(rng, tokens=TOKENS, longest=4):
    """Tokens of one to four letters, some of them equal, some the beginning of others."""
    return [
        bytes(rng.choice(list(LETTERS)) for _ in range(1 + int(rng.integers(0, longest, 1)))) for _ in range(tokens)
    ]


def walk(plan, state, piece):
    """The state behind these bytes, or None."""
    for byte in piece:
        state = plan[2][state].get(byte)
        if state is None:
            return None
    return state


def by_hand(plan, state, vocabulary, stop):
    """What allowed_tokens should return: every token walked on its own."""
    moves = {}
    for token, piece in enumerate(vocabulary):
        target = (state if state in plan[1] else None) if token == stop else walk(plan, state, piece)
        if target is not None and (piece or token == stop):
            moves[token] = target
    return moves


def can_end(plan, state, vocabulary, stop):
    """Whether some way over tokens leads from here to the stop token: looked for in all directions."""
    seen, waiting = {state}, [state]
    while waiting:
        moves = by_hand(plan, waiting.pop(), vocabulary, stop)
        if stop in moves:
            return True
        waiting += [target for target in moves.values() if target not in seen]
        seen.update(moves.values())
    return False


def index_by_hand(plan, vocabulary, stop):
    """What build_index should return."""
    index, waiting = {}, [plan[0]]
    while waiting:
        state = waiting.pop()
        if state not in index:
            moves = by_hand(plan, state, vocabulary, stop)
            index[state] = {t: target for t, target in moves.items() if can_end(plan, target, vocabulary, stop)}
            waiting += index[state].values()
    return index


def line(text, *, start=0, accepting=None):
    """The automaton that reads one text and nothing else: (start, accepting, arrows)."""
    arrows = {start + place: {byte: start + place + 1} for place, byte in enumerate(text)}
    return start, [start + len(text)] if accepting is None else accepting, {**arrows, start + len(text): {}}


@claims(
    "if the automaton can read all its bytes, one after the other, beginning in `state`",
    "the place in the list is the token id",
)
def test_every_byte_is_read(student, machine, rng):
    """In random automata the allowed tokens, and the states behind them, are those that a walk over every byte gives.

    在随机的自动机中，允许的词元及其到达的状态，与逐字节走一遍得到的相同。
    """
    for _ in range(7):
        plan, vocabulary = plan_at_random(rng), [b"", *words_at_random(rng)]
        handle = machine(plan)
        for state in range(STATES):
            got = unchanged(student.allowed_tokens, state, handle, vocabulary, 0)
            assert_same(got, by_hand(plan, state, vocabulary, 0))


@claims("Tokens that begin alike, such as b")
def test_tokens_that_begin_alike(student, machine):
    """Of tokens that begin alike each is judged on its own: "1" and "12" may both come, or only one of them.

    开头相同的词元各自判断：“1”和“12”可能都允许，也可能只允许其中一个。
    """
    vocabulary = [b"1", b"12", b"123", b"1234", b"2", b"", b"13", b"12"]
    arrows = {5: {49: 6}, 6: {50: 7}, 7: {51: 5}}

    assert_same(student.allowed_tokens(5, machine((5, [5], arrows)), vocabulary, 5), {0: 6, 1: 7, 2: 5, 5: 5, 7: 7})
    assert_same(student.allowed_tokens(6, machine((5, [5], arrows)), vocabulary, 5), {4: 7})
    assert_same(student.allowed_tokens(7, machine((5, [7], arrows)), vocabulary, 5), {5: 7})


@claims(
    "in an accepting state, and only there: it leads to the same state",
    "The bytes of the stop token itself are never read",
)
def test_where_the_text_may_end(student, machine):
    """The stop token may come in every accepting state, whatever else can come there, and in no other state. Its own
    bytes play no part.

    停止词元在每个接受状态中都允许（无论那里还允许什么），在其他状态中都不允许；它自己的字节不起作用。
    """
    plan = (0, [1, 3], {0: {97: 1}, 1: {97: 2}, 2: {97: 3}, 3: {}})
    for stop, vocabulary in ((2, [b"a", b"aa", b"a", b"b"]), (0, [b"<|end|>", b"aa", b"a"]), (2, [b"aaa", b"a", b""])):
        for state in (3, 0, 1, 2):  # first the one in which nothing else can come
            got = student.allowed_tokens(state, machine(plan), vocabulary, stop)
            assert_same(got, by_hand(plan, state, vocabulary, stop))


@claims("never comes next: it would bring the text no further")
def test_tokens_without_bytes(student, machine):
    """A token without bytes never comes next, in an accepting state either; only the stop token may have none.

    没有字节的词元永远不允许，在接受状态中也一样；只有停止词元可以没有字节。
    """
    plan = (0, [0], {0: {97: 0}})

    assert_same(student.allowed_tokens(0, machine(plan), [b"", b"a", b"", b"", b"aa"], 3), {1: 0, 3: 0, 4: 0})
    assert_same(student.allowed_tokens(0, machine((0, [1], plan[2])), [b"", b"a", b"", b""], 3), {1: 0})


@claims("a token may end in the middle of a character")
def test_tokens_that_cut_a_character(student, machine):
    """A token may bring a part of a character, and the next one the rest: bytes count.

    一个词元可以只带来一个字符的一部分，由下一个词元补全：以字节为准。
    """
    plan = line("é好!".encode())
    vocabulary = [
        "é".encode(),
        b"\xc3",
        b"\xa9",
        b"\xc3\xa9\xe5",
        b"\xa5\xbd!",
        b"\xa5\xbd",
        "好".encode(),
        b"\xe5",
        b"",
    ]

    assert_same(student.allowed_tokens(0, machine(plan), vocabulary, 8), {0: 2, 1: 1, 3: 3})
    assert_same(student.allowed_tokens(1, machine(plan), vocabulary, 8), {2: 2})
    assert_same(student.allowed_tokens(3, machine(plan), vocabulary, 8), {4: 6, 5: 5})


@claims("ValueError unless stop_token is an id of the vocabulary")
def test_a_stop_token_that_is_no_token(student, machine):
    """A stop token below 0 or beyond the vocabulary is a ValueError; the last token is fine.

    停止词元小于 0 或超出词表，抛出 ValueError；最后一个词元没有问题。
    """
    for stop in (-1, 2, 7):
        assert_raises(ValueError, student.allowed_tokens, 0, machine(line(b"a")), [b"a", b""], stop)
    assert_same(student.allowed_tokens(1, machine(line(b"a")), [b"a", b""], 1), {1: 1})
    assert_same(student.allowed_tokens(1, machine(line(b"a")), [b"a"], 0), {0: 1})


@claims(
    "The index has the start and every state to which a token of the index leads, no others",
)
def test_the_states_of_the_index(student, machine):
    """The index begins at the start of the automaton, which need not be 0, and has only states between two tokens.

    索引从自动机的起点开始（它不一定是 0），只包含位于两个词元之间的状态。
    """
    # "aa" leads from 7 to 9, and "aa" and "bba" from 9 to 9; 8 and 0 lie within tokens, and nothing leads to 3.
    plan = (7, [9], {0: {97: 9}, 7: {97: 8}, 8: {98: 0, 97: 9}, 9: {98: 8, 97: 9}, 3: {97: 9}})

    got = unchanged(student.build_index, machine(plan), [b"aa", b"bba", b"", b"c"], 2)

    assert_same(got, {7: {0: 9}, 9: {0: 9, 1: 9, 2: 9}})


@after("test_the_states_of_the_index")
@claims(
    "A token is left out if it leads to a dead end",
    "Every index[state] is what is left of `allowed_tokens`, with the same states behind the tokens",
)
def test_dead_ends_are_left_out(student, machine):
    """A token is left out if every way on from it ends nowhere, however many tokens later. So is a loop without a way
    out.

    如果从某个词元往后，无论再走多少个词元都走不到结尾，就去掉它；走不出去的环也一样。
    """
    # The text may be "yz", but no token is "z" alone, so "y" leads nowhere; "x" goes round and round for ever;
    # behind "p" there is "q", and only then nothing more.
    arrows = {0: {121: 1, 120: 4, 119: 2, 112: 6}, 1: {122: 3}, 2: {121: 1, 118: 3}, 3: {}, 4: {120: 5}, 5: {120: 4}}
    arrows |= {6: {113: 7}, 7: {122: 3}}
    vocabulary = [b"y", b"yz", b"w", b"v", b"x", b"xx", b"wy", b"", b"p", b"q"]

    got = student.build_index(machine((0, [3], arrows)), vocabulary, 7)

    assert_same(got, {0: {1: 3, 2: 2}, 2: {1: 3, 3: 3}, 3: {7: 3}})


@after("test_the_states_of_the_index")
@claims("So every text that is written along the index can be brought to an end")
def test_loops_with_a_way_out_stay(student, machine):
    """A loop stays if there is a way out of it, be it many tokens later or through the state where it began.

    能走出去的环要保留，哪怕要走很多个词元之后，或者要经过它开始的那个状态。
    """
    round_trip = (0, [0], {0: {97: 1}, 1: {97: 2}, 2: {97: 3}, 3: {97: 0}})
    ladder = (5, [0], {5: {97: 4, 98: 5}, 4: {97: 3, 98: 5}, 3: {97: 2, 98: 5}, 2: {97: 1, 98: 5}, 1: {97: 0}, 0: {}})

    detour = (5, [0], {5: {97: 4, 98: 3}, 4: {97: 5}, 3: {97: 0}, 0: {}})

    for plan in (detour, round_trip, ladder):
        got = student.build_index(machine(plan), [b"a", b"", b"b"], 1)
        assert_same(got, index_by_hand(plan, [b"a", b"", b"b"], 1))


@after("test_the_states_of_the_index")
def test_random_indexes(student, machine, rng):
    """In random automata with random tokens the index is what is left when all ways on have been tried.

    在随机自动机和随机词元上，索引与把所有走法都试过之后剩下的相同。
    """
    for share in (0.35, 0.45, 0.6, 0.8, 0.45, 0.35, 0.6):
        plan, vocabulary = plan_at_random(rng, share=share), [*words_at_random(rng, 13), b""]
        expected = index_by_hand(plan, vocabulary, 13)
        if can_end(plan, plan[0], vocabulary, 13):
            assert_same(student.build_index(machine(plan), vocabulary, 13), expected)
        else:
            assert_raises(ValueError, student.build_index, machine(plan), vocabulary, 13)


@claims("ValueError if no text at all can be brought to an end")
def test_no_text_at_all(student, machine):
    """If no text can be brought to an end that is a ValueError; a grammar of the empty text alone has an index.

    如果没有任何文本能写到结尾，抛出 ValueError；只允许空文本的语法也有索引。
    """
    for plan in (line(b"ab"), line(b"a", accepting=[]), line(b"c")):
        assert_raises(ValueError, student.build_index, machine(plan), [b"a", b"bb", b"ac", b""], 3)
    assert_same(student.build_index(machine(line(b"")), [b"a", b""], 1), {0: {1: 0}})
    assert_same(student.build_index(machine(line(b"a", start=2)), [b"", b"a"], 0), {2: {1: 3}, 3: {0: 3}})


@claims(
    "Row i belongs to a text that stands in states[i]",
    "Logits of allowed tokens stay as they are",
)
def test_the_mask(student, rng):
    """Each row keeps the logits that its own state allows, in every dtype, also of a view; the rest is minus infinity.

    每一行只保留自己的状态所允许的 logit，其余是负无穷；任何 dtype 以及不连续的视图都一样。
    """
    index = {4: {0: 4, 2: 1, 6: 9}, 0: {5: 0}, 9: {token: 4 for token in range(7)}}
    states = [9, 0, 4, 4, 0]
    for dtype in (torch.float64, torch.float32, torch.bfloat16):
        whole = rng.normal(7, 5).to(dtype)
        for logits in (whole.mT, whole.mT.contiguous(), -100 - whole.mT.abs()):
            expected = logits.clone()
            for row, state in enumerate(states):
                for token in set(range(7)) - index[state].keys():
                    expected[row, token] = GONE
            assert_same(unchanged(student.mask_logits, logits, states, index), expected)
    one = rng.normal(1, 1, dtype=torch.float64)
    assert_same(student.mask_logits(one, [3], {3: {0: 3}}), one)


@after("test_the_mask")
@claims("and so do dtype and device")
def test_the_mask_is_where_the_logits_are(student, rng):
    """The masked logits lie on the device of the logits: on a GPU, a mask is made there.

    加掩码后的结果与 logits 在同一设备上：在 GPU 上，掩码也要建在那里。
    """
    logits, index = rng.normal(3, 7), {4: {0: 4, 2: 1}, 1: {token: 4 for token in range(7)}}
    expected = logits.clone()
    expected[::2, [1, 3, 4, 5, 6]] = GONE

    assert_same(follows_device(student.mask_logits, logits, [4, 1, 4], index), expected)


@claims("those ids are never allowed")
def test_more_logits_than_tokens(student, rng, device):
    """Logits behind the end of the vocabulary become minus infinity.

    词表之外多出来的 logit 变成负无穷。
    """
    logits = 50 + rng.normal(2, 13)
    expected = torch.full_like(logits, GONE)
    expected[0, 1], expected[1, 0], expected[1, 2] = logits[0, 1], logits[1, 0], logits[1, 2]

    assert_same(student.mask_logits(logits, [1, 0], {0: {0: 1, 2: 0}, 1: {1: 1}}), expected)


@claims("ValueError unless there are as many states as rows")
def test_states_and_rows(student, rng, device):
    """Fewer or more states than rows are a ValueError.

    状态的个数少于或多于行数，抛出 ValueError。
    """
    for states in ([0], [0, 0, 0], []):
        assert_raises(ValueError, student.mask_logits, rng.normal(2, 3), states, {0: {1: 0}})
    one = torch.ones(2, 1, device=device)
    assert_same(student.mask_logits(one, [0, 0], {0: {0: 0}}), one)


class Model:
    """Logits that depend on what was written; it notes what it is asked, and what the picker is shown."""

    def __init__(self, rng, tokens, choose=lambda logits: int(logits.argmax()), dtype=torch.float64):
        self.table = rng.normal(101, tokens, dtype=dtype)
        self.choose, self.asked, self.shown = choose, [], []

    def logits(self, tokens):
        return self.table[sum((place + 1) * token for place, token in enumerate(tokens)) % 101]

    def next_logits(self, tokens):
        self.asked.append(list(tokens))
        return self.logits(tokens)

    def pick(self, logits):
        self.shown.append(logits.clone())
        return self.choose(logits)

    def text(self, index, start, stop, longest):
        """What write_constrained should return, and the masked logits on the way."""
        tokens, state, shown = [], start, []
        while len(tokens) < longest and stop not in tokens:
            allowed = torch.zeros_like(self.table[0], dtype=torch.bool)
            allowed[list(index[state])] = True
            shown.append(self.logits(tokens).masked_fill(~allowed, GONE))
            tokens.append(self.choose(shown[-1]))
            state = index[state][tokens[-1]]
        return tokens, shown


INDEX = {
    6: {0: 6, 1: 2, 5: 0, 8: 6}, 2: {1: 2, 3: 0, 7: 6}, 0: {2: 2, 4: 6, 6: 0, 9: 2, 10: 0}, 4: {0: 4, 1: 6},
}  # fmt: skip


@claims(
    "pick: chooses the next token by these logits, greedily or at random",
    "The mask comes first: pick is given the masked logits",
    "The token that was picked moves the text to its next state",
    "the state in which the text begins",
)
def test_a_text_along_the_index(student, rng):
    """The text is that of a walk with the mask before the choice, be it greedy, second best or by a nucleus of allowed
    tokens.

    写出的文本与先加掩码、再选取得到的相同：无论贪心、取第二好的，还是在允许的词元里做核采样（top-p）。
    """

    def second(logits):
        return int(logits.sort(descending=True).indices[min(2, int((logits > GONE).sum())) - 1])

    def last_of_the_nucleus(logits):
        ranked, ids = (logits / 2).sort(descending=True)
        return int(ids[int((ranked.softmax(-1).cumsum(-1) < 0.8).sum())])

    for choose in (lambda logits: int(logits.argmax()), second, last_of_the_nucleus):
        for start in (6, 2, 0, 4):
            model = Model(rng, 13, choose, torch.float32 if start == 4 else torch.float64)
            expected, shown = model.text(INDEX, start, 0, 17)
            assert_same(student.write_constrained(model.next_logits, model.pick, INDEX, start, 0, 17), expected)
            assert_same(model.shown, shown)


@claims(
    "Every token costs one call of next_logits, with the tokens written so far, and one call of pick",
)
def test_one_call_for_every_token(student, rng):
    """The model is asked once for every token, with all tokens so far; nothing is asked for that is not used.

    每个词元只问一次模型，传入到目前为止的全部词元；不问用不到的东西。
    """
    for longest in (1, 2, 7, 23):
        model = Model(rng, 13)
        tokens = student.write_constrained(model.next_logits, model.pick, INDEX, 2, 12, longest)
        assert_same(model.asked, [tokens[:place] for place in range(longest)])
        expect(
            len(model.shown) == longest,
            "For {tokens} tokens pick was called {calls} times.",
            "生成 {tokens} 个词元，却调用了 {calls} 次 pick。",
            tokens=longest,
            calls=len(model.shown),
        )


@claims("The text ends with the stop token, which belongs to the answer, or after max_new_tokens, finished or not")
def test_where_the_writing_ends(student, rng, device):
    """The stop token is the last of the answer, and nothing is asked behind it; without one max_new_tokens is the end.

    停止词元是结果的最后一个，之后不再问模型；没有停止词元时，写满 max_new_tokens 个就结束。
    """
    index = {3: {1: 3, 2: 3, 0: 3}}
    for ending in (0, 1, 4):
        asked = []

        def next_logits(tokens, ending=ending, asked=asked):
            asked.append(len(tokens))
            return torch.tensor([9.0, 1, 2] if len(tokens) == ending else [0.0, 5, 4], device=device)

        got = student.write_constrained(next_logits, lambda logits: int(logits.argmax()), index, 3, 0, 6)
        assert_same(got, [1] * ending + [0])
        assert_same(asked, list(range(ending + 1)))
    zero_first = [torch.tensor(row, device=device) for row in ([3.0, 2, 1], [2.0, 3, 1], [1.0, 2, 3], [3.0, 2, 1])]
    got = student.write_constrained(
        lambda tokens: zero_first[len(tokens)], lambda logits: int(logits.argmax()), index, 3, 2, 4
    )
    assert_same(got, [0, 1, 2])
    model = Model(rng, 3)
    assert_same(student.write_constrained(model.next_logits, model.pick, {5: {1: 5, 2: 5}}, 5, 0, 0), [])
    assert_same(model.asked, [])
    greedy = student.write_constrained(model.next_logits, model.pick, {5: {2: 5}}, 5, 0, 4)
    assert_same(greedy, [2] * 4)
    assert_same([model.asked, len(model.shown)], [[[2] * place for place in range(4)], 4])  # even without a choice


@claims("ValueError for max_new_tokens below 0")
def test_a_negative_number_of_tokens(student, rng):
    """A negative max_new_tokens is a ValueError, before the model is asked.

    max_new_tokens 为负数时抛出 ValueError，而且不去问模型。
    """
    model = Model(rng, 13)

    assert_raises(ValueError, student.write_constrained, model.next_logits, model.pick, INDEX, 2, 0, -1)

    assert_same(model.asked, [])
    assert_same(student.write_constrained(model.next_logits, model.pick, INDEX, 2, 0, 1), model.text(INDEX, 2, 0, 1)[0])
