"""The vocabulary as a trie, walked together with the automaton, as XGrammar and llguidance do; masks as tensors."""

import torch


def allowed_tokens(state, automaton, vocabulary, stop_token):
    if stop_token < 0 or stop_token >= len(vocabulary):
        raise ValueError(stop_token)
    trie = {}
    for token, piece in enumerate(vocabulary):
        if token == stop_token or len(piece) == 0:
            continue
        node = trie
        for byte in piece:
            node = node.setdefault(byte, {})
        node.setdefault("ends", []).append(token)
    found, open_nodes = {}, [(state, trie)]
    while open_nodes:
        here, node = open_nodes.pop()
        for token in node.get("ends", []):
            found[token] = here
        for byte, child in node.items():
            if byte != "ends":
                there = automaton.step(here, byte)
                if there is not None:
                    open_nodes.append((there, child))
    if state in automaton.accepting:
        found[stop_token] = state
    return found


def build_index(automaton, vocabulary, stop_token):
    """Explore forwards, remembering who leads where; then colour backwards from the ends."""
    rows, parents, order = {}, {automaton.start: set()}, [automaton.start]
    for state in order:
        rows[state] = allowed_tokens(state, automaton, vocabulary, stop_token)
        for target in rows[state].values():
            if target not in parents:
                parents[target] = set()
                order.append(target)
            parents[target].add(state)
    alive, stack = set(), [state for state in order if stop_token in rows[state]]
    while stack:
        state = stack.pop()
        if state not in alive:
            alive.add(state)
            stack.extend(parents[state])
    if automaton.start not in alive:
        raise ValueError("nothing to write")
    return {s: {t: to for t, to in rows[s].items() if to in alive} for s in order if s in alive}


def mask_logits(logits, states, index):
    rows, vocab = logits.shape
    if rows != len(states):
        raise ValueError("states")
    allowed = torch.zeros(rows, vocab, dtype=torch.bool, device=logits.device)
    for i in range(rows):
        allowed[i, torch.tensor(sorted(index[states[i]]), device=logits.device)] = True
    return torch.where(allowed, logits, torch.tensor(float("-inf"), dtype=logits.dtype, device=logits.device))


def write_constrained(next_logits, pick, index, start, stop_token, max_new_tokens):
    if max_new_tokens < 0:
        raise ValueError("max_new_tokens")
    written, state = [], start
    for _ in range(max_new_tokens):
        allowed = mask_logits(next_logits(written[:]).reshape(1, -1), [state], index)
        written += [int(pick(allowed[0]))]
        if written[-1] == stop_token:
            break
        state = index[state][written[-1]]
    return written
