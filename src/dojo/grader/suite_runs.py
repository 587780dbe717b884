"""Suite runs: what a host tells of a run of a learner's tests, checked and capped."""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, TypeAdapter

from ..harness.failures import Failure, read_locations

COMMAND = "python -m pytest app/tests"

Text = Annotated[str, Field(max_length=4000)]


class Collected(BaseModel):
    """The tests that are going to run."""

    kind: Literal["collected"]
    tests: list[Text] = Field(max_length=1000)


class Trouble(BaseModel):
    """Something of the learner's that raised: a test, or a file that cannot be collected."""

    message: Text = ""
    locations: list[Any] = Field([], max_length=100)


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
    """The run is over: the files and other things that it left, and why pytest could not run."""

    kind: Literal["ended"]
    left: list[Text] = Field(max_length=10_000)
    complaint: Text
    leftovers: list[Text] = Field([], max_length=1000)


class Called(BaseModel):
    """What a test has called: functions of the app, as `app.items:add_item`, and how often."""

    kind: Literal["called"]
    calls: dict[Text, int] = Field(max_length=1000)


Line = Collected | Broken | Started | Finished | Called | Alive | Network | Ended

LINES: TypeAdapter[Line] = TypeAdapter(Annotated[Line, Field(discriminator="kind")])


@dataclass
class SuiteRun:
    """What came of one run of a suite."""

    tests: list[str] = field(default_factory=list)
    results: list[Finished] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)
    network: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    """What is left in the process: each of `override`, `cache`, `variable`, `task` or `thread`."""
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
            case Called():
                self.calls = line.calls
            case Network():
                self.network.append(line.target)
            case Ended():
                self.left, self.leftovers = line.left, line.leftovers
                self.complaint, self.ended = line.complaint, True

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
    where = tuple(reversed(read_locations(trouble.locations)))
    return Failure(expected, f"{seen}: {trouble.message}", [COMMAND], because, where)
