"""Sentences: a few lines for a person, each wrapped at the console's width."""

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from .consoles import print_hanging


def render_sentences(sentences: Iterable[str], console: Console) -> None:
    """Write one sentence a line."""
    for sentence in sentences:
        print_hanging(Text(), sentence, console)
