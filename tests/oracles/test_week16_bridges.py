"""Week 16: bridge and caption held against transformers' BLIP-2, LLaVA, BLIP and GPT-2, on tiny random models."""

import numpy as np
import pytest
import torch
from torch import nn

CASES = 200


@pytest.fixture(scope="module")
def bridge(solution):
    """The solution of bridge."""
    return solution("week16_multimodal", "bridge")


@pytest.fixture(scope="module")
def caption(solution):
    """The solution of caption."""
    return solution("week16_multimodal", "caption")


def _copied(layer, theirs):
    """Put our parameters into transformers' layer."""
    pairs = {
        "attention.attention.query": layer.self_attention.W_q,
        "attention.attention.key": layer.self_attention.W_k,
        "attention.attention.value": layer.self_attention.W_v,
        "attention.output.dense": layer.self_attention.W_o,
        "attention.output.LayerNorm": layer.norm_self,
        "crossattention.attention.query": layer.cross_attention.W_q,
        "crossattention.attention.key": layer.cross_attention.W_k,
        "crossattention.attention.value": layer.cross_attention.W_v,
        "crossattention.output.dense": layer.cross_attention.W_o,
        "crossattention.output.LayerNorm": layer.norm_cross,
        "intermediate_query.dense": layer.query_in,
        "output_query.dense": layer.query_out,
        "output_query.LayerNorm": layer.norm_query,
        "intermediate.dense": layer.word_in,
        "output.dense": layer.word_out,
        "output.LayerNorm": layer.norm_word,
    }
    state = {f"{name}.{kind}": getattr(part, kind) for name, part in pairs.items() for kind in ("weight", "bias")}
    theirs.load_state_dict(state)
    return theirs


def test_query_former_layer(bridge):
    """On random sizes, masks and parameters the layer and its gradients are those of Blip2QFormerLayer."""
    from transformers.models.blip_2.configuration_blip_2 import Blip2QFormerConfig
    from transformers.models.blip_2.modeling_blip_2 import Blip2QFormerLayer

    rng = np.random.default_rng(16)
    torch.manual_seed(16)  # noqa: TID251 - models of libraries draw from it
    for case in range(CASES):
        heads = int(rng.integers(1, 4))
        width, hidden, d_image = heads * int(rng.integers(2, 5)), int(rng.integers(2, 9)), int(rng.integers(2, 9))
        queries, words, tokens = int(rng.integers(1, 5)), int(rng.integers(0, 5)), int(rng.integers(1, 7))
        config = Blip2QFormerConfig(
            hidden_size=width, num_attention_heads=heads, intermediate_size=hidden, encoder_hidden_size=d_image,
            use_qformer_text_input=True, attn_implementation="eager",
        )  # fmt: skip
        layer = bridge.QueryFormerLayer(width, heads, hidden, d_image).double()
        for parameter in layer.parameters():
            nn.init.normal_(parameter)
        theirs = _copied(layer, Blip2QFormerLayer(config, 0).double()).eval()
        x = torch.randn(2, queries + words, width, dtype=torch.float64, requires_grad=True)
        features = torch.randn(2, tokens, d_image, dtype=torch.float64, requires_grad=True)
        mask = None
        if case % 2:
            kind = ("matching", "generation", "contrastive")[case % 3]
            mask = bridge.query_mask(queries, torch.from_numpy(rng.random((2, words)) < 0.7), kind)
        hidden_by = None if mask is None else torch.where(mask, 0.0, -1e30).double()[:, None]

        got = layer(x, features, queries, mask)
        expected = theirs(x, hidden_by, features, query_length=queries)
        real = torch.ones(2, queries + words, dtype=torch.bool) if mask is None else mask.any(-1)
        weights = torch.randn_like(got) * real[..., None]  # a row that sees nothing is libraries' own affair

        torch.testing.assert_close(got[real], expected[real], rtol=1e-7, atol=1e-9)
        for mine, ours in zip(
            torch.autograd.grad((got * weights).sum(), (x, features)),
            torch.autograd.grad((expected * weights).sum(), (x, features)),
            strict=True,
        ):
            torch.testing.assert_close(mine, ours, rtol=1e-6, atol=1e-8)


def _llava(width, vocabulary, image_token):
    """LLaVA on a tiny configuration."""
    from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig
    from transformers.models.llava.modeling_llava import LlavaModel

    seen = CLIPVisionConfig(
        hidden_size=4, intermediate_size=4, num_hidden_layers=1, num_attention_heads=1, image_size=4, patch_size=2
    )
    text = LlamaConfig(
        vocab_size=vocabulary, hidden_size=width, intermediate_size=4, num_hidden_layers=1, num_attention_heads=1
    )
    return LlavaModel(LlavaConfig(vision_config=seen, text_config=text, image_token_id=image_token)).double()


def test_splice(bridge):
    """What LLaVA gives to its language model is what we splice, when its ids have a token for each feature."""
    rng = np.random.default_rng(16)
    torch.manual_seed(16)  # noqa: TID251 - models of libraries draw from it
    width, vocabulary, image_token = 4, 11, 7
    model = _llava(width, vocabulary, image_token)
    table = model.language_model.embed_tokens.weight
    for _ in range(CASES):
        tokens, batch = int(rng.integers(1, 5)), int(rng.integers(1, 4))
        rows = []
        for _ in range(batch):
            row = rng.integers(0, vocabulary, int(rng.integers(1, 7)))
            row[rng.random(len(row)) < 0.3] = image_token
            rows.append(row)
        rows[0][0] = image_token
        length = max(map(len, rows)) + 1
        ids, mask = torch.full((batch, length), image_token), torch.zeros(batch, length, dtype=torch.bool)
        for place, row in enumerate(rows):  # padding on the left or on the right
            at = slice(length - len(row), length) if rng.random() < 0.5 else slice(0, len(row))
            ids[place, at], mask[place, at] = torch.from_numpy(row), True
        labels = ids + 100
        pictures = int(sum((row == image_token).sum() for row in rows))
        features = torch.randn(pictures, tokens, width, dtype=torch.float64)
        embeddings, marks, real = bridge.splice_image_tokens(ids, features, image_token, table, labels, mask)

        long = [np.repeat(row, np.where(row == image_token, tokens, 1)) for row in rows]
        full = torch.zeros(batch, max(map(len, long)), dtype=torch.int64)
        theirs = torch.zeros_like(full, dtype=torch.bool)
        for place, row in enumerate(long):
            full[place, : len(row)], theirs[place, : len(row)] = torch.from_numpy(row), True
        full[~theirs] = 0
        fits = features.flatten(0, 1)[None]
        special = model.get_placeholder_mask(full, table[full], fits)
        expected = table[full].masked_scatter(special, fits)
        torch.testing.assert_close(real, theirs)
        torch.testing.assert_close(embeddings[real], expected[theirs], rtol=0, atol=0)
        assert (embeddings[~real] == 0).all()
        torch.testing.assert_close(marks, torch.where(theirs & (full != image_token), full + 100, -100))


def test_caption_loss(caption):
    """On random texts with prompts and padding the loss, and its gradient, is that of BLIP's text decoder."""
    from transformers.models.blip.configuration_blip import BlipTextConfig
    from transformers.models.blip.modeling_blip_text import BlipTextLMHeadModel

    rng = np.random.default_rng(16)
    torch.manual_seed(16)  # noqa: TID251 - models of libraries draw from it
    config = BlipTextConfig(
        vocab_size=13, hidden_size=8, encoder_hidden_size=6, intermediate_size=8, num_hidden_layers=1,
        num_attention_heads=2, max_position_embeddings=16, bos_token_id=2, eos_token_id=1, pad_token_id=0,
        sep_token_id=1, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, is_decoder=True,
    )  # fmt: skip
    decoder = BlipTextLMHeadModel(config).double().eval()
    for _ in range(CASES):
        batch, length = int(rng.integers(1, 5)), int(rng.integers(2, 9))
        ids = torch.from_numpy(rng.integers(0, 13, (batch, length)))
        prompts = torch.from_numpy(rng.integers(0, length, batch))
        labels = caption.caption_labels(ids, prompts, 1)
        if not (labels[:, 1:] != -100).any():
            continue
        seen = torch.randn(batch, 3, 6, dtype=torch.float64)
        outputs = decoder(ids, encoder_hidden_states=seen, labels=labels)
        logits = outputs.logits.detach().requires_grad_()
        got = caption.caption_loss(logits, labels)

        torch.testing.assert_close(got, outputs.loss, rtol=1e-9, atol=1e-12)
        expected = torch.nn.functional.cross_entropy(
            logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), ignore_index=-100
        )
        (mine,), (theirs,) = (torch.autograd.grad(loss, logits) for loss in (got, expected))
        torch.testing.assert_close(mine, theirs)


class _Wrapped(nn.Module):
    """A language model of transformers that is given a picture as well: its first feature moves all logits."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, ids, features):
        return self.network(ids).logits + features[:, :1, :1] * 0


def test_greedy_caption(caption):
    """On random prompts the tokens are those of transformers' greedy search."""
    from transformers import GPT2Config, GPT2LMHeadModel

    rng = np.random.default_rng(16)
    torch.manual_seed(16)  # noqa: TID251 - models of libraries draw from it
    config = GPT2Config(vocab_size=7, n_positions=32, n_embd=8, n_layer=1, n_head=2, bos_token_id=1, eos_token_id=1)
    config.initializer_range = 1.0
    for case in range(CASES):
        if case % 10 == 0:
            network = GPT2LMHeadModel(config).double().eval()
        batch, length, most = int(rng.integers(1, 5)), int(rng.integers(1, 5)), int(rng.integers(1, 12))
        prompt = torch.from_numpy(rng.integers(0, 7, (batch, length)))
        theirs = network.generate(
            prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=most, do_sample=False, pad_token_id=1
        )[:, length:].tolist()
        expected = [row[: row.index(1)] if 1 in row else row for row in theirs]

        features = torch.zeros(batch, 2, 3, dtype=torch.float64)
        assert caption.greedy_caption(_Wrapped(network), features, prompt, 1, most) == expected
