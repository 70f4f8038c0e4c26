"""Known mistakes of week 11, kl."""

import kl as solution
import torch

from grader.mistakes import mistake


def estimate(kind, wrong):
    """The solution, but for one kind."""

    def answer(logp, reference, asked):
        right = solution.kl_estimate(logp, reference, asked)
        return wrong(logp, reference) if asked == kind else right

    return answer


@mistake(
    of="kl_estimate",
    en="It looks like k1 is reference - logp: that estimates the KL with a minus sign.",
    zh="看起来 k1 是 reference - logp：这样估计出的 KL 带了负号。",
    breaks='"k1" is d',
)
def turns_k1_around(logp, reference, kind):
    return estimate("k1", lambda p, q: q - p)(logp, reference, kind)


@mistake(
    of="kl_estimate",
    en="It looks like k1 is the absolute difference: never negative, but no longer right on average.",
    zh="看起来 k1 取了差的绝对值：不会为负，但均值不再正确。",
    breaks="right on average, but often negative",
)
def takes_the_absolute_value(logp, reference, kind):
    return estimate("k1", lambda p, q: (p - q).abs())(logp, reference, kind)


@mistake(
    of="kl_estimate",
    en="It looks like k1 is cut off at 0: a single estimate may be negative, only the mean is not.",
    zh="看起来把 k1 在 0 处截断了：单个估计可以为负，只有均值不会。",
)
def cuts_off_at_zero(logp, reference, kind):
    return estimate("k1", lambda p, q: (p - q).clamp(min=0))(logp, reference, kind)


@mistake(
    of="kl_estimate",
    en="It looks like k2 is the whole square of the difference, without the half.",
    zh="看起来 k2 是差的平方，没有除以 2。",
    breaks='"k2" is d^2 / 2',
)
def forgets_the_half(logp, reference, kind):
    return estimate("k2", lambda p, q: (p - q).square())(logp, reference, kind)


@mistake(
    of="kl_estimate",
    en="It looks like k3 has the ratio upside down: exp(d) - 1 - d estimates another divergence under these samples.",
    zh="看起来 k3 的比值弄反了：exp(d) - 1 - d 在这些样本下估计的是另一个散度。",
    breaks='"k3" is exp(-d) - 1 + d',
)
def turns_k3_around(logp, reference, kind):
    return estimate("k3", lambda p, q: torch.expm1(p - q) - (p - q))(logp, reference, kind)


@mistake(
    of="kl_estimate",
    en="It looks like k3 lacks its - 1: it is 1 where the two models agree.",
    zh="看起来 k3 少了 - 1：两个模型一致时它是 1。",
)
def forgets_the_one(logp, reference, kind):
    return estimate("k3", lambda p, q: torch.exp(q - p) + (p - q))(logp, reference, kind)


@mistake(
    of="kl_estimate",
    en="It looks like k3 is the ratio minus 1 alone, whose mean is 0 whatever the models are.",
    zh="看起来 k3 只是比值减 1，无论模型如何，它的均值都是 0。",
)
def forgets_the_logarithm(logp, reference, kind):
    return estimate("k3", lambda p, q: torch.expm1(q - p))(logp, reference, kind)


@mistake(
    of="kl_estimate",
    en="It looks like k3 is kept between -10 and 10, as some libraries do; the contract bounds nothing.",
    zh="看起来把 k3 限制在 -10 到 10 之间，有些库是这样做的；约定没有任何限制。",
)
def keeps_k3_small(logp, reference, kind):
    return estimate("k3", lambda p, q: (torch.expm1(q - p) + (p - q)).clamp(-10, 10))(logp, reference, kind)


@mistake(
    of="kl_estimate",
    en="It looks like each estimate is weighted by the token's probability: sampling has done that already.",
    zh="看起来给每个估计乘上了词元的概率：采样时已经乘过了。",
    breaks="log-probability of each sampled token",
)
def weighs_twice(logp, reference, kind):
    return solution.kl_estimate(logp, reference, kind) * logp.exp()


@mistake(
    of="kl_estimate",
    en="It looks like the estimates are averaged; the contract wants one for each token.",
    zh="看起来对估计值求了平均；约定是每个词元一个。",
    breaks="nothing is summed or averaged",
)
def averages(logp, reference, kind):
    return solution.kl_estimate(logp, reference, kind).mean()


@mistake(
    of="kl_estimate",
    en="It looks like the estimates are summed over the tokens; the contract wants one for each token.",
    zh="看起来把各词元的估计值加了起来；约定是每个词元一个。",
    breaks="nothing is summed or averaged",
)
def sums_up(logp, reference, kind):
    return solution.kl_estimate(logp, reference, kind).sum(-1)


@mistake(
    of="kl_estimate",
    en="It looks like the reference is detached; the contract detaches nothing.",
    zh="看起来对 reference 做了 detach；约定什么都不 detach。",
    breaks="gradients flow to both arguments",
)
def detaches_the_reference(logp, reference, kind):
    return solution.kl_estimate(logp, reference.detach(), kind)


@mistake(
    of="kl_estimate",
    en="It looks like the policy's log-probability is detached inside the ratio of k3.",
    zh="看起来在 k3 的比值里对策略的对数概率做了 detach。",
    breaks="Nothing is detached",
)
def detaches_the_ratio(logp, reference, kind):
    return estimate("k3", lambda p, q: torch.expm1((q - p).detach()) + (p - q))(logp, reference, kind)


@mistake(
    of="kl_estimate",
    en="It looks like every unknown kind is answered as if it were k3.",
    zh="看起来把所有未知的 kind 都当作 k3。",
    breaks="`kind` is none of the three",
)
def answers_any_kind(logp, reference, kind):
    return solution.kl_estimate(logp, reference, kind if kind in solution.KINDS else "k3")


@mistake(
    of="kl_estimate",
    en="It looks like shapes are not compared: a reference of one row is broadcast without a word.",
    zh="看起来没有比较形状：只有一行的 reference 被不声不响地广播了。",
    breaks="the arguments differ in shape",
)
def broadcasts(logp, reference, kind):
    return solution.kl_estimate(*torch.broadcast_tensors(logp, reference), kind)


def parts(scores, kl, beta, mask):
    """(price, scores, places of the last real tokens): refuses what the solution refuses."""
    solution.shape_rewards(scores, kl, beta, mask)
    price = (-beta * kl.detach()).where(mask != 0, 0.0)
    last = torch.arange(kl.shape[1], device=kl.device).where(mask != 0, -1).amax(1, keepdim=True)
    return price, scores.detach().to(kl.dtype).unsqueeze(1), last


def paid_at(scores, kl, beta, mask, place):
    """The solution with the score at another place, a function of the mask; as an index, so that -1 is the last one."""
    price, pay, _ = parts(scores, kl, beta, mask)
    rows = torch.arange(len(kl), device=kl.device)
    price[rows, place(mask != 0)] += pay[:, 0]
    return price


@mistake(
    of="shape_rewards",
    en="It looks like the score is not always paid at the last real token of its own row: a shorter answer ends before "
    "the last column, and nobody learns from padding.",
    zh="看起来分数没有总是付在本行最后一个真实词元上：较短的回答在最后一列之前就结束了，填充处谁也学不到。",
    breaks="the rightmost one whose mask",
)
def pays_in_the_last_column(scores, kl, beta, mask):
    return paid_at(scores, kl, beta, mask, lambda real: torch.full_like(real[:, 0], -1, dtype=torch.int64))


@mistake(
    of="shape_rewards",
    en="It looks like the score is paid at the first padding after the answer, one place too late.",
    zh="看起来分数付在回答之后的第一个填充上，晚了一个位置。",
)
def pays_one_too_late(scores, kl, beta, mask):
    price, pay, last = parts(scores, kl, beta, mask)
    here = torch.arange(kl.shape[1], device=kl.device) == (last + 1).clamp(max=kl.shape[1] - 1)
    return price + pay.where(here & (last >= 0), 0.0)


@mistake(
    of="shape_rewards",
    en="It looks like you count the tokens of the answer and pay at that number minus one: right only if the answer "
    "begins in column 0 and has no gap.",
    zh="看起来用回答的词元个数减一作为位置：只有回答从第 0 列开始且中间没有空缺时才对。",
)
def counts_the_answer(scores, kl, beta, mask):
    price, pay, _ = parts(scores, kl, beta, mask)
    end = (mask != 0).sum(1, keepdim=True) - 1  # -1 in a row without a token, which is no place
    return price + pay.where(torch.arange(kl.shape[1], device=kl.device) == end, 0.0)


@mistake(
    of="shape_rewards",
    en="It looks like every token of the answer is paid the score: long answers are paid many times.",
    zh="看起来回答的每个词元都得到了分数：长回答被重复支付。",
)
def pays_every_token(scores, kl, beta, mask):
    price, pay, _ = parts(scores, kl, beta, mask)
    return price + pay.where(mask != 0, 0.0)


@mistake(
    of="shape_rewards",
    en="It looks like the score is divided among the tokens of the answer; it is paid whole, at the last one.",
    zh="看起来把分数分摊给了回答的各个词元；应在最后一个词元上一次付清。",
)
def spreads_the_score(scores, kl, beta, mask):
    price, pay, _ = parts(scores, kl, beta, mask)
    return price + (pay / (mask != 0).sum(1, keepdim=True).clamp(min=1)).where(mask != 0, 0.0)


@mistake(
    of="shape_rewards",
    en="It looks like the score is paid at the first token of the answer; it belongs to the last.",
    zh="看起来分数付在回答的第一个词元上；应付在最后一个。",
)
def pays_the_first_token(scores, kl, beta, mask):
    return paid_at(scores, kl, beta, mask, lambda real: real.int().argmax(1))


@mistake(
    of="shape_rewards",
    en="It looks like the score is multiplied by beta, too: beta is the price of the KL alone.",
    zh="看起来分数也乘了 beta：beta 只是 KL 的单价。",
    breaks="is paid the score of the row as well",
)
def discounts_the_score(scores, kl, beta, mask):
    solution.shape_rewards(scores, kl, beta, mask)
    return solution.shape_rewards(scores * beta, kl, beta, mask)


@mistake(
    of="shape_rewards",
    en="It looks like the KL is added: the policy is paid for moving away.",
    zh="看起来加上了 KL：策略偏离越远，得到的越多。",
)
def pays_for_moving_away(scores, kl, beta, mask):
    return solution.shape_rewards(scores, -kl, beta, mask)


@mistake(
    of="shape_rewards",
    en="It looks like padding pays for its KL: the returns of real tokens sum it up.",
    zh="看起来填充也要为 KL 付费：真实词元的回报会把它加进去。",
    breaks="Where the mask is 0 (or False) the reward is 0",
)
def lets_padding_pay(scores, kl, beta, mask):
    price, pay, last = parts(scores, kl, beta, mask)
    return -beta * kl.detach() + (solution.shape_rewards(scores, kl, beta, mask) - price)


@mistake(
    of="shape_rewards",
    en="It looks like the KL is multiplied by the mask: NaN times 0 is NaN.",
    zh="看起来把 KL 乘以掩码：NaN 乘以 0 还是 NaN。",
    breaks="whatever stands in `kl` there, even NaN",
)
def multiplies_by_the_mask(scores, kl, beta, mask):
    price, _, _ = parts(scores, kl, beta, mask)
    return solution.shape_rewards(scores, kl, beta, mask) - price - beta * kl.detach() * mask.to(kl.dtype)


@mistake(
    of="shape_rewards",
    en="It looks like the score takes the place of the last token's price instead of being added to it.",
    zh="看起来分数取代了最后一个词元的惩罚，而不是加在上面。",
    breaks="is paid the score of the row as well",
)
def forgets_the_last_price(scores, kl, beta, mask):
    price, pay, last = parts(scores, kl, beta, mask)
    here = torch.arange(kl.shape[1], device=kl.device) == last
    return torch.where(here, pay, price)


@mistake(
    of="shape_rewards",
    en="It looks like the price of the whole answer is paid at its last token; each token should pay its own.",
    zh="看起来整个回答的惩罚都付在最后一个词元上；约定是每个词元各付各的。",
    breaks="Each real token of the answer",
)
def charges_at_the_end(scores, kl, beta, mask):
    price, _, _ = parts(scores, kl, beta, mask)
    return solution.shape_rewards(scores + price.sum(1).to(scores.dtype), kl, 0.0, mask)


@mistake(
    of="shape_rewards",
    en="It looks like a row without a token is paid in its last column, because -1 counts from the end.",
    zh="看起来没有词元的行在最后一列得到了分数，因为 -1 是从末尾数的。",
    breaks="A row without a real token",
)
def pays_empty_rows(scores, kl, beta, mask):
    price, pay, last = parts(scores, kl, beta, mask)
    here = torch.arange(kl.shape[1], device=kl.device) == last % kl.shape[1]
    return price + pay.where(here, 0.0)


@mistake(
    of="shape_rewards",
    en="It looks like rewards are part of a graph: nothing is to learn through a reward, neither through `kl` nor "
    "through `scores`.",
    zh="看起来奖励仍在计算图里：不应通过奖励学习，既不通过 `kl`，也不通过 `scores`。",
    breaks="the result carries no gradient",
)
def keeps_the_graph(scores, kl, beta, mask):
    return solution.shape_rewards(scores, kl, beta, mask) - beta * (kl - kl.detach()).where(mask != 0, 0.0).nan_to_num()


@mistake(
    of="shape_rewards",
    en="It looks like the KL is overwritten in place.",
    zh="看起来原地改写了 KL。",
    breaks="no argument is",
)
def writes_into_the_kl(scores, kl, beta, mask):
    rewards = solution.shape_rewards(scores, kl, beta, mask)
    return kl.detach().copy_(rewards) if kl.is_leaf else rewards


@mistake(
    of="shape_rewards",
    en="It looks like float64 scores make float64 rewards; the dtype is that of the KL.",
    zh="看起来 float64 的分数得到了 float64 的奖励；dtype 应与 KL 相同。",
    breaks="Its dtype and device are those of `kl`",
)
def widens(scores, kl, beta, mask):
    return solution.shape_rewards(scores, kl, beta, mask).to(torch.promote_types(scores.dtype, kl.dtype))


@mistake(
    of="shape_rewards",
    en="It looks like a negative or NaN price is not refused.",
    zh="看起来没有拒绝负的或 NaN 的单价。",
    breaks="`beta` is negative or NaN",
)
def accepts_any_price(scores, kl, beta, mask):
    return solution.shape_rewards(scores, kl if beta >= 0 else -kl, abs(beta) if beta == beta else 0.0, mask)


@mistake(
    of="shape_rewards",
    en="It looks like you check `beta < 0`: NaN passes, because every comparison with it is False.",
    zh="看起来判断的是 `beta < 0`：NaN 会通过，因为与它的任何比较都是 False。",
    breaks="or NaN",
)
def lets_nan_pass(scores, kl, beta, mask):
    if beta == beta:
        return solution.shape_rewards(scores, kl, beta, mask)
    return solution.shape_rewards(scores, kl * beta, 1.0, mask)


@mistake(
    of="shape_rewards",
    en="It looks like the number of scores is not compared with the number of rows: one score is given to all.",
    zh="看起来没有比较分数的个数与行数：一个分数给了所有行。",
    breaks="there is not one score for each row",
)
def shares_one_score(scores, kl, beta, mask):
    if scores.shape == (1,):
        scores = scores.expand(len(kl))
    return solution.shape_rewards(scores, kl, beta, mask)


@mistake(
    of="shape_rewards",
    en="It looks like the shapes of KL and mask are not compared: a mask of one row is broadcast without a word.",
    zh="看起来没有比较 KL 与掩码的形状：只有一行的掩码被不声不响地广播了。",
    breaks="`kl` and `mask` differ in shape",
)
def broadcasts_the_mask(scores, kl, beta, mask):
    if mask.shape == (1, kl.shape[1]):
        mask = mask.expand_as(kl)
    return solution.shape_rewards(scores, kl, beta, mask)
