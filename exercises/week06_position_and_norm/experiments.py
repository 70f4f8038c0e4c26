"""Given: experiments of week 06, which put your rotation and your frequencies into our small model, and your norms
into small ones."""

import json
from contextlib import contextmanager
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from grader.report.columns import in_language, left, right

DATA = Path(__file__).resolve().parents[2] / "datasets"
SMALL = {
    "what_positions_are_worth": {"documents": 4},
    "a_sentence_in_company": {"steps": 8, "batch": 4, "length": 16},
    "four_times_as_long": {"rows": 1, "length": 640},
}
"""Settings with which the repository's own tests run each experiment."""


def what_positions_are_worth(apply_rotary, *, documents=40, model=DATA / "wren", lang="en"):
    """Our small model reads held-out text, turned by your `apply_rotary`. Which of these will it mind: all positions
    100 further on, every position doubled, all tokens at position 0, the other pairing with its weights as they are?

    我们的小模型用你写的 `apply_rotary` 读留出的文本。下面哪些改动会让它变差：所有位置后移 100、每个位置加倍、
    所有词元都在位置 0、换一种配对方式而不转换权重？
    """
    tokenizer, network = _load(model)
    base = network.config.rope_parameters["rope_theta"]
    texts = [tokenizer(text, return_tensors="pt")["input_ids"][:, :256] for text in _held_out(documents)]
    say = in_language(lang)
    ways = {
        say("as it was trained", "与训练时相同"): (lambda p: p, "half"),
        say("100 positions further on", "所有位置后移 100"): (lambda p: p + 100, "half"),
        say("every position doubled", "每个位置加倍"): (lambda p: 2 * p, "half"),
        say("all at position 0", "所有词元都在位置 0"): (lambda p: 0 * p, "half"),
        say("the other pairing", "换一种配对方式"): (lambda p: p, "interleaved"),
    }
    lines = [say("held-out loss of wren, nats per token", "wren 的留出损失（每个词元，单位为 nat）")]
    for name, (moved, pairing) in ways.items():
        with _rotation(lambda x, p, moved=moved, pairing=pairing: apply_rotary(x, moved(p), base, pairing)):
            lines.append(f"{left(name, 26)}{_mean_loss(network, texts):6.2f}")
    return "\n".join(lines)


def a_sentence_in_company(LayerNorm, RMSNorm, BatchNorm1d, *, steps=200, batch=8, length=32, lang="en"):
    """Three small language models differ in their norm alone. After training, each reads one new English sentence in a
    batch with seven others: English ones, Chinese ones, nothing but padding. The model sees no word of them: whose loss
    on the sentence will change? And what will evaluation mode say, which uses running statistics?

    三个小语言模型只有归一化不同。训练之后，每个模型都读同一句新的英文，同批还有另外七句：全是英文、全是中文，或者全是填充。
    模型看不到那些句子里的任何一个词：谁对这一句的损失会变？使用滑动统计量的评估模式又会给出多少？
    """
    english, chinese = _rows("en", length), _rows("zh", length)
    sentence, english = english[:1], english[1:]
    say = in_language(lang)
    company = {
        say("English", "英文"): english[: batch - 1],
        say("Chinese", "中文"): chinese[: batch - 1],
        say("padding", "填充"): torch.zeros_like(english[: batch - 1]),
    }
    head = left(say("loss, in company of", "损失，同批的句子是"), 21) + "".join(right(name, 9) for name in company)
    lines = [head + right(say("evaluation", "评估模式"), 12)]
    for norm in (LayerNorm, RMSNorm, BatchNorm1d):
        model = _SmallModel(256, norm)
        _train(model, english[batch:], steps, batch)
        losses = [_loss(model.train(), torch.cat([sentence, others])) for others in company.values()]
        evaluated = _loss(model.eval(), sentence)
        lines.append(f"{norm.__name__:21}" + "".join(f"{loss:9.3f}" for loss in losses) + f"{evaluated:12.3f}")
    return "\n".join(lines)


def four_times_as_long(scaled_frequencies, *, rows=5, length=2048, model=DATA / "wren", lang="en"):
    """Our small model was trained on texts of 512 tokens. It now reads 2,048 tokens, one held-out story after another,
    with its own frequencies and with yours of each kind, factor 4; it is not trained any further. Where does it get
    lost with its own? Which kind helps at far positions, and what does each cost at near ones?

    我们的小模型用 512 个词元的文本训练。现在它读 2048 个词元（留出的故事一篇接一篇），先用自己的频率，
    再用你写的每一种频率（factor 为 4），都不再训练。用自己的频率时，它从哪里开始迷路？
    哪种方法对远处有用，在近处各要付出什么代价？
    """
    tokenizer, network = _load(model)
    rotary, known = network.model.rotary_emb, network.config.max_position_embeddings
    base, dim = network.config.rope_parameters["rope_theta"], network.config.head_dim
    ids = [token for text in _held_out(None) for token in [*tokenizer(text)["input_ids"], tokenizer.eos_token_id]]
    texts = torch.tensor(ids[: rows * length]).view(rows, length)

    say = in_language(lang)
    ways = {say("its own frequencies", "自己的频率"): (rotary.inv_freq, rotary.attention_scaling)}
    for kind in ("linear", "ntk", "yarn", "llama3"):
        ways[kind] = scaled_frequencies(dim, kind, 4.0, original_length=known, base=base)
    edges = [*range(0, length, known), length]
    spans = list(zip(edges, edges[1:], strict=False))
    told = (
        "held-out loss of wren, nats per token, at the positions",
        "wren 在各段位置上的留出损失（每个词元，单位为 nat）",
    )
    lines = [say(*told), " " * 22 + "".join(f"{f'{begin}-{end - 1}':>11}" for begin, end in spans)]
    for name, (frequencies, attention) in ways.items():
        rotary.inv_freq, rotary.attention_scaling = frequencies.float(), attention
        losses = torch.stack([_loss_by_position(network, row) for row in texts]).mean(dim=0)
        lines.append(left(name, 22) + "".join(f"{losses[begin:end].mean():11.2f}" for begin, end in spans))
    return "\n".join(lines)


def _load(model):
    """The tokenizer and the model of a folder, unless this copy of the course came without it."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if not (Path(model) / "config.json").is_file():
        raise FileNotFoundError(
            f"There is no model in {model}: this copy of the course came without it. "
            f"{model} 中没有模型：这份课程不含它。"
        )
    network = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
    return AutoTokenizer.from_pretrained(model), network


def _held_out(count):
    """Some plain texts of the little world that no model was trained on."""
    records = map(json.loads, (DATA / "small_world" / "held_out.jsonl").read_text(encoding="utf-8").splitlines())
    return [record["text"] for record in records if "text" in record][:count]


@contextmanager
def _rotation(turn):
    """Let transformers' Llama turn its queries and keys by `turn(x, positions)`."""
    from transformers.models.llama import modeling_llama as llama

    original = llama.apply_rotary_pos_emb

    def turned(query, key, *tables, **options):
        positions = torch.arange(query.shape[-2], device=query.device)  # a whole text at a time: no cache
        return turn(query, positions), turn(key, positions)

    llama.apply_rotary_pos_emb = turned
    try:
        yield
    finally:
        llama.apply_rotary_pos_emb = original


@torch.no_grad()
def _mean_loss(network, texts):
    total = sum(float(network(input_ids=ids, labels=ids).loss) * (ids.shape[1] - 1) for ids in texts)
    return total / sum(ids.shape[1] - 1 for ids in texts)


@torch.no_grad()
def _loss_by_position(network, ids):
    return F.cross_entropy(network(ids[None]).logits[0, :-1], ids[1:], reduction="none")


class _SmallModel(nn.Module):
    """Two layers of causal attention with a feed-forward layer, width 64; the norm is the one to be tried."""

    def __init__(self, vocabulary, norm, width=64, layers=2):
        super().__init__()
        torch.manual_seed(6)  # noqa: TID251 - initial weights know no other generator
        self.embedding, self.places = nn.Embedding(vocabulary, width), nn.Embedding(512, width)
        self.mix = nn.ModuleList(nn.Linear(width, 3 * width) for _ in range(layers))
        self.think = nn.ModuleList(
            nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)) for _ in range(layers)
        )
        self.norms = nn.ModuleList(norm(width) for _ in range(2 * layers + 1))
        self.head = nn.Linear(width, vocabulary)

    def forward(self, ids):
        x = self.embedding(ids) + self.places(torch.arange(ids.shape[1]))
        for layer, (mix, think) in enumerate(zip(self.mix, self.think, strict=True)):
            query, key, value = mix(self._normed(2 * layer, x)).chunk(3, dim=-1)
            x = x + F.scaled_dot_product_attention(query, key, value, is_causal=True)
            x = x + think(self._normed(2 * layer + 1, x))
        return self.head(self._normed(-1, x))

    def _normed(self, number, x):
        norm = self.norms[number]
        if hasattr(norm, "running_mean"):  # features come second
            return norm(x.transpose(1, 2)).transpose(1, 2)
        return norm(x)


def _train(model, rows, steps, batch):
    source = torch.Generator().manual_seed(6)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(steps):
        chosen = rows[torch.randint(len(rows), (batch,), generator=source)]
        optimizer.zero_grad()
        logits = model(chosen[:, :-1])
        F.cross_entropy(logits.flatten(0, 1), chosen[:, 1:].flatten()).backward()
        optimizer.step()


@torch.no_grad()
def _loss(model, rows):
    """The mean loss on the first row; running statistics are put back, so that measuring teaches nothing."""
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    loss = F.cross_entropy(model(rows[:, :-1])[0], rows[0, 1:])
    model.load_state_dict(kept)
    return float(loss)


def _rows(language, length):
    """Plain text of the little world in one language, as bytes, cut into rows."""
    records = map(json.loads, (DATA / "small_world" / "train.jsonl").read_text(encoding="utf-8").splitlines())
    text = "\n".join(record["text"] for record in records if record.get("language") == language and "text" in record)
    ids = torch.tensor(list(text.encode()[:300_000]))
    return ids[: len(ids) // (length + 1) * (length + 1)].view(-1, length + 1)
