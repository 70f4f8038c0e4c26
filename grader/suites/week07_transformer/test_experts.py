"""Hidden suite of week 07, experts.

Sizes are distinct primes, so that a swapped axis cannot go unnoticed. The parameters are set from outside.
Not covered: which of two equal scores wins, the values that the parameters start with, digits in half precision, speed.
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

BATCH, LENGTH, D_MODEL, HIDDEN, EXPERTS, TOP_K = 2, 3, 5, 11, 7, 2


def twins(student, reference, rng, top_k=TOP_K, experts=EXPERTS, dtype=torch.float64):
    """The student's layer and ours, with the same random parameters."""
    layers = [module.MixtureOfExperts(D_MODEL, HIDDEN, experts, top_k) for module in (student, reference)]
    state = {key: 0.7 * rng.normal(*p.shape, dtype=dtype) for key, p in layers[1].state_dict().items()}
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


def tokens(rng, *shape, dtype=torch.float64):
    return rng.normal(*shape, D_MODEL, dtype=dtype)


@points(1)
@claims(
    "router: nn.Linear from d_model to experts, without bias",
    "W_gate, W_up: nn.Parameter of shape",
    "W_down: nn.Parameter of shape",
)
def test_parameters(student, reference):
    """The parameters have the names and shapes of the contract; there is no bias.

    参数的名称和形状与约定一致；没有偏置。
    """
    got, expected = (
        {key: list(p.shape) for key, p in module.MixtureOfExperts(D_MODEL, HIDDEN, EXPERTS, TOP_K).state_dict().items()}
        for module in (student, reference)
    )
    expect(
        got == expected,
        "MixtureOfExperts must have the parameters {expected}, yours has {got}.",
        "MixtureOfExperts 的参数应为 {expected}，你的是 {got}。",
        expected=expected,
        got=got,
    )


@points(2)
@claims("Expert e is a gated layer without biases", "the top_k largest are kept and divided by their sum")
def test_agrees_with_the_reference(student, reference, rng):
    """Output and logits agree with the reference when each token has two experts.

    每个词元使用两个专家时，输出和 logits 与参考答案一致。
    """
    mine, theirs = twins(student, reference, rng)
    x = tokens(rng, BATCH, LENGTH)

    assert_same(unchanged(mine.forward, x), theirs(x))


@points(1)
@claims("Which of two equal scores wins is left open")
def test_one_and_all(student, reference, rng):
    """With top_k 1 the chosen expert has weight 1; with top_k all, the weights are the softmax; equal scores of equal
    experts are no matter.

    top_k 为 1 时，选中的专家权重为 1；top_k 为全部时，权重就是 softmax；相同的专家分数相等时，选谁都一样。
    """
    x = tokens(rng, 13)
    for top_k, experts in ((1, EXPERTS), (EXPERTS, EXPERTS), (1, 1)):
        mine, theirs = twins(student, reference, rng, top_k, experts)

        assert_same(mine(x), theirs(x))
    mine, theirs = twins(student, reference, rng, 3)
    same = {key: p[:1].expand(p.shape).clone() for key, p in theirs.state_dict().items()}
    for layer in (mine, theirs):
        load(layer, same)

    assert_same(mine(x)[0], theirs(x)[0])


@points(1)
@claims("No token is dropped")
def test_no_token_is_dropped(student, reference, rng):
    """When all tokens choose the same expert, all of them are answered.

    所有词元都选同一个专家时，每个词元都有结果。
    """
    mine, theirs = twins(student, reference, rng, 1)
    x = tokens(rng, 1).repeat(17, 1)

    assert_same(mine(x), theirs(x))


@points(1)
@claims("`*batch` is any number of leading axes")
def test_any_leading_axes(student, reference, rng):
    """One token and a strided float32 view with three leading axes are handled.

    单个词元和带三个前导轴的 float32 非连续视图都能处理。
    """
    mine, theirs = twins(student, reference, rng, dtype=torch.float32)
    for x in (tokens(rng, 1, dtype=torch.float32), rng.normal(D_MODEL, 2, 3, 1).permute(3, 2, 1, 0)):
        assert_same(mine(x), theirs(x))


@points(1)
@claims("top_k is below 1 or above the number of experts")
def test_refused_arguments(student, rng):
    """A top_k below 1 or above the number of experts is a ValueError, in the layer and in the loss.

    top_k 小于 1 或大于专家数时抛出 ValueError，层和损失都是如此。
    """
    for top_k in (0, -1, EXPERTS + 1):
        assert_raises(ValueError, student.MixtureOfExperts, D_MODEL, HIDDEN, EXPERTS, top_k)
        assert_raises(ValueError, student.balance_loss, rng.normal(3, EXPERTS), top_k)


@points(1)
def test_gradients(student, reference, rng):
    """The gradients of the input and of every parameter, the router's too, agree with the reference.

    输入和每个参数（包括路由器）的梯度都与参考答案一致。
    """
    mine, theirs = twins(student, reference, rng)
    x = tokens(rng, 13)

    assert_same(gradients(mine.forward, x, wrt=(0,)), gradients(theirs.forward, x, wrt=(0,)))
    assert_same(parameter_gradients(mine, x), parameter_gradients(theirs, x))


@points(1)
@claims("over all tokens of all leading axes together")
def test_balance_loss(student, reference, rng):
    """balance_loss agrees with the reference, for one choice and for several, over all leading axes.

    balance_loss 与参考答案一致：选一个或多个，所有前导轴合在一起。
    """
    logits = rng.normal(BATCH, LENGTH, EXPERTS, dtype=torch.float64)
    for top_k in (1, 2, EXPERTS):
        assert_same(unchanged(student.balance_loss, logits, top_k), reference.balance_loss(logits, top_k))
        for other in (logits[0, 0], logits.unsqueeze(1), logits[0]):
            assert_same(student.balance_loss(other, top_k), reference.balance_loss(other, top_k))


@points(1)
@claims("f sums to 1, also for top_k above 1")
def test_balance_at_its_ends(student, device):
    """The loss is 1 when experts are used alike, and experts / top_k when the same ones are always certain.

    专家使用均匀时损失为 1；总是坚决选同样的专家时为 experts / top_k。
    """
    even = 50 * torch.eye(EXPERTS, dtype=torch.float64, device=device)
    same = torch.zeros(13, EXPERTS, dtype=torch.float64, device=device)
    same[:, 2:4] = 50.0

    got = [student.balance_loss(even, 1), student.balance_loss(same, 2)]

    assert_same(got, [torch.tensor(n, dtype=torch.float64, device=device) for n in (1.0, EXPERTS / 2)])


@points(1)
@claims("The gradient flows through P alone")
def test_gradient_of_the_balance(student, reference, rng):
    """The gradient of balance_loss flows through the probabilities.

    balance_loss 的梯度经由概率传播。
    """
    logits = rng.normal(13, EXPERTS, dtype=torch.float64)

    mine, theirs = (gradients(m.balance_loss, logits, 2, wrt=(0,)) for m in (student, reference))

    assert_same(mine, theirs, rtol=1e-5, atol=1e-9)


@points(1)
@claims(
    "Both answers have the dtype of `x` and lie on its device",
    "The loss has the dtype of `logits` and lies on their device",
)
def test_answers_are_like_the_input(student, reference, rng):
    """Output, logits and loss have the dtype of the input, float32, float64 or bfloat16, and lie on its device: on a
    GPU, every new tensor is made there.

    输出、logits 和损失的 dtype 与输入相同（float32、float64 或 bfloat16），并与输入在同一设备上：
    在 GPU 上，新建的张量也要在那里。
    """
    for dtype in (torch.float32, torch.float64):
        mine, theirs = twins(student, reference, rng, dtype=dtype)
        x, logits = tokens(rng, 13, dtype=dtype), rng.normal(13, EXPERTS, dtype=dtype)

        assert_same(follows_device(mine.forward, x), theirs(x))
        assert_same(follows_device(student.balance_loss, logits, TOP_K), reference.balance_loss(logits, TOP_K))

    mine, _ = twins(student, reference, rng, dtype=torch.float32)
    mine.to(torch.bfloat16)
    # Numbers that bfloat16 does not round, whatever the order: the dtypes alone are asked for.
    output, logits = mine(torch.zeros(13, D_MODEL, dtype=torch.bfloat16, device=x.device))
    loss = student.balance_loss(torch.zeros(13, 4, dtype=torch.bfloat16, device=x.device), TOP_K)
    for answer, name, in_chinese in (
        (output, "output", "输出"),
        (logits, "logits", " logits "),
        (loss, "loss", "损失"),
    ):
        expect(
            answer.dtype == torch.bfloat16,
            "The input is bfloat16, and the {name} is {dtype}.",
            "输入是 bfloat16，{in_chinese}却是 {dtype}。",
            name=name,
            in_chinese=in_chinese,
            dtype=str(answer.dtype).removeprefix("torch."),
        )
