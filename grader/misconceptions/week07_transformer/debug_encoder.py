"""Known mistakes of week 07, debug_encoder: repairs that do not repair. The planted bug itself is the stub."""

import debug_encoder as solution
import torch

from grader.mistakes import mistake


class Pooled(solution.Encoder):
    """The solution with a pooling of its own."""

    def pool(self, x, ids, real):
        raise NotImplementedError

    def see(self, real):
        return real

    @torch.no_grad()
    def encode(self, texts):
        ids, real = (x.to(self.embedding.weight.device) for x in solution.pad(texts))
        return self.pool(self(ids, self.see(real)), ids, real)


@mistake(
    of="Encoder",
    en="A text by itself gets the vector of its last token. That one is never padding here, but it is not [CLS]. "
    "(An index of -1 counts from the end.)",
    zh="单独一段文本得到的是最后一个词元的向量。它在这里确实不会是填充，但它不是 [CLS]。（索引 -1 是从末尾数的。）",
)
class takes_the_last_token(Pooled):
    def pool(self, x, ids, real):
        return x[:, -1]


@mistake(
    of="Encoder",
    en="Your texts get the mean of their tokens. Padding plays no part in it, but that is another vector than that of "
    "[CLS].",
    zh="你的文本得到的是各词元的平均。填充没有参与，但这不是 [CLS] 的向量。",
)
class takes_the_mean(Pooled):
    def pool(self, x, ids, real):
        return (x * real.unsqueeze(-1)).sum(1) / real.sum(1, keepdim=True)


@mistake(
    of="Encoder",
    en="Your repair is off by one: for padded texts it takes the token behind [CLS].",
    zh="你的修改差了一位：对有填充的文本，它取了 [CLS] 后面的那个词元。",
)
class takes_the_token_behind(Pooled):
    def pool(self, x, ids, real):
        padding = (~real).sum(1)
        place = (padding + (padding > 0)).clamp(max=x.shape[1] - 1)
        return x[torch.arange(len(x), device=x.device), place]


@mistake(
    of="Encoder",
    en="Your texts now see the padding: the vectors of [CLS] are taken, but attention hides nothing any more.",
    zh="你的文本现在能看到填充：取的是 [CLS] 的向量，但注意力不再遮住任何东西。",
)
class shows_the_padding(Pooled):
    def see(self, real):
        return torch.ones_like(real)

    def pool(self, x, ids, real):
        return x[ids == solution.CLS]
