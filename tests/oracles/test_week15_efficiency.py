"""Week 15: held against transformers' caches and assisted generation, and a simulation of another kind."""

import numpy as np
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
