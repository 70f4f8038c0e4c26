"""Known mistakes of week 09, sampling."""

import sampling as solution
import torch

from grader.mistakes import mistake


def sample(
    logits, temperature, top_k, top_p, generator, *,
    order="tkp", crossing=True, at_most=False, extra=0, ties=True, widen=True, pick=None,
):  # fmt: skip
    """sample_next in steps, so that one of them can be changed.

    order: "t" temperature, "k" top-k, "p" top-p; crossing: whether the token that crosses top_p stays, and if not,
    at_most: whether a sum of exactly top_p may; extra: added to top_k; ties: whether ties with the k-th stay;
    widen: whether half precision becomes float32; pick: takes the place of the draw.
    """
    if temperature < 0 or (top_k is not None and top_k < 1) or (top_p is not None and not 0 <= top_p <= 1):
        raise ValueError
    if temperature == 0:
        return logits.argmax(dim=-1)
    scores = logits.to(torch.promote_types(logits.dtype, torch.float32)) if widen else logits
    for step in order:
        if step == "t":
            scores = scores / temperature
        elif step == "k" and top_k is not None:
            kth = scores.topk(min(top_k + extra, scores.shape[-1]), dim=-1).values[..., -1:]
            scores = scores.masked_fill(scores < kth, float("-inf"))
            if not ties:
                best = scores.sort(dim=-1, descending=True, stable=True).indices[..., :top_k]
                scores = torch.full_like(scores, float("-inf")).scatter(-1, best, scores.gather(-1, best))
        elif step == "p" and top_p is not None and top_p < 1:
            ranked, ids = scores.sort(dim=-1, descending=True, stable=True)
            total = ranked.softmax(dim=-1).cumsum(dim=-1)
            drop = total > top_p if at_most else total >= top_p
            if crossing:
                drop = drop.roll(1, dims=-1)
            drop[..., 0] = False
            scores = scores.masked_fill(torch.zeros_like(drop).scatter(-1, ids, drop), float("-inf"))
    return (pick or draw)(scores, generator)


def draw(scores, generator):
    rows = scores.softmax(dim=-1).reshape(-1, scores.shape[-1])
    return torch.multinomial(rows, 1, generator=generator).view(scores.shape[:-1])


def draw_in_order(scores, generator):
    """The same tokens with the same probabilities by other random numbers: the draw is a place in sorted order."""
    ranked, ids = scores.sort(dim=-1, descending=True, stable=True)
    return ids.gather(-1, draw(ranked, generator).unsqueeze(-1)).squeeze(-1)


@mistake(
    of="sample_next",
    en="It looks like you multiply the logits by the temperature, so a high temperature makes the text safer. Divide "
    "by it.",
    zh="看起来你把 logits 乘以了温度，于是温度越高文本反而越保守。应当除以温度。",
)
def multiplies_by_the_temperature(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    inverse = 1 / temperature if temperature > 0 else temperature
    return sample(logits, inverse, top_k, top_p, generator)


@mistake(
    of="sample_next",
    en="It looks like the temperature never reaches the logits: your draws are those of temperature 1, whatever was "
    "asked for.",
    zh="看起来温度没有起作用：无论要求的是多少，你的抽取都和温度为 1 时一样。",
)
def ignores_the_temperature(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    return sample(logits, 1.0 if temperature > 0 else temperature, top_k, top_p, generator)


@mistake(
    of="sample_next",
    en="It looks like you replace temperature 0 by a tiny one. Among equal logits it then still draws; greedy takes "
    "the lowest id.",
    zh="看起来你用一个极小的温度代替了 0。logits 相等时它仍会随机抽取，而贪心应取编号最小的。",
)
def replaces_zero_by_a_tiny_temperature(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    return sample(logits, temperature if temperature != 0 else 1e-6, top_k, top_p, generator)


@mistake(
    of="sample_next",
    en="It looks like you always take the best token. Sampling draws every token in proportion to its probability.",
    zh="看起来你总是取最好的词元。采样应按概率的比例抽取每一个词元。",
)
def always_greedy(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    return sample(logits, temperature, top_k, top_p, generator, pick=lambda scores, _: scores.argmax(dim=-1))


@mistake(
    of="sample_next",
    en="Probably you draw evenly among the tokens that passed the filters. Those that are left still differ in "
    "probability: draw in proportion.",
    zh="你大概在通过过滤的词元中均匀地抽取了。剩下的词元概率仍各不相同，应按比例抽取。",
)
def draws_evenly(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    def pick(scores, source):
        return draw(torch.where(scores > float("-inf"), 0.0, scores), source)

    return sample(logits, temperature, top_k, top_p, generator, pick=pick)


@mistake(
    of="sample_next",
    en="It looks like you measure the nucleus before the temperature has changed the probabilities. The order is "
    "temperature, top_k, top_p.",
    zh="看起来你在温度改变概率之前就量了核（nucleus）。顺序是 temperature、top_k、top_p。",
)
def applies_the_temperature_last(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    return sample(logits, temperature, top_k, top_p, generator, order="kpt")


@mistake(
    of="sample_next",
    en="It looks like you measure the nucleus on the probabilities from before top_k: top_p came first, or what top_k "
    "left was not renormalised. First comes top_k, then top_p on what is left, renormalised.",
    zh="看起来你的核是用 top_k 之前的概率量的：要么先做了 top_p，要么 top_k 之后没有重新归一化。"
    "应先做 top_k，再在重新归一化的剩余部分上做 top_p。",
)
def applies_top_p_before_top_k(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    return sample(logits, temperature, top_k, top_p, generator, order="tpk")


@mistake(
    of="sample_next",
    en="It looks like you drop the token with which the sum crosses top_p. That token stays.",
    zh="看起来你去掉了使总和跨过 top_p 的那个词元。它应当保留。",
)
def drops_the_crossing_token(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    return sample(logits, temperature, top_k, top_p, generator, crossing=False)


@mistake(
    of="sample_next",
    en="It looks like a token stays only if the sum with it is still at most top_p. The token that takes the sum "
    "across top_p belongs to the nucleus: compare the sum before each token.",
    zh="看起来只有加上自己之后累计和仍不超过 top_p 的词元才留下。使累计和跨过 top_p 的那个词元也属于核（nucleus）："
    "应当比较每个词元之前的累计和。",
)
def compares_the_sum_with_the_token(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    return sample(logits, temperature, top_k, top_p, generator, crossing=False, at_most=True)


@mistake(
    of="sample_next",
    en="It looks like your nucleus, in sorted order, ends before the token that takes the sum across top_p. That token "
    "stays: subtract each token's own probability from the cumulative sum before you compare.",
    zh="看起来你在排好序的词元里，把核截在了使累计和跨过 top_p 的词元之前。它应当保留："
    "比较之前，先从累计和中减去每个词元自己的概率。",
)
def cuts_the_sorted_nucleus_short(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    return sample(logits, temperature, top_k, top_p, generator, crossing=False, at_most=True, pick=draw_in_order)


@mistake(
    of="sample_next",
    en="It looks like the nucleus of your sorted tokens is measured on probabilities of temperature 1. Divide by the "
    "temperature before the softmax that you sum up.",
    zh="看起来你排序后的核是按温度为 1 时的概率量的。先除以温度，再做用来累加的那次 softmax。",
)
def sorts_and_sums_without_the_temperature(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    return sample(logits, temperature, top_k, top_p, generator, order="kpt", pick=draw_in_order)


@mistake(
    of="sample_next",
    en="It looks like the nucleus of your sorted tokens is measured on the whole vocabulary and top_k cuts afterwards. "
    "Cut to the top_k best first, and take the softmax of those alone before you sum up.",
    zh="看起来你排序后的核是在整个词表上量的，之后才用 top_k 截断。先截出 top_k 个最好的，只对它们做 softmax，再累加。",
)
def sorts_and_sums_the_whole_vocabulary(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    return sample(logits, temperature, top_k, top_p, generator, order="tpk", pick=draw_in_order)


@mistake(
    of="sample_next",
    en="It looks like you cut the sorted tokens off behind the k-th place. A token that ties with the k-th best stays, "
    "although its place is further down.",
    zh="看起来你把排序后的词元在第 k 位之后全部截掉了。与第 k 名并列的词元即使排在更后面，也要保留。",
)
def cuts_behind_the_kth_place(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    return sample(logits, temperature, top_k, top_p, generator, ties=False, pick=draw_in_order)


@mistake(
    of="sample_next",
    en="It looks like you draw from k + 1 tokens: the bar is probably one place too far down the ranking.",
    zh="看起来你从 k + 1 个词元中抽取：阈值大概取低了一个名次。",
)
def draws_from_one_too_many(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    return sample(logits, temperature, top_k, top_p, generator, extra=1)


@mistake(
    of="sample_next",
    en="It looks like you draw from exactly k tokens. Tokens that tie with the k-th stay as well.",
    zh="看起来你只从恰好 k 个词元中抽取。与第 k 名并列的词元也要保留。",
)
def drops_ties(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    if top_k is None or top_k < 1:
        return solution.sample_next(logits, temperature, top_k, top_p, generator)
    kept = logits.sort(dim=-1, descending=True, stable=True).indices[..., :top_k]
    cut = torch.full_like(logits, float("-inf")).scatter(-1, kept, logits.gather(-1, kept))
    return sample(cut, temperature, None, top_p, generator)


@mistake(
    of="sample_next",
    en="It looks like all rows share one random number, so equal rows always draw the same token. Each row draws for "
    "itself.",
    zh="看起来所有行共用了一个随机数，于是相同的行总抽到同一个词元。每一行应独立抽取。",
)
def shares_one_random_number(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    def pick(scores, source):
        number = torch.rand((), generator=source, device=scores.device)
        total = scores.softmax(dim=-1).cumsum(dim=-1)
        return (total < number).sum(dim=-1).clamp(max=scores.shape[-1] - 1)

    return sample(logits, temperature, top_k, top_p, generator, pick=pick)


@mistake(
    of="sample_next",
    en="It looks like you draw with a seed of your own. All randomness has to come from the generator that is given.",
    zh="看起来你用了自己固定的随机种子。所有随机性都应来自传入的 generator。",
)
def ignores_the_generator(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    return sample(logits, temperature, top_k, top_p, torch.Generator(device=logits.device).manual_seed(0))


@mistake(
    of="sample_next",
    en="It looks like the generator is not handed on to the draw: torch's global one decides. Pass generator=generator "
    "to whatever draws, such as torch.multinomial.",
    zh="看起来没有把 generator 传给抽取的那一步：决定结果的是 torch 的全局生成器。"
    "无论用什么来抽取（例如 torch.multinomial），都要传入 generator=generator。",
    breaks="torch's global state is left alone",
)
def does_not_hand_the_generator_on(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    return sample(logits, temperature, top_k, top_p, None)


@mistake(
    of="sample_next",
    en="It looks like top_p = 0 is taken for no filter, as `if top_p:` does. 0 is a number here, and leaves the best "
    "token alone; only None leaves the filter out.",
    zh="看起来 top_p = 0 被当成了没有过滤，`if top_p:` 就会这样。0 在这里是一个数，只留下最好的词元；"
    "只有 None 才表示不过滤。",
    breaks="None leaves a filter out",
)
def takes_no_mass_for_no_filter(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    if top_p is not None and not 0 <= top_p <= 1:
        raise ValueError
    return sample(logits, temperature, top_k, top_p or None, generator)


@mistake(
    of="sample_next",
    en="It looks like you make a new generator when none is given: it begins at the same place in every call, so the "
    "same tokens come again and again. Pass None on to torch, which then uses its global one.",
    zh="看起来没有传入 generator 时你新建了一个：它每次都从同一状态开始，于是总是抽到同样的词元。"
    "把 None 直接交给 torch，它会使用全局生成器。",
)
def makes_a_new_generator(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    return sample(logits, temperature, top_k, top_p, generator or torch.Generator(device=logits.device))


@mistake(
    of="sample_next",
    en="It looks like you take a low temperature for 0. Only 0 itself is greedy: at any other temperature, divide "
    "and draw.",
    zh="看起来你把很低的温度当成了 0。只有温度恰好为 0 才是贪心；其他温度都要相除后抽取。",
)
def takes_low_temperatures_for_zero(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    return sample(logits, 0.0 if 0 < temperature < 1e-3 else temperature, top_k, top_p, generator)


@mistake(
    of="sample_next",
    en="It looks like you start the generator again from its seed in every call. Draw from it as it is: otherwise a "
    "text repeats one and the same random numbers token after token.",
    zh="看起来你每次调用都让 generator 从种子重新开始。应直接使用它当前的状态，"
    "否则生成每个词元时都在重复同一组随机数。",
)
def starts_the_generator_again(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    if generator is not None:
        generator.manual_seed(generator.initial_seed())
    return sample(logits, temperature, top_k, top_p, generator)


@mistake(
    of="sample_next",
    en="It looks like you return places in the sorted order. Map them back to token ids.",
    zh="看起来你返回的是排序后的位置。请换算回词元编号。",
)
def returns_sorted_places(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    def pick(scores, source):
        return draw(scores.sort(dim=-1, descending=True).values, source)

    return sample(logits, temperature, top_k, top_p, generator, pick=pick)


@mistake(
    of="sample_next",
    en="It looks like you divide by the temperature in the dtype of the logits: in float16 everything above 65,504 "
    "becomes infinite, and softmax gives NaN. Go to float32 first.",
    zh="看起来你直接用 logits 自身的 dtype 除以温度：float16 中大于 65504 的数会变成无穷，softmax 得到 NaN。"
    "请先转成 float32。",
)
def stays_in_half_precision(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    return sample(logits, temperature, top_k, top_p, generator, widen=False)


@mistake(
    of="sample_next",
    en="It looks like a single row loses its batch axis, because you squeeze every axis of size 1 away. Squeeze only "
    "the axis that the draw added: squeeze(-1).",
    zh="看起来只有一行时批次轴丢失了，因为你去掉了所有大小为 1 的轴。只应去掉抽取时多出来的那个轴：squeeze(-1)。",
)
def squeezes_the_batch_away(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    drawn = solution.sample_next(logits, temperature, top_k, top_p, generator)
    return drawn.squeeze() if temperature > 0 else drawn


@mistake(
    of="sample_next",
    en="It looks like torch.multinomial is given all the batch axes; it takes one at most. Flatten them to one, draw, "
    "and give the tokens the shape of the batch.",
    zh="看起来你把所有批次轴都交给了 torch.multinomial，而它最多接受一个。请先展平成一个轴，抽取之后再恢复批次的形状。",
)
def draws_with_all_batch_axes(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    def pick(scores, source):
        return torch.multinomial(scores.softmax(dim=-1), 1, generator=source).squeeze(-1)

    return sample(logits, temperature, top_k, top_p, generator, pick=pick)


@mistake(
    of="sample_next",
    en="It looks like temperature 0 returns before the other settings are looked at. top_k = 0 or top_p = 1.1 is a "
    "ValueError at every temperature: check first.",
    zh="看起来温度为 0 时，还没检查其他设置就返回了。"
    "无论温度是多少，top_k = 0 或 top_p = 1.1 都应抛出 ValueError：请先检查。",
)
def checks_after_temperature_zero(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    if temperature == 0:
        return logits.argmax(dim=-1)
    return sample(logits, temperature, top_k, top_p, generator)


@mistake(
    of="sample_next",
    en="It looks like a new tensor is made on the CPU although the logits may lie elsewhere, on a GPU say. Give it "
    "device=logits.device.",
    zh="看起来有个新张量建在了 CPU 上，而 logits 可能在别处，例如 GPU 上。请为它指定 device=logits.device。",
)
def counts_places_on_the_cpu(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    if top_k is not None and top_k >= 1:
        places = torch.arange(logits.shape[-1]) + torch.zeros_like(logits, dtype=torch.int64)
        logits = logits.gather(-1, places)
    return solution.sample_next(logits, temperature, top_k, top_p, generator)


@mistake(
    of="sample_next",
    only="speed",
    en="Your answer is right, but it draws row by row. Every step works on all rows at once.",
    zh="你的结果正确，但逐行抽取。每一步都可以同时处理所有的行。",
)
def draws_row_by_row(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    rows = logits.reshape(-1, logits.shape[-1])
    drawn = [solution.sample_next(row, temperature, top_k, top_p, generator) for row in rows]
    return torch.stack(drawn).view(logits.shape[:-1])
