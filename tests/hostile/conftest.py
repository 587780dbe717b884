"""Fixtures of the hostile tests: a ring for each mode that this machine gives."""

import itertools
import secrets
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dojo.harness.processes import adopt_orphans
from dojo.runner.sandbox import Mode, NoMode, choose_mode

from .corpus import list_cases
from .rings import Ring, copy_katas, open_ring
from .witnesses import MARKS_VARIABLE, SECRET_VARIABLE, Arena, set_variables, use_temp

collect_ignore = ["cases", "naive"]  # hostile files, some of which pytest would obey

ROOT = Path(__file__).parents[2]
KATAS = frozenset(case.file.kata for case in list_cases())
TREES = ("exercises", "solutions", "graders")
WATCHED = (ROOT / "src", *(ROOT / tree / kata for tree in TREES for kata in sorted(KATAS)))


class Rings:
    """Keep one ring open, in the mode that was asked for last."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._ring: Ring | None = None
        self._numbers = itertools.count(1)

    def open(self, mode: Mode) -> Ring:
        """Give the ring of a mode; skip the test if this machine does not give the mode."""
        try:
            choose_mode(mode)
        except NoMode as missing:
            pytest.skip(str(missing))
        if self._ring is None or self._ring.mode is not mode:
            self.close()
            self._ring = self._open(mode)
        return self._ring

    def close(self) -> None:
        """Close the ring that is open."""
        self._stack.close()

    def _open(self, mode: Mode) -> Ring:
        root = self._folder / f"{mode}-{next(self._numbers)}"
        root.mkdir()
        for name in ("pristine", "repository"):
            copy_katas(ROOT, root / name, KATAS)
        arena = Arena(root, secrets.token_hex(8), root / "repository", WATCHED)
        self._stack.enter_context(arena)
        secret = {SECRET_VARIABLE: f"LEAK-ENVIRONMENT-{arena.token}"}
        marks = {MARKS_VARIABLE: str(arena.marks.file)}
        self._stack.enter_context(set_variables(**secret, **marks, HOME=str(arena.home)))
        self._stack.enter_context(use_temp(arena.temp))
        return self._stack.enter_context(open_ring(mode, arena, root / "pristine"))


@pytest.fixture(scope="module")
def rings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rings]:
    """Give the rings; whatever is orphaned meanwhile becomes a child of this process."""
    if sys.platform != "linux":
        pytest.skip("the witnesses are read from /proc")
    adopt_orphans()
    rings = Rings(tmp_path_factory.mktemp("hostile"))
    yield rings
    rings.close()
