"""Hidden suite of week 07, bert.

The parameters are set from outside, norms included, so that the student's model and the reference's are the same
function. Only what comes out at real tokens is compared.
Not covered: half precision, a text without a real token, token types that have no embedding.
"""

import torch

from grader.suite import (
    after,
    assert_raises,
    assert_same,
    claims,
    follows_device,
    gradients,
    parameter_gradients,
    points,
    unchanged,
)

BATCH, LENGTH = 2, 7
CLS, SEP, PAD = 2, 3, 0
CONFIG = {
    "vocab_size": 23,
    "max_position_embeddings": 11,
    "type_vocab_size": 3,
    "hidden_size": 12,
    "intermediate_size": 17,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "layer_norm_eps": 1e-2,
    "hidden_act": "gelu",
}


def load(model, state):
    """Move the model to the dtype and device of the parameters, and load them."""
    first = next(iter(state.values()))
    model.to(str(first.device))
    if first.dtype == torch.float64:
        model.double()
    model.load_state_dict(state)


def twins(student, reference, rng, name="BertEncoder", dtype=torch.float64, **changes):
    """The student's module and ours, with the same random parameters."""
    models = [getattr(module, name)(CONFIG | changes) for module in (student, reference)]
    state = {key: 0.4 * rng.normal(*p.shape, dtype=dtype) for key, p in models[1].state_dict().items()}
    for model in models:
        load(model, state)
    return models


def tokens(rng, batch=BATCH, length=LENGTH):
    return rng.integers(0, CONFIG["vocab_size"], batch, length)


def shown(device):
    """Seven places of two texts: padding behind, in front and between."""
    return torch.tensor([[1, 1, 1, 1, 0, 0, 0], [0, 1, 1, 0, 1, 1, 1]], dtype=torch.bool, device=device)


@points(1)
@claims(
    "A text is [CLS] first [SEP], a pair [CLS] first [SEP] second [SEP]",
    "An empty `second` is a pair all the same",
    "`second` is None for a text by itself",
    "Not changed",
)
def test_ids_of_pairs(student, reference):
    """Texts and pairs are laid out with [CLS], [SEP] and padding behind; an empty second text has its [SEP].

    单段文本和文本对按 [CLS]、[SEP] 排好，填充放在后面；第二段为空时也有自己的 [SEP]。
    """
    for pairs in (
        [([5, 7, 11], [13, 17]), ([5], None), ([], [6]), ([8, 9], [])],
        [([5, 6], None), ([7], None)],
        [([], None)],
        [([6] * 521, [7] * 523), ([8], None)],  # more than a BERT has positions for: whoever runs it must know
    ):
        assert_same(
            unchanged(student.read_pairs, pairs, CLS, SEP, PAD)[0], reference.read_pairs(pairs, CLS, SEP, PAD)[0]
        )


@points(1)
@claims("The token type is 0 up to and including the first [SEP], 1 for `second` and its [SEP], and 0 for\n    padding")
def test_types_of_pairs(student, reference):
    """Token types are 0 up to the first [SEP], 1 behind it, and 0 for padding.

    词元类型：到第一个 [SEP] 为止是 0，之后是 1，填充是 0。
    """
    pairs = [([5, 7, 11], [13, 17]), ([5], None), ([], [6]), ([8, 9], []), ([SEP, 4], [SEP])]

    assert_same(student.read_pairs(pairs, CLS, SEP, PAD)[1], reference.read_pairs(pairs, CLS, SEP, PAD)[1])


@points(1)
@claims("Whether a token is real depends on where it stands, not on its id", "real is True where no padding was added")
def test_real_tokens_of_pairs(student, reference):
    """A token is real where no padding was added, even if its number is that of padding.

    没有添加填充的位置就是真实词元，即使它的编号恰好是填充的编号。
    """
    for pairs, pad in (([([5, 7, PAD], [PAD, 17]), ([PAD], None), ([8], [9])], PAD), ([([5], None), ([], None)], SEP)):
        assert_same(student.read_pairs(pairs, CLS, SEP, pad)[2], reference.read_pairs(pairs, CLS, SEP, pad)[2])


@points(1)
@claims(
    "there are no pairs",
    "the text is longer than max_position_embeddings",
    "num_attention_heads does not divide hidden_size",
)
def test_refused_arguments(student, reference, rng):
    """No pairs at all, a text longer than max_position_embeddings and head counts that do not divide are a ValueError.

    一个文本也没有、文本长于 max_position_embeddings、头数不能整除时，抛出 ValueError。
    """
    assert_raises(ValueError, student.read_pairs, [], CLS, SEP, PAD)
    assert_raises(ValueError, student.BertLayer, CONFIG | {"num_attention_heads": 5})
    mine, _ = twins(student, reference, rng)
    assert_raises(ValueError, mine.forward, tokens(rng, length=CONFIG["max_position_embeddings"] + 1))


@points(2)
@claims(
    'Each dense layer called "output" is followed by its own LayerNorm',
    "The gelu is the exact one",
    "cut into\n    num_attention_heads consecutive heads",
)
def test_layer(student, reference, rng):
    """A layer agrees with the reference when every token is real, and leaves its input alone.

    所有词元都真实时，一层与参考答案一致，且不修改输入。
    """
    mine, theirs = twins(student, reference, rng, "BertLayer")
    for batch, length in ((BATCH, LENGTH), (1, 1)):
        x = rng.normal(batch, length, CONFIG["hidden_size"], dtype=torch.float64)

        assert_same(unchanged(mine.forward, x), theirs(x))


@points(1)
@after("test_layer")
@claims(
    "There is no causal mask",
    "True where a token may be read",
    "None: all are",
    "What comes out at a token that is not real means nothing",
)
def test_padding_is_not_read(student, reference, rng, device):
    """Real tokens read real tokens alone, wherever padding stands; their numbers do not depend on it.

    无论填充在哪里，真实词元只读真实词元；它们的结果与填充无关。
    """
    mine, theirs = twins(student, reference, rng, "BertLayer")
    x, real = rng.normal(BATCH, LENGTH, CONFIG["hidden_size"], dtype=torch.float64), shown(device)
    other = torch.where(real.unsqueeze(-1), x, 50.0)

    got = unchanged(mine.forward, x, real)

    assert_same(got[real], theirs(x, real)[real])
    assert_same(mine(other, real)[real], got[real])


@points(1)
@after("test_layer")
@claims(
    "A token starts as the LayerNorm of its word, its position and its token type, added",
    "Positions count from 0",
    "None: 0 everywhere",
    "The tuple (hidden, pooled)",
)
def test_hidden(student, reference, rng):
    """The vectors of all tokens agree with the reference, with and without token types, up to the last position.

    所有词元的向量都与参考答案一致：有无词元类型、直到最后一个位置都是如此。
    """
    mine, theirs = twins(student, reference, rng)
    for length in (LENGTH, 1, CONFIG["max_position_embeddings"]):
        ids, types = tokens(rng, length=length), rng.integers(0, 3, BATCH, length)

        assert_same(unchanged(mine.forward, ids, types)[0], theirs(ids, types)[0])
        assert_same(mine(ids)[0], theirs(ids)[0])


@points(1)
@after("test_layer")
@claims("The vector of a text is tanh(pooler.dense(h))")
def test_pooled(student, reference, rng):
    """The vector of a text agrees with the reference.

    整段文本的向量与参考答案一致。
    """
    mine, theirs = twins(student, reference, rng)
    ids, types = tokens(rng), rng.integers(0, 3, BATCH, LENGTH)

    assert_same(mine(ids, types)[1], theirs(ids, types)[1])


@points(1)
@after("test_pooled")
@claims("whether the token there is real or not", "as for BertLayer")
def test_a_batch_with_padding(student, reference, rng, device):
    """With padding, real tokens and texts agree with the reference; a text's vector is that of the text by itself.

    有填充时，真实词元和文本的向量与参考答案一致；文本的向量与它单独读入时相同。
    """
    mine, theirs = twins(student, reference, rng)
    ids, real = tokens(rng), shown(device)
    types = rng.integers(0, 3, BATCH, LENGTH)

    (hidden, pooled), (expected, text) = unchanged(mine.forward, ids, types, real), theirs(ids, types, real)

    assert_same(hidden[real], expected[real])
    assert_same(pooled[:1], text[:1])
    assert_same(mine(ids[:1, :4], types[:1, :4])[1], pooled[:1])


@points(1)
@after("test_hidden")
def test_every_number_of_layers(student, reference, rng):
    """One layer, three layers and as many heads as features work as well; float32 and views of ids are fine.

    一层、三层、头数等于特征数也都可以；float32 和 ids 的视图也可以。
    """
    for changes in ({"num_hidden_layers": 1}, {"num_hidden_layers": 3, "num_attention_heads": 12}):
        mine, theirs = twins(student, reference, rng, dtype=torch.float32, **changes)
        view = tokens(rng, LENGTH, BATCH).T

        assert_same(mine(view), theirs(view))


@points(1)
@after("test_pooled")
def test_gradients(student, reference, rng, device):
    """The gradients of every parameter, and of a layer's input, agree with the reference.

    每个参数的梯度、一层输入的梯度都与参考答案一致。
    """
    ids, real = tokens(rng), torch.ones(BATCH, LENGTH, dtype=torch.bool, device=device)
    mine, theirs = twins(student, reference, rng)
    assert_same(parameter_gradients(mine, ids, None, real), parameter_gradients(theirs, ids, None, real))

    mine, theirs = twins(student, reference, rng, "BertLayer")
    x = rng.normal(BATCH, LENGTH, CONFIG["hidden_size"], dtype=torch.float64)
    assert_same(gradients(mine.forward, x, wrt=(0,)), gradients(theirs.forward, x, wrt=(0,)))


@points(1)
@after("test_pooled")
@claims("they lie on the device of `ids`")
def test_new_tensors_are_where_the_ids_are(student, reference, rng, device):
    """An encoder works where its ids are: on a GPU, positions, types and masks lie there too.

    ids 在哪个设备上，编码器就在哪里计算：在 GPU 上，位置、类型和掩码也要在那里。
    """
    mine, theirs = twins(student, reference, rng)
    ids, real = tokens(rng), torch.ones(BATCH, LENGTH, dtype=torch.bool, device=device)

    assert_same(follows_device(mine.forward, ids, None, real), theirs(ids, None, real))
