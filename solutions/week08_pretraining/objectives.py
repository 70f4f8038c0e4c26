"""Week 08, objectives: what a language model is trained to predict, as GPT, BERT and T5 do it.

The causal loss turns logits into one number; the three others turn plain text into questions with known answers.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Generator, Tensor

IGNORE = -100  # a label that nobody has to predict, as in torch and transformers


def causal_loss(
    logits: Float[Tensor, "batch length vocabulary"], labels: Int[Tensor, "batch length"]
) -> Float[Tensor, ""]:
    """Return the mean cross-entropy of predicting each token from those before it.

    `labels` are the ids themselves, not shifted: the logits at position t are scored against the label at t + 1 of
    the same row. The first label of a row is never a target, and the last logits of a row are not used.
    A target of -100 counts neither in the sum nor in the number that it is divided by.
    The mean is taken over all targets of the batch at once, in nats. Without any target the loss is 0, and so are its
    gradients.
    float16 and bfloat16 logits are computed in float32, and the loss is float32; float64 stays float64.

    Raises:
        ValueError: `labels` and `logits` differ in batch or length.

    Source: Radford et al. 2018, "Improving Language Understanding by Generative Pre-Training", equation 1.
    """
    # BEGIN SOLUTION
    if logits.shape[:-1] != labels.shape:
        raise ValueError(f"logits {tuple(logits.shape)} and labels {tuple(labels.shape)} do not fit")
    scores = logits[:, :-1].to(torch.promote_types(logits.dtype, torch.float32))
    targets = labels[:, 1:]  # shifted within each row, before anything is flattened
    total = F.cross_entropy(scores.flatten(0, 1), targets.flatten(), ignore_index=IGNORE, reduction="sum")
    return total / (targets != IGNORE).sum().clamp(min=1)  # 0/1, not 0/0, when there is no target
    # END SOLUTION


def mask_tokens(
    ids: Int[Tensor, "*shape"],
    generator: Generator,
    *,
    mask_id: int,
    vocabulary: int,
    special: list[int],
    share: float = 0.15,
) -> tuple[Int[Tensor, "*shape"], Int[Tensor, "*shape"]]:
    """Hide some tokens, as BERT does, and keep what stood there as labels.

    Each token that is not special is chosen with probability `share`, independently of the others; special tokens
    (padding among them) never are.
    Of the chosen tokens 80 % become `mask_id`, 10 % become a random token and 10 % stay as they are. A random token is
    any id below `vocabulary` that is not special, all equally likely; it may happen to be the token that stood there.
    The label of a chosen token is its id, also where it stays as it is; every other label is -100.
    `ids` is not changed. All randomness comes from `generator`: the same state gives the same answer, and each call
    moves the generator on, so that the next one gives another answer.

    Args:
        special: ids that are neither chosen nor drawn; `mask_id` is one of them.

    Returns:
        The tuple (inputs, labels), both of the dtype of `ids`.

    Raises:
        ValueError: `share` is below 0 or above 1, or `mask_id` is not in `special`.

    Source: Devlin et al. 2019, "BERT", section 3.1 and appendix A.1.
    """
    # BEGIN SOLUTION
    if not 0 <= share <= 1:
        raise ValueError(f"share must be between 0 and 1, not {share}")
    if mask_id not in special:
        raise ValueError(f"mask_id {mask_id} must be among the special ids")
    ordinary = torch.tensor([token for token in range(vocabulary) if token not in special], device=ids.device)

    def uniform() -> Tensor:
        return torch.rand(ids.shape, generator=generator, device=generator.device).to(ids.device)

    chosen = (uniform() < share) & ~torch.isin(ids, torch.tensor(special, device=ids.device))
    fate = uniform()  # one draw decides between three fates: two draws would need conditional probabilities
    drawn = ordinary[(uniform() * len(ordinary)).long().clamp(max=len(ordinary) - 1)].to(ids.dtype)
    inputs = ids.masked_fill(chosen & (fate < 0.8), mask_id)
    inputs = torch.where(chosen & (fate >= 0.9), drawn, inputs)
    return inputs, ids.masked_fill(~chosen, IGNORE)
    # END SOLUTION


def sentence_pairs(documents: list[list[str]], generator: Generator) -> list[tuple[str, str, int]]:
    """Make the pairs of next-sentence prediction: does the second sentence follow the first?

    There is one pair for every two neighbouring sentences of a document, in the order of the text. With probability
    1/2 it is (sentence, the next one, 0). Otherwise it is (sentence, another one, 1), where the other one is drawn from
    the sentences of all other documents, each of them equally likely. Documents are told apart by their place: two of
    them, or two sentences, may read the same.
    The labels are BERT's: 0 means that the second sentence follows, 1 that it was drawn.
    Each pair is decided by itself, whatever the others are. `documents` is not changed. All randomness comes from
    `generator`: the same state gives the same answer, and each call moves the generator on.

    Raises:
        ValueError: fewer than two documents have a sentence.

    Source: Devlin et al. 2019, "BERT", section 3.1; the labels as in its published code.
    """
    # BEGIN SOLUTION
    if sum(bool(document) for document in documents) < 2:
        raise ValueError("sentences can only be drawn from another document: two documents need a sentence")
    pairs = []
    for number, document in enumerate(documents):
        others = [sentence for other, text in enumerate(documents) if other != number for sentence in text]
        for first, second in zip(document, document[1:], strict=False):
            if torch.rand((), generator=generator, device=generator.device) < 0.5:
                pairs.append((first, second, 0))
            else:
                place = torch.randint(len(others), (), generator=generator, device=generator.device)
                pairs.append((first, others[int(place)], 1))
    return pairs
    # END SOLUTION


def corrupt_spans(
    ids: Int[Tensor, " length"], spans: list[tuple[int, int]], sentinel: int
) -> tuple[Int[Tensor, " kept"], Int[Tensor, " hidden"]]:
    """Cut spans out of a text, as T5 does; the targets say what stood there.

    A span (start, stop) covers the positions start to stop - 1. In the inputs, the whole of span k becomes the one
    token sentinel - k: sentinels count downwards, as in T5's vocabulary, where they stand at the end.
    The targets are, for each span, its sentinel and then its tokens, and in the end the sentinel that no span has
    used. Without spans the inputs are the text and the targets are `sentinel` alone.
    Both results have the dtype and the device of `ids`, which is not changed.

    Args:
        spans: in the order of the text, with at least one token between two of them.
        sentinel: the sentinel of the first span, span 0.

    Raises:
        ValueError: a span is empty, reaches beyond the text, or is not behind the one before it with a token between.

    Source: Raffel et al. 2020, "Exploring the Limits of Transfer Learning", section 3.1.4 and figure 2.
    """
    # BEGIN SOLUTION
    inputs, targets, done = [], [], 0
    for number, (start, stop) in enumerate(spans):
        if not (done + (number > 0) <= start < stop <= len(ids)):
            raise ValueError(f"span ({start}, {stop}) is empty, out of the text, or too near to the one before it")
        mark = ids.new_tensor([sentinel - number])
        inputs += [ids[done:start], mark]
        targets += [mark, ids[start:stop]]
        done = stop
    inputs.append(ids[done:])
    targets.append(ids.new_tensor([sentinel - len(spans)]))
    return torch.cat(inputs), torch.cat(targets)
    # END SOLUTION
