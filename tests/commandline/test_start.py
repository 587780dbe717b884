"""`start` makes a folder of the learner's own, and brings new versions without losing a line."""

import subprocess
import sys
from pathlib import Path

import pytest

from dojo.learning.exercises import KataProgress, Progress
from dojo.learning.workspace_folder import Fate, decide

from .conftest import STUB, Dojo, write_kata

KATA = Path("exercises", "07_greeting")
WORK = STUB.replace('"Hello"}', 'f"Hello {name}"}')


@pytest.fixture
def katas(repository: Path) -> Path:
    """Give a repository, with statements, in which one can make workspaces."""
    for kata in (repository / "exercises").iterdir():
        (kata / "README.md").write_text("# Task\n", "utf-8")
    return repository


@pytest.fixture
def workspace(katas: Path, dojo: Dojo, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a workspace beside the repository, and go there."""
    folder = katas.with_name(f"{katas.name}-own")
    assert dojo("start", str(folder)).code == 0
    monkeypatch.chdir(folder)
    return folder


def list_files(folder: Path) -> set[str]:
    """List the files of a folder that one sees."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in paths if not path.parts[0].startswith(".")}


def test_workspace_holds_statement_and_stub(workspace: Path) -> None:
    """Solutions, hints and graders stay where they are."""
    katas = ("07_greeting", "08_farewell")
    files = ("README.md", "noxfile.py", "app/main.py")

    exercises = {f"exercises/{kata}/{file}" for kata in katas for file in files}
    assert list_files(workspace) == exercises | {"README.md", "noxfile.py"}


def test_commands_work_in_workspace(workspace: Path, dojo_process: Dojo) -> None:
    """There the learner's own files are graded, and progress is kept there."""
    (workspace / KATA / "app" / "main.py").write_text(WORK, "utf-8")

    checked = dojo_process("check", "07", cwd=workspace)
    hint = dojo_process("hint", "07", cwd=workspace)

    assert checked.code == 0
    assert "2 of 2 criteria passed." in checked.out
    assert hint.out.startswith("07_greeting, task 1")
    assert Progress(workspace).read("07_greeting").passed_at is not None


def test_repository_stays_as_it_was(workspace: Path, katas: Path, dojo: Dojo) -> None:
    """Work in the workspace, and what is swapped and reset there, changes no file of it."""
    before = {path: path.read_bytes() for path in katas.rglob("*") if path.is_file()}
    (workspace / KATA / "app" / "main.py").write_text(WORK, "utf-8")

    codes = [dojo(*call.split()).code for call in ("swap 07", "swap 07 --back", "reset 07", "list")]

    assert codes == [0, 0, 0, 0]
    assert {path: path.read_bytes() for path in katas.rglob("*") if path.is_file()} == before
    assert (workspace / KATA / "app" / "main.py").read_text("utf-8") == STUB


def test_newer_version_comes_where_nothing_was_changed(
    workspace: Path, katas: Path, dojo: Dojo
) -> None:
    """Statements, stubs and whole katas that are new come with the next call, in the workspace."""
    (katas / KATA / "README.md").write_text("# Other task\n", "utf-8")
    (katas / KATA / ".stub" / "app" / "main.py").write_text(f"{STUB}# newer\n", "utf-8")
    write_kata(katas, "09_again", "Greet again", "async")
    (katas / "exercises" / "09_again" / "README.md").write_text("# Task\n", "utf-8")

    ended = dojo("start")

    assert (workspace / KATA / "README.md").read_text("utf-8") == "# Other task\n"
    assert (workspace / KATA / "app" / "main.py").read_text("utf-8").endswith("# newer\n")
    assert (workspace / "exercises" / "09_again" / "app" / "main.py").is_file()
    assert "Added: 09_again." in ended.out
    assert f"Updated: '{(KATA / 'README.md').as_posix()}'." in ended.out


def test_own_work_is_never_overwritten(workspace: Path, katas: Path, dojo: Dojo) -> None:
    """A stub that both changed is reported once, and stays as the learner has it."""
    own = workspace / KATA / "app" / "main.py"
    own.write_text(WORK, "utf-8")
    (katas / KATA / ".stub" / "app" / "main.py").write_text(f"{STUB}# newer\n", "utf-8")

    first, second = (" ".join(dojo("start").out.split()) for _ in range(2))

    assert own.read_text("utf-8") == WORK
    assert "Changed in the katas and by you, left as you have it: " in first
    assert "`nox -s reset -- 07` brings the newer files; yours are saved first." in first
    assert "Nothing is new." in second


def test_work_in_repository_comes_along(katas: Path, dojo: Dojo) -> None:
    """Who began in the repository finds that work in the workspace."""
    (katas / KATA / "app" / "main.py").write_text(WORK, "utf-8")
    folder = katas.with_name(f"{katas.name}-later")

    ended = dojo("start", str(folder))

    assert (folder / KATA / "app" / "main.py").read_text("utf-8") == WORK
    assert "Your work came along from the repository: 07_greeting." in ended.out


def test_progress_in_repository_comes_along(katas: Path, dojo: Dojo) -> None:
    """So do passes and hints."""
    Progress(katas).write("07_greeting", KataProgress(criteria=2, passed_criteria=1))
    folder = katas.with_name(f"{katas.name}-later")

    dojo("start", str(folder))

    assert Progress(folder).read("07_greeting").passed_criteria == 1


@pytest.mark.parametrize(
    ("before", "now", "wanted", "fate"),
    [
        (None, None, b"new", Fate.WRITTEN),
        (b"old", b"old", b"new", Fate.WRITTEN),
        (b"old", b"old", None, Fate.REMOVED),
        (b"old", b"old", b"old", Fate.KEPT),
        (b"old", b"own", b"old", Fate.KEPT),
        (b"old", None, b"old", Fate.KEPT),
        (b"old", b"new", b"new", Fate.KEPT),
        (b"old", b"own", b"new", Fate.CONFLICTING),
        (b"old", b"own", None, Fate.CONFLICTING),
        (b"old", None, b"new", Fate.CONFLICTING),
        (None, b"own", b"new", Fate.CONFLICTING),
    ],
)
def test_fate_of_a_file(
    before: bytes | None, now: bytes | None, wanted: bytes | None, fate: Fate
) -> None:
    """What the learner did not touch follows the repository, the rest stays."""
    assert decide(before, now, wanted) is fate


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("full", "holds other files"),
        ("file", "is a file"),
        ("katas/inside", "lies in the repository"),
    ],
)
def test_unfit_folder_is_refused(
    katas: Path, dojo: Dojo, tmp_path_factory: pytest.TempPathFactory, name: str, reason: str
) -> None:
    """A folder with other things in it is left alone, and so is the repository."""
    place = tmp_path_factory.mktemp("place")
    (place / "full").mkdir()
    (place / "full" / "thesis.txt").touch()
    (place / "file").touch()
    (place / "katas").symlink_to(katas)

    ended = dojo("start", str(place / name))

    assert ended.code == 2
    assert reason in ended.err
    assert list_files(place / "full") == {"thesis.txt"}


def test_moved_repository_is_named(workspace: Path, katas: Path, dojo_process: Dojo) -> None:
    """A workspace whose repository is gone says where it was, and what to do."""
    katas.rename(katas.with_name(f"{katas.name}-elsewhere"))

    ended = dojo_process("check", "07", cwd=workspace)
    nox = subprocess.run(
        [sys.executable, "-m", "nox", "-s", "check"],
        cwd=workspace,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.code == nox.returncode == 2
    for said in (ended.err, nox.stderr):
        assert f"in '{katas}'" in said
        assert f"`nox -s start -- '{workspace}'`" in said
