"""`dojo check`: what it can be asked for, and what it says to somebody who asks in vain."""

import json
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from dojo.__main__ import run
from dojo.model.catalogue import Catalogue
from dojo.runner.grading import UnknownCriterion, refuse_unknown
from dojo.runner.sandbox import choose_own_mode

ROOT = Path(__file__).parent.parent
FIRST = Catalogue(ROOT).find("01")
STUB = ("--submission", str(FIRST.stub))
TITLE = ("--criterion", "test_openapi_carries_title_version")
HEALTH = ("--criterion", "test_health_answers_exactly_ok")


@dataclass(frozen=True)
class Ended:
    """What a call has told: its exit code and what it wrote."""

    code: int
    out: str
    err: str


def call(folder: Path, *arguments: str) -> Ended:
    """Run `dojo check` as people do; files that it writes go to `folder`."""
    in_folder = [each.replace("FOLDER", str(folder)) for each in arguments]
    command = [sys.executable, "-m", "dojo", "check", *in_folder]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return Ended(ended.returncode, ended.stdout, ended.stderr)


CALLS = {
    "several": ("03", "first_api", "--solution", "--json=FOLDER/a.json", "--junit=FOLDER/a.xml"),
    "kinds": ("16", "36", "47", "--solution", "--json=FOLDER/kinds.json"),
    "json": ("01", *STUB, *TITLE, "--json", "-", "--seed", "blue moon"),
    "first": ("01", *STUB, *TITLE, *HEALTH, "--show", "first"),
    "misspelt": ("01", "--solution", *HEALTH, "--criterion", "test_openapi_caries_title"),
    "unwritable": ("01", "--solution", *HEALTH, "--json", "FOLDER/absent/a.json"),
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the calls write their files."""
    return tmp_path_factory.mktemp("written")


@pytest.fixture(scope="module")
def ended(written: Path) -> dict[str, Ended]:
    """What came of all calls, which run side by side."""
    with ThreadPoolExecutor(3) as executor:
        futures: dict[str, Future[Ended]] = {
            name: executor.submit(call, written, *arguments) for name, arguments in CALLS.items()
        }
    return {name: future.result() for name, future in futures.items()}


@pytest.fixture
def check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Any:
    """A way to call `check` within this process, where it ends before anything is graded."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("dojo.commandline.checking.adopt_orphans", lambda: None)

    def check(*arguments: str) -> Ended:
        code = run(["check", *(each.replace("FOLDER", str(tmp_path)) for each in arguments)])
        output = capsys.readouterr()
        return Ended(code, output.out, output.err)

    return check


def test_several_katas_are_graded(ended: dict[str, Ended]) -> None:
    """Katas are named by number or name, and reported in that order, one after the other."""
    several = ended["several"]

    assert several.code == 0
    assert several.out.index("03_dependencies  ") < several.out.index("01_first_api  ")
    assert "\nTotal: 2 of 2 katas passed, " in several.out


def test_files_hold_all_reports(ended: dict[str, Ended], written: Path) -> None:
    """The JSON and the JUnit file of a call hold a report for each kata."""
    assert ended["several"].code == 0
    reports = json.loads((written / "a.json").read_text("utf-8"))["reports"]
    suites = ElementTree.parse(written / "a.xml").getroot()

    assert [each["kata"] for each in reports] == ["03_dependencies", "01_first_api"]
    assert [each.get("name") for each in suites] == ["03_dependencies", "01_first_api"]


def test_isolation_suits_every_kind(ended: dict[str, Ended], written: Path) -> None:
    """Answers, an app with a database and a suite pass in the isolation of a check."""
    reports = json.loads((written / "kinds.json").read_text("utf-8"))["reports"]
    seen = {(each["kata"][:2], each["environment"]["isolation"]) for each in reports}

    assert ended["kinds"].code == 0
    assert seen == {(kata, choose_own_mode().value) for kata in ("16", "36", "47")}


def test_dash_leaves_only_document(ended: dict[str, Ended]) -> None:
    """With `-` standard output is the document and nothing else; the exit code stays."""
    (report,) = json.loads(ended["json"].out)["reports"]

    assert ended["json"].code == 1
    assert (report["kata"], report["status"]) == ("01_first_api", "not_passed")


def test_seed_is_the_given_one(ended: dict[str, Ended]) -> None:
    """The report repeats the seed that was asked for, whatever text it is."""
    assert json.loads(ended["json"].out)["reports"][0]["seed"] == "blue moon"


def test_criteria_are_chosen_by_name(ended: dict[str, Ended]) -> None:
    """Only the named criteria are graded, in the order of the grader; `first` shows one of them."""
    first = ended["first"]

    assert first.code == 1
    assert first.out.count("FAILED") == 1
    assert "`GET /health` answers 200" in first.out
    assert "0 of 2 criteria passed." in first.out


def test_unknown_criterion_names_nearest(ended: dict[str, Ended]) -> None:
    """A misspelt criterion is no grader fault: the nearest names are given."""
    misspelt = ended["misspelt"]

    assert (misspelt.code, misspelt.out) == (2, "")
    assert misspelt.err == (
        "Kata '01_first_api' has no criterion 'test_openapi_caries_title'. "
        "Try `--criterion` with 'test_openapi_carries_title_version' "
        "or 'test_openapi_documents_items'.\n"
    )


def test_unlike_criterion_names_all() -> None:
    """Where no name is near all of them are given."""
    with pytest.raises(
        UnknownCriterion, match=r"has no criterion '7'\. Try .* 'test_a' or 'test_b'"
    ):
        refuse_unknown(FIRST, ["test_a", "7"], ["test_a", "test_b"])


def test_unwritable_report_is_told(ended: dict[str, Ended], written: Path) -> None:
    """A report that cannot be written is told after the result, and the call has failed."""
    unwritable = ended["unwritable"]

    assert unwritable.code == 2
    assert "1 of 1 criteria passed." in unwritable.out
    assert unwritable.err == (
        f"The report cannot be written to '{written}/absent/a.json': No such file or directory. "
        "Name a file in a folder that exists.\n"
    )


REFUSED = {
    ("dependancies",): (
        "Kata 'dependancies' does not exist. Did you mean '03_dependencies' or "
        "'22_dependency_graph'? Run `nox -s list` to see them all."
    ),
    ("999",): "Kata '999' does not exist. Run `nox -s list` to see them all.",
    ("01", "--solution", "--submission", "."): (
        "Give only one of `--solution`, `--submission PATH` and `--case NAME`. "
        "Each of them says what to grade."
    ),
    ("01", "--json", "-", "--junit", "-"): (
        "Only one of `--json` and `--junit` can be `-`. Give the other one a file name."
    ),
}


@pytest.mark.parametrize("arguments", REFUSED, ids=" ".join)
def test_wrong_use_is_explained(check: Any, arguments: tuple[str, ...]) -> None:
    """Whoever asks for what cannot be had reads one sentence and what to do instead."""
    assert check(*arguments) == Ended(2, "", REFUSED[arguments] + "\n")


def test_absent_submission_is_refused(check: Any) -> None:
    """A submission that is not there is named."""
    ended = check("01", "--submission", "FOLDER/absent")

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("Submission '/")
    assert ended.err.endswith(
        "absent' does not exist. Give a folder, a zip archive or a tar archive.\n"
    )


def test_unreadable_submission_is_refused(check: Any, tmp_path: Path) -> None:
    """A file that is no archive is refused, and not taken for an empty submission."""
    (tmp_path / "work.zip").write_bytes(b"no archive")

    ended = check("01", "--submission", "FOLDER/work.zip")

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") == 1
    assert "work.zip" in ended.err


def test_submission_of_other_kata_is_refused(check: Any, tmp_path: Path) -> None:
    """A folder without the kata is refused with what it should hold."""
    (tmp_path / "exercises/03_dependencies/app").mkdir(parents=True)

    ended = check("01", "--submission", "FOLDER")

    assert ended.code == 2
    assert "holds no folder 'app', '01_first_api/app' or 'exercises/01_first_api/app'" in ended.err
