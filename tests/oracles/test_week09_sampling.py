"""Week 09 held against transformers: its logits processors, its beam search, its greedy search with left padding, its
constrained search, its stop strings and its transition scores. What a grammar allows is held against regex, which knows
whether a text is the beginning of a match, and against all texts of finite grammars, written out.

Where the conventions differ, the oracle is called so that they do not matter, and a comment says so.
"""

import random
import sys
from itertools import product
from pathlib import Path

import pytest
import regex
import torch
from transformers import (
    AutoTokenizer,
    GPT2Config,
    GPT2LMHeadModel,
    MinPLogitsWarper,
    NoRepeatNGramLogitsProcessor,
    PrefixConstrainedLogitsProcessor,
    RepetitionPenaltyLogitsProcessor,
    StopStringCriteria,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

WEEK = "week09_sampling"
CASES = 200
VOCAB = 11
PROCESSORS = {
    "apply_temperature": TemperatureLogitsWarper,
    "top_k_filter": TopKLogitsWarper,
    "top_p_filter": TopPLogitsWarper,
    "min_p_filter": MinPLogitsWarper,
    "repetition_penalty": RepetitionPenaltyLogitsProcessor,
    "block_repeated_ngrams": NoRepeatNGramLogitsProcessor,
}


@pytest.fixture(scope="module")
def filters(solution):
    return solution(WEEK, "filters")


def random_logits(case: int, rows: int = 3) -> torch.Tensor:
    generator = torch.Generator().manual_seed(case)
    spread = 1 + 4 * torch.rand(1, generator=generator, dtype=torch.float64)
    return spread * torch.randn(rows, VOCAB, generator=generator, dtype=torch.float64)


def between(case: int, low: float, high: float) -> float:
    return low + (high - low) * torch.rand(1, generator=torch.Generator().manual_seed(10_000 + case)).item()


def random_history(case: int, length: int, rows: int = 3, ids: int = VOCAB) -> torch.Tensor:
    return torch.randint(0, ids, (rows, length), generator=torch.Generator().manual_seed(20_000 + case))


def by_transformers(name: str, argument: float, logits: torch.Tensor, previous: torch.Tensor | None = None):
    return PROCESSORS[name](argument)(previous, logits)


def probabilities_by_transformers(logits: torch.Tensor, temperature: float, top_k: int, top_p: float) -> torch.Tensor:
    for name, argument in (("apply_temperature", temperature), ("top_k_filter", top_k), ("top_p_filter", top_p)):
        logits = by_transformers(name, argument, logits)
    return logits.softmax(dim=-1)


def assert_equal(got: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(got, expected, rtol=0, atol=0)


def test_apply_temperature(filters):
    for case in range(CASES):
        logits, temperature = random_logits(case), between(case, 0.1, 5.0)
        expected = by_transformers("apply_temperature", temperature, logits)
        assert_equal(filters.apply_temperature(logits, temperature), expected)


def test_top_k_filter(filters):
    for case in range(CASES):
        logits, k = random_logits(case).round(decimals=case % 3), 1 + case % (VOCAB + 2)  # rounded: many ties
        assert_equal(filters.top_k_filter(logits, k), by_transformers("top_k_filter", k, logits))


def test_top_p_filter(filters):
    for case in range(CASES):
        logits, p = random_logits(case), between(case, 0.0, 1.0)  # no ties: transformers sorts them as it happens
        assert_equal(filters.top_p_filter(logits, p), by_transformers("top_p_filter", p, logits))


def test_min_p_filter(filters):
    for case in range(CASES):
        logits, min_p = random_logits(case), between(case, 0.0, 1.0) ** 3
        assert_equal(filters.min_p_filter(logits, min_p), by_transformers("min_p_filter", min_p, logits))


def test_repetition_penalty(filters):
    for case in range(CASES):
        logits, previous, penalty = random_logits(case), random_history(case, 1 + case % 13), between(case, 0.5, 3.0)
        expected = by_transformers("repetition_penalty", penalty, logits, previous)
        assert_equal(filters.repetition_penalty(logits, previous, penalty), expected)


def test_block_repeated_ngrams(filters):
    for case in range(CASES):
        n, ids = 1 + case % 4, 2 + case % 3  # few ids: many repetitions, but never the whole vocabulary
        logits, previous = random_logits(case), random_history(case, 1 + case % 23, ids=ids)
        expected = by_transformers("block_repeated_ngrams", n, logits, previous)
        assert_equal(filters.block_repeated_ngrams(logits, previous, n), expected)


def test_padding_is_no_token(filters):
    """transformers knows no padding, so each row is given to it alone, without."""
    for case in range(CASES):
        logits, previous = random_logits(case), random_history(case, 17, ids=3)
        for row in range(3):
            where = slice(0, row * (case % 5)) if case % 2 else slice(17 - row * (case % 5), None)
            previous[row, where] = -1
        expected_penalty, expected_block = [], []
        for row in range(3):
            history = previous[row][previous[row] >= 0].unsqueeze(0)
            expected_penalty.append(by_transformers("repetition_penalty", 1.7, logits[row : row + 1], history))
            expected_block.append(by_transformers("block_repeated_ngrams", 3, logits[row : row + 1], history))
        torch.testing.assert_close(filters.repetition_penalty(logits, previous, 1.7), torch.cat(expected_penalty))
        torch.testing.assert_close(filters.block_repeated_ngrams(logits, previous, 3), torch.cat(expected_block))


def test_sample_next_draws_from_the_distribution_of_transformers(solution):
    """5-sigma bound for each of 200 * 11 frequencies; the seeds are fixed, so the test cannot turn."""
    sample_next = solution(WEEK, "sampling").sample_next
    draws = 4000
    for case in range(CASES):
        logits = random_logits(case, rows=1)
        temperature, top_k, top_p = between(case, 0.3, 3.0), 2 + case % VOCAB, between(case + 1, 0.2, 1.0)
        expected = probabilities_by_transformers(logits, temperature, top_k, top_p)[0]
        drawn = sample_next(logits.expand(draws, -1), temperature, top_k, top_p, torch.Generator().manual_seed(case))
        frequency = torch.bincount(drawn, minlength=VOCAB) / draws
        assert not frequency[expected == 0].any()
        sigma = (expected * (1 - expected) / draws).sqrt()
        assert ((frequency - expected).abs() <= 5 * sigma + 2 / draws).all(), case


def tiny_gpt2(case: int, vocab: int = VOCAB) -> GPT2LMHeadModel:
    config = GPT2Config(
        vocab_size=vocab, n_positions=64, n_embd=8, n_layer=1, n_head=2, initializer_range=0.7,
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=None, eos_token_id=None,
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(case)  # what transformers draws its weights from
        return GPT2LMHeadModel(config).double().eval()


class Gpt2AsTinyLM:
    """GPT-2 from transformers behind the protocol of TinyLM."""

    device = torch.device("cpu")

    def __init__(self, gpt2: GPT2LMHeadModel):
        self.gpt2 = gpt2

    @torch.no_grad()
    def __call__(self, tokens, positions=None, mask=None, cache=None):
        output = self.gpt2(
            tokens, position_ids=positions, attention_mask=mask.long(), past_key_values=cache, use_cache=True
        )
        return output.logits, output.past_key_values


def ragged_prompts(case: int) -> tuple[GPT2LMHeadModel, list[list[int]], int, int]:
    """A model, prompts of different lengths, how many tokens to add, and where to stop."""
    prompt = [row[: 1 + (case + 3 * place) % 7].tolist() for place, row in enumerate(random_history(case, 7))]
    return tiny_gpt2(case), prompt, 9, case % VOCAB


def continued_by_transformers(gpt2: GPT2LMHeadModel, prompt: list[list[int]], new_tokens: int, stop: int):
    longest = max(map(len, prompt))
    ids = torch.tensor([[0] * (longest - len(row)) + row for row in prompt])
    mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in prompt])
    whole = gpt2.generate(
        ids, attention_mask=mask, max_new_tokens=new_tokens, do_sample=False, eos_token_id=stop, pad_token_id=stop
    )
    return [up_to(stop, row) for row in whole[:, longest:].tolist()]


def up_to(stop: int | None, row: list[int]) -> list[int]:
    return row[: row.index(stop) + 1] if stop in row else row


def search_of_beams(case: int) -> tuple[GPT2LMHeadModel, torch.Tensor, int, int, float, int | None]:
    """A model, a prompt, and beams, new tokens, length penalty and stop token of a search."""
    penalty, stop = (1.0, 0.0, 2.0, -0.5, 0.6)[case % 5], None if case % 7 == 0 else case % VOCAB
    return tiny_gpt2(case), random_history(case, 1 + case % 5, rows=1), 2 + case % 4, 1 + case % 6, penalty, stop


def beams_by_transformers(
    gpt2: GPT2LMHeadModel, prompt: torch.Tensor, beams: int, new_tokens: int, penalty: float, stop: int | None
) -> list[tuple[list[int], float]]:
    out = gpt2.generate(
        prompt,
        attention_mask=torch.ones_like(prompt),
        num_beams=beams,
        num_return_sequences=beams,
        max_new_tokens=new_tokens,
        length_penalty=penalty,
        early_stopping="never",
        eos_token_id=stop,
        pad_token_id=0,
        do_sample=False,
        return_dict_in_generate=True,
        output_scores=True,
    )
    found = [up_to(stop, row) for row in out.sequences[:, prompt.shape[1] :].tolist()]
    return list(zip(found, out.sequences_scores.tolist(), strict=True))


def next_logits_of(gpt2: GPT2LMHeadModel):
    @torch.no_grad()
    def next_logits(tokens: torch.Tensor) -> torch.Tensor:
        return gpt2(tokens).logits[:, -1]

    return next_logits


def test_generate_agrees_with_transformers_on_left_padded_batches(solution):
    generate = solution(WEEK, "generate").generate
    for case in range(CASES):
        gpt2, *rest = ragged_prompts(case)
        expected = continued_by_transformers(gpt2, *rest)
        assert generate(Gpt2AsTinyLM(gpt2), *rest, temperature=0) == expected, case


def test_tiny_lm_says_the_same_with_and_without_cache_and_padding(solution):
    make = solution(WEEK, "generate").TinyLM
    for case in range(CASES):
        model = make(seed=case)
        text = random_history(case, 11, rows=2)
        whole, _ = model(text)
        first, cache = model(text[:, :5])
        second, _ = model(text[:, 5:], cache=cache)
        torch.testing.assert_close(torch.cat([first, second], dim=1), whole, rtol=1e-10, atol=1e-10)
        padded = torch.cat([torch.full((2, 3), case % 13), text], dim=1)
        mask = torch.arange(14).expand(2, -1) >= 3
        shifted, _ = model(padded, positions=(mask.cumsum(-1) - 1).clamp(min=0), mask=mask)
        torch.testing.assert_close(shifted[:, 3:], whole, rtol=1e-10, atol=1e-10)


def test_beam_search_agrees_with_transformers(solution):
    """All hypotheses and scores, over widths, penalties and stop tokens.

    early_stopping="never" is the exact search; transformers' default ends by a rule of thumb.
    """
    beam_search = solution(WEEK, "beam").beam_search
    worst = 0.0
    for case in range(CASES):
        gpt2, prompt, *rest = search_of_beams(case)
        expected = beams_by_transformers(gpt2, prompt, *rest)
        got = beam_search(next_logits_of(gpt2), prompt[0], *rest)
        assert [tokens for tokens, _ in got] == [tokens for tokens, _ in expected], case
        for (_, score), (_, oracle) in zip(got, expected, strict=True):
            worst = max(worst, abs(score - oracle))
    assert worst < 1e-5, worst  # transformers keeps the scores of its beams in float32


def random_pattern(make, draw: random.Random, depth: int = 3, endless: bool = True):
    """A pattern of automaton.py, the same as a regular expression, and the texts that it has (of endless ones some)."""
    kind = draw.choice(("byte", "byte", "order", "either", "repeated") if depth else ("byte",))
    if kind == "repeated" and endless:
        pattern, expression, texts = random_pattern(make, draw, depth - 1)
        return make.repeated(pattern), b"(?:" + expression + b")*", {b""} | texts
    if kind in ("order", "either"):
        parts = [random_pattern(make, draw, depth - 1, endless) for _ in range(2 + (kind == "order"))]
        patterns, expressions, texts = zip(*parts, strict=True)
        if kind == "either":
            return make.either(*patterns), b"(?:" + b"|".join(expressions) + b")", set().union(*texts)
        return make.in_order(*patterns), b"".join(expressions), {b"".join(whole) for whole in product(*texts)}
    values = bytes(draw.sample(b"ab\xc3", 1 + draw.randrange(2)))
    return make.one_of(values), b"[" + values + b"]", {bytes([value]) for value in values}


def random_pieces(draw: random.Random, count: int) -> list[bytes]:
    return [bytes(draw.choices(b"ab\xc3", k=1 + draw.randrange(3))) for _ in range(count)]


def test_allowed_tokens_are_those_with_which_a_match_can_begin(solution):
    """regex with partial=True says whether a text is the beginning of a match, fullmatch whether it is one."""
    constrained = solution(WEEK, "constrained")
    make = sys.modules[constrained.Automaton.__module__]
    for case in range(CASES):
        draw = random.Random(case)
        pattern, expression, texts = random_pattern(make, draw)
        whole = regex.compile(expression)
        machine, pieces = make.compile_pattern(pattern), [*random_pieces(draw, 9), b""]
        text = draw.choice(sorted(texts))
        text = text[: draw.randrange(len(text) + 1)]
        state = machine.start
        for byte in text:
            state = machine.step(state, byte)
        expected = {i for i in range(9) if whole.fullmatch(text + pieces[i], partial=True)}
        expected |= {9} if whole.fullmatch(text) else set()
        assert constrained.allowed_tokens(state, machine, pieces, 9).keys() == expected, case
        assert machine.accepts(text) == bool(whole.fullmatch(text))


def test_an_index_writes_all_texts_of_a_finite_grammar_and_no_others(solution):
    """Every way to cut a text of the grammar into tokens is a way along the index, and every prefix can be finished."""
    constrained = solution(WEEK, "constrained")
    make = sys.modules[constrained.Automaton.__module__]
    refused = 0
    for case in range(CASES):
        draw = random.Random(1_000 + case)
        pattern, _, texts = random_pattern(make, draw, endless=False)
        texts = set(draw.sample(sorted(texts), min(len(texts), 9)))
        machine = make.compile_pattern(
            make.either(*(make.in_order(*(make.one_of(bytes([byte])) for byte in text)) for text in sorted(texts)))
        )
        pieces = [*random_pieces(draw, 6), b""]
        expected = {(*way, 6) for text in texts for way in ways_to_cut(text, pieces)}
        if not expected:
            refused += 1
            with pytest.raises(ValueError, match="no text"):
                constrained.build_index(machine, pieces, 6)
            continue
        index = constrained.build_index(machine, pieces, 6)
        begun, found = [((), machine.start)], set()
        while begun:
            way, state = begun.pop()
            assert index[state].keys() == {whole[len(way)] for whole in expected if whole[: len(way)] == way}, case
            found |= {(*way, 6)} if 6 in index[state] else set()
            begun += [((*way, token), target) for token, target in index[state].items() if token != 6]
        assert found == expected, case
    assert 20 < refused < 180  # both kinds occur


def ways_to_cut(text: bytes, pieces: list[bytes]) -> list[tuple[int, ...]]:
    if not text:
        return [()]
    begins = [token for token, piece in enumerate(pieces) if piece and text.startswith(piece)]
    return [(token, *rest) for token in begins for rest in ways_to_cut(text[len(pieces[token]) :], pieces)]


def random_index(case: int) -> dict[int, dict[int, int]]:
    draw = random.Random(case)
    return {
        state: {t: draw.randrange(5) for t in draw.sample(range(VOCAB), 1 + draw.randrange(4))} for state in range(5)
    }


def test_mask_logits(solution):
    mask_logits = solution(WEEK, "constrained").mask_logits
    for case in range(CASES):
        logits, index = random_logits(case), random_index(case)
        states = [case % 5, (case + 2) % 5, 3]
        allow = PrefixConstrainedLogitsProcessor(lambda batch, _, s=states, i=index: list(i[s[batch]]), num_beams=1)
        assert_equal(mask_logits(logits, states, index), allow(torch.zeros(3, 1, dtype=torch.long), logits))


def test_write_constrained_agrees_with_transformers(solution):
    """generate with prefix_allowed_tokens_fn, which gets the whole text and walks the index from its start."""
    write_constrained = solution(WEEK, "constrained").write_constrained
    gpt2 = tiny_gpt2(5)
    for case in range(CASES):
        index, prompt = random_index(case), random_history(case, 1 + case % 5, rows=1)

        def allowed(_, text, index=index, prompt=prompt, start=case % 5):
            state = start
            for token in text[prompt.shape[1] :].tolist():
                state = index[state][token]
            return list(index[state])

        def next_logits(tokens, prompt=prompt):
            with torch.no_grad():
                return gpt2(torch.tensor([prompt[0].tolist() + tokens])).logits[0, -1]

        expected = gpt2.generate(
            prompt,
            attention_mask=torch.ones_like(prompt),
            max_new_tokens=7,
            do_sample=False,
            eos_token_id=4,
            pad_token_id=4,
            prefix_allowed_tokens_fn=allowed,
        )[0, prompt.shape[1] :].tolist()
        got = write_constrained(next_logits, lambda logits: int(logits.argmax()), index, case % 5, 4, 7)
        assert got == up_to(4, expected), case


def test_stop_strings_end_where_those_of_transformers_do(solution):
    """transformers says after which token a text stops; where in the text is found by trying every ending."""
    folder = Path(__file__).resolve().parents[2] / "datasets" / "wren"
    if not (folder / "tokenizer.json").is_file():
        pytest.skip("this copy of the course came without the model")
    tokenizer, streams = AutoTokenizer.from_pretrained(folder), solution(WEEK, "stopping").StopStrings
    letters = [tokenizer.convert_tokens_to_ids(token) for token in ("a", "n", "an", "na", "t", "en", "ent", "e", "nna")]
    stopped = 0
    for stops in (["nan"], ["enta", "tt"], ["ee", "ana", "tan"], ["ante"], ["nn", "ann"]):
        criteria = StopStringCriteria(tokenizer, stops)
        for case in range(CASES // 5):
            ids = random.Random(case).choices(letters, k=12)
            stream, shown, text = streams(stops), "", ""
            for length, token in enumerate(ids, start=1):
                piece = tokenizer.decode([token])
                shown, text = shown + stream.push(piece), text + piece
                assert (stream.stopped_by is not None) == bool(criteria(torch.tensor([ids[:length]]), None)[0])
                if stream.stopped_by is not None:
                    break
            ends = [end for end in range(len(text) + 1) if any(text[:end].endswith(stop) for stop in stops)]
            if ends:
                stopped += 1
                assert shown == text[: ends[0]].removesuffix(stream.stopped_by)
            assert shown + stream.finish() == (shown if ends else text)
    assert 50 < stopped < 190  # both kinds occur


def test_token_logprobs_are_the_transition_scores_of_transformers(solution):
    token_logprobs = solution(WEEK, "stopping").token_logprobs
    for case in range(CASES // 20):
        gpt2, prompt = tiny_gpt2(case), random_history(case, 3, rows=20)
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(case)
            out = gpt2.generate(
                prompt,
                attention_mask=torch.ones_like(prompt),
                max_new_tokens=5,
                do_sample=True,
                temperature=0.7,  # it changes what is drawn, not what is reported
                pad_token_id=0,
                return_dict_in_generate=True,
                output_logits=True,
            )
        expected = gpt2.compute_transition_scores(out.sequences, out.logits, normalize_logits=True)
        logits = torch.stack(out.logits, dim=1)
        chosen, values, ids = token_logprobs(logits, out.sequences[:, 3:], 4)
        torch.testing.assert_close(chosen, expected.to(chosen), rtol=1e-5, atol=1e-5)
        best = logits.log_softmax(-1).topk(4)
        torch.testing.assert_close(values, best.values)
        assert_equal(ids, best.indices)
