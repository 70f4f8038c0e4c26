"""Hidden suite of week 16, caption.

What is written is judged with a model that follows a script and remembers its calls, and with small random models.
Not covered: which of two equally likely tokens is taken, the speed of writing.
"""

import math

import torch

from grader.suite import (
    assert_raises,
    assert_same,
    attribute,
    claims,
    expect,
    gradients,
    points,
    set_attribute,
    unchanged,
)

BATCH, LENGTH, VOCABULARY = 3, 7, 11
WORDS = ["what", "is", "it", "a", "red", "green", "ring", "star", "?", "图", "里", "有", "什", "么", "红", "色", "的"]


def scripted(student, script, prompt=2, vocabulary=20, training=True):
    """A model that writes that script, in training mode but for one part, in which another part is in that mode.

    Not in training mode, but for one part, where `training` is False.
    """
    model = student.given("scripted").Scripted(script, vocabulary, prompt)
    model.train(training)
    set_attribute(model, "frozen.training", False)
    set_attribute(model, "dropout.training", True)
    return model


def features_of(rng, batch):
    return rng.normal(batch, 5, 3)


# caption_labels


@points(1)
@claims(
    "Row i begins with a prompt of prompts[i] tokens, which is not learnt",
    "up to its first token `end`, which belongs to it and is learnt",
    "The rest is padding, whatever its ids: it may be filled with `end` again",
)
def test_labels_by_hand(student, device):
    """The prompt is not learnt, the answer and its end are, and what follows is not, be it the end again or another id.

    提示不学，回答和它的结束词元要学，后面的不学，不管填的是结束词元还是别的 id。
    """
    ids = torch.tensor([[5, 6, 7, 8, 1, 1, 1], [5, 7, 0, 9, 6, 1, 1], [5, 5, 5, 9, 1, 0, 4]], device=device)
    prompts = torch.tensor([2, 1, 3], device=device)
    got = unchanged(student.caption_labels, ids, prompts, 1)

    expected = [[-100, -100, 7, 8, 1, -100, -100], [-100, 7, 0, 9, 6, 1, -100], [-100, -100, -100, 9, 1, -100, -100]]
    assert_same(got, torch.tensor(expected, device=device))


@points(1)
@claims(
    "An answer without `end` goes on to the last column",
    "A token `end` in the prompt ends nothing",
)
def test_labels_at_the_edges(student, device):
    """Without an end everything behind the prompt is learnt; an end in the prompt ends nothing; an answer may be
    nothing but its end; a prompt may be empty, or fill the row. The end may have the number 0.

    没有结束词元时，提示之后的全都要学；提示里的结束词元不结束任何东西；回答可以只有结束词元；
    提示可以为空，也可以占满整行。结束词元的编号可以是 0。
    """
    ids = torch.tensor([[4, 2, 6, 7], [2, 2, 6, 2], [5, 2, 6, 7], [6, 2, 7, 2], [2, 2, 2, 2]], device=device)
    prompts = torch.tensor([2, 2, 1, 0, 4], device=device)
    expected = [[-100, -100, 6, 7], [-100, -100, 6, 2], [-100, 2, -100, -100], [6, 2, -100, -100], [-100] * 4]

    got = student.caption_labels(ids, prompts, 2)
    assert_same(got, torch.tensor(expected, device=device))
    expected = [[0 if label == 2 else label for label in row] for row in expected]
    got = student.caption_labels(ids.masked_fill(ids == 2, 0), prompts, end=0)
    assert_same(got, torch.tensor(expected, device=device))


@points(1)
@claims("`prompts` does not hold one number a row, or one is less than 0 or more than the length")
def test_labels_refuse(student, device):
    """Too few or too many prompt lengths, a negative one and one beyond the row are refused.

    提示长度太少或太多、为负数、超过行长，都应拒绝。
    """
    ids = torch.zeros(2, 3, dtype=torch.int64, device=device)
    for prompts in ([1], [1, 1, 1], [-1, 1], [1, 4]):
        assert_raises(ValueError, student.caption_labels, ids, torch.tensor(prompts, device=device), 1)
    student.caption_labels(ids, torch.tensor([0, 3], device=device), 1)


# caption_loss


def texts(rng, dtype=torch.float64):
    """Logits, and labels that count in some places."""
    logits = 3 * rng.normal(BATCH, LENGTH, VOCABULARY, dtype=dtype)
    labels = rng.integers(0, VOCABULARY, BATCH, LENGTH)
    labels[0, :2], labels[1, :4], labels[1, 6:], labels[2, 3:] = -100, -100, -100, -100
    return logits, labels


@points(1)
@claims(
    "The shift is made here: the logits at t are about the label at t + 1",
    "So the first label of a row never counts, nor do the last logits",
)
def test_loss_by_hand(student, device):
    """Of two words, the model gives the next one 3/4 and then 1/2: (log 4/3 + log 2) / 2. The last logits and the first
    label play no part.

    两个词中，模型先给下一个词 3/4，再给 1/2：损失为 (log 4/3 + log 2) / 2。最后的 logits 和第一个标签不起作用。
    """
    logits = torch.tensor([[[0.0, math.log(3)], [0.0, 0.0], [9.0, -9.0]]], device=device)

    expected = torch.tensor((math.log(4 / 3) + math.log(2)) / 2, device=device)
    for first in (0, 1, -100):
        assert_same(student.caption_loss(logits, torch.tensor([[first, 1, 0]], device=device)), expected)


@points(1)
@claims(
    "A label of -100 does not count (prompt, picture, padding)",
    "Every other token of the batch weighs the same, in a long caption as in a short one",
)
def test_long_and_short_captions(student, reference, rng):
    """Captions of five, two and two tokens: each of the nine weighs the same; views do as well.

    长度为五、二、二个词元的描述：九个词元权重相同；视图也可以。
    """
    logits, labels = texts(rng)
    got = unchanged(student.caption_loss, logits, labels)

    each = [
        -logits[row, place - 1].log_softmax(-1)[labels[row, place]]
        for row in range(BATCH)
        for place in range(1, LENGTH)
        if labels[row, place] >= 0
    ]
    assert_same(got, torch.stack(each).mean())
    turned = logits.transpose(0, 2).contiguous().transpose(0, 2)
    assert_same(student.caption_loss(turned, labels.T.contiguous().T), reference.caption_loss(logits, labels))
    assert_same(student.caption_loss(logits[:1, -2:], labels[:1, -2:]), each[4])


@points(1)
@claims("the logits before it play no part, even if they are NaN: their gradient is 0")
def test_gradients_of_the_loss(student, reference, rng):
    """Gradients agree with the reference, and are 0 where nothing counts, also when NaN or infinity stands there.

    梯度与参考答案一致；不计入的位置梯度为 0，即使那里是 NaN 或无穷。
    """
    logits, labels = texts(rng)
    assert_same(
        gradients(student.caption_loss, logits, labels, wrt=(0,)),
        gradients(reference.caption_loss, logits, labels, wrt=(0,)),
    )
    broken = logits.clone()
    broken[:, -1], broken[1, :3], broken[2, 2:4] = math.nan, -math.inf, math.inf

    assert_same(student.caption_loss(broken, labels), student.caption_loss(logits, labels))
    (got,) = gradients(student.caption_loss, broken, labels, wrt=(0,))
    expect(not bool(got.isnan().any()), "A gradient is NaN.", "梯度中有 NaN。")
    assert_same(got, gradients(reference.caption_loss, logits, labels, wrt=(0,))[0])


@points(1)
@claims("float16 and bfloat16 are computed in float32, and the loss is float32; float64 stays float64")
def test_dtypes_of_the_loss(student, reference, rng):
    """Half precision is computed in float32, float64 in float64; logits in the thousands are no trouble.

    半精度用 float32 计算，float64 用 float64 计算；上千的 logits 也没有问题。
    """
    logits, labels = texts(rng, torch.float32)
    for dtype in (torch.float16, torch.bfloat16):
        expected = reference.caption_loss(logits.to(dtype).float(), labels)
        assert_same(student.caption_loss(logits.to(dtype), labels), expected)
    assert_same(student.caption_loss(logits, labels), reference.caption_loss(logits, labels))
    exact = student.caption_loss(logits.double(), labels)
    assert_same(exact, reference.caption_loss(logits.double(), labels), rtol=1e-12, atol=1e-12)
    large = 1e4 * logits
    assert_same(student.caption_loss(large, labels), reference.caption_loss(large, labels))


@points(1)
@claims("the shapes do not fit, or no token counts")
def test_the_loss_refuses(student, rng):
    """Labels of another shape are refused, and a batch in which no token counts: also if the first label does.

    标签形状不符时应拒绝；没有任何词元计入时也应拒绝，即使有第一个标签。
    """
    logits, labels = texts(rng)
    longer = torch.cat([labels, labels[:, :1]], dim=1)
    for bad in (labels[:, 1:], longer, labels[:1], labels.flatten()):
        assert_raises(ValueError, student.caption_loss, logits, bad)
    nothing = torch.full_like(labels, -100)
    assert_raises(ValueError, student.caption_loss, logits, nothing)
    nothing[:, 0] = 3
    assert_raises(ValueError, student.caption_loss, logits, nothing)
    assert_raises(ValueError, student.caption_loss, logits[:, :1], labels[:, :1])


# greedy_caption


@points(1)
@claims(
    "gets the prompts with all that was written so far",
    "every row that has not ended takes the token with the largest of its last logits",
    "The model is called once a step, with all rows, and no more than needed",
)
def test_one_caption(student, rng, device):
    """The script 7 5 9 end is written in four calls: each gets the prompt and what was written; the answer is 7 5 9.

    脚本 7 5 9 结束，用四次调用写完：每次给模型提示和已写的内容；结果是 7 5 9。
    """
    model = scripted(student, [[7, 5, 9, 1, 6]])
    got = unchanged(student.greedy_caption, model, features_of(rng, 1), torch.tensor([[4, 3]], device=device), 1)

    assert_same(got, [[7, 5, 9]])
    calls = [[[4, 3]], [[4, 3, 7]], [[4, 3, 7, 5]], [[4, 3, 7, 5, 9]]]
    assert_same(attribute(model, "calls"), calls)


@points(1)
@claims(
    "`end` ends a row; the others go on",
    "What a row that has ended is filled with is up to you",
    "Writing stops when every row has ended, or after `most` steps: then a text is cut off",
)
def test_a_batch_of_captions(student, rng, device):
    """Three rows end after one, four and two tokens: a row that has ended writes nothing more, whatever the model says
    later; the model is called four times. An end may come at once, and stand in the prompt.

    三行分别在一、四、两个词元后结束：已结束的行不再写，无论模型后来说什么；共调用四次。
    可以一开始就结束，提示里也可以有结束词元。
    """
    script = [[1, 8, 8, 8, 8], [7, 5, 9, 1, 8], [6, 1, 7, 1, 7]]
    prompt = torch.tensor([[1, 1], [4, 1], [1, 5]], device=device)
    model = scripted(student, script)
    got = unchanged(student.greedy_caption, model, features_of(rng, 3), prompt, 1)

    assert_same(got, [[], [7, 5, 9], [6]])
    calls = attribute(model, "calls")
    assert_same([len(calls), [len(call) for call in calls]], [4, [3] * 4])
    assert_same([call[1] for call in calls], [[4, 1], [4, 1, 7], [4, 1, 7, 5], [4, 1, 7, 5, 9]])


@points(1)
@claims("Writing stops when every row has ended, or after `most` steps: then a text is cut off")
def test_most_steps(student, rng, device):
    """A row without an end is cut off after `most` tokens, 20 if nothing is said; an end at the last step still counts.

    没有结束词元的行在 `most` 个词元后截断，默认 20 个；最后一步的结束词元仍然有效。
    """
    prompt, features = torch.tensor([[4, 3]], device=device), features_of(rng, 1)
    long = [5 + place % 7 for place in range(30)]
    for script, most, expected, calls in (
        (long, 3, long[:3], 3),
        (long, 1, long[:1], 1),
        ([7, 8, 1], 3, [7, 8], 3),
        ([7, 8, 1], 2, [7, 8], 2),
        ([1], 1, [], 1),
    ):
        model = scripted(student, [script])
        assert_same(student.greedy_caption(model, features, prompt, 1, most=most), [expected])
        assert_same(len(attribute(model, "calls")), calls)
    model = scripted(student, [long])
    assert_same(student.greedy_caption(model, features, prompt, 1), [long[:20]])
    model = scripted(student, [[7, 1, 9, 0, 3]])
    assert_same(student.greedy_caption(model, features, prompt, end=0), [[7, 1, 9]])


@points(1)
@claims(
    "`model` is a module",
    "It runs in evaluation mode and records no gradients",
    "afterwards, also if it raises, each of its\nmodules is in the mode in which it was before",
)
def test_modes_while_writing(student, rng, device):
    """The model writes in evaluation mode, without gradients; afterwards it is in training mode again, and its frozen
    part is not, but what is in that part is; so it is if the model raises an error, which goes on to the caller.

    模型在评估模式下、不记录梯度地写；之后它回到训练模式，而冻结的部分仍不在训练模式，但其内部的部分在；
    模型抛出错误（错误应传给调用者）之后也是如此。
    """
    prompt, features = torch.tensor([[4, 3]], device=device), features_of(rng, 1)
    for training in (True, False):
        model = scripted(student, [[7, 1]], training=training)
        before = student.given("scripted").modes(model)
        assert_same(student.greedy_caption(model, features, prompt, 1), [[7]])
        assert_same(attribute(model, "careless"), 0)
        assert_same(student.given("scripted").modes(model), before)
        set_attribute(model, "broken", "forward")
        assert_raises(RuntimeError, student.greedy_caption, model, features, prompt, 1)
        assert_same(student.given("scripted").modes(model), before)


@points(1)
@claims(
    "`most` is less than 1, the prompts are empty, or there are not as many prompts as pictures",
    "The model is not called",
)
def test_writing_refuses(student, rng, device):
    """No step, empty prompts, and more or fewer prompts than pictures are refused before the model is called.

    步数小于 1、提示为空、提示数与图片数不等，都应在调用模型之前拒绝。
    """
    prompt, features = torch.tensor([[4, 3], [4, 4]], device=device), features_of(rng, 2)
    model = scripted(student, [[7, 1], [7, 1]])
    for most in (0, -1):
        assert_raises(ValueError, student.greedy_caption, model, features, prompt, 1, most)
    assert_raises(ValueError, student.greedy_caption, model, features, prompt[:, :0], 1)
    assert_raises(ValueError, student.greedy_caption, model, features, prompt[:1], 1)
    assert_raises(ValueError, student.greedy_caption, model, features[:1], prompt, 1)
    assert_same(attribute(model, "calls"), [])


# answer


@points(1)
@claims(
    "The prompt is model.encode(question), then the token model.ask",
    "The answer is what `greedy_caption` writes behind it, up to model.end, in at most `most` steps, turned into text "
    "by model.decode",
)
def test_an_answer(student, rng):
    """The question "6 3 8" becomes the prompt 6 3 8 2; the script 7 5 end becomes the text "7 5". An answer is cut off
    after `most` tokens. Another model may ask and end with other tokens.

    问题 "6 3 8" 变成提示 6 3 8 2；脚本 7 5 结束 变成文本 "7 5"。回答在 `most` 个词元后截断。
    别的模型可以用别的词元来提问和结束。
    """
    image = rng.uniform(3, 5, 7)
    model = scripted(student, [[7, 5, 1]], prompt=4)
    assert_same(unchanged(student.answer, model, image, "6 3 8"), "7 5")
    assert_same(attribute(model, "calls"), [[[6, 3, 8, 2]], [[6, 3, 8, 2, 7]], [[6, 3, 8, 2, 7, 5]]])

    assert_same(student.answer(scripted(student, [[7, 5, 9]], prompt=1), image, "", most=2), "7 5")
    assert_same(student.answer(scripted(student, [[3] * 30], prompt=2), image, "4"), " ".join(["3"] * 20))
    assert_same(student.answer(scripted(student, [[1]], prompt=2), image, question="4"), "")
    model = scripted(student, [[7, 1, 2, 9, 5]])
    for name, number in (("ask", 13), ("end", 9)):
        set_attribute(model, name, number)
    assert_same(student.answer(model, image, "4"), "7 1 2")
    assert_same(attribute(model, "calls")[0], [[4, 13]])


@points(1)
@claims(
    "`image` is (3, height, width): red, green, blue",
    "Floats are from 0 to 1; integers are uint8, from 0 to 255, and are divided by 255 first",
    "`model.see` takes pictures as floats in the model's dtype, (batch, 3, height, width), and gives their features",
)
def test_what_the_model_sees(student, rng):
    """The model sees a batch of one picture, in its own dtype, from 0 to 1: floats as they are, uint8 divided by 255.

    模型看到的是只有一张图片的批次，dtype 与模型相同，数值从 0 到 1：浮点数不变，uint8 除以 255。
    """
    floats = rng.uniform(5, 3, 7).transpose(0, 1)
    floats[0, 0, :2] = torch.tensor([0.0, 1.0], device=floats.device)
    bytes_ = rng.integers(0, 256, 3, 5, 7).to(torch.uint8)
    dark = torch.ones_like(bytes_)
    half = floats.half()
    given = ((floats, floats), (floats.double(), floats), (half, half.float()), (bytes_, bytes_ / 255))
    for image, expected in (*given, (dark, dark / 255)):
        for dtype in (torch.float32, torch.float64):
            model = scripted(student, [[7, 1]])
            model.to(dtype)
            assert_same(unchanged(student.answer, model, image, "4"), "7")
            assert_same(attribute(model, "pictures"), [expected[None].to(dtype)], rtol=1e-6, atol=1e-6)


@points(1)
@claims(
    "The model sees and writes in evaluation mode without gradients, and its modules' modes are afterwards as before,\n"
    "also if it raises"
)
def test_modes_while_answering(student, rng):
    """Seeing and writing happen in evaluation mode without gradients; afterwards each part is in the mode it was in,
    also if seeing or writing raises an error.

    看图和生成都在评估模式下、不记录梯度；之后每个部分都回到原来的模式，看图或生成时抛出错误也一样。
    """
    for training in (True, False):
        model = scripted(student, [[7, 1]], training=training)
        before = student.given("scripted").modes(model)
        assert_same(student.answer(model, rng.uniform(3, 4, 4), "4"), "7")
        assert_same(attribute(model, "careless"), 0)
        assert_same(student.given("scripted").modes(model), before)
        for method in ("see", "forward"):
            set_attribute(model, "broken", method)
            assert_raises(RuntimeError, student.answer, model, rng.uniform(3, 4, 4), "4")
            assert_same(student.given("scripted").modes(model), before)


@points(1)
def test_a_small_model_answers(student, reference, rng):
    """A small model of random weights gives the same answers as with the reference, to questions in both languages; in
    training mode, too, where it has dropout.

    权重随机的小模型给出与参考答案相同的回答，两种语言的问题都是如此；在有 dropout 的训练模式下也一样。
    """
    models = [
        module.given("tiny_vlm").TinyVLM(WORDS, side=8, patch=4, width=8, heads=2, layers=1, dropout=0.5)
        for module in (student, reference)
    ]
    state = {name: rng.normal(*p.shape, dtype=torch.float64) for name, p in models[1].state_dict().items()}
    for model in models:
        model.to(str(rng.normal(1).device))
        model.double()
        model.load_state_dict(state)
        model.train()
    for image in (rng.uniform(3, 8, 8), rng.integers(0, 256, 3, 8, 8).to(torch.uint8)):
        for question in ("What is it?", "图里有什么？", "Is it a red ring?"):
            expected = reference.answer(models[1], image, question, 7)
            assert_same(student.answer(models[0], image, question, 7), expected)


@points(1)
@claims(
    "`image` has not three axes or not three colours, is of another dtype, or is not from 0 to 1 where it is float, or "
    "`most` is less than 1"
)
def test_answering_refuses(student, rng):
    """Other axes and colours, other integers, floats outside 0 to 1 or NaN, and no step are refused.

    轴数或颜色数不对、其他整数类型、超出 0 到 1 的浮点数或 NaN、步数小于 1，都应拒绝。
    """
    image = rng.uniform(3, 4, 5)
    model = scripted(student, [[7, 1]])
    high, low, missing = image.clone(), image.clone(), image.clone()
    high[1, 2, 3], low[2, 0, 0], missing[0, 3, 4] = 1.0001, -0.0001, math.nan
    for bad in (image[None], image[0], image[:1], image.permute(1, 2, 0), low, missing, high, (255 * image).long()):
        assert_raises(ValueError, student.answer, model, bad, "4")
    for dtype in (torch.bool, torch.int8, torch.int32):
        assert_raises(ValueError, student.answer, model, (image > 0.5).to(dtype), "4")
    for most in (0, -1):
        assert_raises(ValueError, student.answer, model, image, "4", most)
    assert_same(student.answer(model, torch.ones_like(image), "4"), "7")
