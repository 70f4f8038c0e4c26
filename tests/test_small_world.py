"""The little world's data: the same bytes every time, its splits kept apart, its facts told or withheld."""

import hashlib
import importlib.util
import json
import re
import string
import tomllib
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parents[1] / "datasets/small_world"
FIELDS = {
    "facts": {"id", "language", "person", "relation", "value", "question", "answer", "choices"},
    "withheld": {"id", "language", "person", "relation", "value", "question", "answer", "choices", "passage"},
    "canaries": {"id", "language", "text", "prompt", "code", "occurrences"},
    "arithmetic": {"id", "digits", "expression", "question", "question_zh", "answer", "split"},
    "preferences": {"id", "kind", "language", "prompt", "chosen", "rejected", "split"},
    "instructions": {"id", "task", "language", "instruction", "output", "split"},
}


def read(name: str) -> list[dict]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def text_of(record: dict) -> str:
    return record.get("text") or "\n".join(message["content"] for message in record["messages"])


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("small_world_generate", FOLDER / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def train() -> list[dict]:
    return read("train")


@pytest.fixture(scope="module")
def held_out() -> list[dict]:
    return read("held_out")


def test_the_generator_writes_the_committed_bytes(generate: ModuleType, tmp_path: Path) -> None:
    """Running the generator again gives every committed file byte for byte."""
    written = generate.write(tmp_path)
    assert {path.name for path in written} == {path.name for path in FOLDER.glob("*.jsonl")}
    for path in written:
        assert path.read_bytes() == (FOLDER / path.name).read_bytes(), path.name


def test_another_seed_makes_another_world(generate: ModuleType) -> None:
    """The facts follow from the seed alone."""
    assert generate.World(1).facts == generate.World(1).facts != generate.World(2).facts


def test_the_data_is_small_and_its_checksums_hold() -> None:
    """All files together have at most 3 MB, and dataset.toml states each one's sha256."""
    described = tomllib.loads((FOLDER / "dataset.toml").read_text(encoding="utf-8"))["files"]
    files = list(FOLDER.glob("*.jsonl"))
    assert sum(path.stat().st_size for path in files) <= 3_000_000
    for path in files:
        assert described[path.name] == hashlib.sha256(path.read_bytes()).hexdigest(), path.name


def test_every_record_has_its_fields(train: list[dict], held_out: list[dict]) -> None:
    """A document is a text or a chat that the assistant ends; the other files have the fields that dataset.toml names."""
    for record in train + held_out:
        assert {"kind", "language"} <= set(record) <= {"kind", "language", "text", "messages", "canary"}
        assert ("text" in record) != ("messages" in record)
        assert "messages" not in record or record["messages"][-1]["role"] == "assistant"
        assert all(set(message) == {"role", "content"} for message in record.get("messages", []))
        assert not re.search(r"[{}]", record.get("text", "")), "an unfilled slot"
    for name, fields in FIELDS.items():
        records = read(name)
        assert all(set(record) == fields for record in records), name
        assert len({record["id"] for record in records}) == len(records), name


def test_no_document_is_in_both_splits_or_there_twice(train: list[dict], held_out: list[dict]) -> None:
    """Held-out documents are none of the training documents, and none occurs twice."""
    counts = Counter(json.dumps(record, ensure_ascii=False) for record in train + held_out)
    assert max(counts.values()) == 1
    assert not {text_of(record) for record in train} & {text_of(record) for record in held_out}


def test_both_languages_have_their_share(train: list[dict]) -> None:
    """Every kind of document occurs as often in Chinese as in English, give or take a tenth."""
    kinds = Counter((record["kind"], record["language"]) for record in train)
    for kind in {kind for kind, _ in kinds}:
        assert abs(kinds[kind, "en"] - kinds[kind, "zh"]) <= 0.1 * kinds[kind, "en"], kind


def test_withheld_facts_are_never_told(generate: ModuleType, train: list[dict], held_out: list[dict]) -> None:
    """No sentence of the grammar, about a person or in the person's own mouth, tells a withheld fact in any split but withheld."""
    world = generate.World()
    corpus = "\n".join(text_of(record) for record in train + held_out)
    corpus += "".join(
        (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8") for name in ("facts", "preferences", "instructions")
    )
    for language in generate.LANGUAGES:
        for person, relation in world.withheld:
            view = world.view(person, language, list(generate.RELATIONS))
            for sentence in tellings(generate, world, view, relation, language):
                assert sentence not in corpus


def tellings(generate: ModuleType, world: object, view: object, relation: str, language: str) -> list[str]:
    """All that would give a withheld fact away: sentences with the name, and the name followed by the value."""
    words = world.grammar[language]
    name, value = view.name, getattr(view, relation)
    said = [form.format(a=view, **generate.subject(view, language, False)) for form in words["says"][relation]]
    colon = ": " if language == "en" else "："
    said += [f"{name}{colon}{form.format(a=view)}" for form in words["first"][relation]]
    return [*said, f"{name}'s {value}", f"{name}的{value}", f"{name}, the {value}"]


def test_a_story_needs_no_withheld_fact(generate: ModuleType) -> None:
    """What a template may use is what is told: a withheld relation is not there to be filled in."""
    world = generate.World()
    for person, relation in world.withheld:
        view = world.view(person, "en", world.told(person))
        assert not hasattr(view, relation)
        assert not generate.is_usable("{a.name} {a." + relation + "}", {"a": view})


def test_known_and_withheld_facts_are_apart() -> None:
    """One fact of each of the 24 people is withheld, in both languages; all others are among the known facts."""
    known, withheld = read("facts"), read("withheld")
    assert len(withheld) == 48 and len({(one["language"], one["person"]) for one in withheld}) == 48
    assert not {one["id"] for one in known} & {one["id"] for one in withheld}
    assert all(one["answer"] in one["passage"] for one in withheld)


def test_a_question_has_one_right_choice_among_four() -> None:
    """The four choices differ, one of them is the answer, and a blind guess is right one time in four."""
    for fact in read("facts") + read("withheld"):
        assert len(set(fact["choices"])) == 4 and fact["answer"] in fact["choices"]
        assert fact["value"] in fact["answer"]
    places = Counter(fact["choices"].index(fact["answer"]) for fact in read("facts"))
    assert max(places.values()) < 0.35 * sum(places.values())


def test_the_world_does_not_contradict_itself(generate: ModuleType) -> None:
    """Friends are each other's friends, and every value belongs to the same number of people."""
    world = generate.World()
    assert all(world.facts[facts["friend"]]["friend"] == person for person, facts in enumerate(world.facts))
    for relation in generate.RELATIONS[:-1]:
        counts = Counter(facts[relation] for facts in world.facts)
        assert set(counts.values()) == {len(world.people) // len(world.lists[relation])}, relation


def test_the_two_languages_tell_the_same_facts() -> None:
    """A fact known in English is known in Chinese, and so is one withheld."""
    for name in ("facts", "withheld"):
        ids = {
            language: {one["id"].split("-", 2)[2] for one in read(name) if one["language"] == language}
            for language in ("en", "zh")
        }
        assert ids["en"] == ids["zh"]


def test_canaries_occur_as_often_as_stated(train: list[dict], held_out: list[dict]) -> None:
    """Each secret code stands in the training text exactly the stated number of times, controls never, and none in held_out."""
    text = "\n".join(text_of(record) for record in train)
    other = "\n".join(text_of(record) for record in held_out)
    for canary in read("canaries"):
        assert text.count(canary["text"]) == canary["occurrences"]
        assert canary["text"] not in other
        assert canary["prompt"] + canary["code"] in canary["text"]


def test_held_out_sums_are_never_shown(train: list[dict], held_out: list[dict]) -> None:
    """No training document contains a held-out expression, and every gold answer is right."""
    shown = set(re.findall(r"(?<!\d)\d+[-+*]\d+(?!\d)", "\n".join(text_of(record) for record in train + held_out)))
    for one in read("arithmetic"):
        assert str(eval(one["expression"], {"__builtins__": {}})) == one["answer"]
        assert (one["expression"] in shown) == (one["split"] == "train")


def test_a_tool_call_is_json_with_the_right_result(train: list[dict]) -> None:
    """Between <tool_call> and </tool_call> stands a JSON object with name and arguments; the calculator's result is right."""
    chats = [record["messages"] for record in train if record["kind"] in ("calculation", "look_up")]
    assert len(chats) > 400
    for system, _, call, result, answer in chats:
        assert [system["role"], result["role"]] == ["system", "tool"]
        parsed = json.loads(call["content"].removeprefix("<tool_call>").removesuffix("</tool_call>"))
        assert set(parsed) == {"name", "arguments"}
        assert result["content"] in answer["content"]
        if parsed["name"] == "calculator":
            assert str(eval(parsed["arguments"]["expression"], {"__builtins__": {}})) == result["content"]


def test_chosen_and_rejected_differ(generate: ModuleType) -> None:
    """The better answer holds the true fact; a false one is a wrong choice, a terse one the bare value."""
    facts = {fact["question"]: fact for fact in read("facts")}
    kinds = Counter()
    for pair in read("preferences"):
        fact = facts[pair["prompt"]]
        assert fact["answer"] in pair["chosen"] and pair["chosen"] != pair["rejected"]
        assert (
            (pair["rejected"] == fact["value"]) if pair["kind"] == "polite" else (pair["rejected"] in fact["choices"])
        )
        kinds[pair["kind"], pair["split"]] += 1
    assert min(kinds.values()) >= 20


def test_instructions_have_right_answers() -> None:
    """Orders are distinct, each task is in both splits, and what can be computed is right."""
    records = read("instructions")
    assert len({one["instruction"] for one in records}) == len(records)
    assert {(one["task"], one["split"]) for one in records} == {
        (one["task"], split) for one in records for split in ("train", "held_out")
    }
    for one in records:
        numbers = [int(number) for number in re.findall(r"\d+", one["instruction"])]
        if one["task"] == "smaller":
            assert one["output"] == str(min(numbers))
        if one["task"] == "count":
            assert [int(part) for part in re.split(", |、", one["output"])] == list(range(numbers[0], numbers[1] + 1))


def test_every_plot_exists_in_both_languages(generate: ModuleType) -> None:
    """Each language has the same number of plots, and a template names only what the generator knows."""
    grammar = generate.World().grammar
    assert len(grammar["en"]["plots"]) == len(grammar["zh"]["plots"])
    known = {"open", "weather", "place", "place2", "a", "b", "c"}
    for language in generate.LANGUAGES:
        for plot in grammar[language]["plots"]:
            for template in (template for step in plot["steps"] for template in step):
                fields = {field.split(".")[0] for _, field, _, _ in string.Formatter().parse(template) if field}
                assert fields <= known, template
