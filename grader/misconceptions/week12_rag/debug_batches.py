"""Known mistakes of week 12, debug_batches: repairs that do not repair. The planted bug itself is the stub."""

import debug_batches as solution
import torch

from grader.mistakes import mistake


@mistake(
    of="embed_all",
    en="It looks like the vectors are in the order of the lengths now, and not in that of the texts.",
    zh="看起来向量现在按长度从短到长排列，而不是按文本的次序。",
)
def leaves_them_sorted(encode, texts, size):
    return torch.cat([encode([texts[place] for place in batch]) for batch in solution.batches(texts, size)])


@mistake(
    of="embed_all",
    en="It looks like the order is turned round: that undoes it only where the texts came from long to short.",
    zh="看起来你是把次序倒过来还原的：只有文本本来从长到短排列时才对。",
)
def turns_the_order_round(encode, texts, size):
    places = solution.batches(texts, size)
    return torch.cat([encode([texts[place] for place in batch]) for batch in places]).flip(0)


@mistake(
    of="embed_all",
    en="It looks like each batch is put in order by itself: its vectors are right beside each other, and not "
    "where their texts stand.",
    zh="看起来只在每一批内部还原了次序：批内相对位置对了，却没有回到各自文本的位置。",
)
def mends_each_batch_alone(encode, texts, size):
    found = []
    for batch in solution.batches(texts, size):
        vectors = encode([texts[place] for place in batch])
        found.append(vectors[torch.tensor(batch, device=vectors.device).argsort()])
    return torch.cat(found)


@mistake(
    of="batches",
    en="It looks like the texts are not sorted by length any more: the vectors are right, and the batches are full of "
    "padding again.",
    zh="看起来文本不再按长度排序：向量是对的，但各批又充满了填充。",
)
def sorts_no_more(texts, size):
    return [list(range(len(texts)))[begin : begin + size] for begin in range(0, len(texts), size)]


@mistake(
    of="embed_all",
    en="It looks like each text is embedded by itself: the vectors are right, and the batches are not used any more.",
    zh="看起来每段文本都单独求嵌入：向量是对的，但分批就没有用了。",
)
def embeds_one_by_one(encode, texts, size):
    return torch.cat([encode([text]) for text in texts])


@mistake(
    of="embed_all",
    en="It looks like the order was applied a second time. What undoes an order is its inverse, not the order again.",
    zh="看起来你把同一个次序又用了一遍。要还原一个次序，得用它的逆，而不是再用一次。",
)
def applies_the_order_twice(encode, texts, size):
    places = solution.batches(texts, size)
    found = torch.cat([encode([texts[place] for place in batch]) for batch in places])
    order = torch.tensor([place for batch in places for place in batch], device=found.device)
    return found[order][order]


@mistake(
    of="Searcher",
    en="It looks like of equally similar documents the last one is returned now. Among equal ones it is the earlier.",
    zh="看起来几篇文档同样相似时，现在返回的是最后一篇。相等时应取靠前的。",
)
class TakesTheLastOfEqualOnes(solution.Searcher):
    def best(self, questions):
        similarity = solution.embed_all(self.encode, questions, self.size) @ self.vectors.T
        rows = similarity.shape[1] - 1 - similarity.flip(1).argmax(dim=1)
        return [self.documents[row] for row in rows.tolist()]


@mistake(
    of="embed_all",
    en="It looks like the vectors come back in the opposite order of the texts, the last one first: `argsort` in "
    "descending order gives the inverse of an order turned round.",
    zh="看起来返回的向量与文本次序相反，最后一段文本的排在最前：降序的 `argsort` 得到的是逆次序再倒过来。",
)
def begins_with_the_last_text(encode, texts, size):
    return solution.embed_all(encode, texts, size).flip(0)
