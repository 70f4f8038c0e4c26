"""The report as a page, and as the table of docs/gpu.md."""

import html
import json
from pathlib import Path
from typing import Any

SIGNS = {True: "✓", False: "✗", None: "·"}
WHAT = {
    "device": ("the device", "设备"),
    "solutions": ("every solution passes on it", "所有参考答案都通过"),
    "walls": ("CUDA behind the walls of the locked box", "锁定的沙箱内使用 CUDA"),
    "cheats": ("tricks with clock and device earn nothing", "针对时钟和设备的作弊得不到分"),
    "verdicts": ("speed verdicts are right", "速度裁定正确"),
    "suites": ("suites are sound on it, limits have room", "测试套件在其上成立，限制留有余地"),
    "precision": ("errors stay within the tolerances", "误差在容差之内"),
    "memory": ("its memory comes back after a submission", "每份提交之后显存归还"),
    "classroom": ("the example class scores as on a CPU", "示例班级的分数与 CPU 上相同"),
}
HEADS = {"en": ("what", "seen"), "zh": ("内容", "结果")}
NEVER = {"en": "never seen on a GPU", "zh": "从未在 GPU 上见过"}
ON = {"en": "{sign} {summary} ({device}, {when})", "zh": "{sign} {summary}（{device}，{when}）"}
STYLE = "body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}pre{white-space:pre-wrap}"


def page(report: dict[str, Any]) -> str:
    """Return the report as one self-contained page."""
    parts = []
    for name, step in report["steps"].items():
        facts = html.escape(json.dumps(step["facts"], ensure_ascii=False, indent=1))
        title = html.escape(f"{SIGNS[step['good']]} {WHAT[name][0]}: {step['summary']} ({step['seconds']} s)")
        parts.append(f"<details><summary>{title}</summary><pre>{facts}</pre></details>")
    head = f"<!doctype html><html lang=en><meta charset=utf-8><title>GPU report</title><style>{STYLE}</style>"
    return f"{head}<h1>GPU report, {html.escape(report['when'])}</h1>{''.join(parts)}</html>\n"


def newest(folder: Path) -> dict[str, Any] | None:
    """Return the newest report of a folder of reports, if there is any."""
    reports = [json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))]
    return max(reports, key=lambda report: str(report["when"])) if reports else None


def table(report: dict[str, Any] | None, lang: str) -> str:
    """Return what was seen, on what and when, as a table; what was never seen says so."""
    steps = report["steps"] if report else {}
    device = steps["device"]["summary"] if "device" in steps else "?"
    lines = [f"| {' | '.join(HEADS[lang])} |", "|---|---|"]
    for name, (english, chinese) in WHAT.items():
        step, seen = steps.get(name), NEVER[lang]
        if step and step["good"] is not None:
            values = {"sign": SIGNS[step["good"]], "summary": step["summary"], "device": device}
            seen = ON[lang].format(**values, when=report["when"] if report else "")
        lines.append(f"| {english if lang == 'en' else chinese} | {seen.replace('|', '/')} |")
    return "\n".join(lines) + "\n"


def written(root: Path) -> dict[Path, str]:
    """Return docs/gpu.md in both languages with its table as the newest report has it."""
    report, found = newest(root / "docs" / "gpu"), {}
    for name, lang in (("gpu.md", "en"), ("gpu.zh-CN.md", "zh")):
        path = root / "docs" / name
        before, _, rest = path.read_text(encoding="utf-8").partition("<!-- seen -->\n")
        after = rest.partition("<!-- /seen -->")[2]
        found[path] = f"{before}<!-- seen -->\n{table(report, lang)}<!-- /seen -->{after}"
    return found


if __name__ == "__main__":
    for path, text in written(Path(__file__).resolve().parents[2]).items():
        path.write_text(text, encoding="utf-8")
