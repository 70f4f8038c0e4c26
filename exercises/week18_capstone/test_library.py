"""Visible examples of week 18, library: vectors of two numbers, so that every score can be checked by hand."""

import torch

from grader.suite import assert_raises, assert_same

VECTORS = {"The ferry is blue.": [1.0, 0.0], "It sails at six.": [3.0, 4.0], "When does it sail?": [0.0, 2.0]}
PAGES = [{"number": 1, "text": "The ferry is blue."}, {"number": 2, "text": "It sails at six."}]


class Counted:
    """An embedder of known vectors that remembers what it was asked."""

    def __init__(self):
        self.calls = []

    def __call__(self, texts):
        self.calls.append(list(texts))
        return torch.tensor([VECTORS[text] for text in texts])


def opened(student, folder, embed):
    def call(texts):
        return embed(texts)

    return student.Library(folder, call)


def test_chunks(student):
    """The worked example of the handout: whole sentences while they fit into 20 characters.

    讲义中的例题：只要不超过 20 个字符，就把整句放在一起。
    """
    text = "Oats. Rye. Dried for two days. Ground twice, slowly."

    assert_same(student.split_page(text, 20), ["Oats. Rye.", "Dried for two days.", "Ground twice, slowly", "."])


def test_search(student):
    """The better page comes first; its score is the cosine 0.8, and the other's is 0. Only the question is embedded.

    更相关的一页排在前面，得分是余弦值 0.8；另一页的得分为 0。此时只嵌入问题。
    """
    embed = Counted()
    library = opened(student, student.given("tiny_pdf").folder(), embed)
    library.add("ferry.pdf", PAGES)

    assert_same(
        library.search("When does it sail?"),
        [
            {"document": "ferry.pdf", "page": 2, "text": "It sails at six.", "score": 0.8},
            {"document": "ferry.pdf", "page": 1, "text": "The ferry is blue.", "score": 0.0},
        ],
    )
    assert_same(embed.calls[1:], [["When does it sail?"]])


def test_nothing_is_embedded_twice(student):
    """A document is embedded in one call; added again, or read again from the folder, it is not embedded again.

    文档只用一次调用嵌入；再次添加，或从文件夹重新打开时，都不再嵌入。
    """
    folder, embed = student.given("tiny_pdf").folder(), Counted()
    library = opened(student, folder, embed)
    counts = [library.add("ferry.pdf", PAGES), library.add("ferry.pdf", PAGES)]
    again = opened(student, folder, embed)

    assert_same(counts, [2, 0])
    assert_same(again.documents(), ["ferry.pdf"])
    assert_same(embed.calls, [["The ferry is blue.", "It sails at six."]])


def test_chunks_at_the_edge(student):
    """Ten characters fit into ten, whatever space follows; Chinese sentences have none between them; the rest of a long
    sentence shares its chunk; blank pages have no chunk.

    十个字符放得进十，后面的空格不算；中文句子之间没有空格；长句的余下部分与后文同在一块；空白页没有块。
    """
    assert_same(student.split_page("Oats. Rye. Oats.", 10), ["Oats. Rye.", "Oats."])
    assert_same(student.split_page("晒两天。磨两次。筛。", 8), ["晒两天。磨两次。", "筛。"])
    assert_same(student.split_page("abcdefghij. Hi.", 8), ["abcdefgh", "ij. Hi."])
    assert_same(student.split_page(" \n ", 5), [])


def test_a_new_edition(student):
    """The same pages under another name are another document. With another number on a page a document is new: its old
    edition goes, and it stands last.

    同样的页换个名称就是另一个文档。有一页的编号变了，就是新版本：旧版本被移除，新版本排在最后。
    """
    library = opened(student, student.given("tiny_pdf").folder(), Counted())
    later = [PAGES[0], {"number": 3, "text": "It sails at six."}]

    counts = [library.add(name, pages) for name, pages in (("b", PAGES), ("a", PAGES), ("c", PAGES[:1]), ("b", later))]
    assert_same((counts, library.documents(), len(library)), ([2, 2, 1, 2], ["a", "c", "b"], 5))
    best = library.search("When does it sail?", 2)
    assert_same([(hit["document"], hit["page"]) for hit in best], [("a", 2), ("b", 3)])


def test_a_second_look(student):
    """The cosines are 0.8, 0 and 0, the earlier of equals first; the reranker sees the two candidates in one call,
    turns them around, and its scores are those of the hits.

    余弦值是 0.8、0 和 0，同分者先来的在前；reranker 只用一次调用看到两个候选，把它们的次序反过来，结果里是它的得分。
    """
    calls = []

    def rerank(question, texts):
        calls.append([question, list(texts)])
        return [5.0 if text == "The ferry is blue." else 1.0 for text in texts]

    embed = Counted()
    library = student.Library(student.given("tiny_pdf").folder(), lambda texts: embed(texts), rerank)
    library.add("ferry.pdf", [*PAGES, {"number": 3, "text": "The ferry is blue."}])

    (best,) = library.search("When does it sail?", 1, 2)
    assert_same((best["page"], best["score"]), (1, 5.0))
    assert_same(calls, [["When does it sail?", ["It sails at six.", "The ferry is blue."]]])


def test_nothing_to_find(student):
    """An empty library answers [] and asks nobody, but k is checked; a document of blank pages is listed; a vector of
    zeros has the score 0.

    空的 library 返回 []，谁也不问，但仍会检查 k；全是空白页的文档也在列表里；零向量的得分是 0。
    """
    embed = Counted()
    library = opened(student, student.given("tiny_pdf").folder(), embed)

    assert_same(library.add("blank.pdf", [{"number": 1, "text": " "}]), 0)
    assert_same((library.documents(), library.search("When does it sail?"), embed.calls), (["blank.pdf"], [], []))
    assert_raises(ValueError, library.search, "When does it sail?", 5, 4)
    hidden = student.Library(student.given("tiny_pdf").folder(), lambda texts: torch.zeros(len(texts), 2))
    hidden.add("ferry.pdf", PAGES[:1])
    assert_same(hidden.search("When?")[0]["score"], 0.0)


def test_what_the_folder_remembers(student):
    """What was removed is not there after opening again, and cannot be removed twice. A folder that holds documents of
    one model refuses another.

    移除的文档重新打开后也不在，不能移除两次。文件夹里有某个模型的文档时，不接受别的模型。
    """
    folder, embed = student.given("tiny_pdf").folder(), Counted()
    library = opened(student, folder, embed)
    library.add("../ferry", PAGES)
    library.add("old.pdf", PAGES)
    library.remove("old.pdf")

    assert_raises(KeyError, library.remove, "old.pdf")
    assert_same(opened(student, folder, embed).documents(), ["../ferry"])
    assert_raises(ValueError, student.Library, folder, lambda texts: embed(texts), model="another")
