"""The command line: which commands there are and which arguments they take.

It imports a command's module only when that command runs: a check must not pay for the others.
"""

import argparse
import contextlib
import importlib
import sys
from collections.abc import Callable, Sequence
from enum import IntEnum
from pathlib import Path

LEARNING = frozenset({"check", "list", "hint", "reset", "serve"})
"""The commands of a handout: those that need neither solutions nor hidden criteria."""


class ExitCode(IntEnum):
    """What `dojo` tells its caller; never a grade."""

    PASSED = 0
    NOT_PASSED = 1
    USED_WRONGLY = 2
    GRADER_FAULT = 3


class UsageError(Exception):
    """A call that cannot be carried out; the message says what to do instead."""


def run(arguments: Sequence[str]) -> int:
    """Run one command; give its exit code."""
    parsed = make_parser().parse_args(arguments)
    try:
        if parsed.command not in LEARNING:
            _refuse_handout(parsed.command)
        return _find(parsed.command)(parsed)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)  # noqa: T201
        return ExitCode.USED_WRONGLY
    except Exception as error:
        if not _is_users(error):
            raise
        print(error, file=sys.stderr)  # noqa: T201
        return ExitCode.USED_WRONGLY


def _find(command: str) -> Callable[[argparse.Namespace], int]:
    module = importlib.import_module(f"dojo.commands.{command}")
    execute: Callable[[argparse.Namespace], int] = module.execute
    return execute


def _refuse_handout(command: str) -> None:
    """Raise `UsageError` where an instructor has the rest of the katas: solutions and criteria."""
    from .catalogue import Catalogue, CatalogueError, find_root

    with contextlib.suppress(CatalogueError):  # the command itself says what is wrong
        if any(kata.file.hidden is not None for kata in Catalogue(find_root(Path.cwd())).katas):
            raise UsageError(
                f"'dojo {command}' is not part of a handout. Run `nox -l` to see what is."
            )


def _is_users(error: Exception) -> bool:
    from .catalogue import CatalogueError
    from .sandbox import NoMode
    from .submissions.staging import SubmissionUnreadable
    from .workspace import WorkspaceError

    users = UsageError | CatalogueError | NoMode | SubmissionUnreadable | WorkspaceError
    return isinstance(error, users)


def make_parser() -> argparse.ArgumentParser:
    """Make the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="dojo", description="FastAPI katas that grade themselves."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (_add_check, _add_learning, _add_assigning, _add_grading, _add_proving):
        add(commands)
    return parser


def _add_check(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    check = commands.add_parser("check", help="grade katas: all of them when none is named")
    check.add_argument("katas", nargs="*", metavar="KATA", help="id, number or name")
    check.add_argument("--solution", action="store_true", help="grade the reference solution")
    check.add_argument("--submission", metavar="PATH", help="grade a folder, zip or tar")
    check.add_argument("--case", metavar="NAME", help="grade a submission with a known verdict")
    check.add_argument("--json", metavar="FILE", help="write the reports as JSON, - for stdout")
    check.add_argument("--junit", metavar="FILE", help="write the reports as JUnit XML")
    check.add_argument("--seed", metavar="SEED", help="repeat a run with its inputs")
    check.add_argument("--criterion", action="append", default=[], metavar="NAME")
    check.add_argument("--show", choices=("all", "failed", "first"), default="all")


def _add_learning(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    commands.add_parser("list", help="show the katas by track, with your state")
    for name, text in (
        ("hint", "show one more hint"),
        ("swap", "put the solution in place of your files"),
        ("reset", "go back to the stub; your work is kept"),
        ("serve", "run your app in the browser, labs included"),
        ("notes", "show the notes of the solution"),
        ("show", "show wrong and right answers beside the solution"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("kata", metavar="KATA", help="id, number or name")
        if name == "hint":
            command.add_argument("--task", type=int, metavar="N", help="a task of the README")
        if name == "swap":
            command.add_argument("--back", action="store_true", help="return your own files")
        if name == "reset":
            command.add_argument("--saves", action="store_true", help="list the saved work")
            command.add_argument("--restore", type=int, metavar="N", help="bring saved work back")
        if name == "serve":
            command.add_argument("--port", type=int, default=8000)
        if name == "show":
            command.add_argument("name", nargs="?", metavar="NAME", help="one of them")
        if name == "notes":
            command.add_argument("--spoil", action="store_true", help="show them before a pass")


def _add_assigning(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    handout = commands.add_parser(
        "handout",
        help="write a repository for students",
        description="Write a repository for students: no solution, and of the criteria only some.",
    )
    handout.add_argument("katas", nargs="+", metavar="KATA", help="id, number or name")
    handout.add_argument("--to", metavar="FOLDER", required=True, help="absent or empty")
    handout.add_argument("--name", default="FastAPI katas", help="its title: the course, say")
    gradescope = commands.add_parser("gradescope", help="write an autograder for Gradescope")
    gradescope.add_argument("katas", nargs="+", metavar="KATA", help="id, number or name")
    gradescope.add_argument("--to", metavar="FILE", default="autograder.zip")
    for command in (handout, gradescope):
        command.add_argument(
            "--public",
            action="extend",
            nargs="+",
            default=[],
            metavar="CRITERION",
            help="criteria that students see, in place of those that `kata.toml` names",
        )


def _add_grading(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    grade = commands.add_parser(
        "grade",
        help="grade the submissions of a cohort",
        description="Grade what many students handed in. Each result is written as it comes.",
    )
    grade.add_argument(
        "submissions",
        metavar="SUBMISSIONS",
        help="a folder with a folder or archive for each student, or a file that lists them",
    )
    grade.add_argument(
        "--kata",
        action="extend",
        nargs="+",
        default=[],
        metavar="KATA",
        help="what was to be handed in; found by the names of folders if left out",
    )
    grade.add_argument("--name", metavar="NAME", help="what the cohort is called")
    grade.add_argument(
        "--roster", metavar="CSV", help="who should have handed in: columns student and name"
    )
    regrade = commands.add_parser(
        "regrade",
        help="grade a cohort again and say who changes",
        description="Grade the submissions of a run again, and say who changes and why.",
    )
    regrade.add_argument("run", metavar="OLD_OUT", help="the folder of the earlier run")
    regrade.add_argument(
        "--diff", action="store_true", help="list the criteria that changed for each student"
    )
    regrade.add_argument("--submissions", metavar="PATH", help="where they are, if they moved")
    for command in (grade, regrade):
        _add_grading_options(command)


def _add_grading_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--out", metavar="FOLDER", help="where the results go")
    command.add_argument(
        "--jobs", type=int, metavar="N", help="submissions graded at a time on this machine"
    )
    command.add_argument(
        "--resume",
        action="store_true",
        help="go on with a run that was stopped: only what has no result, what changed since and"
        " grader faults are graded; refused if graders, packages or the seed changed",
    )
    command.add_argument("--seed", metavar="SEED", help="draw everybody's inputs from it")
    command.add_argument(
        "--isolation",
        choices=("auto", "full", "no-bwrap", "basic"),
        default="auto",
        help="how submissions are kept apart; auto is the best that this machine gives",
    )
    command.add_argument(
        "--i-trust-these-submissions", action="store_true", help="grade even in isolation basic"
    )
    command.add_argument("--executor", metavar="dask://HOST:PORT", help="grade on a Dask cluster")


def _add_proving(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verify = commands.add_parser("verify", help="prove the graders of katas")
    verify.add_argument("katas", nargs="*", metavar="KATA")
    verify.add_argument("--jobs", type=int, metavar="N", help="submissions graded at a time")
    verify.add_argument("--repeat", type=int, default=1, metavar="N", help="N times, shuffled")
    verify.add_argument("--no-cache", action="store_true", help="grade what is known as well")
    verify.add_argument(
        "--stress",
        nargs="?",
        choices=tuple("123456789"),  # no number of a kata, which would be taken for a level
        const="1",
        default="0",
        metavar="LEVEL",
        help="with LEVEL busy processes for each processor, 1 to 9; name katas before it",
    )
    verify.add_argument("--isolation", choices=("full", "no-bwrap", "basic"), default="basic")
    commands.add_parser("doctor", help="try how well this machine isolates submissions")
    mutate = commands.add_parser("mutate", help="change solutions a little: do graders notice?")
    mutate.add_argument("katas", nargs="*", metavar="KATA")
    mutate.add_argument(
        "--engine", action="store_true", help="change the engine: KATA names a part of it"
    )
    mutate.add_argument("--jobs", type=int, default=2, metavar="N", help="mutants at a time")
    mutate.add_argument("--seed", metavar="SEED", help="repeat a run with its inputs")
    mutate.add_argument("--all", action="store_true", help="list the killed mutants too")
    new = commands.add_parser("new", help="write the first files of a kata")
    new.add_argument("id", metavar="ID", help="number and name, such as 56_long_polling")
    commands.add_parser("refresh", help="write the generated parts of the repository again")
    bench = commands.add_parser("bench", help="measure what was promised: all of it takes long")
    bench.add_argument("sets", nargs="*", choices=("engine", "proof", "cohort", []), metavar="SET")
    bench.add_argument("--rounds", type=int, default=7, metavar="N")
