"""Week 05, testing_attention: a test that tells right implementations of attention from wrong ones.

The module knows what attention promises and nothing of how anybody computes it.
"""

from collections.abc import Callable

import torch
from torch import Tensor

Attention = Callable[..., tuple[Tensor, Tensor]]


def check_attention(scaled_dot_product_attention: Attention) -> None:
    """Return for a right implementation of scaled dot-product attention, raise AssertionError for a wrong one.

    The implementation is called as `scaled_dot_product_attention(query, key, value, mask)` or without the mask, and
    gives back (output, weights). What is right is the contract of exercise 1: its docstring is the whole truth.
    A right implementation may round differently: for scores up to 10, two right answers differ by less than 1e-6 in
    float64, and by less than 1e-5 in float32; for larger scores by more.
    The implementation runs in another process and takes and returns plain tensors: gradients do not cross.
    Randomness comes from a seeded torch.Generator, so that the verdict is the same every time.

    Raises:
        AssertionError: the implementation breaks the contract.
    """
    # BEGIN SOLUTION
    generator = torch.Generator().manual_seed(5)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    def by_hand(query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """The formula, a row at a time: slow, and easy to believe."""
        weights = torch.zeros(*query.shape[:-1], key.shape[-2], dtype=torch.float64)
        for place in torch.cartesian_prod(*map(torch.arange, query.shape[:-1])).reshape(-1, query.dim() - 1).tolist():
            *batch, i = place
            seen = mask.broadcast_to(weights.shape)[(*batch, i)]
            scores = key[tuple(batch)] @ query[(*batch, i)] / query.shape[-1] ** 0.5
            if seen.any():
                weights[(*batch, i)][seen] = torch.softmax(scores[seen], dim=0)
        return weights @ value, weights

    def compare(got: tuple[Tensor, Tensor], expected: tuple[Tensor, Tensor], what: str, within: float = 1e-6) -> None:
        for name, one, other in zip(("output", "weights"), got, expected, strict=True):
            assert one.shape == other.shape, f"{what}: the {name} has shape {tuple(one.shape)}"
            assert torch.allclose(one.double(), other, rtol=within, atol=within), f"{what}: the {name} is wrong"

    # All lengths and widths differ, so that no axis can be taken for another one.
    query, key, value = draw(2, 3, 7), draw(2, 5, 7), draw(2, 5, 11)
    everything = torch.ones(3, 5, dtype=torch.bool)
    before = [x.clone() for x in (query, key, value)]
    compare(scaled_dot_product_attention(query, key, value), by_hand(query, key, value, everything), "no mask")
    for x, was in zip((query, key, value), before, strict=True):
        assert torch.equal(x, was), "an argument was changed"

    # A mask with a row that hides everything, one that hides nothing, and one of each batch entry.
    mask = torch.rand(2, 3, 5, generator=generator) > 0.4
    mask[0, 0], mask[1, 2] = False, True
    for what, some in (("a mask", mask), ("a mask without a batch axis", mask[0])):
        expected = by_hand(query, key, value, some)
        compare(scaled_dot_product_attention(query, key, value, some), expected, what)

    # Scores far from 0, in both directions: an exponential overflows, and a "very negative" number is not lowest.
    for size in (1e3, -1e3, -1e10):
        one, other = torch.full((1, 1), size, dtype=torch.float64), torch.tensor([[1.0], [1.1], [1.2]]).double()
        for some in (torch.tensor([[True, True, False]]), torch.tensor([[True, True, True]])):
            expected = by_hand(one, other, value[0, :3], some)
            compare(scaled_dot_product_attention(one, other, value[0, :3], some), expected, f"scores of {size:g}")

    # Half precision is computed in float32 and rounded once, at the end.
    for dtype, within in ((torch.float16, 1e-3), (torch.bfloat16, 8e-3), (torch.float32, 1e-5)):
        q, k, v = (draw(*shape).to(dtype) for shape in ((3, 64), (5, 64), (5, 11)))
        got = scaled_dot_product_attention(q, k, v, everything)
        assert got[0].dtype == got[1].dtype == dtype, f"{dtype} gives {got[0].dtype}"
        compare(got, by_hand(q.double(), k.double(), v.double(), everything), str(dtype), within)
    large = torch.full((1, 64), 40.0, dtype=torch.float16)  # the product is 102,400: more than float16 can hold
    got = scaled_dot_product_attention(large, torch.cat([large, large]), torch.ones(2, 1, dtype=torch.float16))
    assert torch.equal(got[1].float(), torch.full((1, 2), 0.5)), "float16: large products overflow"
    # END SOLUTION
