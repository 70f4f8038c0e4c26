"""Known mistakes of week 17, unlearning."""

import unlearning as solution

from grader.mistakes import mistake


@mistake(
    of="ShardedLearner",
    en="It looks like you delete the example and keep the trained state: the model still remembers it.",
    zh="看起来只删除了样本，却保留了已训练的状态：模型仍然记得它。",
)
class DeletesWithoutTraining(solution.ShardedLearner):
    def _train_from(self, shard, first):
        return 0 if getattr(self, "_fitted", False) else super()._train_from(shard, first)

    def fit(self, examples):
        self._fitted = False
        super().fit(examples)
        self._fitted = True


@mistake(
    of="ShardedLearner",
    en="It looks like you train the whole shard again. The checkpoint before the slice saves you the steps up to it.",
    zh="看起来从头重新训练了整个分片。利用该切片之前的检查点，可以省去之前的步骤。",
)
class TrainsTheWholeShard(solution.ShardedLearner):
    def _train_from(self, shard, first):
        return super()._train_from(shard, 0)


@mistake(
    of="ShardedLearner",
    en="It looks like all shards are trained again; the others never saw the example.",
    zh="看起来重新训练了所有分片；其他分片从未见过这个样本。",
)
class TrainsEveryShard(solution.ShardedLearner):
    def forget(self, ids):
        if set(ids) - self._examples.keys():
            raise KeyError
        for example_id in set(ids):
            del self._examples[example_id]
        return sum(self._train_from(shard, 0) for shard in range(self.shards if ids else 0))


@mistake(
    of="ShardedLearner",
    en="It looks like you start from the checkpoint after the slice. That state has already seen the example.",
    zh="看起来是从该切片之后的检查点开始的。那个状态已经见过这个样本。",
)
class StartsTooLate(solution.ShardedLearner):
    def _train_from(self, shard, first):
        begin = self._checkpoints[shard][first]
        if first and getattr(self, "_fitted", False):
            self._checkpoints[shard][first] = self._checkpoints[shard][first + 1]
        calls = super()._train_from(shard, first)
        self._checkpoints[shard][first] = begin
        return calls

    def fit(self, examples):
        self._fitted = False
        super().fit(examples)
        self._fitted = True


@mistake(
    of="ShardedLearner",
    en="It looks like the checkpoints are not renewed: a second request then starts from old knowledge.",
    zh="看起来没有更新检查点：第二次遗忘会从仍然记得旧样本的状态开始。",
)
class KeepsOldCheckpoints(solution.ShardedLearner):
    def _train_from(self, shard, first):
        before = list(self._checkpoints[shard])
        calls = super()._train_from(shard, first)
        if getattr(self, "_fitted", False):
            self._checkpoints[shard][1:-1] = before[1:-1]
        return calls

    def fit(self, examples):
        self._fitted = False
        super().fit(examples)
        self._fitted = True


@mistake(
    of="ShardedLearner",
    en="It looks like only the last state is renewed when the steps are done again from a later slice: the checkpoints "
    "between still remember the example.",
    zh="看起来从后面的切片开始重做时，只更新了最后的状态：中间的检查点仍然记得那个样本。",
    breaks="from the checkpoint before it",
)
class RenewsTheLastStateAlone(solution.ShardedLearner):
    def _train_from(self, shard, first):
        before = list(self._checkpoints[shard])
        calls = super()._train_from(shard, first)
        if first:
            self._checkpoints[shard][1:-1] = before[1:-1]
        return calls


@mistake(
    of="ShardedLearner",
    en="It looks like each step trains on its own slice only. A step takes all slices up to it.",
    zh="看起来每一步只用了自己的切片来训练。每一步应使用到它为止的所有切片。",
)
class TrainsOnOneSlice(solution.ShardedLearner):
    def _train_from(self, shard, first):
        checkpoints, calls = self._checkpoints[shard], 0
        for step in range(first, self.slices):
            members = [self._examples[i] for i in self._slices[shard][step] if i in self._examples]
            checkpoints[step + 1] = self.train(checkpoints[step], members) if members else checkpoints[step]
            calls += bool(members)
        return calls


@mistake(
    of="ShardedLearner",
    en="It looks like your shards hold consecutive examples; example i belongs to shard i % shards.",
    zh="看起来把连续的样本放进了同一分片；第 i 个样本属于分片 i % shards。",
)
class ConsecutiveShards(solution.ShardedLearner):
    def fit(self, examples):
        self._examples = dict(enumerate(examples))
        blocks = solution._cut(range(len(examples)), self.shards)
        self._slices = [solution._cut(block, self.slices) for block in blocks]
        self._checkpoints = [[self.initial] * (self.slices + 1) for _ in range(self.shards)]
        for shard in range(self.shards):
            self._train_from(shard, 0)


@mistake(
    of="ShardedLearner",
    en="It looks like the slices are cut anew after forgetting, so that other examples change places.",
    zh="看起来遗忘之后重新划分了切片，其他样本因此换了位置。",
)
class CutsAnew(solution.ShardedLearner):
    def forget(self, ids):
        if set(ids) - self._examples.keys():
            raise KeyError
        for example_id in set(ids):
            del self._examples[example_id]
        calls = 0
        for shard, slices in enumerate(self._slices):
            hit = [place for place, part in enumerate(slices) if set(part) & set(ids)]
            if hit:
                left = [i for i in self._examples if i % self.shards == shard]
                self._slices[shard] = solution._cut(left, self.slices)
                calls += self._train_from(shard, hit[0])
        return calls


@mistake(
    of="ShardedLearner",
    en="It looks like you forget the ids one after another: the same steps are done many times.",
    zh="看起来是逐个编号遗忘的：编号多时，相同的步骤会重复许多次。",
)
class OneIdAtATime(solution.ShardedLearner):
    def forget(self, ids):
        if set(ids) - self._examples.keys():
            raise KeyError
        return sum(super(OneIdAtATime, self).forget([example_id]) for example_id in dict.fromkeys(ids))


@mistake(
    of="ShardedLearner",
    en="It looks like the known ids are forgotten before the unknown one is found. Then nothing at all may change: "
    "check first.",
    zh="看起来在发现未知编号之前，已经忘记了其他编号。此时不应有任何改变：应先检查。",
)
class ForgetsHalf(solution.ShardedLearner):
    def forget(self, ids):
        for example_id in dict.fromkeys(ids):
            if example_id not in self._examples:
                raise KeyError(example_id)
            del self._examples[example_id]
        calls = 0
        for shard, slices in enumerate(self._slices):
            hit = [place for place, part in enumerate(slices) if set(part) & set(ids)]
            calls += self._train_from(shard, hit[0]) if hit else 0
        return calls


@mistake(
    of="ShardedLearner",
    en="It looks like a negative id is counted from the end, as in a list: -1 is the id of no example.",
    zh="看起来负编号像列表那样从末尾数起：-1 不是任何样本的编号。",
    breaks="if an id is unknown or already forgotten",
)
class CountsFromTheEnd(solution.ShardedLearner):
    def fit(self, examples):
        self._number = len(examples)
        super().fit(examples)

    def forget(self, ids):
        return super().forget([i + self._number if i < 0 else i for i in ids])


@mistake(
    of="ShardedLearner",
    en="It looks like you call `train` for steps without any example.",
    zh="看起来在没有样本的步骤也调用了 `train`。",
)
class TrainsOnNothing(solution.ShardedLearner):
    def _train_from(self, shard, first):
        checkpoints = self._checkpoints[shard]
        for step in range(first, self.slices):
            members = [i for part in self._slices[shard][: step + 1] for i in part if i in self._examples]
            checkpoints[step + 1] = self.train(checkpoints[step], [self._examples[i] for i in members])
        return self.slices - first


@mistake(
    of="ShardedLearner",
    en="It looks like `forget` counts the steps that are done again, those without any example too: they call nothing, "
    "and the answer is how often `train` was called.",
    zh="看起来 `forget` 数的是重做的步数，把没有样本的步骤也算进去了：那些步骤并不调用 `train`，而返回的应是 `train` "
    "被调用的次数。",
    breaks="how often `train` was called",
)
class CountsEmptySteps(solution.ShardedLearner):
    def _train_from(self, shard, first):
        super()._train_from(shard, first)
        return self.slices - first


@mistake(
    of="ShardedLearner",
    en="It looks like the longer slices come last. They come first, as with `numpy.array_split`.",
    zh="看起来较长的切片放在了后面。应像 `numpy.array_split` 那样放在前面。",
    breaks="the longer ones first",
)
class LongerSlicesLast(solution.ShardedLearner):
    def fit(self, examples):
        self._examples = dict(enumerate(examples))
        self._slices, self._checkpoints = [], []
        for shard in range(self.shards):
            ids = range(shard, len(examples), self.shards)
            turned = solution._cut(ids[::-1], self.slices)[::-1]
            self._slices.append([sorted(part) for part in turned])
            self._checkpoints.append([self.initial] * (self.slices + 1))
            self._train_from(shard, 0)


@mistake(
    of="ShardedLearner",
    en="It looks like the slices have as many examples each as the first one, and what is left goes to the last: 4 "
    "examples in 3 slices are then 2, 2 and 0. As equal as possible means 2, 1 and 1.",
    zh="看起来每个切片都和第一个一样长，剩下的归最后一个：4 个样本分成 3 个切片就成了 2、2、0。尽量均匀应是 2、1、1。",
    breaks="consecutive parts as equal as possible",
)
class CutsByTheLongest(solution.ShardedLearner):
    def fit(self, examples):
        self._examples = dict(enumerate(examples))
        self._slices, self._checkpoints = [], []
        for shard in range(self.shards):
            ids = range(shard, len(examples), self.shards)
            size = -(-len(ids) // self.slices)
            self._slices.append([ids[part * size : (part + 1) * size] for part in range(self.slices)])
            self._checkpoints.append([self.initial] * (self.slices + 1))
            self._train_from(shard, 0)


@mistake(
    of="ShardedLearner",
    en="It looks like an id that stands twice in one call is refused as already forgotten: it counts once.",
    zh="看起来一次调用中重复出现的编号被当作已被遗忘而拒绝：它只算一次。",
    breaks="even the same one twice",
)
class RefusesAnIdTwice(solution.ShardedLearner):
    def forget(self, ids):
        left = set(self._examples)
        for example_id in ids:
            if example_id not in left:
                raise KeyError(example_id)
            left.discard(example_id)
        return super().forget(ids)


@mistake(
    of="ShardedLearner",
    en="It looks like you train again from the last slice that was hit; the first one counts.",
    zh="看起来从最后一个受影响的切片开始重新训练；应从第一个开始。",
    breaks="the steps from the first",
)
class StartsAtTheLastHit(solution.ShardedLearner):
    def forget(self, ids):
        if set(ids) - self._examples.keys():
            raise KeyError
        for example_id in set(ids):
            del self._examples[example_id]
        calls = 0
        for shard, slices in enumerate(self._slices):
            hit = [place for place, part in enumerate(slices) if set(part) & set(ids)]
            calls += self._train_from(shard, hit[-1]) if hit else 0
        return calls


@mistake(
    of="ShardedLearner",
    en="It looks like every step begins with `initial`. A step takes the state after the one before.",
    zh="看起来每一步都从 `initial` 开始。每一步应接着上一步的状态。",
    breaks="step s takes the state after step",
)
class BeginsEveryStepAnew(solution.ShardedLearner):
    def _train_from(self, shard, first):
        checkpoints, calls = self._checkpoints[shard], 0
        for step in range(first, self.slices):
            ids = [i for part in self._slices[shard][: step + 1] for i in part if i in self._examples]
            calls += bool(ids)
            members = [self._examples[i] for i in ids]
            checkpoints[step + 1] = self.train(self.initial, members) if ids else checkpoints[step]
        return calls


@mistake(
    of="ShardedLearner",
    en="It looks like a second `fit` goes on from what was learned before. It should begin with `initial`.",
    zh="看起来再次 `fit` 时从之前学到的状态继续。应从 `initial` 重新开始。",
    breaks="What was learned before is dropped",
)
class GoesOnWhenFittedAgain(solution.ShardedLearner):
    def fit(self, examples):
        before = getattr(self, "_checkpoints", [[self.initial]] * self.shards)
        self._examples = dict(enumerate(examples))
        self._slices = [
            solution._cut(range(shard, len(examples), self.shards), self.slices) for shard in range(self.shards)
        ]
        self._checkpoints = [[states[-1]] * (self.slices + 1) for states in before]
        for shard in range(self.shards):
            self._train_from(shard, 0)
