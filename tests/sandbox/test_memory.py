"""Whether the isolation of one's own work holds is probed once and remembered."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dojo.runner import sandbox
from dojo.runner.sandbox import Examination, Mode, choose_own_mode, forget

HOLDS = Examination(Mode.NO_BWRAP, {"read_files": "", "fill_disk": "wrote 96 MiB"})
LEAKS = Examination(Mode.NO_BWRAP, {"read_files": "read 'a file'"})
ABSENT = Examination(Mode.NO_BWRAP, problem="This kernel has no Landlock.")

Pretend = Callable[..., list[Mode]]


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give where it is remembered: at first there is nothing."""
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(sandbox, "MEMORY", tmp_path / "isolation.json")
    return tmp_path / "isolation.json"


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch) -> Pretend:
    """Give a way to choose what the probes find; it gives the list of modes that were probed.

    The last examination is what all later probes find.
    """

    def pretend(*examinations: Examination) -> list[Mode]:
        probed: list[Mode] = []

        def examine(mode: Mode) -> Examination:
            probed.append(mode)
            return examinations[min(len(probed), len(examinations)) - 1]

        monkeypatch.setattr(sandbox, "examine", examine)
        return probed

    return pretend


@pytest.mark.parametrize(
    ("examination", "mode", "probes"),
    [(HOLDS, Mode.NO_BWRAP, 1), (LEAKS, Mode.BASIC, 2), (ABSENT, Mode.BASIC, 2)],
    ids=["holds", "leaks", "absent"],
)
def test_finding_is_remembered(
    examination: Examination, mode: Mode, probes: int, pretend: Pretend
) -> None:
    """What the first check has found holds for the next ones, good or bad."""
    probed = pretend(examination)

    assert (choose_own_mode(), choose_own_mode()) == (mode, mode)
    assert probed == [Mode.NO_BWRAP] * probes


def test_bad_finding_is_doubted_once(pretend: Pretend) -> None:
    """A probe that fails at a bad moment is tried again, and only what it finds then is kept."""
    pretend(ABSENT, HOLDS)

    assert (choose_own_mode(), choose_own_mode()) == (Mode.NO_BWRAP, Mode.NO_BWRAP)


def test_unfinished_probe_is_not_remembered(pretend: Pretend) -> None:
    """A machine that is too busy to be probed is probed again when it is not."""
    pretend(Examination(Mode.NO_BWRAP, problem="timed out after 60 seconds", finished=False))
    choose_own_mode()
    pretend(HOLDS)

    assert choose_own_mode() is Mode.NO_BWRAP


def test_engine_among_libraries_is_no_leak(pretend: Pretend) -> None:
    """In a handout the engine is installed: who checks their own work may see its source."""
    pretend(Examination(Mode.NO_BWRAP, {"read_grader": "listed 'dojo/grader'"}))

    assert choose_own_mode() is Mode.NO_BWRAP


def test_other_kernel_is_probed_again(monkeypatch: pytest.MonkeyPatch, pretend: Pretend) -> None:
    """A memory of another machine, kernel or version is none."""
    pretend(HOLDS)
    choose_own_mode()
    probed = pretend(ABSENT)
    monkeypatch.setattr(sandbox, "describe_machine", lambda: iter(["Linux 5.4"]))

    assert choose_own_mode() is Mode.BASIC
    assert set(probed) == {Mode.NO_BWRAP}


def test_other_code_is_probed_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pretend: Pretend
) -> None:
    """What was probed is this code: a file of it that changes makes the mode unknown."""
    (tmp_path / "code.py").write_text("one = 1")
    monkeypatch.setattr(sandbox, "CODE", (tmp_path / "code.py",))
    probed = pretend(HOLDS)
    choose_own_mode()
    (tmp_path / "code.py").write_text("one = 1; two = 2")

    assert choose_own_mode() is Mode.NO_BWRAP
    assert probed == [Mode.NO_BWRAP] * 2


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"holds": true}', '{"machine": 1}', "[" * 10**5, "\udcff"]
)
def test_broken_memory_is_none(content: str, memory: Path, pretend: Pretend) -> None:
    """Whatever the file holds, it costs no more than a probe, and is right afterwards."""
    memory.write_bytes(content.encode("utf-8", "surrogateescape"))
    probed = pretend(HOLDS)

    assert (choose_own_mode(), choose_own_mode()) == (Mode.NO_BWRAP, Mode.NO_BWRAP)
    assert probed == [Mode.NO_BWRAP]


def test_unwritable_memory_is_none(memory: Path, pretend: Pretend) -> None:
    """Where nothing can be remembered each check probes."""
    (memory / "in the way").mkdir(parents=True)
    probed = pretend(HOLDS)

    assert (choose_own_mode(), choose_own_mode()) == (Mode.NO_BWRAP, Mode.NO_BWRAP)
    assert probed == [Mode.NO_BWRAP] * 2


def test_forgotten_mode_is_probed_again(pretend: Pretend) -> None:
    """What turned out to be wrong is not believed again."""
    pretend(HOLDS)
    choose_own_mode()
    forget()
    pretend(ABSENT)

    assert choose_own_mode() is Mode.BASIC


def test_other_systems_are_not_probed(monkeypatch: pytest.MonkeyPatch, pretend: Pretend) -> None:
    """Only Linux has what confines."""
    monkeypatch.setattr("sys.platform", "darwin")
    probed = pretend(HOLDS)

    assert choose_own_mode() is Mode.BASIC
    assert probed == []
