"""Week 05: held against torch's own attention, values and gradients, and the figure reader against the drawn pixels."""

import importlib
import math

import numpy as np
import pytest
import torch
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch import nn
from torch.nn import functional as F

CASES = 240
CHUNK = 40
CHUNKS = range(CASES // CHUNK)
TIGHT = {"rtol": 1e-11, "atol": 1e-12}


def seeds(chunk):
    return range(chunk * CHUNK, (chunk + 1) * CHUNK)


def draw(source, *shape, dtype=torch.float64):
    return torch.randn(*shape, generator=source, dtype=torch.float64).to(dtype)


def size(source, most):
    return int(torch.randint(1, most + 1, (1,), generator=source))


def some_mask(source, *shape):
    """A random mask; about every fourth row sees nothing."""
    mask = torch.rand(*shape, generator=source) < 0.6
    return mask & (torch.rand(*shape[:-1], 1, generator=source) < 0.75)


def with_gradients(function, *inputs):
    """The answers, and the gradients of a weighted sum of the first."""
    own = [x.clone().requires_grad_() for x in inputs]
    answers = function(*own)
    first = answers[0] if isinstance(answers, tuple) else answers
    weights = torch.linspace(-1, 1, first.numel(), dtype=first.dtype).view(first.shape)
    return first.detach(), *torch.autograd.grad((first * weights).sum(), own)


@pytest.fixture
def attention(solution):
    return solution("week05_attention", "attention")


@pytest.fixture
def multi_head(solution):
    return solution("week05_attention", "multi_head")


@pytest.fixture
def blockwise(solution):
    return solution("week05_attention", "blockwise")


@pytest.fixture
def heatmap(solution):
    return solution("week05_attention", "heatmap")


@pytest.fixture
def reader(heatmap):
    return importlib.import_module("figure_reader")  # given: importable as soon as a solution of the week is loaded


@pytest.mark.parametrize("chunk", CHUNKS)
def test_attention_is_that_of_torch(attention, chunk):
    for seed in seeds(chunk):
        source = torch.Generator().manual_seed(seed)
        batch = [size(source, 3) for _ in range(seed % 3)]
        queries, keys, d_k, d_v = (size(source, most) for most in (9, 11, 13, 7))
        scale = 10.0 ** (seed % 4 - 2)
        q = draw(source, *batch, queries, d_k) * scale
        k, v = draw(source, *batch, keys, d_k), draw(source, *batch, keys, d_v)
        shape = [(queries, keys), (1, keys), (*batch, queries, keys), None][seed // 3 % 4]
        mask = None if shape is None else some_mask(source, *shape)

        ours = with_gradients(lambda *x, m=mask: attention.scaled_dot_product_attention(*x, m), q, k, v)
        theirs = with_gradients(lambda *x, m=mask: F.scaled_dot_product_attention(*x, attn_mask=m), q, k, v)

        torch.testing.assert_close(ours, theirs, **TIGHT)
        output, weights = attention.scaled_dot_product_attention(q, k, v, mask)
        torch.testing.assert_close(weights @ v, output, **TIGHT)
        seen = torch.ones(queries, 1) if mask is None else mask.expand(*batch, queries, keys).any(-1, keepdim=True)
        torch.testing.assert_close(weights.sum(-1, keepdim=True), seen.double().expand(*batch, queries, 1), **TIGHT)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_float32_rounded_once(attention, blockwise, dtype):
    for seed in range(100):
        source = torch.Generator().manual_seed(seed)
        q, k, v = (draw(source, 2, length, 8, dtype=dtype) for length in (5, 7, 7))
        mask = some_mask(source, 5, 7)
        exact = F.scaled_dot_product_attention(q.double(), k.double(), v.double(), mask)
        ulp = torch.finfo(dtype).eps
        output, _ = attention.scaled_dot_product_attention(q, k, v, mask)
        # Half an ulp of the result, and what float32 adds before the rounding.
        torch.testing.assert_close(output.double(), exact, rtol=0.51 * ulp, atol=1e-6)
        exact = F.scaled_dot_product_attention(q.double(), k.double(), v.double())
        output = blockwise.blockwise_attention(q, k, v, 1 + seed % 8)
        torch.testing.assert_close(output.double(), exact, rtol=0.51 * ulp, atol=1e-6)


def test_masks_are_those_of_explicit_loops(attention):
    for queries in range(1, 16):
        for keys in range(1, 16):
            mask = attention.causal_mask(queries, keys)
            expected = [[j <= keys - queries + i for j in range(keys)] for i in range(queries)]
            assert mask.dtype == torch.bool
            assert mask.tolist() == expected
    source = torch.Generator().manual_seed(5)
    for _ in range(200):
        lengths, width = torch.randint(0, 12, (size(source, 4), size(source, 3)), generator=source), size(source, 10)
        expected = [[[[j < length for j in range(width)]] for length in row] for row in lengths.tolist()]
        assert attention.padding_mask(lengths, width).tolist() == expected


def test_gradients_are_those_of_finite_differences(attention):
    source = torch.Generator().manual_seed(55)
    for _ in range(5):
        inputs = [draw(source, 2, length, 3).requires_grad_() for length in (3, 4, 4)]
        mask = some_mask(source, 3, 4)
        torch.autograd.gradcheck(lambda *x, m=mask: attention.scaled_dot_product_attention(*x, m), inputs)


@pytest.mark.parametrize("chunk", CHUNKS)
def test_multi_head_is_that_of_torch(multi_head, chunk):
    for seed in seeds(chunk):
        source = torch.Generator().manual_seed(seed)
        heads, head_dim, batch, queries, keys = (size(source, most) for most in (4, 5, 3, 6, 7))
        d_model, bias = heads * head_dim, bool(seed % 2)
        groups = [g for g in range(1, heads + 1) if heads % g == 0]
        kv_heads = groups[seed % len(groups)]
        ours = multi_head.MultiHeadAttention(d_model, heads, kv_heads, bias).double()
        with torch.no_grad():
            for parameter in ours.parameters():
                parameter.copy_(draw(source, *parameter.shape))
        theirs = torch_layer(ours, heads, heads // kv_heads, bias)
        q, k, v = (draw(source, batch, length, d_model) for length in (queries, keys, keys))
        mask = torch.rand(batch, queries, keys, generator=source) < 0.6
        mask[..., 0] = True  # nn.MultiheadAttention gives NaN where a query sees nothing

        def our_call(*x, layer=ours, m=mask):
            return layer(*x, m)

        def their_call(*x, layer=theirs, m=mask):
            return call_torch_layer(layer, *x, m)

        torch.testing.assert_close(with_gradients(our_call, q, k, v), with_gradients(their_call, q, k, v), **TIGHT)
        torch.testing.assert_close(our_call(q, k, v)[1], their_call(q, k, v)[1], **TIGHT)
        assert_same_parameter_gradients(ours, theirs, (our_call, their_call), (q, k, v), heads // kv_heads)


def repeated(parameter, head_dim, group):
    """The rows of a key or value projection, each head's block as often as it is shared."""
    blocks = parameter.unflatten(0, (-1, head_dim))
    return blocks.repeat_interleave(group, dim=0).flatten(0, 1)


def torch_layer(ours, heads, group, bias):
    """torch's layer with the same weights; it has no grouped queries, so shared heads are copied."""
    d_model = ours.W_q.in_features
    layer = nn.MultiheadAttention(d_model, heads, bias=bias, batch_first=True, dtype=torch.float64)
    state = {"in_proj_weight": [], "in_proj_bias": []}
    for name, times in (("W_q", 1), ("W_k", group), ("W_v", group)):
        linear = getattr(ours, name)
        state["in_proj_weight"].append(repeated(linear.weight, d_model // heads, times))
        if bias:
            state["in_proj_bias"].append(repeated(linear.bias, d_model // heads, times))
    joined = {name: torch.cat(parts).detach() for name, parts in state.items() if parts}
    layer.load_state_dict(joined | {f"out_proj.{n}": p.detach() for n, p in ours.W_o.named_parameters()})
    return layer


def call_torch_layer(layer, query, key, value, mask):
    """The mask of torch's layer has one table a head, and True hides."""
    hidden = ~mask.repeat_interleave(layer.num_heads, dim=0)
    return layer(query, key, value, attn_mask=hidden, average_attn_weights=False)


def assert_same_parameter_gradients(ours, theirs, calls, inputs, group):
    """The gradient of a shared head is the sum of the gradients of its copies."""
    for layer, call in zip((ours, theirs), calls, strict=True):
        layer.zero_grad()
        output = call(*inputs)[0]
        (output * torch.linspace(-1, 1, output.numel(), dtype=output.dtype).view(output.shape)).sum().backward()
    parts = theirs.in_proj_weight.grad.chunk(3)
    head_dim = ours.W_q.in_features // ours.num_heads
    for linear, part, times in zip((ours.W_q, ours.W_k, ours.W_v), parts, (1, group, group), strict=True):
        summed = part.unflatten(0, (-1, times, head_dim)).sum(1).flatten(0, 1)
        torch.testing.assert_close(linear.weight.grad, summed, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(ours.W_o.weight.grad, theirs.out_proj.weight.grad, rtol=1e-10, atol=1e-10)


def test_grouped_queries_are_those_of_torch(multi_head):
    """enable_gqa is torch's own pairing of query heads with key-value heads."""
    for seed in range(60):
        source = torch.Generator().manual_seed(seed)
        kv_heads, group, head_dim = (size(source, most) for most in (3, 3, 4))
        heads, d_model = kv_heads * group, kv_heads * group * head_dim
        layer = multi_head.MultiHeadAttention(d_model, heads, kv_heads).double()
        q, k, v = (draw(source, 2, length, d_model) for length in (4, 5, 5))
        mask = some_mask(source, 2, 4, 5)

        def heads_of(x, count, width=head_dim):
            return x.view(2, -1, count, width).transpose(1, 2)

        answer = F.scaled_dot_product_attention(
            heads_of(layer.W_q(q), heads),
            heads_of(layer.W_k(k), kv_heads),
            heads_of(layer.W_v(v), kv_heads),
            attn_mask=mask[:, None],
            enable_gqa=True,
        )
        expected = layer.W_o(answer.transpose(1, 2).reshape(2, 4, d_model))
        torch.testing.assert_close(layer(q, k, v, mask)[0], expected, **TIGHT)


@pytest.mark.parametrize("chunk", CHUNKS)
def test_blockwise_is_that_of_torch(blockwise, chunk):
    for seed in seeds(chunk):
        source = torch.Generator().manual_seed(seed)
        batch = [size(source, 3) for _ in range(seed % 3)]
        queries, keys, d_k, d_v, block_size = (size(source, most) for most in (14, 17, 5, 7, 19))
        scale = 10.0 ** (seed % 5 - 2)
        q = draw(source, *batch, queries, d_k) * scale
        k, v = draw(source, *batch, keys, d_k), draw(source, *batch, keys, d_v)
        # is_causal of torch is aligned at the beginning, so the mask is written out.
        causal = bool(seed // 3 % 2)
        mask = torch.ones(queries, keys, dtype=torch.bool).tril(keys - queries) if causal else None

        ours = blockwise.blockwise_attention(q, k, v, block_size, causal)

        torch.testing.assert_close(ours, F.scaled_dot_product_attention(q, k, v, attn_mask=mask), **TIGHT)


def test_heat_map_shows_its_weights(heatmap, reader):
    for seed in range(10):
        source = torch.Generator().manual_seed(seed)
        heads, keys = size(source, 3), size(source, 6)
        queries = size(source, keys)
        weights = torch.softmax(draw(source, heads, queries, keys), dim=-1).requires_grad_()
        tokens = [f"t{i}" for i in range(keys)]
        seen = reader.describe(heatmap.attention_heatmap(weights, tokens))
        assert [panel["title"] for panel in seen["panels"]] == [f"head {head}" for head in range(heads)]
        for panel, table in zip(seen["panels"], weights.detach().numpy(), strict=True):
            np.testing.assert_allclose(panel["cells"], table, rtol=1e-6)
            assert (panel["x_ticks"], panel["y_ticks"]) == (tokens, tokens[keys - queries :])
            assert panel["limits"] == pytest.approx((0, float(weights.detach().max())))
        assert (len(seen["colour_bars"]), seen["empty_panels"], seen["in_pyplot"]) == (1, 0, False)


def imshow(axes, cells):
    axes.imshow(cells, aspect="auto", vmin=0, vmax=1)


def imshow_from_the_bottom(axes, cells):
    axes.imshow(cells, aspect="auto", vmin=0, vmax=1, origin="lower")


def imshow_with_an_extent(axes, cells):
    axes.imshow(cells, aspect="auto", vmin=0, vmax=1, extent=(10, 2, 3, 5))


def matshow_turned(axes, cells):
    axes.matshow(cells, aspect="auto", vmin=0, vmax=1)
    axes.invert_xaxis()


def pcolormesh(axes, cells):
    axes.pcolormesh(cells, vmin=0, vmax=1)


def pcolor_upside_down(axes, cells):
    axes.pcolor(cells, vmin=0, vmax=1)
    axes.invert_yaxis()


def pcolormesh_at_centres(axes, cells):
    axes.pcolormesh(range(cells.shape[1]), range(cells.shape[0]), cells, vmin=0, vmax=1, shading="nearest")


WAYS = [
    imshow,
    imshow_from_the_bottom,
    imshow_with_an_extent,
    matshow_turned,
    pcolormesh,
    pcolor_upside_down,
    pcolormesh_at_centres,
]


@pytest.mark.parametrize("way", WAYS)
def test_the_reader_sees_what_the_pixels_show(reader, way):
    """The colour in the middle of each cell of the page is the colour of the number that the reader tells."""
    cells = np.linspace(0.05, 0.95, 15).reshape(3, 5)
    figure = Figure(figsize=(5, 3), dpi=100)
    axes = figure.add_subplot()
    way(axes, cells)
    canvas = FigureCanvasAgg(figure)

    (panel,) = reader.describe(figure)["panels"]

    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3].astype(int)
    box = axes.get_window_extent()
    for row, column in np.ndindex(3, 5):
        x = box.x0 + box.width * (column + 0.5) / 5
        y = len(pixels) - (box.y1 - box.height * (row + 0.5) / 3)
        expected = colormaps[panel["colours"]](panel["cells"][row, column], bytes=True)[:3]
        assert np.abs(pixels[math.floor(y), math.floor(x)] - expected).max() <= 2


@pytest.fixture
def windows(solution):
    return solution("week05_attention", "windows")


@pytest.fixture
def latent(solution):
    return solution("week05_attention", "latent")


def test_windows_are_those_of_transformers(attention, windows):
    """transformers knows no sinks: these are added to its own functions of a pair, with its own `or_masks`."""
    masks = pytest.importorskip("transformers.masking_utils")
    for seed in range(CASES):
        source = torch.Generator().manual_seed(seed)
        queries, keys, window = (size(source, most) for most in (9, 13, 7))
        sinks = size(source, 5) - 1

        near = masks.sliding_window_overlay(window)
        seen = masks.and_masks(masks.or_masks(near, lambda b, h, q, k, n=sinks: k < n), masks.causal_mask_function)
        rows = torch.arange(keys - queries, keys).unsqueeze(-1)
        expected = seen(0, 0, rows, torch.arange(keys).unsqueeze(0))

        assert torch.equal(windows.sliding_window_mask(queries, keys, window, sinks), expected)
        assert torch.equal(
            windows.sliding_window_mask(queries, keys, keys, sinks), attention.causal_mask(queries, keys)
        )


def test_kept_keys_are_those_of_the_cache_of_transformers(windows):
    """A cache layer with a window, filled piece by piece; sinks are held against a buffer that is really written."""
    caches = pytest.importorskip("transformers.cache_utils")
    for seed in range(CASES):
        source = torch.Generator().manual_seed(seed)
        window, length = size(source, 6) + 1, 0  # its slice would keep everything with a window of 1
        layer = caches.DynamicSlidingWindowLayer(window)
        while length < 17:
            positions = torch.arange(length, length + size(source, 4))
            states = positions.double().view(1, 1, -1, 1)
            layer.update(states, states)
            length += len(positions)
            assert layer.keys.flatten().long().tolist() == windows.kept_keys(length, window).tolist()

        sinks, window, length = size(source, 5) - 1, size(source, 6), size(source, 40)
        buffer = [-1] * (sinks + window)
        for position in range(length):
            buffer[position if position < sinks else sinks + (position - sinks) % window] = position
        assert windows.rolling_slots(length, window, sinks).tolist() == buffer
        row = windows.sliding_window_mask(1, length + 1, window, sinks)[0, :-1]
        assert windows.kept_keys(length, window, sinks).tolist() == row.nonzero().squeeze(-1).tolist()


def deepseek(latent, source, version):
    """Our layer, and that of transformers with the same weights, without the norm that ours has not."""
    modeling = pytest.importorskip(f"transformers.models.deepseek_{version}.modeling_deepseek_{version}")
    name = f"Deepseek{version.upper()}"
    heads, head_dim, rank, rotary = size(source, 4), size(source, 5), size(source, 9), 2 * size(source, 4)
    d_model = heads * size(source, 5)
    config = getattr(pytest.importorskip(f"transformers.models.deepseek_{version}"), f"{name}Config")(
        hidden_size=d_model,
        num_attention_heads=heads,
        num_key_value_heads=heads,
        q_lora_rank=None,
        kv_lora_rank=rank,
        qk_rope_head_dim=rotary,
        qk_nope_head_dim=head_dim,
        v_head_dim=head_dim,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        attn_implementation="eager",
    )
    theirs = getattr(modeling, f"{name}Attention")(config, 0).double().eval()
    theirs.kv_a_layernorm = nn.Identity()
    ours = latent.LatentAttention(d_model, heads, head_dim, rank, rotary).double()
    w = {n.removesuffix(".weight"): draw(source, *p.shape) * 0.7 for n, p in ours.state_dict().items()}
    ours.load_state_dict({f"{n}.weight": weight for n, weight in w.items()})
    by_head = {n: weight.unflatten(0, (heads, -1)) for n, weight in w.items() if n in ("W_q", "W_qr", "W_uk", "W_uv")}
    theirs.load_state_dict(
        {
            "q_proj.weight": torch.cat([by_head["W_q"], by_head["W_qr"]], 1).flatten(0, 1),
            "kv_a_proj_with_mqa.weight": torch.cat([w["W_dkv"], w["W_kr"]]),
            "kv_b_proj.weight": torch.cat([by_head["W_uk"], by_head["W_uv"]], 1).flatten(0, 1),
            "o_proj.weight": w["W_o"],
        }
    )
    return ours, theirs, d_model, getattr(modeling, f"{name}RotaryEmbedding")(config)


@pytest.mark.parametrize(("version", "cases"), [("v3", 160), ("v2", 80)])
def test_latent_attention_is_that_of_deepseek(latent, version, cases):
    """Whole texts, and the same text in pieces with the cache of transformers; angles are float32 over there."""
    caches = pytest.importorskip("transformers.cache_utils")
    for seed in range(cases):
        source = torch.Generator().manual_seed(seed)
        ours, theirs, d_model, rotary = deepseek(latent, source, version)
        batch, length = size(source, 3), size(source, 8) + 1
        x, cut = draw(source, batch, length, d_model), size(source, length) - 1
        cache, mine, outputs = caches.DynamicCache(), None, []
        for begin, end in ((0, cut), (cut, length)) if cut else ((0, length),):
            part, places = x[:, begin:end], torch.arange(begin, end)[None].expand(batch, -1)
            mask = torch.full((end - begin, end), -math.inf, dtype=x.dtype).triu(begin + 1)
            angles = rotary(part, places)
            expected = theirs(
                hidden_states=part,
                position_embeddings=angles,
                attention_mask=mask.expand(batch, 1, -1, -1),
                past_key_values=cache,
            )[0]
            got, kept = ours(part, mine)
            torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(ours.absorbed(part, mine)[0], got, **TIGHT)
            mine, outputs = kept, [*outputs, got]
        torch.testing.assert_close(torch.cat(outputs, dim=1), ours(x)[0], **TIGHT)
        held = sum(part.numel() for part in (cache.layers[0].keys, cache.layers[0].values))
        assert held == sum(part.numel() for part in mine)  # theirs holds the latent vector as well


def test_gradients_of_both_forms_are_the_same(latent):
    for seed in range(40):
        source = torch.Generator().manual_seed(seed)
        layer = latent.LatentAttention(*(size(source, 5) for _ in range(4)), 2 * size(source, 3)).double()
        x = draw(source, 2, 5, layer.W_q.in_features)
        grads = []
        for way in (layer.forward, layer.absorbed):
            layer.zero_grad()
            (way(x)[0] ** 2).sum().backward()
            grads.append([p.grad for p in layer.parameters()])
        torch.testing.assert_close(*grads, **TIGHT)
