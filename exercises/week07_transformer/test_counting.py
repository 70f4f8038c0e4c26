"""Visible examples of week 07, counting: published numbers, and a model that one can count by hand."""


def test_gpt2(student):
    """GPT-2 has 124,439,808 parameters, 38,597,376 + 786,432 of them in its two tables.

    GPT-2 有 124,439,808 个参数，其中 38,597,376 + 786,432 个在两张嵌入表里。
    """
    config = {
        "model_type": "gpt2",
        "n_embd": 768,
        "n_layer": 12,
        "n_head": 12,
        "n_positions": 1024,
        "vocab_size": 50257,
    }

    counted = student.count_parameters(config)

    assert counted["embeddings"] == 38597376 + 786432
    assert counted["total"] == 124439808


LLAMA = {
    "model_type": "llama",
    "hidden_size": 4,
    "intermediate_size": 5,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "vocab_size": 7,
    "tie_word_embeddings": True,
}


def test_a_tiny_llama(student):
    """Width 4, two query heads, one key-value head of 2: 16 + 8 + 8 + 16 in attention, 3 * 20 in the gated layer.

    宽度 4、两个 query 头、一个宽度为 2 的 key-value 头：注意力有 16 + 8 + 8 + 16 个，带门的层有 3 * 20 个。
    """
    parts = {"embeddings": 28, "attention": 48, "feed_forward": 60, "norms": 12, "head": 0, "total": 148}

    assert student.count_parameters(LLAMA) == parts


def test_its_operations_and_its_cache(student):
    """Three tokens: 2 * 3 * (48 + 60 + 28) for the matrices, 4 * 9 * 4 for attention; 2 * 2 * 3 * 2 bytes of cache.

    三个词元：矩阵共 2 * 3 * (48 + 60 + 28) 次运算，注意力 4 * 9 * 4 次；缓存 2 * 2 * 3 * 2 字节。
    """
    assert student.flops(LLAMA, 3) == 816 + 144
    assert student.cache_bytes(LLAMA, 3) == 24


def test_published_totals(student):
    """GPT-1, BERT base, ALBERT base and T5 small: the counts of their checkpoints.

    GPT-1、BERT base、ALBERT base 和 T5 small：它们检查点的参数量。
    """
    bert = {
        "model_type": "bert",
        "hidden_size": 768,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
        "intermediate_size": 3072,
        "max_position_embeddings": 512,
        "type_vocab_size": 2,
        "vocab_size": 30522,
    }
    t5 = {
        "model_type": "t5",
        "d_model": 512,
        "num_layers": 6,
        "num_heads": 8,
        "d_kv": 64,
        "d_ff": 2048,
        "relative_attention_num_buckets": 32,
        "feed_forward_proj": "relu",
        "vocab_size": 32128,
    }
    gpt = {"model_type": "openai-gpt", "n_embd": 768, "n_layer": 12, "n_head": 12, "n_positions": 512}

    assert student.count_parameters(gpt | {"vocab_size": 40478})["total"] == 116534784
    assert student.count_parameters(bert)["total"] == 109482240
    albert = bert | {"model_type": "albert", "embedding_size": 128, "vocab_size": 30000}
    assert student.count_parameters(albert)["total"] == 11683584
    assert student.count_parameters(t5)["total"] == 60506624
