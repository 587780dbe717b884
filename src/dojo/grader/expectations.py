"""Expectations: what a criterion says of a response or of the evidence, and how that reads.

A wrong behaviour raises `Failure`, in words; describing raises nothing, whatever was answered. What
is looked for in the evidence is said by matchers.
"""

import itertools
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Self

import httpx

from ..harness.evidence import (
    Cancelled,
    Event,
    Evidence,
    Log,
    Mark,
    Matcher,
    Raised,
    Returned,
    Sent,
)
from ..harness.failures import Failure, Location
from ..harness.hosts import Exchange, Host
from .differences import describe_differences, find_differences, show_json

_LONGEST_BODY = 600


def show_path(path: tuple[str | int, ...]) -> str:
    """Write a path into a JSON body, such as `'items[0].price'`."""
    text = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in path)
    return f"'{text.lstrip('.')}'"


def read_text(response: httpx.Response) -> str:
    """Give a response's body as text; as UTF-8 if its charset is none for text."""
    try:
        return response.text
    except Exception:  # codecs such as "hex" raise what they like
        return response.content.decode("utf-8", "replace")


def describe_response(response: httpx.Response) -> str:
    """Write a response's status and body, and the exception behind a 500."""
    status = f"status {describe_code(response.status_code)}"
    exchange: Exchange = response.extensions["exchange"]
    if exchange.raised is not None:
        return f"{status}, raised by {exchange.raised}"
    if response.is_redirect and "location" in response.headers:
        status += f" to '{response.headers['location'][:_LONGEST_BODY]}'"
    body = read_text(response)
    shown = body if len(body) <= _LONGEST_BODY else f"{body[:_LONGEST_BODY]}…"
    return f"{status} with the body {shown}" if body else f"{status} with an empty body"


def describe_break(exchange: Exchange) -> str:
    """Say how a response broke off."""
    raised = exchange.raised
    reason = f" with {raised}" if raised else ""
    return f"the response ends in the middle of its body{reason}"


def describe_code(code: int) -> str:
    """Write a status code with its phrase."""
    try:
        return f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        return str(code)


def describe_number(number: int) -> str:
    """Say how many times; 0 has better words."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


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
        return self._compare((), value, because)

    def json_at(self, *path: str | int, equals: Any, because: str = "") -> Self:
        """Expect an exact value at a path of keys and indexes in the JSON body."""
        return self._compare(path, equals, because)

    def _compare(self, path: tuple[str | int, ...], value: Any, because: str) -> Self:
        found = self.read_json(*path)
        differences = list(find_differences(value, found, path=show_path(path).strip("'")))
        if differences:
            expected, seen = describe_differences(differences)
            refused = self.response.is_error  # then the whole answer tells more than its parts
            raise self._fail(expected, because, "" if refused else seen)
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
        where = self._exchange.locations or self._exchange.endpoint
        seen = seen or describe_response(self.response)
        return Failure(expected, seen, self.response.extensions["did"], because, where)


class EvidenceExpectation:
    """What is expected of the order and number of the events of one host."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._evidence: Evidence = host.evidence

    def count(
        self, matcher: Matcher, number: int, because: str = "", where: tuple[Location, ...] = ()
    ) -> Self:
        """Expect a matcher exactly this many times."""
        found = len(self._evidence.find(matcher))
        if found != number:
            expected = (
                f"that {matcher} {describe_number(number)}"
                if number
                else f"that {matcher} at no time"
            )
            seen = f"that happens {describe_number(found)}" if found else "that never happens"
            raise self.fails(expected, seen, because, where)
        return self

    def never(self, matcher: Matcher, because: str = "") -> Self:
        """Expect that a matcher is not there at all."""
        return self.count(matcher, 0, because)

    def order(
        self, *matchers: Matcher, because: str = "", where: tuple[Location, ...] = ()
    ) -> Self:
        """Expect each sign to be there, every one only after all of the one before it."""
        found = [self._evidence.find(matcher) for matcher in matchers]
        expected = ", then ".join(map(str, matchers))
        for matcher, events in zip(matchers, found, strict=True):
            if not events:
                raise self.fails(expected, f"this never happens: {matcher}", because, where)
        for before, after in itertools.pairwise(found):
            if before[-1].position > after[0].position:
                raise self.fails(expected, self._describe_order(matchers), because, where)
        return self

    def fails(
        self, expected: str, seen: str, because: str = "", where: tuple[Location, ...] = ()
    ) -> Failure:
        """Make a failure about what this host did."""
        return Failure(expected, seen, list(self._host.history), because, where)

    def _describe_order(self, matchers: tuple[Matcher, ...]) -> str:
        named: list[tuple[int, str]] = []
        for matcher in matchers:
            events: list[Event] = self._evidence.find(matcher)
            named += [(event.position, str(matcher)) for event in events]
        return ", then ".join(words for _, words in sorted(named))


def expect(response: httpx.Response) -> ResponseExpectation:
    """Start expectations of a response."""
    return ResponseExpectation(response)


def expect_events(host: Host) -> EvidenceExpectation:
    """Start expectations of what a host's submission did, in which order."""
    return EvidenceExpectation(host)


def same_json(one: Any, other: Any) -> bool:
    """Compare JSON values exactly: types count, the order of keys does not."""
    return next(find_differences(one, other), None) is None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def logged(logger: str, message: str, words: str = "", **fields: object) -> Matcher:
    """Look for a record that a given file logs, such as `logged("kata.session", "closed")`."""

    def matches(event: Event) -> bool:
        return (
            isinstance(event, Log)
            and event.logger == logger
            and event.message == message
            and all(event.fields.get(name) == value for name, value in fields.items())
        )

    return Matcher(words or f"{logger.rpartition('.')[2]} {message}", matches)


def response_started(exchange: Exchange, words: str = "the response starts") -> Matcher:
    """Look for the start of a response."""
    return _sent(exchange, words, lambda event: event.get("type") == "http.response.start")


def response_ended(exchange: Exchange, words: str = "the last byte is sent") -> Matcher:
    """Look for the last event of a response's body."""

    def is_last(event: dict[str, object]) -> bool:
        return event.get("type") == "http.response.body" and not event.get("more_body", False)

    return _sent(exchange, words, is_last)


def call_ended(exchange: Exchange, words: str = "the app is done with the request") -> Matcher:
    """Look for the end of the application's call."""

    def matches(event: Event) -> bool:
        if not isinstance(event, Returned | Raised | Cancelled):
            return False
        return event.call == exchange.number

    return Matcher(words, matches)


def marked(mark: Mark) -> Matcher:
    """Look for a moment that the grader noted itself."""
    return Matcher(mark.text, lambda event: event is mark)


def _sent(
    exchange: Exchange, words: str, is_wanted: Callable[[dict[str, object]], bool]
) -> Matcher:
    def matches(event: Event) -> bool:
        return isinstance(event, Sent) and event.call == exchange.number and is_wanted(event.event)

    return Matcher(words, matches)
