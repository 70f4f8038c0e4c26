"""Week 03: held against torch's autograd, optimizers, layers and cells, at random sizes and settings."""

import functools
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

CASES = 200
EXACT = {"rtol": 1e-10, "atol": 1e-10}


EXPRESSIONS = [
    lambda x, y, c: (x + y).tanh(),
    lambda x, y, c: (x * y - c).tanh(),
    lambda x, y, c: (c - x).tanh(),
    lambda x, y, c: (x / (y * y + 1)).tanh(),
    lambda x, y, c: ((x * x + c) ** -1.5).tanh(),
    lambda x, y, c: (x * x + c).log(),
    lambda x, y, c: (-x).relu() + y.tanh(),
    lambda x, y, c: (x.tanh() * c).exp().tanh(),
    lambda x, y, c: c / (x.exp() + 1) - y.tanh(),
]
"""Of values x and y and a plain number c, in ours and in torch's."""


def size(source, most, least=1):
    return int(torch.randint(least, most + 1, (1,), generator=source))


def number(source, low, high):
    return low + (high - low) * float(torch.rand(1, generator=source, dtype=torch.float64))


def normal(source, *shape):
    return torch.randn(shape, generator=source, dtype=torch.float64)


@pytest.fixture
def load(solution):
    return lambda name: solution("week03_neural_networks", name)


def test_autograd(load):
    """Random expressions have the numbers and the gradients that torch finds for the same operations."""
    Value = load("autograd").Value
    for case in range(CASES):
        source = torch.Generator().manual_seed(case)
        numbers = [number(source, 0.2, 2.0) for _ in range(size(source, 4))]
        mine = [Value(x) for x in numbers]
        theirs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in numbers]
        leaves = len(numbers)
        for _ in range(size(source, 25, 3)):
            kind, a, b = size(source, len(EXPRESSIONS)), size(source, len(mine)) - 1, size(source, len(mine)) - 1
            constant = number(source, 0.5, 2.0)
            for values in (mine, theirs):
                values.append(EXPRESSIONS[kind - 1](values[a], values[b], constant))
        mine[-1].backward()
        theirs[-1].backward()

        for ours, torchs in zip(mine, theirs, strict=True):
            assert math.isclose(ours.data, torchs.item(), rel_tol=1e-9, abs_tol=1e-9)
        for ours, torchs in zip(mine[:leaves], theirs[:leaves], strict=True):
            expected = 0.0 if torchs.grad is None else torchs.grad.item()
            assert math.isclose(ours.grad, expected, rel_tol=1e-8, abs_tol=1e-9)


def trained(make, start, gradients):
    """Return the parameters after one step for each set of gradients; None is no gradient."""
    parameters = [nn.Parameter(table.clone()) for table in start]
    optimizer = make(parameters)
    for step in gradients:
        for parameter, gradient in zip(parameters, step, strict=True):
            parameter.grad = None if gradient is None else gradient.clone()
        optimizer.step()
    return [parameter.detach() for parameter in parameters]


def drawn(source, matrices=False):
    """Return parameters of random shapes, and gradients for some steps; now and then one is missing."""
    shapes = [[size(source, 6) for _ in range(2 if matrices else size(source, 3))] for _ in range(size(source, 3))]
    start = [normal(source, *shape) for shape in shapes]
    steps = [[normal(source, *shape) if size(source, 5) > 1 else None for shape in shapes] for _ in range(4)]
    return start, steps


def test_adam(load):
    """Adam and AdamW are those of torch.optim, with random settings (eps up to 0.1) and missing gradients."""
    ours = load("optimizers")
    for case in range(CASES):
        source = torch.Generator().manual_seed(case)
        start, steps = drawn(source)
        lr, eps = number(source, 0.001, 0.5), 10 ** number(source, -9, -1)
        options = {"lr": lr, "eps": eps, "betas": (number(source, 0, 0.99), number(source, 0, 0.999))}
        decay = {"weight_decay": number(source, 0, 1)}
        for name, settings in (("Adam", options), ("AdamW", options | decay)):
            mine, theirs = (
                trained(functools.partial(getattr(module, name), **settings), start, steps)
                for module in (ours, torch.optim)
            )
            torch.testing.assert_close(mine, theirs, **EXACT)


def test_muon(load):
    """Muon is torch.optim.Muon, which rounds the directions to bfloat16: steps agree to its digits."""
    ours = load("optimizers")
    for case in range(CASES):
        source = torch.Generator().manual_seed(case)
        start, steps = drawn(source, matrices=True)
        options = {"lr": 0.1, "momentum": number(source, 0, 0.99), "weight_decay": number(source, 0, 1)}
        mine, theirs = (
            trained(functools.partial(module.Muon, **options), start, steps) for module in (ours, torch.optim)
        )

        # Four steps of 0.1, each with up to a few hundredths of rounding: a step left out or turned differs by 0.1.
        torch.testing.assert_close(mine, theirs, rtol=0.02, atol=0.03)


def test_orthogonalise(load):
    """orthogonalise applies its polynomial to the singular values, and to nothing else."""
    ours = load("optimizers")
    a, b, c = ours.COEFFICIENTS
    for case in range(CASES):
        source = torch.Generator().manual_seed(case)
        matrix = normal(source, size(source, 9), size(source, 9)) * 10 ** number(source, -3, 3)
        steps = size(source, 6, 0)
        left, values, right = torch.linalg.svd(matrix, full_matrices=False)
        s = values / values.norm()
        for _ in range(steps):
            s = a * s + b * s**3 + c * s**5

        torch.testing.assert_close(ours.orthogonalise(matrix, steps), left * s @ right, rtol=1e-7, atol=1e-9)


def test_network_and_training(load):
    """MLP is a Sequential of torch with the same weights; train and accuracy agree with a loop over single examples."""
    ours = load("mlp")
    bends = {"relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU}
    for case in range(CASES):
        source = torch.Generator().manual_seed(case)
        sizes = [size(source, 7) for _ in range(size(source, 4, 2))]
        activation = list(bends)[size(source, 3) - 1]
        mine = ours.MLP(sizes, activation, source).double()
        parts = [part for layer in mine.layers for part in (layer, bends[activation]())][:-1]
        theirs = nn.Sequential(*parts)
        batches = []
        for _ in range(size(source, 3)):
            n = size(source, 5)
            batches.append((normal(source, n, sizes[0]), torch.randint(0, sizes[-1], (n,), generator=source)))

        x = torch.cat([x for x, _ in batches])
        torch.testing.assert_close(mine(x), theirs(x), **EXACT)
        examples = [(one, y) for x, ys in batches for one, y in zip(x, ys, strict=True)]
        with torch.no_grad():
            losses = [float(F.cross_entropy(theirs(one[None]), y[None])) for one, y in examples]
            right = [float(theirs(one).argmax() == y) for one, y in examples]
        assert math.isclose(ours.accuracy(mine, batches), sum(right) / len(right))
        loss = ours.train(mine, batches, torch.optim.SGD(mine.parameters(), lr=0.0))
        assert math.isclose(loss, sum(losses) / len(losses), rel_tol=1e-9)


def test_convolution(load):
    """conv2d and its gradients are those of torch, for random sizes, strides and paddings."""
    ours = load("convolution")
    for case in range(CASES):
        source = torch.Generator().manual_seed(case)
        rows, columns = size(source, 4), size(source, 4)
        padding, stride = (size(source, 3, 0), size(source, 3, 0)), (size(source, 4), size(source, 4))
        height, width = (
            size(source, 9, max(1, rows - 2 * padding[0])),
            size(source, 9, max(1, columns - 2 * padding[1])),
        )
        x = normal(source, size(source, 3), size(source, 3), height, width).requires_grad_()
        weight = normal(source, size(source, 4), x.shape[1], rows, columns).requires_grad_()
        bias = normal(source, len(weight)).requires_grad_()
        expected = F.conv2d(x, weight, bias, stride, padding)
        dout = normal(source, *expected.shape)
        slopes = torch.autograd.grad(expected, (x, weight, bias), dout)

        torch.testing.assert_close(ours.conv2d(x, weight, bias, stride, padding), expected, **EXACT)
        torch.testing.assert_close(ours.conv2d_backward(dout, x, weight, stride, padding), slopes, **EXACT)


def test_dropout(load):
    """dropout leaves as many entries as F.dropout on average, with the same factor, and is off when not training."""
    ours = load("regularise")
    for case in range(CASES):
        source = torch.Generator().manual_seed(case)
        p, x = number(source, 0, 0.95), normal(source, 997).abs() + 0.1
        out = ours.dropout(x, p, True, source)
        share = float((out == 0).double().mean())

        assert abs(share - p) < 6 * math.sqrt(max(p * (1 - p), 1e-3) / 997)
        torch.testing.assert_close(out[out != 0], (x / (1 - p))[out != 0])
        assert torch.equal(ours.dropout(x, p, False), F.dropout(x, p, training=False))


def test_clipping(load):
    """clip_gradients is clip_grad_norm_ of torch, up to the 1e-6 that torch adds."""
    ours = load("regularise")
    for case in range(CASES):
        source = torch.Generator().manual_seed(case)
        start, ((*gradients,), *_) = drawn(source)
        limit, answers = 10 ** number(source, -2, 2), []
        for clip in (ours.clip_gradients, nn.utils.clip_grad_norm_):
            parameters = [nn.Parameter(table.clone()) for table in start]
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.grad = None if gradient is None else gradient.clone()
            norm = float(clip(parameters, limit))
            answers.append((norm, [parameter.grad for parameter in parameters if parameter.grad is not None]))

        torch.testing.assert_close(answers[0], answers[1], rtol=1e-4, atol=1e-6)


def test_early_stopping(load):
    """Early stopping says stop exactly when the best of all but the last `patience` losses is not beaten by these."""
    ours = load("regularise")
    model = nn.Linear(1, 1)
    for case in range(CASES):
        rng = np.random.default_rng(case)
        losses, patience = rng.integers(0, 12, size=12).astype(float), int(rng.integers(1, 5))
        stopping = ours.EarlyStopping(patience)
        for step, loss in enumerate(losses):
            with torch.no_grad():
                model.weight.fill_(float(step))
            before, last = losses[: max(0, step + 1 - patience)], losses[max(0, step + 1 - patience) : step + 1]
            expected = len(before) > 0 and before.min() <= last.min()
            assert stopping.should_stop(float(loss), model) == expected
        stopping.restore(model)
        assert stopping.best == losses.min()
        assert model.weight.item() == losses.argmin()


@pytest.mark.parametrize("name", ["RNNCell", "LSTMCell", "GRUCell"])
def test_cells(load, name):
    """Cells with torch's weights give torch's states and gradients."""
    ours = load("recurrent")
    for case in range(CASES):
        source = torch.Generator().manual_seed(case)
        inputs, hidden, batch = size(source, 5), size(source, 5), size(source, 4)
        mine, theirs = getattr(ours, name)(inputs, hidden).double(), getattr(nn, name)(inputs, hidden).double()
        theirs.load_state_dict(mine.state_dict())
        x, h, c = normal(source, batch, inputs), normal(source, batch, hidden), normal(source, batch, hidden)
        state = None if case % 4 == 0 else (h, c) if name == "LSTMCell" else h
        got, expected = mine(x, state), theirs(x, state)
        torch.testing.assert_close(got, expected, **EXACT)

        sums = [sum((part**2).sum() for part in (one if isinstance(one, tuple) else (one,))) for one in (got, expected)]
        slopes = [
            torch.autograd.grad(total, list(cell.parameters()))
            for total, cell in zip(sums, (mine, theirs), strict=True)
        ]
        torch.testing.assert_close(slopes[0], slopes[1], **EXACT)


@pytest.mark.parametrize("name", ["RNN", "LSTM", "GRU"])
def test_unroll(load, name):
    """Rows of different lengths are read as torch reads a packed sequence."""
    ours = load("recurrent")
    for case in range(CASES // 3 + 1):
        source = torch.Generator().manual_seed(case)
        inputs, hidden, batch, time = size(source, 4), size(source, 4), size(source, 4), size(source, 6)
        cell, whole = getattr(ours, f"{name}Cell")(inputs, hidden).double(), getattr(nn, name)(inputs, hidden).double()
        whole.load_state_dict({f"{key}_l0": value for key, value in cell.state_dict().items()})
        lengths = torch.randint(1, time + 1, (batch,), generator=source)
        x = normal(source, batch, time, inputs)
        packed = nn.utils.rnn.pack_padded_sequence(x.transpose(0, 1), lengths, enforce_sorted=False)
        packed, last = whole(packed)
        expected, _ = nn.utils.rnn.pad_packed_sequence(packed, batch_first=True, total_length=time)
        outputs, state = ours.unroll(cell, x, lengths)

        torch.testing.assert_close(outputs, expected, **EXACT)
        last = tuple(part[0] for part in last) if isinstance(last, tuple) else last[0]
        torch.testing.assert_close(state, last, **EXACT)
