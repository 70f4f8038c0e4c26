"""Hidden suite of week 07, gpt.

The parameters are set from outside, norms included, so that the student's model and the reference's are the same
function.
Not covered: half precision, padding, writing.
"""

import torch

from grader.suite import (
    after,
    assert_raises,
    assert_same,
    claims,
    expect,
    follows_device,
    parameter_gradients,
    points,
    unchanged,
)

BATCH, LENGTH = 2, 7
CONFIG = {"vocab_size": 23, "n_positions": 11, "n_embd": 12, "n_layer": 2, "n_head": 3, "layer_norm_epsilon": 1e-2}


def twins(student, reference, rng, dtype=torch.float64, **changes):
    """The student's model and ours, with the same random parameters."""
    models = [module.GPT(CONFIG | changes) for module in (student, reference)]
    state = {key: 0.4 * rng.normal(*p.shape, dtype=dtype) for key, p in models[1].state_dict().items()}
    for model in models:
        load(model, state)
    return models


def load(model, state):
    """Move the model to the dtype and device of the parameters, and load them."""
    first = next(iter(state.values()))
    model.to(str(first.device))
    if first.dtype == torch.float64:
        model.double()
    model.load_state_dict(state)


def checkpoint(reference, rng, head=True, old=False):
    """A state dict as transformers writes it, with random weights."""
    state = {}
    for name, p in reference.GPT(CONFIG).state_dict().items():
        transposed = name.endswith(("c_attn.weight", "c_proj.weight", "c_fc.weight"))
        shape = reversed(p.shape) if transposed else p.shape
        state[f"transformer.{name}" if head else name] = 0.4 * rng.normal(*shape)
    prefix = "transformer." if head else ""
    if head:
        state["lm_head.weight"] = state["transformer.wte.weight"]
    if old:
        size = CONFIG["n_positions"]
        for layer in range(CONFIG["n_layer"]):
            device = state[f"{prefix}wte.weight"].device
            state[f"{prefix}h.{layer}.attn.bias"] = torch.ones(1, 1, size, size, device=device).tril()
            state[f"{prefix}h.{layer}.attn.masked_bias"] = torch.tensor(-1e4, device=device)
    return state


def tokens(rng, batch=BATCH, length=LENGTH):
    return rng.integers(0, CONFIG["vocab_size"], batch, length)


@points(1)
@claims(
    "attn: nn.ModuleDict of c_attn",
    "mlp: nn.ModuleDict of c_fc",
    "wte: nn.Embedding(vocab_size, n_embd)",
    "wpe: nn.Embedding(n_positions, n_embd)",
    "h: nn.ModuleList of GPTBlock",
)
def test_parameters(student, reference):
    """The parameters have the names of transformers' GPT2Model, and the shapes of nn.Linear.

    参数名与 transformers 的 GPT2Model 相同，形状与 nn.Linear 相同。
    """
    for changes in ({}, {"n_layer": 1, "n_embd": 9}):
        config = CONFIG | changes
        models = unchanged(student.GPT, config), reference.GPT(config)
        got, expected = ({key: list(p.shape) for key, p in model.state_dict().items()} for model in models)
        expect(
            got == expected,
            "GPT must have the parameters {expected}, yours has {got}.",
            "GPT 的参数应为 {expected}，你的是 {got}。",
            expected=expected,
            got=got,
        )


@points(1)
@claims(
    "the output of c_attn is [Q | K | V]",
    "The gelu is the approximation by a tanh",
    "ln_1, ln_2: nn.LayerNorm(n_embd, eps=layer_norm_epsilon)",
)
def test_block(student, reference, rng):
    """A block agrees with the reference and leaves its input alone.

    单个块与参考答案一致，且不修改输入。
    """
    x = rng.normal(BATCH, LENGTH, CONFIG["n_embd"], dtype=torch.float64)
    blocks = [module.GPTBlock(CONFIG) for module in (student, reference)]
    state = {key: rng.normal(*p.shape, dtype=torch.float64) for key, p in blocks[1].state_dict().items()}
    for block in blocks:
        load(block, state)

    assert_same(unchanged(blocks[0].forward, x), blocks[1](x), rtol=1e-6, atol=1e-8)


@points(2)
@claims("ln_f: nn.LayerNorm(n_embd, eps=layer_norm_epsilon)")
def test_logits(student, reference, rng):
    """The logits of every position agree with the reference, also for a single token and a text of n_positions.

    每个位置的 logits 都与参考答案一致，单个词元和长度为 n_positions 的文本也是如此。
    """
    mine, theirs = twins(student, reference, rng)
    for length in (LENGTH, 1, CONFIG["n_positions"]):
        ids = tokens(rng, length=length)

        assert_same(unchanged(mine.forward, ids), theirs(ids), rtol=1e-6, atol=1e-8)


@points(1)
@claims("Attention is causal")
def test_no_token_sees_a_later_one(student, rng):
    """Changing a token changes no logit before it, and does change its own.

    改动一个词元，不改变它之前的任何 logit，但会改变它自己的。
    """
    model = student.GPT(CONFIG)
    load(model, {key: 0.4 * rng.normal(*p.shape, dtype=torch.float64) for key, p in model.state_dict().items()})
    ids = tokens(rng)
    other = ids.clone()
    other[:, 4] = (ids[:, 4] + 1) % CONFIG["vocab_size"]

    before, changed = model(ids).detach(), model(other).detach()

    assert_same(changed[:, :4], before[:, :4])
    expect(
        not torch.allclose(changed[:, 4:], before[:, 4:]),
        "A changed token must change the logits from its own position on.",
        "改动一个词元，应当改变从它自己的位置开始的 logits。",
    )


@points(2)
@after("test_logits")
@claims(
    "Three things differ from this module's own state dict",
    "The names of a GPT2LMHeadModel begin with",
    "c_attn, c_proj and c_fc are stored as [in, out]",
)
def test_a_checkpoint_of_transformers(student, reference, rng):
    """load_gpt2 takes the weights of a GPT2LMHeadModel and of a GPT2Model, and leaves the dictionary alone.

    load_gpt2 能载入 GPT2LMHeadModel 和 GPT2Model 的权重，且不修改传入的字典。
    """
    ids = tokens(rng)
    for head in (True, False):
        state = checkpoint(reference, rng, head)
        mine, theirs = student.GPT(CONFIG), reference.GPT(CONFIG)
        for model in (mine, theirs):
            model.to(str(ids.device))
            unchanged(model.load_gpt2, state)

        assert_same(mine(ids), theirs(ids))


@points(1)
@after("test_a_checkpoint_of_transformers")
@claims("Old checkpoints hold h.N.attn.bias")
def test_an_old_checkpoint(student, reference, rng):
    """An old checkpoint with h.N.attn.bias and h.N.attn.masked_bias loads as well: they are no weights.

    含有 h.N.attn.bias 和 h.N.attn.masked_bias 的旧检查点也能载入：它们不是权重。
    """
    ids = tokens(rng)
    for head in (True, False):
        state = checkpoint(reference, rng, head, old=True)
        mine, theirs = student.GPT(CONFIG), reference.GPT(CONFIG)
        for model in (mine, theirs):
            model.to(str(ids.device))
            model.load_gpt2(state)

        assert_same(mine(ids), theirs(ids))


@points(1)
@after("test_a_checkpoint_of_transformers")
@claims("a weight is missing, has another shape, or is none of the above", "Nothing is loaded then")
def test_wrong_checkpoints(student, reference, rng):
    """A weight that is missing, has another shape or is unknown is a ValueError, and nothing is loaded.

    缺少权重、形状不对或有未知的权重时，抛出 ValueError，并且什么也不载入。
    """
    good = checkpoint(reference, rng)
    name = "transformer.h.1.mlp.c_fc.weight"
    bad = [
        {key: value for key, value in good.items() if key != "transformer.ln_f.bias"},
        {key: value for key, value in good.items() if key != "transformer.wte.weight"},  # lm_head.weight is still there
        good | {name: good[name].T.contiguous()},
        good | {"transformer.h.2.ln_1.weight": good["transformer.ln_f.weight"]},
        good | {"transformer.ln_f.weight": good["transformer.ln_f.weight"][:1]},
        good | {"lm_head.bias": good["transformer.ln_f.weight"]},
        # Shapes that would fit by broadcasting, or by another number of axes
        good | {"transformer.wpe.weight": good["transformer.wpe.weight"][:1]},
        good | {"transformer.wte.weight": good["transformer.wte.weight"][0]},
        good | {"transformer.h.0.ln_1.weight": torch.tensor(1.0, device=good[name].device)},
        good | {"transformer.h.0.attn.c_attn.bias": good["transformer.h.0.attn.c_attn.bias"][None]},
        good | {"transformer.h.1.mlp.c_proj.weight": good["transformer.h.1.mlp.c_proj.weight"][:, :1]},
    ]
    model, _ = twins(student, reference, rng, torch.float32)
    before = model.state_dict()
    for state in bad:
        assert_raises(ValueError, model.load_gpt2, state)

    assert_same(dict(model.state_dict()), dict(before))


@points(1)
@claims("n_head does not divide n_embd", "the text is longer than n_positions")
def test_refused_arguments(student, reference, rng):
    """A text longer than n_positions and head counts that do not divide are a ValueError.

    长度超过 n_positions 的文本和不能整除的头数都要抛出 ValueError。
    """
    assert_raises(ValueError, student.GPTBlock, CONFIG | {"n_head": 5})
    model, _ = twins(student, reference, rng)
    assert_raises(ValueError, model.forward, tokens(rng, length=CONFIG["n_positions"] + 1))


@points(1)
@after("test_logits")
def test_gradients(student, reference, rng):
    """The gradients of every parameter agree with the reference; float32 and a strided view of ids are fine.

    每个参数的梯度都与参考答案一致；float32 和 ids 的非连续视图也可以。
    """
    ids = tokens(rng)
    mine, theirs = twins(student, reference, rng)
    assert_same(parameter_gradients(mine, ids), parameter_gradients(theirs, ids))

    mine, theirs = twins(student, reference, rng, torch.float32)
    view = tokens(rng, LENGTH, BATCH).T
    assert_same(mine(view), theirs(view))


@points(1)
@after("test_logits")
@claims("Positions and causal masks lie on the device of `ids`")
def test_new_tensors_are_where_the_ids_are(student, reference, rng):
    """A GPT works where its ids are: on a GPU, positions and causal masks lie there too.

    ids 在哪个设备上，GPT 就在哪里计算：在 GPU 上，位置和因果掩码也要在那里。
    """
    mine, theirs = twins(student, reference, rng)
    ids = tokens(rng)

    assert_same(follows_device(mine.forward, ids), theirs(ids))
