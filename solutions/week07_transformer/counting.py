"""Week 07, counting: how many parameters a model has and where they are, what a forward pass costs, how big a cache is.

`config` is a dictionary in the words of a config.json of transformers; its key model_type is one of "openai-gpt"
(GPT-1), "gpt2" (also GPT-3), "bert", "albert", "t5" and "llama". `model_configs.MODELS` has well-known ones.
Numbers are exact Python integers.
"""

from typing import Any, NamedTuple

# BEGIN SOLUTION


class _Shape(NamedTuple):
    """What five families of models call by different names."""

    width: int
    hidden: int
    inner: int  # all query heads together: heads * head_dim
    kv: int  # all key-value heads together
    layers: int  # encoder and decoder together
    attentions: int  # a T5 decoder layer has two
    gated: bool = False


def _shape(config: dict[str, Any]) -> _Shape:
    """Read a configuration, in whichever words it is written."""
    match config.get("model_type"):
        case "openai-gpt" | "gpt2":
            width, layers = config["n_embd"], config["n_layer"]
            return _Shape(width, config.get("n_inner") or 4 * width, width, width, layers, layers)
        case "bert" | "albert":
            width, layers = config["hidden_size"], config["num_hidden_layers"]
            return _Shape(width, config["intermediate_size"], width, width, layers, layers)
        case "t5":
            inner, encoder = config["num_heads"] * config["d_kv"], config["num_layers"]
            decoder = config.get("num_decoder_layers") or encoder
            gated = config["feed_forward_proj"].startswith("gated")
            layers, attentions = encoder + decoder, encoder + 2 * decoder
            return _Shape(config["d_model"], config["d_ff"], inner, inner, layers, attentions, gated)
        case "llama":
            width, layers, heads = config["hidden_size"], config["num_hidden_layers"], config["num_attention_heads"]
            head_dim = config.get("head_dim") or width // heads
            inner, kv = heads * head_dim, config["num_key_value_heads"] * head_dim
            return _Shape(width, config["intermediate_size"], inner, kv, layers, layers, gated=True)
    raise ValueError(f"model_type={config.get('model_type')!r} is none of the families that are counted here")


def _matrices(shape: _Shape) -> tuple[int, int]:
    """Return the numbers in the matrices of one attention and of one feed-forward layer, without biases."""
    attention = 2 * shape.width * shape.inner + 2 * shape.width * shape.kv  # queries and output, keys and values
    return attention, (3 if shape.gated else 2) * shape.width * shape.hidden


# END SOLUTION


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
    # BEGIN SOLUTION
    kind, shape, tied = config.get("model_type"), _shape(config), config.get("tie_word_embeddings")
    width, hidden = shape.width, shape.hidden
    attention, feed_forward = _matrices(shape)
    if kind not in ("t5", "llama"):
        attention += 4 * width  # biases: queries, keys, values, output
        feed_forward += hidden + width
    layers, attentions = (1, 1) if kind == "albert" else (shape.layers, shape.attentions)
    attention, feed_forward = attentions * attention, layers * feed_forward

    table = config["vocab_size"] * width
    head = 0 if (tied if kind == "llama" else tied is not False) else table
    if kind in ("openai-gpt", "gpt2"):
        embeddings = table + config["n_positions"] * width
        norms = 2 * width * (2 * layers + (kind == "gpt2"))
    elif kind in ("bert", "albert"):
        size = config["embedding_size"] if kind == "albert" else width
        rows = config["vocab_size"] + config["max_position_embeddings"] + config["type_vocab_size"]
        embeddings = rows * size + (size * width + width if kind == "albert" else 0)
        norms = 2 * size + 2 * width * 2 * layers
        head = width * width + width
    elif kind == "t5":
        embeddings = table
        attention += 2 * config["relative_attention_num_buckets"] * config["num_heads"]
        norms = width * (attentions + layers + 2)  # one before each attention and each feed-forward layer, two at ends
    else:
        embeddings = table
        norms = width * (2 * layers + 1)

    parts = dict(embeddings=embeddings, attention=attention, feed_forward=feed_forward, norms=norms, head=head)
    return parts | {"total": sum(parts.values())}
    # END SOLUTION


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
    # BEGIN SOLUTION
    kind, shape = config.get("model_type"), _shape(config)
    if tokens < 1:
        raise ValueError(f"tokens={tokens} must be at least 1")
    attention, feed_forward = _matrices(shape)
    weights = shape.attentions * attention + shape.layers * feed_forward  # each meets every token
    tables = shape.attentions * 4 * tokens * tokens * shape.inner  # scores, and weights times values
    if kind in ("bert", "albert"):
        if kind == "albert":
            weights += config["embedding_size"] * shape.width
        return 2 * tokens * weights + tables + 2 * shape.width * shape.width
    return 2 * tokens * (weights + config["vocab_size"] * shape.width) + tables
    # END SOLUTION


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
    # BEGIN SOLUTION
    kind, shape = config.get("model_type"), _shape(config)
    if kind in ("bert", "albert"):
        raise ValueError(f"{kind} is an encoder: it has no cache")
    if tokens < 1 or bytes_per_number < 1:
        raise ValueError(f"tokens={tokens} and bytes_per_number={bytes_per_number} must both be at least 1")
    # T5's encoder keeps nothing. Its decoder layers, the only ones with a second attention, keep both.
    caches = 2 * (shape.attentions - shape.layers) if kind == "t5" else shape.attentions
    return 2 * caches * shape.kv * tokens * bytes_per_number
    # END SOLUTION
