"""Requests: what the upstream received, as it was sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from ..wall.failures import Failure

_LONGEST_SHOWN = 600


@dataclass(frozen=True)
class Received:
    """One request; `refused` says why the server itself refused it, and is empty otherwise.

    `connection` counts TCP connections from 1. `target` is raw. Header names are in lower case,
    in the order in which they came. Of a refused request, what had not been read is empty.
    """

    connection: int
    method: str = ""
    target: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    path_parameters: Mapping[str, str] = field(default_factory=dict)
    refused: str = ""

    @property
    def path(self) -> str:
        """Give the decoded path; `target` tells an encoded slash from a real one."""
        return unquote(self.raw_path)

    @property
    def raw_path(self) -> str:
        """Give the path as it was sent."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        """Give the decoded query as pairs in the order sent, empty values included."""
        return tuple(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    def header(self, name: str) -> str | None:
        """Give a header's value, several joined by `, `, or `None` if it was not sent."""
        values = [value for each, value in self.headers if each == name.lower()]
        return ", ".join(values) if values else None

    def json(self) -> Any:
        """Give the decoded JSON body; `Failure` if it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            text = self.body.decode("utf-8", "backslashreplace")
            shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
            expected = f"a JSON body in the request '{self.method} {self.target}'"
            raise Failure(expected, f"the body '{shown}'") from None
