"""Given: experiments of week 05, which use what you wrote on a real model and against the clock."""

import json
import time
from pathlib import Path

import torch
from matplotlib.figure import Figure
from torch.utils._python_dispatch import TorchDispatchMode

from grader.report.columns import headings, in_language, right

DATA = Path(__file__).resolve().parents[2] / "datasets"
WREN = DATA / "wren"
SMALL = {
    "heads_of_wren": {"text": "Anna has a cat."},
    "plain_against_blockwise": {"lengths": (64, 128, 256), "block_size": 32},
    "what_a_window_costs": {"windows": (16, 4), "documents": 3},
}
"""Settings with which the repository's own tests run each experiment."""


def heads_of_wren(
    attention_heatmap, *, text="Anna has a small dog. The dog is called Rex. Anna and", layer=1, model=WREN
):
    """Our small model reads a sentence about a dog. Where will its heads look from the last word: to the beginning, to
    the word before it, or to the name that comes next? Will they all do the same?

    我们的小模型读一句关于一只狗的话。从最后一个词看出去，它的各个头会看哪里：句首、前一个词，还是接下来要说的名字？所有的头都一样吗？
    """
    tokenizer, network = _load(model)
    ids = tokenizer(text, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        weights = network(input_ids=ids, output_attentions=True).attentions[layer][0]  # (heads, tokens, tokens)
    return attention_heatmap(weights, [tokenizer.decode([token]) for token in ids[0].tolist()])


def plain_against_blockwise(
    scaled_dot_product_attention,
    blockwise_attention,
    *,
    lengths=(256, 512, 1024, 2048, 4096),
    width=64,
    block_size=256,
):
    """The length doubles four times. By which factor will the largest table in memory grow, for each of the two
    functions, and the time? Which of the two will be faster at length 4,096?

    长度翻倍四次。两个函数在内存中最大的表各增大多少倍？耗时呢？长度为 4,096 时哪一个更快？
    """
    functions = {
        "plain": lambda q, k, v: scaled_dot_product_attention(q, k, v)[0],
        "blockwise": lambda q, k, v: blockwise_attention(q, k, v, block_size),
    }
    source = torch.Generator().manual_seed(5)
    figure = Figure(figsize=(10, 4), layout="constrained")
    memory, seconds = figure.subplots(1, 2)
    for name, function in functions.items():
        measured = [_measure(function, torch.randn(3, length, width, generator=source)) for length in lengths]
        megabytes, times = zip(*measured, strict=True)
        memory.plot(lengths, megabytes, "o-", label=name)
        seconds.plot(lengths, times, "o-", label=name)
    memory.set(title="largest table", ylabel="megabytes")
    seconds.set(title="time", ylabel="seconds")
    for axes in (memory, seconds):
        axes.set(xlabel="length", xscale="log", yscale="log")
        axes.set_xticks(lengths, labels=map(str, lengths))
        axes.minorticks_off()
        axes.legend()
    return figure


def what_a_window_costs(
    sliding_window_mask, *, windows=(256, 32, 16, 8, 4), sinks=4, documents=30, model=WREN, lang="en"
):
    """Large models write nonsense as soon as the very first token has left the window. Our small model reads texts of
    64 to 110 tokens through your mask. With how short a window does it still do well, and are the first tokens needed?

    最前面的词元一离开窗口，大模型就会语无伦次。我们的小模型透过你写的掩码读 64 到 110 个词元的文本。
    窗口短到多少它还能应付？它需要最前面的词元吗？
    """
    tokenizer, network = _load(model)
    records = map(json.loads, (DATA / "small_world" / "held_out.jsonl").read_text(encoding="utf-8").splitlines())
    texts = (tokenizer(record["text"], return_tensors="pt")["input_ids"] for record in records if "text" in record)
    texts = [ids for ids in texts if ids.shape[1] >= 64][:documents]
    say = in_language(lang)
    heads = headings(say, ("window", "窗口", 6), ("alone", "无汇点", 9))
    heads += right(say(f"and {sinks} sinks", f"加 {sinks} 个汇点"), 13)
    lines = [say("held-out loss of wren, nats per token", "wren 的留出损失（每个词元，单位为 nat）"), heads]
    for window in windows:
        alone, helped = (_loss_behind(network, texts, sliding_window_mask, window, kept) for kept in (0, sinks))
        lines.append(f"{window:6}{alone:9.2f}{helped:13.2f}")
    return "\n".join(lines)


def _load(model):
    """Return the tokenizer and the model of a folder, or say that this copy of the course came without it."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if not (Path(model) / "config.json").is_file():
        raise FileNotFoundError(
            f"There is no model in {model}: this copy of the course came without it. "
            f"{model} 中没有模型：这份课程不含它。"
        )
    # "eager" makes the table of the weights and adds the mask that it is given; faster ways do neither.
    network = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32, attn_implementation="eager").eval()
    return AutoTokenizer.from_pretrained(model), network


@torch.no_grad()
def _loss_behind(network, texts, sliding_window_mask, window, sinks):
    """Return the mean loss of a model whose layers all see through the mask."""
    total = count = 0
    for ids in texts:
        length = ids.shape[1]
        visible = sliding_window_mask(length, length, window, sinks)
        added = torch.zeros(1, 1, length, length).masked_fill(~visible, torch.finfo(torch.float32).min)
        logits = network(input_ids=ids, attention_mask=added).logits[0, :-1]
        total += float(torch.nn.functional.cross_entropy(logits, ids[0, 1:], reduction="sum"))
        count += length - 1
    return total / count


def _measure(function, inputs, rounds=3):
    """Return the megabytes of the largest tensor that a call makes, and the seconds of the quickest of some calls."""
    with _Largest() as seen:
        function(*inputs)
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        function(*inputs)
        times.append(time.perf_counter() - begun)
    return seen.bytes / 1e6, min(times)


class _Largest(TorchDispatchMode):
    """Watches every operation, and remembers the size of the largest tensor that one returned."""

    bytes = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        answer = func(*args, **(kwargs or {}))
        if isinstance(answer, torch.Tensor):
            self.bytes = max(self.bytes, answer.numel() * answer.element_size())
        return answer
