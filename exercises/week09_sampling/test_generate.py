"""Visible examples of week 09, generate. They use the model of tiny_lm.py."""

import torch

from grader.suite import assert_same, attribute


def test_first_token(student):
    """The first new token is the best one after the prompt.

    第一个新词元是提示之后最好的词元。
    """
    model = student.given("tiny_lm").TinyLM(seed=5)
    logits, _ = model(torch.tensor([[3, 1, 4]]))

    assert_same(student.generate(model, [[3, 1, 4]], 1, temperature=0.0), [[int(logits[0, -1].argmax())]])


def test_a_neighbour_changes_nothing(student):
    """A prompt gives the same tokens alone and next to a longer one.

    一个提示单独生成，与和更长的提示一起生成，得到的词元相同。
    """
    model = student.given("tiny_lm").TinyLM(seed=5)

    [alone] = student.generate(model, [[7, 2]], 6, temperature=0.0)
    together = student.generate(model, [[7, 2], [1, 2, 3, 4, 5]], 6, temperature=0.0)

    assert_same(together[0], alone)


def test_a_row_ends_with_its_stop_token(student):
    """A row ends with its first stop token, which belongs to the answer; the other goes on.

    一行以它产生的第一个停止词元结束，该词元属于答案；另一行继续。
    """
    model = student.given("tiny_lm").TinyLM(seed=7)  # alone they give 7 2 7 7 12 1 and 5 1 1 7 4 5

    got = student.generate(model, [[7, 2], [1, 2, 3, 4, 5]], 6, stop_token=2, temperature=0.0)

    assert_same(got, [[7, 2], [5, 1, 1, 7, 4, 5]])


def test_token_0(student):
    """Token 0 is a token like any other, in a prompt and as the stop token.

    0 号词元与其他词元一样，在提示里如此，作为停止词元也如此。
    """
    model = student.given("tiny_lm").TinyLM(seed=8)  # alone they give 7 8 0 0 and 2 6 6 11

    got = student.generate(model, [[0, 6], [5, 3, 1]], 4, stop_token=0, temperature=0.0)

    assert_same(got, [[7, 8, 0], [2, 6, 6, 11]])


def test_the_cache_saves_work(student):
    """A prompt of 4 and 10 new tokens: 4 + 9 tokens go through the model, for nobody needs what follows the last one.

    提示长 4、生成 10 个新词元：共有 4 + 9 个词元经过模型，因为最后一个之后的内容没有人需要。
    """
    model = student.given("tiny_lm").TinyLM(seed=5)

    student.generate(model, [[3, 1, 4, 1]], 10, temperature=0.0)

    assert_same(attribute(model, "tokens_seen"), 4 + 9)
