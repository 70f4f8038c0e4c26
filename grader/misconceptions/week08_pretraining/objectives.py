"""Known mistakes of week 08, objectives."""

import objectives as solution
import torch
import torch.nn.functional as F

from grader.mistakes import mistake


def per_token(logits, labels):
    """The loss of each target and whether it counts, both (batch, length - 1)."""
    scores = logits[:, :-1].to(torch.promote_types(logits.dtype, torch.float32))
    targets = labels[:, 1:]
    losses = F.cross_entropy(scores.flatten(0, 1), targets.flatten(), ignore_index=-100, reduction="none")
    return losses.view(targets.shape), targets != -100


def fits(logits, labels):
    """Refuse what the solution refuses."""
    if logits.shape[:-1] != labels.shape:
        raise ValueError("shapes")


@mistake(
    of="causal_loss",
    en="It looks like nothing is shifted: the logits at a position are scored against the token that stands there.",
    zh="看起来没有移位：某个位置的 logits 用了该位置自己的词元来打分。",
)
def does_not_shift(logits, labels):
    fits(logits, labels)
    return solution.causal_loss(F.pad(logits, (0, 0, 0, 1)), F.pad(labels, (1, 0)))


@mistake(
    of="causal_loss",
    en="It looks like the shift goes the wrong way: the logits at a position are scored against the token before it.",
    zh="看起来移位的方向反了：某个位置的 logits 用了前一个词元来打分。",
    breaks="the logits at position t are scored against the label at t + 1",
)
def shifts_backwards(logits, labels):
    fits(logits, labels)
    return solution.causal_loss(logits.flip(1), labels.flip(1))


@mistake(
    of="causal_loss",
    en="It looks like the targets are shifted twice: each position predicts the token after the next one.",
    zh="看起来移位了两次：每个位置预测的是下下个词元。",
)
def shifts_twice(logits, labels):
    fits(logits, labels)
    return solution.causal_loss(logits[:, :-1], labels[:, 1:])


@mistake(
    of="causal_loss",
    en="It looks like the batch is flattened before the shift: the last logits of a row predict the first token of the "
    "next row.",
    zh="看起来先展平、后移位：一行最后的 logits 在预测下一行的第一个词元。",
)
def flattens_before_the_shift(logits, labels):
    fits(logits, labels)
    return solution.causal_loss(logits.flatten(0, 1)[None], labels.flatten()[None])


@mistake(
    of="causal_loss",
    en="It looks like the losses are summed and never divided.",
    zh="看起来只求了和，没有做除法。",
)
def sums(logits, labels):
    fits(logits, labels)
    return per_token(logits, labels)[0].sum()


@mistake(
    of="causal_loss",
    en="It looks like the sum is divided by all positions, those with -100 included.",
    zh="看起来除以了所有位置的个数，连 -100 的位置也算在内。",
)
def divides_by_all_positions(logits, labels):
    fits(logits, labels)
    losses = per_token(logits, labels)[0]
    return losses.sum() / max(losses.numel(), 1)


@mistake(
    of="causal_loss",
    en="It looks like the divisor counts the labels before the shift: the first label of a row is never a target.",
    zh="看起来除数数的是移位之前的标签：一行的第一个标签从来不是目标。",
)
def counts_before_the_shift(logits, labels):
    fits(logits, labels)
    return per_token(logits, labels)[0].sum() / (labels != -100).sum().clamp(min=1)


@mistake(
    of="causal_loss",
    en="It looks like you average over each row first: then a target in a short row weighs more than in a long one.",
    zh="看起来先对每行求平均：这样短行里的目标就比长行里的更重。",
)
def averages_rows(logits, labels):
    fits(logits, labels)
    losses, counted = per_token(logits, labels)
    return (losses.sum(-1) / counted.sum(-1).clamp(min=1)).mean()


@mistake(
    of="causal_loss",
    en="It looks like the loss is 0/0 when there is nothing to predict.",
    zh="看起来没有目标可预测时，损失变成了 0/0。",
)
def divides_by_zero(logits, labels):
    fits(logits, labels)
    losses, counted = per_token(logits, labels)
    return losses.sum() / counted.sum()


@mistake(
    of="causal_loss",
    en="It looks like the loss is in bits: a logarithm to base 2 where the natural one is asked for.",
    zh="看起来损失以比特为单位：用了以 2 为底的对数，而这里要自然对数。",
)
def in_bits(logits, labels):
    return solution.causal_loss(logits, labels) / torch.log(torch.tensor(2.0))


@mistake(
    of="causal_loss",
    en="It looks like half-precision logits are not widened: the loss is rounded to the dtype of the logits.",
    zh="看起来半精度 logits 没有先转换：损失按 logits 的 dtype 舍入了。",
)
def stays_in_half_precision(logits, labels):
    return solution.causal_loss(logits, labels).to(logits.dtype)


@mistake(
    of="causal_loss",
    en="It looks like the loss is computed in half precision and widened afterwards: by then it is rounded.",
    zh="看起来损失是用半精度算完之后才转换的：那时已经舍入过了。",
    breaks="float16 and bfloat16 logits are computed in float32",
)
def widens_too_late(logits, labels):
    fits(logits, labels)
    targets = labels[:, 1:]
    total = F.cross_entropy(logits[:, :-1].flatten(0, 1), targets.flatten(), reduction="sum")
    return total.to(torch.promote_types(logits.dtype, torch.float32)) / (targets != -100).sum().clamp(min=1)


@mistake(
    of="causal_loss",
    en="It looks like the 0 for a batch without targets is a new number that hangs on nothing: backward fails on it.",
    zh="看起来没有目标时返回的 0 是一个凭空新建的数，与 logits 无关：对它调用 backward 会出错。",
    breaks="Without any target the loss is 0, and so are its",
)
def zero_without_a_graph(logits, labels):
    loss = solution.causal_loss(logits, labels)
    return loss if (labels[:, 1:] != -100).any() else torch.zeros_like(loss)


def independent(ids, generator):
    """One draw for each token."""
    return torch.rand(ids.shape, generator=generator).to(ids.device)


def mask(
    ids, generator, mask_id, vocabulary, special, share=0.15, *, masks=0.8, kept=0.1, pool=None, allowed=None,
    draw=independent,
):  # fmt: skip
    """Masking with other shares, another pool to draw from, other tokens that may be chosen, or other draws."""
    if not 0 <= share <= 1 or mask_id not in special:
        raise ValueError("arguments")
    if pool is None:
        pool = [token for token in range(vocabulary) if token not in special]
    pool = torch.tensor(pool, device=ids.device)
    chosen = draw(ids, generator) < share
    chosen = chosen & (~torch.isin(ids, torch.tensor(special, device=ids.device)) if allowed is None else allowed)
    fate = draw(ids, generator) if draw is columns else independent(ids, generator)
    drawn = pool[torch.randint(len(pool), ids.shape, generator=generator).to(ids.device)].to(ids.dtype)
    inputs = torch.where(chosen & (fate < masks), torch.full_like(ids, mask_id), ids)
    inputs = torch.where(chosen & (fate >= masks) & (fate < 1 - kept), drawn, inputs)  # as the contract lists them
    return inputs, ids.masked_fill(~chosen, -100)


@mistake(
    of="mask_tokens",
    en="It looks like every chosen token becomes the mask: 10 % should be random and 10 % stay.",
    zh="看起来选中的词元全部换成了掩码：应有 10 % 换成随机词元，10 % 保持不变。",
)
def always_masks(ids, generator, *, mask_id, vocabulary, special, share=0.15):
    return mask(ids, generator, mask_id, vocabulary, special, share, masks=1.0, kept=0.0)


@mistake(
    of="mask_tokens",
    en="It looks like no chosen token stays as it is: 20 % become random ones.",
    zh="看起来选中的词元没有保持不变的：20 % 都换成了随机词元。",
)
def never_keeps(ids, generator, *, mask_id, vocabulary, special, share=0.15):
    return mask(ids, generator, mask_id, vocabulary, special, share, masks=0.8, kept=0.0)


@mistake(
    of="mask_tokens",
    en="It looks like 10 % of what the mask left become random, so 2 % of the chosen: 18 % stay.",
    zh="看起来随机词元取的是掩码之后剩余部分的 10 %，即选中词元的 2 %：于是 18 % 保持不变。",
)
def tenth_of_the_rest(ids, generator, *, mask_id, vocabulary, special, share=0.15):
    return mask(ids, generator, mask_id, vocabulary, special, share, masks=0.8, kept=0.18)


def mask_like_transformers(ids, generator, mask_id, vocabulary, special, share, *, random=0.5, pool=None):
    """Masking in the order of draws that transformers' data collator has; `random`: the share of what the mask left."""
    if not 0 <= share <= 1 or mask_id not in special:
        raise ValueError("arguments")
    if pool is None:
        pool = [token for token in range(vocabulary) if token not in special]
    pool = torch.tensor(pool, device=ids.device)

    def coins(probability):
        probability = torch.full(ids.shape, probability) if isinstance(probability, float) else probability.cpu()
        return torch.bernoulli(probability, generator=generator).bool().to(ids.device)

    banned = torch.isin(ids, torch.tensor(special, device=ids.device))
    chosen = coins(torch.full(ids.shape, float(share), device=ids.device).masked_fill(banned, 0.0))
    hidden = coins(0.8) & chosen
    replaced = coins(random) & chosen & ~hidden
    drawn = pool[torch.randint(len(pool), ids.shape, generator=generator).to(ids.device)].to(ids.dtype)
    inputs = torch.where(replaced, drawn, ids.masked_fill(hidden, mask_id))
    return inputs, ids.masked_fill(~chosen, -100)


@mistake(
    of="mask_tokens",
    en="It looks like the second coin is one of 10 %: it decides only what the mask left, so 2 % become random and "
    "18 % stay.",
    zh="看起来第二枚硬币的概率取了 10 %：它只决定掩码之后剩下的部分，于是只有 2 % 换成随机词元，18 % 保持不变。",
)
def second_coin_of_a_tenth(ids, generator, *, mask_id, vocabulary, special, share=0.15):
    return mask_like_transformers(ids, generator, mask_id, vocabulary, special, share, random=0.1)


@mistake(
    of="mask_tokens",
    en="It looks like the random tokens are any ids below `vocabulary`, special ones included: draw them from the "
    "ordinary ids alone.",
    zh="看起来随机词元是小于 `vocabulary` 的任意 id，包括特殊 id：只应从普通 id 中抽取。",
    breaks="A random token is any id below `vocabulary` that is not special",
)
def draws_any_id(ids, generator, *, mask_id, vocabulary, special, share=0.15):
    every = list(range(vocabulary))
    return mask_like_transformers(ids, generator, mask_id, vocabulary, special, share, pool=every)


@mistake(
    of="mask_tokens",
    en="It looks like `vocabulary` itself may be drawn: the largest id is one below it.",
    zh="看起来可能抽到 `vocabulary` 本身：最大的 id 应比它小 1。",
    breaks="A random token is any id below `vocabulary` that is not special",
)
def draws_one_id_too_many(ids, generator, *, mask_id, vocabulary, special, share=0.15):
    more = [token for token in range(vocabulary + 1) if token not in special]
    return mask_like_transformers(ids, generator, mask_id, vocabulary, special, share, pool=more)


@mistake(
    of="mask_tokens",
    en="It looks like the labels are always int64: they have the dtype of `ids`.",
    zh="看起来标签总是 int64：它们的 dtype 应与 `ids` 相同。",
    breaks="both of the dtype of `ids`",
)
def labels_always_int64(ids, generator, *, mask_id, vocabulary, special, share=0.15):
    inputs, labels = mask(ids, generator, mask_id, vocabulary, special, share)
    return inputs, labels.long()


@mistake(
    of="mask_tokens",
    en="It looks like special tokens are chosen too: padding is masked and must be predicted.",
    zh="看起来特殊词元也会被选中：填充也被遮住并要预测。",
)
def masks_special_tokens(ids, generator, *, mask_id, vocabulary, special, share=0.15):
    return mask(ids, generator, mask_id, vocabulary, special, share, allowed=torch.ones_like(ids, dtype=torch.bool))


@mistake(
    of="mask_tokens",
    en="It looks like the random tokens are drawn from the whole vocabulary, special ids included.",
    zh="看起来随机词元从整个词表抽取，包括特殊 id。",
)
def draws_special_tokens(ids, generator, *, mask_id, vocabulary, special, share=0.15):
    return mask(ids, generator, mask_id, vocabulary, special, share, pool=list(range(vocabulary)))


@mistake(
    of="mask_tokens",
    en="It looks like every token has a label: the loss would run over the whole text.",
    zh="看起来每个词元都有标签：损失会覆盖整篇文本。",
)
def labels_everything(ids, generator, *, mask_id, vocabulary, special, share=0.15):
    inputs, _ = mask(ids, generator, mask_id, vocabulary, special, share)
    return inputs, ids.clone()


@mistake(
    of="mask_tokens",
    en="It looks like only changed tokens have a label: the 10 % that stay must be predicted too.",
    zh="看起来只有被改动的词元才有标签：保持不变的 10 % 也要预测。",
)
def labels_only_changes(ids, generator, *, mask_id, vocabulary, special, share=0.15):
    inputs, labels = mask(ids, generator, mask_id, vocabulary, special, share)
    return inputs, labels.masked_fill(inputs == ids, -100)


@mistake(
    of="mask_tokens",
    en="It looks like only tokens that became the mask have a label: those that became random or stay must be "
    "predicted too.",
    zh="看起来只有换成掩码的词元才有标签：换成随机词元的和保持不变的也要预测。",
    breaks="The label of a chosen token is its id",
)
def labels_only_masks(ids, generator, *, mask_id, vocabulary, special, share=0.15):
    inputs, labels = mask(ids, generator, mask_id, vocabulary, special, share)
    return inputs, labels.masked_fill(inputs != mask_id, -100)


@mistake(
    of="mask_tokens",
    en="It looks like `generator` is not used: every call hides the same places, whatever its state.",
    zh="看起来没有用到 `generator`：无论它的状态如何，每次遮住的位置都相同。",
)
def ignores_the_generator(ids, generator, *, mask_id, vocabulary, special, share=0.15):
    return mask(ids, torch.Generator().manual_seed(0), mask_id, vocabulary, special, share)


def columns(ids, generator):
    """One draw for each place of a row, the same in all rows."""
    return torch.rand(ids.shape[-1:], generator=generator).to(ids.device).expand(ids.shape)


@mistake(
    of="mask_tokens",
    en="It looks like one row of draws serves the whole batch: all rows are masked at the same places.",
    zh="看起来整个批次共用一行随机数：每一行遮住的位置都相同。",
    breaks="independently of the others",
)
def masks_columns(ids, generator, *, mask_id, vocabulary, special, share=0.15):
    return mask(ids, generator, mask_id, vocabulary, special, share, draw=columns)


def ranks(ids, generator):
    """The place of each token in a random order, from 0 to 1."""
    places = torch.randperm(ids.numel(), generator=generator).to(ids.device) + 0.5
    return (places / max(ids.numel(), 1)).view(ids.shape)


@mistake(
    of="mask_tokens",
    en="It looks like exactly the share of all tokens is chosen: each token should be drawn by itself.",
    zh="看起来每次恰好选中了固定比例的词元：每个词元应当各自抽取。",
    breaks="independently of the others",
)
def exact_share(ids, generator, *, mask_id, vocabulary, special, share=0.15):
    return mask(ids, generator, mask_id, vocabulary, special, share, draw=ranks)


@mistake(
    of="mask_tokens",
    en="It looks like the mask itself may be drawn as a random token: it is one of the special ids.",
    zh="看起来随机词元可能抽到掩码本身：它也是特殊 id。",
    breaks="A random token is any id below `vocabulary` that is not special",
)
def draws_the_mask(ids, generator, *, mask_id, vocabulary, special, share=0.15):
    pool = [token for token in range(vocabulary) if token not in special or token == mask_id]
    return mask(ids, generator, mask_id, vocabulary, special, share, pool=pool)


def pairs(documents, generator, *, others=None, last=True, follows=0.5):
    """Pairs with another pool of sentences to draw from."""
    if sum(bool(document) for document in documents) < 2:
        raise ValueError("documents")
    made = []
    for number, document in enumerate(documents):
        pool = [s for other, text in enumerate(documents) if other != number or others == "all" for s in text]
        if others == "unlike":
            pool = [sentence for sentence in pool if sentence not in document]
        for first, second in zip(document, document[1:], strict=False):
            if torch.rand((), generator=generator) < follows:
                made.append((first, second, 0))
            else:
                made.append((first, pool[int(torch.randint(len(pool), (), generator=generator))], 1))
    return made


@mistake(
    of="sentence_pairs",
    en="It looks like the labels are the other way round: in BERT, 0 is the next sentence and 1 a drawn one.",
    zh="看起来标签反了：BERT 中 0 表示下一句，1 表示抽取的句子。",
)
def swaps_the_labels(documents, generator):
    return [(first, second, 1 - label) for first, second, label in pairs(documents, generator)]


@mistake(
    of="sentence_pairs",
    en="It looks like sentences are drawn from all documents, the same one included.",
    zh="看起来从所有文档抽取句子，包括同一篇文档。",
)
def draws_from_the_same_document(documents, generator):
    return pairs(documents, generator, others="all")


@mistake(
    of="sentence_pairs",
    en="It looks like sentences of other documents are left out because the same text stands in this one. Tell "
    "documents apart by their place, not by what they say.",
    zh="看起来别的文档里的句子，只因文字与本文档中的相同，就被排除了。请按位置区分文档，而不是按文字。",
    breaks="Documents are told apart by their place",
)
def compares_the_text(documents, generator):
    return pairs(documents, generator, others="unlike")


@mistake(
    of="sentence_pairs",
    en="It looks like another document is drawn first and then one of its sentences: sentences of short documents come "
    "too often.",
    zh="看起来先抽取另一篇文档，再从中抽取一句：短文档里的句子出现得过于频繁。",
    breaks="each of them equally likely",
)
def draws_the_document_first(documents, generator):
    if sum(bool(document) for document in documents) < 2:
        raise ValueError("documents")
    made = []
    for number, document in enumerate(documents):
        others = [text for other, text in enumerate(documents) if other != number and text]
        for first, second in zip(document, document[1:], strict=False):
            if torch.rand((), generator=generator) < 0.5:
                made.append((first, second, 0))
            else:
                text = others[int(torch.randint(len(others), (), generator=generator))]
                made.append((first, text[int(torch.randint(len(text), (), generator=generator))], 1))
    return made


@mistake(
    of="sentence_pairs",
    en="It looks like each sentence is in one pair only: the second sentence of a pair is the first of the next.",
    zh="看起来每个句子只用在一对里：一对的第二句还应是下一对的第一句。",
    breaks="There is one pair for every two neighbouring sentences",
)
def pairs_without_overlap(documents, generator):
    made, number = pairs(documents, generator), 0
    kept = []
    for document in documents:
        count = max(len(document) - 1, 0)
        kept += made[number : number + count : 2]
        number += count
    return kept


@mistake(
    of="sentence_pairs",
    en="It looks like the documents are joined first: the last sentence of one is paired with the first of the next.",
    zh="看起来先把文档连在一起：一篇的最后一句与下一篇的第一句配成了对。",
)
def pairs_across_documents(documents, generator):
    made = pairs(documents, generator)
    full = [document for document in documents if document]
    return made + [(a[-1], b[0], 0) for a, b in zip(full, full[1:], strict=False)]


@mistake(
    of="sentence_pairs",
    en="It looks like no sentence is ever drawn: all pairs follow each other.",
    zh="看起来从不抽取句子：所有句对都是相接的。",
)
def never_draws(documents, generator):
    return pairs(documents, generator, follows=2.0)


@mistake(
    of="sentence_pairs",
    en="It looks like one coin decides for all pairs: either all of them follow, or all are drawn.",
    zh="看起来一枚硬币决定了所有句对：要么全部相接，要么全部抽取。",
    breaks="Each pair is decided by itself",
)
def one_coin(documents, generator):
    coin = float(torch.rand((), generator=generator))
    return pairs(documents, generator, follows=2.0 if coin < 0.5 else -1.0)


def spans_with(ids, spans, mark, *, final=True, heads=True):
    """Span corruption with the sentinel of each span from a function; without spans the same."""
    solution.corrupt_spans(ids, spans, 0)  # refuse what the solution refuses
    inputs, targets, done = [], [], 0
    for number, (start, stop) in enumerate(spans):
        inputs += [*ids[done:start].tolist(), mark(number)]
        targets += ([mark(number)] if heads else []) + ids[start:stop].tolist()
        done = stop
    inputs += ids[done:].tolist()
    targets += [mark(len(spans))] if final else []
    return ids.new_tensor(inputs), ids.new_tensor(targets)


@mistake(
    of="corrupt_spans",
    en="It looks like the sentinels count upwards: T5's stand at the end of the vocabulary and count downwards.",
    zh="看起来哨兵递增：T5 的哨兵位于词表末尾，依次递减。",
)
def sentinels_count_upwards(ids, spans, sentinel):
    return spans_with(ids, spans, lambda number: sentinel + number)


@mistake(
    of="corrupt_spans",
    en="It looks like every span gets the same sentinel: the targets could not say which is which.",
    zh="看起来每个片段用了同一个哨兵：目标无法说明哪段是哪段。",
)
def one_sentinel_for_all(ids, spans, sentinel):
    return spans_with(ids, spans, lambda number: sentinel)


@mistake(
    of="corrupt_spans",
    en="It looks like the targets lack the last sentinel, which says that nothing more follows.",
    zh="看起来目标末尾缺少最后一个哨兵，它表示后面不再有内容。",
)
def no_last_sentinel(ids, spans, sentinel):
    return spans_with(ids, spans, lambda number: sentinel - number, final=False)


@mistake(
    of="corrupt_spans",
    en="It looks like a text without spans has empty targets. They are `sentinel` alone, the one that no span has "
    "used.",
    zh="看起来没有片段时目标是空的。目标应当只有 `sentinel`，即没有片段用过的那个哨兵。",
    breaks="the targets are `sentinel` alone",
)
def no_spans_no_targets(ids, spans, sentinel):
    inputs, targets = solution.corrupt_spans(ids, spans, sentinel)
    return inputs, targets if len(spans) else targets[:0]


@mistake(
    of="corrupt_spans",
    en="It looks like the targets lack the sentinels before the spans.",
    zh="看起来目标里各片段之前缺少哨兵。",
)
def targets_without_sentinels(ids, spans, sentinel):
    return spans_with(ids, spans, lambda number: sentinel - number, heads=False)


@mistake(
    of="corrupt_spans",
    en="It looks like each token of a span gets a sentinel: a whole span is one sentinel.",
    zh="看起来片段里的每个词元各用一个哨兵：整个片段应当只用一个。",
)
def a_sentinel_a_token(ids, spans, sentinel):
    _, targets = solution.corrupt_spans(ids, spans, sentinel)
    inputs = ids.clone()
    for number, (start, stop) in enumerate(spans):
        inputs[start:stop] = sentinel - number
    return inputs, targets


@mistake(
    of="corrupt_spans",
    en="It looks like the end of a span counts as part of it: (1, 2) is one token.",
    zh="看起来把片段的终点也算了进去：(1, 2) 只有一个词元。",
)
def stop_belongs_to_the_span(ids, spans, sentinel):
    solution.corrupt_spans(ids, spans, sentinel)
    try:
        return solution.corrupt_spans(ids, [(start, min(stop + 1, len(ids))) for start, stop in spans], sentinel)
    except ValueError:
        return ids.clone(), ids.clone()


@mistake(
    of="corrupt_spans",
    en="It looks like two spans may touch: at least one token must stand between them.",
    zh="看起来两个片段可以相接：它们之间至少要有一个词元。",
    breaks="is not behind the one before it with a token between",
)
def lets_spans_touch(ids, spans, sentinel):
    inputs, targets, done = [], [], 0
    for number, (start, stop) in enumerate(spans):
        if not done <= start < stop <= len(ids):
            raise ValueError("span")
        inputs += [*ids[done:start].tolist(), sentinel - number]
        targets += [sentinel - number, *ids[start:stop].tolist()]
        done = stop
    return ids.new_tensor(inputs + ids[done:].tolist()), ids.new_tensor([*targets, sentinel - len(spans)])


@mistake(
    of="corrupt_spans",
    en="It looks like some spans are not checked: empty ones, ones out of the text, and ones that overlap, touch or "
    "come before another must be refused.",
    zh="看起来有些片段没有检查：空的、超出文本的，以及与前一段重叠、相接或次序颠倒的片段都应拒绝。",
)
def checks_no_spans(ids, spans, sentinel):
    inputs, targets, done = [], [], 0
    for number, (start, stop) in enumerate(spans):
        inputs += [*ids[done:start].tolist(), sentinel - number]
        targets += [sentinel - number, *ids[start:stop].tolist()]
        done = stop
    return ids.new_tensor(inputs + ids[done:].tolist()), ids.new_tensor([*targets, sentinel - len(spans)])
