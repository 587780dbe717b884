"""Sentences: a few lines for a person, each wrapped at the console's width."""

from collections.abc import Iterable

from rich.console import Console


def render_sentences(sentences: Iterable[str], console: Console) -> None:
    """Write one sentence a line."""
    for sentence in sentences:
        console.print(sentence)
