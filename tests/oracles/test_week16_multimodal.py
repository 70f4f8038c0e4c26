"""Week 16: held against transformers' ViT, CLIP and SigLIP on tiny random configurations, and against scikit-learn."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.metrics import top_k_accuracy_score
from transformers import CLIPConfig, CLIPModel, SiglipConfig, SiglipModel, ViTConfig
from transformers.models.vit.modeling_vit import ViTEmbeddings

CASES = 200
TIGHT = {"rtol": 1e-9, "atol": 1e-10}


@pytest.fixture
def week(solution):
    """A function that gives a module of the week."""
    return lambda name: solution("week16_multimodal", name)


def test_patchify(week):
    """Patches are torch's unfold, and a product with them is torch's convolution."""
    patchify = week("patches").patchify
    rng = np.random.default_rng(1)
    for _ in range(CASES):
        batch, channels, size, rows, columns, width = (int(number) for number in rng.integers(1, 6, 6))
        images = torch.from_numpy(rng.normal(size=(batch, channels, rows * size, columns * size)))
        weight = torch.from_numpy(rng.normal(size=(width, channels, size, size)))
        patches = patchify(images, size)

        assert torch.equal(patches, F.unfold(images, size, stride=size).transpose(1, 2))
        convolved = F.conv2d(images, weight, stride=size).flatten(2).transpose(1, 2)
        torch.testing.assert_close(patches @ weight.flatten(1).T, convolved, **TIGHT)


def test_patch_embedding(week):
    """Tokens, and the gradient of the positions, are those of transformers' ViT, at its own size and at others."""
    rng = np.random.default_rng(2)
    for _ in range(CASES):
        patch, side, d_model, channels = (int(number) for number in rng.integers(1, 6, 4))
        config = ViTConfig(
            hidden_size=d_model, image_size=patch * side, patch_size=patch, num_channels=channels,
            hidden_dropout_prob=0.0,
        )  # fmt: skip
        theirs = ViTEmbeddings(config).double()
        mine = week("patches").PatchEmbedding((patch * side, patch * side), patch, d_model, channels).double()
        with torch.no_grad():
            for parameter in (*theirs.parameters(), *mine.parameters()):
                parameter.copy_(torch.from_numpy(rng.normal(size=parameter.shape)))
            mine.projection.weight.copy_(theirs.patch_embeddings.projection.weight.flatten(1))
            mine.projection.bias.copy_(theirs.patch_embeddings.projection.bias)
            mine.class_token.copy_(theirs.cls_token[0, 0])
            mine.positions.copy_(theirs.position_embeddings[0])
        rows, columns = (side, side) if rng.random() < 0.3 else (int(number) for number in rng.integers(1, 8, 2))
        images = torch.from_numpy(rng.normal(size=(2, channels, patch * rows, patch * columns)))
        got, expected = mine(images), theirs(images, interpolate_pos_encoding=True)

        torch.testing.assert_close(got, expected, **TIGHT)
        weights = torch.from_numpy(rng.normal(size=got.shape))
        (gradient,) = torch.autograd.grad((got * weights).sum(), mine.positions)
        (wanted,) = torch.autograd.grad((expected * weights).sum(), theirs.position_embeddings)
        torch.testing.assert_close(gradient, wanted[0], **TIGHT)


def bicubic(old, new):
    """The matrix (new, old) of bicubic interpolation along one axis, with Keys' formula for a = -0.75."""
    table = np.zeros((new, old))
    for row in range(new):
        centre = (row + 0.5) * old / new - 0.5
        for place in range(math.floor(centre) - 1, math.floor(centre) + 3):
            away = abs(centre - place)
            near = 1.25 * away**3 - 2.25 * away**2 + 1
            far = -0.75 * away**3 + 3.75 * away**2 - 6 * away + 3
            table[row, min(max(place, 0), old - 1)] += near if away <= 1 else far
    return table


def test_interpolated_positions(week):
    """Positions of grids that are not square, which ViT cannot resize, are those of the formula."""
    interpolate_positions = week("patches").interpolate_positions
    rng = np.random.default_rng(3)
    for _ in range(CASES):
        rows, columns, new_rows, new_columns, d_model = (int(number) for number in rng.integers(1, 9, 5))
        positions = rng.normal(size=(1 + rows * columns, d_model))
        table = positions[1:].reshape(rows, columns, d_model)
        table = np.einsum("ri,cj,ijd->rcd", bicubic(rows, new_rows), bicubic(columns, new_columns), table)
        got = interpolate_positions(torch.from_numpy(positions), (rows, columns), (new_rows, new_columns))

        expected = np.concatenate([positions[:1], table.reshape(-1, d_model)])
        np.testing.assert_allclose(got.numpy(), expected, rtol=1e-9, atol=1e-9)


VISION = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 4}
VISION |= {"patch_size": 2}
TEXT = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 19}


def batches(model, rng):
    """Yield ids and pictures of random batches, and the embeddings that a model of transformers makes of them."""
    for _ in range(CASES):
        pairs = int(rng.integers(1, 8))
        ids = torch.from_numpy(rng.integers(3, 19, (pairs, 5)))
        pictures = torch.from_numpy(rng.normal(size=(pairs, 3, 4, 4)))
        with torch.no_grad():
            model.logit_scale.fill_(float(rng.uniform(-1, 5)))
            if hasattr(model, "logit_bias"):
                model.logit_bias.fill_(float(rng.uniform(-12, 3)))
        yield model(input_ids=ids, pixel_values=pictures, return_loss=True)


def test_clip_loss(week):
    """The loss of transformers' CLIP, and its gradients with respect to the embeddings and the factor."""
    contrastive = week("contrastive")
    vision, text = {**VISION, "num_channels": 3}, {**TEXT, "max_position_embeddings": 8}
    config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=5)
    torch.manual_seed(16)  # noqa: TID251 - a CLIP knows no other generator
    model = CLIPModel(config).double().eval()
    for answer in batches(model, np.random.default_rng(4)):
        images, texts = answer.image_embeds, answer.text_embeds
        # Their embeddings are normalised already; ours may have any length.
        loss = contrastive.clip_loss(3 * images, texts / 7, model.logit_scale)
        torch.testing.assert_close(loss, answer.loss, **TIGHT)
        torch.testing.assert_close(contrastive.similarities(images, texts), images @ texts.T, **TIGHT)
        wrt = (model.logit_scale, images, texts)
        mine = torch.autograd.grad(loss, wrt[:1], retain_graph=True)
        theirs = torch.autograd.grad(answer.loss, wrt[:1], retain_graph=True)
        torch.testing.assert_close(mine, theirs, rtol=1e-8, atol=1e-10)
        weight = model.visual_projection.weight
        mine, theirs = (torch.autograd.grad(value, weight, retain_graph=True) for value in (loss, answer.loss))
        torch.testing.assert_close(mine, theirs, rtol=1e-8, atol=1e-10)


def test_siglip_loss(week):
    """The loss of transformers' SigLIP, and its gradients with respect to a layer, the factor and the bias."""
    siglip_loss = week("contrastive").siglip_loss
    config = SiglipConfig(text_config={**TEXT, "max_position_embeddings": 8}, vision_config=VISION)
    torch.manual_seed(17)  # noqa: TID251 - a SigLIP knows no other generator
    model = SiglipModel(config).double().eval()
    for answer in batches(model, np.random.default_rng(5)):
        scale, bias = model.logit_scale.squeeze(), model.logit_bias.squeeze()
        loss = siglip_loss(answer.image_embeds * 2, answer.text_embeds / 3, scale, bias)
        torch.testing.assert_close(loss, answer.loss, **TIGHT)
        wrt = (model.logit_scale, model.logit_bias, model.text_model.head.weight)
        mine, theirs = (torch.autograd.grad(value, wrt, retain_graph=True) for value in (loss, answer.loss))
        torch.testing.assert_close(mine, theirs, rtol=1e-8, atol=1e-10)


def test_zero_shot(week):
    """Probabilities are those of the formula in numpy, whatever the lengths of the sentences' embeddings."""
    zero_shot = week("zero_shot").zero_shot
    rng = np.random.default_rng(6)
    for _ in range(CASES):
        labels, templates, width, pictures = (int(number) for number in rng.integers((1, 1, 2, 1), 7))
        table = rng.normal(size=(labels, templates, width)) * 10.0 ** rng.integers(-2, 3, (labels, templates, 1))
        images, scale = rng.normal(size=(pictures, width)), float(rng.uniform(-1, 5))
        numbers = {f"{t}: {i}": table[i, t] for i in range(labels) for t in range(templates)}
        got = zero_shot(
            torch.from_numpy(images),
            [str(i) for i in range(labels)],
            [f"{t}: {{}}" for t in range(templates)],
            lambda texts, known=numbers: torch.from_numpy(np.stack([known[text] for text in texts])),
            scale,
        )

        means = (table / np.linalg.norm(table, axis=-1, keepdims=True)).mean(axis=1)
        means /= np.linalg.norm(means, axis=-1, keepdims=True)
        logits = np.exp(scale) * (images / np.linalg.norm(images, axis=-1, keepdims=True)) @ means.T
        expected = torch.softmax(torch.from_numpy(logits), dim=-1)
        torch.testing.assert_close(got, expected, rtol=1e-8, atol=1e-10)


def test_recall_at_k(week):
    """With one caption a picture, both recalls are scikit-learn's top-k accuracy; with several, a count by sorting."""
    recall_at_k = week("zero_shot").recall_at_k
    rng = np.random.default_rng(7)
    for _ in range(CASES):
        pictures, k = int(rng.integers(4, 9)), int(rng.integers(1, 4))
        scores = rng.normal(size=(pictures, pictures))
        numbers = np.arange(pictures)
        got = recall_at_k(torch.from_numpy(scores), torch.arange(pictures), k)
        expected = [top_k_accuracy_score(numbers, matrix, k=k, labels=numbers) for matrix in (scores, scores.T)]
        np.testing.assert_allclose(got, expected)

        owners = rng.permutation(np.concatenate([numbers, rng.integers(0, pictures, 4)]))
        scores = rng.integers(0, 6, (pictures, len(owners))).astype(float)  # with ties
        lowered = scores - 0.5 * (owners == numbers[:, None])  # of equals the right ones come last
        rows = [set(owners[np.argsort(-row)[:k]]) for row in lowered]
        columns = [np.argsort(-column)[:k] for column in lowered.T]
        expected = (
            np.mean([i in found for i, found in enumerate(rows)]),
            np.mean([owner in found for owner, found in zip(owners, columns, strict=True)]),
        )
        np.testing.assert_allclose(recall_at_k(torch.from_numpy(scores), torch.from_numpy(owners), k), expected)
