"""Hidden suite of week 16, contrastive.

Sizes are distinct primes, so that a swapped axis cannot go unnoticed; the matrix of cosines is not symmetric, so that
one direction cannot stand for both.
Not covered: half precision, embeddings whose squares overflow, speed.
"""

import torch

from grader.suite import (
    assert_raises,
    assert_same,
    claims,
    expect,
    follows_device,
    gradients,
    points,
    unchanged,
)

PAIRS, TEXTS, WIDTH = 5, 7, 3


def batch(rng, pairs=PAIRS, width=WIDTH, dtype=torch.float64):
    """Embeddings of several lengths, neither normalised nor centred."""
    images, texts = rng.normal(2, pairs, width, dtype=dtype) + 0.3
    return images * rng.uniform(pairs, 1, low=0.5, high=4.0, dtype=dtype), texts + 0.4 * images


def directions(vectors):
    return vectors / vectors.norm(dim=1, keepdim=True)


def number(value, device, dtype=torch.float64):
    return torch.tensor(value, dtype=dtype, device=device)


@points(1)
def test_cosines_of_two_and_three(student, device):
    """Two pictures and three texts with known angles: (3, 4) and (1, 0) against (0, 2), (5, 0) and (-4, 3).

    两张图片、三句文本，夹角已知：(3, 4)、(1, 0) 对 (0, 2)、(5, 0)、(-4, 3)。
    """
    images = torch.tensor([[3.0, 4.0], [1.0, 0.0]], device=device)
    texts = torch.tensor([[0.0, 2.0], [5.0, 0.0], [-4.0, 3.0]], device=device)

    assert_same(student.similarities(images, texts), torch.tensor([[0.8, 0.6, 0.0], [0.0, 1.0, -0.8]], device=device))


@points(1)
@claims("The embeddings may have any length from 1e-6 to 1e6")
def test_cosines_agree_with_the_reference(student, reference, rng):
    """Other numbers of pictures and texts, one of each, strided views, float32 and float64, embeddings of length 1e-6
    and 1e6: the cosines are right.

    图片数与文本数不同、各只有一个、内存不连续、float32 与 float64、嵌入长度为 1e-6 与 1e6：余弦都正确。
    """
    for dtype in (torch.float64, torch.float32):
        images, texts = rng.normal(PAIRS, WIDTH, dtype=dtype), rng.normal(WIDTH, TEXTS, dtype=dtype).T
        assert_same(unchanged(student.similarities, images, texts), reference.similarities(images, texts))
        assert_same(student.similarities(texts[:1], 1000 * texts[:1]), reference.similarities(texts[:1], texts[:1]))
        assert_same(student.similarities(texts[:0], images), reference.similarities(texts[:0], images))
        short, long = 1e-6 * directions(images), 1e6 * directions(texts)
        assert_same(student.similarities(short, long), reference.similarities(images, texts))
        assert_same(student.similarities(long, short), reference.similarities(texts, images))
        assert_same(student.similarities(short, 1e-6 * directions(texts)), reference.similarities(images, texts))


@points(1)
@claims("A vector of zeros has the cosine 0 with every vector")
def test_a_vector_of_zeros(student, reference, rng):
    """The embedding of a picture or of a text that is all zeros has the cosine 0 with everything, and both losses stay
    finite.

    图片或文本的嵌入全为零时，它与任何向量的余弦都是 0，两种损失仍是有限的。
    """
    images, texts = batch(rng)
    images[2] = texts[1] = 0
    one = number(1.0, images.device)

    assert_same(student.similarities(images, texts), reference.similarities(images, texts))
    assert_same(student.clip_loss(images, texts, one), reference.clip_loss(images, texts, one))
    assert_same(student.siglip_loss(images, texts, one, -one), reference.siglip_loss(images, texts, one, -one))


@points(1)
@claims(
    "Two cross-entropies, each in nats and the mean over\nthe batch, are averaged",
    "`logit_scale` is the logarithm of a factor",
)
def test_the_worked_example_of_clip(student, device):
    """Cosines 0.8, 0.6, 0 and 1 with a factor of 5: rows cost 0.1600 on average, columns 0.0725, the loss is 0.1163.

    余弦为 0.8、0.6、0、1，系数为 5：行的平均为 0.1600，列的平均为 0.0725，损失为 0.1163。
    """
    images = torch.tensor([[3.0, 4.0], [1.0, 0.0]], dtype=torch.float64, device=device)
    texts = torch.tensor([[0.0, 2.0], [5.0, 0.0]], dtype=torch.float64, device=device)

    loss = student.clip_loss(images, texts, number(1.6094379124341003, device))
    assert_same(loss, number(0.1162638, device), rtol=1e-5)


@points(1)
@claims(
    "The logits are exp(logit_scale) times the cosines of `similarities`",
    "over the texts for every picture, and over the pictures for every text",
    "What is made anew, such as the targets, is on the device of the embeddings",
)
def test_clip_agrees_with_the_reference(student, reference, rng):
    """For batches of several sizes, in float64 and float32, CLIP's loss agrees with the reference; on a GPU, every new
    tensor is made there.

    不同大小的批次，float64 与 float32，CLIP 的损失都与参考答案一致；在 GPU 上，新建的张量也要在那里。
    """
    for pairs, width, scale, dtype in [
        (5, 3, 0.0, torch.float64),
        (2, 7, 2.6592, torch.float64),
        (11, 2, -1.5, torch.float64),
        (7, 13, 1.1, torch.float32),
    ]:
        images, texts = batch(rng, pairs, width, dtype)
        factor = number(scale, images.device, dtype)
        assert_same(unchanged(student.clip_loss, images, texts, factor), reference.clip_loss(images, texts, factor))
    images, texts = (part.T.contiguous().T for part in batch(rng))
    factor = factor.double()
    got = follows_device(student.clip_loss, images, texts, factor)
    assert_same(got, reference.clip_loss(images, texts, factor))


@points(1)
@claims("With one pair the loss is 0")
def test_one_pair(student, rng, device):
    """In a batch of one pair there is nothing to choose, and CLIP's loss is 0.

    批次里只有一对时没有选择，CLIP 的损失是 0。
    """
    images, texts = batch(rng, 1)

    assert_same(student.clip_loss(images, texts, number(2.0, device)), number(0.0, device))


@points(1)
@claims("and is not clamped here")
def test_a_large_factor(student, reference, rng):
    """A factor of 100 and one of 3,000 are taken as they are, and the losses stay finite.

    系数为 100 或 3,000 时按原值使用，损失仍是有限的。
    """
    device = rng.normal(1).device
    images, texts = batch(rng, dtype=torch.float32)
    factor, bias = number(4.605170185988092, device, torch.float32), number(0.0, device, torch.float32)
    assert_same(student.clip_loss(images, texts, factor), reference.clip_loss(images, texts, factor))
    mine, theirs = (module.siglip_loss(images, texts, factor, bias) for module in (student, reference))
    assert_same(mine, theirs)

    # Partners have the cosine 1, others 0.94 or -0.06: with a factor of 3,000 each loss is 0, with 100 it is not.
    factor = number(8.006367567650246, device, torch.float32)
    for cosine, loss, more in ((0.94, student.clip_loss, ()), (-0.06, student.siglip_loss, (bias,))):
        pair = torch.tensor([[1.0, 0.0], [cosine, (1 - cosine**2) ** 0.5]], device=device)
        assert_same(loss(pair, 2 * pair, factor, *more), number(0.0, device, torch.float32))


@points(1)
def test_only_directions_count(student, rng, device):
    """Embeddings of another length give the same losses.

    嵌入的长度改变，两种损失都不变。
    """
    images, texts = batch(rng)
    lengths = rng.uniform(PAIRS, 1, low=0.01, high=100.0, dtype=torch.float64)
    one = number(1.0, device)

    for loss, more in ((student.clip_loss, ()), (student.siglip_loss, (-one,))):
        plain = loss(images, texts, one, *more)
        expect(
            plain.item() > 0.01,
            "The loss of a random batch is {value}; no such batch can have a loss near 0.",
            "一个随机批次的损失是 {value}；这样的批次损失不可能接近 0。",
            value=f"{plain.item():.4f}",
        )
        assert_same(loss(images * lengths, texts * 7, one, *more), plain)


@points(1)
def test_pairs_in_another_order(student, reference, rng, device):
    """The order of the pairs does not matter; with pictures and texts in different orders the losses are others. Two
    pairs with the same text are still two pairs.

    各对的先后顺序不影响损失；图片与文本的顺序不一致时，损失就不同了。文本相同的两对仍然是两对。
    """
    images, texts = batch(rng)
    order = torch.tensor([3, 0, 4, 1, 2], device=device)
    one = number(1.0, device)

    for name, more in (("clip_loss", ()), ("siglip_loss", (-one,))):
        mine, theirs = getattr(student, name), getattr(reference, name)
        assert_same(mine(images[order], texts[order], one, *more), theirs(images, texts, one, *more))
        assert_same(mine(images, texts[order], one, *more), theirs(images, texts[order], one, *more))
        twice = texts[[0, 1, 2, 0, 4]]
        assert_same(mine(images, twice, one, *more), theirs(images, twice, one, *more))


@points(1)
@claims(
    "plus `logit_bias`",
    "The answer is yes for row i\nwith row i and no for every other pair",
    "-log sigmoid(-logit)",
)
def test_the_worked_example_of_siglip(student, device):
    """Logits 2, 1, -2 and 3: the four answers cost 1.6157 together, and the loss is half of it, 0.8079.

    logit 为 2、1、-2、3：四个回答共花费 1.6157，损失是它的一半，0.8079。
    """
    images = torch.tensor([[3.0, 4.0], [1.0, 0.0]], dtype=torch.float64, device=device)
    texts = torch.tensor([[0.0, 2.0], [5.0, 0.0]], dtype=torch.float64, device=device)

    loss = student.siglip_loss(images, texts, number(1.6094379124341003, device), number(-2.0, device))
    assert_same(loss, number(0.8078529, device), rtol=1e-5)


@points(1)
@claims(
    "Their sum is divided by n, the number of pairs in the batch, not by n * n",
    "What is made anew, such as the signs, is\non the device of the embeddings",
)
def test_siglip_agrees_with_the_reference(student, reference, rng):
    """For batches of several sizes, one pair included, in float64 and float32, SigLIP's loss agrees with the reference;
    on a GPU, every new tensor is made there.

    不同大小的批次（包括只有一对），float64 与 float32，SigLIP 的损失都与参考答案一致；
    在 GPU 上，新建的张量也要在那里。
    """
    for pairs, width, scale, bias, dtype in [
        (5, 3, 2.302585, -10.0, torch.float64),
        (2, 7, 0.0, 0.7, torch.float64),
        (1, 2, 1.0, -3.0, torch.float64),
        (7, 13, 1.1, -2.0, torch.float32),
    ]:
        images, texts = batch(rng, pairs, width, dtype)
        numbers = [number(value, images.device, dtype) for value in (scale, bias)]

        assert_same(
            unchanged(student.siglip_loss, images, texts, *numbers), reference.siglip_loss(images, texts, *numbers)
        )
    got = follows_device(student.siglip_loss, images, texts, *numbers)
    assert_same(got, reference.siglip_loss(images, texts, *numbers))


@points(1)
@claims("It stays finite, and right, for logits of any size, such as 1000 or -1000")
def test_siglip_of_large_logits(student, reference, rng):
    """With a bias of 1000 or -1000 the loss is large, finite and right, and so are its gradients.

    偏置为 1000 或 -1000 时，损失很大，但有限且正确，梯度也是。
    """
    for dtype in (torch.float64, torch.float32):
        images, texts = batch(rng, dtype=dtype)
        for bias in (1000.0, -1000.0, -200.0):
            args = images, texts, number(1.0, images.device, dtype), number(bias, images.device, dtype)
            assert_same(student.siglip_loss(*args), reference.siglip_loss(*args))
            # The gradient of the embeddings is a sum of terms that nearly cancel: it is compared in the bias alone.
            assert_same(
                gradients(student.siglip_loss, *args, wrt=(3,)), gradients(reference.siglip_loss, *args, wrt=(3,))
            )


@points(1)
def test_gradients_of_clip(student, reference, rng, device):
    """Gradients reach the pictures, the texts and the logarithm of the factor.

    梯度能传到图片、文本和系数的对数。
    """
    images, texts = batch(rng)
    args = images, texts, number(1.3, device)

    assert_same(
        gradients(student.clip_loss, *args, wrt=(0, 1, 2)), gradients(reference.clip_loss, *args, wrt=(0, 1, 2))
    )


@points(1)
def test_gradients_of_siglip(student, reference, rng, device):
    """Gradients reach the pictures, the texts, the logarithm of the factor and the bias.

    梯度能传到图片、文本、系数的对数和偏置。
    """
    images, texts = batch(rng)
    args = images, texts, number(1.3, device), number(-2.0, device)

    mine, theirs = (gradients(module.siglip_loss, *args, wrt=(0, 1, 2, 3)) for module in (student, reference))
    assert_same(mine, theirs)


@points(1)
@claims(
    "`images` and `texts` have not the same width d",
    "there is no pair, or `images` and `texts` differ in shape",
)
def test_refused_batches(student, rng, device):
    """Embeddings of another width or number, and a batch of no pair, are a ValueError.

    宽度不同、个数不同的嵌入，以及没有任何一对的批次，都要抛出 ValueError。
    """
    one = number(1.0, device, torch.float32)
    for first, second in [((2, 3), (2, 5)), ((2, 5), (7, 3)), ((5, 3), (3, 5))]:
        assert_raises(ValueError, student.similarities, rng.normal(*first), rng.normal(*second))
    for first, second in [((5, 3), (5, 2)), ((5, 3), (4, 3)), ((5, 1), (5, 3)), ((1, 3), (5, 3)), ((0, 3), (0, 3))]:
        images, texts = rng.normal(*first), rng.normal(*second)
        assert_raises(ValueError, student.clip_loss, images, texts, one)
        assert_raises(ValueError, student.siglip_loss, images, texts, one, one)
