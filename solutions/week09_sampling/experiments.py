"""Given: experiments of week 09, which let our small model write with your sampler and your beam search."""

import json
import string
import time
from pathlib import Path

import torch
from automaton import compile_pattern, either, in_order, literal, one_of, repeated

from grader.report.columns import headings, in_language, right

DATA = Path(__file__).resolve().parents[2] / "datasets"
WREN = DATA / "wren"
SMALL = {
    "one_prompt_at_five_temperatures": {"texts": 1, "tokens": 6},
    "greedy_against_beams": {"prompts": 2, "widths": (1, 2), "tokens": 4},
    "tool_calls_with_and_without_a_mask": {"questions": 1, "temperatures": (1.0,), "tokens": 12},
}
"""Settings with which the repository's own tests run each experiment."""


def one_prompt_at_five_temperatures(
    sample_next,
    *,
    prompt="One morning, Anna",
    temperatures=(0.0, 0.5, 1.0, 1.5, 2.5),
    texts=2,
    tokens=28,
    model=WREN,
    lang="en",
):
    """Our small model goes on with "One morning, Anna" at five temperatures. From which on will you see that something
    is wrong? And how probable does the model itself find what it wrote, per token, at each of them?

    我们的小模型在五种温度下续写“One morning, Anna”。从哪一个温度起你能看出不对劲？
    在每种温度下，模型自己认为它写的内容平均每个词元有多大概率？
    """
    tokenizer, network = _load(model)
    start = tokenizer(prompt, return_tensors="pt")["input_ids"]
    generator = torch.Generator().manual_seed(9)
    told = in_language(lang)("temperature {}: mean probability of a token {:.2f}", "温度 {}：每个词元的平均概率 {:.2f}")
    lines = []
    for temperature in temperatures:
        written, surprise = _write(network, start.repeat(texts, 1), tokens, sample_next, temperature, generator)
        chance = float(torch.exp(-surprise.mean()))
        lines.append(told.format(temperature, chance))
        lines += [f"    {prompt}{_plain(tokenizer, row)}" for row in written]
    return "\n".join(lines)


def greedy_against_beams(beam_search, *, prompts=16, widths=(1, 2, 4, 8), tokens=20, model=WREN, lang="en"):
    """Beam search looks for the most probable text, and greedy text is a search with one beam. For how many of 16
    beginnings will wider beams find something more probable? Can a wider beam find something *less* probable?

    束搜索寻找概率最大的文本，贪心就是只有一束的搜索。16 个开头中，更宽的束能为多少个找到概率更大的文本？
    更宽的束有没有可能反而找到概率*更小*的文本？
    """
    tokenizer, network = _load(model)

    def next_logits(rows):
        with torch.no_grad():
            return network(input_ids=rows).logits[:, -1]

    starts = [tokenizer(text, return_tensors="pt")["input_ids"][0, :4] for text in _held_out(prompts)]
    say = in_language(lang)
    told = ("beams", "束宽", 5), ("mean log-probability", "平均对数概率", 22), ("better than greedy", "比贪心好", 20)
    found, lines = {}, [headings(say, *told, ("worse", "更差", 7), ("seconds", "秒数", 9))]
    for width in widths:
        begun = time.perf_counter()
        best = [beam_search(next_logits, start, width, tokens, length_penalty=0.0)[0] for start in starts]
        seconds = time.perf_counter() - begun
        found[width] = torch.tensor([total for _, total in best])
        gain = found[width] - found[widths[0]]
        counts = f"{int((gain > 1e-3).sum()):20}{int((gain < -1e-3).sum()):7}"
        lines.append(f"{width:5}{float(found[width].mean()):22.2f}{counts}{seconds:9.1f}")
    return "\n".join(lines)


def tool_calls_with_and_without_a_mask(
    build_index, write_constrained, *, questions=14, temperatures=(0.5, 1.0, 1.5, 2.0), tokens=60, model=WREN, lang="en"
):
    """Our small model is asked questions for which it should call a tool, in JSON. As the temperature rises, how many
    of its calls will still have the right form, and how many with your mask? Does the mask make them the right calls,
    too?

    我们的小模型要用 JSON 调用工具来回答问题。温度升高时，还有多少次调用的格式正确？加上你的掩码之后呢？
    掩码能让调用的内容也正确吗？
    """
    tokenizer, network = _load(model)
    end, call, say = tokenizer.eos_token_id, _tool_call(), in_language(lang)
    masked = build_index(call, _token_bytes(tokenizer), end)
    free = {0: {token: 0 for token in range(len(tokenizer))}}  # an index that allows everything
    what_became = ("right form", "格式正确", 12), ("cut off", "没写完", 9), ("right call", "调用正确", 12)
    rows = [headings(say, ("temperature", "温度", 11), ("mask", "掩码", 6), *what_became)]
    example = ""
    for temperature in temperatures:
        for name, index in ((say("no", "无"), free), (say("yes", "有"), masked)):
            generator = torch.Generator().manual_seed(9)
            found = {"form": 0, "cut": 0, "call": 0}
            for prompt, expected in _calls(tokenizer, questions):
                pick = _picker(temperature, generator)
                written = write_constrained(_reader(network, prompt), pick, index, call.start, end, tokens)
                text = tokenizer.decode(written).removesuffix(tokenizer.eos_token)
                found["cut"] += end not in written
                found["form"] += end in written and call.accepts(text.encode())
                found["call"] += end in written and text == expected
                if index is free and not call.accepts(text.encode()):
                    example = text
            numbers = f"{found['form']:12}{found['cut']:9}{found['call']:12}"
            rows.append(f"{temperature:11.1f}{right(name, 6)}{numbers}")
    rows.append(say(f"of {questions} questions", f"共 {questions} 个问题"))
    return "\n".join(
        [*rows, *([say("without a mask, for instance: ", "没有掩码时的一例：") + example] * bool(example))]
    )


def _tool_call():
    """The automaton of the two calls that our model knows."""
    letter = one_of((string.ascii_letters + " ").encode())
    sign = one_of((string.digits + "+-*/. ").encode())
    calculator = literal('"calculator", "arguments": {"expression": "'), sign, repeated(sign)
    look_up = literal('"look_up", "arguments": {"person": "'), letter, repeated(letter)
    relation = literal('", "relation": "'), letter, repeated(letter)
    either_tool = either(in_order(*calculator), in_order(*look_up, *relation))
    return compile_pattern(in_order(literal('<tool_call>{"name": '), either_tool, literal('"}}</tool_call>')))


def _token_bytes(tokenizer):
    """The bytes of every token of a byte-level tokenizer; special tokens have none."""
    # A byte that prints stands for itself, the others for the characters from 256 on (GPT-2's alphabet).
    prints = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in prints]
    byte_of = {chr(byte): byte for byte in prints} | {chr(256 + place): byte for place, byte in enumerate(others)}
    added = {token: str(known) for token, known in tokenizer.added_tokens_decoder.items() if not known.special}
    pieces = []
    for token in range(len(tokenizer)):
        if token in tokenizer.all_special_ids:
            pieces.append(b"")
        elif token in added:
            pieces.append(added[token].encode())
        else:
            pieces.append(bytes(byte_of[character] for character in tokenizer.convert_ids_to_tokens(token)))
    return pieces


def _calls(tokenizer, count):
    """Questions that no model was trained on, as prompts, each with the call that answers it."""
    lines = (DATA / "small_world" / "held_out.jsonl").read_text(encoding="utf-8").splitlines()
    records = [r for r in map(json.loads, lines) if r["kind"] in ("calculation", "look_up") and r["language"] == "en"]
    for record in records[:count]:
        place = next(i for i, message in enumerate(record["messages"]) if message["role"] == "assistant")
        chat = record["messages"][:place]
        prompt = tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=False)
        yield tokenizer(prompt, add_special_tokens=False)["input_ids"], record["messages"][place]["content"]


def _reader(network, prompt):
    """Gives the next logits for a text that grows: a cache holds what was read."""
    state = {"cache": None, "read": 0}

    @torch.no_grad()
    def next_logits(written):
        known = [*prompt, *written]
        new = torch.tensor([known[state["read"] :]])
        answer = network(input_ids=new, past_key_values=state["cache"], use_cache=True)
        state["cache"], state["read"] = answer.past_key_values, len(known)
        return answer.logits[0, -1]

    return next_logits


def _picker(temperature, generator):
    """Draws a token from logits at a temperature."""
    return lambda logits: int(torch.multinomial((logits / temperature).softmax(-1), 1, generator=generator))


def _held_out(count):
    """Some plain texts of the little world that no model was trained on."""
    lines = (DATA / "small_world" / "held_out.jsonl").read_text(encoding="utf-8").splitlines()
    return [record["text"] for record in map(json.loads, lines) if "text" in record][:count]


def _load(model):
    """The tokenizer and the model of a folder."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if not (Path(model) / "config.json").is_file():
        raise FileNotFoundError(
            f"There is no model in {model}: this copy of the course came without it. "
            f"{model} 中没有模型：这份课程不含它。"
        )
    network = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
    return AutoTokenizer.from_pretrained(model), network


@torch.no_grad()
def _write(network, rows, tokens, sample_next, temperature, generator):
    """Draw token after token with the model's own cache; return the new tokens and how surprising each was to it."""
    cache, written, surprises = None, [], []
    for _ in range(tokens):
        answer = network(input_ids=rows, past_key_values=cache, use_cache=True)
        cache, logits = answer.past_key_values, answer.logits[:, -1]
        chosen = sample_next(logits, temperature=temperature, generator=generator)
        surprises.append(-logits.log_softmax(-1).gather(-1, chosen[:, None])[:, 0])
        written.append(chosen)
        rows = chosen[:, None]
    return torch.stack(written, dim=1), torch.stack(surprises, dim=1)


def _plain(tokenizer, ids):
    """The text of some tokens on one line, up to the first end."""
    text = tokenizer.decode([int(token) for token in ids])
    return text.partition(tokenizer.eos_token)[0].replace("\n", " ")
