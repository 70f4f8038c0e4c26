"""Given: experiments of week 03, which use what you wrote on points, and on drawn digits, one of them your own."""

import random
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.image import imread

from grader.report.columns import in_language, left, right

DIGITS = Path(__file__).resolve().parents[2] / "datasets" / "digits"
SIDE = 12
SEVEN = """
............
............
..########..
.........#..
........##..
.......##...
.......#....
......##....
......#.....
.....##.....
.....#......
............
"""
SMALL = {
    "ring": {"points": 6, "rounds": 2, "side": 3},
    "your_own_digit": {"rounds": 1},
    "race": {"rounds": 1},
    "window_or_pixels": {"rounds": 1},
    "long_memory": {"steps": 3, "lengths": (2, 4)},
}
"""Settings with which the repository's own tests run each experiment."""


def ring(Value, *, points=60, rounds=80, hidden=8, rate=2.0, side=33):
    """Points inside of a circle are blue, points outside orange. A network with 8 hidden numbers, made of nothing but
    your values, learns to tell them apart. What will its border look like: a circle, or a polygon? With how many sides?

    圆内的点是蓝色，圆外的点是橙色。一个只有 8 个隐藏单元、完全由你的 Value 组成的网络来学着区分它们。
    它画出的边界会是圆，还是多边形？有几条边？
    """
    source = random.Random(5)
    data = [(source.uniform(-1, 1), source.uniform(-1, 1)) for _ in range(points)]
    inside = [x * x + y * y < 0.45 for x, y in data]
    layer = [[Value(source.gauss(0, 1)) for _ in range(3)] for _ in range(hidden)]
    last = [Value(source.gauss(0, 0.5)) for _ in range(hidden + 1)]
    everything = [weight for row in layer for weight in row] + last

    def network(x, y):
        total = last[-1]
        for (a, b, c), weight in zip(layer, last, strict=False):
            total = total + (a * x + b * y + c).relu() * weight
        return total

    for _ in range(rounds):
        loss = Value(0.0)
        for (x, y), blue in zip(data, inside, strict=True):
            # log(1 + exp(-margin)): small where the sign is right
            loss = loss + ((network(x, y) * (-1.0 if blue else 1.0)).exp() + 1).log()
        loss.zero_grad()
        loss.backward()
        for weight in everything:
            weight.data -= rate * weight.grad / points
    steps = [2 * step / (side - 1) - 1 for step in range(side)]
    surface = [[network(x, y).data for x in steps] for y in steps]
    figure = Figure(figsize=(5, 4.5), layout="constrained")
    axes = figure.subplots()
    axes.contourf(steps, steps, surface, levels=[-1e9, 0, 1e9], colors=["#f5d7b5", "#bcd6ee"])
    for blue, colour in ((True, "tab:blue"), (False, "tab:orange")):
        chosen = [point for point, is_blue in zip(data, inside, strict=True) if is_blue == blue]
        axes.scatter(*zip(*chosen, strict=True), color=colour) if chosen else None
    hits = sum((network(x, y).data > 0) == blue for (x, y), blue in zip(data, inside, strict=True))
    axes.set(title=f"loss {loss.data / points:.3f}, {hits} of {points} points right", aspect="equal")
    return figure


def your_own_digit(Adam, MLP, train, accuracy, *, drawing=SEVEN, rounds=15, hidden=64):
    """A network learns 2,000 drawn digits, and then looks at a picture of yours: 12 lines of 12 characters (a point is
    paper), or the name of a PNG file, dark on light. Draw your own seven. Will the network know it? And with a bar
    through it, which no picture of the training set has?

    一个网络学习 2,000 个由程序画的数字，然后看你画的一张图：12 行、每行 12 个字符（点表示白纸），
    或一个 PNG 文件名（浅底深字）。画一个你自己的 7。网络认得出来吗？如果中间加一横呢？训练集里没有一个 7 有这一横。
    """
    picture = _picture(drawing)
    model = MLP([SIDE * SIDE, hidden, 10], generator=torch.Generator().manual_seed(3))
    optimizer, held_out = Adam(model.parameters(), lr=3e-3), [_digits("held_out")]
    for _ in range(rounds):
        train(model, _batches(), optimizer)
    with torch.no_grad():
        shares = model(picture.flatten()[None]).softmax(dim=-1)[0]
    figure = Figure(figsize=(7, 3), layout="constrained")
    paper, bars = figure.subplots(1, 2, width_ratios=(1, 2))
    paper.imshow(picture, cmap="gray_r", vmin=0, vmax=1)
    paper.set(xticks=[], yticks=[], title="your picture")
    bars.bar(range(10), shares.tolist())
    bars.set(xticks=range(10), ylim=(0, 1), xlabel="digit", title=f"what the network thinks: {int(shares.argmax())}")
    figure.suptitle(f"{accuracy(model, held_out):.0%} of 500 unseen digits right")
    return figure


def race(Adam, Muon, MLP, train, *, rounds=12, rates=(0.1, 3e-3, 2e-2)):
    """Plain gradient descent, Adam, and Muon (with Adam for the biases) train the same network on the digits, each at a
    rate that suits it. Which one is ahead after the first round, and which one after the last?

    普通梯度下降、Adam、Muon（偏置交给 Adam）在数字上训练同一个网络，各用适合自己的学习率。
    第一轮之后谁领先？最后一轮之后呢？
    """
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    slow, medium, fast = rates
    for name in ("gradient descent", "Adam", "Muon"):
        model = MLP([SIDE * SIDE, 64, 32, 10], generator=torch.Generator().manual_seed(3))
        flat = [parameter for parameter in model.parameters() if parameter.ndim < 2]
        if name == "Muon":
            matrices = [parameter for parameter in model.parameters() if parameter.ndim == 2]
            optimizer = _Both(Muon(matrices, lr=fast), Adam(flat, lr=medium))
        elif name == "Adam":
            optimizer = Adam(model.parameters(), lr=medium)
        else:
            optimizer = torch.optim.SGD(model.parameters(), lr=slow)
        axes.plot(range(1, rounds + 1), [train(model, _batches(), optimizer) for _ in range(rounds)], "o-", label=name)
    axes.set(xlabel="round through 2,000 digits", ylabel="mean loss", yscale="log")
    axes.legend()
    return figure


def window_or_pixels(Adam, MLP, train, accuracy, conv2d, *, rounds=12, lang="en"):
    """A network of full layers has a weight for every pixel; your convolution has 9 for each of its 8 windows, and
    slides them over the picture. Both have nearly the same number of parameters. Which one reads more unseen digits?

    全连接网络对每个像素都有一个权重；你的卷积只有 8 个窗口、每个 9 个权重，在图片上滑动。
    两者的参数总数差不多。哪一个能认出更多没见过的数字？
    """
    say, held_out, lines = in_language(lang), [_digits("held_out")], []
    full = MLP([SIDE * SIDE, 13, 10], generator=torch.Generator().manual_seed(3))
    models = {say("full layers", "全连接"): full, say("convolution", "卷积"): _ConvNet(conv2d, MLP)}
    for name, model in models.items():
        optimizer = Adam(model.parameters(), lr=5e-3)
        for _ in range(rounds):
            loss = train(model, _batches(), optimizer)
        size = sum(parameter.numel() for parameter in model.parameters())
        share = accuracy(model, held_out)
        found = say(
            f"{size:>6,} parameters   train loss {loss:.3f}   unseen digits right {share:.1%}",
            f"{size:>6,} 个参数   训练损失 {loss:.3f}   没见过的数字认对 {share:.1%}",
        )
        lines.append(f"{left(name, 12)} {found}")
    return "\n".join(lines)


def long_memory(Adam, RNNCell, LSTMCell, GRUCell, unroll, *, steps=120, lengths=(5, 15, 30), hidden=16, lang="en"):
    """A cell sees one of four marks, then only noise, and must name the mark at the end. Chance is 25 %. At which
    distance does each of the three cells forget?

    单元先看到四种记号之一，之后只有噪声，最后要说出是哪个记号。瞎猜的正确率是 25 %。三种单元分别在多远的距离上忘掉？
    """
    heading = in_language(lang)("steps between", "间隔步数")
    lines = [f"{right(heading, 13)}  " + "".join(f"{name:>8}" for name in ("RNN", "LSTM", "GRU"))]
    for length in lengths:
        shares = []
        for make in (RNNCell, LSTMCell, GRUCell):
            source = torch.Generator().manual_seed(3)
            cell, head = (_drawn(module, hidden, source) for module in (make(5, hidden), torch.nn.Linear(hidden, 4)))
            optimizer = Adam([*cell.parameters(), *head.parameters()], lr=0.02)
            for _ in range(steps):
                scores, marks = _recall(cell, head, unroll, length, 64, source)
                optimizer.zero_grad()
                torch.nn.functional.cross_entropy(scores, marks).backward()
                optimizer.step()
            with torch.no_grad():
                scores, marks = _recall(cell, head, unroll, length, 500, source)
            shares.append(float((scores.argmax(dim=-1) == marks).float().mean()))
        lines.append(f"{length:>13}  " + "".join(f"{share:>8.0%}" for share in shares))
    return "\n".join(lines)


def _drawn(module, hidden, source):
    """Draw all parameters from a generator."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.uniform_(-(hidden**-0.5), hidden**-0.5, generator=source)
    return module


def _recall(cell, head, unroll, length, rows, source):
    """Return scores and right answers of one batch: a mark, then noise."""
    marks = torch.randint(0, 4, (rows,), generator=source)
    x = torch.cat([torch.zeros(rows, length, 4), 0.5 * torch.randn(rows, length, 1, generator=source)], dim=-1)
    x[torch.arange(rows), 0, marks] = 1
    outputs, _ = unroll(cell, x, torch.full((rows,), length))
    return head(outputs[:, -1]), marks


class _Both:
    """Two optimizers that step together."""

    def __init__(self, *optimizers):
        self.optimizers = optimizers

    def zero_grad(self):
        for optimizer in self.optimizers:
            optimizer.zero_grad()

    def step(self):
        for optimizer in self.optimizers:
            optimizer.step()


class _ConvNet(torch.nn.Module):
    """Eight windows of 3 by 3, twice, each time every second pixel; then one full layer."""

    def __init__(self, conv2d, MLP):
        super().__init__()
        self.conv2d = conv2d
        source = torch.Generator().manual_seed(3)
        self.first = torch.nn.Parameter(torch.randn(8, 1, 3, 3, generator=source) * (2 / 9) ** 0.5)
        self.second = torch.nn.Parameter(torch.randn(8, 8, 3, 3, generator=source) * (2 / 72) ** 0.5)
        self.head = MLP([8 * 4 * 4, 10], generator=source)

    def forward(self, x):
        x = x.view(-1, 1, SIDE, SIDE)
        x = torch.relu(self.conv2d(x, self.first, padding=1))  # (n, 8, 12, 12)
        x = torch.relu(self.conv2d(x, self.second, stride=3, padding=1))  # (n, 8, 4, 4)
        return self.head(x.flatten(1))


def _digits(part):
    """Return the pictures of a part as rows of numbers from 0 to 1, and their digits."""
    if not (DIGITS / f"{part}_labels.npy").is_file():
        raise FileNotFoundError(
            f"There are no digits in {DIGITS}: this copy of the course came without them. "
            f"{DIGITS} 中没有数字图片：这份课程不含它们。"
        )
    pictures, labels = (np.load(DIGITS / f"{part}_{what}.npy", allow_pickle=False) for what in ("pictures", "labels"))
    return torch.from_numpy(pictures).flatten(1).float() / 255, torch.from_numpy(labels).long()


def _batches(size=50):
    """Return the training digits in batches."""
    x, y = _digits("train")
    return list(zip(x.split(size), y.split(size), strict=True))


def _picture(drawing):
    """Return twelve by twelve numbers, 1 is ink, from lines of text or from a PNG file."""
    if drawing.strip().lower().endswith(".png"):
        grey = torch.from_numpy(np.array(imread(drawing.strip()), dtype=np.float32))
        grey = grey[..., :3].mean(dim=-1) if grey.ndim == 3 else grey
        return 1 - torch.nn.functional.adaptive_avg_pool2d(grey[None], SIDE)[0]
    lines = drawing.split()
    if [len(line) for line in lines] != [SIDE] * SIDE:
        raise ValueError(
            f"a drawing has {SIDE} lines of {SIDE} characters; a point is paper, anything else ink. "
            f"一张图有 {SIDE} 行、每行 {SIDE} 个字符；点表示白纸，其他字符都是墨迹。"
        )
    return torch.tensor([[float(mark != ".") for mark in line] for line in lines])
