"""`check --debug` waits for a debugger, and a check says so of a debugger that was left in."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dojo.commandline import debugged_check
from dojo.harness.patience import OutOfPatience, allow, suspend_deadlines, without_deadlines
from dojo.harness.processes import Stopwatch
from dojo.learning.serving import is_free

from .conftest import STUB, Dojo
from .debug_client import DebugClient

pytest.importorskip("debugpy")

PORTS = range(15678, 16678)
LINE = 1 + STUB.splitlines().index('    return {"text": "Hello"}  # TODO 1: greet by name')


@contextmanager
def debug(repository: Path, port: int, *options: str) -> Iterator["subprocess.Popen[str]"]:
    """Start a check that waits for a debugger; its output is read up to that sentence."""
    command = [sys.executable, "-m", "dojo", "check", "07", "--debug", f"--debug-port={port}"]
    with subprocess.Popen(
        [*command, *options], cwd=repository, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            while "Stop with Ctrl-C." not in process.stdout.readline():
                assert process.poll() is None
            yield process
        finally:
            process.kill()


@pytest.fixture
def port() -> int:
    """Give a port that nobody uses."""
    return next(filter(is_free, PORTS))


@pytest.fixture
def main(repository: Path) -> Path:
    """Give the learner's file."""
    return repository / "exercises/07_greeting/app/main.py"


def test_debugger_stops_in_the_learners_file(repository: Path, main: Path, port: int) -> None:
    """The first criterion that fails is run, and stops at a breakpoint in the file itself."""
    with debug(repository, port) as process, DebugClient(port) as client:
        client.attach(main, LINE)
        stop = client.find_stop()
        name = client.evaluate("name")
        client.go_on()
        output, _ = process.communicate()

    assert stop == (str(main), LINE)
    assert name == "'Asha'"
    assert "FAILED   The greeting holds the name." in output
    assert "no grade" in output
    assert process.returncode == 1


def test_breakpoint_call_stops_the_debugger(repository: Path, main: Path, port: int) -> None:
    """What a check refuses is a stop where a debugger is attached."""
    main.write_text(STUB.replace('    return {"text"', '    breakpoint()\n    return {"text"'))
    with debug(repository, port) as process, DebugClient(port) as client:
        client.attach(main, 1)
        file, line = client.find_stop()
        client.go_on()
        output, _ = process.communicate()

    assert (file, line) in [(str(main), LINE), (str(main), LINE + 1)]
    assert "BreakpointReached" not in output


def test_named_criterion_is_debugged(repository: Path, main: Path, port: int) -> None:
    """One that passes can be looked at as well; then it passes."""
    name = "test_service_describes_itself"
    with debug(repository, port, "--criterion", name) as process, DebugClient(port) as client:
        client.attach(main, LINE)
        process.communicate()

    assert process.returncode == 0


def test_interrupt_ends_the_wait(repository: Path, port: int) -> None:
    """Ctrl-C ends a check that waits for a debugger."""
    with debug(repository, port) as process:
        process.send_signal(signal.SIGINT)

        assert process.wait() == 130


async def test_nothing_is_late_while_debugging(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit that is over is not even looked at while a debugger is attached."""
    looks = [False, True]
    monkeypatch.setattr(Stopwatch, "has_reached", lambda *_: looks.pop(0))
    with pytest.raises(OutOfPatience):
        async with allow(0, list):
            await asyncio.Event().wait()
    with suspend_deadlines():
        async with allow(0, list):
            await asyncio.sleep(0)

    assert looks == []


@pytest.mark.parametrize("call", ["breakpoint()", "import pdb; pdb.set_trace()"])
def test_debugger_that_was_left_in_is_told(main: Path, dojo_process: Dojo, call: str) -> None:
    """A check names the call, and the command that stops there with a debugger."""
    main.write_text(STUB.replace('    return {"text"', f'    {call}\n    return {{"text"'))
    ended = dojo_process("check", "07")
    words = " ".join(ended.out.split())

    assert "calls a debugger, with `breakpoint()` or `pdb.set_trace()`" in words
    assert "`nox -s check -- 07 --debug`" in words
    assert ended.code == 1


def test_breakpoint_is_located(main: Path, dojo_process: Dojo) -> None:
    """The failure names the line of the call, not the line after it."""
    main.write_text(STUB.replace('    return {"text"', '    breakpoint()\n    return {"text"'))
    ended = dojo_process("check", "07")

    assert "raised by BreakpointReached: no debugger is attached" in " ".join(ended.out.split())
    assert f"main.py:{LINE}, in read_greeting\n" in ended.out


def test_missing_debugger_is_told(
    dojo: Dojo, monkeypatch: pytest.MonkeyPatch, repository: Path
) -> None:
    """Without `debugpy` the answer is the command that installs it."""
    del repository
    monkeypatch.setattr(debugged_check, "DEBUGGER", "debugpy_that_is_missing")
    ended = dojo("check", "07", "--debug")

    assert ended.code == 2
    assert "Run `nox -s check -- 07 --debug`: that installs it." in " ".join(ended.err.split())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "needs one kata"),
        (["07", "08"], "needs one kata"),
        (["07", "--solution"], "your own work"),
        (["07", "--json", "-"], "your own work"),
        (["07", "--criterion", "test_nothing"], "has no criterion 'test_nothing'"),
    ],
)
def test_wrong_use_is_told(dojo: Dojo, options: list[str], words: str) -> None:
    """What cannot be debugged is said before anybody waits."""
    ended = dojo("check", "--debug", *options)

    assert ended.code == 2
    assert words in ended.err
    assert not without_deadlines.get()
