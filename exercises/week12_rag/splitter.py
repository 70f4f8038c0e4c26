# Week 12, exercise splitter: Split recursively with overlap
# Difficulty 3 of 5 · importance 4 of 5 · about 50 minutes
# It builds on: Strings, slices, recursion.
# Write it by hand: langchain_text_splitters.RecursiveCharacterTextSplitter, textwrap.wrap may not be used.
# Nothing from transformers, peft, sklearn may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 12, exercise 1: cut a text into overlapping chunks.

A retriever finds whole chunks, so a chunk should be one thought: it ends where the author ended something,
a paragraph if possible, else a line, else a sentence, else a word, and inside a word only if nothing else is left.
The splitter knows nothing about tokens or models: it counts characters.
"""

SEPARATORS = ("\n\n", "\n", "。", ". ", " ", "")


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
    raise NotImplementedError("week 12, splitter: write split_recursively")
