"""The suite plugin: it tells pytest which tests to run, and tells how each of them ends.

It notes on which databases they work; what an outcome means is not its concern.
"""

from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

import pytest

from .locations import Locations

_LONGEST_MESSAGE = 1000


class Tests:
    """Tell, line by line, what happens to the tests that are wanted; `None` wants them all."""

    __test__ = False

    def __init__(
        self, locations: Locations, wanted: Sequence[str] | None, tell: Callable[[Any], None]
    ) -> None:
        self.tell = tell
        self._locations = locations
        self._wanted = wanted
        self._current = ""
        self._line: dict[str, Any] = {}
        self._openers: dict[str, str] = {}

    @property
    def has_failed(self) -> bool:
        """Tell whether the last test failed."""
        return bool(self._line["outcome"] == "failed")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the wanted tests, in the wanted order."""
        if self._wanted is not None:
            known = {item.nodeid: item for item in items}
            items[:] = [known[name] for name in self._wanted if name in known]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Tell which tests are going to run."""
        self.tell({"kind": "collected", "tests": [item.nodeid for item in session.items]})

    def pytest_exception_interact(
        self,
        node: pytest.Item | pytest.Collector,
        call: pytest.CallInfo[Any],
        report: pytest.CollectReport | pytest.TestReport,
    ) -> None:
        """Tell of a file that cannot be collected."""
        if isinstance(report, pytest.CollectReport) and call.excinfo is not None:
            error = call.excinfo.value.__cause__ or call.excinfo.value
            self.tell({"kind": "broken", "file": node.nodeid, **self._describe(error)})

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Tell that a test starts: if nothing follows, it hangs."""
        self._current = nodeid
        self._line = {"kind": "finished", "test": nodeid, "outcome": "passed", "inherited": []}
        self.tell({"kind": "started", "test": nodeid})

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Keep the first thing that went wrong in a test."""
        report = yield
        if report.outcome != "passed" and self._line["outcome"] != "failed":
            self._line["outcome"] = report.outcome
            if call.excinfo is not None:
                self._line |= self._describe(call.excinfo.value)
        return report

    def pytest_runtest_logfinish(self) -> None:
        """Tell how a test ended."""
        self.tell(self._line)

    def note_database(self, name: str) -> None:
        """Note that a database is opened which an earlier test has opened and left filled."""
        path = Path(name).resolve()
        opener = self._openers.setdefault(str(path), self._current)
        if opener == self._current:
            return
        if path.is_file() and path.stat().st_size > 0:
            self._line.setdefault("inherited", []).append(path.name)
        self._openers[str(path)] = self._current

    def _describe(self, error: BaseException) -> dict[str, Any]:
        if isinstance(error, pytest.FixtureLookupError):
            return {"message": f"There is no fixture '{error.argname}'.", "locations": []}
        described = self._locations.of_exception(error)
        text = f"{described['type']}: {described['message']}" if described["message"] else ""
        message = (text or described["type"]).replace(f"{self._locations.root}/", "")
        return {"message": message[:_LONGEST_MESSAGE], "locations": described["locations"]}
