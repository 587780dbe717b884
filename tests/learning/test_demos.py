"""A demo answers what the data says, with the values of the path in it."""

import pytest
from pydantic import JsonValue

from dojo.harness.upstream_protocol import Received
from dojo.learning.serving import describe_caller
from dojo.model.catalogue import fill


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        ("{id}", "q-17"),
        ("no {other} of {id}", "no {other} of q-17"),
        ([1, None, {"key": ["{id}"]}], [1, None, {"key": ["q-17"]}]),
        ({"{id}": True}, {"{id}": True}),
    ],
)
def test_strings_get_path_parameters(value: JsonValue, filled: JsonValue) -> None:
    """Strings at any depth are filled; keys and other values stay."""
    assert fill(value, {"id": "q-17"}) == filled


def test_caller_shows_own_headers() -> None:
    """Headers that an app adds tell in whose name it calls; usual ones are left out."""
    request = Received(1, "GET", "/quotes/q-1", (("host", "here"), ("x-user", "asha")))

    assert describe_caller(request) == "GET /quotes/q-1 (x-user: asha)"
