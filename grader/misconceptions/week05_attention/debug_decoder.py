"""Known mistakes of week 05, debug_decoder: repairs that do not repair. The planted bug itself is the stub."""

import debug_decoder as solution
import torch
import torch.nn.functional as F

from grader.mistakes import mistake


class Masked(solution.CachedAttention):
    """The solution with a mask of its own; `hidden` gets the two counts and says what each query may not see."""

    def hidden(self, new, past, device):
        raise NotImplementedError

    def forward(self, x, cache):
        new, past = x.shape[0], cache.length(self.layer)
        key, value = cache.append(self.layer, self.W_k(x), self.W_v(x))
        visible = ~self.hidden(new, past, x.device)
        return self.W_o(F.scaled_dot_product_attention(self.W_q(x), key, value, attn_mask=visible))


@mistake(
    of="CachedAttention",
    en="With a cache your tokens see those that come after them in the same call: the cause is mended by hiding "
    "nothing, and what was hidden rightly is visible now.",
    zh="有缓存时，词元能看到同一次调用中排在后面的词元：你的修改去掉了掩码，本该遮住的也看得见了。",
)
class hides_nothing_with_a_cache(Masked):
    def hidden(self, new, past, device):
        later = torch.arange(past + new, device=device) > torch.arange(past, past + new, device=device)[:, None]
        return later & torch.tensor(past == 0, device=device)


@mistake(
    of="CachedAttention",
    en="With a cache your tokens see one token too many: the one that comes after them.",
    zh="有缓存时，你的词元多看到了一个词元：紧跟在后面的那一个。",
)
class shows_the_next_token_with_a_cache(Masked):
    def hidden(self, new, past, device):
        first = past + 1 if past else 0
        return torch.arange(past + new, device=device) > torch.arange(first, first + new, device=device)[:, None]


@mistake(
    of="CachedAttention",
    en="With a cache your new tokens do not see each other: each sees the cached tokens and itself alone.",
    zh="有缓存时，新词元之间互相看不到：每个词元只能看到缓存中的词元和它自己。",
)
class shows_only_the_cache(Masked):
    def hidden(self, new, past, device):
        keys, own = torch.arange(past + new, device=device), torch.arange(past, past + new, device=device)[:, None]
        return (keys > own) | ((keys >= past) & (keys < own) & torch.tensor(past > 0, device=device))


@mistake(
    of="CachedAttention",
    en="Your decoder forgets what is cached whenever several tokens come at once.",
    zh="只要一次读入多个词元，你的解码器就忘掉了缓存中的内容。",
)
class forgets_the_cache(Masked):
    def hidden(self, new, past, device):
        keys, own = torch.arange(past + new, device=device), torch.arange(past, past + new, device=device)[:, None]
        return (keys > own) | ((keys < past) & torch.tensor(new > 1, device=device))


@mistake(
    of="CachedAttention",
    en="Your tokens no longer see themselves: each may attend to its own position, so it is <=, not <.",
    zh="你的词元看不到自己了：每个词元都可以关注自己的位置，应当用 <=，而不是 <。",
)
class hides_each_token_from_itself(Masked):
    def hidden(self, new, past, device):
        keys, own = torch.arange(past + new, device=device), torch.arange(past, past + new, device=device)[:, None]
        return (keys >= own) & torch.tensor(new > 1, device=device)
