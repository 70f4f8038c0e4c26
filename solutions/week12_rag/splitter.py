"""Week 12, exercise 1: cut a text into overlapping chunks.

A retriever finds whole chunks, so a chunk should be one thought: it ends where the author ended something,
a paragraph if possible, else a line, else a sentence, else a word, and inside a word only if nothing else is left.
The splitter knows nothing about tokens or models: it counts characters.
"""

SEPARATORS = ("\n\n", "\n", "。", ". ", " ", "")


# BEGIN SOLUTION
def _pieces(text: str, separator: str) -> list[str]:
    """Split behind every separator, so that the pieces joined give the text again."""
    *ended, last = text.split(separator)
    return [piece + separator for piece in ended] + ([last] if last else [])


def _packed(pieces: list[str], limit: int) -> list[str]:
    """Join neighbours from the left as long as the sum fits."""
    spans: list[str] = []
    for piece in pieces:
        if spans and len(spans[-1]) + len(piece) <= limit:
            spans[-1] += piece
        else:
            spans.append(piece)
    return spans


def _spans(text: str, limit: int, separators: tuple[str, ...]) -> list[str]:
    """Cut the text into spans of at most `limit` characters that joined give the text again."""
    if len(text) <= limit:
        return [text]
    if not separators or separators[0] == "":
        return [text[start : start + limit] for start in range(0, len(text), limit)]
    coarse, *finer = separators
    pieces = [span for piece in _pieces(text, coarse) for span in _spans(piece, limit, tuple(finer))]
    return _packed(pieces, limit)


# END SOLUTION


def split_recursively(
    text: str,
    chunk_size: int,
    chunk_overlap: int,
    separators: tuple[str, ...] = SEPARATORS,
) -> list[str]:
    """Cut a text into chunks at the coarsest separators that do.

    An empty text has no chunk, and a text of at most `chunk_size` characters is one chunk.
    Any other text is first cut into spans:

    1. A span holds at most `limit = chunk_size - chunk_overlap` characters.
    2. Split behind every occurrence of the first separator, which stays at the end of the piece before it.
       (Occurrences as `str.split` finds them, from the left.)
    3. A piece longer than `limit` is cut into spans by rules 2 to 5 with the separators that are left.
    4. The separator "" cuts every `limit` characters, and so does an exhausted list: no span is longer than `limit`.
    5. Neighbours are joined greedily from the left: a piece goes to the span before it if both fit in `limit`.

    The spans joined are the text, character for character: nothing is stripped, dropped or doubled.
    A chunk is a span behind the `chunk_overlap` characters that stand before it in the text: exactly as many,
    even if they reach back over several spans, and fewer only where the text begins.
    Lengths are `len(str)`: Unicode code points, not bytes and not tokens.

    Args:
        separators: coarse to fine.

    Raises:
        ValueError: if `chunk_size` is below 1, or `chunk_overlap` is negative or not below `chunk_size`, for an empty
            text too.

    Source: our own rules; trying separators from coarse to fine is the idea of LangChain's recursive splitter.
    """
    # BEGIN SOLUTION
    if chunk_size < 1 or not 0 <= chunk_overlap < chunk_size:
        raise ValueError("needs chunk_size >= 1 and 0 <= chunk_overlap < chunk_size")
    if len(text) <= chunk_size:
        return [text] if text else []

    chunks, start = [], 0
    for span in _spans(text, chunk_size - chunk_overlap, tuple(separators)):
        end = start + len(span)
        # The overlap is taken from the text, not from the previous chunk, which may be too short.
        chunks.append(text[max(0, start - chunk_overlap) : end])
        start = end
    return chunks
    # END SOLUTION
