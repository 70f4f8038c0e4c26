"""Redaction by looking at each place of the text; clipping example by example."""

import calendar
import re

import torch
from privacy import HALF_WIDTH, ID_CHECK, ID_WEIGHTS, KINDS

DIGITS = set("0123456789")
WORD = DIGITS | set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def is_card_number(digits):
    if not 13 <= len(digits) <= 19 or set(digits) - DIGITS:
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value // 10 + value % 10
    return total % 10 == 0


def is_resident_id(number):
    if len(number) != 18 or set(number[:-1]) - DIGITS or number[-1] not in "0123456789Xx":
        return False
    year, month, day = int(number[6:10]), int(number[10:12]), int(number[12:14])
    if not (year and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]):
        return False
    # With a weight of 1 for the check character itself, the sum leaves the remainder 1.
    last = 10 if number[-1] in "Xx" else int(number[-1])
    weighted = sum(int(digit) * weight for digit, weight in zip(number[:17], ID_WEIGHTS, strict=True))
    return (weighted + last) % 11 == 1 and ID_CHECK[weighted % 11] in number[-1].upper()


def redact(text):
    counts = {}
    for kind, end_of in (("EMAIL", mail), ("ID", resident), ("CARD", None), ("PHONE", phone)):
        if kind == "CARD":
            counts[kind] = 0
            for length in (19, 18, 17, 16, 15, 14, 13):
                text, found = sweep(text, kind, lambda plain, start, n=length: card(plain, start, n))
                counts[kind] += found
        else:
            text, counts[kind] = sweep(text, kind, end_of)
    return text, {kind: counts[kind] for kind in KINDS}


def sweep(text, kind, end_of):
    plain, done, place, found = text.translate(HALF_WIDTH), [], 0, 0
    while place < len(text):
        end = end_of(plain, place) if plain[place] in WORD or plain[place] == "+" else None
        inside = place > 0 and plain[place - 1] in WORD
        if end is None or inside or plain[end : end + 1] in WORD:
            done.append(text[place])
            place += 1
        else:
            done.append(f"[{kind}]")
            place, found = end, found + 1
    return "".join(done), found


MAIL = re.compile(r"[a-zA-Z0-9][\w.%+-]{0,63}@((?:[a-zA-Z0-9-]+\.)+[a-zA-Z0-9-]+)", re.ASCII)


def mail(plain, start):
    match = MAIL.match(plain, start)
    if not match:
        return None
    labels = match[1].split(".")
    good = 0
    for number, label in enumerate(labels):
        top = re.match(r"[a-zA-Z]{2,}", label)
        if number and top and plain[match.start(1) + len(".".join(labels[:number])) + 1 + top.end() :][:1] not in WORD:
            good = len(".".join(labels[:number])) + 1 + top.end()
        if not label or label[0] == "-" or label[-1] == "-":
            break
    return match.start(1) + good if good else None


def resident(plain, start):
    return start + 18 if is_resident_id(plain[start : start + 18]) else None


def card(plain, start, length):
    if plain[start] == "+" or plain[max(start - 1, 0) : start] == "+":
        return None
    end = with_signs(plain, start, length, length, " -")
    return end if end and is_card_number(re.sub("[ -]", "", plain[start:end])) else None


def with_signs(plain, start, least, most, signs):
    """The end of `most` digits, or of as few as `least`, with single signs between them."""
    ends, place = [], start
    while len(ends) < most and plain[place : place + 1] in DIGITS:
        place += 1
        ends.append(place)
        if plain[place : place + 1] and plain[place] in signs and plain[place + 1 : place + 2] in DIGITS:
            place += 1
    good = [end for end in ends[least - 1 :] if plain[end : end + 1] not in WORD]
    return good[-1] if good else None


CHINESE = re.compile(r"1[3-9]\d(\d{8}|-\d{4}-\d{4}| \d{4} \d{4})(?![a-zA-Z\d])", re.ASCII)


def phone(plain, start):
    begin = start
    if plain.startswith("+86", start):
        begin += 3 + (plain[start + 3 : start + 4] in (" ", "-"))
    if match := CHINESE.match(plain, begin):
        return match.end()
    if plain[start] == "+":
        return with_signs(plain, start + 1, 8, 15, " .-")
    return None


def private_gradient(per_example, clip_norm, noise_multiplier, expected_batch=None, generator=None):
    sizes = [len(gradients) for gradients in per_example.values()]
    if not clip_norm > 0 or not noise_multiplier >= 0 or min(sizes) != max(sizes):
        raise ValueError("arguments")
    divisor = expected_batch or sizes[0]
    if not divisor:
        raise ValueError("empty")
    sums = {name: torch.zeros_like(gradients[:1].sum(0)) for name, gradients in per_example.items()}
    for i in range(sizes[0]):
        flat = torch.cat([gradients[i].reshape(-1) for gradients in per_example.values()])
        norm = float(torch.linalg.vector_norm(flat))
        for name, gradients in per_example.items():
            sums[name] = sums[name] + (gradients[i] * (clip_norm / norm) if norm > clip_norm else gradients[i])
    for name, total in sums.items():
        if noise_multiplier:
            total = total + torch.empty_like(total).normal_(0.0, noise_multiplier * clip_norm, generator=generator)
        sums[name] = total / divisor
    return sums
