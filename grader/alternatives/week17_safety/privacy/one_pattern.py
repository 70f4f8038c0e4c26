"""Luhn by a table; each kind by re.sub with a function; clipping in one long matrix."""

import re
from datetime import datetime

import torch
from privacy import HALF_WIDTH, KINDS

NO_WORD_BEFORE, NO_WORD_AFTER = "(?<![0-9A-Za-z])", "(?![0-9A-Za-z])"


def is_card_number(digits):
    doubled = "0246813579"
    if not re.match(r"[0-9]{13,19}\Z", digits):
        return False
    backwards = digits[::-1]
    return sum(map(int, backwards[::2])) % 10 == -sum(int(doubled[int(d)]) for d in backwards[1::2]) % 10


def is_resident_id(number):
    if not re.match(r"[0-9]{17}[0-9Xx]\Z", number):
        return False
    try:
        datetime.strptime(number[6:14], "%Y%m%d")
    except ValueError:
        return False
    product = 0
    for character in number:
        product = product * 2 + (10 if character in "Xx" else int(character))
    return product % 11 == 1


def redact(text):
    counts = {kind: 0 for kind in KINDS}
    label = "[0-9A-Za-z]+(?:-+[0-9A-Za-z]+)*"
    text = replaced(
        text, "EMAIL", rf"[0-9A-Za-z][-.\w%+]{{0,63}}@{label}(?:\.{label})*?\.(?:{label}\.)*[A-Za-z][A-Za-z]+", counts
    )
    text = replaced(text, "ID", "[0-9]{17}[0-9Xx]", counts, is_resident_id)
    for more in range(18, 11, -1):
        text = replaced(
            text,
            "CARD",
            rf"(?<!\+)[0-9](?:[- ]?[0-9]){{{more}}}",
            counts,
            lambda c: is_card_number(re.sub(r"\D", "", c)),
        )
    one = "1[3-9][0-9]"
    chinese = rf"{one}[0-9]{{8}}|{one}-[0-9]{{4}}-[0-9]{{4}}|{one} [0-9]{{4}} [0-9]{{4}}"
    numbers = rf"\+86[- ]?(?:{chinese}){NO_WORD_AFTER}|(?:{chinese}){NO_WORD_AFTER}|\+[0-9](?:[-. ]?[0-9]){{7,14}}"
    return replaced(text, "PHONE", numbers, counts), counts


def replaced(text, kind, pattern, counts, check=bool):
    found = re.compile(f"{NO_WORD_BEFORE}(?:{pattern}){NO_WORD_AFTER}", re.ASCII)
    plain = text.translate(HALF_WIDTH)
    spans, place = [], 0
    while match := found.search(plain, place):
        good = check(match.group())
        place = match.end() if good else match.start() + 1
        spans += [match.span()] if good else []
    for start, end in reversed(spans):
        text = f"{text[:start]}[{kind}]{text[end:]}"
    counts[kind] += len(spans)
    return text


def private_gradient(per_example, clip_norm, noise_multiplier, expected_batch=None, generator=None):
    if clip_norm <= 0:
        raise ValueError("clip_norm")
    if noise_multiplier < 0:
        raise ValueError("noise_multiplier")
    batch = {value.size(0) for value in per_example.values()}
    if len(batch) > 1 or (batch == {0} and expected_batch is None):
        raise ValueError("examples")
    (rows,) = batch
    names = list(per_example)
    sizes = [
        per_example[name][0].numel() if rows else per_example[name].new_zeros(per_example[name].shape[1:]).numel()
        for name in names
    ]
    wide = torch.cat([per_example[name].reshape(rows, size) for name, size in zip(names, sizes, strict=True)], dim=1)
    norms = wide.norm(dim=1, keepdim=True)
    total = torch.where(norms > clip_norm, wide * (clip_norm / norms), wide).sum(dim=0)
    total = total + torch.normal(
        torch.zeros_like(total), torch.full_like(total, noise_multiplier * clip_norm), generator=generator
    )
    total = total / (rows if expected_batch is None else expected_batch)
    parts = total.split(sizes)
    return {name: part.reshape(per_example[name].shape[1:]) for name, part in zip(names, parts, strict=True)}
