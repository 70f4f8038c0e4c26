"""Week 08: held against transformers, torch and scipy; packing against one document at a time."""

import importlib
import math

import numpy as np
import pytest
import torch
from scipy.optimize import least_squares, minimize_scalar
from transformers import LlamaConfig, LlamaForCausalLM, get_cosine_schedule_with_warmup, get_wsd_schedule
from transformers.loss.loss_utils import ForCausalLMLoss

CASES = 200
TIGHT = {"rtol": 1e-11, "atol": 1e-12}


@pytest.fixture
def week(solution):
    """A function that gives a module of the week."""
    return lambda name: solution("week08_pretraining", name)


def generator(seed):
    return torch.Generator().manual_seed(seed)


def size(source, least, most):
    return int(torch.randint(least, most + 1, (1,), generator=source))


def test_causal_loss(week):
    """Losses and gradients are those of transformers, whatever does not count."""
    causal_loss = week("objectives").causal_loss
    for seed in range(CASES):
        source = generator(seed)
        batch, length, vocabulary = size(source, 1, 4), size(source, 2, 9), size(source, 2, 13)
        logits = torch.randn(batch, length, vocabulary, generator=source).requires_grad_()
        labels = torch.randint(vocabulary, (batch, length), generator=source)
        labels[torch.rand(batch, length, generator=source) < 0.3] = -100
        if not (labels[:, 1:] != -100).any():
            labels[0, 1] = 0
        loss, theirs = causal_loss(logits, labels), ForCausalLMLoss(logits, labels, vocabulary)

        torch.testing.assert_close(loss, theirs)
        (mine,), (other,) = torch.autograd.grad(loss, [logits]), torch.autograd.grad(theirs, [logits])
        torch.testing.assert_close(mine, other)


def test_corrupt_spans(week):
    """Inputs and targets are those of the sentinel arithmetic in transformers' T5 example."""
    corrupt_spans = week("objectives").corrupt_spans
    for seed in range(CASES):
        source = generator(seed)
        ids = torch.randint(100, (size(source, 3, 40),), generator=source)
        hidden = torch.rand(len(ids), generator=source) < 0.4
        starts = (hidden & ~torch.cat([torch.tensor([False]), hidden[:-1]])).nonzero().flatten().tolist()
        stops = (hidden & ~torch.cat([hidden[1:], torch.tensor([False])])).nonzero().flatten().tolist()
        spans = [(start, stop + 1) for start, stop in zip(starts, stops, strict=True)]
        inputs, targets = corrupt_spans(ids, spans, 999)

        assert inputs.tolist() == _filtered(ids, hidden)
        assert targets.tolist() == _filtered(ids, ~hidden, opening=hidden) + [999 - len(spans)]


def _filtered(ids, mask, opening=None):
    """What is left of a text whose masked spans become sentinels; for targets, spans open with one instead."""
    out, number = [], 0
    for place, token in enumerate(ids.tolist()):
        if opening is None:
            if mask[place] and (place == 0 or not mask[place - 1]):
                out.append(999 - number)
                number += 1
            elif not mask[place]:
                out.append(token)
        elif opening[place]:
            if place == 0 or not opening[place - 1]:
                out.append(999 - number)
                number += 1
            out.append(token)
    return out


def test_mask_tokens(week):
    """Shares of the three fates on a million tokens, as BERT's paper has them."""
    ids = torch.randint(5, 30000, (1_000_000,), generator=generator(1))
    inputs, labels = week("objectives").mask_tokens(
        ids, generator(2), mask_id=3, vocabulary=30000, special=[0, 1, 2, 3, 4]
    )
    chosen = labels != -100

    assert abs(float(chosen.double().mean()) - 0.15) < 0.002
    assert abs(float((inputs[chosen] == 3).double().mean()) - 0.8) < 0.006
    assert abs(float((inputs[chosen] == ids[chosen]).double().mean()) - 0.1) < 0.005
    assert int(inputs[chosen & (inputs != 3)].min()) >= 5


def test_packing(week):
    """A Llama reads packed rows as it reads each piece of a document alone."""
    packing = week("packing")
    config = LlamaConfig(
        vocab_size=17, hidden_size=8, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=32, attn_implementation="eager",
    )  # fmt: skip
    model = LlamaForCausalLM(config).double().eval()
    cases = 0
    for seed in range(60):
        source = generator(seed)
        documents = [
            torch.randint(1, 17, (size(source, 0, 9),), generator=source).tolist() for _ in range(size(source, 3, 7))
        ]
        ids, numbers = packing.pack(documents, 7, 0)
        if not len(ids):
            continue
        mask = torch.zeros(len(ids), 1, 7, 7, dtype=torch.float64)
        mask.masked_fill_(~packing.packed_mask(numbers)[:, None], torch.finfo(torch.float64).min)
        with torch.no_grad():
            packed = model(input_ids=ids, attention_mask=mask, position_ids=packing.packed_positions(numbers)).logits
            for row in range(len(ids)):
                for number in numbers[row].unique():
                    piece = numbers[row] == number
                    torch.testing.assert_close(packed[row, piece], model(input_ids=ids[row, piece][None]).logits[0])
                    cases += 1
    assert cases >= CASES


def test_schedules(week):
    """Every rate of 200 random runs is that of transformers' schedulers."""
    schedule = week("schedule")
    for seed in range(CASES):
        source = generator(seed)
        warm_up, stable, decay = size(source, 0, 6), size(source, 0, 9), size(source, 1, 12)
        optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.3)
        theirs = get_wsd_schedule(optimizer, warm_up, decay, num_stable_steps=stable, decay_type="linear")
        other = torch.optim.SGD([torch.zeros(1)], lr=0.3)
        cosine = get_cosine_schedule_with_warmup(other, warm_up, warm_up + decay)
        for step in range(warm_up + stable + decay + 1):
            mine = schedule.warm_up_stable_decay(step, 0.3, warm_up, stable, decay)
            assert math.isclose(mine, theirs.get_last_lr()[0], rel_tol=1e-9, abs_tol=1e-12)
            if step <= warm_up + decay:
                mine = schedule.warm_up_cosine(step, 0.3, warm_up, warm_up + decay)
                assert math.isclose(mine, cosine.get_last_lr()[0], rel_tol=1e-9, abs_tol=1e-12)
            for one in (optimizer, other, theirs, cosine):
                one.step()


def test_step(week):
    """The step is that of the whole batch as one sum, however it was cut."""
    train_step = week("step").train_step
    small = importlib.import_module("small_models")
    for seed in range(CASES):
        source = generator(seed)
        models = [small.Bigram(7, 3).double() for _ in range(2)]
        models[1].load_state_dict(models[0].state_dict())
        ids = torch.randint(7, (6, 5), generator=source)
        labels = ids.masked_fill(torch.rand(6, 5, generator=source) < 0.4, -100)
        labels[0, 1] = 0
        limit = 0.2 if seed % 2 else None
        cut = sorted({0, size(source, 1, 5), size(source, 1, 5), 6})
        pieces = [(ids[a:b], labels[a:b]) for a, b in zip(cut, cut[1:], strict=False)]
        loss, norm = train_step(models[0], small.sgd(models[0], 0.5), pieces, limit)

        whole = ForCausalLMLoss(models[1](ids).float(), labels, 7)
        logits = models[1](ids)[:, :-1].flatten(0, 1)
        exact = torch.nn.functional.cross_entropy(logits, labels[:, 1:].flatten())
        exact.backward()
        before = torch.nn.utils.clip_grad_norm_(models[1].parameters(), limit or math.inf)
        small.sgd(models[1], 0.5).step()
        torch.testing.assert_close(loss, whole.item(), rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(norm, before.item(), **TIGHT)
        for mine, theirs in zip(models[0].parameters(), models[1].parameters(), strict=True):
            torch.testing.assert_close(mine, theirs, **TIGHT)


def test_compute_optimal(week):
    """The best size of 200 random laws is where scipy finds the lowest loss."""
    compute_optimal = week("scaling").compute_optimal
    rng = np.random.default_rng(8)
    for _ in range(CASES):
        law = {"E": 1.0, "A": rng.uniform(50, 900), "alpha": rng.uniform(0.2, 0.7)}
        law |= {"B": rng.uniform(50, 900), "beta": rng.uniform(0.2, 0.7)}
        budget = 10 ** rng.uniform(15, 24)
        slope = minimize_scalar(
            lambda x, law=law, budget=budget: (
                law["A"] * math.exp(-law["alpha"] * x)
                + law["B"] * (budget / 6) ** -law["beta"] * math.exp(law["beta"] * x)
            ),
            bounds=(0, math.log(budget / 6)),
            method="bounded",
            options={"xatol": 1e-10},
        )
        n, d = compute_optimal(budget, law)

        assert math.isclose(math.log(n), slope.x, abs_tol=1e-3)
        assert math.isclose(6 * n * d, budget, rel_tol=1e-9)


def test_fit_scaling_law(week):
    """On 40 sets of noisy runs the sum of squares is that of scipy's best start, or less; laws without noise come back."""
    scaling = week("scaling")
    rng = np.random.default_rng(8)
    for case in range(40):
        law = {"E": rng.uniform(0.5, 2), "A": rng.uniform(100, 500), "alpha": rng.uniform(0.25, 0.6)}
        law |= {"B": rng.uniform(100, 900), "beta": rng.uniform(0.25, 0.6)}
        n = torch.logspace(6, 9, 5, dtype=torch.float64).repeat_interleave(4)
        d = torch.logspace(8, 10.5, 4, dtype=torch.float64).repeat(5)
        noise = 0.01 * rng.normal(size=20) * (case % 4 > 0)
        loss = scaling.scaling_loss(law, n, d) + torch.from_numpy(noise)
        got = scaling.fit_scaling_law(n, d, loss)
        squares = float((scaling.scaling_loss(got, n, d) - loss).square().sum())
        if case % 4 == 0:
            assert abs(got["alpha"] - law["alpha"]) < 1e-3 and abs(got["beta"] - law["beta"]) < 1e-3
        assert squares <= _least_squares(n.numpy(), d.numpy(), loss.numpy()) * 1.001 + 1e-8


def _least_squares(n, d, loss):
    """The smallest sum of squares that scipy finds from four starts."""
    n, d = n / np.exp(np.log(n).mean()), d / np.exp(np.log(d).mean())
    bounds = ([-np.inf, -np.inf, -np.inf, 0.05, 0.05], [np.inf, np.inf, np.inf, 1, 1])
    starts = [(loss.min(), 0.3, 0.3, a, b) for a in (0.3, 0.5) for b in (0.3, 0.5)]
    fits = [
        least_squares(lambda p: p[0] + p[1] * n ** -p[3] + p[2] * d ** -p[4] - loss, start, bounds=bounds)
        for start in starts
    ]
    return 2 * min(fit.cost for fit in fits)


def test_held_out_loss(week):
    """On random rows and batch sizes, the mean of every token's own loss."""
    held_out_loss = week("pretrain").held_out_loss
    small = importlib.import_module("small_models")
    for seed in range(CASES):
        source = generator(seed)
        model = small.Bigram(7, 3).double()
        rows = torch.randint(7, (size(source, 1, 9), size(source, 2, 6)), generator=source)
        log_p = model(rows).log_softmax(-1)[:, :-1]
        each = -log_p.gather(-1, rows[:, 1:, None])

        assert math.isclose(held_out_loss(model, rows, size(source, 1, 5)), float(each.mean().detach()), rel_tol=1e-9)
