"""Hand-ins: the files that one student handed in for one kata, read and checked, never run."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from ..catalogue import Kata
from ..submissions.file_trees import quoted
from ..submissions.staging import KataMissing, SubmissionUnreadable, locate, read
from .students import Student, is_archive, list_visible

Files = dict[str, bytes]


def read_handin(student: Student, kata: Kata, *, alone: bool) -> Files:
    """Read the `app/` of a kata, path to content; `alone` if it is the only kata of the run.

    Raises `KataMissing` where several katas are graded and there is nothing for this one, and
    `SubmissionUnreadable` for all else that cannot be graded; the message has no folder of the
    instructor's in it.
    """
    path = _choose_path(student.paths)
    with tempfile.TemporaryDirectory(prefix="dojo-") as scratch:
        try:
            source = _locate(path, kata.id, Path(scratch))
        except KataMissing as missing:
            problem = KataMissing if not alone else SubmissionUnreadable
            raise problem(_shorten(missing, path)) from None
        except SubmissionUnreadable as error:
            raise SubmissionUnreadable(_shorten(error, path)) from None
        except OSError as error:
            raise SubmissionUnreadable(
                f"Submission {quoted(path.name)} cannot be read: {error.strerror}."
            ) from None
        if not alone and not source.name.startswith(kata.id):
            raise SubmissionUnreadable(
                f"Submission {quoted(path.name)} does not say which kata its folder 'app' belongs"
                f" to: put it into '{kata.id}', or the kata that it is."
            )
        return read(source)


def _choose_path(paths: Sequence[Path]) -> Path:
    if len(paths) > 1:
        names = " and ".join(quoted(path.name) for path in paths)
        raise SubmissionUnreadable(f"There is more than one submission, {names}: leave one.")
    if paths[0].is_symlink():
        raise SubmissionUnreadable(
            f"Submission {quoted(paths[0].name)} is a link: put what it points to in its place."
        )
    return paths[0]


def _locate(path: Path, kata_id: str, scratch: Path) -> Path:
    """Find a kata in a folder or archive, or in the archive that alone lies in the folder."""
    try:
        return locate(path, kata_id, scratch)
    except KataMissing:
        archives = _list_archives(path, kata_id)
        if len(archives) > 1:
            names = " and ".join(quoted(each.name) for each in archives)
            raise SubmissionUnreadable(
                f"Submission {quoted(path.name)} holds more than one archive, {names}: leave one."
            ) from None
        if not archives:
            raise
        return locate(archives[0], kata_id, scratch)


def _list_archives(path: Path, kata_id: str) -> list[Path]:
    """List the archives in a folder; where some are called like the kata, only those."""
    if not path.is_dir():
        return []
    found = [each for each in list_visible(path) if is_archive(each) and not each.is_symlink()]
    return [each for each in found if each.name.startswith(kata_id)] or found


def _shorten(error: Exception, path: Path) -> str:
    """Name the submission without the instructor's folders."""
    return str(error).replace(f"'{path.parent}/", "'")
