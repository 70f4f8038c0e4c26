"""Known mistakes of week 08, pretrain."""

import math

import pretrain as solution
import torch
import torch.nn.functional as F

from grader.mistakes import mistake


def check(rows, *numbers):
    """Refuse what the solution refuses."""
    if rows.shape[0] < 1 or rows.shape[1] < 2 or min(numbers) < 1:
        raise ValueError("arguments")


def loss_of(model, rows, shift=1):
    """The mean loss with targets some places further."""
    scores, targets = model(rows)[:, : rows.shape[1] - shift], rows[:, shift:]
    return F.cross_entropy(scores.flatten(0, 1), targets.flatten())


@mistake(
    of="held_out_loss",
    en="It looks like you average the means of the batches: the tokens of a smaller last batch weigh more.",
    zh="看起来对各批次的平均值再求平均：较小的最后一批中的词元权重更大。",
)
def averages_the_batches(model, rows, batch_size):
    check(rows, batch_size)
    mode = model.training
    model.eval()
    with torch.no_grad():
        losses = [float(loss_of(model, batch)) for batch in rows.split(batch_size)]
    model.train(mode)
    return sum(losses) / len(losses)


@mistake(
    of="held_out_loss",
    en="It looks like the last, smaller batch is left out.",
    zh="看起来漏掉了最后较小的一批。",
)
def drops_the_last_batch(model, rows, batch_size):
    check(rows, batch_size)
    full = len(rows) // batch_size * batch_size
    return solution.held_out_loss(model, rows[: full or len(rows)], batch_size)


@mistake(
    of="held_out_loss",
    en="It looks like the model is measured in the mode in which it comes: dropout changes the loss.",
    zh="看起来测量时没有切换到评估模式：dropout 改变了损失。",
    breaks="The model is in evaluation mode meanwhile",
)
def measures_in_training_mode(model, rows, batch_size):
    check(rows, batch_size)
    with torch.no_grad():
        total = sum(solution.next_token_loss(model, batch, "sum").item() for batch in rows.split(batch_size))
    return total / rows[:, 1:].numel()


@mistake(
    of="held_out_loss",
    en="It looks like the model is left in evaluation mode: the training that follows goes on without dropout.",
    zh="看起来测量之后模型停在评估模式：后面的训练就没有 dropout 了。",
)
def stays_in_evaluation_mode(model, rows, batch_size):
    answer = solution.held_out_loss(model, rows, batch_size)
    model.eval()
    return answer


@mistake(
    of="held_out_loss",
    en="It looks like the model is always left in training mode, whatever it was in before.",
    zh="看起来测量之后总是切回训练模式，而不管原来是什么模式。",
)
def always_back_to_training(model, rows, batch_size):
    answer = solution.held_out_loss(model, rows, batch_size)
    model.train()
    return answer


@mistake(
    of="held_out_loss",
    en="It looks like the answer is the perplexity, e to the loss.",
    zh="看起来返回的是困惑度，即 e 的损失次方。",
)
def returns_the_perplexity(model, rows, batch_size):
    return math.exp(solution.held_out_loss(model, rows, batch_size))


@mistake(
    of="held_out_loss",
    en="It looks like the divisor counts all tokens, the first of each row included: nobody predicts those.",
    zh="看起来除数数了所有词元，包括每行第一个：那些并没有被预测。",
)
def divides_by_all_tokens(model, rows, batch_size):
    return solution.held_out_loss(model, rows, batch_size) * rows[:, 1:].numel() / max(rows.numel(), 1)


@mistake(
    of="held_out_loss",
    en="It looks like not all settings are checked: no rows, rows of one token and batches below 1 must be refused.",
    zh="看起来没有检查全部参数：没有行、每行只有一个词元、批次小于 1 都应拒绝。",
)
def checks_no_rows(model, rows, batch_size):
    try:
        return solution.held_out_loss(model, rows, batch_size)
    except ValueError:
        return 0.0


@mistake(
    of="held_out_loss",
    en="It looks like gradients are tracked while the loss is measured: torch.no_grad is missing.",
    zh="看起来测量损失时仍在跟踪梯度：缺少 torch.no_grad。",
    breaks="No gradients are computed",
)
def tracks_gradients(model, rows, batch_size):
    check(rows, batch_size)
    mode = model.training
    model.eval()
    total = sum(solution.next_token_loss(model, batch, "sum").item() for batch in rows.split(batch_size))
    model.train(mode)
    return total / rows[:, 1:].numel()


def in_order(rows, generator):
    while True:
        yield from range(rows)


def with_replacement(rows, generator):
    while True:
        yield int(torch.randint(rows, (), generator=generator, device=generator.device))


def one_order(rows, generator):
    order = torch.randperm(rows, generator=generator, device=generator.device).tolist()
    while True:
        yield from order


def first_in_order(rows, generator):
    yield from range(rows)
    yield from solution.visits(rows, generator)


def turned(rows, generator):
    order = torch.randperm(rows, generator=generator, device=generator.device).tolist()
    while True:
        yield from order
        order = order[1:] + order[:1]


def own_generator(rows, generator):
    return solution.visits(rows, torch.Generator().manual_seed(0))


def run(
    model, rows, steps, batch_size, peak, generator, *, visits=None, shift=1, clear=True, clip=1.0, decay=True,
    mode="both", late=False, betas=(0.9, 0.95), first=0, partial=False, optimizer=torch.optim.AdamW, always=False,
    **settings,
):  # fmt: skip
    """The solution's training with one thing changed."""
    check(rows, steps, batch_size)
    before = model.training
    if mode != "never":
        model.train()
    made = optimizer(model.parameters(), lr=peak, betas=betas, **settings)
    order, losses, left = (visits or solution.visits)(len(rows), generator), [], len(rows)
    batch_size = min(batch_size, len(rows)) if partial == "small" else batch_size
    for step in range(steps):
        made.param_groups[0]["lr"] = solution.rate(step + first, steps, peak) if decay and step + first >= 0 else peak
        size = batch_size
        if partial in (True, "short"):  # a batch never goes on in the next round
            if left < (batch_size if partial is True else 1):
                _ = [next(order) for _ in range(left)]
                left = len(rows)
            size = min(size, left)
            left -= size
        batch = rows[[next(order) for _ in range(size)]]
        loss = loss_of(model, batch, shift)
        if clear is True or (clear == "later" and step):
            made.zero_grad()
        loss.backward()
        for parameter in model.parameters() if clip == "each" else ():
            torch.nn.utils.clip_grad_norm_(parameter, 1.0)
        if clip == "values":
            torch.nn.utils.clip_grad_value_(model.parameters(), 1.0)
        if clip and clip not in ("each", "values"):
            norm = torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
            for parameter in model.parameters() if always else ():
                parameter.grad /= norm.clamp(max=1)
        made.step()
        losses.append(float(loss_of(model, batch, shift).detach()) if late else loss.item())
    if mode == "both":
        model.train(before)
    return losses


@mistake(
    of="pretrain",
    en="It looks like each position learns to give back its own token: nothing is shifted, and the loss falls to 0.",
    zh="看起来每个位置学的是输出自己的词元：没有移位，损失会降到 0。",
)
def learns_to_repeat(model, rows, *, steps, batch_size, peak, generator):
    return run(model, rows, steps, batch_size, peak, generator, shift=0)


@mistake(
    of="pretrain",
    en="It looks like the targets are shifted twice: each position learns the token after the next one.",
    zh="看起来目标移位了两次：每个位置学的是下下个词元。",
)
def shifts_twice(model, rows, *, steps, batch_size, peak, generator):
    return run(model, rows, steps, batch_size, peak, generator, shift=2)


@mistake(
    of="pretrain",
    en="It looks like the gradients are never cleared: each step repeats all steps before it.",
    zh="看起来从不清零梯度：每一步都在重复之前的所有步。",
)
def never_clears(model, rows, *, steps, batch_size, peak, generator):
    return run(model, rows, steps, batch_size, peak, generator, clear=False)


@mistake(
    of="pretrain",
    en="It looks like the gradients are cleared after each step only: what was there before the first one counts.",
    zh="看起来只在每一步之后清零梯度：第一步之前就有的梯度也算了进去。",
    breaks="Gradients that were there before do not count",
)
def clears_after_each_step(model, rows, *, steps, batch_size, peak, generator):
    return run(model, rows, steps, batch_size, peak, generator, clear="later")


@mistake(
    of="pretrain",
    en="It looks like the rows are never shuffled.",
    zh="看起来从不打乱行的顺序。",
)
def never_shuffles(model, rows, *, steps, batch_size, peak, generator):
    return run(model, rows, steps, batch_size, peak, generator, visits=in_order)


@mistake(
    of="pretrain",
    en="It looks like rows are drawn with replacement: some come twice in a round and others never.",
    zh="看起来行是有放回地抽取：一轮里有的行出现两次，有的从不出现。",
)
def draws_with_replacement(model, rows, *, steps, batch_size, peak, generator):
    return run(model, rows, steps, batch_size, peak, generator, visits=with_replacement)


@mistake(
    of="pretrain",
    en="It looks like the rows are shuffled once, and every round has the same order.",
    zh="看起来只打乱了一次，每一轮的顺序都相同。",
)
def shuffles_once(model, rows, *, steps, batch_size, peak, generator):
    return run(model, rows, steps, batch_size, peak, generator, visits=one_order)


@mistake(
    of="pretrain",
    en="It looks like the first round takes the rows in their order, and only later ones are shuffled.",
    zh="看起来第一轮按原有顺序取行，后面几轮才打乱。",
    breaks="each round visits every row once, in a new random order",
)
def first_round_in_order(model, rows, *, steps, batch_size, peak, generator):
    return run(model, rows, steps, batch_size, peak, generator, visits=first_in_order)


@mistake(
    of="pretrain",
    en="It looks like each round is the one before it, moved on by one row: a new random order is asked for.",
    zh="看起来每一轮只是把上一轮的顺序移动一行：应当重新随机排列。",
    breaks="each round visits every row once, in a new random order",
)
def turns_the_order(model, rows, *, steps, batch_size, peak, generator):
    return run(model, rows, steps, batch_size, peak, generator, visits=turned)


@mistake(
    of="pretrain",
    en="It looks like a batch never has more rows than there are: it should go on in the next round.",
    zh="看起来批次最多只有数据的行数：它应当跨入下一轮。",
    breaks="a batch that reaches the end of a round goes on in the next one",
)
def batch_no_larger_than_the_data(model, rows, *, steps, batch_size, peak, generator):
    return run(model, rows, steps, batch_size, peak, generator, partial="small")


@mistake(
    of="pretrain",
    en="It looks like a batch ends where a round ends, and is smaller there: it should go on in the next round.",
    zh="看起来一轮结束时批次也随之结束，因而变小：它应当跨入下一轮。",
    breaks="a batch that reaches the end of a round goes on in the next one",
)
def ends_a_batch_with_the_round(model, rows, *, steps, batch_size, peak, generator):
    return run(model, rows, steps, batch_size, peak, generator, partial="short")


@mistake(
    of="pretrain",
    en="It looks like the gradients always get the norm 1: small ones are scaled up.",
    zh="看起来总是把梯度缩放到范数 1：小的梯度被放大了。",
    breaks="scales the gradients to a norm of at most 1",
)
def always_scales(model, rows, *, steps, batch_size, peak, generator):
    return run(model, rows, steps, batch_size, peak, generator, always=True)


@mistake(
    of="pretrain",
    en="It looks like `generator` is not used: every run has the same orders.",
    zh="看起来没有用到 `generator`：每次训练的顺序都一样。",
)
def ignores_the_generator(model, rows, *, steps, batch_size, peak, generator):
    return run(model, rows, steps, batch_size, peak, generator, visits=own_generator)


@mistake(
    of="pretrain",
    en="It looks like rows that do not fill a batch are dropped at the end of a round.",
    zh="看起来一轮结束时，凑不满一批的行被丢掉了。",
)
def drops_the_rest_of_a_round(model, rows, *, steps, batch_size, peak, generator):
    return run(model, rows, steps, batch_size, peak, generator, partial=True)


@mistake(
    of="pretrain",
    en="It looks like the rate stays at its peak from the first step to the last.",
    zh="看起来学习率从头到尾都停在峰值。",
)
def keeps_the_rate(model, rows, *, steps, batch_size, peak, generator):
    return run(model, rows, steps, batch_size, peak, generator, decay=False)


@mistake(
    of="pretrain",
    en="It looks like the rate is that of the next step: steps count from 0.",
    zh="看起来用了下一步的学习率：步数从 0 数起。",
)
def rate_of_the_next_step(model, rows, *, steps, batch_size, peak, generator):
    return run(model, rows, steps, batch_size, peak, generator, first=1)


@mistake(
    of="pretrain",
    en="It looks like the rate is set after the update: the first step has the peak, and every other the rate of the "
    "step before it.",
    zh="看起来在更新之后才设学习率：第一步用了峰值，后面每一步用的是前一步的学习率。",
    breaks="at the rate `rate(step, steps, peak)`, where steps count from 0",
)
def sets_the_rate_too_late(model, rows, *, steps, batch_size, peak, generator):
    return run(model, rows, steps, batch_size, peak, generator, first=-1)


@mistake(
    of="pretrain",
    en="It looks like the weight decay is 0.1, as for GPT-3: here it is the one that torch has, 0.01.",
    zh="看起来权重衰减取了 GPT-3 的 0.1：这里用 torch 默认的 0.01。",
    breaks="all else is as torch has it",
)
def decays_as_gpt3(model, rows, *, steps, batch_size, peak, generator):
    return run(model, rows, steps, batch_size, peak, generator, weight_decay=0.1)


@mistake(
    of="pretrain",
    en="It looks like each parameter's gradient is scaled by itself. One norm is taken of all parameters together, and "
    "one factor scales them all.",
    zh="看起来每个参数的梯度各自缩放。应对所有参数一起求一个范数，用同一个系数缩放全部梯度。",
    breaks="(of all parameters together)",
)
def clips_each_parameter(model, rows, *, steps, batch_size, peak, generator):
    return run(model, rows, steps, batch_size, peak, generator, clip="each")


@mistake(
    of="pretrain",
    en="It looks like each number of the gradients is clamped to 1: what is limited is the norm of all of them "
    "together.",
    zh="看起来把梯度的每个数各自限制在 1 以内：要限制的是所有梯度合在一起的范数。",
    breaks="(of all parameters together)",
)
def clips_values(model, rows, *, steps, batch_size, peak, generator):
    return run(model, rows, steps, batch_size, peak, generator, clip="values")


@mistake(
    of="pretrain",
    en="It looks like the gradients are not scaled to a norm of at most 1.",
    zh="看起来没有把梯度范数限制在 1 以内。",
)
def never_clips(model, rows, *, steps, batch_size, peak, generator):
    return run(model, rows, steps, batch_size, peak, generator, clip=None)


@mistake(
    of="pretrain",
    en="It looks like the betas are torch's own, 0.9 and 0.999.",
    zh="看起来用了 torch 默认的 betas：0.9 和 0.999。",
)
def default_betas(model, rows, *, steps, batch_size, peak, generator):
    return run(model, rows, steps, batch_size, peak, generator, betas=(0.9, 0.999))


@mistake(
    of="pretrain",
    en="It looks like nothing decays: AdamW as torch has it has a weight decay of 0.01, Adam has none.",
    zh="看起来没有权重衰减：torch 的 AdamW 默认权重衰减为 0.01，Adam 则没有。",
)
def plain_adam(model, rows, *, steps, batch_size, peak, generator):
    return run(model, rows, steps, batch_size, peak, generator, optimizer=torch.optim.Adam)


@mistake(
    of="pretrain",
    en="It looks like the losses are measured after the update: the first one should be that of the untrained model.",
    zh="看起来损失是在更新之后测的：第一个应当是未训练模型的损失。",
)
def measures_after_the_update(model, rows, *, steps, batch_size, peak, generator):
    return run(model, rows, steps, batch_size, peak, generator, late=True)


@mistake(
    of="pretrain",
    en="It looks like a model that comes in evaluation mode is trained in it: without dropout.",
    zh="看起来以评估模式传入的模型就在评估模式下训练：没有 dropout。",
)
def trains_in_evaluation_mode(model, rows, *, steps, batch_size, peak, generator):
    return run(model, rows, steps, batch_size, peak, generator, mode="never")


@mistake(
    of="pretrain",
    en="It looks like the model is left in training mode, whatever it was in before.",
    zh="看起来训练之后模型停在训练模式，而不管原来是什么模式。",
)
def stays_in_training_mode(model, rows, *, steps, batch_size, peak, generator):
    return run(model, rows, steps, batch_size, peak, generator, mode="enter")


@mistake(
    of="pretrain",
    en="It looks like the model is left in evaluation mode, whatever it was in before.",
    zh="看起来训练之后模型停在评估模式，而不管原来是什么模式。",
    breaks="afterwards in the mode that it had",
)
def ends_in_evaluation_mode(model, rows, *, steps, batch_size, peak, generator):
    losses = run(model, rows, steps, batch_size, peak, generator)
    model.eval()
    return losses
