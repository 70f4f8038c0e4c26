"""As Knuth, Morris and Pratt search: for each secret, how much of it the text ends with, carried along character by
character; a table says where to go on after a letter that does not fit."""


def beginning_at_the_end(text, secrets):
    return max((_matched(text, secret) for secret in secrets), default=0)


def _matched(text, secret):
    table = [0] * len(secret)
    state = 0
    for place in range(1, len(secret)):
        while state and secret[place] != secret[state]:
            state = table[state - 1]
        state += secret[place] == secret[state]
        table[place] = state
    state = 0
    for letter in text:
        while state and (state == len(secret) or letter != secret[state]):
            state = table[state - 1]
        state += letter == secret[state]
    return state if state < len(secret) else table[-1]
