"""Hidden suite of week 02, debug_bayes.

What worked when the program was given is worth no points and must still work: the tests with points stand after it.
Not covered: speed, other ways of smoothing.
"""

import torch

from grader.suite import after, assert_same, attribute, claims, points, unchanged

WORDS = 11


def problem(rng, dtype=torch.float64):
    """Counts of words in 13 short texts of 3 classes, whose shares differ."""
    labels = torch.tensor([0] * 7 + [1] * 2 + [2] * 4, device=rng.normal(1).device)
    return rng.integers(0, 3, 13, WORDS).to(dtype), labels


def pair(student, reference, rng, dtype=torch.float64):
    counts, labels = problem(rng, dtype)
    both = [module.NaiveBayes() for module in (student, reference)]
    for model in both:
        model.fit(counts, labels)
    return both


def gaps(joint):
    """What the classes of a text differ by: a constant that they share may be left out or not."""
    return joint - joint[:, :1]


@claims("the share of each class among the training texts", "the share of each word among the words of a class")
def test_what_was_learned(student, rng):
    """Shares of classes and words are learned as before, and fit changes no argument: this worked already.

    类别和词的比例照旧学到，fit 不修改参数：这一点本来就是对的。
    """
    counts, labels = problem(rng)
    model = student.NaiveBayes()
    unchanged(model.fit, counts, labels)

    assert_same(attribute(model, "prior"), torch.tensor([7, 2, 4], device=counts.device).double() / 13)
    totals = torch.stack([counts[labels == one].sum(0) for one in range(3)]) + 1
    assert_same(attribute(model, "likelihood"), totals / totals.sum(1, keepdim=True))


@after("test_what_was_learned")
def test_short_texts(student, reference, rng):
    """Short texts get the reference's probabilities and classes: this worked when you got the program.

    短文本的概率和类别与参考答案一致：你拿到程序时，这一点本来就是对的。
    """
    mine, ours = pair(student, reference, rng)
    short = rng.integers(0, 3, 17, WORDS).double()

    assert_same(mine.predict_proba(short), ours.predict_proba(short))
    assert_same(mine.predict(short), ours.predict(short))


@after("test_short_texts")
@points(2)
def test_long_texts(student, reference, rng):
    """Texts of thousands of words get the reference's log joint, but for a shared constant, probabilities and classes.

    几千个词的文本，其对数联合概率（相差一个各类共有的常数不计）、概率和类别与参考答案一致。
    """
    mine, ours = pair(student, reference, rng)
    long = rng.integers(0, 700, 17, WORDS).double() + 300

    assert_same(gaps(unchanged(mine.log_joint, long)), gaps(ours.log_joint(long)))
    assert_same(mine.predict_proba(long), ours.predict_proba(long))
    assert_same(mine.predict(long), ours.predict(long))


@after("test_short_texts")
@points(2)
def test_a_text_of_one_word_many_times(student, rng, device):
    """A word that only class 2 uses, ten thousand times over: class 2 for certain.

    一个只有类别 2 使用的词重复一万次：必定是类别 2。
    """
    model = student.NaiveBayes()
    model.fit(torch.tensor([[4.0, 0.0], [4.0, 1.0], [0.0, 5.0]], device=device), torch.tensor([0, 1, 2], device=device))
    text = torch.tensor([[0.0, 10_000.0], [10_000.0, 0.0]], device=device)

    assert_same(model.predict_proba(text)[0], torch.tensor([0.0, 0.0, 1.0], device=device))
    assert_same(model.predict(text), torch.tensor([2, 0], device=device))


@after("test_short_texts")
@points(1)
def test_the_prior_of_a_long_text(student, device):
    """Classes that use their words alike keep their prior, however long the text: 3/4 and 1/4.

    如果各类用词的比例相同，无论文本多长，概率都等于先验：3/4 和 1/4。
    """
    model = student.NaiveBayes()
    counts = torch.tensor([[1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [2.0, 2.0]], device=device)
    model.fit(counts, torch.tensor([0, 0, 0, 1], device=device))

    expected = torch.tensor([[0.75, 0.25]], device=device)
    assert_same(model.predict_proba(torch.tensor([[2000.0, 1500.0]], device=device)), expected, rtol=5e-3, atol=5e-3)
