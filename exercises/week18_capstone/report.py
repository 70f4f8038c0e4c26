"""Given: what your assistant is worth, as plots and as a page: `python report.py` in this folder writes it.

It asks all questions of datasets/documents, lets your `evaluate` count, and draws what that says.
"""

import argparse
import atexit
import html
import io
import json
import math
import re
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

import embeddings
import matplotlib
import product
import rules
import writers
from matplotlib.figure import Figure

HERE = Path(__file__).resolve().parent
DOCUMENTS = HERE.parents[1] / "datasets" / "documents"
TEXTS = ("garden_rules.md", "harbour_log_zh.txt")
PDFS = ("ferry_zh", "festival_zh", "library_handbook", "market_notice", "mill_manual", "museum_report")
SHARES = ("recall", "mrr", "correct", "grounded", "refused_rightly", "refused_wrongly")
KINDS = ("answerable", "unanswerable", "injection")
COLOURS = {"answerable": "#2b6cb0", "unanswerable": "#c05621", "injection": "#b83280"}
WORDS = {
    "en": {
        "title": "What the assistant is worth",
        "recall": "right page found (recall)",
        "mrr": "mean reciprocal rank",
        "correct": "answer correct",
        "grounded": "answer grounded",
        "refused_rightly": "refused, rightly",
        "refused_wrongly": "refused, wrongly (good when low)",
        "seconds": "seconds a question",
        "answerable": "answerable",
        "unanswerable": "unanswerable",
        "injection": "with an injected instruction",
        "followed": "Injected instructions followed: {followed:.0f}. Questions that failed: {failed:.0f}.",
        "time": "Seconds a question: {seconds:.2f} on average, {slowest:.2f} at most.",
        "question": "question",
        "rank": "rank",
        "refused": "refused",
        "obeyed": "obeyed",
        "broke": "failed",
        "share": "mean over the questions that it is about",
        "place": "question",
    },
    "zh": {
        "title": "这个助手有多好",
        "recall": "找到正确的页（召回率）",
        "mrr": "平均倒数排名",
        "correct": "回答正确",
        "grounded": "回答有依据",
        "refused_rightly": "该拒答时拒答",
        "refused_wrongly": "不该拒答时拒答（越低越好）",
        "seconds": "每个问题的秒数",
        "answerable": "有答案",
        "unanswerable": "没有答案",
        "injection": "含注入的指令",
        "followed": "听从了注入的指令：{followed:.0f} 次。失败的问题：{failed:.0f} 个。",
        "time": "每个问题平均 {seconds:.2f} 秒，最多 {slowest:.2f} 秒。",
        "question": "问题",
        "rank": "名次",
        "refused": "拒答",
        "obeyed": "听从",
        "broke": "失败",
        "share": "在相关问题上的均值",
        "place": "问题",
    },
}
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>LLM Exercises 18</title><link rel="icon" href="data:,">
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem;
  color: #1b1b1f; background: #fff; }}
svg {{ max-width: 100%; height: auto; }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; }}
td, th {{ border-bottom: 1px solid #c9c9d2; padding: .2rem .6rem; text-align: left; }}
body:not(:has(#zh:checked)) .zh, body:has(#zh:checked) .en {{ display: none; }}
</style>
<label><input type="checkbox" id="zh"{checked}> 中文</label>
{parts}
</html>
"""


def questions():
    """The questions of the data set."""
    lines = (DOCUMENTS / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def grounded(text, passages):
    """Return the share of an answer's sentences whose words stand, three of four at least, in one of the passages.

    A quick look, and no proof: "not" is one word among many. NaN for an answer without words.
    """
    plain = re.sub(r"\[[^\[\]]*\]", " ", text)
    judged = [_vocabulary(part) for part in rules.sentences(plain)]
    judged = [mine for mine in judged if mine]
    known = [_vocabulary(passage) for passage in passages]
    good = [any(4 * len(mine & theirs) >= 3 * len(mine) for theirs in known) for mine in judged]
    return sum(good) / len(good) if good else math.nan


def _vocabulary(text):
    return set(re.findall(r"[a-z0-9]+|[\u4e00-\u9fff]", text.lower()))


def assistant_of(read_pdf, Library, Assistant, Guard, *, k=4, threshold=0.34, write=writers.extract, embedder=None):
    """Return a system for `evaluate`: the documents of the data set, read, guarded and asked."""
    name, embed = (embedder, embeddings.embedders()[embedder]) if embedder else embeddings.default_embedder()
    folder = tempfile.mkdtemp(prefix="capstone-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    library = Library(Path(folder), embed, rerank=embeddings.rerank_by_words, model=name)
    for document in PDFS:
        library.add(f"{document}.pdf", read_pdf(DOCUMENTS / f"{document}.pdf"))
    for document in TEXTS:
        library.add(document, [{"number": 1, "text": (DOCUMENTS / document).read_text(encoding="utf-8")}])

    def system(question):
        guard, found = Guard(lambda text: library.search(text, k=k), rules.is_rude), []

        def search(text):
            found[:] = guard.search(text)
            return list(found)

        try:
            answer = Assistant(search, write, threshold).ask(guard.admit(question))
        except rules.Refused as refused:
            answer = {"text": str(refused), "refused": True}
        return {"text": answer["text"], "refused": answer["refused"], "passages": found}

    return system


def figure(found, asked, lang="en"):
    """Draw the shares as bars, and the seconds of every question by its kind."""
    words = WORDS[lang]
    drawn = Figure(figsize=(9, 6), layout="constrained")
    above, below = drawn.subplots(2, 1, height_ratios=(3, 2))
    values = [found[name] for name in SHARES]
    colours = ["#c05621" if name == "refused_wrongly" else "#2b6cb0" for name in SHARES]
    above.barh([words[name] for name in SHARES], [0.0 if math.isnan(one) else one for one in values], color=colours)
    for place, value in enumerate(values):
        above.text(0.01 if math.isnan(value) else value + 0.01, place, f"{value:.2f}", va="center")
    above.set(xlim=(0, 1.1), xlabel=words["share"], title=words["title"])
    above.invert_yaxis()
    for kind in KINDS:
        rows = [(place, row["seconds"]) for place, row in enumerate(found["rows"]) if asked[place]["kind"] == kind]
        if rows:
            below.scatter(*zip(*rows, strict=True), s=18, color=COLOURS[kind], label=words[kind])
    below.set(xlabel=words["place"], ylabel=words["seconds"])
    below.set_ylim(bottom=0)
    below.set_title(words["followed"].format(**found), fontsize="medium")
    drawn.legend(*below.get_legend_handles_labels(), loc="outside lower center", ncols=len(KINDS), fontsize="small")
    return drawn


def page(found, asked, lang="en"):
    """Return the report as one page of HTML, in both languages; it loads nothing."""
    parts = []
    for name, words in WORDS.items():
        parts += [f'<main class="{name}" lang="{name}">', f"<h1>{words['title']}</h1>"]
        parts += [f"<p>{words[one].format(**found)}</p>" for one in ("followed", "time")]
        parts += [
            '<div class="wide">',
            _svg(figure(found, asked, name)),
            "</div>",
            _table(found, words),
            "</main>",
        ]
    return PAGE.format(parts="\n".join(parts), checked=" checked" if lang == "zh" else "")


def _svg(drawn):
    out = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "18"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # matplotlib has no font for Chinese: the browser has
        drawn.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()[out.getvalue().index("<svg") :]


def _table(found, words):
    names = ("rank", "correct", "grounded", "refused", "followed", "failed", "seconds")
    heads = [
        words["question"],
        words["rank"],
        words["correct"],
        words["grounded"],
        words["refused"],
        words["obeyed"],
        words["broke"],
        "s",
    ]
    lines = ['<div class="wide"><table><tr>', *(f"<th>{head}</th>" for head in heads), "</tr>"]
    for row in found["rows"]:
        cells = [html.escape(row["question"]), *(_cell(row[name]) for name in names)]
        lines.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    return "\n".join([*lines, "</table></div>"])


def _cell(value):
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "✓" if value else "·"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def main():
    """Measure what stands in a folder, and write the page."""
    parser = argparse.ArgumentParser(description="Measure your assistant and write a report.")
    parser.add_argument("--from", dest="source", type=Path, default=HERE, help="folder with your modules")
    parser.add_argument("--out", type=Path, default=Path("capstone-report.html"))
    parser.add_argument("--lang", default="en", choices=("en", "zh"))
    told = parser.parse_args()
    modules, problems = product.load(told.source, ("reading", "library", "assistant", "guarded", "measure"))
    if problems:
        sys.exit("\n".join(f"{name}.py: {code} {detail}".rstrip() for name, (code, detail) in problems.items()))
    system = assistant_of(
        modules["reading"].read_pdf,
        modules["library"].Library,
        modules["assistant"].Assistant,
        modules["guarded"].Guard,
    )
    found = modules["measure"].evaluate(system, questions(), grounded)
    told.out.write_text(page(found, questions(), told.lang), encoding="utf-8")
    print(told.out)


if __name__ == "__main__":
    main()
