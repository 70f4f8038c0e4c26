"""Given: experiments of week 10, which fine-tune our small model and a small classifier with what you wrote."""

import json
import time
from pathlib import Path

import torch

from grader.report.columns import headings, in_language, left

DATA = Path(__file__).resolve().parents[2] / "datasets"
SMALL = {
    "three_ways_to_teach_wren": {"facts": 4, "steps": 2, "documents": 2},
    "how_many_reviews": {"counts": (20,)},
    "four_bits": {"blocks": (64,), "documents": 2},
}
"""Settings with which the repository's own tests run each experiment."""

LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def three_ways_to_teach_wren(
    inject_lora,
    trainable_parameters,
    *,
    facts=48,
    steps=60,
    batch=12,
    documents=40,
    rank=8,
    model=DATA / "wren",
    lang="en",
):
    """Our small model learns 48 facts that were kept from it. All of its weights may learn, or LoRA of rank 8, or its
    last norm alone. Who learns the facts, with how many parameters? And who loses most of what it knew before?

    我们的小模型要学习 48 条训练时没见过的事实。可以让全部权重学习，可以用秩为 8 的 LoRA，
    也可以只让最后一个归一化层学习。谁能学会？各用多少参数？谁又把原来会的忘得最多？
    """
    say = in_language(lang)
    records = list(map(json.loads, (DATA / "small_world" / "withheld.jsonl").read_text(encoding="utf-8").splitlines()))
    ways = {
        say("the last norm", "最后一个归一化层"): (lambda network: _only(network, "model.norm"), 1e-2),
        say(f"LoRA, rank {rank}", f"秩为 {rank} 的 LoRA"): (
            lambda network: inject_lora(network, LINEAR, rank, 2 * rank),
            3e-3,
        ),
        say("all weights", "全部权重"): (lambda network: network, 1e-3),
    }
    lines = [
        left(say("what learns", "学习的部分"), 16)
        + headings(
            say,
            ("parameters", "参数量", 12),
            ("seconds", "秒数", 9),
            ("new facts", "新事实", 11),
            ("old text", "旧文本", 10),
        )
    ]
    for name, (prepare, rate) in ways.items():
        torch.manual_seed(10)  # noqa: TID251 - the start of A knows no other generator
        tokenizer, network = _load(model)
        asked = [_chat(tokenizer, record) for record in records[:facts]]
        old = [_plain(tokenizer, text) for text in _held_out(documents)]
        if len(lines) == 1:
            nothing = left(say("nothing", "什么也不学"), 16)
            lines.append(f"{nothing}{0:12,}{0:9.1f}{_mean(network, asked):11.2f}{_mean(network, old):10.2f}")
        network = prepare(network)
        begun = time.perf_counter()
        _train(network, asked, steps, batch, rate)
        spent = time.perf_counter() - begun
        learning, _ = trainable_parameters(network)
        losses = f"{_mean(network, asked):11.2f}{_mean(network, old):10.2f}"
        lines.append(f"{left(name, 16)}{learning:12,}{spent:9.1f}{losses}")
    return "\n".join([say("loss in nats per token, before and after", "训练前后每个词元的损失，单位为 nat"), *lines])


def how_many_reviews(fine_tune, *, counts=(20, 60, 150, 300), lang="en"):
    """A classifier that starts from random weights is trained on 20, 60, 150 and 300 reviews, half of them Chinese.
    With how many will it be right nine times in ten on new ones? In which language sooner?

    一个从随机权重开始的分类器，分别用 20、60、150、300 条评论训练，其中一半是中文。
    要多少条，它才能在新评论上十次对九次？哪种语言先达到？
    """
    say = in_language(lang)
    train, held_out = (_reviews(name) for name in ("train", "held_out"))
    lines = [
        headings(say, ("reviews", "评论数", 8), ("English", "英文", 9), ("Chinese", "中文", 9), ("seconds", "秒数", 9))
    ]
    for count in counts:
        begun = time.perf_counter()
        logits = fine_tune(train[:count], [row["text"] for row in held_out])
        correct = (logits.argmax(-1) == torch.tensor([row["label"] for row in held_out])).double()
        chinese = torch.tensor([any("\u4e00" <= letter <= "\u9fff" for letter in row["text"]) for row in held_out])
        shares = float(correct[~chinese].mean()), float(correct[chinese].mean())
        lines.append(f"{count:8}{shares[0]:9.0%}{shares[1]:9.0%}{time.perf_counter() - begun:9.1f}")
    return "\n".join(lines)


def four_bits(quantise_nf4, dequantise_nf4, *, blocks=(64, 256, 4096), documents=40, model=DATA / "wren", lang="en"):
    """The 28 linear layers of our small model are kept in 4 bits: with the 16 levels of NF4, or with 15 that are evenly
    spaced, and with one absmax for every 64, 256 or 4,096 weights. Which choice matters more, the levels or the block?
    And how many bits does a weight really take?

    我们的小模型的 28 个线性层用 4 位保存：或者用 NF4 的 16 个等级，或者用 15 个均匀分布的等级；
    每 64、256 或 4,096 个权重共用一个 absmax。等级和块的大小，哪个影响更大？每个权重实际占多少位？
    """
    say = in_language(lang)
    tokenizer, network = _load(model)
    old = [_plain(tokenizer, text) for text in _held_out(documents)]
    layers = [one for name, one in network.named_modules() if name.endswith(LINEAR)]
    exact = [layer.weight.detach().clone() for layer in layers]
    lines = [
        left(say("levels", "等级"), 14)
        + headings(say, ("block", "块大小", 7), ("bits", "位数", 7), ("error", "误差", 8), ("old text", "旧文本", 10))
    ]
    lines.append(f"{left(say('as they are', '不量化'), 14)}{'':7}{16.0:7.2f}{0:8.1%}{_mean(network, old):10.3f}")
    for block in blocks:
        for name in ("NF4", say("even", "均匀")):
            wrong = whole = 0.0
            for layer, weight in zip(layers, exact, strict=True):
                if name == "NF4":
                    kept = dequantise_nf4(*quantise_nf4(weight, block), weight.shape, block)
                else:
                    kept = _evenly(weight, block)
                wrong, whole = wrong + float((kept - weight).square().sum()), whole + float(weight.square().sum())
                layer.weight.data.copy_(kept)
            bits, error = 4 + 32 / block, (wrong / whole) ** 0.5
            lines.append(f"{left(name, 14)}{block:7,}{bits:7.2f}{error:8.1%}{_mean(network, old):10.3f}")
    note = say(
        "bits a weight; error relative to the weights; loss in nats per token",
        "每个权重的位数；相对于权重的误差；每个词元的损失，单位为 nat",
    )
    return "\n".join([note, *lines])


def _evenly(weight, block):
    """A weight as 4 bits with the levels -7/7 to 7/7 of the absmax of each block."""
    flat = torch.nn.functional.pad(weight.flatten(), (0, -weight.numel() % block)).view(-1, block)
    step = flat.abs().amax(dim=1, keepdim=True).clamp(min=1e-30) / 7
    return ((flat / step).round() * step).flatten()[: weight.numel()].view(weight.shape)


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


def _only(network, name):
    """Freeze all but one module."""
    network.requires_grad_(False)
    network.get_submodule(name).requires_grad_(True)
    return network


def _chat(tokenizer, record):
    """A question and its answer: ids, and labels at the answer alone."""
    question = tokenizer(f"<|begin|><|user|>{record['question']}<|end|><|assistant|>", add_special_tokens=False)
    answer = tokenizer(f"{record['answer']}<|end|>", add_special_tokens=False)
    ids = question["input_ids"] + answer["input_ids"]
    return torch.tensor(ids), torch.tensor([-100] * len(question["input_ids"]) + answer["input_ids"])


def _plain(tokenizer, text):
    ids = torch.tensor(tokenizer(text)["input_ids"][:128])
    return ids, ids


def _held_out(count):
    """Some plain texts of the little world that no model was trained on."""
    lines = (DATA / "small_world" / "held_out.jsonl").read_text(encoding="utf-8").splitlines()
    return [record["text"] for record in map(json.loads, lines) if "text" in record][:count]


def _reviews(name):
    """A part of the reviews; its first rows are half English, half Chinese, and half of each kind."""
    lines = (DATA / "sentiment_reviews" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = list(map(json.loads, lines))
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(10))
    return [rows[place] for place in order.tolist()]


def _batch(pairs):
    """Pad pairs of ids and labels on the right; what stands behind the end has no label and is seen by nobody."""
    ids, labels = zip(*pairs, strict=True)
    pad = torch.nn.utils.rnn.pad_sequence
    return pad(ids, batch_first=True), pad(labels, batch_first=True, padding_value=-100)


def _train(network, pairs, steps, batch, rate):
    source = torch.Generator().manual_seed(10)
    optimizer = torch.optim.AdamW([one for one in network.parameters() if one.requires_grad], lr=rate)
    for _ in range(steps):
        chosen = torch.randperm(len(pairs), generator=source)[:batch].tolist()
        ids, labels = _batch([pairs[place] for place in chosen])
        optimizer.zero_grad()
        network(input_ids=ids, labels=labels).loss.backward()
        optimizer.step()


@torch.no_grad()
def _mean(network, pairs):
    """The mean loss over the labels that count."""
    total = count = 0.0
    for start in range(0, len(pairs), 8):
        ids, labels = _batch(pairs[start : start + 8])
        learned = int((labels[:, 1:] != -100).sum())
        total += float(network(input_ids=ids, labels=labels).loss) * learned
        count += learned
    return total / count
