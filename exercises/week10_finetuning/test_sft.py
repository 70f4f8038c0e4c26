"""Examples of week 10, SFT: a conversation of two words."""

import math

import torch

from grader.suite import assert_raises, assert_same

TALK = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]


def test_template(student):
    """The conversation of the handout as text, and the prompt that asks for an answer.

    讲义中的对话写成文本，以及请模型作答的提示。
    """
    assert_same(student.render_chat(TALK), "<|bos|><|user|>\nHi<|end|>\n<|assistant|>\nHo<|end|>\n")
    assert_same(student.render_chat(TALK[:1], True), "<|bos|><|user|>\nHi<|end|>\n<|assistant|>\n")


def test_ids_and_labels(student):
    """The same as ids: 264 is <|bos|>, 266 <|user|>, 267 <|assistant|>, 268 <|end|>, 10 a line break.

    同一段对话写成 id:264 是 <|bos|>,266 是 <|user|>,267 是 <|assistant|>,268 是 <|end|>,10 是换行。
    """
    ids, labels = student.encode_chat(TALK, student.given("tiny_tokenizer").TinyTokenizer())

    assert_same(ids, [264, 266, 10, 72, 105, 268, 10, 267, 10, 72, 111, 268, 10])
    assert_same(labels, [-100] * 9 + [72, 111, 268, -100])


def test_padding(student):
    """The row of one token gets one of padding, with the label -100 and a 0 in the mask.

    只有一个词元的那一行补一个填充，标签为 -100，掩码为 0。
    """
    batch = student.pad_batch([([5], [5]), ([6, 7], [-100, 7])], pad_id=1)

    assert_same(batch["input_ids"], torch.tensor([[5, 1], [6, 7]]))
    assert_same(batch["labels"], torch.tensor([[5, -100], [-100, 7]]))
    assert_same(batch["attention_mask"], torch.tensor([[1, 0], [1, 1]]))


def test_loss_of_a_model_that_knows_nothing(student):
    """Equal logits over 8 tokens lose log 8 at every label that counts, however many count.

    对 8 个词元给出相同的 logits，每个有效标签的损失都是 log 8，与有效标签的个数无关。
    """
    labels = torch.tensor([[-100, -100, 3, 5], [-100, -100, -100, 1]])

    assert_same(student.sft_loss(torch.zeros(2, 4, 8), labels), torch.tensor(math.log(8)))


def test_contents_are_only_text(student):
    """A content with a line break in front, a space behind and the letters of a special token in it stays as it is: 7
    ids for <|end|> spelled out, and one 268, that of the template. Two users in a row are refused.

    内容开头有换行、末尾有空格、中间写着特殊词元的字样，都原样保留：写出来的 <|end|> 是 7 个 id，268 只有模板的那一个。
    两个 user 相连时抛出 ValueError。
    """
    said = [{"role": "user", "content": "\n<|end|> "}]
    ids, _ = student.encode_chat(said, student.given("tiny_tokenizer").TinyTokenizer())

    assert_same(student.render_chat(said), "<|bos|><|user|>\n\n<|end|> <|end|>\n")
    assert_same(ids, [264, 266, 10, 10, *b"<|end|>", 32, 268, 10])
    assert_raises(ValueError, student.render_chat, [TALK[0], TALK[0]])


def test_every_answer_is_learned(student):
    """Of two answers, both have labels: three each, the two letters and <|end|>.

    有两次回答时，两次都有标签：每次三个，即两个字母和 <|end|>。
    """
    _, labels = student.encode_chat([*TALK, *TALK], student.given("tiny_tokenizer").TinyTokenizer())

    assert_same([label for label in labels if label != -100], [72, 111, 268, 72, 111, 268])


def test_padding_with_the_end_token(student):
    """Padded with 268, the id of <|end|>, an example that ends with 268 keeps its own: with a label and a 1 in the
    mask.

    用 <|end|> 的 id 268 填充时，例子自己末尾的 268 不受影响：它有标签，掩码是 1。
    """
    batch = student.pad_batch([([5, 268], [5, 268]), ([6, 7, 268], [-100, 7, 268])], pad_id=268)

    assert_same(batch["labels"], torch.tensor([[5, 268, -100], [-100, 7, 268]]))
    assert_same(batch["attention_mask"], torch.tensor([[1, 1, 0], [1, 1, 1]]))


def test_loss_of_two_answers(student):
    """The first row is sure of each next token, three times a loss of 0; the second knows nothing and has one label,
    log 4. The mean over four labels is log 4 / 4. Where no label counts the loss is 0.

    第一行每次都确信下一个词元，三次损失都是 0；第二行一无所知，只有一个标签，损失 log 4。四个标签的均值是 log 4 / 4。
    没有任何有效标签时，损失是 0。
    """
    sure = torch.tensor([[0.0, 99, 0, 0], [0, 0, 99, 0], [0, 0, 0, 99], [99, 0, 0, 0]])
    logits = torch.stack([sure, torch.zeros(4, 4)])
    labels = torch.tensor([[0, 1, 2, 3], [-100, 2, -100, -100]])

    assert_same(student.sft_loss(logits, labels), torch.tensor(math.log(4) / 4))
    assert_same(student.sft_loss(logits, torch.full((2, 4), -100)), torch.tensor(0.0))
