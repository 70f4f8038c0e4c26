"""Train wren, the course's small language model, and its draft model on the little world.

    python datasets/wren/train.py                    # both models: well under an hour on two cores
    python datasets/wren/train.py --device cuda      # minutes
    torchrun --nproc-per-node 2 datasets/wren/train.py --threads 1    # two processes that share each batch
    python datasets/wren/train.py --steps 20 --out /tmp/try --work /tmp/try-work     # does it run at all?

A run that was stopped goes on where it was when it is started again (checkpoints stand under --work).
Everything is seeded. Machines still round differently, so elsewhere the weights differ, if not in what they can do.
"""

import argparse
import csv
import itertools
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.distributed
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from torch import Tensor
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

HERE = Path(__file__).parent
DATA = HERE.parent / "small_world"
SEED = 20261129
VOCABULARY = 1536
CONTEXT = 512
TOKENS = 2048  # a step's
SHORT = 256  # rows of this length at first, of CONTEXT tokens in the end: attention to far tokens is dear
WARM_UP = 100  # steps
EVERY = 100  # steps from one report and checkpoint to the next
# What wren practises in the last part: how often a document of each kind occurs in an epoch. All others occur once, for
# a model that saw few stories there would forget how new ones go.
PRACTICE = {"arithmetic": 4, "calculation": 3, "reading": 2, "yes_or_no": 2}

BEGIN, END, PAD = "<|begin|>", "<|end|>", "<|pad|>"
ROLES = ["<|system|>", "<|user|>", "<|assistant|>", "<|tool|>"]
TOOL_CALL = ["<tool_call>", "</tool_call>"]  # ordinary text to a reader, so decoding never drops them
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{{ '<|' + message['role'] + '|>' }}"
    "{% if message['role'] == 'assistant' %}{% generation %}{{ message['content'] + eos_token }}{% endgeneration %}"
    "{% else %}{{ message['content'] + eos_token }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


@dataclass(frozen=True)
class Plan:
    """What tells the two models apart."""

    name: str
    folder: Path
    steps: int
    width: int
    layers: int
    heads: int
    kv_heads: int
    hidden: int
    settle: float  # the share of the steps after which the rate falls and rows are long
    practises: bool

    def config(self) -> LlamaConfig:
        return LlamaConfig(
            vocab_size=VOCABULARY,
            hidden_size=self.width,
            num_hidden_layers=self.layers,
            num_attention_heads=self.heads,
            num_key_value_heads=self.kv_heads,
            intermediate_size=self.hidden,
            max_position_embeddings=CONTEXT,
            rms_norm_eps=1e-5,
            tie_word_embeddings=True,
            bos_token_id=0,
            eos_token_id=1,
            pad_token_id=2,
        )


WREN = Plan(
    "wren", HERE, steps=2700, width=192, layers=4, heads=6, kv_heads=2, hidden=512, settle=2 / 3, practises=True
)
DRAFT = Plan(
    "draft",
    HERE.parent / "draft_model",
    steps=3000,
    width=64,
    layers=2,
    heads=4,
    kv_heads=2,
    hidden=192,
    settle=0.7,
    practises=False,
)


# ------------------------------------------------------------------------------------------------ text to numbers


def read(name: str) -> list[dict]:
    lines = (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def raw_texts(records: list[dict]) -> Iterator[str]:
    """All text without roles: what the tokenizer learns its pieces from."""
    for record in records:
        yield from [record["text"]] if "text" in record else [one["content"] for one in record["messages"]]


def train_tokenizer(records: list[dict]) -> PreTrainedTokenizerFast:
    """Byte-level BPE; each digit is a piece of its own, so that numbers are always spelt the same way."""
    tokenizer = Tokenizer(models.BPE())
    digits = pre_tokenizers.Split(Regex(r"\d"), "isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    special = [BEGIN, END, PAD, *ROLES]
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - len(TOOL_CALL),
        special_tokens=special,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(raw_texts(records), trainer)
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token in TOOL_CALL])
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{BEGIN} $A", special_tokens=[(BEGIN, 0)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=BEGIN,
        eos_token=END,
        pad_token=PAD,
        additional_special_tokens=ROLES,
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
        chat_template=CHAT_TEMPLATE,
    )


def encode(tokenizer: PreTrainedTokenizerFast, record: dict) -> list[int]:
    """A text between begin and end, or a chat in the template's form."""
    if "text" in record:
        return tokenizer(record["text"])["input_ids"] + [tokenizer.eos_token_id]
    text = tokenizer.apply_chat_template(record["messages"], tokenize=False)
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def batches(documents: list[list[int]], step: int) -> Iterator[Tensor]:
    """Endless batches of tokens from `step` on: each epoch in a new order, the documents one after the other.

    The order is a function of the epoch's number alone, so a resumed run sees what it would have seen.
    """
    per_epoch = sum(map(len, documents)) // TOKENS
    while True:
        epoch, first = divmod(step, per_epoch)
        order = torch.randperm(len(documents), generator=torch.Generator().manual_seed(SEED + epoch)).tolist()
        stream = torch.tensor([token for index in order for token in documents[index]])
        yield from stream[: per_epoch * TOKENS].view(per_epoch, TOKENS)[first:]
        step += per_epoch - first


def practice(records: list[dict], documents: list[list[int]]) -> list[list[int]]:
    """The documents of the last part of the training."""
    chosen = []
    for record, document in zip(records, documents, strict=True):
        chosen += [document] * PRACTICE.get(record["kind"], 1)
    return chosen


def held_out_loss(model: LlamaForCausalLM, documents: list[list[int]], device: str) -> float:
    """Nats per token, each document by itself, the begin token given."""
    total, count = 0.0, 0
    with torch.inference_mode():
        for start in range(0, len(documents), 16):
            rows = [torch.tensor(ids) for ids in documents[start : start + 16]]
            ids = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=-100).to(device)
            # Padding stands right, where no earlier token looks: any number will do there.
            logits = model(input_ids=ids.masked_fill(ids < 0, 0)).logits[:, :-1].float()
            total += torch.nn.functional.cross_entropy(logits.transpose(1, 2), ids[:, 1:], reduction="sum").item()
            count += int((ids[:, 1:] != -100).sum())
    return total / count


# ------------------------------------------------------------------------------------------------ training


def processes() -> tuple[int, int]:
    """This process's number and how many there are, as torchrun says; (0, 1) without it."""
    return int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))


def average_gradients(model: LlamaForCausalLM, loss: Tensor) -> None:
    """Put the mean over all processes into every gradient and into the loss."""
    tensors = [parameter.grad for parameter in model.parameters()] + [loss.detach()]
    flat = torch.cat([tensor.flatten() for tensor in tensors])
    torch.distributed.all_reduce(flat)
    parts = (flat / torch.distributed.get_world_size()).split([tensor.numel() for tensor in tensors])
    for tensor, part in zip(tensors, parts, strict=True):
        tensor.copy_(part.view_as(tensor))


def optimizers(model: LlamaForCausalLM) -> list[torch.optim.Optimizer]:
    """Muon for the layers' matrices, AdamW for the embedding and the norms."""
    matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name]
    rest = [p for name, p in model.named_parameters() if p.ndim != 2 or "embed" in name]
    return [
        torch.optim.Muon(matrices, lr=4e-3, weight_decay=0.05, momentum=0.95, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(rest, lr=4e-3, betas=(0.9, 0.98), weight_decay=0.0),
    ]


def rate(step: int, settle: int, steps: int) -> float:
    """Warm up, stay, and fall in a straight line from step `settle` on."""
    return min(1.0, (step + 1) / WARM_UP, max(0.02, (steps - step) / (steps - settle)))


class Run:
    """One model's training: its state can be saved and taken up again."""

    def __init__(self, plan: Plan, steps: int, device: str, work: Path) -> None:
        torch.random.manual_seed(SEED)
        self.plan, self.steps, self.device = plan, steps, device
        self.settle = int(plan.settle * steps)
        self.model = LlamaForCausalLM(plan.config()).to(device)
        self.optimizers = optimizers(self.model)
        self.peaks = [optimizer.param_groups[0]["lr"] for optimizer in self.optimizers]
        self.step, self.seconds = 0, 0.0
        self.curve: list[tuple[int, float, float]] = []
        work.mkdir(parents=True, exist_ok=True)
        self.checkpoint = work / f"{plan.name}.pt"
        if self.checkpoint.exists():
            self.load()

    def load(self) -> None:
        state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.step, self.seconds, self.curve = state["step"], state["seconds"], [tuple(row) for row in state["curve"]]
        print(f"{self.plan.name}: goes on at step {self.step}", flush=True)

    def save(self) -> None:
        state = {"model": self.model.state_dict(), "optimizers": [one.state_dict() for one in self.optimizers]}
        state |= {"step": self.step, "seconds": self.seconds, "curve": self.curve}
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.checkpoint)  # a run that is killed here keeps the older checkpoint

    def train_step(self, batch: Tensor) -> float:
        for optimizer, peak in zip(self.optimizers, self.peaks, strict=True):
            optimizer.param_groups[0]["lr"] = peak * rate(self.step, self.settle, self.steps)
        rank, world = processes()
        rows = batch.view(-1, SHORT if self.step < self.settle else CONTEXT)
        batch = rows[rank::world].to(self.device)
        with torch.autocast(torch.device(self.device).type, torch.bfloat16):
            loss = self.model(input_ids=batch, labels=batch).loss
        loss.backward()
        if world > 1:
            average_gradients(self.model, loss)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad()
        self.step += 1
        return loss.item()

    def batches(self, documents: list[list[int]], late: list[list[int]]) -> Iterator[Tensor]:
        """From where the run stands: batches of all documents, then of those for the last part."""
        yield from itertools.islice(batches(documents, self.step), max(0, self.settle - self.step))
        yield from batches(late, self.step - self.settle)

    def train(
        self, documents: list[list[int]], late: list[list[int]], held_out: list[list[int]], until: int = 0
    ) -> None:
        """Train until the end, or for this time until step `until`."""
        recent: list[float] = []
        start = time.monotonic() - self.seconds
        for batch in self.batches(documents, late):
            if self.step >= (until or self.steps):
                break
            recent.append(self.train_step(batch))
            if processes()[0] == 0 and (self.step % EVERY == 0 or self.step in (until, self.steps)):
                self.seconds = time.monotonic() - start
                self.report(sum(recent) / len(recent), held_out_loss(self.model, held_out, self.device))
                self.save()
                recent = []

    def report(self, train_loss: float, held_out: float) -> None:
        self.curve.append((self.step, round(train_loss, 4), round(held_out, 4)))
        left = self.seconds / self.step * (self.steps - self.step) / 60
        losses = f"train {train_loss:.3f}, held out {held_out:.3f}"
        print(f"{self.plan.name}: step {self.step}/{self.steps}, {losses}, {left:.0f} min left", flush=True)


def save_model(run: Run, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Half precision weights, the tokenizer and the loss curve."""
    folder.mkdir(parents=True, exist_ok=True)
    model = run.model.to(torch.float16)
    model.generation_config.update(max_new_tokens=64, do_sample=False, bos_token_id=0, eos_token_id=1, pad_token_id=2)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    with (folder / "loss.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["step", "train", "held_out"])
        writer.writerows(run.curve)


def draw_curve(plans: list[Plan], path: Path) -> None:
    """The losses of both models as a drawing that is readable on white and on black."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    matplotlib.rcParams.update({"svg.hashsalt": "wren", "text.color": "gray", "axes.labelcolor": "gray"})
    figure, axes = pyplot.subplots(figsize=(6.4, 3.6))
    for plan, colour in zip(plans, ("tab:blue", "tab:orange"), strict=True):
        rows = list(csv.DictReader((plan.folder / "loss.csv").open(encoding="utf-8")))
        steps = [int(row["step"]) for row in rows]
        axes.plot(
            steps, [float(row["train"]) for row in rows], color=colour, linestyle="--", label=f"{plan.name}: train"
        )
        axes.plot(steps, [float(row["held_out"]) for row in rows], color=colour, label=f"{plan.name}: held out")
    axes.set(xlabel=f"steps of {TOKENS} tokens", ylabel="loss (nats per token)")
    axes.tick_params(colors="gray")
    axes.spines[:].set_color("gray")
    axes.legend(frameon=False)
    figure.savefig(path, transparent=True, bbox_inches="tight", metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--model", choices=["wren", "draft", "both"], default="both")
    parser.add_argument("--steps", type=int, help="fewer or more steps than planned")
    parser.add_argument("--out", type=Path, help="a folder for the results instead of the places in datasets/")
    parser.add_argument("--work", type=Path, default=Path("build/wren"), help="checkpoints (default: build/wren)")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if processes()[1] > 1:
        torch.distributed.init_process_group()
    arguments.work.mkdir(parents=True, exist_ok=True)

    records = read("train")
    saved = arguments.work / "tokenizer"
    if not saved.exists():
        train_tokenizer(records).save_pretrained(saved)
    tokenizer = AutoTokenizer.from_pretrained(saved)
    documents = [encode(tokenizer, record) for record in records]
    held_out = [encode(tokenizer, record) for record in read("held_out")]
    print(f"{len(documents)} documents, {sum(map(len, documents))} tokens, {len(tokenizer)} pieces", flush=True)
    for plan in (WREN, DRAFT):
        if arguments.model in (plan.name, "both"):
            run = Run(plan, arguments.steps or plan.steps, arguments.device, arguments.work)
            run.train(documents, practice(records, documents) if plan.practises else documents, held_out)
            if processes()[0] > 0:
                continue  # all processes have the same weights; the first one writes them
            save_model(run, tokenizer, arguments.out / plan.folder.name if arguments.out else plan.folder)
            print(f"{plan.name}: {run.model.num_parameters()} parameters, {run.seconds / 60:.1f} minutes", flush=True)
    if not arguments.out and all((plan.folder / "loss.csv").exists() for plan in (WREN, DRAFT)):
        draw_curve([WREN, DRAFT], HERE / "loss.svg")


if __name__ == "__main__":
    main()
