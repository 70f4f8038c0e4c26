"""Hidden suite of the second toy exercise: what a submission might tell about itself is counted in the judge.

Not covered: words longer than a line.
"""

from grader.suite import after, assert_same, expect, points, served

SHARPNESS = 2.0


class Model:
    """Tells the next token of each; counts its calls."""

    def __init__(self):
        self.calls = []

    def __call__(self, tokens):
        self.calls.append(list(tokens))
        return [(3 * token + 1) % 17 for token in tokens]


@points(20)
def test_right_tokens(student, reference):
    """Every text goes on as the model says.

    每段文本都按模型所说继续。
    """
    assert_same(student.write(Model(), [[1], [4, 5]], 5), reference.write(Model(), [[1], [4, 5]], 5))


@points(30)
@after("test_right_tokens")
def test_one_call_a_step(student, device):
    """Five steps of three texts are five calls of three tokens.

    三段文本的五步是五次调用，每次三个词元。
    """
    model = Model()
    got = student.write(served(student, model, device=device), [[1], [4, 5], [7]], 5)

    expect(
        [len(call) for call in model.calls] == [3] * 5,
        "It was called {n} times.",
        "调用了 {n} 次。",
        n=len(model.calls),
    )
    assert_same([text[-1] for text in got], Model()(model.calls[-1]))


@points(20)
def test_lines(student, reference, rng):
    """Lines hold as many words as fit.

    每行放尽可能多的词。
    """
    text = " ".join("abcdefg"[: 1 + int(number)] for number in rng.integers(0, 7, 101))

    assert_same(student.wrapped(text, 23), reference.wrapped(text, 23))


@points(10)
@after("test_lines")
def test_chances(student, rng):
    """Each token comes with its probability.

    每个词元按其概率出现。
    """
    logits = SHARPNESS * rng.normal(4001, 13)

    as_likely_as_told(student.draw(logits, rng.generator()), None, logits)


def as_likely_as_told(got, expected, logits):
    """The drawn tokens are as probable as drawn tokens are: 7 standard deviations, probability 3e-12."""
    probs = logits.double().softmax(-1)
    drawn = probs.gather(-1, got[:, None]).squeeze(-1)
    mean, square = (probs**2).sum(-1), (probs**3).sum(-1)
    distance = (drawn - mean).sum() / (square - mean**2).sum().sqrt()
    expect(abs(distance) < 7, "The tokens are not drawn with their probabilities.", "词元不是按概率抽取的。")


@points(20)
@after("test_chances")
def test_fast(student, reference, speed):
    """At most three times the reference's time.

    最多为参考答案用时的三倍。
    """
    speed(student, reference).call(
        "draw",
        lambda rng: SHARPNESS * rng.normal(4001, 13),
        lambda rng: rng.generator(),
        at_most=3.0,
        check=as_likely_as_told,
    )
