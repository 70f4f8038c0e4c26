"""Known mistakes of week 07, llama.

`Attention`, `Layer` and `Model` are the solution cut into steps, so that a mistake overrides the one that it gets
wrong.
"""

import math

import llama as solution
import torch
import torch.nn.functional as F
from parts import KeyValueCache, rotary
from torch import nn

from grader.mistakes import mistake


class Attention(solution.LlamaAttention):
    """The solution, step by step."""

    def first(self, past):
        return past

    def split(self, x):
        return x.unflatten(-1, (-1, self.head_dim)).transpose(1, 2)

    def place(self, q, k, v, positions):
        if self.qk_norm:
            q, k = self.q_norm(q), self.k_norm(k)
        return rotary(q, positions, self.base), rotary(k, positions, self.base), v

    def keep(self, cache, k, v):
        return (k, v) if cache is None else cache.append(self.layer, k, v)

    def share(self, x):
        return x.repeat_interleave(self.heads // self.kv_heads, dim=1)

    def scale(self):
        return math.sqrt(self.head_dim)

    def later(self, positions, total):
        return torch.arange(total, device=positions.device) > positions.unsqueeze(-1)

    def forward(self, x, cache=None):
        past = 0 if cache is None else cache.length(self.layer)
        q, k, v = (self.split(project(x)) for project in (self.q_proj, self.k_proj, self.v_proj))
        positions = torch.arange(past, past + x.shape[1], device=x.device)
        q, k, v = self.place(q, k, v, positions - past + self.first(past))
        k, v = self.keep(cache, k, v)
        k, v = self.share(k), self.share(v)
        scores = q @ k.mT / self.scale()
        weights = torch.softmax(scores.masked_fill(self.later(positions, k.shape[-2]), -math.inf), dim=-1)
        return self.o_proj((weights @ v).transpose(1, 2).flatten(-2))


class Layer(solution.LlamaLayer):
    """The solution, step by step."""

    def feed(self, h):
        return self.mlp["down_proj"](F.silu(self.mlp["gate_proj"](h)) * self.mlp["up_proj"](h))

    def forward(self, x, cache=None):
        x = x + self.self_attn(self.input_layernorm(x), cache)
        return x + self.feed(self.post_attention_layernorm(x))


class Model(solution.Llama):
    """The solution, step by step."""

    def embed(self, ids):
        return self.model["embed_tokens"](ids)

    def finish(self, x):
        return self.model["norm"](x)

    def score(self, x):
        head = self.model["embed_tokens"] if self.tied else self.lm_head
        return F.linear(x, head.weight)

    def forward(self, ids, cache=None):
        x = self.embed(ids)
        for layer in self.model["layers"]:
            x = layer(x, cache)
        return self.score(self.finish(x))


@mistake(
    of="LlamaAttention",
    en="It looks like queries and keys are not turned: the model knows nothing of the order of words.",
    zh="看起来没有旋转 query 和 key：模型对词序一无所知。",
)
class forgets_to_turn(Attention):
    def place(self, q, k, v, positions):
        if self.qk_norm:
            q, k = self.q_norm(q), self.k_norm(k)
        return q, k, v


@mistake(
    of="LlamaAttention",
    en="It looks like values are turned too. Only queries and keys are: values are what is handed on.",
    zh="看起来 value 也被旋转了。只旋转 query 和 key：value 是要传下去的内容。",
)
class turns_values_too(Attention):
    def place(self, q, k, v, positions):
        q, k, v = super().place(q, k, v, positions)
        return q, k, rotary(v, positions, self.base)


@mistake(
    of="LlamaAttention",
    en="It looks like only the queries are turned, not the keys.",
    zh="看起来只旋转了 query，没有旋转 key。",
)
class turns_queries_only(Attention):
    def place(self, q, k, v, positions):
        turned, _, v = super().place(q, k, v, positions)
        return turned, self.k_norm(k) if self.qk_norm else k, v


@mistake(
    of="LlamaAttention",
    en="It looks like positions start at 0 in every call. Behind a cache of n tokens the first new one stands at n.",
    zh="看起来每次调用位置都从 0 开始。缓存中有 n 个词元时，第一个新词元的位置是 n。",
)
class restarts_positions(Attention):
    def first(self, past):
        return 0


@mistake(
    of="LlamaAttention",
    en="It looks like the first new token stands one place too far behind a cache.",
    zh="看起来有缓存时，第一个新词元的位置多了一。",
)
class is_one_place_too_far(Attention):
    def first(self, past):
        return past + 1 if past else 0


@mistake(
    of="LlamaAttention",
    en="It looks like cached keys are turned again in every call. They were turned when they came in.",
    zh="看起来每次调用都把缓存里的 key 再旋转一遍。它们进入缓存时已经旋转过了。",
)
class turns_cached_keys_again(Attention):
    def keep(self, cache, k, v):
        if cache is not None and cache.length(self.layer):
            past = torch.arange(cache.length(self.layer), device=k.device)
            cache.keys[self.layer] = rotary(cache.keys[self.layer], past, self.base)
        return super().keep(cache, k, v)


@mistake(
    of="LlamaAttention",
    en="It looks like the base of the rotation is always 10,000. It stands in config: rope_theta.",
    zh="看起来旋转的 base 总是 10,000。它写在 config 里：rope_theta。",
)
class ignores_rope_theta(Attention):
    def __init__(self, config, layer):
        super().__init__(config, layer)
        self.base = 10000.0


@mistake(
    of="LlamaAttention",
    en="It looks like pairs are neighbours (2j, 2j + 1). The weights of transformers want the halves (j, j + "
    "head_dim/2).",
    zh="看起来旋转时把相邻的 (2j, 2j + 1) 当作一对。transformers 的权重要用前后两半 (j, j + head_dim/2)。",
)
class pairs_neighbours(Attention):
    def place(self, q, k, v, positions):
        if self.qk_norm:
            q, k = self.q_norm(q), self.k_norm(k)

        def turn(x):
            halves = torch.cat([x[..., ::2], x[..., 1::2]], dim=-1)
            first, second = rotary(halves, positions, self.base).chunk(2, dim=-1)
            return torch.stack([first, second], dim=-1).flatten(-2)

        return turn(q), turn(k), v


@mistake(
    of="LlamaAttention",
    en="It looks like queries and keys are normed after they are turned. The norm comes first.",
    zh="看起来 query 和 key 先旋转再归一化。应当先归一化。",
)
class norms_after_turning(Attention):
    def place(self, q, k, v, positions):
        q, k = rotary(q, positions, self.base), rotary(k, positions, self.base)
        return (self.q_norm(q), self.k_norm(k), v) if self.qk_norm else (q, k, v)


@mistake(
    of="LlamaAttention",
    en="It looks like q_norm and k_norm are made and not used.",
    zh="看起来建立了 q_norm 和 k_norm，却没有使用。",
)
class ignores_qk_norm(Attention):
    def place(self, q, k, v, positions):
        return rotary(q, positions, self.base), rotary(k, positions, self.base), v


@mistake(
    of="LlamaAttention",
    en="It looks like key-value heads are dealt out in turn (0 1 0 1). Consecutive query heads share one: 0 0 1 1.",
    zh="看起来 key-value 头是轮流分配的（0 1 0 1）。相邻的 query 头共用一个：0 0 1 1。",
)
class repeats_whole_rows(Attention):
    def share(self, x):
        return x.repeat(1, self.heads // self.kv_heads, 1, 1)


@mistake(
    of="LlamaAttention",
    en="It looks like the cache gets a copy of each key-value head for every query head. That is the memory that "
    "grouped "
    "queries save: append first, repeat afterwards.",
    zh="看起来缓存里给每个 query 头都存了一份 key-value 头。分组查询省的正是这部分内存：先加进缓存，再重复。",
)
class caches_repeated_heads(Attention):
    def keep(self, cache, k, v):
        return super().keep(cache, super().share(k), super().share(v))

    def share(self, x):
        return x


@mistake(
    of="LlamaAttention",
    en="It looks like scores are divided by sqrt(hidden_size). Each head divides by sqrt(head_dim).",
    zh="看起来分数除以了 sqrt(hidden_size)。每个头应除以 sqrt(head_dim)。",
)
class divides_by_the_whole_width(Attention):
    def scale(self):
        return math.sqrt(self.q_proj.in_features)


@mistake(
    of="LlamaAttention",
    en="It looks like scores are divided by the root of hidden_size / num_attention_heads even where config gives a "
    "head_dim. They are divided by sqrt(head_dim).",
    zh="看起来即使 config 给出了 head_dim，分数仍除以 hidden_size / num_attention_heads 的平方根。应除以 "
    "sqrt(head_dim)。",
    breaks="Scores are divided by sqrt(head_dim)",
)
class divides_by_the_usual_width(Attention):
    def scale(self):
        return math.sqrt(self.q_proj.in_features // self.heads)


@mistake(
    of="LlamaAttention",
    en="It looks like scores are not divided by sqrt(head_dim).",
    zh="看起来分数没有除以 sqrt(head_dim)。",
)
class forgets_to_scale(Attention):
    def scale(self):
        return 1.0


@mistake(
    of="LlamaAttention",
    en="It looks like there is no causal mask: tokens see those that come after them.",
    zh="看起来没有因果掩码：词元能看到后面的词元。",
)
class forgets_causality(Attention):
    def later(self, positions, total):
        return torch.zeros(len(positions), total, dtype=torch.bool, device=positions.device)


@mistake(
    of="LlamaAttention",
    en="It looks like the mask counts queries from 0 behind a cache too: new tokens do not see the cached ones.",
    zh="看起来有缓存时掩码仍从 0 数 query：新词元看不到缓存中的词元。",
)
class counts_the_mask_from_zero(Attention):
    def later(self, positions, total):
        return super().later(positions - positions[0], total)


@mistake(
    of="LlamaAttention",
    en="It looks like nothing is hidden behind a cache. That is right for one new token; several must not see each "
    "other's "
    "future.",
    zh="看起来有缓存时什么也不遮。只有一个新词元时没问题；有多个时，它们不能看到后面的词元。",
)
class hides_nothing_behind_a_cache(Attention):
    def later(self, positions, total):
        hidden = super().later(positions, total)
        return hidden & (positions[0] == 0)


@mistake(
    of="LlamaAttention",
    en="It looks like a token does not see itself.",
    zh="看起来词元看不到自己。",
)
class hides_the_token_itself(Attention):
    def later(self, positions, total):
        return super().later((positions - 1).clamp(min=0), total)


@mistake(
    of="LlamaAttention",
    en="It looks like head_dim is always hidden_size / num_attention_heads. config may give another one.",
    zh="看起来 head_dim 总是 hidden_size / num_attention_heads。config 可以另行指定。",
)
class ignores_head_dim(Attention):
    def __init__(self, config, layer):
        super().__init__(config | {"head_dim": None}, layer)


@mistake(
    of="LlamaAttention",
    en="It looks like the projections are cut into heads by a reshape without a transpose: positions and features get "
    "mixed.",
    zh="看起来拆头时只变形而没有转置：位置和特征混在了一起。",
)
class splits_without_transposing(Attention):
    def split(self, x):
        return x.reshape(x.shape[0], -1, x.shape[1], self.head_dim)


@mistake(
    of="LlamaAttention",
    en="It looks like head counts that do not divide are accepted.",
    zh="看起来不能整除的头数也被接受了。",
)
class accepts_any_head_count(Attention):
    def __init__(self, config, layer):
        heads = config["num_attention_heads"]
        super().__init__(config | ({"num_key_value_heads": 1} if heads % config["num_key_value_heads"] else {}), layer)


@mistake(
    of="LlamaAttention",
    en="It looks like the cache gets keys before they are turned, and all of them are turned in every call. Turn a key "
    "once, when it comes in.",
    zh="看起来加入缓存的是未旋转的 key，每次调用再把它们全部旋转一遍。key 在进入缓存之前旋转一次即可。",
)
class caches_keys_unturned(Attention):
    def forward(self, x, cache=None):
        past = 0 if cache is None else cache.length(self.layer)
        q, k, v = (self.split(project(x)) for project in (self.q_proj, self.k_proj, self.v_proj))
        if self.qk_norm:
            q, k = self.q_norm(q), self.k_norm(k)
        k, v = self.keep(cache, k, v)
        everywhere = torch.arange(past + x.shape[1], device=x.device)
        q, k = rotary(q, everywhere[past:], self.base), rotary(k, everywhere, self.base)
        scores = q @ self.share(k).mT / self.scale()
        weights = torch.softmax(scores.masked_fill(self.later(everywhere[past:], len(everywhere)), -math.inf), dim=-1)
        return self.o_proj((weights @ self.share(v)).transpose(1, 2).flatten(-2))


@mistake(
    of="LlamaAttention",
    en="It looks like a head_dim of None is not understood. It means the same as a missing one: hidden_size divided by "
    "num_attention_heads.",
    zh="看起来没有处理 head_dim 为 None 的情况。它与没有这个键相同：hidden_size 除以 num_attention_heads。",
)
class trips_over_no_head_dim(Attention):
    def __init__(self, config, layer):
        config["hidden_size"] * config.get("head_dim", 1)
        super().__init__(config, layer)


@mistake(
    of="LlamaAttention",
    en="It looks like hidden_size must be a multiple of num_attention_heads, and a right config is refused. With a "
    "head_dim of its own it need not be.",
    zh="看起来要求 hidden_size 是 num_attention_heads 的倍数，因而拒绝了正确的 config。单独给出 head_dim 时不必如此。",
)
class wants_heads_to_divide_the_width(Attention):
    def __init__(self, config, layer):
        if config["hidden_size"] % config["num_attention_heads"]:
            raise ValueError("num_attention_heads must divide hidden_size")
        super().__init__(config, layer)


@mistake(
    of="LlamaLayer",
    en="It looks like post_attention_layernorm norms what attention gives before it is added. It stands before the "
    "feed-forward layer, whatever its name says.",
    zh="看起来 post_attention_layernorm 在相加之前归一化了注意力的输出。不管名字怎么说，它在前馈层之前。",
)
class norms_what_attention_gives(Layer):
    def forward(self, x, cache=None):
        x = x + self.post_attention_layernorm(self.self_attn(self.input_layernorm(x), cache))
        return x + self.feed(x)


@mistake(
    of="LlamaLayer",
    en="It looks like post_attention_layernorm stands on the path, behind the addition, as its name suggests. It "
    "stands "
    "before the feed-forward layer, and the path goes around it.",
    zh="看起来 post_attention_layernorm 像它的名字那样放在相加之后的通路上。它其实在前馈层之前，通路绕过它。",
)
class norms_the_path(Layer):
    def forward(self, x, cache=None):
        x = self.post_attention_layernorm(x + self.self_attn(self.input_layernorm(x), cache))
        return x + self.feed(x)


@mistake(
    of="LlamaLayer",
    en="It looks like the feed-forward layer reads x without a norm.",
    zh="看起来前馈层读取的 x 没有归一化。",
)
class feeds_without_a_norm(Layer):
    def forward(self, x, cache=None):
        x = x + self.self_attn(self.input_layernorm(x), cache)
        return x + self.feed(x)


@mistake(
    of="LlamaLayer",
    en="It looks like the two norms are swapped.",
    zh="看起来两个归一化对调了。",
)
class swaps_the_norms(Layer):
    def forward(self, x, cache=None):
        x = x + self.self_attn(self.post_attention_layernorm(x), cache)
        return x + self.feed(self.input_layernorm(x))


@mistake(
    of="LlamaLayer",
    en="It looks like attention's answer replaces x: the addition is missing.",
    zh="看起来注意力的结果替换了 x：缺少相加。",
)
class forgets_the_residual(Layer):
    def forward(self, x, cache=None):
        x = self.self_attn(self.input_layernorm(x), cache)
        return x + self.feed(self.post_attention_layernorm(x))


@mistake(
    of="LlamaLayer",
    en="It looks like the second branch is added to the x from before attention: what attention read is lost.",
    zh="看起来第二个分支加到了注意力之前的 x 上：注意力读到的内容丢失了。",
)
class adds_to_the_old_x(Layer):
    def forward(self, x, cache=None):
        attended = x + self.self_attn(self.input_layernorm(x), cache)
        return x + self.feed(self.post_attention_layernorm(attended))


@mistake(
    of="LlamaLayer",
    en="It looks like gate_proj and up_proj are swapped: silu goes over gate_proj(h), not over up_proj(h).",
    zh="看起来 gate_proj 和 up_proj 对调了：silu 应作用于 gate_proj(h)，而不是 up_proj(h)。",
)
class swaps_gate_and_up(Layer):
    def feed(self, h):
        return self.mlp["down_proj"](self.mlp["gate_proj"](h) * F.silu(self.mlp["up_proj"](h)))


@mistake(
    of="LlamaLayer",
    en="It looks like the gate is bent by gelu; Llama's is silu.",
    zh="看起来门用了 gelu；Llama 用 silu。",
)
class gates_with_gelu(Layer):
    def feed(self, h):
        return self.mlp["down_proj"](F.gelu(self.mlp["gate_proj"](h)) * self.mlp["up_proj"](h))


@mistake(
    of="LlamaLayer",
    en="It looks like the norms subtract the mean: they are layer norms. RMS norm divides by the root mean square "
    "alone.",
    zh="看起来归一化减去了均值：那是层归一化。RMS 归一化只除以均方根。",
)
class uses_layer_norm(Layer):
    def forward(self, x, cache=None):
        x = x + self.self_attn(self.input_layernorm(x - x.mean(-1, keepdim=True)), cache)
        return x + self.feed(self.post_attention_layernorm(x - x.mean(-1, keepdim=True)))


@mistake(
    of="LlamaLayer",
    en="It looks like the norms have torch's own eps. config says which: rms_norm_eps.",
    zh="看起来归一化用了 torch 默认的 eps。应当用 config 里的 rms_norm_eps。",
)
class ignores_eps(Layer):
    def __init__(self, config, layer):
        super().__init__(config, layer)
        width = config["hidden_size"]
        self.input_layernorm, self.post_attention_layernorm = nn.RMSNorm(width), nn.RMSNorm(width)


@mistake(
    of="Llama",
    en="It looks like the last norm is missing between the layers and the head.",
    zh="看起来各层与输出层之间少了最后一次归一化。",
)
class forgets_the_last_norm(Model):
    def finish(self, x):
        return x


@mistake(
    of="Llama",
    en="It looks like the answer is probabilities. The contract asks for logits, before any softmax.",
    zh="看起来返回的是概率。约定要求 softmax 之前的 logits。",
)
class returns_probabilities(Model):
    def score(self, x):
        return torch.softmax(super().score(x), dim=-1)


@mistake(
    of="Llama",
    en="It looks like embeddings are multiplied by sqrt(hidden_size). The first Transformer and Gemma do that, Llama "
    "does not.",
    zh="看起来嵌入乘以了 sqrt(hidden_size)。最早的 Transformer 和 Gemma 这样做，Llama 不这样。",
)
class scales_embeddings(Model):
    def embed(self, ids):
        x = super().embed(ids)
        return x * math.sqrt(x.shape[-1])


@mistake(
    of="Llama",
    en="It looks like every layer is the same object: all of them share their weights.",
    zh="看起来每一层都是同一个对象：所有层共享权重。",
)
class repeats_one_layer(Model):
    def __init__(self, config):
        super().__init__(config)
        self.model["layers"] = nn.ModuleList([self.model["layers"][0]] * config["num_hidden_layers"])


@mistake(
    of="Llama",
    en="It looks like the head is always tied to the embeddings, whatever config says.",
    zh="看起来无论 config 怎么写，输出层总与嵌入共享。",
)
class always_ties(Model):
    def score(self, x):
        return F.linear(x, self.model["embed_tokens"].weight)


@mistake(
    of="Llama",
    en="It looks like a tied model has an lm_head whose weight is that of embed_tokens. It should have none: a "
    "checkpoint has no lm_head.weight then.",
    zh="看起来共享时模型仍有 lm_head，其权重就是 embed_tokens 的权重。"
    "此时不应有 lm_head：检查点里也没有 lm_head.weight。",
)
class keeps_a_tied_head(Model):
    def __init__(self, config):
        super().__init__(config)
        if self.tied:
            self.lm_head = nn.Linear(config["hidden_size"], config["vocab_size"], bias=False)
            self.lm_head.weight = self.model["embed_tokens"].weight


@mistake(
    of="Llama",
    en="It looks like the head is tied when config does not say so. Without tie_word_embeddings it is not.",
    zh="看起来 config 没有说明时，输出层被当作共享的。没有 tie_word_embeddings 时不共享。",
)
class ties_unless_told(Model):
    def __init__(self, config):
        super().__init__({"tie_word_embeddings": True} | config)


@mistake(
    of="Llama",
    en="It looks like a config without tie_word_embeddings is refused. The key may be missing, and means False then.",
    zh="看起来没有 tie_word_embeddings 的 config 会出错。这个键可以没有，此时表示 False。",
)
class needs_a_word_on_tying(Model):
    def __init__(self, config):
        super().__init__(config | {"tie_word_embeddings": config["tie_word_embeddings"]})


@mistake(
    of="Llama",
    en="It looks like one layer is missing.",
    zh="看起来少了一层。",
)
class is_one_layer_short(Model):
    def forward(self, ids, cache=None):
        x = self.embed(ids)
        for layer in self.model["layers"][:-1]:
            x = layer(x, cache)
        return self.score(self.finish(x))


@mistake(
    of="Llama",
    en="It looks like the whole text is read again for every token that is written. A cache keeps what was read.",
    zh="看起来每写一个词元都重新读一遍全文。缓存可以保存读过的内容。",
    only="speed",
)
class reads_everything_again(Model):
    @torch.no_grad()
    def generate(self, ids, steps):
        if steps < 0 or ids.shape[1] == 0:
            raise ValueError("nothing to go on with")
        for _ in range(steps):
            ids = torch.cat([ids, self(ids)[:, -1:].argmax(-1)], dim=1)
        return ids.clone()


class Writer(Model):
    """The solution's way to write, step by step."""

    def last(self, logits):
        return logits[:, -1:]

    def answer(self, ids, new):
        return torch.cat([ids, new], dim=1)

    @torch.no_grad()
    def generate(self, ids, steps):
        if steps < 0 or ids.shape[1] == 0:
            raise ValueError("nothing to go on with")
        cache, unread, new = KeyValueCache(len(self.model["layers"])), ids, ids[:, :0]
        for _ in range(steps):
            unread = self.last(self(unread, cache)).argmax(dim=-1)
            new = torch.cat([new, unread], dim=1)
        return self.answer(ids, new)


@mistake(
    of="Llama",
    en="It looks like generate returns only what was written. The contract asks for the prompt and what was written.",
    zh="看起来 generate 只返回新写的部分。约定要求提示加上新写的部分。",
)
class returns_only_what_is_new(Writer):
    def answer(self, ids, new):
        return new


@mistake(
    of="Llama",
    en="It looks like the logits of the first token of a call choose the next one. The last position knows the whole "
    "text.",
    zh="看起来用一次调用中第一个位置的 logits 来选下一个词元。最后一个位置才看到了全文。",
)
class chooses_by_the_first_position(Writer):
    def last(self, logits):
        return logits[:, :1]


@mistake(
    of="Llama",
    en="It looks like one token too many is written.",
    zh="看起来多写了一个词元。",
)
class writes_one_too_many(Writer):
    def generate(self, ids, steps):
        return super().generate(ids, steps + 1 if steps >= 0 else steps)


@mistake(
    of="Llama",
    en="It looks like generate chooses a token before it asks how many are wanted: with 0 steps it still writes one.",
    zh="看起来 generate 还没看要写几个就先选了一个词元：steps 为 0 时也写了一个。",
    breaks="holds the prompt and what was written, nothing else",
)
class writes_at_least_one(Writer):
    def generate(self, ids, steps):
        return super().generate(ids, steps or 1)


@mistake(
    of="Llama",
    en="It looks like a negative number of steps or an empty prompt is answered. Both are a ValueError.",
    zh="看起来负的步数或空的提示也得到了结果。两者都应抛出 ValueError。",
)
class answers_anything(Writer):
    def generate(self, ids, steps):
        return super().generate(ids, steps) if steps > 0 and ids.shape[1] else ids.clone()
