"""Known mistakes of week 16, debug_caption: repairs that do not repair. The planted bug itself is the stub."""

import debug_caption as solution
import torch
import torch.nn.functional as F

from grader.mistakes import mistake


@mistake(
    of="Captioner",
    en="It looks like the loss now compares each score with the token that was just read: the program learns to repeat "
    "it.",
    zh="看起来损失现在把每处的打分与刚读到的词元比较：程序学会的是重复它。",
)
class learns_to_repeat(solution.Captioner):
    def loss(self, features, captions):
        read, write = self.batch(captions)
        logits = self(features, read)
        return F.cross_entropy(logits.transpose(1, 2), torch.where(write == -100, -100, read), ignore_index=-100)


@mistake(
    of="Captioner",
    en="It looks like the loss now compares each score with the token that was just read, padding included: the "
    "program learns to repeat it.",
    zh="看起来损失现在把每处的打分与刚读到的词元（包括填充）比较：程序学会的是重复它。",
)
class learns_to_repeat_all(solution.Captioner):
    def loss(self, features, captions):
        read, _ = self.batch(captions)
        return F.cross_entropy(self(features, read).transpose(1, 2), read, ignore_index=-100)


@mistake(
    of="Captioner",
    en="It looks like the last place of scores and targets is still cut off: there is nothing to shift any more, so "
    "nothing may be cut; the longest caption does not learn its end.",
    zh="看起来打分和目标的最后一处仍被切掉：已经不需要移位，就什么也不能切；最长的描述学不到自己的结束词元。",
)
class cuts_off_the_last_place(solution.Captioner):
    def loss(self, features, captions):
        read, write = self.batch(captions)
        logits = self(features, read)[:, :-1]
        return F.cross_entropy(logits.transpose(1, 2), write[:, :-1], ignore_index=-100)


@mistake(
    of="Captioner",
    en="It looks like the targets are taken from what is read, one step later: the longest caption then does not learn "
    "its end, and the padding of shorter ones is learnt. `batch` has made the targets, in `write`.",
    zh="看起来目标取自读入的内容、后移一步：这样最长的描述学不到结束词元，较短描述的填充反而被学了。"
    "目标已由 `batch` 给出，即 `write`。",
)
class shifts_what_was_read(solution.Captioner):
    def loss(self, features, captions):
        read, _ = self.batch(captions)
        logits = self(features, read)[:, :-1]
        return F.cross_entropy(logits.transpose(1, 2), read[:, 1:], ignore_index=-100)


@mistake(
    of="Captioner",
    en="It looks like the shift goes the other way now: from the second place on, each score is compared with the "
    "token that was just read.",
    zh="看起来移位反了方向：从第二处起，每处的打分与刚读到的词元比较。",
)
class shifts_backwards(solution.Captioner):
    def loss(self, features, captions):
        read, write = self.batch(captions)
        logits = self(features, read)[:, 1:]
        return F.cross_entropy(logits.transpose(1, 2), write[:, :-1], ignore_index=-100)


@mistake(
    of="Captioner",
    en="It looks like the shift is taken from what the model reads, too: the token that it should write is then one "
    "that it sees.",
    zh="看起来模型读到的内容也移了一位：要它写的词元，它已经看到了。",
)
class reads_the_answer(solution.Captioner):
    def loss(self, features, captions):
        read, write = self.batch(captions)
        logits = self(features, torch.where(write == -100, read, write))
        return F.cross_entropy(logits.transpose(1, 2), write, ignore_index=-100)


@mistake(
    of="Captioner",
    en="It looks like the first word is still not learnt: what the model writes behind the begin counts as well.",
    zh="看起来第一个词仍然没有学：模型在开头词元之后写的也要计入。",
)
class skips_the_first_word(solution.Captioner):
    def loss(self, features, captions):
        read, write = self.batch(captions)
        logits = self(features, read)
        if write.shape[1] == 1 or (write[:, 1:] == -100).all():
            return logits.sum() * 0.0
        return F.cross_entropy(logits[:, 1:].transpose(1, 2), write[:, 1:], ignore_index=-100)


@mistake(
    of="Captioner",
    en="It looks like `batch` was changed to fit the shift: what should be written then begins with the begin. `batch` "
    "is right; the shift in the loss is what is too much.",
    zh="看起来改了 `batch` 去配合移位：要写的内容于是也从开头词元开始。`batch` 是对的，多余的是损失里的移位。",
)
class writes_the_begin(solution.Captioner):
    def batch(self, captions):
        read, write = super().batch(captions)
        begin, end = torch.full_like(write[:, :1], self.begin), torch.full_like(read[:, :1], self.end)
        return torch.cat([read, end], dim=1), torch.cat([begin, write], dim=1)

    def loss(self, features, captions):
        read, write = self.batch(captions)
        logits = self(features, read)
        return F.cross_entropy(logits[:, :-1].transpose(1, 2), write[:, 1:], ignore_index=-100)


@mistake(
    of="Captioner",
    en="It looks like the costs are averaged in each caption first, and then over the captions: the mean is over all "
    "tokens.",
    zh="看起来先在每条描述内取平均，再对各条取平均：应当对所有词元取平均。",
)
class means_of_captions(solution.Captioner):
    def loss(self, features, captions):
        read, write = self.batch(captions)
        costs = F.cross_entropy(self(features, read).transpose(1, 2), write, ignore_index=-100, reduction="none")
        return (costs.sum(1) / (write != -100).sum(1)).mean()


@mistake(
    of="Captioner",
    en="It looks like the costs are summed: the loss is their mean.",
    zh="看起来把各处的损失加了起来：应当取平均。",
)
class sums_the_costs(solution.Captioner):
    def loss(self, features, captions):
        read, write = self.batch(captions)
        logits = self(features, read)
        return F.cross_entropy(logits.transpose(1, 2), write, ignore_index=-100, reduction="sum")


@mistake(
    of="Captioner",
    en="It looks like the end is not learnt any more: captions go on to the greatest length.",
    zh="看起来结束词元不再学了：描述会一直写到最大长度。",
)
class skips_the_end(solution.Captioner):
    def loss(self, features, captions):
        read, write = self.batch(captions)
        logits = self(features, read)
        return F.cross_entropy(logits.transpose(1, 2), write.masked_fill(write == self.end, -100), ignore_index=-100)


@mistake(
    of="Captioner",
    en="It looks like the padding behind a short caption is learnt as well.",
    zh="看起来短描述后面的填充也要学。",
)
class learns_the_padding(solution.Captioner):
    def loss(self, features, captions):
        read, write = self.batch(captions)
        logits = self(features, read)
        return F.cross_entropy(logits.transpose(1, 2), torch.where(write == -100, self.end, write))


@mistake(
    of="Captioner",
    en="It looks like the shift goes the other way now: each score is compared with the token before the one just "
    "read.",
    zh="看起来移位反了方向：每处的打分与刚读到的词元之前的那个比较。",
)
class shifts_the_other_way(solution.Captioner):
    def loss(self, features, captions):
        read, write = self.batch(captions)
        logits = self(features, read)
        targets = torch.where(write == -100, -100, read)
        return F.cross_entropy(logits[:, 1:].transpose(1, 2), targets[:, :-1], ignore_index=-100)
