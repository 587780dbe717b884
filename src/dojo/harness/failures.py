"""Failures: the ways in which a criterion can end other than well.

`Failure` is a wrong behaviour, `SubmissionError` a submission that could not be asked. Any other
exception out of a criterion is a fault of the grader and never shown as the learner's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Location:
    """A line of the submission's own code, its file relative to the submission."""

    file: str
    line: int
    function: str = ""
    code: str = ""


@dataclass
class Failure(Exception):
    """A behaviour that is not the one asked for.

    `did` holds what was done, in order; `expected`, `seen` and `because` are sentences or values
    in text form; `where` the learner's own lines, the most telling one first.
    """

    expected: str
    seen: str
    did: Sequence[str] = ()
    because: str = ""
    where: Sequence[Location] = field(default_factory=tuple)

    def __str__(self) -> str:
        return f"expected {self.expected}, seen {self.seen}"


@dataclass
class SubmissionError(Exception):
    """A submission that crashed, hung, broke the protocol or could not be imported.

    `kind` is one of `import`, `crash`, `hang`, `protocol`, `startup`; `message` one sentence for
    the learner.
    """

    kind: str
    message: str
    did: Sequence[str] = ()
    where: Sequence[Location] = field(default_factory=tuple)

    def __str__(self) -> str:
        return self.message


class DriverNeeded(Exception):
    """A criterion asks for what only the driver of calls can do, and no real client and server.

    Its message says whom the driver plays, such as "a client that stops reading".
    """


class GraderFault(Exception):
    """Something that only the grader or this machine can be blamed for."""


def read_locations(raw: Any) -> tuple[Location, ...]:
    """Read places out of a host's frame; anything malformed is left out."""
    if not isinstance(raw, list):
        return ()
    locations = []
    for each in raw[:50]:
        if isinstance(each, dict) and isinstance(each.get("line"), int):
            texts = {name: _read_text(each.get(name)) for name in ("file", "function", "code")}
            locations.append(Location(line=each["line"], **texts))
    return tuple(locations)


def _read_text(raw: object) -> str:
    return raw[:500] if isinstance(raw, str) else ""
