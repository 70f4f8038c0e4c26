"""Week 11: held against numpy, scipy and transformers; formulas written once more where no library has them."""

import math

import numpy as np
import pytest
import torch
from scipy.special import expit, log_expit
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
    torch.manual_seed(11)
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
