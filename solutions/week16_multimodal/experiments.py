"""Given: experiments of week 16, which use what you wrote on something real."""

import time
from pathlib import Path

import torch
from matplotlib.figure import Figure
from shapes import COLOURS, PLACES, SHAPES, load_shapes, thing
from small_clip import train_clip
from tiny_vlm import load
from torch import nn

from grader.report.columns import headings, in_language, left, right

SMALL = {
    "new_combinations": {"steps": 3},
    "sentences_and_pictures": {"steps": 3},
    "what_it_says": {"pictures": 2},
    "a_picture_of_yours": {"questions": ()},
    "queries_or_patches": {"steps": 2, "batch": 4, "pictures": 2},
}
"""Settings with which the repository's own tests run each experiment."""

_trained = {}  # the last model that was trained, so that the second experiment need not train it again


def _clip(patchify, clip_loss, steps):
    """Return a small CLIP of the training pictures, and the pictures and records that are held out."""
    key = patchify, clip_loss, steps
    if key not in _trained:
        _trained.clear()
        _trained[key] = train_clip(patchify, clip_loss, *load_shapes("train"), steps)
    return _trained[key], *load_shapes("held_out")


def new_combinations(patchify, clip_loss, zero_shot, *, steps=1000, lang="en"):
    """A small CLIP sees 30 of the 36 combinations of colour and shape, with captions in both languages, for about 40
    seconds. Then it must name single things among all 36. How often is it right for combinations that it saw, and how
    often for the six it never saw or read? Does it go wrong in the colour or in the shape? (A blind guess: 3 %.)

    一个小 CLIP 用大约 40 秒，看 36 种颜色与形状组合中的 30 种，配有中英文描述。然后要从全部 36 种中说出图里是什么。
    对见过的组合，它有多少次答对？对从未看过、也从未读到过的 6 种呢？错的是颜色还是形状？（随机猜：3 %。）
    """
    say = in_language(lang)
    model, pictures, records = _clip(patchify, clip_loss, steps)
    pairs = [(colour, shape) for colour in COLOURS for shape in SHAPES]
    headings = (say("both right", "都对"), 12), (say("colour", "颜色"), 10), (say("shape", "形状"), 10)
    lines = [" " * 32 + "".join(right(words, width) for words, width in headings)]
    for language, said in (("en", say("English", "英文")), ("zh", say("Chinese", "中文"))):
        labels = [thing(colour, shape, language) for colour, shape in pairs]
        for seen, which in ((True, say("seen in training", "训练中见过")), (False, say("new combinations", "新组合"))):
            rows = [i for i, record in enumerate(records) if record["kind"] == "one" and record["seen"] == seen]
            truth = [tuple(records[i]["things"][0].values()) for i in rows]
            with torch.no_grad():
                likely = zero_shot(
                    model.encode_image(pictures[rows]),
                    labels,
                    PLACES[language],
                    lambda texts: model.encode_text(texts),
                    model.logit_scale.item(),
                )
            guesses = [pairs[number] for number in likely.argmax(dim=-1).tolist()]
            hits = [
                (guess == true, guess[0] == true[0], guess[1] == true[1])
                for guess, true in zip(guesses, truth, strict=True)
            ]
            both, colour, shape = (f"{100 * sum(column) / len(hits):.0f} %" for column in zip(*hits, strict=True))
            lines.append(f"{left(said, 10)}{left(which, 22)}{both:>12}{colour:>10}{shape:>10}")
    return "\n".join(lines)


def sentences_and_pictures(patchify, clip_loss, similarities, recall_at_k, *, steps=1000):
    """The same model compares eight pictures with ten sentences; the last two are captions of the last two
    pictures with the things swapped. Which sentences can this model not tell apart, however long it is trained?
    (`small_clip.py` says what it makes of a sentence.) And how often is a sentence's own picture the first among all?

    同一个模型把八张图片与十个句子相比较；最后两句是把最后两张图片的描述中的两个东西对调得到的。
    有哪些句子，无论训练多久，这个模型都分不清？（读一读 `small_clip.py` 中它怎样处理句子。）
    在全部留出的图片里，一个句子自己的图片有多少次排在第一？
    """
    model, pictures, records = _clip(patchify, clip_loss, steps)
    own = {
        record["caption"]["en"]: number for number, record in reversed(list(enumerate(records)))
    }  # the first of each
    numbers = sorted(own.values())
    texts = [records[number]["caption"][language] for language in ("en", "zh") for number in numbers]
    with torch.no_grad():
        scores = similarities(model.encode_image(pictures[numbers]), model.encode_text(texts))
        owners = torch.arange(len(numbers)).repeat(2)
        found = {k: recall_at_k(scores, owners, k) for k in (1, 5)}
        few = [number for number in numbers if records[number]["kind"] != "two"][:6]
        few += [number for number in numbers if records[number]["how"] in ("left of", "above")][:2]
        sentences = [records[number]["caption"]["en"] for number in few]
        sentences += [_swapped(sentence) for sentence in sentences[-2:]]
        matrix = similarities(model.encode_image(pictures[few]), model.encode_text(sentences))
    figure = Figure(figsize=(9, 7), layout="constrained")
    grid = figure.add_gridspec(len(few), 2, width_ratios=(1, 12))
    for row, number in enumerate(few):
        axes = figure.add_subplot(grid[row, 0])
        axes.imshow(pictures[number].permute(1, 2, 0))
        axes.set_axis_off()
    axes = figure.add_subplot(grid[:, 1])
    axes.imshow(matrix, cmap="viridis", vmin=-1, vmax=1, aspect="auto")
    for row, column in torch.cartesian_prod(torch.arange(len(few)), torch.arange(len(sentences))).tolist():
        axes.text(column, row, f"{matrix[row, column]:.2f}", ha="center", va="center", color="white", fontsize=8)
    axes.set_xticks(range(len(sentences)), sentences, rotation=40, ha="right")
    axes.set_yticks([])
    axes.set_title(
        f"{len(numbers)} held-out pictures, {len(texts)} sentences in two languages\n"
        + "\n".join(
            f"recall at {k}: sentence for picture {a:.0%}, picture for sentence {b:.0%}" for k, (a, b) in found.items()
        )
    )
    return figure


def _swapped(caption):
    """Return the caption of two things with the things exchanged."""
    for relation in (" to the left of ", " to the right of ", " above ", " below "):
        first, found, second = caption.partition(relation)
        if found:
            return second + relation + first
    raise ValueError(f"{caption!r} tells of one thing only")


DESCRIBE = {"en": "What is in the picture?", "zh": "图里有什么？"}
"""What the trained model was asked when it learned to write captions."""


def what_it_says(answer, *, pictures=204, lang="en"):
    """A model of 228,608 numbers was trained to describe such pictures and to answer questions, in both languages. It
    now sees pictures that it was not trained on; half of them show one of the six combinations of colour and shape that
    it never met. Which kind of question will be hardest? How much worse is it on new combinations, and for which kinds?

    一个有 228,608 个参数的模型，学过用两种语言描述这类图片并回答问题。现在给它看没训练过的图片，其中一半含有
    它从没见过的六种颜色与形状组合之一。哪类问题最难？对新的组合会差多少，差在哪几类问题上？
    """
    say, model = in_language(lang), _trained_vlm()
    images, records = load_shapes("held_out")
    found, wrong = {}, []
    for image, record in list(zip(images, records, strict=True))[:pictures]:
        asked = [("caption", DESCRIBE, record["caption"])]
        asked += [(one["kind"], one["question"], one["answer"]) for one in record["questions"]]
        for kind, question, expected in asked:
            for language in ("en", "zh"):
                said = answer(model, image, question[language])
                correct = said == expected[language]
                found.setdefault(kind, {}).setdefault((language, record["seen"]), []).append(correct)
                if not correct and len(wrong) < 8:
                    correction = say(f" (right: {expected[language]})", f"（正确：{expected[language]}）")
                    wrong.append(f"  {question[language]} {said}{correction}")
    lines = [*_shares_by_kind(found, say), "", say("Some of what is wrong:", "答错的几例："), *wrong]
    return "\n".join(lines)


def _shares_by_kind(found, say):
    """A table of the shares that are right: for each kind of question those of both languages, seen and new."""
    seen_or_new = headings(say, ("seen", "见过", 10), ("new", "新组合", 10))
    lines = [
        " " * 10 + headings(say, ("English", "英文", 20), ("Chinese", "中文", 20)),
        " " * 10 + 2 * seen_or_new,
    ]
    kinds = {
        "caption": "描述",
        "colour": "颜色",
        "shape": "形状",
        "count": "数量",
        "place": "位置",
        "relation": "关系",
        "exists": "有无",
    }
    columns = [(language, seen) for language in ("en", "zh") for seen in (True, False)]
    for kind, chinese in kinds.items():
        shares = [found.get(kind, {}).get(column, []) for column in columns]
        numbers = "".join(f"{sum(s) / len(s):10.0%}" if s else f"{'-':>10}" for s in shares)
        lines.append(left(say(kind, chinese), 10) + numbers)
    return lines


def a_picture_of_yours(answer, *, path="", questions=("How many squares are there?", "红色的是什么形状？"), lang="en"):
    """The same model describes pictures that its generator never drew: a house, five squares, an orange disc. What will
    it say of things for which it has no word? Then draw a picture of your own in any program, on white paper, save it
    as a square PNG, and pass its path.

    同一个模型来描述它的生成程序从没画过的图片：一座房子、五个正方形、一个橙色圆盘。对没有词可说的东西，它会怎么说？
    然后用任何软件在白底上画一张你自己的图，存成正方形的 PNG，把路径传进来。
    """
    model = _trained_vlm()
    drawn = {path: _loaded(path)} if path else _drawings(in_language(lang))
    lines = []
    for name, image in drawn.items():
        said = [answer(model, image, question) for question in (*DESCRIBE.values(), *questions)]
        lines += [name, *_in_letters(image)]
        lines += [f"  {question} {text}" for question, text in zip((*DESCRIBE.values(), *questions), said, strict=True)]
        lines.append("")
    return "\n".join(lines)


def queries_or_patches(
    QueryFormerLayer,
    splice_image_tokens,
    caption_labels,
    caption_loss,
    answer,
    *,
    steps=90,
    batch=48,
    pictures=60,
    lang="en",
):
    """The bridge of the trained model is taken out and learned anew, together with the decoder; the encoder is frozen.
    One new bridge is LLaVA's: a projector, 36 patches a picture. Three are BLIP-2's: 1, 4 or 16 queries that read the
    patches. A fifth sees nothing: it says how far guessing gets. Every one gets the same few steps. Which learns
    fastest, and does a single position do for a picture?

    把训练好的模型的桥拆掉，与解码器一起重新学；编码器冻结。一座新桥是 LLaVA 式的：投影层，每张图片 36 个图块。
    三座是 BLIP-2 式的：1、4 或 16 个查询去读图块。第五座什么也看不到：它告诉你光靠猜能到什么程度。
    每一座都只走同样的少数几步。哪座学得最快？
    一张图片只用一个位置够不够？
    """
    say, given = in_language(lang), (splice_image_tokens, caption_labels, caption_loss)
    lines = [
        left(say("bridge", "桥"), 22)
        + headings(
            say,
            ("positions", "位置数", 10),
            ("parameters", "参数量", 12),
            ("loss", "损失", 8),
            ("right", "答对", 8),
            ("seconds", "秒", 9),
        )
    ]
    bridges = {
        say("projector (LLaVA)", "投影层（LLaVA）"): (36, _projector),
        say("1 query (BLIP-2)", "1 个查询（BLIP-2）"): (1, lambda: _Queries(QueryFormerLayer, 1)),
        say("4 queries (BLIP-2)", "4 个查询（BLIP-2）"): (4, lambda: _Queries(QueryFormerLayer, 4)),
        say("16 queries (BLIP-2)", "16 个查询（BLIP-2）"): (16, lambda: _Queries(QueryFormerLayer, 16)),
        say("blind: no picture", "什么也看不到"): (1, _Blind),
    }
    for name, (positions, bridge) in bridges.items():
        begun = time.perf_counter()
        model = _trained_vlm()
        with torch.random.fork_rng():
            torch.manual_seed(16)  # noqa: TID251 - initial values know no other generator
            model.projector = bridge()
        loss = _relearnt(model, *given, steps, batch)
        images, records = load_shapes("held_out")
        found = [
            answer(model, image, one["question"]["en"]) == one["answer"]["en"]
            for image, record in list(zip(images, records, strict=True))[:pictures]
            for one in record["questions"]
        ]
        count = sum(parameter.numel() for parameter in model.projector.parameters())
        lines.append(
            f"{left(name, 22)}{positions:10}{count:12,}{loss:8.2f}"
            f"{sum(found) / len(found):8.0%}{time.perf_counter() - begun:9.1f}"
        )
    return "\n".join(lines)


def _relearnt(model, splice_image_tokens, caption_labels, caption_loss, steps, batch):
    """Train a model's bridge and decoder, and return the mean loss of the last 20 steps."""
    images, records = load_shapes("train")
    with torch.no_grad():
        seen = model.look(images)  # frozen: once is enough
    learning = [*model.projector.parameters(), *model.decoder.parameters(), *model.norm.parameters()]
    optimizer = torch.optim.AdamW(learning, lr=2e-3, weight_decay=0.01)
    source, recent = torch.Generator().manual_seed(16), []
    for _ in range(steps):
        rows = torch.randint(len(records), (batch,), generator=source).tolist()
        ids, prompts = _texts(model, [records[row] for row in rows], source)
        labels = caption_labels(ids, prompts, model.end)
        features = model.projector(seen[rows])
        embeddings, labels, mask = splice_image_tokens(ids, features, model.image, model.embed.weight, labels)
        loss = caption_loss(model.read(embeddings, mask), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        recent = [*recent[-19:], float(loss.detach())]
    return sum(recent) / len(recent)


def _trained_vlm():
    """A fresh copy of the small vision-language model."""
    return load(Path(__file__).resolve().parents[2] / "datasets" / "shapes_model")


def _projector(width=64):
    return nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, width))


class _Queries(nn.Module):
    """Learnt queries, two layers of a Q-Former, and a linear layer to the decoder."""

    def __init__(self, layer, queries, width=64):
        super().__init__()
        self.queries = nn.Parameter(0.5 * torch.ones(queries, width).normal_())
        self.layers = nn.ModuleList(layer(width, 4, 2 * width, width) for _ in range(2))
        self.out = nn.Linear(width, width)

    def forward(self, features):
        x = self.queries.expand(len(features), -1, -1)
        for layer in self.layers:
            x = layer(x, features, len(self.queries))
        return self.out(x)


class _Blind(nn.Module):
    """The same learnt vector for every picture."""

    def __init__(self, width=64):
        super().__init__()
        self.vector = nn.Parameter(torch.zeros(width))

    def forward(self, features):
        return self.vector.expand(len(features), 1, -1)


def _texts(model, records, source):
    """One question about each record, as ids with the image token in front, filled up with the end; prompt lengths."""
    rows, prompts = [], []
    for record in records:
        asked = [(DESCRIBE, record["caption"])] + [(one["question"], one["answer"]) for one in record["questions"]]
        question, reply = asked[int(torch.randint(len(asked), (1,), generator=source))]
        language = ("en", "zh")[int(torch.randint(2, (1,), generator=source))]
        prompt = [model.image, *model.encode(question[language]), model.ask]
        rows.append(prompt + model.encode(reply[language]))
        prompts.append(len(prompt))
    longest = max(map(len, rows)) + 1
    return torch.tensor([row + [model.end] * (longest - len(row)) for row in rows]), torch.tensor(prompts)


def _drawings(say):
    """Pictures that nobody trained the model on: (3, 24, 24) from 0 to 1."""
    down, across = torch.meshgrid(torch.arange(24), torch.arange(24), indexing="ij")
    names = say("a house", "一座房子"), say("five squares", "五个正方形"), say("an orange disc", "一个橙色圆盘")
    house, squares, disc = (torch.full((3, 24, 24), 0.95) for _ in names)
    roof = (down >= 3) & (down < 11) & ((across - 11.5).abs() <= down - 3)
    walls = (down >= 13) & (down < 21) & (across >= 8) & (across < 16)
    house[:, roof], house[:, walls] = torch.tensor([[0.85], [0.15], [0.15]]), torch.tensor([[0.15], [0.15], [0.15]])
    for row, column in ((2, 2), (2, 16), (9, 9), (16, 2), (16, 16)):
        squares[:, row : row + 6, column : column + 6] = torch.tensor([0.18, 0.33, 0.84])[:, None, None]
    disc[:, (down - 11.5) ** 2 + (across - 11.5) ** 2 < 36] = torch.tensor([[1.0], [0.55], [0.0]])
    return dict(zip(names, (house, squares, disc), strict=True))


def _loaded(path):
    """Read a picture of any size: (3, 24, 24) from 0 to 1; what is transparent becomes white."""
    from matplotlib.image import imread

    picture = torch.from_numpy(imread(path).copy())
    picture = picture.float() / 255 if picture.dtype == torch.uint8 else picture.float()
    picture = picture[..., None].expand(*picture.shape, 3) if picture.dim() == 2 else picture
    if picture.shape[-1] == 4:
        picture = picture[..., :3] * picture[..., 3:] + 1 - picture[..., 3:]
    small = nn.functional.interpolate(picture.permute(2, 0, 1)[None], (24, 24), mode="bilinear", antialias=True)
    return small[0].clamp(0, 1)


def _in_letters(image):
    """Draw a picture with letters: the first letter of the nearest colour, k for black, and a dot for paper."""
    colours = {
        "r": (0.84, 0.16, 0.16), "g": (0.16, 0.63, 0.24), "b": (0.18, 0.33, 0.84), "y": (0.92, 0.78, 0.16),
        "p": (0.57, 0.24, 0.69), "k": (0.16, 0.16, 0.16), "·": (0.95, 0.95, 0.95),
    }  # fmt: skip
    table = torch.tensor(list(colours.values()))
    nearest = (image.permute(1, 2, 0)[:, :, None] - table).square().sum(-1).argmin(-1)  # (24, 24)
    return ["  " + "".join(list(colours)[place] + " " for place in row) for row in nearest[::2].tolist()]
