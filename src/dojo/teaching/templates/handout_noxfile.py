"""FastAPI katas. What follows `--` goes to the command: `nox -s check -- $first`.

Each session makes sure of `.venv` and calls `dojo` in it, which comes from the wheel in `engine/`.
"""

import logging
import sys
from pathlib import Path

import nox
import nox.registry

ROOT = Path(__file__).parent
sys.path.insert(0, str(next((ROOT / "engine").glob("*.whl"))))

from dojo import environment, menu  # noqa: E402

nox.needs_version = ">=2025.10.14"
nox.options.sessions = ["list"]
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False
logging.getLogger("nox").setLevel(logging.WARNING)  # the programs say enough themselves

in_shared_environment = nox.session(venv_backend="none")


def run(program: str, *arguments: str, role: str = environment.LEARNER) -> None:
    """Run a program of the shared environment; end nox with its status unless that is 0.

    What only some need, a debugger for one, is added with their role when it is first needed.
    """
    if status := environment.run(ROOT, program, *arguments, role=role):
        sys.exit(status)


@in_shared_environment
def check(session: nox.Session) -> None:
    """Grade katas, all of them when none is named."""
    role = "debug" if "--debug" in session.posargs else environment.LEARNER
    run("dojo", "check", *session.posargs, role=role)


@in_shared_environment
def watch(session: nox.Session) -> None:
    """Grade a kata at every save; single keys give hints and more."""
    run("dojo", "watch", *session.posargs)


@in_shared_environment
def trace(session: nox.Session) -> None:
    """Draw what happened in a criterion, moment by moment; `--html FILE` writes a page."""
    run("dojo", "trace", *session.posargs)


@nox.session(name="list", venv_backend="none")
def list_katas(session: nox.Session) -> None:
    """List the katas and how far you are."""
    run("dojo", "list", *session.posargs)


@nox.session(name="next", venv_backend="none")
def recommend(session: nox.Session) -> None:
    """Say what to do now, and why."""
    run("dojo", "next", *session.posargs)


@in_shared_environment
def hint(session: nox.Session) -> None:
    """Show the next hint."""
    run("dojo", "hint", *session.posargs)


@in_shared_environment
def reset(session: nox.Session) -> None:
    """Start a kata again; your files are kept, `--restore N` returns them."""
    run("dojo", "reset", *session.posargs)


@in_shared_environment
def serve(session: nox.Session) -> None:
    """Run your app, with what it depends on, to try it in the browser."""
    run("dojo", "serve", *session.posargs)


@in_shared_environment
def tutor(session: nox.Session) -> None:
    """Write a prompt for an assistant, so that it asks you questions and gives no code."""
    run("dojo", "tutor", *session.posargs)


if answer := menu.answer_misplaced(sys.argv[1:], nox.registry.get()):
    print(answer, file=sys.stderr)  # noqa: T201
    sys.exit(2)
