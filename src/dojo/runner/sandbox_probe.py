"""The sandbox probe: `python -m dojo.runner.sandbox_probe MODE RUNS_FOLDER` tries the attacks.

It grades nothing. It writes what the attacks could do; what they cannot know, such as who was
called, it looks up itself.
"""

import asyncio
import json
import os
import shutil
import socket
import sys
import tempfile
from pathlib import Path

from ..harness.failures import GraderFault, SubmissionError
from ..harness.hosts import Host
from ..harness.http_client import open_client
from ..harness.processes import adopt_orphans, end_descendants, list_descendants
from ..harness.snapshot_process import ImportRequest, open_snapshot
from ..harness.temporary_folders import RunFolder, open_run_folder
from .fork_server_launcher import ForkServerLauncher
from .sandbox import PACKAGE, Mode

ATTACKS = Path(__file__).parent / "sandbox_attacks.py"


class Canaries:
    """A file and servers that nobody has a reason to touch."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "canary.txt"
        self._file.write_text("canary")
        self._file.chmod(0o600)
        self._server = socket.create_server(("127.0.0.1", 0))
        path = str(folder / "canary.socket")
        self._neighbours = [socket.socket(socket.AF_UNIX) for _ in range(2)]
        for neighbour, address in zip(self._neighbours, (path, f"\0{path}"), strict=True):
            neighbour.bind(address)
            neighbour.listen()
        self._neighbours.append(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        self._neighbours[-1].bind(f"{path}.datagrams")
        self.targets = {
            "file": str(self._file),
            "folder": str(folder),
            "grader": str(PACKAGE / "grader"),
            "port": str(self._server.getsockname()[1]),
            "socket": path,
            "pid": str(os.getpid()),
        }

    def describe_harm(self) -> dict[str, str]:
        """Say what was done to them that whoever did it could not know."""
        kept = self._file.stat().st_mode & 0o777 == 0o600
        return {} if kept else {"change_metadata": "changed the mode of a file"}

    def close(self) -> None:
        """Close the servers."""
        for server in (self._server, *self._neighbours):
            server.close()


def probe(mode: Mode, runs_folder: Path) -> dict[str, str]:
    """Give for each attack what it could do in a mode; nothing for what was prevented."""
    adopt_orphans()
    with tempfile.TemporaryDirectory(prefix="dojo-") as canary, open_run_folder(runs_folder) as own:
        canaries = Canaries(Path(canary))
        launcher = ForkServerLauncher(own, ("upstream",), mode)
        try:
            launcher.open_listener("upstream").close()
            with open_run_folder(runs_folder) as folder:
                found = asyncio.run(_probe(folder, launcher, canaries.targets))
            end_descendants(os.getpid(), launcher.pids)
            alive = list_descendants(os.getpid(), launcher.pids)
            found["leave_daemon"] = "left a process behind" if alive else ""
        finally:
            launcher.close()
            canaries.close()
        return found | canaries.describe_harm()


async def _probe(
    folder: RunFolder, launcher: ForkServerLauncher, targets: dict[str, str]
) -> dict[str, str]:
    (folder.stage / "app").mkdir(parents=True)
    shutil.copyfile(ATTACKS, folder.stage / "app" / "main.py")
    with open_snapshot(folder, launcher) as snapshot:
        snapshot.request_import(
            ImportRequest("app.main:app", environment={"DOJO_PROBE": json.dumps(targets)})
        )
        host = await Host.open(snapshot)
        try:
            async with open_client(host) as client:
                found: dict[str, str] = (await client.get("/")).json()
        finally:
            host.close()
    return found


def main(arguments: list[str]) -> None:
    """Write what was found, or why nothing could be, as JSON."""
    mode, runs_folder = arguments
    answer: dict[str, object]
    try:
        answer = {"found": probe(Mode(mode), Path(runs_folder))}
    except (GraderFault, SubmissionError, OSError) as error:
        answer = {"problem": str(error)}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1:])
