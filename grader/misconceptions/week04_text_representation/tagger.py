"""Known mistakes of week 04, tagger."""

import tagger as solution
import torch
from torch import nn

from grader.mistakes import mistake


def searched(emissions, transitions, start=None, end=None, last=False, greedy=False, pointer=None):
    """Viterbi with one thing changed."""
    if not len(emissions):
        return solution.viterbi(emissions, transitions, start, end)
    scores, pointers = emissions[0] + (0 if start is None else start), []
    for emission in emissions[1:]:
        best, origin = (scores[:, None] + transitions).max(dim=0)
        scores = best + emission
        pointers.append(origin)
    scores = scores + (0 if end is None else end)
    score, tag = scores.max(dim=0)
    path = [tag]
    for origin in reversed(pointers):
        path.append(origin[tag if last else path[-1]])
    return torch.stack(path[::-1]), score


@mistake(
    of="viterbi",
    en="It looks like the best tag of each word is taken by itself, without the transitions.",
    zh="看起来每个词单独取了最好的标签，没有考虑转移。",
)
def word_by_word(emissions, transitions, start=None, end=None):
    _, score = solution.viterbi(emissions, transitions, start, end)
    return emissions.argmax(dim=-1), score


@mistake(
    of="viterbi",
    en="It looks like each tag is chosen for good, from the left: a better rest may need another beginning. Keep the "
    "best way to every tag.",
    zh="看起来从左到右逐个定下标签：更好的后续可能需要不同的开头。应为每个标签保留最佳路径。",
)
def step_by_step(emissions, transitions, start=None, end=None):
    _, score = solution.viterbi(emissions, transitions, start, end)
    path = []
    for place, row in enumerate(emissions):
        before = transitions[path[-1]] if path else (0 if start is None else start)
        closing = end if end is not None and place == len(emissions) - 1 else 0
        path.append((row + before + closing).argmax())
    return (torch.stack(path) if path else solution.viterbi(emissions, transitions)[0]), score


@mistake(
    of="viterbi",
    en="It looks like rows and columns of the transitions are swapped: the row is the tag before.",
    zh="看起来转移矩阵的行列用反了：行是前一个标签。",
)
def rows_for_columns(emissions, transitions, start=None, end=None):
    return solution.viterbi(emissions, transitions.mT, start, end)


@mistake(
    of="viterbi",
    en="It looks like `end` is left out of the last step.",
    zh="看起来最后一步漏了 `end`。",
)
def without_end(emissions, transitions, start=None, end=None):
    return solution.viterbi(emissions, transitions, start)


@mistake(
    of="viterbi",
    en="It looks like `start` is left out.",
    zh="看起来漏了 `start`。",
)
def without_start(emissions, transitions, start=None, end=None):
    return solution.viterbi(emissions, transitions, None, end)


@mistake(
    of="viterbi",
    en="It looks like every pointer is read at the last tag. It should be read at the tag that was just found.",
    zh="看起来每个回溯指针都从最后一个标签读取。应从刚找到的标签读取。",
)
def pointers_at_the_last_tag(emissions, transitions, start=None, end=None):
    return searched(emissions, transitions, start, end, last=True)


@mistake(
    of="viterbi",
    en="It looks like the path comes from the last word to the first: turn it around.",
    zh="看起来路径是从最后一个词到第一个词：应反转过来。",
)
def from_the_last(emissions, transitions, start=None, end=None):
    path, score = solution.viterbi(emissions, transitions, start, end)
    return path.flip(0), score


@mistake(
    of="viterbi",
    en="It looks like the score is the logsumexp over all sequences; the best one has a score of its own.",
    zh="看起来得分是所有序列的 logsumexp；最佳序列应给出它自己的得分。",
)
def score_of_all(emissions, transitions, start=None, end=None):
    path, score = solution.viterbi(emissions, transitions, start, end)
    if not len(emissions):
        return path, score
    alpha = emissions[0] + (0 if start is None else start)
    for row in emissions[1:]:
        alpha = (alpha[:, None] + transitions).logsumexp(0) + row
    return path, (alpha + (0 if end is None else end)).logsumexp(0)


@mistake(
    of="viterbi",
    en="It looks like a sentence without words is an error: its path is empty and its score 0.",
    zh="看起来没有词的句子会报错：应返回空路径和得分 0。",
)
def no_empty_sentences(emissions, transitions, start=None, end=None):
    emissions[0]
    return solution.viterbi(emissions, transitions, start, end)


@mistake(
    of="viterbi",
    en="It looks like start or end counts for a sentence without words: its score is 0.",
    zh="看起来没有词的句子也算上了 start 或 end：它的得分应为 0。",
    breaks="No words give an empty sequence (int64) and the score 0",
)
def borders_of_nothing(emissions, transitions, start=None, end=None):
    path, score = solution.viterbi(emissions, transitions, start, end)
    if not len(emissions):
        score = sum((part.max() for part in (start, end) if part is not None), score)
    return path, score


def likelihood(emissions, targets, lengths, transitions, start, end, own=None, all_of_them=None):
    """The likelihood from its two parts, either of them changed."""
    usual = solution.crf_log_likelihood(emissions, targets, lengths, transitions, start, end)
    real = torch.arange(emissions.shape[1], device=lengths.device) < lengths[:, None]
    emissions, targets = torch.where(real[..., None], emissions, 0), torch.where(real, targets, 0)
    values = []
    for e, t, n, value in zip(emissions, targets, lengths.tolist(), usual, strict=True):
        if not n:
            values.append(value)
            continue
        score = e[torch.arange(n), t[:n]].sum() + transitions[t[: n - 1], t[1:n]].sum() + start[t[0]] + end[t[n - 1]]
        partition = score - value
        score = own(e, t, n, score) if own else score
        partition = all_of_them(e, t, n, partition) if all_of_them else partition
        values.append(score - partition)
    return torch.stack(values)


def partition_of(emissions, transitions, start, end):
    """The logsumexp of the scores of all sequences of one sentence."""
    alpha = start + emissions[0]
    for row in emissions[1:]:
        alpha = (alpha[:, None] + transitions).logsumexp(0) + row
    return (alpha + end).logsumexp(0)


@mistake(
    of="crf_log_likelihood",
    en="It looks like the logsumexp of all sequences is not subtracted: the score alone comes out.",
    zh="看起来没有减去所有序列的 logsumexp：得到的只是得分。",
)
def score_only(*args):
    return likelihood(*args, all_of_them=lambda e, t, n, partition: 0 * partition)


@mistake(
    of="crf_log_likelihood",
    en="It looks like the loss is returned, with a minus sign.",
    zh="看起来返回的是损失，带了负号。",
)
def minus_the_likelihood(*args):
    return -solution.crf_log_likelihood(*args)


@mistake(
    of="crf_log_likelihood",
    en="It looks like each word is normalised by itself (a softmax for each word): all sequences together sum to 1.",
    zh="看起来每个词各自归一化（逐词 softmax）：应是所有序列的概率之和为 1。",
)
def word_by_word_softmax(emissions, targets, lengths, transitions, start, end):
    return likelihood(
        emissions, targets, lengths, transitions, start, end,
        own=lambda e, t, n, score: e[torch.arange(n), t[:n]].sum(),
        all_of_them=lambda e, t, n, partition: e[:n].logsumexp(-1).sum(),
    )  # fmt: skip


@mistake(
    of="crf_log_likelihood",
    en="It looks like the best sequence is subtracted, not the sum over all: max where logsumexp should be.",
    zh="看起来减去的是最佳序列的得分，而不是对所有序列求和：该用 logsumexp 的地方用了 max。",
)
def best_for_all(emissions, targets, lengths, transitions, start, end):
    return likelihood(
        emissions, targets, lengths, transitions, start, end,
        all_of_them=lambda e, t, n, partition: solution.viterbi(e[:n], transitions, start, end)[1],
    )  # fmt: skip


@mistake(
    of="crf_log_likelihood",
    en="It looks like the transitions are missing from the score of the given tags.",
    zh="看起来给定标签的得分里漏了转移。",
)
def score_without_transitions(emissions, targets, lengths, transitions, start, end):
    return likelihood(
        emissions, targets, lengths, transitions, start, end,
        own=lambda e, t, n, score: score - transitions[t[: n - 1], t[1:n]].sum(),
    )  # fmt: skip


@mistake(
    of="crf_log_likelihood",
    en="It looks like the transitions are used the other way round in the sum over all sequences.",
    zh="看起来在对所有序列求和时，转移矩阵的方向用反了。",
)
def sum_turned_around(emissions, targets, lengths, transitions, start, end):
    return likelihood(
        emissions, targets, lengths, transitions, start, end,
        all_of_them=lambda e, t, n, _: partition_of(e[:n], transitions.mT, start, end),
    )  # fmt: skip


@mistake(
    of="crf_log_likelihood",
    en="It looks like `start` is missing in the sum over all sequences: each of them has a first tag, too.",
    zh="看起来对所有序列求和时漏了 `start`：每条序列也都有第一个标签。",
)
def sum_without_start(emissions, targets, lengths, transitions, start, end):
    return likelihood(
        emissions, targets, lengths, transitions, start, end,
        all_of_them=lambda e, t, n, _: partition_of(e[:n], transitions, 0 * start, end),
    )  # fmt: skip


@mistake(
    of="crf_log_likelihood",
    en="It looks like `end` is missing in the sum over all sequences: each of them has a last tag, too.",
    zh="看起来对所有序列求和时漏了 `end`：每条序列也都有最后一个标签。",
)
def sum_without_end(emissions, targets, lengths, transitions, start, end):
    return likelihood(
        emissions, targets, lengths, transitions, start, end,
        all_of_them=lambda e, t, n, _: partition_of(e[:n], transitions, start, 0 * end),
    )  # fmt: skip


@mistake(
    of="crf_log_likelihood",
    en="It looks like the sum over all sequences goes on behind the end of a sentence. One that is over keeps its row.",
    zh="看起来对所有序列的求和越过了句尾。已经结束的句子应保持原来的值。",
    breaks="Only the first `lengths[b]` words of sentence b count",
)
def sum_runs_on(emissions, targets, lengths, transitions, start, end):
    return likelihood(
        emissions, targets, lengths, transitions, start, end,
        all_of_them=lambda e, t, n, _: partition_of(e, transitions, start, end),
    )  # fmt: skip


@mistake(
    of="crf_log_likelihood",
    en="It looks like the mask of the transitions is one place off: the step from the last word of a sentence into the "
    "padding counts.",
    zh="看起来转移的掩码错了一位：从句子最后一个词到填充的那一步也算了进去。",
    breaks="Only the first `lengths[b]` words of sentence b count",
)
def one_step_too_far(emissions, targets, lengths, transitions, start, end):
    def own(e, t, n, score):
        return score + transitions[t[n - 1], t[n]] if n < len(t) else score

    return likelihood(emissions, targets, lengths, transitions, start, end, own=own)


@mistake(
    of="crf_log_likelihood",
    en="It looks like `end` is read at the last place of the batch, not at the last word of each sentence.",
    zh="看起来 `end` 取自批次的最后一列，而不是每个句子的最后一个词。",
)
def end_at_the_last_place(emissions, targets, lengths, transitions, start, end):
    return likelihood(
        emissions, targets, lengths, transitions, start, end,
        own=lambda e, t, n, score: score - end[t[n - 1]] + end[t[-1]],
    )  # fmt: skip


@mistake(
    of="crf_log_likelihood",
    en="It looks like the lengths are not used: what stands behind a sentence counts as words.",
    zh="看起来没有用长度：句子之后的内容也算成了词。",
)
def ignores_lengths(emissions, targets, lengths, transitions, start, end):
    whole = torch.where(lengths > 0, emissions.shape[1], 0)
    return solution.crf_log_likelihood(emissions, targets.clamp(min=0), whole, transitions, start, end)


@mistake(
    of="crf_log_likelihood",
    en="It looks like the padding is multiplied by 0: NaN times 0 is NaN. `torch.where` leaves it out.",
    zh="看起来是把填充部分乘以 0：NaN 乘 0 还是 NaN。用 `torch.where` 才能去掉。",
)
def multiplies_by_the_mask(emissions, targets, lengths, transitions, start, end):
    real = torch.arange(emissions.shape[1], device=lengths.device) < lengths[:, None]
    usual = solution.crf_log_likelihood(emissions, targets, lengths, transitions, start, end)
    return usual + (0 * (emissions.sum(-1) * ~real)).sum(dim=1)


@mistake(
    of="crf_log_likelihood",
    en="It looks like a sentence of length 0 is scored as if it had a word: it has probability 1, so 0 comes out.",
    zh="看起来长度为 0 的句子被当作有一个词来计分：它的概率是 1，结果应为 0。",
    breaks="A sentence of length 0 has probability 1, so 0 comes out",
)
def one_word_at_least(emissions, targets, lengths, *rest):
    return solution.crf_log_likelihood(emissions, targets, lengths.clamp(min=1), *rest)


@mistake(
    of="crf_log_likelihood",
    en="It looks like start and end are left out.",
    zh="看起来漏了 start 和 end。",
)
def without_borders(emissions, targets, lengths, transitions, start, end):
    return solution.crf_log_likelihood(emissions, targets, lengths, transitions, 0 * start, 0 * end)


@mistake(
    of="crf_log_likelihood",
    en="It looks like exponentials are added up before the logarithm is taken: large scores overflow. `logsumexp` "
    "stays in logarithms.",
    zh="看起来先累加指数、再取对数：得分大时会溢出。`logsumexp` 始终在对数中计算。",
)
def exponentials(emissions, targets, lengths, transitions, start, end):
    def partition(e, t, n, usual):
        alpha = start + e[0]
        for row in e[1:n]:
            alpha = (alpha[:, None] + transitions).exp().sum(0).log() + row
        return (alpha + end).exp().sum().log()

    return likelihood(emissions, targets, lengths, transitions, start, end, all_of_them=partition)


@mistake(
    of="crf_log_likelihood",
    en="It looks like the mean over the words is returned for each sentence.",
    zh="看起来每个句子返回的是对词取的平均。",
)
def mean_over_words(emissions, targets, lengths, *rest):
    return solution.crf_log_likelihood(emissions, targets, lengths, *rest) / lengths.clamp(min=1)


@mistake(
    of="crf_log_likelihood",
    en="It looks like sentences are handled one by one: right, but slow.",
    zh="看起来是逐句计算的：结果正确但慢。",
    only="speed",
)
def sentence_by_sentence(emissions, targets, lengths, *rest):
    one = [
        solution.crf_log_likelihood(e[None], t[None], n[None], *rest)
        for e, t, n in zip(emissions, targets, lengths, strict=True)
    ]
    return torch.cat(one)


@mistake(
    of="BiLSTMTagger",
    en="It looks like the LSTM reads the padding, too: the backward direction then begins with it. Pack the "
    "sequences by their lengths.",
    zh="看起来 LSTM 把填充也读了进去：反向那一路从填充开始。应按长度打包（pack）序列。",
)
class reads_the_padding(solution.BiLSTMTagger):
    def forward(self, ids, lengths):
        return self.linear(self.lstm(self.embedding(ids))[0])


@mistake(
    of="BiLSTMTagger",
    en="It looks like the LSTM runs along the batch, not along the sentence: batch_first is missing.",
    zh="看起来 LSTM 沿批次方向运行，而不是沿句子：缺了 batch_first。",
)
class along_the_batch(solution.BiLSTMTagger):
    def forward(self, ids, lengths):
        self.lstm.batch_first = False
        return self.linear(self.lstm(self.embedding(ids))[0])


@mistake(
    of="BiLSTMTagger",
    en="It looks like the LSTM has one direction only.",
    zh="看起来 LSTM 只有一个方向。",
)
class one_direction(solution.BiLSTMTagger):
    def __init__(self, vocabulary, tags, dim, hidden):
        nn.Module.__init__(self)
        self.embedding = nn.Embedding(vocabulary, dim)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True)
        self.linear = nn.Linear(hidden, tags)
        self.transitions = nn.Parameter(torch.zeros(tags, tags))
        self.start, self.end = nn.Parameter(torch.zeros(tags)), nn.Parameter(torch.zeros(tags))


@mistake(
    of="BiLSTMTagger",
    en="It looks like the sentences must come sorted by length: `enforce_sorted=False` takes them in any order.",
    zh="看起来要求句子按长度排好序：用 `enforce_sorted=False`，任何次序都可以。",
)
class only_sorted(solution.BiLSTMTagger):
    def forward(self, ids, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(self.embedding(ids), lengths.cpu(), batch_first=True)
        states, _ = nn.utils.rnn.pad_packed_sequence(self.lstm(packed)[0], True, total_length=ids.shape[1])
        return self.linear(states)


@mistake(
    of="BiLSTMTagger",
    en="It looks like the emissions end with the longest sentence: they should be as long as the rows of ids. "
    "`total_length` does that.",
    zh="看起来发射得分只到最长的句子为止：应与 ids 的行一样长。`total_length` 可以做到。",
)
class as_long_as_the_longest(solution.BiLSTMTagger):
    def forward(self, ids, lengths):
        return super().forward(ids, lengths)[:, : int(lengths.max())]


@mistake(
    of="BiLSTMTagger",
    en="It looks like the loss is the mean over sentences. Here the sum is divided by the number of words.",
    zh="看起来损失对句子取了平均。这里是总和除以词数。",
)
class mean_over_sentences(solution.BiLSTMTagger):
    def loss(self, ids, targets, lengths):
        return super().loss(ids, targets, lengths) * lengths.sum() / len(lengths)


@mistake(
    of="BiLSTMTagger",
    en="It looks like each sentence is divided by its own length, and then averaged: all words weigh the same here.",
    zh="看起来每个句子先除以自己的词数再取平均：这里所有的词权重相同。",
)
class mean_of_means(solution.BiLSTMTagger):
    def loss(self, ids, targets, lengths):
        borders = self.transitions, self.start, self.end
        found = solution.crf_log_likelihood(self(ids, lengths), targets, lengths, *borders)
        return -(found / lengths).mean()


@mistake(
    of="BiLSTMTagger",
    en="It looks like the padding is counted among the words that the loss is divided by.",
    zh="看起来损失所除以的词数把填充也算了进去。",
)
class padding_for_words(solution.BiLSTMTagger):
    def loss(self, ids, targets, lengths):
        return super().loss(ids, targets, lengths) * lengths.sum() / ids.numel()


@mistake(
    of="BiLSTMTagger",
    en="It looks like the loss has the wrong sign: training would make the right tags unlikely.",
    zh="看起来损失的符号反了：训练会让正确的标签变得不可能。",
)
class wrong_sign(solution.BiLSTMTagger):
    def loss(self, ids, targets, lengths):
        return -super().loss(ids, targets, lengths)


@mistake(
    of="BiLSTMTagger",
    en="It looks like the loss is a cross-entropy for each word: the transitions never learn.",
    zh="看起来损失是逐词的交叉熵：转移得分永远学不到。",
)
class cross_entropy_for_crf(solution.BiLSTMTagger):
    def loss(self, ids, targets, lengths):
        real = torch.arange(ids.shape[1], device=lengths.device) < lengths[:, None]
        return nn.functional.cross_entropy(self(ids, lengths)[real], targets[real])


@mistake(
    of="BiLSTMTagger",
    en="It looks like decode takes the largest emission of each word, without the transitions.",
    zh="看起来 decode 只取每个词最大的发射得分，没有用转移。",
)
class decodes_by_argmax(solution.BiLSTMTagger):
    def decode(self, ids, lengths):
        best = self(ids, lengths).argmax(-1)
        return [row[:n].tolist() for row, n in zip(best, lengths.tolist(), strict=True)]


@mistake(
    of="BiLSTMTagger",
    en="It looks like decode also gives tags to the padding: as many as a sentence has words are asked for.",
    zh="看起来 decode 也给填充打了标签：应与句子的词数一样多。",
)
class decodes_the_padding(solution.BiLSTMTagger):
    def decode(self, ids, lengths):
        borders = self.transitions.detach(), self.start.detach(), self.end.detach()
        return [solution.viterbi(row, *borders)[0].tolist() for row in self(ids, lengths).detach()]


@mistake(
    of="BiLSTMTagger",
    en="It looks like decode searches through the padding, too, and cuts the tags off afterwards: what stands behind a "
    "sentence then changes its best tags. Cut the emissions first.",
    zh="看起来 decode 连填充一起搜索，之后才截断标签：这样句子之后的内容会影响最佳标签。应先截断发射得分。",
)
class cuts_afterwards(solution.BiLSTMTagger):
    def decode(self, ids, lengths):
        borders = self.transitions.detach(), self.start.detach(), self.end.detach()
        rows = zip(self(ids, lengths).detach(), lengths.tolist(), strict=True)
        return [solution.viterbi(row, *borders)[0].tolist()[:length] for row, length in rows]


@mistake(
    of="BiLSTMTagger",
    en="It looks like decode puts the model into evaluation mode and leaves it there.",
    zh="看起来 decode 把模型切换到了评估模式，之后没有恢复。",
    breaks="the model stays in the mode that it is in",
)
class leaves_training(solution.BiLSTMTagger):
    def decode(self, ids, lengths):
        self.eval()
        return super().decode(ids, lengths)


@mistake(
    of="BiLSTMTagger",
    en="It looks like decode forgets start and end.",
    zh="看起来 decode 漏了 start 和 end。",
)
class decodes_without_borders(solution.BiLSTMTagger):
    def decode(self, ids, lengths):
        emissions = self(ids, lengths).detach()
        rows = zip(emissions, lengths.tolist(), strict=True)
        return [solution.viterbi(row[:n], self.transitions.detach())[0].tolist() for row, n in rows]


def spans(tags, begins, keep=lambda span: True, shift=0):
    """Read spans with another rule for when one begins: begins(kind, name, label) of the tag and the open span."""
    solution.bio_spans(tags)
    found, label, begin = [], "", 0
    for place, tag in enumerate([*tags, "O"]):
        kind, _, name = tag.partition("-")
        opens = bool(name) and begins(kind, name, label)
        if label and (tag == "O" or opens or name != label):
            found.append((label, begin, place + shift))
            label = ""
        if opens:
            label, begin = name, place
    return [span for span in found if keep(span)]


@mistake(
    of="bio_spans",
    en="It looks like the end is the last word of a span. Here it is the place behind it.",
    zh="看起来终点是片段的最后一个词。这里应是它后面的位置。",
)
def end_included(tags):
    return [(label, begin, end - 1) for label, begin, end in solution.bio_spans(tags)]


@mistake(
    of="bio_spans",
    en="It looks like only B begins a span. An I that continues nothing begins one, too, as seqeval reads it.",
    zh="看起来只有 B 能开始片段。没有可延续的 I 也应开始一个片段（与 seqeval 一致）。",
)
def only_b_begins(tags):
    return spans(tags, lambda kind, name, label: kind == "B")


@mistake(
    of="bio_spans",
    en="It looks like neighbouring spans of one label are joined: a B always begins a new one.",
    zh="看起来相邻的同类片段被合并了：B 总是开始新片段。",
)
def joins_neighbours(tags):
    return spans(tags, lambda kind, name, label: name != label)


@mistake(
    of="bio_spans",
    en="It looks like an I of another label continues the open span: it begins a new one.",
    zh="看起来别的标签的 I 延续了当前片段：它应开始新片段。",
)
def label_not_compared(tags):
    solution.bio_spans(tags)
    found, label, begin = [], "", 0
    for place, tag in enumerate([*tags, "O"]):
        kind, _, name = tag.partition("-")
        if label and kind != "I":
            found.append((label, begin, place))
            label = ""
        if name and not label:
            label, begin = name, place
    return found


@mistake(
    of="bio_spans",
    en="It looks like a span that reaches the last word is lost.",
    zh="看起来延续到最后一个词的片段丢失了。",
)
def loses_the_last(tags):
    return [span for span in solution.bio_spans(tags) if span[2] < len(tags)]


@mistake(
    of="bio_spans",
    en="It looks like every word is a span of its own.",
    zh="看起来每个词都成了单独的片段。",
)
def one_span_a_word(tags):
    solution.bio_spans(tags)
    return [(tag.partition("-")[2], place, place + 1) for place, tag in enumerate(tags) if tag != "O"]


@mistake(
    of="bio_spans",
    en='It looks like a label is cut at every "-": only the first belongs to B or I.',
    zh='看起来标签在每个 "-" 处都被切开：只有第一个 "-" 属于 B 或 I。',
)
def cuts_the_label(tags):
    return [(label.split("-")[0], begin, end) for label, begin, end in solution.bio_spans(tags)]


@mistake(
    of="bio_spans",
    en="It looks like other tags are taken for O: they should be refused.",
    zh="看起来把其他标签当成了 O：应当拒绝。",
)
def takes_others_for_o(tags):
    return solution.bio_spans([tag if tag[:2] in ("B-", "I-") and len(tag) > 2 else "O" for tag in tags])


@mistake(
    of="viterbi",
    en="It looks like -inf is replaced by a large negative number: a forbidden sequence then has a finite score.",
    zh="看起来用一个很大的负数代替了 -inf：被禁止的序列因此有了有限的得分。",
    breaks="Scores are any numbers, also -inf, which forbids",
)
def large_negative_numbers(emissions, transitions, start=None, end=None):
    low = [part if part is None else part.clamp(min=-1e9) for part in (emissions, transitions, start, end)]
    return solution.viterbi(*low)


@mistake(
    of="BiLSTMTagger",
    en="It looks like decode records gradients: call it under torch.no_grad.",
    zh="看起来 decode 记录了梯度：应当放在 torch.no_grad 之下。",
    breaks="No gradients are recorded",
)
class decodes_with_gradients(solution.BiLSTMTagger):
    def decode(self, ids, lengths):
        emissions = self(ids, lengths)
        return [
            solution.viterbi(each[:length], self.transitions, self.start, self.end)[0].tolist()
            for each, length in zip(emissions, lengths.tolist(), strict=True)
        ]


@mistake(
    of="bio_spans",
    en="It looks like a tag without a label is accepted: behind B- and I- there must be something.",
    zh="看起来接受了没有标签名的 tag：B- 和 I- 后面不能是空的。",
    breaks="with a label that is not empty",
)
def accepts_empty_labels(tags):
    return solution.bio_spans([f"{tag}?" if tag in ("B-", "I-") else tag for tag in tags])


@mistake(
    of="bio_spans",
    en="It looks like the label of a span that has ended is kept: an I of the same label behind an O then begins "
    "nothing.",
    zh="看起来片段结束后还保留着它的标签：O 之后标签相同的 I 就没有开始新片段。",
    breaks='an "I-…" after "O"',
)
def remembers_the_label(tags):
    solution.bio_spans(tags)
    found, label, begin, is_open = [], "", 0, False
    for place, tag in enumerate([*tags, "O"]):
        kind, _, name = tag.partition("-")
        begins = bool(name) and (kind == "B" or name != label)
        if is_open and (tag == "O" or begins):
            found.append((label, begin, place))
            is_open = False
        if begins:
            label, begin, is_open = name, place, True
    return found


@mistake(
    of="bio_spans",
    en="It looks like a span goes on behind an O when an I of the same label follows: O ends it.",
    zh="看起来 O 之后若有标签相同的 I，片段就接着延续：O 应当结束片段。",
    breaks='an "I-…" after "O"',
)
def bridges_an_o(tags):
    solution.bio_spans(tags)
    filled = list(tags)
    for place in range(1, len(tags) - 1):
        if tags[place] == "O" and tags[place + 1][0] == "I" and tags[place - 1][2:] == tags[place + 1][2:]:
            filled[place] = tags[place + 1]
    return solution.bio_spans(filled)
