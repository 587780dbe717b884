"""Artifacts: a command runs in a host as `python -m` does, and how it ended is told."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dojo.grader.commands import CommandRun, Commands
from dojo.grader.fixtures import Hosts, Workplace
from dojo.harness.failures import Failure, SubmissionError
from dojo.harness.snapshot_process import ExecLauncher, ImportRequest, SnapshotProcess
from dojo.harness.temporary_folders import open_run_folder
from dojo.runner.grading import ENTRYPOINTS


@pytest.fixture(scope="module")
def snapshot() -> Any:
    """Open a snapshot that serves the engine's own application for artifacts."""
    launcher = ExecLauncher()
    with open_run_folder() as folder:
        (folder.stage / "app").mkdir(parents=True)
        opened = SnapshotProcess(folder, launcher)
        opened.request_import(ImportRequest(ENTRYPOINTS["artifact"]))
        yield opened
        opened.close()
    launcher.close()


@pytest.fixture
async def commands(snapshot: SnapshotProcess) -> AsyncIterator[Commands]:
    """Give a way to run commands, in a folder that is empty at first."""
    hosts = Hosts(snapshot)
    yield Commands(hosts, Workplace(snapshot, "seed"))
    for host in hosts.opened:
        host.close()
    snapshot.folder.empty_work()


async def run(
    commands: Commands, source: str, arguments: str = "", **variables: str | None
) -> CommandRun:
    """Write the module `app.tool` and run it."""
    app: Path = commands.workplace.snapshot.folder.stage / "app"
    (app / "tool.py").write_text(source)
    commands.workplace.snapshot.folder.empty_work()
    return await commands.run(f"app.tool {arguments}".strip(), **variables)


async def test_output_and_arguments_are_told(commands: Commands) -> None:
    """A command gets its arguments and variables, and what it writes is told."""
    source = "import os, sys\nprint(__name__, sys.argv[1:], os.environ['WORD'])"
    ended = await run(commands, source, "-c 'a b'", WORD="x%y")

    assert ended.output == "__main__ ['-c', 'a b'] x%y\n"
    assert ended.did == ("WORD=x%y python -m app.tool -c 'a b'",)
    ended.expect_success()


async def test_variable_can_be_unset(commands: Commands) -> None:
    """A variable that is `None` is not set, whatever surrounds the command."""
    ended = await run(commands, "import os\nprint(os.environ.get('HOME'))", HOME=None)

    assert ended.output == "None\n"
    assert ended.did == ("env -u HOME python -m app.tool",)


@pytest.mark.parametrize(
    ("end", "status"), [("None", 0), ("0", 0), ("3", 3), ("-1", 255), ("'no'", 1)]
)
async def test_exit_status_is_that_of_python(commands: Commands, end: str, status: int) -> None:
    """An exit has the status, and writes the text, that Python gives it."""
    ended = await run(commands, f"import sys\nsys.exit({end})")

    assert ended.ended.status == status
    assert ended.ended.errors == ("no\n" if end == "'no'" else "")


async def test_exception_is_told_with_own_lines(commands: Commands) -> None:
    """An exception becomes a failure with its message and the learner's own line."""
    ended = await run(commands, "def work():\n    raise ValueError('odd')\n\nwork()")

    with pytest.raises(Failure) as caught:
        ended.expect_success()
    assert caught.value.seen == "ValueError: odd"
    assert [(each.file, each.line) for each in caught.value.where] == [
        ("app/tool.py", 2),
        ("app/tool.py", 4),
    ]


async def test_endless_recursion_is_told(commands: Commands) -> None:
    """However deep an exception comes from, the report can be read."""
    ended = await run(commands, "def work():\n    work()\n\nwork()")

    assert ended.ended.error is not None
    assert ended.ended.error.type == "RecursionError"


async def test_command_that_waits_for_ever_is_a_hang(commands: Commands) -> None:
    """A command that does not end is told apart from one that fails."""
    with pytest.raises(SubmissionError) as caught:
        await run(commands, "import threading\nthreading.Event().wait()")
    assert caught.value.kind == "hang"
    assert caught.value.message == "The command does not end."
    assert caught.value.did == ["python -m app.tool"]


async def test_loop_is_there_as_in_a_main_thread(commands: Commands) -> None:
    """A command can ask for an event loop, and run one of its own."""
    source = """
import asyncio
asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))
asyncio.run(asyncio.sleep(0))
"""
    (await run(commands, source)).expect_success()


async def test_commands_share_a_folder(commands: Commands) -> None:
    """What one command writes the next one finds."""
    first = await run(commands, "from pathlib import Path\nPath('note').write_text('a')")
    second = await commands.run("app.tool")

    first.expect_success()
    second.expect_success()
    assert (commands.workplace.snapshot.folder.work / "note").read_text() == "a"


async def test_process_that_ends_is_an_error(commands: Commands) -> None:
    """A command that ends its process is told apart from one that fails."""
    with pytest.raises(SubmissionError) as caught:
        await run(commands, "import os\nos._exit(0)")
    assert caught.value.kind == "crash"
    assert caught.value.message == "The command ends its own process."


async def test_forged_report_is_refused(commands: Commands) -> None:
    """A report that is not as a host writes it is the submission's error."""
    source = """
import dojo.host.artifact_app as app
app._read_status = lambda end: 'fine'
raise SystemExit(1)
"""
    with pytest.raises(SubmissionError) as caught:
        await run(commands, source)
    assert caught.value.kind == "protocol"
