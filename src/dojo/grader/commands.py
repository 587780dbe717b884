"""Commands: how a grader runs commands on what was handed in, for katas of kind `artifact`.

Each runs in a process of its own, in the one working folder of the criterion, as a learner runs it
in a terminal. What a host tells of it is checked and capped.
"""

import shlex
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from ..harness.evidence import Evidence
from ..harness.failures import Failure, SubmissionError, read_locations
from ..harness.http_client import open_client
from .fixtures import Hosts, Workplace

Text = Annotated[str, Field(max_length=100_000)]


class Alive(BaseModel):
    """The command goes on; it only takes long."""

    kind: Literal["alive"]


class Error(BaseModel):
    """An exception that ended a command."""

    type: Text
    message: Text
    locations: list[Any] = Field([], max_length=100)


class Ended(BaseModel):
    """A command has ended: its exit status and all that it wrote."""

    kind: Literal["ended"]
    status: int
    output: Text
    errors: Text
    error: Error | None = None


LINES: TypeAdapter[Alive | Ended] = TypeAdapter(
    Annotated[Alive | Ended, Field(discriminator="kind")]
)
_MOST_SHOWN = 600
_NEWS = ("INFO", "DEBUG")
"""What lines of a log begin with that say nothing of an error."""


@dataclass(frozen=True)
class CommandRun:
    """What came of one command; `did` holds what was done in the criterion up to its end."""

    command: str
    ended: Ended
    evidence: Evidence
    did: tuple[str, ...]

    @property
    def succeeded(self) -> bool:
        """Tell whether its exit status is 0."""
        return self.ended.status == 0

    @property
    def output(self) -> str:
        """Give what it wrote to standard output."""
        return self.ended.output

    def expect_success(self, because: str = "") -> None:
        """Raise `Failure` unless the command succeeded."""
        if not self.succeeded:
            raise self.fails("exit status 0", self.describe(), because)

    def describe(self) -> str:
        """Say how it ended, with its error or the end of what it wrote."""
        error = self.ended.error
        if error is not None:
            return f"{error.type}: {error.message}"
        lines = (self.ended.errors + self.ended.output).splitlines()
        text = "\n".join(line for line in lines if not line.startswith(_NEWS)).strip()
        more = f", and it wrote:\n{text[:_MOST_SHOWN]}" if text and not self.succeeded else ""
        return f"exit status {self.ended.status}{more}"

    def fails(self, expected: str, seen: str, because: str = "") -> Failure:
        """Make a `Failure` of what is found after the command."""
        error = self.ended.error
        where = tuple(reversed(read_locations(error.locations))) if error is not None else ()
        return Failure(expected, seen, list(self.did), because, where)


@dataclass
class Commands:
    """Runs commands, each in a new process; all of one criterion share the working folder."""

    hosts: Hosts
    workplace: Workplace
    did: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Note what the criterion itself does between two commands."""
        self.did.append(f"# {text}")

    async def run(self, command: str, **environment: str | None) -> CommandRun:
        """Run `module argument …`, as `python -m` does, with variables besides the usual ones.

        A variable that is `None` is not set.
        """
        wanted = {name: each for name, each in environment.items() if each is not None}
        unset = [name for name in environment if name not in wanted]
        variables = "".join(f"{name}={shlex.quote(each)} " for name, each in wanted.items())
        without = f"env {' '.join(f'-u {name}' for name in unset)} " if unset else ""
        self.did.append(f"{without}{variables}python -m {command}")
        module, *arguments = shlex.split(command)
        stage = str(self.workplace.snapshot.folder.stage)
        order = {"stage": stage, "module": module, "arguments": arguments, "unset": unset}
        host = await self.hosts.open(start=False, **wanted)
        try:
            async with open_client(host) as client:
                response = await client.post("/", json=order)
        except SubmissionError as error:
            raise SubmissionError(error.kind, _name(error), list(self.did), error.where) from None
        finally:
            host.close()
        return CommandRun(command, _read(response.text), host.evidence, tuple(self.did))


def _name(error: SubmissionError) -> str:
    messages = {"hang": "The command does not end.", "crash": "The command ends its own process."}
    return messages.get(error.kind, error.message)


def _read(reply: str) -> Ended:
    """Read the last line of a reply; `SubmissionError` if it is not as a host writes it."""
    try:
        lines = [LINES.validate_json(line) for line in reply.splitlines()]
    except ValidationError:
        raise SubmissionError("protocol", "The report of the command cannot be read.") from None
    if not lines or not isinstance(lines[-1], Ended):
        raise SubmissionError("protocol", "The report of the command is not complete.")
    return lines[-1]


@pytest.fixture
def commands(hosts: Hosts, workplace: Workplace) -> Commands:
    """Give a way to run commands on the submission's files."""
    return Commands(hosts, workplace)
