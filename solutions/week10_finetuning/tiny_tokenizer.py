"""A tokenizer without a vocabulary file: bytes, a few merges, and the special tokens of a chat.

Given: read it, you need not change it. Ids 0 to 255 are the bytes of UTF-8, so every text in every language can be
written; then come a few frequent pieces; then the special tokens. A piece may start in one text and end in the next:
`encode("a\\n") + encode("\\nb")` is not `encode("a\\n\\nb")`, as with every real tokenizer.
"""

PIECES = ("\n\n", "th", "in", "er", "an", ": ", "the ", "ing ")
SPECIAL = ("<|bos|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>", "<|pad|>")


class TinyTokenizer:
    """Greedy longest match over `PIECES` and bytes."""

    def __init__(self) -> None:
        self._pieces = {piece.encode(): 256 + i for i, piece in enumerate(PIECES)}
        self._special = {token: 256 + len(PIECES) + i for i, token in enumerate(SPECIAL)}
        self._longest = max(map(len, self._pieces))

    def size(self) -> int:
        """Return the number of ids."""
        return 256 + len(PIECES) + len(SPECIAL)

    def token_id(self, token: str) -> int:
        """Return the id of a special token; KeyError for any other text."""
        return self._special[token]

    def encode(self, text: str) -> list[int]:
        """Encode plain text. What looks like a special token is plain text here and never becomes one."""
        data, ids, at = text.encode(), [], 0
        while at < len(data):
            for size in range(self._longest, 1, -1):
                if data[at : at + size] in self._pieces:
                    ids.append(self._pieces[data[at : at + size]])
                    at += size
                    break
            else:
                ids.append(data[at])
                at += 1
        return ids

    def encode_with_special(self, text: str) -> list[int]:
        """Encode text in which the spelling of a special token means that token. Never do this to a user's text."""
        for token in SPECIAL:
            before, found, rest = text.partition(token)
            if found:
                return [*self.encode_with_special(before), self._special[token], *self.encode_with_special(rest)]
        return self.encode(text)

    def decode(self, ids: list[int]) -> str:
        """Turn ids back into text, special tokens spelled out."""
        spelled = {i: piece for piece, i in self._pieces.items()}
        spelled |= {i: token.encode() for token, i in self._special.items()}
        return b"".join(spelled.get(i, bytes([i]) if i < 256 else b"?") for i in ids).decode(errors="replace")
