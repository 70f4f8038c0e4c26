"""Known mistakes of week 08, packing."""

import packing as solution
import torch

from grader.mistakes import mistake


def rows(ids, numbers, length, count):
    """Cut two lists into a number of full rows."""
    return tuple(torch.tensor(x[: count * length], dtype=torch.int64).view(-1, length) for x in (ids, numbers))


def joined(documents, end, *, behind=True, before=False, empty=False):
    """All tokens and their documents' numbers, with `end` behind or before each document."""
    ids, numbers = [], []
    for number, document in enumerate(documents):
        if document or empty:
            tokens = [end] * before + list(document) + [end] * behind
            ids += tokens
            numbers += [number] * len(tokens)
    return ids, numbers


def refuse(length):
    if length < 1:
        raise ValueError("length")


@mistake(
    of="pack",
    en="It looks like no `end` stands between the documents: the model could not tell where one stops.",
    zh="看起来文档之间没有 `end`：模型无从得知一篇在哪里结束。",
)
def forgets_the_end(documents, length, end):
    refuse(length)
    ids, numbers = joined(documents, end, behind=False)
    return rows(ids, numbers, length, len(ids) // length)


@mistake(
    of="pack",
    en="It looks like `end` stands in front of each document instead of behind it.",
    zh="看起来 `end` 放在了每篇文档前面，而不是后面。",
)
def end_comes_first(documents, length, end):
    refuse(length)
    ids, numbers = joined(documents, end, behind=False, before=True)
    return rows(ids, numbers, length, len(ids) // length)


@mistake(
    of="pack",
    en="It looks like a document without tokens still gets an `end`.",
    zh="看起来没有词元的文档也得到了一个 `end`。",
)
def ends_empty_documents(documents, length, end):
    refuse(length)
    ids, numbers = joined(documents, end, empty=True)
    return rows(ids, numbers, length, len(ids) // length)


@mistake(
    of="pack",
    en="It looks like the numbers count only documents that have tokens: they must be places in `documents`.",
    zh="看起来编号只数了有词元的文档：编号应当是它在 `documents` 中的位置。",
)
def numbers_without_gaps(documents, length, end):
    return solution.pack([document for document in documents if document], length, end)


@mistake(
    of="pack",
    en="It looks like a last row that is exactly full is lost: rows are counted one too few, or no `end` stands behind "
    "the last document.",
    zh="看起来恰好填满的最后一行丢了：要么行数少算了一，要么最后一篇文档后面没有 `end`。",
)
def drops_a_full_row(documents, length, end):
    refuse(length)
    ids, numbers = joined(documents, end)
    return rows(ids, numbers, length, max(0, (len(ids) - 1) // length))


@mistake(
    of="pack",
    en="It looks like the remainder is filled up to a row: what remains behind the last full row is dropped.",
    zh="看起来把剩余部分补成了一行：最后一个完整行之后的部分应当丢弃。",
)
def pads_the_remainder(documents, length, end):
    refuse(length)
    ids, numbers = joined(documents, end)
    missing = -len(ids) % length
    return rows(ids + [end] * missing, numbers + [-1] * missing, length, (len(ids) + missing) // length)


@mistake(
    of="pack",
    en="It looks like the last row is filled up with `end`: what does not fill a row is dropped.",
    zh="看起来用 `end` 补满了最后一行：凑不满一行的部分应当丢弃。",
    breaks="What remains behind the last full row is dropped",
)
def fills_the_last_row(documents, length, end):
    refuse(length)
    ids, numbers = joined(documents, end)
    missing = -len(ids) % length
    return rows(ids + [end] * missing, numbers + numbers[-1:] * missing, length, (len(ids) + missing) // length)


@mistake(
    of="pack",
    en="It looks like a document that ends with `end` already gets no other: its tokens are text, and `end` comes "
    "behind them.",
    zh="看起来文档末尾已经是 `end` 时就不再添加：那只是文本中的词元，后面仍要加 `end`。",
    breaks="Tokens of a document are kept as they are, also one that equals `end`",
)
def no_second_end(documents, length, end):
    refuse(length)
    cut = [document[:-1] if document[-1:] == [end] and len(document) > 1 else document for document in documents]
    return solution.pack(cut, length, end)


@mistake(
    of="pack",
    en="It looks like each document begins a new row and its rest is dropped: most tokens are lost.",
    zh="看起来每篇文档都另起一行，余下的部分被丢掉：大部分词元都丢失了。",
)
def rows_of_one_document(documents, length, end):
    refuse(length)
    pieces = [solution.pack([document], length, end)[0] for document in documents]
    counts = [len(piece) for piece in pieces]
    numbers = torch.arange(len(documents)).repeat_interleave(torch.tensor(counts, dtype=torch.int64))
    ids = torch.cat([torch.zeros(0, length, dtype=torch.int64), *pieces])
    return ids, numbers[:, None].expand(-1, length).contiguous()


@mistake(
    of="pack",
    en="It looks like an `end` has the number of the document that comes after it.",
    zh="看起来 `end` 的编号是它后面那篇文档的。",
)
def end_belongs_to_the_next(documents, length, end):
    refuse(length)
    ids, numbers = [], []
    for number, document in enumerate(documents):
        if document:
            ids += [*document, end]
            numbers += [number] * len(document) + [number + 1]
    return rows(ids, numbers, length, len(ids) // length)


@mistake(
    of="pack",
    en="It looks like a `length` below 1 is not refused.",
    zh="看起来没有拒绝小于 1 的 `length`。",
)
def checks_no_length(documents, length, end):
    return solution.pack(documents, max(length, 1), end)


@mistake(
    of="pack",
    en="It looks like `end` is appended to the documents themselves: they would grow with every call.",
    zh="看起来把 `end` 追加到了传入的文档里：每次调用它们都会变长。",
    breaks="`documents` is not changed",
)
def appends_to_the_documents(documents, length, end):
    refuse(length)
    answer = solution.pack(documents, length, end)
    for document in filter(None, documents):
        document.append(end)
    return answer


@mistake(
    of="packed_positions",
    en="It looks like positions run on through the row: they must begin at 0 with each document.",
    zh="看起来位置在整行中一直递增：每篇文档都应从 0 开始。",
)
def positions_of_the_row(numbers):
    return torch.arange(numbers.shape[1], device=numbers.device).expand_as(numbers).contiguous()


@mistake(
    of="packed_positions",
    en="It looks like a document that goes on in the next row keeps counting: each row begins at 0.",
    zh="看起来延续到下一行的文档接着计数：每一行都应从 0 开始。",
)
def counts_across_rows(numbers):
    flat = numbers.reshape(1, -1)
    return solution.packed_positions(flat).view(numbers.shape)


@mistake(
    of="packed_positions",
    en="It looks like positions begin at 1.",
    zh="看起来位置从 1 开始。",
)
def positions_from_one(numbers):
    return solution.packed_positions(numbers) + 1


@mistake(
    of="packed_positions",
    en="It looks like positions have the dtype of `numbers` instead of int64.",
    zh="看起来位置沿用了 `numbers` 的 dtype，而不是 int64。",
)
def keeps_the_dtype(numbers):
    return solution.packed_positions(numbers).to(numbers.dtype)


@mistake(
    of="packed_mask",
    en="It looks like the mask is causal only: tokens see the documents before their own.",
    zh="看起来掩码只有因果性：词元能看到前面别的文档。",
)
def only_causal(numbers):
    return torch.ones(*numbers.shape, numbers.shape[1], dtype=torch.bool, device=numbers.device).tril()


@mistake(
    of="packed_mask",
    en="It looks like the mask keeps documents apart but lets tokens see later ones of their own document.",
    zh="看起来掩码隔开了文档，却让词元看到同一文档中后面的词元。",
)
def only_same_document(numbers):
    return numbers[:, :, None] == numbers[:, None, :]


@mistake(
    of="packed_mask",
    en="It looks like queries and keys are exchanged: tokens see the later ones instead of the earlier ones.",
    zh="看起来 query 与 key 的轴颠倒了：词元看到的是后面的，而不是前面的。",
)
def transposed(numbers):
    return solution.packed_mask(numbers).mT


@mistake(
    of="packed_mask",
    en="It looks like a token does not see itself.",
    zh="看起来词元看不到自己。",
)
def hides_itself(numbers):
    return solution.packed_mask(numbers).tril(-1)


@mistake(
    of="packed_mask",
    en="It looks like the mask is the other way round: True means that a token may be seen.",
    zh="看起来掩码反了：True 表示可以看到。",
    breaks="[row, query, key], True: may attend",
)
def true_hides(numbers):
    return ~solution.packed_mask(numbers)


@mistake(
    of="packed_labels",
    en="It looks like only the beginnings of documents are -100: the first token of every row is one, too.",
    zh="看起来只有文档开头是 -100：每一行的第一个词元也应如此。",
    breaks="That holds for the first token of every row too",
)
def row_starts_are_targets(ids, numbers):
    labels = solution.packed_labels(ids, numbers)
    return torch.cat([ids[:, :1], labels[:, 1:]], dim=1)


@mistake(
    of="packed_labels",
    en="It looks like the first token of a row is compared with the last one of the same row, as `roll` does it: in a "
    "row of one document it becomes a target.",
    zh="看起来行首词元与同一行的最后一个词元作了比较（`roll` 就会这样）：整行属于同一篇文档时，行首就成了目标。",
    breaks="That holds for the first token of every row too",
)
def compares_with_the_row_end(ids, numbers):
    if ids.shape != numbers.shape:
        raise ValueError("shapes")
    return ids.masked_fill(numbers != numbers.roll(1, 1), -100)


@mistake(
    of="packed_labels",
    en="It looks like each `end` is -100 as well: then the model never learns where a text stops.",
    zh="看起来每个 `end` 也成了 -100：那样模型永远学不会文本在哪里结束。",
)
def hides_the_ends_too(ids, numbers):
    labels = solution.packed_labels(ids, numbers)
    begins = solution.packed_positions(numbers) == 0
    return labels.masked_fill(begins.roll(-1, 1), -100)


@mistake(
    of="packed_labels",
    en="It looks like a document's first token is a target: it would be predicted from another document.",
    zh="看起来文档的第一个词元也是目标：那样就要用另一篇文档来预测它。",
)
def predicts_across_documents(ids, numbers):
    if ids.shape != numbers.shape:
        raise ValueError("shapes")
    return ids.clone()


@mistake(
    of="packed_labels",
    en="It looks like the first token of a row is a target when its document began in the row before: the model does "
    "not see that beginning.",
    zh="看起来文档从上一行延续过来时，行首词元也是目标：模型看不到它前面的部分。",
    breaks="That holds for the first token of every row too",
)
def predicts_across_rows(ids, numbers):
    if ids.shape != numbers.shape:
        raise ValueError("shapes")
    begins = solution.packed_positions(numbers) == 0
    begins[1:, 0] &= numbers[1:, 0] != numbers[:-1, -1]
    return ids.masked_fill(begins, -100)


@mistake(
    of="packed_labels",
    en="It looks like the last token of a document has no label: it is the first one that nobody can predict.",
    zh="看起来文档的最后一个词元没有标签：无法预测的其实是第一个词元。",
)
def hides_the_ends(ids, numbers):
    if ids.shape != numbers.shape:
        raise ValueError("shapes")
    hidden = torch.zeros_like(ids, dtype=torch.bool)
    hidden[:, :-1] = numbers[:, 1:] != numbers[:, :-1]
    hidden[:, -1] = True
    return ids.masked_fill(hidden, -100)


@mistake(
    of="packed_labels",
    en="It looks like the labels are shifted already: the loss shifts them once more.",
    zh="看起来标签已经移过位：损失函数还会再移一次。",
)
def shifts_the_labels(ids, numbers):
    labels = solution.packed_labels(ids, numbers)
    return torch.cat([labels[:, 1:], torch.full_like(labels[:, :1], -100)], dim=1)


@mistake(
    of="packed_labels",
    en="It looks like `ids` itself is changed: then the model would read -100.",
    zh="看起来直接修改了 `ids`：模型就会读到 -100。",
)
def overwrites_the_ids(ids, numbers):
    if ids.shape != numbers.shape:
        raise ValueError("shapes")
    ids[solution.packed_positions(numbers) == 0] = -100
    return ids
