"""Known mistakes of week 10, prefix tuning."""

import math

import torch
from prefix import PrefixEncoder, drop_transform
from torch import nn

from grader.mistakes import mistake


@mistake(
    of="PrefixEncoder",
    en="Your prefix equals one that was viewed straight into the final shape: positions and heads are mixed. Cut the "
    "last axis apart first, then move the axes.",
    zh="你的前缀等于直接 view 成最终形状的结果：位置和头混在了一起。应当先把最后一个轴切开，再移动各轴。",
)
class MixesPositionsAndHeads(PrefixEncoder):
    def forward(self, batch):
        right = super().forward(batch)
        flat = self.embedding.weight if self.transform is None else self.transform(self.embedding.weight)
        return flat.view(right[:, :, :1].shape).expand_as(right)


@mistake(
    of="PrefixEncoder",
    en="Your prefix has values where the keys should be: the key comes before the value.",
    zh="你的前缀把 value 放在了 key 的位置：key 在前，value 在后。",
)
class PutsValuesFirst(PrefixEncoder):
    def forward(self, batch):
        return super().forward(batch).flip(1)


@mistake(
    of="PrefixEncoder",
    en="Your prefix equals one that reads a row as all keys of all layers, then all values. Each layer has its pair.",
    zh="你的前缀等于把一行读成“所有层的 key，再是所有层的 value”的结果。应当每层各有一对。",
)
class ReadsAllKeysFirst(PrefixEncoder):
    def forward(self, batch):
        layers, both, _, heads, length, head_dim = super().forward(batch).shape
        flat = self.embedding.weight if self.transform is None else self.transform(self.embedding.weight)
        prefix = flat.view(length, both, layers, heads, head_dim).permute(2, 1, 3, 0, 4)
        return prefix.unsqueeze(2).expand(-1, -1, batch, -1, -1, -1)


@mistake(
    of="PrefixEncoder",
    en="Your map has no tanh: two linear layers in a row are one.",
    zh="你的映射没有 tanh：两个连着的线性层等于一个。",
)
class ForgetsTheTanh(PrefixEncoder):
    def __init__(self, length, layers, heads, head_dim, hidden=None):
        super().__init__(length, layers, heads, head_dim, hidden)
        if self.transform is not None:
            self.transform[1] = nn.Identity()


@mistake(
    of="PrefixEncoder",
    en="Your prefix gets no gradient: it was detached, and nothing can be learned.",
    zh="你的前缀没有梯度：它被 detach 了，什么也学不到。",
)
class Detaches(PrefixEncoder):
    def forward(self, batch):
        right = super().forward(batch).detach()
        return right + 0.0 * sum(parameter.sum() for parameter in self.parameters())


@mistake(
    of="drop_transform",
    en="Your plain encoder copies the embedding and drops the map, without running the embedding through it.",
    zh="你的编码器直接丢掉了映射，没有先让 embedding 经过它。",
)
def drops_it_unused(encoder):
    plain = drop_transform(encoder)
    if encoder.transform is not None:
        repeats = plain.embedding.weight.shape[1] // encoder.embedding.weight.shape[1]
        plain.embedding.weight.data.copy_(encoder.embedding.weight.repeat(1, repeats))
    return plain


@mistake(
    of="drop_transform",
    en="Your plain encoder is in float32 whatever the old one was in.",
    zh="无论原来的编码器是什么 dtype，你的新编码器都是 float32。",
)
def forgets_the_dtype(encoder):
    return drop_transform(encoder).float()


@mistake(
    of="drop_transform",
    en="It looks like your plain encoder is made on the CPU and stays there. Move it to the device of the old one.",
    zh="看起来新编码器是在 CPU 上创建的，就留在了那里。应把它移到原来的编码器所在的设备。",
)
def stays_on_the_cpu(encoder):
    prefix = encoder(1)
    layers, _, _, heads, length, head_dim = prefix.shape
    plain = PrefixEncoder(length, layers, heads, head_dim).to(prefix.dtype)
    if not prefix.is_meta:
        rows = prefix[:, :, 0].permute(3, 0, 1, 2, 4).reshape(length, -1)
        plain.load_state_dict({"embedding.weight": rows})
    return plain


@mistake(
    of="drop_transform",
    en="An encoder without a map is given back as it is, or a new one shares its weights. A new one is asked for, that "
    "shares nothing with it.",
    zh="没有映射的编码器被原样交了回来，或者新编码器与它共享权重。要求的是一个与它不共享任何东西的新编码器。",
)
def returns_the_same_encoder(encoder):
    return encoder if encoder.transform is None else drop_transform(encoder)


@mistake(
    of="drop_transform",
    en="It looks like your encoder keeps the dtype only where there was a map to drop: without one, the copy is in "
    "float32 whatever the old encoder was in.",
    zh="看起来只有去掉映射时你才保持 dtype：没有映射时，无论原来的编码器是什么 dtype，副本都是 float32。",
    breaks="in its dtype and on its device",
)
def copies_in_float32(encoder):
    plain = drop_transform(encoder)
    return plain.float() if encoder.transform is None else plain


@mistake(
    of="drop_transform",
    en="Your plain encoder is frozen, although the old one is not: its embedding should be trainable.",
    zh="原来的编码器可训练，你的新编码器却被冻结了：它的 embedding 应当可训练。",
    breaks="The embedding of the new one is trainable if that of `encoder` is",
)
def freezes_what_is_new(encoder):
    return drop_transform(encoder).requires_grad_(False)


def _attend(query, key, value, mask=None, scale=None):
    scores = query @ key.transpose(-2, -1) / (scale or math.sqrt(query.shape[-1]))
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf"))
    return scores.softmax(-1) @ value


def _both(key, value, prefix):
    return torch.cat([prefix[0], key], -2), torch.cat([prefix[1], value], -2)


def _extended(mask, prefix, seen=True):
    length = prefix.shape[-2]
    return None if mask is None else torch.cat([mask.new_full((*mask.shape[:-1], length), seen), mask], -1)


@mistake(
    of="prefix_attention",
    en="It looks like you added two attentions, one to the prefix and one to the real keys. One softmax covers both.",
    zh="看起来你把两次注意力加在了一起：一次对前缀，一次对真实的 key。两者应当在同一个 softmax 里。",
)
def uses_two_softmaxes(query, key, value, prefix, mask=None):
    return _attend(query, prefix[0], prefix[1]) + _attend(query, key, value, mask).nan_to_num()


@mistake(
    of="prefix_attention",
    en="Your mask hides the prefix as well. Every query sees the prefix, whatever it may see of the real keys.",
    zh="你的掩码把前缀也遮住了。无论 query 能看到哪些真实 key，它都能看到前缀。",
)
def hides_the_prefix(query, key, value, prefix, mask=None):
    return _attend(query, *_both(key, value, prefix), _extended(mask, prefix, seen=False))


@mistake(
    of="prefix_attention",
    en="Your mask is one prefix off: its columns for the prefix stand behind those for the real keys.",
    zh="你的掩码错开了一个前缀的长度：前缀的列被放在了真实 key 的列后面。",
    breaks="The prefix stands in front of the real keys",
)
def extends_the_mask_behind(query, key, value, prefix, mask=None):
    if mask is not None:
        mask = _extended(mask, prefix).roll(-prefix.shape[-2], -1)
    return _attend(query, *_both(key, value, prefix), mask)


@mistake(
    of="prefix_attention",
    en="It looks like the mask is never used: leaving it out gives exactly your numbers.",
    zh="看起来没有用到掩码：不管它，恰好得到你的结果。",
)
def ignores_the_mask(query, key, value, prefix, mask=None):
    return _attend(query, *_both(key, value, prefix))


@mistake(
    of="prefix_attention",
    en="It looks like you forgot to divide the scores by sqrt(head_dim): that gives exactly your numbers.",
    zh="看起来忘了把分数除以 sqrt(head_dim)：漏掉这一步，恰好得到你的结果。",
)
def forgets_to_scale(query, key, value, prefix, mask=None):
    return _attend(query, *_both(key, value, prefix), _extended(mask, prefix), scale=1.0)


@mistake(
    of="prefix_attention",
    en="It looks like you take the two halves of the prefix the wrong way round: `prefix[0]` are its keys, `prefix[1]` "
    "its values.",
    zh="看起来前缀的两半用反了：`prefix[0]` 是 key，`prefix[1]` 是 value。",
    breaks="one layer of what `PrefixEncoder` gives, keys before values",
)
def takes_values_for_keys(query, key, value, prefix, mask=None):
    return _attend(query, *_both(key, value, prefix.flip(0)), _extended(mask, prefix))


@mistake(
    of="prefix_attention",
    en="It looks like the prefix's values are missing: its keys are looked at, and nothing is taken.",
    zh="看起来没有用到前缀的 value：看了它的 key，却什么也没取。",
)
def takes_no_values(query, key, value, prefix, mask=None):
    empty = torch.stack([prefix[0], torch.zeros_like(prefix[1])])
    return _attend(query, *_both(key, value, empty), _extended(mask, prefix))


@mistake(
    of="prefix_attention",
    en="It looks like you hide keys with -10,000: a score with the prefix can be lower than that. "
    "Take -inf: the prefix is never hidden.",
    zh="看起来你用 -10,000 来遮住 key：与前缀的分数可能比它更低。请用 -inf：前缀从不被遮住。",
    breaks="A query that may look at no real key has the prefix alone",
)
def hides_with_ten_thousand(query, key, value, prefix, mask=None):
    keys, values = torch.cat([prefix[0], key], dim=2), torch.cat([prefix[1], value], dim=2)
    scores = query @ keys.mT / math.sqrt(query.shape[-1])
    if mask is not None:
        hidden = torch.nn.functional.pad(~mask, (prefix.shape[3], 0), value=False)
        scores = scores.masked_fill(hidden, -1e4)
    return scores.softmax(-1) @ values


@mistake(
    of="PrefixEncoder",
    en="Your encoder starts with small numbers of its own, as models of transformers do (0.02); here PyTorch's own "
    "initial values are asked for.",
    zh="你的编码器使用了自定的小初值（0.02，transformers 的模型就是这样）；这里要求用 PyTorch 自带的初值。",
)
class StartsSmall(PrefixEncoder):
    def __init__(self, length, layers, heads, head_dim, hidden=None):
        super().__init__(length, layers, heads, head_dim, hidden)
        torch.nn.init.normal_(self.embedding.weight, std=0.02)
