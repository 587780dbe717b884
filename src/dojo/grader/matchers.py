"""Matchers: the things that graders look for in the evidence, in words."""

from collections.abc import Callable

from ..harness.evidence import Cancelled, Event, Log, Mark, Matcher, Raised, Returned, Sent
from ..harness.hosts import Exchange


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
