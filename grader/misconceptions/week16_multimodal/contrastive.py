"""Known mistakes of week 16, contrastive."""

import contrastive as solution
import torch
import torch.nn.functional as F

from grader.mistakes import mistake


def logits_of(images, texts, logit_scale):
    """The logits of the contract, after the checks."""
    solution.clip_loss(images, texts, logit_scale)
    return logit_scale.exp() * solution.similarities(images, texts)


def both_ways(logits):
    partners = torch.arange(len(logits), device=logits.device)
    return (F.cross_entropy(logits, partners) + F.cross_entropy(logits.T, partners)) / 2


def signs_of(logits):
    return 2 * torch.eye(len(logits), dtype=logits.dtype, device=logits.device) - 1


@mistake(
    of="similarities",
    en="It looks like the embeddings are not normalised: the products depend on their lengths.",
    zh="看起来嵌入没有归一化：乘积会受到长度的影响。",
)
def takes_plain_products(images, texts):
    solution.similarities(images, texts)
    return images @ texts.T


@mistake(
    of="similarities",
    en="It looks like the embeddings are normalised along the batch. Every row must have length 1.",
    zh="看起来嵌入是沿批次归一化的。应当让每一行的长度为 1。",
)
def normalises_along_the_batch(images, texts):
    solution.similarities(images, texts)
    return F.normalize(images, dim=0) @ F.normalize(texts, dim=0).T


@mistake(
    of="similarities",
    en="It looks like only the pictures are normalised. The texts must be, too.",
    zh="看起来只归一化了图片。文本也要归一化。",
)
def normalises_pictures_only(images, texts):
    solution.similarities(images, texts)
    return F.normalize(images, dim=-1) @ texts.T


@mistake(
    of="similarities",
    en="It looks like a vector of zeros is divided by its length, which gives NaN. Its cosine is 0.",
    zh="看起来全零向量被自己的长度除，得到了 NaN。它的余弦应当是 0。",
)
def divides_by_zero(images, texts):
    solution.similarities(images, texts)
    return (images / images.norm(dim=-1, keepdim=True)) @ (texts / texts.norm(dim=-1, keepdim=True)).T


@mistake(
    of="similarities",
    en="It looks like texts stand in the rows and pictures in the columns. It is the other way round.",
    zh="看起来行是文本、列是图片。应当反过来。",
)
def puts_texts_in_rows(images, texts):
    return solution.similarities(images, texts).T


@mistake(
    of="similarities",
    en="It looks like each vector is divided by the sum of its absolute values. The length is the root of the sum of "
    "squares.",
    zh="看起来每个向量除以了各分量绝对值之和。长度是平方和的平方根。",
)
def takes_the_sum_for_the_length(images, texts):
    solution.similarities(images, texts)
    return F.normalize(images, p=1, dim=-1) @ F.normalize(texts, p=1, dim=-1).T


@mistake(
    of="clip_loss",
    en="It looks like `logit_scale` itself is the factor. It is the logarithm of the factor: take exp of it.",
    zh="看起来 `logit_scale` 被直接当作系数。它是系数的对数：要取 exp。",
)
def forgets_exp(images, texts, logit_scale):
    solution.clip_loss(images, texts, logit_scale)
    return both_ways(logit_scale * solution.similarities(images, texts))


@mistake(
    of="clip_loss",
    en="It looks like the cosines are divided by exp(logit_scale). `logit_scale` is the logarithm of the factor, "
    "not of the "
    "temperature.",
    zh="看起来余弦除以了 exp(logit_scale)。`logit_scale` 是系数的对数，不是温度的对数。",
)
def divides_by_the_factor(images, texts, logit_scale):
    solution.clip_loss(images, texts, logit_scale)
    return both_ways(solution.similarities(images, texts) / logit_scale.exp())


@mistake(
    of="clip_loss",
    en="It looks like only pictures choose their texts. The loss of the texts choosing their pictures is missing.",
    zh="看起来只有图片在挑选文本。还缺少文本挑选图片的损失。",
)
def goes_one_way(images, texts, logit_scale):
    logits = logits_of(images, texts, logit_scale)
    return F.cross_entropy(logits, torch.arange(len(logits), device=logits.device))


@mistake(
    of="clip_loss",
    en="It looks like only texts choose their pictures. The loss of the pictures choosing their texts is missing.",
    zh="看起来只有文本在挑选图片。还缺少图片挑选文本的损失。",
)
def goes_the_other_way(images, texts, logit_scale):
    logits = logits_of(images, texts, logit_scale)
    return F.cross_entropy(logits.T, torch.arange(len(logits), device=logits.device))


@mistake(
    of="clip_loss",
    en="It looks like the two cross-entropies are added. Their mean is the loss.",
    zh="看起来把两个交叉熵相加了。损失是它们的平均。",
)
def adds_both_ways(images, texts, logit_scale):
    return 2 * solution.clip_loss(images, texts, logit_scale)


@mistake(
    of="clip_loss",
    en="It looks like the losses of the batch are summed. CLIP's loss is a mean over the batch.",
    zh="看起来对批次中的损失求了和。CLIP 的损失是对批次取平均。",
)
def sums_over_the_batch(images, texts, logit_scale):
    return len(images) * solution.clip_loss(images, texts, logit_scale)


@mistake(
    of="clip_loss",
    en="It looks like the factor is kept at 100 at most. That belongs to the training; the loss takes what it is "
    "given.",
    zh="看起来系数被限制在 100 以内。这是训练时做的事；损失函数按给定的值计算。",
)
def clamps_the_factor(images, texts, logit_scale):
    return solution.clip_loss(images, texts, logit_scale.clamp(max=4.605170185988092))


@mistake(
    of="siglip_loss",
    en="It looks like the factor is kept at 100 at most in SigLIP's loss. The loss takes the factor that it is given.",
    zh="看起来 SigLIP 的损失把系数限制在 100 以内。损失函数按给定的系数计算。",
)
def clamps_the_factor_in_siglip(images, texts, logit_scale, logit_bias):
    return solution.siglip_loss(images, texts, logit_scale.clamp(max=4.605170185988092), logit_bias)


@mistake(
    of="similarities",
    en="It looks like very short embeddings are not normalised: something is added to their length, or it is kept "
    "above a number that is too large (eps).",
    zh="看起来很短的嵌入没有被归一化：长度加上了一个数，或下限（eps）取得太大。",
    breaks="The embeddings may have any length from 1e-6 to 1e6",
)
def leaves_short_ones_short(images, texts):
    solution.similarities(images, texts)
    return F.normalize(images, dim=-1, eps=1e-4) @ F.normalize(texts, dim=-1, eps=1e-4).T


@mistake(
    of="similarities",
    en="It looks like 1e-8 is added to the lengths: the cosines of embeddings of length 1e-6 are then one or two "
    "percent too small.",
    zh="看起来给长度加上了 1e-8：长度为 1e-6 的嵌入，余弦就偏小百分之一到二。",
    breaks="The embeddings may have any length from 1e-6 to 1e6",
)
def adds_to_the_length(images, texts):
    solution.similarities(images, texts)
    return (images / (images.norm(dim=-1, keepdim=True) + 1e-8)) @ (texts / (texts.norm(dim=-1, keepdim=True) + 1e-8)).T


@mistake(
    of="similarities",
    en="It looks like 1e-6 is added to the lengths: the cosines of embeddings of length 1e-6 are then half as large as "
    "they should be.",
    zh="看起来给长度加上了 1e-6：长度为 1e-6 的嵌入，余弦就只有应有的一半。",
    breaks="The embeddings may have any length from 1e-6 to 1e6",
)
def adds_much_to_the_length(images, texts):
    solution.similarities(images, texts)
    return (images / (images.norm(dim=-1, keepdim=True) + 1e-6)) @ (texts / (texts.norm(dim=-1, keepdim=True) + 1e-6)).T


@mistake(
    of="similarities",
    en="It looks like the product of two lengths is kept above 1e-8: that of two embeddings of length 1e-6 is 1e-12. "
    "Keep each length above a small number instead.",
    zh="看起来两个长度的乘积被限制为不小于 1e-8：而两个长度为 1e-6 的嵌入，乘积是 1e-12。应当分别限制每个长度的下限。",
    breaks="The embeddings may have any length from 1e-6 to 1e6",
)
def keeps_the_product_large(images, texts):
    solution.similarities(images, texts)
    return images @ texts.T / (images.norm(dim=1)[:, None] * texts.norm(dim=1)).clamp(min=1e-8)


@mistake(
    of="clip_loss",
    en="It looks like the factor is cut off from the gradient. It is learned as well.",
    zh="看起来系数被从梯度中切断了。它也是要学习的。",
)
def detaches_the_factor(images, texts, logit_scale):
    return solution.clip_loss(images, texts, logit_scale.detach())


@mistake(
    of="clip_loss",
    en="It looks like the wrong pairs are left out of the logarithm's sum, or the right one is: the softmax goes "
    "over all "
    "pairs of a row.",
    zh="看起来对数里的求和漏掉了正确的那一对，或者漏掉了其余的：softmax 要对一行中的所有对进行。",
)
def leaves_the_right_one_out(images, texts, logit_scale):
    logits = logits_of(images, texts, logit_scale)
    right = torch.eye(len(logits), dtype=torch.bool, device=logits.device)
    if len(logits) == 1:
        return logits.sum() * 0
    others = logits.masked_fill(right, -torch.inf)
    return (others.logsumexp(0) + others.logsumexp(1)).mean() / 2 - logits.diagonal().mean()


@mistake(
    of="clip_loss",
    en="It looks like the softmax is applied before the cross-entropy, which applies it a second time.",
    zh="看起来在交叉熵之前又做了一次 softmax，而交叉熵自己会做。",
)
def takes_the_softmax_twice(images, texts, logit_scale):
    logits = logits_of(images, texts, logit_scale)
    partners = torch.arange(len(logits), device=logits.device)
    return (F.cross_entropy(logits.softmax(1), partners) + F.cross_entropy(logits.T.softmax(1), partners)) / 2


@mistake(
    of="siglip_loss",
    en="It looks like the sum is divided by n * n, the number of answers. It is divided by n, the number of pairs.",
    zh="看起来总和除以了 n * n，即回答的个数。应当除以 n，即对的个数。",
)
def averages_over_all_answers(images, texts, logit_scale, logit_bias):
    return solution.siglip_loss(images, texts, logit_scale, logit_bias) / len(images)


@mistake(
    of="siglip_loss",
    en="It looks like the loss is divided by n twice: a mean over all n * n answers, and then once more by n. Only "
    "their sum is divided by n.",
    zh="看起来多除了一次 n：先对 n * n 个回答取平均，又除以 n。只要把它们的总和除以 n。",
    breaks="Their sum is divided by n, the number of pairs in the batch, not by n * n",
)
def divides_after_the_mean(images, texts, logit_scale, logit_bias):
    return solution.siglip_loss(images, texts, logit_scale, logit_bias) / len(images) ** 2


@mistake(
    of="siglip_loss",
    en="It looks like the costs of all answers are summed and not divided. Divide by n, the number of pairs.",
    zh="看起来把所有回答的花费相加之后没有除。应当除以 n，即对的个数。",
)
def divides_by_nothing(images, texts, logit_scale, logit_bias):
    return solution.siglip_loss(images, texts, logit_scale, logit_bias) * len(images)


@mistake(
    of="siglip_loss",
    en="It looks like the bias is left out.",
    zh="看起来漏掉了偏置。",
)
def forgets_the_bias(images, texts, logit_scale, logit_bias):
    return solution.siglip_loss(images, texts, logit_scale, torch.zeros_like(logit_bias))


@mistake(
    of="siglip_loss",
    en="It looks like the bias is subtracted; it is added.",
    zh="看起来减去了偏置；应当加上。",
)
def subtracts_the_bias(images, texts, logit_scale, logit_bias):
    return solution.siglip_loss(images, texts, logit_scale, -logit_bias)


@mistake(
    of="siglip_loss",
    en="It looks like the bias is multiplied by the factor, too. It is added to the scaled cosines.",
    zh="看起来偏置也乘上了系数。它应当加在放大之后的余弦上。",
)
def scales_the_bias(images, texts, logit_scale, logit_bias):
    return solution.siglip_loss(images, texts, logit_scale, logit_bias * logit_scale.exp())


@mistake(
    of="siglip_loss",
    en="It looks like only the pairs that belong together count. The n * n - n others must be told apart as well.",
    zh="看起来只计算了配对的图文。其余 n * n - n 个也要判断为“否”。",
)
def asks_the_partners_only(images, texts, logit_scale, logit_bias):
    solution.siglip_loss(images, texts, logit_scale, logit_bias)
    logits = logit_scale.exp() * solution.similarities(images, texts) + logit_bias
    return -F.logsigmoid(logits.diagonal()).mean()


@mistake(
    of="siglip_loss",
    en="It looks like the wrong pairs are labelled 0 in the product with the logits, so each of them costs ln 2 "
    "whatever its "
    "logit is. Their sign is -1.",
    zh="看起来在与 logit 相乘时，错误的对用了 0，于是无论 logit 是多少，每个都花费 ln 2。它们的符号应当是 -1。",
)
def labels_with_zero(images, texts, logit_scale, logit_bias):
    solution.siglip_loss(images, texts, logit_scale, logit_bias)
    logits = logit_scale.exp() * solution.similarities(images, texts) + logit_bias
    return -F.logsigmoid((signs_of(logits) + 1) / 2 * logits).sum() / len(logits)


@mistake(
    of="siglip_loss",
    en="It looks like log(sigmoid(x)) is computed in steps: for x far below 0 the sigmoid is 0, or 1 + exp(-x) is "
    "infinite, and the logarithm of that is not finite. `logsigmoid` does both at once.",
    zh="看起来 log(sigmoid(x)) 是分步计算的：x 远小于 0 时 sigmoid 等于 0，或者 1 + exp(-x) 是无穷大，"
    "它的对数就不是有限的数。`logsigmoid` 把两步合在一起算。",
)
def takes_the_log_of_a_sigmoid(images, texts, logit_scale, logit_bias):
    solution.siglip_loss(images, texts, logit_scale, logit_bias)
    logits = logit_scale.exp() * solution.similarities(images, texts) + logit_bias
    return -torch.log(torch.sigmoid(signs_of(logits) * logits)).sum() / len(logits)


@mistake(
    of="siglip_loss",
    en="It looks like the sigmoid is computed first, and `binary_cross_entropy` takes its logarithm: where the sigmoid "
    "is 0, that stops at -100. `binary_cross_entropy_with_logits` does both at once.",
    zh="看起来先算出 sigmoid，再由 `binary_cross_entropy` 取对数：sigmoid 等于 0 时，对数停在 -100。"
    "`binary_cross_entropy_with_logits` 把两步合在一起算。",
    breaks="It stays finite, and right, for logits of any size",
)
def stops_at_a_hundred(images, texts, logit_scale, logit_bias):
    solution.siglip_loss(images, texts, logit_scale, logit_bias)
    logits = logit_scale.exp() * solution.similarities(images, texts) + logit_bias
    answers = torch.eye(len(logits), dtype=logits.dtype, device=logits.device)
    return F.binary_cross_entropy(torch.sigmoid(logits), answers, reduction="sum") / len(logits)


@mistake(
    of="siglip_loss",
    en="It looks like the cosines are divided by exp(logit_scale) in SigLIP's loss. `logit_scale` is the logarithm of "
    "the factor, not of the temperature.",
    zh="看起来 SigLIP 的损失让余弦除以了 exp(logit_scale)。`logit_scale` 是系数的对数，不是温度的对数。",
)
def divides_by_the_factor_in_siglip(images, texts, logit_scale, logit_bias):
    return solution.siglip_loss(images, texts, -logit_scale, logit_bias)


@mistake(
    of="siglip_loss",
    en="It looks like yes and no are swapped: partners must get a high logit.",
    zh="看起来“是”与“否”弄反了：配对的图文应当得到高的 logit。",
)
def swaps_yes_and_no(images, texts, logit_scale, logit_bias):
    solution.siglip_loss(images, texts, logit_scale, logit_bias)
    logits = logit_scale.exp() * solution.similarities(images, texts) + logit_bias
    return -F.logsigmoid(-signs_of(logits) * logits).sum() / len(logits)


@mistake(
    of="siglip_loss",
    en="It looks like `logit_scale` itself is the factor in SigLIP's loss. It is the logarithm of the factor: take "
    "exp of it.",
    zh="看起来 SigLIP 的损失把 `logit_scale` 直接当作系数。它是系数的对数：要取 exp。",
)
def forgets_exp_in_siglip(images, texts, logit_scale, logit_bias):
    solution.siglip_loss(images, texts, logit_scale, logit_bias)
    logits = logit_scale * solution.similarities(images, texts) + logit_bias
    return -F.logsigmoid(signs_of(logits) * logits).sum() / len(logits)


@mistake(
    of="clip_loss",
    en="It looks like the targets 0 to n - 1 are made without a device: for embeddings on a GPU they would lie on the "
    "CPU. Pass device=images.device.",
    zh="看起来创建目标 0 到 n - 1 时没有给出设备：嵌入在 GPU 上时，目标会在 CPU 上。请传入 device=images.device。",
    breaks="What is made anew, such as the targets, is on the device of the embeddings",
)
def targets_without_a_device(images, texts, logit_scale):
    solution.clip_loss(images, texts, logit_scale)
    logits = logits_of(images, texts, logit_scale)
    targets = torch.arange(len(logits))
    return (F.cross_entropy(logits, targets) + F.cross_entropy(logits.T, targets)) / 2


@mistake(
    of="siglip_loss",
    en="It looks like the matrix of yes and no is made without a device: for embeddings on a GPU it would lie on the "
    "CPU. Pass device=images.device.",
    zh="看起来创建“是”与“否”的矩阵时没有给出设备：嵌入在 GPU 上时，它会在 CPU 上。请传入 device=images.device。",
    breaks="What is made anew, such as the signs, is on the device of the embeddings",
)
def signs_without_a_device(images, texts, logit_scale, logit_bias):
    solution.siglip_loss(images, texts, logit_scale, logit_bias)
    logits = logits_of(images, texts, logit_scale) + logit_bias
    signs = 2 * torch.eye(len(logits), dtype=logits.dtype) - 1
    return -F.logsigmoid(signs * logits).sum() / len(logits)


@mistake(
    of="siglip_loss",
    en="It looks like the factor is cut off from the gradient in SigLIP's loss. It is learned as well.",
    zh="看起来 SigLIP 的损失中，系数没有梯度。它也是学出来的。",
)
def detaches_the_factor_in_siglip(images, texts, logit_scale, logit_bias):
    return solution.siglip_loss(images, texts, logit_scale.detach(), logit_bias)


@mistake(
    of="siglip_loss",
    en="It looks like the bias is cut off from the gradient. It is learned as well.",
    zh="看起来偏置没有梯度。它也是学出来的。",
)
def detaches_the_bias(images, texts, logit_scale, logit_bias):
    return solution.siglip_loss(images, texts, logit_scale, logit_bias.detach())
