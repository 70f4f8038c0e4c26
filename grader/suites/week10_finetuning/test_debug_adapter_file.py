"""Hidden suite of week 10, debug_adapter_file.

What worked when the program was given is worth no points and must still work: the tests with points stand after it.
Not covered: speed, other optimizers.
"""

import torch

from grader.suite import after, assert_raises, assert_same, attribute, claims, expect, points

VOCABULARY, WIDTH, CLASSES = 13, 7, 3
BASE = 5
LEARNED = ["head.bias", "head.weight", "mix.thin_in.weight", "mix.thin_out.weight"]


def classifier(module, start):
    """A fresh classifier on the base of everybody."""
    return module.Classifier(VOCABULARY, WIDTH, CLASSES, BASE, start)


def texts(rng):
    """Texts whose label is the class that their first token belongs to."""
    ids = rng.integers(0, VOCABULARY, 17, 5)
    return ids, ids[:, 0] % CLASSES


def trained(module, rng, steps=40):
    """A classifier after training, with the texts and their labels."""
    model = classifier(module, 1)
    ids, labels = texts(rng)
    module.train(model, ids, labels, steps)
    return model, ids, labels


@claims("embedding, mix.fixed: the base model; they do not learn")
def test_training_agrees_with_the_reference(student, reference, rng):
    """Training changes the head and the thin maps as the reference does: this worked when you got the program.

    训练对分类头和细长映射的改变与参考答案一致：你拿到程序时，这一点本来就是对的。
    """
    ids, labels = texts(rng)
    mine, ours = classifier(student, 1), classifier(reference, 1)

    assert_same(student.train(mine, ids, labels, 23), reference.train(ours, ids, labels, 23))
    assert_same(dict(mine.state_dict()), dict(ours.state_dict()))


@after("test_training_agrees_with_the_reference")
def test_the_base_is_not_saved(student, rng):
    """The base model is not saved with what was learned: this worked when you got the program.

    保存所学内容时，不保存基础模型：你拿到程序时，这一点本来就是对的。
    """
    model, *_ = trained(student, rng, steps=2)

    saved = student.what_it_learned(model)

    expect(
        not [name for name in saved if name.startswith(("embedding", "mix.fixed"))],
        en="What was saved holds {names}.",
        zh="保存的内容里有 {names}。",
        names=", ".join(saved),
    )


@after("test_the_base_is_not_saved")
@claims("mix.thin_in, mix.thin_out: the low-rank change", "ValueError: the model has no parameter of that name")
def test_the_low_rank_change_comes_back(student, rng):
    """The thin maps come back, and an unknown name is refused: this worked when you got the program.

    细长映射能够恢复，未知的名称会被拒绝：你拿到程序时，这一点本来就是对的。
    """
    model, *_ = trained(student, rng)
    before = model.state_dict()
    saved = student.what_it_learned(model)
    other = classifier(student, 2)

    student.put_back(other, saved)

    names = ("mix.thin_in.weight", "mix.thin_out.weight")
    assert_same([other.state_dict()[name] for name in names], [before[name] for name in names])
    assert_raises(ValueError, student.put_back, other, {"mix.thick.weight": torch.zeros(2, 7)})


@after("test_the_low_rank_change_comes_back")
@claims("What the model learns later does not change them", "what this model learns later does not change `learned`")
def test_what_was_saved_stays(student, rng):
    """What was saved stays as it is when training goes on, in the model that it comes from and in one to which it was
    put back: this worked when you got the program.

    保存的内容在继续训练时保持不变，无论训练的是它所来自的模型，还是装回了它的模型：你拿到程序时，这一点本来就是对的。
    """
    model, ids, labels = trained(student, rng, steps=3)
    other = classifier(student, 2)
    memory = student.given("tiny_models").Memory(student.what_it_learned, model)
    before = attribute(memory, "kept")

    student.train(model, ids, labels, 3)
    assert_same(attribute(memory, "kept"), before)
    memory.hand_on(student.put_back, other)
    student.train(other, ids, labels, 3)
    assert_same(attribute(memory, "kept"), before)


@after("test_what_was_saved_stays")
@points(3)
def test_a_restored_model_answers_as_the_trained_one(student, rng):
    """A new model, to which what was learned is put back, answers as the trained one, on new texts too.

    把所学内容装回一个新的模型，它的结果与训练好的模型相同，对新的文本也一样。
    """
    model, *_ = trained(student, rng)
    other = classifier(student, 2)
    new = rng.integers(0, VOCABULARY, 11, 3)

    student.put_back(other, student.what_it_learned(model))

    assert_same(other(new).detach(), model(new).detach())


@after("test_what_was_saved_stays")
@points(2)
def test_training_goes_on_where_it_stopped(student, rng):
    """Training that goes on in a restored model reaches what the same training would have reached without a break.

    在恢复的模型里继续训练，得到的结果与中间不停顿的训练相同。
    """
    model, ids, labels = trained(student, rng, steps=11)
    other = classifier(student, 3)

    student.put_back(other, student.what_it_learned(model))

    assert_same(student.train(other, ids, labels, 7), student.train(model, ids, labels, 7))


@after("test_what_was_saved_stays")
@points(1)
@claims("head: nn.Linear from the width to the classes")
def test_what_is_saved_is_what_learns(student, rng):
    """What is saved is what has learned, by name and in its shapes.

    保存的正是学过的那些参数，名称和形状都对得上。
    """
    model, *_ = trained(student, rng, steps=5)
    state = model.state_dict()

    saved = student.what_it_learned(model)

    assert_same(dict(sorted(saved.items())), {name: state[name] for name in LEARNED})
