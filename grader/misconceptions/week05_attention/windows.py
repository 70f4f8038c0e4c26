"""Known mistakes of week 05, windows."""

import torch
import windows as solution

from grader.mistakes import mistake


def table(queries, keys, device):
    """Positions of the queries, as a column, and of the keys, as a row."""
    keys = queries if keys is None else keys
    return torch.arange(keys - queries, keys, device=device).unsqueeze(-1), torch.arange(keys, device=device)


@mistake(
    of="sliding_window_mask",
    en="It looks like your window lies before the query and does not count its own key: each query sees one key more "
    "than `window` says.",
    zh="看起来你的窗口只算 query 之前的 key，没有把它自己算进去：每个 query 比 `window` 多看到一个 key。",
    breaks="So its own key is one of the window",
)
def does_not_count_its_own_key(queries, keys, window, sinks=0, device=None):
    solution.check(window, sinks)
    return solution.sliding_window_mask(queries, keys, window + 1, sinks, device)


@mistake(
    of="sliding_window_mask",
    en="It looks like the window is one key too short: compare j > p - window, without + 1.",
    zh="看起来窗口短了一个 key：应当比较 j > p - window，右边不要再加 1。",
)
def stops_one_key_too_early(queries, keys, window, sinks=0, device=None):
    solution.check(window, sinks)
    query, key = table(queries, keys, device)
    return (key <= query) & ((key > query - window + 1) | (key < sinks))


@mistake(
    of="sliding_window_mask",
    en="It looks like the window reaches to both sides: keys behind the query are the future.",
    zh="看起来窗口向两边都伸展了：query 之后的 key 属于未来，应当遮住。",
)
def looks_to_both_sides(queries, keys, window, sinks=0, device=None):
    solution.check(window, sinks)
    query, key = table(queries, keys, device)
    return ((key - query).abs() < window) | ((key < sinks) & (key <= query))


@mistake(
    of="sliding_window_mask",
    en="It looks like your mask puts the first query at the first key. With a cache, the last stands at the last.",
    zh="看起来你的掩码让第一个 query 对着第一个 key。有缓存时，应当让最后一个 query 对着最后一个 key。",
)
def counts_queries_from_the_beginning(queries, keys, window, sinks=0, device=None):
    solution.check(window, sinks)
    query, key = torch.arange(queries, device=device).unsqueeze(-1), table(queries, keys, device)[1]
    return (key <= query) & ((key > query - window) | (key < sinks))


@mistake(
    of="sliding_window_mask",
    en="It looks like the sinks were forgotten: the first keys leave with the window.",
    zh="看起来忘了汇点：最前面的 key 随窗口一起离开了。",
)
def lets_the_first_keys_go(queries, keys, window, sinks=0, device=None):
    solution.check(window, sinks)
    return solution.sliding_window_mask(queries, keys, window, 0, device)


@mistake(
    of="sliding_window_mask",
    en="It looks like sinks are visible from the start, even to queries that stand before them: hide the future last, "
    "with & around everything else.",
    zh="看起来汇点从一开始就可见，连排在它们前面的 query 也能看到：最后再用 & 遮住未来，把其他条件都包在里面。",
    breaks="No key of the future is visible, not even a sink",
)
def shows_sinks_to_earlier_queries(queries, keys, window, sinks=0, device=None):
    solution.check(window, sinks)
    query, key = table(queries, keys, device)
    return (key <= query) & (key > query - window) | (key < sinks)


@mistake(
    of="sliding_window_mask",
    en="It looks like the sinks take their places out of the window. Here they come on top of it.",
    zh="看起来汇点占用了窗口里的位置。这里汇点是在窗口之外另加的。",
)
def takes_the_sinks_out_of_the_window(queries, keys, window, sinks=0, device=None):
    solution.check(window, sinks)
    query, key = table(queries, keys, device)
    return (key <= query) & ((key > query - max(window - sinks, 1)) | (key < sinks))


@mistake(
    of="sliding_window_mask",
    en="It looks like True stands for hidden in your mask; here True means that the query may attend.",
    zh="看起来你的掩码用 True 表示遮住；这里 True 表示允许关注。",
)
def marks_what_is_hidden(queries, keys, window, sinks=0, device=None):
    return ~solution.sliding_window_mask(queries, keys, window, sinks, device)


@mistake(
    of="sliding_window_mask",
    en="It looks like keys = 0 was taken for None, as `keys or queries` does.",
    zh="看起来把 keys = 0 当成了 None，`keys or queries` 就会这样。",
    breaks="None: as many as queries",
)
def takes_zero_keys_for_none(queries, keys, window, sinks=0, device=None):
    return solution.sliding_window_mask(queries, keys or queries, window, sinks, device)


@mistake(
    of="sliding_window_mask",
    en="It looks like the window is not checked: one of 0 hides everything, and should raise ValueError.",
    zh="看起来没有检查窗口：窗口为 0 会遮住一切，应当抛出 ValueError。",
)
def accepts_every_window(queries, keys, window, sinks=0, device=None):
    query, key = table(queries, keys, device)
    return (key <= query) & ((key > query - window) | (key < sinks))


@mistake(
    of="kept_keys",
    en="It looks like you keep one key too many. The next token brings its own key, so window - 1 old ones are enough.",
    zh="看起来你多保留了一个 key。下一个词元会带来自己的 key，所以旧的只需 window - 1 个。",
    breaks="the last window - 1 are kept",
)
def keeps_a_whole_window(length, window, sinks=0, device=None):
    solution.check(window, sinks, length)
    return solution.kept_keys(length, window + 1, sinks, device)


@mistake(
    of="kept_keys",
    en="It looks like the sinks are dropped with the rest: they stay visible for good.",
    zh="看起来汇点也和其他 key 一起丢掉了：它们应当一直可见。",
)
def drops_the_sinks(length, window, sinks=0, device=None):
    solution.check(window, sinks, length)
    return solution.kept_keys(length, window, 0, device)


@mistake(
    of="kept_keys",
    en="It looks like a key that is a sink and in the window is kept twice: its weight would count double.",
    zh="看起来既是汇点又在窗口里的 key 保留了两次：它的权重会算两遍。",
    breaks="Each position appears once, in ascending order",
)
def keeps_some_keys_twice(length, window, sinks=0, device=None):
    solution.check(window, sinks, length)
    first = torch.arange(min(sinks, length), device=device)
    return torch.cat([first, torch.arange(max(length - window + 1, 0), length, device=device)])


@mistake(
    of="kept_keys",
    en="It looks like the window begins before the text: positions below 0 are no keys.",
    zh="看起来窗口的开头越过了文本的开头：小于 0 的位置没有 key。",
)
def begins_before_the_text(length, window, sinks=0, device=None):
    solution.check(window, sinks, length)
    near = torch.arange(length - window + 1, length, device=device)
    return torch.cat([torch.arange(min(sinks, length), device=device), near[(near < 0) | (near >= sinks)]])


@mistake(
    of="kept_keys",
    en="It looks like there are always `sinks` sinks, even when the text is shorter than that.",
    zh="看起来总是保留 `sinks` 个汇点，哪怕文本还没有那么长。",
)
def keeps_sinks_that_were_not_read(length, window, sinks=0, device=None):
    solution.check(window, sinks, length)
    near = torch.arange(max(sinks, length - window + 1), max(sinks, length), device=device)
    return torch.cat([torch.arange(sinks, device=device), near])


@mistake(
    of="kept_keys",
    en="It looks like a table for the whole text is made to find the few keys that stay: it grows with every token.",
    zh="看起来为了找出留下的几个 key，你为整个文本建了一张表：每读一个词元它就变大。",
)
def goes_through_the_whole_text(length, window, sinks=0, device=None):
    solution.check(window, sinks, length)
    return solution.sliding_window_mask(1, length + 1, window, sinks, device)[0, :-1].nonzero().squeeze(-1)


@mistake(
    of="rolling_slots",
    en="It looks like the ring counts from the first token: p mod window. Count from the first one behind the sinks, "
    "(p - sinks) mod window.",
    zh="看起来环形部分从第一个词元数起：p mod window。应当从汇点之后的第一个数起：(p - sinks) mod window。",
)
def counts_the_ring_from_the_first_token(length, window, sinks=0, device=None):
    solution.check(window, sinks, length)
    buffer = [-1] * (sinks + window)
    for position in [*range(min(sinks, length)), *range(max(sinks, length - window), length)]:
        buffer[position if position < sinks else sinks + position % window] = position
    return torch.tensor(buffer, device=device)


@mistake(
    of="rolling_slots",
    en="It looks like the ring goes over the whole buffer, so that the sinks are written over after one round.",
    zh="看起来环形写入覆盖了整个缓冲区，转完一圈汇点就被盖掉了。",
)
def writes_over_the_sinks(length, window, sinks=0, device=None):
    solution.check(window, sinks, length)
    return solution.rolling_slots(length, sinks + window, 0, device)


@mistake(
    of="rolling_slots",
    en="It looks like your buffer stands in the order of the text. Nothing is moved in a ring: the newest key stands "
    "where the oldest stood.",
    zh="看起来你的缓冲区是按文本顺序排列的。环形缓冲区不移动任何东西：最新的 key 就写进最旧那个 key 的槽位。",
)
def keeps_the_buffer_in_order(length, window, sinks=0, device=None):
    answer = solution.rolling_slots(length, window, sinks, device)
    return torch.cat(
        [answer[:sinks], answer[sinks:][answer[sinks:] >= 0].sort().values, answer[sinks:][answer[sinks:] < 0]]
    )


@mistake(
    of="rolling_slots",
    en="It looks like slots that were never written have the position 0, and the first token would be seen again.",
    zh="看起来没有写过的槽位填成了 0，这样第一个词元会被再看一遍。",
)
def fills_empty_slots_with_zero(length, window, sinks=0, device=None):
    return solution.rolling_slots(length, window, sinks, device).clamp(min=0)


@mistake(
    of="rolling_slots",
    en="It looks like the buffer has only window - 1 slots behind the sinks. Here the last token is in it, too.",
    zh="看起来汇点之后的槽位只有 window - 1 个。这里最后一个词元也在缓冲区里。",
)
def makes_the_ring_one_slot_short(length, window, sinks=0, device=None):
    solution.check(window, sinks, length)
    return solution.rolling_slots(length, max(window - 1, 1), sinks, device)


@mistake(
    of="rolling_slots",
    en="It looks like you write every token of the text again to find the last few: that takes longer with each token.",
    zh="看起来为了找出最后几个，你把整个文本逐个词元重写了一遍：每多一个词元就更慢。",
)
def writes_the_whole_text_again(length, window, sinks=0, device=None):
    solution.check(window, sinks, length)
    positions = torch.arange(length, device=device)
    slots = torch.where(positions < sinks, positions, sinks + (positions - sinks) % window)
    buffer = torch.full((sinks + window,), -1, device=device)
    return buffer.scatter_reduce(0, slots, positions, "amax")


@mistake(
    of="kept_keys",
    en="It looks like your answer is float32 when nothing is kept: torch cannot tell from an empty list that numbers "
    "would be integers. Name the dtype, torch.int64.",
    zh="看起来没有 key 要保留时，你的结果成了 float32：torch 无法从空列表看出里面本该是整数。"
    "请写明 dtype 为 torch.int64。",
    breaks="An int64 tensor",
)
def makes_empty_lists_float(length, window, sinks=0, device=None):
    return torch.tensor(solution.kept_keys(length, window, sinks, device).tolist(), device=device)


@mistake(
    of="kept_keys",
    en="It looks like you return the places in the cache, 0, 1, 2 and so on. Positions in the text are asked for.",
    zh="看起来你返回的是在缓存中的序号 0、1、2……这里要的是在文本中的位置。",
)
def numbers_the_places_in_the_cache(length, window, sinks=0, device=None):
    return torch.arange(len(solution.kept_keys(length, window, sinks, device)), device=device)


@mistake(
    of="rolling_slots",
    en="It looks like the sinks stand in the buffer from the start. Slots of tokens that were not read yet have -1.",
    zh="看起来汇点从一开始就在缓冲区里。还没有读到的词元，其槽位应为 -1。",
)
def fills_the_sinks_beforehand(length, window, sinks=0, device=None):
    answer = solution.rolling_slots(length, window, sinks, device)
    return torch.cat([torch.arange(sinks, device=device), answer[sinks:]])


@mistake(
    of="rolling_slots",
    en="It looks like the newest token is left out: after `length` tokens, the last one stands at length - 1.",
    zh="看起来漏掉了最新的词元：读完 `length` 个词元后，最后一个在位置 length - 1。",
)
def leaves_the_newest_token_out(length, window, sinks=0, device=None):
    solution.check(window, sinks, length)
    return solution.rolling_slots(max(length - 1, 0), window, sinks, device)
