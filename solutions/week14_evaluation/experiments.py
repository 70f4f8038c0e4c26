"""Given: experiments of week 14, which measure our small models with what you wrote."""

import json
import time
from collections import Counter, defaultdict
from pathlib import Path

import torch
from matplotlib.figure import Figure

DATA = Path(__file__).resolve().parents[2] / "datasets"
SMALL = {
    "leaderboard": {"facts": 2, "texts": 2, "documents": 40},
    "three_judges": {"facts": 3},
    "ranks": {"sums": 4, "resamples": 20},
    "what_wren_had_seen": {"facts": 4, "documents": 60, "jobs": ("baker", "teacher")},
    "windows": {"tokens": 300, "length": 64, "strides": (63, 32)},
}
"""Settings with which the repository's own tests run each experiment."""


def leaderboard(
    token_losses,
    bits_per_byte,
    choice_accuracy,
    exact_match,
    rouge_n,
    rouge_l,
    *,
    facts=24,
    texts=16,
    documents=None,
):
    """Four systems are measured in the same way: wren; its draft model, ten times smaller; a 4-gram model that counts;
    and retrieval alone, which answers with the sentence nearest to the question and understands nothing. Which is
    first in which column? And who answers best about facts that no training text tells, but a passage does?

    用同样的方法度量四个系统：wren；只有它十分之一大的 draft_model；只会计数的 4 元模型；
    以及单纯的检索，它不理解任何内容，只用与问题最接近的句子来回答。每一列里谁第一？
    训练文本从未提到、只有一段资料提到的事实，谁答得最好？
    """
    tokenizer, models = _models(documents)
    known, withheld = (_records(name)[:: size // facts][:facts] for name, size in (("facts", 328), ("withheld", 48)))
    held_out = [record["text"] for record in _records("held_out") if "text" in record][:: 128 // texts][:texts]
    lines = [
        f"{'':12}{'bits per':>9}{'known facts':>20}{'facts kept from training':>28}{'':>9}",
        f"{'':12}{'byte':>9}{'chosen':>11}{'exact':>9}{'chosen':>10}{'exact':>9}{'ROUGE-L':>9}{'seconds':>9}",
    ]
    for name, model in models.items():
        begun = time.perf_counter()
        losses = torch.cat([_losses(tokenizer, model, token_losses, text) for text in held_out])
        bits = bits_per_byte(losses.mean().exp().item(), len(losses), "".join(held_out))
        row = [_chosen(tokenizer, model, token_losses, choice_accuracy, part) for part in (known, withheld)]
        answers = [[_answer(tokenizer, model, fact["question"]) for fact in part] for part in (known, withheld)]
        lines.append(_line(name, f"{bits:.2f}", row, answers, (known, withheld), exact_match, rouge_l, begun))
    begun, library = time.perf_counter(), _library()
    answers = [[_nearest(library, fact["question"], rouge_n) for fact in part] for part in (known, withheld)]
    lines.append(_line("retrieval", "-", None, answers, (known, withheld), exact_match, rouge_l, begun))
    return "\n".join(lines)


def windows(token_losses, *, tokens=1500, length=64, strides=(63, 48, 32, 16, 8)):
    """One text of 1,500 tokens, one model, windows of 64 tokens: only the stride changes. By how much does the
    perplexity of wren fall when every token sees more of what stands before it? And how far off are the three recipes
    that weigh windows wrongly (see exercise 2), compared with that?

    同一个 1,500 个词元的文本，同一个模型，窗口长 64，只改变步幅。每个词元看到更多上文时，wren 的困惑度会降低多少？
    与此相比，三种给窗口加错权重的做法（见练习 2）偏差有多大？
    """
    tokenizer, model = _load("wren")
    text = "<|end|><|begin|>".join(record["text"] for record in _records("held_out") if "text" in record)
    ids = torch.tensor(tokenizer(text)["input_ids"][:tokens])
    ways = {"every token the same": [], "mean of window means": [], "one token too many": [], "one too few": []}
    for stride in strides:
        losses = token_losses(model, ids, stride, length)
        pieces, ends = [], [length - 1]
        while ends[-1] < len(losses):
            ends.append(ends[-1] + stride)
        for begin, end in zip([0, *ends], ends, strict=False):
            pieces.append(losses[begin:end])
        means, counts = torch.stack([p.mean() for p in pieces]), torch.tensor([float(len(p)) for p in pieces])
        more, fewer = counts.clone(), counts - 1
        more[0] += 1
        fewer[0] += 1
        ways["every token the same"].append(losses.mean().exp())
        ways["mean of window means"].append(means.mean().exp())
        ways["one token too many"].append(((means * more).sum() / len(ids)).exp())
        ways["one too few"].append(((means * fewer).sum() / fewer.sum()).exp())
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for number, (name, values) in enumerate(ways.items()):
        axes.plot(strides, values, "o-" if number == 0 else ".--", label=name)
        print(f"{name:24}" + "".join(f"{float(value):9.4f}" for value in values))
    axes.set(xlabel=f"stride (windows of {length} tokens)", ylabel="perplexity of wren")
    axes.legend()
    return figure


class _Ngrams:
    """A model that counts: the next token after the last 3, mixed with shorter contexts (Witten and Bell 1991)."""

    def __init__(self, texts, vocabulary, order=4):
        self.vocabulary, self.order = vocabulary, order
        self.counts = [defaultdict(Counter) for _ in range(order)]
        for ids in texts:
            for place, token in enumerate(ids):
                for size in range(min(order, place + 1)):
                    self.counts[size][tuple(ids[place - size : place])][token] += 1

    def __call__(self, ids):
        row = ids[0].tolist()
        return torch.stack([self._next(row[max(0, end - self.order + 1) : end]) for end in range(1, len(row) + 1)])[
            None
        ]

    def _next(self, context):
        p = torch.full((self.vocabulary,), 1 / self.vocabulary, dtype=torch.float64)
        for size in range(len(context) + 1):
            counts = self.counts[size].get(tuple(context[len(context) - size :]))
            if isinstance(counts, Counter):  # made into tensors when first asked for
                total, kinds = sum(counts.values()), len(counts)
                shares = torch.tensor(list(counts.values()), dtype=torch.float64) / (total + kinds)
                counts = torch.tensor(list(counts)), shares, kinds / (total + kinds)
                self.counts[size][tuple(context[len(context) - size :])] = counts
            if counts:
                p = p * counts[2]
                p[counts[0]] += counts[1]
        return p.log()


def _models(documents):
    """wren's tokenizer, and the three systems that are language models."""
    tokenizer, wren = _load("wren")
    texts = []
    for record in _records("train")[:documents]:
        text = record.get("text")
        if text is None:
            text = tokenizer.apply_chat_template(record["messages"], tokenize=False).removeprefix("<|begin|>")
        else:
            text += "<|end|>"
        texts.append(tokenizer(text)["input_ids"])
    return tokenizer, {"wren": wren, "draft_model": _load("draft_model")[1], "4-grams": _Ngrams(texts, len(tokenizer))}


def _load(name):
    """wren's tokenizer, and a model of that name as a function from ids to logits."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if not (DATA / name / "config.json").is_file():
        raise FileNotFoundError(f"There is no model in {DATA / name}: this copy of the course came without it.")
    network = AutoModelForCausalLM.from_pretrained(DATA / name, dtype=torch.float32).eval()
    return AutoTokenizer.from_pretrained(DATA / "wren"), lambda ids: network(ids, use_cache=False).logits


def _records(name):
    return list(map(json.loads, (DATA / "small_world" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()))


def _prompt(tokenizer, question):
    return tokenizer(f"<|begin|><|user|>{question}<|end|><|assistant|>", add_special_tokens=False)["input_ids"]


def _losses(tokenizer, model, token_losses, text):
    """The loss of every token of a document, which is one window, up to its end."""
    ids = torch.tensor([*tokenizer(text)["input_ids"], tokenizer.eos_token_id])
    return token_losses(model, ids, 1, len(ids))


def _chosen(tokenizer, model, token_losses, choice_accuracy, facts):
    """How often the likeliest choice for its length is the right one; the length is in characters."""
    logprobs, lengths, answers = [], [], []
    for fact in facts:
        prompt = _prompt(tokenizer, fact["question"])
        for choice in fact["choices"]:
            ids = torch.tensor(prompt + tokenizer(choice, add_special_tokens=False)["input_ids"])
            logprobs.append(-float(token_losses(model, ids, 1, len(ids))[len(prompt) - 1 :].sum()))
            lengths.append(len(choice))
        answers.append(fact["choices"].index(fact["answer"]))
    shape = len(facts), -1
    return choice_accuracy(
        torch.tensor(logprobs).view(shape), torch.tensor(lengths).view(shape), torch.tensor(answers)
    )[1]


@torch.no_grad()
def _answer(tokenizer, model, question, new=20):
    """What a model says, greedily."""
    ids = _prompt(tokenizer, question)
    begun = len(ids)
    for _ in range(new):
        ids.append(int(model(torch.tensor([ids]))[0, -1].argmax()))
        if ids[-1] == tokenizer.eos_token_id:
            break
    return tokenizer.decode(ids[begun:], skip_special_tokens=True)


def _library():
    """The sentences of all passages and profiles, by language."""
    texts = [(record["language"], record["passage"]) for record in _records("withheld")]
    texts += [(record["language"], record["text"]) for record in _records("train") if record["kind"] == "profile"]
    found = {"en": {}, "zh": {}}
    for language, text in texts:
        for sentence in text.replace("。", "。\n").replace(". ", ".\n").splitlines():
            found[language][sentence.strip()] = list(sentence.strip().lower())
    return found


def _nearest(library, question, rouge_n):
    """The sentence that has most runs of characters in common with the question: three in English, two in Chinese."""
    chinese = any("\u4e00" <= letter <= "\u9fff" for letter in question)
    asked, n = list(question.lower()), 2 if chinese else 3
    return max(library["zh" if chinese else "en"].items(), key=lambda item: rouge_n(item[1], [asked], n)[2])[0]


def _line(name, bits, chosen, answers, parts, exact_match, rouge_l, begun):
    """A row of the table."""
    shares = [
        sum(exact_match(answer, [fact["answer"]]) for answer, fact in zip(given, part, strict=True)) / len(part)
        for given, part in zip(answers, parts, strict=True)
    ]
    overlap = [
        rouge_l(list(answer), [list(fact["answer"])])[2] for answer, fact in zip(answers[1], parts[1], strict=True)
    ]
    one, other = (f"{share:.0%}" for share in chosen) if chosen else ("-", "-")
    seconds = time.perf_counter() - begun
    return (
        f"{name:12}{bits:>9}{one:>11}{shares[0]:9.0%}{other:>10}{shares[1]:9.0%}"
        f"{sum(overlap) / len(overlap):9.2f}{seconds:9.1f}"
    )
