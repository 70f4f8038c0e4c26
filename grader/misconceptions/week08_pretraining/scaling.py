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
    en="It looks like N and D are exchanged: A and alpha belong to the parameters N, B and beta to the tokens D.",
    zh="看起来 N 和 D 弄反了：A 和 alpha 属于参数 N，B 和 beta 属于词元 D。",
)
def exchanges_the_sizes(law, N, D):
    return solution.scaling_loss(law, D, N)


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
    return searched(N, D, loss, linear, one=True)


def linear(design, loss):
    """E, A and B by least squares, for each design: (pairs, runs, 3) gives (pairs, 3)."""
    target = loss.expand(len(design), -1)[..., None]
    return torch.linalg.lstsq(design, target, driver="gelsd").solution[..., 0]


def not_negative(design, loss):
    """The same among numbers that are not below 0: the best of all choices of which of them are 0."""
    best, least = torch.zeros(len(design), 3, dtype=loss.dtype), torch.full((len(design),), float("inf")).to(loss)
    for kept in ([0, 1, 2], [0, 1], [0, 2], [1, 2], [0], [1], [2]):
        numbers = torch.zeros_like(best)
        numbers[:, kept] = linear(design[:, :, kept], loss)
        squares = ((design @ numbers[..., None])[..., 0] - loss).square().sum(-1)
        better = (numbers >= 0).all(-1) & (squares < least)
        best[better], least[better] = numbers[better], squares[better]
    return best


def of_logarithms(design, loss):
    """The same for the least errors of the logarithms: least squares, weighted anew until they stand still."""
    law = loss.expand(len(design), -1)
    for _ in range(8):  # Gauss-Newton: the logarithm of the law is nearly straight around its present value
        target = 1 + (loss / law).log()
        numbers = torch.linalg.lstsq(design / law[..., None], target[..., None], driver="gelsd").solution
        law = (design @ numbers)[..., 0].clamp(min=1e-3)
    return numbers[..., 0]


def searched(N, D, loss, solve, *, one=False, logarithms=False):
    """The best exponents on a grid that closes in; `one`: both are the same."""
    unit_n, unit_d = N.log().mean().exp(), D.log().mean().exp()
    alpha, beta, width = 0.525, 0.525, 0.475
    wanted = loss.log() if logarithms else loss
    for _ in range(24):
        grid = torch.linspace(-width, width, 15, dtype=torch.float64)
        first, second = (alpha + grid).clamp(0.05, 1), (beta + grid).clamp(0.05, 1)
        pairs = torch.stack([first, first], dim=-1) if one else torch.cartesian_prod(first, second)
        terms = [(x[None] ** -pairs[:, place, None]) for place, x in enumerate((N / unit_n, D / unit_d))]
        design = torch.stack([torch.ones_like(terms[0]), *terms], dim=-1)
        numbers = solve(design, loss)
        law = (design @ numbers[..., None])[..., 0]
        law = law.clamp(min=1e-3).log() if logarithms else law
        best = int((law - wanted).square().sum(-1).argmin())
        alpha, beta = pairs[best].tolist()
        width *= 0.6
    E, A, B = numbers[best].tolist()
    return {"E": E, "A": A * float(unit_n) ** alpha, "alpha": alpha, "B": B * float(unit_d) ** beta, "beta": beta}


@mistake(
    of="fit_scaling_law",
    en="It looks like E, A and B are kept from falling below 0, as when you fit their logarithms: any numbers are "
    "allowed.",
    zh="看起来不让 E、A、B 小于 0（例如拟合的是它们的对数）：它们可以是任意数。",
    breaks="E, A and B may be any numbers, also below 0",
)
def nothing_below_zero(N, D, loss):
    refuse(N, D, loss)
    return searched(N, D, loss, not_negative)


@mistake(
    of="fit_scaling_law",
    en="It looks like the errors of the logarithms are made small, as in the paper: here it is those of the losses.",
    zh="看起来像论文那样让对数的误差最小：这里要的是损失本身的误差。",
    breaks="smallest sum of (loss - law)^2",
)
def fits_the_logarithms(N, D, loss):
    refuse(N, D, loss)
    return searched(N, D, loss, of_logarithms, logarithms=True)


@mistake(
    of="fit_scaling_law",
    en="It looks like A and B are those of the scaled sizes: multiply them by unit^alpha and unit^beta in the end.",
    zh="看起来 A 和 B 仍是缩放后的规模对应的数：最后要分别乘以 unit^alpha 和 unit^beta。",
    breaks="Runs that follow a law exactly give back that law",
)
def forgets_the_unit(N, D, loss):
    law = solution.fit_scaling_law(N, D, loss)
    unit_n, unit_d = float(N.log().mean().exp()), float(D.log().mean().exp())
    return law | {"A": law["A"] / unit_n ** law["alpha"], "B": law["B"] / unit_d ** law["beta"]}


@mistake(
    of="fit_scaling_law",
    en="It looks like the values of the law are tensors: Python floats are asked for.",
    zh="看起来定律的值是张量：这里要 Python 浮点数。",
    breaks="the values of the law are Python floats",
)
def returns_tensors(N, D, loss):
    law = solution.fit_scaling_law(N, D, loss)
    return law | {name: torch.tensor(law[name], dtype=torch.float64) for name in ("E", "A", "B")}


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


@mistake(
    of="compute_optimal",
    en="It looks like NaN is let through: `C <= 0` is false for it. Ask `not C > 0`.",
    zh="看起来放过了 NaN：`C <= 0` 对它为假。应当判断 `not C > 0`。",
    breaks="C is not above 0 (NaN is not)",
)
def lets_nan_through(C, law):
    return solution.compute_optimal(C, law) if C == C else (C, C)
