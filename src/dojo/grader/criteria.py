"""Criteria: what makes a test function of a grader a criterion."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

from ..wall.failures import GraderFault

Test = TypeVar("Test", bound=Callable[..., Any])

MARKER = "criterion"


@dataclass(frozen=True)
class Criterion:
    """One graded behaviour, as declared beside its test function."""

    name: str
    sentence: str
    task: int
    points: float
    waits_for: str | None


def criterion(
    *, task: int, points: float = 1.0, waits_for: Callable[..., Any] | None = None
) -> Callable[[Test], Test]:
    """Declare a test function as a criterion of the README's task number `task`.

    Its docstring is the sentence that the learner reads. It is `blocked` unless the criterion
    `waits_for`, defined above it, has passed.
    """

    def decorate(test: Test) -> Test:
        name = None if waits_for is None else waits_for.__name__
        mark = getattr(pytest.mark, MARKER)(task=task, points=points, waits_for=name)
        decorated: Test = mark(test)
        return decorated

    return decorate


def read_criterion(item: pytest.Item) -> Criterion:
    """Read the declaration of a collected test; `GraderFault` if it is none or says nothing."""
    mark = item.get_closest_marker(MARKER)
    function = getattr(item, "function", None)
    sentence = " ".join((getattr(function, "__doc__", None) or "").split())
    if mark is None or not sentence:
        raise GraderFault(f"Test '{item.name}' lacks `@criterion` or its docstring.")
    return Criterion(name=item.name, sentence=sentence, **mark.kwargs)
