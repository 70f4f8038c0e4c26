"""Mend backwards, from the last line to the first; decide by tables of pages."""

import re
from collections import defaultdict

import pypdf
from reading import CHINESE, CHINESE_ENDS, HYPHENS

LETTERS = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}


def mend_lines(lines):
    clean = [" ".join(line.translate(LETTERS).split()) for line in lines]
    parts = []
    for line in reversed([line for line in clean if line]):
        if parts:
            first = parts[-1][0]
            hyphenated = line[-1] in HYPHENS and len(line) > 1
            if hyphenated and line[-2].isalpha() and first.islower():
                line = line[:-1]
            elif hyphenated and line[-2].isalnum() and first.isalnum():
                pass
            elif not (CHINESE.match(line[-1]) and CHINESE.match(first)) or line[-1] in CHINESE_ENDS:
                line += "\n"
        parts.append(line)
    return "".join(reversed(parts))


def drop_running_lines(pages):
    tops, bottoms = defaultdict(set), defaultdict(set)
    filled = 0
    for number, page in enumerate(pages):
        filled += bool(page)
        for line in page[:2]:
            tops[re.sub("[0-9]+", "0", line)].add(number)
        for line in page[-2:]:
            bottoms[re.sub("[0-9]+", "0", line)].add(number)

    def running(table, line):
        count = len(table[re.sub("[0-9]+", "0", line)])
        return count >= 2 and count >= filled / 2

    result = []
    for page in pages:
        drop = {at for at, line in enumerate(page[:2]) if running(tops, line)}
        drop |= {len(page) - 1 - at for at, line in enumerate(page[::-1][:2]) if running(bottoms, line)}
        result.append([line for at, line in enumerate(page) if at not in drop])
    return result


def read_pdf(path):
    with open(path, "rb") as file:
        try:
            reader = pypdf.PdfReader(file)
            if reader.is_encrypted and reader.decrypt("") == 0:
                raise ValueError(f"{path} needs a password")
            lines = [page.extract_text().splitlines() for page in reader.pages]
        except Exception as error:
            raise ValueError(f"{path} is broken: {error}") from error
    lines = [[line.strip() for line in page if line.strip()] for page in lines]
    texts = map(mend_lines, drop_running_lines(lines))
    return [{"scanned": not text, "text": text, "number": number} for number, text in enumerate(texts, 1)]
