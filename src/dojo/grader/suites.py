"""Suites: how a grader runs a learner's tests against right and wrong versions of an app.

Which version runs cannot be told from any name, and no file has the same text twice; what a
result is worth is up to the criteria.
"""

import ast
import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from ..wall.failures import SubmissionError
from ..wall.transport import open_client
from .draws import Draw
from .fixtures import Hosts, Setting
from .runs import COMMAND, LINES, SuiteRun

TESTS = "app/tests"

App = Mapping[str, str]
"""The files of an app under test, by paths like `app/main.py`."""

_FIRST = pytest.StashKey[tuple[Setting, SuiteRun]]()


class Suite:
    """A learner's tests, to be run as often as a criterion needs, each time in a new process."""

    def __init__(self, hosts: Hosts, setting: Setting, draw: Draw, stash: pytest.Stash) -> None:
        self._stage = setting.base.folder.stage
        self.app = read_app(self._stage)
        self._hosts = hosts
        self._setting = setting
        self._draw = draw
        self._stash = stash
        self._places = asyncio.Semaphore(os.cpu_count() or 1)

    async def run(
        self,
        app: App,
        tests: Sequence[str] | None = None,
        *,
        folder: str = "",
        until_failure: bool = False,
    ) -> SuiteRun:
        """Run `tests`, or all, against an app; the same `folder` twice keeps what is in it."""
        marks = {name: f"{text}\n# {self._draw.word(6)}\n" for name, text in app.items()}
        folder = folder or self._draw.word(6)
        order = {"stage": str(self._stage), "folder": folder, "files": marks, "tests": tests}
        run = SuiteRun()
        async with self._places:
            host = await self._hosts.open(start=False)
            try:
                async with open_client(host) as client:
                    await _follow(client, order, run, until_failure)
            except SubmissionError as error:
                raise _name_test(error, run) from None
            finally:
                host.close()
        return run

    async def run_first(self) -> SuiteRun:
        """Give the run on the right app in the order of the files; criteria share it."""
        setting, run = self._stash.get(_FIRST, (None, None))
        if run is None or setting is not self._setting:
            run = await self.run(self.app)
            self._stash[_FIRST] = (self._setting, run)
        return run

    async def run_all(self, apps: Sequence[App]) -> list[SuiteRun]:
        """Run all tests against several apps."""
        return list(await asyncio.gather(*(self.run(app) for app in apps)))

    async def catches(self, app: App) -> bool:
        """Tell whether the suite is not green on an app: a hang or a crash is not green either."""
        try:
            return (await self.run(app, until_failure=True)).failed
        except SubmissionError as error:
            if error.kind not in ("hang", "crash"):
                raise
            return True

    def asserts(self) -> bool:
        """Tell whether any test looks as if it asserted something; for a hint, never a verdict."""
        sources = (path.read_text("utf-8") for path in (self._stage / TESTS).rglob("*.py"))
        return any(_asserts(node) for source in sources for node in ast.walk(ast.parse(source)))


@pytest.fixture
def suite(request: pytest.FixtureRequest, hosts: Hosts, setting: Setting, draw: Draw) -> Suite:
    """Give the learner's tests."""
    return Suite(hosts, setting, draw, request.config.stash)


def read_app(folder: Path) -> dict[str, str]:
    """Read the modules of the `app/` in a folder, but for its tests."""
    found = {path.relative_to(folder).as_posix(): path for path in (folder / "app").rglob("*.py")}
    return {
        name: path.read_text("utf-8")
        for name, path in sorted(found.items())
        if not name.startswith(f"{TESTS}/")
    }


async def _follow(
    client: httpx.AsyncClient, order: dict[str, Any], run: SuiteRun, until_failure: bool
) -> None:
    async with client.stream("POST", "/", json=order) as response:
        async for line in response.aiter_lines():
            try:
                run.take(LINES.validate_json(line))
            except ValidationError:
                raise SubmissionError("protocol", "The report of the tests is garbled.") from None
            if until_failure and run.failed:
                return
    if not run.ended:
        raise SubmissionError("protocol", "The report of the tests breaks off.")


def _name_test(error: SubmissionError, run: SuiteRun) -> SubmissionError:
    during = f"Test '{run.current}'" if run.current else "Collecting the tests"
    last = f" The last test that is known to have begun is '{run.current}'." if run.current else ""
    messages = {
        "hang": f"{during} does not come to an end.",
        "crash": f"Something in the tests ends the whole process, and pytest with it.{last}",
    }
    return SubmissionError(
        error.kind, messages.get(error.kind, error.message), [COMMAND], error.where
    )


def _asserts(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        return str(name).startswith(("assert", "raises", "fail"))
    return isinstance(node, ast.Assert)
