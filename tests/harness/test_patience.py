"""Patience ends only in time in which the app could have answered."""

import asyncio
import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

from dojo.harness import processes
from dojo.harness.patience import OutOfPatience, Patience, allow, unhurried
from dojo.harness.processes import Stopwatch, end_tree, list_children, read_use, read_waits

HOST = 7

SCHEDSTAT = Path("/proc/thread-self/schedstat")


def no_process() -> list[int]:
    """Give the processes of a host that is not known."""
    return []


class Machine:
    """A machine whose clock is set by the test, and what its threads waited and its host used."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.waits = {HOST: 50.0}
        self.used = 20.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(os, "cpu_count", lambda: 2)
        monkeypatch.setattr(processes, "list_descendants", lambda _: [])
        monkeypatch.setattr(processes, "read_use", lambda _: self.used)
        monkeypatch.setattr(
            processes, "read_waits", lambda pid: dict(self.waits) if pid == HOST else {}
        )

    def start(self) -> Stopwatch:
        """Give a stopwatch that has had its first look."""
        stopwatch = Stopwatch(lambda: [HOST])
        self.now += 0.1
        assert not stopwatch.has_reached(0.0)
        return stopwatch

    def run(
        self, stopwatch: Stopwatch, seconds: float, *, waits: float = 0.0, uses: float = 0.0
    ) -> float:
        """Let time pass, a tenth of a second at a time; of each, shares are waited and used."""
        for _ in range(round(seconds * 10)):
            self.now += 0.1
            self.waits[HOST] = self.waits.get(HOST, 0.0) + 0.1 * waits
            self.used += 0.1 * uses
            stopwatch.has_reached(seconds)
        return round(stopwatch.seconds, 3)


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


async def test_own_timeout_of_the_body_stays_one() -> None:
    """A timeout inside of a body that had time enough is none of patience."""
    with pytest.raises(TimeoutError):
        async with allow(60, no_process):
            raise TimeoutError


def test_undisturbed_time_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time in which nobody waited for a processor is time that was there."""
    machine = Machine(monkeypatch)
    stopwatch = machine.start()

    assert machine.run(stopwatch, 2.0) == 2.0
    assert stopwatch.has_reached(1.9)
    assert not stopwatch.has_reached(2.1)


def test_waiting_for_a_processor_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time in which a thread of the host got no processor is taken off."""
    machine = Machine(monkeypatch)
    stopwatch = machine.start()

    assert machine.run(stopwatch, 3.0, waits=0.5) == 1.5


def test_busy_machine_stops_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that wait longer, together, than time passes take nothing from what has counted."""
    machine = Machine(monkeypatch)
    stopwatch = machine.start()

    assert machine.run(stopwatch, 1.0) == 1.0
    assert machine.run(stopwatch, 600.0, waits=7.0) == 1.0


def test_ended_threads_take_nothing_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that ends does not make the time shorter that it had waited."""
    machine = Machine(monkeypatch)
    machine.waits[8] = 30.0
    stopwatch = machine.start()
    machine.run(stopwatch, 1.0, waits=0.5)
    del machine.waits[8]

    assert machine.run(stopwatch, 0.4) == 0.9


def test_new_threads_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a thread waited that was started meanwhile is taken off as well."""
    machine = Machine(monkeypatch)
    stopwatch = machine.start()
    machine.waits[9] = 0.06

    assert machine.run(stopwatch, 0.1) == 0.04


def test_app_in_its_own_way_is_no_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """An app whose threads wait for each other's processors uses them all: that counts."""
    machine = Machine(monkeypatch)
    stopwatch = machine.start()

    assert machine.run(stopwatch, 2.0, waits=6.0, uses=2.0) == 2.0


def test_late_look_counts_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """A grader that was kept from looking takes no time from the host for it."""
    machine = Machine(monkeypatch)
    stopwatch = machine.start()
    machine.now += 90

    assert not stopwatch.has_reached(0.2)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="figures are read in /proc")
def test_started_processes_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process started is part of what may have been kept waiting, and so is the grader."""
    asked: list[int] = []

    def note(pid: int) -> dict[int, float]:
        asked.append(pid)
        return {}

    monkeypatch.setattr(processes, "read_waits", note)
    with subprocess.Popen(["sh", "-c", "sleep 60 & wait"]) as process:
        while not (children := list_children(process.pid)):
            time.sleep(0.001)
        stopwatch = Stopwatch(lambda: [process.pid])
        while not asked:
            stopwatch.has_reached(60)
        end_tree(process.pid)

    assert asked == [os.getpid(), process.pid, *children]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="figures are read in /proc")
def test_use_is_read_from_the_kernel() -> None:
    """The use of a process is its time on processors, that of its ended threads included."""
    before = time.process_time()
    used = read_use(os.getpid())
    while time.process_time() < before + 0.1:
        pass
    after = read_use(os.getpid())

    assert before - 0.02 <= used
    assert used + 0.08 <= after <= time.process_time() + 0.02
    assert read_use(0) == 0.0


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


async def test_longer_limit_counts_each_wait() -> None:
    """What limits many waits together is looked at in the middle of each, not only between."""
    came = asyncio.Event()

    class Longer(Stopwatch):
        looks = 0

        def look(self) -> None:
            self.looks += 1
            if self.looks == 3:
                came.set()

    longer = Longer(no_process)
    await Patience(no_process).wait(came.wait(), longer=longer)

    assert longer.looks == 3
