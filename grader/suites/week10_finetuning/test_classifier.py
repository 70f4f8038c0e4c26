"""Hidden suite of week 10, classifier.

The first tests use a small encoder without transformers; the last five train, and one of them on all reviews.
Not covered: which pooling is best, and how fast the training is beyond the limit of one test.
"""

import json

import torch

from grader.suite import (
    after,
    assert_raises,
    assert_same,
    attribute,
    claims,
    dataset,
    expect,
    gradients,
    parameter_gradients,
    points,
    set_attribute,
    trainable,
    unchanged,
)

BATCH, LENGTH, WIDTH, CLASSES = 7, 11, 5, 3
VOCABULARY = 17
POOLINGS = ("first", "last", "mean")


def ragged_mask(device, left=False):
    """Seven texts of 1, 2, 4, 5, 7, 10 and 11 tokens."""
    lengths = torch.tensor([1, 2, 4, 5, 7, 10, 11], device=device).unsqueeze(-1)
    mask = (torch.arange(LENGTH, device=device) < lengths).to(torch.int64)
    return mask.flip(1) if left else mask


def classifier_with(module, state, device, **options):
    """A classifier of `module` on the tiny encoder, with these weights."""
    encoder = module.given("tiny_models").tiny_encoder(seed=2, device=str(device))
    classifier = module.ReviewClassifier(encoder, state["head.weight"].shape[0], **options)
    classifier.load_state_dict(state)
    return classifier


def random_state(rng, reference, device, classes=CLASSES):
    encoder = reference.given("tiny_models").tiny_encoder(seed=2, device=str(device))
    state = {f"encoder.{name}": tensor for name, tensor in encoder.state_dict().items()}
    return {**state, "head.weight": rng.normal(classes, WIDTH), "head.bias": rng.normal(classes)}


def reviews(name):
    lines = (dataset("sentiment_reviews") / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [{"text": row["text"], "label": row["label"]} for row in rows]


@points(1)
@claims(
    'or "mean" (the average over the real tokens)',
    '"last" (of the last real token',
    '"first" (the vector of the first real token',
    "attention_mask: 1 for a real token, 0 for padding",
)
def test_worked_pooling(student, device):
    """Of the vectors 1, 2 and 6 and a padding of 99 the first is 1, the last 6 and the mean 3.

    向量 1、2、6 后面有一个填充 99：第一个是 1，最后一个是 6，均值是 3。
    """
    hidden = torch.tensor([[[1.0], [2.0], [6.0], [99.0]]], device=device)
    mask = torch.tensor([[1, 1, 1, 0]], device=device)

    for how, right in (("first", 1.0), ("last", 6.0), ("mean", 3.0)):
        assert_same(student.pool(hidden, mask, how), torch.tensor([[right]], device=device))


@points(1)
@claims("Padding never counts, whether it stands on the right or on the left", "Real tokens stand together")
def test_padding_on_the_left(student, reference, rng, device):
    """With padding on the left the first real token is not at position 0, and the answer is the same as on the right.

    填充在左侧时，第一个真实词元不在位置 0，结果与填充在右侧时相同。
    """
    mask = ragged_mask(device)
    hidden = rng.normal(BATCH, LENGTH, WIDTH, dtype=torch.float64)
    moved = torch.stack([row.roll(LENGTH - int(keep.sum()), 0) for row, keep in zip(hidden, mask, strict=True)])

    for how in POOLINGS:
        right = reference.pool(hidden, mask, how)
        assert_same(student.pool(moved, ragged_mask(device, left=True), how), right)


@points(1)
def test_pooling_agrees_with_the_reference(student, reference, rng, device):
    """All three poolings and their gradients are the reference's, in float64 and float32, contiguous or not.

    三种池化及其梯度都与参考答案一致，float64 和 float32、连续与否都一样。
    """
    mask = ragged_mask(device)
    for dtype in (torch.float64, torch.float32):
        hidden = rng.normal(LENGTH, BATCH, WIDTH, dtype=dtype).transpose(0, 1)
        for how in POOLINGS:
            assert_same(unchanged(student.pool, hidden, mask, how), reference.pool(hidden, mask, how))
            assert_same(gradients(student.pool, hidden, mask, how), gradients(reference.pool, hidden, mask, how))


@points(1)
@claims("What stands in the padding does not matter, be it NaN")
def test_what_stands_in_the_padding_does_not_matter(student, rng, device):
    """NaN in the padding changes nothing: padding is left out, not multiplied by 0.

    填充处即使是 NaN 也没有影响：填充要被排除，而不是乘以 0。
    """
    mask = ragged_mask(device)
    hidden = rng.normal(BATCH, LENGTH, WIDTH)
    spoiled = hidden.masked_fill(mask.unsqueeze(-1) == 0, torch.nan)

    for how in POOLINGS:
        assert_same(student.pool(spoiled, mask, how), student.pool(hidden, mask, how))
        expect(
            bool(student.pool(spoiled, mask, how).isfinite().all()),
            "Pooling {how} gives NaN where only the padding is NaN.",
            "只有填充处是 NaN，{how} 池化却得到了 NaN。",
            how=how,
        )


@points(1)
@claims("A text without any real token gives zeros", "The answer has the dtype of `hidden`")
def test_texts_without_tokens(student, rng, device):
    """A text without any real token gives zeros, be its padding NaN; a batch of one token of one number gives that
    number, and bfloat16 stays bfloat16.

    没有任何真实词元的文本得到零，即使填充处是 NaN；只有一个词元、一个数的批次得到这个数；bfloat16 的结果仍是 bfloat16。
    """
    one = rng.normal(1, 1, 1)
    hidden = rng.normal(2, 3, WIDTH)
    mask = torch.tensor([[0, 0, 0], [1, 1, 0]], device=device)

    for how in POOLINGS:
        assert_same(student.pool(one, torch.ones(1, 1, dtype=torch.int64, device=device), how), one[:, 0])
        assert_same(student.pool(hidden, mask, how)[0], torch.zeros(WIDTH, device=device))
        spoiled = hidden.masked_fill(mask.unsqueeze(-1) == 0, torch.nan)
        assert_same(student.pool(spoiled, mask, how)[0], torch.zeros(WIDTH, device=device))
        half = torch.ones(1, 2, WIDTH, dtype=torch.bfloat16, device=device)
        assert_same(student.pool(half, mask[1:, :2], how), half[:, 0])


@points(1)
@claims("ValueError: if `how` is none of the three")
def test_unknown_pooling_is_refused(student, rng, device):
    """Any other word for `how` is a ValueError.

    `how` 为其他词时抛出 ValueError。
    """
    hidden, mask = rng.normal(BATCH, LENGTH, WIDTH), ragged_mask(device)

    for how in ("max", "cls", ""):
        assert_raises(ValueError, student.pool, hidden, mask, how)
    assert_same(list(student.pool(hidden, mask, "mean").shape), [BATCH, WIDTH])


@points(1)
@claims(
    "It is called as `encoder(input_ids=…, attention_mask=…)` and answers with an object that has `last_hidden_state`",
    "pooling: as `how` in `pool`",
    "The logits are raw: no softmax",
)
def test_logits(student, reference, rng, device):
    """In evaluation mode the logits are the head of the pooled vectors, with each pooling, and nothing else comes back.

    评估模式下，logits 是池化向量经过分类头的结果，三种池化都一样，且不返回别的东西。
    """
    state = random_state(rng, reference, device)
    ids, mask = rng.integers(0, VOCABULARY, BATCH, LENGTH), ragged_mask(device)
    student.given("tiny_models").seed_everything(11)

    for pooling in POOLINGS:
        model = classifier_with(student, state, device, pooling=pooling, dropout=0.5)
        model.eval()
        encoder = reference.given("tiny_models").tiny_encoder(seed=2, device=str(device))
        hidden = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        right = reference.pool(hidden, mask, pooling) @ state["head.weight"].T + state["head.bias"]
        assert_same(model(input_ids=ids, attention_mask=mask), {"logits": right})


@points(1)
@after("test_logits")
def test_more_padding_changes_nothing(student, reference, rng, device):
    """The same texts in a longer batch get the same logits; the default pooling is the mean.

    同样的文本放进更长的批次，logits 不变；默认的池化是 mean。
    """
    state = random_state(rng, reference, device)
    ids, mask = rng.integers(1, VOCABULARY, BATCH, LENGTH), ragged_mask(device)
    longer, more = (torch.nn.functional.pad(rows, (0, 5)) for rows in (ids, mask))

    for options in ({"pooling": "first"}, {"pooling": "last"}, {}):
        model = classifier_with(student, state, device, **options)
        model.eval()
        theirs = classifier_with(reference, state, device, **{"pooling": "mean", **options}).eval()
        assert_same(model(longer, more), theirs(ids, mask))


@points(1)
@claims("These names are what `Trainer` looks for")
def test_loss(student, reference, rng, device):
    """With labels there is also "loss", the mean cross-entropy: log(classes) when the head is zero.

    给出标签时还有 "loss"，即平均交叉熵：分类头为零时是 log（类别数）。
    """
    state = random_state(rng, reference, device)
    ids, mask = rng.integers(0, VOCABULARY, BATCH, LENGTH), ragged_mask(device)
    labels = rng.integers(0, CLASSES, BATCH)
    blank = {name: torch.zeros_like(tensor) if "head" in name else tensor for name, tensor in state.items()}

    model = classifier_with(student, blank, device)
    model.eval()
    known = torch.tensor(float(CLASSES), device=device).log()
    assert_same(model(ids, mask, labels)["loss"], known)
    model.load_state_dict(state)
    theirs = classifier_with(reference, state, device).eval()
    assert_same(model(ids, mask, labels=labels), theirs(ids, mask, labels))


@points(1)
@claims("on the device of the encoder's first parameter")
def test_the_head_is_where_the_encoder_is(student):
    """On an encoder that was moved away, the head lies where its first parameter does, not on the CPU.

    编码器移到别的设备后，分类头与编码器的第一个参数在同一设备上，而不是在 CPU 上。
    """
    # The device "meta" exists everywhere: its tensors have a shape and no numbers.
    model = student.ReviewClassifier(student.given("tiny_models").tiny_encoder(seed=2, device="meta"), CLASSES)

    for name in ("weight", "bias"):
        expect(
            attribute(model, f"head.{name}.is_meta"),
            "head.{name} does not lie on the device of the encoder.",
            "head.{name} 不在编码器所在的设备上。",
            name=name,
        )


@points(1)
@claims("dropout: probability with which an entry of the pooled vector is dropped in training mode")
def test_dropout_acts_on_the_pooled_vector(student, reference, rng, device):
    """In training an entry of the pooled vector is dropped or scaled by 1 / (1 - 0.25), each by itself.

    训练时，池化向量的每个元素各自要么被丢弃，要么乘以 1 / (1 - 0.25)。
    """
    state = random_state(rng, reference, device, classes=WIDTH)
    state["head.weight"], bias = torch.eye(WIDTH, device=device), state["head.bias"]
    rows = 101  # that no entry is dropped, or every one, has a probability under 1e-60
    ids = rng.integers(0, VOCABULARY, 1, LENGTH).expand(rows, -1).contiguous()
    mask = torch.ones_like(ids)
    model = classifier_with(student, state, device, dropout=0.25)
    model.train()
    student.given("tiny_models").seed_everything(11)

    found = model(ids, mask)["logits"]
    full = (classifier_with(reference, state, device).eval()(ids, mask)["logits"].detach() - bias) / 0.75
    kept = found != bias  # the bias comes behind the dropout: it is never dropped
    assert_same(found, bias + torch.where(kept, full, 0.0))
    mixed = kept.any(0) & ~kept.all(0)
    expect(
        bool(mixed.all()) and bool((kept.any(1) & ~kept.all(1)).any()),
        "Entries are not dropped one by one: of {total} entries {kept} were kept.",
        "元素不是各自丢弃的：{total} 个元素中保留了 {kept} 个。",
        total=kept.numel(),
        kept=int(kept.sum()),
    )


@points(1)
@claims(
    "encoder: the module that was handed in",
    "head: `nn.Linear(width, classes)` with PyTorch's own initial values, in the dtype and on the device of the "
    "encoder's first parameter",
)
def test_everything_learns(student, reference, rng, device):
    """Encoder and head are trainable, and the gradient reaches both; a float64 encoder gets a float64 head, which
    starts as PyTorch starts it.

    编码器和分类头都可训练，梯度能到达两者；编码器是 float64 时，分类头也是，并用 PyTorch 自带的初值。
    """
    state = random_state(rng, reference, device)
    ids, mask = rng.integers(0, VOCABULARY, BATCH, LENGTH), ragged_mask(device)
    model = classifier_with(student, state, device)
    theirs = classifier_with(reference, state, device).eval()
    model.eval()

    assert_same(trainable(model), dict.fromkeys(state, True))
    assert_same(parameter_gradients(model, ids, mask), parameter_gradients(theirs, ids, mask))
    encoder = student.given("tiny_models").tiny_encoder(seed=2, device=str(device)).double()
    wide = student.ReviewClassifier(encoder, CLASSES)
    assert_same(str(wide(ids, mask)["logits"].dtype), "torch.float64")
    doubled = {name: tensor.double() for name, tensor in state.items()}
    wide.load_state_dict(doubled)
    wide.eval()
    new_bias = rng.normal(WIDTH, dtype=torch.float64)
    set_attribute(encoder, "map.bias.data", new_bias)  # the encoder itself, not a copy of it
    other = reference.ReviewClassifier(reference.given("tiny_models").tiny_encoder(2, str(device)).double(), CLASSES)
    other.load_state_dict({**doubled, "encoder.map.bias": new_bias})
    assert_same(wide(ids, mask), other.eval()(ids, mask))
    student.given("tiny_models").seed_everything(3)
    # 4,000 uniform numbers: the standard error of their spread is 0.7 %.
    fresh = attribute(student.ReviewClassifier(encoder, 800), "head.weight").double()
    expect(
        bool((fresh.abs() <= WIDTH**-0.5 * 1.000001).all()) and abs(float(fresh.std()) * (3 * WIDTH) ** 0.5 - 1) < 0.06,
        "head.weight starts with the standard deviation {spread}; PyTorch's own initial values have {right}.",
        "head.weight 初值的标准差是 {spread}；PyTorch 自带的初值应为 {right}。",
        spread=round(float(fresh.std()), 4),
        right=round((3 * WIDTH) ** -0.5, 4),
    )


@points(1)
@after("test_loss")
@claims(
    "The same seed gives the same logits: seed before the head is made",
    'rows with a "text" and a "label", 0 or 1. It is not changed',
)
def test_same_seed_same_logits(student):
    """The same seed gives the same logits whatever the global generator was; the rows are not changed.

    无论全局随机数生成器处于什么状态，相同的种子都得到相同的 logits；数据行不被修改。
    """
    rows, texts = reviews("train")[:6], [row["text"] for row in reviews("held_out")[:3]]
    seed_everything = student.given("tiny_models").seed_everything

    seed_everything(1)
    first = unchanged(student.fine_tune, rows, texts, seed=5)
    seed_everything(2)
    # The same steps in the same order: only a GPU may add up in another order.
    assert_same(student.fine_tune(rows, texts, 5), first, rtol=1e-3, atol=1e-3)


@points(1)
@after("test_loss")
@claims(
    "texts: what to predict; row i of the answer belongs to `texts[i]`",
    "`build_bert` has 64 positions; no text has more tokens than that",
    "Returns: raw logits in evaluation mode (no dropout), float32, on the CPU",
)
def test_one_row_for_each_text(student):
    """Row i belongs to texts[i], whatever the order and the lengths; the logits are float32, on the CPU, and raw, and a
    text that stands there twice gets the same ones: nothing is dropped any more.

    无论顺序和长度如何，第 i 行都对应 texts[i]；logits 是 float32、在 CPU 上、未经 softmax；
    出现两次的文本得到相同的 logits：预测时不再有 dropout。
    """
    rows = reviews("train")[:6]
    texts = sorted((row["text"] for row in reviews("held_out")[:4]), key=len)
    texts = [*texts, texts[-1]]

    found = student.fine_tune(rows, texts)
    turned = student.fine_tune(rows, texts[::-1])
    assert_same([list(found.shape), str(found.dtype), str(found.device)], [[5, 2], "torch.float32", "cpu"])
    # Another order means other padding, and so other sums in float32.
    assert_same(turned, found.flip(0), rtol=1e-3, atol=1e-3)
    assert_same(found[3], found[4], rtol=1e-3, atol=1e-3)
    expect(
        not torch.allclose(found.exp().sum(1), torch.ones(5)) and not torch.allclose(found.sum(1), torch.ones(5)),
        "The rows are probabilities or their logarithms, not raw logits.",
        "各行是概率或其对数，而不是原始 logits。",
    )


@points(1)
@after("test_one_row_for_each_text")
@claims(
    "`build_tokenizer` (show it the training texts, not the others)",
    "`texts` are seen for the first time when they are predicted: the logits of one do not depend on the others",
)
def test_the_texts_to_predict_are_not_seen_before(student):
    """The logits of a text are the same whatever else is to be predicted: neither tokenizer nor training sees it.

    无论还要预测哪些文本，一条文本的 logits 都不变：分词器和训练都不能看到要预测的文本。
    """
    rows = reviews("train")[:6]
    text = reviews("held_out")[0]["text"]
    unknown = "zyzzyva quokka zyzzyva quokka zyzzyva 麒麟 麒麟"  # often enough to enter a vocabulary

    alone = student.fine_tune(rows, [text])
    beside = student.fine_tune(rows, [text, unknown, unknown])[:1]
    # Another batch means other padding, and so other sums in float32.
    expect(
        torch.allclose(alone, beside, rtol=1e-3, atol=1e-3),
        "The logits of a text change with the other texts to predict. Something saw those texts before the prediction: "
        "build the tokenizer from the training texts alone.",
        "一条文本的 logits 随其他待预测文本而变：有什么在预测之前就看到了它们。分词器只应由训练文本构建。",
    )


@points(1)
@after("test_loss")
def test_labels_matter(student):
    """Trained on swapped labels, the model gives other logits.

    用对调的标签训练，模型给出不同的 logits。
    """
    rows, texts = reviews("train")[:6], [row["text"] for row in reviews("held_out")[:3]]
    swapped = [{**row, "label": 1 - row["label"]} for row in rows]

    expect(
        not torch.equal(student.fine_tune(rows, texts), student.fine_tune(swapped, texts)),
        "The logits are the same with swapped labels: nothing was learned from the labels.",
        "标签对调后 logits 没有变化：没有从标签学到任何东西。",
    )


@points(2)
@after("test_labels_matter")
@claims(
    "What you choose is the rest: pooling, learning rate, batch size, number of passes",
    "Trained on the 300 reviews of `train.jsonl`, at least 90 of the 100 of `held_out.jsonl` must come out right, "
    "in at most 30 seconds",
)
def test_accuracy_on_held_out_reviews(student):
    """Trained on the 300 reviews with labels swapped, at least 90 of the 100 held-out reviews come out right, in time.

    用标签对调的 300 条评论训练，100 条留出的评论中至少 90 条判断正确，且在时限之内。
    """
    # Swapped, so that only what was learned here can help: knowing the reviews by heart gives the wrong side.
    rows = [{**row, "label": 1 - row["label"]} for row in reviews("train")]
    held_out = reviews("held_out")

    logits = student.fine_tune(rows, [row["text"] for row in held_out], seed=1)
    right = int((logits.argmax(-1) != torch.tensor([row["label"] for row in held_out])).sum())
    expect(
        right >= 90,
        "{right} of 100 held-out reviews come out right; at least 90 should.",
        "100 条留出的评论中有 {right} 条判断正确，应至少 90 条。",
        right=right,
    )
