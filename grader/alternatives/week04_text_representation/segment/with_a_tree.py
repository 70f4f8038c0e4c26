"""Matching by a tree of characters; a graph of words searched forward with memory of the word before, as in HanLP."""

import math
from collections import defaultdict


def tree_of(words):
    tree = {}
    for word in words:
        node = tree
        for character in word:
            node = node.setdefault(character, {})
        if word:
            node[""] = True
    return tree


def match(text, tree):
    pieces, place = [], 0
    while place < len(text):
        node, end, longest = tree, place, place + 1
        while end < len(text) and text[end] in node:
            node = node[text[end]]
            end += 1
            if "" in node:
                longest = end
        pieces.append(text[place:longest])
        place = longest
    return pieces


def maximum_match(text, words, direction="forward"):
    if direction == "forward":
        return match(text, tree_of(words))
    if direction != "backward":
        raise ValueError(direction)
    found = match(text[::-1], tree_of(word[::-1] for word in words))
    return [piece[::-1] for piece in reversed(found)]


def bidirectional_match(text, words):
    one, other = maximum_match(text, words), maximum_match(text, words, "backward")
    if len(one) != len(other):
        return min(one, other, key=len)
    return one if [len(w) for w in one].count(1) < [len(w) for w in other].count(1) else other


class BigramSegmenter:
    START, END = "", "\n"

    def __init__(self, sentences, weight=0.8):
        if weight < 0 or weight >= 1:
            raise ValueError("weight")
        self.weight, self.sentences = weight, len(sentences)
        self.single, self.double = defaultdict(int), defaultdict(lambda: defaultdict(int))
        for sentence in sentences:
            before = self.START
            for word in [*sentence, self.END]:
                self.single[word] += 1
                self.double[before][word] += 1
                before = word
        self.n = sum(self.single.values())
        self.v = len(set(self.single) | {self.END})
        self.longest = max([1, *map(len, self.single)])

    def log_probability(self, before, word):
        history = self.sentences if before == self.START else self.single.get(before, 0)
        follows = self.double[before][word] / history if before in self.double and history else 0.0
        alone = (self.single.get(word, 0) + 1.0) / (self.n + self.v + 1.0)
        return math.log(self.weight * follows + (1.0 - self.weight) * alone)

    def segment(self, text):
        # ways[place]: for each last word, the best score and the way to it, from the left
        ways = [{} for _ in range(len(text) + 1)]
        ways[0][self.START] = (0.0, None)
        for place in range(len(text)):
            for end in range(place + 1, min(len(text), place + self.longest) + 1):
                word = text[place:end]
                if end > place + 1 and word not in self.single:
                    continue
                for before, (score, _) in ways[place].items():
                    new = score + self.log_probability(before, word)
                    if word not in ways[end] or new > ways[end][word][0]:
                        ways[end][word] = (new, before)
        place, pieces = len(text), []
        word = max(ways[place], key=lambda last: ways[place][last][0] + self.log_probability(last, self.END))
        while place:
            pieces.append(word)
            place, word = place - len(word), ways[place][word][1]
        return pieces[::-1]
