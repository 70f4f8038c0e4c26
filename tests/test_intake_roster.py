"""Rosters as people export them, and the names that a class is known by."""

from pathlib import Path

import pytest

from grader.errors import UserError
from grader.intake.roster import read_roster


def roster(tmp_path: Path, data: str | bytes, encoding: str = "utf-8") -> Path:
    """Write a roster."""
    path = tmp_path / "roster.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize(
    "text",
    [
        "id,first name,last name,e-mail\ns1,三,张,a@x.org\n",
        "E-Mail;Last Name;FIRST_NAME;ID\na@x.org;张;三;s1\n\n;;;\n",
        "学号\t姓名\t邮箱\r\ns1\t张三\ta@x.org\r\n",
        '\n"Student ID" , "Name", "Email address"\n"s1","张三","a@x.org"\n',
    ],
)
def test_columns_in_any_order_and_encoding(tmp_path: Path, text: str, encoding: str) -> None:
    """Order, case, separators, marks and encodings of the file do not matter."""
    (person,) = read_roster(roster(tmp_path, text.replace('" , ', '", ').replace('", "', '","'), encoding)).people

    assert ("s1", "张三", "a@x.org") == (person.id, person.name, person.email)


def test_a_canvas_gradebook_is_a_roster(tmp_path: Path) -> None:
    """Canvas' own gradebook: names as "last, first", a line of points possible."""
    text = 'Student,ID,SIS User ID,SIS Login ID,Section\n    Points Possible,,,,\n"Doe, Alice",501,a1,alice,one\n'

    found = read_roster(roster(tmp_path, text)).find("doealice")

    assert found is not None and ("501", "Doe, Alice") == (found.id, found.name)


def test_a_person_is_found_by_what_exports_call_them(tmp_path: Path) -> None:
    """By id, e-mail, and full names in either order; never when two people could be meant."""
    text = "id,first,last,email\ns1,Alice,Doe,alice@x.org\ns2,Li,Wei,li1@x.org\ns3,Li,Wei,li2@x.org\n"
    people = read_roster(roster(tmp_path, text))
    found = {name: person and person.id for name in NAMES for person in [people.find(name)]}

    assert found == NAMES


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("Müller", "cp1252"),
        ("García", "cp1252"),
        ("Åsa Öberg", "cp1252"),
        ("D’Angelo Zoë", "cp1252"),
        ("朱镕基", "gb18030"),
        ("张三 QQ号", "gb18030"),
        ("Müller 张三", "utf-8"),
    ],
)
def test_names_of_another_alphabet_stay_what_they_are(tmp_path: Path, name: str, encoding: str) -> None:
    """What Excel writes on a Western Windows is not read as Chinese, nor the other way round."""
    (somebody,) = read_roster(roster(tmp_path, f"id,name\ns1,{name}\n", encoding)).people

    assert name == somebody.name


def test_canvas_own_test_student_is_no_student(tmp_path: Path) -> None:
    """The row "Student, Test" of a gradebook exported from Canvas is nobody; Canvas's columns are kept apart."""
    text = (
        "Student,ID,SIS User ID,SIS Login ID,Section\n    Points Possible,,,,\n"
        '"Doe, Alice",501,a1,alice,one\n"Student, Test",777,,abcdef,one\n'
    )

    (alice,) = read_roster(roster(tmp_path, text)).people

    assert ("501", "501", "a1", "alice", "one") == (alice.id, alice.canvas, alice.sis, alice.login, alice.section)


@pytest.mark.parametrize(
    ("text", "first", "last", "name"),
    [
        ('id,first,last\ns1,Bo,"Lindqvist, Jr."\n', "Bo", "Lindqvist, Jr.", "Bo Lindqvist, Jr."),
        ("id,last,first\ns1,García Márquez,Ana María\n", "Ana María", "García Márquez", "Ana María García Márquez"),
        ("id,name,first,last\ns1,Bobby,Bo,van Dyk\n", "Bo", "van Dyk", "Bobby"),
        ("学号,姓,名\ns1,欧阳,小明\n", "小明", "欧阳", "欧阳小明"),
        ("id,first\ns1,Madonna Louise\n", "Madonna Louise", "", "Madonna Louise"),
        ("id,name\ns1,Ana María García\n", "Ana María", "García", "Ana María García"),
        ('id,name\ns1,"García Márquez, Ana María"\n', "Ana María", "García Márquez", "García Márquez, Ana María"),
        ('id,name\ns1,"Bo Lindqvist, Jr."\n', "Bo", "Lindqvist, Jr.", "Bo Lindqvist, Jr."),
        ("id,name\ns1,欧阳 小明\n", "小明", "欧阳", "欧阳 小明"),
        ("id,name\ns1,张三\n", "", "张三", "张三"),
        ("id,email\ns1,a@x.org\n", "", "", "s1"),
    ],
)
def test_first_and_last_names_stay_as_given(tmp_path: Path, text: str, first: str, last: str, name: str) -> None:
    """Two columns are taken as they are, with commas and spaces; one column of whole names is split."""
    (person,) = read_roster(roster(tmp_path, text)).people

    assert (first, last, name) == (person.first, person.last, person.name)


NAMES = {
    "S1": "s1",
    "alice@x.org": "s1",
    "alice": "s1",
    "Alice Doe": "s1",
    "doealice": "s1",
    "Li Wei": None,
    "weili": None,
    "li2": "s3",
    "nobody": None,
    "": None,
}


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ("", "roster_no_id"),
        ("name,email\nAlice,a@x.org\n", "roster_no_id"),
        ("id,name\ns1,A\nS1,B\n", "roster_twice"),
        ('id,name\ns1,"A\n', "roster_unreadable"),
        (b"id,name\ns1,\xff\xff\n", "roster_encoding"),
        ("id,first name,last name,e-mail\n", "roster_empty"),
        ("id,name\n,\n", "roster_empty"),
        ("id,name\ns1,Bo\n,Alice\n", "roster_row_no_id"),
        ("email,id\na@x.org,s1\nb@x.org\n", "roster_row_no_id"),
        (b"id\0,name\n\0", "roster_unreadable"),
    ],
)
def test_an_unusable_roster_is_named(tmp_path: Path, data: str | bytes, key: str) -> None:
    """No column of ids, an id twice, no CSV: each is an error of its own."""
    with pytest.raises(UserError) as caught:
        read_roster(roster(tmp_path, data))

    assert key == caught.value.key and "roster.csv" == caught.value.values["path"]


def test_who_has_no_id_is_named_and_canvas_own_lines_are_nobody(tmp_path: Path) -> None:
    """A row that would drop out of the class is told by its name; one of points possible is no person."""
    with pytest.raises(UserError) as caught:
        read_roster(roster(tmp_path, "学号,姓名,邮箱\ns1,张三,\n,李四,li@x.org\n"))
    found = read_roster(roster(tmp_path, "Student,ID\n    Points Possible,\nAlice,s1\n"))

    assert "李四 li@x.org" == caught.value.values["rows"]
    assert ["s1"] == [person.id for person in found.people]


def test_a_roster_that_is_not_there(tmp_path: Path) -> None:
    """A missing file is an error of the user."""
    with pytest.raises(UserError, match="roster_unreadable"):
        read_roster(tmp_path / "none.csv")


def test_shown_names_hold_no_controls(tmp_path: Path) -> None:
    """A name cannot act on a terminal or turn the line around."""
    (person,) = read_roster(roster(tmp_path, "id,name\ns1,A\x1b[2J\u202e  B\n")).people

    assert "A[2J B" == person.name
