"""Mend by substitutions in the whole text, as many public readers of PDFs do; count running lines by sorting."""

import itertools
import re
from io import BytesIO
from pathlib import Path

import pypdf

SPELLING = dict(zip("\ufb00\ufb01\ufb02\ufb03\ufb04\ufb05\ufb06", "ff fi fl ffi ffl st st".split(), strict=True))
HAN = "\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef"
LETTER, ALNUM, HYPHEN = r"[^\W\d_]", r"[^\W_]", "[-\u2010\u00ad]"


def lower(found):
    """Keep the hyphen where the next line does not begin with a lower-case letter."""
    before, hyphen, after = found.groups()
    if before.isalpha() and after.islower():
        return before + after
    return before + hyphen + after


def mend_lines(lines):
    text = "\n".join(re.sub(r"\s+", " ", line).strip() for line in lines)
    text = re.sub("[\ufb00-\ufb06]", lambda found: SPELLING[found.group()], text)
    text = re.sub(r"\n+", "\n", text).strip("\n")
    for _ in range(2):  # matches share a character where a line has only one
        text = re.sub(rf"({ALNUM})({HYPHEN})\n({ALNUM})", lower, text)
        text = re.sub(rf"(?<=[{HAN}])(?<![。！？])\n(?=[{HAN}])", "", text)
    return text


def frequent(edges):
    keys = sorted(key for edge in edges for key in {re.sub(r"\d+", "\x00", line) for line in edge})
    counts = ((key, len(list(group))) for key, group in itertools.groupby(keys))
    return {key for key, count in counts if count > 1 and 2 * count >= len(edges)}


def drop_running_lines(pages):
    filled = [page for page in pages if len(page)]
    head, foot = frequent([page[:2] for page in filled]), frequent([page[-2:] for page in filled])
    result = []
    for page in pages:
        kept = []
        for place, line in enumerate(page, start=1):
            key = re.sub(r"\d+", "\x00", line)
            if (place <= 2 and key in head) or (place > len(page) - 2 and key in foot):
                continue
            kept.append(line)
        result.append(kept)
    return result


def read_pdf(path):
    content = Path(path).read_bytes()
    try:
        reader = pypdf.PdfReader(BytesIO(content))
        if reader.is_encrypted:
            reader.decrypt("")  # where this fails, no page can be read
        raw = [page.extract_text() for page in reader.pages]
    except Exception as error:
        raise ValueError(f"{path}: {error}") from error
    lines = [[line.strip() for line in text.split("\n") if line.strip()] for text in raw]
    pages = []
    for number, kept in enumerate(drop_running_lines(lines)):
        text = mend_lines(kept)
        pages.append(dict(number=number + 1, text=text, scanned=text == ""))
    return pages
