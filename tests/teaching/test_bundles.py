"""A bundle for Gradescope is the same each time and holds only what grading needs."""

import io
import tomllib
import zipfile
from pathlib import Path

import pytest

from dojo.__main__ import run
from dojo.model.catalogue import Catalogue
from dojo.teaching.handouts import make_bundle

from .conftest import ROOT

PUBLIC = {kata: kata.file.public for kata in Catalogue(ROOT).select(["03", "47"])}


@pytest.fixture(scope="module")
def bundle() -> zipfile.ZipFile:
    """Give the bundle of two katas."""
    return zipfile.ZipFile(io.BytesIO(make_bundle(ROOT, PUBLIC)))


def test_bundle_is_reproducible() -> None:
    """The same katas give the same bytes, so that a difference means something."""
    assert make_bundle(ROOT, PUBLIC) == make_bundle(ROOT, PUBLIC)


def test_bundle_has_no_time(bundle: zipfile.ZipFile) -> None:
    """Nothing in it says when it was made, so that the same katas give the same bytes any day."""
    (wheel,) = (name for name in bundle.namelist() if name.endswith(".whl"))
    engine = zipfile.ZipFile(io.BytesIO(bundle.read(wheel)))

    times = {entry.date_time for entry in (*bundle.infolist(), *engine.infolist())}
    assert times == {(1980, 1, 1, 0, 0, 0)}


def test_scripts_can_be_started(bundle: zipfile.ZipFile) -> None:
    """Both scripts lie at the top, as programs; files are just files."""
    modes = {entry.filename: entry.external_attr >> 16 for entry in bundle.infolist()}

    assert modes["setup.sh"] == modes["run_autograder"] == 0o100755
    assert {mode for name, mode in modes.items() if "/" in name} == {0o100644}


def test_graders_are_whole(bundle: zipfile.ZipFile) -> None:
    """All criteria are in it, with what stands beside them and the pristine stubs."""
    names = set(bundle.namelist())

    grader = "graders/03_dependencies/test_sessions.py"
    assert bundle.read(grader) == (ROOT / grader).read_bytes()
    assert {
        "graders/47_write_the_tests/mutants.toml",
        "graders/47_write_the_tests/variants.toml",
        "exercises/03_dependencies/.stub/app/main.py",
        "exercises/03_dependencies/kata.toml",
    } <= names


def test_engine_grades_strangers(bundle: zipfile.ZipFile) -> None:
    """The engine is in it as a wheel, and the lock has what isolates submissions."""
    (wheel,) = (name for name in bundle.namelist() if name.endswith(".whl"))
    engine = zipfile.ZipFile(io.BytesIO(bundle.read(wheel)))

    assert wheel.startswith("engine/fastapi_katas-")
    assert {"dojo/commandline/gradescope_harness.py", "dojo/runner/sandbox_attacks.py"} <= set(
        engine.namelist()
    )
    assert not [name for name in engine.namelist() if "/bench/" in name or "/proof/" in name]
    assert b"\nlandlockpy==" in bundle.read("requirements.lock")


def test_answers_stay_at_home(bundle: zipfile.ZipFile) -> None:
    """No known submission, no notes and none of the author's tools is in it."""
    for name in bundle.namelist():
        parts = set(name.split("/"))

        assert parts.isdisjoint({"wrong", "accepted", "wrong.toml"})
        assert parts.isdisjoint({"survivors.toml", "NOTES.md", "src", "mutation", "__pycache__"})
    assert b"\npytest-xdist==" not in bundle.read("requirements.lock")


def test_command_writes_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`gradescope` says what it wrote and where to take it."""
    monkeypatch.chdir(ROOT)
    target = tmp_path / "week 3.zip"

    code = run(["gradescope", "03", "47", "--to", str(target)])

    assert code == 0
    assert target.read_bytes() == make_bundle(ROOT, PUBLIC)
    assert "03_dependencies, 47_write_the_tests" in " ".join(capsys.readouterr().out.split())


def test_named_criteria_are_public(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--public` says what students see at once, as it does for a handout."""
    monkeypatch.chdir(ROOT)
    target = tmp_path / "a.zip"

    public = ["--public", "test_failed_request_rolls_back"]
    code = run(["gradescope", "03", "--to", str(target), *public])

    assert (code, capsys.readouterr().err) == (0, "")
    described = zipfile.ZipFile(target).read("exercises/03_dependencies/kata.toml").decode()
    assert tomllib.loads(described)["public"] == ["test_failed_request_rolls_back"]


def test_unwritable_archive_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that is not there is the caller's mistake."""
    monkeypatch.chdir(ROOT)

    code = run(["gradescope", "03", "--to", str(tmp_path / "none" / "a.zip")])

    assert code == 2
    assert "cannot be written to" in capsys.readouterr().err


def test_bundle_has_no_date(bundle: zipfile.ZipFile) -> None:
    """The day on which it is made is nowhere in it: tomorrow's bundle has the same bytes."""
    assert {entry.date_time for entry in bundle.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_bundle_holds_what_graders_use(bundle: zipfile.ZipFile) -> None:
    """All labs, the runner of learners' tests and what a platform starts are in it."""
    (wheel,) = (name for name in bundle.namelist() if name.endswith(".whl"))
    engine = set(zipfile.ZipFile(io.BytesIO(bundle.read(wheel))).namelist())
    labs = {f"dojo/harness/{name}.py" for name in ("upstream", "upstream_protocol", "database")}

    assert labs <= engine
    assert "dojo/host/suite_app.py" in engine
    assert "dojo/commandline/gradescope_harness.py" in engine
    assert {"setup.sh", "run_autograder"} <= set(bundle.namelist())


def test_bundle_says_how_katas_are_graded() -> None:
    """Kind, labs and files to be handed in are told as in the repository."""
    katas = [kata for kata in Catalogue(ROOT).katas if kata.file.public]
    archive = zipfile.ZipFile(
        io.BytesIO(make_bundle(ROOT, {kata: kata.file.public for kata in katas}))
    )
    told = [tomllib.loads(archive.read(f"exercises/{k.id}/kata.toml").decode()) for k in katas]

    assert [each.get("labs", []) for each in told] == [list(k.file.labs) for k in katas]
    assert [each.get("kind", "app") for each in told] == [k.file.kind for k in katas]
    assert [each["editable"] for each in told] == [list(k.file.editable) for k in katas]
    assert any(each.get("labs") for each in told)
