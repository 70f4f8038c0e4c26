"""Known mistakes of week 05, testing_attention: tests that let too much pass, or too little."""

import torch

from grader.mistakes import mistake


def draw(*shapes, dtype=torch.float64):
    """Tensors from a seeded generator."""
    generator = torch.Generator().manual_seed(11)
    return [torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype) for shape in shapes]


def formula(query, key, value):
    """The weighted mean, without a mask."""
    weights = torch.softmax(query @ key.mT / query.shape[-1] ** 0.5, -1)
    return weights @ value, weights


@mistake(
    of="check_attention",
    en="Your test asks whether weights add up to 1 and hidden keys have none, and never for a number.",
    zh="你的测试只检查权重之和是否为 1、被遮住的 key 权重是否为 0，却从不检查具体的数值。",
)
def asks_for_no_number(scaled_dot_product_attention):
    query, key, value = draw((2, 3, 7), (2, 5, 7), (2, 5, 11))
    mask = torch.tensor([True, False, True, True, False]).expand(3, 5)
    for some in (None, mask):
        output, weights = scaled_dot_product_attention(query, key, value, some)
        assert output.shape == (2, 3, 11)
        assert torch.allclose(weights.sum(-1), torch.ones(2, 3, dtype=weights.dtype))
        assert some is None or not (weights * ~some).any()


@mistake(
    of="check_attention",
    en="Your test compares numbers well, and never passes a mask.",
    zh="你的测试对数值的比较没有问题，但从不传入掩码。",
)
def never_masks(scaled_dot_product_attention):
    query, key, value = draw((2, 3, 7), (2, 5, 7), (2, 5, 11))
    output, weights = scaled_dot_product_attention(query, key, value)
    expected = formula(query, key, value)
    assert torch.allclose(output, expected[0])
    assert torch.allclose(weights, expected[1])


@mistake(
    of="check_attention",
    en="Your test asks for equality to the last bit, which no two right implementations have.",
    zh="你的测试要求逐位相等，而两个正确的实现之间也做不到。",
)
def wants_the_last_bit(scaled_dot_product_attention):
    query, key, value = draw((2, 3, 7), (2, 5, 7), (2, 5, 11), dtype=torch.float32)
    mask = torch.tensor([True, False, True, True, False]).expand(3, 5)
    for some in (torch.ones(3, 5, dtype=torch.bool), mask):
        output, weights = scaled_dot_product_attention(query, key, value, some)
        scores = (query @ key.mT / query.shape[-1] ** 0.5).masked_fill(~some, float("-inf"))
        expected = torch.softmax(scores, -1)
        assert torch.equal(weights, expected)
        assert torch.equal(output, expected @ value)
