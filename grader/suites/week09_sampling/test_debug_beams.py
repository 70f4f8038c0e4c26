"""Hidden suite of week 09, debug_beams.

The model of the suite remembers: its logits depend on every token that it has read, and its cache holds these tokens.
What worked when the program was given is worth no points and must still work: the tests with points stand after it.
Not covered: ties, stop tokens.
"""

import itertools

import torch

from grader.suite import after, assert_same, expect, points, unchanged

VOCABULARY = 5
PROMPT = [3, 1]


class Remembering:
    """A model whose next token depends on the whole history."""

    def __init__(self, rng, device, vocabulary=VOCABULARY):
        self.table = 2 * rng.normal(64, vocabulary, dtype=torch.float64)
        self.read = 0

    def of(self, history):
        """The logits after a history: a row of the table that every token of it has a say in."""
        place = 0
        for token in history:
            place = (7 * place + int(token) + 1) % len(self.table)
        return self.table[place]

    def step(self, tokens, cache):
        """One call of the protocol."""
        self.read += len(tokens)
        read = torch.cat([cache.to(tokens), tokens[:, None]], dim=1)
        return torch.stack([self.of(row) for row in read.tolist()]), read

    def total(self, written):
        """The log-probability of new tokens, read afresh from the beginning."""
        history, total = list(PROMPT), 0.0
        for token in written:
            total += float(self.of(history).log_softmax(-1)[token])
            history.append(token)
        return total


def prompt(device):
    return torch.tensor(PROMPT, device=device)


def test_one_beam_is_greedy(student, rng, device):
    """One beam takes the likeliest token every time: this worked when you got the program.

    只有一束时，每次都取概率最大的词元：你拿到程序时，这一点本来就是对的。
    """
    model = Remembering(rng, device)
    greedy = []
    for _ in range(4):
        greedy.append(int(model.of([*PROMPT, *greedy]).argmax()))

    found = unchanged(student.search, model.step, prompt(device), 1, 4)

    assert_same([tokens for tokens, _ in found], [greedy])
    assert_same(found[0][1], model.total(greedy))


@after("test_one_beam_is_greedy")
def test_a_model_without_memory(student, device):
    """If only the last token counts, two beams find what greedy misses: this worked when you got the program.

    如果只有上一个词元起作用，两束能找到贪心错过的文本：你拿到程序时，这一点本来就是对的。
    """
    table = torch.tensor([[0.5, 0.3, 0.2], [0.05, 0.9, 0.05], [0.6, 0.4, 1e-9]], dtype=torch.float64, device=device)

    def step(tokens, cache):
        return table[tokens].log(), torch.cat([cache.to(tokens), tokens[:, None]], dim=1)

    found = student.search(step, torch.tensor([2], device=device), 2, 2)

    assert_same([tokens for tokens, _ in found], [[1, 1], [0, 0]])


@after("test_a_model_without_memory")
@points(2)
def test_totals_are_those_of_the_texts(student, rng, device):
    """The log-probability that comes with a text is the one that the model gives when it reads that text afresh.

    每段文本所带的对数概率，就是模型从头读这段文本时给出的对数概率。
    """
    model = Remembering(rng, device)

    found = student.search(model.step, prompt(device), 3, 5)

    assert_same([total for _, total in found], [model.total(tokens) for tokens, _ in found])


@after("test_a_model_without_memory")
@points(2)
def test_wide_beams_find_the_best_texts(student, rng, device):
    """With a beam for every beginning the twenty likeliest texts of all are found, in their order.

    束数足以容纳每个开头时，能按次序找到所有文本中概率最大的二十段。
    """
    model = Remembering(rng, device)
    texts = [list(text) for text in itertools.product(range(VOCABULARY), repeat=4)]
    likeliest = sorted(texts, key=model.total, reverse=True)[:20]

    found = student.search(model.step, prompt(device), VOCABULARY**3, 4)

    assert_same(found[:20], [(text, model.total(text)) for text in likeliest])


@after("test_a_model_without_memory")
@points(1)
def test_fewer_texts_than_beams(student, rng, device):
    """Of more beams than there are texts, only those that are in the running are told, best first.

    束数多于文本总数时，只给出有效的假设，最好的在前。
    """
    model = Remembering(rng, device)
    texts = sorted(itertools.product(range(VOCABULARY), repeat=3), key=model.total, reverse=True)

    found = student.search(model.step, prompt(device), 127, 3)

    assert_same(found, [(list(text), model.total(text)) for text in texts])


@after("test_a_model_without_memory")
@points(1)
def test_hypotheses_agree_with_the_reference(student, reference, rng, device):
    """Three beams with a model that remembers find the reference's texts, in its order, for prompts of one token too,
    and each token goes through the model once.

    模型有记忆、束数为 3 时，找到的文本和次序与参考答案一致，提示只有一个词元时也一样；每个词元只经过模型一次。
    """
    for start in (PROMPT, [4]):
        model = Remembering(rng, device)
        begin = torch.tensor(start, device=device)

        found = student.search(model.step, begin, 3, 7)
        read = model.read

        assert_same(found, reference.search(model.step, begin, 3, 7))
        expect(
            read <= 3 * (len(start) + 6),
            "{read} tokens went through the model, and {enough} are enough: the cache is there so that each token goes "
            "through it once.",
            "共有 {read} 个词元经过模型，其实 {enough} 个就够：有了缓存，每个词元只需经过模型一次。",
            read=str(read),
            enough=str(3 * (len(start) + 6)),
        )
