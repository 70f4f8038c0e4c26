"""As parsers of the field do it: a configuration with stack, buffer and arcs, and an oracle that asks the gold arcs."""


class Configuration:
    def __init__(self, n):
        self.stack, self.buffer, self.arcs = [0], list(range(1, n + 1)), set()

    def act(self, move):
        if move == "SHIFT":
            if not self.buffer:
                raise ValueError("empty buffer")
            self.stack.append(self.buffer.pop(0))
        elif move == "LEFT" and len(self.stack) > 2:
            self.arcs.add((self.stack[-1], self.stack.pop(-2)))
        elif move == "RIGHT" and len(self.stack) > 1:
            word = self.stack.pop()
            self.arcs.add((self.stack[-1], word))
        else:
            raise ValueError(move)


def spans_of(heads):
    for word in range(1, len(heads) + 1):
        steps = 0
        while word:
            word = heads[word - 1]
            steps += 1
            if steps > len(heads):
                raise ValueError("circle")


def transitions(heads):
    n = len(heads)
    if heads and (min(heads) < 0 or max(heads) > n or sum(head == 0 for head in heads) != 1):
        raise ValueError("no tree")
    spans_of(heads)
    gold = {(head, word) for word, head in enumerate(heads, 1)}
    state, moves = Configuration(n), []
    while state.buffer or len(state.stack) > 1:
        move = "SHIFT"
        if len(state.stack) > 1:
            below, top = state.stack[-2], state.stack[-1]
            if (top, below) in gold:
                move = "LEFT"
            elif (below, top) in gold and all(arc in state.arcs for arc in gold if arc[0] == top):
                move = "RIGHT"
        state.act(move)
        moves.append(move)
    return moves


def parse(moves):
    n = sum(move == "SHIFT" for move in moves)
    state = Configuration(n)
    for move in moves:
        state.act(move)
    if len(state.arcs) != n or len(state.stack) != 1:
        raise ValueError("unfinished")
    heads = [0] * n
    for head, word in state.arcs:
        heads[word - 1] = head
    return heads
