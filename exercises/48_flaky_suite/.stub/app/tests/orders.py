"""A plugin of pytest: it runs the tests in the order of `--order`, and says what they leave."""

import os
import random
import threading

import pytest

from ..main import app
from ..settings import get_settings
from ..store import open_stores

_environment = dict(os.environ)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--order", default="file", help="file, reverse, or a number: shuffled by it")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    order = config.getoption("--order")
    if order == "reverse":
        items.reverse()
    elif order != "file":
        random.Random(order).shuffle(items)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for left in _list_left():
        terminalreporter.write_line(f"LEFT: {left}")


def _list_left() -> list[str]:
    threads = [each.name for each in threading.enumerate() if "AnyIO worker" not in each.name]
    variables = [name for name, value in os.environ.items() if _environment.get(name) != value]
    return [
        *(f"an override of {each.__name__}" for each in app.dependency_overrides),
        *["a value in the cache of get_settings"] * get_settings.cache_info().currsize,
        *["an open connection of a store"] * len(open_stores),
        *(f"the variable {name}" for name in variables if name != "PYTEST_CURRENT_TEST"),
        *(f"the thread {name}" for name in threads if name != "MainThread"),
    ]
