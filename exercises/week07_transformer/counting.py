# Week 07, exercise counting: Parameters, operations, bytes
# Difficulty 3 of 5 · importance 4 of 5 · about 40 minutes
# It builds on: The parts of a Transformer and the shapes of their weights.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 07, counting: how many parameters a model has and where they are, what a forward pass costs, how big a cache is.

`config` is a dictionary in the words of a config.json of transformers; its key model_type is one of "openai-gpt"
(GPT-1), "gpt2" (also GPT-3), "bert", "albert", "t5" and "llama". `model_configs.MODELS` has well-known ones.
Numbers are exact Python integers.
"""

from typing import Any, NamedTuple


def count_parameters(config: dict[str, Any]) -> dict[str, int]:
    """Count the parameters of a model by what they are for.

    The answer has six keys; each parameter is counted once, whatever it is used for, and `total` is the sum of the
    rest:

        embeddings     tables of tokens, of learned positions and of token types; ALBERT: also the layer (with bias)
                       from embedding_size to hidden_size
        attention      all projections with their biases; T5: also the tables of relative positions, one in the encoder
                       and one in the decoder, relative_attention_num_buckets * num_heads each
        feed_forward   all matrices with their biases
        norms          all norms; a layer norm has 2 numbers a feature, an RMS norm (T5, Llama) has 1
        head           GPT, T5, Llama: the matrix that scores the next token, 0 if it is that of the embeddings;
                       BERT, ALBERT: the pooler, a layer with bias from hidden_size to hidden_size
        total

    GPT and BERT have biases in every layer, T5 and Llama have none. Every attention and every feed-forward layer has a
    norm of its own. GPT-2 and Llama have another one after the last layer, T5 after the last of its encoder and of its
    decoder, GPT-1 has none there; BERT and ALBERT have one after the embeddings, ALBERT's embedding_size wide.
    GPT-1, GPT-2 and T5 tie the head to the embeddings unless tie_word_embeddings says otherwise, Llama only if it says
    so. ALBERT has one layer, which is used num_hidden_layers times.
    n_inner missing or None: 4 * n_embd. num_decoder_layers missing or None: num_layers. head_dim of a Llama missing or
    None: hidden_size / num_attention_heads. A feed_forward_proj of T5 that begins with "gated" has three matrices.

    Raises:
        ValueError: model_type is none of the six.

    Source: the checkpoints and the code of transformers; the counts in the papers are rounded.
    """
    raise NotImplementedError("week 07, counting: write count_parameters")


def flops(config: dict[str, Any], tokens: int) -> int:
    """Count the floating-point operations of one forward pass over one text of `tokens` tokens.

    Matrix products alone are counted, a product of [m, k] and [k, n] as 2 m k n: a multiplication and an addition each.
    Looking up an embedding, biases, norms, softmax and activations count nothing. In every attention the whole tables
    of scores and of weights are counted, tokens * tokens for each head, also the half that a causal mask hides.
    GPT, T5 and Llama score the next token at every position, with a tied head as well; BERT and ALBERT run the pooler
    on the first token alone. ALBERT runs its one layer num_hidden_layers times, and brings every embedding to
    hidden_size. T5 reads `tokens` tokens with its encoder and `tokens` tokens with its decoder, whose cross-attention
    looks at all of the former.

    Raises:
        ValueError: model_type is none of the six, or `tokens` is below 1.

    Source: Kaplan et al. 2020, "Scaling Laws for Neural Language Models", section 2.1 and table 1.
    """
    raise NotImplementedError("week 07, counting: write flops")


def cache_bytes(config: dict[str, Any], tokens: int, bytes_per_number: int = 2) -> int:
    """Give the size of a key-value cache for one text.

    The cache holds a key and a value for each token, layer and key-value head, each of head_dim numbers.
    A T5 decoder keeps those of its own `tokens` tokens, and for cross-attention those of a source of `tokens` tokens;
    its head_dim is d_kv.

    Args:
        bytes_per_number: 2 for bfloat16 and float16, 4 for float32, 1 for an 8-bit cache.

    Raises:
        ValueError: the model is an encoder and writes nothing (BERT, ALBERT), model_type is none of the six, or
            `tokens` or `bytes_per_number` is below 1.

    Source: Pope et al. 2022, "Efficiently Scaling Transformer Inference", section 2.1.
    """
    raise NotImplementedError("week 07, counting: write cache_bytes")
