"""Visible examples of week 18, library: vectors of two numbers, so that every score can be checked by hand."""

import torch

from grader.suite import assert_same

VECTORS = {"The ferry is blue.": [1.0, 0.0], "It sails at six.": [0.6, 0.8], "When does it sail?": [0.0, 2.0]}
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
    """The better page comes first; its score is the cosine 0.8, and the other's is 0.

    更相关的一页排在前面，得分是余弦值 0.8；另一页的得分为 0。
    """
    library = opened(student, student.given("tiny_pdf").folder(), Counted())
    library.add("ferry.pdf", PAGES)

    assert_same(
        library.search("When does it sail?"),
        [
            {"document": "ferry.pdf", "page": 2, "text": "It sails at six.", "score": 0.8},
            {"document": "ferry.pdf", "page": 1, "text": "The ferry is blue.", "score": 0.0},
        ],
    )


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
