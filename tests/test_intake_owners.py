"""Whose a submission is: no name that a student can choose takes another student's place."""

from pathlib import Path

import pytest

from grader.course.weeks import Course
from grader.errors import UserError
from grader.intake import Submission, collect
from grader.intake.names import owner_of, safe_ids
from grader.intake.roster import Roster, person
from tests.handed_in import ADD_UP, MASK_OUT, course_in, keys, only, put, zipped

OTHER = ADD_UP + b"# another\n"
VICTIM = person("v1", "Vera", "Victim", canvas="111111")
MALLORY = person("m1", "Mallory", "Moe", canvas="222222")


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course of two weeks."""
    return course_in(tmp_path_factory.mktemp("course"))


def by_id(folder: Path, course: Course, roster: Roster | None = None) -> dict[str, Submission]:
    return {one.student: one for one in collect(folder, course, None, roster)}


CLAIMS = [
    "x_111111_assignsubmission_file_add_up-9.py",
    "x_111111_9_add_up-9.py",
    "victimvera_111111_9_add_up.py",
    "victimvera_LATE_111111_9_add_up.py",
    "anon_111111_9_add_up.py",
    "x_v1_attempt_2026-03-01-12-00-00_add_up.py",
]


@pytest.mark.parametrize("claim", CLAIMS)
@pytest.mark.parametrize("listed", [False, True])
@pytest.mark.parametrize("moodle", [False, True])
def test_a_file_name_takes_nobodys_place(toy: Course, tmp_path: Path, claim: str, listed: bool, moodle: bool) -> None:
    """What stands behind the system's own owner is the student's: the file is its uploader's, the victim's grade stays."""
    if moodle:
        names = (
            f"Mallory Moe_222222_assignsubmission_file_{claim}",
            "Vera Victim_111111_assignsubmission_file_add_up.py",
        )
    else:
        names = f"moemallory_222222_9001_{claim}", "victimvera_111111_9000_add_up.py"
    put(tmp_path, {names[0]: OTHER, names[1]: ADD_UP})

    found = by_id(tmp_path, toy, Roster([VICTIM, MALLORY]) if listed else None)

    victim, attacker = ("v1", "m1") if listed else ("111111", "222222")
    assert {victim, attacker} == set(found)
    assert {"add_up.py": ADD_UP} == found[victim].files["week01_sums"]
    assert {"add_up.py": OTHER} == found[attacker].files["week01_sums"]


@pytest.mark.parametrize("claim", CLAIMS[:2])
def test_where_name_and_number_disagree_nobody_is_given_it(toy: Course, tmp_path: Path, claim: str) -> None:
    """A number of the roster under a name that is not its owner's stands alone, is marked, and is not judged."""
    put(tmp_path, {claim: OTHER, "victimvera_111111_9000_add_up.py": ADD_UP, "victimvera_333333_9_add_up.py": OTHER})

    found = by_id(tmp_path, toy, Roster([VICTIM, MALLORY]))

    assert {"add_up.py": ADD_UP} == found.pop("v1").files["week01_sums"]
    strange = [one for one in found.values() if one.stranger]
    problems = {one.problem.key if one.problem else None for one in strange}
    assert problems <= {"intake_disagree", None} and all(not one.files or not one.problem for one in strange)
    assert "intake_disagree" in problems and all(not one.files for one in strange if one.problem)
    claimed = next(one for one in strange if one.name == claim.partition("_")[0])
    assert claimed.problem or "assignsubmission" in claim, "Moodle's number is no number of a user"


def test_without_a_roster_a_number_with_two_names_is_two_students(toy: Course, tmp_path: Path) -> None:
    """Nothing is replaced: both are judged, and both are marked."""
    put(
        tmp_path,
        {"x_111111_9_add_up-9.py": OTHER, "victimvera_111111_9000_add_up.py": ADD_UP, "111111/add_up.py": MASK_OUT},
    )

    found = by_id(tmp_path, toy)

    assert 3 == len(found) and all("intake_shared_number" in keys(one) for one in found.values())
    assert {OTHER, ADD_UP, MASK_OUT} == {one.files["week01_sums"]["add_up.py"] for one in found.values()}


@pytest.mark.parametrize("claim", CLAIMS)
def test_behind_the_user_of_blackboard_all_is_the_students(toy: Course, tmp_path: Path, claim: str) -> None:
    """What a file is called there takes nobody's place either, and no number of Canvas is asked for."""
    users = {"m1": f"m1_attempt_2026-03-01-12-00-00_{claim}", "v1": "v1_attempt_2026-03-01-12-00-00_add_up.py"}
    put(tmp_path, {f"Sums, week_1_{users['m1']}": OTHER, f"Sums, week_1_{users['v1']}": ADD_UP})

    found = by_id(tmp_path, toy, Roster([VICTIM, MALLORY]))

    assert {"m1": OTHER, "v1": ADD_UP} == {name: one.files["week01_sums"]["add_up.py"] for name, one in found.items()}
    assert not any(one.stranger for one in found.values())


def test_two_users_who_claim_one_name_are_both_marked(toy: Course, tmp_path: Path) -> None:
    """A display name can be chosen: where the roster has no numbers, neither of two is taken for the student."""
    put(tmp_path, {"victimvera_111111_1_add_up.py": ADD_UP, "victimvera_777_2_add_up.py": OTHER})

    found = by_id(tmp_path, toy, Roster([person("v1", "Vera", "Victim")]))

    assert 3 == len(found) and not any(one.files for one in found.values())
    assert {"intake_two_claim"} == {one.problem.key for one in found.values() if one.problem}


def test_anonymous_students_of_canvas_are_one_each(toy: Course, tmp_path: Path) -> None:
    """Where Canvas hides names, the files of one student stay together, late ones too."""
    put(tmp_path, {"anon_x1Yz2_9001_add_up.py": ADD_UP, "anon_x1Yz2_9002_mask_out.py": MASK_OUT})
    put(tmp_path, {"LATE_anon_Q7abc_9003_add_up.py": OTHER, "LATE_anon_Q7abc_9004_mask_out.py": MASK_OUT})

    found = by_id(tmp_path, toy)

    assert {"anon_x1Yz2", "anon_Q7abc"} == set(found)
    assert all({"add_up.py", "mask_out.py"} == set(one.files["week01_sums"]) for one in found.values())
    assert {"anon_x1Yz2": "in time", "anon_Q7abc": "late"} == {
        name: one.received["week01_sums"].clock for name, one in found.items()
    }


def test_a_folder_in_capitals_renames_nobody(toy: Course, tmp_path: Path) -> None:
    """ann stays ann when a folder Ann appears beside it."""
    put(tmp_path, {"ann/add_up.py": ADD_UP})
    assert "ann" == only(tmp_path, toy).student
    put(tmp_path, {"Ann/add_up.py": OTHER})

    found = by_id(tmp_path, toy)

    assert 2 == len(found) and {"add_up.py": ADD_UP} == found["ann"].files["week01_sums"]
    assert "ann" == safe_ids(["ann", "Ann", "ANN"])["ann"]


def test_zeros_that_a_spreadsheet_drops(toy: Course, tmp_path: Path) -> None:
    """429 is 0429 of the roster, and is told; without a roster both are, and the likeness is told."""
    put(tmp_path, {"429/add_up.py": ADD_UP})
    listed = by_id(tmp_path, toy, Roster([person("0429", "Ann"), person("0430", "Bo")]))
    put(tmp_path, {"0429/add_up.py": ADD_UP})
    unlisted = by_id(tmp_path, toy)

    assert (["intake_zeros"], False) == (keys(listed["0429"]), listed["0429"].stranger) and {"0429", "0430"} == set(
        listed
    )
    assert [["intake_zeros_apart"]] * 2 == [keys(one) for one in unlisted.values()]


def test_strangers_are_marked_and_known_people_are_not(toy: Course, tmp_path: Path) -> None:
    """With a list of people nobody becomes a student by a name; who handed nothing in is there."""
    put(
        tmp_path,
        {"1009/add_up.py": ADD_UP, "guest_300012_1_add_up.py": ADD_UP, "m1.zip": zipped({"add_up.py": ADD_UP})},
    )

    found = by_id(tmp_path, toy, Roster([VICTIM, MALLORY]))

    assert {"1009": True, "300012": True, "m1": False, "v1": False} == {
        name: one.stranger for name, one in found.items()
    }
    assert found["v1"].problem is not None and "intake_missing" == found["v1"].problem.key
    assert "intake_not_in_roster" in keys(found["300012"])


@pytest.mark.parametrize("name", ["alice.rar", "alice.7z", "alice_add_up.py.txt", "alice", "alice_add_up"])
def test_what_cannot_be_read_is_said_by_name(toy: Course, tmp_path: Path, name: str) -> None:
    """A file of another kind is its student's, who is told what is wrong with it, not that nothing was handed in."""
    put(tmp_path / "flat", {name: b"Rar!"})
    put(tmp_path / "deep/alice", {name.removeprefix("alice_") if "_" in name else f"work{name[5:] or '.rar'}": b"Rar!"})

    for folder in ("flat", "deep"):
        (alice,) = collect(tmp_path / folder, toy, None, Roster([person("alice")]))

        assert alice.problem is not None and "intake_kind" == alice.problem.key


@pytest.mark.parametrize(
    ("entry", "student", "file", "week"),
    [
        ("alice.zip", "alice", "alice.zip", ""),
        ("alice_week01.zip", "alice", "alice.zip", "week01_sums"),
        ("alice_add_up.zip", "alice_add_up", "alice_add_up.zip", ""),
        ("Week 2 - alice.tar.gz", "alice", "alice.tar.gz", "week02_heads"),
        ("alice_week01_sums_add_up (2).py", "alice", "add_up.py", "week01_sums"),
        ("add_up-week1-alice.py", "alice", "add_up.py", "week01_sums"),
        ("alice_week7_add_up.py", "alice_week7", "add_up.py", ""),
        ("add_up.py", "add_up", "add_up.py", ""),
        ("week01_add_up.py", "week01", "add_up.py", ""),
    ],
)
def test_what_a_plain_name_tells(toy: Course, entry: str, student: str, file: str, week: str) -> None:
    """Week and exercise are taken off, in either order; an archive's name tells no exercise, and one must be left."""
    owner = owner_of(entry, False, toy)

    assert (student, file, week) == (owner.id, owner.file, owner.week)


def test_names_without_end_cost_nothing(toy: Course) -> None:
    """A name of any length is read in one pass."""
    for name in ("_" * 60_000, "a_1" * 20_000, "x_1_2_" * 9_000 + "add_up.py", " " * 60_000 + "(1)", "week" * 15_000):
        owner_of(name[:255], False, toy)


def test_what_stands_beside_nbgraders_folder_is_not_hidden(toy: Course, tmp_path: Path) -> None:
    """Entries called gradebook.db and submitted do not make the rest of a class disappear."""
    put(tmp_path, {"gradebook.db": b"", "submitted/add_up.py": OTHER, "alice.zip": zipped({"add_up.py": ADD_UP})})

    with pytest.raises(UserError, match="intake_hidden") as caught:
        collect(tmp_path, toy, None, None)

    assert "alice.zip" in caught.value.values["names"]


def of_blackboard(folder: Path, *heads: str) -> None:
    """Put a file for every "Title_user", all of them different."""
    at = "attempt_2026-03-01-12-00-00"
    put(folder, {f"{head}_{at}_add_up.py": ADD_UP + f"# {head}\n".encode() for head in heads})


def whose(found: dict[str, Submission]) -> dict[str, str]:
    """Which "Title_user" was given to whom; those that nobody was given are left out."""
    sources = {who: one.files.get("week01_sums", {}).get("add_up.py", b"") for who, one in found.items()}
    return {who: source.decode().rpartition("# ")[2].strip() for who, source in sources.items() if source}


LISTED = Roster([person(who) for who in ("lee", "ann_lee", "bo", "kim")])


@pytest.mark.parametrize(
    ("heads", "alone", "listed"),
    [
        (
            ["Sums_ann_lee", "Sums_bo_lee", "Sums_lee"],
            {"ann_lee": "Sums_ann_lee", "bo_lee": "Sums_bo_lee", "lee": "Sums_lee"},
            {"ann_lee": "Sums_ann_lee", "lee": "Sums_lee"},  # bo_lee is not on the roster, and is not lee
        ),
        (
            ["Week_1_ann_lee", "Week_1_bo"],
            {"ann_lee": "Week_1_ann_lee", "bo": "Week_1_bo"},
            {"ann_lee": "Week_1_ann_lee", "bo": "Week_1_bo"},
        ),
        (["Week_1_lee"], {"1_lee": "Week_1_lee"}, {"lee": "Week_1_lee"}),
        (["Sums_di_lee", "Sums_bo"], {"di_lee": "Sums_di_lee", "bo": "Sums_bo"}, {"bo": "Sums_bo"}),
        (["Sums_di_lee", "Sums_ed_lee"], {"di_lee": "Sums_di_lee", "ed_lee": "Sums_ed_lee"}, {}),
        (["Sums_x_kim", "Heads_y_z_kim"], {"x_kim": "Sums_x_kim", "y_z_kim": "Heads_y_z_kim"}, {}),
        (
            ["Sums_1_kim", "Sums_1_bo", "Heads_2_kim", "Heads_2_lee"],
            {"bo": "Sums_1_bo", "lee": "Heads_2_lee", "kim_Sums_1_kim": "Sums_1_kim", "kim_Heads_2_kim": "Heads_2_kim"},
            {"bo": "Sums_1_bo", "lee": "Heads_2_lee", "kim": "Heads_2_kim"},  # two titles that two people have each
        ),
        (
            ["Sums_lee", "Sums_2_bo", "Sums_2_kim"],
            {"lee": "Sums_lee", "2_bo": "Sums_2_bo", "2_kim": "Sums_2_kim"},
            {"lee": "Sums_lee"},
        ),
    ],
)
@pytest.mark.parametrize("with_roster", [False, True])
def test_a_user_of_blackboard_with_underscores_is_nobody_else(
    toy: Course, tmp_path: Path, heads: list[str], alone: dict[str, str], listed: dict[str, str], with_roster: bool
) -> None:
    """Whose a file is follows from what the names have in common and the roster; what is in doubt becomes nobody's."""
    of_blackboard(tmp_path, *heads)

    found = by_id(tmp_path, toy, LISTED if with_roster else None)

    given = {who: head for who, head in whose(found).items() if not found[who].stranger}
    assert (listed if with_roster else alone) == given
    assert all("intake_doubtful_user" == one.problem.key for one in found.values() if one.stranger and one.problem)


@pytest.mark.parametrize(("heads", "given"), [(["Week_1_5", "Week_1_6"], ["5", "6"]), (["Week_1_9"], [])])
def test_a_number_of_a_title_is_none_of_a_user(toy: Course, tmp_path: Path, heads: list[str], given: list[str]) -> None:
    """1_5 is not 15, though names are found without their signs elsewhere."""
    of_blackboard(tmp_path, *heads)

    found = by_id(tmp_path, toy, Roster([person(who) for who in ("5", "6", "15", "16", "19")]))

    assert given == [who for who, one in found.items() if one.files and not one.stranger]


def test_one_user_of_two_titles_is_one_student(toy: Course, tmp_path: Path) -> None:
    """Several assignments may lie in one folder, where nothing can be read otherwise."""
    at = "attempt_2026-03-01-12-00-00"
    put(tmp_path, {f"Week 1_ann_lee_{at}_add_up.py": ADD_UP, f"Week 2_ann_lee_{at}_mask_out.py": MASK_OUT})
    put(tmp_path, {f"Week 1_bo_{at}_add_up.py": ADD_UP, f"Week 2_bo_{at}_mask_out.py": MASK_OUT})

    for roster in (None, LISTED):
        found = by_id(tmp_path, toy, roster)

        assert all({"add_up.py", "mask_out.py"} == set(found[who].files["week01_sums"]) for who in ("ann_lee", "bo"))


@pytest.mark.parametrize("title", ["Sums_1_2_last", "Sums_1_2", "Week_5_12", "x_LATE_1_2"])
@pytest.mark.parametrize("listed", [False, True])
def test_a_title_of_blackboard_is_nobody_of_canvas(toy: Course, tmp_path: Path, title: str, listed: bool) -> None:
    """Numbers in a title make nobody a user of Canvas: what several users have before them is a title."""
    of_blackboard(tmp_path, f"{title}_m1", f"{title}_v1")

    found = by_id(tmp_path, toy, Roster([VICTIM, MALLORY]) if listed else None)

    assert {"m1": f"{title}_m1", "v1": f"{title}_v1"} == whose(found)
    assert not any("late" == when.clock for one in found.values() for when in one.received.values())


@pytest.mark.parametrize("listed", [False, True])
def test_an_attempt_in_the_name_of_a_file_of_canvas_is_the_uploaders(toy: Course, tmp_path: Path, listed: bool) -> None:
    """Though nobody else handed in, and also where two files are called so."""
    claims = ["v1_attempt_2026-01-01-00-00-00_add_up.py", "x_v1_attempt_2026-01-01-00-00-00_mask_out.py"]
    put(tmp_path, {f"moemallory_222222_900{place}_{claim}": ADD_UP + MASK_OUT for place, claim in enumerate(claims)})

    found = by_id(tmp_path, toy, Roster([VICTIM, MALLORY]) if listed else None)

    assert ["m1" if listed else "222222"] == [who for who, one in found.items() if one.files]
