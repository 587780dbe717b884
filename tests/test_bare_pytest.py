"""A bare `pytest` in the root runs no test of the engine, but says what grades a learner's work."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run_pytest(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Call pytest in the root."""
    left_out = ("CI", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")  # a check in this process sets the second
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_bare_pytest_names_check() -> None:
    """Whoever wants their work graded reads the command that does it."""
    ended = run_pytest()

    assert ended.returncode == pytest.ExitCode.USAGE_ERROR
    assert "`nox -s check -- 01`" in ended.stderr


def test_named_tests_are_run() -> None:
    """A file that is named is collected as ever."""
    ended = run_pytest("--collect-only", "-q", "tests/test_bare_pytest.py")

    assert ended.returncode == pytest.ExitCode.OK
    assert "test_bare_pytest_names_check" in ended.stdout


def test_workers_run_engine_tests() -> None:
    """Whoever names a number of processes gets the engine's tests, also outside of CI."""
    ended = run_pytest("--numprocesses=1", "-k", "no_test_has_this_name")

    assert ended.returncode == pytest.ExitCode.NO_TESTS_COLLECTED, ended.stdout + ended.stderr
