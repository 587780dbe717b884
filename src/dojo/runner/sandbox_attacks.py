"""Attacks: tiny hostile deeds, staged as a submission of our own; each says what it could do.

They are harmless where they succeed: what they get at are canaries. This file runs in the host, on
its own: it imports nothing of `dojo`. Text means that the sandbox leaks; nothing means that it
holds.
"""

import contextlib
import ctypes
import fcntl
import json
import mmap
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

TARGETS: dict[str, str] = json.loads(os.environ["DOJO_PROBE"])
MOST_FORKS = 200
LARGEST_MAPPING = 4 * 1024**3
_CLONE_NEWUSER = 0x1000_0000


def read_files() -> str:
    """Read a file of the grader's user."""
    return f"read '{TARGETS['file']}'" if Path(TARGETS["file"]).read_text() else ""


def read_grader() -> str:
    """Read the grader's side of the engine."""
    return f"listed '{TARGETS['grader']}'" if list(Path(TARGETS["grader"]).iterdir()) else ""


def write_files() -> str:
    """Write beside that file."""
    Path(TARGETS["folder"], "planted").write_text("planted")
    return f"wrote below '{TARGETS['folder']}'"


def write_environment() -> str:
    """Open a file of the virtual environment for writing."""
    with Path(sys.prefix, "pyvenv.cfg").open("a"):
        return f"could change '{sys.prefix}'"


def change_metadata() -> str:
    """Lock the owner out of that file; what came of it is looked up outside."""
    Path(TARGETS["file"]).chmod(0)
    return ""


def call_out() -> str:
    """Connect to a server of this machine by TCP."""
    with socket.create_connection(("127.0.0.1", int(TARGETS["port"])), 1):
        return "connected to a server of this machine"


def call_neighbours() -> str:
    """Connect to a server of this machine by a Unix socket, with and without a path."""
    for address in (TARGETS["socket"], f"\0{TARGETS['socket']}"):
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.connect(address)
            return f"connected to {'an abstract' if address[0] == chr(0) else 'a'} Unix socket"
    return ""


def write_to_neighbours() -> str:
    """Send to a server of this machine from a pair of sockets, which needs no connection."""
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with one, other:
        one.sendto(b"", f"{TARGETS['socket']}.datagrams")
        return "sent to a Unix socket"


def signal_grader() -> str:
    """Signal the grader, directly and by way of a socket's owner."""
    grader = int(TARGETS["pid"])
    with contextlib.suppress(OSError):
        os.kill(grader, 0)
        return "could signal the grader"
    one, other = socket.socketpair()
    with one, other:
        fcntl.fcntl(one, fcntl.F_SETOWN, grader)
        return "could have the grader signalled"


def look_into_grader() -> str:
    """Read the environment and the memory of the grader."""
    for name in ("environ", "mem"):
        with contextlib.suppress(OSError), Path("/proc", TARGETS["pid"], name).open("rb"):
            return f"opened /proc/…/{name} of the grader"
    return ""


def start_program() -> str:
    """Run another program."""
    subprocess.run(["/bin/true"], check=True)
    return "started a program"


def fork(deed: Callable[..., object], *arguments: Any) -> int:
    """Make a process of its own session that does a deed and nothing else."""
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            deed(*arguments)
        finally:
            os._exit(0)
    return pid


def wait_for_end(reading: int, writing: int) -> None:
    """Wait until the other end of a pipe is closed everywhere."""
    os.close(writing)
    os.read(reading, 1)


def fork_once() -> str:
    """Make a process."""
    os.waitpid(fork(lambda: None), 0)
    return "made a process"


def fork_many() -> str:
    """Make processes until no more can be made."""
    children: list[int] = []
    reading, writing = os.pipe()
    with contextlib.suppress(OSError):
        while len(children) < MOST_FORKS:
            children.append(fork(wait_for_end, reading, writing))
    os.close(writing)
    for pid in children:
        os.waitpid(pid, 0)
    return f"made {MOST_FORKS} processes" if len(children) >= MOST_FORKS else ""


def leave_daemon() -> str:
    """Leave a process behind that nobody waits for; whether it lives on is looked up outside."""
    fork(lambda: fork(time.sleep, 30))
    return ""


def take_memory() -> str:
    """Map more memory than a host may have."""
    with mmap.mmap(-1, LARGEST_MAPPING):
        return "mapped 4 GiB of memory"


def take_uncounted_memory() -> str:
    """Make a file in memory, which no limit counts."""
    os.close(os.memfd_create("bomb"))
    return "made a file in memory"


def enter_namespace() -> str:
    """Become root of a namespace of its own."""
    done = ctypes.CDLL(None).unshare(_CLONE_NEWUSER)
    return "" if done else "made a namespace of its own"


def fill_disk() -> str:
    """Write many files, each below the limit of a file."""
    folder = Path(tempfile.mkdtemp(dir="."))
    for number in range(12):
        (folder / str(number)).write_bytes(bytes(8 * 1024**2))
    return "wrote 96 MiB"


AT_IMPORT = (leave_daemon, fork_many)
IN_REQUEST = (
    *(read_files, read_grader, write_files, write_environment, change_metadata),
    *(call_out, call_neighbours, write_to_neighbours, signal_grader, look_into_grader),
    *(start_program, fork_once, take_memory, take_uncounted_memory, enter_namespace, fill_disk),
)


def try_all(attacks: tuple[Callable[[], str], ...]) -> Iterator[tuple[str, str]]:
    """Do the attacks; give for each its name and what it could do."""
    for attack in attacks:
        try:
            yield attack.__name__, attack()
        except (OSError, AttributeError, MemoryError, subprocess.SubprocessError):
            yield attack.__name__, ""


if hasattr(signal, "SIGIO"):
    signal.signal(signal.SIGIO, signal.SIG_IGN)
done_at_import = dict(try_all(AT_IMPORT))


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer the only request with what all attacks could do."""
    del receive
    if scope["type"] != "http":
        return
    body = json.dumps({**done_at_import, **dict(try_all(IN_REQUEST))}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})
