"""Disclosures: every place in which an answer, or what happened meanwhile, could tell a secret."""

from collections.abc import Iterator

import httpx

from ..harness.evidence import Log, Output, Sent, Warned
from ..harness.failures import SubmissionError
from ..harness.hosts import Host
from ..harness.http_client import exchange_of

_MARGIN = " |+-"
"""What stands before the lines of a traceback, also of one in a group."""


def list_said(
    host: Host, answer: httpx.Response, position: int, body: bool = True
) -> Iterator[tuple[str, str]]:
    """List what was said since a position in the evidence, each with the words for where.

    Without `body` the body of the answer is left out.
    """
    if body:
        yield "the body", answer.text
    for name, value in answer.headers.items():
        yield f"the header '{name}'", value
    yield "the text of the exception that ends the request", str(exchange_of(answer).raised)
    yield from list_written(host, position)


def read_refusal(error: SubmissionError, host: Host | None) -> str:
    """Give the text with which an app has refused to start, without the code in a traceback.

    There is no `host` where the import has failed.
    """
    sent = host.evidence.of(Sent) if host is not None else []
    traces = [text for each in sent if isinstance(text := each.event.get("message"), str)]
    return "\n".join([error.message, *map(_leave_out_code, traces)])


def _leave_out_code(trace: str) -> str:
    """Leave out of a traceback the lines that name places and show code."""
    kept: list[str] = []
    place: int | None = None
    for line in trace.splitlines():
        text = line.lstrip(_MARGIN)
        indent = len(line) - len(text)
        if text.startswith('File "'):
            place = indent
        elif place is None or indent <= place:
            kept.append(line)
            place = None
    return "\n".join(kept)


def list_written(host: Host, position: int = 0) -> Iterator[tuple[str, str]]:
    """List what was logged and printed since a position in the evidence, with the words for where.

    Output and warnings are one text, since a secret may be written in pieces.
    """
    printed = ""
    for event in host.evidence.events[position:]:
        if isinstance(event, Log):
            fields = (text for text in event.fields.values() if isinstance(text, str))
            yield f"the log of '{event.logger}'", "\n".join((event.message, *fields))
        elif isinstance(event, Output):
            printed += event.text
        elif isinstance(event, Warned):
            printed += event.message
    yield "what the app prints", printed
