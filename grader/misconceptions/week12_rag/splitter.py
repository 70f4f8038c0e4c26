"""Known mistakes of week 12, splitter."""

import re

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
    en="It looks like the separators are lost: `str.split` does not give them back. Put each one at the end of "
    "the piece before it.",
    zh="看起来分隔符丢了：`str.split` 不会把它们还给你。要把每个分隔符放回它前面那个片段的末尾。",
)
def drops_separators(text, chunk_size, chunk_overlap, separators=DEFAULT):
    def cut(text, separator):
        return [piece for piece in text.split(separator) if piece]

    return variant(text, chunk_size, chunk_overlap, separators, cut=cut)


@mistake(
    of="split_recursively",
    en="It looks like each separator begins the piece behind it. It ends the piece before it.",
    zh="看起来每个分隔符都成了后一片段的开头。它应当是前一片段的结尾。",
)
def puts_separators_in_front(text, chunk_size, chunk_overlap, separators=DEFAULT):
    def cut(text, separator):
        first, *others = text.split(separator)
        return [piece for piece in (first, *(separator + other for other in others)) if piece]

    return variant(text, chunk_size, chunk_overlap, separators, cut=cut)


@mistake(
    of="split_recursively",
    en="It looks like rule 5 is missing: short neighbours that fit together stay apart, and every small piece is "
    "a chunk.",
    zh="看起来缺了规则 5：放得下的相邻短片段没有合并，每个小片段都自成一块。",
)
def never_joins(text, chunk_size, chunk_overlap, separators=DEFAULT):
    return variant(text, chunk_size, chunk_overlap, separators, join=lambda pieces, limit: pieces)


@mistake(
    of="split_recursively",
    en="It looks like a span may fill chunk_size, and the overlap then comes on top: such chunks are too long. "
    "Spans hold chunk_size - chunk_overlap.",
    zh="看起来你让一个段占满了 chunk_size，再加上重叠，块就超长了。段至多有 chunk_size - chunk_overlap 个字符。",
)
def forgets_room_for_the_overlap(text, chunk_size, chunk_overlap, separators=DEFAULT):
    check(chunk_size, chunk_overlap)
    if len(text) <= chunk_size:
        return [text] if text else []
    return with_overlap(text, solution._spans(text, chunk_size, tuple(separators)), chunk_overlap)


@mistake(
    of="split_recursively",
    en="It looks like the overlap was never put in front: your chunks are the bare spans.",
    zh="看起来重叠没有加上：你的块只是一个个的段。",
)
def forgets_the_overlap(text, chunk_size, chunk_overlap, separators=DEFAULT):
    check(chunk_size, chunk_overlap)
    if len(text) <= chunk_size:
        return [text] if text else []
    return solution._spans(text, chunk_size - chunk_overlap, tuple(separators))


@mistake(
    of="split_recursively",
    en="It looks like you took the overlap from the span before. If that one is too short, the overlap is too: "
    "take it from the text, which reaches farther back.",
    zh="看起来你只从前一段取重叠。前一段太短时，重叠也就不够长：应当从原文中取，那里可以一直往前。",
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
    en="It looks like a piece without any separator stays whole, however long it is. When the separators are "
    "used up, cut every `limit` characters.",
    zh="看起来没有分隔符的片段无论多长都没有再切。分隔符用完之后，要每隔 `limit` 个字符切一刀。",
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
    en="It looks like you stripped white space from the ends of the chunks. That is text as well, and joined "
    "they no longer give it back.",
    zh="看起来你去掉了每块首尾的空白。空白也是原文，去掉之后各块就拼不回原文了。",
)
def strips_chunks(text, chunk_size, chunk_overlap, separators=DEFAULT):
    chunks = solution.split_recursively(text, chunk_size, chunk_overlap, separators)
    return [chunk.strip() for chunk in chunks if chunk.strip()]


@mistake(
    of="split_recursively",
    en="It looks like every chunk went through `strip`, and a chunk of white space alone came out empty. White space "
    "is text as well: chunks stay as they are cut.",
    zh="看起来每一块都经过了 `strip`，只含空白的块就成了空字符串。空白也是原文：切出来是什么，块就是什么。",
    breaks="nothing is stripped, dropped or doubled",
)
def strips_chunks_and_keeps_empty_ones(text, chunk_size, chunk_overlap, separators=DEFAULT):
    return [chunk.strip() for chunk in solution.split_recursively(text, chunk_size, chunk_overlap, separators)]


@mistake(
    of="split_recursively",
    en="It looks like no separator was looked at: a cut every so many characters gives exactly your chunks.",
    zh="看起来你没有看任何分隔符：每隔固定字符数切一刀，恰好得到你的块。",
)
def cuts_at_fixed_width(text, chunk_size, chunk_overlap, separators=DEFAULT):
    return solution.split_recursively(text, chunk_size, chunk_overlap, ("",))


@mistake(
    of="split_recursively",
    en="It looks like you took [-chunk_overlap:] of the text so far. With an overlap of 0 that is [-0:], and -0 "
    "is 0: all of it, not none of it.",
    zh="看起来你用 [-chunk_overlap:] 从前面的文本取重叠。重叠为 0 时它是 [-0:]，而 -0 就是 0：取到的是全部，而不是空。",
)
def slices_from_minus_zero(text, chunk_size, chunk_overlap, separators=DEFAULT):
    chunks = solution.split_recursively(text, chunk_size, chunk_overlap, separators)
    return chunks if chunk_overlap else ["".join(chunks[: i + 1]) for i in range(len(chunks))]


@mistake(
    of="split_recursively",
    en="It looks like you took [-chunk_overlap:] of the span before. With an overlap of 0 that is [-0:], the "
    "whole span; and a span may be shorter than the overlap: take it from the text.",
    zh="看起来你用前一段的 [-chunk_overlap:] 作重叠。重叠为 0 时它是 [-0:]，即整个前一段；"
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
    en="It looks like what is left at the end of a piece that was too long never joins the piece behind it. If "
    "both fit, they belong together.",
    zh="看起来过长片段末尾剩下的部分没有与后面的片段合并。两者放得下时，也要合并。",
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
    en="It looks like lengths were measured in bytes, where a Chinese character has three. `len` counts it once.",
    zh="看起来长度是按字节计的，一个汉字占三个字节。`len` 只算一个。",
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
    en="It looks like a text that fits into chunk_size was cut all the same. It is one chunk as it is.",
    zh="看起来不超过 chunk_size 的文本也被切开了。它本身就是一块。",
    breaks="a text of at most `chunk_size` characters is one chunk",
)
def cuts_what_fits(text, chunk_size, chunk_overlap, separators=DEFAULT):
    check(chunk_size, chunk_overlap)
    if not text:
        return []
    return with_overlap(text, solution._spans(text, chunk_size - chunk_overlap, tuple(separators)), chunk_overlap)


@mistake(
    of="split_recursively",
    en="It looks like two pieces are joined only while they stay below the limit. They may fill it exactly: <=, not <.",
    zh="看起来两段之和小于上限时你才合并。恰好等于上限也可以合并：应写 <=，而不是 <。",
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
    en="It looks like chunks of white space alone were dropped. They are part of the text.",
    zh="看起来只含空白的块被丢掉了。它们也是原文的一部分。",
    breaks="nothing is stripped, dropped or doubled",
)
def drops_blank_chunks(text, chunk_size, chunk_overlap, separators=DEFAULT):
    return [c for c in solution.split_recursively(text, chunk_size, chunk_overlap, separators) if c.strip()]


@mistake(
    of="split_recursively",
    en="It looks like the usual separators were used in the place of those that are given: the argument "
    "`separators` has no effect.",
    zh="看起来用的是默认的分隔符，而不是给出的那些：参数 `separators` 没有起作用。",
    breaks="separators: coarse to fine",
)
def ignores_the_separators(text, chunk_size, chunk_overlap, separators=DEFAULT):
    return solution.split_recursively(text, chunk_size, chunk_overlap)


@mistake(
    of="split_recursively",
    en="It looks like you sorted the separators by length. They are tried in the order given.",
    zh="看起来你按长度给分隔符排了序。应当按给定的次序尝试。",
    breaks="with the separators that are left",
)
def sorts_the_separators(text, chunk_size, chunk_overlap, separators=DEFAULT):
    longest_first = tuple(sorted(separators, key=len, reverse=True))
    return solution.split_recursively(text, chunk_size, chunk_overlap, longest_first)


@mistake(
    of="split_recursively",
    en="It looks like separators were read as regular expressions, where a dot is any character. They are plain text: "
    "`str.split`, or `re.escape` before `re.split`.",
    zh="看起来分隔符被当成了正则表达式，其中的点代表任意字符。它们是普通文本：用 `str.split`，"
    "或在 `re.split` 之前用 `re.escape`。",
    breaks="Split behind every occurrence of the first separator",
)
def reads_separators_as_patterns(text, chunk_size, chunk_overlap, separators=DEFAULT):
    def cut(text, separator):
        *ended, last = re.split(separator, text)
        return [piece + separator for piece in ended] + ([last] if last else [])

    return variant(text, chunk_size, chunk_overlap, tuple(separators), cut=cut)


@mistake(
    of="split_recursively",
    en="It looks like all pieces were cut first and joined in one go at the end. Join on every level, inside a piece "
    "that was too long before its neighbours.",
    zh="看起来你先把所有片段都切好，最后才一次合并。每一层都要合并：先在过长的片段内部，再与它的邻居。",
    breaks="is cut into spans by rules 2 to 5 with the separators that are left",
)
def joins_once_at_the_end(text, chunk_size, chunk_overlap, separators=DEFAULT):
    check(chunk_size, chunk_overlap)
    if len(text) <= chunk_size:
        return [text] if text else []
    limit = chunk_size - chunk_overlap
    pieces = spans_by(text, limit, separators, solution._pieces, join=lambda pieces, limit: pieces)
    return with_overlap(text, solution._packed(pieces, limit), chunk_overlap)


@mistake(
    of="split_recursively",
    en="It looks like an empty text came back before the sizes were checked. Wrong sizes are a ValueError for it too.",
    zh="看起来还没有检查大小，空文本就先返回了。大小不对时，空文本也要抛出 ValueError。",
    breaks="for an empty",
)
def checks_after_the_empty_text(text, chunk_size, chunk_overlap, separators=DEFAULT):
    return solution.split_recursively(text, chunk_size, chunk_overlap, separators) if text else []


@mistake(
    of="split_recursively",
    en="It looks like separators that overlap are all found, as by a lookbehind. `str.split` goes on behind the one "
    "that it found: three line breaks hold one empty line, and a line break that is left.",
    zh="看起来互相重叠的分隔符都被找到了，用后行断言（lookbehind）就会这样。`str.split` 从找到的分隔符之后继续找："
    "三个换行里只有一个空行，还剩一个换行。",
    breaks="Occurrences as `str.split` finds them, from the left",
)
def finds_overlapping_separators(text, chunk_size, chunk_overlap, separators=DEFAULT):
    def cut(text, separator):
        return [piece for piece in re.split(f"(?<={re.escape(separator)})", text) if piece]

    return variant(text, chunk_size, chunk_overlap, tuple(separators), cut=cut)


@mistake(
    of="split_recursively",
    en="It looks like an empty tuple of separators is taken for none given, as by `separators or SEPARATORS`. An "
    "exhausted list cuts every `limit` characters.",
    zh="看起来空的分隔符元组被当成了没有给出，写 `separators or SEPARATORS` 就会这样。分隔符用完时，每 `limit` "
    "个字符切一刀。",
    breaks="and so does an exhausted list",
)
def takes_no_separators_for_the_usual(text, chunk_size, chunk_overlap, separators=DEFAULT):
    return solution.split_recursively(text, chunk_size, chunk_overlap, separators or DEFAULT)


@mistake(
    of="split_recursively",
    en="It looks like start - chunk_overlap is negative near the beginning of the text, and a slice that starts below "
    "0 counts from the end. Begin at max(0, start - chunk_overlap).",
    zh="看起来在文本开头附近，start - chunk_overlap 是负数，而从负数开始的切片是从末尾数起的。"
    "应从 max(0, start - chunk_overlap) 开始。",
    breaks="and fewer only where the text begins",
)
def slices_from_below_zero(text, chunk_size, chunk_overlap, separators=DEFAULT):
    check(chunk_size, chunk_overlap)
    if len(text) <= chunk_size:
        return [text] if text else []
    chunks, start = [], 0
    for span in solution._spans(text, chunk_size - chunk_overlap, tuple(separators)):
        chunks.append(text[start - chunk_overlap : start + len(span)])
        start += len(span)
    return chunks


@mistake(
    of="split_recursively",
    en="It looks like no overlap is put in front until there are more than chunk_overlap characters to take it from. "
    "Near the beginning it is shorter, but not left out.",
    zh="看起来前面的字符没有超过 chunk_overlap 个时，根本没有加重叠。在文本开头附近，重叠只是较短，并不省去。",
    breaks="and fewer only where the text begins",
)
def leaves_out_a_short_overlap(text, chunk_size, chunk_overlap, separators=DEFAULT):
    check(chunk_size, chunk_overlap)
    if len(text) <= chunk_size:
        return [text] if text else []
    chunks, start = [], 0
    for span in solution._spans(text, chunk_size - chunk_overlap, tuple(separators)):
        begin = start - chunk_overlap if start > chunk_overlap else start
        chunks.append(text[begin : start + len(span)])
        start += len(span)
    return chunks


@mistake(
    of="split_recursively",
    en="It looks like the first span of a piece that was too long never joins the span before it. If both fit, they "
    "belong together.",
    zh="看起来过长的片段切开之后，它的第一段没有与前面的段合并。两者放得下时，也要合并。",
    breaks="Neighbours are joined greedily from the left",
)
def begins_anew_with_a_long_piece(text, chunk_size, chunk_overlap, separators=DEFAULT):
    def spans(text, limit, separators):
        if len(text) <= limit:
            return [text]
        if not separators or separators[0] == "":
            return [text[start : start + limit] for start in range(0, len(text), limit)]
        coarse, *finer = separators
        found = []
        for piece in solution._pieces(text, coarse):
            if len(piece) > limit:
                found += spans(piece, limit, finer)
            elif found and len(found[-1]) + len(piece) <= limit:
                found[-1] += piece
            else:
                found.append(piece)
        return found

    check(chunk_size, chunk_overlap)
    if len(text) <= chunk_size:
        return [text] if text else []
    return with_overlap(text, spans(text, chunk_size - chunk_overlap, separators), chunk_overlap)
