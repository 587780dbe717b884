"""Serve: run the learner's app in the browser, with its labs."""

import argparse

from ..commandline import ExitCode, UsageError
from ..grader.laboratory import open_laboratory
from ..practice.desks import Desk, find_desk
from ..practice.serving import Stage, is_free, serve
from ..renderers.consoles import open_console
from ..renderers.sentences import render_sentences

PORTS = range(1, 65536)


def execute(arguments: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    desk = find_desk(arguments.kata)
    kata = desk.kata
    notice = desk.describe_swap()
    _require_app(desk)
    _require_free_port(desk, arguments.port)
    console = open_console()
    with open_laboratory(kata.file.labs) as laboratory:
        stage = Stage(
            kata, arguments.port, laboratory, lambda line: render_sentences([line], console)
        )
        render_sentences(_introduce(stage, notice), console)
        code = serve(stage)
    render_sentences([f"{kata.id} is no longer served."], console)
    return ExitCode.NOT_PASSED if code else ExitCode.PASSED


def _require_app(desk: Desk) -> None:
    module = desk.kata.file.entrypoint.partition(":")[0].replace(".", "/")
    files = (f"{module}.py", f"{module}/__init__.py")
    if not any((desk.kata.exercise / file).is_file() for file in files):
        raise UsageError(
            f"Kata '{desk.kata.id}' has no app to serve: there is no '{files[0]}'. "
            f"Run {desk.write_command('reset')} if it was deleted."
        )


def _require_free_port(desk: Desk, port: int) -> None:
    if port in PORTS and is_free(port):
        return
    problem = "is used by another program" if port in PORTS else "does not exist"
    free = next(filter(is_free, range(8000, PORTS.stop)))
    command = desk.write_command("serve", "--port", str(free))
    raise UsageError(f"Port '{port}' {problem}. Run {command}.")


def _introduce(stage: Stage, notice: str | None) -> list[str]:
    kata = stage.kata
    labs = [f"{name} is {url}" for name, url in stage.environment.items()]
    return [
        f"{kata.id}: {kata.file.title}",
        *([f"Note: {notice}"] if notice else []),
        *labs,
        "Stop with Ctrl-C.",
    ]
