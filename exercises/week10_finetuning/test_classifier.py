"""Examples of week 10, classifier: three vectors and a padding, and a run on a handful of reviews."""

import math

import torch

from grader.suite import assert_raises, assert_same, dataset

HIDDEN = torch.tensor([[[1.0], [2.0], [6.0], [99.0]]])
MASK = torch.tensor([[1, 1, 1, 0]])


def test_poolings(student):
    """Of 1, 2 and 6, with 99 in the padding, the first is 1, the last 6, and the mean 3.

    对于 1、2、6 和填充处的 99：第一个是 1，最后一个是 6，均值是 3。
    """
    for how, right in (("first", 1.0), ("last", 6.0), ("mean", 3.0)):
        assert_same(student.pool(HIDDEN, MASK, how), torch.tensor([[right]]))
    assert_raises(ValueError, student.pool, HIDDEN, MASK, "median")


def test_padding_on_the_left(student):
    """The same vectors behind the padding give the same answers.

    把同样的向量放在填充后面，结果相同。
    """
    hidden, mask = HIDDEN.roll(1, 1), MASK.roll(1, 1)

    assert_same(student.pool(hidden, mask, "first"), torch.tensor([[1.0]]))
    assert_same(student.pool(hidden, mask, "last"), torch.tensor([[6.0]]))


def test_loss_of_a_blank_head(student):
    """A head of zeros gives the logits (0, 0, 0), and the loss log 3.

    全零的分类头给出 logits (0, 0, 0)，损失为 log 3。
    """
    model = student.ReviewClassifier(student.given("tiny_models").tiny_encoder(seed=0), 3)
    state = model.state_dict()
    model.load_state_dict({**state, "head.weight": torch.zeros(3, 5), "head.bias": torch.zeros(3)})

    answer = model(torch.tensor([[4, 5, 6]]), torch.tensor([[1, 1, 1]]), labels=torch.tensor([2]))
    assert_same(answer, {"loss": torch.tensor(math.log(3)), "logits": torch.zeros(1, 3)})


def test_a_short_run(student):
    """A run on the first eight reviews gives two logits for each text.

    用前 8 条评论跑一次，每条文本得到两个 logits。
    """
    rows = student.given("tiny_bert").read_reviews(str(dataset("sentiment_reviews") / "train.jsonl"))
    first = [rows[i] for i in range(8)]

    logits = student.fine_tune(first, ["A lovely day.", "无聊的一天。"])
    assert_same(list(logits.shape), [2, 2])
