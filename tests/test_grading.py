"""A report says what decided: everything of a kata but what only proves its grader."""

from pathlib import Path

import pytest

from dojo.model.catalogue import Kata
from dojo.model.reports import Finding, Line
from dojo.proof.structure import make_kata
from dojo.runner.grading import complete_finding, digest_grader, make_import_request
from dojo.runner.sandbox import Mode

ID = "56_long_polling"


@pytest.fixture
def kata(tmp_path: Path) -> Kata:
    """Give a kata with one criterion and one given file, `app/__init__.py`."""
    make_kata(tmp_path, ID)
    return Kata(ID, tmp_path)


@pytest.mark.parametrize(
    "path",
    [
        f"graders/{ID}/test_greetings.py",
        f"graders/{ID}/probe.py",
        f"graders/{ID}/variants.toml",
        f"exercises/{ID}/.stub/app/__init__.py",
        f"exercises/{ID}/kata.toml",
        f"solutions/{ID}/app/main.py",
    ],
)
def test_digest_covers_what_decides(kata: Kata, path: str) -> None:
    """Criteria, variants, given files, and a solution that traffic goes to, make another digest."""
    before = digest_grader(kata)
    _write(kata.root / path)

    assert digest_grader(kata) != before


@pytest.mark.parametrize(
    "path",
    [
        f"graders/{ID}/submissions/wrong/late/app/main.py",
        f"graders/{ID}/wrong.toml",
        f"graders/{ID}/survivors.toml",
        f"exercises/{ID}/.stub/app/main.py",
    ],
)
def test_digest_leaves_out_proof(kata: Kata, path: str) -> None:
    """Known submissions, survivors and the stub's own part decide nothing."""
    before = digest_grader(kata)
    _write(kata.root / path)

    assert digest_grader(kata) == before


def test_digest_leaves_out_unasked_solution(kata: Kata) -> None:
    """The solution decides nothing where no traffic goes to it."""
    (kata.grader / "traffic.py").unlink()
    before = digest_grader(kata)
    _write(kata.solution / "app" / "main.py")

    assert digest_grader(kata) == before


LINES = tuple(Line(file=file, line=1) for file in ("app/__init__.py", "app/main.py"))
REFUSED = "status 500, raised by PermissionError: [Errno 13] Permission denied: '/tmp/log'"


def test_editable_line_comes_first(kata: Kata) -> None:
    """A line that the learner can change stands before one of a given file."""
    finding = Finding(kind="behaviour", seen="nothing", where=LINES)

    found = complete_finding(kata, Mode.BASIC, finding)

    assert [line.file for line in found.where] == ["app/main.py", "app/__init__.py"]


def test_added_file_is_no_given_file(kata: Kata) -> None:
    """A file that the learner added is one they can change."""
    lines = (*LINES[:1], Line(file="app/shop.py", line=1))
    finding = Finding(kind="behaviour", seen="nothing", where=lines)

    assert complete_finding(kata, Mode.BASIC, finding).where[0].file == "app/shop.py"


@pytest.mark.parametrize("mode", [Mode.FULL, Mode.NO_BWRAP])
def test_refusal_names_the_isolation(kata: Kata, mode: Mode) -> None:
    """What the isolation refused is told with where writing is possible and how to leave it."""
    finding = Finding(kind="behaviour", seen=REFUSED)

    assert complete_finding(kata, mode, finding).seen == (
        f"{REFUSED}\nThe app ran in isolation '{mode.value}'. There it can write only to its "
        "working folder, where `tempfile` writes too, and it cannot start other programs. "
        "To run it without isolation: `nox -s check -- 56 --isolation basic`."
    )


@pytest.mark.parametrize(
    ("mode", "seen"), [(Mode.BASIC, REFUSED), (Mode.FULL, "raised by OSError: [Errno 17] Exists")]
)
def test_isolation_is_not_blamed_for_others(kata: Kata, mode: Mode, seen: str) -> None:
    """Without isolation, or for another error, nothing is said of it."""
    finding = Finding(kind="behaviour", seen=seen)

    assert complete_finding(kata, mode, finding).seen == seen


def _write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = path.read_text() if path.is_file() else ""
    path.write_text(f"{text}# changed\n")


def test_own_variables_of_kata_are_set(kata: Kata) -> None:
    """A submission is imported with the variables of `kata.toml`, and with those of the labs."""
    path = kata.description / "kata.toml"
    text = path.read_text("utf-8")
    path.write_text(f'{text}\n[environment]\nKEY = "own"\nUPSTREAM_URL = "none"\n', "utf-8")

    request = make_import_request(kata, {"UPSTREAM_URL": "http://lab"}, fork=True)

    assert request.environment == {"KEY": "own", "UPSTREAM_URL": "http://lab"}
