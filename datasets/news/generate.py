"""Write the news of Willow Bay: the same bytes every time, from grammar.toml and one seed.

python datasets/news/generate.py            # writes the JSON lines beside this file
python datasets/news/generate.py --out DIR  # somewhere else
"""

import argparse
import json
import random
import re
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
SEED = 20261129
TOPICS = ("sport", "weather", "economy", "science", "culture")
ITEMS = 44
"""Of each topic in each language."""
COPIES = 30
"""Of each language."""
SLOT = re.compile(r"{(\w+)}")
CUT_OFF = {"en": "({source}) ", "zh": "（{source}）"}
SOURCES = {"en": ["Bay News", "Northgate Post"], "zh": ["海湾新闻", "北门邮报"]}


def item(rng: random.Random, words: dict, shared: dict, language: str) -> str:
    """Tell one piece of news: a lead and two details, no value of a slot twice."""
    used: set[str] = set()

    def fill(match: re.Match[str]) -> str:
        values = [value for value in (words | shared)[match[1]] if value not in used]
        used.add(chosen := rng.choice(values))
        return chosen

    told = [rng.choice(words["leads"]), *rng.sample(words["details"], 2)]
    parts = [SLOT.sub(fill, part) for part in told]
    return "".join(parts) if language == "zh" else " ".join(part[0].upper() + part[1:] for part in parts)


def news(language: str, grammar: dict) -> list[dict]:
    """Return the news of a language, the topics in turn and no text twice."""
    rng = random.Random(f"{SEED}/{language}")
    texts: dict[str, str] = {}
    while len(texts) < ITEMS * len(TOPICS):
        topic = TOPICS[len(texts) % len(TOPICS)]
        texts.setdefault(item(rng, grammar[topic], grammar["shared"], language), topic)
    return [
        {"id": f"{language}-{place:03}", "language": language, "topic": topic, "text": text}
        for place, (text, topic) in enumerate(texts.items())
    ]


def copies(records: list[dict], language: str) -> list[dict]:
    """Return what other papers made of some of the news: a source in front, or a day exchanged."""
    rng = random.Random(f"{SEED}/copies/{language}")
    found = []
    for place, record in enumerate(rng.sample(records, COPIES)):
        source = CUT_OFF[language].format(source=rng.choice(SOURCES[language]))
        text = (
            source + record["text"] if place % 2 else record["text"].rstrip(".。") + ("!" if language == "en" else "！")
        )
        found.append({**record, "id": f"{language}-copy-{place:02}", "text": text, "copy_of": record["id"]})
    return found


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, default=HERE)
    out = parser.parse_args().out
    grammar = tomllib.loads((HERE / "grammar.toml").read_text(encoding="utf-8"))
    told = {language: news(language, grammar[language]) for language in ("en", "zh")}
    files = {
        "news.jsonl": [record for records in told.values() for record in records],
        "copies.jsonl": [record for language, records in told.items() for record in copies(records, language)],
    }
    for name, records in files.items():
        lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in records]
        (out / name).write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
