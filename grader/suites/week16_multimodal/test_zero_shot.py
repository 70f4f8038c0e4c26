"""Hidden suite of week 16, zero_shot.

The encoder of texts is a function of the judge's: it gives every text a direction and a length of its own, and notes
what it is asked. Sizes are distinct primes.
Not covered: templates with several places or other braces, labels whose sentences cancel out, NaN, speed.
"""

import math
import zlib

import torch

from grader.suite import assert_raises, assert_same, claims, expect, points, unchanged

LABELS = ["red star", "blue ring", "黑色的圆环"]
TEMPLATES = ["a picture of a {}", "{}", "这里有{}，看", "{} in the middle", "two of them: {}"]
WIDTH = 7


def encoder(device, dtype=torch.float64, width=WIDTH, heard=None, key=""):
    """An encoder of texts; what it was asked is added to `heard`."""

    def encode_text(texts):
        rows = []
        for text in texts:
            if heard is not None:
                heard.append(text)
            source = torch.Generator().manual_seed(zlib.crc32((key + text).encode()))
            rows.append(torch.randn(width, generator=source, dtype=torch.float64) * (0.2 + len(text) ** 2))
        return torch.stack(rows).to(device, dtype)

    return encode_text


def spoken(table, device):
    """An encoder that knows the texts of a table."""

    def encode_text(texts):
        return torch.tensor([table[text] for text in texts], dtype=torch.float64, device=device)

    return encode_text


@points(1)
@claims("a label's sentences are averaged")
def test_two_templates_by_hand(student, device):
    """Sentences at (3, 4) and (10, 0) have the directions (0.6, 0.8) and (1, 0); their mean direction is (2, 1) / √5.

    两个句子在 (3, 4) 和 (10, 0)，方向是 (0.6, 0.8) 和 (1, 0)；平均方向是 (2, 1) / √5。
    """
    table = {"a cat": [3.0, 4.0], "my cat": [10.0, 0.0], "a dog": [0.0, -2.0], "my dog": [0.0, -0.1]}
    got = student.label_embeddings(["cat", "dog"], ["a {}", "my {}"], spoken(table, device))

    expected = [[2 / math.sqrt(5), 1 / math.sqrt(5)], [0.0, -1.0]]
    assert_same(got, torch.tensor(expected, dtype=torch.float64, device=device))


@points(1)
@claims("each\nsentence is embedded by `encode_text` and normalised")
def test_labels_agree_with_the_reference(student, reference, device):
    """Three labels in five templates give the reference's embeddings, in float64 and float32; so does another encoder.
    What is listed twice counts twice.

    三个标签、五个模板，float64 与 float32 的结果都与参考答案一致；换一个编码器也一样。列出两次的就算两次。
    """
    for dtype, key in ((torch.float64, ""), (torch.float32, ""), (torch.float64, "other")):
        encode_text = encoder(device, dtype, key=key)

        got = unchanged(student.label_embeddings, LABELS, TEMPLATES, encode_text)
        assert_same(got, reference.label_embeddings(LABELS, TEMPLATES, encode_text))
    twice = [LABELS[0], *LABELS], [TEMPLATES[1], *TEMPLATES]
    assert_same(student.label_embeddings(*twice, encode_text), reference.label_embeddings(*twice, encode_text))


@points(1)
@claims("and the mean is normalised\nagain")
def test_every_label_has_length_one(student, device):
    """However much its templates disagree, a label's embedding has length 1.

    无论各模板的分歧多大，标签的嵌入长度都是 1。
    """
    embeddings = student.label_embeddings(LABELS, TEMPLATES, encoder(device))

    assert_same(embeddings.norm(dim=-1), torch.ones(3, dtype=torch.float64, device=device))
    expect(
        (embeddings[0] - embeddings[1]).norm().item() > 0.1,
        "Two labels have the same embedding.",
        "两个标签的嵌入相同。",
    )


@points(1)
@claims(
    "A template has one place {} for the label",
    "Every label is put into every template",
    "`encode_text` may be called as often as you like; a text's embedding does not depend on the others",
)
def test_which_sentences_are_asked_for(student, device):
    """The encoder is asked for every label in every template, with the label in the place of {}, and for nothing else.

    编码器收到的是每个标签填入每个模板后的句子（标签在 {} 的位置），不多也不少。
    """
    for labels, templates in [
        (LABELS, TEMPLATES),
        (["x"], ["{}"]),
        (["cat", "dog"], ["{}!"]),
        (["{}", "a b"], ["<{}>"]),
        (["Hot_Dog", " a  b ", "ÉCOLE"], ["A {}."]),
    ]:
        heard, kinds = [], set()
        plain = encoder(device, heard=heard)

        def encode_text(texts, plain=plain, kinds=kinds):
            kinds.add(type(texts).__name__)
            return plain(texts)

        student.label_embeddings(labels, templates, encode_text)
        expect(
            kinds <= {"list"},
            "encode_text takes a list of strings; yours gave it {kinds}.",
            "encode_text 接收字符串列表（list）；你的代码传给它的是 {kinds}。",
            kinds=", ".join(sorted(kinds)),
        )
        expected = {template.replace("{}", label) for label in labels for template in templates}
        expect(
            set(heard) == expected,
            "encode_text should be asked for {expected}; yours was asked for {got}.",
            "encode_text 应收到 {expected}；你的代码问的是 {got}。",
            expected=sorted(expected),
            got=sorted(set(heard)),
        )


@points(1)
def test_one_label_and_one_template(student, reference, device):
    """One label, or one template, gives a table with one row, or plain sentences.

    只有一个标签时结果是一行；只有一个模板时就是各句子本身的方向。
    """
    for labels, templates in [(LABELS[:1], TEMPLATES[:1]), (LABELS[:1], TEMPLATES), (LABELS, TEMPLATES[:1])]:
        got = student.label_embeddings(labels, templates, encoder(device))

        assert_same(got, reference.label_embeddings(labels, templates, encoder(device)))


@points(1)
@claims("there is no label, there is no template, or a template has no {}", "Labels, templates and errors are as there")
def test_labels_and_templates_that_do_not_fit(student, rng, device):
    """No label, no template and a template without {} are a ValueError, in both functions.

    没有标签、没有模板、模板中没有 {}，两个函数都要抛出 ValueError。
    """
    for labels, templates in [([], TEMPLATES), (LABELS, []), (LABELS, ["a picture"]), (LABELS, ["{}", "a {label}"])]:
        assert_raises(ValueError, student.label_embeddings, labels, templates, encoder(device))
        image = rng.normal(WIDTH, dtype=torch.float64)
        assert_raises(ValueError, student.zero_shot, image, labels, templates, encoder(device))


@points(1)
@claims("It is the softmax over the labels of exp(logit_scale) times the cosine")
def test_probabilities_by_hand(student, device):
    """A picture at (0, 9) has the cosines 0.8 and 0 with two labels; with a factor of 5 the odds are e⁴ to 1.

    图片在 (0, 9)，与两个标签的余弦是 0.8 和 0；系数为 5 时，两者的比是 e⁴ 比 1。
    """
    encode_text = spoken({"a cat": [3.0, 4.0], "a dog": [-7.0, 0.0]}, device)
    image = torch.tensor([0.0, 9.0], dtype=torch.float64, device=device)
    odds = math.exp(4.0)

    got = student.zero_shot(image, ["cat", "dog"], ["a {}"], encode_text, math.log(5.0))
    assert_same(got, torch.tensor([odds / (1 + odds), 1 / (1 + odds)], dtype=torch.float64, device=device))


@points(2)
def test_probabilities_agree_with_the_reference(student, reference, rng, device):
    """One picture, a batch, a batch of batches and a strided view give the reference's probabilities.

    单张图片、一批图片、两层批次、内存不连续的视图，概率都与参考答案一致。
    """
    for dtype in (torch.float64, torch.float32):
        images = [
            rng.normal(WIDTH, dtype=dtype),
            rng.normal(5, WIDTH, dtype=dtype),
            rng.normal(2, 5, WIDTH, dtype=dtype),
            rng.normal(WIDTH, 5, dtype=dtype).T,
            rng.normal(1, WIDTH, dtype=dtype),
        ]
        for image in images:
            args = image, LABELS, TEMPLATES, encoder(device, dtype), 1.7
            assert_same(unchanged(student.zero_shot, *args), reference.zero_shot(*args))


@points(1)
def test_the_default_factor(student, reference, rng, device):
    """Without logit_scale the factor is 1; a negative logarithm is a factor below 1.

    不给 logit_scale 时系数是 1；对数为负时系数小于 1。
    """
    image = rng.normal(5, WIDTH, dtype=torch.float64)
    args = image, LABELS, TEMPLATES, encoder(device)

    assert_same(student.zero_shot(*args), reference.zero_shot(*args))
    assert_same(student.zero_shot(*args, logit_scale=-1.3), reference.zero_shot(*args, logit_scale=-1.3))


@points(1)
def test_large_and_small_pictures(student, reference, rng, device):
    """Only the direction of a picture's embedding counts; a factor of 150 is taken as it is, and one of 3,000 gives no
    NaN.

    图片嵌入只有方向重要；系数为 150 时按原值使用，为 3,000 时也不会出现 NaN。
    """
    image = rng.normal(5, WIDTH, dtype=torch.float64)
    args = LABELS, TEMPLATES, encoder(device)
    plain = student.zero_shot(image, *args)
    sure = student.zero_shot(image, *args, 8.0)

    expect(
        bool((plain.std(dim=-1) > 1e-4).all()),
        "The probabilities are the same for all labels.",
        "各个标签的概率都相同。",
    )
    assert_same(student.zero_shot(1000 * image, *args), plain)
    assert_same(sure.sum(dim=-1), torch.ones(5, dtype=torch.float64, device=device))
    assert_same(sure.argmax(dim=-1), plain.argmax(dim=-1))

    # Nearly as near to one as to the other: with a factor of 150 the odds are those of 4.2, with 100 of 2.8.
    image = torch.tensor([1.0, 0.02], dtype=torch.float64, device=device)
    args = ["cat", "dog"], ["{}"], spoken({"cat": [1.0, 1.0], "dog": [1.0, -1.0]}, device), math.log(150)
    assert_same(student.zero_shot(image, *args), reference.zero_shot(image, *args))


@points(1)
@claims(
    "text j is a caption of picture `owners[j]`", "Recall is the share of hits, among the pictures and\namong the texts"
)
def test_three_pictures_and_five_texts(student, device):
    """The table of the handout: at k = 1, 2 of 3 pictures find a text of theirs, and 3 of 5 texts their picture.

    讲义中的表：k = 1 时，3 张图片中有 2 张找到自己的文本，5 句文本中有 3 句找到自己的图片。
    """
    table = [[0.9, 0.2, 0.3, 0.6, 0.1], [0.4, 0.5, 0.7, 0.6, 0.2], [0.8, 0.1, 0.2, 0.5, 0.3]]
    similarity = torch.tensor(table, dtype=torch.float64, device=device)
    owners = torch.tensor([0, 0, 1, 1, 2], device=device)

    assert_same(student.recall_at_k(similarity, owners, 1), (2 / 3, 3 / 5))
    assert_same(student.recall_at_k(similarity, owners, 2), (2 / 3, 1.0))
    assert_same(student.recall_at_k(similarity, owners, 3), (1.0, 1.0))


@points(2)
@claims(
    "at least one of its captions is among the k texts with the highest scores",
    "its own picture is among the k pictures with the highest scores",
    "A picture may\nhave several captions",
)
def test_recall_agrees_with_the_reference(student, reference, rng, device):
    """Random scores, far below 0 as well, with one to four captions for each picture in mixed order, at several k.

    随机的得分（也有远小于 0 的），每张图片有一到四句描述、顺序打乱，取几个不同的 k。
    """
    for pictures, texts, shift in [
        (5, 11, 0.0),
        (7, 7, -9.0),
        (2, 7, 3.0),
        (1, 3, 0.0),
        (1, 1, 0.0),
        (5, 7, -20_000.0),
        (3, 5, -1.0),
    ]:
        extra = rng.integers(0, pictures, texts - pictures)
        owners = torch.cat([torch.arange(pictures, device=device), extra])[rng.permutation(texts)]
        scores = rng.normal(texts, pictures, dtype=torch.float64).T + shift
        for k in (1, 2, 3):
            got = unchanged(student.recall_at_k, scores, owners, k)
            assert_same(got, reference.recall_at_k(scores, owners, k))
    assert_same(student.recall_at_k(scores.float(), owners, 1), reference.recall_at_k(scores.float(), owners, 1))


@points(1)
@claims("Ties count against the model: what scores as high as the right one and is wrong comes before it")
def test_ties(student, reference, device):
    """If all scores are the same, nothing is found until k is as large as the wrong candidates and one more.

    所有得分都相同时，直到 k 大于错误候选的个数，才算找到。
    """
    owners = torch.tensor([0, 1, 2, 0, 1], device=device)
    same = torch.zeros(3, 5, device=device)
    assert_same([student.recall_at_k(same, owners, k) for k in (1, 2, 3)], [(0.0, 0.0), (0.0, 0.0), (0.0, 1.0)])
    assert_same(student.recall_at_k(same, owners, 4), (2 / 3, 1.0))

    table = [[2.0, 1.0, 2.0, 2.0, 0.0], [1.0, 3.0, 1.0, 0.0, 3.0], [5.0, 3.0, 5.0, 5.0, 4.0]]
    some = torch.tensor(table, device=device)
    for k in (1, 2, 3):
        assert_same(student.recall_at_k(some, owners, k), reference.recall_at_k(some, owners, k))


@points(1)
@claims("`k` may be larger than the number of candidates")
def test_a_large_k(student, rng, device):
    """With k as large as the number of candidates, or larger, everything is found.

    k 等于或大于候选的个数时，全部都能找到。
    """
    owners = torch.tensor([1, 0, 2, 1], device=device)
    for k in (4, 5, 1000):
        assert_same(student.recall_at_k(rng.normal(3, 4), owners, k), (1.0, 1.0))


@points(1)
@claims(
    "`k` is below 1, there is no picture, `owners` has not one number for each text, a number in it names\n"
    "no picture, or a picture has no caption"
)
def test_owners_that_do_not_fit(student, rng, device):
    """A k of 0, a missing owner, one that names no picture, and a picture without a caption are a ValueError.

    k 为 0、owners 缺少一个数、有数字不对应任何图片、有图片没有描述，都要抛出 ValueError。
    """
    scores = rng.normal(3, 4)
    for owners, k in [([0, 1, 2, 0], 0), ([0, 1, 2, 0], -1), ([0, 1, 2], 1), ([0, 1, 2, 0, 1], 1)]:
        assert_raises(ValueError, student.recall_at_k, scores, torch.tensor(owners, device=device), k)
    for owners in ([0, 1, 2, 3], [-1, 0, 1, 2], [0, 1, 1, 0], [1, 2, 1, 2], [0, 1, 3, 1], [-1, 1, 2, 1], [0, 2, 2, 0]):
        assert_raises(ValueError, student.recall_at_k, scores, torch.tensor(owners, device=device), 1)
    nobody = torch.zeros(0, dtype=torch.int64, device=device)
    assert_raises(ValueError, student.recall_at_k, rng.normal(0, 0), nobody, 1)
