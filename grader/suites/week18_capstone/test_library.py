"""Hidden suite of week 18, library.

Vectors have whole numbers, and lengths that are whole numbers too, so that every way to compute a cosine in float32
gives the same score to the last digit.
`embed` and `rerank` are functions of the suite's: it counts their calls and gives the vectors. Folders are in the box.
Not covered: two programs that write into one folder, the form of the files, a disk that is full.
"""

import torch

from grader.suite import after, assert_raises, assert_same, claims, points, unchanged

WORDS = [
    "Oats. ",
    "Rye is cheap. ",
    "a",
    "harbour ",
    "18.00 ",
    "Why? ",
    "Stop! ",
    "图书馆",
    "开门。",
    "吗？",
    "  ",
    "\n",
    "x" * 13,
]


class Embedder:
    """Turns a text into the vector that it was told, or into one of its own; keeps its calls.

    Every new text takes the next of a sequence of angles that stay apart, so that no two cosines differ by rounding
    alone; a question has the angle 0. Embedders with the same `angles` give the same vectors. There are 43 angles, of
    right triangles with sides of 47² - n², 94 n and 47² + n².
    """

    def __init__(self, told=None, dtype=torch.float32, angles=None):
        self.calls, self.told, self.dtype = [], told or {}, dtype
        self.angles = {} if angles is None else angles

    def vector(self, text):
        if text in self.told:
            return self.told[text]
        if text.startswith("q"):
            return [0.0, 2.0, 0.0]
        place = self.angles.setdefault(text, len(self.angles) + 1)
        n, scale = 1 + 26 * place % 43, 2.0 ** (place % 5)
        return [0.0, scale * (47**2 - n**2), scale * 94 * n]

    def __call__(self, texts):
        self.calls.append(list(texts))
        return torch.tensor([self.vector(text) for text in texts], dtype=self.dtype)


def new_folder(module, inside=""):
    return module.given("tiny_pdf").folder(inside)


def opened(module, embed, folder=None, rerank=None, **settings):
    """Open a library; functions are handed over as plain functions, which become callbacks."""

    def call_embed(texts):
        return embed(texts)

    def call_rerank(question, texts):
        return rerank(question, texts)

    settings |= {} if rerank is None else {"rerank": call_rerank}
    return module.Library(new_folder(module) if folder is None else folder, call_embed, **settings)


def pages(*texts, first=1):
    return [{"number": number, "text": text, "scanned": not text} for number, text in enumerate(texts, start=first)]


def found(library, question="q", **settings):
    return [(hit["document"], hit["page"], hit["text"]) for hit in library.search(question, **settings)]


# ------------------------------------------------------------------------------------------------------- split_page


@points(1)
@claims(
    "A chunk takes as many of these, one after the other, as fit; what does not fit begins the next chunk.",
    "A chunk has no white space at its ends, which does not count for its length.",
)
def test_whole_sentences(student):
    """Sentences are packed while they fit, to the last character; the space at a chunk's end does not count.

    句子尽量装进同一块，直到恰好装满；块末尾的空格不计入长度。
    """
    assert_same(student.split_page("Oats. Rye.", 10), ["Oats. Rye."])
    text = "Oats. Rye. Dried for two days. 开门。"
    assert_same(student.split_page(text, 10), ["Oats. Rye.", "Dried for", "two days.", "开门。"])
    assert_same(student.split_page(text, 9), ["Oats.", "Rye.", "Dried for", "two days.", "开门。"])
    assert_same(student.split_page(text, 19), ["Oats. Rye.", "Dried for two days.", "开门。"])
    assert_same(student.split_page(text, 23), ["Oats. Rye.", "Dried for two days. 开门。"])
    assert_same(student.split_page("我。你。他。", 4), ["我。你。", "他。"])
    assert_same(student.split_page("Opens at\n9.30.\n\nCloses", 300), ["Opens at 9.30. Closes"])


@points(1)
@claims(
    "The text is cut into `split_sentences(text)`, and a sentence of more than `size` characters, without the space at "
    "its end, into pieces of `size` characters and a rest."
)
def test_long_sentences(student):
    """A sentence that is too long is cut after every size characters; its rest shares a chunk with what follows.

    过长的句子每 size 个字符切一次；剩下的部分与后面的句子放在同一块。
    """
    assert_same(student.split_page("abcdefghijkl", 5), ["abcde", "fghij", "kl"])
    assert_same(student.split_page("abcdefg. Hi.", 5), ["abcde", "fg.", "Hi."])
    assert_same(student.split_page("abcdefg. Hi.", 7), ["abcdefg", ". Hi."])
    assert_same(student.split_page("Hi. abcdefgh", 6), ["Hi.", "abcdef", "gh"])
    assert_same(student.split_page("abcd efgh", 4), ["abcd", "efgh"])  # the space is at the chunk's end
    assert_same(student.split_page("abcd. ef.", 5), ["abcd.", "ef."])
    assert_same(student.split_page("一二三四五六七", 3), ["一二三", "四五六", "七"])


@points(1)
@claims("No chunk is empty.", "`size` is below 1.")
def test_no_chunk_is_empty(student):
    """A text of white space has no chunk, size 1 gives a chunk for each character that is seen, and size 0 is refused.

    空白文本没有块；size 为 1 时每个可见字符一块；size 为 0 时拒绝。
    """
    assert_same([student.split_page(""), student.split_page(" \n\t ", 3)], [[], []])
    assert_same(student.split_page("a b. c", 1), ["a", "b", ".", "c"])
    for size in (0, -3):
        assert_raises(ValueError, student.split_page, "a", size)
        assert_raises(ValueError, student.split_page, "", size)


@points(1)
@after("test_whole_sentences")
def test_random_texts(student, reference, rng):
    """Random texts are cut as the reference cuts them, at several sizes and at the default one of 300.

    随机文本在多种大小以及默认的 300 下，切分结果都与参考答案相同。
    """
    dice = rng.numpy()
    for size in (1, 2, 7, 13, 29, 61):
        text = "".join(dice.choice(WORDS, 53))
        assert_same(student.split_page(text, size), reference.split_page(text, size))
    long = "".join(dice.choice(WORDS, 211))
    assert_same(student.split_page(long), reference.split_page(long, 300))
    assert_same(student.split_page(long, size=31), reference.split_page(long, 31))


# --------------------------------------------------------------------------------------------------------- add, search


@points(1)
@claims(
    "Each page is cut by itself with `split_page`, so that a chunk belongs to one page; all chunks are embedded in one "
    "call, in the order of the pages, or without a call if there are none.",
    "`embed(texts)` returns a tensor [texts, dim].",
)
def test_adding(student):
    """Pages are cut one by one and embedded in one call; one without text is known, and nothing is embedded.

    逐页切分，用一次调用嵌入；没有文字的文档也会记录，但不调用嵌入函数。
    """
    embed = Embedder()
    library = opened(student, embed, size=11)
    added = unchanged(library.add, "b.pdf", pages("One. Two. Three.", "", "Four.", first=4))
    empty = [library.add("a.pdf", pages("", " ")), library.add("", [])]

    assert_same([added, *empty], [3, 0, 0])
    assert_same(embed.calls, [["One. Two.", "Three.", "Four."]])
    assert_same(library.documents(), ["b.pdf", "a.pdf", ""])
    assert_same(len(library), 3)
    assert_same([len(opened(student, embed)), opened(student, embed).documents()], [0, []])
    wide = opened(student, embed)
    assert_same(wide.add("c", pages("a" * 299 + ". Then.")), 2)


@points(1)
@claims(
    "`embed([question])` is called once.",
    "A chunk's score is the cosine of its vector and the question's, computed in float32; with a vector of zeros it is "
    "0.",
)
def test_cosines(student):
    """Scores are cosines, whatever the lengths of the vectors; each hit names its document and page.

    无论向量长短，得分都是余弦值；每个结果都注明文档和页码。
    """
    told = {
        "A.": [3.0, 4.0],
        "B.": [0.0, 500.0],
        "C.": [0.0, 0.0],
        "D.": [-1e-3, 0.0],
        "q": [2.0, 0.0],
        "z": [0.0, 0.0],
    }
    for dtype in (torch.float32, torch.float64):
        library = opened(student, Embedder(told, dtype))
        library.add("one", pages("A.", "B.", first=7))
        library.add("two", pages("C.", "D."))

        expected = [("one", 7, "A.", 0.6), ("one", 8, "B.", 0.0), ("two", 1, "C.", 0.0), ("two", 2, "D.", -1.0)]
        keys = ("document", "page", "text", "score")
        assert_same(library.search("q"), [dict(zip(keys, row, strict=True)) for row in expected])
        assert_same([hit["score"] for hit in library.search("z")], [0.0] * 4)


@points(1)
@after("test_cosines")
def test_small_and_half_precision_vectors(student):
    """Vectors in half precision, very long or very short ones give the same cosines.

    半精度的向量、很长或很短的向量得到同样的余弦值。
    """
    for scale, dtype in ((300.0, torch.float16), (1.0, torch.bfloat16), (1e-6, torch.float64), (1e12, torch.float64)):
        told = {"A.": [3 * scale, 4 * scale], "B.": [0.0, scale], "q": [0.0, 64 * scale]}
        library = opened(student, Embedder(told, dtype))
        library.add("one", pages("A.", "B."))

        scores = [hit["score"] for hit in library.search("q")]
        assert_same(scores, [1.0, 0.8], rtol=1e-2, atol=1e-3)  # bfloat16 keeps three digits


@points(1)
@claims("The first `k` candidates are the answer.", "`k` is below 1, or `pool` below `k`, in an empty library too.")
def test_how_many(student, reference):
    """The answer has k hits, four if nothing is said, all if there are fewer; a k below 1 or a pool below k is refused.

    结果有 k 个，默认四个；不足 k 个时全部返回；k 小于 1 或 pool 小于 k 时拒绝。
    """
    angles = {}
    libraries = [opened(module, Embedder(angles=angles)) for module in (student, reference)]
    for library in libraries:
        library.add("d", pages(*(f"Sentence {n}." for n in range(29))))
    ours, theirs = libraries

    assert_same(ours.search("q"), theirs.search("q"))
    assert_same(len(ours.search("q")), 4)
    for k in (1, 3, 20):
        assert_same(ours.search("q", k), theirs.search("q", k=k))
    assert_same(ours.search("q", 31, 31), theirs.search("q", k=31, pool=31))
    assert_same(ours.search("q", k=2, pool=2), theirs.search("q", k=2, pool=2))
    for k, pool in ((0, 20), (-1, 20), (3, 2), (21, 20)):
        assert_raises(ValueError, ours.search, "q", k, pool)
    assert_raises(ValueError, ours.search, "q", 21)
    for k, pool in ((0, 20), (3, 2)):
        assert_raises(ValueError, opened(student, Embedder()).search, "q", k, pool)


@points(1)
@claims("Of equal scores the chunk comes first that was added first.")
def test_equal_scores(student):
    """Of equal scores the chunk that was added first comes first, over pages and documents, and only it is a candidate.

    得分相同时，先添加的块排在前面（跨页、跨文档也一样），候选名额也先给它。
    """
    told = {text: [1.0, 1.0] for text in ("A.", "B.", "C.", "D.", "E.")} | {"q": [1.0, 0.0], "Z.": [1.0, 0.0]}
    library = opened(student, Embedder(told))
    library.add("z", pages("C.", "A."))
    library.add("a", pages("E.", "Z.", "B."))
    library.add("m", pages("D."))

    order = [("a", 2, "Z."), ("z", 1, "C."), ("z", 2, "A."), ("a", 1, "E."), ("a", 3, "B."), ("m", 1, "D.")]
    assert_same(found(library, k=6), order)
    assert_same(found(library, k=3, pool=3), order[:3])


@points(1)
@claims(
    "The `pool` chunks with the highest scores are the candidates, best first.",
    "With `rerank`, `rerank(question, texts)` is called once with the candidates' texts and gives each a new score, by "
    "which they are put in order again; of equal scores the earlier candidate comes first.",
)
def test_reranking(student):
    """The reranker sees the candidates alone, best first, in one call; its scores give the order, and ties stay.

    重排函数只用一次调用看到候选块，最好的在前；由它的得分决定次序，得分相同时靠前的候选在前。
    """
    told = {f"{letter}.": [float(10 - at), 1.0 + at] for at, letter in enumerate("ABCDEF")} | {"q": [1.0, 0.0]}
    seen = []
    scores = {"A.": 1, "B.": 5, "C.": 2.5, "D.": 5, "E.": 9, "F.": 9}

    def rerank(question, texts):
        seen.append((question, list(texts)))
        return [scores[text] for text in texts]

    library = opened(student, Embedder(told), rerank=rerank)
    library.add("d", pages("F.", "D.", "B.", "A.", "C.", "E."))

    hits = library.search("q", k=3, pool=4)
    assert_same(
        [(hit["text"], hit["page"], hit["score"]) for hit in hits], [("B.", 3, 5.0), ("D.", 2, 5.0), ("C.", 5, 2.5)]
    )
    assert_same(seen, [("q", ["A.", "B.", "C.", "D."])])
    assert_same([hit["text"] for hit in library.search("q")], ["E.", "F.", "B.", "D."])
    assert_same(seen[1:], [("q", ["A.", "B.", "C.", "D.", "E.", "F."])])


@points(1)
@claims("Where there are no chunks, the answer is [] and nothing is called.")
def test_nothing_to_find(student):
    """A library without chunks answers with nothing and calls neither function, also when its last document went.

    没有任何块时返回空列表，两个函数都不调用；最后一个文档移除之后也一样。
    """
    embed, reranked = Embedder(), []
    library = opened(student, embed, rerank=lambda question, texts: reranked.append(texts) or [0.0] * len(texts))
    assert_same(library.search("q"), [])
    library.add("empty", pages(""))
    assert_same(library.search("q"), [])
    library.add("full", pages("A."))
    library.remove("full")
    assert_same([library.search("q"), len(library)], [[], 0])
    assert_same([embed.calls, reranked], [[["A."]], []])


@points(1)
@claims(
    "It is called once for each document that is added and once for each question, and never again for what the folder "
    "holds already.",
    "A document is known by its name.",
    "Added again with the same numbers and texts of pages, it stays as it is: nothing is embedded, the answer is 0.",
)
def test_nothing_twice(student):
    """The same document again adds nothing and embeds nothing; a question embeds the question alone.

    再次添加同一文档时不增加、不嵌入；每次提问只嵌入问题本身。
    """
    embed = Embedder()
    library = opened(student, embed)
    document = pages("A.", "B.")
    again = [{"text": page["text"], "number": page["number"]} for page in document]
    answers = [library.add("d", document), library.add("e", pages("C.")), library.add("d", again), len(library)]
    asked = [library.search("q"), library.search("q")]

    assert_same(answers, [2, 1, 0, 3])
    assert_same(asked[0], asked[1])
    assert_same(embed.calls, [["A.", "B."], ["C."], ["q"], ["q"]])
    assert_same(library.documents(), ["d", "e"])
    assert_same([library.add("f", document), len(library)], [2, 5])


@points(1)
@claims("With others, it is taken out and added as a new one.")
def test_a_new_edition(student):
    """The same name with other texts or numbers of pages: the old chunks go, the new ones come last in the order.

    同名但页的文字或页码不同：旧的块移除，新的块排到最后。
    """
    told = {text: [1.0, 0.0] for text in ("A.", "B.", "C.", "D.", "A. D.", "ab", "c", "a", "bc", "q")}
    embed = Embedder(told)
    library = opened(student, embed)
    library.add("d", pages("A.", "B."))
    library.add("e", pages("C."))

    assert_same(library.add("d", pages("A.", "D.")), 2)
    assert_same(found(library), [("e", 1, "C."), ("d", 1, "A."), ("d", 2, "D.")])
    assert_same(library.add("d", pages("A.", "D.", first=2)), 2)
    assert_same(found(library), [("e", 1, "C."), ("d", 2, "A."), ("d", 3, "D.")])
    assert_same([library.documents(), len(library)], [["e", "d"], 3])
    assert_same(library.add("d", pages("A. D.")), 1)
    assert_same([library.add("d", pages("A.  D.")), library.add("d", pages("A.  D."))], [1, 0])  # another text
    for texts in (("ab", "c"), ("a", "bc")):  # the same letters, divided in another place
        assert_same(
            [library.add("d", pages(*texts)), found(library)[1:]], [2, [("d", 1, texts[0]), ("d", 2, texts[1])]]
        )
    assert_same(library.add("d", []), 0)
    assert_same([library.documents(), found(library)], [["e", "d"], [("e", 1, "C.")]])


@points(1)
@claims("there is no document of that name.")
def test_removing(student):
    """What was removed is found no more, here or in the next library on the folder; an unknown name is a KeyError.

    移除的文档在本库和之后在同一文件夹打开的库里都不再出现；没有的名称抛出 KeyError。
    """
    told = {f"{name} {number}.": [0.0, 1.0] for name in ("d", "e", "f") for number in ("one", "two")}
    embed, folder = Embedder(told | {"e one.": [1.0, 0.0]}), new_folder(student)
    library = opened(student, embed, folder)
    for name in ("d", "e", "f"):
        library.add(name, pages(f"{name} one.", f"{name} two."))
    library.remove("e")

    assert_raises(KeyError, library.remove, "e")
    for one in (library, opened(student, embed, folder)):
        assert_same([one.documents(), len(one)], [["d", "f"], 4])
        assert_same({hit["document"] for hit in one.search("e one.")}, {"d", "f"})
    assert_same(library.add("e", pages("e one.", "e two.")), 2)
    assert_same(library.search("e one.")[0]["document"], "e")


# ------------------------------------------------------------------------------------------------------- the folder


@points(1)
@claims(
    "What was added is in the folder when `add` returns.",
)
def test_read_again(student, reference):
    """Another library on the folder has the same documents and finds the same; it embeds the question alone.

    在同一文件夹再次打开时，文档相同，找到的结果和得分相同，只嵌入问题。
    """
    embed, folder = Embedder(), new_folder(student, "books/2026")
    library = opened(student, embed, folder, size=23)
    for name, texts in {"b": ["One. Two.", "Three is a longer sentence. Four."], "图": ["", "书。"], "a": []}.items():
        library.add(name, pages(*texts, first=3))
        again = Embedder()
        other = opened(student, again, folder)
        assert_same([other.documents(), len(other)], [library.documents(), len(library)])
        assert_same(other.search("q", k=9), library.search("q", k=9))
        assert_same(other.add(name, pages(*texts, first=3)), 0)
        assert_same(again.calls, [["q"]])


@points(1)
@after("test_read_again")
def test_going_on_in_a_folder(student):
    """What the second library adds stands behind what the first one added, and a third finds both.

    第二个库添加的内容排在第一个库的之后，第三个库两者都能找到。
    """
    told = {text: [0.0, 2.0] for text in ("A.", "B.", "C.", "q")}
    folder = new_folder(student)
    opened(student, Embedder(told), folder).add("z", pages("A."))
    opened(student, Embedder(told), folder).add("a", pages("B."))
    opened(student, Embedder(told), folder).add("m", pages("C."))

    third = opened(student, Embedder(told), folder)
    assert_same(found(third), [("z", 1, "A."), ("a", 1, "B."), ("m", 1, "C.")])
    third.remove("a")
    assert_same(found(opened(student, Embedder(told), folder)), [("z", 1, "A."), ("m", 1, "C.")])


@points(0.5)
@after("test_read_again")
@claims(
    "`size` is that of the chunks that are made from now on: documents that are there stay as they are.",
)
def test_another_size(student):
    """A folder that is opened with another size keeps its chunks, longer ones too, also when their document is added
    again; new ones are cut by the new size.

    用另一个 size 打开文件夹时，已有的块不变（更长的块、再次添加同一文档也一样）；新添加的文档按新的 size 切分。
    """
    folder, embed = new_folder(student), Embedder()
    opened(student, embed, folder, size=9).add("d", pages("Oats. Rye."))
    library = opened(student, embed, folder, size=17)
    assert_same([library.add("d", pages("Oats. Rye.")), library.add("e", pages("Oats. Rye."))], [0, 1])

    texts = sorted(text for _, _, text in found(opened(student, embed, folder)))
    assert_same(texts, ["Oats.", "Oats. Rye.", "Rye."])
    assert_same(embed.calls[:2], [["Oats.", "Rye."], ["Oats. Rye."]])
    smaller = opened(student, embed, folder, size=2)
    assert_same([smaller.documents(), len(smaller)], [["d", "e"], 3])
    assert_same(sorted(text for _, _, text in found(smaller)), texts)


@points(0.5)
@claims(
    "the folder holds documents, even if they have no chunks, that were added with a model of another name.",
    "`model` names the embedding model.",
)
def test_another_model(student):
    """A folder with documents of one model is refused to another, the unnamed one too; one without documents is not.

    已有某个模型的文档的文件夹拒绝另一个模型（包括未命名的）；没有文档的文件夹则不拒绝。
    """
    folder, embed = new_folder(student), Embedder()
    library = opened(student, embed, folder, model="hashed")
    library.add("d", pages("A."))

    assert_same(opened(student, embed, folder, model="hashed").documents(), ["d"])
    assert_raises(ValueError, opened, student, embed, folder, model="minilm")
    assert_raises(ValueError, opened, student, embed, folder)
    assert_same(opened(student, embed, folder, model="hashed").documents(), ["d"])
    library.remove("d")
    assert_same(opened(student, embed, folder, model="hashed").documents(), [])
    assert_same(opened(student, embed, folder, model="minilm").documents(), [])
    assert_same(opened(student, embed, folder).documents(), [])

    opened(student, embed, folder, model="hashed").add("empty", pages(""))
    assert_raises(ValueError, opened, student, embed, folder, model="minilm")
    assert_same(opened(student, embed, folder, model="hashed").documents(), ["empty"])


@points(1)
@claims("A name may be any string that UTF-8 can encode: it is never a path.")
def test_names_are_not_paths(student):
    """A name with slashes, dots, quotes or line breaks comes back as it is, and no other folder is touched.

    带斜杠、点、引号或换行的名称原样保留，不会影响其他文件夹。
    """
    folder, embed = new_folder(student, "library"), Embedder()
    assert_same(student.given("tiny_pdf").names_beside(folder), [])
    names = ["../../out.pdf", "/a/b.pdf", "con\n\"x'.pdf", "报告（终稿）.pdf", "", "a", "A", "library", "." * 300]
    library = opened(student, embed, folder)
    assert_same(student.given("tiny_pdf").names_beside(folder), ["library"])
    for at, name in enumerate(names):
        library.add(name, pages(f"Text {at}."))

    again = opened(student, embed, folder)
    assert_same(again.documents(), names)
    assert_same({hit["document"] for hit in again.search("q", k=9)}, set(names))
    assert_same(student.given("tiny_pdf").names_beside(folder), ["library"])


@points(1)
@claims(
    "If `embed` fails, the library and its folder stay as they were.",
    "`embed` did not return one vector for each chunk, or not as long as those that are there.",
)
def test_an_embedder_that_fails(student):
    """An embedder that raises, or gives too few, too many or longer vectors, costs nothing that was there, nor the old
    edition.

    嵌入函数出错、或返回的向量过少、过多、过长时，已有的内容都不丢失，包括同名的旧版本。
    """
    told = Embedder()

    def embed(texts):
        if "Fail." in texts:
            raise RuntimeError("out of memory")
        vectors = told(texts)
        if "Long." in texts:
            return torch.cat([vectors, vectors[:, :1]], dim=1)
        return vectors[:-1] if "Few." in texts else torch.cat([vectors, vectors[:1]]) if "Many." in texts else vectors

    folder = new_folder(student)
    library = opened(student, embed, folder)
    library.add("c", pages("D."))
    library.add("d", pages("A.", "B."))
    before = library.search("q")
    for error, text in ((RuntimeError, "Fail."), (ValueError, "Few."), (ValueError, "Many."), (ValueError, "Long.")):
        for name in ("d", "e"):
            assert_raises(error, library.add, name, pages("A.", text, "C."))
        assert_same(library.add("d", pages("A.", "B.")), 0)
        for one in (library, opened(student, embed, folder)):
            assert_same([one.documents(), len(one), one.search("q")], [["c", "d"], 3, before])


@points(1)
def test_libraries_share_nothing(student):
    """Two libraries share nothing, and changing what a library was given or has returned does not change the library.

    两个库互不影响；修改返回的结果、列表或传入的页，都不会改变库。
    """
    embed = Embedder()
    probe = student.given("tiny_pdf").shaken(opened(student, embed), pages("A.", "B."))
    other = opened(student, embed)

    assert_same(probe, [["d"], 2, True, 0])
    assert_same([len(other), other.documents(), other.search("q")], [0, [], []])


@points(1)
@after("test_cosines")
def test_a_long_life(student, reference, rng):
    """After random additions, editions and removals, everything is as in the reference.

    经过随机的添加、更新和移除之后，一切与参考答案相同。
    """
    dice, angles = rng.numpy(), {}
    embeds = [Embedder(angles=angles), Embedder(angles=angles)]
    editions = {
        name: [pages(*(f"{name} {edition} {page}. And more." for page in range(edition))) for edition in (3, 0, 2, 5)]
        for name in ("d", "e", "f", "g")
    }
    libraries = [
        opened(module, embed, size=17, rerank=lambda question, texts: [float(len(text) % 3) for text in texts])
        for module, embed in zip((student, reference), embeds, strict=True)
    ]
    for step in range(31):
        name = str(dice.choice(list(editions)))
        document = editions[name][dice.integers(0, 4)]
        leave = name in libraries[1].documents() and dice.random() < 0.3
        done = [library.remove(name) if leave else library.add(name, document) for library in libraries]
        assert_same(*done)
        assert_same(*[library.documents() for library in libraries])
        assert_same(*[library.search(f"question {step}", k=5, pool=11) for library in libraries])
    assert_same(*[embed.calls for embed in embeds])
