"""Known mistakes of week 16, zero_shot."""

import math

import torch
import torch.nn.functional as F
import zero_shot as solution

from grader.mistakes import mistake


def check(labels, templates):
    """The refusals of the contract."""
    solution.label_embeddings(labels, templates, lambda texts: torch.ones(len(texts), 1))


def sentences(labels, templates, encode_text):
    """The embeddings of all sentences: (labels, templates, d)."""
    check(labels, templates)
    texts = [template.replace("{}", label) for label in labels for template in templates]
    return encode_text(texts).unflatten(0, (len(labels), len(templates)))


@mistake(
    of="label_embeddings",
    en="It looks like the sentences are averaged as they are. Normalise each one first, or a long embedding "
    "outvotes the "
    "others.",
    zh="看起来句子没有归一化就取了平均。要先归一化每一句，否则长的嵌入会压过其他的。",
)
def averages_before_normalising(labels, templates, encode_text):
    return F.normalize(sentences(labels, templates, encode_text).mean(dim=1), dim=-1)


@mistake(
    of="label_embeddings",
    en="It looks like the mean is not normalised again: labels whose templates disagree come out shorter than 1.",
    zh="看起来平均之后没有再归一化：各模板意见不一的标签，长度会小于 1。",
)
def forgets_the_second_time(labels, templates, encode_text):
    return F.normalize(sentences(labels, templates, encode_text), dim=-1).mean(dim=1)


@mistake(
    of="label_embeddings",
    en="It looks like nothing is normalised: the embeddings are plain means.",
    zh="看起来没有做任何归一化：得到的只是普通的平均。",
)
def never_normalises(labels, templates, encode_text):
    return sentences(labels, templates, encode_text).mean(dim=1)


@mistake(
    of="label_embeddings",
    en="It looks like only the first template is used.",
    zh="看起来只用了第一个模板。",
)
def uses_the_first_template(labels, templates, encode_text):
    check(labels, templates)
    return solution.label_embeddings(labels, templates[:1], encode_text)


@mistake(
    of="label_embeddings",
    en="It looks like the templates are not used: the labels themselves are embedded.",
    zh="看起来没有用模板：嵌入的是标签本身。",
)
def ignores_the_templates(labels, templates, encode_text):
    check(labels, templates)
    return solution.label_embeddings(labels, ["{}"], encode_text)


@mistake(
    of="label_embeddings",
    en="It looks like the sentences are listed template by template and then grouped as if they stood label by "
    "label. The "
    "two orders must agree.",
    zh="看起来句子按模板逐个排列，却按标签逐个分组。两处的顺序必须一致。",
)
def groups_in_another_order(labels, templates, encode_text):
    check(labels, templates)
    texts = [template.replace("{}", label) for template in templates for label in labels]
    embeddings = F.normalize(encode_text(texts), dim=-1).unflatten(0, (len(labels), len(templates)))
    return F.normalize(embeddings.mean(dim=1), dim=-1)


@mistake(
    of="label_embeddings",
    en="It looks like the sentences are listed label by label and then grouped as if they stood template by template. "
    "The two orders must agree.",
    zh="看起来句子按标签逐个排列，却按模板逐个分组。两处的顺序必须一致。",
)
def groups_by_template(labels, templates, encode_text):
    embeddings = F.normalize(sentences(labels, templates, encode_text), dim=-1).flatten(0, 1)
    return F.normalize(embeddings.unflatten(0, (len(templates), len(labels))).mean(dim=0), dim=-1)


@mistake(
    of="label_embeddings",
    en="It looks like the labels are put into small letters before they are put into the templates. They go in as they "
    "are.",
    zh="看起来标签先变成小写，再填入模板。标签应原样填入。",
    breaks="Every label is put into every template",
)
def writes_small_letters(labels, templates, encode_text):
    return solution.label_embeddings([label.lower() for label in labels], templates, encode_text)


@mistake(
    of="label_embeddings",
    en="It looks like equal labels are merged (a dict or a set of labels): there is one embedding for each label in "
    "the list, also for one that stands there twice.",
    zh="看起来相同的标签被合并了（用了字典或集合）：列表中每个标签都有一个嵌入，出现两次的也一样。",
)
def merges_equal_labels(labels, templates, encode_text):
    return solution.label_embeddings(list(dict.fromkeys(labels)), templates, encode_text)


@mistake(
    of="label_embeddings",
    en="It looks like a template without {} is accepted. All labels would then have the same sentence.",
    zh="看起来接受了没有 {} 的模板。那样所有标签得到的句子都一样。",
)
def accepts_templates_without_a_place(labels, templates, encode_text):
    if not labels or not templates:
        raise ValueError("none")
    texts = [template.replace("{}", label) for label in labels for template in templates]
    embeddings = F.normalize(encode_text(texts), dim=-1).unflatten(0, (len(labels), len(templates)))
    return F.normalize(embeddings.mean(dim=1), dim=-1)


@mistake(
    of="label_embeddings",
    en="It looks like the mean runs over the labels. It runs over the templates of one label.",
    zh="看起来是对标签取了平均。应当对同一个标签的各个模板取平均。",
)
def averages_over_labels(labels, templates, encode_text):
    embeddings = F.normalize(sentences(labels, templates, encode_text), dim=-1)
    return F.normalize(embeddings.mean(dim=0), dim=-1)


@mistake(
    of="zero_shot",
    en="It looks like `logit_scale` itself multiplies the cosines. It is the logarithm of the factor: take exp of it.",
    zh="看起来 `logit_scale` 被直接乘在余弦上。它是系数的对数：要取 exp。",
)
def forgets_exp(image, labels, templates, encode_text, logit_scale=0.0):
    weights = solution.label_embeddings(labels, templates, encode_text)
    return torch.softmax(logit_scale * (F.normalize(image, dim=-1) @ weights.T), dim=-1)


@mistake(
    of="zero_shot",
    en="It looks like the embeddings of the pictures are not normalised.",
    zh="看起来图片的嵌入没有归一化。",
)
def leaves_pictures_long(image, labels, templates, encode_text, logit_scale=0.0):
    weights = solution.label_embeddings(labels, templates, encode_text)
    return torch.softmax(math.exp(logit_scale) * (image @ weights.T), dim=-1)


@mistake(
    of="zero_shot",
    en="It looks like the softmax runs over the pictures of the batch. It runs over the labels.",
    zh="看起来 softmax 是对批次中的图片做的。应当对标签做。",
)
def compares_the_pictures(image, labels, templates, encode_text, logit_scale=0.0):
    weights = solution.label_embeddings(labels, templates, encode_text)
    return torch.softmax(math.exp(logit_scale) * (F.normalize(image, dim=-1) @ weights.T), dim=0)


@mistake(
    of="zero_shot",
    en="It looks like the cosines are returned as they are. Probabilities are their softmax, after the factor.",
    zh="看起来直接返回了余弦。概率是乘上系数之后的 softmax。",
)
def returns_cosines(image, labels, templates, encode_text, logit_scale=0.0):
    weights = solution.label_embeddings(labels, templates, encode_text)
    return math.exp(logit_scale) * (F.normalize(image, dim=-1) @ weights.T)


@mistake(
    of="zero_shot",
    en="It looks like the factor is always 100, as CLIP's is after training. Here it is exp(logit_scale).",
    zh="看起来系数总是 100，就像训练好的 CLIP 那样。这里的系数是 exp(logit_scale)。",
    breaks="exp(logit_scale) times the cosine",
)
def always_takes_a_hundred(image, labels, templates, encode_text, logit_scale=0.0):
    return solution.zero_shot(image, labels, templates, encode_text, math.log(100.0))


@mistake(
    of="zero_shot",
    en="It looks like the factor is kept at 100 at most. That belongs to the training; here the factor is taken as it "
    "is given.",
    zh="看起来系数被限制在 100 以内。这是训练时做的事；这里按给定的系数计算。",
    breaks="exp(logit_scale) times the cosine",
)
def clamps_the_factor(image, labels, templates, encode_text, logit_scale=0.0):
    return solution.zero_shot(image, labels, templates, encode_text, min(logit_scale, math.log(100.0)))


@mistake(
    of="zero_shot",
    en="It looks like the cosines are divided by exp(logit_scale). `logit_scale` is the logarithm of the factor, not "
    "of the temperature.",
    zh="看起来余弦除以了 exp(logit_scale)。`logit_scale` 是系数的对数，不是温度的对数。",
)
def divides_by_the_factor(image, labels, templates, encode_text, logit_scale=0.0):
    return solution.zero_shot(image, labels, templates, encode_text, -logit_scale)


@mistake(
    of="zero_shot",
    en="It looks like the factor is left out: the softmax is over plain cosines.",
    zh="看起来漏掉了系数：softmax 直接作用在余弦上。",
)
def ignores_the_factor(image, labels, templates, encode_text, logit_scale=0.0):
    return solution.zero_shot(image, labels, templates, encode_text)


@mistake(
    of="zero_shot",
    en="It looks like each label gets a sigmoid of its own. The labels share one softmax, so the probabilities add "
    "up to 1.",
    zh="看起来每个标签各自取了 sigmoid。各标签共用一个 softmax，概率之和为 1。",
)
def judges_each_label_alone(image, labels, templates, encode_text, logit_scale=0.0):
    weights = solution.label_embeddings(labels, templates, encode_text)
    return torch.sigmoid(math.exp(logit_scale) * (F.normalize(image, dim=-1) @ weights.T))


@mistake(
    of="zero_shot",
    en="It looks like the softmax is computed with plain exponentials, which overflow for a large factor.",
    zh="看起来 softmax 是直接用指数算的，系数大时会溢出。",
)
def overflows(image, labels, templates, encode_text, logit_scale=0.0):
    weights = solution.label_embeddings(labels, templates, encode_text)
    powers = torch.exp(math.exp(logit_scale) * (F.normalize(image, dim=-1) @ weights.T))
    return powers / powers.sum(dim=-1, keepdim=True)


def recall_by(similarity, owners, k, before):
    """Recall both ways; `before(scores, right)` says which wrong candidates come before the best right one."""
    solution.recall_at_k(similarity, owners, k)
    right = owners == torch.arange(len(similarity), device=owners.device)[:, None]
    return tuple(
        (before(scores, mask).sum(dim=1) < k).double().mean().item()
        for scores, mask in ((similarity, right), (similarity.T, right.T))
    )


@mistake(
    of="recall_at_k",
    en="It looks like ties count for the model. A score that all candidates share finds nothing.",
    zh="看起来平局算模型找到了。所有候选得分都相同，等于什么也没找到。",
)
def lets_ties_win(similarity, owners, k):
    return recall_by(similarity, owners, k, lambda s, m: (s > s.masked_fill(~m, -torch.inf).amax(1, True)) & ~m)


@mistake(
    of="recall_at_k",
    en="It looks like ties count for the model when a picture looks for its texts. They count against it, both ways.",
    zh="看起来为图片找文本时，平局算模型找到了。两个方向的平局都对模型不利。",
)
def lets_ties_win_for_pictures(similarity, owners, k):
    tied, _ = lets_ties_win(similarity, owners, k)
    return tied, solution.recall_at_k(similarity, owners, k)[1]


@mistake(
    of="recall_at_k",
    en="It looks like ties count for the model when a text looks for its picture. They count against it, both ways.",
    zh="看起来为文本找图片时，平局算模型找到了。两个方向的平局都对模型不利。",
)
def lets_ties_win_for_texts(similarity, owners, k):
    _, tied = lets_ties_win(similarity, owners, k)
    return solution.recall_at_k(similarity, owners, k)[0], tied


@mistake(
    of="recall_at_k",
    en="It looks like text i is taken for the only caption of picture i (the diagonal), and the other texts for "
    "nobody's. `owners` says what belongs together.",
    zh="看起来把文本 i 当作图片 i 唯一的描述（对角线），其余文本不属于任何图片。谁和谁是一对由 `owners` 说明。",
)
def takes_a_diagonal_mask(similarity, owners, k):
    solution.recall_at_k(similarity, owners, k)
    right = torch.eye(*similarity.shape, dtype=torch.bool, device=similarity.device)
    return tuple(
        (((scores >= scores.masked_fill(~mask, -torch.inf).amax(1, True)) & ~mask).sum(dim=1) < k)
        .double()
        .mean()
        .item()
        for scores, mask in ((similarity, right), (similarity.T, right.T))
    )


@mistake(
    of="recall_at_k",
    en="It looks like ties are broken by the order of the candidates, as topk or argsort do it. Here they count "
    "against the "
    "model.",
    zh="看起来平局按候选的先后决定，就像 topk 或 argsort 那样。这里平局一律对模型不利。",
)
def breaks_ties_by_number(similarity, owners, k):
    def before(scores, right):
        order = scores.argsort(dim=1, descending=True, stable=True)
        return ~right.gather(1, order).cumsum(1).bool()

    return recall_by(similarity, owners, k, before)


@mistake(
    of="recall_at_k",
    en="It looks like the right answer is looked for on the diagonal. With several captions for a picture, `owners` "
    "says what "
    "belongs together.",
    zh="看起来是到对角线上找正确答案。一张图片有几句描述时，谁和谁是一对由 `owners` 说明。",
)
def reads_the_diagonal(similarity, owners, k):
    solution.recall_at_k(similarity, owners, k)
    return solution.recall_at_k(similarity, torch.arange(len(owners), device=owners.device) % len(similarity), k)


@mistake(
    of="recall_at_k",
    en="It looks like the two directions are swapped: texts found for pictures come first.",
    zh="看起来两个方向对调了：先是为图片找文本。",
)
def swaps_the_directions(similarity, owners, k):
    return solution.recall_at_k(similarity, owners, k)[::-1]


@mistake(
    of="recall_at_k",
    en="It looks like a picture counts as found only if its worst caption has fewer than k wrong texts before it. Its "
    "best caption is enough.",
    zh="看起来要求图片得分最低的那句描述之前，错误文本少于 k 个，才算命中。看得分最高的那句就够了。",
)
def wants_all_captions(similarity, owners, k):
    return recall_by(similarity, owners, k, lambda s, m: (s >= s.masked_fill(~m, torch.inf).amin(1, True)) & ~m)


@mistake(
    of="recall_at_k",
    en="It looks like the share of captions found is averaged, instead of the share of pictures that found one.",
    zh="看起来平均的是找到的描述所占的比例，而不是至少找到一句的图片所占的比例。",
)
def counts_the_captions(similarity, owners, k):
    _, found = solution.recall_at_k(similarity, owners, k)
    right = owners == torch.arange(len(similarity), device=owners.device)[:, None]
    own = similarity.gather(0, owners[None])[0]
    wrong = (similarity[owners] >= own[:, None]) & ~right[owners]
    share = [(wrong[owners == picture].sum(dim=1) < k).double().mean() for picture in range(len(similarity))]
    return torch.stack(share).mean().item(), found


@mistake(
    of="recall_at_k",
    en="It looks like recall is, for each picture, the share of its captions that are among the first k, as in other "
    "kinds of search. Here a picture counts as a whole: one of its captions is enough.",
    zh="看起来每张图片的召回率算成了它的描述中排进前 k 名的比例，就像别的检索那样。"
    "这里一张图片只算一次：找到它的一句描述就够了。",
    breaks="A picture is a hit if at least one of its captions is among the k texts",
)
def counts_captions_in_the_first_k(similarity, owners, k):
    _, found = solution.recall_at_k(similarity, owners, k)
    shares = []
    for scores, mine in zip(
        similarity, owners == torch.arange(len(similarity), device=owners.device)[:, None], strict=True
    ):
        before = [(scores > own).sum() + ((scores == own) & ~mine).sum() for own in scores[mine]]
        shares.append((torch.stack(before) < k).double().mean())
    return torch.stack(shares).mean().item(), found


@mistake(
    of="recall_at_k",
    en="It looks like recall is the share of captions found, among all captions together. Here it is the share of "
    "pictures that found at least one of theirs.",
    zh="看起来召回率算成了所有描述中被找到的比例。这里要的是至少找到一句的图片所占的比例。",
)
def counts_all_captions_alike(similarity, owners, k):
    _, found = solution.recall_at_k(similarity, owners, k)
    right = owners == torch.arange(len(similarity), device=owners.device)[:, None]
    own = similarity.gather(0, owners[None])[0]
    wrong = (similarity[owners] >= own[:, None]) & ~right[owners]
    return (wrong.sum(dim=1) < k).double().mean().item(), found


@mistake(
    of="recall_at_k",
    en="It looks like only the first caption of a picture is looked for. One among its captions is enough, whichever "
    "it is.",
    zh="看起来只找了每张图片的第一句描述。它的任意一句被找到就够了。",
    breaks="at least one of its captions is among the k texts",
)
def looks_for_the_first_caption(similarity, owners, k):
    _, found = solution.recall_at_k(similarity, owners, k)
    right = owners == torch.arange(len(similarity), device=owners.device)[:, None]
    own = similarity.gather(1, right.int().argmax(dim=1, keepdim=True))
    return (((similarity >= own) & ~right).sum(dim=1) < k).double().mean().item(), found


@mistake(
    of="recall_at_k",
    en="It looks like all captions of a picture must be among the first k, so one with more than k captions is never "
    "found. One caption is enough.",
    zh="看起来要求一张图片的所有描述都排进前 k 名，描述多于 k 句的图片就永远找不到。有一句就够了。",
    breaks="at least one of its captions is among the k texts",
)
def needs_a_place_for_each_caption(similarity, owners, k):
    _, found = solution.recall_at_k(similarity, owners, k)
    right = owners == torch.arange(len(similarity), device=owners.device)[:, None]
    last = similarity.masked_fill(~right, torch.inf).amin(dim=1, keepdim=True)
    before = ((similarity >= last) & ~right).sum(dim=1) + right.sum(dim=1) - 1
    return (before < k).double().mean().item(), found


@mistake(
    of="recall_at_k",
    en="It looks like the recalls are given in percent. They are shares, from 0 to 1.",
    zh="看起来召回率是按百分数给出的。它们是比例，从 0 到 1。",
    breaks="Recall is the share of hits",
)
def gives_percent(similarity, owners, k):
    one, other = solution.recall_at_k(similarity, owners, k)
    return 100 * one, 100 * other


@mistake(
    of="recall_at_k",
    en="It looks like the number of wrong candidates before the right one may be k. With k before it, it is not "
    "among the "
    "first k.",
    zh="看起来允许正确答案之前有 k 个错误候选。前面有 k 个，它就不在前 k 名里了。",
)
def is_off_by_one(similarity, owners, k):
    return solution.recall_at_k(similarity, owners, k + 1) if k >= 1 else solution.recall_at_k(similarity, owners, k)


@mistake(
    of="recall_at_k",
    en="It looks like the lowest scores are taken for the best. A higher score is a better match.",
    zh="看起来把最低的得分当成了最好的。得分越高越匹配。",
)
def prefers_low_scores(similarity, owners, k):
    return solution.recall_at_k(-similarity, owners, k)


@mistake(
    of="recall_at_k",
    en="It looks like the two recalls are averaged, and the mean stands for both.",
    zh="看起来对两个方向的召回率取了平均，两处都返回这个平均。",
)
def averages_the_directions(similarity, owners, k):
    mean = sum(solution.recall_at_k(similarity, owners, k)) / 2
    return mean, mean


@mistake(
    of="recall_at_k",
    en="It looks like a picture without a caption counts as a miss. It is a ValueError: nothing could be found for it.",
    zh="看起来没有描述的图片被算作未命中。应当抛出 ValueError：它本来就没有可找的。",
)
def accepts_pictures_without_captions(similarity, owners, k):
    named = sorted(set(owners.tolist()))
    if k < 1 or len(owners) != similarity.shape[1] or not named or named[0] < 0 or named[-1] >= len(similarity):
        raise ValueError("owners")
    rows = torch.tensor(named, device=owners.device)
    places = (owners[:, None] == rows).int().argmax(dim=1)
    for_pictures, for_texts = solution.recall_at_k(similarity[rows], places, k)
    return for_pictures * len(named) / len(similarity), for_texts


@mistake(
    of="recall_at_k",
    en="It looks like a fixed number, such as -1, takes the place of all other texts when a picture's best caption is "
    "looked for: where every score is lower, that number is the best. Put minus infinity there.",
    zh="看起来找图片的最佳描述时，把其他文本的得分换成了一个固定的数，例如 -1：所有得分都更低时，"
    "最大的就是这个数。应当换成负无穷。",
    breaks="at least one of its captions is among the k texts with the highest scores",
)
def hides_with_a_number(similarity, owners, k):
    hidden, _ = recall_by(similarity, owners, k, lambda s, m: (s >= s.masked_fill(~m, -1.0).amax(1, True)) & ~m)
    return hidden, solution.recall_at_k(similarity, owners, k)[1]


@mistake(
    of="recall_at_k",
    en="It looks like only the number of different owners is compared with the number of pictures: of three pictures, "
    "0, 1 and 3 are three different owners, but 3 is no picture.",
    zh="看起来只比较了 `owners` 中不同数字的个数与图片数：有三张图片时，0、1、3 也是三个数，但没有图片 3。",
    breaks="a number in it names no picture",
)
def counts_the_owners(similarity, owners, k):
    pictures, texts = similarity.shape
    if k < 1 or pictures < 1 or owners.shape != (texts,) or len(set(owners.tolist())) != pictures:
        raise ValueError("owners")
    right = owners == torch.arange(pictures, device=owners.device)[:, None]
    best = similarity.masked_fill(~right, -torch.inf).amax(dim=1, keepdim=True)
    own = similarity.masked_fill(~right, -torch.inf).amax(dim=0)
    found, owned = (((similarity >= score) & ~right).sum(dim=axis) < k for score, axis in ((best, 1), (own, 0)))
    return found.double().mean().item(), owned.double().mean().item()
