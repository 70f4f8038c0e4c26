"""Cut positions found with regular expressions; chunks are slices, so nothing can be lost."""

import re


def ends_of_pieces(text, separator):
    ends = [match.end() for match in re.finditer(re.escape(separator), text)]
    return ends if ends and ends[-1] == len(text) else [*ends, len(text)]


def ends_of_spans(text, limit, separators):
    if len(text) <= limit:
        return [len(text)]
    if not separators or not separators[0]:
        return [*range(limit, len(text), limit), len(text)]
    ends, start = [], 0
    for end in ends_of_pieces(text, separators[0]):
        ends.extend(start + inner for inner in ends_of_spans(text[start:end], limit, separators[1:]))
        start = end
    kept, start = [], 0
    for position, end in enumerate(ends):
        if position + 1 == len(ends) or ends[position + 1] - start > limit:
            kept.append(end)
            start = end
    return kept


def split_recursively(text, chunk_size, chunk_overlap, separators=("\n\n", "\n", "。", ". ", " ", "")):
    if chunk_size < 1:
        raise ValueError("chunk_size")
    if chunk_overlap < 0 or chunk_overlap >= chunk_size:
        raise ValueError("chunk_overlap")
    if not text:
        return []
    if len(text) <= chunk_size:
        return [text]
    chunks, start = [], 0
    for end in ends_of_spans(text, chunk_size - chunk_overlap, list(separators)):
        chunks.append(text[max(start - chunk_overlap, 0) : end])
        start = end
    return chunks
