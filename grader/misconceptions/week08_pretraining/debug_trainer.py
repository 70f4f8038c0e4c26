"""Known mistakes of week 08, debug_trainer: repairs that do not repair. The planted bug itself is the stub."""

import debug_trainer as solution

from grader.mistakes import mistake


class Repaired(solution.Trainer):
    """The solution with another rate for each update; `chosen` gets the number of the micro-batch, from 1 on."""

    def chosen(self, number):
        raise NotImplementedError

    def fit(self, batches):
        rates = []
        full = len(batches) // self.accumulate * self.accumulate
        for number, ids in enumerate(batches[:full], start=1):
            (self.loss(ids) / self.accumulate).backward()
            if number % self.accumulate:
                continue
            rates.append(self.chosen(number))
            self.optimizer.param_groups[0]["lr"] = rates[-1]
            self.optimizer.step()
            self.optimizer.zero_grad()
            self.updates += 1
        return rates


@mistake(
    of="Trainer",
    en="It looks like the rate is counted from the beginning of each call: a second call begins at the peak again.",
    zh="看起来学习率从每次调用的开头数起：第二次调用又从峰值开始。",
)
class begins_again_with_each_call(Repaired):
    def chosen(self, number):
        return self.rate((number - 1) // self.accumulate)


@mistake(
    of="Trainer",
    en="It looks like the run is made longer by the number of micro-batches, while the rate still counts them: "
    "the first update is late already.",
    zh="看起来把总长乘以微批次数，而学习率仍按微批次计数：第一次更新就已经晚了。",
)
class stretches_the_run(Repaired):
    def chosen(self, number):
        return self.peak * max(0.0, 1 - (number - 1) / (self.total * self.accumulate))


@mistake(
    of="Trainer",
    en="It looks like the rate is that of the next update once gradients are accumulated: updates count from 0.",
    zh="看起来累积梯度时用了下一次更新的学习率：更新从 0 数起。",
)
class counts_from_one(Repaired):
    def chosen(self, number):
        return self.rate(self.updates + (self.accumulate > 1))


@mistake(
    of="Trainer",
    en="It looks like an update has the rate of the next one, with and without accumulation: updates count from 0.",
    zh="看起来每次更新都用了下一次更新的学习率，累不累积都一样：更新从 0 数起。",
)
class always_counts_from_one(Repaired):
    def chosen(self, number):
        return self.rate(self.updates + 1)


@mistake(
    of="Trainer",
    en="It looks like `rate` was changed: it says the rate of an update, whatever number of micro-batches makes one.",
    zh="看起来改动了 `rate`：它给出某次更新的学习率，与一次更新包含几个微批次无关。",
)
class rate_of_a_micro_batch(Repaired):
    def rate(self, update):
        return self.peak * max(0.0, 1 - update / (self.total * self.accumulate))

    def chosen(self, number):
        return self.rate(self.updates * self.accumulate)


@mistake(
    of="Trainer",
    en="It looks like the losses of the micro-batches are no longer divided by their number: the steps are too large.",
    zh="看起来微批次的损失不再除以个数：每一步都太大了。",
)
class adds_the_losses(Repaired):
    def loss(self, ids):
        return super().loss(ids) * self.accumulate

    def chosen(self, number):
        return self.rate(self.updates)


@mistake(
    of="Trainer",
    en="It looks like the rate stays at its peak once gradients are accumulated.",
    zh="看起来累积梯度时学习率一直停在峰值。",
)
class stays_at_the_peak(Repaired):
    def chosen(self, number):
        return self.peak if self.accumulate > 1 else self.rate(self.updates)


@mistake(
    of="Trainer",
    en="It looks like `updates` grows only at the end of a call: all updates of a call have the same rate.",
    zh="看起来 `updates` 到一次调用结束时才增加：同一次调用里的各次更新用的都是同一个学习率。",
)
class counts_at_the_end_of_a_call(Repaired):
    def fit(self, batches):
        self.before = self.updates
        return super().fit(batches)

    def chosen(self, number):
        return self.rate(self.before)


@mistake(
    of="Trainer",
    en="It looks like `rate` goes on below 0 behind the end of the run: it is 0 there.",
    zh="看起来超过训练总长之后 `rate` 继续降到 0 以下：那里应当是 0。",
)
class goes_below_zero(Repaired):
    def rate(self, update):
        return self.peak * (1 - update / self.total)

    def chosen(self, number):
        return self.rate(self.updates)
