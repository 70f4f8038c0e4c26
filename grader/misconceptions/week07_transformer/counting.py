"""Known mistakes of week 07, counting: each is the solution's answer with one part counted otherwise."""

import counting as solution

from grader.mistakes import mistake


def _with(config, **changes):
    """The solution's count with some parts replaced by `change(config, part)`, and the total made to fit."""
    parts = solution.count_parameters(config)
    del parts["total"]
    parts |= {name: change(config, parts[name]) for name, change in changes.items()}
    return parts | {"total": sum(parts.values())}


def _kind(config):
    return config.get("model_type")


def _width(config):
    return next(config[key] for key in ("n_embd", "hidden_size", "d_model") if key in config)


def _layers(config):
    if _kind(config) == "t5":
        return config["num_layers"] + (config.get("num_decoder_layers") or config["num_layers"])
    return config.get("n_layer") or config["num_hidden_layers"]


def _decoder(config):
    return config.get("num_decoder_layers") or config["num_layers"]


@mistake(
    of="count_parameters",
    en="It looks like a tied head is counted a second time. It is the matrix of the embeddings, and is counted there.",
    zh="看起来共享的输出层又计了一次。它就是嵌入的矩阵，已经在那里计过。",
)
def counts_a_tied_head_twice(config):
    def head(config, part):
        return part if _kind(config) in ("bert", "albert") else config["vocab_size"] * _width(config)

    return _with(config, head=head)


@mistake(
    of="count_parameters",
    en="It looks like a Llama's head is taken for tied when config does not say so. Without the key it has one of its "
    "own.",
    zh="看起来 config 没有说明时，你把 Llama 的输出层当作共享的。没有这个键时，它有自己的输出层。",
)
def ties_every_head(config):
    return _with(config, head=lambda c, part: 0 if _kind(c) == "llama" else part)


@mistake(
    of="count_parameters",
    en="It looks like the biases of attention are not counted. GPT and BERT have four in each attention.",
    zh="看起来没有计入注意力的偏置。GPT 和 BERT 的每个注意力有四个偏置。",
)
def forgets_biases_of_attention(config):
    def attention(config, part):
        if _kind(config) in ("t5", "llama"):
            return part
        return part - 4 * _width(config) * (1 if _kind(config) == "albert" else _layers(config))

    return _with(config, attention=attention)


@mistake(
    of="count_parameters",
    en="It looks like Llama's layers are given biases. It has none anywhere.",
    zh="看起来给 Llama 的各层加上了偏置。它哪里都没有偏置。",
)
def gives_llama_biases(config):
    def attention(config, part):
        return part + (4 * _width(config) * _layers(config) if _kind(config) == "llama" else 0)

    return _with(config, attention=attention)


@mistake(
    of="count_parameters",
    en="It looks like the feed-forward layer of Llama has two matrices. A gated layer has three.",
    zh="看起来 Llama 的前馈层只计了两个矩阵。带门的层有三个。",
)
def counts_two_matrices_in_a_gated_layer(config):
    return _with(config, feed_forward=lambda c, part: part // 3 * 2 if _kind(c) == "llama" else part)


@mistake(
    of="count_parameters",
    en="It looks like keys and values are counted for as many heads as queries. Llama's num_key_value_heads may be "
    "smaller.",
    zh="看起来 key 和 value 的头数被当作与 query 相同。Llama 的 num_key_value_heads 可以更小。",
)
def counts_all_heads_for_keys(config):
    if _kind(config) == "llama":
        return solution.count_parameters(config | {"num_key_value_heads": config["num_attention_heads"]})
    return solution.count_parameters(config)


@mistake(
    of="count_parameters",
    en="It looks like head_dim is always hidden_size / num_attention_heads.",
    zh="看起来 head_dim 总是 hidden_size / num_attention_heads。",
)
def ignores_head_dim(config):
    return solution.count_parameters(config | {"head_dim": None})


@mistake(
    of="count_parameters",
    en="It looks like d_kv is taken for d_model / num_heads. In T5 it is a number of its own.",
    zh="看起来把 d_kv 当作 d_model / num_heads。在 T5 中它是单独指定的。",
)
def ignores_d_kv(config):
    if _kind(config) == "t5":
        return solution.count_parameters(config | {"d_kv": config["d_model"] // config["num_heads"]})
    return solution.count_parameters(config)


@mistake(
    of="count_parameters",
    en="It looks like ALBERT's layer is counted once for every time that it is used.",
    zh="看起来 ALBERT 的层每用一次就计了一次。",
)
def unshares_albert(config):
    times = _layers(config) if _kind(config) == "albert" else 1

    def norms(config, part):
        return part + 4 * _width(config) * (times - 1)

    def many(config, part):
        return part * times

    return _with(config, attention=many, feed_forward=many, norms=norms)


@mistake(
    of="count_parameters",
    en="It looks like the layer that widens ALBERT's embeddings is not counted.",
    zh="看起来没有计入 ALBERT 把嵌入变宽的那一层。",
)
def forgets_the_widening(config):
    def embeddings(config, part):
        return part - (config["embedding_size"] + 1) * _width(config) if _kind(config) == "albert" else part

    return _with(config, embeddings=embeddings)


@mistake(
    of="count_parameters",
    en="It looks like T5's decoder has one attention a layer. It has two: its own text, and the encoder's.",
    zh="看起来 T5 解码器每层只计了一个注意力。它有两个：一个看自己的文本，一个看编码器的输出。",
)
def forgets_cross_attention(config):
    def attention(config, part):
        if _kind(config) != "t5":
            return part
        return part - _decoder(config) * 4 * config["d_model"] * config["num_heads"] * config["d_kv"]

    return _with(config, attention=attention)


@mistake(
    of="count_parameters",
    en="It looks like T5's tables of relative positions are not counted: one in the encoder, one in the decoder.",
    zh="看起来没有计入 T5 的相对位置表：编码器和解码器各一张。",
)
def forgets_relative_positions(config):
    def attention(config, part):
        table = config["relative_attention_num_buckets"] * config["num_heads"] if _kind(config) == "t5" else 0
        return part - 2 * table

    return _with(config, attention=attention)


@mistake(
    of="count_parameters",
    en="It looks like every layer of T5 has a table of relative positions. The first layer's serves all.",
    zh="看起来 T5 的每一层都计了一张相对位置表。第一层的那张供所有层使用。",
)
def gives_every_layer_relative_positions(config):
    def attention(config, part):
        if _kind(config) != "t5":
            return part
        return part + (_layers(config) - 2) * config["relative_attention_num_buckets"] * config["num_heads"]

    return _with(config, attention=attention)


@mistake(
    of="count_parameters",
    en="It looks like T5's gated layers are counted with two matrices.",
    zh="看起来 T5 带门的层只计了两个矩阵。",
)
def ignores_gated_t5(config):
    return solution.count_parameters(config | {"feed_forward_proj": "relu"})


@mistake(
    of="count_parameters",
    en="It looks like the table of positions is not counted. GPT and BERT learn one vector for each position.",
    zh="看起来没有计入位置表。GPT 和 BERT 为每个位置学习一个向量。",
)
def forgets_positions(config):
    def embeddings(config, part):
        rows = config.get("n_positions") or config.get("max_position_embeddings", 0)
        return part - rows * config.get("embedding_size", _width(config))

    return _with(config, embeddings=embeddings)


@mistake(
    of="count_parameters",
    en="It looks like the table of token types is not counted.",
    zh="看起来没有计入词元类型表。",
)
def forgets_token_types(config):
    def embeddings(config, part):
        return part - config.get("type_vocab_size", 0) * config.get("embedding_size", _width(config))

    return _with(config, embeddings=embeddings)


@mistake(
    of="count_parameters",
    en="It looks like the norm behind the last layer is not counted. GPT-2 and Llama have one, T5 two.",
    zh="看起来没有计入最后一层之后的归一化。GPT-2 和 Llama 有一个，T5 有两个。",
)
def forgets_the_last_norm(config):
    numbers = {"gpt2": 2, "llama": 1, "t5": 2}
    return _with(config, norms=lambda c, part: part - numbers.get(_kind(c), 0) * _width(c))


@mistake(
    of="count_parameters",
    en="It looks like GPT-1 is given a norm behind its last layer. GPT-2 brought that one.",
    zh="看起来给 GPT-1 加上了最后一层之后的归一化。那是 GPT-2 才有的。",
)
def gives_gpt1_a_last_norm(config):
    return _with(config, norms=lambda c, part: part + (2 * _width(c) if _kind(c) == "openai-gpt" else 0))


@mistake(
    of="count_parameters",
    en="It looks like the norms of Llama and T5 are counted with a bias. RMS norm has one number a feature.",
    zh="看起来 Llama 和 T5 的归一化计入了偏置。RMS 归一化每个特征只有一个数。",
)
def counts_rms_norms_double(config):
    return _with(config, norms=lambda c, part: 2 * part if _kind(c) in ("t5", "llama") else part)


@mistake(
    of="count_parameters",
    en="It looks like the pooler of BERT and ALBERT is not counted.",
    zh="看起来没有计入 BERT 和 ALBERT 的 pooler。",
)
def forgets_the_pooler(config):
    return _with(config, head=lambda c, part: 0 if _kind(c) in ("bert", "albert") else part)


@mistake(
    of="count_parameters",
    en="It looks like n_inner is ignored: the hidden width is always 4 * n_embd.",
    zh="看起来忽略了 n_inner：隐藏宽度总是 4 * n_embd。",
)
def ignores_n_inner(config):
    return solution.count_parameters(config | {"n_inner": None})


@mistake(
    of="count_parameters",
    en="It looks like an unknown family is counted as if it were a Llama, or gives zeros. It is a ValueError.",
    zh="看起来未知的模型族也给出了数（或 0）。应当抛出 ValueError。",
)
def counts_anything(config):
    try:
        return solution.count_parameters(config)
    except ValueError:
        return dict.fromkeys(("embeddings", "attention", "feed_forward", "norms", "head", "total"), 0)


@mistake(
    of="count_parameters",
    en="It looks like an n_inner of None is not understood. It means the same as a missing one: 4 * n_embd.",
    zh="看起来没有处理 n_inner 为 None 的情况。它与没有这个键相同：4 * n_embd。",
)
def trips_over_no_n_inner(config):
    if _kind(config) in ("openai-gpt", "gpt2"):
        config["n_embd"] * config.get("n_inner", 4)
    return solution.count_parameters(config)


@mistake(
    of="count_parameters",
    en="It looks like T5's decoder is taken to be as deep as its encoder. num_decoder_layers may say otherwise.",
    zh="看起来把 T5 解码器的层数当作与编码器相同。num_decoder_layers 可以另行指定。",
)
def ignores_num_decoder_layers(config):
    return solution.count_parameters(config | {"num_decoder_layers": None})


@mistake(
    of="count_parameters",
    en="It looks like the norm of ALBERT's embeddings is counted as wide as its layers. It is embedding_size wide.",
    zh="看起来 ALBERT 嵌入的归一化按层的宽度计数。它的宽度是 embedding_size。",
)
def widens_the_norm_of_embeddings(config):
    return _with(config, norms=lambda c, part: part + 2 * (_width(c) - c.get("embedding_size", _width(c))))


@mistake(
    of="count_parameters",
    en="It looks like the norm behind the embeddings of BERT and ALBERT is not counted.",
    zh="看起来没有计入 BERT 和 ALBERT 嵌入之后的归一化。",
)
def forgets_the_norm_of_embeddings(config):
    def norms(config, part):
        return part - (2 * config.get("embedding_size", _width(config)) if _kind(config) in ("bert", "albert") else 0)

    return _with(config, norms=norms)


@mistake(
    of="count_parameters",
    en="It looks like the norm behind the last layer of a Llama is not counted.",
    zh="看起来没有计入 Llama 最后一层之后的归一化。",
)
def forgets_the_last_norm_of_llama(config):
    return _with(config, norms=lambda c, part: part - (_width(c) if _kind(c) == "llama" else 0))


@mistake(
    of="count_parameters",
    en="It looks like your function writes into config. The caller's dictionary must stay as it is: use get, not "
    "setdefault or an assignment.",
    zh="看起来你的函数往 config 里写了东西。调用者的字典必须保持原样：用 get，不要用 setdefault 或赋值。",
)
def writes_into_the_config(config):
    answer = solution.count_parameters(config)
    if _kind(config) in ("openai-gpt", "gpt2"):
        config.setdefault("n_inner", None)
    return answer


def _inner(config):
    if _kind(config) == "t5":
        return config["num_heads"] * config["d_kv"]
    if _kind(config) == "llama":
        heads = config["num_attention_heads"]
        return heads * (config.get("head_dim") or _width(config) // heads)
    return _width(config)


def _tables(config, tokens):
    attentions = _layers(config) + (_decoder(config) if _kind(config) == "t5" else 0)
    return 4 * attentions * tokens * tokens * _inner(config)


def _causal_tables(config, tokens):
    """Those of a decoder's self-attention."""
    if _kind(config) in ("bert", "albert"):
        return 0
    causal = _decoder(config) if _kind(config) == "t5" else _layers(config)
    return 4 * causal * tokens * tokens * _inner(config)


def _head(config, tokens):
    return 0 if _kind(config) in ("bert", "albert") else 2 * tokens * config["vocab_size"] * _width(config)


@mistake(
    of="flops",
    en="It looks like a multiplication and its addition count as one operation. They are two: 2 m k n.",
    zh="看起来一次乘法和随后的加法只计了一次。它们是两次：2 m k n。",
)
def counts_multiply_add_as_one(config, tokens):
    return solution.flops(config, tokens) // 2


@mistake(
    of="flops",
    en="It looks like you give the cost of training, 6 for each parameter and token. A forward pass is a third of "
    "that.",
    zh="看起来你算的是训练的开销，即每个参数每个词元 6 次。一次前向只有它的三分之一。",
)
def counts_a_training_step(config, tokens):
    return 3 * solution.flops(config, tokens)


@mistake(
    of="flops",
    en="It looks like the products inside attention are left out: scores, and weights times values.",
    zh="看起来漏掉了注意力内部的乘积：分数，以及权重乘 value。",
)
def forgets_the_tables(config, tokens):
    return solution.flops(config, tokens) - _tables(config, tokens)


@mistake(
    of="flops",
    en="It looks like attention costs half of what it should. There are two products, scores and weights times values, "
    "and both are counted whole, also the half that a causal mask hides.",
    zh="看起来注意力的开销只算了一半。它有两个乘积：分数，以及权重乘 value；"
    "两个都按整张表计算，因果掩码遮住的一半也算在内。",
)
def counts_half_of_attention(config, tokens):
    return solution.flops(config, tokens) - _tables(config, tokens) // 2


@mistake(
    of="flops",
    en="It looks like the table of embeddings is counted as a product. Looking up a row costs no multiplication.",
    zh="看起来把嵌入表也算作矩阵乘法。查一行不需要乘法。",
)
def multiplies_by_the_embeddings(config, tokens):
    return solution.flops(config, tokens) + 2 * tokens * config["vocab_size"] * _width(config)


@mistake(
    of="flops",
    en="It looks like a tied head costs nothing. It has no parameters of its own, but it is multiplied by all the "
    "same.",
    zh="看起来共享的输出层没有计入开销。它没有自己的参数，但照样要做乘法。",
    breaks="with a tied head as well",
)
def takes_a_tied_head_for_free(config, tokens):
    tied = config.get("tie_word_embeddings", _kind(config) != "llama")
    return solution.flops(config, tokens) - (_head(config, tokens) if tied else 0)


@mistake(
    of="flops",
    en="It looks like the head is left out. GPT, T5 and Llama score the next token at every position: one product "
    "more.",
    zh="看起来漏掉了输出层。GPT、T5 和 Llama 在每个位置都要给下一个词元打分：还有一次矩阵乘法。",
    breaks="GPT, T5 and Llama score the next token at every position",
)
def forgets_the_head(config, tokens):
    return solution.flops(config, tokens) - _head(config, tokens)


@mistake(
    of="flops",
    en="It looks like the pooler is run on every token. It reads the first one alone.",
    zh="看起来 pooler 作用于每个词元。它只读第一个。",
)
def pools_every_token(config, tokens):
    answer = solution.flops(config, tokens)
    return answer + (2 * (tokens - 1) * _width(config) ** 2 if _kind(config) in ("bert", "albert") else 0)


@mistake(
    of="flops",
    en="It looks like ALBERT's layer is run once. It is stored once, and run num_hidden_layers times.",
    zh="看起来 ALBERT 的层只算了一次。它只存一份，但要运行 num_hidden_layers 次。",
)
def runs_albert_once(config, tokens):
    return solution.flops(config | ({"num_hidden_layers": 1} if _kind(config) == "albert" else {}), tokens)


@mistake(
    of="flops",
    en="It looks like a text without tokens is answered. It is a ValueError.",
    zh="看起来没有词元的文本也得到了结果。应当抛出 ValueError。",
)
def answers_no_tokens(config, tokens):
    return solution.flops(config, tokens) if tokens > 0 else 0 * solution.flops(config, 1)


@mistake(
    of="cache_bytes",
    en="It looks like only keys are counted, or only values. The cache holds both.",
    zh="看起来只计了 key 或只计了 value。缓存两者都存。",
)
def forgets_the_values(config, tokens, bytes_per_number=2):
    return solution.cache_bytes(config, tokens, bytes_per_number) // 2


@mistake(
    of="cache_bytes",
    en="It looks like bytes_per_number is not checked: no number takes 0 bytes, or fewer.",
    zh="看起来没有检查 bytes_per_number：没有哪个数占 0 字节或更少。",
    breaks="`tokens` or `bytes_per_number` is below 1",
)
def counts_any_bytes(config, tokens, bytes_per_number=2):
    return solution.cache_bytes(config, tokens, 1) * bytes_per_number


@mistake(
    of="cache_bytes",
    en="It looks like the cache has as many heads as there are queries. It holds the key-value heads.",
    zh="看起来缓存按 query 的头数计算。它存的是 key-value 头。",
)
def caches_all_heads(config, tokens, bytes_per_number=2):
    if _kind(config) == "llama":
        config = config | {"num_key_value_heads": config["num_attention_heads"]}
    return solution.cache_bytes(config, tokens, bytes_per_number)


@mistake(
    of="cache_bytes",
    en="It looks like head_dim is always the width divided by the number of heads, in the cache.",
    zh="看起来计算缓存时，head_dim 总是宽度除以头数。",
)
def caches_another_head_dim(config, tokens, bytes_per_number=2):
    return solution.cache_bytes(config | {"head_dim": None}, tokens, bytes_per_number)


@mistake(
    of="cache_bytes",
    en="It looks like a number always takes two bytes. bytes_per_number says how many.",
    zh="看起来每个数总占两个字节。应当由 bytes_per_number 决定。",
)
def assumes_two_bytes(config, tokens, bytes_per_number=2):
    return solution.cache_bytes(config, tokens, bytes_per_number) // bytes_per_number * 2


@mistake(
    of="cache_bytes",
    en="It looks like the cache of T5 leaves out cross-attention.",
    zh="看起来 T5 的缓存漏掉了交叉注意力。",
)
def forgets_the_source(config, tokens, bytes_per_number=2):
    return solution.cache_bytes(config, tokens, bytes_per_number) // (2 if _kind(config) == "t5" else 1)


@mistake(
    of="cache_bytes",
    en="It looks like T5's encoder is given a cache. It reads its text once; only the decoder keeps anything.",
    zh="看起来给 T5 的编码器也算了缓存。它只读一遍文本；只有解码器需要保存。",
)
def caches_the_encoder(config, tokens, bytes_per_number=2):
    answer = solution.cache_bytes(config, tokens, bytes_per_number)
    return answer + (
        2 * config["num_layers"] * _inner(config) * tokens * bytes_per_number if _kind(config) == "t5" else 0
    )


@mistake(
    of="cache_bytes",
    en="It looks like an encoder gets a cache of size 0. It has none: a ValueError.",
    zh="看起来编码器得到了大小为 0 的缓存。它根本没有缓存：应抛出 ValueError。",
)
def gives_encoders_an_empty_cache(config, tokens, bytes_per_number=2):
    return 0 if _kind(config) in ("bert", "albert") else solution.cache_bytes(config, tokens, bytes_per_number)


@mistake(
    of="flops",
    en="It looks like the half of attention's tables that a causal mask hides is left out. They are "
    "counted whole: that "
    "is what the products cost.",
    zh="看起来注意力的表中被因果掩码遮住的一半没有计入。应按整张表计算：乘积的开销就是这么多。",
)
def leaves_out_what_the_mask_hides(config, tokens):
    whole = _causal_tables(config, tokens)
    return solution.flops(config, tokens) - whole + whole * (tokens + 1) // (2 * tokens)


@mistake(
    of="flops",
    en="It looks like attention's tables are halved for a causal mask. They are counted whole: that is what the "
    "products cost.",
    zh="看起来因为有因果掩码，注意力的表只按一半计算。应按整张表计算：乘积的开销就是这么多。",
    breaks="also the half that a causal mask hides",
)
def halves_the_tables(config, tokens):
    return solution.flops(config, tokens) - _causal_tables(config, tokens) // 2


@mistake(
    of="flops",
    en="It looks like ALBERT's layer from embedding_size to hidden_size costs nothing. Every token goes through it.",
    zh="看起来 ALBERT 从 embedding_size 到 hidden_size 的那一层没有计入开销。每个词元都要经过它。",
)
def widens_albert_for_nothing(config, tokens):
    answer = solution.flops(config, tokens)
    return answer - (2 * tokens * config["embedding_size"] * _width(config) if _kind(config) == "albert" else 0)
