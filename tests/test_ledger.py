"""The ledger of an output folder: what it keeps of a student from one run to the next."""

from pathlib import Path

from grader.classroom.ledger import Ledger
from grader.intake import collect
from grader.intake.roster import IDENTITY
from grader.outcomes import ExerciseResult
from tests import tiny

ROSTER = "id,first name,last name,email,canvas id,sis user id,login id,section\ns1,Ann,Lee,a@x.org,501,a1,ann,one\n"
KNOWN = dict(first="Ann", last="Lee", email="a@x.org", canvas="501", sis="a1", login="ann", section="one")


def test_what_is_known_of_a_student_stays(tmp_path: Path) -> None:
    """The roster's facts are those of the submission, and a later run without a roster takes none of them away."""
    course, out = tiny.build(tmp_path / "course"), tmp_path / "graded"
    handed_in, roster = tmp_path / "class/s1/week01_tiny/tiny.py", tmp_path / "roster.csv"
    handed_in.parent.mkdir(parents=True)
    handed_in.write_bytes(tiny.answers(""))
    roster.write_text(ROSTER, encoding="utf-8")
    assert set(IDENTITY) == KNOWN.keys()

    for people in (roster, None):
        (submission,) = collect(tmp_path / "class", course, None, people)
        assert people is None or KNOWN == {field: getattr(submission, field) for field in IDENTITY}
        ledger = Ledger(out)
        ledger.take(submission, {}, course.weeks, tmp_path / "class")
        ledger.write()

    (graded,) = Ledger(out).graded(course, lambda key, exercise: ExerciseResult(exercise[0].name, key))
    assert KNOWN == {field: getattr(graded.submission, field) for field in IDENTITY}
    assert (
        "s1" == graded.submission.student and handed_in.read_bytes() in graded.submission.files["week01_tiny"].values()
    )
