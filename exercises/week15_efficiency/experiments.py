"""Given: experiments of week 15, which make our small models smaller and faster with what you wrote."""

import copy
import json
import random
import statistics
import time
from itertools import accumulate
from pathlib import Path

import torch
import torch.nn.functional as F
from matplotlib.figure import Figure
from torch import nn

from grader.report.columns import headings, in_language, left, right

SMALL = {
    "fewer_bits": {"texts": 1},
    "pruning_curve": {"texts": 2, "shares": (0.0, 0.5), "steps": 1},
    "two_teachers": {"texts": 1, "steps": 1, "amounts": (20,)},
    "static_or_continuous": {"requests": 20, "rates": (1, 4)},
    "shared_prefix": {"chats": 3},
    "speculate": {"kinds": ("story",), "ks": (2,), "texts": 1, "tokens": 8},
}
"""Settings with which the repository's own tests run each experiment."""


def fewer_bits(quantise, dequantise, Int8Linear, int4_groups, dequantise_int4, *, texts=16, lang="en"):
    """wren's 28 linear layers are stored in 8 and in 4 bits, in several ways. Two numbers say what it costs: the
    perplexity of held-out text, and the KL divergence of the next token from what wren thinks in full precision. Which
    costs more: one scale for a whole matrix instead of one for each row, or quantising the inputs as well? How many
    times more do 4 bits cost than 8? And may the perplexity fall?

    把 wren 的 28 个线性层用几种方式存成 8 比特和 4 比特。代价用两个数来说：留出文本的困惑度，
    以及下一词元的分布与全精度 wren 之间的 KL 散度。哪样代价更大：整个矩阵共用一个 scale 而不是每行一个，
    还是连输入也量化？4 比特的代价是 8 比特的多少倍？困惑度有可能下降吗？
    """
    say, (tokenizer, wren) = in_language(lang), _load("wren")
    held_out = _held_out(tokenizer, texts)
    with torch.no_grad():
        opinions = [wren(ids, use_cache=False).logits[0].log_softmax(-1) for ids in held_out]

    lines = [
        " " * 30
        + headings(
            say,
            ("kB of the layers", "各层内存（kB）", 18),
            ("perplexity", "困惑度", 12),
            ("KL in 1/1000 nat", "KL（1/1000 nat）", 18),
        )
    ]
    for name, change, bits, shared in _ways(quantise, dequantise, Int8Linear, int4_groups, dequantise_int4, say):
        model, size, gaps = copy.deepcopy(wren), 0.0, []
        for path, linear in _linears(model).items():
            _put(model, path, change(linear))
            size += linear.weight.numel() * (bits + 16 / (shared or linear.in_features)) / 8
        for ids, opinion in zip(held_out, opinions, strict=True):
            with torch.no_grad():
                now = model(ids, use_cache=False).logits[0].log_softmax(-1)
            gaps.append((opinion.exp() * (opinion - now)).sum(-1))
        divergence = 1000 * torch.cat(gaps).mean().item()
        lines.append(f"{left(name, 30)}{size / 1000:18,.0f}{_perplexity(model, held_out):12.3f}{divergence:18.3f}")
    return "\n".join(lines)


def pruning_curve(prune_magnitude, prune_two_four, *, texts=16, shares=(0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6), steps=25):
    """More and more of the weights of wren's 28 linear layers are set to 0. Up to which share does the perplexity stay
    as it is? Is it better to take the smallest weights of all layers together, or the same share of each? How good is
    2:4, which chooses within every four weights? And how much do 25 steps of training bring back?

    把 wren 的 28 个线性层中越来越多的权重设为 0。到多大比例时困惑度还基本不变？
    是把所有层放在一起取最小的权重好，还是每层取同样的比例好？在每四个权重里选两个的 2:4 效果如何？
    再训练 25 步能恢复多少？
    """
    tokenizer, wren = _load("wren")
    held_out = _held_out(tokenizer, texts)
    names = list(_linears(wren))

    def pruned(masks):
        model = copy.deepcopy(wren)
        with torch.no_grad():
            for name, mask in zip(names, masks, strict=True):
                model.get_submodule(name).weight.mul_(mask)
        return model

    weights = [wren.get_submodule(name).weight.detach() for name in names]
    together = [prune_magnitude(weights, share) for share in shares]
    apart = [[prune_magnitude([weight], share)[0] for weight in weights] for share in shares]
    two_four = [prune_two_four(weight) for weight in weights]

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    for masks, colour, name in ((together, "C0", "all layers together"), (apart, "C1", "each layer by itself")):
        found = [_perplexity(pruned(mask), held_out) for mask in masks]
        axes.plot(shares, found, "o-", color=colour, label=name)
    axes.plot([0.5], [_perplexity(pruned(two_four), held_out)], "D", color="C2", label="2:4")
    for masks, share, marker, colour in ((together[-1], shares[-1], "o", "C0"), (two_four, 0.5, "D", "C2")):
        model = pruned(masks)
        layers = [model.get_submodule(name) for name in names]
        _train(model, tokenizer, _next_token_loss, steps, rate=1e-3, masked=list(zip(layers, masks, strict=True)))
        label = f"{'2:4' if colour == 'C2' else 'together'}, after {steps} steps of training"
        axes.plot([share], [_perplexity(model, held_out)], marker, color=colour, fillstyle="none", label=label)
    axes.set(xlabel="share of the weights that are 0", ylabel="perplexity of held-out text")
    axes.legend()
    return figure


def two_teachers(distillation_loss, *, texts=16, steps=100, amounts=(60, 2000), lang="en"):
    """A model of the size of the draft model, a tenth of wren, learns from scratch in 100 steps: from the text alone,
    from the text and from what wren thinks of every next token, or from wren alone. Once there are only 60 documents,
    which it reads many times, and once there are 2,000. In which of the two cases does a teacher help more, and what
    does it cost in time?

    一个与 draft_model 一样大（wren 的十分之一）的模型从零学 100 步：只从文本学，
    同时从文本和 wren 对每个下一词元的看法学，或者只从 wren 学。
    一次只有 60 篇文档，要反复读许多遍；一次有 2,000 篇。哪种情况下教师的帮助更大？要多花多少时间？
    """
    from transformers import LlamaConfig, LlamaForCausalLM

    say, (tokenizer, wren) = in_language(lang), _load("wren")
    held_out = _held_out(tokenizer, texts)
    names = "".join(right(say(f"{amount:,} documents", f"{amount:,} 篇文档"), 18) for amount in amounts)
    lines = [left(say("perplexity after", "学完后的困惑度"), 20) + names + right(say("seconds", "秒"), 10)]
    shares = {
        say("the text alone", "只从文本学"): 0.0,
        say("the text and wren", "从文本和 wren 学"): 0.5,
        say("wren alone", "只从 wren 学"): 1.0,
    }
    for name, alpha in shares.items():

        def loss(model, ids, alpha=alpha):
            if alpha == 0:  # nobody has to be asked
                return _next_token_loss(model, ids)
            with torch.no_grad():
                teacher = wren(ids, use_cache=False).logits[:, :-1]
            return distillation_loss(model(ids, use_cache=False).logits[:, :-1], teacher, ids[:, 1:], 1.0, alpha)

        found, begun = [], time.perf_counter()
        for amount in amounts:
            model = _fresh(LlamaForCausalLM(LlamaConfig.from_pretrained(_data("draft_model"))))
            _train(model, tokenizer, loss, steps, rate=5e-3, documents=amount, rows=4)
            found.append(f"{_perplexity(model, held_out):18.1f}")
        lines.append(f"{left(name, 20)}{''.join(found)}{time.perf_counter() - begun:10.0f}")
    return "\n".join(lines)


def static_or_continuous(Scheduler, serve, *, requests=300, rates=(0.5, 1, 2, 4, 8, 12), seats=16, budget=256):
    """A server has 16 places and up to 256 tokens a step. The static batch waits until all of its requests have ended;
    the continuous one fills a place as soon as it is free. How many times as many tokens in a second will the
    continuous one write when there is more work than either can do? And who waits longer when there is little to do?
    (Time is simulated: a step takes 20 ms and 0.1 ms for each of its tokens.)

    一台服务器有 16 个位置，每步最多 256 个词元。静态批要等其中所有请求都结束；连续批一有空位就补上。
    请求多得做不完时，连续批每秒写出的词元是静态批的几倍？请求少的时候，谁等得更久？
    （时间是模拟的：每步 20 毫秒，另加每个词元 0.1 毫秒。）
    """
    source = random.Random(15)
    sizes = [(source.randint(20, 400), min(1 + int(source.expovariate(1 / 80)), 500)) for _ in range(requests)]
    gaps = [source.expovariate(1.0) for _ in range(requests)]
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    throughput, latency = figure.subplots(1, 2)
    for name, colour, make in (
        ("static", "C0", lambda: _StaticScheduler(seats)),
        ("continuous", "C1", lambda: Scheduler(seats, budget)),
    ):
        tokens, waits = [], []
        for rate in rates:
            arrivals = [gap / rate for gap in accumulate(gaps)]
            names = [f"r{number}" for number in range(requests)]
            trace = [(name, at, *size) for name, at, size in zip(names, arrivals, sizes, strict=True)]
            times = serve(trace, make(), lambda tokens: 0.02 + 0.0001 * tokens)
            end = max(of[-1] for of in times.values())
            tokens.append(sum(output for _, output in sizes) / end)
            took = sorted(times[name][-1] - at for name, at, *_ in trace)
            waits.append((took[requests // 2], took[int(0.99 * requests)]))
        throughput.plot(rates, tokens, "o-", color=colour, label=name)
        for part, line, which in ((0, "o-", "median"), (1, "o:", "99 %")):
            latency.semilogy(rates, [wait[part] for wait in waits], line, color=colour, label=f"{name}, {which}")
    throughput.set(xlabel="requests a second", ylabel="output tokens a second (simulated)", ylim=(0, None))
    latency.set(xlabel="requests a second", ylabel="seconds until a request has ended (simulated)")
    throughput.legend()
    latency.legend(fontsize=8)
    return figure


def shared_prefix(PagedCache, *, chats=24, prompt=200, longest=512, block_size=16, lang="en"):
    """24 chats begin with the same 200 tokens and go on by 10 to 150 of their own. A contiguous cache reserves room for
    512 tokens each. What share of that does a paged cache use, and what share if the chats share their beginning?

    24 个对话以同样的 200 个词元开头，各自再继续 10 到 150 个词元。连续缓存为每个对话预留 512 个词元的空间。
    分页缓存用掉其中的多少？如果这些对话共享开头呢？
    """
    say = in_language(lang)
    heads, head_dim = 2, 32  # wren's, of one layer
    source = torch.Generator().manual_seed(15)
    tails = torch.randint(10, 151, (chats,), generator=source).tolist()
    blocks = chats * -(-longest // block_size)

    def numbers(tokens):
        return torch.randn(heads, tokens, head_dim, generator=source)

    def used(share):
        cache = PagedCache(blocks, block_size, heads, head_dim)
        cache.append("system", numbers(prompt), numbers(prompt))
        for number, tail in enumerate(tails):
            if share:
                cache.share("system", f"chat {number}")
            else:
                cache.append(f"chat {number}", numbers(prompt), numbers(prompt))
            for _ in range(tail):
                cache.append(f"chat {number}", numbers(1), numbers(1))
        cache.free("system")
        return blocks - cache.num_free_blocks()

    rows = {
        say("contiguous", "连续缓存"): blocks,
        say("paged", "分页缓存"): used(False),
        say("paged, shared", "分页缓存，共享"): used(True),
    }
    kept = sum(tails) + chats * prompt
    lines = [say(f"{kept:,} tokens in {chats} chats", f"{chats} 个对话共 {kept:,} 个词元")]
    headings = (say("blocks", "块数"), 8), (say("share", "占比"), 8), (say("kB a layer", "每层 kB"), 12)
    lines += [" " * 15 + "".join(right(words, width) for words, width in headings)]
    for name, count in rows.items():
        size = count * block_size * heads * head_dim * 2 * 4 / 1000  # keys and values, float32
        lines.append(f"{left(name, 15)}{count:8,}{count / blocks:8.0%}{size:12,.0f}")
    return "\n".join(lines)


def speculate(
    speculative_step, *, kinds=("story", "dialogue", "calculation"), ks=(1, 2, 4, 8), texts=6, tokens=48, lang="en"
):
    """draft_model has a tenth of wren's parameters and guesses 1, 2, 4 or 8 tokens ahead; wren checks them in one call.
    How many tokens will come out of each call of wren? Which k will be the fastest, and will any be faster than wren
    alone? (On a processor, a token of draft_model takes about a third of the time of one of wren, not a tenth.)

    draft_model 的参数只有 wren 的十分之一，它一次往前猜 1、2、4 或 8 个词元，wren 用一次调用全部检查。
    每次调用 wren 能得到多少个词元？哪个 k 最快？会比单独用 wren 更快吗？
    （在处理器上，draft_model 算一个词元的时间大约是 wren 的三分之一，而不是十分之一。）
    """
    tokenizer, wren, draft = *_load("wren"), _load("draft_model")[1]
    end = tokenizer.convert_tokens_to_ids("<|end|>")
    generator = torch.Generator().manual_seed(15)

    def drafting(k):
        return lambda target, guess, ids: speculative_step(guess, target, ids, k, generator)

    def alone(target, _, ids):
        return torch.multinomial(target(ids, 1)[0], 1, generator=generator), 0

    def write(step, start):
        return _written(step, _Cached(wren), _Cached(draft), start, tokens, end)

    say = in_language(lang)
    lines = [
        left(say("text", "文本"), 14)
        + right("k", 3)
        + headings(
            say,
            ("accepted", "接受率", 10),
            ("tokens a call", "词元/调用", 15),
            ("ms a token", "毫秒/词元", 12),
            ("alone", "单独", 8),
            ("times as fast", "加速比", 15),
        )
    ]
    for kind in kinds:
        starts = _beginnings(tokenizer, kind, texts)
        for k in ks:
            # In turn: both meet the same machine.
            rows = [(write(drafting(k), start), write(alone, start)) for start in starts]
            accepted = [kept for (_, of_text, _), _ in rows for kept in of_text]
            share = sum(accepted) / sum(min(kept + 1, k) for kept in accepted)  # of those that were looked at
            a_call = sum(count for (count, *_), _ in rows) / len(accepted)
            ms, ms_alone = (
                1000 * statistics.median(seconds / count for count, _, seconds in way)
                for way in zip(*rows, strict=True)
            )
            numbers = f"{share:10.2f}{a_call:15.2f}{ms:12.2f}{ms_alone:8.2f}{ms_alone / ms:15.2f}"
            lines.append(f"{kind:14}{k:3}{numbers}")
    return "\n".join(lines)


def _ways(quantise, dequantise, Int8Linear, int4_groups, dequantise_int4, say):
    """The name, what a layer becomes, the bits of a code, and how many weights share a scale of 16 bits (0: a row)."""

    def eight(axis):
        return lambda linear: _with_weight(linear, dequantise(*quantise(linear.weight, axis)))

    def four(group):
        return lambda linear: _with_weight(
            linear, dequantise_int4(*int4_groups(linear.weight, group or linear.in_features))
        )

    return [
        (say("16 bits", "16 比特"), lambda linear: linear, 16, float("inf")),
        (say("8 bits, one scale", "8 比特，共用一个 scale"), eight(None), 8, float("inf")),
        (say("8 bits, a scale for each row", "8 比特，每行一个 scale"), eight(0), 8, 0),
        (say("  and the inputs in 8 bits", "  输入也用 8 比特"), Int8Linear, 8, 0),
        (say("4 bits, a scale for each row", "4 比特，每行一个 scale"), four(0), 4, 0),
        (say("4 bits, groups of 64", "4 比特，64 个一组"), four(64), 4, 64),
        (say("4 bits, groups of 32", "4 比特，32 个一组"), four(32), 4, 32),
        (say("4 bits, groups of 16", "4 比特，16 个一组"), four(16), 4, 16),
    ]


def _written(step, target, guess, start, tokens, end):
    """Go on with a text until its end: how many tokens came, what was accepted at each step, and the seconds."""
    ids, accepted, begun = start, [], time.perf_counter()
    while len(ids) < len(start) + tokens and end not in ids[len(start) :]:
        new, kept = step(target, guess, ids)
        ids = torch.cat([ids, new])
        accepted.append(kept)
    return len(ids) - len(start), accepted, time.perf_counter() - begun


def _data(name):
    return Path(__file__).resolve().parents[2] / "datasets" / name


def _load(name):
    """wren's tokenizer, and the model of that name in float32."""
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    if not (_data(name) / "config.json").is_file():
        raise FileNotFoundError(
            f"There is no model in {_data(name)}: this copy of the course came without it. "
            f"{_data(name)} 中没有模型：这份课程不含它。"
        )
    disable_progress_bar()  # a model of this size is loaded before a bar could be read
    model = AutoModelForCausalLM.from_pretrained(_data(name), dtype=torch.float32).eval()
    return AutoTokenizer.from_pretrained(_data("wren")), model


def _texts(name):
    lines = (_data("small_world") / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [record["text"] for record in map(json.loads, lines) if "text" in record]


def _held_out(tokenizer, texts):
    return [torch.tensor([tokenizer(text)["input_ids"]]) for text in _texts("held_out")[:texts]]


@torch.no_grad()
def _perplexity(model, texts):
    losses = [
        F.cross_entropy(model(ids, use_cache=False).logits[0, :-1], ids[0, 1:], reduction="none") for ids in texts
    ]
    return torch.cat(losses).double().mean().exp().item()


def _linears(model):
    """The linear layers inside the blocks, by name: all but the output layer, which is tied to the embedding."""
    return {name: layer for name, layer in model.named_modules() if isinstance(layer, nn.Linear) and name != "lm_head"}


def _put(model, path, layer):
    parent, _, name = path.rpartition(".")
    setattr(model.get_submodule(parent), name, layer)


def _with_weight(linear, weight):
    linear.weight = nn.Parameter(weight)
    return linear


def _next_token_loss(model, ids):
    return F.cross_entropy(model(ids, use_cache=False).logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten())


def _fresh(model):
    """Random weights as of a new model, the same ones every time."""
    source = torch.Generator().manual_seed(15)
    for parameter in model.parameters():
        if parameter.ndim > 1:
            nn.init.normal_(parameter, std=0.02, generator=source)
    return model


def _train(model, tokenizer, loss, steps, rate, masked=(), documents=500, tokens=128, rows=8):
    """Some steps on the training text, packed into rows; what a mask has pruned stays 0 after every step."""
    text = "".join(f"<|begin|>{text}<|end|>" for text in _texts("train")[:documents])
    stream = torch.tensor(tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])
    source = torch.Generator().manual_seed(15)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.0)
    falling = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / steps)
    model.train()
    for _ in range(steps):
        begins = torch.randint(len(stream) - tokens, (rows,), generator=source)
        optimizer.zero_grad()
        loss(model, torch.stack([stream[begin : begin + tokens] for begin in begins.tolist()])).backward()
        optimizer.step()
        falling.step()
        with torch.no_grad():
            for layer, mask in masked:
                layer.weight.mul_(mask)
    model.eval()


class _StaticScheduler:
    """A batch begins when the one before it has ended as a whole; a request that ended keeps its place until then."""

    def __init__(self, seats):
        self.seats, self.waiting, self.batch = seats, [], []

    def add(self, name, prompt_tokens, output_tokens):
        self.waiting.append([name, prompt_tokens, output_tokens])

    def step(self):
        if not any(missing for _, _, missing in self.batch):
            self.batch, self.waiting = self.waiting[: self.seats], self.waiting[self.seats :]
            scheduled = [(name, prompt_tokens) for name, prompt_tokens, _ in self.batch]
        else:
            scheduled = [(name, 1) for name, _, _ in self.batch]  # padding, where one has ended
        sampled = [request for request in self.batch if request[2]]
        for request in sampled:
            request[2] -= 1
        finished = [name for name, _, missing in sampled if not missing]
        return {"scheduled": scheduled, "sampled": [name for name, *_ in sampled], "finished": finished}


class _Cached:
    """A model as speculative_step calls it, which keeps keys and values, and forgets those of dropped tokens."""

    def __init__(self, network):
        from transformers import DynamicCache

        self.network, self.cache = network, DynamicCache(config=network.config)
        self.seen = torch.zeros(0, dtype=torch.long)

    @torch.inference_mode()
    def __call__(self, ids, rows):
        short = min(len(self.seen), len(ids) - rows)  # the last `rows` go through the model in any case
        same = int((self.seen[:short] == ids[:short]).long().cumprod(0).sum())
        if same < len(self.seen):
            self.cache.crop(same - len(self.seen))  # a negative number: so many from the end
        self.seen = ids
        return self.network(input_ids=ids[None, same:], past_key_values=self.cache).logits[0, -rows:].softmax(-1)


def _beginnings(tokenizer, kind, count):
    """The first tokens of texts that no model was trained on: eight of a plain text, or what comes before an answer."""
    lines = (_data("small_world") / "held_out.jsonl").read_text(encoding="utf-8").splitlines()
    records = [record for record in map(json.loads, lines) if record["kind"] == kind][:count]
    texts = []
    for record in records:
        if "text" in record:
            ids = tokenizer(record["text"])["input_ids"][:8]
        else:
            asked = [message for message in record["messages"][:2] if message["role"] != "assistant"]
            ids = tokenizer.apply_chat_template(asked, add_generation_prompt=True, return_dict=True)["input_ids"]
        texts.append(torch.tensor(ids))
    return texts
