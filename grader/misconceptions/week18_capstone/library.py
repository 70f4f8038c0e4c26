"""Known mistakes of week 18, library."""

import re
import textwrap

import library as solution
import torch

from grader.mistakes import mistake


def packed(text, size, *, pieces=solution._pieces, length=lambda chunk, part: len((chunk + part).strip())):
    chunks, chunk = [], ""
    for part in (part for sentence in solution.split_sentences(text) for part in pieces(sentence, size)):
        if length(chunk, part) > size:
            chunks.append(chunk.strip())
            chunk = ""
        chunk += part
    return [chunk for chunk in [*chunks, chunk.strip()] if chunk]


def refused(size):
    if size < 1:
        raise ValueError("size")


@mistake(
    of="split_page",
    en="It looks like the text is cut after every size characters, in the middle of sentences and words.",
    zh="看起来每 size 个字符就切一刀，切在了句子和词的中间。",
)
def cuts_anywhere(text, size=300):
    refused(size)
    text = " ".join(text.split())
    return [chunk for chunk in (text[at : at + size].strip() for at in range(0, len(text), size)) if chunk]


@mistake(
    of="split_page",
    en="It looks like every sentence becomes a chunk of its own; as many as fit belong together.",
    zh="看起来每个句子单独成了一块；装得下的应放在一起。",
)
def a_sentence_a_chunk(text, size=300):
    refused(size)
    return packed(text, size, length=lambda chunk, part: size + 1 if chunk else 0)


@mistake(
    of="split_page",
    en="It looks like the space behind the last sentence counts, so a chunk that just fits is cut.",
    zh="看起来把最后一句后面的空格也算进了长度，正好装得下的块被切开了。",
)
def counts_the_last_space(text, size=300):
    refused(size)
    return packed(text, size, length=lambda chunk, part: len(chunk + part) if chunk else 0)


@mistake(
    of="split_page",
    en="It looks like a sentence that is too long stays whole, and its chunk is longer than size.",
    zh="看起来过长的句子没有切开，它的块超过了 size。",
)
def leaves_long_sentences(text, size=300):
    refused(size)
    return packed(text, size, pieces=lambda sentence, size: [sentence], length=_as_far_as_there_is_one)


def _as_far_as_there_is_one(chunk, part):
    return len((chunk + part).strip()) if chunk else 0


@mistake(
    of="split_page",
    en="It looks like the rest of a long sentence is a chunk by itself; what follows may share it.",
    zh="看起来长句剩下的部分单独成了一块；后面的句子可以和它放在一起。",
)
def leaves_the_rest_alone(text, size=300):
    refused(size)
    chunks, short = [], ""
    for sentence in solution.split_sentences(text):
        if len(sentence.rstrip()) > size:
            chunks += [*packed(short, size), *(piece.strip() for piece in solution._pieces(sentence, size))]
            short = ""
        else:
            short += sentence
    return [chunk for chunk in [*chunks, *packed(short, size)] if chunk]


@mistake(
    of="split_page",
    en="It looks like a space is put between all sentences: between Chinese ones there is none.",
    zh="看起来句子之间总加一个空格；中文句子之间不应有空格。",
)
def puts_spaces_between(text, size=300):
    refused(size)
    chunks, chunk = [], ""
    for part in (part.strip() for one in solution.split_sentences(text) for part in solution._pieces(one, size)):
        if chunk and len(chunk) + 1 + len(part) > size:
            chunks.append(chunk)
            chunk = ""
        chunk = f"{chunk} {part}".strip()
    return [chunk for chunk in [*chunks, chunk] if chunk]


@mistake(
    of="split_page",
    en="It looks like empty chunks are kept; their vectors stand for nothing and are found nevertheless.",
    zh="看起来保留了空的块；它们的向量没有意义，却会被搜到。",
)
def keeps_empty_chunks(text, size=300):
    return solution.split_page(text, size) or [""]


@mistake(
    of="split_page",
    en="It looks like a chunk of exactly size characters counts as too long.",
    zh="看起来恰好 size 个字符的块也算太长了。",
)
def stops_below_the_size(text, size=300):
    refused(size)
    return packed(text, size, length=lambda chunk, part: len((chunk + part).strip()) + 1)


@mistake(
    of="split_page",
    en="It looks like a long sentence is cut between words, as textwrap does: here it is cut after size characters.",
    zh="看起来长句是在词与词之间断开的（像 textwrap 那样）：这里每 size 个字符切一刀。",
)
def wraps_between_words(text, size=300):
    refused(size)

    def pieces(sentence, size):
        return [sentence] if len(sentence.rstrip()) <= size else [f"{one} " for one in textwrap.wrap(sentence, size)]

    return packed(text, size, pieces=pieces)


class Parted(solution.Library):
    """The solution with its decisions as methods."""

    def texts_of(self, pages):
        return [(page["number"], text) for page in pages for text in solution.split_page(page["text"], self.size)]

    def is_known(self, name, digest):
        return name in self.shelf and self.shelf[name]["digest"] == digest

    def digest(self, pages):
        return solution._digest(pages)

    def add(self, name, pages):
        digest = self.digest(pages)
        if self.is_known(name, digest):
            return 0
        chunks = self.texts_of(pages)
        vectors = self._vectors([text for _, text in chunks]) if chunks else torch.zeros(0, 0)
        self.shelf.pop(name, None)
        self.shelf[name] = {"digest": digest, "chunks": chunks, "vectors": vectors}
        self._write()
        return len(chunks)

    def similarity(self, vectors, question):
        return solution._unit(vectors) @ solution._unit(question)[0]

    def best(self, scores):
        return solution._best(scores)

    def reranked(self, question, hits):
        scores = [float(score) for score in self.rerank(question, [hit["text"] for hit in hits])]
        return [hits[at] | {"score": scores[at]} for at in solution._best(scores)]

    def search(self, question, k=4, pool=20):
        if not 1 <= k <= pool:
            raise ValueError("k")
        documents = [(name, document) for name, document in self.shelf.items() if document["chunks"]]
        chunks = [(name, page, text) for name, document in documents for page, text in document["chunks"]]
        if not chunks:
            return []
        vectors = torch.cat([document["vectors"] for _, document in documents])
        cosines = self.similarity(vectors, self._vectors([question]))
        hits = [solution._hit(*chunks[at], cosines[at].item()) for at in self.best(cosines.tolist())[:pool]]
        return (hits if self.rerank is None else self.reranked(question, hits))[:k]


@mistake(
    of="Library",
    en="It looks like everything is embedded anew for every question: the count of calls grows with the library.",
    zh="看起来每次提问都把全部内容重新嵌入一遍：调用次数随文档库一起增长。",
)
class EmbedsAtEveryQuestion(solution.Library):
    def search(self, question, k=4, pool=20):
        hits = super().search(question, k, pool)
        for document in self.shelf.values() if hits else ():
            if document["chunks"]:
                self.embed([text for _, text in document["chunks"]])
        return hits


@mistake(
    of="Library",
    en="It looks like a library that is opened again embeds its documents again, though the folder holds the vectors.",
    zh="看起来重新打开文档库时又嵌入了一遍，而文件夹里已经有向量了。",
)
class EmbedsWhenOpened(solution.Library):
    def __init__(self, folder, embed, rerank=None, size=300, model=""):
        super().__init__(folder, embed, rerank, size, model)
        for document in self.shelf.values():
            if document["chunks"]:
                document["vectors"] = self._vectors([text for _, text in document["chunks"]])


@mistake(
    of="Library",
    en="It looks like nothing is kept in the folder: a library that is opened again is empty.",
    zh="看起来文件夹里什么也没有保存：重新打开的文档库是空的。",
)
class KeepsNothing(solution.Library):
    def _write(self):
        pass


@mistake(
    of="Library",
    en="It looks like a document that is added twice stands twice in the library.",
    zh="看起来同一文档添加两次就存了两份。",
)
class AddsTwice(Parted):
    def add(self, name, pages):
        if not self.is_known(name, self.digest(pages)):
            return super().add(name, pages)
        chunks = self.texts_of(pages)
        if chunks:
            known = self.shelf[name]
            known["vectors"] = torch.cat([known["vectors"], self._vectors([text for _, text in chunks])])
            known["chunks"] = [*known["chunks"], *chunks]
            self._write()
        return len(chunks)


@mistake(
    of="Library",
    en="It looks like a document is known by its name alone, so a new edition of it is never read.",
    zh="看起来只凭名称认文档，所以同名的新版本永远不会读入。",
)
class KnowsNamesAlone(Parted):
    def is_known(self, name, digest):
        return name in self.shelf


@mistake(
    of="Library",
    en="It looks like a document is known by its text alone: the same pages under another name are not added.",
    zh="看起来只凭内容认文档：换一个名称，同样的页就不再添加。",
)
class KnowsTextsAlone(Parted):
    def is_known(self, name, digest):
        return any(one["digest"] == digest for one in self.shelf.values())


@mistake(
    of="Library",
    en="It looks like only the texts are compared and not the pages' numbers: the old numbers would be cited.",
    zh="看起来只比较了文字而没有比较页码：引用的会是旧页码。",
)
class IgnoresNumbers(Parted):
    def digest(self, pages):
        return solution._digest([page | {"number": 0} for page in pages])


@mistake(
    of="Library",
    en="It looks like the old edition stays beside the new one, and both are found.",
    zh="看起来旧版本还留在新版本旁边，两者都会被搜到。",
)
class KeepsOldEditions(Parted):
    def add(self, name, pages):
        old = self.shelf.get(name)
        if old is None or self.is_known(name, self.digest(pages)):
            return super().add(name, pages)
        count = super().add(name, pages)
        new = self.shelf[name]
        vectors = [one["vectors"] for one in (old, new) if one["chunks"]]
        new["chunks"] = [*old["chunks"], *new["chunks"]]
        new["vectors"] = torch.cat(vectors) if vectors else torch.zeros(0, 0)
        self._write()
        return count


@mistake(
    of="Library",
    en="It looks like a new edition takes the place of the old one in the order; it should stand last.",
    zh="看起来新版本占用了旧版本在次序中的位置；它应该排在最后。",
)
class KeepsThePlace(Parted):
    def add(self, name, pages):
        order = list(self.shelf)
        count = super().add(name, pages)
        if name in order:
            self.shelf = {one: self.shelf[one] for one in order}
            self._write()
        return count


@mistake(
    of="Library",
    en="It looks like the old edition is taken out before the new one is embedded: if that fails, both are lost.",
    zh="看起来在嵌入新版本之前就取出了旧版本：一旦嵌入失败，两者都没有了。",
)
class TakesOutFirst(Parted):
    def add(self, name, pages):
        if not self.is_known(name, self.digest(pages)) and name in self.shelf:
            self.remove(name)
        return super().add(name, pages)


@mistake(
    of="Library",
    en="It looks like the name is noted before the embedding is done: after a failure the document counts as known.",
    zh="看起来在嵌入完成之前就记下了名称：失败之后，这份文档被当成已有的。",
)
class NotesTheNameFirst(Parted):
    def add(self, name, pages):
        if name not in self.shelf:
            self.shelf[name] = {"digest": "", "chunks": [], "vectors": torch.zeros(0, 0)}
        return super().add(name, pages)


@mistake(
    of="Library",
    en="It looks like nobody counts the vectors: too many or too few of them shift the texts to other vectors.",
    zh="看起来没有检查向量的个数：多了或少了，文本就会对应到别的向量。",
)
class TrustsTheEmbedder(solution.Library):
    def _vectors(self, texts):
        return self.embed(texts).detach().to("cpu", torch.float32, copy=True)


@mistake(
    of="Library",
    en="It looks like the text of all pages is cut as one, so a chunk runs over a page's end and names the wrong page.",
    zh="看起来把所有页的文本连在一起切分，块会跨页，页码也就不准了。",
)
class CutsOverPages(Parted):
    def texts_of(self, pages):
        text = " ".join(page["text"] for page in pages)
        number = pages[0]["number"] if pages else 0
        return [(number, chunk) for chunk in solution.split_page(text, self.size)]


@mistake(
    of="Library",
    en="It looks like pages are counted anew from 1 instead of keeping the numbers that they have.",
    zh="看起来重新从 1 开始数页，而没有保留页本来的页码。",
)
class CountsPagesAnew(Parted):
    def texts_of(self, pages):
        return super().texts_of([page | {"number": at} for at, page in enumerate(pages, start=1)])


@mistake(
    of="Library",
    en="It looks like embed is called once for every chunk; one call for all of them is many times faster.",
    zh="看起来每一块调用一次嵌入函数；所有块用一次调用要快很多倍。",
)
class EmbedsOneByOne(solution.Library):
    def _vectors(self, texts):
        return torch.cat([super(EmbedsOneByOne, self)._vectors([text]) for text in texts])


@mistake(
    of="Library",
    en="It looks like the embedder is called even if there is nothing to embed.",
    zh="看起来没有内容可嵌入时也调用了嵌入函数。",
)
class EmbedsNothing(Parted):
    def add(self, name, pages):
        if not self.is_known(name, self.digest(pages)) and not self.texts_of(pages):
            self.embed([])
        return super().add(name, pages)


@mistake(
    of="Library",
    en="It looks like a document without text is forgotten: it is not listed, though it was added.",
    zh="看起来没有文字的文档被忘掉了：虽然添加过，列表里却没有。",
)
class ForgetsEmptyDocuments(Parted):
    def add(self, name, pages):
        if not self.texts_of(pages):
            if name in self.shelf:
                self.remove(name)
            return 0
        return super().add(name, pages)


@mistake(
    of="Library",
    en="It looks like remove changes the library in memory alone: opened again, the folder still has the document.",
    zh="看起来 remove 只改了内存：再次打开时，文件夹里还有那份文档。",
)
class RemovesInMemory(solution.Library):
    def remove(self, name):
        del self.shelf[name]


@mistake(
    of="Library",
    en="It looks like removing a name that is not there passes in silence.",
    zh="看起来移除不存在的名称时没有报错。",
)
class RemovesAnything(solution.Library):
    def remove(self, name):
        if name in self.shelf:
            super().remove(name)


@mistake(
    of="Library",
    en="It looks like the list of documents is sorted by name, not in the order in which they were added.",
    zh="看起来文档列表按名称排序，而不是按添加的顺序。",
)
class SortsNames(solution.Library):
    def documents(self):
        return sorted(super().documents())


@mistake(
    of="Library",
    en="It looks like len counts documents instead of chunks.",
    zh="看起来 len 数的是文档，而不是块。",
)
class CountsDocuments(solution.Library):
    def __len__(self):
        return len(self.shelf)


@mistake(
    of="Library",
    en="It looks like the score is the dot product: without dividing by the lengths, long vectors win.",
    zh="看起来得分是点积：没有除以长度，长的向量就占了便宜。",
)
class ScoresByDotProduct(Parted):
    def similarity(self, vectors, question):
        return vectors @ question[0]


@mistake(
    of="Library",
    en="It looks like only the question is scaled to length 1: then the scores are no cosines.",
    zh="看起来只把问题的向量缩放到长度 1：这样得分不是余弦。",
)
class ScalesTheQuestionAlone(Parted):
    def similarity(self, vectors, question):
        return vectors @ solution._unit(question)[0]


@mistake(
    of="Library",
    en="It looks like a vector of zeros is divided by its length: NaN as a score breaks every sorting.",
    zh="看起来零向量除以了它的长度：得分里的 NaN 会打乱排序。",
)
class DividesByZero(Parted):
    def similarity(self, vectors, question):
        return (vectors / vectors.norm(dim=-1, keepdim=True)) @ (question / question.norm())[0]


@mistake(
    of="Library",
    en="It looks like the worst chunks come first.",
    zh="看起来最不相关的块排在了前面。",
)
class SortsAscending(Parted):
    def best(self, scores):
        return sorted(range(len(scores)), key=lambda at: scores[at])


@mistake(
    of="Library",
    en="It looks like equal scores are ordered backwards: the chunk that was added last comes first.",
    zh="看起来得分相同时次序反了：后添加的块排在前面。",
)
class TurnsTiesAround(Parted):
    def best(self, scores):
        return sorted(range(len(scores)), key=lambda at: (scores[at], at), reverse=True)


@mistake(
    of="Library",
    en="It looks like the reranker sees the k best chunks only, so it can bring up nothing from behind.",
    zh="看起来重排函数只看到最好的 k 块，所以没法把后面的块提上来。",
)
class RerankTheTopAlone(Parted):
    def search(self, question, k=4, pool=20):
        hits = super().search(question, k, pool) if self.rerank is None else None
        if hits is None:
            rerank, self.rerank = self.rerank, None
            hits = super().search(question, k, pool)
            self.rerank = rerank
            hits = self.reranked(question, hits) if hits else hits
        return hits


@mistake(
    of="Library",
    en="It looks like the reranker sees all chunks, not the candidates alone: in a large library that is slow.",
    zh="看起来重排函数看到了所有的块，而不只是候选块：文档库大时它会很慢。",
)
class ReranksEverything(Parted):
    def search(self, question, k=4, pool=20):
        if not 1 <= k <= pool:
            raise ValueError("k")
        return super().search(question, k, max(pool, len(self)))


@mistake(
    of="Library",
    en="It looks like the reranker is called once for every candidate instead of once for all.",
    zh="看起来每个候选块调用一次重排函数，而不是所有候选块一起调用一次。",
)
class ReranksOneByOne(Parted):
    def reranked(self, question, hits):
        scores = [float(self.rerank(question, [hit["text"]])[0]) for hit in hits]
        return [hits[at] | {"score": scores[at]} for at in solution._best(scores)]


@mistake(
    of="Library",
    en="It looks like the order is the reranker's but the scores are still the cosines.",
    zh="看起来次序是重排后的，得分却还是余弦。",
)
class KeepsCosines(Parted):
    def reranked(self, question, hits):
        scores = [float(score) for score in self.rerank(question, [hit["text"] for hit in hits])]
        return [hits[at] for at in solution._best(scores)]


@mistake(
    of="Library",
    en="It looks like the reranker's scores are sorted in ascending order.",
    zh="看起来重排得分按升序排列了。",
)
class ReranksAscending(Parted):
    def reranked(self, question, hits):
        return super().reranked(question, hits)[::-1]


@mistake(
    of="Library",
    en="It looks like the name of the model is not looked at: vectors of two models would be compared.",
    zh="看起来没有检查模型的名称：两个模型的向量会被拿来比较。",
)
class MixesModels(solution.Library):
    def __init__(self, folder, embed, rerank=None, size=300, model=""):
        super().__init__(folder, embed, rerank, size, "")
        self.model = ""


@mistake(
    of="Library",
    en="It looks like a folder stays bound to its first model even when no document is left in it.",
    zh="看起来文件夹即使已经没有文档，仍绑定在第一个模型上。",
)
class KeepsTheModelForEver(solution.Library):
    def __init__(self, folder, embed, rerank=None, size=300, model=""):
        super().__init__(folder, embed, rerank, size, model)
        note = folder / "model.txt"
        if note.exists() and note.read_text() != model:
            raise ValueError("another model")

    def add(self, name, pages):
        count = super().add(name, pages)
        (self.file.parent / "model.txt").write_text(self.model)
        return count


@mistake(
    of="Library",
    en="It looks like the document's name becomes a file's name: a slash or two dots lead out of the folder.",
    zh="看起来把文档名称当成了文件名：斜杠或两个点会跑出文件夹。",
)
class UsesNamesAsPaths(solution.Library):
    def add(self, name, pages):
        count = super().add(name, pages)
        (self.file.parent / f"{name}.txt").write_text("added")
        return count


@mistake(
    of="Library",
    en="It looks like names are cleaned before they are kept: two names can become one, and the user's name is lost.",
    zh="看起来保存前修改了名称：两个不同的名称可能变成一个，用户给的名称也丢了。",
)
class CleansNames(solution.Library):
    def add(self, name, pages):
        return super().add(re.sub(r"[^\w.-]", "_", name), pages)


@mistake(
    of="Library",
    en="It looks like k and pool are not checked: a pool below k gives fewer hits than were asked for, in silence.",
    zh="看起来没有检查 k 和 pool：pool 小于 k 时，会悄悄少给结果。",
)
class ChecksNothing(solution.Library):
    def search(self, question, k=4, pool=20):
        return super().search(question, max(k, 1), max(k, pool, 1))[: max(0, min(k, pool))]


@mistake(
    of="Library",
    en="It looks like an empty library is an error, or asks the embedder; it should answer with nothing.",
    zh="看起来空的文档库会报错，或调用嵌入函数；它应该什么都不调用，返回空列表。",
)
class AsksForNothing(solution.Library):
    def search(self, question, k=4, pool=20):
        if 1 <= k <= pool and not len(self):
            self.embed([question])
        return super().search(question, k, pool)


@mistake(
    of="Library",
    en="It looks like the texts of the pages are compared as one: a word on another page is no new edition.",
    zh="看起来把各页文字连成一段来比较：文字移到下一页时，没有当成新版本。",
)
class JoinsPagesToCompare(Parted):
    def digest(self, pages):
        text = "".join(page["text"] for page in pages)
        return solution._digest([{"number": str([page["number"] for page in pages]), "text": text}])


@mistake(
    of="Library",
    en="It looks like an empty library answers before k and pool are checked.",
    zh="看起来空的文档库在检查 k 和 pool 之前就返回了。",
)
class AnswersBeforeChecking(solution.Library):
    def search(self, question, k=4, pool=20):
        return super().search(question, k, pool) if len(self) else []


@mistake(
    of="Library",
    en="It looks like the question's vector is not divided by its length: all scores grow with it.",
    zh="看起来问题的向量没有除以它的长度：所有得分都随之变大。",
)
class ForgetsTheQuestionsLength(Parted):
    def similarity(self, vectors, question):
        return solution._unit(vectors) @ question[0]


@mistake(
    of="Library",
    en="It looks like embed is called once for every page; one call for the whole document is faster.",
    zh="看起来每一页调用一次嵌入函数；整个文档用一次调用更快。",
)
class EmbedsPageByPage(Parted):
    def add(self, name, pages):
        chunks = self.texts_of(pages)
        kept, numbers = self._vectors, list(dict.fromkeys(number for number, _ in chunks))
        self._vectors = lambda texts: torch.cat([kept([t for at, t in chunks if at == number]) for number in numbers])
        try:
            return super().add(name, pages)
        finally:
            del self._vectors


@mistake(
    of="Library",
    en="It looks like whole pages are compared: what a page has beside its number and text is not looked at.",
    zh="看起来比较的是整个页的字典：页码和文字之外的内容不应理会。",
)
class ComparesWholePages(Parted):
    def digest(self, pages):
        return repr([sorted(page.items()) for page in pages])


@mistake(
    of="Library",
    en="It looks like another size makes a known document new: those that are there stay as they are.",
    zh="看起来换了 size，已有的文档就当成新的：已有的文档应保持不变。",
)
class CutsAgainForAnotherSize(Parted):
    def digest(self, pages):
        return f"{self.size} {solution._digest(pages)}"


@mistake(
    of="Library",
    en="It looks like a library that is opened with a smaller size loses what has longer chunks: documents that are "
    "there stay as they are.",
    zh="看起来用更小的 size 打开时，块较长的文档丢失了：已有的文档应保持不变。",
    breaks="documents that are there stay as they are",
)
class DropsLongerChunks(solution.Library):
    def __init__(self, folder, embed, rerank=None, size=300, model=""):
        super().__init__(folder, embed, rerank, size, model)
        self.shelf = {
            name: one for name, one in self.shelf.items() if all(len(text) <= size for _, text in one["chunks"])
        }
