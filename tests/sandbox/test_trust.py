"""The strictest mode is chosen whose probes hold, and what helps is said."""

from pathlib import Path

import pytest

from dojo.runner import sandbox
from dojo.runner.sandbox import Examination, Mode, NoMode, choose_mode

LEAK = {"read_files": "read 'a file'", "fill_disk": "wrote 96 MiB"}


def pretend(monkeypatch: pytest.MonkeyPatch, *examinations: Examination) -> None:
    """Let a machine give these results."""
    found = {each.mode: each for each in examinations}
    monkeypatch.setattr(sandbox, "examine", lambda mode: found.get(mode, Examination(mode)))


def test_strictest_mode_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that gives everything gives `full`."""
    pretend(monkeypatch)

    assert choose_mode() is Mode.FULL


def test_absent_mode_is_passed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without bubblewrap the next mode is tried."""
    pretend(monkeypatch, Examination(Mode.FULL, problem="no bwrap"))

    assert choose_mode() is Mode.NO_BWRAP


def test_leaking_mode_is_passed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    """What leaks is not used, whatever the machine says of itself."""
    pretend(monkeypatch, *(Examination(mode, LEAK) for mode in Mode))

    assert choose_mode() is Mode.BASIC


def test_unpromised_act_is_no_leak() -> None:
    """A mode is judged by its promises."""
    examination = Examination(Mode.NO_BWRAP, {"fill_disk": "wrote 96 MiB", "read_files": ""})

    assert examination.holds


def test_wanted_mode_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for a mode gets it or a sentence."""
    pretend(monkeypatch, Examination(Mode.FULL, problem="no bwrap"))

    with pytest.raises(NoMode, match=r"'full'.*nox -s doctor"):
        choose_mode(Mode.FULL)
    assert choose_mode(Mode.NO_BWRAP) is Mode.NO_BWRAP


def test_missing_bubblewrap_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who lacks the program is told its name and how to install it."""
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("shutil.which", lambda _: None)

    assert "apt-get install bubblewrap" in "".join(
        sandbox.advise(Examination(Mode.FULL, problem="not installed"))
    )


def test_worker_is_not_wrapped_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where namespaces do not nest, the fork server's are kept and the small disk is given up."""
    monkeypatch.setattr(sandbox, "can_nest", lambda: False)

    assert sandbox.wrap_worker_in_bubblewrap(Path("runs folder")) == []
