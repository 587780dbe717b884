"""Consoles: where text for people goes: 80 columns in a pipe, no highlighting, no markup."""

import io
import sys
from typing import TextIO

from rich.console import Console
from rich.text import Text

_PIPE_WIDTH = 80


def open_console(stream: TextIO | None = None) -> Console:
    """Make a console for a stream, standard output unless another is given."""
    stream = stream or sys.stdout
    if isinstance(stream, io.TextIOWrapper):  # an old code page must not end a run
        stream.reconfigure(errors="backslashreplace")
    width = None if stream.isatty() else _PIPE_WIDTH
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def print_hanging(label: Text, text: str, console: Console) -> None:
    """Write a label and beside it a text that is wrapped to the width that is left."""
    width = max(console.width - len(label), 20)
    lines = Text(text, overflow="fold").wrap(console, width)
    for number, line in enumerate(lines):
        start = label if number == 0 else Text(" " * len(label))
        line.rstrip()
        console.print(start + line, soft_wrap=True)
