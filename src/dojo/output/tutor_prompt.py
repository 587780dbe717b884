"""The tutor prompt: what a learner gives to an assistant so that it asks, and does not solve.

It holds only what the learner has already: the statement, their files, their report, their hints.
"""

import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..learning.exercises import Exercise, read_tasks
from ..model.reports import Report
from ..model.staging import read
from .terminal import open_console, render_report

_REQUEST = """\
# Be my tutor

I practise FastAPI with an exercise. It grades my code by itself. I want to find my mistake on
my own. Please help me with questions.

- Ask me one question at a time. Wait for my answer before you ask the next one.
- Give me no code: no line, no piece of a line, no corrected version of mine.
- Do not tell me the solution, also not in words. If I ask for it, ask me a question instead.
- Begin with the first criterion in the report that did not pass. Ask me what I think happens.
- When I am wrong about FastAPI, pydantic, Python or HTTP, say so. Name the page of their
  documentation that I should read, and ask me to explain it.
- Use short sentences and plain English.

All that you need is below: the statement, my code, the report and the hints that I have read.
"""

_LANGUAGES = {".py": "python", ".json": "json", ".toml": "toml", ".md": "markdown"}


def write_prompt(exercise: Exercise, report: Report) -> str:
    """Write the prompt in Markdown; raises `SubmissionUnreadable` if the files cannot be read."""
    statement = (exercise.kata.description / "README.md").read_text("utf-8")
    files = {name: content.decode("utf-8", "replace") for name, content in _read(exercise).items()}
    parts = [
        _REQUEST,
        f"# The statement\n\n{_fence(statement, 'markdown')}",
        f"# My code\n\n{_write_files(exercise, files, editable=True)}",
        f"# Given files, which I do not change\n\n{_write_files(exercise, files, editable=False)}",
        f"# The report\n\n{_fence(_write_report(report), 'text')}",
        f"# Hints that I have read\n\n{_write_hints(exercise)}",
    ]
    return "\n".join(f"{part.rstrip()}\n" for part in parts)


def _read(exercise: Exercise) -> Mapping[str, bytes]:
    """Read the learner's files, and the given ones as grading takes them."""
    stub = read(exercise.kata.stub)
    given = {name: stub[name] for name in stub if name not in exercise.kata.file.editable}
    return {**read(exercise.kata.exercise), **given}


def _write_files(exercise: Exercise, files: Mapping[str, str], *, editable: bool) -> str:
    stub = read(exercise.kata.stub)
    own = [name for name in files if name in exercise.kata.file.editable or name not in stub]
    names = own if editable else [name for name in files if name not in own]
    shown = [
        f"## {name}\n\n{_fence(files[name], _LANGUAGES.get(Path(name).suffix, ''))}"
        for name in names
        if files[name]
    ]
    return "\n".join(shown) or "None."


def _write_report(report: Report) -> str:
    written = io.StringIO()
    render_report(report, open_console(written), "failed")
    return written.getvalue()


def _write_hints(exercise: Exercise) -> str:
    return "\n\n".join(_list_hints(exercise)) or "None."


def _list_hints(exercise: Exercise) -> Iterator[str]:
    seen = exercise.progress.read(exercise.kata.id).hints
    for task in read_tasks(exercise.kata.description / "HINTS.md"):
        for number, hint in enumerate(task.hints[: seen.get(task.number, 0)], 1):
            yield f"Task {task.number}, hint {number}:\n\n{hint}"


def _fence(text: str, language: str) -> str:
    """Put a text between lines of backticks, of more than the text has in a row."""
    longest = max(map(len, re.findall(r"`{3,}", text)), default=2)
    marks = "`" * (longest + 1)
    return f"{marks}{language}\n{text.rstrip()}\n{marks}\n"
