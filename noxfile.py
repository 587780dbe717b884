"""FastAPI katas. What follows `--` goes to the command: `nox -s check -- 03 --solution`.

Each session makes sure of `.venv` and calls programs in it; what they do is in `src/dojo`.
"""

import logging
import sys
from pathlib import Path

import nox

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT / "src"))

from dojo import environment  # noqa: E402

nox.needs_version = ">=2025.10.14"
nox.options.sessions = ["list"]
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False
logging.getLogger("nox").setLevel(logging.WARNING)  # the programs say enough themselves

IN_PROCESSES = ("--numprocesses=4", "--dist=loadfile")
"""How pytest is run: the tests of a file stay together, for they share what they start.

Four processes for two processors, because half of the time a test waits for an app."""

in_shared_environment = nox.session(venv_backend="none")


def run(program: str, *arguments: str) -> None:
    """Run a program of the shared environment; end nox with its status unless that is 0."""
    if status := environment.run(ROOT, program, *arguments):
        sys.exit(status)


@in_shared_environment
def check(session: nox.Session) -> None:
    """Grade katas, all of them when none is named."""
    run("dojo", "check", *session.posargs)


@in_shared_environment
def watch(session: nox.Session) -> None:
    """Grade a kata at every save; single keys give hints and more."""
    run("dojo", "watch", *session.posargs)


@nox.session(name="list", venv_backend="none")
def list_katas(session: nox.Session) -> None:
    """List the katas and how far you are."""
    run("dojo", "list", *session.posargs)


@nox.session(name="next", venv_backend="none")
def recommend(session: nox.Session) -> None:
    """Say what to do now, and why."""
    run("dojo", "next", *session.posargs)


@in_shared_environment
def review(session: nox.Session) -> None:
    """Ask again for what you have learnt, when it is due: a few minutes a day."""
    run("dojo", "review", *session.posargs)


@in_shared_environment
def hint(session: nox.Session) -> None:
    """Show the next hint."""
    run("dojo", "hint", *session.posargs)


@in_shared_environment
def swap(session: nox.Session) -> None:
    """Put the solution in place of your files, which are kept; `--back` returns them."""
    run("dojo", "swap", *session.posargs)


@in_shared_environment
def reset(session: nox.Session) -> None:
    """Start a kata again; your files are kept, `--restore N` returns them."""
    run("dojo", "reset", *session.posargs)


@in_shared_environment
def serve(session: nox.Session) -> None:
    """Run your app, with what it depends on, to try it in the browser."""
    run("dojo", "serve", *session.posargs)


@in_shared_environment
def notes(session: nox.Session) -> None:
    """Read the notes on the solution, after a pass or with `--spoil`."""
    run("dojo", "notes", *session.posargs)


@in_shared_environment
def show(session: nox.Session) -> None:
    """Show a known wrong or right answer beside the solution, or list them all."""
    run("dojo", "show", *session.posargs)


@in_shared_environment
def handout(session: nox.Session) -> None:
    """Write a repository for students, with the public criteria only."""
    run("dojo", "handout", *session.posargs)


@in_shared_environment
def grade(session: nox.Session) -> None:
    """Grade the submissions of a cohort; `--resume` goes on with a run that was stopped."""
    run("dojo", "grade", *session.posargs)


@in_shared_environment
def regrade(session: nox.Session) -> None:
    """Grade a cohort again and say who changes, and why."""
    run("dojo", "regrade", *session.posargs)


@in_shared_environment
def gradescope(session: nox.Session) -> None:
    """Write the autograder of an assignment for Gradescope."""
    run("dojo", "gradescope", *session.posargs)


@in_shared_environment
def doctor(session: nox.Session) -> None:
    """Say how well submissions of others are isolated on this machine, and what would help."""
    run("dojo", "doctor", *session.posargs)


@in_shared_environment
def verify(session: nox.Session) -> None:
    """Prove the graders with submissions whose verdicts are known."""
    run("dojo", "verify", *session.posargs)


@in_shared_environment
def mutate(session: nox.Session) -> None:
    """Find mutants of the solutions that the graders let through."""
    run("dojo", "mutate", *session.posargs)


@in_shared_environment
def new(session: nox.Session) -> None:
    """Write the first files of a kata, to be filled in."""
    run("dojo", "new", *session.posargs)


@in_shared_environment
def bench(session: nox.Session) -> None:
    """Measure the engine beside a bare pytest."""
    run("dojo", "bench", *session.posargs)


@in_shared_environment
def site(session: nox.Session) -> None:
    """Build the website of the katas; `--serve` shows it in the browser."""
    run("dojo", "site", *session.posargs)


@in_shared_environment
def refresh(session: nox.Session) -> None:
    """Write the generated parts of the repository again."""
    run("dojo", "refresh", *session.posargs)


@in_shared_environment
def tests(session: nox.Session) -> None:
    """Check style and types, test the engine, prove the graders: all that a change must pass."""
    run("ruff", "check")
    run("ruff", "format", "--check")
    run("lint-imports", "--no-logo")
    run("mypy")
    proof = environment.run(ROOT, "dojo", "verify", "--paths", "one")
    run("pytest", *IN_PROCESSES, *session.posargs)
    if proof:
        sys.exit(proof)


@in_shared_environment
def hostile(session: nox.Session) -> None:
    """Grade every hostile submission, in all modes that this machine gives."""
    run("pytest", "tests/hostile", "-m", "slow_hostile or not slow_hostile", *session.posargs)


@nox.session(python=["3.12", "3.13"], venv_backend="uv|virtualenv", reuse_venv=True)
def compatibility(session: nox.Session) -> None:
    """Test the engine and prove the graders with another Python, where it is installed."""
    session.env.update({"PYTHONDONTWRITEBYTECODE": None, "UV_COMPILE_BYTECODE": "1"})
    session.install("--require-hashes", "--requirement", environment.LOCK)
    session.install("--no-deps", "--no-build-isolation", "--editable", ".")
    session.run("pytest", *IN_PROCESSES, *session.posargs)
    session.run("dojo", "verify")


@nox.session(venv_backend="uv|virtualenv", reuse_venv=True)
def lock(session: nox.Session) -> None:
    """Write the lock again from `pyproject.toml`; `--upgrade` takes newer versions."""
    session.install("uv")
    session.run(
        *("uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
        *("--all-extras", "--group", "author", "--group", "site"),
        *("--generate-hashes", "--no-emit-index-url"),
        *("--custom-compile-command", "nox -s lock", "--output-file", environment.LOCK),
        *("pyproject.toml", *session.posargs),
    )
