"""Witnesses: things put up for a hostile submission to harm, and what became of them.

A process, a secret, files, listening sockets, a terminal. Attacks aim at these alone, so that a
mode which does not stop an attack costs nothing but a witness.
"""

import contextlib
import os
import resource
import select
import shutil
import signal
import socket
import stat
import subprocess
import sysconfig
import tempfile
import tty
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

SECRET_VARIABLE = "DOJO_WITNESS_SECRET"
MARKS_VARIABLE = "DOJO_WITNESS_MARKS"
"""Where the worker is told the file of the marks."""
LIMITS = (resource.RLIMIT_NOFILE, resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_FSIZE)
OTHER_TEST = "dojo-planted-"
"""What `tests/commandline/test_isolation.py` plants, perhaps at this moment in another process."""


@dataclass(frozen=True)
class Snapshot:
    """What the kernel says of every file below some folders; contents are not read."""

    files: dict[str, tuple[int, ...]]

    @classmethod
    def take(cls, folders: Sequence[Path], flat: Sequence[Path] = ()) -> "Snapshot":
        """Look at all files and folders, links not followed, caches of bytecode left out.

        Of the `flat` folders only what is directly in them is looked at.
        """
        found: dict[str, tuple[int, ...]] = {}
        for folder in (*folders, *flat):
            with contextlib.suppress(FileNotFoundError):
                found[str(folder)] = _describe(os.lstat(folder))
            for entry in _list_entries(folder, deep=folder not in flat):
                with contextlib.suppress(FileNotFoundError):
                    found[entry.path] = _describe(entry.stat(follow_symlinks=False))
        return cls(found)

    def list_changes(self, later: "Snapshot") -> list[str]:
        """Name the files that came, went or changed."""
        paths = sorted(self.files.keys() | later.files.keys())
        return [path for path in paths if self.files.get(path) != later.files.get(path)]


def _list_entries(folder: Path, *, deep: bool) -> Iterator["os.DirEntry[str]"]:
    """List what is in a folder, and where it is `deep` in the folders there too."""
    waiting = [str(folder)]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    yield entry
                elif deep and entry.name != "__pycache__":
                    yield entry
                    waiting.append(entry.path)


def _describe(status: os.stat_result) -> tuple[int, ...]:
    owner = (status.st_ino, status.st_mode, status.st_uid)
    if stat.S_ISDIR(status.st_mode):  # its times change as what is in it comes and goes
        return owner
    content = (*owner, status.st_size, status.st_mtime_ns)
    # An installer gives one file a name in each environment; any of them changes this time.
    return content if status.st_nlink > 1 else (*content, status.st_ctime_ns)


class Bystander:
    """A process of the same user that has nothing to do with grading, and holds a secret."""

    def __init__(self, secret: str) -> None:
        environment = {SECRET_VARIABLE: secret}
        self._process = subprocess.Popen(["sleep", "3600"], env=environment)
        self.pid = self._process.pid
        self._before = self._look()

    def list_harm(self) -> list[str]:
        """Say what was done to the process."""
        if self._process.poll() is not None:
            return [f"the bystander was ended with status {self._process.returncode}"]
        return [
            f"the bystander's {name} is {now} instead of {before}"
            for (name, before), now in zip(self._before.items(), self._look().values(), strict=True)
            if now != before
        ]

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()

    def _look(self) -> dict[str, object]:
        state = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]
        return {
            "being stopped": state in "Tt",
            "niceness": os.getpriority(os.PRIO_PROCESS, self.pid),
            "processors": os.sched_getaffinity(self.pid),
            "limits": [resource.prlimit(self.pid, each) for each in LIMITS],
            "score": Path(f"/proc/{self.pid}/oom_score_adj").read_text().strip(),
        }


class Listeners:
    """Sockets that listen as services of the machine do, and expect nobody."""

    def __init__(self, path: Path) -> None:
        self.abstract = f"\0dojo-witness-{os.getpid()}"
        self.path = path
        self._sockets = {
            "loopback": socket.create_server(("127.0.0.1", 0)),
            "abstract": _listen(self.abstract),
            "path": _listen(str(path)),
        }
        self.port: int = self._sockets["loopback"].getsockname()[1]

    def list_harm(self) -> list[str]:
        """Name the sockets to which somebody connected."""
        readable = select.select(list(self._sockets.values()), (), (), 0)[0]
        touched = [name for name, each in self._sockets.items() if each in readable]
        for each in readable:
            each.accept()[0].close()
        return [f"somebody connected to the {name} socket" for name in touched]

    def close(self) -> None:
        """Close all of them."""
        for each in self._sockets.values():
            each.close()


def _listen(address: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen()
    return listener


class Terminal:
    """A terminal of the same user, at which somebody reads along."""

    def __init__(self) -> None:
        self._reader, self._writer = os.openpty()
        tty.setraw(self._writer)
        self.name = os.ttyname(self._writer)

    def list_harm(self) -> list[str]:
        """Say whether something was written to it."""
        if not select.select([self._reader], (), (), 0)[0]:
            return []
        return [f"a terminal shows {os.read(self._reader, 1000)!r}"]

    def close(self) -> None:
        """Close both ends."""
        os.close(self._reader)
        os.close(self._writer)


class Marks:
    """The marks that a submission leaves where it acts; a worker of the tests keeps them."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def clear(self) -> None:
        """Forget the marks of the submission before."""
        self.file.write_bytes(b"")

    def read(self) -> frozenset[str]:
        """Give what the submission said of itself since then."""
        return frozenset(self.file.read_text("utf-8").splitlines())


@dataclass
class Arena:
    """All witnesses of one session, below one folder that is theirs."""

    root: Path
    token: str
    repository: Path
    """A copy of the katas, from which this session grades."""
    watched: Sequence[Path] = ()
    """Folders of the machine that no attack aims at, and that are watched all the same."""
    bystander: Bystander = field(init=False)
    listeners: Listeners = field(init=False)
    terminal: Terminal = field(init=False)

    def __enter__(self) -> Self:
        for folder in (self.temp, self.home, self.outside):
            folder.mkdir()
        (self.outside / "kept").write_text("This is nobody's to remove.\n")
        self._secret.write_text(f"LEAK-FILE-{self.token}\n")
        self._write_victim()
        self.bystander = Bystander(f"LEAK-ENVIRONMENT-{self.token}")
        self.listeners = Listeners(self.root / "service.sock")
        self.terminal = Terminal()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for each in (self.bystander, self.listeners, self.terminal):
            each.close()
        remove_shared_memory(self.key)

    @property
    def marks(self) -> Marks:
        """The marks of the submission that was graded last."""
        return Marks(self.root / "marks")

    @property
    def temp(self) -> Path:
        """The folder in which this session's runs have theirs."""
        return self.root / "temp"

    @property
    def home(self) -> Path:
        """The home of the user who grades."""
        return self.root / "home"

    @property
    def outside(self) -> Path:
        """A folder of that user's."""
        return self.root / "outside"

    @property
    def packages(self) -> Path:
        """The folder of the packages with which submissions are graded."""
        return Path(sysconfig.get_path("purelib"))

    @property
    def key(self) -> int:
        """The key of a segment of shared memory that should not exist."""
        return int(self.token[:7], 16)

    @property
    def _secret(self) -> Path:
        return self.home / "id_key"

    def targets(self) -> dict[str, object]:
        """Tell an attack everything that it may aim at."""
        return {
            "MARK": f"LEAK-{self.token}",
            "POISON": f"POISON-{self.token}",
            "TOKEN": self.token,
            "PID": self.bystander.pid,
            "VARIABLE": SECRET_VARIABLE,
            "SECRET": str(self._secret),
            "HOME": str(self.home),
            "OUTSIDE": str(self.outside),
            "TEMP": str(self.temp),
            "REPOSITORY": str(self.repository),
            "SITE_PACKAGES": str(self.packages),
            "PORT": self.listeners.port,
            "FREE_PORT": _find_free_port(),
            "ABSTRACT": self.listeners.abstract,
            "SOCKET": str(self.listeners.path),
            "TERMINAL": self.terminal.name,
            "KEY": self.key,
        }

    def look(self) -> Snapshot:
        """Take down the state of every file that a submission has no business with."""
        own = (self.repository, self.home, self.outside, self.temp)
        return Snapshot.take((*own, *self.watched), flat=(self.packages,))

    def list_harm(self, before: Snapshot) -> list[str]:
        """Say what was done to the witnesses since then."""
        changed = [path for path in before.list_changes(self.look()) if OTHER_TEST not in path]
        found = [f"'{path}' has changed" for path in changed]
        for each in (self.bystander, self.listeners, self.terminal):
            found += each.list_harm()
        if remove_shared_memory(self.key):
            found.append("a segment of shared memory was left")
        return found

    def mend(self, source: Path) -> None:
        """Put everything up again as it was, the repository from `source`."""
        for folder in (self.repository, self.home, self.outside, self.temp):
            remove(folder)
        for path in self.packages.glob(f"witness-{self.token}*"):
            path.unlink()
        shutil.copytree(source, self.repository)
        for each in (self.bystander, self.listeners, self.terminal):
            each.close()
        self.listeners.path.unlink()
        self.__enter__()

    def _write_victim(self) -> None:
        """Write the folder of another run that is under way."""
        for name in ("stage/app", "work"):
            (self.temp / "dojo-runs/dojo-victim" / name).mkdir(parents=True)
        main = self.temp / "dojo-runs/dojo-victim/stage/app/main.py"
        main.write_text(f"ANSWER = 'LEAK-OTHER-{self.token}'\n")


def _find_free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def remove_shared_memory(key: int) -> bool:
    """Remove a System V segment; tell whether there was one."""
    rows = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    numbers = [int(row.split()[1]) for row in rows if int(row.split()[0]) == key]
    for number in numbers:
        subprocess.run(["ipcrm", "-m", str(number)], check=True)
    return bool(numbers)


def remove(folder: Path) -> None:
    """Remove a tree, however deep and locked it is, which Python's own functions cannot."""
    subprocess.run(["chmod", "-R", "u+rwx", str(folder)], check=False, capture_output=True)
    subprocess.run(["rm", "-rf", str(folder)], check=True)


@contextlib.contextmanager
def set_variables(**variables: str) -> Iterator[None]:
    """Set environment variables for a while."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextlib.contextmanager
def use_temp(folder: Path) -> Iterator[None]:
    """Put what is temporary, in this process and in those that it starts, into a folder."""
    before = tempfile.gettempdir()
    tempfile.tempdir = str(folder)
    try:
        with set_variables(TMPDIR=str(folder)):
            yield
    finally:
        tempfile.tempdir = before


def resume(pid: int) -> None:
    """Let a stopped process go on."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)
