"""The command `serve`: run the learner's app in the browser, with its labs."""

import argparse

from ..grader.fixtures import open_labs
from ..learning.exercises import Exercise, find_exercise
from ..learning.serving import ServedApp, is_free, serve
from ..model.errors import ExitCode, UsageError
from ..output.terminal import open_console, render_sentences
from .learner_commands import add_kata_argument

PORTS = range(1, 65536)


def add_serve_options(parser: argparse.ArgumentParser) -> None:
    """Add the kata and the port."""
    add_kata_argument(parser)
    parser.add_argument("--port", type=int, default=8000, help="where to serve it")


def run_serve(arguments: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    exercise = find_exercise(arguments.kata)
    kata = exercise.kata
    notice = exercise.describe_swap()
    _require_app(exercise)
    _require_free_port(exercise, arguments.port)
    console = open_console()
    with open_labs(kata.file.labs) as lab_set:
        served = ServedApp(
            kata, arguments.port, lab_set, lambda line: render_sentences([line], console)
        )
        render_sentences(_introduce(served, notice), console)
        code = serve(served)
    render_sentences([f"{kata.id} is no longer served."], console)
    return ExitCode.NOT_PASSED if code else ExitCode.PASSED


def _require_app(exercise: Exercise) -> None:
    module = exercise.kata.file.entrypoint.partition(":")[0].replace(".", "/")
    files = (f"{module}.py", f"{module}/__init__.py")
    if not any((exercise.kata.exercise / file).is_file() for file in files):
        raise UsageError(
            f"Kata '{exercise.kata.id}' has no app to serve: there is no '{files[0]}'. "
            f"Run {exercise.write_command('reset')} if it was deleted."
        )


def _require_free_port(exercise: Exercise, port: int) -> None:
    if port in PORTS and is_free(port):
        return
    problem = "is used by another program" if port in PORTS else "does not exist"
    free = next(filter(is_free, range(8000, PORTS.stop)))
    command = exercise.write_command("serve", "--port", str(free))
    raise UsageError(f"Port '{port}' {problem}. Run {command}.")


def _introduce(served: ServedApp, notice: str | None) -> list[str]:
    kata = served.kata
    labs = [f"{name} is {url}" for name, url in served.environment.items()]
    return [
        f"{kata.id}: {kata.file.title}",
        *([f"Note: {notice}"] if notice else []),
        *labs,
        "Uvicorn serves the app here; in `check` it sees the same of requests and connections.",
        "Stop with Ctrl-C.",
    ]
