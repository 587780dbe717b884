"""The command `check`: grade the learner's work, a submission or the solution, and report it."""

import argparse
import contextlib
import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from ..harness.failures import GraderFault
from ..harness.snapshot_process import ExecLauncher
from ..harness.temporary_folders import RunFolder, open_run_folder
from ..model.catalogue import Catalogue, find_root, name_kata
from ..model.errors import UsageError
from ..runner.fork_server_launcher import SERVING_LABS, ForkServerLauncher
from ..runner.sandbox import Mode, choose_own_mode, forget

if TYPE_CHECKING:
    from ..harness.postgresql import Cluster

DATABASES = ("sqlite", "postgresql")

UNCONFINED = "This machine does not support isolation 'no-bwrap', so 'basic' is used."


def add_check_options(parser: argparse.ArgumentParser) -> None:
    """Add what is to be graded, and how it is reported."""
    add = parser.add_argument
    here = name_kata(Path.cwd())
    add(
        "katas",
        nargs="*",
        metavar="KATA",
        help="id, number or name",
        default=[here] if here else [],
    )
    add("--solution", action="store_true", help="grade the reference solution")
    add("--submission", metavar="PATH", help="grade a folder, zip or tar")
    add("--case", metavar="NAME", help="grade a submission with a known verdict")
    add("--json", metavar="FILE", help="write the reports as JSON, - for stdout")
    add("--junit", metavar="FILE", help="write the reports as JUnit XML")
    add("--seed", metavar="SEED", help="repeat a run: take the seed from its report")
    add("--criterion", action="append", default=[], metavar="NAME", help="check only this one")
    add("--server", action="store_true", help="run the app with uvicorn and real clients; no grade")
    add("--database", choices=DATABASES, default=DATABASES[0], help="where the app keeps its data")
    add("--debug", action="store_true", help="wait for a debugger, then check what fails first")
    add("--debug-port", type=int, default=5678, metavar="PORT", help="where it attaches")
    add(
        "--isolation",
        choices=("auto", "basic"),
        default="auto",
        help="auto confines the app where this machine can; basic does not",
    )
    add(
        "--show",
        choices=("all", "failed", "first"),
        help="which criteria to show; without it several katas get a line each",
    )


def run_check(arguments: argparse.Namespace) -> int:
    """Start a process that loads FastAPI while this one loads the grader; then check."""
    is_asked = arguments.isolation == "basic" or arguments.debug
    mode = Mode.BASIC if is_asked else choose_own_mode()
    with contextlib.ExitStack() as stack:
        cluster = stack.enter_context(_open_cluster()) if wants_cluster(arguments) else None
        own, folder = (stack.enter_context(open_run_folder()) for _ in range(2))
        launcher = start_launcher(own, folder, mode, [cluster.port] if cluster else ())
        try:
            if arguments.debug:
                return _debug(arguments, launcher)
            from .checking import CheckCall, check

            call = CheckCall(
                katas=arguments.katas,
                solution=arguments.solution,
                submission=arguments.submission,
                case=arguments.case,
                json=arguments.json,
                junit=arguments.junit,
                seed=arguments.seed,
                criteria=arguments.criterion,
                server=arguments.server,
                mode=mode,
                notice=UNCONFINED if mode is Mode.BASIC and not is_asked else None,
                show=arguments.show,
                cluster=cluster,
            )
            return check(call, launcher, folder)
        except GraderFault:  # nothing was begun: perhaps the isolation holds no more
            forget()
            raise
        finally:
            launcher.close()


def _open_cluster() -> "AbstractContextManager[Cluster]":
    from ..runner.postgresql_server import open_cluster  # few checks need it

    return open_cluster()


def wants_cluster(arguments: argparse.Namespace) -> bool:
    """Tell whether PostgreSQL is asked for; `UsageError` if a kata cannot run on it."""
    if arguments.database == DATABASES[0]:
        return False
    catalogue = Catalogue(find_root(Path.cwd()))
    able = [kata.id for kata in catalogue.katas if kata.file.postgresql]
    for kata in catalogue.select(arguments.katas):
        if kata.id not in able:
            raise UsageError(
                f"'{kata.id}' does not run on PostgreSQL. "
                f"Leave out `--database`, or name one of these: {', '.join(able)}."
            )
    return True


def _debug(arguments: argparse.Namespace, launcher: ForkServerLauncher | ExecLauncher) -> int:
    from .debugged_check import DebugCall, debug

    others = ("solution", "submission", "case", "json", "junit", "server")
    if wants_cluster(arguments) or any(getattr(arguments, name) for name in others):
        raise UsageError(
            "`--debug` runs your own work, one criterion of it, and gives no grade. "
            "Leave out every option but `--criterion`, `--seed` and `--debug-port`."
        )
    call = DebugCall(
        katas=arguments.katas,
        criteria=arguments.criterion,
        seed=arguments.seed,
        port=arguments.debug_port,
    )
    return debug(call, launcher)


def start_launcher(
    own: RunFolder, first: RunFolder, mode: Mode, ports: Sequence[int] = ()
) -> ForkServerLauncher | ExecLauncher:
    """Start what loads the libraries once, for the submission and for the reference.

    It is not known yet which labs the kata has, so listeners for all of them are made in any case.
    """
    if hasattr(os, "fork"):
        return ForkServerLauncher(own, SERVING_LABS, mode, warm=False, ports=ports)
    launcher = ExecLauncher()
    launcher.prepare(first)
    return launcher
