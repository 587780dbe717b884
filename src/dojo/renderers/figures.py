"""Figures: one line for each measured figure, with its bound."""

from rich.console import Console

from ..bench.measuring import Figure


def render_figure(figure: Figure, console: Console) -> None:
    """Write one figure as soon as it is measured."""
    bound = f"at most {figure.most:g}" if figure.most is not None else f"at least {figure.least}"
    verdict = "reached" if figure.reached else "MISSED"
    console.print(f"{figure.name}: {figure.value:.2f} {figure.unit} ({bound}: {verdict})")
    if figure.detail:
        console.print(f"    {figure.detail}")
