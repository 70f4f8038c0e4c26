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
    en="It looks like an impossible observation gives NaN (0/0): refuse it with ValueError.",
    zh="看起来不可能的观测得到了 NaN（0/0）：应当抛出 ValueError。",
)
def nan_for_the_impossible(prior, likelihood):
    if (prior < 0).any() or (likelihood < 0).any() or ((prior.sum(-1) - 1).abs() > 1e-4).any():
        raise ValueError("not a distribution")
    scaled = likelihood / likelihood.masked_fill(prior == 0, 0).amax(-1, keepdim=True)
    product = prior * scaled
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
