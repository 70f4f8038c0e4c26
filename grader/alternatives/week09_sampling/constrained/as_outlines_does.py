"""In the style of a tutorial on Outlines: scan every token from every state; bias added to the logits; recursion."""

import math

import torch


def allowed_tokens(state, automaton, vocabulary, stop_token):
    if stop_token not in range(len(vocabulary)):
        raise ValueError("no such stop token")
    result = {}
    for token_id, token in enumerate(vocabulary):
        if token_id == stop_token:
            continue
        path = [state]
        for byte in token:
            following = automaton.arrows.get(path[-1], {}).get(byte)
            if following is None:
                break
            path.append(following)
        if len(token) > 0 and len(path) == len(token) + 1:
            result[token_id] = path[-1]
    if state in list(automaton.accepting):
        result[stop_token] = state
    return result


def build_index(automaton, vocabulary, stop_token):
    def explore(state, rows):
        if state not in rows:
            rows[state] = allowed_tokens(state, automaton, vocabulary, stop_token)
            for target in set(rows[state].values()):
                explore(target, rows)
        return rows

    rows = explore(automaton.start, {})
    distance = {state: 0 if stop_token in row else math.inf for state, row in rows.items()}
    for _ in rows:  # Bellman and Ford: how many tokens to the nearest end
        for state, row in rows.items():
            distance[state] = min([distance[state], *(1 + distance[target] for target in row.values())])
    if distance[automaton.start] == math.inf:
        raise ValueError("the grammar and the vocabulary do not go together")
    usable = {state for state in rows if distance[state] < math.inf}
    return {
        state: {token: target for token, target in rows[state].items() if target in usable} for state in sorted(usable)
    }


def mask_logits(logits, states, index):
    if logits.size(0) != len(states):
        raise ValueError("one state a row")
    bias = torch.full(logits.shape, -math.inf, dtype=logits.dtype, device=logits.device)
    for row, state in zip(bias, states, strict=True):
        for token in index[state]:
            row[token] = 0
    return logits + bias


def write_constrained(next_logits, pick, index, start, stop_token, max_new_tokens):
    if max_new_tokens < 0:
        raise ValueError("negative")

    def go_on(tokens, state):
        if len(tokens) == max_new_tokens or (tokens and tokens[-1] == stop_token):
            return tokens
        (masked,) = mask_logits(torch.stack([next_logits(tokens)]), [state], index)
        token = pick(masked)
        return go_on([*tokens, token], index[state][token])

    return go_on([], start)
