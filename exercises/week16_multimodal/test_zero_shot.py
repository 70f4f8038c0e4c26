"""Visible examples of week 16, zero_shot: every number can be checked by hand."""

import math

import torch

from grader.suite import assert_same

TABLE = {"a cat": [3.0, 4.0], "my cat": [10.0, 0.0], "a dog": [0.0, -2.0], "my dog": [0.0, -0.1]}


def encode_text(texts):
    """An encoder that knows four sentences."""
    return torch.tensor([TABLE[text] for text in texts])


def test_the_direction_of_a_label(student):
    """(3, 4) and (10, 0) have the directions (0.6, 0.8) and (1, 0); their mean has the direction (2, 1) / √5.

    (3, 4) 和 (10, 0) 的方向是 (0.6, 0.8) 和 (1, 0)；平均的方向是 (2, 1) / √5。
    """
    got = student.label_embeddings(["cat", "dog"], ["a {}", "my {}"], encode_text)

    assert_same(got, torch.tensor([[2 / math.sqrt(5), 1 / math.sqrt(5)], [0.0, -1.0]]))


def test_cat_or_dog(student):
    """The picture (0, 9) has the cosines 0.8 and -1 with the labels; with a factor of 5 the logits are 4 and -5.

    图片 (0, 9) 与两个标签的余弦是 0.8 和 -1；系数为 5 时，logit 是 4 和 -5。
    """
    got = student.zero_shot(torch.tensor([0.0, 9.0]), ["cat", "dog"], ["a {}"], encode_text, math.log(5))

    cat = math.exp(4) / (math.exp(4) + math.exp(-5))
    assert_same(got, torch.tensor([cat, 1 - cat]))


def test_three_pictures_and_five_texts(student):
    """The table of the handout: texts 0 and 1 belong to picture 0, texts 2 and 3 to picture 1, text 4 to picture 2.

    讲义中的表：文本 0、1 属于图片 0，文本 2、3 属于图片 1，文本 4 属于图片 2。
    """
    similarity = torch.tensor([[0.9, 0.2, 0.3, 0.6, 0.1], [0.4, 0.5, 0.7, 0.6, 0.2], [0.8, 0.1, 0.2, 0.5, 0.3]])
    owners = torch.tensor([0, 0, 1, 1, 2])

    assert_same(student.recall_at_k(similarity, owners, 2), (2 / 3, 1.0))
