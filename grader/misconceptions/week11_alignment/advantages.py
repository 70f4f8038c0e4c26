"""Known mistakes of week 11, advantages."""

import advantages as solution
import torch

from grader.mistakes import mistake


def backwards(rewards, dones, step_of):
    """Run back through the steps; `step_of(t, later, going_on)` gives what stands at t."""
    going_on = (~dones).to(rewards.dtype)
    out, later = torch.empty_like(rewards), torch.zeros_like(rewards[..., 0])
    for t in reversed(range(rewards.shape[-1])):
        later = step_of(t, later, going_on)
        out[..., t] = later
    return out


@mistake(
    of="discounted_returns",
    en="It looks like a step's own reward is discounted too: gamma^1 where gamma^0 stands.",
    zh="看起来连当前步自己的奖励也打了折：该是 gamma^0 的地方用了 gamma^1。",
    breaks="the reward of the step itself counts in full",
)
def discounts_once_too_often(rewards, dones, gamma):
    return solution.discounted_returns(rewards, dones, gamma) * gamma


@mistake(
    of="discounted_returns",
    en="It looks like later rewards are not discounted.",
    zh="看起来后面的奖励没有打折。",
    breaks="A reward k steps later counts",
)
def never_discounts(rewards, dones, gamma):
    solution.discounted_returns(rewards, dones, gamma)
    return solution.discounted_returns(rewards, dones, 1.0)


@mistake(
    of="discounted_returns",
    en="It looks like returns run across the end of an episode.",
    zh="看起来回报越过了回合的结尾。",
    breaks="does not count",
)
def crosses_the_end(rewards, dones, gamma):
    return solution.discounted_returns(rewards, dones & False, gamma)


@mistake(
    of="discounted_returns",
    en="It looks like `dones` of the next step is asked for: the step in front of the last one is taken for the end.",
    zh="看起来用的是下一步的 `dones`：把最后一步的前一步当成了结束。",
)
def notices_the_end_early(rewards, dones, gamma):
    early = torch.cat([dones[..., 1:], torch.ones_like(dones[..., :1])], -1)
    solution.discounted_returns(rewards, dones, gamma)
    return solution.discounted_returns(rewards, early, gamma)


@mistake(
    of="discounted_returns",
    en="It looks like the end is noticed one step late: the first reward of the next episode still counts.",
    zh="看起来晚一步才发现结束：下一个回合的第一个奖励也算了进来。",
    breaks="does not count",
)
def notices_the_end_late(rewards, dones, gamma):
    solution.discounted_returns(rewards, dones, gamma)
    late = torch.cat([torch.zeros_like(dones[..., :1]), dones[..., :-1]], -1)
    return solution.discounted_returns(rewards, late, gamma)


@mistake(
    of="discounted_returns",
    en="It looks like the sum runs forwards: what was earned so far, not what is still to come.",
    zh="看起来求和的方向反了：算的是已经得到的，而不是将要得到的。",
)
def looks_back(rewards, dones, gamma):
    solution.discounted_returns(rewards, dones, gamma)
    return solution.discounted_returns(rewards.flip(-1), dones.flip(-1), gamma).flip(-1)


@mistake(
    of="discounted_returns",
    en="It looks like an episode loses its last reward: the step with `dones` True still belongs to it.",
    zh="看起来回合丢了最后一个奖励：`dones` 为 True 的那一步仍属于这个回合。",
    breaks="A step with dones True is the last one of its episode",
)
def drops_the_last_reward(rewards, dones, gamma):
    solution.discounted_returns(rewards, dones, gamma)
    return backwards(rewards, dones, lambda t, later, on: (rewards[..., t] + gamma * later) * on[..., t])


@mistake(
    of="discounted_returns",
    en="It looks like only rows and columns are known: rewards of one axis or of three are refused.",
    zh="看起来只支持行和列：一个轴或三个轴的奖励会出错。",
)
def knows_two_axes(rewards, dones, gamma):
    rows, _ = rewards.shape
    return solution.discounted_returns(rewards, dones, gamma) if rows else rewards


@mistake(
    of="discounted_returns",
    en="It looks like not every gamma outside 0 to 1 is refused: negative numbers, those above 1, and NaN must be.",
    zh="看起来没有拒绝 0 到 1 之外的所有 gamma：负数、大于 1 的数和 NaN 都应拒绝。",
    breaks="`gamma` is not between 0 and 1, or the tensors",
)
def takes_any_gamma(rewards, dones, gamma):
    if rewards.shape != dones.shape:
        raise ValueError("shapes")
    return backwards(rewards, dones, lambda t, later, on: rewards[..., t] + gamma * on[..., t] * later)


@mistake(
    of="discounted_returns",
    en="It looks like a gamma of NaN passes: it is neither below 0 nor above 1, so ask whether it lies between them.",
    zh="看起来放过了 NaN 的 gamma：它既不小于 0，也不大于 1，所以要问它是否在 0 与 1 之间。",
    breaks="`gamma` is not between 0 and 1, or the tensors",
)
def lets_nan_pass(rewards, dones, gamma):
    answer = solution.discounted_returns(rewards, dones, gamma if gamma == gamma else 1.0)
    return answer if gamma == gamma else answer * gamma


def parts(rewards, values, dones, gamma, lam):
    """(rewards, values, gamma, lam) as data; refuses what the solution refuses."""
    solution.gae(rewards, values, dones, gamma, lam)
    return rewards.detach(), values.detach().to(rewards.dtype)


def estimate(r, v, dones, gamma, lam, delta=None, carry=None):
    """The solution with another delta or another share that passes on; both are functions of (t, going_on)."""
    delta = delta or (lambda t, on: r[..., t] + gamma * on[..., t] * v[..., t + 1] - v[..., t])
    carry = carry or (lambda t, on: gamma * lam * on[..., t])
    advantages = backwards(r, dones, lambda t, later, on: delta(t, on) + carry(t, on) * later)
    return advantages, advantages + v[..., :-1]


@mistake(
    of="gae",
    en="It looks like the value after the end of an episode is counted, although nothing follows.",
    zh="看起来把回合结束之后的价值也算了进来，尽管后面什么都没有。",
    breaks="nothing is expected after it",
)
def bootstraps_through_the_end(rewards, values, dones, gamma, lam):
    r, v = parts(rewards, values, dones, gamma, lam)
    return estimate(r, v, dones, gamma, lam, delta=lambda t, on: r[..., t] + gamma * v[..., t + 1] - v[..., t])


@mistake(
    of="gae",
    en="It looks like advantages of the next episode (or of padding) run back across the end.",
    zh="看起来下一个回合（或填充）的优势越过结尾传了回来。",
    breaks="no later step counts",
)
def carries_across_the_end(rewards, values, dones, gamma, lam):
    r, v = parts(rewards, values, dones, gamma, lam)
    return estimate(r, v, dones, gamma, lam, carry=lambda t, on: gamma * lam)


@mistake(
    of="gae",
    en="It looks like `dones` of the next step is asked for: the step in front of the last one is taken for the end.",
    zh="看起来用的是下一步的 `dones`：把最后一步的前一步当成了结束。",
)
def notices_the_end_one_step_early(rewards, values, dones, gamma, lam):
    early = torch.cat([dones[..., 1:], dones[..., -1:]], -1)
    return solution.gae(rewards, values, early if dones.shape == rewards.shape else dones, gamma, lam)


@mistake(
    of="gae",
    en="It looks like a row that merely stops is treated as if its episode had ended.",
    zh="看起来把只是被截断的行当成了回合结束。",
    breaks="that merely stops",
)
def ends_every_row(rewards, values, dones, gamma, lam):
    solution.gae(rewards, values, dones, gamma, lam)
    ended = dones.clone()
    ended[..., -1] = True
    return solution.gae(rewards, values, ended, gamma, lam)


@mistake(
    of="gae",
    en="It looks like the value of the state itself is not subtracted.",
    zh="看起来没有减去当前状态的价值。",
    breaks="With delta_t",
)
def subtracts_nothing(rewards, values, dones, gamma, lam):
    r, v = parts(rewards, values, dones, gamma, lam)
    return estimate(r, v, dones, gamma, lam, delta=lambda t, on: r[..., t] + gamma * on[..., t] * v[..., t + 1])


@mistake(
    of="gae",
    en="It looks like delta is the reward less the value, without the value of what comes next: every token before the "
    "last then looks bad.",
    zh="看起来 delta 是奖励减价值，没有加上下一步的价值：最后一个之前的词元都显得很差。",
)
def expects_all_at_once(rewards, values, dones, gamma, lam):
    r, v = parts(rewards, values, dones, gamma, lam)
    return estimate(r, v, dones, gamma, lam, delta=lambda t, on: r[..., t] - v[..., t])


@mistake(
    of="gae",
    en="It looks like delta does not discount the next value: gamma belongs in front of it.",
    zh="看起来 delta 里下一步的价值没有打折：前面应乘以 gamma。",
    breaks="With delta_t",
)
def forgets_gamma_in_delta(rewards, values, dones, gamma, lam):
    r, v = parts(rewards, values, dones, gamma, lam)
    return estimate(r, v, dones, gamma, lam, delta=lambda t, on: r[..., t] + on[..., t] * v[..., t + 1] - v[..., t])


@mistake(
    of="gae",
    en="It looks like lam discounts the next value too; it belongs to the sum of deltas alone.",
    zh="看起来 lam 也用到了下一步的价值上；它只属于 delta 的求和。",
)
def puts_lam_into_delta(rewards, values, dones, gamma, lam):
    r, v = parts(rewards, values, dones, gamma, lam)
    wrong = lambda t, on: r[..., t] + gamma * lam * on[..., t] * v[..., t + 1] - v[..., t]  # noqa: E731
    return estimate(r, v, dones, gamma, lam, delta=wrong)


@mistake(
    of="gae",
    en="It looks like later deltas are weighed by lam alone, without gamma.",
    zh="看起来后面的 delta 只乘了 lam，没有乘 gamma。",
    breaks="(gamma lam)^k",
)
def carries_without_gamma(rewards, values, dones, gamma, lam):
    r, v = parts(rewards, values, dones, gamma, lam)
    return estimate(r, v, dones, gamma, lam, carry=lambda t, on: lam * on[..., t])


@mistake(
    of="gae",
    en="It looks like lam is not used: later deltas are weighed by gamma alone.",
    zh="看起来没有用到 lam：后面的 delta 只乘了 gamma。",
)
def carries_without_lam(rewards, values, dones, gamma, lam):
    r, v = parts(rewards, values, dones, gamma, lam)
    return estimate(r, v, dones, gamma, lam, carry=lambda t, on: gamma * on[..., t])


@mistake(
    of="gae",
    en="It looks like the returns are the discounted rewards alone; the contract wants advantages + values.",
    zh="看起来回报只是打折后的奖励之和；约定是优势加价值。",
    breaks="The returns are advantages + values",
)
def returns_the_rewards(rewards, values, dones, gamma, lam):
    advantages, _ = solution.gae(rewards, values, dones, gamma, lam)
    return advantages, solution.discounted_returns(rewards.detach(), dones, gamma)


@mistake(
    of="gae",
    en="It looks like the returns are the advantages themselves: the values are not added back.",
    zh="看起来回报就是优势本身：没有把价值加回去。",
    breaks="The returns are advantages + values",
)
def adds_no_values(rewards, values, dones, gamma, lam):
    advantages, _ = solution.gae(rewards, values, dones, gamma, lam)
    return advantages, advantages.clone()


@mistake(
    of="gae",
    en="It looks like the values that are added to the returns stand one step too far on.",
    zh="看起来回报里加的价值错后了一步。",
)
def adds_the_next_value(rewards, values, dones, gamma, lam):
    advantages, _ = solution.gae(rewards, values, dones, gamma, lam)
    return advantages, advantages + values.detach().to(rewards.dtype)[..., 1:]


@mistake(
    of="gae",
    en="It looks like the advantages are whitened here; that is another function's work, and the returns suffer.",
    zh="看起来在这里就对优势做了白化；那是另一个函数的事，回报会因此出错。",
)
def whitens_at_once(rewards, values, dones, gamma, lam):
    advantages, _ = solution.gae(rewards, values, dones, gamma, lam)
    advantages = solution.whiten(advantages, torch.ones_like(dones))
    return advantages, advantages + values.detach().to(rewards.dtype)[..., :-1]


@mistake(
    of="gae",
    en="It looks like advantages or returns are part of a graph: detach the values and the rewards, or the value head "
    "would move its own targets.",
    zh="看起来优势或回报仍在计算图里：要对价值和奖励做 detach，否则价值头会移动自己的目标。",
    breaks="they carry no gradient",
)
def keeps_the_graph(rewards, values, dones, gamma, lam):
    advantages, returns = solution.gae(rewards, values, dones, gamma, lam)
    return advantages, advantages + values.to(rewards.dtype)[..., :-1]


@mistake(
    of="gae",
    en="It looks like values in float64 make float64 advantages; the dtype is that of the rewards.",
    zh="看起来 float64 的价值得到了 float64 的优势；dtype 应与奖励相同。",
    breaks="Their dtype is that of `rewards`",
)
def widens(rewards, values, dones, gamma, lam):
    wide = torch.promote_types(rewards.dtype, values.dtype)
    return solution.gae(rewards.to(wide), values, dones, gamma, lam)


@mistake(
    of="gae",
    en="It looks like the rewards are overwritten by the advantages.",
    zh="看起来奖励被优势覆盖了。",
    breaks="no argument is changed",
)
def writes_into_the_rewards(rewards, values, dones, gamma, lam):
    advantages, returns = solution.gae(rewards, values, dones, gamma, lam)
    return rewards.detach().copy_(advantages), returns


@mistake(
    of="gae",
    en="It looks like the shape of `values` is not checked: one step too many or too few is not noticed.",
    zh="看起来没有检查 `values` 的形状：多一步或少一步都没有发现。",
    breaks="have exactly one step more",
)
def takes_any_values(rewards, values, dones, gamma, lam):
    steps = rewards.shape[-1]
    padded = torch.nn.functional.pad(values, (0, max(0, steps + 1 - values.shape[-1])))[..., : steps + 1]
    return solution.gae(rewards, padded.expand(*rewards.shape[:-1], steps + 1), dones, gamma, lam)


@mistake(
    of="gae",
    en="It looks like lam is not checked.",
    zh="看起来没有检查 lam。",
    breaks="`gamma` or `lam` is not between 0 and 1",
)
def takes_any_lam(rewards, values, dones, gamma, lam):
    r, v = parts(rewards, values, dones, gamma, 1.0)
    return estimate(r, v, dones, gamma, lam)


@mistake(
    of="gae",
    en="It looks like the shape of `dones` is not checked.",
    zh="看起来没有检查 `dones` 的形状。",
    breaks="`rewards` and `dones` differ in shape",
)
def takes_any_dones(rewards, values, dones, gamma, lam):
    if dones.shape != rewards.shape:
        dones = torch.zeros_like(rewards, dtype=torch.bool)
    return solution.gae(rewards, values, dones, gamma, lam)


def moments(x, mask):
    """(real, x in float32 at least, mean, variance); refuses what the solution refuses."""
    solution.whiten(x, mask)
    real = mask != 0
    wide = x.to(torch.promote_types(x.dtype, torch.float32))
    count = real.sum().clamp(min=1)
    mean = wide.where(real, 0.0).sum() / count
    return real, wide, mean, (wide - mean).where(real, 0.0).square().sum() / count


@mistake(
    of="whiten",
    en="It looks like the variance is divided by n - 1; the contract divides by n.",
    zh="看起来方差除以了 n - 1；约定除以 n。",
    breaks="not by one less",
)
def divides_by_one_less(x, mask, eps=1e-8):
    real, wide, mean, variance = moments(x, mask)
    count = real.sum()
    variance = variance * count / (count - 1).clamp(min=1)
    return ((wide - mean) / (variance + eps).sqrt()).where(real, 0.0).to(x.dtype)


@mistake(
    of="whiten",
    en="It looks like padding counts in the mean and the variance.",
    zh="看起来填充也计入了均值和方差。",
    breaks="what stands there does not count",
)
def counts_padding(x, mask, eps=1e-8):
    real, wide, _, _ = moments(x, mask)
    centred = wide - wide.mean()
    return (centred / (centred.square().mean() + eps).sqrt()).where(real, 0.0).to(x.dtype)


@mistake(
    of="whiten",
    en="It looks like the sums over the real values are divided by the number of all places, padding included.",
    zh="看起来真实值的和除以了所有位置的个数，包括填充。",
    breaks="Mean and variance are those of all places together whose mask is not 0",
)
def divides_by_all_places(x, mask, eps=1e-8):
    real, wide, _, _ = moments(x, mask)
    count = max(real.numel(), 1)
    centred = wide - wide.where(real, 0.0).sum() / count
    variance = centred.where(real, 0.0).square().sum() / count
    return (centred / (variance + eps).sqrt()).where(real, 0.0).to(x.dtype)


@mistake(
    of="whiten",
    en="It looks like padding is left as it is; it should become 0.",
    zh="看起来填充处原样保留了；它应变成 0。",
    breaks="Everywhere else the result is 0",
)
def keeps_padding(x, mask, eps=1e-8):
    return torch.where(mask != 0, solution.whiten(x, mask, eps), x)


@mistake(
    of="whiten",
    en="It looks like the values are scaled, but the mean is not subtracted.",
    zh="看起来只做了缩放，没有减去均值。",
    breaks="A real value becomes (value - mean)",
)
def never_shifts(x, mask, eps=1e-8):
    real, wide, _, variance = moments(x, mask)
    return (wide / (variance + eps).sqrt()).where(real, 0.0).to(x.dtype)


@mistake(
    of="whiten",
    en="It looks like padding is whitened with the rest; it should become 0.",
    zh="看起来填充也一起被白化了；它应变成 0。",
    breaks="Everywhere else the result is 0",
)
def moves_padding(x, mask, eps=1e-8):
    _, wide, mean, variance = moments(x, mask)
    return ((wide - mean) / (variance + eps).sqrt()).to(x.dtype)


@mistake(
    of="whiten",
    en="It looks like padding is multiplied by 0: NaN stays NaN.",
    zh="看起来填充是乘以 0：NaN 还是 NaN。",
    breaks="not even NaN",
)
def multiplies_by_the_mask(x, mask, eps=1e-8):
    return solution.whiten(x, mask, eps) + x * (mask == 0) * 0


@mistake(
    of="whiten",
    en="It looks like each row is whitened alone; the contract takes all real places together.",
    zh="看起来每一行单独做了白化；约定是所有真实位置放在一起。",
    breaks="those of all places together",
)
def whitens_each_row(x, mask, eps=1e-8):
    solution.whiten(x, mask, eps)
    if x.ndim < 2:
        return solution.whiten(x, mask, eps)
    return torch.stack([solution.whiten(*row, eps) for row in zip(x, mask, strict=True)])


@mistake(
    of="whiten",
    en="It looks like the values are divided by the variance instead of its root.",
    zh="看起来除以了方差，而不是它的平方根。",
)
def divides_by_the_variance(x, mask, eps=1e-8):
    real, wide, mean, variance = moments(x, mask)
    return ((wide - mean) / (variance + eps)).where(real, 0.0).to(x.dtype)


@mistake(
    of="whiten",
    en="It looks like eps is added to the root, not under it.",
    zh="看起来 eps 加在了根号外面，而不是里面。",
    breaks="sqrt(variance + eps)",
)
def adds_eps_outside(x, mask, eps=1e-8):
    real, wide, mean, variance = moments(x, mask)
    return ((wide - mean) / (variance.sqrt() + eps)).where(real, 0.0).to(x.dtype)


@mistake(
    of="whiten",
    en="It looks like the mean is put back after scaling.",
    zh="看起来缩放之后又把均值加了回去。",
)
def keeps_the_mean(x, mask, eps=1e-8):
    real, _, mean, _ = moments(x, mask)
    return solution.whiten(x, mask, eps) + mean.where(real, 0.0).to(x.dtype)


@mistake(
    of="whiten",
    en="It looks like nothing guards against a batch without a real value: 0/0 is NaN.",
    zh="看起来没有处理一个真实值也没有的批次：0/0 得到 NaN。",
    breaks="Without a real value all is 0",
)
def divides_by_zero(x, mask, eps=1e-8):
    out = solution.whiten(x, mask, eps)
    return out if (mask != 0).any() else out * float("nan")


@mistake(
    of="whiten",
    en="It looks like half precision is computed in half precision.",
    zh="看起来半精度的输入直接用半精度计算。",
    breaks="float16 and bfloat16 are computed in float32",
)
def stays_in_half_precision(x, mask, eps=1e-8):
    right = solution.whiten(x, mask, eps)
    if x.dtype not in (torch.float16, torch.bfloat16):
        return right
    real = mask != 0
    count = real.sum().clamp(min=1)
    mean = x.where(real, 0.0).sum() / count
    centred = (x - mean).where(real, 0.0)
    return centred / (centred.square().sum() / count + eps).sqrt()


@mistake(
    of="whiten",
    en="It looks like the answer of half precision comes back in float32.",
    zh="看起来半精度输入的结果以 float32 返回。",
    breaks="the dtype of the result is that of `x`",
)
def comes_back_wide(x, mask, eps=1e-8):
    return solution.whiten(x.to(torch.promote_types(x.dtype, torch.float32)), mask, eps)


@mistake(
    of="whiten",
    en="It looks like the shapes are not compared: a mask of one row is broadcast without a word.",
    zh="看起来没有比较形状：只有一行的掩码被不声不响地广播了。",
    breaks="`x` and `mask` differ in shape",
)
def broadcasts(x, mask, eps=1e-8):
    return solution.whiten(x, mask.expand_as(x) if mask.ndim and mask.shape[-1] == x.shape[-1] else mask, eps)


@mistake(
    of="whiten",
    en="It looks like mean and variance are computed in half precision: large values leave few digits for the rest.",
    zh="看起来均值与方差是用半精度算的：数值大时，留给差值的位数很少。",
    breaks="float16 and bfloat16 are computed in float32",
)
def moments_in_half_precision(x, mask, eps=1e-8):
    right, real = solution.whiten(x, mask, eps), mask != 0
    if x.dtype not in (torch.float16, torch.bfloat16) or not real.any():
        return right
    chosen = x[real]
    right[real] = (chosen - chosen.mean()) / (chosen.var(unbiased=False) + eps).sqrt()
    return right
