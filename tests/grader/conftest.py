"""A way to run criteria that a test writes itself, against an app that it writes itself."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from dojo.grader.fixtures import Workplace
from dojo.grader.plugin import Grading, run_criteria
from dojo.harness.snapshot_process import ImportRequest, SnapshotProcess
from dojo.harness.temporary_folders import open_run_folder
from dojo.model.reports import CriterionResult, Finding
from dojo.runner.fork_server_launcher import ForkServerLauncher

from ..conftest import write_files

APP = """
    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/")
    async def read() -> dict[str, float]:
        return {"price": 9.5}
"""
WORDS = """
import asyncio
from dojo.grader import *
"""


class Graded:
    """What came of a run, in the words of these tests."""

    def __init__(self, grading: Grading) -> None:
        self.faults = grading.faults
        self.results: dict[str, CriterionResult] = grading.results

    @property
    def outcomes(self) -> dict[str, str]:
        """Give the outcome of each criterion, in the order in which they ran."""
        return {name: str(result.outcome) for name, result in self.results.items()}

    @property
    def finding(self) -> Finding:
        """Give what was found by the only criterion."""
        (result,) = self.results.values()
        assert result.finding is not None
        return result.finding


class RunGrader(Protocol):
    """Grade an app with criteria."""

    def __call__(
        self,
        criteria: str,
        app: str = APP,
        *,
        only: Sequence[str] = (),
        seed: str = "1",
        fork: bool = True,
    ) -> Graded:
        """Give what came of it; the words of graders need no import."""


@pytest.fixture
def run_grader(
    fork_server: ForkServerLauncher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RunGrader]:
    """Give a way to run criteria in this process; hosts are forks of one fork server."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # a run sets it, and leaves it so
    with ExitStack() as stack:

        def run(
            criteria: str,
            app: str = APP,
            *,
            only: Sequence[str] = (),
            seed: str = "1",
            fork: bool = True,
        ) -> Graded:
            folder = stack.enter_context(open_run_folder())
            write_files(folder.stage, {"app/main.py": app})
            snapshot = SnapshotProcess(folder, fork_server)
            stack.callback(snapshot.close)
            snapshot.request_import(ImportRequest("app.main:app", ("kata",), fork=fork))
            grader = tmp_path / folder.root.name
            write_files(grader, {"test_criteria.py": criteria})
            path = grader / "test_criteria.py"
            path.write_text(WORDS + path.read_text())
            grading = Grading(Workplace(snapshot, seed, owner=min(fork_server.pids)), only)
            run_criteria(grader, grading)
            return Graded(grading)

        yield run
