"""Visible examples of week 09, sampling."""

import torch

from grader.suite import assert_same, expect


def frequencies(student, probs, **settings):
    """How often each token comes in 10,000 draws."""
    logits = torch.tensor(probs).log().expand(10_000, -1)
    drawn = student.sample_next(logits, generator=torch.Generator().manual_seed(9), **settings)
    expect(
        isinstance(drawn, torch.Tensor) and drawn.dtype == torch.int64 and drawn.shape == (10_000,),
        en="10,000 rows have to give an int64 tensor of 10,000 token ids.",
        zh="10000 行应得到含 10000 个词元编号的 int64 张量。",
    )
    expect(
        len(set(drawn.tolist())) > 1,
        en="All 10,000 rows gave token {token}. Each row has to draw for itself.",
        zh="10000 行全都得到词元 {token}。每一行都应各自抽取。",
        token=int(drawn[0]),
    )
    return torch.bincount(drawn.clamp(min=0), minlength=len(probs)) / 10_000


def test_temperature_zero_takes_the_best_token(student):
    """Temperature 0 takes the best token of each row, the lowest id among equals.

    温度为 0 时取每一行最好的词元，并列时取编号最小的。
    """
    logits = torch.tensor([[1.0, 3.0, 2.0], [5.0, 0.0, 5.0]])

    assert_same(student.sample_next(logits, temperature=0.0), torch.tensor([1, 0]))


def test_among_equals_the_lowest(student):
    """At temperature 0, 20 rows of equal logits all give token 0.

    温度为 0 时，20 行相等的 logits 全都得到词元 0。
    """
    assert_same(student.sample_next(torch.zeros(20, 3), temperature=0.0), torch.zeros(20, dtype=torch.int64))


def test_temperature(student):
    """Temperature 0.5 squares the probabilities 2/3 and 1/3 before they are made to sum to 1: 4/5 and 1/5.

    温度为 0.5 时，概率 2/3 和 1/3 先取平方、再归一化：变为 4/5 和 1/5。
    """
    got = frequencies(student, [1 / 3, 2 / 3], temperature=0.5)

    assert_same(got, torch.tensor([0.2, 0.8]), rtol=0.0, atol=0.03)


def test_the_generator_decides(student):
    """The same state of the generator gives the same 100 tokens, another seed gives others.

    generator 状态相同，得到的 100 个词元相同；换一个种子则不同。
    """
    logits = torch.zeros(100, 7)
    first, again, other = (student.sample_next(logits, generator=torch.Generator().manual_seed(s)) for s in (1, 1, 2))

    assert_same(again, first)
    expect(
        not torch.equal(first, other),
        en="The seeds 1 and 2 gave the same tokens.",
        zh="种子 1 和种子 2 得到了相同的词元。",
    )


def test_draws_in_proportion(student):
    """Probabilities 0.3, 0.5, 0.2 give about 3,000, 5,000 and 2,000 of 10,000 draws (within 6 standard deviations).

    概率为 0.3、0.5、0.2 时，10000 次抽样中约有 3000、5000、2000 次（误差在 6 个标准差以内）。
    """
    assert_same(frequencies(student, [0.3, 0.5, 0.2]), torch.tensor([0.3, 0.5, 0.2]), rtol=0.0, atol=0.03)


def test_top_k_then_top_p(student):
    """Of 0.4, 0.3, 0.2, 0.1 top_k = 3 leaves 4/9, 3/9, 2/9; top_p = 0.75 leaves the first two: 4/7 and 3/7.

    概率为 0.4、0.3、0.2、0.1 时，top_k = 3 剩下 4/9、3/9、2/9；top_p = 0.75 再剩前两个：4/7 和 3/7。
    """
    got = frequencies(student, [0.4, 0.3, 0.2, 0.1], top_k=3, top_p=0.75)

    assert_same(got, torch.tensor([4 / 7, 3 / 7, 0.0, 0.0]), rtol=0.0, atol=0.03)


def test_ties_with_the_kth(student):
    """Of 0.4, 0.25, 0.25, 0.1 top_k = 2 leaves three, for two tie for the second place: 8/18, 5/18 and 5/18.

    概率为 0.4、0.25、0.25、0.1 时，top_k = 2 留下三个，因为有两个并列第二：8/18、5/18 和 5/18。
    """
    got = frequencies(student, [0.4, 0.25, 0.25, 0.1], top_k=2)

    assert_same(got, torch.tensor([8 / 18, 5 / 18, 5 / 18, 0.0]), rtol=0.0, atol=0.03)


def test_temperature_then_top_p(student):
    """Temperature 2 takes the roots of 0.49, 0.25, 0.25, 0.01: 0.7, 0.5, 0.5, 0.1 of 1.8. Only three of them reach 0.7.

    温度为 2 时对 0.49、0.25、0.25、0.01 取平方根：总和 1.8 中占 0.7、0.5、0.5、0.1。要三个才达到 0.7。
    """
    got = frequencies(student, [0.49, 0.25, 0.25, 0.01], temperature=2.0, top_p=0.7)

    assert_same(got, torch.tensor([7 / 17, 5 / 17, 5 / 17, 0.0]), rtol=0.0, atol=0.03)


def test_a_batch_of_one(student):
    """One row in a batch gives one token in a batch. (Minus infinity leaves token 1 alone.)

    批次中只有一行，结果也是只有一个词元的批次。（负无穷使得只剩下词元 1。）
    """
    logits = torch.tensor([[-torch.inf, 0.5, -torch.inf]])

    assert_same(student.sample_next(logits), torch.tensor([1]))


def test_drawing_moves_the_generator_on(student):
    """The same generator gives other tokens in the next call: 100 of 100 the same would be no chance.

    同一个 generator 在下一次调用时给出别的词元：100 个全都相同不可能是巧合。
    """
    generator = torch.Generator().manual_seed(1)
    torch.rand(7, generator=generator)  # somebody else has drawn from it

    used = student.sample_next(torch.zeros(100, 7), generator=generator)
    fresh = student.sample_next(torch.zeros(100, 7), generator=torch.Generator().manual_seed(1))

    expect(
        not torch.equal(used, fresh),
        en="A generator that has been drawn from gave the same 100 tokens as a fresh one of the same seed.",
        zh="已经抽取过的 generator 与同一种子的新 generator 给出了相同的 100 个词元。",
    )
