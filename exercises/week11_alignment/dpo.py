# Week 11, exercise dpo: Learning from preferences directly
# Difficulty 2 of 5 · importance 5 of 5 · about 45 minutes
# It builds on: Log-softmax, gather, labels of -100, the sigmoid.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 11, dpo: learning from preferences without a reward model: DPO, IPO and SimPO.

All three compare two answers to one prompt, the chosen and the rejected one, by how probable the model finds them.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

IGNORE = -100  # a label that does not count, as in torch and transformers


def answer_logps(
    logits: Float[Tensor, "batch length vocabulary"], labels: Int[Tensor, "batch length"]
) -> tuple[Float[Tensor, " batch"], Int[Tensor, " batch"]]:
    """Return the log-probability of each answer, and how many tokens it has.

    `labels` are the ids where the answer stands and -100 elsewhere (prompt, padding); they are not shifted: the logits
    at position t are scored against the label at t + 1 of the same row. The first label of a row never counts.
    The log-probability of an answer is the sum over its tokens, in nats; its length counts the same tokens, as int64.
    An answer without tokens has log-probability 0 and length 0. Logits at positions where nothing is scored change
    neither a sum nor a gradient, minus infinity included, for one token or for all; their own gradients are 0.
    float16 and bfloat16 logits are computed in float32, and the sums are float32; float64 stays float64.

    Raises:
        ValueError: `labels` and `logits` differ in batch or length.
    """
    raise NotImplementedError("week 11, dpo: write answer_logps")


def dpo_loss(
    policy_chosen: Float[Tensor, " batch"],
    policy_rejected: Float[Tensor, " batch"],
    reference_chosen: Float[Tensor, " batch"],
    reference_rejected: Float[Tensor, " batch"],
    beta: float = 0.1,
    label_smoothing: float = 0.0,
) -> tuple[Float[Tensor, ""], Float[Tensor, " batch"], Float[Tensor, " batch"]]:
    """Return the DPO loss and the implicit rewards of the chosen and of the rejected answers.

    The four arguments are log-probabilities of whole answers: sums over their tokens, not means.
    The implicit reward of an answer is beta * (policy - reference). With the margin m = reward of the chosen answer -
    reward of the rejected one, the loss of a pair is
    -(1 - label_smoothing) * log sigmoid(m) - label_smoothing * log sigmoid(-m), and the loss is its mean over the
    batch. It is finite for every finite margin, however large.
    The reference is a constant: no gradient flows into its two arguments.
    The rewards are there to be looked at: whether gradients flow through them is up to you.
    float16 and bfloat16 are computed in float32, and the results are float32; float64 stays float64.
    No argument is changed.

    Args:
        beta: how strongly the policy is held to the reference: the larger, the closer it stays.
        label_smoothing: the share of pairs that are believed to be labelled the wrong way round.
    Raises:
        ValueError: the four shapes differ, there is no pair, `beta` is not above 0, or `label_smoothing` is not in
            0 <= … < 0.5.

    Source: Rafailov et al. 2023, equation 7; label smoothing: Mitchell 2023, "A note on DPO with noisy preferences".
    """
    raise NotImplementedError("week 11, dpo: write dpo_loss")


def ipo_loss(
    policy_chosen: Float[Tensor, " batch"],
    policy_rejected: Float[Tensor, " batch"],
    reference_chosen: Float[Tensor, " batch"],
    reference_rejected: Float[Tensor, " batch"],
    beta: float = 0.1,
) -> Float[Tensor, ""]:
    """Return the IPO loss: the squared distance of a difference of log-ratios from 1 / (2 * beta).

    The difference is (policy_chosen - reference_chosen) - (policy_rejected - reference_rejected), without a factor;
    the loss is the mean of the squares over the batch.
    The log-probabilities are used as they are given. The paper's are sums over the tokens; trl divides them by the
    lengths first.
    The reference is a constant: no gradient flows into its two arguments.
    float16 and bfloat16 are computed in float32, and the loss is float32; float64 stays float64.

    Raises:
        ValueError: the four shapes differ, there is no pair, or `beta` is not above 0.

    Source: Azar et al. 2023, equation 17, where beta is called tau.
    """
    raise NotImplementedError("week 11, dpo: write ipo_loss")


def simpo_loss(
    chosen: Float[Tensor, " batch"],
    rejected: Float[Tensor, " batch"],
    chosen_lengths: Int[Tensor, " batch"],
    rejected_lengths: Int[Tensor, " batch"],
    beta: float = 2.0,
    gamma: float = 1.0,
) -> Float[Tensor, ""]:
    """Return the SimPO loss, which needs no reference: answers are compared by log-probability per token.

    `chosen` and `rejected` are log-probabilities of whole answers (sums); each is divided by its own length here.
    The loss of a pair is -log sigmoid(beta * (chosen per token - rejected per token) - gamma), and the loss is its mean
    over the batch. `gamma` is the margin that is wanted, and is not multiplied by `beta`.
    It is finite for every finite margin, however large.
    float16 and bfloat16 are computed in float32, and the loss is float32; float64 stays float64.
    No argument is changed.

    Raises:
        ValueError: the four shapes differ, there is no pair, `beta` is not above 0, or a length is smaller than 1.

    Source: Meng et al. 2024, "SimPO", section 2.3. Its published code is told gamma / beta in the place of gamma.
    """
    raise NotImplementedError("week 11, dpo: write simpo_loss")
