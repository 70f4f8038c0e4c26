"""Counts kept in a dictionary and scanned for the largest; encoding by a heap over nodes; a table of pieces."""

import heapq
import re
from collections import defaultdict
from itertools import pairwise

from bpe import split_words


class Node:
    def __init__(self, token, before):
        self.token, self.before, self.after, self.alive = token, before, None, True
        if before is not None:
            before.after = self


def sections(text, special):
    """Pairs (is special, part) of a text, found by looking at each place."""
    if not special:
        yield False, text
        return
    finder = re.compile("|".join(re.escape(each) for each in sorted(special, key=len)[::-1]))
    last = 0
    for match in finder.finditer(text):
        yield False, text[last : match.start()]
        yield True, match.group()
        last = match.end()
    yield False, text[last:]


def refuse(merges, special):
    if len(set(special)) != len(special) or not all(special):
        raise ValueError("special tokens")
    for place, (left, right) in enumerate(merges):
        if min(left, right) < 0 or max(left, right) >= 256 + place:
            raise ValueError("merges")


class Pairs:
    """All pairs of the words, how often each occurs, and in which words."""

    def __init__(self, words):
        self.words, self.counts, self.places = words, defaultdict(int), defaultdict(set)
        for number in range(len(words)):
            self.add(number, 1)

    def add(self, number, sign):
        ids, amount = self.words[number]
        for pair in pairwise(ids):
            self.counts[pair] += sign * amount
            if self.counts[pair] == 0:
                del self.counts[pair]
            if sign > 0:
                self.places[pair].add(number)

    def best(self):
        most = max(self.counts.values())
        return min(pair for pair, count in self.counts.items() if count == most)

    def join(self, best, new):
        for number in self.places.pop(best):
            self.add(number, -1)
            ids, place = self.words[number][0], 0
            while place + 1 < len(ids):
                if (ids[place], ids[place + 1]) == best:
                    ids[place : place + 2] = [new]
                place += 1
            self.add(number, 1)


def train_bpe(texts, size, special=()):
    refuse([], special)
    room = size - len(special) - 256
    if room < 0:
        raise ValueError("size")
    amounts = {}
    for text in texts:
        for is_special, part in sections(text, special):
            for word in () if is_special else split_words(part):
                amounts[word] = amounts.get(word, 0) + 1
    pairs = Pairs([(list(word.encode("utf-8")), amount) for word, amount in amounts.items()])
    merges = []
    while pairs.counts and len(merges) < room:
        merges.append(pairs.best())
        pairs.join(merges[-1], 255 + len(merges))
    return merges


def encode_word(word, table):
    nodes = []
    for byte in word.encode("utf-8"):
        nodes.append(Node(byte, nodes[-1] if nodes else None))
    places = {id(node): place for place, node in enumerate(nodes)}
    heap = []

    def push(left):
        if left is not None and left.after is not None:
            pair = (left.token, left.after.token)
            if pair in table:
                heapq.heappush(heap, (table[pair], places[id(left)], pair))

    for node in nodes:
        push(node)
    while heap:
        new, place, pair = heapq.heappop(heap)
        left = nodes[place]
        right = left.after
        if left.alive and right is not None and (left.token, right.token) == pair:
            right.alive, left.token, left.after = False, new, right.after
            if left.after is not None:
                left.after.before = left
            push(left)
            push(left.before)
    return [node.token for node in nodes if node.alive]


def encode(text, merges, special=()):
    refuse(merges, special)
    table = {(left, right): 256 + place for place, (left, right) in list(enumerate(merges))[::-1]}
    numbers = {token: 256 + len(merges) + place for place, token in enumerate(special)}
    ids = []
    for is_special, part in sections(text, special):
        if is_special:
            ids.append(numbers[part])
        else:
            for word in split_words(part):
                ids += encode_word(word, table)
    return ids


def decode(ids, merges, special=()):
    refuse(merges, special)
    table = {number: bytes((number,)) for number in range(256)}
    for place, (left, right) in enumerate(merges):
        table[256 + place] = table[left] + table[right]
    for place, token in enumerate(special):
        table[256 + len(merges) + place] = token.encode("utf-8")
    try:
        data = b"".join([table[number] for number in ids])
    except KeyError as error:
        raise ValueError(f"no token {error}") from error
    return data.decode("utf-8", errors="replace")
