"""Hidden suite of week 05, debug_decoder.

Sizes are distinct primes, so that a swapped axis cannot go unnoticed. What worked when the program was given is worth
no points and must still work: the tests with points stand after it.
Not covered: gradients, speed.
"""

import torch

from grader.suite import after, assert_same, call_and_keep, claims, points

VOCABULARY, D_MODEL, LAYERS = 13, 11, 2
TOKENS = [3, 11, 0, 7, 7, 2, 5]


def decoders(student, reference, rng, layers=LAYERS, scale=0.5):
    """The student's decoder and ours, with the same weights: in float64, for pieces are summed in another order."""
    made = [module.Decoder(VOCABULARY, D_MODEL, layers) for module in (student, reference)]
    state = {
        name: scale * rng.normal(*table.shape, dtype=torch.float64) for name, table in made[1].state_dict().items()
    }
    for decoder in made:
        decoder.to(torch.float64)
        decoder.load_state_dict(state)
    return made


def read(decoder, cuts, device):
    """Read TOKENS in pieces that end at `cuts`; return the scores of all pieces, one after the other."""
    cache, pieces = decoder.new_cache(), []
    for begin, end in zip([0, *cuts], [*cuts, len(TOKENS)], strict=True):
        piece = torch.tensor(TOKENS[begin:end], device=device)
        pieces.append(decoder(piece, cache).detach())
    return torch.cat(pieces)


@claims(
    "embedding: nn.Embedding(vocabulary, d_model), also used to score the next token",
    "layers: nn.ModuleList of CachedAttention",
    "W_q, W_k, W_v, W_o: nn.Linear from d_model to d_model, without bias",
)
def test_all_at_once(student, reference, rng, device):
    """Tokens that are read in one call get the reference's scores: this worked when you got the program.

    一次读入全部词元时，分数与参考答案一致：你拿到程序时，这一点本来就是对的。
    """
    mine, ours = decoders(student, reference, rng)

    assert_same(read(mine, [], device), read(ours, [], device))


@after("test_all_at_once")
def test_one_at_a_time(student, reference, rng, device):
    """Tokens that are read one by one with a cache get the same scores: this worked when you got the program.

    使用缓存逐个读入词元时，分数也相同：你拿到程序时，这一点本来就是对的。
    """
    mine, ours = decoders(student, reference, rng)

    assert_same(read(mine, range(1, len(TOKENS)), device), read(ours, [], device))


@after("test_one_at_a_time")
@claims("None: nothing was read before")
def test_caches_are_independent(student, reference, rng, device):
    """Two conversations with one decoder know nothing of each other: this worked when you got the program.

    同一个解码器进行的两段对话互不影响：你拿到程序时，这一点本来就是对的。
    """
    mine, ours = decoders(student, reference, rng)
    read(mine, [3], device)

    assert_same(read(mine, [], device), read(ours, [], device))
    tokens = torch.tensor(TOKENS, device=device)
    for _ in range(2):  # without a cache, nothing was read before: the second time neither
        assert_same(mine(tokens).detach(), ours(tokens).detach())


@after("test_caches_are_independent")
@points(3)
@claims("the tokens that were read before; the new ones are added to it")
def test_a_prompt_in_two_pieces(student, reference, rng, device):
    """A prompt that is read in two pieces gets the scores that it gets in one.

    分两段读入的提示，得到的分数与一次读入时相同。
    """
    mine, ours = decoders(student, reference, rng)

    assert_same(read(mine, [3], device), read(ours, [], device))


@after("test_caches_are_independent")
@points(1)
def test_pieces_of_all_lengths(student, reference, rng, device):
    """So does one that is read in pieces of 1, 2, 1 and 3 tokens.

    分成 1、2、1、3 个词元几段读入也一样。
    """
    mine, ours = decoders(student, reference, rng)

    assert_same(read(mine, [1, 3, 4], device), read(ours, [], device))


@after("test_caches_are_independent")
@points(2)
def test_no_token_sees_a_later_one(student, reference, rng, device):
    """Within a piece, no token sees the ones after it: changing the last one changes only its own scores.

    在同一段中，任何词元都看不到后面的词元：改动最后一个词元，只改变它自己的分数。
    """
    mine, ours = decoders(student, reference, rng, layers=1)
    scores = []
    for last in (2, 9):
        cache = mine.new_cache()
        mine(torch.tensor([1, 4], device=device), cache)
        scores.append(mine(torch.tensor([6, 8, last], device=device), cache).detach())

    assert_same(scores[0][:2], scores[1][:2])
    cache = ours.new_cache()
    ours(torch.tensor([1, 4], device=device), cache)
    assert_same(scores[1], ours(torch.tensor([6, 8, 9], device=device), cache).detach())


@after("test_caches_are_independent")
@points(2)
@claims("A turn is read together with the last token of the answer before it")
def test_a_conversation(student, reference, rng):
    """A conversation of five turns is answered as the reference answers it, and the turns stay as they are.

    五轮对话的回答与参考答案一致，而且不修改传入的各轮内容。
    """
    mine, ours = decoders(student, reference, rng, scale=1)
    turns = [[3, 11, 0], [7, 2], [5, 9, 1, 12], [4, 6], [10, 8, 2]]

    answer, arguments, _ = call_and_keep(mine.converse, turns, 3)

    assert_same(answer, ours.converse(turns, 3))
    assert_same(arguments[0], [[3, 11, 0], [7, 2], [5, 9, 1, 12], [4, 6], [10, 8, 2]])
