"""Given: experiments of week 01, which use what you wrote on a real language model."""

from pathlib import Path

import torch
from matplotlib.figure import Figure

from grader.report.columns import in_language

WREN = Path(__file__).resolve().parents[2] / "datasets" / "wren"
SMALL = {"warm_and_cold": {"temperatures": (0.5, 2.0)}, "thin_weights": {"ranks": (1, 8)}}
"""Settings with which the repository's own tests run each experiment."""


def warm_and_cold(
    softmax, entropy, *, text="Anna has a", temperatures=(0.25, 0.5, 1.0, 2.0, 4.0), model=WREN, lang="en"
):
    """Our small model has read "Anna has a". At temperature 1 its next word is uncertain. What will the entropy do when
    the logits are divided by 4, and by 1/4? Can it pass the logarithm of the number of tokens?

    我们的小模型读了 “Anna has a”。温度为 1 时，下一个词是不确定的。把 logits 除以 4 或除以 1/4，熵会怎样变化？
    它能超过词元总数的对数吗？
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer, network = (part.from_pretrained(_present(model)) for part in (AutoTokenizer, AutoModelForCausalLM))
    ids = tokenizer(text, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        logits = network(input_ids=ids).logits[0, -1].double()  # (vocabulary)
    say = in_language(lang)
    lines = [f"{text} …    (ln {len(logits)} = {torch.tensor(len(logits)).log():.2f})"]
    for temperature in temperatures:
        p = softmax(logits / temperature)
        top = p.topk(4)
        words = ", ".join(
            f"{tokenizer.decode([token]).strip()} {share:.2f}"
            for share, token in zip(top.values.tolist(), top.indices.tolist(), strict=True)
        )
        found = f"{say('entropy', '熵')} {float(entropy(p)):.2f}"
        lines.append(f"{say('temperature', '温度')} {temperature:<5} {found}   {words}")
    return "\n".join(lines)


def thin_weights(low_rank, *, ranks=(1, 2, 4, 8, 16, 32, 64), model=WREN):
    """A weight matrix of our small model, and random numbers of the same shape, are replaced by thin factors. Which of
    the two can be made thin with less loss? At which rank do the factors hold more numbers than the matrix?

    把小模型的一个权重矩阵，和同样形状的随机数，都换成两个瘦长因子的乘积。哪一个变瘦时损失更小？秩到多少时，两个因子的数字总数反而超过原矩阵？
    """
    from safetensors.torch import load_file

    weights = load_file(str(_present(model) / "model.safetensors"))
    learned = weights["model.embed_tokens.weight"].float()
    random = torch.randn(learned.shape, generator=torch.Generator().manual_seed(1))
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for name, matrix in (("token embeddings of wren", learned), ("random numbers", random)):
        kept = [rank for rank in ranks if rank <= min(matrix.shape)]
        lost = []
        for rank in kept:
            B, C = low_rank(matrix, rank)
            lost.append(float((matrix - B @ C).square().sum() / matrix.square().sum()))
        axes.plot(kept, lost, "o-", label=name)
    axes.set(xlabel="rank", ylabel="share of the squares that is lost", xscale="log", ylim=(0, 1))
    axes.set_xticks(ranks, labels=map(str, ranks))
    axes.minorticks_off()
    axes.legend()
    return figure


def _present(model):
    """Return the model's folder, or say that this copy of the course came without it."""
    if not (Path(model) / "config.json").is_file():
        raise FileNotFoundError(
            f"There is no model in {model}: this copy of the course came without it. "
            f"{model} 中没有模型：这份课程不含它。"
        )
    return Path(model)
