"""Known mistakes of week 04, vectors."""

import torch
import vectors as solution

from grader.mistakes import mistake


@mistake(
    of="bag_of_words",
    en="It looks like a word counts once in a document, however often it occurs.",
    zh="看起来一个词在文档中无论出现几次都只计 1。",
)
def present_or_not(documents, vocabulary=None):
    counts, terms = solution.bag_of_words(documents, vocabulary)
    return (counts > 0).float(), terms


@mistake(
    of="bag_of_words",
    en="It looks like the terms stand in the order in which they were first seen. They should be sorted.",
    zh="看起来词按首次出现的次序排列。应当排序。",
)
def order_of_appearance(documents, vocabulary=None):
    solution.bag_of_words(documents, vocabulary)
    seen = list(dict.fromkeys(word for document in documents for word in document))
    return solution.bag_of_words(documents, seen if vocabulary is None else vocabulary)


@mistake(
    of="bag_of_words",
    en="It looks like a given vocabulary is sorted: its own order is that of the columns.",
    zh="看起来对给定的词表重新排了序：各列应按它自己的次序。",
)
def sorts_the_vocabulary(documents, vocabulary=None):
    solution.bag_of_words(documents, vocabulary)
    return solution.bag_of_words(documents, vocabulary and sorted(vocabulary))


@mistake(
    of="bag_of_words",
    en="It looks like words that are not in the given vocabulary are added to it: new documents must keep the old "
    "columns.",
    zh="看起来把给定词表以外的词也加了进去：新文档必须沿用原来的列。",
)
def extends_the_vocabulary(documents, vocabulary=None):
    counts, terms = solution.bag_of_words(documents, vocabulary)
    if vocabulary is None:
        return counts, terms
    unknown = sorted({word for document in documents for word in document} - set(vocabulary))
    return solution.bag_of_words(documents, [*vocabulary, *unknown])


@mistake(
    of="bag_of_words",
    en="It looks like a string is taken for a document, so that its characters are counted as words.",
    zh="看起来把字符串当成了文档，于是统计的是一个个字符。",
)
def characters_as_words(documents, vocabulary=None):
    return solution.bag_of_words([list(document) for document in documents], vocabulary)


@mistake(
    of="bag_of_words",
    en="It looks like words that are not in the given vocabulary are an error: they are left out.",
    zh="看起来遇到给定词表以外的词就报错：应略去它们。",
    breaks="and other words are left out",
)
def unknown_words_fail(documents, vocabulary=None):
    counts, terms = solution.bag_of_words(documents, vocabulary)
    column = {term: place for place, term in enumerate(terms)}
    for document in documents:
        for word in document:
            column[word]
    return counts, terms


@mistake(
    of="bag_of_words",
    en="It looks like an empty vocabulary is taken for none: `if not vocabulary` is true for []. Ask for None.",
    zh="看起来把空词表当成了没有词表：`if not vocabulary` 对 [] 也成立。应与 None 比较。",
    breaks="With one, its terms are the columns",
)
def empty_vocabulary_for_none(documents, vocabulary=None):
    return solution.bag_of_words(documents, vocabulary or None)


@mistake(
    of="bag_of_words",
    en="It looks like the counts are whole numbers (int64): they should be float32, for what is computed from them.",
    zh="看起来计数是整数（int64）：应当是 float32，以便后面计算。",
    breaks="the counts are float32",
)
def whole_numbers(documents, vocabulary=None):
    counts, terms = solution.bag_of_words(documents, vocabulary)
    return counts.long(), terms


@mistake(
    of="bag_of_words",
    en="It looks like words are made lower case: Bird and bird are two terms here.",
    zh="看起来把词都变成了小写：这里 Bird 和 bird 是两个词。",
)
def lower_case(documents, vocabulary=None):
    solution.bag_of_words(documents, vocabulary)
    return solution.bag_of_words([[word.lower() for word in document] for document in documents], vocabulary)


@mistake(
    of="bag_of_words",
    en="It looks like documents without words are left out: then the rows no longer belong to the documents.",
    zh="看起来跳过了没有词的文档：那样行与文档就对不上了。",
)
def skips_empty_documents(documents, vocabulary=None):
    solution.bag_of_words(documents, vocabulary)
    return solution.bag_of_words([document for document in documents if document], vocabulary)


def weighed(counts, fitted_on, idf=None, tf=lambda counts: counts, length=lambda rows: rows.norm(dim=1, keepdim=True)):
    """The weights, with one thing changed."""
    solution.tf_idf(counts, fitted_on)
    learned = counts if fitted_on is None else fitted_on
    n, having = len(learned), (learned > 0).sum(dim=0).to(counts.dtype)
    usual = torch.log((1 + n) / (1 + having)) + 1
    weights = tf(counts) * (usual if idf is None else idf(torch.tensor(float(n)), having, learned))
    lengths = length(weights)
    return weights / torch.where(lengths > 0, lengths, 1)


@mistake(
    of="tf_idf",
    en="It looks like idf is ln(N / (1 + df)): a term that all documents have gets a negative weight.",
    zh="看起来 idf 用的是 ln(N / (1 + df))：所有文档都有的词会得到负的权重。",
)
def negative_idf(counts, fitted_on=None):
    return weighed(counts, fitted_on, lambda n, having, _: torch.log(n / (1 + having)))


@mistake(
    of="tf_idf",
    en="It looks like the + 1 behind the logarithm is missing: a term that all documents have then weighs nothing.",
    zh="看起来对数后面少了 + 1：那样所有文档都有的词权重为 0。",
)
def without_plus_one(counts, fitted_on=None):
    return weighed(counts, fitted_on, lambda n, having, _: torch.log((1 + n) / (1 + having)))


@mistake(
    of="tf_idf",
    en="It looks like idf is ln(N / df) + 1, without the ones that smooth it: a term without documents divides by 0.",
    zh="看起来 idf 用的是 ln(N / df) + 1，没有平滑用的 1：没有文档的词会除以 0。",
)
def not_smoothed(counts, fitted_on=None):
    return weighed(counts, fitted_on, lambda n, having, _: torch.log(n / having) + 1)


@mistake(
    of="tf_idf",
    en="It looks like the logarithm is to the base 10; ln is the natural one.",
    zh="看起来用的是以 10 为底的对数；ln 是自然对数。",
)
def common_logarithm(counts, fitted_on=None):
    return weighed(counts, fitted_on, lambda n, having, _: torch.log10((1 + n) / (1 + having)) + 1)


@mistake(
    of="tf_idf",
    en="It looks like the logarithm is to the base 2; ln is the natural one.",
    zh="看起来用的是以 2 为底的对数；ln 是自然对数。",
)
def binary_logarithm(counts, fitted_on=None):
    return weighed(counts, fitted_on, lambda n, having, _: torch.log2((1 + n) / (1 + having)) + 1)


@mistake(
    of="tf_idf",
    en="It looks like N is the number of the new documents, while df comes from `fitted_on`: N does too.",
    zh="看起来 N 用的是新文档的个数，而 df 来自 `fitted_on`：N 也应来自它。",
    breaks="N and df come from `fitted_on`",
)
def number_of_the_new(counts, fitted_on=None):
    return weighed(counts, fitted_on, lambda n, having, _: torch.log((1 + len(counts)) / (1 + having)) + 1)


@mistake(
    of="tf_idf",
    en="It looks like the numbers of columns are not compared: torch then ends in a RuntimeError. Ask first, and raise "
    "ValueError.",
    zh="看起来没有比较列数：torch 随后抛出了 RuntimeError。应先比较，并抛出 ValueError。",
    breaks="`fitted_on` has another number of columns than `counts`",
)
def compares_no_columns(counts, fitted_on=None):
    if fitted_on is not None and fitted_on.shape[1] != counts.shape[1]:
        return counts * fitted_on.sum(dim=0)
    return solution.tf_idf(counts, fitted_on)


@mistake(
    of="tf_idf",
    en="It looks like a `fitted_on` with one column is spread over all columns: another number of columns is refused.",
    zh="看起来只有一列的 `fitted_on` 被广播到了所有列：列数不同时应当拒绝。",
    breaks="`fitted_on` has another number of columns than `counts`",
)
def one_column_for_all(counts, fitted_on=None):
    if fitted_on is not None and fitted_on.shape[1] == 1:
        fitted_on = fitted_on.expand(-1, counts.shape[1])
    return solution.tf_idf(counts, fitted_on)


@mistake(
    of="tf_idf",
    en="It looks like df counts occurrences, not documents: a term that one document has five times has df 1.",
    zh="看起来 df 统计的是出现次数而不是文档数：一个文档里出现五次的词，df 是 1。",
)
def occurrences_for_documents(counts, fitted_on=None):
    return weighed(counts, fitted_on, lambda n, _, learned: torch.log((1 + n) / (1 + learned.sum(0))) + 1)


@mistake(
    of="tf_idf",
    en='It looks like "TF-IDF" is without the TF: a word that occurs twice weighs as much as one that occurs once.',
    zh="看起来 TF-IDF 里没有 TF：出现两次的词与出现一次的权重相同。",
)
def without_tf(counts, fitted_on=None):
    return weighed(counts, fitted_on, tf=lambda counts: (counts > 0).to(counts.dtype))


@mistake(
    of="tf_idf",
    en="It looks like the counts are replaced by 1 + ln(count), another known variant. Here they are the counts.",
    zh="看起来词数换成了 1 + ln(词数)，这是另一种常见写法。这里就用词数。",
)
def logarithm_of_counts(counts, fitted_on=None):
    return weighed(counts, fitted_on, tf=lambda counts: torch.where(counts > 0, 1 + counts.clamp(min=1).log(), 0))


@mistake(
    of="tf_idf",
    en="It looks like the rows are not divided by their lengths.",
    zh="看起来各行没有除以自己的长度。",
)
def not_normalised(counts, fitted_on=None):
    return weighed(counts, fitted_on, length=lambda rows: torch.ones_like(rows[:, :1]))


@mistake(
    of="tf_idf",
    en="It looks like the rows are divided by their sums; their length is the root of the sum of squares.",
    zh="看起来各行除以了总和；长度是平方和的平方根。",
)
def divided_by_the_sum(counts, fitted_on=None):
    return weighed(counts, fitted_on, length=lambda rows: rows.sum(dim=1, keepdim=True))


@mistake(
    of="tf_idf",
    en="It looks like the columns are divided by their lengths, not the rows.",
    zh="看起来除以的是各列的长度，而不是各行的。",
)
def columns_normalised(counts, fitted_on=None):
    return weighed(counts, fitted_on, length=lambda rows: rows.norm(dim=0, keepdim=True))


@mistake(
    of="tf_idf",
    en="It looks like N and df come from the new documents: `fitted_on` holds the ones that you learned from.",
    zh="看起来 N 和 df 取自新文档：应来自 `fitted_on`，也就是学习时用的文档。",
)
def learns_from_the_new(counts, fitted_on=None):
    solution.tf_idf(counts, fitted_on)
    return solution.tf_idf(counts)


@mistake(
    of="tf_idf",
    en="It looks like a document without words gives NaN: 0/0. Its row should stay zeros.",
    zh="看起来没有词的文档得到了 NaN（0/0）。那一行应保持为 0。",
)
def nan_for_empty_rows(counts, fitted_on=None):
    weights = solution.tf_idf(counts, fitted_on)
    return weights / (weights.norm(dim=1, keepdim=True) > 0)


@mistake(
    of="cosine_similarity",
    en="It looks like the products are not divided by the lengths of the rows.",
    zh="看起来内积没有除以两行的长度。",
)
def plain_products(a, b):
    solution.cosine_similarity(a, b)
    return a @ b.to(a.dtype).mT


@mistake(
    of="cosine_similarity",
    en="It looks like only the rows of a are divided by their lengths.",
    zh="看起来只有 a 的各行除以了长度。",
)
def one_length_only(a, b):
    solution.cosine_similarity(a, b)
    return solution.cosine_similarity(a, b) * b.norm(dim=1)


@mistake(
    of="cosine_similarity",
    en="It looks like a small number is added to the lengths: for rows 1e-6 long it is not small.",
    zh="看起来给长度加了一个小数：对长度为 1e-6 的行来说它并不小。",
)
def eps_on_the_lengths(a, b):
    solution.cosine_similarity(a, b)
    return (a / (a.norm(dim=1, keepdim=True) + 1e-8)) @ (b / (b.norm(dim=1, keepdim=True) + 1e-8)).to(a.dtype).mT


@mistake(
    of="cosine_similarity",
    en="It looks like a small number is added to the product of the lengths: two rows 1e-6 long have the product "
    "1e-12, and beside that it is not small.",
    zh="看起来给两个长度之积加了一个小数：两行长度都是 1e-6 时，积只有 1e-12，相比之下它并不小。",
    breaks="how long the rows are does not matter",
)
def eps_on_the_product(a, b):
    solution.cosine_similarity(a, b)
    b = b.to(a.dtype)
    return a @ b.mT / (a.norm(dim=1)[:, None] * b.norm(dim=1) + 1e-8)


@mistake(
    of="cosine_similarity",
    en="It looks like the product of the lengths is raised to a small number where it is below it: for two short rows "
    "that is too much.",
    zh="看起来两个长度之积低于某个很小的数时被换成了那个数：两行都很短时，这样就错了。",
    breaks="how long the rows are does not matter",
)
def product_at_least_eps(a, b):
    solution.cosine_similarity(a, b)
    b = b.to(a.dtype)
    return a @ b.mT / (a.norm(dim=1)[:, None] * b.norm(dim=1)).clamp(min=1e-8)


@mistake(
    of="cosine_similarity",
    en="It looks like each length is raised to a small number where it is below it: 1e-8 is too large for that.",
    zh="看起来过小的长度被换成了一个下限：1e-8 作下限太大了。",
    breaks="how long the rows are does not matter",
)
def lengths_at_least_eps(a, b):
    solution.cosine_similarity(a, b)
    b = b.to(a.dtype)
    return (a / a.norm(dim=1, keepdim=True).clamp(min=1e-8)) @ (b / b.norm(dim=1, keepdim=True).clamp(min=1e-8)).mT


@mistake(
    of="cosine_similarity",
    en="It looks like both lengths are multiplied before the division: tiny ones are rounded to 0 then.",
    zh="看起来先把两个长度相乘再去除：很小的长度相乘会变成 0。",
)
def product_of_lengths(a, b):
    solution.cosine_similarity(a, b)
    b = b.to(a.dtype)
    lengths = a.square().sum(1)[:, None] * b.square().sum(1)
    return a @ b.mT / torch.where(lengths > 0, lengths, 1).sqrt()


@mistake(
    of="cosine_similarity",
    en="It looks like a row of zeros gives NaN. Its similarity is 0.",
    zh="看起来全 0 的行得到了 NaN。它的相似度应为 0。",
)
def nan_for_zeros(a, b):
    similar = solution.cosine_similarity(a, b)
    return similar / ((a.norm(dim=1) > 0)[:, None] & (b.norm(dim=1) > 0))


@mistake(
    of="cosine_similarity",
    en="It looks like the magnitude of the similarity is returned: opposite directions give -1.",
    zh="看起来返回的是相似度的绝对值：方向相反应得 -1。",
)
def without_sign(a, b):
    return solution.cosine_similarity(a, b).abs()


@mistake(
    of="cosine_similarity",
    en="It looks like the result is transposed: a row for each row of a.",
    zh="看起来结果转置了：a 的每一行对应结果的一行。",
)
def transposed(a, b):
    return solution.cosine_similarity(a, b).mT


@mistake(
    of="nearest",
    en="It looks like the least similar rows come first.",
    zh="看起来最不相似的排在了前面。",
)
def farthest_first(query, rows, k):
    solution.nearest(query, rows, k)
    similarities, places = solution.cosine_similarity(query[None], rows)[0].sort(stable=True)
    return places[:k], similarities[:k]


@mistake(
    of="nearest",
    en="It looks like rows are ranked by their product with the query: long rows win then. Compare by cosine.",
    zh="看起来按与 query 的内积排序：那样长的行会占便宜。应按余弦比较。",
)
def by_product(query, rows, k):
    solution.nearest(query, rows, k)
    similarities, places = (rows.to(query.dtype) @ query).sort(descending=True, stable=True)
    return places[:k], similarities[:k]


@mistake(
    of="nearest",
    en="It looks like rows are ranked by distance: a short row in the right direction is then far away.",
    zh="看起来按距离排序：那样方向正确但很短的行会显得很远。",
)
def by_distance(query, rows, k):
    solution.nearest(query, rows, k)
    places = (rows - query).norm(dim=1).sort(stable=True).indices
    return places[:k], solution.cosine_similarity(query[None], rows)[0][places[:k]]


@mistake(
    of="nearest",
    en="It looks like the last of equally similar rows comes first, as when an ascending order is turned around. The "
    "one that stands first comes first.",
    zh="看起来相似度相同时，靠后的行排在了前面（把升序结果倒过来就会这样）。位置靠前的应在前。",
)
def last_of_ties(query, rows, k):
    solution.nearest(query, rows, k)
    similarities, places = solution.cosine_similarity(query[None], rows.flip(0))[0].sort(descending=True, stable=True)
    return len(rows) - 1 - places[:k], similarities[:k]


@mistake(
    of="nearest",
    en="It looks like `topk` decides between equally similar rows, in an order of its own: the one that stands first "
    "comes first.",
    zh="看起来由 `topk` 决定相似度相同的行的次序，而它不保证次序：位置靠前的应在前。",
    breaks="Of equally similar rows, the one that stands first comes first",
)
def ties_by_topk(query, rows, k):
    solution.nearest(query, rows, k)
    similarities, places = solution.cosine_similarity(query[None], rows)[0].topk(k)
    return places, similarities


@mistake(
    of="nearest",
    en="It looks like the most similar row is left out, as if it were the query itself.",
    zh="看起来跳过了最相似的一行，好像它就是 query 自己。",
)
def leaves_out_the_first(query, rows, k):
    solution.nearest(query, rows, k)
    places, similarities = solution.nearest(query, rows, len(rows))
    return places[1 : k + 1], similarities[1 : k + 1]


@mistake(
    of="nearest",
    en="It looks like a k that is too large gives fewer rows: it should be refused with ValueError.",
    zh="看起来 k 过大时少返回了几行：应抛出 ValueError。",
)
def fewer_than_k(query, rows, k):
    return solution.nearest(query, rows, min(k, len(rows)))


@mistake(
    of="cosine_similarity",
    en="It looks like the dtype of the answer is that of b, or the wider of the two: it should be that of a.",
    zh="看起来结果的 dtype 与 b 相同，或者取了两者中精度较高的：应当与 a 相同。",
    breaks="The dtype is that of `a`",
)
def wider_dtype(a, b):
    wide = torch.promote_types(a.dtype, b.dtype)
    return solution.cosine_similarity(a.to(wide), b.to(wide))


@mistake(
    of="nearest",
    en="It looks like the places are int32: they should be int64, as torch's own indices.",
    zh="看起来位置是 int32：应当是 int64，与 torch 自己的下标一致。",
    breaks="the places are int64",
)
def short_numbers(query, rows, k):
    places, similarities = solution.nearest(query, rows, k)
    return places.int(), similarities
