"""Known mistakes of week 12, rerank."""

import math

import rerank as solution
import torch

from grader.mistakes import mistake


def wide(tensor):
    """The dtype to compute in."""
    return torch.promote_types(tensor.dtype, torch.float32)


def late(queries, documents, asked, held, *, best=None, total=None, padding=-torch.inf, scale=None):
    """Late interaction with one of its steps replaced."""
    exact = wide(queries)
    asked, held = asked.bool(), held.bool()
    kept = (
        queries.to(exact).masked_fill(~asked.unsqueeze(-1), 0),
        documents.to(exact).masked_fill(~held.unsqueeze(-1), 0),
    )
    if scale:
        kept = tuple(scale(vectors) for vectors in kept)
    products = torch.einsum("qtd,nld->qntl", *kept).masked_fill(~held.unsqueeze(1), padding)
    largest = (best or (lambda values: values.amax(dim=-1)))(products)
    scores = (total or (lambda values: values.masked_fill(~asked.unsqueeze(1), 0).sum(dim=-1)))(largest)
    return scores.masked_fill(~held.any(dim=1), -torch.inf).to(queries.dtype)


@mistake(
    of="max_sim",
    en="It looks like padded tokens of a document take part in the maximum with a product of 0: that wins "
    "wherever all real products are negative. Put minus infinity there.",
    zh="看起来文档里的填充以乘积 0 参加了取最大值：真实的乘积全为负时，0 就赢了。填充处应放负无穷。",
)
def lets_padding_win(query_vectors, document_vectors, query_mask, document_mask):
    return late(query_vectors, document_vectors, query_mask, document_mask, padding=0)


@mistake(
    of="max_sim",
    en="It looks like padded tokens of the query are summed along: each adds the largest product of a vector "
    "that means nothing.",
    zh="看起来查询里的填充也参与了求和：它们的向量没有意义，却各自加上了一个最大乘积。",
)
def sums_padded_terms(query_vectors, document_vectors, query_mask, document_mask):
    return late(query_vectors, document_vectors, torch.ones_like(query_mask), document_mask)


@mistake(
    of="max_sim",
    en="It looks like you divided by the number of the query's tokens. The score is the sum; the mean ranks the "
    "same, but has other numbers.",
    zh="看起来你除以了查询的词元个数。分数是总和；取平均次序相同，数值却不同。",
)
def averages_over_terms(query_vectors, document_vectors, query_mask, document_mask):
    scores = solution.max_sim(query_vectors, document_vectors, query_mask, document_mask)
    return scores / query_mask.bool().sum(dim=1, keepdim=True).clamp(min=1).to(scores.dtype)


@mistake(
    of="max_sim",
    en="It looks like the maximum runs over the query and the sum over the document. It is the other way round: "
    "each token of the query looks for its best partner.",
    zh="看起来最大值是对查询取的，求和是对文档做的。应当反过来：查询的每个词元去找自己最好的搭档。",
)
def turns_the_two_round(query_vectors, document_vectors, query_mask, document_mask):
    return solution.max_sim(document_vectors, query_vectors, document_mask, query_mask).T.to(query_vectors.dtype)


@mistake(
    of="max_sim",
    en="It looks like all products are averaged: that is the dot product of two mean vectors, and no interaction "
    "at all. Take the largest one for each token of the query.",
    zh="看起来你对所有乘积取了平均：那等于两个平均向量的点积，谈不上交互。查询的每个词元要取最大的那个乘积。",
)
def averages_instead_of_the_maximum(query_vectors, document_vectors, query_mask, document_mask):
    count = document_mask.bool().sum(dim=1).clamp(min=1).unsqueeze(-1)
    mean = lambda values: values.sum(dim=-1) / count  # noqa: E731
    return late(query_vectors, document_vectors, query_mask, document_mask, padding=0, best=mean)


@mistake(
    of="max_sim",
    en="It looks like vectors are scaled to length 1 on the way. They are used as they are.",
    zh="看起来向量在途中被归一化了。应当原样使用。",
)
def scales_to_length_one(query_vectors, document_vectors, query_mask, document_mask):
    scale = lambda vectors: torch.nn.functional.normalize(vectors, dim=-1)  # noqa: E731
    return late(query_vectors, document_vectors, query_mask, document_mask, scale=scale)


@mistake(
    of="max_sim",
    en="It looks like padding is masked only after the products: NaN at a padded position then gets into the "
    "gradients, for 0 times NaN is NaN. Fill it with 0 before.",
    zh="看起来填充是在算完乘积之后才屏蔽的：填充处的 NaN 会进入梯度，因为 0 乘以 NaN 还是 NaN。应当先填成 0。",
)
def masks_after_the_products(query_vectors, document_vectors, query_mask, document_mask):
    exact, asked, held = wide(query_vectors), query_mask.bool(), document_mask.bool()
    products = torch.einsum("qtd,nld->qntl", query_vectors.to(exact), document_vectors.to(exact))
    best = products.masked_fill(~held.unsqueeze(1), -torch.inf).amax(dim=-1).masked_fill(~asked.unsqueeze(1), 0)
    return best.sum(dim=-1).masked_fill(~held.any(dim=1), -torch.inf).to(query_vectors.dtype)


@mistake(
    of="max_sim",
    en="It looks like a document of padding alone scores 0, and then stands before every document whose score is "
    "negative. It scores minus infinity.",
    zh="看起来全是填充的文档得了 0 分，于是排在所有负分文档之前。它应得负无穷。",
)
def gives_empty_documents_zero(query_vectors, document_vectors, query_mask, document_mask):
    scores = solution.max_sim(query_vectors, document_vectors, query_mask, document_mask)
    return scores.masked_fill(~document_mask.bool().any(dim=1), 0)


@mistake(
    of="max_sim",
    en="It looks like everything is computed in float16: a sum of two products of 40,000 is already infinite there.",
    zh="看起来全程都用 float16 计算：两个都是 40,000 的乘积加起来，在 float16 里就成了无穷大。",
    breaks="Dot products are made in float32 at least",
)
def stays_in_half_precision(query_vectors, document_vectors, query_mask, document_mask):
    asked, held = query_mask.bool(), document_mask.bool()
    queries = query_vectors.masked_fill(~asked.unsqueeze(-1), 0)
    documents = document_vectors.masked_fill(~held.unsqueeze(-1), 0)
    products = torch.einsum("qtd,nld->qntl", queries, documents)
    best = products.masked_fill(~held.unsqueeze(1), -torch.inf).amax(dim=-1).masked_fill(~asked.unsqueeze(1), 0)
    total = best[..., 0]
    for term in best[..., 1:].unbind(dim=-1):
        total = total + term
    return total.masked_fill(~held.any(dim=1), -torch.inf)


@mistake(
    of="max_sim",
    en="It looks like float16 and bfloat16 come back as float32. The numbers are right; the answer has the dtype "
    "of the query.",
    zh="看起来 float16 和 bfloat16 的结果变成了 float32。数值没错，但结果应与查询的 dtype 相同。",
    breaks="the answer has the dtype of `query_vectors`",
)
def forgets_the_dtype(query_vectors, document_vectors, query_mask, document_mask):
    exact = wide(query_vectors)
    return solution.max_sim(query_vectors.to(exact), document_vectors.to(exact), query_mask, document_mask)


def scored(query, candidates, score, size, check=True):
    """All scores, batch by batch."""
    values = []
    for begin in range(0, len(candidates), size):
        texts = list(candidates[begin : begin + size])
        found = list(map(float, score(query, texts)))
        if check and len(found) != len(texts):
            raise ValueError("numbers")
        values += found
    return values


def ranked(values, key=None):
    """Positions from the best to the worst, NaN last."""

    def place(position):
        value = values[position]
        return math.isnan(value), 0.0 if math.isnan(value) else -value

    return sorted(range(len(values)), key=key or place)


def refuse(k, batch_size):
    """Refuse what the contract refuses."""
    if k < 1 or batch_size < 1:
        raise ValueError("k")


@mistake(
    of="rerank",
    en="It looks like the candidates are cut to k before they are scored. Then nothing from farther down can "
    "come up, and that is what reranking is for.",
    zh="看起来候选在打分之前就截断到了 k 个。这样后面的候选永远上不来，而重排序正是为了让它们上来。",
)
def cuts_before_it_scores(query, candidates, score, k, batch_size=32):
    refuse(k, batch_size)
    return solution.rerank(query, candidates[:k], score, k, batch_size)


@mistake(
    of="rerank",
    en="It looks like the scorer is called for each candidate alone. A model on a GPU needs a whole batch to be quick.",
    zh="看起来打分函数是对每个候选单独调用的。GPU 上的模型要整批计算才快。",
)
def scores_one_by_one(query, candidates, score, k, batch_size=32):
    refuse(k, batch_size)
    return solution.rerank(query, candidates, score, k, 1)


@mistake(
    of="rerank",
    en="It looks like everything goes to the scorer in one call, whatever `batch_size` says: with a thousand "
    "candidates the memory is gone.",
    zh="看起来不管 `batch_size` 是多少，所有候选都在一次调用里交给了打分函数：一千个候选就会把内存用光。",
)
def scores_all_at_once(query, candidates, score, k, batch_size=32):
    refuse(k, batch_size)
    return solution.rerank(query, candidates, score, k, max(1, len(candidates)))


@mistake(
    of="rerank",
    en="It looks like the last batch is lost because it is not full: count the batches upwards, or slice with "
    "range(0, n, batch_size).",
    zh="看起来最后一批因为不满而丢掉了：批数应向上取整，或者用 range(0, n, batch_size) 来切。",
)
def loses_the_last_batch(query, candidates, score, k, batch_size=32):
    refuse(k, batch_size)
    whole = len(candidates) // batch_size * batch_size
    return solution.rerank(query, candidates[:whole], score, k, batch_size)


@mistake(
    of="rerank",
    en="It looks like positions are counted within each batch. They count through all candidates.",
    zh="看起来位置是在每一批内部数的。位置要在全部候选中连续地数。",
)
def counts_within_batches(query, candidates, score, k, batch_size=32):
    found = solution.rerank(query, candidates, score, k, batch_size)
    return [(position % batch_size, value) for position, value in found]


@mistake(
    of="rerank",
    en="It looks like lower scores come first. More is better here: sort in descending order.",
    zh="看起来分数低的排在前面。这里分数越高越好：应按降序排列。",
)
def puts_the_worst_first(query, candidates, score, k, batch_size=32):
    refuse(k, batch_size)
    values = scored(query, candidates, score, batch_size)
    return [(p, values[p]) for p in ranked(values, lambda p: (math.isnan(values[p]), values[p]))[:k]]


@mistake(
    of="rerank",
    en="It looks like of equal scores the later candidate comes first: sorting in ascending order and turning "
    "round does that. reverse=True keeps their order.",
    zh="看起来分数相等时，靠后的候选排在前面：先升序排序再反转就会这样。用 reverse=True 排序会保持原来的次序。",
)
def turns_equal_scores_round(query, candidates, score, k, batch_size=32):
    refuse(k, batch_size)
    values = scored(query, candidates, score, batch_size)
    real = [
        p
        for p in ranked(values, lambda p: (-values[p], -p) if values[p] == values[p] else (0, 0))
        if values[p] == values[p]
    ]
    return [(p, values[p]) for p in [*real, *(p for p in range(len(values)) if values[p] != values[p])][:k]]


@mistake(
    of="rerank",
    en="It looks like NaN goes into the sort as it is. It is neither above nor below anything, so the order of "
    "all the others becomes a matter of luck.",
    zh="看起来 NaN 原样进了排序。它既不大于也不小于任何数，于是其他分数的次序全凭运气。",
)
def sorts_nan(query, candidates, score, k, batch_size=32):
    refuse(k, batch_size)
    values = scored(query, candidates, score, batch_size)
    return [(p, values[p]) for p in sorted(range(len(values)), key=lambda p: values[p], reverse=True)[:k]]


@mistake(
    of="rerank",
    en="It looks like minus the score is the key of your sort, and minus NaN is NaN: it is neither above nor below "
    "anything, so the order of all the others becomes a matter of luck.",
    zh="看起来你以负的分数为键来排序，而负的 NaN 还是 NaN：它既不大于也不小于任何数，于是其他分数的次序全凭运气。",
)
def sorts_negated_nan(query, candidates, score, k, batch_size=32):
    refuse(k, batch_size)
    values = scored(query, candidates, score, batch_size)
    return [(p, values[p]) for p in sorted(range(len(values)), key=lambda p: -values[p])[:k]]


@mistake(
    of="rerank",
    en="It looks like NaN comes first: torch.sort and torch.argsort take it for the largest number there is.",
    zh="看起来 NaN 排在了最前：torch.sort 和 torch.argsort 把它当作最大的数。",
)
def takes_nan_for_the_largest(query, candidates, score, k, batch_size=32):
    refuse(k, batch_size)
    values = scored(query, candidates, score, batch_size)
    order = torch.tensor(values, dtype=torch.float64).sort(descending=True, stable=True).indices.tolist()
    return [(p, values[p]) for p in order[:k]]


@mistake(
    of="rerank",
    en="It looks like NaN counts as minus infinity, and mixes with scores that are minus infinity. It ranks "
    "behind them.",
    zh="看起来 NaN 被当成了负无穷，与真正的负无穷分数混在一起。它应排在它们之后。",
)
def takes_nan_for_minus_infinity(query, candidates, score, k, batch_size=32):
    refuse(k, batch_size)
    values = scored(query, candidates, score, batch_size)
    return [(p, values[p]) for p in ranked(values, lambda p: math.inf if math.isnan(values[p]) else -values[p])[:k]]


@mistake(
    of="rerank",
    en="It looks like the scores are kept in a dict by text: of two candidates with the same text one is lost, and "
    "those behind it get wrong positions. Keep a list.",
    zh="看起来分数存在以文本为键的 dict 里：文本相同的两个候选会丢掉一个，后面的位置也就错了。应当用列表。",
    breaks="every candidate is scored once, also if its text stands there twice",
)
def keeps_scores_by_text(query, candidates, score, k, batch_size=32):
    refuse(k, batch_size)
    by_text = dict(zip(candidates, scored(query, candidates, score, batch_size), strict=True))
    values = list(by_text.values())
    return [(position, values[position]) for position in ranked(values)[:k]]


@mistake(
    of="rerank",
    en="It looks like candidates with the same text are scored once and share one place. Each candidate has its "
    "own: two passages may say the same.",
    zh="看起来文本相同的候选只打了一次分，合成了一个。每个候选各占一个位置：两个段落可以说同样的话。",
)
def scores_equal_texts_once(query, candidates, score, k, batch_size=32):
    refuse(k, batch_size)
    different = list(dict.fromkeys(candidates))
    found = solution.rerank(query, different, score, k, batch_size)
    return [(list(candidates).index(different[position]), value) for position, value in found]


@mistake(
    of="rerank",
    en="It looks like nobody checks how many scores come back: with one too few or too many, the scores behind it "
    "slide to the wrong candidates.",
    zh="看起来没有检查打分函数返回了几个分数：少了或多了一个，它后面的分数就错位到别的候选上。",
)
def trusts_the_scorer(query, candidates, score, k, batch_size=32):
    refuse(k, batch_size)
    values = scored(query, candidates, score, batch_size, check=False)
    return [(position, values[position]) for position in ranked(values)[:k]]


@mistake(
    of="rerank",
    en="It looks like the texts come back in the place of their positions. Two candidates may have the same "
    "text, and a position tells which is meant.",
    zh="看起来返回的是文本，而不是位置。两个候选的文本可能相同，位置才说得清是哪一个。",
)
def returns_texts(query, candidates, score, k, batch_size=32):
    found = solution.rerank(query, candidates, score, k, batch_size)
    return [(candidates[position], value) for position, value in found]


@mistake(
    of="max_sim",
    en="It looks like -1e9 stands for minus infinity: a real product can be smaller, and a document of padding alone "
    "gets a number. Take -torch.inf.",
    zh="看起来你用 -1e9 代替负无穷：真实的乘积可能比它更小，全是填充的文档也会得到一个有限的数。请用 -torch.inf。",
    breaks="A document without any real token scores minus infinity",
)
def hides_with_a_billion(query_vectors, document_vectors, query_mask, document_mask):
    asked, held = query_mask.bool(), document_mask.bool()
    queries = query_vectors.to(wide(query_vectors)).masked_fill(~asked.unsqueeze(-1), 0)
    documents = document_vectors.to(wide(query_vectors)).masked_fill(~held.unsqueeze(-1), 0)
    products = torch.einsum("qtd,nld->qntl", queries, documents).masked_fill(~held.unsqueeze(1), -1e9)
    return products.amax(dim=-1).masked_fill(~asked.unsqueeze(1), 0).sum(dim=-1).to(query_vectors.dtype)


@mistake(
    of="rerank",
    en="It looks like only too few scores are refused. More numbers than texts are a ValueError as well: nobody knows "
    "which of them belong to which text.",
    zh="看起来只有分数太少时才报错。打分函数给出的分数比文本多时，同样应抛出 ValueError："
    "谁也不知道哪个分数属于哪段文本。",
    breaks="or if `score` gives more or fewer",
)
def drops_scores_in_excess(query, candidates, score, k, batch_size=32):
    def cut(asked, texts):
        return list(score(asked, texts))[: len(texts)]

    return solution.rerank(query, candidates, cut, k, batch_size)


@mistake(
    of="rerank",
    en="It looks like the scorer sees a text once, even where it stands twice in a batch. It gets the candidates as "
    "they are: each one is scored.",
    zh="看起来同一批中重复的文本只交给打分函数一次。候选应原样交给它：每个候选都要打分。",
    breaks="every candidate is scored once, also if its text stands there twice",
)
def asks_once_for_equal_texts(query, candidates, score, k, batch_size=32):
    def once(asked, texts):
        different = list(dict.fromkeys(texts))
        found = list(score(asked, different))
        if len(found) != len(different):
            raise ValueError("numbers")
        by_text = dict(zip(different, found, strict=True))
        return [by_text[text] for text in texts]

    return solution.rerank(query, candidates, once, k, batch_size)


@mistake(
    of="rerank",
    en="It looks like scores come back as the scorer gave them: whole numbers, or tensors without a dimension. They "
    "should be float.",
    zh="看起来分数原样返回了打分函数给出的值：整数，或零维张量。返回的应当是 float。",
    breaks="Positions in `candidates`, and scores as float",
)
def returns_scores_as_they_are(query, candidates, score, k, batch_size=32):
    given = []

    def remember(asked, texts):
        found = list(score(asked, texts))
        given.extend(found)
        return found

    return [(position, given[position]) for position, _ in solution.rerank(query, candidates, remember, k, batch_size)]


@mistake(
    of="max_sim",
    en="It looks like everything goes through float32, as with `.float()`: float64 loses half of its digits there. "
    "float32 is the least; float64 stays float64.",
    zh="看起来所有数都经过了 float32，写 `.float()` 就会这样：float64 会丢掉一半的位数。float32 是下限；float64 仍用 "
    "float64。",
    breaks="Dot products are made in float32 at least, in float64 for float64 vectors",
)
def computes_in_float32_always(query_vectors, document_vectors, query_mask, document_mask):
    scores = solution.max_sim(query_vectors.float(), document_vectors.float(), query_mask, document_mask)
    return scores.to(query_vectors.dtype)
