"""Hidden suite of week 03, mlp.

Sizes are distinct primes. Weights are set from outside, so that the student's network and ours are the same function.
Random tests of the first weights fail by chance with a probability below 1e-6.
Not covered: speed, other losses, devices that differ between model and data.
"""

import numpy as np
import torch

from grader.suite import (
    after,
    assert_raises,
    assert_same,
    attribute,
    claims,
    dataset,
    expect,
    parameter_gradients,
    points,
    unchanged,
)

SIZES = [5, 7, 3, 2]
CLASSES = 3


def state(rng, sizes, dtype=torch.float64):
    """Random weights for an MLP of these sizes."""
    shapes = {}
    for number, (inputs, outputs) in enumerate(zip(sizes, sizes[1:], strict=False)):
        shapes |= {f"layers.{number}.weight": (outputs, inputs), f"layers.{number}.bias": (outputs,)}
    return {name: rng.normal(*shape, dtype=dtype) for name, shape in shapes.items()}


def load(model, tables):
    """Move a model to device and dtype of the weights, and load them."""
    first = next(iter(tables.values()))
    model.to(str(first.device))
    if first.dtype == torch.float64:
        model.double()
    model.load_state_dict(tables)
    return model


def twins(student, reference, rng, sizes, *args, dtype=torch.float64):
    tables = state(rng, sizes, dtype)
    return [load(module.MLP(sizes, *args), tables) for module in (student, reference)]


def batches(rng, *sizes, inputs=5):
    """Batches of these sizes."""
    return [(rng.normal(n, inputs, dtype=torch.float64), rng.integers(0, CLASSES, n)) for n in sizes]


def values(model):
    return {name: table.detach() for name, table in model.state_dict().items()}


@points(1)
@claims("what comes out are logits")
def test_no_activation_at_the_end(student, device):
    """A single layer with weights 1 and -2 gives negative numbers as they are; two layers compute |x|.

    单层网络、权重为 1 和 -2 时，负数原样输出；两层网络可以计算 |x|。
    """
    row = torch.tensor([[1.0, -2.0]], dtype=torch.float64, device=device)
    zero = torch.zeros(1, dtype=torch.float64, device=device)
    single = load(student.MLP([2, 1]), {"layers.0.weight": row, "layers.0.bias": zero})
    x = torch.tensor([[1.0, 3.0], [-1.0, -1.0]], dtype=torch.float64, device=device)
    assert_same(single(x).detach(), torch.tensor([[-5.0], [1.0]], dtype=torch.float64, device=device))

    hidden = torch.tensor([[1.0], [-1.0]], dtype=torch.float64, device=device)
    tables = {"layers.0.weight": hidden, "layers.0.bias": zero.repeat(2), "layers.1.weight": -hidden.abs().T}
    double = load(student.MLP([1, 2, 1]), tables | {"layers.1.bias": zero})
    assert_same(double(x[:, :1]).detach(), -x[:, :1].abs())


@points(1)
@claims("An activation follows every layer but the last")
def test_agrees_with_the_reference(student, reference, rng):
    """Three layers with relu, tanh and gelu give the reference's logits, for any leading axes, and its gradients.

    relu、tanh、gelu 三种激活的三层网络，对任意前导轴给出与参考答案一致的 logits 和梯度。
    """
    for activation in ("relu", "tanh", "gelu"):
        mine, ours = twins(student, reference, rng, SIZES, activation)
        for x in (rng.normal(11, 5), rng.normal(5), rng.normal(2, 3, 5), rng.normal(5, 11).T, rng.normal(1, 5)):
            x = x.double()
            assert_same(unchanged(mine, x).detach(), ours(x).detach())
        assert_same(parameter_gradients(mine, x), parameter_gradients(ours, x))


@points(1)
@claims("`layers` is an nn.ModuleList of nn.Linear, one for each pair of neighbouring sizes")
def test_names_and_shapes(student, rng):
    """The parameters are layers.0.weight, layers.0.bias, … with one layer for each pair of sizes, in float32.

    参数是 layers.0.weight、layers.0.bias……，每对相邻大小一层，dtype 为 float32。
    """
    for sizes in ([2, 3], [7, 5, 3], [1, 1, 1, 1, 1]):
        found = student.MLP(sizes, generator=torch.Generator().manual_seed(1)).state_dict()
        shapes = {name: (tuple(table.shape), table.dtype) for name, table in found.items()}
        expected = {name: (tuple(table.shape), torch.float32) for name, table in state(rng, sizes).items()}
        expect(
            shapes == expected,
            "MLP({sizes}) must have the parameters {expected}; yours has {shapes}.",
            "MLP({sizes}) 的参数应为 {expected}，你的是 {shapes}。",
            sizes=sizes,
            expected=sorted(expected),
            shapes=sorted(shapes),
        )


@points(1)
@claims("The weights begin as normal numbers with mean 0 and variance 2 / inputs of their layer, the biases as 0")
def test_first_weights(student):
    """The first weights have mean 0 and variance 2 / inputs, are normal, and no two layers are alike; biases are 0.

    初始权重的均值为 0、方差为 2 / inputs，服从正态分布，层与层各不相同；偏置为 0。
    """
    found = student.MLP([211, 307, 307, 307], "tanh", torch.Generator().manual_seed(2)).state_dict()
    for number, inputs in enumerate((211, 307, 307)):
        weight, bias = found[f"layers.{number}.weight"] * (inputs / 2) ** 0.5, found[f"layers.{number}.bias"]
        within = float((weight.abs() < 1).double().mean())
        # 64,777 numbers at least: five standard errors of mean, deviation and share are below 0.02, 0.014 and 0.01.
        expect(
            abs(float(weight.mean())) < 0.02 and abs(float(weight.std()) - 1) < 0.014 and abs(within - 0.6827) < 0.01,
            "Layer {number}: mean, deviation (both times sqrt(inputs / 2)) and share within one deviation should be 0, "
            "1 and 0.683; they are {mean}, {std} and {within}.",
            "第 {number} 层：均值、标准差（均乘以 sqrt(inputs / 2)）以及一个标准差内的比例应为 0、1、0.683；"
            "实际是 {mean}、{std}、{within}。",
            number=number,
            mean=f"{float(weight.mean()):.3f}",
            std=f"{float(weight.std()):.3f}",
            within=f"{within:.3f}",
        )
        assert_same(bias, torch.zeros_like(bias))
    expect(
        not torch.equal(found["layers.1.weight"], found["layers.2.weight"]),
        "Two layers begin with the same weights.",
        "有两层的初始权重完全相同。",
    )


@points(1)
@claims("If a generator is given, the first weights depend on it alone")
def test_generator(student):
    """Generators with equal seeds give equal weights, and other seeds others, in every layer; biases begin at 0.

    种子相同的 generator 给出相同的权重，种子不同则每一层的权重都不同；偏置从 0 开始。
    """

    def first(seed):
        return student.MLP([3, 5, 2], generator=torch.Generator().manual_seed(seed)).state_dict()

    seven, eight = first(7), first(8)
    again = first(7)
    expect(
        all(torch.equal(again[name], seven[name]) for name in ("layers.0.weight", "layers.1.weight")),
        "Two generators with the same seed give different weights: not all random numbers come from the generator.",
        "两个种子相同的 generator 给出了不同的权重：并非所有随机数都来自 generator。",
    )
    assert_same(seven["layers.1.bias"], torch.zeros(2))
    used = torch.Generator().manual_seed(7)
    torch.rand(5, generator=used)
    expect(
        not torch.equal(
            student.MLP([3, 5, 2], generator=used).state_dict()["layers.0.weight"], seven["layers.0.weight"]
        ),
        "A generator that has drawn before gives the weights of a fresh one: its seed is used, not its state.",
        "抽取过随机数的 generator 给出的权重与全新的一样：用的是它的种子，而不是它的状态。",
    )
    expect(
        all(not torch.equal(seven[name], eight[name]) for name in ("layers.0.weight", "layers.1.weight")),
        "Generators with two seeds give the same weights.",
        "两个种子不同的 generator 给出了相同的权重。",
    )


@points(1)
@claims("what comes out are logits")
def test_simple_network(student, reference, rng):
    """SimpleNN(5, 7, 3) has the parameters and the answers of an MLP with ReLU and these sizes.

    SimpleNN(5, 7, 3) 的参数和结果与同样大小、使用 ReLU 的 MLP 一致。
    """
    tables, x = state(rng, [5, 7, 3]), rng.normal(11, 5, dtype=torch.float64)
    mine, ours = (load(module.SimpleNN(5, 7, 3), tables) for module in (student, reference))
    assert_same(mine(x).detach(), ours(x).detach())

    first, again, other = (
        student.SimpleNN(5, 7, 3, torch.Generator().manual_seed(seed)).state_dict() for seed in (2, 2, 3)
    )
    expect(
        torch.equal(first["layers.0.weight"], again["layers.0.weight"]),
        "SimpleNN begins with other weights each time, though the generator has the same seed: hand the generator on.",
        "generator 的种子相同，SimpleNN 的初始权重却每次不同：请把 generator 传下去。",
    )
    expect(
        not torch.equal(first["layers.0.weight"], other["layers.0.weight"]),
        "SimpleNN begins with the same weights for two seeds.",
        "两个不同的种子，SimpleNN 的初始权重却相同。",
    )


@points(1)
@claims(
    "there are fewer than two sizes, a size is below 1, or the activation is not in `ACTIVATIONS`",
    "there are no batches",
)
def test_refused(student):
    """Too few sizes, sizes below 1, unknown activations and no batches are a ValueError, which leaves the mode alone.

    大小少于两个、大小小于 1、未知的激活函数、没有任何批次，都抛出 ValueError，而且模型的模式不变。
    """
    for sizes in ([], [3], [0, 2], [3, -1, 2], [3, 2, 0]):
        assert_raises(ValueError, student.MLP, sizes)
    for activation in ("sigmoid", "ReLU", ""):
        assert_raises(ValueError, student.MLP, [2, 3], activation)
    small = student.given("small_weights")
    model = small.Watched(2, 3)
    for training in (True, False):
        model.train(training)
        assert_raises(ValueError, student.train, model, [], small.sgd(model, 0.1))
        assert_same(model.is_training(), training)
        assert_raises(ValueError, student.accuracy, model, [])
        assert_same(model.is_training(), training)


@points(1)
@claims(
    "A batch is (inputs, classes)",
    "For each one the loss is the mean cross-entropy of its examples",
    "The losses are those before each step",
    "A larger batch weighs more in their mean: every example counts the same",
    "`batches` is read once, in its order",
)
def test_training_on_uneven_batches(student, reference, rng):
    """Batches of 1, 11 and 2 examples, handed out once: mean loss and weights are those of the reference.

    大小为 1、11、2 的批次，只能读一遍：平均损失和权重都与参考答案一致。
    """
    tables, data, found = state(rng, [5, 7, CLASSES]), batches(rng, 1, 11, 2), []
    for module in (student, reference):
        model = load(module.MLP([5, 7, CLASSES]), tables)
        small = module.given("small_weights")
        optimizer = small.sgd(model, 0.5, 0.9)
        losses = [module.train(model, small.hand_out(data), optimizer) for _ in range(2)]
        found.append((losses, values(model)))

    assert_same(found[0], found[1])


@points(1)
@claims("takes one step along the gradients of this batch alone, whatever was in them before")
def test_gradients_from_before(student, reference, rng):
    """What an earlier backward left in the gradients is not part of the step.

    更早的 backward 留在梯度里的东西，不属于这一步。
    """
    tables, data, found = state(rng, [5, CLASSES]), batches(rng, 3), []
    for module in (student, reference):
        model = load(module.MLP([5, CLASSES]), tables)
        parameter_gradients(model, data[0][0])  # leaves gradients behind
        loss = module.train(model, data, module.given("small_weights").sgd(model, 1.0))
        found.append((loss, values(model)))

    assert_same(found[0], found[1])


@points(1)
@claims("The model is in training mode meanwhile, and then in the mode that it was in, even if there were no batches")
def test_mode_of_training(student, rng):
    """While training, the model is in training mode; afterwards it is in the mode that it was in.

    训练期间模型处于训练模式；之后回到原来的模式。
    """
    for training in (True, False):
        model = student.given("small_weights").Watched(5, CLASSES)
        model.double()
        model.train(training)
        data = [(x.cpu(), y.cpu()) for x, y in batches(rng, 3, 2)]
        student.train(model, data, student.given("small_weights").sgd(model, 0.1))

        assert_same(attribute(model, "modes"), [True, True])
        assert_same(attribute(model, "graphs"), [True, True])
        assert_same(model.is_training(), training)


@points(1)
def test_accuracy(student, device):
    """Batches of 1, 4 and 2 examples of which 1 each is right: the accuracy is 3/7.

    大小为 1、4、2 的批次中各有 1 个正确：准确率是 3/7。
    """
    eye = torch.eye(3, dtype=torch.float64, device=device)
    model = load(student.MLP([3, 3]), {"layers.0.weight": eye, "layers.0.bias": eye[0] * 0})
    classes = [[2], [0, 1, 2, 0], [1, 0]]
    said = [[2], [0, 2, 1, 1], [1, 2]]
    data = [(eye[torch.tensor(s)], torch.tensor(c, device=device)) for s, c in zip(said, classes, strict=True)]

    assert_same(student.accuracy(model, data), 3 / 7)
    assert_same(student.accuracy(model, student.given("small_weights").hand_out(data[:1])), 1.0)


@points(1)
@claims(
    "The model is in evaluation mode meanwhile, and then in the mode that it was in, even if there were no batches",
    "No graph is built, and no gradient changes",
)
def test_mode_of_accuracy(student, rng):
    """Measuring uses evaluation mode and builds no graph; mode, gradients and weights are then as they were.

    测量时使用评估模式、不建计算图；之后模式、梯度和权重都保持原样。
    """
    for training in (True, False):
        model = student.given("small_weights").Watched(5, CLASSES)
        model.double()
        model.train(training)
        data = [(x.cpu(), y.cpu()) for x, y in batches(rng, 3, 2)]
        parameter_gradients(model, data[0][0])
        before = (model.gradient_sum(), values(model))
        set_back = len(attribute(model, "modes"))
        student.accuracy(model, data)

        assert_same(attribute(model, "modes")[set_back:], [False, False])
        assert_same(attribute(model, "graphs")[set_back:], [False, False])
        assert_same(model.is_training(), training)
        assert_same((model.gradient_sum(), values(model)), before)


@points(1)
@after("test_training_on_uneven_batches")
def test_learns_digits(student, device):
    """A network of 144, 37 and 10 numbers learns 1,000 drawn digits in eight rounds, and reads 60 % of unseen ones.

    由 144、37、10 个数组成的网络用 1,000 个由程序画的数字训练八轮，能认出 60 % 没见过的数字。
    """
    folder, parts = dataset("digits"), []
    for part, count in (("train", 1000), ("held_out", 500)):
        pictures, labels = (np.load(folder / f"{part}_{what}.npy")[:count] for what in ("pictures", "labels"))
        parts.append(
            (torch.from_numpy(pictures).to(device).flatten(1).float() / 255, torch.from_numpy(labels).to(device).long())
        )
    data = list(zip(parts[0][0].split(50), parts[0][1].split(50), strict=True))
    model = student.MLP([144, 37, 10], generator=torch.Generator().manual_seed(3))
    model.to(str(device))
    optimizer = student.given("small_weights").sgd(model, 0.1, 0.9)
    losses = [student.train(model, data, optimizer) for _ in range(8)]
    share = student.accuracy(model, [parts[1]])

    expect(
        share > 0.6 and losses[-1] < losses[0] / 2,
        "After eight rounds the loss fell from {first} to {last}, and {share} of the unseen digits are read.",
        "八轮之后，损失从 {first} 降到 {last}，没见过的数字认出了 {share}。",
        first=f"{losses[0]:.2f}",
        last=f"{losses[-1]:.2f}",
        share=f"{share:.0%}",
    )
