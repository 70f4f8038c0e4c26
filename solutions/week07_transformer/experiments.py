"""Given: experiments of week 07, which use what you wrote on our small model and on well-known configurations."""

import json
import time
from pathlib import Path

import torch
from matplotlib.figure import Figure
from model_configs import MODELS

from grader.report.columns import in_language

WREN = Path(__file__).resolve().parents[2] / "datasets" / "wren"
SMALL = {
    "wren_writes": {"steps": 3, "prompts": ("Anna has",)},
    "where_the_parameters_are": {"names": ("GPT-2", "T5 small")},
}
"""Settings with which the repository's own tests run each experiment."""


def wren_writes(Llama, *, prompts=("Anna has a small dog. The dog", "小明"), steps=24, model=WREN, lang="en"):
    """Your Llama loads wren and goes on with a text twice: with its cache, and reading everything again for each token.
    Will both write the same? How many times faster is the cache, after a short prompt like this?

    你的 Llama 载入 wren，把同一段文本续写两次：一次用缓存，一次为每个词元重读全文。写出的内容会相同吗？提示这么短时，缓存快几倍？
    """
    from safetensors.torch import load_file
    from transformers import AutoTokenizer

    if not (Path(model) / "config.json").is_file():
        raise FileNotFoundError(
            f"There is no model in {model}: this copy of the course came without it. "
            f"{model} 中没有模型：这份课程不含它。"
        )
    llama = Llama(json.loads((Path(model) / "config.json").read_text(encoding="utf-8")))
    llama.load_state_dict({name: x.float() for name, x in load_file(Path(model) / "model.safetensors").items()})
    tokenizer = AutoTokenizer.from_pretrained(model)
    say, lines = in_language(lang), []
    for prompt in prompts:
        ids = tokenizer(prompt, return_tensors="pt")["input_ids"]
        begun = time.perf_counter()
        cached = llama.generate(ids, steps)
        between = time.perf_counter()
        again = _read_again(llama, ids, steps)
        ended = time.perf_counter()
        same = say("the same", "结果相同") if torch.equal(cached, again) else say("NOT the same", "结果不同")
        ratio = (ended - between) / (between - begun)
        told = say(
            f"without a cache: {same}, {ratio:.1f} times the time", f"不用缓存：{same}，耗时是用缓存的 {ratio:.1f} 倍"
        )
        lines += [tokenizer.decode(cached[0].tolist()), f"    {told}"]
    return "\n".join(lines)


@torch.no_grad()
def _read_again(llama, ids, steps):
    """Write without a cache."""
    for _ in range(steps):
        ids = torch.cat([ids, llama(ids)[:, -1:].argmax(dim=-1)], dim=1)
    return ids


def where_the_parameters_are(count_parameters, *, names=tuple(MODELS)):
    """In which of these models are more than a third of all parameters in the embeddings? In which does attention have
    more than the feed-forward layers?

    这些模型中，哪些有超过三分之一的参数在嵌入里？哪些模型的注意力比前馈层参数更多？
    """
    figure = Figure(figsize=(9, 0.4 * len(names) + 1.5), layout="constrained")
    axes = figure.subplots()
    left = [0.0] * len(names)
    counts = [count_parameters(MODELS[name][0]) for name in names]
    for part in ("embeddings", "attention", "feed_forward", "norms", "head"):
        shares = [count[part] / count["total"] for count in counts]
        axes.barh(range(len(names)), shares, left=left, label=part)
        left = [begin + share for begin, share in zip(left, shares, strict=True)]
    labels = [f"{name}: {count['total']:,}" for name, count in zip(names, counts, strict=True)]
    axes.set_yticks(range(len(names)), labels=labels)
    axes.invert_yaxis()
    axes.set(xlabel="share of all parameters", xlim=(0, 1))
    axes.legend(loc="upper center", bbox_to_anchor=(0.4, -0.12), ncols=5)
    return figure
