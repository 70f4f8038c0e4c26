"""Visible examples of week 16, caption: worked numbers that you can check by hand."""

import math

import torch

from grader.suite import assert_raises, assert_same, attribute, expect, gradients


def test_labels_of_a_caption(student):
    """The prompt is 8 8; the answer is 5 6 and its end 1; the last 1 is padding.

    提示是 8 8；回答是 5 6 和结束词元 1；最后的 1 是填充。
    """
    labels = student.caption_labels(torch.tensor([[8, 8, 5, 6, 1, 1]]), torch.tensor([2]), 1)

    assert_same(labels.tolist(), [[-100, -100, 5, 6, 1, -100]])


def test_a_loss_of_log_4(student):
    """All four tokens are equally likely for the one that counts: the loss is log 4.

    对唯一计入的位置，四个词元可能性相同：损失为 log 4。
    """
    logits = torch.tensor([[[9.0, 0, 0, 0], [0, 0, 0, 0], [0, 9.0, 0, 0]]])

    assert_same(student.caption_loss(logits, torch.tensor([[3, -100, 2]])), torch.tensor(math.log(4)))


def test_two_captions(student):
    """The scripts of the two rows end with token 1 after two tokens and after one.

    两行的脚本分别在两个、一个词元后以词元 1 结束。
    """
    model = student.given("scripted").Scripted([[6, 7, 1], [5, 1, 9]], prompt=1)
    features = torch.zeros(2, 4, 3)

    assert_same(student.greedy_caption(model, features, torch.tensor([[3], [3]]), 1), [[6, 7], [5]])
    assert_same(student.greedy_caption(model, features, torch.tensor([[3], [3]]), 1, most=1), [[6], [5]])


def test_an_answer(student):
    """The question "4 8" is the tokens 4 8; what the model writes, 6 and the end, is the text "6".

    问题 "4 8" 是词元 4 8；模型写出 6 和结束词元，即文本 "6"。
    """
    model = student.given("scripted").Scripted([[6, 1]], prompt=3)

    assert_same(student.answer(model, torch.zeros(3, 2, 2), "4 8"), "6")


def test_labels_of_two_rows(student):
    """Each row has a prompt of its own, in which 1 ends nothing; a 0 in the answer is learnt, and what stands behind
    the first 1 of the answer is padding, whatever it is.

    每行的提示长度各自不同，提示里的 1 不表示结束；回答里的 0 也要学；回答的第一个 1 之后，无论是什么都是填充。
    """
    labels = student.caption_labels(torch.tensor([[1, 8, 5, 0, 1, 0], [8, 5, 6, 1, 7, 7]]), torch.tensor([2, 1]), 1)

    assert_same(labels.tolist(), [[-100, -100, 5, 0, 1, -100], [-100, 5, 6, 1, -100, -100]])


def test_a_loss_of_two_captions(student):
    """The first caption is sure of each of its three tokens, a cost of 0; the second knows nothing of its only one. The
    mean of four is log 4 / 4. NaN in logits that do not count changes nothing, and bfloat16 gives a float32.

    第一条描述对它的三个词元都确信无疑，代价为 0；第二条对唯一的词元一无所知。四个的均值是 log 4 / 4。
    不计入的 logits 里有 NaN 也不影响；bfloat16 的结果是 float32。
    """
    sure = torch.tensor([[0.0, 99, 0, 0], [0, 0, 99, 0], [0, 0, 0, 99], [math.nan] * 4])
    logits = torch.stack([sure, torch.zeros(4, 4)])
    logits[1, 1] = math.nan
    labels = torch.tensor([[0, 1, 2, 3], [-100, 2, -100, -100]])

    assert_same(student.caption_loss(logits, labels), torch.tensor(math.log(4) / 4))
    assert_same(student.caption_loss(logits.bfloat16(), labels), torch.tensor(math.log(4) / 4))
    (slopes,) = gradients(student.caption_loss, logits, labels)
    expect(slopes.isfinite().all(), "The gradient is NaN where nothing counts.", "不计入之处的梯度是 NaN。")


def test_how_the_model_is_called(student):
    """Both rows have ended after three steps, so that there are three calls, in evaluation mode and without gradients.
    Afterwards the frozen part is still in evaluation mode, and the rest in training mode.

    三步之后两行都已结束，所以只调用三次；调用时处于评估模式，也不记录梯度；之后冻结的部分仍是评估模式，
    其余仍是训练模式。
    """
    given = student.given("scripted")
    model = given.Scripted([[6, 7, 1], [1, 1, 9]])
    attribute(model, "frozen").eval()
    before = given.modes(model)

    assert_same(student.greedy_caption(model, torch.zeros(2, 4, 3), torch.tensor([[3, 1], [3, 1]]), 1), [[6, 7], []])
    assert_same((len(attribute(model, "calls")), attribute(model, "careless")), (3, 0))
    assert_same(given.modes(model), before)


def test_what_the_model_sees(student):
    """A dark picture of bytes 0 and 1 is seen as 0 and 1/255, one of floats as it is, in the order of its colours; the
    question is followed by the token 2, model.ask. Floats above 1 are refused.

    由字节 0 和 1 组成的暗图，模型看到的是 0 和 1/255；浮点图原样，颜色次序不变；问题后面是词元 2，即 model.ask。
    大于 1 的浮点数会被拒绝。
    """
    colours = torch.tensor([1.0, 0.0, 0.0]).view(3, 1, 1)
    for image, seen in ((colours.to(torch.uint8), colours / 255), (colours, colours)):
        model = student.given("scripted").Scripted([[6, 1]], prompt=3)
        assert_same(student.answer(model, image, "4 8"), "6")
        assert_same(attribute(model, "pictures"), [seen[None]])
        assert_same((attribute(model, "calls")[0], attribute(model, "careless")), ([[4, 8, 2]], 0))
    assert_raises(ValueError, student.answer, model, 255 * colours, "4 8")
