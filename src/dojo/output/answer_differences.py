"""Answer differences: how a known answer differs from the solution, file by file."""

import difflib
from collections.abc import Iterator

from ..proof.cases import Case, read_app, read_reference


def compare(case: Case) -> Iterator[str]:
    """Give the lines of a unified difference."""
    before, after = read_reference(case.kata), read_app(case.source)
    for name in sorted(after):
        yield from difflib.unified_diff(
            before.get(name, "").splitlines(),
            after[name].splitlines(),
            f"solution/{name}",
            f"{case.name}/{name}",
            lineterm="",
        )
