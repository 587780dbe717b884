"""Bundles: the zip archive with which Gradescope grades one assignment of one or more katas.

The same katas give the same bytes: an archive that differs grades differently.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template

from ..grader.traffic import FILE_NAME as TRAFFIC
from ..model.catalogue import Kata
from .handouts import EARLIEST, TEMPLATES, read_project
from .public_criteria import Public, describe_grading, list_companions, read_files

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
