"""Week 15: held against torch.ao, torch.nn.utils.prune, F.kl_div, transformers' caches and assisted generation."""

import numpy as np
import pytest
import torch

CASES = 200


def test_paged_cache_against_contiguous_ones(solution):
    """After random appends, shares and frees, attention over each sequence is that over a contiguous cache."""
    from transformers import DynamicCache

    paged = solution("week15_efficiency", "paged_cache").PagedCache
    rng, source = np.random.default_rng(15), torch.Generator().manual_seed(15)
    attention = torch.nn.functional.scaled_dot_product_attention
    for _ in range(CASES):
        size, heads, width, blocks = (int(rng.integers(1, high)) for high in (6, 4, 6, 40))
        cache, plain = paged(blocks, size, heads, width, dtype=torch.float64), {}
        for number in range(int(rng.integers(1, 30))):
            names = sorted(plain)
            chosen = names[int(rng.integers(len(names)))] if names else None
            kind = rng.integers(10)
            if kind < 6 or chosen is None:
                name = chosen if chosen and rng.integers(2) else f"s{number}"
                pair = torch.randn(2, 1, heads, int(rng.integers(1, 9)), width, generator=source, dtype=torch.float64)
                known = name in plain
                try:
                    cache.append(name, pair[0, 0], pair[1, 0])
                except RuntimeError:
                    assert (name in cache.block_tables) == known
                else:
                    plain.setdefault(name, DynamicCache()).update(pair[0], pair[1], 0)
            elif kind < 9:
                tokens = int(rng.integers(1, plain[chosen].get_seq_length() + 1))
                cache.share(chosen, f"s{number}", tokens)
                layer = plain[chosen].layers[0]
                plain[f"s{number}"] = DynamicCache()
                plain[f"s{number}"].update(layer.keys[:, :, :tokens], layer.values[:, :, :tokens], 0)
            else:
                cache.free(chosen)
                del plain[chosen]
        for name, contiguous in plain.items():
            query = torch.randn(heads, 2, width, generator=source, dtype=torch.float64)
            layer = contiguous.layers[0]
            expected = attention(query[None], layer.keys, layer.values)[0]
            torch.testing.assert_close(attention(query, *cache.gather(name)), expected, rtol=0, atol=1e-12)
            assert len(cache.block_table(name)) == -(-contiguous.get_seq_length() // size)
        used = {block for name in plain for block in cache.block_table(name)}
        assert cache.num_free_blocks() == blocks - len(used)


def _simulated(trace, seats, budget, seconds):
    """A server that hands out one token of its budget at a time, to whoever is first in the line."""
    line = sorted(range(len(trace)), key=lambda number: (trace[number][1], number))
    read, written = [0] * len(trace), [0] * len(trace)
    begun, times, now = [], {name: [] for name, *_ in trace}, 0.0

    def over(number):
        return written[number] == trace[number][3]

    while not all(map(over, range(len(trace)))):
        here = [number for number in line if trace[number][1] <= now and not over(number)]
        if not here:
            now = min(trace[number][1] for number in line if not over(number))
            continue
        inside, given = [number for number in begun if not over(number)], {}
        for _ in range(budget):
            hungry = [number for number in inside if read[number] < trace[number][2] + written[number]]
            if not hungry and len(inside) < seats:
                new = next((number for number in here if number not in begun), None)
                if new is not None:
                    begun.append(new)
                    inside.append(new)
                    hungry = [new]
            if not hungry:
                break
            read[hungry[0]] += 1
            given[hungry[0]] = given.get(hungry[0], 0) + 1
        now += seconds(sum(given.values()))
        for number in given:
            if read[number] == trace[number][2] + written[number]:
                written[number] += 1
                times[trace[number][0]].append(now)
    return times


def test_batching_against_a_simulation(solution):
    """On random traces every token comes when a server that hands out its budget token by token would give it."""
    batching = solution("week15_efficiency", "batching")
    rng = np.random.default_rng(15)
    for _ in range(CASES):
        seats, budget, count = (int(rng.integers(1, high)) for high in (6, 14, 12))
        trace = [
            (f"r{number}", float(rng.integers(0, 60)) / 4, int(rng.integers(1, 30)), int(rng.integers(1, 9)))
            for number in range(count)
        ]
        seconds = lambda tokens: 0.25 + tokens / 8  # noqa: E731

        got = batching.serve(trace, batching.Scheduler(seats, budget), seconds)
        assert got == _simulated(trace, seats, budget, seconds)


def test_rejection_sample_against_transformers(solution, monkeypatch):
    """With the same random numbers, the tokens are those of transformers' assisted generation."""
    from transformers.generation.utils import _speculative_sampling

    rejection_sample = solution("week15_efficiency", "speculative").rejection_sample
    rng, source = np.random.default_rng(15), torch.Generator().manual_seed(15)
    multinomial, ends = torch.multinomial, set()
    for _ in range(2 * CASES):
        k, vocabulary = int(rng.integers(1, 7)), int(rng.integers(2, 12))
        logits = torch.randn(k + 1, vocabulary, generator=source, dtype=torch.float64)
        guesses = logits[:k] + torch.randn(k, vocabulary, generator=source, dtype=torch.float64)
        drafted = multinomial(guesses.softmax(-1), 1, generator=source).flatten()
        ours, theirs = source.clone_state(), source.clone_state()
        tokens, accepted = rejection_sample(logits.softmax(-1), guesses.softmax(-1), drafted, ours)

        with monkeypatch.context() as patch:
            numbers = torch.rand(k, generator=theirs, dtype=torch.float64)
            patch.setattr(torch, "rand_like", lambda like, numbers=numbers: numbers.reshape(like.shape))
            draw = lambda weights, num_samples, theirs=theirs: multinomial(weights, num_samples, generator=theirs)  # noqa: E731
            patch.setattr(torch, "multinomial", draw)
            expected, matches = _speculative_sampling(drafted[None], guesses[None], k, logits[None])
        assert tokens.tolist() == expected[0].tolist()
        assert accepted == int(matches)
        ends.add(accepted < k)
        source.set_state(ours.get_state())
    assert ends == {False, True}


def test_speculative_text_is_the_targets(solution):
    """Greedy: with any draft and any k, the text is that which the target writes alone, as 0 and 1 from its logits."""
    step = solution("week15_efficiency", "speculative").speculative_step
    rng, source = np.random.default_rng(15), torch.Generator().manual_seed(15)
    for _ in range(CASES):
        vocabulary, k, noise = int(rng.integers(2, 12)), int(rng.integers(1, 6)), float(rng.uniform(0, 2))
        table = torch.randn(vocabulary, vocabulary, generator=source, dtype=torch.float64)
        other = table + noise * torch.randn(vocabulary, vocabulary, generator=source, dtype=torch.float64)
        models = [lambda ids, rows, of=of: torch.eye(len(of))[of[ids[-rows:]].argmax(-1)] for of in (other, table)]
        text = torch.tensor([0])
        calls = 0
        while len(text) < 20:
            text = torch.cat([text, step(*models, text, k, source)[0]])
            calls += 1
        alone = [0]
        while len(alone) < len(text):
            alone.append(int(table[alone[-1]].argmax()))
        assert text.tolist() == alone
        assert calls <= 19


@pytest.mark.filterwarnings("ignore:.*torch.quantize_per.*:UserWarning")
@pytest.mark.filterwarnings("ignore:.*torch.ao.*")
def test_quantise_against_torch(solution):
    """Codes are those of torch's quantised tensors, and ranges, scales and zero points those of its observers."""
    from torch.ao.quantization import MinMaxObserver, PerChannelMinMaxObserver

    module = solution("week15_efficiency", "quantise")
    rng, source = np.random.default_rng(15), torch.Generator().manual_seed(15)
    for case in range(CASES):
        shape = [int(rng.integers(1, 8)) for _ in range(int(rng.integers(1, 4)))]
        # torch's observer of channels does not take vectors.
        axis = None if case % 3 == 0 or len(shape) == 1 else int(rng.integers(len(shape)))
        symmetric = bool(case % 2)
        x = 3 * torch.randn(shape, generator=source) + rng.normal()
        scheme = "affine" if not symmetric else "symmetric"
        kind = {"dtype": torch.qint8, "quant_min": -127 if symmetric else -128, "quant_max": 127, "eps": 1e-30}
        if axis is None:
            observer = MinMaxObserver(qscheme=getattr(torch, f"per_tensor_{scheme}"), **kind)
        else:
            observer = PerChannelMinMaxObserver(ch_axis=axis, qscheme=getattr(torch, f"per_channel_{scheme}"), **kind)
        observer(x)
        scale, zero_point = observer.calculate_qparams()
        codes, ours, point = module.quantise(x, axis, symmetric)

        torch.testing.assert_close(ours.flatten(), scale.flatten())
        assert point.flatten().tolist() == zero_point.flatten().tolist()
        if axis is None:
            theirs = torch.quantize_per_tensor(x, ours.item(), int(point), torch.qint8)
        else:
            theirs = torch.quantize_per_channel(x, ours.flatten().double(), point.flatten().long(), axis, torch.qint8)
        near_half = ((x / ours) % 1 - 0.5).abs() < 1e-3  # torch multiplies by the reciprocal: a code may differ there
        assert ((theirs.int_repr().clamp(min=kind["quant_min"]) == codes) | near_half).all()
        torch.testing.assert_close(module.dequantise(codes, ours, point)[~near_half], theirs.dequantize()[~near_half])


@pytest.mark.filterwarnings("ignore")  # torch.ao and its quantised operators say that they will move to torchao
def test_int8_linear_against_torch(solution):
    """The layer is as close to torch's dynamically quantised one as the two ways to choose a range allow."""
    module = solution("week15_efficiency", "quantise")
    source = torch.Generator().manual_seed(15)
    for case in range(CASES):
        d_in, d_out = 1 + case % 17, 1 + case % 13
        linear = torch.nn.Linear(d_in, d_out, bias=bool(case % 2))
        x = torch.randn(1, d_in, generator=source)
        codes, scale, _ = module.quantise(linear.weight, 0)
        rows, step, _ = module.quantise(x)
        weight = torch.quantize_per_channel(
            linear.weight.detach(), scale.flatten().double(), torch.zeros(d_out).long(), 0, torch.qint8
        )
        inputs = torch.quantize_per_tensor(x, step.item(), 0, torch.qint8)
        theirs = torch.nn.functional.linear(inputs.dequantize(), weight.dequantize(), linear.bias)
        allowed = 1e-5 + ((x / step) % 1 - 0.5).abs().lt(1e-3).float() @ (codes * scale).abs().T * step
        allowed = allowed + x.abs() @ (((linear.weight / scale) % 1 - 0.5).abs().lt(1e-3) * scale).T
        assert ((module.Int8Linear(linear)(x) - theirs).abs() <= allowed).all()


def test_int4_against_fake_quantise(solution):
    """Unpacked weights are torch's fake-quantised ones, group by group, in 15 steps."""
    module = solution("week15_efficiency", "quantise")
    rng, source = np.random.default_rng(15), torch.Generator().manual_seed(15)
    for _ in range(CASES):
        rows, groups, group = int(rng.integers(1, 6)), int(rng.integers(1, 6)), 2 * int(rng.integers(1, 20))
        weight = torch.randn(rows, groups * group, generator=source)
        packed, scale = module.int4_groups(weight, group)
        flat = weight.reshape(-1, group)
        zeros = torch.zeros(len(flat), dtype=torch.int32)
        theirs = torch.fake_quantize_per_channel_affine(flat, scale.flatten(), zeros, 0, -7, 7)
        near_half = ((flat / scale.reshape(-1, 1)) % 1 - 0.5).abs() < 1e-3
        ours = module.dequantise_int4(packed, scale).reshape(-1, group)
        torch.testing.assert_close(ours[~near_half], theirs[~near_half])
        assert packed.numel() * 2 == weight.numel()


def test_prune_against_torch(solution):
    """Masks are those of torch.nn.utils.prune, of one layer and global; 2:4 is torch.ao's sparsifier."""
    from torch.nn.utils import prune

    module = solution("week15_efficiency", "prune")
    rng, source = np.random.default_rng(15), torch.Generator().manual_seed(15)
    for _ in range(CASES):
        layers = [torch.nn.Linear(int(rng.integers(1, 9)), int(rng.integers(1, 9))) for _ in range(3)]
        for layer in layers:
            torch.nn.init.normal_(layer.weight, std=float(rng.uniform(0.1, 3)), generator=source)
        share = float(rng.uniform(0, 1))
        masks = module.prune_magnitude([layer.weight for layer in layers], share)
        prune.global_unstructured([(layer, "weight") for layer in layers], prune.L1Unstructured, amount=share)
        for mask, layer in zip(masks, layers, strict=True):
            assert torch.equal(mask, layer.weight_mask.bool())

        weight = torch.randn(int(rng.integers(1, 6)), 4 * int(rng.integers(1, 6)), generator=source)
        largest = weight.abs().reshape(-1, 4).topk(2).indices
        assert torch.equal(
            module.prune_two_four(weight).reshape(-1, 4),
            torch.zeros(weight.numel() // 4, 4).scatter(1, largest, 1).bool(),
        )


def test_prune_heads_against_transformers(solution):
    """The pruned weights are those of transformers' prune_linear_layer."""
    from transformers.pytorch_utils import prune_linear_layer

    module = solution("week15_efficiency", "prune")
    rng, source = np.random.default_rng(15), torch.Generator().manual_seed(15)
    for _ in range(CASES):
        heads, size, width = int(rng.integers(2, 7)), int(rng.integers(1, 5)), int(rng.integers(1, 9))
        drop = [int(head) for head in rng.permutation(heads)[: int(rng.integers(0, heads))]]
        weights = [torch.randn(heads * size, width, generator=source) for _ in range(3)]
        weights.append(torch.randn(width, heads * size, generator=source))
        index = torch.tensor([row for row in range(heads * size) if row // size not in drop])
        for place, (ours, weight) in enumerate(zip(module.prune_heads(*weights, size, drop), weights, strict=True)):
            layer = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=False)
            layer.weight.data.copy_(weight)
            assert torch.equal(ours, prune_linear_layer(layer, index, dim=int(place == 3)).weight)


def test_distillation_against_torch(solution):
    """Values and gradients are those of F.kl_div and F.cross_entropy on the places that count."""
    loss = solution("week15_efficiency", "distil").distillation_loss
    rng, source = np.random.default_rng(15), torch.Generator().manual_seed(15)
    functional = torch.nn.functional
    for _ in range(CASES):
        batch, places, vocabulary = (int(rng.integers(1, 7)) for _ in range(3))
        temperature, alpha = float(rng.uniform(0.3, 6)), float(rng.uniform(0, 1))
        mine, theirs = (
            3 * torch.randn(batch, places, vocabulary, generator=source, dtype=torch.float64) for _ in range(2)
        )
        targets = torch.randint(vocabulary, (batch, places), generator=source)
        targets[torch.rand(batch, places, generator=source) < 0.3] = -100
        targets[0, 0] = 0
        mine.requires_grad_()
        kept = targets != -100
        soft = functional.kl_div(
            (mine[kept] / temperature).log_softmax(-1),
            (theirs[kept] / temperature).log_softmax(-1),
            reduction="batchmean",
            log_target=True,
        )
        hard = functional.cross_entropy(mine.flatten(0, 1), targets.flatten(), ignore_index=-100)
        expected = alpha * temperature**2 * soft + (1 - alpha) * hard
        got = loss(mine, theirs, targets, temperature, alpha)

        torch.testing.assert_close(got, expected, rtol=1e-12, atol=1e-12)
        slopes = [torch.autograd.grad(value, mine)[0] for value in (got, expected)]
        torch.testing.assert_close(*slopes, rtol=1e-11, atol=1e-12)


def test_smoothing_changes_nothing(solution):
    """Smoothed layers compute what they did, and inputs with an outlier lose less in 8 bits."""
    smooth = solution("week15_efficiency", "debug_smooth")
    rng, source = np.random.default_rng(15), torch.Generator().manual_seed(15)
    for _ in range(CASES):
        width = int(rng.integers(2, 12))
        norm = torch.nn.LayerNorm(width).double()
        linears = [torch.nn.Linear(width, int(rng.integers(1, 7))).double() for _ in range(2)]
        torch.nn.init.normal_(norm.weight, mean=1, generator=source)
        torch.nn.init.normal_(norm.bias, generator=source)
        x = torch.randn(17, width, generator=source, dtype=torch.float64)
        before = [linear(norm(x)) for linear in linears]
        smooth.smooth(norm, linears, smooth.channel_maxima(norm, [x]), float(rng.uniform(0, 1)))
        for linear, right in zip(linears, before, strict=True):
            torch.testing.assert_close(linear(norm(x)), right, rtol=1e-9, atol=1e-9)
