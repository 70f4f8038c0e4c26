"""Week 18: reading held against what reportlab has set and pypdf finds, the library against scikit-learn's cosines."""

import io
import string

import numpy as np
import pypdf
import pytest
import torch
from sklearn.metrics.pairwise import cosine_similarity

CASES = 200
LIGATURES = {"fi": "\ufb01", "fl": "\ufb02"}


@pytest.fixture(scope="module")
def reading(solution):
    """The solution's module."""
    return solution("week18_capstone", "reading")


@pytest.fixture(scope="module")
def library(solution):
    """The solution's module."""
    return solution("week18_capstone", "library")


def a_word(rng):
    """A word of small letters, often with a ligature's letters in it."""
    word = "".join(rng.choice(list(string.ascii_lowercase), rng.integers(2, 9)))
    return word[:2] + str(rng.choice(["fi", "fl", "", "", ""])) + word[2:]


def set_in_lines(rng, words):
    """Break words into lines of about 30 characters; half of the words at a line's end are divided."""
    lines, line = [], ""
    for word in words:
        if len(line) + len(word) > 30:
            cut = int(rng.integers(1, len(word))) if rng.random() < 0.5 else 0
            lines.append(f"{line} {word[:cut]}-" if cut else line)
            line = word[cut:]
        else:
            line = f"{line} {word}".strip()
    return [*lines, line]


def printed(pages, ligatures):
    """Print lines by reportlab, page by page, with a heading and a page number; return the file and pypdf's page count."""
    canvas_module = pytest.importorskip("reportlab.pdfgen.canvas")
    metrics = pytest.importorskip("reportlab.pdfbase.pdfmetrics")
    metrics.registerFont(metrics.Font("Ligatures", "Times-Roman", "MacRomanEncoding"))
    out = io.BytesIO()
    canvas = canvas_module.Canvas(out, pageCompression=1)
    for number, lines in enumerate(pages, start=1):
        canvas.setFont("Ligatures", 11)
        for place, line in enumerate(["A Heading", *lines, f"- {number} -"]):
            for letters, ligature in LIGATURES.items() if ligatures else ():
                line = line.replace(letters, ligature)
            canvas.drawString(72, 760 - 16 * place, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue(), len(pypdf.PdfReader(out).pages)


def test_reading_against_what_was_printed(reading, tmp_path):
    """The words of every page come back as they were before they were divided, set with ligatures and printed."""
    rng = np.random.default_rng(18)
    path = tmp_path / "printed.pdf"
    for case in range(CASES):
        words = [[a_word(rng) for _ in range(rng.integers(20, 60))] for _ in range(rng.integers(2, 5))]
        content, count = printed([set_in_lines(rng, page) for page in words], ligatures=bool(case % 2))
        path.write_bytes(content)
        pages = reading.read_pdf(path)

        assert len(pages) == count
        assert [page["text"].split() for page in pages] == words
        assert [(page["number"], page["scanned"]) for page in pages] == [(n + 1, False) for n in range(count)]


def test_search_against_scikit_learn(library, tmp_path):
    """The hits are the chunks with the largest cosines of scikit-learn, with the same scores, read again from the folder."""
    rng = np.random.default_rng(19)
    for case in range(CASES):
        count, dim = int(rng.integers(1, 30)), int(rng.integers(2, 24))
        table = {f"Text {n}.": rng.normal(size=dim) * 10.0 ** rng.integers(-3, 4) for n in range(count)}
        table["asked"] = rng.normal(size=dim)

        def embed(texts, table=table):
            return torch.from_numpy(np.stack([table[text] for text in texts]))

        made = library.Library(tmp_path / str(case), embed)
        for name in range(3):
            texts = list(table)[:-1][name::3]
            made.add(str(name), [{"number": at, "text": text} for at, text in enumerate(texts, start=1)])
        k = int(rng.integers(1, 9))
        hits = library.Library(tmp_path / str(case), embed).search("asked", k=k)

        cosines = cosine_similarity(table["asked"][None], np.stack(list(table.values())[:-1]))[0]
        best = np.argsort(-cosines, kind="stable")[:k]
        assert [hit["text"] for hit in hits] == [f"Text {at}." for at in best]
        np.testing.assert_allclose([hit["score"] for hit in hits], cosines[best], rtol=1e-5, atol=1e-6)
