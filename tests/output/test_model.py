"""A report says everything, can be read back, and holds no text that could do harm."""

import json
import unicodedata
from typing import Any

import pytest
from pydantic import ValidationError

from dojo.commandline.author_commands import SCHEMA, make_schema
from dojo.model.reports import (
    LONGEST_TEXT,
    Fault,
    Finding,
    Line,
    Outcome,
    Report,
    ReportList,
    Status,
    make_harmless,
)
from dojo.output.documents import render_json

from .samples import HOSTILE, make_criterion, make_failed, make_report

FULL = make_report(
    make_criterion(),
    make_failed(
        did=["curl -i http://127.0.0.1:8000/shelf", HOSTILE],
        expected="status 200 OK",
        seen=HOSTILE * 400,
        because="The shelf was filled.",
        where=[Line(file="app/main.py", line=12, function="read_shelf", code="return []")],
        output="a line\n",
    ),
    make_criterion(Outcome.BLOCKED, name="test_shelf_is_empty", waits_for="test_shelf_is_full"),
)


def read_document(report: Report) -> dict[str, Any]:
    """Write a report as JSON and give its one report as plain data."""
    document: dict[str, Any] = json.loads(render_json([report]))["reports"][0]
    return document


def test_written_report_reads_back() -> None:
    """What was written is read as an equal report, long and hostile texts included."""
    read = ReportList.model_validate_json(render_json([FULL]))

    assert read == ReportList(reports=(FULL,))


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_unknown_version_is_refused(version: object) -> None:
    """A document of another version is not read, neither as a whole nor one report of it."""
    document = json.loads(render_json([FULL]))

    with pytest.raises(ValidationError, match="schema_version"):
        ReportList.model_validate(document | {"schema_version": version})
    with pytest.raises(ValidationError, match="schema_version"):
        Report.model_validate(document["reports"][0] | {"schema_version": version})


def test_computed_fields_are_written() -> None:
    """Status and points are in the document, where other programs look for them."""
    document = read_document(FULL)

    assert (document["status"], document["points"], document["possible_points"]) == (
        "not_passed",
        1.0,
        3.0,
    )


def test_schema_describes_computed_fields() -> None:
    """The schema that ships with the package requires what is computed, too."""
    report = json.loads(SCHEMA.read_text("utf-8"))["$defs"]["Report"]

    assert {"status", "points", "possible_points"} <= set(report["required"])
    assert set(report["properties"]) == set(read_document(FULL))


def test_shipped_schema_is_current() -> None:
    """The schema that ships with the package is that of the model: names, defaults and texts."""
    assert SCHEMA.read_text("utf-8") == make_schema()


def test_part_is_closed() -> None:
    """A part of a report has the parts that the schema names, and stays as it is."""
    with pytest.raises(ValidationError, match="Extra inputs"):
        Line.model_validate({"file": "app/main.py", "line": 1, "column": 2})
    with pytest.raises(ValidationError, match="frozen"):
        Line(file="app/main.py", line=1).line = 2
    with pytest.raises(ValidationError, match="frozen"):
        FULL.kata = "08_torch"


@pytest.mark.parametrize(
    ("outcomes", "hidden", "status"),
    [
        ([Outcome.PASSED, Outcome.PASSED], None, "passed"),
        ([Outcome.PASSED, Outcome.PASSED], 0, "public_passed"),
        ([Outcome.PASSED, Outcome.FAILED], None, "not_passed"),
        ([Outcome.FAILED, Outcome.PASSED], 3, "not_passed"),
        ([], 3, "not_passed"),
    ],
)
def test_every_criterion_counts(outcomes: list[Outcome], hidden: int | None, status: str) -> None:
    """A run has passed if all of its criteria have; where some are hidden, only in public."""
    report = make_report(*map(make_criterion, outcomes)).model_copy(update={"hidden": hidden})

    assert report.status == status


def test_empty_report_has_not_passed() -> None:
    """Without a criterion nothing is passed."""
    assert make_report().status is Status.NOT_PASSED


def test_fault_outweighs_passed_criteria() -> None:
    """A grader fault is the status of a run, whatever its criteria say."""
    report = make_report(make_criterion()).model_copy(update={"fault": Fault(message="Broken.")})

    assert report.status is Status.GRADER_FAULT


def test_hostile_text_becomes_visible() -> None:
    """Controls, formats, surrogates, private characters and line separators are written out."""
    shown = make_harmless(HOSTILE)

    assert {unicodedata.category(each) for each in shown}.isdisjoint(
        {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    )
    assert shown.startswith(r"\x00\x07\x1b[31m\x9b\u202e\u2066\u200f\ud800\udfff\ue000\ufffe")
    assert shown.endswith(r"\x1b]0;title\x07")


def test_ordinary_text_stays_itself() -> None:
    """Line ends, tabs, other scripts and emoji are not touched."""
    text = "Asha Rao\n\tआदित्य Žižkov 漢字 🚲 \\x1b"

    assert make_harmless(text) == text


@pytest.mark.parametrize("text", ["\x1b[31m", "\u2029"])
def test_single_kind_of_harm_is_enough(text: str) -> None:
    """Text is made harmless even if all else about it is ordinary."""
    assert make_harmless(text) == text.encode("unicode_escape").decode()


@pytest.mark.parametrize("character", ["a", "é"])
def test_text_of_full_length_is_whole(character: str) -> None:
    """The longest text is shown without a cut; one character more is cut off."""
    assert LONGEST_TEXT == 4000
    assert make_harmless(character * 4000) == character * 4000
    assert make_harmless(character * 4001) == character * 4000 + "… (cut)"


@pytest.mark.parametrize("character", ["a", "\x1b", "🚲"])
def test_long_text_is_cut(character: str) -> None:
    """A text is cut where it is too long to be read, its escapes counted, and says so."""
    shown = make_harmless(character * (LONGEST_TEXT + 1))

    assert len(shown) <= LONGEST_TEXT + len("… (cut)")
    assert shown.endswith("… (cut)")
    assert make_harmless("a" * LONGEST_TEXT) == "a" * LONGEST_TEXT


def test_cutting_twice_changes_nothing() -> None:
    """A text that was made harmless stays as it is."""
    once = make_harmless("\x1b]" * LONGEST_TEXT)

    assert make_harmless(once) == once


def test_every_submitted_text_is_safe() -> None:
    """No field that a submission can fill lets a control character through."""
    line = Line(file=HOSTILE, line=1, function=HOSTILE, code=HOSTILE)
    finding = Finding(
        kind="crash",
        did=(HOSTILE,),
        expected=HOSTILE,
        seen=HOSTILE,
        because=HOSTILE,
        where=(line,),
        output=HOSTILE,
    )

    assert "\\u001b" not in finding.model_dump_json()
    assert finding.model_dump_json().isascii()
