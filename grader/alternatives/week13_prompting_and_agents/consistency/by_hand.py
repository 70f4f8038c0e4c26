"""No regular expressions: positions of markers, letters one by one, votes in lists."""

MARKERS = ("the answer is", "答案是", "####")
DIGITS = set("0123456789")


def last_marker(text):
    """Where the last marker ends, or None."""
    for start in range(len(text) - 1, -1, -1):
        for marker in MARKERS:
            if text[start : start + len(marker)].lower() == marker:
                return start + len(marker)
    return None


def extract_answer(transcript):
    start = transcript.rfind("\\boxed{")
    if start != -1:
        stack, place = ["{"], start + 7
        while place < len(transcript) and stack:
            if transcript[place] == "{":
                stack.append("{")
            if transcript[place] == "}":
                stack.pop()
            place += 1
        answer = "" if stack else transcript[start + 7 : place - 1].strip()
        return answer or None
    begin = last_marker(transcript)
    if begin is None:
        return None
    end = begin
    while end < len(transcript) and transcript[end] not in "\n。":
        if transcript[end] == "." and (end + 1 == len(transcript) or transcript[end + 1].isspace()):
            break
        end += 1
    answer = transcript[begin:end].strip()
    if answer and answer[0] in ":：":
        answer = answer[1:].strip()
    return answer if answer != "" else None


def number(text):
    """(negative, digits before the point, digits behind it), or None."""
    negative = text.startswith("-")
    body = text[1:] if text[:1] in ("+", "-") else text
    whole, point, fraction = body.partition(".")
    if point and (not fraction or not set(fraction) <= DIGITS):
        return None
    groups = whole.split(",")
    if not all(group and set(group) <= DIGITS for group in groups):
        return None
    if len(groups) > 1 and (len(groups[0]) > 3 or any(len(group) != 3 for group in groups[1:])):
        return None
    return negative, "".join(groups), fraction


def canonical(answer):
    answer = " ".join(answer.split())
    found = number(answer)
    if found is None:
        return answer.lower()
    negative, whole, fraction = found
    while len(whole) > 1 and whole[0] == "0":
        whole = whole[1:]
    while fraction and fraction[-1] == "0":
        fraction = fraction[:-1]
    form = whole + ("." + fraction if fraction else "")
    return "-" + form if negative and form != "0" else form


def self_consistency(transcripts, extract=extract_answer, at_least=0.0):
    if not len(transcripts):
        raise ValueError("no transcripts")
    if at_least != at_least or at_least < 0 or at_least > 1:
        raise ValueError("no share")
    candidates, votes = [], []
    for transcript in transcripts:
        answer = extract(transcript)
        if answer is None:
            continue
        form = canonical(answer)
        if form in candidates:
            votes[candidates.index(form)] += 1
        else:
            candidates.append(form)
            votes.append(1)
    if not candidates:
        return None, 0.0
    most = max(votes)
    share = most / len(transcripts)
    return (None if share < at_least else candidates[votes.index(most)]), share
