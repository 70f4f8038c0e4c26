"""Given: write a PDF of a few lines, to try your reader on.

    path = saved(pdf([["A heading", "the first line", "the second"], []]))      # the second page has no text

Every character can be written, "\\ufb01" (the ligature fi) too. The letters' shapes are not in the file, so a viewer
may show boxes: it is made to be read by program.
"""

import io
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pypdf import PdfWriter

WIDTH, HEIGHT, LEFT, TOP, LEADING = 612, 792, 72, 760, 14
PICTURE = b"q 400 0 0 300 72 400 cm BI /W 1 /H 1 /BPC 8 /CS /G /F /AHx ID 80> EI Q"  # a grey field
# Characters are written as their numbers in UTF-16; this table says so to whoever wants the text back.
TO_UNICODE = b"""/CIDInit /ProcSet findresource begin
12 dict begin begincmap /CMapName /Plain def /CMapType 2 def
1 begincodespacerange <0000> <FFFF> endcodespacerange
1 beginbfrange <0000> <FFFF> <0000> endbfrange
endcmap end end"""


def pdf(pages: Sequence[Sequence[str]]) -> bytes:
    """Return a PDF whose pages show the given lines from the top downwards; a page without lines is a picture."""
    numbers = range(6, 6 + 2 * len(pages), 2)  # a page's own object; its content is the next
    kids = " ".join(f"{number} 0 R" for number in numbers)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /Plain /Encoding /Identity-H"
        b" /DescendantFonts [4 0 R] /ToUnicode 5 0 R >>",
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Plain /DW 500"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>",
        _stream(TO_UNICODE),
    ]
    for number, lines in zip(numbers, pages, strict=True):
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Contents {number + 1} 0 R"
            " /Resources << /Font << /F 3 0 R >> >> >>".encode(),
            _stream(
                _shown(lines) if lines else b"q 400 0 0 300 72 400 cm BI /W 1 /H 1 /BPC 8 /CS /G /F /AHx ID 80> EI Q"
            ),
        ]
    return _file(objects)


def _shown(lines: Sequence[str]) -> bytes:
    """The operators that show lines below each other."""
    rows = [f"<{line.encode('utf-16-be').hex()}> Tj T*" for line in lines]
    return "\n".join(["BT", "/F 10 Tf", f"{LEADING} TL", f"{LEFT} {TOP} Td", *rows, "ET"]).encode()


def _stream(content: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)


def _file(objects: list[bytes]) -> bytes:
    """Number the objects and write the table of where each begins."""
    out, places = b"%PDF-1.5\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    head = b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    return out + head + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(out))


def saved(content: bytes, name: str = "document.pdf", password: str | None = None) -> Path:
    """Write a file into a new folder of its own and return its path; with a password, as an encrypted PDF."""
    path = folder() / name
    path.write_bytes(content if password is None else _locked(content, password))
    return path


def _locked(content: bytes, password: str) -> bytes:
    writer, out = PdfWriter(clone_from=io.BytesIO(content)), io.BytesIO()
    writer.encrypt(user_password=password, owner_password=f"{password}, the owner's", algorithm="RC4-128")
    writer.write(out)
    return out.getvalue()


def folder(inside: str = "") -> Path:
    """Return a new, empty folder, or the path of something that is not yet there, inside of one."""
    return Path(tempfile.mkdtemp()) / inside


def names_beside(path: Path) -> list[str]:
    """Return the names of everything in the folder that holds this path."""
    return sorted(one.name for one in path.parent.iterdir())


def shaken(library, pages) -> list:
    """Add pages to a library, change whatever went in and came out, and return what the library says afterwards.

    The names, the number of chunks, whether a search finds the same, how many chunks the same pages add once more.
    """
    kept = [dict(page) for page in pages]
    library.add("d", pages)
    before = [dict(hit) for hit in library.search("q")]
    for page in pages:
        page["text"] = "changed"
    pages.clear()
    for hit in library.search("q"):
        hit.update(text="changed", document="changed", page=0)
    library.search("q").clear()
    library.documents().clear()
    return [library.documents(), len(library), library.search("q") == before, library.add("d", kept)]
