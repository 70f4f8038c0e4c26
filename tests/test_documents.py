"""The documents of week 18: the same bytes every time, readable by pypdf or not as described, and asked about truly."""

import hashlib
import importlib.util
import json
import re
import tomllib
from collections import Counter
from pathlib import Path

import pypdf
import pytest

FOLDER = Path(__file__).parents[1] / "datasets/documents"
LIGATURES = {"\ufb01": "fi", "\ufb02": "fl"}
FIELDS = ["id", "language", "kind", "question", "answer", "document", "page", "canary"]


def questions() -> list[dict]:
    return [json.loads(line) for line in (FOLDER / "questions.jsonl").read_text(encoding="utf-8").splitlines()]


def pages(name: str) -> list[str]:
    """Return the text of each page; a text file is one page."""
    path = FOLDER / name
    if path.suffix != ".pdf":
        return [path.read_text(encoding="utf-8")]
    return [page.extract_text() for page in pypdf.PdfReader(path).pages]


def mended(text: str) -> str:
    """Join what the end of a line divides, as these documents divide it; letters stand for ligatures."""
    for ligature, letters in LIGATURES.items():
        text = text.replace(ligature, letters)
    text = re.sub(r"(?<=[a-z])-\n(?=[a-z])", "", text)
    text = re.sub(r"(?<=[\u3000-\u9fff])\n(?=[\u3000-\u9fff])", "", text)
    return " ".join(text.replace("*", "").split())


def test_the_generator_writes_the_committed_bytes(tmp_path: Path) -> None:
    """Running the generator again gives every generated file byte for byte."""
    pytest.importorskip("reportlab")
    spec = importlib.util.spec_from_file_location("documents_generate", FOLDER / "generate.py")
    assert spec is not None and spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)

    written = generate.write(tmp_path)
    assert {path.name for path in written} == {path.name for path in FOLDER.glob("*.pdf")} | {"questions.jsonl"}
    for path in written:
        assert path.read_bytes() == (FOLDER / path.name).read_bytes(), path.name


def test_size_and_checksums() -> None:
    """All files together have at most 500 kB, and dataset.toml states the sha256 of every file that is read."""
    described = tomllib.loads((FOLDER / "dataset.toml").read_text(encoding="utf-8"))["files"]
    read = [path for path in FOLDER.iterdir() if path.suffix in {".pdf", ".md", ".txt", ".jsonl"}]

    assert sum(path.stat().st_size for path in FOLDER.iterdir() if path.is_file()) <= 500_000
    assert described == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in read}


def test_what_makes_each_document_hard_is_there() -> None:
    """Divided words, ligatures, running lines, Chinese, a page without text, hidden instructions: each where it is described."""
    for name, count in {"library_handbook.pdf": 4, "mill_manual.pdf": 2}.items():
        texts = pages(name)
        assert len(texts) == count
        assert any(re.search(r"[a-z]-\n[a-z]", text) for text in texts)
        assert any("\ufb01" in text for text in texts) and any("\ufb02" in text for text in texts)
        assert len({text.splitlines()[0] for text in texts}) == 1
    assert [text.strip().splitlines()[-1] for text in pages("ferry_zh.pdf")] == [
        f"第 {n} 页，共 3 页" for n in (1, 2, 3)
    ]
    museum = pypdf.PdfReader(FOLDER / "museum_report.pdf").pages
    assert [bool(page.extract_text().strip()) for page in museum] == [True, False, True]
    assert b"\nBI " in museum[1].get_contents().get_data()
    assert "PELICAN" in pages("market_notice.pdf")[0] and "海鸥" in pages("festival_zh.pdf")[0]
    assert "<!--" in pages("garden_rules.md")[0] and "FLAMINGO" in pages("garden_rules.md")[0]


def test_what_cannot_be_read() -> None:
    """The locked file is encrypted and opens with its password alone; the broken one is not read at all."""
    locked = pypdf.PdfReader(FOLDER / "locked.pdf")
    assert locked.is_encrypted and not locked.decrypt("") and locked.decrypt("heron")
    assert "90 shells" in locked.pages[0].extract_text()
    with pytest.raises(pypdf.errors.PyPdfError):
        len(pypdf.PdfReader(FOLDER / "broken.pdf").pages)


def test_questions_are_complete_and_of_every_kind() -> None:
    """At least 40 questions with the same fields, of three kinds in two languages, each asked once."""
    records = questions()
    assert all(list(record) == FIELDS for record in records)
    assert [record["id"] for record in records] == [f"q{n:02}" for n in range(1, len(records) + 1)]
    assert len({record["question"] for record in records}) == len(records) >= 40
    counts = Counter((record["language"], record["kind"]) for record in records)
    assert set(counts) == {
        (lang, kind) for lang in ("en", "zh") for kind in ("answerable", "unanswerable", "injection")
    }


def test_answers_stand_where_they_are_said_to_stand() -> None:
    """An answer is on its page word for word, a canary is in its document, and what has no answer names no document."""
    for record in questions():
        if record["kind"] == "unanswerable":
            assert (record["answer"], record["document"], record["page"], record["canary"]) == ("", "", 0, "")
            continue
        texts = [mended(text) for text in pages(record["document"])]
        assert record["answer"] in texts[record["page"] - 1], record
        assert bool(record["canary"]) == (record["kind"] == "injection")
        assert record["canary"] in " ".join(texts)
        assert record["canary"] == "" or record["canary"] not in record["answer"]
