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
    # BEGIN SOLUTION
    if logits.shape[:-1] != labels.shape:
        raise ValueError(f"logits {tuple(logits.shape)} and labels {tuple(labels.shape)} do not fit")
    targets = labels[:, 1:]
    counts = targets != IGNORE
    # Before the softmax: a row of minus infinity would give NaN there, and its gradient NaN too, whatever is dropped.
    scores = _wide(logits[:, :-1]).masked_fill(~counts[..., None], 0.0)
    # -100 is no index: any id will do where nothing is scored, since `where` throws its log-probability away.
    ids = targets.masked_fill(~counts, 0)
    logps = scores.log_softmax(-1).gather(-1, ids[..., None]).squeeze(-1)  # (batch, length - 1)
    return torch.where(counts, logps, 0.0).sum(-1), counts.sum(-1)
    # END SOLUTION


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
    # BEGIN SOLUTION
    _check(beta, policy_chosen, policy_rejected, reference_chosen, reference_rejected)
    if not 0 <= label_smoothing < 0.5:
        raise ValueError(f"label_smoothing must be in 0 <= … < 0.5, not {label_smoothing}")
    chosen_rewards = beta * _log_ratios(policy_chosen, reference_chosen)
    rejected_rewards = beta * _log_ratios(policy_rejected, reference_rejected)
    margins = chosen_rewards - rejected_rewards
    # logsigmoid, not log(sigmoid): the latter is -infinity from a margin of about -100 on.
    right, flipped = F.logsigmoid(margins), F.logsigmoid(-margins)
    losses = -(1 - label_smoothing) * right - label_smoothing * flipped
    return losses.mean(), chosen_rewards.detach(), rejected_rewards.detach()
    # END SOLUTION


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
    # BEGIN SOLUTION
    _check(beta, policy_chosen, policy_rejected, reference_chosen, reference_rejected)
    chosen = _log_ratios(policy_chosen, reference_chosen)
    rejected = _log_ratios(policy_rejected, reference_rejected)
    # A target, not a direction: a pair whose difference is already larger is pulled back.
    return ((chosen - rejected - 1 / (2 * beta)) ** 2).mean()
    # END SOLUTION


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
    # BEGIN SOLUTION
    _check(beta, chosen, rejected, chosen_lengths, rejected_lengths)
    if (chosen_lengths < 1).any() or (rejected_lengths < 1).any():
        raise ValueError("an answer without tokens has no log-probability per token")
    margins = beta * (_wide(chosen) / chosen_lengths - _wide(rejected) / rejected_lengths)
    return -F.logsigmoid(margins - gamma).mean()
    # END SOLUTION


# BEGIN SOLUTION
def _check(beta: float, *arguments: Tensor) -> None:
    """Refuse a beta that is not above 0 (NaN included), arguments of different shapes, and a batch without a pair."""
    if not beta > 0:
        raise ValueError(f"beta must be above 0, not {beta}")
    if len({argument.shape for argument in arguments}) > 1:
        raise ValueError(f"shapes {[tuple(argument.shape) for argument in arguments]} differ")
    if arguments[0].numel() == 0:
        raise ValueError("there is no pair")


def _wide(numbers: Tensor) -> Tensor:
    """At least float32."""
    return numbers.to(torch.promote_types(numbers.dtype, torch.float32))


def _log_ratios(policy: Tensor, reference: Tensor) -> Tensor:
    """How many nats more probable the policy finds each answer than the reference, which is a constant."""
    return _wide(policy) - _wide(reference).detach()


# END SOLUTION
