"""Hidden suite of week 08, packing.

Everything is exact: whole numbers and Booleans. Row length, number of rows and lengths of documents differ.
Not covered: speed; numbers that come back after another document stood between.
"""

import torch

from grader.suite import assert_raises, assert_same, claims, follows_device, points, unchanged

END, LENGTH = 99, 7
DOCUMENTS = [[1, 2, END], [], [4], [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16], [17, END, 18], [20, 21, 22, 23]]


def whole(rows, device, dtype=torch.int64):
    """Rows of numbers as a tensor."""
    return torch.tensor(rows, device=device, dtype=dtype)


@points(2)
def test_pack_by_hand(student):
    """Documents 1 2 and 3 in rows of 3: the row 1 2 end is full; 3 end lacks one token and is dropped.

    文档 1 2 与 3，行长为 3：得到行 1 2 end；剩下的 3 end 不满一行，被丢弃。
    """
    ids, numbers = student.pack([[1, 2], [3]], 3, END)

    assert_same(ids, torch.tensor([[1, 2, END]]))
    assert_same(numbers, torch.tensor([[0, 0, 0]]))


@points(3)
@claims(
    "A document that does not fit goes on in the next row",
    "the token `end`, which belongs to it",
    "Tokens of a document are kept as they are",
    "`documents` is not changed",
)
def test_pack_many(student, reference):
    """Documents go on in the next row, and each `end` has the number of the document before it; no document is changed.

    文档会延续到下一行；每个 `end` 的编号与它前面的文档相同；传入的文档都不变。
    """
    assert_same(unchanged(student.pack, DOCUMENTS, LENGTH, END), reference.pack(DOCUMENTS, LENGTH, END))
    assert_same(student.pack(DOCUMENTS, 1, END), reference.pack(DOCUMENTS, 1, END))


@points(1)
@claims("What remains behind the last full row is dropped")
def test_the_last_row_may_be_exactly_full(student):
    """When the tokens fill the last row exactly, it is kept; the documents stay as they are.

    词元恰好填满最后一行时，这一行保留；传入的文档不变。
    """
    ids, numbers = unchanged(student.pack, [[1, 2, 3], [4]], 3, END)

    assert_same(ids, torch.tensor([[1, 2, 3], [END, 4, END]]))
    assert_same(numbers, torch.tensor([[0, 0, 0], [0, 1, 1]]))


@points(1)
@claims("a document without tokens is left out", "the place in `documents` of the document")
def test_documents_without_tokens(student):
    """A document without tokens leaves no trace, and the others keep their numbers.

    没有词元的文档不留痕迹，其余文档的编号不变。
    """
    ids, numbers = unchanged(student.pack, [[], [5], [], [6]], 2, END)

    assert_same(ids, torch.tensor([[5, END], [6, END]]))
    assert_same(numbers, torch.tensor([[1, 1], [3, 3]]))


@points(1)
@claims("both int64", "Without a full row both have the shape (0, length)")
def test_nothing_to_pack(student):
    """Without a full row both results have the shape (0, length) and are int64; positions, mask and labels follow.

    不足一行时，两个结果的形状都是 (0, length)，类型为 int64；位置、掩码和标签也照此处理。
    """
    empty = torch.zeros(0, LENGTH, dtype=torch.int64)

    assert_same(student.pack([[1, 2]], LENGTH, END), (empty, empty))
    assert_same(student.pack([], LENGTH, END), (empty, empty))
    assert_same(student.packed_positions(empty), empty)
    assert_same(student.packed_mask(empty), torch.zeros(0, LENGTH, LENGTH, dtype=torch.bool))
    assert_same(student.packed_labels(empty, empty), empty)


@points(1)
@claims("`length` is below 1", "`ids` and `numbers` differ in shape")
def test_a_length_below_one(student, device):
    """Rows of length 0 and below are refused, and so are ids and numbers of different shapes.

    行长小于 1 应拒绝；ids 与 numbers 形状不同也应拒绝。
    """
    for length in (0, -1):
        assert_raises(ValueError, student.pack, [[1]], length, END)
        assert_raises(ValueError, student.pack, [], length, END)
    ids = whole([[1, 2], [3, 4]], device)
    for numbers in (whole([[0], [0]], device), whole([[0, 0]], device), whole([[0, 0, 1, 1]], device)):
        assert_raises(ValueError, student.packed_labels, ids, numbers)


@points(3)
@claims("Positions begin at 0 with each row", "begins again at 0 in the next one")
def test_positions(student, device):
    """Positions begin at 0 with each document and each row, also where a document was cut by the row's end.

    每篇文档、每一行的位置都从 0 开始，被行尾截断的文档也一样。
    """
    numbers = whole(
        [[0, 0, 0, 3, 4, 4, 4], [4, 4, 5, 5, 5, 5, 5], [5, 5, 5, 5, 5, 5, 5], [9, 9, 2, 2, 0, 1, 1]], device
    )

    positions = unchanged(student.packed_positions, numbers)

    expected = [[0, 1, 2, 0, 0, 1, 2], [0, 1, 0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 5, 6], [0, 1, 0, 1, 0, 0, 1]]
    assert_same(positions, whole(expected, device))


@points(1)
@claims("The result is int64 and on the device of `numbers`")
def test_int32_and_strided_numbers(student, device):
    """Numbers may be int32 and not contiguous; positions are int64, and a single token has position 0.

    编号可以是 int32、可以不连续；位置是 int64，单个词元的位置为 0。
    """
    numbers = whole([[2, 8], [2, 8], [6, 8], [6, 8], [6, 9]], device, torch.int32).T

    assert_same(student.packed_positions(numbers), whole([[0, 1, 0, 1, 2], [0, 1, 2, 3, 0]], device))
    assert_same(student.packed_positions(numbers[:1, :1]), whole([[0]], device))


@points(2)
@claims("A Boolean tensor on the device of `numbers`")
def test_mask(student, device):
    """A token sees itself and what came before it in its own document, never another document.

    词元能看到自己以及同一文档中在它前面的词元，绝看不到别的文档。
    """
    mask = unchanged(student.packed_mask, whole([[0, 0, 1, 1, 1], [3, 3, 3, 3, 4]], device))

    first = [[1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 1, 1, 0], [0, 0, 1, 1, 1]]
    second = [[1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [1, 1, 1, 0, 0], [1, 1, 1, 1, 0], [0, 0, 0, 0, 1]]
    assert_same(mask, whole([first, second], device) == 1)
    assert_same(student.packed_mask(whole([[6]], device, torch.int32)), whole([[[1]]], device) == 1)


@points(1)
@claims("The result is int64 and on the device of `numbers`", "A Boolean tensor on the device of `numbers`")
def test_answers_where_the_numbers_are(student, device):
    """Positions and mask lie on the device of the numbers: on a GPU, every new tensor is made there.

    位置和掩码都与 numbers 在同一设备上：在 GPU 上，新建的张量也要在那里。
    """
    numbers = whole([[4, 4, 7]], device)

    assert_same(follows_device(student.packed_positions, numbers), whole([[0, 1, 0]], device))
    mask = whole([[[1, 0, 0], [1, 1, 0], [0, 0, 1]]], device) == 1
    assert_same(follows_device(student.packed_mask, numbers), mask)


@points(2)
@claims(
    "Labels are not shifted here",
    "it is no target",
    "That holds for the first token of every row too",
    "`ids` is not changed",
)
def test_labels(student, device):
    """Labels are the ids, but -100 where a document or a row begins, also in a row of one document; ids stay as they
    are.

    标签就是 ids，但文档或行开始处为 -100，整行属于同一篇文档时也一样；ids 本身不变。
    """
    ids, numbers = (
        whole([[11, 99, 12, 99, 13], [14, 15, 99, 16, 17], [18, 19, 20, 21, 22]], device),
        whole([[0, 0, 1, 1, 2], [2, 2, 2, 3, 3], [3, 3, 3, 3, 3]], device),
    )

    labels = unchanged(student.packed_labels, ids, numbers)

    expected = [[-100, 99, -100, 99, -100], [-100, 15, 99, -100, 17], [-100, 19, 20, 21, 22]]
    assert_same(labels, whole(expected, device))
