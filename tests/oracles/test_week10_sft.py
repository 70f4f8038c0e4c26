"""Week 10, SFT: held against transformers' chat templates with assistant masks, and its causal-LM loss."""

import random

import pytest
import torch
from tokenizers import Regex, Tokenizer, models, pre_tokenizers
from torch.nn.utils.rnn import pad_sequence
from transformers import PreTrainedTokenizerFast
from transformers.loss.loss_utils import ForCausalLMLoss

CASES = 200
ALPHABET = "abc éß你好。\n\t \"'{}<|>"
TEMPLATE = (
    "{{ '<|bos|>' }}{% for m in messages %}{{ '<|' + m['role'] + '|>\n' }}"
    "{% if m['role'] == 'assistant' %}{% generation %}{{ m['content'] + '<|end|>' }}{% endgeneration %}"
    "{% else %}{{ m['content'] + '<|end|>' }}{% endif %}{{ '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}"
)


@pytest.fixture
def sft(solution):
    return solution("week10_finetuning", "sft")


@pytest.fixture
def tiny(sft):
    return sft.TinyTokenizer()


def conversation(source):
    system = [{"role": "system", "content": text(source)}] if source.random() < 0.5 else []
    turns = [{"role": ("user", "assistant")[i % 2], "content": text(source)} for i in range(source.randrange(1, 6))]
    return system + turns


def text(source):
    return "".join(source.choice(ALPHABET) for _ in range(source.randrange(12)))


def characters():
    """A tokenizer of transformers that has one token per character."""
    letters = sorted(set(ALPHABET + "".join(chr(i) for i in range(32, 127))))
    tokenizer = Tokenizer(models.WordLevel({letter: i for i, letter in enumerate(letters)}, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="?", chat_template=TEMPLATE)


def text_by_transformers(theirs, messages, prompt):
    return theirs.apply_chat_template(messages, tokenize=False, add_generation_prompt=prompt)


def test_template_and_mask_are_those_of_transformers(sft, tiny):
    theirs = characters()
    source = random.Random(0)
    for case in range(CASES):
        messages = conversation(source)
        prompt = bool(case % 2)
        assert sft.render_chat(messages, prompt) == text_by_transformers(theirs, messages, prompt)
        both = theirs.apply_chat_template(messages, return_dict=True, return_assistant_tokens_mask=True)
        letters = theirs.convert_ids_to_tokens(both["input_ids"])
        learned = "".join(letter for letter, mark in zip(letters, both["assistant_masks"], strict=True) if mark)
        ids, labels = sft.encode_chat(messages, tiny)
        assert tiny.decode(ids) == sft.render_chat(messages)
        assert tiny.decode([label for label in labels if label != -100]) == learned
        assert all(label in (-100, i) for i, label in zip(ids, labels, strict=True))


def test_padding_is_that_of_torch(sft):
    source = random.Random(1)
    for _ in range(CASES):
        rows = [[source.randrange(9) for _ in range(source.randrange(1, 8))] for _ in range(source.randrange(1, 5))]
        batch = sft.pad_batch([(row, [-100] + row[1:]) for row in rows], 3)
        tensors = [torch.tensor(row) for row in rows]
        assert torch.equal(batch["input_ids"], pad_sequence(tensors, True, 3))
        assert torch.equal(batch["attention_mask"], pad_sequence([torch.ones_like(row) for row in tensors], True, 0))
        expected = pad_sequence([torch.cat([torch.tensor([-100]), row[1:]]) for row in tensors], True, -100)
        assert torch.equal(batch["labels"], expected)


def loss_by_transformers(logits, labels):
    return ForCausalLMLoss(logits, labels, logits.shape[-1])


def test_loss_is_that_of_transformers(sft):
    for seed in range(CASES):
        source = torch.Generator().manual_seed(seed)
        batch, length, vocabulary = 1 + seed % 3, 2 + seed % 7, 2 + seed % 11
        logits = 5 * torch.randn(batch, length, vocabulary, generator=source)
        labels = torch.randint(0, vocabulary, (batch, length), generator=source)
        labels[torch.rand(batch, length, generator=source) < 0.4] = -100
        labels[0, -1] = 0  # at least one label counts: transformers answers NaN otherwise
        answers = []
        for loss in (sft.sft_loss, loss_by_transformers):
            own = logits.clone().requires_grad_()
            value = loss(own, labels)
            answers.append((value, *torch.autograd.grad(value, own)))
        torch.testing.assert_close(*answers, rtol=1e-5, atol=1e-6)
