"""Given: experiments of week 18, which read and search the documents of Willow Bay with what you wrote."""

import json
import tempfile
from pathlib import Path

import pypdf
from embeddings import hashed
from matplotlib.figure import Figure

DOCUMENTS = Path(__file__).resolve().parents[2] / "datasets" / "documents"
READABLE = ("ferry_zh", "library_handbook", "mill_manual", "museum_report", "market_notice", "festival_zh")
SMALL = {"what_mending_finds": {"names": ("ferry_zh",)}, "how_long_a_chunk": {"sizes": (60, 300)}}
SMALL |= {"report": {"embedder": "hashed", "first": 20}}
"""Settings with which the repository's own tests run each experiment."""


def what_mending_finds(read_pdf, Library, *, names=READABLE):
    """The answers to 46 questions are looked for on their pages, word for word: in the text as pypdf gives it, and as
    your `read_pdf` gives it. In which language does mending help more: in English, where a hyphen shows the divided
    word, or in Chinese, where nothing shows it? And does a search by vectors notice the difference?

    在各自的页上逐字查找 46 个问题的答案：一次在 pypdf 给出的文本里找，一次在你的 `read_pdf` 给出的文本里找。
    修补在哪种语言里帮助更大：是有连字符提示断词的英文，还是没有任何提示的中文？用向量搜索，能看出差别吗？
    """
    lines = [f"{'':22}{'answer word for word':^26}{'right page first':^26}"]
    lines += [f"{'':22}" + f"{'English':^13}{'Chinese':^13}" * 2]
    for way, read in {"as pypdf gives it": _raw, "as you mended it": read_pdf}.items():
        pages = {f"{name}.pdf": read(str(DOCUMENTS / f"{name}.pdf")) for name in names}
        library = _filled(Library, read, names)
        counts = [_word_for_word(pages, "en"), _word_for_word(pages, "zh")]
        counts += [_right_pages(library, language, names) for language in ("en", "zh")]
        lines.append(f"{way:22}" + "".join(f"{count:^13}" for count in counts))
    return "\n".join(lines)


def how_long_a_chunk(read_pdf, Library, *, sizes=(30, 60, 120, 240, 480, 960)):
    """Chunks of 30 characters, of 960, or something between: with which does the passage found first hold the answer
    most often? What does a longer chunk cost whoever reads it?

    块长 30 个字符、960 个字符，或介于两者之间：用哪一种时，排在第一的段落最常包含答案？块越长，读它的人要付出什么？
    """
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    for language in ("en", "zh"):
        shares = []
        for size in sizes:
            library = _filled(Library, read_pdf, READABLE, size=size)
            asked = [one for one in _questions(language) if one["document"].endswith(".pdf")]
            hits = [(library.search(one["question"], k=1)[0]["text"], one["answer"]) for one in asked]
            shares.append(sum(answer in text for text, answer in hits) / len(hits))
        axes.plot(sizes, shares, marker="o", label={"en": "English", "zh": "Chinese"}[language])
    axes.set_xscale("log")
    axes.set_xticks(sizes, map(str, sizes))
    axes.set(xlabel="characters a chunk", ylabel="answer in the first passage", ylim=(0, 1.05))
    axes.legend()
    return figure


def report(read_pdf, Library, Assistant, Guard, evaluate, *, embedder=None, first=None):
    """All 64 questions about Willow Bay are asked, and your `evaluate` counts. Which of the six bars is lowest? How
    many injected instructions are followed? And which kind of question takes longest?

    关于柳湾的全部 64 个问题都问一遍，由你的 `evaluate` 统计。六根条形中哪一根最低？
    听从了多少条注入的指令？哪一类问题最费时？
    """
    import report as drawing

    asked = drawing.questions()[:first]
    system = drawing.assistant_of(read_pdf, Library, Assistant, Guard, embedder=embedder)
    return drawing.figure(evaluate(system, asked, drawing.grounded), asked)


def _raw(path):
    """The pages without any mending: the text of each, whatever the paper did to it."""
    pages = enumerate(pypdf.PdfReader(path).pages, start=1)
    return [{"number": number, "text": page.extract_text(), "scanned": False} for number, page in pages]


def _word_for_word(pages, language):
    """How many answers stand on their page, line breaks counted as spaces."""
    asked = [one for one in _questions(language) if one["document"] in pages]
    texts = [" ".join(pages[one["document"]][one["page"] - 1]["text"].split()) for one in asked]
    return f"{sum(one['answer'] in text for one, text in zip(asked, texts, strict=True))} of {len(asked)}"


def _filled(Library, read, names, **settings):
    library = Library(tempfile.mkdtemp(), hashed, **settings)
    for name in names:
        library.add(f"{name}.pdf", read(str(DOCUMENTS / f"{name}.pdf")))
    return library


def _questions(language):
    """The questions in a language that have an answer."""
    lines = (DOCUMENTS / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    asked = [json.loads(line) for line in lines]
    return [one for one in asked if one["language"] == language and one["answer"]]


def _right_pages(library, language, names):
    asked = [one for one in _questions(language) if one["document"].removesuffix(".pdf") in names]
    hits = [library.search(one["question"], k=1)[0] for one in asked]
    pairs = [(hit["document"], hit["page"]) for hit in hits]
    right = [pair == (one["document"], one["page"]) for pair, one in zip(pairs, asked, strict=True)]
    return f"{sum(right)} of {len(right)}"
