"""Given: experiments of week 14, which measure our small models with what you wrote."""

import json
import time
from collections import Counter, defaultdict
from pathlib import Path

import torch
from matplotlib.figure import Figure

from grader.report.columns import headings, in_language, left, right

DATA = Path(__file__).resolve().parents[2] / "datasets"
PARTS = ("facts", "withheld")
SMALL = {
    "leaderboard": {"facts": 2, "texts": 2, "documents": 40},
    "three_judges": {"facts": 3},
    "ranks": {"sums": 4, "resamples": 20},
    "what_was_read_before": {"facts": 4, "documents": 60},
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
    lang="en",
):
    """Four systems are measured in the same way: wren; its draft model, ten times smaller; a 4-gram model that counts;
    and retrieval alone, which answers with the sentence nearest to the question and understands nothing. Which is
    first in which column? And who answers best about facts that no training text tells, but a passage does?

    用同样的方法度量四个系统：wren；只有它十分之一大的 draft_model；只会计数的 4 元模型；
    以及单纯的检索，它不理解任何内容，只用与问题最接近的句子来回答。每一列里谁第一？
    训练文本从未提到、只有一段资料提到的事实，谁答得最好？
    """
    say = in_language(lang)
    tokenizer, models = _models(documents, say)
    known, withheld = (_records(name)[:: size // facts][:facts] for name, size in (("facts", 328), ("withheld", 48)))
    held_out = [record["text"] for record in _records("held_out") if "text" in record][:: 128 // texts][:texts]
    lines = _headings(say)
    for name, model in models.items():
        begun = time.perf_counter()
        losses = torch.cat([_losses(tokenizer, model, token_losses, text) for text in held_out])
        bits = bits_per_byte(losses.mean().exp().item(), len(losses), "".join(held_out))
        row = [_chosen(tokenizer, model, token_losses, choice_accuracy, part) for part in (known, withheld)]
        answers = [[_answer(tokenizer, model, fact["question"]) for fact in part] for part in (known, withheld)]
        lines.append(_line(name, f"{bits:.2f}", row, answers, (known, withheld), exact_match, rouge_l, begun))
    begun, library = time.perf_counter(), _library()
    answers = [[_nearest(library, fact["question"], rouge_n) for fact in part] for part in (known, withheld)]
    lines.append(_line(say("retrieval", "检索"), "-", None, answers, (known, withheld), exact_match, rouge_l, begun))
    return "\n".join(lines)


def windows(token_losses, *, tokens=1500, length=64, strides=(63, 48, 32, 16, 8), lang="en"):
    """One text of 1,500 tokens, one model, windows of 64 tokens: only the stride changes. By how much does the
    perplexity of wren fall when every token sees more of what stands before it? And how far off are the three recipes
    that weigh windows wrongly (see exercise 2), compared with that?

    同一个 1,500 个词元的文本，同一个模型，窗口长 64，只改变步幅。每个词元看到更多上文时，wren 的困惑度会降低多少？
    与此相比，三种给窗口加错权重的做法（见练习 2）偏差有多大？
    """
    say = in_language(lang)
    tokenizer, model = _load("wren")
    text = "<|end|><|begin|>".join(record["text"] for record in _records("held_out") if "text" in record)
    ids = torch.tensor(tokenizer(text)["input_ids"][:tokens])
    chinese = {
        "every token the same": "每个词元权重相同",
        "mean of window means": "各窗口平均再取平均",
        "one token too many": "多算一个词元",
        "one too few": "少算一个词元",
    }
    ways = {name: [] for name in chinese}
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
        print(left(say(name, chinese[name]), 24) + "".join(f"{float(value):9.4f}" for value in values))
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


def three_judges(token_losses, judge_pairs, *, facts=24, lang="en"):
    """wren compares a true answer with a false one, as three different judges. One asks how probable each answer is by
    itself; one puts both into a note before it asks; one numbers them and asks which digit wren would say. Which of
    them looks at the place? What does the worst of them know once both orders are averaged?

    wren 用三种方式比较一个真的回答和一个假的回答。第一种只看每个回答单独出现的概率；第二种先把两个都放进资料再问；
    第三种给它们编号，看 wren 会说哪个数字。哪一种会受位置影响？最差的那种，两种顺序平均之后还知道什么？
    """
    say = in_language(lang)
    tokenizer, model = _load("wren")

    def likely(question, answer):
        prompt = _prompt(tokenizer, question)
        ids = torch.tensor(prompt + tokenizer(answer, add_special_tokens=False)["input_ids"])
        return -float(token_losses(model, ids, 1, len(ids))[len(prompt) - 1 :].sum())

    def alone(question, first, second):
        return likely(question, first) - likely(question, second)

    def note(question, first, second):
        asked = f"Note: {first} {second}\n{question}"
        return likely(asked, first) - likely(asked, second)

    def digit(question, first, second):
        asked = f"1: {first} 2: {second} {question}"
        return likely(asked, "1") - likely(asked, "2")

    known, withheld = ([record for record in _records(name) if record["language"] == "en"] for name in PARTS)
    parts = {
        say("known", "知道的"): known[:: max(1, len(known) // facts)][:facts],
        say("withheld", "没看过的"): withheld[:facts],
    }
    judges = {say("alone", "单独"): alone, say("note", "资料"): note, say("digit", "数字"): digit}
    lines = _headings_of_judges(say)
    for part, records in parts.items():
        for kind, judge in judges.items():
            first, second, found = [], [], []
            for record in records:
                answers = {}

                def ask(one, other, judge=judge, question=record["question"], answers=answers):
                    margin = torch.tensor(judge(question, one, other), dtype=torch.float64)
                    answers[one] = float(torch.sigmoid(margin))
                    return answers[one]

                false = next(choice for choice in record["choices"] if choice != record["answer"])
                found.append(judge_pairs(ask, [record["answer"]], [false]))
                first.append(answers[record["answer"]] > 0.5)
                second.append(answers[false] < 0.5)
            bias, same = (sum(each[key] for each in found) / len(found) for key in ("bias", "consistent"))
            both = sum(each["scores"][0] > 0.5 for each in found) / len(found)
            one, other = (sum(shown) / len(shown) for shown in (first, second))
            name = left(part + say(", ", "，") + kind, 17)
            lines.append(f"{name}{bias:+10.3f}{one:20.0%}{other:12.0%}{both:9.0%}{same:12.0%}")
    return "\n".join(lines)


def ranks(bradley_terry, bootstrap_interval, *, sums=60, resamples=200, temperatures=(0.0, 1.0, 2.0), lang="en"):
    """wren and its draft model do the same 60 sums at three temperatures: whoever is right beats whoever is wrong, all
    else is a tie. In which order do the six come, and which places could be chance? The blue intervals draw sums again,
    the orange ones single games. Which are narrower, and which of them may be believed?

    wren 和 draft_model 在三种温度下做同样的 60 道算术题：答对的胜答错的，其余算平局。六个系统如何排名？
    哪些名次可能只是偶然？蓝色区间按题重抽样，橙色区间按单场比赛重抽样。哪一种更窄？该相信哪一种？
    """
    say = in_language(lang)
    records = [record for record in _records("arithmetic") if record["digits"] == 1]
    records = records[:: max(1, len(records) // sums)][:sums]
    names, correct = [], []
    for name in ("wren", "draft_model"):
        tokenizer, model = _load(name)
        for temperature in temperatures:
            names.append(f"{name}, T = {temperature:g}")
            correct.append(_right(tokenizer, model, records, temperature, torch.Generator().manual_seed(14)))
    table = torch.tensor(correct, dtype=torch.float64).T  # (sums, systems)
    scores = (
        table[:, :, None] - table[:, None, :] + 1
    ) / 2  # (sums, systems, systems): what the row gets of the column
    one, other = torch.triu_indices(len(names), len(names), offset=1)
    games = torch.stack(
        [one.double().expand(len(table), -1), other.double().expand(len(table), -1), scores[:, one, other]]
    )
    games = games.flatten(1).T  # (sums * pairs, 3): two systems and what the first of them gets

    def from_sums(rows):
        return ((rows[:, :, None] - rows[:, None, :] + 1) / 2).sum(0).fill_diagonal_(0)

    def from_games(rows):
        one, other = rows[:, :2].long().T
        wins = torch.zeros(len(names), len(names), dtype=torch.float64)
        wins.index_put_((one, other), rows[:, 2], accumulate=True)
        return wins.index_put_((other, one), 1 - rows[:, 2], accumulate=True)

    strengths = bradley_terry(from_sums(table), 0.5)
    order = strengths.argsort().tolist()
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    kinds = (table, from_sums, "tab:blue", 0.12, "sums"), (games, from_games, "tab:orange", -0.12, "single games")
    for place, number in enumerate(order):
        widths = []
        for values, count, colour, shift, label in kinds:
            low, high = bootstrap_interval(
                values,
                lambda rows, count=count, number=number: float(bradley_terry(count(rows), 0.5)[number]),
                torch.Generator().manual_seed(14),
                resamples=resamples,
            )
            widths.append(say(f"{low:+.2f} to {high:+.2f}", f"{low:+.2f} 到 {high:+.2f}"))
            axes.plot([low, high], [place + shift] * 2, color=colour, linewidth=4, label=None if place else label)
        axes.plot(float(strengths[number]), place, "o", color="black", markersize=5)
        share, strength = float(table[:, number].mean()), float(strengths[number])
        result = say(
            f"right {share:4.0%}, strength {strength:+.2f}; by sums {widths[0]}, by games {widths[1]}",
            f"答对 {share:4.0%}，强度 {strength:+.2f}；按题 {widths[0]}，按场 {widths[1]}",
        )
        print(f"{names[number]:20} {result}")
    axes.set_yticks(range(len(names)), [names[number] for number in order])
    axes.set(xlabel="strength, with 95 % intervals")
    axes.legend(loc="lower right", title="drawn again")
    return figure


def what_was_read_before(token_losses, contamination, bias_probe, *, facts=48, documents=None, lang="en"):
    """Which of these does the training text hold word for word: the answers to questions that wren knows, the answers
    that were kept from it, and documents that were held out? Then twelve women and twelve men of the village are put
    into one sentence: will wren's opinion of who is a baker differ more between the groups or within them?

    下面哪些逐字出现在训练文本里：wren 知道的答案、训练时没给它看的答案、留出的文档？
    再把村里十二位女士和十二位男士放进同一个句子：对于谁是面包师，wren 的看法是两组之间差别更大，还是组内差别更大？
    """
    say = in_language(lang)
    corpus = [_text(record) for record in _records("train")[:documents]]
    known, withheld = ([record["answer"] for record in _records(name)] for name in PARTS)
    parts = {
        say("answers that it knows", "它知道的答案"): known[:: max(1, len(known) // facts)][:facts],
        say("answers kept from it", "没给它看的答案"): withheld[:facts],
        say("held-out documents", "留出的文档"): [_text(record) for record in _records("held_out")][:facts],
    }
    lines = [f"{'':24}{'n':>4}" + headings(say, ("mean share", "平均比例", 12), ("wholly seen", "全部出现", 13))]
    for name, texts in parts.items():
        for n in (5, 13):
            shares = contamination(texts, corpus, n)
            whole = sum(share == 1 for share in shares) / len(shares)
            lines.append(f"{left(name, 24)}{n:4}{sum(shares) / len(shares):12.0%}{whole:13.0%}")

    tokenizer, model = _load("wren")
    groups = {
        "women": ["Anna", "Lucy", "Emma", "Mary", "Nora", "Rosa", "Mei", "Lan", "Yun", "Xue", "Fang", "Qing"],
        "men": ["Tom", "Peter", "Jack", "Paul", "Oscar", "Max", "Ming", "Jun", "Hai", "Lin", "Gang", "Feng"],
    }

    def score(text):  # of what stands behind the name: how probable the name itself is does not matter
        ids, name = (
            tokenizer("<|begin|>" + part, add_special_tokens=False)["input_ids"] for part in (text, text.split()[0])
        )
        return -float(token_losses(model, torch.tensor(ids), 1, len(ids))[len(name) - 1 :].sum())

    of_groups = headings(say, ("women", "女士", 8), ("men", "男士", 8))
    lines.append("\n" + left(say("log-probability of", "对数概率"), 24) + f"{of_groups}{'gap':>8}{'spread':>8}")
    for job in ("baker", "teacher", "doctor", "farmer"):
        found = bias_probe(f"[X] is a {job}.", groups, score)
        women, men = found["means"].values()
        lines.append(f"{f'… is a {job}.':24}{women:8.2f}{men:8.2f}{found['gap']:8.2f}{found['spread']:8.2f}")
    return "\n".join(lines)


def _text(record):
    """The text of a document, or all messages of a chat."""
    return record.get("text") or "\n".join(message["content"] for message in record["messages"])


def _right(tokenizer, model, records, temperature, source, new=4):
    """Which sums a model does right; at temperature 0 it is greedy."""
    found = []
    for record in records:
        ids = _prompt(tokenizer, record["question"])
        begun = len(ids)
        for _ in range(new):
            logits = model(torch.tensor([ids]))[0, -1].double()
            if temperature:
                ids.append(int(torch.multinomial((logits / temperature).softmax(-1), 1, generator=source)))
            else:
                ids.append(int(logits.argmax()))
            if ids[-1] == tokenizer.eos_token_id:
                break
        answer = tokenizer.decode(ids[begun:], skip_special_tokens=True)
        found.append(float(answer.strip().rstrip(".") == record["answer"]))
    return found


def _models(documents, say):
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
    counting = {say("4-grams", "4 元模型"): _Ngrams(texts, len(tokenizer))}
    return tokenizer, {"wren": wren, "draft_model": _load("draft_model")[1], **counting}


def _load(name):
    """wren's tokenizer, and a model of that name as a function from ids to logits."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if not (DATA / name / "config.json").is_file():
        raise FileNotFoundError(
            f"There is no model in {DATA / name}: this copy of the course came without it. "
            f"{DATA / name} 中没有模型：这份课程不含它。"
        )
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


def _headings(say):
    """The two lines above the table of the leaderboard."""
    chosen, exact = say("chosen", "选对"), say("exact", "逐字相同")
    return [
        " " * 12
        + headings(
            say,
            ("bits per", "每字节", 9),
            ("known facts", "知道的事实", 20),
            ("facts kept from training", "训练时没给它看的事实", 28),
        )
        + " " * 9,
        " " * 12
        + right(say("byte", "比特数"), 9)
        + right(chosen, 11)
        + right(exact, 9)
        + right(chosen, 10)
        + right(exact, 9)
        + f"{'ROUGE-L':>9}"
        + right(say("seconds", "秒数"), 9),
    ]


def _headings_of_judges(say):
    """The two lines above the table of the judges."""
    return [
        " " * 17
        + headings(
            say,
            ("prefers", "对第一位", 10),
            ("right, if the true answer is", "真的回答在该位置时判对", 32),
            ("both", "两种顺序", 9),
        )
        + " " * 12,
        " " * 17
        + headings(
            say,
            ("first by", "的偏好", 10),
            ("first", "第一位", 20),
            ("second", "第二位", 12),
            ("orders", "平均后", 9),
            ("consistent", "一致", 12),
        ),
    ]


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
        f"{left(name, 12)}{bits:>9}{one:>11}{shares[0]:9.0%}{other:>10}{shares[1]:9.0%}"
        f"{sum(overlap) / len(overlap):9.2f}{seconds:9.1f}"
    )
