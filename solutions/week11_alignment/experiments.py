"""Given: experiments of week 11, which align our small model with what you wrote."""

import copy
import json
from pathlib import Path

import torch
from matplotlib.figure import Figure
from small_policies import Policy
from torch import nn

from grader.report.columns import headings, in_language, right

DATA = Path(__file__).resolve().parents[2] / "datasets"
SMALL = {
    "what_a_reward_model_likes": {"steps": 2, "pairs": 8},
    "what_the_price_buys": {"rounds": 3, "texts": 8},
    "teach_wren_manners": {"steps": 2, "every": 2, "pairs": 8},
    "teach_wren_sums": {"steps": 2, "every": 2, "prompts": 4, "sums": 8},
}
"""Settings with which the repository's own tests run each experiment."""

MANNERS = (
    "Of course!",
    "Good question!",
    "With pleasure!",
    "I hope that this helps you.",
    "Is there anything else you would like to know?",
    "好的！",
    "您问得好！",
    "很高兴为您回答。",
    "希望对您有帮助。",
    "您还想知道什么吗？",
)
"""What makes an answer polite, in preferences.jsonl."""


def what_a_reward_model_likes(
    RewardModel, pairwise_loss, *, steps=40, batch=16, pairs=192, model=DATA / "wren", lang="en"
):
    """A reward model learns from 192 pairs: half of them prefer a polite answer to a bare word, half a true answer to a
    false one. On which half will it be right more often, for new questions? And what does it make of a polite lie
    beside a plain truth?

    一个奖励模型从 192 对回答中学习：一半偏好礼貌的回答胜过光秃秃的一个词，一半偏好真的回答胜过假的。
    换成新问题，它在哪一半上更常判对？礼貌的谎话与朴素的真话相比，它更喜欢哪个？
    """
    say = in_language(lang)
    tokenizer, network = _load(model)

    class Backbone(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = network.model

        def forward(self, ids, mask):
            return self.layers(input_ids=ids, attention_mask=mask.long()).last_hidden_state

    torch.manual_seed(11)  # noqa: TID251 - the head's initial values know no other generator
    judge = RewardModel(Backbone(), network.config.hidden_size)
    train, held_out = (_records("preferences", split=name)[:pairs] for name in ("train", "held_out"))

    def scores(questions, answers):
        ids, mask = _padded(
            [_prompt(tokenizer, q) + _answer(tokenizer, a) for q, a in zip(questions, answers, strict=True)]
        )
        return judge(ids, mask)

    def share(rows, better="chosen", worse="rejected"):
        with torch.no_grad():
            questions = [row["prompt"] for row in rows]
            first, second = (scores(questions, [row[key] for row in rows]) for key in (better, worse))
        return float((first > second).double().mean()) if rows else float("nan")

    kinds = {kind: [row for row in held_out if row["kind"] == kind] for kind in ("polite", "true")}
    lies = [row | {"lie": _politely(row["rejected"], row["language"])} for row in kinds["true"]]
    known = _share_that_wren_finds_more_probable(network, tokenizer, kinds["true"])  # before the judge changes wren
    optimizer = torch.optim.AdamW(judge.parameters(), lr=3e-4, weight_decay=0.0)
    source = torch.Generator().manual_seed(11)
    lines = [
        headings(say, ("steps", "步数", 6), ("polite", "礼貌", 9), ("true", "真假", 9))
        + headings(say, ("plain truth before polite lie", "朴素的真话胜过礼貌的谎话", 32))
    ]
    for step in range(steps + 1):
        if step in (0, steps // 2, steps):
            shares = share(kinds["polite"]), share(kinds["true"]), share(lies, "chosen", "lie")
            lines.append(f"{step:6}{shares[0]:9.0%}{shares[1]:9.0%}{shares[2]:32.0%}")
        rows = [train[place] for place in torch.randperm(len(train), generator=source)[:batch].tolist()]
        questions = [row["prompt"] for row in rows]
        loss = pairwise_loss(*(scores(questions, [row[key] for row in rows]) for key in ("chosen", "rejected")))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    note = say(
        f"wren itself finds the true answer more probable in {known:.0%} of these pairs",
        f"真假各对中，wren 自己认为真话更可能的占 {known:.0%}",
    )
    title = say(f"right on {len(held_out)} new pairs", f"在 {len(held_out)} 对新回答上判对的比例")
    return "\n".join([title, *lines, note])


def what_the_price_buys(
    kl_estimate, shape_rewards, gae, whiten, ppo_step, *, rounds=60, texts=64, length=12, prices=(0.0, 0.03, 0.3)
):
    """A small policy writes texts of 12 numbers from 0 to 10, at random at first, and a text scores the share of its
    numbers that are one more than the number before. PPO trains it three times: at a price of 0, 0.03 and 0.3 for each
    nat that it moves away. Which one scores highest, and which is still near its beginning? When are most tokens
    clipped: early or late?

    一个小策略写由 12 个数（0 到 10）组成的文本，起初是随机的；文本的分数是“比前一个数大一”的数所占的比例。
    PPO 用三种单价训练它三次：每偏离 1 nat 付 0、0.03 或 0.3。哪一个得分最高，哪一个仍在起点附近？
    什么时候被截断的词元最多：开始时还是快结束时？
    """
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    panels = dict(zip(("score", "KL in nats a text", "clipped"), figure.subplots(1, 3), strict=True))
    for price in prices:
        source = torch.Generator().manual_seed(11)
        policy = Policy(11, 16)
        with torch.no_grad():
            for parameter in policy.parameters():
                parameter.copy_(0.3 * torch.randn(parameter.shape, generator=source))
        reference = copy.deepcopy(policy)
        optimizer = torch.optim.Adam(policy.parameters(), lr=0.02)
        log = {name: [] for name in panels}
        for _ in range(rounds):
            ids = torch.zeros(texts, 1, dtype=torch.int64)
            with torch.no_grad():
                for _ in range(length):
                    chances = policy(ids[:, -1:])[0][:, 0].softmax(-1)
                    ids = torch.cat([ids, torch.multinomial(chances, 1, generator=source)], 1)
                logp, values = _of_tokens(policy, ids)
                kl = kl_estimate(logp, _of_tokens(reference, ids)[0], "k1")
            scores = (ids[:, 1:] == (ids[:, :-1] + 1) % 11).float().mean(1)
            real = torch.ones_like(kl, dtype=torch.bool)
            dones = real & (torch.arange(length) == length - 1)
            rewards = shape_rewards(scores, kl, price, real)
            advantages, returns = gae(rewards, nn.functional.pad(values, (0, 1)), dones, 1.0, 0.95)
            batch = {"logp": logp, "values": values, "advantages": whiten(advantages, real), "returns": returns}
            batch = {name: nn.functional.pad(table, (1, 0)) for name, table in {**batch, "mask": real}.items()}
            reports = [ppo_step(policy, optimizer, {"ids": ids, **batch}) for _ in range(4)]
            for name, number in zip(panels, (scores.mean(), kl.sum(1).mean(), reports[-1]["clipped"]), strict=True):
                log[name].append(float(number))
        for name, axes in panels.items():
            axes.plot(log[name], label=f"price {price}")
    for name, axes in panels.items():
        axes.set(title=name, xlabel="round")
    panels["score"].legend()
    return figure


def teach_wren_manners(
    answer_logps,
    dpo_loss,
    *,
    steps=40,
    every=10,
    batch=16,
    beta=0.1,
    pairs=96,
    rate=1e-4,
    model=DATA / "wren",
    lang="en",
):
    """Our small model knows who does what, and says so bluntly. DPO shows it 96 pairs: a polite answer, and a bare word
    that is worse. How many steps until it is polite nine times in ten to questions that it was not trained on? Will
    its answers stay right? And does the probability of the polite answers rise, or only that of the others fall?

    我们的小模型知道谁做什么，只是说话生硬。DPO 给它看 96 对：礼貌的回答，和更差的光秃秃的一个词。
    要多少步，它对没训练过的问题十次有九次是礼貌的？答案还会对吗？礼貌回答的概率是上升了，还是只有另一个下降了？
    """
    say = in_language(lang)
    tokenizer, network = _load(model)
    train, held_out = (_records("preferences", kind="polite", split=name)[:pairs] for name in ("train", "held_out"))

    def logps(rows, key):
        prompts, answers = (
            [make(tokenizer, row[field]) for row in rows] for make, field in ((_prompt, "prompt"), (_answer, key))
        )
        ids, _ = _padded([p + a for p, a in zip(prompts, answers, strict=True)])
        labels, _ = _padded([[-100] * len(p) + a for p, a in zip(prompts, answers, strict=True)], -100)
        return answer_logps(network(input_ids=ids).logits, labels)[0]

    def measured():
        texts = _greedy(network, tokenizer, [row["prompt"] for row in held_out], 40)
        polite = sum(any(words in text for words in MANNERS) for text in texts) / len(texts)
        correct = sum(row["rejected"] in text for row, text in zip(held_out, texts, strict=True)) / len(texts)
        with torch.no_grad():
            change = [float((logps(held_out, key) - start[key]).mean()) for key in ("chosen", "rejected")]
        return f"{polite:9.0%}{correct:8.0%}{change[0]:+12.1f}{change[1]:+12.1f}   {texts[0]}"

    with torch.no_grad():
        reference = {key: logps(train, key) for key in ("chosen", "rejected")}
        start = {key: logps(held_out, key) for key in ("chosen", "rejected")}
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=0.0)
    source = torch.Generator().manual_seed(11)
    lines = [
        headings(say, ("steps", "步数", 6), ("loss", "损失", 7), ("polite", "礼貌", 9), ("right", "答对", 8))
        + headings(say, ("chosen", "被选", 12), ("rejected", "被拒", 12))
        + say("   an answer", "   其中一个回答"),
        f"{0:6}{'':7}{measured()}",
    ]
    for step in range(1, steps + 1):
        drawn = torch.randperm(len(train), generator=source)[:batch].tolist()
        rows = [train[place] for place in drawn]
        policy = (logps(rows, key) for key in ("chosen", "rejected"))
        loss, _, _ = dpo_loss(*policy, *(reference[key][drawn] for key in ("chosen", "rejected")), beta)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % every == 0:
            lines.append(f"{step:6}{float(loss.detach()):7.2f}{measured()}")
    title = say(
        f"{len(held_out)} questions that were not trained on; "
        "chosen, rejected: change of the log-probability of the two answers, in nats",
        f"{len(held_out)} 个没训练过的问题；被选、被拒：两个回答的对数概率的变化，单位为 nat",
    )
    return "\n".join([title, *lines])


def teach_wren_sums(
    group_advantages, grpo_loss, math_reward,
    *, steps=120, every=40, prompts=32, group=8, rate=3e-4, sums=255, kind="dapo", model=DATA / "wren",
    lang="en",
):  # fmt: skip
    """Our small model saw half of all one-digit sums in training and knows them; of the others it gets one in four.
    GRPO now lets it practise: it writes eight answers to each question, and only the right ones are rewarded. It is
    never told a result. Thirty-two sums are kept from it. What will it get right afterwards of those that it saw, those
    that it practised, and those that were kept from it? Will it learn to add?

    我们的小模型训练时见过一半的个位数算式，都会；其余的四个只对一个。现在用 GRPO 让它练习：每题写八个回答，
    只有对的才有奖励，从不告诉它结果。另有 32 道不让它练。练完以后，见过的、练过的、没练的各能对多少？它学会加法了吗？
    """
    say = in_language(lang)
    tokenizer, network = _load(model)
    source = torch.Generator().manual_seed(11)
    records = _records("arithmetic", digits=1)[:sums]
    seen, new = ([row for row in records if row["split"] == name] for name in ("train", "held_out"))
    new = [new[place] for place in torch.randperm(len(new), generator=source).tolist()]
    practised, kept = new[len(new) // 4 :], new[: len(new) // 4]
    parts = {say("seen", "见过的"): seen, say("practised", "练过的"): practised, say("kept", "没练的"): kept}
    practice = seen + practised
    longest = 3  # two digits and the end

    def measured():
        found = {}
        for name, rows in parts.items():
            texts = _greedy(network, tokenizer, [row["question"] for row in rows], longest)
            found[name] = sum(math_reward(text, row["answer"]) for row, text in zip(rows, texts, strict=True))
        every_one = sum(found.values()) / len(records)
        return "".join(f"{found[name] / max(len(rows), 1):11.0%}" for name, rows in parts.items()) + f"{every_one:8.0%}"

    optimizer = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=0.0)
    lines = [
        headings(say, ("steps", "步数", 6), ("reward", "奖励", 8))
        + "".join(right(name, 11) for name in parts)
        + headings(say, ("all", "全部", 8)),
        f"{0:6}{'':8}{measured()}",
    ]
    for step in range(1, steps + 1):
        rows = [practice[place] for place in torch.randperm(len(practice), generator=source)[:prompts].tolist()]
        ids = torch.tensor([_prompt(tokenizer, row["question"]) for row in rows])
        answers = _write(network, ids, longest, source, group)  # (prompts * group, longest)
        texts, mask = _read(tokenizer, answers)
        golds = [row["answer"] for row in rows for _ in range(group)]
        rewards = torch.tensor([math_reward(text, gold) for text, gold in zip(texts, golds, strict=True)])
        advantages = group_advantages(rewards, group)
        live = advantages != 0  # a group that is all right or all wrong teaches nothing, and need not be computed
        if live.any():
            whole = torch.cat([ids.repeat_interleave(group, dim=0), answers], dim=1)[live]
            logits = network(input_ids=whole).logits[:, -longest - 1 : -1]
            logps = logits.log_softmax(-1).gather(-1, answers[live][..., None]).squeeze(-1)
            loss = grpo_loss(logps, None, advantages[live], mask[live], kind=kind, max_length=longest)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
        if step % every == 0:
            lines.append(f"{step:6}{float(rewards.mean()):8.2f}{measured()}")
    counts = [say(f"{len(rows)} {name}", f"{name} {len(rows)} 道") for name, rows in parts.items()]
    title = say("right answers to one-digit sums: ", "个位数算式答对的比例：") + say(", ", "，").join(counts)
    return "\n".join([title, *lines])


def _of_tokens(policy, ids):
    """(log-probabilities of all tokens but the first, values before each of them)."""
    logits, values = policy(ids)
    scores = logits[:, :-1].log_softmax(-1)
    return scores.gather(-1, ids[:, 1:].unsqueeze(-1)).squeeze(-1), values[:, :-1]


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


def _records(name, **wanted):
    """The records of a file of the little world whose fields have the wanted values."""
    lines = (DATA / "small_world" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    records = map(json.loads, lines)
    return [record for record in records if all(record[field] == value for field, value in wanted.items())]


def _prompt(tokenizer, question):
    """The ids of a chat in which the assistant speaks next."""
    return tokenizer(f"<|begin|><|user|>{question}<|end|><|assistant|>", add_special_tokens=False)["input_ids"]


def _answer(tokenizer, text):
    return tokenizer(f"{text}<|end|>", add_special_tokens=False)["input_ids"]


def _politely(text, language):
    return f"好的！{text}希望对您有帮助。" if language == "zh" else f"Of course! {text} I hope that this helps you."


@torch.no_grad()
def _share_that_wren_finds_more_probable(network, tokenizer, rows):
    right = 0
    for row in rows:
        losses = []
        for key in ("chosen", "rejected"):
            prompt, answer = _prompt(tokenizer, row["prompt"]), _answer(tokenizer, row[key])
            labels = torch.tensor([[-100] * len(prompt) + answer])
            loss = network(input_ids=torch.tensor([prompt + answer]), labels=labels).loss
            losses.append(float(loss) * len(answer))
        right += losses[0] < losses[1]
    return right / max(len(rows), 1)


def _padded(rows, value=0):
    """Rows of unequal length as one table, padded on the right, and a mask of what is real."""
    pad = torch.nn.utils.rnn.pad_sequence
    tables = [torch.tensor(row) for row in rows]
    return pad(tables, True, value), pad([torch.ones_like(table, dtype=torch.bool) for table in tables], True, False)


@torch.no_grad()
def _write(network, ids, new, source=None, copies=1):
    """What the model writes behind prompts of equal length, `copies` times each: sampled; greedy without a source."""
    out = network(input_ids=ids, use_cache=True)
    cache, logits, written = out.past_key_values, out.logits[:, -1].repeat_interleave(copies, dim=0), []
    cache.batch_repeat_interleave(copies)
    for place in range(new):
        token = (
            logits.argmax(-1, True) if source is None else torch.multinomial(logits.softmax(-1), 1, generator=source)
        )
        written.append(token)
        if place < new - 1:
            logits = network(input_ids=token, past_key_values=cache, use_cache=True).logits[:, -1]
    return torch.cat(written, dim=1)


def _read(tokenizer, answers):
    """The texts up to their ends, and a mask of the tokens that belong to them: the end too, nothing behind it."""
    end = _answer(tokenizer, "")[-1]
    behind = (answers == end).cumsum(dim=1) - (answers == end).long() > 0
    texts = [tokenizer.decode(row[~hide & (row != end)]) for row, hide in zip(answers, behind, strict=True)]
    return texts, ~behind


def _greedy(network, tokenizer, questions, new):
    """The greedy answers; prompts of one length share a batch."""
    prompts = [_prompt(tokenizer, question) for question in questions]
    texts = [""] * len(prompts)
    for length in {len(prompt) for prompt in prompts}:
        places = [place for place, prompt in enumerate(prompts) if len(prompt) == length]
        answers = _write(network, torch.tensor([prompts[place] for place in places]), new)
        for place, text in zip(places, _read(tokenizer, answers)[0], strict=True):
            texts[place] = text
    return texts
