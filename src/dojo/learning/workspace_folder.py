"""A workspace: a folder apart from the repository, with statements and stubs for one learner.

Each file is compared with what was written there last, so that a newer version comes where the
learner changed nothing, and what the learner changed stays. Solutions, graders and the engine stay
in the repository, which a file of the workspace names.
"""

import json
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

from ..model import files
from ..model.catalogue import POINTER, Catalogue, Kata
from ..model.errors import UsageError
from ..model.file_trees import is_junk
from .cards import open_card_log
from .exercises import KATA_NOXFILE, Exercise, Progress
from .reviews import ReviewLog

TEMPLATES = Path(__file__).parent / "templates"


class Fate(Enum):
    """What happens to one file of a workspace."""

    KEPT = auto()
    WRITTEN = auto()
    REMOVED = auto()
    CONFLICTING = auto()
    """The learner and the repository changed it: the learner's version stays."""


@dataclass
class Changes:
    """What was done in a workspace: ids of katas, and paths of files as seen from it."""

    added: list[str] = field(default_factory=list)
    brought: list[str] = field(default_factory=list)
    """Katas on which the learner had worked in the repository: that work came along."""
    updated: list[str] = field(default_factory=list)
    conflicting: list[str] = field(default_factory=list)


def update(folder: Path, repository: Path) -> Changes:
    """Make a workspace in a folder, or bring the one that is there up to date.

    `UsageError` where the folder holds something else, or lies in the repository.
    """
    _require_room(folder, repository)
    changes = Changes()
    for name, content in _read_frame(folder, repository).items():
        _write(folder / name, content)
    _write(folder / POINTER, f"{repository}\n".encode())
    for kata in Catalogue(repository).katas:
        known = (folder / "exercises" / kata.id).is_dir()
        _update_kata(folder, kata, changes)
        if not known:
            changes.added.append(kata.id)
            _bring_work(folder, kata, changes)
    _bring_answers(folder, repository)
    return changes


def decide(before: bytes | None, now: bytes | None, wanted: bytes | None) -> Fate:
    """Decide about a file: as it was written last, as it is, and as the repository has it."""
    if wanted in (now, before):
        return Fate.KEPT
    if now != before:
        return Fate.CONFLICTING
    return Fate.REMOVED if wanted is None else Fate.WRITTEN


def _require_room(folder: Path, repository: Path) -> None:
    if folder == repository or repository in folder.parents:
        raise UsageError(
            f"'{folder}' lies in the repository. Name a folder outside of it, such as "
            "`nox -s start -- ../my-katas`."
        )
    if folder.is_file():
        raise UsageError(f"'{folder}' is a file. Name a folder.")
    others = {each.name for each in folder.iterdir()} - {".git"} if folder.is_dir() else set()
    if others and not (folder / POINTER).is_file():
        raise UsageError(f"'{folder}' holds other files. Name a new or an empty folder.")


def _read_frame(folder: Path, repository: Path) -> dict[str, bytes]:
    """Read the files around the katas, path to content; those are written again each time."""
    python = {"python.defaultInterpreterPath": str(repository / ".venv")}
    frame = {
        "README.md": (TEMPLATES / "workspace_readme.md").read_bytes(),
        "noxfile.py": (TEMPLATES / "workspace_noxfile.py").read_bytes(),
        ".gitignore": b".dojo/\n.env\n.vscode/\n__pycache__/\n",
        ".vscode/settings.json": json.dumps(python, indent=4).encode() + b"\n",
    }
    own = {"README.md", ".gitignore", ".vscode/settings.json"}  # the learner may have changed them
    return {name: frame[name] for name in frame if name not in own or not (folder / name).exists()}


def _update_kata(folder: Path, kata: Kata, changes: Changes) -> None:
    target = folder / "exercises" / kata.id
    given = folder / ".dojo" / "given" / kata.id
    before, wanted = _read_files(given), _read_given(kata)
    is_new = not target.is_dir()
    for name in sorted(before | wanted):
        fate = decide(before.get(name), _read(target / name), wanted.get(name))
        where = (target / name).relative_to(folder).as_posix()
        if fate is Fate.WRITTEN:
            _write(target / name, wanted[name])
        elif fate is Fate.REMOVED:
            (target / name).unlink(missing_ok=True)
        if fate is Fate.CONFLICTING:
            changes.conflicting.append(where)
        elif fate is not Fate.KEPT and not is_new:
            changes.updated.append(where)
    for name in before.keys() - wanted.keys():
        (given / name).unlink()
    for name, content in wanted.items():
        _write(given / name, content)


def _bring_work(folder: Path, kata: Kata, changes: Changes) -> None:
    """Bring what the learner wrote and reached in the repository before there was a workspace."""
    Progress(folder).write(kata.id, Progress(kata.root).read(kata.id))
    swapped = Exercise(kata).workspace.swapped
    app = swapped.app if swapped else kata.exercise / "app"
    if app.is_dir() and files.digest(app) != files.digest(kata.stub / "app"):
        files.copy(app, folder / "exercises" / kata.id / "app")
        changes.brought.append(kata.id)


def _bring_answers(folder: Path, repository: Path) -> None:
    """Bring the answers of reviews and to cards in the repository, unless there are some here."""
    for open_log in (ReviewLog, open_card_log):
        answers, here = open_log(repository).path, open_log(folder).path
        if answers.is_file() and not here.exists():
            _write(here, answers.read_bytes())


def _read_given(kata: Kata) -> dict[str, bytes]:
    """Read what a learner gets of a kata, path to content."""
    stub = {f"app/{name}": content for name, content in _read_files(kata.stub / "app").items()}
    readme = (kata.exercise / "README.md").read_bytes()
    return {"README.md": readme, "noxfile.py": KATA_NOXFILE.read_bytes(), **stub}


def _read_files(folder: Path) -> dict[str, bytes]:
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    return {
        name: path.read_bytes()
        for name, path in paths.items()
        if path.is_file() and not is_junk(name)
    }


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _write(path: Path, content: bytes) -> None:
    """Write a file in one step, unless it holds that already."""
    if _read(path) == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.write_bytes(content)
    draft.replace(path)
