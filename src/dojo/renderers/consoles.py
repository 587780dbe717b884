"""Consoles: where text for people goes: 80 columns in a pipe, no highlighting, no markup."""

import sys

from rich.console import Console

_PIPE_WIDTH = 80


def open_console(*, error: bool = False) -> Console:
    """Make a console for standard output, or for standard error."""
    stream = sys.stderr if error else sys.stdout
    width = None if stream.isatty() else _PIPE_WIDTH
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)
