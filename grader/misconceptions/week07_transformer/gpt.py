"""Known mistakes of week 07, gpt.

`Block` and `Model` are the solution cut into steps, so that a mistake overrides the one that it gets wrong.
"""

import math

import gpt as solution
import torch
import torch.nn.functional as F
from torch import nn

from grader.mistakes import mistake


class Block(solution.GPTBlock):
    """The solution, step by step."""

    def three(self, x):
        return x.chunk(3, dim=-1)

    def bend(self, x):
        return F.gelu(x, approximate="tanh")

    def scale(self, width):
        return math.sqrt(width)

    def later(self, length, device):
        return torch.ones(length, length, dtype=torch.bool, device=device).triu(1)

    def attend(self, x):
        q, k, v = (y.unflatten(-1, (self.heads, -1)).transpose(1, 2) for y in self.three(self.attn["c_attn"](x)))
        scores = q @ k.mT / self.scale(q.shape[-1])
        weights = torch.softmax(scores.masked_fill(self.later(x.shape[1], x.device), -math.inf), dim=-1)
        return self.attn["c_proj"]((weights @ v).transpose(1, 2).flatten(-2))

    def feed(self, x):
        return self.mlp["c_proj"](self.bend(self.mlp["c_fc"](x)))

    def forward(self, x):
        x = x + self.attend(self.ln_1(x))
        return x + self.feed(self.ln_2(x))


class Model(solution.GPT):
    """The solution, step by step."""

    def embed(self, ids):
        return self.wte(ids) + self.wpe(torch.arange(ids.shape[1], device=ids.device))

    def finish(self, x):
        return self.ln_f(x)

    def check(self, ids):
        if ids.shape[1] > self.wpe.num_embeddings:
            raise ValueError("too long")

    def forward(self, ids):
        self.check(ids)
        x = self.embed(ids)
        for block in self.h:
            x = block(x)
        return F.linear(self.finish(x), self.wte.weight)


@mistake(
    of="GPTBlock",
    en="It looks like the gelu is the exact one. GPT-2 was trained with the approximation by a tanh.",
    zh="看起来用了精确的 gelu。GPT-2 训练时用的是 tanh 近似。",
)
class bends_exactly(Block):
    def bend(self, x):
        return F.gelu(x)


@mistake(
    of="GPTBlock",
    en="It looks like the output of c_attn is cut into heads first, each with its own Q, K and V. It is [Q | K | V], "
    "all heads "
    "of Q first.",
    zh="看起来先把 c_attn 的输出拆成头，每个头再各取 Q、K、V。它其实是 [Q | K | V]，先是 Q 的所有头。",
)
class takes_them_head_by_head(Block):
    def three(self, x):
        x = x.unflatten(-1, (self.heads, 3, -1))
        return tuple(x[..., part, :].flatten(-2) for part in range(3))


@mistake(
    of="GPTBlock",
    en="It looks like queries and keys are swapped: the output of c_attn begins with the queries.",
    zh="看起来 query 和 key 对调了：c_attn 的输出以 query 开头。",
)
class swaps_queries_and_keys(Block):
    def three(self, x):
        q, k, v = x.chunk(3, dim=-1)
        return k, q, v


@mistake(
    of="GPTBlock",
    en="It looks like the norms stand behind the additions. That was GPT-1; GPT-2 moved them before each branch.",
    zh="看起来归一化放在相加之后。那是 GPT-1；GPT-2 把它移到了每个分支之前。",
)
class norms_afterwards(Block):
    def forward(self, x):
        x = self.ln_1(x + self.attend(x))
        return self.ln_2(x + self.feed(x))


@mistake(
    of="GPTBlock",
    en="It looks like there is no causal mask: tokens see those that come after them.",
    zh="看起来没有因果掩码：词元能看到后面的词元。",
)
class forgets_causality(Block):
    def later(self, length, device):
        return torch.zeros(length, length, dtype=torch.bool, device=device)


@mistake(
    of="GPTBlock",
    en="It looks like scores are not divided by the root of the head width.",
    zh="看起来分数没有除以头宽度的平方根。",
    breaks="Scores are divided by the root of the width of a head",
)
class forgets_to_scale(Block):
    def scale(self, width):
        return 1.0


@mistake(
    of="GPTBlock",
    en="It looks like scores are divided by sqrt(n_embd), not by the root of the head width.",
    zh="看起来分数除以了 sqrt(n_embd)，而不是头宽度的平方根。",
)
class divides_by_the_whole_width(Block):
    def scale(self, width):
        return math.sqrt(width * self.heads)


@mistake(
    of="GPTBlock",
    en="It looks like ln_1 serves both branches.",
    zh="看起来两个分支都用了 ln_1。",
)
class uses_one_norm_twice(Block):
    def forward(self, x):
        x = x + self.attend(self.ln_1(x))
        return x + self.feed(self.ln_1(x))


@mistake(
    of="GPTBlock",
    en="It looks like the branches are added to the normed x.",
    zh="看起来分支加到了归一化后的 x 上。",
)
class adds_to_the_normed(Block):
    def forward(self, x):
        x = self.ln_1(x)
        x = x + self.attend(x)
        x = self.ln_2(x)
        return x + self.feed(x)


@mistake(
    of="GPTBlock",
    en="It looks like the norms have torch's own eps, not layer_norm_epsilon.",
    zh="看起来归一化用了 torch 默认的 eps，而不是 layer_norm_epsilon。",
)
class ignores_eps(Block):
    def __init__(self, config):
        super().__init__(config | {"layer_norm_epsilon": 1e-5})


@mistake(
    of="GPTBlock",
    en="It looks like head counts that do not divide are accepted.",
    zh="看起来不能整除的头数也被接受了。",
)
class accepts_any_head_count(Block):
    def __init__(self, config):
        super().__init__(config | ({"n_head": 1} if config["n_embd"] % config["n_head"] else {}))


@mistake(
    of="GPT",
    en="It looks like positions are not added: the model knows nothing of the order of words.",
    zh="看起来没有加上位置：模型对词序一无所知。",
)
class forgets_positions(Model):
    def embed(self, ids):
        return self.wte(ids)


@mistake(
    of="GPT",
    en="It looks like the first token stands at position 1. It stands at 0.",
    zh="看起来第一个词元的位置是 1。应当是 0。",
)
class counts_positions_from_one(Model):
    def embed(self, ids):
        places = torch.arange(1, ids.shape[1] + 1, device=ids.device).clamp(max=self.wpe.num_embeddings - 1)
        return self.wte(ids) + self.wpe(places)


@mistake(
    of="GPT",
    en="It looks like ln_f is not used between the last block and the head.",
    zh="看起来最后一个块与输出层之间没有用 ln_f。",
)
class forgets_the_last_norm(Model):
    def finish(self, x):
        return x


@mistake(
    of="GPT",
    en="It looks like the answer is probabilities. The contract asks for logits.",
    zh="看起来返回的是概率。约定要求 logits。",
)
class returns_probabilities(Model):
    def forward(self, ids):
        return torch.softmax(super().forward(ids), dim=-1)


@mistake(
    of="GPT",
    en="It looks like a text that is too long is cut, or wraps around. It is a ValueError.",
    zh="看起来过长的文本被截断或循环使用位置。应当抛出 ValueError。",
)
class cuts_long_texts(Model):
    def forward(self, ids):
        return super().forward(ids[:, : self.wpe.num_embeddings])


@mistake(
    of="GPT",
    en="It looks like the head has a matrix of its own. GPT-2 scores the next token with wte.",
    zh="看起来输出层有自己的矩阵。GPT-2 用 wte 给下一个词元打分。",
)
class has_a_head_of_its_own(Model):
    def __init__(self, config):
        super().__init__(config)
        self.lm_head = nn.Linear(config["n_embd"], config["vocab_size"], bias=False)


class Loader(Model):
    """The solution's load_gpt2, step by step."""

    def skip(self, name):
        return name == "lm_head.weight" or name.endswith((".attn.bias", ".attn.masked_bias"))

    def turn(self, name):
        return name.endswith(("c_attn.weight", "c_proj.weight", "c_fc.weight"))

    def fit(self, mine):
        shapes = ({name: tuple(p.shape) for name, p in state.items()} for state in (mine, self.state_dict()))
        if next(shapes) != next(shapes):
            raise ValueError("not these weights")
        self.load_state_dict(mine)

    def load_gpt2(self, state):
        named = {name.removeprefix("transformer."): value for name, value in state.items()}
        self.fit({name: v.T if self.turn(name) else v for name, v in named.items() if not self.skip(name)})


@mistake(
    of="GPT",
    en="It looks like square weights are not transposed: shapes do not tell that c_proj of attention is [in, out] too.",
    zh="看起来方阵没有转置：从形状看不出注意力的 c_proj 也是 [in, out]。",
)
class transposes_by_shape(Loader):
    def turn(self, name):
        return super().turn(name) and not name.endswith("attn.c_proj.weight")


@mistake(
    of="GPT",
    en="It looks like h.N.attn.bias of an old checkpoint is refused or taken for a bias. It is the causal mask: skip "
    "it.",
    zh="看起来旧检查点里的 h.N.attn.bias 被拒绝，或被当成了偏置。它是因果掩码：跳过它。",
)
class refuses_old_checkpoints(Loader):
    def skip(self, name):
        return name == "lm_head.weight"


@mistake(
    of="GPT",
    en="It looks like a missing or unknown weight is passed over, as strict=False does: the model runs with "
    "random numbers "
    "in it.",
    zh="看起来缺少或未知的权重被忽略了（与 strict=False 一样）：模型会带着随机数运行。",
)
class is_not_strict(Loader):
    def fit(self, mine):
        own = {name: tuple(p.shape) for name, p in self.state_dict().items()}
        if any(tuple(v.shape) != own.get(name, tuple(v.shape)) for name, v in mine.items()):
            raise ValueError("not these shapes")
        self.load_state_dict(mine, strict=False)


@mistake(
    of="GPT",
    en="It looks like some weights are already loaded when one is found that does not fit: a wrong dictionary leaves "
    "half a model. Compare all names and shapes before you load anything.",
    zh="看起来发现不合适的权重时，另一些权重已经载入：错误的字典会留下半个模型。先比较所有名字和形状，再载入。",
)
class loads_half(Loader):
    def fit(self, mine):
        try:
            self.load_state_dict(mine)
        except RuntimeError as error:
            raise ValueError(str(error)) from None


@mistake(
    of="GPT",
    en="It looks like load_gpt2 refuses a good checkpoint. The usual reasons: lm_head.weight is taken for unknown; the "
    "wrong tables are transposed (only c_attn, c_proj and c_fc are stored as [in, out]); or names go missing, for "
    "`attn.bias` is also the end of `c_attn.bias`.",
    zh="看起来 load_gpt2 拒绝了正确的检查点。常见的原因：把 lm_head.weight 当成了未知的权重；转置的表不对"
    "（只有 c_attn、c_proj 和 c_fc 按 [in, out] 保存）；或者丢了某些名字，因为 `c_attn.bias` 也以 `attn.bias` 结尾。",
)
class refuses_a_good_checkpoint(Loader):
    def skip(self, name):
        return name == "lm_head.weight" or name.endswith(("attn.bias", "attn.masked_bias"))


@mistake(
    of="GPT",
    en="It looks like entries are taken out of the dictionary that was passed (pop). It must stay as it is: copy it "
    "first.",
    zh="看起来从传入的字典里取走了条目（pop）。它必须保持原样：先复制一份。",
)
class pops_from_the_state(Loader):
    def load_gpt2(self, state):
        super().load_gpt2(state)
        state.pop("lm_head.weight", None)


@mistake(
    of="GPT",
    en="It looks like the length is not checked: the table of positions ends, and that is an IndexError. A text that "
    "is too long is a ValueError.",
    zh="看起来没有检查长度：超出位置表时会引发 IndexError。文本过长时应当抛出 ValueError。",
    breaks="the text is longer than n_positions",
)
class runs_off_the_positions(Model):
    def check(self, ids):
        """Nothing is checked."""


@mistake(
    of="GPT",
    en="It looks like a text of exactly n_positions tokens is refused. It has a position for each.",
    zh="看起来恰好有 n_positions 个词元的文本被拒绝了。每个词元都有位置可用。",
)
class refuses_the_longest_text(Model):
    def check(self, ids):
        if ids.shape[1] >= self.wpe.num_embeddings:
            raise ValueError("too long")


@mistake(
    of="GPT",
    en="It looks like weights that this GPT does not know are passed over. A name that is none of the contract's is a "
    "ValueError.",
    zh="看起来这个 GPT 不认识的权重被忽略了。约定之外的名字应当抛出 ValueError。",
)
class passes_over_unknown_weights(Loader):
    def skip(self, name):
        return super().skip(name) or name not in self.state_dict()


@mistake(
    of="GPT",
    en="It looks like the head is a layer of its own that shares wte's weight: the state dict has an "
    "lm_head.weight too "
    "many. Multiply by wte.weight itself.",
    zh="看起来输出层是单独的一层，与 wte 共享权重：state dict 里多了 lm_head.weight。应直接乘 wte.weight。",
)
class ties_a_head_of_its_own(Loader):
    def __init__(self, config):
        super().__init__(config)
        self.lm_head = nn.Linear(config["n_embd"], config["vocab_size"], bias=False)
        self.lm_head.weight = self.wte.weight

    def fit(self, mine):
        super().fit(mine | {"lm_head.weight": mine["wte.weight"]} if "wte.weight" in mine else mine)
