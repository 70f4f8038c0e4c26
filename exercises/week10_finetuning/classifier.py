# Week 10, exercise classifier: A classification head and a run with Trainer
# Difficulty 3 of 5 · importance 4 of 5 · about 60 minutes
# It builds on: BERT's inputs (ids, attention mask), cross-entropy, a training loop.
# Write it by hand: transformers.BertForSequenceClassification, transformers.AutoModelForSequenceClassification may not
# be used.
# Nothing from peft, sklearn may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 10, exercise 5: a classification head, and a whole fine-tuning run.

An encoder gives one vector per token; a decision needs one per text. Between the two stands the pooling, where padding
does its harm. The run itself is transformers' `Trainer` on a tiny BERT and 300 short reviews, English and Chinese.

transformers takes seconds to import, so only `fine_tune`, which needs it, imports it.
"""

from collections.abc import Sequence
from tempfile import TemporaryDirectory

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F


def pool(
    hidden: Float[Tensor, "batch length width"],
    attention_mask: Int[Tensor, "batch length"],
    how: str,
) -> Float[Tensor, "batch width"]:
    """Make one vector per text from one vector per token.

    `how` is "first" (the vector of the first real token, where BERT has its [CLS]), "last" (of the last real token, the
    only one that has seen the whole text in a causal model) or "mean" (the average over the real tokens).
    Padding never counts, whether it stands on the right or on the left. A text without any real token gives zeros.
    What stands in the padding does not matter, be it NaN. The answer has the dtype of `hidden`.

    Args:
        attention_mask: 1 for a real token, 0 for padding. Real tokens stand together.
    Raises: ValueError: if `how` is none of the three.
    """
    raise NotImplementedError("week 10, classifier: write pool")


class ReviewClassifier(nn.Module):
    """An encoder, a pooling, dropout, and one linear map to the classes.

    Attributes:
        encoder: the module that was handed in. It is called as `encoder(input_ids=…, attention_mask=…)` and answers
            with an object that has `last_hidden_state` [batch length width]; its `config.hidden_size` is the width.
        head: `nn.Linear(width, classes)` with PyTorch's own initial values, in the dtype and on the device of the
            encoder's first parameter.
    """

    def __init__(self, encoder: nn.Module, classes: int, pooling: str = "mean", dropout: float = 0.1) -> None:
        """Put a fresh head on an encoder; everything is trainable.

        Args:
            pooling: as `how` in `pool`.
            dropout: probability with which an entry of the pooled vector is dropped in training mode.
        """
        raise NotImplementedError("week 10, classifier: write ReviewClassifier.__init__")

    def forward(
        self,
        input_ids: Int[Tensor, "batch length"],
        attention_mask: Int[Tensor, "batch length"],
        labels: Int[Tensor, " batch"] | None = None,
    ) -> dict[str, Tensor]:
        """Return {"logits": [batch classes]}, and with labels also "loss", their mean cross-entropy.

        These names are what `Trainer` looks for. The logits are raw: no softmax.
        """
        raise NotImplementedError("week 10, classifier: write ReviewClassifier.forward")


def fine_tune(train: Sequence[dict], texts: Sequence[str], seed: int = 0) -> Float[Tensor, "texts 2"]:
    """Train on labelled reviews with transformers' `Trainer` and return the logits of other texts.

    The pieces are given in `tiny_bert.py`: `build_tokenizer` (show it the training texts, not the others) and
    `build_bert`. What you choose is the rest: pooling, learning rate, batch size, number of passes.
    Trained on the 300 reviews of `train.jsonl`, at least 90 of the 100 of `held_out.jsonl` must come out right, in at
    most 30 seconds.
    The same seed gives the same logits: seed before the head is made, since it draws its initial weights.
    `texts` are seen for the first time when they are predicted: the logits of one do not depend on the others.
    `build_bert` has 64 positions; no text has more tokens than that, [CLS] and [SEP] included.

    Args:
        train: rows with a "text" and a "label", 0 or 1. It is not changed.
        texts: what to predict; row i of the answer belongs to `texts[i]`.
    Returns: raw logits in evaluation mode (no dropout), float32, on the CPU.
    """
    raise NotImplementedError("week 10, classifier: write fine_tune")
