"""Known mistakes of week 09, generate."""

import generate as solution
import torch
from tiny_lm import pick_next

from grader.mistakes import mistake


def run(
    model, prompt, max_new_tokens, stop_token, sampling, *,
    left=True, shifted=True, advance=1, cached=True, append_stop=True, cut=True, end=all, spare_calls=0, greedy=False,
    zero_is_padding=False,
):  # fmt: skip
    """generate in steps, so that one of them can be changed."""
    if not all(prompt) or max_new_tokens < 0:
        raise ValueError
    if greedy:
        sampling = {"temperature": 0}
    longest = max(map(len, prompt))
    blanks = [longest - len(row) for row in prompt]
    tokens = torch.tensor([[0] * n + row if left else row + [0] * n for n, row in zip(blanks, prompt, strict=True)])
    mask = torch.tensor(
        [
            [False] * n + [True] * len(row) if left else [True] * len(row) + [False] * n
            for n, row in zip(blanks, prompt, strict=True)
        ]
    )
    tokens, mask = tokens.to(model.device), mask.to(model.device)
    if zero_is_padding:
        mask = tokens != 0
    positions = (mask.cumsum(dim=-1) - 1).clamp(min=0)
    if not shifted:
        positions = torch.arange(longest, device=model.device).expand(len(prompt), -1)
    cache, answers, done = None, [[] for _ in prompt], [False] * len(prompt)
    for step in range(max_new_tokens + spare_calls):
        logits, cache = model(tokens, positions=positions, mask=mask, cache=cache if cached else None)
        if step >= max_new_tokens:
            break
        chosen = pick_next(logits[:, -1], **sampling)
        for i, token in enumerate(chosen.tolist()):
            if not done[i] and (append_stop or token != stop_token):
                answers[i].append(token)
            done[i] = done[i] or (cut and token == stop_token)
        if end(done):
            break
        tokens, positions = chosen.unsqueeze(-1), positions[:, -1:] + advance
        mask = torch.cat([mask, torch.ones_like(mask[:, :1])], dim=-1) if cached else torch.ones_like(mask[:, :1])
    return answers


def told_nothing(model):
    """The model as somebody calls it who passes neither positions nor a mask."""

    def call(tokens, positions=None, mask=None, cache=None):
        return model(tokens, cache=cache)

    call.device = model.device
    return call


@mistake(
    of="generate",
    en="It looks like you pad on the left and tell the model nothing of it: the padding is read as text. Pass the "
    "mask, and positions that begin at 0 with the first token of each prompt.",
    zh="看起来你在左侧填充了，却没有告诉模型：填充被当成了正文。请传入 mask，"
    "以及从每个提示的第一个词元起由 0 数起的 positions。",
)
def pads_and_tells_nobody(model, prompt, max_new_tokens, stop_token=None, **sampling):
    return run(told_nothing(model), prompt, max_new_tokens, stop_token, sampling)


@mistake(
    of="generate",
    en="It looks like your new tokens stand behind the longest prompt in every row. In each row they go on from the "
    "length of its own prompt.",
    zh="看起来你让每一行的新词元都接在最长提示之后编号。每一行应从自己提示的长度继续往后数。",
)
def goes_on_from_the_longest(model, prompt, max_new_tokens, stop_token=None, **sampling):
    def call(tokens, positions=None, mask=None, cache=None):
        if cache is not None:
            positions = torch.full_like(positions, mask.shape[1] - 1)
        return model(tokens, positions=positions, mask=mask, cache=cache)

    call.device = model.device
    return run(call, prompt, max_new_tokens, stop_token, sampling)


@mistake(
    of="generate",
    en="It looks like you pad on the right: the last logits of a short row then belong to padding. Pad on the left.",
    zh="看起来你在右侧填充了：这样短的行最后的 logits 属于填充。请在左侧填充。",
)
def pads_on_the_right(model, prompt, max_new_tokens, stop_token=None, **sampling):
    return run(model, prompt, max_new_tokens, stop_token, sampling, left=False)


@mistake(
    of="generate",
    en="It looks like you forgot the mask: padding is read as if it were text. Give the model a mask.",
    zh="看起来你忘了掩码（mask）：填充被当作文本读入。请把掩码传给模型。",
)
def forgets_the_mask(model, prompt, max_new_tokens, stop_token=None, **sampling):
    return run(_WithoutMask(model), prompt, max_new_tokens, stop_token, sampling)


@mistake(
    of="generate",
    en="It looks like only the first call hides the padding: in the later ones the mask is all True, or there is none, "
    "so new tokens read the padding in the cache. The mask covers cached tokens too: append True to the one before.",
    zh="看起来只有第一次调用遮住了填充：之后的掩码全是 True，或者没有传掩码，新词元就会读到缓存里的填充。"
    "掩码也包括缓存中的词元：在上一次的掩码后面接上 True。",
    breaks="the others, and the padding, change nothing",
)
def shows_the_padding_later(model, prompt, max_new_tokens, stop_token=None, **sampling):
    def call(tokens, positions=None, mask=None, cache=None):
        return model(tokens, positions=positions, mask=mask if cache is None else None, cache=cache)

    call.device = model.device
    return run(call, prompt, max_new_tokens, stop_token, sampling)


class _WithoutMask:
    """The model, called without the mask, but with the right positions."""

    def __init__(self, model):
        self.model, self.device = model, model.device

    def __call__(self, tokens, positions, mask, cache):
        return self.model(tokens, positions=positions, cache=cache)


@mistake(
    of="generate",
    en="It looks like your positions count the padding. The first real token of every row stands at position 0.",
    zh="看起来你把填充也计入了位置。每一行第一个真正的词元的位置是 0。",
)
def counts_positions_from_the_padding(model, prompt, max_new_tokens, stop_token=None, **sampling):
    return run(model, prompt, max_new_tokens, stop_token, sampling, shifted=False)


@mistake(
    of="generate",
    en="It looks like every new token stands at the position of the last prompt token. Positions go on by 1.",
    zh="看起来你的所有新词元都停在提示最后一个位置上。位置应逐步加 1。",
)
def stays_at_one_position(model, prompt, max_new_tokens, stop_token=None, **sampling):
    return run(model, prompt, max_new_tokens, stop_token, sampling, advance=0)


@mistake(
    of="generate",
    en="It looks like you give the model only the last token and no cache: all text before it is forgotten.",
    zh="看起来你只传入了最后一个词元，而没有传缓存：之前的文本全部丢失。",
)
def drops_the_cache(model, prompt, max_new_tokens, stop_token=None, **sampling):
    return run(model, prompt, max_new_tokens, stop_token, sampling, cached=False)


@mistake(
    of="generate",
    en="Your tokens are right, but the whole text goes through the model for every token. Pass the cache "
    "and only the new token.",
    zh="你的词元正确，但每一步都让整段文本重新经过模型。请传入缓存，只输入新的词元。",
)
def recomputes_everything(model, prompt, max_new_tokens, stop_token=None, **sampling):
    if not all(prompt) or max_new_tokens < 0:
        raise ValueError
    answers = [[] for _ in prompt]
    texts = [list(row) for row in prompt]
    for _ in range(max_new_tokens):
        longest = max(map(len, texts))
        tokens = torch.tensor([[0] * (longest - len(row)) + row for row in texts], device=model.device)
        mask = torch.tensor([[i >= longest - len(row) for i in range(longest)] for row in texts], device=model.device)
        logits, _ = model(tokens, positions=(mask.cumsum(dim=-1) - 1).clamp(min=0), mask=mask)
        for text, answer, token in zip(texts, answers, pick_next(logits[:, -1], **sampling).tolist(), strict=True):
            text.append(token)
            if stop_token not in answer:
                answer.append(token)
        if all(stop_token in answer for answer in answers):
            break
    return answers


@mistake(
    of="generate",
    en="Your tokens are right, but the prompts go through the model one after the other. Pad them and let "
    "them go together.",
    zh="你的词元正确，但提示是一个一个经过模型的。请填充后一起输入。",
)
def takes_one_prompt_at_a_time(model, prompt, max_new_tokens, stop_token=None, **sampling):
    return [solution.generate(model, [row], max_new_tokens, stop_token, **sampling)[0] for row in prompt]


@mistake(
    of="generate",
    en="It looks like you stop as soon as one row has ended. The others go on.",
    zh="看起来只要有一行结束，你就全部停止了。其他行应继续。",
)
def stops_when_one_row_ends(model, prompt, max_new_tokens, stop_token=None, **sampling):
    return run(model, prompt, max_new_tokens, stop_token, sampling, end=any)


@mistake(
    of="generate",
    en="It looks like you left the stop token out at the end. It belongs to the answer.",
    zh="看起来你的结果末尾少了停止词元。它属于结果的一部分。",
)
def leaves_out_the_stop_token(model, prompt, max_new_tokens, stop_token=None, **sampling):
    return run(model, prompt, max_new_tokens, stop_token, sampling, append_stop=False)


@mistake(
    of="generate",
    en="It looks like the stop token does not stop anything: your rows go on after it. A row ends with the first one.",
    zh="看起来停止词元没有起作用：你的各行在它之后还在继续。一行在第一个停止词元处结束。",
)
def ignores_the_stop_token(model, prompt, max_new_tokens, stop_token=None, **sampling):
    return run(model, prompt, max_new_tokens, stop_token, sampling, cut=False)


@mistake(
    of="generate",
    en="It looks like you take a stop token in the prompt for the end of its row. Only new tokens end a row.",
    zh="看起来你把提示中的停止词元当成了该行的结束。只有新生成的停止词元才会结束一行。",
)
def looks_for_the_stop_token_in_the_prompt(model, prompt, max_new_tokens, stop_token=None, **sampling):
    answers = solution.generate(model, prompt, max_new_tokens, stop_token, **sampling)
    return [[] if stop_token in row else answer for row, answer in zip(prompt, answers, strict=True)]


@mistake(
    of="generate",
    en="It looks like you find the padding by its id, 0: a token 0 in a prompt is then taken for padding, too. Make "
    "the mask from the lengths of the prompts.",
    zh="看起来你是按编号 0 来判断填充的：提示中真正的 0 号词元也被当成了填充。请根据各提示的长度来构造 mask。",
)
def takes_token_0_for_padding(model, prompt, max_new_tokens, stop_token=None, **sampling):
    return run(model, prompt, max_new_tokens, stop_token, sampling, zero_is_padding=True)


@mistake(
    of="generate",
    en="It looks like stop token 0 counts as none in your code: `if stop_token` is false for 0. Ask whether "
    "it is None.",
    zh="看起来停止词元为 0 时，你的代码当作没有停止词元：0 会使 `if stop_token` 不成立。应当判断它是不是 None。",
)
def takes_stop_token_0_for_none(model, prompt, max_new_tokens, stop_token=None, **sampling):
    return run(model, prompt, max_new_tokens, stop_token or None, sampling)


@mistake(
    of="generate",
    en="Your tokens are right, but the model is called once more for the last token, whose logits nobody needs.",
    zh="你的词元正确，但为最后一个词元多调用了一次模型，而它的 logits 没有人用。",
)
def calls_once_too_often(model, prompt, max_new_tokens, stop_token=None, **sampling):
    return run(model, prompt, max_new_tokens, stop_token, sampling, spare_calls=1)


@mistake(
    of="generate",
    en="Your tokens are right, but the model is called on when all rows have ended.",
    zh="你的词元正确，但所有行都结束后仍在调用模型。",
)
def goes_on_when_all_have_ended(model, prompt, max_new_tokens, stop_token=None, **sampling):
    return run(model, prompt, max_new_tokens, stop_token, sampling, end=lambda done: False)


@mistake(
    of="generate",
    en="It looks like you always take the best token, whatever was asked for. Pass the sampling settings on to "
    "pick_next.",
    zh="看起来无论要求怎样采样，你都是贪心。请把采样设置传给 pick_next。",
)
def is_always_greedy(model, prompt, max_new_tokens, stop_token=None, **sampling):
    return run(model, prompt, max_new_tokens, stop_token, sampling, greedy=True)


@mistake(
    of="generate",
    en="It looks like your answer begins with the prompt. Return the new tokens only.",
    zh="看起来你的结果以提示开头。只返回新的词元。",
)
def returns_the_prompt_too(model, prompt, max_new_tokens, stop_token=None, **sampling):
    answers = solution.generate(model, prompt, max_new_tokens, stop_token, **sampling)
    return [row + answer for row, answer in zip(prompt, answers, strict=True)]
