"""Hidden suite of week 17, forgetting.

The statistical tests say how often a right answer fails them: at most 1 in a million.
Not covered: whether the penalty helps on real tasks (the handout has an experiment), the order of the items in a
buffer.
"""

from collections import Counter

import torch

from grader.suite import (
    after,
    assert_raises,
    assert_same,
    attribute,
    claims,
    expect,
    follows_device,
    gradients,
    parameter_gradients,
    set_attribute,
    unchanged,
)

BATCH, FEATURES, HIDDEN, CLASSES = 7, 3, 5, 11


def model_of(module, device, classes=CLASSES, seed=3, spare=False):
    model = module.given("tiny_classifier").TinyClassifier(FEATURES, HIDDEN, classes, seed, spare)
    return model.to(str(device))


def tensor(values, device, dtype=torch.float64):
    return torch.tensor(values, dtype=dtype, device=device)


def parameters_of(rng, dtype=torch.float64):
    """Now, anchor and fisher of a matrix and a vector; the fisher is not negative."""
    shapes = {"weight": (3, 5), "bias": (7,)}
    draw = [{name: rng.normal(*shape, dtype=dtype) for name, shape in shapes.items()} for _ in range(3)]
    return draw[0], draw[1], {name: value.square() for name, value in draw[2].items()}


def buffer_of(student, capacity, stream, seed=0):
    buffer = student.ReservoirBuffer(capacity, seed)
    buffer.extend(stream)
    return buffer


# ---- fisher_diagonal


@claims(
    "with p(y | x) the softmax of model(x) (logits [batch, classes])",
    "mean over x, of the sum over y, of p(y | x) * ( d log p(y | x) / d parameter ) ** 2",
)
def test_fisher_of_logits_alone(student, rng, device):
    """For a bias that is the logits, the Fisher information is p (1 - p): 0.25 for two classes of the same
    probability.

    如果偏置就是 logits，费舍尔信息（Fisher information）为 p (1 - p)：两个等概率类别时为 0.25。
    """
    model = model_of(student, device, classes=2)
    for name, shape in (("weight", (2, HIDDEN)), ("bias", (2,))):
        set_attribute(model, f"outer.{name}.data", torch.zeros(*shape, dtype=torch.float64, device=device))

    fisher = student.fisher_diagonal(model, rng.normal(BATCH, FEATURES, dtype=torch.float64))
    assert_same(fisher["outer.bias"], tensor([0.25, 0.25], device))
    assert_same(fisher["inner.weight"], torch.zeros(HIDDEN, FEATURES, dtype=torch.float64, device=device))


@claims(
    "Every class counts with the probability that the model gives it",
)
def test_fisher_agrees_with_the_reference(student, reference, rng, device):
    """Squares example by example, weighted with the probability of each class, averaged over the examples.

    逐个样本求平方，按每个类别的概率加权，再对样本取平均。
    """
    for batch in (BATCH, 1):
        x = rng.normal(batch, FEATURES, dtype=torch.float64)

        got = unchanged(student.fisher_diagonal, model_of(student, device), x)
        assert_same(got, reference.fisher_diagonal(model_of(reference, device), x))


@claims(
    "examples are squared one by one",
)
def test_fisher_does_not_depend_on_the_batch(student, rng, device):
    """Twice the same examples give the same information: it is a mean over examples, and each one counts alone.

    样本重复两遍得到的信息不变：这是对样本的平均，每个样本单独计算。
    """
    model, x = model_of(student, device), rng.normal(BATCH, 2 * FEATURES, dtype=torch.float64)[:, ::2]

    once = student.fisher_diagonal(model, x)
    assert_same(student.fisher_diagonal(model, torch.cat([x, x])), once)
    alone = [student.fisher_diagonal(model, x[i : i + 1])["inner.bias"] for i in range(BATCH)]
    assert_same(once["inner.bias"], torch.stack(alone).mean(0))


@claims(
    "without those that do not require gradients; a parameter that takes no part in the logits has 0",
    "its parameters and their `.grad` stay as they are",
)
def test_fisher_leaves_the_model_alone(student, reference, rng, device):
    """Parameters and their gradients stay as they are; a frozen or unused parameter is left out or has 0; float32
    stays float32.

    参数及其梯度保持不变；冻结的参数不出现，未用到的参数为 0；float32 的结果仍是 float32。
    """
    model, twin = (model_of(module, device, spare=True).float() for module in (student, reference))
    x = rng.normal(BATCH, FEATURES)
    for one in (model, twin):
        set_attribute(one, "inner.weight.requires_grad", False)
        set_attribute(one, "outer.bias.grad", torch.full((CLASSES,), 3.0, device=device))
    before = model.state_dict()

    fisher = student.fisher_diagonal(model, x)
    assert_same(fisher, reference.fisher_diagonal(twin, x), rtol=1e-4)  # float32 sums over 7 examples and 11 classes
    kept, none = attribute(model, "outer.bias.grad"), attribute(model, "inner.bias.grad")
    expect(
        kept is not None and bool((kept == 3.0).all()) and none is None,
        "The `.grad` of the parameters is not what it was before the call.",
        "调用之后，参数的 `.grad` 与之前不同。",
    )
    assert_same(model.state_dict(), before)


@claims("It is in the parameters' dtype and device")
def test_fisher_is_where_the_parameters_are(student, reference, rng, device):
    """The information lies on the device of the parameters: on a GPU, every new tensor is made there.

    费舍尔信息与参数在同一设备上：在 GPU 上，新建的张量也要在那里。
    """
    x = rng.normal(BATCH, FEATURES, dtype=torch.float64)

    got = follows_device(student.fisher_diagonal, model_of(student, device), x)
    assert_same(got, reference.fisher_diagonal(model_of(reference, device), x))


@claims(
    "No entry is part of a graph",
)
def test_fisher_is_part_of_no_graph(student, rng, device):
    """What comes back is part of no graph: nothing can be differentiated through it, or would keep the model's
    activations alive.

    返回的结果不属于任何计算图：无法对它求导，它也不会让模型的中间结果一直留在内存中。
    """
    x = rng.normal(BATCH, FEATURES, dtype=torch.float64)

    # Nothing can be differentiated that carries no gradient: torch says so.
    assert_raises(RuntimeError, gradients, student.fisher_diagonal, model_of(student, device), x, wrt=(1,))


@claims(
    "The model is used in the mode that it is in",
)
def test_fisher_uses_the_mode_of_the_model(student, rng, device):
    """The model is used in the mode that it is in, training or evaluation, and stays in it.

    模型处于训练还是评估模式，就按哪种模式使用，之后保持该模式不变。
    """
    nn = student.given("torch.nn")
    # A dropout of everything: in training nothing of what stands in front of it reaches the logits.
    model = nn.Sequential(nn.Linear(FEATURES, HIDDEN), nn.Dropout(1.0), nn.Linear(HIDDEN, CLASSES))
    model = model.double().to(str(device))
    shapes = {"0.weight": (HIDDEN, FEATURES), "0.bias": (HIDDEN,), "2.weight": (CLASSES, HIDDEN), "2.bias": (CLASSES,)}
    model.load_state_dict({name: rng.normal(*shape, dtype=torch.float64) for name, shape in shapes.items()})
    x = rng.normal(BATCH, FEATURES, dtype=torch.float64)

    for training in (True, False):
        model.train(training)
        fisher = student.fisher_diagonal(model, x)
        expect(
            attribute(model, "training") == training,
            "The mode of the model was changed: training was {training}.",
            "模型的模式被改变了：training 原为 {training}。",
            training=training,
        )
        expect(
            bool((fisher["0.weight"] == 0).all()) == training,
            "The model was not used in the mode that it is in: training is {training}.",
            "没有按模型当前的模式使用它：training 为 {training}。",
            training=training,
        )


# ---- ewc_penalty


@claims(
    "strength / 2 * sum of fisher * (parameter - anchor) ** 2",
    "as a tensor without axes",
    "Parameters not named in `fisher`, such as a new output layer, are free",
    "An empty `fisher` gives 0",
    "if a name in `fisher` is missing in `parameters` or `anchor`",
)
def test_penalty_of_a_worked_example(student, device):
    """Moved by 2 and by -1, with importance 3 and 0.5 and strength 4: 4 / 2 * (3 * 4 + 0.5 * 1) = 25.

    分别移动 2 和 -1，重要性为 3 和 0.5，强度为 4：4 / 2 * (3 * 4 + 0.5 * 1) = 25。
    """
    now = {"a": tensor([[3.0]], device), "b": tensor([0.0, 7.0], device), "new": tensor([9.0], device)}
    anchor = {"a": tensor([[1.0]], device), "b": tensor([1.0, 7.0], device)}
    fisher = {"a": tensor([[3.0]], device), "b": tensor([0.5, 100.0], device)}

    assert_same(student.ewc_penalty(now, anchor, fisher, 4.0), tensor(25.0, device))
    assert_raises(KeyError, student.ewc_penalty, {"a": now["a"]}, anchor, fisher, 1.0)
    assert_raises(KeyError, student.ewc_penalty, now, {"a": anchor["a"]}, fisher, 1.0)
    assert_same(float(student.ewc_penalty(now, anchor, {}, 4.0)), 0.0)


@claims(
    "Nothing is modified",
)
def test_penalty_agrees_with_the_reference(student, reference, rng):
    """Random parameters, in float64 and float32, give the reference's penalty, and nothing is modified.

    随机参数（float64 和 float32）得到与参考答案相同的惩罚项，且不修改任何输入。
    """
    for dtype in (torch.float64, torch.float32):
        now, anchor, fisher = parameters_of(rng, dtype)
        got = unchanged(student.ewc_penalty, now, anchor, fisher, 0.7)
        assert_same(got, reference.ewc_penalty(now, anchor, fisher, 0.7))


@claims(
    "are constants, even if they require gradients",
)
def test_gradients_flow_to_the_parameters_alone(student, rng):
    """The gradient is strength * fisher * (parameter - anchor); anchor and fisher get none, even if they require one.

    梯度为 strength * fisher * (parameter - anchor)；anchor 和 fisher 即使要求梯度也得不到梯度。
    """
    now, anchor, fisher = parameters_of(rng)
    tied = student.given("tiny_classifier").Penalised(student.ewc_penalty, now, anchor, fisher)

    got = parameter_gradients(tied, 0.7)
    weight = (
        torch.tensor(1.0, dtype=torch.float64).cos().item()
    )  # `gradients` weighs the first number of an answer with cos(1)
    for name in now:
        assert_same(got[f"now.{name}"], weight * 0.7 * fisher[name] * (now[name] - anchor[name]))
        assert_same(got[f"anchor.{name}"], None)
        assert_same(got[f"fisher.{name}"], None)


# ---- ReservoirBuffer


@claims(
    "a list of at most `capacity`",
    "how many items the stream has brought so far",
    "While there is room, an item is kept",
    "Items are neither looked at nor copied; equal items are different items",
)
def test_buffer_keeps_what_fits(student):
    """Up to its capacity the buffer keeps everything; after that it stays full, with different items of the stream.

    容量以内全部保留；超过容量后保持满员，其中是流中互不相同的条目。
    """
    buffer = buffer_of(student, 5, [3, 3, "x"])
    assert_same(sorted(map(str, attribute(buffer, "items"))), ["3", "3", "x"])
    # A lock cannot be copied, nor is it equal to another.
    threading = student.given("threading")
    locks = student.ReservoirBuffer(5)
    locks.extend([threading.Lock(), threading.Lock()])
    assert_same(attribute(locks, "seen"), 2)
    assert_same(len(attribute(locks, "items")), 2)
    buffer.extend([])
    buffer.extend(list(range(10, 27)))

    assert_same(attribute(buffer, "seen"), 20)
    kept = [str(item) for item in attribute(buffer, "items")]
    expect(len(kept) == 5 and not Counter(kept) - Counter(["3", "3", "x", *map(str, range(10, 27))]),
           "The buffer holds {kept}.", "缓冲区中是 {kept}。", kept=kept)  # fmt: skip


@claims(
    "Each item seen so far is kept with the same probability",
)
def test_every_item_has_the_same_chance(student):
    """Of 4000 items 1000 are kept, as many from the beginning, the middle and the end of the stream.

    4000 个条目保留 1000 个，来自流的开头、中间和结尾的一样多。
    """
    stream = list(range(4000))
    items = attribute(buffer_of(student, 1000, stream, seed=1), "items")

    # A quarter gives 250, standard deviation sqrt(1000 * 1/4 * 3/4 * 3/4) = 11.9; 5.5 of them, 4 quarters: 2e-7.
    assert_same(len(set(items)), 1000)
    for quarter in range(4):
        count = sum(quarter * 1000 <= item < (quarter + 1) * 1000 for item in items)
        expect(abs(count - 250) < 65, "Quarter {q} of the stream has {count} items, expected about 250.",
               "流的第 {q} 个四分之一保留了 {count} 个条目，应约为 250。", q=quarter + 1, count=count)  # fmt: skip


def test_the_first_item_can_stay(student):
    """With room for one of three items, sometimes the first is kept, sometimes the second, sometimes the third.

    三个条目只能容纳一个时，有时保留第一个，有时第二个，有时第三个。
    """
    kept = {attribute(buffer_of(student, 1, ["1st", "2nd", "3rd"], seed), "items")[0] for seed in range(41)}

    # 41 draws without a given one of three: 6e-8
    assert_same(sorted(kept), ["1st", "2nd", "3rd"])


@after("test_the_first_item_can_stay")
@claims(
    "replaces a kept one, chosen uniformly, with probability capacity / n",
)
def test_the_second_item_replaces_the_first_half_the_time(student):
    """With room for one, the second item is kept with probability 1/2.

    只能容纳一个时，第二个条目被保留的概率为 1/2。
    """
    second = sum(attribute(buffer_of(student, 1, [0, 1], seed), "items") == [1] for seed in range(400))

    # 400 coins: standard deviation 10; five of them, 6e-7.
    expect(abs(second - 200) <= 50, "The second item was kept {n} times of 400.",
           "第二个条目在 400 次中被保留 {n} 次。", n=second)  # fmt: skip


@claims(
    "All randomness comes from the buffer's `seed`",
)
def test_seed_and_stream_decide(student):
    """The same seed gives the same items, however the stream is cut into calls and whoever else draws in between;
    another seed gives others.

    种子相同则结果相同，不论流被分成几次调用，也不论其间还有谁在抽取随机数；种子不同则结果不同。
    """
    stream = list(range(101))
    whole = attribute(buffer_of(student, 11, stream, seed=5), "items")
    cut = buffer_of(student, 11, stream[:7], seed=5)
    neighbour = buffer_of(student, 3, stream, seed=7)
    for start, end in ((7, 13), (13, 14), (14, 101)):
        cut.extend(stream[start:end])
        neighbour.extend(stream)

    assert_same(sorted(attribute(cut, "items")), sorted(whole))
    other = attribute(buffer_of(student, 11, stream, seed=6), "items")
    expect(sorted(other) != sorted(whole), "Seeds 5 and 6 give the same items.", "种子 5 和 6 给出了相同的结果。")


@claims(
    "They are drawn uniformly, without replacement, and the buffer keeps them",
    "if there are fewer than `count`",
)
def test_samples_are_drawn_without_replacement(student):
    """A sample has different items of the buffer, another one each time; the buffer keeps them; too many are a
    ValueError.

    抽样得到缓冲区中互不相同的条目，每次不同；缓冲区不变；数量过多时抛出 ValueError。
    """
    buffer = buffer_of(student, 13, list(range(13)))
    alike = buffer_of(student, 13, ["a"] * 13)
    assert_same(alike.sample(5), ["a"] * 5)
    left = len(attribute(alike, "items"))
    expect(left == 13, "After a sample of 5, {left} of 13 items are left in the buffer.",
           "抽取 5 个之后，缓冲区的 13 个条目还剩 {left} 个。", left=left)  # fmt: skip
    drawn = [buffer.sample(5) for _ in range(60)]

    assert_same(sorted(buffer.sample(13)), list(range(13)))
    assert_same([len(set(sample)) for sample in drawn], [5] * 60)
    assert_same(sorted(attribute(buffer, "items")), list(range(13)))
    # Each item is in 23 of 60 samples, standard deviation 3.8; five and a half of them, 13 items: 5e-7.
    counts = Counter(item for sample in drawn for item in sample)
    expect(all(3 <= counts[item] <= 43 for item in range(13)), "Some items are drawn far more often than others.",
           "有些条目被抽到的次数远多于其他条目。")  # fmt: skip
    assert_raises(ValueError, buffer.sample, 14)
