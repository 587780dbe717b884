"""`check` isolates the app as well as this machine can without an installation, and says how."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dojo.harness.processes import end_tree
from dojo.runner.sandbox import Mode, choose_own_mode

from .conftest import SOLUTION, Dojo

APP = "exercises/07_greeting/app"
CONFINES = pytest.mark.skipif(
    choose_own_mode() is Mode.BASIC, reason="this machine confines nothing: see `nox -s doctor`"
)

BEGIN = f"""
import os, sys
from pathlib import Path
Path({APP!r}, "targets.py").write_text(f"GRADER = {{os.getpid()}}")
os.execv(sys.executable, [sys.executable, "-m", "dojo", "check", "07", *sys.argv[1:]])
"""
"""Begin a check whose number the submission knows."""

KILLING = {
    "kill": "os.kill(GRADER, signal.SIGKILL)",
    "stop": "os.kill(GRADER, signal.SIGSTOP)",
    "signal_by_descriptor": """
        ours, theirs = socket.socketpair()
        fcntl.fcntl(ours, fcntl.F_SETOWN, GRADER)
        fcntl.fcntl(ours, 10, signal.SIGKILL)  # F_SETSIG
        fcntl.fcntl(ours, fcntl.F_SETFL, fcntl.fcntl(ours, fcntl.F_GETFL) | os.O_ASYNC)
        theirs.send(b"now")
    """,
}
"""What ends or stops the grader."""

LEAVING = {
    "signal_everybody": "os.kill(-1, 0); done = True",
    "plant_startup_file": "PLANTED.write_text('# planted')",
    "leave_file": "LEFT.write_text('left')",
    "leave_memory": "MEMORY.write_text('left')",
}
"""What is done to the machine, or could be."""


@dataclass(frozen=True)
class Arena:
    """A repository whose kata 07 is solved by somebody hostile, and what they aim at."""

    repository: Path
    planted: Path
    left: Path
    memory: Path

    def write(self, *deeds: str) -> None:
        """Make the submission: it does all the deeds, then answers right unless it is `done`."""
        lines = ["import contextlib, fcntl, os, signal, socket", "from pathlib import Path"]
        lines += ["from .targets import GRADER", "done = False"]
        for name in ("planted", "left", "memory"):
            lines.append(f"{name.upper()} = Path({str(getattr(self, name))!r})")
        for deed in deeds:
            body = textwrap.indent(textwrap.dedent(deed).strip(), "    ")
            lines.append(f"with contextlib.suppress(OSError):\n{body}")
        text = SOLUTION.replace('f"Hello {name}"', '"done" if done else f"Hello {name}"')
        (self.repository / APP / "main.py").write_text("\n".join([*lines, text]), "utf-8")

    def check(self, *options: str) -> int:
        """Check it; give the exit code, below zero for the signal that ended or stopped it."""
        command = [sys.executable, "-c", BEGIN, *options]
        with subprocess.Popen(command, cwd=self.repository, stdout=subprocess.DEVNULL) as process:
            status = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WSTOPPED | os.WNOWAIT)
            if status is not None and status.si_code == os.CLD_STOPPED:
                end_tree(process.pid)
                return -status.si_status
        return process.returncode

    def list_left(self) -> list[Path]:
        """List what lies where it should not."""
        return [path for path in (self.planted, self.left, self.memory) if path.exists()]


@pytest.fixture
def arena(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """Give the place of the attacks; what they leave is removed."""
    libraries = Path(pytest.__file__).parent.parent
    name = f"dojo-planted-{os.getpid()}"
    outside = tmp_path_factory.mktemp("outside")
    arena = Arena(repository, libraries / f"{name}.pth", outside / "left", Path("/dev/shm", name))
    yield arena
    for path in arena.list_left():
        path.unlink()


@CONFINES
def test_check_prevents_attacks(arena: Arena, tmp_path: Path) -> None:
    """Who attacks the grader or the machine is graded like anybody else, and has done nothing."""
    arena.write(*KILLING.values(), *LEAVING.values())

    code = arena.check("--json", str(tmp_path / "report.json"))

    (report,) = json.loads((tmp_path / "report.json").read_text("utf-8"))["reports"]
    assert (code, report["environment"]["isolation"]) == (0, "no-bwrap")
    assert arena.list_left() == []


@CONFINES
@pytest.mark.parametrize("name", KILLING)
def test_grader_is_exposed_without_isolation(name: str, arena: Arena) -> None:
    """The same attack ends or stops a check that asks for `basic`: it is one."""
    arena.write(KILLING[name])

    assert arena.check("--isolation", "basic") in (-signal.SIGKILL, -signal.SIGSTOP)


@CONFINES
def test_machine_is_exposed_without_isolation(arena: Arena) -> None:
    """The same attacks reach everything in a check that asks for `basic`."""
    arena.write(*LEAVING.values())

    assert arena.check("--isolation", "basic") == 1
    assert arena.list_left() == [arena.planted, arena.left, arena.memory]


@CONFINES
def test_text_names_isolation(dojo_process: Dojo) -> None:
    """A learner reads how the app was isolated."""
    ended = dojo_process("check", "07")

    assert "\nThe app ran in isolation 'no-bwrap'.\n" in ended.out
    assert "Note:" not in ended.out


def test_basic_can_be_asked_for(dojo_process: Dojo) -> None:
    """Who wants to debug without isolation gets that, and is not told of a lack."""
    ended = dojo_process("check", "07", "--isolation", "basic")

    assert "\nThe app ran in isolation 'basic'. Check only code that you trust.\n" in ended.out
    assert "Note:" not in ended.out


WITHOUT_LANDLOCK = """
import sys
from pathlib import Path
from dojo.__main__ import main
from dojo.runner import sandbox

sandbox.MEMORY = Path("isolation.json")
sandbox.examine = lambda mode: sandbox.Examination(mode, problem="This kernel has no Landlock.")
main()
"""


def check_with(program: str, repository: Path) -> subprocess.CompletedProcess[str]:
    """Run a check that a program has prepared."""
    return subprocess.run(
        [sys.executable, "-c", program, "check", "07"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )


def test_lack_is_told_in_one_line(repository: Path) -> None:
    """On a machine without Landlock a check works, and says in what isolation."""
    ended = check_with(WITHOUT_LANDLOCK, repository)

    assert ended.returncode == 1, ended.stderr
    assert ended.stdout.splitlines()[1] == (
        "Note: This machine does not support isolation 'no-bwrap', so 'basic' is used."
    )
    assert "The app ran in isolation 'basic'. Check only code that you trust." in ended.stdout


LOG = """
import logging
from pathlib import Path
logging.getLogger().addHandler(logging.FileHandler(Path(__file__).with_name("app.log")))
"""


@CONFINES
def test_refusal_shows_the_way_out(dojo_process: Dojo, repository: Path) -> None:
    """What the isolation refuses is told as that, and the command that is printed passes."""
    (repository / APP / "main.py").write_text(LOG + SOLUTION, "utf-8")

    ended = dojo_process("check", "07")
    told = " ".join(ended.out.split())
    outside = dojo_process("check", "07", "--isolation", "basic")

    assert ended.code == 1
    assert "Permission denied" in told
    assert "The app ran in isolation 'no-bwrap'" in told
    assert "only to its working folder, where `tempfile` writes too" in told
    assert "`nox -s check -- 07 --isolation basic`" in told
    assert outside.code == 0


def test_broken_confinement_is_a_grader_fault(repository: Path) -> None:
    """Where the isolation cannot be closed after all nothing is graded, and it is probed again."""
    memory = repository / "isolation.json"
    program = WITHOUT_LANDLOCK.replace("main()\n", BELIEVE)
    ended = check_with(program, repository)

    assert ended.returncode == 3
    assert ended.stderr.startswith("'check' failed because of an error in this program")
    details = (repository / ".dojo" / "faults" / "check-check-07.txt").read_text("utf-8")
    assert "The process that starts submissions has ended." in details
    assert not memory.exists()


BELIEVE = """\
from dojo.runner import fork_server_launcher
sandbox.remember(list(sandbox.describe_machine()), True)
fork_server_launcher.make_confinement_request = lambda *arguments: {"closed": True}
main()
"""
