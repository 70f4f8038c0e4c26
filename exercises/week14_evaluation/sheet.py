"""Given: a human-evaluation sheet, one HTML page that people rate pairs of answers on without knowing whose they are.

`python sheet.py` writes `sheet.html` with answers of our two small models. Open it, rate, save the CSV file, let
somebody else do the same, and run `python sheet.py ratings-*.csv` for what your `summarise` says.

The page needs no network and sends nothing anywhere. Which answer stands first depends on the rater's name and the
item, so it differs from rater to rater, and the file says for each row which system stood where.
"""

import base64
import csv
import hashlib
import html
import json
import sys
from pathlib import Path

COLUMNS = ("rater", "item", "first", "second", "choice", "comment")
FORMULA = tuple("=+-@\t\r'")
"""A spreadsheet takes a cell that begins like this for a formula (or eats an apostrophe), so the page puts another
apostrophe before it."""

WORDS = {
    "en": {
        "other": "中文",
        "name": "Your name, or any other word that nobody else uses",
        "begin": "Begin",
        "guide": "Which answer is better? You cannot see whose they are. Keys: 1 and 2 choose, 0 is a tie, "
        "the arrows left and right turn the pages.",
        "answer": "Answer",
        "first": "Answer 1 is better",
        "second": "Answer 2 is better",
        "tie": "Equally good, or equally bad",
        "comment": "Why? (may stay empty)",
        "back": "Back",
        "next": "Next",
        "save": "Save as CSV",
        "progress": "Question {at} of {all}; rated: {rated}",
        "saved": "Saved: the file is where your browser puts downloads.",
    },
    "zh": {
        "other": "English",
        "name": "你的名字，或任何别人不会用的词",
        "begin": "开始",
        "guide": "哪个回答更好？你看不到它们出自谁。按键：1 和 2 选择，0 表示一样，左右方向键翻页。",
        "answer": "回答",
        "first": "回答 1 更好",
        "second": "回答 2 更好",
        "tie": "一样好，或一样差",
        "comment": "为什么？（可以不填）",
        "back": "上一题",
        "next": "下一题",
        "save": "存为 CSV",
        "progress": "第 {at} 题，共 {all} 题；已评 {rated} 题",
        "saved": "已保存：文件在浏览器的下载文件夹里。",
    },
}

STYLE = """
:root { color-scheme: light dark; --line: #8c959f; --mark: #0969da; }
@media (prefers-color-scheme: dark) { :root { --mark: #6cb6ff; } }
body { font: 1.05rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
header { display: flex; flex-wrap: wrap; gap: 1rem; justify-content: space-between; align-items: center; }
#answers { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); gap: 1rem; }
article { border: 1px solid var(--line); border-radius: .5rem; padding: 0 1rem; }
article p, #question { white-space: pre-wrap; overflow-wrap: anywhere; }
fieldset { border: 0; padding: 0; margin: 1rem 0; }
label { display: block; padding: .25rem 0; }
button, input, textarea { font: inherit; }
textarea, input[type=text] { width: 100%; box-sizing: border-box; }
:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
[hidden] { display: none; }
"""

SCRIPT = """
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const get = id => document.getElementById(id);
const choices = Object.create(null), comments = Object.create(null);
let lang = data.lang, at = 0, rater = "", unsaved = false;

function firstOf(item) {  // FNV-1a: the same rater sees the same order again, another one may see the other
  let hash = 2166136261;
  for (const letter of rater + "\\u0000" + item.item) hash = Math.imul(hash ^ letter.codePointAt(0), 16777619);
  return (hash ^ (hash >>> 15)) & 1;
}
function pairOf(item) {
  const first = firstOf(item);
  return [item.systems[first], item.systems[1 - first]];
}
function show() {
  const words = data.words[lang], item = data.items[at];
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  for (const place of document.querySelectorAll("[data-word]")) place.textContent = words[place.dataset.word];
  get("title").textContent = document.title = data.title[lang];
  get("question").textContent = item.question;
  pairOf(item).forEach((system, place) => { get("answer" + (place + 1)).textContent = system.answer; });
  for (const radio of document.querySelectorAll("[name=choice]")) radio.checked = choices[item.item] === radio.value;
  get("comment").value = comments[item.item] || "";
  const rated = Object.keys(choices).length;
  get("progress").textContent = words.progress.replace("{at}", at + 1).replace("{all}", data.items.length)
    .replace("{rated}", rated);
  get("back").disabled = at === 0;
  get("next").disabled = at === data.items.length - 1;
}
function choose(value) {
  choices[data.items[at].item] = value;
  unsaved = true;
  get("saved").hidden = true;
  show();
}
function turn(step) {
  at = Math.min(data.items.length - 1, Math.max(0, at + step));
  show();
}
function cell(text) {
  const safe = data.formula.includes(text[0]) ? "'" + text : text;
  return '"' + safe.replaceAll('"', '""') + '"';
}
function table() {
  const rows = data.items.map(item => {
    const [first, second] = pairOf(item);
    const choice = choices[item.item] || "";
    return [rater, item.item, first.name, second.name, choice, comments[item.item] || ""];
  });
  return [data.columns, ...rows].map(row => row.map(cell).join(",")).join("\\r\\n") + "\\r\\n";
}
get("language").addEventListener("click", () => { lang = lang === "en" ? "zh" : "en"; show(); });
get("start").addEventListener("submit", event => {
  event.preventDefault();
  rater = get("rater").value.trim();
  if (!rater) return get("rater").focus();
  get("start").hidden = true;
  get("sheet").hidden = false;
  show();
  get("question").focus();
});
for (const radio of document.querySelectorAll("[name=choice]"))
  radio.addEventListener("change", () => choose(radio.value));
get("comment").addEventListener("input", () => {
  comments[data.items[at].item] = get("comment").value;
  unsaved = true;
  get("saved").hidden = true;
});
get("back").addEventListener("click", () => turn(-1));
get("next").addEventListener("click", () => turn(1));
get("save").addEventListener("click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\\ufeff" + table()], { type: "text/csv;charset=utf-8" }));
  link.download = "ratings-" + rater.replace(/[^\\p{L}\\p{N}]+/gu, "-") + ".csv";
  link.click();
  unsaved = false;
  get("saved").hidden = false;
});
document.addEventListener("keydown", event => {
  const typing = ["TEXTAREA", "INPUT"].includes(event.target.tagName) && event.target.type !== "radio";
  if (get("sheet").hidden || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const value = { 1: "first", 2: "second", 0: "tie" }[event.key];
  if (value) choose(value);
  else if (event.key === "ArrowLeft") turn(-1);
  else if (event.key === "ArrowRight") turn(1);
  else return;
  event.preventDefault();
});
window.addEventListener("beforeunload", event => { if (unsaved) event.preventDefault(); });
show();
"""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header><h1 id="title"></h1><button type="button" id="language" data-word="other"></button></header>
<main>
<form id="start">
<label for="rater" data-word="name"></label>
<input type="text" id="rater" required autocomplete="off">
<p><button data-word="begin"></button></p>
</form>
<section id="sheet" hidden>
<p data-word="guide"></p>
<p id="progress" role="status"></p>
<h2 id="question" tabindex="-1"></h2>
<div id="answers">
<article><h3><span data-word="answer"></span> 1</h3><p id="answer1"></p></article>
<article><h3><span data-word="answer"></span> 2</h3><p id="answer2"></p></article>
</div>
<fieldset aria-labelledby="question">
<label><input type="radio" name="choice" value="first"> <span data-word="first"></span></label>
<label><input type="radio" name="choice" value="tie"> <span data-word="tie"></span></label>
<label><input type="radio" name="choice" value="second"> <span data-word="second"></span></label>
</fieldset>
<label for="comment" data-word="comment"></label>
<textarea id="comment" rows="2"></textarea>
<p>
<button type="button" id="back" data-word="back"></button>
<button type="button" id="next" data-word="next"></button>
<button type="button" id="save" data-word="save"></button>
</p>
<p id="saved" role="status" hidden data-word="saved"></p>
</section>
</main>
<script type="application/json" id="data">{data}</script>
<script>{script}</script>
</body>
</html>
"""


def write_sheet(path: str | Path, items: list[dict], *, title: dict[str, str] | None = None, lang: str = "en") -> None:
    """Write the page. An item has "item" (its name), "question", and "answers", a dictionary of two: system to answer.

    Raises:
        ValueError: there are no items, two have one name, or an item has not exactly two answers.
    """
    names = [item["item"] for item in items]
    if not items or len(set(names)) < len(names) or any(len(item["answers"]) != 2 for item in items):
        raise ValueError("a sheet needs items with names of their own and two answers each")
    shown = [
        {
            "item": str(item["item"]),
            "question": item["question"],
            "systems": [{"name": name, "answer": answer} for name, answer in sorted(item["answers"].items())],
        }
        for item in items
    ]
    title = title or {"en": "Which answer is better?", "zh": "哪个回答更好？"}
    data = {"items": shown, "title": title, "lang": lang, "words": WORDS, "columns": COLUMNS, "formula": FORMULA}
    text = json.dumps(data)  # ASCII alone; without < and & it cannot end the script that it stands in
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'"
    page = PAGE.format(policy=policy, title=html.escape(title[lang]), style=STYLE, data=text, script=SCRIPT)
    Path(path).write_text(page, encoding="utf-8", newline="\n")


def read_sheets(*paths: str | Path) -> list[dict[str, str]]:
    """Return the rows of saved files, one file after another, as `summarise` takes them."""
    rows = []
    for path in paths:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                rows.append({name: _plain(cell) for name, cell in row.items()})
    return rows


def _plain(cell: str) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from calculating it."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def willow_bay(questions: int = 12) -> list[dict]:
    """Items for a sheet: questions about the little world, answered by wren and by the draft model."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    data = Path(__file__).resolve().parents[2] / "datasets"
    tokenizer = AutoTokenizer.from_pretrained(data / "wren")
    lines = (data / "small_world" / "facts.jsonl").read_text(encoding="utf-8").splitlines()
    facts = [json.loads(line) for line in lines]
    chosen = facts[:: len(facts) // questions][:questions]
    items = [{"item": fact["id"], "question": fact["question"], "answers": {}} for fact in chosen]
    for name in ("wren", "draft_model"):
        model = AutoModelForCausalLM.from_pretrained(data / name, dtype="float32").eval()
        for item in items:
            ids = tokenizer.apply_chat_template(
                [{"role": "user", "content": item["question"]}],
                add_generation_prompt=True,
                return_tensors="pt",
                return_dict=True,
            )
            out = model.generate(**ids, max_new_tokens=40, do_sample=False)
            item["answers"][name] = tokenizer.decode(out[0, ids["input_ids"].shape[1] :], skip_special_tokens=True)
    return items


if __name__ == "__main__":
    if sys.argv[1:]:
        from raters import summarise

        for name, value in summarise(read_sheets(*sys.argv[1:])).items():
            print(f"{name:8} {value}")
    else:
        write_sheet("sheet.html", willow_bay())
        print("sheet.html: open it in a browser")
