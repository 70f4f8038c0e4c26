"""Known mistakes of week 16, caption.

`write` is the solution's loop with a few things to turn, so that a mistake turns one of them.
"""

import caption as solution
import torch
import torch.nn.functional as F

from grader.mistakes import mistake

# ------------------------------------------------------------------------------------------------- caption_labels


def answer_from(ids, first, end):
    """The labels when the answer of row i begins at the index first[i]."""
    answer = torch.arange(ids.shape[1], device=ids.device) >= first[:, None]
    ends = (ids == end) & answer
    return torch.where(answer & (ends.cumsum(1) - ends.long() == 0), ids, -100)


@mistake(
    of="caption_labels",
    en="It looks like the end of the answer is hidden from the loss, together with the padding behind it: the model "
    "never learns to stop.",
    zh="看起来回答的结束词元与后面的填充一起，都不计入损失：模型永远学不会停下来。",
    breaks="up to its first token `end`, which belongs to it and is learnt",
)
def the_end_is_padding(ids, prompts, end):
    return solution.caption_labels(ids, prompts, end).masked_fill(ids == end, -100)


@mistake(
    of="caption_labels",
    en="It looks like every token `end` is hidden from the loss as if it were padding, and every other token is "
    "learnt: the model never learns to stop, and learns padding of another id.",
    zh="看起来每个结束词元都当作填充，不计入损失，其他词元全都学：模型学不会停下来，还学了 id 不同的填充。",
    breaks="up to its first token `end`, which belongs to it and is learnt",
)
def every_end_is_hidden(ids, prompts, end):
    return learns_the_padding(ids, prompts, end).masked_fill(ids == end, -100)


@mistake(
    of="caption_labels",
    en="It looks like the token 0 is always taken for padding: padding is what stands behind the end, whatever its id, "
    "and 0 may stand in an answer.",
    zh="看起来词元 0 总被当作填充：填充是结束词元后面的部分，不管它的 id 是什么；回答里也可以有 0。",
    breaks="The rest is padding, whatever its ids",
)
def zero_is_padding(ids, prompts, end):
    return solution.caption_labels(ids, prompts, end).masked_fill(ids == 0, -100)


@mistake(
    of="caption_labels",
    en="It looks like an end with the number 0 ends nothing, as if there were none (`if end`): 0 is a token like any "
    "other.",
    zh="看起来编号为 0 的结束词元不起作用，就像没有结束词元一样（`if end`）：0 与其他编号一样是词元。",
    breaks="up to its first token `end`, which belongs to it and is learnt",
)
def an_end_of_0_is_none(ids, prompts, end):
    labels = solution.caption_labels(ids, prompts, end)
    return labels if end else learns_the_padding(ids, prompts, end)


@mistake(
    of="caption_labels",
    en="It looks like the labels are shifted here already: each stands at its own token, `caption_loss` shifts.",
    zh="看起来在这里就把标签移了一位：标签应留在自己的词元处，移位由 `caption_loss` 来做。",
)
def labels_one_place_early(ids, prompts, end):
    labels = solution.caption_labels(ids, prompts, end)
    return torch.cat([labels[:, 1:], torch.full_like(labels[:, :1], -100)], dim=1)


@mistake(
    of="caption_labels",
    en="It looks like the last token of the prompt is learnt as well: the answer begins behind prompts[i] tokens, at "
    "the index prompts[i].",
    zh="看起来提示的最后一个词元也要学：回答从 prompts[i] 个词元之后开始，即从下标 prompts[i] 开始。",
    breaks="Row i begins with a prompt of prompts[i] tokens, which is not learnt",
)
def prompt_is_one_too_short(ids, prompts, end):
    solution.caption_labels(ids, prompts, end)
    return answer_from(ids, prompts - 1, end)


@mistake(
    of="caption_labels",
    en="It looks like the padding behind the end is learnt, too.",
    zh="看起来结束词元后面的填充也要学。",
    breaks="The rest is padding, whatever its ids",
)
def learns_the_padding(ids, prompts, end):
    solution.caption_labels(ids, prompts, end)
    return torch.where(torch.arange(ids.shape[1], device=ids.device) >= prompts[:, None], ids, -100)


@mistake(
    of="caption_labels",
    en="It looks like only padding of the id `end` is found: padding may have any id.",
    zh="看起来只把 id 为 `end` 的填充当作填充：填充可以是任何 id。",
    breaks="The rest is padding, whatever its ids",
)
def only_ends_are_padding(ids, prompts, end):
    labels = learns_the_padding(ids, prompts, end)
    ends = labels == end
    return labels.masked_fill(ends & (ends.cumsum(1) > 1), -100)


@mistake(
    of="caption_labels",
    en="It looks like the prompt is learnt as well.",
    zh="看起来提示也要学。",
    breaks="Row i begins with a prompt of prompts[i] tokens, which is not learnt",
)
def learns_the_prompt(ids, prompts, end):
    labels = solution.caption_labels(ids, prompts, end)
    asked = torch.arange(ids.shape[1], device=ids.device) < prompts[:, None]
    return torch.where(asked, ids, labels)


@mistake(
    of="caption_labels",
    en="It looks like a token `end` in the prompt ends the text: only one in the answer does.",
    zh="看起来提示里的结束词元也结束了文本：只有回答里的才算。",
    breaks="A token `end` in the prompt ends nothing",
)
def an_end_in_the_prompt(ids, prompts, end):
    ends = ids == end
    labels = solution.caption_labels(ids, prompts, end)
    return labels.masked_fill(ends.cumsum(1) - ends.long() > 0, -100)


@mistake(
    of="caption_labels",
    en="It looks like the first token of the answer is hidden, too: the prompt has prompts[i] tokens and no more.",
    zh="看起来回答的第一个词元也被遮住了：提示恰好有 prompts[i] 个词元。",
)
def hides_the_first_token(ids, prompts, end):
    solution.caption_labels(ids, prompts, end)
    return answer_from(ids, prompts + 1, end)


@mistake(
    of="caption_labels",
    en="It looks like all rows have the prompt of the longest one.",
    zh="看起来所有行都用了最长的提示长度。",
    breaks="Row i begins with a prompt of prompts[i] tokens",
)
def one_prompt_for_all(ids, prompts, end):
    solution.caption_labels(ids, prompts, end)
    return solution.caption_labels(ids, prompts.max().expand(len(ids)), end)


# --------------------------------------------------------------------------------------------------- caption_loss


def compared(logits, labels):
    """The mean cross-entropy of those logits with those labels."""
    counts = labels != -100
    if not counts.any():
        raise ValueError("no token counts")
    logits = logits[counts]
    logits = logits.float() if logits.dtype in (torch.float16, torch.bfloat16) else logits
    return F.cross_entropy(logits, labels[counts])


def total(logits, labels):
    """The sum of the costs, after the checks."""
    solution.caption_loss(logits, labels)
    counts = labels[:, 1:] != -100
    chosen = logits[:, :-1][counts]
    chosen = chosen.float() if chosen.dtype in (torch.float16, torch.bfloat16) else chosen
    return F.cross_entropy(chosen, labels[:, 1:][counts], reduction="sum")


def checked(logits, labels):
    if logits.shape[:-1] != labels.shape:
        raise ValueError("shapes")


@mistake(
    of="caption_loss",
    en="It looks like there is no shift: the logits at t are compared with the token at t, which the model has read.",
    zh="看起来没有移位：位置 t 的 logits 与位置 t 的词元比较，而模型已经读过它。",
    breaks="The shift is made here: the logits at t are about the label at t + 1",
)
def no_shift(logits, labels):
    checked(logits, labels)
    return compared(logits, labels)


@mistake(
    of="caption_loss",
    en="It looks like logits and labels both lose their last place, so nothing is shifted: the logits at t are "
    "compared with the token at t, which the model has read.",
    zh="看起来 logits 和标签都去掉了最后一处，等于没有移位：位置 t 的 logits 与位置 t 的词元比较，而模型已经读过它。",
    breaks="The shift is made here: the logits at t are about the label at t + 1",
)
def both_lose_the_last(logits, labels):
    checked(logits, labels)
    return compared(logits[:, :-1], labels[:, :-1])


@mistake(
    of="caption_loss",
    en="It looks like logits and labels both lose their first place, so nothing is shifted: the logits at t are "
    "compared with the token at t, which the model has read.",
    zh="看起来 logits 和标签都去掉了第一处，等于没有移位：位置 t 的 logits 与位置 t 的词元比较，而模型已经读过它。",
    breaks="The shift is made here: the logits at t are about the label at t + 1",
)
def both_lose_the_first(logits, labels):
    checked(logits, labels)
    return compared(logits[:, 1:], labels[:, 1:])


@mistake(
    of="caption_loss",
    en="It looks like the shift goes the other way: the logits at t are compared with the label at t - 1.",
    zh="看起来移位反了方向：位置 t 的 logits 与 t - 1 的标签比较。",
    breaks="The shift is made here: the logits at t are about the label at t + 1",
)
def shifts_back(logits, labels):
    checked(logits, labels)
    return compared(logits[:, 1:], labels[:, :-1])


@mistake(
    of="caption_loss",
    en="It looks like the shift is made twice: the logits at t are compared with the label at t + 2.",
    zh="看起来移位了两次：位置 t 的 logits 与 t + 2 的标签比较。",
    breaks="The shift is made here: the logits at t are about the label at t + 1",
)
def shifts_twice(logits, labels):
    checked(logits, labels)
    return compared(logits[:, :-2], labels[:, 2:])


@mistake(
    of="caption_loss",
    en="It looks like each caption is averaged first, and then the captions: a token of a short caption weighs more.",
    zh="看起来先对每条描述取平均，再对各条取平均：短描述里的词元权重更大。",
    breaks="Every other token of the batch weighs the same",
)
def means_of_captions(logits, labels):
    solution.caption_loss(logits, labels)
    rows = [
        solution.caption_loss(logits[row : row + 1], labels[row : row + 1])
        for row in range(len(labels))
        if (labels[row, 1:] != -100).any()
    ]
    return torch.stack(rows).mean()


@mistake(
    of="caption_loss",
    en="It looks like the sum is divided by all positions, also by those that do not count.",
    zh="看起来总和除以了所有位置的个数，包括不计入的位置。",
)
def divides_by_all(logits, labels):
    return total(logits, labels) / labels[:, 1:].numel()


@mistake(
    of="caption_loss",
    en="It looks like the costs are summed: the loss is the mean of the tokens that count.",
    zh="看起来把各处的损失加了起来：应当对计入的词元取平均。",
)
def sums_the_costs(logits, labels):
    return total(logits, labels)


@mistake(
    of="caption_loss",
    en="It looks like the first label of each row is counted in the number by which the sum is divided: no logits are "
    "about it.",
    zh="看起来每行的第一个标签也算进了除数：没有哪处的 logits 是关于它的。",
    breaks="So the first label of a row never counts",
)
def counts_the_first_label(logits, labels):
    return total(logits, labels) / (labels != -100).sum()


@mistake(
    of="caption_loss",
    en="It looks like the labels are smoothed by 0.1, as in BLIP's paper: here they are not.",
    zh="看起来像 BLIP 的论文那样用了 0.1 的标签平滑：这里不用。",
)
def smooths_the_labels(logits, labels):
    solution.caption_loss(logits, labels)
    counts = labels[:, 1:] != -100
    chosen = logits[:, :-1][counts]
    chosen = chosen.float() if chosen.dtype in (torch.float16, torch.bfloat16) else chosen
    return F.cross_entropy(chosen, labels[:, 1:][counts], label_smoothing=0.1)


@mistake(
    of="caption_loss",
    en="It looks like labels of -100 count as token 0.",
    zh="看起来把 -100 的标签当成了词元 0。",
    breaks="A label of -100 does not count",
)
def padding_is_token_zero(logits, labels):
    solution.caption_loss(logits, labels)
    return solution.caption_loss(logits, labels.clamp(min=0))


@mistake(
    of="caption_loss",
    en="It looks like the loss of float16 or bfloat16 logits is not float32: it has about three digits.",
    zh="看起来 float16 或 bfloat16 的 logits 得到的损失不是 float32：只有大约三位有效数字。",
    breaks="float16 and bfloat16 are computed in float32",
)
def half_stays_half(logits, labels):
    return solution.caption_loss(logits, labels).to(logits.dtype)


@mistake(
    of="caption_loss",
    en="It looks like positions that do not count still go through the softmax (`ignore_index`, or chosen behind it): "
    "if their logits are NaN, so is their gradient. Choose before the softmax.",
    zh="看起来不计入的位置仍经过了 softmax（用了 `ignore_index`，或算完才挑选）：它们的 logits 是 NaN，"
    "梯度也就是 NaN。要在 softmax 之前挑选。",
    breaks="the logits before it play no part, even if they are NaN: their gradient is 0",
)
def chooses_too_late(logits, labels):
    solution.caption_loss(logits, labels)
    logits = logits.float() if logits.dtype in (torch.float16, torch.bfloat16) else logits
    return F.cross_entropy(logits[:, :-1].transpose(1, 2), labels[:, 1:], ignore_index=-100)


# ------------------------------------------------------------------------------------------------- greedy_caption


class _EvaluationOnly:
    """Evaluation mode and the old modes afterwards, with gradients."""

    def __init__(self, model):
        self.modes = [(module, module.training) for module in model.modules()]
        model.eval()

    def __enter__(self):
        pass

    def __exit__(self, *error):
        for module, training in self.modes:
            module.training = training


def write(model, features, prompt, end, most=20, enough=torch.all, cut=None, mode=solution._only_reading, filled=True):
    """The solution's loop; `cut` makes an answer of a row, prompt included."""
    if most < 1 or prompt.shape[1] < 1 or len(prompt) != len(features):
        raise ValueError("sizes")
    begun = prompt.shape[1]
    ids, ended = prompt, torch.zeros(len(prompt), dtype=torch.bool, device=prompt.device)
    with mode(model):
        for _ in range(most):
            chosen = model(ids, features)[:, -1].argmax(-1)
            chosen = chosen.masked_fill(ended, end) if filled else chosen
            ids, ended = torch.cat([ids, chosen[:, None]], dim=1), ended | (chosen == end)
            if enough(ended):
                break

    def shortened(row):
        row = row[begun:]
        return row[: row.index(end)] if end in row else row

    return [(cut or shortened)(row) for row in ids.tolist()]


@mistake(
    of="greedy_caption",
    en="It looks like the prompt is returned with what was written.",
    zh="看起来把提示和写出的内容一起返回了。",
)
def returns_the_prompt(model, features, prompt, end, most=20):
    return [
        asked + new
        for asked, new in zip(prompt.tolist(), solution.greedy_caption(model, features, prompt, end, most), strict=True)
    ]


@mistake(
    of="greedy_caption",
    en="It looks like the end is searched for in the prompt, too: a prompt with that token empties the answer.",
    zh="看起来在提示里也查找了结束词元：提示里若有它，回答就变成空的。",
)
def finds_the_end_in_the_prompt(model, features, prompt, end, most=20):
    begun = prompt.shape[1]

    def cut(row):
        return (row[: row.index(end)] if end in row else row)[begun:]

    return write(model, features, prompt, end, most, cut=cut)


@mistake(
    of="greedy_caption",
    en="It looks like the end stays in the answer.",
    zh="看起来结束词元留在了结果里。",
)
def keeps_the_end(model, features, prompt, end, most=20):
    begun = prompt.shape[1]

    def cut(row):
        row = row[begun:]
        return row[: row.index(end) + 1] if end in row else row

    return write(model, features, prompt, end, most, cut=cut)


@mistake(
    of="greedy_caption",
    en="It looks like a row is cut at its last token `end`: it ended at the first one, and what the model writes "
    "behind that is no answer.",
    zh="看起来一行是在最后一个结束词元处截断的：它在第一个结束词元处就结束了，模型后面再写的不是回答。",
    breaks="`end` ends a row; the others go on",
)
def cuts_at_the_last_end(model, features, prompt, end, most=20):
    begun = prompt.shape[1]

    def cut(row):
        row = row[begun:]
        return row[: len(row) - 1 - row[::-1].index(end)] if end in row else row

    return write(model, features, prompt, end, most, cut=cut, filled=False)


@mistake(
    of="greedy_caption",
    en="It looks like gradients are recorded while the model writes: nobody needs them, and they cost memory.",
    zh="看起来模型写的时候记录了梯度：用不到它们，还占内存。",
    breaks="It runs in evaluation mode and records no gradients",
)
def records_gradients(model, features, prompt, end, most=20):
    return write(model, features, prompt, end, most, mode=_EvaluationOnly)


@mistake(
    of="greedy_caption",
    en="It looks like writing stops as soon as one row has ended: the others are cut off.",
    zh="看起来只要有一行结束就停止书写：其他行被截断了。",
    breaks="`end` ends a row; the others go on",
)
def the_first_end_ends_all(model, features, prompt, end, most=20):
    return write(model, features, prompt, end, most, enough=torch.any)


@mistake(
    of="greedy_caption",
    en="It looks like a row that has ended goes on writing, and only the token `end` is taken out.",
    zh="看起来已结束的行还在继续写，只是去掉了结束词元本身。",
    breaks="`end` ends a row; the others go on",
)
def writes_on_behind_the_end(model, features, prompt, end, most=20):
    begun = prompt.shape[1]

    def cut(row):
        return [token for token in row[begun:] if token != end]

    return write(model, features, prompt, end, most, cut=cut, filled=False)


@mistake(
    of="greedy_caption",
    en="It looks like nobody keeps in mind which rows have ended: writing goes on until all rows write `end` in the "
    "same step.",
    zh="看起来没有记住哪些行已经结束：要等所有行在同一步都写出结束词元，才停下来。",
    breaks="Writing stops when every row has ended",
)
def forgets_who_has_ended(model, features, prompt, end, most=20):
    if most < 1 or prompt.shape[1] < 1 or len(prompt) != len(features):
        raise ValueError("sizes")
    ids = prompt
    with solution._only_reading(model):
        for _ in range(most):
            chosen = model(ids, features)[:, -1].argmax(-1)
            ids = torch.cat([ids, chosen[:, None]], dim=1)
            if (chosen == end).all():
                break
    rows = ids[:, prompt.shape[1] :].tolist()
    return [row[: row.index(end)] if end in row else row for row in rows]


@mistake(
    of="greedy_caption",
    en="It looks like rows that have ended are no longer given to the model: it is called with all rows in every step.",
    zh="看起来已结束的行不再交给模型：每一步都要带上所有行。",
    breaks="The model is called once a step, with all rows",
)
def drops_ended_rows(model, features, prompt, end, most=20):
    if most < 1 or prompt.shape[1] < 1 or len(prompt) != len(features):
        raise ValueError("sizes")
    ids, going = prompt, torch.ones(len(prompt), dtype=torch.bool, device=prompt.device)
    with solution._only_reading(model):
        for _ in range(most):
            chosen = torch.full_like(ids[:, 0], end)
            chosen[going] = model(ids[going], features[going])[:, -1].argmax(-1)
            ids, going = torch.cat([ids, chosen[:, None]], dim=1), going & (chosen != end)
            if not going.any():
                break
    rows = ids[:, prompt.shape[1] :].tolist()
    return [row[: row.index(end)] if end in row else row for row in rows]


@mistake(
    of="greedy_caption",
    en="It looks like all `most` steps are made, although every row has ended.",
    zh="看起来每一行都结束了，还是走完了 `most` 步。",
    breaks="The model is called once a step, with all rows, and no more than needed",
)
def never_stops_early(model, features, prompt, end, most=20):
    return write(model, features, prompt, end, most, enough=lambda ended: False)


@mistake(
    of="greedy_caption",
    en="It looks like the tokens of the prompt count among the `most` steps.",
    zh="看起来提示的词元也算进了 `most` 步。",
    breaks="after `most` steps",
)
def the_prompt_counts(model, features, prompt, end, most=20):
    if most < 1 or prompt.shape[1] < 1 or len(prompt) != len(features):
        raise ValueError("sizes")
    left = most - prompt.shape[1]
    return solution.greedy_caption(model, features, prompt, end, left) if left > 0 else [[] for _ in prompt]


class _AsItIs:
    """No gradients, and the mode as it is."""

    def __init__(self, model):
        self.quiet = torch.no_grad()

    def __enter__(self):
        self.quiet.__enter__()

    def __exit__(self, *error):
        self.quiet.__exit__(*error)


class _NeverBack(_AsItIs):
    """Evaluation mode for good."""

    def __init__(self, model):
        super().__init__(model)
        model.eval()


class _AllTraining(_NeverBack):
    """Evaluation mode, and then the mode of the whole for every part."""

    def __init__(self, model):
        self.model, self.training = model, model.training
        super().__init__(model)

    def __exit__(self, *error):
        super().__exit__(*error)
        self.model.train(self.training)


@mistake(
    of="greedy_caption",
    en="It looks like the model is not put into evaluation mode: with dropout it writes something else each time.",
    zh="看起来没有把模型切换到评估模式：有 dropout 时，每次写出来的都不一样。",
    breaks="It runs in evaluation mode and records no gradients",
)
def writes_with_dropout(model, features, prompt, end, most=20):
    return write(model, features, prompt, end, most, mode=_AsItIs)


@mistake(
    of="greedy_caption",
    en="It looks like the model is left in evaluation mode: training goes on without dropout.",
    zh="看起来模型一直留在评估模式：之后的训练就没有 dropout 了。",
    breaks="modules is in the mode in which it was before",
)
def stays_in_evaluation_mode(model, features, prompt, end, most=20):
    return write(model, features, prompt, end, most, mode=_NeverBack)


class _OwnAndChildren(_NeverBack):
    """Evaluation mode, and then the old modes of the whole and of its children, not of what is in these."""

    def __init__(self, model):
        self.modes = [(module, module.training) for module in (model, *model.children())]
        super().__init__(model)

    def __exit__(self, *error):
        super().__exit__(*error)
        for module, training in self.modes:
            module.training = training


class _OnlyIfAllIsWell:
    """As the solution, but the modes stay if there is an error."""

    def __init__(self, model):
        self.quiet, self.modes = torch.no_grad(), [(module, module.training) for module in model.modules()]
        model.eval()

    def __enter__(self):
        self.quiet.__enter__()

    def __exit__(self, kind, *error):
        self.quiet.__exit__(kind, *error)
        for module, training in self.modes if kind is None else ():
            module.training = training


@mistake(
    of="greedy_caption",
    en="It looks like only the model and its children get their modes back: what is inside these stays in evaluation "
    "mode. `modules()` lists all of them.",
    zh="看起来只有模型和它的直接子模块恢复了原来的模式：更里面的仍留在评估模式。`modules()` 能列出所有模块。",
    breaks="modules is in the mode in which it was before",
)
def forgets_the_grandchildren(model, features, prompt, end, most=20):
    return write(model, features, prompt, end, most, mode=_OwnAndChildren)


@mistake(
    of="greedy_caption",
    en="It looks like the modes do not come back if the model raises an error: `finally` makes sure that they do.",
    zh="看起来模型抛出错误时，各模块的模式没有恢复：用 `finally` 可以保证恢复。",
    breaks="also if it raises",
)
def errors_leave_it_in_evaluation_mode(model, features, prompt, end, most=20):
    return write(model, features, prompt, end, most, mode=_OnlyIfAllIsWell)


@mistake(
    of="greedy_caption",
    en="It looks like `train()` puts the whole model back into training mode, the frozen part as well.",
    zh="看起来用 `train()` 把整个模型都切回训练模式，连冻结的部分也一样。",
    breaks="modules is in the mode in which it was before",
)
def wakes_the_frozen_part(model, features, prompt, end, most=20):
    return write(model, features, prompt, end, most, mode=_AllTraining)


# --------------------------------------------------------------------------------------------------------- answer


def say(model, image, question, most=20, scale=255, prompt=None, mode=solution._only_reading, turned=False,
        ranged=True, shifted=False):  # fmt: skip
    """The solution with a few things to turn."""
    if image.dim() != 3 or image.shape[0] != 3:
        raise ValueError("axes")
    if image.dtype == torch.uint8:
        image = image / scale
    elif not image.is_floating_point() or ranged and not ((image >= 0) & (image <= 1)).all():
        raise ValueError("range")
    image = image.flip(0) if turned else image
    image = 2 * image - 1 if shifted else image
    with mode(model):
        features = model.see(image[None].to(model.embed.weight.dtype))
    ids = [*model.encode(question), model.ask] if prompt is None else prompt(model, question)
    ids = torch.tensor([ids], device=features.device)
    return model.decode(solution.greedy_caption(model, features, ids, model.end, most)[0])


@mistake(
    of="answer",
    en="It looks like a picture of uint8 is given to the model as numbers up to 255: it learned from 0 to 1.",
    zh="看起来把 uint8 图片以最大 255 的数值交给了模型：模型学的是 0 到 1。",
    breaks="integers are uint8, from 0 to 255, and are divided by 255 first",
)
def bytes_as_they_are(model, image, question, most=20):
    return say(model, image, question, most, scale=1)


@mistake(
    of="answer",
    en="It looks like a picture of uint8 is divided by 256: white becomes less than 1.",
    zh="看起来 uint8 图片除以了 256：白色变得小于 1。",
    breaks="are divided by 255 first",
)
def divides_by_256(model, image, question, most=20):
    return say(model, image, question, most, scale=256)


@mistake(
    of="answer",
    en="It looks like every picture whose largest value is above 1 counts as bytes, and a dark uint8 picture of zeros "
    "and ones does not: the dtype says what it is.",
    zh="看起来凭最大值是否大于 1 判断是不是字节图片：只有 0 和 1 的暗 uint8 图片就判断错了，应看 dtype。",
    breaks="integers are uint8, from 0 to 255, and are divided by 255 first",
)
def guesses_from_the_largest_value(model, image, question, most=20):
    bright = bool(image.numel()) and float(image.max()) > 1
    if image.dim() == 3 and image.shape[0] == 3 and bright:
        return say(model, image / 255, question, most)
    return say(model, image, question, most, scale=1)


@mistake(
    of="answer",
    en="It looks like a uint8 picture is divided only if its largest value is above 1: a dark one of zeros and ones is "
    "then taken for floats. The dtype says what it is.",
    zh="看起来只有最大值大于 1 时才把 uint8 图片除以 255：只有 0 和 1 的暗图片就被当成了浮点图片，应看 dtype。",
    breaks="integers are uint8, from 0 to 255, and are divided by 255 first",
)
def dark_bytes_stay(model, image, question, most=20):
    dark = image.dtype == torch.uint8 and image.numel() and int(image.max()) <= 1
    return say(model, image, question, most, scale=1 if dark else 255)


@mistake(
    of="answer",
    en="It looks like floats above 1 are taken for bytes and divided by 255: they are to be refused.",
    zh="看起来大于 1 的浮点数被当作字节除以了 255：它们应当被拒绝。",
    breaks="or is not from 0 to 1 where it is float",
)
def divides_large_floats(model, image, question, most=20):
    bright = image.is_floating_point() and image.dim() == 3 and image.shape[0] == 3 and float(image.max()) > 1
    return say(model, image / 255 if bright else image, question, most)


@mistake(
    of="answer",
    en="It looks like every picture is divided by 255, also one of floats: those are from 0 to 1 already.",
    zh="看起来所有图片都除以了 255，浮点图片也不例外：它们已经是 0 到 1 了。",
    breaks="Floats are from 0 to 1; integers are uint8, from 0 to 255, and are divided by 255 first",
)
def divides_everything(model, image, question, most=20):
    if image.dim() != 3 or image.shape[0] != 3:
        raise ValueError("axes")
    return say(model, image / 255, question, most)


@mistake(
    of="answer",
    en="It looks like floats outside 0 to 1 are accepted: such a picture should be refused.",
    zh="看起来接受了超出 0 到 1 的浮点数：这样的图片应当被拒绝。",
    breaks="or is not from 0 to 1 where it is float",
)
def accepts_any_floats(model, image, question, most=20):
    return say(model, image, question, most, ranged=False)


@mistake(
    of="answer",
    en="It looks like the picture is scaled to -1 to 1 before the model sees it: `see` takes 0 to 1 and does the rest.",
    zh="看起来图片先缩放到 -1 到 1 再交给模型：`see` 要的是 0 到 1，其余由它自己做。",
    breaks="Floats are from 0 to 1",
)
def scales_to_minus_one(model, image, question, most=20):
    return say(model, image, question, most, shifted=True)


@mistake(
    of="answer",
    en="It looks like the question never reaches the model: the prompt is model.ask alone.",
    zh="看起来问题没有传给模型：提示只有 model.ask。",
    breaks="The prompt is model.encode(question), then the token model.ask",
)
def the_question_is_lost(model, image, question, most=20):
    return say(model, image, question, most, prompt=lambda model, question: [model.ask])


@mistake(
    of="answer",
    en="It looks like model.ask is missing behind the question: the model was trained to answer behind it.",
    zh="看起来问题后面少了 model.ask：模型学的是在它后面回答。",
    breaks="then the token model.ask",
)
def forgets_to_ask(model, image, question, most=20):
    return say(model, image, question, most, prompt=lambda model, question: model.encode(question) or [model.ask])


@mistake(
    of="answer",
    en="It looks like model.ask stands in front of the question: it belongs behind it.",
    zh="看起来 model.ask 放在了问题前面：应在问题后面。",
    breaks="then the token model.ask",
)
def asks_first(model, image, question, most=20):
    return say(model, image, question, most, prompt=lambda model, question: [model.ask, *model.encode(question)])


@mistake(
    of="answer",
    en="It looks like the picture is seen in the mode in which the model happens to be: with dropout in training mode.",
    zh="看起来看图时模型处于它原来的模式：训练模式下会有 dropout。",
    breaks="The model sees and writes in evaluation mode without gradients",
)
def sees_with_dropout(model, image, question, most=20):
    return say(model, image, question, most, mode=_AsItIs)


@mistake(
    of="answer",
    en="It looks like red and blue are swapped, as OpenCV stores them.",
    zh="看起来红色和蓝色对调了，像 OpenCV 那样存储。",
    breaks="`image` is (3, height, width): red, green, blue",
)
def blue_comes_first(model, image, question, most=20):
    return say(model, image, question, most, turned=True)


@mistake(
    of="answer",
    en="It looks like the answer begins with the question.",
    zh="看起来回答以问题开头。",
    breaks="The answer is what `greedy_caption` writes behind it",
)
def repeats_the_question(model, image, question, most=20):
    new = solution.answer(model, image, question, most)
    return model.decode(model.encode(question)) + " " + new


@mistake(
    of="caption_loss",
    en="It looks like the loss is always computed in float32: logits of float64 stay float64.",
    zh="看起来损失总是用 float32 计算：float64 的 logits 应当保持 float64。",
    breaks="float64 stays float64",
)
def always_float32(logits, labels):
    return solution.caption_loss(logits.float(), labels)


@mistake(
    of="caption_loss",
    en="It looks like the loss of float16 or bfloat16 logits is computed in their own precision, and made float32 only "
    "then: it still has about three digits.",
    zh="看起来 float16 或 bfloat16 的 logits 先按原精度算出损失，之后才转成 float32：结果仍然只有约三位有效数字。",
    breaks="float16 and bfloat16 are computed in float32",
)
def float32_at_the_end(logits, labels):
    checked(logits, labels)
    counts = labels[:, 1:] != -100
    loss = F.cross_entropy(logits[:, :-1][counts], labels[:, 1:][counts])
    return loss if logits.dtype == torch.float64 else loss.float()


@mistake(
    of="caption_loss",
    en="It looks like the labels are rolled around instead of shifted: the last logits of a row are compared with its "
    "first label.",
    zh="看起来标签是循环移位的：一行最后的 logits 与这一行的第一个标签比较。",
    breaks="So the first label of a row never counts, nor do the last logits",
)
def rolls_the_labels(logits, labels):
    checked(logits, labels)
    rolled = labels.roll(-1, dims=1)
    return solution.caption_loss(
        torch.cat([logits, logits[:, -1:]], dim=1), torch.cat([torch.full_like(rolled[:, :1], -100), rolled], dim=1)
    )


@mistake(
    of="greedy_caption",
    en="It looks like the model gets only the token that was written last: it has no memory of its own, and needs the "
    "prompt with all that was written in each step.",
    zh="看起来每一步只把刚写出的词元交给模型：模型自己不记得前文，每一步都要给它提示和已写的全部内容。",
    breaks="gets the prompts with all that was written so far",
)
def gives_the_last_token_alone(model, features, prompt, end, most=20):
    if most < 1 or prompt.shape[1] < 1 or len(prompt) != len(features):
        raise ValueError("sizes")
    ids, rows, ended = prompt, [[] for _ in prompt], [False] * len(prompt)
    with solution._only_reading(model):
        for _ in range(most):
            chosen = model(ids, features)[:, -1].argmax(-1)
            for row, token in enumerate(chosen.tolist()):
                ended[row] = ended[row] or token == end
                if not ended[row]:
                    rows[row].append(token)
            if all(ended):
                break
            ids = chosen[:, None]
    return rows
