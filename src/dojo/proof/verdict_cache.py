"""Verdict cache: what `verify` has proven on this machine and need not grade again.

A verdict is known for as long as nothing is different that could change it. Since that list may
have a hole, some known verdicts are drawn in each run and graded again; the first difference
empties the cache. What cannot be read there counts as never written.
"""

import hashlib
import importlib.metadata
import json
import os
import platform
import random
import secrets
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ..environment import LOCK
from ..model.catalogue import Kata
from ..model.files import digest, write
from ..model.reports import Report
from ..runner.grading import digest_grader
from ..runner.sandbox import Mode
from .cases import Case

REGRADED = 20
"""One in this many of the known verdicts is graded again, and at least one."""

ENGINE = Path(__file__).parents[1]


class _CacheFile(BaseModel):
    """The verdicts by kata, and then by all that could change them."""

    model_config = ConfigDict(extra="forbid")

    verdicts: dict[str, dict[str, Report]] = {}


class VerdictCache:
    """The proven verdicts of a repository, for one mode of isolation and the paths compared with.

    `seed` decides which of those in `known` are `drawn` to be graded again.
    """

    def __init__(self, root: Path, mode: Mode, paths: Sequence[str] = ()) -> None:
        self.seed = secrets.token_hex(4)
        self.known: dict[Case, Report] = {}
        self.drawn: frozenset[Case] = frozenset()
        self.is_refuted = False
        self._root = root
        self._paths = [mode.value, *paths]
        self._path = root / ".dojo" / "verdicts.json"
        self._file = self._read()
        self._keys: dict[Case, str] = {}

    def look_up(self, cases: Iterable[Case]) -> None:
        """Find the verdicts that are known of some cases, and draw from them."""
        self._keys = self._make_keys(cases)
        for case, key in self._keys.items():
            report = self._file.verdicts.get(case.kata.id, {}).get(key)
            if report is not None:
                self.known[case] = report
        count = min(len(self.known), max(1, len(self.known) // REGRADED))
        choice = random.Random(self.seed)
        self.drawn = frozenset(choice.sample(list(self.known), count))

    def keep(self, kata: Kata, proven: Mapping[Case, Report]) -> None:
        """Put these verdicts in the place of all that were known of a kata.

        One whose files were changed while it was graded is left out.
        """
        if self.is_refuted:
            return
        keys = self._make_keys(proven)
        self._file.verdicts[kata.id] = {
            key: proven[case] for case, key in keys.items() if key == self._keys[case]
        }
        self._write()

    def refute(self) -> None:
        """Forget everything, and keep nothing more: a known verdict has come out differently."""
        self.is_refuted = True
        self._file = _CacheFile()
        self._write()

    def _read(self) -> _CacheFile:
        try:
            return _CacheFile.model_validate_json(self._path.read_bytes())
        except (OSError, ValidationError):
            return _CacheFile()

    def _write(self) -> None:
        self._path.parent.mkdir(exist_ok=True)
        write(self._path, self._file.model_dump_json())

    def _make_keys(self, cases: Iterable[Case]) -> dict[Case, str]:
        surroundings = _describe_surroundings(self._root, self._paths)
        katas: dict[Kata, list[str]] = {}
        keys = {}
        for case in cases:
            if case.kata not in katas:
                katas[case.kata] = _describe_kata(case.kata)
            own = [case.kind, case.name, digest(case.source / "app"), repr(case.expected)]
            keys[case] = _hash([surroundings, katas[case.kata], own])
        return keys


def _describe_kata(kata: Kata) -> list[str]:
    """Say what the verdicts of a kata depend on; the solution is part of many submissions."""
    readme = kata.exercise / "README.md"
    return [
        *(digest_grader(kata), digest(kata.stub / "app"), digest(kata.solution / "app")),
        readme.read_text("utf-8") if readme.is_file() else "",
    ]


def _describe_surroundings(root: Path, paths: Sequence[str]) -> str:
    """Say what all verdicts depend on: the engine, its libraries, Python and the machine."""
    lock = root / LOCK
    installed = {each.name: each.version for each in importlib.metadata.distributions()}
    machine = platform.uname()
    return _hash(
        [
            *(digest(ENGINE), lock.read_text("utf-8") if lock.is_file() else ""),
            *(sorted(installed.items()), sys.version, paths, os.cpu_count()),
            *(machine.system, machine.release, machine.version, machine.machine),
        ]
    )


def _hash(parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
