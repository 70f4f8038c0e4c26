"""Token by token, as one would on paper."""

import torch


def pack(documents, length, end):
    if length < 1:
        raise ValueError("length")
    rows, numbers, row, number_row = [], [], [], []
    for number, document in enumerate(documents):
        if not document:
            continue
        for token in list(document) + [end]:
            row.append(token)
            number_row.append(number)
            if len(row) == length:
                rows.append(row)
                numbers.append(number_row)
                row, number_row = [], []
    return tuple(torch.tensor(x, dtype=torch.long).reshape(len(x), length) for x in (rows, numbers))


def packed_positions(numbers):
    positions = torch.zeros(numbers.shape, dtype=torch.long, device=numbers.device)
    for t in range(1, numbers.shape[1]):
        same = numbers[:, t] == numbers[:, t - 1]
        positions[:, t] = (positions[:, t - 1] + 1) * same
    return positions


def packed_mask(numbers):
    places = torch.arange(numbers.shape[1], device=numbers.device)
    return (places[:, None] >= places) & (numbers.unsqueeze(2) == numbers.unsqueeze(1))


def packed_labels(ids, numbers):
    if ids.shape != numbers.shape:
        raise ValueError("shapes")
    labels = ids.clone()
    labels[:, 0] = -100
    labels[:, 1:][numbers[:, 1:] != numbers[:, :-1]] = -100
    return labels
