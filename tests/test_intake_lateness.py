"""Due times, what lateness costs, and class files that say what is wrong with them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from grader.course.weeks import Course
from grader.errors import UserError
from grader.intake import Received, Submission, collect
from grader.intake.clocks import Clocks, Times
from grader.intake.lateness import Penalty, read_rules
from grader.messages import say
from tests.handed_in import ADD_UP, MASK_OUT, NOON, course_in, keys, only, put, tarred, zipped

DUE = datetime.fromisoformat("2026-03-01T23:59:59+08:00")
WEEK = "week01_sums"
CLASS = """
rule = { per_day = 0.1, most = 0.25, cutoff = 120 }
[due]
week01 = 2026-03-01T23:59:59+08:00
[extensions]
alice = { week01_sums = 2 }
bob = { 1 = 2026-03-05T15:59:59Z }
carol = { 01 = 2020-01-01T00:00:00Z, 02 = 2026-04-01T00:00:00Z }
"""


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course of two weeks."""
    return course_in(tmp_path_factory.mktemp("course"))


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "class.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("who", "late", "share", "days"),
    [
        ("dora", timedelta(days=-1), 0, 0),
        ("dora", timedelta(0), 0, 0),
        ("dora", timedelta(seconds=1), 0.1, 1),
        ("dora", timedelta(days=1), 0.1, 1),
        ("dora", timedelta(days=1, seconds=1), 0.2, 2),
        ("dora", timedelta(days=3), 0.25, 3),
        ("dora", timedelta(hours=120), 0.25, 5),
        ("dora", timedelta(hours=120, seconds=1), 1, 6),
        ("alice", timedelta(days=2), 0, 0),
        ("alice", timedelta(days=2, seconds=1), 0.1, 1),
        ("bob", timedelta(days=4), 0, 0),
        ("bob", timedelta(days=4, seconds=1), 0.1, 1),
        ("carol", timedelta(seconds=1), 0.1, 1),
    ],
)
def test_what_lateness_costs(toy: Course, tmp_path: Path, who: str, late: timedelta, share: float, days: int) -> None:
    """Days count when they begin, up to the most; after the cutoff nothing counts; extensions never shorten."""
    rules = read_rules(write(tmp_path, CLASS), toy)

    found = rules.penalty_for(who, WEEK, DUE + late)

    assert (share, days) == (found.share, found.days)


@pytest.mark.parametrize(
    ("rule", "share"),
    [("", 0), ('rule = "none"', 0), ("rule = { cutoff = 0 }", 1), ("rule = { per_day = 0.1 }", 0.3)],
)
def test_rules(tmp_path: Path, rule: str, share: float) -> None:
    """No rule, none, a cutoff, shares by day: three tenths are 0.3 and not 0.30000000000000004."""
    rules = read_rules(write(tmp_path, f"{rule}\n[due]\n1 = 2026-03-01T23:59:59+08:00"))

    assert Penalty(share, 3, DUE) == rules.penalty_for("alice", WEEK, DUE + timedelta(days=3))


def test_a_cutoff_is_hours_that_passed_and_not_what_clocks_show(toy: Course, tmp_path: Path) -> None:
    """Clocks that were put forward take no hour from it, in whatever zone a time is told."""
    text = 'zone = "Europe/Berlin"\nrule = { per_day = 0.1, cutoff = 48 }\n[due]\n1 = 2026-03-28T12:00:00'
    rules = read_rules(write(tmp_path, text), toy)
    berlin = datetime(2026, 3, 30, 12, 30, tzinfo=ZoneInfo("Europe/Berlin"))  # 47.5 hours later

    for told in (berlin, berlin.astimezone(UTC)):
        assert (0.3, 3) == ((found := rules.penalty_for("alice", WEEK, told)).share, found.days)
        assert 1 == rules.penalty_for("alice", WEEK, told + timedelta(minutes=31)).share


ZONE = """
zone = "America/New_York"
rule = { per_day = 0.1 }
[due]
week01 = 2026-10-31
week02 = 2026-03-07T23:59:59
week03 = 2026-11-01T03:59:59Z
[extensions]
alice = { week01 = 1, week02 = 1, week03 = 1 }
bob = { week01 = 2026-11-02 }
"""


@pytest.mark.parametrize(
    ("who", "week", "handed_in", "days"),
    [
        ("dora", "week01", "2026-10-31T23:59:59-04:00", 0),
        ("dora", "week01", "2026-11-01T23:29:59-05:00", 1),  # 24.5 hours later: the clock was set back
        ("dora", "week01", "2026-11-01T23:59:59-05:00", 1),
        ("dora", "week01", "2026-11-02T00:00:00-05:00", 2),
        ("alice", "week01", "2026-11-01T23:59:59-05:00", 0),
        ("alice", "week01", "2026-11-02T00:00:00-05:00", 1),
        ("alice", "week03", "2026-11-01T23:59:59-05:00", 0),
        ("bob", "week01", "2026-11-02T23:59:59-05:00", 0),
        ("dora", "week02", "2026-03-08T23:59:59-04:00", 1),  # 23 hours later: the clock was set forward
        ("dora", "week02", "2026-03-09T00:00:00-04:00", 2),
        ("alice", "week02", "2026-03-08T23:59:59-04:00", 0),
        ("alice", "week02", "2026-03-09T00:00:00-04:00", 1),
    ],
)
def test_a_day_is_one_on_the_wall_clock(tmp_path: Path, who: str, week: str, handed_in: str, days: int) -> None:
    """With a zone a day ends at the same time of day, whatever the clock did in between; a date is the end of its day."""
    rules = read_rules(write(tmp_path, ZONE))

    assert days == rules.penalty_for(who, f"{week}_x", datetime.fromisoformat(handed_in)).days


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_mark_at_the_beginning_of_a_class_file(tmp_path: Path, encoding: str) -> None:
    """What some editors write before the text does no harm."""
    path = tmp_path / "class.toml"
    path.write_text(CLASS, encoding=encoding)

    assert DUE == read_rules(path).due["01"]


def clocked(clock: str, late: timedelta) -> Submission:
    return Submission("dora", "dora", received={WEEK: Received(DUE + late, clock)})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("clock", "times", "late", "days"),
    [
        ("stamp", "ignore", timedelta(days=3), 3),
        ("late", "ask", timedelta(days=-9), 1),
        ("late", "ask", timedelta(days=9), 1),
        ("late", "files", timedelta(days=9), 9),
        ("late", "files", timedelta(days=-9), 1),
        ("late", "ignore", timedelta(days=9), 1),
        ("late", "ignore", timedelta(days=-9), 1),
        ("in time", "files", timedelta(days=9), 0),
        ("file", "ask", timedelta(days=2), 2),
        ("file", "files", timedelta(days=2), 2),
        ("file", "ignore", timedelta(days=2), 0),
    ],
)
def test_the_order_of_belief(tmp_path: Path, clock: str, times: Times, late: timedelta, days: int) -> None:
    """nbgrader's stamp is believed, then the LMS's mark, and the time of a file last; a mark alone is one day.

    Of what is only known to be in time nobody is told a time.
    """
    rules = read_rules(write(tmp_path, CLASS))
    submission = clocked(clock, late)

    Clocks(rules, times).decide(submission)

    assert days == rules.penalty_for(submission.student, WEEK, submission.times.get(WEEK)).days
    file = {"ignore": "intake_time_ignored"}.get(times, "intake_time_of_files")
    said = {"file": [file], "late": ["intake_days_of_files" if days > 1 else "intake_days_of_mark"]}.get(clock, [])
    assert said == [note.key for note in submission.notes]
    assert (DUE + late if days > 1 else None if days == 0 else DUE + timedelta(seconds=1)) == submission.submitted


@pytest.mark.parametrize(("times", "late", "days"), [("ask", 3, 0), ("files", 2, 0), ("files", 3, 1), ("ignore", 3, 0)])
def test_a_mark_of_canvas_knows_no_extension_of_ours(tmp_path: Path, times: Times, late: int, days: int) -> None:
    """Who has two days more and is marked as late by Canvas is late only after these two days, if anything says so."""
    rules = read_rules(write(tmp_path, CLASS))
    submission = clocked("late", timedelta(days=late))
    submission.student = "alice"

    Clocks(rules, times).decide(submission)

    assert days == rules.penalty_for(submission.student, WEEK, submission.times.get(WEEK)).days
    assert bool(days) == (submission.submitted is not None)


@pytest.mark.parametrize(("clock", "stops"), [("file", True), ("stamp", False), ("late", False)])
def test_a_copied_class_is_not_late_without_a_question(tmp_path: Path, clock: str, stops: bool) -> None:
    """27 of 30 late by the times of files alone stops, and says which answers there are; facts stop nothing."""
    rules = read_rules(write(tmp_path, CLASS))
    for times in ("ask", "files", "ignore"):
        clocks = Clocks(rules, times)  # type: ignore[arg-type]
        for number in range(30):
            clocks.decide(clocked(clock, timedelta(days=1 if number < 27 else -1)))
        if stops and times == "ask":
            with pytest.raises(UserError, match="class_times_doubtful") as caught:
                clocks.expect_sense()
            assert ("27", "30") == (caught.value.values["late"], caught.value.values["count"])
        else:
            clocks.expect_sense()


def test_a_few_late_submissions_stop_nothing(tmp_path: Path) -> None:
    """Half of a class, and most of a handful, may be late."""
    clocks = Clocks(read_rules(write(tmp_path, CLASS)))
    for _ in range(4):
        clocks.decide(clocked("file", timedelta(days=1)))
        clocks.expect_sense()
    for _ in range(4):
        clocks.decide(clocked("file", timedelta(days=-1)))
    clocks.expect_sense()


def test_one_students_folder_of_nbgrader_keeps_its_stamp(toy: Course, tmp_path: Path) -> None:
    """FROM=course/submitted/ann is Ann's submission, handed in when nbgrader says; a folder of another name has no stamp."""
    clocks = []
    for place in ("submitted", "mail"):
        week = {"week01_sums/add_up.py": ADD_UP, "week01_sums/timestamp.txt": "2026-02-01 12:00:00 UTC"}
        put(tmp_path / place / "ann", week)
        (ann,) = collect(tmp_path / place / "ann", toy, None, None)
        clocks.append((ann.student, ann.received[WEEK].clock))

    assert [("ann", "stamp"), ("ann", "file")] == clocks


def test_where_times_come_from(toy: Course, tmp_path: Path) -> None:
    """A copy of nbgrader's folder keeps its stamps; Canvas's mark counts where it marks anybody; else the files do."""
    stamp = "2026-02-01 12:00:00 UTC"
    put(tmp_path / "copy", {"ann/week01_sums/add_up.py": ADD_UP, "ann/week01_sums/timestamp.txt": stamp})
    put(tmp_path / "mixed/bo", {"add_up.py": ADD_UP})
    put(tmp_path / "mixed/ann/week01_sums", {"add_up.py": ADD_UP, "timestamp.txt": stamp})
    put(tmp_path / "marked", {"annlee_LATE_1_9_add_up.py": ADD_UP, "bomoe_2_8_add_up.py": ADD_UP})
    put(tmp_path / "unmarked", {"annlee_1_9_add_up.py": ADD_UP})

    found = {
        folder: [
            (one.clock, one.when.month)
            for ann in collect(tmp_path / folder, toy, None, None)
            for one in ann.received.values()
        ]
        for folder in ("copy", "mixed", "marked", "unmarked")
    }

    assert {
        "copy": [("stamp", 2)],
        "mixed": [("file", 3)] * 2,
        "marked": [("late", 3), ("in time", 3)],
        "unmarked": [("file", 3)],
    } == found


@pytest.mark.parametrize(
    ("times", "copied", "stamp", "late", "said"),
    [
        ("ask", 0, "2026-03-02 10:00:00", 22, ["intake_stamp_against"]),
        ("ignore", 24, "2026-03-02 10:00:00", 22, ["intake_time_ignored", "intake_stamp_against"]),
        ("ask", 0, "2020-01-01 00:00:00", 0, []),
        ("ask", 24, "2026-02-01 12:00:00", 24, ["intake_time_of_files", "intake_stamp_doubted"]),
        ("files", 24, "2026-03-01 19:00:00", 24, ["intake_time_of_files", "intake_stamp_doubted"]),
        ("ignore", 24, "2026-02-01 12:00:00", None, ["intake_time_ignored"]),
    ],
)
def test_a_stamp_that_a_student_may_have_written_counts_against_the_student_alone(
    toy: Course, tmp_path: Path, times: Times, copied: int, stamp: str, late: int | None, said: list[str]
) -> None:
    """In a copy of nbgrader's folder, where not everybody has one, it makes late, and never early or less late."""
    files = {"add_up.py": ADD_UP, "timestamp.txt": f"{stamp} UTC"}
    put(tmp_path / "copy/ann/week01_sums", files, at=NOON + copied * 3600)
    put(tmp_path / "copy/bo/week01_sums", {"add_up.py": ADD_UP})
    ann, _ = collect(tmp_path / "copy", toy, None, None)

    Clocks(read_rules(write(tmp_path, "[due]\nweek01 = 2026-03-01T18:00:00Z\n")), times).decide(ann)

    assert said == keys(ann)
    assert late == ((ann.times[WEEK].timestamp() - NOON) / 3600 if ann.times else None)
    assert all(stamp in one.values["said"] for one in ann.notes if one.key.startswith("intake_stamp"))


def handed_in(toy: Course, folder: Path, class_file: str, times: Times = "ask") -> tuple[datetime, list[str]]:
    """When the one submission of a folder counts as handed in, by a class file, and the keys of its notes."""
    submission = only(folder, toy)
    Clocks(read_rules(write(folder.parent, class_file)), times).decide(submission)
    return submission.times[WEEK], keys(submission)


ARCHIVED = "2026-03-01T12:00:00+00:00"
"""When the archives of `tests.handed_in` say that their files were changed, if their clock ran in UTC."""


@pytest.mark.parametrize(
    ("due", "name", "data", "counts", "said"),
    [
        ("2026-03-02T00:00:00+08:00", "a.zip", zipped({"add_up.py": ADD_UP}), "2026-03-01T12:00:00+08:00", ["in"]),
        ("2026-03-01T11:00:00+08:00", "a.zip", zipped({"add_up.py": ADD_UP}), "2026-03-01T12:00:00+08:00", ["of"]),
        ("2026-03-02T00:00:00+08:00", "a.tgz", tarred({"add_up.py": ADD_UP}), ARCHIVED, ["in"]),
        ("2026-03-01T18:00:00+08:00", "a.tgz", tarred({"add_up.py": ADD_UP}), ARCHIVED, ["of"]),
    ],
)
def test_an_archive_keeps_its_own_times(
    toy: Course, tmp_path: Path, due: str, name: str, data: bytes, counts: str, said: list[str]
) -> None:
    """A copied archive is as late as its files say; a zip's clock runs in the class's zone; what decided is said."""
    put(tmp_path / "in/ann", {name: data}, at=NOON + 9 * 86_400)

    when, notes = handed_in(toy, tmp_path / "in", f'zone = "Asia/Shanghai"\n[due]\nweek01 = {due}\n')

    assert datetime.fromisoformat(counts) == when
    assert [f"intake_time_{said[0]}_archive"] == notes


def test_times_inside_an_archive_are_believed_before_those_of_files_and_not_beyond(toy: Course, tmp_path: Path) -> None:
    """What was received earlier was handed in earlier; blank times say nothing; the teacher may take files' times."""
    class_file = 'zone = "UTC"\n[due]\nweek01 = 2026-03-02T00:00:00Z\n'
    early = put(tmp_path / "1", {"ann/a.zip": zipped({"add_up.py": ADD_UP})}, at=NOON - 3600)
    blank = put(tmp_path / "2", {"ann/a.zip": zipped({"add_up.py": ADD_UP}, year=1980)}, at=NOON + 86_400)
    asked = put(tmp_path / "3", {"ann/a.zip": zipped({"add_up.py": ADD_UP})}, at=NOON + 86_400)
    beside = put(
        tmp_path / "4", {"ann/a.zip": zipped({"add_up.py": ADD_UP}), "ann/mask_out.py": MASK_OUT}, at=NOON + 86_400
    )

    assert NOON - 3600 == handed_in(toy, early, class_file)[0].timestamp()
    assert NOON + 86_400 == handed_in(toy, blank, class_file)[0].timestamp()
    assert (NOON + 86_400, ["intake_time_of_files"]) == (
        (found := handed_in(toy, asked, class_file, "files"))[0].timestamp(),
        found[1],
    )
    assert "intake_time_of_files" in handed_in(toy, beside, class_file)[1]


@pytest.mark.parametrize("times", ["ask", "files", "ignore"])
@pytest.mark.parametrize(("name", "data"), [("add_up.py", ADD_UP), ("w.zip", zipped({"add_up.py": ADD_UP}, year=2020))])
def test_blackboard_says_when(toy: Course, tmp_path: Path, times: Times, name: str, data: bytes) -> None:
    """The time in a name is Blackboard's, on a clock in the class's zone: before what disks and archives say."""
    put(tmp_path / "in", {f"Sums_ann_attempt_2026-03-02-00-00-01_{name}": data}, at=NOON + 9 * 86_400)

    told = handed_in(toy, tmp_path / "in", f'zone = "Asia/Shanghai"\n[due]\nweek01 = {DUE.isoformat()}\n', times)

    assert (DUE + timedelta(seconds=2), []) == told
    assert "attempt" == only(tmp_path / "in", toy).received[WEEK].clock


def test_a_day_that_there_is_not_is_no_time(toy: Course, tmp_path: Path) -> None:
    """Then the disk says when."""
    put(tmp_path, {"Sums_ann_attempt_2026-02-31-00-00-01_add_up.py": ADD_UP})

    assert ("file", NOON) == ((ann := only(tmp_path, toy).received[WEEK]).clock, ann.when.timestamp())


def test_an_archive_tells_nothing_of_what_was_handed_in_after_it(toy: Course, tmp_path: Path) -> None:
    """The second attempt counts, a file: when the first one's archive was made does not make it earlier."""
    first, second = {"annlee_LATE_1_9_a.zip": zipped({"add_up.py": ADD_UP})}, {"annlee_LATE_1_10_add_up-1.py": ADD_UP}
    put(tmp_path / "in", {**first, **second}, at=NOON + 86_400)
    ann = only(tmp_path / "in", toy).received[WEEK]

    assert ("late", None) == (ann.clock, ann.told)
    (tmp_path / "in/annlee_LATE_1_10_add_up-1.py").unlink()
    assert only(tmp_path / "in", toy).received[WEEK].told


def test_an_archive_tells_how_late_a_marked_one_is(toy: Course, tmp_path: Path) -> None:
    """Canvas marks it as late; when its files were changed says by how much, and never less than a day."""
    put(tmp_path / "in", {"annlee_LATE_1_9_a.zip": zipped({"add_up.py": ADD_UP})}, at=NOON + 30 * 86_400)

    told = [
        handed_in(toy, tmp_path / "in", f'zone = "UTC"\n[due]\nweek01 = 2026-{due}\n') for due in ("02-27", "03-02")
    ]

    assert [datetime.fromisoformat(when) for when in (ARCHIVED, "2026-03-03T00:00:00Z")] == [when for when, _ in told]
    assert [["intake_marked_late", f"intake_days_of_{kind}"] for kind in ("archive", "mark")] == [it for _, it in told]


def test_a_stamp_that_cannot_be_read_is_named(toy: Course, tmp_path: Path) -> None:
    """It does not count, and the report says what it must look like; an empty one says nothing."""
    for name, stamp in (
        ("ann", "2026-04-01 10:00 CST"),
        ("bo", "yesterday"),
        ("cy", " \n"),
        ("di", "2026-03-02 09:00:00 UTC"),
    ):
        put(tmp_path / "submitted" / name / "week01_sums", {"add_up.py": ADD_UP, "timestamp.txt": stamp})

    found = collect(tmp_path / "submitted", toy, None, None)

    assert ["file", "file", "file", "stamp"] == [one.received[WEEK].clock for one in found]
    unreadable = [["intake_stamp_unreadable"]] * 2
    assert [*unreadable, [], []] == [keys(one) for one in found]
    assert "2026-04-01 10:00 CST" == found[0].notes[0].values["said"]


def test_what_make_submit_packed_was_handed_in_then(toy: Course, tmp_path: Path) -> None:
    """Its manifest says when it was made: later than the files in it were changed."""
    made = json.dumps({"version": 1, "made": "2026-03-01T20:00:00+00:00", "files": {}}).encode()
    put(tmp_path / "in", {"ann.zip": zipped({"add_up.py": ADD_UP, "manifest.json": made})}, at=NOON + 86_400)

    when, notes = handed_in(toy, tmp_path / "in", "[due]\nweek01 = 2026-03-01T18:00:00Z\n")

    assert ("2026-03-01T20:00:00+00:00", ["intake_time_of_archive"]) == (when.isoformat(), notes)


def test_what_is_not_known_costs_nothing(tmp_path: Path) -> None:
    """A week without a due time and a submission without a time lose nothing."""
    rules = read_rules(write(tmp_path, CLASS))

    assert Penalty() == rules.penalty_for("alice", "week07_other", DUE)
    assert 0 == rules.penalty_for("dora", WEEK, None).share
    assert datetime.fromisoformat("2026-04-01T00:00Z") == rules.due_for("carol", "week02_heads")


def test_extensions_of_strangers_are_found(tmp_path: Path) -> None:
    """A misspelt student in the class file can be reported."""
    assert ["alice (extensions)", "bob (extensions)"] == read_rules(write(tmp_path, CLASS)).strangers(["carol", "dora"])


def test_who_is_misspelt_is_told_with_what_names_them(tmp_path: Path) -> None:
    """A score, a team and an extension each say where the id stands."""
    score = '[[score]]\nstudent = "adda"\nweek = "1"\nexercise = "x"\npoints = 1\nreason = "-"\n'
    team = '[[team]]\nname = "rope"\nmembers = ["bo", "adda"]\n'

    assert ["adda (score)", "adda (team rope)"] == read_rules(write(tmp_path, score + team)).strangers(["bo"])


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("rule = ", "toml_value"),
        ("dew = 1", "class_unknown_key"),
        ('rule = "soft"', "class_wrong_value"),
        ("rule = { per_week = 0.1 }", "class_unknown_key"),
        ("[due]\nweek01 = 5", "class_wrong_value"),
        ('[[team]]\nname = "rope"', "class_lacks_key"),
        ("[due]\nweek01 = 2026-03-01", "class_date_alone"),
        ("[due]\n1 = 2026-03-01T23:59:59Z\n[extensions]\nann = { week01 = 2026-03-02 }", "class_date_alone"),
        ('zone = "Mars/Olympus"', "class_no_zone"),
        ('zone = "../../etc/passwd"', "class_no_zone"),
        ("zone = 8", "class_wrong_value"),
        ("x = " + "[" * 100_000, "class_too_deep"),
        ("[due]\nweek01 = 2026-03-01T23:59:59", "class_no_offset"),
        ("[due]\nweek09 = 2026-03-01T23:59:59Z", "class_unknown_week"),
        ("[due]\nsoon = 2026-03-01T23:59:59Z", "class_unknown_week"),
        ("[due]\n1 = 2026-03-01T23:59:59Z\nweek01 = 2026-03-01T23:59:59Z", "class_week_twice"),
        ("rule = { per_day = 10 }", "class_bad_share"),
        ("rule = { most = -1 }", "class_bad_share"),
        ("rule = { per_day = nan }", "class_bad_share"),
        ("rule = { cutoff = -1 }", "class_bad_number"),
        ("rule = { cutoff = inf }", "class_bad_number"),
        ("[extensions]\nalice = { week01 = 2 }", "class_no_due"),
        ("[extensions]\nalice = { week01 = 2026-03-01T23:59:59 }", "class_no_offset"),
        ("[due]\n1 = 2026-03-01T23:59:59Z\n[extensions]\nalice = { week01 = 1e9 }", "class_bad_number"),
    ],
)
def test_an_unusable_class_file_is_named(toy: Course, tmp_path: Path, text: str, key: str) -> None:
    """Unknown keys, wrong types, times without offset, bad numbers: each is an error of its own."""
    with pytest.raises(UserError) as caught:
        read_rules(write(tmp_path, text), toy)

    assert key == caught.value.key


def test_what_cannot_stand_in_a_class_file_is_said_in_words(toy: Course, tmp_path: Path) -> None:
    """The file, the key and how it is written, in both languages, and nothing of the library that reads it."""
    for text, parts in (
        ("rule = { per_week = 0.1 }", ["rule.per_week", "per_day = 0.1"]),
        ("dew = 1", ["dew", "due, rule, extensions"]),
        ("[due]\nweek01 = 5", ["due", "week05 = 2026-03-01T23:59:59+08:00"]),
        ('[[score]]\nstudent = "ada"\npoints = "2"', ["score", "points = 10"]),
        ("[due]\nweek99 = 2026-03-01T23:59:59Z", ["due", "week99", "01, 02"]),
    ):
        with pytest.raises(UserError) as caught:
            read_rules(write(tmp_path, text), toy)
        for lang in ("en", "zh"):
            said = say(caught.value.key, lang, **caught.value.values)
            assert all(part in said for part in [caught.value.values["path"], *parts]), said
            assert not any(word in said for word in ("Object", "Expected", "$")), said


@pytest.mark.parametrize(
    ("text", "line", "column", "en", "zh"),
    [
        ("\n[[team]]\nname = rope", 3, 8, "Text stands in straight quotation marks", "文字要放在英文引号里"),
        ("zone = “Asia/Shanghai”", 1, 8, "Text stands in straight quotation marks", "文字要放在英文引号里"),
        ("[due]\nweek05 = 2026-03-01T23:59:59 +08:00", 2, 30, "Write a time without spaces", "时间中不留空格"),
        ("[due]\nweek05 = 2026-02-30T23:59:59Z", 2, 10, "no such date", "没有这样的日期"),
        ("[due\nweek05 = 2026-03-01T23:59:59Z", 1, 5, "a bracket or a quotation mark is missing", "缺少一个括号或引号"),
        ('zone = "Asia\n[due]', 1, 13, "a bracket or a quotation mark is missing", "缺少一个括号或引号"),
        ("rule = { per_day = 0.1\n", 1, 23, "a bracket or a quotation mark is missing", "缺少一个括号或引号"),
        ('[[team]]\nmembers = [\n"bo"', 3, 5, "a bracket or a quotation mark is missing", "缺少一个括号或引号"),
        ('rule = "none"\n[due]\n[due]', 3, 5, "may stand there only once", "只能写一次"),
        ('zone = "UTC"\nzone = "UTC"', 2, 13, "may stand there only once", "只能写一次"),
        ("[extensions]\n学号 = { week05 = 2 }", 2, 1, "stands in quotation marks", "要加英文引号"),
        ("[weights]\nweek05 2", 2, 8, "an equals sign", "键 = 值"),
        ('zone = "a\\y"', 1, 12, "no TOML", "不符合 TOML 的写法"),
    ],
)
def test_what_is_no_toml_is_said_with_its_place_and_what_helps(
    tmp_path: Path, text: str, line: int, column: int, en: str, zh: str
) -> None:
    """File, line, column and a sentence of ours in the language of the run; the library's own words stand last."""
    with pytest.raises(UserError) as caught:
        read_rules(write(tmp_path, text))

    key, values = caught.value.key, caught.value.values
    english, chinese = say(key, "en", **values), say(key, "zh", **values)
    assert english.startswith(f"class.toml, line {line}, column {column}: ") and en in english, english
    assert chinese.startswith(f"class.toml 第 {line} 行第 {column} 列：") and zh in chinese, chinese
    assert english.endswith(f"In the library's words: {values['problem']}.") and "(at " not in english
    assert chinese.endswith(f"程序库的原话：{values['problem']}。")


@pytest.mark.parametrize(
    ("extension", "named"),
    [
        ("ada.okafor = { week01 = 2 }", "ada.okafor"),
        ("a.b.c = { 01 = 2026-03-05T23:59:59Z }", "a.b.c"),
        ("ada.week01 = 2\nada.okafor.week01 = 2", "ada.okafor"),
        ("ada = { week01 = { days = 2 } }", None),
        ("ada = 2", None),
        ("ada = { week01 = 'two' }", None),
    ],
)
def test_an_id_with_a_dot_has_to_be_quoted(tmp_path: Path, extension: str, named: str | None) -> None:
    """TOML reads such an id as tables in tables: the error names it, and only where that is the cause."""
    due = "[due]\nweek01 = 2026-03-01T23:59:59Z\n[extensions]\n"

    with pytest.raises(UserError) as caught:
        read_rules(write(tmp_path, due + extension))

    assert ("class_dotted_id" if named else "class_wrong_value") == caught.value.key
    assert named == caught.value.values.get("id")
    if named:
        quoted = extension.splitlines()[-1].replace(named, f'"{named}"')
        assert named in read_rules(write(tmp_path, due + quoted)).extensions


def test_a_word_that_is_no_week_is_refused_without_a_course_too(tmp_path: Path) -> None:
    """Weeks are told by their number."""
    with pytest.raises(UserError, match="class_no_week"):
        read_rules(write(tmp_path, "[due]\nsoon = 2026-03-01T23:59:59Z"))
    with pytest.raises(UserError, match="class_unreadable"):
        read_rules(tmp_path / "none.toml")
