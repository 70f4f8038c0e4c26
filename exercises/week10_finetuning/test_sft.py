"""Examples of week 10, SFT: a conversation of two words."""

import math

import torch

from grader.suite import assert_same

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
