"""Known mistakes of week 04, word2vec."""

import torch
import torch.nn.functional as F
import word2vec as solution

from grader.mistakes import mistake


def listed(sentences, window, places):
    solution.skip_gram_pairs(sentences, window)
    pairs = [(s[i], s[j]) for s in sentences for i in range(len(s)) for j in places(i, len(s))]
    return torch.tensor(pairs, dtype=torch.int64).reshape(-1, 2)


@mistake(
    of="skip_gram_pairs",
    en="It looks like a word is a neighbour of itself: the window holds the centre, too.",
    zh="看起来一个词成了自己的邻居：窗口里包含了中心词本身。",
)
def centre_in_the_window(sentences, window):
    return listed(sentences, window, lambda i, n: range(max(0, i - window), min(n, i + window + 1)))


@mistake(
    of="skip_gram_pairs",
    en="It looks like only the words after the centre are taken: neighbours stand on both sides.",
    zh="看起来只取了中心词后面的词：邻居在两侧。",
)
def after_only(sentences, window):
    return listed(sentences, window, lambda i, n: range(i + 1, min(n, i + window + 1)))


@mistake(
    of="skip_gram_pairs",
    en="It looks like the window on the right is one word too short: the end of a range is not in it.",
    zh="看起来右侧窗口少了一个词：range 不包含终点。",
)
def right_too_short(sentences, window):
    return listed(sentences, window, lambda i, n: [j for j in range(max(0, i - window), min(n, i + window)) if j != i])


@mistake(
    of="skip_gram_pairs",
    en="It looks like the window reaches before the beginning: in Python, place -1 is the last word. Begin it at 0.",
    zh="看起来窗口越过了句首：Python 里位置 -1 是最后一个词。窗口最左只能到 0。",
    breaks="a window does not wrap around at the ends",
)
def wraps_around(sentences, window):
    return listed(sentences, window, lambda i, n: [j for j in range(i - window, min(n, i + window + 1)) if j != i])


@mistake(
    of="skip_gram_pairs",
    en="It looks like only words with a whole window on both sides are centres: the ends of a sentence are lost.",
    zh="看起来只有两侧窗口都完整的词才作中心词：句子两端丢失了。",
)
def whole_windows_only(sentences, window):
    return listed(
        sentences,
        window,
        lambda i, n: [j for j in range(i - window, i + window + 1) if j != i] if window <= i < n - window else [],
    )


@mistake(
    of="skip_gram_pairs",
    en="It looks like the sentences are joined: the last word of one and the first of the next are no pair.",
    zh="看起来把句子连在了一起：前一句的末词与后一句的首词不构成词对。",
)
def joins_sentences(sentences, window):
    return solution.skip_gram_pairs([sum(sentences, [])], window)


@mistake(
    of="skip_gram_pairs",
    en="It looks like the pairs are (context, centre). The centre comes first.",
    zh="看起来词对是 (上下文, 中心词)。中心词应在前。",
)
def context_first(sentences, window):
    return solution.skip_gram_pairs(sentences, window).flip(1)


@mistake(
    of="skip_gram_pairs",
    en="It looks like the centre is told from its neighbours by its id, so that an equal word beside it is left out. "
    "Compare places.",
    zh="看起来用 id 区分中心词与邻居，于是旁边相同的词被漏掉了。应比较位置。",
)
def compares_ids(sentences, window):
    pairs = solution.skip_gram_pairs(sentences, window)
    return pairs[pairs[:, 0] != pairs[:, 1]]


@mistake(
    of="skip_gram_pairs",
    en="It looks like each pair is listed once, though it occurs several times.",
    zh="看起来每种词对只列了一次，虽然它出现多次。",
)
def each_pair_once(sentences, window):
    pairs = solution.skip_gram_pairs(sentences, window).tolist()
    return torch.tensor(list(dict.fromkeys(map(tuple, pairs))), dtype=torch.int64).reshape(-1, 2)


@mistake(
    of="skip_gram_pairs",
    en="It looks like a list without a pair loses its two columns: the shape should be (0, 2), not (0,).",
    zh="看起来没有词对时丢掉了两列：形状应为 (0, 2)，而不是 (0,)。",
    breaks="without a pair, the shape is (0, 2)",
)
def no_columns_without_pairs(sentences, window):
    pairs = solution.skip_gram_pairs(sentences, window)
    return pairs if len(pairs) else pairs.flatten()


@mistake(
    of="noise_distribution",
    en="It looks like the counts are not raised to the power: the plain frequencies come out.",
    zh="看起来计数没有取幂：得到的是原始频率。",
)
def without_power(counts, power=0.75):
    solution.noise_distribution(counts, power)
    return counts / counts.sum()


@mistake(
    of="noise_distribution",
    en="It looks like the shares are raised to the power after the division: they no longer sum to 1.",
    zh="看起来先除以总和再取幂：概率之和不再是 1。",
)
def divides_first(counts, power=0.75):
    solution.noise_distribution(counts, power)
    return torch.where(counts > 0, (counts / counts.sum()) ** power, 0)


@mistake(
    of="noise_distribution",
    en="It looks like the power is always 0.75, whatever is asked for.",
    zh="看起来幂次总是 0.75，没有使用参数。",
)
def always_three_quarters(counts, power=0.75):
    return solution.noise_distribution(counts)


@mistake(
    of="noise_distribution",
    en="It looks like 0 ** 0 = 1 makes a word that never occurs as likely as the others.",
    zh="看起来 0 ** 0 = 1 让从未出现的词与其他词一样可能。",
)
def zero_to_the_zero(counts, power=0.75):
    solution.noise_distribution(counts, power)
    return counts**power / (counts**power).sum()


@mistake(
    of="noise_distribution",
    en="It looks like softmax is taken: the counts, raised to the power, are divided by their sum, without "
    "exponentials.",
    zh="看起来用了 softmax：取幂后的计数应直接除以总和，不再取指数。",
)
def softmax_of_counts(counts, power=0.75):
    solution.noise_distribution(counts, power)
    return torch.softmax(counts**power, dim=0)


def sampled(words, contexts, pairs, negatives, sign=1.0, weigh=lambda false: false.sum(-1), mean=True, swap=False):
    solution.negative_sampling_loss(words, contexts, pairs, negatives)
    if swap:
        words, contexts = contexts, words
    centre = words[pairs[:, 0]]
    true = (centre * contexts[pairs[:, 1]]).sum(-1)
    false = (centre[:, None] * contexts[negatives]).sum(-1)
    losses = F.softplus(-true) + weigh(F.softplus(sign * false))
    return losses.mean() if mean else losses.sum()


@mistake(
    of="negative_sampling_loss",
    en="It looks like the sign of the negatives is missing: their products are pushed up, not down.",
    zh="看起来负样本少了负号：它们的内积被推高而不是压低。",
)
def negatives_pushed_up(words, contexts, pairs, negatives):
    return sampled(words, contexts, pairs, negatives, sign=-1.0)


@mistake(
    of="negative_sampling_loss",
    en="It looks like the negatives are averaged: their losses are added up.",
    zh="看起来对负样本取了平均：应当求和。",
)
def mean_of_negatives(words, contexts, pairs, negatives):
    return sampled(words, contexts, pairs, negatives, weigh=lambda false: false.mean(-1))


@mistake(
    of="negative_sampling_loss",
    en="It looks like the losses of the pairs are added up: their mean is asked for.",
    zh="看起来对各词对求和了：要求的是均值。",
)
def sum_of_pairs(words, contexts, pairs, negatives):
    return sampled(words, contexts, pairs, negatives, mean=False)


@mistake(
    of="negative_sampling_loss",
    en="It looks like the two tables are swapped: the centre is a row of `words`, the others are rows of `contexts`.",
    zh="看起来两张表用反了：中心词取自 `words`，其余取自 `contexts`。",
)
def tables_swapped(words, contexts, pairs, negatives):
    return sampled(words, contexts, pairs, negatives, swap=True)


@mistake(
    of="negative_sampling_loss",
    en="It looks like one table serves for both: words and contexts have vectors of their own.",
    zh="看起来只用了一张表：词和上下文各有自己的向量。",
)
def one_table(words, contexts, pairs, negatives):
    return sampled(words, words + 0 * contexts, pairs, negatives)


@mistake(
    of="negative_sampling_loss",
    en="It looks like the negatives are read from `words`: only the centre is. Like the real context, they are rows of "
    "`contexts`.",
    zh="看起来负样本取自 `words`：只有中心词取自它。负样本与真正的上下文一样，取自 `contexts`。",
)
def negatives_from_words(words, contexts, pairs, negatives):
    solution.negative_sampling_loss(words, contexts, pairs, negatives)
    centre = words[pairs[:, 0]]
    true = (centre * contexts[pairs[:, 1]]).sum(-1)
    false = (centre[:, None] * words[negatives]).sum(-1)
    return (F.softplus(-true) + F.softplus(false).sum(-1)).mean()


@mistake(
    of="negative_sampling_loss",
    en="It looks like the gradient does not reach the vectors of the negatives: they are pushed away, too.",
    zh="看起来梯度没有传到负样本的向量：它们也应被推开。",
    breaks="Gradients flow to `words` and `contexts`",
)
def negatives_detached(words, contexts, pairs, negatives):
    solution.negative_sampling_loss(words, contexts, pairs, negatives)
    centre = words[pairs[:, 0]]
    true = (centre * contexts[pairs[:, 1]]).sum(-1)
    false = (centre[:, None] * contexts[negatives].detach()).sum(-1)
    return (F.softplus(-true) + F.softplus(false).sum(-1)).mean()


@mistake(
    of="negative_sampling_loss",
    en="It looks like negatives that equal the context are left out. Here they count.",
    zh="看起来略去了与上下文相同的负样本。这里它们也算。",
)
def leaves_out_the_context(words, contexts, pairs, negatives):
    solution.negative_sampling_loss(words, contexts, pairs, negatives)
    keep = negatives != pairs[:, 1:]
    return sampled(words, contexts, pairs, negatives, weigh=lambda false: (false * keep).sum(-1))


@mistake(
    of="negative_sampling_loss",
    en="It looks like a negative that was drawn twice counts once.",
    zh="看起来抽到两次的负样本只算了一次。",
)
def each_negative_once(words, contexts, pairs, negatives):
    first = torch.stack([(negatives[:, :j] != negatives[:, j : j + 1]).all(1) for j in range(negatives.shape[1])], 1)
    return sampled(words, contexts, pairs, negatives, weigh=lambda false: (false * first).sum(-1))


@mistake(
    of="negative_sampling_loss",
    en="It looks like the logarithm is taken of the sigmoid itself: for products of 1,000 that is ln 0. `logsigmoid` "
    "or `softplus` stay finite.",
    zh="看起来直接对 sigmoid 取对数：内积为 1,000 时成了 ln 0。`logsigmoid` 或 `softplus` 不会溢出。",
)
def logarithm_of_sigmoid(words, contexts, pairs, negatives):
    solution.negative_sampling_loss(words, contexts, pairs, negatives)
    centre = words[pairs[:, 0]]
    true = torch.sigmoid((centre * contexts[pairs[:, 1]]).sum(-1)).log()
    false = torch.sigmoid(-(centre[:, None] * contexts[negatives]).sum(-1)).log()
    return -(true + false.sum(-1)).mean()


@mistake(
    of="negative_sampling_loss",
    en="It looks like the vectors are made 1 long before they are multiplied: their lengths matter here.",
    zh="看起来先把向量归一化再相乘：这里长度有意义。",
)
def cosine_for_product(words, contexts, pairs, negatives):
    solution.negative_sampling_loss(words, contexts, pairs, negatives)
    return sampled(F.normalize(words, dim=1), F.normalize(contexts, dim=1), pairs, negatives)


@mistake(
    of="negative_sampling_loss",
    en="It looks like pairs are handled one by one in Python: right, but slow. `words[pairs[:, 0]]` reads all "
    "centres at once.",
    zh="看起来用 Python 逐对处理：结果正确但慢。`words[pairs[:, 0]]` 可以一次取出所有中心词。",
    only="speed",
)
def pair_by_pair(words, contexts, pairs, negatives):
    solution.negative_sampling_loss(
        words, contexts, pairs[:1] if len(pairs) == len(negatives) else pairs, negatives[:1]
    )
    losses = [
        F.softplus(-(words[c] @ contexts[o])) + F.softplus(contexts[row] @ words[c]).sum()
        for (c, o), row in zip(pairs, negatives, strict=True)
    ]
    return torch.stack(losses).mean()


def gloved(weights, counts, words, contexts, word_biases, context_biases, target=None, seen=None, add=None):
    seen = counts > 0 if seen is None else seen
    target = torch.where(counts > 0, counts, 1).log() if target is None else target
    biases = word_biases[:, None] + context_biases if add is None else add
    return torch.where(seen, weights * (words @ contexts.mT + biases - target) ** 2, 0)


@mistake(
    of="glove_loss",
    en="It looks like pairs that never occurred are taken in, with ln 0 replaced by 0.",
    zh="看起来把没出现过的词对也算了进去，ln 0 换成了 0。",
)
def takes_unseen_pairs(*args):
    return gloved(*args, seen=torch.ones_like(args[1], dtype=torch.bool)).sum()


@mistake(
    of="glove_loss",
    en="It looks like ln(1 + count) is predicted: it should be ln(count), for the pairs that occurred.",
    zh="看起来预测的是 ln(1 + 计数)：应为 ln(计数)，只对出现过的词对。",
)
def logarithm_of_one_more(*args):
    return gloved(*args, target=(1 + args[1]).log()).sum()


@mistake(
    of="glove_loss",
    en="It looks like the counts themselves are predicted: it should be their logarithms.",
    zh="看起来预测的是计数本身：应为它的对数。",
)
def predicts_counts(*args):
    return gloved(*args, target=args[1]).sum()


@mistake(
    of="glove_loss",
    en="It looks like the weights are left out.",
    zh="看起来漏了权重。",
)
def without_weights(weights, *args):
    return gloved(torch.ones_like(weights), *args).sum()


@mistake(
    of="glove_loss",
    en="It looks like the weights stand inside the square.",
    zh="看起来权重放到了平方里面。",
)
def weights_squared(weights, *args):
    return gloved(weights**2, *args).sum()


@mistake(
    of="glove_loss",
    en="It looks like the mean is taken: it is a sum.",
    zh="看起来取了均值：应当求和。",
)
def mean_for_sum(*args):
    return gloved(*args).mean()


@mistake(
    of="glove_loss",
    en="It looks like there are no biases: both numbers, of the word and of the context, are added to the product.",
    zh="看起来漏了两个偏置：词的偏置和上下文的偏置都要加到内积上。",
)
def without_biases(weights, counts, words, contexts, word_biases, context_biases):
    return gloved(weights, counts, words, contexts, word_biases, context_biases, add=0).sum()


@mistake(
    of="glove_loss",
    en="It looks like the sum is halved: there is no 1/2 before it.",
    zh="看起来把和减半了：前面没有 1/2。",
)
def half_of_it(*args):
    return gloved(*args).sum() / 2


@mistake(
    of="glove_loss",
    en="It looks like unseen pairs are left out only after the logarithm of 0: the loss is right, and its gradient "
    "NaN. Replace the 0 before the logarithm.",
    zh="看起来是在对 0 取对数之后才去掉没见过的词对：损失是对的，梯度却是 NaN。应在取对数之前把 0 换掉。",
    breaks="neither its value nor its gradient is NaN",
)
def nan_in_the_gradient(weights, counts, words, contexts, word_biases, context_biases):
    errors = words @ contexts.mT + word_biases[:, None] + context_biases - counts.log()
    return torch.where(counts > 0, weights * errors**2, 0).sum()


@mistake(
    of="glove_loss",
    en="It looks like the biases of the contexts are missing.",
    zh="看起来漏了上下文的偏置。",
)
def one_bias_only(weights, counts, words, contexts, word_biases, context_biases):
    return gloved(weights, counts, words, contexts, word_biases, 0 * context_biases).sum()


@mistake(
    of="glove_loss",
    en="It looks like the loss or its gradient is NaN where a count is 0: 0 times infinity. Replace the 0 before the "
    "logarithm.",
    zh="看起来计数为 0 的地方得到了 NaN（0 乘无穷）。应在取对数之前把 0 换掉。",
)
def nan_at_zero(weights, counts, words, contexts, word_biases, context_biases):
    return (
        gloved(weights, counts, words, contexts, word_biases, context_biases, target=counts.log(), seen=(counts >= 0))
        .mul(counts > 0)
        .sum()
    )


def pieces_of(word, shortest, longest):
    marked = f"<{word}>"
    found = [marked[i : i + n] for n in range(shortest, longest + 1) for i in range(len(marked) - n + 1)]
    return found if shortest <= len(marked) <= longest else [*found, marked]


def averaged(pieces, table, total=False):
    vectors = [table[piece] for piece in pieces if piece in table]
    if not vectors:
        return torch.zeros_like(next(iter(table.values())))
    return torch.stack(vectors).sum(0) if total else torch.stack(vectors).mean(0)


@mistake(
    of="subword_vector",
    en='It looks like the signs "<" and ">" are missing: the beginning and the end of a word are pieces of their own.',
    zh='看起来缺了 "<" 和 ">"：词的开头和结尾是单独的片段。',
)
def without_marks(word, table, shortest=3, longest=6):
    solution.subword_vector(word, table, shortest, longest)
    runs = [word[i : i + n] for n in range(shortest, longest + 1) for i in range(len(word) - n + 1)]
    return averaged(runs if shortest <= len(word) <= longest else [*runs, word], table)


@mistake(
    of="subword_vector",
    en="It looks like the vectors are added up. Here their mean is asked for.",
    zh="看起来把向量相加了。这里要求均值。",
)
def sum_for_mean(word, table, shortest=3, longest=6):
    solution.subword_vector(word, table, shortest, longest)
    return averaged(pieces_of(word, shortest, longest), table, total=True)


@mistake(
    of="subword_vector",
    en="It looks like the sum is divided by the number of all pieces, also of those that the table does not have.",
    zh="看起来除以了全部片段的个数，包括表中没有的片段。",
)
def divides_by_all_pieces(word, table, shortest=3, longest=6):
    solution.subword_vector(word, table, shortest, longest)
    pieces = pieces_of(word, shortest, longest)
    return averaged(pieces, table, total=True) / len(pieces)


@mistake(
    of="subword_vector",
    en="It looks like the whole word is missing among the pieces.",
    zh="看起来片段中缺了整个词。",
)
def without_the_whole(word, table, shortest=3, longest=6):
    solution.subword_vector(word, table, shortest, longest)
    marked = f"<{word}>"
    return averaged(
        [marked[i : i + n] for n in range(shortest, longest + 1) for i in range(len(marked) - n + 1)], table
    )


@mistake(
    of="subword_vector",
    en="It looks like the whole word is missing where it is shorter than the shortest pieces: it counts once more "
    "there, too.",
    zh="看起来比最短片段还短的词漏掉了整个词：这时也要另算一次整体。",
    breaks="if it is longer than `longest` or shorter than `shortest`",
)
def whole_of_long_words_only(word, table, shortest=3, longest=6):
    solution.subword_vector(word, table, shortest, longest)
    marked = f"<{word}>"
    runs = [marked[i : i + n] for n in range(shortest, longest + 1) for i in range(len(marked) - n + 1)]
    return averaged([*runs, marked] if len(marked) > longest else runs, table)


@mistake(
    of="subword_vector",
    en="It looks like the zeros are float32: where no piece is known, they have the dtype of the table.",
    zh="看起来返回的 0 是 float32：没有已知片段时，dtype 应与表相同。",
    breaks="the vector is zeros, of the dtype of the table",
)
def zeros_of_float32(word, table, shortest=3, longest=6):
    found = solution.subword_vector(word, table, shortest, longest)
    return found if any(piece in table for piece in pieces_of(word, shortest, longest)) else found.float()


@mistake(
    of="subword_vector",
    en="It looks like the whole word counts twice when it is short enough to be a run as well.",
    zh="看起来整个词足够短、本身就是一个片段时，被算了两次。",
)
def whole_twice(word, table, shortest=3, longest=6):
    solution.subword_vector(word, table, shortest, longest)
    pieces = pieces_of(word, shortest, longest)
    return averaged(pieces + ([f"<{word}>"] if shortest <= len(word) + 2 <= longest else []), table)


@mistake(
    of="subword_vector",
    en="It looks like a piece that occurs twice counts once.",
    zh="看起来出现两次的片段只算了一次。",
)
def each_piece_once(word, table, shortest=3, longest=6):
    solution.subword_vector(word, table, shortest, longest)
    return averaged(list(dict.fromkeys(pieces_of(word, shortest, longest))), table)


@mistake(
    of="subword_vector",
    en="It looks like the longest pieces are missing: `longest` itself is a length, too.",
    zh="看起来缺了最长的片段：`longest` 本身也是允许的长度。",
)
def longest_missing(word, table, shortest=3, longest=6):
    solution.subword_vector(word, table, shortest, longest)
    marked = f"<{word}>"
    return averaged(
        [piece for piece in pieces_of(word, shortest, longest) if len(piece) != longest or piece == marked], table
    )


@mistake(
    of="subword_vector",
    en="It looks like the pieces are made of bytes, three to each Chinese character, not of characters.",
    zh="看起来片段是按字节切的（一个汉字三个字节），而不是按字符。",
)
def bytes_for_characters(word, table, shortest=3, longest=6):
    solution.subword_vector(word, table, shortest, longest)
    marked = f"<{word}>".encode()
    runs = [marked[i : i + n] for n in range(shortest, longest + 1) for i in range(len(marked) - n + 1)]
    runs = runs if shortest <= len(marked) <= longest else [*runs, marked]
    return averaged([run.decode(errors="replace") for run in runs], table)


@mistake(
    of="glove_loss",
    en="It looks like a pair never seen is multiplied by 0: a weight of NaN or infinity passes through that.",
    zh="看起来没见过的词对是乘以 0 去掉的：权重为 NaN 或无穷大时，乘 0 去不掉。",
    breaks="a pair with the count 0 is left out, whatever its weight",
)
def unseen_times_zero(weights, counts, words, contexts, word_biases, context_biases):
    seen = counts > 0
    targets = torch.where(seen, counts, 1).log()
    errors = words @ contexts.mT + word_biases[:, None] + context_biases - targets
    return (seen * weights * errors**2).sum()


@mistake(
    of="noise_distribution",
    en="It looks like what never occurs is taken out by a multiplication with 0: for a negative power that is 0 times "
    "infinity, NaN.",
    zh="看起来是用乘以 0 的办法去掉从未出现的词：幂次为负时是 0 乘无穷大，得到 NaN。",
    breaks="A word that never occurs is never drawn, whatever the power",
)
def zero_times_infinity(counts, power=0.75):
    solution.noise_distribution(counts)
    shares = counts**power * (counts > 0)
    return shares / shares.sum()


@mistake(
    of="subword_vector",
    en="It looks like the word is written in small letters first: it is looked up as it is.",
    zh="看起来先把词变成了小写：应当原样查找。",
    breaks='The word is put between "<" and ">"',
)
def small_letters(word, table, shortest=3, longest=6):
    return solution.subword_vector(word.lower(), table, shortest, longest)


@mistake(
    of="subword_vector",
    en="It looks like the sum is kept in the first vector found (`total = table[piece]`, then `total += …`): that "
    "changes the table.",
    zh="看起来把和累加在找到的第一个向量里（`total = table[piece]`，再 `total += …`）：这会修改表。",
)
def adds_into_the_table(word, table, shortest=3, longest=6):
    mean = solution.subword_vector(word, table, shortest, longest)
    vectors = [table[piece] for piece in pieces_of(word, shortest, longest) if piece in table]
    if len(vectors) > 1:
        vectors[0].copy_(torch.stack(vectors).sum(dim=0))
    return mean


@mistake(
    of="negative_sampling_loss",
    en="It looks like the columns of `pairs` are swapped: the first is the centre, a row of `words`, the second the "
    "context.",
    zh="看起来 `pairs` 的两列用反了：第一列是中心词（`words` 的行），第二列是上下文。",
)
def columns_swapped(words, contexts, pairs, negatives):
    return sampled(words, contexts, pairs.flip(1), negatives)


@mistake(
    of="glove_loss",
    en="It looks like the sum is divided by the number of pairs that were seen: it is a sum, not a mean.",
    zh="看起来把和除以了一起出现过的词对数：应当求和，而不是求均值。",
    breaks="It is a sum, not a mean",
)
def mean_of_the_seen(weights, counts, *args):
    return gloved(weights, counts, *args).sum() / (counts > 0).sum()
