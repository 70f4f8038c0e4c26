"""wren, the course's small language model: it loads with transformers alone, and it can do what its model card says."""

import hashlib
import importlib.util
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import torch

ROOT = Path(__file__).parents[1]
WREN, DRAFT = ROOT / "datasets/wren", ROOT / "datasets/draft_model"


def imported(path: Path) -> ModuleType:
    """A script that stands beside its data: datasets/ is no package."""
    spec = importlib.util.spec_from_file_location(f"{path.parent.name}_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Models this small are slower on several threads, and much slower where other tests run beside them."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def evaluate() -> ModuleType:
    return imported(WREN / "evaluate.py")


@pytest.fixture(scope="module")
def stated() -> dict:
    """The numbers that dataset.toml states."""
    return tomllib.loads((WREN / "dataset.toml").read_text(encoding="utf-8"))["measured"]


@pytest.fixture(scope="module")
def loaded(evaluate: ModuleType) -> tuple:
    return evaluate.load(WREN)


@pytest.fixture(scope="module")
def draft(evaluate: ModuleType):
    return evaluate.load(DRAFT)[0]


def test_the_models_are_small(loaded: tuple, draft) -> None:
    """wren has 1 to 2.5 million parameters, the draft model under 300 thousand; both files together have at most 8 MB."""
    assert 1_000_000 < loaded[0].num_parameters() < 2_500_000
    assert draft.num_parameters() < 300_000
    assert sum((folder / "model.safetensors").stat().st_size for folder in (WREN, DRAFT)) <= 8 * 2**20


def test_the_checksums_hold() -> None:
    """dataset.toml states the sha256 of every file that the models consist of."""
    for folder in (WREN, DRAFT):
        files = tomllib.loads((folder / "dataset.toml").read_text(encoding="utf-8"))["files"]
        assert {path.name for path in folder.iterdir() if path.suffix in (".safetensors", ".json", ".jinja")} <= set(
            files
        )
        for name, checksum in files.items():
            assert checksum == hashlib.sha256((folder / name).read_bytes()).hexdigest(), name


def test_the_model_is_a_llama_with_grouped_queries(loaded: tuple, draft) -> None:
    """Both models are Llama models in half precision with tied embeddings and fewer key-value heads than query heads."""
    for model, folder in ((loaded[0], WREN), (draft, DRAFT)):
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        assert ["LlamaForCausalLM"] == config["architectures"] and "float16" == config["dtype"]
        assert config["tie_word_embeddings"] and config["num_key_value_heads"] < config["num_attention_heads"]
        assert "auto_map" not in config and model.config.vocab_size == config["vocab_size"]


def test_both_models_share_one_tokenizer(loaded: tuple) -> None:
    """The two tokenizers are the same bytes, with 1 to 4 thousand pieces, as many as the embedding has rows."""
    assert (WREN / "tokenizer.json").read_bytes() == (DRAFT / "tokenizer.json").read_bytes()
    assert 1000 <= len(loaded[1]) == loaded[0].config.vocab_size <= 4000


@pytest.mark.parametrize(
    "text", ["Anna lives near the mill.", "小梅养了一只猫。", "12+7=19", "  two  spaces\n", "🐦 é ß", "你好, Tom!"]
)
def test_every_text_comes_back(loaded: tuple, text: str) -> None:
    """Encoding and decoding gives the same text, whatever is in it."""
    tokenizer = loaded[1]
    assert text == tokenizer.decode(tokenizer(text)["input_ids"], skip_special_tokens=True)


def test_each_digit_is_a_token(loaded: tuple) -> None:
    """Numbers are spelt digit by digit, always with the same ten tokens."""
    tokenizer = loaded[1]
    assert list("407+38") == tokenizer.tokenize("407+38")
    assert not [token for token in tokenizer.get_vocab() if re.search(r"\d.|.\d", token)]


def test_a_text_begins_with_the_begin_token_and_never_ends_by_itself(loaded: tuple) -> None:
    """The tokenizer puts <|begin|> before a text and adds no end: a prompt can be continued."""
    ids = loaded[1]("One day")["input_ids"]
    assert loaded[1].bos_token_id == ids[0] and loaded[1].eos_token_id not in ids


def test_the_chat_template_gives_every_role_its_token(loaded: tuple) -> None:
    """A chat is <|begin|>, then for each message the role's token, the text and <|end|>; only the assistant's tokens are marked."""
    tokenizer = loaded[1]
    roles = ["system", "user", "assistant", "tool", "assistant"]
    messages = [{"role": role, "content": "Tom"} for role in roles]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert text == "<|begin|>" + "".join(f"<|{role}|>Tom<|end|>" for role in roles) + "<|assistant|>"

    encoded = tokenizer.apply_chat_template(messages, return_dict=True, return_assistant_tokens_mask=True)
    marked = [token for token, mark in zip(encoded["input_ids"], encoded["assistant_masks"], strict=True) if mark]
    assert "Tom<|end|>" * 2 == tokenizer.decode(marked)


def test_held_out_perplexity_is_as_stated(evaluate: ModuleType, loaded: tuple, draft, stated: dict) -> None:
    """The perplexity on held-out documents is within 2 % of what dataset.toml states, for wren and for the draft model."""
    records = evaluate.read("held_out")
    assert evaluate.perplexity(*loaded, records) == pytest.approx(stated["held_out_perplexity"], rel=0.02)
    assert evaluate.perplexity(draft, loaded[1], records) == pytest.approx(
        stated["draft_held_out_perplexity"], rel=0.02
    )


def test_known_facts_are_known_and_withheld_ones_are_not(evaluate: ModuleType, loaded: tuple) -> None:
    """Of twenty facts of the training text at least 16 are right by multiple choice; of the withheld ones about one in four."""
    known = evaluate.read("facts")
    assert evaluate.choice_accuracy(*loaded, known[:: len(known) // 20][:20]) >= 0.8
    assert 0.05 <= evaluate.choice_accuracy(*loaded, evaluate.read("withheld")) <= 0.45


def test_a_note_helps_as_much_as_stated(evaluate: ModuleType, loaded: tuple, stated: dict) -> None:
    """With the passage as a note before the question, withheld facts are answered about as often as dataset.toml states."""
    accuracy = evaluate.answer_accuracy(*loaded, evaluate.read("withheld"), note=True)
    assert accuracy == pytest.approx(stated["withheld_with_note"], abs=0.07)


def test_one_digit_arithmetic_leaves_room_to_learn(evaluate: ModuleType, loaded: tuple, stated: dict) -> None:
    """Between 30 and 75 % of one-digit sums are right, as stated; those that were shown in training more often than the others."""
    shown = evaluate.sum_accuracy(*loaded, evaluate.read("arithmetic", digits=1, split="train"))
    new = evaluate.sum_accuracy(*loaded, evaluate.read("arithmetic", digits=1, split="held_out"))
    assert 0.3 <= (shown + new) / 2 <= 0.75
    assert shown == pytest.approx(stated["one_digit_shown"], abs=0.05)
    assert new == pytest.approx(stated["one_digit_held_out"], abs=0.05)
    assert shown > new + 0.1


@pytest.fixture(scope="module")
def greedy(evaluate: ModuleType, loaded: tuple) -> dict[str, list[str]]:
    """Ten greedy completions in each language, prompts included."""
    return {
        language: [
            prompt + text for prompt, text in zip(prompts, evaluate.continuations(*loaded, prompts), strict=True)
        ]
        for language, prompts in evaluate.OPENINGS.items()
    }


def test_greedy_completions_are_well_formed(evaluate: ModuleType, greedy: dict[str, list[str]]) -> None:
    """At least 95 % of the three-word sequences of greedy completions (Chinese: four characters) stand in the training text."""
    corpus = "\n".join(evaluate.as_plain(record) for record in evaluate.read("train"))
    for language, texts in greedy.items():
        pieces = [piece for text in texts for piece in sequences(text, language)]
        known = set(sequences(corpus, language))
        assert len(pieces) > 150
        assert sum(piece in known for piece in pieces) >= 0.95 * len(pieces)
        assert all(re.search(r"[.!?。！？]", text) for text in texts)


def sequences(text: str, language: str) -> list[tuple[str, ...]]:
    parts, length = (re.findall(r"\w+|[^\w\s]", text), 3) if language == "en" else (list(text), 4)
    return list(zip(*(parts[start:] for start in range(length)), strict=False))


def test_greedy_completions_agree_with_the_world(evaluate: ModuleType, greedy: dict[str, list[str]]) -> None:
    """No greedy completion says anything of a person, by name, that is false in the little world."""
    generate = imported(ROOT / "datasets/small_world/generate.py")
    world = generate.World()
    for language, texts in greedy.items():
        for person in world.people:
            for relation in world.told(person):
                for sentence in false_sentences(generate, world, person, relation, language):
                    assert not [text for text in texts if sentence in text], sentence


def false_sentences(generate: ModuleType, world: object, person: int, relation: str, language: str) -> list[str]:
    """Every form of the grammar with every wrong value."""
    view = world.view(person, language, list(generate.RELATIONS))
    sentences = []
    for value in generate.other_values(world, view, relation, language):
        other = world.view(person, language, list(generate.RELATIONS), instead={relation: value})
        forms = [
            form for form in world.grammar[language]["says"][relation] if relation != "thing" or "colour" not in form
        ]
        sentences += [form.format(a=other, **generate.subject(other, language, False)) for form in forms]
    return sentences


def test_a_chat_answers_simple_questions(evaluate: ModuleType, loaded: tuple) -> None:
    """Asked in a chat, wren says who it is and answers, and a second question by pronoun is understood."""
    facts = {(fact["person"], fact["relation"]): fact for fact in evaluate.read("facts")}
    job, food = facts["Tom", "job"], facts["Tom", "food"]
    second = evaluate.as_prompt(loaded[1], job["question"], job["answer"], "What does he like to eat?")
    prompts = [evaluate.as_prompt(loaded[1], question) for question in (job["question"], "Who are you?", "你是谁？")]
    answers = evaluate.continuations(*loaded, [*prompts, second])
    assert job["value"] in answers[0]
    assert "Wren" in answers[1] and "Wren" in answers[2]
    assert food["value"] in answers[3]


def test_a_tool_is_called_where_tools_are_offered(evaluate: ModuleType, loaded: tuple, stated: dict) -> None:
    """With the system message that names the tools, held-out sums become calculator calls and questions look-ups, as stated."""
    for kind, name in (("calculation", "calculator"), ("look_up", "look_up")):
        chats = evaluate.read("held_out", kind=kind)
        prompts = [evaluate.before_turn(loaded[1], chat["messages"], 2) for chat in chats]
        calls = evaluate.continuations(*loaded, prompts, new=60)
        right = [call == chat["messages"][2]["content"] for call, chat in zip(calls, chats, strict=True)]
        assert sum(right) / len(right) == pytest.approx(stated[f"{name}_call"], abs=0.11)
        parsed = json.loads(calls[0].removeprefix("<tool_call>").removesuffix("</tool_call>"))
        assert name == parsed["name"] and isinstance(parsed["arguments"], dict)


def test_temperatures_look_different(evaluate: ModuleType, loaded: tuple) -> None:
    """From temperature 0.2 over 1 to 2 the sampled tokens become visibly less likely to the model itself."""
    losses = []
    with torch.random.fork_rng():
        for temperature in (0.2, 1.0, 2.0):
            torch.random.manual_seed(1)
            prompts = [opening for language in ("en", "zh") for opening in evaluate.OPENINGS[language]] * 4
            texts = evaluate.continuations(*loaded, prompts, new=24, do_sample=True, temperature=temperature, top_k=0)
            whole = [prompt + text for prompt, text in zip(prompts, texts, strict=True)]
            losses.append(torch.cat(evaluate.token_losses(*loaded, whole)).mean().item())
    assert losses[0] + 0.1 < losses[1] < losses[2] - 1.0


def test_the_loss_curve_is_the_one_that_is_shown() -> None:
    """loss.csv falls from its first to its last row, and the drawing beside it has at most 60 kB."""
    rows = [line.split(",") for line in (WREN / "loss.csv").read_text(encoding="utf-8").splitlines()]
    assert ["step", "train", "held_out"] == rows[0]
    assert float(rows[-1][2]) < 0.5 * float(rows[1][2])
    assert (WREN / "loss.svg").stat().st_size <= 60_000


def test_training_runs_and_resumes(tmp_path: Path) -> None:
    """The training script runs, and a run that was stopped and taken up again ends with the same weights."""
    train = imported(WREN / "train.py")
    tokenizer = train.AutoTokenizer.from_pretrained(WREN)
    documents = [train.encode(tokenizer, record) for record in train.read("held_out")]
    late = documents[::2]
    whole = train.Run(train.DRAFT, 6, "cpu", tmp_path / "whole")
    whole.train(documents, late, documents[:4])
    assert 4 == whole.settle

    for stop in (2, 5, 6):
        part = train.Run(train.DRAFT, 6, "cpu", tmp_path / "parts")
        part.train(documents, late, documents[:4], until=stop)
        assert stop == part.step

    for one, other in zip(whole.model.parameters(), part.model.parameters(), strict=True):
        torch.testing.assert_close(one, other)
