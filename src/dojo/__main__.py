"""Run the command line, `dojo` or `python -m dojo`: which commands there are, and where each is.

It imports the module of the one command that is called: a check must not pay for the others. A
module holds `add_NAME_options` and `run_NAME` for each of its commands.
"""

import argparse
import contextlib
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from .model.errors import ExitCode, UsageError

COMMANDS = {
    "check": ("check_command", "grade katas: all of them when none is named"),
    "watch": ("watch_command", "grade a kata at every save"),
    "start": ("start_command", "make a folder of your own for the katas, or update it"),
    "trace": ("trace_command", "draw what happened in a criterion, moment by moment"),
    "list": ("overview_commands", "show the katas by track, with your state"),
    "next": ("overview_commands", "say what to do now, and why"),
    "review": ("review_command", "ask again for what you have learnt"),
    "cards": ("cards_command", "ask the questions of interviews, and compare your answers"),
    "interview": ("interview_command", "practise an interview: questions, katas and a clock"),
    "hint": ("learner_commands", "show one more hint"),
    "swap": ("learner_commands", "put the solution in place of your files"),
    "reset": ("learner_commands", "go back to the stub; your work is kept"),
    "serve": ("learner_commands", "run your app in the browser, labs included"),
    "notes": ("learner_commands", "show the notes of the solution"),
    "examples": ("examples_command", "judge the requests and answers that you expect"),
    "tutor": ("tutor_command", "write a prompt for an assistant that asks and gives no code"),
    "arrange": ("arrange_command", "put lines of the solution in order"),
    "compare": ("compare_command", "show your answer beside two others that are right"),
    "handout": ("instructor_commands", "write a repository for students"),
    "gradescope": ("instructor_commands", "write an autograder for Gradescope"),
    "grade": ("grade_command", "grade the submissions of a cohort, or all of a term that is due"),
    "gradebook": ("gradebook_command", "put points into a gradebook of your platform"),
    "feedback": ("feedback_command", "write what each student gets back, alone"),
    "regrade": ("instructor_commands", "grade a cohort again and say who changes"),
    "similarity": ("similarity_command", "show which submissions are alike; it proves nothing"),
    "doctor": ("instructor_commands", "try how well this machine isolates submissions"),
    "site": ("site_command", "build the website of the katas"),
    "verify": ("author_commands", "prove the graders of katas"),
    "show": ("author_commands", "show wrong and right answers beside the solution"),
    "mutate": ("author_commands", "change solutions a little, and see whether graders notice"),
    "new": ("author_commands", "write the first files of a kata"),
    "refresh": ("author_commands", "write the generated parts of the repository again"),
    "bench": ("author_commands", "measure how fast the engine is; this takes long"),
}
"""The module and the help of each command."""

LEARNING = frozenset({"check", "watch", "trace", "list", "next", "hint", "reset", "serve", "tutor"})
"""The commands of a handout: those that need neither solutions nor hidden criteria."""


def main() -> None:
    """Run one command and exit with its status; under `-O`, in an interpreter without it.

    Graders need docstrings and `assert`, which it takes away.
    """
    if sys.flags.optimize:
        os.environ.pop("PYTHONOPTIMIZE", None)
        os.execv(sys.executable, [sys.executable, "-m", "dojo", *sys.argv[1:]])
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command; give its exit code."""
    name = next((each for each in arguments if each in COMMANDS), None)
    try:
        if name is not None and name not in LEARNING:
            _refuse_handout(name)
        parsed, unknown = make_parser(name).parse_known_args(arguments)
        if unknown:  # the parser of all commands would show its own usage
            parsed.refuse(f"unrecognized arguments: {' '.join(unknown)}")
        code: int = getattr(_load(parsed.command), f"run_{parsed.command}")(parsed)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)  # noqa: T201
        return ExitCode.INTERRUPTED
    except UsageError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return ExitCode.USED_WRONGLY
    except BrokenPipeError:  # who reads has enough, as `head` does; nothing is left to be flushed
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.NOT_PASSED
    except Exception:
        return _report_fault(name or "dojo")
    return code


def _report_fault(command: str) -> int:
    """Say that we failed, and where the traceback is; nobody can mend it who only calls us."""
    from .model.fault_files import describe_fault_file, keep_fault

    path = keep_fault(f"{command} {' '.join(sys.argv[1:])}", traceback.format_exc())
    print(  # noqa: T201
        f"'{command}' failed because of an error in this program, not in your work. "
        f"{describe_fault_file(path)}",
        file=sys.stderr,
    )
    return ExitCode.GRADER_FAULT


def make_parser(wanted: str | None = None) -> argparse.ArgumentParser:
    """Make the parser of all commands, with the options of the one that is wanted."""
    parser = argparse.ArgumentParser(
        prog="dojo", description="FastAPI katas that grade themselves."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (_, text) in COMMANDS.items():
        command = commands.add_parser(
            name, prog=f"nox -s {name} --", help=text, description=f"{text.capitalize()}."
        )
        command.set_defaults(refuse=command.error)
        if name == wanted:
            getattr(_load(name), f"add_{name}_options")(command)
    return parser


def _refuse_handout(command: str) -> None:
    """Raise `UsageError` where an instructor has the rest of the katas: solutions and criteria."""
    from .model.catalogue import Catalogue, CatalogueError, find_root

    with contextlib.suppress(CatalogueError):  # the command itself says what is wrong
        if any(kata.file.hidden is not None for kata in Catalogue(find_root(Path.cwd())).katas):
            raise UsageError(f"'{command}' is not part of a handout. Run `nox -l` to see what is.")


def _load(command: str) -> ModuleType:
    module, _ = COMMANDS[command]
    return importlib.import_module(f"dojo.commandline.{module}")


if __name__ == "__main__":
    main()
