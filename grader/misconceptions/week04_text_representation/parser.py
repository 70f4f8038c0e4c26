"""Known mistakes of week 04, parser."""

import parser as solution

from grader.mistakes import mistake

SHIFT, LEFT, RIGHT = "SHIFT", "LEFT", "RIGHT"


def moves_for(heads, choose):
    """The moves of the oracle with another way to choose; `choose` gets what is possible and what is missing."""
    missing = [heads.count(word) for word in range(len(heads) + 1)]
    moves, stack, following = [], [0], 1
    while following <= len(heads) or len(stack) > 1:
        below, top = stack[-2:] if len(stack) > 1 else (0, 0)
        left = bool(below) and heads[below - 1] == top
        right = bool(top) and heads[top - 1] == below
        move = choose(left, right, missing[top] if top else 0, missing[below], following <= len(heads))
        if move == SHIFT:
            if following > len(heads):
                break
            stack.append(following)
            following += 1
        elif len(stack) < 2:
            break
        else:
            missing[top if move == LEFT else below] -= 1
            del stack[-2 if move == LEFT else -1]
        moves.append(move)
    return moves


def usual(left, right, top, below, more):
    """The oracle's own choice."""
    return LEFT if left else RIGHT if right and not top else SHIFT


@mistake(
    of="transitions",
    en="It looks like RIGHT is made as soon as the arc fits: the word is then gone before it has its own dependents.",
    zh="看起来弧一匹配就执行 RIGHT：那个词还没得到自己的依存词就被取走了。",
)
def right_at_once(heads):
    solution.transitions(heads)
    return moves_for(heads, lambda left, right, top, below, more: LEFT if left else RIGHT if right else SHIFT)


@mistake(
    of="transitions",
    en="It looks like RIGHT is made as soon as the arc fits. The word is gone before it has its own dependents, and "
    "then no move is left, so that even a good tree is refused.",
    zh="看起来弧一匹配就执行 RIGHT：那个词还没得到自己的依存词就被取走了，之后无路可走，连正常的树也被拒绝。",
    breaks="RIGHT when it does and the top has all of its own dependents already",
)
def right_at_once_and_stuck(heads):
    moves = right_at_once(heads)
    if len(moves) < 2 * len(heads):
        raise ValueError("no move is possible")
    return moves


@mistake(
    of="transitions",
    en="It looks like RIGHT waits only while the very next word depends on the top: its dependents may come later.",
    zh="看起来 RIGHT 只看缓冲区的下一个词是否依存于栈顶：栈顶的依存词也可能在更后面。",
    breaks="RIGHT when it does and the top has all of its own dependents already",
)
def waits_for_the_next_word(heads):
    solution.transitions(heads)
    moves, stack, following = [], [0], 1
    while following <= len(heads) or len(stack) > 1:
        below, top = stack[-2:] if len(stack) > 1 else (0, 0)
        if below and heads[below - 1] == top:
            moves.append(LEFT)
            del stack[-2]
        elif top and heads[top - 1] == below and heads[following - 1 : following] != [top]:
            moves.append(RIGHT)
            del stack[-1]
        elif following <= len(heads):
            moves.append(SHIFT)
            stack.append(following)
            following += 1
        else:
            raise ValueError("no move is possible")
    return moves


@mistake(
    of="transitions",
    en="It looks like an empty sentence is refused, since no word depends on the root: no words give [].",
    zh="看起来空句子被拒绝了，因为没有词依存于根：没有词时应返回 []。",
    breaks="So there are 2 n moves, and no words give []",
)
def refuses_no_words(heads):
    if not heads:
        raise ValueError("one word depends on 0")
    return solution.transitions(heads)


@mistake(
    of="transitions",
    en="It looks like SHIFT goes on while the buffer has words, and arcs are made only afterwards.",
    zh="看起来缓冲区还有词时一直 SHIFT，之后才建弧。",
)
def shifts_first(heads):
    solution.transitions(heads)
    return moves_for(
        heads, lambda left, right, top, below, more: SHIFT if more else LEFT if left else RIGHT if right else SHIFT
    )


@mistake(
    of="transitions",
    en="It looks like LEFT waits though its arc fits. It is made at once: the top stays on the stack, and can still "
    "get its other dependents.",
    zh="看起来弧已经匹配，LEFT 却还在等。它应立即执行：栈顶还留在栈里，之后仍能得到其他依存词。",
)
def left_waits(heads):
    solution.transitions(heads)

    def choose(left, right, top, below, more):
        if left and (top <= 1 or not more):
            return LEFT
        return RIGHT if right and not top else SHIFT if more else LEFT

    return moves_for(heads, choose)


@mistake(
    of="transitions",
    en="It looks like LEFT and RIGHT are swapped: LEFT makes the top the head of the word below it.",
    zh="看起来 LEFT 和 RIGHT 反了：LEFT 是让栈顶成为它下面那个词的中心词。",
)
def names_swapped(heads):
    turned = {LEFT: RIGHT, RIGHT: LEFT, SHIFT: SHIFT}
    return [turned[move] for move in solution.transitions(heads)]


@mistake(
    of="transitions",
    en="It looks like the last RIGHT, which hangs the tree on the root, is missing.",
    zh="看起来缺了最后一个 RIGHT：它把整棵树挂到根上。",
)
def without_the_last_move(heads):
    return solution.transitions(heads)[:-1]


@mistake(
    of="transitions",
    en="It looks like the moves are shortened to their first letters.",
    zh="看起来动作只写了首字母。",
)
def first_letters(heads):
    return [move[0] for move in solution.transitions(heads)]


@mistake(
    of="transitions",
    en="It looks like a tree whose arcs cross is built as far as possible: it should be refused with ValueError.",
    zh="看起来有交叉弧的树被尽量建了一部分：应抛出 ValueError。",
)
def builds_a_part(heads):
    return moves_for(heads, usual) if _is_tree(heads) else solution.transitions(heads)


@mistake(
    of="transitions",
    en="It looks like heads that are no tree are taken as they come: check them first.",
    zh="看起来没有检查 heads 是不是一棵树：应先检查。",
)
def checks_nothing(heads):
    return solution.transitions(heads) if _is_tree(heads) else moves_for(heads, usual)


def _is_tree(heads):
    """One word depends on the root, and every word leads to it."""
    n = len(heads)
    if any(not 0 <= head <= n for head in heads) or heads.count(0) != bool(heads):
        return False
    for word in range(1, n + 1):
        for _ in heads:
            word = heads[word - 1] if word else 0
        if word:
            return False
    return True


@mistake(
    of="transitions",
    en="It looks like heads are followed before anybody asks whether they are in range: one above n ends in an "
    "IndexError. Check the range first, and raise ValueError.",
    zh="看起来还没检查范围就沿着中心词往上找：大于 n 的编号会引发 IndexError。应先检查范围，抛出 ValueError。",
    breaks="a head is out of range",
)
def follows_heads_out_of_range(heads):
    if heads.count(0) == bool(heads) and any(head > len(heads) for head in heads):
        raise IndexError("list index out of range")
    return solution.transitions(heads)


@mistake(
    of="transitions",
    en="It looks like two words that depend on the root are accepted: exactly one does.",
    zh="看起来接受了两个依存于根的词：应恰好有一个。",
)
def several_roots(heads):
    moves = moves_for(heads, usual)
    if moves.count(SHIFT) < len(heads) or len(moves) < 2 * len(heads):
        raise ValueError("arcs that cross, or words in a cycle")
    return moves


def built(moves, left=lambda a, b: (a, b), right=lambda a, b: (b, a), check=True):
    """Carry out moves; `left` and `right` say who is taken and who becomes its head."""
    if check:
        solution.parse(moves)
    stack, heads = [0], []
    for move in moves:
        if move == SHIFT:
            heads.append(0)
            stack.append(len(heads))
        elif len(stack) > 1:
            taken, head = (left if move == LEFT else right)(stack[-2], stack[-1])
            if taken:
                heads[taken - 1] = head
            stack.remove(taken)
    return heads


@mistake(
    of="parse",
    en="It looks like LEFT and RIGHT are swapped when the moves are carried out.",
    zh="看起来执行动作时 LEFT 和 RIGHT 反了。",
)
def carries_out_swapped(moves):
    solution.parse(moves)
    return built(moves, left=lambda a, b: (b, a), right=lambda a, b: (a, b) if a else (b, a), check=False)


@mistake(
    of="parse",
    en="It looks like heads are counted from 0: word numbers begin at 1, and 0 is the root.",
    zh="看起来中心词从 0 编号：词从 1 编号，0 是根。",
)
def heads_from_zero(moves):
    return [head - 1 for head in solution.parse(moves)]


@mistake(
    of="parse",
    en="It looks like heads and dependents are mixed up: heads[i] is what word i + 1 depends on.",
    zh="看起来把中心词和依存词弄反了：heads[i] 是第 i + 1 个词所依存的词。",
)
def dependents_for_heads(moves):
    heads = solution.parse(moves)
    turned = [0] * len(heads)
    for word, head in enumerate(heads, 1):
        if head:
            turned[head - 1] = word
    return turned


@mistake(
    of="parse",
    en="It looks like the stack is not checked at the end: something is left on it.",
    zh="看起来最后没有检查栈：栈里还有剩余。",
)
def leaves_something_over(moves):
    for extra in range(moves.count(SHIFT) + 1):
        try:
            return solution.parse(moves + [RIGHT] * extra)
        except ValueError:
            pass
    return solution.parse(moves)


@mistake(
    of="parse",
    en="It looks like LEFT may take away the root: it never does.",
    zh="看起来 LEFT 可以把根取走：这是不允许的。",
)
def takes_the_root_away(moves):
    stack, heads = [0], []
    for move in moves:
        if move == SHIFT:
            heads.append(0)
            stack.append(len(heads))
            continue
        if move not in (LEFT, RIGHT) or len(stack) < 2:
            raise ValueError(move)
        taken, head = stack[-2:] if move == LEFT else stack[:-3:-1]
        heads[taken - 1] = head  # for 0, that of the last word
        stack.remove(taken)
    if len(stack) != 1:
        raise ValueError(stack)
    return heads


@mistake(
    of="parse",
    en="It looks like a move with an unknown name is passed over: it should be refused.",
    zh="看起来未知名字的动作被跳过了：应当拒绝。",
    breaks="a move has another name",
)
def passes_over_unknown_moves(moves):
    return solution.parse([move for move in moves if move in (SHIFT, LEFT, RIGHT)])


@mistake(
    of="parse",
    en="It looks like every move that is neither SHIFT nor LEFT is taken for RIGHT: another name should be refused.",
    zh="看起来凡不是 SHIFT 或 LEFT 的动作都当成了 RIGHT：其他名字应当拒绝。",
    breaks="a move has another name",
)
def anything_else_is_right(moves):
    return solution.parse([move if move in (SHIFT, LEFT) else RIGHT for move in moves])


@mistake(
    of="parse",
    en="It looks like moves may be written in small letters, too: their names are SHIFT, LEFT and RIGHT.",
    zh="看起来小写的动作名也接受了：动作的名字只有 SHIFT、LEFT 和 RIGHT。",
    breaks="a move has another name",
)
def small_letters(moves):
    return solution.parse([move.upper() for move in moves])


@mistake(
    of="parse",
    en="It looks like the top of the stack is always the one that is taken away: LEFT takes the word below it.",
    zh="看起来每次取走的都是栈顶：LEFT 取走的是栈顶下面的那个词。",
)
def pops_the_top(moves):
    stack, heads = [0], []
    for move in moves:
        if move == SHIFT:
            heads.append(0)
            stack.append(len(heads))
            continue
        if move not in (LEFT, RIGHT) or len(stack) < 2 or (move == LEFT and stack[-2] == 0):
            raise ValueError(move)
        taken, head = stack[-2:] if move == LEFT else stack[:-3:-1]
        heads[taken - 1] = head
        stack.pop()
    if stack != [0]:
        raise ValueError(stack)
    return heads
