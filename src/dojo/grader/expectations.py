"""Expectations: the words in which graders say what they expect.

Each expectation that is not met raises `Failure` with what was done, expected, seen and where, so
that no grader formats a string by hand. Comparison is exact in type: `9.0` is not `9`.
"""

import itertools
import json
from http import HTTPStatus
from typing import Any, Self

import httpx

from ..wall.evidence import Event, Evidence, Sign
from ..wall.exchanges import Exchange
from ..wall.failures import Failure, Place
from ..wall.hosts import Host
from .descriptions import (
    describe_break,
    describe_code,
    describe_number,
    describe_response,
    read_text,
    show_json,
    show_path,
)


class ResponseExpectation:
    """What is expected of one response; its body has been read."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._exchange: Exchange = response.extensions["exchange"]
        self._host: Host = response.extensions["host"]
        if self._exchange.broken:
            raise self._fail("a complete response", "", describe_break(self._exchange))

    def status(self, code: int, because: str = "") -> Self:
        """Expect a status code."""
        if self.response.status_code != code:
            raise self._fail(f"status {describe_code(code)}", because)
        return self

    def header(self, name: str, value: str | None, because: str = "") -> Self:
        """Expect a header's exact value, or with `None` that it is absent."""
        found = self.response.headers.get(name)
        if found != value:
            expected = f"no header '{name}'" if value is None else f"header '{name}: {value}'"
            seen = f"no header '{name}'" if found is None else f"header '{name}: {found}'"
            raise self._fail(expected, because, seen)
        return self

    def json(self, value: Any, because: str = "") -> Self:
        """Expect a JSON body that is exactly `value`, types included."""
        if not same_json(self.read_json(), value):
            raise self._fail(f"the JSON body {show_json(value)}", because)
        return self

    def json_at(self, *path: str | int, equals: Any, because: str = "") -> Self:
        """Expect an exact value at a path of keys and indexes in the JSON body."""
        found = self.read_json(*path)
        if not same_json(found, equals):
            expected = f"{show_path(path)} to be {show_json(equals)}"
            raise self._fail(expected, because, f"{show_path(path)} is {show_json(found)}")
        return self

    def text(self, value: str, because: str = "") -> Self:
        """Expect a body that is exactly this text."""
        if read_text(self.response) != value:
            raise self._fail(f"the body '{value}'", because)
        return self

    def without(self, text: str, because: str = "") -> Self:
        """Expect that a text is nowhere in the body."""
        if text in read_text(self.response):
            raise self._fail(f"a body without '{text}'", because)
        return self

    def invalid_at(self, *location: str | int, because: str = "") -> Self:
        """Expect a 422 in FastAPI's form whose only culprit is at `location`."""
        found = self._read_locations(because)
        if not all(same_json(each, list(location)) for each in found):
            expected = f"status 422 whose only 'loc' is {show_json(list(location))}"
            seen = f"status 422 whose 'loc' is {' and '.join(map(show_json, found))}"
            raise self._fail(expected, because, seen)
        return self

    def invalid_within(self, start: str, because: str = "") -> Self:
        """Expect a 422 in FastAPI's form whose culprits are all below `start`."""
        found = self._read_locations(because)
        if any(each[:1] != [start] for each in found):
            expected = f"status 422 with each 'loc' beginning with '{start}'"
            seen = f"status 422 whose 'loc' is {' and '.join(map(show_json, found))}"
            raise self._fail(expected, because, seen)
        return self

    def _read_locations(self, because: str) -> list[list[Any]]:
        self.status(HTTPStatus.UNPROCESSABLE_ENTITY, because)
        body = self.read_json()
        errors = body.get("detail") if isinstance(body, dict) else None
        errors = errors if isinstance(errors, list) else []
        found = [each.get("loc") if isinstance(each, dict) else None for each in errors]
        if not found or not all(isinstance(each, list) for each in found):
            raise self._fail("a 'detail' that lists the errors, each with its 'loc'", because)
        return [each for each in found if each is not None]

    def read_json(self, *path: str | int) -> Any:
        """Give what is at a path of keys and indexes in the JSON body; `Failure` if nothing is."""
        try:
            found = json.loads(self.response.content, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise self._fail("a JSON body", "") from None
        try:
            for key in path:
                found = found[key]
        except (KeyError, IndexError, TypeError):
            raise self._fail(f"a JSON body with {show_path(path)}", "") from None
        return found

    def read_lines(self) -> list[Any]:
        """Give the JSON values of a body that holds one on each line; `Failure` if it does not."""
        try:
            lines = read_text(self.response).split("\n")  # alone: text may hold other separators
            return [
                json.loads(line, parse_constant=_refuse_constant) for line in lines if line.strip()
            ]
        except (ValueError, RecursionError):
            raise self._fail("one JSON value on each line of the body", "") from None

    def fails(self, expected: str, seen: str, because: str = "") -> Failure:
        """Make a failure about this response in other words than the ones above."""
        return self._fail(expected, because, seen)

    def _fail(self, expected: str, because: str, seen: str = "") -> Failure:
        where = self._exchange.places or self._exchange.endpoint
        seen = seen or describe_response(self.response)
        return Failure(expected, seen, self.response.extensions["did"], because, where)


class EvidenceExpectation:
    """What is expected of the order and number of the events of one host."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._evidence: Evidence = host.evidence

    def count(
        self, sign: Sign, number: int, because: str = "", where: tuple[Place, ...] = ()
    ) -> Self:
        """Expect a sign exactly this many times."""
        found = len(self._evidence.find(sign))
        if found != number:
            expected = (
                f"that {sign} {describe_number(number)}" if number else f"that {sign} at no time"
            )
            seen = f"that happens {describe_number(found)}" if found else "that never happens"
            raise self.fails(expected, seen, because, where)
        return self

    def never(self, sign: Sign, because: str = "") -> Self:
        """Expect that a sign is not there at all."""
        return self.count(sign, 0, because)

    def order(self, *signs: Sign, because: str = "", where: tuple[Place, ...] = ()) -> Self:
        """Expect each sign to be there, every one only after all of the one before it."""
        found = [self._evidence.find(sign) for sign in signs]
        expected = ", then ".join(map(str, signs))
        for sign, events in zip(signs, found, strict=True):
            if not events:
                raise self.fails(expected, f"not once: {sign}", because, where)
        for before, after in itertools.pairwise(found):
            if before[-1].position > after[0].position:
                raise self.fails(expected, self._describe_order(signs), because, where)
        return self

    def fails(
        self, expected: str, seen: str, because: str = "", where: tuple[Place, ...] = ()
    ) -> Failure:
        """Make a failure about what this host did."""
        return Failure(expected, seen, list(self._host.history), because, where)

    def _describe_order(self, signs: tuple[Sign, ...]) -> str:
        named: list[tuple[int, str]] = []
        for sign in signs:
            events: list[Event] = self._evidence.find(sign)
            named += [(event.position, str(sign)) for event in events]
        return ", then ".join(words for _, words in sorted(named))


def expect(response: httpx.Response) -> ResponseExpectation:
    """Start expectations of a response."""
    return ResponseExpectation(response)


def expect_events(host: Host) -> EvidenceExpectation:
    """Start expectations of what a host's submission did, in which order."""
    return EvidenceExpectation(host)


def same_json(one: Any, other: Any) -> bool:
    """Compare JSON values exactly: types count, the order of keys does not."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same_json(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same_json, one, other))
    return bool(one == other)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
