"""Hidden suite of week 07, llama.

The parameters are set from outside, norms included, so that the student's model and the reference's are the same
function. The last tests read our small model, wren. Not covered: half precision, padding, batches of unequal lengths.
"""

import json

import torch
from safetensors.torch import load_file

from grader.suite import (
    after,
    assert_raises,
    assert_same,
    attribute,
    claims,
    dataset,
    expect,
    follows_device,
    parameter_gradients,
    points,
    unchanged,
)

BATCH, LENGTH = 2, 7
CONFIG = {
    "vocab_size": 23,
    "hidden_size": 24,
    "intermediate_size": 13,
    "num_hidden_layers": 2,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "rms_norm_eps": 1e-2,
    "rope_parameters": {"rope_theta": 300.0, "rope_type": "default"},
    "tie_word_embeddings": True,
}
MISSING = "missing"
VARIANTS = (
    {"tie_word_embeddings": False},
    {"tie_word_embeddings": MISSING},
    {"head_dim": 10, "num_key_value_heads": 3, "num_attention_heads": 9},  # 9 does not divide hidden_size
    {"qk_norm": True, "num_key_value_heads": 6},
    {"num_key_value_heads": 1, "num_hidden_layers": 3, "head_dim": None},
)


def twins(student, reference, rng, dtype=torch.float64, **changes):
    """The student's model and ours, with the same random parameters."""
    models = [module.Llama(configured(changes)) for module in (student, reference)]
    state = random_state(rng, models[1], dtype)
    for model in models:
        load(model, state)
    return models


def configured(changes):
    """CONFIG with changes, some of which take a key away."""
    return {key: value for key, value in (CONFIG | changes).items() if value != MISSING}


def random_state(rng, model, dtype=torch.float64):
    """Weights large enough for attention to decide, small enough for eps to matter."""
    return {key: 0.4 * rng.normal(*p.shape, dtype=dtype) for key, p in model.state_dict().items()}


def load(model, state):
    """Move the model to the dtype and device of the parameters, and load them."""
    first = next(iter(state.values()))
    model.to(str(first.device))
    if first.dtype == torch.float64:
        model.double()
    model.load_state_dict(state)


def tokens(rng, batch=BATCH, length=LENGTH, most=CONFIG["vocab_size"]):
    return rng.integers(0, most, batch, length)


def in_pieces(module, model, ids, ends, layers=2):
    """Read ids in pieces that end at `ends`, with a cache; return the logits of all pieces."""
    cache, begin, pieces = module.given("parts").KeyValueCache(layers), 0, []
    for end in (*ends, ids.shape[1]):
        pieces.append(model(ids[:, begin:end], cache).detach())
        begin = end
    return torch.cat(pieces, dim=1)


@points(1)
@claims(
    "tie_word_embeddings (missing: False)",
    "q_proj: nn.Linear from hidden_size to num_attention_heads * head_dim, without bias",
    "k_proj, v_proj: nn.Linear from hidden_size",
    "o_proj: nn.Linear from num_attention_heads",
    "self_attn: LlamaAttention(config, layer)",
    "none has a bias",
    "model: nn.ModuleDict of embed_tokens",
    "lm_head: nn.Linear from hidden_size to vocab_size, without bias",
    "intermediate_size",
)
def test_parameters(student, reference):
    """The parameters have the names and shapes of a checkpoint, tied and untied, with and without qk_norm; where
    nothing is said of tying, the head is not tied.

    参数的名称和形状与检查点一致，无论词嵌入是否共享、有无 qk_norm；没有说明是否共享时，就不共享。
    """
    for config in map(configured, ({}, *VARIANTS)):
        models = unchanged(student.Llama, config), reference.Llama(config)
        got, expected = ({key: list(p.shape) for key, p in model.state_dict().items()} for model in models)
        expect(
            got == expected,
            "A Llama must have the parameters {expected}; yours has {got}. Its config: {config}.",
            "Llama 的参数应为 {expected}，你的是 {got}。配置：{config}。",
            config=config,
            expected=expected,
            got=got,
        )


@points(1)
@claims(
    "Consecutive query heads share a key-value head",
    "Scores are divided by sqrt(head_dim)",
    "head_dim (missing or None: hidden_size divided by num_attention_heads)",
    "q_norm, k_norm: nn.RMSNorm(head_dim, eps=rms_norm_eps)",
)
def test_attention_by_itself(student, reference, rng):
    """Attention agrees with the reference, with grouped queries and a head_dim of its own.

    注意力与参考答案一致，包括分组查询和单独指定的 head_dim。
    """
    x = rng.normal(BATCH, LENGTH, CONFIG["hidden_size"], dtype=torch.float64)
    for changes in ({}, {"head_dim": 10}, {"qk_norm": True}):
        layers = [module.LlamaAttention(CONFIG | changes, 0) for module in (student, reference)]
        state = random_state(rng, layers[1])
        for layer in layers:
            load(layer, state)

        assert_same(unchanged(layers[0].forward, x), layers[1](x))


@points(1)
@claims(
    "x = x + self_attn(input_layernorm(x))",
    "the layer is pre-norm",
    "input_layernorm, post_attention_layernorm: nn.RMSNorm(hidden_size, eps=rms_norm_eps)",
)
def test_layer_by_itself(student, reference, rng):
    """A layer agrees with the reference: two norms, two additions, a gated feed-forward layer.

    单层与参考答案一致：两次归一化、两次相加、一个带门的前馈层。
    """
    x = rng.normal(BATCH, LENGTH, CONFIG["hidden_size"], dtype=torch.float64)
    layers = [module.LlamaLayer(CONFIG, 0) for module in (student, reference)]
    state = random_state(rng, layers[1])
    for layer in layers:
        load(layer, state)

    assert_same(unchanged(layers[0].forward, x), layers[1](x))


@points(2)
@claims("None: nothing was, and nothing is kept")
def test_logits(student, reference, rng):
    """The logits of every position agree with the reference.

    每个位置的 logits 都与参考答案一致。
    """
    mine, theirs = twins(student, reference, rng)
    ids = tokens(rng)

    assert_same(unchanged(mine.forward, ids), theirs(ids))
    assert_same(mine(ids), theirs(ids))  # once more: nothing is kept from the first time


@points(1)
@claims("With qk_norm, each query head and each key head is RMS-normed", "With tie_word_embeddings there is none")
def test_other_configurations(student, reference, rng):
    """The logits also agree with an untied head, with qk_norm, with another head_dim, one key-value head, three layers.

    输出层不共享、有 qk_norm、另设 head_dim、单个 key-value 头、三层时也一致。
    """
    ids = tokens(rng)
    for changes in VARIANTS:
        mine, theirs = twins(student, reference, rng, **changes)

        assert_same(mine(ids), theirs(ids))


@points(1)
def test_no_token_sees_a_later_one(student, rng):
    """Changing a token changes no logit before it, and does change its own.

    改动一个词元，不改变它之前的任何 logit，但会改变它自己的。
    """
    model = student.Llama(CONFIG)
    load(model, random_state(rng, model))
    ids = tokens(rng)
    other = ids.clone()
    other[:, 4] = (ids[:, 4] + 1) % CONFIG["vocab_size"]

    before, after_ = model(ids).detach(), model(other).detach()

    assert_same(after_[:, :4], before[:, :4])
    expect(
        not torch.allclose(after_[:, 4:], before[:, 4:]),
        "A changed token must change the logits from its own position on.",
        "改动一个词元，应当改变从它自己的位置开始的 logits。",
    )


@points(1)
@after("test_logits")
def test_one_token_at_a_time(student, reference, rng):
    """Read one token at a time with a cache, a text gets the logits that it gets in one call.

    用缓存逐个读入词元时，logits 与一次读入整段文本时相同。
    """
    mine, theirs = twins(student, reference, rng)
    ids = tokens(rng)

    assert_same(in_pieces(student, mine, ids, range(1, LENGTH)), theirs(ids).detach())


@points(2)
@after("test_logits")
@claims(
    "The first new token stands at the position that is the number of cached tokens",
    "cache: what was read before; the new tokens are added to it",
)
def test_several_tokens_behind_a_cache(student, reference, rng):
    """A text read in pieces of 3, 1 and 3 tokens gets the logits that it gets in one call, also with qk_norm.

    文本分成 3、1、3 个词元几段读入，logits 与一次读入时相同，有 qk_norm 时也是如此。
    """
    ids = tokens(rng)
    for changes in ({}, {"qk_norm": True}):
        mine, theirs = twins(student, reference, rng, **changes)

        assert_same(in_pieces(student, mine, ids, (3, 4)), theirs(ids).detach())


@points(1)
@after("test_logits")
@claims(
    "Only queries and keys are turned, never values", "cache: gets the turned keys and the values of the new tokens"
)
def test_what_the_cache_holds(student, reference, rng):
    """The cache holds the turned keys and the values of the key-value heads, not a copy for each query head.

    缓存中是各 key-value 头旋转过的 key 和 value，而不是给每个 query 头各存一份。
    """
    held = []
    for module, model in zip((student, reference), twins(student, reference, rng), strict=True):
        cache = module.given("parts").KeyValueCache(2)
        for piece in torch.arange(LENGTH, device=rng.normal(1).device)[None].split(4, dim=1):
            model(piece, cache)
        held.append([[x.detach() for x in attribute(cache, name)] for name in ("keys", "values")])

    assert_same(held[0], held[1])


@points(1)
@claims("num_key_value_heads does not divide num_attention_heads", "`steps` is below 0, or the prompt is empty")
def test_refused_arguments(student, device):
    """Head counts that do not divide, a negative number of steps and an empty prompt are a ValueError.

    不能整除的头数、负的步数和空的提示都要抛出 ValueError。
    """
    assert_raises(ValueError, student.LlamaAttention, CONFIG | {"num_key_value_heads": 4}, 0)
    model = student.Llama(CONFIG)
    model.to(str(device))
    assert_raises(ValueError, model.generate, torch.zeros(1, 2, dtype=torch.long, device=device), -1)
    assert_raises(ValueError, model.generate, torch.zeros(1, 0, dtype=torch.long, device=device), 2)


@points(1)
@after("test_logits")
@claims("The answer holds the prompt and what was written")
def test_generate(student, reference, rng):
    """generate returns the prompt and the tokens with the highest logits, for each row of a batch.

    generate 对批次的每一行返回提示以及 logit 最大的那些词元。
    """
    mine, theirs = twins(student, reference, rng)
    for length in (1, LENGTH):
        ids = tokens(rng, 3, length)
        for steps in (1, 0, 9):
            assert_same(unchanged(mine.generate, ids, steps), theirs.generate(ids, steps))


@points(1)
@after("test_generate")
@claims("No token ends a text early")
def test_equal_logits_and_the_end_token(student, rng, device):
    """Of equal logits the lowest id is written, and a token that ends a text in chats ends nothing here.

    logit 相等时写出最小的 id；对话里表示结束的词元在这里不会提前结束文本。
    """
    model = student.Llama(CONFIG | {"eos_token_id": 5})
    state = {key: torch.zeros(p.shape, device=device) for key, p in model.state_dict().items()}
    state["model.norm.weight"] += 1
    prompt = torch.tensor([[7, 22], [11, 5], [20, 9]], device=device)
    for best in (5, 0, 2):  # the end as config has it, and as other models have it
        state["model.embed_tokens.weight"][:, 0] = -1
        state["model.embed_tokens.weight"][best:, 0] = 1  # ids from there on are equal, and better than those below
        load(model, state)

        answer = model.generate(prompt, 4)

        assert_same(answer, torch.cat([prompt, torch.full((3, 4), best, device=device)], dim=1))


@points(1)
@after("test_logits")
def test_gradients(student, reference, rng):
    """The gradients of every parameter agree with the reference; float32 and a strided view of ids are fine.

    每个参数的梯度都与参考答案一致；float32 和 ids 的非连续视图也可以。
    """
    ids = tokens(rng)
    mine, theirs = twins(student, reference, rng, qk_norm=True)
    assert_same(parameter_gradients(mine, ids), parameter_gradients(theirs, ids))

    mine, theirs = twins(student, reference, rng, torch.float32)
    view = tokens(rng, LENGTH, BATCH).T
    assert_same(mine(view), theirs(view))


@points(1)
@after("test_logits")
@claims("Positions and mask lie on the device of `x`", "on the device of `ids`")
def test_new_tensors_are_where_the_tokens_are(student, reference, rng):
    """A Llama reads and writes where its tokens are: on a GPU, positions, masks and what is written lie there too.

    词元在哪个设备上，Llama 就在哪里读和写：在 GPU 上，位置、掩码和写出的词元也要在那里。
    """
    mine, theirs = twins(student, reference, rng)
    ids = tokens(rng)

    assert_same(follows_device(mine.forward, ids), theirs(ids))
    assert_same(follows_device(mine.generate, ids, 2), theirs.generate(ids, 2))


@points(1)
@after("test_logits")
def test_wren(student, reference, device):
    """With the weights of wren your model gives wren's logits, and writes what wren writes.

    载入 wren 的权重后，你的模型给出 wren 的 logits，写出 wren 写出的文本。
    """
    config = json.loads((dataset("wren") / "config.json").read_text())
    state = {key: x.to(device, torch.float32) for key, x in load_file(dataset("wren") / "model.safetensors").items()}
    models = [module.Llama(config) for module in (student, reference)]
    for model in models:
        load(model, state)
    ids = torch.tensor([[0, 34, 712, 80, 9, 401]], device=device)

    # float32 through four layers: two orders of the same sums differ in the fifth digit.
    assert_same(models[0](ids).detach(), models[1](ids).detach(), rtol=1e-3, atol=1e-3)
    assert_same(models[0].generate(ids, 24), models[1].generate(ids, 24))


@points(1)
@after("test_generate")
@claims("Every token is read once")
def test_every_token_is_read_once(student, reference, speed):
    """Writing 30 tokens after a prompt of 512 takes at most 3 times as long as with the reference.

    在 512 个词元的提示之后生成 30 个词元，耗时不超过参考答案的 3 倍。
    """
    wide = CONFIG | {"hidden_size": 96, "intermediate_size": 256}

    def make(module):
        model = module.Llama(wide)
        load(
            model,
            {key: torch.sin(torch.arange(p.numel()) + 1.0).view(p.shape) for key, p in model.state_dict().items()},
        )
        return model

    ours = make(reference)

    def best_tokens(got, expected, prompt, steps):
        assert_same(got.shape, expected.shape)
        assert_same(got[:, :-steps], prompt)
        logits = ours(got[:, :-1]).detach()[:, -steps:]
        missed = logits.amax(-1) - logits.gather(-1, got[:, -steps:, None]).squeeze(-1)
        expect(
            bool((missed <= 1e-3 * logits.abs().amax()).all()),  # float32 decides between equals
            "While the clock ran, tokens were written that are not the best ones.",
            "计时期间写出的词元不是 logit 最大的词元。",
        )

    speed(student, reference).call(
        "generate",
        lambda rng: rng.integers(0, 23, 1, 512).cpu(),
        30,
        setup=make,
        check=best_tokens,
        at_most=3.0,
    )
