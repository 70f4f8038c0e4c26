"""Known mistakes of week 11, reward."""

import copy

import reward as solution
import torch
import torch.nn.functional as F
from torch import nn

from grader.mistakes import mistake


def checked(ids, mask):
    """Refuse what the solution refuses."""
    if ids.shape != mask.shape or not (mask != 0).any(1).all():
        raise ValueError("mask")


def at(model, ids, mask, places):
    """The scores at these places."""
    checked(ids, mask)
    states = model.backbone(ids, mask)
    return model.head(states[torch.arange(len(ids), device=ids.device), places]).squeeze(-1)


def last(mask):
    return torch.arange(mask.shape[1], device=mask.device).where(mask != 0, -1).amax(1)


@mistake(
    of="RewardModel",
    en="It looks like the score is read at the last column: in padded rows that is the padding.",
    zh="看起来分数是从最后一列读出的：有填充的行里，那里是填充。",
    breaks="the rightmost one",
)
class ReadsTheLastColumn(solution.RewardModel):
    def forward(self, ids, mask):
        return at(self, ids, mask, -1)


@mistake(
    of="RewardModel",
    en="It looks like the score is not read at the last real token of each row. The number of real tokens minus one is "
    "its place only with padding on the right.",
    zh="看起来分数不是从每行最后一个真实词元读出的。只有在右侧填充时，它的位置才是真实词元的个数减一。",
    breaks="whether the padding stands on the right, on the left",
)
class CountsTheMask(solution.RewardModel):
    def forward(self, ids, mask):
        return at(self, ids, mask, (mask != 0).sum(1) - 1)


@mistake(
    of="RewardModel",
    en="It looks like the score is read at an earlier token than the last real one: a model that reads from left to "
    "right has not seen the whole text there.",
    zh="看起来分数是从最后一个真实词元之前的词元读出的；模型从左往右读，在那里还没看到整段文本。",
)
class ReadsTheFirstToken(solution.RewardModel):
    def forward(self, ids, mask):
        return at(self, ids, mask, (mask != 0).int().argmax(1))


@mistake(
    of="RewardModel",
    en="It looks like the score is the mean over all real tokens; the contract reads one token, the last.",
    zh="看起来分数是所有真实词元的均值；约定只读一个词元，即最后一个。",
)
class AveragesOverTokens(solution.RewardModel):
    def forward(self, ids, mask):
        checked(ids, mask)
        scores = self.head(self.backbone(ids, mask)).squeeze(-1).where(mask != 0, 0)
        return scores.sum(1) / (mask != 0).sum(1)


@mistake(
    of="RewardModel",
    en="It looks like the end of the text is looked for in the ids (the first 0): ids do not say where padding is.",
    zh="看起来在 ids 里找文本的结尾（第一个 0）：id 并不说明哪里是填充。",
    breaks="The ids do not say where",
)
class LooksForThePaddingId(solution.RewardModel):
    def forward(self, ids, mask):
        place = (ids == 0).int().argmax(1) - 1  # -1, the last column, where there is no 0
        return at(self, ids, mask, place)


@mistake(
    of="RewardModel",
    en="It looks like the last id that is not 0 is taken for the end of the text: ids do not say where padding is.",
    zh="看起来把最后一个不为 0 的 id 当成了文本的结尾：id 并不说明哪里是填充。",
    breaks="The ids do not say where",
)
class TakesZeroForPadding(solution.RewardModel):
    def forward(self, ids, mask):
        checked(ids, mask)
        return at(self, ids, mask, last(ids))


@mistake(
    of="RewardModel",
    en="It looks like the token before the first 0 of the mask is read: right only if all padding is on the right.",
    zh="看起来读的是掩码里第一个 0 之前的词元：只有填充都在右侧时才对。",
    breaks="whether the padding stands on the right, on the left",
)
class StopsAtTheFirstPadding(solution.RewardModel):
    def forward(self, ids, mask):
        return at(self, ids, mask, (mask == 0).int().argmax(1) - 1)  # -1, the last column, where there is no 0


@mistake(
    of="RewardModel",
    en="It looks like the states are multiplied by a mask and added up: NaN times 0 is NaN.",
    zh="看起来把状态乘以掩码再相加：NaN 乘以 0 仍是 NaN。",
    breaks="not even if they are NaN",
)
class MultipliesByTheMask(solution.RewardModel):
    def forward(self, ids, mask):
        checked(ids, mask)
        chosen = F.one_hot(last(mask), ids.shape[1]).unsqueeze(-1)
        return self.head((self.backbone(ids, mask) * chosen).sum(1)).squeeze(-1)


@mistake(
    of="RewardModel",
    en="It looks like the backbone is not told where the padding is: the padding is read as text.",
    zh="看起来没有告诉 backbone 填充在哪里：填充被当作文本读了。",
    breaks="as `backbone(ids, mask)`",
)
class HidesTheMask(solution.RewardModel):
    def forward(self, ids, mask):
        checked(ids, mask)
        states = self.backbone(ids, torch.ones_like(mask))
        return self.head(states[torch.arange(len(ids), device=ids.device), last(mask)]).squeeze(-1)


@mistake(
    of="RewardModel",
    en="It looks like the backbone is called once for each text; the contract asks for one call.",
    zh="看起来对每段文本各调用一次 backbone；约定只调用一次。",
    breaks="called once",
)
class CallsForEachText(solution.RewardModel):
    def forward(self, ids, mask):
        checked(ids, mask)
        pairs = zip(ids.split(1), mask.split(1), strict=True)
        return torch.cat([super(CallsForEachText, self).forward(*pair) for pair in pairs])


@mistake(
    of="RewardModel",
    en="It looks like the scores keep an axis of size 1: (batch, 1) minus (batch,) broadcasts to (batch, batch).",
    zh="看起来分数多留了一个大小为 1 的轴：(batch, 1) 减 (batch,) 会广播成 (batch, batch)。",
)
class KeepsTheAxis(solution.RewardModel):
    def forward(self, ids, mask):
        return super().forward(ids, mask).unsqueeze(-1)


@mistake(
    of="RewardModel",
    en="It looks like all axes of size 1 are squeezed away: a batch of one text loses its batch.",
    zh="看起来去掉了所有大小为 1 的轴：只有一段文本的批次丢了批次轴。",
)
class SqueezesTheBatch(solution.RewardModel):
    def forward(self, ids, mask):
        return super().forward(ids, mask).squeeze()


@mistake(
    of="RewardModel",
    en="It looks like the backbone is copied: who trains the model trains another one than was given.",
    zh="看起来复制了 backbone：训练的就不是传入的那一个了。",
    breaks="itself and not a copy",
)
class CopiesTheBackbone(solution.RewardModel):
    def __init__(self, backbone, width):
        super().__init__(copy.deepcopy(backbone), width)


@mistake(
    of="RewardModel",
    en="It looks like the backbone is frozen: only the head learns.",
    zh="看起来冻结了 backbone：只有 head 在学习。",
)
class FreezesTheBackbone(solution.RewardModel):
    def forward(self, ids, mask):
        checked(ids, mask)
        states = self.backbone(ids, mask).detach()
        return self.head(states[torch.arange(len(ids), device=ids.device), last(mask)]).squeeze(-1)


@mistake(
    of="RewardModel",
    en="It looks like the head starts at zero; the contract wants PyTorch's initial values.",
    zh="看起来 head 从零开始；约定使用 PyTorch 自带的初值。",
)
class StartsAtZero(solution.RewardModel):
    def __init__(self, backbone, width):
        super().__init__(backbone, width)
        nn.init.zeros_(self.head.weight)


@mistake(
    of="RewardModel",
    en="It looks like the head has a bias, which is what `nn.Linear` makes unless it is told `bias=False`.",
    zh="看起来 head 带有偏置：不写 `bias=False` 时，`nn.Linear` 就会创建偏置。",
    breaks="head: nn.Linear(width, 1) without a bias",
)
class HasABias(solution.RewardModel):
    def __init__(self, backbone, width):
        with torch.random.fork_rng():
            super().__init__(backbone, width)
        self.head = nn.Linear(width, 1)


@mistake(
    of="RewardModel",
    en="It looks like a row without any real token gets a score; the contract refuses it.",
    zh="看起来给没有真实词元的行也打了分；约定要求拒绝它。",
    breaks="a row has no real token",
)
class ScoresNothing(solution.RewardModel):
    def forward(self, ids, mask):
        if ids.shape != mask.shape:
            raise ValueError("shapes")
        states = self.backbone(ids, mask)
        return self.head(states[torch.arange(len(ids), device=ids.device), last(mask)]).squeeze(-1)


@mistake(
    of="RewardModel",
    en="It looks like a bad mask is noticed only after the backbone was called.",
    zh="看起来调用了 backbone 之后才发现掩码不对。",
    breaks="Then the backbone is not called",
)
class NoticesTooLate(solution.RewardModel):
    def forward(self, ids, mask):
        if ids.shape != mask.shape:
            raise ValueError("shapes")
        states = self.backbone(ids, mask)
        checked(ids, mask)
        return self.head(states[torch.arange(len(ids), device=ids.device), last(mask)]).squeeze(-1)


def pairs(chosen, rejected, margin):
    """The leads, in float32 at least; refuses what the solution refuses."""
    solution.pairwise_loss(chosen, rejected, margin)
    wide = torch.promote_types(chosen.dtype, torch.float32)
    return chosen.to(wide) - rejected.to(wide), 0 if margin is None else margin.to(wide)


@mistake(
    of="pairwise_loss",
    en="It looks like chosen and rejected are swapped: the model learns to prefer the worse answer.",
    zh="看起来 chosen 与 rejected 弄反了：模型学到的是偏好较差的回答。",
)
def swaps_the_pair(chosen, rejected, margin=None):
    return solution.pairwise_loss(rejected, chosen, margin)


@mistake(
    of="pairwise_loss",
    en="It looks like you take the log of the sigmoid in two steps: for a lead of -200 that is log 0.",
    zh="看起来分两步先算 sigmoid 再取对数：领先为 -200 时就是 log 0。",
    breaks="finite for scores that are thousands apart",
)
def takes_the_log_of_zero(chosen, rejected, margin=None):
    lead, more = pairs(chosen, rejected, margin)
    return -torch.log(torch.sigmoid(lead - more)).mean()


@mistake(
    of="pairwise_loss",
    en="It looks like a small number keeps the log finite: the loss stops growing, and far pairs learn nothing.",
    zh="看起来加了一个小数来避免 log 0：损失不再增长，相差很远的对学不到任何东西。",
)
def adds_a_small_number(chosen, rejected, margin=None):
    lead, more = pairs(chosen, rejected, margin)
    return -torch.log(torch.sigmoid(lead - more) + 1e-10).mean()


@mistake(
    of="pairwise_loss",
    en="It looks like you summed over the pairs; the loss is their mean.",
    zh="看起来你把各对的损失加了起来，应当取均值。",
)
def sums_over_pairs(chosen, rejected, margin=None):
    lead, more = pairs(chosen, rejected, margin)
    return -F.logsigmoid(lead - more).sum()


@mistake(
    of="pairwise_loss",
    en="It looks like the margin is added to the lead: pairs that are clearly different are then asked for less.",
    zh="看起来把间隔加到了领先幅度上：差别明显的对反而要求更低了。",
    breaks="A margin asks for more than a bare lead",
)
def adds_the_margin(chosen, rejected, margin=None):
    return solution.pairwise_loss(chosen, rejected, None if margin is None else -margin)


@mistake(
    of="pairwise_loss",
    en="It looks like the margin is not used.",
    zh="看起来没有用到间隔（margin）。",
)
def ignores_the_margin(chosen, rejected, margin=None):
    solution.pairwise_loss(chosen, rejected, margin)
    return solution.pairwise_loss(chosen, rejected)


@mistake(
    of="pairwise_loss",
    en="It looks like the logarithm is missing: a probability is used as the loss, and pairs that are far wrong teach "
    "almost nothing.",
    zh="看起来没有取对数：直接拿概率当损失，错得离谱的对几乎学不到东西。",
)
def forgets_the_logarithm(chosen, rejected, margin=None):
    lead, more = pairs(chosen, rejected, margin)
    return -torch.sigmoid(lead - more).mean()


@mistake(
    of="pairwise_loss",
    en="It looks like the loss is the probability of the wrong order; it should be minus the logarithm of that of the "
    "right one.",
    zh="看起来损失是排错顺序的概率；应当是排对顺序的概率的负对数。",
)
def one_minus_the_chance(chosen, rejected, margin=None):
    lead, more = pairs(chosen, rejected, margin)
    return (1 - torch.sigmoid(lead - more)).mean()


@mistake(
    of="pairwise_loss",
    en="It looks like the loss is a hinge: a pair that is ahead by its margin costs nothing. It should cost log 2.",
    zh="看起来用的是合页损失：领先达到间隔的对没有代价。应当有 log 2 的代价。",
)
def is_a_hinge(chosen, rejected, margin=None):
    lead, more = pairs(chosen, rejected, margin)
    return (more - lead).clamp(min=0).mean()


@mistake(
    of="pairwise_loss",
    en="It looks like you averaged the leads and then took one loss: first the loss of each pair, then the mean.",
    zh="看起来你先平均了领先幅度，再算一次损失：应当先算每一对的损失，再取均值。",
)
def averages_first(chosen, rejected, margin=None):
    lead, more = pairs(chosen, rejected, margin)
    return -F.logsigmoid((lead - more).mean())


@mistake(
    of="pairwise_loss",
    en="It looks like the loss is computed in half precision: it keeps two or three digits.",
    zh="看起来用半精度计算损失：只剩两三位有效数字。",
    breaks="float16 and bfloat16 scores are computed in float32",
)
def stays_in_half_precision(chosen, rejected, margin=None):
    solution.pairwise_loss(chosen, rejected, margin)
    return -F.logsigmoid(chosen - rejected - (0 if margin is None else margin)).mean()


@mistake(
    of="pairwise_loss",
    en="It looks like the loss is computed in half precision and becomes float32 only at the end, with two or three "
    "right digits. Convert the scores first.",
    zh="看起来损失是用半精度算的，最后才转成 float32，只有两三位有效数字是对的。应先转换分数。",
    breaks="float16 and bfloat16 scores are computed in float32",
)
def converts_the_loss_alone(chosen, rejected, margin=None):
    solution.pairwise_loss(chosen, rejected, margin)
    loss = -F.logsigmoid(chosen - rejected - (0 if margin is None else margin)).mean()
    return loss.to(torch.promote_types(loss.dtype, torch.float32))


@mistake(
    of="pairwise_loss",
    en="It looks like shapes are not compared: one score against seven is broadcast without a word.",
    zh="看起来没有比较形状：一个分数对七个分数，不声不响地广播了。",
    breaks="the arguments differ in shape",
)
def broadcasts(chosen, rejected, margin=None):
    if chosen.numel() == 0:
        raise ValueError("no pair")
    wide = torch.promote_types(chosen.dtype, torch.float32)
    return -F.logsigmoid(chosen.to(wide) - rejected.to(wide) - (0 if margin is None else margin.to(wide))).mean()


@mistake(
    of="pairwise_loss",
    en="It looks like no pair at all gives a loss; the contract refuses it.",
    zh="看起来没有任何一对时也给出了损失；约定要求拒绝。",
    breaks="there is no pair",
)
def accepts_no_pair(chosen, rejected, margin=None):
    if chosen.shape == rejected.shape == (0,):
        return -F.logsigmoid(chosen - rejected).mean()  # NaN
    return solution.pairwise_loss(chosen, rejected, margin)


@mistake(
    of="pairwise_loss",
    en="It looks like the margin's shape is not compared: one margin is used for all pairs without a word.",
    zh="看起来没有比较 margin 的形状：一个间隔不声不响地用在了所有的对上。",
    breaks="the arguments differ in shape",
)
def broadcasts_the_margin(chosen, rejected, margin=None):
    solution.pairwise_loss(chosen, rejected)
    wide = torch.promote_types(chosen.dtype, torch.float32)
    return -F.logsigmoid(chosen.to(wide) - rejected.to(wide) - (0 if margin is None else margin.to(wide))).mean()


@mistake(
    of="pairwise_loss",
    en="It looks like everything is computed in float32, float64 too: `.float()` makes float64 shorter.",
    zh="看起来一切都用 float32 计算，float64 也不例外：`.float()` 会截短 float64。",
    breaks="float64 stays float64",
)
def always_float32(chosen, rejected, margin=None):
    return solution.pairwise_loss(chosen.float(), rejected.float(), None if margin is None else margin.float())
