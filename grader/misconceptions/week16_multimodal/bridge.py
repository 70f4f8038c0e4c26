"""Known mistakes of week 16, bridge.

`Layer` is the solution cut into steps, so that a mistake overrides the one that it gets wrong.
"""

import bridge as solution
import torch
import torch.nn.functional as F

from grader.mistakes import mistake


class Layer(solution.QueryFormerLayer):
    """The solution, step by step."""

    def bend(self, x):
        return F.gelu(x)

    def together(self, x, num_queries, mask):
        return self.norm_self(x + self.self_attention(x, x, mask))

    def look(self, queries, features):
        return self.norm_cross(queries + self.cross_attention(queries, features))

    def of_queries(self, x):
        return self.norm_query(x + self.query_out(self.bend(self.query_in(x))))

    def of_words(self, x, features):
        return self.norm_word(x + self.word_out(self.bend(self.word_in(x))))

    def forward(self, x, features, num_queries, mask=None):
        if not 1 <= num_queries <= x.shape[1]:
            raise ValueError("num_queries")
        x = self.together(x, num_queries, mask)
        queries, words = x[:, :num_queries], x[:, num_queries:]
        return torch.cat([self.of_queries(self.look(queries, features)), self.of_words(words, features)], dim=1)


# ----------------------------------------------------------------------------------------------- QueryFormerLayer


@mistake(
    of="QueryFormerLayer",
    en="It looks like the norms stand before the branches (pre-norm): here each stands after its addition, as in BERT.",
    zh="看起来归一化放在了各分支之前（pre-norm）：这里和 BERT 一样，放在每次相加之后。",
    breaks="Every norm stands after its addition",
)
class norms_before_the_branches(Layer):
    def together(self, x, num_queries, mask):
        normed = self.norm_self(x)
        return x + self.self_attention(normed, normed, mask)

    def look(self, queries, features):
        return queries + self.cross_attention(self.norm_cross(queries), features)

    def of_queries(self, x):
        return x + self.query_out(self.bend(self.query_in(self.norm_query(x))))

    def of_words(self, x, features):
        return x + self.word_out(self.bend(self.word_in(self.norm_word(x))))


@mistake(
    of="QueryFormerLayer",
    en="It looks like the words look at the picture, too: cross-attention is for the queries alone.",
    zh="看起来词也在看图片：交叉注意力只属于查询。",
    breaks="Words have no cross-attention",
)
class words_look_at_the_picture(Layer):
    def of_words(self, x, features):
        return super().of_words(self.look(x, features), features)


@mistake(
    of="QueryFormerLayer",
    en="It looks like words go through the feed-forward layer of the queries: they have one of their own.",
    zh="看起来词用了查询的前馈层：词有自己的前馈层。",
    breaks="w = norm_word(w + word_out(gelu(word_in(w))))",
)
class one_feed_forward_for_both(Layer):
    def of_words(self, x, features):
        return self.norm_word(x + self.query_out(self.bend(self.query_in(x))))


@mistake(
    of="QueryFormerLayer",
    en="It looks like words go through the feed-forward layer of the queries and through its norm: they have one of "
    "their own, and a norm of their own.",
    zh="看起来词用了查询的前馈层和它的归一化：词有自己的前馈层，也有自己的归一化。",
    breaks="w = norm_word(w + word_out(gelu(word_in(w))))",
)
class all_rows_go_the_same_way(Layer):
    def of_words(self, x, features):
        return self.of_queries(x)


@mistake(
    of="QueryFormerLayer",
    en="It looks like queries and words attend each to their own kind, whatever the mask says: a question never "
    "reaches the queries.",
    zh="看起来无论掩码怎样，查询只看查询、词只看词：问题永远传不到查询那里。",
    breaks="all rows of x, queries and words",
)
class the_question_never_arrives(Layer):
    def together(self, x, num_queries, mask):
        word = torch.arange(x.shape[1], device=x.device) >= num_queries
        apart = word[:, None] == word
        return super().together(x, num_queries, apart if mask is None else apart & mask)


@mistake(
    of="QueryFormerLayer",
    en="It looks like the queries are the last rows of x: they are the first ones.",
    zh="看起来把 x 的最后几行当成了查询：查询是最前面的几行。",
    breaks="the queries alone, the first rows of x",
)
class queries_come_last(Layer):
    def forward(self, x, features, num_queries, mask=None):
        if not 1 <= num_queries <= x.shape[1]:
            raise ValueError("num_queries")
        x = self.together(x, num_queries, mask)
        words, queries = x[:, :-num_queries], x[:, -num_queries:]
        return torch.cat([self.of_words(words, features), self.of_queries(self.look(queries, features))], dim=1)


@mistake(
    of="QueryFormerLayer",
    en="It looks like the queries look at the picture before they look at each other: self-attention comes first.",
    zh="看起来查询先看图片、再互相看：自注意力应在前面。",
)
class picture_first(Layer):
    def forward(self, x, features, num_queries, mask=None):
        if not 1 <= num_queries <= x.shape[1]:
            raise ValueError("num_queries")
        x = torch.cat([self.look(x[:, :num_queries], features), x[:, num_queries:]], dim=1)
        x = self.together(x, num_queries, mask)
        words = self.of_words(x[:, num_queries:], features)
        return torch.cat([self.of_queries(x[:, :num_queries]), words], dim=1)


@mistake(
    of="QueryFormerLayer",
    en="It looks like cross-attention replaces the queries: what it reads is added to them.",
    zh="看起来交叉注意力的结果取代了查询：它应加到查询上。",
)
class forgets_the_residual(Layer):
    def look(self, queries, features):
        return self.norm_cross(self.cross_attention(queries, features))


@mistake(
    of="QueryFormerLayer",
    en="It looks like the norms have torch's eps of 1e-5: BERT's is 1e-12.",
    zh="看起来归一化用了 torch 的 eps 1e-5：BERT 的是 1e-12。",
    breaks="nn.LayerNorm(d_model, eps=1e-12)",
)
class the_default_eps(solution.QueryFormerLayer):
    def __init__(self, d_model, num_heads, hidden, d_image):
        super().__init__(d_model, num_heads, hidden, d_image)
        for norm in (self.norm_self, self.norm_cross, self.norm_query, self.norm_word):
            norm.eps = 1e-5


@mistake(
    of="QueryFormerLayer",
    en="It looks like gelu is computed by the tanh approximation: the exact one is asked for.",
    zh="看起来 gelu 用了 tanh 近似：这里要求精确的 gelu。",
    breaks="gelu is the exact one",
)
class an_approximate_gelu(Layer):
    def bend(self, x):
        return F.gelu(x, approximate="tanh")


@mistake(
    of="QueryFormerLayer",
    en="It looks like the mask of self-attention is forgotten: queries and words see everything.",
    zh="看起来忘了自注意力的掩码：查询和词什么都能看到。",
    breaks="mask: who sees whom in self-attention",
)
class forgets_the_mask(Layer):
    def together(self, x, num_queries, mask):
        return super().together(x, num_queries, None)


@mistake(
    of="QueryFormerLayer",
    en="It looks like the mask of self-attention is used in cross-attention as well, when there are as many features "
    "as rows: features are never hidden.",
    zh="看起来特征与行一样多时，自注意力的掩码也用到了交叉注意力上：特征从不被遮住。",
    breaks="Cross-attention has no mask",
)
class masks_the_picture(Layer):
    def together(self, x, num_queries, mask):
        self.mask = mask
        return super().together(x, num_queries, mask)

    def look(self, queries, features):
        fits = self.mask is not None and self.mask.shape[-1] == features.shape[1]
        mask = self.mask[..., : queries.shape[1], :] if fits else None
        return self.norm_cross(queries + self.cross_attention(queries, features, mask))


@mistake(
    of="QueryFormerLayer",
    en="It looks like True in the mask hides: here True means that a row may attend.",
    zh="看起来把掩码的 True 当成了遮住：这里 True 表示可以关注。",
    breaks="True: may attend",
)
class true_hides(Layer):
    def together(self, x, num_queries, mask):
        return super().together(x, num_queries, None if mask is None else ~mask)


@mistake(
    of="QueryFormerLayer",
    en="It looks like cross-attention reads features as wide as the queries: its keys and values come from d_image.",
    zh="看起来交叉注意力读的特征与查询一样宽：它的键和值来自 d_image。",
    breaks="cross_attention: parts.Attention(d_model, num_heads, d_image)",
)
class features_as_wide_as_queries(solution.QueryFormerLayer):
    def __init__(self, d_model, num_heads, hidden, d_image):
        super().__init__(d_model, num_heads, hidden, d_model)


# ----------------------------------------------------------------------------------------------------- query_mask


@mistake(
    of="query_mask",
    en='It looks like the queries see the words in "generation": what they hand on is then a copy of the answer, and '
    "the picture is not needed.",
    zh='看起来在 "generation" 中查询看得到词：它们传递的就是答案的副本，用不着图片了。',
    breaks="a query sees all queries and no word; a word sees all queries, itself and the words before it",
)
def queries_read_the_answer(num_queries, word_mask, kind):
    mask = solution.query_mask(num_queries, word_mask, kind)
    if kind == "generation":
        mask[:, :num_queries, num_queries:] = word_mask.bool()[:, None]
    return mask


@mistake(
    of="query_mask",
    en='It looks like words see the words behind them in "generation" (only padding is hidden): the model learns to '
    "copy the next word instead of writing it.",
    zh='看起来在 "generation" 中词看得到后面的词（只遮住了填充）：模型学会的是抄下一个词，而不是写出它。',
    breaks="a word sees all queries, itself and the words before it",
)
def words_look_ahead(num_queries, word_mask, kind):
    mask = solution.query_mask(num_queries, word_mask, kind)
    if kind == "generation":
        mask[:, num_queries:, num_queries:] = word_mask.bool()[:, None]
    return mask


@mistake(
    of="query_mask",
    en='It looks like a word does not see itself in "generation": the word that stands there is read, and the one '
    "behind it is guessed.",
    zh='看起来在 "generation" 中词看不到自己：模型读的就是这个位置的词，要猜的是它后面的词。',
    breaks="a word sees all queries, itself and the words before it",
)
def words_do_not_see_themselves(num_queries, word_mask, kind):
    mask = solution.query_mask(num_queries, word_mask, kind)
    if kind == "generation":
        mask[:, num_queries:] = mask[:, num_queries:].tril(num_queries - 1)
    return mask


@mistake(
    of="query_mask",
    en='It looks like "generation" is causal throughout: the queries have no order, and see each other.',
    zh='看起来 "generation" 整个都是因果的：查询没有先后，彼此都能看到。',
    breaks="a query sees all queries and no word",
)
def causal_queries(num_queries, word_mask, kind):
    mask = solution.query_mask(num_queries, word_mask, kind)
    return mask.tril() if kind == "generation" else mask


@mistake(
    of="query_mask",
    en='It looks like words are causal in "contrastive", too: there a word sees all words.',
    zh='看起来在 "contrastive" 中词也是因果的：那里每个词看得到所有的词。',
    breaks='"contrastive" (compare picture and text): a query sees all queries, a word all words',
)
def causal_words_when_compared(num_queries, word_mask, kind):
    mask = solution.query_mask(num_queries, word_mask, kind)
    if kind == "contrastive":
        mask[:, num_queries:] = mask[:, num_queries:].tril(num_queries)
    return mask


@mistake(
    of="query_mask",
    en='It looks like the words see the queries in "contrastive": these know the picture, and the sentence should be '
    "understood without it.",
    zh='看起来在 "contrastive" 中词看得到查询：查询知道图片，而句子应当不看图片来理解。',
    breaks="and neither sees the other",
)
def words_know_the_picture(num_queries, word_mask, kind):
    mask = solution.query_mask(num_queries, word_mask, kind)
    if kind == "contrastive":
        mask[:, num_queries:, :num_queries] = True
    return mask


@mistake(
    of="query_mask",
    en='It looks like the words do not see the queries in "generation": the text is then written without the picture.',
    zh='看起来在 "generation" 中词看不到查询：这样写文本就用不到图片了。',
    breaks="a word sees all queries, itself and the words before it",
)
def writes_without_the_picture(num_queries, word_mask, kind):
    mask = solution.query_mask(num_queries, word_mask, kind)
    if kind == "generation":
        mask[:, num_queries:, :num_queries] = False
    return mask


@mistake(
    of="query_mask",
    en="It looks like the words are only counted, and the first so many columns are seen: padding may stand anywhere, "
    "so look where the mask is True.",
    zh="看起来只数了词的个数，让前面那么多列可见：填充可以在任何位置，要看掩码在哪里为 True。",
    breaks="0 (or False) for padding, which may stand anywhere",
)
def counts_the_words(num_queries, word_mask, kind):
    solution.query_mask(num_queries, word_mask, kind)
    counts = word_mask.long().sum(1, keepdim=True)
    first = torch.arange(word_mask.shape[1], device=word_mask.device) < counts
    return solution.query_mask(num_queries, first, kind)


@mistake(
    of="query_mask",
    en="It looks like the mask is turned round: rows look, columns are seen.",
    zh="看起来掩码转置了：行在看，列被看。",
    breaks="The row looks, the column is seen",
)
def rows_and_columns_swapped(num_queries, word_mask, kind):
    return solution.query_mask(num_queries, word_mask, kind).transpose(1, 2)


@mistake(
    of="query_mask",
    en="It looks like True and False are swapped: True means that a row may attend.",
    zh="看起来 True 和 False 弄反了：True 表示可以关注。",
)
def hidden_is_true(num_queries, word_mask, kind):
    return ~solution.query_mask(num_queries, word_mask, kind)


@mistake(
    of="query_mask",
    en="It looks like padding words are still seen.",
    zh="看起来填充词仍然能被看到。",
    breaks="Nobody sees a padding word",
)
def padding_is_seen(num_queries, word_mask, kind):
    return solution.query_mask(num_queries, torch.ones_like(word_mask), kind)


@mistake(
    of="query_mask",
    en="It looks like the table of who sees whom is made without a device: for a word_mask on a GPU it would lie on "
    "the CPU. Pass device=word_mask.device.",
    zh="看起来创建“谁看得到谁”的表时没有给出设备：word_mask 在 GPU 上时，它会在 CPU 上。"
    "请传入 device=word_mask.device。",
    breaks="The mask is on the device of `word_mask`",
)
def table_without_a_device(num_queries, word_mask, kind):
    solution.query_mask(num_queries, word_mask, kind)
    length = num_queries + word_mask.shape[1]
    sees = torch.ones(length, length, dtype=torch.bool)
    if kind != "matching":
        sees[:num_queries, num_queries:] = False
    if kind == "generation":
        sees[num_queries:, num_queries:] = sees[num_queries:, num_queries:].tril()
    if kind == "contrastive":
        sees[num_queries:, :num_queries] = False
    return sees & F.pad(word_mask.bool(), (num_queries, 0), value=True)[:, None]


@mistake(
    of="query_mask",
    en="It looks like the rows of padding words are emptied as well: a softmax over nothing is NaN in many libraries.",
    zh="看起来填充词的行也被清空了：在许多库里，对空集做 softmax 会得到 NaN。",
    breaks="as a row it has the rule of its kind",
)
def padding_sees_nothing(num_queries, word_mask, kind):
    real = F.pad(word_mask.bool(), (num_queries, 0), value=True)
    return solution.query_mask(num_queries, word_mask, kind) & real[..., None]


@mistake(
    of="query_mask",
    en="It looks like every word sees itself, padding words too: so that no row is empty, perhaps. Here the queries or "
    "the words before it fill the row, and padding is seen by nobody.",
    zh="看起来每个词都看得到自己，填充词也不例外：也许是为了不让任何一行为空。这里一行中有查询或前面的词，而填充词谁也看不到。",
    breaks="Nobody sees a padding word, not even itself",
)
def padding_sees_itself(num_queries, word_mask, kind):
    sees = solution.query_mask(num_queries, word_mask, kind)
    return sees | torch.eye(sees.shape[-1], dtype=torch.bool, device=sees.device)


# --------------------------------------------------------------------------------------------- splice_image_tokens


def arranged(ids, labels, mask):
    """Labels and mask spelt out, after the checks of their shapes."""
    kept = torch.ones_like(ids, dtype=torch.bool) if mask is None else mask.bool()
    labels = torch.full_like(ids, -100) if labels is None else labels
    if kept.shape != ids.shape or labels.shape != ids.shape:
        raise ValueError("shapes")
    return labels, kept


def in_order(ids, features, image_token, table, labels, mask, first=True):
    """The solution with all image tokens of a row in front of its text, or behind it."""
    labels, kept = arranged(ids, labels, mask)
    order = torch.argsort(torch.where(kept & ((ids == image_token) == first), 0, 1), dim=1, stable=True)
    ids, labels, kept = (part.gather(1, order) for part in (ids, labels, kept))
    return solution.splice_image_tokens(ids, features, image_token, table, labels, kept)


def one_place_off(ids, features, image_token, table, labels, mask, late):
    """The solution with each image token one place later or earlier among the tokens of its row."""
    labels, kept = arranged(ids, labels, mask)
    ids, labels = ids.clone(), labels.clone()
    for row in range(len(ids)):
        places = kept[row].nonzero()[:, 0].tolist()
        pairs = list(zip(places, places[1:], strict=False))
        for left, right in pairs[::-1] if late else pairs:
            image, other = (left, right) if late else (right, left)
            if ids[row, image] == image_token != ids[row, other]:
                for part in (ids, labels):
                    part[row, [left, right]] = part[row, [right, left]]
    return solution.splice_image_tokens(ids, features, image_token, table, labels, kept)


@mistake(
    of="splice_image_tokens",
    en="It looks like the mask is True for the text alone: the model cannot see the picture.",
    zh="看起来掩码只在文字处为 True：模型看不到图片。",
    breaks="The mask is True for all else, pictures included",
)
def pictures_are_masked(ids, features, image_token, table, labels=None, mask=None):
    embeddings, marks, real = solution.splice_image_tokens(ids, features, image_token, table, labels, mask)
    seen = torch.arange(len(table), device=ids.device).view(-1, 1).to(table.dtype)
    token = solution.splice_image_tokens(ids, features[..., :1] * 0 - 1, image_token, seen, labels, mask)[0]
    return embeddings, marks, real & (token[..., 0] >= 0)


@mistake(
    of="splice_image_tokens",
    en="It looks like the label of the image token is copied to all positions of the picture: they must be -100.",
    zh="看起来把图片词元的标签复制到了图片的所有位置：那里必须是 -100。",
    breaks="the positions of pictures have the label -100, whatever stands at the image token",
)
def labels_on_the_picture(ids, features, image_token, table, labels=None, mask=None):
    embeddings, marks, real = solution.splice_image_tokens(ids, features, image_token, table, labels, mask)
    if labels is not None:
        kept = torch.ones_like(ids, dtype=torch.bool) if mask is None else mask.bool()
        copies = torch.where(ids == image_token, features.shape[1], 1)
        marks = torch.full_like(marks, -100)
        for row in range(len(ids)):
            spread = labels[row][kept[row]].repeat_interleave(copies[row][kept[row]])
            marks[row, : len(spread)] = spread
    return embeddings, marks, real


@mistake(
    of="splice_image_tokens",
    en="It looks like the first position of each picture has the label that stood at the image token: all positions of "
    "a picture must have -100.",
    zh="看起来每张图片的第一个位置保留了图片词元处的标签：图片的所有位置都必须是 -100。",
    breaks="the positions of pictures have the label -100, whatever stands at the image token",
)
def a_label_where_the_picture_begins(ids, features, image_token, table, labels=None, mask=None):
    embeddings, marks, real = solution.splice_image_tokens(ids, features, image_token, table, labels, mask)
    marks = marks.clone()
    labels, kept = arranged(ids, labels, mask)
    for row in range(len(ids)):
        place = 0
        for token, label in zip(ids[row][kept[row]], labels[row][kept[row]], strict=True):
            if token == image_token and features.shape[1]:
                marks[row, place] = label
            place += features.shape[1] if token == image_token else 1
    return embeddings, marks, real


@mistake(
    of="splice_image_tokens",
    en="It looks like the labels stay where they were, and are filled up behind: the text has moved, and they do not "
    "fit any more.",
    zh="看起来标签留在原来的位置，只在后面补齐：文字已经移动了，标签对不上了。",
    breaks="A label moves with its token",
)
def labels_stay_behind(ids, features, image_token, table, labels=None, mask=None):
    embeddings, marks, real = solution.splice_image_tokens(ids, features, image_token, table, labels, mask)
    if labels is not None:
        kept = torch.ones_like(ids, dtype=torch.bool) if mask is None else mask.bool()
        marks = torch.full_like(marks, -100)
        for row in range(len(ids)):
            old = labels[row].masked_fill(ids[row] == image_token, -100)[kept[row]][: marks.shape[1]]
            marks[row, : len(old)] = old
    return embeddings, marks, real


@mistake(
    of="splice_image_tokens",
    en="It looks like the labels are only filled up behind, image tokens and padding included: the text has moved, and "
    "they do not fit any more.",
    zh="看起来标签只在后面补齐（图片词元和填充处的也留着）：文字已经移动了，标签对不上了。",
    breaks="A label moves with its token",
)
def labels_are_only_filled_up(ids, features, image_token, table, labels=None, mask=None):
    embeddings, marks, real = solution.splice_image_tokens(ids, features, image_token, table, labels, mask)
    if labels is not None:
        width = min(labels.shape[1], marks.shape[1])
        marks = F.pad(labels[:, :width], (0, marks.shape[1] - width), value=-100)
    return embeddings, marks, real


@mistake(
    of="splice_image_tokens",
    en="It looks like the ids serve as labels when no labels are given: then all labels are -100.",
    zh="看起来没有给标签时用了 ids 当标签：这时所有标签都应是 -100。",
    breaks="labels: None: all labels are -100",
)
def ids_are_labels(ids, features, image_token, table, labels=None, mask=None):
    return solution.splice_image_tokens(ids, features, image_token, table, ids if labels is None else labels, mask)


@mistake(
    of="splice_image_tokens",
    en="It looks like each row begins with the first picture again: the pictures go on from row to row.",
    zh="看起来每一行都从第一张图片重新开始：图片应按行依次接着用。",
    breaks="The pictures are used in the order of their image tokens",
)
def pictures_begin_again(ids, features, image_token, table, labels=None, mask=None):
    kept = torch.ones_like(ids, dtype=torch.bool) if mask is None else mask.bool()
    counts = ((ids == image_token) & kept).sum(1).tolist()
    if sum(counts) != len(features):
        raise ValueError("pictures")
    order = [place for count in counts for place in range(count)]
    return solution.splice_image_tokens(ids, features[order], image_token, table, labels, mask)


@mistake(
    of="splice_image_tokens",
    en="It looks like row i gets picture i: pictures are counted by image tokens, not by rows.",
    zh="看起来第 i 行用的是第 i 张图片：图片应按图片词元来数，而不是按行数。",
    breaks="The pictures are used in the order of their image tokens",
)
def one_picture_a_row(ids, features, image_token, table, labels=None, mask=None):
    solution.splice_image_tokens(ids, features, image_token, table, labels, mask)
    kept = torch.ones_like(ids, dtype=torch.bool) if mask is None else mask.bool()
    rows = ((ids == image_token) & kept).nonzero()[:, 0]
    rows = rows.clamp(max=max(len(features) - 1, 0))
    return solution.splice_image_tokens(ids, features[rows], image_token, table, labels, mask)


@mistake(
    of="splice_image_tokens",
    en="It looks like the mask is made from the embeddings: a feature or a word of zeros counts as padding then.",
    zh="看起来掩码是由嵌入得到的：全零的特征或全零的词就被当成了填充。",
    breaks="The mask is True for all else, pictures included",
)
def zeros_are_padding(ids, features, image_token, table, labels=None, mask=None):
    embeddings, marks, _ = solution.splice_image_tokens(ids, features, image_token, table, labels, mask)
    return embeddings, marks, (embeddings != 0).any(-1)


@mistake(
    of="splice_image_tokens",
    en="It looks like a picture is put in as one vector, the mean of its features: all of its features take the place "
    "of the token.",
    zh="看起来一张图片只放进了一个向量（特征的均值）：图片词元的位置应放入它的全部特征。",
    breaks="its place is taken by all `tokens` features of that picture, in order",
)
def one_vector_a_picture(ids, features, image_token, table, labels=None, mask=None):
    mean = features.mean(1, keepdim=True) if features.shape[1] else features
    return solution.splice_image_tokens(ids, mean, image_token, table, labels, mask)


@mistake(
    of="splice_image_tokens",
    en="It looks like all pictures are put in front of the text: they belong where their tokens stand.",
    zh="看起来把所有图片都放到了文字前面：它们应放在各自词元的位置。",
    breaks="its place is taken by all `tokens` features of that picture, in order",
)
def pictures_in_front(ids, features, image_token, table, labels=None, mask=None):
    return in_order(ids, features, image_token, table, labels, mask)


@mistake(
    of="splice_image_tokens",
    en="It looks like the image token stays in the text, in front of its picture: the features take its place.",
    zh="看起来图片词元还留在文字里，在图片前面：应由特征取代它。",
    breaks="its place is taken by all `tokens` features of that picture",
)
def keeps_the_image_token(ids, features, image_token, table, labels=None, mask=None):
    own = table[image_token % len(table)].expand(len(features), 1, -1)
    longer = torch.cat([own, features.to(table.dtype)], dim=1) if own.shape[-1] == features.shape[-1] else features
    return solution.splice_image_tokens(ids, longer, image_token, table, labels, mask)


@mistake(
    of="splice_image_tokens",
    en="It looks like the shorter rows are filled up on the left: here padding stands on the right.",
    zh="看起来较短的行在左边补齐：这里填充在右边。",
    breaks="Then shorter rows are filled up on the right",
)
def fills_up_on_the_left(ids, features, image_token, table, labels=None, mask=None):
    embeddings, marks, real = solution.splice_image_tokens(ids, features, image_token, table, labels, mask)
    order = torch.argsort(real.int(), dim=1, stable=True)
    return embeddings.gather(1, order[..., None].expand_as(embeddings)), marks.gather(1, order), real.gather(1, order)


@mistake(
    of="splice_image_tokens",
    en="It looks like the mask has no effect: padding stays in the text, and an image token in it takes a picture.",
    zh="看起来掩码没有起作用：填充留在文字里，其中的图片词元还占用图片。",
    breaks="Padding (mask 0 or False) is left out wherever it stands",
)
def padding_stays(ids, features, image_token, table, labels=None, mask=None):
    if mask is not None and mask.shape != ids.shape:
        raise ValueError("shapes")
    return solution.splice_image_tokens(ids, features, image_token, table, labels, None)


@mistake(
    of="splice_image_tokens",
    en="It looks like the number of pictures is not compared with that of the image tokens: pictures that nobody asked "
    "for are dropped in silence, and everything after a mix-up goes to the wrong place.",
    zh="看起来没有比较图片数与图片词元数：多余的图片被悄悄丢掉，一旦弄混，后面的全都放错位置。",
    breaks="there are not as many image tokens as pictures",
)
def extra_pictures_are_dropped(ids, features, image_token, table, labels=None, mask=None):
    kept = torch.ones_like(ids, dtype=torch.bool) if mask is None else mask.bool()
    wanted = int(((ids == image_token) & kept).sum()) if kept.shape == ids.shape else 0
    return solution.splice_image_tokens(ids, features[:wanted], image_token, table, labels, mask)


@mistake(
    of="splice_image_tokens",
    en="It looks like the features are cut off from the graph: the projector before them never learns.",
    zh="看起来特征与计算图断开了：它前面的投影层永远学不到东西。",
    breaks="gradients flow to `table` and to `features`",
)
def the_projector_never_learns(ids, features, image_token, table, labels=None, mask=None):
    return solution.splice_image_tokens(ids, features.detach(), image_token, table, labels, mask)


@mistake(
    of="splice_image_tokens",
    en="It looks like a negative token is taken as a row of the table counted from the end: PyTorch allows that, and a "
    "wrong token goes unnoticed.",
    zh="看起来负的词元被当成从表尾数起的行：PyTorch 允许这样做，于是错误的词元无人察觉。",
    breaks="another token (not padding) is less than 0 or no row of `table`",
)
def negative_tokens_wrap(ids, features, image_token, table, labels=None, mask=None):
    text = ids != image_token
    wrapped = torch.where(text & (ids < 0) & (ids >= -len(table)), ids + len(table), ids)
    return solution.splice_image_tokens(wrapped, features, image_token, table, labels, mask)


@mistake(
    of="splice_image_tokens",
    en="It looks like an image token in padding counts as well: padding is left out first, and an image token there is "
    "no picture.",
    zh="看起来填充里的图片词元也算进去了：应先去掉填充，那里的图片词元不代表图片。",
    breaks="and an image token there is no picture",
)
def padding_has_pictures(ids, features, image_token, table, labels=None, mask=None):
    if mask is not None and mask.shape == ids.shape:
        mask = mask.bool() | (ids == image_token)
    return solution.splice_image_tokens(ids, features, image_token, table, labels, mask)


@mistake(
    of="splice_image_tokens",
    en="It looks like the labels are shifted by one here as well: a label stays with its token, the loss shifts.",
    zh="看起来在这里又把标签移了一位：标签跟着自己的词元，移位由损失函数来做。",
    breaks="A label moves with its token",
)
def shifts_the_labels(ids, features, image_token, table, labels=None, mask=None):
    embeddings, marks, real = solution.splice_image_tokens(ids, features, image_token, table, labels, mask)
    return embeddings, torch.cat([marks[:, 1:], torch.full_like(marks[:, :1], -100)], dim=1), real


@mistake(
    of="splice_image_tokens",
    en="It looks like all pictures are put behind the text: they belong where their tokens stand.",
    zh="看起来所有图片都放在了文字后面：它们应在各自词元的位置。",
    breaks="its place is taken by all `tokens` features of that picture, in order",
)
def pictures_behind(ids, features, image_token, table, labels=None, mask=None):
    return in_order(ids, features, image_token, table, labels, mask, first=False)


@mistake(
    of="splice_image_tokens",
    en="It looks like the pictures stand where their tokens do, but the labels move as if all pictures stood in front: "
    "what is in front of a picture gets labels of -100 or of other tokens.",
    zh="看起来图片在各自词元的位置，标签却像所有图片都在最前面那样移动：图片之前的文字得到的是 -100 或别的词元的标签。",
    breaks="A label moves with its token",
)
def labels_make_room_in_front(ids, features, image_token, table, labels=None, mask=None):
    embeddings, _, real = solution.splice_image_tokens(ids, features, image_token, table, labels, mask)
    return embeddings, in_order(ids, features, image_token, table, labels, mask)[1], real


@mistake(
    of="splice_image_tokens",
    en="It looks like all pictures are put in front of the text, but the labels stay where the image tokens stood: "
    "embeddings and labels do not fit each other.",
    zh="看起来所有图片都放在了文字前面，标签却仍按图片词元的位置排列：嵌入与标签对不上。",
    breaks="its place is taken by all `tokens` features of that picture, in order",
)
def only_embeddings_in_front(ids, features, image_token, table, labels=None, mask=None):
    _, marks, real = solution.splice_image_tokens(ids, features, image_token, table, labels, mask)
    return in_order(ids, features, image_token, table, labels, mask)[0], marks, real


@mistake(
    of="splice_image_tokens",
    en="It looks like a picture comes one place too late: the token behind the image token stands before the features, "
    "not behind them.",
    zh="看起来图片晚了一个位置：图片词元后面的那个词元排到了特征前面，而它应在特征后面。",
    breaks="what follows moves to the right",
)
def one_place_late(ids, features, image_token, table, labels=None, mask=None):
    return one_place_off(ids, features, image_token, table, labels, mask, late=True)


@mistake(
    of="splice_image_tokens",
    en="It looks like a picture comes one place too early: the token in front of the image token stands behind the "
    "features, not before them.",
    zh="看起来图片早了一个位置：图片词元前面的那个词元排到了特征后面，而它应在特征前面。",
    breaks="its place is taken by all `tokens` features of that picture, in order",
)
def one_place_early(ids, features, image_token, table, labels=None, mask=None):
    return one_place_off(ids, features, image_token, table, labels, mask, late=False)


@mistake(
    of="query_mask",
    en='It looks like the queries see the words in "contrastive": they should say what is in the picture, whatever the '
    "text.",
    zh='看起来在 "contrastive" 中查询看得到词：无论文本是什么，查询都只应说明图片里有什么。',
    breaks="a query sees all queries, a word all words, and neither sees the other",
)
def queries_know_the_text(num_queries, word_mask, kind):
    mask = solution.query_mask(num_queries, word_mask, kind)
    if kind == "contrastive":
        mask[:, :num_queries, num_queries:] = word_mask.bool()[:, None]
    return mask


@mistake(
    of="query_mask",
    en='It looks like "matching" forgets the padding: everybody sees everybody, but nobody a padding word.',
    zh='看起来 "matching" 忘了填充：大家互相都能看到，但谁也看不到填充词。',
    breaks="Nobody sees a padding word, not even itself",
)
def padding_is_seen_when_matching(num_queries, word_mask, kind):
    mask = solution.query_mask(num_queries, word_mask, kind)
    return torch.ones_like(mask) if kind == "matching" else mask
