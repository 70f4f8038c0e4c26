"""Known mistakes of week 10, classifier.

Of `fine_tune` only those that do not train: to recognise others, each would have to be trained anew. Its tests say what
is wrong.
"""

import torch
from classifier import ReviewClassifier, pool
from torch import nn
from torch.nn import functional as F

from grader.mistakes import mistake


@mistake(
    of="pool",
    en='Your "last" takes the last position of the row, which is padding in every shorter text.',
    zh='你的 "last" 取了每行的最后一个位置，对较短的文本来说那是填充。',
)
def takes_the_last_position(hidden, attention_mask, how):
    return hidden[:, -1] if how == "last" else pool(hidden, attention_mask, how)


@mistake(
    of="pool",
    en='Your "last" takes the last position of every text that has a real token. That is padding in a shorter text.',
    zh='只要文本有真实词元，你的 "last" 就取该行的最后一个位置。对较短的文本来说那是填充。',
)
def takes_the_last_position_unless_all_is_padding(hidden, attention_mask, how):
    if how == "last":
        return hidden[:, -1].where(attention_mask.any(1, keepdim=True), 0.0)
    return pool(hidden, attention_mask, how)


@mistake(
    of="pool",
    en='Your "first" takes position 0, which is padding when a text is padded on the left.',
    zh='你的 "first" 取了位置 0，文本在左侧填充时那是填充。',
)
def takes_the_first_position(hidden, attention_mask, how):
    return hidden[:, 0] if how == "first" else pool(hidden, attention_mask, how)


@mistake(
    of="pool",
    en='Your "first" takes position 0 of every text that has a real token. With padding on the left that is padding.',
    zh='只要文本有真实词元，你的 "first" 就取位置 0。填充在左侧时那是填充。',
)
def takes_the_first_position_unless_all_is_padding(hidden, attention_mask, how):
    if how == "first":
        return hidden[:, 0].where(attention_mask.any(1, keepdim=True), 0.0)
    return pool(hidden, attention_mask, how)


@mistake(
    of="pool",
    en='It looks like your "first" is position 0, read after the padding was set to 0: with padding on the left that '
    "is the zeros of the padding.",
    zh='看起来你先把填充置零，再取位置 0 作为 "first"：填充在左侧时，取到的是填充的零。',
    breaks="Padding never counts, whether it stands on the right or on the left",
)
def takes_the_zeros_at_the_first_position(hidden, attention_mask, how):
    if how == "first":
        return hidden.masked_fill(attention_mask.unsqueeze(-1) == 0, 0.0)[:, 0]
    return pool(hidden, attention_mask, how)


@mistake(
    of="pool",
    en="Your last token is found by its number among the real tokens; with padding on the left that is another place.",
    zh="你按真实词元的个数来找最后一个词元；填充在左侧时，那是另一个位置。",
)
def counts_to_the_last_token(hidden, attention_mask, how):
    if how == "last":
        clean = hidden.masked_fill(attention_mask.unsqueeze(-1) == 0, 0.0)
        return clean[torch.arange(len(hidden), device=hidden.device), attention_mask.sum(1) - 1]
    return pool(hidden, attention_mask, how)


@mistake(
    of="pool",
    en="Your mean divides by the whole length. It divides by the number of real tokens.",
    zh="你的均值除以了整个长度。应当除以真实词元的个数。",
)
def divides_by_the_length(hidden, attention_mask, how):
    if how == "mean":
        return hidden.masked_fill(attention_mask.unsqueeze(-1) == 0, 0.0).mean(1)
    return pool(hidden, attention_mask, how)


@mistake(
    of="pool",
    en="Your mean is over all positions, padding too.",
    zh="你的均值取了所有位置，连填充也算在内。",
)
def averages_padding(hidden, attention_mask, how):
    if how == "mean":
        return hidden.mean(1) * attention_mask.any(1, keepdim=True)
    return pool(hidden, attention_mask, how)


@mistake(
    of="pool",
    en="Your mean multiplies by the mask. 0 times NaN is NaN: leave the padding out instead.",
    zh="你的均值是乘以掩码得到的。0 乘 NaN 还是 NaN：应当把填充排除掉。",
)
def multiplies_by_the_mask(hidden, attention_mask, how):
    if how == "mean":
        total = (hidden * attention_mask.unsqueeze(-1)).sum(1)
        return total / attention_mask.sum(1, keepdim=True).clamp(min=1)
    return pool(hidden, attention_mask, how)


@mistake(
    of="pool",
    en="It looks like the vectors are multiplied by the mask before they are pooled. 0 times NaN is NaN: `masked_fill` "
    "leaves the padding out.",
    zh="看起来在池化之前先把向量乘以掩码。0 乘 NaN 还是 NaN：`masked_fill` 才能排除填充。",
    breaks="What stands in the padding does not matter, be it NaN",
)
def multiplies_everything_by_the_mask(hidden, attention_mask, how):
    masked = hidden * attention_mask.unsqueeze(-1)
    if how == "mean":
        return masked.sum(1) / attention_mask.sum(1, keepdim=True).clamp(min=1)
    real = pool(hidden, attention_mask, how)
    nothing = attention_mask.sum(1, keepdim=True) == 0  # a text without tokens: its place 0 or -1 is padding
    return torch.where(nothing, masked[:, 0 if how == "first" else -1], real)


@mistake(
    of="pool",
    en="Your mean of a text without tokens is NaN. It should be zeros.",
    zh="没有词元的文本，你的均值是 NaN。它应当是零。",
)
def divides_by_zero(hidden, attention_mask, how):
    if how == "mean":
        total = hidden.masked_fill(attention_mask.unsqueeze(-1) == 0, 0.0).sum(1)
        return total / attention_mask.sum(1, keepdim=True)
    return pool(hidden, attention_mask, how)


@mistake(
    of="pool",
    en="Your pooling takes an unknown word for the mean. It should be a ValueError.",
    zh="你的池化把不认识的词当作 mean。应当抛出 ValueError。",
)
def accepts_any_word(hidden, attention_mask, how):
    return pool(hidden, attention_mask, how if how in ("first", "last") else "mean")


@mistake(
    of="ReviewClassifier",
    en="Your logits went through a softmax. The loss takes raw logits and does that itself.",
    zh="你的 logits 经过了 softmax。损失函数需要原始 logits，它自己会做 softmax。",
)
class AppliesSoftmax(ReviewClassifier):
    def forward(self, input_ids, attention_mask, labels=None):
        logits = super().forward(input_ids, attention_mask)["logits"].softmax(-1)
        return {"logits": logits} if labels is None else {"loss": F.cross_entropy(logits, labels), "logits": logits}


@mistake(
    of="ReviewClassifier",
    en="It looks like your classifier calls the encoder by position. An encoder need not take its arguments without "
    "their names, nor in this order: call `encoder(input_ids=…, attention_mask=…)`.",
    zh="看起来你的分类器按位置给编码器传参数。编码器不一定接受不带名称的参数，顺序也不一定如此："
    "应当调用 `encoder(input_ids=…, attention_mask=…)`。",
    breaks="It is called as `encoder(input_ids=…, attention_mask=…)`",
)
class CallsByPosition(ReviewClassifier):
    def forward(self, input_ids, attention_mask, labels=None):
        hidden = self.encoder(input_ids, attention_mask).last_hidden_state
        logits = self.head(self.dropout(pool(hidden, attention_mask, self.pooling)))
        return {"logits": logits} if labels is None else {"loss": F.cross_entropy(logits, labels), "logits": logits}


@mistake(
    of="ReviewClassifier",
    en="Your classifier has no dropout.",
    zh="你的分类器没有 dropout。",
)
class ForgetsDropout(ReviewClassifier):
    def __init__(self, encoder, classes, pooling="mean", dropout=0.1):
        super().__init__(encoder, classes, pooling, 0.0)


@mistake(
    of="ReviewClassifier",
    en="Your dropout acts on the logits. It acts on the pooled vector, in front of the head.",
    zh="你的 dropout 作用在 logits 上。它应当作用在分类头之前的池化向量上。",
)
class DropsLogits(ReviewClassifier):
    def forward(self, input_ids, attention_mask, labels=None):
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        logits = F.dropout(self.head(pool(hidden, attention_mask, self.pooling)), self.dropout.p, self.training)
        return {"logits": logits} if labels is None else {"loss": F.cross_entropy(logits, labels), "logits": logits}


@mistake(
    of="ReviewClassifier",
    en="Your classifier drops in evaluation mode as well.",
    zh="你的分类器在评估模式下也做了 dropout。",
)
class DropsInEvaluation(ReviewClassifier):
    def forward(self, input_ids, attention_mask, labels=None):
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        logits = self.head(F.dropout(pool(hidden, attention_mask, self.pooling), self.dropout.p))
        return {"logits": logits} if labels is None else {"loss": F.cross_entropy(logits, labels), "logits": logits}


@mistake(
    of="ReviewClassifier",
    en="Your loss is a sum over the batch. It should be the mean.",
    zh="你的损失是整个批次的总和。它应当是均值。",
)
class SumsTheLoss(ReviewClassifier):
    def forward(self, input_ids, attention_mask, labels=None):
        answer = super().forward(input_ids, attention_mask, labels)
        return answer if labels is None else {**answer, "loss": answer["loss"] * len(labels)}


@mistake(
    of="ReviewClassifier",
    en="Your encoder is frozen. Here everything is fine-tuned.",
    zh="你的编码器被冻结了。这里要微调全部参数。",
)
class FreezesTheEncoder(ReviewClassifier):
    def __init__(self, encoder, classes, pooling="mean", dropout=0.1):
        super().__init__(encoder.requires_grad_(False), classes, pooling, dropout)


@mistake(
    of="ReviewClassifier",
    en="Your head is float32 whatever the encoder is.",
    zh="无论编码器是什么 dtype，你的分类头都是 float32。",
)
class ForgetsTheDtype(ReviewClassifier):
    def __init__(self, encoder, classes, pooling="mean", dropout=0.1):
        super().__init__(encoder, classes, pooling, dropout)
        self.head = nn.Linear(encoder.config.hidden_size, classes, device=self.head.weight.device)


@mistake(
    of="ReviewClassifier",
    en="It looks like your head stays on the CPU. Give it the device of the encoder's first parameter.",
    zh="看起来分类头留在了 CPU 上。应把它放到编码器第一个参数所在的设备。",
)
class ForgetsTheDevice(ReviewClassifier):
    def __init__(self, encoder, classes, pooling="mean", dropout=0.1):
        super().__init__(encoder, classes, pooling, dropout)
        self.head = nn.Linear(encoder.config.hidden_size, classes, dtype=self.head.weight.dtype)


def untrained(train, texts, seed):
    """The logits of the solution's model before the first step."""
    from tiny_bert import build_bert, build_tokenizer

    tokenizer = build_tokenizer([row["text"] for row in train])
    torch.manual_seed(seed)  # noqa: TID251 - as the solution's set_seed does
    model = ReviewClassifier(build_bert(len(tokenizer), seed), classes=2).eval()
    with torch.no_grad():
        return model(**tokenizer(list(texts), padding=True, return_tensors="pt"))["logits"]


@mistake(
    of="fine_tune",
    en="It looks like the model is never trained: these are the logits of the fresh one. Call `trainer.train()`.",
    zh="看起来模型从未训练：这些是刚建好的模型的 logits。请调用 `trainer.train()`。",
)
def never_trains(train, texts, seed=0):
    return untrained(train, texts, seed)


@mistake(
    of="fine_tune",
    en="It looks like you return one number a text, of an untrained model. Return both logits, after training.",
    zh="看起来你为每条文本只返回了一个数，而且模型从未训练。应在训练之后返回两个 logits。",
)
def returns_one_number_a_text(train, texts, seed=0):
    return untrained(train, texts, seed)[:, 1]
