"""Known mistakes of week 09, constrained."""

import constrained as solution
import torch

from grader.mistakes import mistake


def judge(state, automaton, vocabulary, stop_token, *, target_of, end=None, empty=False):
    """allowed_tokens in steps: target_of gives the state behind a token, end says where the stop token may come."""
    if not 0 <= stop_token < len(vocabulary):
        raise ValueError
    allowed = {}
    for token, piece in enumerate(vocabulary):
        if token == stop_token:
            if end(state) if end else state in automaton.accepting:
                allowed[token] = state
        elif piece or empty:
            target = target_of(piece)
            if target is not None:
                allowed[token] = target
    return allowed


def walk(automaton, state, piece):
    for byte in piece:
        if state is not None:
            state = automaton.step(state, byte)
    return state


# ---- allowed_tokens


@mistake(
    of="allowed_tokens",
    en="It looks like you look at the first byte of each token only. A token takes an arrow for every byte, and the "
    "last one says where it leads.",
    zh="看起来你只看了每个词元的第一个字节。词元的每个字节都要走一条箭头，最后一条才决定它到达哪里。",
)
def looks_at_the_first_byte(state, automaton, vocabulary, stop_token):
    return judge(state, automaton, vocabulary, stop_token, target_of=lambda piece: walk(automaton, state, piece[:1]))


@mistake(
    of="allowed_tokens",
    en="It looks like you found the right tokens, but moved on by their first byte only: each of them leads to the "
    "state behind its last byte.",
    zh="看起来词元找对了，但只按第一个字节换了状态：每个词元到达的是最后一个字节之后的状态。",
)
def moves_on_by_one_byte(state, automaton, vocabulary, stop_token):
    def target_of(piece):
        return None if walk(automaton, state, piece) is None else automaton.step(state, piece[0])

    return judge(state, automaton, vocabulary, stop_token, target_of=target_of)


@mistake(
    of="allowed_tokens",
    en="It looks like the stop token may come in every state, so a text can end in its middle. Only accepting states "
    "allow it.",
    zh="看起来你在每个状态都允许停止词元，文本可能半途就结束了。只有接受状态才允许它。",
)
def may_end_anywhere(state, automaton, vocabulary, stop_token):
    return judge(
        state,
        automaton,
        vocabulary,
        stop_token,
        target_of=lambda piece: walk(automaton, state, piece),
        end=lambda state: True,
    )


@mistake(
    of="allowed_tokens",
    en="It looks like you allow the stop token only when nothing else can come. A number such as 12 may end although "
    "more digits could follow: ask whether the state is accepting.",
    zh="看起来只有在别无选择时你才允许停止词元。像 12 这样的数，虽然后面还能接数字，也可以结束："
    "应看状态是不是接受状态。",
)
def ends_only_when_nothing_else_can_come(state, automaton, vocabulary, stop_token):
    allowed = solution.allowed_tokens(state, automaton, vocabulary, stop_token)
    return {token: target for token, target in allowed.items() if token != stop_token or len(allowed) == 1}


@mistake(
    of="allowed_tokens",
    en="It looks like you walk the bytes of the stop token as if it were text. It may come in accepting states, "
    "whatever its bytes are.",
    zh="看起来你把停止词元的字节当成正文来走了。无论它的字节是什么，只要是接受状态就允许它。",
)
def reads_the_stop_token(state, automaton, vocabulary, stop_token):
    def end(state):
        return walk(automaton, state, vocabulary[stop_token]) in automaton.accepting

    return judge(
        state, automaton, vocabulary, stop_token, target_of=lambda piece: walk(automaton, state, piece), end=end
    )


@mistake(
    of="allowed_tokens",
    en="It looks like you walk the bytes of the stop token as well and allow it in the middle of a text, too, where "
    "the grammar has the same bytes.",
    zh="看起来你把停止词元的字节也走了一遍，只要语法里有同样的字节，就在文本中间也允许它。",
)
def takes_the_stop_token_for_text(state, automaton, vocabulary, stop_token):
    allowed = solution.allowed_tokens(state, automaton, vocabulary, stop_token)
    target = walk(automaton, state, vocabulary[stop_token])
    return allowed if target is None or stop_token in allowed else {**allowed, stop_token: target}


@mistake(
    of="allowed_tokens",
    en="It looks like tokens without bytes are allowed: all of their bytes can be read, for there are none. The "
    "model could then write them for ever.",
    zh="看起来你允许了没有字节的词元：它们“所有的字节都能读”，因为一个也没有。这样模型可能永远写下去。",
)
def lets_empty_tokens_pass(state, automaton, vocabulary, stop_token):
    return judge(
        state, automaton, vocabulary, stop_token, target_of=lambda piece: walk(automaton, state, piece), empty=True
    )


@mistake(
    of="allowed_tokens",
    en="It looks like you take state 0 for no state: `if target` is false for it. Compare with None.",
    zh="看起来你把状态 0 当成了没有状态：`if target` 对它不成立。请与 None 比较。",
)
def takes_state_0_for_none(state, automaton, vocabulary, stop_token):
    return judge(
        state, automaton, vocabulary, stop_token, target_of=lambda piece: walk(automaton, state, piece) or None
    )


@mistake(
    of="allowed_tokens",
    en="It looks like a walk ends when it comes to state 0 on its way: `if not state` is true for it. Compare with "
    "None.",
    zh="看起来逐字节行走途中一到状态 0 就停了：`if not state` 对它成立。请与 None 比较。",
)
def stops_on_the_way_at_state_0(state, automaton, vocabulary, stop_token):
    def target(piece):
        current = state
        for byte in piece:
            current = automaton.step(current, byte)
            if not current:
                return None
        return current

    return judge(state, automaton, vocabulary, stop_token, target_of=target)


@mistake(
    of="allowed_tokens",
    en="It looks like you decode each token to text first, and a token that ends in the middle of a character got "
    "lost. Walk the bytes as they are.",
    zh="看起来你先把每个词元解码成了文本，于是断在字符中间的词元就丢了。请直接逐字节地走。",
)
def decodes_the_tokens(state, automaton, vocabulary, stop_token):
    def target_of(piece):
        return walk(automaton, state, piece.decode(errors="ignore").encode() or b"\xff")

    return judge(state, automaton, vocabulary, stop_token, target_of=target_of)


@mistake(
    of="allowed_tokens",
    en="It looks like you stop reading a token when a text could end there, and forget what follows in it.",
    zh="看起来读词元时一到可以结束的地方你就停了，忘了词元里后面还有字节。",
)
def stops_reading_where_a_text_may_end(state, automaton, vocabulary, stop_token):
    def target_of(piece):
        target = state
        for byte in piece:
            target = automaton.step(target, byte)
            if target is None or target in automaton.accepting:
                break
        return target

    return judge(state, automaton, vocabulary, stop_token, target_of=target_of)


@mistake(
    of="allowed_tokens",
    en="It looks like you keep the longest of the tokens that begin alike, as a tokenizer would. The model may write "
    "the shorter ones as well.",
    zh="看起来开头相同的词元里你只留下了最长的，像分词器那样。模型也可以写较短的。",
)
def keeps_the_longest_of_a_kind(state, automaton, vocabulary, stop_token):
    allowed = solution.allowed_tokens(state, automaton, vocabulary, stop_token)
    pieces = [vocabulary[token] for token in allowed if token != stop_token]
    longer = {token for token in allowed for other in pieces if other[:-1].startswith(vocabulary[token])}
    return {token: target for token, target in allowed.items() if token == stop_token or token not in longer}


@mistake(
    of="allowed_tokens",
    en="It looks like two tokens with the same bytes became one: you probably keep them in a dict under their bytes. "
    "Every id counts.",
    zh="看起来字节相同的两个词元合成了一个：你大概用字节作键存进了字典。每个编号都要算。",
)
def merges_equal_tokens(state, automaton, vocabulary, stop_token):
    allowed = solution.allowed_tokens(state, automaton, vocabulary, stop_token)
    last = {vocabulary[token]: token for token in allowed if token != stop_token}
    return {t: target for t, target in allowed.items() if t == stop_token or last[vocabulary[t]] == t}


# ---- build_index


def explore(automaton, vocabulary, stop_token, start):
    moves, waiting = {}, [start]
    while waiting:
        state = waiting.pop()
        if state not in moves:
            moves[state] = solution.allowed_tokens(state, automaton, vocabulary, stop_token)
            waiting += moves[state].values()
    return moves


def only(moves, alive):
    return {s: {t: target for t, target in row.items() if target in alive} for s, row in moves.items() if s in alive}


def refuse_nothing(moves, start):
    if start not in moves:
        raise ValueError
    return moves


@mistake(
    of="build_index",
    en="It looks like dead ends stay in your index: the model can walk into a state from which no token leads on.",
    zh="看起来你的索引里还留着死路：模型可能走进一个没有任何词元可写的状态。",
)
def leaves_dead_ends(automaton, vocabulary, stop_token):
    solution.build_index(automaton, vocabulary, stop_token)
    return explore(automaton, vocabulary, stop_token, automaton.start)


@mistake(
    of="build_index",
    en="It looks like you take away states without tokens once only. What leads to them is a dead end then, too: go "
    "on until nothing changes.",
    zh="看起来没有词元的状态你只去掉了一遍。这样一来，通往它们的状态也成了死路：要反复去掉，直到不再变化。",
)
def looks_one_token_ahead(automaton, vocabulary, stop_token):
    solution.build_index(automaton, vocabulary, stop_token)
    moves = explore(automaton, vocabulary, stop_token, automaton.start)
    return only(moves, {state for state, row in moves.items() if row})


@mistake(
    of="build_index",
    en="It looks like you take away states without tokens until none is left. A loop without a way out has tokens in "
    "every state, and ends nowhere all the same: begin at the states where the text may end and go backwards.",
    zh="看起来你反复去掉没有词元的状态。走不出去的环，每个状态都有词元，却同样到不了结尾："
    "应从文本可以结束的状态出发，往回找。",
)
def keeps_loops_without_a_way_out(automaton, vocabulary, stop_token):
    solution.build_index(automaton, vocabulary, stop_token)
    moves = explore(automaton, vocabulary, stop_token, automaton.start)
    while not all(moves.values()):
        moves = only(moves, {state for state, row in moves.items() if row})
    return moves


@mistake(
    of="build_index",
    en="It looks like you ask recursively whether a state can end, and a state that is still being asked counts as "
    "dead. In a loop that is wrong: it may have a way out that you have not tried yet.",
    zh="看起来你用递归判断一个状态能否到达结尾，而正在判断中的状态被当成了死路。遇到环就错了：它可能还有没试过的出路。",
)
def takes_loops_for_dead_ends(automaton, vocabulary, stop_token):
    solution.build_index(automaton, vocabulary, stop_token)
    moves = explore(automaton, vocabulary, stop_token, automaton.start)
    known = {}

    def alive(state):
        if state not in known:
            known[state] = False
            row = moves[state].items()
            known[state] = stop_token in moves[state] or any([alive(target) for t, target in row if t != stop_token])
        return known[state]

    alive(automaton.start)
    return refuse_nothing(only(moves, {state for state in moves if known.get(state)}), automaton.start)


@mistake(
    of="build_index",
    en="It looks like your index begins at state 0. Begin at automaton.start.",
    zh="看起来你的索引从状态 0 开始。应从 automaton.start 开始。",
)
def begins_at_0(automaton, vocabulary, stop_token):
    moved = type(automaton)(0, automaton.accepting, automaton.arrows)
    return solution.build_index(moved, vocabulary, stop_token)


@mistake(
    of="build_index",
    en="It looks like your index has every state of the automaton. Many of them lie in the middle of a token, where "
    "no text ever stands.",
    zh="看起来你的索引包含了自动机的每个状态。其中许多位于词元中间，文本永远不会停在那里。",
)
def has_every_state(automaton, vocabulary, stop_token):
    index = dict(solution.build_index(automaton, vocabulary, stop_token))
    for state in automaton.arrows:
        if state not in index:
            try:
                begun = type(automaton)(state, automaton.accepting, automaton.arrows)
                index.update(solution.build_index(begun, vocabulary, stop_token))
            except ValueError:
                pass
    return index


@mistake(
    of="build_index",
    en="It looks like you return an index without the start when no text can be written. That is a ValueError, or "
    "the model is asked to write what is impossible.",
    zh="看起来写不出任何文本时，你返回了一个不含起点的索引。这时应抛出 ValueError，否则就是要模型写不可能的东西。",
)
def returns_an_index_of_nothing(automaton, vocabulary, stop_token):
    try:
        return solution.build_index(automaton, vocabulary, stop_token)
    except ValueError:
        return {}


# ---- mask_logits


@mistake(
    of="mask_logits",
    en="It looks like you set what must not come to 0. A logit of 0 is no small probability: use minus infinity.",
    zh="看起来你把不允许的词元置成了 0。logit 为 0 并不代表概率小：应使用负无穷。",
)
def fills_with_zero(logits, states, index):
    masked = solution.mask_logits(logits, states, index)
    return masked.masked_fill(masked == float("-inf"), 0.0)


@mistake(
    of="mask_logits",
    en="It looks like your mask is the wrong way round: the allowed tokens have minus infinity.",
    zh="看起来你的掩码反了：变成负无穷的是允许的词元。",
)
def masks_the_allowed(logits, states, index):
    masked = solution.mask_logits(logits, states, index)
    return logits.masked_fill(masked > float("-inf"), float("-inf"))


@mistake(
    of="mask_logits",
    en="It looks like the first state decides for every row. Each row stands in a state of its own.",
    zh="看起来第一个状态决定了所有的行。每一行都有自己的状态。",
)
def one_state_for_all_rows(logits, states, index):
    return solution.mask_logits(logits, [states[0] if states else 0] * len(states), index)


@mistake(
    of="mask_logits",
    en="It looks like logits behind the end of your vocabulary stay as they are. The model could choose an id that "
    "stands for nothing.",
    zh="看起来词表之外多出来的 logit 保持了原样。模型可能选中一个不代表任何词元的编号。",
)
def forgets_the_ids_behind_the_end(logits, states, index):
    masked = solution.mask_logits(logits, states, index)
    known = 1 + max(token for row in index.values() for token in row)
    masked[:, known:] = logits[:, known:]
    return masked


@mistake(
    of="mask_logits",
    en="It looks like a new tensor is made on the CPU, whatever the device of the logits is. On a GPU the two do not "
    "go together: pass device=logits.device.",
    zh="看起来有个新张量总是建在 CPU 上，与 logits 所在的设备无关。logits 在 GPU 上时，两者无法一起运算："
    "请传入 device=logits.device。",
    breaks="and so do dtype and device",
)
def makes_the_mask_on_the_cpu(logits, states, index):
    if len(states) != len(logits):
        raise ValueError
    allowed = torch.zeros(logits.shape, dtype=torch.bool)
    for row, state in enumerate(states):
        allowed[row, list(index[state])] = True
    return logits.masked_fill(~allowed, float("-inf"))


@mistake(
    of="mask_logits",
    en="It looks like you write into the logits that you were given. Fill a tensor of your own.",
    zh="看起来你直接改写了传入的 logits。请填写自己的张量。",
)
def changes_the_logits(logits, states, index):
    return logits.copy_(solution.mask_logits(logits, states, index))


@mistake(
    of="mask_logits",
    en="It looks like you give the allowed tokens a logit of 0 and lose what the model thinks of them. Keep their "
    "logits.",
    zh="看起来你把允许的词元的 logit 都设成了 0，丢掉了模型的看法。请保留它们的 logit。",
)
def forgets_the_logits(logits, states, index):
    masked = solution.mask_logits(logits, states, index)
    return masked.masked_fill(masked > float("-inf"), 0.0)


# ---- write_constrained


def write(next_logits, pick, index, start, stop_token, max_new_tokens, *, choose=None, move=None, goes_on=False):
    """write_constrained in steps: choose takes (logits, state), move takes (state, token)."""
    if max_new_tokens < 0:
        raise ValueError
    tokens, state = [], start
    while len(tokens) < max_new_tokens and (goes_on or stop_token not in tokens):
        logits = next_logits(list(tokens))
        if choose:
            token = int(choose(logits, state))
        else:
            token = int(pick(solution.mask_logits(logits[None], [state], index)[0]))
        tokens.append(token)
        state = move(state, token) if move else index[state][token]
    return tokens


@mistake(
    of="write_constrained",
    en="It looks like you pick first and put the choice right afterwards. The mask comes first, so that pick chooses "
    "among allowed tokens.",
    zh="看起来你先选取，发现不允许之后才改。应当先加掩码，让 pick 在允许的词元里选。",
)
def picks_before_the_mask(next_logits, pick, index, start, stop_token, max_new_tokens):
    def choose(logits, state):
        token = int(pick(logits))
        masked = solution.mask_logits(logits[None], [state], index)[0]
        return token if token in index[state] else int(masked.argmax())

    return write(next_logits, pick, index, start, stop_token, max_new_tokens, choose=choose)


@mistake(
    of="write_constrained",
    en="It looks like your text never leaves its first state: each token has to move it on.",
    zh="看起来你的文本一直停在起点状态：每写一个词元都要换到下一个状态。",
)
def stays_in_the_first_state(next_logits, pick, index, start, stop_token, max_new_tokens):
    return write(next_logits, pick, index, start, stop_token, max_new_tokens, move=lambda state, token: state)


@mistake(
    of="write_constrained",
    en="It looks like you begin in state 0. The text begins in `start`.",
    zh="看起来你从状态 0 开始。文本应从 `start` 开始。",
)
def starts_in_state_0(next_logits, pick, index, start, stop_token, max_new_tokens):
    return solution.write_constrained(next_logits, pick, index, 0 if 0 in index else start, stop_token, max_new_tokens)


@mistake(
    of="write_constrained",
    en="It looks like you left the stop token out. It belongs to the answer: without it nobody can see that the text "
    "is finished.",
    zh="看起来你的结果里少了停止词元。它属于结果：没有它，就看不出文本是否写完了。",
)
def leaves_the_stop_token_out(next_logits, pick, index, start, stop_token, max_new_tokens):
    tokens = solution.write_constrained(next_logits, pick, index, start, stop_token, max_new_tokens)
    return tokens[:-1] if tokens[-1:] == [stop_token] else tokens


@mistake(
    of="write_constrained",
    en="It looks like the writing goes on behind the stop token.",
    zh="看起来写到停止词元之后还在继续。",
)
def writes_on_behind_the_end(next_logits, pick, index, start, stop_token, max_new_tokens):
    return write(next_logits, pick, index, start, stop_token, max_new_tokens, goes_on=True)


@mistake(
    of="write_constrained",
    en="It looks like you stop as soon as the text may end. Whether it does is for the model to say, with the stop "
    "token.",
    zh="看起来文本一到可以结束的地方你就停了。是否结束应由模型用停止词元来决定。",
)
def ends_at_the_first_chance(next_logits, pick, index, start, stop_token, max_new_tokens):
    if max_new_tokens < 0:
        raise ValueError
    tokens, state = [], start
    while len(tokens) < max_new_tokens and (not tokens or stop_token not in index[state]):
        masked = solution.mask_logits(next_logits(list(tokens))[None], [state], index)[0]
        tokens.append(int(pick(masked)))
        state = index[state][tokens[-1]]
        if tokens[-1] == stop_token:
            break
    return tokens


@mistake(
    of="write_constrained",
    en="It looks like you take the best allowed token yourself. How to choose is for `pick` to say.",
    zh="看起来你自己取了允许的词元里最好的。怎么选应由 `pick` 决定。",
)
def is_always_greedy(next_logits, pick, index, start, stop_token, max_new_tokens):
    def choose(logits, state):
        return torch.argmax(solution.mask_logits(logits[None], [state], index))

    return write(next_logits, pick, index, start, stop_token, max_new_tokens, choose=choose)


@mistake(
    of="write_constrained",
    en="Your tokens are right, but the model is asked once more when the text has ended.",
    zh="你的词元正确，但文本结束之后又问了一次模型。",
)
def asks_once_too_often(next_logits, pick, index, start, stop_token, max_new_tokens):
    tokens = solution.write_constrained(next_logits, pick, index, start, stop_token, max_new_tokens)
    next_logits(list(tokens))
    return tokens


@mistake(
    of="allowed_tokens",
    en="It looks like the stop token is never allowed: you probably skip every token without bytes, and it is one of "
    "them.",
    zh="看起来停止词元从来不被允许：你大概跳过了所有没有字节的词元，而它也是其中之一。",
)
def never_allows_the_end(state, automaton, vocabulary, stop_token):
    return judge(
        state,
        automaton,
        vocabulary,
        stop_token,
        target_of=lambda piece: walk(automaton, state, piece),
        end=lambda state: False,
    )


@mistake(
    of="mask_logits",
    en="It looks like a large negative number stands for minus infinity. It is a logit like any other: where all are "
    "as low, softmax brings it back.",
    zh="看起来你用一个很大的负数代替了负无穷。它仍是普通的 logit：如果其他的也这么低，softmax 又会给它概率。",
)
def fills_with_a_large_negative_number(logits, states, index):
    masked = solution.mask_logits(logits, states, index)
    return masked.masked_fill(masked == float("-inf"), -1e9)


@mistake(
    of="mask_logits",
    en="It looks like the smallest finite number of the dtype stands for minus infinity. A later step, such as a "
    "division by a temperature, makes another number of it, and whoever looks for minus infinity finds none.",
    zh="看起来你用 dtype 中最小的有限数代替了负无穷。后续步骤（例如除以温度）会把它变成别的数，"
    "而查找负无穷的代码什么也找不到。",
)
def fills_with_the_smallest_number(logits, states, index):
    masked = solution.mask_logits(logits, states, index)
    return masked.masked_fill(masked == float("-inf"), torch.finfo(logits.dtype).min)


@mistake(
    of="write_constrained",
    en="It looks like next_logits is given the last token alone. It has no cache: give it all that was written.",
    zh="看起来你只把最后一个词元传给了 next_logits。它没有缓存：应传入已经写出的全部词元。",
)
def gives_the_last_token_alone(next_logits, pick, index, start, stop_token, max_new_tokens):
    def of_the_last(tokens):
        return next_logits(tokens[-1:])

    return write(of_the_last, pick, index, start, stop_token, max_new_tokens)
