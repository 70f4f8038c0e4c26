"""torch's own function as the oracle, row sums, and a worked case of float16."""

import torch
import torch.nn.functional as F


def check_attention(scaled_dot_product_attention):
    source = torch.Generator().manual_seed(3)
    rand = lambda *shape: torch.randn(*shape, generator=source, dtype=torch.float64)  # noqa: E731
    for scale in (1.0, 2.0):
        query, key, value = rand(3, 2, 5, 13) * scale, rand(3, 2, 7, 13) * scale, rand(3, 2, 7, 11)
        mask = torch.rand(5, 7, generator=source) > 0.5
        mask[:, 0] = True
        for some in (None, mask):
            output, weights = scaled_dot_product_attention(query, key, value, some)
            seen = torch.ones(5, 7, dtype=torch.bool) if some is None else some
            assert output.dtype == weights.dtype == torch.float64
            torch.testing.assert_close(
                output, F.scaled_dot_product_attention(query, key, value, some), rtol=1e-6, atol=1e-6
            )
            torch.testing.assert_close(weights.sum(-1), torch.ones(3, 2, 5, dtype=torch.float64))
            torch.testing.assert_close(weights @ value, output)
            assert not (weights * ~seen).any()

    mask[2] = False
    output, weights = scaled_dot_product_attention(query, key, value, mask)
    assert not output[..., 2, :].any() and not weights[..., 2, :].any()
    assert not output.isnan().any() and not weights.isnan().any()

    low, keys = torch.full((1, 1), -1e12, dtype=torch.float64), torch.tensor([[1.0], [2.0], [3.0]], dtype=torch.float64)
    _, weights = scaled_dot_product_attention(low, keys, keys, torch.tensor([[False, True, True]]))
    torch.testing.assert_close(weights, torch.tensor([[0.0, 1.0, 0.0]], dtype=torch.float64))

    high = torch.tensor([[1e4]], dtype=torch.float64)
    _, weights = scaled_dot_product_attention(high, keys, keys)
    torch.testing.assert_close(weights, torch.tensor([[0.0, 0.0, 1.0]], dtype=torch.float64))

    half = torch.full((2, 100), 30.0, dtype=torch.float16)
    output, weights = scaled_dot_product_attention(half, half, half[:, :1])
    assert output.dtype == weights.dtype == torch.float16
    assert torch.equal(weights, torch.full((2, 2), 0.5, dtype=torch.float16))
