# Week 16, exercise bridge: Two bridges from a picture to a text
# Difficulty 4 of 5 · importance 5 of 5 · about 60 minutes
# It builds on: nn.Module, cross-attention, masks, padding, labels of -100.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 16, bridge: how a picture gets into a language model.

BLIP-2 lets a few learnt queries read the picture and hands on what they found. LLaVA hands on every patch: the features
stand in the text, in the place of a special token. A query or a feature is one position for the language model.
"""

from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from parts import Attention
from torch import Tensor, nn


class QueryFormerLayer(nn.Module):
    """One layer of BLIP-2's Q-Former: queries and words look at each other, and the queries look at a picture.

        x = norm_self(x + self_attention(x, x))            all rows of x, queries and words
        q = norm_cross(q + cross_attention(q, features))   the queries alone, the first rows of x
        q = norm_query(q + query_out(gelu(query_in(q))))   the queries alone
        w = norm_word(w + word_out(gelu(word_in(w))))      the words alone, the other rows of x

    Every norm stands after its addition (post-norm, as in BERT), and `features` are not normed. gelu is the exact one.
    Words have no cross-attention: they learn of the picture from the queries, if the mask lets them see these.

    Attributes:
        self_attention: parts.Attention(d_model, num_heads).
        cross_attention: parts.Attention(d_model, num_heads, d_image); d_image is the width of the features.
        norm_self, norm_cross, norm_query, norm_word: nn.LayerNorm(d_model, eps=1e-12), as in BERT.
        query_in, query_out, word_in, word_out: nn.Linear from d_model to hidden, and back.

    Source: Li et al. 2023, "BLIP-2", section 3.1 and figure 2; cross-attention there in every other layer.
    """

    def __init__(self, d_model: int, num_heads: int, hidden: int, d_image: int):
        """Make the parts."""
        super().__init__()
        raise NotImplementedError("week 16, bridge: write QueryFormerLayer.__init__")

    def forward(
        self,
        x: Float[Tensor, "batch length d_model"],
        features: Float[Tensor, "batch tokens d_image"],
        num_queries: int,
        mask: Bool[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "batch length d_model"]:
        """Return the rows of x, the first `num_queries` of which are queries, after this layer.

        All rows may be queries: then there are no words.

        Args:
            mask: who sees whom in self-attention. Boolean with two or three axes, broadcasts to (batch, length,
                length); True: may attend. None: hide nothing. Cross-attention has no mask.

        Raises:
            ValueError: `num_queries` is not between 1 and the length of x.
        """
        raise NotImplementedError("week 16, bridge: write QueryFormerLayer.forward")


def query_mask(
    num_queries: int,
    word_mask: Bool[Tensor, "batch words"] | Int[Tensor, "batch words"],
    kind: Literal["matching", "generation", "contrastive"],
) -> Bool[Tensor, "batch length length"]:
    """Say who may see whom in the Q-Former's self-attention, for each of its three losses. True: may attend.

    Rows and columns are the queries, then the words: length = num_queries + words. The row looks, the column is seen.
    "matching" (do picture and text belong together?): everybody sees everybody.
    "generation" (write the text): a query sees all queries and no word; a word sees all queries, itself and the words
    before it.
    "contrastive" (compare picture and text): a query sees all queries, a word all words, and neither sees the other.
    Nobody sees a padding word, not even itself; as a row it has the rule of its kind. The mask is on the device of
    `word_mask`.

    Args:
        word_mask: 1 (or True) for words, 0 (or False) for padding, which may stand anywhere.

    Raises:
        ValueError: `num_queries` is less than 1, `word_mask` has not two axes, or `kind` is none of the three.

    Source: Li et al. 2023, figure 2, right.
    """
    raise NotImplementedError("week 16, bridge: write query_mask")


def splice_image_tokens(
    ids: Int[Tensor, "batch length"],
    features: Float[Tensor, "pictures tokens width"],
    image_token: int,
    table: Float[Tensor, "vocabulary width"],
    labels: Int[Tensor, "batch length"] | None = None,
    mask: Bool[Tensor, "batch length"] | Int[Tensor, "batch length"] | None = None,
) -> tuple[Float[Tensor, "batch longest width"], Int[Tensor, "batch longest"], Bool[Tensor, "batch longest"]]:
    """Put pictures into texts, as LLaVA does: return (embeddings, labels, mask) of the joined sequences.

    One image token stands for a whole picture: its place is taken by all `tokens` features of that picture, in order;
    what follows moves to the right. Every other token gets its row of `table`, the embeddings of the vocabulary.
    The pictures are used in the order of their image tokens: row 0 from left to right, then row 1, and so on. A row may
    have any number of them, also none.
    Padding (mask 0 or False) is left out wherever it stands, and an image token there is no picture. Then shorter rows
    are filled up on the right: embeddings 0, label -100, mask False. The mask is True for all else, pictures included;
    `longest` is the length of the longest row, and 0 in a batch of no rows.
    A label moves with its token; the positions of pictures have the label -100, whatever stands at the image token.
    `image_token` need not be a row of `table` (LLaVA's is -200), and is never looked up there.
    The embeddings have the dtype of `table`; gradients flow to `table` and to `features`.

    Args:
        labels: None: all labels are -100.
        mask: 1 (or True) for tokens, 0 (or False) for padding. None: there is no padding.

    Raises:
        ValueError: there are not as many image tokens as pictures, `labels` or `mask` have another shape than `ids`,
            features and table differ in width, even without a picture, or another token (not padding) is less than 0
            or no row of `table`.

    Source: Liu et al. 2023, "Visual Instruction Tuning", section 4.1, and its code.
    """
    raise NotImplementedError("week 16, bridge: write splice_image_tokens")
