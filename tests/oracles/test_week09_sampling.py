"""Week 09 held against transformers: its logits processors, its beam search, its greedy search with left padding.

Where the conventions differ, the oracle is called so that they do not matter, and a comment says so.
"""

import pytest
import torch
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    MinPLogitsWarper,
    NoRepeatNGramLogitsProcessor,
    RepetitionPenaltyLogitsProcessor,
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
