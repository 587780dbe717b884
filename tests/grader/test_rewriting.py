"""A rewritten module behaves as before, and cannot be known by its syntax tree."""

import ast
from typing import Any

import pytest

from dojo.grader import SeededInputs
from dojo.grader.rewriting import rewrite, rewrite_module

SOURCE = '''\
"""Orders."""

from collections.abc import Iterator

CALLS = []


def call(name: str, *, count: int = 1) -> None:
    """Note a call."""
    CALLS.append((name, count))


class Line:
    price = 3

    def cost(self, pieces: int) -> int:
        price = self.price  # of one
        return self.multiply(price, pieces)

    def multiply(self, one: int, other: int) -> int:
        return one * other


class Free(Line):
    price = 0


def noted(function):
    call("noted")
    return function


@noted
def first(pieces: int) -> int:
    count = [price for price in range(pieces)]
    call("first", count=len(count))

    def inner() -> list[int]:
        return count

    return len(inner())


@noted
def second(line: Line) -> bool:
    if (cost := line.cost(2)) == 6:
        call("dear", count=cost)
    return bool(cost)


READY = make_ready() if False else second(Line())


def generate() -> Iterator[int]:
    for number in range(3):
        yield number
'''


def behave(source: str) -> Any:
    """Run a module and tell what it did and does."""
    space: dict[str, Any] = {}
    exec(compile(source, "module", "exec"), space)
    line, free = space["Line"](), space["Free"]()
    results = [space["first"](4), space["second"](free), line.cost(pieces=5)]
    return [results, space["CALLS"], space["READY"], list(space["generate"]())]


@pytest.mark.parametrize("seed", range(30))
def test_rewritten_module_behaves_the_same(seed: int) -> None:
    """Whatever is drawn, the module does the same in the same order."""
    rewritten = rewrite_module(SOURCE, SeededInputs(seed))

    assert behave(rewritten) == behave(SOURCE)


def test_syntax_tree_is_another() -> None:
    """Two seeds give two trees, and neither is the original's."""
    sources = [SOURCE, *(rewrite_module(SOURCE, SeededInputs(seed)) for seed in (1, 2))]

    assert len({ast.dump(ast.parse(source)) for source in sources}) == 3


def test_same_seed_rewrites_the_same() -> None:
    """A run can be repeated with its seed."""
    once, twice = (rewrite({"app/main.py": SOURCE}, SeededInputs(7)) for _ in range(2))

    assert once == twice


def test_public_names_stay() -> None:
    """What a module defines, its parameters and its attributes keep their names."""
    rewritten = rewrite_module(SOURCE, SeededInputs(3))

    names = {getattr(node, "name", "") for node in ast.walk(ast.parse(rewritten))}
    assert {"Line", "Free", "first", "second", "generate", "cost", "multiply"} <= names
