"""A report says what decided: everything of a kata but what only proves its grader."""

from pathlib import Path

import pytest

from dojo.model.catalogue import Kata
from dojo.proof.skeletons import make_kata
from dojo.runner.grading import digest_grader

ID = "56_long_polling"


@pytest.fixture
def kata(tmp_path: Path) -> Kata:
    """Give a kata with one criterion and one given file, `app/__init__.py`."""
    make_kata(tmp_path, ID)
    return Kata(ID, tmp_path)


@pytest.mark.parametrize(
    "path",
    [
        f"graders/{ID}/test_greetings.py",
        f"graders/{ID}/probe.py",
        f"graders/{ID}/variants/other/app/main.py",
        f"exercises/{ID}/.stub/app/__init__.py",
        f"exercises/{ID}/kata.toml",
    ],
)
def test_digest_covers_what_decides(kata: Kata, path: str) -> None:
    """Criteria, probes, variants, given files and `kata.toml` make another digest."""
    before = digest_grader(kata)
    _write(kata.root / path)

    assert digest_grader(kata) != before


@pytest.mark.parametrize(
    "path",
    [
        f"graders/{ID}/submissions/wrong/late/app/main.py",
        f"graders/{ID}/wrong.toml",
        f"graders/{ID}/survivors.toml",
        f"exercises/{ID}/.stub/app/main.py",
        f"solutions/{ID}/app/main.py",
    ],
)
def test_digest_leaves_out_proof(kata: Kata, path: str) -> None:
    """Known submissions, survivors, the stub's own part and the solution decide nothing."""
    before = digest_grader(kata)
    _write(kata.root / path)

    assert digest_grader(kata) == before


def _write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = path.read_text() if path.is_file() else ""
    path.write_text(f"{text}# changed\n")
