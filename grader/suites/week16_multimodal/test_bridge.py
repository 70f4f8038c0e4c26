"""Hidden suite of week 16, bridge.

Sizes are distinct primes where the head count leaves a choice. The parameters of layers are set from outside, norms
included, so that the student's layer and the reference's are the same function.
Not covered: the values that the parameters start with, half precision, speed.
"""

import torch

from grader.suite import (
    after,
    assert_raises,
    assert_same,
    claims,
    expect,
    follows_device,
    gradients,
    parameter_gradients,
    points,
    type_names,
    unchanged,
)

BATCH, QUERIES, WORDS, TOKENS, D_MODEL, D_IMAGE, HEADS, HIDDEN = 2, 3, 5, 7, 10, 11, 2, 13
VOCABULARY, WIDTH, IMAGE = 17, 5, 3
KINDS = ("matching", "generation", "contrastive")


def load(layer, state):
    """Move the layer to the dtype and device of the parameters, and load them."""
    first = next(iter(state.values()))
    layer.to(str(first.device))
    if first.dtype == torch.float64:
        layer.double()
    layer.load_state_dict(state)


def twins(student, reference, rng, dtype=torch.float64):
    """The student's layer and ours, with the same random parameters."""
    layers = [module.QueryFormerLayer(D_MODEL, HEADS, HIDDEN, D_IMAGE) for module in (student, reference)]
    state = {key: 0.5 * rng.normal(*p.shape, dtype=dtype) for key, p in layers[1].state_dict().items()}
    for layer in layers:
        load(layer, state)
    return layers


def inputs(rng, length=QUERIES + WORDS, dtype=torch.float64):
    """Rows and features."""
    return 2 * rng.normal(BATCH, length, D_MODEL, dtype=dtype) + 1, rng.normal(BATCH, TOKENS, D_IMAGE, dtype=dtype) - 1


def normed(x):
    centred = x - x.mean(-1, keepdim=True)
    return centred / centred.square().mean(-1, keepdim=True).sqrt()


# QueryFormerLayer


@points(1)
@claims(
    "self_attention: parts.Attention(d_model, num_heads)",
    "cross_attention: parts.Attention(d_model, num_heads, d_image); d_image is the width of the features",
    "norm_self, norm_cross, norm_query, norm_word: nn.LayerNorm(d_model, eps=1e-12), as in BERT",
    "query_in, query_out, word_in, word_out: nn.Linear from d_model to hidden, and back",
)
def test_parts_of_the_layer(student):
    """The parts have the names, kinds and shapes that the contract says, and there are no others.

    各部件的名字、种类和形状与约定一致，没有别的部件。
    """
    layer = student.QueryFormerLayer(D_MODEL, HEADS, HIDDEN, D_IMAGE)
    kinds = type_names(layer)
    shapes = {name: tuple(p.shape) for name, p in layer.state_dict().items()}

    expected = {}
    for name, memory in (("self_attention", D_MODEL), ("cross_attention", D_IMAGE)):
        for part, width in (("W_q", D_MODEL), ("W_k", memory), ("W_v", memory), ("W_o", D_MODEL)):
            expected |= {f"{name}.{part}.weight": (D_MODEL, width), f"{name}.{part}.bias": (D_MODEL,)}
    for name in ("norm_self", "norm_cross", "norm_query", "norm_word"):
        expected |= {f"{name}.weight": (D_MODEL,), f"{name}.bias": (D_MODEL,)}
    for name in ("query", "word"):
        expected |= {f"{name}_in.weight": (HIDDEN, D_MODEL), f"{name}_in.bias": (HIDDEN,)}
        expected |= {f"{name}_out.weight": (D_MODEL, HIDDEN), f"{name}_out.bias": (D_MODEL,)}
    assert_same(shapes, expected)
    for name, kind in (("self_attention", "Attention"), ("norm_cross", "LayerNorm"), ("word_in", "Linear")):
        assert_same(kinds.get(name), kind)


@points(1)
@after("test_parts_of_the_layer")
@claims(
    "Every norm stands after its addition (post-norm, as in BERT), and `features` are not normed",
    "the queries alone, the first rows of x",
    "the words alone, the other rows of x",
)
def test_silent_branches(student, rng, device):
    """When every branch gives 0, each row comes out normed: a query three times, a word twice.

    各分支都输出 0 时，每一行只经过归一化：查询三次，词两次。
    """
    x, features = inputs(rng)
    layer = student.QueryFormerLayer(D_MODEL, HEADS, HIDDEN, D_IMAGE)
    weight = {"norm_self": 2.0, "norm_cross": 3.0, "norm_query": 5.0, "norm_word": 7.0}
    state = {}
    for name, p in layer.state_dict().items():
        part, kind = name.split(".")[0], name.split(".")[-1]
        value = weight[part] if part in weight and kind == "weight" else 0.0
        state[name] = torch.full(p.shape, value, dtype=torch.float64, device=device)
    load(layer, state)

    got = layer(x, features, QUERIES)

    assert_same(got[:, :QUERIES], 5 * normed(x[:, :QUERIES]))
    assert_same(got[:, QUERIES:], 7 * normed(x[:, QUERIES:]))


@points(1)
@after("test_parts_of_the_layer")
@claims(
    "x = norm_self(x + self_attention(x, x))",
    "all rows of x, queries and words",
    "q = norm_cross(q + cross_attention(q, features))",
    "q = norm_query(q + query_out(gelu(query_in(q))))",
    "w = norm_word(w + word_out(gelu(word_in(w))))",
    "gelu is the exact one",
)
def test_layer_agrees_with_the_reference(student, reference, rng):
    """Queries and words agree with the reference, with every parameter random; in float32 and with views, too.

    所有参数随机时，查询和词都与参考答案一致；float32 和视图也一样。
    """
    for dtype in (torch.float64, torch.float32):
        mine, ours = twins(student, reference, rng, dtype)
        x, features = inputs(rng, dtype=dtype)

        assert_same(unchanged(mine.forward, x, features, QUERIES), ours(x, features, QUERIES))
        turned = features.transpose(1, 2).contiguous().transpose(1, 2)
        assert_same(mine(x.repeat(1, 1, 2)[..., ::2], turned, 1), ours(x.repeat(1, 1, 2)[..., ::2], features, 1))


@points(1)
@after("test_parts_of_the_layer")
@claims("All rows may be queries: then there are no words")
def test_queries_without_words(student, reference, rng):
    """Without words all rows are queries; one query and a picture of one token are enough.

    没有词时所有行都是查询；一个查询、一个词元的图片也可以。
    """
    mine, ours = twins(student, reference, rng)
    x, features = inputs(rng, QUERIES)

    assert_same(mine(x, features, QUERIES), ours(x, features, QUERIES))
    assert_same(mine(x[:1, :1], features[:1, :1], 1), ours(x[:1, :1], features[:1, :1], 1))


@points(1)
@after("test_parts_of_the_layer")
@claims(
    "mask: who sees whom in self-attention",
    "Boolean with two or three axes, broadcasts to (batch, length,\nlength); True: may attend",
    "None: hide nothing",
    "Cross-attention has no mask",
)
def test_masks_of_the_layer(student, reference, rng):
    """A mask hides rows in self-attention, and nothing in cross-attention; without one nothing is hidden.

    掩码只在自注意力中遮住某些行，对交叉注意力没有影响；没有掩码时什么也不遮。
    """
    mine, ours = twins(student, reference, rng)
    x, features = inputs(rng)
    length = x.shape[1]
    for shape in ((length, length), (BATCH, length, length), (BATCH, 1, length)):
        mask = rng.uniform(*shape) < 0.5
        mask[..., 0] = True

        assert_same(unchanged(mine.forward, x, features, QUERIES, mask), ours(x, features, QUERIES, mask))
        as_many = rng.normal(BATCH, length, D_IMAGE, dtype=torch.float64)  # the mask would fit these features, too
        assert_same(mine(x, as_many, QUERIES, mask), ours(x, as_many, QUERIES, mask))
    alone = torch.eye(length, dtype=torch.bool, device=x.device)
    got = mine(x, features, QUERIES, mask=alone)
    for row in range(length):
        queries = min(QUERIES, row + 1)  # a query by itself; the row of a word comes last
        part = mine(x[:, : row + 1], features, queries, mask=alone[: row + 1, : row + 1])
        assert_same(part[:, row], got[:, row])
    assert_same(mine(x, features, QUERIES, torch.ones_like(alone)), mine(x, features, QUERIES))


@points(1)
@after("test_parts_of_the_layer")
@claims("Words have no cross-attention: they learn of the picture from the queries, if the mask lets them see these")
def test_who_sees_the_picture(student, rng, reference):
    """Another picture changes the queries of that row of the batch and no word; another word changes the queries.

    换一张图片，只会改变批次中那一行的查询，不改变任何词；换一个词会改变查询。
    """
    mine, _ = twins(student, reference, rng)
    x, features = inputs(rng)
    before = mine(x, features, QUERIES)
    another, _ = twins(student, reference, rng)  # a second layer leaves the first one as it is
    another(features.new_zeros(x.shape), features, 1)
    assert_same(mine(x, features, QUERIES), before)
    other = features.clone()
    other[1] = features[1].flip(-1) + 1
    after_picture = mine(x, other, QUERIES)
    asked = x.clone()
    asked[:, -1] = -x[:, -1]

    assert_same(after_picture[0], before[0])
    assert_same(after_picture[1, QUERIES:], before[1, QUERIES:])
    expect(
        bool((after_picture[1, :QUERIES] - before[1, :QUERIES]).abs().amax(-1).min() > 1e-6),
        "A query does not notice that the picture is another one.",
        "换了一张图片，却有查询没有察觉。",
    )
    expect(
        bool((mine(asked, features, QUERIES)[:, :QUERIES] - before[:, :QUERIES]).abs().amax(-1).min() > 1e-6),
        "A query does not notice that a word is another one: the question never reaches it.",
        "换了一个词，却有查询没有察觉：问题传不到查询那里。",
    )


@points(1)
@after("test_parts_of_the_layer")
@claims("nn.LayerNorm(d_model, eps=1e-12)")
def test_tiny_rows(student, reference, rng):
    """Rows that differ by a millionth are normed like others: the eps is that of BERT.

    各分量只相差百万分之一的行也照样归一化：eps 与 BERT 相同。
    """
    mine, ours = twins(student, reference, rng)
    state = {key: 1e-4 * p if "W_o" in key or "_out" in key else p for key, p in ours.state_dict().items()}
    for layer in (mine, ours):
        load(layer, state)
    x, features = inputs(rng)
    x = 1e-4 * x

    assert_same(mine(x, features, QUERIES), ours(x, features, QUERIES))


@points(1)
@after("test_parts_of_the_layer")
@claims("q = norm_cross(q + cross_attention(q, features))")
def test_gradients_of_the_layer(student, reference, rng):
    """Gradients agree with the reference: of rows, features and all parameters.

    行、特征以及所有参数的梯度都与参考答案一致。
    """
    mine, ours = twins(student, reference, rng)
    x, features = inputs(rng)

    for got, expected in zip(
        gradients(mine.forward, x, features, QUERIES), gradients(ours.forward, x, features, QUERIES), strict=True
    ):
        assert_same(got, expected)
    assert_same(parameter_gradients(mine, x, features, QUERIES), parameter_gradients(ours, x, features, QUERIES))


@points(1)
@after("test_parts_of_the_layer")
@claims("`num_queries` is not between 1 and the length of x")
def test_the_layer_refuses(student, rng):
    """No query, and more queries than rows, are refused; as many as rows, and one, are not.

    没有查询、查询多于行数时应拒绝；与行数相等或只有一个时不拒绝。
    """
    x, features = inputs(rng, dtype=torch.float32)
    layer = student.QueryFormerLayer(D_MODEL, HEADS, HIDDEN, D_IMAGE)
    layer.to(str(x.device))

    for number in (0, -1, QUERIES + WORDS + 1):
        assert_raises(ValueError, layer.forward, x, features, number)
    for number in (1, QUERIES + WORDS):
        assert_same(list(layer(x, features, number).shape), list(x.shape))


# query_mask


def expected_mask(queries, words, kind):
    """The rule of a kind, pair by pair, and no padding."""
    rows = []
    for row in range(queries + words):
        for column in range(queries + words):
            looks, seen = row >= queries, column >= queries  # is it a word?
            if kind == "matching":
                rows.append(True)
            elif kind == "generation":
                rows.append(not seen or (looks and column <= row))
            else:
                rows.append(looks == seen)
    return torch.tensor(rows).view(queries + words, queries + words)


@points(1)
@claims(
    '"matching" (do picture and text belong together?): everybody sees everybody',
    '"generation" (write the text): a query sees all queries and no word; a word sees all queries, itself and the '
    "words before it",
    '"contrastive" (compare picture and text): a query sees all queries, a word all words, and neither sees the other',
    "Rows and columns are the queries, then the words: length = num_queries + words",
    "The row looks, the column is seen",
)
def test_three_masks(student, device):
    """Each of the three losses has its own mask; a text of no words leaves queries that see each other.

    三种损失各有自己的掩码；没有词的文本只剩下彼此可见的查询。
    """
    for kind in KINDS:
        for queries, words in ((2, 3), (1, 1), (5, 2), (3, 0)):
            for batch in (2, 1):
                got = student.query_mask(queries, torch.ones(batch, words, dtype=torch.bool, device=device), kind)

                assert_same(got, expected_mask(queries, words, kind).to(device).expand(batch, -1, -1))


@points(1)
@claims(
    "Nobody sees a padding word, not even itself; as a row it has the rule of its kind",
    "1 (or True) for words, 0 (or False) for padding, which may stand anywhere",
    "The mask is on the device of `word_mask`",
)
def test_padding_in_the_mask(student, device):
    """A padding word is seen by nobody, wherever it stands; its own row follows the rule. Masks of 0 and 1 do as well.

    填充词无论在哪里都不被看到；它自己的那一行仍按规则。用 0 和 1 写的掩码也可以。
    """
    word_mask = torch.tensor([[1, 1, 0, 0], [0, 1, 1, 1], [1, 0, 1, 0], [0, 0, 0, 0]], device=device)
    for kind in KINDS:
        for given in (word_mask.bool(), word_mask, word_mask.to(torch.int32)):
            got = unchanged(student.query_mask, 3, given, kind)

            expected = expected_mask(3, 4, kind).to(device).repeat(4, 1, 1)
            expected[:, :, 3:] &= word_mask.bool()[:, None]
            assert_same(got, expected)


@points(1)
@after("test_three_masks")
@claims("The mask is on the device of `word_mask`")
def test_the_mask_is_where_the_words_are(student, device):
    """The mask lies on the device of word_mask: on a GPU, every new tensor is made there.

    掩码与 word_mask 在同一设备上：在 GPU 上，新建的张量也要在那里。
    """
    word_mask = torch.ones(1, 4, dtype=torch.bool, device=device)

    for kind in KINDS:
        answer = follows_device(student.query_mask, 3, word_mask, kind)
        assert_same(answer, expected_mask(3, 4, kind).to(device)[None])


@points(1)
@claims("`num_queries` is less than 1, `word_mask` has not two axes, or `kind` is none of the three")
def test_the_mask_refuses(student, device):
    """No query, a mask with another number of axes, and an unknown kind are refused.

    没有查询、掩码轴数不对、未知的 kind，都应拒绝。
    """
    word_mask = torch.ones(2, 3, dtype=torch.bool, device=device)
    for number in (0, -2):
        assert_raises(ValueError, student.query_mask, number, word_mask, "matching")
    for bad in (word_mask[0], word_mask[None]):
        assert_raises(ValueError, student.query_mask, 2, bad, "matching")
    for kind in ("itm", "Matching", ""):
        assert_raises(ValueError, student.query_mask, 2, word_mask, kind)


# splice_image_tokens


def spliced(module, *args, **kwargs):
    """What the function returns, if that is three things; arguments stay as they are."""
    got = unchanged(module.splice_image_tokens, *args, **kwargs)
    three = isinstance(got, (tuple, list)) and len(got) == 3
    expect(three, "The answer is not (embeddings, labels, mask).", "结果不是 (embeddings, labels, mask)。")
    return got


def table_and(rng, pictures, tokens=TOKENS, dtype=torch.float64):
    """Embeddings and features."""
    return rng.normal(VOCABULARY, WIDTH, dtype=dtype), rng.normal(pictures, tokens, WIDTH, dtype=dtype)


@points(2)
@claims(
    "One image token stands for a whole picture: its place is taken by all `tokens` features of that picture, in order",
    "what follows moves to the right",
    "Every other token gets its row of `table`, the embeddings of the vocabulary",
    "labels: None: all labels are -100",
    "None: there is no padding",
)
def test_one_picture_in_a_text(student, device, rng):
    """Two words, a picture of seven features and a word make ten positions; the picture may also be first, last, alone.

    两个词、一张七个特征的图片和一个词，共十个位置；图片也可以在最前、最后，或独自一行。
    """
    table, features = table_and(rng, 1)
    for before, behind in (([5, 9], [2]), ([], [4, 4]), ([8], []), ([], [])):
        ids = torch.tensor([[*before, IMAGE, *behind]], device=device)
        embeddings, labels, mask = spliced(student, ids, features, IMAGE, table)

        assert_same(embeddings, torch.cat([table[before], features[0], table[behind]])[None])
        assert_same(labels, torch.full_like(mask, -100, dtype=torch.int64))
        assert_same(mask, torch.ones(1, TOKENS + len(before + behind), dtype=torch.bool, device=device))


@points(1)
@claims(
    "The pictures are used in the order of their image tokens: row 0 from left to right, then row 1, and so on",
    "A row may have any number of them, also none",
    "Then shorter rows are filled up on the right: embeddings 0, label -100, mask False",
    "The mask is True for all else, pictures included",
    "`longest` is the length of the longest row, and 0 in a batch of no rows",
)
def test_several_pictures_in_a_batch(student, device, rng):
    """Rows with two, no and one picture of five features each; shorter rows are filled up with 0, -100 and False. A
    feature of zeros and a word of zeros are no padding.

    各行分别有两张、零张、一张图片，每张五个特征；较短的行用 0、-100 和 False 补齐。全零的特征和全零的词不是填充。
    """
    table, features = table_and(rng, 3, tokens=5)
    table[8], features[0, 4], features[2, 1] = 0, 0, 0
    ids = torch.tensor([[IMAGE, 6, IMAGE], [7, 8, 9], [2, IMAGE, 4]], device=device)
    embeddings, labels, mask = spliced(student, ids, features, IMAGE, table, labels=ids + 100)

    rows = [
        torch.cat([features[0], table[[6]], features[1]]),
        table[[7, 8, 9]],
        torch.cat([table[[2]], features[2], table[[4]]]),
    ]
    real = [[-100] * 5 + [106] + [-100] * 5, [107, 108, 109], [102] + [-100] * 5 + [104]]
    assert_same(list(embeddings.shape), [3, 11, WIDTH])
    for place, (row, marks) in enumerate(zip(rows, real, strict=True)):
        empty = 11 - len(row)
        assert_same(embeddings[place], torch.cat([row, torch.zeros_like(row[:1]).expand(empty, -1)]))
        assert_same(labels[place].tolist(), marks + [-100] * empty)
        assert_same(mask[place].tolist(), [True] * len(row) + [False] * empty)


@points(1)
@claims(
    "Padding (mask 0 or False) is left out wherever it stands, and an image token there is no picture",
    "mask: 1 (or True) for tokens, 0 (or False) for padding",
)
def test_padding_is_left_out(student, device, rng):
    """Padding on the left, on the right or in between disappears, also if its id is that of the image token or no row
    of the table. Masks of 0 and 1 do as well.

    左边、右边或中间的填充都会消失，即使它的 id 等于图片词元，或不是表中的一行。用 0 和 1 写的掩码也可以。
    """
    table, features = table_and(rng, 2, tokens=3)
    ids = torch.tensor([[-1, IMAGE, 5, IMAGE], [6, IMAGE, 99, IMAGE], [7, 8, 9, 10]], device=device)
    mask = torch.tensor([[0, 0, 1, 1], [1, 1, 0, 0], [1, 0, 1, 1]], device=device)
    for given in (mask, mask.bool()):
        embeddings, labels, filled = spliced(student, ids, features, IMAGE, table, ids + 200, given)

        zero = torch.zeros_like(table[:1])
        expected = (
            torch.cat([table[[5]], features[0]]),
            torch.cat([table[[6]], features[1]]),
            torch.cat([table[[7, 9, 10]], zero]),
        )
        assert_same(embeddings, torch.stack(expected))
        assert_same(labels.tolist(), [[205, -100, -100, -100], [206, -100, -100, -100], [207, 209, 210, -100]])
        assert_same(filled.tolist(), [[True] * 4, [True] * 4, [True] * 3 + [False]])
    one = torch.zeros_like(mask)
    one[1, 1] = 1  # all is padding but one picture
    embeddings, labels, filled = spliced(student, ids, features[:1], IMAGE, table, ids, one)
    nothing = torch.zeros_like(features[0])
    assert_same(embeddings, torch.stack([nothing, features[0], nothing]))
    assert_same(labels, torch.full_like(filled, -100, dtype=torch.int64))
    assert_same(filled.tolist(), [[False] * 3, [True] * 3, [False] * 3])


@points(1)
@claims(
    "A label moves with its token; the positions of pictures have the label -100, whatever stands at the image token"
)
def test_labels_move(student, device, rng):
    """Labels behind a picture move with their tokens; the image token's own label is never used; labels of -100 stay.

    图片后面的标签随词元移动；图片词元自己的标签从不使用；-100 的标签保持不变。
    """
    table, features = table_and(rng, 2, tokens=2)
    ids = torch.tensor([[4, IMAGE, 5, 6], [IMAGE, 7, 8, 9]], device=device)
    labels = torch.tensor([[-100, 11, -100, 13], [14, 15, -100, 0]], device=device)
    _, got, _ = spliced(student, ids, features, IMAGE, table, labels)

    assert_same(got.tolist(), [[-100, -100, -100, -100, 13], [-100, -100, 15, -100, 0]])


@points(1)
@claims("`image_token` need not be a row of `table` (LLaVA's is -200), and is never looked up there")
def test_image_tokens_outside_the_table(student, device, rng):
    """Image tokens of -200, -1 and one beyond the table do as well as one within it.

    图片词元是 -200、-1 或超出表的编号时，与表内的编号一样可用。
    """
    table, features = table_and(rng, 1, tokens=2)
    for token in (-200, -1, VOCABULARY, 0):
        ids = torch.tensor([[5, token, 6]], device=device)
        embeddings, _, _ = spliced(student, ids, features, token, table)

        assert_same(embeddings[0], torch.cat([table[[5]], features[0], table[[6]]]))


@points(1)
@claims("gradients flow to `table` and to `features`")
def test_gradients_of_the_splice(student, reference, device, rng):
    """Gradients reach the features and the rows of the table that were used, and agree with the reference.

    梯度到达特征和用到的表中各行，并与参考答案一致。
    """
    table, features = table_and(rng, 2, tokens=3)
    ids = torch.tensor([[5, IMAGE, 5, 6], [IMAGE, 7, IMAGE, 0]], device=device)
    mask = torch.tensor([[1, 1, 1, 1], [0, 1, 1, 0]], device=device)

    for place in (1, 3):
        got = gradients(student.splice_image_tokens, ids, features, IMAGE, table, None, mask, wrt=(place,))
        assert_same(
            got, gradients(reference.splice_image_tokens, ids, features, IMAGE, table, None, mask, wrt=(place,))
        )


@points(1)
@claims("The embeddings have the dtype of `table`")
def test_dtypes_and_views(student, reference, device, rng):
    """The embeddings have the table's dtype when that of the features is another one; views and int32 ids do as well.

    特征的 dtype 与表不同时，嵌入取表的 dtype；视图和 int32 的 ids 也可以。
    """
    table, features = table_and(rng, 2)
    ids = torch.tensor([[5, IMAGE], [IMAGE, 7], [8, 9]], device=device)
    for dtype in (torch.float32, torch.float64, torch.float16):
        expected = torch.cat([table[[5]], features[0]]).to(dtype)
        got, _, _ = spliced(student, ids, features.float(), IMAGE, table.to(dtype))
        assert_same(got[0], expected, rtol=1e-3, atol=1e-3)
    turned = features.transpose(1, 2).contiguous().transpose(1, 2)
    for given in (ids.T.contiguous().T, ids.int()):
        for got, expected in zip(
            spliced(student, given, turned, IMAGE, table.T.contiguous().T)[::2],
            reference.splice_image_tokens(ids, features, IMAGE, table)[::2],
            strict=True,
        ):
            assert_same(got, expected)


@points(1)
@claims("A row may have any number of them, also none")
def test_a_batch_without_pictures(student, device, rng):
    """A batch without pictures is its embeddings; pictures of no features leave nothing at their places; a batch of no
    rows becomes one.

    没有图片的批次就是它的嵌入；没有特征的图片不留下任何位置；没有行的批次结果也没有行。
    """
    table, features = table_and(rng, 0)
    ids = torch.tensor([[5, 6], [7, 8]], device=device)
    embeddings, labels, mask = spliced(student, ids, features, IMAGE, table, ids)

    assert_same(embeddings, table[ids])
    assert_same(labels, ids)
    assert_same(mask, torch.ones_like(ids, dtype=torch.bool))
    ids = torch.tensor([[5, IMAGE, 6]], device=device)
    embeddings, _, _ = spliced(student, ids, features.new_zeros(1, 0, WIDTH), IMAGE, table)
    assert_same(embeddings, table[[5, 6]][None])
    embeddings, labels, mask = spliced(student, ids[:0], features, IMAGE, table)
    assert_same(embeddings, table.new_zeros(0, 0, WIDTH))
    assert_same([labels, mask], [ids.new_zeros(0, 0), torch.zeros(0, 0, dtype=torch.bool, device=device)])


@points(1)
@claims(
    "there are not as many image tokens as pictures, `labels` or `mask` have another shape than `ids`, features and "
    "table differ in width, even without a picture, or another token (not padding) is less than 0 or no row of `table`"
)
def test_the_splice_refuses(student, device, rng):
    """Too many or too few pictures, shapes or widths that do not fit, and tokens that are no row of the table are
    refused; the last row of the table is one.

    图片太多或太少、形状或宽度不符、词元不是表中的一行，都应拒绝；表的最后一行是可以的。
    """
    table, features = table_and(rng, 2, tokens=2)
    ids = torch.tensor([[5, IMAGE, 6], [IMAGE, 0, VOCABULARY - 1]], device=device)
    spliced(student, ids, features, IMAGE, table)

    call = student.splice_image_tokens
    assert_raises(ValueError, call, ids, features[:1], IMAGE, table)
    assert_raises(ValueError, call, ids, torch.cat([features, features[:1]]), IMAGE, table)
    assert_raises(ValueError, call, ids, features, IMAGE, table, None, ids != IMAGE)
    assert_raises(ValueError, call, ids, features, IMAGE, table, ids[:, :2])
    assert_raises(ValueError, call, ids, features, IMAGE, table, ids[:1])
    assert_raises(ValueError, call, ids, features, IMAGE, table, None, torch.ones_like(ids[:1]))
    assert_raises(ValueError, call, ids, features[..., :-1], IMAGE, table)
    assert_raises(ValueError, call, ids, features[..., :1], IMAGE, table)
    assert_raises(ValueError, call, ids[1:, 1:], features[:0, :, :-1], IMAGE, table)
    for bad in (-1, -100, VOCABULARY):
        wrong = ids.clone()
        wrong[0, 0] = bad
        assert_raises(ValueError, call, wrong, features, IMAGE, table)
