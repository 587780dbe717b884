"""A learner's work survives swaps, resets and restores, whatever interrupts them."""

import gc
import itertools
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

import pytest

from dojo.learning import workspace
from dojo.learning.workspace import Replacement, Workspace
from dojo.model import files
from dojo.model.catalogue import CatalogueError
from dojo.model.errors import WorkspaceError
from dojo.model.files import lock

KATA = "03_dependencies"
POSIX = pytest.mark.skipif(os.name == "nt", reason="needs fork, SIGKILL and named pipes")

# A kill before each of these shows every state the disk goes through, up to modes and times.
CHANGES = {
    *("flush", "sendfile", "_fcopyfile", "mkdir", "symlink"),
    *("rename", "replace", "unlink", "rmdir"),
}
Snapshot = dict[str, tuple[int, bytes]]
State = tuple[Snapshot, bool]
Operation = Callable[[Workspace], object]


def write(folder: Path, files: dict[str, bytes]) -> None:
    """Write files, given as path and content, below a folder."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def look(tree: Path) -> Snapshot:
    """Return mode and content of everything in a tree, links and empty folders included."""
    found = {}
    for path in sorted(tree.rglob("*")):
        content = os.fsencode(path.readlink()) if path.is_symlink() else b""
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else content
        found[str(path.relative_to(tree))] = (path.lstat().st_mode, content)
    return found


def of(root: Path) -> Workspace:
    """Return the workspace of the kata in a repository root."""
    return Workspace(root / "exercises" / KATA, root / ".dojo")


def state(root: Path) -> State:
    """Return what app/ holds, and whether the solution is said to be swapped in."""
    exercise = of(root)
    return look(exercise.app), exercise.swapped is not None


def solution_of(exercise: Workspace) -> Path:
    """Return the folder of the solution in the repository of a workspace."""
    return exercise.exercise.parents[1] / "solutions" / exercise.exercise.name


# Each can be repeated, as a person would who saw it interrupted.
OPERATIONS: dict[str, Operation] = {
    "swap": lambda exercise: exercise.swap_in(solution_of(exercise)),
    "swap back": lambda exercise: exercise.swapped and exercise.swap_back(),
    "reset": lambda exercise: exercise.reset(),
    "restore": lambda exercise: exercise.restore(1),
}


@pytest.fixture(autouse=True)
def no_waiting_for_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written outlives a killed process (not a power cut) without it, and faster."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder, in memory where the platform has that: the tests make many copies."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.fixture
def root(folder: Path) -> Path:
    """A repository with one kata: its stub, its solution, and a learner's work on it."""
    root = folder / "repository"
    exercise = root / "exercises" / KATA
    stub = {"main.py": b"# TODO 1:\n", "given.py": b"RATE = 2\n"}
    write(exercise / ".stub" / "app", stub)
    write(exercise / "app", stub | {"main.py": b"mine = 1\r\n", "idea.txt": b"no newline"})
    write(root / "solutions" / KATA / "app", {"main.py": b"right = 1\n"})
    return root


@pytest.fixture
def exercise(root: Path) -> Workspace:
    """The workspace of that kata."""
    return of(root)


@pytest.fixture
def solution(root: Path) -> Path:
    """The folder of its solution."""
    return solution_of(of(root))


@pytest.fixture
def odd(exercise: Workspace) -> Snapshot:
    """Files that careless copying would change, written into the learner's work."""
    app = exercise.app
    odd_names = ["größe.py", "日本語.txt", "two words", "-dash", ".hidden"]
    write(app, dict.fromkeys(odd_names, b"x"))
    write(app, {"crlf.py": b"a\r\nb\r", "binary": bytes(range(256)), "deep/er/empty": b""})
    write(app, {"run.sh": b"#!/bin/sh\n", "fixed.py": b"const"})
    (app / "run.sh").chmod(0o755)
    (app / "fixed.py").chmod(0o444)
    (app / "hollow").mkdir()
    return look(app)


def test_swap_shows_solution_over_stub(exercise: Workspace, solution: Path) -> None:
    """Swapped in, app/ holds the solution's files, given files as in the stub, nothing else."""
    (exercise.app / "given.py").write_text("RATE = 3\n")

    exercise.swap_in(solution)

    shown = {name: content for name, (_, content) in look(exercise.app).items()}
    assert shown == {"main.py": b"right = 1\n", "given.py": b"RATE = 2\n"}


def test_swap_back_returns_every_byte(exercise: Workspace, solution: Path, odd: Snapshot) -> None:
    """Line ends, binary content, names, modes and empty folders come back as they were."""
    exercise.swap_in(solution)
    exercise.swap_back()

    assert look(exercise.app) == odd
    assert exercise.swapped is None


def test_save_holds_every_byte(exercise: Workspace, odd: Snapshot) -> None:
    """A save is a plain copy that a person can open and compare."""
    save = exercise.save("by hand")

    assert save is not None
    assert look(save.app) == odd


@POSIX
def test_links_stay_links(exercise: Workspace, root: Path, solution: Path) -> None:
    """A link comes back as the same link; what it points to is neither copied nor touched."""
    write(root / "elsewhere", {"private.txt": b"keep"})
    (exercise.app / "folder").symlink_to(root / "elsewhere")
    (exercise.app / "nowhere").symlink_to("missing")
    before = look(exercise.app)

    save = exercise.swap_in(solution)
    exercise.swap_back()

    assert look(exercise.app) == look(save.app) == before
    assert look(root / "elsewhere")["private.txt"][1] == b"keep"


def test_second_swap_keeps_learners_work(exercise: Workspace, solution: Path) -> None:
    """Swapping twice still leads back to the learner's own files, and saves no solution."""
    before = look(exercise.app)

    first = exercise.swap_in(solution)
    second = exercise.swap_in(solution)

    assert first == second == exercise.swapped
    assert exercise.saves() == [first]
    exercise.swap_back()
    assert look(exercise.app) == before


def test_second_swap_cleans_solution(exercise: Workspace, solution: Path) -> None:
    """Swapping again replaces an edited solution, and still leads back to the learner's files."""
    before = look(exercise.app)
    own = exercise.swap_in(solution)
    clean = look(exercise.app)
    write(exercise.app, {"main.py": b"right = 2\n"})

    again = exercise.swap_in(solution)

    assert again == own
    assert look(exercise.app) == clean
    exercise.swap_back()
    assert look(exercise.app) == before


@pytest.mark.parametrize("name", OPERATIONS)
def test_edited_solution_is_saved(exercise: Workspace, solution: Path, name: str) -> None:
    """What a learner tries out in the solution is saved by whatever replaces it."""
    own = exercise.swap_in(solution)
    (exercise.app / "main.py").write_bytes(b"right = 2\n")
    edited = look(exercise.app)

    OPERATIONS[name](exercise)

    assert [look(save.app) for save in exercise.saves()] == [look(own.app), edited]


def test_running_code_edits_nothing(exercise: Workspace, solution: Path) -> None:
    """The bytecode that Python leaves behind is taken for no one's work."""
    before = look(exercise.app)
    write(exercise.app, {"__pycache__/main.cpython-311.pyc": b"mine"})
    own = exercise.swap_in(solution)
    write(exercise.app, {"__pycache__/main.cpython-311.pyc": b"right"})

    exercise.swap_back()

    assert exercise.saves() == [own]
    assert look(own.app) == look(exercise.app) == before


@POSIX
def test_digest_tells_trees_apart(folder: Path) -> None:
    """Trees that differ in a mode, or in where one file ends, have different digests."""
    write(folder / "two", {"a": b"", "b": b""})
    mode = str((folder / "two" / "b").stat().st_mode).encode()
    write(folder / "one", {"a": b"b" + mode})
    write(folder / "executable", {"a": b"", "b": b""})
    (folder / "executable" / "b").chmod(0o755)

    assert len({files.digest(tree) for tree in folder.iterdir()}) == 3


def test_reset_brings_pristine_stub(exercise: Workspace) -> None:
    """A reset leaves the stub in app/ and the learner's work in a save."""
    before = look(exercise.app)

    save = exercise.reset()

    assert save is not None
    assert look(save.app) == before
    assert look(exercise.app) == look(exercise.exercise / ".stub" / "app")


def test_reset_replaces_missing_app(exercise: Workspace) -> None:
    """A deleted app/ comes back as the stub; there was nothing to save."""
    shutil.rmtree(exercise.app)

    save = exercise.reset()

    assert save is None
    assert look(exercise.app) == look(exercise.exercise / ".stub" / "app")


def test_reset_takes_solution_out(exercise: Workspace, solution: Path) -> None:
    """After a reset no solution is swapped in, and the learner's work can be restored."""
    before = look(exercise.app)
    own = exercise.swap_in(solution)

    exercise.reset()

    assert exercise.swapped is None
    exercise.restore(own.number)
    assert look(exercise.app) == before


def test_restore_saves_current_work(exercise: Workspace) -> None:
    """Restoring an older state keeps the newer one as a save of its own."""
    older = look(exercise.app)
    exercise.save("older")
    (exercise.app / "main.py").write_bytes(b"newer = 1\n")
    newer = look(exercise.app)

    exercise.restore(1)

    assert look(exercise.app) == older
    assert [look(save.app) for save in exercise.saves()] == [older, newer]


def test_unchanged_work_is_saved_once(exercise: Workspace) -> None:
    """Saving the same files again returns the save that holds them."""
    first = exercise.save("once")

    assert exercise.save("twice") == first
    assert exercise.saves() == [first]


def test_tampered_save_is_not_trusted(exercise: Workspace) -> None:
    """A save that was edited by hand no longer counts as a copy of the work."""
    first = exercise.save("once")
    assert first is not None
    (first.app / "main.py").write_bytes(b"")

    second = exercise.save("twice")

    assert second is not None
    assert look(second.app) == look(exercise.app)


def test_saves_are_never_changed(exercise: Workspace, solution: Path) -> None:
    """No later command touches an earlier save."""
    first = exercise.save("first")
    assert first is not None
    before = look(first.folder)

    exercise.swap_in(solution)
    exercise.swap_back()
    exercise.reset()
    exercise.restore(1)

    assert look(first.folder) == before


def test_save_says_why_and_when(exercise: Workspace) -> None:
    """A save knows its reason, its time in UTC and the digest of its files."""
    exercise.save("before the lecture")

    [save] = exercise.saves()
    assert (save.number, save.reason) == (1, "before the lecture")
    assert timedelta(0) <= datetime.now(UTC) - save.saved_at < timedelta(minutes=1)
    assert save.digest == files.digest(exercise.app)


@POSIX
def test_save_reaches_the_disk(exercise: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A save waits for the disk with every file and folder of it, so a power cut is harmless."""
    flushed = set()
    monkeypatch.setattr(os, "fsync", lambda descriptor: flushed.add(os.fstat(descriptor).st_ino))

    save = exercise.save("before the storm")

    assert save is not None
    parts = [save.folder.parent, save.folder, *save.folder.rglob("*")]
    assert {part.stat().st_ino for part in parts} <= flushed


def test_looking_leaves_no_trace(exercise: Workspace, root: Path) -> None:
    """Asking for saves, or recovering when nothing happened, writes nothing."""
    exercise.recover()

    assert exercise.saves() == []
    assert exercise.swapped is None
    assert not (root / ".dojo").exists()


def survives(operation: Callable[[], object], step: int) -> bool:
    """Run an operation in a child that is killed at a step; tell whether it ended before it."""
    child = os.fork()
    if child == 0:
        gc.disable()  # It would write to, and so copy, all the memory shared with the parent.
        stop_at(step, lambda: os.kill(os.getpid(), signal.SIGKILL))
        try:
            operation()
            os._exit(0)
        finally:
            os._exit(1)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the operation failed"
    return not os.WIFSIGNALED(status)


def stop_at(step: int, stop: Callable[[], None]) -> None:
    """Call `stop` just before the call number `step` (from 0) that changes the disk."""
    calls = itertools.count()

    def watch(_frame: FrameType, event: str, function: object) -> None:
        name = getattr(function, "__name__", "")
        if event == "c_call" and name in CHANGES and next(calls) == step:
            stop()

    sys.setprofile(watch)


def interrupt() -> None:
    """Do what Ctrl-C does."""
    raise KeyboardInterrupt


def copies(root: Path) -> Iterator[tuple[int, Path]]:
    """Yield numbered fresh copies of a repository, one at a time."""
    for number in itertools.count():
        copy = root.with_name(f"{root.name}-{number}")
        shutil.copytree(root, copy, symlinks=True)
        yield number, copy
        shutil.rmtree(copy)


def killed_where(root: Path, operation: Operation, wanted: Callable[[Path], bool]) -> Path:
    """Return a copy of a repository where an operation was killed in the wanted state."""
    for step, copy in copies(root):
        assert not survives(partial(operation, of(copy)), step), "no such state"
        if wanted(copy):
            return copy
    raise AssertionError


def halfway(root: Path) -> bool:
    """Tell whether the learner's app/ is out of its place and the next one not yet in."""
    return not of(root).app.exists()


def assert_whole(root: Path, states: list[State], precious: list[Snapshot]) -> None:
    """Check that app/ is in one of these states, all work can be had, and there is no litter."""
    exercise, shelf = root / "exercises" / KATA, root / ".dojo" / "saved" / KATA
    others = {path.name for path in shelf.glob("*") if not path.name.isdecimal()}
    saved = [look(save.app) for save in of(root).saves()]
    whole = [*precious, *(content for content, _ in states)]
    assert {path.name for path in exercise.iterdir()} == {".stub", "app"}
    assert others <= {"lock", "journal.json"}
    assert state(root) in states
    assert all(work in [look(exercise / "app"), *saved] for work in precious)
    assert all(work in whole for work in saved), "half a tree was saved"


def wreckage(root: Path) -> tuple[object, ...]:
    """Return which kind of leftovers an interruption has left."""
    exercise, shelf = root / "exercises" / KATA, root / ".dojo" / "saved" / KATA
    names = sorted(path.name for folder in (exercise, shelf) for path in folder.iterdir())
    return (*names, (shelf / "journal.json").read_bytes())


@dataclass(frozen=True)
class Scene:
    """A repository, an operation on it, and the work that must come through."""

    root: Path
    operation: Operation
    precious: list[Snapshot]

    def outcome(self) -> State:
        """Return the state after the operation when nothing interrupts it."""
        _, copy = next(copies(self.root))
        self.operation(of(copy))
        found = state(copy)
        shutil.rmtree(copy)
        return found


@pytest.fixture
def scene(root: Path, request: pytest.FixtureRequest) -> Scene:
    """The repository just before an operation, with older and newer work in it."""
    exercise = of(root)
    original = look(exercise.app)
    if request.param == "swap back":
        exercise.swap_in(solution_of(exercise))
    else:
        exercise.save("older")
    write(exercise.app, {"main.py": b"newer = 1\n"})
    return Scene(root, OPERATIONS[request.param], [original, look(exercise.app)])


@POSIX
@pytest.mark.parametrize("scene", OPERATIONS, indirect=True)
def test_kill_at_any_step_is_harmless(scene: Scene) -> None:
    """Killed before each of its steps in turn, an operation loses nothing and can be repeated."""
    before, after = state(scene.root), scene.outcome()
    for step, copy in copies(scene.root):
        done = survives(partial(scene.operation, of(copy)), step)
        of(copy).recover()

        assert_whole(copy, [before, after], scene.precious)
        scene.operation(of(copy))
        assert_whole(copy, [after], scene.precious)
        if done:
            break
    assert step > 30


@POSIX
@pytest.mark.parametrize("scene", ["swap back"], indirect=True)
def test_recovery_may_be_killed_too(scene: Scene) -> None:
    """Killed at each of its steps, from each kind of wreck, a recovery can be repeated."""
    states = [state(scene.root), scene.outcome()]
    wrecks = set()
    for step, wreck in copies(scene.root):
        if survives(partial(scene.operation, of(wreck)), step):
            break
        if (kind := wreckage(wreck)) in wrecks:
            continue
        wrecks.add(kind)
        for second_step, copy in copies(wreck):
            done = survives(of(copy).recover, second_step)
            of(copy).recover()

            assert_whole(copy, states, scene.precious)
            if done:
                break
    assert len(wrecks) > 6


@pytest.mark.parametrize("scene", ["swap"], indirect=True)
def test_interrupt_at_any_step_cleans_up(scene: Scene) -> None:
    """Ctrl-C at any step leaves a whole app/ at once, without another command."""
    states = [state(scene.root), scene.outcome()]
    for step, copy in copies(scene.root):
        stop_at(step, interrupt)
        try:
            scene.operation(of(copy))
            break
        except KeyboardInterrupt:
            found = look(of(copy).app)
        finally:
            sys.setprofile(None)

        assert found in [content for content, _ in states]
        assert_whole(copy, states, scene.precious)


@POSIX
def test_editor_in_gap_loses_nothing(root: Path) -> None:
    """A file saved into app/ while its folder is out of place ends up in a save."""
    copy = killed_where(root, OPERATIONS["reset"], halfway)
    write(of(copy).app, {"main.py": b"typed in the gap"})
    typed = look(of(copy).app)

    of(copy).recover()

    stub = look(of(copy).exercise / ".stub" / "app")
    assert_whole(copy, [(stub, False)], [look(of(root).app), typed])


@POSIX
def test_lost_journal_brings_work_back(root: Path) -> None:
    """Even with .dojo/ deleted half-way, the learner's files return to app/."""
    copy = killed_where(root, OPERATIONS["reset"], halfway)
    shutil.rmtree(copy / ".dojo")

    of(copy).recover()

    assert_whole(copy, [state(root)], [])


def test_late_edit_is_saved(exercise: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an editor writes after the save, while the new tree is built, is saved as well."""
    build = Replacement.build

    def build_slowly(self: Replacement, layers: list[Path]) -> str:
        write(exercise.app, {"main.py": b"late = 1\n"})
        return build(self, layers)

    monkeypatch.setattr(Replacement, "build", build_slowly)
    exercise.reset()

    assert [(s.app / "main.py").read_bytes() for s in exercise.saves()] == [
        b"mine = 1\r\n",
        b"late = 1\n",
    ]


def test_busy_kata_is_refused(exercise: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two commands never change a kata at once; the second one says so and changes nothing."""
    monkeypatch.setattr(workspace, "PATIENCE", 0.0)
    exercise.save("first")

    with (
        lock(exercise.saves()[0].folder.with_name("lock"), 0.0),
        pytest.raises(WorkspaceError, match="Another command is changing the same kata"),
    ):
        exercise.reset()


@POSIX
def test_dead_holder_blocks_nobody(exercise: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock of a killed command is free at once."""
    monkeypatch.setattr(workspace, "PATIENCE", 0.0)

    assert not survives(lambda: exercise.save("killed"), 3)
    assert exercise.save("alive") is not None


@POSIX
def test_failed_save_changes_nothing(exercise: Workspace, root: Path) -> None:
    """What can't be copied stops a reset before app/ is touched, and is named."""
    os.mkfifo(exercise.app / "pipe")
    before = look(exercise.app)

    with pytest.raises(WorkspaceError, match="pipe") as refusal:
        exercise.reset()

    assert str(refusal.value).startswith(f"Kata '{KATA}' can't be changed: '")
    assert_whole(root, [(before, False)], [])


def test_nothing_saved_is_explained(exercise: Workspace) -> None:
    """Without saves, a restore says how saves come about."""
    with pytest.raises(WorkspaceError) as refusal:
        exercise.restore(1)

    assert str(refusal.value) == (
        "Kata '03_dependencies' has no saved work yet. "
        "Run `nox -s reset -- 03` or `nox -s swap -- 03` first."
    )


def test_unknown_save_is_explained(exercise: Workspace) -> None:
    """A wrong number is answered with the right ones."""
    exercise.save("only")

    with pytest.raises(WorkspaceError) as refusal:
        exercise.restore(7)

    assert str(refusal.value) == (
        "Kata '03_dependencies' has no save '7', only 1. "
        "Run `nox -s reset -- 03 --restore 1` to get the newest."
    )


def test_swap_back_needs_swap(exercise: Workspace) -> None:
    """Without a solution in app/ there is nothing to take out, and nothing changes."""
    with pytest.raises(WorkspaceError) as refusal:
        exercise.swap_back()

    assert str(refusal.value) == (
        "Kata '03_dependencies' already shows your own work, not the solution. "
        "Run `nox -s swap -- 03` to see the solution."
    )


@pytest.mark.parametrize("name", ["swap", "reset"])
def test_missing_stub_is_explained(exercise: Workspace, name: str) -> None:
    """Without the pristine stub, app/ stays as it is and the message says where to get it."""
    shutil.rmtree(exercise.exercise / ".stub")
    before = look(exercise.app)

    with pytest.raises(CatalogueError, match=r"pristine stub of kata .* is missing.*Run `git"):
        OPERATIONS[name](exercise)

    assert look(exercise.app) == before


def test_missing_solution_is_explained(exercise: Workspace, solution: Path) -> None:
    """A handed-out `exercises/` has no solutions: a swap says so and changes nothing."""
    shutil.rmtree(solution)

    with pytest.raises(WorkspaceError, match="has no solution in"):
        exercise.swap_in(solution)

    assert exercise.saves() == []


def test_missing_app_is_explained(exercise: Workspace, solution: Path) -> None:
    """A swap has nothing to come back to when app/ is gone, so it points to the reset."""
    shutil.rmtree(exercise.app)

    with pytest.raises(WorkspaceError, match=r"has no 'app' folder. Run `nox -s reset -- 03`"):
        exercise.swap_in(solution)


@POSIX
def test_linked_app_is_refused(exercise: Workspace) -> None:
    """An app/ that is a link to somewhere else is never replaced."""
    exercise.app.rename(exercise.exercise / "mine")
    exercise.app.symlink_to("mine")

    with pytest.raises(WorkspaceError, match="is a link or a file"):
        exercise.reset()

    assert exercise.app.is_symlink()


def test_saves_are_counted(exercise: Workspace) -> None:
    """Saves have the numbers 1, 2, 3, in the order in which they were made."""
    for text in "abc":
        (exercise.app / "main.py").write_text(text)
        exercise.save(text)

    assert [(save.number, save.reason) for save in exercise.saves()] == [
        (1, "a"),
        (2, "b"),
        (3, "c"),
    ]


def test_saves_move_with_the_repository(exercise: Workspace, root: Path) -> None:
    """A repository that is moved keeps its saves, which do not say where they lay."""
    exercise.save("first")
    before = look(exercise.app)
    moved = root.rename(root.with_name("moved"))

    [save] = of(moved).saves()

    assert look(save.app) == before
    assert str(root) not in (save.folder / "save.json").read_text()


def test_saving_waits_for_others(exercise: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is saved while another command changes the kata."""
    monkeypatch.setattr(workspace, "PATIENCE", 0.0)
    exercise.save("first")
    [save] = exercise.saves()

    with (
        lock(save.folder.with_name("lock"), 0.0),
        pytest.raises(WorkspaceError, match="Another command is changing the same kata"),
    ):
        exercise.save("second")


@pytest.mark.parametrize("content", ["{", "[]", "1", "{}"])
def test_unreadable_save_is_named(exercise: Workspace, content: str) -> None:
    """A save whose record holds anything else is pointed out too."""
    save = exercise.save("first")
    assert save is not None
    (save.folder / "save.json").write_text(content)

    with pytest.raises(WorkspaceError, match=r"damaged.*Move that folder out"):
        exercise.saves()


def test_damaged_save_is_named(exercise: Workspace) -> None:
    """A save without its record is pointed out, with what to do about it."""
    save = exercise.save("first")
    assert save is not None
    (save.folder / "save.json").unlink()

    with pytest.raises(WorkspaceError, match=r"damaged.*Move that folder out"):
        exercise.saves()


def test_damaged_journal_is_named(exercise: Workspace) -> None:
    """A journal that can't be read is pointed out, with what to do about it."""
    save = exercise.save("first")
    assert save is not None
    save.folder.with_name("journal.json").write_text("{")

    with pytest.raises(WorkspaceError, match=r"journal.*can't be read. Delete that file"):
        exercise.recover()
