"""Answers are read and never run; what is wrong with one is said without saying what is right."""

from pathlib import Path
from typing import Any

import pytest

from dojo.grader import SubmissionError
from dojo.grader.answers import ANSWERS, judge, read_literals, read_written

from ..conftest import write_files
from .conftest import RunGrader

APP = """
    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/snippets/sums")
    async def run_sums() -> dict[str, int]:
        return {"SUM": 41, "PRODUCT": 7117}

    @app.get("/snippets/texts")
    async def run_texts() -> dict[str, str]:
        return {"TEXT": "brake pads"}
"""
SNIPPETS = {
    "app/snippets/sums.py": "SUM = 40 + 1\nPRODUCT = 11 * 647\n",
    "app/snippets/texts.py": "TEXT = (\n    'brake'\n    ' pads'\n)\n",
}
COMPARE = """
from pathlib import Path

@criterion(task=1)
async def test_predicted(hosts: Hosts) -> None:
    "Each answer is what happens."
    await Answers(hosts, Path({folder!r})).compare({snippet!r}, "texts")
"""


def judge_source(source: str, value: Any) -> str | None:
    """Judge the answer `X` in a module."""
    return judge("X", read_literals(source, ANSWERS).get("X", ()), value)


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("422", 422),
        ("0x1A6", 422),
        ("4_22", 422),
        ("(422)", 422),
        ("-1", -1),
        ("95e-1", 9.5),
        ('\'Ada\' """ L."""', "Ada L."),
        ("'\\x41da'", "Ada"),
        ("'\\d'", "\\d"),
        ("None", None),
        ("True", True),
        ("[\n    1,\n    'two',\n]", [1, "two"]),
        ("{'b': [1], 'a': {}}", {"a": {}, "b": [1]}),
    ],
)
def test_any_spelling_is_right(literal: str, value: Any) -> None:
    """A literal with the right value counts, however it is written."""
    assert judge_source(f"X = {literal}", value) is None


@pytest.mark.parametrize(
    "source",
    [
        "X: int = 7",
        "X: int\nX = 7",
        "Y = X = 7",
        "import os\nY = os\nX = 7\nZ = ...",
        "X = 7\ndef read():\n    X = 8\nclass Own:\n    X = 9",
    ],
)
def test_plain_assignments_are_read(source: str) -> None:
    """An annotation, a chain of names and other statements around it do no harm."""
    assert judge_source(source, 7) is None


@pytest.mark.parametrize("source", ["X = ...", "X: int = ..."])
def test_dots_are_an_open_answer(source: str) -> None:
    """An answer that still has its dots is open, and not wrong."""
    assert judge_source(source, 7) == ""


@pytest.mark.parametrize(
    ("literal", "value", "said"),
    [
        ('"422"', 422, '`"422"`, a text in quotes, but the program gives a whole number.'),
        ("422", "422", "`422`, a whole number, but the program gives a text in quotes."),
        ("True", 1, "`True`, True or False, but the program gives a whole number."),
        ("1", True, "`1`, a whole number, but the program gives True or False."),
        ("2.0", 2, "`2.0`, a number with a decimal point, but the program gives a whole number."),
        ("1, 2", [1, 2], "`1, 2`, a tuple, but the program gives a list in square brackets."),
        ("None", [], "`None`, None, but the program gives a list in square brackets."),
        ("{1}", {"a": 1}, "`{1}`, a set, but the program gives a dictionary in curly brackets."),
        ("set()", [], "`set()`, a set, but the program gives a list in square brackets."),
        ("b'a'", "a", "`b'a'`, bytes, but the program gives a text in quotes."),
        ("1 + 1j", 1, "`1 + 1j`, a complex number, but the program gives a whole number."),
    ],
)
def test_wrong_type_is_named(literal: str, value: Any, said: str) -> None:
    """A value of another type is wrong even if it looks or compares the same."""
    assert judge_source(f"X = {literal}", value) == f"you predict {said}"


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        *[("41", 40), ("['1']", [1]), ("[True]", [1]), ("[2, 1]", [1, 2]), ("{1: 2}", {"1": 2})],
        *[("[1, ...]", [1, 2]), ("[b'a']", ["a"]), ("[{1}]", [[1]]), ("{'a': (1,)}", {"a": [1]})],
        *[("[1]", [1, 1]), ("[1, 1]", [1]), ("{'a': 1}", {"a": 1, "b": 2}), ("1e999", 9.5)],
        ("{'a': 1, 'b': 2}", {"a": 1}),
    ],
)
def test_wrong_value_stays_secret(literal: str, value: Any) -> None:
    """A wrong answer is shown as it was written, and the right one is not told."""
    seen = judge_source(f"X = {literal}", value)

    assert seen == f"you predict `{literal}`, but the program gives something else."


@pytest.mark.parametrize(
    "expression",
    [
        "40 + 1",
        "int('41')",
        "Y",
        "app.answers.X",
        "f'41'",
        "'a' * 3",
        "[each for each in (1, 2)]",
        "1 if True else 2",
        "[*[1]]",
        "{**{}}",
        "{[]: 1}",
        "not False",
        "lambda: 1",
    ],
)
def test_computed_answers_do_not_count(expression: str) -> None:
    """What would have to be run is no answer, and its line and source are named."""
    seen = judge_source(f"\nX = {expression}", 41)
    said = f"line 2 of '{ANSWERS}' is not a literal. Write the value itself, not `{expression}`."

    assert seen == said


@pytest.mark.parametrize(
    "statement",
    [
        "X, Y = 41, 1",
        "[X] = [41]",
        "from .snippets.sums import X",
        "from .snippets.sums import SUM as X",
        "for X in (41,):\n    pass",
        "if True:\n    X = 41",
        "X += 1",
        "def X(): ...",
        "class X: ...",
    ],
)
def test_hidden_assignments_are_refused(statement: str) -> None:
    """A name that gets its value in another way is told how to be given one."""
    seen = judge_source(statement, 41)

    assert seen == f"line 1 of '{ANSWERS}' is not a simple assignment. Write `X = ` and a literal."


def test_repeated_name_is_refused() -> None:
    """Two answers to one question are none, even if one of them is right or open."""
    seen = judge_source("X = ...\nX = 40\nX = 41", 41)

    assert seen == f"lines 1 and 3 of '{ANSWERS}' both set it. Keep one of them."


def test_missing_name_is_told() -> None:
    """A question that was deleted is told to be put back."""
    seen = judge_source("Y = 41", 41)

    assert seen == f"'{ANSWERS}' does not set this name. Add `X = ...` with your answer."


def test_huge_number_is_compared() -> None:
    """A number that is too long to be written in decimals is wrong like any other."""
    seen = judge_source(f"X = 0x{'f' * 5000}", 41)

    assert seen is not None
    assert seen.endswith("but the program gives something else.")


def test_long_answer_is_shortened() -> None:
    """A long wrong answer is cut, on one line."""
    seen = judge_source(f"X = '''a\n{'b' * 900}'''", "a")

    assert seen is not None
    assert len(seen) < 300
    assert "'''a bbb" in seen


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"X = [1, 2", "is not valid Python: '[' was never closed."),
        (b"# coding: utf-9\nX = 1", "is not valid Python: unknown encoding: utf-9."),
        (b"X = '\0'", "is not valid Python: source code string cannot contain null bytes."),
        (b"X = " + b"1" * 5000, "is not valid Python: Exceeds the limit"),
        (b"X = 'Caf\xe9'", "is not valid Python: invalid or missing encoding declaration."),
        (b"# coding: rot13\nK = 1", "cannot be read as Python."),
        (b"X = " + b"-" * 60_000 + b"1", ""),
        (b"X = " + b"1+" * 30_000 + b"1", ""),
        (b"X = 1\n" * 20_000, "has 120000 bytes, more than 65536. Shorten it."),
    ],
    ids=["bracket", "encoding", "null", "number", "bytes", "codec", "deep", "wide", "long"],
)
def test_unreadable_module_is_an_error(tmp_path: Path, content: bytes, said: str) -> None:
    """A module that cannot be parsed is the submission's error, whatever the parser makes of it."""
    write_files(tmp_path, {ANSWERS: ""})
    (tmp_path / ANSWERS).write_bytes(content)

    with pytest.raises(SubmissionError) as error:
        read_written(tmp_path, ANSWERS)
    assert error.value.kind == "import"
    assert error.value.message.startswith(f"'{ANSWERS}' {said}")


def test_syntax_error_names_its_line(tmp_path: Path) -> None:
    """A slip in the syntax is shown where it is."""
    write_files(tmp_path, {ANSWERS: "X = 1\nY == = 2\n"})

    with pytest.raises(SubmissionError) as error:
        read_written(tmp_path, ANSWERS)
    (location,) = error.value.where
    assert (location.file, location.line, location.code) == (ANSWERS, 2, "Y == = 2")


def test_missing_module_is_an_error(tmp_path: Path) -> None:
    """Without the module, the way to get it back is named."""
    with pytest.raises(SubmissionError, match="Create it again"):
        read_written(tmp_path, ANSWERS)


def test_all_faults_are_listed(run_grader: RunGrader, tmp_path: Path) -> None:
    """One failure names each wrong answer beside its question, then the open ones by snippet."""
    folder = tmp_path / "stage"
    write_files(folder, {ANSWERS: "PRODUCT = 7007\nTEXT = ...\n"} | SNIPPETS)

    finding = run_grader(COMPARE.format(folder=str(folder), snippet="sums"), APP).finding

    assert finding.did == ("curl -i http://127.0.0.1:8000/snippets/sums",)
    assert finding.seen.splitlines() == [
        "app/snippets/sums.py, line 1: SUM = 40 + 1",
        f"  SUM: '{ANSWERS}' does not set this name. Add `SUM = ...` with your answer.",
        "app/snippets/sums.py, line 2: PRODUCT = 11 * 647",
        "  PRODUCT: you predict `7007`, but the program gives something else.",
        "app/snippets/texts.py: not answered yet: TEXT",
    ]
    assert [(line.file, line.line, line.code) for line in finding.where] == [
        (ANSWERS, 1, "PRODUCT = 7007")
    ]
    assert "7117" not in finding.model_dump_json()


def test_right_answers_pass(run_grader: RunGrader, tmp_path: Path) -> None:
    """A criterion passes when each name has the value that its snippet gives."""
    written = "TEXT = 'brake pads'\nSUM = 41\nPRODUCT = 7117\n"
    write_files(tmp_path, {ANSWERS: written} | SNIPPETS)

    graded = run_grader(COMPARE.format(folder=str(tmp_path), snippet="sums"), APP)

    assert graded.outcomes == {"test_predicted": "passed"}


def test_broken_snippet_is_a_fault(run_grader: RunGrader, tmp_path: Path) -> None:
    """A snippet that gives no values is never the learner's fault."""
    write_files(tmp_path, {ANSWERS: "SUM = 41\n"} | SNIPPETS)

    graded = run_grader(COMPARE.format(folder=str(tmp_path), snippet="lost"), APP)

    assert len(graded.faults) == 1
    assert "Snippet 'lost' cannot be run: status 404" in graded.faults[0]
