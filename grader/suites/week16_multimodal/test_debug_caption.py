"""Hidden suite of week 16, debug_caption.

What worked when the program was given is worth no points and must still work: the tests with points stand after it.
Not covered: other optimizers, captions longer than the program allows.
"""

import math

import torch

from grader.suite import after, assert_same, claims, expect, points

D_IMAGE, WIDTH, VOCABULARY, LONGEST = 3, 5, 11, 7
CAPTIONS = [[5, 7, 9, 3], [6, 8], [4, 10, 2, 7, 5]]


def made(module, state):
    """A captioner with those parameters."""
    captioner = module.Captioner(D_IMAGE, WIDTH, VOCABULARY, LONGEST)
    captioner.to(str(state["head.bias"].device))
    captioner.double()
    captioner.load_state_dict(state)
    return captioner


def parameters(rng):
    """Random parameters."""
    shapes = {
        "project.weight": (WIDTH, D_IMAGE),
        "project.bias": (WIDTH,),
        "embedding.weight": (VOCABULARY, WIDTH),
        "places.weight": (LONGEST, WIDTH),
        "head.weight": (VOCABULARY, WIDTH),
        "head.bias": (VOCABULARY,),
    }
    return {name: rng.normal(*shape, dtype=torch.float64) for name, shape in shapes.items()}


def end(captioner):
    """The parameters as plain data."""
    return {name: table.detach() for name, table in captioner.state_dict().items()}


def test_reading_and_writing(student, reference, rng):
    """Scores, batches and captions of a model with random parameters agree with the reference: this worked before.

    随机参数的模型，其打分、批次和写出的描述与参考答案一致：你拿到程序时，这一点本来就是对的。
    """
    state, features = parameters(rng), rng.normal(3, D_IMAGE, dtype=torch.float64)
    mine, ours = made(student, state), made(reference, state)
    ids = rng.integers(0, VOCABULARY, 3, 4)

    assert_same(mine(features, ids), ours(features, ids))
    assert_same(list(mine.batch(CAPTIONS)), list(ours.batch(CAPTIONS)))
    assert_same(mine.caption(features), ours.caption(features))


@after("test_reading_and_writing")
def test_no_step(student, rng):
    """No step changes nothing: this worked when you got the program.

    走零步则什么都不变：你拿到程序时，这一点本来就是对的。
    """
    state, features = parameters(rng), rng.normal(3, D_IMAGE, dtype=torch.float64)
    mine = made(student, state)

    assert_same(mine.fit(features, CAPTIONS, 0, 0.5), [])
    assert_same(end(mine), state)


@after("test_no_step")
@points(2)
@claims("longest: a caption has at most so many tokens, its end included")
def test_captions_after_training(student, reference, rng, device):
    """After training on one picture the program writes its caption, every word of it, and ends there.

    在一张图片上训练之后，程序写出它的描述，一个词也不少，并在那里结束。
    """
    state = parameters(rng)
    for caption in ([5, 7, 9, 3], [4, 10, 2, 7, 5, 8], [6]):
        mine = made(student, {name: 0.5 * table for name, table in state.items()})
        features = torch.ones(1, D_IMAGE, dtype=torch.float64, device=device)
        losses = mine.fit(features, [caption], 300, 0.5)

        expect(losses[-1] < 0.2, "The program does not learn one caption.", "程序连一条描述也学不会。")
        assert_same(mine.caption(features), [caption])


@after("test_no_step")
@points(2)
@claims("begin, end: the tokens before and after each caption")
def test_the_first_loss(student, device):
    """When all scores are equal, the loss is log 11, however long the captions are; when the scores prefer the first
    word by log 10, it counts once for every caption.

    所有打分相等时，无论描述多长，损失都是 log 11；打分偏向第一个词 log 10 时，每条描述只有一处计入它。
    """
    zero = {
        "project.weight": torch.zeros(WIDTH, D_IMAGE),
        "project.bias": torch.zeros(WIDTH),
        "embedding.weight": torch.zeros(VOCABULARY, WIDTH),
        "places.weight": torch.zeros(LONGEST, WIDTH),
        "head.weight": torch.zeros(VOCABULARY, WIDTH),
        "head.bias": torch.zeros(VOCABULARY),
    }
    zero = {name: table.double().to(device) for name, table in zero.items()}
    features = torch.zeros(2, D_IMAGE, dtype=torch.float64, device=device)
    captions = [[5, 7, 9], [5, 8]]
    assert_same(float(made(student, zero).loss(features, captions).detach()), math.log(11))
    assert_same(float(made(student, zero).loss(features[:1], [[5]]).detach()), math.log(11))

    zero["head.bias"] = zero["head.bias"].clone()
    zero["head.bias"][5] = math.log(10)  # token 5 has 10 of 20 parts, each other token 1 of 20
    expected = (2 * math.log(2) + 5 * math.log(20)) / 7  # seven tokens to write, two of them 5
    assert_same(float(made(student, zero).loss(features, captions).detach()), expected)


@after("test_no_step")
@points(2)
def test_losses_agree(student, reference, rng):
    """The loss of captions of different lengths agrees with the reference.

    不同长度的描述，其损失与参考答案一致。
    """
    state, features = parameters(rng), rng.normal(3, D_IMAGE, dtype=torch.float64)
    mine, ours = made(student, state), made(reference, state)

    assert_same(mine.loss(features, CAPTIONS).detach(), ours.loss(features, CAPTIONS).detach())
    for row in range(3):
        one = features[row : row + 1], CAPTIONS[row : row + 1]
        assert_same(mine.loss(*one).detach(), ours.loss(*one).detach())


@after("test_no_step")
@points(2)
@claims(
    "project: what makes a vector of the model's width of the picture's features",
    "embedding, places: vectors for the token before, and for its place",
    "head: scores the next token",
)
def test_a_run_agrees(student, reference, rng):
    """The losses of five steps, the parameters after them, and a second run agree with the reference.

    五步的损失、之后的参数以及再训练一次，都与参考答案一致。
    """
    state, features = parameters(rng), rng.normal(3, D_IMAGE, dtype=torch.float64)
    mine, ours = made(student, state), made(reference, state)
    for steps in (5, 3):
        assert_same(mine.fit(features, CAPTIONS, steps, 0.3), ours.fit(features, CAPTIONS, steps, 0.3))
        assert_same(end(mine), end(ours))


@after("test_no_step")
@points(1)
def test_the_first_word(student, reference, rng):
    """What comes first in a caption is learnt: another first word gives another loss.

    描述的第一个词是要学的：换一个首词，损失就不同。
    """
    state, features = parameters(rng), rng.normal(1, D_IMAGE, dtype=torch.float64)
    mine, ours = made(student, state), made(reference, state)
    found = [float(mine.loss(features, [[first]]).detach()) for first in (4, 6)]
    expected = [float(ours.loss(features, [[first]]).detach()) for first in (4, 6)]

    assert_same(found[1] - found[0], expected[1] - expected[0])
    expect(abs(found[0] - found[1]) > 1e-6, "The first word of a caption is not learnt.", "描述的第一个词没有被学到。")


@after("test_no_step")
@points(1)
def test_two_programs(student, reference, rng):
    """Two programs that are trained in turn do not disturb each other.

    两个程序交替训练，互不干扰。
    """
    states = [parameters(rng) for _ in range(2)]
    features = rng.normal(3, D_IMAGE, dtype=torch.float64)
    mine = [made(student, state) for state in states]
    for captioner in mine + mine[:1]:
        captioner.fit(features, CAPTIONS, 2, 0.3)
    for captioner, state, steps in zip(mine, states, (4, 2), strict=True):
        ours = made(reference, state)
        ours.fit(features, CAPTIONS, steps, 0.3)
        assert_same(end(captioner), end(ours))
