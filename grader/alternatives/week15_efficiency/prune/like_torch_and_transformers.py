"""As libraries do it: one long vector with scatter, ranks within fours, and index_select for heads."""

import torch


def prune_magnitude(weights, share):
    if not weights or share != share or share < 0 or share > 1:
        raise ValueError("weights and share")
    vector = torch.nn.utils.parameters_to_vector(
        [weight.detach().to(torch.float64).abs().contiguous() for weight in weights]
    )
    if vector.isnan().any():
        raise ValueError("NaN")
    order = torch.sort(vector, stable=True).indices
    mask = torch.ones_like(vector).scatter(0, order[: round(share * vector.numel())], 0.0)
    masks, begin = [], 0
    for weight in weights:
        masks.append(mask[begin : begin + weight.numel()].view(weight.shape).bool())
        begin += weight.numel()
    return masks


def prune_two_four(weight):
    if weight.ndim < 1 or weight.shape[-1] % 4 or weight.isnan().any():
        raise ValueError("groups")
    fours = weight.detach().abs().reshape(-1, 4)
    mine, other = fours[:, :, None], fours[:, None, :]
    place = torch.arange(4, device=weight.device)
    below = (other < mine) | ((other == mine) & (place[None, :] < place[:, None]))
    return (below.sum(-1) >= 2).reshape(weight.shape)


def prune_heads(query, key, value, output, size, drop):
    if query.ndim != 2 or key.shape != query.shape or value.shape != query.shape:
        raise ValueError("matrices")
    if output.ndim != 2 or output.shape[1] != query.shape[0] or size < 1 or query.shape[0] % size:
        raise ValueError("sizes")
    heads = query.shape[0] // size
    mask = torch.ones(heads, size, dtype=torch.bool)
    for head in set(drop):
        if head < 0 or head >= heads:
            raise ValueError("no such head")
        mask[head] = False
    index = torch.arange(heads * size)[mask.flatten()].to(query.device)
    if len(index) == 0:
        raise ValueError("no head is left")
    return tuple(weight.index_select(0, index) for weight in (query, key, value)) + (output.index_select(1, index),)
