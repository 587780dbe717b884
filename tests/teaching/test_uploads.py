"""Points go into an exported gradebook, and every other byte of it stays."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from dojo.model.errors import UsageError
from dojo.teaching.uploads import Entered, RawTable, enter_points

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Week 1 (101),Week 2 (102),Final Score\r\n"
    "    Points Possible,,,,,10,20,(read only)\r\n"
    '"Lovelace, Ada",11,s1,ada,"A, morning",,3,\r\n'
    '"Okafor, Amara",12,s2,amara,A,"7.5",,\r\n'
    '"Student, Test",99,,,A,,,\r\n'
)
MOODLE = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Feedback comments\n"
    'Participant 1815,Ada Lovelace,ada@example.org,Submitted,,"10,00","Good, so far"\n'
    'Participant 1816,Amara Okafor,amara@example.org,Submitted,"5,00","10,00",\n'
)
GRADESCOPE = (
    "First Name,Last Name,SID,Email,Sections,Week 1,Week 1 - Max Points,Week 1 - Lateness (H:M:S)\n"
    "Ada,Lovelace,ada,ada@example.org,,,10.0,00:00:00\n"
    "Amara,Okafor,amara,amara@example.org,,,10.0,00:00:00\n"
)
BLACKBOARD = (
    '"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Week 1 [Total Pts: 10 Score] |345"\n'
    '"Lovelace"\t"Ada"\t"ada"\t"s1"\t""\n'
    '"Okafor"\t"Amara"\t"amara"\t"s2"\t"1.00"\n'
)


def enter(
    folder: Path,
    text: str,
    marks: Mapping[str, float | None],
    column: str = "",
    encoding: str = "utf-8",
) -> Entered:
    """Put points of a run of ten into a gradebook."""
    path = folder / "export.csv"
    path.write_bytes(text.encode(encoding))
    return enter_points(path, marks, 10, column, scale=False)


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        (CANVAS, 'morning",,3', 'morning",8.5,3'),
        (MOODLE, "Submitted,,", "Submitted,8.5,"),
        (GRADESCOPE, "example.org,,,10.0,00:00:00\nAmara", "example.org,,8.5,10.0,00:00:00\nAmara"),
        (BLACKBOARD, '"s1"\t""', '"s1"\t"8.5"'),
    ],
    ids=["canvas", "moodle", "gradescope", "blackboard"],
)
def test_one_cell_changes(tmp_path: Path, text: str, before: str, after: str) -> None:
    """The points of one student are all that differs, in the style of the file."""
    name = "ada@example.org" if text is MOODLE else "ada"
    entered = enter(tmp_path, text, {name: 8.5}, "Week 1" if text is CANVAS else "")

    assert entered.content.decode() == text.replace(before, after)
    assert entered.points == {name: 8.5}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_encoding_stays(tmp_path: Path, encoding: str) -> None:
    """A mark at the beginning and wide characters come out as they were."""
    text = BLACKBOARD.replace("Ada", "Zoë")
    entered = enter(tmp_path, text, {}, encoding=encoding)

    assert entered.content == text.encode(encoding)


def test_nobody_is_forgotten_in_silence(tmp_path: Path) -> None:
    """Who has no points keeps the old ones, and who is not in the file is named."""
    entered = enter(tmp_path, CANVAS, {"ada": None, "zoe": 4.0}, "Week 1")

    assert entered.content.decode() == CANVAS
    assert (entered.without_points, entered.strangers) == (("ada",), ("zoe",))


def test_numbers_of_the_platform_are_known(tmp_path: Path) -> None:
    """What a platform numbers students by is what its API asks for."""
    assert enter(tmp_path, CANVAS, {"amara": 1.0}, "Week 1").numbers == {"amara": 12}


def test_column_has_to_be_clear(tmp_path: Path) -> None:
    """With two assignments one is named; the message lists them."""
    for column in ("", "week", "Week 3"):
        with pytest.raises(UsageError, match=r"'Week 1 \(101\)', 'Week 2 \(102\)'"):
            enter(tmp_path, CANVAS, {"ada": 1.0}, column)


def test_other_points_are_refused(tmp_path: Path) -> None:
    """A column of 20 points gets no points of a run of ten, unless they are converted."""
    with pytest.raises(UsageError, match="takes 20 points, and the run gives 10"):
        enter(tmp_path, CANVAS, {"ada": 1.0}, "Week 2")

    path = tmp_path / "export.csv"
    scaled = enter_points(path, {"ada": 8.5}, 10, "Week 2", scale=True)
    assert scaled.points == {"ada": 17.0}


@pytest.mark.parametrize(
    "text", ["a,b\n1,2", 'a,\n"b",\n', 'a;b;\r\n"x ""y""";;\r\n', "a\n\n", "a,b\n1,", ""]
)
def test_file_is_written_as_read(text: str) -> None:
    """Quotes, empty cells and a missing end of line stay."""
    assert RawTable(text).write() == text


def test_empty_last_cell_ends_its_row() -> None:
    """A quote at the start of the next line belongs to that line."""
    assert RawTable('a,\n"b",\n').rows == [["a", ""], ['"b"', ""], []]
