"""One family after the other, as one would write the lists of weights down; nothing is shared between them."""

KINDS = ["openai-gpt", "gpt2", "bert", "albert", "t5", "llama"]


def linear(a, b, bias=True):
    return a * b + (b if bias else 0)


def check(config):
    if config.get("model_type") not in KINDS:
        raise ValueError(f"unknown model_type: {config.get('model_type')}")
    return config["model_type"]


def count_gpt(config, kind, answer):
    d, v = config["n_embd"], config["vocab_size"]
    h = config["n_inner"] if config.get("n_inner") is not None else 4 * d
    answer["embeddings"] = v * d + config["n_positions"] * d
    for _ in range(config["n_layer"]):
        answer["attention"] += linear(d, 3 * d) + linear(d, d)
        answer["feed_forward"] += linear(d, h) + linear(h, d)
        answer["norms"] += 2 * (d + d)
    if kind == "gpt2":
        answer["norms"] += d + d
    if not config.get("tie_word_embeddings", True):
        answer["head"] = linear(d, v, False)


def count_parameters(config):
    kind = check(config)
    answer = {"embeddings": 0, "attention": 0, "feed_forward": 0, "norms": 0, "head": 0}
    if "gpt" in kind:
        count_gpt(config, kind, answer)
    elif "bert" in kind:
        d, h = config["hidden_size"], config["intermediate_size"]
        e = config.get("embedding_size", d) if kind == "albert" else d
        for rows in ("vocab_size", "max_position_embeddings", "type_vocab_size"):
            answer["embeddings"] += config[rows] * e
        if kind == "albert":
            answer["embeddings"] += linear(e, d)
        answer["norms"] = 2 * e
        for _ in range(1 if kind == "albert" else config["num_hidden_layers"]):
            answer["attention"] += 4 * linear(d, d)
            answer["feed_forward"] += linear(d, h) + linear(h, d)
            answer["norms"] += 4 * d
        answer["head"] = linear(d, d)
    elif kind == "t5":
        d, i, h = config["d_model"], config["num_heads"] * config["d_kv"], config["d_ff"]
        mlp = (2 if config["feed_forward_proj"].startswith("gated") else 1) * d * h + h * d
        decoder = config.get("num_decoder_layers") or config["num_layers"]
        answer["embeddings"] = config["vocab_size"] * d
        for layers, attentions in ((config["num_layers"], 1), (decoder, 2)):
            answer["attention"] += layers * attentions * (3 * d * i + i * d)
            answer["attention"] += config["relative_attention_num_buckets"] * config["num_heads"]
            answer["feed_forward"] += layers * mlp
            answer["norms"] += layers * (attentions + 1) * d + d
        if not config.get("tie_word_embeddings", True):
            answer["head"] = d * config["vocab_size"]
    else:
        d, h, v = config["hidden_size"], config["intermediate_size"], config["vocab_size"]
        dim = config.get("head_dim") or d // config["num_attention_heads"]
        q, kv = config["num_attention_heads"] * dim, config["num_key_value_heads"] * dim
        answer["embeddings"] = v * d
        for _ in range(config["num_hidden_layers"]):
            answer["attention"] += linear(d, q, False) + 2 * linear(d, kv, False) + linear(q, d, False)
            answer["feed_forward"] += 3 * d * h
            answer["norms"] += 2 * d
        answer["norms"] += d
        answer["head"] = 0 if config.get("tie_word_embeddings", False) else v * d
    answer["total"] = sum(answer.values())
    return answer


def product(m, k, n):
    return 2 * m * k * n


def flops(config, tokens):
    kind = check(config)
    if tokens <= 0:
        raise ValueError("a text has at least one token")
    t = tokens
    if kind == "t5":
        d, h, heads, dim = config["d_model"], config["d_ff"], config["num_heads"], config["d_kv"]
        attend = 4 * product(t, d, heads * dim) + heads * (product(t, dim, t) + product(t, t, dim))
        mlp = (3 if config["feed_forward_proj"].startswith("gated") else 2) * product(t, d, h)
        decoder = config.get("num_decoder_layers") or config["num_layers"]
        body = config["num_layers"] * (attend + mlp) + decoder * (2 * attend + mlp)
        return body + product(t, d, config["vocab_size"])
    if "gpt" in kind:
        d, layers, heads = config["n_embd"], config["n_layer"], config["n_head"]
        dim, kv, h, matrices = d // heads, heads, config.get("n_inner") or 4 * d, 2
    else:
        d, layers, heads = config["hidden_size"], config["num_hidden_layers"], config["num_attention_heads"]
        dim, h = config.get("head_dim") or d // heads, config["intermediate_size"]
        kv, matrices = (config["num_key_value_heads"], 3) if kind == "llama" else (heads, 2)
    attend = 2 * product(t, d, heads * dim) + 2 * product(t, d, kv * dim) + 2 * heads * product(t, dim, t)
    body = layers * (attend + matrices * product(t, d, h))
    if kind == "albert":
        body += product(t, config["embedding_size"], d)
    return body + (product(1, d, d) if "bert" in kind else product(t, d, config["vocab_size"]))


def cache_bytes(config, tokens, bytes_per_number=2):
    kind = check(config)
    if "bert" in kind or tokens < 1 or bytes_per_number < 1:
        raise ValueError("no cache")
    if kind == "t5":
        layers = 2 * (config.get("num_decoder_layers") or config["num_layers"])
        numbers = config["num_heads"] * config["d_kv"]
    elif kind == "llama":
        layers, heads = config["num_hidden_layers"], config["num_attention_heads"]
        numbers = config["num_key_value_heads"] * (config.get("head_dim") or config["hidden_size"] // heads)
    else:
        layers, numbers = config["n_layer"], config["n_embd"]
    return layers * tokens * (numbers + numbers) * bytes_per_number
