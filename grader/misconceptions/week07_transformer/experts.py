"""Known mistakes of week 07, experts."""

import experts as solution
import torch
import torch.nn.functional as F

from grader.mistakes import mistake


class Mixture(solution.MixtureOfExperts):
    """The solution with a weight for every expert, most of them 0; a mistake overrides a step."""

    def pick(self, logits):
        weights, chosen = torch.softmax(logits, dim=-1).topk(self.top_k, dim=-1)
        return self.norm(weights), chosen

    def norm(self, weights):
        return weights / weights.sum(dim=-1, keepdim=True)

    def bend(self, gate, up):
        return F.silu(gate) * up

    def spread(self, weights, chosen, logits):
        return torch.zeros_like(logits).scatter(-1, chosen, weights)

    def finish(self, x, answer):
        return answer

    def forward(self, x):
        logits = self.router(x)
        weights = self.spread(*self.pick(logits), logits)
        gate, up = (torch.einsum("ehd,...d->...eh", w, x) for w in (self.W_gate, self.W_up))
        answers = torch.einsum("edh,...eh->...ed", self.W_down, self.bend(gate, up))
        return self.finish(x, (answers * weights.unsqueeze(-1)).sum(-2)), logits


@mistake(
    of="MixtureOfExperts",
    en="It looks like the weights of the chosen experts are not divided by their sum.",
    zh="看起来选中专家的权重没有除以它们的和。",
)
class does_not_renormalise(Mixture):
    def norm(self, weights):
        return weights


@mistake(
    of="MixtureOfExperts",
    en="It looks like the chosen experts count alike: their weights are all 1 / top_k, and the router learns nothing.",
    zh="看起来选中的专家权重都是 1 / top_k：路由器学不到任何东西。",
)
class weighs_them_alike(Mixture):
    def norm(self, weights):
        return torch.full_like(weights, 1 / self.top_k)


@mistake(
    of="MixtureOfExperts",
    en="It looks like the answers of the chosen experts are added without any weight.",
    zh="看起来选中专家的结果没有加权就相加了。",
)
class adds_without_weights(Mixture):
    def norm(self, weights):
        return torch.ones_like(weights)


@mistake(
    of="MixtureOfExperts",
    en="It looks like the experts with the lowest scores are chosen.",
    zh="看起来选的是分数最低的专家。",
)
class chooses_the_worst(Mixture):
    def pick(self, logits):
        weights, chosen = torch.softmax(logits, dim=-1).topk(self.top_k, dim=-1, largest=False)
        return self.norm(weights), chosen


@mistake(
    of="MixtureOfExperts",
    en="It looks like every token goes to every expert, weighted by the softmax. That is right only when top_k is the "
    "number of experts; otherwise each token goes to its top_k best ones.",
    zh="看起来每个词元都送给了所有专家，按 softmax 加权。只有 top_k 等于专家数时才该这样；"
    "否则每个词元只送给最好的 top_k 个。",
)
class asks_everybody(Mixture):
    def spread(self, weights, chosen, logits):
        return torch.softmax(logits, dim=-1)


@mistake(
    of="MixtureOfExperts",
    en="It looks like weights and experts are paired in the wrong order: topk gives the largest first, not expert 0 "
    "first.",
    zh="看起来权重和专家的对应顺序错了：topk 把最大的排在前面，而不是专家 0。",
)
class pairs_weights_with_sorted_experts(Mixture):
    def spread(self, weights, chosen, logits):
        return super().spread(weights, chosen.sort(dim=-1).values, logits)


@mistake(
    of="MixtureOfExperts",
    en="It looks like the router gets no gradient: the weights were detached.",
    zh="看起来路由器得不到梯度：权重被 detach 了。",
)
class detaches_the_router(Mixture):
    def norm(self, weights):
        return super().norm(weights).detach()


@mistake(
    of="MixtureOfExperts",
    en="It looks like gate and up are swapped in the experts: silu goes over what W_gate makes, not over what W_up "
    "makes.",
    zh="看起来专家中的门和另一支对调了：silu 应作用于 W_gate 的结果，而不是 W_up 的结果。",
)
class swaps_gate_and_up(Mixture):
    def bend(self, gate, up):
        return gate * F.silu(up)


@mistake(
    of="MixtureOfExperts",
    en="It looks like all tokens are answered by the weights of expert 0.",
    zh="看起来所有词元都用了专家 0 的权重。",
)
class has_one_expert(Mixture):
    def spread(self, weights, chosen, logits):
        first = torch.zeros_like(logits)
        first[..., 0] = weights.sum(-1)
        return first


@mistake(
    of="MixtureOfExperts",
    en="It looks like the residual connection is inside the layer. The block adds it.",
    zh="看起来残差连接写进了这一层。应由块来加。",
)
class adds_the_residual_itself(Mixture):
    def finish(self, x, answer):
        return x + answer


@mistake(
    of="MixtureOfExperts",
    en="It looks like an expert takes only some tokens and drops the others.",
    zh="看起来每个专家只处理一部分词元，其余的被丢弃了。",
)
class drops_tokens(Mixture):
    def spread(self, weights, chosen, logits):
        spread = super().spread(weights, chosen, logits)
        flat = spread.reshape(-1, spread.shape[-1])
        room = -(-len(flat) // 2) + 1
        return (flat * ((flat > 0).cumsum(0) <= room)).reshape(spread.shape)


@mistake(
    of="MixtureOfExperts",
    en="It looks like probabilities are returned; the contract asks for the router's logits.",
    zh="看起来返回的是概率；约定要求返回路由器的 logits。",
)
class returns_probabilities(Mixture):
    def forward(self, x):
        output, logits = super().forward(x)
        return output, torch.softmax(logits, dim=-1)


@mistake(
    of="MixtureOfExperts",
    en="It looks like the output is float32 although x is bfloat16: weights that were computed in float32 make "
    "everything float32 that they multiply. Bring them back to the dtype of x.",
    zh="看起来 x 是 bfloat16，输出却是 float32：用 float32 算出的权重，与什么相乘，什么就变成 float32。"
    "请把它转回 x 的 dtype。",
    breaks="Both answers have the dtype of `x`",
)
class answers_in_float32(Mixture):
    def finish(self, x, answer):
        return answer.to(torch.promote_types(x.dtype, torch.float32))


@mistake(
    of="MixtureOfExperts",
    en="It looks like a top_k outside 1 to experts is accepted.",
    zh="看起来超出 1 到专家数范围的 top_k 也被接受了。",
)
class accepts_any_top_k(Mixture):
    def __init__(self, d_model, hidden, experts, top_k):
        super().__init__(d_model, hidden, experts, min(max(top_k, 1), experts))


@mistake(
    of="MixtureOfExperts",
    en="It looks like the router has a bias. It has none.",
    zh="看起来路由器有偏置。它没有偏置。",
)
class has_a_router_bias(Mixture):
    def __init__(self, d_model, hidden, experts, top_k):
        super().__init__(d_model, hidden, experts, top_k)
        self.router = torch.nn.Linear(d_model, experts)


@mistake(
    of="MixtureOfExperts",
    en="It looks like a second softmax goes over the chosen probabilities. They are divided by their sum.",
    zh="看起来对选中的概率又做了一次 softmax。应当除以它们的和。",
)
class softmaxes_twice(Mixture):
    def norm(self, weights):
        return torch.softmax(weights, dim=-1)


@mistake(
    of="MixtureOfExperts",
    en="It looks like the router's scores go through a sigmoid, each by itself. Here a softmax over all experts makes "
    "them probabilities.",
    zh="看起来路由器的分数各自经过了 sigmoid。这里要对所有专家做 softmax，得到概率。",
)
class scores_by_a_sigmoid(Mixture):
    def pick(self, logits):
        weights, chosen = torch.sigmoid(logits).topk(self.top_k, dim=-1)
        return self.norm(weights), chosen


@mistake(
    of="MixtureOfExperts",
    en="It looks like a later expert overwrites what an earlier one has answered for the same token. The answers are "
    "added.",
    zh="看起来后面的专家覆盖了前面的专家对同一个词元的结果。各个结果应当相加。",
)
class keeps_the_last_answer(Mixture):
    def spread(self, weights, chosen, logits):
        spread = super().spread(weights, chosen, logits)
        return spread * F.one_hot(chosen.amax(-1), logits.shape[-1])


def _parts(logits, top_k):
    solution.balance_loss(logits, top_k)
    probabilities = torch.softmax(logits, dim=-1).reshape(-1, logits.shape[-1])
    chosen = F.one_hot(probabilities.topk(top_k, dim=-1).indices, logits.shape[-1]).to(logits.dtype)
    return chosen.mean(dim=(0, 1)), probabilities


@mistake(
    of="balance_loss",
    en="It looks like the loss is not multiplied by the number of experts.",
    zh="看起来损失没有乘以专家数。",
)
def forgets_the_factor(logits, top_k):
    return solution.balance_loss(logits, top_k) / logits.shape[-1]


@mistake(
    of="balance_loss",
    en="It looks like shares are counted for each token, not for each choice, so they sum to top_k. transformers does "
    "that; "
    "here they sum to 1.",
    zh="看起来份额按词元而不是按选择计算，总和是 top_k。transformers 这样做；这里总和应为 1。",
)
def shares_sum_to_top_k(logits, top_k):
    return solution.balance_loss(logits, top_k) * top_k


@mistake(
    of="balance_loss",
    en="It looks like the probabilities are used twice, and the choices not at all.",
    zh="看起来概率用了两次，而没有用到选择。",
)
def multiplies_probabilities(logits, top_k):
    _, probabilities = _parts(logits, top_k)
    return logits.shape[-1] * probabilities.mean(0).square().sum()


@mistake(
    of="balance_loss",
    en="It looks like the choices are used twice: a loss without a gradient.",
    zh="看起来选择用了两次：这样的损失没有梯度。",
)
def multiplies_choices(logits, top_k):
    shares, probabilities = _parts(logits, top_k)
    return logits.shape[-1] * shares.square().sum() + 0 * probabilities.sum()


@mistake(
    of="balance_loss",
    en="It looks like only the first choice of each token counts.",
    zh="看起来只计了每个词元的第一个选择。",
)
def counts_first_choices(logits, top_k):
    solution.balance_loss(logits, top_k)
    return solution.balance_loss(logits, 1)


@mistake(
    of="balance_loss",
    en="It looks like P is taken from the chosen experts alone. It is the mean over all of them, before the choice.",
    zh="看起来 P 只取自选中的专家。它应是选择之前、对所有专家的平均概率。",
)
def takes_probabilities_of_the_chosen(logits, top_k):
    shares, probabilities = _parts(logits, top_k)
    values, chosen = probabilities.topk(top_k, dim=-1)
    kept = torch.zeros_like(probabilities).scatter(-1, chosen, values / values.sum(-1, keepdim=True))
    return logits.shape[-1] * (shares * kept.mean(0)).sum()


@mistake(
    of="balance_loss",
    en="It looks like P counts a token's probability for an expert only where that expert was chosen. P is the mean "
    "over all tokens, those that chose others too.",
    zh="看起来只有选中某个专家时，词元给它的概率才计入 P。P 应对所有词元求平均，选了别的专家的词元也算。",
    breaks="the mean probability that the router gave e",
)
def counts_probabilities_where_chosen(logits, top_k):
    shares, probabilities = _parts(logits, top_k)
    values, chosen = probabilities.topk(top_k, dim=-1)
    kept = torch.zeros_like(probabilities).scatter(-1, chosen, values)
    return logits.shape[-1] * (shares * kept.mean(0)).sum()


@mistake(
    of="balance_loss",
    en="It looks like balance_loss does not check top_k: with 0 choices the shares are 0/0, which is NaN.",
    zh="看起来 balance_loss 没有检查 top_k：一个都不选时份额是 0/0，得到 NaN。",
    breaks="top_k is below 1 or above the number of experts",
)
def loss_of_no_choices(logits, top_k):
    return logits.sum() * float("nan") if top_k == 0 else solution.balance_loss(logits, top_k)


@mistake(
    of="balance_loss",
    en="It looks like the loss is float32 although the logits are bfloat16. Computing it in float32 is a good idea; "
    "bring it back to the dtype of the logits at the end.",
    zh="看起来 logits 是 bfloat16，损失却是 float32。用 float32 计算是好主意，只是最后要转回 logits 的 dtype。",
    breaks="The loss has the dtype of `logits`",
)
def loss_stays_float32(logits, top_k):
    return solution.balance_loss(logits, top_k).to(torch.promote_types(logits.dtype, torch.float32))


@mistake(
    of="balance_loss",
    en="It looks like any top_k is accepted by balance_loss.",
    zh="看起来 balance_loss 接受任意的 top_k。",
)
def loss_accepts_any_top_k(logits, top_k):
    return solution.balance_loss(logits, min(max(top_k, 1), logits.shape[-1]))


@mistake(
    of="balance_loss",
    en="It looks like each text gets a loss of its own, and the mean is taken. f and P are shares over all "
    "tokens of all "
    "texts together.",
    zh="看起来每段文本各算一个损失，再取平均。f 和 P 应当在所有文本的所有词元上一起计算。",
)
def averages_over_texts(logits, top_k):
    if logits.ndim < 3:
        return solution.balance_loss(logits, top_k)
    return torch.stack([averages_over_texts(text, top_k) for text in logits]).mean()


@mistake(
    of="balance_loss",
    en="It looks like the softmax goes over the tokens. It goes over the experts, the last axis.",
    zh="看起来 softmax 作用在词元上。它应作用于专家，即最后一个轴。",
)
def compares_tokens(logits, top_k):
    solution.balance_loss(logits, top_k)
    flat = logits.reshape(-1, logits.shape[-1])
    probabilities = torch.softmax(flat, dim=0)
    chosen = F.one_hot(probabilities.topk(top_k, dim=-1).indices, logits.shape[-1]).to(logits.dtype)
    return logits.shape[-1] * (chosen.mean(dim=(0, 1)) * probabilities.mean(dim=0)).sum()
