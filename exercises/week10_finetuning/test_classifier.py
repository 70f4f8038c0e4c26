"""Examples of week 10, classifier: three vectors and a padding, and a run on a handful of reviews."""

import math

import torch

from grader.suite import assert_raises, assert_same, attribute, dataset, expect, trainable

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
    """A head of zeros gives the logits (0, 0, 0), and the loss log 3, for one text and for two.

    全零的分类头给出 logits (0, 0, 0)，损失为 log 3；一条文本和两条文本都一样。
    """
    model = student.ReviewClassifier(student.given("tiny_models").tiny_encoder(seed=0), 3)
    state = model.state_dict()
    model.load_state_dict({**state, "head.weight": torch.zeros(3, 5), "head.bias": torch.zeros(3)})

    answer = model(torch.tensor([[4, 5, 6]]), torch.tensor([[1, 1, 1]]), labels=torch.tensor([2]))
    assert_same(answer, {"loss": torch.tensor(math.log(3)), "logits": torch.zeros(1, 3)})
    two = model(torch.tensor([[4, 5], [6, 7]]), torch.ones(2, 2, dtype=torch.int64), labels=torch.tensor([2, 0]))
    assert_same(two["loss"], torch.tensor(math.log(3)))


def test_a_short_run(student):
    """A run on the first eight reviews gives two logits for each text.

    用前 8 条评论跑一次，每条文本得到两个 logits。
    """
    rows = student.given("tiny_bert").read_reviews(str(dataset("sentiment_reviews") / "train.jsonl"))
    first = [rows[i] for i in range(8)]

    logits = student.fine_tune(first, ["A lovely day.", "无聊的一天。"])
    assert_same(list(logits.shape), [2, 2])


def test_whatever_stands_in_the_padding(student):
    """NaN in the padding changes nothing: the mean of 1, 2 and 6 is 3. A text that is nothing but padding gives 0.

    填充处是 NaN 也不影响：1、2、6 的均值还是 3。全是填充的文本得到 0。
    """
    hidden = torch.tensor([[[1.0], [2.0], [6.0], [math.nan]], [[math.nan]] * 4])

    assert_same(student.pool(hidden, torch.tensor([[1, 1, 1, 0], [0, 0, 0, 0]]), "mean"), torch.tensor([[3.0], [0.0]]))


def test_dropout_is_in_front_of_the_head(student):
    """The head adds its bias after the dropout, so that with weights of zero and a bias of (1, 2) the logits are 1 and
    2. With other weights, 50 copies of a text get different logits in training mode and equal ones in evaluation mode.

    分类头在 dropout 之后才加偏置，所以权重为零、偏置为 (1, 2) 时 logits 就是 1 和 2。换成别的权重时，
    同一条文本的 50 份在训练模式下得到不同的 logits，在评估模式下得到相同的。
    """
    model = student.ReviewClassifier(student.given("tiny_models").tiny_encoder(seed=0), 2, dropout=0.5)
    state, bias = dict(model.state_dict()), torch.tensor([1.0, 2.0])
    ids, mask = torch.tensor([[4, 5, 6]]).expand(50, 3), torch.ones(50, 3, dtype=torch.int64)

    model.load_state_dict({**state, "head.weight": torch.zeros(2, 5), "head.bias": bias})
    assert_same(model(ids, mask)["logits"], bias.expand(50, 2))
    model.load_state_dict({**state, "head.weight": torch.ones(2, 5)})
    trained = model(ids, mask)["logits"]
    expect((trained != trained[0]).any(), "Nothing is dropped in training mode.", "训练模式下什么也没有丢弃。")
    model.eval()
    calm = model(ids, mask)["logits"]
    assert_same(calm, calm[:1].expand(50, 2))


def test_head_and_encoder(student):
    """Everything learns, the encoder too, and the head has the dtype of the encoder.

    全部参数都可学习，编码器也在内；分类头与编码器的 dtype 相同。
    """
    model = student.ReviewClassifier(student.given("tiny_models").tiny_encoder(seed=0).double(), 2)

    assert_same([name for name, learns in trainable(model).items() if not learns], [])
    assert_same(str(attribute(model, "head.weight").dtype), "torch.float64")
