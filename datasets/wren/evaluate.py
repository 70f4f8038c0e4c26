"""Measure what wren can do: the numbers of its model card and of dataset.toml.

python datasets/wren/evaluate.py              # prints them as a table of TOML
python datasets/wren/evaluate.py --samples    # and what it writes at several temperatures
"""

import argparse
import json
import math
from pathlib import Path

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM, PreTrainedTokenizerBase

HERE = Path(__file__).parent
DATA = HERE.parent / "small_world"

OPENINGS = {
    "en": (
        "One morning, Anna|Tom is a|One day, the|Lucy lives near the|Last Sunday, Peter|Emma's best friend is|"
        "It was raining a little.|Rosa has a|In the spring, Mei|Ming works as a"
    ).split("|"),
    "zh": (
        "有一天，安娜|汤姆是一位|一天早上，|露西住在|上个星期天，彼得|艾玛最好的朋友是|天上下着小雨。|罗莎养了|春天里的一天，小梅|小明在村里当"
    ).split("|"),
}


def load(folder: Path) -> tuple[LlamaForCausalLM, PreTrainedTokenizerBase]:
    """The model in single precision (half is slow on a CPU) and its tokenizer."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    return model, AutoTokenizer.from_pretrained(folder, padding_side="left")


def read(name: str, **wanted: object) -> list[dict]:
    """The records of a file whose fields have the wanted values."""
    lines = (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    return [record for record in records if all(record[field] == value for field, value in wanted.items())]


def as_text(tokenizer: PreTrainedTokenizerBase, record: dict) -> str:
    """A record as the model saw it in training, without the begin token, which the tokenizer adds."""
    if "text" in record:
        return record["text"] + tokenizer.eos_token
    return tokenizer.apply_chat_template(record["messages"], tokenize=False).removeprefix(tokenizer.bos_token)


def as_plain(record: dict) -> str:
    """A record's words without roles."""
    return record.get("text") or "\n".join(message["content"] for message in record["messages"])


def before_turn(tokenizer: PreTrainedTokenizerBase, messages: list[dict], turn: int) -> str:
    """A chat up to where the assistant has to write message number `turn`."""
    text = tokenizer.apply_chat_template(messages[:turn], tokenize=False, add_generation_prompt=True)
    return text.removeprefix(tokenizer.bos_token)


def as_prompt(tokenizer: PreTrainedTokenizerBase, *contents: str) -> str:
    """A chat that the assistant has to go on with; contents are by turns the user's and the assistant's."""
    messages = [{"role": ("user", "assistant")[turn % 2], "content": content} for turn, content in enumerate(contents)]
    return before_turn(tokenizer, messages, len(messages))


@torch.inference_mode()
def token_losses(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, texts: list[str]) -> list[Tensor]:
    """For each text the loss in nats of every token but the first; texts of like length share a batch."""
    rows = [torch.tensor(ids) for ids in tokenizer(texts)["input_ids"]]
    losses: list[Tensor] = [torch.empty(0)] * len(rows)
    order = sorted(range(len(rows)), key=lambda index: len(rows[index]))
    for start in range(0, len(order), 32):
        part = order[start : start + 32]
        ids = torch.nn.utils.rnn.pad_sequence([rows[index] for index in part], batch_first=True)
        logits = model(input_ids=ids).logits[:, :-1]  # padding stands right, where no earlier token looks
        loss = torch.nn.functional.cross_entropy(logits.transpose(1, 2), ids[:, 1:], reduction="none")
        for row, index in enumerate(part):
            losses[index] = loss[row, : len(rows[index]) - 1]
    return losses


def perplexity(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, records: list[dict]) -> float:
    """exp of the mean loss of a token, each document by itself, the end token counted."""
    losses = torch.cat(token_losses(model, tokenizer, [as_text(tokenizer, record) for record in records]))
    return losses.double().mean().exp().item()


def bits_per_byte(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, records: list[dict]) -> float:
    """The loss in bits, shared out over the bytes of the plain texts."""
    texts = [record["text"] for record in records if "text" in record]
    losses = torch.cat(token_losses(model, tokenizer, [text + tokenizer.eos_token for text in texts]))
    return losses.double().sum().item() / math.log(2) / sum(len(text.encode("utf-8")) for text in texts)


def choice_accuracy(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, facts: list[dict]) -> float:
    """How often the right one of four answers has the highest log-probability."""
    prompts = [as_prompt(tokenizer, fact["question"]) for fact in facts for _ in fact["choices"]]
    answers = [choice + tokenizer.eos_token for fact in facts for choice in fact["choices"]]
    losses = token_losses(model, tokenizer, [prompt + answer for prompt, answer in zip(prompts, answers, strict=True)])
    # The prompt's losses are the same for all choices of a question, so sums over the whole text compare the answers.
    scores = torch.stack([-loss.sum() for loss in losses]).view(len(facts), -1)
    picked = [fact["choices"][index] for fact, index in zip(facts, scores.argmax(1).tolist(), strict=True)]
    return share(choice == fact["answer"] for choice, fact in zip(picked, facts, strict=True))


@torch.inference_mode()
def continuations(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, prompts: list[str], new: int = 48, **how: object
) -> list[str]:
    """What the model writes after each prompt; greedy unless told."""
    inputs = tokenizer(prompts, return_tensors="pt", padding=True, return_token_type_ids=False)
    out = model.generate(**inputs, max_new_tokens=new, **({"do_sample": False} | how))
    return tokenizer.batch_decode(out[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)


def answer_accuracy(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, facts: list[dict], note: bool = False
) -> float:
    """How often a greedy answer says the right value, at will with the fact's passage as a note before the question."""
    marks = {"en": "Note: ", "zh": "资料："}
    notes = [f"{marks[fact['language']]}{fact['passage']}\n" if note else "" for fact in facts]
    prompts = [as_prompt(tokenizer, before + fact["question"]) for before, fact in zip(notes, facts, strict=True)]
    answers = continuations(model, tokenizer, prompts, new=24)
    return share(fact["value"] in answer for fact, answer in zip(facts, answers, strict=True))


def sum_accuracy(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, sums: list[dict]) -> float:
    """How often the greedy answer is exactly the number."""
    answers = continuations(model, tokenizer, [as_prompt(tokenizer, one["question"]) for one in sums], new=4)
    return share(one["answer"] == answer.strip() for one, answer in zip(sums, answers, strict=True))


def turn_accuracy(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, records: list[dict], turn: int) -> float:
    """How often the model writes exactly the held-out message number `turn`, given all before it."""
    prompts = [before_turn(tokenizer, record["messages"], turn) for record in records]
    answers = continuations(model, tokenizer, prompts, new=60)
    wanted = [record["messages"][turn]["content"] for record in records]
    return share(answer.strip() == want for answer, want in zip(answers, wanted, strict=True))


def recalled(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, canaries: list[dict]) -> dict[str, float]:
    """For each number of occurrences the share of secret codes that greedy decoding gives away."""
    codes = continuations(model, tokenizer, [canary["prompt"] for canary in canaries], new=4)
    found = [(canary["occurrences"], canary["code"] == code) for canary, code in zip(canaries, codes, strict=True)]
    times = sorted({occurrences for occurrences, _ in found})
    return {str(one): share(hit for occurrences, hit in found if occurrences == one) for one in times}


@torch.inference_mode()
def acceptance(
    model: LlamaForCausalLM, draft: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, texts: list[str]
) -> float:
    """The mean of sum(min(p, q)): how often speculative sampling at temperature 1 keeps a draft token."""
    kept = []
    for text in texts:
        ids = tokenizer(text, return_tensors="pt")["input_ids"]
        p, q = model(input_ids=ids).logits.softmax(-1), draft(input_ids=ids).logits.softmax(-1)
        kept.append(torch.minimum(p, q).sum(-1).flatten())
    return torch.cat(kept).mean().item()


def share(hits: object) -> float:
    hits = list(hits)
    return sum(hits) / len(hits)


def measure(folder: Path, draft_folder: Path) -> dict[str, float | dict[str, float]]:
    """All numbers of the model card."""
    model, tokenizer = load(folder)
    draft, _ = load(draft_folder)
    held_out, withheld = read("held_out"), read("withheld")
    chats = {kind: read("held_out", kind=kind) for kind in ("yes_or_no", "reading", "calculation", "look_up")}
    return {
        "held_out_perplexity": perplexity(model, tokenizer, held_out),
        "held_out_perplexity_en": perplexity(model, tokenizer, read("held_out", language="en")),
        "held_out_perplexity_zh": perplexity(model, tokenizer, read("held_out", language="zh")),
        "train_perplexity": perplexity(model, tokenizer, read("train")[:200]),
        "held_out_bits_per_byte": bits_per_byte(model, tokenizer, held_out),
        "draft_held_out_perplexity": perplexity(draft, tokenizer, held_out),
        "draft_acceptance": acceptance(model, draft, tokenizer, [as_text(tokenizer, one) for one in held_out[:60]]),
        "facts_by_choice": choice_accuracy(model, tokenizer, read("facts")),
        "facts_by_answer": answer_accuracy(model, tokenizer, read("facts")),
        "draft_facts_by_choice": choice_accuracy(draft, tokenizer, read("facts")),
        "withheld_by_choice": choice_accuracy(model, tokenizer, withheld),
        "withheld_with_note": answer_accuracy(model, tokenizer, withheld, note=True),
        "reading": turn_accuracy(model, tokenizer, chats["reading"], 1),
        "yes_or_no": turn_accuracy(model, tokenizer, chats["yes_or_no"], 1),
        "one_digit": sum_accuracy(model, tokenizer, read("arithmetic", digits=1)),
        "one_digit_shown": sum_accuracy(model, tokenizer, read("arithmetic", digits=1, split="train")),
        "one_digit_held_out": sum_accuracy(model, tokenizer, read("arithmetic", digits=1, split="held_out")),
        "two_digits_held_out": sum_accuracy(model, tokenizer, read("arithmetic", digits=2, split="held_out")),
        "calculator_call": turn_accuracy(model, tokenizer, chats["calculation"], 2),
        "calculator_answer": turn_accuracy(model, tokenizer, chats["calculation"], 4),
        "look_up_call": turn_accuracy(model, tokenizer, chats["look_up"], 2),
        "look_up_answer": turn_accuracy(model, tokenizer, chats["look_up"], 4),
        "canaries_recalled": recalled(model, tokenizer, read("canaries")),
    }


def print_samples(folder: Path) -> None:
    model, tokenizer = load(folder)
    for language, prompts in OPENINGS.items():
        for prompt, text in zip(prompts, continuations(model, tokenizer, prompts), strict=True):
            print(f"greedy {language}: {prompt}|{text}\n")
        for temperature in (0.2, 1.0, 2.0):
            torch.random.manual_seed(1)
            texts = continuations(model, tokenizer, prompts[:1] * 2, do_sample=True, temperature=temperature, top_k=0)
            for text in texts:
                print(f"temperature {temperature}: {prompts[0]}|{text}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=HERE)
    parser.add_argument("--draft", type=Path, default=HERE.parent / "draft_model")
    parser.add_argument("--samples", action="store_true", help="print what the model writes, too")
    arguments = parser.parse_args()
    print("[measured]")
    for name, share in measure(arguments.model, arguments.draft).items():
        if isinstance(share, dict):
            inner = ", ".join(f"{key} = {number:.2f}" for key, number in share.items())
            print(f"{name} = {{ {inner} }}")
        else:
            print(f"{name} = {share:.3f}")
    if arguments.samples:
        print_samples(arguments.model)


if __name__ == "__main__":
    main()
