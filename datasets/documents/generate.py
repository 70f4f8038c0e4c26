"""Set the pages of the documents: the same bytes every time, from source.toml. Needs reportlab.

    python datasets/documents/generate.py            # writes the PDFs and questions.jsonl beside this file
    python datasets/documents/generate.py --out DIR  # somewhere else

Each PDF has something that makes it hard to read by program: words divided at the ends of lines, ligatures, two
columns, headings on every page, Chinese, a page that is only a picture, white text, a password, a missing end.
Streams are not compressed, so the bytes depend on no version of zlib.
"""

import argparse
import hashlib
import json
import random
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

HERE = Path(__file__).parent
PAGE = (420, 595)
LEFT, TOP, BOTTOM, GUTTER = 48, 540, 60, 18
SIZE, LEADING, HIDDEN_SIZE = 10.5, 15, 4
LATIN, CHINESE = "LatinWithLigatures", "STSong-Light"
LIGATURES = {"fi": "\ufb01", "fl": "\ufb02"}
NOT_AT_A_LINES_START = "，。；：、！？）】”"
SEED = 20261130

# Five by seven dots for the letters on the scanned page, a row a number, the lowest bit on the right.
DOTS = {
    "A": (14, 17, 17, 31, 17, 17, 17),
    "C": (14, 17, 16, 16, 16, 17, 14),
    "D": (30, 17, 17, 17, 17, 17, 30),
    "E": (31, 16, 16, 30, 16, 16, 31),
    "H": (17, 17, 17, 31, 17, 17, 17),
    "K": (17, 18, 20, 24, 20, 18, 17),
    "L": (16, 16, 16, 16, 16, 16, 31),
    "N": (17, 25, 21, 19, 17, 17, 17),
    "O": (14, 17, 17, 17, 17, 17, 14),
    "P": (30, 17, 17, 30, 16, 16, 16),
    "S": (15, 16, 16, 14, 1, 1, 30),
    "T": (31, 4, 4, 4, 4, 4, 4),
    "W": (17, 17, 17, 21, 21, 27, 17),
    "Y": (17, 17, 10, 4, 4, 4, 4),
    "0": (14, 17, 19, 21, 25, 17, 14),
    "1": (4, 12, 4, 4, 4, 4, 14),
    "4": (2, 6, 10, 18, 31, 2, 2),
    ".": (0, 0, 0, 0, 0, 0, 4),
    " ": (0, 0, 0, 0, 0, 0, 0),
}
DOT = 3


# ---------------------------------------------------------------------------------------------------- breaking lines


def ligated(text: str) -> str:
    """Write fi and fl as the single characters that a book's typesetter uses."""
    for letters, ligature in LIGATURES.items():
        text = text.replace(letters, ligature)
    return text


def latin_lines(paragraph: str, fits: Callable[[str], bool]) -> Iterator[str]:
    """Break at spaces, and where a word does not fit, at the last of its soft hyphens (~) that does."""
    line = ""
    for word in paragraph.split():
        parts = word.split("~")
        start = f"{line} " if line else ""
        if fits(start + "".join(parts)):
            line = start + "".join(parts)
            continue
        cut = max((n for n in range(1, len(parts)) if fits(start + "".join(parts[:n]) + "-")), default=0)
        yield start + "".join(parts[:cut]) + "-" if cut else line
        line = "".join(parts[cut:])
    yield line


def chinese_lines(paragraph: str, fits: Callable[[str], bool]) -> Iterator[str]:
    """Break between any two characters, but never before a closing mark."""
    line = ""
    for char in paragraph:
        if fits(line + char) or char in NOT_AT_A_LINES_START:
            line += char
        else:
            yield line
            line = char
    yield line


# ------------------------------------------------------------------------------------------------------------ pages


def set_page(canvas: Canvas, document: dict, number: int) -> None:
    """Draw a page: its running heading, its text in one or two columns, its number."""
    chinese = document["language"] == "zh"
    font = CHINESE if chinese else LATIN
    columns = document.get("columns", 1)
    width = (PAGE[0] - 2 * LEFT - GUTTER * (columns - 1)) / columns
    shown = ligated if document.get("ligatures") else str
    breaks = chinese_lines if chinese else latin_lines

    def fits(text: str) -> bool:
        return pdfmetrics.stringWidth(shown(text), font, SIZE) <= width

    canvas.setFont(font, SIZE)
    total = len(document["pages"])
    if document["header"]:
        canvas.drawString(LEFT, TOP + 25, shown(document["header"]))
    column, y = 0, TOP
    for paragraph in document["pages"][number - 1].strip().split("\n\n"):
        for line in breaks(paragraph, fits) if paragraph else ():
            if y < BOTTOM:
                column, y = column + 1, TOP
            if column >= columns:
                raise ValueError(f"{document['file']}, page {number}: the text does not fit")
            canvas.drawString(LEFT + column * (width + GUTTER), y, shown(line))
            y -= LEADING
        y -= LEADING / 2
    if document["header"]:
        foot = f"第 {number} 页，共 {total} 页" if chinese else f"Page {number} of {total}"
        canvas.drawString(LEFT, 30, foot)


def hide(canvas: Canvas, document: dict) -> None:
    """Write the instruction in tiny white letters at the foot of the page, where no reader sees it."""
    font = CHINESE if document["language"] == "zh" else LATIN
    canvas.setFillGray(1)
    canvas.setFont(font, HIDDEN_SIZE)
    canvas.drawString(LEFT, 44, document["hidden"]["text"])
    canvas.setFillGray(0)


def scan(canvas: Canvas, lines: list[str]) -> None:
    """Put a picture of typed lines on the page, with some dust, as a scanner would: no character of it is text."""
    dust = random.Random(SEED)
    across, down = max(map(len, lines)) * 6 + 4, len(lines) * 12 + 4
    dark = {(dust.randrange(across * DOT), dust.randrange(down * DOT)) for _ in range(60)}
    for row, line in enumerate(lines):
        for column, char in enumerate(line):
            for y, bits in enumerate(DOTS[char]):
                for x in (x for x in range(5) if bits >> (4 - x) & 1):
                    left, top = (2 + column * 6 + x) * DOT, (2 + row * 12 + y) * DOT
                    dark |= {(left + i, top + j) for i in range(DOT) for j in range(DOT)}
    octets = -(-across * DOT // 8)
    rows = [bytearray(b"\xff" * octets) for _ in range(down * DOT)]
    for x, y in dark:
        rows[y][x // 8] &= ~(0x80 >> x % 8) & 0xFF
    width, height = PAGE[0] - 2 * LEFT, (PAGE[0] - 2 * LEFT) * down / across
    canvas.saveState()
    canvas.transform(width, 0, 0, height, LEFT, TOP - height)
    # An inline image in hexadecimal: nothing that a library would compress.
    canvas._code.append(
        f"BI /W {across * DOT} /H {down * DOT} /BPC 1 /CS /G /F /AHx ID\n"
        + "\n".join(row.hex() for row in rows)
        + ">\nEI"
    )
    canvas.restoreState()


def make(document: dict, path: Path) -> None:
    """Write one PDF."""
    lock = StandardEncryption(document["password"], strength=128) if "password" in document else None
    canvas = Canvas(str(path), pagesize=PAGE, invariant=1, pageCompression=0, encrypt=lock)
    canvas.setTitle(document["file"])
    for number in range(1, len(document["pages"]) + 1):
        scanned = document.get("scanned", {}).get("page") == number
        if scanned:
            scan(canvas, document["scanned"]["lines"])
        else:
            set_page(canvas, document, number)
        if document.get("hidden", {}).get("page") == number:
            hide(canvas, document)
        canvas.showPage()
    canvas.save()
    if "truncated" in document:
        path.write_bytes(path.read_bytes()[: document["truncated"]])


# -------------------------------------------------------------------------------------------------------- questions


def questions(documents: list[dict]) -> Iterator[dict]:
    """Yield every question with what is known about it."""
    for document in documents:
        about = {"language": document["language"], "document": document["file"]}
        for kind, key in (("answerable", "questions"), ("injection", "injection")):
            canary = document.get("hidden", document).get("canary", "") if kind == "injection" else ""
            for question, answer, page in document.get(key, []):
                yield about | {"kind": kind, "question": question, "answer": answer, "page": page, "canary": canary}
        for question in document.get("unanswerable", []):
            empty = {"document": "", "kind": "unanswerable", "answer": "", "page": 0, "canary": ""}
            yield about | {"question": question} | empty


def write(folder: Path) -> list[Path]:
    """Write everything that is generated into a folder and return the paths."""
    pdfmetrics.registerFont(pdfmetrics.Font(LATIN, "Times-Roman", "MacRomanEncoding"))
    pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))
    documents = tomllib.loads((HERE / "source.toml").read_text(encoding="utf-8"))["document"]
    written = []
    for document in (document for document in documents if "pages" in document):
        written.append(folder / document["file"])
        make(document, written[-1])
    keys = ("id", "language", "kind", "question", "answer", "document", "page", "canary")
    records = [{"id": f"q{n:02}"} | record for n, record in enumerate(questions(documents), start=1)]
    lines = [json.dumps({key: record[key] for key in keys}, ensure_ascii=False) + "\n" for record in records]
    written.append(folder / "questions.jsonl")
    written[-1].write_text("".join(lines), encoding="utf-8", newline="\n")
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE)
    for path in write(parser.parse_args().out):
        print(f'"{path.name}" = "{hashlib.sha256(path.read_bytes()).hexdigest()}"')


if __name__ == "__main__":
    main()
