"""FastAPI katas. These five commands are enough to begin:

    nox -s watch -- 01      grade your work on kata 01 at every save
    nox -s check -- 01      grade it once
    nox -s hint -- 01       get a hint, one step further each time
    nox -s serve -- 01      run your app and try it in the browser
    nox -s list             see all katas and how far you are

What follows `--` goes to the command: `nox -s check -- --help` lists its options.
Below, [learn] is for learners, [teach] for instructors, [author] for authors of katas.
"""

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nox
import nox.registry

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "src"))

from dojo import environment, menu  # noqa: E402

nox.needs_version = ">=2025.10.14"
nox.options.sessions = ["list"]
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False
logging.getLogger("nox").setLevel(logging.WARNING)  # the programs say enough themselves

IN_PROCESSES = ("--numprocesses=4", "--dist=loadfile", "--timeout=600", "--timeout-method=signal")
"""How pytest is run: the tests of a file stay together, for they share what they start.

Four processes for two processors, because half of the time a test waits for an app. A test that
stands still is ended after ten minutes (the longest takes one) and shows where it stood."""


Session = Callable[[nox.Session], None]


def listed(tag: str, **options: Any) -> Callable[[Session], Session]:
    """List a session under a tag; outside this folder, in workspaces, only those for learners.

    By default it has no environment of its own: they share `.venv`, which grows with their needs.
    """
    if tag != "learn" and Path.cwd() != ROOT:
        return lambda function: function
    return nox.session(**{"venv_backend": "none", "tags": [tag], **options})


learn, teach, author = listed("learn"), listed("teach"), listed("author")


def run(program: str, *arguments: str, role: str = environment.LEARNER) -> None:
    """Run a program of the shared environment; end nox with its status unless that is 0.

    A role is a group of `pyproject.toml`: its packages are added when they are first needed.
    """
    if status := environment.run(ROOT, program, *arguments, role=role):
        sys.exit(status)


@learn
def check(session: nox.Session) -> None:
    """Grade katas, all of them when none is named."""
    role = "debug" if "--debug" in session.posargs else environment.LEARNER
    if {"postgresql", "--database=postgresql"} & {*session.posargs}:
        role = "postgresql"
    run("dojo", "check", *session.posargs, role=role)


@learn
def watch(session: nox.Session) -> None:
    """Grade a kata at every save; single keys give hints and more."""
    run("dojo", "watch", *session.posargs)


@learn
def trace(session: nox.Session) -> None:
    """Draw what happened in a criterion, moment by moment; `--html FILE` writes a page."""
    run("dojo", "trace", *session.posargs)


@listed("learn", name="list")
def list_katas(session: nox.Session) -> None:
    """List the katas and how far you are."""
    run("dojo", "list", *session.posargs)


@listed("learn", name="next")
def recommend(session: nox.Session) -> None:
    """Say what to do now, and why."""
    run("dojo", "next", *session.posargs)


@learn
def review(session: nox.Session) -> None:
    """Ask again for what you have learnt, when it is due: a few minutes a day."""
    run("dojo", "review", *session.posargs)


@learn
def cards(session: nox.Session) -> None:
    """Ask the questions of interviews; `--export anki` writes a deck."""
    is_exported = any(each.startswith("--export") for each in session.posargs)
    run("dojo", "cards", *session.posargs, role="anki" if is_exported else environment.LEARNER)


@learn
def interview(session: nox.Session) -> None:
    """Practise an interview: questions and katas beside a clock; `--resume` goes on with it."""
    run("dojo", "interview", *session.posargs)


@learn
def start(session: nox.Session) -> None:
    """Make a folder of your own for the katas, apart from the repository, or update it."""
    run("dojo", "start", *session.posargs)


@learn
def hint(session: nox.Session) -> None:
    """Show the next hint."""
    run("dojo", "hint", *session.posargs)


@learn
def swap(session: nox.Session) -> None:
    """Put the solution in place of your files, which are kept; `--back` returns them."""
    run("dojo", "swap", *session.posargs)


@learn
def reset(session: nox.Session) -> None:
    """Start a kata again; your files are kept, `--restore N` returns them."""
    run("dojo", "reset", *session.posargs)


@learn
def serve(session: nox.Session) -> None:
    """Run your app, with what it depends on, to try it in the browser."""
    run("dojo", "serve", *session.posargs)


@learn
def notes(session: nox.Session) -> None:
    """Read the notes on the solution, after a pass or with `--spoil`."""
    run("dojo", "notes", *session.posargs)


@learn
def examples(session: nox.Session) -> None:
    """Judge the requests and answers that you expect, before you write code."""
    run("dojo", "examples", *session.posargs)


@learn
def arrange(session: nox.Session) -> None:
    """Put lines of the solution in order; lines of wrong answers are among them."""
    run("dojo", "arrange", *session.posargs)


@learn
def compare(session: nox.Session) -> None:
    """Show your answer beside two others that are right, after a pass or with `--spoil`."""
    run("dojo", "compare", *session.posargs)


@learn
def tutor(session: nox.Session) -> None:
    """Write a prompt for an assistant, so that it asks you questions and gives no code."""
    run("dojo", "tutor", *session.posargs)


@learn
def show(session: nox.Session) -> None:
    """Show a known wrong or right answer beside the solution, or list them all."""
    run("dojo", "show", *session.posargs)


@teach
def handout(session: nox.Session) -> None:
    """Write a repository for students, with the public criteria only."""
    run("dojo", "handout", *session.posargs)


@teach
def grade(session: nox.Session) -> None:
    """Grade the submissions of a cohort; `--resume` goes on with a run that was stopped."""
    is_far = any(each.startswith("--executor") for each in session.posargs)
    role = "cluster" if is_far else environment.LEARNER
    run("dojo", "grade", *session.posargs, role=role)


@teach
def gradebook(session: nox.Session) -> None:
    """Put the points of a run into a gradebook of Canvas, Moodle, Gradescope or Blackboard."""
    is_pushed = any(each.startswith("--push") for each in session.posargs)
    role = "canvas" if is_pushed else environment.LEARNER
    run("dojo", "gradebook", *session.posargs, role=role)


@teach
def feedback(session: nox.Session) -> None:
    """Write what each student gets back, alone: as pages, for a platform, or as mails."""
    run("dojo", "feedback", *session.posargs)


@teach
def similarity(session: nox.Session) -> None:
    """Show which submissions of one or more runs are alike; it proves nothing."""
    run("dojo", "similarity", *session.posargs, role="similarity")


@teach
def dask(session: nox.Session) -> None:
    """Start a part of a cluster for `grade`: `scheduler`, or `worker HOST:8786`."""
    run("dask", *session.posargs, role="cluster")


@teach
def regrade(session: nox.Session) -> None:
    """Grade a cohort again and say who changes, and why."""
    run("dojo", "regrade", *session.posargs)


@teach
def archives(session: nox.Session) -> None:
    """Install what reads 7z archives, which students may hand in."""
    run("py7zr", "--version", *session.posargs, role="archives")


@teach
def gradescope(session: nox.Session) -> None:
    """Write the autograder of an assignment for Gradescope."""
    run("dojo", "gradescope", *session.posargs)


@teach
def doctor(session: nox.Session) -> None:
    """Say how well submissions of others are isolated on this machine, and what would help."""
    run("dojo", "doctor", *session.posargs)


@author
def verify(session: nox.Session) -> None:
    """Prove the graders with submissions whose verdicts are known."""
    run("dojo", "verify", *session.posargs, role="author")


@author
def mutate(session: nox.Session) -> None:
    """Find mutants of the solutions that the graders let through."""
    run("dojo", "mutate", *session.posargs, role="author")


@author
def new(session: nox.Session) -> None:
    """Write the first files of a kata, to be filled in."""
    run("dojo", "new", *session.posargs, role="author")


@author
def bench(session: nox.Session) -> None:
    """Measure the engine beside a bare pytest."""
    run("dojo", "bench", *session.posargs, role="author")


@author
def site(session: nox.Session) -> None:
    """Build the website of the katas; `--serve` shows it in the browser."""
    run("dojo", "site", *session.posargs, role="site")


@author
def refresh(session: nox.Session) -> None:
    """Write the generated parts of the repository again."""
    run("dojo", "refresh", *session.posargs, role="author")


@author
def tests(session: nox.Session) -> None:
    """Check style and types, test the engine, prove the graders: all that a change must pass."""
    run("ruff", "check", role="author")
    run("ruff", "format", "--check", role="author")
    run("lint-imports", "--no-logo", role="author")
    run("mypy", role="author")
    proof = environment.run(ROOT, "dojo", "verify", "--paths", "one", role="author")
    run("pytest", *IN_PROCESSES, *session.posargs, role="author")
    if proof:
        sys.exit(proof)


@author
def hostile(session: nox.Session) -> None:
    """Grade every hostile submission, in all modes that this machine gives."""
    cases = ("tests/hostile", "-m", "slow_hostile or not slow_hostile")
    run("pytest", *cases, *session.posargs, role="author")


@listed("author", python=["3.12", "3.13"], venv_backend="uv|virtualenv", reuse_venv=True)
def compatibility(session: nox.Session) -> None:
    """Test the engine and prove the graders with another Python, where it is installed."""
    session.env.update({"PYTHONDONTWRITEBYTECODE": None, "UV_COMPILE_BYTECODE": "1"})
    session.install("--require-hashes", "--requirement", environment.LOCK)
    session.install("--no-deps", "--no-build-isolation", "--editable", ".")
    session.run("pytest", *IN_PROCESSES, *session.posargs)
    session.run("dojo", "verify")


@listed("author", venv_backend="uv|virtualenv", reuse_venv=True)
def lock(session: nox.Session) -> None:
    """Write the lock again from `pyproject.toml`; `--upgrade` takes newer versions."""
    groups = nox.project.load_toml("pyproject.toml")["dependency-groups"]
    session.install("uv")
    session.run(
        *("uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
        *("--generate-hashes", "--no-emit-index-url", *(f"--group={each}" for each in groups)),
        *("--custom-compile-command", "nox -s lock", "--output-file", environment.LOCK),
        *("pyproject.toml", *session.posargs),
    )


if answer := menu.answer_misplaced(sys.argv[1:], nox.registry.get()):
    print(answer, file=sys.stderr)  # noqa: T201
    sys.exit(2)
