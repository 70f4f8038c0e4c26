"""Given: configurations of well-known models, in the words of transformers, and the counts that were published.

A count in the papers is rounded ("110M"); the exact ones are those of the checkpoints. GPT-3 was never published as a
checkpoint: its configuration is that of table 2.1 of its paper, in the words of GPT-2.
"""


def _gpt(kind, width, layers, heads, positions, vocabulary):
    return {
        "model_type": kind,
        "n_embd": width,
        "n_layer": layers,
        "n_head": heads,
        "n_positions": positions,
        "vocab_size": vocabulary,
    }


def _bert(kind, width, layers, heads, hidden, vocabulary):
    return {
        "model_type": kind,
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": hidden,
        "max_position_embeddings": 512,
        "type_vocab_size": 2,
        "vocab_size": vocabulary,
    }


def _t5(width, layers, heads, hidden):
    return {
        "model_type": "t5",
        "d_model": width,
        "num_layers": layers,
        "num_heads": heads,
        "d_kv": 64,
        "d_ff": hidden,
        "relative_attention_num_buckets": 32,
        "feed_forward_proj": "relu",
        "vocab_size": 32128,
        "tie_word_embeddings": True,
    }


def _llama(width, layers, heads, kv_heads, hidden, vocabulary):
    return {
        "model_type": "llama",
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "intermediate_size": hidden,
        "vocab_size": vocabulary,
        "tie_word_embeddings": False,
    }


MODELS = {
    "GPT-1": (_gpt("openai-gpt", 768, 12, 12, 512, 40478), "117M"),
    "GPT-2": (_gpt("gpt2", 768, 12, 12, 1024, 50257), "124M"),
    "GPT-2 XL": (_gpt("gpt2", 1600, 48, 25, 1024, 50257), "1.5B"),
    "GPT-3": (_gpt("gpt2", 12288, 96, 96, 2048, 50257), "175B"),
    "BERT base": (_bert("bert", 768, 12, 12, 3072, 30522), "110M"),
    "BERT large": (_bert("bert", 1024, 24, 16, 4096, 30522), "340M"),
    "ALBERT base": (_bert("albert", 768, 12, 12, 3072, 30000) | {"embedding_size": 128}, "12M"),
    "ALBERT xxlarge": (_bert("albert", 4096, 12, 64, 16384, 30000) | {"embedding_size": 128}, "235M"),
    "T5 small": (_t5(512, 6, 8, 2048), "60M"),
    "T5 base": (_t5(768, 12, 12, 3072), "220M"),
    "T5 large": (_t5(1024, 24, 16, 4096), "770M"),
    "Llama 1 7B": (_llama(4096, 32, 32, 32, 11008, 32000), "6.7B"),
    "Llama 2 70B": (_llama(8192, 80, 64, 8, 28672, 32000), "70B"),
    "Llama 3 8B": (_llama(4096, 32, 32, 8, 14336, 128256), "8B"),
}
"""Name: (configuration, the count as it is usually quoted)."""
