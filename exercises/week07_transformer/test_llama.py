"""Visible examples of week 07, llama: models so small that one can follow them by hand."""

import torch

from grader.suite import assert_same, attribute

CONFIG = {
    "vocab_size": 3,
    "hidden_size": 2,
    "intermediate_size": 1,
    "num_hidden_layers": 1,
    "num_attention_heads": 1,
    "num_key_value_heads": 1,
    "rms_norm_eps": 0.0,
    "rope_parameters": {"rope_theta": 10000.0},
    "tie_word_embeddings": True,
}


def quiet(student, **changes):
    """A model whose layer adds nothing: tokens (3, 4), (0, 2) and (1, 0) go straight to the last norm."""
    llama = student.Llama(CONFIG | changes)
    state = {
        name: torch.zeros_like(p) if "proj" in name else torch.ones_like(p) for name, p in llama.state_dict().items()
    }
    state["model.embed_tokens.weight"] = torch.tensor([[3.0, 4.0], [0.0, 2.0], [1.0, 0.0]])
    llama.load_state_dict(state)
    return llama


def test_the_last_norm_and_the_tied_head(student):
    """(3, 4) has root mean square 3.5355; normed it is (0.8485, 1.1314), and its products with the table are the
    logits.

    (3, 4) 的均方根是 3.5355；归一化后是 (0.8485, 1.1314)，它与词表各行的点积就是 logits。
    """
    logits = quiet(student)(torch.tensor([[0]]))

    assert_same(logits, torch.tensor([[[7.0711, 2.2627, 0.8485]]]), rtol=1e-4)


def test_writing(student):
    """Token 2 is (1.4142, 0) after the norm: it scores 4.24 for token 0, which then chooses itself.

    词元 2 归一化后是 (1.4142, 0)：它给词元 0 打 4.24 分；词元 0 接着选中自己。
    """
    assert_same(quiet(student).generate(torch.tensor([[2]]), 3), torch.tensor([[2, 0, 0, 0]]))


def test_in_pieces(student):
    """Five tokens in one call, and with a cache in calls of 2, 1 and 2 tokens: the same logits.

    五个词元一次读入，或用缓存分成 2、1、2 个读入：logits 相同。
    """
    llama = student.Llama(CONFIG | {"hidden_size": 8, "num_attention_heads": 2, "rms_norm_eps": 1e-5})
    ids, cache = torch.tensor([[0, 2, 1, 1, 0]]), student.given("parts").KeyValueCache(1)

    pieces = [llama(ids[:, begin:end], cache) for begin, end in ((0, 2), (2, 3), (3, 5))]

    assert_same(torch.cat(pieces, dim=1).detach(), llama(ids).detach())


def test_an_untied_head(student):
    """With a head of its own, of the rows (1, 0), (0, 1) and (1, 1), the normed (0.8485, 1.1314) scores itself and its
    sum.

    有自己的输出层、各行为 (1, 0)、(0, 1)、(1, 1) 时，归一化后的 (0.8485, 1.1314) 的分数就是它自己和两数之和。
    """
    llama = quiet(student, tie_word_embeddings=False)
    state = llama.state_dict()
    state["lm_head.weight"] = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    llama.load_state_dict(state)

    assert_same(llama(torch.tensor([[0]])), torch.tensor([[[0.8485, 1.1314, 1.9799]]]), rtol=1e-4)


def test_attention_by_hand(student):
    """Two tokens (1, 0, 1, 0) and (0, 1, 0, 1), two query heads, one key-value head, projections that copy: the second
    query and key are turned by 1 radian. They score 1 / sqrt(2) with each other, and the query -sin(1) / sqrt(2) with
    the first key, so the weights are 0.7862 and 0.2138. The first token reads itself alone.

    两个词元 (1, 0, 1, 0) 和 (0, 1, 0, 1)，两个 query 头、一个 key-value 头，各投影原样复制：
    第二个 query 和第二个 key 旋转 1 弧度。两者之间的分数是 1 / sqrt(2)，
    这个 query 与第一个 key 的分数是 -sin(1) / sqrt(2)，
    所以权重是 0.7862 和 0.2138。第一个词元只读自己。
    """
    layer = student.LlamaAttention(CONFIG | {"hidden_size": 4, "num_attention_heads": 2}, 0)
    wide, narrow = torch.eye(4), torch.eye(2, 4)
    layer.load_state_dict(
        {"q_proj.weight": wide, "k_proj.weight": narrow, "v_proj.weight": narrow, "o_proj.weight": wide}
    )

    read = layer(torch.tensor([[[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0]]]))

    assert_same(read, torch.tensor([[[1.0, 0.0, 1.0, 0.0], [0.2138, 0.7862, 0.2138, 0.7862]]]), atol=1e-4)


def test_the_second_branch_by_hand(student):
    """Attention is silent; (3, 4) is normed to (0.8485, 1.1314), the gate sees -0.8485, the other branch 11.314;
    silu(-0.8485) is -0.2543; times 11.314 it is -2.877, which is added to the first feature: 0.123.

    注意力输出 0；(3, 4) 归一化为 (0.8485, 1.1314)，门看到 -0.8485，另一支是 11.314；
    silu(-0.8485) 是 -0.2543；乘以 11.314 得 -2.877，加到第一个特征上：0.123。
    """
    layer = student.LlamaLayer(CONFIG, 0)
    state = {name: torch.zeros_like(p) for name, p in layer.state_dict().items()}
    state["input_layernorm.weight"] = torch.tensor([7.0, 7.0])
    state["post_attention_layernorm.weight"] = torch.ones(2)
    state["mlp.gate_proj.weight"] = torch.tensor([[-1.0, 0.0]])
    state["mlp.up_proj.weight"] = torch.tensor([[0.0, 10.0]])
    state["mlp.down_proj.weight"] = torch.tensor([[1.0], [0.0]])
    layer.load_state_dict(state)

    assert_same(layer(torch.tensor([[[3.0, 4.0]]])), torch.tensor([[[0.123, 4.0]]]), atol=1e-3)


def test_one_head_in_the_cache(student):
    """Two query heads share one key-value head: after three tokens the cache holds 3 keys of 4 numbers in one head.

    两个 query 头共用一个 key-value 头：读入三个词元后，缓存里是一个头的 3 个 key，每个 4 个数。
    """
    llama = student.Llama(CONFIG | {"hidden_size": 8, "num_attention_heads": 2})
    cache = student.given("parts").KeyValueCache(1)

    llama(torch.tensor([[0, 2, 1]]), cache)

    assert_same(list(attribute(cache, "keys")[0].shape), [1, 1, 3, 4])
