"""Hidden suite of week 05, latent.

All sizes differ, so that a swapped axis cannot go unnoticed; rotary_dim is 6, so that three pairs turn at three rates.
The parameters are set from outside, so that the student's layer and the reference's are the same function.
Not covered: the values that the parameters start with, half precision, empty calls.
"""

import math

import torch

from grader.suite import (
    after,
    assert_raises,
    assert_same,
    claims,
    expect,
    gradients,
    parameter_gradients,
    type_names,
    unchanged,
)

BATCH, LENGTH = 2, 11
SIZES = {"d_model": 13, "num_heads": 3, "head_dim": 4, "latent_dim": 7, "rotary_dim": 6}


def twins(student, reference, rng, dtype=torch.float64, **sizes):
    """Make the student's layer and the reference's, with the same random parameters."""
    layers = [module.LatentAttention(**SIZES | sizes) for module in (student, reference)]
    parameters = {
        name: rng.normal(*p.shape, dtype=dtype) / math.sqrt(p.shape[-1]) for name, p in layers[1].state_dict().items()
    }
    for layer in layers:
        load(layer, parameters)
    return layers


def load(layer, parameters):
    """Bring the layer to the dtype and the device of the parameters, and load them."""
    some = next(iter(parameters.values()))
    if some.dtype == torch.float64:
        layer.double()
    layer.to(str(some.device))
    layer.load_state_dict(parameters)


def by_hand(student, device, head_dim, **weights):
    """Make a layer of two features and one or two heads, with the weights that are named; the others are 0."""
    heads = len(weights["W_uv"]) // head_dim
    layer = student.LatentAttention(2, heads, head_dim, len(weights["W_dkv"]), 2)
    shapes = {"W_q": (heads * head_dim, 2), "W_qr": (2 * heads, 2), "W_kr": (2, 2), "W_o": (2, heads * head_dim)}
    shapes |= {"W_uk": (heads * head_dim, len(weights["W_dkv"]))}
    zeros = {f"{name}.weight": torch.zeros(shape, device=device) for name, shape in shapes.items()}
    load(layer, zeros | {f"{name}.weight": torch.tensor(rows, device=device) for name, rows in weights.items()})
    return layer


def text(rng, batch=BATCH, length=LENGTH, dtype=torch.float64, d_model=SIZES["d_model"]):
    """Make the features of some tokens."""
    return rng.normal(batch, length, d_model, dtype=dtype)


def read(layer, x, cuts, way="forward"):
    """Read a text in pieces that end at `cuts`; return all outputs side by side, and the last cache."""
    cache, outputs = None, []
    for begin, end in zip([0, *cuts], [*cuts, x.shape[1]], strict=True):
        answer = getattr(layer, way)(x[:, begin:end], cache)
        cache = taken_apart(answer)[1]
        outputs.append(answer[0].detach())
    return torch.cat(outputs, dim=1), tuple(part.detach() for part in cache)


def taken_apart(answer):
    """Check that an answer is (output, (c, r)) before a test takes it apart."""
    expect(
        isinstance(answer, tuple)
        and len(answer) == 2
        and isinstance(answer[0], torch.Tensor)
        and isinstance(answer[1], tuple)
        and len(answer[1]) == 2
        and all(isinstance(part, torch.Tensor) for part in answer[1]),
        "The answer must be the tuple (output, cache), and the cache the tuple (c, r) of two tensors.",
        "必须返回元组 (output, cache)，其中缓存是由两个张量组成的元组 (c, r)。",
    )
    return answer


@claims("Head h has the key (block h of W_uk(c), then r), and the value block h of W_uv(c)")
def test_worked_example(student, device):
    """One number c a token makes the keys and the values of two heads: outputs (4, 8) and (3, 4).

    每个词元只有一个数 c，由它得到两个头的 key 和 value：输出为 (4, 8) 和 (3, 4)。
    """
    query = math.sqrt(3) * math.log(3)  # head_dim 1 and rotary_dim 2: scores are divided by the root of 3
    layer = by_hand(
        student,
        device,
        1,
        W_q=[[0.0, query], [0.0, query]],
        W_dkv=[[1.0, 0.0]],
        W_uk=[[1.0], [0.0]],
        W_uv=[[4.0], [8.0]],
        W_o=[[1.0, 0.0], [0.0, 1.0]],
    )
    x = torch.eye(2, device=device)[None]  # token 0 has c = 1, token 1 has c = 0 and the query above in both heads

    output, cache = taken_apart(layer(x))

    # Token 1, head 0: the scores log 3 and 0, so 3/4 of the value 4; head 1: two scores of 0, so half of the value 8.
    assert_same(output, torch.tensor([[[4.0, 8.0], [3.0, 4.0]]], device=device))
    assert_same(cache[0], torch.tensor([[[1.0], [0.0]]], device=device))
    assert_same(cache[1], torch.zeros(1, 2, 2, device=device))


@claims("r = W_kr(x), rotated to the token's position", "what is rotated never goes through c")
def test_the_rotary_part_sees_distances(student, device):
    """With the rotary part alone, a score is the cosine of the distance; the cached key is turned to its position.

    只有旋转部分时，分数是距离的余弦；缓存的 key 已经转到自己的位置。
    """
    strong = math.sqrt(3) * 5.0
    layer = by_hand(
        student,
        device,
        1,
        W_qr=[[strong, 0.0], [0.0, 0.0]],
        W_kr=[[1.0, 0.0], [0.0, 0.0]],
        W_dkv=[[0.0, 1.0]],
        W_uv=[[1.0]],
        W_o=[[1.0], [0.0]],
    )
    x = torch.tensor([[[1.0, 2.0], [1.0, -1.0], [1.0, 4.0]]], device=device)

    output, cache = taken_apart(layer(x))

    cosines = 5 * torch.arange(2.0, -1.0, -1.0, device=device).cos()  # of the distances 2, 1 and 0
    expected = torch.softmax(cosines, 0) @ x[0, :, 1]
    assert_same(output[0, 2], torch.stack([expected, torch.zeros_like(expected)]))
    angles = torch.arange(3.0, device=device)
    assert_same(cache[1][0], torch.stack([angles.cos(), angles.sin()], dim=-1))


@claims(
    "Its query is (block h of W_q(x), then block h of W_qr(x), rotated)",
    "A score is the product of query and key divided by sqrt(head_dim + rotary_dim)",
    "W_o gets the outputs of the heads, that of head 0 first",
    "None: nothing was read before",
)
def test_agrees_with_the_reference(student, reference, rng):
    """A whole text agrees with the reference: output and cache, in float64.

    一次读入整段文本时，输出和缓存都与参考答案一致（float64）。
    """
    mine, ours = twins(student, reference, rng)
    x = text(rng)

    assert_same(unchanged(mine, x), ours(x))


@claims("latent_dim + rotary_dim numbers a token, however many heads there are")
def test_size_of_the_cache(student, reference, rng):
    """The cache holds latent_dim and rotary_dim numbers for each token and nothing else, with 1 head as with 7.

    缓存中每个词元只有 latent_dim 加 rotary_dim 个数，1 个头和 7 个头都一样。
    """
    for heads in (1, 7):
        mine, _ = twins(student, reference, rng, num_heads=heads)
        for way in ("forward", "absorbed"):
            _, cache = taken_apart(getattr(mine, way)(text(rng)))
            numbers = sum(part.numel() for part in cache) // (BATCH * LENGTH)
            wanted = SIZES["latent_dim"] + SIZES["rotary_dim"]
            expect(
                numbers == wanted and tuple(cache[0].shape) == (BATCH, LENGTH, SIZES["latent_dim"]),
                "With {heads} heads the cache holds {numbers} numbers a token, in parts of the shapes {first} and "
                "{second}. It should hold {wanted}: c, then r.",
                "{heads} 个头时，缓存中每个词元有 {numbers} 个数，两部分的形状是 {first} 和 {second}。"
                "应当有 {wanted} 个：先 c，后 r。",
                heads=heads,
                numbers=numbers,
                first=tuple(cache[0].shape),
                second=tuple(cache[1].shape),
                wanted=wanted,
            )


@claims(
    "However a text is cut into calls, its outputs are the same",
    "with `past` cached tokens, their positions begin at past",
    "in the cache the new tokens stand behind the old ones",
    "r is cached rotated",
)
def test_a_text_in_pieces(student, reference, rng):
    """However a text is cut into calls, outputs and cache are those of the whole text.

    无论怎样把文本切成几次调用，输出和缓存都与一次读入时相同。
    """
    mine, ours = twins(student, reference, rng)
    x = text(rng)
    expected = read(ours, x, [])

    for cuts in ([1], [LENGTH - 1], [4, 5], [2, 3, 7], list(range(1, LENGTH))):
        assert_same(read(mine, x, cuts), expected)


@claims("Each token attends to itself and to the tokens before it")
def test_no_token_sees_a_later_one(student, reference, rng):
    """Whatever follows a token changes nothing in its output, with a cache and without.

    无论一个词元后面是什么，它的输出都不变，有没有缓存都一样。
    """
    mine, ours = twins(student, reference, rng)
    x, other = text(rng), text(rng)
    changed = torch.cat([x[:, :5], other[:, 5:]], dim=1)

    expected = read(ours, x, [])[0][:, :5]
    for way in ("forward", "absorbed"):
        for cuts in ([], [3]):
            assert_same(read(mine, changed, cuts, way)[0][:, :5], expected)


@claims(
    "No argument is changed in place, so two texts may go on from one cache",
    "The layer itself remembers nothing between calls",
)
def test_two_texts_go_on_from_one_cache(student, reference, rng):
    """One cache serves two continuations, one after the other, and is the same afterwards.

    同一个缓存先后供两段后续文本使用，用过之后保持不变。
    """
    mine, ours = twins(student, reference, rng)
    x, other = text(rng), text(rng)
    cache = read(ours, x[:, :6], [])[1]

    for way in ("forward", "absorbed"):
        for tail in (x[:, 6:], other[:, 6:], x[:, 6:]):
            assert_same(unchanged(getattr(mine, way), tail, cache), ours(tail, cache))
        assert_same(getattr(mine, way)(x), ours(x))


@claims("The layer itself remembers nothing between calls")
def test_new_weights_count_at_once(student, reference, rng):
    """After other weights are loaded, both ways answer with these: nothing that was made of the old ones is kept.

    载入别的权重之后，两种方式都按新权重给出结果：不保留由旧权重算出的任何东西。
    """
    mine, ours = twins(student, reference, rng)
    x = text(rng)
    for way in ("forward", "absorbed"):
        taken_apart(getattr(mine, way)(x))

    parameters = {name: weight.flip(0) for name, weight in ours.state_dict().items()}
    for layer in (mine, ours):
        load(layer, parameters)

    for way in ("forward", "absorbed"):
        assert_same(getattr(mine, way)(x), ours(x))


@claims("Output and cache are those of `forward`, for any number of new tokens")
def test_the_absorbed_form_is_the_same(student, reference, rng):
    """The absorbed form gives the same outputs and the same cache, in one call and in pieces.

    吸收形式给出同样的输出和同样的缓存，一次读入和分几次读入都是如此。
    """
    mine, ours = twins(student, reference, rng)
    x = text(rng)
    expected = read(ours, x, [])

    for cuts in ([], [1], [4, 5], list(range(1, LENGTH))):
        assert_same(read(mine, x, cuts, "absorbed"), expected)
    cache = read(ours, x[:, :7], [])[1]
    assert_same(mine.absorbed(x[:, 7:8], cache), ours(x[:, 7:8], cache))


@claims("Block h is the h-th of num_heads equal blocks of neighbouring features")
def test_other_sizes(student, reference, rng):
    """Batch, length, heads and widths of 1, a latent vector that is wider than all heads together,
    and float32 agree with the reference.

    批次、长度、头数和宽度为 1，潜在向量比所有头加起来还宽，以及 float32：都正确。
    """
    for sizes in (
        {"d_model": 1, "num_heads": 1, "head_dim": 1, "latent_dim": 1, "rotary_dim": 2},
        {"num_heads": 1, "latent_dim": 23},
        {"num_heads": 5, "head_dim": 1, "latent_dim": 1, "rotary_dim": 2},
        {"head_dim": 7, "rotary_dim": 10},
    ):
        mine, ours = twins(student, reference, rng, dtype=torch.float32, **sizes)
        x = text(rng, 1, 5, torch.float32, (SIZES | sizes)["d_model"])
        expected = read(ours, x, [])
        for way in ("forward", "absorbed"):
            for cuts in ([], [1, 2, 3, 4]):
                got = read(mine, x, cuts, way)
                assert_same(got, expected, rtol=1e-4, atol=1e-5)


def test_views_and_long_texts(student, reference, rng):
    """Views that are not contiguous, also as a cache, and positions far from the beginning agree with the reference.

    不连续的视图（也用作缓存），以及离开头很远的位置。
    """
    mine, ours = twins(student, reference, rng)
    x = text(rng, LENGTH, BATCH).transpose(0, 1)
    cache = (rng.normal(997, BATCH, 7, dtype=torch.float64), rng.normal(997, BATCH, 6, dtype=torch.float64))
    cache = tuple(part.transpose(0, 1) for part in cache)

    for way in ("forward", "absorbed"):
        assert_same(getattr(mine, way)(x, cache), ours(x, cache))


def test_gradients(student, reference, rng):
    """Every parameter gets the reference's gradient, and so does x, by both ways.

    每个参数的梯度都与参考答案一致；两种方式下，x 的梯度也一致。
    """
    mine, ours = twins(student, reference, rng)
    x = text(rng)

    assert_same(parameter_gradients(mine, x), parameter_gradients(ours, x))
    expected = gradients(ours.forward, x)
    for way in ("forward", "absorbed"):
        assert_same(gradients(getattr(mine, way), x), expected)


@claims(
    "W_q, W_qr: nn.Linear from d_model to num_heads * head_dim, and to num_heads * rotary_dim",
    "W_dkv, W_kr: nn.Linear from d_model to latent_dim, and to rotary_dim",
    "W_uk, W_uv: nn.Linear from latent_dim to num_heads * head_dim",
    "W_o: nn.Linear from num_heads * head_dim to d_model",
    "None of the seven has a bias, and the layer has no other parameters or buffers",
)
def test_seven_projections(student, reference):
    """The layer has the seven projections of the contract, all of them nn.Linear without bias, and no other state.

    这一层有约定中的七个投影，都是不带偏置的 nn.Linear，没有其他状态。
    """
    mine, ours = student.LatentAttention(**SIZES), reference.LatentAttention(**SIZES)
    shapes = [{name: tuple(p.shape) for name, p in layer.state_dict().items()} for layer in (mine, ours)]
    kinds = {name.rsplit(".", 1)[-1]: kind for name, kind in type_names(mine).items()}

    assert_same(shapes[0], shapes[1])
    projections = "W_q W_qr W_dkv W_kr W_uk W_uv W_o".split()
    assert_same({name: kinds.get(name) for name in projections}, dict.fromkeys(projections, "Linear"))


@claims("a size is below 1, or rotary_dim is odd")
def test_wrong_sizes(student):
    """A size below 1 and an odd rotary_dim are a ValueError.

    尺寸小于 1 或 rotary_dim 为奇数时，抛出 ValueError。
    """
    for wrong in ({name: 0} for name in SIZES):
        assert_raises(ValueError, student.LatentAttention, **SIZES | wrong)
    for wrong in ({"rotary_dim": 5}, {"rotary_dim": -2}, {"num_heads": -1}):
        assert_raises(ValueError, student.LatentAttention, **SIZES | wrong)


@after("test_the_absorbed_form_is_the_same")
@claims("No key and no value of a single head is ever made")
def test_absorbed_is_fast_for_one_token(student, reference, rng, speed):
    """One new token before 4,096 cached ones takes the absorbed form at most 8 times as long as the reference.

    缓存了 4,096 个词元、只来一个新词元时，吸收形式的耗时不超过参考答案的 8 倍。
    """
    _, ours = twins(student, reference, rng, torch.float32, d_model=64, num_heads=16, head_dim=128, latent_dim=128)
    parameters = {name: weight.clone() for name, weight in ours.state_dict().items()}

    def build(module):
        layer = module.LatentAttention(64, 16, 128, 128, 6)
        load(layer, parameters)
        return layer

    def fresh(rng):
        return rng.normal(1, 1, 64)

    cache = (rng.normal(1, 4096, 128), rng.normal(1, 4096, 6))
    speed(student, reference).call("absorbed", fresh, cache, at_most=8.0, setup=build, rtol=1e-3, atol=1e-4)
