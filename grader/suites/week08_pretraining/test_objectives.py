"""Hidden suite of week 08, objectives.

Sizes are distinct primes. Shares of random choices are judged on 200,000 tokens, six standard deviations wide or more:
a right answer fails once in some hundred million runs.
Not covered: speed.
"""

import math

import torch

from grader.suite import (
    after,
    assert_raises,
    assert_same,
    call_and_keep,
    claims,
    expect,
    follows_device,
    gradients,
    points,
    unchanged,
)

BATCH, LENGTH, VOCABULARY = 3, 7, 11
MANY, IDS, MASK, SPECIAL = 200_000, 1009, 4, [0, 4, 1008]
SETTING = {"mask_id": MASK, "vocabulary": IDS, "special": SPECIAL}


def batch(rng, dtype=torch.float64):
    """Logits and labels of unequal rows, some of which count nowhere."""
    labels = rng.integers(0, VOCABULARY, BATCH, LENGTH)
    labels[0, 2:], labels[1, 0] = -100, -100
    return rng.normal(BATCH, LENGTH, VOCABULARY, dtype=dtype), labels


@points(2)
@claims("the logits at position t are scored against the label at t + 1", "in nats")
def test_one_target_by_hand(student, device):
    """Two tokens: the logits at the first are scored against the second. Odds of 3 to 1 for it cost log(4/3).

    两个词元：第一个位置的 logits 用第二个词元来打分。它以 3 比 1 占优时，损失为 log(4/3)。
    """
    logits = torch.tensor([[[0.0, math.log(3)], [50.0, 0.0]]], dtype=torch.float64, device=device)

    loss = student.causal_loss(logits, torch.tensor([[0, 1]], device=device))

    assert_same(loss, torch.tensor(math.log(4 / 3), dtype=torch.float64, device=device))


@points(1)
@claims("A target of -100 counts neither in the sum nor in the number")
def test_targets_that_do_not_count(student, reference, rng):
    """Targets of -100 count neither in the sum nor in the divisor, whatever row they stand in.

    值为 -100 的目标既不计入总和，也不计入除数，无论在哪一行。
    """
    logits, labels = batch(rng)

    assert_same(student.causal_loss(logits, labels), reference.causal_loss(logits, labels))


@points(1)
@claims("The first label of a row is never a target")
def test_rows_are_shifted_by_themselves(student, reference, rng):
    """The first label of a row is nobody's target: it may be anything, and the loss stays.

    一行的第一个标签不是任何位置的目标：改成什么，损失都不变。
    """
    logits, labels = batch(rng)
    other = labels.clone()
    other[:, 0] = (other[:, 0] + 1).clamp(min=0) % VOCABULARY

    first = unchanged(student.causal_loss, logits, other)

    assert_same(first, student.causal_loss(logits, labels))
    assert_same(first, reference.causal_loss(logits, labels))


@points(1)
@claims("Without any target the loss is 0, and so are its gradients")
def test_nothing_to_predict(student, rng, device):
    """A batch without a target, and one of a single token, have loss 0 and gradients 0, never NaN.

    没有任何目标的批次，或只有一个词元的批次，损失为 0，梯度为 0，绝不是 NaN。
    """
    logits = rng.normal(BATCH, LENGTH, VOCABULARY)
    labels = torch.full((BATCH, LENGTH), -100, device=device)
    labels[:, 0] = 3

    assert_same(student.causal_loss(logits, labels), torch.zeros((), device=device))
    assert_same(gradients(student.causal_loss, logits, labels), (torch.zeros_like(logits),))
    assert_same(student.causal_loss(logits[:, :1], labels[:, :1]), torch.zeros((), device=device))


@points(1)
def test_gradients_of_the_loss(student, reference, rng):
    """The gradient with respect to the logits agrees with the reference, views that are not contiguous included.

    对 logits 的梯度与参考答案一致，不连续的视图也一样。
    """
    logits, labels = batch(rng)
    logits, labels = logits.transpose(0, 1).contiguous().transpose(0, 1), labels.T.contiguous().T

    assert_same(gradients(student.causal_loss, logits, labels), gradients(reference.causal_loss, logits, labels))


@points(1)
@claims("float16 and bfloat16 logits are computed in float32")
def test_half_precision_is_widened(student, reference, rng):
    """bfloat16 and float16 logits give a float32 loss that was computed in float32; float32 stays float32.

    bfloat16 和 float16 的 logits 得到 float32 的损失，且以 float32 计算；float32 仍是 float32。
    """
    for dtype in (torch.bfloat16, torch.float16, torch.float32):
        logits, labels = batch(rng, dtype)
        assert_same(student.causal_loss(logits, labels), reference.causal_loss(logits, labels))


@points(1)
@claims("`labels` and `logits` differ in batch or length", "`share` is below 0 or above 1, or `mask_id` is not")
def test_refused_arguments(student, rng, device):
    """Labels of another length or batch, a share outside of 0 to 1 and a mask id that is not special are refused.

    标签的长度或批次大小不符、share 不在 0 到 1 之间、mask_id 不是特殊 id，都应抛出 ValueError。
    """
    logits, labels = batch(rng)
    ids = torch.arange(5, device=device)

    for bad in (labels[:, 1:], labels[:1], labels[:-1]):
        assert_raises(ValueError, student.causal_loss, logits, bad)
    for share in (1.5, -0.5):
        assert_raises(ValueError, student.mask_tokens, ids, rng.generator(), **(SETTING | {"share": share}))
    assert_raises(ValueError, student.mask_tokens, ids, rng.generator(), **(SETTING | {"mask_id": 5}))


def seeded(device, seed=7):
    """A generator in the same state every time."""
    return torch.Generator(device=device).manual_seed(seed)


def in_a_row(count, function, data, source, **setting):
    """The answers of several calls, each with the generator as the one before left it."""
    answers = []
    for _ in range(count):
        answer, arguments, _ = call_and_keep(function, data, source, **setting)
        answers.append(answer)
        source = arguments[1]
    return answers


def masked(student, rng, low=10, high=IDS - 1, **setting):
    """Mask many tokens; return ids, inputs, labels and where a token was chosen."""
    ids = rng.integers(low, high, MANY)
    inputs, labels = student.mask_tokens(ids, rng.generator(), **(SETTING | setting))
    expect(
        inputs.shape == ids.shape == labels.shape,
        "inputs and labels must have the shape of ids.",
        "inputs 和 labels 的形状必须与 ids 相同。",
    )
    return ids, inputs, labels, labels != -100


def near(share, wanted, width, what, zh, tells=()):
    """A share must lie within a width of what is wanted.

    Random answers agree with nobody's, so no known mistake is recognised in them: `tells` says what a share means.
    """
    meaning = next((meaning for value, *meaning in tells if abs(float(share) - value) < width), ("", ""))
    expect(
        abs(float(share) - wanted) < width,
        "The share of " + what + " should be about {wanted}; yours is {share}." + meaning[0],
        zh + "的比例应约为 {wanted}，而你的是 {share}。" + meaning[1],
        wanted=f"{wanted:.3f}",
        share=f"{float(share):.3f}",
    )


@points(1)
@claims("The label of a chosen token is its id")
def test_labels_are_the_chosen_tokens(student, rng):
    """A label is the id that stood there; where it is -100, the input is untouched; so it is in any shape.

    标签就是原来的 id；标签为 -100 的地方，输入保持不变；任何形状都一样。
    """
    ids, inputs, labels, chosen = masked(student, rng, share=0.3)

    assert_same(labels[chosen], ids[chosen])
    assert_same(inputs[~chosen], ids[~chosen])
    untouched = (0.27, " Chosen tokens that stay as they are need a label, too.", "被选中但保持不变的词元也要有标签。")
    near(chosen.double().mean(), 0.3, 0.007, "labels", "标签", [untouched])
    for short in (ids[:210].to(torch.int32).view(2, 3, 5, 7).transpose(0, 3), ids[0].to(torch.int32)):
        inputs, labels = student.mask_tokens(short, rng.generator(), share=1.0, **SETTING)
        assert_same(labels.long(), short.long())
        assert_same(inputs.dtype, torch.int32)


@points(1)
@claims("every other label is -100", "both of the dtype of `ids`")
def test_nothing_is_chosen(student, rng):
    """With share 0 the inputs are the ids and every label is -100, both int32 for int32, in any shape.

    share 为 0 时，输入就是 ids，标签全是 -100；ids 是 int32 时两者都是 int32，形状任意。
    """
    ids = rng.integers(10, 1000, 210)
    for short in (ids.to(torch.int32).view(2, 3, 5, 7).transpose(0, 3), ids, ids[0].to(torch.int32)):
        nothing = student.mask_tokens(short, rng.generator(), share=0.0, **SETTING)

        assert_same(nothing, (short, torch.full_like(short, -100)))


@points(1)
@after("test_labels_are_the_chosen_tokens")
@claims("independently of the others")
def test_each_token_by_itself(student, rng):
    """Each token is chosen and changed by itself: rows and columns differ, shares are not exact, random tokens vary.

    每个词元各自决定是否选中、如何改动：各行各列互不相同，比例不会每次恰好相等，随机词元也各不相同。
    """
    ids = rng.integers(10, IDS - 1, 401, 251)
    inputs, labels = student.mask_tokens(ids, rng.generator(), share=0.3, **SETTING)
    chosen, hidden = labels != -100, inputs == MASK

    for places, share in ((chosen, 0.3), (hidden, 0.24)):
        for axis, size in ((1, 251), (0, 401)):
            spread = float(places.double().sum(axis).var()) / (size * share * (1 - share))
            expect(
                0.4 < spread < 1.7,  # 1 for independent draws, with a deviation of at most 0.09
                "The numbers of chosen or masked tokens in rows or columns spread {spread} times as much as with "
                "independent draws.",
                "各行或各列中被选中（或被遮住）的词元数，其方差是独立抽取时的 {spread} 倍。",
                spread=f"{spread:.2f}",
            )
    replaced = inputs[chosen & ~hidden & (inputs != ids)]
    expect(
        len(replaced.unique()) > 500,  # about 3,000 draws from 1,006 ids hit some 950 of them
        "Many random tokens are the same one.",
        "许多随机词元都是同一个。",
    )
    masks = [student.mask_tokens(ids[:4], rng.generator(), **SETTING) for _ in range(11)]
    counts = {int((labels != -100).sum()) for _, labels in masks}
    expect(len(counts) > 1, "Each call chooses the same number of tokens.", "每次调用选中的词元数都一样。")


@points(2)
@after("test_labels_are_the_chosen_tokens")
@claims("Of the chosen tokens 80 % become `mask_id`")
def test_the_three_fates(student, rng):
    """15 % are chosen unless told otherwise; of these 80 % are masked, 10 % random, 10 % kept, with a label each.

    默认选中 15 %；其中 80 % 换成掩码，10 % 换成随机词元，10 % 保持不变，都有标签。
    """
    ids, inputs, _, chosen = masked(student, rng)
    hidden, kept = chosen & (inputs == MASK), chosen & (inputs == ids)

    near(chosen.double().mean(), 0.15, 0.006, "chosen tokens", "被选中词元")
    near(hidden.sum() / chosen.sum().clamp(min=1), 0.8, 0.016, "masks among the chosen", "被选中词元里掩码")
    rest = (
        0.18,
        " That is what comes out when 10 % of those that the mask left become random: 10 % of all chosen should.",
        "只让掩码之后剩下的 10 % 换成随机词元，就会这样：应当是全部被选中词元的 10 %。",
    )
    near(
        kept.sum() / chosen.sum().clamp(min=1),
        0.1,
        0.012,
        "kept tokens among the chosen",
        "被选中词元里保持不变者",
        [rest],
    )


@points(1)
@claims(
    "special tokens (padding among them) never are", "`ids` is not changed", "ids that are neither chosen nor drawn"
)
def test_special_tokens_stay(student, device):
    """Special tokens are never chosen, even when everything else is, and their labels are -100.

    特殊词元绝不会被选中，即使其余全部被选中；它们的标签是 -100。
    """
    ids = torch.tensor(SPECIAL + [7, 8], device=device).repeat(997, 1)

    (inputs, labels), arguments, _ = call_and_keep(student.mask_tokens, ids, seeded(device), share=1.0, **SETTING)

    assert_same(arguments[0], ids)
    assert_same(inputs[:, :3], ids[:, :3])
    assert_same(labels[:, :3], torch.full_like(ids[:, :3], -100))
    assert_same(labels[:, 3:], ids[:, 3:])


@points(1)
@claims("A random token is any id below `vocabulary` that is not special, all equally likely")
def test_random_tokens_are_ordinary(student, rng):
    """Random tokens are drawn from all ordinary ids alike, and never from the special ones.

    随机词元从所有普通 id 中等概率抽取，绝不会是特殊 id。
    """
    special = [0, 1, 2, 3, 4]
    ids, inputs, labels, _ = masked(student, rng, low=9, high=13, share=1.0, vocabulary=13, special=special)
    expect(
        not torch.isin(inputs, torch.tensor(special[:4], device=inputs.device)).any(),
        "A special id was drawn as a random token: random tokens are any ids below `vocabulary` but the special ones.",
        "有特殊 id 被抽成了随机词元：随机词元是小于 `vocabulary` 的任意 id，但特殊 id 除外。",
    )
    expect(
        bool((inputs < 13).all()),
        "An id that is not below `vocabulary` was drawn as a random token.",
        "有不小于 `vocabulary` 的 id 被抽成了随机词元。",
    )
    mask = (0.8 + 0.1 / 9, " Is `mask_id` itself drawn as a random token?", "是不是把 `mask_id` 本身也抽成了随机词元？")
    near((inputs == MASK).double().mean(), 0.8, 0.0055, "masks among the chosen", "被选中词元里掩码", [mask])
    replaced = inputs[(inputs != ids) & (inputs != MASK)]
    counts = torch.bincount(replaced, minlength=13).double() / MANY

    assert_same(labels, ids)
    for token in range(13):  # 8 ordinary ids; of those above 8, a quarter of the draws hits the token itself
        wanted = 0.0 if token in special else 0.1 / 8 * (0.75 if token > 8 else 1.0)
        near(counts[token], wanted, 0.002 if wanted else 1e-9, f"random tokens {token}", f"随机词元 {token} ")


@points(1)
@claims("All randomness comes from `generator`", "each call moves the generator on")
def test_randomness_comes_from_the_generator(student, rng, device):
    """The same generator state gives the same masks and pairs; another state, or a second call, gives others.

    生成器状态相同，掩码和句对就相同；状态不同，或再次调用，结果就不同。
    """
    ids = rng.integers(10, 1000, 31, 37)
    text = [[f"{d}.{s}" for s in range(23)] for d in range(5)]
    masks = [student.mask_tokens(ids, seeded(device, seed), **SETTING) for seed in (7, 7, 8)]
    pairs = [student.sentence_pairs(text, seeded(device, seed)) for seed in (7, 7, 8)]

    assert_same(masks[0], masks[1])
    assert_same(pairs[0], pairs[1])
    different = not torch.equal(masks[0][1], masks[2][1])
    expect(different, "Two generators give the same masks.", "两个不同的生成器给出了相同的掩码。")
    expect(pairs[0] != pairs[2], "Two generators give the same pairs.", "两个不同的生成器给出了相同的句对。")
    first, again = in_a_row(2, student.mask_tokens, ids, seeded(device), **SETTING)
    different = not torch.equal(first[1], again[1])
    expect(different, "A second call with the same generator gives the same masks.", "再次调用，掩码仍然相同。")
    first, again = in_a_row(2, student.sentence_pairs, text, seeded(device))
    expect(first != again, "A second call with the same generator gives the same pairs.", "再次调用，句对仍然相同。")


@points(2)
@claims(
    "There is one pair for every two neighbouring sentences",
    "With probability 1/2 it is (sentence, the next one, 0)",
    "drawn from the sentences of all other documents, each of them equally likely",
    "Documents are told apart by their place: two of them, or two sentences, may read the same",
    "The labels are BERT's",
    "Each pair is decided by itself",
)
def test_pairs(student, rng):
    """One pair for every two neighbours, in order: 0 with the next sentence, 1 with one of another document; each pair
    is decided by itself.

    每两个相邻句子一对，按原文顺序：0 配下一句，1 配另一篇文档中的句子；每一对各自决定。
    """
    for _ in range(11):
        few = student.sentence_pairs([[f"{d}.{s}" for s in range(41)] for d in range(2)], rng.generator())
        for start in (0, 40):
            labels = {label for _, _, label in few[start : start + 40]}
            expect(
                labels == {0, 1},
                "All pairs of a document have the same label.",
                "一篇文档的所有句对标签都相同。",
            )
    sizes = [1009, 1, 0, 2003]
    documents = [[f"{d}.{s}" for s in range(size)] for d, size in enumerate(sizes)]
    firsts = [sentence for document in documents for sentence in document[:-1]]

    pairs = student.sentence_pairs(documents, rng.generator())

    assert_same([pair[0] for pair in pairs], firsts)
    for first, second, label in pairs:
        document, place = first.split(".")
        follows = second == f"{document}.{int(place) + 1}"
        expect(
            label == (0 if follows else 1),
            "A pair has the wrong label: 0 follows, 1 is drawn.",
            "有一对的标签不对：0 表示相接，1 表示抽取。",
        )
        expect(
            follows or not second.startswith(f"{document}."),
            "A drawn sentence comes from the same document.",
            "抽取的句子来自同一篇文档。",
        )
    near(sum(pair[2] for pair in pairs) / 3010, 0.5, 0.06, "drawn sentences", "抽取句子")
    equal = sum(one[2] == other[2] for one, other in zip(pairs, pairs[1:], strict=False))
    near(equal / 3009, 0.5, 0.06, "pairs with the label of the pair before them", "标签与前一对相同的句对")
    drawn = [int(pair[1].split(".")[1]) for pair in pairs if pair[2] == 1 and pair[0].startswith("0.")]
    near(
        sum(drawn) / len(drawn) / 2002,
        0.5,
        0.1,
        "the text before the mean place of a drawn sentence",
        "抽取句子平均位置",
    )
    twins = student.sentence_pairs([["a", "b"] * 40, ["a", "b"] * 40, ["c"]], rng.generator())
    drawn = {second for _, second, label in twins if label == 1}
    expect(
        drawn >= {"a", "b"},
        "Of two documents with the same text, no sentence is drawn from the one for the other.",
        "两篇文档的文字相同时，为其中一篇抽取句子，从来抽不到另一篇里的。",
    )


@points(1)
@claims("fewer than two documents have a sentence", "`documents` is not changed")
def test_pairs_need_two_documents(student, rng):
    """Sentences of one document alone are refused; documents of one sentence each give no pair; none is changed.

    只有一篇文档有句子时应拒绝；每篇只有一句时没有句对；传入的文档都不变。
    """
    assert_raises(ValueError, student.sentence_pairs, [["a", "b"], []], rng.generator())
    _, arguments, _ = call_and_keep(student.sentence_pairs, [["a", "b"], [], ["c"]], rng.generator())
    assert_same(arguments[0], [["a", "b"], [], ["c"]])
    assert_same(student.sentence_pairs([["a"], ["b"]], rng.generator()), [])


@points(1)
@claims(
    "A span (start, stop) covers the positions start to stop - 1",
    "sentinels count downwards",
    "for each span, its sentinel and then its tokens",
    "the sentinel of the first span",
)
def test_spans_by_hand(student, device):
    """The text 10 11 12 13 14 15 without (1, 2) and (3, 5): inputs 10 99 12 98 15, targets 99 11 98 13 14 97.

    文本 10 11 12 13 14 15 挖去 (1, 2) 和 (3, 5)：输入为 10 99 12 98 15，目标为 99 11 98 13 14 97。
    """
    ids = torch.arange(10, 16, device=device)

    inputs, targets = unchanged(student.corrupt_spans, ids, [(1, 2), (3, 5)], 99)

    assert_same(inputs, torch.tensor([10, 99, 12, 98, 15], device=device))
    assert_same(targets, torch.tensor([99, 11, 98, 13, 14, 97], device=device))


@points(1)
@claims("Without spans the inputs are the text", "Both results have the dtype and the device of `ids`")
def test_spans_at_the_edges(student, device):
    """Spans at both ends, a text that is one span, no span at all; int32 stays int32.

    两端的片段、整篇就是一个片段、没有片段；int32 仍是 int32。
    """
    ids = torch.arange(10, 24, device=device, dtype=torch.int32)[::2]

    def answer(*rows):
        return tuple(torch.tensor(row, device=device, dtype=torch.int32) for row in rows)

    assert_same(
        student.corrupt_spans(ids, [(0, 2), (5, 7)], 50), answer([50, 14, 16, 18, 49], [50, 10, 12, 49, 20, 22, 48])
    )
    assert_same(student.corrupt_spans(ids[:1], [(0, 1)], 50), answer([50], [50, 10, 49]))
    assert_same(student.corrupt_spans(ids[:2], [], 50), answer([10, 12], [50]))


@points(1)
@claims("the device of `ids`")
def test_spans_are_where_the_text_is(student, reference, rng):
    """Inputs and targets lie on the device of the ids, sentinels included: on a GPU, every new tensor is made there.

    输入和目标（包括哨兵）都与 ids 在同一设备上：在 GPU 上，新建的张量也要在那里。
    """
    ids = rng.integers(0, 50, 13)

    for spans in ([(1, 2), (5, 8)], []):
        assert_same(follows_device(student.corrupt_spans, ids, spans, 99), reference.corrupt_spans(ids, spans, 99))


@points(1)
@claims("a span is empty, reaches beyond the text", "with at least one token between two of them")
def test_spans_that_are_refused(student, device):
    """Empty spans, spans beyond the text, and spans that overlap, touch or run backwards are refused.

    空片段、超出文本的片段，以及重叠、相接或次序颠倒的片段都应拒绝。
    """
    ids = torch.arange(7, device=device)

    beside = [(0, 1), (2, 3), (3, 4)]
    for spans in (
        [(2, 2)],
        [(4, 2)],
        [(5, 8)],
        [(-1, 2)],
        [(0, 3), (2, 5)],
        [(0, 2), (2, 4)],
        [(4, 5), (0, 2)],
        beside,
    ):
        assert_raises(ValueError, student.corrupt_spans, ids, spans, 99)
