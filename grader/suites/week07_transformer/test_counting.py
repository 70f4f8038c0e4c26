"""Hidden suite of week 07, counting.

Sizes are distinct primes where heads leave a choice. Not covered: mixtures of experts, half-tied models.
"""

from grader.suite import assert_raises, assert_same, claims, expect, points, unchanged

GPT = {"model_type": "gpt2", "n_embd": 12, "n_layer": 5, "n_head": 3, "n_positions": 17, "vocab_size": 29}
BERT = {
    "model_type": "bert",
    "hidden_size": 12,
    "num_hidden_layers": 5,
    "num_attention_heads": 3,
    "intermediate_size": 31,
    "max_position_embeddings": 17,
    "type_vocab_size": 3,
    "vocab_size": 29,
}
ALBERT = BERT | {"model_type": "albert", "embedding_size": 7}
T5 = {
    "model_type": "t5",
    "d_model": 12,
    "num_layers": 5,
    "num_decoder_layers": 3,
    "num_heads": 3,
    "d_kv": 11,
    "d_ff": 31,
    "relative_attention_num_buckets": 19,
    "feed_forward_proj": "relu",
    "vocab_size": 29,
}
LLAMA = {
    "model_type": "llama",
    "hidden_size": 24,
    "intermediate_size": 31,
    "num_hidden_layers": 5,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "vocab_size": 29,
}
FAMILIES = (GPT, GPT | {"model_type": "openai-gpt"}, BERT, ALBERT, T5, LLAMA)


def whole(got, expected):
    """Counts are Python integers and exact: a float has only 53 bits."""
    numbers = list(got.values()) if isinstance(got, dict) else [got]
    expect(
        all(type(number) is int for number in numbers),
        "Counts must be Python integers; yours are {types}.",
        "计数必须是 Python 整数，而你的是 {types}。",
        types=", ".join(sorted({type(number).__name__ for number in numbers})),
    )
    assert_same(got, expected)


@points(1)
@claims("The answer has six keys", "T5: also the tables of relative positions")
def test_published_counts(student, reference):
    """GPT-1 has 116,534,784 parameters, GPT-2 124,439,808, BERT base 109,482,240, T5 small 60,506,624, Llama 3 8B
    8,030,261,248.

    GPT-1 有 116,534,784 个参数，GPT-2 有 124,439,808 个，BERT base 有 109,482,240 个，T5 small 有 60,506,624 个，
    Llama 3 8B 有 8,030,261,248 个。
    """
    models = reference.given("model_configs").MODELS
    exact = {
        "GPT-1": 116534784,
        "GPT-2": 124439808,
        "GPT-2 XL": 1557611200,
        "BERT base": 109482240,
        "BERT large": 335141888,
        "ALBERT base": 11683584,
        "ALBERT xxlarge": 222595584,
        "T5 small": 60506624,
        "T5 base": 222903552,
        "T5 large": 737668096,
        "Llama 1 7B": 6738415616,
        "Llama 2 70B": 68976648192,
        "Llama 3 8B": 8030261248,
        "GPT-3": 174604259328,
    }
    got = {name: student.count_parameters(models[name][0])["total"] for name in exact}

    whole(got, exact)


@points(1)
@claims(
    "GPT and BERT have biases in every layer",
    "GPT-2 and Llama have another one after the last layer",
    "GPT-1, GPT-2 and T5 tie the head",
    "n_inner missing or None: 4 * n_embd",
)
def test_parts_of_gpt(student, reference):
    """GPT: the six parts are counted apart, with n_inner, with an untied head, and for GPT-1, which has no last norm.

    GPT：六个部分分别计数，包括指定 n_inner、输出层不共享，以及末尾没有归一化的 GPT-1。
    """
    for config in (GPT, GPT | {"n_inner": 37}, GPT | {"n_inner": None, "tie_word_embeddings": False}, FAMILIES[1]):
        whole(unchanged(student.count_parameters, config), reference.count_parameters(config))


@points(1)
def test_parts_of_bert(student, reference):
    """BERT: the six parts are counted apart, the norm of the embeddings and the pooler among them.

    BERT：六个部分分别计数，包括嵌入的归一化和 pooler。
    """
    for config in (BERT, BERT | {"num_hidden_layers": 1}):
        whole(unchanged(student.count_parameters, config), reference.count_parameters(config))


@points(1)
@claims("ALBERT has one layer, which is used num_hidden_layers times")
def test_parts_of_albert(student, reference):
    """ALBERT: one layer is counted once, however often it is used; narrow embeddings are widened.

    ALBERT：同一层无论使用多少次只计一次；窄的嵌入要变宽。
    """
    for config in (ALBERT, ALBERT | {"num_hidden_layers": 1}):
        whole(unchanged(student.count_parameters, config), reference.count_parameters(config))


@points(1)
@claims(
    "A feed_forward_proj of T5 that begins with gated has three matrices",
    "Every attention and every feed-forward layer has a norm of its own",
)
def test_parts_of_t5(student, reference):
    """T5: a decoder layer has two attentions and three norms; d_kv is free; gated layers have three matrices.

    T5：解码器层有两个注意力、三个归一化；d_kv 可任意；带门的层有三个矩阵。
    """
    for config in (
        T5,
        T5 | {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False},
        T5 | {"feed_forward_proj": "gated-silu"},
        T5 | {"feed_forward_proj": "gated-gelu-tanh"},
        T5 | {"feed_forward_proj": "silu-ungated"},
        T5 | {"num_decoder_layers": None},
    ):
        whole(unchanged(student.count_parameters, config), reference.count_parameters(config))


@points(1)
@claims("hidden_size / num_attention_heads")
def test_parts_of_llama(student, reference):
    """Llama: fewer key-value heads, three matrices, RMS norms, a head that is tied only if config says so.

    Llama：较少的 key-value 头、三个矩阵、RMS 归一化；只有 config 说明时输出层才共享。
    """
    for config in (LLAMA, LLAMA | {"tie_word_embeddings": True, "head_dim": 5}, LLAMA | {"num_key_value_heads": 6}):
        whole(unchanged(student.count_parameters, config), reference.count_parameters(config))


@points(1)
@claims(
    "Matrix products alone are counted",
    "In every attention the whole tables",
    "Looking up an embedding, biases, norms, softmax and activations count nothing",
)
def test_operations_of_writers(student, reference):
    """flops of GPT and Llama: every matrix and the head meet every token, and attention grows with the square.

    GPT 和 Llama 的 flops：每个矩阵和输出层都与每个词元相遇，注意力随长度的平方增长。
    """
    for config in (
        LLAMA,  # its head is its own: who counts no head at all fails here, who counts no tied one fails below
        GPT,
        GPT | {"n_inner": 37},
        FAMILIES[1],
        LLAMA | {"tie_word_embeddings": True, "head_dim": 5},
    ):
        for tokens in (1, 13):
            whole(unchanged(student.flops, config, tokens), reference.flops(config, tokens))


@points(1)
@claims("BERT and ALBERT run the pooler on the first token alone", "brings every embedding to hidden_size")
def test_operations_of_readers(student, reference):
    """flops of BERT and ALBERT: no head, the pooler on one token, ALBERT's layer as often as it is used.

    BERT 和 ALBERT 的 flops：没有输出层，pooler 只作用于一个词元，ALBERT 的层用几次算几次。
    """
    for config in (BERT, ALBERT):
        for tokens in (1, 13):
            whole(unchanged(student.flops, config, tokens), reference.flops(config, tokens))


@points(1)
@claims("T5 reads `tokens` tokens with its encoder")
def test_operations_of_t5(student, reference):
    """flops of T5: an encoder and a decoder of as many tokens, with cross-attention between them.

    T5 的 flops：编码器和解码器各处理同样多的词元，两者之间有交叉注意力。
    """
    kinds = ("gated-gelu", "gated-silu", "gated-relu", "silu")
    for config in (T5, T5 | {"num_decoder_layers": None}, *(T5 | {"feed_forward_proj": kind} for kind in kinds)):
        for tokens in (1, 13):
            whole(unchanged(student.flops, config, tokens), reference.flops(config, tokens))


@points(2)
@claims(
    "The cache holds a key and a value for each token",
    "A T5 decoder keeps those of its own",
    "bytes_per_number: 2 for bfloat16",
)
def test_bytes_of_a_cache(student, reference):
    """cache_bytes: 524,288 a token for Llama 1 7B, 131,072 for Llama 3 8B, in bfloat16; and for GPT, Llama and T5 of
    any size.

    cache_bytes：用 bfloat16 时，Llama 1 7B 每个词元 524,288 字节，Llama 3 8B 131,072 字节；GPT、Llama、T5
    的任意规模也正确。
    """
    models = reference.given("model_configs").MODELS
    assert_same([student.cache_bytes(models[name][0], 1) for name in ("Llama 1 7B", "Llama 3 8B")], [524288, 131072])
    for config in (GPT, LLAMA, LLAMA | {"head_dim": 5}, T5, T5 | {"num_decoder_layers": None}):
        for args in ((13,), (13, 4), (1, 1)):
            whole(unchanged(student.cache_bytes, config, *args), reference.cache_bytes(config, *args))


@points(1)
@claims("model_type is none of the six", "the model is an encoder and writes nothing", "or `tokens` is below 1")
def test_refused_arguments(student):
    """An unknown family, no tokens, no bytes, and the cache of an encoder are a ValueError.

    未知的模型族、零个词元、零字节，以及编码器的缓存，都要抛出 ValueError。
    """
    for config in (LLAMA | {"model_type": "mamba"}, LLAMA | {"model_type": "gpt_neo"}):
        assert_raises(ValueError, student.count_parameters, config)
        assert_raises(ValueError, student.flops, config, 3)
        assert_raises(ValueError, student.cache_bytes, config, 3)
    for config in (BERT, ALBERT):
        assert_raises(ValueError, student.cache_bytes, config, 3)
    for number in (0, -2):
        for config in FAMILIES:
            assert_raises(ValueError, student.flops, config, number)
        for config in (GPT, T5, LLAMA):
            assert_raises(ValueError, student.cache_bytes, config, number)
            assert_raises(ValueError, student.cache_bytes, config, 3, number)
