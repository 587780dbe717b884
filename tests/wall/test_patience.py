"""Patience ends only in time in which the app could have answered."""

import asyncio
import os
import threading
import time
from pathlib import Path

import pytest

from dojo.wall import patience, processes
from dojo.wall.patience import OutOfPatience, Patience, Stopwatch, unhurried
from dojo.wall.processes import read_waits

SCHEDSTAT = Path("/proc/thread-self/schedstat")


def no_process() -> int:
    """Give the process id of a host whose process is not known."""
    return 0


class Machine:
    """A machine whose clock and whose threads' waits are set by the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.waits: dict[int, float] = {}
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(
            patience, "read_waits", lambda pid: {} if pid == os.getpid() else dict(self.waits)
        )


async def test_answer_is_passed_on() -> None:
    """What comes in time is given."""
    assert await Patience(no_process).wait(asyncio.sleep(0, "answer")) == "answer"


async def test_error_is_passed_on() -> None:
    """What raises in time raises."""

    async def fail() -> None:
        raise KeyError("price")

    with pytest.raises(KeyError):
        await Patience(no_process).wait(fail())


async def test_patience_ends() -> None:
    """What never comes is given up, and is no longer waited for."""
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    with pytest.raises(OutOfPatience):
        await Patience(no_process, 0.05).wait(future)

    assert future.cancelled()


async def test_unhurried_wait_has_no_end() -> None:
    """A request that a lab holds on purpose is waited for beyond all patience."""
    token = unhurried.set(True)
    answer = await Patience(no_process, 0.0).wait(asyncio.sleep(0.15, "late"))
    unhurried.reset(token)

    assert answer == "late"


def test_undisturbed_time_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time in which nobody waited for a processor is time that was there."""
    machine = Machine(monkeypatch)
    stopwatch = Stopwatch(no_process)
    machine.now += 2.1

    assert stopwatch.has_reached(2.0)


def test_waiting_for_a_processor_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time in which a thread of the host got no processor is taken off."""
    machine = Machine(monkeypatch)
    machine.waits = {7: 50.0}
    stopwatch = Stopwatch(no_process)
    machine.now += 3.0
    machine.waits = {7: 51.5}
    early = stopwatch.has_reached(2.0)
    machine.now += 1.0

    assert not early
    assert stopwatch.has_reached(2.0)


def test_ended_threads_take_nothing_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that ends does not make the time shorter that it had waited."""
    machine = Machine(monkeypatch)
    machine.waits = {7: 1.0, 8: 30.0}
    stopwatch = Stopwatch(no_process)
    machine.now += 1.0
    machine.waits = {7: 1.5}
    early = stopwatch.has_reached(0.8)
    machine.now += 0.4

    assert not early
    assert stopwatch.has_reached(0.8)


def test_new_threads_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a thread waited that was started meanwhile is taken off as well."""
    machine = Machine(monkeypatch)
    stopwatch = Stopwatch(no_process)
    machine.now += 3.0
    machine.waits = {9: 1.5}

    assert not stopwatch.has_reached(2.0)


def test_disturbance_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy for good does not make the wait endless."""
    machine = Machine(monkeypatch)
    stopwatch = Stopwatch(no_process, longest=60)
    machine.now += 61
    machine.waits = {7: 61}

    assert stopwatch.has_reached(2.0)


def test_waits_are_read_from_the_kernel() -> None:
    """Each thread of a process has its own figure; a process that is not known has none."""
    waits = read_waits(os.getpid())

    assert os.getpid() in waits or not waits
    assert all(0 <= each < time.monotonic() for each in waits.values())
    assert read_waits(0) == {}


def test_waits_are_seconds_by_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second figure of the kernel's table is what a thread waited, in nanoseconds."""
    tables = {"/proc/7/task/7/schedstat": b"9 1500000000 3\n", "/proc/7/task/8/schedstat": b"9\n"}
    monkeypatch.setattr(os, "listdir", lambda path: ["7", "8"] if path == "/proc/7/task" else [])
    monkeypatch.setattr(processes, "_read_table", tables.__getitem__)

    assert read_waits(7) == {7: 1.5}


@pytest.mark.skipif(not SCHEDSTAT.exists(), reason="this kernel does not say how threads waited")
def test_waits_are_those_of_kernel() -> None:
    """The figure of the own thread lies between two readings of the kernel's own."""
    before = int(SCHEDSTAT.read_text().split()[1])
    waited = read_waits(os.getpid())[threading.get_native_id()]
    after = int(SCHEDSTAT.read_text().split()[1])

    assert before <= waited * 1e9 <= after + 1
