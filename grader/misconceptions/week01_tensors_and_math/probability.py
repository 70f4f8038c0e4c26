"""Known mistakes of week 01, probability."""

import probability as solution
import torch

from grader.mistakes import mistake


@mistake(
    of="posterior",
    en="It looks like the products are not divided by their sum: the answer should sum to 1.",
    zh="看起来乘积没有除以总和：结果之和应为 1。",
)
def not_normalised(prior, likelihood):
    solution.posterior(prior, likelihood)
    return prior * likelihood


@mistake(
    of="posterior",
    en="It looks like the sum runs over the whole batch: each case is divided by its own sum.",
    zh="看起来总和是对整个批次求的：每个情形应除以自己的和。",
)
def one_sum_for_all(prior, likelihood):
    answer = solution.posterior(prior, likelihood)
    return answer / answer.sum()


@mistake(
    of="posterior",
    en="It looks like the prior is left out: hypotheses that were unlikely before should count less.",
    zh="看起来漏掉了先验：事先就不太可能的假设应当占得更少。",
)
def without_the_prior(prior, likelihood):
    solution.posterior(prior, likelihood)
    kept = likelihood * (prior > 0)
    kept = kept / kept.amax(-1, keepdim=True)
    return kept / kept.sum(-1, keepdim=True)


@mistake(
    of="posterior",
    en="It looks like tiny products round to 0 in float32: divide the likelihoods by the largest one first.",
    zh="看起来极小的乘积在 float32 下舍入成了 0：先把似然除以其中最大的一个。",
)
def tiny_products_vanish(prior, likelihood):
    solution.posterior(prior, likelihood)
    product = prior * likelihood
    return product / product.sum(-1, keepdim=True)


@mistake(
    of="posterior",
    en="It looks like tiny products round to 0 in float32 and are then refused as impossible: divide the likelihoods "
    "by the largest one first, or add logarithms.",
    zh="看起来极小的乘积在 float32 下舍入成了 0，于是被当作不可能的观测拒绝了：先把似然除以其中最大的一个，或改为对数"
    "相加。",
    breaks="also where the products would round to 0",
)
def tiny_products_refused(prior, likelihood):
    solution.posterior(prior, likelihood)
    product = prior * likelihood
    if (product.sum(-1) == 0).any():
        raise ValueError("impossible")
    return product / product.sum(-1, keepdim=True)


@mistake(
    of="posterior",
    en="It looks like the likelihoods are divided by the largest of all, also where its prior is 0: if that one is "
    "huge, the others still round to 0. Take the largest of those that are possible.",
    zh="看起来似然除以的是所有假设中最大的一个，即使它的先验是 0：它若极大，其余的仍会舍入成 0。"
    "应取先验不为 0 的假设中最大的。",
    breaks="also where the products would round to 0",
)
def largest_of_the_impossible(prior, likelihood):
    solution.posterior(prior, likelihood)
    product = prior * (likelihood / likelihood.amax(-1, keepdim=True))
    return product / product.sum(-1, keepdim=True)


@mistake(
    of="posterior",
    en="It looks like the likelihoods of all cases are divided by one number, the largest of the whole batch: a "
    "case of "
    "tiny ones still rounds to 0. Each case has its own largest.",
    zh="看起来所有情形的似然都除以同一个数，即整个批次中最大的：似然极小的情形仍会舍入成 0。"
    "每个情形要用自己最大的那个。",
    breaks="Leading axes are cases of their own",
)
def one_largest_for_all(prior, likelihood):
    solution.posterior(prior, likelihood)
    possible = likelihood.masked_fill(prior == 0, 0)
    product = prior * (possible / possible.max())
    return product / product.sum(-1, keepdim=True)


@mistake(
    of="posterior",
    en="It looks like the sum runs along the first axis: the hypotheses lie along the last.",
    zh="看起来是沿第一个轴求和的：假设排在最后一个轴上。",
    breaks="Leading axes are cases of their own",
)
def sums_along_the_first_axis(prior, likelihood):
    solution.posterior(prior, likelihood)
    product = prior * likelihood
    return product / product.sum(0, keepdim=True)


@mistake(
    of="posterior",
    en="It looks like nothing checks that the prior sums to 1: refuse it with ValueError.",
    zh="看起来没有检查先验之和是否为 1：不为 1 时应当抛出 ValueError。",
    breaks="a prior whose sum is not 1 within `SUM_TOLERANCE`",
)
def any_prior_will_do(prior, likelihood):
    if (prior < 0).any():
        raise ValueError("negative")
    return solution.posterior(prior / prior.sum(-1, keepdim=True), likelihood)


@mistake(
    of="posterior",
    en="It looks like the sums of all priors are checked together: one that is too large and one that is too small "
    "then pass. Each case has to sum to 1 by itself.",
    zh="看起来所有先验的和是合在一起检查的：一个偏大、一个偏小，就都通过了。每个情形都要各自和为 1。",
    breaks="Leading axes are cases of their own",
)
def priors_checked_together(prior, likelihood):
    cases = prior[..., 0].numel()
    if (prior < 0).any() or abs(float(prior.sum()) - cases) > solution.SUM_TOLERANCE:
        raise ValueError("not a distribution")
    return solution.posterior(prior / prior.sum(-1, keepdim=True), likelihood)


@mistake(
    of="posterior",
    en="It looks like an impossible observation gives NaN (0/0): refuse it with ValueError.",
    zh="看起来不可能的观测得到了 NaN（0/0）：应当抛出 ValueError。",
)
def nan_for_the_impossible(prior, likelihood):
    if (prior < 0).any() or (likelihood < 0).any() or ((prior.sum(-1) - 1).abs() > 1e-4).any():
        raise ValueError("not a distribution")
    possible = likelihood.masked_fill(prior == 0, 0)
    product = prior * (possible / possible.amax(-1, keepdim=True))
    return product / product.sum(-1, keepdim=True)


@mistake(
    of="fit_gaussian",
    en="It looks like the covariance is divided by n - 1, as torch.var and numpy.cov do: maximum "
    "likelihood divides by n.",
    zh="看起来协方差除以了 n - 1，就像 torch.var 和 numpy.cov：最大似然应除以 n。",
)
def divides_by_n_minus_one(x):
    mean, covariance = solution.fit_gaussian(x)
    return mean, covariance * len(x) / max(len(x) - 1, 1)


@mistake(
    of="fit_gaussian",
    en="It looks like the deviations are multiplied but never averaged: divide by the number of rows.",
    zh="看起来偏差相乘后没有取平均：应除以行数。",
)
def scatter_matrix(x):
    mean, covariance = solution.fit_gaussian(x)
    return mean, covariance * len(x)


@mistake(
    of="fit_gaussian",
    en="It looks like rows are multiplied with rows: the covariance is (dim, dim), so the deviations are transposed on "
    "the left.",
    zh="看起来是行与行相乘：协方差的形状是 (dim, dim)，所以应把左边的偏差转置。",
    breaks="Entry (i, j) of the covariance is the mean of (x_i - mean_i)(x_j - mean_j) over the rows",
)
def rows_with_rows(x):
    mean, _ = solution.fit_gaussian(x)
    return mean, (x - mean) @ (x - mean).mT / len(x)


@mistake(
    of="fit_gaussian",
    en="It looks like no rows give NaN, the mean of nothing: refuse them with ValueError.",
    zh="看起来没有行时得到了 NaN，即空集的均值：应当抛出 ValueError。",
    breaks="there are no rows",
)
def nan_without_rows(x):
    mean = x.mean(0)
    return mean, (x - mean).mT @ (x - mean) / len(x)


@mistake(
    of="fit_gaussian",
    en="It looks like only the variances are returned, on the diagonal: how two columns vary together is missing.",
    zh="看起来只在对角线上给出了方差：两列如何一起变化（协方差）缺失了。",
)
def variances_only(x):
    mean, covariance = solution.fit_gaussian(x)
    return mean, covariance.diagonal().diag()


@mistake(
    of="fit_gaussian",
    en="It looks like the mean is not subtracted before multiplying.",
    zh="看起来相乘之前没有减去均值。",
)
def second_moment(x):
    mean, _ = solution.fit_gaussian(x)
    return mean, x.mT @ x / len(x)


@mistake(
    of="fit_gaussian",
    en="It looks like the covariance is the mean of products minus the product of means: far from 0, two large numbers "
    "cancel and only rounding errors remain.",
    zh="看起来协方差用“乘积的均值减去均值的乘积”计算：数据远离 0 时，两个大数相消，只剩舍入误差。",
)
def difference_of_large_numbers(x):
    mean, _ = solution.fit_gaussian(x)
    return mean, x.mT @ x / len(x) - mean[:, None] * mean


@mistake(
    of="fit_categorical",
    en="It looks like alpha is added to the counts but not to the total: the probabilities sum to more than 1.",
    zh="看起来 alpha 加到了计数上，却没有加到总数上：概率之和会大于 1。",
)
def alpha_only_above(counts, alpha=0.0):
    solution.fit_categorical(counts, alpha)
    answer = (counts.double() + alpha) / counts.double().sum(-1, keepdim=True)
    return answer.to(counts.dtype if counts.is_floating_point() else torch.float32)


@mistake(
    of="fit_categorical",
    en="It looks like alpha is added to the total once: it is added once for every category.",
    zh="看起来总数只加了一次 alpha：每个类别都要加一次。",
)
def alpha_once(counts, alpha=0.0):
    solution.fit_categorical(counts, alpha)
    answer = (counts.double() + alpha) / (counts.double().sum(-1, keepdim=True) + alpha)
    return answer.to(counts.dtype if counts.is_floating_point() else torch.float32)


@mistake(
    of="fit_categorical",
    en="It looks like the answer is always float32: counts in float64 give probabilities in float64.",
    zh="看起来结果总是 float32：float64 的计数应得到 float64 的概率。",
    breaks="floating ones keep their dtype",
)
def always_float32(counts, alpha=0.0):
    return solution.fit_categorical(counts, alpha).float()


@mistake(
    of="fit_categorical",
    en="It looks like the counts are added up as whole numbers: a total above 2^63 wraps around. Convert them to "
    "float64 first.",
    zh="看起来计数是按整数相加的：总数超过 2^63 就会溢出。请先转成 float64。",
    breaks="Integer counts of any size give float32",
)
def total_of_whole_numbers(counts, alpha=0.0):
    solution.fit_categorical(counts, alpha)
    answer = (counts.double() + alpha) / (counts.sum(-1, keepdim=True) + alpha * counts.shape[-1])
    return answer.to(counts.dtype if counts.is_floating_point() else torch.float32)


@mistake(
    of="fit_categorical",
    en="It looks like one total serves all the cases: each row of the batch is divided by its own.",
    zh="看起来所有情形共用一个总数：批次的每一行应除以自己的总数。",
)
def one_total(counts, alpha=0.0):
    answer = solution.fit_categorical(counts, alpha)
    totals = counts.double().sum(-1, keepdim=True) + alpha * counts.shape[-1]
    return (answer.double() * totals / totals.sum()).to(answer.dtype)


@mistake(
    of="fit_categorical",
    en="It looks like a case without counts gives NaN (0/0): refuse it with ValueError.",
    zh="看起来没有计数的情形得到了 NaN（0/0）：应当抛出 ValueError。",
)
def nan_without_counts(counts, alpha=0.0):
    if (counts < 0).any() or alpha < 0:
        raise ValueError("negative")
    smoothed = counts.double() + alpha
    answer = smoothed / smoothed.sum(-1, keepdim=True)
    return answer.to(counts.dtype if counts.is_floating_point() else torch.float32)


@mistake(
    of="fit_categorical",
    en="It looks like a count is checked after alpha was added to it: -1 with alpha 1 then passes for 0. Check the "
    "counts themselves.",
    zh="看起来是加上 alpha 之后才检查计数的：计数 -1 加上 alpha 1 就成了 0，没有被拒绝。应检查计数本身。",
    breaks="a count or `alpha` is negative",
)
def checks_after_adding_alpha(counts, alpha=0.0):
    smoothed = counts.double() + alpha
    total = smoothed.sum(-1, keepdim=True)
    if alpha < 0 or (smoothed < 0).any() or (total == 0).any():
        raise ValueError("negative")
    return (smoothed / total).to(counts.dtype if counts.is_floating_point() else torch.float32)


@mistake(
    of="posterior",
    en="It looks like the sum of a prior may be further from 1 than `SUM_TOLERANCE`: 1.002 is no distribution.",
    zh="看起来允许先验之和偏离 1 超过 `SUM_TOLERANCE`：和为 1.002 的不是分布。",
    breaks="a prior whose sum is not 1 within `SUM_TOLERANCE`",
)
def wide_tolerance(prior, likelihood):
    total = prior.sum(-1, keepdim=True)
    if ((total - 1).abs() > 1e-2).any():
        raise ValueError("not a distribution")
    return solution.posterior(prior / total, likelihood)


@mistake(
    of="mutual_information",
    en="It looks like the joint entropy comes out: mutual information compares the table with the product of its sums.",
    zh="看起来得到的是联合熵：互信息要把联合表与两个边缘和的乘积相比。",
)
def joint_entropy(joint):
    solution.mutual_information(joint)
    return -torch.xlogy(joint, joint).sum()


@mistake(
    of="mutual_information",
    en="It looks like the logarithm has base 2 (bits): the contract asks for nats.",
    zh="看起来对数以 2 为底（单位 bit）：约定要的是 nat。",
)
def information_in_bits(joint):
    return solution.mutual_information(joint) / torch.log(torch.tensor(2.0, dtype=joint.dtype))


@mistake(
    of="mutual_information",
    en="It looks like 0 log 0 is NaN: an entry of 0 should add nothing.",
    zh="看起来 0 log 0 得到了 NaN：表中的 0 应当不贡献任何值。",
)
def nan_for_zeros(joint):
    solution.mutual_information(joint)
    return (joint * (joint / (joint.sum(1, keepdim=True) * joint.sum(0))).log()).sum()


@mistake(
    of="mutual_information",
    en="It looks like the table is compared with one marginal only: divide by p(i) and by p(j).",
    zh="看起来只与一个边缘分布相比：应同时除以 p(i) 和 p(j)。",
)
def one_marginal(joint):
    solution.mutual_information(joint)
    return (torch.xlogy(joint, joint) - torch.xlogy(joint, joint.sum(1, keepdim=True))).sum()


@mistake(
    of="mutual_information",
    en="It looks like the table is quietly divided by its sum: a table that does not sum to 1 should be refused with "
    "ValueError.",
    zh="看起来表被悄悄除以了总和：总和不为 1 的表应当抛出 ValueError。",
)
def normalises_the_table(joint):
    if (joint < 0).any():
        raise ValueError("negative")
    return solution.mutual_information(joint / joint.sum())


@mistake(
    of="mutual_information",
    en="It looks like each row is asked to sum to 1: the table holds one distribution, and sums to 1 as a whole.",
    zh="看起来要求每一行之和为 1：整张表是一个分布，总和为 1。",
    breaks="the whole table does not sum to 1",
)
def each_row_sums_to_one(joint):
    if (joint < 0).any() or ((joint.sum(1) - 1).abs() > solution.SUM_TOLERANCE).any():
        raise ValueError("rows")
    rows, columns = joint.sum(1, keepdim=True), joint.sum(0, keepdim=True)
    return (torch.xlogy(joint, joint) - torch.xlogy(joint, rows * columns)).sum()


@mistake(
    of="mutual_information",
    en="It looks like the two sums are multiplied before the logarithm: the product of two tiny ones rounds to 0, and "
    "the information becomes infinite. Take log p(i) and log p(j) apart.",
    zh="看起来先把两个边缘和相乘再取对数：两个极小的数之积舍入成 0，互信息就成了无穷大。"
    "请分别取 log p(i) 和 log p(j)。",
)
def product_rounds_to_zero(joint):
    solution.mutual_information(joint)
    rows, columns = joint.sum(1, keepdim=True), joint.sum(0, keepdim=True)
    return (torch.xlogy(joint, joint) - torch.xlogy(joint, rows * columns)).sum()


@mistake(
    of="mutual_information",
    en="It looks like a negative entry is left out like a 0: refuse it with ValueError.",
    zh="看起来负数像 0 一样被略去了：有负数时应当抛出 ValueError。",
    breaks="a negative entry",
)
def negative_entries_left_out(joint):
    if (joint.sum() - 1).abs() > solution.SUM_TOLERANCE:
        raise ValueError("sum")
    ratio = joint / joint.sum(1, keepdim=True) / joint.sum(0)
    return torch.where(joint > 0, joint * ratio.log(), 0.0).sum()


@mistake(
    of="mutual_information",
    en="It looks like only the sum is checked: with a negative entry the answer is NaN. Refuse it with ValueError.",
    zh="看起来只检查了总和：表中有负数时得到 NaN。应当抛出 ValueError。",
    breaks="a negative entry",
)
def negative_entries_give_nan(joint):
    if (joint.sum() - 1).abs() > solution.SUM_TOLERANCE:
        raise ValueError("sum")
    rows, columns = joint.sum(1, keepdim=True), joint.sum(0)
    return (torch.xlogy(joint, joint) - torch.xlogy(joint, rows) - torch.xlogy(joint, columns)).sum()
