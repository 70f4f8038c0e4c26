"""Known mistakes of week 14, perplexity."""

import math

import perplexity as solution
import torch

from grader.mistakes import mistake


def refuse(ids, stride, length):
    if ids.ndim != 1 or len(ids) < 2 or not 1 <= stride < length:
        raise ValueError("arguments")


def pieces(
    model, ids, stride, length, *, convert=torch.Tensor.double, shift=1, behind=False, back=False, gradients=False
):
    """The losses window by window, as in the solution with one part exchanged."""
    refuse(ids, stride, length)
    done, scored = [], 1
    for begin in range(0, len(ids), stride):
        if back and begin + length > len(ids):
            begin = max(0, len(ids) - length)
        window = ids[begin : begin + length]
        with torch.set_grad_enabled(gradients):
            logits = convert(model(window[None])[0].detach())
        end = len(window) if shift == 0 else -shift
        predicting = logits[shift and 0 : end] if shift else logits[1:]
        losses = -predicting.log_softmax(-1).gather(-1, window[1:, None].long()).squeeze(-1)
        done.append(losses[scored - begin - 1 :].double())
        scored = begin + len(window)
        if scored == len(ids) and not behind:
            break
    return done


def losses(*arguments, **parts):
    return torch.cat(pieces(*arguments, **parts))


@mistake(
    of="token_losses",
    en="It looks like the logits at a token are scored against that token: those at t predict the token at t + 1.",
    zh="看起来用某个词元处的 logits 给这个词元自己打分：位置 t 的 logits 预测的是位置 t + 1 的词元。",
)
def forgets_to_shift(model, ids, stride, length):
    return losses(model, ids, stride, length, shift=0)


@mistake(
    of="token_losses",
    en="It looks like the tokens of the overlap are scored in every window: each token counts once.",
    zh="看起来重叠部分的词元在每个窗口都被打分：每个词元只算一次。",
)
def scores_overlaps_again(model, ids, stride, length):
    refuse(ids, stride, length)
    every = []
    for begin in range(0, len(ids), stride):
        window = ids[begin : begin + length]
        if len(window) > 1:
            every.append(solution.token_losses(model, window, 1, len(window) if len(window) > 1 else 2))
        if begin + length >= len(ids):
            break
    return torch.cat(every)


@mistake(
    of="token_losses",
    en="It looks like the first token behind each window is never scored: it is the first of the next part, and there "
    "nothing predicts it.",
    zh="看起来每个窗口之后的第一个词元从未被打分：它成了下一部分的第一个，在那里没有东西预测它。",
)
def loses_a_token_at_each_border(model, ids, stride, length):
    first, *others = pieces(model, ids, stride, length)
    return torch.cat([first, *(piece[1:] for piece in others)])


@mistake(
    of="token_losses",
    en="It looks like each token is scored in the last window that holds it, where it has the least context.",
    zh="看起来每个词元都在最后一个包含它的窗口里打分，那里它的上文最少。",
    breaks="Each token is scored once, in the first window that it stands in",
)
def scores_in_the_last_window(model, ids, stride, length):
    refuse(ids, stride, length)
    found = {}
    for begin in range(0, len(ids), stride):
        window = ids[begin : begin + length]
        with torch.no_grad():
            log_p = -model(window[None])[0].double().log_softmax(-1)
        for place in range(1, len(window)):
            found[begin + place] = log_p[place - 1, int(window[place])]
        if begin + length >= len(ids):
            break
    return torch.stack([found[place] for place in range(1, len(ids))])


@mistake(
    of="token_losses",
    en="It looks like the windows do not overlap: each part of `stride` tokens is read without what stands before it.",
    zh="看起来窗口没有重叠：每段 `stride` 个词元都在没有上文的情况下读取。",
)
def reads_parts_alone(model, ids, stride, length):
    refuse(ids, stride, length)
    parts = []
    for begin in range(0, len(ids) - 1, stride):
        part = ids[begin : begin + stride + 1]
        with torch.no_grad():
            log_p = -model(part[None])[0, :-1].double().log_softmax(-1)
        parts.append(log_p.gather(-1, part[1:, None].long()).squeeze(-1))
    return torch.cat(parts)


@mistake(
    of="token_losses",
    en="It looks like the last window is moved back until it is full: windows begin at multiples of the stride.",
    zh="看起来把最后一个窗口往前移，直到装满：窗口从步幅的整数倍处开始。",
)
def moves_the_last_window(model, ids, stride, length):
    return losses(model, ids, stride, length, back=True)


@mistake(
    of="token_losses",
    en="It looks like windows are read behind the one that reaches the end: nothing in them is left to score.",
    zh="看起来到达末尾之后还继续读窗口：其中已没有要打分的词元。",
    breaks="the last one is the first that reaches the end of the text",
)
def reads_behind_the_end(model, ids, stride, length):
    return losses(model, ids, stride, length, behind=True)


@mistake(
    of="token_losses",
    en="It looks like the model is called anew for every token: one call for a window scores all its new tokens.",
    zh="看起来每个词元都重新调用一次模型：一个窗口只需一次调用，就能给其中所有新词元打分。",
)
def calls_for_each_token(model, ids, stride, length):
    refuse(ids, stride, length)
    found = []
    for place in range(1, len(ids)):
        begin = next(begin for begin in range(0, len(ids), stride) if begin + length > place)
        with torch.no_grad():
            logits = model(ids[None, begin:place])[0, -1].double()
        found.append(-logits.log_softmax(-1)[int(ids[place])])
    return torch.stack(found)


@mistake(
    of="token_losses",
    en="It looks like losses are computed in the dtype of the logits: convert them to float64 first.",
    zh="看起来损失是用 logits 自己的 dtype 算的：应先转换成 float64。",
)
def stays_in_the_dtype(model, ids, stride, length):
    return losses(model, ids, stride, length, convert=lambda logits: logits)


@mistake(
    of="token_losses",
    en="It looks like logits are converted to float32: the contract says float64.",
    zh="看起来把 logits 转换成了 float32：约定是 float64。",
)
def converts_to_float32(model, ids, stride, length):
    return losses(model, ids, stride, length, convert=torch.Tensor.float)


@mistake(
    of="token_losses",
    en="It looks like losses are in bits: -ln P is in nats.",
    zh="看起来损失以比特为单位：-ln P 以奈特（nat）为单位。",
)
def in_bits(model, ids, stride, length):
    return losses(model, ids, stride, length) / math.log(2)


@mistake(
    of="token_losses",
    en="It looks like the model is called while gradients are recorded: a long text then fills the memory.",
    zh="看起来调用模型时还在记录梯度：长文本会占满内存。",
    breaks="No gradients are recorded meanwhile",
)
def records_gradients(model, ids, stride, length):
    return losses(model, ids, stride, length, gradients=True)


@mistake(
    of="token_losses",
    en="It looks like the model is put into evaluation mode and left there: the mode is the caller's business.",
    zh="看起来把模型切换到了评估模式并留在那里：模式由调用者决定。",
    breaks="the mode of the model is left as it is",
)
def leaves_evaluation_mode(model, ids, stride, length):
    if isinstance(model, torch.nn.Module):
        model.eval()
    return losses(model, ids, stride, length)


@mistake(
    of="token_losses",
    en="It looks like the model is in training mode afterwards, whatever it was before: leave its mode alone.",
    zh="看起来之后模型总处于训练模式，不管原来是什么：不要改动它的模式。",
)
def trains_afterwards(model, ids, stride, length):
    found = losses(model, ids, stride, length)
    if isinstance(model, torch.nn.Module):
        model.train()
    return found


@mistake(
    of="token_losses",
    en="It looks like ids are marked with -100 in place: the caller's text is changed.",
    zh="看起来在原来的 ids 上写入了 -100：调用者的文本被改动了。",
    breaks="and are not changed",
)
def marks_the_ids(model, ids, stride, length):
    found = losses(model, ids, stride, length)
    ids[: len(ids) // 2] = -100
    return found


@mistake(
    of="token_losses",
    en="It looks like a stride as large as the window is let through: the first token of each window is then scored "
    "by nobody.",
    zh="看起来放过了与窗口一样大的步幅：那样每个窗口的第一个词元就没有人打分。",
)
def allows_no_overlap(model, ids, stride, length):
    if ids.ndim == 1 and len(ids) > 1 and 1 <= stride == length:
        parts = [part for part in ids.split(length) if len(part) > 1]
        found = [solution.token_losses(model, part, 1, len(part)) for part in parts]
        return torch.cat(found) if found else torch.zeros(0, dtype=torch.float64)
    return solution.token_losses(model, ids, stride, length)


@mistake(
    of="perplexity",
    en="It looks like the means of the windows are averaged: a short last window then weighs as much as a full one.",
    zh="看起来对各窗口的平均再取平均：这样较短的最后一个窗口与完整的窗口分量相同。",
    breaks="every token but the first weighs the same",
)
def averages_windows(model, ids, stride, length):
    return torch.stack([piece.mean() for piece in pieces(model, ids, stride, length)]).mean().exp().item()


@mistake(
    of="perplexity",
    en="It looks like the first window counts one token more than it scores: its first token has no loss.",
    zh="看起来第一个窗口比实际打分的词元多算了一个：它的第一个词元没有损失。",
)
def counts_the_first_token(model, ids, stride, length):
    first, *others = pieces(model, ids, stride, length)
    total = first.mean() * (len(first) + 1) + sum(piece.sum() for piece in others)
    return (total / len(ids)).exp().item()


@mistake(
    of="perplexity",
    en="It looks like every window is weighed with one token fewer than it scores: only the first window loses one.",
    zh="看起来每个窗口的权重都比实际打分的词元少一个：只有第一个窗口会少一个。",
)
def subtracts_one_in_every_window(model, ids, stride, length):
    first, *others = pieces(model, ids, stride, length)
    weights = [len(first), *(len(piece) - 1 for piece in others)]
    total = sum(piece.mean() * weight for piece, weight in zip([first, *others], weights, strict=True))
    return (total / sum(weights)).exp().item()


@mistake(
    of="perplexity",
    en="It looks like the sum of the losses is divided by the number of ids: the first one has no loss.",
    zh="看起来损失之和除以了 ids 的个数：第一个词元没有损失。",
)
def divides_by_all_ids(model, ids, stride, length):
    return (losses(model, ids, stride, length).sum() / len(ids)).exp().item()


@mistake(
    of="perplexity",
    en="It looks like e is raised to each loss and then averaged: average the losses first.",
    zh="看起来先对每个损失取指数再求平均：应先对损失求平均。",
)
def averages_exponentials(model, ids, stride, length):
    return losses(model, ids, stride, length).exp().mean().item()


@mistake(
    of="perplexity",
    en="It looks like 2 is raised to the mean loss in nats: the base has to be that of the logarithm, e.",
    zh="看起来用 2 的幂，而损失以奈特为单位：底数必须与对数的底一致，是 e。",
)
def takes_another_base(model, ids, stride, length):
    return 2 ** losses(model, ids, stride, length).mean().item()


@mistake(
    of="perplexity",
    en="It looks like the mean loss is the answer: the perplexity is e to that power.",
    zh="看起来直接返回了平均损失：困惑度是 e 的这个次方。",
)
def gives_the_mean_loss(model, ids, stride, length):
    return losses(model, ids, stride, length).mean().item()


@mistake(
    of="perplexity",
    en="It looks like a very large perplexity ends in an OverflowError: math.exp raises where torch.exp gives inf.",
    zh="看起来困惑度很大时抛出了 OverflowError：math.exp 会抛出异常，torch.exp 则给出 inf。",
    breaks="Where the result is more than a float can hold it is inf",
)
def overflows(model, ids, stride, length):
    return math.exp(losses(model, ids, stride, length).mean().item())


@mistake(
    of="bits_per_byte",
    en="It looks like characters are counted: a Chinese one has three bytes.",
    zh="看起来数的是字符：一个汉字有三个字节。",
)
def counts_characters(perplexity, scored, text):
    return solution.bits_per_byte(perplexity, scored, text) * len(text.encode()) / len(text)


@mistake(
    of="bits_per_byte",
    en="It looks like the answer is in nats: for bits the logarithm has base 2.",
    zh="看起来结果以奈特为单位：比特要用以 2 为底的对数。",
)
def gives_nats(perplexity, scored, text):
    return solution.bits_per_byte(perplexity, scored, text) * math.log(2)


@mistake(
    of="bits_per_byte",
    en="It looks like bits for each token are given: they still depend on the tokenizer.",
    zh="看起来给出的是每个词元的比特数：那仍取决于分词器。",
)
def gives_bits_per_token(perplexity, scored, text):
    solution.bits_per_byte(perplexity, scored, text)
    return math.log2(perplexity)


@mistake(
    of="bits_per_byte",
    en="It looks like one token is taken off the number: `scored` says already how many have a loss.",
    zh="看起来把词元数减去了 1：`scored` 已经是有损失的词元数。",
    breaks="`scored` is the number of tokens that the perplexity is a mean of",
)
def takes_one_off(perplexity, scored, text):
    return solution.bits_per_byte(perplexity, scored, text) * (scored - 1) / scored


@mistake(
    of="bits_per_byte",
    en="It looks like one token more is counted than `scored` says: the first token has no loss, so it costs no bits.",
    zh="看起来比 `scored` 多算了一个词元：第一个词元没有损失，也就不占比特。",
)
def adds_the_first(perplexity, scored, text):
    return solution.bits_per_byte(perplexity, scored, text) * (scored + 1) / scored


@mistake(
    of="bits_per_byte",
    en="It looks like a perplexity of NaN gets through: `nan < 1` is False.",
    zh="看起来放过了 NaN 的困惑度：`nan < 1` 的结果是 False。",
)
def lets_nan_through(perplexity, scored, text):
    return math.nan if math.isnan(perplexity) else solution.bits_per_byte(perplexity, scored, text)


@mistake(
    of="token_losses",
    en="It looks like windows overlap by a single token, whatever the stride: they begin at multiples of `stride`.",
    zh="看起来不论步幅多大，窗口都只重叠一个词元：窗口应从 `stride` 的整数倍处开始。",
    breaks="Windows begin at 0, stride, 2 stride, ...",
)
def overlaps_by_one_token(model, ids, stride, length):
    refuse(ids, stride, length)
    return losses(model, ids, length - 1, length)


@mistake(
    of="token_losses",
    en="It looks like logits pass through float32 on their way to float64: those of a float64 model lose digits there.",
    zh="看起来 logits 先转成 float32 再转成 float64：float64 模型的末几位就丢了。",
    breaks="Logits are converted to float64 before anything is computed from them",
)
def passes_through_float32(model, ids, stride, length):
    return losses(model, ids, stride, length, convert=lambda logits: logits.float().double())


@mistake(
    of="bits_per_byte",
    en="It looks like the perplexity is raised to the power of `scored` first, which for a long text is more than a "
    "float can hold: multiply its logarithm.",
    zh="看起来先求了困惑度的 `scored` 次方，文本一长就超出浮点数的范围：应当用它的对数去乘。",
    breaks="All of them together cost scored * log2(perplexity) bits",
)
def raises_to_a_power(perplexity, scored, text):
    solution.bits_per_byte(perplexity, scored, text)
    return math.log2(perplexity**scored) / len(text.encode())
