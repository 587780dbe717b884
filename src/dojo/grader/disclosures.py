"""Disclosures: every place in which an answer, or what happened meanwhile, could tell a secret."""

from collections.abc import Iterator

import httpx

from ..harness.evidence import Log, Output, Warned
from ..harness.hosts import Host
from ..harness.http_client import exchange_of


def list_said(
    host: Host, answer: httpx.Response, position: int, body: bool = True
) -> Iterator[tuple[str, str]]:
    """List what was said since a position in the evidence, each with the words for where.

    Output and warnings are one text, since a secret may be written in pieces. Without `body` the
    body of the answer is left out.
    """
    if body:
        yield "the body", answer.text
    for name, value in answer.headers.items():
        yield f"the header '{name}'", value
    yield "the text of the exception that ends the request", str(exchange_of(answer).raised)
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
