"""Known mistakes of week 11, debug_dpo: repairs that do not repair. The planted bug itself is the stub."""

import copy

import debug_dpo as solution

from grader.mistakes import mistake


def snapshot(model):
    return copy.deepcopy(model)


@mistake(
    of="PreferenceTrainer",
    en="It looks like the reference is copied anew in each call of `fit`: a second call forgets where the run began.",
    zh="看起来每次调用 `fit` 都重新复制参考模型：第二次调用忘了训练是从哪里开始的。",
)
class copies_with_each_call(solution.PreferenceTrainer):
    def fit(self, chosen, rejected, steps):
        self.reference = snapshot(self.model)
        return super().fit(chosen, rejected, steps)


@mistake(
    of="PreferenceTrainer",
    en="It looks like the reference is copied at its first use: it is the model as it is when the trainer is made.",
    zh="看起来到第一次使用时才复制参考模型：参考模型应是建立训练器那一刻的模型。",
)
class copies_at_first_use(solution.PreferenceTrainer):
    def __init__(self, model, beta, rate):
        super().__init__(model, beta, rate)
        self.reference = None

    def margins(self, chosen, rejected):
        if self.reference is None:
            self.reference = snapshot(self.model)
        return super().margins(chosen, rejected)


@mistake(
    of="PreferenceTrainer",
    en="It looks like there are two models now: the optimizer moves the weights of one, and the loss is that of the "
    "other, which never changes. Copy the reference, not the model that learns.",
    zh="看起来现在有两个模型：优化器更新的是一个的权重，损失用的却是另一个，它从不改变。要复制的是参考模型，而不是在学习的模型。",
)
class copies_the_learner(solution.PreferenceTrainer):
    def __init__(self, model, beta, rate):
        super().__init__(model, beta, rate)
        self.model = snapshot(model)


@mistake(
    of="PreferenceTrainer",
    en="It looks like the reference is taken out of the margin: what the model preferred from the beginning counts as "
    "learned, and the first loss is not log 2.",
    zh="看起来差值里去掉了参考模型：一开始就有的偏好也被当成学到的，第一个损失也不是 log 2。",
)
class no_reference(solution.PreferenceTrainer):
    def margins(self, chosen, rejected):
        margin = 0.0
        for (ids, labels), sign in ((chosen, 1), (rejected, -1)):
            margin = margin + sign * self.logps(self.model(ids), labels)
        return self.beta * margin


@mistake(
    of="PreferenceTrainer",
    en="It looks like the reference follows one step behind: the loss measures the last step alone.",
    zh="看起来参考模型总是落后一步：损失只反映了最后一步。",
)
class one_step_behind(solution.PreferenceTrainer):
    def fit(self, chosen, rejected, steps):
        losses = []
        for _ in range(steps):
            before = snapshot(self.model)
            losses += super().fit(chosen, rejected, 1)
            self.reference = before
        return losses
