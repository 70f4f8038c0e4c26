"""Week 11: held against numpy, scipy and transformers; formulas written once more where no library has them."""

import copy
import importlib
import math

import numpy as np
import pytest
import torch
from scipy.signal import lfilter
from scipy.special import expit, log_expit
from sklearn.preprocessing import StandardScaler
from transformers import LlamaConfig, LlamaForSequenceClassification

CASES = 200
TIGHT = {"rtol": 1e-9, "atol": 1e-10}


@pytest.fixture
def week(solution):
    """A function that gives a module of the week."""
    return lambda name: solution("week11_alignment", name)


def test_reward_model(week):
    """Scores are those of a Llama with one class, which finds the last token by the padding id."""
    reward = week("reward")
    config = LlamaConfig(
        vocab_size=17, hidden_size=8, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        max_position_embeddings=32, attn_implementation="eager", num_labels=1, pad_token_id=0,
    )  # fmt: skip
    torch.manual_seed(11)  # noqa: TID251 - a Llama knows no other generator
    theirs = LlamaForSequenceClassification(config).double().eval()

    class Backbone(torch.nn.Module):
        def forward(self, ids, mask):
            positions = (mask.cumsum(1) - 1).clamp(min=0)
            return theirs.model(input_ids=ids, attention_mask=mask, position_ids=positions).last_hidden_state

    model = reward.RewardModel(Backbone(), 8).double()
    model.head.weight.data = theirs.score.weight.data
    cases = 0
    rng = np.random.default_rng(1)
    while cases < CASES:
        lengths = rng.integers(1, 8, 5)
        width = int(lengths.max()) + 1
        ids, mask = torch.zeros(5, width, dtype=torch.int64), torch.zeros(5, width, dtype=torch.int64)
        for row, length in enumerate(lengths):
            start = int(rng.integers(0, 2)) * (width - int(length))
            ids[row, start : start + length] = torch.from_numpy(rng.integers(1, 17, length))
            mask[row, start : start + length] = 1
        with torch.no_grad():
            scores = model(ids, mask)
            for row, length in enumerate(lengths):
                text = ids[row, mask[row] != 0]
                assert len(text) == length
                torch.testing.assert_close(scores[row], theirs(input_ids=text[None]).logits[0, 0])
                cases += 1


def test_pairwise_loss(week):
    """Loss and gradient are scipy's, at leads from near to far."""
    pairwise_loss = week("reward").pairwise_loss
    rng = np.random.default_rng(2)
    for case in range(CASES):
        chosen, rejected, margin = rng.normal(size=(3, int(rng.integers(1, 9)))) * 10.0 ** rng.integers(-2, 3)
        margin = abs(margin) if case % 2 else np.zeros_like(margin)
        lead = torch.from_numpy(chosen).requires_grad_()
        given = torch.from_numpy(margin) if case % 2 else None
        loss = pairwise_loss(lead, torch.from_numpy(rejected), given)
        (gradient,) = torch.autograd.grad(loss, lead)

        far = chosen - rejected - margin
        assert math.isclose(float(loss.detach()), -log_expit(far).mean(), rel_tol=1e-9, abs_tol=1e-12)
        np.testing.assert_allclose(gradient.numpy(), -expit(-far) / len(far), rtol=1e-9, atol=1e-12)


def test_kl_estimate(week):
    """k1 and k3 have the mean that torch's KL divergence says; each is Schulman's formula in numpy."""
    kl_estimate = week("kl").kl_estimate
    rng = np.random.default_rng(3)
    for _ in range(CASES):
        policy, reference = torch.from_numpy(2 * rng.normal(size=(2, int(rng.integers(2, 9))))).log_softmax(-1)
        exact = torch.nn.functional.kl_div(reference, policy, reduction="sum", log_target=True)
        for kind in ("k1", "k3"):
            mean = (policy.exp() * kl_estimate(policy, reference, kind)).sum()
            torch.testing.assert_close(mean, exact, **TIGHT)
        ratio = (reference - policy).exp().numpy()
        np.testing.assert_allclose(kl_estimate(policy, reference, "k1").numpy(), -np.log(ratio), atol=1e-12)
        np.testing.assert_allclose(kl_estimate(policy, reference, "k2").numpy(), np.log(ratio) ** 2 / 2, atol=1e-12)
        np.testing.assert_allclose(kl_estimate(policy, reference, "k3").numpy(), ratio - 1 - np.log(ratio), atol=1e-12)


def test_shape_rewards(week):
    """Rewards are those of a loop over the tokens of each answer."""
    shape_rewards = week("kl").shape_rewards
    rng = np.random.default_rng(4)
    for _ in range(CASES):
        batch, length, beta = int(rng.integers(1, 5)), int(rng.integers(1, 9)), float(rng.uniform(0, 2))
        kl, scores = rng.normal(size=(batch, length)), rng.normal(size=batch)
        mask = rng.integers(0, 2, (batch, length))
        right = np.zeros((batch, length))
        for row in range(batch):
            tokens = np.flatnonzero(mask[row])
            right[row, tokens] = -beta * kl[row, tokens]
            if len(tokens):
                right[row, tokens[-1]] += scores[row]
        rewards = shape_rewards(torch.from_numpy(scores), torch.from_numpy(kl), beta, torch.from_numpy(mask))

        torch.testing.assert_close(rewards, torch.from_numpy(right), **TIGHT)


def test_returns_and_gae(week):
    """Advantages and returns are the definition's double sum, episode by episode; returns are scipy's filter."""
    advantages = week("advantages")
    rng = np.random.default_rng(5)
    for _ in range(CASES):
        steps, (gamma, lam) = int(rng.integers(1, 12)), rng.uniform(0, 1, 2)
        rewards, values, dones = rng.normal(size=steps), rng.normal(size=steps + 1), rng.random(steps) < 0.25
        stops = [*np.flatnonzero(dones), steps - 1]
        right, returns = np.zeros(steps), np.zeros(steps)
        for t in range(steps):
            end = min(stop for stop in stops if stop >= t)
            for s in range(t, end + 1):
                behind = 0.0 if dones[s] else values[s + 1]
                right[t] += (gamma * lam) ** (s - t) * (rewards[s] + gamma * behind - values[s])
        for start in range(steps):
            if start == 0 or dones[start - 1]:
                end = min(stop for stop in stops if stop >= start) + 1
                returns[start:end] = lfilter([1], [1, -gamma], rewards[start:end][::-1])[::-1]
        given = (torch.from_numpy(rewards), torch.from_numpy(values), torch.from_numpy(dones))
        mine, targets = advantages.gae(*given, gamma, lam)

        np.testing.assert_allclose(mine.numpy(), right, rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(targets.numpy(), right + values[:-1], rtol=1e-9, atol=1e-11)
        plain = advantages.discounted_returns(given[0], given[2], gamma)
        np.testing.assert_allclose(plain.numpy(), returns, rtol=1e-9, atol=1e-11)


def test_whiten(week):
    """Real values are scaled as scikit-learn's StandardScaler scales them."""
    whiten = week("advantages").whiten
    rng = np.random.default_rng(6)
    for _ in range(CASES):
        shape = tuple(rng.integers(1, 7, 2))
        x, mask = rng.normal(size=shape) * 3 + 1, rng.integers(0, 2, shape)
        if mask.sum() < 2:
            continue
        out = whiten(torch.from_numpy(x), torch.from_numpy(mask), eps=0.0).numpy()
        right = StandardScaler().fit_transform(x[mask != 0].reshape(-1, 1))[:, 0]

        np.testing.assert_allclose(out[mask != 0], right, rtol=1e-9, atol=1e-11)
        assert not out[mask == 0].any()


def log_probabilities(rng, *shape):
    """Random log-probabilities as doubles."""
    return torch.from_numpy(rng.normal(-6, 3, shape))


def test_answer_logps(week):
    """Sums are minus the losses of torch over the same labels, summed; gradients are its gradients."""
    answer_logps = week("dpo").answer_logps
    rng = np.random.default_rng(5)
    for _ in range(CASES):
        batch, length, vocabulary = rng.integers(1, 5), rng.integers(2, 9), rng.integers(2, 13)
        logits = torch.from_numpy(rng.normal(size=(batch, length, vocabulary))).requires_grad_()
        labels = torch.from_numpy(rng.integers(0, vocabulary, (batch, length)))
        labels[torch.from_numpy(rng.random((batch, length)) < 0.4)] = -100
        sums, counts = answer_logps(logits, labels)
        losses = torch.nn.functional.cross_entropy(logits[:, :-1].mT, labels[:, 1:], reduction="none")
        torch.testing.assert_close(sums, -losses.sum(1), **TIGHT)
        assert counts.tolist() == [sum(one != -100 for one in row[1:]) for row in labels.tolist()]
        weights = torch.from_numpy(rng.normal(size=batch))
        mine, theirs = (torch.autograd.grad((weights * x).sum(), logits)[0] for x in (sums, -losses.sum(1)))
        torch.testing.assert_close(mine, theirs, **TIGHT)


def test_preference_losses(week):
    """DPO, IPO and SimPO are trl's formulas, written in numpy: log-ratios of the two models first."""
    dpo = week("dpo")
    rng = np.random.default_rng(6)
    for _ in range(CASES):
        pairs, beta, smoothing, gamma = (
            rng.integers(1, 9),
            rng.uniform(0.01, 3),
            rng.uniform(0, 0.49),
            rng.uniform(0, 2),
        )
        given = log_probabilities(rng, 4, pairs)
        pc, pr, rc, rr = given.numpy()
        logits = (pc - pr) - (rc - rr)
        losses = -log_expit(beta * logits) * (1 - smoothing) - log_expit(-beta * logits) * smoothing
        loss, chosen, rejected = dpo.dpo_loss(*given, beta, smoothing)
        assert np.isclose(loss.item(), losses.mean(), **TIGHT)
        np.testing.assert_allclose(chosen, beta * (pc - rc), **TIGHT)
        np.testing.assert_allclose(rejected, beta * (pr - rr), **TIGHT)
        assert np.isclose(dpo.ipo_loss(*given, beta).item(), ((logits - 1 / (2 * beta)) ** 2).mean(), **TIGHT)
        lengths = torch.from_numpy(rng.integers(1, 20, (2, pairs)))
        ratios = pc / lengths[0].numpy() - pr / lengths[1].numpy() - gamma / beta  # trl multiplies gamma / beta by beta
        simpo = dpo.simpo_loss(given[0], given[1], *lengths, beta, gamma)
        assert np.isclose(simpo.item(), -log_expit(beta * ratios).mean(), **TIGHT)


def test_group_advantages(week):
    """Advantages are trl's: group by group, numpy's standard deviation with one degree of freedom less."""
    group_advantages = week("grpo").group_advantages
    rng = np.random.default_rng(7)
    for _ in range(CASES):
        groups, size, eps = rng.integers(1, 6), rng.integers(2, 9), 10.0 ** -rng.integers(1, 7)
        rewards = rng.integers(0, 3, (groups, size)).astype(float)
        centred = rewards - rewards.mean(1, keepdims=True)
        flat = torch.from_numpy(rewards.ravel())
        scaled = centred / (rewards.std(1, ddof=1, keepdims=True) + eps)
        np.testing.assert_allclose(group_advantages(flat, int(size), eps=eps), scaled.ravel(), **TIGHT)
        np.testing.assert_allclose(group_advantages(flat, int(size), scale=False), centred.ravel(), **TIGHT)


def test_grpo_loss(week):
    """Losses are trl's formulas in numpy; gradients are differences of the loss."""
    grpo_loss = week("grpo").grpo_loss
    rng = np.random.default_rng(8)
    for _ in range(CASES):
        batch, length = rng.integers(1, 5), rng.integers(1, 6)
        now, old, reference = rng.normal(-2, 0.4, (3, batch, length))
        advantages, low, high, beta = (
            rng.normal(size=batch),
            rng.uniform(0, 0.5),
            rng.uniform(0, 0.5),
            rng.uniform(0, 1),
        )
        mask = rng.random((batch, length)) < 0.7
        ratio, weight = np.exp(now - old), advantages[:, None]
        costs = -np.minimum(ratio * weight, np.clip(ratio, 1 - low, 1 + high) * weight)
        costs += beta * (np.exp(reference - now) - (reference - now) - 1)
        right = {
            "grpo": ((costs * mask).sum(1) / np.maximum(mask.sum(1), 1)).mean(),
            "dapo": (costs * mask).sum() / max(mask.sum(), 1),
            "dr_grpo": (costs * mask).sum() / (batch * 7),
        }
        tables = [torch.from_numpy(table) for table in (now, old, advantages, mask)]
        options = {"clip": (low, high), "reference_logps": torch.from_numpy(reference), "beta": beta, "max_length": 7}
        for kind, expected in right.items():
            assert np.isclose(grpo_loss(*tables, kind=kind, **options).item(), expected, **TIGHT)
        leaf = tables[0].clone().requires_grad_()
        (slope,) = torch.autograd.grad(grpo_loss(leaf, *tables[1:], kind="dapo", **options), leaf)
        direction = torch.from_numpy(rng.normal(size=(batch, length)))
        ahead, behind = (
            grpo_loss(tables[0] + sign * 1e-6 * direction, *tables[1:], kind="dapo", **options).item()
            for sign in (1, -1)
        )
        assert np.isclose((ahead - behind) / 2e-6, (slope * direction).sum().item(), rtol=1e-4, atol=1e-6)


def test_math_reward(week):
    """Sums that are written out: right exactly when Python's own fractions say so, boxed or not."""
    from fractions import Fraction

    math_reward = week("grpo").math_reward
    rng = np.random.default_rng(9)
    for _ in range(CASES):
        first, second, error = (
            int(one) for one in (rng.integers(-2000, 2000), rng.integers(0, 900), rng.integers(-1, 2))
        )
        total = Fraction(first) + Fraction(second, 4)
        answer = total + Fraction(error, 100)
        spelled = f"{float(answer):,.{rng.integers(2, 5)}f}"
        text = rng.choice(
            [f"{first} + {second}/4 is {spelled}", f"\\boxed{{{spelled}}} and not {first}", f"= {spelled}."]
        )
        assert math_reward(str(text), f"#### {float(total):.2f}") == float(error == 0), (text, total)


def test_ppo_losses(week):
    """Values and gradients are those of the cases written out, token by token, in numpy."""
    ppo = week("ppo")
    rng = np.random.default_rng(7)
    for _ in range(CASES):
        shape, clip = tuple(rng.integers(1, 6, 2)), float(rng.uniform(0.05, 0.5))
        new, old, goals = 0.4 * rng.normal(size=(3, *shape))
        mask = rng.integers(0, 2, shape)
        mask.flat[0] = 1
        ratio, count = np.exp(new - old), mask.sum()
        stopped = ((goals > 0) & (ratio > 1 + clip)) | ((goals < 0) & (ratio < 1 - clip))
        limit = np.where(goals > 0, 1 + clip, 1 - clip)
        _same(
            ppo.ppo_loss, new, old, goals, mask, clip,
            loss=-(np.where(stopped, limit, ratio) * goals)[mask != 0].mean(),
            slope=np.where(stopped | (mask == 0), 0, -ratio * goals) / count,
        )  # fmt: skip
        clipped = old + np.clip(new - old, -clip, clip)
        outside = (abs(new - old) > clip) & (abs(clipped - goals) > abs(new - goals))
        error = np.where(outside, clipped, new) - goals
        _same(
            ppo.value_loss, new, old, goals, mask, clip,
            loss=(error**2 / 2)[mask != 0].mean(),
            slope=np.where(outside | (mask == 0), 0, error) / count,
        )  # fmt: skip


def _same(function, new, *given, loss, slope):
    """The function's value and its gradient in the first argument are these."""
    *arrays, clip = given
    leaf = torch.from_numpy(new).requires_grad_()
    got = function(leaf, *map(torch.from_numpy, arrays), clip)
    (gradient,) = torch.autograd.grad(got, leaf)

    np.testing.assert_allclose(got.detach().numpy(), loss, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(gradient.numpy(), slope, rtol=1e-9, atol=1e-12)


def test_ppo_step(week):
    """Weights and report are those of a step in which each sampled token is a text of its own, scored by its prefix."""
    ppo, small = week("ppo"), importlib.import_module("small_policies")
    for seed in range(CASES):
        source = torch.Generator().manual_seed(seed)
        batch, length = (int(torch.randint(2, 6, (1,), generator=source)) for _ in range(2))
        small.seed_everything(seed)
        model = small.Policy(7, 4).double()
        twin = copy.deepcopy(model)
        ids = torch.randint(7, (batch, length), generator=source)
        mask = torch.randint(2, (batch, length), generator=source)
        mask[:, 0], mask[0, 1] = 0, 1
        draw = lambda: torch.randn(batch, length, generator=source, dtype=torch.float64)  # noqa: B023, E731
        data = {"logp": -2 + 0.3 * draw(), "values": 0.3 * draw(), "advantages": draw(), "returns": draw()}
        report = ppo.ppo_step(model, small.sgd(model, 0.5), {"ids": ids, "mask": mask, **data}, max_norm=0.7)

        policy, value, count, moved = 0.0, 0.0, int(mask.sum()), []
        for row, place in mask.nonzero().tolist():
            logits, expected = twin(ids[row : row + 1, :place])
            logp = torch.distributions.Categorical(logits=logits[0, -1]).log_prob(ids[row, place])
            old = {name: table[row, place] for name, table in data.items()}
            ratio, gain = (logp - old["logp"]).exp(), old["advantages"]
            policy = policy - min(ratio * gain, ratio.clamp(0.8, 1.2) * gain) / count
            near = old["values"] + (expected[0, -1] - old["values"]).clamp(-0.2, 0.2)
            value = value + max((x - old["returns"]) ** 2 for x in (expected[0, -1], near)) / 2 / count
            moved.append(float((logp - old["logp"]).detach()))
        (policy + 0.1 * value).backward()
        norm = float(torch.cat([p.grad.flatten() for p in twin.parameters()]).norm())
        for mine, other in zip(model.parameters(), twin.parameters(), strict=True):
            right = other - 0.5 * other.grad * min(1.0, 0.7 / max(norm, 1e-12))
            torch.testing.assert_close(mine, right, rtol=1e-5, atol=1e-6)  # 1e-6 in torch's divisor
        found = [report[name] for name in ("policy_loss", "value_loss", "norm", "kl")]
        np.testing.assert_allclose(
            found, [float(policy.detach()), float(value.detach()), norm, -np.mean(moved)], rtol=1e-7, atol=1e-9
        )
        assert math.isclose(report["clipped"], np.mean([not 0.8 <= math.exp(d) <= 1.2 for d in moved]), abs_tol=1e-6)
