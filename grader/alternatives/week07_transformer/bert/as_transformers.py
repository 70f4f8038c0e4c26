"""As transformers writes it: an additive mask, heads by view and permute, pairs as a tokenizer encodes them."""

import bert as given
import torch
from torch import nn


def read_pairs(pairs, cls, sep, pad):
    encoded = []
    for first, second in pairs:
        input_ids = [cls] + first + [sep]
        token_type_ids = [0] * len(input_ids)
        if second is not None:
            input_ids = input_ids + second + [sep]
            token_type_ids = token_type_ids + [1] * (len(second) + 1)
        encoded.append((input_ids, token_type_ids, [1] * len(input_ids)))
    if not encoded:
        raise ValueError("at least one text is needed")
    max_length = max(len(input_ids) for input_ids, _, _ in encoded)
    padded = [
        [part + [filler] * (max_length - len(part)) for part, filler in zip(one, (pad, 0, 0), strict=True)]
        for one in encoded
    ]
    input_ids, token_type_ids, attention_mask = (torch.tensor(column) for column in zip(*padded, strict=True))
    return input_ids, token_type_ids, attention_mask.bool()


class BertLayer(given.BertLayer):
    def transpose_for_scores(self, x):
        return x.view(*x.size()[:-1], self.heads, x.size(-1) // self.heads).permute(0, 2, 1, 3)

    def forward(self, hidden_states, real=None):
        attention = self.attention["self"]
        query = self.transpose_for_scores(attention["query"](hidden_states))
        key = self.transpose_for_scores(attention["key"](hidden_states))
        value = self.transpose_for_scores(attention["value"](hidden_states))
        scores = torch.matmul(query, key.transpose(-1, -2)) / query.size(-1) ** 0.5
        if real is not None:
            extended = (1.0 - real[:, None, None, :].to(scores.dtype)) * torch.finfo(scores.dtype).min
            scores = scores + extended
        context = torch.matmul(nn.functional.softmax(scores, dim=-1), value).permute(0, 2, 1, 3).contiguous()
        context = context.view(*context.size()[:-2], -1)
        attended = self.attention["output"]["LayerNorm"](self.attention["output"]["dense"](context) + hidden_states)
        intermediate = nn.functional.gelu(self.intermediate["dense"](attended))
        return self.output["LayerNorm"](self.output["dense"](intermediate) + attended)


class BertEncoder(given.BertEncoder):
    def __init__(self, config):
        super().__init__(config)
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList([BertLayer(config) for _ in self.encoder["layer"]])})
        self.register_buffer("position_ids", torch.arange(config["max_position_embeddings"])[None], persistent=False)

    def forward(self, input_ids, token_type_ids=None, real=None):
        batch, length = input_ids.size()
        position_ids = self.position_ids[:, :length]
        if position_ids.size(1) < length:
            raise ValueError("more tokens than positions")
        if token_type_ids is None:
            token_type_ids = torch.zeros((batch, length), dtype=torch.long, device=input_ids.device)
        embeddings = self.embeddings["word_embeddings"](input_ids) + self.embeddings["token_type_embeddings"](
            token_type_ids
        )
        embeddings = embeddings + self.embeddings["position_embeddings"](position_ids)
        hidden_states = self.embeddings["LayerNorm"](embeddings)
        for layer_module in self.encoder["layer"]:
            hidden_states = layer_module(hidden_states, real)
        first_token_tensor = hidden_states[:, 0]
        return hidden_states, nn.Tanh()(self.pooler["dense"](first_token_tensor))
