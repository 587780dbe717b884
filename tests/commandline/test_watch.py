"""`watch` grades at every save, in a terminal with single keys and in a pipe without."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dojo.harness.processes import list_descendants, wait_until_ended
from dojo.learning.exercises import Progress
from dojo.output.watch_pages import read_idea

from .conftest import GRADER, SOLUTION, Dojo
from .terminals import Terminal, open_terminal

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are forked")

KATA = "07_greeting"
LAST = "q quit"
"""What stands last below each verdict."""

NOTES = """\
# Notes

## The idea
A name is
a parameter.

## The rule
It is in `fastapi/routing.py`.
"""

Watch = Callable[..., Terminal]


@pytest.fixture
def watch(repository: Path) -> Iterator[Watch]:
    """Give a function that starts `watch` in a terminal."""
    with ExitStack() as stack:

        def start(*arguments: str, **environment: str) -> Terminal:
            opened = open_terminal(repository, "watch", *arguments, environment=environment)
            return stack.enter_context(opened)

        yield start


def save(repository: Path, text: str = SOLUTION) -> None:
    """Save the learner's file."""
    (repository / "exercises" / KATA / "app" / "main.py").write_text(text)


def test_first_failure_is_shown_in_full(watch: Watch) -> None:
    """Each criterion has a line; the one that fails follows with all that was found."""
    shown = watch("07").read_until(LAST)

    assert "PASSED   `GET /openapi.json` answers.\nFAILED   The greeting holds the name." in shown
    assert shown.count("Expected") == 1
    assert "1 of 2 criteria passed." in shown


def test_pass_leads_on(watch: Watch, repository: Path) -> None:
    """After a pass come a sentence, the idea of the notes and the next kata."""
    (repository / "solutions" / KATA / "NOTES.md").write_text(NOTES)
    terminal = watch("07")
    terminal.read_until(LAST)
    save(repository)
    shown = terminal.read_until(LAST)

    assert "Well done: 07_greeting is passed.\n\nThe idea: A name is a parameter.\n" in shown
    assert "Press k to go on with 08_farewell: Part as friends." in shown


def test_result_is_remembered(watch: Watch, repository: Path) -> None:
    """A pass counts as one of `check`."""
    save(repository)
    watch("07").read_until(LAST)

    assert Progress(repository).read(KATA).describe() == "passed"


def test_swapped_solution_is_not_remembered(watch: Watch, repository: Path, dojo: Dojo) -> None:
    """The solution is graded, but it is nobody's pass."""
    dojo("swap", "07")
    shown = watch("07").read_until(LAST)

    assert "holds the solution, so results are not" in shown
    assert "Well done" not in shown
    assert Progress(repository).read(KATA).describe() == "not tried"


def test_broken_file_is_told_and_mended(watch: Watch, repository: Path) -> None:
    """A syntax error is the only thing that is said of a file that has one."""
    terminal = watch("07")
    terminal.read_until(LAST)
    save(repository, "from fastapi import (\n")
    broken = terminal.read_until(LAST)
    save(repository)
    mended = terminal.read_until(LAST)

    assert "Nothing could be checked." in broken
    assert "SyntaxError" in broken
    assert "Well done" in mended


def test_keys_run_commands(watch: Watch) -> None:
    """A hint, the list and the notes come from the commands of these names."""
    terminal = watch("07")
    terminal.read_until(LAST)
    terminal.type("h")
    terminal.read_until("07_greeting, task 2: Greet everybody\n")
    terminal.read_until("Hint 1 of 1:\n\nEncode it.")
    terminal.type("l")
    terminal.read_until("0 of 2 katas passed.")
    terminal.type("n")

    assert terminal.read_until("--spoil")


def test_next_failure_is_shown(watch: Watch, repository: Path) -> None:
    """`f` shows one failure after the other, and begins again after the last one."""
    save(
        repository,
        SOLUTION.replace('"text"', '"word"').replace("FastAPI()", "FastAPI(openapi_url=None)"),
    )
    terminal = watch("07")
    first = terminal.read_until(LAST)
    terminal.type("f")
    second = terminal.read_until("Failure 2 of 2.")
    terminal.type("f")
    third = terminal.read_until("Failure 1 of 2.")

    assert "\n\nTask 1\nFAILED   `GET /openapi.json` answers." in first
    assert "Task 2\nFAILED   The greeting holds the name." in second
    assert "Task 1\nFAILED   `GET /openapi.json` answers." in third


def test_reset_asks_first(watch: Watch, repository: Path) -> None:
    """Only `r` twice puts the stub in place; then that is graded."""
    save(repository)
    terminal = watch("07")
    terminal.read_until(LAST)
    terminal.type("r")
    terminal.read_until("Press r again")
    terminal.type("\x1b[Ax")
    terminal.read_until(LAST)
    terminal.type("r")
    terminal.read_until("Press r again")
    terminal.type("r")
    terminal.read_until("holds the original stub")

    assert "FAILED" in terminal.read_until(LAST)


def test_enter_grades_again(watch: Watch) -> None:
    """Whoever wants other inputs need not save for that."""
    terminal = watch("07")
    terminal.read_until(LAST)
    terminal.type("\r")

    assert "Grading 07_greeting" in terminal.read_until(LAST)


def test_next_kata_is_watched(watch: Watch, repository: Path) -> None:
    """`k` goes on with the next kata, whose saves are graded from then on."""
    terminal = watch("07")
    terminal.read_until(LAST)
    terminal.type("k")
    terminal.read_until("08_farewell: Part as friends")
    terminal.read_until(LAST)
    (repository / "exercises/08_farewell/app/main.py").write_text(SOLUTION)

    assert "Well done: 08_farewell is passed." in terminal.read_until(LAST)


def test_begun_kata_is_watched_without_a_name(watch: Watch, dojo: Dojo) -> None:
    """Whoever names no kata goes on with the one that was begun."""
    dojo("check", "07")

    assert watch().read_until("Greet by name").strip() == "07_greeting: Greet by name"


def test_quitting_restores_the_terminal(watch: Watch) -> None:
    """`q` ends well, and the terminal is as it was."""
    terminal = watch("07")
    terminal.read_until(LAST)
    taken = not terminal.is_restored
    terminal.type("q")

    assert terminal.wait() == 0
    assert taken
    assert terminal.is_restored


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_restores_the_terminal(watch: Watch, number: int) -> None:
    """A signal ends it with one line and leaves no process."""
    terminal = watch("07")
    terminal.read_until(LAST)
    started = list_descendants(terminal.process.pid)
    terminal.process.send_signal(number)

    assert terminal.read_until("Stopped.").strip() == "Stopped."
    assert terminal.wait() == 130
    assert terminal.is_restored
    assert started
    assert all(wait_until_ended(pid, 2) for pid in started)


def test_keys_work_after_a_stop(watch: Watch) -> None:
    """After Ctrl-Z the shell sets the terminal; with `fg` keys need no Enter again."""
    terminal = watch("07")
    terminal.read_until(LAST)
    terminal.process.send_signal(signal.SIGSTOP)
    terminal.set_ordinary_modes()
    terminal.process.send_signal(signal.SIGCONT)
    while terminal.is_restored:
        os.sched_yield()
    terminal.type("l")

    assert terminal.read_until("0 of 2 katas passed.")


def test_nothing_is_cleared(watch: Watch, repository: Path) -> None:
    """No other screen is opened and no cursor moved: all can be scrolled back to."""
    terminal = watch("07")
    terminal.read_until(LAST)
    save(repository)
    terminal.read_until(LAST)
    escapes = terminal.raw.split("\x1b[")[1:]

    assert escapes
    assert all(each.lstrip("0123456789;").startswith("m") for each in escapes)


def test_terminal_without_colour_gets_none(watch: Watch) -> None:
    """With `NO_COLOR` and a dumb terminal there is no escape sequence at all."""
    terminal = watch("07", NO_COLOR="1", TERM="dumb")
    terminal.read_until(LAST)

    assert "\x1b" not in terminal.raw


def test_lines_fit_a_terminal(watch: Watch) -> None:
    """Nothing is wider than 80 columns, but for requests that are there to be pasted."""
    shown = watch("07").read_until(LAST)

    assert max(len(line) for line in shown.splitlines() if "curl" not in line) <= 80


def test_fault_of_the_grader_is_survived(watch: Watch, repository: Path) -> None:
    """A fault is no end: the next save is graded again."""
    test = repository / "graders" / KATA / "test_greeting.py"
    test.write_text(GRADER.replace("expect(await", "expcet(await"))
    terminal = watch("07")
    fault = terminal.read_until(LAST)
    test.write_text(GRADER)
    save(repository)

    assert "GRADER FAULT" in fault
    assert "Well done" in terminal.read_until(LAST)


def test_pipe_is_a_plain_loop(repository: Path) -> None:
    """In a pipe each save is graded as well; it names commands where a terminal has keys."""
    command = [sys.executable, "-m", "dojo", "watch", "07"]
    with subprocess.Popen(
        command,
        cwd=repository,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        first = [next(lines)]
        while "Next:" not in first[-1]:
            first.append(next(lines))
        save(repository)
        second = [next(lines)]
        while "to go on with" not in second[-1]:
            second.append(next(lines))
        process.send_signal(signal.SIGINT)
        rest = list(lines)

    assert "1 of 2 criteria passed.\n" in first
    assert first[-1] == "Next: `nox -s hint -- 07` gives a hint.\n"
    assert "Well done: 07_greeting is passed.\n" in second
    assert second[-1].startswith("Run `nox -s watch -- 08` to go on with 08_farewell")
    assert "\x1b" not in "".join(first + second)
    assert (rest, process.returncode) == (["Stopped.\n"], 130)


def test_unknown_kata_is_told(dojo: Dojo) -> None:
    """A name that is none is answered before anything is started."""
    ended = dojo("watch", "99")

    assert ended.code == 2
    assert "'99'" in ended.err


@pytest.mark.parametrize(
    ("text", "idea"), [(NOTES, "A name is a parameter."), ("# Notes\n", ""), (None, "")]
)
def test_idea_is_the_first_paragraph(tmp_path: Path, text: str | None, idea: str) -> None:
    """Headings are none; neither notes without text nor missing ones have an idea."""
    if text is not None:
        (tmp_path / "NOTES.md").write_text(text)

    assert read_idea(tmp_path / "NOTES.md") == idea


def test_missing_folder_is_told_and_watched(watch: Watch, repository: Path) -> None:
    """Without `app/` it says how to get it back; once it is there it is graded."""
    app = repository / "exercises" / KATA / "app"
    terminal = watch("07")
    terminal.read_until(LAST)
    shutil.rmtree(app)
    missing = terminal.read_until(LAST)
    shutil.copytree(repository / "solutions" / KATA / "app", app)
    while "Well done" not in (shown := terminal.read_until(LAST)):
        pass

    assert "nox -s reset -- 07" in " ".join(missing.split())
    assert "2 of 2 criteria passed." in shown


def test_kata_of_the_folder_is_watched(repository: Path) -> None:
    """In the folder of a kata no name is needed."""
    folder = repository / "exercises" / "08_farewell" / "app"
    with open_terminal(folder, "watch") as terminal:
        shown = terminal.read_until("graded.")

    assert shown.strip().startswith("08_farewell: Part as friends")
