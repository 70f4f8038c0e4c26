"""Known mistakes of week 08, scaling."""

import scaling as solution
import torch

from grader.mistakes import mistake


@mistake(
    of="scaling_loss",
    en="It looks like the loss that nobody goes below, E, is left out.",
    zh="看起来漏掉了任何模型都无法低于的损失 E。",
)
def forgets_the_floor(law, N, D):
    return solution.scaling_loss(law, N, D) - law["E"]


@mistake(
    of="scaling_loss",
    en="It looks like the loss grows with size and data: a positive power where a division is asked for.",
    zh="看起来损失随规模和数据增长：该用除法的地方用了正的幂。",
)
def grows_with_size(law, N, D):
    return law["E"] + law["A"] * N ** law["alpha"] + law["B"] * D ** law["beta"]


@mistake(
    of="scaling_loss",
    en="It looks like the two exponents are exchanged: alpha belongs to the parameters, beta to the tokens.",
    zh="看起来两个指数弄反了：alpha 属于参数，beta 属于词元。",
)
def exchanges_exponents(law, N, D):
    return solution.scaling_loss(law | {"alpha": law["beta"], "beta": law["alpha"]}, N, D)


def refuse(N, D, loss):
    """Refuse what the solution refuses."""
    if not N.shape == D.shape == loss.shape or len(N) < 5 or not all((x > 0).all() for x in (N, D, loss)):
        raise ValueError("runs")


def straight(N, D, y):
    """The straight line y = c - alpha log N - beta log D by least squares."""
    design = torch.stack([torch.ones_like(N), -N.log(), -D.log()], dim=-1)
    return torch.linalg.lstsq(design, y[:, None]).solution[:, 0].tolist()


@mistake(
    of="fit_scaling_law",
    en="It looks like you fit a straight line to the logarithms, as if E were 0: the law would fall without end.",
    zh="看起来对取对数后的数据拟合了直线，相当于 E 为 0：规律会无止境地下降。",
)
def no_floor(N, D, loss):
    refuse(N, D, loss)
    c, alpha, beta = straight(N, D, loss.log())
    half = float(torch.tensor(c).exp()) / 2
    return {"E": 0.0, "A": half, "alpha": alpha, "B": half, "beta": beta}


@mistake(
    of="fit_scaling_law",
    en="It looks like the smallest loss is taken for E: no run is that good yet.",
    zh="看起来把最小的损失当成了 E：还没有哪次训练到达那里。",
)
def smallest_loss_is_the_floor(N, D, loss):
    refuse(N, D, loss)
    E = float(loss.min())
    c, alpha, beta = straight(N, D, (loss - 0.999 * E).log())
    half = float(torch.tensor(c).exp()) / 2
    return {"E": E, "A": half, "alpha": alpha, "B": half, "beta": beta}


@mistake(
    of="fit_scaling_law",
    en="It looks like both terms share one exponent.",
    zh="看起来两项共用了一个指数。",
)
def one_exponent(N, D, loss):
    refuse(N, D, loss)
    answers = []
    for exponent in torch.linspace(0.05, 1, 191).tolist():
        design = torch.stack([torch.ones_like(N), N**-exponent, D**-exponent], dim=-1)
        numbers = torch.linalg.lstsq(design, loss[:, None], driver="gelsd").solution
        squares = float((design @ numbers - loss[:, None]).square().sum())
        answers.append((squares, exponent, numbers[:, 0].tolist()))
    _, exponent, (E, A, B) = min(answers)
    return {"E": E, "A": A, "alpha": exponent, "B": B, "beta": exponent}


@mistake(
    of="fit_scaling_law",
    en="It looks like E is kept from falling below 0: the fit is asked for whatever E comes out.",
    zh="看起来不让 E 小于 0：这里要的是最佳拟合，无论 E 是多少。",
    breaks="E, A and B may be any numbers, also below 0",
)
def floor_not_below_zero(N, D, loss):
    law = solution.fit_scaling_law(N, D, loss)
    return law | {"E": max(law["E"], 0.0)}


@mistake(
    of="fit_scaling_law",
    en="It looks like the search stops short of the bounds: exponents of 0.05 and 1 are allowed.",
    zh="看起来搜索没有到达界限：指数可以是 0.05 和 1。",
    breaks="among exponents between 0.05 and 1, both included",
)
def narrow_bounds(N, D, loss):
    law = solution.fit_scaling_law(N, D, loss)
    alpha, beta = (min(max(law[name], 0.1), 0.9) for name in ("alpha", "beta"))
    if (alpha, beta) == (law["alpha"], law["beta"]):
        return law
    design = torch.stack([torch.ones_like(N), N**-alpha, D**-beta], dim=-1)
    E, A, B = torch.linalg.lstsq(design, loss[:, None], driver="gelsd").solution[:, 0].tolist()
    return {"E": E, "A": A, "alpha": alpha, "B": B, "beta": beta}


@mistake(
    of="fit_scaling_law",
    en="It looks like the names of the two terms are exchanged: A and alpha belong to the parameters.",
    zh="看起来两项的名字弄反了：A 和 alpha 属于参数。",
)
def exchanges_the_terms(N, D, loss):
    law = solution.fit_scaling_law(N, D, loss)
    return {"E": law["E"], "A": law["B"], "alpha": law["beta"], "B": law["A"], "beta": law["alpha"]}


@mistake(
    of="fit_scaling_law",
    en="It looks like the exponents come out negative: the law divides by a power already.",
    zh="看起来指数成了负数：规律里已经是除以幂了。",
)
def negative_exponents(N, D, loss):
    law = solution.fit_scaling_law(N, D, loss)
    return law | {"alpha": -law["alpha"], "beta": -law["beta"]}


@mistake(
    of="fit_scaling_law",
    en="It looks like the published exponents are taken, 0.34 and 0.28, whatever the runs say.",
    zh="看起来直接用了论文的指数 0.34 和 0.28，而没有看训练结果。",
)
def published_exponents(N, D, loss):
    refuse(N, D, loss)
    design = torch.stack([torch.ones_like(N), N**-0.34, D**-0.28], dim=-1)
    E, A, B = torch.linalg.lstsq(design, loss[:, None], driver="gelsd").solution[:, 0].tolist()
    return {"E": E, "A": A, "alpha": 0.34, "B": B, "beta": 0.28}


@mistake(
    of="fit_scaling_law",
    en="It looks like the runs are not checked in every way: three equal lengths, five runs or more, values above 0.",
    zh="看起来没有完整检查传入的训练结果：三者等长、至少五次、数值都大于 0。",
)
def checks_no_runs(N, D, loss):
    try:
        return solution.fit_scaling_law(N, D, loss)
    except ValueError:
        return {"E": 0.0, "A": 0.0, "alpha": 0.0, "B": 0.0, "beta": 0.0}


def positive(C):
    if not C > 0:
        raise ValueError("C")


@mistake(
    of="compute_optimal",
    en="It looks like C = N D: each parameter and token costs 6 operations in training.",
    zh="看起来用了 C = N D：训练中每个参数、每个词元要 6 次运算。",
)
def forgets_the_six(C, law):
    return solution.compute_optimal(6 * C, law)


@mistake(
    of="compute_optimal",
    en="It looks like C = 2 N D: that is the forward pass alone.",
    zh="看起来用了 C = 2 N D：那只是前向传播。",
)
def forward_alone(C, law):
    return solution.compute_optimal(3 * C, law)


@mistake(
    of="compute_optimal",
    en="It looks like you take 20 tokens a parameter: a rule of thumb for one law, not for yours.",
    zh="看起来取了每个参数 20 个词元：那只是某条规律下的经验法则。",
)
def twenty_tokens(C, law):
    positive(C)
    N = (C / 120) ** 0.5
    return N, 20 * N


@mistake(
    of="compute_optimal",
    en="It looks like the powers of C are exchanged: N grows with beta / (alpha + beta).",
    zh="看起来 C 的幂弄反了：N 随 beta / (alpha + beta) 增长。",
)
def exchanges_the_powers(C, law):
    positive(C)
    both = law["alpha"] + law["beta"]
    balance = (law["alpha"] * law["A"] / (law["beta"] * law["B"])) ** (1 / both)
    N = balance * (C / 6) ** (law["alpha"] / both)
    return N, C / 6 / N


@mistake(
    of="compute_optimal",
    en="It looks like the two terms are made equal: their slopes must be, so alpha and beta are factors.",
    zh="看起来让两项的值相等了：应当让斜率相等，所以还有 alpha 和 beta 两个系数。",
)
def equal_terms(C, law):
    positive(C)
    both = law["alpha"] + law["beta"]
    N = (law["A"] / law["B"]) ** (1 / both) * (C / 6) ** (law["beta"] / both)
    return N, C / 6 / N


@mistake(
    of="compute_optimal",
    en="It looks like the answer is (D, N) instead of (N, D).",
    zh="看起来返回了 (D, N)，而不是 (N, D)。",
)
def tokens_first(C, law):
    return solution.compute_optimal(C, law)[::-1]


@mistake(
    of="compute_optimal",
    en="It looks like C is not checked.",
    zh="看起来没有检查 C。",
)
def checks_no_budget(C, law):
    return solution.compute_optimal(abs(C) if abs(C) > 0 else 1.0, law)
