"""Suite runs: what a host tells of one run of a learner's tests, checked and capped.

It says whether a run is green, and what a learner reads if it is not.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, TypeAdapter

from ..wall.failures import Failure, read_places

COMMAND = "python -m pytest app/tests"

Text = Annotated[str, Field(max_length=4000)]


class Collected(BaseModel):
    """The tests that are going to run."""

    kind: Literal["collected"]
    tests: list[Text] = Field(max_length=1000)


class Trouble(BaseModel):
    """Something of the learner's that raised: a test, or a file that cannot be collected."""

    message: Text = ""
    places: list[Any] = Field([], max_length=100)


class Broken(Trouble):
    """A file that cannot be collected."""

    kind: Literal["broken"]
    file: Text


class Started(BaseModel):
    """A test has begun."""

    kind: Literal["started"]
    test: Text


class Finished(Trouble):
    """A test has ended; `inherited` names databases that an earlier test had left filled."""

    kind: Literal["finished"]
    test: Text
    outcome: Literal["passed", "failed", "skipped"]
    inherited: list[Text] = Field([], max_length=100)


class Alive(BaseModel):
    """The tests go on; it only takes them long."""

    kind: Literal["alive"]


class Network(BaseModel):
    """The network was asked for, and refused."""

    kind: Literal["network"]
    target: Text


class Ended(BaseModel):
    """The run is over: the files that it left, and why pytest could not run, if so."""

    kind: Literal["ended"]
    left: list[Text] = Field(max_length=10_000)
    complaint: Text


Line = Collected | Broken | Started | Finished | Alive | Network | Ended

LINES: TypeAdapter[Line] = TypeAdapter(Annotated[Line, Field(discriminator="kind")])


@dataclass
class SuiteRun:
    """What came of one run of a suite."""

    tests: list[str] = field(default_factory=list)
    results: list[Finished] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    network: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    complaint: str = ""
    current: str = ""
    ended: bool = False

    @property
    def failed(self) -> bool:
        """Tell whether something has gone wrong so far."""
        outcomes = {result.outcome for result in self.results}
        return bool(self.broken or self.complaint) or "failed" in outcomes

    def take(self, line: Line) -> None:
        """Add what one line tells."""
        match line:
            case Collected():
                self.tests = line.tests
            case Broken():
                self.broken.append(line)
            case Started():
                self.current = line.test
            case Finished():
                self.results.append(line)
            case Network():
                self.network.append(line.target)
            case Ended():
                self.left, self.complaint, self.ended = line.left, line.complaint, True

    def expect_passed(self, circumstances: str, because: str = "") -> None:
        """Raise `Failure` unless at least one test passed and nothing failed."""
        expected = f"every test passes {circumstances}"
        failed = [each for each in self.results if each.outcome == "failed"]
        if self.broken:
            seen = f"File '{self.broken[0].file}' cannot be collected"
            raise _blame(self.broken[0], expected, seen, because)
        if self.complaint:
            raise Failure(expected, self.complaint, [COMMAND], because)
        if failed:
            seen = f"{len(failed)} of {len(self.tests)} tests fail. Test '{failed[0].test}'"
            raise _blame(failed[0], expected, seen, because)
        if not any(each.outcome == "passed" for each in self.results):
            seen = f"none of {len(self.tests)} tests passed: {len(self.results)} were skipped"
            raise Failure("at least one test that passes", seen, [COMMAND], because)


def _blame(trouble: Trouble, expected: str, seen: str, because: str) -> Failure:
    where = tuple(reversed(read_places(trouble.places)))
    return Failure(expected, f"{seen}: {trouble.message}", [COMMAND], because, where)
