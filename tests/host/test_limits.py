"""What a submission may take of the machine is limited in its own process, children included."""

import os
import resource
import sys

import pytest

from dojo.harness.failures import GraderFault, SubmissionError
from dojo.host.confinement import DEFAULT_LIMITS, confine

from ..conftest import OpenSubmission, fetch

APP = """
    import os, resource, subprocess, sys
    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/memory")
    def take_memory(mebibytes: int) -> int:
        try:
            return len(bytearray(mebibytes * 2**20))
        except MemoryError:
            return -1

    @app.get("/file")
    def write_file(mebibytes: int) -> str:
        try:
            with open("large.bin", "wb") as file:
                for _ in range(mebibytes):
                    file.write(bytes(2**20))
                    file.flush()
        except OSError as error:
            return error.strerror
        return "written"

    @app.get("/files")
    def open_files(count: int) -> int:
        files = []
        try:
            for _ in range(count):
                files.append(open(os.devnull))
        except OSError:
            pass
        return len(files)

    @app.get("/burn")
    async def burn() -> None:
        while True:
            pass

    @app.get("/limits")
    def read_limits() -> dict[str, list[int]]:
        names = ("AS", "CORE", "CPU", "FSIZE", "NOFILE", "NPROC")
        return {name: resource.getrlimit(getattr(resource, "RLIMIT_" + name)) for name in names}

    @app.get("/child")
    def read_limits_of_child() -> str:
        code = "import resource; print(resource.getrlimit(resource.RLIMIT_FSIZE))"
        return subprocess.check_output([sys.executable, "-c", code], text=True).strip()

    @app.get("/raise")
    def raise_limits() -> str:
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (2**40, 2**40))
        except (OSError, ValueError):
            return "refused"
        return "raised"
"""


async def test_memory_is_limited(open_submission: OpenSubmission) -> None:
    """A submission gets some memory, but not all of the machine's."""
    host = await open_submission(APP, limits={"address_space": 2**30}).open()

    assert (await fetch(host, "/memory?mebibytes=32")).json() == 32 * 2**20
    assert (await fetch(host, "/memory?mebibytes=2000")).json() == -1


async def test_files_are_limited_in_size(open_submission: OpenSubmission) -> None:
    """A file that grows too large ends with an error in the submission, not with a full disk."""
    submission = open_submission(APP, limits={"file_size": 3 * 2**20})
    host = await submission.open()

    assert (await fetch(host, "/file?mebibytes=2")).json() == "written"
    assert (await fetch(host, "/file?mebibytes=9")).json() == "File too large"
    assert (submission.folder.work / "large.bin").stat().st_size == 3 * 2**20


async def test_open_files_are_limited(open_submission: OpenSubmission) -> None:
    """A submission can open many files, but not without end."""
    host = await open_submission(APP, limits={"open_files": 64}).open()

    assert (await fetch(host, "/files?count=20")).json() == 20
    assert (await fetch(host, "/files?count=100")).json() < 64


async def test_processor_time_is_limited(open_submission: OpenSubmission) -> None:
    """A loop without end is ended by the system, and told as that."""
    host = await open_submission(APP, limits={"cpu_seconds": 1}).open()

    with pytest.raises(SubmissionError) as caught:
        await fetch(host, "/burn")

    assert caught.value.kind == "crash"
    assert "SIGKILL" in caught.value.message


async def test_limits_are_in_force(open_submission: OpenSubmission, fork: bool) -> None:
    """Every limit is set hard, in forked copies and in new processes."""
    limits = {"address_space": 2**31, "cpu_seconds": 7, "file_size": 2**20, "open_files": 50}
    host = await open_submission(APP, fork=fork, limits=limits).open()
    found = (await fetch(host, "/limits")).json()

    processes = found.pop("NPROC")
    assert found == {
        "AS": [2**31] * 2,
        "CORE": [0, 0],
        "CPU": [7, 7],
        "FSIZE": [2**20] * 2,
        "NOFILE": [50, 50],
    }
    assert 128 < processes[0] == processes[1] < 100_000


async def test_children_inherit_limits(open_submission: OpenSubmission) -> None:
    """A process that the submission starts has no more than the submission itself."""
    host = await open_submission(APP, limits={"file_size": 2**20}).open()

    assert (await fetch(host, "/child")).json() == "(1048576, 1048576)"


@pytest.mark.skipif(os.geteuid() == 0, reason="the system's administrator may raise any limit")
async def test_limits_cannot_be_raised(open_submission: OpenSubmission) -> None:
    """A submission cannot take its limits away."""
    host = await open_submission(APP).open()

    assert (await fetch(host, "/raise")).json() == "refused"


async def test_grader_keeps_its_own_limits(open_submission: OpenSubmission) -> None:
    """The limits of a host are none of the grader's."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    await open_submission(APP, limits={"file_size": 4096}).open()

    assert resource.getrlimit(resource.RLIMIT_FSIZE) == before


@pytest.mark.skipif(sys.platform != "linux", reason="macOS may refuse a limit")
async def test_refused_limit_is_a_fault(open_submission: OpenSubmission) -> None:
    """Where the kernel refuses a limit, nothing is imported, and the grader is to blame."""
    submission = open_submission(APP, limits={"open_files": -5})
    with pytest.raises(GraderFault) as caught:
        await submission.open()

    assert "The limit 'RLIMIT_NOFILE' cannot be set to -5" in str(caught.value)


def test_missing_limit_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A platform other than Linux sets the limits that it knows, and no others."""
    asked: list[int] = []

    def refuse(number: int, limits: tuple[int, int]) -> None:
        del limits
        asked.append(number)
        raise ValueError("current limit exceeds maximum limit")

    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(resource, "setrlimit", refuse)
    confine(DEFAULT_LIMITS)

    assert resource.RLIMIT_AS in asked
    assert resource.RLIMIT_CORE in asked
