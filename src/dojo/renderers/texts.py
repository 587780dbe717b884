"""Texts: Markdown as plain text: paragraphs wrapped, lists indented, code left as it is.

It keeps backticks, which say without colour what is code.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from rich.console import Console
from rich.text import Text

from .consoles import print_hanging

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
