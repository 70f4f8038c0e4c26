"""A tiny BERT with a tokenizer of its own, and the reader of the reviews.

Given: read it, you need not change it. Everything is built in code: nothing is downloaded.
Importing this file imports transformers, which takes seconds: import it inside the function that needs it.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")


def read_reviews(path: str | Path) -> Sequence[dict]:
    """Read a file of JSON lines into a `Dataset` of Hugging Face's `datasets`, one row per line."""
    from datasets import load_dataset

    return load_dataset("json", data_files=str(path), split="train")


def build_tokenizer(texts: Sequence[str], at_least: int = 2) -> PreTrainedTokenizerFast:
    """Build a BERT-like tokenizer: lower case, one token per word, one per Chinese character.

    Its vocabulary are the words that occur at least `at_least` times in `texts`. A text becomes [CLS] … [SEP].
    """
    normalizer = normalizers.BertNormalizer(lowercase=True, handle_chinese_chars=True)
    splitter = pre_tokenizers.BertPreTokenizer()
    counts = Counter(word for text in texts for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(text)))
    words = sorted(word for word, count in counts.items() if count >= at_least)
    vocabulary = {word: i for i, word in enumerate([*SPECIAL, *words])}

    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = splitter
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[(token, vocabulary[token]) for token in ("[CLS]", "[SEP]")]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )


def build_bert(vocabulary: int, seed: int = 0, width: int = 64, layers: int = 1, heads: int = 4) -> BertModel:
    """Build a `BertModel` without a pooler; the same seed gives the same weights."""
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=2 * width,
        max_position_embeddings=64,
        type_vocab_size=1,
        pad_token_id=0,
    )
    with torch.random.fork_rng():  # leaves the global generator as it was
        torch.manual_seed(seed)  # noqa: TID251 - the initial weights of transformers know no other generator
        return BertModel(config, add_pooling_layer=False)
