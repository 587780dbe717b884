"""Findings: what a failure or an error of a submission, or a fault of the grader, is in words.

No text of a finding names a place on this machine, and none of a fault shows the grader's source.
"""

import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import cast

from ..reports import Finding, FindingKind, Line
from ..wall.evidence import Event, Evidence, Log, Output, Warned
from ..wall.failures import Failure, Place, SubmissionError
from ..wall.folders import RunFolder
from .paths import hide_paths

_MOST_OUTPUT = 2000
_MOST_PLACES = 5
_MOST_FRAMES = 3
_EVIDENCE_LOGGERS = ("kata", "sqlalchemy")


def describe_error(
    error: Failure | SubmissionError, evidence: Iterable[Evidence], folder: RunFolder
) -> Finding:
    """Make the finding of a criterion that is not passed; `evidence` holds what was printed."""
    failed = isinstance(error, Failure)
    return Finding(
        kind="behaviour" if failed else cast(FindingKind, error.kind),
        did=tuple(hide_paths(step, folder) for step in error.did),
        expected=hide_paths(error.expected, folder) if failed else "",
        seen=hide_paths(error.seen if failed else error.message, folder),
        because=error.because if failed else "",
        where=_describe_places(error.where),
        output=hide_paths(_read_output(evidence), folder),
    )


def _describe_places(places: Sequence[Place]) -> tuple[Line, ...]:
    return tuple(
        Line(file=place.file, line=place.line, function=place.function, code=place.code)
        for place in dict.fromkeys(places)
    )[:_MOST_PLACES]


def _read_output(evidence: Iterable[Evidence]) -> str:
    events = [event for each in evidence for event in each]
    text = "".join(map(_write_event, events))
    if len(text) > _MOST_OUTPUT:
        text = text[-_MOST_OUTPUT:].partition("\n")[2] or text[-_MOST_OUTPUT:]
    if any(isinstance(event, Output) and event.truncated for event in events):
        text = f"{text.rstrip()}\n(The app wrote far more; that is left out.)"
    return text


def _write_event(event: Event) -> str:
    match event:
        case Output():
            return event.text
        case Log() if not event.logger.startswith(_EVIDENCE_LOGGERS):
            return f"{event.level} {event.logger}: {event.message}\n"
        case Warned():
            return f"{event.category}: {event.message} ({event.file}, line {event.line})\n"
        case _:
            return ""


def describe_fault(error: BaseException, grader: Path) -> str:
    """Name an exception that is the grader's own, and the lines that it went through."""
    cause = error.__cause__ or error
    frames = traceback.extract_tb(cause.__traceback__)
    own = [number for number, frame in enumerate(frames) if _is_below(frame.filename, grader)]
    lines = [
        f"  {Path(frame.filename).name}, line {frame.lineno}, in {frame.name}"
        for frame in frames[own[0] if own else 0 :]
    ]
    return "\n".join([f"{type(cause).__name__}: {cause}", *lines[-_MOST_FRAMES:]])


def _is_below(file: str, folder: Path) -> bool:
    return Path(file).is_relative_to(folder)
