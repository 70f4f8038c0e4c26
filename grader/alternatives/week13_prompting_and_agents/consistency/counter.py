"""With Counter and Decimal; the box is found by walking from its opening brace."""

import re
from collections import Counter
from decimal import Decimal, localcontext

MARKERS = ("the answer is", "答案是", "####")


def extract_answer(transcript):
    if r"\boxed{" in transcript:
        tail = transcript.rsplit(r"\boxed{", 1)[1]
        open_braces = 1
        for end in range(len(tail)):
            if tail[end] == "{":
                open_braces += 1
            elif tail[end] == "}":
                open_braces -= 1
                if open_braces == 0:
                    break
        else:
            return None
        return tail[:end].strip() or None
    pattern = "(?:" + "|".join(re.escape(marker) for marker in MARKERS) + "(?!#))"  # "####" stands last in MARKERS
    pieces = re.split(pattern, transcript, flags=re.IGNORECASE)
    if len(pieces) == 1:
        return None
    sentence = re.match(r"(?:(?!。|\.(?:\s|\Z))[^\n])*", pieces[-1]).group()
    answer = re.sub(r"\A\s*[:：]?", "", sentence).strip()
    return answer if answer else None


def canonical(answer):
    text = re.sub(r"\s+", " ", answer).strip()
    plain = text
    if re.fullmatch(r"[-+]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", text):
        plain = text.replace(",", "")
    if re.fullmatch(r"[-+]?[0-9]+(\.[0-9]+)?", plain):
        with localcontext() as context:
            context.prec = len(plain) + 2
            number = Decimal(plain)
            if number == 0:
                return "0"
            digits = format(number, "f")
        return digits.rstrip("0").rstrip(".") if "." in digits else digits
    return text.lower()


def self_consistency(transcripts, extract=extract_answer, at_least=0.0):
    if len(transcripts) == 0 or not (at_least >= 0 and at_least <= 1):
        raise ValueError("nothing to count, or no share")
    answers = [extract(transcript) for transcript in transcripts]
    counter = Counter(canonical(answer) for answer in answers if answer is not None)
    if len(counter) == 0:
        return (None, 0.0)
    [(winner, votes)] = counter.most_common(1)  # equal counts: in the order first met
    share = votes / len(answers)
    return (winner, share) if share >= at_least else (None, share)
