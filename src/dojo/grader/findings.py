"""Findings: what a failure or an error of a submission, or a fault of the grader, is in words.

No text of a finding names a place on this machine, and none of a fault shows the grader's source.
"""

import sysconfig
import traceback
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import cast

from ..harness.evidence import CutOff, Event, Evidence, Log, Output, Warned
from ..harness.failures import DriverNeeded, Failure, Location, SubmissionError
from ..harness.temporary_folders import RunFolder
from ..model.reports import Finding, FindingKind, Line

_ENGINE = Path(__file__).parents[2]


def hide_paths(text: str, folder: RunFolder | None = None) -> str:
    """Shorten the paths in a text; of the folders of this run nothing is left."""
    own = {folder.stage: "", folder.work: "~/", folder.root: ""} if folder else {}
    for path, shown in (own | _list_libraries()).items():
        text = text.replace(f"{path}/", shown).replace(str(path), shown or ".")
    return text


@cache
def _list_libraries() -> dict[Path, str]:
    names = ("purelib", "platlib", "platstdlib", "stdlib")
    found = {Path(sysconfig.get_path(name)): "" for name in names} | {_ENGINE: ""}
    return dict(sorted(found.items(), key=lambda item: -len(str(item[0]))))


_MOST_OUTPUT = 2000
_MOST_FRAMES = 3
_EVIDENCE_LOGGERS = ("kata", "sqlalchemy", "aiosqlite")


def describe_error(
    error: Failure | SubmissionError, evidence: Iterable[Evidence], folder: RunFolder
) -> Finding:
    """Make the finding of a criterion that is not passed; `evidence` holds what was printed."""
    evidence = list(evidence)
    kind: FindingKind = "behaviour"
    if isinstance(error, Failure):
        expected, seen, because = error.expected, error.seen, error.because
    else:
        kind = cast(FindingKind, error.kind)
        expected, seen, because = "", error.message, ""
    for cut in [event for each in evidence for event in each.of(CutOff)][:1]:
        seen += f"\nThe app wrote more than {cut.records} log records. Later ones are not counted."
    return Finding(
        kind=kind,
        did=tuple(hide_paths(step, folder) for step in error.did),
        expected=hide_paths(expected, folder),
        seen=hide_paths(seen, folder),
        because=because,
        where=_describe_locations(error.where),
        output=hide_paths(_read_output(evidence, folder), folder),
    )


def describe_need(need: DriverNeeded) -> Finding:
    """Make the finding of a criterion that no real client and server can check."""
    seen = f"Not checked: this needs {need}. Run `check` without `--server`."
    return Finding(kind="driver", seen=seen)


def _describe_locations(locations: Sequence[Location]) -> tuple[Line, ...]:
    return tuple(
        Line(file=location.file, line=location.line, function=location.function, code=location.code)
        for location in dict.fromkeys(locations)
    )


def _read_output(evidence: Iterable[Evidence], folder: RunFolder) -> str:
    events = [event for each in evidence for event in each]
    text = "".join(_write_event(event, folder) for event in events)[-_MOST_OUTPUT:]
    if any(isinstance(event, Output) and event.truncated for event in events):
        whole_lines = text.rpartition("\n")[0] or text
        return f"{whole_lines}\n(There is more output. It is not shown.)"
    return text


def _write_event(event: Event, folder: RunFolder) -> str:
    match event:
        case Output():
            return event.text
        case Log() if not event.logger.startswith(_EVIDENCE_LOGGERS):
            return f"{event.level} {event.logger}: {event.message}\n"
        case Warned():
            is_own = _is_below(event.file, folder.stage)
            where = f" ({event.file}, line {event.line})" if is_own else ""
            return f"{event.category}: {event.message}{where}\n"
        case _:
            return ""


def describe_fault(error: BaseException, grader: Path) -> str:
    """Name an exception that is the grader's own, and the lines that it went through."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [number for number, frame in enumerate(frames) if _is_below(frame.filename, grader)]
    lines = [
        f"  {Path(frame.filename).name}, line {frame.lineno}, in {frame.name}"
        for frame in frames[own[0] if own else 0 :]
    ]
    message = hide_paths(str(error)).replace(f"{grader}/", "")
    return "\n".join([f"{type(error).__name__}: {message}", *lines[-_MOST_FRAMES:]])


def _is_below(file: str, folder: Path) -> bool:
    return Path(file).is_relative_to(folder)
