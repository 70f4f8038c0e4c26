"""torch's attention, pad_sequence for the layout, and the gelu from its formula."""

import bert as given
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pad_sequence


def read_pairs(pairs, cls, sep, pad):
    if len(pairs) == 0:
        raise ValueError("pairs")
    halves = [
        (torch.tensor([cls] + a + [sep]), torch.tensor([] if b is None else b + [sep], dtype=torch.long))
        for a, b in pairs
    ]
    ids = pad_sequence([torch.cat(half) for half in halves], batch_first=True, padding_value=pad)
    types = pad_sequence([torch.cat([torch.zeros_like(a), torch.ones_like(b)]) for a, b in halves], batch_first=True)
    lengths = torch.tensor([len(a) + len(b) for a, b in halves])
    return ids, types, torch.arange(ids.shape[1]).expand_as(ids) < lengths[:, None]


class BertLayer(given.BertLayer):
    def forward(self, x, real=None):
        b, t, d = x.shape
        parts = self.attention["self"].values()
        q, k, v = (part(x).reshape(b, t, self.heads, -1).transpose(1, 2) for part in parts)
        mask = None if real is None else real.reshape(b, 1, 1, t).expand(b, 1, t, t)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).reshape(b, t, d)
        x = self.attention["output"]["LayerNorm"](self.attention["output"]["dense"](y) + x)
        z = self.intermediate["dense"](x)
        z = z * (1 + torch.erf(z / 2**0.5)) / 2
        return self.output["LayerNorm"](self.output["dense"](z) + x)


class BertEncoder(given.BertEncoder):
    def __init__(self, config):
        super().__init__(config)
        self.encoder["layer"] = nn.ModuleList(BertLayer(config) for _ in range(config["num_hidden_layers"]))
        self.longest = config["max_position_embeddings"]

    def forward(self, ids, token_types=None, real=None):
        if ids.shape[1] > self.longest:
            raise ValueError(f"at most {self.longest} tokens")
        words, places, kinds, norm = self.embeddings.values()
        kind = kinds.weight[0] if token_types is None else kinds(token_types)
        x = norm(words(ids) + places.weight[: ids.shape[1]] + kind)
        for layer in self.encoder["layer"]:
            x = layer(x, real)
        return x, self.pooler["dense"](x.select(1, 0)).tanh()
