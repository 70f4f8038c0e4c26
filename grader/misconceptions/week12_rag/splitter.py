"""Known mistakes of week 12, splitter."""

import splitter as solution

from grader.mistakes import mistake

DEFAULT = solution.SEPARATORS


def check(chunk_size, chunk_overlap):
    """Refuse what the contract refuses."""
    if chunk_size < 1 or not 0 <= chunk_overlap < chunk_size:
        raise ValueError("sizes")


def with_overlap(text, spans, overlap):
    """Put the overlap in front of every span, as the contract asks."""
    chunks, start = [], 0
    for span in spans:
        chunks.append(text[max(0, start - overlap) : start + len(span)])
        start += len(span)
    return chunks


def spans_by(text, limit, separators, cut, join=solution._packed):
    """Cut recursively, with one step of the recursion replaced."""
    if len(text) <= limit:
        return [text]
    if not separators or separators[0] == "":
        return [text[start : start + limit] for start in range(0, len(text), limit)]
    coarse, *finer = separators
    pieces = [span for piece in cut(text, coarse) for span in spans_by(piece, limit, finer, cut, join)]
    return join(pieces, limit)


def variant(text, chunk_size, chunk_overlap, separators, cut=solution._pieces, join=solution._packed):
    """Follow the contract with one of the two small steps replaced."""
    check(chunk_size, chunk_overlap)
    if len(text) <= chunk_size:
        return [text] if text else []
    spans = [span for span in spans_by(text, chunk_size - chunk_overlap, separators, cut, join) if span]
    return with_overlap(text, spans, chunk_overlap)


@mistake(
    of="split_recursively",
    en="Your answer equals the one where the separators are dropped: `str.split` does not give them back.",
    zh="你的结果等于丢掉了分隔符时的结果：`str.split` 不会把它们还给你。",
)
def drops_separators(text, chunk_size, chunk_overlap, separators=DEFAULT):
    def cut(text, separator):
        return [piece for piece in text.split(separator) if piece]

    return variant(text, chunk_size, chunk_overlap, separators, cut=cut)


@mistake(
    of="split_recursively",
    en="Your answer equals the one where a separator begins the piece after it instead of ending the piece before it.",
    zh="你的结果等于把分隔符放在后一片段的开头、而不是前一片段末尾时的结果。",
)
def puts_separators_in_front(text, chunk_size, chunk_overlap, separators=DEFAULT):
    def cut(text, separator):
        first, *others = text.split(separator)
        return [piece for piece in (first, *(separator + other for other in others)) if piece]

    return variant(text, chunk_size, chunk_overlap, separators, cut=cut)


@mistake(
    of="split_recursively",
    en="Your answer equals the one where neighbours that fit together are not joined: every short piece is a chunk.",
    zh="你的结果等于没有合并相邻片段时的结果：每个短片段都自成一块。",
)
def never_joins(text, chunk_size, chunk_overlap, separators=DEFAULT):
    return variant(text, chunk_size, chunk_overlap, separators, join=lambda pieces, limit: pieces)


@mistake(
    of="split_recursively",
    en="Your answer equals the one where a span may fill chunk_size although the overlap still comes on top of it.",
    zh="你的结果等于让每一段占满 chunk_size 的结果，而重叠还要加在前面，于是块超长了。",
)
def forgets_room_for_the_overlap(text, chunk_size, chunk_overlap, separators=DEFAULT):
    check(chunk_size, chunk_overlap)
    if len(text) <= chunk_size:
        return [text] if text else []
    return with_overlap(text, solution._spans(text, chunk_size, tuple(separators)), chunk_overlap)


@mistake(
    of="split_recursively",
    en="Your answer equals the one without any overlap between the chunks.",
    zh="你的结果等于各块之间没有重叠时的结果。",
)
def forgets_the_overlap(text, chunk_size, chunk_overlap, separators=DEFAULT):
    check(chunk_size, chunk_overlap)
    if len(text) <= chunk_size:
        return [text] if text else []
    return solution._spans(text, chunk_size - chunk_overlap, tuple(separators))


@mistake(
    of="split_recursively",
    en="Your answer equals the one where the overlap comes from the previous span alone, even if that is too short.",
    zh="你的结果等于只从前一段取重叠的结果；前一段太短时，重叠就不够长了。",
)
def overlaps_with_the_previous_span_only(text, chunk_size, chunk_overlap, separators=DEFAULT):
    check(chunk_size, chunk_overlap)
    if len(text) <= chunk_size:
        return [text] if text else []
    spans = solution._spans(text, chunk_size - chunk_overlap, tuple(separators))
    before = ["", *spans[:-1]]
    return [old[max(0, len(old) - chunk_overlap) :] + new for old, new in zip(before, spans, strict=True)]


@mistake(
    of="split_recursively",
    en="Your answer equals the one where a piece without any separator stays whole, however long it is.",
    zh="你的结果等于没有分隔符的片段无论多长都不再切开时的结果。",
)
def leaves_long_pieces(text, chunk_size, chunk_overlap, separators=DEFAULT):
    def spans(text, limit, separators):
        if len(text) <= limit or not separators or separators[0] == "":
            return [text]
        coarse, *finer = separators
        pieces = [span for piece in solution._pieces(text, coarse) for span in spans(piece, limit, finer)]
        return solution._packed(pieces, limit)

    check(chunk_size, chunk_overlap)
    if len(text) <= chunk_size:
        return [text] if text else []
    return with_overlap(text, spans(text, chunk_size - chunk_overlap, separators), chunk_overlap)


@mistake(
    of="split_recursively",
    en="Your answer equals the one where white space at the ends of every chunk is stripped, so that text is lost.",
    zh="你的结果等于去掉了每块首尾空白时的结果：这样会丢失文本。",
)
def strips_chunks(text, chunk_size, chunk_overlap, separators=DEFAULT):
    chunks = solution.split_recursively(text, chunk_size, chunk_overlap, separators)
    return [chunk.strip() for chunk in chunks if chunk.strip()]


@mistake(
    of="split_recursively",
    en="Your answer equals the one that cuts every so many characters and looks at no separator.",
    zh="你的结果等于每隔固定字符数就切一刀、不看任何分隔符时的结果。",
)
def cuts_at_fixed_width(text, chunk_size, chunk_overlap, separators=DEFAULT):
    return solution.split_recursively(text, chunk_size, chunk_overlap, ("",))


@mistake(
    of="split_recursively",
    en="Your answer equals the one that takes [-chunk_overlap:] for the overlap. With an overlap of 0 that is [-0:], "
    "and -0 is 0: all of the text so far, not none of it.",
    zh="你的结果等于用 [-chunk_overlap:] 取重叠部分的结果。重叠为 0 时它是 [-0:]，而 -0 就是 0："
    "取到的是前面的全部文本，而不是空。",
)
def slices_from_minus_zero(text, chunk_size, chunk_overlap, separators=DEFAULT):
    chunks = solution.split_recursively(text, chunk_size, chunk_overlap, separators)
    return chunks if chunk_overlap else ["".join(chunks[: i + 1]) for i in range(len(chunks))]


@mistake(
    of="split_recursively",
    en="Your answer equals the one that takes [-chunk_overlap:] of the span before for the overlap. With an overlap of "
    "0 that is [-0:], the whole span; and a span may be shorter than the overlap: take it from the text.",
    zh="你的结果等于用前一段的 [-chunk_overlap:] 作重叠的结果。重叠为 0 时它是 [-0:]，即整个前一段；"
    "而且前一段可能比重叠还短：应当从原文中取。",
)
def slices_the_span_from_minus_zero(text, chunk_size, chunk_overlap, separators=DEFAULT):
    check(chunk_size, chunk_overlap)
    if len(text) <= chunk_size:
        return [text] if text else []
    spans = solution._spans(text, chunk_size - chunk_overlap, tuple(separators))
    before = ["", *spans[:-1]]
    return [old[-chunk_overlap:] + new for old, new in zip(before, spans, strict=True)]


@mistake(
    of="split_recursively",
    en="Your answer equals the one that joins inside a piece that was too long, but not over its end: what is left "
    "there goes together with the piece behind it, if both fit.",
    zh="你的结果等于只在过长的片段内部合并的结果：它末尾剩下的部分若与后面的片段放得下，也要合并。",
)
def joins_inside_pieces_only(text, chunk_size, chunk_overlap, separators=DEFAULT):
    def spans(text, limit, separators):
        if len(text) <= limit:
            return [text]
        if not separators or separators[0] == "":
            return [text[start : start + limit] for start in range(0, len(text), limit)]
        coarse, *finer = separators
        found, waiting = [], []
        for piece in solution._pieces(text, coarse):
            if len(piece) <= limit:
                waiting.append(piece)
                continue
            found += solution._packed(waiting, limit) + spans(piece, limit, finer)
            waiting = []
        return found + solution._packed(waiting, limit)

    check(chunk_size, chunk_overlap)
    if len(text) <= chunk_size:
        return [text] if text else []
    return with_overlap(text, spans(text, chunk_size - chunk_overlap, separators), chunk_overlap)


@mistake(
    of="split_recursively",
    en="Your answer equals the one that measures in bytes: a Chinese character has three, and `len` counts one.",
    zh="你的结果等于按字节计长度时的结果：一个汉字占三个字节，而这里的长度是 `len` 的长度。",
    breaks="Unicode code points, not bytes and not tokens",
)
def measures_in_bytes(text, chunk_size, chunk_overlap, separators=DEFAULT):
    check(chunk_size, chunk_overlap)
    if len(text.encode()) <= chunk_size:
        return [text] if text else []
    spans = solution._spans(text, chunk_size - chunk_overlap, tuple(separators))
    return with_overlap(text, spans, chunk_overlap)


@mistake(
    of="split_recursively",
    en="Your answer equals the one that cuts a text of at most chunk_size characters too: it is one chunk as it is.",
    zh="你的结果等于把不超过 chunk_size 的文本也切开的结果：它本身就是一块。",
    breaks="a text of at most `chunk_size` characters is one chunk",
)
def cuts_what_fits(text, chunk_size, chunk_overlap, separators=DEFAULT):
    check(chunk_size, chunk_overlap)
    if not text:
        return []
    return with_overlap(text, solution._spans(text, chunk_size - chunk_overlap, tuple(separators)), chunk_overlap)


@mistake(
    of="split_recursively",
    en="Your answer equals the one that joins two pieces only if they leave room: they may fill the limit exactly.",
    zh="你的结果等于两段之和必须小于上限才合并的结果：恰好等于上限也可以合并。",
    breaks="a piece goes to the span before it if both fit in `limit`",
)
def joins_with_room_left_only(text, chunk_size, chunk_overlap, separators=DEFAULT):
    def join(pieces, limit):
        spans = []
        for piece in pieces:
            if spans and len(spans[-1]) + len(piece) < limit:
                spans[-1] += piece
            else:
                spans.append(piece)
        return spans

    return variant(text, chunk_size, chunk_overlap, separators, join=join)


@mistake(
    of="split_recursively",
    en="Your answer equals the one without the chunks that are white space alone: they are part of the text.",
    zh="你的结果等于去掉只含空白的块时的结果：它们也是原文的一部分。",
    breaks="nothing is stripped, dropped or doubled",
)
def drops_blank_chunks(text, chunk_size, chunk_overlap, separators=DEFAULT):
    return [c for c in solution.split_recursively(text, chunk_size, chunk_overlap, separators) if c.strip()]


@mistake(
    of="split_recursively",
    en="Your answer equals the one with the usual separators in the place of those that are given.",
    zh="你的结果等于用默认分隔符代替所给分隔符时的结果。",
    breaks="separators: coarse to fine",
)
def ignores_the_separators(text, chunk_size, chunk_overlap, separators=DEFAULT):
    return solution.split_recursively(text, chunk_size, chunk_overlap)


@mistake(
    of="split_recursively",
    en="Your answer equals the one that sorts the separators by length: they are tried in the order given.",
    zh="你的结果等于把分隔符按长度排序后的结果：应当按给定的次序尝试。",
    breaks="with the separators that are left",
)
def sorts_the_separators(text, chunk_size, chunk_overlap, separators=DEFAULT):
    longest_first = tuple(sorted(separators, key=len, reverse=True))
    return solution.split_recursively(text, chunk_size, chunk_overlap, longest_first)
