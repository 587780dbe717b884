"""`compare` shows a learner's answer beside two right ones, once they have one of their own."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from dojo.learning.comparisons import choose_answers, read_own
from dojo.learning.exercises import Exercise, KataProgress, Progress
from dojo.model.catalogue import Catalogue, Kata
from dojo.output.comparison_pages import render_comparison

from .conftest import SOLUTION, STUB, Dojo

NEAR = SOLUTION.replace('f"Hello {name}"', '"Hello " + name')
FAR = "from .words import app\n"


@pytest.fixture
def kata(repository: Path) -> Kata:
    """Give a kata with two accepted answers besides its solution, of which one has a file more."""
    for name, files in (("near", {"main": NEAR}), ("far", {"main": FAR, "words": SOLUTION})):
        folder = repository / "graders/07_greeting/submissions/accepted" / name
        (folder / "app").mkdir(parents=True)
        (folder / "expect.toml").write_text(f'why = "This answer is {name} to what you wrote."\n')
        for module, text in files.items():
            (folder / f"app/{module}.py").write_text(text)
    app = repository / "exercises/07_greeting/app/main.py"
    app.write_text(NEAR.replace("Hello", "Hi"))
    return Catalogue(repository).find("07")


def test_comparison_waits_for_a_pass(dojo: Dojo, kata: Kata) -> None:
    """Before a pass, one sentence says how to get it, and nothing is shown."""
    ended = dojo("compare", kata.number)

    assert ended.code == 1
    assert " ".join(ended.out.split()) == (
        "Right answers to '07_greeting' give the solution away: pass `nox -s check -- 07` first, "
        "or run `nox -s compare -- 07 --spoil` to read them now."
    )


def test_nearest_and_farthest_are_shown(dojo: Dojo, kata: Kata) -> None:
    """In a pipe each is a unified difference, from the learner's files to those of the answer."""
    Progress(kata.root).write(kata.id, KataProgress(passed_at=datetime.now(UTC)))

    ended = dojo("compare", kata.number)
    near, _, far = ended.out.partition("07_greeting: the right answer 'far', farthest from yours\n")

    assert ended.code == 0
    assert near.startswith("07_greeting: the right answer 'near', nearest to yours\n")
    assert "This answer is near to what you wrote.\n" in near
    assert '\n-    return {"text": "Hi " + name}\n+    return {"text": "Hello " + name}\n' in near
    assert "--- yours/app/main.py\n+++ far/app/main.py\n" in far
    assert "--- yours/app/words.py\n+++ far/app/words.py\n" in far


def test_same_answer_is_no_comparison(kata: Kata, tmp_path: Path) -> None:
    """An answer that is the learner's own, word by word, is left out."""
    (kata.exercise / "app/main.py").write_text(NEAR)

    names = [each.name for each in choose_answers(kata, tmp_path / "scratch")]

    assert names == ["solution", "far"]


def test_swapped_solution_is_not_compared(dojo: Dojo, kata: Kata) -> None:
    """While `app/` holds the solution, the learner's answer is elsewhere."""
    dojo("swap", kata.number)

    ended = dojo("compare", kata.number, "--spoil")

    assert ended.code == 2
    assert "`nox -s swap -- 07 --back`" in ended.err


def test_wide_terminal_shows_them_side_by_side(kata: Kata, tmp_path: Path) -> None:
    """Two columns, with a mark between lines that differ, which needs no colour."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=130, no_color=True)
    (near, _) = choose_answers(kata, tmp_path / "scratch")

    render_comparison(Exercise(kata), read_own(kata, kata.exercise), [near], console)
    (changed,) = [line for line in screen.getvalue().splitlines() if '"Hi "' in line]

    left, right = (f'return {{"text": "{word} " + name}}' for word in ("Hi", "Hello"))
    assert " ".join(changed.split()) == f"{left} | {right}"
    assert STUB.partition("\n")[0] not in screen.getvalue()
