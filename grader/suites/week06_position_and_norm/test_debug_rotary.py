"""Hidden suite of week 06, debug_rotary.

What worked when the program was given is worth no points and must still work: the tests with points stand after it.
The layer is made to look sharply (weights far from 0), so that a wrong angle moves the answer by much more than
half precision rounds.
Not covered: gradients, speed.
"""

import torch

from grader.suite import after, assert_same, call_and_keep, claims, expect, points

D_MODEL = 6
NEAR = [0, 1, 2, 3, 5]
FAR, FARTHER = [0, 57, 113, 1979, 2036], [0, 57, 113, 126_669, 126_726]
"""With base 27 the three pairs turn by 1, 1/3 and 1/9: 56.55 places are 9, 3 and 1 whole turns. At multiples of that
all tokens see each other, and whoever turns by another angle looks elsewhere."""
HALF = {"rtol": 0.05, "atol": 0.05}
"""Half precision rounds every product, in an order that is nobody's fault; a wrong angle here moves numbers by 0.5."""
SINGLE = {"rtol": 1e-3, "atol": 1e-3}
"""An angle of thousands of radians has few digits behind the point in float32, and a sharp softmax enlarges that."""


def layers(student, reference, rng):
    """The student's layer and ours, in float32 with the same weights."""
    made = [module.RotaryAttention(D_MODEL, 27.0) for module in (student, reference)]
    spread = 2 * torch.eye(D_MODEL)
    state = {name: spread.to(table.device) for name, table in made[1].state_dict().items()}
    state["W_v.weight"] = rng.normal(D_MODEL, D_MODEL)
    for layer in made:
        layer.load_state_dict(state)
    return made


def text(rng, device):
    """Tokens that are like each other, so that the score of two depends on where they stand."""
    return (torch.ones(len(FAR), D_MODEL, device=device) + 0.1 * rng.normal(len(FAR), D_MODEL)).round(decimals=1)


@claims(
    "W_q, W_k, W_v, W_o: nn.Linear from d_model to d_model, without bias; a checkpoint holds their weights alone",
)
def test_a_checkpoint_holds_four_weights(student):
    """A checkpoint of the layer holds the four weights and nothing else: this worked when you got the layer.

    这一层的检查点只有四个权重，没有别的：你拿到这一层时，这一点本来就是对的。
    """
    names = sorted(student.RotaryAttention(D_MODEL).state_dict())

    expect(
        names == ["W_k.weight", "W_o.weight", "W_q.weight", "W_v.weight"],
        en="The checkpoint holds {names}.",
        zh="检查点里有 {names}。",
        names=", ".join(names),
    )


@after("test_a_checkpoint_holds_four_weights")
def test_far_apart_in_float32(student, reference, rng, device):
    """In float32, tokens that stand 2,000 places apart get the reference's answer: this worked when you got the layer.

    在 float32 中，相距 2000 个位置的词元，结果与参考答案一致：你拿到这一层时，这一点本来就是对的。
    """
    mine, ours = layers(student, reference, rng)
    x, positions = text(rng, device), torch.tensor(FAR, device=device)

    answer, arguments, _ = call_and_keep(mine, x, positions)

    assert_same(answer.detach(), ours(x, positions).detach(), **SINGLE)
    assert_same(arguments[0], x)


@after("test_far_apart_in_float32")
def test_a_short_text_in_bfloat16(student, reference, rng, device):
    """A short text in bfloat16 gets the reference's answer, as bfloat16: this worked when you got the layer.

    短文本在 bfloat16 中的结果与参考答案一致，而且就是 bfloat16：你拿到这一层时，这一点本来就是对的。
    """
    mine, ours = layers(student, reference, rng)
    x, positions = text(rng, device).bfloat16(), torch.tensor(NEAR, device=device)

    mine.to(torch.bfloat16), ours.to(torch.bfloat16)

    assert_same(mine(x, positions).detach(), ours(x, positions).detach(), **HALF)


@after("test_a_short_text_in_bfloat16")
@points(2)
def test_far_apart_in_bfloat16(student, reference, rng, device):
    """In bfloat16, tokens that stand far apart attend to each other as in float32, but for the rounding.

    在 bfloat16 中，相距很远的词元彼此关注的方式与 float32 中相同，只差舍入。
    """
    mine, ours = layers(student, reference, rng)
    x, positions = text(rng, device), torch.tensor(FAR, device=device)
    expected = ours(x, positions).detach()

    mine.to(torch.bfloat16)

    assert_same(mine(x.bfloat16(), positions).detach().float(), expected, **HALF)


@after("test_a_short_text_in_bfloat16")
@points(2)
def test_far_apart_in_float16(student, reference, rng, device):
    """So they do in float16, where the layer goes on to answer in float16.

    在 float16 中也一样，而且这一层仍以 float16 给出结果。
    """
    mine, ours = layers(student, reference, rng)
    x, positions = text(rng, device), torch.tensor(FARTHER, device=device)
    expected = ours(x, positions).detach()

    mine.to(torch.float16)

    answer = mine(x.half(), positions).detach()
    assert_same(answer.float(), expected, **HALF)
    assert_same(answer.dtype == torch.float16, True)


@after("test_a_short_text_in_bfloat16")
@points(2)
def test_there_and_back(student, reference, rng, device):
    """A layer that was moved to bfloat16 and back to float32 answers as one that never was.

    一层先移到 bfloat16、再移回 float32，结果与从未移动过的一样。
    """
    mine, ours = layers(student, reference, rng)
    x, positions = text(rng, device), torch.tensor(FAR, device=device)

    mine.to(torch.bfloat16)
    mine.to(torch.float32)
    mine.load_state_dict(ours.state_dict())

    assert_same(mine(x, positions).detach(), ours(x, positions).detach(), **SINGLE)
