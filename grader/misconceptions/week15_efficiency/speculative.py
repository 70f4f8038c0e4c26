"""Known mistakes of week 15, speculative."""

import os

import speculative as solution
import torch

from grader.mistakes import mistake


def checked(target_probs, draft_probs, drafted):
    """The arguments, as the solution computes with them."""
    k, vocabulary = len(drafted), target_probs.shape[-1]
    if k < 1 or target_probs.shape != (k + 1, vocabulary) or draft_probs.shape != (k, vocabulary):
        raise ValueError("shapes")
    return target_probs.double(), draft_probs.double(), drafted.long()


def draw(weights, generator):
    return torch.multinomial(weights, 1, generator=generator)


def uniform(generator, like):
    return float(torch.rand(1, generator=generator, device=like.device, dtype=torch.float64))


def chance(p, q):
    return min(1.0, float(p) / max(float(q), 1e-300))


def residual(p, q):
    rest = (p - q).clamp(min=0)
    return rest if rest.any() else p


def decide(target_probs, draft_probs, drafted, generator, agrees=None, instead=residual):
    """Place by place: `agrees(p, q, token)` says with which probability, `instead(p, q)` what is drawn otherwise."""
    p, q, drafted = checked(target_probs, draft_probs, drafted)
    agrees = agrees or (lambda p, q, token: chance(p[token], q[token]))
    for place, token in enumerate(drafted.tolist()):
        if uniform(generator, p) >= agrees(p[place], q[place], token):
            return torch.cat([drafted[:place], draw(instead(p[place], q[place]), generator)]), place
    return torch.cat([drafted, draw(p[-1], generator)]), len(drafted)


SALT = int.from_bytes(os.urandom(4))
"""Another one in every process: where a mistake shows without chance, what it draws besides gives nothing away."""


def salted(generator, like):
    """A generator that follows the given one's state in a way of its own: who makes the mistake draws in any order."""
    seed = int(torch.randint(2**40, (), generator=generator, device=like.device))
    return torch.Generator(device=like.device).manual_seed(seed ^ SALT)


@mistake(
    of="rejection_sample",
    en="It looks like the residual is the wrong way round, max(0, q - p): that is what the draft gives too often. Draw "
    "from max(0, p - q).",
    zh="看起来差值的方向反了，用了 max(0, q - p)：那正是草稿给得太多的部分。应从 max(0, p - q) 抽取。",
    breaks="one token is drawn from max(0, p - q), normalised",
)
def residual_turned_round(target_probs, draft_probs, drafted, generator):
    checked(target_probs, draft_probs, drafted)
    own = salted(generator, target_probs)
    return decide(target_probs, draft_probs, drafted, own, instead=lambda p, q: residual(q, p))


@mistake(
    of="rejection_sample",
    en="It looks like a token that is refused is replaced by a draw from p itself: what the draft likes too much is "
    "then drawn twice. Draw from max(0, p - q).",
    zh="看起来拒绝之后直接从 p 抽取：草稿偏爱的词元就被算了两次。应从 max(0, p - q) 抽取。",
    breaks="one token is drawn from max(0, p - q), normalised",
)
def replaces_from_p(target_probs, draft_probs, drafted, generator):
    checked(target_probs, draft_probs, drafted)
    own = salted(generator, target_probs)
    return decide(target_probs, draft_probs, drafted, own, instead=lambda p, q: p)


@mistake(
    of="rejection_sample",
    en="It looks like |p - q| is drawn from instead of max(0, p - q): that brings back what the draft likes too much.",
    zh="看起来从 |p - q| 而不是 max(0, p - q) 抽取：草稿偏爱的词元又回来了。",
    breaks="one token is drawn from max(0, p - q), normalised",
)
def absolute_difference(target_probs, draft_probs, drafted, generator):
    return decide(target_probs, draft_probs, drafted, generator, instead=lambda p, q: (p - q).abs())


@mistake(
    of="rejection_sample",
    en="It looks like a token that is refused is replaced by the most probable one of max(0, p - q), without "
    "any chance.",
    zh="看起来拒绝之后取 max(0, p - q) 中最大的词元，而没有按概率抽取。",
    breaks="one token is drawn from max(0, p - q), normalised",
)
def best_of_the_rest(target_probs, draft_probs, drafted, generator):
    def best(p, q):
        rest = residual(p, q)
        return torch.nn.functional.one_hot(rest.argmax(), len(rest)).double()

    return decide(target_probs, draft_probs, drafted, generator, instead=best)


@mistake(
    of="rejection_sample",
    en="It looks like a token is accepted exactly if p(x) >= q(x), without any chance: one that the draft likes too "
    "much never comes from it.",
    zh="看起来只在 p(x) >= q(x) 时接受，没有用随机数：草稿偏爱的词元就再也不会被接受。",
    breaks="x is accepted with probability min(1, p(x) / q(x))",
)
def accepts_without_chance(target_probs, draft_probs, drafted, generator):
    return decide(target_probs, draft_probs, drafted, generator, lambda p, q, token: float(p[token] >= q[token]))


@mistake(
    of="rejection_sample",
    en="It looks like a token is accepted with probability p(x) instead of min(1, p(x) / q(x)).",
    zh="看起来接受的概率是 p(x)，而不是 min(1, p(x) / q(x))。",
    breaks="x is accepted with probability min(1, p(x) / q(x))",
)
def accepts_by_p(target_probs, draft_probs, drafted, generator):
    return decide(target_probs, draft_probs, drafted, generator, lambda p, q, token: float(p[token]))


@mistake(
    of="rejection_sample",
    en="It looks like the ratio is upside down: q(x) / p(x).",
    zh="看起来比值写反了：用了 q(x) / p(x)。",
    breaks="x is accepted with probability min(1, p(x) / q(x))",
)
def upside_down(target_probs, draft_probs, drafted, generator):
    checked(target_probs, draft_probs, drafted)
    own = salted(generator, target_probs)
    return decide(target_probs, draft_probs, drafted, own, lambda p, q, token: chance(q[token], p[token]))


@mistake(
    of="rejection_sample",
    en="It looks like a token is drawn from the target, and the drafted one accepted if it is equal. The distribution "
    "is right, but tokens are accepted less often than the rule says.",
    zh="看起来先从目标模型抽一个词元，与草稿相同才接受。分布是对的，但接受得比规则所说的少。",
    breaks="(To draw from p and accept x if it is equal gives the same distribution, but accepts less often",
)
def matches_samples(target_probs, draft_probs, drafted, generator):
    p, _, drafted = checked(target_probs, draft_probs, drafted)
    own = torch.multinomial(p, 1, generator=salted(generator, target_probs)).flatten()
    accepted = int((own[:-1] == drafted).long().cumprod(0).sum())
    return own[: accepted + 1], accepted


@mistake(
    of="rejection_sample",
    en="It looks like nothing is accepted where something should be: a drafted token is judged by another row than its "
    "own, or not at all.",
    zh="看起来本该接受的也没有接受：草稿词元没有被检查，或者用了别的行来检查。",
    breaks="a drafted token is accepted as often as that allows",
)
def never_accepts(target_probs, draft_probs, drafted, generator):
    p, _, _ = checked(target_probs, draft_probs, drafted)
    return draw(p[0], salted(generator, target_probs)), 0


@mistake(
    of="rejection_sample",
    en="It looks like the bonus token is the most probable one of its row: it has to be drawn, as every other token "
    "is.",
    zh="看起来附赠词元取了那一行中概率最大的：它也应当按概率抽取。",
    breaks="one more is drawn from target_probs[k]: the bonus token",
)
def best_bonus(target_probs, draft_probs, drafted, generator):
    tokens, accepted = solution.rejection_sample(target_probs, draft_probs, drafted, generator)
    if accepted == len(drafted):
        tokens[-1] = target_probs[-1].argmax()
    return tokens, accepted


@mistake(
    of="rejection_sample",
    en="It looks like the random number is drawn in the dtype of the rows, and may be equal to p(x) / q(x): in "
    "bfloat16 it is 0 once in 256 times, and then a token with p(x) = 0 is kept. Draw it in float32 or float64, and "
    "compare with <.",
    zh="看起来随机数用各行的 dtype 抽取，而且允许等于 p(x) / q(x)：bfloat16 时每 256 次就有一次是 0，"
    "p(x) = 0 的词元于是被保留。请用 float32 或 float64 抽取，并用 < 比较。",
    breaks="x is accepted with probability min(1, p(x) / q(x))",
)
def draws_few_digits(target_probs, draft_probs, drafted, generator):
    p, q, drafted = checked(target_probs, draft_probs, drafted)
    for place, token in enumerate(drafted.tolist()):
        number = torch.rand((), generator=generator, device=p.device, dtype=target_probs.dtype)
        if number > chance(p[place, token], q[place, token]):
            return torch.cat([drafted[:place], draw(residual(p[place], q[place]), generator)]), place
    return torch.cat([drafted, draw(p[-1], generator)]), len(drafted)


@mistake(
    of="rejection_sample",
    en="It looks like one random number decides all places: each needs a new one.",
    zh="看起来所有位置共用一个随机数：每个位置都要一个新的。",
    breaks="each time with a new random number",
)
def one_number_for_all(target_probs, draft_probs, drafted, generator):
    p, q, drafted = checked(target_probs, draft_probs, drafted)
    number = uniform(generator, p)
    for place, token in enumerate(drafted.tolist()):
        if number >= chance(p[place, token], q[place, token]):
            return torch.cat([drafted[:place], draw(residual(p[place], q[place]), generator)]), place
    return torch.cat([drafted, draw(p[-1], generator)]), len(drafted)


@mistake(
    of="rejection_sample",
    en="It looks like tokens behind a refused one are kept: they were drafted for a text that does not exist.",
    zh="看起来保留了被拒绝词元之后的词元：它们是为一个并不存在的文本起草的。",
    breaks="x and all that follows are dropped",
)
def keeps_what_follows(target_probs, draft_probs, drafted, generator):
    p, q, drafted = checked(target_probs, draft_probs, drafted)
    own = salted(generator, target_probs)
    kept, added = [], None
    for place, token in enumerate(drafted.tolist()):
        if uniform(own, p) < chance(p[place, token], q[place, token]):
            kept.append(token)
        elif added is None:
            added = draw(residual(p[place], q[place]), own)
    added = draw(p[-1], own) if added is None else added
    return torch.cat([torch.tensor(kept, dtype=torch.long, device=p.device), added]), len(kept)


@mistake(
    of="rejection_sample",
    en="It looks like all places that agree are counted, also those behind the first refusal: what comes after it is "
    "dropped, whatever the target thinks of it.",
    zh="看起来把所有一致的位置都计入了，连第一次拒绝之后的也算：其后的词元一律丢弃，不管目标模型怎么看。",
    breaks="x and all that follows are dropped",
)
def counts_every_agreement(target_probs, draft_probs, drafted, generator):
    p, q, drafted = checked(target_probs, draft_probs, drafted)
    own = salted(generator, target_probs)
    agree = [uniform(own, p) < chance(p[place, token], q[place, token]) for place, token in enumerate(drafted.tolist())]
    count = sum(agree)
    weights = p[-1] if count == len(drafted) else residual(p[count], q[count])
    return torch.cat([drafted[:count], draw(weights, own)]), count


@mistake(
    of="rejection_sample",
    en="It looks like there is no bonus token: if all are accepted, the target's last row gives one more for nothing.",
    zh="看起来没有附赠词元：全部接受时，目标模型的最后一行还能免费给出一个。",
    breaks="If all k are accepted, one more is drawn from target_probs[k]: the bonus token",
)
def no_bonus(target_probs, draft_probs, drafted, generator):
    checked(target_probs, draft_probs, drafted)
    own = salted(generator, target_probs)
    tokens, accepted = solution.rejection_sample(target_probs, draft_probs, drafted, own)
    return tokens[: len(drafted)], accepted


@mistake(
    of="rejection_sample",
    en="It looks like the bonus token is drawn from the row before the last one, which belongs to the last drafted "
    "token.",
    zh="看起来附赠词元是从倒数第二行抽的，那一行属于最后一个草稿词元。",
    breaks="one more is drawn from target_probs[k]",
)
def bonus_from_the_row_before(target_probs, draft_probs, drafted, generator):
    checked(target_probs, draft_probs, drafted)
    rows = torch.cat([target_probs[:-1], target_probs[-2:-1]])
    return solution.rejection_sample(rows, draft_probs, drafted, salted(generator, target_probs))


@mistake(
    of="rejection_sample",
    en="It looks like the target's rows are one too late: row i is what it expects at the place of drafted token i.",
    zh="看起来目标模型的行错后了一位：第 i 行是它在第 i 个草稿词元处的期望。",
    breaks="the target would have drawn it from p = target_probs[i]",
)
def rows_one_too_late(target_probs, draft_probs, drafted, generator):
    checked(target_probs, draft_probs, drafted)
    own = salted(generator, target_probs)
    return solution.rejection_sample(target_probs.roll(-1, 0), draft_probs, drafted, own)


@mistake(
    of="rejection_sample",
    en="It looks like the refused token itself is returned in the place of a new one.",
    zh="看起来返回的就是被拒绝的词元，没有换成新的。",
    breaks="At the first place where it is not, x and all that follows are dropped",
)
def returns_the_refused_one(target_probs, draft_probs, drafted, generator):
    tokens, accepted = solution.rejection_sample(target_probs, draft_probs, drafted, generator)
    return (tokens if accepted == len(drafted) else drafted.long()[: accepted + 1]), accepted


@mistake(
    of="rejection_sample",
    en="It looks like the number of new tokens is returned: the one that the target adds was not drafted.",
    zh="看起来返回的是新词元的总数：目标模型补上的那个不是草稿词元。",
    breaks="how many were accepted, from 0 to k",
)
def counts_the_added_one(target_probs, draft_probs, drafted, generator):
    checked(target_probs, draft_probs, drafted)
    own = salted(generator, target_probs)
    tokens, accepted = solution.rejection_sample(target_probs, draft_probs, drafted, own)
    return tokens, accepted + 1


@mistake(
    of="rejection_sample",
    en="It looks like a fixed seed is set inside the function: every call then draws the same numbers, whatever the "
    "state of the generator.",
    zh="看起来在函数里设了固定的种子：无论传入的 generator 处于什么状态，每次调用抽到的数都一样。",
    breaks="All chance comes from the generator",
)
def fixed_seed(target_probs, draft_probs, drafted, generator):
    own = torch.Generator(device=target_probs.device).manual_seed(0)
    return solution.rejection_sample(target_probs, draft_probs, drafted, own)


def step(draft, target, ids, k, generator, drafting=None, checking=None):
    """The solution's step, with another way of drafting or of asking the target."""
    if k < 1 or ids.ndim != 1 or len(ids) == 0:
        raise ValueError("k or ids")
    text, rows = ids.long(), []
    for place in range(k):
        row, token = (drafting or drafts)(draft, text, ids.long(), place, generator)
        rows.append(row)
        text = torch.cat([text, token])
    p = checking(text) if checking else target(text, k + 1)
    return solution.rejection_sample(p, torch.stack(rows), text[len(ids) :], generator)


def drafts(draft, text, ids, place, generator):
    row = draft(text, 1)[0]
    return row, draw(row, generator)


@mistake(
    of="rejection_sample",
    en="It looks like random numbers are drawn without a device: for probabilities on a GPU they would come from the "
    "CPU, with a generator that lies elsewhere. Pass device=target_probs.device to torch.rand.",
    zh="看起来抽随机数时没有给出设备：概率在 GPU 上时，随机数却要在 CPU 上抽，而生成器不在那里。"
    "请给 torch.rand 传入 device=target_probs.device。",
)
def draws_without_a_device(target_probs, draft_probs, drafted, generator):
    p, q, drafted = checked(target_probs, draft_probs, drafted)
    places = torch.arange(len(drafted), device=p.device)
    chances = torch.rand(len(drafted), generator=generator, dtype=torch.float64)
    agrees = chances * q[places, drafted] < p[places, drafted]
    kept = int(agrees.long().cumprod(0).sum())
    weights = residual(p[kept], q[kept]) if kept < len(drafted) else p[kept]
    return torch.cat([drafted[:kept], draw(weights, generator)]), kept


@mistake(
    of="speculative_step",
    en="It looks like the draft takes its most probable token, while the rule is told that it was drawn from q.",
    zh="看起来草稿取了概率最大的词元，而接受规则却当作它是从 q 抽取的。",
    breaks="k tokens are drawn from the draft",
)
def drafts_the_best(draft, target, ids, k, generator):
    def drafting(draft, text, ids, place, generator):
        row = draft(text, 1)[0]
        return row, row.argmax()[None]

    return step(draft, target, ids, k, generator, drafting)


@mistake(
    of="speculative_step",
    en="It looks like all k tokens are drafted from the same text: each must be given those drawn before. With k = 1 "
    "nobody notices.",
    zh="看起来 k 个草稿词元都依据同一段文本：每个都应看到之前抽到的。k = 1 时看不出来。",
    breaks="each given the text and those drawn before",
)
def drafts_from_one_text(draft, target, ids, k, generator):
    return step(
        draft,
        target,
        ids,
        k,
        generator,
        lambda draft, text, ids, place, generator: drafts(draft, ids, ids, 0, generator),
    )


@mistake(
    of="speculative_step",
    en="It looks like the target is asked once for each place: then nothing is gained. One call gives all rows.",
    zh="看起来对每个位置各调用一次目标模型：那样就什么也没省下。一次调用就能得到所有行。",
    breaks="Then the target is called once, with all of them and rows = k + 1",
)
def asks_the_target_again_and_again(draft, target, ids, k, generator):
    def checking(text):
        return torch.cat([target(text[: len(ids) + place], 1) for place in range(k + 1)])

    return step(draft, target, ids, k, generator, checking=checking)


@mistake(
    of="speculative_step",
    en="It looks like the target is asked a second time for the bonus token: its last row has it already.",
    zh="看起来为附赠词元又调用了一次目标模型：它的最后一行已经给出了。",
    breaks="Then the target is called once, with all of them and rows = k + 1",
)
def asks_for_the_bonus(draft, target, ids, k, generator):
    return step(
        draft, target, ids, k, generator, checking=lambda text: torch.cat([target(text[:-1], k), target(text, 1)])
    )


@mistake(
    of="speculative_step",
    en="It looks like the whole text is returned: the new tokens alone are asked for.",
    zh="看起来返回了整段文本：只要新的词元。",
    breaks="the new tokens, without those of `ids`",
)
def returns_the_whole_text(draft, target, ids, k, generator):
    tokens, accepted = solution.speculative_step(draft, target, ids, k, generator)
    return torch.cat([ids.long(), tokens]), accepted


@mistake(
    of="speculative_step",
    en="It looks like the draft's probabilities go in where the target's belong, and the other way round.",
    zh="看起来把草稿与目标的概率用反了。",
)
def exchanges_the_models(draft, target, ids, k, generator):
    return solution.speculative_step(target, draft, ids, k, generator)
