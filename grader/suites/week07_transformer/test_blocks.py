"""Hidden suite of week 07, blocks.

Sizes are distinct primes where the head count leaves a choice, so that a swapped axis cannot go unnoticed. The
parameters are set from outside, norms included, so that the student's layer and the reference's are the same function.
Not covered: the values that the parameters start with, half precision, speed.
"""

import torch

from grader.suite import (
    assert_raises,
    assert_same,
    claims,
    expect,
    follows_device,
    gradients,
    parameter_gradients,
    points,
    unchanged,
)

BATCH, LENGTH, SOURCE, D_MODEL, HEADS, HIDDEN = 2, 5, 3, 14, 2, 11
NAMES = ("EncoderLayer", "DecoderLayer")


def twins(student, reference, rng, name, norm="pre", dtype=torch.float64):
    """The student's layer and ours, with the same random parameters."""
    layers = [getattr(module, name)(D_MODEL, HEADS, HIDDEN, norm) for module in (student, reference)]
    state = {key: 0.5 * rng.normal(*p.shape, dtype=dtype) for key, p in layers[1].state_dict().items()}
    for layer in layers:
        load(layer, state)
    return layers


def load(layer, state):
    """Move the layer to the dtype and device of the parameters, and load them."""
    first = next(iter(state.values()))
    layer.to(str(first.device))
    if first.dtype == torch.float64:
        layer.double()
    layer.load_state_dict(state)


def text(rng, length=LENGTH, dtype=torch.float64):
    return 2 * rng.normal(BATCH, length, D_MODEL, dtype=dtype) + 1


def some_mask(rng, *shape):
    """A random mask that shows each row its first key."""
    mask = rng.uniform(*shape) < 0.6
    mask[..., 0] = True
    return mask


@points(1)
def test_silent_branches(student, rng, device):
    """When every branch gives 0, a pre-norm layer returns x as it is, and a post-norm layer returns normed tokens.

    各分支都输出 0 时，pre-norm 层原样返回 x，post-norm 层返回归一化后的词元。
    """
    x, memory = text(rng), text(rng, SOURCE)
    for name in NAMES:
        for norm in ("pre", "post"):
            layer = getattr(student, name)(D_MODEL, HEADS, HIDDEN, norm)
            shapes = layer.state_dict()
            fill = {key: float(key.startswith("norm") and key.endswith("weight")) for key in shapes}
            load(
                layer, {k: torch.full(p.shape, fill[k], dtype=torch.float64, device=device) for k, p in shapes.items()}
            )

            answer = layer(x) if name == "EncoderLayer" else layer(x, memory)

            centred = x - x.mean(-1, keepdim=True)
            expected = x if norm == "pre" else centred / centred.square().mean(-1, keepdim=True).sqrt()
            assert_same(answer, expected, rtol=1e-4, atol=1e-4)


@points(1)
@claims("pre: x = x + attention(norm1(x))", "feed_forward(x) is W_out(gelu(W_in(x))) with the exact gelu")
def test_encoder_with_pre_norm(student, reference, rng):
    """An encoder layer with the norm before each branch agrees with the reference.

    归一化在分支之前的编码器层与参考答案一致。
    """
    mine, theirs = twins(student, reference, rng, "EncoderLayer", "pre")
    x = text(rng)

    assert_same(mine(x), theirs(x))


@points(1)
@claims("post: x = norm1(x + attention(x))")
def test_encoder_with_post_norm(student, reference, rng):
    """An encoder layer with the norm after each addition agrees with the reference.

    归一化在相加之后的编码器层与参考答案一致。
    """
    mine, theirs = twins(student, reference, rng, "EncoderLayer", "post")
    x = text(rng)

    assert_same(mine(x), theirs(x))


@points(1)
@claims(
    "Every token sees every token that the mask shows",
    "mask: Boolean, two or three axes, broadcasts to (batch, length, length)",
    "None: hide nothing",
)
def test_encoder_with_a_mask(student, reference, rng):
    """A mask of two or three axes hides keys from the tokens of an encoder; nothing else is hidden.

    两轴或三轴的掩码为编码器的词元遮住一些 key，除此之外什么也不遮。
    """
    x = text(rng)
    for norm in ("pre", "post"):
        mine, theirs = twins(student, reference, rng, "EncoderLayer", norm)
        for shape in [(LENGTH, LENGTH), (BATCH, 1, LENGTH), (BATCH, LENGTH, LENGTH)]:
            mask = some_mask(rng, *shape)

            assert_same(unchanged(mine.forward, x, mask), theirs(x, mask))


@points(1)
@claims(
    "pre: x = x + self_attention(norm1(x))", "the encoder's output `memory` answers", "The layer never norms `memory`"
)
def test_decoder_with_pre_norm(student, reference, rng):
    """A decoder layer with the norm before each branch agrees with the reference; memory is shorter or as long.

    归一化在分支之前的解码器层与参考答案一致；memory 更短或一样长。
    """
    mine, theirs = twins(student, reference, rng, "DecoderLayer", "pre")
    for source in (SOURCE, LENGTH):
        x, memory = text(rng), text(rng, source)

        assert_same(mine(x, memory), theirs(x, memory))


@points(1)
@claims("post: x = norm1(x + self_attention(x))")
def test_decoder_with_post_norm(student, reference, rng):
    """A decoder layer with the norm after each addition agrees with the reference.

    归一化在相加之后的解码器层与参考答案一致。
    """
    mine, theirs = twins(student, reference, rng, "DecoderLayer", "post")
    for source in (SOURCE, LENGTH):
        x, memory = text(rng), text(rng, source)

        assert_same(mine(x, memory), theirs(x, memory))


@points(1)
@claims("Self-attention is always causal", "it never shows a later token")
def test_no_token_sees_a_later_one(student, rng):
    """A decoder's token does not change when a later one does, also with a mask that would show it.

    后面的词元改变时，解码器中前面词元的结果不变；即使掩码允许看到它也是如此。
    """
    x, memory = text(rng), text(rng, SOURCE)
    other = x.clone()
    other[:, 3:] = text(rng, LENGTH - 3)
    for norm in ("pre", "post"):
        layer = student.DecoderLayer(D_MODEL, HEADS, HIDDEN, norm)
        load(layer, {k: 0.5 * rng.normal(*p.shape, dtype=torch.float64) for k, p in layer.state_dict().items()})
        for mask in (None, some_mask(rng, LENGTH, LENGTH), some_mask(rng, BATCH, LENGTH, LENGTH) | True):
            before, after = layer(x, memory, mask), layer(other, memory, mask)

            assert_same(after[:, :3], before[:, :3])
            expect(
                not torch.allclose(after[:, 3:], before[:, 3:]),
                "The changed tokens themselves must come out changed.",
                "被改动的词元本身的结果应当改变。",
            )


@points(1)
@claims("`mask` hides more than that", "True: may attend, if causality allows it")
def test_a_mask_joins_causality(student, reference, rng):
    """A decoder's mask hides keys in addition to the later ones, and nothing of the source; it stays as it is.

    解码器的掩码在后面的词元之外再遮住一些 key，不遮源文本；掩码本身不被修改。
    """
    x = text(rng)
    for norm, source in (("pre", SOURCE), ("post", SOURCE), ("pre", LENGTH)):
        memory = text(rng, source)
        mine, theirs = twins(student, reference, rng, "DecoderLayer", norm)
        assert_same(mine(x, memory), theirs(x, memory))
        for shape in [(LENGTH, LENGTH), (BATCH, 1, LENGTH), (BATCH, LENGTH, LENGTH)]:
            mask = some_mask(rng, *shape)

            assert_same(unchanged(mine.forward, x, memory, mask), theirs(x, memory, mask))


@points(1)
@claims("memory_mask: the same for cross-attention", "Cross-attention has no causal mask")
def test_a_mask_of_the_source(student, reference, rng):
    """memory_mask hides tokens of the source from cross-attention, and from nothing else.

    memory_mask 只在交叉注意力中遮住源文本的词元。
    """
    x, memory = text(rng), text(rng, SOURCE)
    for norm in ("pre", "post"):
        mine, theirs = twins(student, reference, rng, "DecoderLayer", norm)
        for shape in [(LENGTH, SOURCE), (BATCH, 1, SOURCE), (BATCH, LENGTH, SOURCE)]:
            mask = some_mask(rng, *shape)

            got = unchanged(mine.forward, x, memory, memory_mask=mask)
            assert_same(got, theirs(x, memory, memory_mask=mask))


@points(1)
@claims(
    "attention: parts.Attention(d_model, num_heads)",
    "self_attention, cross_attention: parts.Attention(d_model, num_heads)",
    "W_in, W_out: nn.Linear from d_model to hidden, and back",
)
def test_parameters_and_the_default(student, reference, rng):
    """The parameters have the names and shapes of the contract, and the norm stands before the branches unless told.

    参数的名称和形状与约定一致；不指定时归一化在分支之前。
    """
    x, memory = text(rng, dtype=torch.float32), text(rng, SOURCE, dtype=torch.float32)
    for name in NAMES:
        layers = [getattr(module, name)(D_MODEL, HEADS, HIDDEN) for module in (student, reference)]
        got, expected = ({key: list(p.shape) for key, p in layer.state_dict().items()} for layer in layers)
        expect(
            got == expected,
            "{name} must have the parameters {expected}, yours has {got}.",
            "{name} 的参数应为 {expected}，你的是 {got}。",
            name=name,
            expected=expected,
            got=got,
        )
        state = {key: 0.5 * rng.normal(*shape) for key, shape in expected.items()}
        for layer in layers:
            load(layer, state)
        mine, theirs = (layer(x) if name == "EncoderLayer" else layer(x, memory) for layer in layers)
        assert_same(mine, theirs)


@points(1)
@claims(
    "norm1, norm2: nn.LayerNorm(d_model), eps as torch has it",
    "norm1, norm2, norm3: nn.LayerNorm(d_model), eps as torch has it",
)
def test_eps_of_every_norm(student, reference, rng):
    """Where features are nearly equal, the eps of each norm matters: it is torch's own, 1e-5.

    特征几乎相等时，每个归一化的 eps 都有影响：用 torch 默认的 1e-5。
    """
    x, memory = 1e-3 * text(rng), 1e-3 * text(rng, SOURCE)
    for norm in ("pre", "post"):
        for name, args in (("EncoderLayer", (x,)), ("DecoderLayer", (x, memory))):
            layers = [getattr(module, name)(D_MODEL, HEADS, HIDDEN, norm) for module in (student, reference)]
            state = {k: 1e-3 * rng.normal(*p.shape, dtype=torch.float64) for k, p in layers[1].state_dict().items()}
            for key in state:  # each norm shows in the answer, and none makes its input large
                state[key] *= 1000 if key in ("W_in.weight", "W_out.weight") else 1
            for layer in layers:
                load(layer, state)

            assert_same(layers[0](*args), layers[1](*args), rtol=1e-6, atol=1e-10)


@points(1)
@claims("`norm` is neither of the two words")
def test_refused_words(student):
    """A place of the norm that is neither "pre" nor "post" is a ValueError when the layer is made.

    归一化的位置既不是 "pre" 也不是 "post" 时，构造该层就要抛出 ValueError。
    """
    for name in NAMES:
        for word in ("sandwich", "Pre", ""):
            assert_raises(ValueError, getattr(student, name), D_MODEL, HEADS, HIDDEN, word)


@points(1)
def test_views_and_single_tokens(student, reference, rng):
    """float32, strided views and a single token are handled, and no argument is changed.

    float32、非连续视图和单个词元都能处理，而且不修改任何参数。
    """
    for norm in ("pre", "post"):
        encoders = twins(student, reference, rng, "EncoderLayer", norm, dtype=torch.float32)
        decoders = twins(student, reference, rng, "DecoderLayer", norm, dtype=torch.float32)
        memory = rng.normal(SOURCE, D_MODEL, BATCH).permute(2, 0, 1)
        for length in (1, LENGTH):
            x = rng.normal(length, D_MODEL, BATCH).permute(2, 0, 1)
            assert_same(unchanged(encoders[0].forward, x), encoders[1](x))
            assert_same(unchanged(decoders[0].forward, x, memory), decoders[1](x, memory))


@points(1)
def test_gradients(student, reference, rng):
    """The gradients of the inputs and of every parameter agree with the reference.

    各输入和每个参数的梯度都与参考答案一致。
    """
    x, memory = text(rng), text(rng, SOURCE)
    for norm in ("pre", "post"):
        for name, args in (("EncoderLayer", (x,)), ("DecoderLayer", (x, memory))):
            mine, theirs = twins(student, reference, rng, name, norm)
            wrt = tuple(range(len(args)))

            assert_same(gradients(mine.forward, *args, wrt=wrt), gradients(theirs.forward, *args, wrt=wrt))
            assert_same(parameter_gradients(mine, *args), parameter_gradients(theirs, *args))


@points(1)
@claims("The causal mask lies on the device of `x`")
def test_the_mask_is_where_the_tokens_are(student, reference, rng):
    """A decoder works where its tokens are: on a GPU, the causal mask lies there too.

    词元在哪个设备上，解码器就在哪里计算：在 GPU 上，因果掩码也要在那里。
    """
    mine, theirs = twins(student, reference, rng, "DecoderLayer")
    x, memory = text(rng), text(rng, SOURCE)

    for mask in (None, some_mask(rng, BATCH, 1, LENGTH)):
        assert_same(follows_device(mine.forward, x, memory, mask), theirs(x, memory, mask))
