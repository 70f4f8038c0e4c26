"""Hidden suite of week 09, generate.

TinyLM computes in float64 and its best logit is never near the second one, so tokens are compared exactly.
What a prompt should give is found without a cache, without padding and without a batch: the whole text goes through the
model again for every token.
Where calls are counted the model runs in the judge, out of the student's reach.
Not covered: top_k and top_p, which only pass through to pick_next.
"""

import pytest
import torch

from grader.suite import after, assert_raises, assert_same, attribute, claims, expect, points, served, unchanged

DRAWS = 8_009
CHI_SQUARE_LIMIT = 78.64  # scipy.stats.chi2.isf(1e-7, 24): a right answer fails with probability 1e-7
PROMPTS = [[1, 5, 2, 7, 3], [4, 9], [11, 0, 8, 8, 1, 6, 2], [10]]


@pytest.fixture
def lm(student, device):
    """Makes a TinyLM inside the student's process."""
    return lambda seed=2, **sizes: student.given("tiny_lm").TinyLM(seed=seed, device=str(device), **sizes)


@pytest.fixture
def counted(student, reference, device):
    """A TinyLM in the judge, which counts its calls, and what the student's code calls in its place."""
    model = reference.given("tiny_lm").TinyLM(seed=2, device=str(device))
    return model, served(student, model, device=device)


@pytest.fixture
def slowly(reference, device):
    """Continues one prompt greedily in the judge, from the start for every token; stops after the stop token."""

    def continue_prompt(prompt, new_tokens, stop_token=None, seed=2):
        model = reference.given("tiny_lm").TinyLM(seed=seed, device=str(device))
        text = list(prompt)
        for _ in range(new_tokens):
            logits, _ = model(torch.tensor([text], device=device))
            text.append(int(logits[0, -1].argmax()))
            if text[-1] == stop_token:
                break
        return text[len(prompt) :]

    return continue_prompt


@points(2)
@claims("gives logits and a cache; its protocol is TinyLM.__call__ in tiny_lm.py")
def test_one_prompt(student, lm, slowly):
    """The cached tokens of one prompt are those that the model gives when the whole text goes through it for every
    token.

    单个提示（prompt）用缓存生成的词元，与每一步都让整段文本重新经过模型时得到的相同。
    """
    for seed in (2, 6, 14):
        got = student.generate(lm(seed), [PROMPTS[0]], 17, temperature=0.0)

        assert_same(got, [slowly(PROMPTS[0], 17, seed=seed)])


@points(3)
@claims("Each prompt is continued as if it were alone: the others, and the padding, change nothing")
def test_prompts_of_different_lengths(student, lm, slowly):
    """Every prompt of a batch gets the tokens that it would get alone.

    批次中的每个提示得到的词元，与它单独生成时相同。
    """
    for seed in (2, 8):
        got = student.generate(lm(seed), PROMPTS, 13, temperature=0.0)

        assert_same(got, [slowly(prompt, 13, seed=seed) for prompt in PROMPTS])


@points(1)
def test_order_does_not_matter(student, lm, slowly):
    """The longest prompt may stand first or last, and equal prompts get equal answers.

    最长的提示可以在最前，也可以在最后；相同的提示得到相同的结果。
    """
    prompts = [PROMPTS[2], PROMPTS[1], PROMPTS[1], PROMPTS[0]]

    got = student.generate(lm(10), prompts, 11, temperature=0.0)
    reversed_ = student.generate(lm(10), prompts[::-1], 11, temperature=0.0)

    expected = [slowly(prompt, 11, seed=10) for prompt in prompts]
    assert_same(got, expected)
    assert_same(reversed_, expected[::-1])


@points(2)
@after("test_one_prompt")
@claims("and each later call one new token a row")
def test_each_token_goes_through_the_model_once(student, counted, slowly):
    """After the prompt one new token a step goes through the model: 5 + 16 tokens for a prompt of 5 and 17 new tokens.

    提示之后，每一步只有一个新词元经过模型：提示长 5、生成 17 个词元时，一共是 5 + 16 个。
    """
    model, face = counted

    got = student.generate(face, [PROMPTS[0]], 17, temperature=0.0)

    seen = model.tokens_seen
    assert_same(got, [slowly(PROMPTS[0], 17)])
    expect(
        0 < seen <= 5 + 16,
        en="{seen} tokens went through the model; with a cache it is at most 21: the prompt once, then each new "
        "token but the last once.",
        zh="一共有 {seen} 个词元经过模型；使用缓存时最多 21 个：提示一次，之后除最后一个外每个新词元一次。",
        seen=seen,
    )


@points(2)
@after("test_prompts_of_different_lengths")
@claims("the first call takes all prompts together, padded on the left")
def test_prompts_go_through_together(student, counted, slowly):
    """All prompts go through the model together: 13 new tokens for each of 4 prompts need at most 13 calls.

    所有提示一起经过模型：4 个提示各生成 13 个词元，最多调用模型 13 次。
    """
    model, face = counted

    got = student.generate(face, PROMPTS, 13, temperature=0.0)

    calls, seen = model.calls, model.tokens_seen
    assert_same(got, [slowly(prompt, 13) for prompt in PROMPTS])
    expect(
        0 < calls <= 13,
        en="The model was called {calls} times for 13 new tokens a prompt; at most 13 are needed.",
        zh="每个提示生成 13 个词元，却调用了模型 {calls} 次；最多只需要 13 次。",
        calls=calls,
    )
    expect(
        0 < seen <= 4 * (7 + 12),
        en="{seen} tokens went through the model; 4 rows of 7 tokens, then 12 steps of 4 tokens, make 76.",
        zh="一共有 {seen} 个词元经过模型；4 行各 7 个词元，加上 12 步、每步 4 个，应为 76 个。",
        seen=seen,
    )


@points(3)
@claims("A row ends with the first stop token that it produces, which belongs to the answer")
def test_stop_token_ends_its_row_only(student, lm, slowly):
    """A row ends with its first stop token, which belongs to the answer, while the others go on as if alone.

    一行在产生第一个停止词元时结束，该词元属于结果；其他行照常继续。
    """
    for stop_token in (0, 6, 7):
        got = student.generate(lm(), PROMPTS, 13, stop_token=stop_token, temperature=0.0)

        assert_same(got, [slowly(prompt, 13, stop_token) for prompt in PROMPTS])


@points(1)
@claims("the first stop token that it produces")
def test_stop_token_in_the_prompt_is_text(student, lm, slowly):
    """A stop token inside a prompt, even as its last token, ends nothing.

    提示中的停止词元不会结束任何一行，即使它是提示的最后一个词元。
    """
    prompts = [[7, 3, 12], [5, 7]]

    got = student.generate(lm(), prompts, 5, 7, temperature=0.0)

    assert_same(got, [slowly(prompt, 5, 7) for prompt in prompts])
    expect(len(got[0]) > 0 and len(got[1]) > 0, en="A row is empty.", zh="有一行是空的。")


@points(2)
@after("test_stop_token_ends_its_row_only")
@claims("When all rows have ended the model is not called again")
def test_no_call_when_all_rows_have_ended(student, counted, slowly):
    """When every row has ended, the model is not called again.

    所有行都结束后，不再调用模型。
    """
    alone = slowly(PROMPTS[0], 13)
    stop_token = next(token for token in alone[2:] if token not in alone[:2])
    steps = alone.index(stop_token) + 1
    model, face = counted

    got = student.generate(face, [PROMPTS[0], PROMPTS[0]], 97, stop_token, temperature=0.0)

    calls = model.calls
    assert_same(got, [alone[:steps]] * 2)
    expect(
        0 < calls <= steps,
        en="Both rows ended after {steps} tokens, but the model was called {calls} times.",
        zh="两行都在 {steps} 个词元之后结束，模型却被调用了 {calls} 次。",
        steps=steps,
        calls=calls,
    )


def check_rows(got, rows, length):
    """A list of `rows` lists of `length` ints."""
    expect(
        isinstance(got, list) and len(got) == rows and all(isinstance(row, list) and len(row) == length for row in got),
        en="generate has to return a list of {rows} lists with {length} new tokens each.",
        zh="generate 应返回由 {rows} 个列表组成的列表，每个列表含 {length} 个新词元。",
        rows=rows,
        length=length,
    )
    expect(
        all(type(token) is int and token >= 0 for row in got for token in row),
        en="The tokens have to be plain int.",
        zh="词元应为普通的 int。",
    )


@points(2)
@claims("sampling: goes to pick_next of tiny_lm.py as it is")
def test_sampling_settings_reach_the_sampler(student, reference, lm, rng, device):
    """The temperature and the generator are used: over 8,009 rows all pairs of first and second token come as often as
    the model says.

    temperature 和 generator 要真正起作用：在 8009 行上，前两个词元的每种组合出现的频率与模型给出的概率一致。
    """
    tiny = {"seed": 6, "vocab": 5, "layers": 1}
    model = reference.given("tiny_lm").TinyLM(device=str(device), **tiny)
    texts = torch.tensor([[3, 1, token] for token in range(5)], device=device)
    probs = (model(texts)[0] / 1.7).softmax(-1)  # [5, 3, 5]
    pairs = probs[0, 1].unsqueeze(-1) * probs[:, 2]  # [first, second]

    got = student.generate(lm(**tiny), [[3, 1]] * DRAWS, 2, temperature=1.7, generator=rng.generator())

    check_rows(got, DRAWS, 2)
    counts = torch.zeros(5, 5, dtype=torch.float64)
    for first, second in got:
        counts[min(first, 4), min(second, 4)] += 1
    expected = DRAWS * pairs.cpu()
    statistic = ((counts - expected) ** 2 / expected).sum().item()
    expect(
        statistic < CHI_SQUARE_LIMIT,
        en="The pairs of tokens come with frequencies {seen}, but at temperature 1.7 their probabilities are {wanted}.",
        zh="各词元组合的频率为 {seen}，而温度为 1.7 时它们的概率应为 {wanted}。",
        seen=[[round(x, 3) for x in row] for row in (counts / DRAWS).tolist()],
        wanted=[[round(x, 3) for x in row] for row in pairs.tolist()],
    )


@points(1)
def test_the_generator_decides(student, lm, rng, device):
    """Two generators in the same state give the same text, a generator in another state gives another.

    状态相同的两个生成器得到相同的文本，状态不同的生成器得到不同的文本。
    """
    seeds = rng.permutation(1000)[:2].tolist()

    def drawn(seed):
        generator = torch.Generator(device=device).manual_seed(seed)
        return student.generate(lm(), PROMPTS, 23, generator=generator)

    first, again, other = drawn(seeds[0]), drawn(seeds[0]), drawn(seeds[1])

    check_rows(first, len(PROMPTS), 23)
    assert_same(again, first)
    expect(
        first != other,
        en="Generators in different states gave the same text.",
        zh="状态不同的生成器给出了相同的文本。",
    )


@points(2)
@claims("ValueError for a prompt without tokens, or for max_new_tokens below 0", "at least one prompt; not modified")
def test_arguments(student, lm, slowly):
    """One new token is one, none is none; an empty prompt or a negative number is a ValueError; the prompts stay as
    they were.

    要 1 个新词元就得到 1 个，要 0 个就没有；空提示或负数抛出 ValueError；传入的提示保持不变。
    """
    one = unchanged(student.generate, lm(), PROMPTS, 1, temperature=0.0)

    assert_same(one, [slowly(prompt, 1) for prompt in PROMPTS])
    unused = lm()
    assert_same(student.generate(unused, PROMPTS, 0, temperature=0.0), [[], [], [], []])
    assert_same(attribute(unused, "calls"), 0)
    for new_tokens in (5, 0):
        assert_raises(ValueError, student.generate, lm(), [[3], []], new_tokens, temperature=0.0)
    assert_raises(ValueError, student.generate, lm(), [[3], [4]], -1, temperature=0.0)
