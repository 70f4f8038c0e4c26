"""Pooling text by text; a classifier that takes the [CLS] vector; a training loop without Trainer."""

import torch
from torch import nn


def pool(hidden, attention_mask, how):
    pick = {"first": lambda rows: rows[0], "last": lambda rows: rows[-1], "mean": lambda rows: rows.mean(0)}
    if how not in pick:
        raise ValueError(how)
    rows = []
    for vectors, keep in zip(hidden, attention_mask, strict=True):
        real = vectors[keep == 1]
        rows.append(pick[how](real) if len(real) else vectors.new_zeros(vectors.shape[-1]))
    return torch.stack(rows)


class ReviewClassifier(nn.Module):
    def __init__(self, encoder, classes, pooling="mean", dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(encoder.config.hidden_size, classes).to(next(encoder.parameters()))
        self.how, self.p = pooling, dropout

    def forward(self, input_ids, attention_mask, labels=None):
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        pooled = nn.functional.dropout(pool(hidden, attention_mask, self.how), self.p, self.training)
        out = {"logits": self.head(pooled)}
        if labels is not None:
            surprise = -out["logits"].log_softmax(-1)
            out["loss"] = surprise.gather(-1, labels.unsqueeze(-1)).mean()
        return out


def fine_tune(train, texts, seed=0):
    from tiny_bert import build_bert, build_tokenizer

    tokenizer = build_tokenizer([row["text"] for row in train])
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)  # noqa: TID251 - dropout and the head know no other generator
        model = ReviewClassifier(build_bert(len(tokenizer), seed, width=32), 2, pooling="first").train()
        optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
        for _ in range(10):
            for chosen in torch.randperm(len(train), generator=generator).split(32):
                rows = [train[i] for i in chosen.tolist()]
                batch = tokenizer([row["text"] for row in rows], padding=True, return_tensors="pt")
                labels = torch.tensor([row["label"] for row in rows])
                optimiser.zero_grad()
                model(batch["input_ids"], batch["attention_mask"], labels)["loss"].backward()
                optimiser.step()
    model.eval()
    with torch.no_grad():
        batch = tokenizer(list(texts), padding=True, return_tensors="pt")
        return model(batch["input_ids"], batch["attention_mask"])["logits"]
