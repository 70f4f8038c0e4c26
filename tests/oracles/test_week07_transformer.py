"""Week 07: held against torch's layers and the models of transformers, with their weights copied."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode
from transformers import (
    AlbertConfig,
    AlbertModel,
    AutoModelForCausalLM,
    BertConfig,
    BertModel,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    OpenAIGPTConfig,
    OpenAIGPTLMHeadModel,
    Qwen3Config,
    Qwen3ForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
)
from transformers.models.llama.modeling_llama import LlamaMLP
from transformers.models.mixtral.modeling_mixtral import load_balancing_loss_func

WREN = Path(__file__).resolve().parents[2] / "datasets" / "wren"
CASES = 200
CLOSE = {"rtol": 1e-4, "atol": 1e-4}  # float32: norms and softmax of transformers are float32 whatever comes in
EXACT = {"rtol": 1e-10, "atol": 1e-10}


def size(source, most, least=1):
    return int(torch.randint(least, most + 1, (1,), generator=source))


def shake(module, source, spread=0.3):
    """Draw every parameter anew, norms and biases included."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(spread * torch.randn(parameter.shape, generator=source, dtype=parameter.dtype))
    return module


@pytest.fixture
def load(solution):
    return lambda name: solution("week07_transformer", name)


def test_feed_forward(load):
    """SwiGLU is transformers' LlamaMLP, FeedForward two layers of torch with an activation between them."""
    layers = load("feed_forward")
    plain = {"relu": nn.ReLU(), "gelu": nn.GELU(), "gelu_tanh": nn.GELU(approximate="tanh")}
    for case in range(CASES):
        source = torch.Generator().manual_seed(case)
        width, hidden, length = size(source, 9), size(source, 13), size(source, 5)
        x = torch.randn(2, length, width, generator=source, dtype=torch.float64)
        ours = shake(layers.SwiGLU(width, hidden).double(), source)
        theirs = LlamaMLP(
            LlamaConfig(hidden_size=width, intermediate_size=hidden, num_attention_heads=1, head_dim=2, mlp_bias=False)
        ).double()
        theirs.load_state_dict({f"{key[2:].replace('.', '_proj.')}": p for key, p in ours.state_dict().items()})
        torch.testing.assert_close(ours(x), theirs(x), **EXACT)

        activation = list(plain)[case % 3]
        ours = shake(layers.FeedForward(width, hidden, activation).double(), source)
        theirs = nn.Sequential(ours.W_in, plain[activation], ours.W_out)
        torch.testing.assert_close(ours(x), theirs(x), **EXACT)


def torch_attention(state, name):
    """The weights of one of our attentions, in the words of nn.MultiheadAttention."""
    both = {}
    for kind in ("weight", "bias"):
        both[f"in_proj_{kind}"] = torch.cat([state[f"{name}.W_{part}.{kind}"] for part in "qkv"])
        both[f"out_proj.{kind}"] = state[f"{name}.W_o.{kind}"]
    return both


def test_blocks(load):
    """Both layers are those of torch.nn, before and after, with masks; values and gradients of the input."""
    blocks = load("blocks")
    for case in range(CASES):
        source = torch.Generator().manual_seed(case)
        heads, norm = size(source, 3), ("pre", "post")[case % 2]
        width, hidden, length, other = heads * size(source, 4), size(source, 9), size(source, 6), size(source, 5)
        x, memory = (
            torch.randn(2, n, width, generator=source, dtype=torch.float64).requires_grad_() for n in (length, other)
        )
        options = dict(
            dim_feedforward=hidden, dropout=0.0, activation="gelu", batch_first=True, norm_first=norm == "pre"
        )
        inner = {"linear1": "W_in", "linear2": "W_out"}
        seen = torch.rand(length, length, generator=source) < 0.6
        seen |= torch.eye(length, dtype=torch.bool)

        ours = shake(blocks.EncoderLayer(width, heads, hidden, norm).double(), source)
        theirs = nn.TransformerEncoderLayer(width, heads, **options).double()
        state = ours.state_dict()
        copied = {f"self_attn.{key}": p for key, p in torch_attention(state, "attention").items()}
        for name in ("norm1", "norm2", "linear1", "linear2"):
            for kind in ("weight", "bias"):
                copied[f"{name}.{kind}"] = state[f"{inner.get(name, name)}.{kind}"]
        theirs.load_state_dict(copied)
        both(ours(x, seen), theirs(x, src_mask=~seen), x)

        ours = shake(blocks.DecoderLayer(width, heads, hidden, norm).double(), source)
        theirs = nn.TransformerDecoderLayer(width, heads, **options).double()
        state = ours.state_dict()
        copied = {f"self_attn.{key}": p for key, p in torch_attention(state, "self_attention").items()}
        copied |= {f"multihead_attn.{key}": p for key, p in torch_attention(state, "cross_attention").items()}
        for name in ("norm1", "norm2", "norm3", "linear1", "linear2"):
            for kind in ("weight", "bias"):
                copied[f"{name}.{kind}"] = state[f"{inner.get(name, name)}.{kind}"]
        theirs.load_state_dict(copied)
        hidden_ones = ~seen | torch.ones(length, length, dtype=torch.bool).triu(1)
        both(ours(x, memory, seen), theirs(x, memory, tgt_mask=hidden_ones), x, memory)


def both(ours, theirs, *inputs):
    torch.testing.assert_close(ours, theirs, **EXACT)
    weights = torch.linspace(-1, 1, ours.numel(), dtype=ours.dtype).view(ours.shape)
    gradients = [torch.autograd.grad((answer * weights).sum(), inputs) for answer in (ours, theirs)]
    torch.testing.assert_close(*gradients, **EXACT)


def llama_config(source, **more):
    heads = size(source, 3)
    return {
        "vocab_size": size(source, 30, 5),
        "hidden_size": 4 * size(source, 4) * heads * 2,
        "intermediate_size": size(source, 20),
        "num_hidden_layers": size(source, 3),
        "num_attention_heads": 2 * heads,
        "num_key_value_heads": heads,
        "head_dim": 2 * size(source, 5),
        "rms_norm_eps": 1e-5,
        "rope_parameters": {"rope_theta": 500.0, "rope_type": "default"},
        "tie_word_embeddings": bool(size(source, 2) - 1),
        "pad_token_id": None,
        "bos_token_id": None,
        "eos_token_id": None,
        "max_position_embeddings": 64,
    } | more


def test_llama(load):
    """Llama is transformers' LlamaForCausalLM, and with qk_norm its Qwen3ForCausalLM: logits, and in two pieces."""
    llama = load("llama")
    for case in range(CASES):
        source = torch.Generator().manual_seed(case)
        config, normed = llama_config(source), case % 4 == 0
        theirs = Qwen3ForCausalLM(Qwen3Config(**config)) if normed else LlamaForCausalLM(LlamaConfig(**config))
        theirs = shake(theirs.eval(), source)
        ours = llama.Llama(config | {"qk_norm": normed})
        state = theirs.state_dict()
        if config["tie_word_embeddings"]:
            state.pop("lm_head.weight")
        ours.load_state_dict(state)
        ids = torch.randint(config["vocab_size"], (2, size(source, 9)), generator=source)
        with torch.no_grad():
            expected = theirs(input_ids=ids).logits
            torch.testing.assert_close(ours(ids), expected, **CLOSE)
            cache = llama.KeyValueCache(config["num_hidden_layers"])
            cut = size(source, ids.shape[1])
            pieces = [ours(piece, cache) for piece in (ids[:, :cut], ids[:, cut:]) if piece.shape[1]]
            torch.testing.assert_close(torch.cat(pieces, dim=1), expected, **CLOSE)


def test_wren(load):
    """Our Llama loads datasets/wren, gives its logits, and writes the greedy text that transformers writes."""
    llama = load("llama").Llama(json.loads((WREN / "config.json").read_text()))
    llama.load_state_dict({key: x.float() for key, x in load_file(WREN / "model.safetensors").items()})
    theirs = AutoModelForCausalLM.from_pretrained(WREN, dtype=torch.float32).eval()
    for prompt in ([[0, 34, 712, 80, 9, 401]], [[0, 5, 99]]):
        ids = torch.tensor(prompt)
        with torch.no_grad():
            torch.testing.assert_close(llama(ids), theirs(input_ids=ids).logits, rtol=1e-3, atol=1e-3)
        # No token ends a text: what comes after the end is compared as well.
        written = theirs.generate(
            input_ids=ids, do_sample=False, max_new_tokens=40, min_new_tokens=40, eos_token_id=None
        )
        assert llama.generate(ids, 40).tolist() == written.tolist()


def test_bert(load):
    """BertEncoder loads the state dict of a BertModel of transformers; vectors of tokens and texts are the same."""
    bert = load("bert")
    for case in range(CASES):
        source = torch.Generator().manual_seed(case)
        heads = size(source, 3)
        config = {
            "vocab_size": size(source, 30, 5),
            "max_position_embeddings": 16,
            "type_vocab_size": 2,
            "hidden_size": heads * size(source, 5),
            "intermediate_size": size(source, 20),
            "num_hidden_layers": size(source, 3),
            "num_attention_heads": heads,
            "layer_norm_eps": 1e-3,
        }
        theirs = shake(BertModel(BertConfig(**config, attn_implementation="eager")).eval(), source)
        ours = bert.BertEncoder(config)
        ours.load_state_dict(theirs.state_dict())
        pairs = [(words(source, config), words(source, config) if size(source, 2) == 2 else None) for _ in range(3)]
        ids, types, real = bert.read_pairs(pairs, 2, 3, 0)
        with torch.no_grad():
            expected = theirs(input_ids=ids, token_type_ids=types, attention_mask=real.long())
            hidden, pooled = ours(ids, types, real)

        torch.testing.assert_close(hidden[real], expected.last_hidden_state[real], **CLOSE)
        torch.testing.assert_close(pooled, expected.pooler_output, **CLOSE)


def words(source, config):
    return torch.randint(config["vocab_size"], (size(source, 6),), generator=source).tolist()


def test_gpt(load):
    """GPT loads the state dict of a GPT2LMHeadModel of transformers and gives its logits."""
    gpt = load("gpt")
    for case in range(CASES):
        source = torch.Generator().manual_seed(case)
        heads = size(source, 3)
        config = {
            "vocab_size": size(source, 30, 2),
            "n_positions": 12,
            "n_embd": heads * size(source, 5),
            "n_layer": size(source, 3),
            "n_head": heads,
            "layer_norm_epsilon": 1e-5,
        }
        hub = GPT2Config(
            **config, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=None, eos_token_id=None
        )
        theirs = shake(GPT2LMHeadModel(hub).eval(), source)
        state = theirs.state_dict() if case % 2 else theirs.transformer.state_dict()
        ours = gpt.GPT(config)
        ours.load_gpt2(state)
        ids = torch.randint(config["vocab_size"], (2, size(source, 12)), generator=source)
        with torch.no_grad():
            torch.testing.assert_close(ours(ids), theirs(input_ids=ids).logits, **CLOSE)


def test_experts(load):
    """A mixture of experts is each token's own sum; the loss is that of transformers, divided by top_k."""
    experts = load("experts")
    for case in range(CASES):
        source = torch.Generator().manual_seed(case)
        width, hidden, count = size(source, 7), size(source, 9), size(source, 6)
        top_k = size(source, count)
        layer = shake(experts.MixtureOfExperts(width, hidden, count, top_k).double(), source, 1.0)
        x = torch.randn(size(source, 9), width, generator=source, dtype=torch.float64)
        output, logits = layer(x)
        for token, row, answer in zip(x, logits, output, strict=True):
            chosen = row.sort(descending=True).indices[:top_k]
            weights = torch.softmax(row[chosen], dim=0)
            answers = [
                layer.W_down[e] @ (F.silu(layer.W_gate[e] @ token) * (layer.W_up[e] @ token)) for e in chosen.tolist()
            ]
            expected = sum(weight * one for weight, one in zip(weights, answers, strict=True))
            torch.testing.assert_close(answer, expected, **EXACT)
        loss = load_balancing_loss_func((logits,), count, top_k) / top_k
        torch.testing.assert_close(experts.balance_loss(logits, top_k), loss.to(torch.float64), rtol=1e-6, atol=1e-6)


def some_model(source, kind):
    """A random configuration of a family, and its model on the meta device."""
    heads = size(source, 4)
    width, hidden, layers, rows = 4 * heads, size(source, 40), size(source, 4), size(source, 50)
    if kind in ("gpt2", "openai-gpt"):
        config = dict(n_embd=width, n_layer=layers, n_head=heads, n_positions=20, vocab_size=rows)
        if kind == "gpt2":
            config["n_inner"] = hidden
        make, hub = (GPT2LMHeadModel, GPT2Config) if kind == "gpt2" else (OpenAIGPTLMHeadModel, OpenAIGPTConfig)
    elif kind in ("bert", "albert"):
        config = dict(
            hidden_size=width,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            intermediate_size=hidden,
            max_position_embeddings=20,
            type_vocab_size=size(source, 3),
            vocab_size=rows,
        )
        if kind == "albert":
            config["embedding_size"] = size(source, 9)
        make, hub = (BertModel, BertConfig) if kind == "bert" else (AlbertModel, AlbertConfig)
    elif kind == "t5":
        config = dict(
            d_model=width,
            num_layers=layers,
            num_decoder_layers=size(source, 4),
            num_heads=heads,
            d_kv=size(source, 9),
            d_ff=hidden,
            relative_attention_num_buckets=8,
            feed_forward_proj=("relu", "gated-gelu")[size(source, 2) - 1],
            vocab_size=rows,
            tie_word_embeddings=True,
        )
        make, hub = T5ForConditionalGeneration, T5Config
    else:
        config = llama_config(source)
        make, hub = LlamaForCausalLM, LlamaConfig
    special = dict(pad_token_id=None, bos_token_id=None, eos_token_id=None)
    with torch.device("meta"):
        model = make(hub(**(config | special), attn_implementation="eager")).eval()
    return config | {"model_type": kind}, model


@pytest.mark.parametrize("kind", ["gpt2", "openai-gpt", "bert", "albert", "t5", "llama"])
def test_counting(load, kind):
    """Counts are those of transformers' models on the meta device, operations those that torch counts."""
    counting = load("counting")
    for case in range(40):
        source = torch.Generator().manual_seed(case)
        config, model = some_model(source, kind)
        assert counting.count_parameters(config)["total"] == sum(p.numel() for p in model.parameters())
        tokens = size(source, 15)
        ids = torch.zeros(1, tokens, dtype=torch.long, device="meta")
        inputs = {"input_ids": ids} | ({"decoder_input_ids": ids} if kind == "t5" else {})
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            model(**inputs)
        assert counting.flops(config, tokens) == counter.get_total_flops()
