"""Consoles: where text for people goes: 80 columns in a pipe, no highlighting, no markup.

Markdown becomes plain text that keeps its backticks, which say without colour what is code.
"""

import io
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
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


def render_sentences(sentences: Iterable[str], console: Console) -> None:
    """Write one sentence a line."""
    for sentence in sentences:
        print_hanging(Text(), sentence, console)


_LABEL = re.compile(r"( *(?:[-*+]|\d+[.)]|>) +)(.*)")
_FENCE = "```"
_VERBATIM = ("#", "|")


@dataclass
class _Block:
    """A paragraph or list item, which is wrapped, or one line that is left as it is."""

    label: str = ""
    lines: list[str] = field(default_factory=list)
    verbatim: bool = False


def render_text(text: str, console: Console) -> None:
    """Write a Markdown text."""
    for block in _split_blocks(text):
        if not block.verbatim:
            print_hanging(Text(block.label), " ".join(block.lines), console)
        elif block.lines[0].startswith("#"):
            console.print(Text(block.lines[0], style="bold"))
        else:
            console.print(block.lines[0], soft_wrap=True)


def _split_blocks(text: str) -> Iterator[_Block]:
    block: _Block | None = None
    fenced = False
    for line in text.splitlines():
        fence = line.lstrip().startswith(_FENCE)
        indented = block is None and line.startswith("    ")
        label = _LABEL.fullmatch(line)
        if fenced or fence or indented or not line.strip() or line.startswith(_VERBATIM):
            if block is not None:
                yield block
            block = None
            yield _Block(lines=[line], verbatim=True)
        elif label is not None or block is None:
            if block is not None:
                yield block
            block = _Block(*_start(label, line))
        else:
            block.lines.append(line.strip())
        fenced ^= fence
    if block is not None:
        yield block


def _start(label: re.Match[str] | None, line: str) -> tuple[str, list[str]]:
    return (label[1], [label[2].strip()]) if label else ("", [line.strip()])
