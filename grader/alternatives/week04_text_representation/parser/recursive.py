"""The moves of a tree by recursion: a word with its dependents on the left, then those on the right."""


def transitions(heads):
    n = len(heads)
    if n == 0:
        return []
    for head in heads:
        if head < 0 or head > n:
            raise ValueError("range")
    children = {word: [] for word in range(n + 1)}
    for word, head in enumerate(heads, start=1):
        children[head].append(word)
    if len(children[0]) != 1:
        raise ValueError("root")
    order, moves = [], []

    def visit(word):
        if len(order) > n:
            raise ValueError("circle")
        left = [child for child in children[word] if child < word]
        for child in left:
            visit(child)
        order.append(word)
        moves.append("SHIFT")
        moves.extend(["LEFT"] * len(left))
        for child in (child for child in children[word] if child > word):
            visit(child)
            moves.append("RIGHT")

    visit(children[0][0])
    moves.append("RIGHT")
    if order != sorted(order) or len(order) != n:
        raise ValueError("crossing arcs, or words that the root does not reach")
    return moves


def parse(moves):
    heads, stack = {}, []
    for move in moves:
        if move == "SHIFT":
            stack.append(len(heads) + 1)
            heads[len(heads) + 1] = None
        elif move == "LEFT" and len(stack) >= 2:
            heads[stack.pop(-2)] = stack[-1]
        elif move == "RIGHT" and stack:
            word = stack.pop()
            heads[word] = stack[-1] if stack else 0
        else:
            raise ValueError(move)
    if stack:
        raise ValueError("words are left")
    return [heads[word] for word in sorted(heads)]
