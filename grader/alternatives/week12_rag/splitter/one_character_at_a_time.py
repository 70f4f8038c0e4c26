"""No str.split: separators are found while walking along the text, and the overlap is a running tail."""


def walk(text, separator):
    pieces, piece, at = [], "", 0
    while at < len(text):
        step = len(separator) if text.startswith(separator, at) else 1
        piece += text[at : at + step]
        at += step
        if piece.endswith(separator) and step == len(separator) and text.startswith(separator, at - step):
            pieces.append(piece)
            piece = ""
    return pieces + [piece] * bool(piece)


def cut(text, limit, separators):
    if len(text) <= limit:
        yield text
        return
    separator = next(iter(separators), "")
    if separator == "":
        yield text[:limit]
        yield from cut(text[limit:], limit, ())
        return
    held = ""
    for piece in walk(text, separator):
        for span in cut(piece, limit, tuple(separators)[1:]):
            if held and len(held) + len(span) > limit:
                yield held
                held = span
            else:
                held += span
    if held:
        yield held


def split_recursively(text, chunk_size, chunk_overlap, separators=("\n\n", "\n", "。", ". ", " ", "")):
    if not (chunk_size > 0 and 0 <= chunk_overlap < chunk_size):
        raise ValueError((chunk_size, chunk_overlap))
    if 0 < len(text) <= chunk_size:
        return [text]
    chunks, before = [], ""
    for span in cut(text, chunk_size - chunk_overlap, separators) if text else ():
        tail = before[-chunk_overlap:] if chunk_overlap else ""
        chunks.append(tail + span)
        before += span
    return chunks
