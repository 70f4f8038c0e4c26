"""Copies are found, however they are dressed up; right answers of one's own are not."""

import random
import re

import pytest

from grader.classroom.similarity import COMMON, Likeness, Pair, lex, winnow
from grader.course.weeks import Course
from grader.intake import Submission

WEEK = "week05_attention"
FILES = ("attention.py", "multi_head.py", "blockwise.py")


@pytest.fixture(scope="module")
def answer(course: Course) -> dict[str, str]:
    """The modules of one good submission."""
    return {name: (course.week(WEEK).solutions / name).read_text(encoding="utf-8") for name in FILES}


def submission(who: str, files: dict[str, str]) -> Submission:
    return Submission(who, who, {WEEK: {name: text.encode() for name, text in files.items()}})


def pairs(submissions: list[Submission], course: Course) -> list[Pair]:
    """Show a class to the finder, and return the pairs that it finds."""
    likeness = Likeness(course)
    for one in submissions:
        likeness.add(one)
    return likeness.pairs()


def disguised(text: str) -> str:
    """The same text with other local names, comments, numbers, strings, blank lines and quotes."""
    text = re.sub(r"\b(scores|weights|output|heads|running_sum|maximum|block)\b", r"my_\1", text)
    text = re.sub(r"#.*", "# my own words", text).replace("\n    return", "\n\n    # so\n    return")
    return re.sub(r"\b(\d+)\b", r"\g<1>7", text)


def test_a_disguised_copy_is_found_with_its_lines(course: Course, answer: dict[str, str]) -> None:
    """Other names, comments, numbers and layout hide nothing; the lines are those of the copied code."""
    copy = {name: f"'''My work.'''\n\n\n{disguised(text)}" for name, text in answer.items()}

    (pair,) = pairs([submission("bob", copy), submission("alice", answer)], course)

    assert ("alice", "bob") == (pair.one, pair.other) and pair.share > 0.9
    first = min((match for match in pair.matches if match.one_file == "attention.py"), key=lambda one: one.one_lines)
    lines = "\n".join(answer["attention.py"].splitlines()[first.one_lines[0] - 1 : first.one_lines[1]])
    theirs = "\n".join(copy["attention.py"].splitlines()[first.other_lines[0] - 1 : first.other_lines[1]])
    assert "promote_types" in lines and "promote_types" in theirs


def test_a_copied_part_is_a_small_share(course: Course, answer: dict[str, str]) -> None:
    """The share is that of the smaller submission: one copied exercise of three still shows."""
    part = {"multi_head.py": answer["multi_head.py"]}

    (pair,) = pairs([submission("alice", answer), submission("bob", part)], course)

    assert 1 == pair.share and ("multi_head.py",) * 2 in {(match.one_file, match.other_file) for match in pair.matches}


def test_one_copied_week_of_a_term_is_found(course: Course, answer: dict[str, str]) -> None:
    """Four weeks of each student's own do not hide it; the share and the lines are those of the week that is alike."""
    term = [course.week(number) for number in ("06", "07", "08", "09")]

    def own(who: str, place: int) -> Submission:
        files = {WEEK: {"multi_head.py": answer["multi_head.py"].encode()}}
        for week in term:  # another exercise each
            name = week.exercises[place].name
            files[week.name] = {f"{name}.py": (week.solutions / f"{name}.py").read_bytes()}
        return Submission(who, who, files)

    (pair,) = pairs([own("alice", 0), own("bob", 1)], course)

    assert pair.share > 0.99 and {WEEK} == {match.week for match in pair.matches}


@pytest.mark.parametrize("week", ["05", "06"])
def test_right_answers_of_ones_own_are_not_alike(course: Course, week: str) -> None:
    """The solution and every right answer written differently make no pair."""
    one = course.week(week)
    classroom = [
        Submission("solution", "", {one.name: {f"{e.name}.py": (one.solutions / f"{e.name}.py").read_bytes()}})
        for e in one.exercises
    ]
    for exercise in one.exercises:
        for path in one.alternatives(exercise.name):
            files = {one.name: {f"{exercise.name}.py": path.read_bytes()}}
            classroom.append(Submission(f"{exercise.name} {path.stem}", "", files))

    assert [] == [(pair.one, pair.other, pair.share) for pair in pairs(classroom, course)]


def test_what_was_given_says_nothing(course: Course) -> None:
    """Untouched stubs make no pair: all their text was given."""
    stub = {name: (course.week(WEEK).folder / name).read_text(encoding="utf-8") for name in FILES}

    assert [] == pairs([submission("alice", stub), submission("bob", stub)], course)


def test_what_everybody_writes_says_nothing(course: Course, answer: dict[str, str]) -> None:
    """What many students share is how one writes it; few who share it are a pair each."""
    few = [submission(f"s{number}", answer) for number in range(3)]
    many = [submission(f"s{number}", answer) for number in range(COMMON + 1)]

    assert (3, 0) == (len(pairs(few, course)), len(pairs(many, course)))


def test_a_disguised_copy_does_not_vanish_in_a_crowd_of_plain_ones(course: Course, answer: dict[str, str]) -> None:
    """Who has the text word for word is in the group; two with other names are pairs with the first of them."""
    text = answer["multi_head.py"]
    many = [submission(f"s{number:02}", {"multi_head.py": text}) for number in range(COMMON + 2)]
    own = [{"multi_head.py": f"{disguised(text)}\nNUMBER_{number} = {number}\n"} for number in range(2)]

    found = pairs([*many, *(submission(f"t{number}", one) for number, one in enumerate(own))], course)

    assert {("s00", "t0"), ("s00", "t1"), ("t0", "t1")} == {(pair.one, pair.other) for pair in found}


@pytest.mark.parametrize("size", [3, 12, 70])
def test_a_group_of_copies_is_named_whatever_its_size(course: Course, answer: dict[str, str], size: int) -> None:
    """Twelve files that are the same, or the same but for comments and layout, are one group; stubs are none."""
    stub = {name: (course.week(WEEK).folder / name).read_text(encoding="utf-8") for name in FILES}
    text = answer["multi_head.py"]
    likeness = Likeness(course)
    for number in range(size):
        mine = f"# Student {number}\n\n" + text.replace("    return", f"    # step {number}\n    return")
        likeness.add(submission(f"s{number:02}", {**stub, "multi_head.py": mine}))
    likeness.add(submission("other", {**answer, "multi_head.py": disguised(text)}))

    (group,) = likeness.groups()

    assert ("multi_head.py", [f"s{number:02}" for number in range(size)]) == (group.file, group.students)


def test_nearly_the_same_is_a_group(course: Course, answer: dict[str, str]) -> None:
    """A line added and another changed do not hide a copy."""
    text = answer["multi_head.py"]
    likeness = Likeness(course)
    for number in range(12):
        likeness.add(submission(f"s{number}", {"multi_head.py": f"{text}\nNUMBER_{number} = {number}\n"}))

    assert [12] == [len(group.students) for group in likeness.groups()]


@pytest.mark.parametrize("week", ["05", "06", "09"])
def test_right_answers_of_ones_own_make_no_group(course: Course, week: str) -> None:
    """The solution and the right answers written differently are not the same module."""
    one, likeness = course.week(week), Likeness(course)
    for exercise in one.exercises:
        for path in [one.solutions / f"{exercise.name}.py", *one.alternatives(exercise.name)]:
            likeness.add(Submission(str(path), "", {one.name: {f"{exercise.name}.py": path.read_bytes()}}))

    assert [] == likeness.groups()


HONEST = """import math

import torch


def scaled_dot_product_attention(query, key, value, mask=None):
    dtype = query.dtype
    if dtype in (torch.float16, torch.bfloat16):
        query, key, value = query.float(), key.float(), value.float()
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = torch.softmax(scores, dim=-1)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0.0)
    output = weights @ value
    return output.to(dtype), weights.to(dtype)


def causal_mask(queries, keys=None, device=None):
    if keys is None:
        keys = queries
    return torch.ones(queries, keys, dtype=torch.bool, device=device).tril(keys - queries)


def padding_mask(lengths, max_length):
    positions = torch.arange(max_length, device=lengths.device)
    return (positions < lengths.unsqueeze(-1)).unsqueeze(-2)
"""


def test_the_courses_own_answers_are_known_again(course: Course, answer: dict[str, str]) -> None:
    """The solution, as it is and disguised, and another right answer; not what somebody writes, nor a bug's mend."""
    week, likeness = course.week(WEEK), Likeness(course)
    other = week.alternatives("attention")[0]
    kept = {"solutions": answer["attention.py"], "solutions ": disguised(answer["attention.py"])}
    kept["grader/alternatives"] = other.read_text(encoding="utf-8")
    for where, text in kept.items():
        (found,) = likeness.add(submission("ann", {"attention.py": text}))[WEEK]
        assert found.startswith(f"{WEEK}/attention.py ~ {where.strip()}/{WEEK}/attention") and found.endswith("%)")

    mended = (week.solutions / "debug_decoder.py").read_text(encoding="utf-8")
    stub = (week.folder / "attention.py").read_text(encoding="utf-8")
    for files in ({"attention.py": HONEST}, {"debug_decoder.py": mended}, {"attention.py": stub}):
        assert {} == likeness.add(submission("ann", files))


@pytest.mark.parametrize("start", ["'", '"', "'''", "'a\\", "b'", '"\\\n', ". "])
def test_strings_without_end_are_looked_at_once(start: str) -> None:
    """Quotes by the ten thousand, which took half a minute, cost one pass."""
    assert isinstance(winnow(lex(start * (40_000 // len(start)) + "a = b + c * d - e / f ** g")), dict)
    assert isinstance(winnow(lex("x = " + start + "\\'" * 20_000)), dict)


def test_the_order_of_submissions_does_not_matter(course: Course, answer: dict[str, str]) -> None:
    """The same class gives the same pairs."""
    classroom = [submission("a", answer), submission("c", answer)]
    classroom += [submission("b", {name: disguised(text) for name, text in answer.items()})]
    shuffled = random.Random(1).sample(classroom, 3)

    def described(found: list[Pair]) -> list[tuple[str, str, float]]:
        return [(pair.one, pair.other, pair.share) for pair in found]

    assert pairs(classroom, course) == pairs(shuffled, course)
    assert ("a", "c", 1.0) == described(pairs(classroom, course))[0]


def test_lines_are_those_of_the_text() -> None:
    """Strings and joined lines of any length do not move the lines of what comes after them."""
    code = "a = b + c * d - e / f ** g % (h, i)"

    assert {(1, 1)} == set(winnow(lex(code)).values())
    assert {(9, 9)} == {lines for lines in winnow(lex(f"'''\n\n\n'''\n# '\n\\\nx\n\n{code}")).values() if lines[0] > 7}


def test_the_order_of_tokens_counts() -> None:
    """The same operators and names in another order are another text."""
    one = winnow(lex("x = a + b - c * d / e % f\n" * 3))
    other = winnow(lex("x = a % b / c * d - e + f\n" * 3))

    assert one and not one.keys() & other.keys()


@pytest.mark.parametrize("text", ["", "x", "'''", '"' * 999, "def f(:\n\0\ud800", "(" * 9999, "\\\n" * 999, "é = '\\"])
def test_any_text_has_fingerprints_or_none(course: Course, text: str) -> None:
    """What is no Python is compared as well as it can be."""
    assert isinstance(winnow(lex(text)), dict)
