"""Given: experiments of week 17: what our small model remembers, what privacy costs, what a guard is worth."""

import json
from pathlib import Path

import numpy as np
import torch
from ngrams import hashed_ngrams

from grader.report.columns import in_language, left, right

DATA = Path(__file__).resolve().parents[2] / "datasets"
METHODS = ("delimit", "datamark", "encode")
SMALL = {
    "who_was_in_the_training_data": {"texts": 4},
    "what_privacy_costs": {"multipliers": (0.0, 1.0), "steps": 5},
    "what_a_guard_is_worth": {"rates": (0.1,)},
    "how_deep_a_secret_sits": {"texts": 4, "canaries": 2, "digits": 2},
}
"""Settings with which the repository's own tests run each experiment."""


def who_was_in_the_training_data(
    choose_threshold, *, texts=100, precisions=(0.6, 0.75, 0.9), model=DATA / "wren", lang="en"
):
    """An attacker has texts that our small model was trained on and as many that it was not, and sees only how probable
    the model finds each. With a threshold by your `choose_threshold`, how many of the first can they name, being right
    in 60, 75 and 90 % of the cases? And which of the secret codes that it read does it recite?

    攻击者手里有小模型训练过的文本和同样多没训练过的，只能看到模型认为每一篇有多大概率。
    用你的 `choose_threshold` 定阈值，要求 60 %、75 %、90 % 的指认正确，能指认出前者中的多少？
    模型读过的暗号，它会背出哪些？
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if not (Path(model) / "config.json").is_file():
        raise FileNotFoundError(
            f"There is no model in {model}: this copy of the course came without it. "
            f"{model} 中没有模型：这份课程不含它。"
        )
    tokenizer = AutoTokenizer.from_pretrained(model)
    network = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
    seen, unseen = (_texts(name)[:texts] for name in ("train", "held_out"))
    scores = np.array([-_loss(network, tokenizer, text) for text in [*seen, *unseen]])
    labels = np.array([1] * len(seen) + [0] * len(unseen))
    above = (scores[labels == 1][:, None] > scores[labels == 0]).mean()
    say = in_language(lang)
    lines = [
        say(
            f"{len(seen)} and {len(unseen)} texts; "
            f"one that was trained on is more probable in {above:.0%} of the pairs",
            f"{len(seen)} 篇训练过的和 {len(unseen)} 篇没训练过的文本；"
            f"两两配对，{above:.0%} 的配对中训练过的那篇概率更大",
        )
    ]
    for precision in precisions:
        try:
            found = scores[labels == 1] >= choose_threshold(scores, labels, precision)
            named = say(f"{found.mean():.0%} of the training texts are named", f"指认出 {found.mean():.0%} 的训练文本")
        except ValueError:
            named = say("no threshold reaches it", "没有阈值能达到")
        lines.append(say(f"precision {precision:.0%}: ", f"精确率 {precision:.0%}：") + named)
    return "\n".join([*lines, _recited(network, tokenizer, say)])


def what_privacy_costs(
    private_gradient, *, multipliers=(0.0, 0.5, 2.0, 8.0), steps=150, batch=32, rate=8.0, clip_norm=0.5, lang="en"
):
    """A filter for toxic text is trained with your private gradients, with more and more noise. At which multiplier
    will it be no better than a coin? The last column has four times the batch: will that help or harm?

    用你的隐私梯度训练有害文本过滤器，噪声越来越大。乘数到多少时，它不比抛硬币强？最后一列的批次是四倍大：这样更好还是更差？
    """
    rows = list(map(json.loads, (DATA / "toxic_text" / "texts.jsonl").read_text(encoding="utf-8").splitlines()))
    parts = {}
    for name in ("train", "held_out"):
        chosen = [row for row in rows if row["split"] == name and row["kind"] == "plain"]
        features = torch.from_numpy(hashed_ngrams([row["text"].lower() for row in chosen])).float()
        parts[name] = features, torch.tensor([float(row["label"]) for row in chosen])
    say = in_language(lang)
    batches = "".join(right(say(f"batch {size}", f"批次 {size}"), 12) for size in (batch, 4 * batch))
    lines = [f"{right(say('multiplier', '乘数'), 10)}{batches}    {say('right on new texts', '新文本上的准确率')}"]
    for multiplier in multipliers:
        shares = []
        for size in (batch, 4 * batch):
            source = torch.Generator().manual_seed(17)
            weights = {"weight": torch.zeros(parts["train"][0].shape[1]), "bias": torch.zeros(())}
            for _ in range(steps):
                drawn = torch.randperm(len(parts["train"][1]), generator=source)[:size]
                x, y = (part[drawn] for part in parts["train"])
                error = torch.sigmoid(x @ weights["weight"] + weights["bias"]) - y  # the gradient of each example
                per_example = {"weight": error[:, None] * x, "bias": error}
                step = private_gradient(per_example, clip_norm, multiplier, generator=source)
                weights = {name: weights[name] - rate * step[name] for name in weights}
            x, y = parts["held_out"]
            shares.append(float((((x @ weights["weight"] + weights["bias"]) > 0) == (y > 0.5)).double().mean()))
        lines.append(f"{multiplier:10g}{shares[0]:12.0%}{shares[1]:12.0%}")
    return "\n".join(lines)


def what_a_guard_is_worth(
    fresh_marker, spotlight, alarm_threshold, guard_rates, *, rates=(0.0, 0.1), model=DATA / "wren", lang="en"
):
    """A detector learns from 24 notes that hold an order to the assistant and 24 that do not. Your `alarm_threshold`
    sets it to at most 0 and 10 % of alarms on 40 other harmless notes. Which share of the orders gets past it, in the
    words of the training notes and in other words? How many harmless notes are refused that talk about such orders?
    And what does each kind of spotlighting cost in tokens, in English and in Chinese?

    检测器从 24 条夹带指令（要助手照做）的便条和 24 条不夹带的便条中学习。
    你的 `alarm_threshold` 让它在另外 40 条无害便条上最多对 0 和 10 % 报警。
    指令用训练便条的说法和换一种说法时，各有多少能溜过去？谈论这类指令的无害便条，有多少被拒绝？
    每一种聚光（spotlighting）在英文和中文里各要多花多少词元？
    """
    from transformers import AutoTokenizer

    rows = list(map(json.loads, (DATA / "injected_notes" / "texts.jsonl").read_text(encoding="utf-8").splitlines()))
    detector = _trained([row for row in rows if row["split"] == "train"])
    harmless = detector([row for row in rows if row["split"] == "threshold"])
    say = in_language(lang)
    lines = [
        right(say("alarms allowed", "允许的报警"), 14)
        + "   "
        + left(say("notes", "便条"), 19)
        + left(say("attacks that succeed", "成功的攻击"), 23)
        + left(say("refusals without a cause", "被拒绝的无害便条"), 27)
        + say("(95 % intervals)", "（95 % 区间）")
    ]
    tested = {
        say("plain", "普通"): ("plain",),
        say("reworded, innocent", "换说法、谈论指令"): ("reworded", "innocent"),
    }
    for rate in rates:
        threshold = alarm_threshold(harmless, rate)
        for name, kinds in tested.items():
            asked = [row for row in rows if row["split"] == "test" and row["kind"] in kinds]
            attack = np.array([row["label"] == 1 for row in asked])
            # The worst case: the model behind the guard follows every order that reaches it.
            found = guard_rates(attack, detector(asked) > threshold, attack)
            shown = [f"{one:4.0%} [{low:4.0%}, {high:4.0%}]" for one, low, high in found.values()]
            lines.append(f"{rate:14.0%}   {left(name, 19)}{shown[0]:23}{shown[1]}")
    tokenizer = AutoTokenizer.from_pretrained(model)
    return "\n".join([*lines, "", *_token_costs(fresh_marker, spotlight, rows, tokenizer, say)])


def _token_costs(fresh_marker, spotlight, rows, tokenizer, say):
    """A table of how many times as many tokens a note has in each kind of spotlighting, in both languages."""
    headings = (say("as it is", "原样"), say("delimit", "定界"), say("datamark", "数据标记"), say("encode", "编码"))
    lines = [left(say("tokens for each of a note", "词元数是原样的几倍"), 26)]
    lines[0] += "".join(right(heading, 10) for heading in headings)
    for language, name in (("en", say("en", "英文")), ("zh", say("zh", "中文"))):
        notes = [row["text"] for row in rows if row["language"] == language]
        marked = [[spotlight(note, method, fresh_marker(note, ["^"])) for note in notes] for method in METHODS]
        lengths = [sum(len(tokenizer(note)["input_ids"]) for note in one) for one in (notes, *marked)]
        lines.append(left(name, 26) + "".join(f"{length / lengths[0]:10.2f}" for length in lengths))
    return lines


def how_deep_a_secret_sits(
    exposure,
    membership_scores,
    attack_auc,
    tpr_at_fpr,
    *,
    texts=152,
    canaries=24,
    digits=4,
    model=DATA / "wren",
    small=DATA / "draft_model",
    lang="en",
):
    """Our small model recites no code that it read once. Is such a code safe in it? Among all 10,000 codes, which
    place does it take, and how many bits of exposure out of 13.3 is that? Then its stories: does it help an attacker
    to divide a text's loss by that of a smaller model? By the area under the ROC curve, and when only one false
    accusation in a hundred is allowed?

    小模型背不出只读过一次的暗号。这样的暗号在它里面就安全吗？在全部 10000 个暗号中它排第几？13.3 比特的暴露度占了多少？
    再看故事：把一段文本的损失除以更小模型的损失，对攻击者有帮助吗？看 ROC 曲线下面积如何？只许冤枉百分之一时又如何？
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    for folder in (model, small):
        if not (Path(folder) / "config.json").is_file():
            raise FileNotFoundError(
                f"There is no model in {folder}: this copy of the course came without it. "
                f"{folder} 中没有模型：这份课程不含它。"
            )
    tokenizer = AutoTokenizer.from_pretrained(model)
    large, little = (AutoModelForCausalLM.from_pretrained(one, dtype=torch.float32).eval() for one in (model, small))
    records = (DATA / "small_world" / "canaries.jsonl").read_text(encoding="utf-8").splitlines()[:canaries]
    say, found = in_language(lang), {}
    heading = right(say("times in training", "训练中出现次数"), 17)
    lines = [f"{heading}   {say('exposure in bits, English and Chinese', '暴露度（比特），英文和中文')}"]
    for record in map(json.loads, records):
        losses = _code_losses(large, tokenizer, record["prompt"], digits)
        own = int(record["code"][:digits])
        others = torch.cat([losses[:own], losses[own + 1 :]])
        found.setdefault(record["occurrences"], []).append(float(exposure(losses[own : own + 1], others)))
    for times, bits in sorted(found.items()):
        lines.append(f"{times:17}   " + "  ".join(f"{one:.1f}" for one in bits))
    seen, unseen = (_texts(name)[:texts] for name in ("train", "held_out"))
    losses, reference = (
        torch.tensor([_loss(network, tokenizer, text) for text in [*seen, *unseen]]) for network in (large, little)
    )
    members = torch.tensor([True] * len(seen) + [False] * len(unseen))
    stories = say(
        f"{len(seen)} stories of the training text and {len(unseen)} others, scored by",
        f"训练文本中的 {len(seen)} 个故事和另外 {len(unseen)} 个，按下列分数指认：",
    )
    lines += ["", stories]
    for kind in ("loss", "difference", "ratio"):
        scores = membership_scores(losses, reference, kind)
        auc, few, some = attack_auc(scores, members), tpr_at_fpr(scores, members), tpr_at_fpr(scores, members, 0.1)
        named = say("named at 1 % false accusations", "假阳性率 1 % 时指认"), say("at 10 %", "10 % 时")
        lines.append(f"{kind:12} AUC {auc:.2f}   {named[0]} {few:4.0%}   {named[1]} {some:4.0%}")
    return "\n".join(lines)


def _trained(rows):
    """Return a detector, which maps notes to scores: ridge regression on hashed n-grams, in closed form."""
    features = hashed_ngrams([row["text"].lower() for row in rows])
    labels = np.array([2.0 * row["label"] - 1 for row in rows])
    weights = features.T @ np.linalg.solve(features @ features.T + np.eye(len(rows)), labels)
    return lambda asked: hashed_ngrams([row["text"].lower() for row in asked]) @ weights


@torch.no_grad()
def _code_losses(network, tokenizer, prompt, digits):
    """The loss of every code of so many digits after the prompt, 0 first: digit by digit, all codes at once."""
    tokens = torch.tensor([tokenizer.convert_tokens_to_ids(str(digit)) for digit in range(10)])
    answer = network(**tokenizer(prompt, return_tensors="pt"), use_cache=True)
    losses = torch.zeros(1)
    for place in range(digits):
        log_probabilities = answer.logits[:, -1].log_softmax(-1)[:, tokens]
        losses = (losses[:, None] - log_probabilities).flatten()
        if place + 1 < digits:
            cache = answer.past_key_values
            cache.batch_repeat_interleave(10)
            answer = network(input_ids=tokens.repeat(10**place)[:, None], past_key_values=cache, use_cache=True)
    return losses


def _texts(name):
    records = map(json.loads, (DATA / "small_world" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines())
    return [record["text"] for record in records if record["kind"] in ("story", "profile")]


@torch.no_grad()
def _loss(network, tokenizer, text):
    ids = tokenizer(text, return_tensors="pt")["input_ids"][:, :256]
    return float(network(input_ids=ids, labels=ids).loss)


@torch.no_grad()
def _recited(network, tokenizer, say):
    """One line: of the codes that occur so many times in the training text, which share greedy decoding recites."""
    records = map(json.loads, (DATA / "small_world" / "canaries.jsonl").read_text(encoding="utf-8").splitlines())
    found = {}
    for record in records:
        ids = tokenizer(record["prompt"], return_tensors="pt")["input_ids"]
        options = {"attention_mask": torch.ones_like(ids), "max_new_tokens": 6, "do_sample": False}
        answer = tokenizer.decode(network.generate(ids, **options)[0, ids.shape[1] :])
        found.setdefault(record["occurrences"], []).append(answer.strip().startswith(record["code"]))
    shares = {count: f"{np.mean(hits):.0%}" for count, hits in sorted(found.items())}
    return say(
        "codes recited, by how often they occur in the training text: "
        + ", ".join(f"{count}: {share}" for count, share in shares.items()),
        "背出暗号的比例（按暗号在训练文本中出现的次数）："
        + "，".join(f"{count} 次 {share}" for count, share in shares.items()),
    )
