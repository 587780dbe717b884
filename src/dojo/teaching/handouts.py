"""Handouts: the files of a repository for students, and of the archive that Gradescope grades with.

What is in it comes from lists of what may be given away, never from copying and removing. The
engine comes as a wheel, the lock without authors' tools. The same katas give the same bytes: an
archive that differs grades differently.
"""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from string import Template

from flit_core.wheel import WheelBuilder

from ..environment import ENGINE, LOCK, select_pins
from ..grader.traffic import FILE_NAME as TRAFFIC
from ..learning.exercises import KATA_NOXFILE
from ..model.catalogue import Kata
from .public_criteria import (
    Public,
    count_criteria,
    describe_grading,
    describe_handout,
    list_companions,
    list_sentences,
    read_files,
    write_public,
)

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The time of every file in an archive, so that the same files give the same bytes."""

AUTHORS = ("proof/", "commandline/recordings.py")
"""What only authors use of the engine: the bench holds whole graders, recordings name criteria."""

_HEAD = "# What the katas run with. `nox` installs it, and the engine beside it.\n"


def read_project(root: Path, roles: Iterable[str] = ()) -> dict[str, bytes]:
    """Give the wheel, the lock and the licence for those who only run the engine.

    The lock has what the roles add as well, to be installed by those who take them.
    """
    pins = select_pins((root / LOCK).read_text("utf-8"), roles)
    lock = _HEAD + "".join(pins.values())
    name, wheel = build_wheel(root)
    return {
        f"{ENGINE}/{name}": wheel,
        LOCK: lock.encode(),
        "LICENSE": (root / "LICENSE").read_bytes(),
    }


def build_wheel(root: Path) -> tuple[str, bytes]:
    """Build the wheel of the engine without `AUTHORS`; give its name and content.

    The same source gives the same bytes.
    """
    packed = io.BytesIO()
    builder = WheelBuilder.from_ini_path(root / "pyproject.toml", packed)
    builder.source_time_stamp = EARLIEST
    package, files = builder.module.path, list(builder.module.iter_files())
    builder.module.iter_files = lambda: (
        path for path in files if not Path(path).relative_to(package).as_posix().startswith(AUTHORS)
    )  # flit leaves out files of source archives only
    builder.build()
    return builder.wheel_filename, packed.getvalue()


TEMPLATES = Path(__file__).parent / "templates"


def make_handout(root: Path, name: str, public: Public) -> dict[str, bytes]:
    """Make the files of a handout, path to content; `public` names criteria by kata."""
    files = {
        **read_project(root, roles=("debug",)),
        "README.md": _write_readme(name, public).encode(),
        ".gitignore": (root / ".gitignore").read_bytes(),
        ".github/workflows/check.yml": (TEMPLATES / "check.yml").read_bytes(),
        "noxfile.py": _write_noxfile(next(iter(public))).encode(),
    }
    for kata, criteria in public.items():
        files |= _read_exercise(kata, criteria)
        for path, content in write_public(kata, criteria).items():
            files[f"graders/{kata.id}/{path}"] = content
    return files


def _read_exercise(kata: Kata, public: Sequence[str]) -> dict[str, bytes]:
    """Read what a learner starts from; `app/` comes from the stub, whatever was done to it."""
    folder = f"exercises/{kata.id}"
    files = {
        f"{folder}/{name}": (kata.exercise / name).read_bytes()
        for name in ("README.md", "HINTS.md")
    }
    files[f"{folder}/noxfile.py"] = KATA_NOXFILE.read_bytes()
    files[f"{folder}/kata.toml"] = describe_handout(kata, public)
    for target in ("app", ".stub/app"):
        files |= read_files(kata.stub / "app", f"{folder}/{target}")
    return files


def _write_noxfile(first: Kata) -> str:
    template = Template((TEMPLATES / "handout_noxfile.py").read_text("utf-8"))
    return template.substitute(first=first.number)


def _write_readme(name: str, public: Public) -> str:
    katas = list(public)
    template = Template((TEMPLATES / "README.md").read_text("utf-8"))
    return template.substitute(
        name=name,
        first=katas[0].number,
        first_id=katas[0].id,
        katas="\n".join(_write_row(kata, len(public[kata])) for kata in katas),
        criteria="\n".join(
            f"- {kata.number}: {sentence}"
            for kata in katas
            for sentence in list_sentences(kata, public[kata])
        ),
    )


def _write_row(kata: Kata, public: int) -> str:
    link = f"[{kata.id}](exercises/{kata.id}/README.md)"
    cells = (link, kata.file.title, kata.file.level, kata.file.minutes, public)
    return f"| {' | '.join(map(str, cells))} | {count_criteria(kata) - public} |"


SCRIPTS = ("setup.sh", "run_autograder")

_UNIX = 3
_FILE, _PROGRAM = 0o100644, 0o100755


def make_bundle(root: Path, public: Public) -> bytes:
    """Make the archive, with what grading needs: no submission with a verdict.

    A solution is in it only where drawn traffic goes to it; students never see the archive.

    All criteria of the katas are graded; students see those in `public` at once.
    """
    readme = Template((TEMPLATES / "bundle.md").read_text("utf-8"))
    files = {
        **read_project(root),
        **{name: (TEMPLATES / name).read_bytes() for name in SCRIPTS},
        "README.md": readme.substitute(katas=", ".join(kata.id for kata in public)).encode(),
    }
    for kata, criteria in public.items():
        files |= _read_kata(kata, criteria)
    return pack(files)


def pack(files: Mapping[str, bytes]) -> bytes:
    """Pack files, path to content, in an order and with times that are always the same."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.create_system = _UNIX
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (_PROGRAM if name in SCRIPTS else _FILE) << 16
            archive.writestr(entry, files[name])
    return packed.getvalue()


def _read_kata(kata: Kata, public: Sequence[str]) -> dict[str, bytes]:
    exercise, grader = f"exercises/{kata.id}", f"graders/{kata.id}"
    files = read_files(kata.stub / "app", f"{exercise}/.stub/app")
    files[f"{exercise}/README.md"] = (kata.exercise / "README.md").read_bytes()
    files[f"{exercise}/kata.toml"] = describe_grading(kata, public)
    for path in (*sorted(kata.grader.glob("test_*.py")), *list_companions(kata)):
        files |= read_files(path, f"{grader}/{path.name}")
    if (kata.grader / TRAFFIC).is_file():
        files |= read_files(kata.solution / "app", f"solutions/{kata.id}/app")
    return files
